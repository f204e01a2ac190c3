"""The report of a replay: `report.json` for programs and `report.html`, one self-contained file, for people."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import cached_property
from pathlib import Path
from typing import Any

import jinja2
import numpy as np
from numpy.typing import NDArray

from engines.activities import Activity
from engines.output_files import write_whole
from engines.view import Mount
from monitor.alert_events import Tier
from monitor.alert_settings import AlertSettings
from monitor.drive_record import DriveRecord
from monitor.scoring import Alert, EventScore, FrameScore
from monitor.timeline import draw_timeline

FORMAT_VERSION = 1

REPORT_JSON = "report.json"
REPORT_HTML = "report.html"

_STAGE_TITLES = {
    "capture": "Decode",
    "view": "Model view",
    "regions": "Regions",
    "network": "Network",
    "policy": "Health and policy",
    "total": "Frame to alert",
}


@dataclass(frozen=True)
class ReplayRun:
    """What was replayed, and how.

    Attributes:
        records: one for each drive.
        settings: of the alert policy.
        bundle: its name.
        mount: how the camera sits.
        speed_kmh: the car's speed; None without a signal.
        wall_s: seconds that the replay took.
        complete: whether every drive was replayed to its end.
    """

    records: Sequence[DriveRecord]
    settings: AlertSettings
    bundle: str
    mount: Mount
    speed_kmh: float | None
    wall_s: float
    complete: bool

    @cached_property
    def frame_scores(self) -> list[FrameScore | None]:
        """Of each drive; computed once, since everything in the report is made of them."""
        return [record.frame_score() for record in self.records]

    @cached_property
    def event_scores(self) -> list[EventScore | None]:
        """Of each drive; computed once: each plays its drive to the policy."""
        return [record.event_score(self.settings, self.speed_kmh) for record in self.records]


def write_report(run: ReplayRun, folder: Path) -> tuple[Path, Path]:
    """Write both files into a folder that exists; their paths. Raises `UserError` when that fails."""
    created = datetime.now(timezone.utc).astimezone().isoformat(timespec="seconds")
    content = report_dict(run, created)
    json_path, html_path = folder / REPORT_JSON, folder / REPORT_HTML
    write_whole(json_path, json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n")
    write_whole(html_path, report_html(run, created))
    return json_path, html_path


def report_dict(run: ReplayRun, created: str) -> dict[str, Any]:
    """The content of `report.json`; ``frames`` and ``events`` are null when no drive is labelled."""
    frames, events = _all_frames(run.frame_scores), _all_events(run.event_scores)
    drives = []
    for record, own_frames, own_events in zip(run.records, run.frame_scores, run.event_scores, strict=True):
        drives.append(
            {
                **record.as_dict(),
                "frames": own_frames.as_dict() if own_frames is not None else None,
                "events": own_events.as_dict() if own_events is not None else None,
                "latency_s": latency_table([record]),
                "alerts": [alert.as_dict() for alert in record.alerts],
                "all_events": [event.as_dict() for event in record.events],
            }
        )
    return {
        "format_version": FORMAT_VERSION,
        "created": created,
        "complete": run.complete,
        "bundle": run.bundle,
        "speed_kmh": run.speed_kmh,
        "mount": run.mount.model_dump(mode="json"),
        "settings": run.settings.model_dump(mode="json"),
        "wall_s": round(run.wall_s, 2),
        "frames": frames.as_dict() if frames is not None else None,
        "events": events.as_dict() if events is not None else None,
        "alerts": [
            {"source": record.name, "path": record.path, **alert.as_dict()}
            for record in run.records
            for alert in record.alerts
        ],
        "latency_s": latency_table(run.records),
        "drives": drives,
    }


def latency_table(records: Sequence[DriveRecord]) -> dict[str, dict[str, float]]:
    """Stage → mean, median, 95th percentile and maximum in seconds."""
    table = {}
    for stage in _STAGE_TITLES:
        seconds = np.array([value for record in records for value in record.latencies_s.get(stage, [])])
        if seconds.size:
            table[stage] = {
                "mean": round(float(seconds.mean()), 6),
                "median": round(float(np.median(seconds)), 6),
                "p95": round(float(np.percentile(seconds, 95)), 6),
                "max": round(float(seconds.max()), 6),
            }
    return table


def report_html(run: ReplayRun, created: str) -> str:
    """The text of `report.html`."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["seconds"] = _seconds
    environment.filters["percent"] = _percent
    frames, events = _all_frames(run.frame_scores), _all_events(run.event_scores)
    return environment.get_template("report.html.j2").render(
        run=run,
        created=created,
        activities=list(Activity),
        frames=frames,
        confusion=_shares(frames) if frames is not None else None,
        events=events,
        tiles=_tiles(run, frames, events),
        drives=[
            {
                "record": record,
                "timeline": draw_timeline(record),
                "frames": own_frames,
                "events": own_events,
                "alerts": [
                    {"alert": alert, "picture": record.alert_pictures.get(_peak_s(alert))} for alert in record.alerts
                ],
            }
            for record, own_frames, own_events in zip(run.records, run.frame_scores, run.event_scores, strict=True)
        ],
        latency={_STAGE_TITLES[stage]: row for stage, row in latency_table(run.records).items()},
        settings=[
            (field.title, getattr(run.settings, name), field.description, name)
            for name, field in AlertSettings.model_fields.items()
        ],
    )


