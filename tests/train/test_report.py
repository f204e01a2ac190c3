"""Results beside the paper's: the right rows, consistent tables, and a report that a finished run gives again."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch

from engines.command import run_command
from engines.errors import UserError
from tests.conftest import ROOT
from tests.train.loop import test_runs
from tests.train.loop.test_runs import BACKBONE, small
from tests.train.test_datasets import V2_NAMES, write_v1, write_v2
from tests.train.test_public_datasets import write_stanford40
from train import report, stanford40
from train.auc import auc_split
from train.data.images import LabelledImage, Split
from train.models.network import NetworkSettings
from train.paper.comparison import paper_dataset, paper_rows
from train.paper.tables import (
    TABLE_I,
    TABLE_II,
    TABLE_III,
    TABLE_IV,
    TABLE_IV_PREVIOUS_BEST,
    TABLE_V,
    TABLE_VII,
    TABLE_VIII,
    PrintedCounts,
)
from train.recipes import load_recipe
from train.regions.view_regions import RegionSource
from train.reporting.metrics import Metrics, measure
from train.reporting.run_record import (
    LAST_CHECKPOINT,
    METRICS,
    RUN_RECORD,
    RunRecord,
    RunSettings,
    earlier_run,
    read_record,
    write_record,
)
from train.reporting.run_report import worst_classes

pytestmark = test_runs.pytestmark


def settings(dataset: str, backbone: str, model: str = "full", split: str = "", **network: object) -> RunSettings:
    shape = NetworkSettings.model_validate({"backbone": backbone, "model": model, "classes": 10, **network})
    return RunSettings(dataset=dataset, split=split, network=shape, weights="none", recipe=load_recipe("paper"))


def test_an_old_run_is_resumed_though_it_names_mask_rcnns_weights_otherwise(tmp_path: Path) -> None:
    shutil.copy(ROOT / "tests" / "old_files" / "run" / RUN_RECORD, tmp_path)
    assert '"region_weights": "mask_rcnn.pth"' in (tmp_path / RUN_RECORD).read_text(encoding="utf-8")
    (tmp_path / LAST_CHECKPOINT).touch()
    record = read_record(tmp_path)
    assert record.settings.mask_rcnn_weights == "mask_rcnn.pth"
    assert earlier_run(tmp_path, record.model_copy(update={"started": "now"}), resume=True) == record
    write_record(tmp_path, record)
    assert "region_weights" not in (tmp_path / RUN_RECORD).read_text(encoding="utf-8")


def test_the_papers_tables_agree_with_each_other() -> None:
    for dataset, scores in TABLE_I.items():
        assert scores.top1 == max(row[dataset].top1 or 0 for row in TABLE_IV.values() if dataset in row)
        methods = {**TABLE_II, **TABLE_III}[dataset]
        assert methods["AG-Net"].top1 == scores.top1
        earlier = [value.top1 for name, value in methods.items() if name != "AG-Net" and value.top1 is not None]
        assert all(value <= (TABLE_IV_PREVIOUS_BEST[dataset].top1 or 0) for value in earlier)
    whole = TABLE_VIII[PrintedCounts("Both", 8, 28, 36)]
    for dataset in ("stanford40", "ppmi24", "auc-v2"):
        assert TABLE_VII["Base ResNet-50"].by_dataset()[dataset] == TABLE_V["resnet50"][dataset].top1
        last = TABLE_VII["+Classification (GAP & GMP)"].by_dataset()[dataset]
        assert last == whole.by_dataset()[dataset] == TABLE_IV["resnet50"][dataset].top1


@pytest.mark.parametrize(
    ("run", "table", "top1"),
    [
        (settings("auc", "densenet121", split="AUC-V2, its own split by driver"), "Table IV", 96.65),
        (settings("auc", "resnet50", "baseline", split="AUC-V2, its own split by driver"), "Table V", 74.10),
        (settings("auc", "vgg16", "baseline", split="AUC-V1, its own random split"), "Table V", 94.80),
        (settings("ppmi24", "nasnet-mobile"), "Table IV", 94.75),
        (settings("stanford40", "resnet50", "intra-attention"), "Table VII", 87.53),
        (settings("stanford40", "resnet50", "no-attention"), "Table VII", 85.71),
        (settings("ppmi24", "resnet50", kappa=16, pairs=20), "Table VIII", 97.02),
        (settings("ppmi24", "resnet50", kappa=6, primaries=False), "Table VIII", 96.33),
    ],
)
def test_the_row_of_a_run(run: RunSettings, table: str, top1: float) -> None:
    first = paper_rows(run)[0]
    assert (first.table, first.scores.top1) == (table, top1)


def test_other_regions_have_a_row_and_other_data_none() -> None:
    found = settings("stanford40", "resnet50").model_copy(update={"region_source": RegionSource.MASK_RCNN})
    assert [(row.table, row.scores.top1) for row in paper_rows(found)] == [("Table VII", 90.13)]
    assert paper_rows(settings("statefarm", "resnet50")) == []
    assert paper_rows(settings("food101", "resnet50", "no-attention")) == []  # Table VII has no Food-101
    # A backbone that the paper lacks stands beside all that it has.
    lite = [row.method for row in paper_rows(settings("food101", "efficientnet-lite0", "baseline"))]
    assert lite == ["ResNet-50", "Inception-V3", "DenseNet-121", "NASNet-Mobile", "VGG-16"]
    assert "VGG-16" not in [row.method for row in paper_rows(settings("caltech256", "efficientnet-lite0"))]


def test_aucs_versions_are_distinguished(tmp_path: Path) -> None:
    v1, v2 = write_v1(tmp_path / "v1"), write_v2(tmp_path / "v2", V2_NAMES)
    splits = {
        "auc-v1": [auc_split(v1, "random"), auc_split(v1, "random", fold=(1, 3))],
        "auc-v2": [auc_split(v2, "driver"), auc_split(v2, "random", version="v2")],
    }
    for version, made in splits.items():
        for split in made:
            assert paper_dataset(settings("auc", "resnet50", split=split.description)) == version


def test_a_finished_run_gives_its_report_again(
    tmp_path: Path, recipe: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, run = write_stanford40(tmp_path / "data"), tmp_path / "run"
    arguments = small(recipe, "--data", data, "--output", run, "--model", "baseline")
    assert run_command(stanford40.main, arguments) == 0
    trained = capsys.readouterr().out
    assert "Table V" in trained and "beside the paper" in trained
    written = (run / "report.md").read_text()
    metrics = json.loads((run / METRICS).read_text())
    assert f"| ours | stanford40, {BACKBONE} baseline | {metrics['top1']:.2%} |" in written
    assert "| Table V | DenseNet-121 | 78.64% |" in written
    assert written.splitlines()[2].startswith("mAP")  # what Stanford-40 is measured by
    weights = (run / "model.safetensors").stat().st_mtime_ns
    for name in ("report.md", "classes.png", "confusion.png"):
        (run / name).unlink()
    assert run_command(report.main, [str(run)]) == 0
    assert (run / "report.md").read_text() == written
    assert (run / "classes.png").exists() and (run / "confusion.png").exists()
    assert (run / "model.safetensors").stat().st_mtime_ns == weights
    assert capsys.readouterr().out.startswith("mAP")  # what Stanford-40 is measured by


def finish(run: Path, seed: int, classes: int = 45, images: int = 4, split: str = "") -> Metrics:
    """Leave behind what a run of many classes does, without training: some classes are harder than others."""
    run.mkdir(parents=True)
    listed = [LabelledImage(Path(f"{n}.jpg"), n % classes) for n in range(classes * images)]
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(len(listed), classes, generator=generator)
    for index, image in enumerate(listed):
        logits[index, image.label] += 3 * image.label / classes + 1
    names = [f"food_{number}" for number in range(classes)]
    of_run = settings("food101", "resnet50", split=split, classes=classes).model_copy(update={"seed": seed})
    write_record(run, RunRecord.of(Split(listed, listed, names, "made up"), of_run))
    metrics = measure(logits, listed, names)
    (run / METRICS).write_text(metrics.model_dump_json())
    return metrics


def test_the_worst_thirty_classes_and_several_seeds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    results = [finish(tmp_path / "runs" / f"run-{seed}", seed) for seed in (1, 2)]
    worst = worst_classes(results[0])
    assert len(worst) == 30
    kept = {row.name for row in worst}
    best_of_worst = max(row.accuracy or 0 for row in worst)
    assert all((row.accuracy or 0) >= best_of_worst for row in results[0].per_class if row.name not in kept)
    assert [row.accuracy for row in worst] == sorted(row.accuracy or 0 for row in worst)
    assert run_command(report.main, [str(tmp_path / "runs")]) == 0
    printed = capsys.readouterr().out
    assert "the 30 worst classes" in printed and "Table I" in printed and "99.11%" in printed
    mean = (results[0].top1 + results[1].top1) / 2
    assert f"{mean:.2%} ± {abs(results[0].top1 - results[1].top1) / 2**0.5:.2%}" in printed
    for seed in (1, 2):
        assert (tmp_path / "runs" / f"run-{seed}" / "worst_classes.png").stat().st_size > 10_000
        assert "## The 30 worst classes" in (tmp_path / "runs" / f"run-{seed}" / "report.md").read_text()


def test_only_runs_on_the_same_kind_of_split_are_averaged(tmp_path: Path) -> None:
    splits = ["fold 1/5, seed 1", "fold 1/5, seed 2", "fold 2/5, seed 1", "validation p1", "validation p2"]
    runs = []
    for number, split in enumerate(splits):
        run = tmp_path / f"run-{number}"
        metrics = finish(run, number, classes=3, split=split)
        runs.append((run, read_record(run), metrics))
    table = report.compare_runs(runs)
    assert list(table.columns[0].cells) == [*(f"run-{number}" for number in range(5)), "2 runs"]


def test_classes_without_images_are_no_bad_ones() -> None:
    listed = [LabelledImage(Path("a.jpg"), 0), LabelledImage(Path("b.jpg"), 2)]
    metrics = measure(torch.eye(3)[[0, 0]], listed, ["x", "y", "z"])
    assert [row.name for row in worst_classes(metrics)] == ["z", "x"]


def test_what_is_no_finished_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no finished run"):
        report.main([str(tmp_path)])
    finish(tmp_path / "run", 1)
    (tmp_path / "run" / METRICS).unlink()
    with pytest.raises(UserError, match=r"metrics\.json.*--resume"):
        report.main([str(tmp_path / "run")])
