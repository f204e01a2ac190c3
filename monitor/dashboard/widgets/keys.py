"""The keys of the window, as Qt names them."""

from __future__ import annotations

PAUSE_KEY, RESTART_KEY, MUTE_KEY, SOURCE_KEY, EXPORT_KEY = "Space", "R", "M", "Ctrl+O", "Ctrl+E"
REGIONS_KEY, HEAT_KEY, KEYPOINTS_KEY = "A", "H", "P"
ACKNOWLEDGE_KEY, SNOOZE_KEY, FALSE_ALERT_KEY = "K", "S", "W"
DRIVER_KEY, FULL_SCREEN_KEY = "D", "F11"
VIEW_KEYS = ("Ctrl+1", "Ctrl+2", "Ctrl+3")
