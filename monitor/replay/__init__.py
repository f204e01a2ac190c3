"""Recorded drives again: through the live pipeline and policy, into a report, and to be labelled.

``python -m monitor.replay`` is its command.
"""
