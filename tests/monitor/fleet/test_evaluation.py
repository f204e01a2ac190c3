"""A fleet's drives to tables in two steps, what is skipped, and what is not."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.errors import UserError
from engines.view import Mount
from monitor.alerts.policy_file import PolicySettings
from monitor.alerts.settings import AlertSettings
from monitor.evaluation.comparison import compare
from monitor.evaluation.drive import DriveRecord
from monitor.fleet import drive_evaluation
from monitor.fleet.drive_evaluation import DriveOutcome, Evaluation, FleetOptions
from monitor.fleet.drive_list import FleetDrive, find_drives
from monitor.fleet.report.tables import FleetTables, compare_fleet, drive_rows
from monitor.fleet.results.store import ResultStore
from monitor.fleet.results.tables import predictions_from_parquet, rows_of
from monitor.fleet.run import Candidate
from monitor.health.camera_health import HealthSettings
from monitor.live.engine import Engine, EngineOptions
from monitor.speed.open_speed import SpeedOptions
from monitor.speed.recorded import read_speed_csv
from tests.monitor.fakes import FakeClassifier, Segments, fake_engine, frames_of, write_labels, write_video

SEEN: Segments = [(0, 3.0), (6, 7.0), (0, 4.0)]
LABELS: Segments = [(0, 2.5), (6, 7.0), (0, 4.5)]


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three drives, two of them labelled, and one that is none."""
    folder = tmp_path_factory.mktemp("fleet")
    (folder / "anna").mkdir()
    write_video(folder / "anna" / "2026-01-05_a.mp4", frames_of(SEEN))
    write_labels(folder / "anna" / "2026-01-05_a.csv", LABELS)
    write_video(folder / "b.mp4", frames_of([(0, 2.0), (2, 6.0), (0, 2.0)]))
    write_labels(folder / "b.csv", [(0, 2.0), (2, 6.0), (0, 2.0)])
    write_video(folder / "c.mp4", frames_of([(0, 3.0)]))
    (folder / "d.mp4").write_text("no video", encoding="utf-8")
    return folder


