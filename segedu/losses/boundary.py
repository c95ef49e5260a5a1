"""Cross-entropy that looks at outlines: pixels near a border between classes count more.

Source: Ronneberger et al. 2015 (U-Net), equation 2, with the distance to the nearest other class in place of the
distances to the two nearest cells: that form needs no instances.
"""

from collections.abc import Sequence
from itertools import product

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from segedu.losses.checks import check_target, weight_tensor
from segedu.losses.pixel_weights import pixel_weights


class BoundaryCrossEntropy(nn.Module):
    """Average −log softmax(logits)[label], each pixel weighted by its class and by how near the outline is.

    strength and sigma as in `boundary_weights`; strength 0 is `CrossEntropy`. Σ w·loss / Σ w, void doesn't count.

    >>> loss, target = BoundaryCrossEntropy(), torch.zeros(1, 2, 3, dtype=torch.int64)
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
        if strength < 0 or sigma <= 0:
            raise ValueError(f"strength={strength}, sigma={sigma}; expected at least 0, and more than 0 pixels.")
        self.strength = strength
        self.sigma = sigma
        self.ignore_index = ignore_index
        self.register_buffer("class_weights", weight_tensor(class_weights), persistent=False)
        self._last: tuple[tuple[float, float, int], Tensor, Tensor] | None = None  # settings, labels, their weights

    def forward(self, logits: Tensor, target: Tensor) -> Tensor:
        """Return the loss, a float32 scalar; logits float (N, C, H, W), target integer (N, H, W), 0 … C − 1 or void."""
        check_target(logits, target, self.ignore_index, self.class_weights)
        loss = F.cross_entropy(logits.float(), target.long(), ignore_index=self.ignore_index, reduction="none")
        weights = self._weights(target)
        total = weights.sum()
        return (loss * weights).sum() / torch.where(total > 0, total, 1)

    def share(self, target: Tensor) -> Tensor:
        """Return the denominator of the mean, Σ w, a float32 scalar."""
        return self._weights(target).sum()

    def _weights(self, target: Tensor) -> Tensor:
        return self._boundary_weights(target) * pixel_weights(target, self.class_weights, self.ignore_index)

    def _boundary_weights(self, target: Tensor) -> Tensor:
        """Return `boundary_weights`; those of the last target are kept, as a step asks for its share and its loss."""
        settings = (self.strength, self.sigma, self.ignore_index)
        if not target.is_cpu:  # comparing labels would make a GPU wait
            return boundary_weights(target, *settings)
        labels = target.long()
        if self._last is None or self._last[0] != settings or not torch.equal(self._last[1], labels):
            self._last = settings, labels.clone(), boundary_weights(labels, *settings)
        return self._last[2]


def boundary_weights(target: Tensor, strength: float = 10.0, sigma: float = 2.0, ignore_index: int = 255) -> Tensor:
    """Return 1 + strength · exp(−d² / 2σ²) per pixel, d being the distance to the nearest pixel of another class.

    target: integer (N, H, W) → float32 (N, H, W). d is Euclidean, in pixels, so 1 at an outline; void is no class.
    Beyond 3.5 σ the weight is 1.

    >>> boundary_weights(torch.tensor([[[0, 0, 0, 1, 1]]]), strength=2.0, sigma=1.0).mul(100).round().tolist()
    [[[102.0, 127.0, 221.0, 221.0, 127.0]]]
    """
    reach = int(3.5 * sigma)
    labels = target.long()
    padded = F.pad(labels, (reach, reach, reach, reach), value=ignore_index)
    height, width = labels.shape[-2:]
    nearest = torch.full(labels.shape, torch.inf, device=labels.device)  # squared distance
    for dy, dx in product(range(-reach, reach + 1), repeat=2):
        if dy * dy + dx * dx <= reach * reach:
            there = padded[:, reach + dy : reach + dy + height, reach + dx : reach + dx + width]
            other = (there != labels) & (there != ignore_index)
            nearest = torch.where(other, nearest.clamp(max=dy * dy + dx * dx), nearest)
    return 1 + strength * torch.exp(-nearest / (2 * sigma**2))
