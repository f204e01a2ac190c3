"""The alert settings as a form, made from the policy's fields: titles, descriptions, limits and defaults."""

from __future__ import annotations

from collections.abc import Callable, Collection
from operator import attrgetter
from typing import Any

from pydantic import BaseModel, ValidationError
from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFrame,
    QGridLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from engines.activities import Activity
from monitor.alerts.policy_file import PolicySettings
from monitor.alerts.ranges import first_fault, schema
from monitor.dashboard.texts import term
from monitor.dashboard.widgets import palette
from monitor.dashboard.widgets.buttons import icon_button
from monitor.dashboard.widgets.layout import section

translate = QCoreApplication.translate

_DECIMALS = 2
_MAX_VALUE = 9999.0
_WIDEST = 860


class _Spin(QDoubleSpinBox):
    """The wheel scrolls the page, not a setting that happens to lie under it."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class _Combo(QComboBox):
    """As `_Spin`."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class FieldEditor(QWidget):
    """One setting: its value, and a button that brings its default back."""

    changed = Signal()

    def __init__(self, model: type[BaseModel], name: str, default: object, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        field = model.model_fields[name]
        self.name, self.default = name, default
        title = QLabel(term(field.title or name))
        title.setWordWrap(True)
        about = QLabel(term(field.description or ""))
        about.setObjectName("small")
        about.setWordWrap(True)
        self.reset = icon_button(
            "undo",
            translate("PolicyForm", "{0}: back to the default").format(title.text()),
            lambda: self.set_value(self.default),
            size=15,
            plain=True,
        )
        self.widget, self._read, self._write = _editor(schema(model)[name], default, self._changed)
        self.widget.setAccessibleName(title.text())
        self.widget.setAccessibleDescription(about.text())
        self.widget.setMinimumWidth(palette.px(110))
        if not isinstance(default, (bool, dict)):
            self.widget.setMinimumHeight(palette.px(32))
        if isinstance(self.widget, QDoubleSpinBox):
            # One below the other, whatever the largest value of each.
            self.widget.setFixedWidth(palette.px(110))
        title.setBuddy(self.widget)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, palette.px(4), 0, palette.px(4))
        grid.setHorizontalSpacing(palette.px(10))
        grid.setVerticalSpacing(0)
        grid.addWidget(title, 0, 0)
        grid.addWidget(about, 1, 0)
        if isinstance(default, dict):
            grid.addWidget(self.reset, 0, 2)
            grid.addWidget(self.widget, 2, 0, 1, 3)
        else:
            grid.addWidget(self.widget, 0, 1, 2, 1, Qt.AlignmentFlag.AlignVCenter)
            grid.addWidget(self.reset, 0, 2, 2, 1, Qt.AlignmentFlag.AlignVCenter)
        grid.setColumnStretch(0, 1)
        self._changed()

    @property
    def value(self) -> object:
        """As the model takes it."""
        return self._read()

    def set_value(self, value: object) -> None:
        """Show a value."""
        self._write(value)
        self._changed()

    def _changed(self) -> None:
        policy = self.reset.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.reset.setSizePolicy(policy)
        self.reset.setVisible(self.value != self.default)
        self.changed.emit()


Editor = tuple[QWidget, Callable[[], object], Callable[[Any], None]]


def _editor(limits: dict[str, Any], default: object, changed: Callable[[], None]) -> Editor:
    """A widget for a kind of value, and how it is read and set."""
    if isinstance(default, bool):
        check = QCheckBox()
        check.setChecked(default)
        check.toggled.connect(lambda _on: changed())
        return check, check.isChecked, check.setChecked
    if "enum" in limits:
        combo = _Combo()
        for choice in limits["enum"]:
            combo.addItem(term(choice), choice)
        combo.setCurrentIndex(combo.findData(default))
        combo.currentIndexChanged.connect(lambda _index: changed())
        return combo, combo.currentData, lambda value: combo.setCurrentIndex(combo.findData(value))
    if isinstance(default, dict):
        return _by_activity(limits["additionalProperties"], default, changed)
    spin, exact = _number(limits), float(str(default))
    spin.setValue(exact)
    spin.valueChanged.connect(lambda _value: changed())

    def read() -> object:
        # A fitted value has more digits than are shown.
        untouched = abs(spin.value() - exact) <= 0.51 * 10.0**-_DECIMALS
        return default if untouched else round(spin.value(), _DECIMALS)

    return spin, read, lambda value: spin.setValue(float(value))


