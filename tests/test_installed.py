"""The wheel in a bare environment: what is in it, and the commands that it installs."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.conftest import ROOT

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("uv") is None, reason="the wheel is built and installed by uv"),
]

PACKAGES = ("engines", "monitor", "train", "calibration")
SCRIPTS = (
    "driver-monitor",
    "driver-monitor-replay",
    "driver-monitor-policy",
    "driver-monitor-data",
    "driver-monitor-evaluate",
    "driver-monitor-formats",
    "driver-monitor-store",
    "driver-monitor-engines",
)
HEAVY = ("cv2", "PySide6", "shiboken6", "torch", "av", "onnxruntime", "sklearn", "scipy")


def run(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(list(map(str, command)), cwd=cwd, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run("uv", "build", "--wheel", "--quiet", "--out-dir", folder, cwd=ROOT)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path) -> Path:
    """The folder of an environment's programs, which has what the wheel asks for and nothing else."""
    folder = wheel.parent / "environment"
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    constraints = wheel.parent / "constraints.txt"
    constraints.write_text("\n".join(project["tool"]["uv"]["constraint-dependencies"]), encoding="utf-8")
    programs = folder / ("Scripts" if sys.platform == "win32" else "bin")
    run("uv", "venv", "--quiet", "--python", sys.executable, folder, cwd=wheel.parent)
    install = ("uv", "pip", "install", "--quiet", "--python", programs / "python", "--constraint", constraints)
    run(*install, wheel, cwd=wheel.parent)
    return programs


def test_the_wheel_holds_all_that_is_tracked_but_studies(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert not [name for name in names if "studies" in name or name.startswith("tests")]
    tracked = run("git", "ls-files", *PACKAGES, cwd=ROOT).stdout.splitlines()
    assert {name for name in tracked if "/studies/" not in name} <= names
    for name in (
        "monitor/alerts/policy.toml",
        "monitor/replay/templates/report.html.j2",
        "monitor/dashboard/widgets/icons/camera.svg",
        "monitor/dashboard/translations/de.qm",
        "monitor/demo/drive.mp4",
        "engines/bundles/default/manifest.json",
        "engines/bundles/default/model.fp16.onnx",
        "train/paper/tables.toml",
        "train/recipes/paper.toml",
    ):
        assert name in names


@pytest.mark.parametrize("script", SCRIPTS)
def test_version_and_help_load_nothing_heavy(script: str, installed: Path, tmp_path: Path) -> None:
    python = installed / "python"
    for option in ("--version", "--help"):
        done = run(python, "-X", "importtime", installed / script, option, cwd=tmp_path)
        loaded = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()}
        assert "argparse" in loaded and not loaded & set(HEAVY)
        if option == "--help":
            assert done.stdout.startswith(f"usage: {script} ") and "--version" in done.stdout
            continue
        first, *others = done.stdout.splitlines()
        assert first == "driver-monitor 0.1.0"
        assert others[0] == "bundle default"
        for line, name in zip(others[1:], ("onnxruntime", "OpenCV", "PyAV"), strict=True):
            assert line.startswith(f"{name} ") and line.split()[1][0].isdigit()
        assert "libavcodec" in others[-1]


def test_the_commands_find_what_the_wheel_brings(installed: Path, tmp_path: Path) -> None:
    assert "match the manifest" in run(installed / "driver-monitor-engines", "inspect", cwd=tmp_path).stdout
    assert "caution_s" in run(installed / "driver-monitor-policy", cwd=tmp_path).stdout


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals")
@pytest.mark.parametrize("button", ["SIGUSR1", "SIGUSR2"])
def test_the_driver_s_button_at_once_ends_nothing(button: str, installed: Path, tmp_path: Path) -> None:
    # Every import that ends is reported: the first one after the monitor's own says when to press.
    arguments = [installed / "python", "-X", "importtime", installed / "driver-monitor", "--headless", "--help"]
    with subprocess.Popen(
        list(map(str, arguments)), cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        lines = []
        for line in process.stderr:
            lines.append(line.rpartition("|")[2].strip())
            if lines[-1] == "argparse":
                break
        process.send_signal(getattr(signal, button))
        out, _ = process.communicate(timeout=60.0)
    # What takes time comes after the button is ignored.
    assert "monitor.__main__" in lines and not {"numpy", "pydantic"} & set(lines)
    assert process.returncode == 0 and "--headless" in out
