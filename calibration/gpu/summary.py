"""A GPU report for people: tables in Markdown, beside the paper's Table VI, and a plot."""

from __future__ import annotations

import importlib.util
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

from calibration.gpu.device import Clocks
from calibration.gpu.parity import Parity
from calibration.gpu.pipeline import PipelineSpeed
from calibration.gpu.rows import Report, Row
from calibration.gpu.speed import NetworkSpeed, Speed
from calibration.gpu.training import Training
from engines.benchmarks.timing import LatencyPercentiles
from engines.files.output import write_atomic
from train.models.model_kind import ModelKind
from train.paper.tables import TABLE_VI

MARKDOWN, PLOT = "gpu-report.md", "gpu-report.png"
_PAPER = "resnet50"


def write_summary(report: Report, folder: Path) -> list[Path]:
    """Write the Markdown file and, where matplotlib is installed, the plot. Raises `UserError`."""
    written = [folder / MARKDOWN]
    write_atomic(written[0], markdown(report))
    if importlib.util.find_spec("matplotlib") is not None and _speeds(report.rows):
        written.append(folder / PLOT)
        write_atomic(written[1], _plot(report))
    return written


def markdown(report: Report) -> str:
    """The whole report as Markdown."""
    machine = report.machine
    lines = ["# GPU report", ""]
    if report.dry_run:
        lines += ["**A dry run on the CPU with tiny settings: its figures say nothing of any machine.**", ""]
    versions = ", ".join(f"{name} {version}" for name, version in machine.packages.items())
    about = [machine.device]
    if machine.is_gpu:
        about.append(
            f"compute capability {machine.capability}, {(machine.memory_mb or 0) / 1e3:.0f} GB, driver "
            f"{machine.driver or 'unknown'}, CUDA {machine.cuda}, cuDNN {machine.cudnn}"
        )
    about += [f"{machine.cores} CPU cores", f"Python {machine.python}", versions]
    lines += ["; ".join(about) + f". {report.seconds:.0f} s of {report.minutes:g} min.", ""]
    for title, table in (
        ("Parity with the reference", _parity(report.rows)),
        ("Beside the paper's Table VI (ResNet-50, Titan V)", _paper(report.rows)),
        ("One view, milliseconds", _latency(report.rows)),
        ("Throughput, views a second by batch size", _throughput(report.rows)),
        ("Training, two epochs with bf16", _training(report)),
        ("Frames to probabilities, regions on the CPU", _pipeline(report.rows)),
        ("Not measured", _unmeasured(report.rows)),
    ):
        rows = list(table)
        if len(rows) > 2:  # more than its heading
            lines += [f"## {title}", "", *rows, ""]
    return "\n".join(lines)


def _heading(*names: str) -> Iterator[str]:
    yield _line(*names)
    yield _line(*["---"] * len(names))


