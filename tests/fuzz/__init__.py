"""Damaged input of every kind, tried on every reader by the thousand."""
