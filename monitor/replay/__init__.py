"""Replay: recorded drives through the live pipeline and policy, their report, their labels and reviews.

``python -m monitor.replay`` is its command.
"""
