"""What head and hands are worth to a network that looks at them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from engines.command import run_command
from engines.errors import UserError
from tests.train.loop.test_runs import small
from tests.train.test_datasets import write_statefarm
from train import statefarm
from train.default import load_settings
from train.models.model_kind import ModelKind
from train.models.network import NetworkSettings, build_network
from train.models.zoom_net import ZoomNet
from train.statefarm import read_statefarm
from train.studies import part_importance
from train.studies.part_importance import Places, boxed_objects, pointing, with_other_places

pytestmark = [
    pytest.mark.filterwarnings("ignore::UserWarning:lightning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore:.*exists and is not empty.*"),
    pytest.mark.filterwarnings("ignore:.*treespec, LeafSpec.*"),
]


def network() -> ZoomNet:
    torch.manual_seed(0)
    built = build_network(
        NetworkSettings(backbone="efficientnet-lite0", model=ModelKind.ZOOM, classes=10, view_size=128)
    )
    assert isinstance(built, ZoomNet)
    return built.eval()


def test_a_network_that_looks_nowhere_loses_nothing(tmp_path: Path) -> None:
    images = read_statefarm(write_statefarm(tmp_path / "data"))[:12]
    looking, blind = network(), network()
    with torch.no_grad():
        blind.classifier.weight[:, blind.cells.features :] = 0
    logits = {}
    for name, each in (("looking", looking), ("blind", blind)):
        logits[name] = with_other_places(each, images, 128, workers=0)
    assert len({round(result.log_loss, 5) for result in logits["blind"].values()}) == 1
    assert logits["looking"][Places.OWN].log_loss != pytest.approx(logits["looking"][Places.OTHER_IMAGE].log_loss)


def test_the_strongest_part_points_where_it_looks(tmp_path: Path) -> None:
    images = read_statefarm(write_statefarm(tmp_path / "data"))[:6]
    looking = network()
    with torch.no_grad():
        looking.importance.weight.zero_()  # all the same: the first of them, the head, counts as the strongest
    view = torch.from_numpy(np.stack([part_importance.ViewDataset(images, 128)[n]["image"].numpy() for n in range(6)]))
    with torch.inference_mode():
        middles = looking.locate(view)[0][:, 0].numpy().astype(np.float64)
    assert pointing(looking, images, middles, 128, workers=0).holds == 1
    assert pointing(looking, images, middles + 0.9, 128, workers=0).holds == 0


def test_boxes_whose_images_are_missing_are_named(tmp_path: Path) -> None:
    file = tmp_path / "objects.csv"
    file.write_text("file,x0,y0,x1,y1\nnot-there.jpg,0.1,0.1,0.2,0.2\n")
    with pytest.raises(UserError, match=r"1 images that are not in .*not-there\.jpg"):
        boxed_objects(file, tmp_path)


def test_a_run_of_another_model_is_refused(
    tmp_path: Path, recipe: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    data, runs = write_statefarm(tmp_path / "data"), {}
    recipe.write_text(recipe.read_text().replace("view_size = 64", "view_size = 128"))
    for model in ("baseline", "zoom"):
        runs[model] = tmp_path / model
        arguments = ["--data", data, "--model", model, "--holdout", "p2", "--output", runs[model]]
        assert run_command(statefarm.main, small(recipe, *arguments)) == 0
    settings = load_settings().model_copy(update={"holdout": ("p2",)})
    monkeypatch.setattr(part_importance, "load_settings", lambda: settings)
    options = ["--statefarm", str(data), "--workers", "0"]
    assert run_command(part_importance.main, [str(runs["baseline"]), *options]) == 2
    assert "no run of model zoom" in capsys.readouterr().err
    assert run_command(part_importance.main, [str(runs["zoom"]), *options]) == 0
    content = json.loads((runs["zoom"] / "part-importance.json").read_text())
    assert content["images"] == 10 and set(content["results"]) == {kind.value for kind in Places}
