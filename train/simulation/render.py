"""From a pose to a picture: projection, painting from far to near, and the lens."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from train.simulation.appearance import Appearance, CameraMount, Light
from train.simulation.cabin import CabinKey, furniture_mesh, shell_mesh, wheel_mesh
from train.simulation.figure import driver_mesh
from train.simulation.geometry import Array, cross, unit, vector
from train.simulation.mesh import Mesh, join
from train.simulation.motion import Pose
from train.simulation.rig import skeleton
from train.simulation.scenery import scenery_mesh

_SUPERSAMPLING = 2
_SUBPIXEL = 4  # bits after the binary point in what OpenCV draws
_SOFTNESS = 0.05  # how deep the driver sinks into the furniture, metres
_NEAR = 0.12  # nothing nearer to the camera than this is drawn, metres


def _middle(quads: Array) -> Array:
    """Centres (N, 3) of quads (N, 4, 3)."""
    return (quads[:, 0] + quads[:, 1] + quads[:, 2] + quads[:, 3]) * 0.25


def _dots(a: Array, b: Array) -> Array:
    """Scalar products (N,) of vectors (N, 3) with vectors (N, 3) or (3,)."""
    products = a * b
    return products[:, 0] + products[:, 1] + products[:, 2]


def _camera_axes(camera: CameraMount) -> Array:
    """Rows: right, down and forward of the camera, in car coordinates (3, 3)."""
    forward = unit(camera.target - camera.place)
    right = unit(cross(forward, vector(0.0, 0.0, 1.0)))
    down = cross(forward, right)
    c, s = np.cos(camera.roll), np.sin(camera.roll)
    return np.stack([c * right + s * down, c * down - s * right, forward])


def _shake(camera: CameraMount, light: Light, time: float) -> CameraMount:
    """The mount trembles with the road: fractions of a millimetre."""
    size = 0.0004 + 0.00002 * light.speed
    offset = size * np.array([np.sin(31.0 * time), 0.0, np.sin(43.0 * time + 1.0) + 0.7 * np.sin(11.0 * time)])
    return CameraMount(camera.place, camera.target + offset * 3.0, camera.roll, camera.field, camera.warp)


def _project(quads: Array, camera: CameraMount, width: int, height: int) -> tuple[Array, Array]:
    """Pixel corners (N, 4, 2) and the least depth of each quad (N,)."""
    seen = (quads.reshape(-1, 3) - camera.place) @ _camera_axes(camera).T
    depth = np.maximum(seen[:, 2], 0.02)
    focal = 0.5 * width / np.tan(0.5 * camera.field)
    x = 0.5 * width + focal * seen[:, 0] / depth
    y = 0.5 * height + focal * seen[:, 1] / depth
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], dtype=np.float32)
    bent = (corners + camera.warp * width).astype(np.float32)
    matrix = cv2.getPerspectiveTransform(corners, bent)
    scale = matrix[2, 0] * x + matrix[2, 1] * y + matrix[2, 2]
    points = np.stack(
        [
            (matrix[0, 0] * x + matrix[0, 1] * y + matrix[0, 2]) / scale,
            (matrix[1, 0] * x + matrix[1, 1] * y + matrix[1, 2]) / scale,
        ],
        axis=-1,
    )
    pixels = points.reshape(-1, 4, 2)
    corner = seen[:, 2].reshape(-1, 4)
    return pixels, np.minimum(np.minimum(corner[:, 0], corner[:, 1]), np.minimum(corner[:, 2], corner[:, 3]))


def _shade(mesh: Mesh, normals: Array, light: Light, view: Array, time: float) -> Array:
    """Colours (N, 3) in 0..255 as the sensor's linear part sees them."""
    sway = 1.0 + 0.12 * np.sin(0.37 * time) * min(light.speed / 8.0, 1.0)
    lamps = (
        (unit(np.array([0.85, 0.15, 0.5])), light.windscreen * sway),
        (unit(np.array([0.05, 0.8, 0.6])), light.side * (2.0 - sway)),
        (unit(np.array([0.25, -0.75, 0.55])), light.passenger),
    )
    glow = np.full(len(normals), light.ambient)
    shine = np.zeros(len(normals))
    for direction, strength in lamps:
        facing = normals @ direction
        glow += strength * np.clip(facing * 0.8 + 0.2, 0.0, 1.0)
        half = unit(direction + view)
        shine += strength * np.clip(_dots(normals, half), 0.0, 1.0) ** 24
    # Deep down little light arrives.
    glow *= np.clip(0.42 + 0.95 * (_middle(mesh.quads)[:, 2] + 0.05), 0.33, 1.0)
    colours = mesh.colours * glow[:, None] + (np.maximum(mesh.gloss, 0.0) * shine)[:, None] * 0.6
    own = mesh.gloss < 0.0
    colours = np.where(own[:, None], mesh.colours * np.maximum(-mesh.gloss, 0.35)[:, None], colours)
    return np.asarray(colours * 255.0, dtype=np.float64)


