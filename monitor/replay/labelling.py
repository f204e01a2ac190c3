"""Labelling a drive: stretches of time with an activity, with undo, kept in the file that replay and training read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from engines.activities import Activity
from engines.errors import UserError
from engines.files.drive_labels import DriveLabels, LabelSegment, write_labels
from engines.files.openlabel import read_label_file
from monitor.sources import DEMO
from monitor.sources.open_source import DEMO_LABELS

_SHORTEST_S = 0.001
"""The files carry milliseconds."""

_STEPS = 500
"""Changes that can be undone."""


@dataclass(frozen=True)
class OpenSegment:
    """A stretch whose end is not known yet."""

    start_s: float
    activity: Activity


def labels_file(spec: str) -> Path:
    """Where a drive's labels are written: ``NAME.csv`` beside it; the demo drive's in the user's data folder."""
    if spec.strip() == DEMO:
        return Path(platformdirs.user_data_dir("driver-monitor")) / "demo-drive.csv"
    return Path(spec.strip()).expanduser().with_suffix(".csv")


def free_labels_file(spec: str) -> Path:
    """A file beside the drive's labels that does not exist yet, for where these cannot be read."""
    path = labels_file(spec)
    names = (path.with_name(f"{path.stem}-new{number or ''}.csv") for number in range(1000))
    return next(name for name in names if not name.exists())


def find_labels(spec: str) -> Path | None:
    """The labels that a drive has already; None without any."""
    own = labels_file(spec)
    beside = (own, DEMO_LABELS) if spec.strip() == DEMO else (own, own.with_suffix(".json"))
    return next((path for path in beside if path.is_file()), None)


class DriveLabelling:
    """The labels of one drive while they are being made. Every change is written at once.

    Attributes:
        path: the file that changes are written to.
        stretches: in order, without overlaps.
        begun: the stretch that was begun and not finished.
        unsaved: why the last change is not in the file; empty when it is.
    """

    def __init__(self, path: Path, stretches: Sequence[LabelSegment] = ()) -> None:
        self.path = path
        self.stretches: tuple[LabelSegment, ...] = tuple(stretches)
        self.begun: OpenSegment | None = None
        self.unsaved = ""
        self._before: list[tuple[LabelSegment, ...]] = []
        self._undone: list[tuple[LabelSegment, ...]] = []

    @classmethod
    def open(cls, spec: str, fps: float | None, labels: Path | None = None) -> DriveLabelling:
        """A drive's labels: of a file that is named, or else those it has already. Raises `UserError`.

        What is named by hand, too, is left as it is: changes go to the drive's own file.
        """
        path = labels or find_labels(spec)
        return cls(labels_file(spec), read_label_file(path, fps).stretches if path is not None else ())

    @property
    def labels(self) -> DriveLabels | None:
        """As replay takes them; None without any."""
        return DriveLabels(self.stretches) if self.stretches else None

    @property
    def can_undo(self) -> bool:
        """Whether there is a change to take back."""
        return bool(self._before)

    @property
    def can_redo(self) -> bool:
        """Whether there is a change to make again."""
        return bool(self._undone)

    def at(self, time_s: float) -> LabelSegment | None:
        """The stretch that holds at a time."""
        return next((stretch for stretch in self.stretches if stretch.start_s <= time_s < stretch.end_s), None)

    def begin(self, time_s: float, activity: Activity) -> None:
        """Begin a stretch; one that was begun before ends here, and with the same activity nothing new begins."""
        previous = self.begun
        self.finish(time_s)
        if previous is None or previous.activity is not activity:
            self.begun = OpenSegment(time_s, activity)

    def finish(self, time_s: float) -> None:
        """End the stretch that was begun, wherever its other end lies."""
        begun, self.begun = self.begun, None
        if begun is not None:
            self.mark(begun.start_s, time_s, begun.activity)

    def abandon(self) -> None:
        """Forget the stretch that was begun."""
        self.begun = None

    def mark(self, one_s: float, other_s: float, activity: Activity | None) -> None:
        """Say what the driver does between two times, in place of what was said before; None for nothing."""
        start_s, end_s = round(max(0.0, min(one_s, other_s)), 3), round(max(one_s, other_s), 3)
        if end_s - start_s < _SHORTEST_S:
            return
        parts: list[LabelSegment] = []
        for stretch in self.stretches:
            if stretch.start_s < start_s:
                parts.append(LabelSegment(stretch.start_s, min(stretch.end_s, start_s), stretch.activity))
            if stretch.end_s > end_s:
                parts.append(LabelSegment(max(stretch.start_s, end_s), stretch.end_s, stretch.activity))
        if activity is not None:
            parts.append(LabelSegment(start_s, end_s, activity))
        self._change(_joined(parts))

    def erase(self, time_s: float) -> None:
        """Take the stretch away that holds at a time."""
        stretch = self.at(time_s)
        if stretch is not None:
            self._change(tuple(other for other in self.stretches if other is not stretch))

    def undo(self) -> None:
        """Take the last change back; a stretch that was only begun, first."""
        if self.begun is not None:
            self.begun = None
        elif self._before:
            self._undone.append(self.stretches)
            self.stretches = self._before.pop()
            self.save()

    def redo(self) -> None:
        """Make the change again that was taken back."""
        if self._undone:
            self._before.append(self.stretches)
            self.stretches = self._undone.pop()
            self.save()

    def save(self) -> None:
        """Write the file, whole; without labels there is none. What goes wrong is left in `unsaved`."""
        try:
            if not self.stretches:
                self.path.unlink(missing_ok=True)
            else:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                write_labels(self.path, self.stretches)
            self.unsaved = ""
        except UserError:
            self.unsaved = f"the labels cannot be written to {self.path}: they are kept in this window only"
        except OSError as error:
            self.unsaved = f"the labels cannot be written to {self.path}: {error.strerror}"

    def _change(self, stretches: tuple[LabelSegment, ...]) -> None:
        if stretches == self.stretches:
            return
        self._before.append(self.stretches)
        del self._before[:-_STEPS]
        self._undone.clear()
        self.stretches = stretches
        self.save()


def _joined(parts: Sequence[LabelSegment]) -> tuple[LabelSegment, ...]:
    """In order, what touches and says the same as one; what rounding has left of a stretch goes."""
    joined: list[LabelSegment] = []
    for part in sorted(parts, key=lambda stretch: stretch.start_s):
        if part.length_s < _SHORTEST_S - 1e-9:
            continue
        last = joined[-1] if joined else None
        if last is not None and last.activity is part.activity and part.start_s - last.end_s < _SHORTEST_S:
            joined[-1] = LabelSegment(last.start_s, part.end_s, part.activity)
        else:
            joined.append(part)
    return tuple(joined)
