# %% [markdown] name="front"
# # 13. U-Net
#
# {{colab_badge}}
#
# **Question.** How does a network keep *where* while it learns *what*?
#
# **You will be able to**
#
# - write the forward pass of a U-Net, hold it against the course's own, and train it,
# - crop and join a skip connection, and say why it is joined rather than added,
# - predict every shape of a valid U-Net and count its 31 million parameters by hand,
# - measure what a skip connection buys, for outlines and for thin things,
# - predict a large image in tiles without a seam, and say what that costs.
#
# **Prerequisites.** [3. Convolution](03_convolution.ipynb), [5. Full resolution](05_full_resolution.ipynb) for
# pooling and batch norm, [8. Transposed convolution](08_transposed_convolution.ipynb),
# [9. Metrics](09_metrics.ipynb), [10. Losses](10_losses.ipynb), [11. Data](11_data_and_augmentation.ipynb).
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
dataset = "scenes"  # of the lab: or "camvid", "isbi" (the paper's membranes), "dsb2018" (nuclei), "pets"
root = None  # the folder of a real data set; None: where `segedu data fetch` puts it
steps = 120  # of the lab's training
train_anew = False  # True: repeat the ablation here (some minutes) instead of loading its table

# %% [markdown]
# ## The goal
#
# A street with thin poles, 64 × 96 pixels, twice: predicted by a network that goes down to 4 × 6 cells and comes up
# again, then by one that has four copies more. Both were trained for 1,500 steps and stored;
# `python lectures/recipes/13_unet.py weights` repeats that. Below them a photograph with labels drawn by hand; its
# "prediction" is these labels, brought to cells of 16 × 16 pixels, each with its most frequent class, and back.
#
# *Predict:* what is wrong with the first prediction? Which class of the photograph suffers most?
#
# <details><summary>Answer</summary>
#
# The network knows *what* large areas are. It has lost *where*: small things are blobs, and most poles are gone. In
# the photograph the thinnest class suffers most: the tripod's IoU is 0.48.
#
# </details>

# %% name="figure-goal" alt="Three rows of image, target, last picture. A drawn street: in the first prediction small things are blobs and most poles are missing. The same street: poles one or two pixels wide, and things with their outlines. A photograph of a man with a camera on a tripod: his labels in blocks, where the tripod's legs have become a few blocks."
scenes, photos = se.load_dataset("scenes", "val", size=(64, 96), thin=2.0, thin_width=2.0), se.Photos()
street, man = scenes[2], se.photo("camera", labels=True)
blind = se.load_weights(se.UNet(3, 10, width=8, depth=4, skips=False), "unet_scenes_blind")
unet = se.load_weights(se.UNet(3, 10, width=8, depth=4), "unet_scenes")
by_hand = man["label_map"].as_subclass(torch.Tensor)  # (512, 512)
one_hot = (by_hand == torch.arange(len(photos.classes))[:, None, None]).float()  # (C, 512, 512), void nowhere
shares = F.avg_pool2d(one_hot, 16)  # of each class in each cell, (C, 32, 32)
cells = shares.argmax(0).where(shares.sum(0) > 0, 255)  # void where nothing else is
back = cells.repeat_interleave(16, 0).repeat_interleave(16, 1)
ious = se.ConfusionMatrix(len(photos.classes)).update(back, by_hand).iou()
present = by_hand[by_hand < 255].unique().tolist()
print(", ".join(f"{photos.classes[c]} {ious[c]:.2f}" for c in sorted(present, key=lambda c: ious[c])))
se.viz.show_tasks(
    [street, street, man],
    [scenes, scenes, photos],
    tasks=("image", "semantic"),
    predictions=[*(se.predict(model, street["image"]) for model in (blind, unet)), back],
    title="Down and up, with four copies across, and labels on cells: what is lost?",
)

# %% [markdown]
# Both networks had the same images and as many steps. The second has four copies more, drawn across from the way
# down, the **encoder**, to the way up, the **decoder**. Such a copy is a **skip connection**. The layers that read
# copies are wider: 486,634 parameters against 437,674, and 72 million multiplications against 58 for this image.

# %% tags=["proof"]
thinnest = min(present, key=lambda c: ious[c])
assert (photos.classes[thinnest], round(float(ious[thinnest]), 2)) == ("tripod", 0.48)
assert set(back.unique().tolist()) <= {*present, 255}
assert (se.count_parameters(unet), se.count_parameters(blind)) == (486_634, 437_674)
assert [round(se.count_macs(each, (1, 3, 64, 96)) / 1e6) for each in (unet, blind)] == [72, 58]

# %% [markdown]
# ## 1. Going down: what is gained, and what is lost
#
# A pooling keeps the largest of 2 × 2 values and forgets which of the four it was. Two images, 4 × 6, have one
# bright pole each, in different columns.
#
# **We expect** the same two rows after the pooling, `0 9 0` and `0 9 0`, for both.

# %% name="figure-lost" alt="A 4 × 6 grid with a column of nines at column 2 and one with nines at column 3. Both pool to the same grid."
left, right = (9.0 * (torch.arange(6) == column).expand(4, 6) for column in (2, 3))
pooled = [F.max_pool2d(pole[None], 2)[0] for pole in (left, right)]
se.matrix_figure(
    [left, pooled[0], right, pooled[1]],
    ["pole in column 2", "pooled", "pole in column 3", "pooled"],
    symbols=["→", "", "→"],
    title="Two different images, one pooled map: in this channel the column is lost",
)

# %% [markdown]
# Lost for good? In this *channel*, yes. But convolutions stand before each pooling, and can write the place into
# another channel. Let a second kernel move its input right by one column. **We expect** that its channel tells the
# poles apart.

# %% name="figure-kept" alt="Four grids of 2 × 3: for the pole in column 2 both channels have a nine in the middle column; for the pole in column 3 the second channel has it in the last column."
kernels = torch.zeros(2, 1, 3, 3)
kernels[0, 0, 1, 1], kernels[1, 0, 1, 0] = 1, 1  # the identity; a move by one column
remembered = [F.max_pool2d(F.conv2d(pole[None], kernels, padding=1), 2) for pole in (left, right)]
se.matrix_figure(
    [*remembered[0], *remembered[1]],
    ["column 2, channel 0", "column 2, channel 1", "column 3, channel 0", "column 3, channel 1"],
    title="A second channel remembers which column it was",
)

