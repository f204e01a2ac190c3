"""Lower precisions of real AG-Nets with random weights: what they answer, and that TensorRT for RTX compiles them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnx
import pytest

from calibration import bare_backbone as cutting
from calibration import quantize
from calibration.derived_bundle import derive_bundle
from calibration.precision import bias_correction, integer_precision
from calibration.precision.agreement import compare
from calibration.precision.graph_parts import LONG_SUM, Graph
from calibration.precision.half_precision import half_precision, write_half
from calibration.precision.integer_precision import FOR_CPU, FOR_TENSORRT, IntegerForm, Quantiser, pixel_normalisation
from calibration.precision.representative import Frames, divide_by_driver, load_frames
from engines.bundles.bundle import Bundle
from engines.bundles.manifest import REFERENCE
from engines.bundles.signature import NetworkOutputs
from engines.bundles.verify import verify
from engines.command import run_command
from engines.errors import UserError
from engines.onnxruntime_session import CPU, open_alone, open_network, session_settings
from engines.runtimes import choose
from engines.runtimes import onnxruntime as cpu
from tests.calibration.agnet_bundle import write_agnet_bundle
from tests.train.test_datasets import write_statefarm
from train.data.images import LabelledImage
from train.models.model_kind import ModelKind

SIZE = 96


@pytest.fixture(scope="module")
def lite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_agnet_bundle(tmp_path_factory.mktemp("lite") / "lite", "efficientnet-lite0", SIZE)


@pytest.fixture(scope="module")
def frames(lite: Path) -> Frames:
    reference = Bundle.open(lite).reference()
    return Frames(reference.images, reference.regions, np.zeros(len(reference.images), dtype=np.intp))


def constants_of(model: onnx.ModelProto, kind: str) -> dict[str, Any]:
    graph = Graph(model)
    return {node.name: [graph.constants.get(name) for name in node.input] for node in graph.of_type(kind)}


def test_agreement_and_its_interval() -> None:
    generator = np.random.default_rng(0)
    labels = generator.integers(0, 10, 400)
    exact = np.full((400, 10), 0.01, dtype=np.float32)
    exact[np.arange(400), labels] = 0.91
    other = exact.copy()
    other[:20] = np.roll(other[:20], 1, axis=1)  # twenty answers become wrong
    result = compare(other, exact, labels)
    assert result.agreement == pytest.approx(0.95) and result.difference == pytest.approx(-0.05)
    low, high = result.interval
    # A paired difference of 20 in 400 has a standard error of 1.09 points.
    assert low == pytest.approx(-0.05 - 1.96 * 0.0109, abs=0.004)
    assert high == pytest.approx(-0.05 + 1.96 * 0.0109, abs=0.004)
    same = compare(exact, exact, labels)
    assert same.agreement == 1 and same.interval == (0, 0) and same.divergence == pytest.approx(0, abs=1e-9)


def test_drivers_to_validate_with_do_not_calibrate() -> None:
    images = [LabelledImage(Path(f"{driver}.jpg"), 0, driver) for driver in ("a", "b", "c")]
    rest, held_out = divide_by_driver(images, ["b"])
    assert [image.driver for image in rest] == ["a", "c"] and [image.driver for image in held_out] == ["b"]
    with pytest.raises(UserError, match="no images of x"):
        divide_by_driver(images, ["x"])
    with pytest.raises(UserError, match="every driver"):
        divide_by_driver(images, ["a", "b", "c"])


def test_frames_for_a_baseline_have_no_regions(lite: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), np.random.default_rng(0).integers(0, 256, (120, 160, 3), dtype=np.uint8))
    images = [LabelledImage(tmp_path / "a.png", 0, "a")]
    manifest = Bundle.open(lite).manifest
    full = load_frames(images, manifest, None, "frames")
    monkeypatch.setattr(cv2.SIFT, "create", lambda: pytest.fail("somebody looks for keypoints"))
    baseline = load_frames(images, manifest.model_copy(update={"uses_regions": False}), None, "frames")
    assert np.array_equal(baseline.views, full.views)
    assert full.regions.any() and not baseline.regions.any() and baseline.regions.shape == full.regions.shape


def test_fp16_leaves_long_sums_and_softmaxes_in_fp32(lite: Path, tmp_path: Path) -> None:
    bundle = Bundle.open(lite)
    half, in_fp32 = half_precision(onnx.load(bundle.model_path()))
    graph = Graph(half)
    types = {value.name: value.type.tensor_type.elem_type for value in graph.model.graph.value_info}
    types |= {value.name: value.type.tensor_type.elem_type for value in graph.model.graph.output}
    long_sums = [node for node in graph.of_type("MatMul") if graph.shapes[node.input[0]][-1] >= LONG_SUM]
    assert len(long_sums) == 2  # W_u with W_u', and W_α
    assert {node.name for node in long_sums} <= set(in_fp32["long sums"])
    # Nor what lies between the long sums and the region weights, whose scores are large.
    softmaxes = graph.of_type("Softmax")
    scores = [graph.maker[softmax.input[0]] for softmax in softmaxes]
    between = graph.reached_from(name for node in long_sums for name in node.output)
    weights = [node for node in graph.leading_to(["region_weights"]) if node in between]
    assert {"Tanh", "Sigmoid", "MatMul", "Softmax"} <= {node.op_type for node in weights}
    for node in (*long_sums, *softmaxes, *scores, *weights, *graph.of_type("ReduceMean", "ReduceSum")):
        assert types[node.output[0]] == onnx.TensorProto.FLOAT, node.name
    convolutions = graph.of_type("Conv")
    assert convolutions and all(types[node.output[0]] == onnx.TensorProto.FLOAT16 for node in convolutions)
    # Boxes reach the interpolation weights without a detour over fp16.
    assert not any(reader.op_type == "Cast" for reader in graph.readers("regions"))
    write_half(bundle.model_path(), tmp_path / "half.onnx")
    reference = bundle.reference()
    session = onnx_session(tmp_path / "half.onnx")
    (answers,) = session.run(["probabilities"], {"image": reference.images, "regions": reference.regions})
    assert np.abs(answers - reference.probabilities).max() < 5e-3


def onnx_session(path: Path) -> Any:
    return open_alone(path, threads=1)


def as_run(path: Path, tmp_path: Path) -> Graph:
    """The graph that ONNX Runtime makes of a file on a CPU, and runs."""
    settings = session_settings(1)
    settings.optimized_model_filepath = str(tmp_path / f"run-{path.name}")
    open_network(str(path), settings, [CPU])
    return Graph(onnx.load(settings.optimized_model_filepath))


def test_int8_for_tensorrt_is_symmetric_with_float_biases(lite: Path, frames: Frames, tmp_path: Path) -> None:
    output = tmp_path / "int8.onnx"
    with Quantiser(Bundle.open(lite).model_path(), frames, FOR_TENSORRT, "minmax") as quantiser:
        quantiser.write(output)
        layers = len(quantiser.layers)
        quantiser.write(tmp_path / "kept.onnx", in_fp32=quantiser.layers[:2])
    model = onnx.load(output)
    weights = 0
    for kind in ("QuantizeLinear", "DequantizeLinear"):
        for name, (_, scale, zero) in constants_of(model, kind).items():
            assert zero is not None and zero.dtype == np.int8 and not zero.any(), name
            weights += kind == "DequantizeLinear" and scale.ndim == 1
    assert weights == layers == 48  # one scale for every output channel
    graph = Graph(model)
    assert all(node.input[2] in graph.constants for node in graph.of_type("Conv") if len(node.input) > 2)
    kept = constants_of(onnx.load(tmp_path / "kept.onnx"), "DequantizeLinear")
    assert sum(scale.ndim == 1 for _, scale, _ in kept.values()) == layers - 2


def test_int8_for_a_cpu_takes_the_cameras_bytes(lite: Path, frames: Frames, tmp_path: Path) -> None:
    with Quantiser(Bundle.open(lite).model_path(), frames, FOR_CPU, "minmax") as quantiser:
        pixels = pixel_normalisation(quantiser.graph)
        assert pixels is not None and (pixels.mean, pixels.std) == (127, 128)
        quantiser.write(tmp_path / "cpu.onnx")
    graph = Graph(onnx.load(tmp_path / "cpu.onnx"))
    assert [node.op_type for node in graph.readers("image")] == ["Transpose"]
    assert not graph.of_type("Div")
    exact = onnx_session(Bundle.open(lite).model_path())
    ours = onnx_session(tmp_path / "cpu.onnx")
    for feed in frames.feeds(["image", "regions"], 4):
        difference = np.abs(ours.run(["probabilities"], feed)[0] - exact.run(["probabilities"], feed)[0])
        assert difference.max() < 0.2


def test_layers_left_in_fp32_run_in_fp32(lite: Path, frames: Frames, tmp_path: Path) -> None:
    with Quantiser(Bundle.open(lite).model_path(), frames, FOR_CPU, "minmax") as quantiser:
        layers = quantiser.layers[:-1]  # the last is the attention's
        in_fp32 = [layers[0], layers[5], layers[20]]
        quantiser.write(tmp_path / "kept.onnx", in_fp32=in_fp32)
        quantiser.write(tmp_path / "one.onnx", only=[layers[1]])
        pixels = pixel_normalisation(quantiser.graph)
    assert pixels is not None
    graph = Graph(onnx.load(tmp_path / "kept.onnx"))
    assert [node.op_type for node in graph.readers("image")] == ["Transpose"]
    (reader,) = graph.readers(pixels.tensor)
    assert reader.name == layers[0] and graph.constants[reader.input[1]].dtype == np.float32
    # By what ONNX Runtime runs, for it may round layers on its own.
    assert len(as_run(tmp_path / "kept.onnx", tmp_path).of_type("QLinearConv")) == len(layers) - len(in_fp32) == 45
    assert len(as_run(tmp_path / "one.onnx", tmp_path).of_type("QLinearConv")) == 1


def test_nothing_quantised_is_the_network_itself(lite: Path, frames: Frames, tmp_path: Path) -> None:
    for form in (FOR_CPU, FOR_TENSORRT):
        with Quantiser(Bundle.open(lite).model_path(), frames, form, "minmax") as quantiser:
            quantiser.write(tmp_path / "none.onnx", only=[])
            assert not Graph(onnx.load(tmp_path / "none.onnx")).of_type("QuantizeLinear")


@pytest.mark.parametrize("form", [FOR_CPU, FOR_TENSORRT])
def test_biases_take_the_mean_error_back(
    form: IntegerForm, lite: Path, frames: Frames, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where images are many a network agrees better for it; here its channels' means do."""
    biased = onnx.load(Bundle.open(lite).model_path())  # untrained, its normalisation shifts nothing
    generator = np.random.default_rng(0)
    constants = Graph(biased).constants
    for node in biased.graph.node:
        if node.op_type == "Conv" and len(node.input) == 2:
            bias = generator.normal(0.0, 0.1, constants[node.input[1]].shape[0]).astype(np.float32)
            biased.graph.initializer.append(onnx.numpy_helper.from_array(bias, f"{node.name}_bias"))
            node.input.append(f"{node.name}_bias")
    onnx.save(biased, tmp_path / "biased.onnx")
    with Quantiser(tmp_path / "biased.onnx", frames, form, "minmax") as quantiser:
        quantiser.write(tmp_path / "corrected.onnx")
        monkeypatch.setattr(integer_precision, "correct_biases", lambda *_: None)
        quantiser.write(tmp_path / "plain.onnx")
        exact, last = quantiser.graph.model, quantiser.layers[40]

    def mean_of(model: onnx.ModelProto) -> Any:
        output = next(node.output[0] for node in model.graph.node if node.name == last)
        (mean,) = bias_correction.channel_means(model, [output], frames)
        return mean

    errors = {
        name: np.abs(mean_of(onnx.load(tmp_path / f"{name}.onnx")) - mean_of(exact)).mean()
        for name in ("corrected", "plain")
    }
    assert errors["corrected"] < 0.5 * errors["plain"]


