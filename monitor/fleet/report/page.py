"""What the pages of reports have in common: how their templates are filled in."""

from __future__ import annotations

import json
from pathlib import Path

import jinja2
from markupsafe import Markup

from engines.files.printable import printable_value


def page_environment(templates: Path) -> jinja2.Environment:
    """For the templates of a folder: nothing that they are given is markup or holds control characters."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(templates),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=printable_value,
    )
    environment.filters.update(percent=percent, script_json=_script_json)
    return environment


def percent(value: float | None) -> str:
    """As people read a fraction; a dash where there is none."""
    return "–" if value is None else f"{100.0 * value:.1f} %"


def _script_json(value: object) -> Markup:
    """JSON that can stand in a script element, whatever the names of drives hold."""
    text = json.dumps(value, allow_nan=False, separators=(",", ":"))
    return Markup(text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"))
