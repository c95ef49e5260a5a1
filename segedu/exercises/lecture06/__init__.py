"""The exercises of lecture 06, Dilated (atrous) convolution."""

from segedu.exercises.engine.engine import Exercise
from segedu.exercises.lecture06 import backbone, taps

EXERCISES = (
    Exercise(
        name="06.dilated_conv",
        points=2,
        arguments=taps.conv_arguments,
        judge=taps.judge_conv,
        proved="A dilated convolution is the same sum over the same taps, read `rate` cells apart; yours keeps the "
        "size of the map with each kernel and rate that was tried.",
        hints=(
            "Take one tap alone. Output cell (i, j) reads x at (i, j) plus an offset that depends on the tap and the "
            "rate. What is the offset of the middle tap? Of the one to its left?",
            "Lay enough zeros around x first: rate·(kh // 2) rows and rate·(kw // 2) columns on each side. In the "
            "padded map tap (u, v) of cell (i, j) lies in row i + rate·u, column j + rate·v.",
            "For each tap add a shifted copy of the whole map: y += w[u, v] * padded[rate * u : rate * u + H, rate * v "
            ": rate * v + W]. That is all; no loop over cells is needed.",
        ),
        forbidden=(
            *("F.conv2d", "nn.Conv2d", "F.unfold"),
            *("se.ops.conv2d_loops", "se.ops.conv2d_im2col", "se.ops.im2col"),
        ),
        cases=10,
    ),
    Exercise(
        name="06.to_dilated",
        points=3,
        arguments=backbone.backbone_arguments,
        judge=backbone.judge_backbone,
        proved="A stride given up is paid back by all layers after it, in dilation and padding, whatever their "
        "kernels, paddings and dilations were.",
        hints=(
            "Two layers, (3, 2, 1, 1) and (3, 1, 1, 1), output stride 1. The first one's input is the image, in both "
            "networks. Whose input has become denser: the first one's, or the second one's?",
            "Carry two numbers: `reached`, the product of the strides that are kept, and `rate`, the product of those "
            "that are given up so far. A layer meets the rate of the layers *before* it.",
            "For each layer: kept = stride if reached * stride <= output_stride else 1; append (kernel_size, kept, "
            "padding * rate, dilation * rate); then rate *= stride // kept and reached *= kept.",
        ),
        forbidden=("se.ops.strided_to_dilated",),
        cases=10,
    ),
    Exercise(
        name="06.count_holes",
        points=2,
        arguments=taps.hole_arguments,
        judge=taps.judge_holes,
        proved="A pixel is reached if a sum of one tap per layer lands on it; your count of the others is right for "
        "rates with and without a common factor.",
        hints=(
            "By hand, two layers with rate 2 and 3 taps: from the output, which pixels does the first layer read? And "
            "which pixels does the second layer read from each of these?",
            "Start with the one pixel {0}. Behind a layer, each pixel p becomes p, p + rate, p + 2·rate, …, one for "
            "each tap. How many *different* pixels are there in the end, and how wide is the field?",
            "pixels = {p + rate * tap for p in pixels for tap in range(kernel_size)}, once per rate. The field has "
            "max(pixels) + 1 pixels, of which len(pixels) are reached.",
        ),
        forbidden=("se.ops.tap_counts", "se.ops.grid_holes", "se.ops.measured_receptive_field"),
        cases=11,
    ),
    Exercise(
        name="06.choose_rates",
        points=2,
        arguments=taps.field_arguments,
        judge=taps.judge_rates,
        proved="Your rates leave no holes, and no shorter list sees as far: a rate may be as large as the field of the "
        "smaller ones, so three taps triple the field.",
        hints=(
            "A first layer of rate 1 sees 3 pixels without holes. Which is the largest rate that a second layer may "
            "have, if the three copies of those 3 pixels are to touch?",
            "Three copies of a full field of n pixels, at distance `rate`, touch if rate ≤ n. Then the field has "
            "n + 2·rate pixels. Take the largest rate each time.",
            "Start with rates = [] and n = 1; while n < field: append n, then n *= 3. That gives 1, 3, 9, …",
        ),
        cases=14,
    ),
)
