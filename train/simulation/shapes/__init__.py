"""Vectors, meshes and where textures lie."""
