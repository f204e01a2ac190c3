"""A driver without a window hears of alerts: tones and a command, and what is said where they fail."""

from __future__ import annotations

import json
import os
import sys
import threading
from pathlib import Path

import pytest

from engines.activities import Activity
from engines.errors import UserError
from monitor.alerts.events import AlertEvent, EventKind, Reason, Tier
from monitor.health.camera_health import Health
from monitor.live.session import AlertChanged, Ended, EndReason, Failed, Loaded, Notice, Summary
from monitor.live.sound import heard
from monitor.live.sound.heard import MOST_COMMANDS, CommandListener, SilenceListener, ToneListener, alert_listeners
from tests.monitor.fakes import FakeClock

FRAME = Notice("something else happens")
END = Ended(Summary(), EndReason.STOPPED)


def alert(kind: EventKind, tier: Tier) -> AlertChanged:
    return AlertChanged(AlertEvent(kind, 4.5, tier, Activity.DRINKING, Reason.DISTRACTION, Health.OK, 2.0))


class FakePlayer:
    def __init__(self, *problems: str) -> None:
        self.did: list[str] = []
        self.works = False
        self._problems = list(problems)

    def ensure_open(self) -> None:
        if self._problems:
            raise UserError(self._problems.pop(0))
        self.works = True

    def play(self, tier: Tier) -> None:
        self.did.append(tier.code)

    def stop(self) -> None:
        self.did.append("stop")

    def close(self) -> None:
        self.did.append("close")


def test_tones_follow_the_tier() -> None:
    player = FakePlayer()
    tones = ToneListener(player, silence=lambda: None, clock=FakeClock())
    for event in (
        FRAME,
        alert(EventKind.RAISED, Tier.CAUTION),
        # A camera's fault and its end leave the tone of an alert alone.
        alert(EventKind.FAULT, Tier.CAUTION),
        alert(EventKind.RECOVERED, Tier.CAUTION),
        alert(EventKind.ESCALATED, Tier.CRITICAL),
        alert(EventKind.FAULT, Tier.CRITICAL),
        alert(EventKind.LOWERED, Tier.WARNING),
        alert(EventKind.CLEARED, Tier.NONE),
        END,
    ):
        tones.on_event(event)
    assert player.did == ["caution", "critical", "stop", "stop", "stop", "close"]


def until_heard(tones: ToneListener) -> None:
    """Something happens until nothing is wrong any more; the suite's time limit ends what never is."""
    while True:
        try:
            tones.on_event(FRAME)
        except UserError:
            continue
        return


def test_no_device_is_said_at_the_start_and_tried_again() -> None:
    player = FakePlayer("there is no sound device", "there is no sound device")
    tones = ToneListener(player, silence=lambda: None, clock=FakeClock())
    with pytest.raises(UserError, match="no sound device"):
        tones.on_event(FRAME)
    until_heard(tones)
    assert player.works


def test_nothing_is_said_of_the_sound_before_there_is_anything_to_hear() -> None:
    player = FakePlayer("there is no sound device")
    for listener in (ToneListener(player, silence=lambda: None, clock=FakeClock()), SilenceListener()):
        for event in (Loaded(), Failed("source", UserError("no such camera"))):
            listener.on_event(event)
    assert not player.works


def test_a_muted_system_is_said_and_looked_at_again() -> None:
    clock, answers = FakeClock(), ["the system's sound is muted", None]
    tones = ToneListener(FakePlayer(), silence=lambda: answers.pop(0) if len(answers) > 1 else answers[0], clock=clock)
    with pytest.raises(UserError, match="muted"):
        tones.on_event(FRAME)
    answers[0] = None
    until_heard(tones)


def test_a_device_that_hangs_holds_nothing_and_is_said() -> None:
    clock, free, begun = FakeClock(), threading.Event(), threading.Event()

    class Hangs(FakePlayer):
        def ensure_open(self) -> None:
            begun.set()
            free.wait()

    tones = ToneListener(Hangs(), silence=lambda: None, clock=clock)
    tones.on_event(FRAME)
    assert begun.wait(30.0)
    clock.advance(5.0)
    with pytest.raises(UserError, match="does not answer"):
        tones.on_event(alert(EventKind.RAISED, Tier.CAUTION))
    free.set()
    tones.on_event(END)


