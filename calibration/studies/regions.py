"""What ways of finding regions cost and give.

`python -m calibration.studies.regions settings DRIVE…` or `order DRIVE…`.

`settings` compares trackers on drives with `NAME.csv` beside `NAME.mp4`: time, likelihood, agreement with cold regions,
accuracy. `order` compares orders of the primary regions, on drives and on images of State Farm. Every way gets every
frame in turn, so that whatever else the machine does weighs on all alike.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice, product
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel
from rich import box
from rich.table import Table
from sklearn.metrics import accuracy_score, log_loss

from engines.benchmarks.timing import timed
from engines.bundles.bundle import Bundle, require_driver_classes
from engines.bundles.manifest import DEFAULT_BUNDLE
from engines.classifier import Classifier
from engines.command import positive_number, progress_bar, run_command, whole_number
from engines.command_parser import CommandParser
from engines.errors import UserError
from engines.files.console import PrintableConsole
from engines.files.images import require_image
from engines.files.labels.drive_labels import read_labels
from engines.files.labels.label_files import label_file
from engines.files.output import prepare_file, write_atomic
from engines.files.video import open_video
from engines.regions import COLD_SEED, Fallback, fit_mixture, propose_regions, with_pairs
from engines.regions.tracking import RegionTracker, TrackingSettings
from engines.runtimes import SessionOptions, open_session
from train.statefarm import read_statefarm
from train.studies.reference_regions import reference_regions

SCALES = (0.5, 0.75, 1.0)
REFRESHES = (1, 2)
RESTARTS: tuple[dict[str, object], ...] = (
    {"restart_every": 4},
    {"restart_every": 1},
    {"restart_every": 10},
    {"restart_every": None, "jump_nats": float("inf")},
    {"follow": False},
)
"""k-means tried every four views and after a jump; in every view; every ten; never after the first; k-means alone."""


class LabelledFrame(NamedTuple):
    """A model view (S, S, 3) uint8 RGB, and its class; None where nothing is labelled."""

    view: NDArray[np.uint8]
    label: int | None


class WayFigures(BaseModel):
    """What one way of finding regions gives over some drives or images.

    Attributes:
        way: in words.
        frames: how many it got; `labelled` of them have a label.
        refresh_ms: median of a refresh, by the clock; None where time was not taken.
        amortised_ms: mean of a frame, those included that reuse regions.
        ratio: median of the reference over that of a refresh.
        amortised_ratio: mean of the reference over that of a frame.
        same_nats: mean log-likelihood in nats a point, the mixture's less a cold fit's, on the same keypoints.
        all_nats: the same on all keypoints of the view.
        agreement: fraction of frames that get the class that cold regions give.
        accuracy, log_loss: on the labelled frames.
    """

    way: str
    frames: int
    labelled: int
    refresh_ms: float | None = None
    amortised_ms: float | None = None
    ratio: float | None = None
    amortised_ratio: float | None = None
    same_nats: float | None = None
    all_nats: float | None = None
    agreement: float
    accuracy: float
    log_loss: float


@dataclass
class _Record:
    """What one way did, frame by frame: seconds, whether it was a refresh, nats, probabilities (K,)."""

    seconds: list[float] = field(default_factory=list)
    refreshed: list[bool] = field(default_factory=list)
    nats: list[tuple[float, float]] = field(default_factory=list)
    probabilities: list[NDArray[np.float32]] = field(default_factory=list)

    def figures(
        self, way: str, labels: Sequence[int | None], cold: Sequence[NDArray[np.float32]], reference: Sequence[float]
    ) -> WayFigures:
        """Over all frames.

        Args:
            way: in words.
            labels: of each frame.
            cold: probabilities (K,) with cold regions.
            reference: seconds of the reference; none where time was not taken.
        """
        probabilities = np.stack(self.probabilities).astype(np.float64)
        known = np.array([label is not None for label in labels])
        classes = np.array([label for label in labels if label is not None])
        timed: dict[str, float | None] = {}
        if reference:
            seconds = np.array(self.seconds)
            refresh_s = float(np.median(seconds[np.array(self.refreshed)]))
            nats = [column[~np.isnan(column)] for column in np.array(self.nats).T]
            timed = {
                "refresh_ms": refresh_s * 1e3,
                "amortised_ms": float(seconds.mean()) * 1e3,
                "ratio": float(np.median(reference)) / refresh_s,
                "amortised_ratio": float(np.mean(reference) / seconds.mean()),
                **{
                    name: float(column.mean()) if len(column) else None
                    for name, column in zip(("same_nats", "all_nats"), nats, strict=True)
                },
            }
        return WayFigures(
            way=way,
            frames=len(probabilities),
            labelled=len(classes),
            agreement=float((probabilities.argmax(axis=1) == np.stack(cold).argmax(axis=1)).mean()),
            accuracy=float(accuracy_score(classes, probabilities[known].argmax(axis=1))),
            log_loss=float(
                log_loss(
                    classes,
                    probabilities[known] / probabilities[known].sum(axis=1, keepdims=True),
                    labels=range(probabilities.shape[1]),
                )
            ),
            **timed,
        )


def labelled_drive(classifier: Classifier, drive: Path, frames: int | None) -> Iterator[LabelledFrame]:
    """The frames of a video from its first, with the labels beside it.

    Raises:
        UserError: for what is no video, has no labels, or none of these frames is labelled.
    """
    with open_video(drive) as video:
        labels = read_labels(label_file(drive))
        if frames is not None and labels.segments[0].start_s >= frames * video.step_s:
            raise UserError(f"none of the first {frames} frames of {drive} is labelled: take more of them")
        for frame in islice(video, frames):
            activity = labels.activity_at(frame.time_s)
            yield LabelledFrame(classifier.view(frame.pixels), None if activity is None else int(activity))


def labelled_images(classifier: Classifier, folder: Path, drivers: Sequence[str]) -> Iterator[LabelledFrame]:
    """State Farm's images of some drivers. Raises `UserError` for a driver or an image that is not there."""
    images = read_statefarm(folder)
    absent = set(drivers) - {image.driver for image in images}
    if absent:
        raise UserError(f"no images of {', '.join(sorted(absent))}: check the drivers' names")
    for image in images:
        if image.driver in drivers:
            yield LabelledFrame(classifier.view(require_image(image.path)), image.label)


