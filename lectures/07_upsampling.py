# %% [markdown] name="front"
# # 7. Upsampling without weights
#
# {{colab_badge}}
#
# **Question.** How do we get the resolution back?
#
# **You will be able to**
#
# - say for every output pixel which input pixels it is made of, and with which weights,
# - write bilinear upsampling and max unpooling, and hold them against torch's,
# - predict by how many pixels `align_corners` moves an outline,
# - resize label maps so that labels stay labels,
# - evaluate a coarse network at every pixel without training it anew.
#
# **Prerequisites.** [3. Convolution and the receptive field](03_convolution.ipynb), and for section 5
# [6. Dilated convolution](06_dilated_convolution.ipynb).
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
dataset = "scenes"  # or "camvid": the lab then runs on real streets
root = None  # the folder of a real data set; None: where `segedu data fetch` puts it
steps = 150  # of the lab's training
train_anew = False  # True: repeat the last ablation here, one seed (a minute), instead of loading its table

# %% [markdown]
# ## The goal
#
# A network that classifies well goes down: three poolings of 2 × 2, and an image of 64 × 96 pixels has become 8 × 12
# cells. Each cell has ten scores, its **logits**. The largest one is its label.


# %% name="network"
def block(before, after, dilation=1):
    conv = nn.Conv2d(before, after, 3, padding=dilation, dilation=dilation, bias=False)
    return [conv, nn.BatchNorm2d(after), nn.ReLU()]


def encoder(stride, num_classes):
    """Return a network from images (N, 3, H, W) to logits (N, num_classes, H/stride, W/stride), stride 4 or 8."""
    last, rate = ([nn.MaxPool2d(2)], 1) if stride == 8 else ([], 2)
    down = [*block(3, 16), nn.MaxPool2d(2), *block(16, 24), nn.MaxPool2d(2), *block(24, 32), *last]
    return nn.Sequential(*down, *block(32, 48, rate), *block(48, 48, rate), nn.Conv2d(48, num_classes, 1))


class Coarse(nn.Module):
    """An encoder whose logits are brought back to the image's size by bilinear upsampling."""

    def __init__(self, stride=8, num_classes=10, align_corners=False):
        super().__init__()
        self.encoder, self.align_corners = encoder(stride, num_classes), align_corners

    def forward(self, images):
        logits, size = self.encoder(images), images.shape[-2:]
        return F.interpolate(logits, size, mode="bilinear", align_corners=self.align_corners)


# %% name="figure-goal" alt="Two rows. A street scene, its label map, and a prediction made of squares of 8 × 8 pixels; most poles are missing. A photograph of a rocket, its label map, and the same map in squares: the rocket is missing, the towers have become steps."
scenes = se.load_dataset("scenes", "val", size=(64, 96), thin=2.0, thin_width=2.0)
street, photo = scenes[2], se.photo("rocket", size=(64, 96), labels=True)
target = street["label_map"].as_subclass(torch.Tensor)
coarse = se.load_weights(Coarse(), "coarse_stride_8")
with torch.no_grad():
    logits = coarse.encoder(coarse.preprocessing(street["image"].as_subclass(torch.Tensor)[None]))  # (1, 10, 8, 12)
labels = logits[0].argmax(dim=0), photo["label_map"].as_subclass(torch.Tensor)[4::8, 4::8]  # two maps of 8 × 12
se.viz.show_tasks(
    [street, photo],
    [scenes, se.Photos],
    tasks=("image", "semantic"),
    predictions=[each.repeat_interleave(8, dim=0).repeat_interleave(8, dim=1) for each in labels],
    title="8 × 12 labels, drawn as squares, predicted above, true ones below: what is wrong?",
)

# %% [markdown]
# Above, a network's prediction for a scene. Below, the *true* labels of a photograph, one of each 64 kept. *Say what is
# wrong with both before you read on.*
#
# <details><summary>Answer</summary>Both are right in the middle of large things and wrong along their outlines. What is
# narrower than a square gets lost, as most poles and the rocket, or fills one, as the lamp.</details>
#
# Logits hold more than which one is the largest. How do we get the resolution back, with no new weights? Copy, mix, put
# zeros between, remember the places, or look again.
#
# ## 1. Where does an output pixel look?
#
# Take a row of $n$ pixels that is to become $n'$ pixels. Output pixel $i$ looks at some place $u$ in the input. Which?
# That depends on what a pixel *is*.
#
# - **An area.** The two rows cover the same stretch. The center of output pixel $i$ lies at $i + ½$, so it looks at
#   $$u = \left(i + \tfrac12\right)\frac{n}{n'} - \tfrac12 .$$
# - **A point.** The first and the last pixels of the two rows coincide: `align_corners=True`.
#   $$u = i\,\frac{n-1}{n'-1} .$$
#
# $u$ is counted in input pixels from the center of pixel 0. By hand, from 3 to 6 pixels: **we expect** the places
# −0.25, 0.25, 0.75, 1.25, 1.75, 2.25 for areas, and 0, 0.4, 0.8, 1.2, 1.6, 2 for points.


# %% name="places"
def places(n, m, align_corners=False):
    """Return where in n input pixels each of m output pixels looks: (m,)."""
    i = torch.arange(float(m))
    return i * (n - 1) / (m - 1) if align_corners else (i + 0.5) * n / m - 0.5


assert places(3, 6).tolist() == [-0.25, 0.25, 0.75, 1.25, 1.75, 2.25]
torch.testing.assert_close(places(3, 6, align_corners=True), torch.tensor([0, 0.4, 0.8, 1.2, 1.6, 2]))

# %% name="figure-places" alt="Two bands. In each, three colored input pixels stand above six output pixels with arrows to the places they look at. As areas: −0.25, 0.25, 0.75, 1.25, 1.75, 2.25. As points: 0, 0.4, 0.8, 1.2, 1.6, 2, in smaller squares that leave half an input pixel free at both ends. Colors are mixed where a place lies between two pixels."
se.viz.draw_sampling(
    3,
    6,
    title="As areas, outer pixels look past the outer centers; as points, the ends coincide and the rest is squeezed",
)

# %% [markdown]
# **Nearest** interpolation copies one pixel: the one that covers the place. Pixel $k$ covers $k - ½$ to $k + ½$, so it
# is $\lfloor u + ½ \rfloor$. By hand, from 5 to 3 pixels: **we expect** pixels 0, 2 and 4.


# %% name="nearest"
def nearest(x, size):  # (N, C, H, W) -> (N, C, *size): the pixel under each output pixel's center
    rows, columns = ((places(n, m) + 0.5).floor().long() for n, m in zip(x.shape[2:], size))
    return x[:, :, rows[:, None], columns]


