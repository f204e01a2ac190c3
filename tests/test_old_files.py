"""Files that version 72fc6f8 wrote are read as they were. The window's: `test_app`; a run's: `test_report`."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import platformdirs
import pytest

from engines import __main__ as engines_command
from engines.activities import Activity
from engines.command import run_command
from engines.view import Mount
from monitor import __main__ as command
from monitor.alerts.incidents.incident import ReviewStatus
from monitor.alerts.settings import AlertSettings
from monitor.journal.json_lines import FORMAT
from monitor.live import engine as engine_module
from monitor.live.engine import Engine
from monitor.live.headless import run_headless
from monitor.live.pipeline import FrameResult
from monitor.live.session import SessionEvent, SessionOptions
from monitor.replay.reviews import change_review, read_reviews, reviews_file
from tests.monitor.fakes import FakeSource, Sided, frames_for_sided, frames_of, write_video

OLD = Path(__file__).parent / "old_files"


class Recorder:
    """A listener that keeps the frames."""

    name = "the test"

    def __init__(self) -> None:
        self.results: list[FrameResult] = []

    def on_event(self, event: SessionEvent) -> None:
        if isinstance(event, FrameResult):
            self.results.append(event)


@pytest.fixture(autouse=True)
def user_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the user's files lie: none at first."""
    folder = tmp_path / "user"
    folder.mkdir()
    monkeypatch.setattr(platformdirs, "user_config_dir", lambda _name: str(folder))
    monkeypatch.setattr(platformdirs, "user_data_dir", lambda _name: str(folder))
    monkeypatch.setattr(platformdirs, "site_config_dir", lambda _name, **_: str(tmp_path / "site"))
    return folder


@dataclass
class Watched:
    """What the headless monitor did with camera 0: its engine and frames, and the notices of its summary."""

    engine: Engine
    network: Sided
    results: list[FrameResult]
    notices: list[str]


@pytest.fixture
def watch_camera(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Watched]:
    """Runs the headless monitor on camera 0, whose driver always has a phone at the same ear."""
    network, recorder, engines = Sided(), Recorder(), list[Engine]()
    out = tmp_path / "out.json"

    def run(engine: Engine, options: SessionOptions, **more: Any) -> int:
        engines.append(engine)
        source = FakeSource(frames_for_sided(2.0))
        return run_headless(engine, options, **{**more, "open_source": lambda: source, "listeners": [recorder]})

    def watch() -> Watched:
        assert run_command(command.main, ["--headless", "--source", "0", "--json", str(out)]) == 0
        notices = json.loads(out.read_text(encoding="utf-8"))["notices"]
        return Watched(engines[-1], network, recorder.results, notices)

    monkeypatch.setattr("monitor.live.headless.run_headless", run)
    monkeypatch.setattr(engine_module.Classifier, "of", lambda *_bundle, **_options: network)
    return watch


MIRROR_LINE = "mirror = false\n"


@pytest.mark.parametrize(
    ("mount", "policy", "without", "notices"),
    [
        ("mount_crop", "policy_right_hand_drive", "", ["the policy file says right_hand_drive = true"]),
        ("mount_crop", "policy_right_hand_drive", MIRROR_LINE, ["the policy file says right_hand_drive = true"]),
        ("mount_mirror", "policy", "", ["the mount file says mirror = true"]),
        ("mount_mirror", "policy_right_hand_drive", "", []),
        ("mount_mirror", "policy", "right_hand_drive = false\n", []),
        (None, "policy_right_hand_drive", "", []),
        ("mount_mirror", None, "", []),
    ],
)
def test_left_and_right_stay_where_they_were(
    mount: str | None,
    policy: str | None,
    without: str,
    notices: list[str],
    user_folder: Path,
    watch_camera: Callable[[], Watched],
) -> None:
    """The view is mirrored where either file says so, and the hands are swapped back."""
    for name, file in (("mount.toml", mount), ("policy.toml", policy)):
        if file is not None:
            text = (OLD / f"{file}.toml").read_text(encoding="utf-8")
            (user_folder / name).write_text(text.replace(without, ""), encoding="utf-8")
    watched = watch_camera()
    assert [text.partition(": ")[2].partition(", ")[0] for text in watched.notices] == notices
    assert all(text.startswith("the view is mirrored: ") for text in watched.notices)
    crop = (0.0, 0.0, 1.0, 1.0) if mount is None else (0.3, 0.1, 0.95, 1.0)
    assert {result.mount for result in watched.results} == {Mount(crop=crop, mirror=True)}
    assert set(watched.network.raw) == {Activity.PHONE_RIGHT}
    assert {result.prediction.activity for result in watched.results} == {Activity.PHONE_LEFT}


