"""What the drive view and the replay view share: picture, banner, bars, timeline, events."""