five = torch.arange(5.0).view(1, 1, 1, 5)
print("under the centers:     ", nearest(five, (1, 3)).flatten().tolist())
print('torch, mode="nearest": ', F.interpolate(five, (1, 3), mode="nearest").flatten().tolist())
x = torch.rand(2, 3, 5, 7)
assert torch.equal(nearest(x, (9, 4)), F.interpolate(x, (9, 4), mode="nearest-exact"))

# %% name="proof-nearest" tags=["proof"]
assert nearest(five, (1, 3)).flatten().tolist() == [0, 2, 4]
assert F.interpolate(five, (1, 3), mode="nearest").flatten().tolist() == [0, 1, 3]

# %% [markdown]
# A trap: torch's `mode="nearest"` takes $\lfloor i\,n/n' \rfloor$, the pixel under the *left edge*;
# `mode="nearest-exact"` takes the one under the center, as we do. Enlarging by a whole factor, both agree. Shrinking,
# the picture moves to the right.
#
# **Where does a *cell* of a network lie?** At the middle of its receptive field, which `se.receptive_field` knows.

# %%
for name, layers in (("poolings 2 × 2", [(2, 2)] * 3), ("convolutions 3 × 3, stride 2", [(3, 2, 1)] * 3)):
    field = se.receptive_field(layers)
    print(f"{name}: middle of cell 0 at pixel {field.start[0] + (field.size[0] - 1) / 2}, {field.jump[0]} apart")

# %% [markdown]
# <div class="alert alert-success">
#
# **Checkpoint.** After three poolings of 2 × 2, cell 0 lies at pixel 3.5 and stands for pixels 0 to 7: **areas**. After
# three convolutions 3 × 3 with stride 2 and padding 1 it lies at pixel 0. Which `align_corners` is that?
#
# <details><summary>Answer</summary>Points. With $8k + 1$ pixels the last cell lies on the last pixel, and
# <code>align_corners=True</code> is exact: DeepLab's crops have 513 = 8·64 + 1. The encoders of lectures 6 and 8 have
# such convolutions too, and most of their maps are enlarged as areas all the same; there, training has to absorb the
# half cell. The lab measures what the other flag than in training costs.</details>
#
# </div>
#
# ## 2. Mixing: bilinear, bicubic
#
# Where $u$ lies between two pixels, mix them: at distance $t$ from the left one, weights $1 - t$ and $t$. Beyond the
# outer centers the border pixel counts alone, so indices are clamped to $0 … n - 1$.
#
# By hand, the row 0 8 4 at twice its size: **we expect** 0, 2, 6, 7, 5, 4. The third: $u = 0.75$, so
# $0.25·0 + 0.75·8 = 6$. All weights together are a **matrix**, one row per output pixel.

# %% name="figure-bilinear" alt="A 6 × 3 matrix of weights, with rows such as 0.75 0.25 0, times the column 0 8 4 gives 0 2 6 7 5 4."
row = torch.tensor([0.0, 8, 4])
matrix = se.ops.interpolation_matrix(3, 6, "bilinear").float()
se.matrix_figure(
    [matrix, row[:, None], (matrix @ row)[:, None]],
    ["weights", "input", "output"],
    symbols=["·", "="],
    rows={0: "output pixel"},
    columns={0: "input pixel"},
    title="Upsampling a row is a product with a small matrix whose rows sum to 1",
)

# %% name="proof-bilinear" tags=["proof"]
assert (matrix @ row).tolist() == [0, 2, 6, 7, 5, 4]

# %% [markdown]
# An image has two axes, and they don't know of each other: one matrix for the rows, one for the columns,
# $$Y = R\,X\,C^\top .$$
# $X$ is the image (H, W), $R$ is (H', H), $C$ is (W', W). **We expect** torch's numbers.
#
# So the weights of one output pixel are a product: its row of $R$ times its row of $C$. By hand, from 3 × 4 to 6 × 8,
# the output pixel in row 2, column 3: it looks at $u = 0.75$ down and $u = 1.25$ across. **We expect** weights in rows
# 0 and 1, columns 1 and 2, the largest $0.75·0.75 = 0.5625$, and the value
# $0.1875·3 + 0.0625·0 + 0.5625·0 + 0.1875·5 = 1.5$.

# %% name="figure-weights" alt="A 3 × 4 grid, a 3 × 4 grid of weights with 0.19 0.06 above 0.56 0.19 in rows 0 and 1, columns 1 and 2, and a 6 × 8 output whose cell in row 2, column 3 is framed and holds 1.5."
grid = torch.tensor([[1.0, 3, 0, 2], [4, 0, 5, 1], [2, 6, 3, 0]])
rows, columns = se.ops.interpolation_matrix(3, 6).float(), se.ops.interpolation_matrix(4, 8).float()
y = rows @ grid @ columns.T
torch.testing.assert_close(y, F.interpolate(grid[None, None], (6, 8), mode="bilinear")[0, 0])
weights = torch.outer(rows[2], columns[3])
se.matrix_figure(
    [grid, weights, y],
    ["input", "weights of the framed output", "output"],
    symbols=["", "→"],
    highlight={0: (0, 1, 2, 2), 1: (0, 1, 2, 2), 2: (2, 3, 1, 1)},
    title="Four neighbors, four weights: 0.56 for the nearest, 0.06 for the farthest",
)

# %% name="proof-weights" tags=["proof"]
assert y[2, 3] == (weights * grid).sum() == 1.5
assert weights.max() == 0.5625

# %% [markdown] name="task-bilinear"
# ### Exercise 7.1 (implement): bilinear from scratch
#
# <div class="alert alert-info">
#
# **Task.** Write `bilinear(x, size, align_corners=False)` for x $(N, C, H, W)$ and `size` = $(H', W')$, larger or
# smaller, without a resizing of torch, such as `F.interpolate`, `F.grid_sample` or `nn.Upsample`, without the course's,
# such as `se.ops.interpolation_matrix`, and without a ready-made resizing of another package, such as Pillow's or
# `scipy.ndimage.zoom`. Where one output pixel stands alone, `align_corners` lets it look at pixel 0. Values are judged,
# not gradients.
#
# What a right answer draws: `se.target("07.bilinear")`.
# Stuck? `se.hint("07.bilinear", 1)`, then 2, then 3.
#
# </div>


