"""The exercises of lecture 10, Losses."""

from segedu.exercises.engine.engine import Exercise
from segedu.exercises.lecture10 import pixel, region

OVERLAP = ("se.losses.SoftDice", "se.losses.BinarySoftDice", "se.losses.Tversky", "se.losses.DiceCrossEntropy")

EXERCISES = (
    Exercise(
        name="10.choose_weights",
        points=2,
        arguments=pixel.weight_arguments,
        judge=pixel.judge_weights,
        proved="The rarer a class, the more each of its pixels weighs, up to a bound; an absent class weighs nothing.",
        hints=(
            "Count first: how many pixels has each class, without void? Which classes don't occur at all?",
            "`torch.bincount(…, minlength=num_classes)` counts. Of those above 0 take `.quantile(0.5)`, in floats, "
            "and divide it by each count.",
            "counts = torch.bincount(label_maps[label_maps != 255], minlength=num_classes).float(); "
            "middle = counts[counts > 0].quantile(0.5); then (middle / counts).clamp(max=largest), and 0 where "
            "counts is 0 (`torch.where`).",
        ),
        forbidden=("se.losses.class_weights", "se.losses.balanced_weights"),
        cases=10,
    ),
    Exercise(
        name="10.focal_loss",
        points=2,
        arguments=pixel.focal_arguments,
        judge=pixel.judge_focal,
        proved="One factor per pixel, (1 − p)^γ, turns cross-entropy and its gradient into those of the focal loss.",
        hints=(
            "What is p here: the probability of which class? Start from each pixel's own cross-entropy.",
            '`F.cross_entropy(…, ignore_index=255, reduction="none")` is −log p, a map (N, H, W) with 0 at void. '
            "From it, p = exp(−it).",
            'loss = F.cross_entropy(logits, target, ignore_index=255, reduction="none"); p = (-loss).exp(); then '
            "((1 - p) ** gamma * loss).sum(), divided by the number of pixels that aren't void.",
        ),
        forbidden=("se.losses.Focal", "se.losses.BinaryFocal"),
        cases=9,
        gradient_of=("logits",),
    ),
    Exercise(
        name="10.soft_dice",
        points=3,
        arguments=region.dice_arguments,
        judge=region.judge_dice,
        proved="Each class has one fraction over the whole batch, an absent one too; 1 − their mean is a loss with a "
        "gradient.",
        hints=(
            "Three sums a class: Σ p·t, Σ p and Σ t. Over which axes of (N, C, H, W)? What happens at void pixels?",
            "p = logits.softmax(dim=1); t is the one-hot target, moved to (N, C, H, W). Multiply both by the mask of "
            "valid pixels, (N, 1, H, W). Sum over dims (0, 2, 3).",
            "valid = (target != 255)[:, None]; t = F.one_hot(target.where(valid[:, 0], 0), C).movedim(-1, 1) * valid; "
            "p = logits.softmax(dim=1) * valid; dice = (2 * (p * t).sum((0, 2, 3)) + epsilon) / (p.sum((0, 2, 3)) + "
            "t.sum((0, 2, 3)) + epsilon); return 1 - dice.mean().",
        ),
        forbidden=OVERLAP,
        cases=9,
        gradient_of=("logits",),
    ),
    Exercise(
        name="10.mended_loss",
        points=3,
        arguments=region.mended_arguments,
        judge=region.judge_mended,
        proved="The loss asks for the object alone, leaves void out, and has a gradient on an empty target, too.",
        hints=(
            "Compute the colleague's loss by hand for a target of 100 pixels with one object pixel, and p = 0 "
            "everywhere. Is it large? Why not?",
            "Two things are wrong: object and background share one fraction, and void counts as background. Once the "
            "object has its own fraction, an empty target makes every prediction equally wrong, unless ε stands above "
            "and below.",
            "valid = target != 255; p = logits[:, 0].sigmoid() * valid; t = (target == 1).float(); "
            "return 1 - (2 * (p * t).sum() + 1) / (p.sum() + t.sum() + 1).",
        ),
        forbidden=OVERLAP,
        cases=12,
        gradient_of=("logits",),
    ),
)
