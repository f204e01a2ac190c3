"""Classify images: `python -m engines classify PATH…`."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engines.classifier import Classifier
from engines.errors import UserError
from engines.files.folders import FolderListing
from engines.files.images import IMAGE_SUFFIXES, ImageTooLargeError, list_images, read_image
from engines.prediction import Prediction
from engines.view import WHOLE_FRAME, Mount


@dataclass(frozen=True)
class Classified:
    """One image's outcome: a prediction, or None for a file that cannot be read as an image, and why where that is
    known."""

    path: Path
    prediction: Prediction | None
    fault: str | None = None

    def as_json(self) -> dict[str, Any]:
        """``{path, activity, probabilities[10], regions, region_weights, region_names}``. Only for a readable image."""
        assert self.prediction is not None
        return {
            "path": str(self.path),
            "activity": self.prediction.activity.code,
            "probabilities": _rounded(self.prediction.probabilities, 6),
            "regions": _rounded(self.prediction.regions, 5),
            "region_weights": _rounded(self.prediction.region_weights, 6),
            "region_names": [name.value for name in self.prediction.region_names],
        }


def _rounded(values: NDArray[np.float32], digits: int) -> Any:
    return values.astype(np.float64).round(digits).tolist()


def find_images(paths: Sequence[Path]) -> FolderListing:
    """The image files that the paths name: files as they are, folders searched to the bottom, in sorted order.

    Raises:
        UserError: for a path that does not exist, or when no image is found.
    """
    found = FolderListing()
    for path in paths:
        if path.is_dir():
            found.add(list_images(path, deep=True))
        elif path.exists():
            found.paths.append(path)
        else:
            raise UserError(f"{path} does not exist: pass image files or folders of them")
    if not found.paths:
        said = f" ({found.left_out})" if found.left_out else ""
        raise UserError(
            f"no images in {', '.join(map(str, paths))}{said}: name a folder that holds some "
            f"({', '.join(sorted(IMAGE_SUFFIXES))})"
        )
    return found


def classify_images(
    classifier: Classifier, images: Iterable[Path], mount: Mount = WHOLE_FRAME, workers: int | None = None
) -> Iterator[Classified]:
    """Classify images of a camera in order; reading and region finding run ahead in threads, the network follows."""
    workers = workers or os.cpu_count() or 1

    def prepare(path: Path) -> tuple[NDArray[np.uint8], NDArray[np.float32]] | str | None:
        try:
            pixels = read_image(path)
        except ImageTooLargeError as error:
            return str(error)
        if pixels is None:
            return None
        view = classifier.view(pixels, mount)
        return view, classifier.regions(view)

    remaining = iter(images)
    with ThreadPoolExecutor(workers) as pool:
        ahead = [(path, pool.submit(prepare, path)) for path in islice(remaining, 2 * workers)]
        while ahead:
            path, work = ahead.pop(0)
            prepared = work.result()
            ahead.extend((following, pool.submit(prepare, following)) for following in islice(remaining, 1))
            if prepared is None or isinstance(prepared, str):
                yield Classified(path, None, prepared)
                continue
            view, regions = prepared
            yield Classified(path, classifier.infer(view, regions, mirrored=mount.mirror))
