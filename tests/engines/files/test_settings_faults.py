"""Pydantic's errors in our words, with the setting's name and what it may be."""

from __future__ import annotations

from enum import Enum
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from engines.files.settings_faults import first_fault


class Colour(Enum):
    RED = "red"
    GREEN = "green"


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid")

    seconds: float = Field(default=1.0, gt=0.0, le=10.0)
    count: int = 1


class Settings(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str
    inner: Inner = Inner()
    entries: list[Inner] = []
    crop: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0)
    mirror: bool = False
    mode: Literal["tracked", "cold"] = "cold"
    colour: Colour = Colour.RED

    @field_validator("name")
    @classmethod
    def _is_short(cls, name: str) -> str:
        if len(name) > 100:
            raise ValueError("write a shorter one")
        return name


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({}, "name is missing"),
        ({"nane": "x"}, "nane: there is no such key: did you mean name?"),
        ({"name": "x", "inner": {"zzz": 1}}, "inner.zzz: there is no such key: the keys are seconds, count"),
        ({"name": "x", "entries": [{}, {"cuont": 1}]}, "entries.2.cuont: there is no such key: did you mean count?"),
        ({"name": 3}, "name = 3 is not a text in quotes"),
        ({"name": "x", "inner": 3}, "inner = 3 is not a table"),
        ({"name": "x", "inner": {"seconds": "long"}}, "inner.seconds = 'long' is not a number"),
        ({"name": "x", "inner": {"seconds": 11}}, "inner.seconds = 11 is beyond its range: above 0 to 10"),
        ({"name": "x", "inner": {"count": 1.5}}, "inner.count = 1.5 is not a whole number"),
        ({"name": "x", "inner": {"count": [1]}}, "inner.count = [1] is not a whole number"),
        ({"name": "x", "entries": 1}, "entries = 1 is not a list"),
        ({"name": "x", "crop": "all"}, "crop = 'all' is not a list"),
        ({"name": "x", "crop": [0, 0, 1]}, "crop has 3 values, which is too few"),
        ({"name": "x", "crop": [0, 0, 1, 1, 1]}, "crop has 5 values: 4 are the most"),
        ({"name": "x", "crop": [0, 0, "a", 1]}, "crop.3 = 'a' is not a number"),
        ({"name": "x", "mirror": "perhaps"}, "mirror = 'perhaps' is not true or false"),
        ({"name": "x", "mode": "cool"}, "mode = 'cool' is none of tracked, cold: did you mean cold?"),
        ({"name": "x", "colour": "blue"}, "colour = 'blue' is none of red, green"),
        ({"name": "x" * 101}, "name: write a shorter one"),
    ],
)
def test_what_is_wrong_is_said(content: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Settings.model_validate(content)
    assert first_fault(caught.value, Settings) == said


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda each: st.lists(each) | st.dictionaries(st.text(), each),
)


@given(st.dictionaries(st.sampled_from([*Settings.model_fields, "other"]), JSON))
def test_any_fault_is_one_line_without_pydantic_s_words(content: dict[str, Any]) -> None:
    try:
        Settings.model_validate(content)
    except ValidationError as error:
        said = first_fault(error, Settings)
        assert said and "\n" not in said and "Input should" not in said and "Extra inputs" not in said


def test_what_is_no_json_is_said() -> None:
    with pytest.raises(ValidationError) as caught:
        Settings.model_validate_json("{no")
    assert first_fault(caught.value, Settings) == "it is no JSON"
