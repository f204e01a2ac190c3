"""The user's own mount and policy files."""

from __future__ import annotations

from pathlib import Path

import pytest

from engines.errors import UserError
from engines.view import Mount
from monitor.alerts.policy_file import PolicySettings, read_policy
from monitor.live.user_files import policy_toml, save_mount, save_policy, short_path
from monitor.sources.camera_modes import parse_resolution


def test_a_policy_file_says_only_what_differs(tmp_path: Path) -> None:
    base = read_policy(None, {"enter": 0.7, "enter_by_activity.c5": 0.8})
    alerts = base.alerts.model_copy(update={"caution_s": 2.5, "smoothing_s": 0.8, "enter_by_activity": {"c5": 0.9}})
    policy = PolicySettings(right_hand_drive=True, alerts=alerts, health=base.health)
    save_policy(policy, base, tmp_path / "new" / "policy.toml")
    text = (tmp_path / "new" / "policy.toml").read_text()
    assert "caution_s = 2.5" in text and "warning_fast_s" not in text and "[health]" not in text
    assert read_policy(tmp_path / "new" / "policy.toml", {"enter": 0.7, "enter_by_activity.c5": 0.8}) == policy
    assert "=" not in policy_toml(base, base)


def test_a_mount_is_written_whole_or_an_error_says_why(tmp_path: Path) -> None:
    mount = Mount(crop=(0.1, 0.2, 0.9, 1.0), mirror=True)
    save_mount(mount, tmp_path / "new" / "mount.toml")
    assert Mount.load(tmp_path / "new" / "mount.toml") == mount
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot write"):
        save_mount(mount, tmp_path / "file" / "mount.toml")
    with pytest.raises(UserError, match="cannot write"):
        save_policy(PolicySettings(), PolicySettings(), tmp_path / "file" / "policy.toml")


def test_resolutions() -> None:
    assert parse_resolution("") is None and parse_resolution("1280x720") == (1280, 720)
    with pytest.raises(UserError, match="1280x720"):
        parse_resolution("large")


def test_paths_in_the_home_folder_are_written_as_people_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    assert short_path(tmp_path / "a" / "mount.toml") == str(Path("~", "a", "mount.toml"))
    assert short_path("/elsewhere/mount.toml") == "/elsewhere/mount.toml"
