"""Trained weights → engine bundle: `python -m train.export RUN --output BUNDLE`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engines.activities import Activity
from engines.bundles.bundle import seal_bundle
from engines.bundles.manifest import FORMAT_VERSION, MODEL_CARD, REFERENCE, Manifest, model_file
from engines.command import run_command
from engines.command_parser import CommandParser
from engines.errors import UserError
from engines.files.output import new_bundle
from train.models.deployed import OPSET, export_onnx, reference_arrays
from train.models.network import Network, build_network
from train.models.weights import load_run_weights
from train.regions.view_regions import RegionSource
from train.reporting.metrics import Metrics
from train.reporting.model_card import write_model_card
from train.reporting.run_record import RunRecord, read_metrics, read_record
from train.simulation.acting.driver import SimulatedDriver
from train.simulation.appearance import VALIDATION_SEEDS

_REFERENCE_ACTIVITIES = (0, 1, 4, 6, 7, 9)
"""What the simulated drivers of the reference views are doing."""


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


def reference_frames() -> list[NDArray[np.uint8]]:
    """Frames of simulated validation drivers, whom no network is trained on; (240, 320, 3) uint8 RGB each."""
    frames = []
    for seed, activity in zip(VALIDATION_SEEDS, _REFERENCE_ACTIVITIES, strict=False):
        driver = SimulatedDriver(seed)
        frames.append(driver.frame(driver.pose(Activity(activity), 2.0), 2.0))
    return frames


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
    np.savez_compressed(
        folder / REFERENCE, allow_pickle=False, **reference_arrays(network, manifest, reference_frames())
    )
    write_model_card(folder / MODEL_CARD, name, record, metrics)
    return seal_bundle(manifest, folder)


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
