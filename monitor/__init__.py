"""The live app: sources, pipeline, alert policy, journal, replay, report, dashboard. Never torch, never `train`."""

import engines as engines  # before any import of onnxruntime: it switches its telemetry off
