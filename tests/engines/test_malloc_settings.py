"""Settings of the C library's allocator, by its own account and by the system's."""

from __future__ import annotations

import subprocess
import sys

import pytest

from engines.malloc_settings import keep_freed_memory, limit_malloc_arenas

_COUNT_ARENAS = """
import ctypes, sys, tempfile, threading
{setting}
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
with tempfile.NamedTemporaryFile() as statistics:
    stream = library.fopen(statistics.name.encode(), b"w")
    library.malloc_info(0, stream)
    library.fclose(stream)
    print(statistics.read().count(b"<heap nr="))
"""

_COUNT_PAGE_FAULTS = """
import ctypes, resource, threading
{setting}
library = ctypes.CDLL(None)
library.malloc.restype = ctypes.c_void_p
library.free.argtypes = [ctypes.c_void_p]
def step():
    block = library.malloc(ctypes.c_size_t(100 << 20))
    ctypes.memset(block, 1, 100 << 20)
    library.free(block)
def faults(): return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
def work():  # a thread of its own, as torch's gradients have
    step()
    before = faults()
    for _ in range(4): step()
    print(faults() - before)
thread = threading.Thread(target=work)
thread.start()
thread.join()
"""

linux_only = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="these settings are glibc's")


def _count(script: str, setting: str = "") -> int:
    command = f"from engines.malloc_settings import {setting}; assert {setting}()" if setting else ""
    done = subprocess.run(
        [sys.executable, "-c", script.format(setting=command)], capture_output=True, text=True, check=True
    )
    return int(done.stdout)


@linux_only
def test_threads_share_two_arenas() -> None:
    if _count(_COUNT_ARENAS) <= 2:
        pytest.skip("this C library gives threads no arenas of their own")
    assert _count(_COUNT_ARENAS, "limit_malloc_arenas") == 2


@linux_only
def test_a_large_block_is_used_again_without_asking_the_system_for_its_pages() -> None:
    given_back = _count(_COUNT_PAGE_FAULTS)
    if given_back < 100:
        pytest.skip("this C library keeps large blocks by itself")
    assert _count(_COUNT_PAGE_FAULTS, "keep_freed_memory") < given_back / 10


def test_elsewhere_nothing_is_touched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    assert not limit_malloc_arenas()
    assert not keep_freed_memory()
