"""Resizing without weights: along one axis it is a small matrix; nearest, bilinear, bicubic differ in its numbers.

Output pixel i looks at a place in the input. By default pixels are areas: the center i + 1/2 of the output, times
input/output, is a center of the input. With `align_corners` pixels are points: the first and the last of both coincide.
"""

import torch
from torch import Tensor
from torch.nn.functional import one_hot

from segedu.ops.checks import check_map
from segedu.ops.sizes import IntOrPair, pair

RADIUS = {"bilinear": 1, "bicubic": 2}  # how far the kernel of a method goes to each side, in pixels
METHODS = ("nearest", "nearest-exact", *RADIUS)


def upsample_nearest(x: Tensor, size: IntOrPair, exact: bool = False) -> Tensor:
    """Resize x to `size` by copying one input pixel to each output pixel: the only method for labels.

    Equal to `F.interpolate(x, size, mode="nearest")`, with `exact` to "nearest-exact", which has no shift of half a
    pixel.

    Args:
        x: (N, C, H, W), of any dtype.
        size: (H', W') of the output, larger or smaller; an int means both.
        exact: Whether to copy the pixel under the output pixel's center instead of its left edge.

    Returns:
        (N, C, H', W') of x's dtype.

    Raises:
        ValueError: x has other axes, or a size is below 1.

    >>> upsample_nearest(torch.tensor([[[[1, 2]]]]), (1, 4)).tolist()
    [[[[1, 1, 2, 2]]]]
    """
    method = "nearest-exact" if exact else "nearest"
    vertical, horizontal = _matrices(x, size, method)
    rows = vertical.argmax(dim=1).to(x.device)  # (H',)
    columns = horizontal.argmax(dim=1).to(x.device)  # (W',)
    return x[:, :, rows[:, None], columns]


def upsample_bilinear(x: Tensor, size: IntOrPair, align_corners: bool = False, antialias: bool = False) -> Tensor:
    """Resize x to `size`: each output pixel is a mean of the two nearest pixels along each axis.

    Equal to `F.interpolate(x, size, mode="bilinear", …)`.

    Args:
        x: (N, C, H, W), floating point.
        size: (H', W') of the output, larger or smaller; an int means both.
        align_corners: Whether pixels are points, so that the corners of input and output coincide.
        antialias: Whether to average over all input pixels when shrinking.

    Returns:
        (N, C, H', W') of x's dtype.

    Raises:
        TypeError: x holds integers: the mean of two labels is no label.
        ValueError: x has other axes, a size is below 1, or align_corners comes with antialias.

    >>> upsample_bilinear(torch.tensor([[[[0.0, 4.0]]]]), (1, 4)).tolist()
    [[[[0.0, 1.0, 3.0, 4.0]]]]
    """
    return _separable(x, size, "bilinear", align_corners, antialias)


def upsample_bicubic(x: Tensor, size: IntOrPair, align_corners: bool = False, antialias: bool = False) -> Tensor:
    """Resize x to `size` with four pixels along each axis: sharper than bilinear, and it overshoots at edges.

    Equal to `F.interpolate(x, size, mode="bicubic", …)`. Arguments, result and errors as in `upsample_bilinear`.
    Source: Keys 1981.

    >>> upsample_bicubic(torch.tensor([[[[0.0, 0.0, 4.0, 4.0]]]]), (1, 8))[0, 0, 0, 2:6].tolist()
    [-0.421875, 0.90625, 3.09375, 4.421875]
    """
    return _separable(x, size, "bicubic", align_corners, antialias)


def _separable(x: Tensor, size: IntOrPair, method: str, align_corners: bool, antialias: bool) -> Tensor:
    if not x.is_floating_point():
        raise TypeError(
            f"x holds {x.dtype}, {method} needs floats: resize labels with upsample_nearest, images as x.float()."
        )
    rows, columns = _matrices(x, size, method, align_corners, antialias)
    return rows.to(x) @ x @ columns.to(x).T  # (H', H) @ (N, C, H, W) @ (W, W')


def _matrices(
    x: Tensor, size: IntOrPair, method: str, align_corners: bool = False, antialias: bool = False
) -> tuple[Tensor, Tensor]:
    check_map(x)
    height, width = pair(size, "size")
    rows = interpolation_matrix(x.shape[2], height, method, align_corners, antialias)
    columns = interpolation_matrix(x.shape[3], width, method, align_corners, antialias)
    return rows, columns


