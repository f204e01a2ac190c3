"""Drive labels of the DMD data set: actions with frame intervals, as VCD 4 (``vcd``) or ASAM OpenLABEL (``openlabel``).

The layout and the names are those of https://github.com/Vicomtech/DMD-Driver-Monitoring-Dataset: the level
``driver_actions`` of annotation-tool/config_distraction.json, whose labels exclude each other, written by
annotation-tool/vcd4parser.py. Frames count in the mosaic of the three cameras, which begins with the camera that began
first; ``frame_shift`` says how many frames after the face camera another began (exploreMaterial-tool/accessDMDAnn.py,
``checkFrameInStream``).
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from engines.activities import Activity
from engines.errors import UserError
from engines.files.labels.drive_labels import DriveLabels, LabelSegment, read_labels
from engines.notice import NoticeText

if TYPE_CHECKING:
    from engines.files.labels.frame_labels import LabelledDrive

LEVEL = "driver_actions"

DMD_FPS = 29.76
"""Frames a second of DMD's videos, as its own tools assume; the video's own rate is better where it is known."""

DMD_ACTIVITIES: Mapping[str, Activity | None] = {
    "safe_drive": Activity.SAFE_DRIVING,
    "texting_right": Activity.TEXTING_RIGHT,
    "phonecall_right": Activity.PHONE_RIGHT,
    "texting_left": Activity.TEXTING_LEFT,
    "phonecall_left": Activity.PHONE_LEFT,
    "radio": Activity.RADIO,
    "drinking": Activity.DRINKING,
    "reach_backseat": Activity.REACHING_BEHIND,
    "hair_and_makeup": Activity.HAIR_AND_MAKEUP,
    "talking_to_passenger": Activity.PASSENGER,
    # None of C0 to C9 says these: they are listed, and not scored.
    "reach_side": None,
    "change_gear": None,
    "standstill_or_waiting": None,
    "unclassified": None,
}
"""DMD's ``driver_actions`` and what they are here."""

Camera = Literal["body", "face", "hands"]


def read_label_file(path: Path, fps: float | None = None) -> DriveLabels:
    """Read a drive's labels, ours (CSV), DMD's (JSON), or another tool's, by the name's ending and the content.

    Args:
        path: the file.
        fps: of the drive's video; needed for all but CSV, which count in frames.

    Raises:
        UserError: as `engines.files.labels.drive_labels.read_labels` and `parse_openlabel` do, with the file's name.
    """
    if path.suffix.lower() not in (".json", ".xml"):
        return read_labels(path)
    from engines.files.labels.interchange import read_labels_in  # which knows this module

    return read_labels_in(path, fps=fps)


def openlabel_json(drive: LabelledDrive) -> str:
    """A drive's labels as OpenLABEL 1.0, in the layout of DMD's files; of predictions the confidence is a number."""
    actions: dict[str, Any] = {}
    names = {activity: name for name, activity in DMD_ACTIVITIES.items() if activity is not None}
    for uid, (start, end, segment, confidence) in enumerate(drive.in_frames()):
        interval = {"frame_start": start, "frame_end": end - 1}
        action: dict[str, Any] = {
            "name": "",
            "type": f"{LEVEL}/{names[segment.activity]}",
            "frame_intervals": [interval],
            "ontology_uid": "0",
        }
        if confidence is not None:
            action["action_data"] = {"num": [{"name": "confidence", "val": confidence}]}
        actions[str(uid)] = action
    content = {
        "metadata": {"schema_version": "1.0.0", "name": drive.name},
        "ontologies": {"0": "https://dmd.vicomtech.org/ontology"},
        "streams": {
            "body_camera": {
                "type": "camera",
                "uri": drive.name,
                "stream_properties": {"sync": {"frame_shift": 0}, "total_frames": drive.frame_count},
            }
        },
        "actions": actions,
        "frame_intervals": [{"frame_start": 0, "frame_end": max(0, drive.frame_count - 1)}],
    }
    return json.dumps({"openlabel": content}, indent=1) + "\n"


