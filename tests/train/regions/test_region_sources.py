"""Regions that are not AG-Net's own: the choice of pairs, Mask R-CNN's boxes, clusters of a map, and their moves."""

from __future__ import annotations

import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torchvision.models.detection import MaskRCNN, MaskRCNN_ResNet50_FPN_Weights, maskrcnn_resnet50_fpn

from engines.errors import UserError
from engines.files.images import require_image
from engines.regions import cluster_keypoints, detect_keypoints, grid_boxes, propose_regions, with_pairs
from engines.view import model_view
from tests.train.test_datasets import write_image
from train.data.augmentation import Augmentation, AugmentationSettings
from train.data.images import LabelledImage
from train.data.sampling import ProcessRank, SampledImage
from train.loop import region_search
from train.loop.region_search import Finder, find_all, find_keypoints, open_mask_rcnn
from train.loop.view_dataset import ViewDataset
from train.paper.tables import TABLE_VIII, PrintedCounts
from train.regions import feature_map, mask_rcnn
from train.regions.feature_map import ENLARGEMENT, FeatureMapRegions, cluster_features
from train.regions.layout import RegionLayout
from train.regions.mask_rcnn import surest
from train.regions.moved_keypoints import MovedKeypoints
from train.regions.view_regions import COCO, UNMOVED, Clusters, FoundRegions, KeypointRegions, RegionOrder, move_boxes


def noise(size: int = 96, seed: int = 3) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (size, size, 3), dtype=np.uint8)


def published_mask_rcnn(monkeypatch: pytest.MonkeyPatch, **options: object) -> MaskRCNN:
    """torchvision's model after loading weights of the form that it publishes, here random ones.

    Its strict loading vouches for the form: no layer of it counts batches.
    """
    torch.manual_seed(0)
    state = maskrcnn_resnet50_fpn(weights=None, weights_backbone=None).state_dict()
    state = {name: value for name, value in state.items() if not name.endswith("num_batches_tracked")}
    variances = [value for name, value in state.items() if name.endswith("running_var")]
    for index, value in enumerate(variances):
        value.fill_(0.9 + index / 100)
    monkeypatch.setattr(MaskRCNN_ResNet50_FPN_Weights, "get_state_dict", lambda *_, **__: state)
    return maskrcnn_resnet50_fpn(weights=MaskRCNN_ResNet50_FPN_Weights.COCO_V1, **options)


def layout_of(counts: PrintedCounts) -> RegionLayout:
    return RegionLayout(counts.primary, counts.part != "S-SR", counts.secondary)


@pytest.mark.parametrize("counts", TABLE_VIII)
def test_the_regions_of_table_viii_are_as_many_as_it_says(counts: PrintedCounts) -> None:
    layout = layout_of(counts)
    assert (layout.count, layout.pair_count) == (counts.total, counts.secondary)
    for view in (noise(), np.zeros((96, 96, 3), dtype=np.uint8)):  # the second has no keypoints
        boxes = KeypointRegions(layout)(view, Path("any"), UNMOVED)
        assert boxes.shape == (counts.total, 4) and boxes.dtype == np.float32
        assert (boxes[:, :2] < boxes[:, 2:]).all() and boxes.min() >= 0 and boxes.max() <= 1


def test_the_default_layout_is_the_engines() -> None:
    view = noise()
    assert RegionLayout(8).keeps_all and RegionLayout(8, pairs=28).keeps_all
    assert np.array_equal(KeypointRegions(RegionLayout(8))(view, Path("any"), UNMOVED), propose_regions(view).boxes)
    only_pairs = KeypointRegions(RegionLayout(8, primaries=False))(view, Path("any"), UNMOVED)
    assert np.array_equal(only_pairs, propose_regions(view).boxes[8:])


