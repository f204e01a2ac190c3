"""The user's own mount and policy files."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import platformdirs
import pytest

from engines.errors import UserError
from engines.view import Mount
from monitor.alerts.policy_file import PolicySettings, changed_toml, policy_notices, read_policy
from monitor.live.user_files import (
    save_choices,
    save_mount,
    save_policy,
    short_path,
    tighten_user_files,
    user_settings_file,
)
from monitor.sources.camera_modes import parse_resolution


def test_a_policy_file_says_only_what_differs(tmp_path: Path) -> None:
    base = read_policy(None, {"enter": 0.7, "enter_by_activity.c5": 0.8})
    alerts = base.alerts.model_copy(update={"caution_s": 2.5, "smoothing_s": 0.8, "enter_by_activity": {"c5": 0.9}})
    policy = PolicySettings(right_hand_drive=True, alerts=alerts, health=base.health)
    save_policy(policy, base, tmp_path / "new" / "policy.toml")
    text = (tmp_path / "new" / "policy.toml").read_text()
    assert (
        text.startswith("# What differs from the default")
        and "caution_s = 2.5" in text
        and "warning_fast_s" not in text
        and "[health]" not in text
    )
    assert read_policy(tmp_path / "new" / "policy.toml", {"enter": 0.7, "enter_by_activity.c5": 0.8}) == policy
    assert "=" not in changed_toml(tmp_path / "none.toml", base, base)


MINE = """# My van.

[health]
dark_level = 20  # a tunnel each morning

[alerts]
# Coffee is allowed.
caution_s = 2.5
smoothing = "hmm"
hmm_floor = 0.1
clear_s = 1.0   # as it was
warning_slow_s = 6.0

[alerts.enter_by_activity]
c9 = 0.9  # my son
c5 = 0.8
"""


def test_a_policy_file_that_is_changed_keeps_comments_and_order(tmp_path: Path) -> None:
    path = tmp_path / "policy.toml"
    path.write_text(MINE, encoding="utf-8")
    base, read = PolicySettings(), read_policy(path)
    save_policy(read, base, path)
    # Only what is gone from the settings is gone from the file.
    assert path.read_text(encoding="utf-8") == MINE.replace('smoothing = "hmm"\nhmm_floor = 0.1\n', "")
    alerts = read.alerts.model_copy(
        update={"caution_s": 3.0, "warning_slow_s": base.alerts.warning_slow_s, "enter_by_activity": {"c9": 0.95}}
    )
    policy = read.model_copy(update={"alerts": alerts, "right_hand_drive": True})
    save_policy(policy, base, path)
    text = path.read_text(encoding="utf-8")
    assert "# My van." in text and "dark_level = 20  # a tunnel each morning\n" in text
    assert "# Coffee is allowed.\ncaution_s = 3.0\nclear_s = 1.0   # as it was\n" in text
    assert "c9 = 0.95  # my son\n" in text and "c5" not in text and "warning_slow_s" not in text
    assert (read_policy(path), policy_notices(path)) == (policy, ())
    save_policy(base, base, path)
    assert read_policy(path) == base


@pytest.mark.parametrize(
    "text",
    [
        "[alerts]\ncaution_s = 2.5 # mine\n[health]\ndark_level = 20\n[alerts.enter_by_activity]\nc9 = 0.9\n",
        "alerts.caution_s = 2.5 # mine\nalerts.enter_by_activity.c9 = 0.9\nhealth.dark_level = 20\n",
        "# mine\nalerts = { caution_s = 2.5, enter_by_activity = { c9 = 0.9 } }\nhealth = { dark_level = 20 }\n",
    ],
)
def test_tables_may_be_written_in_any_way(text: str, tmp_path: Path) -> None:
    path = tmp_path / "policy.toml"
    path.write_text(text, encoding="utf-8")
    policy = read_policy(path)
    save_policy(policy, PolicySettings(), path)
    assert path.read_text(encoding="utf-8") == text
    alerts = policy.alerts.model_copy(
        update={"caution_s": 2.8, "clear_s": 0.9, "enter_by_activity": {"c9": 0.8, "c5": 0.7}}
    )
    changed = policy.model_copy(update={"alerts": alerts, "right_hand_drive": True})
    save_policy(changed, PolicySettings(), path)
    assert read_policy(path) == changed and "# mine" in path.read_text(encoding="utf-8")
    save_policy(PolicySettings(), PolicySettings(), path)
    assert read_policy(path) == PolicySettings()


def test_a_policy_file_that_is_broken_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "policy.toml"
    path.write_bytes(b"[alerts\n\xff")
    policy = PolicySettings(right_hand_drive=True)
    save_policy(policy, PolicySettings(), path)
    assert read_policy(path) == policy


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


@pytest.mark.skipif(os.name == "nt", reason="there are no such modes")
def test_settings_are_read_by_nobody_else_and_those_of_before_are_tightened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "config" / "driver-monitor"
    monkeypatch.setattr(platformdirs, "user_config_dir", lambda _name: str(folder))
    save_choices(user_settings_file(), source="rtsp://me:word@10.0.0.9/live")
    assert [stat.S_IMODE(path.stat().st_mode) for path in (folder, user_settings_file())] == [0o700, 0o600]
    left = [folder / "settings.toml.damaged", folder / "dashboard.conf"]
    for path in left:
        path.write_text("source = 'rtsp://me:word@10.0.0.9/live'")
    for path in (user_settings_file(), *left):
        path.chmod(0o644)
    (folder / "mount.toml").write_text("")
    folder.chmod(0o755)
    tighten_user_files()
    assert {stat.S_IMODE(path.stat().st_mode) for path in (user_settings_file(), *left)} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    save_choices(user_settings_file(), source="0")
    assert stat.S_IMODE(user_settings_file().stat().st_mode) == 0o600
    monkeypatch.setattr(platformdirs, "user_config_dir", lambda _name: str(tmp_path / "none"))
    tighten_user_files()
    assert not (tmp_path / "none").exists()
