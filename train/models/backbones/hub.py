"""The Hugging Face hub, which timm's weights come from, on a machine that cannot reach it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit
from urllib.request import getproxies

from huggingface_hub import constants


@contextmanager
def hub_or_cache() -> Iterator[None]:
    """Where the hub has no address here, its library looks into its cache at once.

    By itself it does so after five retries, more than a minute later. Behind a proxy names are the proxy's affair.
    """
    before = constants.HF_HUB_OFFLINE
    constants.HF_HUB_OFFLINE = before or not _may_be_reached(constants.ENDPOINT)
    try:
        yield
    finally:
        constants.HF_HUB_OFFLINE = before


def _may_be_reached(url: str) -> bool:
    parts = urlsplit(url)
    if getproxies().keys() & {parts.scheme, "all"}:
        return True
    try:
        return bool(socket.getaddrinfo(parts.hostname, parts.port or parts.scheme))
    except OSError:
        return False
