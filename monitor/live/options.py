"""Options that the monitor and the replay share."""

from __future__ import annotations

import argparse
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from engines.bundles.manifest import PRECISIONS, read_manifest
from engines.command import number, positive_number
from engines.errors import UserError
from engines.notice import NoticeText
from engines.regions.tracking import DEFAULT_REGION_MODE, REGION_MODES
from engines.runtimes import AUTO, runtime_names
from engines.view import Mount
from monitor.alerts.policy_file import PolicySettings, read_policy
from monitor.alerts.settings import AlertSettings
from monitor.live.user_files import (
    LastChoices,
    check_user_policy,
    locked_policy_file,
    read_user_mount,
    says_right_hand_drive,
    short_path,
    unusable_choice,
    user_mount_file,
    user_policy_file,
    user_settings_file,
)
from monitor.speed.open_speed import SpeedOptions, check_speed_text
from monitor.speed.units import KMH_PER_UNIT, parse_unit

if TYPE_CHECKING:
    from monitor.alerts.events import Tier
    from monitor.journal.store.retention import RetentionLimits
    from monitor.journal.store.writer import Store
    from monitor.live.engine import EngineOptions
    from monitor.sources.camera_modes import Resolution

# Engine and sources, and with them OpenCV, are imported where they are used: --help needs none of them.


def add_setup(parser: argparse.ArgumentParser) -> None:
    """Add what says how to run: bundle, runtime and precision, mount, policy, speed and frame rate."""
    parser.add_argument("--bundle", type=Path, metavar="DIR", help="engine bundle (default: the one that is shipped)")
    parser.add_argument("--runtime", choices=(AUTO, *runtime_names()), help="(onnxruntime)")
    parser.add_argument("--precision", choices=(AUTO, *PRECISIONS), help="(fp32)")
    parser.add_argument(
        "--regions",
        choices=REGION_MODES,
        default=DEFAULT_REGION_MODE,
        help="how regions are found: from those of the frame before, or cold in every frame, as in training "
        f"({DEFAULT_REGION_MODE})",
    )
    parser.add_argument("--mount", type=Path, metavar="TOML", help="camera mount: crop and mirror")
    parser.add_argument(
        "--policy", type=Path, metavar="TOML", help="when to alert (python -m monitor.policy explains; bundle's own)"
    )
    parser.add_argument(
        "--speed",
        type=parse_speed,
        metavar="SPEED",
        help="km/h, a file (CSV time_s,speed_kmh, GPX, NMEA, SubRip; 'beside': DRIVE.speed.csv and such), 'inside' or "
        "inside:TOPIC[.FIELD] (a bag's, openpilot's log, subtitles), can:CHANNEL, can:INTERFACE:CHANNEL or can:LOG "
        "(default: none, as above 50)",
    )
    parser.add_argument("--dbc", type=Path, metavar="FILE", help="what the CAN bus's messages mean")
    parser.add_argument(
        "--signal", metavar="[MESSAGE.]SIGNAL", help="the speed in the DBC file (the car's by its name and unit)"
    )
    parser.add_argument(
        "--speed-unit",
        type=parse_speed_unit,
        metavar="UNIT",
        help=f"of the signal: {', '.join(KMH_PER_UNIT)} (the DBC file's)",
    )
    parser.add_argument("--speed-channel", metavar="CHANNEL", help="of a CAN log with several buses, as it names them")
    parser.add_argument(
        "--fps",
        type=number,
        metavar="N",
        help="images a second of a folder of images (default: 5), or of a video without a clock",
    )
    images = parser.add_mutually_exclusive_group()
    images.add_argument("--track", type=positive_number, metavar="N", help="video track of a file that has several (1)")
    images.add_argument(
        "--topic", dest="track", metavar="NAME", help="the driver's images in a bag (MCAP, rosbag2) that has several"
    )


def add_store(parser: argparse.ArgumentParser) -> None:
    """Add what says whether and where drives are kept, and for how long."""
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "--store",
        type=Path,
        metavar="DIR",
        help="keep drives and their incidents in the store of this folder, recordings and the demo, too (default: "
        "cameras and streams, in the user's)",
    )
    where.add_argument("--no-store", action="store_true", help="keep no drive")
    parser.add_argument("--driver", default="", metavar="NAME", help="who drives, for the store")
    add_store_limits(parser)


def add_store_limits(parser: argparse.ArgumentParser) -> None:
    """Add what says how much a store may hold."""
    parser.add_argument(
        "--store-days",
        type=_days,
        metavar="DAYS,DAYS,DAYS",
        help="for how many days incidents are kept whose peak was a caution, a warning, a critical alert (30,90,365)",
    )
    parser.add_argument("--store-gb", type=_gigabytes, metavar="N", help="how large the store may be, with clips (10)")
    parser.add_argument("--store-free-gb", type=_gigabytes, metavar="N", help="what stays free on its disk (1)")


