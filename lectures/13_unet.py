# %% [markdown] name="front"
# # 13. U-Net
#
# {{colab_badge}}
#
# **Question.** How does a network keep *where* while it learns *what*?
#
# **You will be able to**
#
# - build a U-Net in forty lines and hold it against the course's own,
# - crop and join a skip connection, and say why it is joined rather than added,
# - predict every shape of a valid U-Net and count its 31 million parameters by hand,
# - measure what a skip connection buys, for outlines and for thin things,
# - cut a large image into tiles that leave no seam.
#
# **Prerequisites.** Convolution, pooling, receptive field:
# [convolution arithmetic](https://github.com/vdumoulin/conv_arithmetic), and the per-pixel cross-entropy loss.
#
# **Time.** Reading {{reading}} min · playing 15 min · exercises 60 min.

# %% name="setup"
import sys

if "google.colab" in sys.modules:  # Colab fetches the course; elsewhere it is installed already
    import subprocess

    subprocess.run(["pip", "install", "-q", "git+https://github.com/{{repository}}"], check=True)
import torch
import torch.nn.functional as F
from torch import nn

import segedu as se

se.setup(seed=0)

# %% name="parameters" tags=["parameters"]
dataset = "scenes"  # or "camvid", "isbi" (the paper's membranes), "pets"
root = None  # the folder of a real data set; None: where `segedu data fetch` puts it
steps = 120  # of the lab's training
train_anew = False  # True: repeat the ablation here (10 minutes) instead of loading its table

# %% [markdown]
# ## The goal
#
# A street with thin poles, 64 × 96 pixels. The network below goes down to 4 × 6 cells and comes up again. It was
# trained for 1,500 steps and then stored; `python lectures/recipes/13_unet.py weights` repeats that.
#
# *Say what is wrong with its prediction before you read on.*

# %% name="figure-goal" alt="Two rows of image, target, prediction, error. In the first prediction small things are blobs and most poles are missing. The second row, a U-Net, draws poles one or two pixels wide, and things with their outlines."
scenes = se.load_dataset("scenes", "val", size=(64, 96), thin=2.0, thin_width=2.0)
street = scenes[2]
blind = se.load_weights(se.UNet(3, 10, width=8, depth=4, skips=False), "unet_scenes_blind")
unet = se.load_weights(se.UNet(3, 10, width=8, depth=4), "unet_scenes")
pairs = [(street["image"], street["label_map"], se.predict(model, street["image"])) for model in (blind, unet)]
se.show_predictions(
    *zip(*pairs),
    scenes.classes,
    scenes.colors,
    captions=["down and up", "the same with four copies across"],
    title="Down and up alone gives blobs; four copies across bring the outlines back",
)

# %% [markdown]
# The first row knows *what* is there: sky, meadow, a road, something that is a tree. It has lost *where*: small things
# are blobs, and most of the poles are gone. The second network has the same layers and the same training. It differs by
# four copies, drawn across from the way down to the way up. This lecture is about those copies.

# %% [markdown]
# ## 1. Going down: what is gained, and what is lost
#
# A pooling keeps the largest of 2 × 2 values and forgets which of the four it was. Here are two images, 4 × 6, with
# one bright pole each. The poles stand in different columns.
#
# **We expect** the same two rows behind the pooling, `0 9 0` and `0 9 0`, for both.

# %% name="figure-lost" alt="A 4 × 6 grid with a column of nines at column 2 and one with nines at column 3. Both pool to the same grid."
left, right = torch.zeros(4, 6), torch.zeros(4, 6)
left[:, 2], right[:, 3] = 9, 9
pooled = [F.max_pool2d(pole[None], 2)[0] for pole in (left, right)]
assert torch.equal(*pooled)
se.matrix_figure(
    [left, pooled[0], right, pooled[1]],
    ["pole in column 2", "pooled", "pole in column 3", "pooled"],
    symbols=["→", "", "→"],
    title="Two different images, one pooled map: no layer behind it can tell them apart",
)

# %% [markdown]
# Nothing that comes later can bring the column back: it is no longer in the data. With four poolings a cell stands for
# 16 × 16 pixels. Here is that loss on a photograph: every 16 × 16 block keeps its maximum and is drawn at
# full size again.

# %% name="figure-photo" alt="A cat; the same in blocks of 4 pixels, whiskers gone; in blocks of 16 pixels, only brown and pink areas left."
cat = se.photo("chelsea")[:, :288, :448]
coarse = [F.interpolate(F.max_pool2d(cat, k)[None], scale_factor=k)[0] for k in (4, 16)]
se.show_row(
    [cat, *coarse],
    ["the photo", "two poolings and back", "four poolings and back"],
    title="After four poolings the cat is still brown, but it has no eyes and no whiskers",
)

