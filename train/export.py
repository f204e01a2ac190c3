"""Trained weights → engine bundle: `python -m train.export RUN --output BUNDLE`."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from engines.activities import Activity
from engines.bundles.bundle import hash_file
from engines.bundles.manifest import FORMAT_VERSION, MODEL_CARD, REFERENCE, Manifest, model_file, write_manifest
from engines.bundles.signature import Signature
from engines.command import run_command
from engines.command_parser import CommandParser
from engines.errors import UserError
from engines.files.output import new_bundle
from engines.regions import propose_regions
from engines.view import model_view
from train.models.network import Network, build_network
from train.models.weights import load_run_weights
from train.models.zoom_net import ZoomOutput
from train.regions.view_regions import RegionSource
from train.reporting.metrics import Metrics
from train.reporting.model_card import write_model_card
from train.reporting.run_record import RunRecord, read_metrics, read_record
from train.simulation.acting.driver import SimulatedDriver
from train.simulation.appearance import VALIDATION_SEEDS

OPSET = 19
_REFERENCE_ACTIVITIES = (0, 1, 4, 6, 7, 9)
"""What the simulated drivers of the reference views are doing."""


class DeployedNetwork(nn.Module):
    """The network as an engine runs it, with the inputs and outputs that `engines.bundles.signature` tells."""

    def __init__(self, network: nn.Module, *, uses_regions: bool) -> None:
        super().__init__()
        self.network = network
        self.uses_regions = uses_regions

    def forward(self, image: Tensor, regions: Tensor | None = None) -> tuple[Tensor, ...]:
        """Image (N, S, S, 3) uint8 RGB and regions (N, R, 4) → probabilities (N, K), and what there is of regions.

        Region weights (N, R + 1) where the network is given regions; part weights (N, P + 1) and boxes (N, P, 4) where
        it finds parts by itself.
        """
        given = image.new_zeros((len(image), 0, 4), dtype=torch.float32) if regions is None else regions
        output = self.network(image, given)
        probabilities = torch.softmax(output.logits, dim=1)
        if isinstance(output, ZoomOutput):
            return probabilities, output.part_weights, output.boxes
        return (probabilities, output.region_weights) if self.uses_regions else (probabilities,)


def read_run(run: Path) -> tuple[RunRecord, Metrics, Network]:
    """A finished run's record, its metrics and its network with the trained weights. Raises `UserError`."""
    try:
        record = read_record(run)
        metrics = read_metrics(run)
        network = build_network(record.settings.network)
        load_run_weights(network, run)
    except UserError as error:
        raise UserError(
            f"{run} is not a finished run ({error}): train one, or finish it with --resume, and pass its folder"
        ) from error
    return record, metrics, network.eval()


def export_onnx(network: Network, manifest: Manifest, path: Path) -> None:
    """Write the network as ONNX (operator set 19; any batch size, fixed view size and regions)."""
    signature = Signature.of(manifest)
    deployed = DeployedNetwork(network, uses_regions=manifest.uses_regions).eval()
    example = tuple(torch.from_numpy(np.zeros((2, *shape), dtype=dtype)) for dtype, shape in signature.inputs.values())
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter warns of its own internals
        program = torch.onnx.export(
            deployed,
            example,
            input_names=list(signature.inputs),
            output_names=list(signature.outputs),
            opset_version=OPSET,
            dynamic_shapes={name: {0: "N"} for name in signature.inputs},
            dynamo=True,
            verbose=False,
        )
    assert program is not None
    program.save(str(path))
    model = onnx.load(path)
    strip_notes(model)
    onnx.save(model, path)
    onnx.checker.check_model(str(path), full_check=True)


def strip_notes(model: onnx.ModelProto) -> None:
    """Remove what the exporter notes of the machine it ran on: stack traces with paths, in every part of the graph."""
    graph = model.graph
    for part in (model, graph, *graph.node, *graph.value_info, *graph.input, *graph.output, *graph.initializer):
        part.doc_string = ""
        del part.metadata_props[:]


