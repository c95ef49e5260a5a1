"""Checkpoints: written beside and moved into place, the one before kept, read without executing anything."""

import io
import os
import pickle  # for the name of its error: nothing is unpickled
from pathlib import Path
from typing import Any

import torch

from segedu.files import replacing
from segedu.training import preprocessing

Content = dict[str, Any]


def save_checkpoint(path: str | Path, content: Content, keep_previous: bool = True) -> None:
    """Write `content` (tensors, numbers, strings in dicts and lists) to `path` so that no crash leaves half a file.

    The file that was there is kept as `path` + ".previous", unless `keep_previous` is false: then it was another run's.

    Raises OSError, in one sentence, if the disk is full or the folder can't be written; what was there stays.
    """
    path = Path(path)
    buffer = io.BytesIO()
    torch.save(content, buffer)
    try:
        with replacing(path) as beside:
            with open(beside, "wb") as file:
                file.write(buffer.getbuffer())
                file.flush()
                os.fsync(file.fileno())
            if keep_previous and path.exists():
                os.replace(path, _previous(path))
        if not keep_previous:
            _previous(path).unlink(missing_ok=True)
    except OSError as error:
        reason = error.strerror or str(error)
        kept = f"; the one before it is untouched in {path}" if path.exists() else ""
        raise OSError(
            f"checkpoint {path} could not be written ({reason}){kept}; free space or choose another place, then go on."
        ) from error


def load_checkpoint(path: str | Path, model: torch.nn.Module | None = None) -> Content:
    """Read a checkpoint on to the CPU and, if a model is given, put the weights and the preprocessing on it.

    Returns a dict with "model", "optimizer", "step", "history", "settings" and more, as the trainer saved it. If the
    newest file is truncated or missing, the one before it is read and a line says so. Only tensors, numbers and
    strings are read (`weights_only=True`): a file from someone else can't run code.

    Raises FileNotFoundError if there is none, ValueError if none is readable or if it belongs to another model, whose
    missing and surplus keys are named.
    """
    content = _read_newest(Path(path))
    if model is not None:
        load_weights(model, content["model"], str(path))
        preprocessing.attach(model, preprocessing.from_record(content["preprocessing"]))
    return content


def exists(path: str | Path) -> bool:
    """Return whether there is a checkpoint at `path`, or the one before it."""
    return Path(path).exists() or _previous(Path(path)).exists()


def _previous(path: Path) -> Path:
    return path.with_name(path.name + ".previous")


def _read_newest(path: Path) -> Content:
    if not exists(path):
        raise FileNotFoundError(f"there is no checkpoint {path}; train first, or give the path of one.")
    problems = []
    for candidate in (path, _previous(path)):
        try:
            content = torch.load(candidate, map_location="cpu", weights_only=True)
            if not isinstance(content, dict) or "model" not in content:
                raise ValueError("it is not a checkpoint of the course")
        except FileNotFoundError:
            problems.append(f"{candidate} is missing")
        except (OSError, RuntimeError, EOFError, ValueError, KeyError, pickle.UnpicklingError):
            problems.append(f"{candidate} is truncated or damaged")
        else:
            if problems:
                print(f"{problems[0]}; going on from the one before it, {candidate}.")
            return content
    raise ValueError(f"{'; '.join(problems)}: delete it and train anew.")


def load_weights(model: torch.nn.Module, weights: dict[str, torch.Tensor], where: str) -> None:
    """Put `weights` on the model; raise ValueError naming missing and surplus keys, or shapes that differ."""
    own = model.state_dict()
    problems = []
    for what, keys in (("lacks", own.keys() - weights.keys()), ("has besides", weights.keys() - own.keys())):
        if keys:
            names = sorted(keys)
            more = f" and {len(names) - 3} more" if len(names) > 3 else ""
            problems.append(f"it {what} {', '.join(names[:3])}{more}")
    shapes = [key for key in own if key in weights and own[key].shape != weights[key].shape]
    if shapes:
        key = shapes[0]
        problems.append(f"{key} is {tuple(weights[key].shape)} there and {tuple(own[key].shape)} in the model")
    if problems:
        raise ValueError(
            f"checkpoint {where} is of another model: {'; '.join(problems)}. Create the model as it was trained."
        )
    model.load_state_dict(weights)


def check_settings(saved: dict[str, Any], current: dict[str, Any], where: str) -> None:
    """Raise ValueError naming each setting in which the run that wrote the checkpoint differs from this one."""
    differing = [key for key in current if saved.get(key) != current[key]]
    if differing:
        named = ", ".join(f"{key} was {saved.get(key)!r} and is {current[key]!r}" for key in differing)
        raise ValueError(
            f"checkpoint {where} is of a run with other settings: {named}. Use its settings, start anew with "
            "resume=False, or go on all the same with resume='anyway'."
        )
