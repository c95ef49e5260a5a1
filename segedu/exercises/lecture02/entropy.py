"""Cases and judges of lecture 02's exercises on cross-entropy: from logits, stable, and its mean without void."""

from typing import Any

import torch
from torch import Tensor

from segedu.exercises.engine.compare import Verdict, compare

Arguments = dict[str, Any]

# ---- 02.cross_entropy: small logits first, then such as overflow or vanish in exp ----

# (batch, classes, height, width), scale of the logits, what is added to all of them
ENTROPIES: tuple[tuple[tuple[int, int, int, int], float, float], ...] = (
    ((2, 3, 1, 2), 1.0, 0.0),
    ((1, 3, 2, 4), 2.0, 0.0),
    ((2, 4, 3, 5), 1.0, 3.0),
    ((3, 5, 2, 4), 3.0, 0.0),
    ((1, 3, 2, 5), 1.0, 1000.0),
    ((2, 3, 2, 4), 1.0, -1000.0),
    ((2, 4, 3, 5), 1000.0, 0.0),
)

ENTROPY_MISTAKES = {
    "other axis 0": "The softmax runs over the images of the batch: classes are dim 1 of (N, C, H, W).",
    "other axis 2": "The softmax runs over the rows of the image: classes are dim 1 of (N, C, H, W).",
    "other axis 3": "The softmax runs over the columns of the image: classes are dim 1 of (N, C, H, W).",
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
}


def entropy_arguments(seed: int) -> Arguments:
    """Return logits (N, C, H, W) and a target (N, H, W) without void; whole numbers in the first."""
    sizes = tuple(int(torch.randint(low, high, ())) for low, high in ((1, 4), (2, 7), (3, 6), (6, 9)))
    scale, shift = ((1.0, 0.0), (2.0, 1000.0), (2.0, -1000.0), (1000.0, 0.0))[seed % 4]
    (batch, classes, height, width), scale, shift = ENTROPIES[seed] if seed < len(ENTROPIES) else (sizes, scale, shift)
    target = torch.randint(classes, (batch, height, width))
    logits = scale * torch.randn(batch, classes, height, width) + shift
    return {"logits": logits.round() if seed == 0 else logits, "target": target}


def judge_entropy(arguments: Arguments, result: Any, expected: Tensor) -> Verdict:
    """Name the axis, the mean or the half of the formula that went wrong."""
    logits, target = arguments.values()
    if isinstance(result, Tensor) and result.shape == target.shape and result.ndim == 3:
        return "That is a loss for each pixel; their mean, one number, is asked for."
    if isinstance(result, Tensor) and not result.isfinite().all():
        return not_finite(logits)

    def own(values: Tensor) -> Tensor:
        return values.gather(1, target[:, None])  # (N, 1, H, W)

    size, z_y = logits.shape, own(logits)
    normalizer = logits.logsumexp(dim=1, keepdim=True)
    p = (z_y - normalizer).exp()
    shares = logits.softmax(dim=1)
    total = (normalizer - z_y).sum()
    wrong = {
        **{f"other axis {axis}": -own(logits.log_softmax(dim=axis)).mean() for axis in (0, 2, 3) if size[axis] > 1},
        "sum": total,
        "over classes": total / logits.numel(),
        "per image": total / len(logits),
        "negative": -expected,
        "max lost": (normalizer - logits.amax(dim=1, keepdim=True) - z_y).mean(),
        "logit alone": -z_y.mean(),
        "normalizer alone": normalizer.mean(),
        "p": p.mean(),
        "one minus p": 1 - p.mean(),
        "log of the mean": -p.mean().log(),
        "twice": (shares.logsumexp(dim=1, keepdim=True) - own(shares)).mean(),
        "other base": expected / torch.tensor(2.0).log(),
    }
    mistakes = [(ENTROPY_MISTAKES[mistake], value) for mistake, value in wrong.items()]
    return compare(result, expected, name="the loss", mistakes=mistakes)


def not_finite(logits: Tensor) -> str:
    """Return why a loss isn't finite: exp overflowed, or every exp of a pixel vanished."""
    if bool((logits.amax(dim=1) > 80).any()):
        return (
            f"The loss isn't finite: exp({logits.max():.0f}) overflows to inf. Subtract each pixel's largest logit "
            "before exp, and add it again behind the logarithm."
        )
    return (
        f"The loss isn't finite: exp({logits.max():.0f}) is 0, and log 0 is −inf. Subtract each pixel's own largest "
        "logit before exp, so that one term is exp(0) = 1."
    )


