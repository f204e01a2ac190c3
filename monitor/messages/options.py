"""What a command line says of messages and metrics."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from monitor.messages.settings import MessageSettings

_LOOPBACK = "127.0.0.1"

# The rest is imported where it is used: --help needs none of it.


def add_message_options(parser: argparse.ArgumentParser) -> None:
    """Add ``--messages`` and ``--metrics``."""
    parser.add_argument(
        "--messages",
        type=Path,
        metavar="TOML",
        help="send incidents to an MQTT broker, Home Assistant or a webhook, as this file says; from the store, which "
        "keeps what cannot be sent yet",
    )
    parser.add_argument(
        "--metrics",
        type=_metrics_address,
        metavar="[HOST:]PORT",
        help="figures for Prometheus at this port, for this machine alone unless HOST says otherwise",
    )


def message_settings(arguments: argparse.Namespace) -> MessageSettings:
    """What a parsed command line says of whom incidents are sent to. Raises `UserError`."""
    from monitor.messages.settings import MessageSettings, read_message_settings

    return MessageSettings() if arguments.messages is None else read_message_settings(arguments.messages)


def _metrics_address(text: str) -> tuple[str, int]:
    """Host and port of ``PORT``, on this machine alone, or ``HOST:PORT``. Raises `argparse.ArgumentTypeError`."""
    host, _, port = text.rpartition(":")
    number = int(port) if port.isdecimal() else -1
    if not 0 <= number <= 65535 or (":" in text and not host):
        raise argparse.ArgumentTypeError(f"{text!r} is no port, such as 9464, nor an address with one: 0.0.0.0:9464")
    return host.removeprefix("[").removesuffix("]") or _LOOPBACK, number
