"""Two hundred damaged files; more: ``python -m tests.fuzz --tries 5000``."""

from __future__ import annotations

import sys

import pytest

from tests.fuzz.__main__ import fuzz
from tests.fuzz.readers import READERS


@pytest.mark.skipif(sys.platform != "linux", reason="memory is measured as Linux tells it")
def test_damaged_files_are_read_or_refused() -> None:
    *_, findings = fuzz(200, seed=0)
    assert findings.problems == []
    assert {name for name, _ in findings.outcomes} == set(READERS)
    refused = sum(count for (_, what), count in findings.outcomes.items() if what == "refused")
    assert 50 < refused < 200
