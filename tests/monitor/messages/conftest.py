"""A broker, and a store that sends there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from monitor.journal.store.writer import Store
from tests.monitor.journal.store.stories import Clocks
from tests.monitor.messages.broker import WAIT_S, Broker, SenderClock


@pytest.fixture
def start_broker(tmp_path: Path) -> Iterator[Callable[..., Broker]]:
    """Starts mosquitto with some settings; it ends with the test."""
    with ExitStack() as brokers:

        def start(*settings: str) -> Broker:
            started = Broker(tmp_path, *settings)
            brokers.callback(started.stop)
            started.start()
            return started

        yield start


@pytest.fixture
def broker(start_broker: Callable[..., Broker]) -> Broker:
    """mosquitto, without TLS, for everybody."""
    return start_broker()


@pytest.fixture
def store_clock() -> Clocks:
    """The store's clock: stands still unless it is told otherwise."""
    return Clocks()


@pytest.fixture
def store(tmp_path: Path, store_clock: Clocks) -> Iterator[Store]:
    """A store whose incidents go to a broker."""
    opened = Store(tmp_path / "store", destinations=("mqtt",), clock=store_clock.store_clock)
    opened.open(WAIT_S)
    yield opened
    opened.close(WAIT_S)


@pytest.fixture
def clock() -> SenderClock:
    """The senders' clock."""
    return SenderClock()
