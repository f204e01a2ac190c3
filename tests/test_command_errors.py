"""What every command says of a mistake: one line in our words that names what to change, and exit code 2."""

from __future__ import annotations

import builtins
import errno
import importlib
import io
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from engines.command import run_command
from engines.command_parser import CommandParser
from tests.monitor.fakes import frames_of, write_video
from tests.train.test_light_start import DATA_SETS

ROOT = Path(__file__).parents[1]

LIBRARIES = re.compile(
    r"Errno|No such file|Permission denied|Is a directory|Not a directory|File exists|codec can't|"  # Python's
    r"usage:|the following arguments|unrecognized arg|invalid choice|invalid \w+ value|expected (one|at least)|"
    r"could not convert|invalid literal|Expected '|Invalid (statement|value)|Expecting|object has no attribute|"
    r"Extra inputs|Input should|Field required|validation error|pydantic|"
    r"ONNXRuntimeError|[Pp]rotobuf|OpenCV\(|cv::|Invalid data found|avformat|libav|Traceback|Error\b",
    re.ASCII,
)
"""Texts of libraries, which no error shows."""


_ENDS = re.compile(r"^    (raise SystemExit|sys\.exit)\(|^    return run_command\(main", re.MULTILINE)
_OTHERS = {"train", "train.studies.find_parts", "engines.bundles.network_trial"}
"""They end a process, too: without torch, of another program's environment, and for the program alone."""


def commands() -> list[str]:
    """Every module that is a command."""
    files = [file for name in ("monitor", "engines", "train", "calibration") for file in (ROOT / name).rglob("*.py")]
    found = [file for file in files if _ENDS.search(file.read_text(encoding="utf-8"))]
    names = {".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__main__") for file in found}
    return sorted(name.removesuffix(".__init__") for name in names if name.removesuffix(".__init__") not in _OTHERS)


def main_of(module: str) -> Any:
    """The function that runs a command."""
    if module in ("monitor", "monitor.replay", "engines"):
        module += ".__main__"
    return importlib.import_module(module).main


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What may be named by mistake, and one of each that is right."""
    folder = tmp_path_factory.mktemp("mistakes")
    texts = {
        "text": ("notes.mp4", "no video at all"),
        "csv": ("odd.csv", "this,that\n1,2\n"),
        "quotes": ("quotes.csv", 'start_s,end_s,activity\n0,"1,c0\n'),
        "json": ("odd.json", "{not json"),
        "broken": ("broken.toml", "crop [0, 0, 1, 1]\n"),
        "unknown": ("unknown.toml", "mirorr = true\n"),
        "type": ("type.toml", 'crop = "all"\nright_hand_drive = "perhaps"\n[alerts]\nclear_s = "long"\n'),
        "range": ("range.toml", "crop = [0, 0, 2, 2]\n[alerts]\nclear_s = 1e9\n"),
        "forbidden": ("forbidden.toml", "mirror = true\n"),
        "onnx": ("odd.onnx", "no network"),
    }
    for name, text in texts.values():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "latin.toml").write_bytes(b"# \xe4\n")
    (folder / "empty").mkdir()
    (folder / "odd-bundle").mkdir()
    (folder / "odd-bundle" / "manifest.json").write_text('{"format_version": 2, "nane": "x"}', encoding="utf-8")
    (folder / "labelled.csv").write_text("start_s,end_s,activity\n0,1,c0\n", encoding="utf-8")
    cv2.imwrite(str(folder / "image.png"), np.full((48, 64, 3), 90, dtype=np.uint8))
    return {
        **{key: str(folder / name) for key, (name, _) in texts.items()},
        "latin": str(folder / "latin.toml"),
        "folder": str(folder / "empty"),
        "bundle": str(folder / "odd-bundle"),
        "missing": str(folder / "none.mp4"),
        "inside": str(folder / "notes.mp4" / "out"),
        "video": str(write_video(folder / "drive.mp4", frames_of([(0, 1.0)]))),
        "labelled": str(write_video(folder / "labelled.mp4", frames_of([(0, 1.0)]))),
        "image": str(folder / "image.png"),
    }


@pytest.fixture(autouse=True)
def forbidden(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs the tests, no file called "forbidden" can be read."""
    for owner, name in ((os, "open"), (io, "open"), (builtins, "open")):
        before = getattr(owner, name)

        def refusing(path: Any, *args: Any, _before: Any = before, **options: Any) -> Any:
            if isinstance(path, (str, os.PathLike)) and Path(path).name.startswith("forbidden"):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
            return _before(path, *args, **options)

        monkeypatch.setattr(owner, name, refusing)