# ---- 02.mean_over_valid: the losses of pixels, some of them void, some images without a label ----

# (batch, height, width), share of void, images that are void throughout
MEANS: tuple[tuple[tuple[int, int, int], float, tuple[int, ...]], ...] = (
    ((1, 2, 3), 0.0, ()),
    ((1, 2, 4), 0.4, ()),
    ((2, 3, 4), 0.4, ()),
    ((3, 2, 4), 0.3, (1,)),
    ((1, 2, 3), 0.0, (0,)),
    ((2, 3, 5), 0.5, ()),
)

MEAN_MISTAKES = {
    "void divides": "Void pixels are in the denominator: divide by the number of pixels that aren't void.",
    "void counts": "The losses of void pixels are in the mean: leave them out.",
    "per image": "That is the mean of the images' means, so a pixel of an image with much void counts more: one sum "
    "over the batch, divided by one number of pixels.",
    "sum": "That is the sum over valid pixels; their mean is asked for.",
    "class 0 left out": "The pixels of class 0 are left out: void is 255; 0 is a class like the others.",
    "only class 0": "Only pixels of class 0 count here: void is 255.",
    "void kept": "Void and valid are swapped: that is the mean over the void pixels.",
}


def mean_arguments(seed: int) -> Arguments:
    """Return losses (N, H, W) and a target (N, H, W) with void, where a loss may be infinite."""
    sizes = tuple(int(torch.randint(low, high, ())) for low, high in ((1, 5), (3, 6), (6, 9)))
    random = (sizes, 0.3, (0,) if seed % 5 == 0 else ())
    shape, void, empty = MEANS[seed] if seed < len(MEANS) else random
    losses = (4 * torch.rand(shape)).round(decimals=1) + 0.1
    target = torch.randint(4, shape).masked_fill(torch.rand(shape) < void, 255)
    target[0, 0, :2] = torch.tensor([0, 3])
    target[list(empty)] = 255
    if void:
        target[0, -1, -1] = 255
    if seed >= 2 and (target != 255).any():
        losses = losses.masked_fill(target == 255, torch.inf)  # −log p, where p is 0 because nobody asked for it
    return {"losses": losses, "target": target}


def judge_mean(arguments: Arguments, result: Any, expected: Tensor) -> Verdict:
    """Name what was counted."""
    losses, target = arguments.values()
    valid = target != 255
    if isinstance(result, Tensor) and result.shape == target.shape:
        return "That is a number for each pixel; their mean, one number, is asked for."
    if isinstance(result, Tensor) and result.isnan().any():
        return nan_reason(losses, valid)
    kept = losses.where(valid, 0)
    means = kept.sum(dim=(1, 2)) / valid.sum(dim=(1, 2)).clamp(min=1)
    wrong = (
        ("void divides", kept.mean()),
        ("void counts", losses.mean()),
        ("per image", means.mean()),
        ("per image", means[valid.any(dim=2).any(dim=1)].mean()),  # without the empty ones
        ("sum", kept.sum()),
        ("class 0 left out", losses[valid & (target > 0)].mean()),
        ("only class 0", losses[target == 0].mean()),
        ("void kept", losses[~valid].mean()),
    )
    mistakes = [(MEAN_MISTAKES[mistake], value) for mistake, value in wrong]
    return compare(result, expected, name="the mean", mistakes=mistakes)


def nan_reason(losses: Tensor, valid: Tensor) -> str:
    """Return where a NaN comes from: nothing to average, an image without a label, or 0 · inf."""
    if valid.all():
        return "The mean is NaN, though no pixel is void: is the mask of valid pixels the right way round?"
    if not valid.any():
        return "All pixels are void and the mean is NaN: 0 divided by 0. Here the mean of nothing is to be 0."
    if not valid.flatten(1).any(dim=1).all() and losses[valid].isfinite().all():
        return (
            "The mean is NaN: one image is void throughout, or a void pixel's loss is infinite and 0 · inf is NaN. "
            "Select what is valid, sum it over the whole batch, and divide once."
        )
    return "The mean is NaN: a void pixel's loss is infinite, and 0 · inf is NaN. Select pixels, don't multiply by 0."
