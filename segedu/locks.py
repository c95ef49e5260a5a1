"""A file that one process holds at a time: who comes second is told who holds it.

The operating system holds the lock and drops it when the process ends, however it ends: a killed process blocks nobody.
"""

import contextlib
import errno
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP}  # a file system without locks: then nobody is refused
_held: set[Path] = set()  # by this process, which the system doesn't tell apart


class TakenError(BlockingIOError):
    """Another holds the file; `owner` says who in words, None if it is this process itself."""

    def __init__(self, file: Path, owner: str | None) -> None:
        super().__init__(f"{file} is held by {owner or 'this process'}.")
        self.owner = owner


@contextlib.contextmanager
def holding(file: Path) -> Iterator[None]:
    """Hold a file inside the block; it is made for that, its folders too, and is gone after it.

    Raises:
        TakenError: another holds it.
        OSError: it can't be written.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder, holding(Path(folder) / "a.lock"):
    ...     [file.name for file in Path(folder).iterdir()]
    ['a.lock']
    """
    file = file.absolute()
    descriptor = _acquire(file)
    _held.add(file)
    try:
        yield
    finally:
        _held.discard(file)
        _release(descriptor, file)


def _acquire(file: Path) -> int:
    """Return the descriptor of the file, once this process has it; only this process's own file counts."""
    if file in _held:
        raise TakenError(file, None)
    while True:
        file.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o666)
        if not _lock(descriptor):
            owner = os.read(descriptor, 200).decode(errors="replace") or "another process"
            os.close(descriptor)
            raise TakenError(file, owner)
        if _is_there(descriptor, file):
            os.ftruncate(descriptor, 0)
            os.write(descriptor, f"process {os.getpid()} on {socket.gethostname()}".encode())
            return descriptor
        os.close(descriptor)  # who had it before removed it in between: what is locked is no longer in the folder


def _lock(descriptor: int) -> bool:
    """Return whether the file is this process's now. Children don't inherit such a lock, so none keeps it alive."""
    try:
        if fcntl is not None:
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        else:
            msvcrt: Any = __import__("msvcrt")
            os.lseek(descriptor, 1000, os.SEEK_SET)  # not where the owner's name is: what is locked can't be read
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
            os.lseek(descriptor, 0, os.SEEK_SET)
    except OSError as error:
        return error.errno in NO_LOCKS
    return True


def _is_there(descriptor: int, file: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(file))
    except FileNotFoundError:
        return False


def _release(descriptor: int, file: Path) -> None:
    if fcntl is not None:
        with contextlib.suppress(OSError):
            file.unlink()  # while it is still locked, so that it can't be another's
        os.close(descriptor)
    else:
        os.close(descriptor)  # Windows removes no open file
        with contextlib.suppress(OSError):
            file.unlink()
