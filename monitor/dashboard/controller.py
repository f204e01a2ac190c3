"""What the user can do with a drive: open, pause, restart, close; takes the drive's events into the state."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from itertools import islice

from PySide6.QtCore import QMetaObject, QObject, Qt, Signal, Slot

from engines.errors import UserError
from engines.notice import NoticeText
from engines.view import Mount
from monitor.alerts.incidents.incident import Review, ReviewStatus
from monitor.dashboard.library.saving import Saving
from monitor.dashboard.texts import change_words
from monitor.dashboard.widgets.attention_painting import part_names
from monitor.dashboard.worker import DriveWorker, MakeStoreListener
from monitor.health.system_health import SystemFault
from monitor.journal.json_lines import Journal
from monitor.journal.library import Library
from monitor.live.engine import OpenEngine
from monitor.live.recording.choice import Privacy
from monitor.live.recording.recordings import Recordings
from monitor.live.session import IncidentChanged, Listener, Opened, Session, SessionOptions
from monitor.replay.reviews import (
    AlertReview,
    change_review,
    own_reviews,
    read_reviews,
    review_of,
    reviews_file,
    with_review,
    write_reviews,
)
from monitor.sources import Source, is_live, open_source
from monitor.sources.encoded import Tap
from monitor.speed.source import SpeedSource
from monitor.viewmodel.event_log import LoggedIncident
from monitor.viewmodel.state import DashboardState, Phase
from monitor.viewmodel.undo import Change, UndoHistory

NOTHING_KEPT = NoticeText("Nothing of a drive is kept here (closed loop): no review, no event, no image.")

_EVENTS_AT_ONCE = 8
"""Then the window has its turn: a drive that speaks faster than this is taken in must not freeze it."""

OpenSource = Callable[..., Source]
"""Opens a source by its name; `tap` gets what is to be recorded, where anything is."""


def source_opener(fps: float | None = None) -> OpenSource:
    """Opens a source by its name; `fps` is for a folder of images."""

    def open_named(spec: str, tap: Tap | None = None) -> Source:
        return open_source(spec, fps=fps, tap=tap)

    return open_named


class DriveController(QObject):
    """Runs one drive at a time.

    Attributes:
        history: of what the user has changed, here and elsewhere in the window.
        saving: writes what the user says of incidents and drives, here and elsewhere in the window.
    """

    reviewed = Signal()
    """An incident has another review, which is stored: who shows it elsewhere reads that."""

    def __init__(
        self,
        state: DashboardState,
        open_engine: OpenEngine,
        *,
        open_speed: Callable[[str, float], SpeedSource] | None = None,
        journal: Journal | None = None,
        store_listener: MakeStoreListener | None = None,
        message_listeners: Callable[[Callable[[], bool]], Sequence[Listener]] | None = None,
        open_source: OpenSource | None = None,
        realtime: bool = True,
        mount: Mount | None = None,
        needs_check: Callable[[str], bool] = lambda _spec: False,
        library: Library | None = None,
        recordings: Recordings | None = None,
    ) -> None:
        """Nothing runs before `open`.

        Args:
            state: takes the drive's events in.
            open_engine: opens the engine, in the drive's thread.
            open_speed: opens where the speed comes from, given the source and the seconds after which a speed is too
                old; no signal when left out.
            journal: also gets every event.
            store_listener: makes what leaves a drive with the store; None for none.
            message_listeners: make what is sent of a drive, given what says whether alerts are on.
            open_source: opens the source by its name, in the drive's thread.
            realtime: play recordings at their own speed.
            mount: the camera's; the whole frame when None.
            needs_check: whether a source's view must be checked before the driver is alerted.
            library: what is kept of drives; None where nothing is.
            recordings: what is recorded, and the recorders; nothing is, and whatever is asked for kept, without them.
        """
        super().__init__()
        self._mount = mount
        self.needs_check = needs_check
        self.history = UndoHistory()
        self.state = state
        self._open_engine = open_engine
        self._open_speed, self._journal, self._realtime = open_speed, journal, realtime
        self._store_listener, self._message_listeners = store_listener, message_listeners
        self._open_source = open_source or source_opener()
        self._worker: DriveWorker | None = None
        self.recordings = recordings or Recordings(None, Privacy())
        self.library = library or Library(None)
        self.saving = Saving()
        # What is stored of the incidents of this session; used in the window's thread.
        self._stored: dict[Hashable, Review] = {}
        # What the file of many drives holds of them; used in the thread that writes.
        self._written: dict[tuple[int, int], AlertReview | None] = {}

    def open(self, spec: str) -> None:
        """Leave the source that plays and open another, or the same from its beginning."""
        previous = self._leave()
        recorder = self.recordings.begin(live=is_live(spec))
        opening = partial(self._open_source, spec)
        self.state.begin(spec, armed=not self.needs_check(spec))
        self.reread_reviews()
        self.state.recording = recorder is not None
        self._worker = DriveWorker(
            SessionOptions(
                spec,
                self._mount,
                realtime=self._realtime,
                armed=self.state.armed,
                clips=not self.keeps_nothing,
                part_names=part_names(),
            ),
            self._open_engine,
            open_source=opening if recorder is None else partial(opening, tap=recorder),
            open_speed=partial(self._open_speed, spec) if self._open_speed is not None else None,
            journal=self._journal,
            store_listener=self._store_listener,
            recorder=recorder,
            message_listeners=self._message_listeners,
            after=previous,
        )
        self._worker.event_waiting.connect(self._take)
        self._worker.start()

    @property
    def keeps_nothing(self) -> bool:
        """Whether nothing of a drive is kept, whatever is asked for (the closed loop)."""
        return self.recordings.privacy.closed_loop

    def stop(self) -> None:
        """End the drive; what it was is shown."""
        if self._worker is not None:
            self.state.pause(False)
            self._worker.pause(False)
            self._worker.session.stop()

    def restart(self) -> None:
        """Open the same source again; nothing happens before one was chosen."""
        if self.state.spec is not None:
            self.open(self.state.spec)

    def toggle_pause(self) -> None:
        """Hold the drive, or go on; an ended one starts again."""
        if self.state.phase in (Phase.ENDED, Phase.FAILED):
            self.restart()
        elif self._worker is not None and self.state.phase in (Phase.RUNNING, Phase.PAUSED):
            paused = self.state.phase is Phase.RUNNING
            self._worker.pause(paused)
            self.state.pause(paused)

    def arm(self) -> None:
        """The view is fine: alert the driver from now on."""
        self.state.arm()
        if self._session is not None:
            self._session.arm()

    def acknowledge(self) -> None:
        """The driver has seen the alert that stands."""
        if self._session is not None:
            self._session.acknowledge()

    def snooze(self) -> None:
        """The driver wants no more such alerts on this journey."""
        if self._session is not None:
            self._session.snooze()

    def end_snooze(self) -> None:
        """The driver takes every snooze back."""
        if self._session is not None:
            self._session.end_snooze()

    def report(self, fault: SystemFault, problem: str | None) -> None:
        """Something of the monitor beside the drive does not work, or works again: the drive tells and keeps it."""
        if self._session is not None:
            self._session.report(fault, problem)

    @property
    def mount(self) -> Mount | None:
        """The camera's; None for the whole frame."""
        return self._mount

    def set_mount(self, mount: Mount) -> None:
        """The camera's mount, for the drive that runs or opens, and for those to come."""
        self._mount = mount
        if self._session is not None:
            self._session.set_mount(mount)

    @property
    def _session(self) -> Session | None:
        return self._worker.session if self._worker is not None else None

    def review(self, entry: LoggedIncident, review: Review) -> LoggedIncident | None:
        """Take a person's review of an incident in; it is stored in the background.

        The entry as it is then; None where nothing is kept, which is a notice. What cannot be stored is one, too, and
        what was stored before is shown again.
        """
        if self.keeps_nothing and is_live(entry.spec):
            self.state.notice(NOTHING_KEPT)
            return None
        known = self.state.events.known(entry)
        before = known.incident.review
        if before != review:
            undo, redo = partial(self._give_review, known, before), partial(self._give_review, known, review)
            change = Change(change_words(before, review), undo, redo, self)
            self.history.add(change)
            redo(partial(self.history.drop, change))
        return self.state.events.known(known)

    def _give_review(self, entry: LoggedIncident, review: Review, failed: Callable[[], None]) -> bool:
        key = ("drive", entry.drive, entry.incident.number)
        if not self.saving.is_writing(key):
            self._stored[key] = self.state.events.known(entry).incident.review

        def stored() -> None:
            self._stored[key] = review
            self.reviewed.emit()

        def not_stored(is_latest: bool) -> None:
            if is_latest:
                self.state.review(entry, self._stored[key])
            failed()

        self.state.review(entry, review)
        store = partial(self._store_review, entry, review)
        self.saving.write(key, store, done=stored, failed=not_stored, say=self.state.notice)
        return True

    def _store_review(self, entry: LoggedIncident, review: Review) -> None:
        """Store a review, in the thread that writes."""
        key = (entry.drive, entry.incident.number)
        now = None if review == Review() else AlertReview.of(entry.incident, review, entry.source)
        file = reviews_file(entry.spec)
        if is_live(entry.spec) and entry.kept_as:
            self.library.review(entry.kept_as, entry.incident.number, review)
        elif is_live(entry.spec):
            change_review(file, self._written.get(key), now)
        else:
            # An earlier session may have said something of it.
            write_reviews(file, with_review(read_reviews(file), entry.incident, review, entry.spec, entry.source))
            self._tell_library(entry, review)
        self._written[key] = now

    def _tell_library(self, entry: LoggedIncident, review: Review) -> None:
        """Have the library know what is said of a recording's incident, for when the recording is gone.

        In the thread that writes. What stands beside the recording counts.
        """
        if entry.kept_as and not is_live(entry.spec):
            with suppress(UserError):
                self.library.review(entry.kept_as, entry.incident.number, review)

    def _tell_library_later(self, entry: LoggedIncident) -> None:
        """What was said of an incident in an earlier session."""
        review = entry.incident.review
        if review != Review() and entry.kept_as and not is_live(entry.spec):
            key = ("library", entry.kept_as, entry.incident.number)
            self.saving.write(key, partial(self._tell_library, entry, review), say=self.state.notice)

    def reread_reviews(self) -> None:
        """Somebody else may have written reviews of the recordings of this session, or an earlier session has."""
        entries = [entry for entry in self.state.events.entries if isinstance(entry, LoggedIncident)]
        specs = {entry.spec for entry in entries} | ({self.state.spec} if self.state.spec is not None else set())
        for spec in specs:
            if not is_live(spec):
                read = partial(read_reviews, reviews_file(spec))
                self.saving.read(read, partial(self._know_reviews, spec), self.state.notice)

    def _know_reviews(self, spec: str, reviews: list[AlertReview]) -> None:
        """What stands beside a recording."""
        for entry in list(self.state.events.entries):
            if isinstance(entry, LoggedIncident) and entry.spec == spec:
                review = review_of(entry.incident, own_reviews(reviews, spec, entry.source))
                if review != entry.incident.review:
                    known = self.state.review(entry, review)
                    if known.incident.is_over:
                        self._tell_library_later(known)
        if self.state.spec == spec:
            # For the incidents to come.
            self.state.know_reviews(
                lambda incident: review_of(incident, own_reviews(reviews, spec, self.state.source_name))
            )

    def review_latest(self, status: ReviewStatus) -> None:
        """Give the latest incident a verdict; one that it has already stays."""
        entry = self.state.events.latest_incident()
        if entry is None:
            self.notice_no_incident()
        else:
            self.review(entry, replace(entry.incident.review, status=status))

    def notice_no_incident(self) -> None:
        """There is none to review."""
        self.state.notice(NoticeText("There is no incident yet that could be reviewed."))

    def undo(self) -> None:
        """Undo the last change of reviews or labels, wherever in the window it was made."""
        self._say_elsewhere(self.history.undo())

    def redo(self) -> None:
        """Make it again."""
        self._say_elsewhere(self.history.redo())

    def _say_elsewhere(self, change: Change | None) -> None:
        """What changed in another view cannot be seen here."""
        if change is not None and change.of is not self:
            self.state.notice(NoticeText("Changed in another view: {what}.", what=change.what))

    def close(self, timeout_s: float = 0.8) -> bool:
        """End the drive and wait for it a little; whether it has ended. What hangs in a driver is left behind."""
        worker = self._leave()
        return worker is None or worker.join(timeout_s)

    def _leave(self) -> DriveWorker | None:
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.event_waiting.disconnect(self._take)
            worker.stop()
        return worker

    @Slot()
    def _take(self) -> None:
        """Events wait. A drive before that has announced one finds those of this one, or none."""
        if self._worker is None:
            return
        taken = 0
        for event in islice(self._worker.take(), _EVENTS_AT_ONCE):
            taken += 1
            if isinstance(event, Opened) and self._worker.kept is not None:
                self.state.kept_as = self._worker.kept.drive_id
            self.state.on_event(event)
            if isinstance(event, IncidentChanged) and event.incident.is_over:
                entry = self.state.events.latest_incident()
                if entry is not None and entry.incident.number == event.incident.number:
                    self._tell_library_later(entry)
        if taken == _EVENTS_AT_ONCE:
            QMetaObject.invokeMethod(self, "_take", Qt.ConnectionType.QueuedConnection)

    def export_events(self, write: Callable[[], None]) -> bool:
        """Write the events; what goes wrong becomes a notice. Whether it worked."""
        if self.keeps_nothing and self.state.spec is not None and is_live(self.state.spec):
            self.state.notice(NOTHING_KEPT)
            return False
        try:
            write()
        except UserError as error:
            self.state.notice(str(error))
            return False
        return True
