"""``python -m monitor --headless``: what it prints, writes and returns."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from engines.bundles import bundle
from engines.command import run_command
from engines.errors import UserError
from engines.prediction import Prediction
from engines.regions.tracking import REGION_MODES, RegionTracker
from engines.view import Mount
from monitor import __main__ as command
from monitor.alerts.settings import AlertSettings
from monitor.health.view_check import ViewFinding, ViewWatch
from monitor.journal.json_lines import Journal
from monitor.live import headless, warm_up
from monitor.live.headless import run_headless
from monitor.sources import Frame
from tests.conftest import ROOT
from tests.monitor.fakes import (
    FakeClassifier,
    FakeSource,
    Segments,
    frames_of,
    one_hot,
    picture,
    write_labels,
    write_video,
)

opening = sys.modules["monitor.sources.open_source"]  # the package hands on its function under the same name


STORY: Segments = [(0, 3.0), (6, 5.0), (0, 3.0), (1, 2.0), (0, 3.0)]


class ShippedClassifier(FakeClassifier):
    """Opens like the real one."""

    manifest = SimpleNamespace(name="fake", thresholds={})
    mount = Mount()

    @classmethod
    def of(cls, bundle: object = None, **options: object) -> ShippedClassifier:
        return cls()


@pytest.fixture
def fake_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "Classifier", ShippedClassifier)


@pytest.fixture
def drive(tmp_path: Path) -> Path:
    write_labels(tmp_path / "drive.csv", STORY)
    return write_video(tmp_path / "drive.mp4", frames_of(STORY))


@pytest.mark.usefixtures("fake_engine")
def test_events_and_summary(drive: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, journal = tmp_path / "new" / "out.json", tmp_path / "drive.jsonl"
    arguments = ["--headless", "--source", str(drive), "--json", str(out), "--journal", str(journal)]
    assert run_command(command.main, arguments) == 0
    captured = capsys.readouterr()
    lines = captured.out.splitlines()
    at_s, _, what = lines[0].strip().partition(" s  ")
    settings = AlertSettings()
    assert float(at_s) == pytest.approx(3.0 + settings.caution_s, abs=0.1)
    assert what == "CAUTION  C6 Drinking (distracted for too long, 2.0 s): due after 2 s"
    assert "160 frames, 15.9 s of driving" in lines[-2]
    assert lines[-1].startswith("alerts: 2 caution · 1 warning · 0 critical · health faults: 0")
    assert captured.err == ""
    content = json.loads(out.read_text())
    assert content["tiers"] == {"caution": 2, "warning": 1, "critical": 0}
    assert content["score"] is None and len(content["events"]) == 5
    journalled = [json.loads(line) for line in journal.read_text().splitlines()]
    assert [line["what"] for line in journalled] == ["start", *["event"] * 5, "end"]


@pytest.mark.usefixtures("fake_engine")
def test_the_demo_is_judged_by_its_labels(
    drive: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(opening, "DEMO_VIDEO", drive)
    monkeypatch.setattr(opening, "DEMO_LABELS", drive.with_suffix(".csv"))
    assert run_command(command.main, ["--demo", "--headless"]) == 0
    assert "labels: 2 of 2 labelled distractions raised their alert; no alerts elsewhere" in capsys.readouterr().out


def test_a_bad_demo_is_told_of(tmp_path: Path) -> None:
    """Labels that say the opposite of what is seen."""
    source = FakeSource(frames_of([(0, 10.0), (6, 10.0), (0, 3.0)]))
    source.labels = write_labels(tmp_path / "drive.csv", [(6, 10.0), (0, 13.0)])
    lines: list[str] = []
    assert run_headless(source, FakeClassifier(), bundle="fake", say=lines.append) == 0
    assert "labels: 0 of 1 labelled distractions raised their alert; 1 alert elsewhere" in lines
    assert "missed: C6 from 0.0 to 10.0 s" in lines
    assert any(line.startswith("elsewhere: CRITICAL C6 at") for line in lines)


def test_ctrl_c_still_sums_up() -> None:
    def say(line: str) -> None:
        lines.append(line)
        if "CAUTION" in line:
            raise KeyboardInterrupt

    lines: list[str] = []
    source = FakeSource(frames_of([(6, 20.0)]))
    assert run_headless(source, FakeClassifier(), bundle="fake", say=say) == 130
    assert lines[-1].startswith("alerts: 1 caution") and source.closed.is_set()


def test_ctrl_c_is_how_a_live_drive_ends() -> None:
    def say(line: str) -> None:
        lines.append(line)
        if "HEALTH" in line:
            raise KeyboardInterrupt

    lines: list[str] = []
    source = FakeSource(frames_of([(0, 0.5)]), live=True, interval_s=0.01)
    assert run_headless(source, FakeClassifier(), bundle="fake", say=say) == 0
    at_s = float(lines[0].split()[0])
    assert 0.0 <= at_s < 5.0, "live times count from the start of the drive"


def _monitor(*arguments: str, **options: Any) -> subprocess.Popen[str]:
    """The headless monitor with a fake engine, in a process of its own."""
    script = (
        "import sys; from engines.command import run_command; from monitor import __main__ as command;"
        " from tests.monitor.live.test_headless import ShippedClassifier;"
        " command.Classifier = ShippedClassifier; sys.exit(run_command(command.main))"
    )
    return subprocess.Popen(
        [sys.executable, "-c", script, "--headless", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


@pytest.mark.skipif(sys.platform == "win32", reason="there are no signals")
def test_sigterm_ends_like_ctrl_c(tmp_path: Path) -> None:
    journal = tmp_path / "drive.jsonl"
    video = write_video(tmp_path / "long.mp4", frames_of([(0, 1.0), (1, 60.0)]))
    with _monitor("--source", str(video), "--realtime", "--journal", str(journal)) as process:
        assert process.stdout is not None and process.stderr is not None
        assert "CAUTION" in process.stdout.readline()
        process.terminate()
        out, err = process.communicate(timeout=30.0)
    assert process.returncode == 130 and err == ""
    assert "alerts: 1 caution" in out
    assert json.loads(journal.read_text().splitlines()[-1])["what"] == "end"


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals")
@pytest.mark.parametrize(("asked", "reason"), [("SIGUSR1", "acknowledged"), ("SIGUSR2", "snoozed for this journey")])
def test_the_driver_s_button_silences_an_alert(asked: str, reason: str, tmp_path: Path) -> None:
    video = write_video(tmp_path / "long.mp4", frames_of([(0, 1.0), (9, 60.0)]))
    with _monitor("--source", str(video), "--realtime", "--speed", "35") as process:
        assert process.stdout is not None and process.stderr is not None
        assert "CAUTION" in process.stdout.readline()
        process.send_signal(getattr(signal, asked))
        assert reason in process.stdout.readline()
        process.terminate()
        _, err = process.communicate(timeout=30.0)
    assert process.returncode == 130 and err == ""


@pytest.mark.skipif(sys.platform == "win32", reason="pipes break differently")
def test_a_reader_that_leaves_ends_the_drive_quietly(drive: Path, tmp_path: Path) -> None:
    journal = tmp_path / "drive.jsonl"
    with _monitor("--source", str(drive), "--journal", str(journal)) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait(timeout=30.0) == 141
    assert json.loads(journal.read_text().splitlines()[-1])["what"] == "end"


def test_a_live_drive_keeps_no_time_of_every_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[headless._Drive] = []
    original = headless._Drive.saw

    def saw(drive: headless._Drive, time_s: float) -> None:
        original(drive, time_s)
        kept.append(drive)
        if drive.frames == 30:
            raise KeyboardInterrupt

    monkeypatch.setattr(headless._Drive, "saw", saw)
    source = FakeSource(frames_of([(0, 5.0)]), live=True, interval_s=0.01)
    lines: list[str] = []
    assert run_headless(source, FakeClassifier(), bundle="fake", say=lines.append) == 0
    assert kept[-1].times_s == [] and "30 frames" in lines[-2]


def test_a_wrong_view_is_told_without_a_window(monkeypatch: pytest.MonkeyPatch) -> None:
    class Unsure(FakeClassifier):
        def infer(self, view: NDArray[np.uint8], regions: NDArray[np.float32]) -> Prediction:
            return replace(super().infer(view, regions), probabilities=one_hot(0, 0.4))

    monkeypatch.setattr(headless, "ViewWatch", partial(ViewWatch, lasts_s=1.5))
    said: list[str] = []
    frames = [Frame(picture(0, index), 0.0, index) for index in range(400)]
    source = FakeSource(frames, live=True, interval_s=0.02)

    def say(line: str) -> None:
        said.append(line)
        if ViewFinding.UNSURE.title in line:
            raise KeyboardInterrupt

    assert run_headless(source, Unsure(), bundle="fake", say=say) == 0
    assert sum(ViewFinding.UNSURE.title in line for line in said) == 1


def test_a_source_whose_labels_are_bad_is_closed(tmp_path: Path) -> None:
    source = FakeSource(frames_of([(0, 1.0)]))
    source.labels = tmp_path / "missing.csv"
    with pytest.raises(UserError, match="labels"):
        run_headless(source, FakeClassifier(), bundle="fake")
    assert source.closed.is_set()


@pytest.mark.usefixtures("fake_engine")
def test_a_source_that_hangs_is_not_closed_under_its_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    """Closing a capture that another thread reads from crashes some drivers."""

    class Stuck(FakeSource):
        free = threading.Event()
        reading = False

        def read(self) -> Frame | None:
            if self._items:
                return super().read()
            self.reading = True
            self.free.wait(10.0)
            self.reading = False
            return None

        def close(self) -> None:
            closed_while_reading.append(self.reading)
            super().close()

    closed_while_reading: list[bool] = []
    source = Stuck(frames_of([(0, 0.5)]), live=True)

    def say(line: str) -> None:
        if "HEALTH" in line:
            raise KeyboardInterrupt

    monkeypatch.setattr(command, "open_source", lambda *_, **__: source)
    monkeypatch.setattr(command, "_say", say)
    assert run_command(command.main, ["--headless", "--source", "0"]) == 0
    assert closed_while_reading == []
    source.free.set()
    assert source.closed.wait(5.0) and closed_while_reading == [False]


def test_a_full_disk_ends_the_journal_not_the_drive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise UserError("cannot write the journal: No space left on device")

    monkeypatch.setattr(Journal, "event", fail)
    lines: list[str] = []
    with Journal(tmp_path / "drive.jsonl") as journal:
        source = FakeSource(frames_of(STORY))
        assert run_headless(source, FakeClassifier(), bundle="fake", journal=journal, say=lines.append) == 0
    assert sum("the journal ends here" in line for line in lines) == 1
    assert "notices: 1" in lines[-1]


def test_settings_reach_the_policy() -> None:
    lines: list[str] = []
    settings = AlertSettings(caution_s=1.0)
    run_headless(
        FakeSource(frames_of([(6, 4.0)])), FakeClassifier(), bundle="fake", settings=settings, say=lines.append
    )
    assert lines[0].strip().startswith("1.") and "CAUTION" in lines[0]


@pytest.mark.usefixtures("fake_engine")
@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--source", "nowhere.mp4"], "no such source"),
        (["--source", "777"], "camera 777 gives no picture"),
        (["--source", "{tmp}/empty.mp4"], "is empty"),
        (["--source", "{tmp}/noise.mp4"], "no frame that can be decoded"),
        (["--source", "{tmp}/folder"], "holds no images"),
        (["--source", "{drive}", "--json", "{tmp}/folder"], "cannot write"),
        (["--source", "{drive}", "--journal", "{tmp}/empty.mp4/j"], "cannot write the journal"),
        (["--source", "{drive}", "--mount", "nowhere.toml"], "mount file"),
        (["--source", "{tmp}/folder", "--fps", "0"], "--fps"),
        (["--source", "{drive}", "--adaptive"], "--adaptive needs a camera or a stream"),
        (["--demo", "--adaptive"], "--adaptive needs a camera or a stream"),
        (["--source", "{drive}", "--max-fps", "2"], "choose 3 or more"),
        (["--source", "{drive}", "--max-fps", "nan"], "choose 3 or more"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(
    arguments: list[str], says: str, drive: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "noise.mp4").write_bytes(random.Random(0).randbytes(2000))
    filled = [argument.format(tmp=tmp_path, drive=drive) for argument in arguments]
    assert run_command(command.main, ["--headless", *filled]) == 2
    err = capfd.readouterr().err
    assert err.startswith("error: ") and err.count("\n") == 1
    assert says in err


@pytest.mark.usefixtures("fake_engine")
def test_a_stage_that_breaks_is_one_line(
    drive: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(ShippedClassifier, "infer", lambda *_: 1 / 0)
    assert run_command(command.main, ["--headless", "--source", str(drive)]) == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1 and "the network stage failed: ZeroDivisionError" in err and "--verbose" in err


@pytest.mark.usefixtures("fake_engine")
def test_no_camera(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(command, "find_cameras", list)
    assert run_command(command.main, ["--headless"]) == 2
    assert "try --demo" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["--json", "x.json"], ["--realtime"]])
def test_headless_options_need_headless(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(command.main, arguments) == 2
    assert "belong to --headless" in capsys.readouterr().err


@pytest.mark.parametrize("given", [True, False])
def test_a_damaged_bundle_is_one_line_before_any_window(
    given: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "check_display", lambda: None)
    monkeypatch.setattr(bundle, "DEFAULT_BUNDLE", tmp_path)
    assert run_command(command.main, ["--bundle", str(tmp_path)] if given else []) == 2
    err = capsys.readouterr().err
    assert err.startswith("error: ") and err.count("\n") == 1 and str(tmp_path) in err


@pytest.mark.parametrize("speed", ["fast", "-1", "nan", "1000"])
def test_a_speed_must_be_one(speed: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        command.main(["--headless", "--speed", speed])
    assert caught.value.code == 2
    assert "is no speed" in capsys.readouterr().err


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="displays are looked for on Linux")
def test_without_a_display_the_dashboard_says_what_to_do() -> None:
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    }
    done = subprocess.run(
        [sys.executable, "-m", "monitor"],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1 and "--headless" in done.stderr and "libxcb-cursor0" in done.stderr


def test_the_headless_monitor_needs_no_qt() -> None:
    imports = "import sys, monitor.__main__, monitor.replay.__main__"
    script = f"{imports}; sys.exit(any(module.startswith('PySide6') for module in sys.modules))"
    assert subprocess.run([sys.executable, "-c", script], cwd=ROOT, timeout=120, check=False).returncode == 0


@pytest.mark.usefixtures("fake_engine")
def test_a_policy_file_and_speeds_beside_the_drive(drive: Path, tmp_path: Path) -> None:
    """Slow until 5 s, then fast: the first drink is alerted late, by the file's own caution."""
    policy, out = tmp_path / "mine.toml", tmp_path / "out.json"
    policy.write_text("[alerts]\ncaution_s = 1.0\n", encoding="utf-8")
    speeds = [f"{at / 2},{10 if at < 10 else 90}" for at in range(40)]
    drive.with_suffix(".speed.csv").write_text("time_s,speed_kmh\n" + "\n".join(speeds) + "\n", encoding="utf-8")
    arguments = ["--headless", "--source", str(drive), "--json", str(out), "--policy", str(policy), "--speed", "beside"]
    assert run_command(command.main, arguments) == 0
    written = json.loads(out.read_text(encoding="utf-8"))
    assert written["settings"]["caution_s"] == 1.0
    first = next(event for event in written["events"] if event["kind"] == "raised")
    assert first["tier"] == "caution" and first["time_s"] == pytest.approx(5.0 + 1.0, abs=0.2)
    assert first["why"] == "due after 1 s"