# %% [markdown]
# Why go down at all? Because of what is gained: **context**. Each 3 × 3 convolution widens the field of view by
# 2 cells, and a cell is worth 1, 2, 4, 8, 16 pixels on levels 0 to 4. The path down has two convolutions a level, and a
# pooling that adds one cell:
#
# $$1 + \underbrace{(4 + 1)}_{\text{level 0}} + \underbrace{(8 + 2)}_{1} + \underbrace{(16 + 4)}_{2} +
# \underbrace{(32 + 8)}_{3} + \underbrace{64}_{\text{bottom}} = 140.$$
#
# **We expect** that a cell at the bottom sees 140 × 140 pixels. Without poolings the same ten convolutions would see
# 21.
# Then predict, and change one thing in the explorer: take one pooling out. Which share of the field remains?

# %% name="widget-field"
level = [(3, 1, 1), (3, 1, 1), (2, 2)]  # kernel, stride, padding: two convolutions, one pooling
way_down = level * 4 + level[:2]
print("with poolings:", se.receptive_field(way_down).size, "without:", se.receptive_field([(3, 1, 1)] * 10).size)
assert se.receptive_field(way_down).size == (140, 140)
se.explorers.ReceptiveFieldExplorer(way_down)

# %% [markdown] name="task-contract"
# ### Exercise 13.1 (implement): one step down
#
# <div class="alert alert-info">
#
# **Task.** Write `contract`: two 3 × 3 convolutions without padding, a ReLU after each, then 2 × 2 max pooling, which
# leaves out a last row or column without a partner. Return the map before the pooling (the *copy*, which waits for the
# way up) and the map after it. In this lecture the values are judged, not the gradient.
#
# What a right answer draws: `se.target("13.contract")`.
# Stuck? `se.hint("13.contract", 1)`, then 2, then 3.
#
# </div>


# %% name="exercise-contract"
def contract(features, weight1, bias1, weight2, bias2):
    """Return (copy, pooled) for features (N, C, H, W): (N, O, H - 4, W - 4) and half of that, rounded down."""
    ### BEGIN SOLUTION
    features = F.conv2d(features, weight1, bias1).relu()
    copy = F.conv2d(features, weight2, bias2).relu()
    return copy, F.max_pool2d(copy, 2)
    ### END SOLUTION


# %% name="check-contract"
passed = se.check("13.contract", contract)

# %% name="figure-contract" alt="The cat in gray, its outlines at nearly full size, and the same outlines at half the size."
if passed:
    outline = torch.tensor([[[[-1.0, -1, -1], [-1, 8, -1], [-1, -1, -1]]]])
    blur = torch.ones(1, 1, 3, 3) / 9
    gray = cat.mean(0, keepdim=True)[None]
    copy, down = contract(gray, outline, torch.zeros(1), blur, torch.zeros(1))
    se.show_row(
        [gray[0], *((each[0] * 4).clamp(0, 1) for each in (copy, down))],
        ["the photo", f"copy, {copy.shape[2]} × {copy.shape[3]}", f"pooled, {down.shape[2]} × {down.shape[3]}"],
        title="Your block with a kernel that finds outlines: the copy keeps the whiskers' places",
        same_scale=True,
    )
else:
    se.target("13.contract")

# %% [markdown]
# ## 2. Coming up: crop, and join
#
# The way up doubles the map step by step. Doubling alone makes large cells, not details. So each level also gets the
# copy that the way down made there: **what** comes from below, **where** comes from the left.
#
# In the paper nothing is padded, so the copy is larger than the map that it meets. We cut out its middle.
# A copy of 5 × 7 meets features of 3 × 3: (5 − 3) // 2 = 1 row goes away above, (7 − 3) // 2 = 2 columns on the left.
#
# **We expect** that the crop starts with the value 12: row 1, column 2.

# %% name="figure-crop" alt="A 5 × 7 grid whose middle 3 × 3 window, from 12 to 34, is framed and cut out; beside it a 3 × 3 grid of −1."
copy = 10 * torch.arange(5)[:, None] + torch.arange(7)  # the value tells row and column
crop = copy[1:4, 2:5]
se.matrix_figure(
    [copy, crop, -torch.ones(3, 3)],
    ["copy", "its middle", "from below"],
    symbols=["→", "then"],
    highlight={0: (1, 2, 3, 3)},
    title="Crop the middle, then put the two behind one another as channels",
)
assert crop[0, 0] == 12

# %% [markdown]
# **Why concatenate, and not add?** Let a convolution $w$ read the joined map. It has weights $w_c$ for the copy $c$ and
# $w_u$ for the map $u$ from below:
#
# $$w * [c; u] = w_c * c + w_u * u.$$
#
# Addition is the special case $w_c = w_u$: then $w_c * c + w_c * u = w_c * (c + u)$. So concatenation can do all that
# addition can, and it can also treat outline and meaning differently. It costs twice the input channels.
# **We expect** equal numbers when we tie the weights.

