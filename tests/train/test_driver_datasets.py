"""100-Driver, DMD, 3MDAD and SAM-DD: exact layouts, official splits, classes by table, lists to measure a bundle on."""

from __future__ import annotations

import csv
import json
from argparse import Namespace
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.activities import Activity
from engines.command import run_command
from engines.errors import UserError
from engines.files.images import require_image
from engines.files.video import open_video
from tests.engines.files.labels.test_openlabel import document
from tests.train.loop import test_runs
from tests.train.loop.test_runs import small
from tests.train.test_datasets import write_image
from tests.train.test_drives import write_video
from train import dmd, hundred_driver, sam_dd, three_mdad
from train.command import training_parser
from train.data.images import Conditions, LabelledImage, Split
from train.dmd import find_sessions, read_dmd
from train.hundred_driver import CLASSES, find_lists, hundred_driver_split, read_list
from train.sam_dd import read_sam_dd
from train.three_mdad import read_three_mdad

pytestmark = test_runs.pytestmark

Main = Callable[[Sequence[str] | None], int]

TRAINED, OWN, TESTED = ("P001", "P002"), ("P008",), ("P020", "P021")
"""The drivers of 100-Driver's lists in these trees."""

VEHICLES = {"mazda": "V1", "ankai": "V2", "lynk": "V3", "hyundai": "V4"}


def hundred_driver_names(drivers: Sequence[str], camera: int, vehicle: str = "V1") -> list[str]:
    return [
        f"{name}/{driver}_{vehicle}_S1_0{camera}02060{number}.jpg"
        for name in CLASSES
        for driver in drivers
        for number in (7, 138)
    ]


def write_hundred_driver_list(file: Path, names: Sequence[str]) -> None:
    """As the authors' lists are: a number, the path from the camera's folder on, and the label, with tabs."""
    file.parent.mkdir(parents=True, exist_ok=True)
    labels = list(CLASSES)
    lines = [f"{number}\t{name}\t{labels.index(name.split('/')[0])}\n" for number, name in enumerate(names, 7)]
    file.write_text("".join(lines))


def write_hundred_driver(root: Path, *, lights: Sequence[str] = ("day",), images: bool = True) -> Path:
    """Every setting's lists of cameras 1 and 2, and the images that they name."""
    splits = root / "data-splits"
    parts = {"train": TRAINED, "val": OWN, "test": TESTED}
    places = {"day": "Day_RGB", "night": "Night_NIR"}
    listed: dict[tuple[str, int], set[str]] = {}

    def write(file: str, light: str, camera: int, names: list[str]) -> None:
        write_hundred_driver_list(splits / file, names)
        listed.setdefault((light, camera), set()).update(names)

    for light in lights:
        letter, time = light[0].upper(), light.capitalize()
        for camera in (1, 2):
            folder = f"Traditional-setting/{time}/Cam{camera}"
            for part, drivers in parts.items():
                write(f"{folder}/{letter}{camera}_{part}.txt", light, camera, hundred_driver_names(drivers, camera))
        folder = f"Cross-camera-setting/{time}/Cam1_to_2_3_4"
        for part in ("train", "val"):
            write(f"{folder}/Cam1_{part}.txt", light, 1, hundred_driver_names(parts[part], 1))
        # One of the authors' names begins with a small letter.
        write(f"{folder}/cam2_test.txt", light, 2, hundred_driver_names(TESTED, 2))
        folder, source = f"Cross-vehicle-setting/Cross-individual-vehicle/{time}/Cam1", "mazda"
        for part, drivers in parts.items():
            write(f"{folder}/{source}_{part}.txt", light, 1, hundred_driver_names(drivers, 1))
        for vehicle in set(VEHICLES) - {source}:
            names = hundred_driver_names((f"P09{VEHICLES[vehicle][1]}",), 1, VEHICLES[vehicle])
            write(f"{folder}/{vehicle}.txt", light, 1, names)
    folder = "Cross-vehicle-setting/Cross-vehicle-type/Cam1"
    for name, drivers, vehicle in (("sedan_train", TRAINED, "V1"), ("sedan_val", OWN, "V1"), ("SUV", ("P094",), "V4")):
        write(f"{folder}/{name}.txt", "day", 1, hundred_driver_names(drivers, 1, vehicle))
    if "night" in lights:
        for part in ("train", "val"):
            name = f"Cross-modality-setting/D1_to_N1/D1_{part}.txt"
            write(name, "day", 1, hundred_driver_names(parts[part], 1))
        write("Cross-modality-setting/D1_to_N1/N1_test.txt", "night", 1, hundred_driver_names(TESTED, 1))
    for (light, camera), names in listed.items():
        folder_of_camera = root / places[light] / f"Cam{camera}"
        folder_of_camera.mkdir(parents=True)
        for name in names if images else ():
            write_image(folder_of_camera / name)
    return root


