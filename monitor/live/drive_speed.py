"""How fast a drive is run on this machine: the whole path of a drive, on the demo drive."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from engines.benchmarks.timing import LatencyPercentiles
from engines.errors import UserError
from engines.notice import NoticeText
from monitor.live.engine import Engine, EngineOptions
from monitor.live.pipeline import FrameResult, StageLatency
from monitor.live.session import Opened, Session, SessionEvent, SessionOptions
from monitor.sources import DEMO

_WARM_UP, _FRAMES = 20, 200


@dataclass(frozen=True)
class DriveSpeed:
    """What was measured.

    Attributes:
        runtime, bundle: what executed the network, and the bundle's name.
        fps: frames classified a second, as fast as the machine can.
        stages: stage of the pipeline → milliseconds a frame; without regions where the network looks at none.
        frames: how many were timed.
    """

    runtime: str
    bundle: str
    fps: float
    stages: dict[str, LatencyPercentiles]
    frames: int


class _Timer:
    """Listens to a drive until enough frames were timed."""

    name = NoticeText("the measurement")

    def __init__(self, frames: int, on_frame: Callable[[float], bool]) -> None:
        self._frames, self._on_frame = frames, on_frame
        self.opened: Opened | None = None
        self.at_s: list[float] = []
        self.latencies: list[StageLatency] = []
        self.stop: Callable[[], None] = lambda: None

    def on_event(self, event: SessionEvent) -> None:
        if isinstance(event, Opened):
            self.opened = event
        elif isinstance(event, FrameResult):
            self.at_s.append(time.perf_counter())
            self.latencies.append(event.latency)
            done = len(self.at_s) / self._frames
            if not self._on_frame(min(1.0, done)) or done >= 1.0:
                self.stop()


def measure_drive(
    options: EngineOptions,
    on_frame: Callable[[float], bool] = lambda _fraction: True,
    *,
    source: str = DEMO,
    open_engine: Callable[[EngineOptions], Engine] = Engine.open,
    frames: int = _WARM_UP + _FRAMES,
) -> DriveSpeed | None:
    """Run a drive as the monitor does, with its pipeline, regions and alert policy, and the engine that is chosen.

    A limit of frames a second is left out: what is asked is how many the machine can do.

    Args:
        options: which engine.
        on_frame: gets how far it has come, 0..1; False ends it, in the drive's thread.
        source: a recording.
        open_engine: opens the engine.
        frames: how many are classified; the first ones are not timed.

    Returns:
        What was measured; None when it was ended before.

    Raises:
        UserError: when engine or source cannot be opened, or the recording is too short.
    """
    timer = _Timer(frames, on_frame)
    session = Session(open_engine(replace(options, max_fps=None, adaptive=False)), SessionOptions(source), [timer])
    timer.stop = session.stop
    session.run()
    if timer.opened is None or not on_frame(1.0):
        return None
    at_s, latencies = timer.at_s[:frames], timer.latencies[:frames]
    timed = len(at_s) - _WARM_UP
    if timed < 2:
        raise UserError(f"the recording has {len(at_s)} frames: a measurement needs more than {_WARM_UP + 2}")
    stages = {name: [latency.as_dict()[name] for latency in latencies[_WARM_UP:]] for name in latencies[0].as_dict()}
    # At full speed a frame waits for those before it, which no camera's does.
    del stages["total"]
    if not timer.opened.uses_regions:
        del stages["regions"]
    return DriveSpeed(
        timer.opened.runtime,
        timer.opened.bundle,
        (timed - 1) / max(1e-9, at_s[-1] - at_s[_WARM_UP]),
        {name: LatencyPercentiles.of(seconds) for name, seconds in stages.items()},
        timed,
    )
