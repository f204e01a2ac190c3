"""Clips: which frames a player shows of them, and what is left when the power goes."""

from __future__ import annotations

import shutil
from pathlib import Path

import av
import pytest

from engines.errors import UserError
from monitor.journal.recording.clip_file import ClipFile, recover
from monitor.sources.encoded import EncodedPacket
from tests.monitor.journal.recording.numbered import numbers_in, packets_of, span, write_numbered

CODECS = [("libx264", 0), ("libx264", 2), ("libx265", 0), ("libx265", 3), ("mjpeg", 0)]


def from_key(packets: list[EncodedPacket], time_s: float) -> list[EncodedPacket]:
    keys = [place for place, packet in enumerate(packets) if packet.is_key and packet.shown_s <= time_s]
    return packets[keys[-1] :]


@pytest.mark.parametrize(("codec", "b_frames"), CODECS)
@pytest.mark.parametrize("container", ["mp4", "mkv", "ts"])
def test_a_player_shows_the_span_and_no_frame_more(tmp_path: Path, codec: str, b_frames: int, container: str) -> None:
    if codec == "mjpeg" and container == "ts":
        pytest.skip("MPEG-TS has no MJPEG")
    packets = packets_of(
        write_numbered(tmp_path / f"drive.{container}", 150, codec=codec, b_frames=b_frames, key_every=50)
    )
    kept = [packet for packet in from_key(packets, 2.6) if packet.decoded_s < 4.4]
    clip = ClipFile(tmp_path / "clip.mp4", 2.6, kept)
    start_s, end_s = clip.close(4.4)
    assert (start_s, end_s) == pytest.approx((2.6, 4.4), abs=0.002)
    shown = numbers_in(tmp_path / "clip.mp4")
    assert span(shown) == (65, 109), "2.6 to 4.4 s at 25 frames a second"
    assert [time_s for time_s, _ in shown] == pytest.approx([index / 25 for index in range(45)], abs=0.002)
    with av.open(str(tmp_path / "clip.mp4")) as file:
        assert file.duration is not None and file.duration / 1e6 == pytest.approx(1.8, abs=0.002)


def test_a_span_that_begins_between_frames_begins_with_the_one_that_is_shown_then(tmp_path: Path) -> None:
    packets = packets_of(write_numbered(tmp_path / "drive.mp4", 100, fps=10))
    clip = ClipFile(tmp_path / "clip.mp4", 5.57, from_key(packets, 5.57))
    assert clip.close(6.91) == pytest.approx((5.5, 6.91))
    assert span(numbers_in(tmp_path / "clip.mp4")) == (55, 69)


@pytest.mark.parametrize(("codec", "b_frames"), CODECS)
def test_what_the_power_cuts_off_can_be_recovered_up_to_the_last_second(
    tmp_path: Path, codec: str, b_frames: int
) -> None:
    packets = from_key(packets_of(write_numbered(tmp_path / "drive.mkv", 200, codec=codec, b_frames=b_frames)), 2.6)
    clip = ClipFile(tmp_path / "clip.part", 2.6, packets[:20], zero_s=-100.0)
    for packet in packets[20:130]:
        clip.add(packet)
    shutil.copy(tmp_path / "clip.part", tmp_path / "cut.part")  # what is on the disk while it is written
    start_s, end_s = recover(tmp_path / "cut.part", tmp_path / "whole.mp4")
    first, last = span(numbers_in(tmp_path / "whole.mp4"))
    written = packets[129].decoded_s
    assert first == 65 and written - 2.2 <= last / 25 <= written + 0.1
    assert start_s == pytest.approx(102.6, abs=0.002), "seconds since the drive began"
    assert end_s - start_s == pytest.approx((last - first + 1) / 25, abs=0.01)
    clip.close()


@pytest.mark.parametrize("content", [b"", b"no video", bytes(5000)])
def test_nothing_is_recovered_from_what_is_no_clip(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "cut.part").write_bytes(content)
    with pytest.raises(UserError, match="no frame"):
        recover(tmp_path / "cut.part", tmp_path / "whole.mp4")


def cut_off(folder: Path) -> Path:
    """A clip of 100 frames, as it is on the disk while it is written."""
    clip = ClipFile(folder / "clip.part", 0.0, packets_of(write_numbered(folder / "drive.mp4", 100)), zero_s=-20.0)
    shutil.copy(folder / "clip.part", folder / "cut.part")
    clip.close()
    return folder / "cut.part"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_does_not_mean_that_a_clip_has_no_frame(tmp_path: Path) -> None:
    cut = cut_off(tmp_path)
    with pytest.raises(OSError, match="No space left"):
        recover(cut, Path("/dev/full"))
    recover(cut, tmp_path / "whole.mp4")


def test_a_clip_that_does_not_say_its_place_is_recovered(tmp_path: Path) -> None:
    cut = cut_off(tmp_path)
    content = cut.read_bytes()
    assert content.count(b"seconds into the drive") == 1
    cut.write_bytes(content.replace(b"seconds into the drive", b"something that is else"))
    start_s, _ = recover(cut, tmp_path / "whole.mp4")
    assert start_s == 0.0 and span(numbers_in(tmp_path / "whole.mp4"))[0] == 0


def test_what_comes_before_a_packet_that_fits_no_clip_is_recovered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut, add, added = cut_off(tmp_path), ClipFile.add, []

    def add_some(clip: ClipFile, packet: EncodedPacket) -> None:
        added.append(packet)
        if len(added) > 20:
            raise UserError("cannot record h264 video: it does not fit")
        add(clip, packet)

    monkeypatch.setattr(ClipFile, "add", add_some)
    recover(cut, tmp_path / "whole.mp4")
    assert span(numbers_in(tmp_path / "whole.mp4")) == (0, 19)
