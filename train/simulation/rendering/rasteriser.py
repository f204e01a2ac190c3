"""An image without a display: Panda3D's software renderer, fed with vertex arrays.

`RENDERER.md` tells why this one. Nothing of Panda3D's scene language is used beyond a handful of vertex buffers: light
is worked out per vertex by `shading`, shadows per pixel by `shadows`.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from panda3d import core

from train.simulation.shapes.geometry import Array

Bytes = NDArray[np.uint8]

_VERTEX = np.dtype([("point", "<f4", 3), ("uv", "<f4", 2), ("colour", "u1", 4)])
LOCK = threading.RLock()
"""Panda3D's engine is one for the whole process: hold this while an image is made."""


@lru_cache(maxsize=1)
def _engine() -> tuple[core.GraphicsEngine, core.GraphicsPipe]:
    settings = "window-type none\naudio-library-name null\nnotify-level-display error\ntd-perspective-textures true"
    core.load_prc_file_data("train.simulation", settings)
    pipe = core.GraphicsPipeSelection.get_global_ptr().make_pipe("TinyOffscreenGraphicsPipe", "p3tinydisplay")
    if pipe is None:
        raise RuntimeError("Panda3D comes without its software renderer p3tinydisplay")
    return core.GraphicsEngine.get_global_ptr(), pipe


@lru_cache(maxsize=1)
def _format() -> core.GeomVertexFormat:
    columns = core.GeomVertexArrayFormat()
    columns.add_column(core.InternalName.get_vertex(), 3, core.Geom.NT_float32, core.Geom.C_point)
    columns.add_column(core.InternalName.get_texcoord(), 2, core.Geom.NT_float32, core.Geom.C_texcoord)
    columns.add_column(core.InternalName.get_color(), 4, core.Geom.NT_uint8, core.Geom.C_color)
    layout = core.GeomVertexFormat()
    layout.add_array(columns)
    return core.GeomVertexFormat.register_format(layout)


@dataclass(frozen=True)
class Layer:
    """Triangles to draw: V vertices, T triangles."""

    points: NDArray[np.float32]
    """(V, 3) in the space that the view's matrix takes."""
    uv: NDArray[np.float32]
    """(V, 2) position in the texture, 0..1 from its first row; negative for plain colour."""
    colours: Bytes
    """(V, 4) what the texture is multiplied with; the last channel is carried along."""
    faces: NDArray[np.int32]
    """(T, 3)."""
    solid: NDArray[np.bool_]
    """(T,) whether the back of a triangle need not be drawn."""


def _triangles(data: core.GeomVertexData, faces: NDArray[np.int32]) -> core.Geom:
    triangles = core.GeomTriangles(core.Geom.UH_static)
    triangles.set_index_type(core.Geom.NT_uint32)
    triangles.modify_vertices(faces.size).modify_handle().copy_data_from(np.ascontiguousarray(faces, dtype="<u4"))
    geom = core.Geom(data)
    geom.add_primitive(triangles)
    return geom


def texture(image: Bytes) -> core.Texture:
    """A texture of an image (H, W, 3) or, with see-through parts, (H, W, 4); RGB, sides powers of two."""
    height, width, channels = image.shape
    made = core.Texture("image")
    layout = core.Texture.F_rgba if channels == 4 else core.Texture.F_rgb
    made.setup_2d_texture(width, height, core.Texture.T_unsigned_byte, layout)
    # Panda3D keeps blue first and the lowest row first.
    order = [2, 1, 0, 3][:channels]
    made.set_ram_image(np.ascontiguousarray(image[::-1, :, order]))
    # Only the best quality is drawn in perspective and smoothly magnified.
    made.set_quality_level(core.Texture.QL_best)
    made.set_minfilter(core.SamplerState.FT_linear)
    made.set_magfilter(core.SamplerState.FT_linear)
    made.set_wrap_u(core.SamplerState.WM_clamp)
    made.set_wrap_v(core.SamplerState.WM_clamp)
    return made


