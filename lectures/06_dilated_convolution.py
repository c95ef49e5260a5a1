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
root = None  # the folder of a real data set; None: where `segedu data` fetches it to
size = (96, 128)  # height and width of the lab's images; (192, 256) is four times the work
steps = 150  # of each training run in the lab
train_anew = False  # True: repeat the ablation here (a minute) instead of loading its table

# %% [markdown]
# ## The goal
#
# A street with two difficulties. Its **poles** are two pixels wide. Its stones are of two kinds, round **boulders** and
# pointed **pyramids**, and they differ in their silhouette alone, about 45 pixels across.


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


# %% name="strided"
scenes, streets = load("val", 48)
coarse = se.load_weights(segmenter(backbone(), 16), "strided_scenes")


def draw(model, samples, names, **text):
    images, targets = zip(*[(sample["image"], sample["label_map"]) for sample in samples], strict=True)
    se.show_predictions(images, targets, [se.predict(model, image) for image in images], *names, **text)


# %% name="figure-goal" alt="Two scenes in rows of image, target, prediction, error. Sky, meadow, road and stones are right but for their outlines. Poles are missing, or replaced by blobs where many of them stand together."
draw(
    coarse,
    [streets[4], streets[18]],
    (scenes.classes, scenes.colors),
    title="Output stride 16: each stone is found and named; of the poles only blobs are left",
)

# %% [markdown]
# It knows *what* is there: it sees 63 × 63 pixels, more than a stone. It doesn't know *where* to the pixel: a pole
# covers an eighth of a cell.
#
# A first cure: leave out two strides. The map gets four times as fine in each direction. But strides are what made the
# layers behind them see far. Without two of them the same layers see 31 pixels, less than a stone.


# %% name="dilemma"
def without_strides():
    features = backbone()
    for conv in features[6::3]:  # the last three convolutions, two of which have a stride
        conv.stride = (1, 1)
    return features


fields = {name: se.receptive_field(net) for name, net in (("strided", backbone()), ("2 left out", without_strides()))}
assert [(field.size[0], field.jump[0]) for field in fields.values()] == [(63, 16), (31, 4)]
se.results_table([{"backbone": n, "sees": f.size[0], "output stride": f.jump[0]} for n, f in fields.items()])

# %% [markdown]
# See far *or* know where? We want 63 pixels at output stride 4, with the same number of weights. This lecture shows
# that even **the very same weights** will do.
#
# ## 1. Taps with holes between them
#
# Pull the taps of a kernel apart. In one dimension:
#
# $$y_i = \sum_{k} x_{i + r\,k}\; w_k$$
#
# Here $x$ is the input, $w$ the kernel with taps $k = 0, 1, 2, \dots$, and $r$ the **rate** or **dilation**: how many
# cells lie between one tap and the next. With $r = 1$ it is the ordinary convolution. The French for a hole is *trou*,
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
assert (y[0], len(y)) == (6, 7)
for rate in (1, 2, 3):
    torch.testing.assert_close(dilated(x, w, rate), F.conv1d(x[None, None], w[None, None], dilation=rate)[0, 0])
y

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
stuffed = torch.zeros(5, 5, dtype=torch.long)
stuffed[::2, ::2] = kernel
output = F.conv2d(image[None, None], kernel[None, None], padding=2, dilation=2)[0, 0]
assert output[2, 3] == -6
torch.testing.assert_close(F.conv2d(image[None, None], stuffed[None, None], padding=2)[0, 0], output)
torch.testing.assert_close(se.ops.dilate_kernel(kernel, 2), stuffed)
under = torch.full((9, 11), -1)
under[2:7:2, 3:8:2] = torch.arange(9).view(3, 3)
holes = torch.full((5, 5), -1)
holes[::2, ::2] = torch.arange(9).view(3, 3)
se.matrix_figure(
    [F.pad(image, (2, 2, 2, 2)), stuffed, output],
    ["image, two rings of zeros around it", "kernel with holes", "output"],
    symbols=["∗", "="],
    taps={0: under, 1: holes},
    highlight={0: (4, 5, 1, 1), 2: (2, 3, 1, 1)},
    cell=30,
    title="A dilated kernel is a larger kernel whose holes are zeros",
)

