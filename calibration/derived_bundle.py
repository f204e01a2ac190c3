"""A new bundle from an old one, with something fitted or added: bundles are read-only."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from engines.bundles.bundle import Bundle, seal_bundle
from engines.bundles.manifest import FORMAT_VERSION, MODEL_CARD
from engines.files.output import new_bundle


def derive_bundle(
    bundle: Bundle,
    output: Path,
    title: str,
    note: str,
    *,
    changes: Mapping[str, object] | None = None,
    added: Iterable[Path] = (),
    left_out: Collection[str] = (),
) -> None:
    """Write a bundle that differs in fields of its manifest, in new files, and in a section on them in the model card.

    Args:
        bundle: what is copied; it stays as it is.
        output: an empty or new folder.
        title: of the section.
        note: what the section says.
        changes: field of the manifest → its new value.
        added: files to put into the bundle, under their own names, in place of those that are called so.
        left_out: files not to copy.

    Raises:
        UserError: when the folder is taken or cannot be written.
    """
    with new_bundle(output) as folder:
        kept = (bundle.path / name for name in bundle.manifest.files if name not in left_out)
        for file in (*kept, *added):
            shutil.copyfile(file, folder / file.name)
        with (folder / MODEL_CARD).open("a", encoding="utf-8") as card:
            card.write(f"\n## {title}\n\n{note}\n")
        changed = {"format_version": FORMAT_VERSION, **(changes or {})}
        seal_bundle(bundle.manifest.model_copy(update=changed), folder)
