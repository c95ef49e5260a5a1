"""A file is there whole or not at all, and a write that fails leaves nothing beside it."""

import errno
import os
from pathlib import Path

import pytest

from segedu.files import replacing, write_text


def full(*_, **__):
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_text_is_written_with_its_folders_and_replaces_the_one_before(tmp_path):
    path = tmp_path / "a" / "b" / "c.txt"
    write_text(path, "einß\n")
    write_text(path, "zwei\n")
    assert path.read_bytes() == b"zwei\n"
    assert list(path.parent.iterdir()) == [path]


def test_lines_end_alike_everywhere(tmp_path):
    write_text(tmp_path / "a.txt", "ä\nb\n")
    assert (tmp_path / "a.txt").read_bytes() == "ä\nb\n".encode()


@pytest.mark.parametrize("broken", [(Path, "write_text"), (os, "replace")], ids=["writing", "moving"])
def test_a_write_that_fails_keeps_the_file_before_and_leaves_nothing_beside_it(tmp_path, monkeypatch, broken):
    path = tmp_path / "a.txt"
    write_text(path, "one")
    monkeypatch.setattr(*broken, full)
    with pytest.raises(OSError, match=r"No space left on device: '.*/a\.txt'$"):
        write_text(path, "two")
    monkeypatch.undo()
    assert path.read_text() == "one"
    assert list(tmp_path.iterdir()) == [path]


def test_half_a_file_is_taken_away(tmp_path):
    def write():
        with replacing(tmp_path / "a.bin") as beside:
            beside.write_bytes(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write()
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_can_t_be_opened_is_named_not_the_one_beside_it(tmp_path, monkeypatch):
    def refuse(path, *_, **__):
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(Path, "write_text", refuse)
    with pytest.raises(PermissionError, match=r"Permission denied: '.*/a\.txt'$"):
        write_text(tmp_path / "a.txt", "one")


@pytest.mark.parametrize("error", [ConnectionResetError(errno.ECONNRESET, "reset"), OSError("by hand"), ValueError()])
def test_an_error_of_something_else_stays_as_it_is(error, tmp_path):
    def write():
        with replacing(tmp_path / "a.bin"):
            raise error

    with pytest.raises(type(error)) as caught:
        write()
    assert caught.value is error
