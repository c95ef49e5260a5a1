"""Cases and judge of lecture 09's exercise on blind metrics: which score notices least that a map was spoiled."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from segedu.exercises.engine.compare import Verdict, judged
from segedu.exercises.lecture09.maps import scene, spoil, with_void
from segedu.metrics.semantic import BoundaryF1, BoundaryIoU, ConfusionMatrix

Arguments = dict[str, Any]
Scores = dict[str, float]

METRICS = ("pixel accuracy", "mean IoU", "boundary F1")
CLEAR = 0.003  # by so much the blind score falls less than any other, so that no rounding decides

BLIND_MISTAKES = {
    "most": "That is the score that falls most: the blind one falls least, counted as before − after.",
    "highest": "That score is highest on the spoiled prediction; compare each with what it was before.",
    "percent": "That is the smallest fall in percent of the score; take the difference, before − after.",
    "absolute": "That is the smallest change up or down; a score that rises falls least of all, so take before − after "
    "without its absolute value.",
    "exact outlines": "The outlines were compared with tolerance 0; boundary F1 is asked for with `tolerance=1`.",
    "wide outlines": "The outlines were compared with a tolerance above 1; boundary F1 is asked for with "
    "`tolerance=1`.",
    "other target": "The spoiled map was measured against the prediction: measure both against the target.",
    "boundary IoU": "The boundary IoU was taken; boundary F1 is asked for.",
    "void counted": "The pixel accuracy counts void pixels as wrong: divide by the number of labeled pixels.",
    "void as 0": "Void was counted as a class: where the target is 255, a pixel is in no score.",
    "absent is 0": "A class that neither map contains counts as 0 in the mean IoU: its IoU is 0/0; leave it out.",
    "reused": "The scores of the spoiled map hold the prediction, too, for `update` adds up: make a new "
    "`se.ConfusionMatrix` and a new `se.BoundaryF1` for each map.",
}
# Case by case, each of these gives another answer than the right one. The last four have no sentence: three names are
# too few to tell the first three from guessing, and code that guesses the number of classes from the target raises.
TRAPS = (*BLIND_MISTAKES, "reused matrix", "mean accuracy", "rounded", "guessed")
# (height, width), number of classes of the visible cases
SETTINGS = (
    ((8, 12), 4),
    ((9, 14), 5),
    ((10, 15), 7),
    ((13, 18), 6),
    ((16, 24), 8),
    ((17, 21), 12),
)
# How many draws a visible case skips until its trap is one: the search would take a second. The cases together exclude
# each mistake for who guesses one name, and for who makes one of the first three without a sentence.
TRIES = (221, 5, 19, 56, 3, 0, 74, 2, 35, 33, 7, 64, 54, 36, 9, 39)


def spoiled_arguments(seed: int) -> Arguments:
    """Return target, a prediction, and the same prediction spoiled, such that one mistake leads to another answer."""
    trap = TRAPS[seed % len(TRAPS)]
    for attempt in range(3000):
        arguments = maps_drawn(seed)
        if attempt == TRIES[seed] if seed < len(TRIES) else is_trap(arguments, trap):
            return arguments
    raise RuntimeError(f"No case of 3,000 tells {trap!r} from the right answer.")


def maps_drawn(seed: int) -> Arguments:
    """Return label maps of `SETTINGS`, after the visible cases of random size and number of classes."""
    random = tuple(int(torch.randint(low, high, ())) for low, high in ((8, 18), (12, 25)))
    classes = int(torch.randint(4, 13, ()))
    (height, width), classes = SETTINGS[seed * len(SETTINGS) // len(TRAPS)] if seed < len(TRAPS) else (random, classes)
    target = scene(height, width, classes)
    prediction = spoil(target, classes)
    spoiled = spoil(prediction, classes)
    return {"prediction": prediction, "spoiled": spoiled, "target": with_void(target), "num_classes": classes}


def is_trap(arguments: Arguments, mistake: str) -> bool:
    """Return whether one score clearly falls least, and the mistake takes another for it."""
    before, after = before_and_after(arguments)
    first, second, third = sorted(falls(before, after).values())
    if not (second - first > CLEAR and third >= second):  # a NaN: the target has no outlines, say
        return False
    if mistake == "guessed":
        return highest(arguments["target"]) < max(highest(arguments[name]) for name in ("prediction", "spoiled"))
    return chosen(arguments, before, after, mistake) != chosen(arguments, before, after)


def highest(labels: Tensor) -> int:
    """Return the highest label that isn't void."""
    return int(labels[labels != 255].max())


