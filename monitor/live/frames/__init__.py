"""Frames on their way through a drive: which are classified, which wait, which are kept, and whether it keeps up."""
