"""The speed in a bag: a topic with velocities, or any field that is named."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from engines.errors import UserError
from engines.files.bags import Bag, Topic, TopicClock, field_of, image_topics, open_bag
from monitor.speed.recorded import RecordedSpeed, speeds_of
from monitor.speed.units import KMH_PER_UNIT

# Types whose velocities are metres a second, by their definitions; a vector's length is the speed.
_FIELDS = {
    "geometry_msgs/Twist": "linear",
    "geometry_msgs/TwistStamped": "twist.linear",
    "geometry_msgs/TwistWithCovarianceStamped": "twist.twist.linear",
    "nav_msgs/Odometry": "twist.twist.linear",
    "autoware_auto_vehicle_msgs/VelocityReport": "longitudinal_velocity",
    "autoware_vehicle_msgs/VelocityReport": "longitudinal_velocity",
}


def read_bag_speed(path: Path, lost_after_s: float, name: str | None = None, unit: str | None = None) -> RecordedSpeed:
    """The speeds of a bag's topic, on the clock of its images.

    Args:
        path: of the bag.
        lost_after_s: seconds after which a speed is too old.
        name: ``/topic`` or ``/topic.field.of.it``; None for the only topic with velocities.
        unit: of a field that is named, as `KMH_PER_UNIT` names it.

    Raises:
        UserError: where there is no such topic, or no speed in it.
    """
    with open_bag(path) as bag:
        topic, field = _choose(bag, name)
        if field is None:
            raise UserError(
                f"{path}: {topic.name} ({topic.type}) is no velocity that is known: name its field, "
                f"as inside:{topic.name}.data, and --speed-unit"
            )
        known = topic.type in _FIELDS and field == _FIELDS[topic.type]
        if unit is None and not known:
            raise UserError(f"{path}: {topic.name}.{field} has no unit: add --speed-unit, such as m/s")
        factor = KMH_PER_UNIT[unit or "m/s"]
        images = image_topics(bag)
        first_image = next(bag.messages(images[0]), None) if images else None
        if first_image is None:
            raise UserError(f"{path} has no images that its speeds could belong to")
        origin = TopicClock(first_image)
        samples: list[tuple[float, float | None]] = []
        clock: TopicClock | None = None
        for message in bag.messages(topic):
            clock = clock or TopicClock(message, origin)
            speed = _length(field_of(message.content, field))
            samples.append((clock.time_s(message), None if speed is None else speed * factor))
    if not any(kmh is not None for _, kmh in samples):
        raise UserError(f"{path}: {topic.name} has no number in {field}")
    samples.sort(key=lambda sample: sample[0])
    return speeds_of(path, samples, lost_after_s, 0.0, (f"the speed comes from {topic.name} ({field}) of {path.name}",))


def _choose(bag: Bag, name: str | None) -> tuple[Topic, str | None]:
    if name is not None:
        before, slash, last = name.rpartition("/")
        leaf, _, field = last.partition(".")
        topic = bag.topic(before + slash + leaf)
        return topic, field or _FIELDS.get(topic.type)
    found = [topic for topic in bag.topics if topic.type in _FIELDS and topic.messages != 0]
    if len(found) != 1:
        names = ", ".join(topic.name for topic in found)
        raise UserError(
            f"{bag.path} has {len(found)} topics with velocities{f' ({names})' if names else ''}: name one, "
            "as inside:/vehicle/twist, or inside:/topic.field with --speed-unit"
        )
    return found[0], _FIELDS[found[0].type]


def _length(value: Any) -> float | None:
    """The length of a vector, or a number without its sign; None for anything else."""
    parts = [value] if isinstance(value, int | float) else [field_of(value, axis) for axis in "xyz"]
    numbers = [float(part) for part in parts if isinstance(part, int | float)]
    if not numbers or len(numbers) < len(parts) or not all(map(math.isfinite, numbers)):
        return None
    return math.hypot(*numbers)
