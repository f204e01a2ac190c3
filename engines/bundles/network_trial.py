"""A network from elsewhere, run once in a process of its own: one that never ends or eats the memory is refused.

A thread could not be ended, nor could it be given less memory than its process has.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from engines.errors import UserError, reason

TIME_LIMIT_S = 20.0
MEMORY_LIMIT = 4 << 30
"""Bytes beyond what the process has before it reads the network, of which it may hold a few copies."""

_COPIES = 3
_PACKAGES = Path(__file__).parents[2]
_passed: set[str] = set()


def require_end(content: bytes, name: Path, view_size: int, regions: int, threads: int | None = None) -> None:
    """Run an ONNX file once, on an empty view. What was run in this process before is not run again.

    Args:
        content: the file's.
        name: the file, for the error.
        view_size: S, the side of the (1, S, S, 3) view that it takes.
        regions: R, of the (1, R, 4) regions that it takes.
        threads: CPU threads; the runtime's default when None.

    Raises:
        UserError: when it does not end in time, or fails.
    """
    digest = hashlib.sha256(content).hexdigest()
    if digest in _passed:
        return
    command = [sys.executable, "-m", __name__, str(view_size), str(regions), str(threads or 0), str(len(content))]
    paths = [str(_PACKAGES), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    try:
        done = subprocess.run(
            command, input=content, capture_output=True, timeout=TIME_LIMIT_S, env=environment, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise UserError(
            f"the network {name} gives no answer within {TIME_LIMIT_S:g} s: export the bundle again, or use another"
        ) from error
    except OSError as error:
        raise UserError(f"cannot start a process to try the network {name}: {reason(error)}") from error
    if done.returncode == 0:
        _passed.add(digest)
        return
    said = done.stdout.decode("utf-8", "replace").strip()
    if done.returncode < 0 or not said:
        said = f"it ends its process ({done.returncode}), or needs more than {MEMORY_LIMIT >> 30} GB"
    raise UserError(f"ONNX Runtime cannot load or run {name}: {said}; export the bundle again")


def _limit_memory(size: int) -> None:
    """Where the system can: nothing else on the machine is to suffer."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        limit = pages * resource.getpagesize() + MEMORY_LIMIT + _COPIES * size
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _main() -> int:
    import numpy as np

    from engines.onnxruntime_session import CPU, network_fault, open_network, session_settings

    view_size, regions, threads, size = map(int, sys.argv[1:])
    content = sys.stdin.buffer.read()
    _limit_memory(size)
    image = np.zeros((1, view_size, view_size, 3), dtype=np.uint8)
    boxes = np.zeros((1, regions, 4), dtype=np.float32)
    try:
        session = open_network(content, session_settings(threads or None), [CPU])
        known = {"image": image, "regions": boxes}
        session.run(None, {node.name: known[node.name] for node in session.get_inputs() if node.name in known})
    except Exception as error:  # ONNX Runtime raises its own kinds
        print(network_fault(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    code = _main()
    sys.stdout.flush()
    os._exit(code)  # the runtime's threads are not waited for
