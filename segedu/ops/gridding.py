"""The gridding artifact: which pixels a stack of dilated convolutions sees, and which fall through its holes.

Sources: Yu & Koltun 2016 (growing rates), Chen et al. 2017 (rates behind a backbone), Wang et al. 2018 ("Understanding
convolution for semantic segmentation", section 3.2: gridding, and hybrid dilated convolution as its cure).
"""

from collections.abc import Sequence

import torch
from torch import Tensor


def tap_counts(rates: Sequence[int], kernel_size: int = 3) -> Tensor:
    """Count on how many paths each pixel of the receptive field reaches one output, along one axis.

    In 2-D the counts are the outer product of one axis with the other.

    Args:
        rates: The dilations of the layers, in any order (the counts don't depend on it), each at least 1.
        kernel_size: Taps of all kernels; their stride is 1.

    Returns:
        int64 of length 1 + (kernel_size − 1)·Σ rates; it sums to kernel_size^len(rates), and a 0 is a hole.

    Raises:
        TypeError: A rate or the kernel size is no whole number.
        ValueError: One of them is below 1.

    >>> tap_counts([1, 1]).tolist(), tap_counts([2, 2]).tolist()
    ([1, 2, 3, 2, 1], [1, 0, 2, 0, 3, 0, 2, 0, 1])
    """
    _check([*rates, kernel_size])
    counts = torch.ones(1, dtype=torch.int64)
    for rate in rates:
        wider = torch.zeros(len(counts) + rate * (kernel_size - 1), dtype=torch.int64)
        for tap in range(kernel_size):
            wider[tap * rate : tap * rate + len(counts)] += counts
        counts = wider
    return counts


def grid_holes(rates: Sequence[int], kernel_size: int = 3) -> int:
    """Count the pixels of the receptive field, along one axis, that reach the output on no path.

    Arguments and errors as in `tap_counts`. With h holes in a field of n pixels, an output sees (n − h)² of n² pixels.

    >>> grid_holes([2, 2, 2]), grid_holes([1, 2, 5])
    (6, 0)
    """
    return int((tap_counts(rates, kernel_size) == 0).sum())


def _check(numbers: Sequence[int]) -> None:
    for number in numbers:
        if isinstance(number, bool) or not isinstance(number, int):
            raise TypeError(f"a rate or kernel size is {number!r}; give whole numbers of at least 1.")
        if number < 1:
            raise ValueError(f"a rate or kernel size is {number}; it must be at least 1.")
