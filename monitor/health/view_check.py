"""Whether the camera sees what the network was trained on: checked for some seconds before the monitor is trusted.

`ViewCheck` is one such check, as the settings run it; `ViewWatch` runs it by itself while a camera is watched, with a
window or without one.

Three mistakes are looked for, which are the commonest: the camera faces the driver or is mounted wrong, so that the
network is often unsure; there is no driver in the box, where for some seconds nothing moves; and the view is mirrored,
which the network classifies with more confidence when it is mirrored back. None of them is proof; each says what to
look at.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.classifier import FrameClassifier
from engines.notice import NoticeText
from engines.prediction import Prediction, phone_merged_confidence
from engines.view import WHOLE_FRAME, Mount
from monitor.health.camera_health import CameraHealth, Health

logger = logging.getLogger(__name__)

LASTS_S = 6.0
"""How long a check lasts."""

_MIN_FRAMES = 12
_MAX_STRETCH = 4.0
"""Times as long, at most, until there are as many frames: on a machine that classifies one in two seconds."""

_UNSURE_BELOW = 0.65
"""Mean `phone_merged_confidence`. Of two real drivers the lowest in any six seconds is 0.78; of images of other
things 62 % stay below this."""

_MOVED_LEVELS = 12.0
_MOVED_FRACTION = 0.004
_COMPARED = 12
_MIN_GAIN = 0.1
"""By how much confidence must rise on the mirrored views. On 156 six-second parts of two real drives, twelve frames and
this find every mirrored one and no other."""

_SMALL = 96
_AGAIN_S = 60.0
_CLOSES_S = 1.0
"""For one frame's regions and network, with room to spare; what hangs longer is abandoned."""


class Timed(Protocol):
    """A frame of a source."""

    @property
    def time(self) -> float: ...


class Viewed(Protocol):
    """A frame and its results, as the live pipeline gives them."""

    @property
    def frame(self) -> Timed: ...

    @property
    def view(self) -> NDArray[np.uint8]: ...

    @property
    def prediction(self) -> Prediction: ...

    @property
    def camera(self) -> CameraHealth: ...


class ViewFinding(Enum):
    """What is wrong with the view; the value is the name in files."""

    FAULT = "fault"
    FEW_FRAMES = "few_frames"
    NO_DRIVER = "no_driver"
    UNSURE = "unsure"
    MIRRORED = "mirrored"

    @property
    def title(self) -> str:
        """What is wrong."""
        return _TITLES[self][0]

    @property
    def advice(self) -> str:
        """What to do about it."""
        return _TITLES[self][1]

    @property
    def text(self) -> str:
        """Both in one line."""
        return f"{self.title}: {self.advice}"


FINE_AGAIN = "The camera's view is fine now"

_TITLES = {
    ViewFinding.FAULT: ("The camera shows nothing of use", "uncover it, light the cabin, or reconnect it"),
    ViewFinding.FEW_FRAMES: (
        "Too few frames for a check",
        "close other programs, or choose a lower resolution",
    ),
    ViewFinding.NO_DRIVER: ("Nothing moves in the box", "sit in the driver's seat, and draw the box around yourself"),
    ViewFinding.UNSURE: (
        "The model is unsure too often",
        "mount the camera on the passenger's side, at the height of the driver's shoulder, and draw the box from head "
        "to knees, steering wheel included",
    ),
    ViewFinding.MIRRORED: (
        "The image seems to be mirrored",
        "switch the mirror on for a right-hand-drive car, or off, or move the camera to the passenger's side",
    ),
}


