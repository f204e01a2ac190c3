"""One training run: from a split to weights."""
