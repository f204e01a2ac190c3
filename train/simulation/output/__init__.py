"""What the simulation writes: image sets, drives, sheets to name by eye, a live stream."""
