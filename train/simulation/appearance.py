"""What a simulated driver, the car and the camera look like: everything that one seed decides."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from engines.activities import Activity
from train.simulation.interiors import INTERIORS, Interior
from train.simulation.shapes.geometry import Array, unit, vector

DriveSide = Literal["left", "right"]
"""Where the steering wheel is. The camera is always on the passenger's side."""
PERIODS = ("day", "low sun", "dusk", "night")
"""The times of day, as `Light.period` has them."""

TRAINING_SEEDS = range(1, 100_000)
"""Appearance seeds of training drivers."""
VALIDATION_SEEDS = range(100_001, 200_000)
"""Appearance seeds of validation drivers."""
DEMO_SEEDS = range(200_001, 200_100)
"""Appearance seeds of drivers in demo drives: nobody among them is in a data set."""
DEMO_SEED = 200_010
"""The driver of the demo drive."""


def cohort_of(seed: int) -> str:
    """Which drivers a seed belongs to: ``training``, ``validation``, ``demo`` or ``other``."""
    named = {"training": TRAINING_SEEDS, "validation": VALIDATION_SEEDS, "demo": DEMO_SEEDS}
    return next((name for name, seeds in named.items() if seed in seeds), "other")


# Ten steps from very light to very dark, so that every skin is drawn as often as any other.
_SKIN = np.array(
    [
        (0.91, 0.80, 0.72), (0.90, 0.76, 0.66), (0.87, 0.71, 0.59), (0.84, 0.65, 0.51), (0.75, 0.55, 0.41),
        (0.65, 0.46, 0.33), (0.54, 0.37, 0.26), (0.43, 0.29, 0.20), (0.35, 0.24, 0.175), (0.29, 0.20, 0.15),
    ]
)  # fmt: skip
_HAIR = np.array(
    [(0.05, 0.05, 0.05), (0.10, 0.08, 0.07), (0.20, 0.13, 0.09), (0.35, 0.23, 0.13), (0.58, 0.43, 0.24),
     (0.78, 0.65, 0.42), (0.45, 0.18, 0.10), (0.55, 0.55, 0.55), (0.82, 0.82, 0.80)]
)  # fmt: skip
_CABINS = np.array([(0.10, 0.10, 0.11), (0.16, 0.17, 0.18), (0.27, 0.28, 0.29), (0.46, 0.42, 0.36), (0.22, 0.17, 0.14)])
_SLIDE = (-0.05, 0.03)  # how far forward of its usual place a seat stands, metres
# Of `Appearance.elsewhere`, metres: x, y and z of a camera at the wind-screen, beside the back rest, and low.
_OTHER_POSITIONS = (
    ((0.54, 0.66), (-0.90, -0.60), (0.72, 0.90)),
    ((-0.10, 0.06), (-1.10, -0.94), (0.72, 0.92)),
    ((0.15, 0.45), (-1.10, -0.94), (0.52, 0.66)),
)
_HAND_AND_GIVE = 0.10  # by how much a hand and a shoulder that gives way lengthen an arm, metres
HAIR_CUTS = ("bald", "short", "short", "crop", "bob", "long", "long", "bun")
HATS = ("none", "none", "none", "none", "none", "cap", "beanie", "brim")
GLASSES = ("none", "none", "none", "clear", "clear", "sun")
BEARDS = ("none", "none", "none", "stubble", "full")
PATTERNS = ("plain", "plain", "stripes", "hoops", "plaid", "dots", "knit")


@dataclass(frozen=True)
class Build:
    """The body, metres."""

    torso: float
    shoulder: float
    upper_arm: float
    forearm: float
    girth: float
    belly: float
    bust: float
    head: float
    recline: float
    slide: float


@dataclass(frozen=True, eq=False)
class Face:
    """The head; colours are RGB reflectance, 0..1."""

    skin: Array
    hair: Array
    cut: str
    hat: str
    hat_colour: Array
    glasses: str
    beard: str
    nose: float
    lips: Array


@dataclass(frozen=True, eq=False)
class Clothes:
    """What the driver wears. ``sleeve`` is the covered fraction of the arm, 0 (none) to 1 (to the wrist)."""

    colour: Array
    second: Array
    pattern: str
    pitch: float
    sleeve: float
    trousers: Array
    belt: Array
    watch: bool
    collar: bool