# %% tags=["proof"]
assert torch.equal(*pooled)
assert torch.equal(remembered[0][0], remembered[1][0])
assert not torch.equal(remembered[0][1], remembered[1][1])

# %% [markdown]
# So what a pooling forgets, channels can keep, at a price: after four poolings 256 places share a cell's 128 channels
# with all that says *what* it is. A network without copies learns some of it, late: after 1,500 steps it finds poles
# with an IoU of 0.18, the U-Net with 0.84.
#
# Why go down at all? To gain **context**. Each 3 × 3 convolution widens the field of view by 2 cells, and a cell is
# worth 1, 2, 4, 8, 16 pixels on levels 0 to 4. The encoder has two convolutions per level, and a pooling that adds one
# cell:
#
# $$1 + \underbrace{(4 + 1)}_{\text{level 0}} + \underbrace{(8 + 2)}_{1} + \underbrace{(16 + 4)}_{2} +
# \underbrace{(32 + 8)}_{3} + \underbrace{64}_{\text{bottom}} = 140.$$
#
# **We expect** that a cell at the bottom, the **bottleneck**, sees 140 × 140 pixels. Without poolings the same ten
# convolutions would see 21. *Predict*, then change one thing in the explorer: take one pooling out. Which one costs
# most of the field?
#
# <details><summary>Answer</summary>
#
# The first: 72 pixels remain, without the last 100. The earlier a pooling, the more layers it widens.
#
# </details>

# %% name="widget-field"
level = [(3, 1, 1), (3, 1, 1), (2, 2)]  # kernel, stride, padding: two convolutions, one pooling
way_down = level * 4 + level[:2]
print("with poolings:", se.receptive_field(way_down).size, "without:", se.receptive_field([(3, 1, 1)] * 10).size)
se.explorers.ReceptiveFieldExplorer(way_down)

# %% tags=["proof"]
assert se.receptive_field(way_down).size == (140, 140)
without = [way_down[:place] + way_down[place + 1 :] for place in (2, 5, 8, 11)]  # one pooling less
assert [se.receptive_field(layers).size[0] for layers in without] == [72, 76, 84, 100]

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
    gray = se.photo("chelsea")[:, :288, :448].mean(0, keepdim=True)[None]
    outline = torch.tensor([[[[-1.0, -1, -1], [-1, 8, -1], [-1, -1, -1]]]])
    blur = torch.ones(1, 1, 3, 3) / 9
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
# way down's copy: **what** comes from below, **where** comes from the left.
#
# In the paper nothing is padded, so the copy is larger than the map that it meets. We cut out its middle.
# A copy of 5 × 7 meets features of 3 × 3: (5 − 3) // 2 = 1 row goes away above, (7 − 3) // 2 = 2 columns on the left.
# **We expect** a crop that starts with the value 12: row 1, column 2.

# %% name="figure-crop" alt="A 5 × 7 grid whose middle 3 × 3 window, from 12 to 34, is framed and cut out; beside it a 3 × 3 grid of −1."
copy = 10 * torch.arange(5)[:, None] + torch.arange(7)  # the value tells row and column
crop = copy[1:4, 2:5]
se.matrix_figure(
    *([copy, crop, -torch.ones(3, 3)], ["copy", "its middle", "from below"]),
    symbols=["→", "then"],
    highlight={0: (1, 2, 3, 3)},
    title="Crop the middle, then stack the two as channels",
)

# %% [markdown]
# **Why concatenate, and not add?** Let a convolution $w$ read the joined map. It has weights $w_c$ for the copy $c$ and
# $w_u$ for the map $u$ from below:
#
# $$w * [c; u] = w_c * c + w_u * u.$$
#
# Addition is the special case $w_c = w_u$: then $w_c * c + w_c * u = w_c * (c + u)$. So concatenation can do all that
# addition can, and treat outline and meaning differently. It costs twice the input channels.
#
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

# %% tags=["proof"]
copied, below = torch.rand(1, 4, 5, 7), torch.rand(1, 4, 5, 7)
tied = torch.rand(6, 4, 3, 3)
joined = F.conv2d(torch.cat([copied, below], dim=1), torch.cat([tied, tied], dim=1), padding=1)
torch.testing.assert_close(joined, F.conv2d(copied + below, tied, padding=1))


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
    gray = se.photo("chelsea")[:, :288, :448].mean(0, keepdim=True)[None]
    warm = F.interpolate(F.max_pool2d(gray[..., 16:-16, 16:-16], 16), scale_factor=16)
    se.show_row(
        list(crop_and_concat(gray, warm)[0][:, None]),
        ["channel 0: the copy, cropped", "channel 1: from below"],
        title="The two channels lie exactly over each other",
    )
else:
    se.target("13.crop_and_concat")

# %% [markdown]
# ## 3. The whole U
#
# We build the paper's network. `width` is the number of channels on level 0; it doubles on every level.


# %% name="parts"
def double_conv(before, after, padding):
    """Two 3 × 3 convolutions with ReLU: (N, before, H, W) → (N, after, H − 4, W − 4), or H, W with padding 1."""
    first, second = nn.Conv2d(before, after, 3, padding=padding), nn.Conv2d(after, after, 3, padding=padding)
    return nn.Sequential(first, nn.ReLU(), second, nn.ReLU())


def join(copy, features):
    """Crop and join as in exercise 13.2: with your function, once it is right."""
    if se.passed("13.crop_and_concat"):
        return crop_and_concat(copy, features)
    return torch.cat([se.models.blocks.center_crop(copy, features.shape[-2:]), features], dim=1)


