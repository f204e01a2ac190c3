"""What the driver of a recorded drive did: reading and writing labels, finding their file, and whether they fit."""
