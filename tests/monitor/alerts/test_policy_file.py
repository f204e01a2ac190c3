"""The policy file: every setting, documented; what is wrong in it is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from engines.command import run_command
from engines.errors import UserError
from engines.view import Mount
from monitor import policy
from monitor.alerts.policy_file import DEFAULT_POLICY, PolicySettings, as_toml, policy_notices, read_policy
from monitor.alerts.presets.preset import Preset
from monitor.alerts.settings import REMOVED, AlertSettings
from monitor.health.camera_health import HealthSettings
from monitor.policy import describe


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_the_shipped_file_is_the_model() -> None:
    """Written by: python -m monitor.policy --write monitor/alerts/policy.toml"""
    assert DEFAULT_POLICY.read_text(encoding="utf-8") == as_toml(PolicySettings())
    assert read_policy(DEFAULT_POLICY) == PolicySettings()


def test_every_setting_is_in_the_file_and_in_the_documentation() -> None:
    text, documentation = as_toml(PolicySettings()), describe()
    for table, model in (("alerts", AlertSettings), ("health", HealthSettings)):
        for name, field in model.model_fields.items():
            assert name in text and f"`{table}.{name}`" in documentation
            assert field.description and field.description in documentation


def test_what_a_file_leaves_out_keeps_its_default(tmp_path: Path) -> None:
    path = write(tmp_path / "mine.toml", "[alerts]\nsmoothing_s = 0.8\ncaution_s = 1.5\n[health]\ndark_level = 20\n")
    settings = read_policy(path)
    assert settings.alerts == AlertSettings(smoothing_s=0.8, caution_s=1.5)
    assert settings.health == HealthSettings(dark_level=20)


def test_a_file_wins_over_what_was_fitted_and_that_over_the_defaults(tmp_path: Path) -> None:
    fitted = {"enter": 0.7, "enter_by_activity.c5": 0.8, "enter_by_activity.c9": 0.9}
    path = write(tmp_path / "mine.toml", "[alerts]\nenter = 0.75\n[alerts.enter_by_activity]\nc9 = 0.95\n")
    alerts = read_policy(path, fitted).alerts
    assert alerts.enter == 0.75
    assert alerts.enter_by_activity == {"c5": 0.8, "c9": 0.95}
    assert read_policy(None, fitted).alerts.enter_by_activity == {"c5": 0.8, "c9": 0.9}


OLD_POLICY = Path(__file__).parents[2] / "old_files" / "policy.toml"
"""What `monitor.policy --toml` wrote while there were three filters: every setting with its default."""


def test_a_file_from_when_there_were_three_filters_is_read_without_a_notice() -> None:
    assert all(name in OLD_POLICY.read_text(encoding="utf-8") for name in REMOVED)
    policy = read_policy(OLD_POLICY, {"hmm_floor": 0.1, "enter": 0.7})
    assert policy == PolicySettings() and policy_notices(OLD_POLICY) == policy_notices(None) == ()


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("hmm", ("smoothing", "hmm_attentive_s", "hmm_distracted_s", "hmm_evidence_s", "hmm_floor")),
        ("median", ("smoothing", "median_s")),
    ],
)
def test_a_filter_that_is_gone_is_a_notice(name: str, settings: tuple[str, ...], tmp_path: Path) -> None:
    text = OLD_POLICY.read_text(encoding="utf-8").replace('smoothing = "exponential"', f'smoothing = "{name}"')
    path = write(tmp_path / "mine.toml", text)
    policy = read_policy(path)
    assert (policy.alerts, policy.health) == (AlertSettings(), HealthSettings())
    (notice,) = policy_notices(path)
    assert (notice.file, notice.name, notice.settings) == (path, name, settings)
    assert "mine.toml: no longer in use: smoothing, " in notice.text and f"The {name} filter is gone" in notice.text


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('[alerts]\ncaution_s = "soon"\n', "alerts.caution_s"),
        ("[alerts]\ncaution = 2\n", "alerts.caution"),
        ("[alert]\ncaution_s = 2\n", "alert"),
        ("[alerts]\nleave = 0.9\n", "leave must be below enter"),
        ("[alerts]\nwarning_slow_s = inf\n", "alerts.warning_slow_s"),
        ("[alerts.enter_by_activity]\nc0 = 0.9\n", "'c0' is none of c1 … c9"),
        ('[alerts]\nsmoothing = "mean"\n', "alerts.smoothing"),
        ("[health]\ndark_level = -1\n", "health.dark_level"),
        ("alerts = 3\n", "alerts"),
        ("alerts = [\n", "no TOML"),
    ],
)
def test_what_is_wrong_is_named(text: str, named: str, tmp_path: Path) -> None:
    path = write(tmp_path / "bad.toml", text)
    with pytest.raises(UserError, match=r"bad\.toml") as raised:
        read_policy(path, {"enter": 0.7})
    assert named in str(raised.value)


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="there is no such file"):
        read_policy(tmp_path / "none.toml")


def test_right_hand_drive_mirrors_the_view() -> None:
    right = PolicySettings(right_hand_drive=True)
    cropped = Mount(crop=(0.1, 0.0, 0.9, 1.0))
    assert right.mount(None) == Mount(mirror=True)
    assert right.mount(cropped) == Mount(crop=cropped.crop, mirror=True)
    assert PolicySettings().mount(cropped) is cropped
    assert PolicySettings().mount(None) is None


@pytest.mark.parametrize("preset", list(Preset))
def test_a_preset_is_printed_as_a_file_that_locks_all_of_its_times(
    preset: Preset, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(policy.main, ["--preset", preset.value]) == 0
    file = write(tmp_path / "locked.toml", capsys.readouterr().out)
    assert read_policy(file).alerts == preset.over(AlertSettings())
    assert read_policy(file).alerts.model_fields_set == set(preset.times)


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(policy.main, []) == 0
    assert capsys.readouterr().out == describe()
    assert run_command(policy.main, ["--write", str(tmp_path / "new.toml")]) == 0
    assert run_command(policy.main, ["--check", str(tmp_path / "new.toml")]) == 0
    assert "caution_s = 2.0" in capsys.readouterr().out
    asked = write(tmp_path / "median.toml", '[alerts]\nsmoothing = "median"\n')
    assert run_command(policy.main, ["--check", str(asked)]) == 0
    printed = capsys.readouterr()
    assert "no longer in use: smoothing." in printed.err and "caution_s = 2.0" in printed.out
    assert run_command(policy.main, ["--check", str(write(tmp_path / "bad.toml", "[alerts]\nx = 1\n"))]) == 2
    assert "alerts.x" in capsys.readouterr().err
