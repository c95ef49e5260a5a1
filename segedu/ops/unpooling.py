"""Max pooling that keeps where its maxima stood, and two ways back up: a bed of nails, and max unpooling."""

from itertools import product

import torch
import torch.nn.functional as F
from torch import Tensor

from segedu.ops.checks import check_map
from segedu.ops.sizes import IntOrPair, Pair, output_pair, pair


def bed_of_nails(x: Tensor, factor: IntOrPair) -> Tensor:
    """Put each value into the upper left cell of a block of `factor` cells, zeros into the others.

    Equal to a transposed convolution with a 1 × 1 kernel of one. Source: Dosovitskiy et al. 2015, "Learning to generate
    chairs", where it is called unpooling.

    Args:
        x: (N, C, H, W), of any dtype.
        factor: Rows and columns of a block; an int or a pair (vertical, horizontal).

    Returns:
        (N, C, H·fy, W·fx) of x's dtype.

    Raises:
        ValueError: x has other axes, or a factor is below 1.

    >>> bed_of_nails(torch.tensor([[[[1, 2]]]]), 2).tolist()
    [[[[1, 0, 2, 0], [0, 0, 0, 0]]]]
    """
    check_map(x)
    fy, fx = pair(factor, "factor")
    n, channels, height, width = x.shape
    nails = x.new_zeros(n, channels, height * fy, width * fx)
    nails[:, :, ::fy, ::fx] = x
    return nails


def max_pool_loops(
    x: Tensor, kernel_size: IntOrPair, stride: IntOrPair | None = None, padding: IntOrPair = 0
) -> tuple[Tensor, Tensor]:
    """Find the maximum of each window and where it stood, by loops over output cells and the window's cells.

    Slow on purpose; arguments, results and errors as in `max_pool_with_indices`.

    >>> values, indices = max_pool_loops(torch.tensor([[[[1, 7, 5], [2, 4, 8]]]]), (2, 1))
    >>> values.tolist(), indices.tolist()
    ([[[[2, 7, 8]]]], [[[[3, 1, 5]]]])
    """
    kh, kw = pair(kernel_size, "kernel_size")
    sy, sx = pair(stride or kernel_size, "stride")
    py, px = pair(padding, "padding", least=0)
    height, width = _pooled_size(x, (kh, kw), (sy, sx), (py, px))

    values = x.new_zeros(*x.shape[:2], height, width)
    indices = torch.zeros_like(values, dtype=torch.int64)
    for row, column in product(range(height), range(width)):
        # The window's cells, those in the padding left out.
        top = row * sy - py
        left = column * sx - px
        ys = range(max(top, 0), min(top + kh, x.shape[2]))
        xs = range(max(left, 0), min(left + kw, x.shape[3]))

        best = x[:, :, ys[0], xs[0]]  # (N, C)
        place = torch.full_like(best, ys[0] * x.shape[3] + xs[0], dtype=torch.int64)
        for cell_y, cell_x in product(ys, xs):
            value = x[:, :, cell_y, cell_x]
            better = (value > best) | value.isnan()
            best = torch.where(better, value, best)
            place = torch.where(better, cell_y * x.shape[3] + cell_x, place)
        values[:, :, row, column] = best
        indices[:, :, row, column] = place
    return values, indices


