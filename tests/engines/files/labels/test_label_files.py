"""Where a drive's labels lie."""

from __future__ import annotations

from pathlib import Path

import pytest

from engines.errors import UserError
from engines.files.labels.label_files import find_label_file, label_file, new_label_file, require_label_file


def test_ours_comes_before_another_format(tmp_path: Path) -> None:
    drive = tmp_path / "drive.mp4"
    assert find_label_file(drive) is None
    with pytest.raises(UserError, match=r"there is no drive\.csv or drive\.json or drive\.xml beside"):
        require_label_file(drive)
    (tmp_path / "drive.json").touch()
    assert find_label_file(drive) == require_label_file(drive) == tmp_path / "drive.json"
    (tmp_path / "drive.csv").touch()
    assert find_label_file(drive) == require_label_file(drive) == label_file(drive) == tmp_path / "drive.csv"


def test_a_new_file_takes_no_name_that_is_there(tmp_path: Path) -> None:
    assert new_label_file(tmp_path / "drive.mp4") == tmp_path / "drive-new.csv"
    (tmp_path / "drive-new.csv").touch()
    assert new_label_file(tmp_path / "drive.mp4") == tmp_path / "drive-new1.csv"