def compare_settings(
    classifier: Classifier,
    drives: Sequence[Path],
    settings: Sequence[TrackingSettings],
    *,
    frames: int | None = None,
    progressed: Callable[[], None] = lambda: None,
) -> dict[str, list[WayFigures]]:
    """Cold regions, those of another k-means start, and trackers with these settings, beside the reference.

    Args:
        classifier: whose network.
        drives: videos with labels beside them; every one starts trackers of its own.
        settings: of the trackers.
        frames: of each drive, at most.
        progressed: called after each frame.

    Returns:
        The figures of each way, by drive, and over all drives where there are several.

    Raises:
        UserError: for a drive that cannot be used.
    """
    ways = ["cold", "cold, another k-means start", *map(in_words, settings)]
    records = [
        _run_ways(classifier, labelled_drive(classifier, drive, frames), settings, progressed) for drive in drives
    ]
    tables = {drive.stem: [each] for drive, each in zip(drives, records, strict=True)}
    if len(records) > 1:
        tables["all"] = records
    return {
        name: [
            _joined([each.ways[index] for each in parts]).figures(
                way,
                [label for each in parts for label in each.labels],
                [row for each in parts for row in each.ways[0].probabilities],
                [seconds for each in parts for seconds in each.reference],
            )
            for index, way in enumerate(ways)
        ]
        for name, parts in tables.items()
    }


@dataclass
class _DriveRecords:
    """A drive: each frame's label and the reference's seconds, and what each way did."""

    ways: list[_Record]
    labels: list[int | None] = field(default_factory=list)
    reference: list[float] = field(default_factory=list)


def _joined(records: Sequence[_Record]) -> _Record:
    joined = _Record()
    for record in records:
        joined.seconds += record.seconds
        joined.refreshed += record.refreshed
        joined.nats += record.nats
        joined.probabilities += record.probabilities
    return joined


