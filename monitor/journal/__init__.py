"""What is recorded of a drive."""
