"""Files that are there whole or not at all: written beside their place, then moved into it."""

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path

OF_THE_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)  # a write raises these without a file's name


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a path beside `path` to write to; after the block that file is `path`, after an error it is gone.

    Folders on the way to `path` are created. What was at `path` stays until the new file is complete.

    Raises:
        OSError: the file can't be written; it names `path`, never the file beside.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with replacing(Path(folder) / "a.txt") as beside:
    ...         _ = beside.write_text("whole")
    ...     [(file.name, file.read_text()) for file in Path(folder).iterdir()]
    [('a.txt', 'whole')]
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")  # two processes never write to one file
    try:
        yield beside
        os.replace(beside, path)
    except OSError as error:
        unnamed = error.filename is None and error.errno in OF_THE_DISK
        if unnamed or error.filename in (beside, str(beside)):
            raise OSError(error.errno, error.strerror, str(path)) from error
        raise
    finally:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    r"""Write a text in UTF-8 with \n at the ends of its lines, on every system; whole or not at all."""
    with replacing(path) as beside:
        beside.write_text(text, encoding="utf-8", newline="\n")