def write_three_mdad(root: Path, *, subjects: Sequence[int] = (1, 2), light: str = "day", view: str = "side") -> Path:
    stream = f"{three_mdad.STREAMS[light]}{three_mdad.VIEWS[view]}"
    for subject in subjects:
        for action in range(1, 17):
            place = root / f"{view}_view_{light}_data" / stream / f"S{subject}" / f"AC{action}"
            for frame in (1, 12):
                path = place / f"{stream}_SUB{subject}ACT{action}F{frame}.{'jpg' if light == 'day' else 'tiff'}"
                if light == "day":
                    write_image(path)
                else:
                    path.parent.mkdir(parents=True, exist_ok=True)
                    dark = np.random.default_rng(subject * action + frame).integers(900, 3000, (48, 64))
                    assert cv2.imwrite(str(path), dark.astype(np.uint16))
    return root


def write_sam_dd(root: Path, *, drivers: Sequence[int] = (1, 2)) -> Path:
    for driver in drivers:
        for number in range(10):
            for view in ("side_RGB", "front_RGB"):
                for frame in (1, 25):
                    write_image(root / "SAM-DD(RGB)" / f"Tester{driver}" / str(number) / view / f"img_{frame}.jpg")
    return root


DMD_STAMP = "2019-03-08T09;31;15+01;00"


def write_dmd(root: Path, sessions: Sequence[tuple[str, int, str]], *, body: int = 0, camera: str = "body") -> Path:
    """Three seconds of safe driving, drinking, reaching to the side, and texting, each of some frames."""
    for group, subject, session in sessions:
        folder = root / "dmd" / group / str(subject) / session
        folder.mkdir(parents=True)
        prefix = f"{group}_{subject}_{session}_{DMD_STAMP}_rgb"
        write_video(folder / f"{prefix}_{camera}.mp4")
        intervals = {
            "safe_drive": [(0, 9)],
            "drinking": [(10, 15)],
            "reach_side": [(16, 19)],
            "texting_left": [(20, 29)],
        }
        (folder / f"{prefix}_ann_distraction.json").write_text(document(intervals, body=body))
    return root


def activities(images: Sequence[LabelledImage]) -> set[Activity]:
    return {Activity(image.label) for image in images}


def files_of(images: Sequence[LabelledImage]) -> set[Path]:
    return {image.path for image in images}


def arguments(dataset: Any, *typed: object) -> Namespace:
    parser = training_parser(dataset.DATASET.name, "")
    dataset.add_arguments(parser)
    return parser.parse_args([str(each) for each in typed])


DMD_SESSIONS = (("gA", 1, "s1"), ("gA", 5, "s2"))


