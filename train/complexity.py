"""Table VI: what the networks cost. `python -m train.complexity --json FILE`.

Trainable parameters, floating-point operations (two a multiply-add; convolutions and matrix products), the time for
one image, and the hours of training that measured steps project, for the baseline, −Attn and +Attn of each backbone
with a head of 40 classes, beside the paper's figures.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import TypeAdapter
from rich.table import Table

from engines.command import add_version, positive_number, run_command
from engines.command_parser import CommandParser
from engines.files.console import track
from engines.files.output import prepare_file, write_atomic
from train.command import backbone_name
from train.models.model_kind import ModelKind
from train.paper.tables import TABLE_VI
from train.reporting.console import table_console

if TYPE_CHECKING:
    import torch

    from train.paper.cost import Complexity

_WIDTH = 140
_KINDS = (ModelKind.BASELINE, ModelKind.NO_ATTENTION, ModelKind.FULL)
_KIND_NAMES = {ModelKind.BASELINE: "baseline", ModelKind.NO_ATTENTION: "−Attn", ModelKind.FULL: "+Attn"}


def print_table(rows: Sequence[Complexity], device: str) -> None:
    """The table as people read it, the paper's figure after each of ours."""
    from train.paper.cost import CLASSES, TRAINING_IMAGES

    title = f"Table VI, {CLASSES} classes; ours (paper's); times on {device}, the paper's on a Titan V"
    half_iqrs = [row.half_iqr for row in rows if row.half_iqr is not None]
    caption = (
        f"times vary by ±{max(half_iqrs):.0%} at most (half the distance between the quartiles)" if half_iqrs else None
    )
    table = Table(title=title, caption=caption)
    for heading in ("backbone", "model", "params M", "GFLOPs", "infer ms", *(f"{name} h" for name in TRAINING_IMAGES)):
        table.add_column(heading, no_wrap=True)
    for row in rows:
        ours, paper = row.train_hours or {}, row.paper_train_hours or {}
        table.add_row(
            row.backbone,
            _KIND_NAMES[row.model],
            _beside(row.params_m, row.paper_params_m),
            _beside(row.gflops, row.paper_gflops),
            _beside(row.infer_ms, row.paper_infer_ms),
            *(_beside(ours.get(name), paper.get(name)) for name in TRAINING_IMAGES),
        )
    table_console(_WIDTH).print(table)


def _beside(ours: float | None, paper: float | None) -> str:
    measured = "–" if ours is None else f"{ours:.2f}"
    return measured if paper is None else f"{measured} ({paper:.2f})"


def _device(text: str) -> torch.device:
    import torch

    try:
        device = torch.device(text)
        torch.zeros(1, device=device).cpu()
    except Exception as error:  # torch raises another kind for every way of lacking a device
        raise argparse.ArgumentTypeError(
            f"there is no device {text!r} here: cpu, or cuda with an NVIDIA GPU"
        ) from error
    return device


def main(argv: Sequence[str] | None = None) -> int:
    """Count and time the networks."""
    parser = CommandParser(prog="python -m train.complexity", description="Table VI: what networks cost.")
    parser.add_argument(
        "--backbone",
        nargs="+",
        type=backbone_name,
        metavar="NAME",
        default=list(dict.fromkeys(name for name, _ in TABLE_VI)),
        help="instead of the paper's four",
    )
    parser.add_argument("--view-size", type=positive_number, default=224, metavar="S", help="side in pixels (224)")
    parser.add_argument("--device", type=_device, help="what to time on (cuda where there is one, else cpu)")
    parser.add_argument("--repeats", type=positive_number, default=20, metavar="N", help="images to time (20)")
    parser.add_argument("--steps", type=positive_number, default=10, metavar="N", help="training steps to time (10)")
    parser.add_argument("--counts-only", action="store_true", help="leave the times out: done in seconds")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows there too")
    add_version(parser)
    args = parser.parse_args(argv)
    if args.json:
        prepare_file(args.json)
    # Not before the arguments are known to be right: with torch.
    import torch

    from train.paper.cost import Complexity, count, with_times

    device = args.device or torch.device("cuda" if torch.cuda.is_available() else "cpu")
    rows: list[Complexity] = []
    for backbone in track(list(dict.fromkeys(args.backbone)), description="measuring", transient=True):
        of_backbone = [count(backbone, kind, args.view_size) for kind in _KINDS]
        if not args.counts_only:
            of_backbone = with_times(of_backbone, args.view_size, device, args.repeats, args.steps)
        rows += of_backbone
    print_table(rows, str(device))
    if args.json:
        content = TypeAdapter(list[Complexity]).dump_json(rows, indent=1)
        write_atomic(args.json, content + b"\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(run_command(main))
