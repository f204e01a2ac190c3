"""The power goes while a store is written: a small run of `power_cuts`, which anyone can run for longer."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.monitor.journal.store.power_cuts import KINDS, run

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="no process can be forked and killed here")


def test_what_was_acknowledged_is_there_however_the_program_ends(tmp_path: Path) -> None:
    ledger = run(tmp_path, 2 * len(KINDS), longest_s=0.3)
    assert ledger.wrong == []
    # A busy machine writes little in so short a time.
    assert ledger.counts["incidents acknowledged"] and ledger.counts["incidents found"]
    assert all(ledger.counts[f"kills while writing {kind}"] == 2 for kind in KINDS)