# %% [markdown]
# Zeros need not be multiplied, so the rate costs nothing. **We expect** 9,248 parameters for a layer of 32 channels,
# whatever the rate, and equal MACs on a 96 × 128 map. A kernel without holes of the same span would pay for each cell.

# %% name="costs"
rows = []
for rate in (1, 2, 4, 8, 16):
    conv = nn.Conv2d(32, 32, 3, padding=rate, dilation=rate)
    full = nn.Conv2d(32, 32, 2 * rate + 1, padding=rate)
    costs = {"parameters": se.count_parameters(conv), "MACs": se.count_macs(conv, (1, 32, 96, 128))}
    rows.append({"rate": rate, "span": 2 * rate + 1, **costs, "parameters without holes": se.count_parameters(full)})
assert {(row["parameters"], row["MACs"]) for row in rows} == {(9_248, 113_246_208)}
se.results_table(rows)

# %% [markdown]
# What does the rate change, then? The *size of the question*. With rate 1 our kernel asks: is this pixel unlike its
# neighbors? With rate 8: is it unlike what lies eight pixels away?
#
# **Play.** Which output cells use the image cell in row 2, column 3? *Predict,* then hover over it. Now set the
# dilation to 3: how much padding keeps the size? Then make the kernel too large for its input.

# %% name="widget-convolution"
se.explorers.ConvolutionExplorer(image.tolist(), kernel.tolist(), padding=2, dilation=2, position=17)

# %% [markdown]
# ### Exercise 6.1: dilated convolution by loops
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
        title="Your kernel at three rates: the same nine weights, from fine lines to whole shapes",
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
equal = [se.receptive_field([(3, 1, 4, 4)] * L).size[0] for L in depths]
assert doubled == [2 ** (L + 1) - 1 for L in depths]
se.curve(
    depths,
    {"rates 1, 2, 4, 8, …": doubled, "all rates 4": equal, "all rates 1": [1 + 2 * L for L in depths]},
    "depth L (layers of 3 × 3)",
    "receptive field (pixels)",
    "Doubling rates double the field; equal rates, however large, only add to it",
    log="y",
)

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
    memory = se.ops.activation_memory(net, shape) / 1e6
    rows.append({"stack": name, "field": se.receptive_field(net).size[0], "map": "{} × {}".format(*cells), **costs})
    rows[-1]["activations (MB)"] = memory
assert [row["field"] for row in rows] == [11, 63, 94, 63]
assert [row["map"] for row in rows] == ["96 × 128", "3 × 4", "3 × 4", "96 × 128"]
se.results_table(rows)

# %% [markdown]
# The dilated stack has the field of the strided one and the map of the plain one, at equal parameters. The bill comes
# in MACs and memory: a dense map has 1,024 times as many cells as 3 × 4. So dilation doesn't replace strides. It
# replaces the *last* ones, where a map is small already and another halving would lose too much.
#
# <div class="alert alert-success">
#
# **Checkpoint.** Dilation buys field for nothing. Resolution is what costs, and dilation lets you keep it.
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
strided = dilated(x[::2], w, rate=1)
assert strided.tolist() == [6, 12, 4, 7]
torch.testing.assert_close(strided, y[::2])
se.matrix_figure(
    [x, y],
    ["x: a stride of 2 keeps the blue cells", "y, at rate 2: its blue cells are what stride and convolution give"],
    taps={0: kept, 1: kept[:7]},
    symbols=["→"],
    shapes=False,
    title="Convolve at rate 2, then take every second value: the same as stride first, convolution after",
)

# %% [markdown]
# The old answers are still there, and new ones stand between them. Nothing was learned anew. Now twice or three times:
# a layer behind two strides of 2 that are gone needs rate 4, behind three rate 8. This is the **à-trous trick**.
#
# Three layers of local means on the photograph. With strides, 128 × 128 becomes 16 × 16. **We expect** these 256 values
# at every 8th pixel of the dense map.

# %% name="figure-trick" alt="A photographer; the same in 16 × 16 coarse cells; the same blurred, at full resolution."
mean = torch.full((1, 1, 3, 3), 1 / 9)
few = many = gray[None, None]
for layer in range(3):
    few = F.conv2d(few, mean, stride=2, padding=1)
    many = F.conv2d(many, mean, stride=1, padding=2**layer, dilation=2**layer)
