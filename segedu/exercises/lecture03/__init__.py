"""The exercises of lecture 03, Convolution and the receptive field."""

from segedu.exercises.engine.engine import Exercise
from segedu.exercises.lecture03 import conv, design, field

# Ready-made sums over windows of other packages, and ready-made windows.
ELSEWHERE = ("np.convolve", "np.correlate", "np.lib.stride_tricks.sliding_window_view")
SCIPY = (
    *(f"scipy.signal.{name}" for name in ("convolve", "convolve2d", "correlate", "correlate2d")),
    *(f"scipy.signal.{name}" for name in ("fftconvolve", "oaconvolve")),
    *(f"scipy.ndimage.{name}" for name in ("convolve", "convolve1d", "correlate", "correlate1d")),
)
AS_STRIDED = ("torch.as_strided", "np.lib.stride_tricks.as_strided")
# Functions of the course that convolve, cut windows, or tell how many windows there are.
COURSE = (
    "se.ops.conv2d_loops",
    "se.ops.conv2d_im2col",
    "se.ops.im2col",
    "se.ops.extract_windows",
    "se.ops.conv_matrix",
)
TRANSPOSED = (
    "se.ops.conv_transpose2d_gradient",
    "se.ops.conv_transpose2d_matrix",
    "se.ops.conv_transpose2d_scatter",
)

EXERCISES = (
    Exercise(
        name="03.output_size",
        points=1,
        arguments=conv.size_arguments,
        judge=conv.judge_size,
        proved="The output has one cell for each position that the dilated kernel can take inside the padded input.",
        hints=(
            "On paper: 7 cells, a kernel of 3. In how many places can it start? And if it moves by 2?",
            "Three steps: how many cells the dilated kernel spans, how many the padded input has, "
            "and how often a step of `stride` fits into the difference.",
            "span = dilation * (kernel_size - 1) + 1. The kernel can move by input_size + 2 * padding - span cells, "
            "in whole steps of `stride` (use //). The place where it starts counts too (+ 1).",
        ),
        forbidden=(
            "se.ops.output_size",
            "F.conv2d",
            "F.max_pool2d",
            "F.unfold",
            "se.ops.max_pool_loops",
            *COURSE,
            *ELSEWHERE,
            *SCIPY,
        ),
        cases=len(conv.SIZES) + 3,
    ),
    Exercise(
        name="03.conv2d",
        points=3,
        arguments=conv.conv_arguments,
        judge=conv.judge_conv,
        proved="A convolution layer is nothing but this sum; yours equals torch's with all strides, paddings and "
        "dilations that were tried.",
        hints=(
            "Begin with the loops above. With channels, the window and the kernel are both (C, kh, kw), "
            "and the sum runs over all of it.",
            "Pad first: zeros of shape (N, C, H + 2·padding, W + 2·padding) with x in their middle. The window of "
            "output cell (i, j) starts at (i·stride, j·stride); a slice with a step, a[start:stop:dilation], spreads "
            "its taps.",
            "window = padded[:, :, top : top + dilation * (kh - 1) + 1 : dilation, left : …] has shape (N, C, kh, kw); "
            "output[:, o, i, j] = (window * weight[o]).sum(dim=(1, 2, 3)). The bias comes last, once.",
        ),
        forbidden=(
            "F.conv2d",
            "F.unfold",
            *AS_STRIDED,
            *ELSEWHERE,
            *SCIPY,
            "se.ops.dilate_kernel",
            *COURSE,
            *TRANSPOSED,
        ),
        cases=len(conv.CONVOLUTIONS),
    ),
    Exercise(
        name="03.receptive_field",
        points=2,
        arguments=field.stack_arguments,
        judge=field.judge_field,
        proved="Kernels add, dilations stretch what is added, and strides multiply all that comes after them.",
        hints=(
            "Run `colleague_field([(3, 2, 1, 1)])`. A single 3 × 3 layer sees 3 pixels, whatever its stride.",
            "Carry two numbers from layer to layer: `size`, and `jump`, the distance in pixels between neighboring "
            "cells. Which jump do a layer's taps use: the one before its stride, or the one after it?",
            "For each layer, in this order: size += dilation * (kernel_size - 1) * jump, then jump *= stride. "
            "Both start from 1.",
        ),
        forbidden=(
            "se.receptive_field",
            "se.ops.ReceptiveField",
            "se.ops.measured_receptive_field",
            "se.ops.effective_receptive_field",
        ),
        cases=len(field.STACKS) + 2,
    ),
    Exercise(
        name="03.effective_side",
        points=2,
        arguments=field.side_arguments,
        judge=field.judge_side,
        proved="The square holds the asked share, and the next smaller one doesn't: 1 cell, or as many as it takes.",
        hints=(
            "Turn the gradient (C, H, W) into one map (H, W) of influences that can't cancel each other. "
            "How much of its sum lies in a square around `center`?",
            "Try reach = 0, 1, 2, …: the square from row − reach to row + reach, cut off at the border of the map, has "
            "side 2·reach + 1. Return the first that holds at least `share` of the sum.",
            "influence = gradient.abs().sum(dim=0); window = influence[max(0, row - reach) : row + reach + 1, max(0, "
            "column - reach) : column + reach + 1]; if window.sum() >= share * influence.sum(): return 2 * reach + 1.",
        ),
        cases=len(field.HAND_MADE) + field.DRAWN + 1,
    ),
    Exercise(
        name="03.design_stack",
        points=2,
        arguments=lambda seed: {},
        judge=design.judge_stack,
        proved=f"In the middle of both images your network sees {design.FIELD} × {design.FIELD} pixels or more, "
        f"without holes, and it has at most {design.BUDGET:,} parameters; 32 plain layers of 16 channels, which see "
        f"65 × 65, have {design.PLAIN:,}.",
        hints=(
            "Depth costs parameters; dilation and stride cost none. A 3 × 3 layer from 16 to 16 channels has 2,320: "
            "how many of them can you afford?",
            "3 × 3 layers at stride 1 see 1 + 2·(sum of their dilations). Which dilations reach 64, "
            "each at most as large as the field of the layers before it? A larger one leaves holes.",
            "Dilations 1, 2, 4, 8, 16 give 1 + 2·31 = 63, one pixel short; you can afford one more layer. "
            "nn.Conv2d(…, 3, padding=d, dilation=d) keeps the size of the map.",
        ),
        cases=1,
        observe=design.observe_stack,
    ),
)
