"""Which feature maps a model computes, in which order and from which: read off one forward pass without numbers."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

_ACTIVATIONS = {"relu": "ReLU", "gelu": "GELU", "silu": "SiLU", "leaky_relu": "leaky ReLU", "sigmoid": "sigmoid"}
_NORMS = {"batch_norm": "batch norm", "group_norm": "group norm", "layer_norm": "layer norm", "instance_norm": "norm"}


@dataclass
class FeatureMap:
    """One tensor of a model: what made it (`kind`, `detail`) from which others (`inputs`), and its shape.

    `kind` is input, conv, pool, up, join (concatenation), add or linear; `channels` and `size` (height, width) are
    those of one image; `inputs` are positions in the list of maps; `parts` are the channels that each input of a join
    contributes; `followed_by` names the normalizations and activations applied to it.
    """

    kind: str
    detail: str
    channels: int
    size: tuple[int, int]
    inputs: list[int]
    parts: list[int] = field(default_factory=list)
    followed_by: list[str] = field(default_factory=list)

    @property
    def label(self) -> str:
        """The operation as a legend writes it: "conv 3×3, batch norm, ReLU"."""
        return ", ".join([self.detail, *self.followed_by])


def trace_feature_maps(model: nn.Module, input_size: tuple[int, ...]) -> list[FeatureMap]:
    """Return the maps that `model` computes for one input of the full shape (N, C, H, W), the input first.

    The pass runs in evaluation mode on torch's meta device, which computes shapes only: parameters, buffers, gradients
    and mode of the model stay as they are.

    Raises ValueError if the shape isn't (N, C, H, W) or the model refuses it.

    >>> [one.channels for one in trace_feature_maps(nn.Conv2d(3, 8, 3), (1, 3, 5, 7))]
    [3, 8]
    """
    if len(input_size) != 4:
        raise ValueError(f"input_size is {tuple(input_size)}; give the full shape (N, C, H, W).")
    state = {name: torch.empty_like(value, device="meta") for name, value in _state(model)}
    images = torch.empty(input_size, device="meta")
    recorder = _Recorder(images)
    try:
        with torch.no_grad(), _evaluating(model), recorder:
            result = torch.func.functional_call(model, state, (images,))
    except (RuntimeError, NotImplementedError) as error:
        reason = str(error).splitlines()[0]
        raise ValueError(
            f"{type(model).__name__} can't take an input of shape {tuple(input_size)}: {reason}"
        ) from error
    return recorder.finish(result)


class _Recorder(TorchFunctionMode):
    """Listens to every torch call inside the block and notes which map each tensor belongs to."""

    def __init__(self, images: Tensor) -> None:
        super().__init__()
        _, channels, height, width = images.shape
        self.maps = [FeatureMap("input", "input", channels, (height, width), [])]
        self._map_of = {id(images): 0}
        self._alive = [images]  # a tensor's id is its own only while it lives

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        sources = [self._map_of[id(tensor)] for tensor in _tensors((args, kwargs)) if id(tensor) in self._map_of]
        if sources:
            for tensor in _tensors(result):
                self._note(tensor, getattr(func, "__name__", ""), sources, args, kwargs or {})
        return result

    def finish(self, result: Any) -> list[FeatureMap]:
        """Return the maps; the one that the model returns gets its final size, should a crop have come last."""
        for tensor in _tensors(result):
            if tensor.ndim == 4 and id(tensor) in self._map_of:
                self.maps[self._map_of[id(tensor)]].size = (int(tensor.shape[2]), int(tensor.shape[3]))
        return self.maps

    def _note(self, tensor: Tensor, name: str, sources: list[int], args: Any, kwargs: Any) -> None:
        kind, detail = _operation(name.strip("_"), sources, args, kwargs)
        index = max(sources)
        if kind:
            height, width = tensor.shape[2:] if tensor.ndim == 4 else (1, 1)
            channels = tensor.shape[1] if tensor.ndim == 4 else tensor.shape[-1]
            parts = [self._parts(part) for part in _tensors(args)] if kind == "join" else []
            self.maps.append(FeatureMap(kind, detail, int(channels), (int(height), int(width)), sources, parts))
            index = len(self.maps) - 1
        else:
            self._follow(index, name.strip("_"))
        self._map_of[id(tensor)] = index
        self._alive.append(tensor)

    def _parts(self, tensor: Tensor) -> int:
        return int(tensor.shape[1]) if tensor.ndim > 1 else 0

    def _follow(self, index: int, name: str) -> None:
        follower = _NORMS.get(name) or _ACTIVATIONS.get(name)
        if follower and follower not in self.maps[index].followed_by:
            self.maps[index].followed_by.append(follower)


def _operation(name: str, sources: list[int], args: Any, kwargs: Any) -> tuple[str, str]:
    """Return the kind of map a torch call makes and its name for the legend; ("", "") if it makes no new map."""
    if name.startswith("conv_transpose"):
        return "up", f"up-conv {_square(args[1])}"
    if name in ("conv2d", "conv1d", "conv3d"):
        return "conv", f"conv {_square(args[1])}{_extras(args, kwargs)}"
    if "pool" in name and "unpool" not in name:
        return "pool", ("average pool" if "avg" in name else "max pool") + _window(name, args, kwargs)
    if name in ("interpolate", "upsample", "pixel_shuffle") or "unpool" in name:
        return "up", {"pixel_shuffle": "pixel shuffle"}.get(name, "unpool" if "unpool" in name else "resize")
    if name in ("cat", "concat", "concatenate") and len(set(sources)) > 1:
        return "join", "concatenate"
    if name in ("add", "iadd", "radd") and len(set(sources)) > 1:
        return "add", "add"
    return ("linear", "linear") if name == "linear" else ("", "")


def _square(weight: Tensor) -> str:
    return "×".join(str(int(size)) for size in weight.shape[2:])


def _extras(args: Any, kwargs: Any) -> str:
    """Name stride and dilation where they are not 1; the call is conv2d(x, w, b, stride, padding, dilation, groups)."""
    stride = kwargs.get("stride", args[3] if len(args) > 3 else 1)
    dilation = kwargs.get("dilation", args[5] if len(args) > 5 else 1)
    named = (("stride", _first(stride)), ("dilation", _first(dilation)))
    return "".join(f", {name} {value}" for name, value in named if value != 1)


def _window(name: str, args: Any, kwargs: Any) -> str:
    if "adaptive" in name:
        return " to a fixed size"
    size = _first(kwargs.get("kernel_size", args[1] if len(args) > 1 else 2))
    return f" {size}×{size}"


def _first(value: Any) -> int:
    return int(value[0] if isinstance(value, tuple | list) else value)


def _tensors(value: Any) -> Iterator[Tensor]:
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, dict):
        yield from _tensors(list(value.values()))
    elif isinstance(value, tuple | list):
        for each in value:
            yield from _tensors(each)


def _state(model: nn.Module) -> Iterator[tuple[str, Tensor]]:
    yield from model.named_parameters()
    yield from model.named_buffers()


@contextmanager
def _evaluating(model: nn.Module) -> Iterator[None]:
    """Put every module into evaluation mode inside the block and give each its own mode back."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        yield
    finally:
        for module, mode in modes:
            module.training = mode