torch.testing.assert_close(many[..., ::8, ::8], few)
se.show_row(
    [gray[None], few[0].clamp(0, 1), many[0].clamp(0, 1)],
    ["photograph", "three strides of 2: 16 × 16", "rates 1, 2, 4: 128 × 128"],
    title="The same weights with and without strides: each cell of the middle is one pixel on the right",
)

# %% [markdown]
# Padding belongs to it: a kernel that reaches $r$ times as far needs $r$ times the zeros. Then borders agree too, for
# every size of image.
#
# ### Exercise 6.2: a colleague's conversion
#
# The colleague below gives up strides beyond `output_stride`. Layers are `(kernel_size, stride, padding, dilation)`.
# On three layers the old answers are not where they should be.
#
# <div class="alert alert-info">
#
# **Task.** The function has two bugs. For each of them, find a stack of two layers on which it shows. Then write
# `to_dilated(layers, output_stride)`, which returns the list of new layers, in ints, and leaves the old ones as they
# are. Strides stay as long as their product is at most `output_stride`, which is 1 or the product of the first few
# strides; later ones become 1. Do it without `se.ops.strided_to_dilated`.
#
# What a right answer draws: `se.target("06.to_dilated")`.
# Stuck? `se.hint("06.to_dilated", 1)`, then 2, then 3.
#
# </div>


# %% name="colleague"
def colleague_dilated(layers, output_stride):
    made, rate, reached = [], 1, 1
    for kernel_size, stride, padding, dilation in layers:
        if reached * stride > output_stride:
            rate, stride = rate * stride, 1
        made.append((kernel_size, stride, padding, dilation * rate))
        reached = reached * stride
    return made


def run(image, layers):
    """Apply layers of one channel with weights 1, 2, …, whatever their stride and dilation."""
    for k, stride, padding, dilation in layers:
        taps = torch.arange(1.0, k * k + 1).view(1, 1, k, k) / k**3
        image = F.conv2d(image, taps, None, stride, padding, dilation)
    return image


three = [(3, 2, 1, 1), (3, 2, 1, 1), (3, 1, 1, 1)]
theirs = colleague_dilated(three, output_stride=1)
print("old map:", tuple(run(gray[None, None], three).shape[2:]), "- every 4th cell of theirs:", end=" ")
print(tuple(run(gray[None, None], theirs)[..., ::4, ::4].shape[2:]), "- layers:", theirs)


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
    torch.testing.assert_close(ours[1][..., ::4, ::4], run(gray[None, None], three))
    torch.testing.assert_close(ours[2][..., ::2, ::2], run(gray[None, None], three))
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
# strides add up; so it follows branches, poolings and downsampling shortcuts. Here is a ResNet-18, the workhorse of
# many segmenters, in front of its global pooling. Its weights are random: the equality holds for all weights.
# **We expect** equal parameters, a map 2 and 4 times as fine, and the old features at every 2nd and 4th cell.

# %% name="resnet"
import torchvision

with se.seeded(0):
    resnet = nn.Sequential(*list(torchvision.models.resnet18().children())[:-2]).eval()
photo, rows = se.photo("chelsea", size=(96, 128))[None], []
with torch.no_grad():
    features = resnet(photo)
    for output_stride in (32, 16, 8):
        dense = se.ops.strided_to_dilated(resnet, output_stride)
        r = 32 // output_stride
        gap = (dense(photo)[:, :, ::r, ::r] - features).abs().max() / features.abs().max()
        assert gap < 1e-5
        costs = {"parameters": se.count_parameters(dense), "MACs": se.count_macs(dense, (1, 3, 96, 128))}
        cells = "{} × {}".format(*dense(photo).shape[2:])
        rows.append(
            {"output stride": output_stride, "map": cells, **costs, "equal at sampled points": bool(gap < 1e-5)}
        )
assert round(rows[2]["MACs"] / rows[0]["MACs"], 1) == 5.1
se.results_table(rows)

# %% [markdown]
# Output stride 8 is what many segmenters with a ResNet use. It costs 5.1 times the MACs: the late layers are the
# widest, and they now run on maps 16 times as large.
#
# And our own network from the goal? Its weights were trained with strides. Here are its answers at output stride 16,
# and at 4 **with the same weights**, before any further training. *Predict:* will the poles be there?