@pytest.mark.parametrize(
    ("module", "write", "options", "images"),
    [
        (hundred_driver, write_hundred_driver, ("--split", "cross-camera"), 36),
        (three_mdad, write_three_mdad, ("--fold", "1/2"), 22),
        (sam_dd, write_sam_dd, ("--fold", "1/2"), 16),
        (dmd, lambda root: write_dmd(root, DMD_SESSIONS), ("--holdout", "5", "--every", "0.25"), 11),
    ],
    ids=["100-Driver", "3MDAD", "SAM-DD", "DMD"],
)
def test_an_epoch_in_its_own_layout(
    tmp_path: Path, recipe: Path, module: Any, write: Callable[[Path], Path], options: tuple[str, ...], images: int
) -> None:
    data, run = write(tmp_path / "data"), tmp_path / "run"
    typed = small(recipe, "--data", data, "--output", run, "--limit", 8, "--model", "baseline", *options)
    assert run_command(module.main, typed) == 0
    assert json.loads((run / "run.json").read_text())["classes"] == [activity.code for activity in Activity]
    assert json.loads((run / "metrics.json").read_text())["images"] == min(images, 8)


@pytest.mark.parametrize("split", hundred_driver.SETTINGS)
def test_100_drivers_settings(tmp_path: Path, split: str, caplog: pytest.LogCaptureFixture) -> None:
    root = write_hundred_driver(tmp_path, lights=("day", "night"))
    divided = hundred_driver_split(root, root / "data-splits", split, "day", 1)
    assert {image.driver for image in divided.train} == set(TRAINED)
    assert {image.conditions for image in divided.train} == {Conditions("V1", "Cam1", "day")}
    expected = {
        "traditional": {Conditions("V1", "Cam1", "day")},
        "cross-camera": {Conditions("V1", "Cam2", "day")},
        "cross-modality": {Conditions("V1", "Cam1", "night")},
        "cross-vehicle": {Conditions(f"V{number}", "Cam1", "day") for number in (2, 3, 4)},
        "cross-vehicle-type": {Conditions("V4", "Cam1", "day")},
    }
    assert {image.conditions for image in divided.validation} == expected[split]
    assert not {image.driver for image in divided.train} & {image.driver for image in divided.validation}
    for image in (*divided.train, *divided.validation):
        assert CLASSES[image.path.parent.name] == image.label
        place = {"day": "Day_RGB", "night": "Night_NIR"}[image.conditions.light]
        assert image.path.parts[-4:-2] == (place, image.conditions.camera)
    # Nine of the ten: no class is drinking. The 13 others are said, with their counts.
    assert activities(divided.train) == set(Activity) - {Activity.DRINKING}
    assert caplog.text.count("C2_Sleep (") == 1 and "C16_Eat_Left (" in caplog.text and "Drive_Safe" not in caplog.text
    own = hundred_driver_split(root, root / "data-splits", split, "day", 1, "own")
    assert {image.driver for image in own.validation} == set(OWN)
    assert {image.conditions for image in own.validation} == {Conditions("V1", "Cam1", "day")}
    held = hundred_driver_split(root, root / "data-splits", split, "day", 1, "target", ["P002"])
    assert {image.driver for image in held.validation} == {"P002"}
    assert files_of([*held.train, *held.validation]) == files_of(divided.train)


def test_100_drivers_night_and_earlier_lists(tmp_path: Path) -> None:
    root = write_hundred_driver(tmp_path, lights=("night",))
    lists = find_lists(root / "data-splits", "cross-camera", "night", 1)
    assert (lists.train.light, lists.target[0].camera) == ("night", 2)
    splits = root / "data-splits"
    (splits / "Cross-camera-setting").rename(splits / "Traditional-setting" / "Cross-camera-setting")
    earlier = find_lists(splits, "cross-camera", "night", 1)
    assert [each.file.name for each in earlier.target] == ["cam2_test.txt"]
    with pytest.raises(UserError, match="of the day alone"):
        find_lists(splits, "cross-vehicle-type", "night", 1)
    with pytest.raises(UserError, match=r"no 100-Driver data of the day.*licensing form.*Day_RGB/Cam2"):
        hundred_driver_split(root, splits, "traditional", "day", 2)


