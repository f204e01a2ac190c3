"""Alert thresholds for each activity: ``python -m calibration.thresholds DRIVE… --output BUNDLE|POLICY.toml``.

Raises, from the common one, the threshold of the activity that most false alerts on labelled drives are about, as far
as it takes to be rid of one, until at most ``--target`` of them an hour are left or no threshold takes another away.
The monitor reads what is written: into a copy of the bundle, or, for a name that ends in .toml, into a policy file.
``--simulated DIR`` fits on simulated drives, too, or alone, which are rendered into DIR where they are not there yet.
Drives of ``--validate`` show the effect on drives that were not fitted on. Regions are found as the monitor finds them.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from calibration.derived_bundle import derive_bundle
from calibration.labelled_drives import LabelledDrive, read_drives, score_together
from calibration.simulated_drives import PlannedDrive, add_fit_arguments, fit_drives, render
from engines.activities import Activity
from engines.command import number, run_command
from engines.command_parser import CommandParser
from engines.errors import UserError
from engines.files.console import PrintableConsole
from engines.files.output import SHARED, prepare_file, prepare_folder, require_free, write_atomic
from monitor.alerts.policy_file import as_toml, read_policy
from monitor.alerts.settings import AlertSettings
from monitor.evaluation.scoring import EventScore
from monitor.evaluation.threshold_effect import first_that_removes
from monitor.fleet.prediction_cache import PredictionCache
from monitor.live.engine import Engine, EngineOptions


def fit_thresholds(
    drives: Sequence[LabelledDrive], settings: AlertSettings, target: float, speed_kmh: float | None = None
) -> AlertSettings:
    """Settings with thresholds by activity.

    Args:
        drives: to fit on.
        settings: everything else; thresholds that it has already are where the search begins.
        target: false alerts an hour that are allowed.
        speed_kmh: the car's speed; None without a signal.
    """
    without: set[Activity] = set()
    run = partial(score_together, drives, speed_kmh=speed_kmh)
    score = run(settings)
    while (score.false_per_hour or 0.0) > target:
        effect = first_that_removes(run, settings, score, without)
        if effect is None:
            break
        settings, score = effect.settings, effect.outcome
    return settings


def describe(score: EventScore) -> str:
    """One line for people."""
    return (
        f"{score.detected} of {len(score.expected)} detected, {len(score.false)} false "
        f"in {score.labelled_s / 60.0:.1f} min ({score.false_per_hour or 0.0:.1f} an hour)"
    )


def _rendered(planned: Sequence[PlannedDrive], arguments: argparse.Namespace) -> list[str]:
    """The simulated drives to fit on, rendered where they are not there."""
    if not planned:
        return []
    prepare_folder(arguments.simulated)
    write_line = partial(PrintableConsole(stderr=True).print, highlight=False, soft_wrap=True)
    return [str(video) for video in render(planned, arguments.simulated, arguments.workers, write_line)]


def main(argv: Sequence[str] | None = None) -> int:
    """Fit and write the thresholds."""
    parser = CommandParser(prog="python -m calibration.thresholds", description="Fit alert thresholds.")
    parser.add_argument("drives", nargs="*", metavar="DRIVE", help="recordings with NAME.csv beside them, or 'demo'")
    parser.add_argument("--simulated", type=Path, metavar="DIR", help="fit on simulated drives, which lie there")
    add_fit_arguments(parser)
    parser.add_argument("--validate", nargs="+", default=[], metavar="DRIVE", help="others, to measure the effect on")
    parser.add_argument("--target", type=number, default=1.0, metavar="N", help="false alerts an hour (1)")
    parser.add_argument("--bundle", type=Path, metavar="DIR", help="engine bundle (default: the one that is shipped)")
    parser.add_argument("--policy", type=Path, metavar="TOML", help="the other settings")
    parser.add_argument("--cache", type=Path, metavar="DIR", help="where predictions are stored (the user's cache)")
    parser.add_argument("--output", type=Path, required=True, metavar="BUNDLE|TOML", help="a new folder, or NAME.toml")
    arguments = parser.parse_args(argv)
    if set(arguments.drives) & set(arguments.validate):
        raise UserError("a drive is named in --validate, too: what was fitted on one cannot be validated on it")
    planned = fit_drives(arguments) if arguments.simulated is not None else []
    if not arguments.drives and not planned:
        raise UserError("nothing to fit on: name drives, or add --simulated DIR")
    if not arguments.target >= 0.0:
        raise UserError(f"--target {arguments.target}: write false alerts an hour, such as 1")
    as_policy = arguments.output.suffix.lower() == ".toml"
    if as_policy:
        prepare_file(arguments.output)
    else:
        require_free(arguments.output)  # now, not after an hour of work
    engine = Engine.open(EngineOptions(arguments.bundle, arguments.policy))
    cache = PredictionCache.open(arguments.cache)
    drives = read_drives([*arguments.drives, *_rendered(planned, arguments)], engine, cache)
    validation = read_drives(arguments.validate, engine, cache) if arguments.validate else []
    before = engine.settings
    after = fit_thresholds(drives, before, arguments.target)
    fitted = score_together(drives, after)
    effects = [f"fitted on: {describe(score_together(drives, before))} → {describe(fitted)}"]
    if validation:
        effects.append(
            f"others: {describe(score_together(validation, before))} → {describe(score_together(validation, after))}"
        )
    names = ", ".join(drive.name for drive in drives)
    found = ", ".join(f"{code} {value:g}" for code, value in sorted(after.enter_by_activity.items()))
    note = (
        f"Alert thresholds by activity: {found or 'none above the common one'}. {'. '.join(effects)}. "
        f"Drives that were fitted on: {names}."
    )
    if as_policy:
        policy = read_policy(arguments.policy, engine.manifest.thresholds).model_copy(update={"alerts": after})
        write_atomic(arguments.output, as_toml(policy), SHARED)
    else:
        fitted_thresholds = {f"enter_by_activity.{code}": value for code, value in after.enter_by_activity.items()}
        thresholds = {**engine.manifest.thresholds, **fitted_thresholds}
        derive_bundle(engine.bundle, arguments.output, "Alert thresholds", note, changes={"thresholds": thresholds})
    print(note)
    if (fitted.false_per_hour or 0.0) > arguments.target:
        print("the target is not reached: no threshold removes the false alerts that are left")
    print(f"written to {arguments.output}")
    return 0


if __name__ == "__main__":
    raise SystemExit(run_command(main))
