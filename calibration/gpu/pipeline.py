"""Frames to probabilities with view and regions on the CPU and the network on the device: which side waits."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from queue import Queue
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from engines.classifier import Classifier
from engines.regions import NO_REGIONS
from engines.regions.tracking import RegionTracker

_BETWEEN = 2
"""Frames that may wait between the two sides, as in the monitor's pipeline."""

_WARM_UP = 5

_Waiting = tuple[NDArray[np.uint8], NDArray[np.float32]] | None


class PipelineSpeed(BaseModel):
    """Both sides, each in a thread of its own, as the monitor runs them.

    Attributes:
        kind: of the figures.
        description: the runtime, its version and device.
        frames: how many were timed.
        frames_a_second: through both sides.
        cpu_ms: the CPU's work on a frame: view and, where the network is given any, regions; the median.
        network_ms: the network, copies included; the median.
        cpu_waits, network_waits: the part of the time that each side waited for the other.
        waits: the side that waits longer.
        cores_to_keep_up: how many cores that find regions would keep the network busy.
    """

    kind: Literal["pipeline"] = "pipeline"
    description: str
    frames: int
    frames_a_second: float
    cpu_ms: float
    network_ms: float
    cpu_waits: float
    network_waits: float
    waits: Literal["CPU", "network"]
    cores_to_keep_up: float


def pipeline_speed(
    classifier: Classifier, frames: Sequence[NDArray[np.uint8]], count: int, seconds: float
) -> PipelineSpeed:
    """Run frames through both sides.

    Args:
        classifier: whose view, regions and network.
        frames: (H, W, 3) uint8 RGB of a drive, forth and back again, so that regions can be followed.
        count: how many frames are wanted.
        seconds: after which no further frame is taken.

    Raises:
        UserError: when the network fails.
    """
    order = [*frames, *reversed(frames)]
    between: Queue[_Waiting] = Queue(_BETWEEN)
    tracker = RegionTracker(classifier.manifest.kappa) if classifier.manifest.uses_regions else None
    cpu_s: list[float] = []
    put_s: list[float] = []
    failures: list[BaseException] = []
    until = time.perf_counter() + seconds
    stop = threading.Event()

    def find() -> None:
        try:
            for index in range(_WARM_UP + count):
                late = time.perf_counter() >= until and index > _WARM_UP
                if late or stop.is_set():
                    break
                began = time.perf_counter()
                view = classifier.view(order[index % len(order)])
                boxes = (tracker.propose(view) if tracker else NO_REGIONS).boxes
                done = time.perf_counter()
                between.put((view, boxes))
                cpu_s.append(done - began)
                put_s.append(time.perf_counter() - done)
        except BaseException as error:  # told in the other thread
            failures.append(error)
        finally:
            between.put(None)

    classifier.infer(classifier.view(order[0]), _no_boxes(classifier))  # a graph is recorded before the clock runs
    thread = threading.Thread(target=find, name="regions", daemon=True)
    network_s: list[float] = []
    get_s: list[float] = []
    began = time.perf_counter()
    thread.start()
    try:
        while True:
            asked = time.perf_counter()
            waiting = between.get()
            got = time.perf_counter()
            if waiting is None:
                break
            classifier.infer(*waiting)
            network_s.append(time.perf_counter() - got)
            get_s.append(got - asked)
            if len(network_s) == _WARM_UP:
                began = time.perf_counter()
    finally:
        stop.set()
        while thread.is_alive():  # it may wait to hand a frame over
            if not between.empty():
                between.get()
            thread.join(0.01)
    if failures:
        raise failures[0]
    timed = len(network_s) - _WARM_UP
    taken = time.perf_counter() - began
    cpu_waits, network_waits = (sum(times[_WARM_UP:]) / taken for times in (put_s, get_s))
    cpu, network = (float(np.median(times[_WARM_UP:])) for times in (cpu_s, network_s))
    return PipelineSpeed(
        description=classifier.description,
        frames=timed,
        frames_a_second=timed / taken,
        cpu_ms=cpu * 1e3,
        network_ms=network * 1e3,
        cpu_waits=min(1.0, cpu_waits),
        network_waits=min(1.0, network_waits),
        waits="CPU" if cpu_waits > network_waits else "network",
        cores_to_keep_up=cpu / network,
    )


def _no_boxes(classifier: Classifier) -> NDArray[np.float32]:
    count = classifier.manifest.region_count if classifier.manifest.uses_regions else 0
    return np.zeros((count, 4), dtype=np.float32)