@dataclass(frozen=True, eq=False)
class Cabin:
    """The car. ``wheel`` is the centre of the steering wheel (3,), metres."""

    trim: Array
    seat: Array
    dash: Array
    roof: Array
    door_stripe: Array
    wheel: Array
    wheel_radius: float
    wheel_tilt: float
    wheel_spokes: int
    sill: float
    console: Array
    armrest: bool
    phone: Array
    cup: Array
    cup_kind: str
    interior: Interior
    light_trim: Array
    """Colour of the second, lighter trim, where the interior has one."""
    leather: bool


@dataclass(frozen=True, eq=False)
class CameraMount:
    """Where the camera sits and how it sees. ``field`` is the horizontal field of view, radians."""

    position: Array
    target: Array
    roll: float
    field: float
    warp: Array
    """(4, 2) shift of the image corners as a fraction of the image: a bent lens or a tilted sensor."""
    barrel: float = 0.0
    """How far the lens pulls the corners in, as a fraction of their distance from the middle; 0 for none."""


@dataclass(frozen=True, eq=False)
class Light:
    """How the cabin is lit, and what the sensor makes of it."""

    ambient: float
    windscreen: float
    side: float
    passenger: float
    outside: float
    exposure: float
    gamma: float
    tint: Array
    saturation: float
    vignette: float
    bloom: float
    blur: float
    noise: float
    scenery: int
    speed: float
    period: str
    sun: float
    """Strength of direct sunlight; 0 under a covered sky."""
    sun_direction: Array
    """(3,) unit vector towards the sun."""
    sun_colour: Array
    sky: Array
    """RGB of the sky as the sensor sees it."""
    infrared: float
    """Strength of the camera's own infrared lamp; 0 by day."""
    sharpening: float
    """How much the camera adds of the difference from a softer image."""
    black: float
    """What the camera takes for black, 0..1."""


@dataclass(frozen=True, eq=False)
class Appearance:
    """One simulated driver in one car with one camera. It and its parts are distinguished by identity.

    A right-hand-drive car is the mirror image of a left-hand-drive one, camera and all. Its driver is kept and posed in
    left-hand-drive coordinates; `render_frame` mirrors the image, and `drawn_activity` says which activity to pose.
    """

    seed: int
    build: Build
    face: Face
    clothes: Clothes
    cabin: Cabin
    camera: CameraMount
    light: Light
    drive_side: DriveSide = "left"

    @classmethod
    def from_seed(cls, seed: int, drive_side: DriveSide = "left") -> Appearance:
        """The appearance that ``seed`` (0 or more) stands for; the same seed always gives the same."""
        rng = np.random.default_rng([seed, 1])
        build, face = _build(rng), _face(rng)
        car = np.random.default_rng([seed, 9])
        clothes, cabin = _clothes(rng), _cabin(rng, car)
        build = _within_reach(build, cabin)
        camera, light = _camera(rng, car, build), _light(rng)
        if light.period == "night" and face.glasses == "sun":
            face = replace(face, glasses="clear")
        return cls(seed, build, face, clothes, cabin, camera, _metered(light, face), drive_side)

    def drawn_activity(self, activity: Activity) -> Activity:
        """What to pose so that the image shows ``activity``, named by the driver's own left and right."""
        return activity if self.drive_side == "left" else activity.mirrored

    def elsewhere(self) -> Appearance:
        """The same driver and car, but seat and camera outside all that `from_seed` gives: for judging, not training.

        The seat is more upright or leans further back. The camera hangs at the wind-screen or beside the seat's back
        rest, or stands low beside the driver, and its lens is wider.
        """
        rng = np.random.default_rng([self.seed, 12])
        recline = rng.uniform(0.10, 0.20) if rng.random() < 0.5 else rng.uniform(0.54, 0.64)
        slide = rng.uniform(*_SLIDE)
        build = _within_reach(replace(self.build, recline=recline, slide=slide), self.cabin)
        x, y, z = _OTHER_POSITIONS[int(rng.integers(len(_OTHER_POSITIONS)))]
        camera = replace(
            self.camera,
            position=vector(rng.uniform(*x), rng.uniform(*y), rng.uniform(*z)),
            target=_aim(rng, build),
            field=np.deg2rad(rng.uniform(61.0, 72.0)),
        )
        return replace(self, build=build, camera=camera)

    def session(self, seed: int) -> Appearance:
        """The same driver and car on another day: other light, and the camera not quite where it was."""
        rng = np.random.default_rng([self.seed, seed, 2])
        camera = replace(
            self.camera,
            position=self.camera.position + rng.normal(0.0, 0.02, 3),
            target=self.camera.target + rng.normal(0.0, 0.015, 3),
            roll=self.camera.roll + rng.normal(0.0, 0.015),
            field=self.camera.field * rng.uniform(0.96, 1.04),
        )
        light = _light(rng, night=self.light.period == "night")
        return replace(self, camera=camera, light=_metered(light, self.face))


