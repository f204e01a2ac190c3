"""From a pose to an image: the scene is drawn, lit, shadowed, set before the landscape, and seen through a lens."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from panda3d import core

from train.simulation.appearance import Appearance, Cabin, CameraMount, Clothes, Face, Light
from train.simulation.body.figure import driver_mesh
from train.simulation.body.motion import Pose
from train.simulation.body.rig import skeleton
from train.simulation.rendering.lens import expose
from train.simulation.rendering.rasteriser import LOCK, Layer, View, draw, texture
from train.simulation.rendering.shading import (
    BRIGHTEST,
    DARKEST,
    FRACTION_LOW,
    FRACTION_RANGE,
    HEADROOM,
    Irradiance,
    contact,
    irradiance,
    shade,
)
from train.simulation.rendering.shadows import (
    MAP_SIDE,
    depth_colours,
    nook_shade,
    passing,
    position_colours,
    positions,
    sun_matrix,
    sunlit,
)
from train.simulation.scene.cabin import cabin_mesh, wheel_mesh
from train.simulation.scene.paint import paint_atlas
from train.simulation.scene.scenery import Scenery, scenery_sheet
from train.simulation.shapes.geometry import Array, cross, unit, vector
from train.simulation.shapes.mesh import Mesh, join

_SUPERSAMPLING = 2
_NEAR, _FAR = 0.12, 250.0  # metres


class _Views(NamedTuple):
    """The buffers for one image size."""

    cabin: View
    positions: View
    outside: View
    sun: View


class _Still(NamedTuple):
    """What does not move while one camera sees one car in one light."""

    cabin: Mesh
    received: Irradiance
    positions: Layer
    sun: Array
    blockers: Layer
    """The cabin as the sun's image shows it."""


_kept_views: dict[tuple[int, int], _Views] = {}


