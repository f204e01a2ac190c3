"""A folder of images as a source."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from engines.errors import UserError
from engines.files.folders import natural_order
from engines.files.images import IMAGE_SUFFIXES, ImageTooLargeError, list_images, read_image
from engines.files.printable import printable
from engines.notice import NoticeText
from monitor.sources.capture import silence_opencv
from monitor.sources.encoded import Tap
from monitor.sources.frame import Frame, Source
from monitor.sources.image_times import image_times

DEFAULT_FOLDER_FPS = 5.0
"""Images a second of a folder that has no clock of its own."""

_SLOW_S = 1.0 + 1e-6


class FolderSource(Source):
    """The images of a folder, in natural order of their names at a given rate, or as they were taken."""

    def __init__(self, folder: Path, *, fps: float | None = None, tap: Tap | None = None) -> None:
        """List the folder.

        Args:
            folder: with the images.
            fps: images a second where neither a table nor their names say when they were taken; `DEFAULT_FOLDER_FPS`
                when left out.
            tap: gets the frames, too.

        Raises:
            UserError: when no image in it can be read.
        """
        super().__init__()
        self._tap = tap
        self.folder = folder
        self.name = f"{printable(folder.name or folder)}/"
        listing = list_images(folder)
        self._paths = sorted(listing.paths, key=lambda path: natural_order(path.name))
        if not self._paths:
            said = NoticeText("; {left_out}", left_out=listing.left_out) if listing.left_out else ""
            raise UserError(
                NoticeText(
                    "{folder} holds no images ({names}){said}: name another folder, or a video",
                    folder=folder,
                    names=", ".join(sorted(IMAGE_SUFFIXES)),
                    said=said,
                )
            )
        if listing.left_out:
            self._notices.append(NoticeText("{name}: {what}", name=self.name, what=listing.left_out))
        times = image_times(folder, self._paths)
        rate = fps or DEFAULT_FOLDER_FPS
        if times is not None:
            self._paths.sort(key=times.__getitem__)
            self.step_s = times[self._paths[-1]] / max(1, len(self._paths) - 1) or 1.0 / rate
            rate = 1.0 / self.step_s
            self.times_s = [times[path] for path in self._paths]
            self._note_times(fps)
        else:
            self.step_s = 1.0 / rate
            self.times_s = [number / rate for number in range(len(self._paths))]
        self.fps = rate
        self.unreadable: list[Path] = []
        self._index = 0
        self._next = self._load()
        if self._next is None:
            raise UserError(
                NoticeText(
                    "none of the {count} images in {folder} can be read: copy them again",
                    count=len(self._paths),
                    folder=folder,
                )
            )

    @property
    def duration(self) -> float | None:
        """Seconds, to the end of the last image."""
        return self.times_s[-1] + self.step_s

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

    def _note_times(self, fps: float | None) -> None:
        """Say whether a stated rate is not used, and where images are too far apart for alerts."""
        if fps is not None:
            own = NoticeText(
                "has its own time stamps: the {fps:g} frames a second that are stated are not used", fps=fps
            )
            self.note(NoticeText("{name}: {what}", name=self.name, what=own))
        for earlier_s, later_s in pairwise(self.times_s):
            if later_s - earlier_s > _SLOW_S:
                self.note(
                    NoticeText(
                        "{name}: no image from {from_s:.1f} to {to_s:.1f} s: with fewer than one a second nobody is "
                        "ever alerted",
                        name=self.name,
                        from_s=earlier_s,
                        to_s=later_s,
                    )
                )
                return

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
                return Frame(pixels, self.times_s[index], index)
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
