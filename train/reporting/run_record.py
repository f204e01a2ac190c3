"""The record in a run's folder: `run.json`, written when training starts and checked when it is resumed."""

from __future__ import annotations

from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from engines.errors import UserError
from engines.files.output import write_atomic
from engines.files.regular_file import read_utf8
from train.data.images import Split
from train.models.network import NetworkSettings
from train.models.weights import WEIGHTS
from train.recipes import Recipe
from train.regions.view_regions import RegionOrder, RegionSource
from train.reporting.metrics import Metrics
from train.reporting.run_files import LAST_CHECKPOINT, METRICS, RUN_RECORD

# What may differ between a run and its resumption.
_MAY_DIFFER: Any = {"settings": {"command", "workers"}, "versions": True, "started": True}


class RunSettings(BaseModel):
    """Every setting of a run.

    Attributes:
        region_source: what the primary regions are made of.
        region_order: of regions that are made of keypoints.
        move_keypoints: those of an image are found once, see `train.regions.moved_keypoints`.
        mask_rcnn_weights: Mask R-CNN's, see `train.regions.mask_rcnn`; None with another source.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    dataset: str
    split: str
    network: NetworkSettings
    weights: str
    start_from: str | None = None
    region_source: RegionSource = RegionSource.KEYPOINTS
    region_order: RegionOrder = RegionOrder.SORTED
    move_keypoints: bool = False
    mask_rcnn_weights: str | None = None
    recipe: Recipe
    limit: int | None = None
    seed: int = 0
    workers: int = 2
    command: str = ""

    @model_validator(mode="before")
    @classmethod
    def _read_old_name(cls, content: Any) -> Any:
        """Earlier versions named Mask R-CNN's weights ``region_weights``."""
        if isinstance(content, dict) and "region_weights" in content:
            return {name.replace("region_weights", "mask_rcnn_weights"): value for name, value in content.items()}
        return content


class RunRecord(BaseModel):
    """What `run.json` holds: the settings, the data as they were counted, and what the run was made with."""

    settings: RunSettings
    classes: list[str]
    train_images: int
    validation_images: int
    train_drivers: list[str]
    validation_drivers: list[str]
    versions: dict[str, str]
    started: str

    @classmethod
    def of(cls, split: Split, settings: RunSettings) -> RunRecord:
        """The record of a run that starts now. `split` holds the images that are used, limits applied."""
        return cls(
            settings=settings,
            classes=list(split.classes),
            train_images=len(split.train),
            validation_images=len(split.validation),
            train_drivers=sorted({image.driver for image in split.train if image.driver}),
            validation_drivers=sorted({image.driver for image in split.validation if image.driver}),
            versions={name: version(name) for name in ("torch", "lightning", "timm")},
            started=datetime.now(timezone.utc).isoformat(timespec="seconds"),
        )

    def differences(self, other: RunRecord) -> list[str]:
        """The names of what sets this run apart from another; none between a run and its resumption."""
        return differing_names(*(each.model_dump(exclude=_MAY_DIFFER) for each in (self, other)))


def earlier_run(output: Path, record: RunRecord, resume: bool) -> RunRecord | None:
    """The run that the folder already holds, if this one continues it.

    A folder with neither a checkpoint nor weights holds no run yet: one that failed at its start can be tried again.

    Raises:
        UserError: when there is a run and it is not to be resumed, or it is another one.
    """
    if not any((output / name).exists() for name in (LAST_CHECKPOINT, WEIGHTS)):
        return None
    if not resume:
        way_on = "--resume to continue it, or another --output"
        if not (output / LAST_CHECKPOINT).exists():
            way_on = "another --output"
        raise UserError(f"{output} already holds a run: pass {way_on}")
    before = read_record(output)
    if differing := record.differences(before):
        raise UserError(f"{output} holds a run with other settings ({', '.join(differing)}): pass another --output")
    return before


def differing_names(ours: dict[str, Any], theirs: dict[str, Any]) -> list[str]:
    """Names of the entries that differ, nested ones joined by points."""
    names = []
    for name in ours:
        if ours[name] == theirs[name]:
            continue
        if isinstance(ours[name], dict):
            names += [f"{name}.{inner}" for inner in differing_names(ours[name], theirs[name])]
        else:
            names.append(name)
    return names


def read_record(run: Path) -> RunRecord:
    """A run's record. Raises `UserError` when it cannot be read."""
    try:
        return RunRecord.model_validate_json(read_utf8(run / RUN_RECORD))
    except (OSError, UnicodeDecodeError, ValidationError) as error:
        raise UserError(f"cannot read {run / RUN_RECORD}: it is no run of this version; train it again") from error


def read_metrics(run: Path) -> Metrics:
    """A finished run's metrics. Raises `UserError` when there are none."""
    try:
        return Metrics.model_validate_json(read_utf8(run / METRICS))
    except (OSError, UnicodeDecodeError, ValidationError) as error:
        raise UserError(
            f"cannot read {run / METRICS}: finish the run with --resume, or train it again, and pass its folder"
        ) from error


def write_record(output: Path, record: RunRecord) -> None:
    """Write the record into the run's folder. Raises `UserError` when it cannot be written."""
    write_atomic(output / RUN_RECORD, record.model_dump_json(indent=1) + "\n")
