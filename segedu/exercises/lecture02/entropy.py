"""Cases and judges of lecture 02's exercises on cross-entropy: from logits, stable, and its mean without void."""

import math
from collections.abc import Iterator
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from segedu.exercises.engine.compare import Verdict, compare
from segedu.labels import VOID

Arguments = dict[str, Any]

# ---- 02.cross_entropy: small logits first, then such as overflow or vanish in exp ----

# (batch, classes, height, width), scale of the logits, what is added to all of them, is the largest one always right?
ENTROPIES: tuple[tuple[tuple[int, int, int, int], float, float, bool], ...] = (
    ((2, 3, 1, 2), 1.0, 0.0, False),
    ((1, 3, 2, 4), 2.0, 0.0, False),
    ((2, 4, 3, 5), 1.0, 3.0, False),
    ((3, 5, 2, 4), 3.0, 0.0, False),
    ((1, 3, 2, 5), 1.0, 1000.0, False),
    ((2, 3, 2, 4), 1.0, -1000.0, False),
    ((2, 4, 3, 5), 1000.0, 0.0, False),
    ((2, 4, 3, 5), 1000.0, 0.0, True),
    ((1, 2, 1, 1), 1.0, 0.0, False),
    ((1, 4, 2, 3), 0.0, 5.0, False),  # all logits are equal
    ((1, 12, 3, 2), 1.0, 0.0, False),
)

ENTROPY_MISTAKES = {
    "other axis 0": "The softmax runs over the images of the batch: classes are dim 1 of (N, C, H, W).",
    "other axis 2": "The softmax runs over the rows of the image: classes are dim 1 of (N, C, H, W).",
    "other axis 3": "The softmax runs over the columns of the image: classes are dim 1 of (N, C, H, W).",
    "each pixel": "That is a loss for each pixel; their mean, one number, is asked for.",
    "sum": "That is the sum over all pixels; their mean is asked for.",
    "over classes": "The sum was divided by N·C·H·W, the number of logits: divide by the number of pixels, N·H·W.",
    "per image": "The sum was divided by N, the number of images: divide by the number of pixels, N·H·W.",
    "negative": "The sign is wrong: the loss is logsumexp − z_y, which is never negative.",
    "max lost": "The maximum was subtracted inside of the logarithm and not added again outside: "
    "logsumexp(z) = m + log Σ exp(z − m).",
    "logit alone": "That is the mean of −z_y; the other half, logsumexp(z), is missing.",
    "normalizer alone": "That is the mean of logsumexp(z); the logit of the right class is to be subtracted.",
    "p": "That is the mean probability of the right class; the loss is −log of it.",
    "one minus p": "That is 1 minus the mean probability of the right class; the loss is −log p.",
    "log of the mean": "That is −log of the mean probability: take the logarithm of each pixel, then the mean.",
    "twice": "Softmax was applied twice: exp(z) belongs in the sum, not exp(softmax(z)).",
    "other base": "That is a logarithm to base 2; the natural one, `.log()`, is asked for.",
    "hard maximum": "log Σ exp(z) was taken to be the largest logit; the other classes are in the sum, too.",
    "flattened": "`reshape` and `view` cut the numbers anew, so pixels and classes are mixed: move the axis of the "
    "classes first, `movedim`.",
    "yes or no": "Each class was asked for itself, by a sigmoid; here the classes share 1, by a softmax.",
    "squares": "That is the mean squared error of the probabilities; cross-entropy is −log of the right class's one.",
    "no maximum": "exp of a large logit is inf, of a small one 0, and log 0 is −inf: subtract each pixel's largest "
    "logit before exp, and add it again outside of the logarithm.",
    "another shift": "What is subtracted before exp isn't each pixel's own largest logit, so exp overflows in some "
    "pixel, or all of its terms are 0.",
    "log of p": "A probability may underflow to 0; log 0 is −inf, and its gradient NaN: don't take its logarithm, "
    "subtract the logit from logsumexp(z).",
    "kept from 0": "The probability is kept away from 0 by a small number before the logarithm, so a sure and wrong "
    "pixel costs too little: subtract the logit from logsumexp(z) instead.",
    "clamped logits": "The logits are clamped, so those beyond the limits count as equal.",
    "few": "The sum runs over the first classes alone: there may be more than you thought of, `logits.shape[1]`.",
}
FEW = (2, 3, 4, 5, 6, 8, 10)  # classes that somebody may have thought of
SMALL = (1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-12, 1e-15, 1e-16, 1e-20, 1e-30)
LIMITS = (10, 20, 30, 50, 80, 88, 100, 500)


