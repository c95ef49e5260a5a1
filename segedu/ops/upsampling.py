"""Resizing without weights: along one axis it is a small matrix; nearest, bilinear, bicubic differ in its numbers.

Output pixel i looks at a place in the input. By default pixels are areas: the center i + 1/2 of the output, times
input/output, is a center of the input. With `align_corners` pixels are points: the first and the last of both coincide.
"""

import torch
from torch import Tensor

from segedu.ops.sizes import IntOrPair, pair

REACH = {"bilinear": 1, "bicubic": 2}  # how far the kernel of a method goes to each side, in pixels
METHODS = ("nearest", "nearest-exact", *REACH)


def interpolation_matrix(
    input_size: int, output_size: int, method: str = "bilinear", align_corners: bool = False, antialias: bool = False
) -> Tensor:
    """Return the weights of one axis, float64 (output_size, input_size): row i makes output pixel i; rows sum to 1.

    method: "nearest" (torch's: the pixel under the output pixel's left edge), "nearest-exact" (under its center),
    "bilinear", or "bicubic" (cubic convolution, a = −0.75); beyond the border, the border pixel is repeated.
    antialias: when shrinking, widen the kernel by the factor, so that every input pixel counts; then a = −0.5 and what
    falls outside is left out, as torch and Pillow do. Raises ValueError for a size below 1, an unknown method, and for
    align_corners or antialias where they have no meaning. Source: Keys 1981 (bicubic).

    >>> interpolation_matrix(2, 4).tolist()
    [[1.0, 0.0], [0.75, 0.25], [0.25, 0.75], [0.0, 1.0]]
    """
    _check_axis(input_size, output_size, method, align_corners, antialias)
    if method not in REACH:
        return _selection(input_size, output_size, method)
    if antialias:
        return _widened(input_size, output_size, method)
    places = _places(input_size, output_size, align_corners)[:, None]  # (output, 1)
    reach = REACH[method]
    taps = places.floor().long() + torch.arange(1 - reach, reach + 1)  # (output, 2·reach)
    matrix = torch.zeros(output_size, input_size, dtype=torch.float64)
    return matrix.scatter_add_(1, taps.clamp(0, input_size - 1), _kernel(method, places - taps))


def upsample_nearest(x: Tensor, size: IntOrPair, exact: bool = False) -> Tensor:
    """Resize x (N, C, H, W) of any dtype to `size` by copying one input pixel to each output pixel.

    Equal to `F.interpolate(x, size, mode="nearest")`, with `exact` to "nearest-exact", which has no shift of half a
    pixel. The only method for labels. Raises ValueError for another shape or an impossible size.

    >>> upsample_nearest(torch.tensor([[[[1, 2]]]]), (1, 4)).tolist()
    [[[[1, 1, 2, 2]]]]
    """
    method = "nearest-exact" if exact else "nearest"
    rows, columns = (matrix.argmax(dim=1).to(x.device) for matrix in _matrices(x, size, method, False, False))
    return x[:, :, rows[:, None], columns]


def upsample_bilinear(x: Tensor, size: IntOrPair, align_corners: bool = False, antialias: bool = False) -> Tensor:
    """Resize x (N, C, H, W), floats, to `size` (larger or smaller): a mean of the two nearest pixels along each axis.

    Equal to `F.interpolate(x, size, mode="bilinear", …)`. Raises TypeError for integers (the mean of two labels is no
    label), ValueError for another shape, an impossible size, or align_corners with antialias.

    >>> upsample_bilinear(torch.tensor([[[[0.0, 4.0]]]]), (1, 4)).tolist()
    [[[[0.0, 1.0, 3.0, 4.0]]]]
    """
    return _separable(x, size, "bilinear", align_corners, antialias)


