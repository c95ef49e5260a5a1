"""Archives: only what is wanted, nothing outside the target, and damage is noticed."""

import io
import tarfile
import zipfile

import numpy as np
import pytest

from segedu.data.sets.fetch import unpack as module
from segedu.data.sets.fetch.unpack import ArchiveError, unpack

BODY = np.random.default_rng(0).integers(0, 256, 100_000, dtype=np.uint8).tobytes()


def make_zip(path, entries):
    with zipfile.ZipFile(path, "w") as bundle:
        for name, content in entries.items():
            bundle.writestr(name, content)
    return path


def make_tar(path, entries, link=None):
    with tarfile.open(path, "w:gz") as bundle:
        for name, content in entries.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            bundle.addfile(member, io.BytesIO(content))
        if link:
            member = tarfile.TarInfo("data/link")
            member.type, member.linkname = tarfile.SYMTYPE, link
            bundle.addfile(member)
    return path


MAKERS = {"zip": (make_zip, "a.zip"), "tar": (make_tar, "a.tar.gz")}


@pytest.mark.parametrize("kind", MAKERS)
def test_only_what_is_wanted_is_unpacked(kind, tmp_path):
    make, name = MAKERS[kind]
    archive = make(tmp_path / name, {"top/data/x.txt": b"x", "top/other/y.txt": b"y", "top/readme": b"z"})
    (tmp_path / "out").mkdir()
    unpack(archive, tmp_path / "out", ["data"], strip=1)
    found = [path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert found == ["data/x.txt"]


@pytest.mark.parametrize("kind", MAKERS)
@pytest.mark.parametrize("evil", ["data/../../evil", "/evil", "data\\..\\..\\evil", "C:/evil"])
def test_a_path_that_leads_outside_is_refused(kind, evil, tmp_path):
    make, name = MAKERS[kind]
    (tmp_path / "out").mkdir()
    archive = make(tmp_path / name, {evil: b"x", "data/x.txt": b"x"})
    with pytest.raises(ArchiveError, match="leads outside"):
        unpack(archive, tmp_path / "out", ["data"])
    assert not list(tmp_path.rglob("evil"))


def test_a_link_that_leads_outside_is_refused(tmp_path):
    (tmp_path / "out").mkdir()
    archive = make_tar(tmp_path / "a.tar.gz", {"data/x.txt": b"x"}, link="../../evil")
    with pytest.raises(ArchiveError):
        unpack(archive, tmp_path / "out", ["data"])


@pytest.mark.parametrize("kind", MAKERS)
def test_a_damaged_archive_says_so(kind, tmp_path):
    make, name = MAKERS[kind]
    archive = make(tmp_path / name, {"data/x.bin": BODY})
    raw = bytearray(archive.read_bytes())
    raw[len(raw) // 2] ^= 255
    archive.write_bytes(raw)
    (tmp_path / "out").mkdir()
    with pytest.raises(ArchiveError):
        unpack(archive, tmp_path / "out", ["data"])


@pytest.mark.parametrize("name", ["a.zip", "a.tar.gz"])
def test_a_web_page_in_place_of_an_archive_says_so(name, tmp_path):
    (tmp_path / name).write_bytes(b"<html>please log in</html>")
    with pytest.raises(ArchiveError, match="it is a web page, such as a network that asks to log in sends"):
        unpack(tmp_path / name, tmp_path, ["data"])


def patched(path, local, central, value):
    """Overwrite two bytes of the first member's headers, the one before it and the one at the archive's end."""
    raw = bytearray(path.read_bytes())
    for start in (raw.index(b"PK\x03\x04") + local, raw.index(b"PK\x01\x02") + central):
        raw[start : start + 2] = value.to_bytes(2, "little")
    path.write_bytes(raw)


def test_an_encrypted_member_is_named(tmp_path):
    archive = make_zip(tmp_path / "a.zip", {"data/x.txt": b"secret"})
    patched(archive, local=6, central=8, value=1)
    (tmp_path / "out").mkdir()
    with pytest.raises(ArchiveError, match=r"its member 'data/x\.txt' is encrypted"):
        unpack(archive, tmp_path / "out", ["data"])


@pytest.mark.parametrize("method", [9, 97, 99])  # Deflate64, WavPack, AES
def test_an_unknown_compression_says_so(tmp_path, method):
    archive = make_zip(tmp_path / "a.zip", {"data/x.txt": b"x"})
    patched(archive, local=8, central=10, value=method)
    (tmp_path / "out").mkdir()
    with pytest.raises(ArchiveError, match="packed in a way that Python can't read"):
        unpack(archive, tmp_path / "out", ["data"])


def test_paths_written_on_windows_are_paths(tmp_path):
    archive = make_zip(tmp_path / "a.zip", {"top\\data\\": b"", "top\\data\\x.txt": b"x", "top\\other\\y.txt": b"y"})
    (tmp_path / "out").mkdir()
    unpack(archive, tmp_path / "out", ["data"], strip=1)
    assert [path.name for path in (tmp_path / "out").rglob("*")] == ["data", "x.txt"]


@pytest.mark.parametrize("kind", MAKERS)
def test_a_bomb_is_refused_before_it_bursts(kind, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "SMALL", 10_000)
    archive = tmp_path / MAKERS[kind][1]
    zeros = {f"data/{number}.bin": bytes(50_000) for number in range(20)}
    if kind == "zip":
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as bundle:
            for name, content in zeros.items():
                bundle.writestr(name, content)
    else:
        make_tar(archive, zeros)
    assert archive.stat().st_size < 10_000
    (tmp_path / "out").mkdir()
    with pytest.raises(ArchiveError, match=r"would take more than 0 MB .* which no data set of the course does"):
        unpack(archive, tmp_path / "out", ["data"])
    assert sum(path.stat().st_size for path in (tmp_path / "out").rglob("*.bin")) < 250_000


@pytest.mark.parametrize("kind", MAKERS)
def test_too_many_files_are_refused(kind, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "MOST_FILES", 3)
    make, name = MAKERS[kind]
    archive = make(tmp_path / name, {f"data/{number}": b"" for number in range(9)} | {"other/x": b""})
    (tmp_path / "out").mkdir()
    with pytest.raises(ArchiveError, match="or 3 files on the disk"):
        unpack(archive, tmp_path / "out", ["data"])
    assert len(list((tmp_path / "out").rglob("*"))) <= 4


def test_a_real_data_set_is_far_from_being_a_bomb():
    """Photographs and label maps are compressed already: the allowance is for archives of text."""
    assert module.GROWTH >= 10
    assert module.SMALL >= 50_000_000
