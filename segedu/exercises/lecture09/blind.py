"""Cases and judge of lecture 09's exercise on blind metrics: which score notices least that a map was spoiled."""

from typing import Any

import torch
from torch import Tensor

from segedu.exercises.engine.compare import Verdict, judged
from segedu.metrics.semantic import BoundaryF1, BoundaryIoU, ConfusionMatrix

Arguments = dict[str, Any]
Scores = dict[str, float]

METRICS = ("pixel accuracy", "mean IoU", "boundary F1")
CLASSES = 8
SIZE = (16, 24)
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
}
# Case by case, each of these gives another answer than the right one. The last two have no sentence: three names are
# too few to tell them from guessing.
TRAPS = (*BLIND_MISTAKES, "mean accuracy", "rounded")
# How many draws a visible case skips until its trap is one: the search would take a second.
TRIES = (0, 6, 144, 38, 11, 1, 22, 0, 7, 8, 0, 6)


def spoiled_arguments(seed: int) -> Arguments:
    """Return target, a prediction, and the same prediction spoiled, such that one mistake leads to another answer."""
    trap = TRAPS[seed % len(TRAPS)]
    for attempt in range(1000):
        target = scene(things=int(torch.randint(5, ())))
        prediction = spoil(target)
        arguments = {"prediction": prediction, "spoiled": spoil(prediction), "target": target, "num_classes": CLASSES}
        if attempt == TRIES[seed] if seed < len(TRIES) else is_trap(arguments, trap):
            return arguments
    raise RuntimeError(f"No case of 1,000 tells {trap!r} from the right answer.")


def is_trap(arguments: Arguments, mistake: str) -> bool:
    """Return whether one score clearly falls least, and the mistake takes another for it."""
    before, after = before_and_after(arguments)
    first, second, _ = sorted(falls(before, after).values())
    return second - first > CLEAR and chosen(arguments, before, after, mistake) != chosen(arguments, before, after)


def scene(things: int) -> Tensor:
    """Return a label map: sky 0 and ground 1, a block 2, small things 3, 4, …, and a pole of the last class."""
    height, width = SIZE
    labels = torch.zeros(SIZE, dtype=torch.int64)
    horizon = int(torch.randint(6, 9, ()))
    labels[horizon:] = 1
    left = int(torch.randint(1, 6, ()))
    labels[horizon - 3 : horizon + 4, left : left + 7] = 2
    for number in range(things):
        row, column = int(torch.randint(horizon, height - 3, ())), int(torch.randint(width - 3, ()))
        labels[row : row + 3, column : column + 2] = 3 + number
    labels[3 : height - 3, int(torch.randint(width // 2, width, ()))] = CLASSES - 1
    return labels


def spoil(labels: Tensor) -> Tensor:
    """Return a label map with one of five mistakes, or none."""
    ways = (Tensor.clone, without_pole, shifted, ragged, strewn, other_corner)
    return ways[int(torch.randint(len(ways), ()))](labels)


def without_pole(labels: Tensor) -> Tensor:
    """Give the pole's pixels the label on their left: few pixels, a whole class."""
    return torch.where(labels == CLASSES - 1, moved(labels, 1), labels)


def shifted(labels: Tensor) -> Tensor:
    """Move all labels to the right by up to three columns."""
    return moved(labels, int(torch.randint(1, 4, ())))


def moved(labels: Tensor, columns: int) -> Tensor:
    """Move all labels to the right; the first column stays, so that nothing comes in from the other side."""
    places = (torch.arange(labels.shape[1]) - columns).clamp(min=0)
    return labels[:, places]


def ragged(labels: Tensor) -> Tensor:
    """Make every second row of the block longer by up to three columns."""
    longer = shifted(labels) == 2
    longer[1::2] = False
    return torch.where(longer & (labels < 2), 2, labels)


def strewn(labels: Tensor) -> Tensor:
    """Exchange sky and ground in single pixels."""
    share = 0.1 * torch.rand(())
    return torch.where((torch.rand(SIZE) < share) & (labels < 2), 1 - labels, labels)


def other_corner(labels: Tensor) -> Tensor:
    """Call a corner of the sky ground."""
    result = labels.clone()
    result[: int(torch.randint(2, 6, ())), : int(torch.randint(4, 12, ()))] = 1
    return result


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
    if mistake in ("exact outlines", "wide outlines"):
        return least(falls(*before_and_after(arguments, tolerance=0 if mistake == "exact outlines" else 2)))
    if mistake in ("mean accuracy", "boundary IoU"):
        return least(falls(before, after) | other_score(arguments, mistake))
    if mistake == "other target":
        after = measured(arguments["spoiled"], arguments["prediction"], arguments["num_classes"])
        return least({name: 1 - after[name] for name in METRICS})
    rules = {
        "": lambda name: before[name] - after[name],
        "most": lambda name: after[name] - before[name],
        "highest": lambda name: -after[name],
        "percent": lambda name: -after[name] / before[name],
        "absolute": lambda name: abs(before[name] - after[name]),
        "rounded": lambda name: round(before[name] - after[name], 2),
    }
    return least({name: rules[mistake](name) for name in METRICS})


def other_score(arguments: Arguments, kind: str) -> Scores:
    """Return how far another score falls, under the name of the one whose place it takes."""
    prediction, spoiled, target, num_classes = arguments.values()
    if kind == "mean accuracy":
        before, after = (
            ConfusionMatrix(num_classes).update(labels, target).mean_accuracy() for labels in (prediction, spoiled)
        )
        return {"pixel accuracy": before - after}
    before, after = (BoundaryIoU(num_classes).update(labels, target).mean_iou() for labels in (prediction, spoiled))
    return {"boundary F1": before - after}


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
    return judged(
        f"Another score falls less: {result} falls by {fall[result]:.3f}, {expected} by {fall[expected]:.3f}.", mistakes
    )
