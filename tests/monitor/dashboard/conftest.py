"""A dashboard on fake sources and a fake network, and a guard against what a closed window leaves running."""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from weakref import WeakKeyDictionary

import platformdirs
import pytest
from PySide6.QtCore import QSettings, QThread, QTimer, QVariantAnimation
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engines.classifier import FrameClassifier
from engines.view import Mount
from monitor.alerts.events import Tier
from monitor.dashboard.controller import DriveController
from monitor.dashboard.numbers import SpeedUnit, use_speed_unit
from monitor.dashboard.replay.controller import ReplayTools
from monitor.dashboard.settings_store import SettingsStore
from monitor.dashboard.setup.controller import SetupController
from monitor.dashboard.translations import speak
from monitor.dashboard.widgets import palette
from monitor.dashboard.window.main_window import MainWindow
from monitor.journal.json_lines import Journal
from monitor.journal.library import Library
from monitor.journal.store.writer import Store
from monitor.live.engine import Engine, EngineCache, EngineOptions
from monitor.live.store_listener import StoreListener
from monitor.live.user_files import user_settings_file
from monitor.sources import Source
from monitor.speed.source import FixedSpeed
from monitor.viewmodel.state import DashboardState, Phase
from tests.monitor.fakes import fake_engine

_OURS = ("dashboard", "monitor")


class FakeSoundPlayer:
    """Notes what it should play."""

    def __init__(self) -> None:
        self.played: list[str] = []

    def play(self, tier: Tier) -> None:
        self.played.append(tier.code)

    def stop(self) -> None:
        if self.played[-1:] != ["stop"]:
            self.played.append("stop")

    def close(self) -> None:
        self.played.append("close")


@pytest.fixture(autouse=True)
def apart(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test leaves beside a source that is called "fake" lies where no other test finds it."""
    monkeypatch.chdir(tmp_path_factory.mktemp("beside"))


@pytest.fixture(autouse=True)
def no_leaks(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fail a test that leaves a drive's thread, a QThread, a QTimer or an animation running; say where it began."""
    started: WeakKeyDictionary[object, str] = WeakKeyDictionary()
    for kind in (QTimer, QThread, QVariantAnimation):
        monkeypatch.setattr(kind, "start", _noting(kind.start, started))
    before = set(threading.enumerate())
    yield
    for thread in _our_threads() - before:
        _join(thread)
        assert not thread.is_alive(), f"{thread.name} is left running"
    running = [f"{thing!r} started at\n{where}" for thing, where in started.items() if _runs(thing)]
    assert not running, "\n".join(running)


def _our_threads() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name.startswith(_OURS)}


def _join(thread: threading.Thread) -> None:
    """Wait for a thread to end, also for one that another has only just begun to start: it cannot be joined yet."""
    deadline = time.monotonic() + 60.0
    while time.monotonic() < deadline:
        try:
            thread.join(timeout=60.0)
        except RuntimeError:
            time.sleep(0.01)
        else:
            return


def _noting(start: Callable[..., object], started: WeakKeyDictionary[object, str]) -> Callable[..., object]:
    def noting(thing: object, *arguments: object) -> object:
        started[thing] = "".join(traceback.format_stack(limit=4)[:-1])
        return start(thing, *arguments)

    return noting


def _runs(thing: object) -> bool:
    try:
        if isinstance(thing, QTimer):
            return thing.isActive()
        if isinstance(thing, QThread):
            return thing.isRunning()
        return isinstance(thing, QVariantAnimation) and thing.state() is QVariantAnimation.State.Running
    except RuntimeError:  # deleted by Qt, so not running
        return False


def _apply_theme(settings_store: SettingsStore | None) -> None:
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    if settings_store is not None:
        speak(application, settings_store.language)
        use_speed_unit(settings_store.speed_unit)
        palette.apply(application, settings_store.theme, settings_store.scale or 1.0)


