"""Labels in every format that is read and written: ours, OpenLABEL, CVAT, Label Studio, FiftyOne."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engines.errors import UserError
from engines.files.labels.cvat import cvat_xml, parse_cvat
from engines.files.labels.drive_labels import DriveLabels, labels_csv, parse_labels, read_labels_as
from engines.files.labels.fiftyone import fiftyone_json, parse_fiftyone
from engines.files.labels.frame_labels import LabelledDrive, read_json
from engines.files.labels.label_studio import label_studio_json, parse_label_studio
from engines.files.labels.openlabel import DMD_FPS, openlabel_json, parse_openlabel


@dataclass(frozen=True)
class LabelFormat:
    """A format of labels.

    Attributes:
        suffix: of its files.
        write: a drive's labels as the text of a file.
        parse: a text, and frames a second for what counts frames, as labels; raises `UserError`.
    """

    suffix: str
    write: Callable[[LabelledDrive], str]
    parse: Callable[[str, float], DriveLabels]


FORMATS: Mapping[str, LabelFormat] = {
    "csv": LabelFormat(".csv", lambda drive: labels_csv(drive.segments), lambda text, _: parse_labels(text)),
    "openlabel": LabelFormat(".json", openlabel_json, parse_openlabel),
    "cvat": LabelFormat(".xml", cvat_xml, parse_cvat),
    "label-studio": LabelFormat(".json", label_studio_json, parse_label_studio),
    "fiftyone": LabelFormat(".json", fiftyone_json, parse_fiftyone),
}


def read_labels_in(path: Path, name: str | None = None, fps: float | None = None) -> DriveLabels:
    """Read labels in any format.

    Args:
        path: the file.
        name: of its format; None for what its suffix and content say.
        fps: of the drive's video, for formats that count frames.

    Raises:
        UserError: for what cannot be read as labels, with the file's name.
    """

    def parse(text: str) -> DriveLabels:
        return FORMATS[name or format_of(text, path.suffix)].parse(text, fps or DMD_FPS)

    return read_labels_as(parse, path)


def format_of(text: str, suffix: str) -> str:
    """The format of a text with labels, whose file has a suffix. Raises `UserError` for JSON of another kind."""
    begin = text.lstrip()[:1]
    kind = suffix.lower()
    if kind == ".csv" or (kind not in (".json", ".xml") and begin not in ("<", "{", "[")):
        return "csv"
    if kind == ".xml" or begin == "<":
        return "cvat"
    content: Any = read_json(text)
    task = content[0] if isinstance(content, list) and content else content
    if isinstance(task, dict) and {"annotations", "predictions"} & set(task):
        return "label-studio"
    if isinstance(content, dict) and isinstance(content.get("labels"), dict):
        return "fiftyone"
    if isinstance(content, dict) and {"openlabel", "vcd"} & set(content):
        return "openlabel"
    raise UserError(
        'this is neither OpenLABEL nor VCD 4 (its first key is to be "openlabel" or "vcd"), nor an export of'
        " Label Studio or FiftyOne"
    )
