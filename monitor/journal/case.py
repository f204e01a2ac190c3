"""A case: one incident, as one zip to send to somebody who shall look at it.

It holds what is needed to see what happened and why, in plain files that can be opened before sending: thumbnails, the
incident, the journal around it, the settings in force, software and bundle hashes. No password: all text goes through
`engines.files.printable`. No folder of the machine either: of an absolute path at most the file's name is told.
"""

from __future__ import annotations

import io
import json
import os
import re
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePath
from typing import Any

from engines.errors import UserError, reason
from engines.files.output import make_folder, write_atomic
from engines.files.printable import as_json, printable, printable_lines
from engines.notice import NoticeText
from monitor.alerts.incidents.incident import Incident
from monitor.journal.library import KeptDrive, Library
from monitor.journal.store.records import StoredDrive

_AROUND_S = 60.0
"""Seconds of the journal before the incident, and after it."""

_TIMES = ("time_s", "start_s", "since_s")
_DATE = (2000, 1, 1, 0, 0, 0)

_PATH = re.compile(
    # Not the slashes within an address, or between words; and no device.
    r"""(?<![\w:/\\.…\]~]) (?: file:/+ | ~[\w.-]*[/\\] | [a-zA-Z]:[/\\] | \\\\ | /(?!dev/|\s) )
    (?: (?!:\s|:$|[a-zA-Z][\w+.-]*://) [^\n\t"] )*""",
    re.VERBOSE,
)
"""An absolute path, or one from a home. Folders' names have spaces: so it ends only with a colon, a quote, the line."""

_FILE = re.compile(r".*[/\\]([^\s/\\]+\.[a-zA-Z]\w{0,4}(?!\w).*)", re.DOTALL)
"""A path that ends in a file's name without a space; what stands behind it belongs to it."""


def write_case(
    path: Path,
    library: Library,
    drive: KeptDrive,
    incident: Incident,
    thumbnails: Sequence[bytes] | None = None,
) -> Path:
    """Write an incident of a drive as a zip, and give its path, which ends in ``.zip``. Raises `UserError`.

    Args:
        path: of the zip.
        library: where the drive is kept.
        drive, incident: what it is about.
        thumbnails: JPEGs, the oldest first; the library's when left out.
    """
    path = path if path.suffix.lower() == ".zip" else path.with_name(f"{path.name}.zip")
    images = library.thumbnails(drive.info.uid, incident.number) if thumbnails is None else thumbnails
    content = case_files(drive.info, incident, images, library.lines(drive.info.uid))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            # Always the same bytes for the same case, and for its owner alone once it is unpacked.
            entry = zipfile.ZipInfo(name, _DATE)
            entry.external_attr = 0o600 << 16
            entry.compress_type = zipfile.ZIP_STORED if name.endswith(".jpg") else zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    try:
        make_folder(path.parent)
    except OSError as error:
        raise UserError(
            NoticeText("cannot write {path}: {reason}: choose another path", path=path, reason=reason(error))
        ) from error
    write_atomic(path, packed.getvalue())
    return path


def case_name(drive: KeptDrive, incident: Incident) -> str:
    """A file's name for a case."""
    return f"case-{drive.info.uid[:8]}-{incident.number}.zip"


def case_files(
    info: StoredDrive, incident: Incident, thumbnails: Sequence[bytes], lines: Sequence[str]
) -> dict[str, bytes]:
    """Name → content of each file of a case."""
    recording = PurePath(info.path)
    # What is in it may have a space in its name, which the pattern of a path hides.
    folder = f"{recording.parent}{os.sep}" if recording.is_absolute() and recording.parent.name else ""
    about = {name: _hide(value, folder) for name, value in info.about.items()}
    settings = {name: about.pop(name) for name in ("settings", "mount", "speed") if name in about}
    files = {
        "README.txt": _readme(info, incident, len(thumbnails), folder),
        "incident.json": as_json(_hide(incident.as_dict(), folder), indent=1) + "\n",
        "journal.jsonl": "".join(f"{line}\n" for line in _around(lines, incident, folder)),
        "settings.json": as_json(settings, indent=1) + "\n",
        "software.json": as_json(about, indent=1) + "\n",
    }
    images = {f"thumbnails/{number:02}.jpg": jpeg for number, jpeg in enumerate(thumbnails, 1)}
    return {name: text.encode("utf-8", "backslashreplace") for name, text in files.items()} | images


