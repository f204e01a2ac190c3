"""The window's frame: header, status bar, notices, the choice of a source."""
