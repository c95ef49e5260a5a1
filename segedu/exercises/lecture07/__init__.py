"""The exercises of lecture 07, Upsampling without weights."""

from segedu.exercises.engine.engine import Exercise
from segedu.exercises.lecture07 import labels, places, resize

EXERCISES = (
    Exercise(
        name="07.bilinear",
        points=3,
        arguments=resize.bilinear_arguments,
        judge=resize.judge_bilinear,
        proved="Bilinear resizing solves each axis alone; yours equals torch's in the sizes that were tried, up and "
        "down, with pixels as areas and as points.",
        hints=(
            "Solve one axis first: where does output pixel i look, which two pixels lie around that place, and how far "
            "away is it from the left one? Height and width don't know of each other.",
            "u is (i + 0.5) * n / m - 0.5, or i * (n - 1) / (m - 1). With low = floor(u) and t = u - low the weights "
            "are 1 - t and t. Clamp both indices to 0 … n - 1. And if m is 1?",
            "For both axes: low = u.floor(); t = u - low; a, b = low.long().clamp(0, n - 1), (low.long() + 1)"
            ".clamp(0, n - 1). Columns: x = x[..., a] * (1 - t) + x[..., b] * t. Rows: the same with x[:, :, a, :] and "
            "t[:, None]. With align_corners use max(m - 1, 1).",
        ),
        forbidden=(
            "F.interpolate",
            "F.grid_sample",
            "nn.Upsample",
            "se.ops.upsample_bilinear",
            "se.ops.upsample_bicubic",
            "se.ops.interpolation_matrix",
            "scipy.ndimage.zoom",
        ),
        cases=11,
    ),
    Exercise(
        name="07.first_column",
        points=2,
        arguments=places.column_arguments,
        judge=places.judge_column,
        proved="You said to the pixel where each of the outlines lands, ties included, without upsampling anything.",
        hints=(
            "Draw 3 cells with scores −1, +1, +1. Where between their centers is the score 0? At which place u, then, "
            "does the second class begin to win?",
            "It wins where u > edge − ½. Output column i looks at u = (i + ½)·n/n' − ½, or with align_corners at "
            "u = i·(n − 1)/(n' − 1). Solve for i, and take the first whole column *beyond* it.",
            "A loop is fine: for i in range(output_width): compute u; if u > edge - 0.5: return i. (The formula: "
            "without align_corners floor(edge * n' / n - 0.5) + 1.)",
        ),
        forbidden=("F.interpolate", "nn.Upsample", "se.ops.upsample_bilinear", "se.ops.interpolation_matrix"),
        cases=15,
    ),
    Exercise(
        name="07.resize_labels",
        points=2,
        arguments=labels.label_arguments,
        judge=labels.judge_labels,
        proved="No label was invented in the maps that were tried, void stayed void, nothing moved by half a pixel.",
        hints=(
            "Run `resize_by_mixing` on a map with the classes 0 and 8 alone. Which classes come out?",
            "An output pixel gets the label of one input pixel: of the one under its center. The center of output "
            "pixel i lies at (i + ½)·n/n' in the input, where input pixel k begins at k and ends before k + 1.",
            "rows = ((torch.arange(h) + 0.5) * H / h).long(), columns likewise; return labels[rows[:, None], columns].",
        ),
        forbidden=(
            "F.interpolate",
            "nn.Upsample",
            "F.grid_sample",
            "se.ops.upsample_nearest",
            "se.ops.interpolation_matrix",
            "scipy.ndimage.zoom",
        ),
        cases=12,
    ),
    Exercise(
        name="07.unpool",
        points=2,
        arguments=places.unpool_arguments,
        judge=places.judge_unpool,
        proved="The maxima are back where they stood, each in its own image and channel, and all else is 0.",
        hints=(
            "An index is one number for a place in a plane of H × W cells, counted row by row. Which row and which "
            "column is index 9 in a plane of 2 × 7?",
            "Make zeros of shape (N, C, H·W) and flatten values and indices to (N, C, h·w). Then each value goes to "
            "its index along the last axis: `scatter` does that.",
            "flat = values.new_zeros(N, C, H * W); flat = flat.scatter(2, indices.flatten(2), values.flatten(2)); "
            "return flat.view(N, C, H, W).",
        ),
        forbidden=("F.max_unpool2d", "nn.MaxUnpool2d", "se.ops.max_unpool"),
        cases=8,
    ),
)
