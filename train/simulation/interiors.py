"""The kinds of vehicle that a driver can sit in: seven interiors, distinguished by shape rather than by colour."""

from __future__ import annotations

from dataclasses import dataclass


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


INTERIORS = (
    Interior(
        "hatchback",
        ((0.72, -0.5), (0.60, -0.2), (0.57, 0.1), (0.58, 0.28), (0.60, 0.37), (0.66, 0.42), (0.78, 0.45), (1.0, 0.46)),
        0.05,
        "dials",
        "buttons",
        "floor",
        "low",
        "classic",
        "plain",
        0.0,
        0.0,
        -0.31,
        0.50,
        False,
        "bench",
        False,
    ),
    Interior(
        "saloon",
        (
            (0.74, -0.5),
            (0.62, -0.15),
            (0.60, 0.12),
            (0.585, 0.26),
            (0.57, 0.33),
            (0.64, 0.40),
            (0.80, 0.43),
            (1.05, 0.44),
        ),
        0.04,
        "dials",
        "wide",
        "floor",
        "high",
        "comfort",
        "swept",
        -0.01,
        -0.02,
        -0.30,
        0.56,
        False,
        "bench",
        True,
    ),
    Interior(
        "suv",
        ((0.70, -0.5), (0.58, -0.2), (0.55, 0.05), (0.55, 0.3), (0.56, 0.42), (0.63, 0.47), (0.78, 0.49), (1.0, 0.50)),
        0.06,
        "dials",
        "buttons",
        "floor",
        "high",
        "comfort",
        "pocket",
        0.02,
        0.05,
        -0.34,
        0.44,
        False,
        "bench",
        False,
    ),
    Interior(
        "van",
        ((0.66, -0.5), (0.56, -0.2), (0.54, 0.1), (0.52, 0.3), (0.55, 0.41), (0.68, 0.45), (0.95, 0.47), (1.25, 0.47)),
        0.07,
        "dials",
        "van",
        "dash",
        "none",
        "classic",
        "pocket",
        -0.04,
        0.12,
        -0.40,
        0.66,
        True,
        "bulkhead",
        False,
    ),
    Interior(
        "pickup",
        (
            (0.64, -0.5),
            (0.57, -0.2),
            (0.56, 0.1),
            (0.555, 0.3),
            (0.555, 0.43),
            (0.62, 0.46),
            (0.75, 0.47),
            (0.95, 0.47),
        ),
        0.05,
        "dials",
        "buttons",
        "column",
        "none",
        "bench",
        "sheet",
        0.01,
        0.03,
        -0.37,
        0.38,
        False,
        "glass",
        False,
    ),
    Interior(
        "electric",
        ((0.74, -0.5), (0.66, -0.1), (0.63, 0.2), (0.61, 0.29), (0.60, 0.34), (0.70, 0.37), (0.85, 0.38), (1.1, 0.39)),
        0.0,
        "display",
        "tablet",
        "dial",
        "high",
        "sport",
        "swept",
        -0.02,
        0.02,
        -0.33,
        0.60,
        False,
        "bench",
        True,
    ),
    Interior(
        "city",
        ((0.66, -0.5), (0.63, -0.1), (0.64, 0.2), (0.61, 0.32), (0.64, 0.39), (0.70, 0.42), (0.80, 0.44), (0.95, 0.45)),
        0.09,
        "dials",
        "buttons",
        "floor",
        "none",
        "sport",
        "sheet",
        0.01,
        0.0,
        -0.44,
        0.42,
        False,
        "bench",
        False,
    ),
)
"""All interiors; an appearance's seed chooses one."""
