"""Studies of one question each; they need a checkout and are in no wheel."""