def store_limits(arguments: argparse.Namespace) -> RetentionLimits:
    """What a parsed command line says of how much a store may hold."""
    from monitor.journal.store.retention import RetentionLimits

    given = {
        "days": arguments.store_days,
        "most_bytes": arguments.store_gb,
        "free_bytes": arguments.store_free_gb,
    }
    return RetentionLimits(**{name: value for name, value in given.items() if value is not None})


def open_store(arguments: argparse.Namespace, destinations: tuple[str, ...] = ()) -> Store | None:
    """The store that a parsed command line names, or else the user's; nothing is opened yet. None for none.

    Its incidents go to `destinations`. The user's takes in what an earlier version has kept in files.
    """
    from monitor.journal.former_library import FormerLibrary
    from monitor.journal.store.writer import Store

    if arguments.no_store:
        return None
    if arguments.store is not None:
        return Store(arguments.store.expanduser(), limits=store_limits(arguments), destinations=destinations)
    folder = user_store_folder()
    former = FormerLibrary(folder / "library")
    return Store(folder, limits=store_limits(arguments), former=former, destinations=destinations)


def check_store(arguments: argparse.Namespace, *, recording: bool) -> None:
    """Raise `UserError` for options of a store where none keeps the drive.

    Args:
        arguments: parsed by a parser with `add_store` and `add_privacy`.
        recording: whether one is named, or the demo drive.
    """
    if not (arguments.no_store or (recording and arguments.store is None)):
        return
    limits = (arguments.store_days, arguments.store_gb, arguments.store_free_gb)
    faults = (
        (bool(arguments.driver), "--driver is for the store, which does not keep this drive"),
        (arguments.record not in (None, "nothing"), "--record needs a store for what is recorded"),
        (arguments.messages is not None, "--messages sends incidents from a store, where they wait meanwhile"),
        (
            any(limit is not None for limit in limits),
            "--store-days, --store-gb and --store-free-gb are limits of a store, and none keeps this drive",
        ),
    )
    advice = "leave out --no-store" if arguments.no_store else "name it with --store DIR"
    for is_given, fault in faults:
        if is_given:
            raise UserError(f"{fault}: {advice}")


def user_store_folder() -> Path:
    """Where the user's store lies."""
    return Path(platformdirs.user_data_dir("driver-monitor"))


def _days(text: str) -> Mapping[Tier, float]:
    from monitor.alerts.events import Tier

    tiers = (Tier.CAUTION, Tier.WARNING, Tier.CRITICAL)
    try:
        days = [float(part) for part in text.split(",")]
    except ValueError:
        days = []
    if len(days) != len(tiers) or not all(0.0 < number < math.inf for number in days):
        raise argparse.ArgumentTypeError(f"{text!r} is not three numbers of days above zero, such as 30,90,365")
    return dict(zip(tiers, days, strict=True))


