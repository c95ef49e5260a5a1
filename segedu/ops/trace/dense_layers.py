"""How one layer is made dense: stride given up, taps spread, so that every r-th cell keeps its value exactly."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.modules.padding import _ConstantPadNd
from torch.nn.modules.pooling import _AdaptiveAvgPoolNd, _AdaptiveMaxPoolNd

from segedu.ops.sizes import Pair, pair

LAYERS: dict[str, tuple[type[nn.Module], ...]] = {  # function → the layers that call it and can be made dense
    "conv2d": (nn.Conv2d,),
    "max_pool2d": (nn.MaxPool2d,),
    "max_pool2d_with_indices": (nn.MaxPool2d,),
    "avg_pool2d": (nn.AvgPool2d,),
    "pad": (_ConstantPadNd,),
    "adaptive_avg_pool2d": (_AdaptiveAvgPoolNd,),
    "adaptive_max_pool2d": (_AdaptiveMaxPoolNd,),
    "adaptive_max_pool2d_with_indices": (_AdaptiveMaxPoolNd,),
}


def check_layer(layer: nn.Module, name: str, function: str) -> None:
    """Raise ValueError, naming the layer, if what calls `function` is none that can be made dense."""
    if isinstance(layer, LAYERS.get(function, ())):
        return
    kind = type(layer).__name__
    if function in ("group_norm", "instance_norm", "layer_norm"):
        raise ValueError(
            f"layer {name!r}, a {kind}, normalizes by the mean of the whole map, which a denser map changes; "
            "use batch normalization, or a larger output_stride."
        )
    if isinstance(layer, nn.Conv2d):
        raise ValueError(
            f"layer {name!r} pads by padding_mode={layer.padding_mode!r}, which puts other cells around a denser map; "
            "use 'zeros'."
        )
    where = f"layer {name!r}, a {kind}," if name else f"the {kind}'s forward"
    raise ValueError(
        f"{where} calls the function {function!r}, whose options can't be changed from outside; "
        "make it a layer: nn.Conv2d, nn.MaxPool2d, nn.AvgPool2d, nn.ZeroPad2d, nn.AdaptiveAvgPool2d."
    )


def make_dense(layer: nn.Module, name: str, rate: Pair, stride: Pair) -> nn.Module:
    """Change `layer`, in place where torch has the options, for a map `rate` times as dense, moving by `stride` cells.

    Returns:
        What to put in its place: cell r·i of its output equals cell i of the old layer's.

    Raises:
        ValueError: There is no such thing; the message names the layer.
    """
    if isinstance(layer, nn.Conv2d):
        return _spread_convolution(layer, name, rate, stride)
    if isinstance(layer, nn.MaxPool2d):
        return _spread_max_pool(layer, name, rate, stride)
    if isinstance(layer, nn.AvgPool2d):
        _refuse_ceil_mode(layer, name, stride)
        return _DenseAverage(layer, rate, stride)
    if isinstance(layer, _ConstantPadNd):
        return _spread_padding(layer, rate)
    return nn.Sequential(_EveryNth(rate), layer)  # global pooling


def _spread_convolution(conv: nn.Conv2d, name: str, rate: Pair, stride: Pair) -> nn.Module:
    padding = _padding_cells(conv, name)
    conv.stride = stride
    conv.padding = _scaled(padding, rate)
    conv.dilation = _spread(conv.kernel_size, conv.dilation, rate)
    return conv


def _padding_cells(conv: Any, name: str) -> Pair:
    """Return the padding of a convolution in cells, also where it is given as a word."""
    if conv.padding == "valid":
        return 0, 0
    if conv.padding != "same":
        return conv.padding
    vertical = conv.dilation[0] * (conv.kernel_size[0] - 1)
    horizontal = conv.dilation[1] * (conv.kernel_size[1] - 1)
    if vertical % 2 or horizontal % 2:
        raise ValueError(f"layer {name!r} pads one cell more on one side (padding='same'); use an odd kernel.")
    return vertical // 2, horizontal // 2


def _spread_max_pool(pool: nn.MaxPool2d, name: str, rate: Pair, stride: Pair) -> nn.Module:
    _refuse_ceil_mode(pool, name, stride)
    if pool.return_indices:
        raise ValueError(f"layer {name!r} returns indices, which count the cells of its own map; set it to False.")
    kernel = pair(pool.kernel_size, "kernel_size")
    padding = _scaled(pair(pool.padding, "padding", least=0), rate)
    pool.stride = stride
    pool.padding = padding
    pool.dilation = _spread(kernel, pair(pool.dilation, "dilation"), rate)
    if 2 * padding[0] <= kernel[0] and 2 * padding[1] <= kernel[1]:
        return pool

    # torch pads at most half of the kernel, and does not count its holes: pad in a layer before it.
    pool.padding = (0, 0)
    pad = nn.ConstantPad2d((padding[1], padding[1], padding[0], padding[0]), -torch.inf)
    return nn.Sequential(pad, pool)


def _refuse_ceil_mode(pool: nn.MaxPool2d | nn.AvgPool2d, name: str, stride: Pair) -> None:
    if pool.ceil_mode and pair(pool.stride, "stride") != stride:
        raise ValueError(
            f"layer {name!r} rounds its size up (ceil_mode=True), so its last cell has no dense counterpart; "
            "set ceil_mode=False."
        )


def _spread_padding(layer: Any, rate: Pair) -> nn.Module:
    left, right, top, bottom = layer.padding
    layer.padding = (left * rate[1], right * rate[1], top * rate[0], bottom * rate[0])
    return layer


class _DenseAverage(nn.Module):
    """Average pooling whose window has holes, which `nn.AvgPool2d` can't have: a convolution with equal weights."""

    def __init__(self, pool: nn.AvgPool2d, rate: Pair, stride: Pair) -> None:
        super().__init__()
        self.kernel_size = pair(pool.kernel_size, "kernel_size")
        self.stride = stride
        self.dilation = rate
        self.padding = _scaled(pair(pool.padding, "padding", least=0), rate)
        self.count_include_pad = pool.count_include_pad
        self.divisor = pool.divisor_override

    def forward(self, x: Tensor) -> Tensor:
        """x (N, C, H, W) → means of the same channels."""
        sums = self._sums(x)
        if self.divisor:
            return sums / self.divisor
        if self.count_include_pad:
            return sums / (self.kernel_size[0] * self.kernel_size[1])
        return sums / self._sums(torch.ones_like(x[:1]))

    def _sums(self, x: Tensor) -> Tensor:
        channels = x.shape[1]
        ones = x.new_ones(channels, 1, *self.kernel_size)
        return F.conv2d(x, ones, None, self.stride, self.padding, self.dilation, groups=channels)

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, dilation={self.dilation}"


class _EveryNth(nn.Module):
    """Every r-th cell of a map: the cells that the map had before it got denser."""

    def __init__(self, rate: Pair) -> None:
        super().__init__()
        self.rate = rate

    def forward(self, x: Tensor) -> Tensor:
        """x (N, C, H, W) → (N, C, ⌈H / r⌉, ⌈W / r⌉)."""
        return x[..., :: self.rate[0], :: self.rate[1]]

    def extra_repr(self) -> str:
        return f"rate={self.rate}"


def _scaled(numbers: Pair, rate: Pair) -> Pair:
    return numbers[0] * rate[0], numbers[1] * rate[1]


def _spread(kernel: tuple[int, ...], dilation: tuple[int, ...], rate: Pair) -> Pair:
    """Return the dilation times the rate; along an axis with a single tap there is nothing to spread."""
    vertical = dilation[0] * (rate[0] if kernel[0] > 1 else 1)
    horizontal = dilation[1] * (rate[1] if kernel[1] > 1 else 1)
    return vertical, horizontal
