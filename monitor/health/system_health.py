"""What does not work of the monitor itself, beside the camera: shown and kept, and never a reason not to alert."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from engines.notice import NoticeText


class SystemFault(Enum):
    """What can fail while the driver is watched on; the value is the name in files."""

    BEHIND = "behind"
    NO_SOUND = "no_sound"
    ALERT_COMMAND = "alert_command"
    JOURNAL = "journal"
    STORE = "store"
    RECORDING = "recording"
    MESSAGES = "messages"
    METRICS = "metrics"
    OUTPUT = "output"
    LISTENER = "listener"

    @property
    def title(self) -> str:
        """In a few words, for a status line."""
        return _TITLES[self]


_TITLES = {
    SystemFault.BEHIND: "behind",
    SystemFault.NO_SOUND: "no sound",
    SystemFault.ALERT_COMMAND: "alert command fails",
    SystemFault.JOURNAL: "journal not written",
    SystemFault.STORE: "store not written",
    SystemFault.RECORDING: "not recording",
    SystemFault.MESSAGES: "messages not sent",
    SystemFault.METRICS: "metrics not to be had",
    SystemFault.OUTPUT: "output not written",
    SystemFault.LISTENER: "a part fails",
}


@dataclass(frozen=True)
class SystemCondition:
    """One thing that does not work, or works again.

    Attributes:
        fault: of which kind.
        text: what is wrong, or that it works again, in a line for people.
        since_s: when it began, in the source's seconds.
        until_s: when it ended; None while it lasts.
        subject: which one, where there are several of a kind.
    """

    fault: SystemFault
    text: str
    since_s: float
    until_s: float | None = None
    subject: str = ""

    def as_dict(self) -> dict[str, object]:
        """For files."""
        return {
            "condition": self.fault.value,
            "subject": self.subject or None,
            "since_s": round(self.since_s, 3),
            "until_s": None if self.until_s is None else round(self.until_s, 3),
            "text": self.text,
        }


class SystemHealth:
    """What does not work at the moment."""

    def __init__(self) -> None:
        self._active: dict[tuple[SystemFault, str], SystemCondition] = {}

    @property
    def active(self) -> tuple[SystemCondition, ...]:
        """The oldest first."""
        return tuple(self._active.values())

    def update(
        self, fault: SystemFault, problem: str | None, time_s: float, subject: str = ""
    ) -> SystemCondition | None:
        """Take in how something is.

        Args:
            fault: what may fail.
            problem: what is wrong with it, in a line for people; None when it works.
            time_s: when, in the source's seconds.
            subject: which one, where there are several of a kind.

        Returns:
            What is to be told; None where it is as it was.
        """
        known = self._active.get((fault, subject))
        if problem is not None:
            if known is not None and known.text == problem:
                return None
            since_s = time_s if known is None else known.since_s
            self._active[fault, subject] = condition = SystemCondition(fault, problem, since_s, subject=subject)
            return condition
        if known is None:
            return None
        del self._active[fault, subject]
        return SystemCondition(fault, _over(fault, subject), known.since_s, time_s, subject)


def _over(fault: SystemFault, subject: str) -> str:
    match fault:
        case SystemFault.BEHIND:
            return NoticeText("the monitor keeps up again")
        case SystemFault.NO_SOUND:
            return NoticeText("alerts can be heard again")
        case SystemFault.ALERT_COMMAND:
            return NoticeText("the alert command works again")
        case _:
            return NoticeText("{what} works again", what=subject)