# %% name="exercise-bilinear"
def bilinear(x, size, align_corners=False):
    """x (N, C, H, W) -> (N, C, *size)."""
    ### BEGIN SOLUTION
    for axis, m in ((2, size[0]), (3, size[1])):
        n, i = x.shape[axis], torch.arange(float(m))
        u = i * (n - 1) / max(m - 1, 1) if align_corners else (i + 0.5) * n / m - 0.5
        low, t = u.floor().long(), u - u.floor()
        t = t[:, None] if axis == 2 else t
        before, after = (x.index_select(axis, k.clamp(0, n - 1)) for k in (low, low + 1))
        x = before * (1 - t) + after * t
    return x
    ### END SOLUTION


# %% name="check-bilinear"
passed = se.check("07.bilinear", bilinear)

# %% name="figure-bilinear-yours" alt="A cup of coffee on a saucer with a spoon: in squares of one color, and smooth."
if passed:
    small = se.photo("coffee", size=(20, 30))
    se.show_row(
        [small.repeat_interleave(12, 1).repeat_interleave(12, 2), bilinear(small[None], (240, 360))[0]],
        ["20 × 30 pixels, repeated", "your bilinear upsampling"],
        title="Nothing is known that was not known before, and yet the outlines run where an eye puts them",
    )
else:
    se.target("07.bilinear")

# %% [markdown]
# **Bicubic** interpolation mixes four pixels along each axis, by a curve that dips below zero (Keys 1981; torch takes
# $a = -0.75$, and $-0.5$ with `antialias=True`). Edges get steeper, at a price: at an edge from 0 to 4 **we expect**
# values below 0 and above 4. Fed with probabilities, it returns negative ones.

# %% name="proof-cubic" tags=["proof"]
t = (places(6, 12)[:, None] - torch.arange(-2.0, 8)).abs()  # two pixels beyond each end; a = -0.75
near, far = 1.25 * t**3 - 2.25 * t**2 + 1, -0.75 * (t**3 - 5 * t**2 + 8 * t - 4)
weights = torch.where(t <= 1, near, torch.where(t < 2, far, 0.0))
edge = torch.tensor([0.0, 0, 0, 4, 4, 4])
twice = F.interpolate(edge.view(1, 1, 1, 6), (1, 12), mode="bicubic").flatten()
torch.testing.assert_close(weights @ F.pad(edge[None], (2, 2), mode="replicate")[0], twice)
assert twice.min() < -0.4
assert twice.max() > 4.4

# %% name="figure-photo" alt="A cat's eye three times: in squares of one color; blurred, with faint crosses; rounder and a little sharper."
edge = torch.tensor([0.0, 0, 0, 4, 4, 4]).view(1, 1, 1, 6)
print("bicubic:", [round(value, 2) for value in se.ops.upsample_bicubic(edge, (1, 12)).flatten()[3:9].tolist()])
eye = se.photo("chelsea")[:, 88:118, 142:190][None]  # (1, 3, 30, 48)
ways = (se.ops.upsample_nearest, se.ops.upsample_bilinear, se.ops.upsample_bicubic)
se.show_row(
    [way(eye, (210, 336))[0].clamp(0, 1) for way in ways],
    ["nearest", "bilinear", "bicubic"],
    title="The eye of a cat at seven times its size: squares, soft stars around bright pixels, rounder curves",
)

# %% [markdown]
# **Going down** with the same formulas goes wrong. From 24 to 4 pixels, bilinear weights fall on the two pixels beside
# each place: **we expect** that 8 of the 24 count, and 16 are never looked at. `antialias=True` widens the tent by the
# factor, so that all count. Stripes of half an output pixel then become gray.

# %% name="figure-antialias" alt="A brick wall; shrunk without antialias its joints are bright dashes with gaps; with antialias they are gray lines without gaps."
tiles = se.photo("brick")[:1, :480, :480][None]  # (1, 1, 480, 480)
plain, smooth = (se.ops.upsample_bilinear(tiles, (60, 60), antialias=wide)[0] for wide in (False, True))
se.show_row(
    [tiles[0], plain, smooth],
    ["a brick wall, 480 × 480", "60 × 60, bilinear", "60 × 60, bilinear, antialias"],
    title="Shrunk by eight without antialias, joints break into dashes; with it they are fainter, and whole",
)

# %% name="proof-antialias" tags=["proof"]
for wide, used in ((False, 8), (True, 24)):
    assert se.ops.interpolation_matrix(24, 4, "bilinear", antialias=wide).ne(0).any(dim=0).sum() == used

# %% [markdown]
# ### What `align_corners` does to a label map
#
# A label map comes from logits: upsample, then take the largest. Look at one row of cells. Cells 0 … `edge` − 1 say
# *road*, the others *pole*: one class's logit leads by 1, then the other's. Bilinear upsampling draws a line from −1 to
# +1 between the two centers, so the label changes at $u =$ `edge` − ½.
#
# *Predict:* 12 cells become 96 columns, and the outline lies in front of cell 1. Repeated cells put it at column 8.
# Does `align_corners` move it to the left or to the right? And in front of cell 11?
#
# <details><summary>Answer</summary>Away from the middle: to the left, from column 8 to column 5; in front of cell 11 to
# the right, from 88 to 91.</details>
#
# ### Exercise 7.2 (predict, then measure): where does the outline land?
#
# <div class="alert alert-info">
#
# **Task.** Write `first_column(edge, width, output_width, align_corners=False)`: the first output column with the
# second class, an int, for 1 ≤ `edge` < `width` ≤ `output_width`. Upsample nothing: solve for it, without a resizing of
# torch or of the course. At a tie `argmax` takes the first class.
#
# What a right answer draws: `se.target("07.first_column")`.
# Stuck? `se.hint("07.first_column", 1)`, then 2, then 3.
#
# </div>


# %% name="exercise-first-column"
def first_column(edge, width, output_width, align_corners=False):
    """Return the first column whose place lies beyond edge − 1/2."""
    ### BEGIN SOLUTION
    for i in range(output_width):
        u = i * (width - 1) / (output_width - 1) if align_corners else (i + 0.5) * width / output_width - 0.5
        if u > edge - 0.5:
            return i
    return output_width
    ### END SOLUTION


# %% name="check-first-column"
passed = se.check("07.first_column", first_column)

# %% name="figure-first-column" alt="A rising staircase from −3 columns at cell 1 through 0 at cell 6 to 3 columns at cell 11."
if passed:
    edges = list(range(1, 12))
    moved = [first_column(e, 12, 96, True) - first_column(e, 12, 96, False) for e in edges]
    se.curve(
        edges,
        {"align_corners moves it by": moved},
        "the outline lies in front of cell …",
        "columns to the right",
        "With align_corners outlines move away from the middle, by up to three columns of a cell's eight",
        lines={"not moved": 0.0},
        height=340,
    )
else:
    se.target("07.first_column")

