"""AG-Net, the networks around it, their backbones and weights."""
