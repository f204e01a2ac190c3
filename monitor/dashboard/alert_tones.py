"""The alert sounds, computed: a soft tone for a caution, a chime for a warning, urgent beeps for a critical alert."""

from __future__ import annotations

import io
import wave

import numpy as np
from numpy.typing import NDArray

RATE = 44_100
"""Samples a second."""

_FADE_S = 0.008
"""Every tone fades in and out this fast, so that it does not click."""


def caution_tone() -> bytes:
    """One low, soft tone as a WAV file, said once."""
    return _wav([0.4 * _tone(523.0, 0.22)])


def warning_tone() -> bytes:
    """A rising two-tone chime as a WAV file, said once."""
    return _wav([_tone(660.0, 0.16), _silence(0.05), _tone(880.0, 0.28)])


def critical_tone() -> bytes:
    """Three high beeps and a pause as a WAV file, to be repeated."""
    beep = [_tone(1320.0, 0.11), _silence(0.07)]
    return _wav([*beep, *beep, *beep, _silence(0.36)])


def _tone(hertz: float, seconds: float) -> NDArray[np.float64]:
    times = np.arange(round(seconds * RATE)) / RATE
    # An octave above makes it carry over road noise.
    wave_form = 0.75 * np.sin(2.0 * np.pi * hertz * times) + 0.25 * np.sin(4.0 * np.pi * hertz * times)
    fade = np.minimum(1.0, np.minimum(times, times[::-1]) / _FADE_S)
    return np.asarray(0.6 * wave_form * fade)


def _silence(seconds: float) -> NDArray[np.float64]:
    return np.zeros(round(seconds * RATE))


def _wav(parts: list[NDArray[np.float64]]) -> bytes:
    samples = (np.concatenate(parts) * 32767.0).astype("<i2")
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(RATE)
        writer.writeframes(samples.tobytes())
    return file.getvalue()
