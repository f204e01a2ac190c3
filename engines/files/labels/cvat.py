"""Labels in CVAT's XML, version 1.1: *CVAT for video*, and the tags of *CVAT for images*.

The layout is that of https://docs.cvat.ai/docs/dataset_management/formats/xml_format (version 1.1). A video's
annotations are tracks, so an activity is a track whose box is the whole frame; a box with ``outside="1"`` ends it.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree import ElementTree

from engines.activities import Activity
from engines.errors import UserError
from engines.files.labels.drive_labels import DriveLabels
from engines.files.labels.frame_labels import LabelledDrive, labels_of, number
from engines.files.text import parse_xml


def cvat_xml(drive: LabelledDrive) -> str:
    """A drive's labels as CVAT imports them (*CVAT for video 1.1*); predictions are tracks whose source is ``auto``."""
    width, height = drive.size
    root = ElementTree.Element("annotations")
    _text(root, "version", "1.1")
    task = ElementTree.SubElement(ElementTree.SubElement(root, "meta"), "task")
    for name, value in (("name", drive.name), ("size", drive.frame_count), ("mode", "interpolation"), ("overlap", 0)):
        _text(task, name, str(value))
    labels = ElementTree.SubElement(task, "labels")
    for activity in Activity:
        label = ElementTree.SubElement(labels, "label")
        _text(label, "name", activity.code)
        _text(label, "type", "rectangle")
        ElementTree.SubElement(label, "attributes")
    size = ElementTree.SubElement(task, "original_size")
    _text(size, "width", str(width))
    _text(size, "height", str(height))
    corners = {"xtl": "0.00", "ytl": "0.00", "xbr": f"{width:.2f}", "ybr": f"{height:.2f}", "z_order": "0"}
    source = "manual" if drive.confidences is None else "auto"
    for identity, (start, end, segment, _) in enumerate(drive.in_frames()):
        track = ElementTree.SubElement(root, "track", id=str(identity), label=segment.activity.code, source=source)
        shown = [(start, "0"), *([(end - 1, "0")] if end - 1 > start else [])]
        hidden = [(end, "1")] if end < drive.frame_count else []
        for frame, outside in shown + hidden:
            box = {"frame": str(frame), "keyframe": "1", "outside": outside, "occluded": "0", **corners}
            ElementTree.SubElement(track, "box", box)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def parse_cvat(text: str, fps: float) -> DriveLabels:
    """Read CVAT's XML. Raises `UserError` for what is none, labels nothing, or labels two activities at once."""
    root = parse_xml(text, "labels")
    if root.tag != "annotations":
        raise UserError(f"this is not CVAT's XML: it begins with <{root.tag}> and not with <annotations>")
    found = [*_tracks(root), *_tags(root)]
    return labels_of(((start / fps, end / fps, label) for start, end, label in found), fps)


def _tracks(root: ElementTree.Element) -> Iterator[tuple[int, int, str]]:
    """First frame, frame behind the last, and label of each time that a track is shown."""
    for track in root.iter("track"):
        shapes = sorted(
            (_frame(shape.get("frame")), shape.get("outside") == "1")
            for shape in track
            if shape.get("frame") is not None
        )
        start: int | None = None
        for frame, outside in shapes:
            if outside and start is not None:
                yield start, frame, track.get("label", "")
                start = None
            elif not outside and start is None:
                start = frame
        if start is not None:
            yield start, shapes[-1][0] + 1, track.get("label", "")


def _tags(root: ElementTree.Element) -> Iterator[tuple[int, int, str]]:
    """The same of images, each with a tag: those that follow one another are one."""
    tagged = sorted(
        (tag.get("label", ""), _frame(image.get("id"))) for image in root.iter("image") for tag in image.iter("tag")
    )
    current: tuple[int, int, str] | None = None
    for label, frame in tagged:
        if current is not None and current[2] == label and frame <= current[1]:
            current = current[0], frame + 1, label
            continue
        if current is not None:
            yield current
        current = frame, frame + 1, label
    if current is not None:
        yield current


def _frame(text: str | None) -> int:
    frame = number(text, "a frame")
    if not 0 <= frame < 1e9 or frame != int(frame):
        raise UserError(f"there is no frame {text}")
    return int(frame)


def _text(parent: ElementTree.Element, name: str, text: str) -> None:
    ElementTree.SubElement(parent, name).text = text
