"""A simulated drive as a live camera on this machine: images over HTTP, at the pace of a clock."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import cv2

from engines.errors import UserError, reason
from train.data.opencv_threads import one_opencv_thread
from train.simulation.acting.recording import SimulatedDrive

if TYPE_CHECKING:
    from typing_extensions import Self

_HOST = "127.0.0.1"
_PATH = "/drive.mjpg"
_BOUNDARY = "frame"
_QUALITY = 85
_PATIENCE_S = 0.5  # how often a viewer's thread looks whether the stream has ended


class LiveStream:
    """Serves a recording as Motion JPEG; whoever opens `url` gets the images of now, as from a network camera.

    Drawing keeps to the clock: when it is too slow for the frame rate, frames are left out, never delayed.
    """

    def __init__(
        self,
        recording: SimulatedDrive,
        port: int = 0,
        *,
        loop: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take the port; nothing is drawn before `start`.

        Args:
            recording: what to show.
            port: on this machine only; 0 takes any free one.
            loop: whether the drive begins again when it is over, instead of ending the stream.
            clock: monotonic seconds.

        Raises:
            UserError: when the port cannot be had.
        """
        self._recording, self._loop, self._clock = recording, loop, clock
        self._news = threading.Condition()
        self._number, self._image = 0, b""
        self._over = threading.Event()
        self._failure: Exception | None = None
        try:
            self._server = _Server(port, self)
        except OSError as error:
            raise UserError(f"cannot serve on port {port}: {reason(error)}: choose another --port") from error
        self._threads = [
            threading.Thread(target=self._draw, name="stream drawing", daemon=True),
            threading.Thread(target=self._server.serve_forever, args=(0.1,), name="stream server", daemon=True),
        ]

    @property
    def url(self) -> str:
        """What a viewer opens."""
        return f"http://{_HOST}:{self._server.server_address[1]}{_PATH}"

    def start(self) -> None:
        """Begin the drive: its first second is now."""
        for thread in self._threads:
            thread.start()

    def wait(self) -> None:
        """Return when the drive is over.

        Raises:
            Exception: what kept the drive from being drawn to its end.
        """
        # With a limit, so that Ctrl-C gets through everywhere.
        while not self._over.wait(_PATIENCE_S):
            pass
        if self._failure is not None:
            raise self._failure

    def stop(self) -> None:
        """End the stream and let the port go."""
        self._end()
        if self._threads[0].is_alive():
            self._threads[0].join()
        if self._threads[1].is_alive():
            self._server.shutdown()
            self._threads[1].join()
        self._server.server_close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def next_image(self, after: int) -> tuple[int, bytes] | None:
        """Number and JPEG bytes of an image newer than number ``after``, as soon as there is one; None at the end."""
        with self._news:
            while self._number <= after:
                if self._over.is_set():
                    return None
                self._news.wait(_PATIENCE_S)
            return self._number, self._image

    def _end(self) -> None:
        self._over.set()
        with self._news:
            self._news.notify_all()

    def _draw(self) -> None:
        try:
            with one_opencv_thread():
                self._draw_all()
        except Exception as error:
            # Whoever waits learns of it; nobody would from a thread.
            self._failure = error
        finally:
            self._end()

    def _draw_all(self) -> None:
        fps, count = self._recording.fps, self._recording.frame_count
        began, index = self._clock(), 0
        while (self._loop or index < count) and not self._over.is_set():
            pixels = self._recording.frame(index % count)
            bgr = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
            _, encoded = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
            if self._over.wait(max(began + index / fps - self._clock(), 0.0)):
                break
            with self._news:
                self._number, self._image = self._number + 1, encoded.tobytes()
                self._news.notify_all()
            index = max(index + 1, int((self._clock() - began) * fps))


class _Server(ThreadingHTTPServer):
    # Viewers that are still there do not keep the program from ending.
    daemon_threads = True
    block_on_close = False

    def __init__(self, port: int, stream: LiveStream) -> None:
        super().__init__((_HOST, port), _Viewer)
        self.stream = stream


class _Viewer(BaseHTTPRequestHandler):
    """One viewer's connection."""

    server: _Server

    def do_HEAD(self) -> None:
        self._begin()

    def do_GET(self) -> None:
        if not self._begin():
            return
        number = 0
        try:
            while (news := self.server.stream.next_image(number)) is not None:
                number, image = news
                head = f"--{_BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(image)}\r\n\r\n"
                self.wfile.write(head.encode("ascii") + image + b"\r\n")
        except OSError:
            return  # the viewer has gone

    def _begin(self) -> bool:
        """Send the headers; whether there is a stream at this address. Players add queries such as ``?t=1``."""
        if urlsplit(self.path).path != _PATH:
            self.send_error(HTTPStatus.NOT_FOUND, f"the stream is at {_PATH}")
            return False
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", f"multipart/x-mixed-replace; boundary={_BOUNDARY}")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        return True

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: a viewer who comes and goes is no news."""
