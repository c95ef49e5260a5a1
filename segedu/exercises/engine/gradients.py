"""The gradient of a loss: compared with the truth's, for a loss with a right value and none of it teaches nothing."""

from collections.abc import Mapping
from typing import Any

import torch

from segedu.exercises.engine.compare import compare
from segedu.exercises.engine.judgement import Judgement

CUT = (
    "The value is right, but it has no gradient, so nothing would be learned: `.item()`, `.detach()`, `float(…)`, "
    "`torch.tensor(…)`, NumPy and `torch.no_grad()` cut the way back."
)

INFINITE = (
    ": a number on the way is infinite, such as exp(100) in float32, or a root or logarithm of 0; for probabilities "
    "take `sigmoid`, `softmax` or their logarithms, whose gradients stay finite."
)


def leaves(arguments: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """Return the arguments, the named ones as tensors that ask for a gradient."""
    return {key: value.detach().clone().requires_grad_() if key in names else value for key, value in arguments.items()}


def with_gradient(value: Any, arguments: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """Return `{"value": …, "gradient": {name: tensor}}`; the gradient is None if there is no graph."""
    if not isinstance(value, torch.Tensor) or not value.requires_grad:
        return {"value": value, "gradient": None}
    inputs = [arguments[name] for name in names]
    gradients = torch.autograd.grad(value.sum(), inputs, allow_unused=True, materialize_grads=True)
    return {"value": value.detach(), "gradient": dict(zip(names, gradients, strict=True))}


def judge_gradient(gradient: dict[str, torch.Tensor] | None, expected: dict[str, torch.Tensor]) -> Judgement:
    """Say whether the gradient is missing, or where it is another one."""
    if gradient is None:
        return Judgement(CUT)
    for name, right in expected.items():
        judgement = compare(gradient[name], right, name=f"its gradient by `{name}`")
        if not judgement.right:
            difference, fact = judgement.difference, judgement.fact or judgement.difference
            if gradient[name].isnan().any() and not right.isnan().any():
                difference = fact = fact.removesuffix(".") + INFINITE
            return Judgement(after_the_value(difference), fact=after_the_value(fact), reason=judgement.reason)
    return Judgement()


def after_the_value(sentence: str) -> str:
    """Return a sentence on the gradient, behind what is said of the value."""
    return f"The value is right, but {sentence[0].lower()}{sentence[1:]}"
