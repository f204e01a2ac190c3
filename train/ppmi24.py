"""People Playing Musical Instruments, 24 classes (Yao and Fei-Fei, CVPR 2010): `python -m train.ppmi24 --data DIR`.

Layout: ``norm_image/{play_instrument,with_instrument}/<instrument>/{train,test}/*.jpg``: twelve instruments, played or
only held, 100 training and 100 test images each; measured by mean average precision.
"""

from __future__ import annotations

from pathlib import Path

from engines.command import run_command
from engines.errors import UserError
from engines.files.folders import FolderListing, is_hidden
from engines.files.images import list_images
from train.command import DataSet, main_of
from train.data.images import LabelledImage
from train.data.lists import note_left_out
from train.data.splits import predefined_split

_FOLDER = "norm_image"
_INTERACTIONS = {"play_instrument": "playing", "with_instrument": "with"}


def read_ppmi24(root: Path) -> tuple[list[LabelledImage], list[LabelledImage], list[str]]:
    """Training images, test images, and the classes, such as ``playing flute``. Raises `UserError`."""
    folder = root / _FOLDER if (root / _FOLDER).is_dir() else root
    folders = [(folder / name, verb) for name, verb in _INTERACTIONS.items()]
    if not all(path.is_dir() for path, _ in folders):
        raise UserError(
            f"no PPMI data in {root}: download the normalised images from ai.stanford.edu/~bangpeng/ppmi.html and pass "
            f"--data DIR (or set PPMI24_DATA) with {_FOLDER}/{{play_instrument,with_instrument}}/<instrument>/"
            "{train,test}/*.jpg"
        )
    instruments = [
        (path, verb)
        for parent, verb in folders
        for path in sorted(parent.iterdir())
        if path.is_dir() and not is_hidden(path.name)
    ]
    found = FolderListing()
    train, test = (
        [image for label, (path, _) in enumerate(instruments) for image in _read_part(path / part, label, found)]
        for part in ("train", "test")
    )
    note_left_out(found, folder)
    if not train or not test:
        raise UserError(
            f"no images in {folder}/*/<instrument>/{'test' if train else 'train'}: fetch the data set again"
        )
    return train, test, [f"{verb} {path.name}" for path, verb in instruments]


def _read_part(folder: Path, label: int, found: FolderListing) -> list[LabelledImage]:
    """The images of a class; what is found is added. Raises `UserError`."""
    there = list_images(folder)
    found.add(there)
    return [LabelledImage(path, label) for path in there.paths]


DATASET = DataSet(
    "ppmi24",
    "People Playing Musical Instruments",
    predefined_split(read_ppmi24, "PPMI-24", 24),
    split_name="own",
    primary_metrics=("map", "top1"),
)
main = main_of(DATASET)


if __name__ == "__main__":
    raise SystemExit(run_command(main))