# %% name="figure-dense" alt="The target label map; a map of 6 × 8 coarse blocks; a map of 24 × 32 blocks in which stones and road have recognizable outlines."
street = streets[18]
ready = coarse.preprocessing(street["image"].as_subclass(torch.Tensor)[None])
dense = se.ops.strided_to_dilated(coarse[:2], 4)
with torch.no_grad():
    logits, denser = coarse[:2](ready)[0], dense(ready)[0]
torch.testing.assert_close(denser[:, ::4, ::4], logits, atol=1e-4, rtol=1e-4)
se.show_row(
    [street["label_map"], logits.argmax(0), denser.argmax(0)],
    ["target", "output stride 16: 6 × 8 cells", "same weights, output stride 4: 24 × 32"],
    colors=scenes.colors,
    classes=scenes.classes,
    title="The same weights give sixteen times as many answers",
)

# %% [markdown]
# Stone and road get an outline, without more training. The poles stay crumbs: these weights were trained to answer once
# per 16 pixels. Training at output stride 4 asks them for more; that is the lab. (Compare where the road ends: all is
# shifted by 6 pixels, up and to the left. We come back to it under *What goes wrong*.)
#
# ## 4. Falling through the holes
#
# One more question. Why not stack layers of rate 2, and again 2, and 2? Count, as in lecture 3, on how many paths a
# pixel reaches the output. Each layer adds three copies of the counts before it, two cells apart. **We expect**
# 1 0 1 0 1, then 1 0 2 0 3 0 2 0 1, and the zeros stay.

