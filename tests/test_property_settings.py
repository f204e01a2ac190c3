"""Properties draw the same examples at every run, unless new ones are asked for."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.property_settings import examples


def test_the_default_profile_draws_the_same_whatever_else_is_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not settings().derandomize:
        pytest.skip("this run draws new examples")

    def drawn() -> list[int]:
        numbers: list[int] = []

        @given(st.integers(1, 100_000))
        def draw(number: int) -> None:
            numbers.append(number)

        draw()
        return numbers

    before = drawn()
    module = ModuleType("more_constants")
    module.__file__ = str(tmp_path / "more_constants.py")
    Path(module.__file__).write_text(f"NUMBERS = {[*range(90_000, 99_000, 99)]}")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    assert drawn() == before


def test_the_thorough_profile_draws_ten_times_as_many_anew() -> None:
    usual, thorough = settings.get_profile("default"), settings.get_profile("thorough")
    assert thorough.max_examples == 10 * usual.max_examples
    assert (usual.derandomize, thorough.derandomize) == (True, False)


def test_a_property_draws_its_share_of_what_the_profile_asks_for() -> None:
    assert examples(0.3).max_examples == round(0.3 * settings().max_examples)
    assert examples(0.001).max_examples >= 1
    assert examples(0.3).derandomize == settings().derandomize
