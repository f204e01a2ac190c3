"""Bags, written by their own libraries: rosbag2 by `rosbags`, MCAP by `mcap` with its ROS 2 and Protobuf support."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from foxglove_schemas_protobuf.CompressedImage_pb2 import CompressedImage
from foxglove_schemas_protobuf.CompressedVideo_pb2 import CompressedVideo
from foxglove_schemas_protobuf.RawImage_pb2 import RawImage
from mcap.writer import Writer as McapWriter
from mcap_protobuf.writer import Writer as ProtobufWriter
from mcap_ros2.writer import Writer as Ros2Writer
from numpy.typing import NDArray
from rosbags.rosbag2 import CompressionFormat, CompressionMode, StoragePlugin
from rosbags.rosbag2 import Writer as RosWriter

from engines.files.bags.ros_bag import known_types

FIRST_NS = 1_764_000_000_000_000_000
"""When the drives of these bags began."""

TYPES = known_types()


@dataclass
class Said:
    """A message to write: its topic, its ROS type, when it was logged, and its fields."""

    topic: str
    kind: str
    time_s: float
    fields: dict[str, Any] = field(default_factory=dict)

    @property
    def logged_ns(self) -> int:
        return FIRST_NS + round(self.time_s * 1e9)


def stamp(time_s: float) -> dict[str, int]:
    """ROS 2's time of a moment of the drive."""
    seconds, nanoseconds = divmod(FIRST_NS + round(time_s * 1e9), 1_000_000_000)
    return {"sec": seconds, "nanosec": nanoseconds}


def header(time_s: float) -> dict[str, Any]:
    return {"stamp": stamp(time_s), "frame_id": "cabin"}


def compressed(
    topic: str, time_s: float, pixels: NDArray[np.uint8], suffix: str = ".png", delay_s: float = 0.0
) -> Said:
    """A `sensor_msgs/CompressedImage`, logged `delay_s` after it was taken."""
    data = cv2.imencode(suffix, cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))[1].reshape(-1)
    fields = {"header": header(time_s), "format": suffix[1:], "data": data}
    return Said(topic, "sensor_msgs/msg/CompressedImage", time_s + delay_s, fields)


def raw(topic: str, time_s: float, pixels: NDArray[np.uint8], encoding: str = "rgb8") -> Said:
    """A `sensor_msgs/Image`."""
    height, width = pixels.shape[:2]
    if encoding == "bgr8":
        pixels = pixels[:, :, ::-1]
    fields = {
        "header": header(time_s),
        "height": height,
        "width": width,
        "encoding": encoding,
        "is_bigendian": 0,
        "step": pixels.strides[0] if pixels.flags["C_CONTIGUOUS"] else width * 3,
        "data": np.ascontiguousarray(pixels).reshape(-1),
    }
    return Said(topic, "sensor_msgs/msg/Image", time_s, fields)


def video(topic: str, time_s: float, packet: bytes, codec: str = "h264") -> Said:
    """A `foxglove_msgs/CompressedVideo`."""
    fields = {
        "timestamp": stamp(time_s),
        "frame_id": "cabin",
        "data": np.frombuffer(packet, dtype=np.uint8),
        "format": codec,
    }
    return Said(topic, "foxglove_msgs/msg/CompressedVideo", time_s, fields)


def ffmpeg_packet(topic: str, time_s: float, packet: bytes, codec: str = "h264") -> Said:
    """An `ffmpeg_image_transport_msgs/FFMPEGPacket`."""
    fields = {
        "header": header(time_s),
        "width": 64,
        "height": 48,
        "encoding": f"{codec};yuv420p;bgr8",
        "pts": round(time_s * 1e6),
        "flags": 0,
        "is_bigendian": False,
        "data": np.frombuffer(packet, dtype=np.uint8),
    }
    return Said(topic, "ffmpeg_image_transport_msgs/msg/FFMPEGPacket", time_s, fields)


def twist(topic: str, time_s: float, speed_mps: float) -> Said:
    """A `geometry_msgs/TwistStamped`, forwards along x."""
    zero = {"x": 0.0, "y": 0.0, "z": 0.0}
    fields = {"header": header(time_s), "twist": {"linear": {**zero, "x": speed_mps}, "angular": zero}}
    return Said(topic, "geometry_msgs/msg/TwistStamped", time_s, fields)


