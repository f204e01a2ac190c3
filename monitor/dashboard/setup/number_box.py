"""A number of the settings in the unit that people read, which comes back exactly as it was where nobody changed it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QDoubleSpinBox

from engines.files.settings_faults import unit
from monitor.dashboard.numbers import speed_unit
from monitor.dashboard.widgets import palette

_STORED_DECIMALS = 4
_WIDTH = 126


@dataclass(frozen=True)
class Scale:
    """How a setting is shown.

    Attributes:
        factor: shown for each one stored.
        sign: of the unit, with the space before it.
        decimals: that are shown at most.
        step: of the arrows, as shown.
    """

    factor: float = 1.0
    sign: str = ""
    decimals: int = 2
    step: float = 0.5


def scale_of(name: str, limits: Mapping[str, Any]) -> Scale:
    """How a setting is shown, by its name and its JSON schema: shares in per cent, speeds in the user's unit.

    What has no unit and is no share is a grey level.
    """
    match unit(name):
        case "s":
            return Scale(sign=" s")
        case "km/h":
            return Scale(speed_unit().shown(1.0), f" {speed_unit().value}", 1, 1.0)
        case _ if limits.get("maximum", math.inf) <= 1.0:
            return Scale(100.0, " %", 0, 5.0)
        case _:
            return Scale(sign=" / 255", step=1.0)


class NumberBox(QDoubleSpinBox):
    """Shows a number with its unit; what is `stored` has more digits, and no unit."""

    def __init__(self, name: str, limits: Mapping[str, Any], *, optional: bool = False) -> None:
        """For a setting.

        Args:
            name: of the setting, such as ``caution_s``.
            limits: its JSON schema.
            optional: whether 0 may stand for no value, whatever the limits.
        """
        super().__init__()
        self._scale = scale_of(name, limits)
        self._given = 0.0
        smallest = 10.0**-self._scale.decimals
        # The ends that are shown must lie within those that are allowed.
        low = _rounded(math.ceil, limits.get("minimum", limits.get("exclusiveMinimum", 0.0)), self._scale)
        high = _rounded(math.floor, limits.get("maximum", math.inf), self._scale)
        if "exclusiveMinimum" in limits:
            low += smallest
        if optional:
            low = 0.0
            self.setSpecialValueText("–")
        self.setDecimals(self._scale.decimals)
        self.setRange(low, high)
        self.setSingleStep(self._scale.step)
        self.setSuffix(self._scale.sign)
        # The stylesheet's padding does not reach the text of a box with arrows.
        self.lineEdit().setTextMargins(palette.px(8), 0, 0, 0)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFixedWidth(palette.px(_WIDTH))
        self.setMinimumHeight(palette.px(32))

    @property
    def stored(self) -> float:
        """The number as files have it."""
        if abs(self.value() - self._given * self._scale.factor) <= 0.51 * 10.0**-self._scale.decimals:
            return self._given
        return round(self.value() / self._scale.factor, _STORED_DECIMALS)

    def store(self, value: float) -> None:
        """Show a number of a file; one beyond the range becomes the nearest within."""
        self._given = value
        self.setValue(value * self._scale.factor)

    def textFromValue(self, value: float) -> str:
        """Without zeros at the end that say nothing."""
        text = self.locale().toString(value, "f", self.decimals())
        point = self.locale().decimalPoint()
        return text.rstrip("0").removesuffix(point) if point in text else text

    def wheelEvent(self, event: QWheelEvent) -> None:
        # The wheel scrolls the page, not a setting that happens to lie under it.
        event.ignore()


def _rounded(towards: Any, stored: float, scale: Scale) -> float:
    steps = 10.0**scale.decimals
    return float(towards(round(stored * scale.factor * steps, 6)) / steps)
