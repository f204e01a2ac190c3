"""What the drive view and the replay view share: live view, banner, bars, timeline, events."""
