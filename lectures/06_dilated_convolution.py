# %% [markdown] name="front"
# # 6. Dilated (atrous) convolution
#
# {{colab_badge}}
#
# **Question.** How can a kernel see further without more weights?
#
# **You will be able to**
#
# - write a dilated convolution by hand, and say what its rate costs and what it doesn't,
# - turn a strided backbone into a dilated one with the same weights and the same answers,
# - find the holes that a list of rates leaves, and choose rates without holes,
# - decide which output stride a thin class needs.
#
# **Prerequisites.** [3. Convolution and the receptive field](03_convolution.ipynb): kernel, stride, padding, and the
# recursion of size and jump.
#
# **Time.** Reading {{reading}} min · playing 15 min · exercises 75 min.

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
dataset = "scenes"  # of the lab: or "camvid", on whose streets the thin class is "pole" too
root = None  # the folder of a real data set; None: where `segedu data fetch` puts it
size = (96, 128)  # height and width of the lab's images; (192, 256) is four times the work
steps = 150  # of each training run in the lab
train_anew = False  # True: train the settings of the ablation here, too, one seed and `steps` steps each (a minute)

# %% [markdown]
# ## The goal
#
# A street with two difficulties. Its **poles** and wires are thin, mostly one or two pixels wide. Its stones are of two
# kinds, round **boulders** and pointed **pyramids**, and they differ in their silhouette alone, about
# 40 pixels across.


# %% name="data"
dials = {"objects": (2, 4), "pair_share": 1, "pair_size": 2, "scale_range": 1, "overlap": 0, "rare": 0}
dials |= {"thin": 2, "thin_width": 2}


def load(split, count, name="scenes", size=(96, 128), root=None):
    """Return the data set and its first samples, kept in memory."""
    options = dials if name == "scenes" else {"root": root, "fallback": True}
    data = se.load_dataset(name, split, size=size, **options)
    return data, [data[i] for i in range(min(count, len(data)))]


# %% [markdown]
# A small network of the usual kind: a **backbone** of five 3 × 3 layers, four of them with stride 2, then a 1 × 1 layer
# that gives ten scores per cell. Each cell of its map stands for 16 × 16 pixels; we say its **output stride** is 16. It
# was trained for 600 steps by `python lectures/recipes/06_dilated_convolution.py weights`.
#
# *Look at the prediction, and say what is wrong with it before you read on.*


