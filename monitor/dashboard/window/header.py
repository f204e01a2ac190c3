"""The bar at the upper edge: product, the views, the source, and the buttons that go with it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QLabel, QMenu, QPushButton, QToolButton, QWidget

from monitor.alerts.events import Tier
from monitor.dashboard.texts import term
from monitor.dashboard.widgets import palette
from monitor.dashboard.widgets.buttons import describe, icon_button, keys, set_icon
from monitor.dashboard.widgets.icons import BANNER_ICONS, icon_pixmap
from monitor.dashboard.widgets.keys import (
    DRIVER_KEY,
    FULL_SCREEN_KEY,
    HEAT_KEY,
    HELP_KEY,
    KEYPOINTS_KEY,
    MUTE_KEY,
    PAUSE_KEY,
    REGIONS_KEY,
    RESTART_KEY,
    SOURCE_KEY,
    STOP_KEY,
    VIEW_KEYS,
)
from monitor.dashboard.widgets.layout import SMALL, LayoutSize, row
from monitor.dashboard.widgets.listening import listen
from monitor.dashboard.widgets.segments import Segments
from monitor.viewmodel.banner import BannerContent, BannerStyle
from monitor.viewmodel.state import DashboardState, Phase

translate = QCoreApplication.translate

_VIEW_ICONS = ("road", "video", "library", "tune")
_WORDS_FROM = 520.0
"""From this width on, the views' names are shown, where they fit."""

_SIGN_FROM = 760.0
"""From this width on, the sign and the button of the full screen are shown."""

_MARGINS, _NAME = 28, 80
"""Pixels around the bar in the window, and that a source's name has at least."""

_MAX_NAME, _NAME_GAP = 260, 12
"""Pixels of a source's name, and left free beside it."""


