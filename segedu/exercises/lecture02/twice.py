"""Cases and judges of lecture 02's bug hunt: a loss with a softmax too many and void in its mean, and its floor."""

import math
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from segedu.exercises.engine.compare import Verdict, compare

Arguments = dict[str, Any]

# ---- 02.repaired_loss: a 1 × 1 convolution and the loss on its output ----

# (batch, classes, height, width), share of void
REPAIRS: tuple[tuple[tuple[int, int, int, int], float], ...] = (
    ((1, 3, 1, 4), 0.3),
    ((1, 3, 2, 4), 0.0),
    ((2, 4, 3, 5), 0.0),
    ((2, 3, 3, 4), 0.4),
    ((1, 5, 4, 6), 0.2),
    ((3, 4, 2, 5), 0.3),
)

REPAIR_MISTAKES = {
    "not at all": "That is still the colleague's loss, with both of its mistakes.",
    "void repaired": "Void is repaired. The loss still can't fall below a floor: `cross_entropy` takes a softmax of "
    "its own, so it wants logits, not probabilities.",
    "softmax repaired": "The second softmax is gone. Void still counts as pixels with loss 0: average over the valid "
    "pixels only.",
    "sum": "That is the sum over valid pixels; the colleague wants their mean.",
    "no bias": "The bias is missing: the scores are w·x + b.",
    "log twice": "That is the mean of −p: `nll_loss` takes log-probabilities, so give it `log_softmax`.",
    "per image": "That is the mean of the images' means: one sum over the batch, divided by one number of pixels.",
}


def repair_arguments(seed: int) -> Arguments:
    """Return images (N, 3, H, W), the layer's weight (C, 3, 1, 1) and bias (C,), and a target with void."""
    sizes = tuple(int(torch.randint(low, high, ())) for low, high in ((1, 4), (2, 7), (3, 6), (6, 9)))
    (batch, classes, height, width), void = REPAIRS[seed] if seed < len(REPAIRS) else (sizes, 0.3)
    target = torch.randint(classes, (batch, height, width)).masked_fill(torch.rand(batch, height, width) < void, 255)
    target[:, 0, 0] = torch.arange(batch) % classes
    if void:
        target[0, -1, -2:] = 255
    weight, bias = 3 * torch.randn(classes, 3, 1, 1), torch.randn(classes)
    return {"images": torch.rand(batch, 3, height, width), "weight": weight, "bias": bias, "target": target}


def judge_repair(arguments: Arguments, result: Any, expected: Tensor) -> Verdict:
    """Name which of the colleague's mistakes is still there."""
    images, weight, bias, target = arguments.values()
    logits = F.conv2d(images, weight, bias)
    p, valid = logits.softmax(dim=1), target != 255
    once, twice = per_pixel(logits, target), per_pixel(p, target)
    means = once.sum(dim=(1, 2)) / valid.sum(dim=(1, 2)).clamp(min=1)
    wrong = {
        "not at all": twice.mean(),
        "void repaired": twice.sum() / valid.sum(),
        "softmax repaired": once.mean(),
        "sum": once.sum(),
        "no bias": per_pixel(F.conv2d(images, weight), target).sum() / valid.sum(),
        "log twice": -(p.gather(1, target.where(valid, 0)[:, None])[:, 0] * valid).sum() / valid.sum(),
        "per image": means.mean(),
    }
    if isinstance(result, Tensor) and result.shape == target.shape:
        return "That is a loss for each pixel; their mean, one number, is asked for."
    mistakes = [(REPAIR_MISTAKES[mistake], value) for mistake, value in wrong.items()]
    return compare(result, expected, name="the loss", mistakes=mistakes)


def per_pixel(logits: Tensor, target: Tensor) -> Tensor:
    """Return each pixel's cross-entropy (N, H, W), 0 where it is void."""
    return F.cross_entropy(logits, target, ignore_index=255, reduction="none")


# ---- 02.twice_floor: the least that cross-entropy of probabilities can be ----

CLASSES = (2, 3, 5, 10, 21, 150)

FLOOR_MISTAKES = {
    "nothing known": "That is log C, the loss of a prediction that knows nothing; here it is sure and right: its "
    "shares are 1, 0, 0, …",
    "no others": "The others have share 0, and exp(0) is 1, not 0: each of the C − 1 adds 1 to the sum.",
    "all others": "There are C − 1 other classes, not C.",
    "others alone": "The right class is in the sum too: e + (C − 1).",
    "p": "That is the probability after the second softmax; the loss is −log of it.",
    "negative": "The sign is wrong: −log p is positive.",
    "largest": "That is the largest loss, for a sure and wrong pixel; asked for is the smallest, for a sure and right "
    "one.",
    "base 2": "That is a logarithm to base 2; `math.log` is the natural one.",
}


def floor_arguments(seed: int) -> Arguments:
    """Return a number of classes."""
    return {"num_classes": CLASSES[seed] if seed < len(CLASSES) else int(torch.randint(4, 200, ()))}


def judge_floor(arguments: Arguments, result: Any, expected: float) -> Verdict:
    """Name what was put into the softmax, or left out of its sum."""
    classes = arguments["num_classes"]
    wrong = {
        "nothing known": math.log(classes),
        "no others": 0.0,
        "all others": math.log(1 + classes / math.e),
        "others alone": math.log((classes - 1) / math.e),
        "p": math.e / (math.e + classes - 1),
        "negative": -expected,
        "largest": math.log(math.e + classes - 1),
        "base 2": expected / math.log(2),
    }
    if isinstance(result, float) and math.isnan(result):
        return "The floor is NaN; it is a number between 0 and log C."
    mistakes = [(FLOOR_MISTAKES[mistake], value) for mistake, value in wrong.items()]
    return compare(result, expected, name="the floor", mistakes=mistakes)
