"""What is read from files that users, cameras and loggers write: a small valid file of each kind, and its reader."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import av
import can
import cv2
import numpy as np

from engines.activities import Activity
from engines.bundles.bundle import Bundle, hash_file
from engines.bundles.manifest import MANIFEST, REFERENCE, model_file
from engines.files.images import require_image
from engines.files.labels.drive_labels import LabelSegment
from engines.files.labels.frame_labels import LabelledDrive
from engines.files.labels.interchange import FORMATS
from engines.files.labels.openlabel import read_label_file
from engines.files.regular_file import read_lines
from engines.files.text import read_names, read_rows
from engines.files.video import open_video
from engines.runtimes import choose
from engines.view import Mount
from monitor.alerts.policy_file import PolicySettings, as_toml, policy_notices, read_policy
from monitor.evaluation.predictions import DrivePredictions
from monitor.journal.former_library import parse_former_drive
from monitor.journal.json_lines import Journal
from monitor.live.user_files import LastChoices, read_choices, save_choices, save_policy
from monitor.replay.reviews import read_reviews
from monitor.sources import open_source
from monitor.sources.random_access import open_recording
from monitor.speed.open_speed import SpeedOptions, open_speed
from tests.engines.files.bags.bag_files import compressed, write_mcap_ros2, write_rosbag2
from tests.engines.toy_bundle import write_toy_bundle
from tests.monitor.journal.test_former_library import STORY

_MOST_FRAMES = 400
_DRIVE = Path("drive.mp4")

DBC = """VERSION ""
BU_: ECU
BO_ 256 WHEELS: 8 ECU
 SG_ VehicleSpeed : 0|16@1+ (0.01,0) [0|300] "km/h" ECU
 SG_ Counter : 16|8@1+ (1,0) [0|255] "" ECU
BO_ 257 DOORS: 2 ECU
 SG_ Door : 0|2@1+ (1,0) [0|3] "" ECU