# %% [markdown] name="task-forward"
# ### Exercise 13.3 (build): the forward pass of a U-Net
#
# <div class="alert alert-info">
#
# **Task.** Write `unet_forward(image, down, bottom, up, merge, classify)`. The parts are modules: `down` is a list of
# double convolutions, one per level, from fine to coarse. `up` (up-convolutions) and `merge` (double convolutions) are
# lists from coarse to fine. On the way down keep what each double convolution gives, then pool it with 2 × 2 maxima.
# Then `bottom`. On the way up: double the map, `join` it with the copy of its level, `merge`. In the end `classify`;
# return the logits.
#
# What a right answer draws: `se.target("13.unet_forward")`.
# Stuck? `se.hint("13.unet_forward", 1)`, then 2, then 3.
#
# </div>


# %% name="exercise-forward"
def unet_forward(image, down, bottom, up, merge, classify):
    """Return the logits (N, classes, H', W') of images (N, C, H, W)."""
    ### BEGIN SOLUTION
    features, copies = image, []
    for convs in down:
        copies.append(convs(features))
        features = F.max_pool2d(copies[-1], 2)
    features = bottom(features)
    for double, convs in zip(up, merge):
        features = convs(join(copies.pop(), double(features)))
    return classify(features)
    ### END SOLUTION


# %% name="check-forward"
passed = se.check("13.unet_forward", unet_forward)


# %% name="figure-forward" alt="Image, target, prediction and error of the street: your forward pass, with the stored weights, draws its thin poles."
class YourUNet(se.UNet):
    """The course's parts, your forward pass."""

    def forward(self, images):
        return unet_forward(images, self.down, self.bottom, self.up, self.merge, self.classify)


if passed:
    yours = se.load_weights(YourUNet(3, 10, width=8, depth=4), "unet_scenes")
    drawn = [se.predict(yours, street["image"])]
    options = {"title": "Your forward pass, with the weights of the goal: the poles are there"}
    se.show_predictions([street["image"]], [street["label_map"]], drawn, scenes.classes, scenes.colors, **options)
else:
    se.target("13.unet_forward")

# %% [markdown]
# **All of it, in the paper's form, and does it equal the course's?** We transplant weights: both hold the same tensors
# in the same order. **We expect** equal logits on an image that is not square.


# %% name="ours"
class OurUNet(nn.Module):
    """The network of the paper's Fig. 1, of any width and depth; its forward pass is yours."""

    def __init__(self, in_channels, num_classes, width=64, depth=4, padding=0):
        super().__init__()
        channels = [width * 2**level for level in range(depth + 1)]
        pairs = list(zip([in_channels, *channels], channels))
        self.down = nn.ModuleList(double_conv(*pair, padding) for pair in pairs[:-1])
        self.bottom = double_conv(*pairs[-1], padding)
        self.up = nn.ModuleList(nn.ConvTranspose2d(2 * c, c, 2, stride=2) for c in channels[-2::-1])
        self.merge = nn.ModuleList(double_conv(2 * c, c, padding) for c in channels[-2::-1])
        self.classify = nn.Conv2d(width, num_classes, 1)

    def forward(self, images):
        return unet_forward(images, self.down, self.bottom, self.up, self.merge, self.classify)


theirs = se.UNet(3, 2, width=4, depth=2, padding="valid", norm=False)
ours = OurUNet(3, 2, width=4, depth=2)
ours.load_state_dict(dict(zip(ours.state_dict(), theirs.state_dict().values())))
image = torch.rand(1, 3, 60, 84)
if se.passed("13.unet_forward"):
    torch.testing.assert_close(ours(image), theirs(image))
    print("equal:", tuple(ours(image).shape))

# %% [markdown]
# **The paper's sizes, by hand.** Two unpadded convolutions remove 4 rows and columns, a pooling halves, an
# up-convolution doubles:
#
# | level | way down | way up |
# |---|---|---|
# | 0 | 572 → 568 → pooled 284 | 392 → **388** |
# | 1 | 284 → 280 → 140 | 200 → 196 → doubled 392 |
# | 2 | 140 → 136 → 68 | 104 → 100 → 200 |
# | 3 | 68 → 64 → 32 | 56 → 52 → 104 |
# | bottom | 32 → 28 → doubled 56 | |
#
# The copy of level 0 is 568 wide and meets a map of 392: 88 pixels are cut off on each side.

# %% name="figure-paper" alt="A U of boxes: 64 channels at 568², down to 1024 at 28², up to 64 at 388². Gray arrows copy and crop across."
paper = se.UNet(in_channels=1, num_classes=2, padding="valid", norm=False)
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


rows = [{"level": "bottom", "down": double(512, 1024), "up-convolution": 0, "up": 0}]
for number, (a, c) in enumerate([(1, 64), (64, 128), (128, 256), (256, 512)]):
    rows.append({"level": number, "down": double(a, c), "up-convolution": 8 * c * c + c, "up": double(2 * c, c)})
se.results_table([*rows[1:], rows[0]])
total = sum(sum(list(row.values())[1:]) for row in rows) + (64 * 2 + 2)
print(f"with the last 1 × 1 convolution: {total:,}; counted: {se.count_parameters(paper):,}")

# %% tags=["proof"]
assert paper.output_size((572, 572)) == (388, 388)
assert total == se.count_parameters(paper) == 31_030_658
assert 0.4 < double(512, 1024) / total < 0.5

# %% [markdown] name="task-size"
# ### Exercise 13.4 (predict): all sizes
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
# **Today one pads.** With a ring of zeros around each map ("same" padding) a convolution keeps the size, and the copies
# fit without a crop. The price: along the border the network sees zeros that no camera took. An odd size still needs
# care: 5 rows pool to 3 (the last one alone), 3 are doubled to 6, and one row is cut off again. `se.UNet` does so,
# therefore it takes **any** size.

# %% tags=["proof"]
same = se.UNet(3, 10, width=4, depth=3)
for size in ((64, 96), (61, 93), (5, 7)):
    assert same(torch.rand(2, 3, *size)).shape[-2:] == size  # two images: batch norm needs more than one value
