"""The default bundle's own training: `python -m train.default --statefarm DIR --low-resolution DIR --simulated DIR …`.

Real drivers and simulated ones together, with the settings in `default.toml`, so that one command makes the
bundle's weights again. Validation is on real drivers only.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import tomllib
from pydantic import BaseModel, ConfigDict

from engines.activities import ACTIVITY_CODES
from engines.errors import UserError, run_command
from train.command_line import add_run_arguments, train_on
from train.drivers import split_by_driver
from train.images import LabelledImage, Split, draw_evenly
from train.statefarm import read_statefarm

_SETTINGS = Path(__file__).with_name("default.toml")


class DefaultSettings(BaseModel):
    """What `default.toml` says beside the recipe's name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    backbone: str
    recipe: str
    holdout: tuple[str, ...]
    """The validation drivers, never trained on."""
    low_resolution: int
    """How many images of the low-resolution set join, drawn evenly over drivers and classes."""


def load_settings() -> DefaultSettings:
    """The settings in `default.toml`."""
    return DefaultSettings.model_validate(tomllib.loads(_SETTINGS.read_text(encoding="utf-8")))


def mix(
    real: Sequence[LabelledImage],
    low_resolution: Sequence[LabelledImage],
    simulated: Sequence[LabelledImage],
    settings: DefaultSettings,
    seed: int,
) -> Split:
    """Real training drivers, low-resolution images that the real set lacks, and simulated drivers."""
    train, validation = split_by_driver(real, settings.holdout)
    known = {image.path.name for image in real}
    extra, _ = split_by_driver([image for image in low_resolution if image.path.name not in known], settings.holdout)
    drawn = draw_evenly(extra, settings.low_resolution, seed)
    description = (
        f"{len(train)} real, {len(drawn)} low-resolution and {len(simulated)} simulated images; "
        f"validation {', '.join(settings.holdout)}"
    )
    return Split([*train, *drawn, *simulated], validation, ACTIVITY_CODES, description)


def main(argv: Sequence[str] | None = None) -> int:
    """Train the default bundle's network."""
    settings = load_settings()
    parser = argparse.ArgumentParser(prog="python -m train.default", description="Train the default bundle's network.")
    parser.add_argument("--statefarm", type=Path, required=True, metavar="DIR", help="State Farm at 320×240 or more")
    parser.add_argument(
        "--low-resolution",
        type=Path,
        metavar="DIR",
        help="State Farm at 80×60, which default.toml mixes in",
    )
    parser.add_argument("--simulated", type=Path, required=True, metavar="DIR", help="made by train.simulated dataset")
    add_run_arguments(parser)
    parser.set_defaults(backbone=settings.backbone, recipe=settings.recipe)
    args = parser.parse_args(argv)
    real = read_statefarm(args.statefarm)
    low_resolution = read_statefarm(args.low_resolution) if args.low_resolution else []
    if settings.low_resolution and not args.low_resolution:
        raise UserError(f"default.toml mixes in {settings.low_resolution} images of --low-resolution DIR: pass it")
    simulated = read_statefarm(args.simulated)
    return train_on(mix(real, low_resolution, simulated, settings, args.seed), args, "default", "driver")


if __name__ == "__main__":
    raise SystemExit(run_command(main))