def _run_ways(
    classifier: Classifier,
    frames: Iterator[LabelledFrame],
    settings: Sequence[TrackingSettings],
    progressed: Callable[[], None],
) -> _DriveRecords:
    kappa = classifier.manifest.kappa
    trackers = [RegionTracker(kappa, each) for each in settings]
    drive = _DriveRecords([_Record() for _ in range(2 + len(trackers))])
    for view, label in frames:
        drive.labels.append(label)
        drive.reference.append(timed(lambda: reference_regions(view, kappa))[1].wall)  # noqa: B023 - called at once
        full = float("nan")
        fits: dict[float, float] = {}
        for seed, record in zip((COLD_SEED, COLD_SEED + 1), drive.ways, strict=False):
            found, taken = timed(lambda: propose_regions(view, kappa, seed=seed))  # noqa: B023
            record.seconds.append(taken.wall)
            record.refreshed.append(True)
            likelihood = _cold_likelihood(found.keypoints, kappa, seed)
            full = likelihood if seed == COLD_SEED else full
            record.nats.append((likelihood - full, likelihood - full))
            record.probabilities.append(classifier.infer(view, found.boxes).probabilities)
        for tracker, record in zip(trackers, drive.ways[2:], strict=True):
            before = tracker.refreshes
            proposal, taken = timed(lambda: tracker.propose(view))  # noqa: B023
            record.seconds.append(taken.wall)
            record.refreshed.append(tracker.refreshes > before)
            scale, gain = tracker.settings.scale, float("nan")
            # Between refreshes the tracker's keypoints are those of another view.
            if record.refreshed[-1]:
                if scale not in fits:
                    fits[scale] = _cold_likelihood(proposal.keypoints, kappa, COLD_SEED)
                gain = tracker.log_likelihood - fits[scale]
            record.nats.append((gain, tracker.likelihood_of(found.keypoints) - full))
            record.probabilities.append(classifier.infer(view, proposal.boxes).probabilities)
        progressed()
    return drive


def _cold_likelihood(keypoints: NDArray[np.float64], kappa: int, seed: int) -> float:
    """Mean of keypoints (N, 2) under their cold mixture, in nats a point; nan without one."""
    mixture = fit_mixture(keypoints, kappa, seed=seed)
    return float("nan") if isinstance(mixture, Fallback) else mixture.log_likelihood


def in_words(settings: TrackingSettings) -> str:
    """A tracker's settings, as the table names them."""
    if not settings.follow:
        start = "k-means alone"
    elif settings.restart_every is None:
        start = "never k-means again"
    else:
        start = "k-means tried " + ("always" if settings.restart_every == 1 else f"every {settings.restart_every}")
    refresh = "" if settings.refresh_every == 1 else f", every {settings.refresh_every} frames"
    return f"scale {settings.scale:g}, {start}{refresh}"


def compare_orders(
    classifier: Classifier,
    frames: Sequence[Callable[[], Iterator[LabelledFrame]]],
    *,
    tracked: bool,
    seed: int = 0,
    progressed: Callable[[], None] = lambda: None,
) -> list[WayFigures]:
    """Orders of the primary regions, the boxes themselves alike in each.

    Args:
        classifier: whose network.
        frames: one entry for each drive or set of images.
        tracked: whether frames follow each other, and a tracker finds their regions; otherwise regions are cold, and
            there is no order to hold on to.
        seed: of the random order.
        progressed: called after each frame.

    Returns:
        By position; the components' order, held from frame to frame; random, another in every frame; and random, the
        same in all frames.
    """
    kappa = classifier.manifest.kappa
    generator = np.random.default_rng(seed)
    fixed = generator.permutation(kappa)
    records = {way: _Record() for way in ("by position", *(["kept"] if tracked else []), "random", "random, fixed")}
    cold: list[NDArray[np.float32]] = []
    labels: list[int | None] = []
    for source in frames:
        ordered, kept = RegionTracker(kappa), RegionTracker(kappa, TrackingSettings(order="kept"))
        for view, label in source():
            labels.append(label)
            first = propose_regions(view, kappa).boxes
            cold.append(classifier.infer(view, first).probabilities)
            boxes = ordered(view) if tracked else first
            primaries = boxes[:kappa].astype(np.float64)
            ways = {
                "by position": boxes,
                "random": with_pairs(primaries[generator.permutation(kappa)]),
                "random, fixed": with_pairs(primaries[fixed]),
            }
            if tracked:
                ways["kept"] = kept(view)
            for way, chosen in ways.items():
                records[way].probabilities.append(classifier.infer(view, chosen).probabilities)
            progressed()
    return [record.figures(way, labels, cold, []) for way, record in records.items()]


