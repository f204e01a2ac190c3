"""The line at the lower edge: source, rates, latency, engine and health."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from monitor.alert_settings import SpeedBand
from monitor.dashboard import palette
from monitor.dashboard.state import DashboardState, Phase
from monitor.health import Health

_BANDS = {SpeedBand.BELOW_GATE: "no alerts", SpeedBand.SLOW: "slow rules", SpeedBand.FAST: "fast rules"}


class StatusLine(QWidget):
    """Small figures; what they mean stands in their tooltips."""

    def __init__(self, state: DashboardState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self.setAccessibleName("Status")
        self.health = self._label()
        self.source = self._label()
        self.rate = self._label("Frames judged a second, of the frames that the source gives")
        self.latency = self._label()
        self.dropped = self._label("Frames that newer ones have overtaken: a live picture never waits")
        self.speed = self._label("The car's speed decides how early alerts come; no signal counts as fast")
        self.engine = self._label("What executes the network, and the engine bundle")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(4, 0, 4, 0)
        layout.setSpacing(18)
        for label in (self.health, self.source, self.rate, self.latency, self.dropped, self.speed):
            layout.addWidget(label)
        layout.addStretch(1)
        layout.addWidget(self.engine)
        self.engine.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.engine.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        layout.setStretchFactor(self.engine, 10)
        state.observed.connect(self._refresh)
        state.drive_changed.connect(self._refresh)
        self._refresh()

    def _label(self, tooltip: str = "") -> QLabel:
        label = QLabel()
        label.setObjectName("status")
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setToolTip(tooltip)
        return label

    def _refresh(self) -> None:
        state = self._state
        drive, performance = state.drive, state.performance
        running = state.phase in (Phase.RUNNING, Phase.PAUSED) and state.alert is not None
        healthy = state.health is Health.OK
        text, colour = _health_words(state)
        self.health.setText(f"● {text}")
        self.health.setStyleSheet(f"color: {colour}")
        self.health.setToolTip(state.health.title if running or not healthy else "")
        name = state.source_name or "no source"
        self.source.setText(self.source.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, 220))
        self.source.setToolTip(name)
        source_fps = performance.source_fps
        of = f" of {source_fps:.0f}" if source_fps is not None else ""
        self.rate.setText(f"{performance.judged_fps:.1f}{of} fps" if running else "– fps")
        stages = performance.latency_ms()
        self.latency.setText(f"{stages['total']:.0f} ms" if stages else "– ms")
        self.latency.setToolTip(
            "Median latency, from picture to alert"
            + "".join(f"\n{stage}: {milliseconds:.1f} ms" for stage, milliseconds in stages.items())
        )
        self.dropped.setText(f"{performance.dropped} dropped")
        self.speed.setText(_speed_words(state))
        self.engine.setText(f"{drive.runtime} · bundle {drive.bundle}" if drive is not None else "")


def _health_words(state: DashboardState) -> tuple[str, str]:
    if state.phase is Phase.RUNNING and state.alert is not None:
        if state.health is Health.OK:
            return "watching", palette.CALM
        return state.health.name.replace("_", " ").lower(), palette.FAULT
    return state.phase.value, palette.SOFT


def _speed_words(state: DashboardState) -> str:
    if state.drive is None:
        return ""
    speed = state.alert.speed_kmh if state.alert is not None else state.drive.speed_kmh
    text = f"{speed:.0f} km/h" if speed is not None else "no speed signal"
    return f"{text}, {_BANDS[state.alert.band]}" if state.alert is not None else text
