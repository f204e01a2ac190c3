"""Add fp16 and INT8 to a bundle: `python -m calibration.quantize BUNDLE --data DIR --output NEW`.

The fp16 file stands for fp32, too, which is made from it when it is loaded: so the fp32 network has fp16's weights, is
compared like the others, and gives the new bundle its reference. Frames to calibrate with are sampled evenly from every
driver's every class; those to validate with are of other drivers. Agreement with fp32 below 99 % stops the command.
Bundles are read-only, so a new one is written.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx

from calibration.derived_bundle import derive_bundle
from calibration.precision.agreement import Agreement, box_difference, compare, divergence, same_region
from calibration.precision.half_precision import write_half
from calibration.precision.integer_precision import FOR_CPU, FOR_TENSORRT, METHODS, IntegerForm, Quantiser
from calibration.precision.representative import Frames, divide_by_driver, load_frames
from calibration.precision.stored_weights import fp32_network
from engines.bundles.bundle import CPU_INT8, Bundle, Reference
from engines.bundles.manifest import DEFAULT_BUNDLE, REFERENCE, model_file
from engines.bundles.reference_check import check_reference, largest_difference
from engines.bundles.signature import NetworkOutputs
from engines.bundles.widening import widened
from engines.command import positive_number, run_command
from engines.command_parser import CommandParser
from engines.errors import UserError
from engines.files.console import track
from engines.files.output import prepare_file, require_free, write_atomic
from engines.onnxruntime_session import CPU, network_fault, open_network, session_settings
from train.statefarm import read_statefarm

MIN_AGREEMENT = 0.99
_MAX_IN_FP32 = 6
"""Layers at most that are left in fp32 when all of them in INT8 do not agree enough."""

_SENSITIVITY_FRAMES = 64
_BATCH = 16
_VALIDATION_DRIVERS = ("p021", "p045", "p056", "p075")
_INTEGER_FORMS = {model_file("int8"): FOR_TENSORRT, CPU_INT8: FOR_CPU}


@dataclass(frozen=True)
class NewModel:
    """One new network.

    Attributes:
        precision: fp32, fp16, int8, or int8-cpu.
        agreement: how it compares with fp32.
        same_region: fraction of the validation images in which the same region as in fp32 weighs most, 0..1.
        box_difference: of the boxes that the network finds, how far their edges are from fp32's, in 0..1 of the view,
            in 95 of 100 images at most; None where it finds none.
        in_fp32: the nodes that were left in fp32, by the reason.
    """

    precision: str
    agreement: Agreement
    same_region: float
    box_difference: float | None
    in_fp32: dict[str, list[str]]

    def in_words(self) -> str:
        """One line for people."""
        in_fp32 = "; ".join(f"{reason}: {len(names)} nodes" for reason, names in self.in_fp32.items() if names)
        return f"{self.precision}: {self.result()}" + (f"; in fp32: {in_fp32}" if in_fp32 else "")

    def result(self) -> str:
        """The comparison alone."""
        boxes = "" if self.box_difference is None else f"; boxes lie {self.box_difference:.2g} of the view apart (p95)"
        return f"{self.agreement.in_words()}; the same region weighs most in {self.same_region:.0%}{boxes}"


def run_network(model: Path, frames: Frames) -> NetworkOutputs:
    """A network's outputs of frames, in ONNX Runtime on the CPU. Raises `UserError`."""
    try:
        session = open_network(str(model), session_settings(), [CPU])
        names = [item.name for item in session.get_outputs()]
        feeds = frames.feeds([item.name for item in session.get_inputs()], _BATCH)
        parts = [session.run(names, feed) for feed in feeds]
    except Exception as error:  # ONNX Runtime raises its own kinds
        raise UserError(
            f"ONNX Runtime cannot run {model.name}: {network_fault(error)}; export the bundle again"
        ) from error
    return NetworkOutputs.of({name: np.concatenate(arrays) for name, *arrays in zip(names, *parts, strict=True)})


def evaluate(file: Path, exact: NetworkOutputs, validation: Frames, in_fp32: dict[str, list[str]]) -> NewModel:
    """Compare a new model file with fp32's outputs of the validation frames."""
    ours = run_network(file, validation)
    return NewModel(
        precision=file.name.removeprefix("model.").removesuffix(".onnx"),
        agreement=compare(ours.probabilities, exact.probabilities, validation.labels),
        same_region=same_region(ours.region_weights, exact.region_weights),
        box_difference=box_difference(ours.found_regions, exact.found_regions),
        in_fp32=in_fp32,
    )


