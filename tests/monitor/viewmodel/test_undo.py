"""One history of changes, whatever they are of."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from monitor.viewmodel.undo import Change, UndoHistory

STEPS = st.lists(st.sampled_from(["change", "undo", "redo"]), max_size=40)


class Counter:
    """A number that changes; it can refuse to."""

    def __init__(self) -> None:
        self.value, self.works = 0, True

    def to(self, value: int) -> bool:
        if self.works:
            self.value = value
        return self.works

    def change(self, history: UndoHistory, what: str = "a number") -> None:
        before, now = self.value, self.value + 1
        self.value = now
        history.add(Change(what, lambda _failed: self.to(before), lambda _failed: self.to(now), self))


@given(STEPS)
def test_it_leads_back_and_forth_as_a_list_of_values_would(steps: list[str]) -> None:
    history, counter = UndoHistory(), Counter()
    values, at = [0], 0
    for step in steps:
        if step == "change":
            counter.change(history)
            values, at = [*values[: at + 1], counter.value], at + 1
        else:
            (history.undo if step == "undo" else history.redo)()
            at = min(max(0, at + (-1 if step == "undo" else 1)), len(values) - 1)
        assert counter.value == values[at]
        assert (history.to_undo is None, history.to_redo is None) == (at == 0, at == len(values) - 1)


def test_what_cannot_be_taken_back_stays_the_next_one() -> None:
    history, counter = UndoHistory(), Counter()
    counter.change(history)
    counter.works = False
    assert history.undo() is None and counter.value == 1
    counter.works = True
    undone = history.undo()
    assert undone is not None and undone.what == "a number" and counter.value == 0


def test_what_is_gone_takes_its_changes_along_and_no_others() -> None:
    history, one, other = UndoHistory(), Counter(), Counter()
    heard: list[int] = []
    history.changed.connect(lambda: heard.append(1))
    one.change(history)
    other.change(history, "the other")
    one.change(history)
    history.undo()
    history.forget(one)
    assert history.to_undo is not None and history.to_undo.what == "the other" and history.to_redo is None
    assert len(heard) == 5
    history.undo()
    assert (one.value, other.value) == (1, 0)
