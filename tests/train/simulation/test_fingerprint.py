"""What a renderer's fingerprint covers."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from train.simulation import fingerprint


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("appearance.py", True),
        ("body/hand.py", True),
        ("scene/paint.py", True),
        ("shapes/mesh.py", True),
        ("rendering/lens.py", True),
        ("acting/near_misses.py", True),
        ("output/drive.py", True),
        ("output/sheet.py", False),
        ("output/workers.py", False),
    ],
)
def test_whatever_decides_a_pixel_changes_it(
    name: str, changes: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "simulation"
    shutil.copytree(Path(fingerprint.__file__).parent, folder, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(fingerprint, "__file__", str(folder / "fingerprint.py"))
    before = fingerprint.renderer_fingerprint.__wrapped__()
    with (folder / name).open("a") as file:
        file.write("# changed\n")
    assert (fingerprint.renderer_fingerprint.__wrapped__() != before) is changes
