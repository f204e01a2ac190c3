"""The engineer's view of the drive as it happens: live view, activity, probabilities, gauges, timeline and events."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QBoxLayout, QFrame, QLabel, QWidget

from monitor.dashboard.panels.activity_panel import ActivityPanel
from monitor.dashboard.panels.event_list import EventList
from monitor.dashboard.panels.gauges import Gauges
from monitor.dashboard.panels.live_message import LiveMessage
from monitor.dashboard.panels.live_view import LiveView
from monitor.dashboard.panels.probability_bars import ProbabilityBars
from monitor.dashboard.panels.timeline import Timeline
from monitor.dashboard.widgets import palette
from monitor.dashboard.widgets.buttons import icon_button, keys
from monitor.dashboard.widgets.keys import EXPORT_KEY, SOURCE_KEY
from monitor.dashboard.widgets.layout import NO_MARGINS, SMALL, LayoutSize, card, column, row, scroll_by_touch, section
from monitor.dashboard.widgets.listening import listen
from monitor.dashboard.widgets.segments import Segments
from monitor.viewmodel.state import DashboardState

translate = QCoreApplication.translate

_NO_LIMIT = 16_777_215


class DriveView(QWidget):
    """In a small window only one of probabilities, events, timeline (and live view) is seen at a time."""

    export_asked = Signal()

    def __init__(self, state: DashboardState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state, self._layout_size = state, LayoutSize.WIDE
        self.message = LiveMessage()
        self.live_view = LiveView(state, self.message)
        self.timeline = Timeline(state)
        self.activity = ActivityPanel(state)
        self.gauges = Gauges(state)
        self.bars = ProbabilityBars(state)
        self.events = EventList(state)
        scroll_by_touch(self.events)
        self.pages = Segments(
            (
                translate("DriveView", "Image"),
                translate("DriveView", "Probabilities"),
                translate("DriveView", "Events"),
                translate("DriveView", "Timeline"),
            ),
            translate("DriveView", "What is shown"),
        )
        self.pages.choose(1)
        self._page_chosen, self._has_message = False, False
        self.pages.chosen.connect(self._choose_page)
        self.export = icon_button(
            "export",
            translate("DriveView", "Export the events as CSV or JSON lines"),
            self.export_asked.emit,
            EXPORT_KEY,
            size=16,
            plain=True,
        )
        self.no_events = QLabel()
        self.no_events.setObjectName("soft")
        self.no_events.setWordWrap(True)

        self._activity_card = card(translate("DriveView", "The driver is"), self.activity, self.gauges)
        self._bars_card = card(translate("DriveView", "Probabilities"), self.bars)
        self._events_card = self._events_frame()
        self._timeline_card = card(None, self.timeline, margins=(8, 6, 12, 2), stretch=False)

        self._left = column((self.live_view, 1), self._timeline_card, spacing=10)
        self._side = QWidget()
        side = (self._activity_card, self.pages, (self._bars_card, 5), (self._events_card, 5))
        self._side_column = column(*side, into=self._side, spacing=10, margins=NO_MARGINS)
        self._columns = row((self._left, 13), (self._side, 6), into=self, spacing=12, margins=NO_MARGINS)
        listen(self, state.event_logged, self._events_grew)
        listen(self, state.drive_changed, self._arrange)
        listen(self, state.observed, self._message_changed)
        listen(self, state.drive_changed, self._events_grew)
        self._events_grew()
        self._arrange()
        # Nothing is lit up as if it had been chosen, until the Tab key is used.
        self.live_view.setFocusPolicy(Qt.FocusPolicy.ClickFocus)

    def set_layout_size(self, size: LayoutSize) -> None:
        """Arrange everything for a layout size."""
        if size is not self._layout_size:
            self._layout_size = size
            self._arrange()

    def _message_changed(self) -> None:
        if self._has_message is not (self.message.content is not None):
            self._arrange()

    def _choose_page(self, _number: int) -> None:
        self._page_chosen = True
        self._arrange()

    def _arrange(self) -> None:
        size, page = self._layout_size, self.pages.current
        wide, tiny, columns = size is LayoutSize.WIDE, size in SMALL, size in (LayoutSize.WIDE, LayoutSize.LOW)
        self._has_message = self.message.content is not None
        # A message stands over the live view: what it asks for must be seen.
        if tiny and page != 0 and (self._has_message or not self._page_chosen):
            page = 0
            self.pages.choose(0)
        if (page == 0 and not tiny) or (page == 3 and columns):
            page = 1
            self.pages.choose(1)
        self._columns.setDirection(QBoxLayout.Direction.BottomToTop if tiny else QBoxLayout.Direction.LeftToRight)
        self._side.setMinimumWidth(palette.px(340) if columns else 0)
        self._side.setMaximumWidth(palette.px(560) if not tiny else _NO_LIMIT)
        # Nothing else is seen below a message: its room is needed for what it says.
        self.pages.setVisible(not wide and not (tiny and self._has_message))
        self.pages.buttons[0].setVisible(tiny)
        self.pages.buttons[3].setVisible(not columns)
        self.gauges.setVisible(columns)
        self.live_view.figures_shown = not columns
        self._activity_card.setVisible(not tiny)
        self._bars_card.setVisible(wide or page == 1)
        self._events_card.setVisible(wide or page == 2)
        # The page's title says already what it is.
        for heading in self._side.findChildren(QLabel, "section"):
            heading.setVisible(wide)
        around_timeline = self._left if columns else self._side_column
        if around_timeline.indexOf(self._timeline_card) < 0:
            around_timeline.addWidget(self._timeline_card)
        self._timeline_card.setVisible(columns or page == 3)
        self.live_view.setVisible(not tiny or page == 0)
        # The space below a timeline that stands alone is left free.
        top = Qt.AlignmentFlag.AlignTop
        self._side_column.setAlignment(self._timeline_card, Qt.AlignmentFlag(0) if columns else top)
        self._columns.setStretch(0, 13 if not tiny or page == 0 else 0)
        self._columns.setStretch(1, (6 if columns else 9) if not tiny else (0 if page == 0 else 6))

    def _events_frame(self) -> QFrame:
        head = row(section(translate("DriveView", "Events")), None, self.export)
        made = QFrame()
        made.setObjectName("card")
        layout = column(head, (self.no_events, 1), (self.events, 1), into=made, spacing=4, margins=(12, 6, 8, 8))
        layout.setAlignment(self.no_events, Qt.AlignmentFlag.AlignTop)
        return made

    def _events_grew(self) -> None:
        some = bool(self._state.events.entries)
        self.export.setEnabled(some)
        self.no_events.setVisible(not some)
        self.events.setVisible(some)
        if self._state.spec is None:
            text = translate("DriveView", "No drive is watched: choose a source ({0}). Its incidents are listed here.")
        elif not self._state.armed:
            text = translate("DriveView", "Alerts are off: check the camera's view. Incidents are listed from then on.")
        else:
            text = translate("DriveView", "No incidents yet. A click on one will show its clip, to review it.")
        self.no_events.setText(text.format(keys(SOURCE_KEY)))
