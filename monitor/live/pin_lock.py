"""A PIN for what on a shared machine is not everybody's: the settings, the library. It guards no alert.

It keeps passers-by out, not somebody who can read the user's files: whoever can delete the file needs no PIN.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from engines.errors import UserError, reason
from engines.files.output import PRIVATE, make_folder, write_atomic
from engines.notice import NoticeText
from monitor.live.user_files import short_path, user_folder

MIN_DIGITS, MAX_DIGITS = 4, 12

FREE_TRIES = 3
"""So many wrong ones cost nothing; each further one doubles the wait."""

_FIRST_WAIT_S, _LONGEST_WAIT_S = 5.0, 300.0
_COST, _BLOCK_SIZE, _PARALLEL = 2**14, 8, 1
_MEMORY = 64 * 2**20


class _Stored(BaseModel):
    """What the file holds; never the PIN."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    salt: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    key: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    wrong: Annotated[int, Field(ge=0)] = 0
    wrong_at: float = 0.0

    def matches(self, pin: str) -> bool:
        return hmac.compare_digest(bytes.fromhex(self.key), _derived(pin, bytes.fromhex(self.salt)))


class PinLock:
    """A PIN in a file. Any thread may check it: one try after the other."""

    def __init__(self, path: Path | None = None, clock: Callable[[], float] = time.time) -> None:
        """Nothing is read yet.

        Args:
            path: the file; the user's when None.
            clock: seconds since 1970, which go on while the program does not run.
        """
        self.path, self._clock = path or user_folder() / "pin.json", clock
        self._wrong, self._wrong_at = 0, 0.0
        self._began_again: tuple[float, float] | None = None
        self._checking = threading.Lock()

    @property
    def is_set(self) -> bool:
        """Whether there is a PIN, also one in a file that cannot be read."""
        return os.path.lexists(self.path)

    @property
    def problem(self) -> NoticeText | None:
        """Why no PIN can be right, and what to do."""
        return self._problem() if self.is_set and self._read() is None else None

    @property
    def wait_s(self) -> float:
        """Seconds until the next try counts."""
        stored = self._read()
        wrong, wrong_at = (
            (self._wrong, self._wrong_at) if stored is None else _worse(stored, self._wrong, self._wrong_at)
        )
        if wrong < FREE_TRIES:
            return 0.0
        # 2 to the power of some dozens is long enough for any clock.
        wait_s = min(_LONGEST_WAIT_S, _FIRST_WAIT_S * 2.0 ** min(wrong - FREE_TRIES, 20))
        return max(0.0, self._not_ahead(wrong_at) + wait_s - self._clock())

    def check(self, pin: str) -> bool:
        """Whether it is the PIN; a wrong one counts. While there is something to wait for none is right.

        Takes some hundredths of a second, on purpose.
        """
        with self._checking:
            return self._check(pin)

    def _check(self, pin: str) -> bool:
        if not self.is_set:
            return True
        stored = self._read()
        if stored is None or self.wait_s > 0.0:
            return False
        if stored.matches(pin):
            self._wrong = 0
            if stored.wrong:
                self._try_save(stored.model_copy(update={"wrong": 0, "wrong_at": 0.0}))
            return True
        # Counted here, too, in case the file cannot be written.
        self._wrong, self._wrong_at = max(self._wrong, stored.wrong) + 1, self._clock()
        self._try_save(stored.model_copy(update={"wrong": self._wrong, "wrong_at": self._wrong_at}))
        return False

    def set(self, pin: str) -> None:
        """Have this PIN from now on. Raises `UserError` for one that is none, or a file that cannot be written."""
        require_pin(pin)
        salt = secrets.token_bytes(16)
        stored = _Stored(salt=salt.hex(), key=_derived(pin, salt).hex())
        try:
            make_folder(self.path.parent)
        except OSError as error:
            raise UserError(
                NoticeText("cannot write {path}: {reason}", path=short_path(self.path), reason=reason(error))
            ) from error
        self._save(stored)
        self._wrong = 0

    def remove(self) -> None:
        """Have no PIN any more. Raises `UserError` where the file cannot be deleted."""
        try:
            self.path.unlink(missing_ok=True)
        except OSError as error:
            raise UserError(
                NoticeText("cannot delete {path}: {reason}", path=short_path(self.path), reason=reason(error))
            ) from error
        self._wrong = 0

    def _not_ahead(self, wrong_at: float) -> float:
        """When the wait began: where the clock has been set back to before that, it begins again, once."""
        again = self._began_again
        began_at = again[1] if again is not None and again[0] == wrong_at else wrong_at
        if began_at > (now := self._clock()):
            self._began_again, began_at = (wrong_at, now), now
        return began_at

    def _read(self) -> _Stored | None:
        try:
            # A few hundred bytes: what is longer was not written here.
            with self.path.open("rb") as file:
                return _Stored.model_validate_json(file.read(4096))
        except (OSError, ValidationError):
            return None

    def _save(self, stored: _Stored) -> None:
        write_atomic(self.path, stored.model_dump_json() + "\n")
        # One that was there keeps its mode.
        with suppress(OSError):
            self.path.chmod(PRIVATE)

    def _try_save(self, stored: _Stored) -> None:
        with suppress(UserError):
            self._save(stored)

    def _problem(self) -> NoticeText:
        return NoticeText(
            "the PIN in {file} cannot be read, so none is right: delete this file, and set a new PIN",
            file=short_path(self.path),
        )


def require_pin(pin: str) -> None:
    """Raise `UserError` for what can be no PIN."""
    if not (pin.isascii() and pin.isdigit() and MIN_DIGITS <= len(pin) <= MAX_DIGITS):
        raise UserError(NoticeText("a PIN has {least} to {most} digits", least=MIN_DIGITS, most=MAX_DIGITS))


def _worse(stored: _Stored, wrong: int, wrong_at: float) -> tuple[int, float]:
    return (stored.wrong, stored.wrong_at) if stored.wrong >= wrong else (wrong, wrong_at)


def _derived(pin: str, salt: bytes) -> bytes:
    return hashlib.scrypt(pin.encode(), salt=salt, n=_COST, r=_BLOCK_SIZE, p=_PARALLEL, maxmem=_MEMORY, dklen=32)