def upsample_bicubic(x: Tensor, size: IntOrPair, align_corners: bool = False, antialias: bool = False) -> Tensor:
    """Resize x (N, C, H, W), floats, to `size` with four pixels along each axis; sharper, and it overshoots at edges.

    Equal to `F.interpolate(x, size, mode="bicubic", …)`; errors as in `upsample_bilinear`. Source: Keys 1981.

    >>> upsample_bicubic(torch.tensor([[[[0.0, 0.0, 4.0, 4.0]]]]), (1, 8))[0, 0, 0, 2:6].tolist()
    [-0.421875, 0.90625, 3.09375, 4.421875]
    """
    return _separable(x, size, "bicubic", align_corners, antialias)


def _separable(x: Tensor, size: IntOrPair, method: str, align_corners: bool, antialias: bool) -> Tensor:
    if not x.is_floating_point():
        raise TypeError(
            f"x holds {x.dtype}, {method} needs floats: resize labels with upsample_nearest, images as x.float()."
        )
    rows, columns = (matrix.to(x) for matrix in _matrices(x, size, method, align_corners, antialias))
    return rows @ x @ columns.T  # (N, C, H', W')


def _matrices(x: Tensor, size: IntOrPair, method: str, align_corners: bool, antialias: bool) -> tuple[Tensor, Tensor]:
    if x.ndim != 4:
        raise ValueError(f"x has shape {tuple(x.shape)}; expected (N, C, H, W): add missing axes with x[None].")
    (height, width), (out_height, out_width) = x.shape[2:], pair(size, "size")
    return (
        interpolation_matrix(height, out_height, method, align_corners, antialias),
        interpolation_matrix(width, out_width, method, align_corners, antialias),
    )


def _places(input_size: int, output_size: int, align_corners: bool) -> Tensor:
    """Return where in the input each output pixel looks, in input pixels from the center of the first: float64."""
    i = torch.arange(output_size, dtype=torch.float64)
    if align_corners:
        return i * (input_size - 1) / max(output_size - 1, 1)
    return (i + 0.5) * input_size / output_size - 0.5


def _selection(input_size: int, output_size: int, method: str) -> Tensor:
    # In single precision, as torch: where a place falls on the border of two pixels, rounding decides.
    i = torch.arange(output_size, dtype=torch.float32) + (0.5 if method == "nearest-exact" else 0.0)
    scale = torch.tensor(input_size, dtype=torch.float32) / output_size
    return torch.nn.functional.one_hot((i * scale).long().clamp(max=input_size - 1), input_size).double()


def _widened(input_size: int, output_size: int, method: str) -> Tensor:
    places = _places(input_size, output_size, align_corners=False)[:, None]
    width = max(input_size / output_size, 1.0)  # of one output pixel, in input pixels
    weights = _kernel(method, (places - torch.arange(input_size)) / width, a=-0.5)
    return weights / weights.sum(dim=1, keepdim=True)


def _kernel(method: str, distance: Tensor, a: float = -0.75) -> Tensor:
    """Return the weight of a pixel at this distance: a tent, or the cubic of Keys 1981 with its parameter a."""
    t = distance.abs()
    if method == "bilinear":
        return (1 - t).clamp(min=0)
    near = (a + 2) * t**3 - (a + 3) * t**2 + 1  # |t| ≤ 1
    far = a * t**3 - 5 * a * t**2 + 8 * a * t - 4 * a  # 1 < |t| < 2
    return torch.where(t <= 1, near, torch.where(t < 2, far, 0.0))


def _check_axis(input_size: int, output_size: int, method: str, align_corners: bool, antialias: bool) -> None:
    if min(input_size, output_size) < 1:
        raise ValueError(f"{input_size} pixels can't become {output_size}; both sizes must be at least 1.")
    if method not in METHODS:
        raise ValueError(f"method is {method!r}; choose one of {', '.join(map(repr, METHODS))}.")
    if method not in REACH and (align_corners or antialias):
        raise ValueError(
            f"{method!r} copies single pixels: align_corners and antialias have no meaning, leave them out."
        )
    if align_corners and antialias:
        raise ValueError(
            "align_corners takes pixels for points, antialias for areas; choose one of the two (torch accepts both, "
            "but aligns no corners then)."
        )
