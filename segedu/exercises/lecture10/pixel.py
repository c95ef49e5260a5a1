"""Cases and judges of lecture 10's exercises on losses that add up pixels: class weights, and the focal loss."""

import math
from collections.abc import Iterator
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from segedu.exercises.engine.compare import Verdict, compare, judged, together

Arguments = dict[str, Any]

# ---- 10.choose_weights: void stands anywhere, a class may be missing, a rare one hits the cap ----

# pixels of each class, pixels of void, largest weight, number of maps
COUNTS: tuple[tuple[tuple[int, ...], int, float, int], ...] = (
    ((9, 2, 1), 0, 100.0, 2),
    ((6, 3), 3, 100.0, 2),
    ((1, 0), 0, 3.0, 1),
    ((12, 4, 2, 0), 2, 100.0, 2),
    ((40, 10, 5, 1), 0, 4.0, 2),
    ((60, 0, 20, 9, 1), 6, 6.0, 3),
    ((100, 30, 0, 16, 8, 2), 12, 10.0, 2),
    ((30, 9, 4, 1, 1, 0, 0), 5, 1.5, 5),
    ((300, 70, 20, 8), 10, 8.0, 2),  # a count above 255
    ((9, 4, 6, 0, 11, 3, 2, 8, 0, 5, 7, 1), 8, 5.0, 2),
)

WEIGHT_MISTAKES = {
    "void as 0": "Void is counted as class 0: leave those pixels out.",
    "void is a class": "There are 256 weights: void, 255, was counted as a class; leave it out first.",
    "guessed": "There are too few weights: the last class may be missing; `minlength=num_classes` counts it, too.",
    "infinite": "A weight is infinite: a class without a pixel has frequency 0; its weight is 0.",
    "capped absent": "A class without a pixel gets the largest weight: its frequency is 0 and 1/0 is infinite; its "
    "weight is 0.",
    "absent weighs 1": "A class without a pixel weighs 1: its weight is 0, for there is nothing to learn of it.",
    "median of all": "The median is taken over all classes, with the absent ones: take it over those that occur.",
    "lower median": "`torch.median` of an even number of values is the lower one of the middle two; the mean of both "
    "is asked for (`.quantile(0.5)`).",
    "no cap": "No weight may exceed `largest`: `.clamp(max=largest)`.",
    "upper median": "The upper one of the middle two, as of `sorted(…)[n // 2]`, is taken for the median; the mean of "
    "both is asked for (`.quantile(0.5)`).",
    "void in the median": "Void takes part in the median: leave its pixels out before you count, not behind it.",
    "image shares": "The frequencies are means over the images' own shares; here they are shares of all pixels.",
    "mean": "That is the mean frequency over the frequency; the median is asked for.",
    "inverse": "That is 1 / frequency; the median's frequency stands above, so that the middle class weighs 1.",
    "upside down": "The fraction is upside down: the more pixels, the smaller the weight.",
    "scaled": "The weights are scaled to mean 1; here the class of median frequency weighs 1.",
    "no class 0": "Class 0 weighs nothing: it is a class like any other; only a class without a pixel has weight 0.",
    "scaled to largest": "The weights are scaled so that the largest is `largest`: they keep their size, and what "
    "exceeds `largest` is cut off.",
    "images with the class": "A class is counted in the images that contain it alone, as in Eigen and Fergus's paper; "
    "here frequencies are shares of all pixels.",
}


def weight_arguments(seed: int) -> Arguments:
    """Return label maps (N, H, W) with void; after the visible cases of random counts."""
    pixels, void, largest, number = COUNTS[seed] if seed < len(COUNTS) else counts_drawn(seed)
    labels = [label for label, count in enumerate((*pixels, void)) for _ in range(count)]
    labels = [255 if label == len(pixels) else label for label in labels]
    labels += [0] * (-len(labels) % number)
    maps = torch.tensor(labels)[torch.randperm(len(labels))]
    width = next(width for width in (7, 5, 3, 2, 1) if len(labels) % (number * width) == 0)
    return {"label_maps": maps.view(number, -1, width), "num_classes": len(pixels), "largest": largest}


