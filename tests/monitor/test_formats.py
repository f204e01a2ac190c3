"""The command that converts labels."""

from __future__ import annotations

from pathlib import Path

import pytest

from engines.activities import Activity
from engines.errors import UserError
from monitor.formats import main
from tests.monitor.fakes import frames_of, write_video

LABELS = "start_s,end_s,activity\n0.000,1.000,c0\n1.000,2.500,c6\n3.000,4.000,c0\n"


@pytest.mark.parametrize("form", ["openlabel", "cvat", "label-studio", "fiftyone"])
def test_labels_come_back_as_they_went(form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    video = write_video(tmp_path / "drive.mp4", frames_of([(Activity.SAFE_DRIVING, 4.0)]))
    (tmp_path / "drive.csv").write_text(LABELS, encoding="utf-8")
    other, back = tmp_path / "other.txt", tmp_path / "back.csv"
    assert main(["labels", str(tmp_path / "drive.csv"), str(other), "--to", form, "--drive", str(video)]) == 0
    assert main(["labels", str(other), str(back), "--drive", str(video)]) == 0
    assert back.read_text(encoding="utf-8") == LABELS
    assert f"3 labels: {back}" in capsys.readouterr().out


def test_what_is_missing_is_said(tmp_path: Path) -> None:
    (tmp_path / "drive.csv").write_text(LABELS, encoding="utf-8")
    with pytest.raises(UserError, match="cvat counts frames: name the drive with --drive"):
        main(["labels", str(tmp_path / "drive.csv"), str(tmp_path / "drive.xml")])
    with pytest.raises(UserError, match="which format is"):
        main(["labels", str(tmp_path / "drive.csv"), str(tmp_path / "drive.json"), "--fps", "10"])
    config = tmp_path / "config.xml"
    arguments = ["labels", str(tmp_path / "drive.csv"), str(tmp_path / "task.json"), "--to", "label-studio"]
    assert main([*arguments, "--fps", "10", "--config", str(config)]) == 0
    assert '<TimelineLabels name="activity"' in config.read_text(encoding="utf-8")
