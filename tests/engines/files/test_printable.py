"""What may be shown of names, errors and texts from elsewhere."""

from __future__ import annotations

import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from engines.errors import UserError
from engines.files.printable import as_json, printable, printable_lines, printable_value, source_label
from engines.notice import NoticeText

CONTROLS = [
    *map(chr, [*range(32), *range(127, 160), 0x061C, 0x200E, 0x200F, *range(0x2028, 0x202F), *range(0x2066, 0x206A)]),
    "\ud800",
    "\udcff",
]
WILD = st.text(st.characters() | st.sampled_from(CONTROLS))


def test_what_controls_a_terminal_is_escaped_and_letters_stay() -> None:
    assert printable("drive\x1b]0;owned\x07\x9b2J\u202e.mp4") == "drive\\x1b]0;owned\\x07\\x9b2J\\u202e.mp4"
    assert printable("a\nb\rc\td\x00") == "a\\nb\\rc\\td\\x00"
    assert printable(Path("dr\udcffve")) == "dr\\udcffve"
    for name in ("Fahrt äöü", "ドライブ 1", "поездка", "رحلة", "🚗 C:\\x"):
        assert printable(name) == name
    assert printable_lines("one\n\ttwo\x7f\r\n") == "one\n\ttwo\\x7f\\r\n"


@given(WILD)
def test_any_text_can_be_shown(text: str) -> None:
    shown = printable(text)
    assert not set(shown) & set(CONTROLS)
    assert printable(shown) == shown
    assert not set(printable_lines(text)) & set(CONTROLS) - {"\n", "\t"}
    shown.encode("utf-8")


@given(st.recursive(WILD | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(WILD, inner), max_leaves=5))
def test_json_holds_the_same_in_letters_that_can_be_shown(content: object) -> None:
    for indent in (None, 1):
        text = as_json(content, indent=indent)
        assert json.loads(text) == json.loads(json.dumps(content))
        assert not set(text) & set(CONTROLS) - {"\n"}


def test_errors_and_notices_are_one_line_that_can_be_shown() -> None:
    assert str(UserError("cannot read\n  x\x1b[2J.csv")) == "cannot read x\\x1b[2J.csv"
    inner = NoticeText("{file} is set aside", file="a\x1b[8m.toml")
    notice = NoticeText("{what}: {at_s:.1f} s {n}", what=inner, at_s=1.25, n="b\u2028")
    assert notice == "a\\x1b[8m.toml is set aside: 1.2 s b\\u2028"
    assert notice.parameters["what"] is inner and notice.parameters["at_s"] == 1.25


def test_what_a_template_is_given() -> None:
    assert printable_value("a\x1b") == "a\\x1b" and printable_value(3) == 3


def test_a_source_that_is_a_file_or_a_camera_is_called_as_it_is_named() -> None:
    for name in ("0", "demo", "drive=1.mp4", "C:\\drives\\me@home.mp4", "/mnt/a b/c.mp4", "12:30 me@home.mp4"):
        assert source_label(name) == name
    assert source_label(" x\x1b.mp4 ") == "x\\x1b.mp4"
