"""What is kept on this machine is listed, and what is the program's own can be deleted; nothing else is."""

from __future__ import annotations

import io
import json
import os
import sys
from pathlib import Path

import platformdirs
import pytest

from engines.command import run_command
from monitor import data
from monitor.live.user_files import save_choices, user_settings_file


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with what the monitor keeps after some use, and a drive beside it."""
    home = tmp_path / "home"
    for kind in ("config", "cache", "data"):
        monkeypatch.setattr(platformdirs, f"user_{kind}_dir", lambda _name, kind=kind: str(home / kind / "monitor"))
    monkeypatch.setattr(platformdirs, "site_config_dir", lambda _name, **_: str(home / "site"))
    monkeypatch.setattr(Path, "home", lambda: home)
    for name in (
        "cache/monitor/predictions/a.npz",
        "cache/monitor/predictions/b.npz",
        "cache/monitor/plans/x.plan",
        "data/monitor/alert_reviews.csv",
        "config/monitor/mount.toml.damaged-2",
        "config/other.toml",
        "drives/one.mp4",
        "drives/one.csv",
        "drives/one.reviews.csv",
        "bundle/manifest.json",
        "site/policy.toml",
    ):
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_bytes(b"x" * 1000)
    save_choices(user_settings_file(), source="0", bundle=str(home / "bundle"))
    return home


def files(home: Path) -> set[str]:
    return {str(path.relative_to(home)) for path in home.rglob("*") if path.is_file()}


ELSEWHERE = {
    "config/other.toml",
    "drives/one.mp4",
    "drives/one.csv",
    "drives/one.reviews.csv",
    "bundle/manifest.json",
    "site/policy.toml",
}


def test_everything_is_listed(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = files(home)
    out = home / "list.json"
    assert run_command(data.main, [str(home / "drives" / "one.mp4"), "--json", str(out)]) == 0
    text = capsys.readouterr().out
    for line in (
        f"  {Path('~/cache/monitor/predictions')}  2 files, 2.0 kB  predictions of replayed drives",
        f"  {Path('~/data/monitor/alert_reviews.csv')}  1.0 kB  reviews",
        f"  {Path('~/config/monitor/mount.toml.damaged-2')}  1.0 kB  a file that could not be used",
        f"  {Path('~/drives/one.csv')}  1.0 kB  labels of one.mp4",
        f"  {Path('~/bundle')}  1.0 kB  the engine bundle",
        f"  {Path('~/site/policy.toml')}  1.0 kB  what an administrator has locked",
    ):
        assert line in text
    listed = json.loads(out.read_text())
    own = {entry["path"] for entry in listed["kept"] if entry["own"]}
    assert own == {
        str(home / name)
        for name in (
            "cache/monitor/plans",
            "cache/monitor/predictions",
            "config/monitor/mount.toml.damaged-2",
            "config/monitor/settings.toml",
            "data/monitor/alert_reviews.csv",
        )
    }
    assert not listed["deleted"] and files(home) == before | {"list.json"}


def test_only_what_is_the_program_s_own_is_deleted(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(data.main, [str(home / "drives" / "one.mp4"), "--delete", "--yes"]) == 0
    assert files(home) == ELSEWHERE
    assert not any((home / kind / "monitor").exists() for kind in ("config", "cache", "data"))
    assert "deleted" in capsys.readouterr().out
    assert run_command(data.main, ["--delete"]) == 0
    assert "Nothing is kept in" in capsys.readouterr().out


@pytest.mark.parametrize(("answer", "code"), [("y\n", 0), ("n\n", 1), ("\n", 1), ("", 1)])
def test_a_person_is_asked_first(answer: str, code: int, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stdin = io.StringIO(answer)
    monkeypatch.setattr(stdin, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdin", stdin)
    before = files(home)
    assert run_command(data.main, ["--delete"]) == code
    assert files(home) == (ELSEWHERE if code == 0 else before)


def test_where_nobody_can_be_asked_nothing_is_deleted(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = files(home)
    for stdin in (io.StringIO("y\n"), None):
        monkeypatch.setattr(sys, "stdin", stdin)
        assert run_command(data.main, ["--delete"]) == 2
        assert "add --yes" in capsys.readouterr().err
    assert run_command(data.main, ["--yes"]) == 2
    assert files(home) == before


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_links_are_not_followed(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "cache" / "monitor" / "linked").symlink_to(home / "drives")
    (home / "cache" / "monitor" / "predictions" / "one.mp4").symlink_to(home / "drives" / "one.mp4")
    (home / "cache" / "monitor" / "gone").symlink_to(home / "nowhere")
    (home / "data" / "monitor").rename(home / "moved")
    (home / "data" / "monitor").symlink_to(home / "moved")
    assert run_command(data.main, ["--delete", "--yes"]) == 2
    said = capsys.readouterr()
    assert "~/data/monitor: it is a link" in said.err and "~/data/monitor/alert_reviews.csv" in said.out
    assert files(home) == ELSEWHERE | {"moved/alert_reviews.csv"}


def test_what_cannot_be_deleted_is_said(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(path: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(data.shutil, "rmtree", refuse)
    out = home / "list.json"
    assert run_command(data.main, ["--delete", "--yes", "--json", str(out)]) == 2
    assert "plans: permission is missing" in capsys.readouterr().err
    assert len(json.loads(out.read_text())["not_deleted"]) == 2