def test_what_is_wrong_with_100_drivers_lists(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    root = write_hundred_driver(tmp_path)
    splits, folder = root / "data-splits", root / "data-splits" / "Traditional-setting" / "Day" / "Cam1"

    def read() -> Split:
        return hundred_driver_split(root, splits, "traditional", "day", 1)

    gone = root / "Day_RGB" / "Cam1" / "C1_Drive_Safe" / "P001_V1_S1_01020607.jpg"
    gone.unlink()
    assert len(read().train) == 35 and "images missing: 1" in caplog.text and gone.name in caplog.text
    lines = (folder / "D1_test.txt").read_text()
    (folder / "D1_test.txt").write_text(lines + (folder / "D1_train.txt").read_text())
    with pytest.raises(UserError, match="listed in both: 35"):
        read()
    (folder / "D1_test.txt").write_text(lines + "9\tC1_Drive_Safe/P008_V1_S1_x.jpg\t1\n")
    with pytest.raises(UserError, match=r"D1_test\.txt line 89: label 1 is not that of C1_Drive_Safe"):
        read()
    (folder / "D1_test.txt").unlink()
    with pytest.raises(UserError, match=r"lacks the lists .* it has D1_train\.txt, D1_val\.txt"):
        read()
    (folder / "D1_train.txt").unlink()
    with pytest.raises(UserError, match=r"one \*_train\.txt.*there is D1_val\.txt.*--splits DIR"):
        read()
    with pytest.raises(UserError, match=r"there is nothing.*100-Driver-Source"):
        hundred_driver_split(root, tmp_path / "elsewhere", "traditional", "day", 1)


LISTED = st.tuples(st.sampled_from(list(CLASSES)), st.integers(1, 100), st.integers(1, 5), st.integers(0, 10**9))


@given(listed=st.lists(LISTED, max_size=20))
def test_a_list_is_read_as_it_was_written(tmp_path_factory: pytest.TempPathFactory, listed: list[Any]) -> None:
    names = [f"{name}/P{driver:03d}_V{car}_S2_{number}.jpg" for name, driver, car, number in listed]
    file = tmp_path_factory.mktemp("list") / "D1_train.txt"
    write_hundred_driver_list(file, names)
    assert ["/".join(entry) for entry in read_list(file)] == list(dict.fromkeys(names))


@given(content=st.text() | st.binary())
def test_any_other_list_is_refused_by_name(tmp_path_factory: pytest.TempPathFactory, content: str | bytes) -> None:
    file = tmp_path_factory.mktemp("list") / "D1_train.txt"
    file.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass"))
    try:
        assert all(name in CLASSES for name, _ in read_list(file))
    except UserError as error:
        assert "D1_train.txt" in str(error)


def test_every_class_has_a_place_in_the_tables() -> None:
    assert [int(name[1:].split("_")[0]) for name in CLASSES] == list(range(1, 23))
    assert len(three_mdad.ACTIONS) == 16 and len(sam_dd.CLASSES) == 10
    hands = {
        "left": (Activity.TEXTING_LEFT, Activity.PHONE_LEFT),
        "right": (Activity.TEXTING_RIGHT, Activity.PHONE_RIGHT),
    }
    for name, activity in (*CLASSES.items(), *three_mdad.ACTIONS, *sam_dd.CLASSES):
        if activity is not None and activity.is_phone:
            side = next(side for side in hands if side in name.lower())
            texting = "text" in name.lower() or "writing" in name
            assert activity == hands[side][0 if texting else 1]


@pytest.mark.parametrize("view", ["side", "front"])
def test_3mdad_by_day(tmp_path: Path, view: str, caplog: pytest.LogCaptureFixture) -> None:
    images = read_three_mdad(write_three_mdad(tmp_path, subjects=(1, 12), view=view), "day", view)
    expected = {1: 0, 2: 8, 3: 5, 5: 1, 6: 3, 7: 2, 8: 4, 10: 9, 13: 6, 14: 6, 15: 7}
    assert {int(image.path.parent.name[2:]): image.label for image in images} == expected
    assert Counter(image.driver for image in images) == {"day-S1": 22, "day-S12": 22}
    assert {image.conditions for image in images} == {Conditions("car", view, "day")}
    assert "smoking (4)" in caplog.text and "GPS operating (4)" in caplog.text
    # The archives unpack without the folders of light and view.
    stream = f"RGB{three_mdad.VIEWS[view]}"
    (tmp_path / f"{view}_view_day_data" / stream).rename(tmp_path / stream)
    assert len(read_three_mdad(tmp_path, "day", view)) == len(images)


def test_3mdads_infrared_images_are_stretched(tmp_path: Path) -> None:
    data = write_three_mdad(tmp_path / "data", light="night")
    typed = ("--data", data, "--light", "night", "--fold", "1/2", "--output", tmp_path / "run")
    split = three_mdad.make_split(arguments(three_mdad, *typed))
    images = [*split.train, *split.validation]
    assert {image.driver for image in images} == {"night-S1", "night-S2"} and len(images) == 44
    for image in images:
        assert image.path.parent == tmp_path / "run" / "infrared"
        pixels = require_image(image.path)
        assert pixels.dtype == np.uint8 and (pixels.min(), pixels.max()) == (0, 255)
        number = image.path.stem.split("-")[0]
        stored = cv2.imread(str(next(data.rglob(f"{number}.tiff"))), cv2.IMREAD_UNCHANGED)
        assert stored is not None
        order = np.argsort(stored.ravel(), kind="stable")
        assert (np.diff(pixels[:, :, 0].ravel()[order].astype(int)) >= 0).all()
    times = {image.path: image.path.stat().st_mtime_ns for image in images}
    again = three_mdad.make_split(arguments(three_mdad, *typed))
    assert {image.path: image.path.stat().st_mtime_ns for image in (*again.train, *again.validation)} == times


def test_3mdads_exchanged_and_misplaced_images_are_left_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    root = write_three_mdad(tmp_path, subjects=(31,))
    place = root / "side_view_day_data" / "RGB1" / "S31"
    (place / "AC1" / "RGB1_SUB31ACT1F1.jpg").rename(place / "AC5" / "RGB1_SUB31ACT1F1.jpg")
    images = read_three_mdad(root, "day", "side")
    assert Activity.PASSENGER not in activities(images) and len(images) == 22 - 2 - 1
    assert "changed places: 2" in caplog.text and "action: 1, left out" in caplog.text
    (place / "AC1").rename(place / "AC17")
    with pytest.raises(UserError, match="AC17 is none of"):
        read_three_mdad(root, "day", "side")


def test_sam_dd(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    root = write_sam_dd(tmp_path, drivers=(2, 10))
    images = read_sam_dd(root, ("side",))
    expected = {0: 0, 1: 6, 2: 4, 3: 2, 4: 3, 5: 1, 6: 8, 8: 7}
    assert {int(image.path.parents[1].name): image.label for image in images} == expected
    assert list(dict.fromkeys(image.driver for image in images)) == ["Tester2", "Tester10"]
    assert {image.path.parent.name for image in images} == {"side_RGB"}
    assert "adjusting glasses (4), dropping (4)" in caplog.text
    both = read_sam_dd(root / "SAM-DD(RGB)", ("side", "front"))
    assert Counter(image.conditions.camera for image in both) == {"side": len(images), "front": len(images)}
    split = sam_dd.make_split(arguments(sam_dd, "--data", root, "--view", "both", "--holdout", "Tester2"))
    assert {image.driver for image in split.train} == {"Tester10"}


def test_dmds_frames_have_the_label_of_their_time(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    root = write_dmd(tmp_path / "data", [("gA", 1, "s1"), ("gE", 28, "s4")])
    images = read_dmd(root, "body", tmp_path / "frames", 0.1)
    assert {image.driver for image in images} == {"1", "28"}
    assert {(image.driver, image.conditions.car) for image in images} == {("1", "car"), ("28", "simulator")}
    assert {image.conditions.camera for image in images} == {"body"}
    found = {int(image.path.stem.split("-")[0]): image.label for image in images}
    frames = dict.fromkeys(range(10), 0) | dict.fromkeys(range(10, 16), 6)
    assert found == {number * 100: label for number, label in (frames | dict.fromkeys(range(20, 30), 3)).items()}
    assert "left out: reach_side (1 s)" in caplog.text
    caplog.clear()
    # What was taken is there, and what is left out is said again.
    assert files_of(read_dmd(root, "body", tmp_path / "frames", 0.1)) == files_of(images)
    assert "reach_side (1 s)" in caplog.text


@pytest.mark.parametrize(("body", "camera", "first"), [(5, "body", 500), (-5, "face", 500), (5, "face", 1000)])
def test_dmds_frames_count_in_the_mosaic(tmp_path: Path, body: int, camera: Any, first: int) -> None:
    root = write_dmd(tmp_path / "data", [("gA", 1, "s1")], body=body, camera=camera)
    images = read_dmd(root, camera, tmp_path / "frames", 0.1)
    times = [int(image.path.stem.split("-")[0]) for image in images if image.label == Activity.DRINKING]
    assert min(times) == first


def test_dmds_restricted_subjects_and_lone_labels_are_left_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    root = write_dmd(tmp_path, [("gA", 1, "s1"), ("gA", 2, "s1"), ("gC", 14, "s3")])
    next((root / "dmd" / "gC").rglob("*.mp4")).unlink()
    (session,) = find_sessions(root, "body")
    assert (session.subject, session.name) == (1, "s1")
    assert "left out: 2" in caplog.text and "gC_14_s3_" in caplog.text
    with open_video(session.video) as video:
        assert video.size == (64, 48)
    session.labels.rename(session.labels.with_name(session.labels.name.replace("gA_1_", "gB_1_")))
    with pytest.raises(UserError, match="not named for its group"):
        find_sessions(root, "body")


MISSING = [
    (hundred_driver, ("licensing form", "Day_RGB/Cam1/C1_Drive_Safe", "HUNDRED_DRIVER_DATA")),
    (three_mdad, ("sites.google.com", "side_view_day_data/RGB1/S1/AC1", "THREE_MDAD_DATA")),
    (sam_dd, ("yanghh.io", "SAM-DD(RGB)/Tester", "SAM_DD_DATA")),
    (dmd, ("dmd.vicomtech.org", "CC BY-NC-ND", "_rgb_body.mp4", "DMD_DATA")),
]


@pytest.mark.parametrize(("module", "expected"), MISSING)
def test_missing_data_says_where_to_ask_and_how_it_lies(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], module: Any, expected: tuple[str, ...]
) -> None:
    assert run_command(module.main, ["--data", str(tmp_path)]) == 2
    error = capsys.readouterr().err
    assert len(error.splitlines()) == 1
    for text in expected:
        assert text in error


def test_the_lists_of_images_to_measure_a_bundle_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root, file = write_hundred_driver(tmp_path / "data", lights=("day", "night")), tmp_path / "data" / "night.csv"
    typed = ["--data", root, "--split", "cross-modality", "--write-list", file]
    assert run_command(hundred_driver.main, [str(each) for each in typed]) == 0
    assert "36 images" in capsys.readouterr().out
    with file.open(newline="") as opened:
        rows = list(csv.DictReader(opened))
    assert len(rows) == 36 and {(row["car"], row["camera"], row["light"]) for row in rows} == {("V1", "Cam1", "night")}
    for row in rows:
        assert (file.parent / row["file"]).is_file()
        assert Activity.parse(row["activity"]) == CLASSES[Path(row["file"]).parent.name]
    limited = [*typed, "--listed", "all", "--limit", "9"]
    assert run_command(hundred_driver.main, [str(each) for each in limited]) == 0
    assert len(file.read_text().splitlines()) == 10
