"""Run a module as its bare structure, so that a gradient is nonzero exactly where the output *can* see the input.

A real gradient may vanish by accident: a ReLU is off, a max-pool chose another cell, two weights cancel, a deep product
underflows. Inside `Structure()` every convolution adds up its window, max-pooling too, activations and normalizations
pass their input on, and after each of these steps values are set to 1 and gradients to 0 or 1.
"""

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.overrides import TorchFunctionMode

from segedu.ops.sizes import IntOrPair, pair
from segedu.ops.trace.signatures import WINDOWS


class Structure(TorchFunctionMode):
    """Inside `with Structure():`, torch's functions on images keep who sees whom and forget everything else."""

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        name = getattr(func, "__name__", "")
        return _INSTEAD.get(name, func)(*args, **(kwargs or {}))


class _Mark(torch.autograd.Function):
    """Set values to 1 on the way forward, gradients to 0 or 1 on the way back."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        return torch.ones_like(x)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        return (gradient != 0).to(gradient.dtype)


def _pass_on(input: Tensor, *args: Any, **kwargs: Any) -> Tensor:
    return input


def _conv2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: IntOrPair = 1,
    padding: IntOrPair | str = 0,
    dilation: IntOrPair = 1,
    groups: int = 1,
) -> Tensor:
    # Within a group every output channel sees the same cells, so one sum per group serves them all.
    (height, width), (down, right) = weight.shape[2:], pair(stride, "stride")
    rows, columns = pair(dilation, "dilation")
    above, left = (padding, padding) if isinstance(padding, str) else pair(padding, "padding", least=0)
    up = above if isinstance(above, str) else (above, 0)
    aside = left if isinstance(left, str) else (0, left)
    # The sum over a window is that over its rows, then over its columns: 65 + 65 steps for a kernel of 65 × 65.
    sums = _group_sums(input, groups)
    sums = F.conv2d(sums, sums.new_ones(groups, 1, height, 1), None, (down, 1), up, (rows, 1), groups)
    sums = F.conv2d(sums, sums.new_ones(groups, 1, 1, width), None, (1, right), aside, (1, columns), groups)
    return _Mark.apply(sums.repeat_interleave(weight.shape[0] // groups, dim=1))


def _conv_transpose2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: IntOrPair = 1,
    padding: IntOrPair = 0,
    output_padding: IntOrPair = 0,
    groups: int = 1,
    dilation: IntOrPair = 1,
) -> Tensor:
    kernel = torch.ones(groups, 1, *weight.shape[2:], dtype=input.dtype)
    group_sums = _group_sums(input, groups)
    sums = F.conv_transpose2d(group_sums, kernel, None, stride, padding, output_padding, groups, dilation)
    return _Mark.apply(sums.repeat_interleave(weight.shape[1], dim=1))


def _group_sums(x: Tensor, groups: int) -> Tensor:
    return x.unflatten(1, (groups, -1)).sum(dim=2)  # (N, groups, H, W)


def _linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    sums = input.sum(dim=-1, keepdim=True)
    return _Mark.apply(sums.expand(*input.shape[:-1], len(weight)))


def _max_pool2d(
    input: Tensor,
    kernel_size: IntOrPair,
    stride: IntOrPair | None = None,
    padding: IntOrPair = 0,
    dilation: IntOrPair = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Tensor:
    window = WINDOWS["max_pool2d"](input, kernel_size, stride, padding, dilation)
    pooled = F.max_pool2d(input.detach(), *window, ceil_mode)

    # Pad the map so that a convolution without padding has as many cells; a negative number crops what nobody sees.
    top, left = window.padding
    height = (pooled.shape[2] - 1) * window.stride[0] + (window.kernel_size[0] - 1) * window.dilation[0] + 1
    width = (pooled.shape[3] - 1) * window.stride[1] + (window.kernel_size[1] - 1) * window.dilation[1] + 1
    padded = F.pad(input, (left, width - input.shape[3] - left, top, height - input.shape[2] - top))

    channels = input.shape[1]
    weight = input.new_ones(channels, 1, *window.kernel_size)
    return _conv2d(padded, weight, None, window.stride, 0, window.dilation, groups=channels)


def _max_pool2d_with_indices(input: Tensor, kernel_size: IntOrPair, *args: Any, **kwargs: Any) -> tuple[Tensor, Tensor]:
    _, indices = F.max_pool2d_with_indices(input.detach(), pair(kernel_size, "kernel_size"), *args, **kwargs)
    return _max_pool2d(input, kernel_size, *args, **kwargs), indices


def _max_unpool2d(
    input: Tensor,
    indices: Tensor,
    kernel_size: IntOrPair,
    stride: IntOrPair | None = None,
    padding: IntOrPair = 0,
    output_size: Any = None,
) -> Tensor:
    # The maximum may have stood anywhere in its window, so a pooled cell can reach all of it.
    kernel = pair(kernel_size, "kernel_size")
    channels = input.shape[1]
    weight = torch.ones(channels, 1, *kernel, dtype=input.dtype)
    reached = F.conv_transpose2d(input, weight, None, stride or kernel, padding, groups=channels)
    height, width = tuple(output_size or reached.shape)[-2:]
    return _Mark.apply(F.pad(reached, (0, width - reached.shape[3], 0, height - reached.shape[2])))


def _adaptive_max_pool2d(input: Tensor, output_size: IntOrPair, return_indices: bool = False) -> Tensor:
    return _Mark.apply(F.adaptive_avg_pool2d(input, output_size))


def _avg_pool2d(
    input: Tensor,
    kernel_size: IntOrPair,
    stride: IntOrPair | None = None,
    padding: IntOrPair = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Tensor:
    kernel, up_left = pair(kernel_size, "kernel_size"), pair(padding, "padding", least=0)
    steps = pair(kernel_size if stride is None else stride, "stride")
    rows = F.avg_pool2d(input, (kernel[0], 1), (steps[0], 1), (up_left[0], 0), ceil_mode)
    return _Mark.apply(F.avg_pool2d(rows, (1, kernel[1]), (1, steps[1]), (0, up_left[1]), ceil_mode))


def _adaptive_avg_pool2d(*args: Any, **kwargs: Any) -> Tensor:
    return _Mark.apply(F.adaptive_avg_pool2d(*args, **kwargs))


def _interpolate(*args: Any, **kwargs: Any) -> Tensor:
    return _Mark.apply(F.interpolate(*args, **kwargs))


_NORMALIZATIONS = ("batch_norm", "group_norm", "instance_norm", "layer_norm", "rms_norm", "local_response_norm")
_FLAT_IN_PARTS = ("relu", "relu_", "relu6", "_threshold", "threshold", "hardtanh", "hardswish", "hardsigmoid", "clamp")
_FLAT_FAR_OUT = ("tanh", "tanh_", "sigmoid", "sigmoid_", "log_sigmoid")
_RELATIVE = ("softmax", "log_softmax", "normalize")  # what all channels share has no gradient
# Other activations, such as gelu, have a gradient wherever a sum of ones may lie, and need no rule.

_INSTEAD: dict[str, Callable[..., Any]] = {  # what runs instead of a torch function
    "conv2d": _conv2d,
    "conv_transpose2d": _conv_transpose2d,
    "linear": _linear,
    "max_pool2d": _max_pool2d,
    "max_pool2d_with_indices": _max_pool2d_with_indices,
    "max_unpool2d": _max_unpool2d,
    "adaptive_max_pool2d": _adaptive_max_pool2d,
    "avg_pool2d": _avg_pool2d,
    "adaptive_avg_pool2d": _adaptive_avg_pool2d,
    "interpolate": _interpolate,
    **dict.fromkeys((*_NORMALIZATIONS, *_FLAT_IN_PARTS, *_FLAT_FAR_OUT, *_RELATIVE), _pass_on),
}
