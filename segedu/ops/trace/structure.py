"""Run a module as its bare structure, so that a gradient is nonzero exactly where the output *can* see the input.

A real gradient may vanish by accident: a ReLU is off, a max-pool chose another cell, two weights cancel, a deep product
underflows. Inside `Structure()` every convolution adds up its window, max-pooling too, activations and normalizations
pass their input on, and after each of these steps values are set to 1 and gradients to 0 or 1.
"""

from collections.abc import Callable, Iterable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.overrides import TorchFunctionMode

from segedu.ops.sizes import IntOrPair, pair


class Structure(TorchFunctionMode):
    """Inside `with Structure():`, torch's functions on images keep who sees whom and forget everything else."""

    def __torch_function__(
        self, func: Callable[..., Any], types: Iterable[type], args: tuple = (), kwargs: dict | None = None
    ) -> Any:
        kwargs = kwargs or {}
        name = getattr(func, "__name__", "")
        if name in _PASSED_ON:
            return args[0] if args else kwargs["input"]
        if name in _REPLACED:
            return _mark(_REPLACED[name](*args, **kwargs))
        result = func(*args, **kwargs)
        return _mark(result) if name in _MARKED else result


class _Mark(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        return torch.ones_like(x)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        return (gradient != 0).to(gradient.dtype)


def _mark(result: Any) -> Any:
    return (_Mark.apply(result[0]), *result[1:]) if isinstance(result, tuple) else _Mark.apply(result)


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
    kernel = torch.ones(groups, 1, *weight.shape[2:], dtype=input.dtype)
    sums = F.conv2d(_group_sums(input, groups), kernel, None, stride, padding, dilation, groups)
    return sums.repeat_interleave(weight.shape[0] // groups, dim=1)


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
    sums = F.conv_transpose2d(
        _group_sums(input, groups), kernel, None, stride, padding, output_padding, groups, dilation
    )
    return sums.repeat_interleave(weight.shape[1], dim=1)


def _group_sums(x: Tensor, groups: int) -> Tensor:
    return x.unflatten(1, (groups, -1)).sum(dim=2)  # (N, groups, H, W)


def _linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    return input.sum(dim=-1, keepdim=True).expand(*input.shape[:-1], len(weight))


def _max_pool2d(
    input: Tensor,
    kernel_size: IntOrPair,
    stride: IntOrPair | None = None,
    padding: IntOrPair = 0,
    dilation: IntOrPair = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Tensor:
    stride = stride or kernel_size  # torch leaves out the stride as None or ()
    pooled = F.max_pool2d(input.detach(), kernel_size, stride, padding, dilation, ceil_mode)
    (kh, kw), (sy, sx), (dy, dx) = pair(kernel_size, "kernel_size"), pair(stride, "stride"), pair(dilation, "dilation")
    top, left = pair(padding, "padding", least=0)
    bottom = (pooled.shape[2] - 1) * sy + (kh - 1) * dy + 1 - input.shape[2] - top  # negative: rows that nobody sees
    right = (pooled.shape[3] - 1) * sx + (kw - 1) * dx + 1 - input.shape[3] - left
    padded = F.pad(input, (left, right, top, bottom))
    channels = input.shape[1]
    return _conv2d(padded, padded.new_ones(channels, 1, kh, kw), None, stride, 0, dilation, groups=channels)


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
    kernel, channels = pair(kernel_size, "kernel_size"), input.shape[1]
    window = torch.ones(channels, 1, *kernel, dtype=input.dtype)
    reached = F.conv_transpose2d(input, window, None, stride or kernel, padding, groups=channels)
    height, width = tuple(output_size or reached.shape)[-2:]
    return F.pad(reached, (0, width - reached.shape[3], 0, height - reached.shape[2]))


def _adaptive_max_pool2d(input: Tensor, output_size: IntOrPair, return_indices: bool = False) -> Tensor:
    return F.adaptive_avg_pool2d(input, output_size)


_REPLACED: dict[str, Callable[..., Any]] = {
    "conv2d": _conv2d,
    "conv_transpose2d": _conv_transpose2d,
    "linear": _linear,
    "max_pool2d": _max_pool2d,
    "max_pool2d_with_indices": _max_pool2d_with_indices,
    "max_unpool2d": _max_unpool2d,
    "adaptive_max_pool2d": _adaptive_max_pool2d,
}
_MARKED = {"avg_pool2d", "adaptive_avg_pool2d", "interpolate"}
_NORMALIZATIONS = {"batch_norm", "group_norm", "instance_norm", "layer_norm", "rms_norm", "local_response_norm"}
_RAMPS = {"relu", "relu_", "relu6", "leaky_relu", "leaky_relu_", "prelu", "rrelu", "threshold", "hardtanh", "clamp"}
_CURVES = {"elu", "elu_", "selu", "celu", "gelu", "silu", "mish", "hardswish", "softplus", "softsign", "tanh", "tanh_"}
_SQUASHES = {"sigmoid", "sigmoid_", "hardsigmoid", "logsigmoid", "softmax", "log_softmax", "normalize"}
_PASSED_ON = _NORMALIZATIONS | _RAMPS | _CURVES | _SQUASHES
