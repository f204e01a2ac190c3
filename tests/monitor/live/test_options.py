"""What holds for a drive: the command line over the user's files, and the administrator's above all."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs
import pytest

from engines.bundles.manifest import read_manifest
from engines.errors import UserError
from engines.view import Mount
from monitor.__main__ import parser
from monitor.live import options
from monitor.live.engine import Engine, EngineCache, EngineOptions
from monitor.live.options import Resolved, resolve
from monitor.live.user_files import LastChoices, locked_policy_file, read_choices, save_mount


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's folder; the administrator's lies beside it."""
    user = tmp_path / "user"
    user.mkdir()
    monkeypatch.setattr(platformdirs, "user_config_dir", lambda _name: str(user))
    monkeypatch.setattr(platformdirs, "site_config_dir", lambda _name, **_: str(tmp_path / "site"))
    return user


def _camera(*arguments: str, choices: LastChoices | None = None) -> Resolved:
    return resolve(parser().parse_args(arguments), choices or LastChoices(), user_files=True)


def _lock(tmp_path: Path, text: str) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "policy.toml").write_text(text, encoding="utf-8")


def test_a_policy_that_holds_with_its_bundle_only_stays(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fitted = read_manifest(None).model_copy(update={"thresholds": {"enter": 0.30, "leave": 0.20}})
    monkeypatch.setattr(options, "read_manifest", lambda _bundle: fitted)
    # By itself it contradicts the default: leave is above it.
    (folder / "policy.toml").write_text("[alerts]\nenter = 0.35\n", encoding="utf-8")
    resolved = _camera()
    assert resolved.engine.policy == folder / "policy.toml" and resolved.notices == ()


ABSURD = "[alerts]\ncumulative_s = 100000.0\n"


def test_a_policy_of_the_user_beyond_the_ranges_is_set_aside_and_said(folder: Path) -> None:
    (folder / "policy.toml").write_text(ABSURD, encoding="utf-8")
    resolved = _camera()
    assert resolved.engine.policy is None and not (folder / "policy.toml").exists()
    (notice,) = resolved.notices
    assert "alerts.cumulative_s = 100000.0 is beyond its range: above 0 to 20" in notice
    assert "it is set aside as " in notice and "the built-in policy holds" in notice


def test_a_locked_policy_beyond_the_ranges_is_an_error(tmp_path: Path) -> None:
    _lock(tmp_path, ABSURD)
    with pytest.raises(UserError, match=r"site/policy\.toml: alerts\.cumulative_s = .* beyond its range"):
        Engine.open(_camera().engine)


def test_a_policy_that_does_not_go_with_the_locked_one_stays_and_does_not_hold(folder: Path, tmp_path: Path) -> None:
    _lock(tmp_path, "[alerts]\nwarning_fast_s = 2.5\n")
    text = "right_hand_drive = true\n[alerts]\ncaution_s = 2.8\n"
    (folder / "policy.toml").write_text(text, encoding="utf-8")
    resolved = _camera()
    assert resolved.engine.policy is None and len(resolved.notices) == 1
    assert (folder / "policy.toml").read_text(encoding="utf-8") == text
    # Which hand is which does not depend on what else is wrong.
    assert resolved.mount == Mount(mirror=True)
    assert Engine.open(resolved.engine).settings.warning_fast_s == 2.5


def test_a_file_that_cannot_be_read_just_now_stays(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in (("policy.toml", "[alerts]\n"), ("mount.toml", ""), ("settings.toml", "")):
        (folder / name).write_text(text, encoding="utf-8")

    def too_many(*_: object, **__: object) -> str:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(os, "open", too_many)
    resolved = _camera()
    assert len(resolved.notices) == 2 and resolved.mount_lost
    assert read_choices(folder / "settings.toml")[1] is not None
    assert sorted(path.name for path in folder.iterdir()) == ["mount.toml", "policy.toml", "settings.toml"]


def test_every_damaged_file_is_kept(folder: Path) -> None:
    for text in ("first =", "second ="):
        (folder / "policy.toml").write_text(text, encoding="utf-8")
        assert _camera().engine.policy is None
    assert (folder / "policy.toml.damaged").read_text(encoding="utf-8") == "first ="
    assert (folder / "policy.toml.damaged-2").read_text(encoding="utf-8") == "second ="


def test_of_the_last_choices_only_what_cannot_be_used_does_not_hold(folder: Path) -> None:
    settings = folder / "settings.toml"
    settings.write_text('resolution = "hd"\nruntime = "gpu"\nsource = "2"\nnew = 1\n', encoding="utf-8")
    choices, notice = read_choices(settings)
    assert choices == LastChoices(source="2")
    assert notice is not None and "resolution" in notice and "runtime" in notice and "settings.toml" in notice
    assert settings.is_file()


def test_a_limit_that_was_chosen_before_gives_way_to_the_policy(folder: Path) -> None:
    choices = LastChoices(max_fps=5.0)
    resolved = _camera(choices=choices)
    assert resolved.engine.max_fps == 5.0 and "at most 5 frames a second" in resolved.used
    (folder / "policy.toml").write_text("[alerts]\nframe_holds_s = 0.5\n", encoding="utf-8")
    resolved = _camera(choices=choices)
    assert resolved.engine.max_fps is None
    assert len(resolved.notices) == 1 and "settings.toml" in resolved.notices[0]
    # What is typed is an error.
    with pytest.raises(UserError, match="--max-fps"):
        Engine.open(_camera("--max-fps", "5").engine)


def test_bundle_runtime_and_precision_go_together() -> None:
    choices = LastChoices(runtime="onnxruntime", precision="fp16")
    assert _camera(choices=choices).engine.precision == "fp16"
    assert _camera("--runtime", "onnxruntime", choices=choices).engine.precision == "fp32"


def test_a_lock_is_found_in_every_folder_of_the_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folders = f"{tmp_path / 'desktop'}:{tmp_path / 'site'}"
    monkeypatch.setattr(platformdirs, "site_config_dir", lambda _name, **_: folders)
    assert locked_policy_file() is None
    _lock(tmp_path, "")
    assert locked_policy_file() == tmp_path / "site" / "policy.toml"


def test_a_lock_that_cannot_be_looked_at_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _lock(tmp_path, "")
    stat = Path.stat

    def denied(path: Path, **arguments: bool) -> object:
        if path == tmp_path / "site" / "policy.toml":
            raise PermissionError(13, "Permission denied")
        return stat(path, **arguments)

    monkeypatch.setattr(Path, "stat", denied)
    with pytest.raises(UserError, match="locked policy"):
        locked_policy_file()


def test_a_mount_and_a_recording_know_nothing_of_each_other(folder: Path) -> None:
    save_mount(Mount(crop=(0.5, 0.0, 1.0, 1.0)), folder / "mount.toml")
    assert resolve(parser().parse_args([]), LastChoices(max_fps=5.0), user_files=False) == Resolved(
        EngineOptions(), None
    )


def test_notices_of_an_open_engine_need_no_file_any_more(tmp_path: Path) -> None:
    policy = tmp_path / "mine.toml"
    policy.write_text('[alerts]\nsmoothing = "hmm"\n', encoding="utf-8")
    engine = Engine.open(EngineOptions(policy=policy))
    policy.unlink()
    assert len(engine.notices) == 1 and "hmm" in engine.notices[0]


def test_what_is_chosen_while_an_engine_is_opened_is_opened_next() -> None:
    opened: list[str] = []

    class _Engine:
        classifier = None

    def open_engine(_options: EngineOptions) -> Engine:
        opened.append("opened")
        if len(opened) == 1:
            cache.choose(EngineOptions())  # the same, with another content of its policy file
        return _Engine()  # type: ignore[return-value]

    cache = EngineCache(EngineOptions(), open_engine)
    first = cache()
    assert cache() is not first and cache() is cache()
    assert len(opened) == 2