class Dashboard:
    """A window and what a test needs to drive it.

    Attributes:
        sources: opens a source by its name; a test puts its own in.
    """

    def __init__(
        self,
        qtbot: QtBot,
        *,
        classifier: FrameClassifier | None = None,
        mount: Mount | None = None,
        mount_path: Path | None = None,
        open_engine: Callable[[], Engine] | None = None,
        open_options: Callable[[EngineOptions], Engine] | None = None,
        settings_store: SettingsStore | None = None,
        journal: Journal | None = None,
        realtime: bool = False,
        silent: bool = False,
        speed_kmh: float | None = None,
        cache: Path | None = None,
        track: int | None = None,
        locked_policy: Path | None = None,
        store: Store | None = None,
    ) -> None:
        self._qtbot = qtbot
        self.sources: dict[str, Callable[[], Source]] = {}
        self.player = FakeSoundPlayer()
        engine, library = fake_engine(classifier), Library(store)
        self.state = DashboardState()
        engines = EngineCache(
            EngineOptions(locked_policy=locked_policy),
            open_options or (lambda _options: (open_engine or (lambda: engine))()),
        )
        self.controller = DriveController(
            self.state,
            engines,
            open_source=lambda spec: self.sources[spec](),
            realtime=realtime,
            journal=journal,
            library=library,
            store_listener=None
            if store is None
            else partial(StoreListener, store, recordings=True, camera_images=lambda: True),
            open_speed=lambda _spec, _lost_after_s: FixedSpeed(speed_kmh),
        )
        self.setup = SetupController(
            self.controller,
            engines,
            settings_store,
            choices_path=user_settings_file() if settings_store is not None else None,
            mount=mount,
            mount_path=mount_path,
            apply_theme=lambda: _apply_theme(settings_store),
            has_speed=speed_kmh is not None,
        )
        tools = ReplayTools(
            lambda: fake_engine(classifier),
            cache=cache,
            track=track,
            mount=lambda: self.setup.mount,
            library=None if store is None else library,
        )
        self.window = MainWindow(
            self.controller,
            self.setup,
            tools,
            player=None if silent else self.player,
            settings_store=settings_store,
        )
        self.window.show()
        # As on a larger screen than Qt's without a display.
        self.window.resize(1280, 800)

    def play(self, source: Source, name: str = "fake") -> None:
        """Open a source, and the same one again when asked to restart."""
        self.sources[name] = lambda: source
        self.controller.open(name)

    def until(self, condition: Callable[[], bool], timeout_s: float = 60.0) -> None:
        """Run the window until a condition holds."""
        self._qtbot.waitUntil(condition, timeout=round(1000 * timeout_s))

    def until_saved(self) -> None:
        """Run the window until all that was said of incidents and drives is stored, and known in every view."""
        self.until(lambda: self.controller.saving.is_idle)

    def until_phase(self, phase: Phase) -> None:
        """Run the window until the drive is in a phase."""
        self.until(lambda: self.state.phase is phase)


@pytest.fixture
def make_dashboard(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Dashboard]]:
    """Makes dashboards that are closed after the test, and that save nothing of the user's."""
    made: list[Dashboard] = []
    monkeypatch.setattr(platformdirs, "user_data_dir", lambda _name: str(tmp_path / "user data"))
    monkeypatch.setattr(platformdirs, "user_config_dir", lambda _name: str(tmp_path / "user config"))

    def make(**options: object) -> Dashboard:
        made.append(Dashboard(qtbot, **{"cache": tmp_path / "cache", **options}))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for dashboard in made:
        dashboard.window.close()
        dashboard.window.deleteLater()
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    speak(application, "en")
    use_speed_unit(SpeedUnit.KMH)
    palette.apply(application)


@pytest.fixture
def settings_store(tmp_path: Path) -> SettingsStore:
    """Settings of this test alone."""
    return SettingsStore(QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat))


@pytest.fixture
def dashboard(make_dashboard: Callable[..., Dashboard]) -> Dashboard:
    """A dashboard without a source."""
    return make_dashboard()