def max_pool_with_indices(
    x: Tensor, kernel_size: IntOrPair, stride: IntOrPair | None = None, padding: IntOrPair = 0
) -> tuple[Tensor, Tensor]:
    """Return the maximum of each window and where it stood.

    Equal to `F.max_pool2d(…, return_indices=True)`, and works for integers too. Of equal values the first in reading
    order wins; NaN beats every number, and the last of several NaN wins. The fast form of `max_pool_loops`: all windows
    at once, tap by tap.

    Args:
        x: (N, C, H, W), of any dtype.
        kernel_size: Rows and columns of a window.
        stride: Cells between neighboring windows; None means kernel_size.
        padding: Rows or columns on each side that no maximum stands in, at most half the kernel.

    Returns:
        The maxima (N, C, H', W') of x's dtype, and int64 indices of the same shape: row · W + column in the unpadded
        map, so the same number means the same place in every channel.

    Raises:
        ValueError: x has other axes, the kernel doesn't fit, or the padding is more than half the kernel.

    >>> values, indices = max_pool_with_indices(torch.tensor([[[[1, 7, 5], [2, 4, 8]]]]), (2, 1))
    >>> values.tolist(), indices.tolist()
    ([[[[2, 7, 8]]]], [[[[3, 1, 5]]]])
    """
    kh, kw = pair(kernel_size, "kernel_size")
    sy, sx = pair(stride or kernel_size, "stride")
    py, px = pair(padding, "padding", least=0)
    height, width = _pooled_size(x, (kh, kw), (sy, sx), (py, px))

    # Pad the map with a value that never wins, and the numbers of its cells alike.
    lowest = -torch.inf if x.is_floating_point() else torch.iinfo(x.dtype).min
    cells = torch.arange(x.shape[2] * x.shape[3], device=x.device).view(x.shape[2:])
    padded = F.pad(x, (px, px, py, py), value=lowest)
    padded_cells = F.pad(cells, (px, px, py, py), value=-1)

    # Before the first tap: nothing, at each window's first cell that isn't padding.
    first_rows = (torch.arange(height, device=x.device) * sy - py).clamp(min=0)
    first_columns = (torch.arange(width, device=x.device) * sx - px).clamp(min=0)
    values = x.new_full((*x.shape[:2], height, width), lowest)
    indices = cells[first_rows[:, None], first_columns].expand(values.shape)

    for ky, kx in product(range(kh), range(kw)):
        rows = slice(ky, ky + sy * (height - 1) + 1, sy)
        columns = slice(kx, kx + sx * (width - 1) + 1, sx)
        candidates = padded[:, :, rows, columns]  # (N, C, H', W')
        better = (candidates > values) | candidates.isnan()
        values = torch.where(better, candidates, values)
        indices = torch.where(better, padded_cells[rows, columns], indices)
    return values, indices


def _pooled_size(x: Tensor, kernel_size: Pair, stride: Pair, padding: Pair) -> Pair:
    check_map(x)
    for axis, kernel, pad in zip(("height", "width"), kernel_size, padding, strict=True):
        if 2 * pad > kernel:
            raise ValueError(f"the padding {pad} is more than half the kernel's {kernel} along the {axis}: give less.")
    return output_pair((x.shape[2], x.shape[3]), kernel_size, stride, padding)


def max_unpool(x: Tensor, indices: Tensor, output_size: IntOrPair) -> Tensor:
    """Put each value where its index says, in a map of zeros.

    Equal to `F.max_unpool2d`, and works for integers too. Source: Badrinarayanan et al. 2017 (SegNet).

    Args:
        x: (N, C, h, w), of any dtype.
        indices: int64 (N, C, h, w), as `max_pool_with_indices` gives them.
        output_size: (H, W) of the map that was pooled.

    Returns:
        (N, C, H, W) of x's dtype.

    Raises:
        ValueError: The shapes differ, or an index lies outside of H·W: then output_size isn't the size of the pooled
            map.

    >>> max_unpool(torch.tensor([[[[7, 8]]]]), torch.tensor([[[[1, 5]]]]), (2, 3)).tolist()
    [[[[0, 7, 0], [0, 0, 8]]]]
    """
    check_map(x)
    height, width = pair(output_size, "output_size")
    _check_indices(x, indices, height, width)
    n, channels = x.shape[:2]
    flat = x.new_zeros(n, channels, height * width)
    flat = flat.scatter(2, indices.flatten(start_dim=2), x.flatten(start_dim=2))
    return flat.view(n, channels, height, width)


def _check_indices(x: Tensor, indices: Tensor, height: int, width: int) -> None:
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
