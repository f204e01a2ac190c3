"""What a trained network of model `zoom` makes of head and hands.

`python -m train.studies.part_importance RUN --statefarm DIR… --objects train/studies/objects.csv --objects-root DIR
--simulated DIR`. Two questions, asked of images that it was not trained on:

- *Is anything lost with others?* The images are classified with the places that it found, with another image's, and
  with the middle of the view for all of them.
- *Does the strongest part hold the object?* In photographs the phone, cup or hand that a person has boxed
  (`objects.csv`: ``file,x0,y0,x1,y1`` in 0..1 of the image); in simulated images the hand that has it, or the head.

Prints a table and writes `part-importance.json` into the run's folder.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel
from rich.table import Table
from torch import Tensor
from torch.nn import functional as F
from torch.utils.data import DataLoader

from engines.command import run_command
from engines.command_parser import CommandParser
from engines.driver_parts import PARTS
from engines.errors import UserError
from engines.files.console import track
from engines.files.output import write_atomic
from engines.files.text import parse_rows, read_text
from train.command import add_workers_argument
from train.data.driver_parts import part_targets
from train.data.images import LabelledImage, with_parts
from train.data.opencv_threads import one_opencv_thread, one_thread_a_worker
from train.default import load_settings
from train.export import read_run
from train.loop.view_dataset import ViewDataset
from train.models.zoom_net import MARGIN, ZoomNet, telling_part
from train.reporting.console import table_console
from train.statefarm import read_statefarm

_FILE = "part-importance.json"
_BATCH = 16
_WIDTH = 100
_COLUMNS = ("file", "x0", "y0", "x1", "y1")


class Places(str, Enum):
    """Where the network is made to look."""

    OWN = "where it found them"
    OTHER_IMAGE = "where another image has them"
    MIDDLE = "in the middle"


class PlacesResult(BaseModel):
    """How images were classified: fraction that was right, and mean log loss in nats."""

    top1: float
    log_loss: float


class Pointing(BaseModel):
    """In what fraction of the images the strongest part's cut-out holds the object's middle."""

    images: int
    holds: float


class PartImportance(BaseModel):
    """What `part-importance.json` holds."""

    images: int
    results: dict[Places, PlacesResult]
    photographs: Pointing | None
    simulated: Pointing | None


class _Loader(DataLoader):  # type: ignore[type-arg]
    def __init__(self, images: Sequence[LabelledImage], view_size: int, workers: int) -> None:
        dataset = ViewDataset(images, view_size)
        super().__init__(dataset, batch_size=_BATCH, num_workers=workers, worker_init_fn=one_thread_a_worker)


def with_other_places(
    network: ZoomNet, images: Sequence[LabelledImage], view_size: int, workers: int
) -> dict[Places, PlacesResult]:
    """Classify images with the places of each kind. The other image is the one before, in a random order."""
    order = np.random.default_rng(0).permutation(len(images))
    images = [images[index] for index in order]
    logits: dict[Places, list[Tensor]] = {kind: [] for kind in Places}
    before: tuple[Tensor, Tensor] | None = None
    with torch.inference_mode(), one_opencv_thread():
        for batch in track(_Loader(images, view_size, workers), description="classifying", transient=True):
            regions = torch.zeros(len(batch["image"]), 0, 4)
            centres, sides = network.locate(batch["image"])
            earlier = (centres[-1:], sides[-1:]) if before is None else before
            before = (centres[-1:], sides[-1:])
            looks = {
                Places.OWN: (centres, sides),
                Places.OTHER_IMAGE: tuple(
                    torch.cat([first, own[:-1]]) for first, own in zip(earlier, (centres, sides), strict=True)
                ),
                Places.MIDDLE: (torch.full_like(centres, 0.5), sides),
            }
            for kind, (at, size) in looks.items():
                logits[kind].append(network(batch["image"], regions, look=(at, size)).logits)
    labels = torch.tensor([image.label for image in images])
    results = {}
    for kind, parts in logits.items():
        every = torch.cat(parts)
        results[kind] = PlacesResult(
            top1=float((every.argmax(dim=1) == labels).float().mean()), log_loss=float(F.cross_entropy(every, labels))
        )
    return results


def pointing(
    network: ZoomNet, images: Sequence[LabelledImage], objects: NDArray[np.float64], view_size: int, workers: int
) -> Pointing:
    """Whether the strongest part's cut-out holds the middle of the object.

    Args:
        network: with the trained weights.
        images: N.
        objects: (N, 2), the objects' middles in 0..1 of the image.
        view_size: S.
        workers: loader processes.
    """
    held: list[Tensor] = []
    done = 0
    with torch.inference_mode(), one_opencv_thread():
        for batch in track(_Loader(images, view_size, workers), description="pointing", transient=True):
            centres, sides = network.locate(batch["image"])
            output = network(batch["image"], torch.zeros(len(batch["image"]), 0, 4))
            strongest = output.part_weights[:, : len(PARTS)].argmax(dim=1)
            rows = torch.arange(len(strongest))
            middles = torch.from_numpy(objects[done : done + len(strongest)])
            done += len(strongest)
            away = (centres[rows, strongest] - middles).abs().amax(dim=1)
            held.append(away <= MARGIN * sides[rows, strongest] / 2)
    return Pointing(images=len(images), holds=float(torch.cat(held).float().mean()))


def boxed_objects(file: Path, root: Path) -> tuple[list[LabelledImage], NDArray[np.float64]]:
    """The images that a person has boxed, and the middles (N, 2) of the boxes. Raises `UserError`."""
    rows = [row for _, row in parse_rows(read_text(file, "boxes"), _COLUMNS)]
    images = [LabelledImage(root / row["file"], 0) for row in rows]
    missing = [image.path for image in images if not image.path.is_file()]
    if missing:
        raise UserError(f"{file} names {len(missing)} images that are not in {root}, such as {missing[0]}")
    boxes = np.array([[float(row[name]) for name in _COLUMNS[1:]] for row in rows])
    return images, (boxes[:, :2] + boxes[:, 2:]) / 2


def simulated_objects(folder: Path) -> tuple[list[LabelledImage], NDArray[np.float64]]:
    """Simulated images in which a part shows the activity, and its middles (N, 2)."""
    images = with_parts(read_statefarm(folder), [folder / "parts.csv"])
    targets = torch.from_numpy(np.stack([part_targets(image.parts, np.eye(3)) for image in images]))
    part = telling_part(torch.tensor([image.label for image in images]), targets)
    known = torch.tensor(
        [index >= 0 and bool(row[index, 3]) for index, row in zip(part.tolist(), targets, strict=True)]
    )
    chosen = [image for image, use in zip(images, known.tolist(), strict=True) if use]
    return chosen, targets[known, part[known], :2].double().numpy()


def main(argv: Sequence[str] | None = None) -> int:
    """Measure what the parts are worth."""
    parser = CommandParser(prog="python -m train.studies.part_importance", description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path, metavar="RUN")
    parser.add_argument(
        "--statefarm", type=Path, nargs="+", required=True, metavar="DIR", help="validation drivers' images"
    )
    parser.add_argument("--objects", type=Path, metavar="CSV", help="boxes of objects in photographs")
    parser.add_argument("--objects-root", type=Path, metavar="DIR", help="what their paths begin in")
    parser.add_argument("--simulated", type=Path, metavar="DIR", help="simulated drivers that it was not trained on")
    add_workers_argument(parser)
    args = parser.parse_args(argv)
    record, _, network = read_run(args.run)
    if not isinstance(network, ZoomNet):
        raise UserError(f"{args.run} is no run of model zoom: pass one, or see train.studies.region_importance")
    view_size = record.settings.network.view_size
    holdout = load_settings().holdout
    images = [image for folder in args.statefarm for image in read_statefarm(folder) if image.driver in holdout]
    results = with_other_places(network, images, view_size, args.workers)
    photographs = simulated = None
    if args.objects:
        boxed = boxed_objects(args.objects, args.objects_root or args.objects.parent)
        photographs = pointing(network, *boxed, view_size, args.workers)
    if args.simulated:
        simulated = pointing(network, *simulated_objects(args.simulated), view_size, args.workers)
    found = PartImportance(images=len(images), results=results, photographs=photographs, simulated=simulated)
    write_atomic(args.run / _FILE, found.model_dump_json(indent=1) + "\n")
    table = Table("it looks", "top-1, %", "log loss", title=f"{len(images)} images of {', '.join(holdout)}")
    for kind, result in results.items():
        table.add_row(kind.value, f"{100 * result.top1:.1f}", f"{result.log_loss:.3f}")
    console = table_console(_WIDTH)
    console.print(table)
    for name, value in (("photographs", photographs), ("simulated images", simulated)):
        if value is not None:
            console.print(f"the strongest part holds the object in {value.holds:.1%} of {value.images} {name}")
    return 0


if __name__ == "__main__":
    raise SystemExit(run_command(main))
