"""Back up from a pooling: values into the corner of their block, or to where the maximum stood."""

from itertools import product

import torch
import torch.nn.functional as F
from torch import Tensor

from segedu.ops.sizes import IntOrPair, pair


def bed_of_nails(x: Tensor, factor: IntOrPair) -> Tensor:
    """Put each value into the upper left cell of a block of `factor` cells, zeros into the others.

    x (N, C, H, W) of any dtype → (N, C, H·fy, W·fx). Equal to a transposed convolution with a 1 × 1 kernel of one.
    Raises ValueError for another shape or a factor below 1. Source: Dosovitskiy et al. 2015, "Learning to generate
    chairs", where it is called unpooling.

    >>> bed_of_nails(torch.tensor([[[[1, 2]]]]), 2).tolist()
    [[[[1, 0, 2, 0], [0, 0, 0, 0]]]]
    """
    _check_map(x)
    fy, fx = pair(factor, "factor")
    nails = x.new_zeros(*x.shape[:2], x.shape[2] * fy, x.shape[3] * fx)
    nails[:, :, ::fy, ::fx] = x
    return nails


def max_pool_with_indices(
    x: Tensor, kernel_size: IntOrPair, stride: IntOrPair | None = None, padding: IntOrPair = 0
) -> tuple[Tensor, Tensor]:
    """Return the maximum of each window and where it stood: (N, C, H', W') of x's dtype, and int64 of the same shape.

    An index is row · W + column in the unpadded map x (N, C, H, W), so the same number means the same place in every
    channel. Of equal values the first in reading order wins; NaN beats every number, the last of several NaN wins.
    stride: None means kernel_size. Equal to `F.max_pool2d(…, return_indices=True)`. Raises ValueError for another
    shape, a kernel that doesn't fit, and a padding of more than half the kernel.

    >>> values, indices = max_pool_with_indices(torch.tensor([[[[1, 7, 5], [2, 4, 8]]]]), (2, 1))
    >>> values.tolist(), indices.tolist()
    ([[[[2, 7, 8]]]], [[[[3, 1, 5]]]])
    """
    _check_map(x)
    (kh, kw), (sy, sx) = pair(kernel_size, "kernel_size"), pair(stride or kernel_size, "stride")
    top, left = pair(padding, "padding", least=0)
    _check_window(x, (kh, kw), (top, left))
    rows, columns = (x.shape[2] + 2 * top - kh) // sy + 1, (x.shape[3] + 2 * left - kw) // sx + 1
    places = torch.arange(x.shape[2] * x.shape[3], device=x.device).view(x.shape[2:])
    first_row = (torch.arange(rows, device=x.device) * sy - top).clamp(min=0)
    first_column = (torch.arange(columns, device=x.device) * sx - left).clamp(min=0)
    indices = places[first_row[:, None], first_column].expand(*x.shape[:2], rows, columns)
    lowest = float("-inf") if x.is_floating_point() else torch.iinfo(x.dtype).min
    values = x.new_full((*x.shape[:2], rows, columns), lowest)
    padded, places = (F.pad(each, (left, left, top, top), value=low) for each, low in ((x, lowest), (places, -1)))
    for ky, kx in product(range(kh), range(kw)):
        seen = (slice(ky, ky + sy * (rows - 1) + 1, sy), slice(kx, kx + sx * (columns - 1) + 1, sx))
        candidate = padded[:, :, *seen]
        better = (candidate > values) | candidate.isnan()
        values = torch.where(better, candidate, values)
        indices = torch.where(better, places[seen], indices)
    return values, indices


def max_unpool(x: Tensor, indices: Tensor, output_size: IntOrPair) -> Tensor:
    """Put each value where its index says, in a map of zeros.

    x (N, C, h, w), indices int64 of the same shape, as `max_pool_with_indices` gives them, output_size (H, W) of the
    map that was pooled → (N, C, H, W). Equal to `F.max_unpool2d`. Raises ValueError if the shapes differ or an index
    lies outside of H·W: then output_size isn't the size of the pooled map. Source: Badrinarayanan et al. 2017 (SegNet).

    >>> max_unpool(torch.tensor([[[[7, 8]]]]), torch.tensor([[[[1, 5]]]]), (2, 3)).tolist()
    [[[[0, 7, 0], [0, 0, 8]]]]
    """
    _check_map(x)
    height, width = pair(output_size, "output_size")
    if indices.shape != x.shape or indices.dtype != torch.int64:
        raise ValueError(
            f"x has shape {tuple(x.shape)}, the indices {tuple(indices.shape)} and {indices.dtype}; expected one int64 "
            "index per value, from the pooling of this level."
        )
    if indices.numel() and (int(indices.min()) < 0 or int(indices.max()) >= height * width):
        raise ValueError(
            f"the indices go from {int(indices.min())} to {int(indices.max())}, the output {height} × {width} has "
            f"{height * width} cells: give the height and width of the map that was pooled."
        )
    flat = x.new_zeros(*x.shape[:2], height * width)
    return flat.scatter(2, indices.flatten(start_dim=2), x.flatten(start_dim=2)).view(*x.shape[:2], height, width)


def _check_map(x: Tensor) -> None:
    if x.ndim != 4:
        raise ValueError(f"x has shape {tuple(x.shape)}; expected (N, C, H, W): add missing axes with x[None].")


def _check_window(x: Tensor, kernel: tuple[int, int], padding: tuple[int, int]) -> None:
    for axis, size, span, pad in zip(("height", "width"), x.shape[2:], kernel, padding, strict=True):
        if 2 * pad > span:
            raise ValueError(f"the padding {pad} is more than half the kernel's {span} along the {axis}: give less.")
        if span > size + 2 * pad:
            raise ValueError(
                f"the kernel spans {span} cells, the padded input has {size + 2 * pad} along its {axis}: use a smaller "
                "kernel or a larger map."
            )
