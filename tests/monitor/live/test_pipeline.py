"""From frames to alerts through the threads: order, drops, failures, stopping."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from engines.activities import Activity
from engines.errors import UserError
from engines.view import Mount
from monitor.alerts.events import Attention, EventKind, Tier
from monitor.alerts.policy import AlertPolicy
from monitor.health.camera_health import Health
from monitor.live.frames.pacing import FrameRateLimiter
from monitor.live.pipeline import FrameResult, Pipeline, Result, StageError, StatusUpdate, events_of, health_of
from monitor.sources import Frame
from tests.monitor.fakes import (
    KEYPOINTS,
    FakeClassifier,
    FakeClock,
    FakeSource,
    Sided,
    frames_for_sided,
    frames_of,
    in_turn,
    picture,
)


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    yield
    for thread in running_stages():
        thread.join(timeout=60.0)
        assert not thread.is_alive(), f"{thread.name} is left running"


def running_stages() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("monitor ")]


class WatchedClock(FakeClock):
    """Notes when the consumer, which is this thread, looks whether a stage hangs.

    Attributes:
        look_s: seconds that pass until each look.
    """

    def __init__(self) -> None:
        super().__init__(jumps=True)
        self.look_s = 0.0
        self._looks = threading.Semaphore(0)

    def now(self) -> float:
        if threading.current_thread() is threading.main_thread():
            self.advance(self.look_s)
            self._looks.release()
        return super().now()

    def wait_for_a_look(self) -> None:
        """Wait until the consumer has looked again."""
        while self._looks.acquire(blocking=False):
            pass
        # The second look begins after the first has ended.
        self._looks.acquire()
        self._looks.acquire()


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
    source = FakeSource(frames_of([(0, 6.0)]), live=True)

    class Slow(FakeClassifier):
        def infer(self, view, regions, *, mirrored=False):  # type: ignore[no-untyped-def]
            source.exhausted.wait()
            return super().infer(view, regions)

    indices = []
    with Pipeline(source, Slow()) as pipeline:
        for result in pipeline:
            if isinstance(result, StatusUpdate):
                break
            indices.append(result.frame.index)
    # One in each stage and one between two, when the camera's last frame comes.
    assert indices == sorted(indices) and indices[-1] == 59 and len(indices) <= 5
    assert result.dropped == 60 - len(indices)


def test_an_unplugged_camera_is_a_health_state_and_comes_back() -> None:
    frames = frames_of([(0, 2.0)])
    clock = FakeClock(jumps=True)
    source = FakeSource(frames[:10], live=True, interval_s=0.1, in_turn=True, clock=clock)
    pipeline = Pipeline(source, FakeClassifier(), clock=clock)
    health: list[Health] = []
    for result in in_turn(pipeline):
        if not health or health[-1] is not health_of(result):
            health.append(health_of(result))
        if health_of(result) is Health.CAMERA_LOST and isinstance(result, StatusUpdate) and not source.plugged:
            source.plug_in(frames[10:])
        if health[1:] and health_of(result) is Health.OK and isinstance(result, FrameResult):
            break
    assert health == [Health.OK, Health.CAMERA_LOST, Health.OK]


def test_a_camera_that_hangs_is_lost_and_stopping_does_not_wait_for_it() -> None:
    clock = FakeClock(jumps=True)
    source = FakeSource(frames_of([(0, 0.3)]), live=True, interval_s=0.1, hangs=True, clock=clock)
    pipeline = Pipeline(source, FakeClassifier(), stall_s=2.0, clock=clock)
    for result in pipeline:
        if health_of(result) is Health.CAMERA_LOST:
            break
        if isinstance(result, FrameResult) and result.frame.index == 2:
            clock.advance(2.0)
    pipeline.stop()
    assert [thread.name for thread in running_stages()] == ["monitor capture"] and not source.closed.is_set()
    source.close()


@pytest.mark.parametrize(("method", "stage"), [("view", "regions"), ("regions", "regions"), ("infer", "network")])
def test_a_stage_that_breaks_is_an_error_with_its_traceback(method: str, stage: str) -> None:
    source = FakeSource(frames_of([(0, 5.0)]))
    seen = []
    with pytest.raises(StageError, match=f"the {stage} stage failed: RuntimeError: broken {method}") as caught:
        for result in Pipeline(source, FakeClassifier(fails_in=method, fails_at=5)):
            seen.append(result)
    assert caught.value.stage == stage
    assert isinstance(caught.value.__cause__, RuntimeError) and caught.value.__cause__.__traceback__ is not None
    assert len(seen) <= 5


def test_a_source_that_breaks_is_an_error() -> None:
    frames = frames_of([(0, 1.0)])
    with pytest.raises(StageError, match="the capture stage failed"):
        run(Pipeline(FakeSource([*frames, RuntimeError("driver")]), FakeClassifier()))
    with pytest.raises(UserError, match="disk"):
        run(Pipeline(FakeSource([*frames, UserError("the disk is gone")]), FakeClassifier()))


def test_stop_waits_for_no_frame_is_idempotent_and_ends_the_iteration() -> None:
    clock = FakeClock()
    source = FakeSource(frames_of([(0, 60.0)]))
    pipeline = Pipeline(source, FakeClassifier(), realtime=True, clock=clock)
    seen = 0
    for _ in pipeline:
        seen += 1
        if seen == 3:
            # The fourth frame is read, and waits for its time, which never comes.
            source.wait_until_asked(4)
            pipeline.stop()
            assert running_stages() == [] and source.closed.is_set()
            pipeline.stop()
        else:
            clock.advance(0.1)
    assert seen == 3
    pipeline.start()
    assert list(pipeline) == []


def test_stop_before_start() -> None:
    source = FakeSource(frames_of([(0, 1.0)]))
    pipeline = Pipeline(source, FakeClassifier())
    pipeline.stop()
    assert source.closed.is_set()
    assert list(pipeline) == []


def test_stop_while_nobody_takes_the_results() -> None:
    source = FakeSource(frames_of([(0, 10.0)]))
    pipeline = Pipeline(source, FakeClassifier())
    pipeline.start()
    # Four results, one frame in each stage and two between two of them.
    source.wait_until_asked(11)
    pipeline.stop()
    assert running_stages() == [] and source.closed.is_set()


def test_real_time_keeps_the_source_s_clock() -> None:
    clock = FakeClock(jumps=True)
    began = clock.now()
    results = run(Pipeline(FakeSource(frames_of([(0, 0.6)])), FakeClassifier(), realtime=True, clock=clock))
    assert clock.now() - began == pytest.approx(0.5)
    assert len(results) == 7


def test_pause_holds_a_recording() -> None:
    clock = FakeClock(jumps=True)
    source = FakeSource(frames_of([(0, 0.5)]))
    pipeline = Pipeline(source, FakeClassifier(), realtime=True, clock=clock)
    pipeline.pause()
    assert pipeline.paused
    with pipeline:
        assert not source.wait_until_asked(1, timeout_s=0.2)
        clock.advance(100.0)
        pipeline.resume()
        began = clock.now()
        assert len(list(pipeline)) == 6
    assert clock.now() - began == pytest.approx(0.4), "the pause is not caught up with"


def test_notices_arrive_with_the_results() -> None:
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
    """Hangs in one of its methods from the tenth frame on, until it is let go; then alone time passes."""

    def __init__(self, method: str, clock: WatchedClock) -> None:
        super().__init__()
        self.free, self._watched = threading.Event(), clock
        self._hanging: Callable[..., Any] = getattr(self, method)
        setattr(self, method, self._hang)

    def _hang(self, *arguments: Any, **options: Any) -> Any:
        result = self._hanging(*arguments, **options)
        if max(self.calls.values()) > 10 and not self.free.is_set():
            self._watched.look_s = 0.5
            self.free.wait()
            self._watched.look_s = 0.0
        return result


@pytest.mark.parametrize("method", ["regions", "infer"])
def test_a_stage_that_hangs_is_never_attentive(method: str) -> None:
    clock = WatchedClock()
    classifier = Hanging(method, clock)
    source = FakeSource(frames_of([(0, 60.0)]), live=True, interval_s=0.1, in_turn=True, clock=clock)
    pipeline = Pipeline(source, classifier, stall_s=0.3, clock=clock)
    seen: list[Result] = []
    for result in in_turn(pipeline):
        seen.append(result)
        if health_of(result) is Health.STALLED:
            assert result.alert is not None and result.alert.attention is Attention.UNKNOWN
            classifier.free.set()
        if any(event.kind is EventKind.RECOVERED for event in events_of(result)):
            break
    assert [health_of(item) for item in seen if events_of(item)] == [Health.STALLED, Health.OK]
    # What was captured before the monitor spoke of the stall is too old to be classified after it.
    times = [item.alert.time_s for item in seen if item.alert is not None]
    assert times == sorted(times)


@pytest.mark.parametrize("method", ["regions", "infer"])
def test_a_recording_whose_stage_hangs_is_shown_without_touching_its_alerts(method: str) -> None:
    clock = WatchedClock()
    classifier = Hanging(method, clock)
    pipeline = Pipeline(FakeSource(frames_of([(6, 6.0)])), classifier, stall_s=0.3, clock=clock)
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
    clock = WatchedClock()

    class Watched(FakeClassifier):
        def infer(self, view, regions, *, mirrored=False):  # type: ignore[no-untyped-def]
            if self.calls["infer"] == 9:
                # The consumer has taken all that waited, and wonders why no more comes.
                clock.wait_for_a_look()
            return super().infer(view, regions)

    source = FakeSource(frames_of([(0, 2.0)]))
    health = set()
    with Pipeline(source, Watched(), stall_s=0.2, clock=clock) as pipeline:
        for result in pipeline:
            health.add(health_of(result))
            if isinstance(result, FrameResult) and result.frame.index == 3:
                # Everything is full, and then a while passes.
                source.wait_until_asked(4 + 11)
                clock.advance(0.8)
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


def test_a_late_frame_of_a_live_source_does_not_end_a_critical_alert() -> None:
    distracted = frames_of([(6, 10.0)])
    late, after = Frame(picture(0), 0.0, 100), Frame(picture(6), 10.0, 101)
    source = FakeSource([*distracted, late, after], live=True, own_times=True, in_turn=True)

    class Noting(FakeClassifier):
        def infer(self, view, regions, *, mirrored=False):  # type: ignore[no-untyped-def]
            if self.calls["infer"] == late.index:
                # No result comes of it, so nobody else asks for the next frame.
                source.give_turn()
            return super().infer(view, regions, mirrored=mirrored)

    results = []
    for item in in_turn(Pipeline(source, Noting())):
        if isinstance(item, FrameResult):
            results.append(item)
        if item.dropped:
            break
    assert results[-2].alert.tier is Tier.CRITICAL and results[-2].dropped == 0
    assert late.index not in {item.frame.index for item in results}
    assert results[-1].frame is after and results[-1].alert.tier is Tier.CRITICAL
    assert results[-1].dropped == 1, "a late frame is dropped, too"


def test_every_frame_keeps_the_mount_that_it_was_captured_with() -> None:
    """A queue held full while the mirror is switched: the same hand before and after, for the same hand is shown."""
    held = threading.Event()

    class Held(Sided):
        def infer(self, view, regions, *, mirrored=False):  # type: ignore[no-untyped-def]
            held.wait()
            return super().infer(view, regions, mirrored=mirrored)

    source = FakeSource(frames_for_sided(2.0))
    pipeline = Pipeline(source, Held())
    mounts = []
    with pipeline:
        # One frame in each stage, and two between two of them.
        source.wait_until_asked(7)
        assert pipeline.waiting == 4
        pipeline.set_mount(Mount(mirror=True))
        held.set()
        for result in pipeline:
            if isinstance(result, FrameResult):
                mounts.append(result.mount.mirror)
                assert result.prediction.activity is Activity.PHONE_LEFT
    assert mounts == sorted(mounts) and {False, True} == set(mounts)


def test_a_camera_that_is_mounted_otherwise_drops_what_waits_and_follows_no_regions() -> None:
    class Finder:
        resets = found = 0
        hangs, free = threading.Event(), threading.Event()

        def propose(self, view):  # type: ignore[no-untyped-def]
            self.found += 1
            if self.found == 22:
                self.hangs.set()
                self.free.wait()
            return FakeClassifier().propose(view)

        def reset(self) -> None:
            self.resets += 1

    finder, clock = Finder(), FakeClock(jumps=True)
    source = FakeSource(frames_of([(6, 30.0)]), live=True, interval_s=0.1, in_turn=True, clock=clock)
    cropped = Mount(crop=(0.1, 0.0, 1.0, 1.0))
    indices, distracted_s = [], []
    pipeline = Pipeline(source, FakeClassifier(), regions=finder, clock=clock)
    for result in in_turn(pipeline):
        assert isinstance(result, FrameResult)
        indices.append(result.frame.index)
        distracted_s.append(result.alert.distracted_s)
        if result.frame.index == 20:
            # The regions of frame 21 are looked for, and 22 waits.
            source.give_turn()
            finder.hangs.wait()
            source.give_turn()
            source.wait_until_asked(24)
            assert pipeline.waiting == 1
            pipeline.set_mount(cropped)
            assert pipeline.waiting == 0
            finder.free.set()
        if result.mount == cropped:
            break
    # Of 21 and 23 a newer one may take the place.
    assert indices[:21] == list(range(21)) and 22 not in indices and finder.resets == 1
    assert distracted_s == sorted(distracted_s), "the timer runs on"


def test_a_camera_that_is_lost_after_it_was_mounted_otherwise_is_no_stall() -> None:
    class Held(FakeClassifier):
        hangs, free = threading.Event(), threading.Event()

        def infer(self, view, regions, *, mirrored=False):  # type: ignore[no-untyped-def]
            self.hangs.set()
            self.free.wait()
            return super().infer(view, regions)

    classifier, health = Held(), []
    source = FakeSource(frames_of([(0, 0.2)]), live=True, in_turn=True)
    with Pipeline(source, classifier, stall_s=0.1, first_stall_s=0.1) as pipeline:
        assert classifier.hangs.wait(60.0)
        source.end_turns()
        source.wait_until_asked(3)
        # The first frame is in the network, and the second, the last one, waits.
        pipeline.set_mount(Mount(mirror=True))
        classifier.free.set()
        for result in pipeline:
            if isinstance(result, StatusUpdate):
                health.append(health_of(result))
                if len(health) == 2:
                    break
    assert health == [Health.CAMERA_LOST] * 2


class SlowStart(FakeClassifier):
    """Its first regions take 0.8 s, as those of a library that loads meanwhile; then the next frame is there."""

    def __init__(self, source: FakeSource, clock: WatchedClock) -> None:
        super().__init__()
        self._source, self._watched = source, clock

    def regions(self, view):  # type: ignore[no-untyped-def]
        if self.calls["regions"] == 0:
            self._watched.advance(0.8)
            self._source.give_turn()
            self._source.wait_until_asked(3)
            self._watched.wait_for_a_look()
        return super().regions(view)


def test_a_slow_start_is_no_stall() -> None:
    clock = WatchedClock()
    source = FakeSource(frames_of([(0, 3.0)]), live=True, interval_s=0.1, in_turn=True, clock=clock)
    health: list[Health] = []
    for result in in_turn(Pipeline(source, SlowStart(source, clock), stall_s=0.3, clock=clock)):
        health.append(health_of(result))
        if isinstance(result, FrameResult) and result.frame.index > 20:
            break
    assert set(health) == {Health.OK}


def test_a_start_that_hangs_is_shown() -> None:
    clock = WatchedClock()
    source = FakeSource(frames_of([(0, 3.0)]), live=True, interval_s=0.1, in_turn=True, clock=clock)
    pipeline = Pipeline(source, SlowStart(source, clock), stall_s=0.2, first_stall_s=0.4, clock=clock)
    first = next(in_turn(pipeline))
    assert isinstance(first, StatusUpdate) and health_of(first) is Health.STALLED


def test_a_result_says_how_its_regions_came_about() -> None:
    results = run(Pipeline(FakeSource(frames_of([(0, 0.3)])), FakeClassifier()))
    for item in results[:-1]:
        assert isinstance(item, FrameResult)
        assert item.proposal.keypoints is KEYPOINTS and item.proposal.boxes is item.prediction.regions


def test_a_timer_or_a_first_sign_keeps_the_limiter_from_slowing_down() -> None:
    """What the limiter hears of every frame is what the frames before it have shown."""
    heard: list[bool] = []

    class Noting(FrameRateLimiter):
        def accepts(self, time_s, small, calm):  # type: ignore[no-untyped-def]
            heard.append(calm)
            return super().accepts(time_s, small, calm)

    clock = FakeClock(jumps=True)
    frames = frames_of([(0, 5.0), (6, 2.0), (0, 5.0)])
    source = FakeSource(frames, live=True, interval_s=0.1, in_turn=True, clock=clock)
    for result in in_turn(Pipeline(source, FakeClassifier(), limiter=Noting(), clock=clock)):
        if isinstance(result, StatusUpdate):
            break
    assert not heard[0] and any(heard[30:50]) and not any(heard[51:71])


def test_hanging_stages_share_one_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stuck(FakeClassifier):
        free = threading.Event()
        hanging = threading.Semaphore(0)

        def infer(self, view, regions, *, mirrored=False):  # type: ignore[no-untyped-def]
            self.hanging.release()
            self.free.wait()
            return super().infer(view, regions)

    class Finder:
        found = 0

        def propose(self, view):  # type: ignore[no-untyped-def]
            self.found += 1
            if self.found == 2:
                Stuck.hanging.release()
                Stuck.free.wait()
            return FakeClassifier().propose(view)

        def reset(self) -> None:
            pytest.fail("the mount stays")

    clock = FakeClock()
    source = FakeSource(frames_of([(0, 0.3)]), live=True, hangs=True, in_turn=True)
    pipeline = Pipeline(source, Stuck(), regions=Finder(), clock=clock)
    pipeline.start()
    for _ in range(2):
        source.give_turn()
        Stuck.hanging.acquire()
    source.end_turns()
    source.exhausted.wait()
    # A thread that hangs is waited for as long as it is asked to, in no time.
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "join", lambda _thread, timeout: clock.advance(timeout))
        began = clock.now()
        pipeline.stop()
        assert clock.now() - began == pytest.approx(1.0)
    assert len(running_stages()) == 3
    Stuck.free.set()
    source.close()