# %%
torch.manual_seed(0)
copied, below = torch.rand(1, 4, 5, 7), torch.rand(1, 4, 5, 7)
tied = torch.rand(6, 4, 3, 3)
joined = F.conv2d(torch.cat([copied, below], dim=1), torch.cat([tied, tied], dim=1), padding=1)
torch.testing.assert_close(joined, F.conv2d(copied + below, tied, padding=1))
print("weights to join:", 2 * tied.numel(), "· weights to add:", tied.numel())

# %% [markdown] name="task-crop"
# ### Exercise 13.2 (implement): crop and join
#
# <div class="alert alert-info">
#
# **Task.** Write `crop_and_concat(copy, features)` for maps `(N, C, H, W)` and `(N, D, h, w)` with H ≥ h, W ≥ w. Cut
# the middle out of the copy; where an odd number of rows or columns goes away, one more goes below or on the right.
# Return `(N, C + D, h, w)`, the copy first. Do it without `se.models.blocks.center_crop`.
#
# What a right answer draws: `se.target("13.crop_and_concat")`.
# Stuck? `se.hint("13.crop_and_concat", 1)`, then 2, then 3.
#
# </div>


# %% name="exercise-crop"
def crop_and_concat(copy, features):
    """Return the middle of the copy and the features as one map (N, C + D, h, w)."""
    ### BEGIN SOLUTION
    (height, width), (h, w) = copy.shape[-2:], features.shape[-2:]
    top, left = (height - h) // 2, (width - w) // 2
    return torch.cat([copy[:, :, top : top + h, left : left + w], features], dim=1)
    ### END SOLUTION


# %% name="check-crop"
passed = se.check("13.crop_and_concat", crop_and_concat)

# %% name="figure-joined" alt="Two maps of the same size: the cat's head in full detail, and the same part in blocks of 16 pixels."
if passed:
    warm = F.interpolate(F.max_pool2d(cat[:1, 16:-16, 16:-16], 16)[None], scale_factor=16)
    se.show_row(
        list(crop_and_concat(gray, warm)[0][:, None]),
        ["channel 0: the copy, cropped", "channel 1: from below"],
        title="The two channels lie exactly over each other: one says where, one says what",
    )
else:
    se.target("13.crop_and_concat")

# %% [markdown]
# ## 3. The whole U
#
# Now we build the paper's network in four small pieces: a double convolution, the way down, the way up, and the forward
# pass that joins them. `width` is the number of channels on level 0. It doubles on every level.


# %%
def double_conv(before, after, padding):
    """Two 3 × 3 convolutions with ReLU: (N, before, H, W) → (N, after, H − 4, W − 4), or H, W with padding 1."""
    first, second = nn.Conv2d(before, after, 3, padding=padding), nn.Conv2d(after, after, 3, padding=padding)
    return nn.Sequential(first, nn.ReLU(), second, nn.ReLU())


def crop_and_join(copy, features):
    """Join as in exercise 13.2; written out here so that the lecture runs before you have solved it."""
    (height, width), (h, w) = copy.shape[-2:], features.shape[-2:]
    top, left = (height - h) // 2, (width - w) // 2
    return torch.cat([copy[:, :, top : top + h, left : left + w], features], dim=1)


# %%
class OurUNet(nn.Module):
    """The network of the paper's Fig. 1, of any width and depth."""

    def __init__(self, in_channels, num_classes, width=64, depth=4, padding=0):
        super().__init__()
        channels = [width * 2**level for level in range(depth + 1)]
        pairs = list(zip([in_channels, *channels], channels))
        self.down = nn.ModuleList(double_conv(*pair, padding) for pair in pairs[:-1])
        self.bottom = double_conv(*pairs[-1], padding)
        self.up = nn.ModuleList(nn.ConvTranspose2d(2 * c, c, 2, stride=2) for c in channels[-2::-1])
        self.merge = nn.ModuleList(double_conv(2 * c, c, padding) for c in channels[-2::-1])
        self.classify = nn.Conv2d(width, num_classes, 1)

    def forward(self, features):
        copies = []
        for convs in self.down:
            copies.append(convs(features))
            features = F.max_pool2d(copies[-1], 2)
        features = self.bottom(features)
        for up, convs in zip(self.up, self.merge):
            features = convs(crop_and_join(copies.pop(), up(features)))
        return self.classify(features)


# %% [markdown]
# **Does it equal the course's?** The strongest test of a model is to transplant weights: both hold the same tensors in
# the same order, so we copy them one by one. **We expect** equal logits on an image that is not square.

# %%
theirs = se.UNet(3, 2, width=4, depth=2, padding="valid", norm=False)
ours = OurUNet(3, 2, width=4, depth=2)
ours.load_state_dict(dict(zip(ours.state_dict(), theirs.state_dict().values())))
image = torch.rand(1, 3, 60, 84)
torch.testing.assert_close(ours(image), theirs(image))
print("equal:", tuple(ours(image).shape))