def _number(limits: dict[str, Any]) -> QDoubleSpinBox:
    smallest = 10.0**-_DECIMALS
    low = limits.get("minimum", limits.get("exclusiveMinimum", -_MAX_VALUE - smallest) + smallest)
    high = limits.get("maximum", limits.get("exclusiveMaximum", _MAX_VALUE + smallest) - smallest)
    spin = _Spin()
    spin.setDecimals(_DECIMALS)
    spin.setRange(low, high)
    spin.setSingleStep(0.05 if high <= 1.0 else 0.5)
    spin.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return spin


def _by_activity(limits: dict[str, Any], default: dict[str, float], changed: Callable[[], None]) -> Editor:
    """A threshold for each distraction; 0 stands for the general one."""
    box = QFrame()
    grid = QGridLayout(box)
    grid.setContentsMargins(0, palette.px(4), 0, 0)
    spins: dict[str, QDoubleSpinBox] = {}
    for index, activity in enumerate(each for each in Activity if each.is_distraction):
        spin = _number({**limits, "minimum": 0.0})
        spin.setSpecialValueText("–")
        spin.setValue(default.get(activity.code, 0.0))
        spin.setAccessibleName(term(activity.title))
        spin.setToolTip(term(activity.title))
        spin.valueChanged.connect(lambda _value: changed())
        grid.addWidget(QLabel(activity.label), index // 3, 2 * (index % 3))
        grid.addWidget(spin, index // 3, 2 * (index % 3) + 1)
        spins[activity.code] = spin

    def read() -> object:
        return {code: round(spin.value(), _DECIMALS) for code, spin in spins.items() if spin.value() > 0.0}

    def write(values: dict[str, float]) -> None:
        for code, spin in spins.items():
            spin.setValue(values.get(code, 0.0))

    return box, read, write


class PolicyForm(QWidget):
    """Every setting of the policy; `policy` is None while they do not fit together, and `fault` says why."""

    changed = Signal()

    def __init__(self, base: PolicySettings, locked: Collection[str] = (), parent: QWidget | None = None) -> None:
        """`base` holds what counts as default: the network's settings; what is `locked` cannot be changed."""
        super().__init__(parent)
        self.setMaximumWidth(palette.px(_WIDEST))
        self._base = base
        self.policy: PolicySettings | None = base
        self.fault = ""
        self._quiet = False
        self.editors: dict[str, FieldEditor] = {}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, palette.px(8), 0)
        layout.setSpacing(0)
        for name, field in PolicySettings.model_fields.items():
            value = getattr(base, name)
            if not isinstance(value, BaseModel):
                layout.addWidget(self._add(PolicySettings, name, name, value))
                continue
            layout.addSpacing(palette.px(12))
            layout.addWidget(section(term(field.title or name)))
            for inner in type(value).model_fields:
                layout.addWidget(self._add(type(value), inner, f"{name}.{inner}", getattr(value, inner)))
        layout.addStretch(1)
        for path in self.editors.keys() & set(locked):
            self.editors[path].setEnabled(False)
            self.editors[path].setToolTip(translate("PolicyForm", "Locked by the administrator"))

    def _add(self, model: type[BaseModel], name: str, path: str, default: object) -> FieldEditor:
        editor = FieldEditor(model, name, default)
        editor.changed.connect(self._edited)
        self.editors[path] = editor
        return editor

    def set_policy(self, policy: PolicySettings) -> None:
        """Show settings."""
        self._quiet = True
        for path, editor in self.editors.items():
            editor.set_value(attrgetter(path)(policy))
        self._quiet = False
        self._edited()

    def reset(self) -> None:
        """Every default back."""
        self.set_policy(self._base)

    def _edited(self) -> None:
        if self._quiet:
            return
        content: dict[str, Any] = {}
        for path, editor in self.editors.items():
            head, _, inner = path.partition(".")
            if inner:
                content.setdefault(head, {})[inner] = editor.value
            else:
                content[head] = editor.value
        try:
            self.policy, self.fault = PolicySettings.model_validate(content), ""
        except ValidationError as error:
            self.policy, self.fault = None, first_fault(error, PolicySettings)
        self.changed.emit()
