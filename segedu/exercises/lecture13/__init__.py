"""The exercises of lecture 13, U-Net."""

from segedu.exercises.engine.engine import Exercise
from segedu.exercises.lecture13 import join, size, whole

EXERCISES = (
    Exercise(
        name="13.contract",
        points=1,
        arguments=join.contract_arguments,
        judge=join.judge_contract,
        proved="The block hands on two maps: one goes down at half the size, one waits to be copied across.",
        hints=(
            "Two convolutions with their ReLUs make the copy. What goes down is made from the copy.",
            "F.conv2d(x, weight, bias) pads nothing by default; .relu() after each; F.max_pool2d(copy, 2) comes last.",
            "features = F.conv2d(features, weight1, bias1).relu(); copy = F.conv2d(features, weight2, bias2).relu(); "
            "return copy, F.max_pool2d(copy, 2).",
        ),
        cases=7,
    ),
    Exercise(
        name="13.crop_and_concat",
        points=2,
        arguments=join.join_arguments,
        judge=join.judge_join,
        proved="Each value of the copy's middle lies over the features of its place, and no channel is lost.",
        hints=(
            "Compare (H, W) with (h, w): how many rows are surplus, and how many of them go away above?",
            "The window starts at row (H - h) // 2 and column (W - w) // 2. Channels are axis 1 of (N, C, H, W).",
            "top, left = (H - h) // 2, (W - w) // 2; cropped = copy[:, :, top : top + h, left : left + w]; "
            "return torch.cat([cropped, features], dim=1).",
        ),
        forbidden=("se.models.blocks.center_crop",),
        cases=8,
    ),
    Exercise(
        name="13.unet_forward",
        points=3,
        arguments=whole.walk_arguments,
        judge=whole.judge_walk,
        proved="Your forward pass walks any U: no level, one or three, padded or valid, images that are not square.",
        hints=(
            "On the way down, what has to wait for the way up? Which of the copies is needed first there?",
            "Keep a list: `copies.append(convs(features))`, then F.max_pool2d(copies[-1], 2). `copies.pop()` gives the "
            "last one back, the coarsest.",
            "for convs in down: copies.append(convs(features)); features = F.max_pool2d(copies[-1], 2). Then "
            "features = bottom(features). for double, convs in zip(up, merge): features = convs(join(copies.pop(), "
            "double(features))). return classify(features).",
        ),
        cases=6,
    ),
    Exercise(
        name="13.valid_output",
        points=2,
        arguments=size.size_arguments,
        judge=size.judge_size,
        proved="You can say before building it which sizes a valid U-Net takes, and what comes out.",
        hints=(
            "Follow one side first. A double convolution takes 4; a pooling halves, and needs an even number to do so.",
            "Down: depth times `side -= 4`, stop if it is odd or used up, `side //= 2`. Bottom: `side -= 4`. "
            "Up: depth times double it, then `side -= 4`; stop if nothing is left.",
            "Write a helper for one side that returns 0 where it stops, call it for height and for width, and return "
            "(0, 0) if one of the two is 0.",
        ),
        forbidden=("se.UNet",),
        cases=18,
    ),
    Exercise(
        name="13.expand",
        points=2,
        arguments=join.expand_arguments,
        judge=join.judge_expand,
        proved="Each level is joined with the copy of its own level, at odd sizes too; the finest copy stays whole.",
        hints=(
            "Print the shapes of `up` and `copy` in the colleague's loop, just before the copy is resized. "
            "Which copy would fit?",
            "The copies were made from fine to coarse; they are needed from coarse to fine. With the right copy, only "
            "an odd size differs: by one row or column, which the doubled map has too many.",
            "for copy in reversed(copies): up = F.interpolate(features, scale_factor=2); cut it to "
            "up[..., : copy.shape[-2], : copy.shape[-1]]; features = torch.cat([copy, up], dim=1).",
        ),
        cases=7,
    ),
    Exercise(
        name="13.shift_gap",
        points=2,
        arguments=size.gap_arguments,
        judge=size.judge_gap,
        proved="Only values that belong together are compared: no border, no cell that came in from outside.",
        hints=(
            "If the image moves down by dy and right by dx, where in `after` is the value that was before[:, r, c]? "
            "Which rows r still have a partner if dy is negative?",
            "Both exist for rows from max(0, -dy) to H - max(0, dy), columns likewise. `after.roll((-dy, -dx), "
            "dims=(1, 2))` lies over `before`; cut off the other rows and columns, then the margin on all four sides.",
            "moved = after.roll((-dy, -dx), dims=(1, 2)) - before; rows from max(0, -dy) + margin[0] to "
            "H - max(0, dy) - margin[0], columns likewise; return moved[:, top:bottom, left:right].abs().max().item().",
        ),
        cases=10,
    ),
)