def _pick(rng: np.random.Generator, options: tuple[str, ...]) -> str:
    return options[int(rng.integers(len(options)))]


def _any_colour(rng: np.random.Generator) -> Array:
    """A colour of cloth: any hue, often pale or dark."""
    grey = rng.uniform(0.05, 0.95)
    hue = rng.uniform(0.05, 0.95, 3)
    return np.asarray(grey + (hue - grey) * rng.uniform(0.0, 0.9), dtype=np.float64)


def _build(rng: np.random.Generator) -> Build:
    size = rng.normal(1.0, 0.045)
    return Build(
        torso=0.49 * size * rng.uniform(0.96, 1.05),
        shoulder=0.175 * size * rng.uniform(0.9, 1.12),
        upper_arm=0.295 * size,
        forearm=0.265 * size,
        girth=rng.uniform(0.85, 1.25),
        belly=rng.choice([0.0, 0.0, 0.02, 0.05]),
        bust=rng.choice([0.0, 0.0, 0.02, 0.035]),
        head=rng.uniform(0.95, 1.08),
        recline=rng.uniform(0.22, 0.52),
        slide=rng.uniform(*_SLIDE),
    )


def _within_reach(build: Build, cabin: Cabin) -> Build:
    """The same body on a seat as far forward as it takes for both hands to get around the wheel's rim."""
    height = build.torso - 0.07
    shoulder = vector(build.slide - np.sin(build.recline) * height, build.shoulder, np.cos(build.recline) * height)
    far = cabin.wheel + cabin.wheel_radius * vector(np.sin(cabin.wheel_tilt), 0.0, np.cos(cabin.wheel_tilt))
    missing = float(np.linalg.norm(far - shoulder)) - (build.upper_arm + build.forearm) - _HAND_AND_GIVE
    return replace(build, slide=build.slide + float(np.clip(missing, 0.0, 0.12)))


def _metered(light: Light, face: Face) -> Light:
    """The light with an exposure that a sensor chooses which measures the middle of the image, so partly the face."""
    if light.infrared > 0.0:
        return light  # there all skin is much alike
    return replace(light, exposure=light.exposure * float((0.42 / face.skin.mean()) ** 0.25))


def _face(rng: np.random.Generator) -> Face:
    tone = rng.uniform(0.0, 9.0)
    low = min(int(tone), 8)
    skin = _SKIN[low] + (_SKIN[low + 1] - _SKIN[low]) * (tone - low)
    # Fair hair on dark skin is dyed, so rare; every other pairing is open.
    fair = len(_HAIR) if tone < 5.0 or rng.random() < 0.1 else 4
    hair = _HAIR[int(rng.integers(fair))] * rng.uniform(0.8, 1.15)
    cut = _pick(rng, HAIR_CUTS)
    beard = _pick(rng, BEARDS) if cut in ("bald", "short", "crop") else "none"
    return Face(
        skin=np.clip(skin * rng.uniform(0.95, 1.05), 0.0, 1.0),
        hair=hair,
        cut=cut,
        hat=_pick(rng, HATS),
        hat_colour=_any_colour(rng) * 0.8,
        glasses=_pick(rng, GLASSES),
        beard=beard,
        nose=rng.uniform(0.7, 1.25),
        lips=skin * np.array([0.92, 0.62, 0.62]),
    )


