"""What torch says with autograd over single pixels: the numbers that the likelihood explorer's screen must show."""

import random
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

STEPS, VOID = 60, 255
CONTRASTS = {
    "red − green": lambda red, green, blue: red - green,
    "red − blue": lambda red, green, blue: red - blue,
    "green − blue": lambda red, green, blue: green - blue,
    "brightness": lambda red, green, blue: (red + green + blue) / 3 - 0.5,
}


class Pixels:
    """The pixels that count of an image (H, W, 3) uint8 with labels (H, W): x, y, and the labels."""

    def __init__(self, image: np.ndarray, labels: np.ndarray, feature: str, target: int) -> None:
        channels = torch.from_numpy(image.copy()).double().div(255).unbind(-1)
        self.x_map = 10 * CONTRASTS[feature](*channels)
        self.label_map = torch.from_numpy(labels.astype(np.int64))
        self.valid = self.label_map != VOID
        self.target = target
        self.x, self.labels = self.x_map[self.valid], self.label_map[self.valid]
        self.y = (self.labels == target).double()

    def loss(self, point: Tensor) -> Tensor:
        """The mean loss of point (2,), by torch's own function."""
        return F.binary_cross_entropy_with_logits(point[0] * self.x + point[1], self.y)

    def gradient(self, point: list[float]) -> list[float]:
        """Autograd's slopes of the mean loss along w and b."""
        at = torch.tensor(point, dtype=torch.float64, requires_grad=True)
        (slopes,) = torch.autograd.grad(self.loss(at), at)
        return slopes.tolist()

    def scores(self, point: list[float]) -> dict[str, float]:
        """Mean loss, log-likelihood from products of p, accuracy and IoU of the map p ≥ 0.5."""
        z = point[0] * self.x + point[1]
        likelihoods = torch.where(self.y == 1, F.logsigmoid(z), F.logsigmoid(-z))
        found, there = z.sigmoid() >= 0.5, self.y == 1
        union = (found | there).sum().item()
        return {
            "loss": self.loss(torch.tensor(point, dtype=torch.float64)).item(),
            "logLikelihood": likelihoods.sum().item(),
            "accuracy": (found == there).double().mean().item(),
            "iou": (found & there).sum().item() / union if union else None,
        }

    def class_means(self, point: list[float]) -> dict[int, list[float]]:
        """Per class that is there: the mean of p over its pixels, and the share with p ≥ 0.5."""
        p = (point[0] * self.x + point[1]).sigmoid()
        of = {label: p[self.labels == label] for label in self.labels.unique().tolist()}
        return {label: [one.mean().item(), (one >= 0.5).double().mean().item()] for label, one in of.items()}

    def curvature(self, point: list[float]) -> float:
        """The largest eigenvalue of autograd's matrix of second derivatives."""
        hessian = torch.autograd.functional.hessian(self.loss, torch.tensor(point, dtype=torch.float64))
        return torch.linalg.eigvalsh(hessian)[-1].item()

    def descended(self, point: list[float], rate: float) -> list[list[float]]:
        """[w, b, loss] after each of 60 steps of torch's own SGD."""
        at = torch.tensor(point, dtype=torch.float64, requires_grad=True)
        optimizer, path = torch.optim.SGD([at], lr=rate), []
        for _ in range(STEPS + 1):
            optimizer.zero_grad()
            loss = self.loss(at)
            path.append([*at.tolist(), loss.item()])
            loss.backward()
            optimizer.step()
        return path

    def best(self) -> list[float]:
        """[w, b, loss] of the least loss by torch's L-BFGS."""
        at = torch.zeros(2, dtype=torch.float64, requires_grad=True)
        tight = {"tolerance_grad": 1e-13, "tolerance_change": 1e-16, "line_search_fn": "strong_wolfe"}
        optimizer = torch.optim.LBFGS([at], max_iter=500, history_size=20, **tight)

        def closure() -> Tensor:
            optimizer.zero_grad()
            loss = self.loss(at)
            loss.backward()
            return loss

        optimizer.step(closure)
        return [*at.tolist(), self.loss(at).item()]


def overlaps(pixels: Pixels) -> bool:
    """Whether both classes are there and neither lies wholly beside the other in x."""
    one, other = pixels.x[pixels.y == 1], pixels.x[pixels.y == 0]
    return bool(len(one) and len(other) and one.max() > other.min() and other.max() > one.min())


def random_image(rng: random.Random, height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Return an image whose four classes have colors of their own that overlap, with void pixels here and there."""
    made = np.random.default_rng(rng.randrange(2**32))
    labels = made.integers(0, 4, (height, width))
    centers = made.integers(60, 190, (4, 3))
    image = (centers[labels] + made.normal(0, 35, (height, width, 3))).clip(0, 255).astype(np.uint8)
    return image, np.where(made.random((height, width)) < 0.1, VOID, labels).astype(np.uint8)


def case(rng: random.Random, feature: str) -> dict[str, Any]:
    """Return one image with a curve and all that torch says of it."""
    image, labels = random_image(rng, rng.randint(3, 9), rng.randint(10, 14))
    target = rng.randrange(4)
    pixels = Pixels(image, labels, feature, target)
    point = [rng.choice([0.0, 12.0, -12.0, round(rng.uniform(-6, 6), 2)]) for _ in range(2)]
    rate = rng.choice([0.1, 1.0, 20.0])
    return {
        "image": image.reshape(-1).tolist(),
        "labels": labels.reshape(-1).tolist(),
        "size": list(labels.shape),
        "feature": feature,
        "target": target,
        "point": point,
        "rate": rate,
        "x": pixels.x_map.reshape(-1).tolist(),
        "scores": pixels.scores(point),
        "gradient": pixels.gradient(point),
        "curvature": pixels.curvature(point),
        "classes": pixels.class_means(point),
        "path": pixels.descended(point, rate),
        "best": pixels.best() if overlaps(pixels) else None,
        "corner": pixels.loss(torch.tensor([-12.0, 12.0], dtype=torch.float64)).item(),
    }


def golden() -> dict[str, Any]:
    """Return 60 cases for core.test.mjs."""
    rng = random.Random(2)
    return {"cases": [case(rng, list(CONTRASTS)[number % 4]) for number in range(60)]}
