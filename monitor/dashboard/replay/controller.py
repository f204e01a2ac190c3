"""What the user can do in the replay: open, play, seek, label, review, analyse, export; long work in the background."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QObject, QTimer, Signal

from engines.activities import Activity
from engines.errors import UserError
from engines.files.labels.drive_labels import LabelSegment
from engines.files.labels.label_files import new_label_file
from engines.files.output import make_folder
from engines.files.printable import printable
from engines.notice import NoticeText
from engines.view import Mount
from monitor.alerts.incidents.incident import Review, ReviewStatus
from monitor.dashboard.library.saving import Saving
from monitor.dashboard.numbers import decimal
from monitor.dashboard.replay.player import SPEEDS, RecordingPlayer
from monitor.dashboard.texts import change_words, notice_words, term
from monitor.dashboard.widgets.attention_painting import part_names
from monitor.dashboard.widgets.background_task import Background, Progress
from monitor.evaluation.drive import DriveRecord
from monitor.evaluation.pictures import take_thumbnails
from monitor.evaluation.policy_run import PolicyRun
from monitor.evaluation.predictions import DrivePredictions
from monitor.evaluation.thumbnails import thumbnail_jpeg
from monitor.fleet.prediction import predict
from monitor.fleet.prediction_cache import PredictionCache
from monitor.fleet.recordings import RecordedDrive
from monitor.journal.library import Library
from monitor.journal.replayed import keep_replay
from monitor.live.engine import Engine
from monitor.live.frames.recent_frames import Thumbnail
from monitor.live.store_listener import kept_path
from monitor.replay.labelling import DriveLabelling, labelled_path
from monitor.replay.reviews import AlertReview, read_reviews, review_of, reviews_file, with_review, write_reviews
from monitor.sources import open_source
from monitor.sources.random_access import open_recording
from monitor.speed.source import FixedSpeed, SpeedSource
from monitor.viewmodel.clock import clock
from monitor.viewmodel.event_log import LoggedIncident
from monitor.viewmodel.replay import ReplayModel, ReplayPhase
from monitor.viewmodel.undo import Change, UndoHistory

translate = QCoreApplication.translate

_SCORED_AFTER_MS = 600
"""After the last change of the labels: scoring at every key would be wasted work."""

_THUMBNAILS_AT_ONCE = 6
_THUMBNAIL_WIDTH = 200


@dataclass(frozen=True, eq=False)
class ReplayTools:
    """What a replay works with.

    Attributes:
        open_engine: opens network and policy, in a thread of the replay's.
        open_speed: where the speed of a drive comes from, given its name and the seconds after which one is too old.
        cache: the folder that predictions are stored in; the user's cache folder when None.
        fps: of a folder of images.
        track: the video track of a file that has several, from 1, or the topic of a bag; the first when None.
        mount: the camera's, as it holds when a drive is opened.
        library: keeps what was replayed to its end; None for nothing.
    """

    open_engine: Callable[[], Engine]
    open_speed: Callable[[str, float], SpeedSource] | None = None
    cache: Path | None = None
    fps: float | None = None
    track: int | str | None = None
    mount: Callable[[], Mount] = Mount
    library: Library | None = None


@dataclass(eq=False)
class _Analysis:
    """What a drive is analysed with, filled in as it goes; the record is there at the end."""

    engine: Engine | None = None
    mount: Mount = field(default_factory=Mount)
    states: PolicyRun | None = None
    record: DriveRecord | None = None
    kept: bool = False


class ReplayController(QObject):
    """One recording at a time.

    Attributes:
        history: of labels and reviews, here and elsewhere in the window.
        work: what runs in the background: a name for people → its progress.
    """

    working = Signal()
    """`work` has begun, progressed or ended."""
    noticed = Signal(str)
    """Something went wrong, or is done; one line for people."""
    reviewed = Signal()
    """Another review stands beside the recording: who shows it elsewhere reads that."""

    def __init__(
        self,
        model: ReplayModel,
        tools: ReplayTools,
        history: UndoHistory | None = None,
        saving: Saving | None = None,
    ) -> None:
        super().__init__()
        self.model, self._tools = model, tools
        self.history, self._saving = history or UndoHistory(), saving or Saving()
        # What stands beside the recordings of which something was changed here, by their names.
        self._stored_reviews: dict[str, Sequence[AlertReview]] = {}
        self.work: dict[str, Progress] = {}
        self._tasks: dict[str, Background[object]] = {}
        self._player: RecordingPlayer | None = None
        self._analysis = _Analysis()
        self._scoring = QTimer(self)
        self._scoring.setSingleShot(True)
        self._scoring.setInterval(_SCORED_AFTER_MS)
        self._scoring.timeout.connect(self._score)

    # Opening and closing

    def open(self, spec: str, at_s: float = 0.0) -> None:
        """Open a drive, at a time; the one that was open is closed."""
        self._drop_open_label()
        self.close(timeout_s=0.0)
        self.history.forget(self)
        self.model.begin(spec)
        self._player = RecordingPlayer(
            partial(open_recording, spec, fps=self._tools.fps, track=self._tools.track), at_s
        )
        self._player.opened.connect(self._opened)
        self._player.showed.connect(self._showed)
        self._player.start()

    def close(self, timeout_s: float = 0.4) -> None:
        """Let the drive go; labels are written already."""
        self._scoring.stop()
        # All of them are asked before the first one is waited for; they share the time.
        self.cancel()
        until = time.monotonic() + timeout_s
        for task in list(self._tasks.values()):
            task.abandon(max(0.0, until - time.monotonic()))
        self._tasks.clear()
        self.work.clear()
        self._analysis = _Analysis()
        if self._player is not None:
            self._player.opened.disconnect(self._opened)
            self._player.showed.disconnect(self._showed)
            self._player.stop(max(0.0, until - time.monotonic()))
            self._player = None

    def _opened(self) -> None:
        player = self._player
        if player is None:
            return
        if player.reader is None or player.problem:
            self.model.fail(player.problem)
            return
        reader, spec = player.reader, self.model.spec
        try:
            labelling = DriveLabelling.open(spec, 1.0 / reader.step_s, end_s=reader.duration_s)
        except UserError as error:
            # What cannot be read must not be overwritten.
            labelling = DriveLabelling(new_label_file(labelled_path(spec)))
            self.noticed.emit(
                translate("Replay", "{0}. New labels go to {1}.").format(error, printable(labelling.path.name))
            )
        self._notice(labelling.notices)
        self.model.opened(reader.name, reader.duration_s, reader.step_s, labelling)
        self.reread_reviews()
        self._showed()
        self.analyse()

    def _notice(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.noticed.emit(notice_words(line))

    def _showed(self) -> None:
        if self._player is not None and self.model.phase is ReplayPhase.OPEN:
            shown = self._player.take()
            self.model.show(shown.frame, shown.position_s, shown.playing)

    # Moving

    def toggle_play(self) -> None:
        """Play, or pause."""
        if self._player is not None:
            self._player.play(not self.model.playing)

    def step(self, frames: int) -> None:
        """Some frames on or back."""
        if self._player is not None:
            self._player.step(frames)

    def seek(self, time_s: float) -> None:
        """Go to a time."""
        if self._player is not None:
            self._player.seek(min(max(0.0, time_s), self.model.duration_s))

    def skip(self, seconds: float) -> None:
        """Some seconds on or back."""
        self.seek(self.model.position_s + seconds)

    def set_speed(self, speed: float) -> None:
        """Play at a multiple of the drive's speed."""
        self.model.speed = speed
        if self._player is not None:
            self._player.set_speed(speed)
        self.model.moved.emit()

    def change_speed(self, steps: int) -> None:
        """Faster or slower."""
        at = SPEEDS.index(self.model.speed) + steps
        self.set_speed(SPEEDS[min(max(0, at), len(SPEEDS) - 1)])

    def jump_to_alert(self, forwards: bool = True) -> None:
        """Go to the next incident, or to the one before."""
        time_s = self.model.next_incident_s(forwards)
        if time_s is not None:
            self.seek(time_s)
        else:
            self.noticed.emit(
                translate("Replay", "There is no further incident.")
                if self.model.complete
                else translate("Replay", "There is no further incident in what has been analysed so far.")
            )

    # Labelling

    def label(self, activity: Activity) -> None:
        """Label from here on; a second time, up to here."""
        self._relabel(lambda labelling: labelling.begin(self.model.position_s, activity))

    def finish_label(self) -> None:
        """The label segment that was begun ends here."""
        self._relabel(lambda labelling: labelling.finish(self.model.position_s))

    def abandon_label(self) -> None:
        """Discard the label segment that was begun."""
        self._relabel(DriveLabelling.abandon)

    def erase_label(self) -> None:
        """Take the label away that holds here."""
        self._relabel(lambda labelling: labelling.erase(self.model.position_s))

    def undo(self) -> None:
        """Undo the last change of labels or reviews; a label that was only begun, first."""
        labelling = self.model.labelling
        if labelling is not None and labelling.open_segment is not None:
            self.abandon_label()
        else:
            self._say_elsewhere(self.history.undo())

    def redo(self) -> None:
        """Make it again."""
        self._say_elsewhere(self.history.redo())

    def _say_elsewhere(self, change: Change | None) -> None:
        """What changed in another view cannot be seen here."""
        if change is not None and change.of is not self:
            self.noticed.emit(translate("Replay", "Changed in another view: {0}.").format(change.what))

    def load_labels(self, path: Path) -> None:
        """Take the labels of a file, CSV or OpenLABEL, as a start; changes go to the drive's file."""
        model = self.model
        try:
            loaded = DriveLabelling.open(model.spec, 1.0 / model.step_s, path, end_s=model.duration_s)
        except UserError as error:
            self.noticed.emit(str(error))
            return
        self._notice(loaded.notices)
        self._relabel(lambda labelling: labelling.load(loaded), translate("Replay", "labels of another file"))

    def _relabel(self, change: Callable[[DriveLabelling], None], what: str = "") -> None:
        """Change the labels; `what` is what the history calls it."""
        labelling = self.model.labelling
        if labelling is None:
            return
        before = labelling.segments
        change(labelling)
        after = labelling.segments
        if after != before:
            what = what or translate("Replay", "a label")
            undo, redo = partial(self._restore_labels, before), partial(self._restore_labels, after)
            self.history.add(Change(what, undo, redo, self))
        self._relabelled(labelling)

    def _restore_labels(self, segments: tuple[LabelSegment, ...], _failed: Callable[[], None]) -> bool:
        labelling = self.model.labelling
        if labelling is None:
            return False
        labelling.restore(segments)
        self._relabelled(labelling)
        # What could not be written is in the window, and is said.
        return True

    def _relabelled(self, labelling: DriveLabelling) -> None:
        if labelling.unsaved:
            self.noticed.emit(labelling.unsaved)
        self.model.relabelled()
        self._scoring.start()

    def _drop_open_label(self) -> None:
        """A label that was begun and never ended is not saved; say so."""
        labelling = self.model.labelling
        begun = labelling.open_segment if labelling is not None else None
        if begun is not None:
            words = translate("Replay", "The label {0} from {1} on was not ended, and is not saved.")
            self.noticed.emit(words.format(term(begun.activity.title), clock(begun.start_s)))

    @property
    def incident(self) -> LoggedIncident | None:
        """The incident that goes on at the position, or was last."""
        incident = self.model.incident_at(self.model.position_s)
        entries = self.model.drive_state.events.entries
        logged = (entry for entry in entries if isinstance(entry, LoggedIncident))
        return next((one for one in logged if incident is not None and one.incident.number == incident.number), None)

    def toggle_review(self, status: ReviewStatus) -> None:
        """Give the incident at the position a verdict; the same one again takes it back."""
        entry = self.incident
        if entry is None:
            self.notice_no_incident()
            return
        review = entry.incident.review
        self.review(entry, replace(review, status=ReviewStatus.NEW if review.status is status else status))

    def notice_no_incident(self) -> None:
        """There is none to review."""
        self.noticed.emit(translate("Replay", "There is no incident up to here that could be reviewed."))

    def review(self, entry: LoggedIncident, review: Review) -> LoggedIncident:
        """Take a person's review of an incident in; the entry as it is then. It is stored in the background."""
        before = self.model.reviews
        log = self.model.drive_state.events
        incident = log.known(entry).incident
        if incident.review == review:
            return log.known(entry)
        now = with_review(before, incident, review, self.model.spec, self.model.name)
        old = [each for each in before if each not in now]
        new = [each for each in now if each not in before]
        undo, redo = partial(self._change_reviews, new, old), partial(self._change_reviews, old, new)
        change = Change(change_words(incident.review, review), undo, redo, self)
        self.history.add(change)
        redo(partial(self.history.drop, change))
        return log.known(entry)

    def _change_reviews(
        self, old: Sequence[AlertReview], new: Sequence[AlertReview], failed: Callable[[], None]
    ) -> bool:
        """Put some reviews in place of others; they are stored in the background, `failed` where they cannot be."""
        spec = self.model.spec
        file, key = reviews_file(spec), ("replay", spec)
        if not self._saving.is_writing(key):
            self._stored_reviews[spec] = self.model.reviews

        def changed(reviews: Sequence[AlertReview]) -> list[AlertReview]:
            return [*(each for each in reviews if each not in old), *new]

        def store() -> None:
            # Read again each time: the drive's own view may have reviewed incidents meanwhile.
            write_reviews(file, changed(read_reviews(file)))

        def show_stored() -> None:
            # One that could not be stored before the last one is still shown.
            now = self._stored_reviews[spec]
            if not self._saving.is_writing(key) and self.model.spec == spec and self.model.reviews != now:
                self._show_reviews(now)

        def stored() -> None:
            self._stored_reviews[spec] = changed(self._stored_reviews[spec])
            show_stored()
            self.reviewed.emit()

        def not_stored(_is_latest: bool) -> None:
            show_stored()
            failed()

        self._show_reviews(changed(self.model.reviews))
        self._saving.write(key, store, done=stored, failed=not_stored, say=self.noticed.emit)
        return True

    def _show_reviews(self, reviews: Sequence[AlertReview]) -> None:
        self.model.reviews = reviews
        self.model.relabelled()

    def reread_reviews(self) -> None:
        """Somebody else may have written reviews of the drive, or an earlier session has."""
        spec = self.model.spec
        if self.model.phase is ReplayPhase.OPEN:

            def known(reviews: list[AlertReview]) -> None:
                if self.model.spec == spec:
                    self._show_reviews(reviews)

            self._saving.read(partial(read_reviews, reviews_file(spec)), known, self.noticed.emit)

    # Analysing

    def analyse(self) -> None:
        """Have the network classify the whole drive, as far as its predictions are not stored already."""
        model, tools = self.model, self._tools
        spec, name, frames = model.spec, model.name, max(1.0, model.duration_s / model.step_s)
        mount = tools.mount()
        self._analysis = analysis = _Analysis()

        def analyse(progress: Progress) -> _Analysis:
            engine = tools.open_engine()
            lost_s = engine.settings.speed_lost_s
            speed = tools.open_speed(spec, lost_s) if tools.open_speed is not None else FixedSpeed(None)
            drive = DrivePredictions()
            states = PolicyRun(drive, engine.settings, speed)
            analysis.engine, analysis.mount, analysis.states = engine, engine.mount(mount), states

            def progressed() -> None:
                states.advance()
                progress(min(1.0, len(states.states) / frames))

            recording = RecordedDrive(spec, name, Path(name).stem, None, None, tools.fps, mount, tools.track)
            known = predict(recording, engine, PredictionCache.open(tools.cache), drive, progressed)
            if known is not drive:
                states = PolicyRun(known, engine.settings, speed)
            states.advance()
            if known.complete:
                states.end_drive()
            record = DriveRecord(name, None, engine.mount(mount), known, engine.settings, speed, path=printable(spec))
            return _Analysis(engine, engine.mount(mount), states, record)

        self._run(translate("Replay", "Analysing the drive"), "analyse", analyse, self._analysed)

    def _analysed(self, analysis: _Analysis) -> None:
        self._analysis = analysis
        self._notice(analysis.record.notices if analysis.record is not None else ())
        self._take(complete=True)
        self._score()

    def _take(self, *, complete: bool) -> None:
        """Show what has been analysed so far."""
        engine, states = self._analysis.engine, self._analysis.states
        if engine is None or states is None:
            return
        if self.model.states is not states:
            self.model.set_mount(
                self._analysis.mount,
                engine.name,
                uses_regions=engine.manifest.uses_regions,
                names_regions=bool(engine.manifest.region_names),
            )
        self.model.set_states(states, complete=complete)
        self._showed()
        self._find_thumbnails()

    def _find_thumbnails(self) -> None:
        """Make the thumbnails of entries that have none yet, a few at a time: the list fills as one looks at it."""
        engine, states, model = self._analysis.engine, self._analysis.states, self.model
        times_s = model.without_thumbnail[:_THUMBNAILS_AT_ONCE]
        if engine is None or states is None or "thumbnails" in self._tasks:
            return
        if not times_s:
            self._keep()
            return
        spec, tools, mount, names = model.spec, self._tools, self._analysis.mount, part_names()

        def find(progress: Progress) -> dict[float, Thumbnail | None]:
            found: dict[float, Thumbnail | None] = dict.fromkeys(times_s)
            try:
                reader = open_recording(spec, fps=tools.fps, track=tools.track)
            except UserError:  # the player reports it already
                return found
            with closing(reader):
                for time_s in times_s:
                    progress()
                    frame, known = reader.frame_at(time_s), states.at(time_s)
                    if frame is not None and known is not None:
                        jpeg = thumbnail_jpeg(frame.pixels, known[1], mount, width=_THUMBNAIL_WIDTH, part_names=names)
                        found[time_s] = Thumbnail(time_s, jpeg)
            return found

        self._run("", "thumbnails", find, self._take_thumbnails)

    def _take_thumbnails(self, thumbnails: dict[float, Thumbnail | None]) -> None:
        self.model.add_thumbnails(thumbnails)
        self._find_thumbnails()

    def _keep(self) -> None:
        """Have the library keep the drive, once it is analysed and its incidents have their thumbnails."""
        record, engine, library = self._analysis.record, self._analysis.engine, self._tools.library
        if record is None or engine is None or library is None or not self.model.complete or self._analysis.kept:
            return
        self._analysis.kept = True
        path = kept_path(self.model.spec)
        thumbnails = {time_s: each.jpeg for time_s, each in self.model.thumbnails.items() if each is not None}
        about = engine.about(record.mount)

        def keep(progress: Progress) -> str:
            return keep_replay(library, record, path, about, thumbnails)

        self._run("", "keep", keep, self._kept)

    def _kept(self, drive_id: str) -> None:
        self.model.keep(drive_id)

    def _score(self) -> None:
        """How labels, predictions and alerts fit; worked out in the background, as a long drive takes its time."""
        record = self._labelled_record()
        if record is None or record.labels is None:
            return

        def score(progress: Progress) -> tuple[str, ...]:
            return _verdict(record)

        self._run("", "score", score, self._scored)

    def _scored(self, verdict: tuple[str, ...]) -> None:
        self.model.verdict = verdict
        self.model.labelled.emit()

    def _labelled_record(self) -> DriveRecord | None:
        """The drive's record with the labels as they are now."""
        record, labelling = self._analysis.record, self.model.labelling
        if record is None or labelling is None or not self.model.complete:
            return None
        policy = (record.drive, record.settings, record.speed_kmh)
        driver = Path(record.name).stem
        return DriveRecord(
            record.name,
            labelling.labels,
            record.mount,
            *policy,
            path=record.path,
            driver=driver,
            review_of=partial(review_of, reviews=self.model.own_reviews),
        )

    # Exporting

    @property
    def can_export(self) -> bool:
        """Whether the whole drive is analysed."""
        return self.model.complete and "export" not in self._tasks

    def export(self, folder: Path) -> None:
        """Write the report of the drive into a folder."""
        record = self._labelled_record()
        engine = self._analysis.engine
        if record is None or engine is None:
            return
        spec, tools, bundle = self.model.spec, self._tools, engine.manifest.name

        def export(progress: Progress) -> Path:
            # Its templates take time to load, and nobody needs them at the start.
            from monitor.replay.report import ReplayRun, write_report

            taken = 0

            def took() -> None:
                nonlocal taken
                taken += 1
                progress(taken / max(1, len(record.times_s)))

            source = open_source(spec, fps=tools.fps, track=tools.track)
            peaks_s = [incident.peak_s for incident in record.incidents]
            record.thumbnails = take_thumbnails(
                source, record.drive, record.frame_labels, peaks_s, record.mount, progressed=took
            )
            make_folder(folder)
            speed = record.speed_kmh
            kmh, name = (speed.kmh, speed.name) if isinstance(speed, SpeedSource) else (speed, None)
            run = ReplayRun([record], record.settings, bundle, record.mount, kmh, 0.0, complete=True, speed=name)
            return write_report(run, folder)[1]

        def exported(path: Path) -> None:
            self.noticed.emit(translate("Replay", "The report is written: {0}").format(printable(path)))

        self._run(translate("Replay", "Writing the report"), "export", export, exported)

    # Work in the background

    def cancel(self) -> None:
        """Stop the work in the background; what was analysed stays."""
        for task in self._tasks.values():
            task.cancel()

    def _run(self, title: str, name: str, work: Callable[[Progress], object], took: Callable[..., None]) -> None:
        before = self._tasks.pop(name, None)
        if before is not None:
            before.abandon()

        def done(task: Background[object]) -> None:
            self._tasks.pop(name, None)
            self.work.pop(title, None)
            if name == "analyse":
                # Stopped or failed: what was analysed until then is shown.
                self._take(complete=False)
            if task.error:
                self.noticed.emit(
                    NoticeText("{what}: {problem}", what=title, problem=task.error) if title else task.error
                )
            elif task.result is not None:
                took(task.result)
            self.working.emit()

        task = Background(name, work, done)
        self._tasks[name] = task
        if title:
            self.work[title] = task.progress
            task.progressed.connect(self._progressed)
        task.start()
        self.working.emit()

    def _progressed(self) -> None:
        if "analyse" in self._tasks:
            self._take(complete=False)
        self.working.emit()


def _verdict(record: DriveRecord) -> tuple[str, ...]:
    """How network and alerts fit the labels, in lines."""
    lines = []
    frames, events = record.frame_score, record.event_score
    if events is not None:
        lines.append(
            translate("Replay", "Detected: {0} of {1} · missed: {2} · false: {3}").format(
                events.detected, len(events.expected), len(events.missed), len(events.false)
            )
        )
        hourly_s, percent = events.beyond_clearing_per_hour or 0.0, events.beyond_clearing_percent or 0.0
        lines.append(
            translate(
                "Replay",
                "Attention under an alert beyond the clearing time: {0} s ({1} s an hour, {2} % of it; {3} s in all)",
            ).format(
                decimal(events.attention.beyond_clearing_s),
                f"{hourly_s:.0f}",
                decimal(percent),
                decimal(events.attention.total_s),
            )
        )
    if frames is not None and frames.accuracy is not None:
        accuracy = decimal(100.0 * frames.accuracy)
        lines.append(translate("Replay", "The network agrees with {0} % of the labelled frames.").format(accuracy))
    return tuple(lines)