def by_cost(quantiser: Quantiser, fp32: Path, frames: Frames, folder: Path) -> list[str]:
    """The layers, costliest first, by what each of them alone in INT8 does to calibration frames."""
    few = frames.sample(_SENSITIVITY_FRAMES)
    exact = run_network(fp32, few).probabilities
    costs = {}
    for layer in track(quantiser.layers, "trying each layer alone", transient=True):
        quantiser.write(folder / "one.onnx", only=[layer])
        costs[layer] = divergence(run_network(folder / "one.onnx", few).probabilities, exact)
    return sorted(costs, key=lambda layer: -costs[layer])


def make_integer(
    source: Path,
    output: Path,
    form: IntegerForm,
    method: str,
    calibration: Frames,
    validation: Frames,
    exact: NetworkOutputs,
    min_agreement: float,
) -> NewModel:
    """Write an INT8 network: all that its form quantises, or, should that not agree enough, less and less of it.

    The costliest layers stay in fp32, one more each time, until the rest agrees or `_MAX_IN_FP32` of them are left out;
    then the network that agreed best is taken.
    """
    with Quantiser(source, calibration, form, method) as quantiser, tempfile.TemporaryDirectory() as folder:
        quantiser.write(output)
        best = evaluate(output, exact, validation, {"sensitive layers": []})
        if best.agreement.agreement >= min_agreement:
            return best
        tried = Path(folder) / output.name
        costliest = by_cost(quantiser, source, calibration, Path(folder))[:_MAX_IN_FP32]
        for count in track(range(1, len(costliest) + 1), "leaving layers in fp32", transient=True):
            in_fp32 = costliest[:count]
            quantiser.write(tried, in_fp32=in_fp32)
            made = evaluate(tried, exact, validation, {"sensitive layers": in_fp32})
            if made.agreement.agreement > best.agreement.agreement:
                best = made
                shutil.copyfile(tried, output)
            if made.agreement.agreement >= min_agreement:
                break
    return best


def make_half(source: Path, output: Path, validation: Frames, exact: NetworkOutputs) -> NewModel:
    """Write an fp16 network and evaluate it."""
    return evaluate(output, exact, validation, write_half(source, output))


def evaluate_widened(half: Path, folder: Path, validation: Frames, exact: NetworkOutputs) -> NewModel:
    """Write the fp32 network that an fp16 file stands for, and evaluate it."""
    file = folder / model_file("fp32")
    file.write_bytes(widened(half.read_bytes()))
    return evaluate(file, exact, validation, {})


def write_reference(old: Reference, network: Path, output: Path) -> str:
    """Write the reference of a network whose weights were rounded: the same views with its own outputs.

    Returns:
        How far they are from the old ones, in words.
    """
    frames = Frames(old.images, old.regions, np.zeros(len(old.images), dtype=np.intp))
    new = run_network(network, frames)
    graph = onnx.load(network).graph
    known = {"regions": old.regions, **new._asdict()}
    stored = {item.name: known[item.name] for item in (*graph.input, *graph.output) if item.name in known}
    np.savez_compressed(output, allow_pickle=False, images=old.images, **stored)
    probability = largest_difference(new.probabilities, old.probabilities)
    differences = f"probabilities differ by up to {probability:.2g}"
    if new.region_weights.shape[1] == 1:
        return differences
    weight = largest_difference(new.region_weights, old.region_weights)
    return f"{differences} and region weights by up to {weight:.2g}"


def require_reference(reference: Reference, source: Path, bundle: Bundle) -> None:
    """Raise `UserError` unless a bundle's fp32 network gives its reference: a new one would hide that."""
    frames = Frames(reference.images, reference.regions, np.zeros(len(reference.images), dtype=np.intp))
    given = run_network(source, frames)
    if not check_reference(reference, given, "fp32").passed:
        raise UserError(f"the fp32 network of {bundle.path} does not give its reference: see python -m engines verify")


