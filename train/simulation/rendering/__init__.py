"""From meshes to pixels: rasteriser, light, shadows, lens."""
