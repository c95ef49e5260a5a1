# %% [markdown] name="front"
# # 4. Sliding windows
#
# {{colab_badge}}
#
# **Question.** Can a classifier segment an image if we slide it over the image?
#
# **You will be able to**
#
# - turn a classifier of small crops into a segmenter, one window per pixel,
# - count what that costs, and choose a window and a stride for a budget,
# - rewrite the classifier as convolutions that give the same numbers for a fraction of the cost,
# - put a coarse label map back on its image to the pixel,
# - segment an image that is larger than memory, without seams.
#
# **Prerequisites.** [PyTorch tensors](https://docs.pytorch.org/tutorials/beginner/basics/tensorqs_tutorial.html), and
# [3. Convolution and the receptive field](03_convolution.ipynb).
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
dataset = "scenes"  # of the lab: or "camvid", "pets", "isbi", "dsb2018", see `segedu data`
root = None  # the folder of a real data set; None: where `segedu data` fetches it to
patch_steps = 150  # training steps on patches, section 1
dense_steps = 150  # training steps on whole scenes, lab; a real data set wants about 500

# %% [markdown]
# ## The goal
#
# A *classifier* takes a picture and gives it one label, "coffee" say. We want one label per pixel, as on the right.
# An old idea: cut out a small window around each pixel, classify the window, write the answer at its middle.

# %% name="figure-photo" alt="A cup of coffee on a table, seen from above, and its label map: cup, saucer, spoon, table."
coffee = se.photo("coffee", size=(200, 300), labels=True)
se.show_row(
    [coffee["image"], coffee["label_map"]],
    ["one label for the picture: coffee", "one label for each pixel"],
    classes=se.Photos.classes,
    colors=se.Photos.colors,
    height=200,
    title="Can a classifier make the right picture out of the left one?",
)

# %% [markdown]
# Our world for today: meadows full of **boulders** and **pyramids**. Both are of the same stone; only the outline
# differs.
#
# The classifier: four convolutions shrink the window to 3 × 3 cells, two linear layers turn these into ten
# scores. Three window sizes, 5, 11 and 25, differ in kernel sizes and dilations; the number of parameters is the same
# within 1 %. One window per pixel takes long, so the figure is made by a shortcut, `densely`: section 4 builds it, and
# shows that its scores are those of the windows.

# %% name="scenes"
dials = {"objects": (7, 10), "pair_share": 0.9, "scale_range": 1.2, "overlap": 0.0}
scenes = {split: se.load_dataset("scenes", split, size=(64, 96), **dials) for split in ("train", "val")}
train = [scenes["train"][i] for i in range(64)]
val = [scenes["val"][i] for i in range(24)]
classes, colors = scenes["val"].classes, scenes["val"].colors
boulder, pyramid = se.Scenes.look_alikes

# %% name="networks"
dilations = {5: (1, 0, 0, 0), 11: (1, 1, 1, 1), 25: (1, 2, 3, 5)}  # window: four layers; 0 stands for a 1 × 1 kernel
hidden = {5: 72, 11: 32, 25: 32}  # more hidden units make up for the 1 × 1 kernels


def window_net(window, num_classes=10):
    layers = []
    for number, dilation in enumerate(dilations[window]):
        side = 3 if dilation else 1
        conv = nn.Conv2d(16 if number else 3, 16, side, dilation=max(1, dilation))
        layers += [conv, nn.BatchNorm2d(16), nn.ReLU()]
    head = nn.Linear(16 * 9, hidden[window]), nn.ReLU(), nn.Linear(hidden[window], num_classes)
    return nn.Sequential(*layers, nn.Flatten(), *head)


