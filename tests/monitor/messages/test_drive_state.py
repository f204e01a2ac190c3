"""The state that is published is that of the drive as it goes on."""

from __future__ import annotations

from monitor.live.session import Session, SessionEvent, SessionOptions
from monitor.messages.drive_state import DriveState
from monitor.speed.source import FixedSpeed
from tests.monitor.fakes import FakeSource, Segments, fake_engine, frames_of
from tests.monitor.journal.store.stories import Clocks

STORY: Segments = [(0, 3.0), (6, 4.0), (0, 3.0), (1, 3.0), (0, 3.0)]


class Watcher:
    """Looks at the state after each event."""

    name = "the watcher"

    def __init__(self, state: DriveState) -> None:
        self._state, self.states = state, [state.as_dict()]

    def on_event(self, event: SessionEvent) -> None:
        self.states.append(self._state.as_dict())

    def values(self, key: str) -> list[object]:
        """Those that one has had, each change once."""
        found = [state[key] for state in self.states]
        return [value for number, value in enumerate(found) if number == 0 or value != found[number - 1]]


def drive(state: DriveState, *, armed: bool = True) -> Watcher:
    source, watcher = FakeSource(frames_of(STORY)), Watcher(state)
    Session(
        fake_engine(),
        SessionOptions(source.name),
        [state.armed_by(lambda: armed), watcher],
        open_source=lambda: source,
        open_speed=lambda _lost_after_s: FixedSpeed(None),
    ).run()
    return watcher


def test_a_drives_alerts_and_incidents_are_its_state() -> None:
    state, wakes = DriveState(Clocks().store_clock), []
    state.watch(lambda: wakes.append(state.as_dict()))
    watcher = drive(state)
    assert watcher.values("watching") == [False, True, False]
    assert watcher.values("alert") == [False, True, False, True, False]
    assert watcher.values("tier") == ["none", "caution", "warning", "none", "caution", "warning", "none"]
    assert watcher.values("incidents") == [0, 1, 2]
    last = watcher.states[-1]
    assert 5.0 < float(str(last["under_alert_s"])) < 12.0 and last["health"] == "ok" and last["camera_fault"] is False
    incident = last["last_incident"]
    assert isinstance(incident, dict) and incident["number"] == 2 and incident["activity"] == "c1"
    assert str(incident["at"]).startswith("2026-11-30T")
    assert 6 <= len(wakes) < len(watcher.states) / 4  # not at every frame


def test_while_alerts_are_off_there_are_none() -> None:
    watcher = drive(DriveState(Clocks().store_clock), armed=False)
    assert watcher.values("alert") == [False] and watcher.values("incidents") == [0]
    assert "c6" in watcher.values("activity")


def test_the_next_drive_begins_anew_and_keeps_the_last_incident() -> None:
    state = DriveState(Clocks().store_clock)
    drive(state)
    watcher = drive(state, armed=False)
    last = watcher.states[-1]["last_incident"]
    assert watcher.values("incidents") == [2, 0] and isinstance(last, dict) and last["number"] == 2