CM_ SG_ 256 VehicleSpeed "of the wheels";
VAL_ 257 Door 0 "closed" 1 "open" 3 "not available" ;
"""

OPENLABEL = {
    "openlabel": {
        "metadata": {"schema_version": "1.0.0"},
        "streams": {"body_camera": {"stream_properties": {"sync": {"frame_shift": 3}}}},
        "actions": {
            "0": {"type": "driver_actions/safe_drive", "frame_intervals": [{"frame_start": 0, "frame_end": 40}]},
            "1": {"type": "driver_actions/radio", "frame_intervals": [{"frame_start": 41, "frame_end": 90}]},
        },
    }
}


@dataclass(frozen=True)
class Reader:
    """A kind of file.

    Attributes:
        name: of the kind.
        suffix: of the file's name.
        make: writes a small valid one.
        read: reads it as the product does, all of it; a `UserError` where it cannot.
        is_text: whether it is text, which may be damaged as such.
    """

    name: str
    suffix: str
    make: Callable[[Path], object]
    read: Callable[[Path], object]
    is_text: bool = False


def _text(content: str) -> Callable[[Path], object]:
    return lambda path: path.write_text(content, encoding="utf-8")


def _video(codec: str, form: str) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        with av.open(str(path), "w", format=form) as output:
            stream = output.add_stream(codec, rate=10)
            stream.width, stream.height = 64, 48
            stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
            for number in range(20):
                pixels = np.full((48, 64, 3), 12 * number, dtype=np.uint8)
                output.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
            output.mux(stream.encode(None))

    return make


def _watch(path: Path) -> None:
    with open_video(path, fps=10.0) as video:
        for frame in islice(video, _MOST_FRAMES):
            assert frame.pixels.ndim == 3
    with open_video(path, fps=10.0) as video:
        if video.duration_s > 0.0:
            video.frame_at(0.5 * video.duration_s)


def _image(suffix: str) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        pixels = np.random.default_rng(0).integers(0, 256, (24, 32, 3), dtype=np.uint8)
        path.write_bytes(cv2.imencode(suffix, pixels)[1].tobytes())

    return make


def _can_log(path: Path) -> None:
    with can.Logger(str(path)) as log:
        for number in range(30):
            data = [(number * 100) & 255, (number * 100) >> 8, number, 0, 0, 0, 0, 0]
            log.on_message_received(
                can.Message(timestamp=100.0 + number / 10, arbitration_id=256, data=data, is_extended_id=False)
            )


def _read_log(path: Path) -> None:
    dbc = path.with_name("car.dbc")
    dbc.write_text(DBC, encoding="utf-8")
    _ask(open_speed(SpeedOptions(f"can:{path}", dbc, "VehicleSpeed"), lost_after_s=2.0, drive=_DRIVE))


def _read_dbc(path: Path) -> None:
    log = path.with_name("drive.log")
    _can_log(log)
    for signal in ("VehicleSpeed", None):
        _ask(open_speed(SpeedOptions(f"can:{log}", path, signal), lost_after_s=2.0, drive=_DRIVE))


def _read_speed(path: Path) -> None:
    _ask(open_speed(SpeedOptions(str(path)), lost_after_s=2.0, drive=_DRIVE))


def _ask(speed: object) -> None:
    at = getattr(speed, "speed_at", None) or getattr(speed, "value_at")  # noqa: B009
    for time_s in (0.0, 1.0, 2.5, 1e9):
        kmh = at(time_s)
        assert kmh is None or 0.0 <= kmh < 1000.0, kmh
    speed.close()  # type: ignore[attr-defined]


def _bag(path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (24, 32, 3), dtype=np.uint8)
    said = [compressed("/cabin", number / 5, pixels, ".jpg") for number in range(8)]
    if path.suffix == ".mcap":
        write_mcap_ros2(path, said, chunk_size=2_000)
        return
    folder = path.with_name("bag")
    next(write_rosbag2(folder, said).glob("*.db3")).rename(path)
    shutil.rmtree(folder)


def _watch_bag(path: Path) -> None:
    with open_source(path) as source:
        while (frame := source.read()) is not None:
            assert frame.pixels.ndim == 3
    reader = open_recording(str(path))
    reader.frame_at(0.5 * reader.duration_s)
    reader.close()


def _read_labels(path: Path) -> None:
    labels = read_label_file(path, 10.0)
    assert labels.segments and labels.activity_at(1.0) is not False
    labels.gap_notice(20.0)
    labels.unknown_notice()


def _read_policy(path: Path) -> None:
    policy = read_policy(path, {"enter": 0.7})
    policy_notices(path)
    save_policy(policy.model_copy(update={"right_hand_drive": True}), PolicySettings(), path)
    read_policy(path)


def _read_mount(path: Path) -> None:
    mount = Mount.load(path)
    mount.save(path)
    assert Mount.load(path).mirror is mount.mirror


def _read_choices(path: Path) -> None:
    chosen, _ = read_choices(path)
    assert isinstance(chosen, LastChoices)
    save_choices(path, bundle="elsewhere", adaptive=True)


def _append_journal(path: Path) -> None:
    with Journal(path) as journal:
        journal.start("drive.mp4", "toy", None)
        journal.end(3)
    assert json.loads(path.read_bytes().splitlines()[-1])["frames"] == 3


def _bundle_part(name: str, rehash: bool) -> tuple[Callable[[Path], None], Callable[[Path], None]]:
    """A file of a bundle whose other files are whole; with `rehash` its hash in the manifest is right again."""

    def whole(path: Path) -> Path:
        folder = path.with_name("whole")
        return folder if folder.exists() else write_toy_bundle(folder)

    def make(path: Path) -> None:
        shutil.copy(whole(path) / name, path)

    def read(path: Path) -> None:
        folder = path.with_name("bundle")
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(whole(path), folder)
        shutil.copy(path, folder / name)
        if rehash:
            manifest = json.loads((folder / MANIFEST).read_bytes())
            manifest["files"][name] = hash_file(folder / name)
            (folder / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
        bundle = Bundle.open(folder)
        bundle.reference()
        if name == model_file("fp32"):
            choose(bundle, "onnxruntime", "fp32", refuse_faults=False)

    return make, read


def _library_drive(path: Path) -> None:
    path.write_bytes(b"".join(STORY))


def _predictions(path: Path) -> None:
    path.write_bytes(DrivePredictions().to_bytes())


def _read_predictions(path: Path) -> None:
    with suppress(ValueError):  # what the cache expects, and reads the drive again
        DrivePredictions.from_bytes(path.read_bytes())


_LABELS = "start_s,end_s,activity\n0.0,4.4,c0\n4.4,7.25,c2\n8.0,20.0,c0\n"
_SPEEDS = "time_s,speed_kmh\n" + "".join(f"{number / 10},{40 + number % 50}\n" for number in range(100))
_LABELLED = LabelledDrive(
    "drive.mp4", [LabelSegment(at * 2.0, at * 2.0 + 1.5, Activity(at)) for at in range(10)], 10.0, frames=200
)
_POINT = '<trkpt lat="48.000{0}" lon="11.5"><time>2026-03-23T08:15:0{0}Z</time><speed>{0}</speed></trkpt>'
_GPX = f'<gpx version="1.1"><trk><trkseg>{"".join(_POINT.format(at) for at in range(10))}</trkseg></trk></gpx>'
_NMEA = "".join(f"$GPRMC,08150{at}.00,A,4807.038,N,01131.000,E,{at}.0,84.4,230326,,\n" for at in range(10))
_SRT = "".join(f"{at}\n00:00:0{at},000 --> 00:00:0{at},900\nSPEED: {40 + at} km/h\n\n" for at in range(10))
_LIST = "subject,classname,img\n" + "".join(f"p{at % 5:03},c{at % 10},img_{at}.jpg\n" for at in range(40))
_REVIEWS = "time_s,tier,activity,reason,status,source,reviewed_at\n3.5,caution,c6,distraction,false,a.mp4,2026-11-30\n"
_MOUNT = "crop = [0.1, 0.0, 0.9, 1.0]  # the driver\nmirror = false\n"
_CHOICES = 'source = "0"\nbundle = ""\nresolution = "640x480"\nmax_fps = 10.0\n'
_JOURNAL = '{"at": "2026-11-30T12:00:00.000+00:00", "what": "start", "format": 2}\n{"at": "2026", "what": "end"}\n'


def _readers() -> list[Reader]:
    videos = [
        Reader(f"video {suffix}", suffix, _video(codec, form), _watch)
        for codec, form, suffix in (
            ("mpeg4", "mp4", ".mp4"),
            ("libx264", "matroska", ".mkv"),
            ("libx264", "mpegts", ".ts"),
            ("mjpeg", "avi", ".avi"),
            ("libx264", "h264", ".h264"),
            ("mjpeg", "mjpeg", ".mjpeg"),
        )
    ]
    images = [
        Reader(f"image {suffix}", suffix, _image(suffix), require_image)
        for suffix in (".jpg", ".png", ".webp", ".bmp", ".tiff", ".gif")
    ]
    logs = [
        Reader(f"CAN log {suffix}", suffix, _can_log, _read_log, suffix != ".blf")
        for suffix in (".log", ".asc", ".blf", ".csv", ".trc")
    ]
    parts = [
        Reader(f"bundle {name}", Path(name).suffix, *_bundle_part(name, name != MANIFEST), name == MANIFEST)
        for name in (MANIFEST, model_file("fp32"), REFERENCE)
    ]
    return [
        *videos,
        *images,
        *logs,
        *parts,
        Reader("bag .mcap", ".mcap", _bag, _watch_bag),
        Reader("bag .db3", ".db3", _bag, _watch_bag),
        Reader("DBC", ".dbc", _text(DBC), _read_dbc, True),
        Reader("labels CSV", ".csv", _text(_LABELS), _read_labels, True),
        Reader("labels OpenLABEL", ".json", _text(json.dumps(OPENLABEL, indent=1)), _read_labels, True),
        *(
            Reader(f"labels {name}", form.suffix, _text(form.write(_LABELLED)), _read_labels, True)
            for name, form in FORMATS.items()
            if name not in ("csv", "openlabel")
        ),
        Reader("speed GPX", ".gpx", _text(_GPX), _read_speed, True),
        Reader("speed NMEA", ".nmea", _text(_NMEA), _read_speed, True),
        Reader("speed SubRip", ".srt", _text(_SRT), _read_speed, True),
        Reader("speed CSV", ".csv", _text(_SPEEDS), _read_speed, True),
        Reader("list CSV", ".csv", _text(_LIST), lambda path: read_rows(path, ["subject", "classname", "img"]), True),
        Reader("list of names", ".txt", _text("img_1.jpg\nimg_2.jpg\n"), read_names, True),
        Reader("reviews", ".csv", _text(_REVIEWS), read_reviews, True),
        Reader("policy", ".toml", _text(as_toml(PolicySettings())), _read_policy, True),
        Reader("mount", ".toml", _text(_MOUNT), _read_mount, True),
        Reader("choices", ".toml", _text(_CHOICES), _read_choices, True),
        Reader("journal", ".jsonl", _text(_JOURNAL), _append_journal, True),
        Reader("former library", ".jsonl", _library_drive, lambda path: parse_former_drive(read_lines(path)), True),
        Reader("predictions", ".npz", _predictions, _read_predictions),
    ]


READERS = {reader.name: reader for reader in _readers()}
