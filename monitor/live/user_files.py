"""The user's own files: how the camera sits and what differs from the alert policy's defaults.

The dashboard writes them; ``--mount`` and ``--policy`` read them without a window, too.
"""

from __future__ import annotations

from pathlib import Path

import platformdirs

from engines.errors import UserError
from engines.files.output import write_atomic
from engines.view import Mount
from monitor.alerts.policy_file import PolicySettings, changed_toml


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


def read_mount(path: Path, *, named: bool) -> tuple[Mount | None, str | None]:
    """What a mount file says, and what is to be noticed about it; None where there is no such file.

    A file that the user has not `named` may be damaged without anybody's knowing of it: it is set aside, so that the
    monitor starts. Raises `UserError` for one that was named.
    """
    if not named and not path.is_file():
        return None, None
    try:
        return Mount.load(path), None
    except UserError as error:
        if named:
            raise
        return None, f"{error}: {set_aside(path)}; the whole frame is used"


def set_aside(path: Path) -> str:
    """Rename a file that cannot be read, so that the next one has its place; what was done, for people."""
    aside = path.with_name(f"{path.name}.damaged")
    try:
        path.replace(aside)
    except OSError:
        return "it is left as it is"
    return f"it is set aside as {short_path(aside)}"


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
