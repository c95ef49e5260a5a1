"""One run a checkpoint: the place is tried before the first step, and a second run in it is refused.

The operating system holds the lock and drops it when the process ends, however it ends: a killed run blocks nobody.
"""

import contextlib
import glob
from collections.abc import Iterator
from pathlib import Path

from segedu.locks import TakenError, holding
from segedu.training import distributed


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
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(holding(path.with_name(f".{path.name}.lock")))
        except TakenError as error:
            raise BlockingIOError(_refusal(path, error.owner)) from None
        except OSError as error:
            raise OSError(
                f"checkpoint {path} could not be written ({error.strerror}); choose another place."
            ) from error
        for half in path.parent.glob(f".{glob.escape(path.name)}.*.part"):  # of a run that was killed in a save
            half.unlink(missing_ok=True)
        yield


def _refusal(path: Path, owner: str | None) -> str:
    if owner is None:
        return f"another run of this process trains into {path}; choose another file."
    return f"another run trains into {path} ({owner}); wait until it ends, or choose another folder."
