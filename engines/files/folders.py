"""Reading folders: which files are meant, in which order, and what is said of the others."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from engines.errors import UserError, reason
from engines.files.printable import printable
from engines.notice import NoticeText

_HIDDEN = frozenset({"thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r", "__macosx", "@eadir"})
"""What Windows, macOS and network drives put beside a user's files, in small letters."""

_MAX_SUFFIXES = 8


def is_hidden(name: str) -> bool:
    """Whether a file or folder is one that people do not see: ``._img.jpg``, ``.DS_Store``, ``Thumbs.db``."""
    return name.startswith(".") or name.lower() in _HIDDEN


def natural_order(name: str) -> tuple[list[tuple[int, int, str]], str]:
    """A key that sorts ``img_2`` before ``img_10``, by the numbers of any script; ``²`` and ``②`` are no numbers."""
    parts = re.split(r"(\d+)", name)
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts if part], name


@dataclass
class FolderListing:
    """The files of a folder that were looked for.

    Attributes:
        paths: them, sorted by their paths.
        others: how many other files there are, by suffix in small letters, and what else is there.
        hidden: how many hidden files and folders there are.
    """

    paths: list[Path] = field(default_factory=list)
    others: Counter[str] = field(default_factory=Counter)
    hidden: int = 0

    def add(self, other: FolderListing) -> None:
        """Take another folder's files in."""
        self.paths += other.paths
        self.others += other.others
        self.hidden += other.hidden

    @property
    def left_out(self) -> NoticeText | None:
        """What was left out, in one line; None where nothing was."""
        counts = self.others.most_common()
        listed = [f"{printable(name)} ({count})" for name, count in counts[:_MAX_SUFFIXES]]
        if len(counts) > _MAX_SUFFIXES:
            listed.append(f"… ({sum(count for _, count in counts[_MAX_SUFFIXES:])})")
        if self.hidden and listed:
            return NoticeText(
                "left out, {count} in all: {files}; {hidden} hidden",
                count=sum(self.others.values()),
                files=", ".join(listed),
                hidden=self.hidden,
            )
        if listed:
            return NoticeText(
                "left out, {count} in all: {files}", count=sum(self.others.values()), files=", ".join(listed)
            )
        return NoticeText("hidden files left out: {hidden}", hidden=self.hidden) if self.hidden else None


def list_folder(folder: Path, wanted: Callable[[Path], bool], *, deep: bool = False) -> FolderListing:
    """The files of a folder that are wanted, and what else is there.

    Args:
        folder: to read.
        wanted: whether a file, which is not hidden, is one of them.
        deep: whether to look into its folders, too; links to folders are not followed.

    Raises:
        UserError: when a folder cannot be read.
    """

    def refuse(error: OSError) -> None:
        raise UserError(
            NoticeText(
                "cannot read the folder {folder}: {reason}",
                folder=printable(error.filename or folder),
                reason=reason(error),
            )
        ) from error

    listing = FolderListing()
    try:
        for place, folders, files in os.walk(folder, onerror=refuse):
            inside = [name for name in folders if not is_hidden(name)]
            listing.hidden += len(folders) - len(inside)
            linked = [name for name in inside if (Path(place) / name).is_symlink()]
            if deep:
                listing.others.update(dict.fromkeys(["linked folders"], len(linked)) if linked else {})
                folders[:] = inside
            else:
                listing.others.update({"folders": len(inside)} if inside else {})
                folders.clear()
            _sort(listing, Path(place), files, wanted)
    except OSError as error:
        refuse(error)
    listing.paths.sort()
    return listing


def _sort(listing: FolderListing, place: Path, files: Iterable[str], wanted: Callable[[Path], bool]) -> None:
    for name in files:
        path = place / name
        if is_hidden(name):
            listing.hidden += 1
        elif not path.is_file():
            listing.others["no files"] += 1
        elif wanted(path):
            listing.paths.append(path)
        else:
            listing.others[path.suffix.lower() or "without a suffix"] += 1
