"""What `tests.unchanged` calls the same."""

from __future__ import annotations

from typing import Any

import pytest

from tests import unchanged
from tests.unchanged import Comparison


def differences(old: Any, new: Any, path: str = "demo", tolerance: float = 0.0) -> list[str]:
    comparison = Comparison(tolerance)
    comparison.compare(old, new, path)
    return comparison.differences


def test_a_renamed_key_and_word_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unchanged, "RENAMED", {"skipped": "held_back", "demo.drives.size": "pixels"})
    monkeypatch.setattr(unchanged, "WORDS", {"overtaken": "dropped"})
    old = {"skipped": 1, "drives": [{"size": 2}], "size": 3, "text": "2 overtaken"}
    new = {"held_back": 1, "drives": [{"pixels": 2}], "size": 3, "text": "2 dropped"}
    assert differences(old, new) == []
    # An old name that stayed is told.
    assert differences(old, old) == [
        "demo.skipped: 1 → no held_back",
        "demo.drives[0].size: 2 → no pixels",
        "demo.drives[0]: no size → 2",
        'demo.text: "2 overtaken" → "2 overtaken"',
        "demo: no skipped → 1",
    ]


def test_a_key_that_has_gone_is_no_difference_unless_it_is_still_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unchanged, "GONE", {"demo.settings.*_old": "not needed any more"})
    old = {"settings": {"a_old": 1, "b": 2}}
    assert differences(old, {"settings": {"b": 2}}) == []
    assert differences(old, old) == ["demo.settings: no a_old → 1"]


def test_a_key_that_is_new_is_no_difference_where_it_is_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unchanged, "ADDED", {"*.events.cause": "new"})
    new = {"events": [{"a": 1, "cause": None}], "cause": None}
    assert differences({"events": [{"a": 1}]}, new) == ["demo: no cause → null"]


def test_what_measures_the_machine_is_left_aside_but_its_keys_stay() -> None:
    old = {"report": {"wall_s": 1.5, "drives": [{"latency_s": {"view": {"mean": 0.1}}}]}}
    new = {"report": {"wall_s": 2.5, "drives": [{"latency_s": {"view": {"mean": 0.2}}}]}}
    assert differences(old, new, "replay") == []
    new["report"]["drives"] = [{"latency_s": {"view": {}}}]
    assert differences(old, new, "replay") == ["replay.report.drives[0].latency_s.view.mean: 0.1 → no mean"]
    # The same name elsewhere is a result.
    before, after = ({"report": {"calibration": {"latency_s": {"mean": value}}}} for value in (0.1, 0.2))
    assert differences(before, after, "replay") == ["replay.report.calibration.latency_s.mean: 0.1 → 0.2"]


def test_real_differences_are_found() -> None:
    assert differences([{"p": [0.5, 0.25]}], [{"p": [0.5, 0.26]}]) == ["demo[0].p[1]: 0.25 → 0.26"]
    assert differences([1, 2], [1]) == ["demo: 2 items → 1 items"]
    assert differences({"a": 1}, {"a": 1, "b": None}) == ["demo: no b → null"]
    assert differences(1, 1.0) and differences(1, True) and differences(None, 0) and differences("a", "b")
    assert differences(float("nan"), float("nan")) == []
    assert differences(0.5, 0.5001) and not differences(0.5, 0.5001, tolerance=0.001)