def test_random_order_shuffles_the_primaries_and_their_pairs_with_them() -> None:
    layout = RegionLayout(8)
    shuffled, firsts = KeypointRegions(layout, RegionOrder.RANDOM), set()
    for seed in range(8):
        view = noise(seed=seed)
        expected, boxes = propose_regions(view).boxes, shuffled(view, Path("any"), UNMOVED)
        assert np.array_equal(shuffled(view.copy(), Path("other"), UNMOVED), boxes)
        indices = [int(np.flatnonzero((expected[:8] == box).all(axis=1))[0]) for box in boxes[:8]]
        assert sorted(indices) == list(range(8))
        assert np.array_equal(boxes[8:], with_pairs(expected[indices].astype(np.float64))[8:])
        firsts.add(indices[0])
    assert len(firsts) > 2


def test_pairs_are_chosen_from_the_largest_clusters_on() -> None:
    primaries = np.array([[0.0, 0.0, 0.1, 0.1], [0.2, 0.2, 0.3, 0.3], [0.4, 0.0, 0.5, 0.1], [0.6, 0.6, 0.7, 0.7]])
    chosen = RegionLayout(4, pairs=4).choose(primaries, np.array([1, 7, 1, 5]))
    # By size: 1, 3, then 0 and 2, which are alike. Pairs: (1, 3), (1, 0), (1, 2), (3, 0).
    pairs = [[0.2, 0.2, 0.7, 0.7], [0.0, 0.0, 0.3, 0.3], [0.2, 0.0, 0.5, 0.3], [0.0, 0.0, 0.7, 0.7]]
    assert np.allclose(chosen, [*primaries.tolist(), *pairs])


def test_sizes_are_numbers_of_keypoints() -> None:
    view = noise()
    clusters = cluster_keypoints(detect_keypoints(view), 10)
    assert isinstance(clusters, np.ndarray)
    largest = np.argsort(-np.bincount(clusters), kind="stable")[:2]
    primaries = propose_regions(view, 10).boxes[:10]
    first = KeypointRegions(RegionLayout(10, primaries=False, pairs=26))(view, Path("any"), UNMOVED)[0]
    assert np.allclose(first[:2], primaries[largest, :2].min(axis=0))
    assert np.allclose(first[2:], primaries[largest, 2:].max(axis=0))


