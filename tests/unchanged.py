"""``python -m tests.unchanged OLD NEW``: do two checkouts of this project give the same results?

Runs the same jobs in both and compares what they write and print. A restructuring renames keys and moves modules: the
tables below say which, always from OLD's names. What measures the machine is left aside. Exit code 0 means that every
job was the same; a job whose data are not on this machine is skipped, with a line that says so.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from tests.conftest import SHARED_DATA

RENAMED: dict[str, str] = {
    "why": "explanation",
    "needed": "expected",
    "overstayed": "cleared_late",
    "long_enough": "alert_expected",
    "expected_s": "ideal_alert_s",
    "delay_s": "excess_delay_s",
    "training.run.settings.region_weights": "mask_rcnn_weights",
    "demo.drive.dropped": "frames_dropped",
    "demo.drive.skipped": "frames_skipped",
    "demo.drive.score.distractions": "items",
    "replay.report.events": "distractions",
    "replay.report.events.distractions": "items",
    "replay.report.drives.events": "distractions",
    "replay.report.drives.events.distractions": "items",
    "replay.report.per_driver.events": "distractions",
}
"""OLD's key → NEW's, as ``"skipped": "held_back"``; one place only: its path, as ``"demo.drive.skipped"``."""

MODULES: dict[str, str] = {}
"""OLD's module → NEW's, of commands that move, as ``"monitor.replay": "monitor.replaying.command"``."""

GONE: dict[str, str] = {
    f"*.settings.{name}": "a setting of a filter that is gone"
    for name in ("smoothing", "median_s", "hmm_attentive_s", "hmm_distracted_s", "hmm_evidence_s", "hmm_floor")
}
"""OLD's paths (as below) that NEW has no more, and why. One that is there still is a difference, too."""

ADDED: dict[str, str] = {
    "*.events.cause": "the reason of an event as data",
    "*.all_events.cause": "likewise",
    "replay.report.notices": "what is wrong with the files that are named",
}
"""NEW's paths, named as OLD would, that OLD lacks, and why."""

WORDS: dict[str, str] = {
    "the driver cannot be judged": "the driver cannot be assessed",
    "stood on too long": "cleared late",
    "too long:": "cleared late:",
    "no alerts elsewhere": "no false alerts",
    "Share of distractions detected": "Fraction of distractions detected",
    "Mean delay behind the policy on the labels": "Mean excess delay against ideal predictions",
    "gives no picture": "gives no frame",
}
"""OLD's words → NEW's, in printed lines and in the texts of JSON files."""

LEFT_ASIDE = {
    "replay.report.created": "when the report was written",
    "replay.report.format_version": "raised, since keys of the report have other names",
    "replay.report.wall_s": "how long this machine took",
    # Not events.latency_s: that is the drive's own time from a distraction to its alert, and must stay.
    "replay.report.latency_s": "how long this machine took for a frame",
    "replay.report.drives.latency_s": "how long this machine took for a frame",
    "training.run.versions": "of the libraries here",
    "training.run.started": "when the training began",
    "training.run.settings.command": "how this module started it",
}
"""OLD's paths (list indices left out, ``*`` for anything) whose values may differ, and why. The keys below may not."""

MEASURED = {
    r"in [\d.]+ s \([\d.]+ frames a second\)": "how long this machine took, and its rate",
}
"""What is left aside of printed lines, and why."""

RECIPE = """
view_size = 64
epochs = 1
batch_size = 4
optimizer = "adamw"
learning_rate = 1e-3
schedule = "one-cycle"
[augmentation]
brightness = 0.2
contrast = 0.2
saturation = 0.2
hue = 0.05
grey = 0.1
erase = 0.2
"""

IMAGES = 200
SHOWN = 20
"""Differences of a job that are listed."""

STDERR_LINES = 15
"""Of a job that fails."""