theirs, ours = se.UNet(3, 2, width=4, depth=2, norm=False), OurUNet(3, 2, width=4, depth=2, padding=1)
ours.load_state_dict(dict(zip(ours.state_dict(), theirs.state_dict().values())))
torch.testing.assert_close(ours(image), theirs(image))

# %% [markdown] name="task-expand"
# ### Exercise 13.5 (debug): it runs, and poles are gone
#
# A colleague's way up, convolutions left out, stands above your stub. It raised "sizes must match", so they added the
# line with `interpolate`. Now it runs, the loss falls, and every outline is a staircase.
#
# <div class="alert alert-info">
#
# **Task.** Find the cause and write `expand(bottom, copies)`: double each map (nearest), cut off a last row or column
# that the copy doesn't have, join with the copy first, channels on axis 1. The finest map comes out, at the size of
# `copies[0]`. The list `copies` stays as it was.
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

# %% [markdown] name="task-tiles"
# ## 4. Large images: tiles, and what a shift does
#
# A microscope's image does not fit into memory, so it is cut into tiles. Near a cut the network sees zeros in place of
# neighbors: a seam. The paper's **overlap-tile strategy** gives each tile a margin of context and keeps its middle. A
# margin as wide as the network sees to one side, its *reach*, holds all of it. But it is computed twice: an
# inner tile of $t$ pixels with margins of $m$ costs $(1 + 2m/t)^2$ times the work.
#
# ### Exercise 13.6 (measure): predict in tiles
#
# <div class="alert alert-info">
#
# **Task.** Write `predict_in_tiles(network, image, tile, margin)`. `network` turns images `(1, C, h, w)` of any size
# into logits `(1, classes, h, w)`. Tiles of `tile` × `tile` pixels start at rows and columns 0, `tile`, 2 · `tile`, …;
# the last ones are smaller where the image ends. Give each to the network with `margin` pixels more on all four sides,
# as far as the image `(C, H, W)` reaches. Keep the logits of the tile. Return `(classes, H, W)`.
#
# What a right answer draws: `se.target("13.predict_in_tiles")`.
# Stuck? `se.hint("13.predict_in_tiles", 1)`, then 2, then 3.
#
# </div>


# %% name="exercise-tiles"
def predict_in_tiles(network, image, tile, margin):
    """Return the logits (classes, H, W) of an image (C, H, W), tile by tile."""
    ### BEGIN SOLUTION
    height, width = image.shape[-2:]
    rows = []
    for top in range(0, height, tile):
        above, row = min(margin, top), []
        for left in range(0, width, tile):
            before = min(margin, left)
            window = image[None, :, top - above : top + tile + margin, left - before : left + tile + margin]
            row.append(network(window)[0, :, above : above + tile, before : before + tile])
        rows.append(torch.cat(row, dim=2))
    return torch.cat(rows, dim=1)
    ### END SOLUTION


# %% name="check-tiles"
passed = se.check("13.predict_in_tiles", predict_in_tiles)

# %% [markdown]
# Three scenes of 256 × 384 pixels, tiles of 128. *Predict:* which margin is exact, and is 120 better than 112?
#
# <details><summary>Answer</summary>
#
# 112 exceeds the reach: exact, at 4.1 times the work (96 too, at 3.5). With 64 at most 0.2 % of the labels
# differ. And 120 is worse than 32: see the shifts below. Exact is not right: at this unseen size 70 % of the labels are
# right (98 % at 64 × 96), with a margin of 32 slightly more.
#
# </details>

# %% name="figure-tiles" alt="Three curves, alike, over the work: about 15 percent of the labels differ without a margin, 6 to 8 at 1.3 times the work, below 0.2 at 2.5 times, none at 4.1 times; the last points, at 4.4 times, stand at about 3 percent."
boxes = [se.ops.measured_receptive_field(unet, (1, 3, 320, 320), (160 + p, 160 + p)).box for p in range(16)]
reach = max(max(160 + p - box[0], box[2] - 1 - 160 - p) for p, box in enumerate(boxes))
print("field:", sorted({box[2] - box[0] for box in boxes}), "pixels wide; reach:", reach, "pixels to one side")
drawn = se.load_dataset("scenes", "val", size=(256, 384), thin=2.0, thin_width=2.0)
large, pixels = {f"image {i} (%)": drawn[i] for i in (1, 3, 5)}, []  # pixels: those that the network gets


@torch.no_grad()
def logits_of(images):
    pixels.append(images[0, 0].numel())
    return unet(unet.preprocessing(images.as_subclass(torch.Tensor)))


if passed:
    rows, wholes = [], {name: logits_of(sample["image"][None])[0] for name, sample in large.items()}
    for margin in (0, 16, 32, 64, 112, 120):
        row, gaps, right = {"margin": margin, "work": 0}, [], []
        pixels.clear()
        for name, sample in large.items():
            tiled = predict_in_tiles(logits_of, sample["image"], 128, margin)
            row[name] = 100 * (tiled.argmax(0) != wholes[name].argmax(0)).float().mean().item()
            gaps.append((tiled - wholes[name]).abs().max().item())
            right.append(100 * (tiled.argmax(0) == sample["label_map"]).float().mean().item())
        row["work"] = sum(pixels) / (256 * 384 * len(large))
        rows.append(row | {"largest gap of a logit": max(gaps), "right labels (%), mean": sum(right) / len(right)})
    se.results_table(rows)
    curves = {name.removesuffix(" (%)"): [row[name] for row in rows] for name in large}
    axes = ("work (without margins: 1)", "labels that differ (%)")
    se.curve(
        [row["work"] for row in rows], curves, *axes, "Labels that differ from the untiled ones: which margin pays?"
    )
else:
    se.target("13.predict_in_tiles")

