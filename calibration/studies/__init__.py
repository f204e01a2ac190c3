"""Studies that answered a question; they need a checkout and are in no wheel."""