def test_a_left_hand_drive_car_stays_one(user_folder: Path, watch_camera: Callable[[], Watched]) -> None:
    """Its policy file has the settings of all three filters, which need no notice."""
    shutil.copy(OLD / "policy.toml", user_folder)
    shutil.copy(OLD / "mount_crop.toml", user_folder / "mount.toml")
    watched = watch_camera()
    fitted = AlertSettings.fitted(watched.engine.bundle.manifest.thresholds)
    assert watched.notices == [] and watched.engine.settings == fitted
    assert {result.mount for result in watched.results} == {Mount(crop=(0.3, 0.1, 0.95, 1.0))}
    assert set(watched.network.raw) == {Activity.PHONE_LEFT}
    assert {result.prediction.activity for result in watched.results} == {Activity.PHONE_LEFT}


def test_an_old_bundle_is_checked_and_classifies(tmp_path: Path) -> None:
    bundle = str(OLD / "bundle")
    assert run_command(engines_command.main, ["verify", bundle, "--runtime", "onnxruntime"]) == 0
    drive = write_video(tmp_path / "drive.mp4", frames_of([(Activity.SAFE_DRIVING, 1.0)]))
    out = tmp_path / "out.json"
    arguments = ["--headless", "--source", str(drive), "--bundle", bundle, "--json", str(out)]
    assert run_command(command.main, arguments) == 0
    written = json.loads(out.read_text(encoding="utf-8"))
    assert (written["bundle"], written["frames"]) == ("toy", 10)
    # It calls everything C1, and runs; a line says so.
    (notice,) = written["notices"]
    assert notice.startswith("of 9 simulated views the bundle calls 8 wrong: C0 → C1, ")


def test_an_old_journal_is_appended_to(tmp_path: Path) -> None:
    old = (OLD / "journal.jsonl").read_bytes()
    journal = tmp_path / "journal.jsonl"
    journal.write_bytes(old)
    drive = write_video(tmp_path / "drive.mp4", frames_of([(Activity.SAFE_DRIVING, 1.0)]))
    arguments = ["--headless", "--source", str(drive), "--bundle", str(OLD / "bundle"), "--journal", str(journal)]
    assert run_command(command.main, arguments) == 0
    now = journal.read_bytes()
    assert now.startswith(old)
    before, added = ([json.loads(line) for line in part.splitlines()] for part in (old, now[len(old) :]))
    assert [line["what"] for line in added] == ["start", "notice", "event", "incident", "end"]
    assert (added[0]["format"], added[-1]["frames"]) == (FORMAT, 10)
    assert before[0]["what"] == "start" and "format" not in before[0]


@pytest.mark.parametrize(
    ("source", "file", "alerts"),
    [
        ("drive.mp4", "drive.wrong.csv", [(8.0, "critical", "c1", "phone")]),
        ("0", "wrong_alerts.csv", [(8.0, "critical", "c1", "phone"), (31.25, "caution", "c6", "distraction")]),
    ],
)
def test_old_false_alerts_are_reviews(
    source: str, file: str, alerts: list[tuple[float, str, str, str]], user_folder: Path
) -> None:
    shutil.copy(OLD / file, user_folder)
    path = reviews_file(str(user_folder / source) if source == "drive.mp4" else source)
    reviews = read_reviews(path)
    assert [(one.time_s, one.tier, one.activity, one.reason) for one in reviews] == alerts
    assert {(one.status, one.source) for one in reviews} == {
        (ReviewStatus.FALSE, "camera 0" if source == "0" else source)
    }
    again = replace(reviews[0], note="again")
    change_review(path, None, again)
    assert read_reviews(path) == [*reviews, again] and not (user_folder / file).exists()
