"""``python -m monitor --headless``: what it prints, writes and returns."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import platformdirs
import pytest
from numpy.typing import NDArray

from engines.bundles import bundle
from engines.command import run_command
from engines.prediction import Prediction
from engines.regions.tracking import REGION_MODES, RegionTracker
from engines.view import WHOLE_FRAME, Mount
from monitor import __main__ as command
from monitor.alerts.events import Tier
from monitor.alerts.incidents.incident import Incident
from monitor.alerts.policy_file import PolicySettings
from monitor.alerts.settings import AlertSettings
from monitor.health.camera_health import Health
from monitor.health.system_health import SystemCondition, SystemFault
from monitor.health.view_check import ViewFinding, ViewWatch
from monitor.journal.json_lines import Journal
from monitor.live import engine as engine_module
from monitor.live import session, warm_up
from monitor.live.engine import Engine
from monitor.live.headless import run_headless
from monitor.live.listeners import LabelListener
from monitor.live.pipeline import FrameResult
from monitor.live.session import AlertChanged, SessionOptions, SystemChanged
from monitor.live.sound import heard
from monitor.live.user_files import save_choices, save_mount, save_policy
from monitor.sources import Frame, Source
from tests.conftest import ROOT
from tests.engines.toy_bundle import write_toy_bundle
from tests.monitor.fakes import (
    FakeClassifier,
    FakeClock,
    FakeSource,
    Segments,
    fake_engine,
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

    @classmethod
    def of(cls, bundle: object = None, **options: object) -> ShippedClassifier:
        return cls()


@pytest.fixture(autouse=True)
def user_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the user's files lie: none at first."""
    folder = tmp_path / "user config"
    monkeypatch.setattr(platformdirs, "user_config_dir", lambda _name: str(folder))
    monkeypatch.setattr(platformdirs, "site_config_dir", lambda _name, **_: str(tmp_path / "site config"))
    return folder


class SilentPlayer:
    """A sound device that is there, as no test's machine need have one."""

    works = True

    def __init__(self, *_: object) -> None:
        self.played: list[Tier] = []

    def ensure_open(self) -> None:
        pass

    def play(self, tier: Tier) -> None:
        self.played.append(tier)

    def stop(self) -> None:
        pass

    def close(self) -> None:
        pass


@pytest.fixture(autouse=True)
def sound_device(monkeypatch: pytest.MonkeyPatch) -> list[SilentPlayer]:
    """The devices that were opened."""
    opened: list[SilentPlayer] = []

    def open_device(*_: object) -> SilentPlayer:
        opened.append(SilentPlayer())
        return opened[-1]

    monkeypatch.setattr(heard, "TonePlayer", open_device)
    return opened


@pytest.fixture
def fake_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "Classifier", ShippedClassifier)


def watch(source: Source, classifier: FakeClassifier | None = None, **options: Any) -> int:
    """The headless monitor on a source, with a fake network."""
    policy = options.pop("policy", None)
    engine = fake_engine(classifier, policy=policy)
    return run_headless(engine, SessionOptions(source.name), open_source=lambda: source, **options)


@pytest.fixture
def drive(tmp_path: Path) -> Path:
    write_labels(tmp_path / "drive.csv", STORY)
    return write_video(tmp_path / "drive.mp4", frames_of(STORY))


@pytest.mark.usefixtures("fake_network")
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
    assert "incidents: 1 × Warning C6 Drinking; 1 × Caution C" in "\n".join(lines[-5:])
    assert any(line.startswith("under an alert: ") for line in lines)
    content = json.loads(out.read_text())
    assert [each["tier"] for each in content["summary"]["incidents"]] == ["warning", "caution"]
    assert content["tiers"] == {"caution": 2, "warning": 1, "critical": 0}
    assert content["score"] is None and len(content["events"]) == 5
    journalled = [json.loads(line) for line in journal.read_text().splitlines()]
    assert [line["what"] for line in journalled] == [
        "start", *["event"] * 3, "incident", *["event"] * 2, "incident", "end"
    ]  # fmt: skip
    incidents = [Incident.from_dict(line) for line in journalled if line["what"] == "incident"]
    # A recording counts from its own beginning: the same times in the journal, the JSON file and the lines.
    assert [incident.as_dict() for incident in incidents] == content["incidents"]
    assert [line.partition(" s  ")[2] for line in lines if "INCIDENT" in line] == [one.text for one in incidents]


