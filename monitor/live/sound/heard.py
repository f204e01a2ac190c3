"""Listeners that let a driver without a window hear of an alert: tones, and a command of the user's."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

from engines.errors import UserError, reason
from engines.notice import NoticeText
from monitor.alerts.events import AlertEvent, EventKind, Tier
from monitor.health.system_health import SystemFault
from monitor.journal.bounded_wait import BoundedWait
from monitor.live.clock import MONOTONIC, Clock
from monitor.live.session import AlertChanged, Ended, Failed, Listener, Loaded, SessionEvent
from monitor.live.sound.tone_player import TonePlayer, system_silence

_FIRST_WAIT_S = 0.5
"""How long the drive's first moment waits for a sound device."""

_HANGS_S = 3.0
_LOOK_EVERY_S = 60.0
"""How often it is looked whether the system's sound is on."""

MOST_COMMANDS = 4
"""So many run at once; another one ends the oldest."""

_LAST_S = 2.0
"""So long the commands that still run at the drive's end have to end by themselves."""

_KILLED_S = 0.2
"""So long one that was killed is waited for; one that the system holds is left to it."""


class Player(Protocol):
    """What makes the sounds, such as `monitor.live.sound.tone_player.TonePlayer`."""

    @property
    def works(self) -> bool: ...

    def ensure_open(self) -> None: ...

    def play(self, tier: Tier) -> None: ...

    def stop(self) -> None: ...

    def close(self) -> None: ...


class ToneListener:
    """Plays the tone of an alert that came or rose. While nothing can be heard it fails, and so it is said."""

    name = NoticeText("the alert sound")
    fault = SystemFault.NO_SOUND

    def __init__(
        self, player: Player, *, silence: Callable[[], str | None] = system_silence, clock: Clock = MONOTONIC
    ) -> None:
        """Prepare; the device is opened with the drive's first event, which does not wait for it for long.

        Args:
            player: makes the sounds.
            silence: why the system's output cannot be heard, in words, or None.
            clock: monotonic seconds.
        """
        self._player, self._silence, self._clock = player, silence, clock
        self._problem: str | None = None
        self._looked_s: float | None = None
        self._looking = BoundedWait(self._look, "alert sound", clock.now)

    def on_event(self, event: SessionEvent) -> None:
        """Raises `UserError` while nothing can be heard."""
        match event:
            case Loaded() | Failed():
                # The alerts are not on yet.
                return
            case AlertChanged(change) if change.is_alert:
                self._player.play(change.tier)
            case AlertChanged(change) if change.kind in (EventKind.LOWERED, EventKind.CLEARED):
                # A tier that was lowered or has ended must not sound on.
                self._player.stop()
            case Ended():
                self._player.stop()
                self._looking.close(_FIRST_WAIT_S)
                self._player.close()
                if self._problem is not None:
                    raise UserError(self._problem)
                return
        now_s = self._clock.now()
        if self._looked_s is None:
            self._looked_s = now_s
            self._looking.run(_FIRST_WAIT_S)
        elif self._problem or not self._player.works or now_s - self._looked_s >= _LOOK_EVERY_S:
            self._looked_s = now_s
            self._looking.run(0.0)
        if self._looking.hangs_s >= _HANGS_S:
            raise UserError("the sound device does not answer")
        if self._problem is not None:
            raise UserError(self._problem)

    def _look(self) -> None:
        try:
            self._player.ensure_open()
            self._problem = self._silence()
        except UserError as error:
            self._problem = str(error)


def alert_listeners(volume: float, command: str | None, clock: Clock = MONOTONIC) -> list[Listener]:
    """What lets a driver without a window hear of alerts.

    Args:
        volume: of the tones, 0..1.
        command: run with every alert; None for none. With one, tones that are switched off are no fault.
        clock: monotonic seconds.

    Raises:
        UserError: for a command that names no program.
    """
    listeners: list[Listener] = [] if command is None else [CommandListener(command)]
    if volume > 0.0:
        listeners.append(ToneListener(TonePlayer(volume, clock.now), clock=clock))
    elif command is None:
        listeners.append(SilenceListener())
    return listeners


class SilenceListener:
    """Says that the alert sound is switched off."""

    name = NoticeText("the alert sound")
    fault = SystemFault.NO_SOUND

    def on_event(self, event: SessionEvent) -> None:
        """Raises `UserError`."""
        if not isinstance(event, Loaded | Failed):
            raise UserError("switched off (--no-sound, or --volume 0)")


class CommandListener:
    """Runs a command of the user's with every alert that comes, rises, falls or ends; it gets the event as JSON.

    Nothing waits for it. It fails, and so it is said, from a command that could not be started, failed or was ended,
    until one has done its work.
    """

    name = NoticeText("the alert command")
    fault = SystemFault.ALERT_COMMAND

    def __init__(self, command: str) -> None:
        """Prepare.

        Args:
            command: a program and its arguments, as in a shell.

        Raises:
            UserError: for a line that names no program.
        """
        try:
            self._words = shlex.split(command, posix=os.name != "nt")
        except ValueError as error:
            raise UserError(f"--on-alert {command!r} cannot be read: check its quotes") from error
        if not self._words:
            raise UserError("--on-alert names no command: write a program and its arguments")
        self._running: list[subprocess.Popen[bytes]] = []
        there = shutil.which(self._words[0]) is not None
        self._problem = None if there else f"{self._words[0]} cannot be started: there is no such program"

    @property
    def running(self) -> list[int]:
        """The process numbers of the commands that have not ended, the oldest first."""
        return [process.pid for process in self._running]

    def on_event(self, event: SessionEvent) -> None:
        """Raises `UserError` after a command that failed."""
        self._reap()
        match event:
            case AlertChanged(change) if change.kind not in (EventKind.FAULT, EventKind.RECOVERED):
                self._start(change)
            case Ended():
                self._end_all()
        if self._problem is not None:
            raise UserError(self._problem)

    def _start(self, event: AlertEvent) -> None:
        if len(self._running) >= MOST_COMMANDS:
            _end(self._running.pop(0))
            self._problem = (
                f"{MOST_COMMANDS} of it were still running, and the oldest was ended: it hangs, or takes long"
            )
        try:
            process = subprocess.Popen(
                self._words, bufsize=0, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True
            )
        except (OSError, ValueError) as error:
            self._problem = f"{self._words[0]} cannot be started: {reason(error)}"
            return
        self._running.append(process)
        assert process.stdin is not None
        with suppress(OSError), process.stdin:  # it need not read
            # Less than a pipe holds, so nobody is waited for.
            process.stdin.write((json.dumps({**event.as_dict(), "text": event.text}) + "\n").encode())

    def _end_all(self) -> None:
        until_s = time.monotonic() + _LAST_S
        for process in self._running:
            try:
                process.wait(timeout=max(0.0, until_s - time.monotonic()))
            except subprocess.TimeoutExpired:
                _end(process)
        self._running.clear()

    def _reap(self) -> None:
        for process in tuple(self._running):
            code = process.poll()
            if code is None:
                continue
            self._running.remove(process)
            self._problem = None if code == 0 else f"{self._words[0]} failed ({_outcome(code)})"


def _outcome(code: int) -> str:
    return f"exit code {code}" if code >= 0 else f"signal {-code}"


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a command with all that it has started."""
    with suppress(OSError):
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    with suppress(subprocess.TimeoutExpired):
        process.wait(timeout=_KILLED_S)
