"""What becomes of each of torch's functions: the steps that do the same in a page, or a refusal with its cure.

Arguments are named as torch names them. A map stands for a tensor (1, C, H, W), sizes may be terms.
"""

from collections.abc import Callable, Sequence
from typing import Any

from torch import Tensor

from segedu.ops.sizes import IntOrPair, Pair, pair
from segedu.widgets.kit.network import arithmetic
from segedu.widgets.kit.network.steps import Map, Refusal, Side, Steps, Term

Number = int | float | Side | Term


def _conv2d(
    steps: Steps,
    input: Map,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: IntOrPair = 1,
    padding: IntOrPair | str = 0,
    dilation: IntOrPair = 1,
    groups: int = 1,
) -> Map:
    kernel = (weight.shape[2], weight.shape[3])
    spread = pair(dilation, "dilation")
    options = {"kernel": kernel, "stride": pair(stride, "stride"), "dilation": spread, "groups": groups}
    cells = _padding_cells(padding, kernel, spread)
    return steps.add("convolution", [input], options | {"padding": cells}, {"weight": weight, "bias": bias})


def _padding_cells(padding: IntOrPair | str, kernel: Pair, dilation: Pair) -> Pair:
    """Return the padding of a convolution in cells, also where it is given as a word."""
    if padding == "valid":
        return 0, 0
    if padding != "same":
        assert not isinstance(padding, str)
        return pair(padding, "padding", least=0)
    sides = (dilation[0] * (kernel[0] - 1), dilation[1] * (kernel[1] - 1))
    if sides[0] % 2 or sides[1] % 2:
        raise Refusal("pads one cell more on one side (padding='same')", "use an odd kernel")
    return sides[0] // 2, sides[1] // 2


def _conv_transpose2d(
    steps: Steps,
    input: Map,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: IntOrPair = 1,
    padding: IntOrPair = 0,
    output_padding: IntOrPair = 0,
    groups: int = 1,
    dilation: IntOrPair = 1,
) -> Map:
    options = {
        "kernel": tuple(weight.shape[2:]),
        "stride": pair(stride, "stride"),
        "padding": pair(padding, "padding", least=0),
        "output_padding": pair(output_padding, "output_padding", least=0),
        "dilation": pair(dilation, "dilation"),
        "groups": groups,
    }
    return steps.add("transposed_convolution", [input], options, {"weight": weight, "bias": bias})


