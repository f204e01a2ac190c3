"""What the driver's view shows, without Qt."""
