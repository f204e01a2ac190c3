"""What the user can do in the library: look, review, name drivers, send a case, ask what thresholds would change."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from PySide6.QtCore import QCoreApplication, QObject, Signal

from engines.errors import UserError
from engines.files.printable import printable
from monitor.alerts.incidents.incident import Review, ReviewStatus
from monitor.dashboard.library.saving import Saving
from monitor.dashboard.replay.controller import ReplayTools
from monitor.dashboard.texts import change_words
from monitor.dashboard.widgets.background_task import Background, Progress
from monitor.evaluation.threshold_effect import MarkScore, ThresholdEffect
from monitor.fleet.prediction_cache import PredictionCache
from monitor.journal.case import case_name, write_case
from monitor.journal.library import KeptDrive, Library
from monitor.viewmodel.event_log import LoggedIncident
from monitor.viewmodel.library.marks import LibraryAdvice, library_advice
from monitor.viewmodel.library.model import LibraryModel
from monitor.viewmodel.library.reviewed import drives_with_reviews, store_review
from monitor.viewmodel.undo import Change, UndoHistory

translate = QCoreApplication.translate

T = TypeVar("T")

_Read = tuple[list[KeptDrive], list[str]]


@dataclass(frozen=True)
class _Reviews:
    """What a change in the library is of: the reviews of one drive, which go with it."""

    drive_id: str


def _reviewed(drive: KeptDrive, review: Review, number: int) -> KeptDrive:
    """A drive of whose incident something is said."""
    incidents = (
        replace(incident, review=review) if incident.number == number else incident for incident in drive.incidents
    )
    return replace(drive, incidents=tuple(incidents))


def _kept(drive: KeptDrive, kept: bool, number: int) -> KeptDrive:
    """A drive of which an incident is marked to be kept, or no longer."""
    return replace(drive, kept=drive.kept | {number} if kept else drive.kept - {number})


def _driven_by(drive: KeptDrive, driver: str) -> KeptDrive:
    return replace(drive, info=replace(drive.info, driver=driver))


class LibraryController(QObject):
    """Reads, deletes and writes in the background; what is said of an incident is shown at once."""

    noticed = Signal(str)
    """Something went wrong, or is done; one line for people."""
    working = Signal()
    """The search for thresholds has begun or ended."""
    reviewed = Signal(object, object)
    """A `LoggedIncident` has another `Review`: who shows it elsewhere shows that."""

    def __init__(
        self,
        library: Library,
        tools: ReplayTools,
        history: UndoHistory,
        saving: Saving,
        use_threshold: Callable[[ThresholdEffect[MarkScore]], bool] | None = None,
        is_open: Callable[[], bool] = lambda: True,
    ) -> None:
        """Nothing is read before `refresh`.

        Args:
            library: where drives are kept.
            tools: what recordings are replayed with.
            history: of changes that can be taken back.
            saving: writes what is said of incidents and drives.
            use_threshold: puts a threshold into the policy; whether it could. None where that is not to be offered.
            is_open: whether the library can be seen, or a PIN stands before it: then nothing of it is undone elsewhere.
        """
        super().__init__()
        self.library, self._tools, self.use_threshold = library, tools, use_threshold
        self.model = LibraryModel(self._thumbnails)
        self._history, self._saving, self._is_open = history, saving, is_open
        # What the store has of what was changed here, by what that is.
        self._stored: dict[Hashable, Any] = {}
        self._is_out_of_date = False
        self._reading: Background[_Read] | None = None
        self._advising: Background[LibraryAdvice] | None = None
        self._forgetting: dict[str, Background[None]] = {}

    def refresh(self) -> None:
        """Read the drives again, in the background."""
        if self._reading is not None:
            self._reading.abandon()
        self._is_out_of_date = self._saving.is_writing()
        self.model.begin_loading()
        self._reading = Background("library", lambda _progress: drives_with_reviews(self.library), self._read)
        self._reading.start()

    def _refresh_again(self) -> None:
        """What was read while something was written may be out of date."""
        if self._is_out_of_date and self._reading is None and not self._saving.is_writing():
            self.refresh()

    def _read(self, task: Background[_Read]) -> None:
        self._reading = None
        # Where they could not be read, what was known of them stays.
        drives, notices = task.result or (self.model.drives, [])
        for notice in (*notices, *([task.error] if task.error else [])):
            self.noticed.emit(notice)
        if self._is_out_of_date:
            self._refresh_again()
            return
        kept = {drive.info.uid for drive in drives}
        for drive in self.model.drives:
            if drive.info.uid not in kept:
                # Somebody else has deleted it.
                self._history.forget(_Reviews(drive.info.uid))
        self.model.take(drives)

    def _thumbnails(self, drive_id: str, number: int) -> tuple[bytes, ...]:
        try:
            return self.library.thumbnails(drive_id, number)
        except UserError as error:
            self.noticed.emit(str(error))
            return ()

    # Reviews

    def mark(self, entry: LoggedIncident, status: ReviewStatus) -> bool:
        """Give a verdict; the one that holds is taken back. Whether the drive is known."""
        review = entry.incident.review
        return self.review(entry, replace(review, status=ReviewStatus.NEW if review.status is status else status))

    def review(self, entry: LoggedIncident, review: Review) -> bool:
        """Take in what a person says of an incident; whether the drive is known.

        It is stored in the background. Where that cannot be, it is said, and what was stored before is shown again.
        """
        before = entry.incident.review
        if before == review:
            return True
        undo, redo = partial(self._restore, entry, before), partial(self._restore, entry, review)
        change = Change(change_words(before, review), undo, redo, _Reviews(entry.kept_as))
        known = self._store(entry, review, partial(self._history.drop, change))
        if known:
            self._history.add(change)
        return known

    def note(self, entry: LoggedIncident, note: str) -> None:
        """Store a note beside the verdict that holds now."""
        drive = self.model.drive(entry.kept_as)
        if drive is not None:
            incident = drive.incident(entry.incident.number)
            now = replace(entry, incident=incident)
            self.review(now, replace(incident.review, note=note))

    def undo(self) -> None:
        """Undo the last change of reviews or labels, wherever in the window it was made."""
        self._say_elsewhere(self._history.undo())

    def redo(self) -> None:
        """Make it again."""
        self._say_elsewhere(self._history.redo())

    def _say_elsewhere(self, change: Change | None) -> None:
        if change is not None and not isinstance(change.of, _Reviews):
            self.noticed.emit(translate("Library", "Changed in another view: {0}.").format(change.what))

    def _restore(self, entry: LoggedIncident, review: Review, failed: Callable[[], None]) -> bool:
        if not self._is_open():
            self.noticed.emit(
                translate("Library", "What was changed last is behind the PIN: open the library, and try again there.")
            )
            return False
        return self._store(entry, review, failed)

    def _store(self, entry: LoggedIncident, review: Review, failed: Callable[[], None]) -> bool:
        drive, number = self.model.drive(entry.kept_as), entry.incident.number
        if drive is None:
            return False
        try:
            before = drive.incident(number).review
        except UserError as error:  # it was watched again meanwhile
            self.noticed.emit(str(error))
            return False
        self._change(
            drive,
            ("review", number),
            before,
            review,
            partial(_reviewed, number=number),
            partial(store_review, self.library, drive, entry.incident, review),
            stored=partial(self.reviewed.emit, entry, review),
            failed=failed,
        )
        return True

    def keep(self, entry: LoggedIncident, kept: bool) -> None:
        """Mark an incident so that it stays, whatever becomes old; or no longer."""
        drive, number = self.model.drive(entry.kept_as), entry.incident.number
        if drive is not None:
            self._change(
                drive,
                ("keep", number),
                number in drive.kept,
                kept,
                partial(_kept, number=number),
                partial(self.library.keep, drive.info.uid, number, kept),
            )

    def _change(
        self,
        drive: KeptDrive,
        what: Hashable,
        before: T,
        now: T,
        changed: Callable[[KeptDrive, T], KeptDrive],
        store: Callable[[], object],
        stored: Callable[[], object] = lambda: None,
        failed: Callable[[], object] = lambda: None,
    ) -> None:
        """Show a change of a drive at once, and store it in the background.

        Args:
            drive: as it is.
            what: of it is changed.
            before, now: its value.
            changed: the drive with a value.
            store: writes it, in another thread.
            stored, failed: called in the window's thread.
        """
        uid = drive.info.uid
        key = ("library", uid, what)
        if not self._saving.is_writing(key):
            self._stored[key] = before

        def show(value: T) -> None:
            known = self.model.drive(uid)
            if known is not None:
                self.model.replace(changed(known, value))

        def written() -> None:
            self._stored[key] = now
            self._is_out_of_date |= self._reading is not None
            stored()
            self._refresh_again()

        def not_written(is_latest: bool) -> None:
            if is_latest:
                show(self._stored[key])
            failed()
            self._refresh_again()

        self._is_out_of_date |= self._reading is not None
        show(now)
        self._saving.write(key, store, done=written, failed=not_written, say=self.noticed.emit)

    # Drives

    def name_driver(self, drive: KeptDrive, driver: str) -> None:
        """Say who drives."""
        driver = printable(driver.strip())
        store = partial(self.library.name_driver, drive.info.uid, driver)
        self._change(drive, "driver", drive.info.driver, driver, _driven_by, store)

    def forget(self, drive: KeptDrive) -> None:
        """Delete a drive from the library, in the background: its clips are looked at first, and may be large."""
        uid = drive.info.uid
        if uid not in self._forgetting:
            task = Background("forgetting", lambda _progress: self.library.delete(drive), partial(self._forgotten, uid))
            self._forgetting[uid] = task
            task.start()

    def _forgotten(self, uid: str, task: Background[None]) -> None:
        del self._forgetting[uid]
        if task.error:
            self.noticed.emit(task.error)
            return
        self._history.forget(_Reviews(uid))
        self.model.forget(uid)

    def case_name(self, entry: LoggedIncident) -> str:
        """What a case of an incident is called, when nobody calls it otherwise."""
        drive = self.model.drive(entry.kept_as)
        return "case.zip" if drive is None else case_name(drive, entry.incident)

    def save_case(self, entry: LoggedIncident, path: Path) -> bool:
        """Write an incident as a zip to send; whether it could be."""
        try:
            drive = self.model.drive(entry.kept_as) or self.library.drive(entry.kept_as)
            images = [thumbnail.jpeg for thumbnail in entry.clip]
            written = write_case(path, self.library, drive, entry.incident, images or None)
        except UserError as error:
            self.noticed.emit(str(error))
            return False
        self.noticed.emit(
            translate(
                "Library", "The case is written: {0}. It shows a person: look through it before you send it."
            ).format(printable(written))
        )
        return True

    # Thresholds

    @property
    def is_advising(self) -> bool:
        """Whether thresholds are being tried."""
        return self._advising is not None

    def advise(self) -> None:
        """Try higher thresholds on the marked drives, in the background."""
        if self._advising is not None:
            return
        drives, tools = list(self.model.drives), self._tools

        def work(progress: Progress) -> LibraryAdvice:
            engine = tools.open_engine()
            cache = PredictionCache.open(tools.cache)
            return library_advice(
                drives,
                engine,
                cache,
                tools.mount(),
                kept_predictions=self.library.predictions,
                open_speed=tools.open_speed,
                progressed=lambda: progress(),
            )

        self._advising = Background("thresholds", work, self._advised)
        self._advising.start()
        self.working.emit()

    def _advised(self, task: Background[LibraryAdvice]) -> None:
        self._advising = None
        if task.error:
            self.noticed.emit(task.error)
        elif task.result is not None:
            self.model.advise(task.result)
        self.working.emit()

    def cancel(self) -> None:
        """Stop the search for thresholds."""
        if self._advising is not None:
            self._advising.cancel()

    def close(self) -> None:
        """Leave what runs in the background."""
        for task in (self._reading, self._advising, *self._forgetting.values()):
            if task is not None:
                task.abandon(0.2)
        self._reading = self._advising = None
        self._forgetting.clear()
