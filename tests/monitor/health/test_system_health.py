"""What does not work of the monitor itself: told when it begins and when it ends."""

from __future__ import annotations

import pytest

from monitor.health.system_health import SystemFault, SystemHealth


def test_what_fails_is_told_once_and_its_end_says_how_long() -> None:
    health = SystemHealth()
    assert health.update(SystemFault.BEHIND, None, 1.0) is None
    began = health.update(SystemFault.BEHIND, "80 % dropped", 2.0)
    assert began is not None and (began.since_s, began.until_s) == (2.0, None)
    assert health.update(SystemFault.BEHIND, "80 % dropped", 3.0) is None
    assert health.active == (began,)
    ended = health.update(SystemFault.BEHIND, None, 9.0)
    assert ended is not None and (ended.since_s, ended.until_s) == (2.0, 9.0)
    assert ended.text == "the monitor keeps up again" and health.active == ()
    assert ended.as_dict() == {
        "condition": "behind",
        "subject": None,
        "since_s": 2.0,
        "until_s": 9.0,
        "text": "the monitor keeps up again",
    }


def test_another_cause_of_the_same_is_told_and_goes_on() -> None:
    health = SystemHealth()
    health.update(SystemFault.NO_SOUND, "muted", 1.0)
    changed = health.update(SystemFault.NO_SOUND, "no device", 5.0)
    assert changed is not None and (changed.text, changed.since_s) == ("no device", 1.0)


def test_several_of_a_kind_are_told_apart() -> None:
    health = SystemHealth()
    for name in ("the window", "the score"):
        health.update(SystemFault.LISTENER, f"{name}: broken", 1.0, name)
    ended = health.update(SystemFault.LISTENER, None, 2.0, "the window")
    assert ended is not None and ended.text == "the window works again"
    assert [condition.subject for condition in health.active] == ["the score"]


@pytest.mark.parametrize("fault", SystemFault)
def test_every_fault_has_a_title_and_an_end(fault: SystemFault) -> None:
    health = SystemHealth()
    health.update(fault, "it does not work", 0.0, "it")
    ended = health.update(fault, None, 1.0, "it")
    assert fault.title and ended is not None and "again" in ended.text
