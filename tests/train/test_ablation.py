"""Tables VII and VIII: what the rows are made of, and that the command trains, resumes and writes them."""

from __future__ import annotations

import json
from pathlib import Path

import lightning as L
import pytest
import torch
from torch import nn
from torchvision.models.detection import MaskRCNN_ResNet50_FPN_Weights

from engines.command import run_command
from engines.errors import UserError
from tests.train.loop import test_runs
from tests.train.loop.test_runs import BACKBONE, small
from tests.train.regions.test_region_sources import published_mask_rcnn
from tests.train.test_datasets import write_statefarm
from train import ablation, export
from train.loop.progress import EpochLines
from train.models.agnet import AGNet, AGNetWithoutAttention, AveragePooling, MaxPooling
from train.models.model_kind import ModelKind
from train.models.network import NetworkSettings, build_network
from train.paper.ablation_results import heading
from train.paper.ablation_rows import ROWS, AblationRow, AblationTable, row_of
from train.paper.cost import count_parameters
from train.paper.tables import TABLE_VII, TABLE_VIII
from train.recipes import load_recipe
from train.regions import mask_rcnn
from train.regions.view_regions import RegionOrder, RegionSource
from train.reporting.run_record import RunSettings

pytestmark = test_runs.pytestmark

CLASSES, CHANNELS = 40, 320  # EfficientNet-Lite0's
SETTINGS = RunSettings(
    dataset="statefarm",
    split="",
    network=NetworkSettings(backbone="efficientnet-lite0", classes=CLASSES, view_size=64),
    weights="none",
    recipe=load_recipe("paper"),
)
ALL_ROWS = [row for rows in ROWS.values() for row in rows]


