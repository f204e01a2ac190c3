"""What the library's view shows, as a plain model without Qt; widgets listen to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby

from engines.files.printable import printable
from monitor.alerts.incidents.incident import Incident, ReviewStatus
from monitor.journal.library import KeptDrive
from monitor.live.frames.recent_frames import Thumbnail
from monitor.viewmodel.event_log import LoggedIncident
from monitor.viewmodel.library.marks import LibraryAdvice
from monitor.viewmodel.signal import Listeners
from monitor.viewmodel.state import DashboardState


@dataclass(frozen=True)
class Inbox:
    """The row of all incidents that nobody has reviewed; how many they are."""

    count: int


@dataclass(frozen=True)
class Day:
    """The heading of a day's drives."""

    date: date


_MAX_WITH_IMAGES = 100
"""Incidents of the list that have their images loaded, the newest; the others' are when they have become fewer."""

Row = Inbox | Day | KeptDrive


class LibraryModel:
    """Drives, and the incidents of the one that is chosen, or of all that nobody has reviewed. Used from one thread.

    Attributes:
        drives: the newest first, with their reviews.
        loading: whether they are being read.
        chosen: the id of the drive whose incidents are shown; empty for the inbox.
        advice: what marks say of thresholds; None while it is not known.
        shown: holds the incidents as its events, for widgets that show those of a drive.
        drives_changed: `drives`, `loading` or `chosen`.
        advised: `advice`.
    """

    def __init__(self, thumbnails: Callable[[str, int], Sequence[bytes]] = lambda _id, _number: ()) -> None:
        """`thumbnails` gives those of an incident, for a drive's id and its number."""
        self.drives: list[KeptDrive] = []
        self.loading = False
        self.chosen = ""
        self.advice: LibraryAdvice | None = None
        self.shown = DashboardState(muted=True)
        self.drives_changed = Listeners()
        self.advised = Listeners()
        self._thumbnails = thumbnails
        self._clips: dict[tuple[str, int], tuple[Thumbnail, ...]] = {}
        # Of the inbox: what was reviewed in it stays until another look, so that a key pressed too fast can be undone.
        self._inbox: set[tuple[str, int]] = set()

    def take(self, drives: Sequence[KeptDrive]) -> None:
        """The drives as they are now."""
        self.drives, self.loading = list(drives), False
        self._clips.clear()
        self.choose(self.chosen)

    def begin_loading(self) -> None:
        """They are being read."""
        self.loading = True
        self.drives_changed.emit()

    def choose(self, drive_id: str) -> None:
        """Show a drive's incidents; those of the inbox for an empty id, and for one that is not known."""
        drive = self.drive(drive_id)
        # While they are being read it may be one that is not known yet.
        self.chosen = drive.info.uid if drive is not None else drive_id if self.loading else ""
        self._fill_inbox()
        self._show()

    def replace(self, drive: KeptDrive) -> None:
        """A drive has changed: something was said of it."""
        self.drives = [drive if other.info.uid == drive.info.uid else other for other in self.drives]
        self.advice = None
        self._show()
        self.advised.emit()

    def forget(self, drive_id: str) -> None:
        """A drive is no longer kept."""
        self.take([drive for drive in self.drives if drive.info.uid != drive_id])

    def advise(self, advice: LibraryAdvice) -> None:
        """What the marks say is known."""
        self.advice = advice
        self.advised.emit()

    def drive(self, drive_id: str) -> KeptDrive | None:
        """The drive of an id, or the one that is shown of the same recording."""
        return next((drive for drive in self.drives if drive_id in (drive.info.uid, *drive.watches)), None)

    @property
    def unreviewed(self) -> int:
        """How many incidents nobody has reviewed."""
        return sum(drive.unreviewed for drive in self.drives)

    def rows(self) -> list[Row]:
        """Of the list: the inbox, then each day with its drives; those of one driver stand together."""
        rows: list[Row] = [Inbox(self.unreviewed)]
        for day, drives in groupby(self.drives, key=day_of):
            rows.append(Day(day))
            # Sorting is stable: of one driver the newest is the first; nobody's come last.
            by_driver = sorted(drives, key=lambda drive: (not drive.info.driver, drive.info.driver.casefold()))
            rows += by_driver
        return rows

    def entries(self) -> list[LoggedIncident]:
        """The incidents that are shown, the oldest first."""
        shown = [
            (drive, incident, number)
            for number, drive in enumerate(reversed(self.drives))
            for incident in drive.incidents
            if (drive.info.uid == self.chosen if self.chosen else (drive.info.uid, incident.number) in self._inbox)
        ]
        first = len(shown) - _MAX_WITH_IMAGES
        return [self._entry(*each, with_images=index >= first) for index, each in enumerate(shown)]

    def next_unreviewed(self, after: LoggedIncident) -> LoggedIncident | None:
        """The next incident of the list, which has the newest on top, that nobody has reviewed; then from the top."""
        entries = [*reversed(self.entries())]
        at = next((index for index, entry in enumerate(entries) if entry.is_same(after)), -1)
        ordered = entries[at + 1 :] + entries[: at + 1]
        return next((entry for entry in ordered if entry.incident.review.status is ReviewStatus.NEW), None)

    def _fill_inbox(self) -> None:
        self._inbox = {
            (drive.info.uid, incident.number)
            for drive in self.drives
            for incident in drive.incidents
            if incident.review.status is ReviewStatus.NEW
        }

    def _entry(self, drive: KeptDrive, incident: Incident, number: int, *, with_images: bool) -> LoggedIncident:
        key = (drive.info.uid, incident.number)
        if key not in self._clips and with_images:
            images = self._thumbnails(*key)
            # When they were taken is not kept: a few a second.
            self._clips[key] = tuple(Thumbnail(0.5 * index, jpeg) for index, jpeg in enumerate(images))
        name = " · ".join(part for part in (printable(drive.info.source), printable(drive.info.driver)) if part)
        entry = LoggedIncident(incident, name, drive.info.path, self._clips.get(key, ()), number, drive.info.uid)
        # Among those of one drive its day and driver would stand in every row.
        return entry if self.chosen else replace(entry, driver=drive.info.driver, began_at=drive.info.began_at)

    def _show(self) -> None:
        entries = self.entries()
        if entries != self.shown.events.entries:
            self.shown.events.entries[:] = entries
            self.shown.event_logged.emit()
        self.drives_changed.emit()


def day_of(drive: KeptDrive) -> date:
    """The day on which it was watched, in the zone of the drive."""
    return drive.info.began_at.date()
