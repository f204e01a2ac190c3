"""Loads what finds regions beside what else the monitor has to load: most of a cold first frame is this."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from engines.regions.tracking import warm_up

logger = logging.getLogger(__name__)


@contextmanager
def warming_up(mode: str) -> Iterator[None]:
    """Load what regions of one of `REGION_MODES` need, in a thread beside the block; after the block it is there."""
    # Not a daemon: one that the interpreter leaves behind in the middle of a library's import may crash at the end.
    thread = threading.Thread(target=_warm_up, args=(mode,), name="monitor warm-up")
    thread.start()
    yield
    thread.join()


def _warm_up(mode: str) -> None:
    try:
        warm_up(mode)
    except Exception:
        # The first frame meets the same, and says what is wrong.
        logger.debug("the regions could not be warmed up", exc_info=True)