# %% tags=["proof"]
assert reach == 107
by_margin = {row["margin"]: row for row in rows}
differ = {margin: [row[name] for name in large] for margin, row in by_margin.items()}
assert all(14 < share < 17 for share in differ[0])
assert all(6 < share < 8 for share in differ[16])
assert max(differ[64]) < 0.2
assert max(differ[112]) == 0
assert by_margin[112]["largest gap of a logit"] < 1e-3 < by_margin[64]["largest gap of a logit"]
assert min(differ[120]) > max(differ[32])
assert all(2.5 < share < 3.5 for share in differ[120])
assert [round(by_margin[m]["work"], 1) for m in (0, 16, 64, 112, 120)] == [1, 1.3, 2.5, 4.1, 4.4]
shares = {m: row["right labels (%), mean"] for m, row in by_margin.items()}
assert round(shares[112]) == 70
assert 0.2 < shares[32] - shares[112] < 0.4
known = [se.predict(unet, scenes[i]["image"]) == scenes[i]["label_map"] for i in range(64)]
assert round(100 * torch.stack(known).float().mean().item()) == 98
assert by_margin[0]["right labels (%), mean"] < by_margin[112]["right labels (%), mean"] - 5
assert abs(by_margin[64]["right labels (%), mean"] - by_margin[112]["right labels (%), mean"]) < 0.1
for sample in large.values():
    image, label_map = (sample[key].as_subclass(torch.Tensor) for key in ("image", "label_map"))
    plain = logits_of(image[None])[0].argmax(0)
    mirrored = logits_of(F.pad(image[None], [112] * 4, mode="reflect"))[0, :, 112:-112, 112:-112].argmax(0)
    assert 0.13 < (plain != mirrored).float().mean() < 0.18
    assert (mirrored == label_map).float().mean() < (plain == label_map).float().mean() - 0.05
assert [round((1 + 2 * m / 512) ** 2, 1) for m in (64, 112)] == [1.6, 2.1]
with torch.device("meta"):
    valid = se.UNet(in_channels=1, num_classes=2, padding="valid", norm=False)
    padded = se.UNet(in_channels=1, num_classes=2, norm=False)
per_pixel = se.count_macs(valid, (1, 1, 572, 572)) / 388**2, se.count_macs(padded, (1, 1, 384, 384)) / 384**2
assert round(per_pixel[0] / per_pixel[1], 1) == 1.4

# %% [markdown]
# Larger tiles make context cheap: an inner one of 512 pays 1.6 times the work for a margin of 64, 2.1 for 112. A
# *valid* network, 572 pixels in and 388 out, pays 1.4 in MACs: its maps shrink. At the image's border the paper mirrors
# it. Ours was trained with zeros there: mirrored, 14 to 18 % of the labels change, and fewer are right.
#
# **Shifts.** A convolution is **equivariant** to translation: move the image, and its output moves as much. A
# pooling with stride 2 is not: its 2 × 2 blocks stay. After four poolings only a shift by $2^4 = 16$ pixels moves whole
# cells. Tiny first: the row `0 9 0 0 4 0`, pooled in pairs.
#
# **We expect** `9 0 4`; moved by one, `0 9 4`, which is no moved copy of the first; moved by two, `0 9 0`.

# %%
row = torch.tensor([[0.0, 9, 0, 0, 4, 0]])
for shift in (0, 1, 2):
    moved = F.pad(row, (shift, 0))[:, :6]
    print(f"moved by {shift}:", moved[0].int().tolist(), "→", F.max_pool1d(moved, 2)[0].int().tolist())

# %% [markdown]
# The U-Net: we cut rows above and columns on the left off the three scenes, and compare labels where the cut is out of
# reach. *Predict:* after which shifts do all agree?
#
# <details><summary>Answer</summary>
#
# After multiples of 16. Odd shifts change most, 3 to 6 % of the labels, those by 2, 6, 10 and 14 less, by 4, 8 and 12
# still less: they move the cells of the first two poolings as a whole. A margin of 120, no multiple of 16, shifts the
# cells of all tiles but the first by 8: 2 to 3 %.
#
# </details>

# %% name="figure-shift" alt="Three zigzag curves: zero at shifts 0 and 16, high at odd ones, lowest between at 4, 8 and 12."
shifts, curves = range(17), {}
for name, sample in large.items():
    labels = [se.predict(unet, sample["image"][:, dx:, dx:])[112:, 112:] for dx in shifts]  # 112 exceeds the reach
    differ = [(part != labels[0][dx:, dx:]).float().mean().item() for dx, part in zip(shifts, labels)]
    curves[name.removesuffix(" (%)")] = [100 * share for share in differ]
axes = ("shift, up and left each (pixels)", "labels that differ (%)")
se.curve(shifts, curves, *axes, "Which shifts move the labels with the image?")

# %% tags=["proof"]
for sample, curve in zip(large.values(), curves.values()):
    assert curve[0] == curve[16] == 0
    odd, even, fours = curve[1::2], curve[2:16:4], curve[4:16:4]
    assert 2.5 < min(odd) <= max(odd) < 6.5
    assert min(odd) > max(even) >= min(even) > max(fours)
    assert 1.5 < curve[8] < 3
    whole, *moved = [
        se.predict(unet, sample["image"][:, dx:, dx:], logits=True)[:, 112:, 112:] for dx in (0, 1, 16, 32)
    ]
    gaps = [(part - whole[:, dx:, dx:]).abs().max() for dx, part in zip((1, 16, 32), moved)]
    assert gaps[0] > 1
    assert max(gaps[1:]) < 1e-3

# %% [markdown]
# ## Lab: train it
#
# Another `dataset` in the parameters cell changes the lab alone. The thin class is the pole, the membrane, or the pet's
# border. A trivial baseline first, which never looks at the image: each pixel gets the class that was most frequent at
# its place.

# %% name="lab-data"
sizes = {"scenes": (64, 96), "camvid": (96, 128), "isbi": (128, 128), "dsb2018": (128, 128), "pets": (96, 96)}
extra = {"scenes": {"thin": 2.0, "thin_width": 2.0}, "pets": {"border": "class"}}.get(dataset, {})
options = {"root": root, "size": sizes[dataset], "fallback": True, **extra}
data, held_out = (se.load_dataset(dataset, split, **options) for split in ("train", "val"))
classes, colors = data.classes, data.colors
train, val = ([part[i] for i in range(min(most, len(part)))] for part, most in ((data, 256), (held_out, 64)))
thin = next((name for name in ("pole", "membrane", "border") if name in classes), classes[-1])
print(f"{data.name}: {len(train)} images to train on, {len(val)} to validate, {len(classes)} classes; thin: {thin}")


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
# Then the U-Net, 8 channels wide and 4 levels deep. Once exercise 13.3 is right, it runs *your* forward pass.

