"""How fast the car goes: a fixed speed, a file beside a recorded drive, or a CAN bus."""
