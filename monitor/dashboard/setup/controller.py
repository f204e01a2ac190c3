"""Carries out what the settings choose: files are written, the engine is changed, the drive continues with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from engines.errors import UserError
from engines.notice import NoticeText
from engines.view import Mount
from monitor.alerts.policy_file import PolicySettings, read_policy
from monitor.dashboard.controller import DriveController
from monitor.dashboard.numbers import SpeedUnit
from monitor.dashboard.settings_store import SettingsStore
from monitor.live.engine import Engine, EngineCache, EngineOptions
from monitor.live.options import usable_thresholds
from monitor.live.recording.choice import Recorded
from monitor.live.user_files import (
    LastChoices,
    read_user_mount,
    save_choices,
    save_mount,
    save_policy,
    says_right_hand_drive,
    user_mount_file,
    user_policy_file,
)
from monitor.sources import is_live
from monitor.sources.camera_modes import Resolution, parse_resolution
from monitor.viewmodel.state import Phase
from monitor.viewmodel.themes import THEMES


class SetupController(QObject):
    """What is chosen here holds at once and at the next start.

    Attributes:
        mount_path, policy_path: the files that are written.
        has_speed: whether the car's speed can be known.
        own_policy: settings that a preset has replaced; None for none.
    """

    theme_applied = Signal()
    """Theme, text size or language have changed."""
    mount_changed = Signal(object)
    """The camera's mount: a `Mount`, the one before where the new one could not be saved."""
    recording_changed = Signal()
    """What is recorded was chosen."""
    policy_changed = Signal()
    """The alert settings have changed without the form that shows them."""

    def __init__(
        self,
        controller: DriveController,
        engine_cache: EngineCache,
        settings_store: SettingsStore | None,
        *,
        choices: LastChoices | None = None,
        choices_path: Path | None = None,
        mount: Mount | None = None,
        mount_path: Path | None = None,
        apply_theme: Callable[[], None] = lambda: None,
        has_speed: bool = True,
    ) -> None:
        """Put it together.

        Args:
            controller: of the drive.
            engine_cache: of its engine.
            settings_store: where the looks are saved; None to forget them.
            choices: what was chosen last.
            choices_path: the file of choices; None to forget them.
            mount: the camera's; what the mount file says when None.
            mount_path: the mount file, which is read and written; the user's when None.
            apply_theme: applies theme, text size and language as they are stored.
            has_speed: whether the car's speed can be known.
        """
        super().__init__()
        self.controller, self.engine_cache, self.settings_store = controller, engine_cache, settings_store
        self.choices, self._choices_path = choices or LastChoices(), choices_path
        self.mount_path = mount_path or user_mount_file()
        self.policy_path = engine_cache.options.policy or user_policy_file()
        self._apply_theme = apply_theme
        self.has_speed = has_speed
        self.own_policy: PolicySettings | None = None
        if mount is None:
            mount, notice = read_user_mount(self.mount_path) if mount_path is None else (Mount.load(mount_path), None)
            if notice is not None:
                controller.state.notice(notice)
        self._mount_file = mount
        self._locked = engine_cache.options.locked_policy
        controller.set_mount(self._read_policy_file(self._locked).mount(mount) or Mount())

    @property
    def mount(self) -> Mount:
        """The camera's, as it holds now."""
        return self.controller.mount or Mount()

    def set_mount(self, mount: Mount) -> None:
        """The camera's mount: from the next frame on, and at the next start. What cannot be saved does not hold.

        Nor does what an administrator has locked otherwise.
        """
        if self.mirror_locked and mount.mirror is not self.base_policy.right_hand_drive:
            mount = mount.model_copy(update={"mirror": self.base_policy.right_hand_drive})
            self.controller.state.notice(
                NoticeText("right-hand drive is locked by the administrator: {file}", file=str(self._locked))
            )
        turned = mount.mirror is not self.mount.mirror
        if not self._save_mount(mount):
            self.mount_changed.emit(self.mount)
            return
        if self._read_policy_file().right_hand_drive is not mount.mirror and self.policy_path.is_file():
            # The policy's own switch would mirror the picture again at the next start.
            right_hand_drive = self.policy.model_copy(update={"right_hand_drive": mount.mirror})
            self._try_save(lambda: save_policy(right_hand_drive, self.base_policy, self.policy_path))
        self._apply_mount(mount)
        if turned:
            self.policy_changed.emit()

    def _save_mount(self, mount: Mount) -> bool:
        saved = self._try_save(lambda: save_mount(mount, self.mount_path))
        if saved:
            self._mount_file = mount
        return saved

    def _apply_mount(self, mount: Mount) -> None:
        self.controller.set_mount(mount)
        self.forget_check()
        self.mount_changed.emit(mount)

    def open_for_replay(self) -> Engine:
        """What a replay classifies with: the engine that is chosen, its network not shared. Raises `UserError`."""
        return Engine.open(replace(self.engine_cache.options, locked_policy=None))

    def choose_source(self, spec: str) -> None:
        """Watch another source; a camera or a stream is the first choice at the next start, too."""
        if is_live(spec):
            self._choose(source=spec)
        self.controller.open(spec)

    def arm(self) -> None:
        """The view is fine: from now on alerts are on, with this camera at the next start, too."""
        self.controller.arm()
        if self.controller.state.spec is not None:
            self._choose(checked_source=self.controller.state.spec)

    def needs_check(self, spec: str) -> bool:
        """Whether a source is live and its view was never said to be fine."""
        return is_live(spec) and self.choices.checked_source != spec

    def forget_check(self) -> None:
        """The view needs a look before alerts are on without one."""
        self._choose(checked_source="")

    @property
    def resolution(self) -> Resolution | None:
        """Of a camera; None for its default."""
        try:
            return parse_resolution(self.resolution_text)
        except UserError:
            return None

    @property
    def resolution_text(self) -> str:
        """As it is saved."""
        return self.choices.resolution

    def choose_resolution(self, text: str) -> None:
        """Open the camera with another resolution."""
        self._choose(resolution=text)
        spec = self.controller.state.spec
        if spec is not None and is_live(spec):
            self.controller.restart()

    def choose_engine(self, choice: EngineOptions) -> None:
        """Use another engine; the drive begins again with it."""
        self._choose(
            bundle=str(choice.bundle) if choice.bundle is not None else "",
            runtime=choice.runtime,
            precision=choice.precision,
            max_fps=choice.max_fps,
            adaptive=choice.adaptive,
        )
        self._change(
            replace(
                self.engine_cache.options,
                bundle=choice.bundle,
                runtime=choice.runtime,
                precision=choice.precision,
                max_fps=choice.max_fps,
                adaptive=choice.adaptive,
            )
        )

    @property
    def _thresholds(self) -> Mapping[str, float]:
        """What was fitted to the network."""
        return usable_thresholds(self.engine_cache.options.bundle)

    def _read_policy_file(self, locked: Path | None = None) -> PolicySettings:
        """What the policy file alone says, or one that goes before it; the defaults where none can be read."""
        try:
            return read_policy(self.policy_path if self.policy_path.is_file() else None, self._thresholds, locked)
        except UserError:
            # Which hand is which does not depend on what else is wrong with the file.
            return PolicySettings(right_hand_drive=says_right_hand_drive(self.policy_path))

    @property
    def locked_settings(self) -> frozenset[str]:
        """What an administrator has locked: names such as ``alerts.caution_s``."""
        try:
            locked = read_policy(None, locked=self._locked)
        except UserError:  # whoever opens the engine is told
            return frozenset()
        tables = {name: getattr(locked, name).model_fields_set for name in ("alerts", "health")}
        return frozenset(
            locked.model_fields_set - tables.keys() | {f"{table}.{name}" for table in tables for name in tables[table]}
        )

    @property
    def locked_by(self) -> str:
        """The file in which an administrator has locked something; empty where there is none."""
        return "" if self._locked is None else str(self._locked)

    @property
    def mirror_locked(self) -> bool:
        """Whether an administrator has locked on which side the driver sits."""
        return "right_hand_drive" in self.locked_settings

    @property
    def base_policy(self) -> PolicySettings:
        """What counts as default: the policy with what was fitted to the network, and what is locked."""
        try:
            return read_policy(None, self._thresholds, self._locked)
        except UserError:  # whoever opens the engine is told
            return read_policy(None, self._thresholds)

    @property
    def policy(self) -> PolicySettings:
        """What holds now; right-hand drive is one switch with the mount's mirror, whichever file says so."""
        policy = self.base_policy
        if self.policy_path.is_file():
            try:
                policy = read_policy(self.policy_path, self._thresholds, self._locked)
            except UserError as error:
                self.controller.state.notice(str(error))
        return policy.model_copy(update={"right_hand_drive": self.mount.mirror})

    def keep_own_policy(self, policy: PolicySettings) -> None:
        """Remember settings that a preset replaces, as long as the program runs."""
        self.own_policy = policy

    def choose_policy(self, policy: PolicySettings) -> bool:
        """Alert by these settings; the drive begins again with them. Whether they could be saved."""
        if not self._try_save(lambda: save_policy(policy, self.base_policy, self.policy_path)):
            return False
        mount = self.mount.model_copy(update={"mirror": policy.right_hand_drive})
        if mount != self.mount:
            if self._save_mount(mount):
                self._apply_mount(mount)
        elif self._mount_file is not None and self._mount_file.mirror is not mount.mirror:
            # An earlier version let the two files contradict each other.
            self._save_mount(mount)
        self._change(replace(self.engine_cache.options, policy=self.policy_path))
        return True

    def choose_recording(self, recorded: Recorded) -> None:
        """Record this from now on, also of a camera's drive that goes on: less at once.

        For more it has to begin again: not while alerts are on, or nobody would watch the driver meanwhile.
        """
        recordings = self.controller.recordings
        if recordings.privacy.locked is not None or recordings.privacy.closed_loop:
            return
        order = list(Recorded)
        is_more = order.index(recorded) > order.index(recordings.privacy.record)
        recordings.choose(recorded)
        self._choose(record=recorded.value)
        self.recording_changed.emit()
        state = self.controller.state
        if recorded is Recorded.NOTHING:
            state.end_recording()
        if not is_more or not recordings.is_possible or state.spec is None or not is_live(state.spec):
            return
        if state.phase is Phase.OPENING or (state.phase in (Phase.RUNNING, Phase.PAUSED) and not state.armed):
            self.controller.restart()
        elif state.phase in (Phase.RUNNING, Phase.PAUSED):
            state.notice(NoticeText("This is recorded from the next drive on: the driver is watched without a break."))

    def choose_theme(self, name: str) -> None:
        """Other colours."""
        if self.settings_store is not None:
            self.settings_store.theme = THEMES[name]
        self._change_appearance()

    def choose_scale(self, scale: float) -> None:
        """Larger or smaller text."""
        if self.settings_store is not None:
            self.settings_store.scale = scale
        self._change_appearance()

    def choose_language(self, language: str) -> None:
        """Another language."""
        if self.settings_store is not None:
            self.settings_store.language = language
        self._change_appearance()

    def choose_speed_unit(self, unit: SpeedUnit) -> None:
        """Show speeds in another unit."""
        if self.settings_store is not None:
            self.settings_store.speed_unit = unit
        self._change_appearance()

    def _change_appearance(self) -> None:
        self._apply_theme()
        self.theme_applied.emit()

    def _change(self, choice: EngineOptions) -> None:
        self.engine_cache.choose(choice)
        if self.controller.state.phase in (Phase.OPENING, Phase.RUNNING, Phase.PAUSED, Phase.FAILED):
            self.controller.restart()

    def _choose(self, **changed: Any) -> None:
        self.choices = self.choices.model_copy(update=changed)
        path = self._choices_path
        if path is not None:
            self._try_save(lambda: save_choices(path, **changed))

    def _try_save(self, write: Callable[[], None]) -> bool:
        try:
            write()
        except UserError as error:
            self.controller.state.notice(str(error))
            return False
        return True