class Fake:
    """Evaluations with a fake network, whose calls are counted."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.classifier = FakeClassifier()
        self.policy = PolicySettings()

        def opened(options: EngineOptions | None = None) -> Engine:
            return fake_engine(self.classifier, policy=self.policy, options=options)

        monkeypatch.setattr(drive_evaluation.Engine, "open", opened)

    def options(self, output: Path | str, **changes: object) -> FleetOptions:
        options = FleetOptions(EngineOptions(regions="cold"), ResultStore(str(output)))
        return replace(options, **changes)  # type: ignore[arg-type]

    def run(self, drives: list[FleetDrive], options: FleetOptions) -> tuple[Evaluation, list[DriveOutcome]]:
        evaluation = Evaluation(options)
        known = {name for folder in evaluation.folders for name in options.output.names(folder)}
        return evaluation, [
            evaluation.evaluate(drive, evaluation.keys, known)
            for drive in drives
            if evaluation.names(drive).missing(known)
        ]

    @property
    def classified(self) -> int:
        return self.classifier.calls["infer"]


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Fake:
    return Fake(monkeypatch)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.parquet")}


def test_the_same_drives_give_the_same_bytes_and_what_exists_is_skipped(
    fleet: Path, fake: Fake, tmp_path: Path
) -> None:
    drives = find_drives([str(fleet)], labels=True)
    assert [Path(drive.uri).name for drive in drives] == ["2026-01-05_a.mp4", "b.mp4", "c.mp4", "d.mp4"]
    assert drives[0].day == "2026-01-05" and drives[0].labels is not None and drives[2].labels is None
    evaluation, outcomes = fake.run(drives, fake.options(tmp_path / "first"))
    assert [outcome.failure is None for outcome in outcomes] == [True, True, True, False]
    assert "d.mp4" in (outcomes[3].failure or "") and "no frame" in (outcomes[3].failure or "")
    classified = fake.classified
    assert classified == sum(outcome.frames for outcome in outcomes) == 140 + 100 + 30
    first = contents(tmp_path / "first")
    assert len(first) == 3 * 4

    _, outcomes = fake.run(drives, fake.options(tmp_path / "first"))
    assert [outcome.uri for outcome in outcomes] == [drives[3].uri] and fake.classified == classified

    (tmp_path / "first" / evaluation.names(drives[0]).scores).unlink()
    fake.run(drives[:3], fake.options(tmp_path / "first"))
    assert fake.classified == classified and contents(tmp_path / "first") == first

    fake.run(drives[::-1], fake.options(tmp_path / "second"))
    assert contents(tmp_path / "second") == first


def test_another_alerts_table_needs_no_network_and_health_and_mount_do(fleet: Path, fake: Fake, tmp_path: Path) -> None:
    drives = find_drives([str(fleet / "b.mp4")], labels=True)
    options = fake.options(tmp_path)
    first, _ = fake.run(drives, options)
    classified = fake.classified
    fake.policy = PolicySettings(alerts=AlertSettings(caution_s=2.5))
    second, outcomes = fake.run(drives, options)
    assert len(outcomes) == 1 and outcomes[0].frames == 0 and fake.classified == classified
    assert first.names(drives[0]).predictions == second.names(drives[0]).predictions
    assert first.names(drives[0]).incidents != second.names(drives[0]).incidents
    fake.policy = PolicySettings(health=HealthSettings(shown_after_s=3.0))
    third, _ = fake.run(drives, options)
    assert third.names(drives[0]).predictions != first.names(drives[0]).predictions and fake.classified > classified
    classified = fake.classified
    fake.policy = PolicySettings()
    mirrored, _ = fake.run(drives, replace(options, mount=Mount(mirror=True)))
    assert mirrored.names(drives[0]).predictions != first.names(drives[0]).predictions and fake.classified > classified


def test_a_changed_drive_speed_or_label_is_another(fleet: Path, fake: Fake, tmp_path: Path) -> None:
    video = write_video(tmp_path / "e.mp4", frames_of([(0, 2.0)]))
    labels = write_labels(tmp_path / "e.csv", [(0, 2.0)])
    evaluation = Evaluation(fake.options(tmp_path / "out"))
    (before,) = find_drives([str(video)], labels=True)
    os.utime(labels, (1, 1))
    (relabelled,) = find_drives([str(video)], labels=True)
    names, others = evaluation.names(before), evaluation.names(relabelled)
    assert names.predictions == others.predictions and names.scores != others.scores
    os.utime(video, (1, 1))
    (changed,) = find_drives([str(video)], labels=True)
    assert evaluation.names(changed).predictions != names.predictions
    slow = Evaluation(fake.options(tmp_path / "out", speed=SpeedOptions("30")))
    assert slow.names(before).predictions != names.predictions


def test_step_two_gives_what_the_policy_gives_on_the_drive_itself(fleet: Path, fake: Fake, tmp_path: Path) -> None:
    """A speed that comes and goes: whether it counts as lost is said by the policy, from the predictions alone."""
    video = write_video(tmp_path / "f.mp4", frames_of([(0, 2.0), (6, 9.0), (0, 3.0)]))
    speed = tmp_path / "f.speed.csv"
    speed.write_text("time_s,speed_kmh\n0.0,30\n1.5,31\n3.0,30\n9.0,30\n", encoding="utf-8")
    drives = find_drives([str(video)], speed_beside=True)
    for lost_s in (1.0, 5.0):
        fake.policy = PolicySettings(alerts=AlertSettings(speed_lost_s=lost_s))
        evaluation, (outcome,) = fake.run(drives, fake.options(tmp_path / "out"))
        assert outcome.failure is None
        names = evaluation.names(drives[0])
        content = (tmp_path / "out" / names.predictions).read_bytes()
        drive, kept, _ = predictions_from_parquet(content, lost_s)
        direct = DriveRecord("", None, Mount(), drive, fake.policy.alerts, read_speed_csv(speed, lost_s))
        assert [kept.value_at(t) for t in drive.times_s] == [direct.speed_kmh.value_at(t) for t in drive.times_s]  # type: ignore[union-attr]
        rows = rows_of((tmp_path / "out" / names.incidents).read_bytes())
        assert rows and [(row["start_s"], row["end_s"], row["tier"]) for row in rows] == [
            (incident.start_s, incident.end_s, incident.tier.code) for incident in direct.incidents
        ]
    assert len(list((tmp_path / "out" / "predictions").rglob("*.parquet"))) == 1


def test_the_paired_test_is_that_of_the_replay(fleet: Path, fake: Fake, tmp_path: Path) -> None:
    drives = find_drives([str(fleet)], labels=True)
    candidates, tables, records = [], [], []
    for settings in (AlertSettings(), AlertSettings(caution_s=2.5)):
        fake.policy = PolicySettings(alerts=settings)
        evaluation, outcomes = fake.run(drives, fake.options(tmp_path))
        failures = {outcome.uri: outcome.failure for outcome in outcomes if outcome.failure is not None}
        candidates.append(Candidate(evaluation, failures, 0))
        tables.append(FleetTables.open(ResultStore(str(tmp_path)), drive_rows(drives, candidates[-1])))
        records.append([_record(drive, evaluation, tmp_path, settings) for drive in drives[:3]])
    found = compare_fleet(tables[0], tables[1], ("a", "b"))
    expected = compare("a", records[0], "b", records[1])
    assert found is not None and found.as_dict() == expected.as_dict()
    assert found.detected.both == 2
    totals = tables[0].totals()
    assert totals["drives"] == 3 and totals["expected"] == 2
    assert totals["warnings"] + totals["cautions"] + totals["criticals"] == sum(len(r.incidents) for r in records[0])


def _record(drive: FleetDrive, evaluation: Evaluation, folder: Path, settings: AlertSettings) -> DriveRecord:
    from engines.files.labels.drive_labels import read_labels

    content = (folder / evaluation.names(drive).predictions).read_bytes()
    predictions, speed, _ = predictions_from_parquet(content, settings.speed_lost_s)
    labels = None if drive.labels is None else read_labels(Path(drive.labels))
    return DriveRecord(drive.uri, labels, Mount(), predictions, settings, speed, path=drive.uri)


def test_other_software_on_a_worker_is_a_failure(fleet: Path, fake: Fake, tmp_path: Path) -> None:
    evaluation = Evaluation(fake.options(tmp_path))
    outcome = evaluation.evaluate(find_drives([str(fleet / "c.mp4")])[0], ("another", "policy"))
    assert "install the same on every machine" in (outcome.failure or "") and not contents(tmp_path)


@given(st.binary(max_size=200))
def test_what_is_no_table_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match="no predictions"):
        predictions_from_parquet(content, 1.0)


def test_drives_are_named_by_folder_pattern_and_list(fleet: Path, tmp_path: Path) -> None:
    by_pattern = find_drives([f"{fleet}/*.mp4"])
    assert [Path(drive.uri).name for drive in by_pattern] == ["b.mp4", "c.mp4", "d.mp4"]
    listed = fleet / "list.csv"
    listed.write_text(
        "drive,driver,vehicle,day,labels\nanna/2026-01-05_a.mp4,Anna,van 1,,b.csv\nc.mp4,Ben,van 2,2026-02-01,\n",
        encoding="utf-8",
    )
    anna, ben = find_drives([str(listed)])
    assert (anna.driver, anna.vehicle, anna.day) == ("Anna", "van 1", "2026-01-05")
    assert anna.labels == str(fleet / "b.csv") and (ben.day, ben.labels) == ("2026-02-01", None)
    listed.write_text("file\na.mp4\n", encoding="utf-8")
    with pytest.raises(UserError, match="its columns must be of drive"):
        find_drives([str(listed)])
    listed.unlink()
    for name in (str(tmp_path), f"{tmp_path}/*.mp4", f"{tmp_path}/none.mp4", ""):
        with pytest.raises(UserError, match=r"no drive|is empty"):
            find_drives([name])


def test_results_and_drives_in_a_store(fleet: Path, fake: Fake, tmp_path: Path) -> None:
    import fsspec

    memory = fsspec.filesystem("memory")
    memory.put(str(fleet / "b.mp4"), "/fleet/b.mp4")
    memory.put(str(fleet / "b.csv"), "/fleet/b.csv")
    drives = find_drives(["memory://fleet"], labels=True)
    assert [(drive.uri, drive.labels) for drive in drives] == [("memory://fleet/b.mp4", "memory://fleet/b.csv")]
    evaluation, (outcome,) = fake.run(drives, fake.options("memory://out"))
    assert outcome.failure is None
    rows = drive_rows(drives, Candidate(evaluation, {}, 0))
    tables = FleetTables.open(ResultStore("memory://out"), rows)
    assert tables.totals()["expected"] == 1 and tables.groups("driver")[0]["drives"] == 1
    local, _ = fake.run(find_drives([str(fleet / "b.mp4")], labels=True), fake.options(tmp_path))
    name = local.names(find_drives([str(fleet / "b.mp4")], labels=True)[0]).incidents
    assert ResultStore("memory://out").read(evaluation.names(drives[0]).incidents) == (tmp_path / name).read_bytes()
