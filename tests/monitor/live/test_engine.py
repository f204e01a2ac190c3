"""Opening a bundle and a policy: what a bundle may set, and what is said of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from engines.bundles.manifest import MANIFEST
from engines.errors import UserError
from monitor.live.engine import Engine, EngineOptions
from monitor.live.options import usable_thresholds
from tests.engines.toy_bundle import write_toy_bundle


def toy(folder: Path, **manifest: Any) -> Path:
    write_toy_bundle(folder)
    path = folder / MANIFEST
    path.write_text(json.dumps({**json.loads(path.read_text(encoding="utf-8")), **manifest}), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("thresholds", "said"),
    [
        ({"caution_s": 3600.0}, "caution_s = 3600.0 is beyond its range: above 0 to 10"),
        ({"gate_kmh": 300.0}, "gate_kmh = 300.0 is beyond its range: from 0 to 30"),
        ({"enter_by_activity.c2": 0.999}, "enter_by_activity.c2 = 0.999 is beyond its range: from 0.1 to 0.95"),
        ({"mild_weight": 1e-9}, "mild_weight = 1e-09 is beyond its range: from 0.25 to 1"),
        ({"smoothing_s": 5.0, "enter": 0.95}, "a distraction must show within 10 s"),
    ],
)
def test_a_bundle_cannot_switch_the_alerts_off(thresholds: dict[str, float], said: str, tmp_path: Path) -> None:
    bundle = toy(tmp_path / "toy", thresholds=thresholds)
    with pytest.raises(UserError, match="the bundle's alert thresholds do not fit") as raised:
        Engine.open(EngineOptions(bundle))
    assert said in str(raised.value)
    assert usable_thresholds(bundle) == {}


@pytest.mark.parametrize("temperature", [1e9, 10.1, 0.0, 1e-9, -1.0])
def test_a_bundle_cannot_flatten_every_probability(temperature: float, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"manifest\.json: temperature"):
        Engine.open(EngineOptions(toy(tmp_path / "toy", temperature=temperature)))


def test_what_a_bundle_sets_otherwise_is_said(tmp_path: Path) -> None:
    assert Engine.open().notices == ()
    assert Engine.open(EngineOptions(toy(tmp_path / "plain"))).notices == ()
    thresholds = {"enter": 0.7, "caution_s": 2.0, "enter_by_activity.c5": 0.8, "hmm_floor": 0.1}
    engine = Engine.open(EngineOptions(toy(tmp_path / "toy", thresholds=thresholds, temperature=1.5)))
    assert engine.notices == (
        "the bundle toy sets enter = 0.7 (default 0.65), enter_by_activity.c5 = 0.8 (default 0.65), "
        "temperature = 1.5 (default 1)",
    )
