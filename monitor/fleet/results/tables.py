"""Parquet files with fixed settings of the writer: the same rows give the same bytes, whoever writes them, and when."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from engines.activities import Activity
from engines.prediction import Prediction
from monitor.evaluation.predictions import DrivePredictions
from monitor.health.camera_health import CameraHealth, Health
from monitor.speed.recorded import RecordedSpeed
from monitor.speed.source import FixedSpeed, SpeedSource

PREDICTIONS = pa.schema(
    [
        ("time_s", pa.float64()),
        # The latest speed and how old it is: when a signal counts as lost is the policy's.
        ("speed_kmh", pa.float64()),
        ("speed_age_s", pa.float64()),
        ("probabilities", pa.list_(pa.float32(), len(Activity))),
        ("raw_health", pa.string()),
        ("reported_health", pa.string()),
        ("top_region", pa.int16()),
        ("top_region_name", pa.string()),
        ("top_region_box", pa.list_(pa.float32(), 4)),
        ("top_region_weight", pa.float32()),
        ("whole_view_weight", pa.float32()),
    ]
)
"""One row a frame. The region of the largest weight stands for all; the box is x0, y0, x1, y1 in 0..1 of the view."""

INCIDENTS = pa.schema(
    [
        ("number", pa.int32()),
        ("start_s", pa.float64()),
        ("end_s", pa.float64()),
        ("ended_by", pa.string()),
        ("tier", pa.string()),
        ("activity", pa.string()),
        ("reason", pa.string()),
        ("rule", pa.string()),
        ("distracted_s", pa.float64()),
        ("speed_kmh", pa.float64()),
        ("top_speed_kmh", pa.float64()),
    ]
)
"""One row an incident."""

FAULTS = pa.schema([("health", pa.string()), ("start_s", pa.float64()), ("end_s", pa.float64())])
"""One row a fault of camera or model, from its report to its end."""

SCORES = pa.schema(
    [
        ("length_s", pa.float64()),
        ("frames", pa.int64()),
        *((f"{tier}_s", pa.float64()) for tier in ("caution", "warning", "critical")),
        ("not_assessed_s", pa.float64()),
        ("speed_lost_s", pa.float64()),
        ("below_gate_s", pa.float64()),
        # The rest is null without labels.
        ("labelled_s", pa.float64()),
        ("frames_scored", pa.int64()),
        ("frames_right", pa.int64()),
        ("false_alerts", pa.int64()),
        ("attention_beyond_clearing_s", pa.float64()),
        (
            "distractions",
            pa.list_(
                pa.struct(
                    [
                        ("start_s", pa.float64()),
                        ("end_s", pa.float64()),
                        ("alerted_s", pa.float64()),
                        ("excess_delay_s", pa.float64()),
                        ("activities", pa.list_(pa.string())),
                    ]
                )
            ),
        ),
        ("notices", pa.list_(pa.string())),
    ]
)
"""One row: the drive in figures. Distractions are those in which the policy is to alert."""

DRIVES = pa.schema(
    [
        *((name, pa.string()) for name in ("drive", "driver", "vehicle", "day")),
        # Names of the files in the folder of results; null where the drive failed.
        *((name, pa.string()) for name in ("predictions", "incidents", "faults", "scores")),
        ("failure", pa.string()),
    ]
)
"""One row a drive of a run."""

_ABOUT = b"about"


def to_parquet(rows: Sequence[Mapping[str, Any]], schema: pa.Schema, about: Mapping[str, Any] | None = None) -> bytes:
    """Rows as the content of a file; `about` is kept as JSON in its metadata."""
    table = pa.Table.from_pylist(list(rows), schema=schema)
    return _written(table, about)


def _written(table: pa.Table, about: Mapping[str, Any] | None) -> bytes:
    if about is not None:
        table = table.replace_schema_metadata({_ABOUT: json.dumps(about, sort_keys=True).encode()})
    content = io.BytesIO()
    pq.write_table(
        table,
        content,
        version="2.6",
        data_page_version="1.0",
        compression="zstd",
        compression_level=3,
        use_dictionary=True,
        write_statistics=True,
        row_group_size=65536,
        store_schema=True,
    )
    return content.getvalue()


def predictions_to_parquet(drive: DrivePredictions, speed: SpeedSource, about: Mapping[str, Any]) -> bytes:
    """A complete drive's predictions and speeds as the content of a file, with what is to be known of the drive."""
    top = [int(row.region_weights[:-1].argmax()) if len(row.regions) else None for row in drive.predictions]
    rows = list(zip(drive.predictions, top, strict=True))
    speeds = [
        speed.latest_at(time_s) if isinstance(speed, RecordedSpeed) else (speed.value_at(time_s), 0.0)
        for time_s in drive.times_s
    ]
    probabilities = pa.FixedSizeListArray.from_arrays(
        pa.array(drive.probabilities.ravel(), pa.float32()), len(Activity)
    )
    columns = {
        "time_s": drive.times_s,
        "speed_kmh": [kmh for kmh, _ in speeds],
        "speed_age_s": [None if kmh is None else age_s for kmh, age_s in speeds],
        "probabilities": probabilities,
        "raw_health": [camera.raw.value for camera in drive.cameras],
        "reported_health": [camera.reported.value for camera in drive.cameras],
        "top_region": top,
        "top_region_name": [
            None if index is None or not row.region_names else row.region_names[index].value for row, index in rows
        ],
        "top_region_box": [None if index is None else row.regions[index].tolist() for row, index in rows],
        "top_region_weight": [None if index is None else float(row.region_weights[index]) for row, index in rows],
        "whole_view_weight": [float(row.region_weights[-1]) for row, _ in rows],
    }
    table = pa.Table.from_pydict(columns, schema=PREDICTIONS)
    signal = "recorded" if isinstance(speed, RecordedSpeed) else "fixed" if speed.kmh is not None else "none"
    return _written(
        table,
        {
            **about,
            "notices": [str(notice) for notice in (*drive.notices, *speed.remarks)],
            "size": drive.size,
            "speed_name": speed.name,
            "speed_signal": signal,
        },
    )


