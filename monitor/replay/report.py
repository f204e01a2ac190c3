"""The report of a replay: `report.json` for programs and `report.html`, one self-contained file, for people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from engines.activities import Activity
from engines.files.output import write_atomic
from engines.files.printable import as_json
from engines.view import Mount
from monitor.alerts.events import Tier
from monitor.alerts.settings import AlertSettings
from monitor.alerts.texts import explanation
from monitor.evaluation.comparison import Comparison
from monitor.evaluation.drive import DriveRecord
from monitor.evaluation.scoring import EventScore, FrameScore
from monitor.evaluation.tables import all_events, all_frames, by_activity, by_driver, by_incident, seconds_by_tier
from monitor.fleet.report.page import page_environment, percent
from monitor.replay.report_frames import frame_data
from monitor.replay.report_timeline import draw_timeline

FORMAT_VERSION = 3

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
        mount: the camera mount.
        speed_kmh: the car's speed; None without a signal.
        wall_s: seconds that the replay took, without the thumbnails.
        complete: whether every drive was replayed to its end.
        computed: frames that were classified in that time; the others were known.
        comparison: with another network or policy, where one was asked for.
        speed: where the speed came from, as it was named; None without a signal.
        notices: what the user should know of the files that were named, one line each.
    """

    records: Sequence[DriveRecord]
    settings: AlertSettings
    bundle: str
    mount: Mount
    speed_kmh: float | None
    wall_s: float
    complete: bool
    computed: int = 0
    comparison: Comparison | None = None
    speed: str | None = None
    notices: Sequence[str] = ()

    @cached_property
    def frames(self) -> FrameScore | None:
        """Of all labelled drives together; None without any."""
        return all_frames(self.records)

    @cached_property
    def events(self) -> EventScore | None:
        """Of all labelled drives together; None without any."""
        return all_events(self.records)


def write_report(run: ReplayRun, folder: Path) -> tuple[Path, Path]:
    """Write both files into a folder that exists; their paths. Raises `UserError` when that fails."""
    created = datetime.now(timezone.utc).astimezone().isoformat(timespec="seconds")
    content = report_dict(run, created)
    json_path, html_path = folder / REPORT_JSON, folder / REPORT_HTML
    write_atomic(json_path, as_json(content, indent=1, allow_nan=False) + "\n")
    write_atomic(html_path, report_html(run, created))
    return json_path, html_path


