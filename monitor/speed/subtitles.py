"""Speeds that dashcams write as subtitles: a track of the video, or a SubRip file beside it."""

from __future__ import annotations

import re
from pathlib import Path

import av

from engines.errors import UserError, reason
from engines.files.text import read_text
from monitor.speed.gps import nmea_kmh
from monitor.speed.recorded import RecordedSpeed, speeds_of
from monitor.speed.units import KMH_PER_UNIT, parse_unit

_CUE = re.compile(r"(\d{1,4}):(\d\d):(\d\d)[,.](\d{1,3})\s*-->[^\n]*\n(.*?)(?=\n\s*\n|\Z)", re.DOTALL)
_UNIT = r"km/h|kmh|kph|mph|m/s|knots?|kn|kts?"
_LABELLED = re.compile(rf"(?:speed|spd|h\.s\.?|velocity)\s*[:=]?\s*(-?\d+(?:[.,]\d+)?)\s*({_UNIT})?", re.IGNORECASE)
_WITH_UNIT = re.compile(rf"(?<![\d.,])(\d+(?:[.,]\d+)?)\s*({_UNIT})(?![a-z])", re.IGNORECASE)


def read_srt(path: Path, lost_after_s: float) -> RecordedSpeed:
    """The speeds of a SubRip file. Raises `UserError` for a file without any."""
    samples = []
    for match in _CUE.finditer(read_text(path, "speeds")):
        hours, minutes, seconds, part = match[1], match[2], match[3], match[4]
        when = 3600.0 * int(hours) + 60.0 * int(minutes) + int(seconds) + int(part) / 10 ** len(part)
        said, kmh = cue_kmh(match[5])
        if said:
            samples.append((when, kmh))
    if not samples:
        raise UserError(f"speeds {path}: none of its subtitles has a speed, such as 48 km/h or an NMEA sentence")
    return speeds_of(path, samples, lost_after_s, 0.0)


def read_subtitle_track(path: Path, lost_after_s: float) -> RecordedSpeed:
    """The speeds in a video's subtitles. Raises `UserError` where it has no such track, or no speed in it."""
    samples = []
    try:
        with av.open(f"file:{path}", container_options={"protocol_whitelist": "file"}) as container:
            tracks = container.streams.subtitles
            if not tracks:
                raise UserError(
                    f"{path} has no speed inside: it has no subtitles; name a file with --speed, or leave it out"
                )
            video = container.streams.video[0] if container.streams.video else None
            first_s = 0.0
            if video is not None and video.start_time is not None and video.time_base is not None:
                first_s = float(video.start_time * video.time_base)
            for packet in container.demux(*tracks):
                if packet.pts is None or packet.time_base is None or not packet.size:
                    continue
                said, kmh = cue_kmh(_text(bytes(packet)))
                if said:
                    samples.append((float(packet.pts * packet.time_base) - first_s, kmh))
    except (av.FFmpegError, OSError, ValueError) as error:
        raise UserError(f"cannot read the subtitles of {path}: {reason(error)}") from error
    if not samples:
        raise UserError(f"{path} has no speed inside: none of its subtitles says one; name a file with --speed")
    samples.sort(key=lambda sample: sample[0])
    return speeds_of(path, samples, lost_after_s, 0.0)


def cue_kmh(text: str) -> tuple[bool, float | None]:
    """Whether a subtitle is about the speed, and km/h: of an NMEA sentence, a labelled number, or the only one with a
    unit; None where it is about the speed and has none."""
    found, kmh = nmea_kmh(text)
    if found:
        return True, kmh
    plain = re.sub(r"<[^>]{0,200}>|\{[^}]{0,200}\}", " ", text)
    labelled = _LABELLED.search(plain)
    if labelled is not None and labelled[2] is not None:
        return True, _kmh(labelled[1], labelled[2])
    numbers = {(match[1], match[2].lower()) for match in _WITH_UNIT.finditer(plain)}
    if len(numbers) == 1:
        return True, _kmh(*numbers.pop())
    return bool(labelled), None


def _kmh(number: str, unit: str) -> float | None:
    known = parse_unit(unit)
    value = float(number.replace(",", "."))
    return None if known is None or value < 0.0 else value * KMH_PER_UNIT[known]


def _text(data: bytes) -> str:
    """The text of a subtitle's packet; MP4's begins with its length."""
    if len(data) >= 2 and 0 < int.from_bytes(data[:2], "big") <= len(data) - 2:
        data = data[2 : 2 + int.from_bytes(data[:2], "big")]
    return data.decode("utf-8", "replace")