@pytest.mark.usefixtures("fake_engine")
def test_a_bad_policy_names_its_field(drive: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    policy = tmp_path / "mine.toml"
    policy.write_text("[alerts]\ncaution_s = -1\n", encoding="utf-8")
    assert run_command(command.main, ["--headless", "--source", str(drive), "--policy", str(policy)]) == 2
    assert "alerts.caution_s" in capsys.readouterr().err


@pytest.mark.usefixtures("fake_engine")
@pytest.mark.parametrize("regions", ["tracked", "cold"])
def test_a_limit_of_frames_and_the_way_regions_are_found(
    drive: Path, tmp_path: Path, regions: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    kept: dict[str, Any] = {}

    def run(*arguments: Any, **options: Any) -> int:
        kept.update(options)
        return run_headless(*arguments, **options)

    monkeypatch.setattr(command, "run_headless", run)
    out = tmp_path / "out.json"
    arguments = ["--headless", "--source", str(drive), "--json", str(out), "--max-fps", "5", "--regions", regions]
    assert run_command(command.main, arguments) == 0
    assert isinstance(kept["regions"], RegionTracker) == (regions == "tracked")
    written = json.loads(out.read_text(encoding="utf-8"))
    # The file's timestamps are a little off the frame rate.
    assert written["frames"] == pytest.approx(80, abs=2) and written["dropped"] == 0
    assert written["frames"] + written["skipped"] == 160
    assert f"{written['skipped']} held back" in capsys.readouterr().out


@pytest.mark.usefixtures("fake_engine")
def test_the_adaptive_mode_holds_a_still_camera_s_frames_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def say(line: str) -> None:
        if "HEALTH" in line:
            raise KeyboardInterrupt

    still = frames_of([(0, 12.0)])
    for frame in still:
        frame.pixels[:] = still[0].pixels
    monkeypatch.setattr(command, "_say", say)
    written = {}
    for mode in ((), ("--adaptive",)):
        source = FakeSource(still, live=True, interval_s=0.02)
        monkeypatch.setattr(command, "open_source", lambda *_, source=source, **__: source)
        out = tmp_path / "out.json"
        assert run_command(command.main, ["--headless", "--source", "0", "--json", str(out), *mode]) == 0
        written[mode] = json.loads(out.read_text(encoding="utf-8"))
    assert written[()]["skipped"] == 0 and written[("--adaptive",)]["skipped"] > 20


@pytest.mark.usefixtures("fake_engine")
def test_the_limit_follows_the_policy(drive: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    policy = tmp_path / "mine.toml"
    policy.write_text("[alerts]\nframe_holds_s = 0.15\n", encoding="utf-8")
    arguments = ["--headless", "--source", str(drive), "--policy", str(policy), "--max-fps"]
    assert run_command(command.main, [*arguments, "5"]) == 2
    assert "choose 20 or more" in capsys.readouterr().err
    assert run_command(command.main, [*arguments, "20"]) == 0
    assert "CAUTION" in capsys.readouterr().out


@pytest.mark.usefixtures("fake_engine")
def test_the_network_s_threads_are_chosen(drive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    def of(bundle: object = None, **options: object) -> ShippedClassifier:
        asked.append(options["threads"])
        return ShippedClassifier()

    monkeypatch.setattr(ShippedClassifier, "of", of)
    assert run_command(command.main, ["--headless", "--source", str(drive), "--threads", "3"]) == 0
    assert run_command(command.main, ["--headless", "--source", str(drive)]) == 0
    assert asked == [3, None]
    with pytest.raises(SystemExit):
        command.main(["--headless", "--source", str(drive), "--threads", "0"])


@pytest.mark.usefixtures("fake_engine")
def test_regions_are_warmed_up_before_the_first_frame(drive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    warmed = threading.Event()
    monkeypatch.setattr(warm_up, "warm_up", lambda mode: (time.sleep(0.3), warmed.set()))

    def run(*arguments: Any, **options: Any) -> int:
        assert warmed.is_set()
        return 0

    monkeypatch.setattr(command, "run_headless", run)
    assert run_command(command.main, ["--headless", "--source", str(drive)]) == 0
    assert warmed.is_set()


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals")
@pytest.mark.parametrize("button", ["SIGUSR1", "SIGUSR2"])
def test_the_driver_s_button_does_no_harm_while_the_monitor_loads(button: str) -> None:
    # Every import that ends is told, so the first of the monitor's own says when to press.
    arguments = [sys.executable, "-X", "importtime", "-m", "monitor", "--headless", "--help"]
    with subprocess.Popen(arguments, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert any(line.rstrip().endswith("argparse") for line in process.stderr)
        process.send_signal(getattr(signal, button))
        out, _ = process.communicate(timeout=60.0)
    assert process.returncode == 0 and "--headless" in out


def test_help_needs_no_scikit_learn() -> None:
    code = "import sys; import monitor.__main__, engines.__main__; assert 'sklearn' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


@pytest.mark.parametrize("mode", REGION_MODES)
def test_what_is_warmed_up_is_what_regions_need(mode: str) -> None:
    code = (
        "import sys, numpy as np\n"
        "from engines.regions.tracking import RegionTracker\n"
        "from engines.regions import propose_regions\n"
        "from monitor.live.warm_up import warming_up\n"
        f"with warming_up({mode!r}): pass\n"
        "before = 'sklearn' in sys.modules\n"
        "view = np.random.default_rng(0).integers(0, 256, (96, 96, 3), dtype=np.uint8)\n"
        f"({'RegionTracker()' if mode == 'tracked' else 'propose_regions'})(view)\n"
        "assert before == ('sklearn' in sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
