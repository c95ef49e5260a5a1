"""Cross-entropy that looks at outlines: pixels near a border between classes count more.

Source: Ronneberger et al. 2015 (U-Net), equation 2, with the distance to the nearest other class in
place of the distances to the two nearest cells: that form needs no instances.
"""

from collections.abc import Sequence
from itertools import product
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from segedu.losses.checks import check_target, weight_tensor
from segedu.losses.pixel_weights import pixel_weights
from segedu.scalars import real_number, whole_number


class BoundaryCrossEntropy(nn.Module):
    """Average −log softmax(logits)[label], each pixel weighted by its class and by how near the outline is.

    The mean is Σ w·loss / Σ w, in which void doesn't count.

    Args:
        strength: How much an outline weighs, as in `boundary_weights`, at least 0; 0 is
            `CrossEntropy`.
        sigma: How far an outline reaches, in pixels, above 0.
        class_weights: (C,) nonnegative, or None for equal weights.
        ignore_index: The label of void.

    Raises:
        ValueError: strength or a class weight is negative, or sigma isn't positive.

    >>> loss = BoundaryCrossEntropy()
    >>> target = torch.zeros(1, 2, 3, dtype=torch.int64)
    >>> round(loss(torch.zeros(1, 4, 2, 3), target).item(), 4)  # log 4
    1.3863
    """

    class_weights: Tensor | None

    def __init__(
        self,
        strength: float = 10.0,
        sigma: float = 2.0,
        class_weights: Tensor | Sequence[float] | None = None,
        ignore_index: int = 255,
    ) -> None:
        super().__init__()
        strength = real_number(strength, "strength")
        sigma = real_number(sigma, "sigma")
        if strength < 0 or sigma <= 0:
            raise ValueError(f"strength={strength}, sigma={sigma}; expected at least 0, and more than 0 pixels.")
        self.strength = strength
        self.sigma = sigma
        self.ignore_index = whole_number(ignore_index, "ignore_index")
        self.register_buffer("class_weights", weight_tensor(class_weights), persistent=False)
        self._latest: _Weights | None = None

    def forward(self, logits: Tensor, target: Tensor) -> Tensor:
        """Return the loss, a float32 scalar; 0 for a target without a counting pixel.

        Args:
            logits: float (N, C, H, W).
            target: integer (N, H, W), 0 … C − 1 or void.

        Raises:
            TypeError: The target isn't integer.
            ValueError: The shapes don't fit, or on the CPU a label is out of range.
        """
        target = check_target(logits, target, self.ignore_index, self.class_weights)
        loss = F.cross_entropy(
            logits.float(),
            target,
            ignore_index=self.ignore_index,
            reduction="none",
        )  # (N, H, W)
        weights = self._weights(target)
        total = weights.sum()
        return (loss * weights).sum() / torch.where(total > 0, total, 1)

    def share(self, target: Tensor) -> Tensor:
        """Return the denominator of the mean, Σ w, a float32 scalar."""
        return self._weights(target).sum()

    def _weights(self, target: Tensor) -> Tensor:
        """Return each pixel's weight, that of its class times that of its place: float32 (N, H, W)."""
        boundary = self._boundary_weights(target)
        return boundary * pixel_weights(target, self.class_weights, self.ignore_index)

    def _boundary_weights(self, target: Tensor) -> Tensor:
        """Return `boundary_weights`; those of the last target are kept.

        A step asks for its share and for its loss, both of the same target.
        """
        settings = (self.strength, self.sigma, self.ignore_index)
        labels = target.long()
        if not labels.is_cpu:  # comparing labels would make a GPU wait
            return boundary_weights(labels, *settings)
        latest = self._latest
        if latest is None or latest.settings != settings or not torch.equal(latest.labels, labels):
            latest = _Weights(settings, labels.clone(), boundary_weights(labels, *settings))
            self._latest = latest
        return latest.weights


class _Weights(NamedTuple):
    """The boundary weights of one target, with what they were computed from."""

    settings: tuple[float, float, int]  # strength, sigma, ignore_index
    labels: Tensor
    weights: Tensor


def boundary_weights(
    target: Tensor,
    strength: float = 10.0,
    sigma: float = 2.0,
    ignore_index: int = 255,
) -> Tensor:
    """Return 1 + strength · exp(−d² / 2σ²) per pixel, d being the distance to the nearest pixel of another class.

    d is Euclidean, in pixels, so 1 at an outline; void is no class. Beyond 3.5 σ the weight is 1.

    Args:
        target: integer (N, H, W).
        strength: What an outline weighs more than the inside.
        sigma: σ, in pixels.
        ignore_index: The label of void.

    Returns:
        float32 (N, H, W), from 1 to 1 + strength.

    >>> boundary_weights(torch.tensor([[[0, 0, 0, 1, 1]]]), strength=2.0, sigma=1.0).mul(100).round().tolist()
    [[[102.0, 127.0, 221.0, 221.0, 127.0]]]
    """
    reach = int(3.5 * sigma)
    labels = target.long()
    height, width = labels.shape[-2:]
    padded = F.pad(labels, (reach, reach, reach, reach), value=ignore_index)

    # Squared distance to another class: look at every neighbor within reach.
    nearest = torch.full(labels.shape, torch.inf, device=labels.device)
    for dy, dx in product(range(-reach, reach + 1), repeat=2):
        distance = dy * dy + dx * dx
        if distance > reach * reach:
            continue
        rows = slice(reach + dy, reach + dy + height)
        columns = slice(reach + dx, reach + dx + width)
        neighbor = padded[:, rows, columns]
        differs = (neighbor != labels) & (neighbor != ignore_index)
        nearest = torch.where(differs, nearest.clamp(max=distance), nearest)

    return 1 + strength * torch.exp(-nearest / (2 * sigma**2))
