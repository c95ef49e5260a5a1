"""One file from its mirrors: whole or not at all, resumed after a cut, every failure one sentence with the cure."""

import errno
import hashlib
import io
import socket
from pathlib import Path

import numpy as np
import pytest

from segedu.data.sets.fetch import transfer
from segedu.data.sets.fetch.progress_line import DownloadLine
from segedu.data.sets.fetch.transfer import DownloadError, RemoteFile

BODY = np.random.default_rng(0).integers(0, 256, 600_000, dtype=np.uint8).tobytes()


@pytest.fixture
def mirror(mirror):
    """Return a function that starts a server of BODY, or of other bytes."""

    def start(body=BODY, **faults):
        return mirror(body, **faults)

    return start


def wanted(*mirrors, body=BODY, hashed=True):
    """Return the manifest's entry for a file with these mirrors (servers or URLs)."""
    urls = tuple(m if isinstance(m, str) else m.url for m in mirrors)
    return RemoteFile("file.bin", urls, None, hashlib.sha256(body).hexdigest() if hashed else None)


def complaint_of(file, folder):
    """Return the one sentence of a download that fails, having checked that nothing has the final name."""
    with pytest.raises(DownloadError) as caught:
        transfer.download(file, folder)
    text = str(caught.value)
    assert not (folder / "file.bin").exists()
    assert "file.bin" in text
    assert text.endswith(".")
    assert "\n" not in text
    return text


def part(folder):
    return folder / "file.bin.part"


def test_a_whole_file_gets_its_name_and_leaves_nothing_beside(mirror, tmp_path):
    assert transfer.download(wanted(mirror()), tmp_path).read_bytes() == BODY
    assert [path.name for path in tmp_path.iterdir()] == ["file.bin"]


def test_a_file_put_there_by_hand_is_used_without_a_network(dead_url, tmp_path):
    (tmp_path / "file.bin").write_bytes(BODY)
    assert transfer.download(wanted(dead_url), tmp_path).read_bytes() == BODY


def test_a_damaged_file_put_there_by_hand_is_named(dead_url, tmp_path):
    (tmp_path / "file.bin").write_bytes(b"half")
    with pytest.raises(DownloadError, match=r"file\.bin is damaged .* delete it, and fetch again"):
        transfer.download(wanted(dead_url), tmp_path)


def test_without_a_published_hash_the_computed_one_is_printed(mirror, tmp_path, capsys):
    transfer.download(wanted(mirror(), hashed=False), tmp_path)
    printed = capsys.readouterr().out
    assert hashlib.sha256(BODY).hexdigest() in printed
    assert "not verified" in printed


@pytest.mark.parametrize("hashed", [True, False])
def test_a_cut_download_goes_on_where_it_stopped(mirror, tmp_path, hashed):
    server = mirror(cut=400_000)
    text = complaint_of(wanted(server, hashed=hashed), tmp_path)
    assert "to go on from 0.4 MB" in text
    assert part(tmp_path).read_bytes() == BODY[:400_000]
    server.cut = None
    assert transfer.download(wanted(server, hashed=hashed), tmp_path).read_bytes() == BODY
    assert server.ranges == [None, "bytes=400000-"]


def test_a_file_that_changed_since_the_cut_starts_anew(mirror, tmp_path):
    server = mirror(cut=400_000)
    complaint_of(wanted(server, hashed=False), tmp_path)
    server.body, server.etag, server.cut = BODY[::-1], '"two"', None
    assert transfer.download(wanted(server, hashed=False), tmp_path).read_bytes() == BODY[::-1]


def test_a_server_without_ranges_starts_anew(mirror, tmp_path):
    server = mirror(cut=400_000, resumable=False)
    complaint_of(wanted(server), tmp_path)
    server.cut = None
    assert transfer.download(wanted(server), tmp_path).read_bytes() == BODY


def test_a_part_of_unknown_origin_is_not_used(mirror, tmp_path):
    server = mirror(etag="")
    part(tmp_path).write_bytes(BODY[:1000][::-1])
    assert transfer.download(wanted(server, hashed=False), tmp_path).read_bytes() == BODY
    assert server.ranges == [None]


