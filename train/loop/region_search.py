"""Finding the regions of all of a run's images beforehand, saved in its folder: an interrupted search is resumed."""

from __future__ import annotations

import io
import sys
import time
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from engines.files.console import track
from engines.files.images import require_image
from engines.files.output import write_atomic
from engines.regions import detect_keypoints
from engines.view import model_view
from train.data.images import Split
from train.data.sampling import ProcessRank
from train.models.backbones.weight_files import fitting_weights, read_weights
from train.models.network import Network
from train.regions.feature_map import FeatureMapRegions
from train.regions.mask_rcnn import MaskRCNNRegions, download_coco, published_model
from train.regions.moved_keypoints import MovedKeypoints
from train.regions.view_regions import COCO, Clusters, FoundRegions, KeypointRegions, RegionSource, ViewRegions
from train.reporting.run_record import RunSettings

REGIONS_FILE = "regions.npz"
_EVERY_S = 60.0
"""How often progress is reported and saved."""
_LOOK_AGAIN_S = 1.0
_FORMAT = 1
"""Raised when the same settings come to find other regions."""

Finder = Callable[[NDArray[np.uint8]], Clusters]
"""Finds the clusters of an image (H, W, 3) uint8 RGB."""


def prepare_regions(split: Split, settings: RunSettings, network: Network, output: Path) -> ViewRegions | None:
    """What finds the regions of a run's views, as its settings say; None for a network that looks at none.

    Regions that a network finds are found here, once for every image, and saved in the run's folder; keypoints that are
    to be moved are found here, too.

    Args:
        split: the images that the run uses.
        settings: the run's.
        network: the run's, with the weights that its training starts from.
        output: the run's folder.

    Raises:
        UserError: when weights cannot be had, an image cannot be read, or the folder cannot be written.
    """
    shape = settings.network
    if not shape.model.uses_regions:
        return None
    if settings.region_source is RegionSource.KEYPOINTS:
        keypoints = KeypointRegions(shape.layout, settings.region_order)
        if not settings.move_keypoints:
            return keypoints
        return MovedKeypoints(keypoints, find_keypoints((image.path for image in split.train), shape.view_size))
    paths = [image.path for image in (*split.train, *split.validation)]
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    # What the regions depend on: a file of another search in the same folder is not used.
    made_with = settings.model_dump_json(
        include={"weights", "start_from", "region_source", "mask_rcnn_weights", "seed"}
    )
    made_with += f" {shape.backbone} {shape.kappa} {shape.view_size} format {_FORMAT}"

    def make_finder() -> Finder:
        if settings.region_source is RegionSource.MASK_RCNN:
            return open_mask_rcnn(shape.kappa, settings.mask_rcnn_weights or COCO, device)
        return FeatureMapRegions(network.backbone, shape.view_size, shape.kappa, device)

    return FoundRegions(shape.layout, find_all(paths, make_finder, made_with, output / REGIONS_FILE))


def open_mask_rcnn(kappa: int, weights: str, device: torch.device) -> MaskRCNNRegions:
    """Mask R-CNN with its weights.

    Args:
        kappa: κ.
        weights: `COCO`, which torchvision downloads once, or a file with the state dict of its maskrcnn_resnet50_fpn.
        device: where to compute.

    Raises:
        UserError: when the weights cannot be had.
    """
    state = read_weights(Path(weights), COCO) if weights != COCO else download_coco()
    model = published_model()
    model.load_state_dict(fitting_weights(state, model, f"the weights {weights} do not fit Mask R-CNN"))
    return MaskRCNNRegions(kappa, model, device)


def find_all(
    paths: Iterable[Path], make_finder: Callable[[], Finder], made_with: str, file: Path
) -> dict[Path, Clusters]:
    """The clusters of every image; those in the file are not searched again.

    Of a distributed run's processes the first searches, and the others wait for its file.

    Args:
        paths: the images.
        make_finder: called when an image is left to search.
        made_with: what the regions depend on; a file that was made with something else is not used.
        file: where to save them.

    Raises:
        UserError: when an image cannot be read, or the file not written.
    """
    wanted = list(dict.fromkeys(paths))
    found = _read(file, made_with)
    left = [path for path in wanted if path not in found]
    if left and ProcessRank.here().rank > 0:
        print(f"waiting for the first process to write {file}, which all machines must see", file=sys.stderr)
    while left and ProcessRank.here().rank > 0:
        time.sleep(_LOOK_AGAIN_S)
        found = _read(file, made_with)
        left = [path for path in wanted if path not in found]
    if left:
        finder = make_finder()
        saved_s = time.monotonic()
        try:
            for path, pixels in _images(left, "regions", of=len(wanted)):
                found[path] = finder(pixels)
                if time.monotonic() - saved_s > _EVERY_S:
                    _write(file, found, made_with)
                    saved_s = time.monotonic()
        finally:
            _write(file, found, made_with)
    return {path: found[path] for path in wanted}


def find_keypoints(paths: Iterable[Path], view_size: int) -> dict[Path, NDArray[np.float64]]:
    """The keypoints of images' views, see `MovedKeypoints`. Raises `UserError` when an image cannot be read."""
    wanted = list(dict.fromkeys(paths))
    return {
        path: (detect_keypoints(model_view(pixels, view_size)) + 0.5) / view_size
        for path, pixels in _images(wanted, "keypoints", of=len(wanted))
    }


def _images(left: Sequence[Path], what: str, of: int) -> Iterator[tuple[Path, NDArray[np.uint8]]]:
    """Read the images that are left of a search one after another, with its progress; of several processes one prints.

    Args:
        left: the images.
        what: is looked for in them.
        of: how many images there are with those that were searched before.
    """
    printed_s, before = time.monotonic(), of - len(left)
    for done, path in enumerate(track(left, description=f"finding {what}", disable=not sys.stdout.isatty()), 1):
        yield path, require_image(path, "remove it from the data set or fetch it again")
        if time.monotonic() - printed_s > _EVERY_S and ProcessRank.here().rank == 0:
            print(f"{what}: {before + done} of {of} images", flush=True)
            printed_s = time.monotonic()


def _read(file: Path, made_with: str) -> dict[Path, Clusters]:
    """What the file holds; nothing if there is none, or it is damaged: then everything is searched again."""
    try:
        with np.load(file, allow_pickle=False) as content:
            # Earlier versions named Mask R-CNN's weights `region_weights`.
            if str(content["made_with"]).replace('"region_weights"', '"mask_rcnn_weights"') != made_with:
                return {}
            columns = (content["paths"].tolist(), content["boxes"], content["sizes"].astype(np.intp))
            return {Path(path): Clusters(boxes, sizes) for path, boxes, sizes in zip(*columns, strict=True)}
    except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile, zlib.error):
        return {}


def _write(file: Path, found: dict[Path, Clusters], made_with: str) -> None:
    if not found:
        return
    content = io.BytesIO()
    np.savez_compressed(
        content,
        allow_pickle=False,
        made_with=np.array(made_with),
        paths=np.array([str(path) for path in found]),
        boxes=np.stack([clusters.boxes for clusters in found.values()]),
        sizes=np.stack([clusters.sizes for clusters in found.values()]),
    )
    write_atomic(file, content.getvalue())