def test_int8_for_a_cpu_rounds_the_pairwise_projections_alone(lite: Path, frames: Frames, tmp_path: Path) -> None:
    with Quantiser(Bundle.open(lite).model_path(), frames, FOR_CPU, "minmax") as quantiser:
        quantiser.write(tmp_path / "cpu.onnx")
    graph = Graph(onnx.load(tmp_path / "cpu.onnx"))
    rounded = []
    for node in graph.long_sums():
        made = [graph.maker[name].op_type for name in node.input if name in graph.maker]
        if "DequantizeLinear" in made:
            rounded.append(node)
            assert made == ["DequantizeLinear", "DequantizeLinear"]
            weights = graph.maker[node.input[1]]
            assert graph.constants[weights.input[0]].dtype == np.int8
            assert graph.constants[weights.input[1]].shape == (graph.shapes[node.input[1]][-1],)  # one scale a column
            assert {reader.name for reader in graph.readers(node.input[0])} == {node.name}
            assert "QuantizeLinear" not in {reader.op_type for reader in graph.readers(node.output[0])}
    assert len(rounded) == 1 < len(graph.long_sums())


@pytest.mark.slow  # a minute: a threshold is looked for in every tensor
def test_entropy_finds_other_ranges_than_minmax(lite: Path, frames: Frames, tmp_path: Path) -> None:
    scales = {}
    for method in ("minmax", "entropy"):
        with Quantiser(Bundle.open(lite).model_path(), frames, FOR_TENSORRT, method) as quantiser:
            quantiser.write(tmp_path / f"{method}.onnx", only=quantiser.layers[:6])
        quantised = constants_of(onnx.load(tmp_path / f"{method}.onnx"), "QuantizeLinear")
        scales[method] = np.array([float(scale) for _, scale, _ in quantised.values()])
    assert scales["minmax"].shape == scales["entropy"].shape == (6,)
    assert np.all(scales["entropy"] <= scales["minmax"] * 1.001) and np.any(scales["entropy"] < 0.95 * scales["minmax"])
    with Quantiser(Bundle.open(lite).model_path(), frames, FOR_CPU, "entropy") as quantiser:
        quantiser.write(tmp_path / "cpu.onnx")
    assert len(as_run(tmp_path / "cpu.onnx", tmp_path).of_type("QLinearConv")) == 48


