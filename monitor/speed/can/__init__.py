"""The speed on a CAN bus or in a log of one: frames by python-can, their meaning from a DBC file by cantools."""
