"""Labels in the JSON of FiftyOne's `FiftyOneTemporalDetectionDataset`, written and read without its library.

The layout is that of https://docs.voxel51.com/user_guide/import_datasets.html#fiftyonetemporaldetectiondataset
(FiftyOne 1.x): ``labels.json`` beside a folder ``data`` with the videos; each video's name without its suffix has a
list of detections, with ``timestamps`` in seconds or a ``support`` of frames that count from 1, the last one included.
"""

from __future__ import annotations

import json
from pathlib import PurePath
from typing import Any

from engines.activities import Activity
from engines.errors import UserError
from engines.files.labels.drive_labels import DriveLabels
from engines.files.labels.frame_labels import LabelledDrive, labels_of, number, read_json


def fiftyone_json(drive: LabelledDrive) -> str:
    """A drive's labels, or its predictions with their confidence, as a ``labels.json``."""
    detections = []
    for at, segment in enumerate(drive.segments):
        detection: dict[str, Any] = {
            "label": segment.activity.code,
            "timestamps": [segment.start_s, segment.end_s],
        }
        if drive.confidences is not None:
            detection["confidence"] = drive.confidences[at]
        detections.append(detection)
    classes = [activity.code for activity in Activity]
    return json.dumps({"classes": classes, "labels": {PurePath(drive.name).stem: detections}}, indent=1) + "\n"


def parse_fiftyone(text: str, fps: float) -> DriveLabels:
    """Read a ``labels.json`` of one video. Raises `UserError` for what is none, or labels two activities at once."""
    content = read_json(text)
    videos = content.get("labels") if isinstance(content, dict) else None
    if not isinstance(videos, dict):
        raise UserError("this is no labels.json of FiftyOne: it has no table of labels by video")
    labelled = {name: detections for name, detections in videos.items() if detections}
    if len(labelled) > 1:
        raise UserError(f"this holds {len(labelled)} videos: export a view with one")
    classes = content.get("classes")
    found = []
    in_seconds = True
    for detections in labelled.values():
        for detection in detections if isinstance(detections, list) else ():
            if not isinstance(detection, dict):
                raise UserError("a temporal detection is no table with label and timestamps")
            label = detection.get("label")
            if isinstance(label, int) and isinstance(classes, list) and 0 <= label < len(classes):
                label = classes[label]
            seconds, frames = detection.get("timestamps"), detection.get("support")
            span = seconds if seconds is not None else frames
            if not isinstance(span, list) or len(span) != 2:
                raise UserError(f"the detection {label} has neither timestamps nor a support")
            start, end = number(span[0], "its beginning"), number(span[1], "its end")
            if seconds is None:
                in_seconds = False
                start, end = (start - 1) / fps, end / fps
            found.append((start, end, str(label)))
    return labels_of(found, None if in_seconds else fps)
