"""What the user of a video file should know: reasons as data, and in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engines.notice import NoticeText

PATTERNS = {
    "tracks": "has {tracks} video tracks; track {track} is used (--track chooses another)",
    "no_times": "has no time stamps: {fps:g} frames a second are taken, {source}",
    "own_clock": "has its own time stamps: the {fps:g} frames a second that are stated are not used",
    "clock_jump": "the clock jumps by {by_s:.1f} s at {at_s:.1f} s, as in joined recordings: it was put together",
    "slow": (
        "has {fps:.2g} frames a second from {from_s:.1f} s on, one every {step_s:.1f} s: with fewer than one a second"
        " nobody is ever alerted"
    ),
    "joined": "{pieces} files are one drive, from {first} to {last}",
    "piece": "{piece}: {what}",
    "left_out": "{piece} is left out: {what}",
    "hole": "has no frames from {from_s:.1f} to {to_s:.1f} s",
    "more_gaps": "has further gaps or jumps of the clock, which are only counted",
    "gaps": "gaps without frames: {holes}; jumps of the clock: {jumps}",
    "wrong_times": "time stamps that are missing or wrong: {frames}; the frame rate stands in for them",
    "damaged": "damaged frames: {frames}, the first at {first_s:.1f} s",
    "cut_short": "ends at {end_s:.1f} s; its header says {header_s:.1f} s: the rest is missing",
    "undecodable": "{frames} of {expected} frames cannot be decoded; the last good one is at {last_s:.1f} s",
}


@dataclass(frozen=True)
class VideoNotice:
    """Something about a video.

    Attributes:
        code: what it is, a key of `PATTERNS`.
        parameters: its figures; times in seconds from the first frame.
    """

    code: str
    parameters: Mapping[str, float | int | str]

    @property
    def text(self) -> NoticeText:
        """In words, to follow the file's name and a colon."""
        return NoticeText(PATTERNS[self.code], **self.parameters)
