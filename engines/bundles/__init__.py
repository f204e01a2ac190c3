"""A model on disk: the bundle and its manifest, and what checks and describes one. `default/` is the shipped one."""
