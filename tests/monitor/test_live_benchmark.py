"""The monitor's own figures: frames, events and memory of drives played as a camera shows them, and at full speed."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from engines.command import run_command
from engines.errors import UserError
from monitor import live_benchmark
from monitor.health.view_check import ViewWatch
from monitor.live import session
from monitor.live.engine import Engine
from monitor.live_benchmark import RealtimeSource, measure, memory_growth
from monitor.sources import Source
from tests.monitor.fakes import FakeClassifier, FakeClock, FakeSource, fake_engine, frames_of, write_video


def test_a_recording_in_real_time_is_a_camera() -> None:
    clock = FakeClock(jumps=True)
    began = clock.now()
    source = RealtimeSource(FakeSource(frames_of([(0, 0.3)]), fps=10.0), clock=clock)
    frames = [source.read() for _ in range(4)]
    assert source.live and source.fps == 10.0
    assert [frame.index for frame in frames if frame is not None] == [0, 1, 2] and frames[-1] is None
    times = [frame.time for frame in frames if frame is not None]
    assert times == pytest.approx([began, began + 0.1, began + 0.2])


class Slow(FakeClassifier):
    """Regions, too, take their time."""

    def regions(self, view: NDArray[np.uint8]) -> NDArray[np.float32]:
        self._clock.wait(self._never, 0.03)
        return super().regions(view)


def test_events_of_a_camera_are_timed_from_their_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_benchmark, "resident_memory", lambda: 1)
    # The network of the view's check would take time, too.
    monkeypatch.setattr(session, "ViewWatch", partial(ViewWatch, lasts_s=60.0))
    clock = FakeClock(jumps=True)
    engine = fake_engine(Slow(delay_s=0.02, clock=clock))
    drive = FakeSource(frames_of([(0, 1.0), (6, 3.5)]), in_turn=True)
    # A frame comes, and with it its time, when the one before was taken in.
    figures = measure(
        iter([drive]), engine, realtime=True, report=lambda _: drive.give_turn(), memory_every_s=0.0, clock=clock
    )
    assert figures.frames == 45 and figures.dropped == 0
    assert len(figures.event_ms) == 2, "a caution and a warning"
    # Regions and network, one after the other; the next frame may come before the event is noted.
    assert all(49.9 < milliseconds < 150.1 for milliseconds in figures.event_ms)
    assert set(figures.stages_ms) >= {"regions", "network", "total"}
    assert any(f"2 alerts: p50 {np.median(figures.event_ms):.1f} ms" in line for line in figures.lines())


def test_at_full_speed_drives_are_played_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    grows = itertools.count(100e6, 1e6)
    monkeypatch.setattr(live_benchmark, "resident_memory", lambda: next(grows))
    engine = fake_engine()
    drives = (FakeSource(frames_of([(0, 0.5), (6, 4.0)])) for _ in range(3))
    figures = measure(drives, engine, memory_every_s=0.0)
    assert figures.frames == 135 and figures.dropped == 0
    assert figures.frames_a_second == pytest.approx(135 / figures.wall_s)
    assert figures.memory_mb[-1][1] == pytest.approx(234.0) and figures.growth is not None and figures.growth > 0.0
    assert any("resident memory" in line for line in figures.lines())
    # How long a recording's frames wait in their queue says nothing of a camera.
    assert figures.event_ms == [] and not any("frame to event" in line for line in figures.lines())


def test_the_frames_dropped_in_all_drives_are_counted() -> None:
    drives = [FakeSource(frames_of([(0, 1.0)])) for _ in range(2)]

    class Slow(FakeClassifier):
        def infer(self, view, regions, *, mirrored=False):  # type: ignore[no-untyped-def]
            next(drive for drive in reversed(drives) if drive.wait_until_asked(1, timeout_s=0)).exhausted.wait()
            return super().infer(view, regions)

    figures = measure(iter(drives), fake_engine(Slow()), realtime=True, clock=FakeClock(jumps=True))
    # One in each stage and one between two, when a drive's last frame comes.
    assert 2 <= figures.frames <= 10 and figures.frames + figures.dropped == 20


@pytest.mark.parametrize("realtime", [False, True])
def test_an_endless_list_of_drives_ends_in_time(realtime: bool) -> None:
    clock = FakeClock(jumps=True)

    def drives() -> Iterator[Source]:
        while True:
            yield FakeSource(frames_of([(0, 2.0)]), interval_s=0.01, clock=clock)

    figures = measure(drives(), fake_engine(), realtime=realtime, seconds=3.0, clock=clock)
    assert figures.wall_s == pytest.approx(3.0, abs=0.1) and figures.frames > 0


def test_ctrl_c_ends_it_with_the_figures_until_then() -> None:
    def interrupt(_text: str) -> None:
        raise KeyboardInterrupt

    engine = fake_engine()
    for realtime in (False, True):
        drives = (FakeSource(frames_of([(0, 1.0)])) for _ in range(3))
        figures = measure(drives, engine, realtime=realtime, report=interrupt, memory_every_s=0.0)
        assert figures.frames == 1


def test_growth_is_from_five_minutes_on() -> None:
    assert memory_growth([(100.0, 50.0), (310.0, 100.0), (3600.0, 101.0)]) == pytest.approx(0.01)
    assert memory_growth([(10.0, 50.0), (20.0, 80.0), (40.0, 100.0)]) == pytest.approx(0.25)
    assert memory_growth([(10.0, 50.0)]) is None


@pytest.mark.parametrize(
    "arguments",
    [["--seconds", "nan"], ["--seconds", "0"], ["--seconds", "-5"], ["--threads", "0"], ["--threads", "-2"]],
)
def test_what_cannot_be_measured_is_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        live_benchmark.main(arguments)
    assert "above zero" in capsys.readouterr().err


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(Engine, "open", lambda _options: fake_engine())
    drive, out = write_video(tmp_path / "drive.mp4", frames_of([(0, 1.0)])), tmp_path / "out.json"
    assert run_command(live_benchmark.main, [str(drive), "--realtime", "--json", str(out)]) == 0
    figures = json.loads(out.read_text(encoding="utf-8"))
    assert figures["frames"] + figures["dropped"] == 10
    assert "frames in" in capsys.readouterr().out
    with pytest.raises(UserError, match="no such source"):
        live_benchmark.main([str(tmp_path / "missing.mp4")])
