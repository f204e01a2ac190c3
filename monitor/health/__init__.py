"""Whether the camera shows the driver: faults of its frames, and a check of the view before it is trusted."""
