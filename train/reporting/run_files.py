"""The names of the files in a run's folder, without what reads them."""

from __future__ import annotations

RUN_RECORD = "run.json"
LAST_CHECKPOINT = "last.ckpt"
METRICS = "metrics.json"
