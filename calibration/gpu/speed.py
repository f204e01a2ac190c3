"""How long a network takes on a device, beside its bare backbone: one view at a time, and many at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel

from calibration.gpu.device import Clocks, Device
from calibration.gpu.networks import Subject
from calibration.gpu.torch_session import PreparedBatch, TorchSession, Way
from engines.benchmarks.timing import LatencyPercentiles, timed
from engines.bundles.manifest import Precision
from engines.runtimes import SessionOptions, choose

_WARM_UP = 10
_LEAST = 3
"""Runs that are timed even where there is no time left."""


class NetworkSpeed(BaseModel):
    """What a network costs.

    Attributes:
        device_ms: one view, on the device alone, inputs and outputs there; None where only the clock can be asked.
        wall_ms: one view from the host to the host, copies and waiting included.
        throughput: views a second by batch size, inputs and outputs on the device.
        left_out: why a batch size has no figure.
        peak_mb: the most memory that tensors took, in 10⁶ bytes; None on a CPU.
    """

    device_ms: LatencyPercentiles | None
    wall_ms: LatencyPercentiles
    throughput: dict[int, float]
    left_out: dict[int, str] = {}
    peak_mb: float | None = None


class Speed(BaseModel):
    """A network and its bare backbone, timed in turn.

    Attributes:
        kind: of the figures.
        description: the runtime, its version and device.
        network, backbone: what each costs; without a backbone where a runtime was given none.
        ratio: the network's median of one view over the backbone's, on the device.
        repeats: how many single views of each were timed.
        clocks: what the GPU ran at just after the timed runs.
    """

    kind: Literal["speed"] = "speed"
    description: str
    network: NetworkSpeed
    backbone: NetworkSpeed | None
    ratio: float | None
    repeats: int
    clocks: Clocks | None


class SpeedSettings(NamedTuple):
    """How much is timed: single views, batch sizes, and seconds for each of these."""

    repeats: int
    batches: tuple[int, ...]
    limit_s: float


def torch_speed(subject: Subject, way: Way, device: Device, settings: SpeedSettings) -> Speed:
    """A network and its bare backbone in torch, in turn, so that what else happens slows both alike."""
    device.forget_peak()
    sessions = [subject.session(way, device), subject.backbone_session(way, device)]
    images, regions = subject.views(1)
    prepared = [session.prepare(images, regions) for session in sessions]
    alone = time_until(
        [lambda batch=batch: device.seconds(batch.launch) for batch in prepared],  # type: ignore[misc]
        settings.repeats,
        settings.limit_s,
    )
    clocks = device.clocks()
    walls = time_until(
        [lambda each=each: timed(lambda: each.run_arrays(images, regions))[1].wall for each in sessions],  # type: ignore[misc]
        settings.repeats,
        settings.limit_s,
    )
    del prepared
    speeds = []
    for session, device_s, wall_s in zip(sessions, alone, walls, strict=True):
        device.forget_peak()
        rates, left_out = _throughput(session, subject, device, settings)
        speeds.append(
            NetworkSpeed(
                device_ms=LatencyPercentiles.of(device_s),
                wall_ms=LatencyPercentiles.of(wall_s),
                throughput=rates,
                left_out=left_out,
                peak_mb=device.peak_mb(),
            )
        )
    network, backbone = speeds
    return Speed(
        description=sessions[0].description,
        network=network,
        backbone=backbone,
        ratio=float(np.median(alone[0]) / np.median(alone[1])),
        repeats=len(alone[0]),
        clocks=clocks,
    )


def runtime_speed(
    subject: Subject,
    runtime: str,
    precision: Precision,
    device: Device,
    settings: SpeedSettings,
    report: Callable[[str], None],
) -> Speed:
    """A bundle's network in a runtime of `engines.runtimes`, from the host to the host.

    Raises:
        UserError: where it cannot run here.
    """
    session = choose(subject.bundle, runtime, precision, SessionOptions(report=report), refuse_faults=False).session

    def once(views: tuple[NDArray[np.uint8], NDArray[np.float32]]) -> float:
        return timed(lambda: session.run(*views))[1].wall

    one = subject.views(1)
    (wall_s,) = time_until([lambda: once(one)], settings.repeats, settings.limit_s)
    clocks = device.clocks()
    rates = {}
    for size in settings.batches:
        views = subject.views(size)
        (seconds,) = time_until([lambda: once(views)], settings.repeats, settings.limit_s)  # noqa: B023 - called at once
        rates[size] = size / float(np.median(seconds))
    network = NetworkSpeed(device_ms=None, wall_ms=LatencyPercentiles.of(wall_s), throughput=rates)
    return Speed(
        description=session.description, network=network, backbone=None, ratio=None, repeats=len(wall_s), clocks=clocks
    )


def _throughput(
    session: TorchSession, subject: Subject, device: Device, settings: SpeedSettings
) -> tuple[dict[int, float], dict[int, str]]:
    rates: dict[int, float] = {}
    left_out: dict[int, str] = {}
    for size in settings.batches:
        try:
            batch = session.prepare(*subject.views(size))
            rates[size] = size / _seconds_a_launch(batch, device, settings)
        except torch.OutOfMemoryError:
            left_out[size] = "the GPU's memory is full"
            device.forget_peak()
    return rates, left_out


def _seconds_a_launch(batch: PreparedBatch, device: Device, settings: SpeedSettings) -> float:
    """Of many launches one behind the other, as a replay queues them: the GPU never waits for the host."""
    device.seconds(batch.launch)
    count = max(_LEAST, min(settings.repeats, int(settings.limit_s / max(1e-6, device.seconds(batch.launch)))))

    def launches() -> None:
        for _ in range(count):
            batch.launch()

    return device.seconds(launches) / count


def time_until(works: Sequence[Callable[[], float]], repeats: int, limit_s: float) -> list[list[float]]:
    """Seconds of each work, in turn and round again, until the rounds are done or the time is over.

    Args:
        works: each says how many seconds it took.
        repeats: rounds that count; some before them do not.
        limit_s: no further round begins after it; a few are taken all the same.
    """
    times: list[list[float]] = [[] for _ in works]
    warm_up = min(_WARM_UP, repeats)
    until = time.perf_counter() + limit_s
    for taken in range(warm_up + repeats):
        late = time.perf_counter() >= until
        if late and len(times[0]) >= _LEAST:
            break
        for work, seconds in zip(works, times, strict=True):
            took = work()
            # Under a limit that the warm-up has used up, what is left are late rounds.
            if taken >= warm_up or late:
                seconds.append(took)
    return times
