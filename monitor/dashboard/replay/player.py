"""Plays a recording at any speed, in its own thread."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from engines.errors import UserError, one_line
from engines.notice import NoticeText
from monitor.sources import Frame
from monitor.sources.random_access import RecordingReader

logger = logging.getLogger(__name__)

SPEEDS = (0.25, 0.5, 1.0, 2.0, 4.0)


@dataclass(frozen=True, eq=False)
class Shown:
    """Where the player is.

    Attributes:
        frame: what is seen; None before the first one.
        position_s: the drive's time.
        playing: whether it is playing.
    """

    frame: Frame | None
    position_s: float
    playing: bool


class RecordingPlayer(QObject):
    """Newest wins: a window that falls behind misses frames, and a seek replaces one that was not done yet.

    Attributes:
        reader: the open recording; None before `opened`, and for good when it could not be opened.
        problem: why it could not be opened, or read; empty otherwise.
    """

    opened = Signal()
    """`reader` or `problem` is there; emitted in the player's thread, as `showed` is."""
    showed = Signal()
    """`take` has something new."""

    def __init__(self, open_reader: Callable[[], RecordingReader], at_s: float = 0.0) -> None:
        super().__init__()
        self.reader: RecordingReader | None = None
        self.problem = ""
        self._open_reader = open_reader
        self._wake = threading.Condition()
        self._target_s: float | None = at_s
        self._steps = 0
        self._playing = False
        self._speed = 1.0
        self._stopped = False
        self._shown = Shown(None, at_s, False)
        self._untaken = False
        self._thread = threading.Thread(target=self._run, name="dashboard player", daemon=True)

    def start(self) -> None:
        """Open the recording and show its first frame."""
        self._thread.start()

    def play(self, playing: bool) -> None:
        """Play, or pause; from the beginning when the end was reached."""
        with self._wake:
            self._playing = playing
            self._wake.notify()

    def seek(self, time_s: float) -> None:
        """Go to a time."""
        with self._wake:
            self._target_s, self._steps = time_s, 0
            self._wake.notify()

    def step(self, frames: int) -> None:
        """Pause, and go some frames forward or back."""
        with self._wake:
            self._playing = False
            self._steps += frames
            self._wake.notify()

    def set_speed(self, speed: float) -> None:
        """Play at a multiple of the drive's speed."""
        with self._wake:
            self._speed = speed
            self._wake.notify()

    def take(self) -> Shown:
        """Where the player is now."""
        with self._wake:
            self._untaken = False
            return self._shown

    def stop(self, timeout_s: float = 0.0) -> bool:
        """End, and wait for it a little; whether it has ended."""
        with self._wake:
            self._stopped = True
            self._wake.notify()
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            self.reader = self._open_reader()
        except UserError as error:
            self.problem = one_line(error)
        except Exception as error:
            logger.exception("the recording cannot be opened")
            self.problem = NoticeText("{problem}. Try again; if it stays, report it", problem=one_line(error))
        self.opened.emit()
        if self.reader is None:
            return
        try:
            self._loop(self.reader)
        except Exception as error:
            logger.exception("the player failed")
            self.problem = NoticeText(
                "the recording cannot be read any further ({problem}): open it again", problem=one_line(error)
            )
            self.opened.emit()
        finally:
            self.reader.close()

    def _loop(self, reader: RecordingReader) -> None:
        position_s, since = 0.0, time.monotonic()
        last_s = max(0.0, reader.duration_s - reader.step_s)
        while True:
            with self._wake:
                idle = self._target_s is None and self._steps == 0
                if idle and not self._stopped:
                    self._wake.wait(min(0.1, reader.step_s / self._speed) if self._playing else None)
                if self._stopped:
                    return
                target_s, steps, playing, speed = self._target_s, self._steps, self._playing, self._speed
                self._target_s, self._steps = None, 0
            now = time.monotonic()
            if target_s is not None:
                position_s = target_s
            elif steps:
                # From the frame that is seen, not from between two.
                shown = self._shown.frame
                position_s = (shown.time if shown is not None else position_s) + steps * reader.step_s
            elif playing and self._shown.playing:
                position_s += (now - since) * speed
            elif playing and position_s >= last_s - 1e-6:
                position_s = 0.0
            since = now
            position_s = min(max(0.0, position_s), last_s) if last_s > 0.0 else max(0.0, position_s)
            frame = reader.frame_at(position_s)
            ended = last_s > 0.0 and position_s >= last_s - 1e-6
            self._publish(Shown(frame, position_s, playing and not (ended and self._shown.playing)))

    def _publish(self, shown: Shown) -> None:
        with self._wake:
            if not shown.playing and self._shown.playing:
                self._playing = False
            self._shown = shown
            waiting, self._untaken = self._untaken, True
        if not waiting:
            self.showed.emit()