def reference_frames() -> list[NDArray[np.uint8]]:
    """Frames of simulated validation drivers, whom no network is trained on; (240, 320, 3) uint8 RGB each."""
    frames = []
    for seed, activity in zip(VALIDATION_SEEDS, _REFERENCE_ACTIVITIES, strict=False):
        driver = SimulatedDriver(seed)
        frames.append(driver.frame(driver.pose(Activity(activity), 2.0), 2.0))
    return frames


def reference_arrays(network: Network, manifest: Manifest) -> dict[str, NDArray[np.generic]]:
    """Simulated views, the regions that the network is given, and what the training framework makes of them."""
    arrays: dict[str, NDArray[np.generic]] = {}
    arrays["images"] = np.stack([model_view(frame, manifest.view_size) for frame in reference_frames()])
    if manifest.uses_regions:
        arrays["regions"] = np.stack([propose_regions(view, manifest.kappa).boxes for view in arrays["images"]])
    with torch.inference_mode():
        outputs = DeployedNetwork(network, uses_regions=manifest.uses_regions)(*map(torch.from_numpy, arrays.values()))
    names = Signature.of(manifest).outputs
    return arrays | {name: output.numpy() for name, output in zip(names, outputs, strict=True)}


def export_bundle(run: Path, output: Path, name: str) -> Manifest:
    """Turn a finished run into a bundle; it appears whole or not at all.

    Raises:
        UserError: when the run is not finished, or the folder is taken or cannot be written.
    """
    record, metrics, network = read_run(run)
    layout, source = record.settings.network.layout, record.settings.region_source
    if not layout.keeps_all or source is not RegionSource.KEYPOINTS:
        raise UserError(
            f"{run} looks at {layout.primary_count} primary and {layout.pair_count} secondary regions from "
            f"{source.value}: engines make all regions of their clusters of keypoints; export another run"
        )
    with new_bundle(output) as folder:
        return _write_bundle(folder, name, record, metrics, network)


def _write_bundle(folder: Path, name: str, record: RunRecord, metrics: Metrics, network: Network) -> Manifest:
    settings = record.settings.network
    manifest = Manifest(
        format_version=FORMAT_VERSION,
        name=name,
        classes=tuple(record.classes),
        view_size=settings.view_size,
        kappa=settings.kappa,
        backbone=settings.backbone,
        model=settings.model.value,
        opset=OPSET,
        data=f"{record.settings.dataset}: {record.settings.split}",
        metrics={"top1": metrics.top1, "log_loss": metrics.log_loss, "ece": metrics.ece, "map": metrics.map},
        uses_regions=settings.model.uses_regions,
        region_names=settings.model.finds,
        files={},
    )
    export_onnx(network, manifest, folder / model_file("fp32"))
    np.savez_compressed(folder / REFERENCE, allow_pickle=False, **reference_arrays(network, manifest))
    write_model_card(folder / MODEL_CARD, name, record, metrics)
    files = {path.name: hash_file(path) for path in sorted(folder.iterdir())}
    manifest = manifest.model_copy(update={"files": files})
    write_manifest(manifest, folder)
    return manifest


def main(argv: Sequence[str] | None = None) -> int:
    """Export a run."""
    parser = CommandParser(prog="python -m train.export", description="Turn a finished run into a bundle.")
    parser.add_argument("run", type=Path, help="the run's folder")
    parser.add_argument("--output", type=Path, required=True, metavar="BUNDLE", help="an empty or new folder")
    parser.add_argument("--name", help="the bundle's name (the output folder's)")
    args = parser.parse_args(argv)
    manifest = export_bundle(args.run, args.output, args.name or args.output.name)
    size = sum((args.output / name).stat().st_size for name in manifest.files)
    print(f"{args.output}: {manifest.name}, {manifest.backbone}, {manifest.view_size} px, {size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    raise SystemExit(run_command(main))