def main(argv: Sequence[str] | None = None) -> int:
    """Make, evaluate and add lower precisions."""
    args = _parser().parse_args(argv)
    require_free(args.output)  # now, not after minutes of work
    if args.json:
        prepare_file(args.json)
    bundle = Bundle.open(args.bundle)
    network, reference = fp32_network(bundle), bundle.reference()
    images = [image for folder in args.data for image in read_statefarm(folder)]
    rest, held_out = divide_by_driver(images, args.validate)
    calibration = load_frames(rest, bundle.manifest, args.images, "frames to calibrate with")
    validation = load_frames(held_out, bundle.manifest, args.validation_images, "frames to validate with")
    made: list[NewModel] = []

    def add(model: NewModel) -> None:
        print(model.in_words(), flush=True)
        made.append(model)

    note = f"Validated on drivers {', '.join(args.validate)}"
    with tempfile.TemporaryDirectory(prefix="precisions-") as folder:
        work, new = Path(folder), Path(folder) / "new"
        new.mkdir()
        source = work / "source.onnx"
        onnx.save(network, source)
        require_reference(reference, source, bundle)
        exact = run_network(source, validation)
        changes: dict[str, object] = {}
        if "fp16" in args.precisions:
            add(make_half(source, new / model_file("fp16"), validation, exact))
            add(evaluate_widened(new / model_file("fp16"), work, validation, exact))
            changes["fp32"] = model_file("fp16")
        if "int8" in args.precisions:
            note += f"; INT8 calibrated ({args.method}) on {len(calibration)} images of others"
            for name, form in _INTEGER_FORMS.items():
                output = new / name
                add(make_integer(source, output, form, args.method, calibration, validation, exact, args.min_agreement))
        if args.json:
            write_atomic(args.json, json.dumps(_report(made, args, len(calibration)), indent=1) + "\n")
        poor = [model for model in made if model.agreement.agreement < args.min_agreement]
        if poor and not args.force:
            raise UserError(
                f"{poor[0].precision} agrees with fp32 on {poor[0].agreement.agreement:.2%} of the images, less than "
                f"{args.min_agreement:.0%}: try another --method or more --images, or take it as it is with --force"
            )
        note += ".\n\n" + "\n".join(f"- {model.precision}: {model.result()}." for model in made)
        if changes:
            differences = write_reference(reference, work / model_file("fp32"), new / REFERENCE)
            note += (
                f"\n\nThe fp32 network is `{model_file('fp16')}`, computed in fp32: its weights are fp16's. The "
                f"reference is its own; from that of the bundle it was made of, {differences}."
            )
        derive_bundle(
            bundle,
            args.output,
            "Precision",
            note,
            changes=changes,
            added=sorted(new.iterdir()),
            left_out=[model_file("fp32")] if changes else [],
        )
    print(f"written to {args.output}")
    return 0


def _report(made: Sequence[NewModel], args: argparse.Namespace, calibrated: int) -> dict[str, Any]:
    return {
        "method": args.method,
        "calibration_images": calibrated,
        "validation_drivers": list(args.validate),
        "models": {
            model.precision: {
                **model.agreement.model_dump(),
                "same_region": model.same_region,
                "box_difference": model.box_difference,
                "in_fp32": model.in_fp32,
            }
            for model in made
        },
    }


def _parser() -> argparse.ArgumentParser:
    parser = CommandParser(prog="python -m calibration.quantize", description="Add fp16 and INT8 to a bundle.")
    parser.add_argument("bundle", nargs="?", type=Path, default=DEFAULT_BUNDLE, help="the default one when left out")
    parser.add_argument(
        "--data", type=Path, nargs="+", required=True, metavar="DIR", help="labelled images, State Farm's layout"
    )
    parser.add_argument("--output", type=Path, required=True, metavar="BUNDLE", help="an empty or new folder")
    parser.add_argument("--precisions", nargs="+", choices=("fp16", "int8"), default=["fp16", "int8"])
    parser.add_argument("--method", choices=sorted(METHODS), default="minmax", help="how ranges are found (minmax)")
    parser.add_argument(
        "--validate",
        nargs="+",
        default=list(_VALIDATION_DRIVERS),
        metavar="DRIVER",
        help=f"drivers to validate with; all others calibrate ({' '.join(_VALIDATION_DRIVERS)})",
    )
    parser.add_argument("--images", type=positive_number, default=160, metavar="N", help="to calibrate with (160)")
    parser.add_argument(
        "--validation-images", type=positive_number, metavar="N", help="to validate with (all of the drivers')"
    )
    parser.add_argument("--min-agreement", type=_fraction, default=MIN_AGREEMENT, metavar="FRACTION", help="(0.99)")
    parser.add_argument("--force", action="store_true", help="write the bundle even if a precision agrees less")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything that was measured to FILE")
    return parser


def _fraction(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0.0 <= value <= 1.0:
        raise argparse.ArgumentTypeError(f"{text!r} is no fraction: write 0 to 1")
    return value


if __name__ == "__main__":
    raise SystemExit(run_command(main))