def test_a_part_that_is_whole_already_is_not_fetched_again(dead_url, tmp_path):
    part(tmp_path).write_bytes(BODY)
    assert transfer.download(wanted(dead_url), tmp_path).read_bytes() == BODY


def test_a_part_that_is_too_long_starts_anew(mirror, tmp_path):
    part(tmp_path).write_bytes(BODY + b"more")
    assert transfer.download(wanted(mirror()), tmp_path).read_bytes() == BODY


def test_a_part_with_wrong_bytes_is_noticed_and_fetched_anew_the_next_time(mirror, tmp_path):
    server = mirror(cut=400_000)
    complaint_of(wanted(server), tmp_path)
    part(tmp_path).write_bytes(b"wrong")  # its notes still say where it came from
    server.cut = None
    assert "damaged" in complaint_of(wanted(server), tmp_path)
    assert transfer.download(wanted(server), tmp_path).read_bytes() == BODY


@pytest.mark.parametrize("hashed", [True, False])
def test_a_part_without_notes_is_not_gone_on_from(mirror, tmp_path, hashed):
    server = mirror()
    part(tmp_path).write_bytes(b"wrong")
    assert transfer.download(wanted(server, hashed=hashed), tmp_path).read_bytes() == BODY
    assert server.ranges == [None]


def test_a_part_from_a_mirror_that_names_no_version_is_not_gone_on_from(mirror, tmp_path):
    server = mirror(cut=400_000, etag="")
    assert "go on" not in complaint_of(wanted(server), tmp_path)
    server.cut = None
    assert transfer.download(wanted(server), tmp_path).read_bytes() == BODY
    assert server.ranges == [None, None]


LOGIN = b"<html>please log in"


@pytest.mark.parametrize(
    ("body", "faults", "words"),
    [
        (LOGIN, {}, "a web page in place of the file"),
        (b"\n<!DOCTYPE html><title>Welcome</title>", {"sized": False}, "a web page in place of the file"),
        (b"please pay", {"headers": {"Content-Type": "text/html; charset=utf-8"}}, "a web page in place of the file"),
        (b"please pay", {}, "it sends a file of 10 bytes instead of 600000"),
    ],
)
@pytest.mark.parametrize("before", [0, 400_000])
def test_a_network_that_asks_to_log_in_costs_nothing(mirror, tmp_path, body, faults, words, before):
    file = RemoteFile("file.bin", (), len(BODY), hashlib.sha256(BODY).hexdigest())

    def from_mirror(server):
        return RemoteFile(file.name, (server.url,), file.size, file.sha256)

    good = mirror(cut=before or None)
    if before:
        complaint_of(from_mirror(good), tmp_path)
    assert words in complaint_of(from_mirror(mirror(body, etag='"one"', resumable=False, **faults)), tmp_path)
    assert part(tmp_path).exists() == bool(before), "what was there stays, the page is not kept"
    good.cut = None
    assert transfer.download(from_mirror(good), tmp_path).read_bytes() == BODY
    assert good.ranges[-1] == (f"bytes={before}-" if before else None)