def test_what_is_switched_off_is_said_unless_a_command_is_heard() -> None:
    (silence,) = alert_listeners(0.0, None)
    assert isinstance(silence, SilenceListener)
    for event in (FRAME, END):
        with pytest.raises(UserError, match="switched off"):
            silence.on_event(event)
    assert [type(listener) for listener in alert_listeners(0.0, sys.executable)] == [CommandListener]
    assert [type(listener) for listener in alert_listeners(1.0, sys.executable)] == [CommandListener, ToneListener]


def script(tmp_path: Path, code: str) -> str:
    """The command line of a program."""
    path = tmp_path / "on alert.py"
    path.write_text(code, encoding="utf-8")
    return f"'{sys.executable}' '{path}' '{tmp_path}'"


def settled(command: CommandListener) -> str | None:
    """What is said when the commands that run have ended."""
    problem = None
    while command.running:
        try:
            command.on_event(FRAME)
            problem = None
        except UserError as error:
            problem = str(error)
    return problem


pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="commands are quoted otherwise there")


def test_a_command_gets_every_alert_and_its_end_as_json(tmp_path: Path) -> None:
    code = "import sys, json, pathlib; event = json.load(sys.stdin); folder = pathlib.Path(sys.argv[1]); "
    code += "(folder / (event['kind'] + '.json')).write_text(json.dumps(event))"
    command = CommandListener(script(tmp_path, code))
    for event in (
        alert(EventKind.RAISED, Tier.CAUTION),
        alert(EventKind.ESCALATED, Tier.WARNING),
        alert(EventKind.FAULT, Tier.WARNING),
        alert(EventKind.CLEARED, Tier.NONE),
    ):
        command.on_event(event)
    assert settled(command) is None
    assert sorted(path.stem for path in tmp_path.glob("*.json")) == ["cleared", "escalated", "raised"]
    event = json.loads((tmp_path / "escalated.json").read_text())
    assert (event["tier"], event["activity"]) == ("warning", "c6") and "Drinking" in event["text"]


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import sys; sys.exit(3)", "exit code 3"),
        ("import os; os.kill(os.getpid(), 9)", "signal 9"),
        ("import sys; sys.stdin.close(); sys.exit(1)", "exit code 1"),
        ("raise SystemExit(0)", None),
    ],
)
def test_a_command_that_fails_is_said_until_one_does_its_work(code: str, said: str | None, tmp_path: Path) -> None:
    command = CommandListener(script(tmp_path, code))
    command.on_event(alert(EventKind.RAISED, Tier.CAUTION))
    problem = settled(command)
    assert (problem is None) if said is None else (problem is not None and said in problem)
    script(tmp_path, "")
    try:
        command.on_event(alert(EventKind.RAISED, Tier.CAUTION))
    except UserError:
        assert said is not None
    assert settled(command) is None


def test_a_program_that_is_not_there_is_said_at_the_start_and_with_every_alert(tmp_path: Path) -> None:
    command = CommandListener(str(tmp_path / "none"))
    for event in (FRAME, alert(EventKind.RAISED, Tier.CAUTION)):
        with pytest.raises(UserError, match="cannot be started"):
            command.on_event(event)


@pytest.mark.parametrize("words", ["", "  ", "'unclosed"])
def test_a_command_line_that_names_none_is_refused(words: str) -> None:
    with pytest.raises(UserError, match="--on-alert"):
        CommandListener(words)


def test_of_commands_that_hang_a_few_run_and_the_newest_alert_is_always_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heard, "_LAST_S", 0.01)
    monkeypatch.setattr(heard, "_KILLED_S", 120.0)  # on a busy machine, too, it is seen to be gone
    command = CommandListener(script(tmp_path, "import time; time.sleep(600)"))
    for _ in range(MOST_COMMANDS):
        command.on_event(alert(EventKind.RAISED, Tier.CAUTION))
    first = command.running
    with pytest.raises(UserError, match="still running"):
        command.on_event(alert(EventKind.RAISED, Tier.WARNING))
    assert len(command.running) == MOST_COMMANDS and command.running[:-1] == first[1:]
    left = [first[0], *command.running]
    with pytest.raises(UserError):
        command.on_event(END)
    for number in left:
        with pytest.raises(ProcessLookupError):
            os.kill(number, 0)
