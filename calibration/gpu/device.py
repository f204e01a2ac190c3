"""The device that is measured: times by its own clock, its memory, its clocks."""

from __future__ import annotations

import os
import platform
import subprocess
import time
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import torch
from pydantic import BaseModel

_QUERY_S = 5.0
_PACKAGES = ("torch", "onnxruntime", "onnxruntime-gpu", "tensorrt", "tensorrt-rtx", "timm", "lightning", "numpy")


class Clocks(BaseModel):
    """What a GPU ran at; None for what it does not tell.

    Attributes:
        sm_mhz, memory_mhz: clocks of multiprocessors and memory.
        temperature_c, power_w: its temperature and what it takes.
        used_mb: memory in use by everybody, in 10⁶ bytes.
    """

    sm_mhz: float | None = None
    memory_mhz: float | None = None
    temperature_c: float | None = None
    power_w: float | None = None
    used_mb: float | None = None


class Machine(BaseModel):
    """What was measured on.

    Attributes:
        device: the GPU's name, or the processor's kind.
        is_gpu: whether it is a GPU.
        capability: its compute capability, such as 9.0.
        memory_mb: of the GPU, in 10⁶ bytes.
        driver, cuda, cudnn: versions.
        cores: of the processor, that this process may use.
        python: version.
        packages: name → version of those that are installed.
    """

    device: str
    is_gpu: bool
    capability: str | None = None
    memory_mb: float | None = None
    driver: str | None = None
    cuda: str | None = None
    cudnn: int | None = None
    cores: int
    python: str
    packages: dict[str, str]


class Device:
    """A torch device, with a clock that counts when the work is done and not when it is queued.

    Args:
        name: ``cuda`` or ``cpu``, as `torch.device` takes it.
    """

    def __init__(self, name: str) -> None:
        self.torch = torch.device(name)
        self.is_gpu = self.torch.type == "cuda"

    @property
    def loader_workers(self) -> int:
        """How many processes load images beside a training: one a core; none on a CPU, which trains itself."""
        return _cores() if self.is_gpu else 0

    def wait(self) -> None:
        """Until all that was queued is done."""
        if self.is_gpu:
            torch.cuda.synchronize(self.torch)

    def seconds(self, work: Callable[[], object]) -> float:
        """What a work takes on the device alone, by CUDA events; by the clock on a CPU."""
        if not self.is_gpu:
            began = time.perf_counter()
            work()
            return time.perf_counter() - began
        started, ended = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        started.record()
        work()
        ended.record()
        ended.synchronize()
        return float(started.elapsed_time(ended)) / 1e3

    def forget_peak(self) -> None:
        """Free what nothing uses, and count the memory's peak from here."""
        if self.is_gpu:
            torch.cuda.empty_cache()
            torch.cuda.reset_peak_memory_stats(self.torch)

    def peak_mb(self) -> float | None:
        """The most memory that tensors took since `forget_peak`, in 10⁶ bytes; None on a CPU."""
        return torch.cuda.max_memory_allocated(self.torch) / 1e6 if self.is_gpu else None

    def clocks(self) -> Clocks | None:
        """What the GPU runs at now: by NVML, else by nvidia-smi; None where neither tells."""
        if not self.is_gpu:
            return None
        index = torch.cuda.current_device() if self.torch.index is None else self.torch.index
        uuid = f"GPU-{torch.cuda.get_device_properties(index).uuid}"
        return _by_nvml(uuid) or _by_nvidia_smi(uuid)

    def machine(self) -> Machine:
        """What this device, its driver and the software are."""
        packages = {name: found for name in _PACKAGES if (found := _version(name))}
        common: dict[str, Any] = {
            "cores": _cores(),
            "python": platform.python_version(),
            "packages": packages,
        }
        if not self.is_gpu:
            return Machine(device=f"CPU ({platform.machine()})", is_gpu=False, **common)
        gpu = torch.cuda.get_device_properties(self.torch)
        return Machine(
            device=gpu.name,
            is_gpu=True,
            capability=f"{gpu.major}.{gpu.minor}",
            memory_mb=gpu.total_memory / 1e6,
            driver=_driver(),
            cuda=torch.version.cuda,
            cudnn=torch.backends.cudnn.version(),
            **common,
        )


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _by_nvml(uuid: str) -> Clocks | None:
    try:
        import pynvml  # type: ignore[import-not-found,unused-ignore]  # where it is installed

        pynvml.nvmlInit()
        gpu = pynvml.nvmlDeviceGetHandleByUUID(uuid)
        return Clocks(
            sm_mhz=pynvml.nvmlDeviceGetClockInfo(gpu, pynvml.NVML_CLOCK_SM),
            memory_mhz=pynvml.nvmlDeviceGetClockInfo(gpu, pynvml.NVML_CLOCK_MEM),
            temperature_c=pynvml.nvmlDeviceGetTemperature(gpu, pynvml.NVML_TEMPERATURE_GPU),
            power_w=pynvml.nvmlDeviceGetPowerUsage(gpu) / 1e3,
            used_mb=pynvml.nvmlDeviceGetMemoryInfo(gpu).used / 1e6,
        )
    except Exception:  # no package, no library, or a GPU that does not tell: nvidia-smi is asked
        return None


def _by_nvidia_smi(uuid: str) -> Clocks | None:
    told = _nvidia_smi("clocks.sm,clocks.mem,temperature.gpu,power.draw,memory.used", uuid)
    return None if told is None else clocks_of(told)


def clocks_of(line: str) -> Clocks:
    """Of nvidia-smi's line of five values: MHz, MHz, °C, W, MiB; what is no number in it is not told."""
    values: list[float | None] = []
    for text in line.split(","):
        try:
            values.append(float(text))
        except ValueError:  # [N/A], [Not Supported]
            values.append(None)
    sm, memory, temperature, power, used = [*values, *[None] * 5][:5]
    used_mb = None if used is None else used * (1 << 20) / 1e6
    return Clocks(sm_mhz=sm, memory_mhz=memory, temperature_c=temperature, power_w=power, used_mb=used_mb)


def _driver() -> str | None:
    return _nvidia_smi("driver_version")


def _nvidia_smi(query: str, uuid: str | None = None) -> str | None:
    command = ["nvidia-smi", f"--query-gpu={query}", "--format=csv,noheader,nounits"]
    try:
        done = subprocess.run(
            [*command, *([f"--id={uuid}"] if uuid else [])],
            capture_output=True,
            text=True,
            timeout=_QUERY_S,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return next(iter(done.stdout.strip().splitlines()), None)
