"""State Farm and AUC: exact layouts, every class on its own C-number, splits without leaks."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.activities import ACTIVITY_CODES, Activity
from engines.command import run_command
from engines.errors import UserError
from train import auc, statefarm
from train.auc import V1_CLASSES, auc_split, read_v1, read_v2, with_driver_ids
from train.data.images import LabelledImage, sample_evenly
from train.data.splits import held_out_drivers, parse_fold, split_at_random, split_by_driver
from train.statefarm import read_statefarm, statefarm_split

V1_INTEGERS = {
    "Drive Safe": 0,
    "Text Left": 1,
    "Talk Left": 2,
    "Text Right": 3,
    "Talk Right": 4,
    "Adjust Radio": 5,
    "Drink": 6,
    "Hair & Makeup": 7,
    "Reach Behind": 8,
    "Talk Passenger": 9,
}
"""The numbers in AUC-V1's own lists, which are in another order than C0 to C9."""


def write_image(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(abs(hash(str(path))) % 2**32).integers(0, 256, (48, 64, 3), dtype=np.uint8)
    assert cv2.imwrite(str(path), pixels)


def write_statefarm(root: Path, drivers: Iterable[str] = ("p1", "p2", "p3"), each: int = 1) -> Path:
    rows = []
    for driver in drivers:
        for code in ACTIVITY_CODES:
            for number in range(each):
                name = f"img_{driver}{code}{number}.jpg"
                write_image(root / "imgs" / "train" / code / name)
                rows.append((driver, code, name))
    with (root / "driver_imgs_list.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("subject", "classname", "img"), *rows])
    return root


def write_v2(root: Path, listed: Iterable[str]) -> Path:
    for name in listed:
        write_image(root / name)
    return root


def write_v1(root: Path, each: int = 3) -> Path:
    folder = root / auc.V1_FOLDER
    for part, name in auc.V1_LISTS.items():
        rows = [("Image", "Label")]
        for class_name, integer in V1_INTEGERS.items():
            for number in range(each):
                file = f"{part}{number}.jpg"
                write_image(folder / class_name / file)
                rows.append((f"/distracted.driver/{class_name}/{file}", str(integer)))
        rows.append(("/distracted.driver/Drink/gone.jpg", "6"))
        with (folder / name).open("w", newline="") as file_:
            csv.writer(file_).writerows(rows)
    return root


V2_NAMES = [
    f"v2_cam1_cam2_ split_by_driver/Camera {camera}/{part}/{code}/{number}.jpg"
    for camera in (1, 2)
    for part in ("train", "test")
    for code in ACTIVITY_CODES
    for number in (7, 19)
]


def test_statefarm_classes_and_drivers(tmp_path: Path) -> None:
    images = read_statefarm(write_statefarm(tmp_path))
    assert len(images) == 30
    for image in images:
        assert f"c{image.label}" == image.path.parent.name
        assert image.driver in {"p1", "p2", "p3"}


def test_statefarm_splits_by_driver_without_leaks(tmp_path: Path) -> None:
    images = read_statefarm(write_statefarm(tmp_path))
    split = statefarm_split(images, "driver", ["p2"], None, 0)
    assert {image.driver for image in split.train} == {"p1", "p3"}
    assert {image.driver for image in split.validation} == {"p2"}
    with pytest.raises(UserError, match="--split driver"):
        statefarm_split(images, "random", ["p2"], None, 0)
    divided = statefarm_split(images, "random", None, (1, 3), 0)
    assert len(divided.validation) == 10
    assert not {image.path for image in divided.train} & {image.path for image in divided.validation}


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda root: (root / "driver_imgs_list.csv").unlink(), "Kaggle"),
        (lambda root: (root / "driver_imgs_list.csv").write_text("a,b\n1,2\n"), "columns"),
        (lambda root: (root / "driver_imgs_list.csv").write_text("subject,classname,img\np1,c1\n"), "line 2"),
        (lambda root: (root / "driver_imgs_list.csv").write_bytes(b"subject,classname,img\n\xff\xfe"), "cannot read"),
        (lambda root: (root / "driver_imgs_list.csv").write_text("subject,classname,img\np1,c12,x.jpg\n"), "c12"),
        (lambda root: next(root.rglob("*.jpg")).unlink(), "missing"),
    ],
)
def test_statefarm_says_what_is_wrong(tmp_path: Path, damage: object, message: str) -> None:
    root = write_statefarm(tmp_path)
    assert callable(damage)
    damage(root)
    with pytest.raises(UserError, match=message):
        read_statefarm(root)


def test_an_unknown_holdout_driver_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="p9"):
        statefarm_split(read_statefarm(write_statefarm(tmp_path)), "driver", ["p9"], None, 0)


@pytest.mark.parametrize("folder", auc.V2_FOLDERS)
def test_v2_each_class_lands_on_its_own_number(tmp_path: Path, folder: str) -> None:
    root = write_v2(tmp_path, [name.replace(auc.V2_FOLDERS[0], folder) for name in V2_NAMES])
    for images in read_v2(root):
        assert len(images) == 40
        assert {image.label for image in images} == set(range(10))
        for image in images:
            assert image.path.parent.name == f"c{image.label}"
            assert image.path.parts[-4] in {"Camera 1", "Camera 2"}
    # The folder itself may be given too.
    assert len(read_v2(root / folder)[0]) == 40


def test_v2_split_by_driver_keeps_the_data_sets_own_parts(tmp_path: Path) -> None:
    split = auc_split(write_v2(tmp_path, V2_NAMES), "driver")
    assert {image.path.parts[-3] for image in split.train} == {"train"}
    assert {image.path.parts[-3] for image in split.validation} == {"test"}


