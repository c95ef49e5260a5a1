"""Archives: only what is wanted, nothing outside the target, and damage is noticed."""

import io
import tarfile
import zipfile

import numpy as np
import pytest

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
    with pytest.raises(ArchiveError):
        unpack(tmp_path / name, tmp_path, ["data"])