def measured(labels: Tensor, target: Tensor, num_classes: int, tolerance: int = 1) -> Scores:
    """Return the three scores of the exercise."""
    matrix = ConfusionMatrix(num_classes).update(labels, target)
    outline = BoundaryF1(num_classes, tolerance=tolerance).update(labels, target)
    return dict(zip(METRICS, (matrix.pixel_accuracy(), matrix.mean_iou(), outline.mean_f1()), strict=True))


def before_and_after(arguments: Arguments, tolerance: int = 1) -> tuple[Scores, Scores]:
    """Return the scores of the prediction and of the spoiled one."""
    prediction, spoiled, target, num_classes = arguments.values()
    before, after = (measured(labels, target, num_classes, tolerance) for labels in (prediction, spoiled))
    return before, after


def falls(before: Scores, after: Scores) -> Scores:
    """Return how far each score falls."""
    return {name: before[name] - after[name] for name in METRICS}


def least(numbers: Scores) -> str:
    """Return the name of the smallest number."""
    return min(numbers, key=lambda name: numbers[name])


def chosen(arguments: Arguments, before: Scores, after: Scores, mistake: str = "") -> str:
    """Return the score that falls least from `before` to `after`, or what a mistake takes for it."""
    rules = {
        "most": lambda name: after[name] - before[name],
        "highest": lambda name: -after[name],
        "percent": lambda name: -after[name] / before[name],
        "absolute": lambda name: abs(before[name] - after[name]),
        "rounded": lambda name: round(before[name] - after[name], 2),
    }
    if mistake in rules:
        return least({name: rules[mistake](name) for name in METRICS})
    if mistake == "other target":
        after = measured(arguments["spoiled"], arguments["prediction"], arguments["num_classes"])
        return least({name: 1 - after[name] for name in METRICS})
    if mistake in ("reused", "reused matrix"):
        both = after_both(arguments)
        return least(falls(before, both if mistake == "reused" else both | {"boundary F1": after["boundary F1"]}))
    if mistake:
        before, after = (
            scores | OTHER_SCORES[mistake](arguments[name], arguments["target"], arguments["num_classes"])
            for scores, name in ((before, "prediction"), (after, "spoiled"))
        )
    return least(falls(before, after))


def after_both(arguments: Arguments) -> Scores:
    """Return the scores of prediction and spoiled map together, those of objects that `update` was called on twice."""
    prediction, spoiled, target, num_classes = arguments.values()
    return measured(torch.stack([prediction, spoiled]), torch.stack([target, target]), num_classes)


# What a mistake measures in place of one of the scores, or of all: (labels, target, number of classes) -> scores.
OTHER_SCORES: dict[str, Callable[[Tensor, Tensor, int], Scores]] = {
    "exact outlines": lambda labels, target, n: measured(labels, target, n, tolerance=0),
    "wide outlines": lambda labels, target, n: measured(labels, target, n, tolerance=2),
    "boundary IoU": lambda labels, target, n: {"boundary F1": BoundaryIoU(n).update(labels, target).mean_iou()},
    "void counted": lambda labels, target, n: {"pixel accuracy": (labels == target).double().mean().item()},
    "void as 0": lambda labels, target, n: measured(labels, target.masked_fill(target == 255, 0), n),
    "absent is 0": lambda labels, target, n: {
        "mean IoU": ConfusionMatrix(n).update(labels, target).iou().nan_to_num(0).mean().item()
    },
    "mean accuracy": lambda labels, target, n: {
        "pixel accuracy": ConfusionMatrix(n).update(labels, target).mean_accuracy()
    },
}


def judge_blind(arguments: Arguments, result: Any, expected: str) -> Verdict:
    """Say how far each of the two scores fell, and which mistakes lead to this name."""
    if not isinstance(result, str) or result not in METRICS:
        return f"The result is {result!r:.60}, expected one of the names {METRICS}."
    before, after = before_and_after(arguments)
    mistakes = []
    for mistake, sentence in BLIND_MISTAKES.items():
        guess = chosen(arguments, before, after, mistake)
        mistakes.append((sentence, None if guess == expected else result == guess))
    if result == expected:
        return judged(None, mistakes)
    fall = falls(before, after)
    note = " (what rises most falls least)" if fall[expected] < 0 else ""
    own, other = change(fall[result]), change(fall[expected])
    return judged(f"Another score falls less: {result}, yours, {own}, {expected} {other}{note}.", mistakes)


def change(fall: float) -> str:
    """Return a fall in words.

    >>> change(0.25), change(-0.25)
    ('falls by 0.250', 'rises by 0.250')
    """
    return f"rises by {-fall:.3f}" if fall < 0 else f"falls by {fall:.3f}"
