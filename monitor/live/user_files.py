"""The user's files: the camera's mount, what differs from the alert policy's defaults, and what was chosen last.

The window writes them, and the monitor without a window reads them, too. Above them, and above the command line, stands
the administrator's policy.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

import platformdirs
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from engines.bundles.manifest import PRECISIONS
from engines.errors import UserError, reason
from engines.files.output import make_folder, write_atomic
from engines.files.printable import printable
from engines.files.settings_faults import fault_text
from engines.files.toml_files import load_toml, read_document, set_value
from engines.notice import NoticeText
from engines.runtimes import AUTO, runtime_names
from engines.view import Mount
from monitor.alerts.policy_file import PolicySettings, changed_toml, read_policy

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


def _one_of(*values: str) -> Callable[[str], str]:
    def check(value: str) -> str:
        if value not in values:
            raise ValueError(f"{value!r} is none of {', '.join(filter(None, values))}")
        return value

    return check


class LastChoices(BaseModel):
    """What was chosen in the window, and holds at the next start; empty or None where nothing was.

    Attributes:
        source: a camera or a stream.
        checked_source: the one whose view was said to be fine, so that its alerts are on from the first frame.
        bundle: a folder.
        runtime, precision: what runs the network.
        resolution: of a camera, such as ``1280x720``.
        max_fps: frames a second to classify at most.
        adaptive: whether to classify fewer frames of a camera while nothing changes.
        record: what of a camera's drive is recorded: ``nothing``, ``incidents`` or ``everything``.
    """

    model_config = ConfigDict(frozen=True)

    source: str = ""
    checked_source: str = ""
    bundle: str = ""
    runtime: Annotated[str, AfterValidator(_one_of("", AUTO, *runtime_names()))] = ""
    precision: Annotated[str, AfterValidator(_one_of("", AUTO, *PRECISIONS))] = ""
    resolution: Annotated[str, Field(pattern=r"^(\d{2,5}x\d{2,5})?$")] = ""
    max_fps: Annotated[float | None, Field(gt=0.0, allow_inf_nan=False)] = None
    adaptive: bool = False
    record: Annotated[str, AfterValidator(_one_of("", "nothing", "incidents", "everything"))] = ""


def user_folder() -> Path:
    """Where the user's settings lie."""
    return Path(platformdirs.user_config_dir("driver-monitor"))


def short_path(path: str | Path) -> str:
    """A path as people write it: ``~`` for the home folder."""
    try:
        return printable(Path("~") / Path(path).relative_to(Path.home()))
    except (RuntimeError, ValueError):  # no home, or elsewhere
        return printable(path)


def tighten_user_files() -> None:
    """Have nobody else read the user's settings: the address of a camera among them may hold its password.

    Earlier versions left files that everybody can read.
    """
    folder = user_folder()
    for path in (folder, *folder.glob("settings.toml*"), folder / "dashboard.conf", folder / "pin.json"):
        with suppress(OSError):  # not there, or another user's
            mode = stat.S_IMODE(path.stat().st_mode)
            if mode & 0o077:
                path.chmod(mode & 0o700)


def user_mount_file() -> Path:
    """The camera's mount."""
    return user_folder() / "mount.toml"


def user_policy_file() -> Path:
    """What differs from the default policy."""
    return user_folder() / "policy.toml"


def user_settings_file() -> Path:
    """What was chosen last."""
    return user_folder() / "settings.toml"


def locked_policy_file() -> Path | None:
    """The administrator's policy; see `locked_file`."""
    return locked_file("policy.toml")


def locked_file(name: str) -> Path | None:
    """What an administrator has locked, such as ``/etc/xdg/driver-monitor/policy.toml``; None where there is none.

    ``/etc/xdg`` comes first, whatever a user's environment says. Raises `UserError` when it cannot be looked at.
    """
    folders = [Path("/etc/xdg/driver-monitor")] if os.name == "posix" else []
    folders += map(Path, platformdirs.site_config_dir("driver-monitor", multipath=True).split(os.pathsep))
    for folder in folders:
        path = folder / name
        try:
            if stat.S_ISREG(path.stat().st_mode):
                return path
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            raise UserError(
                NoticeText(
                    "cannot read the locked {what} {path}: {reason}: ask whoever administers this machine",
                    what=path.stem,
                    path=path,
                    reason=reason(error),
                )
            ) from error
    return None


