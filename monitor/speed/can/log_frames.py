"""Frames of CAN logs: which format a file is, whatever it is called, and what cannot be read of it."""

from __future__ import annotations

import bz2
import gzip
import io
import logging
import lzma
import math
import re
import shutil
import tempfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

import can

from engines.errors import UserError, reason
from engines.notice import NoticeText
from monitor.speed.can.blf import BlfReader
from monitor.speed.can.text_frames import AscFrames, AscLines, Candump, CsvFrames, NoTimesError
from monitor.speed.can.text_lines import LineTooLongError, TextLines, text_encoding

_MAX_BYTES = 2 * 2**30
"""Of a log, unpacked. Frames are read one by one, and only speeds are kept: it is for patience, no more."""

_MAX_COPY = 2**30
_PATIENCE = 1000
"""Lines that may be none of the format before the first that is."""

_HEAD = 64 * 1024
_FORMATS = (
    "candump -L, ASC, BLF, TRC, MF4, python-can's CSV and database, SavvyCAN's CSV; each packed as .gz, .bz2 or .xz"
)

_UNPACKERS: dict[bytes, Callable[[IO[bytes]], Any]] = {
    b"\x1f\x8b": lambda file: gzip.GzipFile(fileobj=file),
    b"BZh": bz2.BZ2File,
    b"\xfd7zXZ\0": lzma.LZMAFile,
}
_OTHER_PACKERS = {b"PK\x03\x04": "zip", b"\x28\xb5\x2f\xfd": "zstd", b"7z\xbc\xaf": "7z", b"\x04\x22\x4d\x18": "lz4"}

_ASC = re.compile(
    r"\s*(?:date\s+\w+\s|base\s+(?:hex|dec)|begin\s+triggerblock|//\s*version|\d+\.\d+\s+(?:CANFD\s|\d+\s+\w+\s+[RT]x\s))",
    re.IGNORECASE,
)
_ASC_RELATIVE = re.compile(r"^\s*base\s+(?:hex|dec)\s+timestamps\s+relative", re.IGNORECASE | re.MULTILINE)
_TRC = re.compile(r"\s*(?:;\$FILEVERSION|\d+\)\s+\d)")
_CANDUMP = re.compile(
    r"\s*(?:\([^()]*\)\s+)?\S+\s+(?:[0-9A-F]{3,8}#|(?:[RT]X\s+\S\s+\S\s+)?[0-9A-F]{3,8}\s+\[\d+\])", re.I
)

# Its warnings are no news for people: what cannot be read is counted here.
logging.getLogger("can").addHandler(logging.NullHandler())


