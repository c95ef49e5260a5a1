"""Cases and judges of lecture 10's exercises on overlap: soft Dice over classes, and a Dice loss that misleads."""

import math
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from segedu.exercises.engine.compare import Judgement, Verdict, compare, judged, together

Arguments = dict[str, Any]

# ---- 10.soft_dice: a class may be missing, void stands anywhere ----

# (batch, classes, height, width), epsilon, share of void, scale of the logits
DICES: tuple[tuple[tuple[int, ...], float, float, float], ...] = (
    ((1, 2, 1, 3), 0.7, 0.0, 1.0),
    ((2, 3, 2, 3), 1.2, 0.0, 1.0),
    ((2, 3, 2, 4), 0.7, 0.3, 1.0),
    ((1, 4, 3, 5), 0.5, 0.2, 1.0),
    ((2, 4, 3, 4), 2.0, 0.3, 1.0),
    ((3, 5, 4, 5), 1.6, 0.2, 1.0),
    ((3, 5, 4, 6), 0.6, 1.0, 1.0),
    ((2, 3, 2, 5), 0.8, 0.2, 200.0),
    ((2, 12, 3, 4), 0.9, 0.2, 1.0),
)

DICE_MISTAKES = {
    "the index": "That is the mean Dice, which is large for a good prediction: the loss is 1 minus it.",
    "pooled": "All classes went into one sum: large classes swallow the small ones. One Dice a class (sum over batch, "
    "height and width only), then the mean.",
    "per image": "Each image has its own Dice here: sum over the batch too, then divide.",
    "void predicted": "Void pixels still count in Σ p: set the probabilities to 0 there, as in the target.",
    "void as 0": "Void is counted as class 0: those pixels belong to no class, in prediction and target.",
    "void in the target": "Void pixels still count in Σ t, as pixels of class 0: set the one-hot target to 0 there, as "
    "the probabilities.",
    "no background": "Class 0 is left out: here all C classes count, the background too.",
    "epsilon 1": "ε is always 1 here: the argument `epsilon` says how large it is.",
    "no epsilon above": "ε stands in the numerator too, so that a class that is absent and not predicted has Dice 1.",
    "no epsilon": "ε is missing: add it to the numerator and to the denominator.",
    "twice epsilon": "ε is doubled: (2·TP + ε) / (P + T + ε), not 2·(TP + ε) / (P + T + 2ε).",
    "one overlap": "The factor 2 of the overlap is missing: P + T holds the overlap twice.",
    "jaccard": "That is 1 − soft IoU: the denominator is P + T, without − TP.",
    "squares": "The denominator has squares of p, as in the first paper; here it is Σ p + Σ t.",
    "sigmoid": "That is the sigmoid of each channel: classes exclude each other, so take the softmax over dim 1.",
    "wrong softmax": "The softmax is taken over another axis: the classes are dim 1 of (N, C, H, W).",
    "logits": "Logits went into the sums: take the softmax over dim 1 first.",
    "present only": "Classes that the target lacks are left out: here all classes count, and ε speaks for the absent.",
    "absent is 1": "A class that the target lacks has Dice 1 here, however often it is predicted: give it its "
    "fraction, ε / (Σ p + ε), as the others.",
    "overflow": "The loss isn't finite for large logits: exp(100) is infinite in float32, and behind the largest logit "
    "of the whole batch a pixel's sum may be 0; take `softmax`, or subtract each pixel's own largest logit.",
    "hard": "The prediction was cut by `argmax`: it has no gradient; use the probabilities.",
    "sum": "The classes' losses are added up; their mean is asked for: 1 − the mean Dice.",
    "mixed": "`reshape(C, -1)` of (N, C, H, W) mixes images and classes: move the classes to the front first, "
    "`.movedim(1, 0)`, or sum over dims (0, 2, 3).",
    "up to the last": "The classes behind the target's last one are left out: here all C classes count.",
    "each class": "There is one loss for each class; take their mean.",
}


