# %% [markdown] name="front"
# # 5. Fully convolutional, full resolution
#
# {{colab_badge}}
#
# **Question.** Pooling and strides make the map coarse. Why not just drop them?
#
# **You will be able to**
#
# - turn a classifier into a network that takes an image of any size,
# - work out the multiplications and the memory of a network before you build it, and measure the memory,
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
root = None  # the folder of a real data set; None: where `segedu data fetch` puts it
steps = 300  # of the lab's training
train_anew = False  # True: train the networks of the ablation here, too, one seed and `steps` steps each (minutes)

# %% [markdown]
# ## The goal
#
# Meadows with thin **poles**, and with **boulders** and **pyramids**, two stones that differ in their outline alone.
# The stones ask for a wide view, the poles for fine detail.
#
# Here are two networks of five 3 × 3 layers each. They spend the same number of multiplications on an image. A tower
# is given by (channels, stride) of each layer. `full` has stride 1 everywhere. `down` begins with two strides of 2,
# so its map is four times coarser in height and width, and interpolation brings it back to the size of the image. Both
# need 16 to 17 million multiplications for a scene.


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
# %% name="figure-goal" alt="Two rows of image, target, prediction and error. In the first row the poles are thin and in place, and the pyramid is called a boulder, all but its rim. In the second row the pyramid is right, poles are thick or missing."
two_towers = {name: se.load_weights(tower(*plan), f"05_{name}") for name, plan in plans.items()}
full, down = two_towers.values()


def draw(models, chosen, **text):
    """Show image, target, prediction and error: a row for each chosen image and each model {caption: network}."""
    rows = [(val[i]["image"], val[i]["label_map"], model, name) for i in chosen for name, model in models.items()]
    images, targets, networks, captions = zip(*rows, strict=True)
    predictions = [se.predict(network, image) for network, image in zip(networks, images, strict=True)]
    se.show_predictions(images, targets, predictions, classes, colors, captions=captions, **text)


draw(two_towers, [14], title="Two networks, equal budgets: which mistakes does each of them make?")

# %% [markdown]
# *Say for each row what is wrong, before you read on.*
#
# <details><summary>Answer</summary><code>full</code> has nearly every pole, one or two pixels wide, and takes the
# inside of a pyramid for a boulder. <code>down</code> knows its stones and smears the poles.</details>
#
# Photographs hold thin things, too. Below are a rocket, its labels, and the label in the middle of each 8 × 8 pixels:
# what a map eight times coarser says if it is *right in every cell*. *Predict* which things suffer most.

# %% name="figure-goal-photo" alt="A night photograph of a rocket between lattice towers; its labels; the same in blocks of 8 × 8 pixels, in which the rocket is a jagged strip, the thin tower tops are broken and most lamps have gone."
photo = se.photo("rocket", size=(192, 288), labels=True)
blocks = photo["label_map"][4::8, 4::8].repeat_interleave(8, 0).repeat_interleave(8, 1)
se.show_row(
    [photo["image"], photo["label_map"], blocks],
    ["photograph", "labels", "one label per 8 × 8 pixels"],
    colors=se.Photos.colors,
    classes=se.Photos.classes,
    title="What is left on a map that is eight times coarser?",
)

# %% name="proof-goal-photo" tags=["proof"]
iou = se.ConfusionMatrix(se.Photos.num_classes).update(blocks % 255, photo["label_map"]).iou()
best_possible = {name: round(float(iou[se.Photos.classes.index(name)]), 2) for name in ("sky", "rocket", "lamp")}
assert best_possible == {"sky": 0.92, "rocket": 0.48, "lamp": 0.28}, best_possible

# %% [markdown]
# <details><summary>Answer</summary>The thin and small. The sky keeps an IoU of 0.92, the rocket 0.48, the lamps
# 0.28.</details>
#
# Can one network see far *and* draw fine? First: how does a classifier come to make a map at all? Then: what does full
# resolution cost, and what does it see?
#
# ## 1. From one answer to a map of answers
#
# Segmentation networks come from classifiers: millions of labeled images exist for *what is in the picture?*, few for
# *where?*. So we begin with a classifier: two convolutions, each followed by a pooling, then two linear layers.
#
# A **max pooling** of 2 × 2 keeps the largest of each 2 × 2 cells, so height and width are halved. It has no weights.
# **We expect** of the 4 × 6 numbers below the maxima 7, 3, 9 and 4, 8, 6.

# %% name="figure-pooling" alt="A 4 × 6 array whose 2 × 2 blocks hold the maxima 7, 3, 9 and 4, 8, 6; to its right these six numbers."
cells = torch.tensor([[1, 7, 0, 2, 9, 3], [5, 2, 3, 1, 4, 4], [0, 4, 2, 8, 6, 1], [3, 1, 5, 0, 2, 6]])
maxima = F.max_pool2d(cells[None].float(), 2)[0]
se.matrix_figure(
    [cells, maxima],
    ["a map", "after a max pooling of 2 × 2"],
    highlight={0: [(0, 0, 2, 2), (2, 2, 2, 2)], 1: [(0, 0, 1, 1), (1, 1, 1, 1)]},
    title="Which number of each 2 × 2 cells goes on?",
)

