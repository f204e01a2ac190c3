"""What the report says, asked of the drives' Parquet files by DuckDB; memory does not grow with the frames."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa

from engines.files.printable import source_label
from monitor.evaluation.comparison import TITLES, Comparison, DriveSums, McNemar, compare_sums
from monitor.fleet.drive_list import FleetDrive
from monitor.fleet.results.store import ResultStore
from monitor.fleet.results.tables import DRIVES, FAULTS, INCIDENTS, SCORES, to_parquet

if TYPE_CHECKING:
    from monitor.fleet.run import Candidate

GROUPS = ("driver", "vehicle", "day")

_FIGURES = """
    count(*)::INT AS drives, coalesce(sum(length_s), 0) / 3600 AS hours,
    coalesce(sum(cautions), 0)::INT AS cautions, coalesce(sum(warnings), 0)::INT AS warnings,
    coalesce(sum(criticals), 0)::INT AS criticals,
    sum(incidents) / nullif(sum(length_s), 0) * 3600 AS incidents_per_hour,
    sum(alert_s) / nullif(sum(length_s), 0) AS under_alert,
    sum(not_assessed_s) / nullif(sum(length_s), 0) AS not_assessed,
    coalesce(sum(faults), 0)::INT AS faults,
    sum(frames_right) / nullif(sum(frames_scored), 0) AS accuracy,
    sum(expected)::INT AS expected, sum(detected)::INT AS detected, sum(false_alerts)::INT AS false_alerts,
    sum(false_alerts) / nullif(sum(labelled_s), 0) * 3600 AS false_per_hour,
    sum(excess_s) / nullif(sum(delayed), 0) AS excess_delay_s
