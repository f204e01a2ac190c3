"""From frames to alerts through the threads: order, drops, failures, stopping."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from engines.activities import Activity
from engines.errors import UserError
from engines.view import Mount
from monitor.alerts.events import Attention, EventKind, Tier
from monitor.alerts.policy import AlertPolicy
from monitor.health.camera_health import Health
from monitor.live.pacing import FrameRateLimiter
from monitor.live.pipeline import FrameResult, Pipeline, Result, StageError, StatusUpdate, events_of, health_of
from monitor.sources import Frame
from tests.monitor.fakes import (
    KEYPOINTS,
    FakeClassifier,
    FakeSource,
    Sided,
    frames_for_sided,
    frames_of,
    picture,
)


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    yield
    deadline = time.monotonic() + 3.0
    while time.monotonic() < deadline:
        left = [thread.name for thread in threading.enumerate() if thread.name.startswith("monitor ")]
        if not left:
            return
        time.sleep(0.02)
    pytest.fail(f"threads left running: {left}")


def run(pipeline: Pipeline) -> list[Result]:
    with pipeline:
        return list(pipeline)


def test_a_recording_gives_every_frame_in_order_and_its_alerts() -> None:
    source = FakeSource(frames_of([(0, 3.0), (6, 5.0), (0, 3.0)]))
    results = run(Pipeline(source, FakeClassifier()))
    classified = [result for result in results if isinstance(result, FrameResult)]
    assert [item.frame.index for item in classified] == list(range(110))
    assert [event.tier for item in classified for event in events_of(item)] == [Tier.CAUTION, Tier.WARNING, Tier.NONE]
    last = results[-1]
    assert isinstance(last, StatusUpdate) and last.ended and results[:-1] == classified
    assert results[-1].dropped == 0 and source.closed.is_set()
    for item in classified:
        assert item.latency.total_s >= item.latency.regions_s + item.latency.network_s
        assert health_of(item) is Health.OK
    assert classified[-1].fps > 0.0


def test_stages_overlap() -> None:
    """The network works on a frame while the regions of the next one are found: it waits here until they are."""
    frames = frames_of([(0, 4.0)])

    class Waiting(FakeClassifier):
        overlapped = 0

        def __init__(self) -> None:
            super().__init__()
            self.begun = threading.Semaphore(0)

        def regions(self, view):  # type: ignore[no-untyped-def]
            self.begun.release()
            return super().regions(view)

        def infer(self, view, regions, *, mirrored=False):  # type: ignore[no-untyped-def]
            # Its own frame's regions, then the next one's; the last frame has no next.
            assert self.begun.acquire(timeout=0)
            if self.calls["infer"] + 1 < len(frames):
                assert self.begun.acquire(timeout=30.0)
                self.begun.release()
                self.overlapped += 1
            return super().infer(view, regions)

    classifier = Waiting()
    run(Pipeline(FakeSource(frames), classifier))
    assert classifier.overlapped == len(frames) - 1


def test_live_the_newest_frame_wins() -> None:
    source = FakeSource(frames_of([(0, 6.0)]), live=True, interval_s=0.005)
    pipeline = Pipeline(source, FakeClassifier(delay_s=0.05))
    indices = []
    with pipeline:
        for result in pipeline:
            if isinstance(result, StatusUpdate):
                break
            indices.append(result.frame.index)
            assert result.latency.total_s < 0.5
    assert indices == sorted(indices) and len(indices) < 60
    assert result.dropped == 60 - len(indices)


def test_an_unplugged_camera_is_a_health_state_and_comes_back() -> None:
    frames = frames_of([(0, 2.0)])
    source = FakeSource(frames[:10], live=True, interval_s=0.01)
    pipeline = Pipeline(source, FakeClassifier())
    health: list[Health] = []
    with pipeline:
        for result in pipeline:
            if not health or health[-1] is not health_of(result):
                health.append(health_of(result))
            if health_of(result) is Health.CAMERA_LOST and isinstance(result, StatusUpdate) and not source.plugged:
                source.plug_in(frames[10:])
            if health[1:] and health_of(result) is Health.OK and isinstance(result, FrameResult):
                break
    assert health == [Health.OK, Health.CAMERA_LOST, Health.OK]


def test_a_camera_that_hangs_is_lost_and_stopping_stays_prompt() -> None:
    source = FakeSource(frames_of([(0, 0.3)]), live=True, interval_s=0.01, hangs=True)
    pipeline = Pipeline(source, FakeClassifier(), stall_s=0.2)
    with pipeline:
        for result in pipeline:
            if health_of(result) is Health.CAMERA_LOST:
                break
        began = time.monotonic()
        pipeline.stop()
        assert time.monotonic() - began < 1.6
    source.close()


@pytest.mark.parametrize(("method", "stage"), [("view", "regions"), ("regions", "regions"), ("infer", "network")])
def test_a_stage_that_breaks_is_told_with_its_traceback(method: str, stage: str) -> None:
    source = FakeSource(frames_of([(0, 5.0)]))
    seen = []
    with pytest.raises(StageError, match=f"the {stage} stage failed: RuntimeError: broken {method}") as caught:
        for result in Pipeline(source, FakeClassifier(fails_in=method, fails_at=5)):
            seen.append(result)
    assert caught.value.stage == stage
    assert isinstance(caught.value.__cause__, RuntimeError) and caught.value.__cause__.__traceback__ is not None
    assert len(seen) <= 5


def test_a_source_that_breaks_is_told() -> None:
    frames = frames_of([(0, 1.0)])
    with pytest.raises(StageError, match="the capture stage failed"):
        run(Pipeline(FakeSource([*frames, RuntimeError("driver")]), FakeClassifier()))
    with pytest.raises(UserError, match="disk"):
        run(Pipeline(FakeSource([*frames, UserError("the disk is gone")]), FakeClassifier()))


def test_stop_is_prompt_idempotent_and_ends_the_iteration() -> None:
    source = FakeSource(frames_of([(0, 60.0)]))
    pipeline = Pipeline(source, FakeClassifier(delay_s=0.02), realtime=True)
    seen = 0
    for _ in pipeline:
        seen += 1
        if seen == 3:
            began = time.monotonic()
            pipeline.stop()
            pipeline.stop()
            assert time.monotonic() - began < 0.5
    assert seen == 3 and source.closed.is_set()
    pipeline.start()
    assert list(pipeline) == []


def test_stop_before_start() -> None:
    source = FakeSource(frames_of([(0, 1.0)]))
    pipeline = Pipeline(source, FakeClassifier())
    pipeline.stop()
    assert source.closed.is_set()
    assert list(pipeline) == []


def test_stop_while_nobody_takes_the_observations() -> None:
    pipeline = Pipeline(FakeSource(frames_of([(0, 10.0)])), FakeClassifier())
    pipeline.start()
    time.sleep(0.2)
    began = time.monotonic()
    pipeline.stop()
    assert time.monotonic() - began < 0.5


def test_real_time_keeps_the_source_s_clock() -> None:
    began = time.monotonic()
    results = run(Pipeline(FakeSource(frames_of([(0, 0.6)])), FakeClassifier(), realtime=True))
    assert 0.45 <= time.monotonic() - began < 1.5
    assert len(results) == 7


def test_pause_holds_a_recording() -> None:
    pipeline = Pipeline(FakeSource(frames_of([(0, 0.5)])), FakeClassifier(), realtime=True)
    pipeline.pause()
    assert pipeline.paused
    times: list[float] = []

    def take() -> None:
        times.extend(time.monotonic() for _ in pipeline)

    with pipeline:
        thread = threading.Thread(target=take)
        thread.start()
        time.sleep(0.3)
        assert times == []
        pipeline.resume()
        thread.join(timeout=5.0)
    assert len(times) == 6


def test_notices_arrive_with_the_observations() -> None:
    source = FakeSource(frames_of([(0, 1.0)]))
    source.note("img_3.jpg cannot be read")
    results = run(Pipeline(source, FakeClassifier()))
    assert [notice for item in results for notice in item.notices] == ["img_3.jpg cannot be read"]


def test_the_speed_may_change_while_driving() -> None:
    pipeline = Pipeline(FakeSource(frames_of([(1, 3.0)])), FakeClassifier(), policy=AlertPolicy(), speed_kmh=10.0)
    tiers = []
    with pipeline:
        for result in pipeline:
            if result.alert is not None:
                tiers.append(result.alert.tier)
            pipeline.speed_kmh = 10.0 if len(tiers) < 5 else 80.0
    assert tiers[0] is Tier.NONE and tiers[-1] >= Tier.CAUTION


def test_a_covered_lens_is_reported() -> None:
    frames = frames_of([(0, 8.0)])
    for frame in frames[20:]:
        frame.pixels[:] = 90 + frame.index % 3
    results = run(Pipeline(FakeSource(frames), FakeClassifier()))
    assert Health.BLOCKED in {health_of(item) for item in results}


class Hanging(FakeClassifier):
    """Hangs in one of its methods from the tenth frame on, until it is let go."""

    def __init__(self, method: str) -> None:
        super().__init__()
        self.free = threading.Event()
        self._hanging: Callable[..., Any] = getattr(self, method)
        setattr(self, method, self._hang)

    def _hang(self, *arguments: Any, **options: Any) -> Any:
        result = self._hanging(*arguments, **options)
        if max(self.calls.values()) > 10:
            self.free.wait(10.0)
        return result


@pytest.mark.parametrize("method", ["regions", "infer"])
def test_a_stage_that_hangs_is_never_attentive(method: str) -> None:
    classifier = Hanging(method)
    source = FakeSource(frames_of([(0, 60.0)]), live=True, interval_s=0.01)
    pipeline = Pipeline(source, classifier, stall_s=0.3)
    seen: list[Result] = []
    began = time.monotonic()
    with pipeline:
        for result in pipeline:
            seen.append(result)
            if health_of(result) is Health.STALLED:
                assert result.alert is not None and result.alert.attention is Attention.UNKNOWN
                classifier.free.set()
            if any(event.kind is EventKind.RECOVERED for event in events_of(result)):
                break
    assert [health_of(item) for item in seen if events_of(item)] == [Health.STALLED, Health.OK]
    assert time.monotonic() - began < 5.0
    # What was captured before the monitor spoke of the stall is too old to be judged after it.
    times = [item.alert.time_s for item in seen if item.alert is not None]
    assert times == sorted(times)


@pytest.mark.parametrize("method", ["regions", "infer"])
def test_a_recording_whose_stage_hangs_is_shown_without_touching_its_alerts(method: str) -> None:
    classifier = Hanging(method)
    pipeline = Pipeline(FakeSource(frames_of([(6, 6.0)])), classifier, stall_s=0.3)
    seen = []
    with pipeline:
        for result in pipeline:
            seen.append(result)
            if health_of(result) is Health.STALLED:
                classifier.free.set()
    smooth = run(Pipeline(FakeSource(frames_of([(6, 6.0)])), FakeClassifier()))
    assert Health.STALLED in {health_of(item) for item in seen}
    assert [event for item in seen for event in events_of(item)] == [
        event for item in smooth for event in events_of(item)
    ]


def test_a_slow_consumer_is_no_stall() -> None:
    pipeline = Pipeline(FakeSource(frames_of([(0, 2.0)])), FakeClassifier(delay_s=0.02), stall_s=0.2)
    with pipeline:
        health = set()
        for result in pipeline:
            health.add(health_of(result))
            if isinstance(result, FrameResult) and result.frame.index == 3:
                time.sleep(0.8)
    assert health == {Health.OK}


def test_a_covered_lens_does_not_end_a_critical_alert() -> None:
    """To the fake network a white picture shows C0 (so may a real one): no answer must come of it."""

    class Credulous(FakeClassifier):
        def infer(self, view, regions, *, mirrored=False):  # type: ignore[no-untyped-def]
            blank = float(view.std()) < 5.0
            return super().infer(picture(0, height=32, width=32) if blank else view, regions)

    frames = frames_of([(6, 12.0)])
    for frame in frames[90:]:
        frame.pixels[:] = 200 + frame.index % 3
    results = run(Pipeline(FakeSource(frames), Credulous()))
    tiers = [item.alert.tier for item in results if item.alert is not None and item.alert.time_s > 8.0]
    assert set(tiers) == {Tier.CRITICAL}
    shown = next(
        item.frame.time for item in results if health_of(item) is Health.BLOCKED and isinstance(item, FrameResult)
    )
    assert shown > 9.0 + 1.0, "the display keeps its delay"


class InStep(FakeSource):
    """A live source with times of its own, whose next frame comes when the network has seen the one before."""

    def __init__(self, frames: list[Frame]) -> None:
        super().__init__(frames, live=True)
        self.seen = threading.Semaphore(1)

    def read(self) -> Frame | None:
        assert self.seen.acquire(timeout=10.0)
        return self._items.pop(0) if self._items else None  # type: ignore[return-value]


class Telling(FakeClassifier):
    """Tells its source of every frame that it has seen."""

    def __init__(self, source: InStep) -> None:
        super().__init__()
        self._source = source

    def infer(self, view, regions, *, mirrored=False):  # type: ignore[no-untyped-def]
        result = super().infer(view, regions, mirrored=mirrored)
        self._source.seen.release()
        return result


def test_a_late_frame_of_a_live_source_does_not_end_a_critical_alert() -> None:
    distracted = frames_of([(6, 10.0)])
    late, after = Frame(picture(0), 0.0, 100), Frame(picture(6), 10.0, 101)
    source = InStep([*distracted, late, after])
    results = [item for item in run(Pipeline(source, Telling(source))) if isinstance(item, FrameResult)]
    assert results[-2].alert.tier is Tier.CRITICAL and results[-2].dropped == 0
    assert late.index not in {item.frame.index for item in results}
    assert results[-1].frame is after and results[-1].alert.tier is Tier.CRITICAL
    assert results[-1].dropped == 1, "a late frame is dropped, too"


def test_every_frame_keeps_the_mount_that_it_was_captured_with() -> None:
    """A queue held full while the mirror is switched: the same hand before and after, for the same hand is shown."""
    held = threading.Event()

    class Held(Sided):
        def infer(self, view, regions, *, mirrored=False):  # type: ignore[no-untyped-def]
            assert held.wait(10.0)
            return super().infer(view, regions, mirrored=mirrored)

    pipeline = Pipeline(FakeSource(frames_for_sided(2.0)), Held())
    mounts = []
    with pipeline:
        while pipeline.waiting < 4:
            time.sleep(0.001)
        pipeline.set_mount(Mount(mirror=True))
        held.set()
        for result in pipeline:
            if isinstance(result, FrameResult):
                mounts.append(result.mount.mirror)
                assert result.prediction.activity is Activity.PHONE_LEFT
    assert mounts == sorted(mounts) and {False, True} == set(mounts)


def test_a_camera_that_is_mounted_otherwise_drops_what_waits_and_follows_no_regions() -> None:
    class Finder:
        resets = 0

        def propose(self, view):  # type: ignore[no-untyped-def]
            return FakeClassifier().propose(view)

        def reset(self) -> None:
            self.resets += 1

    finder = Finder()
    source = FakeSource(frames_of([(6, 30.0)]), live=True, interval_s=0.005)
    cropped = Mount(crop=(0.1, 0.0, 1.0, 1.0))
    tiers = []
    with Pipeline(source, FakeClassifier(), regions=finder) as pipeline:
        for result in pipeline:
            if not isinstance(result, FrameResult):
                continue
            tiers.append(result.alert.distracted_s)
            if result.frame.index == 100:
                pipeline.set_mount(cropped)
            if result.mount == cropped:
                break
    assert finder.resets == 1
    assert tiers == sorted(tiers), "the timer runs on"


class SlowStart(FakeClassifier):
    """Its first regions take their time, as those of a library that loads meanwhile."""

    first_s = 0.8

    def regions(self, view):  # type: ignore[no-untyped-def]
        if self.calls["regions"] == 0:
            time.sleep(self.first_s)
        return super().regions(view)


def test_a_slow_start_is_no_stall() -> None:
    source = FakeSource(frames_of([(0, 15.0)]), live=True, interval_s=0.01)
    health: list[Health] = []
    with Pipeline(source, SlowStart(), stall_s=0.3) as pipeline:
        for result in pipeline:
            health.append(health_of(result))
            if isinstance(result, FrameResult) and result.frame.index > 120:
                break
    assert set(health) == {Health.OK}


def test_a_start_that_hangs_is_shown() -> None:
    source = FakeSource(frames_of([(0, 30.0)]), live=True, interval_s=0.01)
    with Pipeline(source, SlowStart(), stall_s=0.2, first_stall_s=0.4) as pipeline:
        first = next(iter(pipeline))
    assert isinstance(first, StatusUpdate) and health_of(first) is Health.STALLED


def test_a_result_says_how_its_regions_came_about() -> None:
    results = run(Pipeline(FakeSource(frames_of([(0, 0.3)])), FakeClassifier()))
    for item in results[:-1]:
        assert isinstance(item, FrameResult)
        assert item.proposal.keypoints is KEYPOINTS and item.proposal.boxes is item.prediction.regions


def test_a_timer_or_a_first_sign_keeps_the_limiter_from_slowing_down() -> None:
    """What the limiter is told of every frame is what the frames before it have shown."""
    told: list[bool] = []

    class Noting(FrameRateLimiter):
        def accepts(self, time_s, small, calm):  # type: ignore[no-untyped-def]
            told.append(calm)
            return super().accepts(time_s, small, calm)

    source = FakeSource(frames_of([(0, 5.0), (6, 2.0), (0, 5.0)]), live=True, interval_s=0.02)
    with Pipeline(source, FakeClassifier(), limiter=Noting()) as pipeline:
        for result in pipeline:
            if isinstance(result, StatusUpdate):
                break
    # Some frames may be on their way.
    assert not any(told[:1]) and any(told[30:50]) and not any(told[60:70])


def test_hanging_stages_share_one_deadline() -> None:
    class Stuck(FakeClassifier):
        free = threading.Event()

        def regions(self, view):  # type: ignore[no-untyped-def]
            self.free.wait(10.0)
            return super().regions(view)

        def infer(self, view, regions, *, mirrored=False):  # type: ignore[no-untyped-def]
            self.free.wait(10.0)
            return super().infer(view, regions)

    source = FakeSource(frames_of([(0, 0.3)]), live=True, interval_s=0.01, hangs=True)
    pipeline = Pipeline(source, Stuck())
    pipeline.start()
    time.sleep(0.2)
    began = time.monotonic()
    pipeline.stop()
    assert time.monotonic() - began < 1.5
    Stuck.free.set()
    source.close()
