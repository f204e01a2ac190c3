"""The driver's view: nothing but the state, what is due, and what to touch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QCoreApplication, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from monitor.alerts.events import Tier
from monitor.dashboard.driver.arrangement import TARGET, bar_rect, unit
from monitor.dashboard.driver.glance_panel import GlancePanel
from monitor.dashboard.driver.touch_button import TouchButton
from monitor.dashboard.texts import term
from monitor.dashboard.widgets import palette
from monitor.dashboard.widgets.keys import ACKNOWLEDGE_KEY, SNOOZE_KEY
from monitor.dashboard.widgets.listening import listen
from monitor.viewmodel.driver.ambient_light import AmbientLight
from monitor.viewmodel.driver.glance import Extent, Glance, glance
from monitor.viewmodel.live_message import Action
from monitor.viewmodel.state import DashboardState, Phase

translate = QCoreApplication.translate

_ICONS = {
    Action.CHOOSE: "camera",
    Action.OPEN: "video",
    Action.CHECK: "eye",
    Action.ARM: "shield",
    Action.DEMO: "play",
    Action.RETRY: "restart",
    Action.REPLAY: "restart",
    Action.OPEN_REPLAY: "video",
    Action.REVIEW: "flag",
}


class DriverView(QWidget):
    """For the driver's seat. Buttons only ask; what they do is connected by the window.

    Attributes:
        panel: the words.
        acknowledge, not_now, take_back: the buttons of an alert, and of what is snoozed.
        choices: the buttons where no drive is watched.
    """

    tapped = Signal()
    """The display was touched where there is no button."""

    changed = Signal()
    """Whether there is room for anything else has changed: a drive is watched, or an alert fills the display."""

    acted = Signal(object)
    """An `Action` was chosen."""

    def __init__(
        self,
        state: DashboardState,
        *,
        acknowledge: Callable[[], None],
        snooze: Callable[[], None],
        end_snooze: Callable[[], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._state, self._glance = state, glance(state)
        self._light = AmbientLight()
        self.panel = GlancePanel(self._glance, self)
        self.panel.tapped.connect(self.tapped)
        self.acknowledge = TouchButton(
            "check", translate("DriverView", "Acknowledge"), acknowledge, ACKNOWLEDGE_KEY, self
        )
        self.not_now = TouchButton("snooze", translate("DriverView", "Not now"), snooze, SNOOZE_KEY, self)
        self.not_now.say_about(_snooze_words(self._glance.snoozes_up_to))
        self.take_back = TouchButton("undo", translate("DriverView", "Take back"), end_snooze, parent=self)
        self.choices = {
            action: TouchButton(_ICONS[action], term(action.value), partial(self.acted.emit, action), parent=self)
            for action in Action
        }
        self._shade = _Shade(self)
        listen(self, state.observed, self._refresh)
        listen(self, state.drive_changed, self._drive_changed)
        self._arrange()

    @property
    def shown(self) -> Glance:
        """What is shown."""
        return self._glance

    @property
    def brightness(self) -> float:
        """What the display is dimmed to, 0..1: by the light around the camera, an alert half as far; or the theme's."""
        if palette.theme().tint is not None:
            # Made for the dark, but for a banner: the larger the coloured part, the more it would dazzle.
            return 1.0 - 0.12 * self._glance.extent
        brightness = self._light.brightness
        return brightness if self._glance.extent is Extent.NONE else 0.5 + 0.5 * brightness

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _drive_changed(self) -> None:
        if self._state.phase is Phase.OPENING:
            self._light.reset()
        self._refresh()

    def _refresh(self) -> None:
        frame = self._state.frame
        if frame is not None and self._state.phase is Phase.RUNNING:
            self._light.update(frame.time, frame.pixels)
        shown, before = glance(self._state), self._glance
        self._shade.show_brightness(self.brightness)
        if shown == before:
            return
        self._glance = shown
        self.not_now.say_about(_snooze_words(shown.snoozes_up_to))
        if _buttons(shown) != _buttons(before):
            self._arrange()
        self.panel.show_glance(shown)
        self._shade.show_brightness(self.brightness)
        if (shown.is_watching, shown.extent is Extent.FULL) != (before.is_watching, before.extent is Extent.FULL):
            self.changed.emit()

    def _arrange(self) -> None:
        """Put the buttons along the lower edge.

        What is snoozed stands beside the one that takes it back; that the drive is recorded there, or alone.
        """
        width, height = self.width(), self.height()
        self.panel.setGeometry(self.rect())
        self._shade.setGeometry(self.rect())
        # Of the whole display: what else is shown for some seconds must not make the words smaller.
        display = self.window()
        one = unit(max(1, display.width()), max(1, display.height()))
        bar = bar_rect(width, height, one)
        margin = 16.0 * one
        bar = bar.adjusted(margin, 0.5 * margin, -margin, -margin)
        asked = self._asked()
        for button in (self.acknowledge, self.not_now, self.take_back, *self.choices.values()):
            button.setVisible(button in asked)
            button.is_main = button in asked[:1] and button is not self.take_back
        for number, button in enumerate(asked):
            each = (bar.width() - margin * (len(asked) - 1)) / len(asked)
            rect = QRectF(bar.left() + number * (each + margin), bar.top(), each, bar.height())
            if button is self.take_back:
                wide = max(TARGET * one, 0.42 * bar.width())
                rect = QRectF(bar.right() - wide, bar.top(), wide, bar.height())
                self.panel.place_note(bar.adjusted(0, 0, -wide - margin, 0), one)
            button.setGeometry(_pixels(rect))
        if self.take_back not in asked:
            self.panel.place_note(bar if self._glance.is_recorded and not asked else QRectF(), one)
        self._shade.raise_()

    def _asked(self) -> Sequence[TouchButton]:
        """The buttons that are shown, the main one first; that of what is snoozed only while nothing is more urgent."""
        shown = self._glance
        if shown.actions:
            return [self.choices[action] for action in shown.actions]
        asked = [
            *([self.acknowledge] if shown.can_acknowledge else []),
            *([self.not_now] if shown.can_snooze else []),
        ]
        return asked or ([self.take_back] if shown.snoozed and shown.extent is not Extent.FULL else [])


def _snooze_words(snoozes_up_to: Tier) -> str:
    """What a snooze keeps away, and for how long."""
    if snoozes_up_to is Tier.NONE:
        return ""
    if snoozes_up_to is Tier.CAUTION:
        return translate("DriverView", "No caution on this journey")
    return translate("DriverView", "No warning on this journey")


def _buttons(shown: Glance) -> tuple[object, ...]:
    """What the buttons depend on."""
    return shown.actions, shown.can_acknowledge, shown.can_snooze, shown.snoozed, shown.extent, shown.is_recorded


def _pixels(rect: QRectF) -> QRect:
    return QRect(round(rect.left()), round(rect.top()), round(rect.width()), round(rect.height()))


class _Shade(QWidget):
    """Dims everything below it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._brightness = 1.0
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def show_brightness(self, brightness: float) -> None:
        """Dim to a fraction."""
        if abs(brightness - self._brightness) > 0.005:
            self._brightness = brightness
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(0, 0, 0, round(255 * (1.0 - self._brightness))))
        painter.end()
