"""Recordings that a command replays are kept where that is asked for."""

from __future__ import annotations

from pathlib import Path

import platformdirs
import pytest

from engines.command import run_command
from monitor.replay import __main__ as replay
from tests.conftest import ROOT
from tests.monitor.fakes import frames_of, write_video
from tests.monitor.journal.drives import kept_in

pytestmark = pytest.mark.usefixtures("patient_disk")


def test_replayed_drives_are_kept_once_with_their_drivers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in ("config", "cache", "data"):
        monkeypatch.setattr(platformdirs, f"user_{kind}_dir", lambda _name, kind=kind: str(tmp_path / kind))
    video = write_video(tmp_path / "drive.mp4", frames_of([(0, 2.0), (6, 4.0)]))
    bundle = str(ROOT / "tests" / "old_files" / "bundle")
    kept, arguments = tmp_path / "store", [str(video), "--output", str(tmp_path / "out"), "--bundle", bundle]
    arguments += ["--no-pictures"]
    assert run_command(replay.main, arguments) == 0 and not (tmp_path / "data").exists()
    assert run_command(replay.main, [*arguments, "--store", str(kept)]) == 0
    with kept_in(kept) as library:
        (drive,) = library.drives()
        assert drive.info.path == str(video) and drive.info.driver == "" and drive.summary is not None
        assert drive.length_s == pytest.approx(5.9)
    # Nothing is new: it is kept once.
    assert run_command(replay.main, [*arguments, "--store", str(kept), "--drivers", "Ada"]) == 0
    with kept_in(kept) as library:
        (again,) = library.drives()
        assert again.watches == (drive.info.uid,) and again.info.driver == "Ada"
    (tmp_path / "policy.toml").write_text("[alerts]\nenter = 0.6\n")
    others = [*arguments, "--store", str(kept), "--policy", str(tmp_path / "policy.toml")]
    assert run_command(replay.main, others) == 0
    with kept_in(kept) as library:
        (other,) = library.drives()
        assert len(other.watches) == 2 and other.info.driver == "Ada"


def test_a_store_that_cannot_be_is_refused_before_the_work(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    arguments = ["demo", "--output", str(tmp_path / "out"), "--store", str(tmp_path / "file" / "store")]
    assert run_command(replay.main, arguments) == 2 and "cannot write the store" in capsys.readouterr().err
