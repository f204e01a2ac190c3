"""The simulated cabin as an image: the same for the same seed, seven interiors, both drive sides, light and shadow."""

from __future__ import annotations

import itertools
from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest

from engines.activities import Activity
from train.simulation.acting.driver import SimulatedDriver
from train.simulation.appearance import (
    DEMO_SEEDS,
    PERIODS,
    TRAINING_SEEDS,
    VALIDATION_SEEDS,
    Appearance,
)
from train.simulation.body.hand import PALM, wrist_of
from train.simulation.body.motion import HandPose, Pose
from train.simulation.body.rig import skeleton
from train.simulation.interiors import INTERIORS, Interior
from train.simulation.rendering.render import camera_matrix, render_frame, render_scene
from train.simulation.rendering.shadows import MAP_SIDE, passing, position_colours, positions, sun_matrix, sunlit
from train.simulation.shapes.geometry import Array, unit, vector

SMALL = (96, 72)
MOMENT = 3.0


@lru_cache(maxsize=4)
def driver(seed: int) -> SimulatedDriver:
    return SimulatedDriver(seed)


@lru_cache(maxsize=1)
def appearances() -> tuple[Appearance, ...]:
    seeds = (*TRAINING_SEEDS[:150], *VALIDATION_SEEDS[:100], *DEMO_SEEDS[:50])
    return tuple(Appearance.from_seed(seed) for seed in seeds)


def in_period(period: str) -> Appearance:
    return next(appearance for appearance in appearances() if appearance.light.period == period)


def pixel(appearance: Appearance, point: Array, size: tuple[int, int] = SMALL) -> Array:
    """Where in the image (2,) a point of the car is seen, pixels, by the same matrix that the scene is drawn with."""
    clip = camera_matrix(appearance.camera, *size) @ np.append(point, 1.0)
    return np.array([clip[0] / clip[3] + 1.0, 1.0 - clip[1] / clip[3]]) * 0.5 * np.array(size)


def scene(appearance: Appearance, pose: Pose, **changes: bool) -> np.ndarray:
    return render_scene(appearance, pose, MOMENT, SMALL, **changes)


def middle_of_change(a: np.ndarray, b: np.ndarray) -> Array:
    """The middle (2,) of where two images differ, x and y in pixels."""
    change = np.abs(a - b).sum(axis=2)
    change[change < 0.25 * change.max()] = 0.0
    rows, columns = np.mgrid[0 : change.shape[0], 0 : change.shape[1]]
    return np.array([(columns * change).sum(), (rows * change).sum()]) / change.sum()


def test_a_frame_does_not_depend_on_what_was_drawn_before() -> None:
    first = driver(5)
    pose = first.pose(Activity.DRINKING, MOMENT)
    before = first.frame(pose, MOMENT, SMALL)
    for seed, size in ((6, SMALL), (7, (64, 48)), (8, (80, 64))):
        driver(seed).frame(driver(seed).pose(Activity.RADIO, 1.0), 1.0, size)
    first.frame(first.pose(Activity.RADIO, 9.0), 9.0, SMALL)
    again = first.frame(pose, MOMENT, SMALL)
    assert before.shape == (72, 96, 3)
    assert before.dtype == np.uint8
    np.testing.assert_array_equal(before, again)


def test_every_interior_looks_different() -> None:
    appearance = Appearance.from_seed(5)
    pose = driver(5).pose(Activity.SAFE_DRIVING, MOMENT)
    images = {
        interior.name: scene(
            replace(appearance, cabin=replace(appearance.cabin, interior=interior)), pose, driver_present=False
        )
        for interior in INTERIORS
    }
    assert len(images) == len(INTERIORS) >= 5
    for (one, a), (other, b) in itertools.combinations(images.items(), 2):
        assert np.abs(a - b).mean() > 3.0, f"{one} looks like {other}"


def test_seeds_choose_among_all_interiors_and_times_of_day() -> None:
    cabins = [appearance.cabin.interior for appearance in appearances()]
    assert set(cabins) == set(INTERIORS)
    light = [appearance.light for appearance in appearances()]
    assert {each.period for each in light} == set(PERIODS)
    assert all((each.infrared > 0.0) == (each.period == "night") for each in light)
    assert all(each.sun > 0.0 for each in light if each.period == "low sun")


def test_no_two_drivers_share_their_appearance() -> None:
    """Each part by itself: two may both be bald, but no two have the same face, body, clothes, car, camera or light."""
    parts: dict[str, list[Array]] = {
        "face": [np.array([*each.face.skin, each.face.nose]) for each in appearances()],
        "body": [np.array([each.build.torso, each.build.shoulder, each.build.girth]) for each in appearances()],
        "clothes": [np.array([*each.clothes.colour, each.clothes.pitch]) for each in appearances()],
        "car": [np.array([*each.cabin.trim, *each.cabin.wheel]) for each in appearances()],
        "camera": [np.array([*each.camera.position, each.camera.roll]) for each in appearances()],
        "light": [np.array([each.light.exposure, each.light.vignette]) for each in appearances()],
    }
    for name, values in parts.items():
        table = np.array(values)
        apart = np.abs(table[:, None] - table[None]).max(axis=2) + np.eye(len(table))
        assert apart.min() > 1e-5, f"two drivers share their {name}"


