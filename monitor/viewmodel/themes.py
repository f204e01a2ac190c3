"""The colours of the window: dark, light for a bright day, and a red that spares eyes used to the dark. No Qt.

They lie in `themes.toml`.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from engines.activities import Activity
from monitor.alerts.events import Tier
from monitor.viewmodel.banner import BannerStyle

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

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


def _read(path: Path) -> dict[str, Theme]:
    """Themes by name; what a later one leaves out is the first one's."""
    tables = tomllib.loads(path.read_text(encoding="utf-8"))
    first = next(iter(tables.values()))
    themes = {}
    for name, own in tables.items():
        table = {"tint": None, **first, **own}
        table["notice"] = tuple(table["notice"])
        table["tiers"] = {tier: table["tiers"][tier.code] for tier in Tier}
        table["banner"] = {style: tuple(table["banner"][style.value]) for style in BannerStyle}
        table["activities"] = dict(zip(Activity, table["activities"], strict=True))
        themes[name] = Theme(name=name, **table)
    return themes


THEMES = _read(Path(__file__).with_suffix(".toml"))
"""By name."""

DARK = THEMES["dark"]
