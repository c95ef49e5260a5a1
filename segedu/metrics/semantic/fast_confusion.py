"""Counting label pairs fast: the same numbers as one `bincount`, in little more time than reading the labels takes.

`np.bincount(target * C + prediction)` writes and reads 8-byte intermediates as large as the label
maps, and where neighbors agree (as they do in label maps) each increment waits for the one before
it. So here:

- label maps are read once, in pieces that stay in the cache; there each piece is checked and cast
  to 2 bytes;
- pair numbers are computed and counted in those 2 bytes (4 beyond 32 classes);
- pixels take turns between four tables, so equal neighbors increment different cells; in the end
  the tables are added.

`python bench/bench_metrics.py` prints what this brings.
"""

import math

import numpy as np
import torch
from torch import Tensor

_PIECE = 1 << 16  # labels checked and cast at a time: 512 KiB of int64, half of a typical L2 cache
_GROUP = 1 << 19  # pairs counted at a time: 1 MiB of int16
_TABLES = 4  # longer than the wait for one increment
_ROWS = 256  # target labels that fit: 0 … 255, void among them


def count_pairs(prediction: Tensor, target: Tensor, num_classes: int) -> Tensor | None:
    """Return an int64 table (256, num_classes): how often target label t met prediction p, void's row included.

    Args:
        prediction: integers on the CPU, of any shape.
        target: integers on the CPU, as many.
        num_classes: C, at most 256.

    Returns:
        The table, or None if a target lies outside 0 … 255 or a prediction outside 0 … C − 1: then
        someone slower must look who is wrong.

    >>> count_pairs(torch.tensor([0, 1, 1]), torch.tensor([0, 1, 255]), 2)[[0, 1, 255]].tolist()
    [[1, 0], [0, 1], [0, 1]]
    """
    cells = _ROWS * num_classes
    dtype = torch.int16 if _TABLES * cells <= 1 << 15 else torch.int32
    predictions = _unsigned(prediction)
    targets = _unsigned(target)

    # Memory for one group, used again by each.
    size = min(_GROUP, len(targets))
    turns = _first_cells(size, cells, dtype)
    narrow_target = torch.empty(size, dtype=dtype)
    narrow_prediction = torch.empty(size, dtype=dtype)

    counts = torch.zeros(_TABLES * cells, dtype=torch.int64)
    for start in range(0, len(targets), _GROUP):
        group = slice(start, start + _GROUP)
        length = len(targets[group])
        t = narrow_target[:length]
        p = narrow_prediction[:length]

        # Check and cast.
        highest_target = _cast(targets[group], t.numpy())
        highest_prediction = _cast(predictions[group], p.numpy())
        if highest_target >= _ROWS or highest_prediction >= num_classes:
            return None

        # Count table · cells + t · C + p, computed in place.
        pairs = torch.add(turns[:length], t, alpha=num_classes, out=t).add_(p)
        counts += torch.bincount(pairs, minlength=len(counts))
    return counts.view(_TABLES, _ROWS, num_classes).sum(dim=0)


def _first_cells(size: int, cells: int, dtype: torch.dtype) -> Tensor:
    """Return the first cell of each pixel's table: of the tables 0, 1, 2, 3, 0, 1, … in turn."""
    turn = torch.arange(_TABLES, dtype=dtype) * cells
    return turn.repeat(math.ceil(size / _TABLES))


def _unsigned(labels: Tensor) -> np.ndarray:
    """View labels as flat unsigned integers.

    What was negative is too large then, so one maximum finds both mistakes.
    """
    if labels.dtype not in (torch.int64, torch.uint8):
        labels = labels.long()
    flat = labels.detach().contiguous().numpy().ravel()
    if labels.dtype == torch.uint8:
        return flat
    return flat.view(np.uint64)


def _cast(labels: np.ndarray, out: np.ndarray) -> int:
    """Copy labels into the narrow `out`, piece by piece, and return the largest of them."""
    highest = 0
    for start in range(0, len(labels), _PIECE):
        piece = labels[start : start + _PIECE]
        highest = max(highest, int(np.maximum.reduce(piece)))
        out[start : start + _PIECE] = piece
    return highest
