"""Checkpoints: written beside and moved into place, the one before kept, read without executing anything."""

import io
import os
from pathlib import Path
from typing import Any

import torch

from segedu.files import replacing
from segedu.training import preprocessing
from segedu.training.plain import plain
from segedu.training.reading import Content, Kinds, is_there, read_newest

# What a run needs to go on, and what a model needs to predict.
RUN: Kinds = {
    "model": dict,
    "optimizer": dict,
    "scaler": dict,
    "step": int,
    "total": (int, type(None)),
    "seconds": float,
    "history": dict,
    "settings": dict,
    "micro_batch": int,
}
MODEL: Kinds = {"model": dict, "preprocessing": dict}


def save_checkpoint(path: str | Path, content: Content, keep_previous: bool = True) -> None:
    """Write `content` (tensors, numbers, strings in dicts and lists) to `path` so that no crash leaves half a file.

    The file that was there is kept as `path` + ".previous", unless `keep_previous` is false: then it was another run's.

    Raises OSError, in one sentence, if the disk is full or the folder can't be written; what was there stays. Raises
    TypeError naming the place of anything that couldn't be read back: a checkpoint that was written is readable.
    """
    path = Path(path)
    buffer = io.BytesIO()
    torch.save(plain(content), buffer)
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
    newest file is damaged (each part has a checksum), incomplete or missing, the one before it is read and a line says
    so. Only tensors, numbers and strings are read (`weights_only=True`): a file from someone else can't run code.

    Raises FileNotFoundError if there is none; OSError if there is one that can't be read now (no right to, a failing
    disk, no memory, a newer torch); ValueError if none is whole, or if it belongs to another model, whose missing and
    surplus keys are named.
    """
    content = read_newest(Path(path), _previous(Path(path)), {"model": dict} if model is None else MODEL)
    if model is not None:
        load_weights(model, content["model"], str(path))
        preprocessing.attach(model, preprocessing.from_record(content["preprocessing"]))
    return content


def load_run(path: Path) -> Content:
    """Return all that a run needs to go on; raises as `load_checkpoint` does."""
    return read_newest(path, _previous(path), RUN)


def exists(path: str | Path) -> bool:
    """Return whether there is a checkpoint at `path`, or the one before it."""
    return is_there(Path(path)) or is_there(_previous(Path(path)))


def _previous(path: Path) -> Path:
    return path.with_name(path.name + ".previous")


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
    keys = [*current, *(key for key in saved if key not in current)]
    differing = [key for key in keys if saved.get(key) != current.get(key)]
    if not differing:
        return
    named = ", ".join(f"{key} was {saved.get(key)!r} and is {current.get(key)!r}" for key in differing)
    norm = ""
    if {"processes", "micro_batch"} & set(differing):
        norm = " Batch norm sees what is computed at once; models with norm='group' don't mind how a batch is split."
    raise ValueError(
        f"checkpoint {where} is of a run with other settings: {named}.{norm} Use its settings, start anew with "
        "resume=False, or go on all the same with resume='anyway'."
    )
