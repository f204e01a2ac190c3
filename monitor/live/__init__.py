"""One drive, from its source to its alerts: `session` runs it, `pipeline` classifies, listeners hear of it."""
