"""The engine layer's command line: `python -m engines classify | inspect | verify | benchmark | build`."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.progress import TaskID
from rich.table import Table

from engines.bundles.bundle import Bundle
from engines.bundles.manifest import DEFAULT_BUNDLE, PRECISIONS
from engines.command import add_version, positive_number, program, progress_bar, run_command
from engines.command_parser import CommandParser
from engines.errors import UserError
from engines.files.console import PrintableConsole
from engines.files.output import prepare_file, write_atomic
from engines.files.printable import printable
from engines.runtimes import AUTO, SessionOptions, runtime_names
from engines.tensorrt_family.build import BUILDERS, build_plan
from engines.view import WHOLE_FRAME, Mount

if TYPE_CHECKING:
    from engines.bundles.verify import EngineCheck
    from engines.classify import Classified

# What a command alone needs, OpenCV and ONNX Runtime with it, is imported in the command: --help needs none of them.

_OUT = PrintableConsole()
_PROGRESS = PrintableConsole(stderr=True)


def _classify(args: argparse.Namespace) -> int:
    from engines.classifier import Classifier
    from engines.classify import classify_images

    mount = Mount.load(args.mount) if args.mount else WHOLE_FRAME
    bundle = Bundle.open(args.bundle)
    classifier = Classifier.of(bundle, runtime=args.runtime, precision=args.precision, options=_options(args))
    for line in (*(f"not used: {line}" for line in classifier.rejected), *classifier.notices):
        _PROGRESS.print(line, highlight=False, soft_wrap=True)
    images = _find_images(args.paths)
    if args.json:
        prepare_file(args.json)
    readable: list[Classified] = []
    unreadable: list[Classified] = []
    interrupted = False
    with progress_bar() as progress:
        task = progress.add_task("classifying", total=len(images))
        try:
            for result in classify_images(classifier, images, mount):
                progress.advance(task)
                if result.prediction is None:
                    unreadable.append(result)
                    continue
                readable.append(result)
                if not args.json:
                    activity = result.prediction.activity
                    confidence = result.prediction.confidence
                    print(f"{printable(result.path)}  {activity.label} {activity.title}  {confidence:.0%}")
        except KeyboardInterrupt:
            interrupted = True
    if args.json:
        _write_json(args.json, [result.as_json() for result in readable])
        print(f"{len(readable)} of {len(images)} images classified, written to {args.json}")
    if interrupted:
        raise KeyboardInterrupt
    if unreadable:
        first = unreadable[0]
        why = f" ({first.fault})" if first.fault else ""
        raise UserError(
            f"{len(unreadable)} of {len(images)} files cannot be read as images, the first is {first.path}{why}: "
            "remove or replace them; all others were classified"
        )
    return 0


def _find_images(paths: Sequence[Path]) -> list[Path]:
    """The images that the paths name; what was left out beside them is printed. Raises `UserError`."""
    from engines.classify import find_images

    found = find_images(paths)
    if found.left_out:
        _PROGRESS.print(f"note: {found.left_out}", highlight=False, soft_wrap=True)
    return found.paths


def _inspect(args: argparse.Namespace) -> int:
    from engines.bundles.inspect import inspect

    if args.json:
        prepare_file(args.json)
    report = inspect(Bundle.open(args.bundle))
    if args.json:
        _write_json(args.json, report)
    manifest = report["manifest"]
    table = Table(title=f"{manifest['name']} ({report['path']})", show_header=False)
    for key in ("backbone", "model", "view_size", "kappa", "opset", "temperature", "data"):
        table.add_row(key, str(manifest[key]))
    table.add_row("fp32 network", manifest["fp32"])
    table.add_row("regions", _regions_line(manifest))
    table.add_row("classes", " ".join(manifest["classes"]))
    for name, value in manifest["metrics"].items():
        table.add_row(f"validation {name}", f"{value:.4f}")
    for precision, model in report["models"].items():
        for direction in ("inputs", "outputs"):
            table.add_row(f"{precision} {direction}", "\n".join(f"{k}: {v}" for k, v in model[direction].items()))
    table.add_row("files", "\n".join(f"{name}  {size / 1e6:.2f} MB" for name, size in report["sizes"].items()))
    table.add_row("hashes", "match the manifest")
    for precision, fault in report["faults"].items():
        table.add_row(f"{precision} reference", fault or "given")
    for name, said in report["views"].items():
        table.add_row(f"{name} simulated views", said)
    _OUT.print(table)
    return 0


def _regions_line(manifest: dict[str, Any]) -> str:
    if manifest["uses_regions"]:
        return "that it is given"
    return f"that it finds: {', '.join(manifest['region_names'])}" if manifest["region_names"] else "none"


def _verify(args: argparse.Namespace) -> int:
    from engines.bundles.verify import Examples, check_engines

    if args.json:
        prepare_file(args.json)
    bundle = Bundle.open(args.bundle)
    examples = Examples.load(_find_images(args.images), bundle, args.limit) if args.images else None
    checks = []
    with _PROGRESS.status("opening engines") as status:
        for check in check_engines(bundle, args.runtime, args.precision, examples, _options(args)):
            status.update(f"{check.runtime} {check.precision or ''} done")
            checks.append(check)
    passed = all(check.passed for check in checks) and any(check.reference for check in checks)
    if args.json:
        _write_json(args.json, {"passed": passed, "engines": [check.model_dump() for check in checks]})
    _OUT.print(_verification_table(bundle, checks))
    for check in checks:
        if check.skipped:
            _OUT.print(f"skipped {check.skipped}", highlight=False, soft_wrap=True)
        if check.failed:
            _OUT.print(f"{check.runtime} {check.precision} FAILED: {check.failed}", highlight=False, soft_wrap=True)
    difference = next((check.reference.region_difference for check in checks if check.reference), None)
    if difference is not None:
        print(f"regions found on this machine differ from the reference's by up to {difference:.2g} of its side")
    print("passed" if passed else "FAILED")
    return 0 if passed else 1


def _verification_table(bundle: Bundle, checks: list[EngineCheck]) -> Table:
    table = Table(title=f"{bundle.manifest.name}: largest differences, and how many name the same activity")
    boxes = ("boxes",) if bundle.manifest.region_names else ()
    head = ("runtime", "precision", "reference: probabilities", "weights", *boxes, "same", "images: probabilities")
    for column in (*head, "same", ""):
        table.add_column(column)
    for check in checks:
        if check.reference is None:
            continue
        reference, images = check.reference, check.images
        table.add_row(
            check.runtime,
            check.precision,
            f"{reference.probability_difference:.2g} (≤ {reference.tolerance:g})",
            _assessed(reference.weight_difference, reference.weight_tolerance),
            *(_assessed(reference.box_difference, reference.box_tolerance) for _ in boxes),
            f"{reference.same_class}/{reference.views}",
            f"{images.probability_difference:.2g}" if images else "no images given",
            f"{images.agreement:.1%} of {images.images}" if images else "",
            "passed" if check.passed else "FAILED",
        )
    return table


def _assessed(difference: float | None, tolerance: float | None) -> str:
    assert difference is not None
    return f"{difference:.2g}" + (f" (≤ {tolerance:g})" if tolerance else " (not assessed)")


_ENGINE_OPTIONS = ("images", "frames", "repeats", "batches", "backbone", "runtime", "precision", "plot")
_LIVE_OPTIONS = ("live_frames", "against_bundle")


def _benchmark(args: argparse.Namespace) -> int:
    _refuse_of_other_mode(args)
    for path in (args.json, args.plot):
        if path:
            prepare_file(path)
    return _benchmark_live(args) if args.live else _benchmark_engines(args)


def _refuse_of_other_mode(args: argparse.Namespace) -> None:
    """Raise `UserError` for options that would be ignored."""
    others, mode = (_ENGINE_OPTIONS, "with --live") if args.live else (_LIVE_OPTIONS, "without --live")
    given = [f"--{name.replace('_', '-')}" for name in others if getattr(args, name) is not None]
    if not args.live and args.frames is not None and args.images is None:
        given, mode = [*given, "--frames"], "without --images"
    if given:
        raise UserError(f"{', '.join(given)} cannot be used {mode}: leave out what does not apply")


def _benchmark_live(args: argparse.Namespace) -> int:
    from engines.benchmarks.live import live_benchmark
    from engines.benchmarks.tables import drive_table, stage_table

    bundle = Bundle.open(args.bundle)
    if args.against_bundle is not None or not bundle.manifest.uses_regions:
        return _benchmark_frames(
            args, [bundle, *([] if args.against_bundle is None else [Bundle.open(args.against_bundle)])]
        )
    with _PROGRESS.status("measuring") as status:
        live = live_benchmark(
            bundle,
            args.live,
            frames=args.live_frames,
            threads=args.threads,
            report=status.update,
        )
    if args.json:
        _write_json(args.json, live.model_dump())
    _OUT.print(stage_table(live))
    _OUT.print(drive_table(live))
    _print_faults([live.fault])
    return 0


def _benchmark_frames(args: argparse.Namespace, bundles: Sequence[Bundle]) -> int:
    from engines.benchmarks.frame import frame_benchmark
    from engines.benchmarks.tables import frame_table

    with _PROGRESS.status("measuring") as status:
        result = frame_benchmark(
            bundles, args.live, frames=args.live_frames, threads=args.threads, report=status.update
        )
    if args.json:
        _write_json(args.json, result.model_dump())
    _OUT.print(frame_table(result))
    if result.ratio is not None:
        print(f"frame to probabilities: {result.ratio:.2f} times {result.costs[1].bundle}'s (medians)")
    _print_faults([cost.fault for cost in result.costs])
    return 0


def _benchmark_engines(args: argparse.Namespace) -> int:
    from engines.benchmarks.engine import BATCHES, benchmark
    from engines.benchmarks.plot import plot_benchmark, require_matplotlib
    from engines.benchmarks.tables import benchmark_table
    from engines.files.images import require_image

    if args.plot:
        require_matplotlib()
    bundle = Bundle.open(args.bundle)
    paths = _find_images(args.images)[: args.frames or 32] if args.images else None
    frames = list(bundle.reference().images) if paths is None else [require_image(path) for path in paths]
    precisions = bundle.precisions if args.precision in (None, AUTO) else (args.precision,)
    with _PROGRESS.status("measuring") as status:
        result = benchmark(
            bundle,
            [(args.runtime or "onnxruntime", precision) for precision in precisions],
            frames,
            repeats=args.repeats or 100,
            batches=tuple(args.batches or BATCHES),
            threads=args.threads,
            backbone=args.backbone,
            report=status.update,
        )
    if args.json:
        _write_json(args.json, result.model_dump())
    if args.plot:
        plot_benchmark(result, args.plot)
    _OUT.print(benchmark_table(result))
    _print_faults([engine.fault for engine in result.engines])
    if not args.images:
        print("view: of the reference, which has its size already; a camera's frames, named by --images, take longer")
    if result.backbone_ratio is not None:
        first = result.engines[0]
        print(
            f"network over its bare backbone ({first.runtime} {first.precision}, medians): {result.backbone_ratio:.2f}"
        )
    for name, speedup in result.speedups.items():
        print(f"{name}: {speedup:.2f} times as fast as fp32 (medians)")
    return 0


def _print_faults(faults: Sequence[str | None]) -> None:
    for fault in filter(None, faults):
        _OUT.print(f"not to be trusted: {fault}", highlight=False, soft_wrap=True)


def _build(args: argparse.Namespace) -> int:
    bundle = Bundle.open(args.bundle)
    title = f"compiling {bundle.manifest.name} with {args.runtime}, {args.precision}"
    with progress_bar() as progress:
        tasks: dict[str, TaskID] = {}

        def report(phase: str, done: int, steps: int) -> None:
            if phase not in tasks:
                tasks[phase] = progress.add_task(f"{title}: {phase}", total=steps)
            progress.update(tasks[phase], completed=done, total=steps)

        path = build_plan(bundle, args.runtime, args.precision, args.output, args.capabilities, report)
    print(f"{path}  {path.stat().st_size / 1e6:.1f} MB")
    return 0


def _options(args: argparse.Namespace) -> SessionOptions:
    def report(text: str) -> None:
        _PROGRESS.print(text, highlight=False, soft_wrap=True)

    return SessionOptions(plan=args.plan, trust_plan=args.trust_plan, report=report)


def _write_json(path: Path, content: Any) -> None:
    write_atomic(path, json.dumps(content) + "\n")


def _parser() -> argparse.ArgumentParser:
    parser = CommandParser(
        prog=program("driver-monitor-engines", "engines"), description="Run, check and compile engine bundles."
    )
    add_version(parser)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Any, text: str) -> argparse.ArgumentParser:
        sub: argparse.ArgumentParser = commands.add_parser(name, help=text, description=text)
        sub.set_defaults(run=run)
        add_version(sub)
        return sub

    def add_engine(sub: argparse.ArgumentParser, runtime: str, precision: str) -> None:
        names = ", ".join((AUTO, *runtime_names()))
        sub.add_argument("--runtime", choices=(AUTO, *runtime_names()), default=runtime, help=f"{names} ({runtime})")
        sub.add_argument("--precision", choices=(AUTO, *PRECISIONS), default=precision, help=f"({precision})")

    def add_plan(sub: argparse.ArgumentParser) -> None:
        sub.add_argument("--plan", type=Path, metavar="FILE", help="run this plan instead of the one in the cache")
        sub.add_argument("--trust-plan", action="store_true", help="run --plan though it may hold code")

    classify = command("classify", _classify, "Name the activity in images.")
    classify.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="images, or folders of them")
    classify.add_argument("--bundle", type=Path, default=DEFAULT_BUNDLE, help="the engine bundle (the default one)")
    classify.add_argument("--mount", type=Path, metavar="TOML", help="the camera mount: crop and mirror")
    classify.add_argument("--json", type=Path, metavar="FILE", help="write everything to FILE")
    add_engine(classify, "onnxruntime", "fp32")
    add_plan(classify)

    inspection = command("inspect", _inspect, "Show what is inside a bundle.")
    verification = command("verify", _verify, "Compare engines with their bundle's reference and with each other.")
    timing = command("benchmark", _benchmark, "Measure what an engine costs on this machine.")
    for sub in (inspection, verification, timing):
        sub.add_argument("bundle", nargs="?", type=Path, default=DEFAULT_BUNDLE, help="the default one when left out")
        sub.add_argument("--json", type=Path, metavar="FILE")
    for sub in (verification, timing):
        sub.add_argument("--images", nargs="+", type=Path, metavar="PATH", help="real images, or folders of them")
    verification.add_argument("--limit", type=positive_number, default=64, metavar="N", help="of these, at most (64)")
    add_engine(verification, AUTO, AUTO)
    add_plan(verification)
    add_engine(timing, "onnxruntime", AUTO)
    # None: not given, so that what cannot be used with the other mode is found.
    timing.set_defaults(runtime=None, precision=None)
    timing.add_argument("--frames", type=positive_number, metavar="N", help="of the images, at most (32)")
    timing.add_argument("--repeats", type=positive_number, metavar="N", help="timings of each step (100)")
    timing.add_argument("--batches", type=positive_number, nargs="+", metavar="N", help="batch sizes")
    timing.add_argument("--threads", type=positive_number, metavar="N", help="CPU threads (the runtime's default)")
    timing.add_argument(
        "--backbone", type=Path, metavar="FILE", help="bare backbone to compare with, from calibration.bare_backbone"
    )
    timing.add_argument("--live", type=Path, nargs="+", metavar="VIDEO", help="the live path, on recorded drives")
    timing.add_argument("--live-frames", type=positive_number, metavar="N", help="of each drive, at most (all)")
    timing.add_argument(
        "--against-bundle", type=Path, metavar="BUNDLE", help="with --live: another bundle, timed in turn"
    )
    timing.add_argument("--plot", type=Path, metavar="PNG", help="plot it")

    build = command("build", _build, "Compile a TensorRT plan.")
    build.add_argument("bundle", nargs="?", type=Path, default=DEFAULT_BUNDLE, help="the default one when left out")
    build.add_argument("--runtime", choices=sorted(BUILDERS), required=True)
    build.add_argument("--precision", choices=PRECISIONS, default="fp32")
    build.add_argument("--output", type=Path, metavar="FILE", help="where to, instead of the cache folder")
    build.add_argument(
        "--capabilities",
        nargs="+",
        default=[],
        metavar="SM",
        help="GPUs to compile for, such as SM86 SM89 (tensorrt-rtx)",
    )
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command."""
    args = _parser().parse_args(argv)
    code: int = args.run(args)
    return code


def cli() -> int:
    """The command ``driver-monitor-engines``; the exit code."""
    return run_command(main)


if __name__ == "__main__":
    raise SystemExit(cli())
