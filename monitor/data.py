"""``python -m monitor.data``: what the program keeps on this machine, deleting it, and sending one incident of it."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import platformdirs

from engines.command import add_version, confirmed, program, run_command
from engines.command_parser import CommandParser
from engines.errors import UserError, reason
from engines.files.labels.label_files import find_label_file
from engines.files.output import prepare_file, write_atomic
from engines.files.printable import as_json, printable
from engines.files.toml_files import read_document
from monitor.journal.case import write_case
from monitor.journal.former_library import FormerLibrary
from monitor.journal.library import Library
from monitor.journal.store.opening import FILE
from monitor.journal.store.writer import Store
from monitor.live.options import user_store_folder
from monitor.live.user_files import locked_policy_file, short_path, user_folder, user_settings_file

_KINDS = {
    "settings.toml": "what was chosen: camera or stream (with its password, if it has one), engine, limits",
    "mount.toml": "the camera's mount",
    "policy.toml": "what differs from the default alert policy",
    "pin.json": "the PIN before settings and library, salted and hashed",
    "dashboard.conf": "the window's looks",
    "predictions": "predictions of replayed drives",
    "plans": "networks compiled for this machine",
    "matplotlib": "a list of this machine's fonts",
    "alert_reviews.csv": "reviews of alerts of cameras and the demo drive",
    "wrong_alerts.csv": "reviews of alerts, of an earlier version",
    "demo-drive.csv": "labels of the demo drive",
    "library": "drives that an earlier version has kept, with images of their incidents, and reviews",
    "library.imported": "the same, which are in the store now",
    "store.sqlite": "drives that were watched, with their incidents, images and reviews",
    "store.sqlite-wal": "the same: what was written last",
    "store.sqlite-shm": "the same: an index",
    "store.lock": "the same: says who writes it",
    "clips": "clips of incidents",
}


@dataclass(frozen=True)
class Kept:
    """Something on this machine that the program has written, or knows of.

    Attributes:
        path: a file or a folder.
        what: for people.
        own: whether it lies in one of the program's own folders, and is deleted.
        files: how many; a link counts as one.
        bytes: of all of them.
    """

    path: Path
    what: str
    own: bool
    files: int
    bytes: int


def own_folders() -> list[Path]:
    """The folders in which the program keeps what it was not told where to put; not all need exist."""
    folders = (platformdirs.user_cache_dir("driver-monitor"), platformdirs.user_data_dir("driver-monitor"))
    return list(dict.fromkeys((user_folder(), *map(Path, folders))))


def find_kept(drives: Sequence[Path] = ()) -> list[Kept]:
    """What is kept: first what is the program's own, then what lies where somebody has put it.

    Args:
        drives: recordings beside which labels and reviews may lie.
    """
    folders = own_folders()
    kept = []
    for folder in folders:
        for path in _entries(folder):
            if path not in folders:
                kept.append(_kept(path, _what(path.name), own=not folder.is_symlink()))
    bundle = str(read_document(user_settings_file()).get("bundle") or "")
    elsewhere = [(Path(bundle), "the engine bundle that was chosen")] if bundle else []
    with suppress(UserError):  # one that may not be looked at
        locked = locked_policy_file()
        elsewhere += [(locked, "what an administrator has locked")] if locked is not None else []
    kept += [_kept(path, what, own=False) for path, what in elsewhere if os.path.lexists(path)]
    return kept + [entry for drive in drives for entry in _beside(drive)]


def _beside(drive: Path) -> list[Kept]:
    """What lies beside a recording."""
    labels = find_label_file(drive)
    found = [(labels, f"labels of {drive.name}")] if labels is not None else []
    reviews = (drive.with_suffix(suffix) for suffix in (".reviews.csv", ".wrong.csv"))
    found += [(path, f"reviews of alerts of {drive.name}") for path in reviews if os.path.lexists(path)]
    return [_kept(path, what, own=False) for path, what in found]


def delete(kept: Sequence[Kept]) -> list[tuple[Path, str]]:
    """Delete what is the program's own, and its folders; what could not be deleted, and why.

    A link is deleted, never what it leads to.
    """
    failed = []
    for entry in kept:
        if entry.own:
            try:
                if entry.path.is_dir() and not entry.path.is_symlink():
                    shutil.rmtree(entry.path)
                else:
                    entry.path.unlink(missing_ok=True)
            except OSError as error:
                failed.append((entry.path, reason(error)))
    # The innermost first: one may lie in another.
    for folder in sorted(own_folders(), key=lambda path: len(path.parts), reverse=True):
        if folder.is_symlink():
            failed.append((folder, "it is a link: delete yourself what it leads to"))
        elif folder.is_dir() and not _entries(folder):
            folder.rmdir()
    return failed


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise UserError(f"cannot look into {folder}: {reason(error)}: ask whoever administers this machine") from error


def _what(name: str) -> str:
    if ".damaged" in name:
        return "a file that could not be used, and was set aside"
    return _KINDS.get(name, "")


def _kept(path: Path, what: str, *, own: bool) -> Kept:
    sizes = list(_sizes(path))
    return Kept(path, what, own, len(sizes), sum(sizes))


def _sizes(path: Path) -> Iterator[int]:
    """The size of each file, without following links."""
    if path.is_symlink() or not path.is_dir():
        yield path.lstat().st_size
        return
    for folder, _, files in os.walk(path):
        for name in files:
            with suppress(FileNotFoundError):  # written and replaced meanwhile
                yield (Path(folder) / name).lstat().st_size


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; the exit code."""
    parser = CommandParser(
        prog=program("driver-monitor-data", "monitor.data"),
        description="List what the monitor keeps on this machine, delete it, or write one incident of it to send. "
        "Reports, journals, labels, reviews and mounts that lie where somebody has put them are left.",
    )
    add_version(parser)
    parser.add_argument(
        "drives", nargs="*", type=Path, metavar="DRIVE", help="list the labels and reviews beside these recordings, too"
    )
    parser.add_argument("--delete", action="store_true", help="delete what lies in the monitor's own folders")
    parser.add_argument("--yes", action="store_true", help="with --delete: do not ask")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the list to FILE")
    parser.add_argument("--library", action="store_true", help="list the library's drives and their incidents instead")
    parser.add_argument("--store", type=Path, metavar="DIR", help="whose library: the store's (the user's)")
    parser.add_argument(
        "--case",
        nargs=2,
        metavar=("DRIVE/INCIDENT", "FILE"),
        help="write an incident of the library as a zip to send to somebody, such as 1f09ab3c/3 case.zip",
    )
    arguments = parser.parse_args(argv)
    if (arguments.library or arguments.case is not None) and (arguments.delete or arguments.drives or arguments.json):
        raise UserError("--library and --case go with nothing else: run the command twice")
    if arguments.library or arguments.case is not None:
        with _library(arguments.store) as library:
            if arguments.library:
                _print_library(library)
            if arguments.case is not None:
                written = _write_case(library, *arguments.case)
                print(f"written to {printable(written)}: look through it before you send it")
        return 0
    if arguments.store is not None:
        raise UserError("--store belongs to --library and --case")
    if arguments.yes and not arguments.delete:
        raise UserError("--yes belongs to --delete")
    if arguments.json is not None:
        prepare_file(arguments.json)
    kept = find_kept(arguments.drives)
    for drive in arguments.drives:
        # What lies beside a recording stays when that is gone.
        if not drive.exists() and not _beside(drive):
            raise UserError(f"there is no recording {drive}, and nothing of ours beside it: name one that there was")
    _print_list(kept)
    own = [entry for entry in kept if entry.own]
    question = f"Delete these {sum(entry.files for entry in own)} files in the monitor's own folders"
    wanted = arguments.delete and (arguments.yes or not own or confirmed(question))
    failed = delete(kept) if wanted else []
    if arguments.json is not None:
        content = {
            "kept": [{**asdict(entry), "path": str(entry.path)} for entry in kept],
            "deleted": wanted,
            "not_deleted": [{"path": str(path), "reason": reason} for path, reason in failed],
        }
        write_atomic(arguments.json, as_json(content, indent=1) + "\n")
    if failed:
        reasons = "; ".join(f"{short_path(path)}: {reason}" for path, reason in failed)
        raise UserError(f"not everything is deleted: {reasons}")
    if arguments.delete:
        print("deleted" if wanted else "nothing is deleted")
    return 0 if wanted or not arguments.delete else 1


