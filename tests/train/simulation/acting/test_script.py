"""Scripts of drives: gapless, reproducible, with near misses inside C0 only, and readable from a label file."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.activities import Activity
from engines.errors import UserError
from monitor.sources.open_source import DEMO_VIDEO
from train.simulation.acting.near_misses import NearMiss
from train.simulation.acting.script import (
    BLEND_S,
    PACES,
    SHORTEST_S,
    NearMissEvent,
    Script,
    demo_script,
    read_script,
    script_for_drive,
    script_of,
)


def assert_covers(script: Script, duration: float) -> None:
    """Gapless from zero to the end, no empty segment, and a new activity at every boundary."""
    segments = script.segments
    assert segments[0].start_s == 0.0
    assert script.duration_s == pytest.approx(duration, abs=0.01)
    for before, after in itertools.pairwise(segments):
        assert before.end_s == after.start_s
        assert before.activity is not after.activity
    assert all(segment.end_s - segment.start_s > BLEND_S for segment in segments)


@given(st.integers(0, 2**31), st.floats(SHORTEST_S, 900.0))
def test_a_random_script_covers_its_drive(seed: int, duration: float) -> None:
    script = script_for_drive(seed, duration)
    assert_covers(script, duration)
    assert script == script_for_drive(seed, duration)


@given(st.integers(0, 2**31))
def test_a_long_drive_shows_every_activity(seed: int) -> None:
    assert {segment.activity for segment in script_for_drive(seed, 300.0).segments} == set(Activity)


def test_a_drive_too_short_to_hold_a_segment_is_refused() -> None:
    with pytest.raises(ValueError, match="at least"):
        script_for_drive(1, 1.0)


def test_the_shipped_demo_drive_is_the_scripts() -> None:
    assert DEMO_VIDEO.with_suffix(".csv").read_text(encoding="utf-8") == demo_script().labels_csv()
    with av.open(str(DEMO_VIDEO)) as container:
        assert float(container.duration or 0) / 1e6 == pytest.approx(demo_script().duration_s, abs=0.1)


def test_the_demo_shows_everything_long_enough_for_an_alert() -> None:
    script = demo_script()
    assert_covers(script, 104.0)
    assert {segment.activity for segment in script.segments} == set(Activity)
    for segment in script.segments:
        slow = segment.activity in (Activity.RADIO, Activity.PASSENGER)
        min_s = 3.0 if segment.activity is Activity.SAFE_DRIVING else 8.0 if slow else 5.0
        assert segment.end_s - segment.start_s >= min_s
    attentive = [segment.activity is Activity.SAFE_DRIVING for segment in script.segments]
    assert all(attentive[::2])
    assert not any(attentive[1::2])


@given(st.integers(0, 2**31), st.floats(SHORTEST_S, 900.0))
def test_near_misses_lie_within_attentive_segments(seed: int, duration: float) -> None:
    script = script_for_drive(seed, duration)
    for event in script.near_misses:
        home = script.segments[script.index_at(event.start_s)]
        assert home.activity is Activity.SAFE_DRIVING
        assert home.start_s < event.start_s < event.end_s < home.end_s
        assert event.end_s - event.start_s <= event.kind.lengths_s[1] + 0.01
    for first, second in itertools.pairwise(script.near_misses):
        assert first.end_s < second.start_s


def test_long_drives_have_near_misses_of_every_kind() -> None:
    assert {event.kind for event in script_for_drive(3, 900.0).near_misses} == set(NearMiss)


@given(st.integers(0, 2**31))
def test_a_near_miss_is_found_by_its_time(seed: int) -> None:
    script = script_for_drive(seed, 300.0)
    for number, event in enumerate(script.near_misses):
        assert script.near_miss_at(event.start_s) == number
        assert script.near_miss_at(event.end_s - 0.001) == number
        assert script.near_miss_at(event.end_s) is None


def test_a_label_file_is_a_script(tmp_path: Path) -> None:
    path = tmp_path / "drive.csv"
    path.write_text(demo_script().labels_csv(), encoding="utf-8")
    assert read_script(path) == demo_script().with_near_misses([])


def test_a_label_file_from_a_spreadsheet_is_a_script(tmp_path: Path) -> None:
    path = tmp_path / "drive.csv"
    path.write_text("\ufeffstart_s,end_s,activity\r\n0, 4, C0\r\n4,9,c2\r\n", encoding="utf-8")
    assert [segment.activity.code for segment in read_script(path).segments] == ["c0", "c2"]


@pytest.mark.parametrize("kind", list(NearMiss))
def test_a_near_miss_too_short_to_be_done_is_refused(kind: NearMiss) -> None:
    script = script_of([(Activity.SAFE_DRIVING, 8.0)])
    fitting = NearMissEvent(1.0, 1.0 + kind.shortest_s, kind)
    assert script.with_near_misses([fitting]).near_misses == (fitting,)
    assert kind.shortest_s < kind.lengths_s[0]
    with pytest.raises(UserError, match="too short"):
        script.with_near_misses([replace(fitting, end_s=0.99 + kind.shortest_s)])


@given(st.integers(0, 2**31))
def test_random_near_misses_keep_clear_of_the_slowest_change(seed: int) -> None:
    script = script_for_drive(seed, 200.0)
    for event in script.near_misses:
        home = script.segments[script.index_at(event.start_s)]
        assert min(event.start_s - home.start_s, home.end_s - event.end_s) > BLEND_S * max(PACES) - 0.002


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (["0,5,c0", "6,9,c1"], "gap"),
        (["0,5,c0", "4,9,c1"], "overlap"),
        (["1,5,c0"], "begin at 0"),
        (["0,5,c0", "5,9,c0"], "twice"),
        (["0,1,c0"], "or more"),
        (["0,inf,c0"], "line 2: end_s is 'inf'"),
        (["0,five,c0"], "line 2: end_s is 'five'"),
        (["0,5"], "line 2: 2 values instead of 3"),
        (["0,5,c12"], "unknown activity"),
        (["0,9000,c0"], "longer"),
        ([], "no segment is labelled"),
    ],
)
def test_what_cannot_be_acted_is_refused(lines: list[str], reason: str, tmp_path: Path) -> None:
    path = tmp_path / "drive.csv"
    path.write_text("\n".join(["start_s,end_s,activity", *lines]), encoding="utf-8")
    with pytest.raises(UserError, match=reason):
        read_script(path)
