"""The file of arms: what is compared, each arm a name, a description and what it changes.

```toml
base = "plain"                    # what the others are compared with (the first)
recipe = "default"                # what the recipes start from (the default bundle's): a shipped one, or a TOML file

[[arm]]
name = "plain"
description = "the bare backbone"
model = "baseline"

[[arm]]
name = "turned"
description = "views turned further, for twice as long"
data = ["real", "simulated"]      # of real, low-resolution, simulated (which the default bundle has), taught
recipe.epochs = 8
recipe.augmentation.degrees = 25.0

[[arm]]
name = "twice"
description = "head and hands seen in more detail"
model = "zoom"
recipe.base = "zoom"              # another recipe than the base's, changed further or not
```

An arm has the settings of the base where it names no others; the base has the default bundle's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import tomllib
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from engines.errors import UserError, reason
from engines.files.settings_faults import fault_text, main_fault
from engines.files.toml_files import load_toml
from train.models.backbone_names import check_name
from train.models.model_kind import ModelKind
from train.recipes import Recipe, load_recipe

Part = Literal["real", "low-resolution", "simulated", "taught"]
"""What the training images come from."""


class ArmSettings(BaseModel):
    """How an arm's network is made and trained.

    Attributes:
        weights: the backbone's.
        data: what it is trained on.
        low_resolution: how many of these images join, if they do, sampled evenly over drivers and classes.
        move_keypoints: see `train.regions.moved_keypoints`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: ModelKind = ModelKind.FULL
    backbone: str
    weights: Literal["imagenet", "none"] = "imagenet"
    data: tuple[Part, ...] = Field(("real", "low-resolution", "simulated"), min_length=1)
    low_resolution: int = Field(ge=0)
    move_keypoints: bool = False
    recipe: Recipe

    @field_validator("backbone")
    @classmethod
    def _known(cls, name: str) -> str:
        try:
            return check_name(name)
        except UserError as error:
            raise ValueError(str(error)) from error


class _Entry(BaseModel):
    """An arm as it is written. What it changes is checked when it is laid over the base's settings."""

    model_config = ConfigDict(frozen=True, extra="allow")

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]*$", max_length=40)
    description: str = Field(min_length=1, pattern=r"^[^\n]+$")
    recipe: dict[str, Any] = {}

    @property
    def changes(self) -> dict[str, Any]:
        """What it sets. Raises `UserError` for a recipe that there is not."""
        recipe = dict(self.recipe)
        if (base := recipe.pop("base", None)) is not None:
            recipe = _laid_over(load_recipe(str(base)).model_dump(), recipe)
        return {**(self.model_extra or {}), "recipe": recipe}


class _File(BaseModel):
    """What the file holds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    base: str | None = None
    recipe: str | None = None
    arm: tuple[_Entry, ...] = Field(min_length=1)


@dataclass(frozen=True)
class Arm:
    """One arm: its name, under which its runs and figures are filed, what it is in a line, and its settings."""

    name: str
    description: str
    settings: ArmSettings


@dataclass(frozen=True)
class Arms:
    """The arms of a file, the base among them, in its order."""

    base: Arm
    arms: Sequence[Arm]

    def named(self, names: Sequence[str] | None) -> list[Arm]:
        """The base and the arms of these names; all of them without names. Raises `UserError`."""
        known = [arm.name for arm in self.arms]
        if unknown := [name for name in names or () if name not in known]:
            raise UserError(f"there is no arm {', '.join(unknown)}: choose from {', '.join(known)}")
        return [arm for arm in self.arms if names is None or arm.name in names or arm is self.base]


def read_arms(path: Path, backbone: str, recipe: str, low_resolution: int) -> Arms:
    """Read a file of arms.

    Args:
        path: the file.
        backbone, recipe, low_resolution: the default bundle's, which the base has unless it names others.

    Raises:
        UserError: which names the key that is wrong, for a file that cannot be read or says what no arm can be.
    """
    try:
        file = _File.model_validate(load_toml(path))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UserError(f"cannot read the arms {path}: {reason(error)}") from error
    except ValidationError as error:
        raise UserError(f"{path}: {_in_words(error, _File)}") from error
    entries = {entry.name: entry for entry in file.arm}
    names = [entry.name for entry in file.arm]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise UserError(f"{path}: two arms are named {twice}: give one of them another name")
    base = file.base or names[0]
    if base not in entries:
        raise UserError(f"{path}: base: there is no arm {base}: name one of {', '.join(names)}")
    start = load_recipe(file.recipe or recipe).model_dump()
    defaults = {"backbone": backbone, "low_resolution": low_resolution, "recipe": start}
    arms = []
    for entry in sorted(file.arm, key=lambda entry: entry.name != base):  # a key of the base is the base's mistake
        settings = _laid_over(_laid_over(defaults, entries[base].changes), entry.changes)
        try:
            arms.append(Arm(entry.name, entry.description, ArmSettings.model_validate(settings)))
        except ValidationError as error:
            raise UserError(f"{path}: arm {entry.name}: {_in_words(error, ArmSettings)}") from error
    return Arms(arms[0], sorted(arms, key=lambda arm: names.index(arm.name)))


def _laid_over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Nested tables joined; where both set a key, the one above holds."""
    joined = dict(below)
    for name, value in above.items():
        under = joined.get(name)
        joined[name] = _laid_over(under, value) if isinstance(under, dict) and isinstance(value, dict) else value
    return joined


def _in_words(error: ValidationError, of: type[BaseModel]) -> str:
    """The first thing that is wrong: its key, what is the matter, and what can be done about it."""
    first = main_fault(error)
    if first["type"] == "string_pattern_mismatch":
        rule = "small letters, digits, points and dashes" if first["loc"][-1] == "name" else "one line"
        return f"{fault_text(first, of)}: write {rule}"
    return f"{fault_text(first, of)}; train/README.md shows such a file"