def entropy_arguments(seed: int) -> Arguments:
    """Return logits (N, C, H, W) and a target (N, H, W) without void; whole numbers in the first."""
    sizes = tuple(int(torch.randint(low, high, ())) for low, high in ((1, 4), (2, 7), (3, 6), (6, 9)))
    if seed % 3 == 1:
        sizes = (sizes[0], sizes[1] + 10, *sizes[2:])
    scale, shift = ((1.0, 0.0), (2.0, 1000.0), (2.0, -1000.0), (1000.0, 0.0))[seed % 4]
    drawn = (sizes, scale, shift, seed % 8 == 7)
    shape, scale, shift, sure = ENTROPIES[seed] if seed < len(ENTROPIES) else drawn
    batch, classes, height, width = shape
    target = torch.randint(classes, (batch, height, width))
    target[0, -1, -1] = classes - 1
    logits = scale * torch.randn(shape) + shift
    if seed == 0:
        logits = logits.round() + 0.0  # − 0 is 0
    if seed == 3:
        logits = logits.double()
    return {"logits": logits, "target": logits.argmax(dim=1) if sure else target}


def judge_entropy(arguments: Arguments, result: Any, expected: Tensor) -> Verdict:
    """Name the axis, the mean or the half of the formula that went wrong, or what isn't finite."""
    logits, target = arguments.values()
    wrong = (
        *wrong_entropies(logits, target),
        *wrong_shapes(logits, target),
        *unstable_entropies(logits, target),
    )
    mistakes = [(ENTROPY_MISTAKES[mistake], value) for mistake, value in wrong]
    return compare(result, expected, name="the loss", mistakes=mistakes)


def own(values: Tensor, target: Tensor) -> Tensor:
    """Return of values (N, C, H, W) those of the right class: (N, 1, H, W)."""
    return values.gather(1, target[:, None])


def wrong_entropies(logits: Tensor, target: Tensor) -> Iterator[tuple[str, Tensor]]:
    """Yield each mistake in the formula or its mean, with the value that it gives."""
    z_y = own(logits, target)
    normalizer = logits.logsumexp(dim=1, keepdim=True)
    losses = normalizer - z_y
    p = (z_y - normalizer).exp()
    shares = logits.softmax(dim=1)
    for axis in (0, 2, 3):
        if logits.shape[axis] > 1:
            yield f"other axis {axis}", -own(logits.log_softmax(dim=axis), target).mean()
    yield "each pixel", losses
    yield "each pixel", losses[:, 0]
    yield "sum", losses.sum()
    yield "over classes", losses.sum() / logits.numel()
    yield "per image", losses.sum() / len(logits)
    yield "negative", -losses.mean()
    yield "max lost", (losses - logits.amax(dim=1, keepdim=True)).mean()
    yield "logit alone", -z_y.mean()
    yield "normalizer alone", normalizer.mean()
    yield "hard maximum", (logits.amax(dim=1, keepdim=True) - z_y).mean()
    yield "p", p.mean()
    yield "one minus p", 1 - p.mean()
    yield "log of the mean", -p.mean().log()
    yield "twice", (shares.logsumexp(dim=1, keepdim=True) - own(shares, target)).mean()
    yield "other base", losses.mean() / math.log(2)
    for number in FEW:
        yield "few", (logits[:, :number].logsumexp(dim=1, keepdim=True) - z_y).mean()


