"""Stands before a view until the PIN was entered; asks again after the view was left.

It is a part of the window and no dialog: header, banner, keys and sound of an alert go on around it.
"""

from __future__ import annotations

import math

from PySide6.QtCore import QCoreApplication, QTimer, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QStackedWidget, QWidget

from monitor.dashboard.access.pin_pad import PinPad
from monitor.dashboard.texts import notice_words
from monitor.dashboard.widgets.background_task import Background
from monitor.dashboard.widgets.layout import NO_MARGINS, card, column, scrolling
from monitor.live.pin_lock import PinLock

translate = QCoreApplication.translate


class PinGate(QStackedWidget):
    """``views.addWidget(PinGate(pin_lock, view))`` puts it before a view; without a PIN the view is there at once."""

    changed = Signal()
    """It was opened or closed."""

    def __init__(self, lock: PinLock, view: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lock, self._view = lock, view
        self._unlocked = False
        self._checking: Background[bool] | None = None
        self.pad = PinPad(translate("PinGate", "Enter the PIN"))
        self.pad.entered.connect(self._try)
        self._keypad = QWidget()
        column(
            card(None, scrolling(self.pad, sideways=False), margins=(18, 14, 10, 12)),
            into=self._keypad,
            margins=NO_MARGINS,
        )
        self._waiting = QTimer(self)
        self._waiting.setInterval(500)
        self._waiting.timeout.connect(self._show_wait)
        self.addWidget(self._keypad)
        self.addWidget(view)
        self.refresh()

    @property
    def is_open(self) -> bool:
        """Whether the view is there."""
        return self._unlocked or not self._lock.is_set

    def refresh(self, *, unlocked: bool | None = None) -> None:
        """Show what is to be seen; `unlocked` where the PIN was entered elsewhere, or holds no longer."""
        if unlocked is not None:
            self._unlocked = unlocked
        shown = self._view if self.is_open else self._keypad
        self.setFocusProxy(shown if self.is_open else self.pad)
        self.setCurrentWidget(shown)
        if not self.is_open and self.isVisible():
            self._ask()
        self.changed.emit()

    def close_gate(self) -> None:
        """Leave the work in the background."""
        self._waiting.stop()
        if self._checking is not None:
            self._checking.abandon()
            self._checking = None

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if not event.spontaneous():
            self.close_gate()
            self.refresh(unlocked=False)

    def _ask(self) -> None:
        problem = self._lock.problem
        words = notice_words(problem) if problem is not None else ""
        self.pad.ask(translate("PinGate", "Enter the PIN"), hint=words[:1].upper() + words[1:])
        self._show_wait()

    def _try(self, pin: str) -> None:
        if self._checking is None:
            self.pad.set_open(False)
            self._checking = Background("PIN check", lambda _progress: self._lock.check(pin), self._checked)
            self._checking.start()

    def _checked(self, task: Background[bool]) -> None:
        self._checking = None
        self.pad.set_open(True)
        if task.result:
            self.refresh(unlocked=True)
            self._view.setFocus()
            return
        self.pad.ask(translate("PinGate", "This PIN is wrong."), hint=self.pad.hint.text(), wrong=True)
        self._show_wait()
        self.pad.line.setFocus()

    def _show_wait(self) -> None:
        """After too many wrong ones nothing is taken for some time."""
        wait_s = self._lock.wait_s
        if wait_s > 0.0:
            self.pad.set_open(False)
            text = translate("PinGate", "Too many wrong PINs: wait {0} s.").format(math.ceil(wait_s))
            self.pad.ask(text, hint=self.pad.hint.text(), wrong=True)
            self._waiting.start()
        elif self._waiting.isActive():
            self._waiting.stop()
            self._ask()
            self.pad.set_open(True)
