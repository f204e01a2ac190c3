"""One report over all drives of a fleet, made of their tables."""
