"""Alerts that are heard: the tones, the player of a drive without a window, and a command that gets each alert."""