# %% name="figure-history" alt="Three curves over the steps: the loss in training and validation, the mean IoU in validation, the learning rate."
with se.seeded(0):
    model = (YourUNet if se.passed("13.unet_forward") else se.UNet)(3, len(classes), width=8, depth=4)
run = se.fit(model, train, val, steps=steps, batch=8, lr=5e-3)
se.plot_history(run.history, title=f"{data.name}: a U-Net, {steps} steps of 8 images")
predictions = [se.predict(model, sample["image"]) for sample in val]
table.append({"method": f"U-Net, {steps} steps", **score(predictions)})
if data.name == "scenes":  # what the recipe trained for longer: 1,500 steps, the two networks of the goal
    for name, stored in (("down and up, 1,500 steps (stored)", blind), ("U-Net, 1,500 steps (stored)", unet)):
        table.append({"method": name, **score([se.predict(stored, sample["image"]) for sample in val])})
se.results_table(table, best={key: "max" for key in table[0] if key != "method"})

# %% [markdown]
# On the scenes: a few steps beat the position. 1,500 steps without copies give better areas than 120 with them, and
# worse poles. With copies *and* time both are found.
#
# **On real images**, 120 steps of 8 and three seeds; `python lectures/recipes/13_unet.py real` repeats it. The
# membranes are the paper's own data, 20 training images; the nuclei are 44 images of the
# [2018 Data Science Bowl](https://bbbc.broadinstitute.org/BBBC038) (CC0). *Predict:* where are copies needed more, for
# thin membranes or for round nuclei?
#
# <details><summary>Answer</summary>
#
# At this budget for both: membranes have an IoU of 0.58 with copies and of 0.06 without, nuclei 0.74 and 0.18. Without
# copies the nuclei depend on the seed: their mean IoU deviates by 0.17.
#
# </details>

# %% name="real"
import json

real = json.loads(se.shipped("results/13_real.json").read_text(encoding="utf-8"))
print(real["about"])
se.results_table(real["rows"])

# %% tags=["proof"]
told = [(row["network"], round(row["IoU of the class"], 2)) for row in real["rows"]]
assert told[1:3] == [("no skips", 0.06), ("U-Net", 0.58)]
assert told[4:6] == [("no skips", 0.18), ("U-Net", 0.74)]
assert round(real["rows"][4]["±"], 2) == 0.17
if data.name == "scenes":
    ours_120, blind_1500, unet_1500 = table[1:]
    assert blind_1500["mean IoU"] > table[0]["mean IoU"]
    assert ours_120["mean IoU"] < blind_1500["mean IoU"]
    assert ours_120["thin IoU"] > blind_1500["thin IoU"]
    assert unet_1500["thin IoU"] > max(ours_120["thin IoU"], blind_1500["thin IoU"])
    assert (round(blind_1500["thin IoU"], 2), round(unet_1500["thin IoU"], 2)) == (0.18, 0.84)


# %% [markdown]
# **A photograph, trained on here.** Coins, outlined by hand: 50 steps on crops of the upper half, then the lower half
# is predicted. Baseline: the upper half's best threshold. *Predict:* where do the networks differ?
#
# <details><summary>Answer</summary>
#
# At outlines: without copies they are ragged. The U-Net's largest mistakes lie inside two coins.
#
# </details>

# %% name="figure-coins" alt="Three rows of image, target, prediction, error: twelve coins. A threshold leaves holes and misses large parts of darker coins; without skips all coins are found with ragged outlines; the U-Net's outlines fit, and two large coins have holes."
coins = se.photo("coins", labels=True)
image, target = coins["image"], (coins["label_map"] == photos.classes.index("coin")).long()
corners = [(y, x) for y in range(0, 87, 16) for x in range(0, 321, 16)]
crops = [(image[:, y : y + 64, x : x + 64], target[y : y + 64, x : x + 64]) for y, x in corners]
gray = image.mean(0)
level = max(torch.arange(0, 1, 0.02), key=lambda t: ((gray[:150] > t) == target[:150]).sum())
guesses = {"a threshold on gray": (gray[150:] > level).long()}
for name in ("no skips", "U-Net"):
    with se.seeded(0):
        network = se.UNet(3, 2, width=8, depth=4, skips=name == "U-Net")
    se.fit(network, crops, steps=50, batch=8, lr=5e-3, progress=False)
    guesses[name] = se.predict(network, image[:, 150:])
three = [image[:, 150:]] * 3, [target[150:]] * 3, list(guesses.values())
options = {"captions": list(guesses), "title": "Trained on the upper half: which outlines are found below?"}
se.show_predictions(*three, ["background", "coin"], None, **options)

# %% tags=["proof"]
scored = {}
for name, guess in guesses.items():
    outlines = se.BoundaryF1(2, tolerance=2).update(guess, target[150:]).mean_f1()
    scored[name] = (se.ConfusionMatrix(2).update(guess, target[150:]).iou()[1].item(), outlines)
assert scored["a threshold on gray"][0] < scored["no skips"][0] < scored["U-Net"][0]
assert scored["U-Net"][1] > scored["no skips"][1] + 0.2


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
    title=f"The worst, not the best, of {len(val)} after {steps} steps: what is confused, what is missing?",
)

# %% [markdown]
# ## Ablation
#
# Six networks with 300 steps of 8 scenes, four again with 1,200, three seeds each. Images are equal, costs are not: see
# the MACs, and the seconds (processor time of one training with scoring, one core).
# `python lectures/recipes/13_unet.py ablation longer` made the tables; `train_anew = True` repeats a seed of 300
# steps.
#
# *Predict* the order after 1,200 steps: what do the skips buy, and what does depth?
#
# <details><summary>Answer</summary>
#
# The skips buy outlines and poles: without them 300 steps find no pole, 1,200 few (IoU 0.14; the others have 0.80 and
# more). Depth buys mean IoU and outlines, 0.07 each: depth 2 is behind with every seed. On poles it is behind with two.
#
# </details>


