"""Cases and judges of lecture 02's bug hunt: a loss with a softmax too many and void in its mean, and its floor."""

import math
from collections.abc import Iterator
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from segedu.exercises.engine.compare import Verdict, compare
from segedu.labels import VOID

Arguments = dict[str, Any]

# ---- 02.repaired_loss: a 1 × 1 convolution and the loss on its output ----

# (batch, classes, height, width), share of void, scale of the weights: large ones make sure pixels, with loss 0
REPAIRS: tuple[tuple[tuple[int, int, int, int], float, float], ...] = (
    ((1, 3, 1, 4), 0.3, 3.0),
    ((1, 3, 2, 4), 0.0, 3.0),
    ((2, 4, 3, 5), 0.0, 3.0),
    ((2, 3, 3, 4), 0.4, 3.0),
    ((1, 5, 4, 6), 0.2, 3.0),
    ((3, 4, 2, 5), 0.3, 3.0),
    ((2, 3, 3, 5), 0.3, 20.0),
    ((2, 3, 2, 4), 0.3, 600.0),
    ((1, 12, 3, 2), 0.3, 3.0),
)
APART = 100.0  # from this scale on, all numbers are multiples of 1/8, so that scores are exact however they are added
SMALL = (1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-12, 1e-15, 1e-20, 1e-30)

REPAIR_MISTAKES = {
    "each pixel": "That is a loss for each pixel; their mean, one number, is asked for.",
    "not at all": "That is still the colleague's loss, with both of its mistakes.",
    "void repaired": "Void is repaired. The loss still can't fall below a floor: `cross_entropy` takes a softmax of "
    "its own, so it wants logits, not probabilities.",
    "softmax repaired": "The second softmax is gone. Void still counts as pixels with loss 0: average over the valid "
    "pixels only.",
    "sum": "That is the sum over valid pixels; the colleague wants their mean.",
    "no bias": "The bias is missing: the scores are w·x + b.",
    "log twice": "That is the mean of −p: `nll_loss` takes log-probabilities, so give it `log_softmax`.",
    "log lost": "That is the mean of −z: `nll_loss` takes log-probabilities, so give it `log_softmax`.",
    "per image": "That is the mean of the images' means: one sum over the batch, divided by one number of pixels.",
    "sigmoid": "A sigmoid stands where logits should; `cross_entropy` wants the scores as they are.",
    "void as 0": "Void has become class 0, so it is trained as that: leave it out, `ignore_index=255`.",
    "log of p": "That is the logarithm of a probability, which underflows to 0 where scores lie hundreds apart, and "
    "log 0 is −inf: give the scores to `cross_entropy` as they are.",
    "zeros left out": "Pixels with loss 0 are left out. Void has loss 0 here, and so have pixels that are sure and "
    "right: count those that aren't void.",
}


def repair_arguments(seed: int) -> Arguments:
    """Return images (N, 3, H, W), the layer's weight (C, 3, 1, 1) and bias (C,), and a target with void."""
    sizes = tuple(int(torch.randint(low, high, ())) for low, high in ((1, 4), (3, 7), (3, 6), (6, 9)))
    if seed % 2:
        sizes = (sizes[0], sizes[1] + 10, *sizes[2:])
    drawn = (sizes, 0.3, (20.0, 3.0, 600.0)[seed % 3])
    (batch, classes, height, width), void, scale = REPAIRS[seed] if seed < len(REPAIRS) else drawn
    target = torch.randint(classes, (batch, height, width)).masked_fill(torch.rand(batch, height, width) < void, VOID)
    target[:, 0, 0] = torch.arange(batch) % classes
    target[0, 0, -1] = classes - 1
    if void:
        target[0, -1, -2:] = VOID
    weight, bias = scale * torch.randn(classes, 3, 1, 1), torch.randn(classes)
    images = torch.rand(batch, 3, height, width)
    if scale >= APART:
        images, weight, bias = ((8 * values).round() / 8 for values in (images, weight, bias))
    return {"images": images, "weight": weight, "bias": bias, "target": target}


def judge_repair(arguments: Arguments, result: Any, expected: Tensor) -> Verdict:
    """Name which of the colleague's mistakes is still there."""
    mistakes = [(REPAIR_MISTAKES[mistake], value) for mistake, value in wrong_repairs(**arguments)]
    return compare(result, expected, name="the loss", mistakes=mistakes)


def wrong_repairs(images: Tensor, weight: Tensor, bias: Tensor, target: Tensor) -> Iterator[tuple[str, Tensor]]:
    """Yield each mistake with the value that it gives."""
    logits = F.conv2d(images, weight, bias)
    p, valid = logits.softmax(dim=1), target != VOID
    labels, count = target.where(valid, 0), valid.sum()
    once, twice = per_pixel(logits, target), per_pixel(p, target)
    yield "each pixel", once
    yield "not at all", twice.mean()
    yield "void repaired", twice.sum() / count
    yield "softmax repaired", once.mean()
    yield "sum", once.sum()
    yield "no bias", per_pixel(F.conv2d(images, weight), target).sum() / count
    yield "log twice", -(p.gather(1, labels[:, None])[:, 0] * valid).sum() / count
    yield "log lost", -(logits.gather(1, labels[:, None])[:, 0] * valid).sum() / count
    yield "per image", (once.sum(dim=(1, 2)) / valid.sum(dim=(1, 2))).mean()
    yield "sigmoid", per_pixel(logits.sigmoid(), target).sum() / count
    yield "void as 0", per_pixel(logits, labels).mean()
    yield "zeros left out", once[once > 0].mean()
    own = p.gather(1, labels[:, None])[:, 0]
    yield "log of p", -own.log().where(valid, 0).sum() / count
    for small in SMALL:
        yield "log of p", -(own + small).log().where(valid, 0).sum() / count
        yield "log of p", -own.clamp(min=small).log().where(valid, 0).sum() / count


def per_pixel(logits: Tensor, target: Tensor) -> Tensor:
    """Return each pixel's cross-entropy (N, H, W), 0 where it is void."""
    return F.cross_entropy(logits, target, ignore_index=VOID, reduction="none")


# ---- 02.twice_floor: the least that cross-entropy of probabilities can be ----

CLASSES = (2, 3, 5, 10, 21, 150, 1000)

FLOOR_MISTAKES = {
    "nothing known": "That is log C, the loss of a prediction that knows nothing; here it is sure and right: its "
    "probabilities are 1, 0, 0, …",
    "no others": "The others have probability 0, and exp(0) is 1, not 0: each of the C − 1 adds 1 to the sum.",
    "all others": "There are C − 1 other classes, not C.",
    "others alone": "The right class is in the sum too: e + (C − 1).",
    "p": "That is the probability after the second softmax; the loss is −log of it.",
    "negative": "The sign is wrong: −log p is positive.",
    "largest": "That is the largest loss, for a sure and wrong pixel; asked for is the smallest, for a sure and right "
    "one.",
    "base 2": "That is a logarithm to base 2; `math.log` is the natural one.",
    "base 10": "That is a logarithm to base 10; `math.log` is the natural one.",
    "inverse": "exp(1) stands at the others, exp(0) at the right class; it is the other way round: e, 1, …, 1.",
    "ones for e": "The right class isn't in it with its logit 1: exp(1) = e, beside the C − 1 others.",
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
        "base 10": expected / math.log(10),
        "inverse": math.log(1 + (classes - 1) * math.e),
        "ones for e": math.log(classes - 1),
    }
    mistakes = [(FLOOR_MISTAKES[mistake], value) for mistake, value in wrong.items()]
    return compare(result, expected, name="the floor", mistakes=mistakes)
