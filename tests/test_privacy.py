"""Nothing leaves the machine, nothing but the project's own files is written into the home, no password is shown."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from engines.command import run_command
from monitor import __main__ as command
from monitor.journal.json_lines import Journal
from monitor.live.headless import run_headless
from monitor.live.session import Notice, SessionEvent, SessionOptions
from monitor.replay import __main__ as replay
from tests.conftest import ROOT
from tests.monitor.fakes import fake_engine

PACKAGES = ("engines", "monitor", "train", "calibration")

QUIET_IN = ("CI", "TF_BUILD", "ORT_DISABLE_TELEMETRY", "HF_HUB_DISABLE_TELEMETRY", "DO_NOT_TRACK", "MPLCONFIGDIR")
"""Where one of these is set, a library may be silent whatever we do."""

GUARD = """
import os, sys
def guard(event, arguments):
    if event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"):
        os.abort()
    if event == "socket.connect" and not isinstance(arguments[1], (str, bytes)):
        os.abort()
sys.addaudithook(guard)
"""
"""Ends a child that looks for a host, or for more than a local socket."""


def environment_of_a_user(home: Path) -> dict[str, str]:
    """This environment with an empty home, and nothing in it that looks like a build machine."""
    hidden = ("XDG_", "GITHUB_", "JENKINS_", "GITLAB_", "BUILD_", "AGENT_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(hidden) and name not in QUIET_IN}
    return kept | {"HOME": str(home)}


def files_in_a_new_home(script: str, tmp_path: Path) -> list[str]:
    """The files in the home after a script that no library of it may use for a look-up or a connection."""
    home, trace = tmp_path / "home", tmp_path / "trace"
    home.mkdir()
    child = [sys.executable, "-c", GUARD + script]
    if shutil.which("strace"):
        calls = "trace=connect,sendto,sendmsg,sendmmsg"
        child = ["strace", "-f", "--seccomp-bpf", "-qq", "-e", calls, "-o", str(trace), *child]
    done = subprocess.run(child, cwd=ROOT, env=environment_of_a_user(home), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    if trace.exists():
        assert "AF_INET" not in trace.read_text()
    return [str(path.relative_to(home)) for path in home.rglob("*") if path.is_file()]


@pytest.mark.parametrize("package", PACKAGES)
def test_telemetry_is_off_before_onnxruntime_can_be_imported(package: str, tmp_path: Path) -> None:
    script = f"import os, sys, {package}; print(os.environ['ORT_DISABLE_TELEMETRY'], 'onnxruntime' in sys.modules)"
    command = [sys.executable, "-c", script]
    outcome = subprocess.run(command, cwd=ROOT, env=environment_of_a_user(tmp_path), capture_output=True, text=True)
    assert outcome.stdout.split() == ["1", "False"], outcome.stderr


def test_commands_make_no_look_up_and_no_file_but_ours(tmp_path: Path) -> None:
    drive = tmp_path / "drive"
    drive.mkdir()
    for number in range(4):
        cv2.imwrite(str(drive / f"{number}.png"), np.full((120, 160, 3), 40 * number + 20, np.uint8))
    script = f"""
from engines.__main__ import main as engines_main
from engines.command import run_command
from monitor.__main__ import main as monitor_main
from monitor.data import main as data_main
from monitor.policy import main as policy_main
from monitor.replay.__main__ import main as replay_main
drive, out = {str(drive)!r}, {str(tmp_path)!r}
for main, argv in (
    (monitor_main, ["--headless", "--realtime", "--source", drive, "--journal", out + "/j.jsonl"]),
    (replay_main, [drive, "--output", out + "/report"]),
    (policy_main, []),
    (engines_main, ["classify", drive]),
    (data_main, []),
):
    assert run_command(main, argv) == 0, argv
"""
    files = files_in_a_new_home(script, tmp_path)
    assert files and all(Path(name).parts[:2] == (".cache", "driver-monitor") for name in files)


@pytest.mark.slow
def test_the_libraries_of_training_make_no_look_up_and_no_file_but_ours(tmp_path: Path) -> None:
    script = """
import calibration.quantize, train.default, train.export, train.figures, train.statefarm
import huggingface_hub, lightning, matplotlib.pyplot, os, panda3d.core, tensorboard, timm, torchmetrics, torchvision
matplotlib.pyplot.figure().savefig(os.devnull, format="png")
assert huggingface_hub.constants.HF_HUB_DISABLE_TELEMETRY
"""
    files = files_in_a_new_home(script, tmp_path)
    assert files and all(Path(name).parts[:2] == (".cache", "driver-monitor") for name in files)


ADDRESSES = (
    "rtsp://user:p@hunter2@127.0.0.1:9/live",
    "rtsp://user:a/hunter2@127.0.0.1:9/live",
    "rtsp://user:a hunter2@127.0.0.1:9/live",
    "RTSP://127.0.0.1:9/live?user=admin&password=hunter2",
    "http://127.0.0.1:9/cgi?usr=admin&pwd=hunter2&res=1",
    "rtsp://127.0.0.1:9/user=admin_password=hunter2_channel=1_stream=0.sdp",
    "rtsp:/admin:hunter2@127.0.0.1:9/live",
    "admin:hunter2@127.0.0.1:9/live",
    "rtspsrc location=rtsp://127.0.0.1:9/a user-id=admin user-pw=hunter2 ! appsink",
    "rtspsrc location=rtsp://admin:hunter2@127.0.0.1:9/a",
)


class StopsAtTheFirstNotice:
    """Whoever watches a camera that is missing waits for it; here somebody presses Ctrl-C."""

    name = "the test"

    def on_event(self, event: SessionEvent) -> None:
        if isinstance(event, Notice):
            raise KeyboardInterrupt


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_password_is_printed_or_written(address: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    journal, summary = tmp_path / "journal.jsonl", tmp_path / "summary.json"

    def watch(_: object) -> int:
        with Journal(journal) as written:
            return run_headless(
                fake_engine(),
                SessionOptions(address),
                journal=written,
                json_path=summary,
                listeners=[StopsAtTheFirstNotice()],
            )

    assert run_command(watch, ["--source", address]) == (0 if summary.exists() else 2)
    assert run_command(replay.main, [address, "--output", str(tmp_path / "report")]) == 2
    for mistake in (["--sauce", address], ["--speed", address], [f"--s={address}"], [address]):
        with pytest.raises(SystemExit):
            run_command(command.main, ["--headless", *mistake])
    written = "".join(path.read_text() for path in tmp_path.rglob("*") if path.is_file())
    shown = "".join(capfd.readouterr()) + written
    assert "hunter2" not in shown and "127.0.0.1" in shown
    assert all(json.loads(line) for line in journal.read_text().splitlines())
