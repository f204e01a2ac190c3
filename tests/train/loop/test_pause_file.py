"""A training that waits while a file exists, and whose time adds up over resumptions."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from engines.errors import UserError
from train.loop.pause_file import PauseFile, TimeTaken, TrainingTime, read_time_taken


def test_it_waits_while_the_file_exists_and_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, waits = tmp_path / "PAUSE", list[float]()

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 3:
            file.unlink()

    pause = PauseFile(file, sleep)
    pause.wait()
    assert (waits, capsys.readouterr().out) == ([], "")
    file.touch()
    pause.wait()
    assert len(waits) == 3 and pause.paused_s > 0
    printed = capsys.readouterr().out
    assert f"paused while {file} exists: delete it to continue" in printed and "continues after a pause" in printed


def test_ctrl_c_ends_a_pause(tmp_path: Path) -> None:
    def interrupted(_seconds: float) -> None:
        raise KeyboardInterrupt

    (tmp_path / "PAUSE").touch()
    with pytest.raises(KeyboardInterrupt):
        PauseFile(tmp_path / "PAUSE", interrupted).wait()


def test_a_resumed_runs_time_goes_on_from_its_checkpoints(tmp_path: Path) -> None:
    time = TrainingTime(PauseFile(tmp_path / "PAUSE"), lambda _taken, _epochs: None)
    time.load_state_dict({"images": 640, "seconds": 100.0})
    assert time.taken.images == 640 and time.taken.seconds >= 100.0
    torch.save({"callbacks": {"TrainingTime": time.state_dict()}}, tmp_path / "last.ckpt")
    taken = read_time_taken(tmp_path / "last.ckpt")
    assert taken.images == 640 and taken.images_per_second == pytest.approx(6.4, rel=0.1)
    assert TimeTaken(0, 0.0).images_per_second == 0.0
    torch.save({}, tmp_path / "last.ckpt")
    with pytest.raises(UserError, match="delete its folder"):
        read_time_taken(tmp_path / "last.ckpt")
