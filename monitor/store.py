"""``python -m monitor.store``: what is kept of drives: list, export, import, verify, prune, keep, delete."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from engines.command import add_version, confirmed, program, run_command
from engines.command_parser import CommandParser
from engines.errors import UserError, reason
from engines.files.output import prepare_file, write_atomic
from engines.files.printable import as_json, printable
from monitor.journal.former_library import FormerLibrary
from monitor.journal.journal_import import import_journal
from monitor.journal.store.clips import erase_drive, is_as_written, path_of, sweep
from monitor.journal.store.database import Database
from monitor.journal.store.export import as_csv, as_document, copy_clip, export_drive
from monitor.journal.store.opening import FILE, integrity_of, open_for_reading, open_for_writing, require_readable
from monitor.journal.store.records import StoredClip, StoredDrive, StoredFault
from monitor.journal.store.retention import NO_LIMITS, Retention, store_bytes
from monitor.journal.store.times import StoreClock
from monitor.journal.store.writer import Store
from monitor.live.options import add_store_limits, store_limits, user_store_folder
from monitor.live.user_files import short_path
from monitor.messages.settings import read_message_settings

_NOT_SURE = ("unset", "set_later")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; the exit code."""
    arguments = _parser().parse_args(argv)
    run: Callable[[argparse.Namespace], int] = arguments.run
    return run(arguments)


def _parser() -> argparse.ArgumentParser:
    parser = CommandParser(
        prog=program("driver-monitor-store", "monitor.store"),
        description="What monitors keep of drives: drives, incidents with reviews and clips, faults.",
    )
    add_version(parser)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    listing = _add(commands, "list", _list, "list the drives, or the incidents of one, and what waits to be sent")
    listing.add_argument("--drive", metavar="ID", help="the incidents of one drive; the beginning of its id is enough")

    export = _add(commands, "export", _export, "write what is kept to a file, or one drive to a folder")
    export.add_argument("--drive", metavar="ID", help="one drive alone")
    where = export.add_mutually_exclusive_group(required=True)
    where.add_argument("--csv", type=Path, metavar="FILE", help="a table, a row an incident")
    where.add_argument("--json", type=Path, metavar="FILE", help="drives with incidents and faults")
    where.add_argument("--output", type=Path, metavar="FOLDER", help="one drive: drive.json, incidents.csv, clips/")
    export.add_argument(
        "--blur",
        action="store_true",
        help="blur faces in the clips, and the view outside: all that is above the driver's chin; where no face is "
        "found for 3 s, all of the frame",
    )
    export.add_argument(
        "--outside",
        action="append",
        type=_box,
        metavar="X0,Y0,X1,Y1",
        help="with --blur: blur this instead of all above the chin, in fractions of the frame; may be given repeatedly",
    )

    journals = commands.add_parser(
        "import", help="take in journals (--journal), and libraries, of this and of earlier versions"
    )
    journals.set_defaults(run=_import)
    journals.add_argument(
        "journals", nargs="+", type=Path, metavar="JOURNAL", help="a file of --journal, or a former library's folder"
    )
    journals.add_argument(
        "--store", dest="folder", type=Path, metavar="DIR", help="the store; made where there is none (the user's)"
    )

    _add(commands, "verify", _verify, "check database and clips; 1 where something is wrong")
    prune = _add(commands, "prune", _prune, "drop what the limits say, as a monitor does every minute")
    add_store_limits(prune)

    send = _add(
        commands,
        "send",
        _send,
        "send what waits, as a monitor does with --messages; 1 if something is left or given up",
    )
    send.add_argument("--messages", required=True, type=Path, metavar="TOML", help="to whom, as for the monitor")

    keep = _add(commands, "keep", _keep, "mark an incident so that retention spares it")
    keep.add_argument("--incident", required=True, metavar="ID", help="the beginning of its id is enough")
    keep.add_argument("--off", action="store_true", help="take the mark away")

    delete = _add(commands, "delete", _delete, "delete a drive with its clips, or all")
    what = delete.add_mutually_exclusive_group(required=True)
    what.add_argument("--drive", metavar="ID", help="the beginning of its id is enough")
    what.add_argument("--all", action="store_true", help="every drive")
    delete.add_argument("--yes", action="store_true", help="do not ask")
    return parser


def _add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, run: object, help: str
) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=help, description=f"{help[0].upper()}{help[1:]}.")
    command.set_defaults(run=run)
    command.add_argument(
        "folder",
        nargs="?",
        type=Path,
        metavar="DIR",
        help="a store: what a monitor was given with --store (the user's)",
    )
    return command


def _folder(arguments: argparse.Namespace) -> Path:
    folder: Path | None = arguments.folder
    return user_store_folder() if folder is None else folder.expanduser()


