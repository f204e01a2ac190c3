"""German is complete, up to date, and what is loaded is what was translated."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engines.activities import Activity
from engines.errors import UserError
from engines.notice import NoticeText
from monitor import viewmodel
from monitor.alerts.cause import Rule
from monitor.alerts.events import AlertEvent, Tier
from monitor.alerts.texts import explanation
from monitor.dashboard.texts import (
    advice_words,
    event_detail,
    event_headline,
    event_word,
    notice_words,
    term,
)
from monitor.dashboard.translations import FOLDER, speak
from monitor.dashboard.translations.update import release, update
from monitor.health.camera_health import Health
from monitor.health.view_check import ViewFinding
from monitor.live.pin_lock import PinLock
from monitor.sources import open_source
from tests.monitor.alerts.stories import C0, C1, C6, Lost, events_of_every_rule, play

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
        assert sorted(re.findall(r"\{[^{}]*\}", text)) == sorted(re.findall(r"\{[^{}]*\}", translation)), text


ONE_WORD = {
    r"\breview": "bewert",
    r"\b(un)?labell?(s|ed|ing)?\b": "label",
    r"\bexport": "export",
    r"\bsave": "speicher",
    r"\bundo\b": "rückgängig",
    r"\bredo\b": "wiederhol",
    r"\bsnooze": "stumm",
    r"\b(muted?|sound (on|off))\b": r"\bton\b",
    r"\bpause": r"halten\b",
    r"\bstopp?(s|ed|ing)?\b": r"stopp|abgebrochen",
    r"\bthis machine\b": "gerät",
    r"\balert(s|ed)?\b": "alarm",
    r"\bwarnings?\b": "warnung",
    r"\bspeed\b": "tempo|geschwindigkeit messen|regeln für",
}
"""English and what stands for it in German, whatever is said of it."""

OTHERS_WORDS = r"angabe|sichern|wiederherst|rechner|maschine|anteil|einzelheit|beobacht|markiert"
"""What would be a second word for one of these, or for another thing."""


def test_one_thing_has_one_word() -> None:
    for (context, text), translation in messages(GERMAN).items():
        said, german = (re.sub(r"\{[^{}]*\}|--[\w-]+", "", each).lower() for each in (text, translation))
        for english, word in ONE_WORD.items():
            if re.search(english, said):
                assert re.search(word, german), f"{context}: {text!r} is {translation!r}"
        assert not re.search(OTHERS_WORDS, german), f"{context}: {text!r} is {translation!r}"
        # A warning is one tier of an alert; both have a word of their own.
        warns, alarms = re.search("(?<!ent)warn", german), "alarm" in german
        assert (not warns or "warn" in said) and (not alarms or "alert" in said), f"{context}: {text!r}"
        # Nobody is addressed, neither formally nor otherwise.
        assert not re.search(r"[a-zäöüß,] (Sie|Ihnen|Ihre?n?|du|dein)\b", translation), translation


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


def in_language(language: str, events: Sequence[AlertEvent]) -> list[tuple[str, ...]]:
    """All that the window writes about each event."""
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    speak(application, language)
    return [(event_word(event), event_headline(event), *event_detail(event).split(" · ")) for event in events]


def stories() -> list[AlertEvent]:
    """Events of a few drives, of every rule and every fault."""
    events = events_of_every_rule()
    for speed in (None, 30.0, 80.0, lambda time_s: 80.0 if time_s < 9.0 else 10.0):
        for activity in (C1, C6, Activity.RADIO):
            events += play([(activity, 14.0), (C0, 3.0)], speed_kmh=speed).events
            events += play([(C0, 1.0), *[(activity, 2.4), (C0, 1.2)] * 8], speed_kmh=speed).events
    for health in Health:
        events += play([(C0, 2.0), (Lost(health), 3.0), (C0, 3.0)]).events
    return events


def failing(path: Path, number: int) -> Callable[..., None]:
    def fail(*_arguments: object, **_options: object) -> None:
        raise OSError(number, os.strerror(number), str(path))

    return fail


@pytest.mark.usefixtures("german")
@pytest.mark.parametrize(
    ("number", "why"),
    [
        (errno.ENOSPC, "der Datenträger ist voll"),
        (errno.EACCES, "die Berechtigung fehlt"),
        (errno.EROFS, "der Datenträger ist schreibgeschützt"),
        (errno.ENOENT, "die Datei oder den Ordner gibt es nicht"),
        (errno.EBUSY, "etwas anderes benutzt es"),
        (errno.EIO, "der Datenträger ist defekt oder antwortet nicht"),
    ],
)
def test_what_the_disk_does_is_said_in_german(
    number: int, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "pin.json"
    lock = PinLock(file)
    lock.set("4711")
    monkeypatch.setattr(Path, "replace", failing(file, number))
    with pytest.raises(UserError) as written:
        lock.set("4712")
    assert notice_words(str(written.value)) == f"{file} lässt sich nicht schreiben: {why}: einen anderen Pfad wählen"
    monkeypatch.setattr(Path, "unlink", failing(file, number))
    with pytest.raises(UserError) as deleted:
        lock.remove()
    assert notice_words(str(deleted.value)) == f"{file} lässt sich nicht löschen: {why}"


@pytest.mark.usefixtures("german")
def test_a_source_that_is_none_is_refused_in_german(tmp_path: Path) -> None:
    text, folder = tmp_path / "text.mp4", tmp_path / "none"
    text.write_text("no video")
    for source, said in (
        (text, "es ist kein Video oder beschädigt"),
        (folder, "eine Kameranummer, eine Videodatei, einen Bilderordner oder eine URL angeben"),
        ("300", "Kamera 300 gibt es nicht: die Nummern gehen von 0 bis 255"),
    ):
        with pytest.raises(UserError) as refused:
            open_source(str(source))
        assert said in notice_words(str(refused.value))


@pytest.mark.usefixtures("german")
def test_the_stories_of_the_policy_show_no_english() -> None:
    events = stories()
    # An alert that stood already comes with no event.
    assert {event.cause.rule for event in events if event.cause is not None} == set(Rule) - {Rule.STOOD_ALREADY}
    assert {event.health for event in events} == set(Health)
    for english, german in zip(in_language("en", events), in_language("de", events), strict=True):
        assert len(english) == len(german)
        for text, translated in zip(english, german, strict=True):
            # What both languages write alike.
            assert translated != text or text in ("Radio", "C5 Radio"), text
            with_points = re.sub(r"(?<=\d),(?=\d)", ".", translated)
            assert re.findall(r"[\d.]+", with_points) == re.findall(r"[\d.]+", text), translated


@pytest.mark.usefixtures("qtbot")
def test_the_window_s_sentences_are_the_terminal_s() -> None:
    events = stories()
    for event, words in zip(events, in_language("en", events), strict=True):
        assert (explanation(event.cause) or words[-1]) == words[-1]


@pytest.mark.usefixtures("german")
def test_a_phone_s_warning_and_every_advice_are_in_german() -> None:
    warning = next(event for event in play([(C0, 5.0), (C1, 4.0)], speed_kmh=80.0).events if event.tier is Tier.WARNING)
    assert notice_words(explanation(warning.cause)) == "fällig nach 2 s über 50 km/h, beim Telefon 1 s früher"
    for about in (*Health, *ViewFinding):
        assert term(about.title) != about.title
        assert about is Health.OK or term(about.advice) != about.advice
        assert advice_words(about).startswith(term(about.title))
    # Said as a notice of the drive.
    for finding in ViewFinding:
        said = NoticeText("{what}: {advice}", what=NoticeText(finding.title), advice=NoticeText(finding.advice))
        assert said == finding.text and notice_words(said) == advice_words(finding)
    assert term("Drinking") == "Trinken"


def test_the_window_takes_no_text_apart() -> None:
    """What it shows it is given in parts."""
    for package in (FOLDER.parent, Path(viewmodel.__path__[0])):
        for file in package.rglob("*.py"):
            text = file.read_text(encoding="utf-8")
            assert not re.search(r'^import re$|partition\(":"\)', text, flags=re.MULTILINE), file.name


def test_notices_of_a_drive_are_said_in_the_windows_language(qtbot: QtBot) -> None:
    """With what was put into them, notices within notices included."""
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    lost = NoticeText("the speed signal is lost: {name}: alerts come as early as at high speed", name="can0")
    failed = NoticeText("{what} works again", what=NoticeText("the journal"))
    assert (lost, failed) == (notice_words(lost), notice_words(failed))
    assert str(failed) == "the journal works again"
    try:
        speak(application, "de")
        assert notice_words(lost) == "das Tempo ist verloren: can0: Alarme kommen so früh wie bei hohem Tempo"
        assert notice_words(failed) == "das Protokoll geht wieder"
        assert notice_words("a library's own words") == "a library's own words"
    finally:
        speak(application, "en")
