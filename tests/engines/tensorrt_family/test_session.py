"""Sessions on a GPU, tried on a fake one: what is queued, when it is read, and that the fake is like the real thing."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from engines.bundles.bundle import Bundle
from engines.errors import UserError
from engines.runtimes import RuntimeMissingError, SessionOptions, choose
from engines.tensorrt_family import cuda as cuda_module
from engines.tensorrt_family import planning, session
from engines.tensorrt_family.cuda import Cuda, CudaError
from engines.tensorrt_family.library import FLAVOURS, Library
from engines.tensorrt_family.session import TensorRTSession
from tests.engines.tensorrt_family import fake_cuda, fake_tensorrt
from tests.engines.tensorrt_family.fake_cuda import FakeCudaRuntime, FakeGpu
from tests.engines.toy_bundle import SIZE, write_toy_bundle

RTX, TENSORRT = FLAVOURS["tensorrt-rtx"], FLAVOURS["tensorrt"]


@pytest.fixture
def gpu() -> FakeGpu:
    fake_tensorrt.GPU_NOW[:] = [FakeGpu()]
    return fake_tensorrt.GPU_NOW[0]


def open_fake(
    bundle: Path, gpu: FakeGpu, module: SimpleNamespace, plan: bytes | None = None
) -> tuple[TensorRTSession, Bundle]:
    opened = Bundle.open(bundle)
    plan = plan or fake_tensorrt.make_plan(opened.manifest.view_size, opened.manifest.region_count)
    flavour = RTX if hasattr(module, "CudaGraphStrategy") else TENSORRT
    return TensorRTSession(opened, Library(flavour, module), Cuda(FakeCudaRuntime(gpu)), plan, "fp32"), opened


def frames(bundle: Bundle, count: int, seed: int = 0) -> tuple[Any, Any]:
    generator = np.random.default_rng(seed)
    size, regions = bundle.manifest.view_size, bundle.manifest.region_count
    images = generator.integers(0, 256, (count, size, size, 3), dtype=np.uint8)
    return images, generator.random((count, regions, 4), dtype=np.float32)


@pytest.mark.parametrize("module", [fake_tensorrt.rtx, fake_tensorrt.tensorrt_10_3])
@pytest.mark.parametrize("count", [1, 2, 64, 65, 130])
def test_every_batch_comes_back_in_order(toy_bundle: Path, gpu: FakeGpu, module: Any, count: int) -> None:
    running, bundle = open_fake(toy_bundle, gpu, module())
    for seed in range(3):
        images, regions = frames(bundle, count, seed)
        probabilities, weights, found = running.run(images, regions)
        assert found.shape == (count, 0, 4)
        assert probabilities.shape == (count, 10) and weights.shape == (count, 37)
        assert np.allclose(probabilities[:, 3], images.mean(axis=(1, 2, 3)) / 255, atol=1e-6)
        assert np.allclose(weights[:, 7], regions[:, 0, 2])


def test_a_network_that_finds_its_own_regions_gets_none_and_gives_them(tmp_path: Path, gpu: FakeGpu) -> None:
    zoom = write_toy_bundle(tmp_path / "zoom", model="zoom")
    plan = fake_tensorrt.make_plan(SIZE, 36, finds=3)
    running, bundle = open_fake(zoom, gpu, fake_tensorrt.rtx(), plan)
    for count in (1, 70):
        images, regions = frames(bundle, count)
        bright = images.mean(axis=(1, 2, 3)) / 255
        outputs = running.run(images, regions)
        assert outputs.region_weights.shape == (count, 4) and outputs.found_regions.shape == (count, 3, 4)
        assert np.allclose(outputs.found_regions[:, 2, 1], bright, atol=1e-6)
    with pytest.raises(UserError, match="compile it again"):
        open_fake(zoom, gpu, fake_tensorrt.rtx(), fake_tensorrt.make_plan(SIZE, 36))


def test_earlier_answers_are_not_overwritten(toy_bundle: Path, gpu: FakeGpu) -> None:
    running, bundle = open_fake(toy_bundle, gpu, fake_tensorrt.rtx())
    first = running.run(*frames(bundle, 1, 0))[0]
    kept = first.copy()
    running.run(*frames(bundle, 1, 1))
    assert np.array_equal(first, kept)


def test_live_use_is_one_graph_launch_a_frame(toy_bundle: Path, gpu: FakeGpu) -> None:
    running, bundle = open_fake(toy_bundle, gpu, fake_tensorrt.tensorrt_10_3())
    running.run(*frames(bundle, 1))
    assert gpu.log.count("profile 0") == 1
    assert gpu.log.count("execute") == 2  # once to settle, once for the record
    gpu.log.clear()
    running.run(*frames(bundle, 1, 1))
    assert gpu.log == ["launch"]


def test_rtx_is_asked_to_record_graphs_itself(toy_bundle: Path, gpu: FakeGpu) -> None:
    running, bundle = open_fake(toy_bundle, gpu, fake_tensorrt.rtx())
    running.run(*frames(bundle, 1))
    running.run(*frames(bundle, 2))
    live, replay = gpu.contexts
    assert live.config.cuda_graph_strategy is fake_tensorrt.CudaGraphStrategy.WHOLE_GRAPH_CAPTURE
    assert replay.config is None
    assert "launch" not in gpu.log and "profile 1" in gpu.log


@pytest.mark.parametrize("module", [fake_tensorrt.rtx, fake_tensorrt.tensorrt_10_3])
def test_everything_is_given_back(toy_bundle: Path, gpu: FakeGpu, module: Any) -> None:
    running, bundle = open_fake(toy_bundle, gpu, module())
    running.run(*frames(bundle, 1))
    running.run(*frames(bundle, 3))
    assert gpu.held() > 0
    running.close()
    assert gpu.held() == 0


def test_a_failed_start_gives_everything_back(toy_bundle: Path, gpu: FakeGpu, monkeypatch: pytest.MonkeyPatch) -> None:
    running, bundle = open_fake(toy_bundle, gpu, fake_tensorrt.rtx())
    monkeypatch.setattr(fake_tensorrt.IExecutionContext, "set_tensor_address", lambda self, name, memory: False)
    with pytest.raises(UserError, match="bind image"):
        running.run(*frames(bundle, 1))
    assert gpu.held() == 0


@pytest.mark.parametrize(
    ("plan", "message"),
    [
        (b"damaged", "Serialization assertion failed"),
        (fake_tensorrt.make_plan(64, 36, built_for="elsewhere"), "another machine"),
        (fake_tensorrt.make_plan(65, 36), "the bundle has"),
        (fake_tensorrt.make_plan(64, 36, profiles=(1,)), "the bundle has"),  # type: ignore[arg-type]
    ],
)
def test_a_plan_that_does_not_fit_is_refused(toy_bundle: Path, gpu: FakeGpu, plan: bytes, message: str) -> None:
    with pytest.raises(UserError, match=message):
        open_fake(toy_bundle, gpu, fake_tensorrt.rtx(), plan)


def test_a_cuda_error_names_the_call(gpu: FakeGpu) -> None:
    with pytest.raises(CudaError, match="cudaFree: invalid argument"):
        Cuda(FakeCudaRuntime(gpu)).free_device(1)
    with pytest.raises(CudaError, match="no NVIDIA GPU"):
        Cuda(FakeCudaRuntime(FakeGpu(count=0)))


def test_a_plan_from_elsewhere_needs_the_flag(
    toy_bundle: Path, gpu: FakeGpu, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = Library(TENSORRT, fake_tensorrt.tensorrt_10_3())
    monkeypatch.setattr(session.Library, "load", lambda name: library)
    monkeypatch.setattr(cuda_module, "load_bindings", lambda: FakeCudaRuntime(gpu))
    bundle = Bundle.open(toy_bundle)
    wanted = session.wanted_record(bundle, library, "fp32", "Fake GPU (8.7)")
    plan = tmp_path / "given.plan"
    planning.store_plan(plan, fake_tensorrt.make_plan(64, 36), wanted)

    def open_it(trust: bool) -> Any:
        options = SessionOptions(plan=plan, trust_plan=trust)
        # A fake GPU computes nothing, and so no reference.
        return choose(bundle, "tensorrt", "fp32", options, refuse_faults=False).session

    with pytest.raises(UserError, match="--trust-plan"):
        open_it(trust=False)
    assert "Fake GPU" in open_it(trust=True).description
    with pytest.raises(UserError, match="belongs to one runtime"):
        choose(bundle, "auto", "fp32", SessionOptions(plan=plan))
    with pytest.raises(UserError, match="runs no plans"):
        choose(bundle, "onnxruntime", "fp32", SessionOptions(plan=plan, trust_plan=True))
    plan.write_bytes(plan.read_bytes() + b" ")
    with pytest.raises(UserError, match="changed or damaged"):
        open_it(trust=True)


def test_a_plan_for_named_capabilities_runs_where_this_gpu_is_among_them(
    toy_bundle: Path, gpu: FakeGpu, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = Library(RTX, fake_tensorrt.rtx())
    monkeypatch.setattr(session.Library, "load", lambda name: library)
    monkeypatch.setattr(cuda_module, "load_bindings", lambda: FakeCudaRuntime(gpu))
    bundle, plan = Bundle.open(toy_bundle), tmp_path / "given.plan"

    def open_plan_for(*capabilities: str) -> Any:
        record = session.wanted_record(bundle, library, "fp32", "any", capabilities)
        planning.store_plan(plan, fake_tensorrt.make_plan(64, 36), record)
        options = SessionOptions(plan=plan, trust_plan=True)
        return choose(bundle, "tensorrt-rtx", "fp32", options, refuse_faults=False).session

    assert "Fake GPU" in open_plan_for("SM86", "SM87").description
    assert "Fake GPU" in open_plan_for().description
    with pytest.raises(UserError, match="capabilities: SM86, not SM87"):
        open_plan_for("SM86")


def test_auto_takes_the_best_that_works_and_says_why(toy_bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> Library:
        raise RuntimeMissingError(f"{name} is not there: install it")

    monkeypatch.setattr(session.Library, "load", missing)
    choice = choose(Bundle.open(toy_bundle))
    assert (choice.runtime, choice.precision) == ("onnxruntime", "fp32")
    reasons = dict(line.split(": ", 1) for line in choice.rejected)
    assert next(iter(reasons)) == "tensorrt"
    assert reasons["tensorrt-rtx"] == "tensorrt-rtx is not there: install it"
    assert "onnxruntime-gpu" in reasons["onnxruntime-cuda"]


# The fake beside the real library


def documented_arguments(function: Any) -> list[list[str]]:
    """The argument names of each overload that a compiled function's docstring tells."""
    found = []
    for line in (function.__doc__ or "").splitlines():
        match = re.match(r"(?:\d+\. )?\w+\(self: [^,)]*(?:, )?(.*?)\) -> ", line.strip())
        if match:
            found.append(re.findall(r"(\w+): ", re.sub(r" = <[^>]*>", "", match[1])))
    return found


