"""The prediction and the camera health of every frame of a drive: all that an alert policy needs.

A drive is classified once, through the live pipeline; any number of policies can then be run over it.
"""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engines.activities import Activity
from engines.driver_parts import DriverPart
from engines.prediction import Prediction
from monitor.health.camera_health import CameraHealth, Health
from monitor.sources import Frame

if TYPE_CHECKING:
    from typing_extensions import Self

_HEALTHS = tuple(Health)


@dataclass(eq=False)
class DrivePredictions:
    """A drive's predictions; N frames, filled one by one.

    Attributes:
        times_s: of the N frames.
        predictions: of the N frames; probabilities in full precision, regions to three digits once they were stored.
        cameras: the camera health of the N frames.
        latencies_s: stage → N seconds; what is read from a file has the times of when it was computed.
        notices: what went wrong without ending the drive.
        size: (width, height) of the first frame.
        complete: whether the drive was classified to its end.
        known: of how many frames, from the first, another run had made the predictions.
    """

    times_s: list[float] = field(default_factory=list)
    predictions: list[Prediction] = field(default_factory=list)
    cameras: list[CameraHealth] = field(default_factory=list)
    latencies_s: dict[str, list[float]] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)
    size: tuple[int, int] | None = None
    complete: bool = False
    known: int = 0

    @property
    def computed(self) -> int:
        """Of how many frames the network has made predictions now."""
        return max(0, len(self.times_s) - self.known)

    def add(
        self,
        frame: Frame,
        prediction: Prediction,
        camera: CameraHealth,
        latency_s: Mapping[str, float],
        known: DrivePredictions | None = None,
    ) -> None:
        """Take the next frame in.

        Args:
            frame: only its time and size are stored.
            prediction: of this frame.
            camera: the camera health at this frame.
            latency_s: stage → seconds.
            known: the beginning of this drive from another run, whose times are those of the work on its frames.
        """
        if self.size is None:
            self.size = (frame.pixels.shape[1], frame.pixels.shape[0])
        self.times_s.append(frame.time)
        self.predictions.append(prediction)
        self.cameras.append(camera)
        index = len(self.times_s) - 1
        for stage, seconds in latency_s.items():
            before = [] if known is None else known.latencies_s.get(stage, [])
            self.latencies_s.setdefault(stage, []).append(before[index] if index < len(before) else seconds)

    @property
    def probabilities(self) -> NDArray[np.float32]:
        """(N, 10) unsmoothed."""
        rows = [prediction.probabilities for prediction in self.predictions]
        return np.array(rows, dtype=np.float32).reshape(-1, len(Activity))

    @property
    def duration_s(self) -> float:
        """Time of the last frame."""
        return self.times_s[-1] if self.times_s else 0.0

    def to_bytes(self) -> bytes:
        """As the content of a file, which `from_bytes` reads."""
        about = {
            "notices": self.notices,
            "size": self.size,
            "complete": self.complete,
            "stages": list(self.latencies_s),
            # By name, so that another state of health in a later version does not change what a number means.
            "healths": [health.value for health in _HEALTHS],
            # The same for all frames: they are a network's.
            "region_names": [name.value for name in self.predictions[0].region_names] if self.predictions else [],
        }
        content = io.BytesIO()
        np.savez_compressed(
            content,
            about=np.frombuffer(json.dumps(about).encode(), dtype=np.uint8),
            times_s=np.array(self.times_s, dtype=np.float64),
            probabilities=self.probabilities,
            # Only shown, never computed with.
            regions=_stacked([prediction.regions for prediction in self.predictions]),
            region_weights=_stacked([prediction.region_weights for prediction in self.predictions]),
            raw=_numbers([camera.raw for camera in self.cameras]),
            reported=_numbers([camera.reported for camera in self.cameras]),
            latencies_s=np.array(list(self.latencies_s.values()), dtype=np.float32),
        )
        return content.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes) -> Self:
        """Read what `to_bytes` wrote. Raises `ValueError` for anything else."""
        try:
            with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
                about = json.loads(arrays["about"].tobytes())
                rows = zip(
                    arrays["probabilities"],
                    arrays["regions"].astype(np.float32),
                    arrays["region_weights"].astype(np.float32),
                    strict=True,
                )
                healths = [Health(value) for value in about["healths"]]
                names = tuple(DriverPart(name) for name in about["region_names"])
                drive = cls(
                    times_s=arrays["times_s"].tolist(),
                    predictions=[Prediction(*row, names) for row in rows],
                    cameras=[
                        CameraHealth(healths[raw], healths[reported])
                        for raw, reported in zip(arrays["raw"], arrays["reported"], strict=True)
                    ],
                    latencies_s=dict(zip(about["stages"], arrays["latencies_s"].tolist(), strict=True)),
                    notices=about["notices"],
                    size=tuple(about["size"]) if about["size"] else None,
                    complete=about["complete"],
                )
        except _NOT_OURS as error:
            raise ValueError(f"these are no predictions of a drive: {error}") from error
        if not len(drive.times_s) == len(drive.predictions) == len(drive.cameras):
            raise ValueError("these are no predictions of a drive: its parts differ in length")
        return drive


_NOT_OURS = (
    *(OSError, EOFError, KeyError, IndexError, TypeError, SyntaxError, MemoryError, OverflowError, RuntimeError),
    *(AttributeError, zipfile.BadZipFile, zlib.error),
)
"""What numpy, zip and JSON raise for a damaged file, beside a ValueError."""


def _stacked(rows: Sequence[NDArray[np.float32]]) -> NDArray[np.float16]:
    return np.array(rows, dtype=np.float16)


def _numbers(healths: Sequence[Health]) -> NDArray[np.uint8]:
    return np.array([_HEALTHS.index(health) for health in healths], dtype=np.uint8)
