"""Unpack the wanted folders of a zip or tar archive, and nothing that would leave the target."""

import lzma
import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from segedu.data.sets.fetch.web_page import is_web_page

# Images hardly shrink in an archive: what would grow more than this is a bomb, or no data set of the course.
GROWTH = 20  # times the archive's size
SMALL = 100_000_000  # bytes that any archive may hold
MOST_FILES = 200_000


class ArchiveError(ValueError):
    """An archive that is damaged, dangerous, or not what was expected; says why in a few words."""


def unpack(archive: Path, target: Path, take: Sequence[str], strip: int = 0) -> None:
    """Unpack what lies in the folders `take` of an archive into `target`, below the same names.

    Args:
        archive: a zip or a (compressed) tar file.
        target: an existing folder.
        take: folders in the archive, as "data/train", without the `strip` outermost ones.
        strip: how many outermost folders to leave away; 1 for a repository's archive.

    Raises:
        ArchiveError: it is no such archive, is damaged or encrypted, has a path that leads outside,
            would grow too large, or lacks one of `take`.
        OSError: the disk is full or can't be written.
    """
    with archive.open("rb") as file:
        if is_web_page(file.read(512)):
            raise ArchiveError("it is a web page, such as a network that asks to log in sends in place of a file")
    try:
        if zipfile.is_zipfile(archive):
            _unpack_zip(archive, target, take, strip)
        elif archive.suffix == ".zip":
            raise ArchiveError("it is no zip file")
        else:
            _unpack_tar(archive, target, take, strip)
    except (zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, EOFError) as error:
        raise ArchiveError(str(error)) from None
    except NotImplementedError as error:
        raise ArchiveError(f"it is packed in a way that Python can't read: {error}") from None
    except (RuntimeError, ValueError, UnicodeError) as error:  # of headers that make no sense
        raise error if isinstance(error, ArchiveError) else ArchiveError(str(error)) from None
    except OSError as error:
        if error.errno is None:  # gzip's own complaint, not the disk's
            raise ArchiveError(str(error)) from None
        raise
    if missing := [folder for folder in take if not (target / folder).is_dir()]:
        raise ArchiveError(f"it holds no folder {missing[0]}")


def destination(name: str, take: Sequence[str], strip: int) -> PurePosixPath | None:
    """Return where a member of an archive goes, None if it is not wanted.

    Raises:
        ArchiveError: the path is absolute or leads upwards.

    >>> destination("unet-1a2b/data/0.png", ["data"], strip=1)
    PurePosixPath('data/0.png')
    >>> destination("unet-1a2b/model.py", ["data"], strip=1) is None
    True
    >>> destination("data\\\\1.png", ["data"], strip=0)  # as some packers on Windows write it
    PurePosixPath('data/1.png')
    """
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or ":" in name:
        raise ArchiveError(f"its path {name!r} leads outside")
    inner = PurePosixPath(*path.parts[strip:])
    return inner if any(inner.is_relative_to(folder) for folder in take) else None


def _unpack_zip(archive: Path, target: Path, take: Sequence[str], strip: int) -> None:
    budget = _Budget(archive)
    with zipfile.ZipFile(archive) as bundle:
        for member in bundle.infolist():
            inner = destination(member.filename, take, strip)
            if inner is None or member.filename.endswith(("/", "\\")):
                continue
            if member.flag_bits & 1:
                raise ArchiveError(f"its member {member.filename!r} is encrypted")
            budget.spend(member.file_size)
            path = target / inner
            path.parent.mkdir(parents=True, exist_ok=True)
            with bundle.open(member) as source, path.open("wb") as out:
                shutil.copyfileobj(source, out)  # reading to the end checks the CRC


def _unpack_tar(archive: Path, target: Path, take: Sequence[str], strip: int) -> None:
    budget = _Budget(archive)

    def choose(member: tarfile.TarInfo, path: str) -> tarfile.TarInfo | None:
        inner = destination(member.name, take, strip)
        if inner is None:
            return None
        budget.spend(member.size)
        renamed = member.replace(name=str(inner), deep=False)
        return tarfile.data_filter(renamed, path)

    with tarfile.open(archive) as bundle:
        bundle.extractall(target, filter=choose)
        while bundle.fileobj and bundle.fileobj.read(1 << 20):
            pass  # reading to the end checks gzip's CRC


class _Budget:
    """What an archive may still take: bytes on the disk, and files."""

    def __init__(self, archive: Path) -> None:
        self.allowed = SMALL + GROWTH * archive.stat().st_size
        self.bytes = 0
        self.files = 0

    def spend(self, size: int) -> None:
        """Count a member before it is written; raises ArchiveError beyond what is allowed."""
        self.bytes += size
        self.files += 1
        if self.bytes > self.allowed or self.files > MOST_FILES:
            raise ArchiveError(
                f"it would take more than {self.allowed / 1e6:.0f} MB or {MOST_FILES:,} files on the disk, "
                "which no data set of the course does"
            )
