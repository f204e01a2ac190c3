"""Evaluation: predictions of a drive, policies run over them, scores against labels, comparisons."""
