"""The check of a camera's view before it is trusted."""

from __future__ import annotations

import os
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from engines.activities import Activity
from engines.classifier import Classifier
from engines.prediction import Prediction
from engines.regions import RegionProposal
from engines.view import Mount
from monitor.health import view_check
from monitor.health.camera_health import Health
from monitor.health.view_check import FINE_AGAIN, ViewCheck, ViewFinding, ViewWatch
from monitor.live.session import Session, SessionOptions
from monitor.sources import open_source
from tests.monitor.fakes import REGIONS, SIZE, FakeClassifier, fake_engine, frame_result, one_hot

BOXES = np.tile(np.array([0.1, 0.1, 0.6, 0.7], dtype=np.float32), (REGIONS, 1))
WEIGHTS = np.full(REGIONS + 1, 1.0 / (REGIONS + 1), dtype=np.float32)


class SidedClassifier(FakeClassifier):
    """Sure of views whose left half is brighter, as a network is of those it was trained on."""

    def infer(self, view: NDArray[np.uint8], regions: NDArray[np.float32], *, mirrored: bool = False) -> Prediction:
        right_way = view[:, : SIZE // 2].mean() > view[:, SIZE // 2 :].mean()
        return Prediction(one_hot(Activity.SAFE_DRIVING, 0.9 if right_way else 0.4), BOXES, WEIGHTS)


def moving(index: int) -> NDArray[np.uint8]:
    """A view with something that moves, its left half brighter."""
    view = np.full((SIZE, SIZE, 3), 60, dtype=np.uint8)
    view[:, : SIZE // 2] = 140
    top = (3 * index) % (SIZE - 8)
    view[top : top + 8, 4:12] = 220
    return view


class Unsure(FakeClassifier):
    """Never sure of anything."""

    def infer(self, view: NDArray[np.uint8], regions: NDArray[np.float32], *, mirrored: bool = False) -> Prediction:
        return Prediction(one_hot(Activity.SAFE_DRIVING, 0.35), BOXES, WEIGHTS)


def look(
    views: list[NDArray[np.uint8]], health: Health = Health.OK, classifier: FakeClassifier | None = None
) -> list[ViewFinding]:
    check, classifier = ViewCheck(), classifier or SidedClassifier()
    for index, view in enumerate(views):
        prediction = classifier.infer(view, BOXES)
        check.add(frame_result(view, index / 5, index, prediction=prediction, camera=health))
    assert check.done
    return check.findings(classifier)


def test_a_good_view_is_fine() -> None:
    assert look([moving(index) for index in range(31)]) == []


def test_nothing_that_moves_is_no_driver() -> None:
    rng = np.random.default_rng(1)
    noise = [np.clip(moving(0) + rng.normal(0, 4, (SIZE, SIZE, 3)), 0, 255).astype(np.uint8) for _ in range(31)]
    assert look(noise) == [ViewFinding.NO_DRIVER]


def test_a_mirrored_view_is_recognised() -> None:
    mirrored = [np.ascontiguousarray(moving(index)[:, ::-1]) for index in range(31)]
    assert look(mirrored) == [ViewFinding.MIRRORED, ViewFinding.UNSURE]


def test_a_model_that_is_often_unsure_says_so() -> None:
    assert look([moving(index) for index in range(31)], classifier=Unsure()) == [ViewFinding.UNSURE]


@pytest.mark.parametrize("health", [Health.DARK, Health.BLOCKED])
def test_a_camera_that_shows_nothing_comes_first(health: Health) -> None:
    assert look([moving(index) for index in range(31)], health) == [ViewFinding.FAULT]


def test_too_few_frames_are_no_check() -> None:
    check = ViewCheck()
    fractions = []
    for index in range(9):
        view = moving(index)
        prediction = Prediction(one_hot(0), BOXES, WEIGHTS)
        check.add(frame_result(view, 3.0 * index, index, prediction=prediction))
        fractions.append(check.fraction)
    assert fractions == sorted(fractions) and fractions[7] < 1.0
    assert check.done and check.findings(FakeClassifier()) == [ViewFinding.FEW_FRAMES]


@pytest.mark.parametrize(("fps", "looks_s"), [(10.0, 6.0), (3.0, 6.0), (1.5, 22 / 3), (0.7, 11 / 0.7)])
def test_few_frames_a_second_are_checked_for_longer(fps: float, looks_s: float) -> None:
    """A slow machine's mirrored camera is reported, too."""
    check, classifier, index = ViewCheck(), SidedClassifier(), 0
    while not check.done:
        view = np.ascontiguousarray(moving(index)[:, ::-1])
        prediction = classifier.infer(view, BOXES)
        check.add(frame_result(view, index / fps, index, prediction=prediction))
        index += 1
    assert check.latest_s == pytest.approx(looks_s, abs=0.5 / fps)
    assert check.findings(classifier) == [ViewFinding.MIRRORED, ViewFinding.UNSURE]


def test_every_finding_says_what_to_do() -> None:
    for finding in ViewFinding:
        assert finding.title and finding.advice and finding.text == f"{finding.title}: {finding.advice}"
        assert ":" not in finding.title


def watch(
    views: list[NDArray[np.uint8]], classifier: FakeClassifier | None = None, *, health: Health = Health.OK
) -> list[str]:
    """What a watch says of views, five a second, that looks for three seconds and again after five."""
    classifier = classifier or SidedClassifier()
    watching, lines = ViewWatch(classifier, lasts_s=3.0, again_s=5.0), list[str]()
    for index, view in enumerate(views):
        prediction = classifier.infer(view, BOXES)
        lines += watching.update(frame_result(view, index / 5, index, prediction=prediction, camera=health))
        for thread in threading.enumerate():
            if thread.name == "monitor view check":
                thread.join()
    return lines


def test_a_watched_view_that_is_fine_is_not_reported() -> None:
    assert watch([moving(index) for index in range(150)]) == []


def test_a_wrong_view_is_reported_once_and_so_is_its_end() -> None:
    wrong = [np.ascontiguousarray(moving(index)[:, ::-1]) for index in range(100)]
    titles = [ViewFinding.MIRRORED.text, ViewFinding.UNSURE.text]
    assert watch(wrong) == titles
    assert watch(wrong + [moving(index) for index in range(60)]) == [*titles, FINE_AGAIN]


def test_a_mount_that_puts_the_view_right_is_reported() -> None:
    classifier, lines = SidedClassifier(), list[str]()
    drive = Session(fake_engine(classifier), SessionOptions("0"), [])
    for index in range(120):
        mount = Mount(mirror=index >= 60)
        view = moving(index) if mount.mirror else np.ascontiguousarray(moving(index)[:, ::-1])
        result = frame_result(view, index / 5, index, prediction=classifier.infer(view, BOXES))
        lines += drive._watch_view(replace(result, mount=mount), fake_engine(classifier), live=True)
        for thread in threading.enumerate():
            if thread.name == "monitor view check":
                thread.join()
    assert lines == [ViewFinding.MIRRORED.text, ViewFinding.UNSURE.text, FINE_AGAIN]


def test_a_view_is_watched_again_after_a_dark_time_or_a_network_that_breaks() -> None:
    views = [moving(index) for index in range(100)]
    assert watch(views, Unsure(), health=Health.DARK) == []

    class BreaksOnce(Unsure):
        def regions(self, view: NDArray[np.uint8]) -> NDArray[np.float32]:
            self._call("regions")
            if self.calls["regions"] == 1:
                raise RuntimeError("the device was lost")
            return BOXES

    assert watch(views, BreaksOnce()) == [ViewFinding.UNSURE.text]


REAL_DRIVES = sorted(Path(os.environ.get("REAL_DRIVES", "none")).glob("*.mp4"))


@pytest.mark.slow
@pytest.mark.skipif(not REAL_DRIVES, reason="no $REAL_DRIVES: real drivers are in no repository")
@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("drive", REAL_DRIVES, ids=lambda path: path.stem)
def test_a_real_driver_is_distinguished_from_the_mirror_image(drive: Path, mirrored: bool) -> None:
    classifier, check = Classifier.open(), ViewCheck()
    with open_source(str(drive)) as source:
        while not check.done and (frame := source.read()) is not None:
            pixels = np.ascontiguousarray(frame.pixels[:, ::-1]) if mirrored else frame.pixels
            view = classifier.view(pixels)
            prediction = classifier.infer(view, classifier.regions(view))
            check.add(frame_result(view, frame.time, frame.index, prediction=prediction))
    found = check.findings(classifier)
    assert (ViewFinding.MIRRORED in found) if mirrored else found == []


def test_a_drive_that_ends_while_its_view_is_checked_leaves_no_thread_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    closing = threading.Event()

    class Waiting(SidedClassifier):
        asked = threading.Event()
        mirrored = 0

        def propose(self, view: NDArray[np.uint8]) -> RegionProposal:
            self.asked.set()
            self.mirrored += 1
            closing.wait()
            return super().propose(view)

    class Closing(threading.Thread):
        def join(self, timeout: float | None = None) -> None:
            # It was asked to end, and is waited for.
            closing.set()
            super().join(timeout)

    monkeypatch.setattr(view_check.threading, "Thread", Closing)

    classifier = Waiting()
    watching = ViewWatch(classifier, lasts_s=3.0)
    for index in range(16):
        view = moving(index)
        prediction = classifier.infer(view, BOXES)
        watching.update(frame_result(view, index / 5, index, prediction=prediction))
    classifier.asked.wait()
    watching.close()
    assert not any(thread.name == "monitor view check" for thread in threading.enumerate())
    assert classifier.mirrored == 1