def report_dict(run: ReplayRun, created: str) -> dict[str, Any]:
    """The content of `report.json`; ``frames`` and ``distractions`` are null when no drive is labelled."""
    frames, events = run.frames, run.events
    drives = []
    for record in run.records:
        drive_frames, drive_events = record.frame_score, record.event_score
        drives.append(
            {
                **record.as_dict(),
                "frames": drive_frames.as_dict() if drive_frames is not None else None,
                "distractions": drive_events.as_dict() if drive_events is not None else None,
                "latency_s": latency_table([record]),
                "incidents": [row.as_dict() for row in by_incident(record)],
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
        "speed": run.speed,
        "notices": list(run.notices),
        "mount": run.mount.model_dump(mode="json"),
        "settings": run.settings.model_dump(mode="json"),
        "wall_s": round(run.wall_s, 2),
        "frames_computed": run.computed,
        "frames": frames.as_dict() if frames is not None else None,
        "distractions": events.as_dict() if events is not None else None,
        "seconds_by_tier": {tier.code: round(length_s, 3) for tier, length_s in seconds_by_tier(run.records).items()},
        "per_driver": [row.as_dict() for row in by_driver(run.records)],
        "per_activity": {} if events is None else {row.activity.code: row.as_dict() for row in by_activity(events)},
        "comparison": None if run.comparison is None else run.comparison.as_dict(),
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
        seconds = np.array([value for record in records for value in record.drive.latencies_s.get(stage, [])])
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
    environment = page_environment(Path(__file__).parent / "templates")
    environment.filters["seconds"] = _seconds
    environment.filters["signed_seconds"] = _signed_seconds
    environment.filters["number"] = _number
    environment.filters["signed"] = _signed
    environment.filters["median"] = _median
    frames, events = run.frames, run.events
    return environment.get_template("report.html.j2").render(
        run=run,
        created=created,
        activities=list(Activity),
        tiers=list(Tier),
        explanation=explanation,
        frames=frames,
        confusion=_with_fractions(frames) if frames is not None else None,
        events=events,
        tiles=_tiles(run, frames, events),
        drivers=by_driver(run.records),
        per_activity=by_activity(events) if events is not None else [],
        seconds_by_tier=seconds_by_tier(run.records),
        drives=[
            {
                "record": record,
                "timeline": draw_timeline(record),
                "frame_data": frame_data(record),
                "frames": record.frame_score,
                "events": record.event_score,
                "incidents": [
                    {"row": row, "thumbnail": record.thumbnails.incidents.get(row.incident.peak_s)}
                    for row in by_incident(record)
                ],
            }
            for record in run.records
        ],
        latency={_STAGE_TITLES[stage]: row for stage, row in latency_table(run.records).items()},
        settings=[
            (field.title, getattr(run.settings, name), field.description, name)
            for name, field in AlertSettings.model_fields.items()
        ],
    )


def _with_fractions(frames: FrameScore) -> list[list[tuple[int, float]]]:
    """Rows of the confusion matrix as (count, fraction of the row)."""
    totals = frames.confusion.sum(axis=1)
    return [
        [(int(count), float(count) / int(total) if total else 0.0) for count in row]
        for row, total in zip(frames.confusion, totals, strict=True)
    ]


def _headline(events: EventScore, settings: AlertSettings) -> list[dict[str, str]]:
    """What comes first: detected, missed, false, and how long attention was under an alert for too long."""
    expected, missed, false = len(events.expected), len(events.missed), len(events.false)
    short = len(events.distractions) - expected
    rate = "" if events.false_per_hour is None else f", {events.false_per_hour:.1f} an hour"
    covered = len(events.missed_under_alert)
    late = len(events.cleared_late)
    beyond_s, percent, hourly_s = (
        events.attention.beyond_clearing_s,
        events.beyond_clearing_percent,
        events.beyond_clearing_per_hour,
    )
    share = "" if percent is None or hourly_s is None else f": {percent:.1f} % of attention, {hourly_s:.0f} s an hour"
    return [
        {
            "title": "Detected",
            "value": f"{events.detected} of {expected}",
            "note": f"labelled distractions{f'; {short} more too short' if short else ''}",
            "tone": "neutral" if not expected else "bad" if missed else "good",
        },
        {
            "title": "Missed",
            "value": str(missed),
            "note": f"{covered} of them under an alert from before" if missed else "labelled distractions",
            "tone": "neutral" if not expected else "bad" if missed else "good",
        },
        {
            "title": "False",
            "value": str(false),
            "note": f"incidents in {events.labelled_s / 60.0:.1f} min of labelled driving{rate}",
            "tone": "bad" if false else "good",
        },
        {
            "title": "Attention under an alert",
            "value": _seconds(beyond_s),
            "note": f"beyond the clearing time of {settings.clear_s:g} s{share};"
            f" {events.attention.total_s:.1f} s in all" + (f"; cleared late: {late}" if late else ""),
            "tone": "bad" if beyond_s > 0.05 else "good",
        },
    ]


def _tiles(run: ReplayRun, frames: FrameScore | None, events: EventScore | None) -> list[dict[str, str]]:
    """The figures at the top: title, value, explanation and a tone (good, bad or neutral)."""
    tiles = []
    if events is not None:
        tiles += _headline(events, run.settings)
        if events.excess_delays_s:
            value = _signed_seconds(float(np.median(events.excess_delays_s)))
            note = (
                f"median against ideal predictions; {float(np.median(events.latencies_s)):.1f} s"
                " after a distraction begins"
            )
            tiles.append({"title": "Alert delay", "value": value, "note": note, "tone": "neutral"})
    if frames is not None and frames.accuracy is not None:
        note = f"of {frames.scored} labelled frames; log loss {frames.log_loss:.2f}"
        tiles.append({"title": "Frame accuracy", "value": percent(frames.accuracy), "note": note, "tone": "neutral"})
    incidents = [incident for record in run.records for incident in record.incidents]
    by_tier = " · ".join(
        f"{sum(incident.tier is tier for incident in incidents)} {tier.code}"
        for tier in (Tier.CAUTION, Tier.WARNING, Tier.CRITICAL)
    )
    note = f"at their peak: {by_tier}"
    tiles.append({"title": "Incidents", "value": str(len(incidents)), "note": note, "tone": "neutral"})
    total = sum(len(record.times_s) for record in run.records)
    network_s = [value for record in run.records for value in record.drive.latencies_s.get("network", [])]
    network = f"network {float(np.median(network_s)) * 1000.0:.0f} ms" if network_s else ""
    if network_s and run.wall_s > 0.0 and run.computed:
        note = f"{run.computed} of {total} frames computed now; {network}"
        tiles.append(
            {"title": "Speed", "value": f"{run.computed / run.wall_s:.1f} fps", "note": note, "tone": "neutral"}
        )
    elif network_s:
        tiles.append(
            {"title": "Frames", "value": str(total), "note": f"all known already; {network}", "tone": "neutral"}
        )
    return tiles


def _seconds(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f} s"


def _signed_seconds(value: float | None) -> str:
    # Without a zero that has a sign.
    return "–" if value is None else f"{value:+.1f} s".replace("-0.0", "0.0").replace("+0.0", "0.0")


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3g}"


def _signed(value: float | None) -> str:
    return "–" if value is None else f"{value:+.3g}"


def _median(values: Sequence[float]) -> float | None:
    return float(np.median(values)) if values else None
