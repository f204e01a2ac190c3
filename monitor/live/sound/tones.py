"""The sounds of alerts: a soft tone for a caution, a chime for a warning, beeps if critical."""

from __future__ import annotations

import io
import wave
from functools import cache

import numpy as np
from numpy.typing import NDArray

from monitor.alerts.events import Tier

RATE = 44_100
"""Samples a second."""

_FADE_S = 0.008
"""Every tone fades in and out this fast, so that it does not click."""


@cache
def tone(tier: Tier) -> NDArray[np.int16]:
    """The (N,) samples of a tier's sound: played once, that of CRITICAL again and again."""
    if tier is Tier.CAUTION:
        parts = [0.4 * _sine(523.0, 0.22)]
    elif tier is Tier.WARNING:
        parts = [_sine(660.0, 0.16), _silence(0.05), _sine(880.0, 0.28)]
    else:
        beep = [_sine(1320.0, 0.11), _silence(0.07)]
        parts = [*beep, *beep, *beep, _silence(0.36)]
    return (np.concatenate(parts) * 32767.0).astype(np.int16)


def as_wav(samples: NDArray[np.int16]) -> bytes:
    """(N,) samples as a WAV file."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(RATE)
        writer.writeframes(samples.astype("<i2").tobytes())
    return file.getvalue()


def _sine(hertz: float, seconds: float) -> NDArray[np.float64]:
    times = np.arange(round(seconds * RATE)) / RATE
    # An octave above makes it carry over road noise.
    wave_form = 0.75 * np.sin(2.0 * np.pi * hertz * times) + 0.25 * np.sin(4.0 * np.pi * hertz * times)
    fade = np.minimum(1.0, np.minimum(times, times[::-1]) / _FADE_S)
    return np.asarray(0.6 * wave_form * fade)


def _silence(seconds: float) -> NDArray[np.float64]:
    return np.zeros(round(seconds * RATE))