def _around(lines: Sequence[str], incident: Incident, folder: str) -> list[str]:
    """The drive's first line, and those from a minute before the incident to a minute after it.

    A notice has no time of its own: it goes with the lines around it.
    """
    first_s = incident.start_s - _AROUND_S
    last_s = (incident.start_s if incident.end_s is None else incident.end_s) + _AROUND_S
    contents = [content for line in lines if (content := _object(line)) is not None]
    times = [next((content[key] for key in _TIMES if _is_number(content.get(key))), None) for content in contents]
    near = [index for index, time_s in enumerate(times) if time_s is not None and first_s <= time_s <= last_s]
    chosen = contents[near[0] : near[-1] + 1] if near else []
    head = [content for content in contents[:1] if content.get("what") == "drive"]
    shown = [{key: value for key, value in content.items() if key != "about"} for content in head]
    return [as_json(_hide(content, folder)) for content in (*shown, *(one for one in chosen if one not in head))]


def _object(line: str) -> dict[str, Any] | None:
    try:
        content = json.loads(line)
    except (ValueError, RecursionError):
        return None  # torn by a power cut
    return content if isinstance(content, dict) else None


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _hide(value: Any, folder: str) -> Any:
    """The same without passwords, and without folders."""
    if isinstance(value, str):
        return _hide_text(value, folder)
    if isinstance(value, Mapping):
        return {
            printable(key): _file_name(each)
            if key in ("path", "source") and isinstance(each, str)
            else _hide(each, folder)
            for key, each in value.items()
        }
    return [_hide(each, folder) for each in value] if isinstance(value, (list, tuple)) else value


def _hide_text(text: str, folder: str) -> str:
    text = text.replace(folder, f"…{os.sep}") if folder else text
    return printable_lines(_PATH.sub(_without_folders, text))


def _without_folders(path: re.Match[str]) -> str:
    file = _FILE.fullmatch(path[0])
    return "…" if file is None else f"…/{file[1]}"


def _file_name(source: str) -> str:
    """A source without the folders that it lies in; an address was made safe where it was recorded, and is again."""
    text = printable(source)
    return text if "://" in text else PurePath(text).name or text


def _readme(info: StoredDrive, incident: Incident, thumbnails: int, folder: str) -> str:
    review = incident.review.status.title
    note = f": {printable(_hide_text(incident.review.note, folder))}" if incident.review.note else ""
    images = (
        f"thumbnails/       {thumbnails} small images of the seconds before its peak, the oldest first"
        if thumbnails
        else "There are no thumbnails: none were kept of this incident."
    )
    driver = f", driver {printable(info.driver)}" if info.driver else ""
    return f"""An incident of Driver Monitor
=============================

{incident.text}
Drive:   {_file_name(info.source)}, watched {info.began_at:%Y-%m-%d %H:%M} UTC{driver}
Review:  {review}{note}

incident.json     the incident: times in seconds since the drive began, peak, activities, cause, review
journal.jsonl     the drive's journal from a minute before it to a minute after it, one JSON object a line
settings.json     the alert policy, the camera's mount and the speed in force
software.json     versions of the software, and the bundle with the SHA-256 of each of its files
{images}

What the keys mean: "The incident" and "Journal and JSON" in monitor/README.md of Driver Monitor.

THE IMAGES SHOW A PERSON. Look through all files before you send this, delete what the reader does not need, and send
it only with that person's consent. Passwords of cameras and the folders of files are not in it.
"""