def test_the_command_writes_four_precisions_in_three_files(
    lite: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = write_statefarm(tmp_path / "data")
    common = ["--data", str(data), "--validate", "p3", "--images", "6", "--json", str(tmp_path / "q.json")]
    out = tmp_path / "new"
    # Random weights answer at random where two classes are close: the gate is left open.
    assert run_command(quantize.main, [str(lite), *common, "--output", str(out), "--min-agreement", "0"]) == 0
    bundle = Bundle.open(out)
    assert bundle.precisions == ("fp32", "fp16", "int8") and bundle.has_cpu_int8
    assert bundle.manifest.format_version == 2 and bundle.manifest.fp32 == "model.fp16.onnx"
    models = {file.name: file.stat().st_size for file in out.glob("*.onnx")}
    assert set(models) == {"model.fp16.onnx", "model.int8.onnx", "model.int8-cpu.onnx"}
    # A byte and a half a weight on average; the network with 4 bytes each is larger than all of them together.
    assert sum(models.values()) < 1.2 * Bundle.open(lite).model_path().stat().st_size
    card = (out / "MODEL_CARD.md").read_text()
    assert "Validated on drivers p3" in card and "- int8-cpu: " in card and "The reference is its own" in card
    report = json.loads((tmp_path / "q.json").read_text())
    assert set(report["models"]) == {"fp32", "fp16", "int8", "int8-cpu"}
    assert report["models"]["int8-cpu"]["images"] == 10
    assert cpu.preferred_precision(bundle) == "int8"
    checked = verify(bundle, choose(bundle, "onnxruntime", "fp32").session, "fp32")
    assert checked.passed and checked.probability_difference < 1e-5
    # The reference is of the stored weights, a little off that of the exact ones.
    exact, stored = Bundle.open(lite).reference(), bundle.reference()
    assert 0 < np.abs(stored.probabilities - exact.probabilities).max() < 5e-3
    assert np.array_equal(stored.images, exact.images) and np.array_equal(stored.regions, exact.regions)
    assert choose(bundle, "onnxruntime", "int8", refuse_faults=False).session.description.endswith("int8")
    # What ships is a source, too: for one's own INT8, the bare backbone, and the networks that read its parts.
    again = [str(out), *common, "--output", str(tmp_path / "again"), "--min-agreement", "0", "--precisions", "fp16"]
    assert run_command(quantize.main, again) == 0
    once_more = Bundle.open(tmp_path / "again")
    assert once_more.precisions == bundle.precisions
    assert np.allclose(once_more.reference().probabilities, stored.probabilities, atol=1e-6)
    assert run_command(cutting.main, [str(out), "--output", str(tmp_path / "bare.onnx")]) == 0
    assert run_command(quantize.main, [str(lite), *common, "--output", str(out)]) == 2
    assert "not an empty folder" in capsys.readouterr().err


def test_a_network_that_does_not_give_its_reference_gets_no_new_one(
    lite: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = Bundle.open(lite)
    reference = other.reference()
    wrong = tmp_path / REFERENCE
    np.savez(
        wrong,
        images=reference.images[::-1],
        regions=reference.regions,
        probabilities=reference.probabilities,
        region_weights=reference.region_weights,
    )
    derive_bundle(other, tmp_path / "wrong", "Test", "wrong", added=[wrong])
    data = write_statefarm(tmp_path / "data")
    arguments = [str(tmp_path / "wrong"), "--data", str(data), "--validate", "p3", "--images", "2"]
    assert run_command(quantize.main, [*arguments, "--output", str(tmp_path / "new")]) == 2
    assert "does not give its reference" in capsys.readouterr().err and not (tmp_path / "new").exists()


def test_too_little_agreement_stops_the_command(
    lite: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def disagree(source: Path, output: Path, validation: Frames, exact: NetworkOutputs) -> quantize.NewModel:
        output.write_bytes(source.read_bytes())
        others = exact._replace(probabilities=np.roll(exact.probabilities, 1, axis=1))
        return quantize.evaluate(output, others, validation, {})

    monkeypatch.setattr(quantize, "make_half", disagree)
    data = write_statefarm(tmp_path / "data")
    common = [str(lite), "--data", str(data), "--validate", "p3", "--images", "2", "--precisions", "fp16"]
    assert run_command(quantize.main, [*common, "--output", str(tmp_path / "new")]) == 2
    assert "--force" in capsys.readouterr().err and not (tmp_path / "new").exists()
    assert run_command(quantize.main, [*common, "--output", str(tmp_path / "new"), "--force"]) == 0
    assert Bundle.open(tmp_path / "new").precisions == ("fp32", "fp16")


@pytest.mark.parametrize("network", ["lite", "zoom"])
def test_the_bare_backbone_is_cut_out(network: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    bundle: Path = request.getfixturevalue(network)
    assert run_command(cutting.main, [str(bundle), "--output", str(tmp_path / "bare.onnx")]) == 0
    session = onnx_session(tmp_path / "bare.onnx")
    assert [node.name for node in session.get_inputs()] == ["image"]
    reference = Bundle.open(bundle).reference()
    (features,) = session.run(None, {"image": reference.images})
    assert features.shape == (len(reference.images), 320)
    graph = Graph(onnx.load(tmp_path / "bare.onnx"))
    assert len(graph.of_type("Conv")) == 48 and not graph.of_type("MatMul", "GridSample")


def flattened_convolutions(names: dict[str, str]) -> Graph:
    """Convolutions by what they read, each of which is flattened, after one that is not."""
    from onnx import TensorProto, helper, numpy_helper

    weights = numpy_helper.from_array(np.ones((3, 3, 1, 1), dtype=np.float32), "weights")
    shape = numpy_helper.from_array(np.array([0, 3, -1], dtype=np.int64), "shape")
    nodes = [helper.make_node("Conv", ["image", "weights"], ["first"], name="first")]
    for name, read in names.items():
        nodes.append(helper.make_node("Conv", [read, "weights"], [name], name=name))
        nodes.append(helper.make_node("Reshape", [name, "shape"], [f"flat {name}"], name=f"flatten {name}"))
    inputs = [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["N", 3, 8, 8])]
    outputs = [helper.make_tensor_value_info(f"flat {name}", TensorProto.FLOAT, ["N", 3, 64]) for name in names]
    return Graph(helper.make_model(helper.make_graph(nodes, "test", inputs, outputs, [weights, shape])))


def test_a_backbone_ends_with_its_last_convolution_and_before_self_attention() -> None:
    alone = flattened_convolutions({"last": "first"})
    assert [node.name for node in alone.backbone()] == ["first", "last"]
    attention = flattened_convolutions({"f": "first", "g": "first"})
    assert [node.name for node in attention.backbone()] == ["first"]


@pytest.fixture(scope="module")
def zoom(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("zoom") / "zoom"
    return write_agnet_bundle(folder, "efficientnet-lite0", 128, model=ModelKind.ZOOM)


def test_a_network_that_looks_twice_is_quantised_in_both_looks(zoom: Path, tmp_path: Path) -> None:
    bundle = Bundle.open(zoom)
    reference = bundle.reference()
    frames = Frames(reference.images, reference.regions, np.zeros(len(reference.images), dtype=np.intp))
    exact = quantize.run_network(bundle.model_path(), frames)
    assert np.allclose(exact.found_regions, reference.found_regions, atol=1e-4)
    with Quantiser(bundle.model_path(), frames, FOR_CPU, "minmax") as quantiser:
        # 48 of the backbone in each look; of the head two to fuse the maps and two to find the parts.
        assert len(quantiser.layers) == 2 * 48 + 4
        quantiser.write(tmp_path / "cpu.onnx")
    ours = quantize.run_network(tmp_path / "cpu.onnx", frames)
    # Random weights, whose logits are large, and six views to calibrate with.
    assert np.abs(ours.probabilities - exact.probabilities).max() < 0.2
    assert np.abs(ours.found_regions - exact.found_regions).max() < 0.1
    # Both looks have the same weights, and the file has them once.
    assert (tmp_path / "cpu.onnx").stat().st_size < 0.5 * bundle.model_path().stat().st_size


def test_fp16_leaves_where_a_network_looks_in_fp32(zoom: Path, tmp_path: Path) -> None:
    bundle = Bundle.open(zoom)
    reference = bundle.reference()
    write_half(bundle.model_path(), tmp_path / "half.onnx")
    graph = Graph(onnx.load(tmp_path / "half.onnx"))
    (sampling,) = graph.of_type("GridSample")
    on_the_way = graph.leading_to([sampling.input[1], "found_regions"], ("Conv", "Gemm", "MatMul"))
    assert {"Softmax", "Sigmoid", "Concat"} <= {node.op_type for node in on_the_way}
    # What the layers that find the parts give is cast, and nothing on the way from there.
    casts = [node for node in on_the_way if node.op_type == "Cast" and node.input[0] in graph.maker]
    assert {graph.maker[node.input[0]].op_type for node in casts} <= {"Conv", "Gemm", "MatMul"}
    frames = Frames(reference.images, reference.regions, np.zeros(len(reference.images), dtype=np.intp))
    ours = quantize.run_network(tmp_path / "half.onnx", frames)
    assert np.abs(ours.probabilities - reference.probabilities).max() < 5e-2  # of weights that nobody has trained
    assert np.abs(ours.found_regions - reference.found_regions).max() < 5e-3
    new = tmp_path / "new.npz"
    quantize.write_reference(reference, tmp_path / "half.onnx", new)
    with np.load(new) as stored:
        assert set(stored) == {"images", "probabilities", "region_weights", "found_regions"}


def test_plans_of_a_network_that_looks_twice(zoom: Path, tmp_path: Path) -> None:
    pytest.importorskip("tensorrt_rtx", reason="needs the rtx extra")
    reference = Bundle.open(zoom).reference()
    few = Frames(reference.images[:2], reference.regions[:2], np.zeros(2, dtype=np.intp))
    plans_compile(zoom, few, tmp_path)


def plans_compile(bundle: Path, frames: Frames, folder: Path) -> None:
    """Compile a bundle's network in every precision, and look for plug-ins in what the parser made of each."""
    from engines.tensorrt_family.compiling import Order, compile_plan, parse_network
    from engines.tensorrt_family.library import Library

    library = Library.load("tensorrt-rtx")
    opened = Bundle.open(bundle)
    source = opened.model_path()
    write_half(source, folder / "fp16.onnx")
    with Quantiser(source, frames, FOR_TENSORRT, "minmax") as quantiser:
        quantiser.write(folder / "int8.onnx")
    plug_ins = {kind for name, kind in library.module.LayerType.__members__.items() if name.startswith("PLUGIN")}
    assert plug_ins
    for model in (source, folder / "fp16.onnx", folder / "int8.onnx"):
        _builder, network, _parser = parse_network(library, model)
        kinds = {network.get_layer(index).type for index in range(network.num_layers)}
        assert kinds and not kinds & plug_ins
        order = Order(model)
        plan, timings = compile_plan(library, order, lambda phase, done, steps: None)
        assert len(plan) > 100_000 and timings is None


def test_plans_of_the_small_network(lite: Path, frames: Frames, tmp_path: Path) -> None:
    pytest.importorskip("tensorrt_rtx", reason="needs the rtx extra")
    plans_compile(lite, frames, tmp_path)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("backbone", ["resnet50", "densenet121", "efficientnet-lite0"])
def test_plans_of_the_papers_networks(backbone: str, tmp_path: Path) -> None:
    pytest.importorskip("tensorrt_rtx", reason="needs the rtx extra")
    bundle = write_agnet_bundle(tmp_path / backbone, backbone)
    reference = Bundle.open(bundle).reference()
    few = Frames(reference.images[:2], reference.regions[:2], np.zeros(2, dtype=np.intp))
    plans_compile(bundle, few, tmp_path)