FAKED = (
    fake_tensorrt.IExecutionContext,
    fake_tensorrt.IRuntimeConfig,
    fake_tensorrt.ICudaEngine,
    fake_tensorrt.Runtime,
    fake_tensorrt.ILogger,
)


@pytest.mark.parametrize("fake", FAKED, ids=lambda fake: str(fake.__name__))
def test_the_fake_has_the_real_names_and_arguments(fake: type) -> None:
    real = getattr(pytest.importorskip("tensorrt_rtx", reason="needs the rtx extra"), fake.__name__)
    checked = 0
    for name, member in vars(fake).items():
        if name.startswith("__") or name == "Severity":
            continue
        assert hasattr(real, name), f"{fake.__name__} has no {name}"
        if inspect.isfunction(member):
            ours = list(inspect.signature(member).parameters)[1:]
            assert ours in documented_arguments(getattr(real, name)), f"{fake.__name__}.{name}"
            checked += 1
    if fake is fake_tensorrt.IRuntimeConfig:
        assert hasattr(real, "cuda_graph_strategy")
    else:
        assert checked


def test_the_fakes_enumerations_exist() -> None:
    trt = pytest.importorskip("tensorrt_rtx", reason="needs the rtx extra")
    for name in ("TensorIOMode", "DataType", "EngineValidity", "CudaGraphStrategy"):
        for member in getattr(fake_tensorrt, name):
            assert hasattr(getattr(trt, name), member.name), f"{name}.{member.name}"
    assert trt.nptype(trt.DataType.UINT8) is np.uint8
    assert trt.nptype(trt.DataType.FLOAT) is np.float32


def test_the_fake_gpu_has_cudas_names_and_arguments() -> None:
    real = pytest.importorskip("cuda.bindings.runtime", reason="needs the rtx extra")
    for name, member in vars(FakeCudaRuntime).items():
        if not name.startswith("cuda"):
            continue
        assert hasattr(real, name), name
        if inspect.isfunction(member):
            ours = list(inspect.signature(member).parameters)[1:]
            text = (getattr(real, name).__doc__ or "").splitlines()[0]
            theirs = re.findall(r"(?:\w+ )?(\w+)(?:: \w+)?(?:, |$)", re.sub(r"^\w+\((.*)\)$", r"\1", text.strip()))
            assert ours == theirs, f"{name}: {text}"
    for group in ("cudaMemcpyKind", "cudaStreamCaptureMode"):
        for member in vars(getattr(fake_cuda.FakeCudaRuntime, group)):
            assert hasattr(getattr(real, group), member)
