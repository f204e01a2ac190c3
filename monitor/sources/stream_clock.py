"""When the frames of a stream were taken, by the receiver's clock: a stream's own clock begins anywhere. Clock-free."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

_LATE_S = 0.5
"""Packets that are later than the quickest one by less are as fresh as a network gives them."""

_PACE_S = 1.0
"""How long packets must come at their own pace until they count as fresh again, however late they are."""

_FASTER = 1.2
"""What comes faster than its own pace by this factor was held up on its way."""

_WAITED = 0.1
"""The share of its time that a receiver waits, at least, which does not lag behind by itself."""

_BACK_S = 1.0
"""A stream's clock that goes back further has begun again."""


@dataclass(frozen=True)
class _Packet:
    own_s: float
    now_s: float
    waited_s: float


class StreamClock:
    """Tells packets that are fresh as they arrive from those that were held up, in the network or in a buffer.

    What was held up comes in a burst, faster than it was recorded, or without being waited for. A clock that is slow,
    or that stood still with its camera, looks as late, but its packets come at their own pace.
    """

    def __init__(self) -> None:
        self._quickest_s = math.inf  # the least difference of the two clocks
        self._own_s = -math.inf
        self._stood_still = False
        self._recent: deque[_Packet] = deque()

    def taken(self, own_s: float | None, now_s: float, waited_s: float) -> float:
        """When what is in a packet was taken.

        Args:
            own_s: the packet's time by the stream's clock, in decoding order, seconds; None where it has none.
            now_s: when it arrived, by the receiver's monotonic clock, seconds.
            waited_s: how long it was waited for.

        Returns:
            Seconds of the receiver's clock: `now_s` for a fresh packet.
        """
        if own_s is None:
            return now_s
        if own_s < self._own_s - _BACK_S:
            self._quickest_s = math.inf
        self._own_s = own_s
        usual_s = max((packet.waited_s for packet in self._recent), default=0.0)
        if waited_s > max(_PACE_S, 3.0 * usual_s):
            # How fast comes what follows says where it was in the meantime.
            self._recent.clear()
            self._stood_still = True
        self._recent.append(_Packet(own_s, now_s, waited_s))
        while len(self._recent) > 1 and self._recent[1].now_s <= now_s - _PACE_S:
            self._recent.popleft()
        delay_s = now_s - own_s
        late = delay_s - self._quickest_s > _LATE_S
        if late and not self._keeps_pace():
            return own_s + self._quickest_s
        self._quickest_s = delay_s if late else min(self._quickest_s, delay_s)
        self._stood_still = False
        return now_s

    def _keeps_pace(self) -> bool:
        first, last = self._recent[0], self._recent[-1]
        passed_s = last.now_s - first.now_s
        if passed_s < _PACE_S:
            return not self._stood_still
        waited_s = sum(packet.waited_s for packet in self._recent) - first.waited_s
        return last.own_s - first.own_s <= _FASTER * passed_s and waited_s >= _WAITED * passed_s
