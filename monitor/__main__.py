"""``python -m monitor``: the dashboard, or, with ``--headless``, its events as lines of text."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

# Whatever takes time is imported where it is used: `cli` has the driver's button ignored before.


def cli() -> int:
    """The command ``driver-monitor``; the exit code."""
    # The button may be pressed at any time: until somebody listens, it must not end the monitor.
    for button in ("SIGUSR1", "SIGUSR2"):
        if hasattr(signal, button):
            signal.signal(getattr(signal, button), signal.SIG_IGN)
    from engines.command import run_command

    return run_command(main)


def parser() -> argparse.ArgumentParser:
    """The command line."""
    import argparse
    from pathlib import Path

    from engines.command import add_version, number, percentage, positive_number, program
    from engines.command_parser import CommandParser, Once
    from monitor.live.options import add_setup, add_store
    from monitor.live.recording.choice import add_privacy
    from monitor.messages.options import add_message_options

    parser = CommandParser(
        prog=program("driver-monitor", "monitor"),
        description="Watch the driver and warn of distraction.",
        otherwise="a source is named with --source",
    )
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "--source",
        action=Once,
        metavar="CAMERA|FILE|DIR|URL",
        help="camera number, video, folder of images, stream",
    )
    where.add_argument("--demo", action="store_true", help="play the demo drive")
    parser.add_argument(
        "--headless",
        action="store_true",
        help="no window: print the events; kill -USR1 PID acknowledges an alert, -USR2 snoozes it",
    )
    parser.add_argument(
        "--fullscreen",
        action=argparse.BooleanOptionalAction,
        help="fill the screen, with the driver's view, as F11 does; remembered (default: as it was closed)",
    )
    add_setup(parser)
    parser.add_argument("--journal", type=Path, metavar="FILE", help="append every event to a file, one JSON a line")
    add_store(parser)
    add_privacy(parser)
    add_message_options(parser)
    parser.add_argument("--realtime", action="store_true", help="headless: play a recording at its own speed")
    parser.add_argument(
        "--max-fps", type=number, metavar="N", help="frames a second to classify at most, 3 or more (default: all)"
    )
    parser.add_argument(
        "--adaptive",
        action=argparse.BooleanOptionalAction,
        help="classify 5 frames a second of a camera or stream while the driver is attentive and nothing moves",
    )
    parser.add_argument(
        "--threads", type=positive_number, metavar="N", help="CPU threads of the network (the runtime's default)"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="headless: write events and summary as JSON")
    parser.add_argument("--no-sound", action="store_true", help="headless: no alert tones")
    parser.add_argument(
        "--volume", type=percentage, metavar="PERCENT", help="headless: volume of the alert tones, 0 to 100 (100)"
    )
    parser.add_argument(
        "--on-alert",
        metavar="COMMAND",
        help="headless: run a command with every alert that comes, rises, falls or ends; it gets the event as JSON on "
        "its standard input. Tones and command are for cameras, streams and --realtime",
    )
    parser.add_argument("--verbose", action="store_true", help="log what the stages do, with tracebacks, to stderr")
    add_version(parser)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; the exit code."""
    arguments = parser().parse_args(argv)
    import logging

    from engines.errors import UserError
    from engines.malloc_settings import limit_malloc_arenas
    from monitor.live.options import check_store
    from monitor.live.user_files import tighten_user_files
    from monitor.sources import DEMO, is_live, open_source

    if arguments.verbose:
        logging.basicConfig(level=logging.DEBUG)
    limit_malloc_arenas()
    tighten_user_files()
    spec = DEMO if arguments.demo else arguments.source
    if arguments.adaptive and spec is not None and not is_live(spec):
        raise UserError("--adaptive needs a camera or a stream: leave it out for a recording, or write --max-fps")
    check_store(arguments, recording=spec is not None and not is_live(spec))
    if arguments.headless:
        if arguments.fullscreen is not None:
            raise UserError("--fullscreen is about the window: leave out --headless")
        return _headless(arguments, spec)
    if arguments.json is not None or arguments.realtime:
        raise UserError("--json and --realtime belong to --headless")
    if arguments.no_sound or arguments.volume is not None or arguments.on_alert is not None:
        raise UserError("--no-sound, --volume and --on-alert belong to --headless: the window has a key, M")
    if spec is not None and not is_live(spec):
        # What is wrong with a recording is told here, before any window.
        open_source(spec, fps=arguments.fps, track=arguments.track).close()
    return _dashboard(arguments, spec)