@contextmanager
def _writing(arguments: argparse.Namespace, *, new: bool = False) -> Iterator[Database]:
    """The store, to be changed: no monitor may write it meanwhile."""
    folder = _folder(arguments)
    if not new and not (folder / FILE).is_file():
        raise UserError(f"there is no store in {folder}: name the folder that a monitor was given with --store")
    now = StoreClock().now()
    database, lock, notices = open_for_writing(folder, now)
    try:
        for notice in notices:
            print(notice)
        if not database.outbox.was_used:
            # Else the next monitor does, which knows to whom their ends are sent.
            database.end_interrupted_drives(now)
        for notice in sweep(database, now).texts:
            print(notice)
        yield database
    finally:
        database.close()
        lock.release()


def _list(arguments: argparse.Namespace) -> int:
    with closing(open_for_reading(_folder(arguments))) as database:
        if arguments.drive is not None:
            _list_incidents(database, _drive(database, arguments.drive))
            return 0
        drives = database.drives()
        for drive in drives:
            incidents = database.incidents(drive.uid)
            new = sum(stored.incident.review.status.value == "new" for stored in incidents)
            marks = [] if drive.began.clock.value not in _NOT_SURE else [f"clock {drive.began.clock.value}"]
            words = [
                drive.uid[:8], drive.began_text[:16].replace("T", " "), drive.zone, f"{drive.seen_s:8.1f} s",
                drive.source, f"{len(incidents)} incidents ({new} new)", drive.end_reason or "goes on", *marks,
            ]  # fmt: skip
            print("  ".join(words))
        clips = database.clips("WHERE state = 'kept'")
        print(f"{len(drives)} drives, {len(clips)} clips, {store_bytes(database) / 1e6:.1f} MB")
        waiting = database.outbox.state(StoreClock().now())
        if waiting.messages:
            print(f"{waiting.messages} messages wait to be sent, the oldest for {waiting.oldest_s:.0f} s")
        for fault in database.faults()[-5:]:
            print(_fault_text(fault))
    return 0


def _list_incidents(database: Database, drive: StoredDrive) -> None:
    for stored in database.incidents(drive.uid):
        incident = stored.incident
        words = [stored.uid[:8], incident.text, incident.review.status.title]
        words += [incident.review.note] if incident.review.note else []
        words += ["kept"] if stored.kept else []
        words += [incident.clip] if incident.clip is not None else []
        print("  ".join(words))
    for fault in database.faults(drive.uid):
        print(_fault_text(fault))


def _fault_text(fault: StoredFault) -> str:
    """A notice's or a condition's text; of a change of the camera's health what it was then."""
    text = fault.content.get("text") or fault.content.get("health")
    return f"{fault.kind}: {printable(text)}"


def _export(arguments: argparse.Namespace) -> int:
    with closing(open_for_reading(_folder(arguments))) as database:
        drive = None if arguments.drive is None else _drive(database, arguments.drive)
        if arguments.output is not None:
            if drive is None:
                raise UserError("--output writes one drive: add --drive ID, or write --json FILE for all")
            if arguments.outside and not arguments.blur:
                raise UserError("--outside says what --blur covers: add --blur")
            missing = export_drive(
                database, drive, arguments.output, _blurred(arguments.outside) if arguments.blur else copy_clip
            )
            for file in missing:
                print(f"not there, or not what was written: {file}")
            print(short_path(arguments.output))
            return 1 if missing else 0
        if arguments.blur or arguments.outside:
            raise UserError("--blur is for clips, which --output writes: add --drive ID --output FOLDER")
        path: Path = arguments.csv or arguments.json
        prepare_file(path)
        document = as_csv(database, drive) if path == arguments.csv else (
            as_json(as_document(database, drive), indent=1) + "\n"
        )  # fmt: skip
        write_atomic(path, document)
        print(short_path(path))
    return 0


def _box(text: str) -> tuple[float, float, float, float]:
    """A part of the frame, in fractions."""
    try:
        x0, y0, x1, y1 = (float(part) for part in text.split(","))
    except ValueError:
        x0 = y0 = x1 = y1 = 0.0
    if not (0.0 <= x0 < x1 <= 1.0 and 0.0 <= y0 < y1 <= 1.0):
        raise argparse.ArgumentTypeError(f"{text!r} is no part of a frame: write fractions such as 0.3,0,1,0.4")
    return x0, y0, x1, y1


def _blurred(outside: Sequence[tuple[float, float, float, float]] | None) -> Callable[[Path, Path], None]:
    """Writes a clip with what shows a person covered."""
    from monitor.journal.blur.blurring import blur_clip
    from monitor.journal.blur.faces import FaceFinder

    finder = FaceFinder()

    def write(source: Path, target: Path) -> None:
        print(f"blurring {target.name}", flush=True)
        blur_clip(source, target, finder, outside)

    return write


