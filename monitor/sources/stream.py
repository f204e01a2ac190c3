"""A network stream: RTSP, HTTP and what else FFmpeg reads."""

from __future__ import annotations

import contextlib
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import av
from av.container import InputContainer
from av.video.reformatter import VideoReformatter

from engines.errors import UserError, reason
from engines.files.video.opening import OPEN_OPTIONS, limit_pixels
from engines.files.video.pixels import Fields, ShownFrame
from engines.notice import NoticeText
from monitor.sources.capture import MAX_FPS, Image
from monitor.sources.encoded import LiveTimes, PacketReader, Tap, is_copied
from monitor.sources.stream_clock import StreamClock

_TIMEOUT_S = 4.0
"""How long opening or reading may take before the stream counts as lost."""

_OPTIONS = {"rtsp_transport": "tcp"}
"""Cameras lose packets over UDP, which smears what is decoded."""

_MOST_ERRORS = 100
"""After so many packets that cannot be decoded, without a frame between them, the stream counts as lost."""

_MOST_HELD = 64
"""More packets no decoder holds back."""

_NEED_A_HOST = frozenset({"http", "https", "rtmp", "rtmps", "rtsp", "rtsps", "srt", "tcp"})


class StreamCapture:
    """A stream's first video, its fields joined, upright.

    Packets that cannot be decoded are left out. What a decoder still holds when a stream ends is older than its end,
    and is left out, too.

    Attributes:
        gives_packets: whether the tap gets its packets.
    """

    def __init__(self, url: str, clock: Callable[[], float] = time.monotonic, tap: Tap | None = None) -> None:
        """Open it; what cannot be reached gives no frame. A `tap` gets the packets, of codecs that are copied.

        Raises:
            UserError: for an address that can never be reached.
        """
        _check(url)
        self._container: InputContainer | None = None
        self._frames: Iterator[Image] = iter(())
        self._fps: float | None = None
        self.problem: str | None = None
        self.gives_packets = False
        try:
            options = _OPTIONS if url.lower().startswith("rtsp") else {}
            self._container = av.open(url, timeout=(_TIMEOUT_S, _TIMEOUT_S), options=options, **OPEN_OPTIONS)
            if self._container.streams.video:
                rate = self._container.streams.video[0].average_rate
                self._fps = float(rate) if rate is not None and 0.1 <= rate <= MAX_FPS else None
                self.gives_packets = tap is not None and is_copied(self._container.streams.video[0])
                self._frames = _decoded(self._container, clock, tap if self.gives_packets else None)
            else:
                self.problem = "no video in it"
        except av.error.ProtocolNotFoundError as error:
            scheme = url.partition("://")[0]
            raise UserError(
                NoticeText(
                    "no stream can be read from an address that begins with {scheme}://: write rtsp://, http:// or https://",
                    scheme=scheme,
                )
            ) from error
        except (av.FFmpegError, OSError, ValueError) as error:
            if url.lower().startswith("file:") and isinstance(error, FileNotFoundError | IsADirectoryError):
                raise UserError(NoticeText("no such source: {url}: name a file that is there", url=url)) from error
            self._fail(error)
            self.close()

    @property
    def fps(self) -> float | None:
        return self._fps

    def read(self) -> Image | None:
        try:
            return next(self._frames, None)
        except (av.FFmpegError, OSError, ValueError) as error:
            self._fail(error)
            self._frames = iter(())
            return None

    def close(self) -> None:
        container, self._container = self._container, None
        self._frames = iter(())
        if container is not None:
            with contextlib.suppress(av.FFmpegError, OSError):
                container.close()

    def _fail(self, error: Exception) -> None:
        if isinstance(error, av.error.ExitError):
            self.problem = "no answer"
        else:
            self.problem = reason(error) if isinstance(error, OSError) else type(error).__name__


def _check(url: str) -> None:
    """Raises `UserError` for an address without a host, or with a port that there is none of."""
    try:
        address = urlsplit(url)
        missing = address.scheme.lower() in _NEED_A_HOST and not address.hostname
        wrong = address.port == 0
    except ValueError:
        missing = wrong = True
    if missing or wrong:
        # The address itself may hold a password.
        raise UserError(
            NoticeText(
                "this stream's address names no host, or a port that cannot be: write it as"
                " rtsp://192.168.1.20:554/cabin; in a password / is written %2F, ? %3F, # %23 and @ %40"
            )
        )


def _decoded(container: InputContainer, clock: Callable[[], float], tap: Tap | None) -> Iterator[Image]:
    reformatter, fields, stream_clock = VideoReformatter(), Fields(), StreamClock()
    stream = container.streams.video[0]
    limit_pixels(stream)
    stream.thread_type = "SLICE"  # threads a frame each would hold frames back
    taken_s: OrderedDict[int | None, float] = OrderedDict()  # by the packets' times of presentation
    errors, asked_s = 0, clock()
    packets = None if tap is None else PacketReader(tap)
    live_times = LiveTimes()
    for packet in container.demux(stream):
        now_s = clock()
        if not packet.size:  # it would end the decoding
            continue
        own_s = None if packet.dts is None or packet.time_base is None else float(packet.dts * packet.time_base)
        latest_s = taken_s[packet.pts] = stream_clock.taken(own_s, now_s, now_s - asked_s)
        while len(taken_s) > _MOST_HELD:
            taken_s.popitem(last=False)
        if packets is not None and own_s is not None:
            offset_s = live_times.at(own_s, latest_s)
            later = 0 if packet.pts is None or packet.dts is None else packet.pts - packet.dts
            later_s = 0.0 if packet.time_base is None else float(later * packet.time_base)
            packets.hand_on(packet, own_s + later_s + offset_s, own_s + offset_s)
        try:
            pictures = stream.decode(packet)
        except av.error.EOFError:
            return
        except av.FFmpegError:
            errors += 1
            if errors >= _MOST_ERRORS:
                return
            pictures = []
        else:
            errors = 0 if pictures else errors
        for picture in pictures:
            at_s = taken_s.get(picture.pts, latest_s)
            shown = ShownFrame(picture, at_s, picture.is_corrupt, round(picture.rotation / 90))
            for frame in fields.joined(shown):
                yield Image(frame.pixels(reformatter), frame.time_s)
        asked_s = clock()