# %% name="proof-first-column" tags=["proof"]
for edge, first in ((1, (8, 5)), (6, (48, 48)), (11, (88, 91))):
    scores = (torch.arange(12) >= edge).float().view(1, 1, 12) - 0.5
    for flag, column in zip((False, True), first):
        up = F.interpolate(scores.double(), 96, mode="linear", align_corners=flag)
        assert int((up > 1e-9).nonzero()[0, 2]) == column

# %% [markdown]
# **Play**, with the 3 × 4 map of the figure above. *Predict first:* from how many different input pixels does a corner
# of the output come, and from how many the framed pixel in row 2, column 3? Switch `align_corners` on, and look at the
# same two. Switch it off again and change one thing: the method, to bicubic. How many now, and which weights are
# negative?
#
# <details><summary>Answer</summary>The corner comes from one pixel, the framed one from four, with either flag. With
# bicubic: four and twelve (border pixels count twice). Weights are negative where one of the two distances lies
# between 1 and 2.</details>

# %% name="widget-upsampling"
se.explorers.UpsamplingExplorer(grid.tolist(), method="bilinear", factor=2, position=2 * 8 + 3)

# %% name="proof-play" tags=["proof"]
for mode, flag, counts in (("bilinear", False, (1, 4)), ("bilinear", True, (1, 4)), ("bicubic", False, (4, 12))):
    axes = [se.ops.interpolation_matrix(n, 2 * n, mode, align_corners=flag) for n in (3, 4)]
    seen = [torch.outer(axes[0][i], axes[1][j]).abs().gt(1e-9).sum().item() for i, j in ((0, 0), (2, 3))]
    assert tuple(seen) == counts

# %% [markdown]
# ## 3. Labels are names
#
# Class 8 is not twice class 4. Labels are names that happen to be written as numbers, and the mean of two names is no
# name. Between *sky* (0) and *pyramid* (8), at four times the size: **we expect** 0 0 1 3 5 7 8 8. Read these numbers
# as classes.


# %%
def resize_by_mixing(labels, size):
    return F.interpolate(labels[None, None].float(), size, mode="bilinear")[0, 0].round().long()


mixed = resize_by_mixing(torch.tensor([[0, 8]]), (1, 8))[0]
print(mixed.tolist(), " ".join(scenes.classes[label] for label in mixed))

# %% [markdown]
# A meadow, a building, a pole and a boulder, where there is nothing but sky and a pyramid. The rule: **upsample scores,
# then take the largest. If you have only labels, copy them.** For copying, the order doesn't matter. For mixing it
# does. By hand, two cells with logits (4, 0) and (0, 1), at four times the size. **We expect** 4 columns of each class
# if labels are copied. If logits are mixed, class 1 wins where $t·1 > (1 - t)·4$, so beyond $t = 0.8$: in 3 columns of
# 8. The surer cell gets more room.

# %%
two = torch.tensor([[4.0, 0.0], [0.0, 1.0]])[None, :, None]  # (1, classes, 1, cells)
copied = se.ops.upsample_nearest(two.argmax(1, keepdim=True), (1, 8)).flatten()
interpolated = se.ops.upsample_bilinear(two, (1, 8)).argmax(1).flatten()
print("labels copied:", copied.tolist(), " logits mixed:", interpolated.tolist())

# %% name="proof-labels" tags=["proof"]
assert mixed.tolist() == [0, 0, 1, 3, 5, 7, 8, 8]
assert torch.equal(copied, se.ops.upsample_nearest(two, (1, 8)).argmax(1).flatten())
assert (copied.sum(), interpolated.sum()) == (4, 3)

# %% [markdown] name="task-resize-labels"
# ### Exercise 7.3 (debug): classes that nobody drew
#
# A bug report: "Our label maps have ten classes and void (255). After `resize_by_mixing` they have many more."
#
# <div class="alert alert-info">
#
# **Task.** Run it on the row 0, 8, 255, to 12 columns. Then write `resize_labels(labels, size)`: labels
# $(H, W)$ of any integers (void, negative ones, 2²⁴ + 1) to `size`, larger or smaller, in the dtype of `labels`. Each
# output pixel gets the label of the input pixel under its center; a center on the border of two pixels belongs to the
# later one, below or on the right. Do it without a resizing of torch, such as `F.interpolate`, or of the course, and
# without a ready-made resizing of another package, such as Pillow's or `scipy.ndimage.zoom`.
#
# What a right answer draws: `se.target("07.resize_labels")`.
# Stuck? `se.hint("07.resize_labels", 1)`, then 2, then 3.
#
# </div>


# %% name="exercise-resize-labels"
def resize_labels(labels, size):
    """labels (H, W) -> (h, w) of the same dtype."""
    ### BEGIN SOLUTION
    rows, columns = (((torch.arange(m) + 0.5) * n / m).long() for n, m in zip(labels.shape, size))
    return labels[rows[:, None], columns]
    ### END SOLUTION


# %% name="check-resize-labels"
passed = se.check("07.resize_labels", resize_labels)

# %% name="figure-resize-labels" alt="The label map of a photograph of an astronaut beside a flag and a model rocket. Resized bilinearly, thin seams of other classes run along every outline. Copied, the map shows the same classes as before, in larger squares."
if passed:
    window = se.photo("astronaut", size=(48, 48), labels=True)["label_map"].as_subclass(torch.Tensor)
    theirs, yours = (resize(window, (144, 144)) for resize in (resize_by_mixing, resize_labels))
    invented = len(set(theirs.unique().tolist()) - set(window.unique().tolist()))
    se.show_row(
        [window, theirs, yours],
        ["a photograph's labels, 48 × 48", f"mixed, 144 × 144: {invented} more classes", "yours, 144 × 144"],
        colors=se.Photos.colors,
        classes=se.Photos.classes,
        title="Mixed labels put a seam of foreign classes around everything; copied labels are only coarse",
    )
else:
    se.target("07.resize_labels")

# %% [markdown]
# ## 4. Putting back: nails and remembered places
#
# Copying and mixing fill every pixel. The third idea fills few. A **bed of nails** puts each value into the corner of
# its block and zeros around it; a convolution after it is to fill the gaps. (Which convolution? That is
# [lecture 8](08_transposed_convolution.ipynb).)
#
# The fourth idea: the network that goes down *knew* where its maxima stood. **Max pooling with indices** writes it
# down, as one number row · W + column. **Max unpooling** puts a value back there. (Zeiler and Fergus used such
# "switches" in 2014 to look into networks; Noh et al. and SegNet brought them into segmentation in 2015.) By hand, on
# 4 × 6 cells: the first block is 1 3 / 9 2, so its maximum is 9, in row 1, column 0. **We expect** index
# $1·6 + 0 = 6$.

