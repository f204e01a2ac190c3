"""Damaged bundles and plans by the thousand: `python -m tests.engines.bundles.damage --count 2000`.

Each case goes through `engines inspect` and `engines verify`, TensorRT's parser and the cache of plans, in a process of
its own, forked from one that has everything imported. What must come of it: it works all the same, it answers
otherwise, or it is refused with one line that says why. Anything else is a finding: another exception, a signal, a
hang, too much memory, or a file left behind.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import select
import shutil
import signal
import sys
import tempfile
import zipfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from engines.__main__ import main as engines_main
from engines.bundles.bundle import Bundle, hash_file
from engines.bundles.manifest import MANIFEST, REFERENCE, model_file
from engines.bundles.network_trial import require_end
from engines.command import run_command
from engines.errors import UserError
from engines.tensorrt_family.compiling import parse_network
from engines.tensorrt_family.library import Library
from engines.tensorrt_family.plan_record import PlanRecord, find_plan, record_path, store_plan

SECONDS_A_CASE = 60
MEMORY = 6 << 30
"""Address space of a case above what its parent has."""

_FINE, _DIFFERENT, _REFUSED, _FINDING = 0, 1, 2, 70
_OUTCOMES = {_FINE: "harmless", _DIFFERENT: "computes otherwise", _REFUSED: "refused"}
_MODELS = (model_file("fp16"), model_file("int8"))
TARGETS = ("manifest", *_MODELS, REFERENCE, "plan", "record")

Damage = Callable[[bytes, np.random.Generator], bytes]


def flip_bits(content: bytes, generator: np.random.Generator) -> bytes:
    """One to sixteen bits the other way round."""
    changed = bytearray(content)
    for at in generator.integers(0, len(changed), generator.integers(1, 17)):
        changed[at] ^= 1 << int(generator.integers(0, 8))
    return bytes(changed)


def cut_short(content: bytes, generator: np.random.Generator) -> bytes:
    """The end is missing."""
    return content[: int(generator.integers(0, len(content)))]


def overwrite(content: bytes, generator: np.random.Generator) -> bytes:
    """A range of random bytes."""
    start, length = int(generator.integers(0, len(content))), int(generator.integers(1, 65))
    return content[:start] + generator.bytes(length) + content[start + length :]


def repeat_part(content: bytes, generator: np.random.Generator) -> bytes:
    """A range twice."""
    start, end = sorted(int(at) for at in generator.integers(0, len(content), 2))
    return content[:end] + content[start : min(end, start + 4096)] + content[end:]


def drop_part(content: bytes, generator: np.random.Generator) -> bytes:
    """A range gone."""
    start = int(generator.integers(0, len(content)))
    return content[:start] + content[start + int(generator.integers(1, 257)) :]


def extreme_numbers(content: bytes, generator: np.random.Generator) -> bytes:
    """The largest varint or integer instead of some bytes."""
    start = int(generator.integers(0, len(content)))
    large = (b"\xff\xff\xff\xff\xff\xff\xff\xff\x7f", b"\xff\xff\xff\x7f", b"\x80\x80\x80\x80\x10", b"9" * 30)
    return content[:start] + large[int(generator.integers(0, len(large)))] + content[start + 4 :]


def nonsense(content: bytes, generator: np.random.Generator) -> bytes:
    """Something else altogether."""
    return (b"", b"\x00" * 100, b"{}", b"[" * 5000, b"null", generator.bytes(500))[int(generator.integers(0, 6))]


DAMAGES: tuple[Damage, ...] = (flip_bits, cut_short, overwrite, repeat_part, drop_part, extreme_numbers, nonsense)


def damage_manifest_value(content: bytes, generator: np.random.Generator) -> bytes:
    """One value of the manifest replaced by one of another kind or size: JSON that parses, with a wrong meaning."""
    manifest: dict[str, Any] = json.loads(content)
    key = str(generator.choice(sorted(manifest)))
    values: list[Any] = [None, -1, 0, 10**30, 1e308, "", "../../etc/passwd", [], {}, [[]], True, "\ud800", 4096, 64]
    files = manifest["files"]
    if key == "files" and generator.random() < 0.7:
        name = str(generator.choice(sorted(files)))
        files[str(generator.choice(["../" + name, "/" + name, name + "\x00", "..", "CON", "a\\b"]))] = files.pop(name)
    else:
        manifest[key] = values[int(generator.integers(0, len(values)))]
    return json.dumps(manifest).encode()


@dataclass
class Findings:
    """What became of the cases."""

    outcomes: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)


def make_case(whole: Path, folder: Path, case: int) -> str:
    """Copy a whole bundle with its plan, damage one file, and in every second case make the hashes right again.

    Case −1 damages nothing. Returns what was done, for the report.
    """
    shutil.copytree(whole, folder)
    if case < 0:
        return "case -1: nothing, as it was"
    generator = np.random.default_rng(case)
    target = TARGETS[case % len(TARGETS)]
    rehash = (case // len(TARGETS)) % 2 == 0
    plan = folder / "toy.plan"
    paths = {"manifest": folder / MANIFEST, "plan": plan, "record": record_path(plan)}
    path = paths.get(target, folder / target)
    damage = DAMAGES[int(generator.integers(0, len(DAMAGES)))]
    if target == "manifest" and generator.random() < 0.5:
        damage = damage_manifest_value
    path.write_bytes(damage(path.read_bytes(), generator))
    if rehash and target in (*_MODELS, REFERENCE):
        manifest = json.loads((folder / MANIFEST).read_bytes())
        manifest["files"][target] = hash_file(path)
        (folder / MANIFEST).write_text(json.dumps(manifest))
    if rehash and target == "plan":
        record = json.loads(record_path(plan).read_bytes())
        record["plan_sha256"] = hash_file(plan)
        record_path(plan).write_text(json.dumps(record))
    return f"case {case}: {target}, {damage.__name__}, {'hashes right' if rehash else 'hashes as they were'}"


def use(folder: Path, wanted: PlanRecord, library: Library | None) -> int:
    """All that this project does with a bundle and its plan on a machine without a GPU; returns the outcome."""
    codes = [run_command(engines_main, ["inspect", str(folder)])]
    codes.append(run_command(engines_main, ["verify", str(folder), "--runtime", "onnxruntime"]))
    codes.append(run_command(lambda _: _parse_models(folder, library)))
    found = find_plan(folder / "toy.plan", wanted)
    if found.plan is None:
        print(f"error: the plan is not used: {found.reason}", file=sys.stderr)
        codes.append(_REFUSED)
    elif library is not None:
        # What it says depends on the machine; that it says something does not.
        library.refusal(library.runtime(), found.plan)
    return max(codes)


def _parse_models(folder: Path, library: Library | None) -> int:
    if library is None:
        return _FINE
    bundle = Bundle.open(folder)
    with tempfile.TemporaryDirectory() as directory:
        for precision in bundle.precisions:
            model = Path(directory) / model_file(precision)
            model.write_bytes(bundle.model_bytes(precision))
            parse_network(library, model)
    return _FINE


def complaint(text: str, refused: bool) -> str | None:
    """What is wrong with the errors that were printed, if anything: one line each, with words in it."""
    # What TensorRT's bindings print by themselves when they cannot decode a damaged name for our logger.
    lines = [line for line in text.splitlines() if not line.startswith("[ERROR] Exception caught in log(): Unicode")]
    if any(not re.fullmatch(r"error: .*\w.*", line) for line in lines):
        return f"tells {text[:300]!r}"
    return "refused without a word" if refused and not lines else None


def run_case(whole: Path, case: int, wanted: PlanRecord, library: Library | None, findings: Findings) -> None:
    """Damage, fork, use, look at what came of it."""
    with tempfile.TemporaryDirectory(prefix="damage-") as directory:
        folder, scratch = Path(directory) / "bundle", Path(directory) / "tmp"
        note, printed = Path(directory) / "note", Path(directory) / "printed"
        scratch.mkdir()
        what = make_case(whole, folder, case)
        before = sorted(path.name for path in folder.iterdir())
        # The child writes nothing to this pipe; it is open as long as the child lives.
        ended, alive = os.pipe()
        child = os.fork()
        if child == 0:
            _child(folder, scratch, note, printed, wanted, library)
        os.close(alive)
        hangs = not select.select([ended], [], [], SECONDS_A_CASE)[0]
        os.close(ended)
        if hangs:
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        if hangs:
            findings.problems.append(f"{what}: hangs")
            return
        text = note.read_text(errors="replace") if note.exists() else ""
        left = [*{path.name for path in folder.iterdir()} - set(before), *(p.name for p in scratch.iterdir())]
        if left:
            findings.problems.append(f"{what}: leaves {', '.join(left)}")
        code = -1 if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
        wrong = complaint(printed.read_text(errors="replace"), code == _REFUSED)
        if code == -1:
            findings.problems.append(f"{what}: signal {signal.Signals(os.WTERMSIG(status)).name}")
        elif code not in _OUTCOMES:
            findings.problems.append(f"{what}: {text or f'exit code {code}'}")
        elif wrong:
            findings.problems.append(f"{what}: {wrong}")
        else:
            findings.outcomes[f"{what.split(': ')[1].split(',')[0]} {_OUTCOMES[code]}"] += 1


def _child(folder: Path, scratch: Path, note: Path, printed: Path, wanted: PlanRecord, library: Library | None) -> None:
    code = _FINDING
    try:
        tempfile.tempdir = str(scratch)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.dup2(os.open(printed, os.O_WRONLY | os.O_CREAT), 2)
        sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__  # a test's own are not ours to write to
        pages = int(Path("/proc/self/statm").read_text().split()[0]) if sys.platform == "linux" else 0
        resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + MEMORY,) * 2)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        code = use(folder, wanted, library)
        sys.stderr.flush()
    except BaseException as error:
        note.write_text(f"{type(error).__module__}.{type(error).__name__}: {error}"[:500], errors="replace")
    finally:
        os._exit(code)


def write_whole_case(folder: Path) -> PlanRecord:
    """A toy bundle with a real plan beside it where tensorrt-rtx is installed, else with any bytes for one."""
    from tests.engines.toy_bundle import write_toy_bundle

    write_toy_bundle(folder, int8=True, half=True)
    bundle = Bundle.open(folder)
    for precision in bundle.precisions:
        # Known to the processes that are forked, so that whole networks are not tried again in each.
        content, manifest = bundle.model_bytes(precision), bundle.manifest
        require_end(content, bundle.model_path(precision), manifest.view_size, manifest.region_count)
    wanted = PlanRecord(
        runtime="tensorrt-rtx",
        library_version="any",
        onnx_sha256=bundle.manifest.files[model_file("fp16")],
        precision="fp32",
        gpu="any",
    )
    content = np.random.default_rng(0).bytes(20_000)
    if _library() is not None:
        from engines.tensorrt_family.build import build_plan

        with tempfile.TemporaryDirectory() as directory:
            content = build_plan(bundle, "tensorrt-rtx", "fp32", Path(directory) / "toy.plan").read_bytes()
    store_plan(folder / "toy.plan", content, wanted)
    with zipfile.ZipFile(folder / REFERENCE) as archive:
        assert archive.testzip() is None
    return wanted


def _library() -> Library | None:
    try:
        return Library.load("tensorrt-rtx")
    except UserError:
        return None


def damage_many(cases: range, report: Callable[[int, Findings], None] = lambda done, findings: None) -> Findings:
    """Run cases and collect what became of them."""
    findings = Findings()
    with tempfile.TemporaryDirectory(prefix="damage-whole-") as directory:
        whole = Path(directory) / "bundle"
        wanted = write_whole_case(whole)
        library = _library()
        run_case(whole, -1, wanted, library, findings)
        if findings.outcomes["nothing harmless"] != 1:
            raise AssertionError(f"a whole bundle is refused: {findings.outcomes}, {findings.problems}")
        for done, case in enumerate(cases, 1):
            run_case(whole, case, wanted, library, findings)
            report(done, findings)
    return findings


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--first", type=int, default=0)
    args = parser.parse_args()

    printed = 0

    def report(done: int, findings: Findings) -> None:
        nonlocal printed
        for problem in findings.problems[printed:]:
            print(f"FOUND {problem}", flush=True)
        printed = len(findings.problems)
        if done % 100 == 0:
            print(f"{done}: {dict(findings.outcomes)}, {printed} findings", flush=True)

    findings = damage_many(range(args.first, args.first + args.count), report)
    print(f"{sum(findings.outcomes.values()) + printed} cases, {printed} findings: {dict(findings.outcomes)}")
    return 1 if findings.problems else 0


if __name__ == "__main__":
    raise SystemExit(main())