def _clothes(rng: np.random.Generator) -> Clothes:
    colour = _any_colour(rng)
    contrast = rng.choice([-1.0, 1.0]) * rng.uniform(0.15, 0.5)
    second = np.clip(colour + contrast + rng.normal(0.0, 0.12, 3), 0.03, 0.97)
    denim = np.array([0.16, 0.21, 0.33]) * rng.uniform(0.6, 1.5)
    return Clothes(
        colour=colour,
        second=second,
        pattern=_pick(rng, PATTERNS),
        pitch=rng.uniform(0.035, 0.075),
        sleeve=float(rng.choice([0.16, 0.34, 0.4, 0.62, 0.95, 1.0])),
        trousers=denim if rng.random() < 0.5 else _any_colour(rng) * 0.7,
        belt=np.full(3, rng.choice([0.1, 0.14, 0.55, 0.65])),
        watch=bool(rng.random() < 0.35),
        collar=bool(rng.random() < 0.45),
    )


def _cabin(rng: np.random.Generator, car: np.random.Generator) -> Cabin:
    def shade() -> Array:
        return np.asarray(_CABINS[int(rng.integers(len(_CABINS)))] * rng.uniform(0.75, 1.25), dtype=np.float64)

    trim = shade()
    interior = INTERIORS[int(car.integers(len(INTERIORS)))]
    cream = np.array([0.62, 0.56, 0.46]) * car.uniform(0.8, 1.25)
    return Cabin(
        trim=trim,
        seat=shade() if rng.random() < 0.7 else trim,
        dash=trim * rng.uniform(0.6, 1.1),
        roof=np.array([0.42, 0.42, 0.40]) * rng.uniform(0.35, 1.4),
        door_stripe=_CABINS[int(rng.integers(len(_CABINS)))] * 1.4,
        wheel=vector(rng.uniform(0.37, 0.43), rng.uniform(-0.015, 0.015), rng.uniform(0.34, 0.39)),
        wheel_radius=rng.uniform(0.175, 0.195),
        wheel_tilt=rng.uniform(0.32, 0.5),
        wheel_spokes=int(rng.choice([3, 4])),
        sill=rng.uniform(0.47, 0.53) + interior.sill,
        console=vector(rng.uniform(0.43, 0.48), rng.uniform(-0.40, -0.34), rng.uniform(0.20, 0.28)),
        armrest=bool(rng.random() < 0.35),
        phone=np.full(3, rng.choice([0.05, 0.06, 0.5, 0.9])) * rng.uniform(0.85, 1.0, 3),
        cup=_any_colour(rng),
        cup_kind=_pick(rng, ("cup", "cup", "bottle", "can")),
        interior=interior,
        light_trim=cream if interior.two_tone and car.random() < 0.75 else trim * 1.2,
        leather=bool(car.random() < 0.4),
    )


def _camera(rng: np.random.Generator, car: np.random.Generator, build: Build) -> CameraMount:
    return CameraMount(
        position=vector(rng.uniform(0.12, 0.46), rng.uniform(-1.12, -0.94), rng.uniform(0.72, 1.0)),
        target=_aim(rng, build),
        roll=rng.normal(0.05, 0.05),
        field=np.deg2rad(rng.uniform(48.0, 59.0)),
        warp=rng.normal(0.0, 0.012, (4, 2)),
        barrel=float(car.choice([0.0, 0.0, 0.03, 0.06, 0.1])),
    )


def _aim(rng: np.random.Generator, build: Build) -> Array:
    """Where whoever mounts the camera aims it: at the driver, half-way for tall, small or far-back ones."""
    tall = 0.5 * (build.torso * np.cos(build.recline) - 0.465)
    ahead = 0.4 * (build.slide - build.torso * np.sin(build.recline) + 0.155)
    return vector(rng.uniform(0.12, 0.19) + ahead, 0.0, rng.uniform(0.41, 0.48) + tall)


