"""The exercises of lecture 09, Metrics."""

from segedu.exercises.engine.engine import Exercise
from segedu.exercises.lecture09 import blind, tables

EXERCISES = (
    Exercise(
        name="09.confusion_matrix",
        points=2,
        arguments=tables.matrix_arguments,
        judge=tables.judge_matrix,
        proved="One table counts each pair of classes, void left out, whichever classes occur.",
        hints=(
            "Each pixel is a pair (true class, predicted class). With C classes there are C · C pairs: give each pair "
            "a number of its own.",
            "Keep only the pixels with `target != 255`. The pair's number is target · C + prediction; `torch.bincount` "
            "counts how often each number occurs.",
            "valid = target != 255; pairs = target[valid] * num_classes + prediction[valid]; then bincount with "
            "minlength=num_classes**2, and .view(num_classes, num_classes).",
        ),
        forbidden=(
            "se.metrics.confusion_matrix",
            "se.metrics.confusion_matrix_by_bincount",
            "se.ConfusionMatrix",
            "se.ImageScores",
        ),
        cases=11,
    ),
    Exercise(
        name="09.mean_iou",
        points=2,
        arguments=tables.table_arguments,
        judge=tables.judge_iou,
        proved="Sums first, then one division per class, then the mean of the classes that are there.",
        hints=(
            "Which comes first: dividing, or adding up the images? Try both on two images of different size.",
            "Add up the tables over images. Of class c the intersection is the diagonal, the union is row c plus "
            "column c less the diagonal. What is 0/0, and which mean leaves it out?",
            "total = counts.sum(dim=0); hits = total.diag(); union = total.sum(0) + total.sum(1) - hits; "
            "return (hits / union).nanmean().item().",
        ),
        forbidden=("se.ConfusionMatrix", "se.ImageScores", "se.metrics.mean_iou_per_image"),
        cases=10,
    ),
    Exercise(
        name="09.blind_metric",
        points=2,
        arguments=blind.spoiled_arguments,
        judge=blind.judge_blind,
        proved="In one case or another each of the three falls least, so one number alone is not enough.",
        hints=(
            "Score the prediction and the spoiled one with all three. Which number falls least? One that rises falls "
            "least of all.",
            "matrix = se.ConfusionMatrix(num_classes).update(…) has pixel_accuracy() and mean_iou(); "
            "se.BoundaryF1(num_classes, tolerance=1).update(…) has mean_f1(). Take before − after, with its sign.",
            "Put the scores into a dict with the three names as keys, for both predictions, and return "
            "min(before, key=lambda name: before[name] - after[name]).",
        ),
        cases=16,
    ),
)
