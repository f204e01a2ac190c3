"""Which filter smooths best: ``python -m calibration.smoothing DRIVE… [--fit DRIVE…]``.

Every filter, each with several strengths, is played over the same predictions of labelled drives, which are computed
once. How long attention and distraction last, which the hidden Markov model needs, is measured on the drives of
``--fit``, or on the same ones when left out. Regions are found as the monitor finds them.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from calibration.labelled_drives import LabelledDrive, read_drives, score_together
from engines.command import run_command
from engines.errors import UserError
from engines.files.drive_labels import DriveLabels
from engines.files.output import prepare_file, write_atomic
from monitor.alerts.settings import AlertSettings
from monitor.evaluation.tables import rounded_median
from monitor.live.engine import Engine, EngineOptions
from monitor.replay.prediction_cache import PredictionCache

CANDIDATES: tuple[dict[str, object], ...] = (
    {"smoothing": "exponential", "smoothing_s": 0.0, "single_frame_weight": 1.0},
    *({"smoothing": "exponential", "smoothing_s": seconds} for seconds in (0.3, 0.5, 0.8)),
    *({"smoothing": "median", "median_s": seconds} for seconds in (0.6, 1.0, 1.5)),
    *({"smoothing": "hmm", "hmm_evidence_s": seconds} for seconds in (0.3, 0.5, 0.8, 1.2)),
)
"""What is compared: the first is no filter at all."""


def measure_stays(labels: Sequence[DriveLabels]) -> tuple[float, float]:
    """Mean seconds of attention and of distraction on end.

    The maximum-likelihood rates of leaving both states: a stay that the end of its drive cuts short counts with its
    time but is not left. Raises `UserError` where one of the two never ends.
    """
    seconds, left = {False: 0.0, True: 0.0}, {False: 0, True: 0}
    for drive in labels:
        for index, stretch in enumerate(drive.stretches):
            state = stretch.activity.is_distraction
            seconds[state] += stretch.length_s
            following = drive.stretches[index + 1] if index + 1 < len(drive.stretches) else None
            left[state] += following is not None and following.activity.is_distraction is not state
    if not all(left.values()):
        raise UserError("attention and distraction must follow each other in the labels: name more drives")
    return seconds[False] / left[False], seconds[True] / left[True]


def compare(
    drives: Sequence[LabelledDrive], base: AlertSettings, stays: tuple[float, float]
) -> list[tuple[dict[str, object], dict[str, float | int | None]]]:
    """Each candidate's settings and what it makes of the drives."""
    measured = {"hmm_attentive_s": round(stays[0], 2), "hmm_distracted_s": round(stays[1], 2)}
    rows = []
    for candidate in CANDIDATES:
        settings = AlertSettings.model_validate({**base.model_dump(), **measured, **candidate})
        score = score_together(drives, settings)
        row: dict[str, float | int | None] = {
            "needed": len(score.needed),
            "detected": score.detected,
            "missed": len(score.missed),
            "false": len(score.false),
            "overstayed": len(score.cleared_late),
            "latency_median_s": rounded_median(score.latencies_s),
            "beyond_labels_median_s": rounded_median(score.delays_s),
        }
        rows.append((candidate, row))
    return rows


def main(argv: Sequence[str] | None = None) -> int:
    """Compare and print a table."""
    parser = argparse.ArgumentParser(prog="python -m calibration.smoothing", description="Compare the filters.")
    parser.add_argument("drives", nargs="+", metavar="DRIVE", help="recordings with NAME.csv beside them, or 'demo'")
    parser.add_argument("--fit", nargs="+", default=[], metavar="DRIVE", help="where to measure how long stays last")
    parser.add_argument("--bundle", type=Path, metavar="DIR", help="engine bundle (default: the one that is shipped)")
    parser.add_argument("--policy", type=Path, metavar="TOML", help="the other settings")
    parser.add_argument("--cache", type=Path, metavar="DIR", help="where predictions are kept (the user's cache)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the table as JSON")
    arguments = parser.parse_args(argv)
    if arguments.json is not None:
        prepare_file(arguments.json)
    engine = Engine.open(EngineOptions(arguments.bundle, arguments.policy))
    cache = PredictionCache.open(arguments.cache)
    drives = read_drives(arguments.drives, engine, cache)
    fitted = read_drives(arguments.fit, engine, cache) if arguments.fit else drives
    stays = measure_stays([drive.labels for drive in fitted])
    rows = compare(drives, engine.settings, stays)
    hours = float(np.sum([drive.predictions.duration_s for drive in drives])) / 3600.0
    print(
        f"{len(drives)} drives, {60.0 * hours:.1f} min; attention lasts {stays[0]:.1f} s, distraction {stays[1]:.1f} s"
    )
    print("| filter | detected | missed | false | overstayed | latency, median s | beyond the labels, median s |")
    print("|---|---|---|---|---|---|---|")
    for settings, row in rows:
        name = ", ".join(str(value) if key == "smoothing" else f"{key} {value}" for key, value in settings.items())
        print(
            f"| {name} | {row['detected']} of {row['needed']} | {row['missed']} | {row['false']} "
            f"| {row['cleared_late']} | {row['latency_median_s']} | {row['beyond_labels_median_s']} |"
        )
    if arguments.json is not None:
        table = [{"settings": settings, **row} for settings, row in rows]
        write_atomic(arguments.json, json.dumps({"stays_s": stays, "rows": table}, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(run_command(main))