def densely(net, window, convert=se.ops.linear_to_conv):  # the scores of all windows at once: section 4
    *features, _, first, relu, last = net
    head = convert(first, 16, 3), relu, convert(last, hidden[window], 1)
    return nn.Sequential(nn.ReflectionPad2d(window // 2), *features, *head)


# %% name="figure-goal" alt="Two rows of image, target, prediction and error; small windows put a boulder inside of the pyramid."
def compare(predictions, title):
    n, maps, captions = len(predictions), list(predictions.values()), list(predictions)
    se.show_predictions([image] * n, [target] * n, maps, classes, colors, title=title, captions=captions)


trained = {window: se.load_weights(densely(window_net(window), window), f"window_{window}") for window in dilations}
shown = val[21]
image, target = shown["image"].as_subclass(torch.Tensor), shown["label_map"].as_subclass(torch.Tensor)
predictions = {f"windows of {k} × {k} pixels": se.predict(trained[k], image) for k in (5, 25)}
compare(predictions, "A classifier is slid over the image. What is wrong, and what do larger windows change?")

# %% [markdown]
# Sky, meadow and road are right almost everywhere. In the first row the pyramid is a boulder inside; in the second
# the windows are larger, and it isn't. What that buys, and what it costs, is today's story.
#
# ## 1. One window per pixel
#
# A first attempt without windows would label each pixel by its own color. Stone and house wall share colors, so that
# fails. A window adds the neighborhood.
#
# By hand first. Here are 5 × 7 cells, numbered. A 3 × 3 window has $5 - 3 + 1 = 3$ places down and $7 - 3 + 1 = 5$
# across. Window (1, 2) has its middle in row 2, column 3: **we expect 15 windows, and the number 17 there.** torch
# has the same operation under the name `unfold`; it flattens each window to a column.

# %%
numbers = torch.arange(35.0).view(1, 1, 5, 7)
windows = se.ops.extract_windows(numbers, size=3)[0]  # (rows, columns, C, h, w)
print(windows.shape[0] * windows.shape[1], "windows; the middle of window (1, 2):", windows[1, 2, 0, 1, 1].item())
torch.testing.assert_close(F.unfold(numbers, kernel_size=3)[0].T.reshape(3, 5, 1, 3, 3), windows)

# %% name="figure-windows" alt="5 × 7 numbered cells with two overlapping frames of 3 × 3, and the two windows; their middles are 17 and 18."
se.matrix_figure(
    [numbers[0, 0], windows[1, 2, 0], windows[1, 3, 0]],
    ["image", "window (1, 2)", "window (1, 3)"],
    highlight={0: [(1, 2, 3, 3), (1, 3, 3, 3)]},
    title="Neighboring windows overlap: six of their nine cells are the same",
)

# %% [markdown] name="task-cut-windows"
# ### Exercise 4.1: cut the windows (implement)
#
# <div class="alert alert-info">
#
# **Task.** Write `cut_windows(image, size, stride)`: all windows of an image `(C, H, W)` of any number of channels,
# in reading order, as one batch `(rows · columns, C, h, w)`. `size` is `(h, w)`. Windows lie inside of the image, so
# there is no padding. Use `Tensor.unfold`, `F.unfold` or slices, not `se.ops.extract_windows`.
#
# What a right answer draws: `se.target("04.cut_windows")`.
# Stuck? `se.hint("04.cut_windows", 1)`, then 2, then 3.
#
# </div>


# %% name="exercise-cut-windows"
def cut_windows(image, size, stride):
    """Return all windows of image (C, H, W), row by row: (rows * columns, C, h, w)."""
    ### BEGIN SOLUTION
    (h, w) = size
    grid = image.unfold(1, h, stride).unfold(2, w, stride)  # (C, rows, columns, h, w)
    return grid.permute(1, 2, 0, 3, 4).flatten(0, 1)
    ### END SOLUTION


# %% name="check-cut-windows"
passed = se.check("04.cut_windows", cut_windows)

# %% name="figure-cut-windows" alt="Twenty crops of a photograph of a cat in four rows of five, from its ears to its neck; neighbors in a row overlap by eight columns."
if passed:
    crops = cut_windows(se.photo("chelsea", size=(64, 96)), (16, 24), 16)
    se.show_row(
        list(crops),
        [f"{i}" for i in range(len(crops))],
        columns=5,
        height=110,
        title="Windows of 16 × 24 pixels at stride 16, in reading order; neighbors in a row share columns",
    )
else:
    se.target("04.cut_windows")

# %% [markdown]
# ### Train a classifier of patches
#
# A training example is a patch with the class of its *middle pixel*. Drawn at random, most patches would show meadow
# and hardly any a pole. So we draw the class first and then a pixel of that class: every class counts the same.
# Images lie in [0, 1]; the network sees them shifted and scaled to about [−2, 2]. The rest is an ordinary training
# loop. Chance would be an accuracy of 10 %. We measure it on patches of scenes that were not trained on.


# %% name="patches"
def normalized(images):
    return (images - 0.5) / 0.25


def balanced_patches(samples, window):
    """Return a function that draws patches (count, 3, window, window) and the classes (count,) of their middles."""
    images, labels = (
        torch.stack([s[key].as_subclass(torch.Tensor) for s in samples]) for key in ("image", "label_map")
    )
    padded = F.pad(images, (window // 2,) * 4, mode="reflect")
    places = [(labels == c).nonzero() for c in range(len(classes)) if (labels == c).any()]  # (scene, row, column)

    def draw(count):
        chosen = [places[c][torch.randint(len(places[c]), ())] for c in torch.randint(len(places), (count,))]
        patches = [padded[n, :, y : y + window, x : x + window] for n, y, x in chosen]
        return torch.stack(patches), torch.stack([labels[n, y, x] for n, y, x in chosen])

    return draw


# %% name="train-patches"
draw_patches = balanced_patches(train, 11)
net = window_net(11)
optimizer = torch.optim.AdamW(net.parameters(), lr=5e-3)
for _step in range(patch_steps):
    patches, patch_labels = draw_patches(256)
    loss = F.cross_entropy(net(normalized(patches)), patch_labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
net.eval()
for name, samples in (("training", train), ("validation", val)):
    patches, patch_labels = balanced_patches(samples, 11)(1000)
    right = net(normalized(patches)).argmax(1) == patch_labels
    print(f"accuracy on 1,000 patches of {name} scenes: {right.float().mean():.0%}")

# %% [markdown]
# To segment, slide it: pad the image by half a window so that border pixels have windows too, cut one window per
# pixel, classify them all. (Batches of one image row keep memory small.)


# %%
@torch.no_grad()
def slide(net, image, window):
    """Return the scores of every pixel, (classes, H, W), from one window per pixel."""
    r = window // 2
    padded = F.pad(normalized(image)[None], (r, r, r, r), mode="reflect")
    rows = se.ops.extract_windows(padded, window)[0]  # (H, W, 3, window, window)
    return torch.stack([net(row) for row in rows]).permute(2, 0, 1)


# %% name="figure-slide" alt="Image, target, prediction and error: sky, meadow and road are mostly right; the kinds of stone are mixed up."
scores = slide(net, image, 11)
compare({"windows of 11 × 11 pixels, trained on patches": scores.argmax(0)}, "What does a patch classifier get right?")

# %% [markdown]
# ## 2. The bill
#
# It works, a little.
#
# <div class="alert alert-success">
#
# **Checkpoint.** A segmenter by **sliding windows** is a classifier plus a loop over pixels. The label of a window
# belongs to its middle pixel.
#
# </div>
#
# How much work was that? A *MAC* is one multiplication with its addition. With windows inside of an image,
#
# $$\text{MACs} = n_y \cdot n_x \cdot m, \qquad n_y = \left\lfloor\frac{H - k}{s}\right\rfloor + 1, \quad
# n_x = \left\lfloor\frac{W - k}{s}\right\rfloor + 1$$
#
# $H, W$: the image's height and width; $k$: the window's side; $s$: the stride; $m$: the MACs of one window. Padded
# by half a window at stride 1, there is one window per pixel: $64 \cdot 96 = 6{,}144$. **For the window of 11 we
# expect 6,144 times 231,152.**

# %% name="bill"
macs = {window: se.count_macs(window_net(window), (1, 3, window, window)) for window in dilations}
rows = [
    {"window": k, "parameters": se.count_parameters(window_net(k)), "MACs per window": m, "MACs per scene": 6144 * m}
    for k, m in macs.items()
]
se.results_table(rows)

# %% name="proof-bill" tags=["proof"]
assert macs[11] == 81 * 432 + (49 + 25 + 9) * 2304 + 9 * 16 * 32 + 32 * 10
assert [round(macs[25] / macs[11], 1), round(macs[11] / macs[5], 1)] == [6.4, 10.6]
assert [round(25**2 / 11**2, 1), round(11**2 / 5**2, 1)] == [5.2, 4.8]

# %% [markdown]
# The parameters are the same within 1 %, the bill is not. Between classifiers of 3 × 3 kernels it grows about as the
# area of the window: 25 × 25 has 5.2 times the pixels of 11 × 11 and costs 6.4 times as much. From 5 to 11 it is 4.8
# times the pixels and 10.6 times the cost, for three of the small window's four layers are 1 × 1.
#
# The cheap way out is a *stride*: classify every $s$-th pixel and let each answer stand for a block of
# $s \times s$ pixels. What does that do to the map?


# %% name="figure-strides" alt="Four label maps at strides 1, 2, 4 and 8. The blocks grow; poles get thicker, and at stride 8 hardly anything of them is left."
def at_stride(scores, stride):
    coarse = scores[:, stride // 2 :: stride, stride // 2 :: stride]  # the middle window of each block
    return coarse.repeat_interleave(stride, 1).repeat_interleave(stride, 2)


at = {s: at_stride(scores, s).argmax(0) for s in (1, 2, 4, 8)}
right = [f"{(labels == target).float().mean():.0%} right" for labels in at.values()]
captions = [f"stride {s}: {100 / s**2:.3g} % of the cost, {share}" for s, share in zip(at, right)]
title = "A stride saves work with its square. What is lost first?"
se.show_row(list(at.values()), captions, colors=colors, classes=classes, title=title)

# %% [markdown] name="task-choose-stride"
# ### Exercise 4.2: a stride for a budget (calculate)
#
# <div class="alert alert-info">
#
# **Task.** Write `choose_stride(height, width, window, macs_per_window, budget)`: the *smallest* stride at which all
# windows inside of the image (no padding) together cost at most `budget` MACs. The budget pays for one
# window at least, and need not be a whole number of windows. Count the windows, don't cut them with
# `se.ops.extract_windows`.
#
# What a right answer draws: `se.target("04.choose_stride")`.
# Stuck? `se.hint("04.choose_stride", 1)`, then 2, then 3.
#
# </div>


# %% name="exercise-choose-stride"
def choose_stride(height, width, window, macs_per_window, budget):
    """Return the smallest stride whose windows cost at most `budget` MACs."""
    ### BEGIN SOLUTION

    def bill(stride):
        down, across = (height - window) // stride + 1, (width - window) // stride + 1
        return down * across * macs_per_window

    return next(stride for stride in range(1, max(height, width) + 1) if bill(stride) <= budget)
    ### END SOLUTION


# %% name="check-choose-stride"
passed = se.check("04.choose_stride", choose_stride)

# %% name="figure-choose-stride" alt="Three falling curves, one per window. The window of 25 pixels needs the largest stride at every budget but the last, where all take 1."
if passed:
    budgets = [10, 30, 100, 300, 1000, 3000, 10_000]  # millions of MACs
    smallest = {f"window {k}": [choose_stride(64, 96, k, m, b * 10**6) for b in budgets] for k, m in macs.items()}
    title = "At the same budget, which window has to take the largest steps?"
    se.curve(budgets, smallest, "budget (million MACs per scene)", "smallest stride (pixels)", title, log="x")
else:
    se.target("04.choose_stride")

# %% [markdown]
# ## 3. What a window can know
#
# Why pay for larger windows? Look at one boulder and one pyramid through windows of three sizes, all with the same
# middle pixel. *Predict:* from which size on can **you** tell them apart?
# <details><summary>Answer</summary>With 25
# pixels most of the outline is in view. With 5 there is nothing but stone, with 11 it depends on the place.</details>


# %% name="figure-context" alt="Two rows of three crops, a boulder above and a pyramid below. At 5 pixels both are plain stone, at 25 pixels the round and the angular outline are in view."
padded = F.pad(image[None], (12, 12, 12, 12), mode="reflect")[0]
crops, titles = [], []
for label in (boulder, pyramid):
    masks = shown["masks"].as_subclass(torch.Tensor)[shown["labels"] == label]
    y, x = masks[masks.sum(dim=(1, 2)).argmax()].nonzero().float().mean(dim=0).int().tolist()  # middle of the largest
    for k in dilations:
        top, left = y + 12 - k // 2, x + 12 - k // 2
        crops.append(padded[:, top : top + k, left : left + k])
        titles.append(f"{classes[label]}, window {k}")
se.show_row(crops, titles, columns=3, height=180, title="From which window on can you tell the two apart?")

# %% [markdown]
# The pair is built that way: color, texture, shading and area come from one distribution. The only difference is the
# outline, and a window that lies inside of the stone can't see it. A network can't know what isn't in its input.
#
# To measure it, ask one question at each stone pixel: which of the two classes has the higher score? Guessing gives
# 50 %. We ask it twice: at all stone pixels, and only *inside*, where the 5 × 5 neighborhood is all stone.
# **There we expect the smallest window to guess.**
#
# Each network below has seen 500 · 8 · 6,144 windows, about 25 million: those of 320 scenes, each some 12 times. Cut
# out one by one, windows of 25 × 25 would cost $10^{14}$ MACs with the backward pass. Section 4 shows how to train on
# whole scenes instead. A committed recipe has done so, with three seeds each:
#
# ```
# python lectures/recipes/04_sliding_windows.py
# ```


# %% name="look-alikes"
def look_alike_accuracy(predict, samples, inside=False):
    """Return the share of stone pixels whose own kind has the higher score: the mean of both kinds."""
    matrix = se.ConfusionMatrix(2)
    for sample in samples:
        labels = sample["label_map"].as_subclass(torch.Tensor)
        stones = torch.where(labels == boulder, 0, 255).masked_fill(labels == pyramid, 1)  # 255: not counted
        if inside:  # where the 5 × 5 neighborhood has one label
            pad = [F.max_pool2d(sign * labels[None].float(), 5, stride=1, padding=2)[0] for sign in (1, -1)]
            stones[pad[0] != -pad[1]] = 255
        matrix.update(predict(sample["image"])[[boulder, pyramid]].argmax(0), stones)
    return matrix.mean_accuracy()


# %% name="figure-look-alikes" alt="Pairs of bars against a line at 0.5: accuracy on the look-alike pair rises with the window; inside of the stone the window of 5 pixels is at the line."
import json

stored = json.loads(se.shipped("results/04_windows.json").read_text(encoding="utf-8"))
print(f"Loaded, not trained here: {stored['about']}.")
names_of = {"all stone pixels": "look-alikes", "inside the stone": "look-alikes inside"}
se.comparison_bars(
    [f"window {k}" for k in dilations],
    {name: [[r[key] for r in stored["runs"] if r["window"] == k] for k in dilations] for name, key in names_of.items()},
    baseline=0.5,
    baseline_name="guessing",
    title="The look-alikes come apart as the window grows",
    xlabel="accuracy on boulder against pyramid (dots: three seeds, bars: their mean)",
)

# %% name="proof-look-alikes" tags=["proof"]
for key in names_of.values():
    runs = [[r[key] for r in stored["runs"] if r["window"] == k] for k in dilations]
    assert max(runs[0]) < min(runs[1]) < max(runs[1]) < min(runs[2])
assert abs(sum(r["look-alikes inside"] for r in stored["runs"] if r["window"] == 5) / 3 - 0.5) < 0.05

# %% [markdown]
# ## 4. The same numbers for less
#
# Two neighboring 25 × 25 windows share 600 of their 625 pixels, and the classifier computes 506 of its 529 first-layer
# features twice. Over a scene, each feature is computed again for every window that covers it.
#
# Convolutions need no windows: they slide by themselves. Only the linear layer at the end insists on a fixed size.
# But a linear layer on a window multiplies each cell by a weight and adds up. That is what a **convolution with a
# kernel as large as the window** does at one place.
#
# By hand: a linear layer with the six weights 1, 0, 2, 0, 3, 1 on windows of 2 × 3. At the upper left corner of the
# image below it gives 1·1 + 0·2 + 2·0 + 0·4 + 3·1 + 1·2: **we expect 6.**

# %% name="figure-linear-conv" alt="An image of 3 by 4 numbers, the six weights as a 2 by 3 kernel, and the output of 2 by 2 numbers with a 6 at the upper left."
tiny = torch.tensor([[1.0, 2, 0, 1], [4, 1, 2, 0], [0, 3, 1, 5]])
weights = torch.tensor([1.0, 0, 2, 0, 3, 1])
linear_says = se.ops.extract_windows(tiny[None, None], (2, 3))[0].flatten(2) @ weights  # (2, 2)
conv_says = F.conv2d(tiny[None, None], weights.view(1, 1, 2, 3))[0, 0]
torch.testing.assert_close(linear_says, conv_says)
se.matrix_figure(
    [tiny, weights.view(2, 3), conv_says],
    ["image", "weights as a kernel", "output"],
    symbols=["∗", "="],
    taps={1: True},
    highlight={0: (0, 0, 2, 3), 2: (0, 0, 1, 1)},
    title="A linear layer on every window is one convolution",
)

# %% [markdown] name="task-as-convolution"
# ### Exercise 4.3: a linear layer as a convolution (implement)
#
# <div class="alert alert-info">
#
# **Task.** A linear layer with `weight` (out, channels · height · width) and `bias` (out,) was made for windows
# (channels, height, width) that `nn.Flatten` flattens. Write `as_convolution(weight, bias, channels, height, width)`:
# the `nn.Conv2d` that gives the same numbers, in the dtype of `weight`. Windows need not be square. Do it without
# `se.ops.linear_to_conv`.
#
# What a right answer draws: `se.target("04.as_convolution")`.
# Stuck? `se.hint("04.as_convolution", 1)`, then 2, then 3.
#
# </div>


# %% name="exercise-as-convolution"
def as_convolution(weight, bias, channels, height, width):
    """Return an nn.Conv2d that gives on each window what the linear layer gives on the flattened window."""
    ### BEGIN SOLUTION
    conv = nn.Conv2d(channels, len(bias), (height, width))
    with torch.no_grad():
        conv.weight.copy_(weight.view(-1, channels, height, width))
        conv.bias.copy_(bias)
    return conv
    ### END SOLUTION


# %% name="check-as-convolution"
passed = se.check("04.as_convolution", as_convolution)

# %% name="figure-as-convolution" alt="A cat, the edges of its left eye, and a map of responses with one bright spot where the eye begins."
if passed:
    edges = se.photo("chelsea", size=(100, 150)).mean(0).diff(dim=1)  # (100, 149): where the brightness jumps
    eye = edges[26:50, 44:74]  # the weights of a layer that looks for this eye
    conv = as_convolution(eye.flatten()[None], torch.zeros(1), 1, 24, 30)
    response = conv(edges[None, None])[0, 0].detach().clamp(min=0)
    se.show_row(
        [se.photo("chelsea", size=(100, 150)), eye / eye.abs().max(), response / response.max()],
        ["photograph", "weights: the edges of an eye, 24 × 30", "output: 77 × 120"],
        title="With an eye as its weights, the layer answers where the eye is",
    )
else:
    se.target("04.as_convolution")

# %% name="proof-as-convolution" tags=["proof"]
assert linear_says[0, 0] == 6
assert response.argmax() == 26 * response.shape[1] + 44

# %% [markdown]
# `densely`, in the goal section, does this to the whole classifier: pad once, keep the convolutions, drop the
# flatten, turn the first linear layer into a 3 × 3 and the second into a 1 × 1 convolution. Same weights, so **we
# expect the same scores to 1e-5**, for the patch classifier of section 1 and for any other.
#
# And the price? Each layer now runs once over the padded scene, whatever the window. **We expect the dense bills of
# the three windows to differ by less than a fifth.**
#
# Counting is one thing, the clock another. We time both ways on one scene with the window of 25. Seconds depend on
# the machine, their ratio far less. **We expect about the ratio of the MACs, 101, and at least 50.**

# %%
dense = densely(net, 11).eval()
with torch.no_grad():
    dense_scores = dense(normalized(image)[None])[0]
torch.testing.assert_close(dense_scores, scores, atol=1e-5, rtol=1e-5)

# %% name="dense-bill"
dense_macs = {k: se.count_macs(densely(window_net(k), k), (1, 3, 64, 96)) for k in dilations}
rows = [
    {"window": k, "MACs, loop": 6144 * macs[k], "MACs, dense": dense_macs[k], "ratio": 6144 * macs[k] / dense_macs[k]}
    for k in dilations
]
se.results_table(rows, formats={"ratio": ".0f"})

# %% name="proof-dense-bill" tags=["proof"]
assert [round(each / 1e6) for each in dense_macs.values()] == [76, 81, 90]
assert round(6144 * macs[25] / dense_macs[25]) == 101

# %% name="clock"
import time

wide = window_net(25).eval()
wide_dense, seconds = densely(wide, 25).eval(), {}
with torch.no_grad():
    for name, run in (("dense", lambda: wide_dense(normalized(image)[None])), ("loop", lambda: slide(wide, image, 25))):
        started = time.process_time()
        run()
        seconds[name] = time.process_time() - started
print("loop: {loop:.1f} s, dense: {dense:.3f} s".format(**seconds))
print("at least 50 times faster:", seconds["loop"] >= 50 * seconds["dense"])

# %% [markdown]
# Now play. *Predict first:* with window 25, how many multiplications does the loop need at stride 8?
# <details><summary>Answer</summary>142 million: 8 · 12 windows of 1,475,312. The dense pass, at stride 1, needs 90
# million.</details>
#
# Then move the window across the edge of a stone and watch the class scores change. (At stride 8 the explorer's windows
# have their middles at pixels 0, 8, 16, …; the figure of four strides above took 4, 12, 20, …, the middles of whole
# blocks. Therefore its last columns stay empty.)

# %% name="widget-sliding-window"
se.explorers.SlidingWindowExplorer(
    image,
    {k: se.predict(trained[k], image, logits=True).softmax(0) for k in dilations},
    classes,
    colors,
    macs={k: (macs[k], dense_macs[k]) for k in dilations},
    label_map=target,
    step=56,
)

# %% [markdown]
# ## 5. Borders, offsets and tiles
#
# What does a window see beyond the image's edge? Whatever we pad. We padded *once, at the image*, with its mirror
# image. Zeros around every layer's map look harmless and give other numbers at the border. (In front of the first layer
# a zero is no black: images were shifted by 0.5, so it is a gray.) **We expect agreement inside and not within 5 pixels
# of the edge.**

# %% name="figure-border" alt="The scene with a mirrored margin, the scene with a gray margin, and a map of differences that is zero inside and large along the four edges."
import copy

every_layer = copy.deepcopy(dense[1:])  # a copy, since `dense` shares its features with `net`
for layer in every_layer:
    if isinstance(layer, nn.Conv2d) and layer.kernel_size == (3, 3):
        layer.padding = (1, 1)
with torch.no_grad():
    difference = (every_layer(normalized(image)[None])[0] - scores).abs().amax(0)
print(f"largest difference inside: {difference[5:-5, 5:-5].max():.4f}; at the border: {difference.max():.1f}")
mirrored, gray = F.pad(image[None], (5,) * 4, mode="reflect")[0], F.pad(image, (5,) * 4, value=0.5)
se.show_row(
    [mirrored, gray, difference.clamp(max=5).round(decimals=3)],
    ["reflected: more of the same", "zeros of the first layer: gray", "difference of the scores (up to 5)"],
    colorbar=True,
    title="At the border a window sees what we invent: how far in do the scores differ?",
)

# %% name="proof-border" tags=["proof"]
torch.testing.assert_close(difference[5:-5, 5:-5], torch.zeros(54, 86), atol=1e-4, rtol=0)

# %% [markdown] name="task-paste-labels"
# ### Exercise 4.4: half a window off (debug)
#
# Without padding, a map of windows is smaller than the image, and at a stride it is coarse as well. A colleague
# brings it back to full size (the cell below).
#
# <div class="alert alert-info">
#
# **Task.** Find out what is wrong, then write `paste_labels(small, height, width, window, stride)`: each pixel gets
# the label of the window whose *middle* is nearest. Window $i$ begins at pixel $i \cdot s$; its middle is
# $i \cdot s + \lfloor k/2 \rfloor$. The block of a label begins $\lfloor s/2 \rfloor$ pixels before its middle: a
# pixel that is equally near to two middles, a **tie**, belongs to the later window. Pixels beyond the outermost
# blocks take the nearest label. Labels are integers and keep their values, 0, 255 and those above it too.
#
# What a right answer draws: `se.target("04.paste_labels")`.
# Stuck? `se.hint("04.paste_labels", 1)`, then 2, then 3.
#
# </div>

# %%
small = dense_scores.argmax(0)[5:-5:4, 5:-5:4]  # windows of 11 inside of the image, at stride 4


def colleague_paste(small, height, width, window, stride):
    rows = (torch.arange(height) // stride).clamp(max=small.shape[0] - 1)
    columns = (torch.arange(width) // stride).clamp(max=small.shape[1] - 1)
    return small[rows[:, None], columns]


shifted = colleague_paste(small, 64, 96, 11, 4)
print(f"right: {(shifted == target).float().mean():.0%}; at stride 1 {right[0]}")


# %% name="exercise-paste-labels"
def paste_labels(small, height, width, window, stride):
    """Return the full label map (height, width) from small (rows, columns)."""
    ### BEGIN SOLUTION
    rows = (torch.arange(height) - window // 2 + stride // 2) // stride
    columns = (torch.arange(width) - window // 2 + stride // 2) // stride
    return small[rows.clamp(0, small.shape[0] - 1)[:, None], columns.clamp(0, small.shape[1] - 1)]
    ### END SOLUTION


# %% name="check-paste-labels"
passed = se.check("04.paste_labels", paste_labels)

# %% name="figure-paste-labels" alt="Two rows of image, target, prediction and error: shifted up and left, with errors along every edge; mended."
if passed:
    compare(
        {"the colleague's map": shifted, "each label on its window's middle": paste_labels(small, 64, 96, 11, 4)},
        "Half a window less half a stride makes the difference",
    )
else:
    se.target("04.paste_labels")

# %% [markdown]
# ### Tiles: sliding windows today
#
# One window per pixel is history. Large **tiles** are not: an image of a slide scanner or a satellite doesn't fit
# into memory, so it is cut, segmented tile by tile, and pasted together. Below, 24 scenes side by side in a file on
# disk stand for such an image; it is small enough to compare with the whole.
#
# The simple way is tiles side by side. Each tile's border windows then see padding instead of the neighboring tile.

# %% name="tiles"
import tempfile

import numpy as np

wall = torch.cat([torch.cat([val[6 * r + c]["image"] for c in range(6)], 2) for r in range(4)], 1)
path = tempfile.mkdtemp() + "/wall.npy"
np.save(path, (wall * 255).to(torch.uint8).numpy())
on_disk = np.load(path, mmap_mode="r")  # nothing is read until it is needed
whole = se.predict(trained[25], on_disk, logits=True)
cut = se.predict(trained[25], on_disk, tile=128, overlap=0, logits=True)
seams, changed = (cut - whole).abs().amax(0), (cut.argmax(0) != whole.argmax(0)).float().mean()
print(f"{on_disk.shape}, no overlap: scores off by up to {seams.max():.1f}, {changed:.1%} of the labels changed")

# %% [markdown]
# The cure: tiles that *overlap*, blended by weights that fall to zero before each cut. The window of 25 reaches 12
# pixels to each side. `se.predict` gives no weight to pixels within a quarter of the overlap, so with an overlap of
# 64 (a quarter is 16 > 12) **we expect no seam at all**. (MONAI, below, offers equal weights or a Gaussian, which
# gives less weight to a tile's edges, but never none: its seam is fainter, not gone.) The price: up to
# $(128/64)^2 = 4$ times the MACs. And while the outputs of all layers grow with the image, those of a tile stay.
#
# *Predict:* of the cuts in the left picture, three scenes wide and three high, which one does the most harm?
# <details><summary>Answer</summary>The one across. There two scenes meet, and the mirrored meadow is nothing like
# the sky beyond the cut.</details>

# %% name="figure-seams" alt="Three by three scenes with one white cut across, where two scenes meet, and two cuts down; a map of differences, bright in a band along the cut across and in dots along the cuts down; a map of zeros."
blended = se.predict(trained[25], on_disk, tile=128, overlap=64, logits=True)
print(f"largest difference with overlap 64: {(blended - whole).abs().max():.4f}")
for side in (256, 1024, 4096):
    at_once, tile = (se.ops.activation_memory(trained[25], (1, 3, n, n)) / 1e6 for n in (side, 128))
    print(f"{side} × {side} pixels: {at_once:,.0f} MB of outputs at once, {tile:.0f} MB for a tile of 128")
wall[:, 128::128] = wall[:, :, 128::128] = 1  # the cuts, in white
panels = wall.as_subclass(torch.Tensor), seams.clamp(max=3), (blended - whole).abs().amax(0)
se.show_row(
    [each[..., :192, :288] for each in panels],
    ["a part of the large image", "tiles of 128, no overlap", "tiles of 128, overlap 64, blended"],
    limits=(0, 3),
    colorbar=True,
    title="How far are the scores off (up to 3), without and with overlap?",
)

# %% name="proof-seams" tags=["proof"]
torch.testing.assert_close(blended, whole, atol=1e-4, rtol=1e-4)
assert seams[124:132].mean() > 2 * torch.cat([seams[:, x - 4 : x + 4] for x in range(128, 576, 128)]).mean()

# %% [markdown]
# ## Lab: one scene is thousands of patches
#
# Since the dense form gives the same scores, its gradients are the same too: training on a whole scene *is* training
# on all its windows. (Batch normalization aside, which in training averages over what it is given.) 64 × 96 pixels
# are 6,144 patches in one pass. Balance comes from class weights in the loss. The linear layers become convolutions
# by **your function**, once exercise 4.3 is solved.
#
# The trivial baseline comes first: the most frequent class, everywhere. Against it stand a short dense training (here,
# 4 scenes per step), the patch classifier of section 1 (as many steps, of 256 patches) and the recipe's networks
# (loaded), which have seen five times as many scenes and far more steps. *Predict:* the dense training sees 96 times as
# many windows as that on patches. Is it far ahead of it?

# %% name="lab-data"
lab_train, lab_val, names, palette, pair = train, val, classes, colors, (boulder, pyramid)
if dataset != "scenes":  # about 64 images for training and 24 for validation, spread over the data set
    sets = [se.load_dataset(dataset, split, size=(64, 96), root=root, fallback=True) for split in ("train", "val")]
    lab_train, lab_val = ([s[i] for i in range(0, len(s), max(1, len(s) // n))] for s, n in zip(sets, (64, 24)))
    names, palette, pair = sets[0].classes, sets[0].colors, ()


# %% name="class-weights"
def class_weights(samples, num_classes, pair=()):
    """Return 1/√frequency of each class, on average 1; the look-alike pair counts twice, an absent class not at all."""
    counts = sum(torch.bincount(s["label_map"].flatten(), minlength=256)[:num_classes] for s in samples)
    weights = (counts.sum() / counts.clamp(min=1)).sqrt() * (counts > 0)
    weights /= weights.mean()
    weights[list(pair)] *= 2
    return weights


# %% name="figure-history" alt="The training loss falls steeply within the first steps and flattens; the validation mean IoU rises."
def convert(linear, channels, side):
    if se.passed("04.as_convolution"):
        return as_convolution(linear.weight, linear.bias, channels, side, side)
    return se.ops.linear_to_conv(linear, channels, side)


dense_net = densely(window_net(11, len(names)), 11, convert)
loss = se.CrossEntropy(class_weights(lab_train, len(names), pair))
trainer = se.fit(dense_net, lab_train, lab_val, steps=dense_steps, batch=4, lr=5e-3, loss=loss)
se.plot_history(trainer.history)

# %% name="lab-table"
from functools import partial


def measured(predict, samples, num_classes):
    matrix = se.ConfusionMatrix(num_classes)
    for sample in samples:
        matrix.update(predict(sample["image"]), sample["label_map"])
    return {"mean IoU": matrix.mean_iou(), "accuracy": matrix.pixel_accuracy()}


labels = torch.cat([sample["label_map"].flatten() for sample in lab_train])
most = int(labels[labels != 255].bincount().argmax())
methods = [
    (f"{names[most]} everywhere", len(lab_train), 0, lambda picture: torch.full(picture.shape[1:], most)),
    ("window 11, dense", len(lab_train), dense_steps, partial(se.predict, trainer.model)),
]
if dataset == "scenes":
    dense.preprocessing = trained[11].preprocessing
    methods.append(("window 11, patches", len(train), patch_steps, partial(se.predict, dense)))
    methods += [(f"window {k}, recipe", 320, 500, partial(se.predict, trained[k])) for k in dilations]
table = [
    {"model": model, "images": images, "steps": steps, **measured(predict, lab_val, len(names))}
    for model, images, steps, predict in methods
]
se.results_table(table, best={"mean IoU": "max", "accuracy": "max"})

# %% name="proof-lab" tags=["proof"]
if dataset == "scenes" and dense_steps == patch_steps == 150:
    scores_of = {row["model"]: row["mean IoU"] for row in table}
    assert abs(scores_of["window 11, dense"] - scores_of["window 11, patches"]) < 0.1

# %% [markdown]
# <details><summary>Answer, on the scenes</summary>No: after equal steps the two are less than 0.1 of mean IoU apart. A
# scene is 6,144 patches, but neighbors show nearly the same, and a batch of patches shows all classes equally
# often.</details>
#
# Below, the three images with the most wrong pixels. *What do they have in common?* <details><summary>Answer, on the
# scenes</summary>Poles, wires, trees far away: what is thin or small, and every outline. Of one boulder nearly half
# has the wrong name.</details>

# %% name="figure-worst" alt="Three rows of image, target, prediction and error: the images of the validation set with the most wrong pixels."
best_network = trained[25] if dataset == "scenes" else trainer.model


def wrong(sample):
    wrong = (se.predict(best_network, sample["image"]) != sample["label_map"]) & (sample["label_map"] != 255)
    return int(wrong.sum())


worst = sorted(lab_val, key=wrong, reverse=True)[:3]
shown_worst = zip(*[(s["image"], s["label_map"], se.predict(best_network, s["image"])) for s in worst])
se.show_predictions(*shown_worst, names, palette, title="Where is the best network wrong most?")

# %% [markdown]
# ## Ablation
#
# What should a fixed budget buy: a fine grid of small windows, or a coarse grid of large ones? Each of the first four
# rows spends at most 2.5 billion MACs in the loop, and is judged at its stride; the last computes the largest window
# densely, at stride 1. (The recipe's networks of one seed; guessing gives 0.5 on the look-alikes.)
#
# *Predict:* which row wins on the look-alikes, and which on mean IoU?
# <details><summary>Answer</summary>The
# look-alikes: the window of 25, at every stride. Mean IoU: of the loops within the budget the window of 11 at stride
# 1, since blocks lose more at the outlines than the large window gains. (Interpolated scores in place of blocks bring
# the window of 25 up to it, 0.77.) The dense pass wins both, and costs less than any loop.</details>
#
# The second table is the recipe on real streets, CamVid. *Predict:* do larger windows help there too?
# <details><summary>Answer</summary>Yes, with one seed: the mean IoU rises from 0.26 over 0.29 to 0.36.</details>


# %% name="ablation"
def coarsely(window, stride):
    return lambda image: at_stride(se.predict(trained[window], image, logits=True), stride)


rows = []
for window, stride in ((5, 1), (11, 1), (25, 2), (25, 4), (25, 1)):
    predict = coarsely(window, stride)
    row = {"window": window, "stride": stride, "look-alikes": look_alike_accuracy(predict, val)}
    row |= measured(lambda image, predict=predict: predict(image).argmax(0), val, len(classes))
    row |= {"parameters": se.count_parameters(trained[window]), "MACs, loop": 6144 // stride**2 * macs[window]}
    rows.append(row | {"MACs, dense": dense_macs[window] if stride == 1 else float("nan")})
se.results_table(rows, best={"look-alikes": "max", "mean IoU": "max", "accuracy": "max", "MACs, dense": "min"})
streets = json.loads(se.shipped("results/04_camvid.json").read_text(encoding="utf-8"))
print(f"On real streets, loaded: {streets['about']}.")
se.results_table(streets["rows"], best={"mean IoU": "max", "accuracy": "max"})

# %% name="proof-ablation" tags=["proof"]
small, middle, half, quarter, large = rows
assert max(small["look-alikes"], middle["look-alikes"]) < min(row["look-alikes"] for row in (half, quarter, large))
assert all(row["MACs, loop"] < 2.5e9 for row in rows[:4])
assert max(row["mean IoU"] for row in rows[:4]) == middle["mean IoU"] < large["mean IoU"]
assert max(row["look-alikes"] for row in rows) == large["look-alikes"]
assert large["MACs, dense"] < min(row["MACs, loop"] for row in rows)

# %% [markdown]
# ## What goes wrong
#
# **Symptom.** Dense scores differ from the window loop, everywhere. **Cause.** The network is in training mode: batch
# normalization then uses the statistics of the batch, and a batch of windows is not a scene. **Fix.** `net.eval()`.
#
# **Symptom.** They differ only along the border. **Cause.** Padding inside of every layer. **Fix.** Pad once, at the
# image, by half a window.
#
# **Symptom.** The map looks right, and every edge is wrong by the same few pixels. **Cause.** Labels lie on the
# windows' corners. **Fix.** Add half a window, less half a stride (exercise 4.4).
#
# **Symptom.** A faint grid in the prediction of a large image. **Cause.** Tiles without overlap. **Fix.** Overlap by
# at least four times the reach of the network with `se.predict`, and blend.
#
# The first one, reproduced:

# %%
with torch.no_grad():
    for name, network in (("training", copy.deepcopy(dense).train()), ("evaluation", dense)):
        gap = (network(normalized(image)[None])[0] - scores).abs().max()
        print(f"in {name} mode the scores differ by up to {gap:.4f}")

# %% [markdown]
# ## Which one should I choose?
#
# | You have | Take |
# |:---|:---|
# | a classifier and an image, nothing else | the classifier rewritten as convolutions, at stride 1 |
# | a budget below that | a stride, and labels on the windows' middles |
# | classes that differ in shape | a window larger than the shape |
# | a loop that draws blocks, a tight budget | stride 1 before a large window (mean IoU 0.77 against 0.70) |
# | an image larger than memory | tiles with overlap and blending |
# | a real project | a network that sees far *and* keeps resolution: the rest of this course |
#
# ## Recap
#
# - A classifier segments when it is slid over the image; a window's label belongs to its middle pixel.
# - What lies outside of the window can't be known: the look-alikes come apart as the window grows.
# - A loop over windows computes shared features again and again. The dense form computes them once, with equal
#   scores.
# - Large images are still cut into windows, now called tiles.
#
# **Formula card**
#
# - Windows along a side of length $L$: $n = \lfloor (L - k) / s \rfloor + 1$. Middle of window $i$:
#   $i \cdot s + \lfloor k/2 \rfloor$.
# - Cost of the loop: $n_y \cdot n_x \cdot m(k)$, where $m$ grows about as $k^2$ between networks of 3 × 3 kernels;
#   dense: one pass, here 76 to 90 million MACs whatever $k$.
# - No seam with `se.predict` if overlap / 4 ≥ reach of the network.
#
# **Shapes card**
#
# - `se.ops.extract_windows`: (N, C, H, W) → (N, $n_y$, $n_x$, C, k, k)
# - Linear (out, C·h·w) → `Conv2d` weight (out, C, h, w)
# - dense, padded by ⌊k/2⌋: (N, 3, H, W) → (N, classes, H, W)
#
# ## Going further
#
# - [Cireșan et al. 2012](https://papers.nips.cc/paper/2012/hash/459a4ddcb586f24efd9395aa7662bc7c-Abstract.html): a
#   sliding window won the ISBI membrane challenge. Read how long it took.
# - [Giusti et al. 2013](https://arxiv.org/abs/1302.1700): the same scan without recomputing. Read the figures.
# - [Sermanet et al. 2014, OverFeat](https://arxiv.org/abs/1312.6229): linear layers as convolutions, and what they
#   save.
# - Code: [MONAI's sliding-window inferer](https://docs.monai.io/en/stable/inferers.html), tiles in medicine; compare
#   `mode="constant"`, its default, with `mode="gaussian"`.
# - Data: the ISBI membranes; set `dataset = "isbi"` in the parameters.
#
# **Next:** [5. Fully convolutional, full resolution](05_full_resolution.ipynb): why not just drop the pooling?