# %% [markdown]
# **The paper's sizes, by hand.** Two unpadded convolutions take 4, a pooling halves, an up-convolution doubles:
#
# | level | way down | way up |
# |---|---|---|
# | 0 | 572 → 568 → pooled 284 | 392 → **388** |
# | 1 | 284 → 280 → 140 | 200 → 196 → doubled 392 |
# | 2 | 140 → 136 → 68 | 104 → 100 → 200 |
# | 3 | 68 → 64 → 32 | 56 → 52 → 104 |
# | bottom | 32 → 28 → doubled 56 | |
#
# So the copy of level 0 is 568 wide and meets a map of 392: 88 pixels are cut off on each side. **We expect** 388 ×
# 388.

# %% name="figure-paper" alt="A U of boxes: 64 channels at 568², down to 1024 at 28², up to 64 at 388². Gray arrows copy and crop across."
paper = se.UNet(in_channels=1, num_classes=2, padding="valid", norm=False)
assert paper.output_size((572, 572)) == (388, 388)
se.draw_architecture(
    paper, (1, 1, 572, 572), title="The paper's U-Net, drawn from the code's own shapes: 572² in, 388² out"
)

# %% [markdown]
# **31 million parameters, by hand.** A 3 × 3 convolution from $a$ to $b$ channels has $9ab + b$ of them, a double one
# $D(a, b) = 9ab + b + 9b^2 + b$. An up-convolution from $2c$ to $c$ has $2 \cdot 2 \cdot 2c \cdot c + c = 8c^2 + c$.
# Level 0 on the way down: $D(1, 64) = 640 + 36{,}928 = 37{,}568$. The bottom: $D(512, 1024) = 4{,}719{,}616 +
# 9{,}438{,}208 = 14{,}157{,}824$.
# **We expect** that the bottom holds nearly half of all, and that the sum is 31,030,658.


# %%
def double(a, b):
    return 9 * a * b + b + 9 * b * b + b


rows = []
for number, (a, c) in enumerate([(1, 64), (64, 128), (128, 256), (256, 512)]):
    rows.append({"level": number, "down": double(a, c), "up-convolution": 8 * c * c + c, "up": double(2 * c, c)})
rows.append({"level": "bottom", "down": double(512, 1024), "up-convolution": 0, "up": 0})
total = sum(sum(value for key, value in row.items() if key != "level") for row in rows) + (64 * 2 + 2)
se.results_table(rows)
print(f"with the last 1 × 1 convolution: {total:,}")
assert total == se.count_parameters(paper) == 31_030_658

# %% [markdown] name="task-size"
# ### Exercise 13.3 (predict): all sizes
#
# <div class="alert alert-info">
#
# **Task.** Write `valid_output(input_size, depth)`: the `(height, width)` that a valid U-Net gives, or `(0, 0)` where
# the input is impossible. It is, if a map with an odd side is to be pooled, or if nothing is left of a map. `depth` is
# the number of poolings, 0 or more. Compute it without `se.UNet`.
#
# What a right answer draws: `se.target("13.valid_output")`.
# Stuck? `se.hint("13.valid_output", 1)`, then 2, then 3.
#
# </div>


# %% name="exercise-size"
def valid_output(input_size, depth):
    """Return (height, width) of the logits, (0, 0) if the input doesn't fit."""

    ### BEGIN SOLUTION
    def one_side(side):
        for _ in range(depth):
            side -= 4
            if side <= 0 or side % 2:
                return 0
            side //= 2
        side -= 4
        for _ in range(depth):
            if side <= 0:
                return 0
            side = 2 * side - 4
        return max(side, 0)

    height, width = (one_side(side) for side in input_size)
    return (height, width) if height and width else (0, 0)
    ### END SOLUTION


# %% name="check-size"
passed = se.check("13.valid_output", valid_output)

# %% name="figure-size" alt="Dots for possible sizes. Depth 2: every 4th input side, 40 pixels lost. Depth 3: every 8th, 88 lost. Depth 4: every 16th from 188 on, 184 lost."
if passed:
    sides = range(92, 281)
    outputs = {
        f"depth {depth}": [valid_output((side, side), depth)[0] or float("nan") for side in sides]
        for depth in (2, 3, 4)
    }
    se.curve(
        sides,
        outputs,
        "input side (pixels)",
        "output side (pixels)",
        "The deeper the U, the fewer sizes fit and the more border it costs",
    )
else:
    se.target("13.valid_output")

# %% [markdown]
# **Today one pads.** With a ring of zeros around each map ("same" padding) a convolution keeps the size, the copies fit
# without a crop, and the output has the size of the image. The price: along the border the network sees zeros that no
# camera took. An odd size still needs care: 5 rows pool to 3 (the last one alone), 3 are doubled to 6, and one row
# is cut off again. `se.UNet` does so, therefore it takes **any** size.

# %%
same = se.UNet(3, 10, width=4, depth=3)
for size in ((64, 96), (61, 93), (5, 7)):
    assert same(torch.rand(2, 3, *size)).shape[-2:] == size  # two images: batch norm needs more than one value