def annex_b(path: Path) -> list[tuple[float, bytes]]:
    """The packets of an H.264 or HEVC file with their times, each with what a decoder needs, as cameras send them."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        name = "hevc" if stream.codec_context.name == "hevc" else "h264"
        bits = av.BitStreamFilterContext(f"{name}_mp4toannexb", stream)
        packets = []
        for packet in container.demux(stream):
            if packet.pts is None or packet.time_base is None:
                continue
            time_s = float(packet.pts * packet.time_base)
            packets += [(time_s, bytes(out)) for out in bits.filter(packet)]
    return packets


def encoded(frames: Sequence[NDArray[np.uint8]], fps: int = 10, codec: str = "libx264", gop: int = 5) -> list[bytes]:
    """Frames as H.264 or HEVC packets, one each, the key frames with their parameter sets."""
    content = BytesIO()
    with av.open(content, "w", format="mp4") as output:
        stream = output.add_stream(codec, rate=fps)
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt, stream.codec_context.gop_size = "yuv420p", gop
        stream.codec_context.time_base = Fraction(1, fps)
        stream.options = {"bf": "0", "crf": "10"} | (
            {"x265-params": "bframes=0:log-level=none"} if "265" in codec else {}
        )
        for pixels in frames:
            output.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        output.mux(stream.encode(None))
    content.seek(0)
    with av.open(content) as container:
        stream = container.streams.video[0]
        bits = av.BitStreamFilterContext(f"{'hevc' if '265' in codec else 'h264'}_mp4toannexb", stream)
        return [bytes(out) for packet in container.demux(stream) if packet.size for out in bits.filter(packet)]


def write_rosbag2(
    folder: Path,
    messages: Iterable[Said],
    plugin: StoragePlugin = StoragePlugin.SQLITE3,
    *,
    compression: CompressionMode = CompressionMode.NONE,
) -> Path:
    """A rosbag2, by `rosbags`."""
    writer = RosWriter(folder, version=9, storage_plugin=plugin)
    if compression is not CompressionMode.NONE:
        writer.set_compression(compression, CompressionFormat.ZSTD)
    with writer:
        connections: dict[str, Any] = {}
        for said in messages:
            connection = connections.get(said.topic)
            if connection is None:
                connection = connections[said.topic] = writer.add_connection(said.topic, said.kind, typestore=TYPES)
            writer.write(connection, said.logged_ns, TYPES.serialize_cdr(_message(said.kind, said.fields), said.kind))
    return folder


def write_mcap_ros2(path: Path, messages: Iterable[Said], chunk_size: int = 1 << 16) -> Path:
    """An MCAP file with ROS 2's messages, by `mcap_ros2`."""
    with path.open("wb") as file:
        writer = Ros2Writer(file, chunk_size=chunk_size)
        schemas: dict[str, Any] = {}
        for number, said in enumerate(messages):
            if said.kind not in schemas:
                definition, _ = TYPES.generate_msgdef(said.kind, ros_version=2)
                schemas[said.kind] = writer.register_msgdef(said.kind, definition)
            fields = {
                key: bytes(value) if isinstance(value, np.ndarray) else value for key, value in said.fields.items()
            }
            writer.write_message(said.topic, schemas[said.kind], fields, said.logged_ns, said.logged_ns, number)
        writer.finish()
    return path


def write_mcap_protobuf(path: Path, messages: Iterable[Said]) -> Path:
    """An MCAP file with Foxglove's own messages, by `mcap_protobuf`."""
    with path.open("wb") as file, ProtobufWriter(file) as writer:
        for said in messages:
            fields = said.fields
            when = fields.get("timestamp") or fields["header"]["stamp"]
            if said.kind.endswith("/CompressedVideo"):
                message = CompressedVideo(data=bytes(fields["data"]), format=fields["format"], frame_id="cabin")
            elif said.kind.endswith("/CompressedImage"):
                message = CompressedImage(data=bytes(fields["data"]), format=fields["format"], frame_id="cabin")
            else:
                message = RawImage(
                    width=fields["width"],
                    height=fields["height"],
                    encoding=fields["encoding"],
                    step=fields["step"],
                    data=bytes(fields["data"]),
                )
            message.timestamp.seconds, message.timestamp.nanos = when["sec"], when["nanosec"]
            writer.write_message(said.topic, message, said.logged_ns, said.logged_ns)
    return path


def write_mcap_json(path: Path, messages: Iterable[Said]) -> Path:
    """An MCAP file with Foxglove's messages in JSON, whose bytes are Base64."""
    names = {"sensor_msgs/msg/CompressedImage": "foxglove.CompressedImage"}
    with path.open("wb") as file:
        writer = McapWriter(file)
        writer.start()
        channels: dict[str, int] = {}
        for said in messages:
            if said.topic not in channels:
                schema = writer.register_schema(names.get(said.kind, said.kind), "jsonschema", b'{"type": "object"}')
                channels[said.topic] = writer.register_channel(said.topic, "json", schema)
            fields = {key: value for key, value in said.fields.items() if key not in ("header", "data")}
            if "header" in said.fields:
                when = said.fields["header"]["stamp"]
                fields["timestamp"] = {"sec": when["sec"], "nsec": when["nanosec"]}
            if "data" in said.fields:
                fields["data"] = base64.b64encode(bytes(said.fields["data"])).decode()
            content = json.dumps(fields).encode()
            writer.add_message(channels[said.topic], said.logged_ns, content, said.logged_ns)
        writer.finish()
    return path


def _message(kind: str, fields: dict[str, Any]) -> Any:
    """A message of `rosbags`, and those in it, from dictionaries."""
    _, definitions = TYPES.fielddefs[kind]
    values = {}
    for name, (_, of) in definitions:
        value = fields[name]
        values[name] = _message(of if isinstance(of, str) else str(of[0]), value) if isinstance(value, dict) else value
    return TYPES.types[kind](**values)
