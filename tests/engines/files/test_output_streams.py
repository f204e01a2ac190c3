"""Whatever is printed, no character of it controls the terminal, and every console can take it."""

from __future__ import annotations

import io
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from engines.command import progress_bar
from engines.files.console import PrintableConsole
from engines.files.output_streams import printable_output
from tests.conftest import ROOT


def printed(capsys: pytest.CaptureFixture[str]) -> str:
    out, err = capsys.readouterr()
    return out + err


def test_what_is_printed_logged_and_tabulated_is_escaped(capsys: pytest.CaptureFixture[str]) -> None:
    out, err = sys.stdout, sys.stderr
    with printable_output([]):
        print("a\x1b[2J", "b\rc\x9b")
        print("e\u202e", file=sys.stderr)
        sys.stdout.writelines(["f\x07\n"])
        logging.StreamHandler().emit(logging.makeLogRecord({"msg": "g\x1b"}))
        PrintableConsole().print("[bold]h\x1b]0;x", soft_wrap=True)
        with progress_bar() as progress:
            progress.add_task("i\x1b[8m", total=1)
    assert (sys.stdout, sys.stderr) == (out, err)
    text = printed(capsys)
    for shown in ("a\\x1b[2J b\\rc\\x9b\n", "e\\u202e\n", "f\\x07\n", "g\\x1b\n", "[bold]h\\x1b]0;x\n"):
        assert shown in text
    assert not set(text) & set(map(chr, [*range(9), *range(11, 32), *range(127, 160)]))


def test_a_library_s_progress_begins_its_line_again(capsys: pytest.CaptureFixture[str]) -> None:
    with printable_output([]):
        sys.stderr.write("\r50 %")
    assert capsys.readouterr().err == "\r50 %"


def test_a_progress_bar_still_moves_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    terminal = io.StringIO()
    monkeypatch.setattr(sys, "stderr", terminal)
    with printable_output([]), progress_bar() as progress:
        progress.add_task("x\x1b[2J", total=1)
    assert "\x1b[?25l" in terminal.getvalue() and "x\\x1" in terminal.getvalue()


def test_arguments_with_a_password_are_shown_without_it_in_any_message(capsys: pytest.CaptureFixture[str]) -> None:
    address = "rtsp://me:hunter 2/'x@10.0.0.9/live"
    with printable_output([f"--source={address}", "--speed", address, "drive.mp4", "can:/logs/me@car.log"]):
        print(f"unrecognized arguments: --sauce={address} drive.mp4", file=sys.stderr)
        print(f"invalid value: {address!r}", file=sys.stderr)
        print(f"no file {Path(address)}, can:/logs/me@car.log", file=sys.stderr)
    text = printed(capsys)
    assert "hunter" not in text and text.count("rtsp://10.0.0.9/live") == 3
    assert "drive.mp4" in text and "can:/logs/me@car.log" in text


SCRIPT = """
import sys
from engines.command import run_command
from engines.errors import UserError
def main(argv):
    print("Fahrt · ドライブ é \\x1b \\udcff")
    raise UserError("é · ド \\x1b")
sys.exit(run_command(main))
"""


@pytest.mark.parametrize("encoding", ["cp932", "ascii", "latin-1", "utf-8", "cp1252:strict"])
def test_a_console_that_lacks_letters_ends_nothing(encoding: str) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    done = subprocess.run([sys.executable, "-c", SCRIPT], cwd=ROOT, env=environment, capture_output=True, check=False)
    assert done.returncode == 2 and b"Traceback" not in done.stderr
    assert b"Fahrt" in done.stdout and b"\\x1b" in done.stdout and b"\x1b" not in done.stdout + done.stderr
    assert done.stdout.decode(encoding.partition(":")[0])


@pytest.mark.skipif(os.name == "nt", reason="no shell that closes streams")
def test_closed_streams_end_nothing_and_get_no_file_s_number(tmp_path: Path) -> None:
    script = (
        "import os, sys; from engines.command import run_command\n"
        "def main(argv):\n"
        "    file = os.open('out.txt', os.O_WRONLY | os.O_CREAT)\n"
        "    print('gone'); os.write(1, b'gone'); os.write(2, b'gone'); os.write(file, b'kept')\n"
        "    return 3 + (file < 3)\n"
        "sys.exit(run_command(main))"
    )
    command = f'"{sys.executable}" -c "$SCRIPT" <&- >&- 2>&-'
    environment = {**os.environ, "SCRIPT": script, "PYTHONPATH": str(ROOT), "LC_ALL": "C"}
    done = subprocess.run(command, shell=True, cwd=tmp_path, env=environment, check=False)
    assert done.returncode == 3 and (tmp_path / "out.txt").read_bytes() == b"kept"
