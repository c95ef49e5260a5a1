"""Plain content: tensors, numbers and texts in dicts and lists, which is all that a checkpoint may hold."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

PLAIN = (bool, int, float, str, type(None))


def plain(content: Any, place: str = "content") -> Any:
    """Return a nest with NumPy's numbers and arrays as Python's numbers and torch's tensors.

    What is written so can be read back without running code (`torch.load(weights_only=True)`).

    Raises TypeError naming the place of anything else.

    >>> plain({"iou": [np.float64(0.5)], "step": np.int64(3)})
    {'iou': [0.5], 'step': 3}
    """
    if type(content) in PLAIN:
        return content
    if isinstance(content, np.generic):
        return content.item()
    if isinstance(content, np.ndarray):
        return torch.from_numpy(content.copy())
    if isinstance(content, Tensor):
        return content.detach().as_subclass(Tensor)
    if isinstance(content, Mapping):
        return {plain(key, place): plain(value, f"{place}[{key!r}]") for key, value in content.items()}
    if type(content) is list and all(type(value) in PLAIN for value in content):
        return content  # such as the losses of 100,000 steps
    if isinstance(content, (list, tuple)):
        values = [plain(value, f"{place}[{number}]") for number, value in enumerate(content)]
        return tuple(values) if isinstance(content, tuple) else values
    raise TypeError(
        f"{place} is a {type(content).__name__}; a checkpoint holds tensors, numbers and texts, in dicts and lists."
    )
