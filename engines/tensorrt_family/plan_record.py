"""What a compiled plan was made from and for; a plan without such a record, or with another one, is not run."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from engines.bundles.bundle import Bundle
from engines.bundles.manifest import Precision
from engines.errors import UserError, reason
from engines.files.output import write_atomic
from engines.files.settings_faults import first_fault
from engines.tensorrt_family.compiling import LARGEST_BATCH, TYPICAL_BATCH
from engines.tensorrt_family.library import Library

_FORMAT = 1
_LARGEST_PLAN = 4 << 30
_LARGEST_RECORD = 1 << 16


class PlanRecord(BaseModel):
    """A plan's origin; written beside it as JSON.

    Attributes:
        record_format: version of this record.
        runtime, library_version: what compiled it.
        onnx_sha256: the ONNX file it was compiled from.
        precision: the precision of that file.
        gpu: what it runs on: a GPU's name and compute capability, or ``any``.
        capabilities: the compute capabilities it was compiled for by name.
        batches: typical and largest batch of the replay profile; live use has a profile for batches of 1.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    record_format: int = _FORMAT
    runtime: str
    library_version: str
    onnx_sha256: str
    precision: Precision
    gpu: str
    capabilities: tuple[str, ...] = ()
    batches: tuple[int, int] = (TYPICAL_BATCH, LARGEST_BATCH)

    def difference(self, found: PlanRecord) -> str | None:
        """The first thing in which a found plan differs from the one that is wanted, in words.

        A plan may be compiled for more capabilities than are wanted.
        """
        for name, wanted in self:
            other = getattr(found, name)
            if name == "capabilities" and wanted and set(wanted) <= set(other):
                continue
            if wanted != other:
                return f"its {name.replace('_', ' ')}: {_in_words(other)}, not {_in_words(wanted)}"
        return None


def _in_words(value: object) -> str:
    return (", ".join(map(str, value)) or "the library's default") if isinstance(value, tuple) else str(value)


class StoredRecord(BaseModel):
    """The JSON file: the record, and the plan's own hash."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    record: PlanRecord
    plan_sha256: str


@dataclass(frozen=True)
class FoundPlan:
    """A plan that may be run, or the reason why there is none."""

    plan: bytes | None
    reason: str


def wanted_record(
    bundle: Bundle, library: Library, precision: Precision, gpu: str, capabilities: tuple[str, ...] = ()
) -> PlanRecord:
    """The record of the plan that this machine needs for a bundle. Raises `UserError` as `Bundle.model_bytes` does."""
    return PlanRecord(
        runtime=library.flavour.name,
        library_version=library.version,
        onnx_sha256=hashlib.sha256(bundle.model_bytes(precision)).hexdigest(),
        precision=precision,
        gpu=gpu,
        capabilities=capabilities,
    )


def plans_folder() -> Path:
    """The folder of compiled plans in the user's cache."""
    import platformdirs  # here: the GPU report also runs where it is not installed

    return Path(platformdirs.user_cache_dir("driver-monitor")) / "plans"


def cached_path(record: PlanRecord) -> Path:
    """Where a plan lives in the user's cache. A newer library's plan replaces the older one's."""
    gpu = "".join(c if c.isalnum() else "-" for c in record.gpu.lower())
    parts = (record.onnx_sha256[:16], record.runtime, gpu, *record.capabilities, record.precision)
    return plans_folder() / ("-".join(parts) + ".plan")


def record_path(plan: Path) -> Path:
    """The record's file beside a plan."""
    return plan.with_name(plan.name + ".json")


def store_plan(path: Path, plan: bytes, record: PlanRecord) -> None:
    """Write plan and record, each atomically. In between, the old record refuses the new plan by its hash."""
    write_atomic(path, plan)
    stored = StoredRecord(record=record, plan_sha256=hashlib.sha256(plan).hexdigest())
    write_atomic(record_path(path), stored.model_dump_json(indent=1) + "\n")


def find_plan(path: Path, wanted: PlanRecord) -> FoundPlan:
    """Read a plan, unless it is not the one that is wanted."""
    if not path.exists():
        return FoundPlan(None, "there is none yet")
    if not path.is_file():
        return FoundPlan(None, "it is no file")
    stored = _read_record(path)
    if isinstance(stored, str):
        return FoundPlan(None, f"its record cannot be read ({stored})")
    difference = wanted.difference(stored.record)
    if difference:
        return FoundPlan(None, difference)
    try:
        if path.stat().st_size > _LARGEST_PLAN:
            return FoundPlan(None, f"it is larger than {_LARGEST_PLAN >> 30} GiB")
        plan = path.read_bytes()
    except OSError as error:
        return FoundPlan(None, f"it cannot be read ({reason(error)})")
    if hashlib.sha256(plan).hexdigest() != stored.plan_sha256:
        return FoundPlan(None, "it was changed or damaged")
    return FoundPlan(plan, "")


def _read_record(plan: Path) -> StoredRecord | str:
    """A plan's record, or why it cannot be read."""
    file = record_path(plan)
    if file.exists() and not file.is_file():
        return "it is no file"
    try:
        with file.open("rb") as stream:
            return StoredRecord.model_validate_json(stream.read(_LARGEST_RECORD))
    except ValidationError as error:
        return first_fault(error, StoredRecord)
    except (OSError, UnicodeDecodeError) as error:
        return reason(error)


def foreign_plan(path: Path, wanted: PlanRecord, capability: str, trusted: bool) -> bytes:
    """Read a plan that was made elsewhere: for the library's default of GPUs, or for some with this one among them.

    Args:
        path: the plan; its record lies beside it.
        wanted: what this machine needs.
        capability: the GPU's compute capability by name, such as ``SM89``.
        trusted: whether the user trusts it.

    Raises:
        UserError: when it is not trusted, or is not the plan of this bundle, library and machine.
    """
    if not trusted:
        raise UserError(
            f"{path} was compiled elsewhere, and a plan can hold code: if you trust who made it, add --trust-plan; "
            "else leave --plan out, and it is compiled here"
        )
    stored = _read_record(path)
    if isinstance(stored, StoredRecord) and stored.record.capabilities:
        wanted = wanted.model_copy(update={"capabilities": (capability,)})
    found = find_plan(path, wanted)
    if found.plan is None:
        raise UserError(f"the plan {path} cannot be used: {found.reason}; compile it with python -m engines build")
    return found.plan
