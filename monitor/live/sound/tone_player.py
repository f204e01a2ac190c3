"""Plays alert tones without a window, through ALSA, PulseAudio or what else the system has."""

from __future__ import annotations

import ctypes
import os
import re
import subprocess
import threading
import time
from collections.abc import Callable, Generator
from contextlib import suppress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engines.errors import UserError
from engines.notice import NoticeText
from monitor.alerts.events import Tier
from monitor.live.sound.tones import RATE, tone

_BUFFER_MS = 50
_DEAD_S = 2.0
"""A device that has asked for no samples for so long is gone."""

_ASK_S = 2.0
_VOLUME_TOOLS = (
    (("wpctl", "get-volume", "@DEFAULT_AUDIO_SINK@"),),
    (("pactl", "get-sink-mute", "@DEFAULT_SINK@"), ("pactl", "get-sink-volume", "@DEFAULT_SINK@")),
    (("amixer", "sget", "Master"),),
)
"""What tells PipeWire's, PulseAudio's and ALSA's volume; the first that answers is right."""


class TonePlayer:
    """The default output, open from the first alert's readiness to the end: an alert must not wait for a device."""

    def __init__(self, volume: float = 1.0, clock: Callable[[], float] = time.monotonic) -> None:
        """Prepare; nothing is opened before `ensure_open`. The volume is 0..1."""
        self._volume, self._clock = volume, clock
        self._device: Any = None
        self._lock = threading.Lock()
        self._samples = np.zeros(0, dtype=np.int16)
        self._position, self._again = 0, False
        self._asked_s = 0.0

    @property
    def works(self) -> bool:
        """Whether the device is open and takes samples."""
        return self._device is not None and self._clock() - self._asked_s <= _DEAD_S

    def ensure_open(self) -> None:
        """Open the device, again where it is gone. May take long. Raises `UserError` where there is none."""
        if self.works:
            return
        self.close()
        try:
            import miniaudio
        except (ImportError, OSError) as error:
            raise UserError(NoticeText("the library miniaudio cannot be loaded: {error}", error=str(error))) from error
        _silence_alsa()
        # All but the one that plays into nothing.
        backends = [backend for backend in miniaudio.Backend if backend.name not in ("NULL", "CUSTOM")]
        try:
            device = miniaudio.PlaybackDevice(
                nchannels=1,
                sample_rate=RATE,
                buffersize_msec=_BUFFER_MS,
                backends=backends,
                app_name="Driver Monitor",
            )
            source = self._play()
            next(source)
            self._asked_s = self._clock()
            device.start(source)
        except miniaudio.MiniaudioError as error:
            raise UserError(
                NoticeText("there is no sound device: connect a speaker, or give --on-alert a command")
            ) from error
        self._device = device

    def play(self, tier: Tier) -> None:
        """Play the sound of CAUTION or WARNING once, or that of CRITICAL until `stop`."""
        with self._lock:
            self._samples = (self._volume * tone(tier)).astype(np.int16)
            self._position, self._again = 0, tier is Tier.CRITICAL

    def stop(self) -> None:
        """Be silent."""
        with self._lock:
            self._samples, self._again = np.zeros(0, dtype=np.int16), False

    def close(self) -> None:
        """Let the device go."""
        device, self._device = self._device, None
        if device is not None:
            device.close()

    def _play(self) -> Generator[NDArray[np.int16], int, None]:
        """Gives the device what it asks for, in its thread."""
        wanted = yield np.zeros(0, dtype=np.int16)
        while True:
            wanted = yield self.samples(wanted)

    @property
    def playing(self) -> bool:
        """Whether a sound is heard."""
        return len(self._samples) > 0

    def samples(self, wanted: int) -> NDArray[np.int16]:
        """The next (wanted,) samples for the device."""
        self._asked_s = self._clock()
        given = np.zeros(wanted, dtype=np.int16)
        with self._lock:
            filled = 0
            while filled < wanted and len(self._samples):
                part = self._samples[self._position : self._position + wanted - filled]
                given[filled : filled + len(part)] = part
                filled, self._position = filled + len(part), self._position + len(part)
                if self._position >= len(self._samples):
                    self._position = 0
                    if not self._again:
                        self._samples = np.zeros(0, dtype=np.int16)
        return given


def system_silence() -> str | None:
    """Why the system's output cannot be heard, in words; None where it can, or nobody tells. May take some seconds."""
    for commands in _VOLUME_TOOLS:
        answers = [_answer(command) for command in commands]
        told = [answer for answer in answers if answer is not None]
        if told:
            silent = any(_is_silent(answer) for answer in told)
            return NoticeText("the system's sound is muted, or its volume is 0") if silent else None
    return None


def _answer(command: tuple[str, ...]) -> str | None:
    try:
        done = subprocess.run(
            command,
            env={**os.environ, "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_ASK_S,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.decode("utf-8", "replace")


def _is_silent(answer: str) -> bool:
    volumes = [int(percent) for percent in re.findall(r"(\d+)%", answer)]
    volumes += [round(100.0 * float(share)) for share in re.findall(r"Volume: (\d+\.\d+)", answer)]
    muted = "[MUTED]" in answer or "Mute: yes" in answer or ("[off]" in answer and "[on]" not in answer)
    return muted or (bool(volumes) and not any(volumes))


_IGNORE = ctypes.CFUNCTYPE(None, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p)(
    lambda *_: None
)


def _silence_alsa() -> None:
    """It writes to stderr, line by line, what one line of ours says."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL("libasound.so.2").snd_lib_error_set_handler(_IGNORE)
