"""What command lines share: names and versions, how one ends, numbers as arguments, and the progress bar."""

from __future__ import annotations

import argparse
import math
import os
import re
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from fractions import Fraction
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engines.errors import UserError
from engines.files.output import private_files
from engines.files.output_streams import printable_output

if TYPE_CHECKING:
    from rich.progress import Progress

_OPENCV = ("opencv-python-headless", "opencv-python", "opencv-contrib-python-headless", "opencv-contrib-python")
_ONNX_RUNTIME = ("onnxruntime", "onnxruntime-gpu")


def program(script: str, module: str) -> str:
    """A command's name as it was started: by its script, or as a module."""
    return script if Path(sys.argv[0]).stem == script else f"python -m {module}"


def confirmed(question: str) -> bool:
    """Whether the user says yes. Raises `UserError` where nobody can be asked."""
    if sys.stdin is None or not sys.stdin.isatty():
        raise UserError("nobody can be asked here whether to delete: add --yes")
    try:
        return input(f"{question}? [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        return False


def add_version(parser: argparse.ArgumentParser) -> None:
    """Add ``--version``, which prints `versions` and ends the command."""
    parser.add_argument(
        "--version",
        action=_PrintVersions,
        help="print the versions of the program, of what it runs on, and the bundle's name (--bundle before it counts)",
    )


class _PrintVersions(argparse.Action):
    def __init__(self, option_strings: Sequence[str], dest: str, help: str | None = None) -> None:
        super().__init__(option_strings, argparse.SUPPRESS, nargs=0, default=argparse.SUPPRESS, help=help)

    def __call__(self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, *_: Any) -> None:
        print("\n".join(versions(getattr(namespace, "bundle", None))))
        parser.exit()


def versions(bundle: Path | None = None) -> list[str]:
    """The program and its version, then the bundle (the default one when left out) and the libraries, one a line.

    Read from what is installed, without loading it. Raises `UserError` for a bundle that cannot be read.
    """
    from engines.bundles.manifest import read_manifest

    program, *libraries = (f"{name} {version}" for name, version in software_versions().items())
    return [program, f"bundle {read_manifest(bundle).name}", *libraries]


def software_versions() -> dict[str, str]:
    """The program and the libraries → version, read from what is installed, without loading it."""
    pyav, libavcodec = _version("av"), _ffmpeg_library("libavcodec")
    return {
        "driver-monitor": _version("driver-monitor"),
        "onnxruntime": _version(*_ONNX_RUNTIME),
        "OpenCV": _version(*_OPENCV),
        "PyAV": pyav if libavcodec is None else f"{pyav} (FFmpeg with libavcodec {libavcodec})",
    }


def _version(*names: str) -> str:
    """The version of the first of some packages that is installed."""
    for name in names:
        try:
            return metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return "not installed as a package"


def _ffmpeg_library(name: str) -> str | None:
    """The version of a library of FFmpeg that PyAV's wheel brings along; None for a build that uses the system's."""
    try:
        files = metadata.files("av") or []
    except metadata.PackageNotFoundError:
        return None
    # libavcodec-5e6b81c2.so.62.28.102, libavcodec.62.28.102.dylib
    found = (re.fullmatch(rf"{name}\D.*?(\d+\.\d+\.\d+)(\.dylib)?", file.name) for file in files)
    return next((match[1] for match in found if match), None)


def number(text: str) -> float:
    """Any number that is finite."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number")
    return value


def positive_number(text: str) -> int:
    """A number of 1 or more."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above zero")
    return int(text)


def percentage(text: str) -> float:
    """A share, 0..1, of what is written as 0 to 100."""
    if not text.isdecimal() or int(text) > 100:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0 to 100")
    return int(text) / 100.0


def positive_seconds(text: str) -> float:
    """A length of time above zero."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0.0 < seconds < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds above zero")
    return seconds


def run_command(main: Callable[[Sequence[str] | None], int], argv: Sequence[str] | None = None) -> int:
    """Run a command line's `main`; a `UserError` becomes one line on stderr and exit code 2, Ctrl-C becomes 130.

    What is printed meanwhile is `printable`, and what is written is for the user alone. A reader of the output that
    goes away, as `head` does, ends the command without a word, as it does others.
    """
    with printable_output(sys.argv[1:] if argv is None else argv), private_files():
        return _exit_code(main, argv)


def _exit_code(main: Callable[[Sequence[str] | None], int], argv: Sequence[str] | None) -> int:
    try:
        code = main(argv)
        if sys.stdout is not None:  # a program without a console has none
            sys.stdout.flush()
        return code
    except UserError as error:
        _complain(f"error: {error}")
        return 2
    except KeyboardInterrupt:
        _complain("interrupted")
        return 130
    except BrokenPipeError:
        # The interpreter would complain once more when it flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141


def _complain(line: str) -> None:
    """Say something on stderr, where that can be: a full disk or a closed pipe changes no exit code."""
    with suppress(OSError):
        print(line, file=sys.stderr, flush=True)


def whole_number(text: str) -> int:
    """A number of 0 or more."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from zero up")
    return int(text)


def seconds_between(shortest: float, longest: float) -> Callable[[str], float]:
    """The type of a length of time between two limits, seconds."""

    def seconds(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not shortest <= value <= longest:
            raise argparse.ArgumentTypeError(f"{text!r} is not a length from {shortest:g} to {longest:g} seconds")
        return value

    return seconds


def frame_rate(text: str) -> Fraction:
    """Frames per second, 1 to 60, such as ``25``, ``12.5``, ``29.97`` or ``30000/1001``."""
    try:
        rate = Fraction(text.strip())
    except (ValueError, ZeroDivisionError):
        rate = Fraction(0)
    if not 1 <= rate <= 60:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of frames per second from 1 to 60")
    # Television's rates are what 29.97 stands for: 30000/1001.
    near = Fraction(round(rate * Fraction(1001, 1000)) * 1000, 1001)
    return near if abs(near - rate) < Fraction(1, 200) and rate.denominator > 1 else rate.limit_denominator(1001)


def port_number(text: str) -> int:
    """A port, 0 to 65535."""
    port = whole_number(text)
    if port > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port from 0 to 65535")
    return port


def image_size(smallest: int, largest: int) -> Callable[[str], tuple[int, int]]:
    """The type of a width and height such as ``320x240``: even, as video needs it, and between two limits."""

    def size(text: str) -> tuple[int, int]:
        parts = text.lower().split("x")
        # Digits of other scripts are none that `int` and a reader agree about.
        if len(parts) != 2 or not all(part.isascii() and part.isdecimal() for part in parts):
            raise argparse.ArgumentTypeError(f"{text!r} is not a size such as 320x240")
        width, height = int(parts[0]), int(parts[1])
        if not all(smallest <= side <= largest and side % 2 == 0 for side in (width, height)):
            raise argparse.ArgumentTypeError(f"width and height must be even numbers from {smallest} to {largest}")
        return width, height

    return size


def progress_bar(*, transient: bool = True) -> Progress:
    """A bar on stderr: what is done, how many of how many, the time taken, and an estimate of what is left.

    Args:
        transient: whether it goes when all is done.
    """
    # Not at the start of every command: most show none.
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    from engines.files.console import PrintableConsole

    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=PrintableConsole(stderr=True),
        transient=transient,
    )