# %% name="figure-ablation" alt="Bars for four settings with a dot for each seed. No skips is far below all others: a boundary F1 of 0.48, a thin IoU of 0.14. The others have 0.88 to 0.95, and 0.80 to 0.82."
class AddingUNet(se.UNet):
    """Adds the copies; built with skips=False, so that its convolutions expect the channels of one map."""

    def _join(self, copy, features):
        return copy + features[..., : copy.shape[-2], : copy.shape[-1]]


changes = {"no skips": {"skips": False}, "skips added": {"skips": False}, "bilinear up": {"up": "bilinear"}}
changes |= {"U-Net": {}, "depth 2": {"depth": 2}, "group norm": {"norm": "group"}}
short, long = (json.loads(se.shipped(f"results/13_{name}.json").read_text()) for name in ("ablation", "longer"))
scores, tables = ("mean IoU", "boundary F1", "thin IoU"), (short, long)
rows = [{"seconds": None} | row | {"steps": table["steps"]} for table in tables for row in table["rows"]]
for row in rows[:6] if train_anew else []:
    kind = AddingUNet if row["setting"] == "skips added" else se.UNet
    network = kind(**{"num_classes": len(classes), "width": 8, "depth": 4, **changes[row["setting"]]})
    se.fit(network, train, steps=300, batch=8, lr=5e-3)
    row |= score([se.predict(network, sample["image"]) for sample in val])
    row |= {"parameters": se.count_parameters(network), "MACs": se.count_macs(network, (1, 3, *sizes[data.name]))}
print(*([f"trained here on {data.name}, one seed"] if train_anew else [table["about"] for table in tables]), sep="\n")
rows, drawn = (rows[:6], rows[:6]) if train_anew else (rows, long["rows"])
se.results_table(rows, ["setting", "steps", *scores, "seconds", "parameters", "MACs", "receptive field"])
se.comparison_bars(
    [row["setting"] for row in drawn],
    {key: [row[key] if train_anew else row["seeds"][key] for row in drawn] for key in scores[1:]},
    title=f"{300 if train_anew else long['steps']:,} steps: what do copies buy, and what does depth?",
    xlabel="score",
)

# %% [markdown]
# ## Relatives: gates, and nodes between
#
# A copy brings all that is there, noise too. In the [Attention U-Net](https://arxiv.org/abs/1804.03999) an **attention
# gate** compares each place of the copy with the map from below, and multiplies the copy there by a share α between 0
# and 1. We put gates into the stored U-Net and train on, for 30 steps, twice. *Predict:* do both learn the same gates?
#
# <details><summary>Answer</summary>
#
# No. Both coarsest gates are open in the sky and less so below. The finest ones disagree: on the meadow α is about 0.85
# in one network, below 0.5 in the other. So α says what *this* network reads, not what matters in the image.
#
# </details>

# %% name="figure-gates" alt="Two rows of four maps of α, from 8 × 12 to 64 × 96 cells. Both coarsest maps are near 1 in the sky and lower below. The finest maps differ: in the first row the meadow is far higher than the sky, in the second about equal."
streets = se.load_dataset("scenes", "train", size=(64, 96), thin=2.0, thin_width=2.0)
streets, maps = [streets[i] for i in range(64)], []
for seed in (0, 1):
    with se.seeded(seed):
        gated = se.models.AttentionUNet(3, 10, width=8, depth=4)
    gated.load_state_dict(unet.state_dict(), strict=False)  # all weights but those of the gates
    se.fit(gated, streets, steps=30, batch=8, lr=5e-3, seed=seed, progress=False)
    with torch.no_grad():
        shares = gated.eval().gates(gated.preprocessing(street["image"].as_subclass(torch.Tensor)[None]))
    maps += [share[0, 0] for share in shares]  # coarsest first
    means = {name: maps[-1][street["label_map"] == scenes.classes.index(name)].mean() for name in ("sky", "meadow")}
    print(f"seed {seed}, finest gate: mean α", ", ".join(f"{mean:.2f} on {name}" for name, mean in means.items()))
captions = [f"seed {seed}: α, {share.shape[2]} × {share.shape[3]}" for seed in (0, 1) for share in shares]
options = {"columns": 4, "limits": (0.0, 1.0), "colorbar": True}
se.show_row(maps, captions, title="Four gates, trained twice: which places of the copies get through?", **options)

# %% [markdown]
# In [U-Net++](https://arxiv.org/abs/1807.10165) a copy passes nodes, each joined with the map below it. With **deep
# supervision** each node of the finest level has a head and a loss. So the trained network may be cut at a head: its
# logits stay exactly the same. `python lectures/recipes/13_unet.py nested` trained one of depth 3 and cut it.
# *Predict:* what does the deepest level buy?
#
# <details><summary>Answer</summary>
#
# Little here: a mean IoU of 0.61 in place of 0.59, better with each of three seeds, for 1.9 times the multiplications.
#
# </details>

# %% name="relatives"
cut = json.loads(se.shipped("results/13_nested.json").read_text(encoding="utf-8"))
print(cut["about"])
se.results_table(cut["rows"], ["cut at depth", "parameters", "MACs", "mean IoU", "thin IoU"])
networks = {"U-Net": unet, "Attention U-Net": gated, "U-Net++": se.models.UNetPlusPlus(3, 10, width=8, depth=4)}
for name, network in networks.items():
    print(f"{name}: {se.count_parameters(network):,} parameters, {se.count_macs(network, (1, 3, 64, 96)):,} MACs")

# %% tags=["proof"]
sky, meadow = (street["label_map"] == scenes.classes.index(name) for name in ("sky", "meadow"))
upper = F.interpolate(sky[None, None].float(), (8, 12)).bool()[0, 0]
for coarsest in (maps[0], maps[4]):
    assert coarsest[upper].mean() > 0.9 > coarsest[~upper].mean()