theirs, ours = se.UNet(3, 2, width=4, depth=2, norm=False), OurUNet(3, 2, width=4, depth=2, padding=1)
ours.load_state_dict(dict(zip(ours.state_dict(), theirs.state_dict().values())))
torch.testing.assert_close(ours(image), theirs(image))
print("any size in, the same size out; and ours equals the course's with padding, too")

# %% [markdown] name="task-expand"
# ### Exercise 13.4 (debug): it runs, and poles are gone
#
# A colleague's way up, convolutions left out. It raised "sizes must match", so they added the line with `interpolate`.
# Now it runs, the loss falls, and every outline is a staircase. Their code stands above your stub.
#
# <div class="alert alert-info">
#
# **Task.** Find the cause and write `expand(bottom, copies)`: double each map (nearest), cut a surplus last row or
# column, join copy first, channels on axis 1. The finest map comes out, at the size of `copies[0]`. The list `copies`
# stays as it was: take from `list(copies)`, or go through `reversed(copies)`.
#
# What a right answer draws: `se.target("13.expand")`.
# Stuck? `se.hint("13.expand", 1)`, then 2, then 3.
#
# </div>


# %% name="exercise-expand"
def colleague_expand(bottom, copies):
    features, copies = bottom, list(copies)  # copies of levels 0, 1, …: finest first
    while copies:
        copy, up = copies.pop(0), F.interpolate(features, scale_factor=2)
        copy = F.interpolate(copy, size=up.shape[-2:])  # "sizes must match"
        features = torch.cat([copy, up], dim=1)
    return features


def expand(bottom, copies):
    """Return the finest map (N, all channels, H, W)."""
    ### BEGIN SOLUTION
    features = bottom
    for copy in reversed(copies):
        up = F.interpolate(features, scale_factor=2)[..., : copy.shape[-2], : copy.shape[-1]]
        features = torch.cat([copy, up], dim=1)
    return features
    ### END SOLUTION


# %% name="check-expand"
passed = se.check("13.expand", expand)

# %% name="figure-expand" alt="Left a street in coarse blocks, the poles broken; right the same at full detail, poles one pixel wide."
if passed:
    levels = [street["image"].mean(0)[None, None]]
    for _ in range(3):
        levels.append(F.avg_pool2d(levels[-1], 2))
    wrong, right = (way(levels[-1], levels[:-1])[0, :1] for way in (colleague_expand, expand))
    se.show_row(
        [wrong, right],
        ["the colleague's finest copy", "yours"],
        title="The wrong level: the finest copy was squeezed to the coarsest size",
    )
else:
    se.target("13.expand")

# %% [markdown]
# ## 4. Large images: tiles, and what a shift does
#
# A microscope's image does not fit into memory. The paper cuts it into tiles. Each tile sees a border of its own, and
# near it the network knows less: a seam. The cure: let tiles **overlap**, and throw the rim away. How wide must the rim
# be? As wide as the network sees to one side. We measure that for the trained U-Net, over all 16 places in a cell of
# the bottom.
#
# `se.predict` gives no weight to pixels within a quarter of the overlap of a cut. **We expect** that the seam is gone
# once a quarter of the overlap exceeds the reach.

# %% name="figure-tiles" alt="A curve on a logarithmic scale. It falls slowly with the overlap and drops to rounding error at 448 pixels."
boxes = [se.ops.measured_receptive_field(unet, (1, 3, 320, 320), (160 + p, 160 + p)).box for p in range(16)]
reach = max(max(160 + p - box[0], box[2] - 1 - 160 - p) for p, box in enumerate(boxes))
print("field:", sorted({box[2] - box[0] for box in boxes}), "pixels wide; reach:", reach, "pixels to one side")
wide = se.load_dataset("scenes", "val", size=(128, 1024), thin=2.0, thin_width=2.0)[3]["image"]
whole = se.predict(unet, wide, logits=True)
overlaps = (0, 64, 128, 256, 384, 448)
seams = [(se.predict(unet, wide, 512, overlap, logits=True) - whole).abs().max().item() for overlap in overlaps]
assert seams[-1] < 1e-3 < seams[0]
se.curve(
    overlaps,
    {"largest difference of a logit": seams},
    "overlap of the tiles (pixels)",
    "difference from the untiled logits",
    f"The seam shrinks with the overlap and is gone at four times the reach, {4 * reach} pixels",
    log="y",
)

# %% [markdown]
# **Shifts.** A convolution is *equivariant* to translation: move the image by one pixel, and its output moves by one
# pixel. A pooling with stride 2 is not: its 2 × 2 blocks stay where they are while the image moves through them. Behind
# four poolings only a shift by $2^4 = 16$ pixels moves whole cells. Tiny first: the row `0 9 0 0 4 0`, pooled in pairs.
#
# **We expect** `9 0 4`; moved by one, `0 9 4`, which is no moved copy of the first; moved by two, `0 9 0`.

