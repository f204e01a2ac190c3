"""Which of the marked drives can be tried, and which are only counted."""

from __future__ import annotations

from pathlib import Path

import pytest

from engines.view import Mount
from monitor.alerts.incidents.incident import Review, ReviewStatus
from monitor.evaluation.predictions import DrivePredictions
from monitor.journal.library import recording_id
from monitor.journal.library_files import FileLibrary
from monitor.replay.prediction import predict
from monitor.replay.prediction_cache import PredictionCache
from monitor.replay.recordings import RecordedDrive
from monitor.viewmodel.library.marks import library_advice
from tests.monitor.fakes import fake_engine, frames_of, write_video
from tests.monitor.journal.drives import incident, info, record

pytestmark = pytest.mark.usefixtures("patient_disk")


def test_only_what_was_replayed_can_be_tried(tmp_path: Path) -> None:
    library, cache, engine = FileLibrary(tmp_path / "library"), PredictionCache.open(tmp_path / "cache"), fake_engine()
    video = write_video(tmp_path / "drive.mp4", frames_of([(0, 2.0), (6, 4.0), (0, 2.0)]))
    for about in (
        info("camera"),
        info(recording_id(str(video)), path=str(video)),
        info("gone", path=str(tmp_path / "gone.mp4")),
        info("unmarked", path=str(video)),
    ):
        record(library, about, incident(1))
        if about.id != "unmarked":
            library.review(about.id, 1, Review(ReviewStatus.FALSE))
    before = library_advice(library.drives(), engine, cache, Mount())
    assert (before.cameras, before.without_predictions, before.advice.drives) == (1, 2, 0)
    recording = RecordedDrive(str(video), "drive.mp4", "", None, None, mount=Mount())
    predict(recording, engine, cache, DrivePredictions())
    steps: list[int] = []
    after = library_advice(library.drives(), engine, cache, Mount(), progressed=lambda: steps.append(1))
    assert (after.cameras, after.without_predictions, after.advice.drives) == (1, 1, 1)
    assert after.advice.false == 1 and len(steps) >= 4