# %% name="figure-unpooling" alt="A 4 × 6 map, its 2 × 3 maxima 9 4 5 and 6 7 8, their indices 6 8 4 and 19 15 17, and two 4 × 6 maps with six numbers and eighteen zeros: in the corners of the blocks, and at the places that the maxima had in the map."
x = torch.tensor([[1, 3, 0, 2, 5, 1], [9, 2, 4, 1, 2, 3], [2, 0, 1, 7, 0, 8], [1, 6, 3, 2, 4, 1]])
values, indices = se.ops.max_pool_with_indices(x[None, None], 2)
nails, back = se.ops.bed_of_nails(values, 2), se.ops.max_unpool(values, indices, (4, 6))
se.matrix_figure(
    [x, values[0, 0], indices[0, 0], nails[0, 0], back[0, 0]],
    ["map", "maxima", "indices", "bed of nails", "unpooled"],
    symbols=["→", "", "→", ""],
    highlight={0: [(1, 0, 1, 1)], 2: [(0, 0, 1, 1)], 3: [(0, 0, 1, 1)], 4: [(1, 0, 1, 1)]},
    title="Nails put a maximum in the corner of its block, unpooling where it stood",
)

# %% name="proof-indices" tags=["proof"]
assert indices[0, 0].tolist() == [[6, 8, 4], [19, 15, 17]]
few = torch.randint(0, 3, (1, 2, 9, 11)).float()  # three values, so many ties
for ours, theirs in zip(se.ops.max_pool_with_indices(few, 3), F.max_pool2d(few, 3, return_indices=True)):
    assert torch.equal(ours, theirs)

# %% [markdown] name="task-unpool"
# ### Exercise 7.4 (implement): max unpooling
#
# <div class="alert alert-info">
#
# **Task.** Write `unpool(values, indices, size)`: values and indices $(N, C, h, w)$, `size` = $(H, W)$ of the map that
# was pooled, to $(N, C, H, W)$, without an unpooling of torch, such as `F.max_unpool2d`, or of the course.
# An index counts row by row inside its own plane.
#
# What a right answer draws: `se.target("07.unpool")`.
# Stuck? `se.hint("07.unpool", 1)`, then 2, then 3.
#
# </div>


# %% name="exercise-unpool"
def unpool(values, indices, size):
    """Return zeros (N, C, H, W) with each value at its index."""
    ### BEGIN SOLUTION
    (n, c), (height, width) = values.shape[:2], size
    flat = values.new_zeros(n, c, height * width)
    return flat.scatter(2, indices.flatten(2), values.flatten(2)).view(n, c, height, width)
    ### END SOLUTION


# %% name="check-unpool"
passed = se.check("07.unpool", unpool)

# %% name="figure-unpool" alt="A photographer; the same in squares of 4 × 4; as a regular grid of dots; and as scattered dots, each at the brightest pixel of its block."
if passed:
    gray = se.photo("camera", size=(64, 64)).mean(dim=0)[None, None]
    maxima, where = F.max_pool2d(gray, 4, return_indices=True)
    nails, back = se.ops.bed_of_nails(maxima, 4), unpool(maxima, where, (64, 64))
    se.show_row(
        [gray[0], se.ops.upsample_nearest(maxima, (64, 64))[0], nails[0], back[0]],
        ["64 × 64", "pooled 4 × 4, copied", "pooled, on nails", "pooled, unpooled"],
        height=256,
        title="Unpooled maxima stand exactly where they stood; fifteen of sixteen pixels are black",
    )
else:
    se.target("07.unpool")

# %% [markdown]
# **Why is it seldom used today?** Unpooled maxima are in place, and that is worth something: an ablation below measures
# it. But the way up must mirror the way down, channel by channel, and most cells are zeros. An index tells *where* a
# maximum stood, not what was around it. A **copy** of the whole map, handed across, tells both:
# [13. U-Net](13_unet.ipynb) is built on that.
#
# ## 5. Looking again: shift and stitch
#
# The fifth idea needs no upsampling at all. A network with stride $s$ answers at every $s$-th pixel. Shift the image by
# one pixel, and it answers at the pixels between. With all $s × s$ shifts every pixel has its own answer; only the
# stitching is left: **shift and stitch** (OverFeat 2014, FCN 2015).
#
# Take a network of total stride 4 without padding. The cell $(i, j)$ of the run that is shifted by $(δ_y, δ_x)$ belongs
# at $(4i + δ_y,\; 4j + δ_x)$. **We expect** sixteen runs, and a map with one cell for each place of the window.


# %% name="stitch"
with se.seeded(0):
    strided = nn.Sequential(nn.Conv2d(3, 8, 3, stride=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, 5, 3)).eval()
picture = se.photo("coffee", size=(37, 46))[None]
window = se.receptive_field(strided).size[0]  # 13
dense = torch.zeros(1, 5, 37 - window + 1, 46 - window + 1)
with torch.no_grad():
    for dy in range(4):
        for dx in range(4):
            dense[:, :, dy::4, dx::4] = strided(picture[:, :, dy:, dx:])
print(f"window {window}, so {tuple(dense.shape[2:])} places; one run gives {tuple(strided(picture).shape[2:])}")

# %% name="figure-stitch" alt="An 8 × 12 grid with the numbers 0 to 15 in blocks of 4 × 4 that repeat; cells of one color come from one run."
run_of = 4 * (torch.arange(8)[:, None] % 4) + torch.arange(12) % 4  # which of the 16 runs made this cell
se.matrix_figure(
    [run_of],
    ["the run, 4·dy + dx, that made each cell"],
    taps={0: run_of},
    highlight={0: [(0, 0, 4, 4)]},
    cell=30,
    title="Sixteen coarse maps, interlaced: each run fills every fourth row and column",
)

# %% [markdown]
# Sixteen runs recompute a lot. The strides could be taken out instead, and the layers after them dilated, as in
# [lecture 6](06_dilated_convolution.ipynb). **We expect** the same numbers from one run. And the bill?

# %%
dilated = se.ops.strided_to_dilated(strided, 1).eval()
with torch.no_grad():
    torch.testing.assert_close(dilated(picture), dense)
shifted = sum(se.count_macs(strided, (1, 3, 37 - dy, 46 - dx)) for dy in range(4) for dx in range(4))
bill = {"strided, one run": se.count_macs(strided, (1, 3, 37, 46)), "shift and stitch, 16 runs": shifted}
bill["dilated, one run"] = se.count_macs(dilated, (1, 3, 37, 46))
one = bill["strided, one run"]
se.results_table([{"evaluation": name, "MACs": macs, "runs' worth": macs / one} for name, macs in bill.items()])

