"""Arms compared, from the file of arms to the table: trained, interrupted, paused, dropped, and refused."""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Callable
from pathlib import Path

import lightning as L
import pytest

from engines.command import run_command
from engines.errors import UserError
from tests.train.loop.test_runs import BACKBONE
from tests.train.loop.test_runs import pytestmark as pytestmark
from tests.train.test_datasets import write_statefarm
from train import compare
from train.comparison import results
from train.comparison import runs as runs_module
from train.comparison.figures import DriverFigures, RunFigures
from train.comparison.folds import DRIVERS, FOLDS, Pair
from train.comparison.runs import PlannedRun
from train.loop.pause_file import PauseFile
from train.loop.progress import EpochLines

ARMS = f"""
recipe = "RECIPE"

[[arm]]
name = "plain"
description = "the bare backbone"
model = "baseline"
backbone = "{BACKBONE}"
weights = "none"
data = ["real"]

[[arm]]
name = "more"
description = "with images at 80×60"
data = ["real", "low-resolution"]
low_resolution = 20
"""


@pytest.fixture(autouse=True)
def same_priority(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command lowers its own for good."""
    monkeypatch.setattr(os, "nice", lambda increment: increment)


@pytest.fixture
def command(tmp_path: Path, recipe: Path) -> list[str]:
    """A whole command line: two arms, the sixteen drivers and one who validates, and three cars."""
    write_statefarm(tmp_path / "real", [*DRIVERS, "p021"])
    write_statefarm(tmp_path / "low", ["p002", "p012", "p015", "p021"], each=2)
    write_statefarm(tmp_path / "cars", ["c1", "c2", "c3"])
    (tmp_path / "arms.toml").write_text(ARMS.replace("RECIPE", str(recipe)), encoding="utf-8")
    folders = {
        "--statefarm": "real",
        "--low-resolution": "low",
        "--held-out-cars": "cars",
        "--runs": "runs",
        "--output": "output",
    }
    options = [text for option, folder in folders.items() for text in (option, str(tmp_path / folder))]
    return [str(tmp_path / "arms.toml"), *options, "--workers", "0"]


def never(*_: object, **__: object) -> None:
    raise AssertionError("trained")


def test_an_interrupted_comparison_continues_and_leaves_figures_tables_and_a_plot(
    tmp_path: Path,
    command: list[str],
    recipe: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    recipe.write_text(recipe.read_text().replace("epochs = 1", "epochs = 2"))
    output, runs = tmp_path / "output", tmp_path / "runs"
    real, trained, interrupts = EpochLines.on_train_epoch_end, list[tuple[str, int]](), [KeyboardInterrupt()]

    def stop_in_the_second_run(self: EpochLines, trainer: L.Trainer, module: L.LightningModule) -> None:
        real(self, trainer, module)
        trained.append((Path(trainer.default_root_dir).name, trainer.current_epoch))
        if trained[-1] == ("more-fold-3-seed-0", 1) and interrupts:
            raise interrupts.pop()

    def sleep(_seconds: float) -> None:
        (runs / "PAUSE").unlink()

    monkeypatch.setattr(EpochLines, "on_train_epoch_end", stop_in_the_second_run)
    monkeypatch.setattr(compare, "PauseFile", functools.partial(PauseFile, sleep=sleep))
    runs.mkdir()
    (runs / "PAUSE").touch()
    chosen = [*command, "--folds", "3", "--seeds", "0"]
    assert run_command(compare.main, chosen) == 130
    printed = capsys.readouterr()
    assert "the same command continues: python" in printed.err
    assert "paused while" in printed.out and "continues after a pause" in printed.out
    assert "all runs: about" in printed.out and "1 to go after this one" in printed.out
    # The first arm's figures are there; nothing is trained twice.
    assert [run["fold"] for run in json.loads((output / "plain.json").read_text())["runs"]] == [3]
    trained.clear()
    assert run_command(compare.main, chosen) == 0
    assert trained == [("more-fold-3-seed-0", 1)]

    (run,) = json.loads((output / "more.json").read_text())["runs"]
    # Twelve of the sixteen drivers, and what the fold leaves of the 80×60 images; the validation driver is nowhere.
    assert run["train_images"] == 120 + 20
    assert [each["driver"] for each in run["drivers"]] == list(FOLDS[2])
    assert [(each["driver"], each["images"]) for each in run["cars"]] == [("c1", 10), ("c2", 10), ("c3", 10)]
    assert run["seconds"] > 0 and run["images_per_second"] > 0
    record = json.loads((runs / "more-fold-3-seed-0" / "run.json").read_text())
    assert set(record["train_drivers"]) | set(record["validation_drivers"]) == set(DRIVERS)
    # As the training's own last validation measured it.
    metrics = json.loads((runs / "more-fold-3-seed-0" / "metrics.json").read_text())
    assert sum(each["log_loss"] for each in run["drivers"]) / 40 == pytest.approx(metrics["log_loss"], abs=1e-4)
    assert sum(each["correct"] for each in run["drivers"]) / 40 == pytest.approx(metrics["top1"])
    printed_tables = capsys.readouterr().out
    for text in ("on held-out drivers", "on simulated cars never trained on", "open"):
        assert text in printed_tables
    assert "- **more**: with images at 80×60" in (output / "comparison.md").read_text()
    assert (output / "comparison.png").read_bytes().startswith(b"\x89PNG")

    # What is finished is kept where either the runs or the figures are lost.
    monkeypatch.setattr(runs_module, "fit", never)
    figures = (output / "more.json").read_text()
    (output / "more.json").unlink()
    assert run_command(compare.main, chosen) == 0
    assert (output / "more.json").read_text() == figures
    elsewhere = [*chosen]
    elsewhere[elsewhere.index("--runs") + 1] = str(tmp_path / "other-runs")
    assert run_command(compare.main, elsewhere) == 0
    # But never with figures of other images.
    write_statefarm(tmp_path / "cars", ["c1", "c2"])
    capsys.readouterr()
    assert run_command(compare.main, chosen) == 2
    assert "had other images of cars: pass the folders that it had" in capsys.readouterr().err


@pytest.fixture
def no_plot(monkeypatch: pytest.MonkeyPatch) -> None:
    """A plot after every run would take most of the time of a test that trains nothing."""
    monkeypatch.setattr(results, "plot_differences", lambda *_: None)


Losses = Callable[[str, Pair], float]


def train_as(losses: Losses, trained: list[str]) -> Callable[..., RunFigures]:
    """A training that measures what it is told to."""

    def train(plan: PlannedRun, _pause: PauseFile, _on_epoch: object) -> RunFigures:
        trained.append(plan.folder.name)
        loss = losses(plan.arm.name, plan.pair)

        def driver(name: str) -> DriverFigures:
            return DriverFigures(driver=name, images=10, correct=5, log_loss=10 * loss, tempered=9 * loss)

        return RunFigures(
            fold=plan.pair[0],
            seed=plan.pair[1],
            train_images=plan.train_images,
            drivers=tuple(driver(name) for name in FOLDS[plan.pair[0] - 1]),
            cars=tuple(driver(name) for name in ("c1", "c2", "c3")),
            seconds=7200.0,
            images_per_second=2.0,
        )

    return train


def add_arm(command: list[str], name: str) -> None:
    with Path(command[0]).open("a") as file:
        file.write(f'[[arm]]\nname = "{name}"\ndescription = "another"\nrecipe.weight_decay = 0.1\n')


@pytest.mark.usefixtures("no_plot")
def test_what_screens_worse_is_dropped_and_the_rest_is_confirmed(
    tmp_path: Path, command: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    add_arm(command, "worse")
    trained, means = list[str](), {"plain": 0.5, "more": 0.4, "worse": 0.6}
    monkeypatch.setattr(PlannedRun, "train", train_as(lambda arm, _pair: means[arm], trained))
    assert run_command(compare.main, [*command, "--folds", "1", "2", "--seeds", "0"]) == 0
    assert len(trained) == 6
    printed = capsys.readouterr().out
    assert "dropped in the screening: worse" in printed and "accepted" not in printed
    trained.clear()
    assert run_command(compare.main, command) == 0
    assert len(trained) == 2 * (8 - 2) and not [name for name in trained if name.startswith("worse")]
    table = (tmp_path / "output" / "comparison.md").read_text()
    rows = {line.split(" | ")[0].removeprefix("| "): line for line in table.splitlines() if line.startswith("| ")}
    assert rows["more"].endswith("-0.100 (-0.100 to -0.100) | -0.090 (-0.090 to -0.090) | accepted |")
    assert rows["worse"].endswith("| dropped |") and rows["plain"].endswith("| base |")
    assert rows["more"].split(" | ")[1:3] == ["8", "16.0"]
    # Those that are asked for by name are trained nonetheless, and judged.
    trained.clear()
    assert run_command(compare.main, [*command, "--arms", "worse"]) == 0
    assert len(trained) == 6
    assert "| not accepted |" in (tmp_path / "output" / "comparison.md").read_text()


@pytest.mark.usefixtures("no_plot")
def test_one_command_screens_before_it_confirms(
    command: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    trained, means = list[str](), {"plain": 0.5, "more": 0.6}
    monkeypatch.setattr(PlannedRun, "train", train_as(lambda arm, _pair: means[arm], trained))
    # A folder that is named twice is trained on once.
    twice = command.index("--statefarm") + 1
    command.insert(twice, command[twice])
    assert run_command(compare.main, [*command, "--seeds", "0"]) == 0
    printed = capsys.readouterr().out
    assert "160 real images of 16 drivers; left out: 170 that are there twice, and the drivers p021" in printed
    # By the two images a second that the first run had: three more of 120 images, and four of 140.
    assert "7 to go after it ─" in printed and "6 to go after it, about 0:07:40 in all" in printed
    assert trained == [
        "plain-fold-1-seed-0",
        "more-fold-1-seed-0",
        "plain-fold-2-seed-0",
        "more-fold-2-seed-0",
        "plain-fold-3-seed-0",
        "plain-fold-4-seed-0",
    ]


@pytest.mark.usefixtures("no_plot")
def test_an_arm_that_cannot_be_trained_does_not_stop_the_others(
    command: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    add_arm(command, "last")
    trained = list[str]()

    def losses(arm: str, _pair: Pair) -> float:
        if arm == "more":
            raise UserError("the training diverged")
        return 0.5

    monkeypatch.setattr(PlannedRun, "train", train_as(losses, trained))
    assert run_command(compare.main, [*command, "--folds", "1", "2", "--seeds", "0"]) == 2
    assert [name.split("-")[0] for name in trained] == ["plain", "more", "last", "plain", "last"]
    error = capsys.readouterr().err
    assert "more, fold 1, seed 0: the training diverged; the arm's other runs are left out" in error
    assert "not trained: more" in error


def test_what_is_wrong_is_said_before_the_training(
    tmp_path: Path, command: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(PlannedRun, "train", never)

    def said(*changed: str, file: str | None = None) -> str:
        arguments = [*command]
        for option, value in zip(changed[::2], changed[1::2], strict=True):
            arguments[arguments.index(option) + 1] = value
        if file is not None:
            (tmp_path / "wrong.toml").write_text(file)
            arguments[0] = str(tmp_path / "wrong.toml")
        assert run_command(compare.main, arguments) == 2
        return capsys.readouterr().err

    text = Path(command[0]).read_text()
    assert "arm more: recipe.epoch: there is no such key" in said(file=text + "recipe.epoch = 1\n")
    needs = said(file=text.replace('"low-resolution"', '"simulated"'))
    assert "arm more trains on simulated images: pass --simulated, or name other data" in needs
    command += ["--taught", "taught.csv"]
    assert "--taught taught.csv: write {fold} for the fold's number in the name" in said()
    command[-1] = str(tmp_path / "taught-{fold}.csv")
    taught = said(file=text.replace('"low-resolution"', '"taught"'))
    assert "taught-1.csv" in taught
    del command[-2:]
    assert "there is no driver_imgs_list.csv" in said("--held-out-cars", str(tmp_path))
    assert "no images of the drivers p016" in said("--statefarm", str(write_statefarm(tmp_path / "few", DRIVERS[:3])))
    write_statefarm(tmp_path / "simulated", ["s100001", "s000007"])
    simulated = ["--simulated", str(tmp_path / "simulated")]
    command += simulated
    assert "driver s000007 is in --simulated and in --held-out-cars" in said(
        "--held-out-cars", str(write_statefarm(tmp_path / "same", ["s000007"]))
    )
    # Any ten drivers' interiors are among the seven.
    names = [f"s{seed}" for seed in range(100_010, 100_040)]
    others = said("--held-out-cars", str(write_statefarm(tmp_path / "interiors", names)))
    assert "shows interiors of --held-out-cars: draw it again with --without-interiors " in others
    assert not list((tmp_path / "runs").glob("*/*")) if (tmp_path / "runs").exists() else True


def test_a_run_of_other_settings_is_not_continued(
    tmp_path: Path, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    chosen = [*command, "--folds", "1", "--seeds", "0", "--arms", "plain"]
    assert run_command(compare.main, chosen) == 0
    run = tmp_path / "runs" / "plain-fold-1-seed-0"
    # A finished run keeps its weights and not its checkpoint.
    assert (run / "model.safetensors").exists() and not (run / "last.ckpt").exists()
    (tmp_path / "output" / "plain.json").unlink()
    record = (run / "run.json").read_text()
    (run / "run.json").write_text(record.replace('"batch_size": 8', '"batch_size": 16'))
    capsys.readouterr()
    assert run_command(compare.main, chosen) == 2
    assert "settings.recipe.batch_size): give the changed arm another name, or pass another --runs" in (
        capsys.readouterr().err
    )
