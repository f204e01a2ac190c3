"""Speeds beside and inside recordings: GPX, NMEA, subtitles, topics of bags, openpilot's logs."""

from __future__ import annotations

from functools import reduce
from operator import xor
from pathlib import Path

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.activities import Activity
from engines.errors import UserError
from engines.files.video.pieces import find_segments
from monitor.speed.gps import nmea_kmh, read_gpx, read_nmea
from monitor.speed.open_speed import SpeedOptions, open_speed
from monitor.speed.openpilot_log import read_openpilot_speed
from monitor.speed.source import SpeedSource
from monitor.speed.subtitles import _text, cue_kmh, read_srt
from tests.engines.files.bags.bag_files import FIRST_NS, Said, compressed, twist, write_mcap_ros2, write_rosbag2
from tests.monitor.fakes import frames_of, picture, write_video

LOST_S = 2.0


def sentence(body: str) -> str:
    return f"${body}*{reduce(xor, body.encode(), 0):02X}"


def rmc(second: int, knots: float, status: str = "A") -> str:
    return sentence(f"GPRMC,0815{second:02d}.00,{status},4807.038,N,01131.000,E,{knots:.1f},84.4,230326,,")


def at(speed: SpeedSource, *times_s: float) -> list[float | None]:
    return [None if (value := speed.value_at(time_s)) is None else round(value, 2) for time_s in times_s]


def gpx(points: list[tuple[int, float, str]]) -> str:
    inside = "".join(
        f'<trkpt lat="{latitude}" lon="11.5"><time>2026-03-23T08:15:{second:02d}Z</time>{more}</trkpt>'
        for second, latitude, more in points
    )
    return (
        '<?xml version="1.0"?><gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1" '
        'xmlns:gpxtpx="http://www.garmin.com/xmlschemas/TrackPointExtension/v2">'
        f"<trk><trkseg>{inside}</trkseg></trk></gpx>"
    )


def test_gpx_states_speeds_or_positions_tell_them(tmp_path: Path) -> None:
    path = tmp_path / "drive.gpx"
    speed = "<gpxtpx:speed>{}</gpxtpx:speed>"
    more = f"<extensions><gpxtpx:TrackPointExtension>{speed}</gpxtpx:TrackPointExtension></extensions>"
    path.write_text(gpx([(0, 48.0, more.format(10)), (1, 48.0, more.format(12.5)), (2, 48.0, "")]), encoding="utf-8")
    assert at(read_gpx(path, LOST_S), 0.0, 1.5, 2.5) == [36.0, 45.0, None]
    # 0.0001 of a degree of latitude is 11.12 m.
    path.write_text(gpx([(0, 48.0, ""), (1, 48.0001, ""), (2, 48.0003, ""), (30, 48.1, "")]), encoding="utf-8")
    assert at(read_gpx(path, LOST_S), 0.5, 1.5, 3.0) == [
        pytest.approx(40.03, abs=0.05),
        pytest.approx(80.06, abs=0.1),
        None,
    ]


def test_nmea_knows_when_the_receiver_knows_nothing(tmp_path: Path) -> None:
    path = tmp_path / "drive.nmea"
    damaged = rmc(3, 200.0).replace("4807", "4808")
    vtg = sentence("GPVTG,84.4,T,,M,27.0,N,50.0,K,A")
    path.write_text("\n".join([rmc(0, 10.0), rmc(1, 0.0, "V"), vtg, rmc(2, 30.0), damaged, "noise"]), encoding="utf-8")
    assert at(read_nmea(path, LOST_S), 0.0, 1.0, 2.5) == [18.52, 50.0, 55.56]


def test_nmea_of_a_dashcam_has_the_camera_s_clock(tmp_path: Path) -> None:
    path = tmp_path / "drive.gps"
    path.write_text(f"[1774253700000]{rmc(0, 10.0)}\n[1774253700500]{rmc(0, 20.0)}\n", encoding="utf-8")
    assert at(open_speed(SpeedOptions(str(path)), lost_after_s=LOST_S, drive=Path("x.mp4")), 0.4, 0.6) == [18.52, 37.04]


