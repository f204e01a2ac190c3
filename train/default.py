"""The default bundle's own training: `python -m train.default --statefarm DIR --low-resolution DIR --simulated DIR …`.

Real drivers and simulated ones, with the settings in `default.toml`, so that one command makes the
bundle's weights again. Validation is on real drivers only. `--train-on` leaves parts out, to see what each is worth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from enum import Enum
from pathlib import Path

import tomllib
from pydantic import BaseModel, ConfigDict

from engines.activities import ACTIVITY_CODES
from engines.command import add_version, run_command
from engines.command_parser import CommandParser
from engines.errors import UserError
from train.command import add_run_arguments, train_on
from train.data.images import LabelledImage, Split, sample_evenly, with_parts
from train.data.soft_labels import read_soft_labels
from train.data.splits import split_by_driver
from train.statefarm import read_statefarm

_SETTINGS = Path(__file__).with_name("default.toml")


class DefaultSettings(BaseModel):
    """What `default.toml` holds beside the recipe's name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    backbone: str
    recipe: str
    holdout: tuple[str, ...]
    """The validation drivers, never trained on."""
    low_resolution: int
    """How many images of the low-resolution set join, sampled evenly over drivers and classes."""


def load_settings() -> DefaultSettings:
    """The settings in `default.toml`."""
    return DefaultSettings.model_validate(tomllib.loads(_SETTINGS.read_text(encoding="utf-8")))


class DataPart(str, Enum):
    """What the training images come from."""

    REAL = "real"
    LOW_RESOLUTION = "low-resolution"
    SIMULATED = "simulated"


def mix(
    real: Sequence[LabelledImage],
    low_resolution: Sequence[LabelledImage],
    simulated: Sequence[LabelledImage],
    settings: DefaultSettings,
    seed: int,
    parts: Sequence[str] = tuple(DataPart),
) -> Split:
    """Real training drivers, low-resolution images that the real set lacks, and simulated drivers.

    Args:
        real, low_resolution, simulated: the three data sets, the validation drivers among the first.
        settings: who validates, and how many low-resolution images join.
        seed: samples these.
        parts: which of the three are trained on. Validation does not depend on it.
    """
    train, validation = split_by_driver(real, settings.holdout)
    known = {image.path.stem for image in real}
    extra, _ = split_by_driver([image for image in low_resolution if image.path.stem not in known], settings.holdout)
    sampled = sample_evenly(extra, settings.low_resolution, seed) if DataPart.LOW_RESOLUTION in parts else []
    train = train if DataPart.REAL in parts else []
    simulated = simulated if DataPart.SIMULATED in parts else []
    description = (
        f"{len(train)} real, {len(sampled)} low-resolution and {len(simulated)} simulated images; "
        f"validation {', '.join(settings.holdout)}"
    )
    return Split([*train, *sampled, *simulated], validation, ACTIVITY_CODES, description)


def main(argv: Sequence[str] | None = None) -> int:
    """Train the default bundle's network."""
    settings = load_settings()
    parser = CommandParser(prog="python -m train.default", description="Train the default bundle's network.")
    parser.add_argument(
        "--statefarm", type=Path, nargs="+", required=True, metavar="DIR", help="State Farm at 320×240 or more"
    )
    parser.add_argument(
        "--low-resolution",
        type=Path,
        metavar="DIR",
        help="State Farm at 80×60, which default.toml mixes in",
    )
    parser.add_argument(
        "--simulated", type=Path, nargs="+", default=[], metavar="DIR", help="made by train.simulated dataset"
    )
    parser.add_argument(
        "--train-on",
        nargs="+",
        choices=[part.value for part in DataPart],
        default=[part.value for part in DataPart if part is not DataPart.LOW_RESOLUTION or settings.low_resolution],
        help="leave parts out (default: all)",
    )
    parser.add_argument(
        "--parts", type=Path, nargs="+", default=[], metavar="CSV", help="where head and hands are, for model zoom"
    )
    parser.add_argument(
        "--taught", type=Path, nargs="+", default=[], metavar="CSV", help="unlabelled images too, from train.teach"
    )
    add_run_arguments(parser)
    parser.set_defaults(backbone=settings.backbone, recipe=settings.recipe)
    add_version(parser)
    args = parser.parse_args(argv)
    real = [image for folder in args.statefarm for image in read_statefarm(folder)]
    low_resolution, simulated = (
        _read_part(part, folders, args.train_on)
        for part, folders in (
            (DataPart.LOW_RESOLUTION, [args.low_resolution] if args.low_resolution else []),
            (DataPart.SIMULATED, args.simulated),
        )
    )
    split = mix(real, low_resolution, simulated, settings, args.seed, args.train_on)
    if args.taught:
        taught = read_soft_labels(args.taught)
        description = f"{len(taught)} images with soft labels, {split.description}"
        split = replace(split, train=[*split.train, *taught], description=description)
    if args.parts:
        split = replace(split, train=with_parts(split.train, args.parts))
    return train_on(split, args, "default", "driver")


def _read_part(part: DataPart, folders: Sequence[Path], wanted: Sequence[str]) -> list[LabelledImage]:
    if part not in wanted:
        return []
    if not folders:
        raise UserError(f"the default bundle trains on {part.value} images too: pass --{part.value} DIR, or --train-on")
    return [image for folder in folders for image in read_statefarm(folder)]


if __name__ == "__main__":
    raise SystemExit(run_command(main))
