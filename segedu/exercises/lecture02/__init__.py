"""The exercises of lecture 02, From classifying an image to classifying a pixel."""

from segedu.exercises.engine.engine import Exercise
from segedu.exercises.lecture02 import ceiling, entropy, twice

EXERCISES = (
    Exercise(
        name="02.cross_entropy",
        points=3,
        arguments=entropy.entropy_arguments,
        judge=entropy.judge_entropy,
        proved="Your logsumexp(z) − z_y is right for logits of thousands, too, of either sign, and so is its gradient: "
        "no power overflows, and no logarithm meets a 0.",
        hints=(
            "Each pixel has C logits along dim 1. What is its loss, in terms of logsumexp and z_y? What is the largest "
            "number that you may give to exp?",
            "m = logits.amax(dim=1, keepdim=True) has shape (N, 1, H, W). exp(logits - m) is at most 1. The logit of "
            "the right class: `logits.gather(1, target[:, None])`.",
            "m = logits.amax(dim=1, keepdim=True); lse = m + (logits - m).exp().sum(dim=1, keepdim=True).log(); "
            "then the mean of lse - logits.gather(1, target[:, None]).",
        ),
        forbidden=("F.cross_entropy", "torch.log_softmax", "torch.logsumexp", "se.CrossEntropy", "se.losses.Focal"),
        cases=len(entropy.ENTROPIES),
        gradient_of=("logits",),
    ),
    Exercise(
        name="02.mean_over_valid",
        points=2,
        arguments=entropy.mean_arguments,
        judge=entropy.judge_mean,
        proved="Void has no say: one sum over valid pixels, one count of them, and 0 where there are none.",
        hints=(
            "Which pixels may count in the sum? Which in the number that divides it? What is 0 · inf?",
            "`target != 255` is a mask (N, H, W), and `losses[mask]` selects. With nothing selected, a sum is 0, but "
            "the number of pixels is 0 too: let it be at least 1.",
            "valid = target != 255; return losses[valid].sum() / valid.sum().clamp(min=1).",
        ),
        forbidden=("se.CrossEntropy",),
        cases=len(entropy.MEANS),
    ),
    Exercise(
        name="02.repaired_loss",
        points=2,
        arguments=twice.repair_arguments,
        judge=twice.judge_repair,
        proved="Cross-entropy takes logits, and its mean is over the pixels that have a label; value and gradient are "
        "right.",
        hints=(
            "Print the colleague's loss for a prediction that is sure and right. Which line makes "
            "probabilities of the scores? Which function makes probabilities of them again?",
            "Two lines are wrong. One makes probabilities where `F.cross_entropy` wants logits. The other averages the "
            "losses of all pixels: what stands there at void pixels?",
            "Drop the line with the softmax, hand the scores to `F.cross_entropy(…, target, ignore_index=255)`, and "
            "leave the mean to it.",
        ),
        forbidden=("se.CrossEntropy", "se.losses.Focal"),
        cases=len(twice.REPAIRS),
        gradient_of=("weight", "bias"),
    ),
    Exercise(
        name="02.twice_floor",
        points=1,
        arguments=twice.floor_arguments,
        judge=twice.judge_floor,
        proved="After a second softmax the loss of C classes can't fall below log(1 + (C − 1)/e).",
        hints=(
            "A pixel that is sure and right has the probabilities 1, 0, 0, …, 0. These now stand where logits should.",
            "Of the logits 1, 0, …, 0: exp gives e, 1, …, 1. What is the right class's probability?",
            "The probability is e / (e + C − 1), and the loss is −log of it: math.log(1 + (num_classes - 1) / math.e).",
        ),
        cases=len(twice.CLASSES),
    ),
    Exercise(
        name="02.color_ceiling",
        points=2,
        arguments=ceiling.ceiling_arguments,
        judge=ceiling.judge_ceiling,
        proved="One color gets one answer, so a classifier of colors is right about each color's majority at most.",
        hints=(
            "All pixels of one color get one and the same answer. Which answer has most of them right?",
            "Leave void out. For each color in `codes.unique()` count the labels of its pixels; the largest count is "
            "what can be right. Add these up.",
            "valid = labels != 255; codes, labels = codes[valid], labels[valid]; right = sum(labels[codes == "
            "c].bincount().max() for c in codes.unique()); return (right / len(labels)).item().",
        ),
        cases=len(ceiling.BY_HAND) + len(ceiling.CEILINGS),
    ),
)
