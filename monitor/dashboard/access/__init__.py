"""A PIN before what is not everybody's: the keypad, and the gate that stands before a view."""
