"""What an NVIDIA GPU makes of the networks: `python -m calibration.gpu_report --output DIR`.

Parity of every runtime that is there with the reference, times and throughput beside the bare backbones, two epochs of
training, and the pipeline with regions on the CPU; as JSON, Markdown and a plot. Where there is no GPU, all of it is
tried on the CPU with tiny settings.
"""

from __future__ import annotations

import os
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from engines.command import positive_seconds, run_command
from engines.command_parser import CommandParser
from engines.errors import UserError
from engines.files.output import prepare_folder

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from calibration.gpu.device import Device
    from calibration.gpu.networks import Subject
    from calibration.gpu.parity import Parity
    from calibration.gpu.pipeline import PipelineSpeed
    from calibration.gpu.rows import Planned, Report, Run
    from calibration.gpu.speed import Speed
    from calibration.gpu.training import Training
    from train.data.images import LabelledImage

_Figures = TypeVar("_Figures", bound="Parity | Speed | Training | PipelineSpeed")

_MINUTES = 8.0


_MOVED = 8
"""Pixels that the pipeline's drive moves by, forth and back."""


class _Size(NamedTuple):
    """How much is measured.

    Attributes:
        backbone, view_size, kappa: of the network with random weights; it is trained, too.
        views: of the bundle's reference; None for all.
        repeats, batches, limit_s: see `calibration.gpu.speed.SpeedSettings`.
        batch_size, epoch_images: of the training.
        frames: of the pipeline.
    """

    backbone: str
    view_size: int
    kappa: int
    views: int | None
    repeats: int
    batches: tuple[int, ...]
    limit_s: float
    batch_size: int
    epoch_images: int
    frames: int


_FULL = _Size("resnet50", 224, 8, None, 500, (1, 8, 32, 64, 128, 256), 1.5, 64, 8192, 500)
_TINY = _Size("timm:test_efficientnet", 64, 2, 1, 2, (1, 2), 0.2, 2, 4, 3)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and write the report."""
    began = time.monotonic()
    parser = CommandParser(prog="python -m calibration.gpu_report", description=(__doc__ or "").split(":")[0] + ".")
    parser.add_argument("--output", type=Path, required=True, metavar="DIR", help="where the report goes")
    parser.add_argument("--images", type=Path, metavar="FILE", help="to train on, of calibration.gpu.packed_images")
    parser.add_argument("--bundle", type=Path, help="engine bundle (the default one)")
    parser.add_argument("--minutes", type=positive_seconds, default=_MINUTES, metavar="N", help="it may take (8)")
    parser.add_argument("--dry-run", action="store_true", help="tiny settings on the CPU, also where there is a GPU")
    args = parser.parse_args(argv)
    prepare_folder(args.output)
    if args.images is not None and not zipfile.is_zipfile(args.images):
        raise UserError(f"{args.images} holds no packed images: make it with python -m calibration.gpu.packed_images")
    if args.bundle is not None:
        from engines.bundles.bundle import Bundle

        Bundle.open(args.bundle)
    import torch

    dry = args.dry_run or not torch.cuda.is_available()
    if not torch.cuda.is_available():
        print("there is no NVIDIA GPU here that torch can use: a dry run on the CPU with tiny settings", flush=True)
    report = measure(args.output, dry=dry, minutes=args.minutes, packed=args.images, bundle=args.bundle, began=began)
    from calibration.gpu.rows import JSON
    from calibration.gpu.summary import write_summary

    for path in (args.output / JSON, *write_summary(report, args.output)):
        print(path)
    return 0


def measure(
    output: Path, *, dry: bool, minutes: float, packed: Path | None, bundle: Path | None, began: float
) -> Report:
    """Measure everything that the time allows.

    Args:
        output: the report's folder.
        dry: tiny settings on the CPU.
        minutes: that it may take.
        packed: packed images to train on; the simulated views when left out.
        bundle: the default one when left out.
        began: when the time began to run, by `time.monotonic`.

    Raises:
        UserError: when images or bundle cannot be used, or the report cannot be written.
    """
    import torch

    from calibration.gpu.device import Device
    from calibration.gpu.networks import bundle_subject, random_subject
    from calibration.gpu.rows import Report, Run
    from calibration.gpu.torch_session import exact_arithmetic

    size = _TINY if dry else _FULL
    device = Device("cpu" if dry else "cuda")
    exact_arithmetic()
    if dry:
        torch.set_num_threads(1)  # nothing is measured, and threads wait for one another on a busy machine
    with tempfile.TemporaryDirectory(prefix="gpu-report-") as temporary:
        folder = Path(temporary)
        images, frames, source = _images(packed, folder / "images")
        report = Report(machine=device.machine(), dry_run=dry, minutes=minutes, images=source)
        run = Run(report, output, began, lambda line: print(line, flush=True), device.forget_peak)
        shipped = bundle_subject(bundle, size.views)
        few = frames[: size.views]
        random = random_subject(size.backbone, few, folder / "bundle", view_size=size.view_size, kappa=size.kappa)
        print(f"{report.machine.device}, {report.machine.cores} cores; training on {source}", flush=True)
        with _ended_in_time(run):
            run.measure(_plan([random, shipped], images, frames, size, device, folder))
    return report


@contextmanager
def _ended_in_time(run: Run) -> Iterator[None]:
    """Within the block, a row that hangs is given up when the time is over, and the process with it."""

    def end() -> None:
        from calibration.gpu.summary import write_summary

        run.give_up()
        write_summary(run.report, run.folder)
        print("a row still ran when the time was over: the report ends with it", file=sys.stderr, flush=True)
        os._exit(1)  # a library that hangs lets nothing else end it

    timer = threading.Timer(run.left_s(), end)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _images(packed: Path | None, folder: Path) -> tuple[list[LabelledImage], list[NDArray[np.uint8]], str]:
    """The images to train on, frames of simulated drivers (H, W, 3) uint8 RGB, and what is trained on, for people."""
    from engines.activities import Activity
    from engines.bundles.simulated_views import VIEWS
    from engines.files.images import require_image
    from train.data.images import LabelledImage

    paths = sorted(VIEWS.glob("*.jpg"))
    frames = [require_image(path, "install the program again") for path in paths]
    if packed is None:
        views = [LabelledImage(path, int(Activity.parse(path.stem))) for path in paths]
        return views, frames, f"the {len(views)} simulated views again and again (no --images)"
    from calibration.gpu.packed_images import unpack

    images = unpack(packed, folder)
    return images, frames, f"{len(images)} packed images"


def _drive(frame: NDArray[np.uint8]) -> list[NDArray[np.uint8]]:
    """Frames that move a little from one to the next, as a drive's do, so that regions can be followed."""
    height, width = frame.shape[:2]
    return [frame[move : height - _MOVED + move, _MOVED - move : width - move] for move in range(_MOVED + 1)]


