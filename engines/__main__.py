"""The engine layer's command line: `python -m engines classify | inspect | verify | build`."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from engines.building import BUILDERS, build_plan
from engines.bundle import DEFAULT_BUNDLE, PRECISIONS, Bundle
from engines.classifier import Classifier
from engines.classify import Classified, classify_images, find_images
from engines.errors import UserError, run_command
from engines.inspection import inspect
from engines.output_files import prepare_file, write_whole
from engines.runtimes import open_session, runtime_names
from engines.verify import verify
from engines.view import Mount

_OUT = Console()
_PROGRESS = Console(stderr=True)


def _classify(args: argparse.Namespace) -> int:
    classifier = Classifier.open(
        args.bundle,
        runtime=args.runtime,
        precision=args.precision,
        mount=Mount.load(args.mount) if args.mount else None,
    )
    images = find_images(args.paths)
    if args.json:
        prepare_file(args.json)
    readable: list[Classified] = []
    unreadable: list[Path] = []
    interrupted = False
    columns = (TextColumn("classifying"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=_PROGRESS, transient=True) as progress:
        task = progress.add_task("", total=len(images))
        try:
            for result in classify_images(classifier, images):
                progress.advance(task)
                if result.prediction is None:
                    unreadable.append(result.path)
                    continue
                readable.append(result)
                if not args.json:
                    activity = result.prediction.activity
                    print(f"{result.path}  {activity.label} {activity.title}  {result.prediction.confidence:.0%}")
        except KeyboardInterrupt:
            interrupted = True
    if args.json:
        _write_json(args.json, [result.as_json() for result in readable])
        print(f"{len(readable)} of {len(images)} images classified, written to {args.json}")
    if interrupted:
        raise KeyboardInterrupt
    if unreadable:
        raise UserError(
            f"{len(unreadable)} of {len(images)} files cannot be read as images, the first is {unreadable[0]}: "
            "remove or replace them; all others were classified"
        )
    return 0


def _inspect(args: argparse.Namespace) -> int:
    if args.json:
        prepare_file(args.json)
    report = inspect(Bundle.open(args.bundle))
    if args.json:
        _write_json(args.json, report)
    manifest = report["manifest"]
    table = Table(title=f"{manifest['name']} ({report['path']})", show_header=False)
    for key in ("backbone", "model", "view_size", "kappa", "opset", "temperature", "data"):
        table.add_row(key, str(manifest[key]))
    table.add_row("classes", " ".join(manifest["classes"]))
    for name, value in manifest["metrics"].items():
        table.add_row(f"validation {name}", f"{value:.4f}")
    for precision, model in report["models"].items():
        for direction in ("inputs", "outputs"):
            table.add_row(f"{precision} {direction}", "\n".join(f"{k}: {v}" for k, v in model[direction].items()))
    table.add_row("files", "\n".join(f"{name}  {size / 1e6:.2f} MB" for name, size in report["sizes"].items()))
    table.add_row("hashes", "match the manifest")
    _OUT.print(table)
    return 0


def _verify(args: argparse.Namespace) -> int:
    if args.json:
        prepare_file(args.json)
    bundle = Bundle.open(args.bundle)
    session = open_session(bundle, args.runtime, args.precision)
    result = verify(bundle, session, args.precision)
    if args.json:
        _write_json(args.json, {"runtime": session.description, **result.model_dump()})
    print(
        f"{'passed' if result.passed else 'FAILED'}: {session.description}, {result.views} views, "
        f"probabilities within {result.probability_difference:.2g}, region weights within "
        f"{result.weight_difference:.2g} (allowed {result.tolerance:g}), same class on {result.same_class}; "
        f"regions found here within {result.region_difference:.2g}"
    )
    return 0 if result.passed else 1


def _build(args: argparse.Namespace) -> int:
    bundle = Bundle.open(args.bundle)
    with _PROGRESS.status(f"compiling {bundle.manifest.name} with {args.runtime}"):
        path = build_plan(bundle, args.runtime, args.precision, args.output)
    print(f"{path}  {path.stat().st_size / 1e6:.1f} MB")
    return 0


def _write_json(path: Path, content: Any) -> None:
    write_whole(path, json.dumps(content) + "\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m engines", description="Run, check and compile engine bundles.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Any, text: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text)
        sub.set_defaults(run=run)
        return sub

    def add_model(sub: argparse.ArgumentParser) -> None:
        sub.add_argument("--runtime", default="onnxruntime", help=f"{', '.join(runtime_names())} (onnxruntime)")
        sub.add_argument("--precision", choices=PRECISIONS, default="fp32")

    classify = command("classify", _classify, "Name the activity in images.")
    classify.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="images, or folders of them")
    classify.add_argument("--bundle", type=Path, default=DEFAULT_BUNDLE, help="the engine bundle (the default one)")
    classify.add_argument("--mount", type=Path, metavar="TOML", help="how the camera sits: crop and mirror")
    classify.add_argument("--json", type=Path, metavar="FILE", help="write everything to FILE")
    add_model(classify)

    inspection = command("inspect", _inspect, "Show what is inside a bundle.")
    verification = command("verify", _verify, "Compare an engine with its bundle's reference.")
    for sub in (inspection, verification):
        sub.add_argument("bundle", nargs="?", type=Path, default=DEFAULT_BUNDLE, help="the default one when left out")
        sub.add_argument("--json", type=Path, metavar="FILE")
    add_model(verification)

    build = command("build", _build, "Compile a TensorRT plan.")
    build.add_argument("bundle", nargs="?", type=Path, default=DEFAULT_BUNDLE, help="the default one when left out")
    build.add_argument("--runtime", choices=sorted(BUILDERS), required=True)
    build.add_argument("--precision", choices=PRECISIONS, default="fp32")
    build.add_argument("--output", type=Path, metavar="FILE", help="where to, instead of the cache folder")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command."""
    args = _parser().parse_args(argv)
    code: int = args.run(args)
    return code


if __name__ == "__main__":
    raise SystemExit(run_command(main))
