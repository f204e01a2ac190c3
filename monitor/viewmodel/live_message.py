"""The message in the middle of the live view, when the image alone does not say enough."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from engines.notice import NoticeText
from monitor.health.camera_health import Health
from monitor.sources import is_live
from monitor.viewmodel.clock import clock
from monitor.viewmodel.state import DashboardState, Phase


class Action(Enum):
    """What a message offers; the value is the button's text."""

    CHOOSE = "Choose a source…"
    OPEN = "Open a drive…"
    CHECK = "Check the view"
    ARM = "Turn alerts on without a check"
    DEMO = "Play the demo drive"
    RETRY = "Try again"
    REPLAY = "Start again"
    OPEN_REPLAY = "Open in Replay"
    REVIEW = "Review incidents"


@dataclass(frozen=True)
class LiveMessageContent:
    """A message over the live view.

    Attributes:
        icon: its name.
        title, text: what is going on, and what to do; ``{0}`` stands for the subject.
        actions: the buttons, the main one first.
        subject: the source.
        details: more lines, such as a drive's summary.
        problem: what went wrong, in the place of the text.
    """

    icon: str
    title: str
    text: str
    actions: tuple[Action, ...] = ()
    subject: str = ""
    details: tuple[NoticeText, ...] = ()
    problem: str = ""


def live_message(state: DashboardState) -> LiveMessageContent | None:
    """The message for a state; None when the image says enough."""
    if state.phase is Phase.IDLE:
        return LiveMessageContent(
            "camera",
            "No source is open",
            "Choose a camera, a video, a folder of images or a stream, or drop a file here.",
            (Action.CHOOSE, Action.DEMO),
        )
    if state.phase is Phase.OPENING or (state.phase is Phase.RUNNING and state.alert is None):
        return LiveMessageContent(
            "camera", "Opening {0}", "Loading the engine and the source.", subject=state.source_name
        )
    if state.phase is Phase.FAILED and state.problem is not None:
        return LiveMessageContent(
            "fault", state.problem.title, "", (Action.RETRY, Action.CHOOSE), problem=state.problem.text
        )
    if state.phase is Phase.ENDED:
        return _summary(state)
    if not state.armed and state.phase is Phase.RUNNING:
        return LiveMessageContent(
            "camera",
            "Does the camera see the driver?",
            "It belongs on the passenger's side, looking at the driver's profile. Check it before the first drive.",
            (Action.CHECK, Action.ARM),
        )
    # An unsure model still has an image worth seeing; the banner says that it is unsure.
    if state.health not in (Health.OK, Health.UNSURE):
        lost = state.health is Health.CAMERA_LOST
        return LiveMessageContent("fault", state.health.title, state.health.advice, (Action.CHOOSE,) if lost else ())
    return None


def _summary(state: DashboardState) -> LiveMessageContent:
    """What the drive was: its length, incidents, seconds under alert, and what was not seen."""
    summary = state.summary
    actions = (Action.REPLAY, Action.CHOOSE)
    if summary is None or summary.length_s <= 0.0:
        return LiveMessageContent("restart", "The drive is over", "{0} has ended.", actions, state.source_name)
    incidents, *lines = summary.lines()
    details = (incidents, NoticeText("length: {length}", length=clock(summary.length_s)), *lines)
    # Of a camera's drive there is no video.
    replayable = () if is_live(state.spec or "") else (Action.OPEN_REPLAY,)
    reviewable = (Action.REVIEW,) if summary.incident_count and state.kept_as else ()
    actions = (*reviewable, *replayable, *actions)
    return LiveMessageContent("restart", "The drive is over", "", actions, details=details)