@pytest.mark.parametrize("closed_loop", [False, True])
def test_a_closed_loop_prints_health_alone(closed_loop: bool) -> None:
    frames = frames_of([(0, 1.0), (6, 8.0), (0, 4.0)])
    dark = [replace(frame, pixels=np.zeros_like(frame.pixels), time=frame.time + 13.0) for frame in frames]
    lines: list[str] = []
    assert watch(FakeSource([*frames, *dark]), write_line=lines.append, closed_loop=closed_loop) == 0
    health = [line for line in lines if Health.DARK.text in line]
    assert health and any("C6" in line for line in lines) is not closed_loop
    assert (lines == health) is closed_loop


@pytest.mark.usefixtures("fake_network")
@pytest.mark.parametrize("is_service", [False, True])
def test_a_service_records_what_its_command_says_and_not_what_was_chosen(
    is_service: bool, user_folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(SessionOptions, "open_source", lambda _options, _tap=None: FakeSource(frames_of([(0, 1.0)])))
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    if is_service:
        monkeypatch.setenv("NOTIFY_SOCKET", str(user_folder / "none"))
    user_folder.mkdir()
    (user_folder / "settings.toml").write_text('record = "everything"\n', encoding="utf-8")
    assert run_command(command.main, ["--headless", "--source", "0"]) == 0
    assert ("recorded: everything" in capsys.readouterr().out) is not is_service


@pytest.mark.usefixtures("fake_network")
def test_the_demo_is_scored_by_its_labels(
    drive: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(opening, "DEMO_VIDEO", drive)
    monkeypatch.setattr(opening, "DEMO_LABELS", drive.with_suffix(".csv"))
    assert run_command(command.main, ["--demo", "--headless"]) == 0
    out = capsys.readouterr().out
    assert "detected: 2 of 2 labelled distractions · missed: 0 · false: 0 · attention under an alert" in out


def test_a_bad_demo_is_told_of(tmp_path: Path) -> None:
    """Labels that say the opposite of what is seen."""
    source = FakeSource(frames_of([(0, 10.0), (6, 10.0), (0, 3.0)]))
    source.labels = write_labels(tmp_path / "drive.csv", [(6, 10.0), (0, 13.0)])
    lines: list[str] = []
    assert watch(source, write_line=lines.append) == 0
    assert any(
        line.startswith("detected: 0 of 1 labelled distractions · missed: 1 · false: 1 · attention under an alert")
        for line in lines
    )
    assert "missed: C6 from 0.0 to 10.0 s" in lines
    assert any(line.startswith("false: CRITICAL C6 at") for line in lines)


def test_ctrl_c_still_sums_up() -> None:
    def write_line(line: str) -> None:
        lines.append(line)
        if "CAUTION" in line:
            raise KeyboardInterrupt

    lines: list[str] = []
    source = FakeSource(frames_of([(6, 20.0)]))
    assert watch(source, write_line=write_line) == 130
    assert lines[-1].startswith("alerts: 1 caution") and source.closed.is_set()


def test_ctrl_c_is_how_a_live_drive_ends() -> None:
    def write_line(line: str) -> None:
        lines.append(line)
        if "HEALTH" in line:
            raise KeyboardInterrupt

    lines: list[str] = []
    source = FakeSource(frames_of([(0, 0.5)]), live=True, interval_s=0.01)
    assert watch(source, write_line=write_line) == 0
    at_s = float(lines[0].split()[0])
    assert 0.0 <= at_s < 5.0, "live times count from the start of the drive"


def _monitor(*arguments: str, **options: Any) -> subprocess.Popen[str]:
    """The headless monitor with a fake engine, in a process of its own."""
    script = (
        "import sys; from engines.command import run_command; from monitor import __main__ as command;"
        " from monitor.live import engine; from monitor.live.sound import heard;"
        " from tests.monitor.live.test_headless import ShippedClassifier, SilentPlayer;"
        " engine.Classifier, heard.TonePlayer = ShippedClassifier, SilentPlayer; sys.exit(run_command(command.main))"
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
        out, err = process.communicate(timeout=120.0)
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
        _, err = process.communicate(timeout=120.0)
    assert process.returncode == 130 and err == ""


@pytest.mark.skipif(sys.platform == "win32", reason="pipes break differently")
def test_a_reader_that_leaves_ends_the_drive_quietly(drive: Path, tmp_path: Path) -> None:
    journal = tmp_path / "drive.jsonl"
    with _monitor("--source", str(drive), "--journal", str(journal)) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait(timeout=120.0) == 141
    assert json.loads(journal.read_text().splitlines()[-1])["what"] == "end"


def test_a_drive_without_labels_keeps_no_time_of_every_frame() -> None:
    """A live drive may last for weeks."""
    listener = LabelListener()
    source = FakeSource(frames_of([(0, 5.0)]))
    assert watch(source, write_line=lambda _line: None, listeners=[listener]) == 0
    assert listener.frames == 0 and listener.score is None


def test_a_wrong_view_is_a_notice_without_a_window(monkeypatch: pytest.MonkeyPatch) -> None:
    class Unsure(FakeClassifier):
        def infer(self, view: NDArray[np.uint8], regions: NDArray[np.float32], *, mirrored: bool = False) -> Prediction:
            return replace(super().infer(view, regions), probabilities=one_hot(0, 0.4))

    monkeypatch.setattr(session, "ViewWatch", partial(ViewWatch, lasts_s=1.5))
    said: list[str] = []
    frames = [Frame(picture(0, index), 0.0, index) for index in range(400)]
    source = FakeSource(frames, live=True, interval_s=0.02)

    def write_line(line: str) -> None:
        said.append(line)
        if ViewFinding.UNSURE.title in line:
            raise KeyboardInterrupt

    assert watch(source, Unsure(), write_line=write_line) == 0
    assert sum(ViewFinding.UNSURE.title in line for line in said) == 1


def test_labels_that_cannot_be_read_are_a_notice(tmp_path: Path) -> None:
    source = FakeSource(frames_of([(0, 1.0)]))
    source.labels = tmp_path / "missing.csv"
    lines: list[str] = []
    assert watch(source, write_line=lines.append) == 0
    assert "NOTICE" in lines[0] and "missing.csv" in lines[0]
    assert lines[-2].startswith("10 frames") and not any(line.startswith("detected:") for line in lines)


@pytest.mark.usefixtures("fake_network")
def test_a_source_that_hangs_is_not_closed_under_its_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    """Closing a capture that another thread reads from crashes some drivers."""

    class Stuck(FakeSource):
        free = threading.Event()
        reading = False

        def read(self) -> Frame | None:
            if self._items:
                return super().read()
            self.reading = True
            self.free.wait(60.0)
            self.reading = False
            return None

        def close(self) -> None:
            closed_while_reading.append(self.reading)
            super().close()

    closed_while_reading: list[bool] = []
    source = Stuck(frames_of([(0, 0.5)]), live=True)

    def write_line(line: str) -> None:
        if "HEALTH" in line:
            raise KeyboardInterrupt

    monkeypatch.setattr(SessionOptions, "open_source", lambda _options, _tap=None: source)
    monkeypatch.setattr(command, "_write_line", write_line)
    assert run_command(command.main, ["--headless", "--source", "0"]) == 0
    assert closed_while_reading == []
    source.free.set()
    assert source.closed.wait(60.0) and closed_while_reading == [False]


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such limits")
def test_a_full_disk_ends_neither_the_drive_nor_the_journal(tmp_path: Path) -> None:
    """A limit on the size of files stands for the disk; it is lifted at the second alert."""
    import resource

    path, lines = tmp_path / "drive.jsonl", list[str]()
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    def write_line(line: str) -> None:
        lines.append(line)
        if "WARNING" in line:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)

    try:
        with Journal(path) as journal:
            resource.setrlimit(resource.RLIMIT_FSIZE, (200, before[1]))
            assert watch(FakeSource(frames_of(STORY)), journal=journal, write_line=write_line) == 0
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
    written = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    kinds = [line["what"] for line in written]
    assert kinds[0] == "start" and kinds[-1] == "end" and kinds.count("event") == 5
    assert [line["at"] for line in written] == sorted(line["at"] for line in written)
    said = [line for line in lines if "journal" in line]
    assert "cannot write the journal" in said[0] and "the journal works again" in said[1] and len(said) == 2


def test_what_of_the_monitor_does_not_work_is_printed_counted_and_in_the_summary(tmp_path: Path) -> None:
    class Fails:
        name = "the lamp"

        def on_event(self, event: object) -> None:
            if isinstance(event, AlertChanged) and event.event.tier is Tier.CAUTION:
                raise OSError("no current")

    out, lines = tmp_path / "out.json", list[str]()
    source = FakeSource(frames_of(STORY))
    assert watch(source, write_line=lines.append, json_path=out, listeners=[Fails()]) == 0
    said = [line.split("HEALTH")[1].strip() for line in lines if "HEALTH" in line]
    assert said[:2] == ["the lamp: no current", "the lamp works again"]
    assert "system faults: 2" in lines[-1] and "health faults: 0" in lines[-1]
    first = json.loads(out.read_text(encoding="utf-8"))["system"][0]
    assert (first["condition"], first["subject"]) == ("listener", "the lamp")
    assert first["since_s"] == pytest.approx(5.0, abs=0.1) and first["until_s"] >= first["since_s"]


@pytest.mark.usefixtures("fake_network")
def test_alerts_are_heard_where_time_passes_as_in_a_drive(
    drive: Path, tmp_path: Path, sound_device: list[SilentPlayer], monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "alerts"
    arguments = ["--headless", "--source", str(drive), "--on-alert", f"sh -c 'cat >> {out}'"]
    assert run_command(command.main, arguments) == 0
    assert not any(device.played for device in sound_device) and not out.exists()
    clock = FakeClock(jumps=True)
    monkeypatch.setattr("monitor.live.headless.run_headless", partial(run_headless, clock=clock))
    assert run_command(command.main, [*arguments, "--realtime"]) == 0
    assert sound_device[-1].played == [Tier.CAUTION, Tier.WARNING, Tier.CAUTION]


@pytest.mark.usefixtures("fake_network")
def test_a_command_that_is_not_run_and_a_sound_that_is_off_are_said(
    drive: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor.live.headless.run_headless", partial(run_headless, clock=FakeClock(jumps=True)))
    assert run_command(command.main, ["--headless", "--source", str(drive), "--on-alert", "true"]) == 0
    assert "NOTICE   a recording that plays as fast as it can is not heard" in capsys.readouterr().out
    for off in (["--no-sound"], ["--volume", "0"]):
        assert run_command(command.main, ["--headless", "--source", str(drive), "--realtime", *off]) == 0
        said = capsys.readouterr().out
        assert said.count("HEALTH   the alert sound: switched off") == 1 and "CAUTION" in said
        assert "heard again" not in said
    assert run_command(command.main, ["--headless", "--source", str(drive), "--on-alert", "'"]) == 2
    assert run_command(command.main, ["--no-sound"]) == 2


class Watcher:
    """Another listener of the drive, behind the output; `act` with every event, and the faults so far."""

    name = "the watcher"

    def __init__(self, act: Callable[[object, list[SystemCondition]], None]) -> None:
        self.faults: list[SystemCondition] = []
        self._act = act

    def on_event(self, event: object) -> None:
        if isinstance(event, SystemChanged):
            self.faults.append(event.condition)
        self._act(event, self.faults)


def test_an_output_that_hangs_holds_no_camera_s_drive(tmp_path: Path) -> None:
    """A terminal that was halted, or a reader that reads no more."""
    clock, free, lines, path = FakeClock(jumps=True), threading.Event(), list[str](), tmp_path / "drive.jsonl"

    def write_line(line: str) -> None:
        free.wait()
        lines.append(line)

    def act(event: object, faults: list[SystemCondition]) -> None:
        if isinstance(event, FrameResult):
            source.give_turn()
        if any(fault.until_s is not None for fault in faults):
            raise KeyboardInterrupt
        if faults:
            free.set()

    source = FakeSource(frames_of([(6, 60.0)]), live=True, interval_s=0.1, in_turn=True, clock=clock)
    with Journal(path) as journal:
        watcher = Watcher(act)
        assert watch(source, write_line=write_line, journal=journal, listeners=[watcher], clock=clock) == 0
    source.end_turns()
    fault, over = watcher.faults
    assert fault.fault is over.fault is SystemFault.OUTPUT and "nobody reads it" in fault.text
    kinds = [json.loads(line)["what"] for line in path.read_text(encoding="utf-8").splitlines()]
    assert kinds.count("event") >= 1 and kinds.count("system") == 2 and kinds[-1] == "end"
    assert sum("CAUTION" in line for line in lines) == 1, "nothing that waited is lost"


def test_a_full_disk_under_the_output_costs_no_line_and_is_told_once(tmp_path: Path) -> None:
    lines, full = list[str](), True

    def write_line(line: str) -> None:
        nonlocal full
        if full and "caution" not in line:
            raise OSError(28, "No space left on device")
        lines.append(line)

    def act(event: object, faults: list[SystemCondition]) -> None:
        nonlocal full
        full = not (isinstance(event, AlertChanged) and event.event.tier is Tier.WARNING) and full

    out, watcher = tmp_path / "out.json", Watcher(act)
    assert watch(FakeSource(frames_of(STORY)), write_line=write_line, listeners=[watcher], json_path=out) == 0
    assert [fault.fault for fault in watcher.faults] == [SystemFault.OUTPUT] * 2
    assert sum("CAUTION" in line for line in lines) == 2 and lines[-1].startswith("alerts: ")
    assert json.loads(out.read_text(encoding="utf-8"))["frames"] == 160


def test_results_are_written_before_they_are_printed(tmp_path: Path) -> None:
    out, there = tmp_path / "out.json", list[bool]()

    def write_line(line: str) -> None:
        if line.startswith("alerts: "):
            there.append(out.is_file())
            raise OSError(28, "No space left on device")

    assert watch(FakeSource(frames_of([(0, 1.0)])), write_line=write_line, json_path=out) == 0
    assert there == [True]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no such devices here")
def test_errors_that_cannot_be_said_keep_their_exit_code() -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "monitor", "--headless", "--source", "nowhere.mp4"],
            cwd=ROOT,
            stderr=full,
            check=False,
        )
    assert done.returncode == 2


def test_a_torn_last_line_stands_alone(tmp_path: Path) -> None:
    """The power went while the drive before was journalled."""
    path = tmp_path / "drive.jsonl"
    path.write_text('{"at": "2026-11-30T10:00:00", "what": "ev', encoding="utf-8")
    with Journal(path) as journal:
        assert watch(FakeSource(frames_of([(0, 1.0)])), journal=journal, write_line=lambda _line: None) == 0
    torn, *lines = path.read_text(encoding="utf-8").splitlines()
    assert torn.endswith('"ev') and [json.loads(line)["what"] for line in lines] == ["start", "end"]


def test_settings_reach_the_policy() -> None:
    lines: list[str] = []
    policy = PolicySettings(alerts=AlertSettings(caution_s=1.0))
    watch(FakeSource(frames_of([(6, 4.0)])), policy=policy, write_line=lines.append)
    assert lines[0].strip().startswith("1.") and "CAUTION" in lines[0]


@pytest.mark.usefixtures("fake_network")
@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--source", "nowhere.mp4"], "no such source"),
        (["--source", "777"], "no camera 777"),
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


@pytest.mark.usefixtures("fake_network")
def test_a_stage_that_breaks_is_one_line(
    drive: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(ShippedClassifier, "infer", lambda *_, **__: 1 / 0)
    assert run_command(command.main, ["--headless", "--source", str(drive)]) == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1 and "the network stage failed: ZeroDivisionError" in err and "--verbose" in err


@pytest.mark.usefixtures("fake_network")
def test_no_camera(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("monitor.sources.find_cameras", list)
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
    monkeypatch.setattr("monitor.dashboard.display.check_display", lambda: None)
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
    imports = "import sys, monitor.live.headless, monitor.live.options, monitor.replay.run"
    script = f"{imports}; sys.exit(any(module.startswith('PySide6') for module in sys.modules))"
    assert subprocess.run([sys.executable, "-c", script], cwd=ROOT, timeout=120, check=False).returncode == 0


@pytest.mark.usefixtures("fake_network")
def test_the_signal_that_the_speed_comes_from_is_named(
    drive: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "car.dbc").write_text(
        'VERSION ""\n\nBO_ 500 WHEELS: 8 E\n SG_ VehicleSpeed : 0|16@1+ (0.01,0) [0|300] "km/h" X\n', encoding="utf-8"
    )
    (tmp_path / "drive.log").write_text("(1.0) can0 1F4#E803\n(2.0) can0 1F4#FFFF\n", encoding="utf-8")
    name = "WHEELS.VehicleSpeed in km/h on channel can0 of drive.log"
    journal = tmp_path / "journal.jsonl"
    arguments = ["--headless", "--source", str(drive), "--journal", str(journal)]
    arguments += ["--speed", f"can:{tmp_path / 'drive.log'}", "--dbc", str(tmp_path / "car.dbc")]
    assert run_command(command.main, arguments) == 0
    start, first, *_ = [json.loads(line) for line in journal.read_text(encoding="utf-8").splitlines()]
    assert start["speed"] == name
    assert first["text"] == "the speed signal says 1 of 2 times that it is unknown: WHEELS.VehicleSpeed"
    lines = capsys.readouterr().out.splitlines()
    assert f"speed: {name}" in lines and any(first["text"] in line for line in lines)


@pytest.mark.usefixtures("fake_network")
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
    assert first["explanation"] == "due after 1 s"
    assert (first["cause"]["rule"], first["cause"]["limit_s"]) == ("caution_time", 1.0)


@pytest.mark.usefixtures("fake_network")
def test_a_bad_policy_names_its_field(drive: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    policy = tmp_path / "mine.toml"
    policy.write_text("[alerts]\ncaution_s = -1\n", encoding="utf-8")
    assert run_command(command.main, ["--headless", "--source", str(drive), "--policy", str(policy)]) == 2
    assert "alerts.caution_s" in capsys.readouterr().err


@pytest.mark.usefixtures("fake_network")
@pytest.mark.parametrize("regions", ["tracked", "cold"])
def test_a_limit_of_frames_and_the_way_regions_are_found(
    drive: Path, tmp_path: Path, regions: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    engines: list[Engine] = []

    def run(engine: Engine, *arguments: Any, **options: Any) -> int:
        engines.append(engine)
        return run_headless(engine, *arguments, **options)

    monkeypatch.setattr("monitor.live.headless.run_headless", run)
    out = tmp_path / "out.json"
    toy = write_toy_bundle(tmp_path / "toy")  # looks at regions that it is given
    arguments = ["--headless", "--source", str(drive), "--json", str(out), "--max-fps", "5", "--regions", regions]
    arguments += ["--bundle", str(toy)]
    assert run_command(command.main, arguments) == 0
    assert isinstance(engines[0].tracker(), RegionTracker) == (regions == "tracked")
    written = json.loads(out.read_text(encoding="utf-8"))
    # The file's timestamps are a little off the frame rate.
    assert written["frames"] == pytest.approx(80, abs=2) and written["frames_dropped"] == 0
    assert written["frames"] + written["frames_skipped"] == 160
    assert f"{written['frames_skipped']} skipped (rate limit)" in capsys.readouterr().out


@pytest.mark.usefixtures("fake_network")
def test_the_adaptive_mode_skips_a_still_camera_s_frames(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def write_line(line: str) -> None:
        if "HEALTH" in line:
            raise KeyboardInterrupt

    still = frames_of([(0, 12.0)])
    for frame in still:
        frame.pixels[:] = still[0].pixels
    monkeypatch.setattr(command, "_write_line", write_line)
    written = {}
    for mode in ((), ("--adaptive",)):
        source = FakeSource(still, live=True, interval_s=0.02)
        monkeypatch.setattr(SessionOptions, "open_source", lambda _options, _tap=None, source=source: source)
        out = tmp_path / "out.json"
        assert run_command(command.main, ["--headless", "--source", "0", "--json", str(out), *mode]) == 0
        written[mode] = json.loads(out.read_text(encoding="utf-8"))
    assert written[()]["frames_skipped"] == 0 and written[("--adaptive",)]["frames_skipped"] > 20


@pytest.mark.usefixtures("fake_network")
def test_the_limit_follows_the_policy(drive: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    policy = tmp_path / "mine.toml"
    policy.write_text("[alerts]\nframe_holds_s = 0.5\n", encoding="utf-8")
    arguments = ["--headless", "--source", str(drive), "--policy", str(policy), "--max-fps"]
    assert run_command(command.main, [*arguments, "5"]) == 2
    assert "choose 6 or more" in capsys.readouterr().err
    assert run_command(command.main, [*arguments, "6"]) == 0
    assert "CAUTION" in capsys.readouterr().out


@pytest.mark.usefixtures("fake_network")
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


@pytest.mark.usefixtures("fake_network")
def test_regions_are_warmed_up_before_the_first_frame(
    drive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    toy = write_toy_bundle(tmp_path / "toy")  # looks at regions that it is given
    warmed, let_go = threading.Event(), threading.Event()

    def warm_up_slowly(mode: str) -> None:
        let_go.wait(60.0)
        warmed.set()

    class Impatient(ShippedClassifier):
        def view(self, pixels: NDArray[np.uint8], mount: Mount = WHOLE_FRAME) -> NDArray[np.uint8]:
            assert warmed.is_set()
            return super().view(pixels, mount)

        @classmethod
        def of(cls, bundle: object = None, **options: object) -> ShippedClassifier:
            let_go.set()
            return cls()

    monkeypatch.setattr(warm_up, "warm_up", warm_up_slowly)
    monkeypatch.setattr(engine_module, "Classifier", Impatient)
    assert run_command(command.main, ["--headless", "--source", str(drive), "--bundle", str(toy)]) == 0


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


@pytest.mark.parametrize("module", ["monitor", "monitor.replay", "monitor.policy", "engines"])
def test_help_loads_nothing_heavy(module: str) -> None:
    arguments = [sys.executable, "-X", "importtime", "-m", module, "--help"]
    done = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, timeout=120, check=True)
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "argparse" in loaded and done.stdout.startswith(f"usage: python -m {module} ")
    assert not loaded & {"cv2", "av", "onnxruntime", "sklearn", "torch", "PySide6"}


def test_the_version_names_program_bundle_and_libraries(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        command.main(["--version"])
    lines = capsys.readouterr().out.splitlines()
    assert caught.value.code == 0
    assert lines[0].startswith("driver-monitor ") and lines[1] == "bundle default"
    assert [line.split()[0] for line in lines[2:]] == ["onnxruntime", "OpenCV", "PyAV"]
    toy = write_toy_bundle(tmp_path / "toy")
    with pytest.raises(SystemExit):
        command.main(["--bundle", str(toy), "--version"])
    assert "bundle toy" in capsys.readouterr().out.splitlines()
    assert run_command(command.main, ["--bundle", str(tmp_path), "--version"]) == 2
    assert capsys.readouterr().err.startswith("error: ")


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


@pytest.mark.usefixtures("fake_network")
def test_the_user_s_files_hold_for_a_camera_and_not_for_a_recording(
    user_folder: Path, drive: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    engines: list[tuple[Engine, SessionOptions]] = []
    monkeypatch.setattr(
        "monitor.live.headless.run_headless", lambda engine, options, **_: engines.append((engine, options)) or 0
    )
    save_policy(PolicySettings(alerts=AlertSettings(caution_s=1.5)), PolicySettings(), user_folder / "policy.toml")
    save_mount(Mount(crop=(0.5, 0.0, 1.0, 1.0)), user_folder / "mount.toml")
    save_choices(user_folder / "settings.toml", max_fps=10.0, resolution="1280x720")
    assert run_command(command.main, ["--headless", "--source", "0"]) == 0
    said = capsys.readouterr().out
    assert "policy: " in said and "camera mount: " in said
    assert run_command(command.main, ["--headless", "--source", str(drive)]) == 0
    assert run_command(command.main, ["--headless", "--demo"]) == 0
    (camera, watched), *recordings = engines
    assert (camera.settings.caution_s, camera.options.max_fps) == (1.5, 10.0)
    assert watched.mount == Mount(crop=(0.5, 0.0, 1.0, 1.0)) and watched.resolution == (1280, 720)
    for engine, recorded in recordings:
        assert engine.settings.caution_s == AlertSettings().caution_s and engine.options.max_fps is None
        assert recorded.mount == WHOLE_FRAME and recorded.resolution is None


@pytest.mark.usefixtures("fake_network")
def test_what_an_administrator_locks_goes_before_what_is_named(
    tmp_path: Path, drive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engines: list[Engine] = []
    monkeypatch.setattr("monitor.live.headless.run_headless", lambda engine, _options, **_: engines.append(engine) or 0)
    (tmp_path / "site config").mkdir()
    (tmp_path / "site config" / "policy.toml").write_text('[alerts]\nacknowledge_up_to = "none"\n', encoding="utf-8")
    mine = tmp_path / "mine.toml"
    mine.write_text('[alerts]\nacknowledge_up_to = "warning"\ncaution_s = 1.5\n', encoding="utf-8")
    for source in ("0", str(drive)):
        assert run_command(command.main, ["--headless", "--source", source, "--policy", str(mine)]) == 0
    camera, recording = (engine.settings for engine in engines)
    assert (camera.acknowledge_up_to, camera.caution_s) == ("none", 1.5)
    assert (recording.acknowledge_up_to, recording.caution_s) == ("warning", 1.5)


@pytest.mark.usefixtures("fake_network")
@pytest.mark.parametrize("name", ["mount.toml", "policy.toml", "settings.toml"])
def test_a_damaged_file_of_the_user_is_set_aside_and_the_monitor_starts(
    name: str, user_folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    source = FakeSource(frames_of([(0, 1.0)]))
    monkeypatch.setattr(SessionOptions, "open_source", lambda _options, _tap=None: source)
    user_folder.mkdir()
    (user_folder / name).write_text("crop = [0.1, ", encoding="utf-8")
    assert run_command(command.main, ["--headless", "--source", "0"]) == 0
    notice = capsys.readouterr().out.splitlines()[0]
    assert "NOTICE" in notice and f"{name}.damaged" in notice
    assert (user_folder / f"{name}.damaged").is_file() and not (user_folder / name).exists()


@pytest.mark.usefixtures("fake_network")
def test_a_filter_that_is_gone_is_said_at_the_start(
    tmp_path: Path, drive: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    policy = tmp_path / "mine.toml"
    policy.write_text('[alerts]\nsmoothing = "hmm"\nhmm_floor = 0.1\n', encoding="utf-8")
    assert run_command(command.main, ["--headless", "--source", str(drive), "--policy", str(policy)]) == 0
    first = capsys.readouterr().out.splitlines()[0]
    assert "NOTICE" in first and "no longer in use: smoothing, hmm_floor" in first
