"""Small trained weights that ship with the course: safetensors files, loaded by name, never unpickled."""

import json
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import nn

from segedu._shipped import shipped
from segedu.files import replacing
from segedu.training import checkpoint as checkpoints
from segedu.training import preprocessing


def load_weights(model: nn.Module, name: str) -> nn.Module:
    """Put the shipped weights `name`, such as "unet_scenes", on `model` and return it, in evaluation mode.

    The training's preprocessing comes along, so `predict(model, image)` treats images as the training did.

    Raises FileNotFoundError if the course ships no such weights, ValueError if they belong to another model, whose
    missing and surplus keys are named.

    >>> load_weights(nn.Identity(), "no such")
    Traceback (most recent call last):
        ...
    FileNotFoundError: the course ships no weights 'no such'; train the model, or run the recipe that makes them.
    """
    try:
        path = shipped(f"weights/{name}.safetensors")
    except FileNotFoundError:
        raise FileNotFoundError(
            f"the course ships no weights {name!r}; train the model, or run the recipe that makes them."
        ) from None
    with safe_open(path, framework="pt") as file:
        state = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 (it is no dict)
        record = json.loads(file.metadata()["preprocessing"])
    dtypes = {key: value.dtype for key, value in model.state_dict().items()}
    state = {key: value.to(dtypes.get(key, value.dtype)) for key, value in state.items()}
    checkpoints.load_weights(model, state, str(path.name))
    preprocessing.attach(model, preprocessing.from_record(record))
    return model.eval()


def save_weights(model: nn.Module, path: str | Path) -> None:
    """Write a trained model's weights in half precision, with its preprocessing, as `path` (.safetensors)."""
    half = {
        key: (value.half() if value.is_floating_point() else value).detach().cpu().contiguous()
        for key, value in model.state_dict().items()
    }
    assert all(bool(torch.isfinite(value).all()) for value in half.values()), "a weight is too large for half precision"
    record = preprocessing.to_record(preprocessing.preprocessing_of(model))
    with replacing(Path(path)) as beside:
        save_file(half, beside, {"preprocessing": json.dumps(record)})
