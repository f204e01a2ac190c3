"""German is complete, up to date, and what is loaded is what was translated."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engines.activities import Activity
from monitor.alerts.events import EventKind
from monitor.alerts.texts import explanation
from monitor.dashboard.texts import WHYS, term, why
from monitor.dashboard.translations import FOLDER, speak
from monitor.dashboard.translations.update import release, update
from tests.monitor.alerts.stories import C0, C1, C6, play

GERMAN = FOLDER / "de.ts"


def messages(file: Path) -> dict[tuple[str, str], str]:
    """(context, text) → translation."""
    found = {}
    for context in ElementTree.parse(file).getroot().iter("context"):
        for message in context.iter("message"):
            translation = message.find("translation")
            assert translation is not None
            found[context.findtext("name", ""), message.findtext("source", "")] = translation.text or ""
    return found


def test_every_text_is_translated_and_keeps_its_places() -> None:
    for (context, text), translation in messages(GERMAN).items():
        assert translation, f"{context}: {text!r} has no translation"
        assert sorted(re.findall(r"\{\d\}", text)) == sorted(re.findall(r"\{\d\}", translation)), text


def test_the_file_is_up_to_date_with_the_code(tmp_path: Path) -> None:
    fresh = tmp_path / "de.ts"
    fresh.write_bytes(GERMAN.read_bytes())
    update(fresh)
    assert messages(fresh) == messages(GERMAN), "run python -m monitor.dashboard.translations.update"


def test_what_is_loaded_is_what_was_translated(tmp_path: Path) -> None:
    release(GERMAN, tmp_path / "de.qm")
    same = (tmp_path / "de.qm").read_bytes() == GERMAN.with_suffix(".qm").read_bytes()
    assert same, "run python -m monitor.dashboard.translations.update"


@pytest.fixture
def german(qtbot: QtBot) -> object:
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    speak(application, "de")
    yield
    speak(application, "en")


def drives() -> list[str]:
    """Every reason that the policy gives in a few drives."""
    whys = set()
    for speed in (None, 30.0, 80.0, lambda time_s: 80.0 if time_s < 9.0 else 10.0):
        for activity in (C1, C6, Activity.RADIO):
            for story in (
                [(activity, 14.0), (C0, 3.0)],
                [(C0, 1.0), *[(activity, 2.4), (C0, 1.2)] * 8],
                [(activity, 3.0), (np.full(10, 0.1, dtype=np.float32), 4.0)],
            ):
                events = play(story, speed_kmh=speed).events
                whys |= {
                    explanation(event.cause)
                    for event in events
                    if event.kind not in (EventKind.FAULT, EventKind.RECOVERED)
                }
    return sorted(whys - {""})


@pytest.mark.usefixtures("german")
def test_every_reason_is_in_german() -> None:
    found = drives()
    assert len(found) > 8
    for text in found:
        german_text = why(text)
        assert german_text != text, f"{text!r} is none of the templates"
        assert re.findall(r"[\d.]+", german_text.replace(",", " ")) == re.findall(r"[\d.]+", text.replace(",", " ")), (
            german_text
        )
    assert why("due after 2 s above 50 km/h, 1 s earlier for a phone") == (
        "fällig nach 2 s über 50 km/h, beim Telefon 1 s früher"
    )
    assert term("Drinking") == "Trinken" and len(WHYS) == len(set(WHYS))