def _peak_s(alert: Alert) -> float:
    """When an alert reached its highest tier."""
    peak = next(event for event in alert.events if event.tier is alert.tier)
    return peak.time_s


def _all_frames(by_drive: Sequence[FrameScore | None]) -> FrameScore | None:
    scores = [score for score in by_drive if score is not None]
    if not scores:
        return None
    confusion: NDArray[np.int64] = np.stack([score.confusion for score in scores]).sum(axis=0)
    weighted = [score.log_loss * score.scored for score in scores if score.scored]
    log_loss = sum(weighted) / int(confusion.sum()) if weighted else math.nan
    return FrameScore(confusion, log_loss, sum(score.unscored for score in scores))


def _all_events(by_drive: Sequence[EventScore | None]) -> EventScore | None:
    known = [score for score in by_drive if score is not None]
    if not known:
        return None
    return EventScore(
        distractions=tuple(distraction for score in known for distraction in score.distractions),
        false=tuple(alert for score in known for alert in score.false),
        unscored=tuple(alert for score in known for alert in score.unscored),
        overstayed=tuple(alert for score in known for alert in score.overstayed),
    )


def _shares(frames: FrameScore) -> list[list[tuple[int, float]]]:
    """Rows of the confusion matrix as (count, share of the row)."""
    totals = frames.confusion.sum(axis=1)
    return [
        [(int(count), float(count) / int(total) if total else 0.0) for count in row]
        for row, total in zip(frames.confusion, totals, strict=True)
    ]


def _tiles(run: ReplayRun, frames: FrameScore | None, events: EventScore | None) -> list[dict[str, str]]:
    """The figures at the top: title, value, explanation and a tone (good, bad or plain)."""
    tiles = []
    if events is not None:
        needed = len(events.needed)
        tone = "plain" if not needed else "good" if events.detected == needed else "bad"
        short = len(events.distractions) - needed
        note = f"labelled distractions alerted{f'; {short} more too short' if short else ''}"
        tiles.append({"title": "Detected", "value": f"{events.detected} of {needed}", "note": note, "tone": tone})
        false = len(events.false)
        overstayed = len(events.overstayed)
        minutes = sum(record.duration_s for record in run.records) / 60.0
        tiles.append(
            {
                "title": "False alerts",
                "value": str(false),
                "note": f"in {minutes:.1f} min of driving"
                + (f"; {overstayed} more stood on too long" if overstayed else ""),
                "tone": "bad" if false or overstayed else "good",
            }
        )
        latencies = [item.latency_s for item in events.needed if item.latency_s is not None]
        if latencies:
            value = f"{float(np.median(latencies)):.1f} s"
            note = f"median from the start of a distraction; {max(latencies):.1f} s at most"
            tiles.append({"title": "Alert latency", "value": value, "note": note, "tone": "plain"})
    if frames is not None and frames.accuracy is not None:
        note = f"of {frames.scored} labelled frames; log loss {frames.log_loss:.2f}"
        tiles.append({"title": "Frame accuracy", "value": _percent(frames.accuracy), "note": note, "tone": "plain"})
    alerts = [alert for record in run.records for alert in record.alerts]
    by_tier = " · ".join(
        f"{sum(alert.tier is tier for alert in alerts)} {tier.code}"
        for tier in (Tier.CAUTION, Tier.WARNING, Tier.CRITICAL)
    )
    tiles.append({"title": "Alerts", "value": str(len(alerts)), "note": f"at their peak: {by_tier}", "tone": "plain"})
    seen = sum(len(record.times_s) for record in run.records)
    totals = [value for record in run.records for value in record.latencies_s.get("network", [])]
    if totals and run.wall_s > 0.0:
        note = f"{seen} frames in {run.wall_s:.0f} s; network {float(np.median(totals)) * 1000.0:.0f} ms"
        tiles.append({"title": "Speed", "value": f"{seen / run.wall_s:.1f} fps", "note": note, "tone": "plain"})
    return tiles


def _seconds(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f} s"


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{100.0 * value:.1f} %"
