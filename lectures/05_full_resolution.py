# %% [markdown] name="front"
# # 5. Fully convolutional, full resolution
#
# {{colab_badge}}
#
# **Question.** Pooling makes the map coarse. Why not just drop the pooling?
#
# **You will be able to**
#
# - turn a classifier into a network that takes an image of any size,
# - work out the multiplications and the memory of a network before you build it, and measure both,
# - say what full resolution costs, and what the same budget buys at a coarser one,
# - sketch the network that goes down for *what* and comes up for *where*.
#
# **Prerequisites.** [3. Convolution and the receptive field](03_convolution.ipynb) and
# [4. Sliding windows](04_sliding_windows.ipynb).
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
dataset = "scenes"  # of the lab: or "camvid", "pets"
root = None  # the folder of a real data set; None: where `segedu data` fetches it to
steps = 300  # of the lab's training
train_anew = False  # True: repeat one seed of the ablation here (some minutes) instead of loading its table

# %% [markdown]
# ## The goal
#
# Meadows with thin **poles**, and with **boulders** and **pyramids**. These two are made of the same stone and differ
# in their outline alone. The stones ask for a wide view, the poles for fine detail.
#
# Here are two networks of five 3 × 3 layers each. They spend the same number of multiplications on an image. A tower
# is given by (channels, stride) of each layer. `full` has stride 1 everywhere. `down` begins with two strides of 2,
# so its map is four times coarser in height and width, and it is brought back by interpolation.