def refused(main: Any, argv: Sequence[str], capsys: pytest.CaptureFixture[str]) -> str:
    """The one line that a command says of a mistake."""
    try:
        code = run_command(main, list(argv))
    except SystemExit as ended:
        code = ended.code
    said = capsys.readouterr().err
    assert code == 2, said
    lines = [line for line in said.splitlines() if line.strip() and not line.startswith("note: ")]
    assert len(lines) == 1 and lines[0].startswith("error: "), said
    assert len(lines[0]) < 700 and not LIBRARIES.search(lines[0]), said
    return lines[0]


@pytest.mark.parametrize("module", commands())
def test_a_mistyped_option_is_named_with_the_one_that_is_meant(module: str, capsys: pytest.CaptureFixture[str]) -> None:
    said = refused(main_of(module), ["--hlep"], capsys)
    assert "--hlep" in said and "did you mean --help?" in said and "--help lists the options" in said
    assert "--no-such-thing" in refused(main_of(module), ["--no-such-thing=3"], capsys)


@pytest.mark.parametrize("module", commands())
def test_an_option_that_is_not_written_out_is_named_in_full(module: str, capsys: pytest.CaptureFixture[str]) -> None:
    said = refused(main_of(module), ["--hel"], capsys)
    assert "there is no option --hel: did you mean --help" in said  # in some commands others begin so, too


