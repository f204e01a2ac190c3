"""The window, driven as a user would."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QByteArray, QMimeData, QObject, QPointF, QRectF, QSettings, Qt, QUrl, Signal
from PySide6.QtGui import QColor, QDropEvent, QImage, QPainter
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from engines.activities import Activity
from engines.bundles.bundle import Bundle
from engines.driver_parts import PARTS, DriverPart
from engines.errors import UserError
from engines.prediction import Prediction
from engines.regions import NO_REGIONS, RegionProposal
from engines.view import Mount
from monitor.alerts.events import Tier
from monitor.alerts.incidents.incident import Review, ReviewStatus
from monitor.dashboard.controller import DriveController
from monitor.dashboard.settings_store import SettingsStore
from monitor.dashboard.sound import open_player
from monitor.dashboard.translations import speak
from monitor.dashboard.widgets import palette
from monitor.dashboard.widgets.attention_painting import (
    REGIONS_SHOWN,
    paint_regions,
    part_names,
    region_name,
    region_rects,
)
from monitor.dashboard.window.source_dialog import SourceDialog
from monitor.health.camera_health import Health
from monitor.health.system_health import SystemCondition, SystemFault
from monitor.journal.json_lines import Journal
from monitor.live.engine import Engine
from monitor.live.session import Notice, Opened, SystemChanged
from monitor.replay.reviews import read_reviews
from monitor.sources import Frame, Source
from monitor.viewmodel.banner import BannerStyle, banner_content
from monitor.viewmodel.event_log import LoggedIncident
from monitor.viewmodel.live_message import Action
from monitor.viewmodel.replay import ReplayPhase
from monitor.viewmodel.state import Overlays, Phase
from tests.monitor.dashboard.conftest import Dashboard
from tests.monitor.fakes import (
    KEYPOINTS,
    SIZE,
    FakeClassifier,
    FakeSource,
    fake_engine,
    frames_of,
    picture,
    write_labels,
    write_video,
)

MakeDashboard = Callable[..., Dashboard]

TEXTING = [(Activity.SAFE_DRIVING, 2.0), (Activity.TEXTING_RIGHT, 8.0), (Activity.SAFE_DRIVING, 3.0)]


def endless(name: str = "endless") -> FakeSource:
    """A live source that goes on for a minute."""
    source = FakeSource([Frame(picture(0, index), 0.0, index) for index in range(2000)], live=True, interval_s=0.03)
    source.name = name
    return source


def test_a_drive_from_start_to_end(dashboard: Dashboard) -> None:
    styles: list[BannerStyle] = []
    dashboard.state.observed.connect(lambda: styles.append(dashboard.window.banner.content.style))
    dashboard.play(FakeSource(frames_of(TEXTING)))
    dashboard.until_phase(Phase.ENDED)
    seen = list(dict.fromkeys(styles))
    assert [style for style in seen if style in (BannerStyle.CAUTION, BannerStyle.WARNING, BannerStyle.CRITICAL)] == [
        BannerStyle.CAUTION,
        BannerStyle.WARNING,
        BannerStyle.CRITICAL,
    ]
    model = dashboard.window.drive_view.events.model()
    texts = [model.data(model.index(row, 0)) for row in range(model.rowCount())]
    (incident,) = texts
    assert "Critical: C1 Texting, right hand, ended" in incident and "attention is back" in incident
    assert dashboard.window.drive_view.message.content is not None
    assert dashboard.window.drive_view.message.content.title == "The drive is over"
    # It is said once: by the message in this view, by the words of the driver's.
    assert not dashboard.window.banner.isVisible()
    # The driver's view says what the drive was, too.
    content = dashboard.window.banner.content
    assert content.headline == "1 × Critical: Texting, right hand"
    assert content.advice.startswith("length: 0:") and ", under an alert: " in content.advice
    panel = dashboard.window.drive_view.activity
    assert panel.accessibleName() == "Current activity: Not classified the drive has ended"


def test_critical_pulses_and_sounds_until_attention(dashboard: Dashboard) -> None:
    pulsing: list[bool] = []
    names: set[str] = set()

    def look() -> None:
        pulsing.append(dashboard.window.banner.pulsing == (dashboard.state.tier is Tier.CRITICAL))
        names.add(dashboard.window.banner.accessibleName())

    dashboard.state.observed.connect(look)
    dashboard.play(FakeSource(frames_of(TEXTING)))
    dashboard.until_phase(Phase.ENDED)
    assert all(pulsing)
    assert {"Warning: Texting, right hand", "Critical: Texting, right hand", "Attentive: Safe driving"} <= names
    assert [word for word in dashboard.player.played if word != "stop"] == ["caution", "warning", "critical"]
    assert dashboard.player.played[-1] == "stop"


def test_a_caution_has_a_sound_of_its_own(dashboard: Dashboard) -> None:
    dashboard.play(FakeSource(frames_of([(Activity.DRINKING, 2.8), (Activity.SAFE_DRIVING, 2.0)])))
    dashboard.until_phase(Phase.ENDED)
    assert latest_incident(dashboard).incident.events[0].tier is Tier.CAUTION
    assert [word for word in dashboard.player.played if word != "stop"] == ["caution"]


def test_mute_silences_at_once_and_critical_sounds_again(dashboard: Dashboard, qtbot: QtBot) -> None:
    dashboard.play(FakeSource(frames_of([(Activity.TEXTING_RIGHT, 60.0)]), interval_s=0.01))
    dashboard.until(lambda: dashboard.state.tier is Tier.CRITICAL)
    assert dashboard.player.played[-1] == "critical"
    qtbot.keyClick(dashboard.window, Qt.Key.Key_M)
    assert dashboard.state.muted and dashboard.player.played[-1] == "stop"
    qtbot.mouseClick(dashboard.window.header.mute, Qt.MouseButton.LeftButton)
    assert not dashboard.state.muted and dashboard.player.played[-1] == "critical"


def test_without_a_sound_device_the_button_says_so(make_dashboard: MakeDashboard) -> None:
    dashboard = make_dashboard(silent=True)
    assert not dashboard.window.header.mute.isEnabled()
    assert "no audio output" in dashboard.window.header.mute.toolTip()
    seen = list[str]()
    dashboard.state.observed.connect(lambda: seen.append(dashboard.window.status.health.text()))
    dashboard.play(FakeSource(frames_of(TEXTING), interval_s=0.01))
    dashboard.until_phase(Phase.ENDED)
    assert any(text.endswith("watching · no sound") for text in seen)


def test_muted_alerts_stand_in_the_status_bar_until_they_are_heard_again(dashboard: Dashboard, qtbot: QtBot) -> None:
    dashboard.play(endless())
    dashboard.until(lambda: dashboard.state.frame is not None)
    qtbot.keyClick(dashboard.window, Qt.Key.Key_M)
    dashboard.until(lambda: "no sound" in dashboard.window.status.health.text())
    assert "muted" in dashboard.window.status.health.toolTip()
    qtbot.keyClick(dashboard.window, Qt.Key.Key_M)
    dashboard.until(lambda: "no sound" not in dashboard.window.status.health.text())
    assert dashboard.state.notices == []


def test_opening_the_player_never_fails(qtbot: QtBot) -> None:
    player = open_player()
    if player is not None:
        player.play(Tier.WARNING)
        player.close()


def test_switching_sources_lets_the_first_one_go(dashboard: Dashboard) -> None:
    first, second = endless("first"), endless("second")
    dashboard.play(first, "first")
    dashboard.until(lambda: dashboard.state.frame is not None)
    dashboard.play(second, "second")
    assert dashboard.state.frame is None
    dashboard.until(lambda: dashboard.state.frame is not None)
    assert dashboard.state.source_name == "second"
    assert first.closed.is_set() and not second.closed.is_set()
    assert "second" in dashboard.window.header.source.text()


def test_switching_many_times_at_once_leaves_one_drive(dashboard: Dashboard) -> None:
    sources = [endless(str(number)) for number in range(6)]
    for number, source in enumerate(sources):
        dashboard.play(source, str(number))
    dashboard.until(lambda: dashboard.state.frame is not None)
    assert dashboard.state.source_name == "5"
    drives = [thread for thread in threading.enumerate() if thread.name == "dashboard drive"]
    assert len(drives) == 1


def test_replay_starts_the_drive_again(dashboard: Dashboard, qtbot: QtBot) -> None:
    opened: list[int] = []

    def open_again() -> Source:
        opened.append(1)
        return FakeSource(frames_of([(Activity.SAFE_DRIVING, 1.0)]))

    dashboard.sources["drive"] = open_again
    dashboard.controller.open("drive")
    dashboard.until_phase(Phase.ENDED)
    qtbot.mouseClick(dashboard.window.drive_view.message.button(Action.REPLAY), Qt.MouseButton.LeftButton)
    assert dashboard.state.phase is Phase.OPENING
    dashboard.until_phase(Phase.ENDED)
    qtbot.keyClick(dashboard.window, Qt.Key.Key_Space)
    dashboard.until_phase(Phase.ENDED)
    qtbot.keyClick(dashboard.window, Qt.Key.Key_R)
    dashboard.until_phase(Phase.ENDED)
    assert len(opened) == 4


def test_space_pauses_and_resumes(make_dashboard: MakeDashboard, qtbot: QtBot) -> None:
    dashboard = make_dashboard(realtime=True)
    dashboard.play(FakeSource(frames_of([(Activity.SAFE_DRIVING, 60.0)])))
    dashboard.until(lambda: dashboard.state.frame is not None)
    qtbot.keyClick(dashboard.window, Qt.Key.Key_Space)
    assert dashboard.state.phase is Phase.PAUSED
    assert dashboard.window.banner.content.word == "Paused"
    for _ in range(50):  # what was under way when it was paused comes as late as a busy machine has it
        held_s = dashboard.state.since_s
        qtbot.wait(400)
        if dashboard.state.since_s == held_s:
            break
    assert dashboard.state.since_s == held_s < 50.0
    qtbot.mouseClick(dashboard.window.header.pause, Qt.MouseButton.LeftButton)
    dashboard.until(lambda: dashboard.state.since_s > held_s)


def test_a_source_that_cannot_be_opened_is_shown_in_the_window(dashboard: Dashboard, qtbot: QtBot) -> None:
    def fail() -> Source:
        raise UserError("camera 0 gives no picture: connect a camera, or choose another source")

    dashboard.sources["0"] = fail
    dashboard.controller.open("0")
    dashboard.until_phase(Phase.FAILED)
    message = dashboard.window.drive_view.message
    assert message.isVisible() and message.content is not None
    assert message.content.title == "The source cannot be opened"
    said = "Camera 0 gives no picture: connect a camera, or choose another source."
    assert message.accessibleDescription() == said
    dashboard.sources["0"] = lambda: FakeSource(frames_of([(Activity.SAFE_DRIVING, 0.5)]))
    qtbot.mouseClick(message.button(Action.RETRY), Qt.MouseButton.LeftButton)
    dashboard.until_phase(Phase.ENDED)


def test_a_bundle_that_is_refused_is_shown_in_the_window(make_dashboard: MakeDashboard) -> None:
    def refuse() -> Engine:
        raise UserError("the bundle does not match its manifest: fetch it again")

    dashboard = make_dashboard(open_engine=refuse)
    dashboard.play(FakeSource([]))
    dashboard.until_phase(Phase.FAILED)
    assert dashboard.state.problem is not None
    assert "fetch it again".casefold() in dashboard.state.problem.text.casefold()


@pytest.mark.parametrize("stage", ["regions", "infer"])
def test_a_stage_that_breaks_is_shown_in_the_window(make_dashboard: MakeDashboard, stage: str) -> None:
    dashboard = make_dashboard(classifier=FakeClassifier(fails_in=stage, fails_at=3))
    dashboard.play(FakeSource(frames_of(TEXTING)))
    dashboard.until_phase(Phase.FAILED)
    assert dashboard.state.problem is not None
    assert f"broken {stage}" in dashboard.state.problem.text
    assert dashboard.state.tier is Tier.NONE


def test_a_lost_camera_is_shown(dashboard: Dashboard) -> None:
    source = FakeSource([Frame(picture(0, i), 0.0, i) for i in range(5)], live=True, interval_s=0.02)
    dashboard.play(source)
    dashboard.until(lambda: dashboard.state.health is Health.CAMERA_LOST)
    message = dashboard.window.drive_view.message
    assert message.isVisible() and message.content is not None
    assert message.content.title == "No image from the camera"
    assert dashboard.window.banner.content.style is BannerStyle.FAULT
    assert "camera lost" in dashboard.window.status.health.text()
    assert dashboard.state.frame is not None


def test_notices_of_the_source_arrive_in_one_place(dashboard: Dashboard, qtbot: QtBot) -> None:
    source = FakeSource(frames_of([(Activity.SAFE_DRIVING, 1.0)]))
    source.note("img_3.jpg cannot be read as an image: skipped (1 so far)")
    dashboard.play(source)
    dashboard.until_phase(Phase.ENDED)
    assert dashboard.window.notices.isVisible()
    assert "img_3.jpg" in dashboard.window.notices.text.full_text
    qtbot.mouseClick(dashboard.window.notices.dismiss, Qt.MouseButton.LeftButton)
    assert not dashboard.window.notices.isVisible()


def test_labels_that_cannot_be_read_are_a_notice(dashboard: Dashboard, tmp_path: Path) -> None:
    source = FakeSource(frames_of([(Activity.SAFE_DRIVING, 1.0)]))
    source.labels = tmp_path / "missing.csv"
    dashboard.play(source)
    dashboard.until_phase(Phase.ENDED)
    assert "missing.csv" in dashboard.state.notices[0]


def test_labels_get_a_row_in_the_timeline(dashboard: Dashboard, tmp_path: Path) -> None:
    source = FakeSource(frames_of(TEXTING))
    source.labels = write_labels(tmp_path / "labels.csv", TEXTING)
    dashboard.play(source)
    dashboard.until_phase(Phase.ENDED)
    blocks = dashboard.window.drive_view.timeline.blocks()
    assert [block[-1] for block in blocks if block[2] == 0.0] == ["C0", "C1", "C0"]
    assert {"Caution", "Warning", "Critical"} == {block[-1] for block in blocks if block[2] == 2.0}


def test_a_real_video_file(make_dashboard: MakeDashboard, tmp_path: Path, qtbot: QtBot) -> None:
    video = write_video(tmp_path / "drive.mp4", frames_of([(Activity.SAFE_DRIVING, 1.0)]))
    dashboard = make_dashboard()
    controller = DriveController(dashboard.state, fake_engine, realtime=False)
    controller.open(str(video))
    dashboard.until_phase(Phase.ENDED)
    assert dashboard.state.source_name == "drive.mp4"
    (tmp_path / "bad.mp4").write_bytes(b"not a video")
    controller.open(str(tmp_path / "bad.mp4"))
    dashboard.until_phase(Phase.FAILED)
    assert dashboard.state.problem is not None and "it is not a video" in dashboard.state.problem.text
    controller.close()


def test_a_dropped_file_is_opened(dashboard: Dashboard, tmp_path: Path) -> None:
    path = tmp_path / "dropped.mp4"
    dashboard.sources[str(path)] = lambda: FakeSource(frames_of([(Activity.SAFE_DRIVING, 0.5)]))
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    none = (Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier)
    dashboard.window.dropEvent(QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, mime, *none))
    dashboard.until_phase(Phase.ENDED)


def test_export_writes_or_says_why_not(dashboard: Dashboard, tmp_path: Path) -> None:
    assert not dashboard.window.drive_view.export.isEnabled()
    dashboard.play(FakeSource(frames_of(TEXTING)))
    dashboard.until_phase(Phase.ENDED)
    assert dashboard.window.drive_view.export.isEnabled()
    assert dashboard.window.export_events(tmp_path / "events.csv")
    assert (tmp_path / "events.csv").read_text().count("\n") > 3
    assert not dashboard.window.export_events(tmp_path / "nowhere" / "events.csv")
    assert "cannot write" in dashboard.window.notices.text.full_text


def test_the_journal_gets_the_events(make_dashboard: MakeDashboard, tmp_path: Path) -> None:
    with Journal(tmp_path / "journal.jsonl") as journal:
        dashboard = make_dashboard(journal=journal)
        dashboard.play(FakeSource(frames_of(TEXTING)))
        dashboard.until_phase(Phase.ENDED)
        dashboard.controller.close()
    text = (tmp_path / "journal.jsonl").read_text()
    assert '"what": "start"' in text and '"escalated"' in text and '"what": "end"' in text


def test_closing_in_mid_run_ends_the_drive(make_dashboard: MakeDashboard) -> None:
    dashboard = make_dashboard(classifier=FakeClassifier(delay_s=0.05))
    source = endless()
    dashboard.play(source)
    dashboard.until(lambda: dashboard.state.frame is not None)
    dashboard.window.close()
    source.closed.wait()
    assert source.plugged, "it did not wait for the drive's end"
    assert dashboard.player.played[-1] == "close"


def test_closing_does_not_wait_for_a_source_that_hangs_in_opening(dashboard: Dashboard) -> None:
    opening, let_go = threading.Event(), threading.Event()

    def hang() -> Source:
        opening.set()
        let_go.wait()
        raise UserError("too late")

    dashboard.sources["slow"] = hang
    dashboard.controller.open("slow")
    assert opening.wait(60.0)
    dashboard.window.close()
    assert any(thread.name == "dashboard drive" for thread in threading.enumerate())
    let_go.set()


def test_a_window_that_falls_behind_holds_the_recording(dashboard: Dashboard) -> None:
    source = FakeSource(frames_of([(Activity.SAFE_DRIVING, 30.0)]))
    dashboard.play(source)
    source.wait_until_asked(11)
    assert not source.wait_until_asked(100, timeout_s=0.5)
    dashboard.until_phase(Phase.ENDED)
    assert dashboard.state.frame is not None and dashboard.state.frame.index == 299


def test_a_drive_that_speaks_faster_than_the_window_listens_leaves_it_its_turn(
    dashboard: Dashboard, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Talkative(QObject):
        """A drive that has another notice whenever one was taken."""

        event_waiting = Signal()
        sent = 0

        def start(self) -> None:
            self.event_waiting.emit()

        def take(self) -> Iterator[Notice]:
            while self.sent < 1000:
                self.sent += 1
                yield Notice(f"notice {self.sent}")

        def stop(self) -> None:
            pass

        def join(self, timeout_s: float) -> bool:
            return True

    talkative = Talkative()
    monkeypatch.setattr("monitor.dashboard.controller.DriveWorker", lambda *_, **__: talkative)
    dashboard.controller.open("a talkative drive")
    assert 0 < talkative.sent < 20
    qtbot.waitUntil(lambda: talkative.sent == 1000, timeout=60_000)


def test_a_stage_that_hangs_is_shown(make_dashboard: MakeDashboard, monkeypatch: pytest.MonkeyPatch) -> None:
    class Hanging(FakeClassifier):
        free = threading.Event()

        def infer(self, view, regions, *, mirrored=False):  # type: ignore[no-untyped-def]
            if self.calls["infer"] > 5:
                self.free.wait(60.0)
            return super().infer(view, regions)

    dashboard = make_dashboard(classifier=Hanging())
    dashboard.play(FakeSource(frames_of([(Activity.SAFE_DRIVING, 60.0)]), live=True, interval_s=0.02))
    dashboard.until(lambda: dashboard.state.health is Health.STALLED)
    content = banner_content(dashboard.state)
    assert content.style is BannerStyle.FAULT and "cannot keep up" in content.headline
    Hanging.free.set()
    dashboard.until(lambda: dashboard.state.health is Health.OK)


def test_regions_are_toggled_and_drawn(dashboard: Dashboard, qtbot: QtBot) -> None:
    dashboard.play(endless())
    dashboard.until(lambda: dashboard.state.prediction is not None)
    dashboard.controller.close()
    # The frame alone, until somebody asks.
    without_regions = dashboard.window.drive_view.live_view.grab().toImage()
    assert not dashboard.window.header.regions.isChecked()
    qtbot.keyClick(dashboard.window, Qt.Key.Key_A)
    assert dashboard.window.header.regions.isChecked()
    assert dashboard.window.drive_view.live_view.grab().toImage() != without_regions


def test_regions_are_mapped_back_through_mirror_and_crop() -> None:
    boxes = np.tile(np.array([0.0, 0.0, 0.5, 1.0], dtype=np.float32), (36, 1))
    weights = np.linspace(0.0, 1.0, 37, dtype=np.float32)
    prediction = Prediction(np.full(10, 0.1, dtype=np.float32), boxes, weights)
    rect = QRectF(0.0, 0.0, 100.0, 100.0)
    placed = region_rects(prediction, Mount(crop=(0.5, 0.0, 1.0, 1.0), mirror=True), rect)
    assert [region for region, _, _ in placed] == [31, 32, 33, 34, 35]
    assert len(placed) == REGIONS_SHOWN
    region, share, box = placed[-1]
    assert (region, share) == (35, 1.0)
    assert box == QRectF(75.0, 0.0, 25.0, 100.0)


def test_the_crop_is_outlined(make_dashboard: MakeDashboard) -> None:
    full = make_dashboard()
    cropped = make_dashboard(mount=Mount(crop=(0.4, 0.0, 1.0, 1.0)))
    images = []
    for dashboard in (full, cropped):
        dashboard.state.regions_shown = False
        dashboard.play(FakeSource(frames_of([(Activity.SAFE_DRIVING, 0.1)])))
        dashboard.until_phase(Phase.ENDED)
        images.append(dashboard.window.drive_view.live_view.grab().toImage())
    assert images[0] != images[1]


def test_the_picker_lists_cameras_and_opens_addresses(dashboard: Dashboard, qtbot: QtBot) -> None:
    found: list[list[int]] = [[], [0, 2]]
    dialog = SourceDialog(dashboard.window, find=lambda: found.pop(0))
    chosen: list[str] = []
    dialog.chosen.connect(chosen.append)
    assert dialog.none_found.isVisibleTo(dialog)
    qtbot.mouseClick(dialog.search_again, Qt.MouseButton.LeftButton)
    assert [button.text().split("–")[0].strip() for button in dialog.cameras] == ["Camera 0", "Camera 2"]
    assert not dialog.open_address.isEnabled()
    qtbot.keyClicks(dialog.address, " rtsp://somewhere/1 ")
    qtbot.keyClick(dialog.address, Qt.Key.Key_Return)
    qtbot.mouseClick(dialog.cameras[1], Qt.MouseButton.LeftButton)
    qtbot.mouseClick(dialog.demo, Qt.MouseButton.LeftButton)
    assert chosen == ["rtsp://somewhere/1", "2", "demo"]
    dialog.deleteLater()


def test_the_picker_opens_what_was_chosen(dashboard: Dashboard, qtbot: QtBot) -> None:
    dashboard.sources["demo"] = lambda: FakeSource(frames_of([(Activity.SAFE_DRIVING, 0.5)]))
    qtbot.keyClick(dashboard.window, Qt.Key.Key_O, Qt.KeyboardModifier.ControlModifier)
    dialog = dashboard.window.dialog
    assert dialog is not None and dialog.isVisible()
    qtbot.mouseClick(dialog.demo, Qt.MouseButton.LeftButton)
    dashboard.until_phase(Phase.ENDED)
    assert dashboard.window.dialog is None


def test_the_status_bar_shows_the_figures(make_dashboard: MakeDashboard) -> None:
    dashboard = make_dashboard(speed_kmh=30.0, classifier=FakeClassifier(delay_s=0.01))
    dashboard.play(endless("a camera"))
    dashboard.until(lambda: dashboard.state.performance.source_fps is not None and dashboard.state.since_s > 0.5)
    status = dashboard.window.status
    assert status.source.text() == "a camera"
    assert " of " in status.rate.text() and status.latency.text().endswith(" ms")
    assert "network: " in status.latency.toolTip() and "network" in status.stages.text()
    assert status.speed.text() == "30 km/h, rules for low speed"
    assert status.engine.full_text == "a fake runtime · bundle fake"
    assert status.health.text().removeprefix("○").removeprefix("●") == " watching"
    condition = SystemCondition(SystemFault.BEHIND, "80 % of the frames are dropped", 1.0)
    dashboard.state.on_event(SystemChanged(condition))
    assert status.health.text().endswith("watching · behind") and "80 %" in status.health.toolTip()


def test_switches_and_position_are_remembered(make_dashboard: MakeDashboard, tmp_path: Path) -> None:
    def store() -> SettingsStore:
        return SettingsStore(QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat))

    assert store().geometry == QByteArray() and not store().muted and store().overlays == Overlays()
    dashboard = make_dashboard(settings_store=store())
    dashboard.state.toggle_muted()
    dashboard.state.toggle_regions()
    dashboard.state.toggle_heat()
    dashboard.window.close()
    assert store().muted and store().overlays == Overlays(regions=True, heat=True, keypoints=False)
    assert store().geometry != QByteArray()
    make_dashboard(settings_store=store())


@pytest.mark.parametrize("size", [(480, 320), (800, 480), (1280, 720), (1920, 1080)])
def test_nothing_is_cut_off(dashboard: Dashboard, size: tuple[int, int], qtbot: QtBot) -> None:
    dashboard.window.resize(*size)
    dashboard.play(FakeSource(frames_of(TEXTING)))
    dashboard.until_phase(Phase.ENDED)
    window, view = dashboard.window, dashboard.window.drive_view
    assert (window.width(), window.height()) == size
    for button in view.pages.buttons:
        if button.isVisible():
            qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
            qtbot.wait(30)
        shown = (view.bars, view.events, view.timeline, view.live_view, view.activity, window.status, window.banner)
        for widget in shown:
            corner = widget.mapTo(window, widget.rect().bottomRight())
            assert not widget.isVisible() or window.rect().contains(corner), widget
        assert window.header.pause.isVisible()
    image: QImage = window.grab().toImage()
    assert len({image.pixel(x, y) for x in range(0, size[0], 7) for y in range(0, size[1], 7)}) > 30


@pytest.mark.parametrize("width", [700, 800, 1040, 1280])
def test_the_header_fits_with_long_words_and_names(make_dashboard: MakeDashboard, width: int, qtbot: QtBot) -> None:
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    speak(application, "de")
    window = make_dashboard().window
    window.resize(width, 720)
    for source in ("0", "a-drive-with-a-very-long-name-as-a-camera-gives-them.mp4"):
        window.state.begin(source)
        qtbot.wait(20)
        assert window.header.sizeHint().width() <= window.header.width()
        assert window.header.source.text().strip()


def test_overlays_are_chosen_by_key_and_menu(dashboard: Dashboard, qtbot: QtBot) -> None:
    dashboard.play(endless())
    dashboard.until(lambda: dashboard.state.prediction is not None)
    view = dashboard.window.drive_view.live_view
    qtbot.keyClick(dashboard.window, Qt.Key.Key_A)
    chosen = dashboard.state.overlays
    assert (chosen.regions, chosen.heat, chosen.keypoints) == (True, False, False)
    qtbot.keyClick(dashboard.window, Qt.Key.Key_P)
    dashboard.until(lambda: dashboard.state.keypoints is not None)
    assert dashboard.state.keypoints is not None
    # Those that the regions come from, whose pixel centres have integer coordinates.
    np.testing.assert_allclose(dashboard.state.keypoints, (KEYPOINTS + 0.5) / SIZE)
    dashboard.controller.close()
    without_heat = view.grab().toImage()
    dashboard.window.header.overlays.menu().actions()[1].trigger()
    assert dashboard.state.overlays.heat and view.grab().toImage() != without_heat


def test_a_network_without_regions_has_no_overlays(make_dashboard: MakeDashboard, qtbot: QtBot) -> None:
    class Baseline(FakeClassifier):
        def propose(self, view: NDArray[np.uint8]) -> RegionProposal:
            return NO_REGIONS

        def infer(self, view: NDArray[np.uint8], regions: NDArray[np.float32], *, mirrored: bool = False) -> Prediction:
            return Prediction(super().infer(view, regions).probabilities, regions, np.ones(1, dtype=np.float32))

    engine = fake_engine(Baseline())
    manifest = engine.manifest.model_copy(update={"uses_regions": False})
    engine.bundle = cast(Bundle, SimpleNamespace(manifest=manifest))
    dashboard = make_dashboard(open_engine=lambda: engine)
    header, state = dashboard.window.header, dashboard.state
    assert header.regions.isVisible() and header.overlays.isVisible()
    dashboard.play(endless())
    dashboard.until(lambda: state.prediction is not None)
    assert not header.regions.isVisible() and not header.overlays.isVisible()
    assert header.pause.isVisible() and header.mute.isVisible()
    dashboard.controller.close()
    view = dashboard.window.drive_view.live_view
    before, shown = view.grab().toImage(), replace(state.overlays)
    for key in (Qt.Key.Key_A, Qt.Key.Key_H, Qt.Key.Key_P):
        qtbot.keyClick(dashboard.window, key)
    assert state.overlays == shown
    state.overlays.regions, state.overlays.heat, state.overlays.keypoints = False, True, True
    assert view.grab().toImage() == before
    # They are back with a network that looks at regions.
    state.on_event(replace(cast(Opened, state.drive), uses_regions=True))
    assert header.regions.isVisible() and header.overlays.isVisible()


def test_regions_with_names_are_shown_until_they_are_switched_off(make_dashboard: MakeDashboard, qtbot: QtBot) -> None:
    boxes = np.array([[0.1, 0.1, 0.4, 0.5], [0.5, 0.4, 0.7, 0.7], [0.6, 0.6, 0.9, 0.9]], dtype=np.float32)

    class Zoom(FakeClassifier):
        def propose(self, view: NDArray[np.uint8]) -> RegionProposal:
            return NO_REGIONS

        def infer(self, view: NDArray[np.uint8], regions: NDArray[np.float32], *, mirrored: bool = False) -> Prediction:
            weights = np.array([0.1, 0.6, 0.1, 0.2], dtype=np.float32)
            return Prediction(super().infer(view, regions).probabilities, boxes, weights, PARTS)

    engine = fake_engine(Zoom())
    manifest = engine.manifest.model_copy(update={"uses_regions": False, "region_names": PARTS})
    engine.bundle = cast(Bundle, SimpleNamespace(manifest=manifest))
    dashboard = make_dashboard(open_engine=lambda: engine)
    header, state = dashboard.window.header, dashboard.state
    dashboard.play(endless())
    dashboard.until(lambda: state.prediction is not None)
    assert header.regions.isVisible() and header.regions.isChecked()
    # They come from no keypoints.
    assert [action.isVisible() for action in header.overlays.menu().actions()] == [True, True, False]
    dashboard.controller.close()
    view = dashboard.window.drive_view.live_view
    with_regions = view.grab().toImage()
    qtbot.keyClick(dashboard.window, Qt.Key.Key_A)
    assert not header.regions.isChecked() and view.grab().toImage() != with_regions
    qtbot.keyClick(dashboard.window, Qt.Key.Key_A)
    assert header.regions.isChecked() and view.grab().toImage() == with_regions
    # A network that has no names for its regions shows them on request, as before.
    state.on_event(replace(cast(Opened, state.drive), uses_regions=True, names_regions=False))
    assert not header.regions.isChecked()


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("size", [(200, 150), (640, 480)])
def test_named_regions_have_readable_labels(language: str, size: tuple[int, int], qapp: QApplication) -> None:
    speak(qapp, language)
    try:
        names = part_names()
        assert names[DriverPart.RIGHT_HAND] == {"en": "right hand", "de": "rechte Hand"}[language]
        boxes = np.array([[0.1, 0.1, 0.4, 0.5], [0.5, 0.4, 0.7, 0.7], [0.6, 0.6, 0.9, 0.9]], dtype=np.float32)
        weights = np.array([0.1, 0.6, 0.1, 0.2], dtype=np.float32)
        prediction = Prediction(np.full(10, 0.1, dtype=np.float32), boxes, weights, PARTS)
        image = QImage(*size, QImage.Format.Format_RGB32)
        image.fill(0)
        painter = QPainter(image)
        paint_regions(painter, QRectF(0.0, 0.0, *size), prediction, Mount())
        painter.end()
    finally:
        speak(qapp, "en")
    # The strongest has a filled label as wide as its words, whatever the image's size.
    pixels = np.frombuffer(image.constBits(), dtype=np.uint8).reshape(size[1], size[0], 4)
    colour = QColor(palette.theme().primary_region)
    filled = np.abs(pixels[..., :3].astype(int) - [colour.blue(), colour.green(), colour.red()]).max(axis=2) < 8
    assert filled.sum(axis=1).max() > 40


def test_an_incident_is_reviewed_with_a_verdict_and_a_note(dashboard: Dashboard, qtbot: QtBot, tmp_path: Path) -> None:
    drive = tmp_path / "drive.mp4"
    dashboard.play(FakeSource(frames_of(TEXTING)), str(drive))
    dashboard.until_phase(Phase.ENDED)
    events = dashboard.window.drive_view.events
    index = events.model().index(events.model().rowCount() - 1, 0)
    qtbot.mouseClick(events.viewport(), Qt.MouseButton.LeftButton, pos=events.visualRect(index).center())
    review = dashboard.window.review
    assert review is not None and review.isVisible()
    assert "due after 5\N{NO-BREAK SPACE}s" in review.why.text()
    # The events of tiers are its details, in order.
    details = review.details.text().splitlines()
    assert [line.split("  ")[1].split(" · ")[0] for line in details[:-1]] == [
        "Caution",
        "Warning",
        "Critical",
        "Cleared",
    ]
    assert "a phone in hand is cautioned at once" in details[0]
    clip = dashboard.state.events.entries[0].clip
    assert len(clip) > 2 and 0.0 < clip[-1].time_s - clip[0].time_s <= 4.0
    file = tmp_path / "drive.reviews.csv"
    false = review.verdicts[ReviewStatus.FALSE]
    qtbot.mouseClick(review.verdicts[ReviewStatus.TRUE], Qt.MouseButton.LeftButton)
    qtbot.mouseClick(false, Qt.MouseButton.LeftButton)
    assert false.isChecked() and not review.verdicts[ReviewStatus.TRUE].isChecked()
    qtbot.mouseClick(false, Qt.MouseButton.LeftButton)
    dashboard.until_saved()
    assert read_reviews(file) == [] and not false.isChecked()
    qtbot.mouseClick(review.verdicts[ReviewStatus.UNCLEAR], Qt.MouseButton.LeftButton)
    qtbot.keyClicks(review.note, "a cup")
    # However it is closed, what was written is kept.
    review.reject()
    assert latest_incident(dashboard).incident.review == Review(ReviewStatus.UNCLEAR, "a cup")
    dashboard.window.activateWindow()  # closing the review leaves no window active without a window manager
    dashboard.until(lambda: dashboard.window.isActiveWindow(), 20.0)
    qtbot.keyClick(dashboard.window, Qt.Key.Key_W)
    assert latest_incident(dashboard).false_alert
    dashboard.until_saved()
    reviews = [(one.tier, one.activity, one.status, one.note) for one in read_reviews(file)]
    assert reviews == [("critical", "c1", ReviewStatus.FALSE, "a cup")]


def latest_incident(dashboard: Dashboard) -> LoggedIncident:
    entry = dashboard.state.events.latest_incident()
    assert entry is not None
    return entry


def test_a_region_has_a_name() -> None:
    assert [region_name(region, 8) for region in (0, 7, 8, 35)] == [
        "Region 1",
        "Region 8",
        "Regions 1 + 2",
        "Regions 7 + 8",
    ]


@pytest.mark.parametrize(
    "address", ["rtsp://me:hunter2/x@10.0.0.9/live", "rtsp://10.0.0.9/live?user=me&password=hunter2"]
)
def test_no_password_is_shown_anywhere(address: str, dashboard: Dashboard) -> None:
    def refuse() -> Source:
        raise UserError(f"cannot open {address}: no route\x1b[2J")

    dashboard.sources[address] = refuse
    dashboard.controller.open(address)
    shown = _texts(dashboard.window)
    dashboard.until_phase(Phase.FAILED)
    dashboard.state.notice(f"{address} is gone\x9b")
    dashboard.window.open_replay(address, 0.0)
    dashboard.until(lambda: dashboard.window.replay.model.phase is ReplayPhase.FAILED)
    shown += _texts(dashboard.window)
    assert "hunter2" not in shown and "10.0.0.9" in shown
    assert not set(shown) & set("\x1b\x9b")


def _texts(window: QWidget) -> str:
    """Everything that a person can read, or have read."""
    texts = [window.windowTitle()]
    for widget in window.findChildren(QWidget):
        texts += [widget.toolTip(), widget.accessibleName()]
        text = getattr(widget, "text", None)
        texts += [str(text())] if callable(text) else []
    return "\n".join(texts)
