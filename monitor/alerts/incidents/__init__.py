"""Incidents: `standing` says, while an alert stands, what it is about; `tracker` follows each from its first alert to
its end; `incident` is what is kept and sent of it.
"""