class CanLog:
    """The frames of a log, in the order of the file.

    Attributes:
        path: the file.
        line: of the frame that came last, from 1; None where the format has no lines.
        notices: what could not be read, when the frames have come to their end; one line each.
    """

    def __init__(self, path: Path) -> None:
        """Nothing is opened before the frames are asked for."""
        self.path = path
        self.notices: list[NoticeText] = []
        self._lines: TextLines | None = None
        self._first_channel = 0

    @property
    def line(self) -> int | None:
        return self._lines.number if self._lines is not None else None

    def channel(self, frame: can.Message) -> str:
        """The bus of a frame as the file calls it; empty where it says none."""
        channel = frame.channel
        if isinstance(channel, int):
            channel += self._first_channel
        return "" if channel is None else str(channel)

    def __iter__(self) -> Iterator[can.Message]:
        """Raises `UserError` when the file cannot be read, or nothing of it."""
        with ExitStack() as opened:
            try:
                reader = self._open(opened)
            except UserError as error:
                raise UserError(f"{self.path} is no CAN log that can be read: {error}") from error
            except OSError as error:
                raise UserError(f"cannot read the CAN log {self.path}: {reason(error)}") from error
            except Exception as error:  # every format's reader has errors of its own
                raise UserError(f"{self.path} is no CAN log that can be read: {error}") from error
            yield from self._frames(reader)

    def _frames(self, reader: Iterable[can.Message]) -> Iterator[can.Message]:
        """A line that cannot be read is left out; whatever else is damaged is the end."""
        bad_lines: list[int] = []
        reason: Exception | None = None
        frames, first_s, last_s = 0, 0.0, 0.0
        ended = False
        while not ended:
            before = self.line
            try:
                for frame in reader:
                    if not _is_sound(frame):
                        raise ValueError("its values are those of no frame")
                    first_s = first_s if frames else frame.timestamp
                    frames, last_s = frames + 1, frame.timestamp
                    yield frame
                ended = True
            except NoTimesError as error:
                raise UserError(f"{self.path} is {error}") from error
            except Exception as error:  # every format's reader has errors of its own
                reason = reason or error
                if self._lines is not None and self.line != before and not isinstance(error, _ENDS):
                    bad_lines.append(self._lines.number)
                    ended = not frames and len(bad_lines) >= _PATIENCE
                    continue
                ended = True
                self.notices.append(
                    NoticeText(
                        "the CAN log {log} is damaged after {at_s:.1f} s: what follows cannot be read ({reason})",
                        log=self.path.name,
                        at_s=last_s - first_s,
                        reason=str(error) or type(error).__name__,
                    )
                )
        if not frames:
            where = f"line {bad_lines[0]}: " if bad_lines else ""
            raise UserError(
                f"{self.path} is no CAN log that can be read: {where}{reason or 'it holds no frame'}; "
                f"read are {_FORMATS}"
            )
        if bad_lines:
            self.notices.append(
                NoticeText(
                    "lines of the CAN log {log} that cannot be read: {count}, the first is line {line}",
                    log=self.path.name,
                    count=len(bad_lines),
                    line=bad_lines[0],
                )
            )

    def _open(self, opened: ExitStack) -> Iterable[can.Message]:
        """A reader of the file's format, by what it begins with. Raises `UserError`, and what files raise."""
        if not self.path.exists():
            raise UserError("there is no such file")
        if not self.path.is_file():
            raise UserError("it is no file")
        file: Any = opened.enter_context(self.path.open("rb"))
        start = file.read(8)
        file.seek(0)
        for mark, packer in _OTHER_PACKERS.items():
            if start.startswith(mark):
                raise UserError(f"it is packed with {packer}: unpack it, or pack it with gzip")
        unpack = next((unpack for mark, unpack in _UNPACKERS.items() if start.startswith(mark)), None)
        if unpack is not None:
            file = opened.enter_context(unpack(file))
        head: bytes = file.read1(_HEAD)
        file.seek(0)
        if head.startswith((b"SQLite format 3\0", b"MDF     ")):
            path = self.path if unpack is None else _unpacked(file, opened)
            reader = can.SqliteReader(path) if head.startswith(b"SQL") else _mf4(path)
            opened.callback(reader.stop)
            return reader
        limited = io.BufferedReader(_Limited(file))
        if head.startswith(b"LOGG"):
            self._first_channel = 1
            return BlfReader(cast(BinaryIO, limited), head)
        return self._open_text(cast(BinaryIO, limited), head)

    def _open_text(self, file: BinaryIO, head: bytes) -> Iterable[can.Message]:
        encoding = text_encoding(head)
        text = head.decode(encoding, errors="replace")
        lines = self._lines = TextLines(file, encoding)
        for line in islice(filter(str.strip, text.splitlines()), 200):
            if _TRC.match(line):
                return can.TRCReader(cast(Any, lines))
            if _ASC.match(line):
                self._first_channel = 1
                return AscFrames(AscLines(lines, relative=_ASC_RELATIVE.search(text) is not None))
            if _CANDUMP.match(line):
                return Candump(lines)
            if (line.count(",") >= 3 or line.count(";") >= 3) and not line.startswith(";"):
                return CsvFrames(lines)
        raise UserError(f"its layout is unknown; read are {_FORMATS}")


class _Limited(io.RawIOBase):
    """A file that ends with an error after so many bytes."""

    def __init__(self, file: Any, limit: int = _MAX_BYTES) -> None:
        self._file, self._left, self._limit = file, limit, limit

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        content = self._file.read1(len(buffer))
        self._left -= len(content)
        if self._left < 0:
            raise _TooLargeError(f"it is larger than {self._limit >> 30} GB: cut the log to the drive")
        buffer[: len(content)] = content
        return len(content)


class _TooLargeError(Exception):
    pass


_ENDS = (LineTooLongError, _TooLargeError, EOFError, OSError, zlib.error, lzma.LZMAError)
"""What no next line comes after."""


def _unpacked(file: BinaryIO, opened: ExitStack) -> Path:
    """A copy for readers that need a path; it is gone with the log."""
    copy = opened.enter_context(tempfile.NamedTemporaryFile())  # noqa: SIM115 - the log closes it
    shutil.copyfileobj(io.BufferedReader(_Limited(file, _MAX_COPY)), copy)
    copy.flush()
    return Path(copy.name)


def _mf4(path: Path) -> can.MF4Reader:
    try:
        return can.MF4Reader(path)
    except NotImplementedError as error:
        raise UserError("MF4 needs one more package: install asammdf, or save it as ASC or BLF") from error


def _is_sound(frame: can.Message) -> bool:
    """Whether a frame's time and id are numbers: a database may hold anything."""
    return (
        isinstance(frame.timestamp, int | float)
        and math.isfinite(frame.timestamp)
        and isinstance(frame.arbitration_id, int)
    )
