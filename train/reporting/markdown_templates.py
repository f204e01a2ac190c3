"""The templates of the texts that a run leaves behind."""

from __future__ import annotations

from jinja2 import Environment, PackageLoader, StrictUndefined

from engines.files.printable import printable_value


def markdown_templates() -> Environment:
    """Those in ``templates/``; a name that they use and nobody gives is an error."""
    return Environment(
        loader=PackageLoader("train.reporting", "templates"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # Markdown, read by people
        finalize=printable_value,
    )