# %% name="proof-pooling" tags=["proof"]
assert maxima.tolist() == [[7, 3, 9], [4, 8, 6]]

# %% [markdown]
# The same on the rocket, once, twice and three times. *Predict* what grows, and what goes.

# %% name="figure-pooling-photo" alt="The night photograph of the rocket after one, two and three max poolings: pixels grow from 2 to 8, the lamps become large bright blocks, and the dark struts of the towers vanish step by step."
maps = [F.max_pool2d(photo["image"].as_subclass(torch.Tensor)[None], 2**n)[0] for n in (1, 2, 3)]
captions = ["{} × {} cells".format(*each.shape[1:]) for each in maps]
se.show_row(maps, captions, title="A photograph after one, two and three max poolings: what grows, and what goes?")

# %% [markdown]
# <details><summary>Answer</summary>What is bright grows: lamps, the rocket. What is thin and dark goes: the towers'
# struts.</details>
#
# Our classifier was trained on crops of 22 × 30 pixels, to name the class of their middle pixel
# (`python lectures/recipes/05_full_resolution.py classifier`). Now we give it a whole image, 64 × 96.


# %% name="classifier"
def crop_classifier():
    features = nn.Conv2d(3, 12, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(12, 24, 3), nn.ReLU(), nn.MaxPool2d(2)
    return nn.Sequential(*features, nn.Flatten(), nn.Linear(24 * 4 * 6, 32), nn.ReLU(), nn.Linear(32, 10))


def ready(sample):
    """Return an image as the classifier was trained on it: (1, 3, H, W), around 0."""
    return (sample["image"].as_subclass(torch.Tensor)[None] - 0.5) / 0.25


classifier = se.load_weights(crop_classifier(), "05_classifier")
picture = ready(val[14])

# %% name="refusal"
try:
    classifier(picture)
except RuntimeError as error:
    print("RuntimeError:", error)

# %% [markdown]
# The linear layer wants 576 = 24 · 4 · 6 numbers and is given more. Convolutions and poolings had no objection. From
# [lecture 4](04_sliding_windows.ipynb) we know the cure: a linear layer on a window is a convolution whose kernel is as
# large as the window. What is new is the pooling in front of it. To which crop does a value of the map belong?
#
# By hand. The image below holds row and column of each pixel: pixel (3, 5) is 35. The classifier is a 2 × 2 pooling and
# a linear layer with six weights, made for crops of 4 × 6. Place (1, 2) of the map sees the pooled cells from (1, 2)
# on, which lie two pixels apart. So it is the answer to the crop whose corner is pixel **(2, 4)**. Its weights pick the
# pooled cells (1, 2) and (2, 4), whose maxima are 35 and 59: **we expect 94.**

# %% name="figure-positions" alt="A 6 × 10 image with a framed crop of 4 × 6 whose corner is pixel (2, 4); the pooled 3 × 5 cells with the window of 2 × 3 at (1, 2) framed; six weights; a map of 2 × 3 with 94 framed at (1, 2)."
numbers = (10 * torch.arange(6)[:, None] + torch.arange(10)).float()
weights = torch.tensor([[1.0, 0, 0], [0, 0, 1]])
pooled = F.max_pool2d(numbers[None], 2)[0]
answer = F.conv2d(pooled[None, None], weights[None, None])[0, 0]
se.matrix_figure(
    [numbers, pooled, weights, answer],
    ["image, with one crop", "pooled", "weights", "map"],
    symbols=["→", "∗", "="],
    highlight={0: (2, 4, 4, 6), 1: (1, 2, 2, 3), 3: (1, 2, 1, 1)},
    taps={2: True},
    title="A value of the map is the answer to one crop; the next value to the crop two pixels on",
)

# %% name="proof-positions" tags=["proof"]
one_crop = (F.max_pool2d(numbers[None, 2:6, 4:10], 2).flatten() * weights.flatten()).sum()
assert answer[1, 2] == one_crop == 94

# %% [markdown] name="task-fully-convolutional"
# ### Exercise 5.1: make it fully convolutional (implement)
#
# <div class="alert alert-info">
#
# **Task.** Write `fully_convolutional(classifier, input_size)`. The classifier is an `nn.Sequential` of convolutions
# without padding, activations and poolings, then `nn.Flatten`, then linear layers with activations between them. It
# takes images (N, 3, H, W) of `input_size` = (H, W). Some linear layers have no bias; dropout may stand between them.
# Return a network whose `parameters()` are the same weights, and no others, that takes larger images and returns a map
# of logits (N, K, rows, columns), for K classes; it is tried in evaluation mode. Leave the classifier itself as it is,
# layers, weights and mode (training or evaluation): we need it again. Do it without `se.ops.make_fully_convolutional`
# and `se.ops.linear_to_conv`.
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

# %% name="figure-fully-convolutional" alt="A scene of 64 × 200 pixels, and its 11 × 43 answers, each as a block of 4 × 4 pixels around the middle of its crop, in a hatched frame without answers. Sky, meadow and stones lie where they are in the scene, with outlines in steps; inside of the right pyramid stands boulder."
if passed:
    network = fully_convolutional(classifier, (22, 30))
    wide = se.Scenes(9, size=(64, 200), objects=(3, 5), pair_share=1, pair_size=1.5)[4]
    answers = network(ready(wide))[0].argmax(0)  # one for each crop; the first crop's middle is pixel (11, 15)
    placed = torch.full((64, 200), 255)
    placed[9:53, 13:185] = answers.repeat_interleave(4, 0).repeat_interleave(4, 1)
    se.show_row(
        [wide["image"], placed],
        ["64 × 200 pixels", "11 × 43 answers, four pixels apart"],
        columns=1,
        colors=colors,
        classes=classes,
        height=200,
        title="Your network answers for an image of another size, with one value per crop",
    )
else:
    se.target("05.fully_convolutional")

# %% [markdown]
# The course has the same as `se.ops.make_fully_convolutional`; from here on yours is used if it passed. **We expect**
# its map to equal the classifier's answers to all 11 · 17 crops, one by one. Two poolings halve twice, so crops lie
# four pixels apart.

# %% name="equal"
convert = fully_convolutional if se.passed("05.fully_convolutional") else se.ops.make_fully_convolutional
dense = convert(classifier, (22, 30))
crops = [picture[:, :, y : y + 22, x : x + 30] for y in range(0, 64 - 22 + 1, 4) for x in range(0, 96 - 30 + 1, 4)]
with torch.no_grad():
    at_once, one_by_one = dense(picture)[0], classifier(torch.cat(crops))  # (classes, 11, 17), (187, classes)
torch.testing.assert_close(at_once.flatten(1).T, one_by_one, atol=1e-5, rtol=1e-5)
ratio = len(crops) * se.count_macs(classifier, (1, 3, 22, 30)) / se.count_macs(dense, (1, 3, 64, 96))
print(f"{len(crops)} crops agree, for {ratio:.0f} times fewer multiplications")

# %% [markdown]
# A network without `Flatten` and `Linear` is called **fully convolutional**: any size in, a map out. The map is
# coarse, because each pooling halves it. So why not just drop the pooling?
#
# ## 2. The bill of full resolution
#
# Two things are paid for. MACs, multiplications with their additions, take time. The **activation memory** holds what
# the layers return; training computes gradients backwards through it:
#
# $$\text{MACs} = \sum_l k_l^2\, C_{l-1}\, C_l\, H_l W_l \qquad\qquad \text{memory} = b \sum_l N\, C_l\, H_l W_l$$
#
# Layer $l$ has kernels of side $k_l$ and returns $C_l$ channels of $H_l \times W_l$ cells, for $N$ images, at $b = 4$
# bytes in a float32. Both sums run over *outputs*, so a stride pays off at once.
#
# VGG-16 is a classifier: 13 convolutions with 5 poolings between them, then 3 linear layers. Its first layer returns 64
# channels. At 512 × 1024, half the height and width of a Cityscapes frame, **we expect** that this one output takes
# 64 · 512 · 1024 · 4 = 134,217,728 bytes.
# *Predict:* what do MACs and memory of the 13 convolutions grow by, if the poolings go?

# %% name="vgg"
from torchvision.models import vgg16

with torch.device("meta"):  # shapes without memory
    vgg = vgg16(weights=None)
pooling = vgg.features
without = nn.Sequential(*[layer for layer in pooling if not isinstance(layer, nn.MaxPool2d)])
street = (1, 3, 512, 1024)


def bill(network, shape):
    costs = {"GMACs": se.count_macs(network, shape) / 1e9, "MB": se.ops.activation_memory(network, shape) / 1e6}
    return {"parameters": se.count_parameters(network), **costs, "field (pixels)": se.receptive_field(network).size[0]}


two = {"with their poolings": pooling, "without": without}
bills = [{"VGG-16's convolutions": name, **bill(network, street)} for name, network in two.items()]
se.results_table(bills, formats={"GMACs": ",.0f", "MB": ",.0f"})

# %% name="proof-vgg" tags=["proof"]
assert se.ops.layer_table(pooling, street)[0].activation_bytes == 64 * 512 * 1024 * 4 == 134_217_728
assert [round(bills[1][cost] / bills[0][cost]) for cost in ("GMACs", "MB")] == [48, 14]
assert [row["field (pixels)"] for row in bills] == [212, 27]

# %% [markdown]
# Without their poolings VGG-16's convolutions need 48 times the MACs and 14 times the memory: 8.9 GB for **one** image.
# And a cell of its map sees 27 pixels in place of 212.
#
# Where does the memory sit, and where do the weights? A stage ends with a pooling; the last bar is the linear layers.

# %% name="figure-stages" alt="Pairs of bars for five stages and the linear layers. The memory falls from 48 % through 24, 17 and 9 to 2 %, and next to nothing for the linear layers; the weights rise from below 1 % to 5 %, and 89 % for the linear layers."
stages, stage = [], [0, 0]
for row in se.ops.layer_table(vgg, street):
    stage = [stage[0] + row.activation_bytes, stage[1] + row.parameters]
    if row.kind == "MaxPool2d":
        stages, stage = [*stages, stage], [0, 0]
memory, parameters = torch.tensor([*stages, stage], dtype=torch.float64).T
se.comparison_bars(
    [*(f"stage {i + 1}: 1/{2**i} of the size" for i in range(5)), "three linear layers"],
    {"memory": memory / memory.sum(), "parameters": parameters / parameters.sum()},
    xlabel="share of the whole network",
    title="Where does VGG-16 spend its memory, and where its weights?",
)

# %% name="proof-stages" tags=["proof"]
assert (memory / memory.sum() * 100).round().tolist() == [48, 24, 17, 9, 2, 0]
assert (parameters / parameters.sum() * 100).round().tolist() == [0, 0, 1, 4, 5, 89]

# %% [markdown]
# The first stage holds 48 % of the memory, the linear layers 89 % of the weights. Near the image, cells are many and
# channels are few. A pooling trades one for the other.
#
# By hand: a 3 × 3 layer from 8 to 8 channels on 64 × 96 cells needs 9 · 8 · 8 · 6,144 = 3,538,944 MACs. On half the
# height and half the width there are a quarter of the cells. So for the same MACs it may have twice the channels, in
# *and* out: 9 · 16 · 16 · 1,536 = **3,538,944.** Its output has half the numbers, and its weights are four times as
# many.

# %% name="proof-trade" tags=["proof"]
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
# in the mode (training or evaluation) that it has. A layer is a module without children, also the model itself if it
# has none; if it is called twice, both outputs count. An output that lies in the memory of its layer's input, as behind
# an in-place ReLU, `Flatten` or a slice, counts nothing. Leave the model as it was, in its mode and without gradients;
# in the end remove your hooks, and only yours. Do it without `se.ops.activation_memory` and `se.ops.layer_table`.
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
        memory = output.untyped_storage().data_ptr()
        if memory != inputs[0].untyped_storage().data_ptr():
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
    sides = [32, 64, 128, 256]
    images = [torch.rand(1, 3, side, side + side // 2) for side in sides]
    se.curve(
        sides,
        {name: [activation_bytes(network, x) / 1e6 for x in images] for name, network in two_towers.items()},
        "height of the image (pixels), width 1.5 times as large",
        "memory (MB)",
        "Your hooks find a constant count of numbers per pixel, four bytes each",
        log="xy",
    )
else:
    se.target("05.activation_bytes")

# %% name="proof-activation-bytes" tags=["proof"]
for name, numbers in (("full", 90), ("down", 37.625)):
    assert se.ops.activation_memory(two_towers[name], (1, 3, 128, 192)) == 4 * numbers * 128 * 192

# %% [markdown]
# Does training keep exactly these? torch can be asked which tensors it puts aside for the backward pass. They are what
# the formula of each gradient needs: a convolution and a batch norm need their *input*, a ReLU its *output*, a max
# pooling the place of each maximum, an integer of 8 bytes.
#
# *Predict* the ratio of what is kept to the sum of outputs: with ReLUs in place, which overwrite their input; with
# ReLUs that return a new map; and with a max pooling.


# %% name="autograd"
def kept_for_backward(network, images):
    """Return the bytes that autograd keeps for the backward pass, beside images, weights and statistics."""
    kept = {}

    def note(tensor):
        if tensor.ndim == 4:
            kept[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        output = network(images)
    del output  # it has to live until here: memory that is kept is not used again
    own = [images, *network.parameters()]
    return sum(kept.values()) - sum(kept.get(x.untyped_storage().data_ptr(), 0) for x in own)


def convolutions(*behind):
    return [part for width in (3, 8, 8) for part in (nn.Conv2d(width, 8, 3, padding=1), *behind)]


three_networks = {
    "in-place ReLUs": nn.Sequential(*convolutions(nn.ReLU(inplace=True))),
    "ReLUs": nn.Sequential(*convolutions(nn.ReLU())),
    "one layer, in-place ReLU, max pooling": nn.Sequential(*convolutions(nn.ReLU(inplace=True))[:2], nn.MaxPool2d(2)),
}
rows = []
for name, network in three_networks.items():
    outputs, kept = se.ops.activation_memory(network, shape), kept_for_backward(network, torch.rand(shape))
    rows.append({"network": name, "outputs (bytes)": outputs, "kept (bytes)": kept, "ratio": kept / outputs})
se.results_table(rows, formats={"ratio": ".2f"})

# %% name="proof-kept" tags=["proof"]
assert [row["ratio"] for row in rows] == [1, 0.5, 1.2]
layers = nn.Sequential(*(part for width in (3, 8) for part in layer(width, 8)))
assert kept_for_backward(layers, torch.rand(shape)) == se.ops.activation_memory(layers, shape)
mixed = kept_for_backward(pooling.to_empty(device="cpu"), torch.rand(1, 3, 64, 128))
assert 1.1 < mixed / se.ops.activation_memory(pooling, (1, 3, 64, 128)) < 1.3

# %% [markdown]
# <details><summary>Answer</summary>1, 0.5 and 1.2. In place, every output is the next layer's input, and all are kept.
# A ReLU with a map of its own doubles the outputs, but no gradient needs what it was given. The places of the
# maxima take twice the bytes of the maxima.</details>
#
# So the sum of outputs is an estimate: exact for one kind of block, off by a factor of 2 for another.

# %% [markdown] name="task-tower-costs"
# ### Exercise 5.3: a wrong bill (debug)
#
# The function below counts towers of convolutions with odd kernels and padding $k // 2$. A layer is (kernel size,
# channels, stride). For `full` it agrees with the course's count. For `down` it does not.
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


# %% name="wrong-bill"
def wrong_costs(layers, channels, height, width):
    macs = memory = 0
    for kernel, out, stride in layers:
        macs += kernel * kernel * channels * out * height * width
        height, width = height // stride, width // stride
        memory += 4 * out * height * width
        channels = out
    return macs, memory


# %% name="proof-wrong-bill" tags=["proof"]
agree = []
for plan in plans.values():
    convs = nn.Sequential(*[part for part in tower(*plan)[:-2] if isinstance(part, nn.Conv2d)])
    counted = se.count_macs(convs, shape), se.ops.activation_memory(convs, shape)
    agree.append(counted == wrong_costs([(3, channels, stride) for channels, stride in plan], *shape[1:]))
assert agree == [True, False]


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
    grow = {
        "stride 1, 16 channels": [(3, 16, 1)] * 8,
        "stride 2, 16 channels": [(3, 16, 2)] * 8,
        "stride 2, channels doubled: 16, 32, 64, …": [(3, 16 * 2**i, 2) for i in range(8)],
    }
    se.curve(
        range(1, 9),
        {name: [tower_costs(plan[:d], 3, 512, 1024)[0] / 1e9 for d in range(1, 9)] for name, plan in grow.items()},
        "depth (layers)",
        "billion MACs for 512 × 1024 pixels",
        "Doubled channels and halved maps cancel out: from the second layer on, each costs the same",
    )
else:
    se.target("05.tower_costs")

# %% [markdown]
# The two towers, with the image at the bottom:

# %% name="figure-towers" alt="Two towers on their images. Each layer of the first has 64 × 96 cells; from the bottom up they see 3, 5, 7, 9, 11 pixels; 16.0 million MACs, 2.21 MB. The second narrows to 16 × 24 cells, which see 31 pixels, and is resized on top; 16.6 million MACs, 0.92 MB."
se.viz.draw_towers(
    two_towers,
    shape,
    title="Equal MACs: how far does each tower see, and what does it hold in memory?",
)

# %% [markdown]
# **Play.** The explorer shows a network that downsamples, and the same one without its strides. *Predict first:* you
# halve height and width of the image. Which of MACs, memory and field change, and by what factor? Then, without
# strides, give layer 2 a stride of 2; then layer 6 in its place. Which is worth more, and in which of the three
# numbers?
#
# <details><summary>Answer</summary>MACs and memory fall to a quarter; the field stays, for it doesn't depend on the
# image. The early stride is worth more in all three: every layer after it has fewer cells, and its taps lie two pixels
# apart.</details>

# %% name="widget-network-cost"
se.explorers.NetworkCostExplorer()

# %% [markdown]
# ## 3. Full resolution sees little
#
# A large enough GPU could pay that. But look at the last column of the towers. A plain stack widens its field by 2
# pixels a layer: $1 + 2 \cdot 5 = 11$ for `full`. In `down`, the taps of a layer lie as far apart as the strides before
# it say: 3, then $3 + 2 \cdot 2 = 7$, then three times $2 \cdot 4$ more: 31. Half of the boulders are 18 pixels wide or
# more, half of the pyramids 24.
#
# What does a field of a given size cost? Against plain layers of 8 channels we set strided layers whose channels
# double. *Predict:* from 15 to 127 pixels, by which factor does the bill of each grow?

# %% name="figure-price" alt="Two rising curves on logarithmic axes. At stride 1 the MACs grow nearly in proportion to the field from 7 pixels on; with strides each doubling of the field adds the same small amount."
targets = [3, 7, 15, 31, 63, 127]
plain = [tower(*[(8, 1)] * ((field - 1) // 2))[:-2] for field in targets]
strided = [tower(*[(8 * 2**i, 2) for i in range(depth + 1)])[:-2] for depth in range(len(targets))]
price = {"stride 1, 8 channels": plain, "stride 2, channels 8, 16, 32, …": strided}
se.curve(
    targets,
    {name: [se.count_macs(each, (1, 3, 256, 384)) / 1e9 for each in networks] for name, networks in price.items()},
    "receptive field (pixels)",
    "billion MACs for 256 × 384 pixels",
    "What does a field cost at full resolution, and what with strides?",
    log="xy",
)

# %% name="proof-fields" tags=["proof"]
for name, side in (("full", 11), ("down", 31)):
    layers = tower(*plans[name])[:-1]  # without the upsampling
    assert (
        se.receptive_field(layers).size == se.ops.measured_receptive_field(layers, (1, 3, 96, 96)).size == (side, side)
    )
assert all(se.receptive_field(tower(*[(8, 1)] * depth)[:-1]).size[0] == 1 + 2 * depth for depth in range(1, 17))
widths = {"boulder": [], "pyramid": []}
for sample in val:
    for box, kind in zip(sample["boxes"], sample["labels"], strict=True):
        widths.get(classes[kind], []).append(float(box[2] - box[0]))
assert [torch.tensor(each).median() for each in widths.values()] == [18, 24]

# %% name="proof-price" tags=["proof"]
for networks, parameters, factor in ((plain, 36_936, 9.8), (strided, 394_056, 2.1)):
    assert [se.receptive_field(network).size[0] for network in networks] == targets
    assert (
        round(se.count_macs(networks[5], (1, 3, 256, 384)) / se.count_macs(networks[2], (1, 3, 256, 384)), 1) == factor
    )
    assert se.count_parameters(networks[5]) == parameters

# %% [markdown]
# <details><summary>Answer</summary>At full resolution by 9.8, nearly in proportion to the field; with strides by 2.1.
# The weights take the other way: at 127 pixels the strided tower has 394,056 of them, the plain one 36,936.</details>
#
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
# Suppose you can pay, and take a **backbone**, the layers before the answer, of a network that was trained on a million
# images. Its weights fit any stride, so you set all strides to 1.
#
# But each layer was trained on what the strides before it left over. By hand: a step of brightness 0, 5, 9, four pixels
# each. The kernel (−1, 0, 1) was trained on every fourth pixel. **There we expect 9 − 0 = 9**: a large step. On all
# pixels its taps lie closer together, and **we expect 5, 0, 0, 4**: the large step is never seen.
#
# Then the same with a trained network: `down` with its strides set to 1 and every weight kept. *Predict:* more mean IoU
# than `full`, or less?

# %% name="figure-scale" alt="The values 0 5 9 give 9 under the kernel −1 0 1. The values 0 0 0 0 5 5 5 5 9 9 9 9 give 0 0 5 5 0 0 4 4 0 0."
light = torch.tensor([0, 0, 0, 0, 5, 5, 5, 5, 9, 9, 9, 9])
answers = [x[2:] - x[:-2] for x in (light[::4], light)]  # what the kernel (−1, 0, 1) gives
se.matrix_figure(
    [light[::4], answers[0], light, answers[1]],
    ["every fourth pixel", "answer", "all pixels", "answers of the same kernel"],
    symbols=["→", "", "→"],
    highlight={1: (0, 0, 1, 1), 3: (0, 3, 1, 4)},
    cell=30,
    title="Without the strides the same weights ask about a smaller part of the image",
)

# %% name="proof-scale" tags=["proof"]
assert (answers[0].tolist(), answers[1][3:7].tolist()) == ([9], [5, 0, 0, 4])

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


def evaluated(network):
    matrix = se.ConfusionMatrix(len(classes))
    for sample in val:
        matrix.update(se.predict(network, sample["image"]), sample["label_map"])
    return matrix


dense_down = without_strides(down)
three = {**two_towers, "down, strides set to 1": dense_down}
rows = [{"network": name, "mean IoU": evaluated(network).mean_iou()} for name, network in three.items()]
for row, network in zip(rows, three.values(), strict=True):
    row |= {"field of a cell": se.receptive_field(network[:-1]).size[0], "MACs": se.count_macs(network, shape)}
se.results_table(rows)
title = "The same weights, with and without their strides: what is still known?"
draw({"down": down, "its strides set to 1": dense_down}, [14], title=title)

# %% name="proof-strides-out" tags=["proof"]
assert rows[2]["mean IoU"] + 0.1 < rows[0]["mean IoU"] < rows[1]["mean IoU"] - 0.1
assert 15 < rows[2]["MACs"] / rows[1]["MACs"] < 16
assert 15 < se.count_parameters(down) / se.count_parameters(full) < 16

# %% [markdown]
# Fifteen times the MACs, and the stones are patchworks again. It does worse than `full`, which has a sixteenth of the
# weights but learned them for its strides. And ResNet-50 without its strides needs 288 times the MACs, 112 GB for one
# image of 512 × 1024, and sees a tenth of its field: we can neither train it anew nor use its old weights. [Lecture
# 6](06_dilated_convolution.ipynb) takes strides out *and* keeps what was learned.
#
# ## 5. Down for what, up for where
#
# Coarse maps see far and cost little; they know **what**. Fine maps cost much and see little, but they know **where**.
# One map need not do both. Keep a few fine layers. Go down beside them, come up again, and join the two: an **encoder**
# goes down, a **decoder** comes up, in many networks of this course.

# %% name="proof-resnet" tags=["proof"]
from torchvision.models import resnet50

with torch.device("meta"):
    backbone = nn.Sequential(*list(resnet50(weights=None).children())[:-2])  # without its last pooling and Linear
bills = [bill(backbone, street)]
for part in backbone.modules():
    if isinstance(part, nn.Conv2d | nn.MaxPool2d):
        part.stride = (1, 1)
bills.append(bill(backbone, street))
assert bills[0]["parameters"] == bills[1]["parameters"]
assert round(bills[1]["GMACs"] / bills[0]["GMACs"]) == 288
assert round(bills[1]["MB"] / 1000) == 112
assert 0.09 < bills[1]["field (pixels)"] / bills[0]["field (pixels)"] < 0.11


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

# %% name="figure-architecture" alt="A row of boxes: 64 × 96 with 8 channels, by three strided convolutions down to 8 × 12 with 48, two more layers and a 1 × 1 there, back up by resizing, and an arrow from the first box over all to the sum."
down_and_up = se.load_weights(DownAndUp(), "05_down_and_up")
title = "Down for what, up for where: three halvings, one way back, one shortcut at full resolution"
se.draw_architecture(down_and_up, shape, title=title)

# %% name="proof-architecture" tags=["proof"]
macs = [se.count_macs(network, shape) for network in (full, down, down_and_up)]
assert [round(each / 1e6, 1) for each in macs] == [16.0, 16.6, 16.2]
assert down_and_up(torch.rand(1, 3, 65, 97)).shape == (1, len(classes), 65, 97)

# %% name="figure-all-three" alt="Three rows of image, target, prediction and error. The third has thin poles as the first and whole stones as the second; its error map is nearly empty."
all_three = {"full": full, "down": down, "down and up": down_and_up}
draw(all_three, [14], title="The same scene, the same budget: which mistakes are left?")

# %% [markdown]
# ## Lab: equal budgets
#
# **The trivial baseline** gives every pixel the class that covers most of the training images. On the scenes a second
# one is the classifier of section 1, made dense with your function if it passed. Then two networks that are loaded and
# one that is trained here; with another `dataset` all three are trained. *Predict* the order of their mean IoU.

# %% name="score"
groups = {"stones": ("boulder", "pyramid"), "poles": ("pole",)}


def score(matrix):
    """Return the mean IoU over all classes, and that of each group whose classes there are."""
    iou = {name: float(value) for name, value in zip(classes, matrix.iou(), strict=True)}
    known = {group: names for group, names in groups.items() if set(names) <= set(classes)}
    return {"mean IoU": matrix.mean_iou()} | {g: sum(iou[n] for n in names) / len(names) for g, names in known.items()}


# %% name="figure-history" alt="Three panels over the steps of training: the losses of training and validation, the validation mean IoU, and the learning rate."
networks = two_towers
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
baseline, by_crops = se.ConfusionMatrix(len(classes)), se.ConfusionMatrix(len(classes))
for sample in val:
    baseline.update(torch.full_like(sample["label_map"], most), sample["label_map"])
    if dataset == "scenes":  # a frame around the image, so that each 4 × 4 pixels are the middle of a crop
        with torch.no_grad():
            answers = dense(F.pad(ready(sample), (13, 16, 9, 12), mode="replicate"))[0].argmax(0)
        by_crops.update(answers.repeat_interleave(4, 0).repeat_interleave(4, 1), sample["label_map"])
matrices = {f"all {classes[most]}": baseline} | ({"classifier, made dense": by_crops} if dataset == "scenes" else {})
matrices |= {name: evaluated(network) for name, network in {**networks, "down and up": run.model}.items()}
rows = [{"network": name, **score(matrix)} for name, matrix in matrices.items()]
se.results_table(rows, best=dict.fromkeys(list(rows[0])[1:], "max"))


# %% name="figure-worst" alt="Two rows of image, target, prediction and error: the two validation images with the largest share of wrong pixels."
def share_wrong(sample):
    known = sample["label_map"] < len(classes)  # the others are void
    return float((se.predict(run.model, sample["image"]) != sample["label_map"])[known].float().mean())


worst = sorted(range(len(val)), key=lambda i: -share_wrong(val[i]))[:2]
draw({"down and up": run.model}, worst, title="Down and up at its worst: the largest shares of wrong pixels")

# %% [markdown]
# On the scenes the coarse network is ahead of the fine one at equal MACs: it wins by its stones and loses on the poles.
#
# ## Ablation
#
# Is that luck, or a head start? Five networks with the same MACs, within 10 %, after 300 steps and after four times as
# many, three seeds each (`python lectures/recipes/05_full_resolution.py ablation`, `… longer`). *Seconds* is the
# processor time of one training and its scoring, *kept* what autograd keeps for one image; the field includes the
# upsampling (35 pixels for `down`, not 31). *Predict:* how many strides are best without a way up?
#
# And on real streets? The third table is the lab on CamVid, with three seeds (`… camvid FOLDER`). *Predict* their
# order.


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

measures, tables = ["mean IoU", "stones", "poles"], {}
costs = ["seconds", "field", "parameters", "MACs", "kept (bytes)"]
for name, columns in (
    ("ablation", measures),
    ("longer", [*measures, *costs]),
    ("camvid", ["mean IoU", "poles", "seconds"]),
):
    tables[name] = json.loads(se.shipped(f"results/05_{name}.json").read_text(encoding="utf-8"))
    print("loaded:", tables[name]["about"])
    se.results_table(tables[name]["rows"], ["network", *columns], best={"mean IoU": "max"})
for name, build in settings.items() if train_anew and dataset == "scenes" else ():
    trainer = se.fit(build(), train, steps=steps, lr=1e-2, progress=False)
    print(f"here, one seed, {steps} steps:", name, score(trainer.evaluate(val)))

# %% name="figure-ablation" alt="Groups of three bars for five networks, with a dot for each of three seeds. With each stride the poles lose, from 0.77 to 0.25; the stones gain up to the second stride; the mean IoU of the towers is highest with one, 0.85. Down and up has the best poles, 0.82, and the best mean IoU, 0.90."
rows = tables["longer"]["rows"]
se.comparison_bars(
    ["{}, field {}".format(row["network"], row["field"]) for row in rows],
    {f"{name} (scenes)": [row["seeds"][name] for row in rows] for name in measures},
    xlabel="IoU on the scenes (dots: three seeds, bars: their mean)",
    title="On the scenes, after 1,200 steps: what does each stride give, and what does it take?",
)

# %% name="proof-ablation" tags=["proof"]
long_rows = {row["network"]: row for row in rows}
chosen = [long_rows[name] for name in ("full", "one stride of 2", "down: two", "down and up")]
assert [round(row["stones"], 2) for row in chosen] == [0.43, 0.89, 0.91, 0.91]
assert [round(row["poles"], 2) for row in chosen] == [0.77, 0.6, 0.38, 0.82]
assert 15 < long_rows["down: two"]["parameters"] / long_rows["full"]["parameters"] < 16

# %% [markdown]
# <details><summary>Answer</summary>Two after 300 steps; <b>one</b> after 1,200, with each seed. A wide field learned
# the stones sooner. Given time, a field of 21 pixels tells them nearly as well (0.89 against 0.91) and keeps more of
# the poles (0.60 against 0.38). `full` is behind both in both tables.</details>
#
# On the streets both networks that go down are ahead of `full` with each seed; between these two the seeds disagree. No
# network found a pole: they cover 0.6 % of the pixels (on the scenes 2.4 %), and 86 % of their rows are thinner than a
# pixel of 64 × 96.
#
# Equal MACs are not equal weights: `down` has nearly sixteen times those of `full`. Down and up has three strides, too:
# its stones are as good as those of `down` (0.91), its poles (0.82) better than those of `full`.
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
# **Symptom.** `The size of tensor a (97) must match the size of tensor b (104)` where fine and coarse maps meet.
# **Cause.** A stride rounds up, and a fixed `scale_factor` doesn't come back to the size it started from. **Fix.**
# Interpolate to the size of the fine map: `size=where.shape[2:]`.

# %% name="wrong"
padded = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 22 * 30, 10))
try:
    se.ops.make_fully_convolutional(padded, (22, 30))
except ValueError as error:
    print("ValueError:", error)
dense_padded = se.ops.make_fully_convolutional(padded, (22, 30), exact=False)
difference = dense_padded(picture)[:, :, 9, 9] - padded(picture[:, :, 9:31, 9:39])
print(f"With padding inside, the logits of a crop differ by up to {difference.abs().max():.2f}.")
odd = torch.rand(1, 3, 65, 97)
print("by scale_factor:", tuple(down(odd).shape[2:]), "- by size:", tuple(down_and_up(odd).shape[2:]))

# %% [markdown]
# ## Which one should I choose?
#
# | you have | take |
# |---|---|
# | a classifier, and images of many sizes | the same, made fully convolutional; its map is coarse |
# | thin things alone, which their neighborhood tells | full resolution will do (0.77, 0.43); the last row was better |
# | things that are told by their outline, and coarse answers are enough | one stride, or two (0.60, 0.89; 0.38, 0.91) |
# | a trained backbone | its strides as they are, or lecture 6 |
# | both, the usual case | down for what, up for where (0.82, 0.91) |
# | not enough memory in training | a smaller crop or batch, or a stride in front |
#
# The numbers: poles and stones on the scenes, after 1,200 steps.
#

# %% [markdown]
# ## Recap
#
# - Without `Flatten` and `Linear` a network takes any size. Each value of its map is the classifier's answer to a crop.
# - Without their poolings VGG-16's convolutions need 48 times the MACs, and see an eighth.
# - The sum of all outputs estimates the memory of training: exact for convolutions with in-place ReLUs, up to
#   twice too much with others, too little if pooled.
# - At equal MACs `down` saw further than `full` and had the higher mean IoU with each of three seeds, on scenes and
#   streets. With four times the steps one stride was ahead of two.
# - Trained weights fit the strides that they were trained with.
# - Down for what, up for where: stones like the coarse network's, better poles than the fine one's, for the same MACs.
#
# **Formula card**
#
# | | |
# |---|---|
# | MACs | $\sum_l k_l^2\, C_{l-1}\, C_l\, H_l W_l$, outputs counted behind the stride |
# | activation memory | $b \sum_l N\, C_l\, H_l W_l$, $b$ bytes per number |
# | kept for backward | convolution: its input; ReLU: its output; max pooling: its input, 8 bytes per output |
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
# | where; what; logits | $(N, C, H, W)$; $(N, C, \lceil H/8 \rceil, \lceil W/8 \rceil)$; $(N, K, H, W)$ |

# %% [markdown]
# ## Going further
#
# - [Long, Shelhamer and Darrell 2015](https://arxiv.org/abs/1411.4038): section 3.1 turns classifiers into fully
#   convolutional networks, section 4.2 joins what and where; lecture 12 builds it.
# - [Sermanet et al. 2014, OverFeat](https://arxiv.org/abs/1312.6229): a classifier applied densely.
# - [Simonyan and Zisserman 2015, VGG](https://arxiv.org/abs/1409.1556): table 1.
# - [Chen et al. 2016](https://arxiv.org/abs/1604.06174): training with less memory by computing outputs twice; torch
#   has it as [checkpoint](https://docs.pytorch.org/docs/stable/checkpoint.html).
# - Code: [fvcore's flop counter](https://github.com/facebookresearch/fvcore/blob/main/docs/flop_count.md). Data:
#   CamVid.
#
# **Next:** [6. Dilated convolution](06_dilated_convolution.ipynb): how can a kernel see further without more weights,
# and without losing resolution?
