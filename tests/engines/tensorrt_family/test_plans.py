"""Plans: compiled without a GPU, stored with their origin, refused when anything about it differs."""

from __future__ import annotations

import gc
import os
import signal
import threading
import weakref
from pathlib import Path
from typing import Any

import pytest

from engines.bundles.bundle import Bundle
from engines.errors import UserError
from engines.tensorrt_family import compiling, planning
from engines.tensorrt_family.build import build_plan
from engines.tensorrt_family.library import Library
from engines.tensorrt_family.plan_record import PlanRecord, cached_path, find_plan, record_path, store_plan

RECORD = PlanRecord(runtime="tensorrt-rtx", library_version="1.7", onnx_sha256="ab" * 32, precision="fp32", gpu="any")


@pytest.fixture
def library() -> Library:
    pytest.importorskip("tensorrt_rtx", reason="needs the rtx extra")
    return Library.load("tensorrt-rtx")


def test_a_stored_plan_is_found_again(tmp_path: Path) -> None:
    store_plan(tmp_path / "a.plan", b"plan", RECORD)
    assert find_plan(tmp_path / "a.plan", RECORD).plan == b"plan"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.plan", "a.plan.json"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"library_version": "1.8"}, "library version: 1.7, not 1.8"),
        ({"onnx_sha256": "cd" * 32}, "onnx sha256"),
        ({"gpu": "Orin (8.7)"}, "gpu: any, not Orin"),
        ({"precision": "fp16"}, "precision"),
        ({"batches": (4, 32)}, "batches"),
        ({"capabilities": ("SM89",)}, "capabilities: the library's default, not SM89"),
        ({"record_format": 2}, "record format"),
    ],
)
def test_a_plan_that_differs_is_not_used(tmp_path: Path, change: dict[str, Any], reason: str) -> None:
    store_plan(tmp_path / "a.plan", b"plan", RECORD)
    found = find_plan(tmp_path / "a.plan", RECORD.model_copy(update=change))
    assert found.plan is None and reason in found.reason


def test_a_plan_that_was_damaged_is_not_used(tmp_path: Path) -> None:
    plan = tmp_path / "a.plan"
    assert find_plan(plan, RECORD).reason == "there is none yet"
    store_plan(plan, b"plan", RECORD)
    plan.write_bytes(b"plam")
    assert "changed or damaged" in find_plan(plan, RECORD).reason
    record_path(plan).write_text("{}")
    assert "record cannot be read" in find_plan(plan, RECORD).reason
    record_path(plan).unlink()
    assert "record cannot be read" in find_plan(plan, RECORD).reason


def test_plans_of_other_gpus_lie_elsewhere() -> None:
    orin = RECORD.model_copy(update={"gpu": "Orin/../../x (8.7)"})
    assert cached_path(orin) != cached_path(RECORD)
    assert cached_path(orin).parent == cached_path(RECORD).parent


def test_a_named_capability_makes_another_plan(toy_bundle: Path, tmp_path: Path, library: Library) -> None:
    phases: set[str] = set()
    bundle = Bundle.open(toy_bundle)
    named = build_plan(
        bundle, "tensorrt-rtx", "fp32", tmp_path / "a.plan", ["SM89"], lambda phase, done, steps: phases.add(phase)
    )
    assert phases
    assert '"SM89"' in record_path(named).read_text()
    with pytest.raises(UserError, match=r"does not know SM1: choose from .*SM89"):
        build_plan(bundle, "tensorrt-rtx", "fp32", tmp_path / "b.plan", ["SM1"])
    assert not (tmp_path / "b.plan").exists()


def test_a_plan_is_compiled_once(
    toy_bundle: Path, tmp_path: Path, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "plans_folder", lambda: tmp_path)
    monkeypatch.setattr("engines.tensorrt_family.plan_record.plans_folder", lambda: tmp_path)
    bundle, reported = Bundle.open(toy_bundle), list[str]()
    first = planning.cached_or_compiled(bundle, library, "fp32", None, reported.append)
    assert "there is none yet" in reported[0]
    reported.clear()
    assert planning.cached_or_compiled(bundle, library, "fp32", None, reported.append) == first
    assert reported == []
    (plan,) = tmp_path.glob("*.plan")
    plan.write_bytes(b"damaged")
    planning.cached_or_compiled(bundle, library, "fp32", None, reported.append)
    assert "changed or damaged" in reported[0]
    assert plan.stat().st_size > 1000


def test_a_failed_build_lets_go_of_what_it_held(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    class Builder:
        pass

    held: list[weakref.ref[Builder]] = []

    def fail(*_: object) -> None:
        builder = Builder()
        held.append(weakref.ref(builder))
        raise UserError("no such layer")

    monkeypatch.setattr(compiling, "parse_network", fail)
    order = compiling.Order(Path("model.onnx"))
    gc.disable()  # an older builder that it found within TensorRT's logger would stop the program for ever
    try:
        with pytest.raises(UserError, match="no such layer"):
            compiling.compile_plan(library, order, lambda *_: None)
        assert [builder() for builder in held] == [None]
    finally:
        gc.enable()


def test_an_interrupted_build_leaves_nothing(toy_bundle: Path, tmp_path: Path, library: Library) -> None:
    def interrupt(phase: str, done: int, steps: int) -> None:
        if not interrupted.is_set():
            interrupted.set()
            os.kill(os.getpid(), signal.SIGINT)
        # The main thread hears of it while this step of the build lasts.
        waited.wait(1.0)

    interrupted, waited = threading.Event(), threading.Event()
    # Jobs in the background of a shell are started with Ctrl-C ignored.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            build_plan(Bundle.open(toy_bundle), "tensorrt-rtx", "fp32", tmp_path / "a.plan", (), interrupt)
    finally:
        signal.signal(signal.SIGINT, before)
    assert list(tmp_path.glob("*.plan*")) == []


def test_a_network_that_cannot_be_read_is_one_line(tmp_path: Path, library: Library) -> None:
    (tmp_path / "model.onnx").write_bytes(b"nothing")
    with pytest.raises(UserError, match="cannot read"):
        compiling.parse_network(library, tmp_path / "model.onnx")