# %%
row = torch.tensor([[0.0, 9, 0, 0, 4, 0]])
for shift in (0, 1, 2):
    moved = F.pad(row, (shift, 0))[:, :6]
    print(f"moved by {shift}:", moved[0].int().tolist(), "→", F.max_pool1d(moved, 2)[0].int().tolist())

# %% [markdown] name="task-shift"
# ### Exercise 13.5 (measure): the gap of a shift
#
# <div class="alert alert-info">
#
# **Task.** `before` and `after` are logits `(C, H, W)` of an image, and of the same image moved by `shift` = (rows
# down, columns to the right); negative, it goes up or to the left. Write `shift_gap(before, after, shift, margin)`: the
# largest |difference| of values that belong together, a float. Leave out what came in from outside, then `margin` =
# (rows, columns) on each side.
#
# What a right answer draws: `se.target("13.shift_gap")`.
# Stuck? `se.hint("13.shift_gap", 1)`, then 2, then 3.
#
# </div>


# %% name="exercise-shift"
def shift_gap(before, after, shift, margin):
    """Return the largest |after moved back − before|, a float, without the margin."""
    ### BEGIN SOLUTION
    (dy, dx), (height, width) = shift, before.shape[-2:]
    moved = after.roll((-dy, -dx), dims=(1, 2)) - before  # what came in from outside is cut off below
    top, left = max(0, -dy) + margin[0], max(0, -dx) + margin[1]
    bottom, right = height - max(0, dy) - margin[0], width - max(0, dx) - margin[1]
    return moved[:, top:bottom, left:right].abs().max().item()
    ### END SOLUTION


# %% name="check-shift"
passed = se.check("13.shift_gap", shift_gap)

# %% name="figure-shift" alt="The gap is zero at shifts 0, 16 and 32, and several units at every other shift, also at 1."
if passed:
    windows = {dx: se.predict(unet, wide[:, :, 64 - dx : 704 - dx], logits=True) for dx in range(0, 33, 2)}
    windows |= {dx: se.predict(unet, wide[:, :, 64 - dx : 704 - dx], logits=True) for dx in (1, 15, 17, 31)}
    shifts = sorted(windows)
    gaps = [shift_gap(windows[0], windows[dx], (0, dx), (0, reach + 16)) for dx in shifts]
    se.curve(
        shifts,
        {"gap": gaps},
        "shift (pixels)",
        "largest difference of a logit",
        "Only a shift by a multiple of 16 moves the output with the image",
    )
else:
    se.target("13.shift_gap")

# %%
moved = {dx: se.predict(unet, wide[:, :, 64 - dx : 704 - dx], logits=True) for dx in (0, 1, 16)}
moved = {dx: logits[:, :, 128 + dx : 448 + dx] for dx, logits in moved.items()}  # the middle, moved back
for dx in (1, 16):
    gap, labels = (moved[dx] - moved[0]).abs().max().item(), moved[dx].argmax(0) != moved[0].argmax(0)
    print(f"shift {dx:2}: logits differ by up to {gap:.4f}, {labels.float().mean().item():.2%} of the labels change")
torch.testing.assert_close(moved[16], moved[0], rtol=0, atol=1e-3)
assert (moved[1] - moved[0]).abs().max() > 0.1

# %% [markdown]
# ## Lab: train it
#
# Change `dataset` in the parameters cell to `"camvid"`, `"isbi"` or `"pets"` and run everything again: nothing else
# changes. The thin class is the pole, the membrane, or the pet's border. Where the data set is missing, one sentence
# says so and the lab goes on with scenes. Real images want more steps: on CamVid, 120 find road and sky, but no pole.

# %%
sizes = {"scenes": (64, 96), "camvid": (96, 128), "isbi": (128, 128), "pets": (96, 96)}
extra = {"scenes": {"thin": 2.0, "thin_width": 2.0}, "pets": {"border": "class"}}.get(dataset, {})
options = {"root": root, "size": sizes[dataset], "fallback": True, **extra}
data, held_out = (se.load_dataset(dataset, split, **options) for split in ("train", "val"))
classes, colors = data.classes, data.colors
train, val = ([part[i] for i in range(min(most, len(part)))] for part, most in ((data, 256), (held_out, 64)))
thin = next((name for name in ("pole", "membrane", "border") if name in classes), classes[-1])
print(f"{data.name}: {len(train)} images to train on, {len(val)} to validate, {len(classes)} classes; thin: {thin}")

# %% [markdown]
# **A trivial baseline first.** It never looks at the image: each pixel gets the class that was most frequent at its
# place.


# %%
def score(predictions):
    """Return mean IoU, boundary F1 (to one pixel), and the IoU of the thin class, over the validation images."""
    matrix, outlines = se.ConfusionMatrix(len(classes)), se.BoundaryF1(len(classes), tolerance=1)
    for prediction, sample in zip(predictions, val):
        matrix.update(prediction, sample["label_map"])
        outlines.update(prediction, sample["label_map"])
    thin_iou = matrix.iou()[classes.index(thin)].item()
    return {"mean IoU": matrix.mean_iou(), "boundary F1": outlines.mean_f1(), "thin IoU": thin_iou}


