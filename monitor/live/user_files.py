"""The user's files: the camera's mount, what differs from the alert policy's defaults, and what was chosen last.

The window writes them, and the monitor without a window reads them, too. Above them, and above the command line, stands
the administrator's policy.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import platformdirs
from pydantic import BaseModel, ConfigDict, ValidationError

from engines.errors import UserError
from engines.files.output import write_atomic
from engines.files.toml_files import read_document, set_value
from engines.notice import NoticeText
from engines.view import Mount
from monitor.alerts.policy_file import PolicySettings, changed_toml, read_policy

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


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
    """

    model_config = ConfigDict(frozen=True)

    source: str = ""
    checked_source: str = ""
    bundle: str = ""
    runtime: str = ""
    precision: str = ""
    resolution: str = ""
    max_fps: float | None = None
    adaptive: bool = False


def user_folder() -> Path:
    """Where the user's settings lie."""
    return Path(platformdirs.user_config_dir("driver-monitor"))


def short_path(path: str | Path) -> str:
    """A path as people write it: ``~`` for the home folder."""
    try:
        return str(Path("~") / Path(path).relative_to(Path.home()))
    except (RuntimeError, ValueError):  # no home, or elsewhere
        return str(path)


def user_mount_file() -> Path:
    """How the camera sits."""
    return user_folder() / "mount.toml"


def user_policy_file() -> Path:
    """What differs from the default policy."""
    return user_folder() / "policy.toml"


def user_settings_file() -> Path:
    """What was chosen last."""
    return user_folder() / "settings.toml"


def locked_policy_file() -> Path | None:
    """What an administrator has locked, such as ``/etc/xdg/driver-monitor/policy.toml``; None where there is none."""
    path = Path(platformdirs.site_config_dir("driver-monitor")) / "policy.toml"
    return path if path.is_file() else None


def read_user_mount(path: Path) -> tuple[Mount | None, str | None]:
    """What the user's mount file says, and what is to be noticed about it; a damaged one is set aside.

    Nobody may know of that file any more: it must not keep the monitor from starting.
    """
    if not path.is_file():
        return None, None
    try:
        return Mount.load(path), None
    except UserError as error:
        return None, NoticeText("{what}: {done}; the whole frame is used", what=str(error), done=set_aside(path))


def check_user_policy(path: Path) -> tuple[Path | None, str | None]:
    """The user's policy file, if it can be used, and what is to be noticed about it; a damaged one is set aside."""
    if not path.is_file():
        return None, None
    try:
        read_policy(path)
    except UserError as error:
        return None, NoticeText("{what}: {done}; the built-in policy holds", what=str(error), done=set_aside(path))
    return path, None


def read_choices(path: Path) -> tuple[LastChoices, str | None]:
    """What was chosen last, and what is to be noticed about the file; a damaged one is set aside."""
    if not path.is_file():
        return LastChoices(), None
    try:
        return LastChoices.model_validate(tomllib.loads(path.read_text(encoding="utf-8"))), None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, ValidationError, RecursionError) as error:
        reason = str(error).splitlines()[0]
        return LastChoices(), NoticeText(
            "cannot read {file}: {reason}: {done}; nothing is chosen",
            file=short_path(path),
            reason=reason,
            done=set_aside(path),
        )


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
    """Rename a file that cannot be read, so that the next one has its place; what was done, for people."""
    aside = path.with_name(f"{path.name}.damaged")
    try:
        path.replace(aside)
    except OSError:
        return NoticeText("it is left as it is")
    return NoticeText("it is set aside as {file}", file=short_path(aside))


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
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"cannot write {path}: {error.strerror}") from error
