"""What is looked at before a training: classes without images, images that cannot be read, copies."""

from __future__ import annotations

from pathlib import Path

import pytest

from engines.activities import ACTIVITY_CODES
from engines.command import run_command
from engines.errors import UserError
from tests.train.loop import test_runs
from tests.train.loop.test_runs import small
from tests.train.test_datasets import write_image, write_statefarm
from train import statefarm
from train.data.checks import check_files, warn_of_empty_classes
from train.data.images import LabelledImage, Split

pytestmark = test_runs.pytestmark


def split_of(train: list[LabelledImage], validation: list[LabelledImage]) -> Split:
    return Split(train, validation, ACTIVITY_CODES, "by hand")


def test_classes_without_images_are_said_for_each_part(caplog: pytest.LogCaptureFixture) -> None:
    def images(*absent: int) -> list[LabelledImage]:
        return [LabelledImage(Path(f"{label}.jpg"), label) for label in range(10) if label not in absent]

    warn_of_empty_classes(split_of(images(7, 3), images(7, 0)))
    assert [record.getMessage().partition(":")[0] for record in caplog.records] == [
        "no image of c7 (Reaching behind) in training and in validation",
        "no image of c3 (Texting, left hand) in training",
        "no image of c0 (Safe driving) in validation",
    ]


def test_a_limit_is_no_missing_class(tmp_path: Path, recipe: Path, caplog: pytest.LogCaptureFixture) -> None:
    data = write_statefarm(tmp_path / "data")
    options = ["--data", data, "--model", "baseline", "--holdout", "p2", "--limit", 8, "--output", tmp_path / "run"]
    assert run_command(statefarm.main, small(recipe, *options)) == 0
    assert "no image of" not in caplog.text


def test_copies_are_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    for name in ("a", "b", "c", "d"):
        write_image(tmp_path / f"{name}.jpg")
    for name, of in (("a2", "a"), ("b2", "b"), ("c2", "c")):
        (tmp_path / f"{name}.jpg").write_bytes((tmp_path / f"{of}.jpg").read_bytes())

    def image(name: str, label: int, driver: str) -> LabelledImage:
        return LabelledImage(tmp_path / f"{name}.jpg", label, driver)

    train = [image("a", 1, "p1"), image("b", 1, "p1"), image("b2", 2, "p1"), image("c", 3, "p1"), image("c2", 3, "p3")]
    check_files(split_of(train, [image("a2", 1, "p1"), image("d", 4, "p2")]))
    said = [record.getMessage() for record in caplog.records]
    assert [line.partition(": ")[0].split("other ")[1] for line in said] == [
        "in training and in validation, which flatters the results",
        "of different drivers",
        "of different classes",
    ]
    assert "a.jpg" in said[0] and "a2.jpg" in said[0] and "c2.jpg" in said[1] and "b2.jpg" in said[2]


def test_damaged_images_are_named_all_at_once_before_the_training(
    tmp_path: Path, recipe: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    data = write_statefarm(tmp_path / "data")
    damaged = {"c1": b"", "c3": b"<html>", "c5": b"\xff\xd8\xff\xe0 cut"}
    for code, content in damaged.items():
        next((data / "imgs" / "train" / code).glob("*p1*")).write_bytes(content)
    options = ["--data", data, "--model", "baseline", "--holdout", "p2", "--output", tmp_path / "run"]
    assert run_command(statefarm.main, small(recipe, *options)) == 2
    printed = capfd.readouterr()
    last = printed.err.strip().splitlines()[-1]
    assert last.startswith("error: 3 of 30 images cannot be read") and "epoch" not in printed.out
    assert all(f"img_p1{code}0.jpg" in last for code in damaged)
    assert not (tmp_path / "run" / "run.json").exists()


def test_an_image_that_is_gone_is_named(tmp_path: Path) -> None:
    write_image(tmp_path / "a.jpg")
    gone = LabelledImage(tmp_path / "gone.jpg", 0)
    with pytest.raises(UserError, match=r"1 of 2 images.*gone\.jpg \(there is no such file"):
        check_files(split_of([LabelledImage(tmp_path / "a.jpg", 0)], [gone]))
