"""The report of a fleet: ``report.json`` for programs and ``report.html``, one self-contained file, for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engines.activities import Activity
from engines.files.printable import as_json, printable
from monitor.evaluation.comparison import Comparison
from monitor.fleet.drive_list import FleetDrive
from monitor.fleet.report.page import page_environment
from monitor.fleet.report.tables import GROUPS, FleetTables, compare_fleet, drive_rows
from monitor.fleet.results.store import ResultStore, protocol_of
from monitor.health.camera_health import Health

if TYPE_CHECKING:
    from monitor.fleet.run import Candidate

FORMAT_VERSION = 1


def write_report(
    output: ResultStore, drives: Sequence[FleetDrive], candidates: Sequence[Candidate], notices: Sequence[str]
) -> list[str]:
    """Write both files beside the tables; a few lines for the terminal. Raises `UserError` when that fails."""
    rows = drive_rows(drives, candidates[0])
    tables = [
        FleetTables.open(output, rows if index == 0 else drive_rows(drives, candidate))
        for index, candidate in enumerate(candidates)
    ]
    comparison = None
    if len(candidates) > 1:
        comparison = compare_fleet(tables[0], tables[1], (candidates[0].name, candidates[1].name))
    content = report_dict(tables[0], rows, candidates[0].name, comparison, notices)
    output.write("report.json", (as_json(content, indent=1, allow_nan=False) + "\n").encode())
    output.write("report.html", report_html(content).encode())
    return summary(content, comparison)


def report_dict(
    tables: FleetTables,
    rows: Sequence[Mapping[str, Any]],
    bundle: str,
    comparison: Comparison | None,
    notices: Sequence[str],
) -> dict[str, Any]:
    """The content of ``report.json``. Nothing in it depends on when, where or by how many workers it was made."""
    content: dict[str, Any] = _rounded(
        {
            "format_version": FORMAT_VERSION,
            "bundle": bundle,
            "notices": [printable(notice) for notice in notices],
            "drives": len(rows),
            "failed": [
                {"drive": row["drive"], "failure": row["failure"]} for row in rows if row["failure"] is not None
            ],
            "totals": tables.totals(),
            **{f"per_{group}": tables.groups(group) for group in GROUPS},
            "per_activity": tables.activities(),
            "faults": tables.faults(),
            "worst_drives": tables.worst_drives(),
            "comparison": None if comparison is None else comparison.as_dict(),
        }
    )
    return content


def report_html(content: Mapping[str, Any]) -> str:
    """The text of ``report.html``, from the content of ``report.json``."""
    environment = page_environment(Path(__file__).parent / "templates")
    environment.filters.update(number=_number, duration=_duration, link=drive_link)
    worst = [{**row, "link": drive_link(row["drive"])} for row in content["worst_drives"]]
    return environment.get_template("fleet.html.j2").render(
        report=content,
        worst=worst,
        groups=GROUPS,
        activity={activity.code: activity for activity in Activity},
        health={health.value: health for health in Health},
    )


def summary(content: Mapping[str, Any], comparison: Comparison | None) -> list[str]:
    """What was found, for the terminal."""
    totals = content["totals"]
    lines = [f"note: {notice}" for notice in content["notices"]]
    done = f"{content['drives'] - len(content['failed'])} of {content['drives']} drives, {totals['hours']:.2f} h"
    found = f"{totals['criticals']} critical, {totals['warnings']} warnings, {totals['cautions']} cautions"
    lines.append(f"{done}: {found}")
    if totals["expected"]:
        lines.append(f"labelled distractions detected: {totals['detected']} of {totals['expected']}")
    if content["failed"]:
        lines.append(f"failed: {len(content['failed'])}, named in the report")
    if comparison is not None:
        lines += comparison.lines
    return lines


def drive_link(drive: str) -> str:
    """Where a browser finds a drive; empty where it cannot open it."""
    if protocol_of(drive) in ("http", "https"):
        return drive
    return Path(drive).as_uri() if protocol_of(drive) is None and drive.startswith("/") else ""


def _rounded(value: Any) -> Any:
    """Numbers to what they say: sums may differ in their last digits with the order in which DuckDB adds."""
    if isinstance(value, float):
        return round(value, 6)
    if isinstance(value, dict):
        return {key: _rounded(each) for key, each in value.items()}
    return [_rounded(each) for each in value] if isinstance(value, list) else value


def _number(value: float | None, digits: int = 1) -> str:
    return "–" if value is None else f"{value:,.{digits}f}"


def _duration(seconds: float) -> str:
    if seconds < 60.0:
        return f"{seconds:.1f} s"
    minutes = round(seconds / 60.0)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02} min"
