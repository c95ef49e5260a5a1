"""The exercises of lecture 11, Data and augmentation."""

from segedu.exercises.engine.engine import Exercise
from segedu.exercises.lecture11 import crops, rle, splits, warps

EXERCISES = (
    Exercise(
        name="11.find_leaks",
        points=3,
        arguments=splits.split_arguments,
        judge=splits.judge_leaks,
        proved="A copy that is mirrored, brighter or noisy is still alike; one in other colors is not.",
        hints=(
            "Two copies differ in every pixel as soon as one is brighter. Which number of two images doesn't change "
            "if one of them is multiplied or something is added?",
            "Flatten each image, take its mean away, divide by its norm. Then the correlation of two images is the sum "
            "of their products. Compare with the mirrored image, `.flip(-1)`, as well.",
            "Write unit(x): x = x.flatten(1); x = x - x.mean(1, keepdim=True); return x / x.norm(dim=1, keepdim=True). "
            "Then torch.maximum(unit(train) @ unit(val).T, unit(train.flip(-1)) @ unit(val).T) is (N, M); `.nonzero()` "
            "of where it is >= alike gives the pairs in order.",
        ),
        cases=9,
    ),
    Exercise(
        name="11.spoiled_pixels",
        points=2,
        arguments=warps.resize_arguments,
        judge=warps.judge_resize,
        proved="The mean of two labels is a third label, and some of them were nowhere in the map.",
        hints=(
            "You need two label maps of the new size: the wrong one and the right one. Which mode looks at the same "
            "place as bilinear, and mixes nothing?",
            '`F.interpolate` takes floats (N, C, H, W) and a mode: "bilinear", then `.round()`; and "nearest-exact". '
            "`torch.isin(a, b)` says for each pixel of a whether its value occurs in b.",
            'x = label_map[None, None].float(); right = F.interpolate(x, size=size, mode="nearest-exact"); wrong = '
            'F.interpolate(x, size=size, mode="bilinear").round(); return int((wrong != right).sum()), '
            "int((~torch.isin(wrong, x)).sum()).",
        ),
        cases=9,
    ),
    Exercise(
        name="11.paired_crops",
        points=3,
        arguments=crops.crop_arguments,
        judge=crops.judge_crops,
        proved="One draw moves image and labels alike, each place is drawn, first and last ones too, and outside "
        "nothing is claimed.",
        hints=(
            "Draw first, cut then: which two numbers say where a window lies? How many places are there along a side?",
            "Pad first, `F.pad(x, (0, right, 0, below), value=…)`: the image with 0.5, the labels with 255. Of a "
            "padded height H and a crop's height h there are H − h + 1 places: `torch.randint(H - h + 1, ())`.",
            "below, right = max(0, h - H), max(0, w - W). In a loop over count: top = int(torch.randint(H - h + 1, "
            "())), left likewise, with the padded H and W; append image[:, top:top + h, left:left + w] and "
            "label_map[top:top + h, left:left + w]. At last torch.stack both lists.",
        ),
        forbidden=("se.seeded", "torch.manual_seed", "np.random.seed", "random.seed"),
        observe=crops.observe_crops,
        cases=9,
    ),
    Exercise(
        name="11.rle_counts",
        points=2,
        arguments=rle.encoding_arguments,
        judge=rle.judge_encoding,
        proved="A mask is a list of run lengths, down its columns and zeros first, however it starts and ends.",
        hints=(
            "Write the pixels of one column below the other's as one long row. Where does a run end? What are the "
            "first and the last run?",
            "`mask.T.flatten()` reads down the columns. A run ends where neighbors differ, and at the end of the mask. "
            "If the first pixel is 1, a run of 0 zeros stands in front.",
            "bits = mask.T.flatten().tolist(); start with counts = [0] and value = False. For each bit: if it differs "
            "from value, append 0 to counts and set value = bit; then add 1 to counts[-1].",
        ),
        forbidden=("se.encode_rle",),
        cases=10,
    ),
    Exercise(
        name="11.rle_mask",
        points=1,
        arguments=rle.decoding_arguments,
        judge=rle.judge_decoding,
        proved="The counts and the size together give back each pixel of the mask.",
        hints=(
            "The counts alternate: zeros, ones, zeros, … Make one long row of pixels first. How does it become a mask?",
            "`torch.repeat_interleave(values, counts)` writes each value as often as its count. The long row holds "
            "column after column: W columns of H pixels.",
            "values = torch.arange(len(counts)) % 2 == 1; bits = values.repeat_interleave(torch.tensor(counts)); "
            "return bits.view(width, height).T.",
        ),
        forbidden=("se.decode_rle",),
        cases=10,
    ),
)