@given(st.floats(0.0, 190.0), st.sampled_from(["GP", "GN", "GL"]))
def test_any_sentence_gives_its_speed(knots: float, talker: str) -> None:
    text = rmc(5, knots).replace("$GP", f"${talker}").split("*")[0].removeprefix("$")
    assert nmea_kmh(f"gsensori,4,512;{sentence(text)}") == (True, pytest.approx(round(knots, 1) * 1.852, abs=1e-9))


@given(st.text(max_size=200))
def test_no_text_breaks_the_readers_of_subtitles(text: str) -> None:
    said, kmh = cue_kmh(text)
    assert kmh is None or (said and kmh >= 0.0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("48 km/h", (True, 48.0)),
        ("2026/03/23 08:15:00 N48.1 E11.5 SPEED: 30 mph", (True, pytest.approx(48.28, abs=0.01))),
        ("F/2.8 H.S 10.0m/s, V.S 0.5m/s", (True, 36.0)),
        ("<font size=36>Speed 12,5 km/h limit 50 km/h</font>", (True, 12.5)),
        ("12 km/h 50 km/h", (False, None)),
        ("gsensori,4,512,-67,-12,100;" + rmc(0, 10.0), (True, pytest.approx(18.52))),
        ("no speed here", (False, None)),
    ],
)
def test_what_dashcams_write(text: str, expected: tuple[bool, float | None]) -> None:
    assert cue_kmh(text) == expected


SRT = "1\n00:00:00,000 --> 00:00:01,000\n40 km/h\n\n2\n00:00:01,000 --> 00:00:02,000\n<b>55 km/h</b>\n"


def test_subtitles_beside_and_inside_a_video(tmp_path: Path) -> None:
    video = write_video(tmp_path / "drive.mp4", frames_of([(Activity.SAFE_DRIVING, 3.0)]))
    srt = tmp_path / "drive.srt"
    srt.write_text(SRT, encoding="utf-8")
    assert at(read_srt(srt, LOST_S), 0.5, 1.5) == [40.0, 55.0]
    assert at(open_speed(SpeedOptions("beside"), lost_after_s=LOST_S, drive=video), 0.5, 1.5) == [40.0, 55.0]
    both = tmp_path / "both.mkv"
    with av.open(str(both), "w") as output, av.open(str(video)) as frames, av.open(str(srt)) as texts:
        copies = [(container, output.add_stream_from_template(container.streams[0])) for container in (frames, texts)]
        for container, stream in copies:
            for packet in container.demux():
                if packet.dts is not None:
                    packet.stream = stream
                    output.mux(packet)
    assert at(open_speed(SpeedOptions("inside"), lost_after_s=LOST_S, drive=both), 0.5, 1.5) == [40.0, 55.0]
    # MP4 puts a text's length before it.
    assert cue_kmh(_text(b"\0\7" + b"40 km/h" + b"\0\0\0\x0cencd")) == (True, 40.0)
    with pytest.raises(UserError, match="has no speed inside: it has no subtitles"):
        open_speed(SpeedOptions("inside"), lost_after_s=LOST_S, drive=video)


def bag_messages() -> list[Said]:
    said = []
    for number in range(6):
        said += [compressed("/cabin", 0.5 + number / 2, picture(0, number)), twist("/twist", number / 2, 2.0 * number)]
        fields = {"data": 10.0 * number}
        said.append(Said("/speed", "std_msgs/msg/Float64", number / 2, fields))
    return sorted(said, key=lambda message: message.time_s)


