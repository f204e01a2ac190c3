"""A report's rows: none of them ends it, and none outlasts its time."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from calibration.gpu.device import Machine, clocks_of
from calibration.gpu.parity import Parity
from calibration.gpu.rows import JSON, Planned, Report, Run
from calibration.gpu.speed import time_until
from calibration.gpu.summary import markdown
from engines.errors import UserError
from engines.runtimes import RuntimeMissingError

MACHINE = Machine(device="a | GPU", is_gpu=False, cores=2, python="3.12", packages={"torch": "2"})
PASSED = Parity(description="torch", backbone_difference=1e-6, passed=True)


def planned(*works: Callable[[float], Parity]) -> list[Planned]:
    return [Planned("parity", f"network {number}", "way", work) for number, work in enumerate(works)]


def fails(error: Exception) -> Callable[[float], Parity]:
    def work(_seconds: float) -> Parity:
        raise error

    return work


def run_of(folder: Path, minutes: float = 60.0) -> Run:
    report = Report(machine=MACHINE, dry_run=False, minutes=minutes, images="none")
    return Run(report, folder, time.monotonic(), lambda _: None)


def test_a_row_that_fails_is_a_row_with_its_reason(tmp_path: Path) -> None:
    works = (
        fails(RuntimeMissingError("tensorrt is not installed")),
        fails(UserError("it cannot be compiled")),
        fails(RuntimeError("CUDA error:\n\x1b[31man illegal access")),
        lambda _: PASSED,
    )
    report = run_of(tmp_path).measure(planned(*works))
    assert [row.status for row in report.rows] == ["missing", "failed", "failed", "measured"]
    reasons = [row.reason for row in report.rows]
    assert reasons[:2] == ["tensorrt is not installed", "it cannot be compiled"]
    assert reasons[2] is not None and reasons[2].startswith("RuntimeError: CUDA error: ") and "\x1b" not in reasons[2]
    assert "a \\| GPU" not in markdown(report) and "it cannot be compiled" in markdown(report)


def test_the_report_is_written_after_every_row(tmp_path: Path) -> None:
    seen: list[int] = []

    def look(_seconds: float) -> Parity:
        seen.append(len(json.loads((tmp_path / JSON).read_text())["rows"]) if (tmp_path / JSON).exists() else 0)
        return PASSED

    run_of(tmp_path).measure(planned(look, look, look))
    assert seen == [0, 1, 2]
    stored = Report.model_validate_json((tmp_path / JSON).read_text(encoding="utf-8"))
    assert stored.rows[0].figures == PASSED


def test_rows_without_time_are_said_to_be_skipped(tmp_path: Path) -> None:
    report = run_of(tmp_path, minutes=0.01).measure(planned(lambda _: PASSED, lambda _: PASSED))
    assert [row.status for row in report.rows] == ["skipped", "skipped"]
    assert "no time was left of the 0.01 minutes" in markdown(report)


def test_a_row_that_hangs_is_given_up_with_all_that_follow(tmp_path: Path) -> None:
    run = run_of(tmp_path)

    def hang(_seconds: float) -> Parity:
        run.give_up()  # as the timer does in its thread
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run.measure(planned(lambda _: PASSED, hang, lambda _: PASSED))
    stored = Report.model_validate_json((tmp_path / JSON).read_text(encoding="utf-8"))
    assert [row.status for row in stored.rows] == ["measured", "failed", "skipped"]


def test_times_are_taken_in_turn_and_the_warm_up_does_not_count() -> None:
    calls: list[str] = []

    def work(name: str) -> Callable[[], float]:
        def call() -> float:
            calls.append(name)
            return float(len(calls))

        return call

    first, second = time_until([work("a"), work("b")], repeats=4, limit_s=600.0)
    assert calls == ["a", "b"] * 8
    assert (len(first), len(second)) == (4, 4) and first[0] == 9.0


def test_times_without_time_are_few_but_not_none() -> None:
    (times,) = time_until([lambda: 1.0], repeats=1000, limit_s=0.0)
    assert len(times) == 3


def test_what_nvidia_smi_does_not_tell_is_left_out() -> None:
    clocks = clocks_of("1980, 3201, 45, [N/A], 1024")
    assert (clocks.sm_mhz, clocks.memory_mhz, clocks.temperature_c, clocks.power_w) == (1980, 3201, 45, None)
    assert clocks.used_mb is not None and round(clocks.used_mb) == 1074
    assert clocks_of("").sm_mhz is None
