"""Fetch a real data set by its manifest: download, check, unpack beside, and only then move to its place."""

import functools
import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from segedu._shipped import downloads, expanded, shipped
from segedu.data.sets.fetch.transfer import DownloadError, RemoteFile, disk_cure, download
from segedu.data.sets.fetch.unpack import ArchiveError, unpack
from segedu.data.sets.files import FileDataset
from segedu.locks import TakenError, holding

LOCK = ".fetching.lock"
UNPACKING = ".unpacking-"  # how the names of folders begin into which archives are unpacked, then the process's number


@functools.cache
def manifest() -> dict[str, dict[str, Any]]:
    """Return the manifest: for each data set its title, license, homepage and files with mirrors and hashes.

    >>> sorted(manifest())
    ['camvid', 'dsb2018', 'isbi', 'pets']
    """
    return json.loads(shipped("manifest.json").read_text(encoding="utf-8"))


def fetch(kind: type[FileDataset], root: str | Path | None = None) -> Path:
    """Return the folder to use as `root` of a data set; download and unpack the data set if it is not there.

    Nothing half-done is ever left where the data set is looked for: an archive gets its name once
    it is whole, what is unpacked is looked through before it is moved to its place. A download that
    was cut goes on where it stopped. Two at once never write into one folder: the second is told.

    Args:
        kind: the class of the data set, such as `dataset_class("camvid")`.
        root: the folder to put it into; None: where downloads go.

    Raises:
        OSError: it could not be had; one sentence that names the file and the cure.
    """
    entry = manifest()[kind.name]
    folder = downloads() / kind.name if root is None else expanded(root)
    if _is_whole(kind, folder):
        return folder
    try:
        with holding(folder / LOCK):
            if not _is_whole(kind, folder):  # who held the folder before may have fetched it
                _fetch_into(folder, kind, entry)
    except DownloadError:
        raise
    except TakenError as error:
        owner = error.owner or "this process"
        raise DownloadError(
            f"{entry['title']} is being fetched into {folder} by {owner}; wait until it is there."
        ) from None
    except OSError as error:
        raise DownloadError(f"{folder} can't hold {entry['title']} ({error.strerror}); {disk_cure(error)}.") from None
    return folder


def _fetch_into(folder: Path, kind: type[FileDataset], entry: dict[str, Any]) -> None:
    print(f"{entry['title']} ({entry['license']}) from {entry['homepage']}")
    _remove_leftovers(folder)
    archives = [download(_remote(file), folder) for file in entry["files"]]
    _install(kind, entry, archives, folder)
    for archive in archives:
        archive.unlink()
    print(f"{entry['title']} is in {folder}.")


def _is_whole(kind: type[FileDataset], folder: Path) -> bool:
    """Whether the data set is there; a part of it must not be mixed with what is fetched."""
    try:
        base = kind.find(folder)
    except FileNotFoundError:
        return False
    try:
        kind(folder, "val")
    except FileNotFoundError:
        raise DownloadError(f"{base} holds only a part of {kind.title}; move it away, and fetch again.") from None
    return True


def _remote(file: dict[str, Any]) -> RemoteFile:
    return RemoteFile(file["name"], tuple(file["mirrors"]), file["size"], file["sha256"], file["md5"])


def _remove_leftovers(folder: Path) -> None:
    """Remove what runs that were killed had unpacked; those of a process that lives are left alone."""
    for leftover in folder.glob(f"{UNPACKING}*"):
        number = leftover.name.removeprefix(UNPACKING).partition("-")[0]
        if not (number.isascii() and number.isdigit() and _lives(int(number))):
            shutil.rmtree(leftover, ignore_errors=True)


def _lives(process: int) -> bool:
    """Return whether a process of this number is there, other than this one."""
    if process == os.getpid() or os.name == "nt":  # there, asking would end it; the lock has to do
        return False
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True
    return True


def _install(kind: type[FileDataset], entry: dict[str, Any], archives: list[Path], folder: Path) -> None:
    """Unpack all archives into a folder beside, look through it, then move what it holds to its place."""
    beside = Path(tempfile.mkdtemp(prefix=f"{UNPACKING}{os.getpid()}-", dir=folder))
    try:
        for file, archive in zip(entry["files"], archives, strict=True):
            _unpack(archive, beside / entry["into"], file)
        fault = _what_is_missing(kind, beside)
        if fault is not None:
            for archive in archives:
                archive.unlink()
            names = " and ".join(archive.name for archive in archives)
            raise DownloadError(f"{names} can't be used ({fault}), so it was removed; fetch again.")
        moves = [(unpacked, folder / unpacked.name) for unpacked in beside.iterdir()]
        for _, target in moves:
            if target.exists():
                raise DownloadError(f"{target} is in the way; move it away, and fetch again.")
        for unpacked, target in moves:
            os.replace(unpacked, target)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _what_is_missing(kind: type[FileDataset], beside: Path) -> str | None:
    """Return what an unpacked data set lacks, a split or a file, or None."""
    try:
        for split in kind.splits:
            for pair in kind(beside, split).pairs:
                for path in (pair.image, *pair.labels):
                    if not path.exists():
                        return f"it lacks {path.relative_to(beside).as_posix()}"
    except (OSError, ValueError) as error:
        return str(error).partition(";")[0].replace(f"{beside}{os.sep}", "")
    return None


def _unpack(archive: Path, target: Path, file: dict[str, Any]) -> None:
    print(f"unpacking {archive.name}")
    target.mkdir(exist_ok=True)
    try:
        unpack(archive, target, file["take"], file["strip"])
    except ArchiveError as error:
        archive.unlink()
        raise DownloadError(f"{archive} can't be used ({error}), so it was removed; fetch again.") from None
