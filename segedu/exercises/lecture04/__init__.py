"""The exercises of lecture 04, Sliding windows."""

from segedu.exercises.engine.engine import Exercise
from segedu.exercises.lecture04 import strides, windows

EXERCISES = (
    Exercise(
        name="04.cut_windows",
        points=2,
        arguments=windows.cut_arguments,
        judge=windows.judge_cut,
        proved="Your windows stand in reading order, also where neither image nor window is square and the stride "
        "doesn't fit.",
        hints=(
            "`image.unfold(1, h, stride)` replaces the rows by positions and puts a new axis of length h at the end. "
            "Print its shape. What does a second `unfold`, on axis 2, add?",
            "After both, the shape is (C, rows, columns, h, w). A stack of windows counts positions first: which order "
            "of axes is that? Reshaping before reordering mixes channels and positions.",
            "grid = image.unfold(1, h, stride).unfold(2, w, stride); then .permute(1, 2, 0, 3, 4) gives (rows, "
            "columns, C, h, w), and .flatten(0, 1) joins the first two axes.",
        ),
        forbidden=("se.ops.extract_windows",),
        cases=len(windows.CUTS),
    ),
    Exercise(
        name="04.as_convolution",
        points=2,
        arguments=windows.layer_arguments,
        judge=windows.judge_convolution,
        proved="A linear layer on windows is a convolution whose kernel is as large as the window: yours has its "
        "weights, and gives its numbers.",
        hints=(
            "How does `flatten` walk through a window (C, h, w)? The weights of one output stand in the same order.",
            "Row o of the weight has C·h·w numbers: first all of channel 0, row by row, then channel 1, … "
            "`view` puts them back into that shape. A convolution's weight has shape (out, C, h, w).",
            "conv = nn.Conv2d(channels, len(bias), (height, width)); under torch.no_grad(): "
            "conv.weight.copy_(weight.view(-1, channels, height, width)); conv.bias.copy_(bias).",
        ),
        forbidden=("se.ops.linear_to_conv",),
        observe=windows.observe_convolution,
        cases=len(windows.LAYERS),
    ),
    Exercise(
        name="04.choose_stride",
        points=1,
        arguments=strides.budget_arguments,
        judge=strides.judge_stride,
        proved="Yours is the finest grid that the budget pays for, counted in whole windows on both axes.",
        hints=(
            "How many windows of 3 pixels fit into 4 × 6 pixels at stride 1? And at stride 2?",
            "Write the number of places down and across as a function of the stride, multiply, try strides from 1.",
            "places = (length - window) // stride + 1 for each axis; return the first stride whose "
            "down * across * macs_per_window <= budget.",
        ),
        forbidden=("se.ops.extract_windows",),
        cases=len(strides.BUDGETS),
    ),
    Exercise(
        name="04.paste_labels",
        points=2,
        arguments=strides.paste_arguments,
        judge=strides.judge_paste,
        proved="Each label lies on the middle of the window that it came from, so the map fits the image to the pixel.",
        hints=(
            "Which pixel is the middle of window (0, 0)? Which pixel does your map put its label on?",
            "The middle of window i is pixel i · stride + window // 2. Solve for i: given a pixel y, which i is "
            "nearest? And what about the pixels before the first middle and behind the last?",
            "i = (y - window // 2 + stride // 2) // stride, then clamp(0, rows - 1); the same for columns; "
            "return small[i_rows[:, None], i_columns].",
        ),
        cases=len(strides.MAPS),
    ),
)
