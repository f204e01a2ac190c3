"""Labels in Label Studio's JSON: the ``TimelineLabels`` of a video.

The layout is that of https://labelstud.io/tags/timelinelabels and https://labelstud.io/guide/export (1.13 and later):
a list of tasks, whose annotations have results of the type ``timelinelabels`` with ranges of frames that count from 1,
the last one included. Predictions lie beside annotations, with a score.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from xml.sax.saxutils import quoteattr

from engines.activities import Activity
from engines.errors import UserError
from engines.files.labels.drive_labels import DriveLabels
from engines.files.labels.frame_labels import LabelledDrive, labels_of, number, read_json


def label_studio_json(drive: LabelledDrive) -> str:
    """A task with a drive's labels as an annotation, or its predictions as a prediction, for *Import*."""
    results = []
    for identity, (start, end, segment, confidence) in enumerate(drive.in_frames()):
        result: dict[str, Any] = {
            "id": f"segment-{identity}",
            "from_name": "activity",
            "to_name": "video",
            "type": "timelinelabels",
            "value": {"ranges": [{"start": start + 1, "end": end}], "timelinelabels": [segment.activity.code]},
        }
        if confidence is None:
            result["origin"] = "manual"
        else:
            result["score"] = confidence
        results.append(result)
    task: dict[str, Any] = {"data": {"video": drive.name}}
    if drive.confidences is None:
        task["annotations"] = [{"result": results}]
    else:
        mean = sum(drive.confidences) / len(drive.confidences) if drive.confidences else 0.0
        task["predictions"] = [{"model_version": "driver-monitor", "score": mean, "result": results}]
    return json.dumps([task], indent=1) + "\n"


def label_studio_config(fps: float) -> str:
    """The labelling interface to paste into a project's settings."""
    labels = "\n".join(
        f"    <Label value={quoteattr(activity.code)} hint={quoteattr(activity.title)}/>" for activity in Activity
    )
    return (
        f'<View>\n  <TimelineLabels name="activity" toName="video">\n{labels}\n  </TimelineLabels>\n'
        f'  <Video name="video" value="$video" frameRate="{fps:g}" timelineHeight="120"/>\n</View>\n'
    )


def parse_label_studio(text: str, fps: float) -> DriveLabels:
    """Read the export of one video: its first annotation that labels something, else its first prediction.

    Raises:
        UserError: for what is no such file, holds several videos, or labels two activities at once.
    """
    content = read_json(text)
    tasks = content if isinstance(content, list) else [content]
    if (
        not all(isinstance(task, dict) and ("annotations" in task or "predictions" in task) for task in tasks)
        or not tasks
    ):
        raise UserError(
            "this is no export of Label Studio: a list of tasks with annotations (choose JSON, not JSON-MIN)"
        )
    if len(tasks) > 1:
        raise UserError(f"this holds {len(tasks)} videos: export the task of one")
    for kind in ("annotations", "predictions"):
        several = tasks[0].get(kind)
        for one in several if isinstance(several, list) else ():
            found = list(_ranges(one)) if isinstance(one, dict) and not one.get("was_cancelled") else []
            if found:
                return labels_of((((start - 1) / fps, end / fps, label) for start, end, label in found), fps)
    raise UserError("no annotation has a range of TimelineLabels: label the video on its timeline")


def _ranges(annotation: dict[str, Any]) -> Iterator[tuple[float, float, str]]:
    results = annotation.get("result")
    for result in results if isinstance(results, list) else ():
        value = result.get("value") if isinstance(result, dict) else None
        if not isinstance(value, dict) or result.get("type") != "timelinelabels":
            continue
        labels, ranges = value.get("timelinelabels"), value.get("ranges")
        for span in ranges if isinstance(ranges, list) else ():
            if isinstance(span, dict):
                for label in labels if isinstance(labels, list) else ():
                    yield number(span.get("start"), "a range's start"), number(span.get("end"), "its end"), str(label)
