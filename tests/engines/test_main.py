"""`python -m engines`: what it writes, and what it says when something is wrong."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest

from engines.__main__ import main
from engines.bundles.bundle import CPU_INT8, Bundle, hash_file
from engines.bundles.manifest import MANIFEST, MODEL_CARD, model_file
from engines.command import run_command
from engines.errors import UserError
from engines.runtimes import choose
from engines.tensorrt_family.plan_record import record_path
from tests.engines.toy_bundle import write_toy_bundle


@pytest.fixture
def images(tmp_path: Path) -> Path:
    folder = tmp_path / "images"
    (folder / "deeper").mkdir(parents=True)
    generator = np.random.default_rng(0)
    for name in ("b.jpg", "a.png", "deeper/c.jpg"):
        cv2.imwrite(str(folder / name), generator.integers(0, 256, (60, 80, 3), dtype=np.uint8))
    (folder / "notes.txt").write_text("no image")
    return folder


def run(*arguments: object) -> int:
    return run_command(main, [str(argument) for argument in arguments])


def one_line_error(capsys: pytest.CaptureFixture[str]) -> str:
    error = capsys.readouterr().err.strip().splitlines()[-1]
    assert error.startswith("error: ")
    return error


def test_classify_writes_what_the_contract_says(toy_bundle: Path, images: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.json"
    assert run("classify", images, "--bundle", toy_bundle, "--json", output) == 0
    results = json.loads(output.read_text())
    assert [Path(result["path"]).name for result in results] == ["a.png", "b.jpg", "c.jpg"]
    for result in results:
        assert set(result) == {"path", "activity", "probabilities", "regions", "region_weights", "region_names"}
        assert result["region_names"] == []
        assert len(result["probabilities"]) == 10 and sum(result["probabilities"]) == pytest.approx(1, abs=1e-4)
        assert result["activity"] == f"c{int(np.argmax(result['probabilities']))}"
        assert np.shape(result["regions"]) == (36, 4)
        assert len(result["region_weights"]) == 37


def test_classify_prints_for_people(toy_bundle: Path, images: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("classify", images / "b.jpg", "--bundle", toy_bundle) == 0
    assert "b.jpg  C" in capsys.readouterr().out


def test_an_unreadable_image_is_reported_and_the_rest_done(
    toy_bundle: Path, images: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (images / "broken.jpg").write_bytes(b"\xff\xd8 not an image")
    output = tmp_path / "out.json"
    assert run("classify", images, "--bundle", toy_bundle, "--json", output) == 2
    assert "broken.jpg" in one_line_error(capsys)
    assert len(json.loads(output.read_text())) == 3


@pytest.mark.parametrize("where", ["missing", "empty"])
def test_nothing_to_classify(toy_bundle: Path, tmp_path: Path, where: str, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty").mkdir()
    assert run("classify", tmp_path / where, "--bundle", toy_bundle) == 2
    one_line_error(capsys)


def test_an_unwritable_output_is_refused_before_the_work(
    toy_bundle: Path, images: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("in the way")
    assert run("classify", images, "--bundle", toy_bundle, "--json", tmp_path / "file" / "out.json") == 2
    assert "cannot write" in one_line_error(capsys)


def test_a_damaged_bundle_is_one_line(toy_bundle: Path, images: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (toy_bundle / "model.fp32.onnx").write_bytes(b"damaged")
    assert run("classify", images, "--bundle", toy_bundle) == 2
    assert "does not match" in one_line_error(capsys)


def test_inspect_and_verify(toy_bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("inspect", toy_bundle) == 0
    assert "toy" in capsys.readouterr().out
    report = tmp_path / "report.json"
    assert run("inspect", toy_bundle, "--json", report) == 0
    assert json.loads(report.read_text())["models"]["fp32"]["inputs"].keys() == {"image", "regions"}
    assert run("verify", toy_bundle, "--json", report) == 0
    assert json.loads(report.read_text())["passed"] is True


def test_an_fp16_network_that_stands_for_fp32_is_inspected_verified_and_measured(
    half_bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = tmp_path / "report.json"
    assert run("inspect", half_bundle, "--json", report) == 0
    assert "fp32 network" in capsys.readouterr().out
    inspected = json.loads(report.read_text())
    assert inspected["faults"] == {"fp32": None, "fp16": None} and inspected["manifest"]["fp32"] == model_file("fp16")
    assert run("verify", half_bundle, "--runtime", "onnxruntime", "--json", report) == 0
    checked = {engine["precision"]: engine["reference"] for engine in json.loads(report.read_text())["engines"]}
    assert checked["fp32"]["probability_difference"] < 1e-6 and checked["fp16"]["passed"]
    assert run("benchmark", half_bundle, "--repeats", 2, "--batches", 1, "--json", report) == 0
    assert set(json.loads(report.read_text())["speedups"]) == {"onnxruntime fp16"}


def write_int8(bundle: Path, content: bytes) -> None:
    """Give a bundle an INT8 network for the CPU, with hashes that are right."""
    manifest = json.loads((bundle / MANIFEST).read_text())
    for name in (model_file("int8"), CPU_INT8):
        (bundle / name).write_bytes(content)
        manifest["files"][name] = hash_file(bundle / name)
    (bundle / MANIFEST).write_text(json.dumps(manifest))


def test_verify_fails_for_a_network_that_cannot_be_loaded_and_checks_the_rest(
    toy_bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_int8(toy_bundle, b"no network")
    report = tmp_path / "report.json"
    assert run("verify", toy_bundle, "--json", report) == 1
    engines = json.loads(report.read_text())["engines"]
    ours = {engine["precision"]: engine for engine in engines if engine["runtime"] == "onnxruntime"}
    assert ours["fp32"]["reference"]["passed"] and "cannot load" in ours["int8"]["failed"]
    assert "onnxruntime int8 FAILED" in capsys.readouterr().out
    # Runtimes without their library are no failure.
    assert any(engine["skipped"] for engine in engines)
    assert run("verify", toy_bundle, "--runtime", "onnxruntime", "--precision", "int8") == 2


def test_verify_says_that_a_precision_was_not_made(toy_bundle: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("verify", toy_bundle, "--precision", "fp16") == 2
    assert "no fp16 model" in one_line_error(capsys)


def test_auto_rejects_a_network_that_computes_otherwise(toy_bundle: Path, tmp_path: Path) -> None:
    other = write_toy_bundle(tmp_path / "other", seed=2)
    write_int8(toy_bundle, (other / model_file("fp32")).read_bytes())
    bundle = Bundle.open(toy_bundle)
    choice = choose(bundle)
    assert (choice.runtime, choice.precision) == ("onnxruntime", "fp32")
    assert "does not give the reference's probabilities" in choice.rejected[-1]
    with pytest.raises(UserError, match="does not give the reference's probabilities"):
        choose(bundle, "onnxruntime", "int8")
    # To be measured and verified, it is opened, and says so.
    taken = choose(bundle, "onnxruntime", "int8", refuse_faults=False)
    assert taken.fault is not None and "does not give the reference's probabilities" in taken.fault
    write_int8(toy_bundle, (toy_bundle / model_file("fp32")).read_bytes())
    assert choose(Bundle.open(toy_bundle)).precision == "int8"


def test_brackets_in_a_name_are_no_markup(toy_bundle: Path, capsys: pytest.CaptureFixture[str]) -> None:
    manifest = json.loads((toy_bundle / MANIFEST).read_text())
    (toy_bundle / MANIFEST).write_text(json.dumps({**manifest, "name": "[/red] toy"}))
    for command in ("inspect", "verify"):
        assert run(command, toy_bundle) == 0
        assert "[/red] toy" in capsys.readouterr().out


def test_benchmark_compares_precisions_and_the_bare_backbone(
    toy_bundle: Path, images: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_int8(toy_bundle, (toy_bundle / model_file("fp32")).read_bytes())
    bare = tmp_path / "bare.onnx"
    onnx.utils.extract_model(str(toy_bundle / model_file("fp32")), str(bare), ["image"], ["colour"])
    out, plot = tmp_path / "b.json", tmp_path / "b.png"
    few = ["--repeats", 3, "--batches", 1, 2, "--json", out]
    assert run("benchmark", toy_bundle, *few, "--plot", plot, "--backbone", bare, "--images", images) == 0
    result = json.loads(out.read_text())
    assert [engine["precision"] for engine in result["engines"]] == ["fp32", "int8"]
    medians = [engine["network"]["p50"] for engine in result["engines"]]
    assert result["speedups"] == {"onnxruntime int8": pytest.approx(medians[0] / medians[1])}
    assert result["backbone_ratio"] == pytest.approx(medians[0] / result["backbone"]["p50"])
    assert result["engines"][0]["throughput"].keys() == {"1", "2"} and result["regions"]["p50"] > 0
    assert plot.read_bytes().startswith(b"\x89PNG")
    assert "times as fast as fp32" in capsys.readouterr().out
    assert run("benchmark", toy_bundle, *few, "--backbone", toy_bundle / MODEL_CARD) == 2
    assert "no bare backbone" in one_line_error(capsys)
    (images / "broken.jpg").write_bytes(b"no image")
    assert run("benchmark", toy_bundle, *few, "--images", images) == 2
    assert "broken.jpg" in one_line_error(capsys)


@pytest.mark.skipif(sys.platform == "win32", reason="there are no broken pipes")
def test_a_reader_that_goes_away_ends_a_command_without_a_word() -> None:
    script = (
        "import sys; from engines.command import run_command\n"
        "sys.exit(run_command(lambda _: [print('line') for _ in range(100_000)] and 0))"
    )
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None and process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait() == 141


def test_build_makes_a_plan_without_a_gpu(toy_bundle: Path, tmp_path: Path) -> None:
    pytest.importorskip("tensorrt_rtx", reason="needs the rtx extra")
    plan = tmp_path / "toy.plan"
    assert run("build", toy_bundle, "--runtime", "tensorrt-rtx", "--output", plan) == 0
    assert plan.stat().st_size > 1000
    assert not list(tmp_path.glob("*.part"))


def test_build_makes_plans_of_an_fp16_network_that_stands_for_fp32(half_bundle: Path, tmp_path: Path) -> None:
    pytest.importorskip("tensorrt_rtx", reason="needs the rtx extra")
    records = {}
    for precision in ("fp32", "fp16"):
        plan = tmp_path / f"{precision}.plan"
        command = ("build", half_bundle, "--runtime", "tensorrt-rtx", "--precision", precision, "--output", plan)
        assert run(*command) == 0 and plan.stat().st_size > 1000
        records[precision] = json.loads(record_path(plan).read_text())["record"]
    assert {name: record["precision"] for name, record in records.items()} == {"fp32": "fp32", "fp16": "fp16"}
    assert records["fp32"]["onnx_sha256"] != records["fp16"]["onnx_sha256"], "the network, not its file"


def test_build_refuses_a_precision_that_the_bundle_lacks(toy_bundle: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("build", toy_bundle, "--runtime", "tensorrt-rtx", "--precision", "int8") == 2
    assert "no int8 model" in one_line_error(capsys)
