"""Bags as sources: the images of one of their topics, in order or at any moment."""