def _import(arguments: argparse.Namespace) -> int:
    with _writing(arguments, new=True) as database:
        for path in arguments.journals:
            if path.is_dir():
                former = FormerLibrary(path)
                if not former.is_there:
                    raise UserError(f"{path} is neither a journal nor a former library: name a file of --journal")
                for notice in former.take_in(database, StoreClock().now(), set_aside=False):
                    if notice is not None:
                        print(notice)
                continue
            imported = import_journal(database, path, StoreClock().now())
            new = f"{imported.new_drives} drives and {imported.new_incidents} incidents are new"
            print(f"{short_path(path)}: {imported.drives} drives, {imported.incidents} incidents; {new}")
            if imported.unreadable:
                lines = ", ".join(map(str, sorted(imported.unreadable)[:10]))
                print(f"  lines that cannot be read: {len(imported.unreadable)} ({lines})")
    return 0


def _verify(arguments: argparse.Namespace) -> int:
    folder = _folder(arguments)
    path = folder / FILE
    if not path.is_file():
        raise UserError(f"there is no store in {folder}: name the folder that a monitor was given with --store")
    require_readable(path)
    wrong = [f"the database is damaged: {line}" for line in integrity_of(path)]
    clips, unknown = 0, 0
    if not wrong:
        with closing(open_for_reading(folder)) as database:
            known = {path_of(database, clip): clip for clip in database.clips()}
            for file, clip in known.items():
                if not clip.writing:
                    clips += 1
                    wrong += _wrong_with(file, clip)
            there = (folder / "clips").iterdir() if (folder / "clips").is_dir() else ()
            unknown = sum(file not in known for file in there)
    for line in wrong:
        print(line)
    print(f"{clips} clips checked; {len(wrong)} things are wrong")
    if unknown:
        print(f"{unknown} files among the clips are not the store's, and stay")
    return 1 if wrong else 0


def _wrong_with(path: Path, clip: StoredClip) -> list[str]:
    try:
        return [] if is_as_written(path, clip) else [f"{clip.file} is not what was written"]
    except FileNotFoundError:
        return [f"{clip.file} is missing"]
    except OSError as error:
        return [f"{clip.file} cannot be read: {reason(error)}"]


def _prune(arguments: argparse.Namespace) -> int:
    with _writing(arguments) as database:
        dropped, problem = Retention(store_limits(arguments)).run(database, StoreClock().now())
        print("\n".join(dropped.texts) or "nothing had to go")
        if problem is not None:
            raise UserError(problem)
    return 0


def _send(arguments: argparse.Namespace) -> int:
    from monitor.messages.opening import send_all

    folder = _folder(arguments)
    settings = read_message_settings(arguments.messages)
    if not (folder / FILE).is_file():
        raise UserError(f"there is no store in {folder}: name the folder that a monitor was given with --store")
    store = Store(folder, limits=NO_LIMITS, destinations=settings.destinations)
    try:
        store.open()
        for notice in (*store.take_notices(), *settings.notices):
            print(notice)
        return 0 if send_all(store, settings, print) else 1
    finally:
        store.close()


def _keep(arguments: argparse.Namespace) -> int:
    with _writing(arguments) as database:
        uids = [stored.uid for stored in database.incidents()]
        uid = _one(uids, arguments.incident, "incident")
        database.keep(uid, not arguments.off)
        print(f"{uid} is {'no longer ' if arguments.off else ''}marked to be kept")
    return 0


def _delete(arguments: argparse.Namespace) -> int:
    with _writing(arguments) as database:
        drives = database.drives() if arguments.all else [_drive(database, arguments.drive)]
        incidents = sum(len(database.incidents(drive.uid)) for drive in drives)
        if not (arguments.yes or not drives or confirmed(f"Delete {len(drives)} drives with {incidents} incidents")):
            print("nothing is deleted")
            return 1
        left = [file for drive in drives for file in erase_drive(database, drive.uid)]
    if left:
        raise UserError(f"left, since they are not what was written: {', '.join(left)}: look at them yourself")
    print(f"deleted: {len(drives)} drives, {incidents} incidents")
    return 0


def _drive(database: Database, beginning: str) -> StoredDrive:
    drives = {drive.uid: drive for drive in database.drives()}
    return drives[_one(list(drives), beginning, "drive")]


def _one(uids: Sequence[str], beginning: str, what: str) -> str:
    """The one id that begins so. Raises `UserError` without exactly one."""
    found = [uid for uid in uids if uid.startswith(beginning.lower())]
    if len(found) != 1:
        many = f"{len(found)} {what}s begin so" if found else f"there is no such {what}"
        raise UserError(f"{beginning}: {many}: `list` shows their ids")
    return found[0]


def cli() -> int:
    """The command ``driver-monitor-store``; the exit code."""
    return run_command(main)


if __name__ == "__main__":
    sys.exit(cli())
