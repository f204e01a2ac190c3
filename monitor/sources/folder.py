"""A folder of images as a source."""

from __future__ import annotations

from pathlib import Path

from engines.errors import UserError
from engines.files.folders import natural_order
from engines.files.images import IMAGE_SUFFIXES, ImageTooLargeError, list_images, read_image
from engines.files.printable import printable
from engines.notice import NoticeText
from monitor.sources.capture import silence_opencv
from monitor.sources.encoded import Tap
from monitor.sources.frame import Frame, Source

DEFAULT_FOLDER_FPS = 5.0
"""Images a second of a folder, which has no clock of its own."""


class FolderSource(Source):
    """The images of a folder, in natural order of their names, at a given rate."""

    def __init__(self, folder: Path, *, fps: float = DEFAULT_FOLDER_FPS, tap: Tap | None = None) -> None:
        """List the folder; a `tap` gets the frames, too. Raises `UserError` when no image in it can be read."""
        super().__init__()
        self._tap = tap
        self.folder = folder
        self.name = f"{printable(folder.name or folder)}/"
        self.fps = fps
        listing = list_images(folder)
        self._paths = sorted(listing.paths, key=lambda path: natural_order(path.name))
        if not self._paths:
            said = f"; {listing.left_out}" if listing.left_out else ""
            raise UserError(
                f"{folder} holds no images ({', '.join(sorted(IMAGE_SUFFIXES))}){said}: name another folder, or a video"
            )
        if listing.left_out:
            self._notices.append(NoticeText("{name}: {what}", name=self.name, what=listing.left_out))
        self.unreadable: list[Path] = []
        self._index = 0
        self._next = self._load()
        if self._next is None:
            raise UserError(f"none of the {len(self._paths)} images in {folder} can be read: copy them again")

    @property
    def duration(self) -> float | None:
        """Seconds, at the folder's rate."""
        return len(self._paths) / (self.fps or DEFAULT_FOLDER_FPS)

    @property
    def paths(self) -> tuple[Path, ...]:
        """The images, in order, whether or not they can be read."""
        return tuple(self._paths)

    def read(self) -> Frame | None:
        frame, self._next = self._next or self._load(), None
        if self._tap is not None and frame is not None:
            self._tap.frame(frame)
        return frame

    def close(self) -> None:
        self._index = len(self._paths)
        self._next = None

    def _load(self) -> Frame | None:
        """The next image that can be read; the unreadable ones before it become notices, and their time passes."""
        while self._index < len(self._paths):
            path, index = self._paths[self._index], self._index
            self._index += 1
            silence_opencv()
            too_large: ImageTooLargeError | None = None
            try:
                pixels = read_image(path)
            except ImageTooLargeError as error:
                pixels, too_large = None, error
            if pixels is not None:
                return Frame(pixels, index / (self.fps or DEFAULT_FOLDER_FPS), index)
            self.unreadable.append(path)
            if too_large is not None:
                count = len(self.unreadable)
                self._notices.append(NoticeText("{what}: skipped ({count} so far)", what=str(too_large), count=count))
                continue
            self._notices.append(
                NoticeText(
                    "{file} cannot be read as an image: skipped ({count} so far)",
                    file=printable(path.name),
                    count=len(self.unreadable),
                )
            )
        return None