# %% name="network"
def backbone():  # image (N, 3, H, W) -> features (N, 32, H/16, W/16)
    layers, channels = [], 3
    for width, stride in ((16, 2), (24, 2), (32, 2), (32, 2), (32, 1)):
        layers += [nn.Conv2d(channels, width, 3, stride, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU()]
        channels = width
    return nn.Sequential(*layers)


def segmenter(features, stride, num_classes=10):  # image (N, 3, H, W) -> logits (N, num_classes, H, W)
    return nn.Sequential(features, nn.Conv2d(32, num_classes, 1), nn.Upsample(scale_factor=stride, mode="bilinear"))


def without_strides():  # the same, at output stride 4 (below)
    features = backbone()
    for conv in features[6::3]:  # the last three convolutions, two of which have a stride
        conv.stride = (1, 1)
    return features


# %% name="proof-dilemma" tags=["proof"]
fields = [se.receptive_field(network) for network in (backbone(), without_strides())]
assert [(field.size[0], field.jump[0]) for field in fields] == [(63, 16), (31, 4)]

# %% name="strided"
scenes, streets = load("val", 48)
coarse = se.load_weights(segmenter(backbone(), 16), "strided_scenes")


def draw(model, samples, names, **text):
    images, targets = [each["image"] for each in samples], [each["label_map"] for each in samples]
    se.show_predictions(images, targets, [se.predict(model, image) for image in images], *names, **text)


# %% name="figure-goal" alt="Two scenes in rows of image, target, prediction, error. Sky, meadow, road and the three stones have the right names, with wrong outlines; a part of one boulder is called pole. Poles are missing, or replaced by blobs where many of them stand together."
title = "One answer per 16 × 16 pixels: what does this network know, and what not?"
draw(coarse, [streets[4], streets[18]], (scenes.classes, scenes.colors), title=title)

# %% [markdown]
# <details><summary>Answer</summary>It knows <i>what</i> is there: each stone is found and named, for a cell sees
# 63 × 63 pixels, more than a stone. It doesn't know <i>where</i> to the pixel: of the poles only blobs are
# left.</details>
#
# A photograph has the same difficulty. Here are its labels, and the label in the middle of each 16 × 16 and each 4 × 4
# pixels: the answers of two networks that are *right in every cell*, at output stride 16 and 4. Below, the same for
# CamVid's real streets at 352 × 480 (`python lectures/recipes/06_dilated_convolution.py blocks FOLDER`). *Predict:* how
# much of the tripod is kept, and how much of the streets' poles and roads?

# %% name="figure-goal-photo" alt="A photographer with a camera on a tripod; its labels; the same in blocks of 16 × 16 pixels, where of the tripod only crumbs are left; and in blocks of 4 × 4 pixels, where it is jagged and one leg is a dashed line."
import json


def in_blocks(label_map, s):  # (H, W), the label in the middle of each s × s pixels at all of them
    return label_map[s // 2 :: s, s // 2 :: s].repeat_interleave(s, 0).repeat_interleave(s, 1)


photo = se.photo("camera", size=(192, 192), labels=True)
blocks = [in_blocks(photo["label_map"], s) for s in (16, 4)]
se.show_row(
    [photo["image"], photo["label_map"], *blocks],
    ["photograph", "labels", "at output stride 16", "at output stride 4"],
    colors=se.Photos.colors,
    classes=se.Photos.classes,
    title="What of a photograph fits into one answer per cell?",
)
kept = json.loads(se.shipped("results/06_blocks.json").read_text(encoding="utf-8"))
print("loaded:", kept["about"])
se.results_table(kept["rows"])

# %% name="proof-goal" tags=["proof"]
widths, pole = [], scenes.classes.index("pole")
for sample in streets:
    is_pole = (sample["label_map"].as_subclass(torch.Tensor) == pole).long()  # (H, W)
    steps_in_rows = F.pad(is_pole, (1, 1)).diff(dim=1)  # 1 where a run begins, −1 behind its end
    widths.append((steps_in_rows == -1).nonzero()[:, 1] - (steps_in_rows == 1).nonzero()[:, 1])
assert 0.8 < (torch.cat(widths) <= 2).float().mean() < 0.87
stones = {"boulder": [], "pyramid": []}
for sample in streets:
    for box, kind in zip(sample["boxes"], sample["labels"], strict=True):
        stones.get(scenes.classes[kind], []).append(float(box[2] - box[0]))
assert [torch.tensor(each).median() for each in stones.values()] == [37, 42]
tripod = se.Photos.classes.index("tripod")
legs = []
for block in blocks:
    known = photo["label_map"].masked_fill(block == 255, 255)
    legs.append(float(se.ConfusionMatrix(se.Photos.num_classes).update(block % 255, known).iou()[tripod]))
assert [round(each, 2) for each in legs] == [0.23, 0.59], legs
streets_keep = {row["output stride"]: row for row in kept["rows"]}
assert [round(streets_keep[s]["pole IoU"], 2) for s in (16, 4)] == [0.14, 0.53]
assert [round(streets_keep[s]["road IoU"], 2) for s in (16, 4)] == [0.94, 0.98]

# %% [markdown]
# <details><summary>Answer</summary>As IoU, the tripod keeps 0.23 at output stride 16, and 0.59 at 4. The streets' poles
# keep 0.14 and 0.53, their roads 0.94 and 0.98. (Blocks are no limit: who interpolates scores, as we do, can draw an
# outline inside of a cell.)</details>
#
# A first cure: leave out two strides. The map gets four times as fine in each direction. But strides are what made the
# layers behind them see far. Without two of them the same layers see 31 pixels, less than a stone.
#
# See far *or* know where? We want 63 pixels at output stride 4, with the same number of weights. This lecture shows
# that even **the very same weights** will do, by **dilated convolution**.
#
# ## 1. Taps with holes between them
#
# Pull the taps of a kernel apart. In one dimension:
#
# $$y_i = \sum_{k} x_{i + r\,k}\; w_k$$
#
# Here $x$ is the input, $w$ the kernel with taps $k = 0, 1, 2, \dots$, and $r$ the **rate** or **dilation**: how many
# cells apart neighboring taps lie. With $r = 1$ it is the ordinary convolution. The French for a hole is *trou*,
# hence *à trous*, **atrous** convolution.
#
# Below are eleven numbers and a kernel of three taps. At rate 2 the output cell 0 reads cells 0, 2 and 4. **We expect**
# $1·3 + 2·4 − 1·5 = 6$. The kernel spans five cells, so we expect $11 − 4 = 7$ outputs.

# %% name="figure-taps" alt="Three copies of the row 3 1 4 1 5 9 2 6 5 3 5. In the first the kernel's three colors lie on cells 0, 1, 2; in the second on 0, 2, 4; in the third on 0, 3, 6. Beside them the kernel 1, 2, −1 in these colors."
x = torch.tensor([3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5])
w = torch.tensor([1, 2, -1])
under = torch.full((3, 11), -1)
for row, rate in enumerate((1, 2, 3)):
    under[row, : 2 * rate + 1 : rate] = torch.arange(3)
se.matrix_figure(
    [x.expand(3, 11), w],
    ["x, and what output 0 reads at rates 1, 2, 3", "kernel w"],
    taps={0: under, 1: True},
    shapes=False,
    title="The same three weights span 3, 5 or 7 cells",
)


# %% name="dilated"
def dilated(x, w, rate):  # x (n,), w (k,) -> y (n - rate·(k - 1),)
    size = len(x) - rate * (len(w) - 1)
    return torch.stack([sum(x[i + rate * k] * w[k] for k in range(len(w))) for i in range(size)])


y = dilated(x, w, rate=2)
torch.testing.assert_close(y, F.conv1d(x[None, None], w[None, None], dilation=2)[0, 0])
y

# %% name="proof-dilated" tags=["proof"]
assert (y[0], len(y)) == (6, 7)
for rate in (1, 2, 3):
    torch.testing.assert_close(dilated(x, w, rate), F.conv1d(x[None, None], w[None, None], dilation=rate)[0, 0])

# %% [markdown]
# There is a second way to see it. Write zeros into the holes: the kernel becomes $1\ 0\ 2\ 0\ {-1}$, and an *ordinary*
# convolution with this kernel gives the same. In two dimensions a 3 × 3 kernel of rate 2 is a 5 × 5 kernel with 16
# zeros.
#
# Here it is on a small image. The kernel compares a cell with its four neighbors, two cells away. For the framed cell
# these are 3, 0, 3, 0, and its own value is 3. **We expect** $3 + 0 + 3 + 0 − 4·3 = −6$.

# %% name="figure-kernel" alt="A 5 × 7 image inside two rings of zeros, with nine colored cells two apart; a 5 × 5 kernel with the nine colors at every other cell and zeros between; the 5 × 7 output, whose framed middle is −6."
image = torch.tensor(
    [[1, 0, 2, 3, 1, 0, 2], [0, 3, 3, 3, 0, 1, 1], [2, 3, 0, 3, 2, 0, 1], [1, 3, 3, 3, 1, 2, 0], [0, 1, 2, 0, 0, 1, 3]]
)
kernel = torch.tensor([[0, 1, 0], [1, -4, 1], [0, 1, 0]])
stuffed = se.ops.dilate_kernel(kernel, 2)  # zeros in its holes: (5, 5)
output = F.conv2d(image[None, None], kernel[None, None], padding=2, dilation=2)[0, 0]
colors_of_taps = se.ops.dilate_kernel(torch.arange(1, 10).view(3, 3), 2) - 1  # −1: none
se.matrix_figure(
    [F.pad(image, (2, 2, 2, 2)), stuffed, output],
    ["image, two rings of zeros around it", "kernel with holes", "output"],
    symbols=["∗", "="],
    taps={0: F.pad(colors_of_taps, (3, 3, 2, 2), value=-1), 1: colors_of_taps},
    highlight={0: (4, 5, 1, 1), 2: (2, 3, 1, 1)},
    cell=30,
    title="A dilated kernel is a larger kernel whose holes are zeros",
)

# %% name="proof-kernel" tags=["proof"]
assert output[2, 3] == -6
torch.testing.assert_close(F.conv2d(image[None, None], stuffed[None, None], padding=2)[0, 0], output)
assert stuffed[::2, ::2].equal(kernel)
assert int((stuffed != 0).sum()) == int((kernel != 0).sum())

# %% [markdown]
# Zeros need not be multiplied, so the rate adds no weight and no multiplication. **We expect** 9,248 parameters for a
# layer of 32 channels, whatever the rate, and equal MACs on a 96 × 128 map. A kernel without holes of the same span
# would pay for each cell.

# %% name="costs"
rows = []
for rate in (1, 2, 4, 8, 16):
    conv = nn.Conv2d(32, 32, 3, padding=rate, dilation=rate)
    full = nn.Conv2d(32, 32, 2 * rate + 1, padding=rate)
    costs = {"parameters": se.count_parameters(conv), "MACs": se.count_macs(conv, (1, 32, 96, 128))}
    rows.append({"rate": rate, "span": 2 * rate + 1, **costs, "parameters without holes": se.count_parameters(full)})
se.results_table(rows)

# %% name="proof-costs" tags=["proof"]
assert {(row["parameters"], row["MACs"]) for row in rows} == {(9_248, 113_246_208)}

# %% [markdown]
# What does the rate change, then? The *size of the question*. With rate 1 our kernel asks: is this pixel unlike its
# neighbors? With rate 8: is it unlike what lies eight pixels away? (In the figure after exercise 6.1, red pixels are
# brighter than these four, blue ones darker.)
#
# **Play.** Which output cells use the image cell in row 2, column 3? *Predict,* then hover over it. Now set the
# dilation to 3: how much padding keeps the size? Then make the kernel too large for its input.
#
# <details><summary>Answer</summary>Nine, two cells apart: those in rows 0, 2, 4 and columns 1, 3, 5. At dilation 3 a
# padding of 3 keeps the size.</details>

# %% name="widget-convolution"
se.explorers.ConvolutionExplorer(image.tolist(), kernel.tolist(), padding=2, dilation=2, position=17)

# %% [markdown]
# ### Exercise 6.1: dilated convolution by loops (implement)
#
# <div class="alert alert-info">
#
# **Task.** Write `dilated_conv(x, w, rate)` without a convolution or unfolding of torch, such as `F.conv2d` or
# `F.unfold`, and without the course's. `x` is a map $(H, W)$ of floats, `w` a kernel $(k_h, k_w)$ with odd sides, not
# always square. The output, a float tensor, has the size of `x`: the kernel's *middle* tap lies on the output cell, and
# outside of the map `x` counts as 0. Leave `x` and `w` as they are.
#
# What a right answer draws: `se.target("06.dilated_conv")`.
# Stuck? `se.hint("06.dilated_conv", 1)`, then 2, then 3.
#
# </div>


# %% name="exercise-dilated-conv"
def dilated_conv(x, w, rate):
    """x (H, W), w (kh, kw) with odd sides -> y (H, W)."""
    ### BEGIN SOLUTION
    (height, width), (kh, kw) = x.shape, w.shape
    up, left = rate * (kh // 2), rate * (kw // 2)
    padded = torch.zeros(height + 2 * up, width + 2 * left)
    padded[up : up + height, left : left + width] = x
    y = torch.zeros(height, width)
    for u in range(kh):
        for v in range(kw):
            y += w[u, v] * padded[rate * u : rate * u + height, rate * v : rate * v + width]
    return y
    ### END SOLUTION


# %% name="check-dilated-conv"
passed = se.check("06.dilated_conv", dilated_conv)

# %% name="figure-dilated-conv" alt="A photographer with a tripod, and three maps. At rate 1 thin outlines stand out; at rate 2 they are bolder; at rate 8 parts of coat and head, and shifted copies of the tripod; bands lie along the border."
gray = se.photo("camera", size=(128, 128)).mean(dim=0)
if passed:
    maps = [dilated_conv(gray, -kernel.float(), rate) for rate in (1, 2, 8)]
    se.show_row(
        [gray[None], *maps],
        ["photograph", "rate 1", "rate 2", "rate 8; bands: zeros outside"],
        limits=(-1.5, 1.5),
        colorbar=True,
        title="Your convolution at three rates: the same nine weights, from fine lines to whole shapes",
    )
else:
    se.target("06.dilated_conv")

# %% [markdown]
# ## 2. Far, and still fine
#
# One layer of rate 8 skips most of its window. A *stack* with rates 1, 2, 4, 8 skips nothing (section 4 shows which
# stacks do). A layer of rate $r$ adds $2r$ pixels to the field. Let the rates double: after $L$ layers of 3 × 3 we have
#
# $$1 + 2\,(1 + 2 + 4 + \dots + 2^{L-1}) = 2^{L+1} - 1.$$
#
# **We expect** 3, 7, 15, 31, 63, 127: the field grows exponentially, the parameters linearly.

# %% name="figure-growth" alt="Receptive field over depth on a logarithmic axis. Doubling rates are a straight line from 3 to 511. Equal rates of 4 begin at 9 and reach 65, rates of 1 reach 17."
depths = list(range(1, 9))
doubled = [se.receptive_field([(3, 1, 2**i, 2**i) for i in range(L)]).size[0] for L in depths]
se.curve(
    depths,
    {
        "rates 1, 2, 4, 8, …": doubled,
        "all rates 4": [1 + 8 * L for L in depths],
        "all rates 1": [1 + 2 * L for L in depths],
    },
    "depth L (layers of 3 × 3)",
    "receptive field (pixels)",
    "Doubling rates double the field; equal rates, however large, only add to it",
    log="y",
)

# %% name="proof-growth" tags=["proof"]
assert doubled == [2 ** (L + 1) - 1 for L in depths]
assert all(se.receptive_field([(3, 1, 4, 4)] * L).size[0] == 1 + 8 * L for L in depths)

# %% [markdown]
# Strides of 2 grow the field in the same way, and so does a pooling behind each layer. The difference is what is left
# of the map. *Predict* fields and maps of four stacks: five layers of 16 channels on a 96 × 128 image.


# %% name="stacks"
def stack(*layers, pooled=False):
    convs = [nn.Conv2d(16 if i else 3, 16, 3, stride, rate, rate) for i, (stride, rate) in enumerate(layers)]
    after = [nn.ReLU(), nn.MaxPool2d(2)] if pooled else [nn.ReLU()]
    return nn.Sequential(*[each for conv in convs for each in (conv, *after)])


plain, doubling = [(1, 1)] * 5, [(1, 2**i) for i in range(5)]  # (stride, rate) of each layer
stacks = {"plain": plain, "strided": [(2, 1)] * 5, "pooled": plain, "dilated": doubling}
rows, shape = [], (1, 3, 96, 128)
for name, layers in stacks.items():
    net = stack(*layers, pooled=name == "pooled")
    cells = se.ops.layer_table(net, shape)[-1].output_shape[2:]
    costs = {"parameters": se.count_parameters(net), "MACs": se.count_macs(net, shape)}
    costs["outputs (MB)"] = se.ops.activation_memory(net, shape) / 1e6
    rows.append({"stack": name, "field": se.receptive_field(net).size[0], "map": "{} × {}".format(*cells), **costs})
se.results_table(rows)

# %% name="proof-stacks" tags=["proof"]
assert [row["field"] for row in rows] == [11, 63, 94, 63]
assert [row["map"] for row in rows] == ["96 × 128", "3 × 4", "3 × 4", "96 × 128"]

# %% [markdown]
# The dilated stack has the field of the strided one and the map of the plain one, at equal parameters. The bill comes
# in MACs and memory: a dense map has 1,024 times as many cells as 3 × 4. So dilation doesn't replace strides. It
# replaces the *last* ones, where a map is small already and another halving would lose too much.
#
# <div class="alert alert-success">
#
# **Checkpoint.** Dilation widens the field without a weight or a multiplication. Resolution is what costs, and dilation
# lets you keep it.
#
# </div>
#
# ## 3. The same weights without the stride
#
# Networks that were trained on millions of images stride down to 1/32. Can we have their *answers* more densely,
# without training again? Take our numbers. A stride of 2 throws every other number away; then an ordinary convolution
# with $w$ follows. Keep them all instead, and let the convolution skip: rate 2.
#
# $$(x{\downarrow}2) * w \;=\; (x *_2 w){\downarrow}2$$
#
# Here ${\downarrow}2$ keeps every second number, and $*_2$ is the convolution of rate 2. $x{\downarrow}2$ is
# 3, 4, 5, 2, 5, 5. **We expect** $3 + 8 − 5 = 6$, $4 + 10 − 2 = 12$, $5 + 4 − 5 = 4$ and $2 + 10 − 5 = 7$, and these
# four at every second place of the $y$ that we computed above.

# %% name="figure-identity" alt="Left the eleven numbers of x, every second one blue. Right the seven outputs 6, −6, 12, 13, 4, 18, 7, of which 6, 12, 4 and 7 are blue."
kept = torch.where(torch.arange(11) % 2 == 0, 5, -1)  # one color for every second cell, none for the others
se.matrix_figure(
    [x, y],
    ["x: a stride of 2 keeps the blue cells", "y, at rate 2: its blue cells are what stride and convolution give"],
    taps={0: kept, 1: kept[:7]},
    symbols=["→"],
    title="Convolve at rate 2, then take every second value: the same as stride first, convolution after",
)

# %% name="proof-identity" tags=["proof"]
assert dilated(x[::2], w, rate=1).tolist() == y[::2].tolist() == [6, 12, 4, 7]

# %% [markdown]
# The old answers are still there, and new ones stand between them. Nothing was learned anew. Now twice or three times:
# a layer behind two strides of 2 that are gone needs rate 4, behind three rate 8. This is the **à-trous trick**.
#
# Padding belongs to it: a kernel that reaches $r$ times as far needs $r$ times the zeros. Then borders agree too, for
# every size of image. Exercise 6.2 does it on a photograph.
#
# ### Exercise 6.2: a wrong conversion (debug)
#
# The function below gives up strides beyond `output_stride`. Layers are `(kernel_size, stride, padding, dilation)`.
# On three layers even the size of its map is wrong.
#
# <div class="alert alert-info">
#
# **Task.** The function has two bugs. Find them, best on two layers by hand. Then write
# `to_dilated(layers, output_stride)`, which returns the list of new layers, in ints, and leaves the old ones as they
# are. Strides stay as long as their product is at most `output_stride`, which is 1 or the product of the first few
# strides; later ones become 1. Do it without `se.ops.strided_to_dilated`.
#
# What a right answer draws: `se.target("06.to_dilated")`.
# Stuck? `se.hint("06.to_dilated", 1)`, then 2, then 3.
#
# </div>


# %% name="wrong-conversion"
def wrong_dilated(layers, output_stride):
    made, rate, reached = [], 1, 1
    for kernel_size, stride, padding, dilation in layers:
        if reached * stride > output_stride:
            rate, stride = rate * stride, 1
        made.append((kernel_size, stride, padding, dilation * rate))
        reached = reached * stride
    return made


def run(image, layers):  # of one channel, with weights 1, 2, …
    for k, stride, padding, dilation in layers:
        taps = torch.arange(1.0, k * k + 1).view(1, 1, k, k) / k**3
        image = F.conv2d(image, taps, None, stride, padding, dilation)
    return image


three = [(3, 2, 1, 1), (3, 2, 1, 1), (3, 1, 1, 1)]
wrong = run(gray[None, None], wrong_dilated(three, output_stride=1))[..., ::4, ::4]
print("old map:", *run(gray[None, None], three).shape[2:], "- every 4th cell of the new one:", *wrong.shape[2:])


# %% name="exercise-to-dilated"
def to_dilated(layers, output_stride):
    """Return the layers with strides given up beyond output_stride, dilations and paddings in their place."""
    ### BEGIN SOLUTION
    made, rate, reached = [], 1, 1
    for kernel_size, stride, padding, dilation in layers:
        kept = stride if reached * stride <= output_stride else 1
        made.append((kernel_size, kept, padding * rate, dilation * rate))
        rate, reached = rate * stride // kept, reached * kept
    return made
    ### END SOLUTION


# %% name="check-to-dilated"
passed = se.check("06.to_dilated", to_dilated)

# %% name="figure-to-dilated" alt="Three heat maps of the photograph: 32 × 32 coarse cells, 64 × 64, and 128 × 128 fine ones; the same picture each time."
if passed:
    ours = {output_stride: run(gray[None, None], to_dilated(three, output_stride)) for output_stride in (4, 2, 1)}
    se.show_row(
        [each[0, 0] for each in ours.values()],
        [f"output stride {stride}: {len(each[0, 0])} × {len(each[0, 0])}" for stride, each in ours.items()],
        title="One set of weights at three output strides; the coarse values stay where they were",
    )
else:
    se.target("06.to_dilated")

# %% [markdown]
# ### Any backbone
#
# `se.ops.strided_to_dilated` does this for any module. It runs the module once without computing, and watches how
# strides add up; so it follows branches, poolings and shortcuts. Here is a ResNet-50, the backbone of many segmenters,
# in front of its global pooling. Its weights are random: the equality holds for all weights. **We expect** equal
# parameters, and the old features at every 2nd and 4th cell. torchvision can build the same network with dilations in
# place of its last two strides; **we expect** equal features there.

# %% name="resnet"
from torchvision.models import resnet50


def features_of(**options):
    with se.seeded(0):  # the same random weights each time
        return nn.Sequential(*list(resnet50(**options).children())[:-2]).eval()


resnet, cat, rows = features_of(), se.photo("chelsea", size=(96, 128))[None], []
with torch.no_grad():
    features = resnet(cat)
    for output_stride in (32, 16, 8):
        dense = se.ops.strided_to_dilated(resnet, output_stride)
        fine, r = dense(cat), 32 // output_stride
        torch.testing.assert_close(fine[:, :, ::r, ::r], features, atol=1e-4, rtol=1e-4)
        rows.append({"output stride": output_stride, "map": "{} × {}".format(*fine.shape[2:])})
        rows[-1] |= {"parameters": se.count_parameters(dense), "MACs": se.count_macs(dense, (1, 3, 96, 128))}
    torch.testing.assert_close(features_of(replace_stride_with_dilation=[False, True, True])(cat), fine)
se.results_table(rows)

# %% name="proof-resnet" tags=["proof"]
assert round(rows[2]["MACs"] / rows[0]["MACs"], 1) == 4.7
with torch.no_grad():
    odd = se.photo("chelsea", size=(97, 131))[None]
    assert (dense(odd)[:, :, ::4, ::4] - resnet(odd)).abs().max() < 1e-5 * resnet(odd).abs().max()

# %% [markdown]
# All agree. Output stride 8 costs 4.7 times the MACs of 32: the last two stages are the widest, and their maps have 4
# and 16 times the cells.
#
# And our own network from the goal? Its weights were trained with strides. Here are its answers at output stride 16,
# and at 4 **with the same weights**, before any further training. *Predict:* will the poles be there?

# %% name="figure-dense" alt="The target label map; a map of 6 × 8 coarse blocks; a map of 24 × 32 blocks in which boulder and road have recognizable outlines."
street = streets[18]
ready = coarse.preprocessing(street["image"].as_subclass(torch.Tensor)[None])
dense = se.ops.strided_to_dilated(coarse[:2], 4)
with torch.no_grad():
    logits, denser = coarse[:2](ready)[0], dense(ready)[0]
se.show_row(
    [street["label_map"], logits.argmax(0), denser.argmax(0)],
    ["target", "output stride 16: 6 × 8 cells", "same weights, output stride 4: 24 × 32"],
    colors=scenes.colors,
    classes=scenes.classes,
    title="The same weights give sixteen times as many answers: are there poles among them?",
)

# %% name="proof-dense" tags=["proof"]
torch.testing.assert_close(denser[:, ::4, ::4], logits, atol=1e-4, rtol=1e-4)
fields = [se.receptive_field(network) for network in (coarse[:2], dense)]
assert [field.jump for field in fields] == [(16, 16), (4, 4)]
assert all(field.start[0] + (field.size[0] - 1) / 2 == 0 for field in fields)  # the middle of cell 0

# %% [markdown]
# <details><summary>Answer</summary>No. Stone and road get an outline, without more training; the poles stay crumbs.
# These weights were trained to answer once per 16 pixels. Training at output stride 4 asks them for more; that is the
# lab.</details>
#
# Two more things can be seen. Along the right and the lower border the new cells err: on these sides their windows hold
# more zeros than any window of the training did. And all is shifted by 6 pixels, up and to the left: we come back to it
# under *What goes wrong*.
#
# ## 4. Falling through the holes
#
# One more question. Why not stack layers of rate 2, and again 2, and 2? Count, as in lecture 3, on how many paths a
# pixel reaches the output. Each layer adds three copies of the counts before it, two cells apart. **We expect**
# 1 0 1 0 1, then 1 0 2 0 3 0 2 0 1, and the zeros stay.


# %% name="figure-paths" alt="Two blocks of four rows: an output cell, then the counts behind one, two, three layers. With rates 2, 2, 2 the last row is 1 0 3 0 6 0 7 0 6 0 3 0 1. With 1, 2, 3 it has no zero."
def path_counts(rates, width):  # one row for the output cell, then one behind each layer
    counts = [se.ops.tap_counts(rates[:depth]) for depth in range(len(rates) + 1)]
    return torch.stack([F.pad(each, ((width - len(each)) // 2,) * 2) for each in counts])


panels = [path_counts(rates, 13) for rates in ((2, 2, 2), (1, 2, 3))]
se.matrix_figure(
    panels,
    ["rates 2, 2, 2: six of 13 pixels are never seen", "rates 1, 2, 3: none is missed"],
    rows={0: "layers", 1: "layers"},
    columns={0: "pixel", 1: "pixel"},
    shapes=False,
    title="Rates 2, 2, 2 land on the same cells again and again; 1, 2, 3 fill each other's holes",
)

# %% name="proof-paths" tags=["proof"]
assert panels[0][3].tolist() == [1, 0, 3, 0, 6, 0, 7, 0, 6, 0, 3, 0, 1]
assert panels[1][3].min() > 0
counts = {rates: se.ops.tap_counts(rates) for rates in ((4, 4, 4), (1, 3, 8))}
assert [len(each) for each in counts.values()] == [25, 25]
assert [se.ops.grid_holes(rates) for rates in ((2, 2, 2), (1, 2, 9), (1, 2, 5), (1, 3, 8), (2, 3))] == [6, 4, 0, 0, 2]
for rates in ((2, 2, 2), (4, 4, 4)):
    grid = se.ops.tap_counts(rates).outer(se.ops.tap_counts(rates)) > 0
    assert not (grid[:, 1:] & grid[:, :-1]).any()
assert [rate for rate in range(1, 20) if se.ops.grid_holes([2, 2, rate]) == 0] == [1]

# %% [markdown]
# This is the **gridding artifact**. In two dimensions the counts are the products of rows and columns: of 13 × 13
# pixels, the rates 2, 2, 2 see 7 × 7, that is 29 %. Worse, the neighbor's output reads the *other* pixels: two
# adjacent outputs share not a single one.
#
# On a photograph with noise: twice three layers of local means, with a field of 25 × 25 each. *Predict* which result is
# grainy.

# %% name="figure-gridding" alt="A noisy photograph. Averaged with rates 4, 4, 4 it is blurred and still covered with fine grain. With rates 1, 3, 8 it is blurred and smooth."
mean = torch.full((1, 1, 3, 3), 1 / 9)
with se.seeded(0):
    noisy = (gray + 0.25 * torch.randn(128, 128)).clamp(0, 1)
blurred = []
for rates in ((4, 4, 4), (1, 3, 8)):
    picture = noisy[None, None]
    for rate in rates:
        picture = F.conv2d(F.pad(picture, (rate,) * 4, mode="replicate"), mean, dilation=rate)
    blurred.append(picture[0].clamp(0, 1))
se.show_row(
    [noisy[None], *blurred],
    ["photograph with noise", "means with rates 4, 4, 4", "means with rates 1, 3, 8"],
    title="Three layers of means that see 25 × 25 pixels: which rates leave the grain of the noise?",
)

# %% [markdown]
# <details><summary>Answer</summary>4, 4, 4: through its holes neighbors average different pixels.</details>
#
# **Play.** The figure shows what three lists see in two dimensions; gray is never seen. *Predict* for 2, 2, 2, then
# change **one** rate in the explorer so that all holes close. Is there more than one way? Then try 1, 2, 9.
#
# <details><summary>Answer</summary>Any of the three may become 1, and only 1: where the smallest rate is 2, the pixels
# next to the two ends are never seen. 9 is larger than 7, the field of 1 and 2: four columns and rows are
# missed.</details>

# %% name="figure-counts" alt="Rates 2, 2, 2: a lattice of dots. Rates 1, 2, 9: nine squares with gaps. Rates 1, 2, 5: one full square."
lists = (2, 2, 2), (1, 2, 9), (1, 2, 5)
maps = [se.ops.tap_counts(rates).outer(se.ops.tap_counts(rates)).float() for rates in lists]
se.show_row(
    [each.where(each > 0, torch.nan) for each in maps],
    ["rates {}, {}, {}: {} of {} pixels".format(*r, int((m > 0).sum()), m.numel()) for r, m in zip(lists, maps)],
    title="Number of paths from each pixel to one output: what can't each list see?",
    colorbar=True,
)

# %% name="widget-gridding"
se.explorers.GriddingExplorer([2, 2, 2])

# %% [markdown]
# ### Exercise 6.3: count the holes (measure)
#
# <div class="alert alert-info">
#
# **Task.** Write `count_holes(rates, kernel_size)`: the number of pixels of the receptive field, along one axis, that
# reach the output on no path. The field has $1 + (k - 1)\sum r$ pixels. For rates 2, 2, 2 and three taps it is 6. Do it
# without `se.ops.tap_counts`, `se.ops.grid_holes` and `se.ops.measured_receptive_field`.
#
# What a right answer draws: `se.target("06.count_holes")`.
# Stuck? `se.hint("06.count_holes", 1)`, then 2, then 3.
#
# </div>


# %% name="exercise-count-holes"
def count_holes(rates, kernel_size):
    """Return how many pixels of the field, along one axis, no path reaches."""
    ### BEGIN SOLUTION
    pixels = {0}
    for rate in rates:
        pixels = {pixel + rate * tap for pixel in pixels for tap in range(kernel_size)}
    return max(pixels) + 1 - len(pixels)
    ### END SOLUTION


# %% name="check-count-holes"
passed = se.check("06.count_holes", count_holes)

# %% name="figure-count-holes" alt="Seen share over the last rate. After rates 1, 1 it is 100 % up to rate 5 and falls then; after 1, 2 it is 100 % up to 7. After 2, 4 it jumps between odd and even rates and never reaches 100 %, but for rate 1."
if passed:

    def seen(*rates):  # the share of the field in two dimensions, in percent
        return 100 * (1 - count_holes(list(rates), 3) / (1 + 2 * sum(rates))) ** 2

    se.curve(
        range(1, 17),
        {
            f"rates {str(first)[1:-1]} and r": [seen(*first, r) for r in range(1, 17)]
            for first in ((1, 1), (1, 2), (2, 4))
        },
        "rate r of the last layer",
        "pixels of the field that are seen (%)",
        "Behind layers without holes a last rate may be as large as their field: 5, then 7",
    )
else:
    se.target("06.count_holes")

# %% [markdown]
# ### Exercise 6.4: rates without holes (design)
#
# <div class="alert alert-info">
#
# **Task.** Write `choose_rates(field)`. It returns a list of rates for 3 × 3 layers which together see at least `field`
# pixels, without holes, in **as few layers as possible**. Every such list is right.
#
# What a right answer draws: `se.target("06.choose_rates")`.
# Stuck? `se.hint("06.choose_rates", 1)`, then 2, then 3.
#
# </div>


# %% name="exercise-choose-rates"
def choose_rates(field):
    """Return the shortest list of rates that sees `field` pixels without holes."""
    ### BEGIN SOLUTION
    rates, seen = [], 1
    while seen < field:
        rates.append(seen)  # three copies of what is seen, side by side
        seen *= 3
    return rates
    ### END SOLUTION


# %% name="check-choose-rates"
passed = se.check("06.choose_rates", choose_rates)

# %% name="figure-choose-rates" alt="Four rows of 27 cells. The first has a single 1; the last has a 1 in every cell."
if passed:
    se.matrix_figure(
        [path_counts(choose_rates(27), 27)],
        ["the output cell, then one, two, three layers below it"],
        rows={0: "layers"},
        columns={0: "pixel"},
        shapes=False,
        title="Your three layers see 27 pixels, each of them on exactly one path",
    )
else:
    se.target("06.choose_rates")

# %% [markdown]
# ## Lab: the same start, two output strides
#
# Now train. The same backbone starts from the **same** random weights each time, and gets the same images in the same
# order. Only the output stride differs; it is converted by your `to_dilated` if that passed. We watch the poles, the
# mean IoU, and the **look-alike accuracy**: of the stones' pixels that are called a stone, the share with the right
# kind. **The trivial baselines** give one class to every pixel: the most frequent one, and the first kind of stone.
# *Predict* the order of the rows.
#
# A cell $i$ of this backbone has its middle at pixel $s\,i$, for output stride $s$ ([lecture 3](03_convolution.ipynb)'s
# start and jump), and our upsampling shows it at $s\,i + (s - 1)/2$: 7.5 pixels off for $s = 16$, 1.5 for 4. Training
# has to make up for that; [lecture 7](07_upsampling.ipynb) puts the cells where they belong.
#
# With `dataset = "camvid"`, road and pavement take the place of the stones.

# %% name="training"
data, train = load("train", 256, dataset, size, root)
_, val = load("val", 48, dataset, size, root)
classes, colors = data.classes, data.colors
thin = classes.index("pole") if "pole" in classes else len(classes) - 1
pair = list(getattr(data, "look_alikes", (3, 4) if data.name == "camvid" else (0, 1)))  # CamVid: road and pavement
weights = torch.ones(len(classes))
weights[[*pair, thin]] = 3.0  # what we watch


def converted(features, output_stride):  # in place; by your function if it passed
    if not se.passed("06.to_dilated"):
        return se.ops.strided_to_dilated(features, output_stride)
    convs = features[::3]  # behind each stand a batch norm and a ReLU
    layers = [(3, conv.stride[0], conv.padding[0], conv.dilation[0]) for conv in convs]
    for conv, (_, *numbers) in zip(convs, to_dilated(layers, output_stride), strict=True):
        conv.stride, conv.padding, conv.dilation = [(number, number) for number in numbers]
    return features


def trained(output_stride, dilate=True, seed=0, **options):
    with se.seeded(seed):
        features = backbone() if dilate else without_strides()
        model = segmenter(features, output_stride, len(classes))
    if dilate:
        model[0] = converted(features, output_stride)
    return se.fit(model, train, steps=steps, batch=8, lr=1e-2, loss=se.CrossEntropy(weights), seed=seed, **options)


# %% name="score"
def score(matrix):
    counts, iou = matrix.counts[pair][:, pair], matrix.iou()
    right = float(counts.trace() / counts.sum()) if counts.sum() else torch.nan
    return {f"{classes[thin]} IoU": float(iou[thin]), "look-alike accuracy": right, "mean IoU": matrix.mean_iou()}


# %% name="figure-history" alt="Three panels over the steps of training. The training loss falls, the validation loss with it; the validation mean IoU rises; the learning rate rises, stays, and falls to 0."
run_16 = trained(16)
run_4 = trained(4, val=val, validate_every=max(1, steps // 5))
se.plot_history(run_4.history)

# %% name="scores"
labels = torch.stack([sample["label_map"].as_subclass(torch.Tensor) for sample in train])
most = int(labels[labels != data.ignore_index].mode().values)
rows = []
for each in dict.fromkeys((most, pair[0])):
    baseline = se.ConfusionMatrix(len(classes))
    for sample in val:
        baseline.update(torch.full_like(sample["label_map"], each), sample["label_map"])
    rows.append({"method": f"all {classes[each]}", "parameters": 0, **score(baseline)})
for name, each in (("output stride 16", run_16), ("output stride 4", run_4)):
    rows.append({"method": name, "parameters": se.count_parameters(each.model), **score(each.evaluate(val))})
thin_iou = f"{classes[thin]} IoU"
se.results_table(rows, best={thin_iou: "max", "mean IoU": "max"})

# %% name="proof-scores" tags=["proof"]
if data.name == "scenes":
    assert rows[3][thin_iou] > rows[2][thin_iou] + 0.1
    assert rows[3]["mean IoU"] > rows[2]["mean IoU"]
    assert round(rows[1]["look-alike accuracy"], 2) == 0.61

# %% [markdown]
# Not one parameter more, though 3.8 times the MACs; on the scenes the poles gain, and so does the mean IoU. Now **the
# worst predictions** at output stride 4, judged by the thin class:


# %% name="figure-worst" alt="Two rows of image, target, prediction, error: the two validation images in which the thin class is worst."
def own_iou(sample):
    matrix = se.ConfusionMatrix(len(classes)).update(se.predict(run_4.model, sample["image"]), sample["label_map"])
    return float(matrix.iou()[thin].nan_to_num(1.0))


title = f"Output stride 4 at its worst: the two lowest {thin_iou}"
draw(run_4.model, sorted(val, key=own_iou)[:2], (classes, colors), title=title)

# %% [markdown]
# On the scenes these are poles far away and wires, one pixel wide: a cell of 4 × 4 pixels is wider. Only a finer map
# can hold them, for more MACs.
#
# ## Ablation
#
# Three output strides, and the first cure from the beginning: strides left out *without* dilation. All have the same
# parameters, 800 steps and three seeds, first on the scenes, then on CamVid's streets
# (`python lectures/recipes/06_dilated_convolution.py longer`, `… camvid FOLDER`). *Seconds* is the processor time of
# one training and its scoring. *Predict:* which rows lose the poles, and which row mixes up the stones? Is it so on
# the streets?

# %% name="settings"
settings = {
    "output stride 16": {"output_stride": 16},
    "output stride 8": {"output_stride": 8},
    "output stride 4": {"output_stride": 4},
    "4, without dilation": {"output_stride": 4, "dilate": False},
}

# %% name="figure-ablation" alt="Bars of pole IoU and look-alike accuracy for four settings, with a dot for each of three seeds. The pole IoU rises from output stride 16 over 8 to 4 and is as high without dilation. The look-alike accuracy is 0.97 in this last setting, whose field is small, and above 0.99 in the others."
measures, tables = ["pole IoU", "look-alike accuracy", "mean IoU"], {}
costs = ["seconds", "field of a cell", "parameters", "MACs", "outputs (MB)"]
for name, more, best in (("longer", costs, dict.fromkeys(measures, "max")), ("camvid", costs[:1], {})):
    tables[name] = json.loads(se.shipped(f"results/06_{name}.json").read_text(encoding="utf-8"))
    print("loaded:", tables[name]["about"])
    se.results_table(tables[name]["rows"], ["setting", *measures, *more], best=best)
for name, options in settings.items() if train_anew else ():
    print(f"here, one seed, {steps} steps:", name, score(trained(**options, progress=False).evaluate(val)))
se.comparison_bars(
    list(settings),
    {f"{name} (scenes)": [row["seeds"][name] for row in tables["longer"]["rows"]] for name in measures[:2]},
    xlabel="dots: three seeds; bars: their mean, after 800 steps",
    title="On the scenes: which output stride do poles need, which field do stones need?",
)

# %% name="proof-ablation" tags=["proof"]
poles, stones, means = ([row[name] for row in tables["longer"]["rows"]] for name in measures)
assert [round(each, 2) for each in poles] == [0.23, 0.32, 0.46, 0.46], poles
assert min(stones[:3]) > 0.99 > 0.98 > stones[3] > 0.96, stones
assert means[2:] == [0.835, 0.819]
roads = [row["look-alike accuracy"] for row in tables["camvid"]["rows"]]
assert [round(roads[row], 2) for row in (0, 3, 4)] == [0.73, 0.9, 0.86], roads

# %% [markdown]
# <details><summary>Answer</summary>On the scenes the poles follow the output stride with each seed: 0.23, 0.32, 0.46.
# For them alone the strides could be left out without dilation (0.46). But that row mixes up more stones: 0.97 of their
# pixels get the right kind, where the wide fields have more than 0.99 ("all boulder": 0.61), and its mean IoU is lower
# (0.819 against 0.835), with each seed. After 200 steps it had 0.85 of the stones: most of that gap was speed of
# learning.
#
# On the streets no setting finds the poles (0.02 at most): most of their rows are thinner than a pixel of 96 × 128. The
# mean IoUs overlap between seeds. What holds is the field: at output stride 4, dilation tells road from pavement better
# with each seed, 0.90 against 0.86 ("all road": 0.73).</details>
#
# Strides tie the two together: what sees far is coarse. Dilation unties them.
#
# ## What goes wrong
#
# **Symptom.** The map shrinks with every dilated layer. **Cause.** `padding=1` stayed. **Fix.** For an odd kernel,
# `padding = rate * (kernel_size - 1) // 2`; in a conversion, the old padding times the rate.
#
# **Symptom.** A converted network is right at the sampled points, and its picture lies some pixels too far up and left.
# **Cause.** The upsampling. Bilinear upsampling by $s$ puts cell $i$ at pixel $s\,i + (s-1)/2$. By 16 the old cell $i$
# is at $16i + 7.5$; by 4 the same value, now in cell $4i$, is at $4·4i + 1.5$. **Fix.** Train with the new upsampling
# (as the lab does), or shift by the difference, $(16 - 4)/2 = 6$ pixels.
#
# **Symptom.** A large rate does nothing. **Cause.** The map is smaller than the kernel: with rate 24 on a 24 × 32 map
# 1.5 of the nine taps meet the map on average, and the layer is nearly 1 × 1. **Fix.** Rates well below the map's size.
#
# **Symptom.** Fine speckle or a lattice in the output. **Cause.** Gridding. **Fix.** The smallest rate is 1, and each
# next one at most the field of those before it. (That rates share no factor is not enough: 2, 3 misses pixels.)

# %% name="wrong"
print("padding stayed:", nn.Conv2d(8, 8, 3, padding=1, dilation=4)(torch.ones(1, 8, 24, 32)).shape, "from 24 × 32")
column = torch.arange(128.0).expand(1, 1, 96, 128)
placed = [F.interpolate(column[..., ::s, ::s], scale_factor=s, mode="bilinear")[0, 0, 48, 64].item() for s in (16, 4)]
print("pixel 64 shows what was computed for column", *placed)
inside = F.conv2d(torch.ones(1, 1, 24, 32), torch.ones(1, 1, 3, 3), padding=24, dilation=24)
print("rate 24: taps that meet the map:", inside.mean().item(), "on average, at most", int(inside.max()))
print("holes:", {str(rates): se.ops.grid_holes(rates) for rates in ([2, 4, 8], [2, 3], [1, 3, 8])})

# %% name="proof-wrong" tags=["proof"]
assert placed[1] - placed[0] == 6

# %% [markdown]
# ## Which one should I choose?
#
# | you have | take | because |
# |---|---|---|
# | a pretrained backbone, thin classes, memory to spare | output stride 8, by conversion | its weights stay valid |
# | the same, less memory | output stride 16 | a quarter of the late maps' cells |
# | a small network of your own, things to be told apart by their outline | strides early, then rates | far *and* fine |
# | thin things alone | fewer strides | in our table the poles needed no wide field |
# | several rates in a row | 1, 2, 5 or 1, 3, 9 | no holes |
# | outlines to the pixel | a path that comes up again with skips | dilation keeps what is there, it doesn't restore |
# | a tight budget of MACs | strides, and a decoder | dense maps are what costs |

# %% [markdown]
# ## Recap
#
# - A dilated convolution is the same sum with taps $r$ cells apart: a larger kernel with zeros in its holes.
# - Parameters and MACs do not depend on the rate; doubling rates make the field grow as $2^{L+1} - 1$.
# - A stride that is given up becomes a rate behind it. A ResNet-50 kept its features at every 4th cell, and equals
#   torchvision's dilated one.
# - Rates in rising order leave holes if one is larger than the field before it: 2, 2, 2 misses 120 of 169 pixels.
# - On the scenes, poles gained with each halving of the output stride, and the small field mixed up more stones.
#
# **Formula card**
#
# | | |
# |---|---|
# | dilated convolution | $y_i = \sum_k x_{i + r k}\, w_k$ |
# | span of a kernel | $r(k-1) + 1$ |
# | padding that keeps the size | $r(k-1)/2$ for odd $k$ |
# | field of a stack at stride 1 | $1 + (k-1)\sum r$ |
# | strides given up | $r \leftarrow r · s$ for all *later* layers, in dilation and padding |
# | no holes, rates in rising order | the first is 1, each next $r \le$ the field before it |
#
# **Shapes card**
#
# | | |
# |---|---|
# | weight, at any rate | $(O, C, k_h, k_w)$ |
# | the same with zeros in its holes | $(O, C, r(k_h - 1) + 1, r(k_w - 1) + 1)$ |
# | features at output stride $s$ | $(N, C, \lceil H/s \rceil, \lceil W/s \rceil)$ |
# | old features in the new map | `dense[:, :, ::r, ::r]` |

# %% [markdown]
# ## Going further
#
# - [Yu and Koltun 2016, Multi-scale context aggregation by dilated convolutions](https://arxiv.org/abs/1511.07122):
#   section 3 for rates that double, and how to begin from the identity.
# - [Chen et al. 2017, Rethinking atrous convolution](https://arxiv.org/abs/1706.05587): section 3.1 for output stride,
#   section 3.3 for rates larger than the map, table 1 for what each stride buys.
# - [Wang et al. 2018, Understanding convolution for semantic segmentation](https://arxiv.org/abs/1702.08502): section
#   3.2 for gridding and hybrid rates.
# - [Yu, Koltun and Funkhouser 2017, Dilated residual networks](https://arxiv.org/abs/1705.09914): the conversion of a
#   ResNet, and layers that remove the grid again.
# - [Chen et al. 2015, DeepLab](https://arxiv.org/abs/1412.7062): the "hole algorithm", our section 3 in a segmenter.
# - Code: torchvision's ResNets take
#   [`replace_stride_with_dilation`](https://docs.pytorch.org/vision/stable/models/resnet.html), from ResNet-50 on.
# - Data: [CamVid](http://mi.eng.cam.ac.uk/research/projects/VideoRec/CamVid/), real streets, for the lab.
#
# **Next:** [7. Upsampling without weights](07_upsampling.ipynb): how do we get the resolution back?
