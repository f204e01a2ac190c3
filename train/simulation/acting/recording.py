"""A drive as a camera records it: driver, script and faults give the image of any moment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from engines.errors import UserError
from train.simulation.acting.driver import SimulatedDriver
from train.simulation.acting.faults import Fault, FaultKind, facing, kinds_at, shown_time, spoil
from train.simulation.acting.script import Script
from train.simulation.appearance import Appearance, DriveSide

EVENT_HEADER = "start_s,end_s,event,kind"


@lru_cache(maxsize=4)
def _driver(seed: int, drive_side: DriveSide) -> SimulatedDriver:
    return SimulatedDriver(seed, drive_side=drive_side)


@lru_cache(maxsize=4)
def _facing(seed: int, drive_side: DriveSide) -> Appearance:
    # Kept, because the renderer keeps what does not move by the identity of what it draws.
    return facing(_driver(seed, drive_side).appearance)


@dataclass(frozen=True)
class SimulatedDrive:
    """What is recorded; the same settings always give the same frames, whoever draws them.

    Attributes:
        seed: who drives and how.
        script: what happens.
        fps: frames per second; frame i shows the second i / fps.
        size: width and height in pixels.
        faults: what goes wrong with the camera, and when.
        drive_side: where the steering wheel is.
    """

    seed: int
    script: Script
    fps: int | Fraction
    size: tuple[int, int]
    faults: tuple[Fault, ...] = ()
    drive_side: DriveSide = "left"

    def __post_init__(self) -> None:
        """Raises `UserError` for a fault that begins after the drive has ended."""
        for fault in self.faults:
            if fault.start_s >= self.script.duration_s:
                name = f"{fault.kind.value}@{fault.start_s:g}-{fault.end_s:g}"
                raise UserError(f"the fault {name} begins after the drive of {self.script.duration_s:g} s has ended")

    @property
    def frame_count(self) -> int:
        """How many frames the whole drive has."""
        return max(round(self.script.duration_s * self.fps), 1)

    def frame(self, index: int) -> NDArray[np.uint8]:
        """Frame number ``index``: (H, W, 3) uint8 RGB."""
        return self.at(float(index / self.fps))

    def frames(self, first: int, end: int) -> Iterator[NDArray[np.uint8]]:
        """The frames from ``first`` up to but not including ``end``; a frozen image is drawn only once."""
        drawn_time, pixels = -1.0, np.zeros((0, 0, 3), dtype=np.uint8)
        for index in range(first, end):
            time = shown_time(self.faults, float(index / self.fps), self.fps)
            if time != drawn_time:
                drawn_time, pixels = time, self.at(time)
            yield pixels

    def at(self, time: float) -> NDArray[np.uint8]:
        """The image that the camera gives at ``time`` seconds: (H, W, 3) uint8 RGB."""
        time = shown_time(self.faults, time, self.fps)
        kinds = kinds_at(self.faults, time)
        driver = _driver(self.seed, self.drive_side)
        pixels = driver.frame(
            driver.pose_in(self.script, time),
            time,
            self.size,
            appearance=_facing(self.seed, self.drive_side) if FaultKind.FACING in kinds else None,
            driver_present=FaultKind.EMPTY_SEAT not in kinds,
        )
        return spoil(pixels, kinds, time, self.seed)

    def events_csv(self) -> str:
        """Near misses and faults, in order of time: ``start_s,end_s,event,kind``, seconds."""
        events = [(e.start_s, e.end_s, "near-miss", e.kind.value) for e in self.script.near_misses]
        events += [(f.start_s, f.end_s, "fault", f.kind.value) for f in self.faults]
        rows = (f"{start:.3f},{end:.3f},{event},{kind}" for start, end, event, kind in sorted(events))
        return "\n".join([EVENT_HEADER, *rows]) + "\n"
