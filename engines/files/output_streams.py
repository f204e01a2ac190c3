"""What a command prints to stdout and stderr: text that any terminal shows as it is meant."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, TextIO, cast

from engines.files.addresses import is_address
from engines.files.printable import printable_lines, source_label


class _PrintableStream:
    """A stream of text, but for what controls a terminal and for passwords; the rest is the stream's own."""

    def __init__(self, stream: TextIO, labels: Mapping[str, str]) -> None:
        self._stream, self._labels = stream, labels
        # The name by which rich looks for the stream below.
        self.rich_proxied_file = stream

    def write(self, text: str) -> int:
        # A progress bar of a library begins its line again.
        begin = "\r" if text.startswith("\r") else ""
        shown = text[len(begin) :]
        for address, label in self._labels.items():
            shown = shown.replace(address, label)
        self._stream.write(begin + printable_lines(shown))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def unfiltered(stream: IO[str]) -> IO[str]:
    """The stream itself below what filters it: for whoever writes control codes that are meant."""
    below = getattr(stream, "rich_proxied_file", None)
    return stream if below is None else unfiltered(below)


@contextmanager
def printable_output(arguments: Sequence[str]) -> Iterator[None]:
    """Within the block, whatever is printed to stdout and stderr is printable; a letter that they lack is escaped.

    Args:
        arguments: of the command line. Those that are addresses are shown by their labels, in any message.
    """
    _fill_closed()
    os.environ.setdefault("PYTHON_COLORS", "0")  # Python's own control codes, in tracebacks and usages, pass here, too
    labels = _labels(arguments)
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (_printable_stream(stream, labels) for stream in before)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


def _labels(arguments: Iterable[str]) -> dict[str, str]:
    """What arguments that are addresses are shown as, in the forms in which messages hold them."""
    labels = {}
    for argument in arguments:
        value = argument.partition("=")[2] if argument.startswith("-") else argument
        if is_address(value):
            forms = (value, repr(value)[1:-1], str(Path(value)))
            labels.update(dict.fromkeys(forms, source_label(value)))
    return labels


def _printable_stream(stream: TextIO, labels: Mapping[str, str]) -> TextIO:
    if stream is None or isinstance(stream, _PrintableStream):  # a program without a console has none
        return stream
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="backslashreplace")
    return cast(TextIO, _PrintableStream(stream, labels))


def _fill_closed() -> None:
    """Have the numbers 0 to 2 lead somewhere: what is opened next would take a closed one, and get what is printed."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
