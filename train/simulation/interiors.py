"""The kinds of vehicle that a driver can sit in: seven interiors, distinguished by shape rather than by colour.

They lie in `interiors.toml`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import tomllib
from pydantic import TypeAdapter


@dataclass(frozen=True)
class Interior:
    """The shape of one vehicle's interior; lengths in metres."""

    name: str
    dash: tuple[tuple[float, float], ...]
    """Outline (x, z) of the dashboard from the knees up to the wind-screen."""
    hood: float
    """How far the hood over the instruments stands out; 0 for none."""
    cluster: str
    """``dials`` or ``display``."""
    stack: str
    """The centre: ``buttons``, ``tablet`` (standing on the dashboard), ``wide`` (one broad screen) or ``van``."""
    gear: str
    """``floor``, ``dash``, ``column`` or ``dial``."""
    console: str
    """Between the seats: ``low``, ``high`` or ``none``."""
    seat: str
    """``classic`` (head rest on posts), ``sport`` (in one piece), ``comfort`` (broad) or ``bench``."""
    door: str
    """The door panel: ``plain``, ``swept``, ``pocket`` or ``sheet`` (painted metal)."""
    sill: float
    """How much higher than usual the side window starts."""
    roof: float
    """How much higher than usual the roof is."""
    pillar: float
    """x of the B pillar's front edge."""
    slope: float
    """How far the A pillar reaches forward from the roof to the sill."""
    quarter: bool
    """Whether a bar divides off a triangular front window."""
    rear: str
    """Behind the driver: ``bench``, ``bulkhead`` (a wall) or ``glass`` (a rear window close behind)."""
    two_tone: bool
    """Whether lower trim and door insert are light."""


_FILE = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
INTERIORS = TypeAdapter(tuple[Interior, ...]).validate_python(_FILE["interior"])
"""All interiors; an appearance's seed chooses one."""