class View:
    """One image buffer: what is drawn here is drawn with a z-buffer, from one projection.

    Args:
        width, height: pixels.
        painted: draw in the order given, blending what is half see-through, instead of by distance.
    """

    def __init__(self, width: int, height: int, painted: bool = False) -> None:
        engine, pipe = _engine()
        self._width, self._height = width, height
        depth = core.FrameBufferProperties()
        depth.set_rgba_bits(8, 8, 8, 8)
        depth.set_depth_bits(24)
        size = core.WindowProperties.size(width, height)
        self._buffer = engine.make_output(pipe, "view", 0, depth, size, core.GraphicsPipe.BF_refuse_window)
        if self._buffer is None:
            raise RuntimeError("Panda3D cannot make an image buffer")
        self._image = core.Texture("result")
        self._buffer.add_render_texture(self._image, core.GraphicsOutput.RTM_copy_ram)
        self._buffer.set_clear_color((0.0, 0.0, 0.0, 0.0))
        self._buffer.set_active(False)
        self._root = core.NodePath("root")
        self._root.set_transparency(core.TransparencyAttrib.M_alpha if painted else core.TransparencyAttrib.M_none)
        if painted:
            self._root.set_depth_test(False)
            self._root.set_depth_write(False)
        # Only under a perspective lens are textures drawn in perspective: any will do, `prepare` takes it out again.
        lens = core.PerspectiveLens(90.0, 90.0)
        lens.set_near_far(0.5, 50.0)
        self._undo = np.linalg.inv(np.array(lens.get_projection_mat()))
        self._scene = self._root.attach_new_node("scene")
        camera = self._root.attach_new_node(core.Camera("camera", lens))
        self._buffer.make_display_region().set_camera(camera)
        self._nodes: list[tuple[Layer, core.NodePath]] = []

    def prepare(self, matrix: Array, layers: list[Layer], image: core.Texture | None = None) -> None:
        """Set what the next `draw` shows.

        Args:
            matrix: (4, 4), column vectors: from the layers' space to clip space.
            layers: what to draw; quickest when what is in front comes first.
            image: the texture of all layers.
        """
        self._scene.set_mat(core.LMatrix4f(*(matrix.T @ self._undo).ravel().tolist()))
        before, self._nodes = self._nodes, []
        for index, layer in enumerate(layers):
            # A layer that has not changed since the last image stays as it is.
            node = next((old for kept, old in before if kept is layer), None)
            if node is None:
                node = self._scene.attach_new_node(self._node(layer, image))
            node.set_bin("fixed", index)
            self._nodes.append((layer, node))
        for kept, old in before:
            if not any(kept is layer for layer in layers):
                old.remove_node()
        self._buffer.set_active(True)

    def _node(self, layer: Layer, image: core.Texture | None) -> core.GeomNode:
        vertices = np.empty(len(layer.points), _VERTEX)
        vertices["point"], vertices["colour"] = layer.points, layer.colours
        vertices["uv"][:, 0] = layer.uv[:, 0]
        vertices["uv"][:, 1] = 1.0 - layer.uv[:, 1]
        data = core.GeomVertexData("vertices", _format(), core.Geom.UH_stream)
        data.unclean_set_num_rows(len(vertices))
        data.modify_array_handle(0).copy_data_from(vertices)
        node = core.GeomNode("layer")
        plain = np.zeros(len(layer.faces), dtype=bool) if image is None else layer.uv[layer.faces[:, 0], 0] < 0.0
        for solid in (True, False):
            for textured in (True, False):
                faces = layer.faces[(layer.solid == solid) & (plain != textured)]
                if len(faces):
                    state = core.RenderState.make_empty()
                    if textured and image is not None:
                        state = state.set_attrib(core.TextureAttrib.make(image))
                    if not solid:
                        state = state.set_attrib(core.CullFaceAttrib.make(core.CullFaceAttrib.M_cull_none))
                    node.add_geom(_triangles(data, faces), state)
        # Nothing is ever outside: culling by Panda3D would cost more than it saves.
        node.set_bounds(core.OmniBoundingVolume())
        node.set_final(True)
        return node

    def result(self) -> Bytes:
        """What was drawn, to be read after `draw` and before the next one.

        Returns:
            (H, W, 4) read-only, the lowest row and the blue channel first; zeros where nothing was drawn.
        """
        self._buffer.set_active(False)
        pixels = np.frombuffer(self._image.get_ram_image(), np.uint8)
        return pixels.reshape(self._height, self._width, 4)

    def close(self) -> None:
        """Give the buffer back."""
        _engine()[0].remove_window(self._buffer)


def draw() -> None:
    """Draw all prepared views."""
    _engine()[0].render_frame()
