"""The one pulse of a critical alert."""

from __future__ import annotations

from PySide6.QtCore import QEasingCurve, QVariantAnimation
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

PULSE_MS = 1000
"""One pulse a second: well below three flashes a second, which can harm."""


class Pulse(QVariantAnimation):
    """Goes from 0 to 1 and back once a second, and has a widget painted with it."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self.setStartValue(0.0)
        self.setKeyValueAt(0.5, 1.0)
        self.setEndValue(0.0)
        self.setDuration(PULSE_MS)
        self.setLoopCount(-1)
        self.setEasingCurve(QEasingCurve.Type.InOutSine)
        self.valueChanged.connect(lambda _value: widget.update())

    @property
    def running(self) -> bool:
        """Whether it pulses."""
        return self.state() is QVariantAnimation.State.Running

    def run_if(self, needed: bool) -> None:
        """Pulse, or stop."""
        if needed and not self.running:
            self.start()
        elif not needed and self.running:
            self.stop()

    def between(self, rest: str, peak: str) -> QColor:
        """A colour, on its way to another one and back while it pulses."""
        one, other = QColor(rest), QColor(peak)
        fraction = float(self.currentValue() or 0.0) if self.running else 0.0
        return QColor.fromRgbF(
            one.redF() + fraction * (other.redF() - one.redF()),
            one.greenF() + fraction * (other.greenF() - one.greenF()),
            one.blueF() + fraction * (other.blueF() - one.blueF()),
        )
