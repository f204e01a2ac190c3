"""Stanford-40, PPMI-24, Food-101 and Caltech-256: exact layouts, protocols, an epoch each."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from engines.command import run_command
from engines.errors import UserError
from tests.train.loop import test_runs
from tests.train.loop.test_runs import small
from tests.train.test_datasets import write_image
from train import caltech256, food101, ppmi24, stanford40
from train.caltech256 import read_caltech256, sample_split
from train.command import training_parser
from train.food101 import read_food101
from train.ppmi24 import read_ppmi24
from train.reporting.mean_std import summarise
from train.reporting.metrics import Metrics
from train.stanford40 import read_stanford40

pytestmark = test_runs.pytestmark

Main = Callable[[Sequence[str] | None], int]

ACTIONS = ("applauding", "blowing_bubbles", "riding_a_bike")
FOODS = ("apple_pie", "baby_back_ribs", "baklava", "beef_carpaccio", "beef_tartare", "beet_salad")
INSTRUMENTS = ("bassoon", "french_horn")
OBJECTS = ("001.ak47", "002.american-flag", "010.beer-mug", "257.clutter")


def write_stanford40(root: Path) -> Path:
    lists = root / "ImageSplits"
    lists.mkdir(parents=True)
    rows = "".join(f"{action}\t{number}\n" for number, action in enumerate(ACTIONS, 283))
    (lists / "actions.txt").write_text(f"action_name\tnumber_of_images\n{rows}")
    for part, numbers in (("train", (1, 2, 3, 4)), ("test", (5, 6))):
        names = [f"{action}_{number:03d}.jpg" for action in ACTIONS for number in numbers]
        (lists / f"{part}.txt").write_text("\n".join(names) + "\n")
        for name in names:
            write_image(root / "JPEGImages" / name)
    return root


def write_ppmi24(root: Path) -> Path:
    for interaction in ("play_instrument", "with_instrument"):
        for instrument in INSTRUMENTS:
            for part, count in (("train", 3), ("test", 2)):
                for number in range(count):
                    write_image(root / "norm_image" / interaction / instrument / part / f"{number}.jpg")
    return root


def write_food101(root: Path) -> Path:
    folder = root / "food-101"
    for part, numbers in (("train", (10, 11, 12)), ("test", (20,))):
        listed = {food: [f"{food}/{number}" for number in numbers] for food in FOODS}
        (folder / "meta").mkdir(parents=True, exist_ok=True)
        (folder / "meta" / f"{part}.json").write_text(json.dumps(listed))
        names = [name for names in listed.values() for name in names]
        (folder / "meta" / f"{part}.txt").write_text("\n".join(names) + "\n")
        for name in names:
            write_image(folder / "images" / f"{name}.jpg")
    return root


def write_caltech256(root: Path) -> Path:
    for name in OBJECTS:
        for number in (1, 2, 3, 5, 9):  # numbers have gaps in the original too
            write_image(root / "256_ObjectCategories" / name / f"{name[:3]}_{number:04d}.jpg")
    (root / "256_ObjectCategories" / "002.american-flag" / "RENAME2").write_text("as in the original")
    return root


def arguments(**options: object) -> Namespace:
    return Namespace(**{"holdout": None, "fold": None, "seed": 0, **options})


@pytest.mark.parametrize(
    ("main", "write", "classes", "images", "first"),
    [
        (stanford40.main, write_stanford40, list(ACTIONS), 6, "mAP"),
        (
            ppmi24.main,
            write_ppmi24,
            ["playing bassoon", "playing french_horn", "with bassoon", "with french_horn"],
            8,
            "mAP",
        ),
        (food101.main, write_food101, list(FOODS), 6, "top-1"),
    ],
)
def test_an_epoch_in_its_own_layout(
    tmp_path: Path,
    recipe: Path,
    capsys: pytest.CaptureFixture[str],
    main: Main,
    write: Callable[[Path], Path],
    classes: list[str],
    images: int,
    first: str,
) -> None:
    data, run = write(tmp_path / "data"), tmp_path / "run"
    assert run_command(main, small(recipe, "--data", data, "--output", run)) == 0
    assert json.loads((run / "run.json").read_text())["classes"] == classes
    assert json.loads((run / "metrics.json").read_text())["images"] == images
    results = next(line for line in capsys.readouterr().out.splitlines() if "log loss" in line and "images" in line)
    assert results.startswith(first)
    if main is food101.main:
        assert results.index("top-5") < results.index("mAP")


def test_caltech_trains_on_several_random_splits(
    tmp_path: Path, recipe: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, output = write_caltech256(tmp_path / "data"), tmp_path / "run"
    arguments = small(recipe, "--data", data, "--output", output, "--per-class", 3, "--runs", 2)
    assert run_command(caltech256.main, arguments) == 0
    runs = [json.loads((output / f"run-{number}" / "metrics.json").read_text()) for number in (1, 2)]
    seeds = [json.loads((output / f"run-{number}" / "run.json").read_text())["settings"]["seed"] for number in (1, 2)]
    assert seeds == [0, 1]
    assert [run["images"] for run in runs] == [6, 6]
    summary = json.loads((output / "summary.json").read_text())
    assert summary["runs"] == 2
    assert summary["log_loss"]["values"] == pytest.approx([run["log_loss"] for run in runs])
    assert summary["log_loss"]["mean"] == pytest.approx(sum(run["log_loss"] for run in runs) / 2)
    assert "in the paper: AG-Net, Table III: top-1 96.89% ± 0.42" in capsys.readouterr().out
    # Interrupted or not, it continues: finished runs give their results again, unmeasured.
    (output / "summary.json").unlink()
    written = (output / "run-1" / "metrics.json").stat().st_mtime_ns
    assert run_command(caltech256.main, [*arguments, "--resume"]) == 0
    assert json.loads((output / "summary.json").read_text()) == summary
    assert (output / "run-1" / "metrics.json").stat().st_mtime_ns == written


def test_mean_and_standard_deviation() -> None:
    def metrics(top1: float) -> Metrics:
        return Metrics(
            images=10, top1=top1, top5=None, map=0.5, log_loss=1, ece=0, per_class=[], per_driver=[], confusion=[]
        )

    summaries = summarise([metrics(0.5), metrics(0.7)])
    assert summaries["top1"].mean == pytest.approx(0.6)
    assert summaries["top1"].std == pytest.approx(0.02**0.5)
    assert summaries["map"].std == 0
    assert "top5" not in summaries
    assert summarise([metrics(0.5)])["top1"].std is None


def test_stanford40_takes_the_action_from_the_file_name(tmp_path: Path) -> None:
    train, test, actions = read_stanford40(write_stanford40(tmp_path))
    assert (len(train), len(test), actions) == (12, 6, list(ACTIONS))
    for image in (*train, *test):
        assert image.path.name.startswith(f"{actions[image.label]}_")
    assert not {image.path for image in train} & {image.path for image in test}


def test_ppmi24_separates_playing_from_holding(tmp_path: Path) -> None:
    root = write_ppmi24(tmp_path)
    train, test, classes = read_ppmi24(root)
    assert (len(train), len(test)) == (12, 8)
    for image in (*train, *test):
        verb = "playing" if "play_instrument" in image.path.parts else "with"
        assert classes[image.label] == f"{verb} {image.path.parts[-3]}"
    assert read_ppmi24(root / "norm_image")[2] == classes
    # A run says on what part of the data set it stands.
    arguments = training_parser("ppmi24", "").parse_args(["--data", str(root)])
    description = ppmi24.DATASET.make_split(arguments).description
    assert description == f"PPMI-24 ({len(classes)} of its 24 classes), its own split"


def test_food101_follows_its_lists(tmp_path: Path) -> None:
    root = write_food101(tmp_path)
    train, test, classes = read_food101(root)
    assert (len(train), len(test), classes) == (18, 6, list(FOODS))
    for image in (*train, *test):
        assert image.path.parent.name == classes[image.label]
    assert {image.path.stem for image in test} == {"20"}
    assert read_food101(root / "food-101") == (train, test, classes)


def test_caltech_leaves_the_clutter_out_and_samples_again_for_every_seed(tmp_path: Path) -> None:
    images, classes = read_caltech256(write_caltech256(tmp_path))
    assert classes == ["ak47", "american-flag", "beer-mug"]
    assert [len(of_class) for of_class in images] == [5, 5, 5]
    splits = [sample_split(images, classes, 3, seed) for seed in (0, 1, 0)]
    for split in splits:
        assert [sum(image.label == label for image in split.train) for label in range(3)] == [3, 3, 3]
        assert len({image.path for image in (*split.train, *split.validation)}) == 15
    assert splits[0] == splits[2]
    assert splits[0].train != splits[1].train
    with pytest.raises(UserError, match="per-class"):
        sample_split(images, classes, 5, 0)


def test_a_fold_leaves_the_test_part_alone(tmp_path: Path) -> None:
    root, make_split = write_stanford40(tmp_path), stanford40.DATASET.make_split
    train, test, _ = read_stanford40(root)
    parts = [make_split(arguments(data=root, fold=(fold, 3))) for fold in (1, 2, 3)]
    for part in parts:
        assert not {image.path for image in test} & {image.path for image in (*part.train, *part.validation)}
        assert len(part.train) + len(part.validation) == len(train)
    assert sorted(str(image.path) for part in parts for image in part.validation) == sorted(
        str(image.path) for image in train
    )
    with pytest.raises(UserError, match="--holdout"):
        make_split(arguments(data=root, holdout=["p1"]))


def test_caltech_by_fold_is_one_run(tmp_path: Path, recipe: Path) -> None:
    data, run = write_caltech256(tmp_path / "data"), tmp_path / "run"
    assert run_command(caltech256.main, small(recipe, "--data", data, "--output", run, "--fold", "1/3")) == 0
    assert json.loads((run / "metrics.json").read_text())["images"] == 5
    assert run_command(caltech256.main, small(recipe, "--data", data, "--holdout", "p1")) == 2


@pytest.mark.parametrize(
    ("main", "expected"),
    [
        (stanford40.main, ("JPEGImages", "stanford.edu", "STANFORD40_DATA")),
        (ppmi24.main, ("norm_image", "ai.stanford.edu", "PPMI24_DATA")),
        (food101.main, ("food-101/meta", "ethz.ch", "FOOD101_DATA")),
        (caltech256.main, ("256_ObjectCategories", "caltech.edu", "CALTECH256_DATA")),
    ],
)
def test_missing_data_says_where_it_is_and_how_it_lies(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], main: Main, expected: tuple[str, ...]
) -> None:
    assert run_command(main, ["--data", str(tmp_path)]) == 2
    error = capsys.readouterr().err
    assert len(error.splitlines()) == 1
    for text in expected:
        assert text in error


def test_damaged_data_is_named(tmp_path: Path) -> None:
    stanford = write_stanford40(tmp_path / "stanford")
    (stanford / "JPEGImages" / "applauding_005.jpg").unlink()
    with pytest.raises(UserError, match=r"1 of 6 .*applauding_005"):
        read_stanford40(stanford)
    (stanford / "ImageSplits" / "train.txt").write_text("sleeping_001.jpg\n")
    with pytest.raises(UserError, match="sleeping_001"):
        read_stanford40(stanford)
    (stanford / "ImageSplits" / "actions.txt").unlink()
    with pytest.raises(UserError, match=r"actions\.txt"):
        read_stanford40(stanford)

    ppmi = write_ppmi24(tmp_path / "ppmi")
    for path in (ppmi / "norm_image" / "with_instrument" / "bassoon" / "test").iterdir():
        path.unlink()
    # A class without images is a warning, before the training.
    assert len(read_ppmi24(ppmi)[1]) == 6
    (ppmi / "norm_image" / "with_instrument" / "bassoon" / "test").rmdir()
    with pytest.raises(UserError, match="bassoon"):
        read_ppmi24(ppmi)

    food = write_food101(tmp_path / "food")
    (food / "food-101" / "images" / "baklava" / "20.jpg").unlink()
    with pytest.raises(UserError, match=r"test\.json.*baklava"):
        read_food101(food)
    for content, message in (('{"baklava": []}', "different classes"), ("[]", "Food-101"), ("{", "Food-101")):
        (food / "food-101" / "meta" / "test.json").write_text(content)
        with pytest.raises(UserError, match=message):
            read_food101(food)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_real_images_of_caltech_are_learned(tmp_path: Path, shared_data: Path) -> None:
    data = shared_data / "caltech-sample"
    if not data.is_dir():
        pytest.skip(f"needs the sample of Caltech-256 in {data}")
    recipe = tmp_path / "short.toml"
    recipe.write_text(
        'view_size = 128\nepochs = 3\nbatch_size = 16\noptimizer = "adamw"\nlearning_rate = 1e-3\n'
        'schedule = "one-cycle"\nclip_gradients = 5.0\n[augmentation]\n'
    )
    arguments = ["--data", data, "--recipe", recipe, "--backbone", "efficientnet-lite0", "--output", tmp_path / "run"]
    assert run_command(caltech256.main, [*map(str, arguments), "--per-class", "20", "--runs", "1"]) == 0
    summary = json.loads((tmp_path / "run" / "summary.json").read_text())
    assert summary["top1"]["mean"] > 0.5  # by chance: one in twelve
