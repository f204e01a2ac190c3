"""Nothing leaves the machine, and nothing but the project's own files is written into the home."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

PACKAGES = ("engines", "monitor", "train", "calibration")

QUIET_IN = ("CI", "TF_BUILD", "ORT_DISABLE_TELEMETRY")
"""Where one of these is set, ONNX Runtime is silent whatever we do."""


def environment_of_a_user(home: Path) -> dict[str, str]:
    """This environment with an empty home, and nothing in it that looks like a build machine."""
    hidden = ("XDG_", "GITHUB_", "JENKINS_", "GITLAB_", "BUILD_", "AGENT_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(hidden) and name not in QUIET_IN}
    return kept | {"HOME": str(home)}


@pytest.mark.parametrize("package", PACKAGES)
def test_telemetry_is_off_before_onnxruntime_can_be_imported(package: str, tmp_path: Path) -> None:
    script = f"import os, sys, {package}; print(os.environ['ORT_DISABLE_TELEMETRY'], 'onnxruntime' in sys.modules)"
    command = [sys.executable, "-c", script]
    outcome = subprocess.run(command, cwd=ROOT, env=environment_of_a_user(tmp_path), capture_output=True, text=True)
    assert outcome.stdout.split() == ["1", "False"], outcome.stderr


def test_a_network_runs_without_a_look_up_or_a_file_in_the_home(tmp_path: Path) -> None:
    home, trace = tmp_path / "home", tmp_path / "trace"
    home.mkdir()
    command = [sys.executable, "-m", "engines", "verify", "--runtime", "onnxruntime"]
    if shutil.which("strace"):
        command = ["strace", "-f", "-qq", "-e", "trace=connect,sendto", "-o", str(trace), *command]
    outcome = subprocess.run(command, cwd=ROOT, env=environment_of_a_user(home), capture_output=True, text=True)
    assert outcome.returncode == 0, outcome.stderr
    assert [path for path in home.rglob("*") if path.is_file()] == []
    if trace.exists():
        assert "AF_INET" not in trace.read_text()
