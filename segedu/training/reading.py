"""Reading a checkpoint: what is damaged is told from what can't be read now, and nobody is told to delete it."""

import pickle  # for the name of its error: nothing is unpickled
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from segedu.training import memory

Content = dict[str, Any]
Kinds = Mapping[str, type | tuple[type, ...]]  # what a checkpoint has to hold: name → type

UNREADABLE = "mend that and go on, or move the file away, which goes on from the one before it or starts anew"


class DamagedError(Exception):
    """The file is not what was written, or not all that is needed; its text says what of it."""


def read_newest(path: Path, previous: Path, needed: Kinds) -> Content:
    """Return the content of `path`; if it is damaged or missing that of `previous`, and a line says so.

    Raises:
        FileNotFoundError: there is neither.
        OSError: a file is there that can't be read now: no right to, a failing disk, no memory, a newer torch.
        ValueError: none is whole.
    """
    if not is_there(path) and not is_there(previous):
        raise FileNotFoundError(f"there is no checkpoint {path}; train first, or give the path of one.")
    problems = []
    for candidate in (path, previous):
        try:
            content = _read(candidate, needed)
        except FileNotFoundError:
            problems.append(f"{candidate} is missing")
        except DamagedError as damage:
            problems.append(f"{candidate} {damage}")
        else:
            if problems:
                print(f"{problems[0]}; going on from the one before it, {candidate}.")
            return content
    raise ValueError(f"{'; '.join(problems)}: train anew, without resume, or into another file.")


def is_there(path: Path) -> bool:
    """Return whether there is a file; raises OSError, in one sentence, where the folder may not be looked at."""
    try:
        return path.exists()
    except OSError as error:
        raise _unreadable(path, error) from error


def _read(path: Path, needed: Kinds) -> Content:
    """Return a file's content as it was written; raises DamagedError if it isn't, OSError if nobody can tell."""
    try:
        _check_bytes(path)
        content = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise _unreadable(path, error) from error
    except Exception as error:
        raise _reason(error, path) from error
    _check_content(content, needed)
    return content


def _unreadable(path: Path, error: OSError) -> OSError:
    return OSError(f"checkpoint {path} can't be read ({error.strerror or error}): {UNREADABLE}.")


def _check_bytes(path: Path) -> None:
    """Raise DamagedError unless each part of the file has the checksum written with it, which torch doesn't ask."""
    try:
        with zipfile.ZipFile(path) as archive:
            wrong = archive.testzip()
    except (zipfile.BadZipFile, EOFError, zlib.error, NotImplementedError, UnicodeDecodeError, ValueError) as error:
        raise DamagedError("is truncated or damaged") from error
    if wrong is not None:
        raise DamagedError(f"is damaged: the bytes of {wrong} have changed since they were written")


def _reason(error: Exception, path: Path) -> Exception:
    """Return what it means that torch can't read a file whose bytes are right."""
    message = str(error)
    if isinstance(error, DamagedError):
        return error
    if memory.ran_out(error):
        return OSError(f"checkpoint {path} doesn't fit into memory: free some, then go on.")
    if "maximum supported version" in message or "too old" in message:
        return OSError(f"checkpoint {path} was written by a newer torch than {torch.__version__}: update torch.")
    if isinstance(error, pickle.UnpicklingError):
        return DamagedError("holds more than tensors, numbers and texts, and isn't read: it could run code")
    return DamagedError(f"is damaged ({type(error).__name__})")


def _check_content(content: Any, needed: Kinds) -> None:
    if not isinstance(content, dict) or "model" not in content:
        raise DamagedError("is not a checkpoint of the course")
    for name, kind in needed.items():
        if name not in content:
            raise DamagedError(f"is incomplete: it lacks {name!r}")
        if not isinstance(content[name], kind):
            raise DamagedError(f"is incomplete: its {name!r} is a {type(content[name]).__name__}")