def _occlusion(mesh: Mesh, normals: Array, pose: Pose, head: Array) -> Array:
    """(N,) soft contact shadows that head and hands throw on whatever is close to them."""
    middle = _middle(mesh.quads)
    shadow = np.ones(len(middle))
    for centre, radius in ((head, 0.11), (pose.right.point, 0.06), (pose.left.point, 0.06)):
        away = centre + vector(0.02, 0.02, 0.03) - middle
        square = np.maximum(_dots(away, away), (0.5 * radius) ** 2)
        facing = np.clip(_dots(normals, away) / np.sqrt(square), 0.0, 1.0)
        shadow *= 1.0 - 0.75 * np.clip(radius**2 / square, 0.0, 0.8) * facing * (square > radius**2)
    return shadow


def _normals(mesh: Mesh, eye: Array) -> tuple[Array, NDArray[np.bool_], Array]:
    """Unit normals turned to the eye, which quads can be seen, and the distance of each."""
    normals = unit(cross(mesh.quads[:, 2] - mesh.quads[:, 0], mesh.quads[:, 3] - mesh.quads[:, 1]))
    to_eye = eye - _middle(mesh.quads)
    distance = np.sqrt(_dots(to_eye, to_eye))
    facing = _dots(normals, to_eye)
    visible = (facing > 0.0) | (mesh.solid < 0.5)
    return np.where(facing[:, None] < 0.0, -normals, normals), visible, distance


def _paint(image: NDArray[np.uint8], pixels: Array, colours: Array) -> None:
    """Fill quads (N, 4, 2) with colours (N, 3), in this order."""
    corners = np.clip(pixels * (1 << _SUBPIXEL), -(2**20), 2**20).astype(np.int32)
    shades = np.clip(colours, 0.0, 255.0).tolist()
    fill = cv2.fillConvexPoly
    for quad, shade in zip(corners, shades, strict=True):
        fill(image, quad, shade, cv2.LINE_8, _SUBPIXEL)


def _draw(image: NDArray[np.uint8], mesh: Mesh, camera: CameraMount, keep: NDArray[np.bool_], colours: Array) -> None:
    height, width = image.shape[:2]
    pixels, depth = _project(mesh.quads, camera, width, height)
    a, b, c, d = (pixels[:, corner] for corner in range(4))
    low, high = np.minimum(np.minimum(a, b), np.minimum(c, d)), np.maximum(np.maximum(a, b), np.maximum(c, d))
    inside = (high[:, 0] > 0) & (high[:, 1] > 0) & (low[:, 0] < width) & (low[:, 1] < height)
    keep = keep & inside & (depth > _NEAR)
    _paint(image, pixels[keep], colours[keep])


