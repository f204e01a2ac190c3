"""What is looked at before a training begins: classes without images, images that cannot be read, and copies."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Sequence

from engines.activities import ACTIVITY_CODES, Activity
from engines.command import progress_bar
from engines.files.images import check_images, require_readable
from train.data.images import LabelledImage, Split
from train.data.opencv_threads import one_opencv_thread

_LOG = logging.getLogger(__name__)

_MAX_NAMED = 10


def warn_of_empty_classes(split: Split) -> None:
    """Say which classes have no image to train on, to validate on, or at all."""
    absent = [
        set(range(len(split.classes))) - {image.label for image in images} for images in (split.train, split.validation)
    ]
    for labels, where, consequence in (
        (absent[0] & absent[1], "in training and in validation", "it cannot be learned, and nothing measures it"),
        (absent[0] - absent[1], "in training", "it cannot be learned"),
        (absent[1] - absent[0], "in validation", "nothing measures how well it is recognised"),
    ):
        if labels:
            names = [_class_name(split.classes, label) for label in sorted(labels)]
            more = f" and {len(names) - _MAX_NAMED} more" if len(names) > _MAX_NAMED else ""
            _LOG.warning("no image of %s%s %s: %s", ", ".join(names[:_MAX_NAMED]), more, where, consequence)


def _class_name(classes: Sequence[str], label: int) -> str:
    name = classes[label]
    return f"{name} ({Activity(label).title})" if tuple(classes) == ACTIVITY_CODES else name


def check_files(split: Split) -> None:
    """Look whether all images of a split can be read, and whether some are copies of each other.

    Each is read once, and decoded as cheaply as can be (see `engines.files.images.check_images`): State Farm's 22,424
    images take about half a minute on one core. Copies, byte for byte, are said: in training and in validation, of
    other drivers, or of other classes.

    Raises:
        UserError: which counts and names the images that cannot be read.
    """
    images = {image.path: image for image in (*split.train, *split.validation)}
    copies: dict[bytes, list[LabelledImage]] = defaultdict(list)
    checked = []
    # Processes are forked after this, and a child cannot end the threads that OpenCV may have begun.
    with one_opencv_thread(), progress_bar() as progress:
        for image in progress.track(check_images(images), total=len(images), description="checking images"):
            copies[image.digest].append(images[image.path])
            if image.problem:
                checked.append(image)
    require_readable(checked, len(images), "fetch them again, or take them out of the data set")
    validation = {image.path for image in split.validation}
    several = [group for group in copies.values() if len(group) > 1]
    for what, differs in (
        ("in training and in validation, which flatters the results", lambda image: image.path in validation),
        ("of different drivers", lambda image: image.driver),
        ("of different classes", lambda image: image.label),
    ):
        groups = [group for group in several if len({differs(image) for image in group}) > 1]
        if groups:
            first = " and ".join(str(image.path) for image in groups[0][:2])
            _LOG.warning("images that are copies of each other %s: %d, the first: %s", what, len(groups), first)
