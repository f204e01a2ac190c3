"""What is recorded: the administrator's lock over the command line, over what the user has chosen."""

from __future__ import annotations

from pathlib import Path

import platformdirs
import pytest

from engines.errors import UserError
from monitor.__main__ import parser
from monitor.live.recording.choice import Privacy, Recorded, keep_nothing, resolve_privacy, unstored
from monitor.live.user_files import LastChoices, locked_file


@pytest.fixture(autouse=True)
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The administrator's folder."""
    monkeypatch.setattr(platformdirs, "site_config_dir", lambda _name, **_: str(tmp_path))
    if locked_file("privacy.toml") is not None:
        pytest.skip("this machine's administrator has locked what is recorded")
    return tmp_path


def privacy(*arguments: str, chosen: str = "", user_files: bool = True) -> Privacy:
    return resolve_privacy(parser().parse_args(arguments), LastChoices(record=chosen), user_files=user_files)


def lock(site: Path, text: str) -> None:
    (site / "privacy.toml").write_text(text, encoding="utf-8")


def test_nothing_is_recorded_until_somebody_has_chosen() -> None:
    assert privacy() == Privacy(Recorded.NOTHING, is_chosen=False)
    chosen = privacy(chosen="incidents")
    assert (chosen.record, chosen.is_chosen, chosen.used) == (Recorded.INCIDENTS, True, ("recorded: incidents",))
    assert privacy(chosen="incidents", user_files=False).record is Recorded.NOTHING, "of a recording what is named"


def test_the_command_line_holds_over_what_was_chosen() -> None:
    assert privacy("--record", "everything", chosen="nothing").record is Recorded.EVERYTHING
    assert privacy("--record", "nothing", chosen="everything") == Privacy(Recorded.NOTHING, is_chosen=True)


def test_a_lock_holds_over_all_and_says_so(site: Path) -> None:
    lock(site, 'record = "nothing"\n')
    held = privacy("--record", "everything", chosen="everything")
    assert held.record is Recorded.NOTHING and held.is_chosen and held.locked == site / "privacy.toml"
    (notice,) = held.notices
    assert "is locked by" in notice and "--record everything does not hold" in notice
    assert privacy("--record", "nothing").notices == ()
    lock(site, 'record = "incidents"\n')
    assert privacy(user_files=False).record is Recorded.INCIDENTS


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("record = 1", "record is none of nothing, incidents, everything"),
        ('record = "all"', "record is none of"),
        ('closed_loop = "yes"', "closed_loop is neither true nor false"),
        ("recording = true", "there is no setting recording"),
        ("record =", "nothing of the drive is kept"),
    ],
)
def test_a_lock_that_cannot_be_understood_keeps_nothing(site: Path, text: str, said: str) -> None:
    lock(site, text)
    held = privacy("--record", "everything", "--store", "drives")
    assert held.closed_loop and held.record is Recorded.NOTHING
    assert said in held.notices[0]


def test_the_closed_loop_wins_over_everything(site: Path) -> None:
    held = privacy("--closed-loop", chosen="everything")
    assert held.closed_loop and held.record is Recorded.NOTHING
    with pytest.raises(UserError, match="leave out --store, --driver"):
        privacy("--closed-loop", "--store", "drives", "--driver", "Ann")
    lock(site, "closed_loop = true\n")
    held = privacy("--journal", "events.jsonl", "--record", "incidents")
    assert held.closed_loop and "--journal, --record does not hold" in held.notices[0]


def test_nothing_of_the_command_line_keeps_anything_then() -> None:
    arguments = parser().parse_args(["--store", "x", "--journal", "y", "--json", "z", "--driver", "Ann"])
    keep_nothing(arguments)
    assert (arguments.store, arguments.journal, arguments.json, arguments.driver) == (None, None, None, "")


@pytest.mark.parametrize("text", ["5", "5,5,5", "-1,5", "5,61", "a,b", "nan,5", ""])
def test_what_is_no_seconds_around_an_incident_is_refused(text: str) -> None:
    with pytest.raises((SystemExit, UserError)):
        parser().parse_args([f"--record-around={text}"])
    assert parser().parse_args(["--record-around", "0,12.5"]).record_around == (0.0, 12.5)


def test_clips_need_a_store() -> None:
    arguments = parser().parse_args(["--record", "incidents"])
    with pytest.raises(UserError, match="name it with --store DIR"):
        unstored(Privacy(Recorded.INCIDENTS), arguments)
    (notice,) = unstored(Privacy(Recorded.INCIDENTS), parser().parse_args([]))
    assert "nothing is recorded" in notice
    assert unstored(Privacy(), arguments) == []
