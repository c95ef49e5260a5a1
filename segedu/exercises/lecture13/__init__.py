"""The exercises of lecture 13, U-Net."""

from segedu.exercises.engine.engine import Exercise
from segedu.exercises.lecture13 import join, size, tiles, whole

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
        name="13.predict_in_tiles",
        points=3,
        arguments=tiles.tile_arguments,
        judge=tiles.judge_tiles,
        proved="Each pixel's logits come from a window in which it has its margin, as far as the image reaches.",
        hints=(
            "A tile starts at row `top`. Where does its window start, where does it end? What of the window is kept? "
            "Then the first tile: nothing is above it.",
            "A window starts `above = min(margin, top)` rows earlier, for a negative number in a slice counts from the "
            "end. A slice that ends outside of the image ends with it. The tile starts at row `above` of the logits.",
            "for top in range(0, H, tile): above = min(margin, top); for left in range(0, W, tile): before = "
            "min(margin, left); logits = network(image[None, :, top - above : top + tile + margin, left - before : "
            "left + tile + margin])[0]; keep logits[:, above : above + tile, before : before + tile]. torch.cat a row "
            "of tiles on dim=2, the rows on dim=1.",
        ),
        cases=8,
    ),
)
