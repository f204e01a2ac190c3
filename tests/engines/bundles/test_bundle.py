"""Bundles: opened when whole, refused with a clear reason when not."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

from engines.bundles.bundle import Bundle, hash_file
from engines.bundles.manifest import DEFAULT_BUNDLE, MANIFEST, model_file
from engines.bundles.verify import verify
from engines.classifier import Classifier, with_temperature
from engines.errors import UserError
from engines.runtimes import open_session, runtime_names
from engines.view import Mount
from tests.engines.toy_bundle import as_format_1, write_toy_bundle


def change_manifest(bundle: Path, **changes: Any) -> None:
    path = bundle / MANIFEST
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def test_a_whole_bundle_opens_and_verifies(toy_bundle: Path) -> None:
    bundle = Bundle.open(toy_bundle)
    assert bundle.precisions == ("fp32",)
    assert bundle.manifest.region_count == 36
    result = verify(bundle, open_session(bundle), "fp32")
    assert result.passed and result.same_class == result.views == 3
    assert result.region_difference == 0


def test_a_bundle_of_format_1_is_read(toy_bundle: Path) -> None:
    as_format_1(toy_bundle)
    bundle = Bundle.open(toy_bundle)
    assert bundle.manifest.uses_regions and bundle.manifest.region_names == ()
    assert bundle.precisions == ("fp32",) and verify(bundle, open_session(bundle), "fp32").passed


def test_an_fp16_network_stands_for_fp32(half_bundle: Path) -> None:
    bundle = Bundle.open(half_bundle)
    assert bundle.precisions == ("fp32", "fp16") and bundle.model_name() == model_file("fp16")
    assert not (half_bundle / model_file("fp32")).exists()
    assert bundle.model_bytes("fp16") == (half_bundle / model_file("fp16")).read_bytes()
    views = bundle.reference().images
    answers = {}
    for precision in bundle.precisions:
        session = open_session(bundle, precision=precision)
        assert verify(bundle, session, precision).passed and session.description.endswith(precision)
        answers[precision] = session.run(views, bundle.reference().regions)[0]
    assert not np.array_equal(answers["fp32"], answers["fp16"])
    (half_bundle / model_file("fp16")).write_bytes(b"changed")
    with pytest.raises(UserError, match="changed while it was in use"):
        bundle.model_bytes("fp32")


def test_what_is_no_network_stands_for_nothing(half_bundle: Path) -> None:
    bundle = replace_model(half_bundle, b"\x3a\x05no network", model_file("fp16"))
    with pytest.raises(UserError, match="is no ONNX file"):
        open_session(bundle)


def test_verify_notices_another_network(toy_bundle: Path, tmp_path: Path) -> None:
    other = Bundle.open(write_toy_bundle(tmp_path / "other", seed=1))
    assert not verify(Bundle.open(toy_bundle), open_session(other), "fp32").passed


@pytest.mark.parametrize("name", [model_file("fp32"), "reference.npz", "MODEL_CARD.md"])
def test_a_changed_file_is_refused(toy_bundle: Path, name: str) -> None:
    with (toy_bundle / name).open("ab") as file:
        file.write(b" ")
    with pytest.raises(UserError, match="does not match"):
        Bundle.open(toy_bundle)


def test_a_missing_file_is_refused(toy_bundle: Path) -> None:
    (toy_bundle / "reference.npz").unlink()
    with pytest.raises(UserError, match="cannot read"):
        Bundle.open(toy_bundle)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format_version": 99}, "bundle format 99"),
        ({"format_version": 3, "surprise": 1}, "bundle format 3, this software reads 1 to 2"),
        ({"format_version": 0}, "bundle format 0"),
        ({"format_version": 1}, "fp32 belongs to bundle format 2"),
        ({"fp32": "model.int8.onnx"}, "fp32"),
        ({"uses_regions": None}, "uses_regions"),
        ({"region_names": ["head"]}, "given, or finds its own"),
        ({"region_names": ["nose"], "uses_regions": False}, "region_names"),
        ({"region_names": ["head", "head"], "uses_regions": False}, "names a part twice"),
        ({"region_names": ["head", "left hand"], "uses_regions": False}, "one hand only"),
        ({"kappa": 0}, "kappa"),
        ({"surprise": 1}, "surprise"),
        ({"files": {}}, "does not list"),
        ({"temperature": float("inf")}, "temperature"),
        ({"name": "\x1b]0;not a name\x07"}, "name"),
    ],
)
def test_a_manifest_that_makes_no_sense_is_refused(toy_bundle: Path, changes: dict[str, Any], message: str) -> None:
    change_manifest(toy_bundle, **changes)
    with pytest.raises(UserError, match=message):
        Bundle.open(toy_bundle)


def test_a_manifest_cannot_reach_outside_the_bundle(toy_bundle: Path) -> None:
    files = json.loads((toy_bundle / MANIFEST).read_text())["files"]
    change_manifest(toy_bundle, files={**files, "../secret": "0" * 64})
    with pytest.raises(UserError, match="outside"):
        Bundle.open(toy_bundle)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
@pytest.mark.parametrize("name", [MANIFEST, "reference.npz"])
def test_a_pipe_instead_of_a_file_is_not_waited_for(toy_bundle: Path, name: str) -> None:
    (toy_bundle / name).unlink()
    os.mkfifo(toy_bundle / name)
    with pytest.raises(UserError, match="is no file"):
        Bundle.open(toy_bundle)


def replace_model(bundle: Path, content: bytes, name: str = model_file("fp32")) -> Bundle:
    (bundle / name).write_bytes(content)
    files = json.loads((bundle / MANIFEST).read_text())["files"]
    change_manifest(bundle, files={**files, name: hash_file(bundle / name)})
    return Bundle.open(bundle)


def protobuf_field(number: int, content: bytes, padding: bytes = b"") -> bytes:
    """A field of bytes; `padding` spells its tag in more bytes than it needs, which parsers accept."""
    tag = bytes([number << 3 | 2 | (0x80 if padding else 0)]) + padding
    return tag + bytes([len(content)]) + content


@pytest.mark.parametrize("half", [False, True])
@pytest.mark.parametrize("padding", [b"", b"\x00", b"\x80\x00"])
def test_weights_in_other_files_are_refused_however_they_are_spelt(tmp_path: Path, padding: bytes, half: bool) -> None:
    folder, name = write_toy_bundle(tmp_path / "toy", half=half), model_file("fp16" if half else "fp32")
    entry = protobuf_field(1, b"location", padding) + protobuf_field(2, b"../../secret")
    weights = protobuf_field(13, entry) + b"\x70\x01"  # TensorProto.external_data, data_location
    model = onnx.load(folder / name)
    del model.graph.initializer[0]
    content = model.SerializeToString() + protobuf_field(7, protobuf_field(5, weights))
    assert onnx.load_from_string(content).graph.initializer[-1].external_data[0].value == "../../secret"
    bundle = replace_model(folder, content, name)
    with pytest.raises(UserError, match="weights in other files"):
        open_session(bundle)


def test_a_network_that_brings_a_compiled_engine_is_refused(toy_bundle: Path) -> None:
    model = onnx.load(toy_bundle / model_file("fp32"))
    node = onnx.helper.make_node("EPContext", ["image"], ["x"], domain="com.microsoft", ep_cache_context=b"engine")
    model.graph.node.append(node)
    bundle = replace_model(toy_bundle, model.SerializeToString())
    with pytest.raises(UserError, match="compiled elsewhere"):
        open_session(bundle)


def test_no_bundle_at_all(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="not an engine bundle"):
        Bundle.open(tmp_path)


def test_a_precision_that_was_not_made(toy_bundle: Path) -> None:
    with pytest.raises(UserError, match="no int8 model"):
        Bundle.open(toy_bundle).model_path("int8")


def test_an_unknown_runtime(toy_bundle: Path) -> None:
    assert "onnxruntime" in runtime_names()
    with pytest.raises(UserError, match="choose one of"):
        open_session(Bundle.open(toy_bundle), "tensorflow")


def test_a_bundle_of_other_classes_is_no_driver_model(toy_bundle: Path) -> None:
    change_manifest(toy_bundle, classes=["cat", "dog"])
    with pytest.raises(UserError, match="not c0 to c9"):
        Classifier.open(toy_bundle)


def test_classify_is_view_regions_and_network(toy_bundle: Path) -> None:
    frame = np.random.default_rng(3).integers(0, 256, (48, 64, 3), dtype=np.uint8)
    classifier = Classifier.open(toy_bundle)
    prediction = classifier.classify(frame)
    assert prediction.probabilities.shape == (10,)
    assert prediction.probabilities.sum() == pytest.approx(1, abs=1e-5)
    assert prediction.regions.shape == (36, 4)
    assert prediction.region_weights.shape == (37,)
    assert prediction.confidence == prediction.probabilities[prediction.activity]
    assert prediction.most_attended(3)[0] == int(prediction.region_weights.argmax())


def test_a_mirrored_mount_swaps_left_and_right(toy_bundle: Path) -> None:
    frame = np.random.default_rng(4).integers(0, 256, (48, 64, 3), dtype=np.uint8)
    straight = Classifier.open(toy_bundle).classify(np.ascontiguousarray(frame[:, ::-1]))
    mirrored = Classifier.open(toy_bundle).classify(frame, Mount(mirror=True))
    order = [0, 3, 4, 1, 2, 5, 6, 7, 8, 9]
    assert np.allclose(mirrored.probabilities, straight.probabilities[order], atol=1e-6)


def test_the_manifests_temperature_is_applied(toy_bundle: Path) -> None:
    frame = np.random.default_rng(5).integers(0, 256, (48, 64, 3), dtype=np.uint8)
    unscaled = Classifier.open(toy_bundle).classify(frame).probabilities
    change_manifest(toy_bundle, temperature=2.0)
    softened = Classifier.open(toy_bundle).classify(frame).probabilities
    expected = np.sqrt(unscaled) / np.sqrt(unscaled).sum()
    assert np.allclose(softened, expected, atol=1e-5)


def test_temperature_keeps_certainty_finite() -> None:
    certain = np.array([1.0, 0.0, 0.0], dtype=np.float32)
    assert np.allclose(with_temperature(certain, 0.1), certain)
    assert with_temperature(certain, 1.0) is certain


@pytest.mark.skipif(not DEFAULT_BUNDLE.is_dir(), reason="no default bundle in this checkout")
def test_the_default_bundle_is_whole() -> None:
    bundle = Bundle.open()
    assert verify(bundle, open_session(bundle), "fp32").passed
    assert sum(path.stat().st_size for path in bundle.path.iterdir()) < 25e6
