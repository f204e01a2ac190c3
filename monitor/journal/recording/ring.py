"""The last seconds of a drive as encoded packets, bounded in time and size."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from monitor.sources.encoded import EncodedPacket


class PacketRing:
    """Keeps packets from a key packet on; a pause of the source, or another format, empties it.

    Attributes:
        bytes: of all packets in it.
    """

    def __init__(self, keeps_s: float, most_bytes: int) -> None:
        """Keep the packets of `keeps_s` seconds and those back to the key packet before, `most_bytes` of all."""
        self._keeps_s, self._most_bytes = keeps_s, most_bytes
        self._packets: deque[EncodedPacket] = deque()
        self._keys: deque[float] = deque()  # when the key packets are decoded
        self.bytes = 0

    def add(self, packet: EncodedPacket) -> None:
        """Take a packet in. What does not follow a key packet is left out."""
        if self._packets and packet.format is not self._packets[-1].format:
            self.clear()
        if not self._packets and not packet.is_key:
            return
        self._packets.append(packet)
        self.bytes += len(packet.data)
        if packet.is_key:
            self._keys.append(packet.decoded_s)
        newest_s = packet.decoded_s
        while len(self._keys) > 1 and (self._keys[1] <= newest_s - self._keeps_s or self.bytes > self._most_bytes):
            self._drop_first()
        if self.bytes > self._most_bytes:
            self.clear()

    def clear(self) -> None:
        """Forget all: what comes next does not follow from it."""
        self._packets.clear()
        self._keys.clear()
        self.bytes = 0

    def since(self, time_s: float) -> list[EncodedPacket]:
        """From the last key packet that is shown by a time on; from the first in the ring where that is later."""
        packets = list(self._packets)
        first = 0
        for place, packet in enumerate(packets):
            if packet.is_key and packet.shown_s <= time_s:
                first = place
        return packets[first:]

    @property
    def bytes_a_second(self) -> float:
        """Of what is in it; 0.0 where that is less than a second."""
        if not self._packets:
            return 0.0
        length_s = self._packets[-1].decoded_s - self._packets[0].decoded_s
        return self.bytes / length_s if length_s >= 1.0 else 0.0

    def __iter__(self) -> Iterator[EncodedPacket]:
        return iter(self._packets)

    def _drop_first(self) -> None:
        self._keys.popleft()
        while self._packets:
            self.bytes -= len(self._packets.popleft().data)
            if self._packets and self._packets[0].is_key:
                return
