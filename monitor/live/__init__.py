"""One drive, from its source to its alerts."""
