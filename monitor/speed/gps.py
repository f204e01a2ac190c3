"""Speeds that a satellite receiver has recorded beside a drive: GPX tracks and NMEA 0183 sentences."""

from __future__ import annotations

import math
import re
from datetime import datetime, timezone
from functools import reduce
from itertools import pairwise
from operator import xor
from pathlib import Path

from engines.errors import UserError
from engines.files.text import parse_xml, read_text
from monitor.speed.recorded import RecordedSpeed, speeds_of
from monitor.speed.units import KMH_PER_UNIT

_EARTH_M = 6_371_009.0
_SENTENCE = re.compile(
    r"(?:\[(?P<ms>\d{10,16})\])?\s*\$?(?P<body>[A-Z]{2}(?:RMC|VTG),[^*\r\n]*)(?:\*(?P<sum>[0-9A-Fa-f]{2}))?"
)
"""Some dashcams put the milliseconds of their own clock before a sentence."""

REMARK = "the times count from the first one of {name}, which is taken for the beginning of the drive"


def read_gpx(path: Path, lost_after_s: float) -> RecordedSpeed:
    """The speeds of a GPX track: as it states them (metres a second), else from its positions.

    Raises:
        UserError: for what is no GPX, or has no times.
    """
    root = parse_xml(read_text(path, "speeds"), f"speeds {path}")
    points: list[tuple[float, float, float, float | None]] = []
    for element in root.iter():
        if _name(element.tag) != "trkpt":
            continue
        fields = {_name(child.tag): child.text or "" for child in element.iter()}
        try:
            when = _utc_s(fields["time"])
            position = math.radians(float(element.attrib["lat"])), math.radians(float(element.attrib["lon"]))
            speed = float(fields["speed"]) if fields.get("speed", "").strip() else None
        except (KeyError, ValueError, OverflowError):
            continue
        if all(map(math.isfinite, (when, *position))):
            points.append((when, *position, speed))
    if not points:
        raise UserError(f"speeds {path}: there is no track point with a time in it: export the track as GPX 1.1")
    points.sort(key=lambda point: point[0])
    samples: list[tuple[float, float | None]] = []
    if any(point[3] is not None for point in points):
        samples = [(when, None if speed is None else speed * KMH_PER_UNIT["m/s"]) for when, _, _, speed in points]
    else:
        # What was driven between two points is the speed that holds from the first of them on.
        for (began, *place, _), (ended, *other, _) in pairwise(points):
            if 0.0 < ended - began <= lost_after_s:
                metres = _distance_m(place[0], place[1], other[0], other[1])
                samples.append((began, metres / (ended - began) * KMH_PER_UNIT["m/s"]))
            elif ended > began:
                samples.append((began, None))
        if samples:
            samples.append((points[-1][0], samples[-1][1]))
    return speeds_of(path, samples, lost_after_s, points[0][0], (REMARK.format(name=path.name),))


def read_nmea(path: Path, lost_after_s: float) -> RecordedSpeed:
    """The speeds of a file of NMEA sentences, by RMC, or by VTG between the times of other sentences.

    Raises:
        UserError: for a file without such a sentence.
    """
    samples: list[tuple[float, float | None]] = []
    day_s, last_s = 0.0, -math.inf
    for match in _SENTENCE.finditer(read_text(path, "speeds")):
        if not _is_whole(match["body"], match["sum"]):
            continue
        fields = match["body"].split(",")
        kmh = _sentence_kmh(fields)
        if match["ms"] is not None:
            when = int(match["ms"]) / (1e3 if len(match["ms"]) <= 13 else 1e6)
        elif fields[0].endswith("RMC"):
            when = _time_of_day(fields[1])
            if math.isnan(when):
                continue
            if when + day_s < last_s - 43_200.0:  # midnight
                day_s += 86_400.0
            when += day_s
        elif samples:
            when = last_s
        else:
            continue
        last_s = when
        if samples and samples[-1][0] == when and kmh is None:
            continue
        samples.append((when, kmh))
    if not samples:
        raise UserError(f"speeds {path}: there is no RMC or VTG sentence of NMEA 0183 in it, such as $GPRMC,…")
    return speeds_of(path, samples, lost_after_s, min(when for when, _ in samples), (REMARK.format(name=path.name),))


def nmea_kmh(text: str) -> tuple[bool, float | None]:
    """Whether a text holds a sentence with a speed, and km/h; None where the receiver knows none."""
    found = False
    for match in _SENTENCE.finditer(text):
        if _is_whole(match["body"], match["sum"]):
            found, kmh = True, _sentence_kmh(match["body"].split(","))
            if kmh is not None:
                return True, kmh
    return found, None


def _sentence_kmh(fields: list[str]) -> float | None:
    try:
        if fields[0].endswith("RMC"):
            return float(fields[7]) * KMH_PER_UNIT["knots"] if fields[2] == "A" else None
        return float(fields[7]) if len(fields) > 8 and fields[8] == "K" else None
    except (IndexError, ValueError):
        return None


def _is_whole(body: str, checksum: str | None) -> bool:
    """Whether a sentence is the one that was sent, where it says how to know."""
    return checksum is None or reduce(xor, body.encode("ascii", "replace"), 0) == int(checksum, 16)


def _time_of_day(text: str) -> float:
    match = re.fullmatch(r"(\d\d)(\d\d)(\d\d(?:\.\d+)?)", text)
    return math.nan if match is None else 3600.0 * int(match[1]) + 60.0 * int(match[2]) + float(match[3])


def _utc_s(text: str) -> float:
    when = datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", text.strip().replace("Z", "+00:00")))
    return (when if when.tzinfo is not None else when.replace(tzinfo=timezone.utc)).timestamp()


def _name(tag: str) -> str:
    return tag.rpartition("}")[2]


def _distance_m(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> float:
    """Metres between two places on the Earth, in radians, by the haversine formula."""
    half = (
        math.sin((other_latitude - latitude) / 2) ** 2
        + math.cos(latitude) * math.cos(other_latitude) * math.sin((other_longitude - longitude) / 2) ** 2
    )
    return 2 * _EARTH_M * math.asin(min(1.0, math.sqrt(half)))
