"""The replay and its report."""

from __future__ import annotations

import base64
import json
import os
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from engines.bundles.bundle import Bundle
from engines.command import run_command
from engines.files.labels.drive_labels import read_labels
from engines.prediction import Prediction
from engines.view import Mount
from monitor.alerts.incidents.incident import Incident, Review, ReviewStatus
from monitor.alerts.settings import AlertSettings
from monitor.evaluation import drive as drive_record
from monitor.evaluation.drive import DriveRecord
from monitor.evaluation.pictures import DriveThumbnails, take_thumbnails
from monitor.evaluation.predictions import DrivePredictions
from monitor.evaluation.thumbnails import thumbnail
from monitor.fleet import prediction_cache
from monitor.fleet.prediction import predict_drive
from monitor.live import engine as engine_module
from monitor.replay import __main__ as replay
from monitor.replay.report import ReplayRun, report_dict, report_html
from monitor.replay.report_timeline import WIDTH, draw_timeline
from monitor.replay.reviews import reviews_file, with_review, write_reviews
from monitor.sources import Frame
from monitor.speed.recorded import RecordedSpeed
from tests.monitor.fakes import (
    FAKE_MANIFEST,
    FakeClassifier,
    FakeSource,
    Segments,
    frames_of,
    picture,
    write_labels,
    write_tracks,
    write_video,
)

STORY: Segments = [(0, 3.0), (6, 5.0), (0, 3.0), (1, 2.0), (0, 3.0), (5, 5.0), (0, 2.0)]


class Network(FakeClassifier):
    """Counts what all networks of a test were asked."""

    asked = 0

    def infer(self, view: NDArray[np.uint8], regions: NDArray[np.float32], *, mirrored: bool = False) -> Prediction:
        Network.asked += 1
        return super().infer(view, regions)

    @classmethod
    def of(cls, bundle: Bundle, **options: object) -> Network:
        return cls()


def open_fake_bundle(path: Path | None = None) -> Bundle:
    """Each folder is another bundle."""
    name = path.name if path is not None else "fake"
    files = {"model.fp32.onnx": name}
    return Bundle(path or Path("fake"), FAKE_MANIFEST.model_copy(update={"name": name, "files": files}))