def parse_openlabel(text: str, fps: float = DMD_FPS, camera: Camera = "body") -> DriveLabels:
    """Read the text of an OpenLABEL or VCD file.

    Args:
        text: JSON.
        fps: frames a second of the video.
        camera: which of DMD's three the video is of; ``body`` looks at the driver from the side, as ours does.

    Returns:
        The labels in seconds of that camera's video; what none of C0 to C9 says is in `DriveLabels.unknown`.

    Raises:
        UserError: for text that is no such file, labels no driver action, or labels two at once.
    """
    if not (math.isfinite(fps) and fps > 0.0):
        raise UserError(NoticeText("{fps} are no frames a second of a video", fps=fps))
    root = _root(text)
    first_frame = _first_frame(root, camera)
    found: list[tuple[int, int, str]] = []
    for action in _actions(root):
        level, _, label = str(action.get("type", "")).rpartition("/")
        # OpenLABEL types may carry more before the level, as "Distraction/driver_actions/radio".
        if level.rpartition("/")[2] == LEVEL:
            found += [(start - first_frame, end - first_frame, label) for start, end in _intervals(action)]
    if not found:
        raise UserError(NoticeText("no action of {level} is labelled: take DMD's file on distraction", level=LEVEL))
    found.sort()
    for (start, end, label), (following, _, other) in pairwise(found):
        if following <= end:
            raise UserError(
                NoticeText(
                    "{label} from frame {start} to {end} and {other} from {following} overlap",
                    label=label,
                    start=start,
                    end=end,
                    other=other,
                    following=following,
                )
            )
    segments: list[LabelSegment] = []
    unknown: dict[str, float] = {}
    for start, end, label in found:
        # The camera may have begun later than the mosaic.
        start_s, end_s = max(0, start) / fps, (end + 1) / fps
        if end_s <= start_s:
            continue
        activity = DMD_ACTIVITIES.get(label)
        if activity is None:
            unknown[label] = unknown.get(label, 0.0) + end_s - start_s
        else:
            segments.append(LabelSegment(start_s, end_s, activity))
    if not segments:
        raise UserError(
            NoticeText("none of the labelled actions is one of C0 to C9: {names}", names=", ".join(sorted(unknown)))
        )
    return DriveLabels(tuple(segments), tuple(sorted(unknown.items())), fps)


def _root(text: str) -> Mapping[str, Any]:
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        raise UserError(
            NoticeText("this is no JSON from line {lineno}, column {colno} on", lineno=error.lineno, colno=error.colno)
        ) from error
    except (ValueError, RecursionError) as error:  # a number of thousands of digits, brackets within brackets
        raise UserError(NoticeText("this is no JSON that labels could be")) from error
    for key in ("openlabel", "vcd"):
        if isinstance(content, dict) and isinstance(content.get(key), dict):
            root: Mapping[str, Any] = content[key]
            return root
    raise UserError(NoticeText('this is neither OpenLABEL nor VCD 4: its first key is to be "openlabel" or "vcd"'))


def _actions(root: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """VCD up to 4.2 has a list of actions, later ones a table by uid."""
    actions = root.get("actions", {})
    for action in actions.values() if isinstance(actions, dict) else actions if isinstance(actions, list) else ():
        if isinstance(action, dict):
            yield action


def _intervals(action: Mapping[str, Any]) -> Iterator[tuple[int, int]]:
    """First and last frame of each time that an action happens."""
    intervals = action.get("frame_intervals", [])
    for interval in intervals if isinstance(intervals, list) else ():
        try:
            start, end = interval["frame_start"], interval["frame_end"]
        except (KeyError, TypeError) as error:
            raise UserError(NoticeText("a frame interval has no frame_start and frame_end")) from error
        if not (_is_frame(start) and _is_frame(end) and start <= end):
            raise UserError(NoticeText("no action lasts from frame {start} to frame {end}", start=start, end=end))
        yield start, end


def _is_frame(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**9


def _first_frame(root: Mapping[str, Any], camera: Camera) -> int:
    """Which frame of the mosaic is a camera's first."""
    metadata = root.get("metadata")
    streams = root.get("streams") or (metadata.get("streams") if isinstance(metadata, dict) else None)
    shifts = {"face": 0}
    for name in ("body", "hands"):
        stream: Any = streams
        for key in (f"{name}_camera", "stream_properties", "sync", "frame_shift"):
            stream = stream.get(key) if isinstance(stream, dict) else None
        shifts[name] = (
            stream if isinstance(stream, int) and _is_frame(abs(stream)) and not isinstance(stream, bool) else 0
        )
    return shifts[camera] - min(shifts.values())