MISTAKES: dict[str, list[tuple[str, str]]] = {
    "monitor": [
        ("--source", "--source"),
        ("--demo --source 0", "--source"),
        ("--source {video} --source 0", "--source: given twice"),
        ("--source= --headless", "the source is empty"),
        ("{video} --headless", "a source is named with --source"),
        ("--headless --source {folder}", "name another folder"),
        ("--demo=yes", "--demo"),
        ("--s 0", "--speed"),
        ("here", "here"),
        ("-x", "-x"),
        ("--threads many", "--threads"),
        ("--threads 0", "--threads"),
        ("--max-fps fast", "--max-fps"),
        ("--max-fps nan", "--max-fps"),
        ("--volume 101", "--volume"),
        ("--speed {missing}x", "--speed"),
        ("--speed-unit furlongs", "--speed-unit"),
        ("--runtime onnxrunime", "did you mean onnxruntime?"),
        ("--precision fp23", "did you mean fp32?"),
        ("--regions cool", "did you mean cold?"),
        ("--source {missing}", "{missing}"),
        ("--headless --source {text}", "{text}"),
        ("--headless --source {folder}", "{folder}"),
        ("--headless --source {video} --mount {missing}", "{missing}"),
        ("--headless --source {video} --mount {folder}", "{folder}"),
        ("--headless --source {video} --mount {latin}", "{latin}"),
        ("--headless --source {video} --mount {forbidden}", "{forbidden}"),
        ("--headless --source {video} --mount {broken}", "{broken}"),
        ("--headless --source {video} --mount {unknown}", "did you mean mirror?"),
        ("--headless --source {video} --mount {type}", "crop"),
        ("--headless --source {video} --mount {range}", "crop"),
        ("--headless --source {video} --policy {missing}", "{missing}"),
        ("--headless --source {video} --policy {unknown}", "mirorr"),
        ("--headless --source {video} --policy {type}", "{type}"),
        ("--headless --source {video} --policy {forbidden}", "{forbidden}"),
        ("--headless --source {video} --bundle {folder}", "{folder}"),
        ("--headless --source {video} --bundle {bundle}", "{bundle}"),
        ("--headless --source {video} --json {inside}", "{inside}"),
        ("--headless --source {video} --journal {folder}", "{folder}"),
        ("--headless --source {video} --fps 0", "--fps"),
        ("--headless --source {video} --track 9", "track"),
        ("--headless --source {video} --speed {csv}", "{csv}"),
        ("--headless --source {video} --speed {quotes}", "{quotes}"),
        ("--headless --source {video} --speed can:{text} --dbc {text}", "{text}"),
        ("--headless --source 0 --on-alert 'it''s", "--on-alert"),
    ],
    "monitor.replay": [
        ("", "--output"),
        ("{video}", "--output"),
        ("{video} --outptu {out}", "did you mean --output?"),
        ("{missing} --output {out}", "{missing}"),
        ("{text} --output {out}", "{text}"),
        ("{video} --output {inside}", "{inside}"),
        ("{video} --output {text}", "{text}"),
        ("{video} --labels {missing} --output {out}", "{missing}"),
        ("{video} --labels {folder} --output {out}", "{folder}"),
        ("{video} --labels {csv} --output {out}", "{csv}"),
        ("{video} --labels {quotes} --output {out}", "{quotes}"),
        ("{video} --labels {json} --output {out}", "{json}"),
        ("{video} --labels {csv} {csv} --output {out}", "label files"),
        ("{video} --labels --output {out}", "drive"),
        ("{video} --output {out} --against-bundle {folder}", "{folder}"),
        ("{video} --output {out} --against-policy {broken}", "{broken}"),
        ("{video} --output {out} --cache {inside}", "{inside}"),
    ],
    "monitor.policy": [
        ("--check", "--check"),
        ("--check {missing}", "{missing}"),
        ("--check {broken}", "{broken}"),
        ("--check {range}", "{range}"),
        ("--check {folder}", "{folder}"),
        ("--toml --describe", "--describe"),
        ("--write {inside}", "{inside}"),
    ],
    "monitor.data": [("--json {inside}", "{inside}"), ("--delete --yes=1", "--yes"), ("{missing}", "{missing}")],
    "monitor.evaluate": [
        ("", "DRIVE"),
        ("{missing} --output {out}", "{missing}"),
        ("{folder} --output {out}", "no drive"),
        ("{image} --output {inside}", "{inside}"),
        ("s4://bucket/drive.mp4 --output {out}", "s4"),
        ("demo --output {out} --workers 0", "--workers"),
        ("demo --output {out} --policy {missing}", "{missing}"),
    ],
    "monitor.formats": [
        ("", "command"),
        ("labels {missing} {out}", "--to"),
        ("labels {missing} {out} --to csv", "{missing}"),
        ("labels {text} {out} --to csv", "{text}"),
    ],
    "monitor.live_benchmark": [
        ("{missing}", "{missing}"),
        ("{text}", "{text}"),
        ("--seconds never", "--seconds"),
        ("--regions cool", "did you mean cold?"),
        ("--bundle {folder}", "{folder}"),
        ("--json {inside}", "{inside}"),
    ],
    "monitor.store": [
        ("", "COMMAND"),
        ("lst", "did you mean list?"),
        ("list {missing}", "{missing}"),
        ("list {text}", "{text}"),
        ("export {folder}", "--csv"),
        ("export {folder} --csv {inside}", "{folder}"),
        ("import", "JOURNAL"),
        ("import {missing} --store {out}", "{missing}"),
        ("import {image} --store {out}", "{image}"),
        ("keep {folder}", "--incident"),
        ("prune {folder} --store-gb none", "--store-gb"),
        ("prune {folder} --store-days 1", "--store-days"),
        ("delete {folder}", "--drive"),
        ("verify {missing}", "{missing}"),
    ],
    "monitor.dashboard.start_times": [("--repeats some", "--repeats")],
    "monitor.dashboard.handler_times": [("--seconds soon", "--seconds"), ("--source {missing}", "{missing}")],
    "monitor.dashboard.screenshot": [
        ("", "--output"),
        ("--output {inside}", "{inside}"),
        ("--output {out} --view drvie", "did you mean drive?"),
        ("--output {out} --theme drak", "did you mean dark?"),
        ("--output {out} --size 3", "--size"),
        ("--output {out} --mount {broken}", "{broken}"),
    ],
    "monitor.dashboard.translations.update": [("de", "de")],
    "engines": [
        ("", "COMMAND"),
        ("clasify {image}", "did you mean classify?"),
        ("classify", "PATH"),
        ("classify {image} --mout {broken}", "did you mean --mount?"),
        ("classify {missing}", "{missing}"),
        ("classify {text}", "{text}"),
        ("classify {folder}", "{folder}"),
        ("classify {image} --mount {broken}", "{broken}"),
        ("classify {image} --bundle {bundle}", "did you mean name?"),
        ("classify {image} --runtime tensort", "did you mean tensorrt?"),
        ("classify {image} --json {inside}", "{inside}"),
        ("inspect {folder}", "{folder}"),
        ("inspect {missing} {missing}", "{missing}"),
        ("verify --limit none", "--limit"),
        ("verify --images {folder}", "{folder}"),
        ("benchmark --batches 0", "--batches"),
        ("benchmark --live {missing}", "{missing}"),
        ("benchmark --backbone {onnx}", "{onnx}"),
        ("build --runtime tensort", "--runtime"),
    ],
    **{
        f"train.{name}": [
            ("--data {missing}", "{missing}"),
            ("--data {text}", "{text}"),
            ("--fold 9", "--fold"),
            ("--epochs some", "--epochs"),
            ("--model fulll", "did you mean full?"),
            ("--backbone efficientnet-lite00", "--backbone"),
            ("--outptu {out}", "did you mean --output?"),
        ]
        for name in DATA_SETS
    },
    "train.ablation": [
        ("", "--dataset"),
        ("--dataset statefram", "did you mean statefarm?"),
        ("--dataset", "--dataset"),
        ("--dataset statefarm --data {missing}", "{missing}"),
        ("--dataset statefarm --table x", "--table"),
    ],
    "train.default": [("", "--statefarm"), ("--statefarm {missing}", "{missing}"), ("--train-on reel", "--train-on")],
    "train.compare": [
        ("", "--statefarm"),
        ("{broken} --statefarm {folder} --held-out-cars {folder} --runs {out} --output {out}", "{broken}"),
        ("{unknown} --statefarm {folder} --held-out-cars {folder} --runs {out} --output {out}", "mirorr"),
        ("{missing} --statefarm {folder} --held-out-cars {folder} --runs {out} --output {out}", "{missing}"),
        ("{broken} --folds 99", "--folds"),
        ("{broken} --folds x", "--folds"),
    ],
    "train.complexity": [
        ("--backbone alexnet", "--backbone"),
        ("--device abacus", "--device"),
        ("--view-size big", "--view-size"),
        ("--json {inside}", "{inside}"),
    ],
    "train.export": [("", "--output"), ("{missing} --output {out}", "{missing}"), ("{text} --output {out}", "{text}")],
    "train.figures": [
        ("{image}", "--output"),
        ("{missing} --output {out}", "{missing}"),
        ("{text} --output {out}", "{text}"),
        ("{image} --output {out} --figures 5", "--figures"),
        ("{image} --output {out} --figures five", "--figures"),
        ("{image} --output {out} --pair 1", "--pair"),
        ("{image} --output {out} --run {folder}", "{folder}"),
    ],
    "train.report": [("", "RUN"), ("{missing}", "{missing}"), ("{folder}", "{folder}")],
    "train.simulated": [
        ("", "COMMAND"),
        ("drvie", "did you mean drive?"),
        ("drive", "--output"),
        ("drive --output {out}.mp4 --fps 90", "--fps"),
        ("drive --output {inside}.mp4", "{inside}"),
        ("dataset --output {inside}", "{inside}"),
        ("stream --port 70000", "--port"),
        ("sheet --outptu {out}", "did you mean --output?"),
    ],
    "train.studies.part_importance": [("", "--statefarm"), ("{missing} --statefarm {folder}", "{missing}")],
    "train.studies.region_importance": [("", "--dataset"), ("{missing} --dataset statefarm", "{missing}")],
    "train.studies.step_cost": [("--images {missing}", "{missing}"), ("--recipe papre", "did you mean paper?")],
    "train.teach": [("", "--images"), ("{missing} --images {folder} --output {out}", "{folder}")],
    "calibration.alert_table": [
        ("", "--output"),
        ("--output {out} --drives {missing}", "{missing}"),
        ("--output {inside} --drives {labelled}", "{inside}"),
        ("--output {out} --policy {broken} --drives {labelled}", "{broken}"),
        ("--output {out} --workers few", "--workers"),
    ],
    "calibration.bare_backbone": [("", "--output"), ("{folder} --output {out}.onnx", "{folder}")],
    "calibration.confidence": [
        ("", "--output"),
        ("{folder} --data {folder} --drivers p1 --output {out}", "{folder}"),
        ("--data {missing} --drivers p1 --output {out}", "{missing}"),
    ],
    "calibration.finish": [
        ("", "--output"),
        ("{missing} --output {out} --data {folder} --drivers a --validate b --simulated {out}", "{missing}"),
        ("{missing} --min-agreement most", "--min-agreement"),
    ],
    "calibration.gpu.packed_images": [
        ("", "--data"),
        ("--data {missing} --output {out}", "{missing}"),
        ("--data {folder} --output {inside}", "{inside}"),
        ("--data {folder} --output {out} --mib none", "--mib"),
    ],
    "calibration.gpu_report": [
        ("", "--output"),
        ("--output {inside}", "{inside}"),
        ("--output {out} --images {missing}", "{missing}"),
        ("--output {out} --images {text}", "{text}"),
        ("--output {out} --bundle {folder}", "{folder}"),
        ("--output {out} --minutes never", "--minutes"),
    ],
    "calibration.other_cars": [
        ("", "--labels"),
        ("--labels {missing} --output {out}", "{missing}"),
        ("--labels {text} --output {out}", "{text}"),
        ("{folder} --labels {missing} --output {out}", "{folder}"),
    ],
    "calibration.quantize": [
        ("", "--output"),
        ("--data {missing} --output {out}", "{missing}"),
        ("--data {folder} --output {out} --method entrpoy", "did you mean entropy?"),
        ("{folder} --data {folder} --output {out}", "{folder}"),
    ],
    "calibration.studies.live_reference": [
        ("", "COMMAND"),
        ("wirte", "did you mean write?"),
        ("compare {missing} --network {onnx}", "{missing}"),
        ("compare {video} --network {onnx}", "{onnx}"),
    ],
    "calibration.studies.regions": [
        ("", "COMMAND"),
        ("settings {missing}", "{missing}"),
        ("order --seed x", "--seed"),
        ("settings {video} --scales 2", "--scales"),
    ],
    "calibration.thresholds": [
        ("", "--output"),
        ("{missing} --output {out}", "{missing}"),
        ("{labelled} --output {inside}", "{inside}"),
        ("{labelled} --output {out} --target some", "--target"),
        ("{labelled} --output {out} --policy {broken}", "{broken}"),
    ],
}
"""By command: what is typed, and what the error must name."""


def test_every_command_is_tried() -> None:
    assert set(MISTAKES) == set(commands())


@pytest.mark.parametrize(
    ("module", "typed", "named"),
    [(module, typed, named) for module, mistakes in MISTAKES.items() for typed, named in mistakes],
)
def test_a_mistake_is_one_line_that_names_it(
    module: str, typed: str, named: str, files: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = {**files, "out": str(tmp_path / "out")}
    said = refused(main_of(module), [word.format(**files) for word in typed.split()], capsys)
    assert named.format(**files) in said


def test_an_option_s_value_that_looks_like_one_is_not_taken_for_it(capsys: pytest.CaptureFixture[str]) -> None:
    parser = CommandParser(prog="say")
    parser.add_argument("--text")
    parser.add_argument("words", nargs="*")
    assert parser.parse_args(["--text", "--not an option"]).text == "--not an option"
    assert parser.parse_args(["--text=x", "--", "--word"]).words == ["--word"]
    with pytest.raises(SystemExit):
        parser.parse_args(["--txet", "x"])
    assert (
        capsys.readouterr().err
        == "error: there is no option --txet: did you mean --text? say --help lists the options\n"
    )
