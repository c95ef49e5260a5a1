"""Which feature maps a model computes, in which order and from which: read off one forward pass without numbers."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from segedu.ops.trace.follow import Call, Follow, Lost
from segedu.ops.trace.modules import shadow, tensors_in

_ACTIVATIONS = {"relu": "ReLU", "gelu": "GELU", "silu": "SiLU", "leaky_relu": "leaky ReLU", "sigmoid": "sigmoid"}
_NORMS = {"batch_norm": "batch norm", "group_norm": "group norm", "layer_norm": "layer norm", "instance_norm": "norm"}


@dataclass
class FeatureMap:
    """One tensor of a model: what made it, from which others, and its shape.

    Attributes:
        kind: input, conv, pool, up, join (concatenation), add or linear.
        detail: The operation as a legend writes it: "conv 3×3, stride 2".
        channels: Of one image.
        size: Height and width, in cells.
        inputs: Positions in the list of maps.
        parts: The channels that each input of a join contributes.
        followed_by: Names of the normalizations and activations applied to it.
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
        """The operation with what follows it, as a legend writes it: "conv 3×3, batch norm, ReLU"."""
        return ", ".join([self.detail, *self.followed_by])


def trace_feature_maps(model: nn.Module, input_size: tuple[int, ...]) -> list[FeatureMap]:
    """Return the maps that `model` computes for one input of the full shape (N, C, H, W), the input first.

    The pass runs in evaluation mode on a weightless copy, which computes shapes only: the model stays as it is.

    Raises:
        ValueError: The shape isn't (N, C, H, W), or the model refuses it.

    >>> [one.channels for one in trace_feature_maps(nn.Conv2d(3, 8, 3), (1, 3, 5, 7))]
    [3, 8]
    """
    if len(input_size) != 4:
        raise ValueError(f"input_size is {tuple(input_size)}; give the full shape (N, C, H, W).")
    images = torch.empty(input_size, device="meta")
    recorder = _Recorder(images)
    try:
        with torch.no_grad(), Follow(images, 0, recorder.after) as trace:
            result = shadow(model)(images)
    except (RuntimeError, NotImplementedError) as error:
        reason = str(error).splitlines()[0]
        raise ValueError(
            f"{type(model).__name__} can't take an input of shape {tuple(input_size)}: {reason}"
        ) from error

    # The map that the model returns gets its final size, should a crop have come last.
    for tensor in tensors_in(result):
        position = trace.state_of(tensor)
        if tensor.ndim == 4 and isinstance(position, int):
            recorder.maps[position].size = (int(tensor.shape[2]), int(tensor.shape[3]))
    return recorder.maps


class _Recorder:
    """The rule that notes maps; a tensor's state is the position of its map in the list."""

    def __init__(self, images: Tensor) -> None:
        _, channels, height, width = images.shape
        self.maps = [FeatureMap("input", "input", channels, (height, width), [])]

    def after(self, call: Call[int]) -> list[int | Lost]:
        """Return the position of the map that each output belongs to."""
        return [self._note(call, output) for output in call.outputs]

    def _note(self, call: Call[int], output: Tensor) -> int:
        name = call.name.strip("_")
        kind, detail = _operation(name, call)
        if kind:
            self.maps.append(_feature_map(kind, detail, call, output))
            return len(self.maps) - 1

        # No new map: the function belongs to the latest map that went in.
        position = max(call.states)
        follower = _NORMS.get(name) or _ACTIVATIONS.get(name)
        if follower and follower not in self.maps[position].followed_by:
            self.maps[position].followed_by.append(follower)
        return position


def _feature_map(kind: str, detail: str, call: Call[int], output: Tensor) -> FeatureMap:
    channels = output.shape[-1]
    size = (1, 1)
    if output.ndim == 4:
        channels = output.shape[1]
        size = (int(output.shape[2]), int(output.shape[3]))
    parts = []
    if kind == "join":
        parts = [int(part.shape[1]) if part.ndim > 1 else 0 for part in tensors_in(call.args)]
    return FeatureMap(kind, detail, int(channels), size, call.states, parts)


def _operation(name: str, call: Call[int]) -> tuple[str, str]:
    """Return the kind of map a torch call makes and its name for the legend; ("", "") if it makes no new map."""
    several = len(set(call.states)) > 1
    if name.startswith("conv_transpose"):
        return "up", f"up-conv {_kernel(call)}"
    if name in ("conv2d", "conv1d", "conv3d"):
        return "conv", f"conv {_kernel(call)}{_stride_and_dilation(call)}"
    if "unpool" in name:
        return "up", "unpool"
    if "pool" in name:
        return "pool", ("average pool" if "avg" in name else "max pool") + _window(name, call)
    if name in ("interpolate", "upsample"):
        return "up", "resize"
    if name == "pixel_shuffle":
        return "up", "pixel shuffle"
    if name in ("cat", "concat", "concatenate") and several:
        return "join", "concatenate"
    if name in ("add", "iadd", "radd") and several:
        return "add", "add"
    if name == "linear":
        return "linear", "linear"
    return "", ""


def _kernel(call: Call[int]) -> str:
    weight = call.args[1]
    return _times(weight.shape[2:])


def _stride_and_dilation(call: Call[int]) -> str:
    """Name what isn't 1; the call is conv2d(x, weight, bias, stride, padding, dilation, groups)."""
    text = ""
    for name, position in (("stride", 3), ("dilation", 5)):
        numbers = _numbers(_option(call, name, position, default=1))
        if set(numbers) == {1}:
            continue
        if len(set(numbers)) == 1:
            numbers = numbers[:1]
        text += f", {name} {_times(numbers)}"
    return text


def _window(name: str, call: Call[int]) -> str:
    if "adaptive" in name:
        return " to a fixed size"
    numbers = _numbers(_option(call, "kernel_size", 1, default=2))
    if len(numbers) == 1:
        numbers = numbers * 2
    return f" {_times(numbers)}"


def _option(call: Call[int], name: str, position: int, default: int) -> Any:
    if len(call.args) > position:
        return call.args[position]
    return call.kwargs.get(name, default)


def _numbers(value: Any) -> list[int]:
    return [int(number) for number in value] if isinstance(value, tuple | list) else [int(value)]


def _times(numbers: Sequence[int]) -> str:
    return "×".join(map(str, numbers))
