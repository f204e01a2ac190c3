"""Labels while they are made: marking, undo, and the file."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.activities import Activity
from engines.errors import UserError
from engines.files.labels.drive_labels import read_labels
from engines.files.labels.label_files import new_label_file
from monitor.replay.labelling import DriveLabelling, existing_labels, labelled_path

C0, C1, C2 = Activity.SAFE_DRIVING, Activity.TEXTING_RIGHT, Activity.PHONE_RIGHT


def said(labelling: DriveLabelling) -> list[tuple[float, float, Activity]]:
    return [(segment.start_s, segment.end_s, segment.activity) for segment in labelling.segments]


def test_keys_one_after_the_other_make_segments_that_touch(tmp_path: Path) -> None:
    labelling = DriveLabelling(tmp_path / "drive.csv")
    labelling.begin(0.0, C0)
    labelling.begin(4.0, C1)
    labelling.begin(6.5, C1)
    assert labelling.open_segment is None
    assert said(labelling) == [(0.0, 4.0, C0), (4.0, 6.5, C1)]
    labelling.begin(9.0, C2)
    labelling.finish(7.0)
    assert said(labelling)[-1] == (7.0, 9.0, C2)


def test_marking_replaces_what_was_there_and_joins_equals(tmp_path: Path) -> None:
    labelling = DriveLabelling(tmp_path / "drive.csv")
    labelling.assign(0.0, 10.0, C0)
    labelling.assign(4.0, 6.0, C1)
    assert said(labelling) == [(0.0, 4.0, C0), (4.0, 6.0, C1), (6.0, 10.0, C0)]
    labelling.assign(3.5, 6.5, C0)
    assert said(labelling) == [(0.0, 10.0, C0)]
    labelling.assign(2.0, 3.0, None)
    assert said(labelling) == [(0.0, 2.0, C0), (3.0, 10.0, C0)]
    labelling.erase(1.0)
    labelling.erase(2.5)
    assert said(labelling) == [(3.0, 10.0, C0)]


def test_every_change_is_in_the_file_and_what_is_restored_too(tmp_path: Path) -> None:
    labelling = DriveLabelling(tmp_path / "drive.csv")
    labelling.assign(0.0, 2.0, C0)
    before = labelling.segments
    labelling.assign(2.0, 5.25, C1)
    assert read_labels(labelling.path).segments == labelling.segments
    labelling.restore(before)
    assert said(labelling) == [(0.0, 2.0, C0)]
    assert read_labels(labelling.path).segments == before
    labelling.restore(())
    assert not labelling.path.exists()
    labelling.begin(1.0, C2)
    labelling.abandon()
    assert labelling.open_segment is None and not labelling.path.exists()


def test_a_place_that_cannot_be_written_keeps_the_labels_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    labelling = DriveLabelling(tmp_path / "file" / "drive.csv")
    labelling.assign(0.0, 2.0, C0)
    assert "file" in labelling.unsaved and said(labelling) == [(0.0, 2.0, C0)]
    labelling.path = tmp_path / "drive.csv"
    labelling.save()
    assert not labelling.unsaved and labelling.path.exists()


def test_labels_are_found_and_a_broken_file_is_left_alone(tmp_path: Path) -> None:
    drive, labels = tmp_path / "drive.mp4", tmp_path / "drive.csv"
    assert existing_labels(str(drive)) is None
    labels.write_text("start_s,end_s,activity\n0.0,2.0,c4\n")
    assert said(DriveLabelling.open(str(drive), 25.0)) == [(0.0, 2.0, Activity.PHONE_LEFT)]
    labels.write_text("nonsense")
    with pytest.raises(UserError, match="drive"):
        DriveLabelling.open(str(drive), 25.0)
    assert new_label_file(labelled_path(str(drive))) == tmp_path / "drive-new.csv"


def test_labels_of_another_file_are_a_start(tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text("start_s,end_s,activity\n0.0,2.0,c4\n")
    labelling = DriveLabelling.open(str(tmp_path / "drive.mp4"), 25.0, other)
    labelling.assign(2.0, 3.0, C0)
    assert labelling.path == tmp_path / "drive.csv" and "c0" not in other.read_text()


@given(
    st.lists(
        st.tuples(st.floats(0.0, 60.0), st.floats(0.0, 60.0), st.one_of(st.none(), st.sampled_from([C0, C1, C2]))),
        max_size=12,
    )
)
def test_labels_are_always_a_file_that_can_be_read(
    tmp_path_factory: pytest.TempPathFactory, marks: list[tuple[float, float, Activity | None]]
) -> None:
    labelling = DriveLabelling(tmp_path_factory.mktemp("labels") / "drive.csv")
    for one_s, other_s, activity in marks:
        labelling.assign(one_s, other_s, activity)
        middle_s = (one_s + other_s) / 2
        if abs(other_s - one_s) > 0.01:
            found = labelling.at(middle_s)
            assert (found.activity if found is not None else None) is activity
    assert not labelling.unsaved
    if labelling.segments:
        assert read_labels(labelling.path).segments == labelling.segments
