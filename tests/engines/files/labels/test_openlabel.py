"""DMD's labels: OpenLABEL and VCD files in the layout that its annotation tool writes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.activities import Activity
from engines.errors import UserError
from engines.files.labels.drive_labels import LabelSegment, write_labels
from engines.files.labels.openlabel import DMD_ACTIVITIES, DMD_FPS, parse_openlabel, read_label_file

Intervals = list[tuple[int, int]]


def action(kind: str, intervals: Intervals) -> dict[str, Any]:
    return {
        "name": "",
        "type": kind,
        "frame_intervals": [{"frame_start": start, "frame_end": end} for start, end in intervals],
        "ontology_uid": "0",
    }


def document(
    actions: dict[str, Intervals], *, key: str = "openlabel", body: int = 0, hands: int = 0, as_list: bool = False
) -> str:
    """A file as DMD's tools write it, with the levels that are not ours, too."""
    entries = [action(f"driver_actions/{label}", intervals) for label, intervals in actions.items()]
    entries.append(action("gaze_on_road/looking_road", [(0, 10_000)]))
    streams = {
        f"{name}_camera": {"type": "camera", "stream_properties": {"sync": {"frame_shift": shift}}}
        for name, shift in (("face", 0), ("body", body), ("hands", hands))
    }
    content: dict[str, Any] = {
        "actions": entries if as_list else {str(uid): entry for uid, entry in enumerate(entries)},
        "frame_intervals": [{"frame_start": 0, "frame_end": 10_000}],
    }
    content |= {"streams": streams} if key == "openlabel" else {"metadata": {"streams": streams}}
    return json.dumps({key: content})


@pytest.mark.parametrize(("key", "as_list"), [("openlabel", False), ("vcd", False), ("vcd", True)])
def test_what_a_file_says(key: str, as_list: bool) -> None:
    intervals = {"safe_drive": [(0, 99), (200, 299)], "drinking": [(100, 149)], "reach_side": [(150, 199)]}
    labels = parse_openlabel(document(intervals, key=key, as_list=as_list), fps=10.0)
    assert labels.segments == (
        LabelSegment(0.0, 10.0, Activity.SAFE_DRIVING),
        LabelSegment(10.0, 15.0, Activity.DRINKING),
        LabelSegment(20.0, 30.0, Activity.SAFE_DRIVING),
    )
    assert labels.unknown == (("reach_side", 5.0),)
    assert labels.unknown_notice() == "labels that are none of C0 to C9 are not scored: reach_side (5.0 s)"


def test_a_label_that_dmd_does_not_have_yet_is_listed() -> None:
    labels = parse_openlabel(document({"radio": [(0, 9)], "yodelling": [(10, 29)]}), fps=10.0)
    assert labels.unknown == (("yodelling", 2.0),)


@pytest.mark.parametrize(
    ("body", "hands", "begins"),
    [(0, 0, 100), (12, 5, 88), (-12, -5, 100), (-5, -12, 93), (7, -3, 90)],
    ids=["together", "face first", "body first", "hands first", "hands first, body last"],
)
def test_frames_count_from_the_camera_that_began_first(body: int, hands: int, begins: int) -> None:
    labels = parse_openlabel(document({"radio": [(100, 199)]}, body=body, hands=hands), fps=1.0)
    assert labels.segments == (LabelSegment(begins, begins + 100.0, Activity.RADIO),)


def test_what_happened_before_the_camera_began_is_left_out() -> None:
    labels = parse_openlabel(document({"radio": [(0, 4)], "drinking": [(5, 19)]}, body=10), fps=1.0)
    assert labels.segments == (LabelSegment(0.0, 10.0, Activity.DRINKING),)


def test_every_activity_has_a_name_in_dmd() -> None:
    assert {activity for activity in DMD_ACTIVITIES.values() if activity is not None} == set(Activity)
    assert len(DMD_ACTIVITIES) == 14


def test_files_are_recognised_by_their_names(tmp_path: Path) -> None:
    (tmp_path / "drive.json").write_text(document({"radio": [(0, 59)]}))
    assert read_label_file(tmp_path / "drive.json", 30.0).end_s == 2.0
    assert read_label_file(tmp_path / "drive.json").end_s == pytest.approx(60 / DMD_FPS)
    write_labels(tmp_path / "drive.csv", [LabelSegment(0.0, 4.0, Activity.RADIO)])
    assert read_label_file(tmp_path / "drive.csv", 30.0).end_s == 4.0


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no JSON"),
        ("[]", "neither OpenLABEL nor VCD"),
        ('{"vcd": 1}', "neither OpenLABEL nor VCD"),
        ('{"openlabel": {}}', "no action of driver_actions"),
        (document({}), "no action of driver_actions"),
        (document({"reach_side": [(0, 9)]}), "none of the labelled actions is one of C0 to C9: reach_side"),
        (document({"radio": [(0, 10)], "drinking": [(10, 20)]}), "overlap"),
        (document({"radio": [(9, 4)]}), "from frame 9 to frame 4"),
        (document({"radio": [(-1, 4)]}), "from frame -1"),
        ('{"vcd": {"actions": [{"type": "driver_actions/radio", "frame_intervals": [[0, 4]]}]}}', "no frame_start"),
    ],
)
def test_what_is_refused(text: str, says: str, tmp_path: Path) -> None:
    path = tmp_path / "drive.json"
    path.write_text(text)
    with pytest.raises(UserError, match=r"drive\.json") as caught:
        read_label_file(path, 10.0)
    assert says in str(caught.value)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot read the labels"):
        read_label_file(tmp_path / "nowhere.json")
    (tmp_path / "binary.json").write_bytes(b"\xff\xfe\x00\x81")
    with pytest.raises(UserError, match="not a UTF-8"):
        read_label_file(tmp_path / "binary.json")
    with pytest.raises(UserError, match="frames a second"):
        parse_openlabel(document({"radio": [(0, 9)]}), fps=0.0)


lengths = st.lists(st.tuples(st.sampled_from(sorted(DMD_ACTIVITIES)), st.integers(1, 500)), min_size=1, max_size=20)


@given(lengths, st.floats(1.0, 120.0))
def test_every_frame_keeps_its_label_and_every_second_is_counted(parts: list[tuple[str, int]], fps: float) -> None:
    intervals: dict[str, Intervals] = {}
    frames: list[str] = []
    for label, count in parts:
        intervals.setdefault(label, []).append((len(frames), len(frames) + count - 1))
        frames += [label] * count
    if all(DMD_ACTIVITIES[label] is None for label, _ in parts):
        with pytest.raises(UserError):
            parse_openlabel(document(intervals), fps)
        return
    labels = parse_openlabel(document(intervals), fps)
    for number, label in enumerate(frames):
        assert labels.activity_at((number + 0.5) / fps) is DMD_ACTIVITIES[label]
    seconds = sum(segment.length_s for segment in labels.segments) + sum(unknown for _, unknown in labels.unknown)
    assert seconds == pytest.approx(len(frames) / fps)


KEYS = ("actions", "0", "type", "frame_intervals", "frame_start", "frame_end", "streams", "body_camera", "metadata")

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=12,
)


@given(json_values, json_values, st.sampled_from(["driver_actions/radio", "driver_actions/", "radio", 7]))
def test_any_json_is_labels_or_one_error(root: object, intervals: object, kind: object) -> None:
    for content in (root, {"actions": {"0": {"type": kind, "frame_intervals": intervals}}, "streams": root}):
        try:
            labels = parse_openlabel(json.dumps({"openlabel": content}), 25.0)
        except UserError as error:
            assert str(error)
        else:
            assert labels.segments
