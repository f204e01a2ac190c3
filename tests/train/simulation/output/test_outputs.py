"""What the simulated drivers are written to: data sets, drives and contact sheets, as others read them."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.activities import Activity
from engines.errors import UserError
from tests.property_settings import examples
from train.export import reference_frames
from train.simulated import main
from train.simulation.acting import still_images as moments_module
from train.simulation.acting.driver import SimulatedDriver
from train.simulation.acting.faults import Fault, FaultKind
from train.simulation.acting.near_misses import NearMiss
from train.simulation.acting.recording import EVENT_HEADER, SimulatedDrive
from train.simulation.acting.script import BLEND_S, NearMissEvent, script_for_drive, script_of
from train.simulation.acting.still_images import StillImage
from train.simulation.appearance import DEMO_SEED, DEMO_SEEDS, TRAINING_SEEDS, VALIDATION_SEEDS, Appearance
from train.simulation.body.motion import Pose
from train.simulation.output import dataset as dataset_module
from train.simulation.output import drive as drive_module
from train.simulation.output.drive import write_drive
from train.simulation.output.sheet import random_glimpse


def test_a_data_set_has_state_farms_layout_and_is_finished_later(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["dataset", "--output", str(tmp_path / "set"), "--drivers", "2", "--images-per-class", "1"]
    command += ["--size", "64x64", "--workers", "1", "--split", "val"]
    assert main(command) == 0
    with (tmp_path / "set" / "driver_imgs_list.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["subject", "classname", "img"]
    assert len(rows) == 20
    assert len({row["img"] for row in rows}) == 20
    assert {row["subject"] for row in rows} == {f"s{seed}" for seed in VALIDATION_SEEDS[:2]}
    paths = [tmp_path / "set" / "imgs" / "train" / row["classname"] / row["img"] for row in rows]
    assert all(np.asarray(cv2.imread(str(path))).shape == (64, 64, 3) for path in paths)
    assert sorted(paths) == sorted((tmp_path / "set").rglob("*.jpg"))
    with (tmp_path / "set" / "near_misses.csv").open(encoding="utf-8") as file:
        near_misses = {row["img"]: row["near_miss"] for row in csv.DictReader(file)}
    moments = {row["img"]: StillImage(int(row["subject"][1:]), Activity.parse(row["classname"]), 0) for row in rows}
    assert near_misses == {name: m.near_miss.value for name, m in moments.items() if m.near_miss}
    # A lost image is drawn again, just as it was; the others stay.
    content = paths[3].read_bytes()
    paths[3].unlink()
    capsys.readouterr()
    assert main(command) == 0
    assert "1 drawn now" in capsys.readouterr().out
    assert paths[3].read_bytes() == content


def _drawn(folder: Path, *options: str) -> dict[str, bytes]:
    """The images of a data set of one driver by activity."""
    command = ["dataset", "--output", str(folder), "--images-per-class", "1", "--size", "64x64", "--workers", "1"]
    assert main([*command, "--drivers", "1", *options]) == 0
    with (folder / "driver_imgs_list.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return {row["classname"]: (folder / "imgs" / "train" / row["classname"] / row["img"]).read_bytes() for row in rows}


def _interiors(seeds: list[int]) -> set[str]:
    return {Appearance.from_seed(seed).cabin.interior.name for seed in seeds}


def test_interiors_can_be_held_out_of_a_data_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    drawn: list[StillImage] = []
    monkeypatch.setattr(StillImage, "draw", lambda image, _size: drawn.append(image))
    command = ["dataset", "--drivers", "20", "--images-per-class", "1", "--workers", "1", "--output"]

    def drivers(name: str, *options: str) -> list[int]:
        drawn.clear()
        assert main([*command, str(tmp_path / name), *options]) == 0
        return list(dict.fromkeys(image.driver for image in drawn))

    held_out = drivers("cars", "--interiors", "van", "pickup")
    trained_on = drivers("rest", "--without-interiors", "van", "pickup")
    assert len(held_out) == len(trained_on) == 20
    assert _interiors(held_out) == {"van", "pickup"} and not _interiors(trained_on) & {"van", "pickup"}
    # An interior goes with a driver: they are drivers of the whole split.
    assert drivers("all") == sorted({*held_out, *trained_on})[:20] == list(TRAINING_SEEDS[:20])
    for_rest = [*command, str(tmp_path / "none"), "--without-interiors", "van", "pickup"]
    for_rest[1:3] = ["--seeds", str(held_out[0])]
    with pytest.raises(UserError, match="which is not asked for: leave the seed out"):
        main(for_rest)
    with pytest.raises(UserError, match="leaves no interior"):
        names = ["hatchback", "saloon", "suv", "van", "pickup", "electric", "city"]
        main([*command, str(tmp_path / "none"), "--without-interiors", *names])
    assert not (tmp_path / "none").exists()


def test_elsewhere_is_outside_of_what_all_other_data_sets_show(tmp_path: Path) -> None:
    usual, elsewhere = _drawn(tmp_path / "usual"), _drawn(tmp_path / "elsewhere", "--elsewhere")
    assert usual.keys() == elsewhere.keys()
    assert not set(usual.values()) & set(elsewhere.values())
    # Neither is continued as the other, and a data set of an earlier version is continued.
    with pytest.raises(UserError, match="other settings"):
        _drawn(tmp_path / "usual", "--elsewhere")
    assert "elsewhere" not in (tmp_path / "usual" / "simulated.json").read_text()
    appearances = [Appearance.from_seed(seed) for seed in VALIDATION_SEEDS[:300]]
    bounds = np.array([appearance.camera.position for appearance in appearances])
    low, high = bounds.min(axis=0), bounds.max(axis=0)
    reclines = [appearance.build.recline for appearance in appearances]
    for appearance in appearances:
        other = appearance.elsewhere()
        assert ((other.camera.position < low) | (other.camera.position > high)).any()
        assert not min(reclines) <= other.build.recline <= max(reclines)
        assert other.cabin is appearance.cabin and other.face is appearance.face


def test_a_data_set_with_other_settings_is_left_alone(tmp_path: Path) -> None:
    command = ["dataset", "--output", str(tmp_path), "--seeds", "7", "--images-per-class", "1", "--size", "64x64"]
    assert main([*command, "--workers", "1"]) == 0
    with pytest.raises(UserError, match="other settings"):
        main([*command[:-1], "96x96"])


def test_a_foreign_data_set_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "driver_imgs_list.csv").write_text("subject,classname,img\n", encoding="utf-8")
    with pytest.raises(UserError, match="another data set"):
        main(["dataset", "--output", str(tmp_path), "--drivers", "1"])


@pytest.mark.parametrize("name", ["imgs/train/c0/holiday.JPG", "imgs/train/c4/me.png", "driver_imgs_list.csv"])
def test_a_refused_folder_stays_as_it_is(tmp_path: Path, name: str) -> None:
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_bytes(b"")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(UserError, match="another data set"):
        main(["dataset", "--output", str(tmp_path), "--drivers", "1"])
    assert sorted(tmp_path.rglob("*")) == before


def _small_set(folder: Path) -> list[str]:
    return ["dataset", "--output", str(folder), "--seeds", "7", "--images-per-class", "1", "--size", "64x64"]


def test_a_data_set_of_another_renderer_is_not_continued(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert main(_small_set(tmp_path)) == 0
    monkeypatch.setattr(dataset_module, "renderer_fingerprint", lambda: "another")
    with pytest.raises(UserError, match="another version of the simulation"):
        main(_small_set(tmp_path))


def test_a_broken_note_is_named(tmp_path: Path) -> None:
    (tmp_path / "simulated.json").write_text("broken", encoding="utf-8")
    with pytest.raises(UserError, match=r"simulated\.json does not say any more"):
        main(_small_set(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["simulated.json"]


def test_moments_that_are_never_recognisable_are_left_out_and_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    recognisable = moments_module.is_recognisable

    def blind(activity: Activity, pose: Pose, appearance: Appearance) -> bool:
        return activity is not Activity.RADIO and recognisable(activity, pose, appearance)

    monkeypatch.setattr(moments_module, "is_recognisable", blind)
    assert main([*_small_set(tmp_path), "--workers", "1"]) == 0
    out = capsys.readouterr().out
    assert out.lstrip().startswith("9 images of 1 driver in ")
    assert "1 image left out" in out
    assert not list(tmp_path.glob("imgs/train/c5/*"))
    rows = (tmp_path / "driver_imgs_list.csv").read_text(encoding="utf-8").splitlines()[1:]
    assert len(rows) == 9
    assert not [row for row in rows if ",c5," in row]


@pytest.mark.parametrize(
    "command",
    [
        ["drive", "--output", "a.mp4", "--labels", "a.mp4"],
        ["drive", "--output", "a.mp4", "--script", "a.csv"],
        ["drive", "--output", "a.mp4", "--script", "a.events.csv"],
        ["drive", "--output", "a.mp4", "--labels", "./b.csv", "--script", "sub/../b.csv"],
        ["sheet", "--output", "s.png", "--labels", "s.png"],
    ],
)
def test_no_file_is_written_over_another(command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sub").mkdir()
    for name in ("a.csv", "a.events.csv", "b.csv"):
        (tmp_path / name).write_text("start_s,end_s,activity\n0,4,c0\n", encoding="utf-8")
    with pytest.raises(UserError, match="different names"):
        main([*command, "--size", "64x64"])
    assert (tmp_path / "b.csv").read_text(encoding="utf-8").startswith("start_s")


def test_a_drive_that_cannot_be_written_is_not_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SimulatedDrive, "frames", lambda *_: pytest.fail("drawn in vain"))
    (tmp_path / "taken.csv").mkdir()
    (tmp_path / "other.events.csv").mkdir()
    (tmp_path / "taken.mp4").mkdir()
    for video, labels in (("drive.mp4", "taken.csv"), ("drive.mp4", "other.csv"), ("taken.mp4", "drive.csv")):
        with pytest.raises(UserError, match="cannot write"):
            write_drive(tmp_path / video, tmp_path / labels, _recording())


def test_two_drives_are_not_drawn_to_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    video, frames = tmp_path / "drive.mp4", SimulatedDrive.frames
    short = SimulatedDrive(4, script_of([(Activity.SAFE_DRIVING, 1.0)]), 2, (64, 64))
    asked: list[str] = []

    def meanwhile(recording: SimulatedDrive, first: int, end: int) -> Iterator[np.ndarray]:
        if not asked:
            asked.append("once")
            with pytest.raises(UserError, match="another process"):
                write_drive(video, tmp_path / "another.csv", short)
            write_drive(tmp_path / "other.mp4", tmp_path / "other.csv", short)
        return frames(recording, first, end)

    monkeypatch.setattr(SimulatedDrive, "frames", meanwhile)
    write_drive(video, tmp_path / "drive.csv", short)
    write_drive(video, tmp_path / "drive.csv", short)
    kinds = ("mp4", "csv", "events.csv")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        f"{name}.{kind}" for name in ("drive", "other") for kind in kinds
    )


@pytest.mark.parametrize("rate", ["29.97", "12.5"])
def test_frame_rates_need_not_be_whole(tmp_path: Path, rate: str) -> None:
    command = ["drive", "--output", str(tmp_path / "drive.mp4"), "--duration", "6", "--fps", rate, "--size", "64x64"]
    assert main([*command, "--seed", "200003", "--workers", "1", "--fault", "freeze@0-6"]) == 0
    with av.open(str(tmp_path / "drive.mp4")) as container:
        times = [float(frame.time or 0.0) for frame in container.decode(video=0)]
    expected = {"29.97": 30000 / 1001, "12.5": 12.5}[rate]
    assert len(times) == round(6 * expected)
    np.testing.assert_allclose(times, np.arange(len(times)) / expected, atol=1e-4)


@pytest.mark.parametrize(("seed", "cohort"), [("5", "training"), ("100005", "validation"), ("200018", "demo")])
def test_a_drive_says_whose_it_is_and_warns_of_drivers_to_train_on(
    seed: str, cohort: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["drive", "--output", str(tmp_path / "d.mp4"), "--duration", "2", "--fps", "1", "--size", "64x64"]
    assert main([*command, "--seed", seed]) == 0
    printed = capsys.readouterr()
    assert f"driver {seed} ({cohort} split)" in printed.out
    assert ("warning" in printed.err) == (cohort == "training")


def test_a_drive_is_a_video_with_labels(tmp_path: Path) -> None:
    video = tmp_path / "new" / "drive.mp4"
    command = ["drive", "--output", str(video), "--seed", "4", "--duration", "2", "--fps", "5", "--size", "96x72"]
    assert main(command) == 0
    with av.open(str(video)) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    assert len(frames) == 10
    assert frames[0].shape == (72, 96, 3)
    lines = video.with_suffix(".csv").read_text(encoding="utf-8").splitlines()
    assert lines == ["start_s,end_s,activity", "0.000,2.000,c0"]
    assert sorted(path.name for path in video.parent.iterdir()) == ["drive.csv", "drive.events.csv", "drive.mp4"]


def test_a_data_set_is_the_same_whoever_draws_it(tmp_path: Path) -> None:
    for workers in ("1", "2"):
        command = ["dataset", "--output", str(tmp_path / workers), "--seeds", "7", "--images-per-class", "1"]
        assert main([*command, "--size", "64x64", "--workers", workers, "--drive-side", "both"]) == 0
    alone, shared = ({p.name: p.read_bytes() for p in (tmp_path / w).rglob("*.jpg")} for w in ("1", "2"))
    assert len(alone) == 10
    assert alone == shared


def test_every_output_draws_its_drivers_from_its_own_range(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is asked to appear: what would be drawn is noted instead."""
    asked: dict[str, set[int]] = {}
    frame = SimulatedDriver.frame

    def noted(name: str) -> None:
        def note(driver: SimulatedDriver, *args: Any, **options: Any) -> np.ndarray:
            asked.setdefault(name, set()).add(driver.appearance.seed)
            return np.zeros((64, 64, 3), np.uint8)

        monkeypatch.setattr(SimulatedDriver, "frame", note)

    size = ["--size", "64x64", "--workers", "1"]
    for split in ("train", "val"):
        noted(split)
        many = ["--drivers", "12", "--images-per-class", "1", "--split", split]
        assert main(["dataset", "--output", str(tmp_path / split), *many, *size]) == 0
    for name, options in (("sheet", []), ("as dataset", ["--as-dataset"])):
        noted(name)
        assert main(["sheet", "--output", str(tmp_path / f"{name}.png"), "--count", "30", *options, *size]) == 0
    noted("demo")
    assert main(["drive", "--output", str(tmp_path / "demo.mp4"), "--demo", "--fps", "1", *size]) == 0
    noted("reference views")
    reference_frames()
    monkeypatch.setattr(SimulatedDriver, "frame", frame)
    assert asked["train"] <= set(TRAINING_SEEDS)
    assert len(asked["train"]) == len(asked["val"]) == 12
    for name in ("val", "sheet", "as dataset", "reference views"):
        assert asked[name] <= set(VALIDATION_SEEDS)
    assert asked["demo"] == {DEMO_SEED}
    assert DEMO_SEED in DEMO_SEEDS