def test_a_page_of_a_file_without_known_size_and_hash_is_not_kept(mirror, tmp_path):
    complaint_of(wanted(mirror(LOGIN), hashed=False), tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("length", ["abc", "-5", "", "1e6", "٣"])
def test_a_length_that_is_no_number_is_none(mirror, tmp_path, length):
    server = mirror(sized=False, headers={"Content-Length": length.encode().decode("latin-1")})
    assert transfer.download(wanted(server, hashed=False), tmp_path).read_bytes() == BODY


@pytest.mark.parametrize("notes", ["[]", "3", "null", '{"a": 3}', "{", "\0", '["http://x"]'])
def test_notes_that_say_nothing_are_no_notes(mirror, tmp_path, notes):
    part(tmp_path).write_bytes(b"wrong")
    (tmp_path / "file.bin.part.json").write_text(notes)
    assert transfer.download(wanted(mirror(), hashed=False), tmp_path).read_bytes() == BODY


@pytest.mark.parametrize("name", ["file.bin", "file.bin.part", "file.bin.part.json"])
def test_a_folder_in_the_place_of_a_file_is_named(mirror, tmp_path, name):
    (tmp_path / name).mkdir()
    with pytest.raises(
        DownloadError, match=rf"{name} is a folder where a file is to be; move it away, and fetch again"
    ):
        transfer.download(wanted(mirror()), tmp_path)


def test_a_truncated_file_is_not_taken_for_whole(mirror, tmp_path):
    assert "it ended after 0.3 MB of 0.6 MB" in complaint_of(wanted(mirror(cut=300_000)), tmp_path)


def test_a_corrupt_file_is_thrown_away_and_both_hashes_are_told(mirror, tmp_path):
    text = complaint_of(wanted(mirror(BODY[::-1])), tmp_path)
    assert hashlib.sha256(BODY).hexdigest() in text
    assert hashlib.sha256(BODY[::-1]).hexdigest() in text
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_size_is_noticed_without_a_hash(mirror, tmp_path):
    file = RemoteFile("file.bin", (mirror(sized=False).url,), size=len(BODY) - 1)
    assert "600000 bytes instead of 599999" in complaint_of(file, tmp_path)


def test_a_silent_server_is_given_up(mirror, tmp_path, monkeypatch):
    monkeypatch.setattr(transfer, "TIMEOUT", 0.2)
    assert "no answer for 0.2 s" in complaint_of(wanted(mirror(stall=True)), tmp_path)


def test_a_missing_file_says_404(mirror, tmp_path):
    assert "HTTP 404" in complaint_of(wanted(mirror(status=404)), tmp_path)


def test_a_dead_port_says_no_connection(dead_url, tmp_path):
    assert "no connection" in complaint_of(wanted(dead_url), tmp_path)


def test_offline_says_so_and_where_to_put_the_file(tmp_path, monkeypatch):
    def nowhere(*args, **kwargs):
        raise socket.gaierror(-3, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", nowhere)
    monkeypatch.setenv("no_proxy", "*")
    text = complaint_of(wanted("https://example.org/file.bin"), tmp_path)
    assert "offline" in text
    assert f"save https://example.org/file.bin as {tmp_path / 'file.bin'}" in text


def test_mirrors_are_tried_in_turn(mirror, dead_url, tmp_path):
    good = mirror()
    file = wanted(dead_url, mirror(status=503), mirror(BODY[::-1]), good)
    assert transfer.download(file, tmp_path).read_bytes() == BODY
    assert good.ranges == [None]


def test_a_second_mirror_goes_on_where_the_first_was_cut(mirror, tmp_path):
    good = mirror(etag='"other"')
    assert transfer.download(wanted(mirror(cut=400_000), good), tmp_path).read_bytes() == BODY
    assert good.ranges == ["bytes=400000-"]


def test_a_full_disk_ends_in_one_sentence_and_frees_what_was_written(mirror, tmp_path, monkeypatch):
    class Full(io.BytesIO):
        def write(self, data):
            raise OSError(errno.ENOSPC, "No space left on device")

    opened = Path.open
    monkeypatch.setattr(
        Path, "open", lambda self, mode="r", *rest, **kw: Full() if mode == "wb" else opened(self, mode, *rest, **kw)
    )
    text = complaint_of(wanted(mirror()), tmp_path)
    assert "No space left" in text
    assert "free some space" in text
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_sends_another_part_is_not_believed(mirror, tmp_path):
    server = mirror(cut=400_000)
    complaint_of(wanted(server, hashed=False), tmp_path)
    server.cut, server.shift = None, 7
    assert "another part" in complaint_of(wanted(server, hashed=False), tmp_path)


def test_progress_in_a_log_is_whole_lines(mirror, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("segedu.data.sets.fetch.progress_line.LOG_EVERY", 0)
    transfer.download(wanted(mirror()), tmp_path)
    printed = capsys.readouterr().out
    assert "\r" not in printed
    assert "file.bin: 0.6 MB of 0.6 MB (100%)\n" in printed


def test_progress_in_a_terminal_is_one_moving_line(monkeypatch, capsys):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    line = DownloadLine("file.bin", total=2_000_000)
    line.printed_at -= 1
    line.show(500_000)
    line.show(600_000)  # too soon to be worth a write
    line.end()
    moving, erased, after = capsys.readouterr().out.split("\r")
    assert moving.rstrip() == "file.bin: 0.5 MB of 2.0 MB (25%)"
    assert (erased.strip(), after) == ("", "")
