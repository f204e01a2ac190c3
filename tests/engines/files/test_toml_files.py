"""A file that is no TOML, in our words: where, and what a line should be."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.files.toml_files import load_toml

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a = 1\nb 2\n", "line 2, column 3: a line is written key = value"),
        ("a = yes\n", "line 1, column 5: this is no value: a text stands in quotes"),
        ("a = 1\na = 2\n", "this key stands there twice"),
        ("[t]\n[t]\n", "this table stands there twice"),
        ("a = [1, 2\n", "a quote or a bracket is not closed"),
        ('a = "b\n', "line 1, column 7: a quote or a bracket is not closed"),
        ("a = 1 2\n", "more stands here than one value"),
        ("= 1\n", "a line is written key = value"),
    ],
)
def test_the_place_and_the_mistake_are_named(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "odd.toml").write_text(text, encoding="utf-8")
    with pytest.raises(tomllib.TOMLDecodeError) as caught:
        load_toml(tmp_path / "odd.toml")
    assert said in str(caught.value)


@given(st.text(st.sampled_from("ab=[]{}\"'# \n.,1-:\\"), max_size=30))
def test_no_complaint_is_the_parser_s(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    file = tmp_path_factory.mktemp("toml") / "odd.toml"
    file.write_text(text, encoding="utf-8")
    try:
        load_toml(file)
    except tomllib.TOMLDecodeError as error:
        assert (
            "(at " not in str(error)
            and "Expected" not in str(error)
            and str(error).startswith(("line ", "at its end", "it "))
        )
