"""The one reader of recorded videos: times, fields, damage and tracks put right in one place."""

from engines.files.video.joined import JoinedVideo
from engines.files.video.notice import VideoNotice
from engines.files.video.opening import is_video
from engines.files.video.video_file import VideoFile, VideoFrame, open_video

__all__ = ["JoinedVideo", "VideoFile", "VideoFrame", "VideoNotice", "is_video", "open_video"]