def _untimed(measure: Callable[..., _Figures], *arguments: object) -> Callable[[float], _Figures]:
    """A row's work that is short, whatever time there is."""
    return lambda _seconds: measure(*arguments)


def _plan(
    subjects: Sequence[Subject],
    images: Sequence[LabelledImage],
    frames: Sequence[NDArray[np.uint8]],
    size: _Size,
    device: Device,
    folder: Path,
) -> list[Planned]:
    """All rows, what matters most first: the time may not suffice for the last ones."""
    import torch

    from calibration.gpu.parity import backbone_parity, runtime_parity, torch_parity
    from calibration.gpu.pipeline import pipeline_speed
    from calibration.gpu.rows import Planned
    from calibration.gpu.speed import SpeedSettings, runtime_speed, torch_speed
    from calibration.gpu.torch_session import WAYS
    from calibration.gpu.training import TrainingSettings, train_two_epochs
    from engines.bundles.bundle import Bundle
    from engines.classifier import Classifier
    from engines.runtimes import runtime_names
    from train.models.model_kind import ModelKind

    agnet, shipped = subjects
    timed = SpeedSettings(size.repeats, size.batches, size.limit_s)
    trained = TrainingSettings(size.backbone, size.view_size, size.batch_size, size.epoch_images, device.loader_workers)
    others = [name for name in runtime_names() if name != "onnxruntime"]
    # A CPU takes minutes for fp16.
    ways = [way for way in WAYS if device.is_gpu or way.dtype is not torch.float16]
    best = WAYS[2] if device.is_gpu else WAYS[0]

    def quiet(line: str) -> None:
        print(f"    {line}", flush=True)

    def pipeline(subject: Subject) -> Callable[[float], PipelineSpeed]:
        def run(seconds: float) -> PipelineSpeed:
            # Its manifest is all that the classifier reads of the bundle: nothing is exported for it.
            classifier = Classifier(Bundle(folder, subject.manifest), subject.session(best, device))
            return pipeline_speed(classifier, _drive(frames[0]), size.frames, min(seconds, 30.0))

        return run

    def training(model: ModelKind) -> Callable[[float], Training]:
        # Less than half of the time that is left, so that the second network has some, too.
        return lambda seconds: train_two_epochs(images, model, trained, device, seconds * 0.4, folder)

    rows: list[Planned] = []
    for subject in (shipped, agnet):
        for way in ways:
            rows.append(Planned("parity", subject.title, way.name, _untimed(torch_parity, subject, way, device)))
    for subject in (agnet, shipped):
        for way in reversed(ways):
            rows.append(Planned("speed", subject.title, way.name, _untimed(torch_speed, subject, way, device, timed)))
    for model in (ModelKind.FULL, ModelKind.BASELINE):
        name = "AG-Net" if model is ModelKind.FULL else "bare backbone"
        rows.append(
            Planned(
                "training",
                f"{size.backbone.removeprefix('timm:')} {name}",
                "bf16",
                training(model),
                least_s=20.0,
            )
        )
    for subject in (agnet, shipped):
        rows.append(Planned("pipeline", subject.title, best.name, pipeline(subject)))
    # What is left needs the network as ONNX: the bundle has it, the other is exported first, which a dry run
    # leaves out: it takes longer than all the rest.
    for subject in (shipped, agnet) if device.is_gpu else (shipped,):
        rows.append(
            Planned(
                "parity",
                f"{subject.title}, bare backbone",
                WAYS[0].name,
                _untimed(backbone_parity, subject, WAYS[0], device),
            )
        )
        precisions = [name for name in ("fp32", "fp16") if name in subject.precisions]
        for precision in precisions:
            rows.append(
                Planned(
                    "parity",
                    subject.title,
                    f"onnxruntime {precision}",
                    _untimed(runtime_parity, subject, "onnxruntime", precision, quiet),
                )
            )
        for runtime in others:
            for precision in precisions:
                rows.append(
                    Planned(
                        "parity",
                        subject.title,
                        f"{runtime} {precision}",
                        _untimed(runtime_parity, subject, runtime, precision, quiet),
                    )
                )
                rows.append(
                    Planned(
                        "speed",
                        subject.title,
                        f"{runtime} {precision}",
                        _untimed(runtime_speed, subject, runtime, precision, device, timed, quiet),
                    )
                )
    return rows


if __name__ == "__main__":
    raise SystemExit(run_command(main))
