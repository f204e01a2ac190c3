"""How good it was: predictions of a drive, policies played over them, scores against labels, comparisons."""