def wrong_shapes(logits: Tensor, target: Tensor) -> Iterator[tuple[str, Tensor]]:
    """Yield what comes of classes in the wrong place, and of other losses."""
    classes = logits.shape[1]
    one_hot = F.one_hot(target, classes)  # (N, H, W, C)
    channels = one_hot.movedim(-1, 1).to(logits.dtype)
    yield "flattened", F.cross_entropy(logits.reshape(-1, classes), target.flatten())
    yield "flattened", -(one_hot.reshape(logits.shape) * logits.log_softmax(dim=1)).sum(dim=1).mean()
    yield "yes or no", F.binary_cross_entropy_with_logits(logits, channels)
    yield "yes or no", F.binary_cross_entropy_with_logits(logits, channels) * classes
    yield "squares", F.mse_loss(logits.softmax(dim=1), channels)
    yield "squares", F.mse_loss(logits.softmax(dim=1), channels) * classes


def unstable_entropies(logits: Tensor, target: Tensor) -> Iterator[tuple[str, Tensor]]:
    """Yield what is right for small logits, and wrong for large ones."""
    z_y = own(logits, target)
    sums = logits.exp().sum(dim=1, keepdim=True)
    yield "no maximum", (sums.log() - z_y).mean()
    yield "no maximum", -(z_y.exp() / sums).log().mean()
    p = own(logits.softmax(dim=1), target)
    yield "log of p", -p.log().mean()

    over_pixels = (1, 2, 3)
    for shift in (
        logits.amax(),
        logits.amax(dim=over_pixels, keepdim=True),
        logits.amin(dim=1, keepdim=True),
        logits.mean(dim=1, keepdim=True),
        logits.sum(dim=1, keepdim=True),
    ):
        yield "another shift", (shift + (logits - shift).exp().sum(dim=1, keepdim=True).log() - z_y).mean()

    for small in SMALL:
        yield "kept from 0", -(p + small).log().mean()
        yield "kept from 0", -p.clamp(min=small).log().mean()
    for limit in LIMITS:
        yield "clamped logits", F.cross_entropy(logits.clamp(-limit, limit), target)


# ---- 02.mean_over_valid: the losses of pixels, some of them void, some images without a label ----

# (batch, height, width), share of void, images that are void throughout
MEANS: tuple[tuple[tuple[int, int, int], float, tuple[int, ...]], ...] = (
    ((1, 2, 3), 0.0, ()),
    ((1, 2, 4), 0.4, ()),
    ((2, 3, 4), 0.4, ()),
    ((3, 2, 4), 0.3, (1,)),
    ((1, 2, 3), 0.0, (0,)),
    ((2, 3, 5), 0.5, ()),
    ((1, 1, 1), 0.0, ()),
    ((2, 3, 2), 0.3, ()),  # the loss of a valid pixel is infinite
)
INFINITE = len(MEANS) - 1

MEAN_MISTAKES = {
    "each pixel": "That is a number for each pixel; their mean, one number, is asked for.",
    "void divides": "Void pixels are in the denominator: divide by the number of pixels that aren't void.",
    "void counts": "The losses of void pixels are in the mean: leave them out.",
    "void added": "The losses of void pixels are in the sum, though not in the number that divides it: leave them out.",
    "per image": "That is the mean of the images' means, so a pixel of an image with much void counts more: one sum "
    "over the batch, divided by one number of pixels.",
    "sum": "That is the sum over valid pixels; their mean is asked for.",
    "class 0 left out": "The pixels of class 0 are left out: void is 255; 0 is a class like the others.",
    "only class 0": "Only pixels of class 0 count here: void is 255.",
    "zeros left out": "Pixels with loss 0 are left out; they are sure and right, and count like the others.",
    "void kept": "Void and valid are swapped: that is the mean over the void pixels.",
    "one more": "The number of valid pixels is one too large: `.clamp(min=1)` keeps it from 0 and changes no other.",
    "times 0": "A void pixel's loss may be infinite, and 0 · inf is NaN: select pixels, don't multiply by 0.",
    "made finite": "The infinite loss of a valid pixel was made finite or left out; the mean is infinite then, too. "
    "`nan_to_num(0)` also turns inf into the largest float.",
    "mean of nothing": "Where all pixels are void, 0 divided by 0 is NaN: there the mean is to be 0.",
}


