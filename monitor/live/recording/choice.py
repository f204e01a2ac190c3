"""What is recorded and kept: what an administrator has locked, over the command line, over what the user has chosen."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from engines.errors import UserError, reason
from engines.files.toml_files import load_toml
from engines.notice import NoticeText
from monitor.live.user_files import LastChoices, locked_file, short_path

_KEYS = {"record", "closed_loop"}


class Recorded(Enum):
    """What of a drive's video is kept; the value is the name in files and on the command line."""

    NOTHING = "nothing"
    INCIDENTS = "incidents"
    EVERYTHING = "everything"


@dataclass(frozen=True)
class Privacy:
    """What holds for a drive.

    Attributes:
        record: what is recorded.
        is_chosen: whether anybody has said so: somebody who has not is asked when a camera is first used.
        closed_loop: whether nothing of the drive is kept at all, no image and no figure.
        locked: the administrator's file, where it says what is recorded.
        notices: what does not hold, one line each.
        used: what holds without having been named on the command line, for people.
    """

    record: Recorded = Recorded.NOTHING
    is_chosen: bool = False
    closed_loop: bool = False
    locked: Path | None = None
    notices: tuple[str, ...] = ()
    used: tuple[str, ...] = ()


def add_privacy(parser: argparse.ArgumentParser) -> None:
    """Add what says what is recorded."""
    parser.add_argument(
        "--record",
        choices=[recorded.value for recorded in Recorded],
        help="video that the store keeps: a clip from 5 s before to 5 s after each incident, or the whole drive "
        "(default: as chosen in the window; nothing until then)",
    )
    parser.add_argument(
        "--record-around",
        type=_seconds_around,
        metavar="BEFORE,AFTER",
        help="seconds that a clip shows before its incident and after it, 0 to 60 (5,5)",
    )
    parser.add_argument(
        "--closed-loop",
        action="store_true",
        help="keep nothing of the drive, no image and no figure, whatever else is chosen",
    )


def _seconds_around(text: str) -> tuple[float, float]:
    try:
        before_s, after_s = (float(part) for part in text.split(","))
    except ValueError:
        before_s = after_s = -1.0
    if not (0.0 <= before_s <= 60.0 and 0.0 <= after_s <= 60.0):
        raise argparse.ArgumentTypeError(f"{text!r} is not two numbers of seconds from 0 to 60, such as 5,5")
    return before_s, after_s


def resolve_privacy(arguments: argparse.Namespace, choices: LastChoices, *, user_files: bool) -> Privacy:
    """What holds: the administrator's `privacy.toml`, over the command line, over what was chosen in the window.

    Args:
        arguments: parsed by a parser with `add_privacy` and the monitor's other options.
        choices: what was chosen in the window.
        user_files: whether that holds: for cameras and streams, and in the window.

    Raises:
        UserError: for options that contradict each other.
    """
    lock, path, notice = _read_lock()
    keeping = {
        "--store": arguments.store is not None,
        "--journal": arguments.journal is not None,
        "--messages": getattr(arguments, "messages", None) is not None,
        "--metrics": getattr(arguments, "metrics", None) is not None,
        "--json": arguments.json is not None,
        "--driver": bool(arguments.driver),
        "--record": arguments.record not in (None, Recorded.NOTHING.value),
    }
    named = [option for option, given in keeping.items() if given]
    notices = [notice] if notice is not None else []
    if arguments.closed_loop and named:
        raise UserError(f"--closed-loop keeps nothing of a drive: leave out {', '.join(named)}, or --closed-loop")
    if arguments.closed_loop or lock.get("closed_loop"):
        used = [] if path is None else [f"nothing is kept (closed loop), locked by {path}"]
        if named:
            notices.append(
                NoticeText(
                    "nothing of the drive is kept, as {file} says: {options} does not hold",
                    file=str(path),
                    options=", ".join(named),
                )
            )
        return Privacy(is_chosen=True, closed_loop=True, locked=path, notices=tuple(notices), used=tuple(used))
    if "record" in lock:
        locked = Recorded(lock["record"])
        if arguments.record is not None and arguments.record != locked.value:
            notices.append(
                NoticeText(
                    "what is recorded is locked by {file} ({what}): --record {asked} does not hold",
                    file=str(path),
                    what=locked.value,
                    asked=arguments.record,
                )
            )
        used = [f"recorded: {locked.value}, locked by {path}"]
        return Privacy(locked, True, locked=path, notices=tuple(notices), used=tuple(used))
    if arguments.record is not None:
        return Privacy(Recorded(arguments.record), True, notices=tuple(notices))
    if user_files and choices.record:
        used = [f"recorded: {choices.record}"]
        return Privacy(Recorded(choices.record), True, notices=tuple(notices), used=tuple(used))
    return Privacy(notices=tuple(notices))


def _read_lock() -> tuple[dict[str, Any], Path | None, NoticeText | None]:
    """What the administrator's file says. One that cannot be read or understood locks all: nothing is kept."""
    try:
        path = locked_file("privacy.toml")
    except UserError as error:
        return {"closed_loop": True}, None, NoticeText("{what}: nothing of the drive is kept", what=str(error))
    if path is None:
        return {}, None, None
    problem = None
    lock: dict[str, Any] = {}
    try:
        lock = load_toml(path)
    except (OSError, ValueError) as error:  # a TOML error is a ValueError
        problem = reason(error) if isinstance(error, OSError) else str(error)
    unknown = sorted(lock.keys() - _KEYS)
    if unknown:
        problem = f"there is no setting {unknown[0]}: write {' or '.join(sorted(_KEYS))}"
    elif lock.get("record", "nothing") not in [recorded.value for recorded in Recorded]:
        problem = f"record is none of {', '.join(recorded.value for recorded in Recorded)}"
    elif not isinstance(lock.get("closed_loop", False), bool):
        problem = "closed_loop is neither true nor false"
    if problem is None:
        return lock, path, None
    return (
        {"closed_loop": True},
        path,
        NoticeText(
            "{file}: {what}: nothing of the drive is kept until whoever administers this machine puts it right",
            file=short_path(path),
            what=problem,
        ),
    )


def keep_nothing(arguments: argparse.Namespace) -> None:
    """Take out of a parsed command line whatever would keep something of a drive, or send it anywhere."""
    arguments.store = arguments.journal = arguments.json = arguments.messages = arguments.metrics = None
    arguments.no_store, arguments.driver = True, ""
    arguments.store_days = arguments.store_gb = arguments.store_free_gb = None


def unstored(privacy: Privacy, arguments: argparse.Namespace) -> list[str]:
    """What is to be noticed where something is to be recorded and there is no store.

    Raises:
        UserError: where the command line asks for it.
    """
    if privacy.record is Recorded.NOTHING:
        return []
    if arguments.record is not None:
        raise UserError("--record needs a store for the clips: name it with --store DIR, and leave out --no-store")
    return [NoticeText("nothing is recorded, since nothing keeps the drive: name a store with --store DIR")]
