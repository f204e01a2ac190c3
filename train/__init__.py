"""The offline trainer: AG-Net, backbones, data sets, recipes, evaluation, export, the simulated cabin."""

import sys
from importlib.util import find_spec

import engines as engines  # before any import of onnxruntime: it switches its telemetry off

if find_spec("torch") is None:
    print("error: training needs Python 3.11 or later and torch: run 'uv sync --extra train'", file=sys.stderr)
    raise SystemExit(2)
