"""A camera at a resolution that the user has chosen."""

from __future__ import annotations

import re

from engines.errors import UserError
from monitor.sources import Source, open_source
from monitor.sources.encoded import Tap

RESOLUTIONS = ((640, 480), (1280, 720), (1920, 1080))
"""What most cameras can do."""

Resolution = tuple[int, int]
"""Width and height in pixels."""


def parse_resolution(text: str) -> Resolution | None:
    """``640x480``, or nothing for the camera's default. Raises `UserError`."""
    if not text:
        return None
    found = re.fullmatch(r"([0-9]{2,5})x([0-9]{2,5})", text)
    if found is None:
        raise UserError(f"{text!r} is no resolution: write pixels such as 1280x720")
    return int(found.group(1)), int(found.group(2))


def open_at(
    source_name: str,
    resolution: Resolution | None,
    *,
    fps: float | None = None,
    track: int | str | None = None,
    tap: Tap | None = None,
) -> Source:
    """As `monitor.sources.open_source`, where a camera is asked for a resolution; it may give another.

    Raises:
        UserError: as `open_source` does.
    """
    return open_source(source_name, fps=fps, track=track, size=resolution, tap=tap)