"""


def write_run(output: ResultStore, drives: Sequence[FleetDrive], candidate: Candidate) -> None:
    """Write ``drives.parquet``: what was evaluated, where its tables are, and what failed."""
    output.write("drives.parquet", to_parquet(drive_rows(drives, candidate), DRIVES))


def drive_rows(drives: Sequence[FleetDrive], candidate: Candidate) -> list[dict[str, Any]]:
    """One row a drive, as in `DRIVES`."""
    rows = []
    for drive in drives:
        failure = candidate.failures.get(drive.uri)
        files = vars(candidate.evaluation.names(drive)) if failure is None else {}
        rows.append(
            {
                "drive": source_label(drive.uri),
                "driver": drive.driver,
                "vehicle": drive.vehicle,
                "day": drive.day,
                **files,
                "failure": failure,
            }
        )
    return rows


@dataclass(frozen=True)
class FleetTables:
    """The drives of one candidate, in DuckDB.

    Attributes:
        connection: with a table ``fleet`` of one row a drive, ``incidents`` and ``faults``.
    """

    connection: duckdb.DuckDBPyConnection

    @classmethod
    def open(cls, output: ResultStore, rows: Sequence[Mapping[str, Any]]) -> FleetTables:
        """Read the tables of drives, given as rows of `DRIVES`."""
        connection = duckdb.connect(
            config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
        )
        if not output.is_local:
            connection.register_filesystem(output.filesystem)
        done = [row for row in rows if row["failure"] is None]
        connection.register("given", pa.Table.from_pylist(list(rows), schema=DRIVES))
        connection.execute(
            "CREATE TABLE drives AS SELECT row_number() OVER () AS id, drive, driver, vehicle, day, failure, "
            "incidents AS incidents_file, faults AS faults_file, scores AS scores_file FROM given"
        )
        for table, schema in (("incidents", INCIDENTS), ("faults", FAULTS), ("scores", SCORES)):
            _create(connection, output, table, schema, [row[table] for row in done])
        connection.execute(
            """
            CREATE TABLE fleet AS
            WITH i AS (SELECT file, count(*) AS incidents, count(*) FILTER (tier = 'caution') AS cautions,
                count(*) FILTER (tier = 'warning') AS warnings, count(*) FILTER (tier = 'critical') AS criticals
                FROM incidents GROUP BY file),
            f AS (SELECT file, count(*) AS faults FROM faults GROUP BY file)
            SELECT d.*, s.* EXCLUDE (file), caution_s + warning_s + critical_s AS alert_s,
                coalesce(incidents, 0) AS incidents, coalesce(cautions, 0) AS cautions,
                coalesce(warnings, 0) AS warnings, coalesce(criticals, 0) AS criticals, coalesce(faults, 0) AS faults,
                len(distractions) AS expected,
                len(list_filter(distractions, lambda x: x.alerted_s IS NOT NULL)) AS detected,
                len(list_filter(distractions, lambda x: x.excess_delay_s IS NOT NULL)) AS delayed,
                list_sum([x.excess_delay_s FOR x IN distractions]) AS excess_s
            FROM drives d JOIN scores s ON s.file = d.scores_file
                LEFT JOIN i ON i.file = d.incidents_file LEFT JOIN f ON f.file = d.faults_file
            """
        )
        return cls(connection)

    def totals(self) -> dict[str, Any]:
        """Figures of all drives together."""
        return self.rows(f"SELECT {_FIGURES} FROM fleet")[0]

    def groups(self, column: str) -> list[dict[str, Any]]:
        """Figures by ``driver``, ``vehicle`` or ``day``, those with the most incidents an hour first; days in order."""
        assert column in GROUPS
        order = "name" if column == "day" else "incidents_per_hour DESC NULLS LAST, name"
        return self.rows(f"SELECT {column} AS name, {_FIGURES} FROM fleet GROUP BY {column} ORDER BY {order}")

    def activities(self) -> list[dict[str, Any]]:
        """Incidents by activity, and, of labelled distractions that hold it, how many were detected."""
        return self.rows(
            """
            WITH i AS (SELECT activity, count(*)::INT AS incidents,
                count(*) FILTER (tier = 'critical')::INT AS criticals,
                sum(end_s - start_s) AS seconds FROM incidents GROUP BY activity),
            x AS (SELECT unnest(distractions) AS d FROM scores),
            l AS (SELECT unnest(d.activities) AS activity, d.alerted_s AS alerted_s FROM x),
            e AS (SELECT activity, count(*)::INT AS expected, count(alerted_s)::INT AS detected
                FROM l GROUP BY activity)
            SELECT coalesce(i.activity, e.activity) AS activity, coalesce(incidents, 0)::INT AS incidents,
                coalesce(criticals, 0)::INT AS criticals, coalesce(seconds, 0) AS seconds, expected, detected
            FROM i FULL JOIN e ON i.activity = e.activity ORDER BY activity NULLS LAST
            """
        )

    def faults(self) -> list[dict[str, Any]]:
        """Faults of camera and model by kind, the longest first."""
        return self.rows(
            "SELECT health, count(*)::INT AS count, count(DISTINCT file)::INT AS drives, "
            "sum(end_s - start_s) AS seconds "
            "FROM faults GROUP BY health ORDER BY seconds DESC, health"
        )

    def worst_drives(self) -> list[dict[str, Any]]:
        """All drives, the worst first: by critical alerts, warnings and cautions, then by time under an alert."""
        return self.rows(
            """
            SELECT drive, driver, vehicle, day, length_s, criticals::INT AS criticals, warnings::INT AS warnings,
                cautions::INT AS cautions, alert_s, not_assessed_s, expected::INT AS expected,
                detected::INT AS detected, false_alerts::INT AS false_alerts, incidents_file
            FROM fleet ORDER BY criticals DESC, warnings DESC, cautions DESC, alert_s DESC, drive
            """
        )

    def rows(self, sql: str) -> list[dict[str, Any]]:
        """The rows of a query."""
        return list(self.connection.sql(sql).to_arrow_table().to_pylist())


def _create(
    connection: duckdb.DuckDBPyConnection, output: ResultStore, table: str, schema: pa.Schema, names: Sequence[str]
) -> None:
    """A table of the rows of some files, each with the name of its file."""
    if not names:
        connection.register("nothing", schema.append(pa.field("file", pa.string())).empty_table())
        connection.execute(f"CREATE TABLE {table} AS SELECT * FROM nothing")
        return
    prefix = output.url("")
    connection.execute(
        f"CREATE TABLE {table} AS SELECT * EXCLUDE (filename), substr(filename, ?) AS file "
        "FROM read_parquet(?, filename = true)",
        [len(prefix) + 1, [prefix + name for name in names]],
    )


_PAIRED = """
    SELECT id, frames, frames_right, frames_scored, false_alerts, labelled_s / 3600 AS hours,
        attention_beyond_clearing_s AS beyond_s, distractions
    FROM fleet WHERE labelled_s IS NOT NULL ORDER BY id
