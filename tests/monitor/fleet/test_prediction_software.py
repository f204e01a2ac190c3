"""What of the software is in the key of stored predictions."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from monitor.fleet.prediction_software import FOLDER, module_hashes, software_fingerprint

ENGINE = "onnxruntime fp32"


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of our packages' modules."""
    folder = tmp_path_factory.mktemp("packages")
    for package in ("engines", "monitor"):
        for path in (FOLDER / package).rglob("*.py"):
            copy = folder / path.relative_to(FOLDER)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
    return folder


def changed(file: str, packages: Path, engine: str = ENGINE, added: bytes = b"#") -> bool:
    """Whether the key changes with a file."""
    path = packages / file
    before, content = module_hashes(engine, packages), path.read_bytes()
    path.write_bytes(content + added)
    try:
        return module_hashes(engine, packages) != before
    finally:
        path.write_bytes(content)


def test_every_file_that_a_prediction_comes_from_is_in_the_key(packages: Path) -> None:
    files = module_hashes(ENGINE, packages)
    assert {
        "engines/classifier.py",
        "engines/regions/gaussian_mixture.py",
        "engines/regions/tracking.py",
        "engines/runtimes/onnxruntime.py",
        "engines/view.py",
        "monitor/health/camera_health.py",
        "monitor/live/pipeline.py",
        "monitor/sources/capture.py",
        "monitor/sources/folder.py",
        "monitor/sources/video.py",
    } <= set(files)
    contents = {file: (packages / file).read_bytes() for file in files}
    for file, content in contents.items():
        (packages / file).write_bytes(content + b"#")
    after = module_hashes(ENGINE, packages)
    for file, content in contents.items():
        (packages / file).write_bytes(content)
    assert all(after[file] != files[file] for file in files)


@pytest.mark.parametrize(
    "file",
    [
        "monitor/alerts/policy.py",
        "monitor/alerts/texts.py",
        "monitor/dashboard/app.py",
        "monitor/evaluation/scoring.py",
        "monitor/live/options.py",
        "monitor/replay/report.py",
        "monitor/speed/can/bus.py",
        "engines/runtimes/tensorrt.py",
    ],
)
def test_what_no_prediction_comes_from_costs_no_network(file: str, packages: Path) -> None:
    assert (packages / file).is_file() and not changed(file, packages)


def test_the_runtime_that_is_used_is_in_the_key(packages: Path) -> None:
    for engine in ("tensorrt fp16", "auto auto"):
        assert changed("engines/runtimes/tensorrt.py", packages, engine)
        assert changed("engines/tensorrt_family/session.py", packages, engine)
    assert changed("engines/runtimes/tensorrt_rtx.py", packages, "tensorrt-rtx auto")
    assert not changed("engines/runtimes/onnxruntime.py", packages, "tensorrt-rtx auto")


def test_the_ends_of_lines_change_nothing(packages: Path) -> None:
    path, before = packages / "engines" / "view.py", module_hashes(ENGINE, packages)
    content = path.read_bytes()
    path.write_bytes(content.replace(b"\n", b"\r\n"))
    assert module_hashes(ENGINE, packages) == before
    path.write_bytes(content)


def test_imports_are_found_wherever_they_stand(packages: Path) -> None:
    added = """
def later():
    from engines.files import text
if TYPE_CHECKING:
    import monitor.live.options
from . import compiled_view
"""
    for name in ("engines/compiled_view.py", "monitor/compiled.py"):
        (packages / name).touch()
    path, before = packages / "engines" / "view.py", set(module_hashes(ENGINE, packages))
    content = path.read_bytes()
    path.write_bytes(content + added.encode())
    try:
        found = set(module_hashes(ENGINE, packages))
        assert found == before | {"engines/files/text.py", "engines/compiled_view.py"}
    finally:
        path.write_bytes(content)


def test_the_key_has_the_versions_of_what_computes_with_pixels() -> None:
    assert {"cv2", "numpy", "onnxruntime", "sklearn"} <= set(software_fingerprint(ENGINE))
