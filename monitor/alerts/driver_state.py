"""From class probabilities to what the driver does: attentive, distracted or unsure, and for how long.

No single frame decides, so the smoothed probabilities show late what the driver does. It is then dated back to the
first of the frames in a row that showed it by themselves, by the delay of the smoothing at most; and while the latest
frames show the opposite by themselves nothing is counted until the smoothed probabilities have decided.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engines.activities import Activity
from engines.prediction import phone_merged_confidence_over_chance
from monitor.alerts.events import Attention
from monitor.alerts.settings import AlertSettings
from monitor.alerts.smoothing import Exponential
from monitor.alerts.timer import EPSILON


class DriverState:
    """What the driver does now, by the frames so far.

    Attributes:
        attention: by the smoothed probabilities.
        current: the activity; None while unsure or unknown.
        frame_distraction: the distraction that the latest frame shows by itself; None where it shows none.
        probabilities: (10,) smoothed; None while there is no prediction.
        attentive_s: seconds of attention on end; short uncertain times do not end it, nor do they count.
        unsure_s: seconds without attention or distraction on end.
        unseen_s: of these, seconds between frames that are too far apart.
        sure_s: seconds of attention or distraction on end.
    """

    def __init__(self, settings: AlertSettings) -> None:
        self._settings = settings
        smoothing_s, max_weight = settings.smoothing_s, settings.single_frame_weight
        self._probabilities_mean = Exponential[NDArray[np.float64]](smoothing_s, max_weight)
        self._confidence_mean = Exponential[float](smoothing_s, max_weight)
        self.attention = Attention.UNKNOWN
        self.current: Activity | None = None
        self.frame_distraction: Activity | None = None
        self.probabilities: NDArray[np.float64] | None = None
        self.attentive_s = 0.0
        self.unsure_s = 0.0
        self.unseen_s = 0.0
        self.sure_s = 0.0
        # What the latest frame shows by itself, and since when the frames in a row have shown it.
        self._frame_state = Attention.UNKNOWN
        self._frame_state_since_s = 0.0
        self._last_attentive_frame_s = 0.0
        self._warmed_up_at_s: float | None = None
        self._is_warmed_up = False
        # Of attention, while single frames show something else.
        self._uncertain_s = 0.0
        self._inattentive_s = 0.0

    @property
    def is_attentive(self) -> bool:
        """Whether the smoothed probabilities and the latest frame both show attention."""
        return self.attention is Attention.ATTENTIVE and self._frame_state is Attention.ATTENTIVE

    @property
    def is_distracted(self) -> bool:
        """Whether the smoothed probabilities show distraction, and the latest frame no attention."""
        return self.attention is Attention.DISTRACTED and self._frame_state is not Attention.ATTENTIVE

    @property
    def is_unsure(self) -> bool:
        """Whether there are predictions, enough of them, and they show neither attention nor distraction."""
        return self.attention is Attention.UNSURE and self._is_warmed_up

    def forget_frame(self) -> None:
        """The latest frame is too old to speak for the time since."""
        self.attention = self._frame_state = Attention.UNKNOWN
        self.frame_distraction = None

    def restart_unsure(self) -> None:
        """The camera is back: whether the model is unsure is yet to be seen."""
        self.unsure_s = self.unseen_s = 0.0

    def pass_time(self, elapsed_s: float, known: bool) -> None:
        """What the latest frame showed has lasted until now; `known` unless it was `elapsed_s` too long ago."""
        if self.attention in (Attention.ATTENTIVE, Attention.DISTRACTED):
            self.unsure_s = self.unseen_s = 0.0
            self.sure_s += elapsed_s
            if self.attention is Attention.DISTRACTED:
                self._inattentive_s += elapsed_s
            elif self._frame_state is Attention.ATTENTIVE:
                self.attentive_s += elapsed_s
            else:
                self._uncertain_s += elapsed_s
            return
        self.sure_s = 0.0
        self._inattentive_s += elapsed_s
        self.unsure_s += elapsed_s
        if not known:
            self.unseen_s += elapsed_s
        if self.unsure_s > self._settings.bridge_s + EPSILON:
            self.attentive_s = 0.0

    def update(self, now_s: float, elapsed_s: float, known: bool, latest: NDArray[np.float64] | None) -> None:
        """Take in a frame's (10,) probabilities, None without a prediction, after `pass_time`."""
        if latest is None:
            # Stale evidence must not speak for the frames to come.
            self.probabilities = self._warmed_up_at_s = None
            self.attention, self.current, self.frame_distraction = Attention.UNKNOWN, None, None
            self._frame_state = Attention.UNKNOWN
            return
        frame_confidence = phone_merged_confidence_over_chance(latest)
        frame_state = self._state(latest, frame_confidence)
        distracted = frame_state is Attention.DISTRACTED
        self.frame_distraction = Activity(1 + int(latest[1:].argmax())) if distracted else None
        if frame_state is not self._frame_state or not known:
            self._frame_state, self._frame_state_since_s = frame_state, now_s
        if frame_state is Attention.ATTENTIVE or self.probabilities is None or not known:
            self._last_attentive_frame_s = now_s
        if self.probabilities is None or not known:
            self.probabilities = self._probabilities_mean.start(latest)
            confidence = self._confidence_mean.start(frame_confidence)
            self._warmed_up_at_s = now_s + self._settings.smoothing_s
        else:
            self.probabilities = self._probabilities_mean.add(elapsed_s, latest)
            confidence = self._confidence_mean.add(elapsed_s, frame_confidence)
        before = self.attention
        # A single first frame decides nothing either.
        self._is_warmed_up = self._warmed_up_at_s is None or now_s >= self._warmed_up_at_s - EPSILON
        self.attention = self._state(self.probabilities, confidence) if self._is_warmed_up else Attention.UNSURE
        if self.attention is Attention.ATTENTIVE:
            self._expire_attention(now_s)
        self.current = None
        if self.attention is Attention.ATTENTIVE:
            self.current = Activity.SAFE_DRIVING
            self._enter_attention(now_s, elapsed_s, before)
        elif self.attention is Attention.DISTRACTED:
            self.current = Activity(1 + int(self.probabilities[1:].argmax()))
            self.attentive_s = 0.0

    def distracted_frames_s(self, now_s: float, elapsed_s: float, max_s: float) -> float:
        """For how long the frames in a row have shown distraction: the smoothing's delay and `max_s` at most."""
        return self._frames_s(Attention.DISTRACTED, now_s, min(self._settings.entry_delay_s + elapsed_s, max_s))

    def _state(self, probabilities: NDArray[np.float64], confidence: float) -> Attention:
        """What (10,) probabilities mean, with `phone_merged_confidence_over_chance` beside them."""
        distracted = 1.0 - float(probabilities[Activity.SAFE_DRIVING])
        if distracted <= self._settings.leave:
            return Attention.ATTENTIVE
        leading = Activity(1 + int(probabilities[1:].argmax()))
        if distracted < self._settings.enter_at(leading) or confidence < self._settings.unsure_below:
            return Attention.UNSURE
        return Attention.DISTRACTED

    def _frames_s(self, state: Attention, now_s: float, max_s: float) -> float:
        """For how long the frames in a row have shown a state by themselves, `max_s` at most."""
        return min(now_s - self._frame_state_since_s, max_s) if self._frame_state is state else 0.0

    def _expire_attention(self, now_s: float) -> None:
        """Attention that no frame by itself has shown for `unsure_hold_s` is unsure, never C0.

        A long mean stays below `leave` for seconds when every frame after attention lies just above it; none of that
        time would count as attention, and an alert would stay.
        """
        uncertain_s = now_s - self._last_attentive_frame_s
        if self._frame_state is not Attention.ATTENTIVE and uncertain_s >= self._settings.unsure_hold_s - EPSILON:
            self.attention = Attention.UNSURE
            self.unsure_s = max(self.unsure_s, uncertain_s)

    def _enter_attention(self, now_s: float, elapsed_s: float, before: Attention) -> None:
        """The driver is attentive, now: date it back where it is new, count what single frames made uncertain."""
        if self._frame_state is Attention.ATTENTIVE:
            if before is Attention.ATTENTIVE:
                self.attentive_s += self._uncertain_s
            else:
                max_s = min(self._settings.exit_delay_s + elapsed_s, self._inattentive_s)
                self.attentive_s += self._frames_s(Attention.ATTENTIVE, now_s, max_s)
            self._uncertain_s = 0.0
        if before is not Attention.ATTENTIVE:
            self._uncertain_s = 0.0
        self._inattentive_s = 0.0