@pytest.mark.parametrize("activity", [Activity.TEXTING_RIGHT, Activity.PHONE_LEFT, Activity.REACHING_BEHIND])
def test_a_right_hand_drive_car_is_the_mirror_image_with_left_and_right_swapped(activity: Activity) -> None:
    left, right = Appearance.from_seed(9), Appearance.from_seed(9, "right")
    assert left.drawn_activity(activity) is activity
    assert right.drawn_activity(activity) is activity.mirrored
    pose = driver(9).pose(right.drawn_activity(activity), MOMENT)
    np.testing.assert_array_equal(scene(right, pose), scene(left, pose)[:, ::-1])


def test_the_lens_of_a_right_hand_drive_camera_is_not_mirrored() -> None:
    """Noise and fall-off belong to the camera: the images are mirror images but for them."""
    pose = driver(9).pose(Activity.SAFE_DRIVING, MOMENT)
    left = render_frame(Appearance.from_seed(9), pose, MOMENT, SMALL, 4).astype(int)
    right = render_frame(Appearance.from_seed(9, "right"), pose, MOMENT, SMALL, 4).astype(int)
    assert 0.0 < np.abs(left - right[:, ::-1]).mean() < 12.0
    assert np.abs(left - right).mean() > 15.0


def held_at(hand: HandPose, right: bool) -> Array:
    return wrist_of(hand, right) + unit(hand.fingers) * PALM


@pytest.mark.parametrize("seed", [3, 12])
@pytest.mark.parametrize(
    "activity", [Activity.TEXTING_RIGHT, Activity.PHONE_RIGHT, Activity.TEXTING_LEFT, Activity.PHONE_LEFT]
)
def test_the_phone_is_seen_where_the_hand_is(seed: int, activity: Activity) -> None:
    appearance, pose = driver(seed).appearance, driver(seed).pose(activity, MOMENT)
    right = pose.phone == "right"
    change = middle_of_change(scene(appearance, pose), scene(appearance, pose.empty_handed()))
    hand = pixel(appearance, held_at(pose.right if right else pose.left, right))
    assert np.linalg.norm(change - hand) < 0.14 * SMALL[0]


@pytest.mark.parametrize("seed", [3, 12])
def test_hands_are_seen_at_the_wheel_and_the_ear(seed: int) -> None:
    appearance = driver(seed).appearance
    wheel = pixel(appearance, appearance.cabin.wheel)
    calling = driver(seed).pose(Activity.PHONE_RIGHT, MOMENT)
    head = skeleton(appearance.build, calling.trunk, calling.head).head
    ear = pixel(appearance, head.at(-0.01, -0.08, 0.0))
    assert np.linalg.norm(pixel(appearance, calling.right.point) - ear) < 0.1 * SMALL[0]
    assert np.linalg.norm(pixel(appearance, calling.left.point) - wheel) < 0.2 * SMALL[0]
    assert np.linalg.norm(pixel(appearance, calling.right.point) - wheel) > 0.25 * SMALL[0]


def test_the_driver_is_seen_where_the_skeleton_is() -> None:
    appearance, pose = driver(12).appearance, driver(12).pose(Activity.SAFE_DRIVING, MOMENT)
    change = np.abs(scene(appearance, pose) - scene(appearance, pose, driver_present=False)).sum(axis=2)
    bones = skeleton(appearance.build, pose.trunk, pose.head)
    for position in (bones.head.origin, bones.trunk.at(0.0, 0.0, 0.3)):
        x, y = pixel(appearance, position).astype(int)
        assert change[y - 1 : y + 2, x - 1 : x + 2].mean() > 10.0


def test_what_is_nearer_hides_what_is_behind() -> None:
    """The seat and the door behind the driver are seen in an empty car only."""
    appearance, pose = driver(12).appearance, driver(12).pose(Activity.SAFE_DRIVING, MOMENT)
    red = np.array([0.9, 0.2, 0.2])
    painted = replace(appearance, cabin=replace(appearance.cabin, trim=red, seat=red, door_stripe=red, light_trim=red))
    chest = skeleton(appearance.build, pose.trunk, pose.head).trunk.at(0.0, 0.0, 0.25)
    x, y = pixel(appearance, chest).astype(int)
    with_driver, without = (
        np.abs(scene(appearance, pose, driver_present=present) - scene(painted, pose, driver_present=present))[y, x]
        for present in (True, False)
    )
    assert with_driver.max() == 0.0
    assert without.max() > 20.0


def test_a_night_is_seen_in_grey_and_a_day_in_colour() -> None:
    night, day = in_period("night"), in_period("day")
    pose = driver(5).pose(Activity.SAFE_DRIVING, MOMENT)
    dark = render_frame(night, pose, MOMENT, SMALL, 1)
    np.testing.assert_array_equal(dark[..., 0], dark[..., 1])
    np.testing.assert_array_equal(dark[..., 0], dark[..., 2])
    assert dark.std() > 8.0
    assert np.ptp(render_frame(day, pose, MOMENT, SMALL, 1).astype(int), axis=2).mean() > 3.0


