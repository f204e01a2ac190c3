"""Order and augmentation by seed, epoch and image; exact resumption after a kill; two processes; mixed precision."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch.utils.data import DataLoader

from engines.command import run_command
from engines.errors import UserError
from tests.train.test_datasets import write_statefarm
from tests.train.test_public_datasets import write_caltech256
from train import statefarm
from train.data.augmentation import Augmentation, AugmentationSettings
from train.data.images import LabelledImage, Split
from train.data.sampling import EpochSampler, ProcessRank, class_weights
from train.loop.fit import check_processes
from train.loop.view_dataset import ViewDataset
from train.recipes import load_recipe

# Batch statistics would differ between one process's batch and a half of it.
STEADY = """
frozen_statistics = true
"""


def test_an_epoch_shows_every_image_once_and_the_next_another_order() -> None:
    sampler = EpochSampler(23, 4, seed=7, process=ProcessRank())
    first = list(sampler)
    assert len(first) == len(sampler) == 20
    assert len({draw.image for draw in first}) == 20
    assert first == list(sampler)
    sampler.epoch = 1
    second = list(sampler)
    assert [draw.image for draw in first] != [draw.image for draw in second]
    assert not {draw.seed for draw in first} & {draw.seed for draw in second}
    assert first != list(EpochSampler(23, 4, seed=8, process=ProcessRank()))


@pytest.mark.parametrize(("balance", "expected"), [(0.5, (4, 2, 1)), (1.0, (1, 1, 1))])
def test_rare_classes_come_more_often(balance: float, expected: tuple[int, ...]) -> None:
    labels = [0] * 1600 + [1] * 400 + [2] * 100
    weights = class_weights(labels, balance)
    sampler = EpochSampler(len(labels), 10, seed=5, process=ProcessRank(), weights=weights)
    drawn = Counter(labels[draw.image] for draw in sampler)
    assert drawn.total() == len(sampler) == 2100
    for label, part in enumerate(expected):
        assert drawn[label] == pytest.approx(2100 * part / sum(expected), abs=2)
    # Images of one class come as often as each other, but for one.
    times = Counter(draw.image for draw in sampler)
    assert {times[index] for index in range(2000, 2100)} <= {int(weights[-1]), int(weights[-1]) + 1}
    halves = [list(EpochSampler(len(labels), 10, 5, ProcessRank(rank, 2), weights=weights)) for rank in range(2)]
    assert sorted(halves[0] + halves[1]) == sorted(sampler)
    assert class_weights(labels, 0.0) is None


@pytest.mark.parametrize("world", [2, 4])
def test_processes_share_the_batches_of_one(world: int) -> None:
    alone = list(EpochSampler(50, 8, seed=1, process=ProcessRank()))
    parts = [list(EpochSampler(50, 8, seed=1, process=ProcessRank(rank, world))) for rank in range(world)]
    each = 8 // world
    for batch in range(len(alone) // 8):
        together = [draw for part in parts for draw in part[batch * each : (batch + 1) * each]]
        assert sorted(together) == sorted(alone[batch * 8 : (batch + 1) * 8])


def test_an_augmentation_is_the_draws_whoever_makes_it(tmp_path: Path) -> None:
    data = write_statefarm(tmp_path, drivers=("p1",))
    images = [LabelledImage(path, 0) for path in sorted(data.rglob("*.jpg"))]
    dataset = ViewDataset(images, 64, Augmentation(AugmentationSettings(brightness=0.5, erase=0.5)))
    sampler = EpochSampler(len(images), 2, seed=3, process=ProcessRank())

    torch.manual_seed(0)
    before = torch.get_rng_state()
    first = torch.cat([batch["image"] for batch in DataLoader(dataset, batch_size=2, sampler=sampler)])
    expected = torch.stack([dataset[draw]["image"] for draw in sampler])
    assert torch.equal(first, expected)
    # What else draws from torch's generator is left alone, but for the loader's own draw.
    draw = next(iter(sampler))
    torch.set_rng_state(before)
    dataset[draw]
    assert torch.equal(torch.get_rng_state(), before)
    sampler.epoch = 1
    assert not torch.equal(first, torch.stack([dataset[draw]["image"] for draw in sampler]))


def test_what_several_processes_cannot_divide_is_refused_before_anything_is_done() -> None:
    images = [LabelledImage(Path(f"{number}.jpg"), 0) for number in range(4)]
    recipe = load_recipe("default").model_copy(update={"batch_size": 6})
    check_processes(Split(images, images[:3], ["c0"], "made up"), recipe, ProcessRank(0, 3))
    with pytest.raises(UserError, match="3 validation images cannot be divided among 6 processes"):
        check_processes(Split(images, images[:3], ["c0"], "made up"), recipe, ProcessRank(0, 6))
    with pytest.raises(UserError, match="a batch of 6 cannot be divided among 4"):
        check_processes(Split(images, images, ["c0"], "made up"), recipe, ProcessRank(0, 4))


def test_gathered_parts_are_in_the_order_of_the_items(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = torch.arange(14.0).reshape(7, 2)
    parts = [torch.stack(ProcessRank(rank, 3).of(list(rows))) for rank in range(3)]

    def gather(into: list[torch.Tensor], _mine: torch.Tensor) -> None:
        into[:] = parts

    monkeypatch.setattr(torch.distributed, "all_gather_object", gather)
    assert torch.equal(ProcessRank(1, 3).gather(parts[1]), rows)
    assert torch.equal(ProcessRank().gather(rows), rows)


TWO_PROCESSES = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2")


def run(
    arguments: list[str], launcher: tuple[str, ...] = (), module: str = "train.statefarm"
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *launcher, "-m", module, *arguments]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


def arguments_for(data: Path, recipe: Path, output: Path, *extra: object) -> list[str]:
    options = ["--data", data, "--recipe", recipe, "--backbone", "efficientnet-lite0", "--weights", "none"]
    return [str(option) for option in [*options, "--holdout", "p2", "--workers", 1, "--output", output, *extra]]


@pytest.mark.slow
def test_a_killed_run_continues_exactly_as_it_would_have(tmp_path: Path, recipe: Path) -> None:
    data = write_statefarm(tmp_path / "data", each=2)
    whole, killed = (arguments_for(data, recipe, tmp_path / name, "--epochs", 3) for name in ("whole", "killed"))
    outcome = run(whole)
    assert outcome.returncode == 0, outcome.stderr
    process = subprocess.Popen(
        [sys.executable, "-m", "train.statefarm", *killed],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"},
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    checkpoint = tmp_path / "killed" / "last.ckpt"
    for line in process.stdout:
        # By then there is a checkpoint of the first.
        if line.startswith("epoch 2/"):
            break
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert checkpoint.exists() and not (tmp_path / "killed" / "model.safetensors").exists()
    outcome = run([*killed, "--resume"])
    assert outcome.returncode == 0, outcome.stderr
    assert "epoch 1/3" not in outcome.stdout and "epoch 3/3" in outcome.stdout
    expected, resumed = (load_file(tmp_path / name / "model.safetensors") for name in ("whole", "killed"))
    for name, value in expected.items():
        assert torch.equal(resumed[name], value), name
    metrics = [json.loads((tmp_path / name / "metrics.json").read_text()) for name in ("whole", "killed")]
    assert metrics[0] == metrics[1]


@pytest.mark.slow
def test_two_processes_train_what_one_trains(tmp_path: Path, recipe: Path) -> None:
    steady = recipe.read_text().replace("[augmentation]", STEADY + "[augmentation]")
    # AdamW would make much of what is rounding in a gradient of nearly 0.
    recipe.write_text(steady.replace('"adamw"', '"sgd"'))
    data = write_statefarm(tmp_path / "data", each=2)
    # Seventeen validation images: the processes' parts differ, and so do their numbers of batches.
    more = ("--epochs", 2, "--limit", 17)
    one, two = (arguments_for(data, recipe, tmp_path / name, *more) for name in ("one", "two"))
    printed = []
    for outcome in (run(one), run(two, TWO_PROCESSES)):
        assert outcome.returncode == 0, outcome.stderr
        assert "batch statistics" not in outcome.stderr
        numbers = r"^epoch .*?: loss ([\d.]+), validation loss ([\d.]+), top-1 ([\d.]+)"
        printed.append([float(number) for line in re.findall(numbers, outcome.stdout, re.M) for number in line])
        # Two processes speak as one.
        assert outcome.stdout.count("epoch 2/2") == 1 and outcome.stdout.count("written to") == 1
    # Losses and accuracy are those of both parts.
    assert len(printed[0]) == 6 and printed[1] == pytest.approx(printed[0], abs=2e-4)
    metrics = [json.loads((tmp_path / name / "metrics.json").read_text()) for name in ("one", "two")]
    assert metrics[1]["log_loss"] == pytest.approx(metrics[0]["log_loss"], rel=1e-4)
    assert metrics[1]["images"] == metrics[0]["images"] and metrics[1]["confusion"] == metrics[0]["confusion"]
    alone, together = (load_file(tmp_path / name / "model.safetensors") for name in ("one", "two"))
    assert alone.keys() == together.keys()
    for name, value in alone.items():
        # Ten steps enlarge rounding; they move biases, which begin at 0, by 1e-3.
        assert torch.allclose(value, together[name], atol=1e-4), name


@pytest.mark.slow
def test_two_processes_train_the_rows_of_a_table(tmp_path: Path, recipe: Path) -> None:
    data, output = write_statefarm(tmp_path / "data"), tmp_path / "table"
    rows = ["--dataset", "statefarm", "--rows", "base", "regions"]
    arguments = arguments_for(data, recipe, output, "--epochs", 1)
    for more in ([], ["--resume"]):
        outcome = run([*rows, *arguments, *more], TWO_PROCESSES, "train.ablation")
        assert outcome.returncode == 0, outcome.stderr
        for line in ("1 of 2", "2 of 2", "Table VII"):
            assert outcome.stdout.count(line) == 1, outcome.stdout
    assert outcome.stdout.count("trained before") == 2
    table = json.loads((output / "table-vii.json").read_text())
    assert [row["row"] for row in table] == ["base", "regions"]


@pytest.mark.slow
def test_two_processes_train_on_several_random_splits(tmp_path: Path, recipe: Path) -> None:
    data, output = write_caltech256(tmp_path / "data"), tmp_path / "runs"
    options = ["--data", data, "--recipe", recipe, "--backbone", "efficientnet-lite0", "--weights", "none"]
    more = ["--epochs", 1, "--workers", 0, "--per-class", 3, "--runs", 2, "--output", output]
    outcome = run([str(option) for option in [*options, *more]], TWO_PROCESSES, "train.caltech256")
    assert outcome.returncode == 0, outcome.stderr
    # Once for each of the two runs.
    assert outcome.stderr.count("every process takes batch statistics from its own part") == 2
    assert outcome.stdout.count("on 2 random splits") == 1 and outcome.stdout.count("epoch 1/1") == 2, outcome.stdout
    values = json.loads((output / "summary.json").read_text())["top1"]["values"]
    each = [json.loads((output / f"run-{number}" / "metrics.json").read_text())["top1"] for number in (1, 2)]
    assert values == each


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_bfloat16_trains_and_fp16_says_what_it_needs(
    tmp_path: Path, recipe: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = write_statefarm(tmp_path / "data")
    weights = {}
    for precision in ("fp32", "bf16", *(["fp16"] if torch.cuda.is_available() else [])):
        mixed = tmp_path / f"{precision}.toml"
        mixed.write_text(f'precision = "{precision}"\n{recipe.read_text()}')
        run_folder = tmp_path / precision
        assert run_command(statefarm.main, [*arguments_for(data, mixed, run_folder), "--workers", "0"]) == 0
        assert json.loads((run_folder / "run.json").read_text())["settings"]["recipe"]["precision"] == precision
        weights[precision] = load_file(run_folder / "model.safetensors")
    assert all(value.dtype is not torch.bfloat16 for value in weights["bf16"].values())
    difference = weights["bf16"]["classifier.weight"] - weights["fp32"]["classifier.weight"]
    assert 0 < difference.norm() < 0.2 * weights["fp32"]["classifier.weight"].norm()
    if not torch.cuda.is_available():
        mixed.write_text(f'precision = "fp16"\n{recipe.read_text()}')
        assert run_command(statefarm.main, arguments_for(data, mixed, tmp_path / "fp16")) == 2
        assert "fp16 needs an NVIDIA GPU" in capsys.readouterr().err


def test_a_precision_that_is_none(tmp_path: Path, recipe: Path) -> None:
    recipe.write_text('precision = "int3"\n' + recipe.read_text())
    with pytest.raises(UserError, match="precision"):
        load_recipe(str(recipe))
