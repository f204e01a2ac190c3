"""The library in files: what is kept, what survives, and what is damaged."""

from __future__ import annotations

import errno
import json
import os
import stat
from collections.abc import Iterable
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.errors import UserError
from engines.files.printable import as_json
from monitor.alerts.incidents.incident import Review, ReviewStatus
from monitor.journal import json_lines, library_files
from monitor.journal.drive_lines import drive_line, read_drive, review_line
from monitor.journal.json_lines import Journal
from monitor.journal.library import KeptDrive, NoLibrary, recording_id
from monitor.journal.library_files import LINES, FileLibrary
from tests.monitor.journal.drives import EVENT, SUMMARY, incident, info, record

pytestmark = pytest.mark.usefixtures("patient_disk")

FALSE = Review(ReviewStatus.FALSE, "he only scratched, \u2028 I think")


def _line(what: str, content: dict[str, object]) -> bytes:
    return as_json({"at": "2026-11-30T08:15:00.000+00:00", "what": what, **content}).encode()


TOO_EARLY_OR_LATE = [
    _line("drive", {**drive_line(info()), "began_at": began_at}) + b"\n"
    for began_at in ("0001-01-01T00:00:00+23:00", "9999-12-31T23:59:59-23:00")
]


@pytest.fixture
def library(tmp_path: Path) -> FileLibrary:
    return FileLibrary(tmp_path / "library")


def test_a_drive_is_kept_with_its_incidents_and_images(library: FileLibrary, tmp_path: Path) -> None:
    assert library.drives() == []
    record(library, info(driver="Ada"), incident(1), incident(2, 20.0))
    (drive,) = FileLibrary(tmp_path / "library").drives()
    assert drive.info == info(driver="Ada") and drive.summary == SUMMARY and drive.damaged == 0
    assert drive.incidents == (incident(1), incident(2, 20.0)) and drive.unreviewed == 2
    assert library.thumbnails(drive.info.id, 2) == (b"first", b"second", b"last")
    assert library.thumbnails(drive.info.id, 3) == ()
    kinds = [json.loads(line)["what"] for line in library.lines(drive.info.id)]
    assert kinds == ["drive", *["event", "event", "incident"] * 2, "summary", "end"]


def test_of_a_camera_images_are_kept_only_where_they_were_asked_for(tmp_path: Path) -> None:
    library = FileLibrary(tmp_path / "library", camera_images=False)
    record(library, info(), incident())
    assert len(library.drives()[0].incidents) == 1 and not list(tmp_path.rglob("*.jpg"))
    record(library, info(recording_id("demo"), path="demo"), incident())
    assert list(tmp_path.rglob("*.jpg"))


def test_only_the_user_can_read_it(library: FileLibrary, tmp_path: Path) -> None:
    record(library, info(), incident())
    record(library, info(recording_id("demo"), path="demo"), incident())
    library.review(info().id, 1, FALSE)
    for path in (tmp_path / "library").rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)


def test_the_newest_drive_is_the_first(library: FileLibrary) -> None:
    for days, name in enumerate(("b", "c", "a")):
        record(library, info(name, days=days))
    assert [drive.info.id for drive in library.drives()] == ["a", "c", "b"]


def test_a_later_session_knows_the_reviews(library: FileLibrary, tmp_path: Path) -> None:
    record(library, info(), incident(1), incident(2, 20.0))
    library.review(info().id, 2, Review(ReviewStatus.UNCLEAR))
    library.review(info().id, 2, FALSE)
    library.name_driver(info().id, "Grace")
    (drive,) = FileLibrary(tmp_path / "library").drives()
    assert [each.review for each in drive.incidents] == [Review(), FALSE]
    assert drive.info.driver == "Grace" and drive.unreviewed == 1
    lines = len(library.lines(info().id))
    library.review(info().id, 2, FALSE)
    library.name_driver(info().id, "Grace")
    assert len(library.lines(info().id)) == lines  # nothing new was said


