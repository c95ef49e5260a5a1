"""A logistic curve on one number per pixel, in float64: loss, gradient, scores, descent, best."""

from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

STEPS = 60  # of gradient descent, as in likelihood/core.js
# Of red, green and blue; x is ten times the contrast, so that w and b are of size 1 to 10.
FEATURES: dict[str, tuple[int, int, int]] = {
    "red − green": (1, -1, 0),
    "red − blue": (1, 0, -1),
    "green − blue": (0, 1, -1),
    "brightness": (1, 1, 1),
}
SCALE = 25.5  # a tenth of the 255 of a byte
NEWTON_STEPS = 60


class Scores(NamedTuple):
    """What a curve and its map at p ≥ 0.5 are worth on the pixels that count."""

    loss: float
    log_likelihood: float
    accuracy: float
    iou: float  # NaN for 0/0


def feature_map(image: np.ndarray, feature: str) -> Tensor:
    """Return x (H, W) float64 of an image (H, W, 3) uint8.

    It is ten times the contrast, or 10 · (brightness − 1/2).

    >>> feature_map(np.array([[[255, 0, 0], [9, 60, 0]]], dtype=np.uint8), "red − green").tolist()
    [[10.0, -2.0]]
    """
    signs = torch.tensor(FEATURES[feature], dtype=torch.float64)  # (3,)
    contrast = torch.from_numpy(image.astype(np.float64)) @ signs  # (H, W)
    if feature == "brightness":
        return contrast / (3 * SCALE) - 5
    return contrast / SCALE


def mean_loss(x: Tensor, y: Tensor, point: Tensor) -> Tensor:
    """Return the mean of −log p where y is 1 and −log(1 − p) where it is 0; 0 for no pixel.

    In the softplus form, which never takes the log of a p that rounding made 0.

    Args:
        x: (N,) float64, what the classifier sees of each pixel.
        y: (N,) float64, 1 at the target's pixels, else 0.
        point: (2,), w and b.
    """
    if not len(x):
        return x.sum()
    return F.binary_cross_entropy_with_logits(point[0] * x + point[1], y)


def gradient(x: Tensor, y: Tensor, point: Tensor) -> Tensor:
    """Return the slopes of the mean loss along w and b, (2,): the means of (p − y)·x and p − y."""
    push = (point[0] * x + point[1]).sigmoid() - y
    return torch.stack([(push * x).sum(), push.sum()]) / max(len(x), 1)


def curvature(x: Tensor, point: Tensor) -> Tensor:
    """Return the second derivatives of the mean loss, (2, 2).

    They are the means of p(1 − p) times x², x and 1.
    """
    z = point[0] * x + point[1]
    weight = z.sigmoid() * (-z).sigmoid() / max(len(x), 1)
    xx = (weight * x * x).sum()
    xb = (weight * x).sum()
    bb = weight.sum()
    return torch.stack([xx, xb, xb, bb]).reshape(2, 2)


def descent(
    x: Tensor,
    y: Tensor,
    start: Tensor,
    learning_rate: float,
    steps: int = STEPS,
) -> Tensor:
    """Return (steps + 1, 2): w and b at the start and after each step against the gradient."""
    point = start
    path = [start]
    for _ in range(steps):
        point = point - learning_rate * gradient(x, y, point)
        path.append(point)
    return torch.stack(path)


def has_best(x: Tensor, y: Tensor) -> bool:
    """Whether some finite (w, b) has the least loss: only where the two classes overlap in x.

    Classes that a threshold tells apart let the loss fall for ever as w grows (Albert and Anderson
    1984).
    """
    target = x[y == 1]
    other = x[y == 0]
    if not len(target) or not len(other):
        return False
    return bool(target.max() > other.min() and other.max() > target.min())


def best_point(x: Tensor, y: Tensor) -> Tensor | None:
    """Return the (w, b) of the least mean loss, None where there is none.

    By Newton's method, whose steps are halved until the loss falls.
    """
    if not has_best(x, y):
        return None
    point = torch.zeros(2, dtype=torch.float64)
    for _ in range(NEWTON_STEPS):
        slope = gradient(x, y, point)
        if slope.abs().max() < 1e-12:
            break
        step = torch.linalg.solve(curvature(x, point), slope)
        loss = mean_loss(x, y, point)
        while mean_loss(x, y, point - step) > loss and step.abs().max() > 1e-12:
            step = step / 2
        point = point - step
    return point


def scores(x: Tensor, y: Tensor, point: Tensor) -> Scores:
    """Return the scores of point = (w, b) on pixels x and y (N,).

    The map is 1 where z ≥ 0, which is p ≥ 0.5.
    """
    loss = float(mean_loss(x, y, point))
    prediction = point[0] * x + point[1] >= 0
    target = y == 1
    union = int((prediction | target).sum())
    hits = int((prediction & target).sum())
    iou = hits / union if union else float("nan")
    accuracy = float((prediction == target).double().mean()) if len(x) else float("nan")
    return Scores(loss, -loss * len(x), accuracy, iou)


def majority_scores(y: Tensor) -> Scores:
    """Return the scores of the best constant p, the target's share.

    It predicts the larger class everywhere.
    """
    share = y.mean() if len(y) else torch.tensor(float("nan"))
    entropy = torch.special.entr(share) + torch.special.entr(1 - share)
    loss = float(entropy)
    accuracy = float(torch.maximum(share, 1 - share))
    if share >= 0.5:
        iou = float(share)
    elif share > 0:
        iou = 0.0
    else:
        iou = float("nan")
    return Scores(loss, -loss * len(y), accuracy, iou)
