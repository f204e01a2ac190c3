"""The window's alert sounds, where the machine can make any."""

from __future__ import annotations

import logging
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QLoggingCategory, QTimer, QUrl

from engines.notice import NoticeText
from monitor.alerts.events import Tier
from monitor.health.system_health import SystemFault
from monitor.live.session import Opened
from monitor.live.sound.tone_player import system_silence
from monitor.live.sound.tones import as_wav, tone
from monitor.viewmodel.state import DashboardState, Phase

logger = logging.getLogger(__name__)


_TRIAL_MS = 2000
"""For so long a sound is tried."""


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
    """Plays the sound of the active tier when it is reached, unless muted; reports when nothing can be heard."""

    def __init__(
        self,
        state: DashboardState,
        player: SoundPlayer | None,
        report: Callable[[SystemFault, str | None], None],
        *,
        silence: Callable[[], str | None] = system_silence,
    ) -> None:
        """Listen to a state.

        Args:
            state: of the window.
            player: None means that this machine is silent.
            report: takes why alerts cannot be heard, and None when they can.
            silence: why the system's output cannot be heard, in words; asked in a thread when a drive's alerts are on.
        """
        self._state, self._player, self._report, self._silence = state, player, report, silence
        self._tier, self._muted = Tier.NONE, state.muted
        self._drive: Opened | None = None
        self._reported: str | None = None
        self._system_silence: str | None = None
        self._left = False
        self._trial_over = QTimer()
        self._trial_over.setSingleShot(True)
        self._trial_over.setInterval(_TRIAL_MS)
        self._trial_over.timeout.connect(self._end_trial)
        for listeners in (state.observed, state.drive_changed, state.options_changed):
            listeners.connect(self._refresh)

    def leave_drive(self, left: bool) -> None:
        """The replay is shown: a recording that plays on unseen is not heard there; a camera's driver is still alerted.

        It is heard again where it is seen again.
        """
        self._left = left
        self._refresh()

    def close(self) -> None:
        """Be silent for good."""
        self._trial_over.stop()
        for listeners in (self._state.observed, self._state.drive_changed, self._state.options_changed):
            listeners.disconnect(self._refresh)
        if self._player is not None:
            self._player.close()
            self._player = None

    def _refresh(self) -> None:
        self._report_silence()
        recorded = self._state.drive is not None and not self._state.drive.live
        tier, muted = self._state.tier, self._state.muted or (self._left and recorded)
        if self._player is None or (tier, muted) == (self._tier, self._muted):
            return
        rose = tier > self._tier or (self._muted and tier is Tier.CRITICAL)
        self._tier, self._muted = tier, muted
        # The alert takes over what is tried; a tier that was lowered or has ended must not sound on.
        self._trial_over.stop()
        self._player.stop()
        if rose and not muted:
            self._player.play(tier)

    def hear(self, tier: Tier) -> str | None:
        """Play the sound of a tier once, also when muted; why it cannot be played. An alert takes over."""
        if self._player is None:
            return NoticeText("there is nothing to hear: this machine has no audio output")
        if self._tier is not Tier.NONE:
            return NoticeText("an alert is active, so this one is not played")
        self._player.stop()
        self._player.play(tier)
        self._trial_over.start()
        return None

    def silence(self) -> str | None:
        """Why a sound that is played may not be heard, or not while driving; may take some seconds."""
        if self._state.muted:
            return NoticeText("alerts are muted (M): while driving they make no sound")
        return self._silence()

    def _end_trial(self) -> None:
        # The sound of a critical alert would go on for ever.
        if self._player is not None and self._tier is Tier.NONE:
            self._player.stop()

    def _report_silence(self) -> None:
        state = self._state
        if state.phase is not Phase.RUNNING or not state.armed:
            return
        if state.drive is not self._drive:
            self._drive, self._reported, self._system_silence = state.drive, None, None
            threading.Thread(target=self._ask_system, name="dashboard sound check", daemon=True).start()
        problem = self._system_silence
        if self._player is None:
            problem = NoticeText("alerts cannot be heard: this machine has no audio output")
        elif state.muted:
            problem = NoticeText("alerts cannot be heard: they are muted (M)")
        if problem != self._reported:
            self._reported = problem
            self._report(SystemFault.NO_SOUND, problem)

    def _ask_system(self) -> None:
        self._system_silence = self._silence()


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
