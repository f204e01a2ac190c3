"""Damaged files by the thousand, for every reader: ``python -m tests.fuzz --tries 5000 --seed 0``.

Each try damages a small valid file and reads it, in a process that stays alive between tries. Right is that it is read,
or refused with a `UserError`. Anything else is a finding, and its file is kept: another exception, a crash, a hang, or
more than 500 MB of memory.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from engines.command import positive_number, run_command, whole_number
from tests.fuzz.mutations import damaged
from tests.fuzz.readers import READERS
from tests.fuzz.worker import MEMORY_LIMIT, Worker


@dataclass
class Findings:
    """All that came of the tries.

    Attributes:
        outcomes: by reader, read and refused.
        problems: a line for each finding.
        peak: the most memory that a try took, bytes, and which.
        slowest: the longest that a try took, seconds, and which.
    """

    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    peak: tuple[float, str] = (0.0, "")
    slowest: tuple[float, str] = (0.0, "")


def fuzz(tries: int, seed: int, names: Sequence[str] | None = None, keep: Path | None = None) -> Iterator[Findings]:
    """Try readers in turn; what has come of it so far, after each try.

    Args:
        tries: how many.
        seed: of chance; the same tries come from the same seed.
        names: of readers; all of them when left out.
        keep: where files of findings are put; nowhere when left out.
    """
    findings = Findings()
    readers = [READERS[name] for name in names or READERS]
    with tempfile.TemporaryDirectory(prefix="fuzz-whole-") as directory, Worker() as worker:
        whole: dict[str, bytes] = {}
        for number in range(tries):
            reader = readers[number % len(readers)]
            if reader.name not in whole:
                path = Path(directory) / f"whole{reader.suffix}"
                reader.make(path)
                whole[reader.name] = path.read_bytes()
            generator = np.random.default_rng([seed, number])
            content, how = damaged(whole[reader.name], generator, is_text=reader.is_text)
            began = time.monotonic()
            outcome = worker.read(reader.name, reader.suffix, content)
            took_s = time.monotonic() - began
            what = f"try {number} of seed {seed}, {reader.name} ({how})"
            findings.peak = max(findings.peak, (outcome.peak, what))
            findings.slowest = max(findings.slowest, (took_s, what))
            findings.outcomes[reader.name, "refused" if outcome.error else "read"] += 1
            problem = outcome.error if outcome.is_finding else ""
            if outcome.peak > MEMORY_LIMIT:
                problem = f"takes {outcome.peak / 1e6:.0f} MB{f', and {problem}' if problem else ''}"
            if problem:
                findings.problems.append(f"{what}: {problem}")
                if keep is not None:
                    keep.mkdir(parents=True, exist_ok=True)
                    (keep / f"{seed}-{number}{reader.suffix}").write_bytes(content)
                    note = f"{what}: {problem}\n\n{outcome.trace}"
                    (keep / f"{seed}-{number}.note.txt").write_text(note, encoding="utf-8", errors="replace")
            yield findings


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description="Damaged files for every reader.")
    parser.add_argument("--tries", type=positive_number, default=200, metavar="N", help="how many (200)")
    parser.add_argument("--seed", type=whole_number, default=0, metavar="N", help="of chance (0)")
    parser.add_argument("--reader", nargs="+", choices=sorted(READERS), metavar="NAME", help="these alone")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="where files of findings are kept")
    args = parser.parse_args(argv)
    printed, findings = 0, Findings()
    for done, findings in enumerate(fuzz(args.tries, args.seed, args.reader, args.keep), 1):
        for problem in findings.problems[printed:]:
            print(f"FOUND {problem}", flush=True)
        printed = len(findings.problems)
        if done % 500 == 0:
            print(f"{done} tries, {printed} findings", flush=True)
    for name in READERS:
        read, refused = (findings.outcomes[name, what] for what in ("read", "refused"))
        if read + refused:
            print(f"{name}: {read} read, {refused} refused")
    print(f"most memory: {findings.peak[0] / 1e6:.0f} MB, {findings.peak[1]}")
    print(f"longest: {findings.slowest[0]:.1f} s, {findings.slowest[1]}")
    print(f"{sum(findings.outcomes.values())} tries, {printed} findings")
    return 1 if printed else 0


if __name__ == "__main__":
    sys.exit(run_command(main))