# %% name="data"
def load(name, root=None):
    """Return training set, 64 validation samples, class names and colors."""
    dials = {"objects": (2, 4), "pair_share": 1, "pair_size": 1.5, "scale_range": 1, "overlap": 0, "rare": 0}
    options = {**dials, "thin": 1.5, "thin_width": 2.0} if name == "scenes" else {"root": root, "fallback": True}
    train, val = (se.load_dataset(name, split, size=(64, 96), **options) for split in ("train", "val"))
    chosen = range(0, len(val), max(1, len(val) // 64))
    return [train[i] for i in range(min(256, len(train)))], [val[i] for i in chosen][:64], train.classes, train.colors


train, val, classes, colors = load("scenes")
shape = (1, 3, 64, 96)


def layer(channels_in, channels, stride=1):
    conv = nn.Conv2d(channels_in, channels, 3, stride, padding=1, bias=False)
    return [conv, nn.BatchNorm2d(channels), nn.ReLU(inplace=True)]


def tower(*plan, num_classes=10):
    """Return a network of layers (channels, stride); image (N, 3, H, W) -> logits (N, num_classes, H, W)."""
    layers, width, factor = [], 3, 1
    for channels, stride in plan:
        layers += layer(width, channels, stride)
        width, factor = channels, factor * stride
    back = nn.Upsample(scale_factor=factor, mode="bilinear") if factor > 1 else nn.Identity()
    return nn.Sequential(*layers, nn.Conv2d(width, num_classes, 1), back)


plans = {"full": [(8, 1)] * 5, "down": [(18, 2), (36, 2), (36, 1), (36, 1), (36, 1)]}
for name, plan in plans.items():
    print(f"{name}: {se.count_macs(tower(*plan), shape):,} multiplications")

# %% name="figure-goal" alt="Two rows of image, target, prediction and error. In the first row the poles are thin and in place, and the pyramid is called a boulder, all but its rim. In the second row the pyramid is right, poles are thick or missing."
full, down = (se.load_weights(tower(*plans[name]), f"05_{name}") for name in plans)


def draw(models, chosen, **text):
    """Show image, target, prediction and error: a row for each chosen image and each model {caption: network}."""
    rows = [(val[i]["image"], val[i]["label_map"], model, name) for i in chosen for name, model in models.items()]
    images, targets, networks, captions = zip(*rows, strict=True)
    predictions = [se.predict(network, image) for network, image in zip(networks, images, strict=True)]
    se.show_predictions(images, targets, predictions, classes, colors, captions=captions, **text)


draw(
    {"full": full, "down": down},
    [14],
    title="Full resolution draws every pole and mixes up the stones; the coarse network does the opposite",
)

# %% [markdown]
# *Say for each row what is wrong, before you read on.*
#
# The error maps tell. `full` has each pole, one or two pixels wide, and takes the inside of a pyramid for a boulder.
# `down` knows its stones and smears the poles. Can one network have both? First we ask how a classifier comes to make
# a map at all. Then what full resolution costs, why it sees so little, and why no trained classifier helps with it.
#
# ## 1. From one answer to a map of answers
#
# Segmentation networks come from classifiers: millions of labeled images exist for *what is in the picture?*, few for
# *where?*. So we begin with a classifier: two convolutions, each followed by pooling, then two linear layers. It is
# trained on crops of 22 × 30 pixels, to name the class of their middle pixel. Then we give it a whole image, 64 × 96.


# %% name="classifier"
def crop_classifier():
    features = nn.Conv2d(3, 12, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(12, 24, 3), nn.ReLU(), nn.MaxPool2d(2)
    return nn.Sequential(*features, nn.Flatten(), nn.Linear(24 * 4 * 6, 32), nn.ReLU(), nn.Linear(32, len(classes)))


images = torch.stack([(sample["image"].as_subclass(torch.Tensor) - 0.5) / 0.25 for sample in train])
labels = torch.stack([sample["label_map"].as_subclass(torch.Tensor) for sample in train])
middles = [(labels[:, 11:-11, 15:-15] == c).nonzero() for c in range(len(classes))]  # per class: (image, top, left)


def balanced_crops(count):
    """Return crops (count, 3, 22, 30) and the classes of their middle pixels; every class counts the same."""
    known = [c for c in range(len(classes)) if len(middles[c])]
    drawn = [known[k] for k in torch.randint(len(known), (count,)).tolist()]
    places = [middles[c][torch.randint(len(middles[c]), ()).item()].tolist() for c in drawn]
    return torch.stack([images[n, :, y : y + 22, x : x + 30] for n, y, x in places]), torch.tensor(drawn)


classifier = crop_classifier()
optimizer = torch.optim.AdamW(classifier.parameters(), lr=3e-3)
for _step in range(150):
    crops, answers = balanced_crops(96)
    loss = F.cross_entropy(classifier(crops), answers)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
classifier.eval()
crops, answers = balanced_crops(500)
print(f"right on 500 more crops of the training images: {(classifier(crops).argmax(1) == answers).float().mean():.0%}")

# %% name="refusal"
try:
    classifier(images[:1])
except RuntimeError as error:
    print("RuntimeError:", error)

# %% [markdown]
# Read the message: the linear layer wants 576 = 24 · 4 · 6 numbers and is given more. Convolutions and poolings had no
# objection. Only `Flatten` and `Linear` insist on a size. From [lecture 4](04_sliding_windows.ipynb) we know
# the cure: a linear layer on a window is a convolution whose kernel is as large as the window. What is new is the
# pooling in front of it. Which crop does a value of the map speak for?
#
# By hand. The image below holds row and column of each pixel: pixel (3, 5) is 35. The classifier is a 2 × 2 pooling and
# a linear layer with six weights, made for crops of 4 × 6. Place (1, 2) of the map sees the pooled cells from (1, 2)
# on, which lie two pixels apart. So it speaks for the crop whose corner is pixel **(2, 4)**. Its weights pick the
# pooled cells (1, 2) and (2, 4), whose maxima are 35 and 59: **we expect 94.**

# %% name="figure-positions" alt="A 6 × 10 image with a framed crop of 4 × 6 whose corner is pixel (2, 4); the pooled 3 × 5 cells with the window of 2 × 3 at (1, 2) framed; six weights; a map of 2 × 3 with 94 framed at (1, 2)."
numbers = (10 * torch.arange(6)[:, None] + torch.arange(10)).float()
weights = torch.tensor([[1.0, 0, 0], [0, 0, 1]])
pooled = F.max_pool2d(numbers[None], 2)[0]
answer = F.conv2d(pooled[None, None], weights[None, None])[0, 0]
one_crop = (F.max_pool2d(numbers[None, 2:6, 4:10], 2).flatten() * weights.flatten()).sum()
assert answer[1, 2] == one_crop == 94
se.matrix_figure(
    [numbers, pooled, weights, answer],
    ["image, with one crop", "pooled", "weights", "map"],
    symbols=["→", "∗", "="],
    highlight={0: (2, 4, 4, 6), 1: (1, 2, 2, 3), 3: (1, 2, 1, 1)},
    taps={2: True},
    cell=30,
    title="A value of the map speaks for one crop; the next value for the crop two pixels on",
)

# %% [markdown] name="task-fully-convolutional"
# ### Exercise 5.1: make it fully convolutional (implement)
#
# <div class="alert alert-info">
#
# **Task.** Write `fully_convolutional(classifier, input_size)`. The classifier is an `nn.Sequential` of convolutions
# without padding, activations and poolings, then `nn.Flatten`, then linear layers with activations between them. It
# takes images (N, 3, H, W) of `input_size` = (H, W). Some linear layers have no bias; dropout may stand between them.
# Return a network with the same weights, and no others, that takes larger images and returns a map of logits (N, K,
# rows, columns), for K classes; it is tried in evaluation mode. Leave the classifier itself as it is, layers, weights
# and mode (training or evaluation): we need it again. Do it without `se.ops.make_fully_convolutional` and
# `se.ops.linear_to_conv`.
#
# What a right answer draws: `se.target("05.fully_convolutional")`.
# Stuck? `se.hint("05.fully_convolutional", 1)`, then 2, then 3.
#
# </div>


# %% name="exercise-fully-convolutional"
def fully_convolutional(classifier, input_size):
    """Return a network that gives, at each place of its map, the classifier's logits for the crop there."""
    ### BEGIN SOLUTION
    x, layers = torch.zeros(1, 3, *input_size), []
    for layer in classifier:
        if isinstance(layer, nn.Flatten):
            continue
        if isinstance(layer, nn.Linear):
            conv = nn.Conv2d(x.shape[1], layer.out_features, x.shape[2:], bias=layer.bias is not None)
            conv.weight.data = layer.weight.data.view(conv.weight.shape)
            conv.bias = layer.bias
            layer = conv
        x = layer(x)
        layers.append(layer)
    return nn.Sequential(*layers)
    ### END SOLUTION


# %% name="check-fully-convolutional"
passed = se.check("05.fully_convolutional", fully_convolutional)

# %% name="figure-fully-convolutional" alt="Two rows: a scene of 64 × 96 pixels with its map of 11 × 17 labels, a scene of 64 × 200 pixels with its map of 11 × 43 labels. Sky, meadow and stones stand where they are in the scene, in coarse blocks."
if passed:
    network = fully_convolutional(classifier, (22, 30))
    wide = [se.Scenes(9, size=size, objects=(3, 5), pair_share=1, pair_size=1.5)[4] for size in ((64, 96), (64, 200))]
    pictures, captions = [], []
    for sample in wide:
        logits = network((sample["image"].as_subclass(torch.Tensor)[None] - 0.5) / 0.25)[0]
        pictures += [sample["image"], logits.argmax(0)]
        captions += ["{} × {} pixels".format(*sample["image"].shape[1:]), "{} × {} answers".format(*logits.shape[1:])]
    se.show_row(
        pictures,
        captions,
        columns=2,
        colors=colors,
        classes=classes,
        height=200,
        title="Your network answers for images of any size, with one value per crop, four pixels apart",
    )
else:
    se.target("05.fully_convolutional")

# %% [markdown]
# The course has the same as `se.ops.make_fully_convolutional`. **We expect** its map, computed at once, to equal the
# classifier's answers to all 11 · 17 crops, one by one. Two poolings halve twice, so crops lie four pixels apart.

# %% name="equal"
dense, picture = se.ops.make_fully_convolutional(classifier, (22, 30)), images[:1]
corners = [(y, x) for y in range(0, 64 - 22 + 1, 4) for x in range(0, 96 - 30 + 1, 4)]
with torch.no_grad():
    at_once = dense(picture)[0]  # (classes, 11, 17)
    one_by_one = torch.cat([classifier(picture[:, :, y : y + 22, x : x + 30]) for y, x in corners])
torch.testing.assert_close(at_once.flatten(1).T, one_by_one, atol=1e-5, rtol=1e-5)
ratio = len(corners) * se.count_macs(classifier, (1, 3, 22, 30)) / se.count_macs(dense, (1, 3, 64, 96))
print(f"{len(corners)} crops agree, for {ratio:.0f} times fewer multiplications")

# %% [markdown]
# A network without `Flatten` and `Linear` is called **fully convolutional**: any size in, a map out. The map is
# coarse, because each pooling halves it. So why not just drop the pooling?
#
# ## 2. The bill of full resolution
#
# Two things are paid for. **MACs**, multiplications with their additions, take time. **Memory** holds what the layers
# return, for training computes gradients backwards through all of it:
#
# $$\text{MACs} = \sum_l k_l^2\, C_{l-1}\, C_l\, H_l W_l \qquad\qquad \text{memory} = b \sum_l N\, C_l\, H_l W_l$$
#
# Layer $l$ has kernels of side $k_l$ and returns $C_l$ channels of $H_l \times W_l$ cells. There are $N$ images in a
# batch, and $b = 4$ bytes in a float32. Both sums run over *outputs*, so a stride pays off at once.
#
# VGG-16 is a classifier of 13 convolutions and 5 poolings. Its first layer returns 64 channels. At 512 × 1024, half
# the height and width of a Cityscapes frame, **we expect** that this one output takes 64 · 512 · 1024 · 4 =
# 134,217,728 bytes.
# *Predict:* what do MACs and memory of all 13 layers grow by, if the poolings go?

# %% name="vgg"
from torchvision.models import resnet50, vgg16

with torch.device("meta"):  # shapes without memory
    pooling = vgg16(weights=None).features
without = nn.Sequential(*[layer for layer in pooling if not isinstance(layer, nn.MaxPool2d)])
street = (1, 3, 512, 1024)
assert se.ops.layer_table(pooling, street)[0].activation_bytes == 64 * 512 * 1024 * 4 == 134_217_728


def bill(network, shape):
    costs = {"GMACs": se.count_macs(network, shape) / 1e9, "MB": se.ops.activation_memory(network, shape) / 1e6}
    field = se.receptive_field(network).size[0]
    return {"parameters": se.count_parameters(network), **costs, "field (pixels)": field}


rows = [{"VGG-16": "with its poolings", **bill(pooling, street)}, {"VGG-16": "without", **bill(without, street)}]
se.results_table(rows, formats={"GMACs": ",.0f", "MB": ",.0f"})

# %% [markdown]
# Without its poolings VGG-16 needs 48 times the MACs and 14 times the memory: 8.9 GB to keep for **one** image. And its
# last layer sees 27 pixels in place of 212. Same weights, and every number got worse.
#
# Where does the memory sit, and where do the weights?

# %% name="figure-stages" alt="Pairs of bars for five stages. Memory falls from 48 % through 24, 17 and 9 to 2 %; the weights rise from below 1 % to 40 and 48 %."
stages, stage = [], [0, 0]
for row in se.ops.layer_table(pooling, street):
    stage = [stage[0] + row.activation_bytes, stage[1] + row.parameters]
    if row.kind == "MaxPool2d":
        stages, stage = [*stages, stage], [0, 0]
memory, parameters = (torch.tensor(column, dtype=torch.float64) for column in zip(*stages))
se.comparison_bars(
    [f"stage {i + 1}: 1/{2**i} of the size" for i in range(5)],
    {"memory": memory / memory.sum(), "parameters": parameters / parameters.sum()},
    xlabel="share of the whole network",
    title="The memory is spent at the top, the weights sit at the bottom",
)

# %% [markdown]
# The first stage holds 48 % of the memory and 0.3 % of the weights; in the last one it is the other way round. Near the
# image, cells are many and channels are few. A pooling trades one for the other.
#
# By hand: a 3 × 3 layer from 8 to 8 channels on 64 × 96 cells needs 9 · 8 · 8 · 6,144 = 3,538,944 MACs. On half the
# height and half the width there are a quarter of the cells. So for the same MACs it may have twice the channels, in
# *and* out: 9 · 16 · 16 · 1,536 = **3,538,944.** Its output has half the numbers, and its weights are four times as
# many.

# %% name="trade"
fine, coarse = nn.Conv2d(8, 8, 3, padding=1, bias=False), nn.Conv2d(16, 16, 3, padding=1, bias=False)
costs = [bill(fine, (1, 8, 64, 96)), bill(coarse, (1, 16, 32, 48))]
assert costs[0]["GMACs"] == costs[1]["GMACs"] == 3_538_944 / 1e9
assert costs[0]["MB"] == 2 * costs[1]["MB"]
assert costs[1]["parameters"] == 4 * costs[0]["parameters"]

# %% [markdown] name="task-activation-bytes"
# ### Exercise 5.2: measure the memory (measure)
#
# A formula is a claim. torch can be asked: a **forward hook** is a function that a layer calls with its output.
#
# <div class="alert alert-info">
#
# **Task.** Write `activation_bytes(model, images)`: the bytes of all layers' outputs together, in one run of the model
# in the mode (training or evaluation) that it has. A layer is a module without children; if it is called twice, both
# outputs count. An output that lies in the memory of its layer's input, as behind an in-place ReLU or `Flatten`, counts
# nothing. Leave the model as it was, with its mode: in the end remove your hooks, and only yours. Do it without
# `se.ops.activation_memory` and `se.ops.layer_table`.
#
# What a right answer draws: `se.target("05.activation_bytes")`.
# Stuck? `se.hint("05.activation_bytes", 1)`, then 2, then 3.
#
# </div>


# %% name="exercise-activation-bytes"
def activation_bytes(model, images):
    """Return the bytes that the outputs of all layers take, for this batch of images (N, C, H, W)."""
    ### BEGIN SOLUTION
    sizes = []

    def hook(layer, inputs, output):
        if output.data_ptr() != inputs[0].data_ptr():
            sizes.append(output.numel() * output.element_size())

    layers = [module for module in model.modules() if not any(module.children())]
    handles = [layer.register_forward_hook(hook) for layer in layers]
    model(images)
    for handle in handles:
        handle.remove()
    return sum(sizes)
    ### END SOLUTION


# %% name="check-activation-bytes"
passed = se.check("05.activation_bytes", activation_bytes)

# %% name="figure-activation-bytes" alt="On logarithmic axes two parallel straight lines over image heights from 32 to 256. `down` needs 38 numbers per pixel, `full` 90."
if passed:
    sides, per_pixel = [32, 64, 128, 256], {"full": 5 * 2 * 8 + 10, "down": 2 * (18 / 4 + 4 * 36 / 16) + 10 / 16 + 10}
    measured = {
        name: [activation_bytes(network, torch.rand(1, 3, side, side + side // 2)) for side in sides]
        for name, network in (("full", full), ("down", down))
    }
    for name, numbers in per_pixel.items():
        assert measured[name] == [4 * numbers * side * (side + side // 2) for side in sides]
    se.curve(
        sides,
        {f"{name}: {per_pixel[name]} numbers per pixel": torch.tensor(b) / 1e6 for name, b in measured.items()},
        "height of the image (pixels), width 1.5 times as large",
        "memory (MB)",
        "What your hooks measure is what the formula says: so many numbers per pixel, four bytes each",
        log="xy",
    )
else:
    se.target("05.activation_bytes")

# %% [markdown]
# Does training really keep all of these? torch can be asked which tensors it puts aside for the backward pass. We count
# each piece of memory once, for the five layers of both towers. A convolution needs its input for the gradient of its
# weights, and the first layer's input is the image. So **we expect** the outputs of all layers and the image.


# %% name="autograd"
def kept_for_backward(network, images):
    """Return the bytes that autograd keeps for the backward pass, without weights and their statistics."""
    kept, own = {}, {tensor.untyped_storage().data_ptr() for tensor in network.state_dict().values()}

    def note(tensor):
        if tensor.ndim == 4:
            kept[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        output = network(images)  # noqa: F841 (as long as it lives, the memory of all that is kept is not used again)
    return sum(size for address, size in kept.items() if address not in own)


# %% name="autograd-agrees"
for name, plan in plans.items():
    layers = tower(*plan)[:-2]
    kept, outputs = kept_for_backward(layers, images[:1].clone()), se.ops.activation_memory(layers, shape)
    assert kept == outputs + 4 * images[0].numel()
    print(f"{name}: autograd keeps {kept:,} bytes = outputs {outputs:,} + image {4 * images[0].numel():,}")

# %% [markdown] name="task-tower-costs"
# ### Exercise 5.3: a colleague's bill (debug)
#
# A colleague wrote the function below for towers of convolutions with odd kernels and padding $k // 2$. A layer is
# (kernel size, channels, stride). For `full` it agrees with the course's count. For `down` it does not.
#
# <div class="alert alert-info">
#
# **Task.** It has two bugs. For each of them, find a tower, as small as you can, on which it shows. Then write
# `tower_costs(layers, channels, height, width)`, which returns MACs and bytes (float32, one image) as a pair of ints.
# Count the convolutions alone, without biases, and without the course's counters (`se.count_macs` and its like).
#
# What a right answer draws: `se.target("05.tower_costs")`.
# Stuck? `se.hint("05.tower_costs", 1)`, then 2, then 3.
#
# </div>


# %% name="colleague"
def colleague_costs(layers, channels, height, width):
    macs = memory = 0
    for kernel, out, stride in layers:
        macs += kernel * kernel * channels * out * height * width
        height, width = height // stride, width // stride
        memory += 4 * out * height * width
        channels = out
    return macs, memory


for name, plan in plans.items():
    convs = nn.Sequential(*[part for part in tower(*plan)[:-2] if isinstance(part, nn.Conv2d)])
    colleague = colleague_costs([(3, channels, stride) for channels, stride in plan], *shape[1:])
    counted = se.count_macs(convs, shape), se.ops.activation_memory(convs, shape)
    print(f"{name}: the colleague says {colleague}, the course counts {counted}")


# %% name="exercise-tower-costs"
def tower_costs(layers, channels, height, width):
    """Return (MACs, bytes of all outputs) of a tower of layers (kernel size, channels, stride) on one image."""
    ### BEGIN SOLUTION
    macs = memory = 0
    for kernel, out, stride in layers:
        height, width = (height - 1) // stride + 1, (width - 1) // stride + 1
        macs += kernel * kernel * channels * out * height * width
        memory += 4 * out * height * width
        channels = out
    return macs, memory
    ### END SOLUTION


# %% name="check-tower-costs"
passed = se.check("05.tower_costs", tower_costs)

# %% name="figure-tower-costs" alt="Three curves over depth. At stride 1 the MACs rise by about 1.2 billion with each layer; with strides and equal channels they stay flat near zero; with strides and doubled channels they rise by 0.15 billion a layer."
if passed:
    depths = list(range(1, 9))
    grow = {
        "stride 1, 16 channels": [(3, 16, 1)] * 8,
        "stride 2, 16 channels": [(3, 16, 2)] * 8,
        "stride 2, channels doubled: 16, 32, 64, …": [(3, 16 * 2**i, 2) for i in range(8)],
    }
    se.curve(
        depths,
        {name: [tower_costs(plan[:depth], 3, 512, 1024)[0] / 1e9 for depth in depths] for name, plan in grow.items()},
        "depth (layers)",
        "billion MACs for 512 × 1024 pixels",
        "Doubled channels pay for halved maps: each layer costs the same, and all of them little",
    )
else:
    se.target("05.tower_costs")

# %% [markdown]
# Now the two towers of the goal, layer by layer. The memory of a row includes normalization and activation.

# %% name="figure-towers" alt="Two towers. Each layer of the first has 64 × 96 cells and sees 3, 5, 7, 9, 11 pixels; 16.0 million MACs, 2.21 MB. The second narrows to 16 × 24 cells and sees 3, 7, 15, 23, 31 pixels; 16.6 million MACs, 0.92 MB."
se.viz.draw_towers(
    {"full: stride 1 in every layer": full, "down: two strides of 2": down},
    shape,
    title="Equal MACs: the coarse tower sees three times as far and keeps less in memory",
)

# %% [markdown]
# **Play.** The explorer starts with a network that downsamples, and with the same network whose strides are dropped:
# section 2 at a glance. *Predict first:* you halve height and width of the image. Which of MACs, memory and field
# change, and by what factor? Then, in the one without strides, give layer 2 a stride of 2; then layer 6 in its place.
# Which of the two is worth more, and in which of the three numbers?

# %% name="widget-network-cost"
se.explorers.NetworkCostExplorer()

# %% [markdown]
# ## 3. Full resolution sees little
#
# A large enough GPU could pay that bill. But look at the last column of the towers. A plain stack widens its field by 2
# pixels a layer: $1 + 2 \cdot 5 = 11$ for `full`. In `down`, the taps of a layer lie as far apart as the strides before
# it say: 3, then $3 + 2 \cdot 2 = 7$, then three times $2 \cdot 4$ more. **We expect** 11 and 31 pixels. The stones are
# about 20 pixels wide.

# %% name="fields"
fields = {name: se.receptive_field(tower(*plan)[:-1]).size[0] for name, plan in plans.items()}
assert fields == {"full": 11, "down": 31}
assert all(se.receptive_field(tower(*[(8, 1)] * depth)[:-1]).size[0] == 1 + 2 * depth for depth in range(1, 17))
measured = {
    name: se.ops.measured_receptive_field(tower(*plan)[:-1], (1, 3, 96, 96)).size for name, plan in plans.items()
}
print("counted:", fields, "- measured by gradient:", measured)

# %% [markdown]
# What does a field of a given size cost? Against plain layers of 8 channels we set strided layers whose channels
# double. *Predict:* from 15 to 127 pixels, by which factor does the bill of each grow?
#
# Below the curves, on a photograph: what one value of VGG-16's last map sees, with its poolings and without.

# %% name="figure-price" alt="Two rising curves on logarithmic axes. At stride 1 the MACs grow in proportion to the field; with strides they grow by a small step for each doubling."
targets = [3, 7, 15, 31, 63, 127]
plain = [tower(*[(8, 1)] * ((field - 1) // 2)) for field in targets]
strided = [tower(*[(8 * 2**i, 2) for i in range(depth + 1)]) for depth in range(len(targets))]
for networks in (plain, strided):
    assert [se.receptive_field(network[:-2]).size[0] for network in networks] == targets
large = (1, 3, 256, 384)
price = {
    "stride 1, 8 channels": [se.count_macs(network[:-2], large) / 1e9 for network in plain],
    "stride 2, channels 8, 16, 32, …": [se.count_macs(network[:-2], large) / 1e9 for network in strided],
}
se.curve(
    targets,
    price,
    "receptive field (pixels)",
    "billion MACs for 256 × 384 pixels",
    "At full resolution a field is paid by the pixel, with strides by the doubling",
    log="xy",
)

# %% name="figure-photo" alt="A cat's head with two frames around one eye: a large one from forehead to nose and cheek, and one of 27 pixels that holds the pupil."
se.viz.draw_windows(
    se.photo("chelsea"),
    [(110 - side // 2, 172 - side // 2, side, side) for side in (212, 27)],
    labels=["with its poolings: 212 pixels", "without: 27 pixels"],
    title="Thirteen layers at full resolution see a pupil, with five poolings half a face",
)

# %% [markdown]
# <div class="alert alert-success">
#
# **Checkpoint.** `full` is to see 31 pixels like `down`. How many layers does it need, and how many MACs?
#
# <details><summary>Answer</summary>15 layers, since 1 + 2 · 15 = 31. At 3.54 million MACs for each layer but the first:
# 51 million, three times the budget.</details>
#
# </div>
#
# ## 4. No trained backbone fits
#
# Suppose you can pay, and take a network that was trained on a million images for its **backbone**: the layers before
# the answer. Its weights fit any stride, so you set all strides to 1. Nothing complains.
#
# But each layer was trained on what the strides before it left over. By hand: a step of brightness 0, 5, 9, four pixels
# each. The kernel (−1, 0, 1) was trained on every fourth pixel. **There we expect 9 − 0 = 9**: a large step. On all
# pixels its taps lie closer together, and **we expect 5, 0, 0, 4**: the large step is never seen.
#
# Then the same with a trained network. We take `down` and set its strides to 1, with every weight kept. *Predict* its
# mean IoU.

# %% name="figure-scale" alt="The values 0 5 9 give 9 under the kernel −1 0 1. The values 0 0 0 0 5 5 5 5 9 9 9 9 give 0 0 5 5 0 0 4 4 0 0."
steps_of_light = torch.tensor([0, 0, 0, 0, 5, 5, 5, 5, 9, 9, 9, 9])
edge = torch.tensor([-1, 0, 1])
sampled = steps_of_light[::4]
answers = [torch.conv1d(x.view(1, 1, -1), edge.view(1, 1, -1))[0, 0] for x in (sampled, steps_of_light)]
assert answers[0].tolist() == [9]
assert answers[1][3:7].tolist() == [5, 0, 0, 4]
se.matrix_figure(
    [sampled, answers[0], steps_of_light, answers[1]],
    ["every fourth pixel", "answer", "all pixels", "answers of the same kernel"],
    symbols=["→", "", "→"],
    highlight={1: (0, 0, 1, 1), 3: (0, 3, 1, 4)},
    cell=30,
    title="Without the strides the same weights ask about a smaller part of the image",
)

# %% name="figure-strides-out" alt="Two rows of image, target, prediction and error. In the first the stones have one kind each. In the second they are patchworks, and errors are strewn over the scene."
import copy


def without_strides(network):
    """Return a copy with the same weights, all strides 1, and nothing to upsample."""
    network = copy.deepcopy(network)
    network[-1] = nn.Identity()
    for part in network.modules():
        if isinstance(part, nn.Conv2d):
            part.stride = (1, 1)
    return network


def evaluated(network, samples=None):
    matrix = se.ConfusionMatrix(len(classes))
    for sample in samples or val:
        matrix.update(se.predict(network, sample["image"]), sample["label_map"])
    return matrix


dense_down = without_strides(down)
three = {"full": full, "down": down, "down without strides": dense_down}
scores = {name: evaluated(network).mean_iou() for name, network in three.items()}
assert scores["down without strides"] + 0.1 < scores["full"] < scores["down"] - 0.1
print({name: round(score, 2) for name, score in scores.items()})
print("field:", se.receptive_field(dense_down).size[0], "pixels; MACs:", f"{se.count_macs(dense_down, shape):,}")
draw(
    {"down": down, "its strides set to 1": dense_down},
    [14],
    title="The same weights without their strides no longer know a stone",
)

# %% [markdown]
# Fifteen times the MACs, and the stones are patchworks again. It does worse than `full`, which has a sixteenth of the
# weights but learned them for its strides. For a large backbone even the price is out of reach. ResNet-50 is the
# backbone of many networks to come. **We expect** equal weights, and a bill with a factor in the hundreds:

# %% name="resnet"
with torch.device("meta"):
    backbone = nn.Sequential(*list(resnet50(weights=None).children())[:-2])  # without its last pooling and Linear
rows = [{"ResNet-50": "as trained", **bill(backbone, street)}]
for part in backbone.modules():
    if isinstance(part, nn.Conv2d | nn.MaxPool2d):
        part.stride = (1, 1)
rows.append({"ResNet-50": "strides set to 1", **bill(backbone, street)})
se.results_table(rows, formats={"GMACs": ",.0f", "MB": ",.0f"})

# %% [markdown]
# 288 times the MACs, 112 GB for one image, and a tenth of the field. So we can neither train such a network anew nor
# use its old weights. A way to take strides out *and* keep what was learned exists; it is the subject of
# [lecture 6](06_dilated_convolution.ipynb).
#
# ## 5. Down for what, up for where
#
# Put together: coarse maps see far and are cheap, and they know **what**. Fine maps are dear and see little, but they
# know **where**. Nobody said that one map has to do both. Keep a few fine layers. Go down beside them, come up again,
# and join the two at the end. That is the sketch of nearly every network in this course.


# %% name="down-and-up"
class DownAndUp(nn.Module):
    """One fine layer for where, a coarse branch for what; images (N, 3, H, W) -> logits (N, num_classes, H, W)."""

    def __init__(self, num_classes=10):
        super().__init__()
        coarse = layer(8, 16, 2) + layer(16, 32, 2) + layer(32, 48, 2) + layer(48, 48) + layer(48, 48) + layer(48, 48)
        self.where = nn.Sequential(*layer(3, 8))
        self.what = nn.Sequential(*coarse, nn.Conv2d(48, 8, 1))
        self.join = nn.Sequential(*layer(8, 8), nn.Conv2d(8, num_classes, 1))

    def forward(self, images):
        where = self.where(images)  # (N, 8, H, W)
        what = self.what(where)  # (N, 8, H/8, W/8)
        up = F.interpolate(what, size=where.shape[2:], mode="bilinear")  # (N, 8, H, W)
        return self.join(where + up)


# %% [markdown]
# By hand, in thousand MACs: where 1,327; down 1,769 + 1,769 + 1,327; three coarse layers of 1,991; 1 × 1 to 8 channels
# 37; join 3,539 + 492. **We expect** 16.2 million, the budget of `full` (16.0) and `down` (16.6). All layers have
# padding and work on any size: a `65 × 97` image gives a `65 × 97` map.

# %% name="figure-architecture"
down_and_up = se.load_weights(DownAndUp(), "05_down_and_up")
macs = [se.count_macs(network, shape) for network in (full, down, down_and_up)]
assert max(macs) < 1.05 * min(macs)
assert down_and_up(torch.rand(1, 3, 65, 97)).shape == (1, len(classes), 65, 97)
title = "Down for what, up for where: three halvings, one way back, one shortcut at full resolution"
alt = "A row of boxes: 64 × 96 with 8 channels, down to 8 × 12 with 48, back up by resizing, and an arrow over all."
se.draw_architecture(down_and_up, shape, alt, title=title)

# %% name="figure-all-three" alt="Three rows of image, target, prediction and error. The third has thin poles as the first and whole stones as the second; its error map is nearly empty."
draw(
    {"full": full, "down": down, "down and up": down_and_up},
    [14],
    title="At equal MACs, the network that goes down and comes up has the poles and the stones",
)

# %% [markdown]
# ## Lab: equal budgets
#
# **The trivial baseline** gives every pixel the class that covers most of the training images. Then the three networks.
# Two are loaded; the third is trained here, for fewer steps than its stored twin. With `dataset = "camvid"` all three
# are trained on real streets. *Predict* the order of their mean IoU, and which one wins on poles. Below the table stand
# **the worst predictions**, not the best.

# %% name="score"
groups = {"stones": ("boulder", "pyramid"), "poles": ("pole",)}


def score(matrix):
    """Return the mean IoU over all classes, and that of each group whose classes there are."""
    iou = {name: float(value) for name, value in zip(classes, matrix.iou(), strict=True)}
    known = {group: names for group, names in groups.items() if set(names) <= set(classes)}
    return {"mean IoU": matrix.mean_iou()} | {g: sum(iou[n] for n in names) / len(names) for g, names in known.items()}


# %% name="figure-history" alt="The training loss falls from above 2 to about 0.1; the validation mean IoU rises."
networks = {"full": full, "down": down}
if dataset != "scenes":
    train, val, classes, colors = load(dataset, root)
    fresh = {name: tower(*plan, num_classes=len(classes)) for name, plan in plans.items()}
    networks = {name: se.fit(model, train, steps=steps, lr=1e-2).model for name, model in fresh.items()}
torch.manual_seed(0)
run = se.fit(DownAndUp(len(classes)), train, val, steps=steps, lr=1e-2)
se.plot_history(run.history)

# %% name="lab-table"
labels = torch.stack([sample["label_map"].as_subclass(torch.Tensor) for sample in train])
most = int(torch.bincount(labels[labels < len(classes)], minlength=len(classes)).argmax())
baseline = se.ConfusionMatrix(len(classes))
for sample in val:
    baseline.update(torch.full_like(sample["label_map"], most), sample["label_map"])
rows = [{"network": f"all {classes[most]}", **score(baseline)}]
rows += [
    {"network": name, **score(evaluated(network))} for name, network in {**networks, "down and up": run.model}.items()
]
se.results_table(rows, best=dict.fromkeys(list(rows[0])[1:], "max"))

# %% name="figure-worst" alt="Two rows of image, target, prediction and error: the validation scenes with the lowest mean IoU."
own = [evaluated(run.model, [sample]).mean_iou() for sample in val]
draw(
    {"down and up": run.model},
    sorted(range(len(val)), key=own.__getitem__)[:2],
    title="Down and up at its worst: what is small, hidden or oddly lit",
)

# %% [markdown]
# At equal MACs the coarse network is ahead: 0.77 against 0.66. It wins by its stones and loses on the poles.
#
# ## Ablation
#
# Is that luck, and are two strides the right number? Five networks with the same MACs, within 10 %, 300 steps and three
# seeds each. The table was made by `python lectures/recipes/05_full_resolution.py`. *Predict:* how many strides are
# best, when there is no way up?

# %% name="settings"
settings = {
    "full": lambda: tower(*[(8, 1)] * 5),
    "one stride of 2": lambda: tower((16, 2), *[(16, 1)] * 4),
    "down: two": lambda: tower((18, 2), (36, 2), (36, 1), (36, 1), (36, 1)),
    "three": lambda: tower((19, 2), (38, 2), (76, 2), (76, 1), (76, 1)),
    "down and up": DownAndUp,
}

# %% name="ablation"
import json

stored = json.loads(se.shipped("results/05_ablation.json").read_text(encoding="utf-8"))
rows = [{key: value for key, value in row.items() if key != "seeds"} for row in stored["rows"]]
anew = train_anew and dataset == "scenes"
print("trained here, one seed" if anew else f"loaded: {stored['about']}")
if anew:
    for row, build in zip(rows, settings.values(), strict=True):
        with se.seeded(0):
            model = build()
        row |= score(se.fit(model, train, steps=300, lr=1e-2, progress=False).evaluate(val)) | {"±": 0.0}
se.results_table(rows, best={"mean IoU": "max", "stones": "max", "poles": "max", "bytes": "min", "field": "max"})

# %% name="figure-ablation" alt="Groups of three bars for five networks with fields from 11 to 81 pixels. With each stride the poles lose; the stones gain up to the second, where the mean peaks at 0.77. Down and up is ahead with 0.86."
se.comparison_bars(
    ["{}, field {}".format(row["network"], row["field"]) for row in rows],
    {name: [row[name] for row in rows] for name in ("mean IoU", "stones", "poles")},
    xlabel="IoU (mean of three seeds)",
    title="Strides trade poles for stones; down and up has both",
)

# %% [markdown]
# Without a way up, two strides are best. They lift the stones from 0.31 to 0.88 and cost the poles half of their IoU.
# A third stride widens the field, yet both fall: cells of 8 × 8 pixels are too coarse for outlines. Equal MACs are not
# equal weights: `down` has sixteen times those of `full`. That is part of the bargain, for weights are cheap where
# cells are few. Down and up has three strides too, and the best scores of all: its outlines come from elsewhere.
#
# ## What goes wrong
#
# **Symptom.** `mat1 and mat2 shapes cannot be multiplied`, for images of another size. **Cause.** A linear layer behind
# `Flatten`. **Fix.** Make it a convolution (exercise 5.1).
#
# **Symptom.** The dense map differs a little from what the classifier says to a crop. **Cause.** The classifier pads
# inside: a crop sees zeros where the image goes on. **Fix.** Train without padding, or accept it, and don't test for
# equality.
#
# **Symptom.** Validation runs out of memory, though training fits. **Cause.** The loop forgot `torch.no_grad()` and
# collects losses or logits. Each of them holds on to all outputs of its image, for a backward pass that never comes.
# **Fix.** `with torch.no_grad():`, as `se.predict` does.

# %% name="wrong"
padded = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 22 * 30, 10))
try:
    se.ops.make_fully_convolutional(padded, (22, 30))
except ValueError as error:
    print("ValueError:", error)
dense_padded = se.ops.make_fully_convolutional(padded, (22, 30), exact=False)
difference = dense_padded(picture)[:, :, 9, 9] - padded(picture[:, :, 9:31, 9:39])
print(f"With padding inside, the logits of a crop differ by up to {difference.abs().max():.2f}.")

# %% [markdown]
# **Symptom.** `The size of tensor a (97) must match the size of tensor b (104)` where fine and coarse maps meet.
# **Cause.** A stride rounds up, and a fixed `scale_factor` doesn't come back to the size it started from. **Fix.**
# Interpolate to the size of the fine map: `size=where.shape[2:]`.

# %% name="wrong-size"
with torch.no_grad():
    print("kept for a backward pass without gradients:", kept_for_backward(full, picture), "bytes")
odd = torch.rand(1, 3, 65, 97)
print("by scale_factor:", tuple(down(odd).shape[2:]), "- by size:", tuple(down_and_up(odd).shape[2:]))
assert down(odd).shape[2:] == (68, 100)
assert down_and_up(odd).shape[2:] == (65, 97)

# %% [markdown]
# ## Which one should I choose?
#
# | you have | take |
# |---|---|
# | a classifier, and images of many sizes | the same, made fully convolutional; the map is coarse |
# | things that a few pixels tell apart: cells of equal size, membranes, film grain | full resolution, a few layers |
# | things that are told by their outline, and coarse answers are enough | strides early, doubled channels |
# | a trained backbone | its strides as they are |
# | outlines *and* context, the usual case | down for what, up for where |
# | not enough memory in training | a smaller crop or batch first; then a stride in front |
#
# Count before you train: `se.count_macs`, `se.ops.activation_memory` and `se.receptive_field` need no weights and no
# data.

# %% [markdown]
# ## Recap
#
# - A network without `Flatten` and `Linear` takes any size. Each value of its map is the classifier's answer to a crop.
# - Dropping the pooling made VGG-16 48 times as dear, and its field an eighth.
# - The memory of training is the sum of all outputs: formula, hooks and autograd gave one number.
# - At equal MACs the coarser network saw 31 pixels in place of 11, and had the higher mean IoU with every seed.
# - Trained weights fit the strides that they were trained with.
# - Down for what, up for where: best at both, for the same MACs.
#
# **Formula card**
#
# | | |
# |---|---|
# | MACs | $\sum_l k_l^2\, C_{l-1}\, C_l\, H_l W_l$, outputs counted behind the stride |
# | activation memory | $b \sum_l N\, C_l\, H_l W_l$, $b$ bytes per number |
# | size behind a stride, odd $k$, padding $k // 2$ | $\lceil n / s \rceil$ |
# | stride 2 and twice the channels | MACs equal, memory halved, weights × 4, jump × 2 |
# | field of $L$ plain 3 × 3 layers | $1 + 2L$ |
# | field of $L$ layers with stride 2 | $2^{L+1} - 1$ |
#
# **Shapes card**
#
# | | |
# |---|---|
# | classifier | $(N, 3, H, W) \to (N, K)$, one size |
# | made fully convolutional | $(N, 3, H', W') \to (N, K, \text{rows}, \text{columns})$ |
# | linear behind `Flatten` → kernel | $(K, C h w) \to (K, C, h, w)$ |
# | where; what; logits | $(N, C, H, W)$; $(N, C, H/8, W/8)$; $(N, K, H, W)$ |

# %% [markdown]
# ## Going further
#
# - [Long, Shelhamer and Darrell 2015](https://arxiv.org/abs/1411.4038): section 3.1 turns classifiers into fully
#   convolutional networks, section 4.2 joins what and where; lecture 12 builds it.
# - [Sermanet et al. 2014, OverFeat](https://arxiv.org/abs/1312.6229): section 3.5, a classifier applied densely.
# - [Simonyan and Zisserman 2015, VGG](https://arxiv.org/abs/1409.1556): table 1; count along with exercise 5.3.
# - [Chen et al. 2016](https://arxiv.org/abs/1604.06174): training with less memory by computing outputs twice; torch
#   has it as [checkpoint](https://docs.pytorch.org/docs/stable/checkpoint.html).
# - Code: [fvcore's flop counter](https://github.com/facebookresearch/fvcore/blob/main/docs/flop_count.md) counts any
#   model. Data: `dataset = "camvid"`, real streets with poles.
#
# **Next:** [6. Dilated convolution](06_dilated_convolution.ipynb): how can a kernel see further without more weights,
# and without losing resolution?
