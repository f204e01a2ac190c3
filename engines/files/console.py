"""Where commands print tables and progress: Rich's console, in which no name, file or error controls the terminal."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import IO

import rich.progress
from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from engines.files.output_streams import unfiltered
from engines.files.printable import printable_lines


class PrintableConsole(Console):
    """Brackets are no markup: names of bundles, files and errors are shown as they are."""

    def __init__(self, *, stderr: bool = False, width: int | None = None, quiet: bool = False) -> None:
        super().__init__(stderr=stderr, width=width, quiet=quiet, markup=False)

    @property
    def file(self) -> IO[str]:
        """The stream itself: rich's own control codes are meant."""
        return unfiltered(super().file)

    @file.setter
    def file(self, new_file: IO[str]) -> None:
        self._file = new_file

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """What is shown, in segments; those of control codes, which move a progress bar, stay as they are."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else segment._replace(text=printable_lines(segment.text))


track = partial(rich.progress.track, console=PrintableConsole())
"""`rich.progress.track` on such a console: goes through a sequence and shows how far it is."""
