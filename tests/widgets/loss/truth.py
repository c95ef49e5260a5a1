"""What segedu.losses says with autograd over single pixels: the numbers that the loss explorer's screen must show."""

import random
from typing import Any

import torch
from torch import Tensor

import segedu as se

HEIGHT, WIDTH, STEPS = 25, 40, 60
NAMES = ["cross-entropy", "weighted", "focal", "dice", "tversky", "lovasz"]


def module(name: str, setting: dict[str, Any]) -> torch.nn.Module:
    """Return the course's loss of that name."""
    return {
        "cross-entropy": lambda: se.CrossEntropy(),
        "weighted": lambda: se.CrossEntropy(class_weights=[1.0, setting["weight"]]),
        "focal": lambda: se.losses.Focal(gamma=setting["gamma"]),
        "dice": lambda: se.losses.SoftDice(epsilon=setting["epsilon"]),
        "tversky": lambda: se.losses.Tversky(setting["alpha"], setting["beta"], epsilon=setting["epsilon"]),
        "lovasz": lambda: se.losses.LovaszSoftmax(),
    }[name]()


def pixel_gradients(name: str, setting: dict[str, Any], z: list[float]) -> tuple[float, Tensor, Tensor]:
    """Return the loss, its gradient per pixel on both channels' logits (2, 25, 40), and the target (25, 40)."""
    target = torch.zeros(HEIGHT * WIDTH, dtype=torch.int64)
    target[torch.randperm(len(target), generator=torch.Generator().manual_seed(1))[: setting["objects"]]] = 1
    target = target.reshape(1, HEIGHT, WIDTH)
    logits = torch.zeros(1, 2, HEIGHT, WIDTH)
    logits[:, 1] = torch.where(target == 1, z[0], z[1])
    logits.requires_grad_()
    value = module(name, setting)(logits, target)
    return value.item(), torch.autograd.grad(value, logits)[0][0], target[0]


def said(name: str, setting: dict[str, Any], z: list[float]) -> dict[str, Any]:
    """Return the value and the sum of the object channel's gradients over each group's pixels."""
    value, gradient, target = pixel_gradients(name, setting, z)
    assert torch.allclose(gradient[0], -gradient[1], atol=1e-7)  # softmax only sees the difference
    sums = [gradient[1].double()[target == group].sum().item() for group in (1, 0)]
    return {"value": value, "gradients": sums}


def descended(name: str, setting: dict[str, Any], z: list[float]) -> list[list[float]]:
    """Return [z of the object, z of the background, loss] at each step, by descent on shared weights.

    Each group's pixels have one feature vector, of length 1; the two have the inner product `likeness`.
    """
    likeness = setting["likeness"]
    features = torch.tensor([[1.0, 0.0], [likeness, (1 - likeness**2) ** 0.5]])
    theta = torch.linalg.solve(features, torch.tensor(z)).requires_grad_()
    target = (torch.arange(HEIGHT * WIDTH) < setting["objects"]).long().reshape(1, HEIGHT, WIDTH)
    loss, path = module(name, setting), []
    for _ in range(STEPS + 1):
        both = features @ theta
        margin = torch.where(target == 1, both[0], both[1])
        value = loss(torch.stack([-margin / 2, margin / 2], dim=1), target)
        path.append([*both.tolist(), value.item()])
        (gradient,) = torch.autograd.grad(value, theta)
        theta = (theta - setting["learningRate"] * gradient).detach().requires_grad_()
    return path


def random_setting(rng: random.Random) -> dict[str, Any]:
    """Return a scene and parameters as the sliders may set them, edges often."""
    pick = rng.choice
    return {
        "objects": pick([0, 5, 10, 20, 5 * rng.randint(0, 100)]),
        "probabilities": [pick([0.01, 0.99, rng.randint(1, 99) / 100]) for _ in range(2)],
        "weight": pick([1.0, 200.0, round(rng.uniform(1, 200), 2)]),
        "gamma": pick([0.0, 5.0, rng.randint(0, 50) / 10]),
        "alpha": pick([0.0, 1.0, rng.randint(0, 20) / 20]),
        "beta": pick([0.0, 1.0, rng.randint(0, 20) / 20]),
        "epsilon": pick([0.0, 0.01, 0.1, 1.0, 10.0, 100.0]),
        "likeness": pick([0.0, 0.5, 0.95]),
        "learningRate": pick([0.1, 0.5, 2.0]),
    }


def golden() -> dict[str, Any]:
    """Return cases for core.test.mjs."""
    rng = random.Random(10)
    cases = []
    for _ in range(150):
        setting = random_setting(rng)
        z = torch.tensor(setting["probabilities"]).logit().tolist()
        cases.append({"setting": setting, "z": z, "losses": {name: said(name, setting, z) for name in NAMES}})
    paths = []
    for name in NAMES:
        for _ in range(4):
            setting = random_setting(rng)
            z = torch.tensor(setting["probabilities"]).logit().tolist()
            paths.append({"name": name, "setting": setting, "z": z, "path": descended(name, setting, z)})
    rules = [[objects, *ratios(objects)] for objects in (5, 20, 65, 300, 500)]
    return {"cases": cases, "paths": paths, "rules": rules}


def ratios(objects: int) -> list[float]:
    """Return the object's weight over the background's by each rule of se.losses.class_weights."""
    weights = [
        se.losses.class_weights([HEIGHT * WIDTH - objects, objects], rule) for rule in ("inverse", "median", "root")
    ]
    return [(one[1] / one[0]).item() for one in weights]
