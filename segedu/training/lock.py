"""One run a checkpoint: the place is tried before the first step, and a second run in it is refused.

The operating system holds the lock and drops it when the process ends, however it ends: a killed run blocks nobody.
"""

import contextlib
import errno
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from segedu.training import distributed

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP}  # a file system without locks: then nobody is refused
_held: set[Path] = set()  # by trainers of this process, which the system doesn't tell apart


def check_place(path: Path) -> None:
    """Raise OSError, in one sentence, if `path` can't be a checkpoint: it is a folder, or a file is in its way."""
    if path.is_dir():
        raise IsADirectoryError(f"the checkpoint {path} is a folder; give a file in it, such as {path / 'run.pt'}.")
    for folder in path.parents:
        if folder.exists() and not folder.is_dir():
            raise NotADirectoryError(f"{folder} is a file, so {path} can't be written; choose another folder.")


@contextlib.contextmanager
def held_by_first(path: Path | None) -> Iterator[None]:
    """Hold the checkpoint `path`, if there is one, in process 0 for all; raise in all processes if that fails."""
    with contextlib.ExitStack() as stack:
        failure = None
        try:
            if path is not None and distributed.rank() == 0:
                stack.enter_context(held(path))
        except OSError as error:
            failure = error
        distributed.raise_together(failure)
        yield


@contextlib.contextmanager
def held(path: Path) -> Iterator[None]:
    """Keep other runs from the checkpoint `path` inside the block, by a file beside it that is gone after it.

    Raises OSError, in one sentence, if another run holds it, or if nothing can be written there.
    """
    file = path.with_name(f".{path.name}.lock").absolute()
    descriptor = _acquire(path, file)
    _held.add(file)
    try:
        yield
    finally:
        _held.discard(file)
        _release(descriptor, file)


def _acquire(path: Path, file: Path) -> int:
    """Return the descriptor of the lock's file, once this process has it; only this process's own file counts."""
    if file in _held:
        raise BlockingIOError(f"another run of this process trains into {path}; choose another file.")
    while True:
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o666)
        except OSError as error:
            raise OSError(
                f"checkpoint {path} could not be written ({error.strerror}); choose another place."
            ) from error
        if not _lock(descriptor):
            owner = os.read(descriptor, 200).decode(errors="replace") or "another process"
            os.close(descriptor)
            raise BlockingIOError(
                f"another run trains into {path} ({owner}); wait until it ends, or choose another folder."
            )
        if _is_there(descriptor, file):
            os.ftruncate(descriptor, 0)
            os.write(descriptor, f"process {os.getpid()} on {socket.gethostname()}".encode())
            return descriptor
        os.close(descriptor)  # the run before removed it in between: what is locked is no longer in the folder


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
            file.unlink()  # while it is still locked, so that it can't be another run's
        os.close(descriptor)
    else:
        os.close(descriptor)  # Windows removes no open file
        with contextlib.suppress(OSError):
            file.unlink()
