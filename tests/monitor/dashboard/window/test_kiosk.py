"""On a real X server without a window manager, as on a Jetson in kiosk mode, nothing of any view is cut off."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.conftest import ROOT

_LIBRARIES = "libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-render-util0 libxkbcommon-x11-0"


@contextmanager
def x_server(size: tuple[int, int]) -> Iterator[str]:
    """A server with a screen of a size; the name of its display."""
    program = shutil.which("Xvfb")
    if program is None:
        pytest.skip("there is no Xvfb: apt-get install xvfb")
    reading, writing = os.pipe()
    command = [program, "-displayfd", str(writing), "-screen", "0", f"{size[0]}x{size[1]}x24", "-nolisten", "tcp"]
    with subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL) as server:
        os.close(writing)
        try:
            with os.fdopen(reading) as answer:
                # It names its display once it is ready, or ends without a word.
                number = answer.readline().strip()
            if not number:
                pytest.skip("Xvfb cannot be started here")
            yield f":{number}"
        finally:
            server.terminate()


@pytest.mark.parametrize(
    ("size", "language", "scale", "how"),
    [
        ((800, 480), "en", "1.0", "full"),
        pytest.param((800, 480), "de", "1.0", "window", marks=pytest.mark.slow),
        pytest.param((1024, 600), "de", "1.0", "full", marks=pytest.mark.slow),
        pytest.param((1280, 720), "en", "1.0", "window", marks=pytest.mark.slow),
    ],
)
def test_nothing_is_cut_off_without_a_window_manager(
    size: tuple[int, int], language: str, scale: str, how: str, tmp_path: Path
) -> None:
    with x_server(size) as display:
        environment = {
            **os.environ,
            "DISPLAY": display,
            "QT_QPA_PLATFORM": "xcb",
            "HOME": str(tmp_path),
            "XDG_CONFIG_HOME": str(tmp_path / "config"),
            "PYTHONPATH": str(ROOT),
        }
        done = subprocess.run(
            [sys.executable, "-m", "tests.monitor.dashboard.window.kiosk", language, scale, how, str(tmp_path)],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
    if "could not load the Qt platform plugin" in done.stderr.lower():
        pytest.skip(f"Qt's xcb libraries are missing: apt-get install {_LIBRARIES}")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"shown on {size[0]}x{size[1]}, 0 faults" in done.stdout
