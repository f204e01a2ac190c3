"""What is recorded of a drive: three plain choices."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QLabel, QWidget

from monitor.dashboard.widgets.choice_cards import ChoiceCards
from monitor.dashboard.widgets.layout import NO_MARGINS, column
from monitor.live.recording.choice import Privacy, Recorded

translate = QCoreApplication.translate


def recorded_title(recorded: Recorded) -> str:
    """A choice, in a word."""
    return {
        Recorded.NOTHING: translate("Recording", "Nothing"),
        Recorded.INCIDENTS: translate("Recording", "Incidents"),
        Recorded.EVERYTHING: translate("Recording", "Everything"),
    }[recorded]


def recorded_words(recorded: Recorded) -> str:
    """What a choice means, in a sentence."""
    return {
        Recorded.NOTHING: translate("Recording", "No video is kept. The driver is alerted all the same."),
        Recorded.INCIDENTS: translate("Recording", "Video from 5 s before each incident to 5 s after it."),
        Recorded.EVERYTHING: translate("Recording", "Video of the whole drive, and of each incident."),
    }[recorded]


class RecordingChoice(QWidget):
    """The choices, or, where they are not the user's, what holds."""

    chosen = Signal(object)
    """A `Recorded`."""

    def __init__(self, privacy: Privacy, *, is_possible: bool, parent: QWidget | None = None) -> None:
        """Show what holds.

        Args:
            privacy: what holds.
            is_possible: whether there is a store for what is recorded.
        """
        super().__init__(parent)
        self.about = QLabel()
        self.about.setObjectName("soft")
        self.about.setWordWrap(True)
        self.cards = ChoiceCards(
            [(recorded_title(recorded), recorded_words(recorded)) for recorded in Recorded],
            translate("Recording", "What is recorded"),
        )
        self.cards.chosen.connect(lambda number: self.chosen.emit(list(Recorded)[number]))
        column(self.about, self.cards, into=self, spacing=8, margins=NO_MARGINS)
        self.show_privacy(privacy, is_possible=is_possible)

    def show_privacy(self, privacy: Privacy, *, is_possible: bool) -> None:
        """Show what holds."""
        locked = privacy.locked is not None or privacy.closed_loop
        if privacy.closed_loop:
            text = translate("Recording", "Nothing of a drive is kept here, no image and no figure (closed loop).")
        elif not is_possible:
            text = translate("Recording", "Nothing can be recorded, since no store keeps the drives (--store).")
        else:
            text = translate("Recording", "What is recorded of drives with a camera. It stays on this machine.")
        if privacy.locked is not None:
            text += " " + translate("Recording", "Locked by the administrator: {0}").format(str(privacy.locked))
        self.about.setText(text)
        self.cards.setEnabled(is_possible and not locked)
        self.cards.choose(list(Recorded).index(privacy.record) if privacy.is_chosen else None)