def show(title: str, rows: Sequence[WayFigures]) -> Table:
    """A table for people."""
    timed = rows[0].ratio is not None
    table = Table(title=f"{title}: {rows[0].frames} frames, {rows[0].labelled} labelled", box=box.MARKDOWN)
    times = ("refresh, ms", "times as fast", "a frame, ms", "times as fast", "nats: same keypoints", "all")
    for column in ("way", *(times if timed else ()), "same class as cold", "accuracy", "log loss"):
        table.add_column(column)
    for row in rows:
        figures = [
            f"{value:{form}}" if value is not None else "–"
            for value, form in (
                (row.refresh_ms, ".2f"),
                (row.ratio, ".1f"),
                (row.amortised_ms, ".2f"),
                (row.amortised_ratio, ".1f"),
                (row.same_nats, "+.3f"),
                (row.all_nats, "+.3f"),
            )
        ]
        table.add_row(
            row.way, *(figures if timed else ()), f"{row.agreement:.1%}", f"{row.accuracy:.1%}", f"{row.log_loss:.3f}"
        )
    return table


def _parser() -> argparse.ArgumentParser:
    parser = CommandParser(prog="python -m calibration.studies.regions", description="Compare ways of finding regions.")
    commands = parser.add_subparsers(required=True, dest="command", metavar="COMMAND")
    settings = commands.add_parser("settings", help="trackers: time, likelihood, agreement, accuracy")
    order = commands.add_parser("order", help="orders of the primary regions: agreement, accuracy")
    for sub in (settings, order):
        sub.add_argument("drives", nargs="*", type=Path, metavar="DRIVE", help="videos with NAME.csv beside them")
        sub.add_argument("--bundle", type=Path, default=DEFAULT_BUNDLE, metavar="DIR", help="(the one that is shipped)")
        sub.add_argument("--frames", type=positive_number, metavar="N", help="of each drive, at most (all)")
        sub.add_argument("--threads", type=positive_number, metavar="N", help="CPU threads of the network")
        sub.add_argument("--json", type=Path, metavar="FILE", help="write the figures to FILE")
    settings.add_argument("--scales", nargs="+", type=_fraction, default=list(SCALES), metavar="X", help="of the view")
    order.add_argument("--statefarm", type=Path, metavar="DIR", help="State Farm's images, with cold regions")
    order.add_argument("--drivers", nargs="+", default=["p021", "p045", "p056", "p075"], metavar="P", help="of them")
    order.add_argument("--seed", type=whole_number, default=0, metavar="N", help="of the random order (0)")
    return parser


def _fraction(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0.0 < value <= 1.0:
        raise argparse.ArgumentTypeError(f"{text!r} is no number above 0 and up to 1")
    return value


def main(argv: Sequence[str] | None = None) -> int:
    """Compare, and print tables."""
    args = _parser().parse_args(argv)
    images = args.statefarm if args.command == "order" else None
    if not args.drives and images is None:
        raise UserError("nothing to compare: name recorded drives with labels beside them")
    if args.json:
        prepare_file(args.json)
    bundle = Bundle.open(args.bundle)
    require_driver_classes(bundle)
    classifier = Classifier(bundle, open_session(bundle, options=SessionOptions(threads=args.threads)))
    tables: dict[str, list[WayFigures]] = {}
    with progress_bar() as progress:
        task = progress.add_task("frames", total=None)

        def progressed() -> None:
            progress.advance(task)

        if args.command == "settings":
            ways = [
                TrackingSettings(scale=scale, refresh_every=refresh, **restart)  # type: ignore[arg-type]
                for scale, restart, refresh in product(args.scales, RESTARTS, REFRESHES)
                if refresh == 1 or restart == RESTARTS[0]
            ]
            tables = compare_settings(classifier, args.drives, ways, frames=args.frames, progressed=progressed)
        else:
            for drive in args.drives:

                def frames_of(path: Path = drive) -> Iterator[LabelledFrame]:
                    return labelled_drive(classifier, path, args.frames)

                tables[drive.stem] = compare_orders(
                    classifier, [frames_of], tracked=True, seed=args.seed, progressed=progressed
                )
            if images is not None:
                tables[f"State Farm, {' '.join(args.drivers)}"] = compare_orders(
                    classifier,
                    [lambda: labelled_images(classifier, images, args.drivers)],
                    tracked=False,
                    seed=args.seed,
                    progressed=progressed,
                )
    if args.json:
        content = {name: [row.model_dump() for row in rows] for name, rows in tables.items()}
        write_atomic(args.json, json.dumps(content, indent=1) + "\n")
    # Wide enough for a file too, where a console would take 80 columns.
    out = PrintableConsole(width=160)
    for name, rows in tables.items():
        out.print(show(name, rows))
    return 0


if __name__ == "__main__":
    raise SystemExit(run_command(main))