def _gigabytes(text: str) -> int:
    """Bytes of what is written as gigabytes."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0.0 < number < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of gigabytes above zero")
    return int(number * 1e9)


def parse_speed(text: str) -> str:
    """What ``--speed`` says, checked without opening anything. Raises `argparse.ArgumentTypeError`."""
    try:
        check_speed_text(text)
    except UserError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return text


def parse_speed_unit(text: str) -> str:
    """The unit that ``--speed-unit`` spells, as `KMH_PER_UNIT` names it. Raises `argparse.ArgumentTypeError`."""
    unit = parse_unit(text)
    if unit is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no unit of a speed: write {', '.join(KMH_PER_UNIT)}")
    return unit


def speed_options(arguments: argparse.Namespace) -> SpeedOptions:
    """What a parsed command line says of the speed."""
    return SpeedOptions(arguments.speed, arguments.dbc, arguments.signal, arguments.speed_unit, arguments.speed_channel)


def first_camera(last: str) -> str | None:
    """The source to watch where none is named: the last that was chosen, or the first camera; None without any."""
    from monitor.sources import find_cameras, is_live

    cameras = [str(number) for number in find_cameras()]
    if last in cameras or (is_live(last) and not last.isdecimal()):
        return last
    return next(iter(cameras), None)


@dataclass(frozen=True)
class Resolved:
    """What holds for a drive.

    Attributes:
        engine: what is to be opened.
        mount: the camera's, as its file says; None where there is none.
        resolution: of a camera; None for its default.
        notices: files that could not be used, or contradict each other, one line each.
        used: what of the user's or the administrator's files holds without having been named, for people.
        mount_lost: whether the user's mount file could not be used, so that the view needs a look.
    """

    engine: EngineOptions
    mount: Mount | None
    resolution: Resolution | None = None
    notices: tuple[str, ...] = ()
    used: tuple[str, ...] = ()
    mount_lost: bool = False


def resolve(arguments: argparse.Namespace, choices: LastChoices, *, user_files: bool) -> Resolved:
    """What a command line says, over what lies in the user's files, over what the bundle says, over the defaults.

    Above all stands what an administrator has locked. Of the user's files, what cannot be used is noticed and does not
    hold: only what is named is an error.

    Args:
        arguments: parsed by a parser with `add_setup`; what a parser lacks counts as not said.
        choices: what was chosen last in the window.
        user_files: whether the user's files hold: for cameras and streams, since the camera belongs to the machine. A
            recording is watched by what is named, alike each time.

    Raises:
        UserError: for a mount file that is named and cannot be read, or a locked policy that cannot be looked at.
    """
    from monitor.live.engine import DEFAULT_PRECISION, DEFAULT_RUNTIME, EngineOptions
    from monitor.sources.camera_modes import parse_resolution

    notices: list[NoticeText | str] = []
    used: list[str] = []
    if not user_files:
        choices = LastChoices()
    bundle, runtime, precision = arguments.bundle, arguments.runtime, arguments.precision
    if bundle is None and runtime is None and precision is None:
        # They were chosen together: one alone might not go with what is named.
        runtime, precision = choices.runtime, choices.precision
        if choices.bundle and Path(choices.bundle).is_dir():
            bundle = Path(choices.bundle)
            used.append(f"bundle: {short_path(bundle)}")
        if runtime or precision:
            used.append(f"network: {runtime or DEFAULT_RUNTIME} {precision or DEFAULT_PRECISION}")
    thresholds = usable_thresholds(bundle) if user_files else {}
    policy, locked = arguments.policy, None
    mount = None if arguments.mount is None else Mount.load(arguments.mount)
    mount_lost = False
    if user_files:
        locked = locked_policy_file()
        own_policy, own_mount = user_policy_file(), user_mount_file()
        right_hand_drive = policy is None and says_right_hand_drive(own_policy)
        if mount is None:
            mount, notice = read_user_mount(own_mount)
            mount_lost = notice is not None
            notices += [notice] if notice is not None else []
            used += [f"camera mount: {short_path(own_mount)}"] if mount is not None else []
        if policy is None:
            policy, notice = check_user_policy(own_policy, thresholds, locked)
            notices += [notice] if notice is not None else []
            used += [f"policy: {short_path(policy)}"] if policy is not None else []
            if policy is None and right_hand_drive:
                # Which hand is which does not depend on what else is wrong with the file.
                mount = PolicySettings(right_hand_drive=True).mount(mount)
        used += [f"locked policy: {locked}"] if locked is not None else []
    if mount is not None:
        notice = _mirror_notice(mount, policy, locked)
        notices += [notice] if notice is not None else []
    max_fps, adaptive = getattr(arguments, "max_fps", None), getattr(arguments, "adaptive", None)
    if max_fps is None and choices.max_fps is not None:
        max_fps, notice = _last_max_fps(choices.max_fps, policy, thresholds, locked)
        notices += [notice] if notice is not None else []
        used += [f"at most {max_fps:g} frames a second"] if max_fps is not None else []
    if adaptive is None and choices.adaptive:
        adaptive = True
        used.append("fewer frames while nothing changes")
    engine = EngineOptions(
        bundle=bundle,
        policy=policy,
        locked_policy=locked,
        runtime=runtime or DEFAULT_RUNTIME,
        precision=precision or DEFAULT_PRECISION,
        regions=arguments.regions,
        threads=getattr(arguments, "threads", None),
        max_fps=max_fps,
        adaptive=bool(adaptive),
    )
    resolution = parse_resolution(choices.resolution)
    used += [f"resolution: {choices.resolution}"] if resolution is not None else []
    return Resolved(engine, mount, resolution, tuple(notices), tuple(used), mount_lost)


def usable_thresholds(bundle: Path | None) -> Mapping[str, float]:
    """What was fitted to a bundle's network, without a look at its large files, which takes its time.

    Nothing where that cannot be read or is beyond what it may be: whoever opens the bundle is told.
    """
    try:
        thresholds = read_manifest(bundle).thresholds
        AlertSettings.fitted(thresholds)
    except UserError:
        return {}
    return thresholds


def _last_max_fps(
    max_fps: float, policy: Path | None, thresholds: Mapping[str, float], locked: Path | None
) -> tuple[float | None, NoticeText | None]:
    """A limit that was chosen before, if it goes with the policy that holds now."""
    from monitor.live.frames.pacing import FrameRateLimiter

    try:
        FrameRateLimiter(max_fps=max_fps, frame_holds_s=read_policy(policy, thresholds, locked).alerts.frame_holds_s)
    except UserError as error:
        return None, unusable_choice(user_settings_file(), str(error))
    return max_fps, None


def _mirror_notice(mount: Mount, policy: Path | None, locked: Path | None) -> NoticeText | None:
    try:
        return read_policy(policy, locked=locked).mirror_notice(mount)
    except UserError:  # whoever opens the engine is told
        return None
