"""The window's alert sounds, where the machine can make any."""

from __future__ import annotations

import logging
import tempfile
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QLoggingCategory, QUrl

from monitor.alerts.events import Tier
from monitor.live.tones import as_wav, tone
from monitor.viewmodel.state import DashboardState

logger = logging.getLogger(__name__)


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
        for tier in (Tier.CAUTION, Tier.WARNING, Tier.CRITICAL):
            loops = QSoundEffect.Loop.Infinite.value if tier is Tier.CRITICAL else 1
            file = Path(self._folder.name) / f"{tier.code}.wav"
            file.write_bytes(as_wav(tone(tier)))
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
