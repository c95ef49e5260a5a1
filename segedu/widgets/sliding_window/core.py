"""Windows on a grid over an image: where they lie, how they are classified by color, what label map they paint."""

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

# How far colors (0 to 1) may lie from a prototype before another class takes over; as in sliding_window/core.js.
SPREAD = 0.05


@dataclass(frozen=True)
class Slide:
    """Square windows of `window` pixels, one every `stride` pixels, over an image of height × width pixels.

    padded: the border was extended, so that every pixel is the middle of a window. Windows count row by row from 0.
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
        places = [side if self.padded else max(side - self.window + 1, 0) for side in (self.height, self.width)]
        return -(-places[0] // self.stride), -(-places[1] // self.stride)

    @property
    def count(self) -> int:
        """How many windows there are."""
        return self.grid[0] * self.grid[1]

    def corner(self, step: int) -> tuple[int, int]:
        """Return row and column of the upper left pixel of window `step`; negative in the padding."""
        row, column = divmod(step, self.grid[1])
        shift = self.window // 2 if self.padded else 0
        return row * self.stride - shift, column * self.stride - shift

    def labels(self, best: np.ndarray, last: int) -> np.ndarray:
        """Return the label map (H, W) int64 after windows 0 … last; −1 where no window has been.

        best: (h, w) the class of each stride-1 window. A window labels stride × stride pixels around its middle.
        """
        labels = np.full((self.height, self.width), -1)
        shift = 0 if self.padded else self.window // 2
        for step in range(last + 1):
            row, column = (at * self.stride for at in divmod(step, self.grid[1]))
            top, left = (at + shift - (self.stride - 1) // 2 for at in (row, column))
            labels[max(top, 0) : top + self.stride, max(left, 0) : left + self.stride] = best[row, column]
        return labels


def color_prototypes(image: Tensor, label_map: Tensor, num_classes: int) -> tuple[list[int], Tensor]:
    """Return the classes that occur in the label map and their mean colors (K, 3) float64.

    image (3, H, W) in [0, 1], label_map (H, W) int64; labels from `num_classes` on, such as void, are left out.
    """
    present = [label for label in label_map.unique().tolist() if label < num_classes]
    return present, torch.stack([image[:, label_map == label].double().mean(dim=1) for label in present])


def color_scores(image: Tensor, prototypes: Tensor, window: int) -> Tensor:
    """Return the built-in classifier's scores (K, H − window + 1, W − window + 1) float64 of all windows in the image.

    p ∝ exp(−‖mean color of the window − prototype‖² / (2 · 0.05²)). image (3, H, W), prototypes (K, 3), both in [0, 1].
    """
    means = F.avg_pool2d(image.double()[None], window, stride=1)[0]  # (3, h, w)
    distances = (means[None] - prototypes.double()[:, :, None, None]).square().sum(dim=1)  # (K, h, w)
    return (-distances / (2 * SPREAD**2)).softmax(dim=0)


def quantize(scores: Tensor) -> np.ndarray:
    """Return class probabilities (C, h, w) in [0, 1] as bytes 0…255, the best class of each cell kept strictly best.

    >>> quantize(torch.tensor([0.5001, 0.4999])[:, None, None]).flatten().tolist()
    [128, 127]
    """
    values = scores.detach().cpu().double().numpy()
    best = values.argmax(axis=0)[None]
    rounded = np.rint(values * 255).astype(np.int64)
    rest = rounded.copy()
    np.put_along_axis(rest, best, -1, 0)
    winner = np.maximum(np.take_along_axis(rounded, best, 0), np.minimum(rest.max(axis=0, keepdims=True) + 1, 255))
    rest = np.minimum(rest, winner - 1)
    np.put_along_axis(rest, best, winner, 0)
    return rest.astype(np.uint8)
