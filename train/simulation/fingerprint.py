"""Which renderer drew an image: half-finished work is gone on with by the same one only."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

# They carry images to files, pages and viewers, and change nothing in them.
_CARRIERS = frozenset(f"output/{name}.py" for name in ("dataset", "sheet", "stream", "timed", "workers"))
_LIBRARIES = ("numpy", "opencv-python-headless", "panda3d")


@lru_cache(maxsize=1)
def renderer_fingerprint() -> str:
    """Sixteen hexadecimal digits that change with the source of anything that decides a pixel."""
    digest = hashlib.sha256(" ".join(f"{name} {version(name)}" for name in _LIBRARIES).encode())
    folder = Path(__file__).parent
    for path in sorted(path for path in folder.rglob("*") if path.suffix in (".py", ".toml")):
        name = path.relative_to(folder).as_posix()
        if name not in _CARRIERS:
            digest.update(name.encode() + b"\0" + path.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()[:16]
