"""What an earlier version has kept in files is taken into the store, once, and nothing of it is lost."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import platformdirs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.command import run_command
from engines.errors import UserError
from engines.files.printable import as_json
from monitor import store as store_command
from monitor.__main__ import parser
from monitor.alerts.incidents.incident import Review, ReviewStatus
from monitor.journal.former_library import FormerLibrary, parse_former_drive
from monitor.journal.library import Library
from monitor.journal.store.retention import Retention, RetentionLimits
from monitor.journal.store.writer import Store
from monitor.live.options import open_store
from tests.monitor.journal.drives import BEGAN, EVENT, SUMMARY, incident

pytestmark = pytest.mark.usefixtures("patient_disk")


def line(what: str, **content: object) -> bytes:
    return as_json({"at": "2026-11-30T08:15:00.000+00:00", "what": what, **content}).encode() + b"\n"


def first(name: str = "20261130-081500-abcd", *, path: str = "", **other: object) -> bytes:
    about = {"bundle": {"name": "toy", "files": {"a": "ab12"}}}
    content = {"format": 3, "id": name, "began_at": BEGAN.isoformat(), "source": path or "camera 0", "path": path}
    return line("drive", **{**content, "driver": "", "about": about, **other})


STORY = [
    first(),
    line("event", **EVENT.as_dict()),
    line("incident", **incident(1).as_dict()),
    line("notice", text="dark"),
    line("system", condition="store", since_s=9.0, until_s=None, text="full"),
    line("incident", **incident(2, 20.0).as_dict()),
    line("review", incident=1, status="true", note=""),
    line("review", incident=1, status="false", note="scratched"),
    line("driver", driver="Ada"),
    line("summary", **SUMMARY.as_dict()),
    line("end", frames=600, reason="stopped"),
]


def write(library: Path, name: str, *lines: bytes, images: int = 0) -> Path:
    """A drive as the earlier version wrote it, with images of its first incident."""
    folder = library / name
    (folder / "1").mkdir(parents=True)
    for number in range(images):
        (folder / "1" / f"{number}.jpg").write_bytes(b"image %d" % number)
    (folder / "drive.jsonl").write_bytes(b"".join(lines))
    return folder


def opened(folder: Path) -> tuple[Store, Library]:
    store = Store(folder, former=FormerLibrary(folder / "library"))
    return store, Library(store)


def test_a_look_takes_it_in_once_and_sets_it_aside(tmp_path: Path) -> None:
    write(tmp_path / "library", "20261130-081500-abcd", *STORY, images=11)
    write(tmp_path / "library", "recording-1", first("recording-1", path="/drives/a.mp4"), STORY[2])
    (tmp_path / "library" / "recording-1" / "new-ab").mkdir()
    store, library = opened(tmp_path)
    recording, camera = sorted(library.drives(), key=lambda drive: drive.info.live)
    assert camera.info.driver == "Ada" and camera.summary == SUMMARY and camera.info.began_at == BEGAN
    assert (camera.info.end_reason, camera.info.frames, camera.info.bundle) == ("stopped", 600, "toy")
    assert [each.review for each in camera.incidents] == [Review(ReviewStatus.FALSE, "scratched"), Review()]
    assert camera.incidents[1] == incident(2, 20.0)
    images = library.thumbnails(camera.info.uid, 1)
    assert len(images) == 8 and (images[0], images[-1]) == (b"image 0", b"image 10")
    kinds = [json.loads(each)["what"] for each in library.lines(camera.info.uid)]
    assert {"notice", "system"} <= set(kinds)
    assert recording.info.path == "/drives/a.mp4" and recording.info.end_reason == "interrupted"
    said = library.notices()[-1]
    assert "2 drives, 3 incidents" in said and "deleted" not in said
    assert not (tmp_path / "library").exists()
    assert (tmp_path / "library.imported" / "20261130-081500-abcd" / "1" / "10.jpg").exists()
    store.close()
    store, library = opened(tmp_path)
    assert len(library.drives()) == 2 and library.notices() == [] and not store.is_writer
    store.close()


def test_incidents_older_than_a_store_keeps_them_stay(tmp_path: Path) -> None:
    story = [first(began_at=(BEGAN - timedelta(days=800)).isoformat()), *STORY[1:]]
    write(tmp_path / "library", "20261130-081500-abcd", *story)
    store, library = opened(tmp_path)
    assert len(library.drives()) == 1
    retention = Retention(RetentionLimits(most_bytes=10**12, free_bytes=0))
    dropped, _ = store.call(lambda database: retention.run(database, store.clock.now()), 60.0)
    (drive,) = library.drives()
    assert dropped.incidents == 0 and drive.kept == {1, 2}
    assert not any("dropped" in notice for notice in library.notices())
    store.close()


def test_what_came_in_before_the_power_went_does_not_come_twice(tmp_path: Path) -> None:
    for number in (1, 2):
        write(tmp_path / "library", "20261130-081500-abcd", *STORY)
        store, library = opened(tmp_path)
        assert len(library.drives()) == 1
        aside = "library.imported" if number == 1 else "library.imported-2"
        assert (tmp_path / aside).is_dir()
        store.close()


def test_a_drive_that_cannot_be_read_is_said_and_stays_in_its_folder(tmp_path: Path) -> None:
    write(tmp_path / "library", "bad", b"nonsense\n")
    write(tmp_path / "library", "good", *STORY[:3], b'{"what": "incident", "torn', images=1)
    store, library = opened(tmp_path)
    (drive,) = library.drives()
    assert [each.number for each in drive.incidents] == [1]
    unreadable, damaged, whole = library.notices()
    assert "bad" in unreadable and "cannot be read" in unreadable and "drive good" in damaged
    assert "1 drives, 1 incidents" in whole
    assert (tmp_path / "library.imported" / "bad" / "drive.jsonl").read_bytes() == b"nonsense\n"
    store.close()


def test_the_user_s_store_takes_it_in_and_a_named_one_by_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(platformdirs, "user_data_dir", lambda _name: str(tmp_path / "data"))
    folder = write(tmp_path / "data" / "library", "20261130-081500-abcd", *STORY).parent
    named = ["import", str(folder), "--store", str(tmp_path / "named")]
    assert run_command(store_command.main, named) == 0 == run_command(store_command.main, named)
    out = capsys.readouterr().out
    assert "taken in: 1 drives, 2 incidents" in out and "taken in: 0 drives, 0 incidents" in out
    assert folder.is_dir(), "what a command reads it leaves"
    (tmp_path / "empty").mkdir()
    assert run_command(store_command.main, ["import", str(tmp_path / "empty")]) == 2
    assert "neither a journal nor a former library" in capsys.readouterr().err
    user = open_store(parser().parse_args([]))
    assert user is not None and user.folder == tmp_path / "data" and len(Library(user).drives()) == 1
    user.close()
    assert not folder.exists()


TOO_EARLY_OR_LATE = [first(began_at=began) for began in ("0001-01-01T00:00:00+23:00", "9999-12-31T23:59:59-23:00")]


@pytest.mark.parametrize(
    "content",
    [b"\n", b"", b"\xff\xfe\n", b"{}\n", b'{"what": "drive"}\n', b"[" * 100_000 + b"\n", *TOO_EARLY_OR_LATE],
)
def test_what_is_no_drive_is_an_error(content: bytes) -> None:
    with pytest.raises(UserError, match="no drive of a library"):
        parse_former_drive([content])


@given(st.lists(st.sampled_from(STORY[1:]) | st.binary(max_size=40), max_size=20), st.integers(0, 300))
def test_whatever_is_damaged_the_rest_is_read(lines: list[bytes], cut: int) -> None:
    whole = [STORY[0], *lines]
    former = parse_former_drive([*whole, STORY[2][:cut]])
    assert former.drive.source == "camera 0"
    assert {each.number for each in former.incidents} >= {
        number for number, each in ((1, STORY[2]), (2, STORY[5])) if each in lines
    }
