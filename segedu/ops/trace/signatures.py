"""What torch's functions on windows were called with: kernel, stride, padding and dilation, along both axes."""

from collections.abc import Callable
from typing import Any, NamedTuple

from torch import Tensor

from segedu.ops.sizes import IntOrPair, Pair, pair


class Window(NamedTuple):
    """The window that moves over a map; all four are pairs (vertical, horizontal), in cells of that map."""

    kernel_size: Pair
    stride: Pair = (1, 1)
    padding: Pair = (0, 0)  # at the top and at the left
    dilation: Pair = (1, 1)


def _convolution(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: IntOrPair = 1,
    padding: IntOrPair | str = 0,
    dilation: IntOrPair = 1,
    groups: int = 1,
) -> Window:
    kh, kw = weight.shape[2:]
    dy, dx = pair(dilation, "dilation")
    if padding == "same":
        padding = (dy * (kh - 1) // 2, dx * (kw - 1) // 2)
    if padding == "valid":
        padding = 0
    assert not isinstance(padding, str)
    return Window((kh, kw), pair(stride, "stride"), pair(padding, "padding", least=0), (dy, dx))


def _max_pool(
    input: Tensor,
    kernel_size: IntOrPair,
    stride: IntOrPair | None = None,
    padding: IntOrPair = 0,
    dilation: IntOrPair = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Window:
    return Window(
        pair(kernel_size, "kernel_size"),
        pair(stride or kernel_size, "stride"),  # torch leaves out the stride as None or ()
        pair(padding, "padding", least=0),
        pair(dilation, "dilation"),
    )


def _average_pool(
    input: Tensor,
    kernel_size: IntOrPair,
    stride: IntOrPair | None = None,
    padding: IntOrPair = 0,
    *args: Any,
    **kwargs: Any,
) -> Window:
    return _max_pool(input, kernel_size, stride, padding)


def _pad(input: Tensor, pad: list[int], mode: str = "constant", value: float | None = None) -> Window:
    left = pad[0]
    top = pad[2] if len(pad) > 2 else 0
    return Window((1, 1), padding=(top, left))


WINDOWS: dict[str, Callable[..., Window]] = {
    "conv2d": _convolution,
    "max_pool2d": _max_pool,
    "max_pool2d_with_indices": _max_pool,
    "avg_pool2d": _average_pool,
    "pad": _pad,
}

# Behind these it depends on the place what a cell sees.
MOVES_CELLS = {"conv_transpose2d", "interpolate", "grid_sample", "flip", "roll", "fold", "unfold"}