def _outside(image: NDArray[np.uint8], appearance: Appearance, camera: CameraMount, time: float) -> None:
    """Sky and scenery over the whole image, bright as a sensor set for the cabin sees it."""
    light = appearance.light
    height = image.shape[0]
    sky = np.linspace(1.0, 0.85, height)[:, None] * np.array([0.88, 0.95, 1.0]) * 255.0
    image[:] = np.clip(sky * min(light.outside, 1.4), 0, 255).astype(np.uint8)[:, None]
    mesh = scenery_mesh(light, time)
    # Haze and glare pull bright scenery to white; at night next to nothing is left of it.
    glare = np.clip((light.outside - 0.7) / 1.6, 0.0, 0.75)
    colours = (mesh.colours * light.outside * (1.0 - glare) + glare * min(light.outside, 1.3)) * 255.0
    _draw(image, mesh, camera, np.ones(len(mesh.quads), dtype=bool), colours)
    # The lens is focused on the driver, and near things rush past.
    across = 3 + 2 * int(light.speed / 4.0)
    cv2.blur(image, (across * height // 480 + 2, 3 + height // 240), dst=image)


@lru_cache(maxsize=2)
def _noise_tile(width: int, height: int) -> NDArray[np.float32]:
    rng = np.random.default_rng([width, height])
    tile = rng.standard_normal((height, width, 3), dtype=np.float32) * np.float32(0.6)
    return tile + rng.standard_normal((height, width, 1), dtype=np.float32) * np.float32(0.8)


def _noise(width: int, height: int, seed: int) -> NDArray[np.float32]:
    """Sensor noise (H, W, 3) of strength one: one fixed tile, rolled anew for each seed, for drawing it takes long."""
    down, across = np.random.default_rng(seed).integers(0, [height, width])
    return np.roll(_noise_tile(width, height), (down, across), axis=(0, 1))


def _lens(
    image: NDArray[np.uint8], appearance: Appearance, size: tuple[int, int], noise_seed: int
) -> NDArray[np.uint8]:
    """Scale down; add glare, exposure, colour, vignette, blur and noise."""
    light = appearance.light
    width, height = size
    sharp = cv2.resize(image, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    picture = np.asarray(cv2.GaussianBlur(sharp, (0, 0), max(light.blur * width / 320.0, 0.2)), np.float32)
    # Bright windows bleed into the cabin.
    small = cv2.resize(picture, (width // 8, height // 8), interpolation=cv2.INTER_AREA)
    halo = cv2.GaussianBlur(np.clip(small - 150.0, 0.0, None), (0, 0), width / 90.0)
    picture += light.bloom * cv2.resize(halo, size, interpolation=cv2.INTER_LINEAR)
    grey = cv2.transform(picture, np.full((1, 3), 1.0 / 3.0, np.float32))[..., None]
    picture = grey + (picture - grey) * np.float32(light.saturation)
    x, y = np.linspace(-1.0, 1.0, width), np.linspace(-1.0, 1.0, height)
    fall = 1.0 - light.vignette * 0.5 * (x[None, :] ** 2 + y[:, None] ** 2)
    gain = (fall[..., None] * light.tint * light.exposure).astype(np.float32)
    curve = cv2.pow(np.maximum(picture * (gain / np.float32(255.0)), np.float32(0.0)), light.gamma)
    noisy = np.asarray(curve, np.float32) + _noise(width, height, noise_seed) * np.float32(light.noise)
    return np.asarray(np.clip(noisy * np.float32(255.0), 0.0, 255.0), np.uint8)


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
        pose: what `motion.Performance` or `driver.SimulatedDriver` gives.
        time: seconds; moves the scenery, the light and the mount's trembling.
        size: width and height in pixels.
        noise_seed: decides the sensor's noise in this frame.
        driver_present: whether somebody sits in the seat; of ``pose`` only the wheel counts when nobody does.

    Returns:
        (H, W, 3) uint8 RGB.
    """
    width, height = size
    light = appearance.light
    camera = _shake(appearance.camera, light, time)
    image = np.zeros((height * _SUPERSAMPLING, width * _SUPERSAMPLING, 3), dtype=np.uint8)
    _outside(image, appearance, camera, time)
    key = CabinKey(appearance.cabin, appearance.seed)
    view = -_camera_axes(camera)[2]
    shell = shell_mesh(key)
    normals, visible, _ = _normals(shell, camera.place)
    _draw(image, shell, camera, visible, _shade(shell, normals, light, view, time))
    furniture = furniture_mesh(key)
    driver = [driver_mesh(appearance, pose)] if driver_present else []
    scene = join([furniture, wheel_mesh(appearance.cabin, pose.wheel, appearance.seed), *driver])
    normals, visible, distance = _normals(scene, camera.place)
    # Cushions give way: what is pressed into the seat is painted after it.
    distance[: len(furniture.quads)] += _SOFTNESS
    order = np.argsort(-distance)
    order = order[visible[order]]
    scene, normals = Mesh(*(field[order] for field in scene)), normals[order]
    colours = _shade(scene, normals, light, view, time)
    head = skeleton(appearance.build, pose.trunk, pose.head).head.origin
    if driver_present:
        colours *= _occlusion(scene, normals, pose, head)[:, None]
    _draw(image, scene, camera, np.ones(len(order), dtype=bool), colours)
    return _lens(image, appearance, size, noise_seed)
