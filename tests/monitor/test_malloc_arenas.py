"""The limit on the allocator's arenas, by the C library's own account of them."""

from __future__ import annotations

import subprocess
import sys

import pytest

_COUNT = """
import ctypes, sys, tempfile, threading
{limit}
together, held = threading.Barrier(24), []
def work():
    together.wait()
    held.append(bytearray(100_000))
    together.wait()  # all live at once: no arena is handed on
threads = [threading.Thread(target=work) for _ in range(24)]
for thread in threads: thread.start()
for thread in threads: thread.join()
library = ctypes.CDLL(None)
library.fopen.restype = ctypes.c_void_p
library.malloc_info.argtypes = [ctypes.c_int, ctypes.c_void_p]
library.fclose.argtypes = [ctypes.c_void_p]
with tempfile.NamedTemporaryFile() as told:
    stream = library.fopen(told.name.encode(), b"w")
    library.malloc_info(0, stream)
    library.fclose(stream)
    print(told.read().count(b"<heap nr="))
"""


def _arenas(limit: str) -> int:
    done = subprocess.run(
        [sys.executable, "-c", _COUNT.format(limit=limit)], capture_output=True, text=True, check=True
    )
    return int(done.stdout)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="an arena a thread is glibc's")
def test_threads_share_two_arenas() -> None:
    free = _arenas("")
    if free <= 2:
        pytest.skip("this C library gives threads no arenas of their own")
    assert _arenas("from monitor.malloc_arenas import limit_malloc_arenas; assert limit_malloc_arenas()") == 2


def test_elsewhere_nothing_is_touched(monkeypatch: pytest.MonkeyPatch) -> None:
    from monitor.malloc_arenas import limit_malloc_arenas

    monkeypatch.setattr(sys, "platform", "win32")
    assert not limit_malloc_arenas()