maps = torch.stack([sample["label_map"] for sample in train]).as_subclass(torch.Tensor)  # (N, H, W)
usual = torch.stack([(maps == c).sum(0) for c in range(len(classes))]).argmax(0)  # (H, W)
table = [{"method": "most frequent at this place", **score([usual] * len(val))}]
se.results_table(table)

# %% [markdown]
# **Then the U-Net**, 8 channels wide and 4 levels deep, with a live curve. `se.fit` takes AdamW, warms up, and lets the
# learning rate fall in the end.

# %% name="figure-history" alt="The training loss falls steeply in the first steps and slowly later; the validation score rises."
with se.seeded(0):
    model = se.UNet(3, len(classes), width=8, depth=4)
run = se.fit(model, train, val, steps=steps, batch=8, lr=5e-3)
se.plot_history(run.history, title="The loss falls quickly at first: sky, meadow and road come before poles")

# %%
predictions = [se.predict(model, sample["image"]) for sample in val]
table.append({"method": f"U-Net, {steps} steps", **score(predictions)})
if data.name == "scenes":  # what the recipe trained for longer: 1,500 steps, the two networks of the goal
    for name, stored in (("down and up, 1,500 steps (stored)", blind), ("U-Net, 1,500 steps (stored)", unet)):
        table.append({"method": name, **score([se.predict(stored, sample["image"]) for sample in val])})
se.results_table(table, best={key: "max" for key in table[0] if key != "method"})

# %% [markdown]
# Read the table downwards. A few steps beat the position. The network without copies was trained twelve times as long
# as ours: its areas are better, its poles are worse. With copies *and* time both are found.
#
# **The worst predictions**, not the best: the three validation images with the lowest mean IoU of their own.


# %% name="figure-worst" alt="Three rows of image, target, prediction, error: the three validation images with the lowest mean IoU."
def own_iou(i):
    return se.ConfusionMatrix(len(classes)).update(predictions[i], val[i]["label_map"]).mean_iou()


worst = sorted(range(len(val)), key=own_iou)[:3]
se.show_predictions(
    [val[i]["image"] for i in worst],
    [val[i]["label_map"] for i in worst],
    [predictions[i] for i in worst],
    classes,
    colors,
    title=f"The worst of {len(val)} after {steps} steps: which classes are confused, what is missing?",
)

# %% [markdown]
# ## Ablation
#
# Six networks at equal budget: 300 steps of 8 scenes, three seeds each. Training them takes twelve minutes, so we load
# the table that `python lectures/recipes/13_unet.py ablation` made; `train_anew = True` repeats one seed here.
#
# Predict the order first. Then look at two columns that disagree: what do the skips buy, and what does depth?


# %%
class AddingUNet(se.UNet):
    """Adds the copies; built with skips=False, so that its convolutions expect the channels of one map."""

    def _join(self, copy, features):
        return copy + features[..., : copy.shape[-2], : copy.shape[-1]]


changes = {"no skips": {"skips": False}, "skips added": {"skips": False}, "bilinear up": {"up": "bilinear"}}
changes |= {"U-Net": {}, "depth 2": {"depth": 2}, "group norm": {"norm": "group"}}

# %%
import json

stored = json.loads(se.shipped("results/13_ablation.json").read_text(encoding="utf-8"))
ablation, best = stored["rows"], dict.fromkeys(("mean IoU", "boundary F1", "thin IoU"), "max")
print("trained here, one seed" if train_anew else f"loaded: {stored['about']}")
for row in ablation if train_anew else []:
    kind = AddingUNet if row["setting"] == "skips added" else se.UNet
    network = kind(**{"num_classes": len(classes), "width": 8, "depth": 4, **changes[row["setting"]]})
    se.fit(network, train, steps=stored["steps"], batch=8, lr=5e-3)
    row |= {f"± {key}": 0.0 for key in best} | score([se.predict(network, sample["image"]) for sample in val])
se.results_table(ablation, ["setting", *best, "parameters", "MACs", "receptive field"], best=best)

# %% name="figure-ablation" alt="Bars for six settings. No skips is far below all others in boundary F1, and at zero for the poles."
se.comparison_bars(
    [row["setting"] for row in ablation],
    {key: [row[key] for row in ablation] for key in ("boundary F1", "thin IoU")},
    errors={key: [row[f"± {key}"] for row in ablation] for key in ("boundary F1", "thin IoU")},
    title="Without skips the outlines are lost, and the poles altogether",
    xlabel="score (mean over three seeds, whiskers: standard deviation)",
)

