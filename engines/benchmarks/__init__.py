"""How fast it is: an engine by itself, and frame to probabilities as a drive runs it."""
