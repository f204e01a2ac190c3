"""Labelling a drive: segments of time with an activity, saved in the file that replay and training read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from engines.activities import Activity
from engines.errors import UserError, reason
from engines.files.labels.drive_labels import DriveLabels, LabelSegment, write_labels
from engines.files.labels.label_files import find_label_file, label_file
from engines.files.labels.label_fit import labels_beyond, require_fit
from engines.files.labels.openlabel import read_label_file
from engines.files.output import make_folder
from engines.notice import NoticeText
from monitor.sources import DEMO
from monitor.sources.open_source import DEMO_LABELS

_MIN_S = 0.001
"""The files carry milliseconds."""


@dataclass(frozen=True)
class OpenSegment:
    """A segment whose end is not known yet."""

    start_s: float
    activity: Activity


def labelled_path(source_name: str) -> Path:
    """The path that a drive's labels are named after: its own; for the demo drive one in the user's data folder."""
    if source_name.strip() == DEMO:
        return Path(platformdirs.user_data_dir("driver-monitor")) / "demo-drive"
    return Path(source_name.strip()).expanduser()


def existing_labels(source_name: str) -> Path | None:
    """The labels that a drive has already; None without any."""
    path = find_label_file(labelled_path(source_name))
    return DEMO_LABELS if path is None and source_name.strip() == DEMO else path


class DriveLabelling:
    """The labels of one drive while they are being made. Every change is written at once.

    Attributes:
        path: the file that changes are written to.
        segments: in order, without overlaps.
        open_segment: the one that was begun and not finished; None without one.
        unsaved: why the last change is not in the file; empty when it is.
        notices: what is to be said of the labels as they were read, one line each.
    """

    def __init__(self, path: Path, segments: Sequence[LabelSegment] = ()) -> None:
        self.path = path
        self.segments: tuple[LabelSegment, ...] = tuple(segments)
        self.open_segment: OpenSegment | None = None
        self.unsaved = ""
        self.notices: tuple[str, ...] = ()

    @classmethod
    def open(
        cls, source_name: str, fps: float | None, labels: Path | None = None, *, end_s: float | None = None
    ) -> DriveLabelling:
        """A drive's labels: of a file that is named, or else those that it has already.

        A file that is named stays as it is: changes go to the drive's own.

        Args:
            source_name: the drive.
            fps: its frames a second.
            labels: the file; the drive's own when left out.
            end_s: of the drive, seconds; not looked at when left out.

        Raises:
            UserError: for labels that cannot be read, or cannot be of this drive.
        """
        path = labels or existing_labels(source_name)
        own = label_file(labelled_path(source_name))
        if path is None:
            return cls(own)
        read = read_label_file(path, fps)
        labelling = cls(own, read.segments)
        lines = [read.unknown_notice()]
        if end_s is not None:
            require_fit(read, end_s, fps, path)
            lines.append(labels_beyond(read, end_s))
        labelling.notices = tuple(f"{path.name}: {line}" for line in lines if line)
        return labelling

    @property
    def labels(self) -> DriveLabels | None:
        """As replay takes them; None without any."""
        return DriveLabels(self.segments) if self.segments else None

    def at(self, time_s: float) -> LabelSegment | None:
        """The segment that holds at a time."""
        return next((segment for segment in self.segments if segment.start_s <= time_s < segment.end_s), None)

    def begin(self, time_s: float, activity: Activity) -> None:
        """Begin a segment; one that was begun before ends here, and with the same activity nothing new begins."""
        previous = self.open_segment
        self.finish(time_s)
        if previous is None or previous.activity is not activity:
            self.open_segment = OpenSegment(time_s, activity)

    def finish(self, time_s: float) -> None:
        """End the segment that was begun, wherever its other end lies."""
        segment, self.open_segment = self.open_segment, None
        if segment is not None:
            self.assign(segment.start_s, time_s, segment.activity)

    def abandon(self) -> None:
        """Forget the segment that was begun."""
        self.open_segment = None

    def assign(self, one_s: float, other_s: float, activity: Activity | None) -> None:
        """Label the time between two times in place of the labels there; None for no label."""
        start_s, end_s = round(max(0.0, min(one_s, other_s)), 3), round(max(one_s, other_s), 3)
        if end_s - start_s < _MIN_S:
            return
        parts: list[LabelSegment] = []
        for segment in self.segments:
            if segment.start_s < start_s:
                parts.append(LabelSegment(segment.start_s, min(segment.end_s, start_s), segment.activity))
            if segment.end_s > end_s:
                parts.append(LabelSegment(max(segment.start_s, end_s), segment.end_s, segment.activity))
        if activity is not None:
            parts.append(LabelSegment(start_s, end_s, activity))
        self._change(_joined(parts))

    def erase(self, time_s: float) -> None:
        """Remove the segment that holds at a time."""
        segment = self.at(time_s)
        if segment is not None:
            self._change(tuple(other for other in self.segments if other is not segment))

    def load(self, other: DriveLabelling) -> None:
        """Show another's labels in place of these; they are written with the next change."""
        self.segments, self.notices = other.segments, other.notices

    def restore(self, segments: tuple[LabelSegment, ...]) -> None:
        """Have labels again that were there before."""
        self.segments = segments
        self.save()

    def save(self) -> None:
        """Write the file, all or nothing; without labels there is none. What goes wrong is left in `unsaved`."""
        try:
            if not self.segments:
                self.path.unlink(missing_ok=True)
            else:
                make_folder(self.path.parent)
                write_labels(self.path, self.segments)
            self.unsaved = ""
        except UserError:
            self.unsaved = NoticeText(
                "the labels cannot be written to {path}: they are in this window only", path=self.path
            )
        except OSError as error:
            self.unsaved = NoticeText(
                "the labels cannot be written to {path}: {reason}", path=self.path, reason=reason(error)
            )

    def _change(self, segments: tuple[LabelSegment, ...]) -> None:
        if segments != self.segments:
            self.restore(segments)


def _joined(parts: Sequence[LabelSegment]) -> tuple[LabelSegment, ...]:
    """In order; segments of one activity that touch become one, and what rounding has left of a segment goes."""
    joined: list[LabelSegment] = []
    for part in sorted(parts, key=lambda segment: segment.start_s):
        if part.length_s < _MIN_S - 1e-9:
            continue
        last = joined[-1] if joined else None
        if last is not None and last.activity is part.activity and part.start_s - last.end_s < _MIN_S:
            joined[-1] = LabelSegment(last.start_s, part.end_s, part.activity)
        else:
            joined.append(part)
    return tuple(joined)
