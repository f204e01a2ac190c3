"""What turns a camera frame into class probabilities: activities, view, regions, bundles, runtimes.

Imports nothing of ours and never torch, so that it runs on any machine the monitor runs on.
"""

import os

# ONNX Runtime looks up an event server and writes a device id into the home unless this is set before its import.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
# OpenCV unpacks images of up to a gigapixel unless this is set before its import (`engines.files.images` says why not).
os.environ["OPENCV_IO_MAX_IMAGE_PIXELS"] = str(64 << 20)
