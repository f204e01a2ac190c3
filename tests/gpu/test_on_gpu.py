"""What the report relies on, on a real GPU: `pytest -m gpu tests/gpu`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from calibration.gpu.device import Device
from calibration.gpu.networks import bundle_subject, random_subject
from calibration.gpu.parity import torch_parity
from calibration.gpu.torch_session import WAYS, Way, exact_arithmetic
from calibration.gpu_report import main
from engines.bundles.simulated_views import VIEWS
from engines.files.images import require_image

pytestmark = [pytest.mark.gpu, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def gpu() -> Device:
    if not torch.cuda.is_available():
        pytest.skip("there is no NVIDIA GPU here that torch can use")
    exact_arithmetic()
    return Device("cuda")


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
def test_the_shipped_bundle_gives_its_reference(gpu: Device, way: Way) -> None:
    found = torch_parity(bundle_subject(None), way, gpu)
    assert found.passed, found


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
def test_agnet_gives_its_reference(gpu: Device, way: Way, tmp_path: Path) -> None:
    frames = [require_image(path, "install the program again") for path in sorted(VIEWS.glob("*.jpg"))]
    found = torch_parity(random_subject("resnet50", frames, tmp_path), way, gpu)
    assert found.passed, found


def test_a_recorded_graph_reads_what_it_is_given(gpu: Device, tmp_path: Path) -> None:
    session = bundle_subject(None).session(WAYS[1], gpu)
    subject = bundle_subject(None)
    images, regions = subject.views(len(subject.reference.images))
    alone = [session.run(images[n : n + 1], regions[n : n + 1]).probabilities[0] for n in range(len(images))]
    assert np.abs(np.stack(alone) - subject.reference.probabilities).max() < 1e-3


def test_the_device_tells_its_clocks_and_times(gpu: Device) -> None:
    clocks = gpu.clocks()
    assert clocks is not None and clocks.sm_mhz is not None and clocks.used_mb is not None
    numbers = torch.zeros(1 << 20, device=gpu.torch)
    assert gpu.seconds(lambda: numbers.add_(1)) > 0


def test_a_dry_run_beside_a_gpu(gpu: Device, tmp_path: Path) -> None:
    assert main(["--output", str(tmp_path), "--dry-run"]) == 0