def test_many_reviews_read_a_drive_once_and_see_what_others_wrote(
    library: FileLibrary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(library, info(), *(incident(number, 9.0 * number) for number in range(1, 9)))
    read: list[object] = []

    def reading(lines: Iterable[bytes]) -> KeptDrive:
        read.append(lines)
        return read_drive(lines)

    monkeypatch.setattr(library_files, "read_drive", reading)
    for number in range(1, 9):
        library.review(info().id, number, FALSE)
    library.name_driver(info().id, "Ada")
    assert len(read) == 1 and library.drives() == FileLibrary(tmp_path / "library").drives()
    FileLibrary(tmp_path / "library").review(info().id, 3, Review(ReviewStatus.TRUE))
    library.review(info().id, 4, Review(ReviewStatus.UNCLEAR))
    assert library.drives() == FileLibrary(tmp_path / "library").drives()
    assert [each.review.status for each in library.drives()[0].incidents[2:4]] == [
        ReviewStatus.TRUE, ReviewStatus.UNCLEAR
    ]  # fmt: skip


def test_while_it_goes_on_a_drive_is_there_and_can_be_reviewed(library: FileLibrary) -> None:
    recorder = library.begin(info())
    recorder.incident(incident(1), [])
    library.review(info().id, 1, FALSE)
    recorder.incident(incident(2, 20.0), [])
    (drive,) = library.drives()
    assert drive.summary is None and drive.length_s is None
    assert [each.review for each in drive.incidents] == [FALSE, Review()]
    recorder.end(SUMMARY, 600, "stopped")
    assert library.drive(info().id).summary == SUMMARY


def test_a_recording_that_is_watched_again_is_one_drive_and_keeps_what_was_said(library: FileLibrary) -> None:
    about = info(recording_id("/drives/a.mp4"), path="/drives/a.mp4")
    record(library, about, incident(1), incident(2, 20.0))
    library.review(about.id, 2, FALSE)
    library.name_driver(about.id, "Ada")
    record(
        library, replace(about, began_at=info(days=1).began_at), incident(1, 9.0), incident(2, 20.0), incident(3, 40.0)
    )
    (drive,) = library.drives()
    assert [each.start_s for each in drive.incidents] == [9.0, 20.0, 40.0]
    assert [each.review for each in drive.incidents] == [Review(), FALSE, Review()]
    assert drive.info.driver == "Ada" and drive.info.began_at == info(days=1).began_at


def test_what_is_said_while_a_recording_is_watched_again_is_of_its_own_incidents(library: FileLibrary) -> None:
    about = info(recording_id("/drives/a.mp4"), path="/drives/a.mp4")
    true = Review(ReviewStatus.TRUE)
    record(library, about, incident(1, 18.3), incident(2, 28.3), incident(3, 40.0))
    library.review(about.id, 3, FALSE)
    recorder = library.begin(about)
    for number, start_s in enumerate((6.2, 18.3, 28.3, 40.0), start=1):
        recorder.incident(incident(number, start_s), [])
    recorder.review(1, true)
    recorder.review(4, true)
    recorder.review(4, Review())  # taken back
    with pytest.raises(UserError, match="another incident 1"):
        library.review(about.id, 1, true, 6.2)
    library.review(about.id, 2, FALSE, 28.3)
    recorder.end(SUMMARY, 600, "source_ended")
    assert [each.review for each in library.drive(about.id).incidents] == [true, Review(), FALSE, Review()]
    # What is said of one that is stopped early is of what stays.
    recorder = library.begin(about)
    recorder.incident(incident(1, 18.3), [])
    recorder.review(1, true)
    recorder.end(replace(SUMMARY, length_s=20.0), 200, "stopped")
    assert [each.review for each in library.drive(about.id).incidents] == [true, true, FALSE, Review()]


def test_what_is_stopped_early_leaves_the_whole_drive_as_it_was(library: FileLibrary, tmp_path: Path) -> None:
    about = info(recording_id("/drives/a.mp4"), path="/drives/a.mp4")
    record(library, about, incident(1), incident(2, 20.0))
    before = sorted(path.name for path in (tmp_path / "library" / about.id).rglob("*"))
    record(library, about, incident(1), length_s=12.0)
    library.begin(about)  # and one that the power has ended, two days ago
    (cut_short,) = (tmp_path / "library" / about.id).glob("new-*")
    os.utime(cut_short, (1.0, 1.0))
    assert len(library.drive(about.id).incidents) == 2
    record(library, about, incident(1), length_s=12.0)
    assert sorted(path.name for path in (tmp_path / "library" / about.id).rglob("*")) == before


def test_a_recording_that_another_has_overwritten_is_kept_even_where_it_is_shorter(
    library: FileLibrary, tmp_path: Path
) -> None:
    video = tmp_path / "drive.mp4"
    video.write_bytes(b"of yesterday")
    about = info(recording_id(str(video)), path=str(video))
    record(library, about, incident(1), incident(2, 7.0), length_s=10.0)
    record(library, about, incident(1), length_s=8.0)  # stopped early
    assert len(library.drive(about.id).incidents) == 2
    video.write_bytes(b"of today")
    record(library, about, incident(1, 2.0), length_s=8.0)
    drive = library.drive(about.id)
    assert [each.start_s for each in drive.incidents] == [2.0] and drive.length_s == 8.0


def test_a_recording_may_be_watched_and_replayed_at_the_same_time(library: FileLibrary) -> None:
    about = info(recording_id("/drives/a.mp4"), path="/drives/a.mp4")
    first, second = library.begin(about), library.begin(about)
    first.incident(incident(1), [b"of the first"])
    second.incident(incident(1), [])
    second.incident(incident(2, 20.0), [b"of the second"])
    second.end(SUMMARY, 600, "source_ended")
    first.end(replace(SUMMARY, length_s=5.0), 50, "stopped")
    (drive,) = library.drives()
    assert len(drive.incidents) == 2 and drive.summary == SUMMARY and drive.damaged == 0
    assert library.thumbnails(about.id, 2) == (b"of the second",)


def test_what_the_power_has_torn_costs_one_line(library: FileLibrary, tmp_path: Path) -> None:
    record(library, info(), incident(1), incident(2, 20.0))
    path = tmp_path / "library" / info().id / LINES
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:6]) + lines[6][:200])
    (drive,) = library.drives()
    assert [each.number for each in drive.incidents] == [1] and drive.damaged == 1
    library.review(info().id, 1, FALSE)  # it stands in a line of its own
    assert library.drive(info().id).incidents[0].review == FALSE