# %% name="proof-stitch" tags=["proof"]
torch.testing.assert_close(dense, se.ops.shift_and_stitch(strided, picture, stride=4).detach())
assert list(bill.values()) == [108_216, 1_569_168, 638_640]
assert 5.85 < bill["dilated, one run"] / one < 5.95

# %% [markdown]
# The dilated run costs less than half of shift and stitch, and still six times one coarse run. The trick explains what
# dilation is for: **the strided network already has an opinion at every pixel; the stride only keeps us from asking.**
#
# ## Lab: one network, six ways back
#
# A network goes down by 8 and is trained with bilinear upsampling at its end. Then its logits are brought back in
# other ways, without training anew. Scores: mean IoU, the IoU of a thin class, *pole*, and the **boundary F1**: an
# outline pixel of a class is right if the other map has one at most one pixel away; F1 is the harmonic mean of two
# shares: of predicted outlines that are right, and of true ones that were found ([lecture 9](09_metrics.ipynb)).
#
# **The trivial baseline** never looks at the image: each pixel gets the class that was most frequent at its place. At
# the other end, we shrink the **truth** itself to 8 × 12 cells and bring it back. *Predict:* can the network find more
# of the outlines than that truth, copied?
#
# <details><summary>Answer</summary>On the scenes it can: two cells leave room for an outline anywhere between them, and
# training has taught the logits where it runs.</details>
#
# The last way looks again: the dilated twin of the encoder gives logits at every place of its window. Its first cell
# lies at pixel 3.5, half a pixel beside the grid. Averaging 2 × 2 neighbors moves the map by this half pixel; the
# border that is missing is repeated.


# %% name="data"
options = {"thin": 2.0, "thin_width": 2.0} if dataset == "scenes" else {"root": root, "fallback": True}
data = se.load_dataset(dataset, "train", size=(64, 96), **options)
classes, colors = data.classes, data.colors
thin = "pole"
train = [data[i] for i in range(min(256, len(data)))]
held_out = se.load_dataset(dataset, "val", size=(64, 96), **options)
val = [held_out[i] for i in range(min(64, len(held_out)))]


# %% name="score"
def score(predictions):
    """Return mean IoU, boundary F1 and the thin class's IoU of label maps, one per validation image."""
    matrix, outlines = se.ConfusionMatrix(len(classes)), se.BoundaryF1(len(classes), tolerance=1)
    for prediction, sample in zip(predictions, val):
        matrix.update(prediction, sample["label_map"])
        outlines.update(prediction, sample["label_map"])
    pole = matrix.iou()[classes.index(thin)].item()
    return {"mean IoU": matrix.mean_iou(), "boundary F1": outlines.mean_f1(), "thin IoU": pole}


def trained(model, seed=0, **options):
    return se.fit(model, train, steps=steps, batch=8, lr=1e-2, seed=seed, **options)


upsample = bilinear if se.passed("07.bilinear") else se.ops.upsample_bilinear  # yours, once it is right


def rounded(logits, size):
    """The mistake of section 3."""
    labels = logits.argmax(1, keepdim=True).float()
    return se.ops.upsample_bilinear(labels, size).round().long()[:, 0]


methods = {
    "labels mixed and rounded": rounded,
    "labels copied": lambda logits, size: se.ops.upsample_nearest(logits.argmax(1, keepdim=True), size)[:, 0],
    "logits, bilinear": lambda logits, size: upsample(logits, size).argmax(1),
    "logits, bilinear, align_corners": lambda logits, size: upsample(logits, size, True).argmax(1),
    "logits, bicubic": lambda logits, size: se.ops.upsample_bicubic(logits, size).argmax(1),
}


