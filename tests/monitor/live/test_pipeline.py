"""From frames to alerts through the threads: order, drops, failures, stopping."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from engines.errors import UserError
from monitor.alerts.events import Attention, EventKind, Tier
from monitor.alerts.policy import AlertPolicy
from monitor.health.camera_health import NOT_ASSESSED, Health
from monitor.live import pipeline as pipeline_module
from monitor.live.pacing import FrameRateLimiter
from monitor.live.pipeline import Observation, Pipeline, StageError, _Captured, _Proposed
from monitor.sources import Frame
from tests.monitor.fakes import KEYPOINTS, FakeClassifier, FakeSource, frames_of, picture


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


def run(pipeline: Pipeline) -> list[Observation]:
    with pipeline:
        return list(pipeline)


def test_a_recording_gives_every_frame_in_order_and_its_alerts() -> None:
    source = FakeSource(frames_of([(0, 3.0), (6, 5.0), (0, 3.0)]))
    observations = run(Pipeline(source, FakeClassifier()))
    judged = [observation for observation in observations if observation.frame is not None]
    assert [item.frame.index for item in judged if item.frame] == list(range(110))
    assert [event.tier for item in judged for event in item.events] == [Tier.CAUTION, Tier.WARNING, Tier.NONE]
    assert observations[-1].ended and not any(item.ended for item in observations[:-1])
    assert observations[-1].dropped == 0 and source.closed.is_set()
    for item in judged:
        assert item.latency is not None and item.view is not None and item.prediction is not None
        assert item.latency.total_s >= item.latency.regions_s + item.latency.network_s
        assert item.health is Health.OK
    assert judged[-1].fps > 0.0


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

        def infer(self, view, regions):  # type: ignore[no-untyped-def]
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
        for observation in pipeline:
            if observation.frame is None:
                break
            indices.append(observation.frame.index)
            assert observation.latency is not None and observation.latency.total_s < 0.5
    assert indices == sorted(indices) and len(indices) < 60
    assert observation.dropped == 60 - len(indices)


def test_an_unplugged_camera_is_a_health_state_and_comes_back() -> None:
    frames = frames_of([(0, 2.0)])
    source = FakeSource(frames[:10], live=True, interval_s=0.01)
    pipeline = Pipeline(source, FakeClassifier())
    health: list[Health] = []
    with pipeline:
        for observation in pipeline:
            if not health or health[-1] is not observation.health:
                health.append(observation.health)
            if observation.health is Health.CAMERA_LOST and observation.frame is None and not source.plugged:
                source.plug_in(frames[10:])
            if health[1:] and observation.health is Health.OK and observation.frame is not None:
                break
    assert health == [Health.OK, Health.CAMERA_LOST, Health.OK]


def test_a_camera_that_hangs_is_lost_and_stopping_stays_prompt() -> None:
    source = FakeSource(frames_of([(0, 0.3)]), live=True, interval_s=0.01, hangs=True)
    pipeline = Pipeline(source, FakeClassifier(), stall_s=0.2)
    with pipeline:
        for observation in pipeline:
            if observation.health is Health.CAMERA_LOST:
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
        for observation in Pipeline(source, FakeClassifier(fails_in=method, fails_at=5)):
            seen.append(observation)
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
    observations = run(Pipeline(FakeSource(frames_of([(0, 0.6)])), FakeClassifier(), realtime=True))
    assert 0.45 <= time.monotonic() - began < 1.5
    assert len(observations) == 7


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
    observations = run(Pipeline(source, FakeClassifier()))
    assert [notice for item in observations for notice in item.notices] == ["img_3.jpg cannot be read"]


def test_the_speed_may_change_while_driving() -> None:
    pipeline = Pipeline(FakeSource(frames_of([(1, 3.0)])), FakeClassifier(), policy=AlertPolicy(), speed_kmh=10.0)
    tiers = []
    with pipeline:
        for observation in pipeline:
            if observation.alert is not None:
                tiers.append(observation.alert.tier)
            pipeline.speed_kmh = 10.0 if len(tiers) < 5 else 80.0
    assert tiers[0] is Tier.NONE and tiers[-1] >= Tier.CAUTION


def test_a_covered_lens_is_reported() -> None:
    frames = frames_of([(0, 8.0)])
    for frame in frames[20:]:
        frame.pixels[:] = 90 + frame.index % 3
    observations = run(Pipeline(FakeSource(frames), FakeClassifier()))
    assert Health.BLOCKED in {item.health for item in observations}


class Hanging(FakeClassifier):
    """Hangs in one of its methods from the tenth frame on, until it is let go."""

    def __init__(self, method: str) -> None:
        super().__init__()
        self.free = threading.Event()
        self._hanging: Callable[..., Any] = getattr(self, method)
        setattr(self, method, self._hang)

    def _hang(self, *arguments: Any) -> Any:
        result = self._hanging(*arguments)
        if max(self.calls.values()) > 10:
            self.free.wait(10.0)
        return result


@pytest.mark.parametrize("method", ["regions", "infer"])
def test_a_stage_that_hangs_is_never_attentive(method: str) -> None:
    classifier = Hanging(method)
    source = FakeSource(frames_of([(0, 60.0)]), live=True, interval_s=0.01)
    pipeline = Pipeline(source, classifier, stall_s=0.3)
    seen: list[Observation] = []
    began = time.monotonic()
    with pipeline:
        for observation in pipeline:
            seen.append(observation)
            if observation.health is Health.STALLED:
                assert observation.alert is not None and observation.alert.attention is Attention.UNKNOWN
                classifier.free.set()
            if any(event.kind is EventKind.RECOVERED for event in observation.events):
                break
    assert [item.health for item in seen if item.events] == [Health.STALLED, Health.OK]
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
        for observation in pipeline:
            seen.append(observation)
            if observation.health is Health.STALLED:
                classifier.free.set()
    smooth = run(Pipeline(FakeSource(frames_of([(6, 6.0)])), FakeClassifier()))
    assert Health.STALLED in {item.health for item in seen}
    assert [event for item in seen for event in item.events] == [event for item in smooth for event in item.events]


def test_a_slow_consumer_is_no_stall() -> None:
    pipeline = Pipeline(FakeSource(frames_of([(0, 2.0)])), FakeClassifier(delay_s=0.02), stall_s=0.2)
    with pipeline:
        health = set()
        for observation in pipeline:
            health.add(observation.health)
            if observation.frame is not None and observation.frame.index == 3:
                time.sleep(0.8)
    assert health == {Health.OK}


def test_a_covered_lens_does_not_end_a_critical_alert() -> None:
    """To the fake network a white picture shows C0 (so may a real one): no answer must come of it."""

    class Credulous(FakeClassifier):
        def infer(self, view, regions):  # type: ignore[no-untyped-def]
            blank = float(view.std()) < 5.0
            return super().infer(picture(0, height=32, width=32) if blank else view, regions)

    frames = frames_of([(6, 12.0)])
    for frame in frames[90:]:
        frame.pixels[:] = 200 + frame.index % 3
    observations = run(Pipeline(FakeSource(frames), Credulous()))
    tiers = [item.alert.tier for item in observations if item.alert is not None and item.alert.time_s > 8.0]
    assert set(tiers) == {Tier.CRITICAL}
    shown = next(item.frame.time for item in observations if item.health is Health.BLOCKED and item.frame is not None)
    assert shown > 9.0 + 1.0, "the display keeps its delay"


def test_a_late_frame_of_a_live_source_does_not_end_a_critical_alert() -> None:
    source = FakeSource([], live=True)
    pipeline = Pipeline(source, FakeClassifier())

    def judge(frame: Frame) -> Observation | None:
        view = FakeClassifier().view(frame.pixels)
        proposal = FakeClassifier().propose(view)
        return pipeline._judge(_Proposed(_Captured(frame, 0.0, 0.0, None), view, proposal, NOT_ASSESSED, 0.0, 0.0))

    judged = [judge(frame) for frame in frames_of([(6, 10.0)])][-1]
    assert judged is not None and judged.alert is not None and judged.alert.tier is Tier.CRITICAL
    assert judged.dropped == 0
    assert judge(frames_of([(0, 0.1)])[0]) is None
    after = judge(Frame(picture(6), 10.0, 100))
    assert after is not None and after.alert is not None and after.alert.tier is Tier.CRITICAL
    assert after.dropped == 1, "a late frame is overtaken, too"
    pipeline.stop()


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
        for observation in pipeline:
            health.append(observation.health)
            if observation.frame is not None and observation.frame.index > 120:
                break
    assert set(health) == {Health.OK}


def test_a_start_that_hangs_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline_module, "_FIRST_STALL_S", 0.4)
    source = FakeSource(frames_of([(0, 30.0)]), live=True, interval_s=0.01)
    with Pipeline(source, SlowStart(), stall_s=0.2) as pipeline:
        first = next(iter(pipeline))
    assert first.frame is None and first.health is Health.STALLED


def test_an_observation_says_how_its_regions_came_about() -> None:
    observations = run(Pipeline(FakeSource(frames_of([(0, 0.3)])), FakeClassifier()))
    for item in observations[:-1]:
        assert item.proposal is not None and item.prediction is not None
        assert item.proposal.keypoints is KEYPOINTS and item.proposal.boxes is item.prediction.regions
    assert observations[-1].proposal is None


def test_a_timer_or_a_first_sign_keeps_the_pacer_from_slowing_down() -> None:
    """What the pacer is told of every frame is what the frames before it have shown."""
    told: list[bool] = []

    class Noting(FrameRateLimiter):
        def accepts(self, time_s, small, calm):  # type: ignore[no-untyped-def]
            told.append(calm)
            return super().accepts(time_s, small, calm)

    source = FakeSource(frames_of([(0, 5.0), (6, 2.0), (0, 5.0)]), live=True, interval_s=0.02)
    with Pipeline(source, FakeClassifier(), pacer=Noting()) as pipeline:
        for observation in pipeline:
            if observation.frame is None:
                break
    # Some frames may be on their way.
    assert not any(told[:1]) and any(told[30:50]) and not any(told[60:70])


def test_hanging_stages_share_one_deadline() -> None:
    class Stuck(FakeClassifier):
        free = threading.Event()

        def regions(self, view):  # type: ignore[no-untyped-def]
            self.free.wait(10.0)
            return super().regions(view)

        def infer(self, view, regions):  # type: ignore[no-untyped-def]
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