def _headless(arguments: argparse.Namespace, spec: str | None) -> int:
    from engines.errors import UserError
    from engines.files.output import prepare_file
    from engines.files.printable import printable
    from engines.notice import NoticeText
    from monitor.journal.json_lines import Journal
    from monitor.live.engine import Engine
    from monitor.live.headless import run_headless
    from monitor.live.options import first_camera, open_store, resolve, speed_options
    from monitor.live.pipeline import StageError
    from monitor.live.recording.choice import Recorded, keep_nothing, resolve_privacy, unstored
    from monitor.live.recording.listener import RecordingListener
    from monitor.live.recording.recordings import Recordings
    from monitor.live.service import ServiceListener
    from monitor.live.session import SessionOptions
    from monitor.live.sound.heard import alert_listeners
    from monitor.live.store_listener import StoreListener
    from monitor.live.user_files import read_choices, user_settings_file
    from monitor.messages.opening import Messages
    from monitor.messages.options import message_settings
    from monitor.sources import is_live

    service = ServiceListener.from_environment()
    choices, notice = read_choices(user_settings_file())
    if spec is None:
        spec = first_camera(choices.source)
    if spec is None:
        raise UserError("there is no camera: name a source with --source, or try --demo")
    live = is_live(spec)
    # Nobody has chosen for a service what it records.
    privacy = resolve_privacy(arguments, choices, user_files=live and service is None)
    if privacy.closed_loop:
        keep_nothing(arguments)
    message_options = message_settings(arguments)
    if arguments.json is not None:
        prepare_file(arguments.json)
    volume = 0.0 if arguments.no_sound else 1.0 if arguments.volume is None else arguments.volume
    listeners = alert_listeners(volume, arguments.on_alert)
    heard = live or arguments.realtime
    store = open_store(arguments, message_options.destinations) if live or arguments.store is not None else None
    driver, images = printable(arguments.driver), privacy.record is not Recorded.NOTHING
    unheard = NoticeText("a recording that plays as fast as it can is not heard: --on-alert needs --realtime")
    resolved = resolve(arguments, choices, user_files=live)
    engine = Engine.open(resolved.engine)
    options = SessionOptions(
        spec,
        engine.mount(resolved.mount),
        speed_options(arguments),
        fps=arguments.fps,
        track=arguments.track,
        realtime=arguments.realtime,
        resolution=resolved.resolution,
        clips=store is not None and (images or not live),  # whatever is thrown away costs the loop its encoding
        notices=(
            *([notice] if live and notice is not None else []),
            *([unheard] if arguments.on_alert is not None and not heard else []),
            *resolved.notices,
            *privacy.notices,
            *(unstored(privacy, arguments) if store is None else []),
            *message_options.notices,
        ),
    )
    if store is not None and not live:
        store.open()  # a camera's drive begins without it
    journal = Journal(arguments.journal, live=live) if arguments.journal is not None else None
    recordings = Recordings(store, privacy, of_recordings=True, around_s=arguments.record_around)
    recorder = recordings.begin(live=live)
    kept_drive = None
    if store is not None:
        kept_drive = StoreListener(store, spec, driver=driver, recordings=True, camera_images=lambda: images)
    messages: Messages | None = None
    try:
        messages = Messages(store, message_options, metrics_at=arguments.metrics)
        for line in (*resolved.used, *privacy.used, *messages.lines):
            with suppress(OSError):  # a camera is watched whether or not anybody reads this
                _write_line(line)
        return run_headless(
            engine,
            options,
            journal=journal,
            json_path=arguments.json,
            write_line=_write_line,
            listeners=[
                *(listeners if heard else ()),
                *([kept_drive] if kept_drive is not None else []),
                *([RecordingListener(recorder, kept_drive)] if recorder is not None and kept_drive is not None else []),
                *messages.listeners(),
                *([service] if service is not None else []),
            ],
            open_source=partial(options.open_source, recorder),
            closed_loop=privacy.closed_loop,
        )
    except StageError as failure:
        raise UserError(f"{failure} (run again with --verbose to see where)") from failure
    finally:
        if journal is not None:
            journal.close()
        recordings.close()
        if messages is not None:
            messages.close()
        if store is not None:
            store.close()


def _write_line(line: str) -> None:
    try:
        print(line, flush=True)
    except BrokenPipeError:
        # The interpreter would complain once more when it flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise


def _dashboard(arguments: argparse.Namespace, spec: str | None) -> int:
    from monitor.dashboard.display import check_display, libraries_missing

    check_display()
    try:
        from monitor.dashboard.app import run_dashboard
    except ImportError as error:
        raise libraries_missing(error) from error
    return run_dashboard(spec, arguments)


if __name__ == "__main__":
    sys.exit(cli())