def counts_drawn(seed: int) -> tuple[tuple[int, ...], int, float, int]:
    """Draw a row of `COUNTS`: one class has a single pixel, and the last one none if the seed is odd.

    Of five seeds one has more than 10 classes, one more than 255 pixels of a class.
    """
    number = int(torch.randint(1, 5, ())) + 9 * (seed % 5 == 3)
    others = (80 * torch.rand(number) ** 2).long().tolist()
    most = 40 + others[0] + 260 * (seed % 5 == 1)
    pixels = (most, 1, *others, *(0,) * (seed % 2))
    largest = 1.5 + float(torch.randint(6, ()))
    return pixels, int(torch.randint(1, 30, ())), largest, int(torch.randint(2, 4, ()))


def judge_weights(arguments: Arguments, result: Any, expected: Tensor) -> Verdict:
    """Name what was counted, or which rule was applied."""
    maps, classes, largest = arguments.values()
    void = maps == 255
    some_void, some_absent = bool(void.any()), bool((expected == 0).any())
    counts = torch.bincount(maps[~void], minlength=classes).double()
    with_zero = torch.bincount(maps.masked_fill(void, 0).flatten(), minlength=classes).double()
    present = counts > 0
    middle, share = counts[present].quantile(0.5), counts / counts.sum()
    raw = torch.where(present, middle / counts, 0)
    wrong = {
        "void as 0": by_median(with_zero, largest),
        "capped absent": (middle / counts).clamp(max=largest),
        "absent weighs 1": torch.where(present, expected, 1),
        "median of all": torch.where(present, (counts.quantile(0.5) / counts).clamp(max=largest), 0),
        "lower median": torch.where(present, (counts[present].median() / counts).clamp(max=largest), 0),
        "upper median": torch.where(present, (upper_median(counts[present]) / counts).clamp(max=largest), 0),
        "void in the median": torch.where(
            present, (torch.cat([counts[present], void.sum()[None]]).quantile(0.5) / counts).clamp(max=largest), 0
        )
        if some_void
        else expected.double(),
        "image shares": by_median(image_shares(maps, classes), largest),
        "no cap": raw,
        "mean": torch.where(present, (counts[present].mean() / counts).clamp(max=largest), 0),
        "inverse": torch.where(present, (1 / share).clamp(max=largest), 0),
        "upside down": (counts / middle).clamp(max=largest),
        "scaled": raw / raw[present].mean(),
        "no class 0": torch.cat([torch.zeros(1), expected[1:]]),
        "scaled to largest": largest * raw / raw.max(),
        "guessed": expected[: int(maps[~void].max()) + 1],
        "images with the class": by_median(in_images_with_the_class(maps, classes), largest),
    }
    mistakes = [(WEIGHT_MISTAKES[mistake], value.float()) for mistake, value in wrong.items()]
    judgement = compare(result, expected, name="the tensor of weights", mistakes=mistakes)

    # What shows in the result's shape or values, whatever else is wrong.
    is_tensor = isinstance(result, Tensor)
    shown = {
        "void is a class": is_tensor and result.shape == (256,) if some_void else None,
        "infinite": is_tensor and bool(result.isinf().any()) if some_absent else None,
    }
    signs = [(WEIGHT_MISTAKES[mistake], fits) for mistake, fits in shown.items()]
    return together(judgement, judged(judgement.difference, signs))


def in_images_with_the_class(maps: Tensor, classes: int) -> Tensor:
    """Return each class's share (C,) of the labeled pixels of those images that contain it, 0 where none does."""
    own = torch.stack([torch.bincount(image[image != 255], minlength=classes) for image in maps]).double()  # (N, C)
    around = (own.sum(dim=1, keepdim=True) * (own > 0)).sum(dim=0)
    return own.sum(dim=0) / around.clamp(min=1)


