"""The errors where no window can be opened."""

from __future__ import annotations

import ctypes
import sys
from typing import Any

import pytest

from engines.errors import UserError
from monitor.dashboard import display
from monitor.dashboard.display import check_display, libraries_missing

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux has this trouble")


@pytest.fixture(autouse=True)
def no_display(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)


def test_no_display(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError, match=r"no display.*--headless"):
        check_display()
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    check_display()


def test_a_display_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":4711")
    load = ctypes.CDLL
    monkeypatch.setattr(display.ctypes, "CDLL", lambda name, *rest: None if "libqxcb" in name else load(name, *rest))
    with pytest.raises(UserError, match=r":4711.*cannot be reached"):
        check_display()


def test_a_missing_library_names_the_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str, *_rest: Any) -> None:
        raise OSError("libxcb-cursor.so.0: cannot open shared object file: No such file or directory")

    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr(display.ctypes, "CDLL", missing)
    with pytest.raises(UserError, match=r"libxcb-cursor\.so\.0.*apt install .*libxcb-cursor0.*--headless"):
        check_display()


def test_the_message_is_one_line() -> None:
    assert "\n" not in str(libraries_missing("libEGL.so.1: cannot open shared object file"))
