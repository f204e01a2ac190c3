"""Damaged bundles and plans: a clear error every time. The full count: `python -m tests.engines.bundles.damage`."""

from __future__ import annotations

import sys

import pytest

from tests.engines.bundles.damage import damage_many

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forks")


def test_some_damage() -> None:
    findings = damage_many(range(30))
    assert findings.problems == []
    refused = sum(count for outcome, count in findings.outcomes.items() if outcome.endswith("refused"))
    assert refused > 12 and sum(findings.outcomes.values()) == 31  # with the one that nothing was done to


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_two_thousand_damages() -> None:
    findings = damage_many(range(2000))
    assert findings.problems == []
    assert sum(findings.outcomes.values()) == 2001