def _light(rng: np.random.Generator, night: bool | None = None) -> Light:
    if night is None:
        night = bool(rng.random() < 0.14)
    if night:
        return Light(
            ambient=rng.uniform(0.06, 0.14), windscreen=rng.uniform(0.02, 0.15), side=rng.uniform(0.0, 0.08),
            passenger=rng.uniform(0.05, 0.15), outside=rng.uniform(0.05, 0.3), exposure=rng.uniform(0.8, 1.2),
            gamma=rng.uniform(0.85, 1.1), tint=np.ones(3), saturation=0.0,
            vignette=rng.uniform(0.2, 0.6), bloom=rng.uniform(0.05, 0.2), blur=rng.uniform(0.3, 0.8),
            noise=rng.uniform(0.01, 0.02), scenery=int(rng.integers(2**31)), speed=rng.uniform(0.0, 22.0),
            period="night", sun=0.0, sun_direction=vector(0.0, 0.0, 1.0), sun_colour=np.ones(3),
            sky=np.array([0.05, 0.06, 0.09]), infrared=rng.uniform(0.7, 1.0),
            sharpening=rng.uniform(0.0, 1.0), black=rng.uniform(0.0, 0.03),
        )  # fmt: skip
    ambient, windscreen, passenger = rng.uniform(0.26, 0.5), rng.uniform(0.25, 0.65), rng.uniform(0.15, 0.6)
    side, outside, gamma = rng.uniform(0.1, 0.45), rng.uniform(0.8, 1.9), rng.uniform(0.85, 1.15)
    exposed, tint, saturation = rng.uniform(0.75, 1.25), 1.0 + rng.normal(0.0, 0.05, 3), rng.uniform(0.75, 1.15)
    period = str(rng.choice(["day", "low sun", "dusk"], p=[0.66, 0.2, 0.14]))
    clear = period == "low sun" or (period == "day" and rng.random() < 0.45)
    height = np.deg2rad(rng.uniform(9.0, 26.0) if period == "low sun" else rng.uniform(32.0, 65.0))
    # From ahead on the left round to behind on the left, or through the passenger's window, behind the camera.
    around = np.deg2rad(rng.uniform(15.0, 140.0) if rng.random() < 0.7 else rng.uniform(-125.0, -30.0))
    direction = unit([np.cos(around) * np.cos(height), np.sin(around) * np.cos(height), np.sin(height)])
    sun = (rng.uniform(0.7, 1.3) if period == "low sun" else rng.uniform(0.5, 1.0)) if clear else 0.0
    warm = np.array([1.0, 0.82, 0.6]) if period == "low sun" else np.array([1.0, 0.96, 0.9])
    blue = rng.uniform(0.0, 1.0) if clear else rng.uniform(0.0, 0.25)
    sky = np.array([0.93, 0.95, 0.97]) * (1.0 - blue) + np.array([0.55, 0.74, 0.98]) * blue
    if period == "dusk":
        glow = rng.uniform(0.0, 1.0)
        sky = np.array([0.42, 0.46, 0.60]) * (1.0 - glow) + np.array([0.80, 0.52, 0.40]) * glow
        dim = rng.uniform(0.35, 0.6)
        ambient, windscreen, passenger, side = ambient * dim, windscreen * dim, passenger * dim, side * dim
        outside, tint = outside * 0.45, tint * np.array([0.94, 0.98, 1.08])
    # The sensor's own exposure control makes up for most of the light there is, but not for all.
    exposure = 1.3 * exposed / (ambient + 0.6 * windscreen + 0.6 * passenger + 0.15 * sun)
    vignette, bloom, blur = rng.uniform(0.0, 0.35), rng.uniform(0.1, 0.45), rng.uniform(0.2, 0.55)
    noise = rng.uniform(0.004, 0.014) * (1.6 if period == "dusk" else 1.0)
    scenery, speed = int(rng.integers(2**31)), rng.uniform(0.0, 22.0)
    # Tinted glass, and sensors that see green best: images lean to cyan more often than to red.
    tint = tint * np.array([rng.uniform(0.78, 1.04), 1.0, rng.uniform(0.88, 1.08)])
    return Light(
        ambient=ambient, windscreen=windscreen, side=side, passenger=passenger, outside=outside, exposure=exposure,
        gamma=gamma, tint=tint, saturation=saturation, vignette=vignette, bloom=bloom, blur=blur, noise=noise,
        scenery=scenery, speed=speed, period=period, sun=sun, sun_direction=direction, sun_colour=warm, sky=sky,
        infrared=0.0, sharpening=rng.uniform(0.3, 1.5), black=rng.uniform(0.0, 0.06),
    )  # fmt: skip
