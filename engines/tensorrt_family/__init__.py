"""TensorRT and TensorRT for RTX: one Python API under two module names, and what their versions do differently."""
