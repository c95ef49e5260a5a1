"""Label maps of lecture 09's exercise on blind metrics: a drawn target with void, and copies spoiled in six ways."""

from collections.abc import Callable

import torch
from torch import Tensor


def scene(height: int, width: int, classes: int) -> Tensor:
    """Return a label map: sky 0, ground 1, a block 2, small things 3, 4, …, and, as a rule, a pole of the last class.

    Some of the classes in between are absent.
    """
    labels = torch.zeros(height, width, dtype=torch.int64)
    horizon = int(torch.randint(height // 3, height // 2, ()))
    labels[horizon:] = 1
    left = int(torch.randint(1, width // 4 + 1, ()))
    labels[horizon - 2 : horizon + 3, left : left + width // 3] = 2
    for number in range(int(torch.randint(classes - 3, ()))):
        row, column = int(torch.randint(horizon, height - 2, ())), int(torch.randint(width - 2, ()))
        labels[row : row + 3, column : column + 2] = 3 + number
    return with_pole(labels, classes) if torch.rand(()) < 0.7 else labels


def with_pole(labels: Tensor, classes: int) -> Tensor:
    """Set a thin pole of the last class into the right half."""
    result = labels.clone()
    height, width = labels.shape
    result[2 : height - 2, int(torch.randint(width // 2, width, ()))] = classes - 1
    return result


def with_void(labels: Tensor) -> Tensor:
    """Set a rectangle to void, 255, in two of three maps; it holds up to two thirds of the pixels."""
    if torch.rand(()) < 1 / 3:
        return labels
    result = labels.clone()
    height, width = labels.shape
    top, left = int(torch.randint(height // 2, ())), int(torch.randint(width // 2, ()))
    rows, columns = int(torch.randint(1, height, ())), int(torch.randint(1, width - 2, ()))
    result[top : top + rows, left : left + columns] = 255
    return result


def spoil(labels: Tensor, classes: int) -> Tensor:
    """Return a label map with one of six mistakes, or none."""
    ways: tuple[Callable[[Tensor, int], Tensor], ...] = (
        lambda labels, _: labels.clone(),
        without_pole,
        with_pole,
        lambda labels, _: shifted(labels),
        lambda labels, _: ragged(labels),
        lambda labels, _: strewn(labels),
        lambda labels, _: other_corner(labels),
    )
    return ways[int(torch.randint(len(ways), ()))](labels, classes)


def without_pole(labels: Tensor, classes: int) -> Tensor:
    """Give the pole's pixels the label on their left: few pixels, a whole class."""
    return torch.where(labels == classes - 1, moved(labels, 1), labels)


def shifted(labels: Tensor) -> Tensor:
    """Move all labels to the right by up to three columns."""
    return moved(labels, int(torch.randint(1, 4, ())))


def moved(labels: Tensor, columns: int) -> Tensor:
    """Move all labels to the right; the first column stays, so that nothing comes in from the other side."""
    places = (torch.arange(labels.shape[1]) - columns).clamp(min=0)
    return labels[:, places]


def ragged(labels: Tensor) -> Tensor:
    """Make every second row of the block longer by up to three columns."""
    longer = shifted(labels) == 2
    longer[1::2] = False
    return torch.where(longer & (labels < 2), 2, labels)


def strewn(labels: Tensor) -> Tensor:
    """Exchange sky and ground in single pixels."""
    share = 0.1 * torch.rand(())
    return torch.where((torch.rand(labels.shape) < share) & (labels < 2), 1 - labels, labels)


def other_corner(labels: Tensor) -> Tensor:
    """Call a corner of the sky ground."""
    result = labels.clone()
    result[: int(torch.randint(2, 6, ())), : int(torch.randint(4, 12, ()))] = 1
    return result
