"""How good the alerts are, in one table: `python -m calibration.alert_table --output DIR`.

The demo drive, simulated drives of drivers that nothing was fitted on, attentive hours with near misses, and any
recorded drives named: distractions detected, excess delay against ideal predictions, false alerts an hour; before any
smoothing, after it, and with thresholds by activity. Those are fitted, as `calibration.thresholds` does, on simulated
drives of yet other drivers; what a bundle or `--policy` brings is taken as it is, fitted beforehand. Regions are found
as the monitor finds them. *Under an older*: distractions not detected because an alert from before was active all
through them; *cleared late*: alerts that outlived their distraction.

Rendering needs no bundle (`--render-only`). Whatever was rendered or classified before is not done again, so the
command can be stopped and started at any time; what another version of the renderer rendered is rendered again.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from rich.table import Table

from calibration.labelled_drives import classify, labelled, recording_of
from calibration.simulated_drives import (
    FIRST_SEED,
    PlannedDrive,
    add_fit_arguments,
    attentive_drives,
    distracted_drives,
    fit_drives,
    render,
)
from calibration.thresholds import fit_thresholds
from engines.command import positive_number, run_command, whole_number
from engines.command_parser import CommandParser
from engines.files.console import PrintableConsole
from engines.files.output import prepare_folder, write_atomic
from monitor.alerts.settings import AlertSettings
from monitor.evaluation.drive import DriveRecord
from monitor.evaluation.predictions import DrivePredictions
from monitor.evaluation.tables import all_events, all_frames
from monitor.fleet.prediction_cache import PredictionCache
from monitor.fleet.recordings import RecordedDrive
from monitor.live.engine import Engine, EngineOptions
from monitor.sources import DEMO

DRIVE_S = 120.0

BEFORE = AlertSettings(smoothing_s=0.0, single_frame_weight=1.0, enter=0.5, leave=0.49)
"""The likelier of attention and distraction in each frame by itself decides; the timer is the same."""

FITTED = "smoothed, fitted"

FALSE_AN_HOUR = 1.0
"""The aim, and what the thresholds are fitted to."""


@dataclass(frozen=True)
class Group:
    """Drives of one kind, a row of the table."""

    title: str
    recordings: tuple[RecordedDrive, ...]


def row(group: str, variant: str, records: Sequence[DriveRecord]) -> dict[str, Any]:
    """One line of the table, as JSON holds it."""
    events, frames = all_events(records), all_frames(records)
    assert events is not None and frames is not None
    expected = len(events.expected)
    return {
        "drives": group,
        "variant": variant,
        "frame_accuracy": frames.accuracy,
        "expected": expected,
        "detected": events.detected,
        "detected_fraction": events.detected / expected if expected else None,
        "median_excess_delay_s": float(np.median(events.excess_delays_s)) if events.excess_delays_s else None,
        "false": len(events.false),
        "missed_under_alert": len(events.missed_under_alert),
        "cleared_late": len(events.cleared_late),
        "hours": events.labelled_s / 3600.0,
        "false_per_hour": events.false_per_hour,
    }


def aims(rows: Sequence[dict[str, Any]], attentive: str | None) -> list[dict[str, Any]]:
    """What is aimed at, and what the last policy of all drives, and of the attentive ones, reaches.

    Args:
        rows: of `row`.
        attentive: the attentive drives' title; None without any.
    """
    last = rows[-1]
    hours = [entry for entry in rows if entry["drives"] == attentive and entry["variant"] == last["variant"]]
    figures = [
        ("distractions detected, fraction", last["detected_fraction"], 0.95, False),
        ("median excess delay against ideal predictions, s", last["median_excess_delay_s"], 0.5, True),
        *(("false alerts an attentive hour", entry["false_per_hour"], FALSE_AN_HOUR, True) for entry in hours),
    ]
    return [
        {
            "what": what,
            "value": value,
            "aim": aim,
            "met": None if value is None else (value <= aim if is_max else value >= aim),
        }
        for what, value, aim, is_max in figures
    ]


def show(rows: Sequence[dict[str, Any]]) -> Table:
    """The table for people."""
    table = Table("drives", "alerts")
    figures = ("frames correct", "detected", "under an older", "median excess delay", "cleared late")
    for title in (*figures, "false", "hours", "an hour"):
        table.add_column(title, justify="right")
    for entry in rows:
        accuracy, fraction = entry["frame_accuracy"], entry["detected_fraction"]
        excess_delay_s, rate = entry["median_excess_delay_s"], entry["false_per_hour"]
        table.add_row(
            entry["drives"],
            entry["variant"],
            "–" if accuracy is None else f"{100.0 * accuracy:.1f} %",
            "–" if fraction is None else f"{entry['detected']} of {entry['expected']} ({100.0 * fraction:.0f} %)",
            str(entry["missed_under_alert"]),
            "–" if excess_delay_s is None else f"{excess_delay_s:+.2f} s",
            str(entry["cleared_late"]),
            str(entry["false"]),
            f"{entry['hours']:.2f}",
            "–" if rate is None else f"{rate:.1f}",
        )
    return table


def parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = CommandParser(prog="python -m calibration.alert_table", description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--output", type=Path, required=True, metavar="DIR", help="drives, predictions, alert_table.json"
    )
    parser.add_argument(
        "--drives", nargs="*", default=[], metavar="FILE", help="recorded; NAME.csv or NAME.json beside it"
    )
    parser.add_argument("--bundle", type=Path, metavar="DIR", help="engine bundle (the one that is shipped)")
    parser.add_argument("--policy", type=Path, metavar="TOML", help="fitted thresholds and policy, instead of a fit")
    parser.add_argument("--simulated", type=whole_number, default=20, metavar="N", help="drives of 120 s (20)")
    parser.add_argument("--attentive-drives", type=whole_number, default=3, metavar="N", help="of nothing but C0 (3)")
    parser.add_argument("--attentive-minutes", type=positive_number, default=60, metavar="N", help="of each (60)")
    add_fit_arguments(parser)
    parser.add_argument("--render-only", action="store_true", help="render the drives and end: needs no bundle")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; the exit code."""
    arguments = parser().parse_args(argv)
    fit = fit_drives(arguments)
    folder = arguments.output / "drives"
    prepare_folder(folder)
    recorded = [recording_of(source_name) for source_name in (DEMO, *arguments.drives)]
    engine = None if arguments.render_only else Engine.open(EngineOptions(arguments.bundle, arguments.policy))
    given = engine is not None and engine.settings != AlertSettings()

    attentive_s = 60.0 * arguments.attentive_minutes
    kinds: dict[str, list[PlannedDrive]] = {
        "simulated": distracted_drives(FIRST_SEED, arguments.simulated, DRIVE_S),
        "attentive": attentive_drives(FIRST_SEED, arguments.attentive_drives, attentive_s),
        "fit": fit if arguments.fit_drives and not given else [],
    }
    write_line = partial(PrintableConsole(stderr=True).print, highlight=False, soft_wrap=True)
    videos = render([drive for drives in kinds.values() for drive in drives], folder, arguments.workers, write_line)
    if engine is None:
        return 0
    rendered = iter([recording_of(str(video)) for video in videos])
    simulations = {kind: tuple(next(rendered) for _ in drives) for kind, drives in kinds.items()}
    groups = [
        Group("demo drive", (recorded[0],)),
        Group(f"simulated, {arguments.simulated} × {DRIVE_S:g} s", simulations["simulated"]),
        *(Group(Path(recording.name).stem, (recording,)) for recording in recorded[1:]),
        Group(f"attentive, {arguments.attentive_drives} × {arguments.attentive_minutes} min", simulations["attentive"]),
    ]
    groups = [group for group in groups if group.recordings]

    cache = PredictionCache.open(arguments.output / "predictions")
    all_recordings = [*simulations["fit"], *(recording for group in groups for recording in group.recordings)]
    known = {recording.source_name: drive for recording, drive in classify(all_recordings, engine, cache)}
    variants = {"before smoothing": BEFORE, "smoothed": AlertSettings()}
    if given:
        variants[FITTED] = engine.settings
    elif simulations["fit"]:
        fit_on = [labelled(recording, known[recording.source_name]) for recording in simulations["fit"]]
        variants[FITTED] = fit_thresholds(fit_on, AlertSettings(), FALSE_AN_HOUR)
    rows = _rows(groups, variants, engine, known)
    reached = aims(rows, groups[-1].title if simulations["attentive"] else None)
    content = {
        "bundle": engine.manifest.name,
        "settings": {name: settings.model_dump(mode="json") for name, settings in variants.items()},
        "fitted_on": [recording.name for recording in simulations["fit"]],
        "aims": reached,
        "rows": rows,
    }
    write_atomic(arguments.output / "alert_table.json", json.dumps(content, indent=1) + "\n")
    PrintableConsole(width=160).print(show(rows))
    for aim in reached:
        verdict = "–" if aim["value"] is None else f"{aim['value']:.3g}, {'met' if aim['met'] else 'not met'}"
        print(f"{aim['what']}: {verdict} (aim {aim['aim']:g})")
    return 0


def _rows(
    groups: Sequence[Group],
    variants: dict[str, AlertSettings],
    engine: Engine,
    known: dict[str, DrivePredictions],
) -> list[dict[str, Any]]:
    """A row for each group and variant, and one for all groups together, the last variant last."""
    everything = Group("all", tuple(recording for group in groups for recording in group.recordings))
    records = {
        (recording.source_name, variant): DriveRecord(
            recording.name, recording.labels, engine.mount(recording.mount), known[recording.source_name], settings
        )
        for recording in everything.recordings
        for variant, settings in variants.items()
    }
    return [
        row(group.title, variant, [records[recording.source_name, variant] for recording in group.recordings])
        for group in (*groups, everything)
        for variant in variants
    ]


if __name__ == "__main__":
    raise SystemExit(run_command(main))
