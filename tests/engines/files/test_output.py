"""Where results may be written, and what is left alone."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from engines.command import run_command
from engines.errors import UserError
from engines.files.output import SHARED, new_bundle, prepare_file, prepare_folder, write_atomic


def test_a_file_is_written_atomically_and_nothing_else_is_left(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "out.json"
    prepare_file(path)
    assert not path.exists()
    write_atomic(path, "new \udcff")
    assert path.read_text() == "new \\udcff" and [entry.name for entry in path.parent.iterdir()] == ["out.json"]


def test_an_interrupted_write_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(self: Path, target: Path) -> Path:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_atomic(tmp_path / "a.plan", b"plan")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_nothing_is_written_through_a_link_instead_of_the_temporary_file(tmp_path: Path) -> None:
    trap = tmp_path / f".a.plan.{os.getpid()}.tmp"
    trap.symlink_to(tmp_path / "elsewhere")
    write_atomic(tmp_path / "a.plan", b"plan")
    assert [path.name for path in tmp_path.iterdir()] == ["a.plan"]


def test_what_was_there_stays_until_it_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    path.write_text("old")
    prepare_file(path)
    assert path.read_text() == "old"


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    link, target = tmp_path / "out.json", tmp_path / "real" / "out.json"
    link.symlink_to(target)
    prepare_file(link)
    write_atomic(link, "new")
    assert link.is_symlink() and target.read_text() == "new"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
def test_a_pipe_is_written_to_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    got: list[str] = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_text()), daemon=True)
    reader.start()
    prepare_file(pipe)
    write_atomic(pipe, "new")
    reader.join(timeout=60.0)
    assert got == ["new"] and pipe.is_fifo()


@pytest.mark.skipif(not Path("/dev/stdout").exists(), reason="there is no /dev/stdout")
def test_the_terminal_s_file_is_added_to(capfd: pytest.CaptureFixture[str]) -> None:
    os.write(1, b"before ")
    prepare_file(Path("/dev/stdout"))
    write_atomic(Path("/dev/stdout"), "after")
    assert capfd.readouterr().out == "before after"


def test_paths_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path, tmp_path / "file" / "x", tmp_path / "a\0b"):
        for attempt in (prepare_file, lambda path: write_atomic(path, "")):
            with pytest.raises(UserError, match="cannot write"):
                attempt(path)

    def refuse(_: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "stat", refuse)
    with pytest.raises(UserError, match="permission is missing"):
        prepare_file(tmp_path / "private" / "out.json")


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="cannot write into"):
        prepare_folder(tmp_path / "file")


posix = pytest.mark.skipif(os.name == "nt", reason="there are no such modes")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture(params=[0o000, 0o022, 0o077])
def umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


@posix
@pytest.mark.usefixtures("umask")
def test_files_and_folders_are_the_user_s_alone(tmp_path: Path) -> None:
    path = tmp_path / "one" / "two" / "report.html"
    prepare_file(path)
    write_atomic(path, "faces")
    write_atomic(path, "others")
    prepare_folder(tmp_path / "three" / "four")
    assert mode(path) == 0o600
    assert {mode(folder) for folder in (path.parent, path.parents[1], tmp_path / "three", tmp_path / "three/four")} == {
        0o700
    }
    with new_bundle(tmp_path / "five" / "bundle") as folder:
        write_atomic(folder / "manifest.json", "{}")
    assert mode(tmp_path / "five") == mode(tmp_path / "five" / "bundle") == 0o700


@posix
@pytest.mark.usefixtures("umask")
def test_what_was_there_keeps_its_mode(tmp_path: Path) -> None:
    folder, file = tmp_path / "shared", tmp_path / "shared" / "report.json"
    folder.mkdir()
    folder.chmod(0o775)
    file.touch()
    file.chmod(0o664)
    prepare_file(file)
    write_atomic(file, "new")
    prepare_folder(folder)
    assert file.read_text() == "new" and mode(file) == 0o664 and mode(folder) == 0o775


@posix
@pytest.mark.usefixtures("umask")
def test_what_is_handed_on_can_be_read_by_all(tmp_path: Path) -> None:
    write_atomic(tmp_path / "policy.toml", "", SHARED)
    assert mode(tmp_path / "policy.toml") == 0o644


@posix
def test_what_libraries_write_during_a_command_is_private_too(tmp_path: Path) -> None:
    def main(_: Sequence[str] | None) -> int:
        (tmp_path / "checkpoints").mkdir()
        np.savez(tmp_path / "checkpoints" / "last.npz", a=np.zeros(1))
        return 0

    before = os.umask(0o022)
    try:
        assert run_command(main, []) == 0
        assert os.umask(0o022) == 0o022
    finally:
        os.umask(before)
    assert mode(tmp_path / "checkpoints") == 0o700 and mode(tmp_path / "checkpoints" / "last.npz") == 0o600
