"""Whole files are read, and nothing else: no pipe, device or folder, and none that says it has gigabytes."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from engines.errors import UserError
from engines.files.regular_file import read_bytes, read_utf8, require_regular
from engines.files.text import read_names, read_rows, read_text
from engines.files.toml_files import load_toml, read_document
from engines.view import Mount

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes")


@pytest.fixture(params=["pipe", "socket", "device", "folder", "sparse"])
def no_file(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, str]:
    """Something that cannot be read as a whole, and the word that says so."""
    path = tmp_path / "thing"
    if request.param == "pipe":
        os.mkfifo(path)
    elif request.param == "socket":
        monkeypatch.chdir(tmp_path)  # a socket's name must be short
        with socket.socket(socket.AF_UNIX) as bound:
            bound.bind("thing")
    elif request.param == "device":
        path = Path("/dev/zero")
    elif request.param == "folder":
        path.mkdir()
    else:
        with path.open("wb") as file:
            file.truncate(10 << 30)
        return path, "of its 10,737 MB 0 are on the disk"
    return path, request.param


def test_what_is_no_such_file_is_refused_with_a_reason(no_file: tuple[Path, str]) -> None:
    path, reason = no_file
    with pytest.raises(OSError, match=reason):
        read_bytes(path, 1000)
    for read in (lambda: read_text(path, "labels"), lambda: read_rows(path, ["a"]), lambda: read_names(path)):
        with pytest.raises(UserError, match=reason):
            read()
    with pytest.raises(UserError, match=reason):
        Mount.load(path)
    assert read_document(path).as_string() == ""


def test_what_a_library_opens_itself_is_looked_at_first(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "car.dbc")
    with pytest.raises(UserError, match=r"cannot read the DBC file .*: it is a pipe and no file"):
        require_regular(tmp_path / "car.dbc", "DBC file")
    with pytest.raises(UserError, match="there is no such file"):
        require_regular(tmp_path / "none.dbc", "DBC file")
    with (tmp_path / "drive.log").open("wb") as file:
        file.truncate(10 << 30)
    with pytest.raises(UserError, match="of its 10,737 MB 0 are on the disk: copy it again"):
        require_regular(tmp_path / "drive.log", "CAN log")
    with pytest.raises(UserError, match="null"):
        require_regular(Path("a\0b"), "DBC file")


def test_text_comes_as_it_is_written(tmp_path: Path) -> None:
    file = tmp_path / "text"
    file.write_bytes("\ufeffä\r\nb\rc\n".encode())
    assert read_utf8(file) == "ä\nb\nc\n"
    with pytest.raises(OSError, match="it is 0 MB or larger, and may have 0 MB"):
        read_utf8(file, 5)


DEEP = {
    "arrays": "a = " + "[" * 5000 + "]" * 5000,
    "a few arrays more than anybody needs": "a = " + "[" * 40 + "]" * 40,
    "inline tables": "a = " + "{b = " * 2000 + "1" + "}" * 2000,
    "dotted keys": ".".join("a" * 3000) + " = 1",
    "headers": "[" + ".".join("a" * 3000) + "]",
    "a number of 10,000 digits": "a = " + "1" * 10_000,
}


@pytest.mark.parametrize("name", DEEP)
def test_deep_toml_is_one_line_of_error(name: str, tmp_path: Path) -> None:
    file = tmp_path / "deep.toml"
    file.write_text(DEEP[name] + "\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"nested more than 32 levels|digits"):
        load_toml(file)
    with pytest.raises(UserError, match="cannot read the mount file"):
        Mount.load(file)
    assert read_document(file).as_string() == ""
