"""The alert settings as a form, made from the policy's fields: titles, descriptions, limits and defaults.

The common limits come first, signal processing and camera health under *Advanced*; what does not apply is left out.
"""

from __future__ import annotations

from collections.abc import Collection
from operator import attrgetter
from typing import Any

from pydantic import BaseModel, ValidationError
from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from engines.files.settings_faults import first_fault, misfit
from monitor.alerts.policy_file import PolicySettings
from monitor.alerts.settings import AlertSettings
from monitor.dashboard.setup.field_editor import FieldEditor
from monitor.dashboard.texts import term
from monitor.dashboard.widgets import palette
from monitor.dashboard.widgets.buttons import set_icon
from monitor.dashboard.widgets.layout import section

translate = QCoreApplication.translate

_TIMES = (
    "alerts.caution_s",
    "alerts.warning_fast_s",
    "alerts.warning_slow_s",
    "alerts.critical_fast_s",
    "alerts.critical_slow_s",
    "alerts.critical_after_warning_s",
    "alerts.phone_earlier_s",
    "alerts.clear_s",
)
_SPEEDS = ("alerts.gate_kmh", "alerts.fast_kmh")
_DRIVER = ("alerts.acknowledge_up_to", "alerts.snooze_up_to")
COMMON = (*_TIMES, *_SPEEDS, *_DRIVER)
"""What stands on the first screen."""

NEED_SPEED = (
    "alerts.warning_slow_s",
    "alerts.critical_slow_s",
    *_SPEEDS,
    "alerts.speed_hysteresis_kmh",
    "alerts.speed_lost_s",
    "alerts.journey_ends_s",
)
"""What does nothing where the car's speed is never known."""

_NOT_BEFORE = (("warning_slow_s", "warning_fast_s"), ("critical_slow_s", "warning_slow_s"))
"""What must not come before what; the first follows while nobody sees it."""


class PolicyForm(QWidget):
    """Every setting of the policy; `policy` is None while they do not fit together, and `fault` says why."""

    changed = Signal()

    def __init__(
        self,
        base: PolicySettings,
        locked: Collection[str] = (),
        *,
        has_speed: bool = True,
        parent: QWidget | None = None,
    ) -> None:
        """Make the editors.

        Args:
            base: what counts as default: the network's settings.
            locked: names, such as ``alerts.caution_s``, of what cannot be changed.
            has_speed: whether the car's speed can be known; what needs it is left out, unless it is locked.
        """
        super().__init__(parent)
        self._base, self._locked, self._has_speed = base, locked, has_speed
        self.policy: PolicySettings | None = base
        self.fault = ""
        self._quiet = False
        self.editors: dict[str, FieldEditor] = {}
        for name in PolicySettings.model_fields:
            value = getattr(base, name)
            if not isinstance(value, BaseModel):
                self._add(PolicySettings, name, name, value)
                continue
            for inner in type(value).model_fields:
                self._add(type(value), inner, f"{name}.{inner}", getattr(value, inner))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        self._add_group(layout, translate("PolicyForm", "When alerts come"), _TIMES)
        if not has_speed:
            layout.addWidget(
                _small(translate("PolicyForm", "No speed signal is set up: the times for high speed always hold."))
            )
        self._add_group(layout, translate("PolicyForm", "Speed"), _SPEEDS)
        self._add_group(layout, translate("PolicyForm", "What the driver may do"), _DRIVER)
        layout.addSpacing(palette.px(14))
        self.advanced = QPushButton(translate("PolicyForm", "Advanced"))
        self.advanced.setCheckable(True)
        self.advanced.setToolTip(translate("PolicyForm", "Signal processing and camera health"))
        self.advanced.toggled.connect(self._show_advanced)
        layout.addWidget(self.advanced)
        self._behind = QWidget()
        behind = QVBoxLayout(self._behind)
        behind.setContentsMargins(0, 0, 0, 0)
        behind.setSpacing(0)
        rest = [path for path in self.editors if path not in COMMON]
        signal = [path for path in rest if path.startswith("alerts.")]
        health = [path for path in rest if path.startswith("health.")]
        self._add_group(behind, translate("PolicyForm", "Signal processing"), signal)
        self._add_group(behind, translate("PolicyForm", "Camera health"), health)
        self._add_group(behind, translate("PolicyForm", "Car"), [path for path in rest if "." not in path])
        layout.addWidget(self._behind)
        layout.addStretch(1)
        # What is locked must be seen.
        self.advanced.setChecked(any(self.editors[path].locked for path in rest))
        self._show_advanced(self.advanced.isChecked())

    def _add(self, model: type[BaseModel], name: str, path: str, default: object) -> None:
        editor = FieldEditor(model, name, default, locked=path in self._locked)
        editor.changed.connect(self._edited)
        self.editors[path] = editor

    def applies(self, path: str) -> bool:
        """Whether a setting is shown: it does something here, or it is locked."""
        return self._has_speed or path not in NEED_SPEED or path in self._locked

    def _add_group(self, layout: QVBoxLayout, title: str, paths: Collection[str]) -> None:
        shown = [path for path in paths if self.applies(path)]
        for path in set(paths) - set(shown):
            self.editors[path].setParent(self)
            self.editors[path].hide()
        if not shown:
            return
        layout.addSpacing(palette.px(12))
        layout.addWidget(section(title))
        for path in shown:
            layout.addWidget(self.editors[path])

    def _show_advanced(self, shown: bool) -> None:
        set_icon(self.advanced, "up" if shown else "down", size=16)
        self._behind.setVisible(shown)

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
        alerts = content["alerts"]
        for later, sooner in _NOT_BEFORE:
            if not self.applies(f"alerts.{later}"):
                alerts[later] = max(alerts[later], alerts[sooner])
        try:
            self.policy, self.fault = PolicySettings.model_validate(content), ""
        except ValidationError as error:
            self.policy, self.fault = None, _fault_words(error)
        self.changed.emit()


def _fault_words(error: ValidationError) -> str:
    """What is wrong, with settings called by their titles."""
    text = misfit(error)
    if text is None:
        return first_fault(error, PolicySettings)
    titles = {name: _title(str(setting)) for name, setting in text.parameters.items()}
    return term(text.pattern).format(**titles)


def _title(setting: str) -> str:
    """A setting of the alerts for people; what follows a dot is an activity's code."""
    name, _, activity = setting.partition(".")
    title = term(AlertSettings.model_fields[name].title or name)
    return translate("PolicyForm", "“{0}”").format(f"{title} {activity.upper()}" if activity else title)


def _small(text: str) -> QLabel:
    label = QLabel(text)
    label.setObjectName("small")
    label.setWordWrap(True)
    return label