def read_user_mount(path: Path) -> tuple[Mount | None, str | None]:
    """What the user's mount file says, and what is to be noticed about it; a damaged one is set aside.

    Nobody may know of that file any more: it must not keep the monitor from starting.
    """
    if not path.is_file():
        return None, None
    try:
        return Mount.load(path), None
    except UserError as error:
        done = _left() if _not_read(error) else set_aside(path)
        return None, NoticeText("{what}: {done}; the whole frame is used", what=str(error), done=done)


def check_user_policy(
    path: Path, thresholds: Mapping[str, float] | None = None, locked: Path | None = None
) -> tuple[Path | None, str | None]:
    """The user's policy file, if it can be used, and what is to be noticed about it; a damaged one is set aside.

    A file that only does not go with what it is combined with stays where it is.

    Args:
        path: the file.
        thresholds: of the bundle, as for `read_policy`.
        locked: what an administrator has locked.
    """
    if not path.is_file():
        return None, None
    try:
        read_policy(path, thresholds, locked)
    except UserError as error:
        done = _left() if _not_read(error) or _holds_alone(path) else set_aside(path)
        return None, NoticeText("{what}: {done}; the built-in policy holds", what=str(error), done=done)
    return path, None


def _not_read(error: UserError) -> bool:
    """Whether a file could not be read just now, which says nothing about what is in it."""
    return isinstance(error.__cause__, OSError)


def _holds_alone(path: Path) -> bool:
    try:
        read_policy(path)
    except UserError:
        return False
    return True


def says_right_hand_drive(path: Path) -> bool:
    """Whether a policy file asks for right-hand drive, although the rest of it cannot be used."""
    try:
        return load_toml(path).get("right_hand_drive") is True
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return False


def read_choices(path: Path) -> tuple[LastChoices, str | None]:
    """What was chosen last, and what is to be noticed about the file.

    A damaged file is set aside. Of one that can be read, only the values that cannot be used do not hold.
    """
    if not path.is_file():
        return LastChoices(), None
    try:
        content = load_toml(path)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        return LastChoices(), NoticeText(
            "cannot read {file}: {reason}: {done}; nothing is chosen",
            file=short_path(path),
            reason=reason(error),
            done=_left() if isinstance(error, OSError) else set_aside(path),
        )
    try:
        return LastChoices.model_validate(content), None
    except ValidationError as error:
        faults = {str(fault["loc"][0]): fault_text(fault, LastChoices) for fault in error.errors()}
        return LastChoices.model_validate(
            {name: value for name, value in content.items() if name not in faults}
        ), unusable_choice(path, "; ".join(faults.values()))


def unusable_choice(path: Path, what: str) -> NoticeText:
    """The notice that something in the file of choices does not hold."""
    return NoticeText("{file}: {what}; the default holds", file=short_path(path), what=what)


def save_choices(path: Path, **changed: Any) -> None:
    """Write what was chosen, beside what the file holds already; an empty value is taken out. Raises `UserError`."""
    _make_folder(path)
    document = read_document(path)
    for name, value in changed.items():
        if value in ("", None, False):
            document.pop(name, None)
        else:
            set_value(document, name, value)
    write_atomic(path, document.as_string())


def set_aside(path: Path) -> NoticeText:
    """Rename a file that cannot be used, so that the next one has its place; what was done, for people."""
    aside = was_set_aside_as(path)
    number = 1
    while aside.exists():
        number += 1
        aside = path.with_name(f"{path.name}.damaged-{number}")
    try:
        path.replace(aside)
    except OSError:
        return _left()
    return NoticeText("it is set aside as {file}", file=short_path(aside))


def was_set_aside_as(path: Path) -> Path:
    """Where the first of a user's files that was damaged is."""
    return path.with_name(f"{path.name}.damaged")


def _left() -> NoticeText:
    return NoticeText("it is left as it is")


def save_mount(mount: Mount, path: Path) -> None:
    """Write a mount file, with its folder. Raises `UserError`."""
    _make_folder(path)
    mount.save(path)


def save_policy(policy: PolicySettings, base: PolicySettings, path: Path) -> None:
    """Write what a policy has otherwise than `base`, and keep the user's comments. Raises `UserError`."""
    _make_folder(path)
    write_atomic(path, changed_toml(path, policy, base))


def _make_folder(path: Path) -> None:
    try:
        make_folder(path.parent)
    except OSError as error:
        raise UserError(NoticeText("cannot write {path}: {reason}", path=path, reason=reason(error))) from error
