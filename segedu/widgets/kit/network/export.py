"""A trained model as plain data that `kit/network.js` runs: steps by name, weights of 16 bits as text."""

import copy
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from segedu.training.preprocessing import preprocessing_of
from segedu.widgets.kit.network.convert import Outputs, convert
from segedu.widgets.kit.network.fuse import fuse
from segedu.widgets.kit.network.run import run_steps
from segedu.widgets.kit.network.steps import Step, plain
from segedu.widgets.kit.network.trace import trace
from segedu.widgets.kit.packed import pack

OTHER_SIZES = ((3, 5), (32, 64))  # by how much larger the second example is: odd sizes, or what strict networks take
TOLERANCE = 1e-3  # of the largest output


def export_network(model: nn.Module, size: tuple[int, int] = (64, 96), channels: int = 3) -> dict[str, Any]:
    """Return a model as JSON-able data for a page, where `kit/network.js` gives the same outputs without Python.

    Any model of the course: towers of `nn.Sequential`, U-Nets, dilated backbones, decoders; not its class decides, but
    which of torch's functions its forward calls. The model is neither changed nor kept. Its steps hold for images of
    any size that it takes. Batch norms are folded into convolutions, in 32 bits; the weights of convolutions are
    rounded to 16 bits, so those that `se.load_weights` reads are carried exactly. A network of random weights of 32
    bits moved its logits by up to 0.015 so, and one label in a thousand.

    Args:
        model: maps images float (1, channels, H, W) to a map (1, K, H', W'), a dict or a list of such.
        size: (height, width) of images that the model takes; two examples, this one and a larger one, are followed.
        channels: of the images.

    Returns:
        A dict of "channels"; "mean" and "std" of the model's preprocessing, by which the page normalizes images in
        [0, 1], and its "size", at which it then wants them (None: any); "steps", a list of dicts as in `steps.py`;
        "outputs", the steps' names by the outputs' names ("out" where there is one); "weights", float16, and "scales",
        float32 (scales and biases per channel), both packed as text, in which the steps' weights have their places.

    Raises:
        ValueError: the forward does what a page's network can't, or depends on the image's size or values by plain
            Python numbers; a weight is not finite in 16 bits; the message names the layer and the way out.
        Exception: what the model raises for an image of this size.

    >>> network = export_network(nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU()), (5, 7))
    >>> [(step["operation"], step["name"], step["relu"]) for step in network["steps"]]
    [('convolution', '0', True)]
    """
    steps, outputs = network_steps(model, size, channels)
    preprocessing = preprocessing_of(model)
    weights: list[np.ndarray] = []
    scales: list[np.ndarray] = []
    record = [_record(step, weights, scales) for step in steps]
    return {
        "channels": channels,
        "mean": list(preprocessing.mean),
        "std": list(preprocessing.std),
        "size": preprocessing.size and list(preprocessing.size),
        "steps": record,
        "outputs": outputs,
        "weights": _packed(weights, np.float16),
        "scales": _packed(scales, np.float32),
    }


def network_steps(model: nn.Module, size: tuple[int, int], channels: int = 3) -> tuple[list[Step], Outputs]:
    """Return the steps of a model with its weights as they are, and its outputs; arguments and errors as above."""
    model = copy.deepcopy(model).cpu().float().eval()
    example, other = _examples(model, size, channels)
    steps, outputs = _steps(model, example)
    again, _ = _steps(model, other)

    # The same steps for both sizes, and what the model gives for both.
    for one, two in zip(steps, again, strict=False):
        if (one.operation, one.inputs, plain(one.options)) != (two.operation, two.inputs, plain(two.options)):
            raise ValueError(_depends_on_size(one.name))
    if len(steps) != len(again):
        raise ValueError(_depends_on_size(steps[-1].name))
    for image in (example, other):
        _check_same(model, steps, outputs, image)
    return steps, outputs


def _steps(model: nn.Module, example: Tensor) -> tuple[list[Step], Outputs]:
    try:
        graph = trace(model, example)
    except Exception as error:  # the model itself runs, so it is the stand-in for the image that it couldn't use
        raise ValueError(
            f"the model's forward can't be followed ({type(error).__name__}: {error}); write it with torch's functions "
            "and methods on the image's own maps, without writing into them."
        ) from error
    return fuse(*convert(graph))


def _examples(model: nn.Module, size: tuple[int, int], channels: int) -> tuple[Tensor, Tensor]:
    """Return two random images of different sizes that the model takes."""
    generator = torch.Generator().manual_seed(0)
    example = torch.randn(1, channels, *size, generator=generator)
    with torch.no_grad():
        model(example.clone())
        for rows, columns in OTHER_SIZES:
            other = torch.randn(1, channels, size[0] + rows, size[1] + columns, generator=generator)
            try:
                model(other.clone())
            except Exception:  # whatever a model says of a size that it doesn't take
                continue
            return example, other
    raise ValueError(f"the model takes images of {size[0]} × {size[1]} only; make it fully convolutional.")


def _depends_on_size(name: str) -> str:
    return (
        f"what the model does at {name!r} depends on the image's size by more than the sizes of its maps (an if, an "
        "int()); compute sizes from x.shape alone, and leave out such branches."
    )


def _check_same(model: nn.Module, steps: list[Step], outputs: Outputs, image: Tensor) -> None:
    """Raise ValueError unless the steps give what the model gives."""
    with torch.no_grad():
        expected = model(image.clone())
    if isinstance(expected, Tensor):
        expected = {"out": expected}
    if isinstance(expected, tuple | list):
        expected = {str(at): each for at, each in enumerate(expected)}
    maps = run_steps(steps, image)
    for name, step in outputs.items():
        limit = TOLERANCE * max(1.0, expected[name].abs().max().item())
        if maps[step].shape != expected[name].shape or (maps[step] - expected[name]).abs().max() > limit:
            raise ValueError(
                f"the steps of the output {name!r} give other numbers than the model; its forward writes into a part "
                "of a map, or draws random numbers: write it without."
            )


def _record(step: Step, weights: list[np.ndarray], scales: list[np.ndarray]) -> dict[str, Any]:
    """Return a step as plain data; its weights go to the end of the lists, and their places into the record."""
    places = {}
    for key, values in step.weights.items():
        store, dtype = (weights, np.float16) if key == "weight" else (scales, np.float32)
        with np.errstate(over="ignore"):
            numbers = values.numpy().astype(dtype).ravel()
        if not np.isfinite(numbers).all():
            bits = 8 * numbers.itemsize
            raise ValueError(f"a weight of layer {step.name!r} is not finite in {bits} bits; train it again.")
        places[key] = sum(each.size for each in store)
        store.append(numbers)
    return {
        "operation": step.operation,
        "name": step.name,
        "channels": step.channels,
        "inputs": step.inputs,
        "relu": step.relu,
        **plain(step.options),
        **places,
    }


def _packed(arrays: list[np.ndarray], dtype: Any) -> str:
    numbers = np.concatenate([np.empty(0, dtype), *arrays])
    return pack(numbers.astype(np.dtype(dtype).newbyteorder("<")).view(np.uint8))
