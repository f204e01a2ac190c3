"""Fleet: recorded drives with their labels, and what a network predicts of them, computed once and stored.

``python -m monitor.evaluate`` is its command.
"""