def interpolation_matrix(
    input_size: int, output_size: int, method: str = "bilinear", align_corners: bool = False, antialias: bool = False
) -> Tensor:
    """Return the weights of one axis: row i makes output pixel i.

    Source: Keys 1981 (bicubic).

    Args:
        input_size: Pixels along the axis, at least 1.
        output_size: Pixels after resizing, at least 1.
        method: "nearest" (torch's: the pixel under the output pixel's left edge), "nearest-exact" (under its center),
            "bilinear", or "bicubic" (cubic convolution, a = −0.75); beyond the border, the border pixel is repeated.
        align_corners: Whether pixels are points, so that the first and the last of both sizes coincide.
        antialias: Whether to widen the kernel by the factor when shrinking, so that every input pixel counts; then
            a = −0.5 and what falls outside is left out, as torch and Pillow do.

    Returns:
        float64 (output_size, input_size); rows sum to 1.

    Raises:
        ValueError: A size is below 1, the method is unknown, or align_corners or antialias have no meaning for it.

    >>> interpolation_matrix(2, 4).tolist()
    [[1.0, 0.0], [0.75, 0.25], [0.25, 0.75], [0.0, 1.0]]
    """
    _check_axis(input_size, output_size, method, align_corners, antialias)
    if method not in RADIUS:
        return _selection(input_size, output_size, method)
    if antialias:
        return _widened(input_size, output_size, method)

    # The pixels around each place, 2·radius of them, and their weights.
    places = _places(input_size, output_size, align_corners)[:, None]  # (output, 1)
    radius = RADIUS[method]
    taps = places.floor().long() + torch.arange(1 - radius, radius + 1)  # (output, 2·radius)
    weights = _kernel(method, places - taps)

    # A tap beyond the border gives its weight to the border pixel.
    matrix = torch.zeros(output_size, input_size, dtype=torch.float64)
    return matrix.scatter_add_(1, taps.clamp(0, input_size - 1), weights)


def _selection(input_size: int, output_size: int, method: str) -> Tensor:
    """Return a matrix that selects one pixel per row.

    In single precision, as torch: where a place falls on the border of two pixels, rounding decides.
    """
    i = torch.arange(output_size, dtype=torch.float32)
    if method == "nearest-exact":
        i = i + 0.5
    scale = torch.tensor(input_size, dtype=torch.float32) / output_size
    selected = (i * scale).long().clamp(max=input_size - 1)
    return one_hot(selected, input_size).double()


def _widened(input_size: int, output_size: int, method: str) -> Tensor:
    """Return the matrix with antialiasing: the kernel is as wide as an output pixel, where that is the wider one."""
    places = _places(input_size, output_size, align_corners=False)[:, None]  # (output, 1)
    width = max(input_size / output_size, 1.0)  # of one output pixel, in input pixels
    distances = (places - torch.arange(input_size)) / width
    weights = _kernel(method, distances, a=-0.5)
    return weights / weights.sum(dim=1, keepdim=True)


def _places(input_size: int, output_size: int, align_corners: bool) -> Tensor:
    """Return where in the input each output pixel looks, in input pixels from the center of the first: float64."""
    i = torch.arange(output_size, dtype=torch.float64)
    if align_corners:
        return i * (input_size - 1) / max(output_size - 1, 1)
    return (i + 0.5) * input_size / output_size - 0.5


def _kernel(method: str, distance: Tensor, a: float = -0.75) -> Tensor:
    """Return the weight of a pixel at this distance: a tent, or the cubic of Keys 1981 with its parameter a."""
    t = distance.abs()
    if method == "bilinear":
        return (1 - t).clamp(min=0)
    near = (a + 2) * t**3 - (a + 3) * t**2 + 1  # |t| ≤ 1
    far = a * t**3 - 5 * a * t**2 + 8 * a * t - 4 * a  # 1 < |t| < 2
    beyond = torch.zeros_like(t)
    return torch.where(t <= 1, near, torch.where(t < 2, far, beyond))


def _check_axis(input_size: int, output_size: int, method: str, align_corners: bool, antialias: bool) -> None:
    if min(input_size, output_size) < 1:
        raise ValueError(f"{input_size} pixels can't become {output_size}; both sizes must be at least 1.")
    if method not in METHODS:
        raise ValueError(f"method is {method!r}; choose one of {', '.join(map(repr, METHODS))}.")
    if method not in RADIUS and (align_corners or antialias):
        raise ValueError(
            f"{method!r} copies single pixels: align_corners and antialias have no meaning, leave them out."
        )
    if align_corners and antialias:
        raise ValueError(
            "align_corners takes pixels for points, antialias for areas; choose one of the two (torch accepts both, "
            "but aligns no corners then)."
        )
