"""The last seconds as packets."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from monitor.journal.recording.ring import PacketRing
from monitor.sources.encoded import EncodedPacket, VideoFormat

FORMAT = VideoFormat("h264", b"")


def packet(time_s: float, size: int = 10, *, is_key: bool = True, form: VideoFormat = FORMAT) -> EncodedPacket:
    return EncodedPacket(bytes(size), time_s, time_s, 0.1, is_key, form)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 400), st.floats(0.0, 3.0)), max_size=60))
def test_it_holds_its_seconds_from_a_key_packet_on_and_never_too_many_bytes(
    told: list[tuple[bool, int, float]],
) -> None:
    ring, now_s, given_packets = PacketRing(4.0, 1000), 0.0, []
    for is_key, size, step_s in told:
        now_s += step_s
        given_packets.append(packet(now_s, size, is_key=is_key))
        ring.add(given_packets[-1])
        held = list(ring)
        assert ring.bytes == sum(len(one.data) for one in held) <= 1000
        assert held == given_packets[len(given_packets) - len(held) :], "without a hole"
        if held:
            assert held[0].is_key
            later_keys = [one for one in held[1:] if one.is_key]
            assert all(one.decoded_s > now_s - 4.0 for one in later_keys), "no more than it has to"


def test_what_is_asked_for_begins_with_the_key_packet_before() -> None:
    ring = PacketRing(10.0, 1000)
    packets = [packet(index / 2, is_key=index % 4 == 0) for index in range(12)]
    for one in packets:
        ring.add(one)
    assert ring.since(3.0) == packets[4:]
    assert ring.since(-1.0) == packets and ring.since(99.0) == packets[8:]
    assert ring.bytes_a_second == 120 / 5.5


def test_another_format_begins_anew() -> None:
    ring = PacketRing(10.0, 1000)
    ring.add(packet(0.0))
    other = VideoFormat("h264", b"other")
    ring.add(packet(1.0, is_key=False, form=other))
    assert list(ring) == []
    ring.add(last := packet(2.0, form=other))
    assert list(ring) == [last]
