"""Whether the camera shows the driver: faults of the picture, and a look at the view before it is trusted."""
