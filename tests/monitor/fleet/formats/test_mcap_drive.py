"""A drive as MCAP: what Foxglove is to show of it, read again by MCAP's own library and by us."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mcap.reader import make_reader
from mcap_protobuf.decoder import DecoderFactory

from engines.activities import Activity
from engines.files.labels.drive_labels import DriveLabels, LabelSegment
from engines.prediction import Prediction
from engines.view import WHOLE_FRAME
from monitor.alerts.settings import AlertSettings
from monitor.evaluation.drive import DriveRecord
from monitor.evaluation.predictions import DrivePredictions
from monitor.fleet.formats.mcap_drive import ALERT, IMAGES, INCIDENTS, PROBABILITIES, foxglove_layout, write_mcap
from monitor.fleet.formats.predicted_labels import predicted_labels
from monitor.health.camera_health import CameraHealth, Health
from monitor.sources import Frame, open_source
from monitor.speed.recorded import RecordedSpeed
from tests.monitor.fakes import one_hot, picture

STORY = [(Activity.SAFE_DRIVING, 5.0), (Activity.TEXTING_RIGHT, 8.0), (Activity.SAFE_DRIVING, 5.0)]


def story() -> DriveRecord:
    drive = DrivePredictions(complete=True)
    began_s = 0.0
    for activity, seconds in STORY:
        for number in range(round(10 * seconds)):
            prediction = Prediction(one_hot(activity), np.zeros((36, 4), np.float32), np.ones(37, np.float32))
            frame = Frame(np.zeros((48, 64, 3), np.uint8), began_s + number / 10, len(drive.times_s))
            drive.add(frame, prediction, CameraHealth(Health.OK, Health.OK), {})
        began_s += seconds
    labels = DriveLabels(
        (LabelSegment(0.0, 5.0, Activity.SAFE_DRIVING), LabelSegment(5.0, 13.0, Activity.TEXTING_RIGHT))
    )
    speed = RecordedSpeed("speeds", [0.0, 1.0, 30.0], [80.0, 90.0, 90.0], 60.0)
    return DriveRecord("drive.mp4", labels, WHOLE_FRAME, drive, AlertSettings(), speed)


def messages(path: Path) -> dict[str, list[tuple[float, Any]]]:
    found: dict[str, list[tuple[float, Any]]] = {}
    with path.open("rb") as file:
        reader = make_reader(file, decoder_factories=[DecoderFactory()])
        for schema, channel, message in reader.iter_messages():
            decoder = DecoderFactory().decoder_for(channel.message_encoding, schema)
            content = json.loads(message.data) if decoder is None else decoder(message.data)
            found.setdefault(channel.topic, []).append((message.log_time / 1e9, content))
    return found


def test_a_drive_has_probabilities_alerts_and_incidents(tmp_path: Path) -> None:
    record = story()
    path = tmp_path / "drive.mcap"
    write_mcap(path, record)
    found = messages(path)
    assert set(found) == {PROBABILITIES, ALERT, INCIDENTS}
    assert [time_s for time_s, _ in found[PROBABILITIES]] == pytest.approx(record.times_s)
    for (_, said), row in zip(found[PROBABILITIES], record.drive.probabilities, strict=True):
        assert [said[activity.code] for activity in Activity] == pytest.approx(row.tolist(), abs=1e-6)
    assert [said["tier"] for _, said in found[ALERT]] == [tier.name.lower() for tier in record.tiers]
    assert found[ALERT][20][1]["speed_kmh"] == 90.0 and found[ALERT][60][1]["label"] == "Texting, right hand"
    (incident,) = record.incidents
    begun, ended = found[INCIDENTS]
    assert begun[0] == pytest.approx(incident.start_s) and ended[0] == pytest.approx(incident.end_s)
    assert begun[1].message == f"{incident.tier.name}: C1 Texting, right hand" and begun[1].level > ended[1].level
    assert {said["incident"] for _, said in found[ALERT]} == {0, 1}


def test_its_images_are_a_drive_again(tmp_path: Path) -> None:
    record = story()
    path = tmp_path / "drive.mcap"
    images = [Frame(picture(at % 10, at), time_s, at) for at, time_s in enumerate(record.times_s)]
    write_mcap(path, record, images, began_ns=1_764_000_000_000_000_000)
    assert IMAGES in messages(path)
    with open_source(path) as source:
        for expected in images:
            frame = source.read()
            assert frame is not None and frame.time == pytest.approx(expected.time, abs=1e-6)
            plain = slice(2, 20), slice(2, 28)  # the rest is noise, which JPEG changes
            assert np.abs(frame.pixels[plain].astype(int) - expected.pixels[plain]).mean() < 6.0
        assert source.read() is None


def test_the_layout_shows_the_topics_that_are_written() -> None:
    layout = json.loads(foxglove_layout())
    placed: set[str] = set()

    def walk(node: Any) -> None:
        if isinstance(node, str):
            placed.add(node)
        else:
            walk(node["first"])
            walk(node["second"])

    walk(layout["layout"])
    assert placed == set(layout["configById"])
    text = json.dumps(layout["configById"])
    assert all(topic in text for topic in (IMAGES, PROBABILITIES, ALERT, INCIDENTS))


def test_predictions_are_segments_with_their_confidence() -> None:
    segments, confidences = predicted_labels(story().drive)
    assert [segment.activity for segment in segments] == [activity for activity, _ in STORY]
    assert [segment.length_s for segment in segments] == pytest.approx([seconds for _, seconds in STORY])
    assert confidences == pytest.approx([0.91] * 3)