def expected_beyond_the_backbone(row: AblationRow, channels: int) -> int:
    """The parameters that READING.md's table of parts gives a row, classifier left out."""
    slots = (row.kappa if row.primaries else 0) + 1
    slots += row.kappa * (row.kappa - 1) // 2 if row.pairs is None else row.pairs
    d = 49 * channels
    se_residual = slots * 2 * channels * (channels // 16)
    self_attention = 2 * (channels * (channels // 8) + channels // 8) + channels**2 + channels + 1
    inter_attention = 2 * 32 * d + 32 + 33 + d + 1
    parts = {
        ModelKind.BASELINE: 0,
        ModelKind.NO_ATTENTION: se_residual,
        ModelKind.INTRA_ATTENTION: se_residual + self_attention,
        ModelKind.INTER_ATTENTION: se_residual + self_attention + inter_attention,
        ModelKind.MAX_POOLING: se_residual + self_attention + inter_attention,
        ModelKind.FULL: se_residual + self_attention + inter_attention + channels + 1,
    }
    return parts[row.model]


@pytest.mark.parametrize("row", ALL_ROWS, ids=lambda row: row.name)
def test_parameters_follow_from_the_parts(row: AblationRow) -> None:
    with torch.device("meta"):
        network = build_network(row.settings(SETTINGS).network)
    beyond = count_parameters(network) - count_parameters(network.backbone) - (CHANNELS * CLASSES + CLASSES)
    assert beyond == expected_beyond_the_backbone(row, CHANNELS)


def test_rows_are_the_papers() -> None:
    assert [row.title for row in ROWS[AblationTable.COMPONENTS]] == list(TABLE_VII)
    for row, counts in zip(ROWS[AblationTable.REGIONS], TABLE_VIII, strict=True):
        layout = row.settings(SETTINGS).network.layout
        assert (layout.count, layout.pair_count) == (counts.total, counts.secondary)
        assert layout.primary_count == counts.total - counts.secondary
        assert (row.paper, row.kappa) == (TABLE_VIII[counts], counts.primary)
    for rows in ROWS.values():
        assert len({row.name for row in rows}) == len(rows)


def test_a_run_is_found_among_the_rows() -> None:
    for table, rows in ROWS.items():
        for row in rows:
            found = row_of(row.settings(SETTINGS))
            assert found is not None
            same = row.model is ModelKind.FULL and row.source is RegionSource.KEYPOINTS and row.kappa == 8
            whole = same and row.primaries and row.pairs is None  # Table VII's last but two and VIII's 8 + 28
            assert found == (table, row) or (whole and found[1].name == "gap-gmp")
    other = SETTINGS.model_copy(update={"network": SETTINGS.network.model_copy(update={"kappa": 5})})
    assert row_of(other) is None
    shuffled = SETTINGS.model_copy(update={"region_order": RegionOrder.RANDOM})
    assert row_of(shuffled) is None and "random order" in heading(AblationTable.COMPONENTS, shuffled)
    assert "random order" not in heading(AblationTable.COMPONENTS, SETTINGS)


def test_networks_between_the_columns_are_what_they_say() -> None:
    torch.manual_seed(0)
    features, boxes = torch.randn(2, 32, 5, 4), torch.rand(2, 3, 2, 2).sort(dim=2).values.flatten(2)
    intra = AGNetWithoutAttention(nn.Identity(), 32, 7, 3, self_attention=True)
    assert isinstance(intra.self_attention.delta, nn.Parameter)
    with torch.no_grad():
        intra.self_attention.delta.fill_(0.5)
    crops = intra.se_residual(*intra.crops(intra.self_attention(features), boxes))
    # The mean of the 4 SE-Residual outputs, then GAP.
    expected = intra.classifier(crops.mean(dim=1).mean(dim=1))
    assert torch.allclose(intra(features, boxes).logits, expected, atol=1e-6)
    assert not torch.allclose(intra.classifier(intra.crops(features, boxes)[0].mean(dim=(1, 2))), expected, atol=1e-3)
    for pooling in (AveragePooling(), MaxPooling()):
        network = AGNet(nn.Identity(), 32, 7, 3, pooling=pooling)
        final, weights = network.inter_attention(network.se_residual(*network.crops(features, boxes)))
        pooled = final.mean(dim=1) if isinstance(pooling, AveragePooling) else final.amax(dim=1)
        output = network(features, boxes)
        assert torch.allclose(output.logits, network.classifier(pooled), atol=1e-6)
        assert torch.allclose(output.region_weights, weights)


def test_old_records_are_the_default_network() -> None:
    old = {"backbone": "resnet50", "model": "full", "classes": 10, "kappa": 8, "view_size": 224}
    assert NetworkSettings.model_validate(old).layout.keeps_all
    with pytest.raises(ValueError, match="6 pairs"):
        NetworkSettings(classes=10, kappa=4, pairs=7)


def test_an_interrupted_ablation_is_resumed(
    tmp_path: Path, recipe: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data, output = write_statefarm(tmp_path / "data"), tmp_path / "table"
    common = small(recipe, "--dataset", "statefarm", "--data", data, "--holdout", "p2", "--output", output)
    arguments = [*common, "--epochs", "2", "--rows", "regions", "base"]
    real, trained, interrupts = EpochLines.on_train_epoch_end, list[tuple[str, int]](), [KeyboardInterrupt()]

    def stop_in_the_second_row(self: EpochLines, trainer: L.Trainer, module: L.LightningModule) -> None:
        real(self, trainer, module)
        trained.append((Path(trainer.default_root_dir).name, trainer.current_epoch))
        if trained[-1] == ("regions", 1) and interrupts:
            raise interrupts.pop()

    monkeypatch.setattr(EpochLines, "on_train_epoch_end", stop_in_the_second_row)
    assert run_command(ablation.main, arguments) == 130
    assert "--resume" in capsys.readouterr().err
    written = json.loads((output / "table-vii.json").read_text())
    assert [(row["row"], row["title"]) for row in written] == [("base", f"Base {BACKBONE}")]
    with pytest.raises(UserError, match="base, regions: pass --resume"):
        ablation.main(arguments)

    trained.clear()
    assert run_command(ablation.main, [*arguments, "--resume"]) == 0
    # The first row is not trained again, and the second continues with its second epoch.
    assert trained == [("regions", 1)]
    rows = json.loads((output / "table-vii.json").read_text())
    assert [(row["row"], row["regions"]) for row in rows] == [("base", 0), ("regions", 36)]
    for row in rows:
        metrics = json.loads((output / row["row"] / "metrics.json").read_text())
        assert (row["top1"], row["images"]) == (metrics["top1"], 10)
    assert rows[1]["paper_top1"] == {"stanford40": 0.8571, "ppmi24": 0.84, "auc-v2": 0.9034}
    printed, markdown = capsys.readouterr().out, (output / "table-vii.md").read_text()
    for text in ("+SRs (8 P-SRs + 28 S-SRs)", "90.34%"):
        assert text in printed and text in markdown
    assert (output / "table-vii.png").stat().st_size > 10_000

    # Rows that were trained before stay in the table when others are trained; those of other settings do not.
    asked_alone = [*common, "--epochs", "2", "--resume", "--rows", "regions"]
    assert run_command(ablation.main, asked_alone) == 0
    assert json.loads((output / "table-vii.json").read_text()) == rows
    record = (output / "base" / "run.json").read_text()
    (output / "base" / "run.json").write_text(record.replace('"seed": 0', '"seed": 5'))
    assert run_command(ablation.main, asked_alone) == 0
    assert json.loads((output / "table-vii.json").read_text()) == rows[1:]
    # Nor those of other images.
    (output / "base" / "run.json").write_text(record.replace('"train_images": 20', '"train_images": 21'))
    assert run_command(ablation.main, asked_alone) == 0
    assert json.loads((output / "table-vii.json").read_text()) == rows[1:]
    (output / "base" / "run.json").write_text(record)
    assert run_command(ablation.main, asked_alone) == 0
    assert json.loads((output / "table-vii.json").read_text()) == rows


def test_a_later_row_of_other_settings_is_refused_before_the_first_is_trained(
    tmp_path: Path, recipe: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, output = write_statefarm(tmp_path / "data"), tmp_path / "table"
    common = small(recipe, "--dataset", "statefarm", "--data", data, "--holdout", "p2", "--output", output)
    assert run_command(ablation.main, [*common, "--rows", "regions"]) == 0

    def train(*_: object, **__: object) -> None:
        raise AssertionError("trained")

    monkeypatch.setattr("train.loop.fit.fit", train)
    with pytest.raises(UserError, match=r"regions holds a run with other settings \(settings.seed\)"):
        ablation.main([*common, "--rows", "base", "regions", "--resume", "--seed", "1"])


def test_rows_with_other_regions_train_and_say_so(tmp_path: Path, recipe: Path) -> None:
    data, output = write_statefarm(tmp_path / "data"), tmp_path / "table"
    common = small(recipe, "--dataset", "statefarm", "--data", data, "--holdout", "p2")
    assert run_command(ablation.main, [*common, "--output", str(output), "--rows", "feature-map"]) == 0
    run = output / "feature-map"
    assert json.loads((run / "run.json").read_text())["settings"]["region_source"] == "feature-map"
    assert (run / "regions.npz").exists()
    more = [*common, "--output", str(output), "--table", "viii", "--rows", "s26-of-10"]
    assert run_command(ablation.main, more) == 0
    settings = json.loads((output / "s26-of-10" / "run.json").read_text())["settings"]
    assert (settings["region_source"], settings["network"]["pairs"]) == ("keypoints", 26)
    assert json.loads((output / "table-viii.json").read_text())[0]["regions"] == 26
    # Engines make all regions of keypoints, so these networks are not for them.
    for name in ("feature-map", "s26-of-10"):
        with pytest.raises(UserError, match="engines make all regions"):
            export.export_bundle(output / name, tmp_path / "bundle", "bundle")


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_the_row_of_mask_rcnn_trains(tmp_path: Path, recipe: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mask_rcnn, "SHORT_SIDE", 64)
    torch.save(published_mask_rcnn(monkeypatch).state_dict(), tmp_path / "weights.pth")
    data, output = write_statefarm(tmp_path / "data"), tmp_path / "table"
    arguments = small(recipe, "--dataset", "statefarm", "--data", data, "--holdout", "p2", "--output", output)
    chosen = ["--limit", "8", "--rows", "mask-rcnn", "--mask-rcnn", str(tmp_path / "weights.pth")]
    assert run_command(ablation.main, [*arguments, *chosen]) == 0
    settings = json.loads((output / "mask-rcnn" / "run.json").read_text())["settings"]
    assert (settings["region_source"], settings["mask_rcnn_weights"]) == ("mask-rcnn", str(tmp_path / "weights.pth"))


def test_what_is_wrong_is_said_before_the_training(
    tmp_path: Path, recipe: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def offline(*_: object, **__: object) -> None:
        raise OSError("no network")

    monkeypatch.setattr(MaskRCNN_ResNet50_FPN_Weights, "get_state_dict", offline)
    data, output = write_statefarm(tmp_path / "data"), tmp_path / "table"
    arguments = small(recipe, "--dataset", "statefarm", "--data", data, "--holdout", "p2", "--output", output)
    assert run_command(ablation.main, [*arguments, "--rows", "base", "mask-rcnn"]) == 2
    error = capsys.readouterr().err
    assert "--mask-rcnn FILE" in error and "--rows" in error
    assert run_command(ablation.main, [*arguments, "--rows", "p8"]) == 2
    assert "has no row p8: choose from base, regions" in capsys.readouterr().err
    assert run_command(ablation.main, [*arguments, "--region-order", "random"]) == 2
    assert "those of mask-rcnn are not" in capsys.readouterr().err
    assert not [path for path in output.rglob("*") if path.is_file()]
    with pytest.raises(SystemExit, match="2"):
        ablation.main(["--dataset", "statefarm", "--table", "ix"])
    assert "there is no table 'ix' to train: choose vii or viii" in capsys.readouterr().err
    for bad in (["--dataset", "mnist"], []):
        with pytest.raises(SystemExit, match="2"):
            ablation.main(bad)


def test_help_explains_the_rows_and_the_data_sets_own_arguments(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments, expected in (
        (["--help"], ("gap-gmp", "s36-of-16", "--mask-rcnn")),
        (["--dataset", "caltech256", "--help"], ("--per-class", "$CALTECH256_DATA")),
        (["--dataset", "auc", "--help"], ("--driver-ids",)),
    ):
        with pytest.raises(SystemExit, match="0"):
            ablation.main(arguments)
        printed = capsys.readouterr().out
        for text in expected:
            assert text in printed
