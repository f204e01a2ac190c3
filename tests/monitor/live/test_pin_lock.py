"""The PIN in its file: salted, hashed, for the user alone; wrong tries slow down, and nobody is shut out for good."""

from __future__ import annotations

import json
import stat
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.errors import UserError
from monitor.live.pin_lock import FREE_TRIES, PinLock
from tests.property_settings import examples


class Clock:
    """Seconds that a test sets."""

    def __init__(self) -> None:
        self.now_s = 1.7e9

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def lock(tmp_path: Path, clock: Clock) -> PinLock:
    made = PinLock(tmp_path / "config" / "pin.json", clock)
    made.set("4711")
    return made


def test_only_the_pin_is_right(lock: PinLock) -> None:
    assert lock.is_set and lock.problem is None
    assert lock.check("4711") and not lock.check("4712") and not lock.check("") and not lock.check("47110")


def test_the_file_holds_no_pin_and_is_for_the_user_alone(lock: PinLock, tmp_path: Path) -> None:
    other = PinLock(tmp_path / "other.json")
    other.set("4711")
    one, two = (json.loads(path.read_text()) for path in (lock.path, other.path))
    assert "4711" not in lock.path.read_text()
    assert one["salt"] != two["salt"] and one["key"] != two["key"], "the same PIN twice does not show"
    if sys.platform != "win32":
        lock.path.chmod(0o644)
        lock.set("4712")
        assert stat.S_IMODE(lock.path.stat().st_mode) == 0o600


def test_wrong_tries_slow_down_also_after_a_restart(lock: PinLock, clock: Clock) -> None:
    for _ in range(FREE_TRIES):
        assert lock.wait_s == 0.0 and not lock.check("0000")
    assert lock.wait_s == pytest.approx(5.0) and not lock.check("4711"), "not even the right one"
    again = PinLock(lock.path, clock)
    assert again.wait_s == pytest.approx(5.0)
    clock.now_s += 5.0
    assert not again.check("0000") and again.wait_s == pytest.approx(10.0)
    clock.now_s += 10.0
    assert again.check("4711") and again.wait_s == 0.0 and lock.path.exists()
    assert not again.check("0000") and again.wait_s == 0.0, "the right one forgives the wrong ones"


@pytest.mark.parametrize("back_s", [3.0, 3600.0, 400 * 86_400.0])
def test_a_clock_that_was_set_back_has_nobody_wait_for_more_than_once_again(
    back_s: float, lock: PinLock, clock: Clock
) -> None:
    for _ in range(FREE_TRIES):
        lock.check("0000")
    for one in (lock, PinLock(lock.path, clock)):
        clock.now_s -= back_s
        assert one.wait_s == pytest.approx(5.0)
        clock.now_s += 4.0
        assert one.wait_s == pytest.approx(1.0) and not one.check("4711")
        clock.now_s += 1.0
        assert one.wait_s == 0.0
    assert one.check("4711")


def test_tries_at_the_same_time_are_tries_one_after_the_other(lock: PinLock) -> None:
    with ThreadPoolExecutor(8) as threads:
        assert not any(threads.map(lock.check, ["0000"] * 8))
    assert json.loads(lock.path.read_text())["wrong"] == FREE_TRIES, "then it is to be waited for"


@given(st.integers(0, 80), st.floats(-1e6, 1e6))
@examples(0.3)
def test_nobody_waits_for_more_than_five_minutes_whatever_the_clock_does(wrong: int, later_s: float) -> None:
    with tempfile.TemporaryDirectory() as folder:
        clock = Clock()
        lock = PinLock(Path(folder) / "pin.json", clock)
        stored = {"salt": "0" * 32, "key": "0" * 64, "wrong": wrong, "wrong_at": clock.now_s}
        lock.path.write_text(json.dumps(stored))
        clock.now_s += later_s
        assert 0.0 <= lock.wait_s <= 300.0
        assert later_s < 300.0 or lock.wait_s == 0.0


@pytest.mark.parametrize("pin", ["", "123", "1234567890123", "12a4", "１２３４", " 1234"])
def test_what_is_no_pin_is_refused(pin: str, lock: PinLock) -> None:
    with pytest.raises(UserError, match="4 to 12 digits"):
        lock.set(pin)
    assert lock.check("4711"), "the one before holds"


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"salt": "00", "key": "00"}', b"\xff" * 10_000])
def test_a_damaged_file_lets_nobody_in_and_says_what_to_delete(content: bytes, lock: PinLock) -> None:
    lock.path.write_bytes(content)
    assert lock.is_set and not lock.check("4711")
    assert lock.problem is not None and "pin.json" in lock.problem and "delete this file" in lock.problem
    lock.path.unlink()
    assert not lock.is_set and lock.check("")


def test_it_is_removed(lock: PinLock) -> None:
    lock.remove()
    lock.remove()
    assert not lock.is_set and not lock.path.exists() and lock.problem is None


def test_a_file_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(
        UserError, match=r"cannot write .*pin\.json: a file stands in its path where a folder is needed"
    ):
        PinLock(tmp_path / "file" / "pin.json").set("4711")
    with pytest.raises(UserError, match=r"cannot delete .*: a file stands in its path where a folder is needed"):
        PinLock(tmp_path / "file" / "pin.json").remove()