@dataclass(eq=False)
class ViewCheck:
    """Collects frames, then assesses the view.

    Attributes:
        began_s, latest_s: times of the first and the latest frame.
    """

    lasts_s: float = LASTS_S
    began_s: float | None = None
    latest_s: float = 0.0
    _views: list[NDArray[np.uint8]] = field(default_factory=list)
    _confidences: list[float] = field(default_factory=list)
    _faults: int = 0
    _moved: float = 0.0
    _reference: NDArray[np.float32] | None = None
    _reference_s: float = 0.0

    def add(self, result: Viewed) -> None:
        """Take a frame in."""
        frame, view, prediction = result.frame, result.view, result.prediction
        if self.began_s is None:
            self.began_s = frame.time
        self.latest_s = frame.time
        self._faults += result.camera.raw is not Health.OK
        self._confidences.append(phone_merged_confidence(prediction.probabilities))
        self._views.append(view)
        small = cv2.GaussianBlur(cv2.resize(view, (_SMALL, _SMALL), interpolation=cv2.INTER_AREA), (5, 5), 0)
        grey = np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), dtype=np.float32)
        # Over half a second: what moves slowly has moved then, and noise has not grown.
        if self._reference is None:
            self._reference, self._reference_s = grey, frame.time
        elif frame.time - self._reference_s >= 0.5:
            fraction = float((np.abs(grey - self._reference) > _MOVED_LEVELS).mean())
            self._moved = max(self._moved, fraction)
            self._reference, self._reference_s = grey, frame.time

    @property
    def fraction(self) -> float:
        """How much of the check is done, 0..1: of the time, and of the frames where they come slowly."""
        if self.began_s is None:
            return 0.0
        passed = (self.latest_s - self.began_s) / self.lasts_s
        return min(1.0, max(passed / _MAX_STRETCH, min(passed, len(self._confidences) / _MIN_FRAMES)))

    @property
    def done(self) -> bool:
        """Whether there are enough frames."""
        return self.fraction >= 1.0

    def findings(self, classifier: FrameClassifier, cancelled: Callable[[], bool] = lambda: False) -> list[ViewFinding]:
        """What is wrong, the gravest first; nothing where the view is fine. Runs the network, so it takes a while.

        Args:
            classifier: of the pipeline whose results were taken in.
            cancelled: whether the result is not wanted any more; what comes back then means nothing.
        """
        if self._faults > len(self._confidences) // 2:
            return [ViewFinding.FAULT]
        if len(self._confidences) < _MIN_FRAMES:
            return [ViewFinding.FEW_FRAMES]
        if self._moved < _MOVED_FRACTION:
            return [ViewFinding.NO_DRIVER]
        found = []
        if self._is_mirrored(classifier, cancelled):
            found.append(ViewFinding.MIRRORED)
        if float(np.mean(self._confidences)) < _UNSURE_BELOW:
            found.append(ViewFinding.UNSURE)
        return found

    def _is_mirrored(self, classifier: FrameClassifier, cancelled: Callable[[], bool]) -> bool:
        """Whether the network is clearly more confident on the same views mirrored."""
        chosen = np.linspace(0, len(self._views) - 1, min(_COMPARED, len(self._views))).astype(int)
        mirrored = []
        for index in chosen:
            if cancelled():
                return False
            view = np.ascontiguousarray(self._views[index][:, ::-1])
            prediction = classifier.infer(view, classifier.propose(view).boxes, mirrored=False)
            mirrored.append(phone_merged_confidence(prediction.probabilities))
        return float(np.mean(mirrored)) > float(np.mean([self._confidences[index] for index in chosen])) + _MIN_GAIN


class ViewWatch:
    """Checks a live view by itself, and once a minute again while something is wrong with it.

    Used from one thread; the network runs in another, since the drive must not wait for it.

    Attributes:
        mount: the camera's.
        reported: what is wrong, as far as people were told.
    """

    def __init__(
        self,
        classifier: FrameClassifier,
        mount: Mount = WHOLE_FRAME,
        *,
        lasts_s: float = LASTS_S,
        again_s: float = _AGAIN_S,
        reported: Sequence[ViewFinding] = (),
    ) -> None:
        """Begin with the first frame.

        Args:
            classifier: of the pipeline whose results are taken in.
            mount: the camera's; another one needs a new watch.
            lasts_s: how long one check lasts.
            again_s: seconds from one check to the next, while something is wrong.
            reported: what the watch before this one `reported`.
        """
        self.mount = mount
        self._classifier, self._lasts_s, self._again_s = classifier, lasts_s, again_s
        self._check: ViewCheck | None = ViewCheck(lasts_s)
        self._findings: list[ViewFinding] | None = None
        self._thread: threading.Thread | None = None
        self.reported = list(reported)
        self._next_s: float | None = None
        self._closed = threading.Event()

    def close(self) -> None:
        """End the checks. Waits a little for the network: running while the interpreter ends, it may abort it."""
        self._closed.set()
        if self._thread is not None:
            self._thread.join(_CLOSES_S)

    def update(self, result: Viewed) -> tuple[str, ...]:
        """Take a result in; what was found meanwhile, one line each, for people."""
        frame = result.frame
        if self._thread is not None:
            return () if self._thread.is_alive() else self._conclude(frame.time)
        if self._check is None and self._next_s is not None and frame.time >= self._next_s:
            self._check = ViewCheck(self._lasts_s)
        if self._check is not None:
            self._check.add(result)
            if self._check.done:
                self._thread = threading.Thread(target=self._assess, name="monitor view check", daemon=True)
                self._thread.start()
        return ()

    def _assess(self) -> None:
        assert self._check is not None
        try:
            self._findings = self._check.findings(self._classifier, self._closed.is_set)
        except Exception:
            # The pipeline runs the same network, and says what is wrong with it.
            logger.debug("the view could not be checked", exc_info=True)

    def _conclude(self, time_s: float) -> tuple[str, ...]:
        findings, self._findings = self._findings, None
        self._check = self._thread = None
        # While something is wrong, or nothing is known.
        self._next_s = None if findings == [] else time_s + self._again_s
        # What is no finding about the view is reported as a fault of the camera's health.
        if findings is None or findings in ([ViewFinding.FAULT], [ViewFinding.FEW_FRAMES]):
            return ()
        before, self.reported = self.reported, findings
        if findings == before:
            return ()
        return tuple(
            NoticeText("{what}: {advice}", what=NoticeText(finding.title), advice=NoticeText(finding.advice))
            for finding in findings
        ) or (NoticeText(FINE_AGAIN),)