# %% [markdown]
# ## What goes wrong
#
# **Symptom.** "The image's height is 570": a valid U-Net refuses the image. **Cause.** An odd map would meet a pooling.
# **Fix.** Pad or crop to a size that fits, or use "same" padding. The message names both neighbors.
#
# **Symptom.** "Expected size 64 but got size 32" or "got 128 channels, expected 64" in the way up. **Cause.** The
# copies
# are taken in the wrong order, or joined on an axis that is not the channels'. **Fix.** Take the last copy first
# (`copies.pop()`), join on `dim=1`. Never resize a copy to silence the message (exercise 13.4).
#
# **Symptom.** The loss falls, poles stay absent. **Cause.** Too few steps for a class of 3 % of the pixels, or no
# copy
# of full resolution. **Fix.** Train on, weight the classes with `se.CrossEntropy(class_weights=…)`, keep the skip of
# level 0.
#
# **Symptom.** A grid of seams in a large prediction. **Cause.** The tiles overlap by less than the network sees.
# **Fix.** Four times the reach as overlap with `se.predict`, or fewer levels. Here is the share of labels that a
# seam changes; the first two come before it.

# %%
fine, coarse = torch.rand(1, 8, 64, 96), torch.rand(1, 16, 32, 48)
for network, inputs in ((paper, torch.rand(1, 1, 570, 572)), (torch.cat, [fine, coarse])):
    try:
        network(inputs) if network is paper else network(inputs, dim=1)
    except (ValueError, RuntimeError) as error:
        print(str(error), "\n")
labels = whole.argmax(0)
for overlap in (0, 448):
    seam = (se.predict(unet, wide, 512, overlap) != labels).float().mean().item()
    print(f"overlap {overlap:3}: {seam:.2%} of the labels differ from the untiled prediction")

# %% [markdown]
# ## Which one should I choose?
#
# First what the ablation says. **No skips** saves a tenth of the parameters and loses the outlines; the poles are not
# worse but absent. **Added** skips come close to joined ones with the parameters of no skips: to have copies matters
# more than how they are joined. **Bilinear** upsampling is as good for outlines. **Depth 2**, with a sixteenth of the
# parameters, is still far above no skips, and loses mean IoU where context decides. **Group norm** normalizes each
# image by itself, so a batch may be computed in parts of any size, or on any number of processes, and the numbers
# differ by rounding only; its mean IoU after 300 steps is lower than batch norm's with each of the three seeds.
# Differences smaller than the whiskers mean nothing.
#
# | You have | Take |
# |---|---|
# | few images, fine outlines (cells, membranes) | a U-Net, "same" padding, strong augmentation |
# | images of many tiles, no seam allowed | valid padding as in the paper: tiles join exactly, at steps of $2^d$ |
# | little memory | half the `width` (a quarter of the parameters), rather than fewer skips |
# | large objects that need context | more depth: each level doubles the field |
# | a phone, or a fixed pretrained backbone | added skips: half the input channels on the way up |

# %% [markdown]
# ## Recap
#
# A network that goes down learns *what* and forgets *where*: two images, one pooled map. Copies across bring it back.
# Joined copies contain added ones as a special case. We built the paper's network, found its 388 and its 31,030,658 by
# hand, saw poles vanish without skips, and measured what it sees: that is how far tiles must overlap. And it follows
# shifts of 16 pixels, not of one.
#
# **Formula card**
#
# - joined: $w * [c; u] = w_c * c + w_u * u$, with $c$ the copy, $u$ the map from below
# - double convolution, $a$ to $b$ channels: $9ab + b + 9b^2 + b$ parameters; up-convolution, $2c$ to $c$: $8c^2 + c$
# - border lost by valid convolutions at depth $d$: $4(2^d + 2(2^d - 1))$ pixels, 184 for $d = 4$
# - shifts that are followed: multiples of $2^d$
#
# **Shapes card**
#
# - image `(N, 3, H, W)` → copy of level l `(N, width·2^l, H/2^l, W/2^l)` → logits `(N, classes, H, W)`
# - join: `(N, C, h, w)` and `(N, C, h, w)` → `(N, 2C, h, w)`
# - paper: `(1, 1, 572, 572)` → `(1, 2, 388, 388)`

# %% [markdown]
# ## Going further
#
# - [Ronneberger, Fischer, Brox 2015](https://arxiv.org/abs/1505.04597): Fig. 1 with our numbers beside it, Fig. 2 on
# tiles,
#   eq. 2 on a loss that keeps touching cells apart.
# - [Drozdzal et al. 2016](https://arxiv.org/abs/1608.04117): short and long skips, and which of them training needs.
# - [Zhang 2019](https://arxiv.org/abs/1904.11486): why shifts by one pixel are not followed, and a blur that helps.
# - [Isensee et al. 2021, nnU-Net](https://doi.org/10.1038/s41592-020-01008-z): Fig. 2, how far a plain U-Net goes with
#   well-chosen settings; its [code base](https://github.com/MIC-DKFZ/nnUNet).
# - Data: the [ISBI 2012 membranes](https://imagej.net/events/isbi-2012-segmentation-challenge), `dataset = "isbi"`.
#
# **Next:** nested and gated relatives of the U-Net, and networks that gather context at several scales.
