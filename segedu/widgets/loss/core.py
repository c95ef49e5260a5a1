"""A scene of two kinds of pixels and what losses say about it: values, gradients, descent."""

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn

from segedu.losses import CrossEntropy, Focal, LovaszSoftmax, SoftDice, Tversky

# As in loss/core.js.
HEIGHT = 25
WIDTH = 40
PIXELS = HEIGHT * WIDTH
STEPS = 60
LOSSES = ("cross-entropy", "weighted", "focal", "dice", "tversky", "lovasz")


class Setting(NamedTuple):
    """The object's pixels of the 1000, and the parameters of the losses."""

    object_pixels: int
    weight: float
    gamma: float
    alpha: float
    beta: float
    epsilon: float


class Push(NamedTuple):
    """A loss's value, and the size of its total gradient on the logits of each kind of pixels."""

    value: float
    from_object: float
    from_background: float

    @property
    def part(self) -> float:
        """The object's part of both, 0 where nobody pushes."""
        both = self.from_object + self.from_background
        return self.from_object / both if both > 0 else 0.0


def modules(setting: Setting) -> dict[str, nn.Module]:
    """Return the six losses by name; class 0 is the background, class 1 the object."""
    return {
        "cross-entropy": CrossEntropy(),
        "weighted": CrossEntropy([1.0, setting.weight]),
        "focal": Focal(setting.gamma),
        "dice": SoftDice(setting.epsilon),
        "tversky": Tversky(setting.alpha, setting.beta, setting.epsilon),
        "lovasz": LovaszSoftmax(),
    }


def target_of(object_pixels: int) -> Tensor:
    """Return the label map (1, 25, 40) int64, the object's pixels first."""
    return (torch.arange(PIXELS) < object_pixels).long().reshape(1, HEIGHT, WIDTH)


def value_and_gradient(loss: nn.Module, target: Tensor, z: Tensor) -> tuple[float, Tensor]:
    """Return the loss and its gradient (2,) on z.

    A pixel's logit is the object's score minus the background's; sharing one sums its group's
    gradients.

    Args:
        loss: of logits (1, 2, 25, 40) and a target.
        target: (1, 25, 40) int64, 1 at the object's pixels.
        z: (2,) float32, the logits that all pixels of the two groups share.
    """
    z = z.detach().requires_grad_()
    margin = torch.where(target == 1, z[0], z[1])  # (1, 25, 40)
    value = loss(torch.stack([torch.zeros_like(margin), margin], dim=1), target)
    (gradient,) = torch.autograd.grad(value, z)
    return value.item(), gradient


def pushes(setting: Setting, z: Tensor) -> dict[str, Push]:
    """Return each loss's value and pushes at the logits z (2,) of the two kinds of pixels."""
    target = target_of(setting.object_pixels)
    result = {}
    for name, loss in modules(setting).items():
        value, gradient = value_and_gradient(loss, target, z)
        of_object, of_background = gradient.abs().tolist()
        result[name] = Push(value, of_object, of_background)
    return result


def descent(
    name: str,
    setting: Setting,
    start: Tensor,
    learning_rate: float,
    likeness: float,
    steps: int = STEPS,
) -> Tensor:
    """Return the logits (steps + 1, 2) of gradient descent, of the object and of the background.

    z = F θ, F's rows being what the network sees at the two kinds of pixels: unit vectors with the
    inner product `likeness`. A step on θ moves z by −learning rate · F Fᵀ · gradient, so a likeness
    above 0 couples the groups.

    Args:
        name: the loss's.
        setting: of the scene and the losses.
        start: (2,), the logits of the two groups.
        learning_rate: of a step.
        likeness: 0 to 0.95.
        steps: how many.
    """
    loss = modules(setting)[name]
    target = target_of(setting.object_pixels)
    coupling = torch.tensor([[1.0, likeness], [likeness, 1.0]])  # F Fᵀ
    z = start
    path = [start]
    for _ in range(steps):
        _, gradient = value_and_gradient(loss, target, z)
        z = z - learning_rate * coupling @ gradient
        path.append(z)
    return torch.stack(path)


def hard_iou(object_pixels: int, z: Tensor) -> float:
    """Return the object's IoU with the prediction p ≥ 0.5 from the logits (2,), NaN for 0/0."""
    hits = object_pixels if z[0] >= 0 else 0
    surplus = PIXELS - object_pixels if z[1] >= 0 else 0
    union = object_pixels + surplus
    return hits / union if union else math.nan
