"""What is fitted after training: confidence, alert thresholds, INT8 ranges, the camera mount."""

import engines as engines  # before any import of onnxruntime: it switches its telemetry off
