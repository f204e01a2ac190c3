"""The offline trainer: AG-Net, backbones, data sets, recipes, evaluation, export, the simulated cabin."""
