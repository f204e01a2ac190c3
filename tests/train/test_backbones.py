"""Backbones: channels, weights, and ImageNet weights that compute what their original network computes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from engines.errors import UserError
from train.backbones import Backbone, create_backbone, map_efficientnet_lite


@pytest.mark.parametrize(("name", "channels"), [("efficientnet-lite0", 320), ("resnet50", 2048)])
def test_feature_maps(name: str, channels: int) -> None:
    backbone = create_backbone(name, "none").eval()
    assert backbone.channels == channels
    with torch.inference_mode():
        features = backbone(torch.zeros(1, 224, 224, 3, dtype=torch.uint8))
    assert features.shape == (1, channels, 7, 7)


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


def test_unknown_names_and_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="choose one of"):
        create_backbone("alexnet")
    with pytest.raises(UserError, match="no weights file"):
        create_backbone("resnet50", str(tmp_path / "none.pth"))
    (tmp_path / "bad.safetensors").write_bytes(b"no weights")
    with pytest.raises(UserError, match="cannot read"):
        create_backbone("resnet50", str(tmp_path / "bad.safetensors"))
    save_file(create_backbone("efficientnet-lite0", "none").body.state_dict(), tmp_path / "other.safetensors")
    with pytest.raises(UserError, match="do not fit"):
        create_backbone("resnet50", str(tmp_path / "other.safetensors"))


def test_imagenet_weights_without_a_network_name_both_ways_out(monkeypatch: pytest.MonkeyPatch) -> None:
    import timm

    real = timm.create_model

    def offline(name: str, pretrained: bool = False, **options: object) -> object:
        if pretrained:
            raise ConnectionError("no route to host")
        return real(name, pretrained=False, **options)

    monkeypatch.setattr(timm, "create_model", offline)
    with pytest.raises(UserError, match=r"--weights FILE.*--weights none"):
        create_backbone("resnet50", "imagenet")


def test_a_state_that_is_not_lite0_is_refused() -> None:
    with pytest.raises(UserError, match="entries"):
        map_efficientnet_lite({"_conv_stem.weight": torch.zeros(1)}, Backbone("efficientnet-lite0").body)


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
