"""The file of arms: what an arm has from the base, and what a mistake in it is answered with."""

from __future__ import annotations

from pathlib import Path

import pytest

import train.comparison
from engines.errors import UserError
from train.comparison.arms import Arms, read_arms
from train.models.model_kind import ModelKind
from train.recipes import load_recipe

ARMS = """
base = "plain"

[[arm]]
name = "turned"
description = "views turned further"
data = ["real"]
recipe.epochs = 9
recipe.augmentation.degrees = 25.0

[[arm]]
name = "plain"
description = "the bare backbone"
model = "baseline"
recipe.augmentation.shift = 0.2
"""


def read(folder: Path, text: str = ARMS) -> Arms:
    path = folder / "arms.toml"
    path.write_text(text, encoding="utf-8")
    return read_arms(path, "efficientnet-lite0", "default", 2400)


def test_an_arm_has_the_bases_settings_where_it_names_no_others(tmp_path: Path) -> None:
    arms = read(tmp_path)
    turned, plain = (arm.settings for arm in arms.arms)
    assert arms.base.name == "plain" and arms.base.settings == plain
    assert turned.model is plain.model is ModelKind.BASELINE
    assert turned.backbone == plain.backbone == "efficientnet-lite0"
    assert (turned.data, plain.data) == (("real",), ("real", "low-resolution", "simulated"))
    assert (turned.recipe.epochs, turned.recipe.augmentation.degrees) == (9, 25.0)
    assert turned.recipe.augmentation.shift == plain.recipe.augmentation.shift == 0.2
    # What neither names is the recipe's.
    assert turned.recipe.augmentation.scale == plain.recipe.augmentation.scale == (0.85, 1.2)
    assert plain.recipe.augmentation.degrees == 12.0


def test_arms_are_chosen_by_name_and_the_base_comes_along(tmp_path: Path) -> None:
    arms = read(tmp_path)
    assert [arm.name for arm in arms.named(None)] == ["turned", "plain"]
    assert [arm.name for arm in arms.named(["turned"])] == ["turned", "plain"]
    assert [arm.name for arm in arms.named(["plain"])] == ["plain"]
    with pytest.raises(UserError, match="there is no arm flipped: choose from turned, plain"):
        arms.named(["flipped"])


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("degrees", "degree", r"arm turned: recipe\.augmentation\.degree: .* did you mean degrees\?"),
        ("recipe.epochs", "recipe.epoch", r"arm turned: recipe\.epoch: .* did you mean epochs\?"),
        ("epochs = 9", "epochs = 0", r"arm turned: recipe\.epochs = 0 is beyond its range: above 0"),
        ("model", "modell", r"arm plain: modell: .* did you mean model\?"),
        ('"baseline"', '"best"', r"arm plain: model = 'best' is none of baseline"),
        ("base =", "bases =", r"bases: .* did you mean base\?"),
        ('base = "plain"', 'base = "flat"', r"base: there is no arm flat: name one of turned, plain"),
        ('["real"]', '["imaginary"]', r"arm turned: data\.1 = .* is none of real, low-resolution, simulated, taught"),
        ('["real"]', "[]", r"arm turned: data is empty"),
        ('name = "turned"', 'name = "../turned"', r"arm\.1\.name = '\.\./turned' is not allowed: write small letters"),
        ('name = "turned"', 'name = "plain"', r"two arms are named plain: give one"),
        ('name = "turned"', "", r"arm\.1\.name is missing"),
        ("[[arm]]", "[arm]", r"cannot read the arms .*arms\.toml"),
        ('data = ["real"]', 'backbone = "lenet"', r"arm turned: backbone: .*efficientnet-lite0"),
        ('base = "plain"', 'recipe = "best"', r"there is no recipe 'best': choose one of default"),
    ],
)
def test_a_mistake_is_named_with_its_key_and_what_is_allowed(tmp_path: Path, right: str, wrong: str, said: str) -> None:
    assert right in ARMS
    with pytest.raises(UserError, match=said):
        read(tmp_path, ARMS.replace(right, wrong))


def test_a_file_without_arms_or_none_at_all_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="arm is missing"):
        read(tmp_path, "")
    with pytest.raises(UserError, match="cannot read the arms"):
        read_arms(tmp_path / "none.toml", "efficientnet-lite0", "default", 2400)


def test_an_arm_starts_from_another_recipe(tmp_path: Path) -> None:
    arms = read(
        tmp_path,
        '[[arm]]\nname = "plain"\ndescription = "d"\nmodel = "baseline"\nrecipe.epochs = 9\n'
        '[[arm]]\nname = "twice"\ndescription = "d"\nmodel = "zoom"\nrecipe.base = "zoom"\nrecipe.view_dropout = 0.5\n',
    )
    plain, twice = arms.arms
    assert plain.settings.recipe.epochs == 9
    zoom = load_recipe("zoom")
    assert twice.settings.recipe == zoom.model_copy(update={"view_dropout": 0.5})


def test_a_recipe_that_there_is_not_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="fancy"):
        read(tmp_path, '[[arm]]\nname = "a"\ndescription = "d"\nrecipe.base = "fancy"\n')


def test_the_arms_that_are_compared_here_are_right() -> None:
    arms = read_arms(Path(train.comparison.__file__).with_name("arms.toml"), "efficientnet-lite0", "default", 2400)
    assert arms.base.name == "plain" and len(arms.arms) >= 2