class Header(QWidget):
    """Buttons only ask; what they do is connected by the window."""

    def __init__(
        self,
        state: DashboardState,
        *,
        choose: Callable[[], None],
        toggle_pause: Callable[[], None],
        stop: Callable[[], None],
        restart: Callable[[], None],
        toggle_driver: Callable[[], None],
        toggle_full_screen: Callable[[], None],
        open_menu: Callable[[], None],
        sound_works: bool,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._state, self._sound_works = state, sound_works
        self._layout_size, self._view, self._driver_shown, self._units = LayoutSize.WIDE, 0, False, 1280.0
        now = palette.theme()
        self._sign = QLabel()
        self._sign.setPixmap(icon_pixmap("steering", palette.px(26), now.accent, self.devicePixelRatioF()))
        self._product = QLabel("Driver Monitor")
        self._product.setObjectName("product")
        self.views = Segments(
            (
                translate("Header", "Drive"),
                translate("Header", "Replay"),
                translate("Header", "Library"),
                translate("Header", "Settings"),
            ),
            translate("Header", "Views"),
        )
        self._titles = [button.text() for button in self.views.buttons]
        self._icons_only = False
        self._marked: BannerContent | None = None
        self._name_views()
        self.source = QPushButton()
        set_icon(self.source, "camera", colour=now.soft)
        self.source.setCursor(Qt.CursorShape.PointingHandCursor)
        self.source.clicked.connect(choose)
        self.restart = icon_button("restart", translate("Header", "Start again"), restart, RESTART_KEY, size=20)
        self.pause = icon_button("pause", translate("Header", "Pause"), toggle_pause, PAUSE_KEY, size=20)
        self.stop = icon_button("stop", translate("Header", "End the drive"), stop, STOP_KEY, size=20)
        self.regions = icon_button(
            "regions", translate("Header", "Show what the network looks at"), state.toggle_regions, REGIONS_KEY, size=20
        )
        self.regions.setCheckable(True)
        self.overlays = QToolButton()
        set_icon(self.overlays, "layers", size=20)
        self.overlays.setCursor(Qt.CursorShape.PointingHandCursor)
        self.overlays.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.overlays.setStyleSheet("QToolButton::menu-indicator { image: none; }")
        self.overlays.setToolTip(translate("Header", "What is drawn over the image"))
        self.overlays.setAccessibleName(translate("Header", "What is drawn over the image"))
        self._overlay_actions = self._overlay_menu()
        self.mute = icon_button("sound", translate("Header", "Mute"), state.toggle_muted, MUTE_KEY, size=20)
        self.mute.setEnabled(sound_works)
        self.driver = icon_button("steering", translate("Header", "Driver's view"), toggle_driver, DRIVER_KEY, size=20)
        self.driver.setCheckable(True)
        self.full_screen = icon_button(
            "fullscreen", translate("Header", "Full screen"), toggle_full_screen, FULL_SCREEN_KEY, size=20
        )
        self.full_screen.setCheckable(True)
        self.menu = icon_button(
            "menu",
            translate("Header", "All that can be done here; {0} lists the keys").format(keys(HELP_KEY)),
            open_menu,
            size=20,
        )
        self.menu.setAccessibleName(translate("Header", "Menu"))
        self._drive_buttons = (self.restart, self.pause, self.stop, self.regions, self.overlays, self.mute, self.driver)
        tools = (self.source, *self._drive_buttons, self.full_screen, self.menu)
        parts = (self._sign, self._product, 6, self.views, None, *tools)
        row(*parts, into=self, spacing=8, margins=(4, 0, 0, 0))
        listen(self, state.drive_changed, self._arrange)
        listen(self, state.drive_changed, self._refresh)
        listen(self, state.options_changed, self._refresh)
        self._refresh()

    def set_layout_size(self, size: LayoutSize, width: float) -> None:
        """Leave out what can be done without in a small window; `width` is at the usual text size."""
        self._layout_size, self._units = size, width
        self._arrange()
        self._refresh()

    def show_view(self, number: int) -> None:
        """Mark a view; the buttons of a drive are there with the drive only."""
        self._view = number
        self.views.choose(number)
        self._arrange()

    def mark_drive(self, content: BannerContent | None) -> None:
        """Have the drive's tab say that there is an alert or a fault; None for neither."""
        if content == self._marked:
            return
        self._marked = content
        self._name_views()

    def _name_views(self) -> None:
        """The views' names, icons where these do not fit, and on the drive's the mark of what it has to show."""
        for button, title, symbol, key in zip(self.views.buttons, self._titles, _VIEW_ICONS, VIEW_KEYS, strict=True):
            set_icon(button, symbol if self._icons_only else "", size=20)
            button.setText("" if self._icons_only else title)
            button.setToolTip(f"{title} ({keys(key)})")
            button.setAccessibleName(title)
        content, button = self._marked, self.views.buttons[0]
        if content is not None:
            now = palette.theme()
            is_fault = content.style is BannerStyle.FAULT
            set_icon(
                button,
                BANNER_ICONS[content.style],
                colour=now.fault if is_fault else now.tiers[Tier[content.style.name]],
            )
            words = f"{self._titles[0]}: {term(content.word)}, {term(content.headline)}"
            button.setToolTip(f"{words} ({keys(VIEW_KEYS[0])})")
            button.setAccessibleName(words)

    def show_driver(self, shown: bool, *, full_screen: bool) -> None:
        """Mark the driver's view, which has no image to draw over, and full screen."""
        self._driver_shown = shown
        self.driver.setChecked(shown)
        self.full_screen.setChecked(full_screen)
        self._arrange()

    def _arrange(self) -> None:
        """Leave out what can be done without, one thing after the other, until the rest fits."""
        self.source.setText("")
        for spared in range(4):
            # As for the drive, which has the most: the views' buttons stay where they are.
            self._leave_out(spared, drive=True)
            layout = self.layout()
            if layout is None:
                break
            self.views.updateGeometry()  # its words may have gone just now
            layout.invalidate()
            if layout.sizeHint().width() + self._least_name() <= palette.px(self._units - _MARGINS):
                break
        self._leave_out(spared, drive=self._view == 0)
        self._show_source()

    def _least_name(self) -> int:
        """Pixels that the source's button needs for its name; what asks for a source is never cut."""
        if self._layout_size in SMALL:
            return 0
        asks = not self._state.source_name
        return self.fontMetrics().horizontalAdvance(f" {self._source_name}") if asks else palette.px(_NAME)

    def _leave_out(self, spared: int, *, drive: bool) -> None:
        """The more is to be spared: the product's name, restarting, the sign, the views' names.

        A drive's buttons are there with the `drive` only.
        """
        small = self._layout_size in SMALL
        self._product.setVisible(self._layout_size in (LayoutSize.WIDE, LayoutSize.LOW) and spared < 1)
        tight = small or self._units < _SIGN_FROM or spared > 2
        self._sign.setVisible(not tight)
        self._icons_only = self._units < _WORDS_FROM or spared > 2
        self._name_views()
        for widget in (self.source, *self._drive_buttons):
            # They stand in the menus.
            hidden = (small or spared > 1) and widget in (self.restart, self.stop, self.regions)
            hidden |= self._units <= _WORDS_FROM and widget is self.overlays
            # All that can be drawn over the frame are regions and what they come from.
            hidden |= (self._driver_shown or not self._state.has_regions) and widget in (self.regions, self.overlays)
            widget.setVisible(widget is self.mute or (drive and not hidden))
        self.full_screen.setVisible(not (small or self._units < _SIGN_FROM))

    def _overlay_menu(self) -> tuple[QAction, ...]:
        """All that can be drawn over the frame, in the button's menu."""
        menu = QMenu(self.overlays)
        made = []
        for text, key, toggle in (
            (translate("Header", "Attended regions"), REGIONS_KEY, self._state.toggle_regions),
            (translate("Header", "Attention as heat"), HEAT_KEY, self._state.toggle_heat),
            (translate("Header", "Keypoints"), KEYPOINTS_KEY, self._state.toggle_keypoints),
        ):
            action = menu.addAction(f"{text}\t{keys(key)}")
            action.setCheckable(True)
            action.triggered.connect(lambda _checked=False, toggle=toggle: toggle())
            made.append(action)
        self.overlays.setMenu(menu)
        return tuple(made)

    @property
    def _source_name(self) -> str:
        return term(self._state.source_name) or translate("Header", "Choose a source")

    def _show_source(self) -> None:
        """The source's name, as far as it fits beside everything else."""
        self.source.setText("")
        layout = self.layout()
        if layout is None or self._layout_size in SMALL:
            return
        width = min(palette.px(_MAX_NAME), self.width() - layout.sizeHint().width() - palette.px(_NAME_GAP))
        shown = self.fontMetrics().elidedText(self._source_name, Qt.TextElideMode.ElideMiddle, max(0, width))
        self.source.setText(f" {shown}")

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_source()

    def _refresh(self) -> None:
        state = self._state
        name = self._source_name
        self._show_source()
        advice = translate("Header", "Choose another source")
        self.source.setToolTip(f"{name}\n{advice} ({keys(SOURCE_KEY)})")
        self.source.setAccessibleName(translate("Header", "Source: {0}. Choose another").format(name))
        over = state.phase in (Phase.ENDED, Phase.FAILED)
        if over:
            describe(self.pause, "play", translate("Header", "Play again"), PAUSE_KEY)
        elif state.phase is Phase.PAUSED:
            describe(self.pause, "play", translate("Header", "Resume"), PAUSE_KEY)
        else:
            describe(self.pause, "pause", translate("Header", "Pause"), PAUSE_KEY)
        self.pause.setEnabled(over or state.phase in (Phase.RUNNING, Phase.PAUSED))
        self.stop.setEnabled(state.phase in (Phase.RUNNING, Phase.PAUSED))
        self.restart.setEnabled(state.spec is not None)
        overlays = state.overlays
        self.regions.setChecked(state.shows_regions)
        for action, shows in zip(
            self._overlay_actions, (state.shows_regions, overlays.heat, overlays.keypoints), strict=True
        ):
            action.setChecked(shows)
        # Keypoints are what regions come from that a network is given.
        self._overlay_actions[-1].setVisible(state.uses_regions)
        if not self._sound_works:
            describe(self.mute, "muted", translate("Header", "No sound: this machine has no audio output"), MUTE_KEY)
        elif state.muted:
            describe(self.mute, "muted", translate("Header", "Sound on"), MUTE_KEY)
        else:
            describe(self.mute, "sound", translate("Header", "Mute"), MUTE_KEY)