def _views(width: int, height: int) -> _Views:
    if (width, height) not in _kept_views:
        # Two sizes are kept: buffers are large, and few programs draw more than a size or two.
        if len(_kept_views) >= 2:
            for view in _kept_views.pop(next(iter(_kept_views))):
                view.close()
        _kept_views[width, height] = _Views(
            View(width * _SUPERSAMPLING, height * _SUPERSAMPLING),
            View(width, height),
            # The landscape is out of focus: half the size is enough.
            View(width // 2, height // 2, painted=True),
            View(MAP_SIDE, MAP_SIDE),
        )
    return _kept_views[width, height]


@lru_cache(maxsize=4)
def _atlas(seed: int, face: Face, clothes: Clothes, cabin: Cabin, torso: float) -> core.Texture:
    return texture(paint_atlas(seed, face, clothes, cabin, torso))


@lru_cache(maxsize=4)
def _sheet(seed: int) -> core.Texture:
    return texture(scenery_sheet(seed))


@lru_cache(maxsize=4)
def _still(cabin: Cabin, light: Light, camera: CameraMount) -> _Still:
    mesh, sun = cabin_mesh(cabin), sun_matrix(light)
    return _Still(
        mesh,
        irradiance(mesh, light, camera),
        _layer(mesh, position_colours(mesh.points, mesh.normals)),
        sun,
        _layer(mesh, depth_colours(mesh.points, sun)),
    )


@lru_cache(maxsize=8)
def _infrared_face(face: Face) -> Face:
    """The face as an infrared camera sees it: melanin hardly shows there, so dark skin is little darker than light."""
    pale = np.full(3, 0.56)
    return replace(
        face,
        skin=face.skin + (pale - face.skin) * 0.7,
        lips=face.lips + (0.85 * pale - face.lips) * 0.7,
        hair=face.hair + (0.5 * pale - face.hair) * 0.3,
    )


def _camera_axes(camera: CameraMount) -> Array:
    """Rows: right, down and forward of the camera, in car coordinates (3, 3)."""
    forward = unit(camera.target - camera.position)
    right = unit(cross(forward, vector(0.0, 0.0, 1.0)))
    down = cross(forward, right)
    c, s = np.cos(camera.roll), np.sin(camera.roll)
    return np.stack([c * right + s * down, c * down - s * right, forward])


def _trembling(camera: CameraMount, light: Light, time: float) -> Array:
    """(3,) how far off the camera aims: the mount trembles with the road, fractions of a millimetre."""
    size = 0.0004 + 0.00002 * light.speed
    return size * 3.0 * np.array([np.sin(31.0 * time), 0.0, np.sin(43.0 * time + 1.0) + 0.7 * np.sin(11.0 * time)])


def camera_matrix(camera: CameraMount, width: int, height: int, aim: Array | None = None) -> Array:
    """(4, 4) from car coordinates to clip space, x to the right, y up, depth -1 (near) to 1.

    Args:
        camera: the mount.
        width, height: of the image, pixels.
        aim: (3,) by how much the aim is off, metres.
    """
    if aim is not None:
        camera = replace(camera, target=camera.target + aim)
    axes = _camera_axes(camera)
    view = np.eye(4)
    view[:3, :3] = axes
    view[:3, 3] = -axes @ camera.position
    focal = 1.0 / np.tan(0.5 * camera.field)
    lens = np.zeros((4, 4))
    lens[0, 0], lens[1, 1] = focal, -focal * width / height
    lens[2, 3], lens[3, 2] = 1.0, 1.0
    # The lens bends the image's corners: a homography of the image is one of clip space.
    corners = np.array([(-1, 1), (1, 1), (1, -1), (-1, -1)], dtype=np.float32)
    shift = camera.warp * np.array([2.0, -2.0 * width / height])
    plane = cv2.getPerspectiveTransform(corners, (corners + shift).astype(np.float32))
    bend = np.eye(4)
    bend[np.ix_([0, 1, 3], [0, 1, 3])] = plane
    matrix = bend @ lens @ view
    # Depth from the bent distance, or the bent image's corners would be cut off behind the far end.
    matrix[2] *= -2.0 * _FAR * _NEAR / (_FAR - _NEAR)
    matrix[2] += matrix[3] * (_FAR + _NEAR) / (_FAR - _NEAR)
    return np.asarray(matrix)


def _layer(mesh: Mesh, colours: NDArray[np.uint8]) -> Layer:
    solid = mesh.sheet[mesh.faces[:, 0]] < 0.5
    return Layer(mesh.points.astype(np.float32), mesh.uv.astype(np.float32), colours, mesh.faces, solid)


def _background(image: NDArray[np.uint8], light: Light, size: tuple[int, int]) -> NDArray[np.uint8]:
    """The landscape, out of focus and rushing past, as large as the cabin is drawn; with no fraction of its sun."""
    width = image.shape[1]
    # The lens is focused on the driver, and near things rush past.
    across = 1 + 2 * round(light.speed / 5.0 * width / 640.0)
    soft = cv2.blur(image, (across + 2, 3))
    soft[..., 3] = int(FRACTION_LOW)
    large = (size[0] * _SUPERSAMPLING, size[1] * _SUPERSAMPLING)
    return np.asarray(cv2.resize(soft, large, interpolation=cv2.INTER_LINEAR), dtype=np.uint8)


def render_scene(
    appearance: Appearance, pose: Pose, time: float, size: tuple[int, int], driver_present: bool = True
) -> NDArray[np.float32]:
    """The light that reaches the lens: (H, W, 3) float32 RGB, 255 for white; arguments as for `render_frame`."""
    width, height = size
    light = appearance.light
    if light.infrared > 0.0:
        appearance = replace(appearance, face=_infrared_face(appearance.face))
    still = _still(appearance.cabin, light, appearance.camera)
    moving = wheel_mesh(appearance.cabin, pose.wheel)
    if driver_present:
        moving = join([moving, driver_mesh(appearance, pose, time)])
    head = skeleton(appearance.build, pose.trunk, pose.head).head.origin
    balls = [(head, 0.11), (pose.right.point, 0.06), (pose.left.point, 0.06)] if driver_present else []
    camera = camera_matrix(appearance.camera, width, height, _trembling(appearance.camera, light, time))
    colours = [
        shade(still.cabin, still.received, light, time),
        shade(moving, irradiance(moving, light, appearance.camera), light, time, contact(moving, balls)),
    ]
    # The driver first: what he hides need not be drawn.
    layers = [_layer(moving, colours[1]), _layer(still.cabin, colours[0])]
    landscape = Scenery(light, time)
    points, uv, tones, faces = landscape.arrays()
    codes = np.full((len(points), 4), 255, dtype=np.uint8)
    codes[:, :3] = np.clip(tones * (255.0 / HEADROOM), DARKEST, BRIGHTEST)
    solid = np.zeros(len(faces), dtype=bool)
    outside = Layer(points.astype(np.float32), uv.astype(np.float32), codes, faces, solid)
    with LOCK:
        views = _views(width, height)
        painted = (appearance.face, appearance.clothes, appearance.cabin, appearance.build.torso)
        views.cabin.prepare(camera, layers, _atlas(appearance.seed, *painted))
        views.outside.prepare(camera, [outside], _sheet(light.scenery))
        positions_now = replace(layers[0], colours=position_colours(moving.points, moving.normals))
        views.positions.prepare(camera, [positions_now, still.positions])
        if light.sun > 0.0:
            shown = replace(layers[0], colours=depth_colours(moving.points, still.sun))
            views.sun.prepare(still.sun, [shown, still.blockers])
        draw()
        near, where_codes = views.cabin.result(), np.flipud(views.positions.result())
        image = _background(views.outside.result(), light, size)
        cv2.copyTo(near, cv2.extractChannel(near, 3), image)
        inside, where = where_codes[..., 3] > 0, positions(np.ascontiguousarray(where_codes))
        free = sunlit(where, np.flipud(views.sun.result()), still.sun) if light.sun > 0.0 else None
    small = cv2.flip(cv2.resize(image, size, interpolation=cv2.INTER_AREA), 0).astype(np.float32)
    scene = small[..., 2::-1] * np.float32(HEADROOM)
    fraction = np.clip((small[..., 3] - np.float32(FRACTION_LOW)) / np.float32(FRACTION_RANGE), 0.0, 1.0)
    left = nook_shade(where, _camera_axes(appearance.camera)[2], inside) * (np.float32(1.0) - fraction)
    if free is not None:
        left += fraction * free * passing(where, light, time)
    left[~inside] = 1.0
    scene *= left[..., None]
    return scene if appearance.drive_side == "left" else np.ascontiguousarray(scene[:, ::-1])


def render_frame(
    appearance: Appearance,
    pose: Pose,
    time: float,
    size: tuple[int, int] = (320, 240),
    noise_seed: int = 0,
    *,
    driver_present: bool = True,
) -> NDArray[np.uint8]:
    """Draw one frame.

    Args:
        appearance: driver, car, camera and light.
        pose: what `motion.Movement` or `driver.SimulatedDriver` gives; in left-hand-drive coordinates for a
            right-hand-drive car, too, whose image is mirrored.
        time: seconds; moves the scenery, the light, the eyelids and the mount's trembling.
        size: width and height in pixels.
        noise_seed: decides the sensor's noise in this frame.
        driver_present: whether anybody sits in the seat.

    Returns:
        (H, W, 3) uint8 RGB.
    """
    scene = render_scene(appearance, pose, time, size, driver_present)
    return expose(scene, appearance.light, appearance.camera, noise_seed)
