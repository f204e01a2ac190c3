"""Which of the marked drives can be tried, and which are only counted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from engines.activities import Activity
from engines.view import Mount
from monitor.alerts.incidents.incident import Review, ReviewStatus
from monitor.evaluation.predictions import DrivePredictions
from monitor.fleet.prediction import predict
from monitor.fleet.prediction_cache import PredictionCache
from monitor.fleet.recordings import RecordedDrive
from monitor.journal.library import Library
from monitor.journal.store.writer import Store
from monitor.live.session import Opened, Session, SessionEvent, SessionOptions
from monitor.live.store_listener import StoreListener
from monitor.viewmodel.library.marks import library_advice
from tests.monitor.fakes import FakeSource, fake_engine, frames_of, write_video
from tests.monitor.journal.drives import incident, info, kept_in, record

pytestmark = pytest.mark.usefixtures("patient_disk")


FALSE = Review(ReviewStatus.FALSE)


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with kept_in(tmp_path / "library") as library:
        yield library


def test_of_recordings_only_what_was_replayed_can_be_tried(library: Library, tmp_path: Path) -> None:
    cache, engine = PredictionCache.open(tmp_path / "cache"), fake_engine()
    video = write_video(tmp_path / "drive.mp4", frames_of([(0, 2.0), (6, 4.0), (0, 2.0)]))
    for name, path in (("marked", str(video)), ("gone", str(tmp_path / "gone.mp4")), ("unmarked", "/drives/b.mp4")):
        drive = record(library, info(name, path=path), incident(1))
        if name != "unmarked":
            library.review(drive.uid, 1, FALSE)
    before = library_advice(library.drives(), engine, cache, Mount())
    assert (before.cameras, before.without_predictions, before.advice.drives) == (0, 2, 0)
    recording = RecordedDrive(str(video), "drive.mp4", "", None, None, mount=Mount())
    predict(recording, engine, cache, DrivePredictions())
    steps: list[int] = []
    after = library_advice(library.drives(), engine, cache, Mount(), progressed=lambda: steps.append(1))
    assert (after.cameras, after.without_predictions, after.advice.drives) == (0, 1, 1)
    assert after.advice.false == 1 and len(steps) >= 4


def watch_camera(store: Store) -> None:
    """A camera's drive with two incidents, the first more than a minute after its beginning."""
    source, listener = (
        FakeSource(frames_of([(0, 62.0), (6, 4.0), (0, 6.0), (8, 4.0), (0, 6.0)])),
        StoreListener(store, "0"),
    )

    class AsOfACamera:
        name = "the store"

        def on_event(self, event: SessionEvent) -> None:
            listener.on_event(replace(event, live=True) if isinstance(event, Opened) else event)

    Session(fake_engine(), SessionOptions("0"), [AsOfACamera()], open_source=lambda: source).run()
    assert store.flush(60.0)


def test_marks_of_a_camera_are_tried_on_what_was_kept_around_its_incidents(tmp_path: Path) -> None:
    store, cache, engine = Store(tmp_path / "library"), PredictionCache.open(tmp_path / "cache"), fake_engine()
    watch_camera(store)
    library = Library(store)
    (drive,) = library.drives()
    assert [each.activity for each in drive.incidents] == [Activity.DRINKING, Activity.HAIR_AND_MAKEUP]
    library.review(drive.info.uid, 1, FALSE)
    library.review(drive.info.uid, 2, Review(ReviewStatus.TRUE))
    kept = library.predictions
    known = library_advice(library.drives(), engine, cache, Mount(), kept_predictions=kept)
    assert (known.cameras, known.advice.false, known.advice.detected) == (0, 1, 1)
    # What another network has seen says nothing of this one.
    other = replace(drive, info=replace(drive.info, about={**drive.info.about, "bundle": {"files": {"a": "b"}}}))
    marked = replace(other, incidents=library.drives()[0].incidents)
    assert library_advice([marked], engine, cache, Mount(), kept_predictions=kept).cameras == 2
    assert library_advice(library.drives(), engine, cache, Mount()).cameras == 2
    assert library_advice(library.drives(), engine, cache, Mount(), kept_predictions=lambda *_: b"x").cameras == 2
    store.close()
