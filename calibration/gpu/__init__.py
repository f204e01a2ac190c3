"""What a GPU report measures, each part in a module of its own: `python -m calibration.gpu_report`."""
