"""A confusion matrix with its classes at rows and columns."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from segedu.viz.matrices import matrix_figure


def show_confusion(
    counts: Tensor | np.ndarray,
    classes: Sequence[str],
    alt: str | None = None,
    *,
    title: str | None = None,
    shares: bool = True,
    path: str | Path | None = None,
) -> None:
    """Show where the pixels of each true class went: one row per true class, one column per predicted one.

    Rows are the classes that occur in the targets, columns those that occur there or in the predictions,
    so nothing that was predicted is cut off.

    Args:
        counts: (C, C) pixels, rows true, columns predicted, as `ConfusionMatrix.counts`.
        classes: the C classes' names.
        alt: what the figure shows, for those who can't see it; None leaves it to the cell's line.
        title: a sentence over the matrix.
        shares: write percent of each row instead of pixels.
        path: a file to which the PNG is written as well.

    Raises:
        ValueError: `counts` is not (C, C), is below 0 somewhere or empty, or `alt` is too short.

    >>> alt = "Of four road pixels three are called road and one sky."
    >>> show_confusion(torch.tensor([[2, 0], [1, 3]]), ["sky", "road"], alt)
    """
    table = torch.as_tensor(counts).detach().cpu().numpy()
    if table.shape != (len(classes), len(classes)):
        raise ValueError(f"counts has shape {table.shape} for {len(classes)} classes; give (C, C), rows true.")
    if (table < 0).any() or not table.any():
        raise ValueError("counts holds no pixel, or fewer than none; give numbers of pixels, rows true.")
    rows = np.flatnonzero(table.sum(axis=1))
    columns = np.flatnonzero(table.sum(axis=0) + table.sum(axis=1))
    cells = table[np.ix_(rows, columns)]
    if shares:
        cells = _percent(cells)
    matrix_figure(
        [cells],
        ["percent of each true class" if shares else "pixels"],
        alt,
        title=title,
        rows={0: ("true class", [classes[int(row)] for row in rows])},
        columns={0: ("predicted class", [classes[int(column)] for column in columns])},
        shapes=False,
        cell=44,
        path=path,
    )


def _percent(cells: np.ndarray) -> np.ndarray:
    """Return each row as whole percents of its sum, with one decimal below 1."""
    percent = 100 * cells / cells.sum(axis=1, keepdims=True)
    return np.where(percent < 1, percent.round(1), percent.round())
