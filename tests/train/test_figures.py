"""Figs. 3, 4, 10 and 11: what is computed for them, and what the command writes and refuses."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray
from torch import nn

from engines.command import run_command
from engines.regions import propose_regions
from train import figures
from train.data.images import LabelledImage, Split
from train.figures import hottest_pair, largest_pair, open_run, study
from train.models.agnet import AGNet, AGNetWithoutAttention, Baseline
from train.models.model_kind import ModelKind
from train.models.network import NetworkSettings, build_network
from train.models.weights import save_run_weights
from train.paper.grad_cam import cell_contributions, class_activation, grad_cam
from train.paper.region_images import PAIR, draw_heat, draw_pair, pair_slot, show_image
from train.recipes import load_recipe
from train.regions.feature_map import ENLARGEMENT, cluster_features
from train.regions.view_regions import RegionSource
from train.reporting.run_record import RunRecord, RunSettings, write_record

CHANNELS, CLASSES, REGIONS = 32, 5, 36


class Stripes(nn.Module):
    """A backbone whose map shows the colours of the view's four quarters, and noise in the other channels."""

    def __init__(self, dtype: torch.dtype = torch.float32) -> None:
        super().__init__()
        self.dtype = dtype

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        pixels = nn.functional.adaptive_avg_pool2d(images.permute(0, 3, 1, 2).float() / 255, (6, 4))
        noise = torch.randn(len(images), CHANNELS - 3, 6, 4, generator=torch.Generator().manual_seed(0))
        return torch.cat([pixels, noise], dim=1).to(self.dtype)


def random_image(seed: int = 0, shape: tuple[int, int] = (90, 120)) -> NDArray[np.uint8]:
    coarse = np.random.default_rng(seed).integers(0, 256, (18, 24, 3), dtype=np.uint8)
    return np.asarray(cv2.resize(coarse, shape[::-1], interpolation=cv2.INTER_CUBIC), dtype=np.uint8)


def write_pictures(folder: Path, count: int) -> list[str]:
    folder.mkdir(exist_ok=True)
    paths = [folder / f"image{number}.png" for number in range(count)]
    for number, path in enumerate(paths):
        assert cv2.imwrite(str(path), random_image(number)[..., ::-1])
    return [str(path) for path in paths]


def write_run(
    folder: Path, kind: ModelKind, source: RegionSource = RegionSource.KEYPOINTS, pairs: int | None = None
) -> Path:
    """What a finished run leaves behind that the figures need."""
    folder.mkdir()
    size = {ModelKind.PLACES: 64, ModelKind.ZOOM: 128}.get(kind, 96)
    network = NetworkSettings(
        backbone="efficientnet-lite0", model=kind, classes=2, kappa=4, pairs=pairs, view_size=size
    )
    torch.manual_seed(0)
    save_run_weights(build_network(network), folder)
    recipe = load_recipe("default")
    settings = RunSettings(dataset="d", split="s", network=network, weights="none", region_source=source, recipe=recipe)
    images = [LabelledImage(Path("a.png"), 0)]
    write_record(folder, RunRecord.of(Split(images, images, ("c0", "climbing"), "s"), settings))
    return folder


def view_and_regions() -> tuple[torch.Tensor, torch.Tensor]:
    view = random_image(shape=(96, 96))
    return torch.from_numpy(view), torch.from_numpy(propose_regions(view).boxes)


def test_grad_cam_of_a_bare_backbone_is_its_class_activation_map() -> None:
    # With average pooling and a linear head the gradient is the class's weights over H·W (Selvaraju et al., section 3).
    torch.manual_seed(0)
    network = Baseline(Stripes(), CHANNELS, CLASSES, REGIONS).eval()
    activation = class_activation(network, *view_and_regions(), target=3)
    expected = torch.relu((network.classifier.weight[3, :, None, None] * activation.features).sum(dim=0) / 24)
    assert torch.allclose(activation.before, expected, atol=1e-6) and activation.before.max() > 0
    assert activation.after is None and activation.target == 3
    assert torch.allclose(activation.probabilities.sum(), torch.ones(()))


