"""The keys: one table, which the window, its menu, its tooltips, F1 and the README agree with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QMenu, QWidget
from pytestqt.qtbot import QtBot

from monitor.dashboard.widgets.buttons import keys
from monitor.dashboard.widgets.keys import KEYS, Place
from monitor.dashboard.window.main_window import DRIVE, LIBRARY, REPLAY, SETUP, MainWindow
from tests.conftest import ROOT
from tests.monitor.dashboard.conftest import Dashboard

VIEWS = {Place.DRIVE: DRIVE, Place.REPLAY: REPLAY, Place.LIBRARY: LIBRARY, Place.SETTINGS: SETUP}


def bindings() -> set[tuple[Place, str]]:
    return {(place, key) for row in KEYS for place in row.places for key in row.keys}


def test_no_key_does_two_things_at_one_place() -> None:
    rows = [(place, key) for row in KEYS for place in row.places for key in row.keys]
    assert len(rows) == len(set(rows))
    everywhere = {key for place, key in rows if place is Place.EVERYWHERE}
    assert not everywhere & {key for place, key in rows if place is not Place.EVERYWHERE}


def test_what_is_bound_is_what_the_table_has(dashboard: Dashboard) -> None:
    window = dashboard.window
    views = {
        Place.DRIVE: window.drive,
        Place.REPLAY: window.replay_view,
        Place.LIBRARY: window.library_view,
        Place.SETTINGS: window.setup_view,
    }
    central = window.centralWidget()
    assert central is not None
    bound = {
        (place, sequence.toString())
        for place, widget in {**views, Place.EVERYWHERE: central}.items()
        for action in widget.actions()
        for sequence in action.shortcuts()
    }
    assert bound == {(place, QKeySequence(key).toString()) for place, key in bindings()}
    # A shortcut beside the table would be one that nobody finds.
    assert not window.findChildren(QShortcut)


def menu_of(window: MainWindow, qtbot: QtBot) -> QMenu:
    qtbot.mouseClick(window.header.menu, Qt.MouseButton.LeftButton)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    return menu


def entries(menu: QMenu) -> Iterator[str]:
    for action in menu.actions():
        below = action.menu()
        if isinstance(below, QMenu):
            yield from entries(below)
        for sequence in action.shortcuts():
            yield sequence.toString()


@pytest.mark.parametrize("size", [(480, 320), (800, 480), (1280, 800)])
def test_every_key_has_a_visible_entry_in_the_menu(dashboard: Dashboard, size: tuple[int, int], qtbot: QtBot) -> None:
    window = dashboard.window
    window.resize(*size)
    for place, view in VIEWS.items():
        window.show_view(view)
        assert window.header.menu.isVisible()
        menu = menu_of(window, qtbot)
        expected = {QKeySequence(key).toString() for at, key in bindings() if at in (place, Place.EVERYWHERE)}
        assert set(entries(menu)) == expected
        menu.close()


def test_an_entry_does_what_its_key_does(dashboard: Dashboard, qtbot: QtBot) -> None:
    menu = menu_of(dashboard.window, qtbot)
    mute = next(action for action in menu.actions() if action.shortcut().toString() == "M")
    qtbot.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(mute).center())
    assert dashboard.state.muted
    # The menu has borrowed it: the key still works, and only where it belongs.
    dashboard.window.show_view(SETUP)
    qtbot.keyClick(dashboard.window, Qt.Key.Key_M)
    assert dashboard.state.muted
    dashboard.window.show_view(DRIVE)
    qtbot.keyClick(dashboard.window, Qt.Key.Key_M)
    assert not dashboard.state.muted


def test_a_tooltip_that_names_a_key_names_one_of_its_view(dashboard: Dashboard) -> None:
    """Every button that has a key says so; what it says is in the table."""
    window = dashboard.window
    named: dict[Place, set[str]] = {}
    for place, view in VIEWS.items():
        window.show_view(view)
        known = {keys(key): key for at, key in bindings() if at in (place, Place.EVERYWHERE)}
        texts = list(tooltips(window))
        for page in window.replay_view.pages.buttons if view == REPLAY else ():
            page.click()
            texts += tooltips(window)
        named[place] = {known[key] for text in texts for key in known if text.endswith(f"({key})")}
    assert {"Space", "R", "M", "A", "D", "F11", "Ctrl+O", "Ctrl+E", "Ctrl+1", "Ctrl+2", "Ctrl+3"} <= named[Place.DRIVE]
    digits = {str(number) for number in range(10)}
    others = {"Space", "N", "Left", "Right", "L", "Ctrl+Z", "Ctrl+Shift+Z", "T", "W", "U", "E"}
    assert digits | others <= named[Place.REPLAY]
    assert {"Alt+1", "Alt+2", "Alt+3", "Alt+4"} <= named[Place.SETTINGS]


def tooltips(window: QWidget) -> Iterator[str]:
    return (button.toolTip() for button in window.findChildren(QAbstractButton) if button.isVisible())


@pytest.mark.parametrize("key", ["F1", "?"])
def test_f1_lists_all_keys(dashboard: Dashboard, key: str, qtbot: QtBot) -> None:
    window = dashboard.window
    for view in VIEWS.values():
        window.show_view(view)
        if key == "F1":
            qtbot.keyClick(window, Qt.Key.Key_F1)
        else:
            qtbot.keyClicks(window, "?")
        dialog = window.keys_dialog
        assert dialog is not None and dialog.isVisible()
        said = {label.text() for label in dialog.findChildren(QLabel)}
        assert {row.text for row in KEYS} <= said
        for row in KEYS:
            assert any(keys(row.keys[0]) in text for text in said), row
        qtbot.mouseClick(dialog.close_button, Qt.MouseButton.LeftButton)
        assert window.keys_dialog is None


def test_the_readme_has_the_same_keys() -> None:
    assert readme_bindings(ROOT / "monitor" / "README.md") == bindings()


def readme_bindings(path: Path) -> set[tuple[Place, str]]:
    """The table below "Keys": (where, key)."""
    text = path.read_text(encoding="utf-8").split("\n## Keys\n")[1].split("\n## ")[0]
    names = {"←": "Left", "→": "Right", "−": "-", "": "+"}
    found = set()
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) != 3 or cells[0] in ("key", "---"):
            continue
        places = [Place(f"In {where}") if where else Place.EVERYWHERE for where in cells[1].split(", ")]
        for part in cells[0].split(", "):
            first, _, last = part.partition(" … ")
            modifier, _, final = first.rpartition("+")
            final = names.get(final, final)
            pressed = [final] if not last else [str(key) for key in range(int(final), int(last) + 1)]
            sequences = [f"{modifier}+{key}" if modifier else key for key in pressed]
            found |= {(place, sequence) for place in places for sequence in sequences}
    return found
