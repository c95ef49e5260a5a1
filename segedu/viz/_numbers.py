"""Numbers as people have them, as arrays: of any device, one per thing, or several seeds per thing."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

Numbers = Sequence[float] | np.ndarray | Tensor


def as_numbers(numbers: Any) -> np.ndarray:
    """Return numbers as float64, from any device."""
    if isinstance(numbers, Sequence):
        numbers = [as_numbers(one) if isinstance(one, Sequence | Tensor) else one for one in numbers]
        return np.array(numbers, dtype=np.float64)
    return torch.as_tensor(numbers, dtype=torch.float64).detach().cpu().numpy()


def seeds_of(numbers: Any) -> list[np.ndarray]:
    """Return each thing's numbers (S,): one, or one per seed.

    >>> seeds_of([0.5, [0.25, 0.75]])
    [array([0.5]), array([0.25, 0.75])]
    """
    return [np.atleast_1d(as_numbers(one)) for one in numbers]


def mean_of(values: np.ndarray) -> float:
    """Return the mean of those of `values` (S,) that are numbers, NaN if none is."""
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")
