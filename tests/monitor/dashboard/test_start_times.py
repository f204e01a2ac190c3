"""The measurement of a start, run once."""

from __future__ import annotations

import subprocess
import sys

import pytest

from monitor.dashboard import start_times


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a process's age is known on Linux only")
def test_a_start_is_timed_to_the_window_and_to_the_first_frame(capsys: pytest.CaptureFixture[str]) -> None:
    assert start_times.main(["--repeats", "1"]) == 0
    window, frame, about = capsys.readouterr().out.splitlines()
    assert window.startswith("window: median") and frame.startswith("first classified frame: median")
    assert "1 starts" in about


def test_what_only_a_report_or_a_comparison_needs_is_not_loaded_at_the_start() -> None:
    late = "('scipy', 'jinja2')"
    code = f"import sys; import monitor.dashboard.app; print(*(name for name in {late} if name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
