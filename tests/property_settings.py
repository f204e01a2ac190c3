"""How many examples a property draws: a share of what the chosen hypothesis profile asks for."""

from __future__ import annotations

from hypothesis import settings


def examples(factor: float) -> settings:
    """The profile's settings with ``factor`` times its examples, for a property whose examples are slow."""
    return settings(max_examples=max(round(settings().max_examples * factor), 1))
