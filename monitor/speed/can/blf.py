"""Vector's BLF logs: containers read here, with limits; their objects by python-can."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO

import can
from can.io.blf import BLFParseError

_HEADER_BYTES = range(72, 4097)
_MAX_CONTAINER = 64 * 2**20
_OBJECT = struct.Struct("<4sHHLL")  # signature, header's size, its version, object's size, type
_CONTAINER = struct.Struct("<H6xL4x")  # compression, size unpacked
_LOG_CONTAINER, _ZLIB = 10, 2
_MIN_OBJECT = _OBJECT.size + 16


class BlfReader(can.BLFReader):
    """Frames of a BLF log. Where it is damaged or cut it raises, after the frames before.

    python-can reads an object of size 0 again and again, and unpacks whatever a container says.
    """

    def __init__(self, file: BinaryIO, head: bytes) -> None:
        """Read a file that begins with `head`. Raises `BLFParseError` or `struct.error` when it is no BLF log."""
        if struct.unpack_from("<L", head, 4)[0] not in _HEADER_BYTES:
            raise BLFParseError("its header is damaged")
        super().__init__(file)

    def __iter__(self) -> Iterator[can.Message]:  # type: ignore[override]
        while True:
            header = self.file.read(_OBJECT.size)
            if not header:
                break
            signature, _, _, size, kind = _OBJECT.unpack(header)
            if signature != b"LOBJ" or not _OBJECT.size <= size <= _MAX_CONTAINER:
                raise BLFParseError("an object's header is damaged")
            content = self.file.read(size - _OBJECT.size)
            if len(content) < size - _OBJECT.size:
                raise BLFParseError("the file ends in the middle of an object")
            self.file.read(size % 4)
            if kind == _LOG_CONTAINER:
                yield from self._parse_container(_unpacked(content))
        if self._tail.strip(b"\0"):
            raise BLFParseError("the file ends in the middle of an object")

    def _parse_data(self, data: bytes) -> Iterator[can.Message]:
        end, damaged = _sound_bytes(data)
        yield from super()._parse_data(data[:end])
        if damaged:
            raise BLFParseError("an object's header is damaged")


def _unpacked(content: bytes) -> bytes:
    method, _ = _CONTAINER.unpack_from(content)
    content = content[_CONTAINER.size :]
    if method != _ZLIB:
        return content
    unpacker = zlib.decompressobj()
    unpacked = unpacker.decompress(content, _MAX_CONTAINER)
    if unpacker.unconsumed_tail:
        raise BLFParseError(f"a container unpacks to more than {_MAX_CONTAINER >> 20} MB")
    return unpacked


def _sound_bytes(data: bytes) -> tuple[int, bool]:
    """Where the objects end that are whole, or go on in the next container; and whether damage follows."""
    position = 0
    while True:
        found = data.find(b"LOBJ", position, position + 8)
        if found < 0:
            return len(data), False  # python-can says what is missing
        if found + _OBJECT.size > len(data):
            return len(data), False
        size = _OBJECT.unpack_from(data, found)[3]
        if not _MIN_OBJECT <= size <= _MAX_CONTAINER:
            return found, True
        position = found + size
        if position > len(data):
            return len(data), False