def test_a_fraction_of_the_attentive_moments_are_near_misses() -> None:
    kinds = [StillImage(seed, Activity.SAFE_DRIVING, 0).near_miss for seed in range(1, 400)]
    assert 0.25 < np.mean([kind is not None for kind in kinds]) < 0.45
    assert set(NearMiss) < set(kinds)
    assert all(StillImage(seed, Activity.PASSENGER, 0).near_miss is None for seed in range(1, 50))


def _recording() -> SimulatedDrive:
    script = script_of([(Activity.SAFE_DRIVING, 6.0), (Activity.DRINKING, 5.0)])
    script = script.with_near_misses([NearMissEvent(1.0, 2.2, NearMiss.NOSE)])
    return SimulatedDrive(4, script, 2, (64, 64), (Fault(3.0, 4.0, FaultKind.COVERED),))


def test_a_drive_says_where_its_near_misses_and_faults_are(tmp_path: Path) -> None:
    write_drive(tmp_path / "drive.mp4", tmp_path / "drive.csv", _recording())
    labels = (tmp_path / "drive.csv").read_text(encoding="utf-8").splitlines()
    assert labels == ["start_s,end_s,activity", "0.000,6.000,c0", "6.000,11.000,c6"]
    events = (tmp_path / "drive.events.csv").read_text(encoding="utf-8").splitlines()
    assert events == [EVENT_HEADER, "1.000,2.200,near-miss,nose", "3.000,4.000,fault,covered"]


