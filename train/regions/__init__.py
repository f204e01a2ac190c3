"""Where a network's regions come from and which of them it looks at: AG-Net's own, and those of its ablations."""
