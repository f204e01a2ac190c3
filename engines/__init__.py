"""What turns a camera frame into class probabilities: activities, view, regions, bundles, runtimes.

Imports nothing of ours and never torch, so that it runs on any machine the monitor runs on.
"""

import os

# Nothing leaves the machine: what libraries would send by themselves is switched off before they are imported. ONNX
# Runtime would look up an event server and write a device id into the home.
os.environ.update(ORT_DISABLE_TELEMETRY="1", HF_HUB_DISABLE_TELEMETRY="1", DO_NOT_TRACK="1")
# What they keep lies with what is ours; the GPU report also runs where this package is not installed.
try:
    import platformdirs
except ImportError:
    pass
else:
    os.environ.setdefault("MPLCONFIGDIR", f"{platformdirs.user_cache_dir('driver-monitor')}/matplotlib")
# OpenCV unpacks images of up to a gigapixel unless this is set before its import (`engines.files.images` says why not).
os.environ["OPENCV_IO_MAX_IMAGE_PIXELS"] = str(64 << 20)