def test_gradients_are_those_of_the_class_score() -> None:
    torch.manual_seed(1)
    network = AGNet(Stripes(torch.float64), CHANNELS, CLASSES, REGIONS).double().eval()
    with torch.no_grad():
        network.self_attention.delta.fill_(0.6)
    view, regions = view_and_regions()
    activation = class_activation(network, view, regions.double())
    with torch.no_grad():
        direct = network(view[None], regions[None].double())
    assert activation.target == int(direct.logits.argmax())
    assert torch.allclose(activation.region_weights, direct.region_weights[0])

    # The same gradient, one cell after another, by central differences.
    features = Stripes(torch.float64)(view[None])[0]
    after = AGNet(nn.Identity(), CHANNELS, CLASSES, REGIONS).double().eval()
    after.load_state_dict(network.state_dict())

    def score(values: torch.Tensor) -> float:
        with torch.no_grad():
            return float(after(values[None], regions[None].double()).logits[0, activation.target])

    gradients = torch.zeros_like(features)
    for index in np.ndindex(*features.shape):
        step = torch.zeros_like(features)
        step[index] = 1e-4
        gradients[index] = (score(features + step) - score(features - step)) / 2e-4
    assert torch.allclose(activation.before.double(), grad_cam(features, gradients), rtol=1e-3, atol=1e-7)


def test_what_lies_in_no_region_adds_nothing_after_attention() -> None:
    features, gradients = torch.rand(3, 4, 4), torch.zeros(3, 4, 4)
    gradients[:, 1, 2] = 1.0
    contributions = cell_contributions(features, gradients)
    assert contributions[1, 2] == pytest.approx(float(features[:, 1, 2].sum()))
    assert contributions.sum() == contributions[1, 2]
    # The mean gradient of Grad-CAM does not know where the evidence came from.
    assert (grad_cam(features, gradients) > 0).all()


def test_a_network_keeps_neither_hooks_nor_gradients() -> None:
    network = AGNet(Stripes(), CHANNELS, CLASSES, REGIONS).eval()
    first = class_activation(network, *view_and_regions())
    # torch has no public list of a module's hooks.
    assert not network.backbone._forward_hooks and not network.self_attention._forward_hooks
    assert all(parameter.grad is None for parameter in network.parameters())
    again = class_activation(network, *view_and_regions())
    assert torch.equal(first.before, again.before)


def test_clusters_of_a_map_with_two_halves() -> None:
    features = np.zeros((6, 4, 8), dtype=np.float32)
    features[0, :, :4], features[1, :, 4:] = 1.0, 3.0
    clusters = cluster_features(features, 2)
    assert clusters.cells.shape == (4 * ENLARGEMENT, 8 * ENLARGEMENT)
    assert (clusters.cells[:, : 3 * ENLARGEMENT] == 0).all() and (clusters.cells[:, -3 * ENLARGEMENT :] == 1).all()
    assert np.allclose(clusters.boxes[0], (0, 0, 0.5, 1), atol=0.1)
    assert np.allclose(clusters.boxes[2], (0, 0, 1, 1))


@pytest.mark.parametrize("seed", range(3))
def test_every_cluster_of_a_map_has_cells_inside_its_box(seed: int) -> None:
    features = np.random.default_rng(seed).normal(size=(64, 7, 6)).astype(np.float32)
    cells, boxes = cluster_features(features, 8)
    assert boxes.shape == (36, 4) and boxes.dtype == np.float32
    means = []
    for cluster in range(8):
        y, x = np.nonzero(cells == cluster)
        means.append((x.mean(), y.mean()))
        corners = (x.min() / 36, y.min() / 42, (x.max() + 1) / 36, (y.max() + 1) / 42)
        assert np.allclose(boxes[cluster], corners, atol=1e-6)
    assert means == sorted(means)
    assert np.array_equal(cells, cluster_features(features, 8).cells)


@pytest.mark.parametrize("value", [0.0, 2.0])
def test_a_map_that_is_the_same_everywhere_gives_the_grid(value: float) -> None:
    cells, boxes = cluster_features(np.full((16, 8, 8), value, dtype=np.float32), 8)
    assert set(cells.ravel().tolist()) == set(range(8))
    assert np.allclose(boxes[0], (0, 0, 0.25, 0.5))


def test_the_pair_stands_out_from_its_two_regions() -> None:
    boxes = propose_regions(random_image(shape=(96, 96)), 4).boxes
    assert pair_slot(4, (0, 1)) == 4 and pair_slot(4, (2, 3)) == 9
    axes = Figure().subplots()
    show_image(axes, random_image())
    draw_pair(axes, boxes, 4, (1, 3), secondary=False)
    assert len(axes.patches) == 2
    draw_pair(axes, boxes, 4, (1, 3))
    blue = [patch for patch in axes.patches if patch.get_edgecolor()[2] > 0.9]  # type: ignore[index]
    assert len(blue) == 1 and PAIR == "#3d7bff"