assert abs(maps[3][meadow].mean() - 0.85) < 0.03
assert maps[7][meadow].mean() < 0.5
assert maps[3][meadow].mean() > maps[3][sky].mean() + 0.25
assert abs(maps[7][meadow].mean() - maps[7][sky].mean()) < 0.1
assert [round(row["mean IoU"], 2) for row in cut["rows"]] == [0.61, 0.59, 0.52]
assert all(a > b for a, b in zip(cut["rows"][0]["seeds"]["mean IoU"], cut["rows"][1]["seeds"]["mean IoU"]))
assert round(cut["rows"][0]["MACs"] / cut["rows"][1]["MACs"], 1) == 1.9
nested = se.models.UNetPlusPlus(3, 10, width=8, depth=3, supervised=True).eval()
image = torch.rand(1, 3, 61, 90)
with torch.no_grad():
    for depth, name in ((1, "level_1"), (2, "level_2"), (3, "out")):
        torch.testing.assert_close(nested.pruned(depth)(image), nested(image)[name])

# %% [markdown]
# ## What goes wrong
#
# **Symptom.** "The image's height is 570": a valid U-Net refuses the image. **Cause.** An odd map would meet a pooling.
# **Fix.** Pad or crop to a size that fits, or use "same" padding.
#
# **Symptom.** "Expected size 64 but got size 32" or "got 128 channels, expected 64" in the decoder. **Cause.** The
# copies are taken in the wrong order, or joined on an axis that is not the channels'. **Fix.** Take the last copy
# first, join on `dim=1`.
#
# **Symptom.** Seams in a large prediction. **Cause.** No context: near a cut a tile sees zeros in place of its
# neighbor, or a margin or tile that is no multiple of $2^d$. **Fix.** Multiples of $2^d$, margin ≥ reach; or
# the overlap of `se.predict`.

# %%
for call, x in (
    (paper, torch.rand(1, 1, 570, 572)),
    (torch.hstack, [torch.rand(1, 8, 64, 96), torch.rand(1, 16, 32, 48)]),
):
    try:
        call(x)
    except (ValueError, RuntimeError) as error:
        print(str(error), "\n")
image = large["image 1 (%)"]["image"]
for overlap in (0, 64, 128):
    seam = (se.predict(unet, image, 192, overlap) != se.predict(unet, image)).float().mean().item()
    print(f"tiles of 192, overlap {overlap:3}: {seam:.2%} of the labels differ from the untiled prediction")

# %% [markdown]
# ## Which one should I choose?
#
# First what 1,200 steps say. **No skips** has a tenth fewer parameters and with every seed the worst of all scores.
# **Added** skips have the parameters of no skips. Joined ones are ahead with every seed, by 0.02 in mean IoU, 0.01 in
# outlines and poles: to have copies matters far more than how they are joined. **Depth 2**, with a sixteenth of the
# parameters, is far above no skips, and in mean IoU and outlines behind the other two with every seed. **Bilinear** and
# **group norm** had 300 steps only: their mean IoU is 0.05 below the U-Net's, within its seeds' deviation of 0.06.
# Group norm normalizes each image by itself, so a batch may be computed in parts.
#
# | You have | Take |
# |---|---|
# | few images, fine outlines (cells) | a U-Net, "same" padding, [augmentation](11_data_and_augmentation.ipynb) |
# | images of many tiles, exact logits | a margin as wide as the reach, large tiles; both multiples of $2^d$ |
# | images of many tiles, labels | about half of that margin, a multiple of $2^d$: measure it |
# | little memory in training | half the `width`: half the activations, a quarter of the parameters |
# | large objects that need context | more depth: each level about doubles the field |
# | fewer multiplications | added skips (58 million, not 72), or less depth (39) |
#
# ## Recap
#
# An encoder gains context and loses places: in one channel, two images became one pooled map. Channels can keep the
# place, at a price; copies bring it across. You wrote the forward pass; sizes and 31,030,658 parameters were found by
# hand. Tiles give the untiled logits if the margin is as wide as the reach, and it and the tile are multiples of $2^d$.
# The output follows shifts of 16 pixels, not of one. In papers: contracting path, expanding path.
#
# **Formula card**
#
# - joined: $w * [c; u] = w_c * c + w_u * u$, with $c$ the copy, $u$ the map from below
# - double convolution, $a$ to $b$ channels: $9ab + b + 9b^2 + b$ parameters; up-convolution, $2c$ to $c$: $8c^2 + c$
# - border lost by valid convolutions at depth $d$: $4(2^d + 2(2^d - 1))$ pixels, 184 for $d = 4$
# - shifts that are followed: multiples of $2^d$; inner tiles of $t$, margins of $m$: $(1 + 2m/t)^2$ times the work
#
# **Shapes card**
#
# - image `(N, 3, H, W)` → copy of level l `(N, width·2^l, H/2^l, W/2^l)` → logits `(N, classes, H, W)`
# - join: `(N, C, h, w)` and `(N, C, h, w)` → `(N, 2C, h, w)`
# - paper: `(1, 1, 572, 572)` → `(1, 2, 388, 388)`
#
# ## Going further
#
# - [Ronneberger, Fischer, Brox 2015](https://arxiv.org/abs/1505.04597): Fig. 1 with our numbers beside it, the tiles,
#   and a loss that keeps touching cells apart.
# - [Drozdzal et al. 2016](https://arxiv.org/abs/1608.04117): short and long skips, and which of them training needs.
# - [Zhang 2019](https://arxiv.org/abs/1904.11486): why shifts by one pixel are not followed, and a blur that helps.
# - [Isensee et al. 2021, nnU-Net](https://doi.org/10.1038/s41592-020-01008-z): how far a plain U-Net goes with
#   well-chosen settings; its [code base](https://github.com/MIC-DKFZ/nnUNet).
#
# **Next:** networks that gather context at several scales. Back to [all lectures](https://github.com/{{repository}}).