# %% name="stitched"
def stitched(model, images):
    """images (N, 3, H, W) in [0, 1] -> logits (N, classes, H, W): the encoder asked at every pixel."""
    stride = images.shape[-1] // model.encoder(images).shape[-1]
    logits = se.ops.strided_to_dilated(model.encoder, 1).eval()(model.preprocessing(images))  # stride − 1 fewer a side
    return F.pad(F.avg_pool2d(logits, 2, stride=1), (stride // 2,) * 4, mode="replicate")


# %% name="figure-history" alt="Three panels. The training loss falls steeply at first and slowly later, the validation mean IoU rises, the learning rate rises, stays, and falls to 0."
with se.seeded(0):
    network = Coarse(8, len(classes))
run = trained(network, val=val)
se.plot_history(run.history)

# %% name="lab"
images = torch.stack([sample["image"].as_subclass(torch.Tensor) for sample in val])
truth = torch.stack([sample["label_map"].as_subclass(torch.Tensor) for sample in val])
maps = torch.stack([sample["label_map"].as_subclass(torch.Tensor) for sample in train])  # (N, H, W)
usual = torch.stack([(maps == c).sum(0) for c in range(len(classes))]).argmax(0)  # (H, W)
shares = F.avg_pool2d(torch.stack([truth == c for c in range(len(classes))], dim=1).float(), 8)  # (N, C, 8, 12)
table = [{"way back": "most frequent at this place", **score([usual] * len(val))}]
model = run.model.cpu()  # if it was trained on a GPU
with torch.no_grad():
    logits, again = model.encoder(model.preprocessing(images)), stitched(model, images)
for name, method in methods.items():
    table.append({"way back": name, **score(method(logits, images.shape[2:]))})
table.append({"way back": "shift and stitch", **score(again.argmax(1))})
for name in ("labels copied", "logits, bilinear"):
    table.append({"way back": f"the truth at 8 × 12, {name}", **score(methods[name](shares, images.shape[2:]))})
se.results_table(table)

# %% name="proof-lab" tags=["proof"]
outlines = {row["way back"]: row["boundary F1"] for row in table}
assert outlines["labels mixed and rounded"] + 0.05 < outlines["labels copied"] < outlines["logits, bilinear"] - 0.05
assert outlines["logits, bilinear, align_corners"] < outlines["logits, bilinear"] - 0.05
assert outlines["labels copied"] < outlines["the truth at 8 × 12, labels copied"] < outlines["logits, bilinear"]
ious = {row["way back"]: row["mean IoU"] for row in table}
for found, most in ((outlines, 0.03), (ious, 0.02)):
    assert abs(found["logits, bicubic"] - found["shift and stitch"]) < most

# %% [markdown]
# **On the scenes**, read the outlines from top to bottom (real streets stand below).
#
# - **Mixed labels** are far below copied ones: all those seams count as wrong outlines.
# - **Copied labels** stay below the truth copied, and **mixed logits** pass it.
# - The **other `align_corners`** than in training gives much of it back: outlines are moved, most at the borders.
# - **Bicubic**, in one run, does about as well as **looking again**, which costs 17.
#
# **The worst prediction**: the validation image with the lowest mean IoU of its own, brought back in four ways.


# %% name="figure-worst" alt="Four rows of image, target, prediction and error for one image: seams of foreign classes around trees and stones; squares; smooth outlines; and finer outlines. Whole things that got a wrong class are wrong in all rows."
def own_score(i):
    return se.ConfusionMatrix(len(classes)).update(again[i].argmax(0), truth[i]).mean_iou()


worst = min(range(len(val)), key=own_score)
drawn = ["labels mixed and rounded", "labels copied", "logits, bilinear"]
pictures = [methods[name](logits[worst : worst + 1], images.shape[2:])[0] for name in drawn]
se.show_predictions(
    [images[worst]] * 4,
    [truth[worst]] * 4,
    [*pictures, again[worst].argmax(0)],
    classes,
    colors,
    captions=[*drawn, "shift and stitch"],
    title="The worst image, brought back in four ways: which errors does a better way mend?",
)

# %% [markdown]
# Ways back mend what lies along outlines. What the network took for something else stays wrong.
#
# ## Ablation
#
# **The lab with four times the steps**, three seeds, strides 8 and 4, on the scenes, by
# `python lectures/recipes/07_upsampling.py longer`. *Predict:* what is worth more, a better way back or half the
# stride?
#
# <details><summary>Answer</summary>From copied labels, about as much: outlines gain 0.31 by the best way back, 0.33 by
# half the stride. From bilinear, half the stride still gains 0.19. Bilinear, the best way in outlines, is free; half
# the stride costs 1.7 times the MACs, trained anew.</details>

# %% name="figure-ways" alt="Pairs of bars for six ways back, with a dot per seed. At stride 8: labels mixed 0.19, copied 0.37, logits bilinear 0.68, with the wrong align_corners 0.47, bicubic 0.67, shift and stitch 0.68. At stride 4: 0.31, 0.71, 0.87, 0.81, 0.88, 0.89."
import json

files = [se.shipped(f"results/07_{name}.json") for name in ("upsampling", "longer")]
short, stored = (json.loads(file.read_text(encoding="utf-8")) for file in files)
scores, costs = ["mean IoU", "boundary F1", "thin IoU"], ["parameters", "MACs", "receptive field"]
early = [{"boundary F1, 250 steps": row["boundary F1"]} for row in short["ways"]]
print("loaded:", stored["about"])
table = [row | then for row, then in zip(stored["ways"], early, strict=True)]
se.results_table(table, ["stride", "way back", *scores, *early[0], *costs])
ways = {stride: [row for row in stored["ways"] if row["stride"] == stride] for stride in (8, 4)}
se.comparison_bars(
    [row["way back"] for row in ways[8]],
    {f"stride {stride}": [row["seeds"]["boundary F1"] for row in rows] for stride, rows in ways.items()},
    xlabel="boundary F1 on the scenes (a dot per seed)",
    title="What is worth more, a better way back or half the stride?",
)
print("loaded:", short["camvid"]["about"])
se.results_table(short["camvid"]["rows"])

# %% [markdown]
# From labels copied to logits mixed, outlines gain 0.31 at stride 8 and 0.16 at stride 4: coarser cells gain more
# outlines, but fewer poles. At stride 8 bicubic, in one run, has the mean IoU of looking again, 0.669; in outlines both
# had a small lead over bilinear after 250 steps, and have none after 1,000. At stride 4 looking again leads in
# outlines, with every seed, by 0.01.
#
# **On real streets**, CamVid in the last table, the first three rows keep their order. The finer differences are not
# seen at this size and budget: the other `align_corners` costs nothing, looking again scores 0.03 lower, and no way
# back finds a pole. (What mixed labels call poles are seams.)
#
# Trained *and* run as points (250 steps), the network finds fewer outlines: 0.49 against 0.55. Cells after poolings
# *are* areas.
#
# **Going up in steps.** A network can also come up as it went down, by 2 × 2, with a convolution after each step. The
# five ways up below have equal parameters and costs: only `bring_up` differs. The last one adds a copy of the map from
# the way down. *Predict:* which is best, and does each of them beat no decoder at all?
#
# <details><summary>Answer</summary>The copy is best in all three scores. Each has better outlines than no decoder, with
# every seed; nails are no better in mean IoU. Remembered places have twice the thin IoU of nearest. After 250
# steps nearest led by 0.01 in outlines, bilinear and nails trailed.</details>


# %% name="bring-up"
ways_up = ("nearest", "bilinear", "bed of nails", "max unpooling", "bilinear + copy")


def bring_up(way, features, copy, indices):
    """Return features (N, C, h, w) at twice the size; copy and indices were kept on the way down."""
    if way == "bed of nails":
        return se.ops.bed_of_nails(features, 2)
    if way == "max unpooling":
        return F.max_unpool2d(features, indices, 2)
    larger = F.interpolate(features, copy.shape[-2:], mode="nearest" if way == "nearest" else "bilinear")
    return larger + copy if way == "bilinear + copy" else larger


# %% name="up-and-down"
class UpAndDown(nn.Module):
    """Three poolings down and three steps up; `way` says how a step up brings the resolution back."""

    def __init__(self, way, num_classes):
        super().__init__()
        self.way, widths = way, (16, 24, 32)
        self.down = nn.ModuleList(nn.Sequential(*block(*pair)) for pair in zip((3, *widths), widths))
        self.bottom = nn.Sequential(*block(32, 32))
        self.up = nn.ModuleList(nn.Sequential(*block(*pair)) for pair in ((32, 24), (24, 16), (16, 16)))
        self.classify = nn.Conv2d(16, num_classes, 1)

    def forward(self, features):
        kept = []
        for layer in self.down:
            copy = layer(features)
            features, indices = F.max_pool2d(copy, 2, return_indices=True)
            kept.append((copy, indices))
        features = self.bottom(features)
        for layer in self.up:
            features = layer(bring_up(self.way, features, *kept.pop()))
        return self.classify(features)


# %% name="figure-decoders" alt="Three bars for each of six ways, mean IoU, boundary F1, thin IoU. No decoder 0.65, 0.68, 0.25; nearest 0.72, 0.79, 0.30; bilinear 0.69, 0.75, 0.26; bed of nails 0.65, 0.71, 0.28; max unpooling 0.73, 0.82, 0.65; bilinear with a copy 0.91, 0.96, 0.85."
decoders = stored["decoders"]
for row in decoders if train_anew else []:
    with se.seeded(0):
        network = UpAndDown(row["way up"], len(classes))
    trained(network, progress=False)
    row |= score([se.predict(network, image) for image in images]) | {"seconds": None}
    row["seeds"] = {key: [row[key]] for key in scores}
print(f"trained here, one seed, {steps} steps" if train_anew else f"loaded: {stored['about']}")
se.results_table(decoders, ["way up", *scores, "seconds", *costs])
bars = decoders if train_anew else [ways[8][2] | {"way up": "no decoder: logits, bilinear"}, *decoders]
se.comparison_bars(
    [row["way up"] for row in bars],
    {key: [row["seeds"][key] for row in bars] for key in scores},
    xlabel=f"score on {dataset} (one seed)" if train_anew else "score on the scenes (a dot per seed)",
    title="Which way up is best, and is it better than none?",
)

# %% name="proof-tables" tags=["proof"]
stored = json.loads(se.shipped("results/07_longer.json").read_text(encoding="utf-8"))
best = {row["way up"]: [round(row[key], 2) for key in scores] for row in stored["decoders"]}
assert list(best.values()) == [
    [0.72, 0.79, 0.30],
    [0.69, 0.75, 0.26],
    [0.65, 0.71, 0.28],
    [0.73, 0.82, 0.65],
    [0.91, 0.96, 0.85],
]
bill = [
    (se.count_parameters(each), se.count_macs(each, (1, 3, 64, 96))) for each in (UpAndDown("nearest", 10), Coarse())
]
assert bill == [(33_178, 34_603_008), (46_186, 13_980_672)]
assert se.count_macs(se.ops.strided_to_dilated(Coarse().encoder, 1), (1, 3, 64, 96)) > 17 * bill[1][1]

# %% [markdown]
# Nails are worst in mean IoU and outlines, at both budgets; nearest beats bilinear. No decoder has more parameters
# (46,186 against 33,178) and fewer MACs (14 million against 35).
#
# ## What goes wrong
#
# **Symptom.** Outlines are right in the middle of the image and off by some pixels towards its borders. **Cause.** The
# network was trained with one `align_corners` and is run with the other, perhaps by another framework's resize.
# **Fix.** Write the flag down.
#
# **Symptom.** After resizing, label maps have classes that nobody drew, in thin seams. **Cause.** Labels were mixed.
# **Fix.** Copy them, or mix scores and take the largest afterwards.
#
# **Symptom.** Label maps that were shrunk lie a little too far down and to the right. **Cause.** `mode="nearest"` looks
# under the upper left corner of each pixel. **Fix.** `mode="nearest-exact"`.
#
# **Symptom.** Unpooled values stand wrong, or `max_unpool` complains. **Cause.** Another level's indices, or no
# `output_size`: 5 and 4 rows both pool to 2. **Fix.** Keep the size before each pooling.

# %% name="wrong"
nine = torch.arange(9).view(1, 1, 1, 9)
print("9 to 3:", *[se.ops.upsample_nearest(nine, (1, 3), exact).flatten().tolist() for exact in (False, True)])
values, indices = se.ops.max_pool_with_indices(torch.rand(1, 1, 5, 7), 2)
for size in ((5, 7), (4, 6)):
    try:
        print("output_size", size, "->", tuple(se.ops.max_unpool(values, indices, size).shape))
    except ValueError as error:
        print("output_size", size, "->", error)

# %% [markdown]
# ## Which one should I choose?
#
# | you have | take | because |
# |---|---|---|
# | logits | bilinear, for thin things bicubic, then `argmax` | outlines between the cells, no parameters |
# | labels only | `nearest-exact` | labels are names |
# | an image to shrink | bilinear or bicubic with `antialias=True` | every pixel counts |
# | an image to enlarge, for the eye | bicubic, clamped | steeper edges |
# | a decoder | a copy from the way down, a convolution | best in all scores (scenes) |
# | a coarse network of stride 8, no time to train | bicubic | its dilated twin gave no more, for 17 runs |
#
# ## Recap
#
# - An output pixel looks at a place. Whether pixels are areas or points decides which. Cells after poolings are areas.
# - Bilinear and bicubic are one small matrix an axis. Downward, without `antialias`, 8 of 24 pixels counted.
# - Labels are names: mixing classes 0 and 8 found 1, 3, 5 and 7. Mix scores, then take the largest.
# - Unpooled maxima stood in place. A copy from the way down was worth more (scenes).
# - Shift and stitch and the dilated twin gave equal numbers, for 1,569,168 and 638,640 MACs; one coarse run: 108,216.
#
# **Formula card**
#
# | | |
# |---|---|
# | place, pixels as areas | $u = (i + ½)\,n/n' - ½$ |
# | place, pixels as points (`align_corners`) | $u = i\,(n-1)/(n'-1)$ |
# | bilinear weight at distance $t$ | $\max(0, 1 - \lvert t \rvert)$ |
# | both axes | $Y = R\,X\,C^\top$ |
# | shift and stitch | $D[s\,i + δ] = f(\text{image shifted by } δ)[i]$ |
#
# **Shapes card**
#
# | | |
# |---|---|
# | interpolation matrix of one axis | $(n', n)$, rows sum to 1 |
# | max unpooling | values, indices, $(H, W) \to (N, C, H, W)$ |
# | shift and stitch, field $r$ | $s^2$ runs $\to (N, K, H - r + 1, W - r + 1)$ |

# %% [markdown]
# ## Going further
#
# - [Long, Shelhamer and Darrell 2015, FCN](https://arxiv.org/abs/1411.4038): section 3.2 on shift and stitch as "filter
#   rarefaction", section 3.3 on upsampling.
# - [Badrinarayanan, Kendall and Cipolla, SegNet](https://arxiv.org/abs/1511.00561) (2015; in a journal 2017): ways up
#   with and without indices; [Noh et al. 2015](https://arxiv.org/abs/1505.04366): unpooling with learned layers behind.
# - Keys 1981, [Cubic convolution interpolation for digital image
#   processing](https://doi.org/10.1109/TASSP.1981.1163711): where the cubic comes from, and why he takes $a = -½$.
# - [Parmar, Zhang and Zhu 2022, On aliased resizing](https://arxiv.org/abs/2104.11222): what a library's resize without
#   antialias does to a published score; their [code](https://github.com/GaParmar/clean-fid).
# - [CamVid](http://mi.eng.cam.ac.uk/research/projects/VideoRec/CamVid/): the real streets.
#
# **Next:** [8. Transposed convolution](08_transposed_convolution.ipynb): what if the weights of the way up are learned?