@dataclass(frozen=True)
class Job:
    """A command whose results are compared; ``DATA`` and ``OUTPUT`` in its options stand for folders.

    Attributes:
        module: as OLD has it.
        needs: folders of the data without which there is nothing to do.
        results: name → JSON file that it writes.
        printed: whether its lines are compared, too.
    """

    module: str
    options: Sequence[str]
    needs: Sequence[str]
    results: Mapping[str, str]
    printed: bool = True


def all_jobs(data: Path) -> dict[str, Job]:
    """The jobs by name."""
    images = sorted((data / "statefarm" / "imgs" / "train").glob("*/*.jpg"))
    chosen = [images[index * len(images) // IMAGES] for index in range(IMAGES)] if images else []
    drives = [f"DATA/drives/{driver}.mp4" for driver in ("p021", "p045")]
    training = "--data DATA/statefarm --split driver --model full --backbone efficientnet-lite0 --weights none"
    quick = "--recipe OUTPUT/recipe.toml --limit 8 --workers 0 --seed 0 --output OUTPUT/run"
    return {
        "demo": Job("monitor", ["--headless", "--demo", "--json", "OUTPUT/drive.json"], [], {"drive": "drive.json"}),
        "replay": Job(
            "monitor.replay",
            [*drives, "--labels", "--no-pictures", "--output", "OUTPUT"],
            ["drives"],
            {"report": "report.json"},
        ),
        "classify": Job(
            "engines",
            ["classify", "--json", "OUTPUT/images.json", *(f"DATA/{path.relative_to(data)}" for path in chosen)],
            ["statefarm"],
            {"images": "images.json"},
        ),
        "training": Job(
            "train.statefarm",
            f"{training} {quick}".split(),
            ["statefarm"],
            {"run": "run/run.json", "metrics": "run/metrics.json"},
            # Tables and a progress line with times; all figures are in the files.
            printed=False,
        ),
    }


@dataclass
class Comparison:
    """What sets two results apart.

    Attributes:
        differences: lines for people.
        compared: how many values were.
        largest: difference of two numbers.
    """

    tolerance: float = 0.0
    differences: list[str] = field(default_factory=list)
    compared: int = 0
    largest: float = 0.0

    def compare(self, old: Any, new: Any, path: str, *, aside: bool = False) -> None:
        """Compare two JSON values; the path, and everything in it, has OLD's names.

        Args:
            aside: values may differ, keys may not.
        """
        plain = re.sub(r"\[\d+\]", "", path)
        aside = aside or any(fnmatchcase(plain, pattern) for pattern in LEFT_ASIDE)
        if isinstance(old, dict) and isinstance(new, dict):
            left = dict(new)
            for key, value in old.items():
                inner = f"{path}.{key}"
                name = RENAMED.get(f"{plain}.{key}", RENAMED.get(key, key))
                gone = any(fnmatchcase(f"{plain}.{key}", pattern) for pattern in GONE)
                if name in left and not gone:
                    self.compare(value, left.pop(name), inner, aside=aside)
                elif not gone:
                    self.differences.append(f"{inner}: {_short(value)} → no {name}")
            self.differences += [
                f"{path}: no {name} → {_short(value)}"
                for name, value in left.items()
                if not any(fnmatchcase(f"{plain}.{name}", pattern) for pattern in ADDED)
            ]
        elif aside:
            return
        elif isinstance(old, list) and isinstance(new, list):
            if len(old) != len(new):
                self.differences.append(f"{path}: {len(old)} items → {len(new)} items")
            for index, (one, other) in enumerate(zip(old, new, strict=False)):
                self.compare(one, other, f"{path}[{index}]")
        else:
            self.compared += 1
            if not self._same(old, new):
                self.differences.append(f"{path}: {_short(old)} → {_short(new)}")

    def _same(self, old: Any, new: Any) -> bool:
        if isinstance(old, str):
            for word, other in WORDS.items():
                old = old.replace(word, other)
        # 1, 1.0 and true are the same to Python, but not in a file.
        if type(old) is not type(new):
            return False
        if isinstance(old, float) and isinstance(new, float) and not (old != old and new != new):
            difference = abs(old - new) if old != new else 0.0
            self.largest = max(self.largest, difference)
            return difference <= self.tolerance
        return bool(old == new or old != old)


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 200 else f"{text[:200]}…"


class JobFailedError(Exception):
    """A job ended with an error, or without its results."""


def run_job(job: Job, checkout: Path, data: Path, threads: int) -> dict[str, Any]:
    """A job's results in a checkout, by name. Raises `JobFailedError`."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch).resolve()
        output, home = folder / "output", folder / "home"
        for path in (output, home):
            path.mkdir()
        (output / "recipe.toml").write_text(RECIPE, encoding="utf-8")
        folders = {"OUTPUT": str(output), "HOME": str(home), "DATA": str(data), "CHECKOUT": str(checkout)}
        options = [re.sub("^(DATA|OUTPUT)", lambda match: folders[match[0]], option) for option in job.options]
        outcome = subprocess.run(
            [sys.executable, "-m", _module(job.module, checkout), *options],
            cwd=checkout,
            env=_environment(checkout, home, threads),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
        if outcome.returncode:
            tail = outcome.stderr.splitlines()[-STDERR_LINES:]
            raise JobFailedError("\n".join([f"exit code {outcome.returncode}", *tail]))
        try:
            results: dict[str, Any] = {
                name: json.loads(_without(folders, (output / file).read_text(encoding="utf-8")))
                for name, file in job.results.items()
            }
        except (OSError, ValueError) as error:
            raise JobFailedError(str(error)) from error
    if job.printed:
        text = _without(folders, outcome.stdout)
        for pattern in MEASURED:
            text = re.sub(pattern, "…", text)
        results["printed"] = text.splitlines()
    return results


def _without(folders: Mapping[str, str], text: str) -> str:
    """The text with the names of folders in place of their paths, which differ between the checkouts."""
    for name, path in folders.items():
        text = text.replace(path, name)
    return text


def _module(module: str, checkout: Path) -> str:
    """A module's name in a checkout: the new one where it is there already."""
    new = MODULES.get(module, module)
    path = checkout.joinpath(*new.split("."))
    return new if path.with_suffix(".py").is_file() or (path / "__main__.py").is_file() else module


def _environment(checkout: Path, home: Path, threads: int) -> dict[str, str]:
    """A home that is empty, and no GPU: nothing kept by an earlier run takes part, and sums have one order."""
    folders = {name: str(home) for name in ("HOME", "USERPROFILE", "LOCALAPPDATA", "APPDATA")}
    for name in ("CACHE", "CONFIG", "DATA", "STATE"):
        folders[f"XDG_{name}_HOME"] = str(home / name.lower())
    return {
        **os.environ,
        **folders,
        **{f"{name}_NUM_THREADS": str(threads) for name in ("OMP", "MKL", "OPENBLAS")},
        "PYTHONPATH": str(checkout),
        "PYTHONHASHSEED": "0",
        "CUDA_VISIBLE_DEVICES": "",
        "ORT_DISABLE_TELEMETRY": "1",
    }


def kept_results(job: Job, name: str, checkout: Path, data: Path, threads: int, keep: Path) -> Path | None:
    """Where a checkout's results are kept; None where it has changes that no commit has."""
    commit, changes = (
        subprocess.run(["git", "-C", str(checkout), *words], capture_output=True, text=True, check=False)
        for words in (["rev-parse", "HEAD"], ["status", "--porcelain"])
    )
    if commit.returncode or changes.returncode or changes.stdout.strip():
        return None
    asked = json.dumps([job.module, list(job.options), str(data), threads, RECIPE, list(MEASURED), sys.executable])
    digest = hashlib.sha256(asked.encode()).hexdigest()[:12]
    return keep / f"{commit.stdout.strip()}-{name}-{digest}.json"


def old_results(job: Job, name: str, arguments: argparse.Namespace) -> tuple[dict[str, Any], bool]:
    """OLD's results, and whether they had been kept. Raises `JobFailedError`."""
    old, data, threads, keep = arguments.old, arguments.data, arguments.threads, arguments.keep
    kept = kept_results(job, name, old, data, threads, keep) if keep is not None else None
    if kept is not None and kept.is_file():
        known: dict[str, Any] = json.loads(kept.read_text(encoding="utf-8"))
        return known, True
    results = run_job(job, old, data, threads)
    if kept is not None:
        kept.parent.mkdir(parents=True, exist_ok=True)
        partial = kept.with_suffix(".part")
        partial.write_text(json.dumps(results), encoding="utf-8")
        partial.replace(kept)
    return results, False


def same(name: str, job: Job, arguments: argparse.Namespace) -> bool:
    """Run a job in both checkouts and print what differs."""
    began = time.monotonic()

    def tell(text: str) -> None:
        print(f"[{time.monotonic() - began:6.1f} s] {name}: {text}", file=sys.stderr, flush=True)

    where = "OLD"
    try:
        tell("OLD …")
        old, kept = old_results(job, name, arguments)
        where = "NEW"
        tell(f"OLD {'was kept' if kept else 'done'}; NEW …")
        new = run_job(job, arguments.new, arguments.data, arguments.threads)
        tell("NEW done")
    except JobFailedError as failure:
        print(f"{name}: FAILED in {where}: {failure}", flush=True)
        return False
    found = Comparison(arguments.tolerance)
    found.compare(old, new, name)
    lines = f", printed lines {len(old['printed'])}" if job.printed else ""
    verdict = f"{len(found.differences)} DIFFER" if found.differences else "the same"
    print(f"{name}: values {found.compared}{lines}, largest difference {found.largest:.3g}: {verdict}", flush=True)
    for line in found.differences[:SHOWN]:
        print(f"  {line}")
    if len(found.differences) > SHOWN:
        print(f"  … and {len(found.differences) - SHOWN} more")
    return not found.differences


def main(argv: Sequence[str] | None = None) -> int:
    """Compare two checkouts; 0 when all is the same."""
    names = ("demo", "replay", "classify", "training")
    parser = argparse.ArgumentParser(prog="python -m tests.unchanged", description="Compare two checkouts' results.")
    parser.add_argument("old", type=Path, metavar="OLD", help="a checkout")
    parser.add_argument("new", type=Path, metavar="NEW", help="another, whose names may be new")
    parser.add_argument("--jobs", nargs="+", choices=names, default=names, help="which to run (all)")
    parser.add_argument("--data", type=Path, metavar="DIR", help=f"the development data ({SHARED_DATA})")
    parser.add_argument("--tolerance", type=float, default=0.0, metavar="X", help="of numbers with a fraction (0)")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep OLD's results for the next time, by commit")
    parser.add_argument("--threads", type=int, default=2, metavar="N", help="of sums on the CPU (%(default)s)")
    arguments = parser.parse_args(argv)
    given = arguments.data is not None
    arguments.old, arguments.new = arguments.old.resolve(), arguments.new.resolve()
    arguments.data = (arguments.data or SHARED_DATA).resolve()
    jobs, all_same = all_jobs(arguments.data), True
    for name in arguments.jobs:
        missing = [folder for folder in jobs[name].needs if not (arguments.data / folder).is_dir()]
        if missing:
            print(f"{name}: {'FAILED' if given else 'skipped'}: there is no {arguments.data / missing[0]}", flush=True)
            all_same &= not given
        else:
            all_same &= same(name, jobs[name], arguments)
    return 0 if all_same else 1


if __name__ == "__main__":
    sys.exit(main())
