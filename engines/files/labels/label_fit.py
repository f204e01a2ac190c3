"""Whether labels fit the drive that they are given for: labels beyond its end, or in another unit than seconds."""

from __future__ import annotations

from engines.errors import UserError
from engines.files.labels.drive_labels import DriveLabels

_SLACK_S = 0.5
"""Labels may end so much later than the drive: people and tools round."""


def labels_beyond(labels: DriveLabels, end_s: float) -> str | None:
    """One line for people about labels that go on after a drive's end, in seconds; None where they do not."""
    if labels.end_s <= end_s + _SLACK_S:
        return None
    beyond_s = sum(segment.length_s for segment in labels.segments) - _within_s(labels, end_s)
    return (
        f"the labels go on to {labels.end_s:.1f} s and the drive ends at {end_s:.1f} s: "
        f"{beyond_s:.1f} s of labels beyond its end are not scored"
    )


def require_fit(labels: DriveLabels, end_s: float, fps: float | None, name: object) -> None:
    """Raise `UserError` for labels that cannot be of a drive, for most of them lie beyond its end.

    Args:
        labels: in seconds, as they were read.
        end_s: of the drive, seconds.
        fps: its frames a second; None where unknown.
        name: of the labels' file, for people.
    """
    labelled_s = sum(segment.length_s for segment in labels.segments)
    within = _within_s(labels, end_s) / labelled_s
    if labels.end_s <= end_s + _SLACK_S or within >= 0.5:
        return
    units = _fitting_units(labels, end_s, fps, whole=True)
    if not units and within >= 0.2:
        return
    ends_together, units = bool(units), units or _fitting_units(labels, end_s, fps, whole=False)
    if labels.frame_rate is not None:
        asked = f"its frames are counted at {labels.frame_rate:g} a second; are they of another drive?"
    elif units:
        asked = f"write seconds from the drive's first frame; are they in {' or '.join(units)}"
        asked += "?" if ends_together else ", or of another drive?"
    else:
        asked = "write seconds from the drive's first frame; are they of another drive?"
    raise UserError(
        f"labels {name}: they end at {labels.end_s:.1f} s and the drive at {end_s:.1f} s, so {within:.0%} of what is "
        f"labelled lies within it: {asked}"
    )


def _within_s(labels: DriveLabels, end_s: float) -> float:
    return sum(max(0.0, min(segment.end_s, end_s) - segment.start_s) for segment in labels.segments)


def _fitting_units(labels: DriveLabels, end_s: float, fps: float | None, *, whole: bool) -> list[str]:
    """In which units the labels would lie within the drive; `whole`: and end with it."""
    seconds = {"milliseconds": 1e-3, "microseconds": 1e-6, "nanoseconds": 1e-9}
    if fps:
        seconds["frames"] = 1.0 / fps
    if 99.0 <= labels.end_s <= 100.5:
        seconds["per cent of the drive"] = end_s / 100.0
    low, high = (0.9, 1.1) if whole else (0.02, 1.1)
    return [unit for unit, unit_s in seconds.items() if low * end_s <= labels.end_s * unit_s <= high * end_s]