def _line(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _parity(rows: Sequence[Row]) -> Iterator[str]:
    yield from _heading("network", "runtime", "probabilities", "boxes", "same activity", "")
    for row in rows:
        if not isinstance(row.figures, Parity):
            continue
        found, check = row.figures, row.figures.check
        verdict = "passed" if found.passed else "**differs**"
        if check is None:
            apart = f"features {found.backbone_difference or 0:.1e} of the largest"
            yield _line(row.subject, found.description, apart, "", "", verdict)
        else:
            apart = f"{check.probability_difference:.1e} (allowed {check.tolerance:g})"
            boxes = "" if check.box_difference is None else f"{check.box_difference:.1e}"
            same = f"{check.same_class} of {check.views}"
            yield _line(row.subject, found.description, apart, boxes, same, verdict)


def _speeds(rows: Sequence[Row]) -> list[tuple[Row, Speed]]:
    return [(row, row.figures) for row in rows if isinstance(row.figures, Speed)]


def _paper(rows: Sequence[Row]) -> Iterator[str]:
    paper = {kind: TABLE_VI[_PAPER, kind].infer_ms for kind in (ModelKind.FULL, ModelKind.BASELINE)}
    full, bare = paper[ModelKind.FULL], paper[ModelKind.BASELINE]
    yield from _heading("ResNet-50, one image", "AG-Net ms", "bare backbone ms", "ratio")
    found = [each for each in _speeds(rows) if each[0].subject.startswith(_PAPER)]
    if not found or full is None or bare is None:
        return
    yield _line("the paper, Titan V", f"{full:.2f}", f"{bare:.2f}", f"{full / bare:.2f}×")
    for row, speed in found:
        if speed.backbone is not None and speed.ratio is not None:
            ours, its = (_alone(each).p50 for each in (speed.network, speed.backbone))
            yield _line(row.way, f"{ours:.3f}", f"{its:.3f}", f"{speed.ratio:.2f}×")


def _alone(speed: NetworkSpeed) -> LatencyPercentiles:
    return speed.wall_ms if speed.device_ms is None else speed.device_ms


def _latency(rows: Sequence[Row]) -> Iterator[str]:
    yield from _heading(
        "network",
        "way",
        "on the device: p50",
        "p99",
        "host to host: p50",
        "p99",
        "over backbone",
        "memory MB",
        "clocks",
    )
    for row, speed in _speeds(rows):
        for name, part in ((row.subject, speed.network), ("its bare backbone", speed.backbone)):
            if part is None:
                continue
            device = (
                ("–", "–") if part.device_ms is None else (f"{part.device_ms.p50:.3f}", f"{part.device_ms.p99:.3f}")
            )
            first = part is speed.network
            yield _line(
                name,
                row.way,
                *device,
                f"{part.wall_ms.p50:.3f}",
                f"{part.wall_ms.p99:.3f}",
                f"{speed.ratio:.2f}×" if first and speed.ratio is not None else "",
                "–" if part.peak_mb is None else f"{part.peak_mb:.0f}",
                _clocks(speed.clocks) if first else "",
            )


def _clocks(clocks: Clocks | None) -> str:
    if clocks is None:
        return "–"
    told = (
        (clocks.sm_mhz, "MHz"),
        (clocks.memory_mhz, "MHz memory"),
        (clocks.temperature_c, "°C"),
        (clocks.power_w, "W"),
        (clocks.used_mb, "MB in use"),
    )
    return ", ".join(f"{value:.0f} {unit}" for value, unit in told if value is not None) or "–"


def _throughput(rows: Sequence[Row]) -> Iterator[str]:
    speeds = _speeds(rows)
    sizes = sorted({size for _, speed in speeds for size in (*speed.network.throughput, *speed.network.left_out)})
    yield from _heading("network", "way", *map(str, sizes))
    for row, speed in speeds:
        for name, part in ((row.subject, speed.network), ("its bare backbone", speed.backbone)):
            if part is not None:
                rates = (
                    f"{part.throughput[size]:,.0f}" if size in part.throughput else part.left_out.get(size, "–")
                    for size in sizes
                )
                yield _line(name, row.way, *rates)


def _training(report: Report) -> Iterator[str]:
    yield from _heading(
        "network", "epoch", "images a second", "steps alone", "waiting for the loader", "loss", "memory MB"
    )
    for row in report.rows:
        if isinstance(row.figures, Training):
            for number, epoch in enumerate(row.figures.epochs, 1):
                yield _line(
                    row.figures.description if number == 1 else "",
                    str(number) if row.figures.finished else f"{number} (cut short)",
                    f"{epoch.images_a_second:,.0f}",
                    f"{epoch.step_images_a_second:,.0f}",
                    f"{epoch.waiting:.0%}",
                    f"{epoch.loss:.3f}",
                    "–" if row.figures.peak_mb is None else f"{row.figures.peak_mb:.0f}",
                )


def _pipeline(rows: Sequence[Row]) -> Iterator[str]:
    yield from _heading(
        "network", "way", "frames a second", "CPU ms", "network ms", "CPU waits", "network waits", "who waits"
    )
    for row in rows:
        found = row.figures
        if isinstance(found, PipelineSpeed):
            yield _line(
                row.subject,
                row.way,
                f"{found.frames_a_second:.1f}",
                f"{found.cpu_ms:.2f}",
                f"{found.network_ms:.2f}",
                f"{found.cpu_waits:.0%}",
                f"{found.network_waits:.0%}",
                f"the {found.waits} waits; {found.cores_to_keep_up:.1f} cores of regions would keep it busy",
            )


def _unmeasured(rows: Sequence[Row]) -> Iterator[str]:
    yield from _heading("row", "", "why")
    for row in rows:
        if row.figures is None:
            yield _line(f"{row.part}: {row.subject}, {row.way}", row.status, row.reason or "")


def _plot(report: Report) -> bytes:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 5), layout="constrained")
    latency, throughput = figure.subplots(1, 2)
    names, medians, slowest, colours = [], [], [], []
    for row, speed in _speeds(report.rows):
        for name, part, colour in (("", speed.network, "tab:blue"), (" backbone", speed.backbone, "tab:grey")):
            if part is not None:
                alone = _alone(part)
                names.append(f"{row.subject}{name}, {row.way}")
                medians.append(alone.p50)
                slowest.append(alone.p99 - alone.p50)
                colours.append(colour)
                throughput.plot(list(part.throughput), list(part.throughput.values()), "o-", label=names[-1], ms=3)
    places = range(len(names))
    latency.barh(places, medians, xerr=[[0.0] * len(names), slowest], color=colours, capsize=2)
    latency.set_yticks(places, names, fontsize=6)
    latency.invert_yaxis()
    paper = TABLE_VI[_PAPER, ModelKind.FULL].infer_ms
    if paper is not None:
        latency.axvline(
            paper, color="tab:red", linestyle=":", label=f"paper, ResNet-50 AG-Net, Titan V: {paper:.2f} ms"
        )
        latency.legend(fontsize=7)
    latency.set_xlabel("one view: median, to 99th percentile (ms)")
    throughput.set_xscale("log", base=2)
    throughput.set_xlabel("batch size")
    throughput.set_ylabel("views a second")
    throughput.set_ylim(bottom=0)
    throughput.legend(fontsize=6)
    figure.suptitle(report.machine.device + (", dry run" if report.dry_run else ""))
    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=120)
    return content.getvalue()
