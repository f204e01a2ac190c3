"""Training recipes: how a network is trained, as one settings object each, read from the TOML files in this folder."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import tomllib
from pydantic import BaseModel, ConfigDict, Field, PositiveInt, ValidationError

from engines.errors import UserError, did_you_mean, reason
from engines.files.settings_faults import first_fault
from engines.files.toml_files import load_toml
from train.data.augmentation import AugmentationSettings

_FOLDER = Path(__file__).parent


class Recipe(BaseModel):
    """Everything about a training run that is neither data nor network."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    view_size: int = Field(224, gt=31, description="S, the side of the model view in pixels")
    epochs: int = Field(gt=0)
    more_epochs: dict[str, PositiveInt] = Field({}, description="epochs that a backbone is trained longer, by its name")
    batch_size: int = Field(gt=0)
    optimizer: Literal["sgd", "adamw"]
    learning_rate: float = Field(gt=0)
    attention_factor: float = Field(1.0, gt=0, le=1, description="of the learning rate, for W_u, W_u' and W_α")
    attention_start: float = Field(1.0, gt=0, le=1, description="of the usual size, for W_u and W_u' before training")
    momentum: float = Field(0.0, ge=0, lt=1)
    weight_decay: float = Field(0.0, ge=0)
    schedule: Literal["step", "one-cycle"]
    step_epochs: int = Field(25, gt=0, description="step schedule: epochs between two reductions")
    step_factor: float = Field(0.1, gt=0, lt=1, description="step schedule: factor of a reduction")
    warmup: float = Field(0.2, gt=0, lt=1, description="one-cycle schedule: part of the steps that rise")
    label_smoothing: float = Field(0.0, ge=0, lt=1)
    clip_gradients: float | None = Field(None, gt=0, description="largest norm of the gradient")
    precision: Literal["fp32", "bf16", "fp16"] = Field("fp32", description="what layers compute in (mixed precision)")
    frozen: tuple[str, ...] = Field((), description="parts of the backbone that keep their weights, by timm's names")
    frozen_statistics: bool = Field(False, description="the backbone's batch statistics stay those of its weights")
    balance: float = Field(0.0, ge=0, le=1, description="of the classes: 0 as the images are, 1 each as often")
    view_dropout: float = Field(0.0, ge=0, lt=1, description="model zoom: how often only head and hands are shown")
    augmentation: AugmentationSettings

    def of_backbone(self, backbone: str) -> Recipe:
        """The recipe as it holds for a backbone: with its epochs."""
        more = self.more_epochs.get(backbone, 0)
        return self.model_copy(update={"epochs": self.epochs + more, "more_epochs": {}})


def recipe_names() -> list[str]:
    """The recipes that ship with the project."""
    return sorted(path.stem for path in _FOLDER.glob("*.toml"))


def load_recipe(name: str) -> Recipe:
    """A shipped recipe by name, or one from a TOML file by its path. Raises `UserError`."""
    path = Path(name) if name.endswith(".toml") else _FOLDER / f"{name}.toml"
    if not path.is_file():
        names = recipe_names()
        raise UserError(
            f"there is no recipe {name!r}: choose one of {', '.join(names)}, or a TOML file{did_you_mean(name, names)}"
        )
    try:
        return Recipe.model_validate({"name": path.stem, **load_toml(path)})
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UserError(f"cannot read the recipe {path}: {reason(error)}") from error
    except ValidationError as error:
        raise UserError(f"recipe {path}: {first_fault(error, Recipe)}") from error
