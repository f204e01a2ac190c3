"""What the simulated drivers are written to: data sets, drives and contact sheets, as others read them."""

from __future__ import annotations

import csv
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from engines.activities import Activity
from engines.errors import UserError
from train.simulated import main
from train.simulation import drive as drive_module
from train.simulation.appearance import TRAINING_SEEDS, VALIDATION_SEEDS
from train.simulation.drive import write_drive
from train.simulation.faults import Fault, FaultKind
from train.simulation.moments import Moment
from train.simulation.near_misses import NearMiss
from train.simulation.recording import EVENT_HEADER, Recording
from train.simulation.script import LABEL_HEADER, NearMissEvent, script_of


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
    moments = {row["img"]: Moment(int(row["subject"][1:]), Activity.parse(row["classname"]), 0) for row in rows}
    assert near_misses == {name: m.near_miss.value for name, m in moments.items() if m.near_miss}
    # A lost picture is drawn again, just as it was; the others stay.
    content = paths[3].read_bytes()
    paths[3].unlink()
    capsys.readouterr()
    assert main(command) == 0
    assert "1 drawn now" in capsys.readouterr().out
    assert paths[3].read_bytes() == content


def test_a_data_set_with_other_settings_is_left_alone(tmp_path: Path) -> None:
    command = ["dataset", "--output", str(tmp_path), "--seeds", "7", "--images-per-class", "1", "--size", "64x64"]
    assert main([*command, "--workers", "1"]) == 0
    with pytest.raises(UserError, match="other settings"):
        main([*command[:-1], "96x96"])


def test_a_foreign_data_set_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "driver_imgs_list.csv").write_text("subject,classname,img\n", encoding="utf-8")
    with pytest.raises(UserError, match="another data set"):
        main(["dataset", "--output", str(tmp_path), "--drivers", "1"])


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
    assert lines == [LABEL_HEADER, "0.000,2.000,c0"]
    assert sorted(path.name for path in video.parent.iterdir()) == ["drive.csv", "drive.events.csv", "drive.mp4"]


def test_a_data_set_is_the_same_whoever_draws_it(tmp_path: Path) -> None:
    for workers in ("1", "2"):
        command = ["dataset", "--output", str(tmp_path / workers), "--seeds", "7", "--images-per-class", "1"]
        assert main([*command, "--size", "64x64", "--workers", workers, "--drive-side", "both"]) == 0
    alone, shared = ({p.name: p.read_bytes() for p in (tmp_path / w).rglob("*.jpg")} for w in ("1", "2"))
    assert len(alone) == 10
    assert alone == shared


def test_the_splits_share_neither_drivers_nor_pictures() -> None:
    seen = [Moment(seed, Activity.DRINKING, 0).draw((64, 64)) for seed in (TRAINING_SEEDS[0], VALIDATION_SEEDS[0])]
    assert np.abs(seen[0].astype(int) - seen[1]).mean() > 2.0


def test_a_share_of_the_attentive_moments_are_near_misses() -> None:
    kinds = [Moment(seed, Activity.SAFE_DRIVING, 0).near_miss for seed in range(1, 400)]
    assert 0.25 < np.mean([kind is not None for kind in kinds]) < 0.45
    assert set(NearMiss) < set(kinds)
    assert all(Moment(seed, Activity.PASSENGER, 0).near_miss is None for seed in range(1, 50))


def _recording() -> Recording:
    script = script_of([(Activity.SAFE_DRIVING, 6.0), (Activity.DRINKING, 5.0)])
    script = script.with_near_misses([NearMissEvent(1.0, 2.2, NearMiss.NOSE)])
    return Recording(4, script, 2, (64, 64), (Fault(3.0, 4.0, FaultKind.COVERED),))


def test_a_drive_says_where_its_near_misses_and_faults_are(tmp_path: Path) -> None:
    write_drive(tmp_path / "drive.mp4", tmp_path / "drive.csv", _recording())
    labels = (tmp_path / "drive.csv").read_text(encoding="utf-8").splitlines()
    assert labels == [LABEL_HEADER, "0.000,6.000,c0", "6.000,11.000,c6"]
    events = (tmp_path / "drive.events.csv").read_text(encoding="utf-8").splitlines()
    assert events == [EVENT_HEADER, "1.000,2.200,near-miss,nose", "3.000,4.000,fault,covered"]


def test_an_interrupted_drive_goes_on_and_is_the_same_whoever_draws_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared, resumed = tmp_path / "shared.mp4", tmp_path / "resumed.mp4"
    write_drive(shared, tmp_path / "shared.csv", _recording(), workers=2)
    drawn: list[int] = []
    encode = drive_module._encode

    def interrupted(part: drive_module._Part) -> int:
        if len(drawn) == 1:
            raise KeyboardInterrupt
        drawn.append(part.first)
        return encode(part)

    monkeypatch.setattr(drive_module, "_encode", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_drive(resumed, tmp_path / "resumed.csv", _recording())
    assert not resumed.exists()

    def counted(part: drive_module._Part) -> int:
        drawn.append(part.first)
        return encode(part)

    monkeypatch.setattr(drive_module, "_encode", counted)
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
    video, other = tmp_path / "drive.mp4", Recording(5, _recording().script, 2, (64, 64))
    with monkeypatch.context() as patch:
        patch.setattr(drive_module, "_join", lambda parts, path: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            write_drive(video, tmp_path / "drive.csv", other)
    write_drive(video, tmp_path / "drive.csv", _recording())
    write_drive(tmp_path / "fresh.mp4", tmp_path / "fresh.csv", _recording())
    assert video.read_bytes() == (tmp_path / "fresh.mp4").read_bytes()


def test_a_sheet_keeps_its_answers_to_itself(tmp_path: Path) -> None:
    def sheet(name: str, seed: str) -> tuple[bytes, list[dict[str, str]]]:
        page = tmp_path / f"{name}.png"
        command = ["sheet", "--output", str(page), "--count", "4", "--columns", "3", "--seed", seed, "--size", "64x64"]
        assert main([*command, "--workers", "1"]) == 0
        with page.with_suffix(".answers.csv").open(encoding="utf-8") as file:
            return page.read_bytes(), list(csv.DictReader(file))

    page, answers = sheet("one", "3")
    assert (page, answers) == sheet("same", "3")
    assert page != sheet("other", "4")[0]
    # Two rows of three pictures of 64×64, the last two places empty.
    pixels = np.asarray(cv2.imdecode(np.frombuffer(page, np.uint8), cv2.IMREAD_COLOR))
    assert pixels.shape[1] == 3 * 66
    assert pixels.shape[0] > 2 * 66
    assert (pixels[-90:, 70:] == 255).all()
    assert [row["number"] for row in answers] == ["1", "2", "3", "4"]
    assert all(int(row["driver"]) in VALIDATION_SEEDS for row in answers)
    assert all(Activity.parse(row["activity"]).title == row["title"] for row in answers)
