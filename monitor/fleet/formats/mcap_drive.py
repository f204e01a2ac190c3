"""A drive as an MCAP file that Foxglove shows: images, probabilities, speed, alerts and incidents, each a topic.

Images and incidents are Foxglove's own messages (``foxglove.CompressedImage``, ``foxglove.Log``, in Protobuf), so that
its panels know them; the rest is JSON with its schema. `foxglove_layout` arranges them.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import cv2
from foxglove_schemas_protobuf.CompressedImage_pb2 import CompressedImage
from foxglove_schemas_protobuf.Log_pb2 import Log
from mcap.writer import Writer
from mcap_protobuf.schema import register_schema

from engines.activities import Activity
from engines.errors import UserError, reason
from engines.files.output import prepare_file, private_files
from monitor.alerts.events import Tier
from monitor.alerts.incidents.incident import Incident
from monitor.evaluation.drive import DriveRecord
from monitor.sources import Frame
from monitor.speed.source import speed_at

IMAGES, PROBABILITIES, ALERT, INCIDENTS = "/driver/image", "/driver/probabilities", "/driver/alert", "/driver/incidents"

_NS = 1_000_000_000
_JPEG_QUALITY = 85
_LEVELS = {Tier.CAUTION: Log.WARNING, Tier.WARNING: Log.ERROR, Tier.CRITICAL: Log.FATAL}

_NUMBER = {"type": "number"}
_SCHEMAS: dict[str, dict[str, Any]] = {
    PROBABILITIES: {
        "title": "driver_monitor.Probabilities",
        "type": "object",
        "properties": {
            **{activity.code: _NUMBER for activity in Activity},
            "distracted": _NUMBER,
            "activity": {"type": "string"},
        },
    },
    ALERT: {
        "title": "driver_monitor.Alert",
        "type": "object",
        "properties": {
            "tier": {"type": "string"},
            "level": {"type": "integer"},
            "health": {"type": "string"},
            "incident": {"type": "integer"},
            "speed_kmh": _NUMBER,
            "label": {"type": "string"},
        },
    },
}


def write_mcap(path: Path, record: DriveRecord, images: Iterable[Frame] = (), began_ns: int = 0) -> None:
    """Write a drive that was classified.

    Args:
        path: of the file; what is there is replaced once the new one is whole.
        record: the drive, with what the policy made of it.
        images: its frames, to be stored as JPEG; none when left out.
        began_ns: when the drive began, nanoseconds since 1970.

    Raises:
        UserError: when the file cannot be written.
    """
    prepare_file(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with private_files(), temporary.open("wb") as file:
            writer = Writer(file)
            writer.start(profile="", library="driver-monitor")
            writer.add_metadata("drive", {"name": record.name, "frames": str(len(record.times_s))})
            _write_frames(writer, record, began_ns)
            _write_incidents(writer, record.incidents, began_ns)
            _write_images(writer, images, began_ns)
            writer.finish()  # type: ignore[no-untyped-call]
        temporary.replace(path)
    except OSError as error:
        raise UserError(f"cannot write {path}: {reason(error)}: choose another path") from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def _write_frames(writer: Writer, record: DriveRecord, began_ns: int) -> None:
    channels = {}
    for topic, schema in _SCHEMAS.items():
        identity = writer.register_schema(schema["title"], "jsonschema", json.dumps(schema).encode())
        channels[topic] = writer.register_channel(topic, "json", identity)
    incidents = record.incidents
    probabilities = record.drive.probabilities
    for at, time_s in enumerate(record.times_s):
        row = {activity.code: round(float(probabilities[at, activity]), 6) for activity in Activity}
        said: dict[str, Any] = {**row, "activity": Activity(int(probabilities[at].argmax())).title}
        if math.isfinite(record.distracted[at]):
            said["distracted"] = round(float(record.distracted[at]), 6)
        alert: dict[str, Any] = {
            "tier": record.tiers[at].name.lower(),
            "level": int(record.tiers[at]),
            "health": record.healths[at].value,
            "incident": next((one.number for one in incidents if one.start_s <= time_s < (one.end_s or math.inf)), 0),
        }
        kmh, label = speed_at(record.speed_kmh, time_s), record.frame_labels[at]
        alert |= {} if kmh is None else {"speed_kmh": round(kmh, 3)}
        alert |= {} if label is None else {"label": label.title}
        at_ns = began_ns + round(time_s * _NS)
        for topic, content in ((PROBABILITIES, said), (ALERT, alert)):
            writer.add_message(channels[topic], at_ns, json.dumps(content).encode(), at_ns, at)


def _write_incidents(writer: Writer, incidents: Iterable[Incident], began_ns: int) -> None:
    """Each incident when it begins and when it ends."""
    channel = writer.register_channel(INCIDENTS, "protobuf", register_schema(writer, Log))
    said: list[tuple[float, Incident, str]] = []
    for incident in incidents:
        what = "no activity" if incident.activity is None else f"{incident.activity.label} {incident.activity.title}"
        said.append((incident.start_s, incident, f"{incident.tier.name}: {what}"))
        if incident.end_s is not None:
            lasted_s = incident.end_s - incident.start_s
            said.append(
                (incident.end_s, incident, f"end of {incident.tier.name.lower()} after {lasted_s:.1f} s: {what}")
            )
    for time_s, incident, text in sorted(said, key=lambda one: one[0]):
        at_ns = began_ns + round(time_s * _NS)
        over = text.startswith("end of")
        message = Log(
            level=Log.INFO if over else _LEVELS.get(incident.tier, Log.INFO),
            message=text,
            name=f"incident {incident.number}",
        )
        message.timestamp.FromNanoseconds(at_ns)
        writer.add_message(channel, at_ns, message.SerializeToString(), at_ns, incident.number)


def _write_images(writer: Writer, images: Iterable[Frame], began_ns: int) -> None:
    channel: int | None = None
    for frame in images:
        if channel is None:
            channel = writer.register_channel(IMAGES, "protobuf", register_schema(writer, CompressedImage))
        quality = [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY]
        data = cv2.imencode(".jpg", cv2.cvtColor(frame.pixels, cv2.COLOR_RGB2BGR), quality)[1]
        at_ns = began_ns + round(frame.time * _NS)
        message = CompressedImage(frame_id="driver", format="jpeg", data=data.tobytes())
        message.timestamp.FromNanoseconds(at_ns)
        writer.add_message(channel, at_ns, message.SerializeToString(), at_ns, frame.index)


def foxglove_layout() -> str:
    """A layout for Foxglove (*Layouts*, *Import from file*): image, incidents, the alert's course, probabilities."""

    def series(path: str, label: str) -> dict[str, Any]:
        return {"value": path, "enabled": True, "timestampMethod": "receiveTime", "label": label}

    panels: dict[str, Any] = {
        "Image!driver": {"imageMode": {"imageTopic": IMAGES}, "foxglovePanelTitle": "Driver"},
        "Log!incidents": {"topicToRender": INCIDENTS, "minLogLevel": 1, "foxglovePanelTitle": "Incidents"},
        "StateTransitions!alert": {
            "paths": [
                {"value": f"{ALERT}.tier", "timestampMethod": "receiveTime", "label": "alert"},
                {"value": f"{PROBABILITIES}.activity", "timestampMethod": "receiveTime", "label": "activity"},
                {"value": f"{ALERT}.label", "timestampMethod": "receiveTime", "label": "label"},
                {"value": f"{ALERT}.health", "timestampMethod": "receiveTime", "label": "camera"},
            ],
            "isSynced": True,
            "foxglovePanelTitle": "Alert and activity",
        },
        "Plot!probabilities": {
            "paths": [series(f"{PROBABILITIES}.{activity.code}", activity.title) for activity in Activity],
            "minYValue": 0,
            "maxYValue": 1,
            "isSynced": True,
            "showLegend": True,
            "xAxisVal": "timestamp",
            "foxglovePanelTitle": "Probabilities",
        },
        "Plot!speed": {
            "paths": [series(f"{ALERT}.speed_kmh", "km/h")],
            "isSynced": True,
            "xAxisVal": "timestamp",
            "foxglovePanelTitle": "Speed",
        },
    }
    top = {"direction": "row", "first": "Image!driver", "second": "Log!incidents", "splitPercentage": 60}
    below = {"direction": "column", "first": "Plot!probabilities", "second": "Plot!speed", "splitPercentage": 70}
    bottom = {"direction": "column", "first": "StateTransitions!alert", "second": below, "splitPercentage": 35}
    layout = {"direction": "column", "first": top, "second": bottom, "splitPercentage": 50}
    content = {"configById": panels, "globalVariables": {}, "userNodes": {}, "playbackConfig": {"speed": 1}}
    return json.dumps({**content, "layout": layout}, indent=1) + "\n"
