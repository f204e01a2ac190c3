"""What a setting may be, and what is wrong with one that is something else: pydantic's errors in our words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from engines.errors import did_you_mean
from engines.notice import NoticeText

_LIMITS = (
    ("exclusiveMinimum", "above"),
    ("minimum", "from"),
    ("exclusiveMaximum", "below"),
    ("maximum", "to"),
)
_BEYOND = {"greater_than", "greater_than_equal", "less_than", "less_than_equal", "finite_number"}
"""Pydantic's names of what is wrong with a number outside its range."""

_KINDS = {
    "float": NoticeText("a number"),
    "decimal": NoticeText("a number"),
    "int": NoticeText("a whole number"),
    "bool": NoticeText("true or false"),
    "string": NoticeText("a text in quotes"),
    "path": NoticeText("a text in quotes"),
    "list": NoticeText("a list"),
    "tuple": NoticeText("a list"),
    "set": NoticeText("a list"),
    "frozen_set": NoticeText("a list"),
    "dict": NoticeText("a table"),
    "model": NoticeText("a table"),
    "dataclass": NoticeText("a table"),
}
"""What is asked for, by the first word of pydantic's name of a wrong type: ``float_parsing``, ``list_type``."""

_SHORT = 40
"""Characters of a wrong value that an error repeats."""


@lru_cache(maxsize=8)
def schema(model: type[BaseModel]) -> dict[str, dict[str, Any]]:
    """The JSON schema of each setting of a model; made once, as pydantic takes its time for it."""
    properties: dict[str, dict[str, Any]] = model.model_json_schema()["properties"]
    return properties


def allowed(model: type[BaseModel], name: str) -> str:
    """What a setting may be, such as "above 0 to 10"; of a table, what its values may be; empty for another table."""
    found = schema(model)[name]
    found = found.get("additionalProperties", found)
    if "enum" in found:
        return ", ".join(found["enum"])
    if found.get("type") == "boolean":
        return "true, false"
    return " ".join(f"{word} {found[key]:g}" for key, word in _LIMITS if key in found)


def unit(name: str) -> str:
    """The unit that a setting's name ends with: ``s``, ``km/h``, or empty for a number without one."""
    return next((unit for end, unit in (("_s", "s"), ("_kmh", "km/h")) if name.endswith(end)), "")


def misfit(error: ValidationError) -> NoticeText | None:
    """The first thing that is wrong, where settings do not go together; the names of settings are its parameters."""
    reason = error.errors()[0].get("ctx", {}).get("error")
    text = reason.args[0] if isinstance(reason, ValueError) and reason.args else None
    return text if isinstance(text, NoticeText) else None


def first_fault(error: ValidationError, model: type[BaseModel]) -> str:
    """What is wrong with a model's settings first of all: the setting's name, then what it needs."""
    return fault_text(main_fault(error), model)


def main_fault(error: ValidationError) -> Mapping[str, Any]:
    """The first of `ValidationError.errors`, but for a key that there is not: it may be why another is missing."""
    faults = error.errors()
    return next((fault for fault in faults if fault["type"] == "extra_forbidden"), faults[0])


def fault_text(fault: Mapping[str, Any], model: type[BaseModel]) -> str:
    """One of `ValidationError.errors`, in one line that begins with the setting's name."""
    location, kind = fault["loc"], str(fault["type"])
    name = _name(location)
    if kind == "extra_forbidden":
        return NoticeText("{name}: there is no such key{hint}", name=name, hint=_keys_instead(location, model))
    if kind == "missing":
        if location and isinstance(location[-1], int):
            return NoticeText(
                "{name} has {count} values, which is too few", name=_name(location[:-1]), count=location[-1]
            )
        return NoticeText("{name} is missing", name=name)
    if kind == "too_long":
        values = fault["ctx"]
        return NoticeText(
            "{name} has {count} values: {most} are the most",
            name=name,
            count=values["actual_length"],
            most=values["max_length"],
        )
    if kind in ("too_short", "string_too_short"):
        if not fault["input"]:
            return NoticeText("{name} is empty", name=name)
        return NoticeText("{name} is too short", name=name)
    if kind == "json_invalid":
        return NoticeText("it is no JSON")
    value = f"{name} = {_shown(fault['input'])}" if name else _shown(fault["input"])
    if kind in _BEYOND:
        limits = _allowed_at(model, location)
        if limits:
            return NoticeText("{value} is beyond its range: {limits}", value=value, limits=limits)
        return NoticeText("{value} is beyond its range", value=value)
    if kind in ("enum", "literal_error"):
        choices = re.findall(r"'([^']*)'", fault["ctx"]["expected"])
        return NoticeText(
            "{value} is none of {names}{hint}",
            value=value,
            names=", ".join(choices),
            hint=did_you_mean(str(fault["input"]), choices),
        )
    if kind == "int_from_float":
        return NoticeText("{value} is not a whole number", value=value)
    wanted = _KINDS.get(re.sub(r"_(attributes_)?(type|parsing|parsing_size)$", "", kind))
    if wanted is not None and not kind.endswith("_error"):
        return NoticeText("{value} is not {wanted}", value=value, wanted=wanted)
    if kind in ("value_error", "assertion_error"):
        what = re.sub(r"^(Value|Assertion) error, ", "", fault["msg"])
        return f"{name}: {what}" if name else what
    return NoticeText("{value} is not allowed", value=value)


def _name(location: Sequence[int | str]) -> str:
    """A setting as people count: the first entry of a list is 1."""
    return ".".join(str(part + 1 if isinstance(part, int) else part) for part in location)


def _shown(value: Any) -> str:
    text = {True: "true", False: "false"}.get(value, repr(value)) if isinstance(value, bool) else repr(value)
    return text if len(text) <= _SHORT else f"{text[: _SHORT - 1]}…"


def _keys_instead(location: Sequence[int | str], model: type[BaseModel]) -> str:
    *_, (within, name) = _models_along(model, location)
    if name != location[-1]:
        return NoticeText(": take it out")
    keys = list(within.model_fields)
    return did_you_mean(name, keys) or NoticeText(": the keys are {names}", names=", ".join(keys))


def _allowed_at(model: type[BaseModel], location: Sequence[int | str]) -> str:
    *_, (within, name) = _models_along(model, location)
    return allowed(within, name) if name in within.model_fields else ""


def _models_along(model: type[BaseModel], location: Sequence[int | str]) -> Iterator[tuple[type[BaseModel], str]]:
    """The models on the way to a setting, each with the name that follows; within a table of numbers there is none."""
    for name in (str(part) for part in location if not isinstance(part, int)):
        yield model, name
        field = model.model_fields.get(name)
        inner = [] if field is None else [field.annotation, *get_args(field.annotation)]
        models = [each for each in inner if isinstance(each, type) and issubclass(each, BaseModel)]
        if not models:
            return
        model = models[0]
