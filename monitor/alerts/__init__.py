"""When to alert: pure, and without a clock of its own."""
