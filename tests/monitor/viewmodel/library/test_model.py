"""Rows, inbox and incidents of the library's view."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from monitor.alerts.incidents.incident import Review, ReviewStatus
from monitor.journal.library import KeptDrive, Library
from monitor.viewmodel.library.model import Day, Inbox, LibraryModel
from tests.monitor.journal.drives import BEGAN, incident, info, kept_in, record, uid

pytestmark = pytest.mark.usefixtures("patient_disk")


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with kept_in(tmp_path / "library") as library:
        yield library


def loaded(library: Library) -> LibraryModel:
    model = LibraryModel(library.thumbnails)
    model.take(library.drives())
    return model


def test_an_empty_library_has_an_empty_inbox(library: Library) -> None:
    model = loaded(library)
    assert model.rows() == [Inbox(0)] and model.entries() == []


def test_by_day_and_driver(library: Library) -> None:
    for name, days, driver in (("a", 0, "Grace"), ("b", 0, ""), ("c", 0, "ada"), ("d", 2, "")):
        record(library, info(name, days=days, driver=driver), incident(1))
    rows = loaded(library).rows()
    assert [row.info.uid for row in rows if isinstance(row, KeptDrive)] == [uid(name) for name in "dcab"]
    assert [type(row) for row in rows[:3]] == [Inbox, Day, KeptDrive] and sum(isinstance(row, Day) for row in rows) == 2


def test_an_incident_has_its_drive_s_name_and_images(library: Library) -> None:
    record(library, info("a", driver="Ada"), incident(1))
    (entry,) = loaded(library).entries()
    assert entry.source == "camera 0 · Ada" and entry.kept_as == uid("a") and entry.spec == ""
    assert [thumbnail.jpeg for thumbnail in entry.clip] == [b"first", b"second", b"last"]


def test_only_among_other_drives_an_incident_says_who_drove_and_when(library: Library) -> None:
    record(library, info("a", driver="Ada"), incident(1))
    model = loaded(library)
    (entry,) = model.entries()
    assert (entry.driver, entry.began_at) == ("Ada", BEGAN)
    model.choose(uid("a"))
    (entry,) = model.entries()
    assert (entry.driver, entry.began_at) == ("", None)


def test_a_recording_s_earlier_watching_leads_to_the_one_that_is_shown(library: Library) -> None:
    for days, name in enumerate("ab"):
        record(library, info(name, path="/drives/a.mp4", days=days), incident(1))
    model = LibraryModel(library.thumbnails)
    model.begin_loading()
    model.choose(uid("a"))
    model.take(library.drives())
    assert model.chosen == uid("b") and len(model.entries()) == 1
    model.choose(uid("a"))
    assert model.chosen == uid("b")
    model.choose("nobody")
    assert model.chosen == ""


def test_the_next_one_is_looked_for_downwards_and_then_from_the_top(library: Library) -> None:
    record(library, info("a"), *(incident(number, 10.0 * number) for number in range(1, 4)))
    model = loaded(library)
    first, second, third = model.entries()
    assert [model.next_unreviewed(entry) for entry in (third, second, first)] == [second, first, third]
    drive = library.drive(uid("a"))
    said = tuple(replace(each, review=Review(ReviewStatus.TRUE)) for each in drive.incidents)
    model.replace(replace(drive, incidents=said))
    assert model.next_unreviewed(model.entries()[0]) is None and model.unreviewed == 0
    assert len(model.entries()) == 3  # until another look
    model.choose(uid("a"))
    model.choose("")
    assert model.entries() == []


def test_a_drive_that_is_gone_is_chosen_no_longer(library: Library) -> None:
    record(library, info("a"), incident(1))
    record(library, info("b", days=1), incident(1))
    model = loaded(library)
    model.choose(uid("a"))
    assert [entry.kept_as for entry in model.entries()] == [uid("a")]
    model.forget(uid("a"))
    assert model.chosen == "" and [entry.kept_as for entry in model.entries()] == [uid("b")]


def test_of_very_many_only_the_newest_have_their_images(library: Library) -> None:
    record(library, info("a"), *(incident(number, 10.0 * number) for number in range(1, 121)))
    entries = loaded(library).entries()
    assert [bool(entry.clip) for entry in entries] == [False] * 20 + [True] * 100
