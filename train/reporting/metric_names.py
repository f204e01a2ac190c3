"""Which metrics are printed first, without what measures them."""

from __future__ import annotations

from collections.abc import Sequence

PRIMARY_METRICS: Sequence[str] = ("top1", "log_loss")
"""The metrics that come first for data whose authors name no other."""
