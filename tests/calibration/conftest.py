"""Networks as in the trainer's tests. Where the train extra is not installed, there is nothing to test here."""

from __future__ import annotations

from importlib.util import find_spec

from tests.train.conftest import one_torch_thread, reference_frames_drawn_once

__all__ = ["one_torch_thread", "reference_frames_drawn_once"]

collect_ignore_glob = [] if find_spec("torch") else ["*"]
