"""Bags: recordings of messages by topic, as MCAP, rosbag2 (SQLite or MCAP) and ROS 1's ``.bag`` hold them."""

from engines.files.bags.bag import Bag, BagMessage, Topic, TopicClock, field_of, is_bag, open_bag
from engines.files.bags.image_types import image_topics

__all__ = ["Bag", "BagMessage", "Topic", "TopicClock", "field_of", "image_topics", "is_bag", "open_bag"]
