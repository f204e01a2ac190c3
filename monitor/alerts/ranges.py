"""What a setting of the policy may be, for people, and what is wrong with one that is something else."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from pydantic import BaseModel, ValidationError

from engines.notice import NoticeText

_LIMITS = (
    ("exclusiveMinimum", "above"),
    ("minimum", "from"),
    ("exclusiveMaximum", "below"),
    ("maximum", "to"),
)
_BEYOND = {"greater_than", "greater_than_equal", "less_than", "less_than_equal", "finite_number"}
"""Pydantic's names of what is wrong with a number outside its range."""


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
    """The first thing that is wrong with a model's settings: the setting's name, then what it needs."""
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    if first["type"] in _BEYOND:
        return f"{where} = {first['input']} is beyond its range: {_allowed_at(model, first['loc'])}"
    what = first["msg"].removeprefix("Value error, ")
    return f"{where}: {what}" if where else what


def _allowed_at(model: type[BaseModel], location: Sequence[int | str]) -> str:
    for name in map(str, location):
        inner = model.model_fields[name].annotation
        if not (isinstance(inner, type) and issubclass(inner, BaseModel)):
            break
        model = inner
    return allowed(model, name)