def test_however_long_it_is_a_drive_is_one_file(
    library: FileLibrary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(Journal.__init__.__kwdefaults__, "most_bytes", 1000)
    recorder = library.begin(info())
    for number in range(1, 4):
        recorder.incident(incident(number, 20.0 * number), [])
    with (tmp_path / "library" / info().id / LINES).open("ab") as file:
        for _ in range(3):
            file.write(b'{"what": "notice", "text": "' + b"x" * (24 << 20) + b'"}\n')
    assert len(library.drives()[0].incidents) == 3  # while it goes on
    recorder.end(SUMMARY, 600, "stopped")
    (drive,) = FileLibrary(tmp_path / "library").drives()
    assert len(drive.incidents) == 3 and drive.summary == SUMMARY and library.notices() == []
    assert [path.name for path in (tmp_path / "library" / info().id).iterdir()] == [LINES]
    assert len(library.lines(info().id)) == 9


@pytest.mark.parametrize(
    "content",
    [b"\n", b"\xff\xfe\n", b"{}\n", b'{"what": "drive"}\n', b"[" * 100_000 + b"\n", *TOO_EARLY_OR_LATE],
)
def test_what_is_no_drive_is_set_aside_and_said(content: bytes, library: FileLibrary, tmp_path: Path) -> None:
    record(library, info("good"), incident())
    folder = tmp_path / "library" / "bad"
    folder.mkdir()
    (folder / LINES).write_bytes(content)
    assert [drive.info.id for drive in library.drives()] == ["good"]
    (notice,) = library.notices()
    assert "bad" in notice and "set aside as bad.damaged" in notice and library.notices() == []
    assert (tmp_path / "library" / "bad.damaged" / LINES).read_bytes() == content
    assert [drive.info.id for drive in library.drives()] == ["good"] and library.notices() == []


@pytest.mark.parametrize("size", [0, 1, 60])
def test_a_drive_that_another_is_about_to_begin_is_left_to_it(size: int, library: FileLibrary, tmp_path: Path) -> None:
    folder = tmp_path / "library" / info().id
    folder.mkdir(parents=True)
    line = _line("drive", drive_line(info())) + b"\n"
    with (folder / LINES).open("ab", buffering=0) as file:
        file.write(line[:size])
        assert library.drives() == [] and library.notices() == []
        with pytest.raises(UserError, match="only begun"):
            library.drive(info().id)
        file.write(line[size:])
    assert [drive.info for drive in library.drives()] == [info()]


def test_other_files_are_left_alone(library: FileLibrary, tmp_path: Path) -> None:
    record(library, info(), incident())
    for name in ("Notes.txt", "empty"):
        (tmp_path / "library" / name).mkdir()
    assert len(library.drives()) == 1 and library.notices() == []


@pytest.mark.parametrize("drive_id", ["none", "../secrets", "", "a/b", "A"])
def test_a_drive_that_is_none_is_an_error(drive_id: str, library: FileLibrary) -> None:
    record(library, info(), incident())
    for ask in (library.drive, library.lines, lambda one: library.review(one, 1, FALSE)):
        with pytest.raises(UserError, match="drive"):
            ask(drive_id)
    with pytest.raises(UserError, match="has no incident 7: it has 1"):
        library.review(info().id, 7, FALSE)


def test_a_drive_is_forgotten(library: FileLibrary, tmp_path: Path) -> None:
    record(library, info(), incident())
    library.delete(info().id)
    library.delete(info().id)
    assert library.drives() == [] and not (tmp_path / "library" / info().id).exists()


def test_a_library_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "library").write_text("a file is in the way")
    library = FileLibrary(tmp_path / "library")
    with pytest.raises(UserError, match="cannot"):
        record(library, info(), incident())
    with pytest.raises(UserError, match="cannot look into the library"):
        library.drives()