def test_heat_covers_what_is_hot_and_leaves_the_rest() -> None:
    axes = Figure().subplots()
    heat = np.zeros((6, 6), dtype=np.float32)
    heat[1, 1] = 4.0
    draw_heat(axes, heat, (60, 80, 3))
    opacity = np.asarray(axes.images[0].get_alpha())
    assert opacity.shape == (60, 80)
    assert opacity[15, 20] > 0.5 and opacity[50:, 60:].max() == 0
    draw_heat(axes, np.zeros((6, 6), dtype=np.float32), (60, 80, 3))
    assert np.asarray(axes.images[1].get_alpha()).max() == 0


def test_the_largest_pair_has_the_most_keypoints(tmp_path: Path) -> None:
    found = study(Path(write_pictures(tmp_path / "in", 1)[0]), 6, 128)
    counts = np.bincount(found.proposal.clusters)
    first, second = largest_pair(found)
    assert first < second
    assert sorted(counts[[first, second]]) == sorted(counts)[-2:]
    assert (found.points >= 0).all() and (found.points <= 1).all()


def test_keypoint_figures_need_no_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_pictures(tmp_path / "in", 3)
    out = tmp_path / "new" / "out"
    arguments = [str(tmp_path / "in"), "--output", str(out), "--rows", "2", "--pdf", "--view-size", "128"]
    assert run_command(figures.main, arguments) == 0
    names = {f"fig{figure}-{page}.{ending}" for figure in (3, 4) for page in (1, 2) for ending in ("png", "pdf")}
    assert {path.name for path in out.iterdir()} == names
    assert (out / "fig3-1.pdf").read_bytes().startswith(b"%PDF")
    both, one = (cv2.imread(str(out / f"fig3-{page}.png")) for page in (1, 2))
    assert both is not None and one is not None
    assert both.shape[1] == one.shape[1] > 1500 and both.shape[0] > one.shape[0] + 200
    printed = capsys.readouterr()
    assert set(printed.out.split()) == {str(out / name) for name in names}
    assert "--run" in printed.err


@pytest.mark.parametrize("kind", list(ModelKind))
def test_figures_of_a_run(tmp_path: Path, kind: ModelKind) -> None:
    images, run, out = write_pictures(tmp_path / "in", 2), write_run(tmp_path / "run", kind), tmp_path / "out"
    assert run_command(figures.main, [*images, "--run", str(run), "--output", str(out)]) == 0
    assert {path.name for path in out.iterdir()} == {"fig3.png", "fig4.png", "fig10.png", "fig11.png"}
    page = cv2.imread(str(out / "fig10.png"))
    assert page is not None
    # A heat map after attention only where regions attend to each other.
    # Where the network finds parts of the driver, a third column shows these.
    three = kind in (ModelKind.INTER_ATTENTION, ModelKind.MAX_POOLING, ModelKind.FULL, ModelKind.ZOOM)
    assert page.shape[1] == pytest.approx((3 if three else 2) * 351, abs=3)
    drawn = []
    for target in ("c0", "climbing"):
        only = [*images, "--run", str(run), "--output", str(out), "--figures", "10", "--pair", "3", "1"]
        assert run_command(figures.main, [*only, "--target", target]) == 0
        drawn.append((out / "fig10.png").read_bytes())
    assert drawn[0] != drawn[1]


def test_figure_10_names_the_parts_that_a_network_finds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[tuple[list[str], list[float]]] = []
    real = figures.draw_parts

    def watch(axes: Axes, boxes: NDArray[np.float32], names: list[str], weights: NDArray[np.float32]) -> None:
        real(axes, boxes, names, weights)
        drawn.append(([text.get_text() for text in axes.texts], weights.tolist()))

    monkeypatch.setattr(figures, "draw_parts", watch)
    monkeypatch.setattr(figures, "draw_pair", lambda *_: pytest.fail("a pair of keypoints' regions is drawn"))
    images, run = write_pictures(tmp_path / "in", 1), write_run(tmp_path / "run", ModelKind.ZOOM)
    arguments = [*images, "--run", str(run), "--figures", "10", "--output", str(tmp_path / "out")]
    assert run_command(figures.main, arguments) == 0
    ((labels, weights),) = drawn
    by_weight = sorted(zip(weights, ("head", "right hand", "left hand"), strict=True))
    assert labels == [f"{name} {weight:.0%}" for weight, name in by_weight]