def predictions_from_parquet(
    content: bytes, speed_lost_s: float
) -> tuple[DrivePredictions, SpeedSource, dict[str, Any]]:
    """What `predictions_to_parquet` wrote: the predictions without their regions, the speed, and what is known beside.

    A speed that is older than `speed_lost_s` is none. Raises `ValueError` for something else.
    """
    try:
        table = pq.read_table(io.BytesIO(content), use_threads=False)
        if not table.schema.equals(PREDICTIONS):
            raise ValueError("these are no predictions of a drive: its columns are others")
        about = json.loads(table.schema.metadata[_ABOUT])
        columns = {name: table.column(name) for name in table.column_names}
        probabilities = (
            columns["probabilities"]
            .combine_chunks()
            .flatten()
            .to_numpy(zero_copy_only=False)
            .reshape(-1, len(Activity))
        )
        nowhere, weights = np.empty((0, 4), np.float32), np.ones(1, np.float32)
        healths = {health.value: health for health in Health}
        drive = DrivePredictions(
            times_s=columns["time_s"].to_pylist(),
            predictions=[Prediction(row, nowhere, weights) for row in probabilities],
            cameras=[
                CameraHealth(healths[raw], healths[reported])
                for raw, reported in zip(
                    columns["raw_health"].to_pylist(), columns["reported_health"].to_pylist(), strict=True
                )
            ],
            notices=list(about["notices"]),
            size=tuple(about["size"]) if about["size"] else None,
            complete=True,
        )
        kmh, ages_s = columns["speed_kmh"].to_pylist(), columns["speed_age_s"].to_pylist()
        signal, name = about["speed_signal"], about["speed_name"]
    except (pa.ArrowException, OSError, KeyError, TypeError) as error:
        raise ValueError(f"these are no predictions of a drive: {error}") from error
    speed: SpeedSource = FixedSpeed(kmh[0] if kmh and signal == "fixed" else None)
    if signal == "recorded":
        known = [None if age_s is None or age_s > speed_lost_s else v for v, age_s in zip(kmh, ages_s, strict=True)]
        speed = RecordedSpeed(name, drive.times_s, known, speed_lost_s)
    return drive, speed, about


def rows_of(content: bytes) -> list[dict[str, Any]]:
    """The rows of a file."""
    return list(pq.read_table(io.BytesIO(content), use_threads=False).to_pylist())
