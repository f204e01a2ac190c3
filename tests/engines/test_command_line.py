"""`python -m engines`: what it writes, and what it says when something is wrong."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from engines.__main__ import main
from engines.errors import run_command


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    (folder / "deeper").mkdir(parents=True)
    generator = np.random.default_rng(0)
    for name in ("b.jpg", "a.png", "deeper/c.jpg"):
        cv2.imwrite(str(folder / name), generator.integers(0, 256, (60, 80, 3), dtype=np.uint8))
    (folder / "notes.txt").write_text("no picture")
    return folder


def run(*arguments: object) -> int:
    return run_command(main, [str(argument) for argument in arguments])


def one_line_error(capsys: pytest.CaptureFixture[str]) -> str:
    error = capsys.readouterr().err.strip().splitlines()[-1]
    assert error.startswith("error: ")
    return error


def test_classify_writes_what_the_contract_says(toy_bundle: Path, pictures: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.json"
    assert run("classify", pictures, "--bundle", toy_bundle, "--json", output) == 0
    results = json.loads(output.read_text())
    assert [Path(result["path"]).name for result in results] == ["a.png", "b.jpg", "c.jpg"]
    for result in results:
        assert set(result) == {"path", "activity", "probabilities", "regions", "region_weights"}
        assert len(result["probabilities"]) == 10 and sum(result["probabilities"]) == pytest.approx(1, abs=1e-4)
        assert result["activity"] == f"c{int(np.argmax(result['probabilities']))}"
        assert np.shape(result["regions"]) == (36, 4)
        assert len(result["region_weights"]) == 37


def test_classify_prints_for_people(toy_bundle: Path, pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("classify", pictures / "b.jpg", "--bundle", toy_bundle) == 0
    assert "b.jpg  C" in capsys.readouterr().out


def test_an_unreadable_image_is_reported_and_the_rest_done(
    toy_bundle: Path, pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (pictures / "broken.jpg").write_bytes(b"\xff\xd8 not a picture")
    output = tmp_path / "out.json"
    assert run("classify", pictures, "--bundle", toy_bundle, "--json", output) == 2
    assert "broken.jpg" in one_line_error(capsys)
    assert len(json.loads(output.read_text())) == 3


@pytest.mark.parametrize("where", ["missing", "empty"])
def test_nothing_to_classify(toy_bundle: Path, tmp_path: Path, where: str, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty").mkdir()
    assert run("classify", tmp_path / where, "--bundle", toy_bundle) == 2
    one_line_error(capsys)


def test_an_unwritable_output_is_told_before_the_work(
    toy_bundle: Path, pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("in the way")
    assert run("classify", pictures, "--bundle", toy_bundle, "--json", tmp_path / "file" / "out.json") == 2
    assert "cannot write" in one_line_error(capsys)


def test_a_damaged_bundle_is_one_line(toy_bundle: Path, pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (toy_bundle / "model.fp32.onnx").write_bytes(b"damaged")
    assert run("classify", pictures, "--bundle", toy_bundle) == 2
    assert "does not match" in one_line_error(capsys)


def test_inspect_and_verify(toy_bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("inspect", toy_bundle) == 0
    assert "toy" in capsys.readouterr().out
    report = tmp_path / "report.json"
    assert run("inspect", toy_bundle, "--json", report) == 0
    assert json.loads(report.read_text())["models"]["fp32"]["inputs"].keys() == {"image", "regions"}
    assert run("verify", toy_bundle, "--json", report) == 0
    assert json.loads(report.read_text())["passed"] is True


def test_build_makes_a_plan_without_a_gpu(toy_bundle: Path, tmp_path: Path) -> None:
    pytest.importorskip("tensorrt_rtx", reason="needs the rtx extra")
    plan = tmp_path / "toy.plan"
    assert run("build", toy_bundle, "--runtime", "tensorrt-rtx", "--output", plan) == 0
    assert plan.stat().st_size > 1000
    assert not list(tmp_path.glob("*.part"))


def test_build_refuses_a_precision_that_the_bundle_lacks(toy_bundle: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("build", toy_bundle, "--runtime", "tensorrt-rtx", "--precision", "int8") == 2
    assert "no int8 model" in one_line_error(capsys)