@pytest.mark.parametrize("at_the_end", [False, True])
def test_a_drive_that_begins_on_a_full_disk_is_kept_once_there_is_room(
    at_the_end: bool, library: FileLibrary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_room(_path: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr(json_lines, "make_folder", no_room)
        recorder = library.begin(info())
        with pytest.raises(UserError, match="disk is full"):
            recorder.flush()
        with pytest.raises(UserError, match="disk is full"):
            recorder.incident(incident(1), [b"first", b"last"])
        assert library.drives() == []
    if not at_the_end:
        recorder.flush()
        assert library.drive(info().id).incidents == (incident(1),)
    recorder.end(SUMMARY, 600, "stopped")
    assert library.thumbnails(info().id, 1) == (b"first", b"last")
    (drive,) = library.drives()
    assert drive.info == info() and drive.summary == SUMMARY and library.notices() == []


def test_images_of_the_oldest_make_room(library: FileLibrary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library_files, "MAX_THUMBNAIL_BYTES", 40)
    for number, name in enumerate(("a", "b", "c")):
        record(library, info(name, days=number), incident())
    record(library, info("d", days=4))
    assert [bool(library.thumbnails(name, 1)) for name in ("a", "b", "c")] == [False, True, True]
    assert len(library.drives()) == 4


def test_images_of_a_long_drive_make_room_while_it_goes_on(
    library: FileLibrary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library_files, "MAX_THUMBNAIL_BYTES", 100)
    monkeypatch.setattr(library_files, "_ROOM_EVERY", 6, raising=False)
    (tmp_path / "library").mkdir()
    (tmp_path / "library" / "notes.txt").write_text("somebody's")
    record(library, info(), *(incident(number, 9.0 * number) for number in range(1, 31)))
    sizes = [path.stat().st_size for path in tmp_path.rglob("*.jpg")]
    assert 50 <= sum(sizes) <= 140 and len(library.thumbnails(info().id, 30)) == 3


def test_an_image_that_found_no_room_is_written_later(library: FileLibrary, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_room(path: Path, _content: bytes) -> None:
        raise UserError(f"cannot write {path}: the disk is full")

    recorder = library.begin(info())
    with monkeypatch.context() as full:
        full.setattr(library_files, "write_atomic", no_room)
        with pytest.raises(UserError, match="disk is full"):
            recorder.incident(incident(1), [b"first", b"last"])
    recorder.flush()
    assert library.thumbnails(info().id, 1) == (b"first", b"last")
    recorder.end(SUMMARY, 600, "stopped")


@pytest.mark.parametrize("path", ["", "/drives/a.mp4"])
def test_a_drive_that_is_deleted_while_it_goes_on_stays_deleted(
    path: str, library: FileLibrary, tmp_path: Path
) -> None:
    about = info(recording_id(path), path=path) if path else info()
    recorder = library.begin(about)
    recorder.incident(incident(1), [b"first"])
    library.delete(about.id)
    recorder.incident(incident(2, 20.0), [b"second"])
    recorder.event(EVENT)
    recorder.flush()
    recorder.end(SUMMARY, 600, "stopped")
    assert library.drives() == [] and library.notices() == [] and not (tmp_path / "library" / about.id).exists()


def test_of_a_long_clip_eight_images_are_kept(library: FileLibrary) -> None:
    recorder = library.begin(info())
    recorder.incident(incident(), [bytes([number]) for number in range(17)])
    recorder.end(SUMMARY, 1, "stopped")
    kept = library.thumbnails(info().id, 1)
    assert len(kept) == 8 and (kept[0], kept[-1]) == (b"\x00", b"\x10")


def test_no_library_keeps_nothing() -> None:
    library = NoLibrary()
    record(library, info(), incident())
    library.review(info().id, 1, FALSE)
    assert library.drives() == [] and library.thumbnails(info().id, 1) == () and library.lines("x") == []


WHOLE = [
    _line("drive", drive_line(info())),
    _line("event", EVENT.as_dict()),
    _line("incident", incident(1).as_dict()),
    _line("incident", incident(2, 20.0).as_dict()),
    _line("review", review_line(2, FALSE)),
    _line("summary", SUMMARY.as_dict()),
]
junk = st.binary(max_size=60).filter(lambda content: b"\n" not in content and content.strip() != b"")


@given(st.lists(st.tuples(st.integers(0, len(WHOLE)), junk), max_size=5))
def test_whatever_lies_between_the_lines_nothing_else_is_lost(mess: list[tuple[int, bytes]]) -> None:
    lines = list(WHOLE)
    for index, content in mess:
        lines.insert(index, content)
    drive = read_drive(BytesIO(b"\n".join(lines)))
    assert drive.info == info() and drive.summary == SUMMARY
    assert [each.review for each in drive.incidents] == [Review(), FALSE]


@given(st.integers(0, len(b"\n".join(WHOLE))), st.binary(min_size=1, max_size=3))
def test_whatever_is_overwritten_what_is_read_is_sound(at: int, change: bytes) -> None:
    content = b"\n".join(WHOLE)
    try:
        drive = read_drive(BytesIO(content[:at] + change + content[at + len(change) :]))
    except UserError as error:
        assert at <= len(WHOLE[0]) and "no drive of the library" in str(error)
        return
    assert drive.info.began_at.tzinfo is not None
    for each in drive.incidents:
        assert each.as_dict()


@given(st.integers(0, len(b"\n".join(WHOLE))))
def test_however_short_it_was_cut_what_is_whole_is_read(length: int) -> None:
    content = b"\n".join(WHOLE)[:length]
    whole = content.count(b"\n") + (length == len(b"\n".join(WHOLE)))
    if length < len(WHOLE[0]):
        with pytest.raises(UserError):
            read_drive(BytesIO(content))
        return
    drive = read_drive(BytesIO(content))
    assert len(drive.incidents) >= max(0, min(2, whole - 2)) and drive.damaged <= 1