def test_v2_validation_by_driver_leaves_the_test_part_alone(tmp_path: Path) -> None:
    root = write_v2(tmp_path / "auc", V2_NAMES)
    listing = tmp_path / "ids.csv"
    with listing.open("w", newline="") as file:
        rows = [(name, f"ID{1 + index % 4:03d}") for index, name in enumerate(V2_NAMES)]
        csv.writer(file).writerows([("Image Path", "Driver ID"), *rows])
    split = auc_split(root, "driver", driver_ids=listing, holdout=["cam1-train-ID002"])
    assert {image.driver for image in split.validation} == {"cam1-train-ID002"}
    assert "cam1-train-ID002" not in {image.driver for image in split.train}
    with pytest.raises(UserError, match="cam1-train-ID001"):
        auc_split(root, "driver", driver_ids=listing, holdout=["ID002"])
    with pytest.raises(UserError, match="one of them"):
        auc_split(root, "driver", driver_ids=listing, holdout=["cam1-train-ID002"], fold=(1, 2))
    assert {image.path.parts[-3] for image in (*split.train, *split.validation)} == {"train"}
    with pytest.raises(UserError, match="driver-ids"):
        auc_split(root, "driver", fold=(1, 2))


def test_v1_maps_by_folder_name_and_never_by_number(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    train, test = read_v1(write_v1(tmp_path))
    assert len(train) == len(test) == 30
    expected = {
        "Drive Safe": 0,
        "Text Right": 1,
        "Talk Right": 2,
        "Text Left": 3,
        "Talk Left": 4,
        "Adjust Radio": 5,
        "Drink": 6,
        "Reach Behind": 7,
        "Hair & Makeup": 8,
        "Talk Passenger": 9,
    }
    assert {image.path.parent.name: image.label for image in train} == expected
    assert {name: int(activity) for name, activity in V1_CLASSES.items()} == expected
    assert "missing" in caplog.text


def test_v1_cannot_be_split_by_driver(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no driver ids"):
        auc_split(write_v1(tmp_path), "driver", "v1")


def test_v1_random_is_its_own_lists(tmp_path: Path) -> None:
    split = auc_split(write_v1(tmp_path), "random")
    assert {image.path.name[:5] for image in split.train} == {"train"}
    assert {image.path.name[:4] for image in split.validation} == {"test"}


@pytest.mark.parametrize(("split", "layout"), [("driver", "Camera"), ("random", "Train_data_list.csv")])
def test_missing_auc_data_says_how_to_ask(
    tmp_path: Path, split: str, layout: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(auc.main, ["--split", split, "--data", str(tmp_path)]) == 2
    error = capsys.readouterr().err
    assert "licence agreement" in error and layout in error and len(error.splitlines()) == 1


def test_missing_statefarm_data_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(statefarm.main, ["--data", str(tmp_path)]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_the_real_driver_list_fits_the_layout(tmp_path: Path, shared_data: Path) -> None:
    listing = shared_data / "auc-v2-driver-ids.csv"
    with listing.open(newline="") as file:
        names = [row["Image Path"] for row in csv.DictReader(file)]
    assert len(names) == 14_478
    images = [LabelledImage(tmp_path / name, int(Activity.parse(Path(name).parent.name))) for name in names]
    parts = {
        part: {image.driver for image in with_driver_ids(images, listing) if image.path.parts[-3] == part}
        for part in ("train", "test")
    }
    # The paper's 38 training drivers, over both cameras; ids start again with each.
    assert len(parts["train"]) == 38
    assert not parts["train"] & parts["test"]
    root = write_v2(tmp_path, names[::300])
    train, test = read_v2(root)
    assert len(train) + len(test) == len(names[::300])


@given(drivers=st.lists(st.sampled_from("abcdefgh"), min_size=20, max_size=60), folds=st.integers(2, 3))
def test_folds_of_drivers_are_a_partition(drivers: list[str], folds: int) -> None:
    images = [LabelledImage(Path(f"{index}.jpg"), index % 10, driver) for index, driver in enumerate(drivers)]
    if len(set(drivers)) < folds:
        return
    held = [held_out_drivers(images, None, (fold, folds)) for fold in range(1, folds + 1)]
    assert sorted(driver for part in held for driver in part) == sorted(set(drivers))
    train, validation = split_by_driver(images, held[0])
    assert len(train) + len(validation) == len(images)
    assert not {image.driver for image in train} & {image.driver for image in validation}


@given(count=st.integers(2, 60), folds=st.integers(2, 6), seed=st.integers(0, 5))
def test_random_folds_are_a_partition(count: int, folds: int, seed: int) -> None:
    images = [LabelledImage(Path(f"{index}.jpg"), 0) for index in range(count)]
    parts = [split_at_random(images, (fold, folds), seed)[1] for fold in range(1, folds + 1)]
    assert sorted(str(image.path) for part in parts for image in part) == sorted(str(image.path) for image in images)


@given(limit=st.integers(1, 80), seed=st.integers(0, 5))
def test_an_even_draw_favours_no_class(limit: int, seed: int) -> None:
    images = [LabelledImage(Path(f"{index}.jpg"), index % 4) for index in range(60)]
    sampled = sample_evenly(images, limit, seed)
    assert len(sampled) == min(limit, 60)
    assert len({image.path for image in sampled}) == len(sampled)
    counts = [sum(image.label == label for image in sampled) for label in range(4)]
    assert max(counts) - min(counts) <= 1


@pytest.mark.parametrize("text", ["", "1", "0/5", "6/5", "1/1", "a/b"])
def test_folds_that_make_no_sense(text: str) -> None:
    with pytest.raises(ValueError):
        parse_fold(text)
