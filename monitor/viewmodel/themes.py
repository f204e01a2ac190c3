"""The colours of the window: dark, light for a bright day, and a red that spares eyes used to the dark. No Qt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from engines.activities import Activity
from monitor.alerts.events import Tier
from monitor.viewmodel.banner import BannerStyle

Pair = tuple[str, str]
"""Background and foreground."""


@dataclass(frozen=True)
class Theme:
    """Colours as ``#rrggbb``.

    Attributes:
        name: in the settings.
        background, surface, raised, hover, pressed: from the window up to what is above it.
        border, strong_border: lines.
        text, soft, faint: from what matters most to what matters least.
        accent, on_accent, selected: what can be acted on, text on it, and behind what is switched on.
        calm, fault: the driver is attentive; the monitor cannot see.
        primary_region, secondary_region: boxes over the frame.
        canvas: around the frame.
        tint: what a frame is coloured by, so that it dazzles no more than the window; None for the original colours.
        notice: behind and on a notice.
        ink: text on an activity's or a tier's colour.
        tiers: as lines and icons on the surface.
        banner: (background, foreground) of each style, 4.5 to 1 at least.
        pulse: what a critical banner pulses to.
        activities: in the timeline and the bars.
    """

    name: str
    background: str
    surface: str
    raised: str
    hover: str
    pressed: str
    border: str
    strong_border: str
    text: str
    soft: str
    faint: str
    accent: str
    on_accent: str
    selected: str
    calm: str
    fault: str
    primary_region: str
    secondary_region: str
    canvas: str
    tint: str | None
    notice: Pair
    ink: str
    tiers: Mapping[Tier, str]
    banner: Mapping[BannerStyle, Pair]
    pulse: str
    activities: Mapping[Activity, str]


def _activities(*colours: str) -> dict[Activity, str]:
    return dict(zip(Activity, colours, strict=True))


DARK = Theme(
    name="dark",
    background="#0a0e13",
    surface="#121920",
    raised="#1b2530",
    hover="#243244",
    pressed="#16202b",
    border="#233040",
    strong_border="#33475e",
    text="#eaf0f6",
    soft="#94a5b8",
    faint="#5d6f84",
    accent="#4cb2ff",
    on_accent="#04121f",
    selected="#14283a",
    calm="#2fbf87",
    fault="#9a8cff",
    primary_region="#38d6ff",
    secondary_region="#c78bff",
    canvas="#05080b",
    tint=None,
    notice=("#2a2410", "#ffe3a0"),
    ink="#0a0e13",
    tiers={Tier.NONE: "#2fbf87", Tier.CAUTION: "#ffc531", Tier.WARNING: "#ff8b24", Tier.CRITICAL: "#ff5165"},
    banner={
        BannerStyle.IDLE: ("#121920", "#94a5b8"),
        BannerStyle.CALM: ("#0f2a20", "#5fe0ae"),
        BannerStyle.WATCHING: ("#13293a", "#8fd0ff"),
        BannerStyle.FAULT: ("#2a2450", "#cfc7ff"),
        BannerStyle.CAUTION: ("#ffc531", "#221800"),
        BannerStyle.WARNING: ("#ff8b24", "#201000"),
        BannerStyle.CRITICAL: ("#d91a35", "#ffffff"),
    },
    pulse="#8c0c20",
    activities=_activities(
        "#2fbf87", "#ff5f7a", "#ff9aa9", "#e54fb0", "#d79bff", "#5aa9ff", "#2fd0d6", "#ffa64d", "#f4d35e", "#a9b8ff"
    ),
)

LIGHT = replace(
    DARK,
    name="light",
    background="#eef1f5",
    surface="#ffffff",
    raised="#e6ebf1",
    hover="#dae2eb",
    pressed="#ccd6e1",
    border="#d3dbe4",
    strong_border="#b3c0ce",
    text="#111a24",
    soft="#4c5c6e",
    faint="#76869a",
    accent="#0b66b8",
    on_accent="#ffffff",
    selected="#d5e7f8",
    calm="#0d7a50",
    fault="#5646c8",
    canvas="#1a2129",
    notice=("#fff3d1", "#5b4300"),
    ink="#0a0e13",
    tiers={Tier.NONE: "#0d7a50", Tier.CAUTION: "#8a6200", Tier.WARNING: "#b04a00", Tier.CRITICAL: "#c2142c"},
    banner={
        BannerStyle.IDLE: ("#ffffff", "#4c5c6e"),
        BannerStyle.CALM: ("#d7f2e6", "#0a5c3c"),
        BannerStyle.WATCHING: ("#d8eafa", "#0b4f8e"),
        BannerStyle.FAULT: ("#e5e1ff", "#3d2fa5"),
        BannerStyle.CAUTION: ("#ffc531", "#221800"),
        BannerStyle.WARNING: ("#ff8b24", "#201000"),
        BannerStyle.CRITICAL: ("#d91a35", "#ffffff"),
    },
    activities=_activities(
        "#35b583", "#f2607a", "#f5a0ad", "#dd62b4", "#c795ee", "#67abf2", "#37bcc2", "#f0a04e", "#e0c04a", "#9fadf0"
    ),
)

NIGHT_RED = replace(
    DARK,
    name="night-red",
    background="#070202",
    surface="#110404",
    raised="#1f0808",
    hover="#2c0c0c",
    pressed="#180505",
    border="#330f0f",
    strong_border="#541919",
    text="#ff8d80",
    soft="#c25a50",
    faint="#98433b",
    accent="#e0493c",
    on_accent="#170202",
    selected="#330b0b",
    calm="#b8463b",
    fault="#f07a6c",
    primary_region="#ff6a5c",
    secondary_region="#c2473c",
    canvas="#030000",
    tint="#b83a2e",
    notice=("#2a0b0b", "#ff9c90"),
    ink="#0c0101",
    tiers={Tier.NONE: "#b8463b", Tier.CAUTION: "#d9604f", Tier.WARNING: "#f57a66", Tier.CRITICAL: "#ff9f8e"},
    banner={
        BannerStyle.IDLE: ("#110404", "#c25a50"),
        BannerStyle.CALM: ("#180606", "#d0564a"),
        BannerStyle.WATCHING: ("#260a0a", "#f07a6c"),
        BannerStyle.FAULT: ("#381010", "#ff9c90"),
        BannerStyle.CAUTION: ("#8f3329", "#ffe4df"),
        BannerStyle.WARNING: ("#d9523f", "#140202"),
        BannerStyle.CRITICAL: ("#ff6a55", "#140202"),
    },
    pulse="#d9523f",
    activities=_activities(
        "#7a2b25", "#ff8d80", "#e8776a", "#d26357", "#ffa79c", "#b04c42", "#c65a4f", "#f0968b", "#db7d72", "#984238"
    ),
)

THEMES = {theme.name: theme for theme in (DARK, LIGHT, NIGHT_RED)}
"""By name."""
