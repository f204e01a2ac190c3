"""What the driver sees at a glance: the banner's words, how much of the display they fill, and what may be touched."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum

from engines.activities import Activity
from monitor.alerts.events import AlertState, Tier
from monitor.alerts.settings import AlertSettings
from monitor.viewmodel.banner import BannerContent, BannerStyle, banner_content
from monitor.viewmodel.live_message import Action, live_message
from monitor.viewmodel.state import DashboardState, Phase


class Extent(IntEnum):
    """How much of the display is coloured: the worse, the more, as in openpilot."""

    NONE = 0
    SMALL = 1
    HALF = 2
    FULL = 3


_EXTENTS = {
    BannerStyle.FAULT: Extent.SMALL,
    BannerStyle.CAUTION: Extent.SMALL,
    BannerStyle.WARNING: Extent.HALF,
    BannerStyle.CRITICAL: Extent.FULL,
}


@dataclass(frozen=True)
class Glance:
    """All that the driver's view shows.

    Attributes:
        content: the words.
        extent: how much of the display is coloured.
        since_s: seconds since the drive began; None while none runs.
        can_acknowledge: whether the driver may have the alert hidden.
        can_snooze: whether the driver may have alerts about its activity kept away.
        snoozes_up_to: the highest tier that is kept away then.
        snoozed: what is kept away now, in the order of `Activity`.
        actions: what can be done where no drive is watched, the main one first.
        problem: what stopped the drive, where something did.
        is_recorded: whether video of the drive is kept.
    """

    content: BannerContent
    extent: Extent
    since_s: float | None = None
    can_acknowledge: bool = False
    can_snooze: bool = False
    snoozes_up_to: Tier = Tier.NONE
    snoozed: tuple[Activity, ...] = ()
    actions: tuple[Action, ...] = ()
    problem: str = ""
    is_recorded: bool = False

    @property
    def is_watching(self) -> bool:
        """Whether a drive is watched: then there is nothing but the driver's view."""
        return self.since_s is not None and not self.actions


def glance(state: DashboardState) -> Glance:
    """What the driver's view shows for a state."""
    content, alert = banner_content(state), state.alert
    extent = _EXTENTS.get(content.style, Extent.NONE)
    if state.phase is not Phase.RUNNING or alert is None or not state.armed:
        message = live_message(state)
        return Glance(
            content,
            extent,
            actions=_most_needed(message.actions) if message is not None else (),
            problem=state.problem.text if state.phase is Phase.FAILED and state.problem is not None else "",
        )
    if content.style is BannerStyle.WATCHING and content.seconds is not None and alert.incident is None:
        # The seconds say that the timer runs.
        content = replace(content, advice="")
    settings = state.drive.settings if state.drive is not None else AlertSettings()
    return Glance(
        content,
        extent,
        since_s=state.since_s,
        can_acknowledge=Tier.NONE < alert.tier <= Tier[settings.acknowledge_up_to.upper()],
        can_snooze=_can_snooze(alert, settings),
        snoozes_up_to=Tier[settings.snooze_up_to.upper()],
        snoozed=tuple(sorted(alert.snoozed)),
        is_recorded=state.is_recorded,
    )


def _most_needed(actions: tuple[Action, ...]) -> tuple[Action, ...]:
    """Three at most, as large as they are to be touched; the others are in the engineer's view."""
    return actions if len(actions) <= 3 else tuple(action for action in actions if action is not Action.OPEN_REPLAY)[:3]


def _can_snooze(alert: AlertState, settings: AlertSettings) -> bool:
    """As `AlertPolicy.snooze` does it: no phone's, and only what may be hidden."""
    snooze_up_to = Tier[settings.snooze_up_to.upper()]
    if alert.activity is None or alert.activity.is_phone or snooze_up_to is Tier.NONE:
        return False
    return Tier.NONE < alert.tier <= max(snooze_up_to, Tier[settings.acknowledge_up_to.upper()])
