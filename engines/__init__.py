"""What turns a camera frame into class probabilities: activities, view, regions, bundles, runtimes.

Imports nothing of ours and never torch, so that it runs on any machine the monitor runs on.
"""

import os

# ONNX Runtime looks up an event server and writes a device id into the home unless this is set before its import.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