@pytest.fixture(autouse=True)
def fake_engine(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    monkeypatch.setattr(engine_module, "Classifier", Network)
    monkeypatch.setattr(engine_module.Bundle, "open", open_fake_bundle)
    folder = tmp_path_factory.mktemp("cache") / "predictions"
    monkeypatch.setattr(prediction_cache, "default_folder", lambda: folder)
    monkeypatch.setattr(Network, "asked", 0)


@pytest.fixture
def drive(tmp_path: Path) -> Path:
    """At 5 frames a second, as the recorded drives are."""
    write_labels(tmp_path / "drive.csv", STORY)
    return write_video(tmp_path / "drive.mp4", frames_of(STORY, fps=5.0), fps=5.0)


class Outline(HTMLParser):
    """What a page refers to, and whether its tags are closed."""

    VOID = frozenset({"meta", "img", "br", "link", "input"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.references: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.references += [value or "" for name, value in attrs if name in ("src", "href", "data", "action")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def check_page(text: str) -> Outline:
    """A page must be well formed and refer to nothing outside itself."""
    outline = Outline()
    outline.feed(text)
    assert outline.open == []
    inside = ("data:image/jpeg;base64,", "data:image/png;base64,", "data:,", "#drive-")
    assert all(reference.startswith(inside) for reference in outline.references)
    assert not re.search(r"url\(|@import|https?://|fetch\(|XMLHttpRequest|import\(", text)
    return outline


def test_a_labelled_drive(drive: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "deep" / "out"
    arguments = [str(drive), "--labels", str(drive.with_suffix(".csv")), "--output", str(out)]
    assert run_command(replay.main, arguments) == 0
    report = json.loads((out / "report.json").read_text())
    assert report["complete"] is True and report["bundle"] == "fake"
    assert report["frames"]["accuracy"] == 1.0 and report["frames"]["scored"] == 115
    assert set(report["frames"]["per_class"]) == {f"c{index}" for index in range(10)}
    events = report["distractions"]
    assert (events["detected"], events["missed"], events["false"]) == (3, 0, 0)
    assert 0.0 < events["latency_s"]["median"] < 5.0
    assert [alert["activity"] for alert in report["alerts"]] == ["c6", "c1", "c5"]
    assert report["settings"] == AlertSettings().model_dump()
    assert set(report["latency_s"]) == {"capture", "view", "regions", "network", "policy", "total"}
    outline = check_page((out / "report.html").read_text())
    assert outline.tags.count("svg") == 1
    # Three alerts, and the frame under the pointer.
    assert outline.tags.count("img") == 4
    assert "detected: 3 of 3 labelled distractions · missed: 0 · false: 0 · attention under" in capsys.readouterr().out
    assert sorted(path.name for path in out.iterdir()) == ["report.html", "report.json"]


def test_the_track_that_is_named_is_replayed(drive: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    quiet = write_video(tmp_path / "quiet.mp4", frames_of([(0, 8.0)], fps=5.0), fps=5.0)
    both, out = write_tracks(tmp_path / "both.mkv", quiet, drive), tmp_path / "out"
    for track, used, alerts in (([], 1, []), (["--track", "2"], 2, ["c6", "c1", "c5"])):
        assert run_command(replay.main, [str(both), *track, "--output", str(out)]) == 0
        assert f"2 video tracks; track {used} is used" in capsys.readouterr().out
        report = json.loads((out / "report.json").read_text())
        assert [alert["activity"] for alert in report["alerts"]] == alerts
    assert "data:image/jpeg" in (out / "report.html").read_text()


def test_without_labels_there_are_no_metrics(drive: Path, tmp_path: Path) -> None:
    assert run_command(replay.main, [str(drive), "--output", str(tmp_path / "out")]) == 0
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert report["frames"] is None and report["distractions"] is None and len(report["alerts"]) == 3
    text = (tmp_path / "out" / "report.html").read_text()
    check_page(text)
    assert "Labelled distractions" not in text and 'class="matrix"' not in text


def test_several_drives_add_up(drive: Path, tmp_path: Path) -> None:
    folder = tmp_path / "images"
    folder.mkdir()
    for frame in frames_of([(0, 2.0), (9, 6.0)], fps=5.0):
        cv2.imwrite(str(folder / f"{frame.index:03d}.png"), cv2.cvtColor(frame.pixels, cv2.COLOR_RGB2BGR))
    (folder / "003.png").write_bytes(b"broken")
    labels = write_labels(tmp_path / "images.csv", [(0, 1.0), (9, 5.0)])
    arguments = [str(drive), str(folder), "--labels", str(drive.with_suffix(".csv")), str(labels), "--output"]
    assert run_command(replay.main, [*arguments, str(tmp_path / "out")]) == 0
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    first, second = report["drives"]
    assert report["frames"]["scored"] == first["frames"]["scored"] + second["frames"]["scored"]
    assert second["frames"]["unscored"] == 10
    assert "003.png cannot be read" in second["notices"][0] and "not labelled" in second["notices"][1]
    check_page((tmp_path / "out" / "report.html").read_text())


def test_drives_of_the_same_name_are_told_apart(drive: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = tmp_path / "other" / drive.name
    other.write_bytes(drive.read_bytes())
    assert run_command(replay.main, [str(drive), str(other), "--output", str(tmp_path / "out")]) == 0
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert [part["path"] for part in report["drives"]] == [str(drive), str(other)]
    assert {alert["path"] for alert in report["alerts"]} == {str(drive), str(other)}


def test_a_speed_that_is_lost_is_shown(drive: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Below the gate nobody is alerted; without a signal, early; how long one speaks is a setting of each policy."""
    lines = ["time_s,speed_kmh", *(f"{at / 2},{10 if at < 14 else 35}" for at in range(24))]
    drive.with_suffix(".speed.csv").write_text("\n".join(lines) + "\n")
    (tmp_path / "patient.toml").write_text("[alerts]\nspeed_lost_s = 8.0\n")
    arguments = [str(drive), "--labels", "--output", str(tmp_path / "out"), "--speed", "beside"]
    assert run_command(replay.main, [*arguments, "--against-policy", str(tmp_path / "patient.toml")]) == 0
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    only = report["drives"][0]
    # The last speed is of 11.5 s and speaks for two seconds; the drive lasts 23.
    assert only["speed_lost_s"] == pytest.approx(23.0 - 13.5, abs=0.21)
    assert "the speed signal was lost" in only["notices"][-1] and "note: the speed signal" in capsys.readouterr().out
    # At 10 km/h the drink at 3 s needs no alert.
    assert report["comparison"]["detected"]["both"] == report["distractions"]["detected"] == 2
    text = (tmp_path / "out" / "report.html").read_text()
    check_page(text)
    assert all(f'class="speed-{band}"' in text for band in ("below_gate", "slow", "lost"))


def test_the_signal_that_the_speed_comes_from_is_named(drive: Path, tmp_path: Path) -> None:
    (tmp_path / "car.dbc").write_text(
        'VERSION ""\n\nBO_ 500 WHEELS: 8 E\n SG_ VehicleSpeed : 0|16@1+ (0.01,0) [0|300] "km/h" X\n', encoding="utf-8"
    )
    (tmp_path / "drive.log").write_text("(1.0) can0 1F4#E803\n(2.0) can0 1F4#FFFF\n", encoding="utf-8")
    speed = ["--speed", f"can:{tmp_path / 'drive.log'}", "--dbc", str(tmp_path / "car.dbc")]
    assert run_command(replay.main, [str(drive), "--output", str(tmp_path / "out"), *speed]) == 0
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert report["speed"] == "WHEELS.VehicleSpeed in km/h on channel can0 of drive.log"
    assert any("1 of 2 times that it is unknown" in notice for notice in report["drives"][0]["notices"])


def test_speeds_of_another_time_are_no_silence(tmp_path: Path) -> None:
    without = record_of([(0, 4.0)], tmp_path)
    late = RecordedSpeed("late.csv", [3600.0], [30.0], 2.0)
    record = DriveRecord("drive", None, Mount(), without.drive, AlertSettings(), late)
    assert without.speed_notice is None
    assert record.speed_notice == "the speed signal was lost for 4.0 s: alerts came as early as at high speed"


def test_a_drive_is_scored_once(drive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    for name in ("score_events", "score_frames"):
        original = getattr(drive_record, name)

        def counted(*arguments: object, original: Callable[..., object] = original, **named: object) -> object:
            calls.append(original)
            return original(*arguments, **named)

        monkeypatch.setattr(drive_record, name, counted)
    arguments = [str(drive), "--labels", str(drive.with_suffix(".csv")), "--output", str(tmp_path / "out")]
    assert run_command(replay.main, arguments) == 0
    assert len(calls) == 2


def interrupt_at(frames: int, monkeypatch: pytest.MonkeyPatch) -> None:
    original = DrivePredictions.add

    def interrupted(drive: DrivePredictions, *arguments: Any) -> None:
        if len(drive.times_s) == frames:
            raise KeyboardInterrupt
        original(drive, *arguments)

    monkeypatch.setattr(DrivePredictions, "add", interrupted)


def test_an_interruption_leaves_a_partial_report(
    drive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    interrupt_at(40, monkeypatch)
    out = tmp_path / "out"
    assert (
        run_command(replay.main, [str(drive), "--labels", str(drive.with_suffix(".csv")), "--output", str(out)]) == 130
    )
    report = json.loads((out / "report.json").read_text())
    assert report["complete"] is False and report["drives"][0]["frames_seen"] == 40
    assert "Partial report" in (out / "report.html").read_text()
    assert "partial report" in capsys.readouterr().out


def test_a_failure_leaves_a_partial_report(
    drive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = FakeClassifier(fails_in="infer", fails_at=20)
    monkeypatch.setattr(Network, "infer", lambda self, view, regions, mirrored: broken.infer(view, regions))
    assert run_command(replay.main, [str(drive), "--output", str(tmp_path / "out")]) == 2
    err = capsys.readouterr().err
    assert "error: the network stage failed" in err and "Traceback" not in err
    assert json.loads((tmp_path / "out" / "report.json").read_text())["complete"] is False


def test_a_drive_is_shown_to_the_network_once(drive: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second, other = tmp_path / "first", tmp_path / "second", tmp_path / "other"
    arguments = [str(drive), "--labels", "--output"]
    assert run_command(replay.main, [*arguments, str(first)]) == 0
    assert Network.asked == 115
    assert run_command(replay.main, [*arguments, str(second)]) == 0
    (tmp_path / "patient.toml").write_text("[alerts]\ncaution_s = 2.9\n")
    assert run_command(replay.main, [*arguments, str(other), "--policy", str(tmp_path / "patient.toml")]) == 0
    assert Network.asked == 115
    reports = [json.loads((folder / "report.json").read_text()) for folder in (first, second, other)]
    assert [report["frames_computed"] for report in reports] == [115, 0, 0]
    assert reports[0]["alerts"] == reports[1]["alerts"] != reports[2]["alerts"]
    assert reports[2]["settings"]["caution_s"] == 2.9
    assert "detected: 3 of 3 labelled distractions" in capsys.readouterr().out
    check_page((second / "report.html").read_text())


def test_an_interrupted_replay_goes_on(drive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = [str(drive), "--labels", "--output", str(tmp_path / "out")]
    with monkeypatch.context() as patch:
        interrupt_at(40, patch)
        assert run_command(replay.main, arguments) == 130
    asked = Network.asked
    assert run_command(replay.main, arguments) == 0
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert report["complete"] is True and report["distractions"]["detected"] == 3
    assert Network.asked - asked == report["frames_computed"] == 115 - 40


def test_two_policies_on_the_same_drives(drive: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "late.toml").write_text("[alerts]\ncaution_s = 2.9\n")
    arguments = [str(drive), "--labels", "--output", str(tmp_path / "out"), "--drivers", "anna"]
    assert run_command(replay.main, [*arguments, "--against-policy", str(tmp_path / "late.toml")]) == 0
    assert Network.asked == 115
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    comparison = report["comparison"]
    assert (comparison["first"], comparison["second"]) == ("fake", "fake · late")
    # 5 s at the radio are long enough for a caution after twice 2 s, not after twice 2.9 s.
    assert (comparison["detected"]["both"], comparison["detected"]["unpaired"]) == (2, 1)
    assert comparison["detected"]["p_value"] == 1.0
    assert report["per_driver"][0]["driver"] == "anna" and report["per_activity"]["c6"]["detected"] == 1
    assert sum(report["seconds_by_tier"].values()) == pytest.approx(23.0, abs=0.01)
    assert "McNemar p = 1.000" in capsys.readouterr().out
    assert "fake against fake · late" in (tmp_path / "out" / "report.html").read_text()


def test_what_is_wrong_with_the_files_is_told(drive: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    policy, other, mount = tmp_path / "old.toml", tmp_path / "other.toml", tmp_path / "mount.toml"
    policy.write_text('[alerts]\nsmoothing = "hmm"\n')
    other.write_text('right_hand_drive = false\n[alerts]\nsmoothing = "median"\n')
    mount.write_text("mirror = true\n")
    arguments = [str(drive), "--labels", "--policy", str(policy), "--mount", str(mount), "--against-policy", str(other)]
    assert run_command(replay.main, [*arguments, "--output", str(tmp_path / "out")]) == 0
    told = [line.removeprefix("note: ") for line in capsys.readouterr().out.splitlines() if line.startswith("note: ")]
    contradiction, *removed = told
    assert "right_hand_drive = false" in contradiction
    assert [path in line for path, line in zip(("old.toml", "other.toml"), removed, strict=True)] == [True, True]
    assert json.loads((tmp_path / "out" / "report.json").read_text())["notices"] == told
    check_page(page := (tmp_path / "out" / "report.html").read_text())
    assert "right_hand_drive = false" in page


def test_two_bundles_on_the_same_drives(drive: Path, tmp_path: Path) -> None:
    arguments = [str(drive), "--labels", "--output", str(tmp_path / "out"), "--no-pictures"]
    assert run_command(replay.main, [*arguments, "--against-bundle", str(tmp_path / "other")]) == 0
    assert Network.asked == 230
    text = (tmp_path / "out" / "report.html").read_text()
    check_page(text)
    assert "There are no thumbnails" in text


def test_two_engines_of_one_name_are_told_apart(drive: Path, tmp_path: Path) -> None:
    """Bundles are often called "default"."""
    other = tmp_path / "elsewhere" / "fake"
    arguments = [str(drive), "--labels", "--output", str(tmp_path / "out"), "--no-pictures"]
    assert run_command(replay.main, [*arguments, "--against-bundle", str(other)]) == 0
    comparison = json.loads((tmp_path / "out" / "report.json").read_text())["comparison"]
    assert (comparison["first"], comparison["second"]) == ("fake", f"fake · {other}")


def test_labels_that_go_on_beyond_the_end_are_a_note(
    drive: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = drive.with_suffix(".csv").read_text()
    end_s = float(text.splitlines()[-1].split(",")[1])
    drive.with_suffix(".csv").write_text(f"{text}{end_s},{end_s + 9.0},c1\n")
    arguments = [str(drive), "--labels", "--output", str(tmp_path / "out"), "--no-pictures"]
    assert run_command(replay.main, arguments) == 0
    note = f"note: the labels go on to {end_s + 9.0:.1f} s and the drive ends at {end_s:.1f} s: 9.0 s of labels"
    assert note in capsys.readouterr().out


def test_labels_in_another_unit_or_of_another_drive_are_refused(
    drive: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "ms.csv").write_text("start_s,end_s,activity\n0,4000,c0\n4000,23000,c6\n")
    assert run_command(replay.main, [str(drive), "--labels", str(tmp_path / "ms.csv"), "--output", str(tmp_path)]) == 2
    assert "23000.0 s" in (said := capsys.readouterr().err) and "milliseconds" in said and Network.asked == 0
    other = tmp_path / "other.mp4"
    other.write_bytes(drive.read_bytes())
    (tmp_path / "other.csv").write_bytes(drive.with_suffix(".csv").read_bytes())
    swapped = [str(path.with_suffix(".csv")) for path in (other, drive)]
    assert run_command(replay.main, [str(drive), str(other), "--labels", *swapped, "--output", str(tmp_path)]) == 2
    assert "other.csv are named after" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["{drive}", "--labels", "--drivers", "a", "b", "--output", "{tmp}/out"], "2 drivers for 1 drives"),
        (
            ["demo", "{lonely}", "--labels", "--output", "{tmp}/out"],
            "no lonely.csv or lonely.json or lonely.xml beside",
        ),
        (["{drive}", "--output", "{tmp}/out", "--policy", "nowhere.toml"], "cannot read the policy"),
        (["{drive}", "--output", "{tmp}/out", "--policy", "{tmp}/odd.toml"], "odd.toml: alerts.clear_s"),
        (["{drive}", "--output", "{tmp}/out", "--against-policy", "{tmp}/fine.toml"], "give --labels"),
        (["nowhere.mp4", "--output", "{tmp}/out"], "no such source"),
        (["{drive}", "--labels", "nowhere.csv", "--output", "{tmp}/out"], "cannot read the labels"),
        (["{drive}", "--labels", "{tmp}/bad.csv", "--output", "{tmp}/out"], "line 2: unknown activity"),
        (["{drive}", "{drive}", "--output", "{tmp}/out"], "named twice"),
        (["{drive}", "--labels", "a.csv", "b.csv", "--output", "{tmp}/out"], "2 label files for 1 drives"),
        (["0", "--output", "{tmp}/out"], "not a recorded drive"),
        (["{drive}", "--output", "{drive}"], "cannot write into"),
        (["{drive}", "--output", "{drive}/out"], "cannot write into"),
    ],
)
def test_bad_input_is_one_line_before_any_work(
    arguments: list[str], says: str, drive: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bad.csv").write_text("start_s,end_s,activity\n0,4,c11\n")
    (tmp_path / "odd.toml").write_text("[alerts]\nclear_s = -1\n")
    (tmp_path / "fine.toml").write_text("[alerts]\nclear_s = 1.1\n")
    lonely = tmp_path / "lonely.mp4"
    lonely.write_bytes(drive.read_bytes())
    filled = [argument.format(tmp=tmp_path, drive=drive, lonely=lonely) for argument in arguments]
    assert run_command(replay.main, filled) == 2
    err = capfd.readouterr().err
    assert err.startswith("error: ") and err.count("\n") == 1 and says in err


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder(drive: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "out").mkdir(mode=0o500)
    assert run_command(replay.main, [str(drive), "--output", str(tmp_path / "out")]) == 2
    assert "cannot write into" in capsys.readouterr().err


def record_of(story: Segments, tmp_path: Path, *, name: str = "drive", seen: Segments | None = None) -> DriveRecord:
    labels = read_labels(write_labels(tmp_path / "labels.csv", story))
    frames = frames_of(seen or story, fps=5.0)
    drive = DrivePredictions()
    predict_drive(FakeSource(frames), FakeClassifier(), drive)
    record = DriveRecord(name, labels, Mount(), drive, AlertSettings())
    peaks_s = [incident.peak_s for incident in record.incidents]
    record.thumbnails = take_thumbnails(FakeSource(frames), drive, record.frame_labels, peaks_s, Mount())
    return record


def run_of(*records: DriveRecord) -> ReplayRun:
    return ReplayRun(records, AlertSettings(), "fake", Mount(), None, 1.0, complete=True)


def test_names_are_escaped(tmp_path: Path) -> None:
    text = report_html(run_of(record_of([(0, 2.0)], tmp_path, name="<b>&drive")), "now")
    check_page(text)
    assert "<b>&drive" not in text and "&lt;b&gt;&amp;drive" in text


def test_misclassified_frames_fill_the_gallery_without_repeating_themselves(tmp_path: Path) -> None:
    record = record_of([(0, 20.0)], tmp_path, seen=[(0, 10.0), (6, 5.0), (7, 5.0)])
    assert [(frame.label, frame.predicted) for frame in record.thumbnails.worst].count((0, 6)) == 2
    assert len(record.thumbnails.worst) == 4
    content = report_dict(run_of(record), "now")
    # An alert, and the incident that takes it over: each is named wrongly to the driver.
    assert content["distractions"]["false"] == 2 and content["frames"]["accuracy"] == 0.5
    assert "false" in report_html(run_of(record), "now")


def test_a_report_has_a_row_and_a_card_for_each_incident(tmp_path: Path) -> None:
    story = [(0, 5.0), (6, 7.0), (7, 4.0), (0, 8.0), (1, 3.0), (0, 4.0)]
    record = record_of([(0, 5.0), (6, 7.0), (7, 4.0), (0, 15.0)], tmp_path, seen=story)
    content = report_dict(run_of(record), "now")["drives"][0]
    rows = content["incidents"]
    assert [row["activity"] for row in rows] == ["c6", "c7", "c1"]
    assert [row["ended_by"] for row in rows] == ["another_activity", "attention", "attention"]
    # Two activities without attention between them are one labelled distraction.
    assert [row["distraction"] and row["distraction"]["activities"] for row in rows] == [["c6", "c7"]] * 2 + [None]
    assert [row["false"] for row in rows] == [False, False, True]
    score = content["distractions"]
    assert sum(row["attention_beyond_clearing_s"] for row in rows) == pytest.approx(
        score["attention_beyond_clearing_s"]
    )
    assert score["attention_beyond_clearing_s"] > 3.0 - AlertSettings().clear_s
    page = report_html(run_of(record), "now")
    check_page(page)
    for number in (1, 2, 3):
        assert page.count(f'href="#drive-1-incident-{number}"') >= 1
        card = page.split(f'<figure id="drive-1-incident-{number}"')[1].split("</figure>")[0]
        assert "data:image/jpeg;base64," in card
    assert page.index("Detected") < page.index("Missed") < page.index("False") < page.index("Attention under an alert")


def test_without_thumbnails_an_incident_has_its_card_nevertheless(tmp_path: Path) -> None:
    record = record_of([(0, 5.0), (6, 4.0), (0, 4.0)], tmp_path)
    record.thumbnails = DriveThumbnails()
    page = report_html(run_of(record), "now")
    assert page.count('<figure id="drive-1-incident-') == 1 and "no frame is kept" in page


def test_a_person_s_review_stands_in_the_report(drive: Path, tmp_path: Path) -> None:
    path, arguments = reviews_file(str(drive)), [str(drive), "--labels", "--output", str(tmp_path / "out")]
    assert run_command(replay.main, arguments) == 0
    first = Incident.from_dict(json.loads((tmp_path / "out" / "report.json").read_text())["drives"][0]["incidents"][0])
    write_reviews(path, with_review((), first, Review(ReviewStatus.FALSE, "a <cup>"), str(drive), "drive.mp4"))
    assert run_command(replay.main, arguments) == 0
    content = json.loads((tmp_path / "out" / "report.json").read_text())
    assert content["drives"][0]["incidents"][0]["review"] == {"status": "false", "note": "a <cup>"}
    assert "false alert</b> – a &lt;cup&gt;" in (tmp_path / "out" / "report.html").read_text()


def test_reviews_that_cannot_be_read_are_a_note(
    drive: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    reviews_file(str(drive)).write_text("nonsense\n1\n")
    assert run_command(replay.main, [str(drive), "--output", str(tmp_path / "out")]) == 0
    assert "note: " in (out := capsys.readouterr().out) and "holds no alert reviews" in out


def test_a_drive_without_frames_still_makes_a_report() -> None:
    record = DriveRecord("nothing", None, Mount(), DrivePredictions(), AlertSettings())
    text = report_html(run_of(record), "now")
    check_page(text)
    assert "No frame was classified" in text
    json.dumps(report_dict(run_of(record), "now"), allow_nan=False)


def test_the_timeline_fits(tmp_path: Path) -> None:
    record = record_of([(0, 100.0), (6, 100.0), (0, 200.0)], tmp_path)
    rows = draw_timeline(record)
    assert len(rows) == 3
    for row in rows:
        for _, blocks in row.lanes:
            for block in blocks:
                assert block.x >= -1e-6 and block.x + block.width <= WIDTH + 1e-6
        assert all(0.0 <= x <= WIDTH + 1e-6 for x, _ in row.ticks) and 4 <= len(row.ticks) <= 14
    assert [name for name, _ in rows[0].lanes] == ["Labels", "Network", "Alert", "Incident"]
    labelled = sum(block.width for _, blocks in ((row.lanes[0]) for row in rows) for block in blocks)
    assert labelled == pytest.approx(3 * WIDTH, rel=1e-3)


def test_a_flickering_network_does_not_blow_the_timeline_up(tmp_path: Path) -> None:
    flicker: Segments = [(index % 10, 0.2) for index in range(1500)]
    record = record_of([(0, 300.0)], tmp_path, seen=flicker)
    assert all(len(blocks) <= 701 for row in draw_timeline(record) for _, blocks in row.lanes)


def test_thumbnails_are_small_with_boxes() -> None:
    frame: Frame = frames_of([(6, 0.2)])[0]
    prediction = FakeClassifier().infer(FakeClassifier().view(frame.pixels), FakeClassifier().regions(frame.pixels))
    for mount in (Mount(), Mount(mirror=True, crop=(0.2, 0.1, 0.9, 0.8))):
        data = base64.b64decode(thumbnail(picture(6, height=480, width=640), prediction, mount))
        image = cv2.imdecode(np.frombuffer(data, dtype=np.uint8), cv2.IMREAD_COLOR)
        assert image is not None and image.shape == (240, 320, 3)
