"""Help, versions and refusals of the training commands: what is heavy to import is not imported for them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

HEAVY = (
    "lightning",
    "matplotlib",
    "onnx",
    "onnxruntime",
    "panda3d",
    "scipy",
    "sklearn",
    "tensorboard",
    "timm",
    "torch",
    "torchmetrics",
    "torchvision",
)

DATA_SETS = (
    "auc",
    "caltech256",
    "dmd",
    "drives",
    "food101",
    "hundred_driver",
    "ppmi24",
    "sam_dd",
    "stanford40",
    "statefarm",
    "three_mdad",
)

TYPED: dict[str, list[list[str]]] = {
    **{
        f"train.{name}": [
            ["--help"],
            *([["--version"]] if name != "auc" else []),  # which is the data set's own there
            ["--data", "MISSING"],
            ["--data", "EMPTY"],
            ["--no-such-option"],
            ["--epochs", "some"],
            ["--backbone", "resnet5"],
            ["--model", "fulll"],
        ]
        for name in DATA_SETS
    },
    "train.ablation": [
        ["--help"],
        ["--dataset", "statefarm", "--data", "MISSING"],
        ["--dataset", "auc", "--table", "x"],
    ],
    "train.complexity": [["--help"], ["--version"], ["--backbone", "alexnet"], ["--view-size", "big"]],
    "train.default": [["--help"], ["--version"], ["--statefarm", "MISSING"], ["--train-on", "reel"]],
    "train.report": [["--help"], ["--version"], ["EMPTY"], ["MISSING"]],
    "train.teach": [["--help"], ["--version"], ["x", "--images", "EMPTY", "--output", "OUTPUT"], ["--images"]],
}
"""By command: what is typed, one after the other."""

_TRY = """
import contextlib, importlib, io, json, sys
from engines.command import run_command
heavy, typed, tried = json.loads(sys.argv[1])
module, wrong = importlib.import_module(typed), []
if loaded := [name for name in heavy if name in sys.modules]:
    wrong.append(["its import", loaded])
for words in tried:
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        try:
            code = run_command(module.main, words)
        except SystemExit as ended:
            code = ended.code
    if code != (0 if words[0] in ("--help", "--version") else 2):
        wrong.append([words, code])
    if loaded := [name for name in heavy if name in sys.modules]:
        wrong.append([words, loaded])
print(json.dumps(wrong))
"""


@pytest.mark.parametrize("module", TYPED)
def test_a_refusal_does_not_wait_for_what_trains(module: str, tmp_path: Path) -> None:
    names = {"MISSING": tmp_path / "missing", "EMPTY": tmp_path / "empty", "OUTPUT": tmp_path / "out.csv"}
    names["EMPTY"].mkdir()
    tried = [[str(names.get(word, word)) for word in words] for words in TYPED[module]]
    ended = subprocess.run(
        [sys.executable, "-c", _TRY, json.dumps([HEAVY, module, tried])],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout) == []
