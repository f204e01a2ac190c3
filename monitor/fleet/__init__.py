"""Fleet: recorded drives with their labels, and what a network predicts of them, computed once and stored."""
