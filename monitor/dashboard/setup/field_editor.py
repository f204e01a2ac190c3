"""One setting of the policy: its name, what it means, its value with its unit, and the way back to its default."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydantic import BaseModel
from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QFrame, QGridLayout, QLabel, QWidget

from engines.activities import Activity
from engines.files.settings_faults import schema
from monitor.dashboard.setup.number_box import NumberBox
from monitor.dashboard.texts import term
from monitor.dashboard.widgets import palette
from monitor.dashboard.widgets.buttons import icon_button
from monitor.dashboard.widgets.icons import icon_pixmap

translate = QCoreApplication.translate

_ACROSS, _ACROSS_LARGE, _LARGE = 3, 2, 1.4
"""Thresholds by activity stand in so many columns, and in so many from this text size on."""


class _Combo(QComboBox):
    """The wheel scrolls the page, not a setting that happens to lie under it."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class FieldEditor(QWidget):
    """A setting; what an administrator has locked is shown, and cannot be changed."""

    changed = Signal()

    def __init__(
        self,
        model: type[BaseModel],
        name: str,
        default: object,
        *,
        locked: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        field = model.model_fields[name]
        self.name, self.default, self.locked = name, default, locked
        title = QLabel(term(field.title or name))
        title.setWordWrap(True)
        description = term(field.description or "")
        about = QLabel(description[:1].upper() + description[1:] + ".")
        about.setObjectName("small")
        about.setWordWrap(True)
        for label in (title, about):
            label.setTextFormat(Qt.TextFormat.PlainText)
        self.reset = icon_button(
            "undo",
            translate("PolicyForm", "{0}: back to the default").format(title.text()),
            lambda: self.set_value(self.default),
            size=15,
            plain=True,
        )
        policy = self.reset.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.reset.setSizePolicy(policy)
        self.widget, self._read, self._write = _editor(name, schema(model)[name], default, self._changed)
        self.widget.setAccessibleName(title.text())
        self.widget.setAccessibleDescription(about.text())
        title.setBuddy(self.widget)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, palette.px(4), 0, palette.px(4))
        grid.setHorizontalSpacing(palette.px(10))
        grid.setVerticalSpacing(0)
        grid.addWidget(title, 0, 0)
        grid.addWidget(about, 1, 0)
        if locked:
            self._lock(grid)
        end: QWidget = self.reset
        if isinstance(default, dict):
            grid.addWidget(end, 0, 2)
            grid.addWidget(self.widget, 3, 0, 1, 3)
        else:
            middle = Qt.AlignmentFlag.AlignVCenter
            grid.addWidget(self.widget, 0, 1, 3, 1, middle)
            grid.addWidget(end, 0, 2, 3, 1, middle)
        grid.setColumnStretch(0, 1)
        self._changed()

    def _lock(self, grid: QGridLayout) -> None:
        self.widget.setEnabled(False)
        for box in (self.widget, *self.widget.findChildren(NumberBox)):
            if isinstance(box, NumberBox):
                box.setButtonSymbols(NumberBox.ButtonSymbols.NoButtons)
        sign, words = QLabel(), QLabel(translate("PolicyForm", "Locked by the administrator"))
        sign.setPixmap(icon_pixmap("lock", palette.px(13), palette.theme().soft, self.devicePixelRatioF()))
        words.setObjectName("locked")
        line = QGridLayout()
        line.setHorizontalSpacing(palette.px(6))
        line.addWidget(sign, 0, 0)
        line.addWidget(words, 0, 1)
        line.setColumnStretch(1, 1)
        grid.addLayout(line, 2, 0)
        self.widget.setAccessibleDescription(f"{words.text()}. {self.widget.accessibleDescription()}")
        self.setToolTip(words.text())

    @property
    def value(self) -> object:
        """As the model takes it."""
        return self._read()

    def set_value(self, value: object) -> None:
        """Show a value."""
        self._write(value)
        self._changed()

    def _changed(self) -> None:
        self.reset.setVisible(not self.locked and self.value != self.default)
        self.changed.emit()


Editor = tuple[QWidget, Callable[[], object], Callable[[Any], None]]


def _editor(name: str, limits: dict[str, Any], default: object, changed: Callable[[], None]) -> Editor:
    """A widget for a kind of value, and how it is read and set."""
    if isinstance(default, bool):
        check = QCheckBox()
        check.setChecked(default)
        check.toggled.connect(lambda _on: changed())
        return check, check.isChecked, check.setChecked
    if "enum" in limits:
        combo = _Combo()
        combo.setMinimumWidth(palette.px(126))
        combo.setMinimumHeight(palette.px(32))
        for choice in limits["enum"]:
            combo.addItem(term(choice), choice)
        combo.setCurrentIndex(combo.findData(default))
        combo.currentIndexChanged.connect(lambda _index: changed())
        return combo, combo.currentData, lambda value: combo.setCurrentIndex(combo.findData(value))
    if isinstance(default, dict):
        return _by_activity(name, limits["additionalProperties"], default, changed)
    box = NumberBox(name, limits)
    box.store(float(str(default)))
    box.valueChanged.connect(lambda _value: changed())
    return box, lambda: box.stored, lambda value: box.store(float(value))


def _by_activity(name: str, limits: dict[str, Any], default: dict[str, float], changed: Callable[[], None]) -> Editor:
    """A threshold for each distraction; 0 stands for the general one."""
    frame = QFrame()
    grid = QGridLayout(frame)
    grid.setContentsMargins(0, palette.px(4), 0, 0)
    boxes: dict[str, NumberBox] = {}
    across = _ACROSS_LARGE if palette.scale() >= _LARGE else _ACROSS
    for index, activity in enumerate(each for each in Activity if each.is_distraction):
        box = NumberBox(name, limits, optional=True)
        box.setFixedWidth(palette.px(100))
        box.store(default.get(activity.code, 0.0))
        box.setAccessibleName(term(activity.title))
        box.setToolTip(term(activity.title))
        box.valueChanged.connect(lambda _value: changed())
        label = QLabel(activity.label)
        label.setToolTip(term(activity.title))
        grid.addWidget(label, index // across, 2 * (index % across))
        grid.addWidget(box, index // across, 2 * (index % across) + 1)
        boxes[activity.code] = box
    grid.setColumnStretch(2 * across, 1)

    def read() -> object:
        return {code: box.stored for code, box in boxes.items() if box.stored > 0.0}

    def write(values: dict[str, float]) -> None:
        for code, box in boxes.items():
            box.store(values.get(code, 0.0))

    return frame, read, write