CLASSES = (0, 3, 18, 254)


def mean_arguments(seed: int) -> Arguments:
    """Return losses (N, H, W) and a target (N, H, W) with void, where a loss may be infinite; some losses are 0."""
    sizes = tuple(int(torch.randint(low, high, ())) for low, high in ((1, 5), (3, 6), (6, 9)))
    drawn = (sizes, 0.3, ((0,), (), tuple(range(sizes[0])), (), ())[seed % 5])
    shape, void, empty = MEANS[seed] if seed < len(MEANS) else drawn
    losses = (4 * torch.rand(shape)).round(decimals=1) + 0.1
    target = torch.tensor(CLASSES)[torch.randint(len(CLASSES), shape)].masked_fill(torch.rand(shape) < void, VOID)
    if losses[0].numel() > 1:
        target[0, 0, :2] = torch.tensor([0, 3])
    target[list(empty)] = VOID
    if void:
        target[0, -1, -1] = VOID
    if seed >= 2 and (target != VOID).any():
        losses = losses.masked_fill(target == VOID, torch.inf)  # −log p, where p is 0 because nobody asked for it
        losses[target == CLASSES[1]] = 0.0
    if seed == INFINITE or (seed > INFINITE and seed % 5 == 3):
        losses[0, 0, 0] = torch.inf  # a valid one: its class is 0
    return {"losses": losses, "target": target}


def judge_mean(arguments: Arguments, result: Any, expected: Tensor) -> Verdict:
    """Name what was counted."""
    losses, target = arguments.values()
    mistakes = [(MEAN_MISTAKES[mistake], value) for mistake, value in wrong_means(losses, target)]
    return compare(result, expected, name="the mean", mistakes=mistakes)


def wrong_means(losses: Tensor, target: Tensor) -> Iterator[tuple[str, Tensor]]:
    """Yield each mistake with the value that it gives."""
    valid = target != VOID
    kept = losses.where(valid, 0)
    finite = losses.nan_to_num(posinf=0.0)
    means = kept.sum(dim=(1, 2)) / valid.sum(dim=(1, 2))  # NaN for images without a label
    yield "each pixel", kept
    yield "each pixel", losses
    yield "void divides", kept.mean()
    yield "void counts", losses.mean()
    yield "void counts", losses[losses.isfinite()].mean()
    yield "void added", finite.sum() / valid.sum().clamp(min=1)
    yield "void added", losses.sum() / valid.sum().clamp(min=1)
    yield "per image", means.mean()
    yield "per image", means.nanmean()
    yield "per image", means.nan_to_num().mean()
    yield "sum", kept.sum()
    yield "class 0 left out", losses[valid & (target > 0)].mean()
    yield "class 0 left out", losses[valid & (target > 0)].sum() / (valid & (target > 0)).sum().clamp(min=1)
    yield "only class 0", losses[target == 0].mean()
    yield "zeros left out", losses[valid & (losses > 0)].sum() / (valid & (losses > 0)).sum().clamp(min=1)
    yield "void kept", losses[~valid].mean()
    yield "one more", kept.sum() / (valid.sum() + 1)
    yield "times 0", (losses * valid).sum() / valid.sum().clamp(min=1)
    yield "made finite", losses[valid].nan_to_num().sum() / valid.sum().clamp(min=1)
    yield "made finite", losses[valid].mean().nan_to_num()
    yield "made finite", losses[valid].nan_to_num(posinf=0.0).sum() / valid.sum().clamp(min=1)
    yield "made finite", losses[valid & losses.isfinite()].mean()
    yield "mean of nothing", losses[valid].mean()
