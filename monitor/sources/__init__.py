"""Where frames come from: a camera, a stream, a video file, a folder of images, or the demo drive."""

from monitor.sources.opening import DEMO, find_cameras, is_live, open_source
from monitor.sources.source import CameraLostError, Frame, Source

__all__ = ["DEMO", "CameraLostError", "Frame", "Source", "find_cameras", "is_live", "open_source"]