# %% name="figure-paths" alt="Two blocks of four rows: an output cell, then the counts behind one, two, three layers. With rates 2, 2, 2 the last row is 1 0 3 0 6 0 7 0 6 0 3 0 1. With 1, 2, 3 it has no zero."
panels = []
for rates in ((2, 2, 2), (1, 2, 3)):
    paths = torch.zeros(4, 13, dtype=torch.long)
    for depth in range(4):
        counts = se.ops.tap_counts(rates[:depth])
        paths[depth, 6 - len(counts) // 2 : 7 + len(counts) // 2] = counts
    panels.append(paths)
assert panels[0][3].tolist() == [1, 0, 3, 0, 6, 0, 7, 0, 6, 0, 3, 0, 1]
assert panels[1][3].min() > 0
se.matrix_figure(
    panels,
    ["rates 2, 2, 2: six of 13 pixels are never seen", "rates 1, 2, 3: none is missed"],
    highlight={0: (3, 0, 1, 13), 1: (3, 0, 1, 13)},
    shapes=False,
    title="Equal rates land on the same cells again and again; mixed rates fill each other's holes",
)

# %% [markdown]
# This is the **gridding artifact**. In two dimensions the counts are the products of rows and columns: of 13 × 13
# pixels, the rates 2, 2, 2 see 7 × 7, that is 29 %. Worse, the neighbor's output reads the *other* pixels: two
# adjacent outputs share not a single one.
#
# On a photograph with noise: three local means of equal field, 25 × 25. *Predict* which one is grainy.

# %% name="figure-gridding" alt="A noisy photograph. Averaged with rates 4, 4, 4 it is blurred and still covered with fine grain. With rates 1, 3, 8 it is blurred and smooth."
counts = {rates: se.ops.tap_counts(rates) for rates in ((4, 4, 4), (1, 3, 8))}
assert [len(each) for each in counts.values()] == [25, 25]
assert [se.ops.grid_holes(rates) for rates in ((2, 2, 2), (1, 2, 9), (1, 2, 5), (1, 3, 8))] == [6, 4, 0, 0]
grid = counts[4, 4, 4].outer(counts[4, 4, 4]) > 0
assert not (grid[:, 1:] & grid[:, :-1]).any()
with se.seeded(0):
    noisy = (gray + 0.25 * torch.randn(128, 128)).clamp(0, 1)
blurred = []
for rates in counts:
    picture = noisy[None, None]
    for rate in rates:
        picture = F.conv2d(F.pad(picture, (rate,) * 4, mode="replicate"), mean, dilation=rate)
    blurred.append(picture[0].clamp(0, 1))
se.show_row(
    [noisy[None], *blurred],
    ["photograph with noise", "means with rates 4, 4, 4", "means with rates 1, 3, 8"],
    title="Through holes, neighbors average different pixels: the grain of the noise stays",
)

# %% [markdown]
# **Play.** The figure shows what three lists see in two dimensions; gray is never seen. *Predict* for 2, 2, 2, then
# change **one** rate in the explorer so that all holes close. Is there more than one way? Then try 1, 2, 9.

# %% name="figure-counts" alt="Rates 2, 2, 2: a lattice of dots. Rates 1, 2, 9: nine squares with gaps. Rates 1, 2, 5: one full square."
lists = (2, 2, 2), (1, 2, 9), (1, 2, 5)
maps = [se.ops.tap_counts(rates).outer(se.ops.tap_counts(rates)).float() for rates in lists]
se.show_row(
    [each.where(each > 0, torch.nan) for each in maps],
    ["rates {}, {}, {}: {} of {} pixels".format(*r, int((m > 0).sum()), m.numel()) for r, m in zip(lists, maps)],
    title="Number of paths from each pixel to one output: rates decide what a network can't see",
)

# %% name="widget-gridding"
se.explorers.GriddingExplorer([2, 2, 2])

# %% [markdown]
# ### Exercise 6.3: count the holes
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

# %% name="figure-count-holes" alt="Seen share over the last rate. Behind rate 1 it is 100 % up to rate 3 and falls after it; behind 1, 2 it is 100 % up to 7. Behind 2, 4 it jumps between odd and even rates."
if passed:
    last = list(range(1, 17))
    share = {}
    for first in ((1,), (1, 2), (2, 4)):
        fields = [1 + 2 * (sum(first) + rate) for rate in last]
        used = [1 - count_holes([*first, rate], 3) / field for rate, field in zip(last, fields, strict=True)]
        share["rates {} and r".format(", ".join(map(str, first)))] = [100 * each**2 for each in used]
    se.curve(
        last,
        share,
        "rate r of the last layer",
        "pixels of the field that are seen (%)",
        "A last rate is free of holes up to the field of the layers before it: 3, then 7",
    )
else:
    se.target("06.count_holes")

# %% [markdown]
# ### Exercise 6.4: rates without holes
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
    chosen = choose_rates(27)
    paths = torch.zeros(len(chosen) + 1, 27, dtype=torch.long)
    for depth in range(len(chosen) + 1):
        counts = se.ops.tap_counts(chosen[:depth])
        paths[depth, 13 - len(counts) // 2 : 14 + len(counts) // 2] = counts
    assert (paths[-1] == 1).all()
    se.matrix_figure(
        [paths],
        ["rows: the output cell, then one, two, three layers below it"],
        shapes=False,
        title="Your three layers see 27 pixels, each of them on exactly one path",
    )
else:
    se.target("06.choose_rates")

# %% [markdown]
# ## Lab: the same start, two output strides
#
# Now train. The same backbone starts from the **same** random weights each time, and gets the same images in the same
# order. Only the output stride differs. We watch the poles, the two kinds of stone, and the mean IoU.
#
# **The trivial baseline** calls every pixel by the most frequent class. *Predict* the order of the rows. With
# `dataset = "camvid"` the poles are real, and road and pavement take the place of the stones. At 96 × 128 most of these
# poles are thinner than a pixel, and in a few hundred steps a network as small as this finds them at no output stride:
# watch the mean IoU, or raise `size`, `steps` and their weight.

# %% name="training"
data, train = load("train", 256, dataset, size, root)
_, val = load("val", 48, dataset, size, root)
classes, colors = data.classes, data.colors
thin = classes.index("pole") if "pole" in classes else len(classes) - 1
pair = list(getattr(data, "look_alikes", (3, 4) if data.name == "camvid" else (0, 1)))  # CamVid: road and pavement
weights = torch.ones(len(classes))
weights[[*pair, thin]] = 3.0  # they cover few pixels


def trained(output_stride, dilate=True, seed=0, **options):
    with se.seeded(seed):
        features = backbone() if dilate else without_strides()
        model = segmenter(features, output_stride, len(classes))
    if dilate:
        model[0] = se.ops.strided_to_dilated(features, output_stride)
    return se.fit(model, train, steps=steps, batch=8, lr=1e-2, loss=se.CrossEntropy(weights), seed=seed, **options)


# %% name="score"
def score(matrix):
    counts, iou = matrix.counts[pair][:, pair], matrix.iou()
    right = float(counts.trace() / counts.sum()) if counts.sum() else torch.nan
    return {f"{classes[thin]} IoU": float(iou[thin]), "look-alike accuracy": right, "mean IoU": matrix.mean_iou()}


def own_iou(sample):
    matrix = se.ConfusionMatrix(len(classes)).update(se.predict(run_4.model, sample["image"]), sample["label_map"])
    return float(matrix.iou()[thin].nan_to_num(1.0))


# %% name="figure-history" alt="Three panels over the steps of training. The training loss falls, the validation loss with it; the validation mean IoU rises; the learning rate rises, stays, and falls to 0."
run_16 = trained(16)
run_4 = trained(4, val=val, validate_every=max(1, steps // 5))
se.plot_history(run_4.history)

# %% name="scores"
labels = torch.stack([sample["label_map"] for sample in train])
most = int(torch.bincount(labels[labels != data.ignore_index].flatten(), minlength=len(classes)).argmax())
baseline = se.ConfusionMatrix(len(classes))
for sample in val:
    baseline.update(torch.full_like(sample["label_map"], most), sample["label_map"])
rows = [{"method": f"all {classes[most]}", "parameters": 0, **score(baseline)}]
for stride, each in ((16, run_16), (4, run_4)):
    count = se.count_parameters(each.model)
    rows.append({"method": f"output stride {stride}", "parameters": count, **score(each.evaluate(val))})
thin_iou = f"{classes[thin]} IoU"
if data.name == "scenes":
    assert rows[2][thin_iou] > rows[1][thin_iou] + 0.1
se.results_table(rows, best={thin_iou: "max", "mean IoU": "max"})

# %% [markdown]
# Not one parameter more. The poles gain, and so does the mean IoU. Now **the worst predictions** at
# output stride 4, judged by the poles:

# %% name="figure-worst" alt="Two rows of image, target, prediction, error: the two validation images in which the poles are worst."
draw(
    run_4.model,
    sorted(val, key=own_iou)[:2],
    (classes, colors),
    title="Output stride 4 at its worst: poles far away, one pixel wide, and wires",
)

# %% [markdown]
# A cell of 4 × 4 pixels is still wider than a pole, and a wire is one pixel wide. What is lost below output stride 4,
# no dilation brings back.
#
# ## Ablation
#
# Three output strides, and the first cure from the beginning: strides left out *without* dilation. All have the same
# parameters, steps and seeds. `python lectures/recipes/06_dilated_convolution.py ablation` made the table;
# `train_anew = True` repeats one seed here. *Predict:* which rows lose the poles, and which row mixes up the stones?

# %% name="figure-ablation" alt="Bars of pole IoU and look-alike accuracy for four settings. The pole IoU rises from output stride 16 over 8 to 4. The look-alike accuracy is high in all but the last setting, whose map is fine and whose field is small."
import json

settings = {
    "output stride 16": {"output_stride": 16},
    "output stride 8": {"output_stride": 8},
    "output stride 4": {"output_stride": 4},
    "4, without dilation": {"output_stride": 4, "dilate": False},
}
stored = json.loads(se.shipped("results/06_ablation.json").read_text(encoding="utf-8"))
rows = stored["rows"]
print(f"trained here, one seed, {steps} steps" if train_anew else f"loaded: {stored['about']}")
for row in rows if train_anew else []:
    row |= score(trained(**settings[row["setting"]], progress=False).evaluate(val))
shown = [name for name in rows[0] if not name.startswith("±")]
se.results_table(rows, shown, best={"pole IoU": "max", "look-alike accuracy": "max", "mean IoU": "max"})
measures = ("pole IoU", "look-alike accuracy")
se.comparison_bars(
    [row["setting"] for row in rows],
    {name: [row[name] for row in rows] for name in measures},
    errors=None if train_anew else {name: [row[f"± {name}"] for row in rows] for name in measures},
    xlabel="mean of three seeds, whiskers: standard deviation",
    title="Poles need a fine map, stones a wide field: only dilation has both",
)

# %% [markdown]
# The poles follow the output stride, the stones follow the field. Strides tie the two together: what sees far is
# coarse. Dilation unties them.
#
# ## What goes wrong
#
# **Symptom.** The map shrinks with every dilated layer. **Cause.** `padding=1` stayed. **Fix.** For an odd kernel,
# `padding = rate * (kernel_size - 1) // 2`.
#
# **Symptom.** A converted network is right at the sampled points, and its picture lies some pixels too far up and left.
# **Cause.** The upsampling. Bilinear upsampling by $s$ puts cell $i$ at pixel $s\,i + (s-1)/2$. By 16 the old cell $i$
# is at $16i + 7.5$; by 4 the same value, now in cell $4i$, is at $4·4i + 1.5$. **Fix.** Train with the new upsampling
# (as the lab does), or shift by the difference, $(16 - 4)/2 = 6$ pixels.
#
# **Symptom.** A large rate does nothing. **Cause.** The map is smaller than the kernel: with rate 24 on a 24 × 32 map
# 1.5 of the nine taps meet the map on average, and the layer is nearly 1 × 1. **Fix.** Rates well below the map's size.
#
# **Symptom.** Fine speckle or a lattice in the output. **Cause.** Gridding. **Fix.** Rates without a common factor,
# none larger than the field of the smaller ones.

# %% name="wrong"
print("padding stayed:", nn.Conv2d(8, 8, 3, padding=1, dilation=4)(torch.ones(1, 8, 24, 32)).shape, "from 24 × 32")
column = torch.arange(128.0).expand(1, 1, 96, 128)
placed = [F.interpolate(column[..., ::s, ::s], scale_factor=s, mode="bilinear")[0, 0, 48, 64].item() for s in (16, 4)]
print("pixel 64 shows what was computed for column", *placed)
assert placed[1] - placed[0] == 6
inside = F.conv2d(torch.ones(1, 1, 24, 32), torch.ones(1, 1, 3, 3), padding=24, dilation=24)
print("rate 24: taps that meet the map:", inside.mean().item(), "on average, at most", int(inside.max()))
print("holes with rates 2, 4, 8:", se.ops.grid_holes([2, 4, 8]), "with 1, 3, 8:", se.ops.grid_holes([1, 3, 8]))

# %% [markdown]
# ## Which one should I choose?
#
# | you have | take | because |
# |---|---|---|
# | a pretrained backbone, thin classes, memory to spare | output stride 8, by conversion | its weights stay valid |
# | the same, less memory | output stride 16 | a quarter of the late maps' cells |
# | a small network of your own | strides early, then rates 1, 2, 4 | far *and* fine |
# | several rates in a row | 1, 2, 5 or 1, 3, 9 | no holes |
# | outlines to the pixel | a path that comes up again with skips | dilation keeps what is there, it doesn't restore |
# | a tight budget of MACs | strides, and a decoder | dense maps are what costs |

# %% [markdown]
# ## Recap
#
# - A dilated convolution is the same sum with taps $r$ cells apart: a larger kernel with zeros in its holes.
# - Parameters and MACs do not depend on the rate; doubling rates make the field grow as $2^{L+1} - 1$.
# - A stride that is given up becomes a rate behind it. A ResNet kept its features at every 4th cell to $10^{-5}$.
# - Rates with a common factor, or larger than the field before them, leave holes: 2, 2, 2 misses 120 of 169 pixels.
# - At equal weights, poles gained with each halving of the output stride, and stones needed the field.
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
# | no holes, rates in rising order | each $r \le$ the field before it |
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
# - [Chen et al. 2015, DeepLab](https://arxiv.org/abs/1412.7062): the "hole algorithm" that brought the trick into
#   segmentation.
# - Code: torchvision's ResNets take
#   [`replace_stride_with_dilation`](https://docs.pytorch.org/vision/stable/models/resnet.html), from ResNet-50 on
#   (ResNet-18 and 34 refuse it); compare with yours.
# - Data: [CamVid](http://mi.eng.cam.ac.uk/research/projects/VideoRec/CamVid/), with real poles, for the lab.
#
# **Next:** [7. Upsampling without weights](07_upsampling.ipynb): how do we get the resolution back?