def test_pairs_of_a_run_are_chosen_by_what_it_attends_to(tmp_path: Path) -> None:
    subject = open_run(write_run(tmp_path / "run", ModelKind.FULL))
    assert isinstance(subject.network, AGNet) and not isinstance(subject.network, AGNetWithoutAttention)
    found = study(Path(write_pictures(tmp_path / "in", 1)[0]), subject.kappa, subject.view_size, subject)
    assert found.activation is not None
    weights = found.activation.region_weights
    together = {pair: weights[[*pair, pair_slot(4, pair)]].sum() for pair in combinations(range(4), 2)}
    assert together[figures.heaviest_pair(found)] == max(together.values())
    for slot, pairs in ((2, {(0, 2), (1, 2), (2, 3)}), (pair_slot(4, (0, 3)), {(0, 3)})):
        weights[:] = 0.0
        weights[slot] = 1.0  # one primary or one secondary has it all
        assert figures.heaviest_pair(found) in pairs
    first, second = hottest_pair(found)
    assert 0 <= first < second < 4


def test_bad_input_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    images, out = write_pictures(tmp_path / "in", 1), str(tmp_path / "out")
    (tmp_path / "damaged.jpg").write_bytes(b"\xff\xd8 damaged")
    (tmp_path / "file").write_text("in the way")
    run = write_run(tmp_path / "run", ModelKind.BASELINE)
    (tmp_path / "half").mkdir()
    (tmp_path / "half" / "run.json").write_bytes((run / "run.json").read_bytes())
    for bad, said in [
        ([str(tmp_path / "none.jpg"), "--output", out], "does not exist"),
        ([str(tmp_path / "damaged.jpg"), "--output", out], "save it as JPEG or PNG"),
        ([*images, "--output", str(tmp_path / "file" / "out")], "choose another folder"),
        ([*images, "--output", out, "--run", str(tmp_path)], "not a finished run"),
        ([*images, "--output", out, "--run", str(tmp_path / "half")], "cannot use the weights"),
        ([*images, "--output", out, "--figures", "10", "11"], "Fig. 10 and 11 shows a trained network"),
        ([*images, "--output", out, "--target", "c0"], "pass --run"),
        ([*images, "--output", out, "--run", str(run), "--target", "c7"], "c0, climbing"),
        ([*images, "--output", out, "--run", str(run), "--kappa", "4"], "a run's own"),
        ([*images, "--output", out, "--pair", "2", "9"], "1 to 8"),
        ([*images, "--output", out, "--pair", "2", "2"], "two different"),
    ]:
        assert run_command(figures.main, bad) == 2, bad
        error = capsys.readouterr().err
        assert error.startswith("error: ") and said in error and error.count("\n") == 1
    for wrong in (["--kappa", "1"], ["--figures", "5"]):
        with pytest.raises(SystemExit, match="2"):
            figures.main([*images, "--output", out, *wrong])


@pytest.mark.parametrize(
    ("source", "pairs", "said"),
    [(RegionSource.FEATURE_MAP, None, "from feature-map"), (RegionSource.KEYPOINTS, 3, "3 secondary")],
)
def test_runs_with_other_regions_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], source: RegionSource, pairs: int | None, said: str
) -> None:
    images, run = write_pictures(tmp_path / "in", 1), write_run(tmp_path / "run", ModelKind.FULL, source, pairs)
    assert run_command(figures.main, [*images, "--run", str(run), "--output", str(tmp_path / "out")]) == 2
    error = capsys.readouterr().err
    assert said in error and error.count("\n") == 1


def test_an_image_without_keypoints_is_drawn_as_a_grid(tmp_path: Path) -> None:
    grey = tmp_path / "grey.png"
    assert cv2.imwrite(str(grey), np.full((80, 60, 3), 128, dtype=np.uint8))
    assert run_command(figures.main, [str(grey), "--output", str(tmp_path / "out")]) == 0
    assert (tmp_path / "out" / "fig3.png").stat().st_size > 10_000
