"""What is fitted after training: confidence, alert thresholds, INT8 ranges, the camera mount."""
