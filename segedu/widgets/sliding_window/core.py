"""Windows on a grid over an image: where they lie, their scores by color, their label map."""

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

# How far colors (0 to 1) may lie from a prototype before another class takes over; as in
# sliding_window/core.js.
SPREAD = 0.05


@dataclass(frozen=True)
class Slide:
    """Square windows of `window` pixels, one every `stride` pixels, over an image.

    padded: the border was extended, so that every pixel is the middle of a window. Windows count
    row by row from 0.
    """

    height: int
    width: int
    window: int
    stride: int
    padded: bool

    @property
    def grid(self) -> tuple[int, int]:
        """Rows and columns of windows; (0, …) or (…, 0) when the window is larger than the image.

        >>> Slide(96, 128, window=15, stride=8, padded=False).grid
        (11, 15)
        """
        return self._places(self.height), self._places(self.width)

    def _places(self, side: int) -> int:
        """Return how many windows lie along a side of the image."""
        places = side if self.padded else max(side - self.window + 1, 0)
        return -(-places // self.stride)

    @property
    def count(self) -> int:
        """How many windows there are."""
        return self.grid[0] * self.grid[1]

    def corner(self, step: int) -> tuple[int, int]:
        """Return row and column of a window's upper left pixel; negative in the padding."""
        row, column = divmod(step, self.grid[1])
        shift = self.window // 2 if self.padded else 0
        return row * self.stride - shift, column * self.stride - shift

    def labels(self, best: np.ndarray, last: int) -> np.ndarray:
        """Return the label map (H, W) int64 after windows 0 … last; −1 where no window has been.

        A window labels stride × stride pixels around its middle.

        Args:
            best: (h, w), the class of each stride-1 window.
            last: the last window, counted row by row.
        """
        # From a window's upper left pixel to that of its square.
        labels = np.full((self.height, self.width), -1)
        middle = 0 if self.padded else self.window // 2
        shift = middle - (self.stride - 1) // 2

        # The squares, cut where they leave the image.
        for step in range(last + 1):
            row, column = (place * self.stride for place in divmod(step, self.grid[1]))
            top = row + shift
            left = column + shift
            rows = slice(max(top, 0), top + self.stride)
            columns = slice(max(left, 0), left + self.stride)
            labels[rows, columns] = best[row, column]
        return labels


def color_prototypes(
    image: Tensor,
    label_map: Tensor,
    num_classes: int,
) -> tuple[list[int], Tensor]:
    """Return the classes that occur in the label map and their mean colors (K, 3) float64.

    Args:
        image: (3, H, W) in [0, 1].
        label_map: (H, W) int64.
        num_classes: labels from this number on, such as void, are left out.
    """
    present = [label for label in label_map.unique().tolist() if label < num_classes]
    colors = [image[:, label_map == label].double().mean(dim=1) for label in present]
    return present, torch.stack(colors)


def color_scores(image: Tensor, prototypes: Tensor, window: int) -> Tensor:
    """Return the built-in classifier's scores of all windows in the image.

    p ∝ exp(−‖mean color of the window − prototype‖² / (2 · 0.05²)); the scores are
    (K, H − window + 1, W − window + 1) float64.

    Args:
        image: (3, H, W) in [0, 1].
        prototypes: (K, 3) in [0, 1].
        window: side in pixels.
    """
    means = F.avg_pool2d(image.double()[None], window, stride=1)[0]  # (3, h, w)
    colors = prototypes.double()[:, :, None, None]  # (K, 3, 1, 1)
    distances = (means[None] - colors).square().sum(dim=1)  # (K, h, w)
    return (-distances / (2 * SPREAD**2)).softmax(dim=0)


def quantize(scores: Tensor) -> np.ndarray:
    """Return class probabilities (C, h, w) in [0, 1] as bytes 0…255.

    The best class of each cell is kept strictly best.

    >>> quantize(torch.tensor([0.5001, 0.4999])[:, None, None]).flatten().tolist()
    [128, 127]
    """
    # The rounded scores of the others, without the best.
    values = scores.detach().cpu().double().numpy()
    best = values.argmax(axis=0)[None]  # (1, h, w)
    rounded = np.rint(values * 255).astype(np.int64)
    rest = rounded.copy()
    np.put_along_axis(rest, best, -1, 0)

    # The best is at least one more than they, and they are at least one less.
    least = np.minimum(rest.max(axis=0, keepdims=True) + 1, 255)
    winner = np.maximum(np.take_along_axis(rounded, best, 0), least)
    rest = np.minimum(rest, winner - 1)
    np.put_along_axis(rest, best, winner, 0)
    return rest.astype(np.uint8)
