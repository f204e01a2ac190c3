"""What stands in the middle of the live view when the picture alone does not say it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from monitor.dashboard.state import DashboardState, Phase
from monitor.health import Health


class Action(Enum):
    """What a message offers; the value is the button's text."""

    CHOOSE = "Choose a source…"
    DEMO = "Play the demo drive"
    RETRY = "Try again"
    REPLAY = "Replay"


@dataclass(frozen=True)
class StageContent:
    """A message over the live view: its icon's name, title, text and buttons, the main one first."""

    icon: str
    title: str
    text: str
    actions: tuple[Action, ...] = ()


def stage_content(state: DashboardState) -> StageContent | None:
    """The message for a state; None when the picture speaks for itself."""
    if state.phase is Phase.IDLE:
        return StageContent(
            "camera",
            "No source is open",
            "Choose a camera, a video, a folder of images or a stream, or drop a file here.",
            (Action.CHOOSE, Action.DEMO),
        )
    if state.phase is Phase.OPENING or (state.phase is Phase.RUNNING and state.alert is None):
        return StageContent("camera", f"Opening {state.source_name}", "Loading the engine and the source.")
    if state.phase is Phase.FAILED and state.problem is not None:
        return StageContent("fault", state.problem.title, state.problem.text, (Action.RETRY, Action.CHOOSE))
    if state.phase is Phase.ENDED:
        return StageContent(
            "restart", "The drive is over", f"{state.source_name} has ended.", (Action.REPLAY, Action.CHOOSE)
        )
    # An unsure model still has a picture worth seeing; the banner says it.
    if state.health not in (Health.OK, Health.UNSURE):
        wrong, _, advice = state.health.title.partition(":")
        text = advice.strip()
        lost = state.health is Health.CAMERA_LOST
        return StageContent("fault", wrong, f"{text[:1].upper()}{text[1:]}.", (Action.CHOOSE,) if lost else ())
    return None