def _batch_norm(
    steps: Steps,
    input: Map,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Map:
    if training or running_mean is None or running_var is None:
        raise Refusal("normalizes by the image's own mean, without running statistics", "use track_running_stats=True")
    scale = (running_var.double() + eps).rsqrt()
    if weight is not None:
        scale = scale * weight.double()
    shift = -running_mean.double() * scale
    if bias is not None:
        shift = shift + bias.double()
    return steps.add("affine", [input], {}, {"scale": scale, "bias": shift})


def _group_norm(
    steps: Steps,
    input: Map,
    num_groups: int,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
) -> Map:
    return steps.add("group_norm", [input], {"groups": num_groups, "eps": eps}, {"scale": weight, "bias": bias})


def _relu(steps: Steps, input: Map, inplace: bool = False) -> Map:
    return steps.add("relu", [input])


def _sigmoid(steps: Steps, input: Map) -> Map:
    return steps.add("sigmoid", [input])


def _softmax(steps: Steps, input: Map, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Map:
    if dim not in (1, -3):
        raise Refusal(f"takes a softmax along axis {dim}", "take it over the channels, dim=1")
    return steps.add("softmax", [input])


def _same(steps: Steps, input: Map, *args: Any, **kwargs: Any) -> Map:
    """What changes no number: dropout in evaluation, memory formats, copies."""
    return input


def _max_pool2d(
    steps: Steps,
    input: Map,
    kernel_size: IntOrPair,
    stride: IntOrPair | None = None,
    padding: IntOrPair = 0,
    dilation: IntOrPair = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    options = {
        "kernel": pair(kernel_size, "kernel_size"),
        "stride": pair(stride or kernel_size, "stride"),
        "padding": pair(padding, "padding", least=0),
        "dilation": pair(dilation, "dilation"),
        "ceil": ceil_mode,
        "indices": return_indices,
    }
    pooled = steps.add("max_pool", [input], options)
    return (pooled, Map(f"{pooled.name}.indices", pooled.channels)) if return_indices else pooled


def _max_pool2d_with_indices(steps: Steps, *args: Any, **kwargs: Any) -> Any:
    return _max_pool2d(steps, *args, **kwargs | {"return_indices": True})


def _max_unpool2d(
    steps: Steps,
    input: Map,
    indices: Map,
    kernel_size: IntOrPair,
    stride: IntOrPair | None = None,
    padding: IntOrPair = 0,
    output_size: Any = None,
) -> Map:
    size = list(output_size)[-2:] if output_size else []
    if not size:
        windows = zip(
            pair(kernel_size, "kernel_size"),
            pair(stride or kernel_size, "stride"),
            pair(padding, "padding", least=0),
            strict=True,
        )
        for axis, (cells, step, pad) in enumerate(windows):
            before = Term("*", (Side(input.name, axis), step))  # (n − 1)·stride + kernel − 2·padding
            size.append(Term("+", (before, cells - step - 2 * pad)))
    return steps.add("max_unpool", [input, indices], {"size": size})


def _avg_pool2d(
    steps: Steps,
    input: Map,
    kernel_size: IntOrPair,
    stride: IntOrPair | None = None,
    padding: IntOrPair = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Map:
    options = {
        "kernel": pair(kernel_size, "kernel_size"),
        "stride": pair(stride or kernel_size, "stride"),
        "padding": pair(padding, "padding", least=0),
        "ceil": ceil_mode,
        "counts_padding": count_include_pad,
        "divisor": divisor_override,
    }
    return steps.add("average_pool", [input], options)


def _adaptive_avg_pool2d(steps: Steps, input: Map, output_size: Any) -> Map:
    sizes = output_size if isinstance(output_size, tuple | list) else (output_size, output_size)
    size = [Side(input.name, axis) if each is None else each for axis, each in enumerate(sizes)]
    return steps.add("adaptive_average_pool", [input], {"size": size})


def _mean(steps: Steps, input: Map, dim: Any = None, keepdim: bool = False) -> Map:
    axes = sorted(axis % 4 for axis in (dim if isinstance(dim, tuple | list) else [dim]) if axis is not None)
    if axes != [2, 3] or not keepdim:
        raise Refusal(f"takes a mean along the axes {dim}", "use x.mean((2, 3), keepdim=True), or nn.AdaptiveAvgPool2d")
    return steps.add("adaptive_average_pool", [input], {"size": [1, 1]})


def _interpolate(
    steps: Steps,
    input: Map,
    size: Any = None,
    scale_factor: Any = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
    antialias: bool = False,
) -> Map:
    if mode not in ("nearest", "nearest-exact", "bilinear") or antialias:
        kind = f"{mode!r} with antialiasing" if antialias else repr(mode)
        raise Refusal(f"resizes by {kind}", "use 'bilinear', 'nearest' or 'nearest-exact'")
    ratio = None  # input cells per output cell, where it isn't the ratio of the sizes
    if size is None:
        factors = scale_factor if isinstance(scale_factor, tuple | list) else (scale_factor, scale_factor)
        size = [Term("//", (Term("*", (Side(input.name, axis), each)), 1)) for axis, each in enumerate(factors)]
        if not recompute_scale_factor:
            ratio = [1 / each for each in factors]
    elif not isinstance(size, tuple | list):
        size = [size, size]
    options = {"size": list(size), "mode": mode, "align_corners": bool(align_corners), "ratio": ratio}
    return steps.add("resize", [input], options)


def _cat(steps: Steps, tensors: Sequence[Map], dim: int = 0) -> Map:
    if dim not in (1, -3) or not all(isinstance(each, Map) for each in tensors):
        raise Refusal(f"joins maps along axis {dim}, or joins constants", "join maps along the channels, dim=1")
    return steps.add("concatenate", list(tensors))


def _pad(steps: Steps, input: Map, pad: Sequence[Number], mode: str = "constant", value: float | None = None) -> Map:
    if mode not in ("constant", "reflect", "replicate") or len(pad) > 4:
        raise Refusal(f"pads by {mode!r} with {len(pad)} numbers", "pad height and width by 'constant' or 'reflect'")
    sides = [*pad, *[0] * (4 - len(pad))]
    return steps.add("pad", [input], {"sides": sides, "mode": mode, "value": value or 0})


def _getitem(steps: Steps, input: Map, index: Any) -> Map:
    parts = list(index) if isinstance(index, tuple) else [index]
    if Ellipsis in parts:
        at = parts.index(Ellipsis)
        parts[at : at + 1] = [slice(None)] * (5 - len(parts))
    parts += [slice(None)] * (4 - len(parts))
    if not all(isinstance(part, slice) for part in parts) or parts[0] != slice(None):
        raise Refusal("takes single images, channels, rows or columns", "use slices, such as x[:, 3:4]")
    ranges = [[part.start, part.stop, part.step or 1] for part in parts[1:]]
    return steps.add("slice", [input], {"ranges": ranges})


def _linear(steps: Steps, *args: Any, **kwargs: Any) -> Map:
    raise Refusal("is a linear layer", "make it a convolution with se.ops.linear_to_conv")


def _flatten(steps: Steps, *args: Any, **kwargs: Any) -> Map:
    raise Refusal("gives up height and width", "keep maps (N, C, H, W), as fully convolutional networks do")


# By the names that torch's functions, methods and operators have; a last underscore (in place) is left out.
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "conv2d": _conv2d,
    "conv_transpose2d": _conv_transpose2d,
    "batch_norm": _batch_norm,
    "group_norm": _group_norm,
    "relu": _relu,
    "sigmoid": _sigmoid,
    "softmax": _softmax,
    "max_pool2d": _max_pool2d,
    "max_pool2d_with_indices": _max_pool2d_with_indices,
    "max_unpool2d": _max_unpool2d,
    "avg_pool2d": _avg_pool2d,
    "adaptive_avg_pool2d": _adaptive_avg_pool2d,
    "mean": _mean,
    "interpolate": _interpolate,
    "cat": _cat,
    "concat": _cat,
    "concatenate": _cat,
    "pad": _pad,
    "getitem": _getitem,
    **dict.fromkeys(("add", "iadd", "radd"), arithmetic.add),
    **dict.fromkeys(("sub", "isub", "subtract"), arithmetic.subtract),
    **dict.fromkeys(("mul", "imul", "multiply"), arithmetic.multiply),
    **dict.fromkeys(("div", "truediv", "itruediv", "divide"), arithmetic.divide),
    **dict.fromkeys(("neg", "negative"), arithmetic.negate),
    **dict.fromkeys(("dropout", "dropout2d", "feature_dropout", "contiguous", "clone", "detach", "float", "to"), _same),
    "linear": _linear,
    **dict.fromkeys(("flatten", "reshape", "view", "permute", "transpose", "squeeze"), _flatten),
}
