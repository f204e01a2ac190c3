"""Which software makes predictions of a recording: those of another one are not used again."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
import sklearn

from engines import classifier, onnxruntime_session, view
from engines.bundles.bundle import hash_file
from engines.regions import proposal, tracking
from monitor.health import camera_health, downscale
from monitor.sources import folder, video

_MODULES = (classifier, onnxruntime_session, tracking, proposal, view, camera_health, downscale, folder, video)
_LIBRARIES = (cv2, np, onnxruntime, sklearn)


@cache
def software_fingerprint() -> dict[str, str]:
    """Name → SHA-256 of our own modules between a recording and its probabilities, and versions of the libraries."""
    return {
        **{module.__name__: hash_file(Path(str(module.__file__))) for module in _MODULES},
        **{library.__name__: library.__version__ for library in _LIBRARIES},
    }