def dice_arguments(seed: int) -> Arguments:
    """Return logits (N, C, H, W), a target (N, H, W) with void and a rare or missing last class, and epsilon."""
    sizes = tuple(int(torch.randint(low, high, ())) for low, high in ((1, 4), (2, 13), (3, 6), (6, 9)))
    random = (
        sizes,
        float(torch.randint(2, 5, ())) / 2 + 0.3,
        1.0 if seed % 10 == 6 else 0.2,
        200.0 if seed % 5 == 2 else 1.0,
    )
    (batch, classes, height, width), epsilon, void, scale = DICES[seed] if seed < len(DICES) else random
    target = torch.randint(max(classes - seed % 2, 2), (batch, height, width))  # every second seed lacks the last class
    pull = 1.5 if seed else -0.5  # the smallest case is wrong somewhere, also after `argmax`
    logits = scale * (torch.randn(batch, classes, height, width) + pull * F.one_hot(target, classes).movedim(-1, 1))
    target = target.masked_fill(torch.rand(target.shape) < void, 255)
    if void < 1:
        target[0, 0, :2] = torch.tensor([0, 1])
    return {"logits": logits, "target": target, "epsilon": epsilon}


def judge_dice(arguments: Arguments, result: Any, expected: Tensor) -> Verdict:
    """Name the sum, the ε or the probabilities that went wrong."""
    logits, target, epsilon = arguments.values()
    classes, valid = logits.shape[1], (target != 255)[:, None].float()
    as_zero = F.one_hot(target.masked_fill(target == 255, 0), classes).movedim(-1, 1).float()
    t, p = as_zero * valid, logits.softmax(dim=1)
    q, places = p * valid, (0, 2, 3)
    overlap, both = (q * t).sum(places), q.sum(places) + t.sum(places)
    present = t.sum(places) > 0
    hard = F.one_hot(logits.argmax(dim=1), classes).movedim(-1, 1) * valid
    each = (2 * overlap + epsilon) / (both + epsilon)  # (C,)
    wrong: dict[str, Tensor] = {
        "the index": 1 - expected,
        "pooled": dice_loss(q, t, epsilon, (0, 1, 2, 3)),
        "per image": dice_loss(q, t, epsilon, (2, 3)),
        "void predicted": dice_loss(p, t, epsilon),
        "void as 0": dice_loss(p, as_zero, epsilon),
        "void in the target": dice_loss(q, as_zero, epsilon),
        "no background": 1 - each[1:].mean(),
        "epsilon 1": dice_loss(q, t, 1.0),
        "no epsilon above": 1 - (2 * overlap / (both + epsilon)).mean(),
        "no epsilon": 1 - (2 * overlap / both.clamp(min=1e-7)).mean(),
        "twice epsilon": dice_loss(q, t, 2 * epsilon),
        "one overlap": 1 - ((overlap + epsilon) / (both + epsilon)).mean(),
        "jaccard": 1 - ((overlap + epsilon) / (both - overlap + epsilon)).mean(),
        "squares": 1 - ((2 * overlap + epsilon) / ((q**2).sum(places) + t.sum(places) + epsilon)).mean(),
        "sigmoid": dice_loss(logits.sigmoid() * valid, t, epsilon),
        "logits": dice_loss(logits * valid, t, epsilon),
        "present only": 1 - each[present].mean(),
        "absent is 1": 1 - torch.where(present, each, 1).mean(),
        "hard": dice_loss(hard, t, epsilon),
        "sum": (1 - each).sum(),
        "mixed": dice_loss(q.reshape(classes, -1), t.reshape(classes, -1), epsilon, (1,)),
        "up to the last": 1 - each[: int(present.nonzero().max()) + 1 if present.any() else 1].mean(),
        "each class": 1 - each,
    }
    mistakes = [(DICE_MISTAKES[mistake], value) for mistake, value in wrong.items()]
    for axis in (0, 2, 3):
        if logits.shape[axis] > 1:  # along an axis of length 1 a softmax is 1 everywhere
            value = dice_loss(logits.softmax(dim=axis) * valid, t, epsilon)
            mistakes.append((DICE_MISTAKES["wrong softmax"], value))
    return with_overflow(compare(result, expected, name="the loss", mistakes=mistakes), result, logits, DICE_MISTAKES)


def with_overflow(judgement: Judgement, result: Any, logits: Tensor, sentences: dict[str, str]) -> Judgement:
    """Return a judgement that also knows whether large logits, and they alone, make a loss infinite or NaN."""
    infinite = isinstance(result, Tensor) and result.numel() == 1 and not math.isfinite(float(result))
    overflows = None if not infinite else False
    if bool(logits.abs().max() > 80):
        overflows = infinite
    return together(judgement, judged(judgement.difference, [(sentences["overflow"], overflows)]))


def dice_loss(p: Tensor, t: Tensor, epsilon: float, places: tuple[int, ...] = (0, 2, 3)) -> Tensor:
    """Return 1 − mean of (2 Σ p·t + ε) / (Σ p + Σ t + ε), each sum over the axes `places`."""
    return 1 - ((2 * (p * t).sum(places) + epsilon) / (p.sum(places) + t.sum(places) + epsilon)).mean()


