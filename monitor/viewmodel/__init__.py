"""What the window shows, without Qt: the state that the widgets listen to, and its texts."""
