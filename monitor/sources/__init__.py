"""Where frames come from: a camera, a stream, a video file, a folder of images, or the demo drive."""

from monitor.sources.frame import CameraLostError, Frame, Source
from monitor.sources.open_source import DEMO, find_cameras, is_live, open_source, recording_path, require_recording

__all__ = [
    "DEMO",
    "CameraLostError",
    "Frame",
    "Source",
    "find_cameras",
    "is_live",
    "open_source",
    "recording_path",
    "require_recording",
]