# ---- 10.mended_loss: one object that fills little of the image, or none of it ----

# batch, height, width
MENDED = ((1, 2, 5), (1, 3, 4), (2, 3, 5), (2, 4, 5), (1, 4, 6), (3, 4, 6), (4, 5, 6), (1, 7, 8), (2, 4, 5))
ALL_VOID = 6  # this case has no labeled pixel
LARGE = 8  # this case has large logits
MIXED: tuple[tuple[list[list[list[int]]], int], ...] = (  # targets by hand, 9 for void; seeds of the logits
    ([[[0, 0, 0], [0, 1, 1]], [[0, 0, 0], [0, 0, 0]]], 0),  # an image without an object beside one with it
    ([[[0, 1, 9], [0, 1, 1]], [[0, 0, 1], [0, 0, 0]]], 1),  # an image without void beside one with it
    ([[[0, 1, 9]], [[1, 0, 0]]], 2),  # images of one row
)

MENDED_MISTAKES = {
    "the colleague's": "That is still the colleague's loss: it is near 0 for a prediction without an object. Ask "
    "object and background apart what their overlap is.",
    "still pooled": "Void is left out, but object and background still share one fraction: the background fills it.",
    "void is background": "Void still counts as background: set p to 0 where the target is 255.",
    "both classes": "That is the mean of the object's and the background's Dice; the task asks for the object's alone.",
    "background": "That is the background's Dice; the object is where the target is 1.",
    "no epsilon": "On an empty target every prediction costs 1: add ε = 1 above and below.",
    "no epsilon above": "ε stands below only, so predicting nothing on an empty target still costs 1: add it above.",
    "per image": "Each image has its own Dice here: sum over the batch too, then divide.",
    "index": "That is the Dice, not the loss: 1 minus it.",
    "channel axis": "The channel axis is still there: (N, 1, H, W) times (N, H, W) is (N, N, H, W); take logits[:, 0].",
    "cut": "The prediction was cut at 0.5: it has no gradient; use the probabilities.",
    "empty left out": "Images without an object are left out: what is predicted there counts in Σ p.",
    "void images left out": "Images that hold void are left out as a whole; leave their void pixels out alone.",
    "squeezed": "`squeeze()` takes off every axis of length 1, also that of an image of one row or of a batch of one: "
    "take `logits[:, 0]` or `squeeze(1)`.",
    "labels": "The target was used as a number, so void counts 255 times: the object is where it equals 1.",
    "void is object": "Void counts as object: `target > 0` holds for 255, too; the object is where the target is 1.",
    "empty is 0": "On an empty target the loss is 0, whatever is predicted: there, too, it is 1 − 1 / (Σ p + 1).",
    "overflow": "The loss isn't finite for large logits: exp(100) is infinite in float32; take `sigmoid`.",
    "jaccard": "That is 1 − soft IoU: the denominator is Σ p + Σ t, without − Σ p·t.",
    "cross-entropy": "That is the binary cross-entropy, pixel by pixel; soft Dice of the object is asked for.",
}


def mended_arguments(seed: int) -> Arguments:
    """Return logits (N, 1, H, W) and a target (N, H, W) with a small object, or none, and void."""
    if len(MENDED) <= seed < len(MENDED) + len(MIXED):
        return mixed_arguments(*MIXED[seed - len(MENDED)])
    if seed < len(MENDED):
        batch, height, width = MENDED[seed]
    else:
        batch, height, width = (int(torch.randint(low, high, ())) for low, high in ((1, 4), (4, 7), (8, 11)))
    if seed >= len(MENDED) and seed % 6 == 1:
        return mixed_arguments(torch.randint(2, (batch + 1, 1, width)).tolist(), seed)
    target = torch.zeros(batch, height, width, dtype=torch.int64)
    if seed % 3 != 1:
        target[:, 1, 1:3] = 1
        target[0, 0, -1] = 1
    logits = torch.randn(batch, 1, height, width) + 2.0 * target[:, None] - 1.0
    if seed == LARGE or (seed >= len(MENDED) and seed % 5 == 2):
        logits *= 200
    if seed != 1:
        target[:, -1, -2:] = 255
    if seed >= len(MENDED) and seed % 6 in (3, 5) and batch > 1:  # an image without object, and one without void
        target[-1] = 0
    if seed == ALL_VOID or seed % 10 == 9:
        target[:] = 255
    return {"logits": logits, "target": target}


