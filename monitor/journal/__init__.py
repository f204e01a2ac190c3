"""What is kept of a drive."""
