"""What is covered of a clip's frames: where there is a doubt, more."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from monitor.journal.blur.faces import Face
from monitor.journal.blur.places import Box, Found, covered, grown

SIZE = (640, 480)
WHOLE: Box = (0.0, 0.0, 640.0, 480.0)
FACE = Face((100.0, 100.0, 160.0, 180.0), 0.9)


def story(faces: dict[float, list[Face]], fps: float = 10.0, length_s: float = 10.0) -> list[Found]:
    """Frames of some seconds, with a face in all of them but where another number is given."""
    times = [index / fps for index in range(round(length_s * fps))]
    return [Found(time_s, faces.get(time_s, [FACE])) for time_s in times]


def holds(outer: Box, inner: Box) -> bool:
    return outer[0] <= inner[0] and outer[1] <= inner[1] and outer[2] >= inner[2] and outer[3] >= inner[3]


def test_a_clip_in_which_no_face_is_found_is_covered_as_a_whole() -> None:
    frames = [Found(index / 10, []) for index in range(20)]
    assert covered(frames, SIZE, None) == [[WHOLE]] * 20
    assert covered(frames, SIZE, [(0.0, 0.0, 0.1, 0.1)]) == [[WHOLE]] * 20


def test_all_above_the_chin_is_covered_or_what_is_said_to_show_the_outside() -> None:
    above = covered(story({}), SIZE, None)[0]
    assert above[0] == (0.0, 0.0, 640.0, 200.0)
    said = covered(story({}), SIZE, [(0.5, 0.0, 1.0, 0.25)])[0]
    assert said[0] == (320.0, 0.0, 640.0, 120.0) and all(holds(box, FACE.box) for box in said[1:])


def test_a_face_that_is_lost_for_a_while_is_covered_where_it_was_and_will_be() -> None:
    later = Face((400.0, 200.0, 460.0, 280.0), 0.9)
    frames = [
        Found(frame.time_s, [] if 2.0 <= frame.time_s < 4.0 else [FACE] if frame.time_s < 2.0 else [later])
        for frame in story({})
    ]
    boxes = covered(frames, SIZE, [])
    for frame, covers in zip(frames, boxes, strict=True):
        if 2.0 <= frame.time_s < 4.0:
            assert any(holds(box, (100.0, 100.0, 460.0, 280.0)) for box in covers), "on its way between them, too"
    assert not any(holds(box, later.box) for box in boxes[0]), "not where nobody is"


def test_a_face_that_is_lost_for_long_costs_the_whole_frame() -> None:
    frames = [Found(frame.time_s, [FACE] if frame.time_s < 1.0 else []) for frame in story({}, length_s=8.0)]
    boxes = covered(frames, SIZE, [])
    assert WHOLE in boxes[60] and WHOLE not in boxes[20]


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 500), st.floats(0, 400)), min_size=1, max_size=60))
def test_every_face_that_is_found_is_covered_with_what_is_around_it(told: list[tuple[bool, float, float]]) -> None:
    frames = [
        Found(index / 5, [Face((x, y, x + 50.0, y + 60.0), 0.5)] if found else [])
        for index, (found, x, y) in enumerate(told)
    ]
    for frame, covers in zip(frames, covered(frames, SIZE, []), strict=True):
        assert covers, "nothing is left as it is"
        for face in frame.faces:
            assert any(holds(box, grown(face.box, 0.3)) for box in covers)