def mixed_arguments(rows: list[list[list[int]]], seed: int) -> Arguments:
    """Return a target (N, H, W) of these rows, 9 for void, and logits (N, 1, H, W) drawn with this seed."""
    target = torch.tensor(rows)
    target = target.masked_fill(target == 9, 255)
    logits = torch.randn(len(rows), 1, *target.shape[1:], generator=torch.Generator().manual_seed(seed))
    return {"logits": logits, "target": target}


def without_axes_of_one(logits: Tensor, target: Tensor) -> Tensor | None:
    """Return the probabilities that aren't void if all axes of length 1 are lost, None where the shapes don't meet."""
    try:
        return logits.squeeze().sigmoid() * (target != 255)
    except RuntimeError:
        return None


def judge_mended(arguments: Arguments, result: Any, expected: Tensor) -> Verdict:
    """Name which of the colleague's mistakes is still there."""
    logits, target = arguments.values()
    valid, t = (target != 255).float(), (target == 1).float()
    p = logits[:, 0].sigmoid()
    q = p * valid
    pair = torch.stack([1 - p, p], dim=1), torch.stack([1 - t, t], dim=1)
    clean = pair[0] * valid[:, None], pair[1] * valid[:, None]
    images = (2 * (q * t).sum((1, 2)) + 1) / (q.sum((1, 2)) + t.sum((1, 2)) + 1)
    pixels = (0, 1, 2)
    wide, cut = logits.sigmoid() * valid, (logits[:, 0] > 0) * valid
    labels, overlap = target.float(), (q * t).sum()
    with_object, without_void = t.any(dim=2).any(dim=1), valid.all(dim=2).all(dim=1)
    some = with_object if with_object.any() else torch.ones_like(with_object)
    kept = without_void if without_void.any() else torch.ones_like(without_void)
    row = without_axes_of_one(logits, target)
    entropy = F.binary_cross_entropy_with_logits(logits[:, 0], t, reduction="none") * valid
    wrong: tuple[tuple[str, Tensor | None], ...] = (
        ("the colleague's", dice_loss(*pair, 0.0, (0, 1, 2, 3))),
        ("still pooled", dice_loss(*clean, 0.0, (0, 1, 2, 3))),
        ("still pooled", dice_loss(*clean, 1.0, (0, 1, 2, 3))),
        ("void is background", dice_loss(p, t, 1.0, pixels)),
        ("both classes", dice_loss(*clean, 1.0)),
        ("background", dice_loss(clean[0][:, 0], clean[1][:, 0], 1.0, pixels)),
        ("no epsilon", 1 - 2 * (q * t).sum() / (q.sum() + t.sum()).clamp(min=1e-7)),
        ("no epsilon above", 1 - 2 * (q * t).sum() / (q.sum() + t.sum() + 1)),
        ("per image", 1 - images.mean()),
        ("index", 1 - expected),
        ("channel axis", 1 - (2 * (wide * t).sum() + 1) / (wide.sum() + t.sum() + 1)),
        ("cut", dice_loss(cut, t, 1.0, pixels)),
        ("empty left out", dice_loss(q[with_object], t[with_object], 1.0, pixels)),
        ("empty left out", dice_loss(q[some], t[some], 1.0, pixels)),
        ("void images left out", dice_loss(q[without_void], t[without_void], 1.0, pixels)),
        ("void images left out", dice_loss(q[kept], t[kept], 1.0, pixels)),
        ("squeezed", None if row is None else 1 - (2 * (row * t).sum() + 1) / (row.sum() + t.sum() + 1)),
        ("labels", dice_loss(p, labels, 1.0, pixels)),
        ("labels", dice_loss(q, labels, 1.0, pixels)),
        ("void is object", dice_loss(p, (target > 0).float(), 1.0, pixels)),
        ("void is object", dice_loss(q, (target > 0).float(), 1.0, pixels)),
        ("empty is 0", expected * t.any()),
        ("jaccard", 1 - (overlap + 1) / (q.sum() + t.sum() - overlap + 1)),
        ("cross-entropy", entropy.sum() / valid.sum().clamp(min=1)),
        ("cross-entropy", F.binary_cross_entropy_with_logits(logits[:, 0], t)),
    )
    mistakes = [(MENDED_MISTAKES[mistake], value) for mistake, value in wrong]
    return with_overflow(compare(result, expected, name="the loss", mistakes=mistakes), result, logits, MENDED_MISTAKES)
