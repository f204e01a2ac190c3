"""Runtimes: what executes a bundle's network. One module a runtime, found by name; a missing library disables one.

A runtime module has

- ``RANK``: the higher, the sooner `auto` tries it;
- ``preferred_precision(bundle)``: what it does best with a bundle;
- ``open_session(bundle, precision, options) -> Session``, which raises `RuntimeMissingError` where its library or
  device is not there, and another `UserError` where it cannot run the network.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from engines.bundles.bundle import Bundle
from engines.bundles.manifest import PRECISIONS, Precision
from engines.bundles.reference_check import check_reference
from engines.bundles.signature import NetworkOutputs
from engines.errors import UserError
from engines.notice import NoticeText

AUTO: Final = "auto"


class RuntimeMissingError(UserError):
    """The library, driver or device that a runtime needs is not on this machine; the message says what to do."""


class Session(Protocol):
    """A network ready to run."""

    description: str
    """The runtime, its version and the device, for people."""

    def run(self, images: NDArray[np.uint8], regions: NDArray[np.float32]) -> NetworkOutputs:
        """Images (N, S, S, 3) and regions (N, R, 4), which not every network reads → all outputs."""
        ...


@dataclass(frozen=True)
class SessionOptions:
    """How to open a session.

    Attributes:
        threads: CPU threads; the runtime's default when None.
        plan: a compiled plan to run instead of the one in the user's cache.
        trust_plan: whether to run `plan`, which can hold code; a plan that was made elsewhere is refused without it.
        report: called with what takes long, such as compiling a plan.
    """

    threads: int | None = None
    plan: Path | None = None
    trust_plan: bool = False
    report: Callable[[str], None] = field(default=lambda _: None)

    def refuse_plan(self, runtime: str) -> None:
        """Raise `UserError` when a plan was given to a runtime that has none."""
        if self.plan is not None:
            raise UserError(f"{runtime} runs no plans: leave --plan out, or choose tensorrt or tensorrt-rtx")


@dataclass(frozen=True)
class Choice:
    """A session, what it is, and why `auto` did not take the others.

    Attributes:
        session: ready to run.
        runtime, precision: what was chosen.
        rejected: one line for everything that was tried before.
        fault: why it is not to be trusted: it does not give the reference's probabilities. None where it does.
    """

    session: Session
    runtime: str
    precision: Precision
    rejected: tuple[str, ...]
    fault: str | None = None


def runtime_names() -> list[str]:
    """The runtimes this software has, installed or not."""
    return sorted(module.name.replace("_", "-") for module in pkgutil.iter_modules(__path__))


def open_session(
    bundle: Bundle, runtime: str = "onnxruntime", precision: str = "fp32", options: SessionOptions | None = None
) -> Session:
    """Load a bundle's network into a runtime; see `choose`. One that fails the reference is refused."""
    return choose(bundle, runtime, precision, options).session


def choose(
    bundle: Bundle,
    runtime: str = AUTO,
    precision: str = AUTO,
    options: SessionOptions | None = None,
    *,
    refuse_faults: bool = True,
) -> Choice:
    """Load a bundle's network into a runtime.

    It is trusted only after it gave the reference's probabilities. With ``auto`` the next best is tried where one does
    not.

    Args:
        bundle: what to load.
        runtime: one of `runtime_names`, or ``auto`` for the best one that works here.
        precision: one of the bundle's, or ``auto`` for the best that the runtime does with it, else fp32.
        options: how to open it.
        refuse_faults: whether one that was named and does not give the reference's probabilities is refused; else its
            choice says so.

    Raises:
        UserError: for an unknown or missing runtime, a model it cannot load, or one that is not to be trusted.
    """
    options = options or SessionOptions()
    if precision not in (AUTO, *PRECISIONS):
        raise UserError(f"unknown precision {precision!r}: choose one of {', '.join((AUTO, *PRECISIONS))}")
    if runtime not in (AUTO, *runtime_names()):
        raise UserError(f"unknown runtime {runtime!r}: choose one of {', '.join((AUTO, *runtime_names()))}")
    if runtime == AUTO and options.plan is not None:
        raise UserError("--plan belongs to one runtime: name it with --runtime")
    named = AUTO not in (runtime, precision)
    rejected: list[str] = []
    names = sorted(runtime_names(), key=lambda name: (-_rank(name), name)) if runtime == AUTO else [runtime]
    for name in names:
        try:
            candidates = _candidates(bundle, name, precision)
        except UserError as error:
            rejected.append(f"{name}: {_one_line(error)}")
            continue
        for chosen in candidates:
            try:
                session: Session = _module(name).open_session(bundle, chosen, options)
                fault = _reference_fault(bundle, session, chosen)
                if fault is not None and (refuse_faults or not named):
                    raise UserError(f"{fault}: see python -m engines verify")
            except UserError as error:
                if named:
                    raise
                missing = isinstance(error, RuntimeMissingError)
                rejected.append(f"{name if missing else f'{name} {chosen}'}: {_one_line(error)}")
                if missing:
                    break
            else:
                return Choice(session, name, chosen, tuple(rejected), fault)
    raise UserError(NoticeText("no runtime works here: {reasons}", reasons="; ".join(rejected)))


def _candidates(bundle: Bundle, runtime: str, precision: str) -> list[Precision]:
    """The precisions to try in a runtime, best first. Raises `UserError` when the bundle has none of them."""
    named = [known for known in PRECISIONS if known == precision]
    if named:
        bundle.model_name(named[0])
        return named
    best: Precision = _module(runtime).preferred_precision(bundle)
    return [best, "fp32"] if best != "fp32" and "fp32" in bundle.precisions else [best]


def _reference_fault(bundle: Bundle, session: Session, precision: Precision) -> str | None:
    reference = bundle.reference()
    checked = check_reference(reference, session.run(reference.images, reference.regions), precision)
    if checked.passed:
        return None
    boxes = "" if checked.box_difference is None else f", boxes by up to {checked.box_difference:.2g}"
    return (
        f"the {precision} network of {bundle.path} does not give the reference's probabilities (they differ by up to "
        f"{checked.probability_difference:.2g}{boxes}, {checked.same_class} of {checked.views} views have the same "
        "activity)"
    )


def _one_line(error: UserError) -> str:
    return " ".join(str(error).split())


def _rank(runtime: str) -> int:
    try:
        rank: int = _module(runtime).RANK
    except UserError:
        return -1
    return rank


def _module(runtime: str) -> ModuleType:
    try:
        return importlib.import_module(f"{__name__}.{runtime.replace('-', '_')}")
    except ImportError as error:
        raise RuntimeMissingError(f"{runtime} cannot be loaded ({error}): install it, or choose another") from error


def preferred(bundle: Bundle, order: tuple[Precision, ...]) -> Precision:
    """The first of some precisions that a bundle has. Raises `UserError` when it has none of them."""
    for precision in order:
        if precision in bundle.precisions:
            return precision
    raise UserError(f"bundle {bundle.path} has {', '.join(bundle.precisions)}, none of {', '.join(order)}")
