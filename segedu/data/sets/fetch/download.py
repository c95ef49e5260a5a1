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


@functools.cache
def manifest() -> dict[str, dict[str, Any]]:
    """Return the manifest: for each data set its title, license, homepage and files with mirrors and hashes.

    >>> sorted(manifest())
    ['camvid', 'dsb2018', 'isbi', 'pets']
    """
    return json.loads(shipped("manifest.json").read_text())


def fetch(kind: type[FileDataset], root: str | Path | None = None) -> Path:
    """Return the folder to use as `root` of a data set; download and unpack the data set if it is not there.

    Nothing half-done is ever left where the data set is looked for: an archive gets its name once
    it is whole, and the unpacked folder is moved to its place in one step. A download that was cut
    goes on where it stopped.

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
    print(f"{entry['title']} ({entry['license']}) from {entry['homepage']}")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        archives = [download(_remote(file), folder) for file in entry["files"]]
        _install(entry, archives, folder)
    except DownloadError:
        raise
    except OSError as error:
        raise DownloadError(f"{folder} can't hold {entry['title']} ({error.strerror}); {disk_cure(error)}.") from None
    kind(folder, "val")
    for archive in archives:
        archive.unlink()
    print(f"{entry['title']} is in {folder}.")
    return folder


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


def _install(entry: dict[str, Any], archives: list[Path], folder: Path) -> None:
    """Unpack all archives into a folder beside, then move what it holds to its place."""
    beside = Path(tempfile.mkdtemp(prefix=".unpacking-", dir=folder))
    try:
        for file, archive in zip(entry["files"], archives, strict=True):
            _unpack(archive, beside / entry["into"], file)
        for unpacked in beside.iterdir():
            _move(unpacked, folder / unpacked.name)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _unpack(archive: Path, target: Path, file: dict[str, Any]) -> None:
    print(f"unpacking {archive.name}")
    target.mkdir(exist_ok=True)
    try:
        unpack(archive, target, file["take"], file["strip"])
    except ArchiveError as error:
        archive.unlink()
        raise DownloadError(f"{archive} can't be used ({error}), so it was removed; fetch again.") from None


def _move(source: Path, target: Path) -> None:
    if target.exists():
        raise DownloadError(f"{target} is in the way; move it away, and fetch again.")
    os.replace(source, target)
