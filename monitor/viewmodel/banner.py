"""What the alert banner shows: words first, so that no one depends on its colour."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from engines.activities import Activity
from engines.notice import NoticeText
from monitor.alerts.events import AlertState, Attention, Reason, Tier
from monitor.alerts.settings import SpeedBand
from monitor.health.camera_health import Health
from monitor.viewmodel.clock import clock
from monitor.viewmodel.state import DashboardState, Phase


class BannerStyle(Enum):
    """How the banner is drawn."""

    IDLE = "idle"
    CALM = "calm"
    WATCHING = "watching"
    FAULT = "fault"
    CAUTION = "caution"
    WARNING = "warning"
    CRITICAL = "critical"


@dataclass(frozen=True)
class BannerContent:
    """The banner's words.

    Attributes:
        style: how it is drawn.
        word: the state in one word or two.
        headline: what it is about.
        advice: what to do.
        reason: why.
        seconds: the distraction timer, where it runs.
        activity, fault: what the headline names, where that is an activity, or what keeps it from seeing the driver.
    """

    style: BannerStyle
    word: str
    headline: str
    advice: str
    reason: str = ""
    seconds: float | None = None
    activity: Activity | None = None
    fault: Health | None = None


_ADVICE = {
    Tier.CAUTION: "keep your attention on the road",
    Tier.WARNING: "return to driving",
    Tier.CRITICAL: "return to driving now",
}

_ALERTS = (BannerStyle.CAUTION, BannerStyle.WARNING, BannerStyle.CRITICAL)

_NOT_RUNNING = {
    Phase.IDLE: ("Off", "No source", "choose a camera, a recording or the demo drive"),
    Phase.OPENING: ("Starting", "Opening the source", "the driver is not watched yet"),
    Phase.PAUSED: ("Paused", "The drive is paused", "the driver is not watched"),
    Phase.ENDED: ("Ended", "The drive is over", "start again or choose another source"),
    Phase.FAILED: ("Stopped", "The driver is not watched", "see the message below"),
}


_ALERTING_WITHOUT = "Distraction"

_TOO_OFTEN = Reason.CUMULATIVE.title.capitalize()

_OF_THE_LAST = "distracted {distracted_s:.0f} s of the last {window_s:.0f} s"

TEXTS = (
    *(text for texts in _NOT_RUNNING.values() for text in texts),
    *_ADVICE.values(),
    _ALERTING_WITHOUT,
    _TOO_OFTEN,
    _OF_THE_LAST,
)
"""For the translators, who find by themselves what is written in a call of `BannerContent`."""


def past_content(state: DashboardState) -> BannerContent:
    """The words for a state of a drive that is replayed: nobody is told what to do about what is over."""
    content = banner_content(state)
    asks = content.style is BannerStyle.FAULT or (content.style in _ALERTS and state.health is Health.OK)
    return replace(content, advice="") if asks else content


def banner_content(state: DashboardState) -> BannerContent:
    """The words for a state."""
    summary = state.summary
    if state.phase is Phase.ENDED and summary is not None and summary.length_s > 0.0:
        _, under_alert, *_ = summary.lines()
        length = NoticeText("length: {length}", length=clock(summary.length_s))
        return BannerContent(
            BannerStyle.IDLE, "Ended", summary.headline(), NoticeText("{first}, {rest}", first=length, rest=under_alert)
        )
    if state.phase is not Phase.RUNNING:
        return BannerContent(BannerStyle.IDLE, *_NOT_RUNNING[state.phase])
    alert = state.alert
    if alert is None:
        return BannerContent(
            BannerStyle.IDLE, "Starting", "Waiting for the first image", "the driver is not watched yet"
        )
    if not state.armed:
        return BannerContent(
            BannerStyle.IDLE, "Alerts off", "Check the camera's view", "turn alerts on once the view is fine"
        )
    if alert.tier is not Tier.NONE:
        return _alerting(alert, state.health)
    if state.health is not Health.OK:
        health = state.health
        return BannerContent(BannerStyle.FAULT, "Not watching", health.title, health.advice, fault=health)
    if alert.band is SpeedBand.BELOW_GATE:
        return BannerContent(BannerStyle.IDLE, "Standby", "The car is slow", "no alerts at this speed")
    if alert.attention is Attention.DISTRACTED:
        return _distracted(alert)
    if alert.attention is Attention.UNSURE:
        return BannerContent(BannerStyle.WATCHING, "Watching", "Not sure what the driver is doing", "looking closer")
    if alert.attention is Attention.UNKNOWN:
        return BannerContent(
            BannerStyle.WATCHING, "Watching", "The driver cannot be seen", "waiting for a usable image"
        )
    safe = Activity.SAFE_DRIVING
    return BannerContent(BannerStyle.CALM, "Attentive", safe.title, "no distraction", activity=safe)


def _distracted(alert: AlertState) -> BannerContent:
    """No alert is shown: it is not due yet, or the driver has had it hidden."""
    title, style = _title(alert.current), BannerStyle.WATCHING
    if alert.incident is None:
        content = BannerContent(style, "Watching", title, "distraction timer is running")
    elif alert.current in alert.snoozed:
        content = BannerContent(style, "Snoozed", title, "no caution about it on this journey")
    else:
        content = BannerContent(style, "Acknowledged", title, "hidden until it gets worse")
    return replace(content, seconds=alert.distracted_s, activity=alert.current)


def _alerting(alert: AlertState, health: Health) -> BannerContent:
    advice = _ADVICE[alert.tier]
    if health is not Health.OK:
        advice = health.title
    activity, seconds = alert.activity, alert.distracted_s
    reason = alert.reason.title if alert.reason is not None else ""
    if alert.reason is Reason.CUMULATIVE:
        # It stands while the driver is attentive, too: what it was raised for is past.
        activity = None if alert.current is Activity.SAFE_DRIVING else alert.current
        seconds = alert.cumulative_s
        reason = NoticeText(_OF_THE_LAST, distracted_s=seconds, window_s=alert.cumulative_window_s)
    headline = _TOO_OFTEN if alert.reason is Reason.CUMULATIVE and activity is None else _title(activity)
    style, word = BannerStyle[alert.tier.name], alert.tier.name.capitalize()
    return BannerContent(style, word, headline, advice, reason, seconds, activity)


def _title(activity: Activity | None) -> str:
    return activity.title if activity is not None else _ALERTING_WITHOUT