"""

_BATCH = 256
"""Drives in memory at once."""


def compare_fleet(first: FleetTables, second: FleetTables, names: tuple[str, str]) -> Comparison | None:
    """The paired test of two candidates on the drives that are labelled; None without any.

    Drive for drive, as `monitor.evaluation.comparison.compare`: a few numbers of each stay in memory.
    """
    sums: dict[str, list[DriveSums]] = {name: [] for name in TITLES}
    hits: Counter[tuple[bool, bool]] = Counter()
    unpaired = 0
    for a, b in _pairs(first, second):
        others = {(item["start_s"], item["end_s"]): item for item in b["distractions"]}
        paired = [
            (item, others[item["start_s"], item["end_s"]])
            for item in a["distractions"]
            if (item["start_s"], item["end_s"]) in others
        ]
        unpaired += len(a["distractions"]) + len(b["distractions"]) - 2 * len(paired)
        alerted = [(x["alerted_s"] is not None, y["alerted_s"] is not None) for x, y in paired]
        hits.update(alerted)
        # Only what both detected: a candidate must not gain by missing the slow ones.
        delays = [(x["excess_delay_s"], y["excess_delay_s"]) for x, y in paired]
        both = [(x, y) for x, y in delays if x is not None and y is not None]
        count = float(len(paired))
        row: dict[str, DriveSums] = {
            "frame_accuracy": _both(a, b, "frames_right", "frames_scored"),
            "detected": (sum(x for x, _ in alerted), count, sum(y for _, y in alerted), count),
            "excess_delay_s": (sum(x for x, _ in both), float(len(both)), sum(y for _, y in both), float(len(both))),
            "false_per_hour": _both(a, b, "false_alerts", "hours"),
            "attention_beyond_clearing_s_per_hour": _both(a, b, "beyond_s", "hours"),
        }
        for name, numbers in row.items():
            sums[name].append(numbers)
    if not sums["detected"]:
        return None
    detected = McNemar(hits[True, True], hits[False, False], hits[True, False], hits[False, True], unpaired)
    return compare_sums(*names, detected, sums)


def _both(a: Mapping[str, Any], b: Mapping[str, Any], over: str, under: str) -> DriveSums:
    return float(a[over]), float(a[under]), float(b[over]), float(b[under])


def _pairs(first: FleetTables, second: FleetTables) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Rows of the drives that both candidates have to the same end, by the drives' numbers."""
    others = _stream(second)
    b = next(others, None)
    for a in _stream(first):
        while b is not None and b["id"] < a["id"]:
            b = next(others, None)
        if b is not None and b["id"] == a["id"] and b["frames"] == a["frames"]:
            yield a, b


def _stream(tables: FleetTables) -> Iterator[dict[str, Any]]:
    result = tables.connection.cursor().execute(_PAIRED)
    names = [column[0] for column in result.description or ()]
    while rows := result.fetchmany(_BATCH):
        yield from (dict(zip(names, row, strict=True)) for row in rows)