@contextmanager
def _library(folder: Path | None) -> Iterator[Library]:
    if folder is not None and not (folder.expanduser() / FILE).is_file():
        raise UserError(f"there is no store in {folder}: name the folder that a monitor was given with --store")
    former = FormerLibrary(user_store_folder() / "library") if folder is None else None
    store = Store(user_store_folder() if folder is None else folder.expanduser(), former=former)
    try:
        yield Library(store)
    finally:
        store.close()


def _print_library(library: Library) -> None:
    from monitor.viewmodel.library.reviewed import drives_with_reviews  # loads OpenCV

    drives, notices = drives_with_reviews(library)
    for notice in notices:
        print(f"note: {printable(notice)}")
    for drive in drives:
        info = drive.info
        about = [f"{info.began_at:%Y-%m-%d %H:%M}", info.source, info.driver]
        about.append("not ended" if drive.length_s is None else f"{drive.length_s:.1f} s")
        about.append(f"to review: {drive.unreviewed} of {len(drive.incidents)}")
        print(f"{info.uid[:8]}  " + "  ".join(printable(part) for part in about if part))
        for incident in drive.incidents:
            note = f": {incident.review.note}" if incident.review.note else ""
            print(
                printable(f"  {info.uid[:8]}/{incident.number}  {incident.text} · {incident.review.status.title}{note}")
            )
    if not drives:
        print("The library is empty: drives of cameras and streams are kept, and with --store recordings, too.")


def _write_case(library: Library, name: str, file: str) -> Path:
    drive_id, _, number = name.rpartition("/")
    if not drive_id or not number.isdecimal():
        raise UserError(f"--case {printable(name)}: write DRIVE/INCIDENT, as --library lists them")
    from monitor.viewmodel.library.reviewed import with_reviews  # loads OpenCV

    drive = with_reviews(library.drive(drive_id))
    return write_case(Path(file), library, drive, drive.incident(int(number)))


def _print_list(kept: Sequence[Kept]) -> None:
    for own, title in ((True, "In the monitor's own folders:"), (False, "Elsewhere, left where it is:")):
        entries = [entry for entry in kept if entry.own is own]
        if entries:
            print(title)
        for entry in entries:
            size = _size(entry.bytes) if entry.files == 1 else f"{entry.files} files, {_size(entry.bytes)}"
            print("  " + "  ".join(filter(None, (short_path(entry.path), size, entry.what))))
    if not any(entry.own for entry in kept):
        print(f"Nothing is kept in {', '.join(map(short_path, own_folders()))}.")


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 100_000 else f"{count / 1e3:.1f} kB"


def cli() -> int:
    """The command ``driver-monitor-data``; the exit code."""
    return run_command(main)


if __name__ == "__main__":
    sys.exit(cli())