@pytest.mark.parametrize(("layout", "message"), [((4, True, 7), "6 pairs"), ((4, False, 0), "no region")])
def test_impossible_layouts(layout: tuple[int, bool, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        RegionLayout(*layout).check()


@pytest.mark.parametrize("more", [{}, {"shear": 8.0, "perspective": 0.1}])
def test_boxes_move_with_the_augmentation(more: dict[str, float]) -> None:
    pixels = np.zeros((240, 320, 3), dtype=np.uint8)
    pixels[90:150, 120:200] = 255
    box = np.array([[120 / 320, 90 / 240, 200 / 320, 150 / 240]])
    torch.manual_seed(1)
    for _ in range(5):
        changed, moved = Augmentation(AugmentationSettings(**more)).apply(pixels)
        x, y, width, height = cv2.boundingRect((changed[:, :, 0] > 127).astype(np.uint8))
        seen = np.array([x / 320, y / 240, (x + width) / 320, (y + height) / 240])
        assert np.abs(move_boxes(box, moved)[0] - seen).max() < 1.5 / 240
    assert np.allclose(move_boxes(box, UNMOVED), box)


def write_dots(path: Path) -> None:
    """Eight heaps of dots, far from each other and from the edges."""
    pixels = np.full((192, 192, 3), 128, dtype=np.uint8)
    rng = np.random.default_rng(0)
    for x, y in [(62, 58), (92, 62), (122, 66), (58, 95), (128, 98), (64, 128), (94, 132), (124, 134)]:
        for dx, dy in rng.uniform(-8, 8, (12, 2)):
            cv2.circle(pixels, (round(x + dx), round(y + dy)), 2, [int(v) for v in rng.choice([0, 255], 3)], -1)
    cv2.imwrite(str(path), pixels)


def overlap(ours: NDArray[np.float32], theirs: NDArray[np.float32]) -> NDArray[np.float64]:
    """IoU of (N, 4) boxes, each with the one that it overlaps most."""
    low = np.maximum(ours[:, None, :2], theirs[None, :, :2])
    high = np.minimum(ours[:, None, 2:], theirs[None, :, 2:])
    both = np.prod(np.clip(high - low, 0, None), axis=2)
    areas = [np.prod(boxes[:, 2:] - boxes[:, :2], axis=1) for boxes in (ours, theirs)]
    most: NDArray[np.float64] = (both / (areas[0][:, None] + areas[1][None] - both)).max(axis=1)
    return most


def test_moved_keypoints_make_the_regions_that_are_seen(tmp_path: Path) -> None:
    path = tmp_path / "image.png"
    write_dots(path)
    own = KeypointRegions(RegionLayout(8))
    regions = MovedKeypoints(own, find_keypoints([path], 192))
    images = [LabelledImage(path, 0)]
    still = ViewDataset(images, 192, None, own)[0]["regions"]
    assert torch.equal(ViewDataset(images, 192, None, regions)[0]["regions"], still)
    view = model_view(require_image(path, ""), 192)
    assert np.allclose(regions(view, path, UNMOVED.copy()), still, atol=1e-6)
    augmentation = Augmentation(AugmentationSettings(scale=(1.0, 1.0)))
    for seed in range(5):
        moved, cold = (ViewDataset(images, 192, augmentation, found)[SampledImage(0, seed)] for found in (regions, own))
        assert torch.equal(moved["image"], cold["image"])
        assert np.median(overlap(moved["regions"].numpy()[:8], cold["regions"].numpy()[:8])) > 0.8
        assert np.median(overlap(still.numpy()[:8], cold["regions"].numpy()[:8])) < 0.3


def test_keypoints_that_all_leave_the_view_make_the_grid(tmp_path: Path) -> None:
    path = tmp_path / "image.png"
    write_dots(path)
    regions = MovedKeypoints(KeypointRegions(RegionLayout(8)), find_keypoints([path], 192))
    away = UNMOVED + np.array([[0, 0, 2.0], [0, 0, 0], [0, 0, 0]])
    assert np.allclose(regions(np.zeros((192, 192, 3), dtype=np.uint8), path, away)[:8], grid_boxes(8))


def test_boxes_that_leave_the_view_keep_an_area_inside() -> None:
    away = UNMOVED + np.array([[0, 0, 0.9], [0, 0, -0.9], [0, 0, 0]])
    boxes = move_boxes(np.array([[0.4, 0.4, 0.6, 0.6]]), away)
    assert (boxes[:, :2] < boxes[:, 2:]).all() and boxes.min() >= 0 and boxes.max() <= 1


def test_found_regions_are_sorted_where_they_are_seen(tmp_path: Path) -> None:
    path = tmp_path / "image.jpg"
    write_image(path)
    boxes = np.array([[0.7, 0.1, 0.9, 0.3], [0.1, 0.5, 0.3, 0.7]], dtype=np.float32)
    regions = FoundRegions(RegionLayout(2), {path: Clusters(boxes, np.ones(2, dtype=np.intp))})
    dataset = ViewDataset([LabelledImage(path, 0)], 64, None, regions)
    assert np.allclose(dataset[0]["regions"], [boxes[1], boxes[0], [0.1, 0.1, 0.9, 0.7]])
    mirrored = np.array([[-1.0, 0.0, 1.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    assert np.allclose(regions(noise(), path, mirrored)[0], [0.1, 0.1, 0.3, 0.3])


def test_cells_are_clustered_by_what_they_show() -> None:
    directions = np.eye(4, dtype=np.float32)
    features = np.zeros((4, 6, 8), dtype=np.float32)
    for quarter in range(4):
        row, column = 3 * (quarter // 2), 4 * (quarter % 2)
        # Cells of one kind differ in strength, which is not what they show.
        strength = np.random.default_rng(quarter).uniform(1, 5, (3, 4)).astype(np.float32)
        features[:, row : row + 3, column : column + 4] = directions[quarter][:, None, None] * strength
    boxes = cluster_features(features, 4).boxes[:4]
    quarters = np.array([(x, y, x + 0.5, y + 0.5) for x in (0.0, 0.5) for y in (0.0, 0.5)])
    assert np.allclose(boxes, quarters, atol=0.1)


def test_many_channels_are_clustered_as_if_all_were_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    generator = np.random.default_rng(5)
    features = np.maximum(generator.normal(size=(300, 4, 5)), 0)
    reduced = cluster_features(features, 6)
    monkeypatch.setattr(feature_map, "in_their_span", lambda features: features)
    whole = cluster_features(features, 6)
    assert np.array_equal(reduced.cells, whole.cells) and np.array_equal(reduced.boxes, whole.boxes)


def test_a_backbones_feature_map_is_clustered_as_it_is() -> None:
    backbone = torch.nn.Conv2d(3, 6, 1)

    class Small(torch.nn.Module):
        def forward(self, images: torch.Tensor) -> torch.Tensor:
            return torch.nn.functional.adaptive_avg_pool2d(backbone(images.permute(0, 3, 1, 2).float()), 3)

    small = Small().train()
    found = FeatureMapRegions(small, 32, 4, torch.device("cpu"))(noise())
    assert found.boxes.shape == (4, 4) and found.sizes.sum() == (3 * ENLARGEMENT) ** 2 and found.sizes.min() > 0
    flat = FeatureMapRegions(small, 32, 4, torch.device("cpu"))(np.zeros((32, 32, 3), dtype=np.uint8))
    assert np.allclose(flat.boxes, grid_boxes(4))
    assert small.training


def test_the_surest_boxes_of_different_objects() -> None:
    boxes = torch.tensor([[0.0, 0.0, 0.5, 0.5], [0.0, 0.0, 0.5, 0.49], [0.6, 0.6, 0.9, 0.9], [0.1, 0.6, 0.3, 0.9]])
    found = surest(boxes, torch.tensor([0.9, 0.8, 0.1, 0.7]), 2)
    assert np.allclose(found.boxes, boxes[[0, 3]])
    # Three objects where four regions are wanted: the grid lends one.
    more = surest(boxes, torch.tensor([0.9, 0.8, 0.1, 0.7]), 4)
    assert np.allclose(more.boxes[:3], boxes[[0, 3, 2]])
    assert np.allclose(more.boxes[3], grid_boxes(4)[0])
    assert np.allclose(surest(torch.zeros(0, 4), torch.zeros(0), 8).boxes, grid_boxes(8))


def test_mask_rcnn_without_weights_names_the_ways_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def offline(*_: object, **__: object) -> None:
        raise OSError("no network")

    monkeypatch.setattr(MaskRCNN_ResNet50_FPN_Weights, "get_state_dict", offline)
    with pytest.raises(UserError, match=r"connect .*--mask-rcnn FILE.*--rows"):
        open_mask_rcnn(8, COCO, torch.device("cpu"))
    with pytest.raises(UserError, match=r"no weights file.*pass coco, or an existing file"):
        open_mask_rcnn(8, str(tmp_path / "none.pth"), torch.device("cpu"))
    torch.save({"backbone.body.conv1.weight": torch.zeros(1)}, tmp_path / "other.pth")
    with pytest.raises(UserError, match="do not fit Mask R-CNN"):
        open_mask_rcnn(8, str(tmp_path / "other.pth"), torch.device("cpu"))


@pytest.mark.slow
def test_mask_rcnn_computes_what_torchvisions_own_computes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mask_rcnn, "SHORT_SIDE", 96)
    model = published_mask_rcnn(monkeypatch, min_size=96, max_size=800, rpn_post_nms_top_n_test=200, box_score_thresh=0)
    pixels = np.random.default_rng(0).integers(0, 256, (120, 160, 3), dtype=np.uint8)
    with torch.inference_mode():
        detected = model.eval()([torch.from_numpy(pixels).permute(2, 0, 1) / 255])[0]
    boxes = detected["boxes"] / torch.tensor([160, 120, 160, 120])
    torch.save(model.state_dict(), tmp_path / "weights.pth")
    for weights in (str(tmp_path / "weights.pth"), COCO):
        found = open_mask_rcnn(8, weights, torch.device("cpu"))(pixels)
        assert np.allclose(found.boxes, surest(boxes, detected["scores"], 8).boxes, atol=1e-5)
        assert not np.allclose(found.boxes, grid_boxes(8))


def test_a_damaged_file_of_regions_is_made_again(tmp_path: Path) -> None:
    path, file, searched = tmp_path / "image.png", tmp_path / "regions.npz", list[int]()
    write_image(path)

    def finder(_: NDArray[np.uint8]) -> Clusters:
        searched.append(1)
        return Clusters(np.zeros((2, 4), dtype=np.float32), np.array([1, 2]))

    find_all([path], lambda: finder, "these settings", file)
    content = bytearray(file.read_bytes())
    start = 30 + int.from_bytes(content[26:28], "little") + int.from_bytes(content[28:30], "little")
    content[start : start + 4] = b"\xff" * 4  # what is packed in the first entry
    file.write_bytes(content)
    with pytest.raises(zlib.error), np.load(file) as damaged:
        damaged["made_with"]
    for _ in range(2):
        find_all([path], lambda: finder, "these settings", file)
    assert len(searched) == 2


def test_of_several_processes_the_first_searches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, file, looked = tmp_path / "image.png", tmp_path / "regions.npz", list[float]()
    write_image(path)

    def finder(_: NDArray[np.uint8]) -> Clusters:
        return Clusters(np.ones((2, 4), dtype=np.float32), np.array([1, 2]))

    def first_process(seconds: float) -> None:
        looked.append(seconds)
        with monkeypatch.context() as other:
            other.setattr(region_search.ProcessRank, "here", lambda: ProcessRank(0, 2))
            find_all([path], lambda: finder, "these settings", file)

    def never() -> Finder:
        raise AssertionError("the second process searched, too")

    monkeypatch.setattr(region_search.ProcessRank, "here", lambda: ProcessRank(1, 2))
    monkeypatch.setattr(region_search.time, "sleep", first_process)
    assert find_all([path], never, "these settings", file)[path].sizes.tolist() == [1, 2]
    assert len(looked) == 1


def test_an_interrupted_search_is_resumed(tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.png" for number in range(5)]
    for number, path in enumerate(paths):
        assert cv2.imwrite(str(path), np.full((4, 4, 3), 10 * number, dtype=np.uint8))
    file, searched = tmp_path / "regions.npz", list[int]()

    def finder(pixels: NDArray[np.uint8]) -> Clusters:
        if pixels[0, 0, 0] == 30 and 30 not in searched:
            searched.append(30)
            raise KeyboardInterrupt
        searched.append(int(pixels[0, 0, 0]))
        return Clusters(np.full((2, 4), pixels[0, 0, 0] / 100, dtype=np.float32), np.array([1, 2]))

    with pytest.raises(KeyboardInterrupt):
        find_all(paths, lambda: finder, "these settings", file)
    searched.clear()
    searched.append(30)
    found = find_all(paths, lambda: finder, "these settings", file)
    assert searched == [30, 30, 40]  # 0, 10 and 20 were kept
    assert [round(float(found[path].boxes[0, 0]), 3) for path in paths] == [0.0, 0.1, 0.2, 0.3, 0.4]
    assert found[paths[0]].sizes.tolist() == [1, 2]
    searched[:] = [30]
    find_all(paths, lambda: finder, "these settings", file)
    assert searched == [30]
    find_all(paths, lambda: finder, "other settings", file)
    assert searched == [30, 0, 10, 20, 30, 40]
    file.write_bytes(b"damaged")
    find_all(paths[:1], lambda: finder, "other settings", file)
    assert searched[-1] == 0