def test_an_interrupted_drive_is_resumed_and_is_the_same_whoever_draws_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared, resumed = tmp_path / "shared.mp4", tmp_path / "resumed.mp4"
    write_drive(shared, tmp_path / "shared.csv", _recording(), workers=2)
    drawn: list[int] = []
    frames = SimulatedDrive.frames

    def interrupted(recording: SimulatedDrive, first: int, end: int) -> Iterator[np.ndarray]:
        if len(drawn) == 1:
            raise KeyboardInterrupt
        drawn.append(first)
        return frames(recording, first, end)

    monkeypatch.setattr(SimulatedDrive, "frames", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_drive(resumed, tmp_path / "resumed.csv", _recording())
    assert not resumed.exists()

    def counted(recording: SimulatedDrive, first: int, end: int) -> Iterator[np.ndarray]:
        drawn.append(first)
        return frames(recording, first, end)

    monkeypatch.setattr(SimulatedDrive, "frames", counted)
    write_drive(resumed, tmp_path / "resumed.csv", _recording())
    assert drawn == [0, 10, 20]
    assert resumed.read_bytes() == shared.read_bytes()
    with av.open(str(resumed)) as container:
        times = [float(frame.time or 0.0) for frame in container.decode(video=0)]
    np.testing.assert_allclose(times, np.arange(22) / 2)
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_what_is_left_of_another_drive_is_not_taken_for_this_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    video, other = tmp_path / "drive.mp4", SimulatedDrive(5, _recording().script, 2, (64, 64))
    with monkeypatch.context() as patch:
        # Every part is there, and joined, when it ends.
        patch.setattr(drive_module, "write_atomic", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            write_drive(video, tmp_path / "drive.csv", other)
    write_drive(video, tmp_path / "drive.csv", _recording())
    write_drive(tmp_path / "fresh.mp4", tmp_path / "fresh.csv", _recording())
    assert video.read_bytes() == (tmp_path / "fresh.mp4").read_bytes()


def test_a_sheet_keeps_its_labels_to_itself(tmp_path: Path) -> None:
    def sheet(name: str, seed: str) -> tuple[bytes, list[dict[str, str]]]:
        page = tmp_path / f"{name}.png"
        command = ["sheet", "--output", str(page), "--count", "4", "--columns", "3", "--seed", seed, "--size", "64x64"]
        assert main([*command, "--workers", "1"]) == 0
        with page.with_suffix(".labels.csv").open(encoding="utf-8") as file:
            return page.read_bytes(), list(csv.DictReader(file))

    page, labels = sheet("one", "3")
    assert (page, labels) == sheet("same", "3")
    assert page != sheet("other", "4")[0]
    # Two rows of three images of 64×64, the last two places empty.
    pixels = np.asarray(cv2.imdecode(np.frombuffer(page, np.uint8), cv2.IMREAD_COLOR))
    assert pixels.shape[1] == 3 * 66
    assert pixels.shape[0] > 2 * 66
    assert (pixels[-90:, 70:] == 255).all()
    assert [row["number"] for row in labels] == ["1", "2", "3", "4"]
    assert all(int(row["driver"]) in VALIDATION_SEEDS for row in labels)
    assert all(Activity.parse(row["activity"]).title == row["title"] for row in labels)


def _labels(tmp_path: Path, *options: str) -> list[dict[str, str]]:
    page = tmp_path / "page.png"
    command = ["sheet", "--output", str(page), "--count", "60", "--size", "64x64", "--workers", "1", *options]
    assert main(command) == 0
    with page.with_suffix(".labels.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_a_sheet_shows_any_moment_of_random_drives_or_moments_as_a_data_set_has_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SimulatedDriver, "frame", lambda *args, **options: np.zeros((64, 64, 3), np.uint8))
    # Drives are attentive about half of the time; a data set is so in one image of ten.
    fractions = [np.mean([row["activity"] == "c0" for row in _labels(tmp_path, *o)]) for o in ([], ["--as-dataset"])]
    assert fractions[0] > 0.3
    assert fractions[1] < 0.25


@given(driver=st.sampled_from(VALIDATION_SEEDS), seed=st.integers(0, 10_000))
@examples(0.3)
def test_a_sheet_shows_no_change_from_one_activity_to_the_next(driver: int, seed: int) -> None:
    glimpse = random_glimpse(driver, np.random.default_rng(seed))
    changes = [segment.start_s for segment in script_for_drive(driver).segments[1:]]
    assert min(abs(glimpse.time - change) for change in changes) > BLEND_S / 2


def test_a_sheet_too_large_for_a_page_is_refused_before_it_is_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SimulatedDriver, "frame", lambda *args, **options: pytest.fail("drawn in vain"))
    with pytest.raises(UserError, match="too many for a page"):
        main(["sheet", "--output", str(tmp_path / "s.png"), "--size", "2048x2048", "--workers", "1"])
    assert not list(tmp_path.iterdir())
