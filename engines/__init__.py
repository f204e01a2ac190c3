"""What turns a camera frame into class probabilities: activities, view, regions, bundles, runtimes.

Imports nothing of ours and never torch, so that it runs on any machine the monitor runs on.
"""