@pytest.mark.parametrize("write", [write_rosbag2, write_mcap_ros2])
def test_a_topic_of_a_bag_on_the_clock_of_its_images(write: object, tmp_path: Path) -> None:
    path = write(tmp_path / "drive.mcap", bag_messages())  # type: ignore[operator]

    def opened(text: str, unit: str | None = None) -> SpeedSource:
        return open_speed(SpeedOptions(text, unit=unit), lost_after_s=LOST_S, drive=path)

    # The first image came half a second after the first speed.
    assert at(opened("inside"), 0.0, 0.6, 2.0) == [7.2, 14.4, 36.0]
    assert at(opened("inside:/speed.data", "mph"), 0.0) == [16.09]
    assert at(opened("inside:/twist.twist.linear.x", "km/h"), 0.0) == [2.0]
    with pytest.raises(UserError, match="has no unit: add --speed-unit"):
        opened("inside:/speed.data")
    with pytest.raises(UserError, match="has no topic /nothing"):
        opened("inside:/nothing")
    with pytest.raises(UserError, match="is no velocity that is known"):
        opened("inside:/speed")


def test_openpilot_s_log_by_its_own_schema(tmp_path: Path) -> None:
    pytest.importorskip("openpilot_logging")
    zstandard = pytest.importorskip("zstandard")
    from monitor.speed.openpilot_log import _schema

    log = _schema()
    began_ns = 5_000_000_000_000
    for segment in (0, 1):
        folder = tmp_path / f"00000012--a1b2c3d4e5--{segment}"
        folder.mkdir()
        (folder / "dcamera.hevc").write_bytes(b"hevc")
        events = []
        for number in range(0, 60, 2):
            event = log.Event.new_message()
            # The log begins two seconds before the first frame.
            event.logMonoTime = began_ns + (60 * segment + number) * 1_000_000_000
            event.init("carState").vEgo = 10.0 * segment + number / 10
            events.append(event.to_bytes())
        index = log.Event.new_message()
        index.logMonoTime = began_ns + (60 * segment + 3) * 1_000_000_000
        encoded = index.init("driverEncodeIdx")
        encoded.segmentNum, encoded.segmentId = segment, 20
        encoded.timestampSof = began_ns + (60 * segment + 3) * 1_000_000_000
        events.insert(2, index.to_bytes())
        content = b"".join(events)
        (folder / "rlog.zst").write_bytes(zstandard.ZstdCompressor().compress(content))
    route = tmp_path / "00000012--a1b2c3d4e5"
    speed = open_speed(SpeedOptions("inside"), lost_after_s=LOST_S, drive=route)
    assert at(speed, 0.0, 2.5, 58.1) == [0.72, 1.44, 36.0]
    pieces = find_segments(route)
    assert pieces is not None
    for segment in (0, 1):
        log_file = tmp_path / f"00000012--a1b2c3d4e5--{segment}" / "rlog.zst"
        log_file.write_bytes(log_file.read_bytes()[:40])
    with pytest.raises(UserError, match="hold no carState"):
        read_openpilot_speed(route, pieces, LOST_S)
    for segment in (0, 1):
        (tmp_path / f"00000012--a1b2c3d4e5--{segment}" / "rlog.zst").unlink()
    with pytest.raises(UserError, match=r"has no rlog or qlog beside its dcamera\.hevc"):
        read_openpilot_speed(route, pieces, LOST_S)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.gpx", "<gpx><trk></trk></gpx>", "no track point with a time"),
        ("a.gpx", "<gpx", "this is no XML from line 1 on"),
        ("a.gpx", '<!DOCTYPE x [<!ENTITY a "b">]><gpx/>', "declares a document type"),
        ("a.nmea", "$GPGGA,nothing\n", "no RMC or VTG sentence"),
        ("a.nmea", rmc(0, 1.0, "V"), "there is no speed in it"),
        ("a.srt", "1\n00:00:00,000 --> 00:00:01,000\nhello\n", "none of its subtitles has a speed"),
    ],
)
def test_what_has_no_speed_says_so(name: str, content: str, words: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(UserError, match=words) as raised:
        open_speed(SpeedOptions(str(tmp_path / name)), lost_after_s=LOST_S, drive=Path("x.mp4"))
    assert "\n" not in str(raised.value) and FIRST_NS
