"""Passwords: from a file for the user alone, or from the system's keyring; never from a command line or a setting."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from engines.errors import UserError, reason
from engines.files.regular_file import read_utf8

SERVICE = "driver-monitor"
"""What passwords are called in the keyring."""

_LIMIT = 64 << 10


def require_private(path: Path) -> None:
    """Raise `UserError` where others may read a file, or it is not there."""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except (OSError, ValueError) as error:
        raise UserError(f"cannot read {path}: {reason(error)}") from error
    if os.name == "posix" and mode & 0o077:
        raise UserError(f"others can read {path}, which is secret: chmod 600 {path}")


def read_secret(path: Path) -> str:
    """A file's only line. Raises `UserError`, which does not quote it."""
    require_private(path)
    try:
        secret = read_utf8(path, _LIMIT).rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"cannot read {path}: {reason(error)}") from error
    if not secret:
        raise UserError(f"{path} is empty: write the secret into it, and nothing else")
    if not secret.isprintable():
        raise UserError(f"{path} holds more than one line, or what cannot be printed: the secret alone belongs there")
    return secret


def keyring_secret(entry: str, setting: str) -> str:
    """What the system's keyring has for an entry.

    Args:
        entry: such as ``car-7@broker.example.org``.
        setting: which names a file instead, for the error.

    Raises:
        UserError: when there is no keyring, it is locked, or has no such entry, or one that cannot be printed.
    """
    instead = f"or put it into a file for you alone (chmod 600), and name that: {setting}"
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError as error:
        extra = "the keyring needs the extra 'messages' (uv sync --extra messages)"
        raise UserError(f"no {setting} is named, and {extra}: install it, {instead}") from error
    try:
        secret = keyring.get_password(SERVICE, entry)
    except KeyringError as error:
        raise UserError(
            f"no {setting} is named, and the keyring cannot be read ({error}): unlock it, {instead}"
        ) from error
    if not secret:
        store = f"keyring set {SERVICE} {entry}"
        raise UserError(f"no {setting} is named, and the keyring has no password of {entry}: {store}, {instead}")
    if not secret.isprintable():
        raise UserError(
            f"what the keyring has for {entry} cannot be printed: it is to hold the secret alone, in a line"
        )
    return secret
