"""What the driver does: activities, near misses, scripts of drives, and the faults of their cameras."""