def test_dark_skin_is_seen_as_well_as_light_skin_in_infrared() -> None:
    night = replace(in_period("night"), clothes=driver(5).appearance.clothes)
    pose = driver(5).pose(Activity.SAFE_DRIVING, MOMENT)
    cheek = skeleton(night.build, pose.trunk, pose.head).head.at(0.03, -0.06, -0.02)
    x, y = pixel(night, cheek).astype(int)
    dark, light = (
        scene(
            replace(night, face=replace(night.face, skin=np.full(3, skin), lips=np.full(3, skin), beard="none")), pose
        )
        for skin in (0.18, 0.85)
    )
    assert dark[y, x].mean() > 0.55 * light[y, x].mean()


def test_positions_survive_being_drawn_as_colours() -> None:
    points = np.array([(0.2, -0.1, 0.4), (-0.6, 0.3, 0.9), (0.7, -0.8, -0.2)])
    coded = position_colours(points, np.zeros((3, 3)))
    found = positions(np.ascontiguousarray(coded[None][..., [2, 1, 0, 3]]))[0]
    np.testing.assert_allclose(found, points, atol=0.01)


def test_an_obstacle_keeps_the_sun_off_what_is_behind_it() -> None:
    light = replace(in_period("low sun").light, sun_direction=unit(vector(0.2, 0.7, 0.4)))
    matrix = sun_matrix(light)
    # The sun's image: something at depth 0 in its middle, nothing around it.
    image = np.zeros((MAP_SIDE, MAP_SIDE, 4), np.uint8)
    third = MAP_SIDE // 3
    image[third : 2 * third, third : 2 * third] = (128, 128, 128, 255)
    centre = np.linalg.solve(matrix[:3, :3], -matrix[:3, 3])
    aside = np.linalg.solve(matrix[:3, :3], vector(0.8, 0.0, 0.3) - matrix[:3, 3])

    def lit(position: Array) -> float:
        where = np.tile(position.astype(np.float32), (5, 5, 1))
        return float(sunlit(where, image, matrix)[2, 2])

    assert lit(centre - 0.2 * light.sun_direction) == 0.0
    assert lit(centre + 0.2 * light.sun_direction) == 1.0
    assert lit(aside) == 1.0


def test_the_driver_throws_a_shadow() -> None:
    appearance = in_period("low sun")
    light = replace(
        appearance.light, sun=1.2, speed=0.0, sun_direction=unit(vector(0.4, -0.8, 0.55)), ambient=0.1, windscreen=0.1
    )
    appearance = replace(appearance, light=light)
    pose = driver(5).pose(Activity.SAFE_DRIVING, MOMENT)
    sunny, covered = (scene(replace(appearance, light=replace(light, sun=sun)), pose) for sun in (1.2, 0.0))
    gain = (sunny - covered).mean(axis=2)
    # Some of the cabin lies in the sun, and some of what faces the same way does not.
    assert (gain > 20.0).mean() > 0.02
    assert (np.abs(gain) < 2.0).mean() > 0.2


def test_shadows_of_the_roadside_pass_while_the_car_moves() -> None:
    light = replace(in_period("low sun").light, speed=15.0)
    where = np.zeros((1, 8, 3), np.float32)
    where[0, :, 0] = np.linspace(-0.5, 0.5, 8)
    seen = np.array([passing(where, light, time) for time in np.linspace(0.0, 4.0, 40)])
    assert seen.min() >= 0.0
    assert seen.max() <= 1.0
    assert np.ptp(seen[:, 0, 0]) > 0.3
    standing = replace(light, speed=0.0)
    np.testing.assert_array_equal(passing(where, standing, 0.0), passing(where, standing, 3.0))


def test_the_scenery_moves_past_the_window() -> None:
    appearance = in_period("day")
    appearance = replace(appearance, light=replace(appearance.light, speed=12.0, sun=0.0))
    pose = driver(5).pose(Activity.SAFE_DRIVING, MOMENT)
    early, late = (render_scene(appearance, pose, time, SMALL, driver_present=False) for time in (1.0, 1.6))
    upper, lower = (np.abs(early - late)[rows].mean() for rows in (slice(0, 30), slice(50, 72)))
    assert upper > 4.0 * lower


def test_an_interior_says_only_what_can_be_drawn() -> None:
    allowed = {
        "cluster": {"dials", "display"},
        "stack": {"buttons", "tablet", "wide", "van"},
        "gear": {"floor", "dash", "column", "dial"},
        "console": {"low", "high", "none"},
        "seat": {"classic", "sport", "comfort", "bench"},
        "door": {"plain", "swept", "pocket", "sheet"},
        "rear": {"bench", "bulkhead", "glass"},
    }
    for interior in INTERIORS:
        assert isinstance(interior, Interior)
        for field, values in allowed.items():
            assert getattr(interior, field) in values
