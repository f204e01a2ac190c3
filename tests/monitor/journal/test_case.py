"""A case: one incident as a zip that can be opened and sent."""

from __future__ import annotations

import io
import json
import stat
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from engines.errors import UserError
from monitor.alerts.incidents.incident import Incident, Review, ReviewStatus
from monitor.journal.case import case_name, write_case
from monitor.journal.library import Library
from monitor.journal.store.records import StoredDrive, StoredFault
from tests.monitor.journal.drives import incident, info, kept_in, record

pytestmark = pytest.mark.usefixtures("patient_disk")

NAMES = {
    "README.txt", "incident.json", "journal.jsonl", "settings.json", "software.json",
    "thumbnails/01.jpg", "thumbnails/02.jpg", "thumbnails/03.jpg",
}  # fmt: skip


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with kept_in(tmp_path / "kept") as library:
        yield library


def case_of(tmp_path: Path, about: StoredDrive, *incidents: Incident, number: int = 1) -> dict[str, bytes]:
    with kept_in(tmp_path / "library") as library:
        record(library, about, *incidents)
        library.review(about.uid, number, Review(ReviewStatus.FALSE, "scratched"))
        drive = library.drive(about.uid)
        path = write_case(tmp_path / "sent" / "case", library, drive, drive.incident(number))
    assert path.name == "case.zip" and stat.S_IMODE(path.stat().st_mode) == 0o600
    with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def test_it_holds_what_is_needed_to_see_what_happened(tmp_path: Path) -> None:
    files = case_of(tmp_path, info(driver="Ada"), incident(1), incident(2, 100.0), incident(3, 400.0), number=2)
    assert set(files) == NAMES and files["thumbnails/03.jpg"] == b"last"
    sent = Incident.from_dict(json.loads(files["incident.json"]))
    assert sent.number == 2 and sent.review == Review(ReviewStatus.FALSE, "scratched")
    journal = [json.loads(line) for line in files["journal.jsonl"].splitlines()]
    assert journal[0]["what"] == "drive" and "about" not in journal[0]
    # The others are more than a minute away.
    assert {line.get("number", line.get("incident")) for line in journal[1:]} == {2}
    assert [line["what"] for line in journal[1:]] == ["event", "event", "incident"]
    software = json.loads(files["software.json"])
    assert software["bundle"]["files"] == {"model.fp32.onnx": "ab12"} and "settings" not in software
    assert json.loads(files["settings.json"])["settings"] == {"alerts": {"enter": 0.55}}
    readme = files["README.txt"].decode()
    assert "driver Ada" in readme and "false alert: scratched" in readme and "3 small images" in readme


def noted(text: str, at_s: float) -> StoredFault:
    return StoredFault(info().uid, "notice", at_s, info().began, {"text": text})


def test_a_notice_goes_with_the_lines_around_it(library: Library, tmp_path: Path) -> None:
    starts_s = (10.0, 200.0, 240.0)
    notices = [noted("long before", 1.0), *(noted(f"after {n}", s + 5.0) for n, s in enumerate(starts_s, 1))]
    library.keep_drive(info(), [(incident(number, start_s), []) for number, start_s in enumerate(starts_s, 1)], notices)
    drive = library.drive(info().uid)
    path = write_case(tmp_path / "case.zip", library, drive, drive.incident(2))
    with zipfile.ZipFile(path) as archive:
        text = archive.read("journal.jsonl").decode()
        assert "after 2" in text and "long before" not in text and "after 1" not in text
        assert "none were kept" in archive.read("README.txt").decode()


def test_no_password_and_no_folder_of_the_user_is_in_it(library: Library, tmp_path: Path) -> None:
    address = "rtsp://admin:hunter2@10.0.0.1/live"
    about = info("recording-1", path="/home/ada/private/drive.mp4")
    about = replace(about, about={**about.about, "camera": address, "deep": [{"x": [address]}]})
    reviewed = replace(incident(), review=Review(ReviewStatus.UNCLEAR, f"see {address}"))
    texts = (f"cannot read /home/ada/private/drive.csv or {address}", "cannot read /home/ada/private/drive.csv")
    notices = [replace(noted(text, 5.0), drive_uid=about.uid) for text in texts]
    library.keep_drive(about, [(reviewed, [])], notices)
    drive = library.drive(about.uid)
    with zipfile.ZipFile(write_case(tmp_path / "case.zip", library, drive, reviewed)) as archive:
        text = "".join(archive.read(name).decode() for name in archive.namelist())
    assert "hunter2" not in text and "ada/private" not in text
    assert "drive.mp4" in text and "…/drive.csv" in text


