"""The keys of the window, as Qt names them: one table, which binds them, fills the menu and is listed by F1."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import groupby

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from engines.activities import Activity
from monitor.dashboard.texts import term

PAUSE_KEY, RESTART_KEY, STOP_KEY, MUTE_KEY = "Space", "R", "X", "M"
SOURCE_KEY, EXPORT_KEY, CASE_KEY = "Ctrl+O", "Ctrl+E", "Ctrl+Shift+S"
REGIONS_KEY, HEAT_KEY, KEYPOINTS_KEY = "A", "H", "P"
ACKNOWLEDGE_KEY, SNOOZE_KEY = "K", "S"
TRUE_ALERT_KEY, FALSE_ALERT_KEY, UNCLEAR_KEY, NOTE_KEY = "T", "W", "U", "E"
UNDO_KEY, REDO_KEY = "Ctrl+Z", "Ctrl+Shift+Z"
FINISH_KEY, ABANDON_KEY, ERASE_KEY, LABELS_KEY = "Return", "Esc", "Del", "L"
PLAY_KEY, BACK_KEY, FORWARD_KEY, NEXT_KEY, PREVIOUS_KEY = "Space", "Left", "Right", "N", "Shift+N"
SKIP_BACK_KEY, SKIP_KEY, BEGINNING_KEY, END_KEY = "Shift+Left", "Shift+Right", "Home", "End"
SLOWER_KEY, FASTER_KEY = "-", "+"
DRIVER_KEY, FULL_SCREEN_KEY, HELP_KEY, QUIT_KEY = "D", "F11", "F1", "Ctrl+Q"
VIEW_KEYS = ("Ctrl+1", "Ctrl+2", "Ctrl+3", "Ctrl+4")
PAGE_KEYS = ("Alt+1", "Alt+2", "Alt+3", "Alt+4", "Alt+5")
LABEL_KEYS = tuple(str(activity.value) for activity in Activity)


class Place(Enum):
    """Where a key works; the value is its name for people."""

    EVERYWHERE = "Everywhere"
    DRIVE = "In Drive"
    REPLAY = "In Replay"
    LIBRARY = "In Library"
    SETTINGS = "In Settings"


@dataclass(frozen=True)
class Key:
    """One row of the table.

    Attributes:
        keys: as Qt names them; the first one stands in tooltips.
        text: what they do.
        places: where.
        each: what each of them does, where that is not the same.
        repeats: whether one that is held down does it again and again.
    """

    keys: tuple[str, ...]
    text: str
    places: tuple[Place, ...]
    each: tuple[str, ...] = ()
    repeats: bool = False


_DRIVE, _REPLAY, _BOTH = (Place.DRIVE,), (Place.REPLAY,), (Place.DRIVE, Place.REPLAY)
_REVIEWS = (Place.DRIVE, Place.REPLAY, Place.LIBRARY)

KEYS = (
    Key((ACKNOWLEDGE_KEY,), "Acknowledge the alert: hidden until it gets worse", _DRIVE),
    Key((SNOOZE_KEY,), "Not now: acknowledge, and snooze the weaker alerts about it", _DRIVE),
    Key((TRUE_ALERT_KEY,), "Review: a true alert", _REVIEWS),
    Key((FALSE_ALERT_KEY,), "Review: a false alert", _REVIEWS),
    Key((UNCLEAR_KEY,), "Review: unclear", _REVIEWS),
    Key((NOTE_KEY,), "Review: a note…", _REVIEWS),
    Key((UNDO_KEY,), "Undo a label, review or note", _REVIEWS, repeats=True),
    Key((REDO_KEY,), "Redo it", _REVIEWS, repeats=True),
    Key((PAUSE_KEY,), "Pause, or resume", _DRIVE),
    Key((RESTART_KEY,), "Start again", _DRIVE),
    Key((STOP_KEY,), "End the drive", _DRIVE),
    Key((PLAY_KEY,), "Play, or pause", _REPLAY),
    Key((BACK_KEY,), "One frame back", _REPLAY, repeats=True),
    Key((FORWARD_KEY,), "One frame on", _REPLAY, repeats=True),
    Key((SKIP_BACK_KEY,), "Five seconds back", _REPLAY, repeats=True),
    Key((SKIP_KEY,), "Five seconds on", _REPLAY, repeats=True),
    Key((BEGINNING_KEY,), "To the beginning", _REPLAY),
    Key((END_KEY,), "To the end", _REPLAY),
    Key((NEXT_KEY,), "Next incident", _REPLAY, repeats=True),
    Key((PREVIOUS_KEY,), "Previous incident", _REPLAY, repeats=True),
    Key((SLOWER_KEY,), "Slower", _REPLAY, repeats=True),
    Key((FASTER_KEY,), "Faster", _REPLAY, repeats=True),
    Key(
        LABEL_KEYS,
        "Begin a label here; again: up to here",
        _REPLAY,
        each=tuple(activity.title for activity in Activity),
    ),
    Key((FINISH_KEY,), "End the label here", _REPLAY),
    Key((ABANDON_KEY,), "Discard the label that was begun", _REPLAY),
    Key((ERASE_KEY,), "Erase the label here", _REPLAY),
    Key((LABELS_KEY,), "Labels of another file…", _REPLAY),
    Key((REGIONS_KEY,), "Attended regions", _BOTH),
    Key((HEAT_KEY,), "Attention as heat", _BOTH),
    Key((KEYPOINTS_KEY,), "Keypoints", _DRIVE),
    Key((SOURCE_KEY,), "Choose a source…", _DRIVE),
    Key((SOURCE_KEY,), "Open a drive…", _REPLAY),
    Key((EXPORT_KEY,), "Export the events…", _DRIVE),
    Key((EXPORT_KEY,), "Export the report…", _REPLAY),
    Key((CASE_KEY,), "Save the incident as a case…", (Place.LIBRARY,)),
    Key((MUTE_KEY,), "Sound off, or on", _BOTH),
    Key((DRIVER_KEY,), "Driver's view, or the engineer's", _DRIVE),
    Key(
        PAGE_KEYS,
        "Pages of the settings",
        (Place.SETTINGS,),
        each=("Camera", "Engine", "Alerts", "Appearance", "Privacy"),
    ),
    Key(
        VIEW_KEYS,
        "Views",
        (Place.EVERYWHERE,),
        each=("Show the drive", "Show the replay", "Show the library", "Show the settings"),
    ),
    Key((FULL_SCREEN_KEY,), "Full screen, with the driver's view", (Place.EVERYWHERE,)),
    Key((HELP_KEY, "?"), "Show the keys", (Place.EVERYWHERE,)),
    Key((QUIT_KEY,), "Close the window", (Place.EVERYWHERE,)),
)


def keys_of(place: Place) -> Iterator[Key]:
    """The rows that hold at a place."""
    return (key for key in KEYS if place in key.places)


def texts() -> Iterator[str]:
    """All words of the table, for the translators."""
    yield from (place.value for place in Place)
    for key in KEYS:
        yield key.text
        yield from key.each


def bind_keys(widget: QWidget, place: Place, handlers: Mapping[str, Callable[[], object]]) -> None:
    """Have a place's keys work while a widget is seen: each becomes one of its actions.

    Args:
        widget: of that place.
        place: of the table.
        handlers: what every one of its keys does; of keys that do the same, the first.

    Raises:
        KeyError: when a key of the place has no handler.
    """
    for key in keys_of(place):
        for number, text in enumerate(key.each or (key.text,)):
            action = QAction(term(text), widget)
            pressed = (key.keys[number],) if key.each else key.keys
            action.setShortcuts([QKeySequence(name) for name in pressed])
            action.setShortcutVisibleInContextMenu(True)
            # Held down by chance it must not agree to what it asks.
            action.setAutoRepeat(key.repeats)
            action.setData(key)
            handler = handlers[key.keys[number]]
            action.triggered.connect(lambda _checked=False, handler=handler: handler())
            widget.addAction(action)


def fill_menu(menu: QMenu, widgets: Sequence[QWidget]) -> None:
    """Put what can be done in some widgets into a menu; keys of one row into a menu of their own."""
    for number, widget in enumerate(widgets):
        if number and widget.actions():
            menu.addSeparator()
        for key, actions in groupby(widget.actions(), key=lambda action: action.data()):
            into = menu.addMenu(term(key.text)) if isinstance(key, Key) and key.each else menu
            into.addActions(list(actions))
