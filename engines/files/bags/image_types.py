"""Which topics of a bag have images, by the types of their messages."""

from __future__ import annotations

from engines.files.bags.bag import Bag, Topic

RAW = frozenset({"sensor_msgs/Image", "foxglove.RawImage", "foxglove_msgs/RawImage"})
COMPRESSED = frozenset({"sensor_msgs/CompressedImage", "foxglove.CompressedImage", "foxglove_msgs/CompressedImage"})
VIDEO = frozenset(
    {"foxglove.CompressedVideo", "foxglove_msgs/CompressedVideo", "ffmpeg_image_transport_msgs/FFMPEGPacket"}
)


def image_topics(bag: Bag) -> list[Topic]:
    """The topics that have images; of depth there is none."""
    kinds = RAW | COMPRESSED | VIDEO
    return [topic for topic in bag.topics if topic.type in kinds and topic.messages != 0 and "depth" not in topic.name]