def upper_median(values: Tensor) -> Tensor:
    """Return the upper one of the middle two values."""
    return values.sort().values[len(values) // 2]


def image_shares(maps: Tensor, classes: int) -> Tensor:
    """Return each class's share (C,) of an image's labeled pixels, its mean over the images that have any."""
    own = torch.stack([torch.bincount(image[image != 255], minlength=classes) for image in maps]).double()  # (N, C)
    labeled = own.sum(dim=1) > 0
    return (own[labeled] / own[labeled].sum(dim=1, keepdim=True)).mean(dim=0)


def by_median(counts: Tensor, largest: float) -> Tensor:
    """Return the capped median-frequency weights (C,) of pixel counts, 0 for an absent class."""
    present = counts > 0
    return torch.where(present, (counts[present].quantile(0.5) / counts).clamp(max=largest), 0)


# ---- 10.focal_loss: logits (N, C, H, W), some of them large, and void ----

# (batch, classes, height, width), gamma, scale of the logits, share of void
FOCALS: tuple[tuple[tuple[int, ...], float, float, float], ...] = (
    ((1, 2, 1, 3), 2.0, 1.0, 0.0),
    ((1, 3, 2, 3), 1.0, 2.0, 0.0),
    ((2, 3, 2, 4), 2.0, 1.0, 0.3),
    ((1, 3, 1, 1), 1.5, 1.0, 0.0),
    ((1, 4, 3, 5), 0.0, 2.0, 0.2),
    ((2, 5, 3, 4), 3.0, 1.0, 0.3),
    ((2, 3, 4, 5), 2.0, 120.0, 0.1),
    ((2, 12, 3, 4), 2.5, 1.0, 0.3),
    ((2, 3, 2, 3), 1.5, 1.0, 0.4),
)
FIRST_ALONE = 8  # in this case only the first image has void

FOCAL_MISTAKES = {
    "void divides": "Void pixels are in the mean: divide by the number of pixels that aren't void.",
    "cross-entropy": "That is plain cross-entropy: each pixel's loss is to be multiplied by (1 − p)^γ.",
    "p for 1 − p": "The factor is p^γ: it forgets the hard pixels; (1 − p)^γ forgets the easy ones.",
    "sum": "That is the sum over pixels; the mean over those that aren't void is asked for.",
    "no log": "That is the mean of (1 − p)^γ; the cross-entropy, −log p, is missing.",
    "negative": "The sign is wrong: −log p is positive.",
    "gamma 1": "γ is always 1 here: the argument `gamma` says how large it is.",
    "product": "The factor is γ·(1 − p); asked for is the power (1 − p)^γ.",
    "sigmoid": "That is made of the sigmoid of each channel: classes exclude each other, so take the softmax over "
    "dim 1 (`cross_entropy`, not the binary one).",
    "void images": "Images that hold void are left out as a whole; leave their void pixels out alone.",
    "gamma 2": "γ is always 2 here: the argument `gamma` says how large it is.",
    "per image": "Each image has its own mean here: take the mean over the labeled pixels of all images, for an image "
    "with much void has fewer of them.",
    "softmax twice": "Softmax was applied twice: `log_softmax` and `cross_entropy` take logits.",
    "mean first": "(1 − p)^γ was made of the mean cross-entropy: give each pixel its own factor, then take the mean.",
    "normalized": "The loss was divided by Σ (1 − p)^γ: divide by the number of pixels, so that easy ones still count.",
    "void as 0": "Void is counted as class 0: leave those pixels out.",
    "alpha": "The loss is multiplied by α = 0.25, torchvision's default for two classes; the exercise has no α.",
    "each pixel": "That is a loss for each pixel; the exercise asks for their mean, one number.",
    "infinite": "The loss isn't finite for large logits: softmax rounds p to 0; take `log_softmax` in place of its "
    "log.",
    "cut off": "Large logits cost too little: p was cut off before its logarithm; take `log_softmax` instead.",
}


def focal_arguments(seed: int) -> Arguments:
    """Return logits (N, C, H, W), a target (N, H, W) with void, and gamma."""
    sizes = tuple(int(torch.randint(low, high, ())) for low, high in ((1, 4), (2, 13), (3, 6), (6, 9)))
    scale = 120.0 if seed % 5 == 0 else 2.0
    random = (sizes, float(torch.randint(2, 8, ())) / 2, scale, 0.2)
    (batch, classes, height, width), gamma, scale, void = FOCALS[seed] if seed < len(FOCALS) else random
    target = torch.randint(classes, (batch, height, width))
    logits = scale * (torch.randn(batch, classes, height, width) + F.one_hot(target, classes).movedim(-1, 1))
    target = target.masked_fill(torch.rand(target.shape) < void, 255)
    target[0, 0, 0] = 0
    if seed == FIRST_ALONE or (seed > FIRST_ALONE and seed % 3 == 1 and batch > 1):
        target[-1] = target[-1] % 255  # void becomes class 0
        target[0, 0, -1] = 255
    return {"logits": logits, "target": target, "gamma": gamma}


def judge_focal(arguments: Arguments, result: Any, expected: Tensor) -> Verdict:
    """Name the factor or the mean that went wrong."""
    logits, target, gamma = arguments.values()
    valid = target != 255
    labels = target.masked_fill(~valid, 0)
    log_p = logits.log_softmax(dim=1).gather(1, labels[:, None])[:, 0]
    again = logits.softmax(dim=1).log_softmax(dim=1).gather(1, labels[:, None])[:, 0]
    whole = valid & valid.all(dim=2).all(dim=1)[:, None, None]  # images without void
    whole = whole if whole.any() else valid
    factor, mean = (1 - log_p.exp()) ** gamma, -log_p[valid].mean()
    total = -(factor * log_p)[valid].sum()
    wrong = {
        "void divides": total / valid.numel(),
        "cross-entropy": mean,
        "p for 1 − p": -(log_p.exp() ** gamma * log_p)[valid].mean(),
        "sum": total,
        "no log": factor[valid].mean(),
        "negative": -expected,
        "gamma 1": -((1 - log_p.exp()) * log_p)[valid].mean(),
        "product": -(gamma * (1 - log_p.exp()) * log_p)[valid].mean(),
        "void images": -(factor * log_p)[whole].mean(),
        "gamma 2": -((1 - log_p.exp()) ** 2 * log_p)[valid].mean(),
        "per image": ((factor * -log_p * valid).sum((1, 2)) / valid.sum((1, 2))).nanmean(),
        "softmax twice": -((1 - again.exp()) ** gamma * again)[valid].mean(),
        "mean first": (1 - (-mean).exp()) ** gamma * mean,
        "normalized": total / factor[valid].sum().clamp(min=1e-7),
        "void as 0": -(factor * log_p).mean(),
        "alpha": 0.25 * expected,
    }
    mistakes = [(FOCAL_MISTAKES[mistake], value) for mistake, value in wrong.items()]
    mistakes += [(FOCAL_MISTAKES["sigmoid"], value) for value in by_sigmoid(logits, labels, valid, gamma)]
    judgement = compare(result, expected, name="the loss", mistakes=mistakes)

    # What shows in the result's shape, and for large logits in its size.
    large = bool(logits.abs().max() > 80)
    number = float(result) if isinstance(result, Tensor) and result.numel() == 1 else None
    shown = {
        "each pixel": isinstance(result, Tensor) and result.shape == target.shape and result.ndim > 0,
        "infinite": number is not None and not math.isfinite(number) if large else None,
        "cut off": number is not None and 0 < number < 0.9 * float(expected) if large else None,
    }
    signs = [(FOCAL_MISTAKES[mistake], fits) for mistake, fits in shown.items()]
    return together(judgement, judged(judgement.difference, signs))


def by_sigmoid(logits: Tensor, labels: Tensor, valid: Tensor, gamma: float) -> Iterator[Tensor]:
    """Yield the losses that the sigmoids of the channels give: of the own channel, of all, their mean or their sum."""
    own = F.logsigmoid(logits).gather(1, labels[:, None])[:, 0]
    yield -((1 - own.exp()) ** gamma * own)[valid].mean()
    t = F.one_hot(labels, logits.shape[1]).movedim(-1, 1).float()
    entropy = F.binary_cross_entropy_with_logits(logits, t, reduction="none")  # (N, C, H, W)
    each = (1 - (-entropy).exp()) ** gamma * entropy
    for loss in (entropy, each):
        yield loss.mean(dim=1)[valid].mean()
        yield loss.sum(dim=1)[valid].mean()
