"""The driver's view is dimmed at night, slowly, and never to black."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from monitor.viewmodel.driver.ambient_light import DIMMEST, AmbientLight
from tests.monitor.fakes import picture


def grey(level: int) -> NDArray[np.uint8]:
    return np.full((48, 64, 3), level, dtype=np.uint8)


def test_a_bright_cabin_is_not_dimmed_and_a_dark_one_is() -> None:
    light = AmbientLight()
    assert light.brightness == 1.0
    light.update(0.0, picture(0))
    assert light.brightness == 1.0
    light.reset()
    light.update(0.0, grey(40))
    assert light.brightness == pytest.approx(DIMMEST)


def test_the_lamps_of_a_tunnel_do_not_flicker() -> None:
    light = AmbientLight()
    light.update(0.0, grey(60))
    seen = []
    for second in range(1, 60):
        light.update(float(second), grey(200 if second % 2 else 40))
        seen.append(light.brightness)
    assert max(abs(one - other) for one, other in itertools.pairwise(seen[20:])) < 0.25
    assert 0.5 < np.mean(seen[20:]) < 0.9


def test_frames_within_a_second_are_not_looked_at() -> None:
    light = AmbientLight()
    light.update(10.0, grey(200))
    light.update(10.5, grey(20))
    assert light.level == pytest.approx(200.0)
    # A clock that goes back is another drive.
    light.update(2.0, grey(20))
    assert light.level == pytest.approx(20.0)


@given(st.lists(st.tuples(st.floats(0.0, 1e6), st.integers(0, 255)), max_size=20))
def test_the_display_is_never_dark(frames: list[tuple[float, int]]) -> None:
    light = AmbientLight()
    for time_s, level in frames:
        light.update(time_s, grey(level))
        assert DIMMEST - 1e-9 <= light.brightness <= 1.0
