"""Alert sounds, where the machine can make any: a soft tone for a caution, a chime for a warning, beeps if critical."""

from __future__ import annotations

import io
import logging
import tempfile
import wave
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLoggingCategory, QUrl

from monitor.alerts.events import Tier
from monitor.viewmodel.state import DashboardState

logger = logging.getLogger(__name__)

RATE = 44_100
"""Samples a second."""

_FADE_S = 0.008
"""Every tone fades in and out this fast, so that it does not click."""


class SoundPlayer(Protocol):
    """What makes the sounds."""

    def play(self, tier: Tier) -> None:
        """Play the sound of CAUTION or WARNING once, or that of CRITICAL until `stop`."""
        ...

    def stop(self) -> None:
        """Be silent."""
        ...

    def close(self) -> None:
        """Let the device go."""
        ...


class AlertSound:
    """Plays the sound of the active tier when it is reached, unless muted."""

    def __init__(self, state: DashboardState, player: SoundPlayer | None) -> None:
        """A player of None means that this machine is silent."""
        self._state, self._player = state, player
        self._tier, self._muted = Tier.NONE, state.muted
        if player is not None:
            state.observed.connect(self._refresh)
            state.drive_changed.connect(self._refresh)
            state.options_changed.connect(self._refresh)

    def close(self) -> None:
        """Be silent for good."""
        if self._player is not None:
            for listeners in (self._state.observed, self._state.drive_changed, self._state.options_changed):
                listeners.disconnect(self._refresh)
            self._player.close()
            self._player = None

    def _refresh(self) -> None:
        tier, muted = self._state.tier, self._state.muted
        if self._player is None or (tier, muted) == (self._tier, self._muted):
            return
        rose = tier > self._tier or (self._muted and tier is Tier.CRITICAL)
        self._tier, self._muted = tier, muted
        # A tier that was lowered or has ended must not sound on.
        self._player.stop()
        if rose and not muted:
            self._player.play(tier)


class QtPlayer:
    """Plays through the default output of QtMultimedia. Raises `ImportError` where that cannot be loaded."""

    def __init__(self) -> None:
        from PySide6.QtMultimedia import QSoundEffect

        self._folder = tempfile.TemporaryDirectory(prefix="driver-monitor-")
        self._effects = {}
        for tier, tone, loops in (
            (Tier.CAUTION, caution_tone(), 1),
            (Tier.WARNING, warning_tone(), 1),
            (Tier.CRITICAL, critical_tone(), QSoundEffect.Loop.Infinite.value),
        ):
            file = Path(self._folder.name) / f"{tier.code}.wav"
            file.write_bytes(tone)
            effect = QSoundEffect()
            effect.setSource(QUrl.fromLocalFile(str(file)))
            effect.setLoopCount(loops)
            self._effects[tier] = effect

    def play(self, tier: Tier) -> None:
        """See `SoundPlayer`."""
        self._effects[tier].play()

    def stop(self) -> None:
        """See `SoundPlayer`."""
        for effect in self._effects.values():
            effect.stop()

    def close(self) -> None:
        """See `SoundPlayer`."""
        self.stop()
        self._effects.clear()
        self._folder.cleanup()


def open_player() -> SoundPlayer | None:
    """What plays sounds here; None where there is no audio output or the library it needs is missing."""
    # Qt writes to stderr which of its many audio and video libraries are missing; nobody asked.
    QLoggingCategory.setFilterRules("qt.multimedia.*=false")
    try:
        from PySide6.QtMultimedia import QMediaDevices

        if QMediaDevices.defaultAudioOutput().isNull():
            logger.info("no audio output: alerts are silent")
            return None
        return QtPlayer()
    except (ImportError, OSError) as error:
        logger.info("no sound: %s", error)
        return None


def caution_tone() -> bytes:
    """One low, soft tone as a WAV file, played once."""
    return _wav([0.4 * _tone(523.0, 0.22)])


def warning_tone() -> bytes:
    """A rising two-tone chime as a WAV file, played once."""
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