HIDDEN = [
    ("cannot write /home/alice/fleet/Anna Meier: its disk hangs", "cannot write …: its disk hangs"),
    ("cannot write /home/alice/Meier, Anna/store: full", "cannot write …: full"),
    ("cannot read /home/alice/Anna Meier/a.csv: line 3", "cannot read …/a.csv: line 3"),
    ("the PIN in ~/Anna Meier/pin.json cannot be read", "the PIN in …/pin.json cannot be read"),
    ("C:\\Users\\alice\\Anna Meier\\a.mp4: damaged", "…/a.mp4: damaged"),
    ("left (/srv/alice/x)", "left (…"),
    ('at "/srv/alice/x" twice', 'at "…" twice'),
    ("file:///home/alice/a.mp4", "…/a.mp4"),
    ("/home/alice/a.mp4 or rtsp://10.0.0.1:554/live/ch1", "…/a.mp4 or rtsp://10.0.0.1:554/live/ch1"),
    ("drove 50 km/h and/or 2026/11/30, camera /dev/video0 / 2", None),
    ("clips/1.mp4, ./a/b.csv and rtsp://10.0.0.1/Streaming/Channels/101", None),
]  # fmt: skip


@pytest.mark.parametrize(("text", "shown"), HIDDEN)
@pytest.mark.parametrize("path", ["", "/drive.mp4", "/home/ada/drive.mp4"])
def test_no_folder_of_the_machine_is_in_it(
    text: str, shown: str | None, path: str, library: Library, tmp_path: Path
) -> None:
    reviewed = replace(incident(), review=Review(ReviewStatus.UNCLEAR, text))
    about = info(path=path)
    about = replace(about, about={**about.about, "speed": text})
    library.keep_drive(about, [(reviewed, [])], [noted(text, 5.0)])
    drive = library.drive(about.uid)
    with zipfile.ZipFile(write_case(tmp_path / "case.zip", library, drive, reviewed)) as archive:
        files = {name: archive.read(name).decode() for name in archive.namelist()}
    assert not any("alice" in content or "Meier" in content for content in files.values())
    (notice,) = [one for one in map(json.loads, files["journal.jsonl"].splitlines()) if one["what"] == "notice"]
    settings, review = json.loads(files["settings.json"])["speed"], json.loads(files["incident.json"])["review"]
    assert notice["text"] == settings == review["note"] == (text if shown is None else shown)
    assert notice["text"] in files["README.txt"]


def test_the_name_of_a_recording_stays_whatever_it_is(library: Library, tmp_path: Path) -> None:
    about = info(path="/home/alice/Anna Meier/a drive.mp4")
    text = "cannot decode /home/alice/Anna Meier/a drive.mp4: torn"
    library.keep_drive(about, [(incident(), [])], [noted(text, 5.0)])
    drive = library.drive(about.uid)
    with zipfile.ZipFile(write_case(tmp_path / "case.zip", library, drive, incident())) as archive:
        text = archive.read("journal.jsonl").decode()
    assert "cannot decode …/a drive.mp4: torn" in text and "Meier" not in text


def test_a_camera_s_address_without_its_password_stays(tmp_path: Path) -> None:
    files = case_of(tmp_path, replace(info(), source="rtsp://10.0.0.1/live"), incident())
    assert "rtsp://10.0.0.1/live" in files["README.txt"].decode()


def test_a_case_that_cannot_be_written_says_so(library: Library, tmp_path: Path) -> None:
    record(library, info(), incident())
    drive = library.drive(info().uid)
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="choose another path"):
        write_case(tmp_path / "file" / "case.zip", library, drive, drive.incident(1))
    assert case_name(drive, drive.incident(1)) == f"case-{info().uid[:8]}-1.zip"
