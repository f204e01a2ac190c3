"""Settings of the C library's allocator (glibc, mallopt(3)) for programs that use it in ways it does not expect."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Mapping

ARENAS = 2
"""The monitor's: see `limit_malloc_arenas`."""

_M_TRIM_THRESHOLD, _M_MMAP_MAX, _M_ARENA_MAX = -1, -4, -8
"""Of glibc's malloc.h."""
_NEVER = -1


def limit_malloc_arenas() -> bool:
    """Fewer arenas, so that what threads have freed is used again instead of kept by each; for the monitor.

    glibc gives a new thread an arena of its own, up to eight a core. Every drive starts its own threads, so that freed
    frames pile up in arenas: 257 MB resident after 140 short drives, 200 with two arenas, which are also reached after
    20 drives instead of 60.

    Returns:
        Whether the C library knows such a limit. It holds for this process, and wholly so when it is set before threads
        start.
    """
    return _set({_M_ARENA_MAX: ARENAS})


def keep_freed_memory() -> bool:
    """Freed memory stays with the process and is used again, however large; for training.

    glibc hands large blocks back to the system, which clears every page of them again when the next step asks for as
    much: a fifth to a third of a training step on a CPU (see train/RESULTS.md). One arena, because only the first can
    hold blocks of over 64 MB.

    Returns:
        Whether the C library has these settings, glibc's. They hold in this process and in those forked from it.
    """
    return _set({_M_MMAP_MAX: 0, _M_TRIM_THRESHOLD: _NEVER, _M_ARENA_MAX: 1})


def _set(options: Mapping[int, int]) -> bool:
    if not sys.platform.startswith("linux"):
        return False
    library = ctypes.CDLL(None)
    # musl has no mallopt, and needs none: its arenas are not by thread.
    if not hasattr(library, "mallopt"):
        return False
    accepted = [library.mallopt(option, value) for option, value in options.items()]
    return all(accepted)
