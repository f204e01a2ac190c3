"""The bar at the lower edge: health, source, rates, latency by stage, drops, speed, engine and precision."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from monitor.dashboard.numbers import decimal, speed_words
from monitor.dashboard.texts import advice_words, band_words, notice_words, term
from monitor.dashboard.widgets import palette
from monitor.dashboard.widgets.elided_label import ElidedLabel
from monitor.dashboard.widgets.layout import row
from monitor.dashboard.widgets.listening import listen
from monitor.health.camera_health import Health
from monitor.viewmodel.state import SILENT_S, DashboardState, Phase

translate = QCoreApplication.translate


_SKIPPED_FROM, _REASON_FROM = 560.0, 700.0
"""From these widths on, skipped frames are shown, and why they were skipped."""


def stage_title(stage: str) -> str:
    """A stage of the pipeline, for people."""
    return {
        "capture": translate("Status", "capture"),
        "view": translate("Status", "view"),
        "regions": translate("Status", "regions"),
        "network": translate("Status", "network"),
        "policy": translate("Status", "policy"),
        "total": translate("Status", "in all"),
    }[stage]


def phase_title(phase: Phase) -> str:
    """The phase of the drive, in a word."""
    return {
        Phase.IDLE: translate("Status", "idle"),
        Phase.OPENING: translate("Status", "opening"),
        Phase.RUNNING: translate("Status", "running"),
        Phase.PAUSED: translate("Status", "paused"),
        Phase.ENDED: translate("Status", "ended"),
        Phase.FAILED: translate("Status", "failed"),
    }[phase]


class StatusBar(QWidget):
    """Small figures, explained in their tooltips. What does not fit is left out, the least important first."""

    def __init__(self, state: DashboardState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state, self._width = state, 1280.0
        self.setAccessibleName(translate("Status", "Status"))
        self.recording = self._label(translate("Status", "Video of this drive is kept; Settings, Privacy, says what"))
        self.recording.setText(translate("Status", "⏺ recording"))
        self.health = self._label()
        self.source = self._label()
        self.rate = self._label(
            translate("Status", "Frames classified per second, of the frames that the source gives")
        )
        self.latency = self._label()
        self.stages = self._label(translate("Status", "The stages that take longest"))
        self.dropped = self._label(
            translate("Status", "Dropped: a newer frame came before the network was free; a live source never waits")
            + "\n"
            + translate("Status", "Skipped (rate limit): left out by the limit, or while nothing changes")
        )
        self.speed = self._label(
            translate("Status", "The car's speed decides how early alerts come; no signal counts as fast")
        )
        self.engine = ElidedLabel()
        self.engine.setObjectName("status")
        self.engine.setToolTip(translate("Status", "What executes the network, and the engine bundle"))
        labels = (
            self.health,
            self.recording,
            self.source,
            self.rate,
            self.latency,
            self.stages,
            self.dropped,
            self.speed,
        )
        self._row = row(*labels, None, (self.engine, 10), into=self, spacing=18, margins=(4, 0, 4, 0))
        self.engine.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        listen(self, state.observed, self._refresh)
        listen(self, state.drive_changed, self._refresh)
        self._refresh()

    def set_layout_size(self, width: float) -> None:
        """Show what fits into a width, at the usual text size."""
        self.stages.setVisible(width >= 1400)
        self.speed.setVisible(width >= 1000)
        self.source.setVisible(width >= 900)
        self.engine.setVisible(width >= 560)
        self._width = width
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
        if state.silent_s >= SILENT_S:
            text = translate("Status", "no frame for {0} s").format(f"{state.silent_s:.0f}")
        beat = "●" if state.pulse else "○"
        self.health.setText(
            " · ".join((f"{beat} {text}", *(term(condition.fault.title) for condition in state.system)))
        )
        self.health.setStyleSheet(f"color: {palette.theme().fault if state.system else colour}")
        advice = [advice_words(state.health)] if running or not healthy else []
        self.health.setToolTip("\n".join((*advice, *(notice_words(condition.text) for condition in state.system))))
        self.recording.setVisible(state.is_recorded)
        name = term(state.source_name) or translate("Status", "no source")
        self.source.setText(self.source.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, palette.px(200)))
        self.source.setToolTip(name)
        source_fps = performance.source_fps
        rate = decimal(performance.classified_fps) if running else "–"
        if running and source_fps is not None:
            self.rate.setText(translate("Status", "{0} of {1} fps").format(rate, f"{source_fps:.0f}"))
        else:
            self.rate.setText(translate("Status", "{0} fps").format(rate))
        self.rate.setVisible(running)
        stages = performance.latency_ms()
        self.latency.setText(f"{stages['total']:.0f} ms" if stages else "")
        self.latency.setVisible(bool(stages))
        self.latency.setToolTip(
            translate("Status", "Median latency, from frame to alert")
            + "".join(f"\n{stage_title(stage)}: {decimal(milliseconds)} ms" for stage, milliseconds in stages.items())
        )
        slowest = sorted(("view", "regions", "network", "policy"), key=lambda stage: -stages.get(stage, 0.0))[:2]
        self.stages.setText(
            " · ".join(f"{stage_title(stage)} {stages[stage]:.0f} ms" for stage in slowest) if stages else ""
        )
        dropped = translate("Status", "{0} dropped").format(performance.dropped)
        if performance.skipped and self._width >= _SKIPPED_FROM:
            with_reason = self._width >= _REASON_FROM
            skipped = (
                translate("Status", "{0} skipped (rate limit)") if with_reason else translate("Status", "{0} skipped")
            )
            dropped += " · " + skipped.format(performance.skipped)
        self.dropped.setText(dropped)
        self.dropped.setVisible(drive is not None)
        self.speed.setText(_speed_words(state))
        engine = ""
        if drive is not None:
            engine = f"{drive.runtime} · " + translate("Status", "bundle {0}").format(drive.bundle)
        self.engine.setText(engine)


def _health_words(state: DashboardState) -> tuple[str, str]:
    if state.phase is Phase.RUNNING and state.alert is not None:
        if state.health is Health.OK:
            return translate("Status", "watching"), palette.theme().calm
        return term(state.health.name.replace("_", " ").lower()), palette.theme().fault
    return phase_title(state.phase), palette.theme().soft


def _speed_words(state: DashboardState) -> str:
    if state.drive is None:
        return ""
    speed = state.alert.speed_kmh if state.alert is not None else state.drive.speed.kmh
    text = speed_words(speed) if speed is not None else translate("Status", "no speed signal")
    return f"{text}, {band_words(state.alert.band)}" if state.alert is not None else text
