# %% [markdown] name="front"
# # 1. What is segmentation?
#
# {{colab_badge}}
#
# **Question.** What does it mean to label every pixel?
#
# **You will be able to**
#
# - tell six tasks apart by what they return for one image,
# - move between label maps, one-hot channels, masks and colors, without the classic mistakes,
# - say why a semantic map cannot count, and build a panoptic map that can,
# - judge a segmenter against a baseline that has learned nothing.
#
# **Prerequisites.** [PyTorch tensors](https://docs.pytorch.org/tutorials/beginner/basics/tensorqs_tutorial.html):
# shapes, indexing, comparisons.
#
# **Time.** Reading {{reading}} min · playing 10 min · exercises 60 min.

# %% name="setup"
import json
import sys

if "google.colab" in sys.modules:  # Colab fetches the course; elsewhere it is installed already
    import subprocess

    subprocess.run(["pip", "install", "-q", "git+https://github.com/{{repository}}"], check=True)
import torch
import torch.nn.functional as F

import segedu as se

se.setup(seed=0)

# %% name="parameters" tags=["parameters"]
dataset = "scenes"  # or "camvid", "pets": the lab then works on real images
root = None  # the folder of a real data set; None: where `segedu data fetch` puts it
steps = 300  # of the network's training in the lab, on a real data set

# %% [markdown]
# ## The goal
#
# A photograph, and its **target**: a class for every pixel. Somebody drew it by hand, outline by outline. Where nobody
# could tell what a pixel shows, as behind the handle, it is **void**, and hatched.

# %% name="figure-photo" alt="A photograph of a cup of coffee with a spoon on a saucer; its target in one color per class, with the names cup, saucer, spoon, table and background; and the target with cup, saucer and spoon as three things."
photos = se.Photos()
coffee = se.photo("coffee", size=(160, 240), labels=True)
title = "Which class is each pixel?"
se.viz.show_tasks([coffee], photos, tasks=("image", "semantic", "instance"), title=title)

# %% [markdown]
# For experiments the course has a world of its own: meadows, roads and houses, drawn by a program that knows what each
# pixel shows. Its dials, below, set how many things there are, how much they overlap and how thin the wires are. A
# network was trained on such scenes, at half the size. In the last picture its wrong pixels are striped.
#
# *Find two kinds of mistakes. Then count the cars and the sheep: once in the image, once in the target.*

# %% name="data"
scenes = se.load_dataset("scenes", "val", size=(128, 192), objects=(5, 7), overlap=0.7, rare=0.5, thin_width=2.0)
scene = scenes[17]
image, label_map, masks, boxes, labels = (scene[key] for key in ("image", "label_map", "masks", "boxes", "labels"))
network = se.load_weights(se.UNet(3, 10, width=8, depth=4), "unet_scenes")


def look(image):
    """image (3, H, W) -> the network's scores (10, H, W)."""
    scores = se.predict(network, F.avg_pool2d(image, 2), logits=True)  # means of 2 × 2 pixels: (3, H/2, W/2)
    return F.interpolate(scores[None], scale_factor=2, mode="bilinear")[0]


# %% name="figure-goal" alt="A scene with two overlapping cars on a road, pyramids, boulders and three sheep side by side; its target in one color per class; the prediction, which looks alike; and the wrong pixels, which lie on outlines and wires."
se.show_predictions(
    [image],
    [label_map],
    [look(image).argmax(dim=0)],
    scenes.classes,
    scenes.colors,
    title="How many cars are there, and how many sheep?",
)

# %% [markdown]
# The network is wrong along outlines and on thin wires. The other difficulty is in the *target*: two cars are one blue
# patch, three sheep are one white patch. This lecture is about what a segmentation says, and what it can't.
#
# ## 1. Six questions about one image
#
# | task | question | answer | shape |
# |---|---|---|---|
# | **classification** | what is in the image? | one score for each class | $(C,)$ |
# | **localization** | where is the main thing? | a class and a box | $(4,)$ |
# | **detection** | where is each thing? | $K$ classes and boxes | $(K, 4)$ |
# | **semantic segmentation** | which class is each pixel? | a **label map** | $(H, W)$ |
# | **instance segmentation** | which pixels belong to each thing? | $K$ classes and masks | $(K, H, W)$ |
# | **panoptic segmentation** | both: class and thing of each pixel? | an id map | $(H, W)$ |
#
# The scene knows all six answers. *Predict:* in which of the six pictures can you count the sheep?
#
# <details><summary>Answer</summary>
#
# In detection, instance and panoptic segmentation. The other three don't count.
#
# </details>


# %% name="figure-six" alt="Six pictures of one scene: with the names of its classes; with one box; with nine boxes and the names of their classes; colored by class; with nine things colored one by one; and with all pixels colored, where each thing has its own shade."
tasks = ("classification", "localization", "detection", "semantic", "instance", "panoptic")
se.viz.show_tasks(
    [scene], scenes, tasks=tasks, columns=3, title="Six answers to one image: in which can you count the sheep?"
)

# %% [markdown]
# **Some answers follow from others: one forgets.**
#
# ```text
# panoptic ──> semantic ──> classification
#     └──────> instance ──> detection ──> localization
# ```
#
# From the **panoptic map** (the last picture) follow masks, boxes, classes. An id is class · 1000 + number of the
# thing, as section 4 explains. A box is where a mask's rows and columns begin and end. **We expect** nine things, and
# the boxes that the scene brought along. No arrow leads from
# *semantic* to *detection*: section 3 proves that there can't be one.


# %% name="down"
panoptic = se.panoptic_map(label_map, masks, labels)


def box_of(mask):
    """mask (H, W) -> left, top, right, bottom in pixel edges."""
    rows, columns = mask.any(dim=1).nonzero(), mask.any(dim=0).nonzero()
    return [columns.min().item(), rows.min().item(), columns.max().item() + 1, rows.max().item() + 1]


things = [i for i in panoptic.unique().tolist() if i % 1000 > 0]
last = things[-1]
print(f"{len(things)} things; the last, a {scenes.classes[last // 1000]}, has the box {box_of(panoptic == last)}")
print(f"the scene says {boxes[-1].int().tolist()}")

# %% name="proof-down" tags=["proof"]
assert len(things) == len(labels) == 9
found = {(i // 1000, *box_of(panoptic == i)) for i in things}
assert found == {(label, *box) for label, box in zip(labels.tolist(), boxes.int().tolist())}
assert torch.equal(panoptic // 1000, label_map)
assert sorted(scenes.classes[c] for c in labels) == sorted(["car", "boulder", "pyramid", "sheep"] * 2 + ["sheep"])

# %% [markdown]
# **Against the arrows it doesn't go:** what was forgotten has to be seen in the image again. So the question decides
# the task:
#
# | field | classes | what the map is for |
# |---|---|---|
# | driving | road, car, person, … | where one can drive, and who is in the way |
# | medicine | organ, tumor, vessel, cell | a volume, the area to treat, a number of cells |
# | satellites | field, forest, water, roof | areas, and their change over the years |
# | photo editing | person, hair, sky | change one part and leave the others |
#
# The last one on a photograph: `label_map == 6` is a **binary mask**, true where a cat is. Where it is true we take the
# color image, elsewhere the gray one.

# %% name="figure-mask" alt="A white cat-shaped patch on black; the photograph in gray with the cat in color; the photograph in color with the cat in gray."
chelsea = se.photo("chelsea", size=(160, 240), labels=True)
cat = chelsea["label_map"] == photos.classes.index("cat")  # (H, W), bool
color, without_color = chelsea["image"], chelsea["image"].mean(dim=0, keepdim=True)
se.show_row(
    [cat, torch.where(cat, color, without_color), torch.where(cat, without_color, color)],
    ["label_map == 6", "the cat in color", "all but the cat in color"],
    colors=["#2B2F36", "#FFFFFF"],
    height=180,
    title="A binary mask of one class, and what a photo editor does with it",
)

# %% name="proof-mask" tags=["proof"]
assert photos.classes.index("cat") == 6
assert torch.equal(cat, chelsea["masks"][0].bool())

# %% [markdown]
# ## 2. A label for every pixel
#
# A label map is a tensor of integers, one for each pixel. Here is a piece of the coffee's, where the spoon (9)
# stands between cup (7) and saucer (8). A few pixels are void, 255.
#
# Integers are compact, but a network can't produce them: it produces numbers that change smoothly. So its target is
# thought of as $C$ channels, one for each class:
#
# $$t_{c,i,j} = 1 \text{ if pixel } (i, j) \text{ has class } c, \text{ else } 0.$$
#
# Here $i$ is a row, $j$ a column. Each pixel has exactly one 1: the map is **one-hot**. Below are sky 0, meadow 1 and
# road 2. **We expect** five ones in channel 0, because five pixels are sky.

# %% name="figure-patch" alt="A patch of the photograph's label map as a grid of numbers: 7 on the left, a band of 9 and a few 255, and 8 on the right."
patch = coffee["label_map"][46:54, 159:171]
se.matrix_figure([patch], ["label_map[46:54, 159:171]"], cell=30, title="What a label map is made of")

# %% name="figure-one-hot" alt="A 3 × 4 label map and three 3 × 4 channels of zeros and ones. The framed pixel in row 1, column 2 has label 2; its channels hold 0, 0 and 1."
tiny = torch.tensor([[0, 0, 0, 0], [0, 1, 2, 1], [1, 2, 2, 1]])
channels = torch.zeros(3, 3, 4)  # C, H, W
for i in range(3):
    for j in range(4):
        channels[tiny[i, j], i, j] = 1
torch.testing.assert_close(channels, F.one_hot(tiny, 3).movedim(-1, 0).float())
se.matrix_figure(
    [tiny, *channels],
    ["label map", "channel 0: sky", "channel 1: meadow", "channel 2: road"],
    symbols=["→", "", ""],
    highlight=dict.fromkeys(range(4), (1, 2, 1, 1)),
    cell=32,
    title="One map of labels, three maps of yes and no: the framed pixel is road",
)

# %% [markdown]
# Torch's `one_hot` agrees, after its channels are moved to the front. Each channel is the binary mask of a class.
#
# Why not let the network produce the label itself, as one number? *Predict:* a pixel lies half on sky (0) and half on
# road (2). What is the mean of its two labels?
#
# <details><summary>Answer</summary>
#
# 1, which is meadow, though there is none.
#
# </details>

# %% name="mean"
half = torch.tensor([0.0, 2.0]).mean().item()
mixed = (channels[:, 0, 2] + channels[:, 1, 2]) / 2  # one-hot sky and one-hot road
print(f"mean label: {half:.0f}, that is meadow; mean of the one-hot columns: {mixed.tolist()}")

# %% [markdown]
# **Labels are names, not quantities:** they can be compared, never averaged. The mean of one-hot columns says what is
# meant: half sky, half road.
#
# Some pixels have no label: nobody could tell, or nobody looked. They are void, by custom 255. Void is no class, so no
# prediction can equal it. Below, the prediction is right wherever the target says something. *Predict* its share of
# right pixels: with void counted, and with void left out.
#
# <details><summary>Answer</summary>
#
# 4 of 5, or 0.8, with void counted; 4 of 4, or 1, with void left out.
#
# </details>

# %% name="void"
target, prediction = torch.tensor([[0, 0, 255, 2, 2]]), torch.tensor([[0, 0, 1, 2, 2]])
valid = target != 255
counted, left_out = (prediction == target).float().mean(), (prediction == target)[valid].float().mean()
print(f"void counted: {counted:.1f}, void left out: {left_out:.1f}")

# %% [markdown]
# Everything that learns or scores leaves void out.

# %% name="proof-labels" tags=["proof"]
assert channels[0].sum() == 5
assert half == 1
assert mixed.tolist() == [0.5, 0, 0.5]
assert counted == 0.8
assert left_out == 1
assert patch.unique().tolist() == [7, 8, 9, 255]

# %% [markdown]
# ### Exercise 1.1: one-hot, and back
#
# <div class="alert alert-info">
#
# **Task.** Write `to_one_hot(label_map, num_classes)`: from integers $(H, W)$ to a float tensor $(C, H, W)$, with a
# channel also for a class that the map lacks. A void pixel, 255, is 0 in every channel. Then write its way back,
# `to_labels(channels)`: integers $(H, W)$, and 255 where all channels are 0. Both leave what they are given as it is.
# Do it without `F.one_hot`, `se.to_one_hot` and `se.from_one_hot`.
#
# What a right answer draws: `se.target("01.to_one_hot")`.
# Stuck? `se.hint("01.to_one_hot", 1)`, then 2, then 3; for the way back `se.hint("01.to_labels", 1)`, then 2, then 3.
#
# </div>


# %% name="exercise-to-one-hot"
def to_one_hot(label_map, num_classes):
    """label_map (H, W), 0 to C - 1 or 255 -> (C, H, W), float."""
    ### BEGIN SOLUTION
    return torch.stack([label_map == c for c in range(num_classes)]).float()
    ### END SOLUTION


def to_labels(channels):
    """channels (C, H, W) of 0 and 1 -> labels (H, W), 255 where no channel is 1."""
    ### BEGIN SOLUTION
    labels = channels.argmax(dim=0)
    labels[(channels == 0).all(dim=0)] = 255
    return labels
    ### END SOLUTION


# %% name="check-to-one-hot"
passed = se.check("01.to_one_hot", to_one_hot)
passed = se.check("01.to_labels", to_labels) and passed

# %% name="figure-round-trip" alt="A label map with hatched sides, three of its ten channels, and the same label map again."
if passed:
    framed = label_map.clone()
    framed[:, :12] = framed[:, -12:] = 255
    there = to_one_hot(framed, 10)
    assert torch.equal(to_labels(there), framed)
    se.show_row(
        [framed, *there[[0, 2, 8]], to_labels(there)],
        ["label map, void at the sides", "channel 0: sky", "channel 2: road", "channel 8: pyramid", "and back"],
        colors=scenes.colors,
        limits=(0, 1),
        columns=3,
        height=140,
        title="Ten channels and back: every label is the same, void included",
    )
else:
    se.target("01.to_one_hot")

# %% [markdown]
# A prediction has the same form as the target, with doubts: the network gives one score per class and pixel, a tensor
# $(C, H, W)$. This is **dense prediction**. The predicted label is the class with the largest score, the `argmax`.
# The softmax ([lecture 2](02_pixel_classification.ipynb) derives it) turns scores into probabilities, which add up
# to 1. It keeps their order, so **we expect** the same labels.

# %% name="figure-dense" alt="Three heat maps: bright where the network sees cars, poles and sheep, with dim rims along outlines and wires. Then the label map of the largest scores."
scores = look(image)  # (10, 128, 192)
p = scores.softmax(dim=0)
predicted = scores.argmax(dim=0)  # (128, 192)
print("scores", tuple(scores.shape), "-> labels", tuple(predicted.shape))
print("the same labels after softmax:", torch.equal(predicted, p.argmax(dim=0)))
se.show_row(
    [*p[[6, 5, 9]], se.label_to_rgb(predicted, scenes.colors)],
    ["p of car", "p of pole", "p of sheep", "argmax over 10 channels"],
    limits=(0, 1),
    title="Dense prediction: ten scores at each pixel, and the largest wins",
)

# %% name="proof-dense" tags=["proof"]
assert scores.shape == (10, 128, 192)
assert torch.equal(predicted, p.argmax(dim=0))
torch.testing.assert_close(p.sum(dim=0), torch.ones(128, 192))
assert float((predicted == label_map).float().mean()) > 0.96

# %% [markdown]
# The input may have one channel (gray) or three (red, green, blue): $(1, H, W)$ or $(3, H, W)$. The target is the same.
# To look at an image and its labels together, mix them: with **opacity** $a$ a pixel shows
# $(1 - a) \cdot \text{image} + a \cdot \text{color}$.


# %% name="figure-overlay" alt="Two rows of four pictures: the photograph of the cup in color and in gray, with the colors of its label map over it at opacity 0, 0.3, 0.6 and 1."
def overlay(picture, label_map, colors, opacity):
    """picture (3, H, W) or (1, H, W), label_map (H, W) -> (3, H, W)."""
    return (1 - opacity) * picture + opacity * se.label_to_rgb(label_map, colors)


gray = coffee["image"].mean(dim=0, keepdim=True)  # (1, H, W)
cups = {"color": coffee["image"], "gray": gray}
opacities = (0.0, 0.3, 0.6, 1.0)
se.show_row(
    [overlay(cup, coffee["label_map"], photos.colors, a) for cup in cups.values() for a in opacities],
    [f"{name}, opacity {a:g}" for name in cups for a in opacities],
    columns=4,
    title="The same labels over a color image and a gray one",
)

# %% name="proof-overlay" tags=["proof"]
mixed = overlay(image, label_map, scenes.colors, 0.3)
torch.testing.assert_close(mixed, se.overlay(image, label_map, scenes.colors, 0.3))

# %% [markdown]
# ## 3. Things, stuff, and counting
#
# Cars and sheep are **things**: they have outlines of their own, and can be counted. Sky, road and meadow are
# **stuff**: whether a road is one or two is a matter of taste. (Trees and houses could be counted, too; the data set
# decides, and here they are stuff.) For stuff the semantic map is enough. And for things?
#
# Let us try to count from a map of classes. A **region** is a patch of a mask whose pixels touch by an edge. Give each
# pixel a number of its own. Then each takes the largest number of itself and its four neighbors, again and again.
#
# *How many regions does the mask below have?* Corners don't count as touching: **we expect** 3 numbers to remain.


# %% name="spread"
def spread(numbers, mask):
    """One step: each pixel of the mask (H, W) takes the largest number of itself and its four neighbors."""
    p = F.pad(numbers, (1, 1, 1, 1))
    around = torch.stack([numbers, p[:-2, 1:-1], p[2:, 1:-1], p[1:-1, :-2], p[1:-1, 2:]])
    return around.amax(dim=0) * mask


# %% name="figure-regions" alt="A 4 × 6 mask with three regions; its pixels numbered from 1 to 22; the numbers after one step; after two steps only 8, 12 and 22 are left, one for each region."
blobs = torch.tensor([[1, 1, 0, 0, 1, 0], [0, 1, 0, 0, 1, 1], [0, 0, 1, 0, 0, 0], [0, 0, 1, 1, 0, 0]])
first = torch.arange(1, 25).view(4, 6) * blobs
second = spread(first, blobs)
third = spread(second, blobs)
se.matrix_figure(
    [blobs, first, second, third],
    ["mask", "each pixel a number", "after one step", "after two"],
    symbols=["→", "→", "→"],
    cell=28,
    title="Numbers spread to their neighbors until each region has one",
)

# %% name="proof-regions" tags=["proof"]
assert third[blobs.bool()].unique().tolist() == [8, 12, 22]

# %% [markdown]
# ### Exercise 1.2: count regions
#
# <div class="alert alert-info">
#
# **Task.** Write `count_regions(mask)` for a mask $(H, W)$ of booleans: the number of its regions, an `int`. Pixels are
# neighbors if they share an edge. Use `spread`, or fill one region after the other: do it without
# `scipy.ndimage.label` or another ready-made labeling of regions. How many steps may a long region need? The picture
# counts coins on a photograph.
#
# What a right answer draws: `se.target("01.count_regions")`.
# Stuck? `se.hint("01.count_regions", 1)`, then 2, then 3.
#
# </div>


# %% name="exercise-count-regions"
def count_regions(mask):
    """mask (H, W), bool -> int."""
    ### BEGIN SOLUTION
    numbers = torch.arange(1, mask.numel() + 1).view(mask.shape) * mask
    while not torch.equal(larger := spread(numbers, mask), numbers):
        numbers = larger
    return len(numbers[mask].unique())
    ### END SOLUTION


# %% name="check-count-regions"
passed = se.check("01.count_regions", count_regions)

# %% name="figure-count-regions" alt="A photograph of 24 coins in four rows on a dark table whose upper left corner is lit, and its mask."
if passed:
    coins = se.photo("coins", size=(152, 192)).mean(dim=0)
    smooth = F.avg_pool2d(coins[None], 5, stride=1, padding=2)[0]  # means of 5 × 5, so that scratches don't count
    bright = smooth > 0.45
    assert count_regions(bright) == 25
    se.show_row(
        [coins[None], bright],
        ["photograph", f"brighter than 0.45: {count_regions(bright)} regions"],
        colors=["#2B2F36", "#E69F00"],
        title="24 coins and the lit corner of the table make 25 regions",
    )
else:
    se.target("01.count_regions")

# %% [markdown]
# How many steps? A region that winds like a snake may need as many as it has pixels. So go on until nothing changes.
#
# The coins lie apart, so each region is a thing. In a street, things stand in front of each other. The table counts
# cars, boulders, pyramids and sheep in 48 scenes: one class in one scene is one case. (`python
# lectures/recipes/01_segmentation.py` made it, with the solution of this exercise.) *Predict:* in which share of the
# cases with two or more things is the number of regions right?
#
# <details><summary>Answer</summary>
#
# In 37 % of them (in six other worlds of scenes, 28 % to 45 %). In 58 % it is too small. Who always says "two" and
# doesn't look is right in 63 %. A single thing is seldom miscounted, which makes the score of all, 61 %, look better
# than it is.
#
# </details>

# %% name="counts"
stored = json.loads(se.shipped("results/01_segmentation.json").read_text(encoding="utf-8"))
print(f"loaded: {stored['about counts']}")
columns = "right", "too few", "too many", "right by one number for all"
se.results_table(stored["counts"], formats=dict.fromkeys(columns, ".0%"))

# %% name="proof-counts" tags=["proof"]
fractions = [[round(row[key], 2) for key in ("right", "too few", "too many")] for row in stored["counts"]]
assert fractions == [[0.61, 0.35, 0.04], [0.98, 0.0, 0.02], [0.37, 0.58, 0.06]]
assert [row["number"] for row in stored["counts"]] == [118, 47, 71]
assert [round(row["right by one number for all"], 2) for row in stored["counts"]] == [0.40, 1.0, 0.63]

# %% [markdown]
# The last column is the baseline: one number for all cases of a row, here 1, 1 and 2. Too few: things touch, and become
# one patch. Too many: a pole or another thing stands in front, and cuts one in two. Could a better program count? Here
# are two worlds: one long car, and two short ones in a row.

# %% name="figure-worlds" alt="Two 3 × 6 id maps, one color for each car: one with four cells of 6001, one with two of 6001 and two of 6002. Both have the same map of classes, four cells of 6 on a road of 2."
road = torch.full((3, 6), 2000)
one_car, two_cars = road.clone(), road.clone()
one_car[1, 1:5] = 6001
two_cars[1, 1:3], two_cars[1, 3:5] = 6001, 6002
se.matrix_figure(
    [one_car, two_cars, one_car // 1000],
    ["one car", "two cars", "the semantic map of both"],
    symbols=["", "→"],
    taps={0: one_car % 1000 - 1, 1: two_cars % 1000 - 1},
    title="Two worlds, one semantic map: no program can tell the number from it",
)

# %% [markdown]
# `one_car // 1000` and `two_cars // 1000` are equal. The program's input is the same, so its answer is the same, and
# wrong for one of the two. **The number of things is not a function of the semantic map.** No training cures that;
# another target does.
#
# ### Exercise 1.3: another world
#
# <div class="alert alert-info">
#
# **Task.** Prove it for any map. Write `another_world(panoptic)`: given an id map $(H, W)$, class · 1000 + thing,
# return another with the **same semantic map** and another **number of things**. Stuff and void keep the number 0. Each
# map holds a class with two things, or a thing of two pixels. Every right answer counts; the map that you are given
# stays as it is.
#
# What a right answer draws: `se.target("01.another_world")`.
# Stuck? `se.hint("01.another_world", 1)`, then 2, then 3.
#
# </div>


# %% name="exercise-another-world"
def another_world(panoptic):
    """panoptic (H, W) -> panoptic (H, W): same classes, more things or fewer."""
    ### BEGIN SOLUTION
    merged = torch.where(panoptic % 1000 > 0, panoptic // 1000 * 1000 + 1, panoptic)
    if len(merged.unique()) < len(panoptic.unique()):
        return merged  # all things of a class are one
    largest = panoptic[panoptic % 1000 > 0].mode().values
    row, column = (panoptic == largest).nonzero()[0]
    merged[row, column] += 1  # one pixel of the largest thing is a thing of its own
    return merged
    ### END SOLUTION


# %% name="check-another-world"
passed = se.check("01.another_world", another_world)


# %% name="shades"
def with_shades(panoptic):
    """panoptic (H, W) -> picture (3, H, W): a color for each class, four shades of it for its things."""
    shade = 1 - 0.25 * ((panoptic % 1000 - 1).clamp(min=0) % 4)
    return se.label_to_rgb(panoptic // 1000, scenes.colors) * shade


# %% name="figure-another-world" alt="The scene's panoptic map with nine things in shades, another with another number of things, and the semantic map that both share."
if passed:
    other = another_world(panoptic)
    se.show_row(
        [with_shades(panoptic), with_shades(other), se.label_to_rgb(other // 1000, scenes.colors)],
        [f"{(world.unique() % 1000 > 0).sum()} things" for world in (panoptic, other)] + ["the semantic map of both"],
        height=180,
        title="Another world behind the same semantic map",
    )
else:
    se.target("01.another_world")

# %% [markdown]
# ## 4. One map for all
#
# Masks $(K, H, W)$ know the things and forget the stuff. The panoptic map knows both. It gives each pixel one
# integer, its **id**:
#
# $$\text{id} = 1000 \cdot \text{class} + \text{instance}$$
#
# Things are numbered 1, 2, 3, … within their class; stuff has instance 0. Division gets the class back, the remainder
# gets the instance. By hand: 6002 is the second car, **we expect** class 6 and instance 2.

# %% name="figure-ids" alt="A 3 × 5 map of ids and the two maps it is made of: classes 0, 2, 6, 9, 1 and void 255; instances 0, 1 and 2."
ids = torch.tensor([[0, 0, 0, 0, 0], [2000, 6001, 6002, 6002, 255000], [2000, 6001, 6001, 9001, 1000]])
numbered = torch.where(ids % 1000 > 0, ids % 1000 - 1 + 2 * (ids == 9001), -1)  # a color for each thing
se.matrix_figure(
    [ids, ids // 1000, ids % 1000],
    ["panoptic ids", "id // 1000: class", "id % 1000: instance"],
    symbols=["→", ""],
    taps={0: numbered, 1: numbered, 2: numbered},
    highlight=dict.fromkeys(range(3), (1, 2, 1, 2)),
    cell=44,
    title="Two labels in one integer: the framed pixels are the second car",
)

# %% name="proof-ids" tags=["proof"]
assert torch.equal(one_car // 1000, two_cars // 1000)
assert (ids // 1000)[1, 2] == 6
assert (ids % 1000)[1, 2] == 2
assert torch.equal(ids // 1000, se.semantic_of(ids))

# %% [markdown]
# Data sets pack ids in other ways: look it up before you divide. Cityscapes' `instanceIds` number things from 0
# (26000 is the first car), and leave stuff and groups as plain labels (23 is sky). COCO paints an arbitrary number
# $R + 256\,G + 256^2 B$ as a color; its class stands in a JSON file beside the picture.
#
# ### Exercise 1.4: build a panoptic map
#
# <div class="alert alert-info">
#
# **Task.** Write `panoptic_ids(label_map, masks, labels)`: label map $(H, W)$, masks $(K, H, W)$ of the things, which
# don't overlap, and their classes, labels $(K,)$. Return the map of ids $(H, W)$. Number the things of each class in
# the order of `masks`, from 1. Under a mask the thing wins: its class is the one in `labels`, whatever the label map
# says there, stuff or void. What no mask covers gets instance 0; void there becomes 255000. A mask may be empty: its
# thing keeps its number all the same. There may be no thing at all. Leave the arguments as they are, and do it without
# `se.panoptic_map`.
#
# What a right answer draws: `se.target("01.panoptic_ids")`.
# Stuck? `se.hint("01.panoptic_ids", 1)`, then 2, then 3.
#
# </div>


# %% name="exercise-panoptic-ids"
def panoptic_ids(label_map, masks, labels):
    """label_map (H, W), masks (K, H, W) bool, labels (K,) -> ids (H, W)."""
    ### BEGIN SOLUTION
    ids = label_map * 1000
    for k, label in enumerate(labels):
        instance = 1 + (labels[:k] == label).sum()
        ids[masks[k]] = label * 1000 + instance
    return ids
    ### END SOLUTION


# %% name="check-panoptic-ids"
passed = se.check("01.panoptic_ids", panoptic_ids)

# %% name="figure-panoptic-ids" alt="The scene, and its panoptic map in which the two cars and the three sheep have different shades."
if passed:
    built = panoptic_ids(label_map, masks, labels)
    numbers = {name: len(built[label_map == c].unique()) for c, name in enumerate(scenes.classes) if c in labels}
    se.show_row(
        [image, with_shades(built)],
        ["image", ", ".join(f"{name}: {number}" for name, number in numbers.items())],
        title="Your panoptic map counts the things of each class",
    )
else:
    se.target("01.panoptic_ids")

# %% [markdown]
# **Play**, in the viewer below. Move the opacity. Switch from semantic to instance to panoptic, and watch what appears
# and what is lost. *Predict first:* in which of the three has the sky no color?
#
# <details><summary>Answer</summary>
#
# In *instance*: masks know things only, and the sky is stuff.
#
# </details>

# %% name="widget-overlay"
se.explorers.OverlayViewer()

# %% [markdown]
# ## Lab: what does color tell?
#
# Now we let methods learn from 200 images (the network at the end from 512) and segment 48 others. What is the least
# that a method must beat? **The trivial baseline** has learned one thing: the most frequent class. It gives this class
# to every pixel.
#
# The second method looks at one pixel's color and nothing else. Each channel is cut into 16 levels, which makes
# $16^3 = 4096$ colors; a color's number is red + 16 · green + 256 · blue. Training is counting: for each color, which
# class had it most often? Your one-hot channels are what is counted, and void, 0 in all of them, isn't. The third
# method is the network from above; `python lectures/recipes/13_unet.py weights` trained it on such scenes. On a real
# data set a small one is trained here.
#
# We report the **pixel accuracy**, the share of right pixels, and the **mean IoU**. The IoU of a class is the number of
# pixels that target and prediction both give it, over the number that at least one of them gives it. Its mean treats
# all classes alike; [9. Metrics](09_metrics.ipynb) says why this matters. Below the table are two images by color
# alone, then **the network's two worst**.
#
# *Predict:* on the scenes, which share of the pixels has the baseline right, and which has color alone?
#
# <details><summary>Answer</summary>
#
# Meadow alone has 43 % of the pixels right, with a mean IoU of 0.04: nine of ten classes have an IoU of 0. Color alone
# has 85 %, because most of a scene is sky, meadow and road, and they differ in color. But its mean IoU, 0.41, is less
# than half of the network's: a pixel of a boulder looks like one of a pyramid, and like one of a wall.
#
# </details>

# %% name="lab-data"
splits = {"train": 200, "val": 48}
options = {"thin": 2.0, "thin_width": 2.0} if dataset == "scenes" else {"root": root, "fallback": True}
data = {split: se.load_dataset(dataset, split, size=(64, 96), **options) for split in splits}
classes, colors = data["val"].classes, data["val"].colors


def stacked(split):
    """Return images (N, 3, H, W) and label maps (N, H, W) of a split; of CamVid's training, the first 200 frames."""
    every = 1 if data[split].name == "scenes" else max(1, len(data[split]) // splits[split])
    samples = [data[split][every * i] for i in range(min(splits[split], len(data[split])))]
    return [torch.stack([sample[key] for sample in samples]) for key in ("image", "label_map")]


(train_images, train_maps), (images, maps) = stacked("train"), stacked("val")


# %% name="table-method"
one_hot = to_one_hot if se.passed("01.to_one_hot") else se.to_one_hot


def code(features, levels=16):
    """features (N, F, H, W) in [0, 1] -> a number for each combination of levels, (N, H, W): digits in base 16."""
    digits = (features * levels).long().clamp(0, levels - 1)
    return sum(digits[:, k] * levels**k for k in range(digits.shape[1]))


def learn(features, label_maps):
    """Return the most frequent class for each code; the most frequent of all for codes never seen."""
    counts = torch.zeros(16 ** features.shape[1], len(classes))
    for codes, label_map in zip(code(features), label_maps):
        counts.index_add_(0, codes.flatten(), one_hot(label_map, len(classes)).float().flatten(1).T)  # (H·W, C)
    return torch.where(counts.sum(dim=1) > 0, counts.argmax(dim=1), counts.sum(dim=0).argmax())


# %% name="methods"
most = int(train_maps[train_maps != 255].bincount().argmax())


def fitted(seed=0):
    """Train a small network on a real data set."""
    with se.seeded(seed):
        small = se.UNet(3, len(classes), width=8, depth=3)
    return se.fit(small, data["train"], steps=steps, batch=8, lr=5e-3, seed=seed).model


guesses = {
    f"all {classes[most]}": torch.full_like(maps, most),
    "color alone": learn(train_images, train_maps)[code(images)],
}


# %% name="results"
def measured(prediction):
    matrix = se.ConfusionMatrix(len(classes)).update(prediction, maps)
    return {"accuracy": matrix.pixel_accuracy(), "mean IoU": matrix.mean_iou()}


if data["val"].name != "scenes":
    network = fitted()
guesses["network"] = torch.stack([se.predict(network, picture) for picture in images])
results = [{"method": name} | measured(prediction) for name, prediction in guesses.items()]
se.results_table(results, best={"accuracy": "max", "mean IoU": "max"})

# %% name="proof-results" tags=["proof"]
if data["val"].name == "scenes":
    assert [round(row["accuracy"], 2) for row in results] == [0.43, 0.85, 0.98]
    assert [round(row["mean IoU"], 2) for row in results] == [0.04, 0.41, 0.91]

# %% name="figure-color" alt="Two rows of image, target, prediction by color, error. Large areas of one color are right; where colors are shared, several classes are mixed pixel by pixel."
chosen = [2, 8]
se.show_predictions(
    images[chosen],
    maps[chosen],
    guesses["color alone"][chosen],
    classes,
    colors,
    title=f"By color alone {results[1]['accuracy']:.0%} of the pixels are right. Which ones?",
)

# %% name="figure-worst" alt="Two rows of image, target, prediction and error: the two images in which the network's mean IoU is lowest."
own = se.ImageScores(len(classes)).update(guesses["network"], maps).per_image()
worst = own.nan_to_num(1).argsort()[:2].tolist()
se.show_predictions(
    images[worst],
    maps[worst],
    guesses["network"][worst],
    classes,
    colors,
    title=f"The two lowest mean IoUs of the network in {len(maps)} images: {own[worst[0]]:.2f} and {own[worst[1]]:.2f}",
)

# %% [markdown]
# On the scenes, color finds sky, meadow and road; the rest falls to pieces. The network's worst two hardly look bad:
# in each, it gives one or two pixels to two classes that the image doesn't have. Their IoU is 0, and pulls the mean
# down.
#
# **And on real images?** The same three methods, on streets (CamVid) and on photographs of cats and dogs (Oxford Pets),
# where the classes are animal and background, and the border between them is void. `python
# lectures/recipes/01_segmentation.py` made the table; `dataset = "pets"` makes its rows here.

# %% name="real"
print(f"loaded: {stored['about']}")
se.results_table(stored["methods"])
print(f"The same tables on other frames, loaded: {stored['about drives']}")
se.results_table(stored["drives"])

# %% [markdown]
# On streets, color alone has 33 % of the pixels right, hardly more than "all road" with 29 %. On pets it adds
# 4 % of the pixels, and 0.15 in mean IoU. The network, which sees the surroundings, is far above.
#
# **Another light.** Learned from every second of the 200 frames and tested on the others, color has 63 %. But of the
# 200 hardly any are as bright as the validation frames, 64 darker and 133 brighter, and three quarters of their road
# are called building. Learned from all 367 frames, 87 of them as bright, it has 47 %: a color means something only in
# the light in which it was learned.
#
# ## Ablation
#
# How much does a pixel know? The same counting, with the same 200 images, from other inputs: its gray value, the row
# it stands in, its color, or several of these.
#
# *Predict:* which is worth more, the gray value or the row? And with few training images, which table is better, a
# small or a large one?
#
# <details><summary>Answer</summary>
#
# On the scenes the row is worth a little more, 0.14 against 0.12: sky is above, road below. With one image the largest
# table is worse than color alone, 0.16 against 0.20 (so with 13 of the first 15 images): an entry that was never
# seen knows nothing. With two hundred it is the best, 0.55.
#
# </details>


# %% name="features"
def features(pictures, kind):
    number, _, height, width = pictures.shape
    rows = torch.linspace(0, 1, height).view(1, 1, height, 1).expand(number, 1, height, width)
    parts = {"gray": pictures.mean(dim=1, keepdim=True), "color": pictures, "row": rows}
    return torch.cat([parts[name] for name in kind.split(" and ")], dim=1)


# %% name="ablation"
kinds = ("gray", "row", "gray and row", "color", "color and row")


def row(kind, number=200):
    learned = learn(features(train_images[:number], kind), train_maps[:number])
    return {"the table knows": kind, "entries": len(learned)} | measured(learned[code(features(images, kind))])


ablation = [{"data set": f"here: {data['val'].name}"} | row(kind) for kind in kinds]
se.results_table([*ablation, *stored["tables"]])

# %% name="figure-ablation" alt="Curves of the mean IoU over 1 to 200 training images: gray and row, color, color and row, and a dashed line for the network. On the scenes the three start close together and part as images are added."
numbers = [1, 2, 5, 10, 20, 50, 100, 200]
curves = {kind: [row(kind, n)["mean IoU"] for n in numbers] for kind in kinds[2:]}
se.curve(
    numbers,
    curves,
    "training images",
    f"mean IoU on {len(maps)} validation images",
    "Which table is best with one image, and which with two hundred?",
    log="x",
    lines={"network": results[-1]["mean IoU"]},
)

# %% name="proof-ablation" tags=["proof"]
if data["val"].name == "scenes":
    assert [round(entry["mean IoU"], 2) for entry in ablation] == [0.12, 0.14, 0.30, 0.41, 0.55]
    assert curves["color and row"][0] < min(curves["gray and row"][0], curves["color"][0])
    assert [round(curves[kind][0], 2) for kind in kinds[3:]] == [0.20, 0.16]
    assert curves["color and row"][-1] > curves["color"][-1] + 0.1 > curves["gray and row"][-1] + 0.2

# %% [markdown]
# Small tables have soon learned what they can; color and row goes on. Gray value and row together are worth more than
# either, because they tell different things. On validation the *row* has more pixels right than the color, 49 % against
# 33 % (mean IoU 0.11 against 0.14): light changes a color, not a row. (Within the 200 frames the color is ahead, 63 %
# against 59 %.) But no table of single pixels comes up to the network. What lies *around* a pixel decides what it is.
#
# ## What goes wrong
#
# **Symptom.** After resizing, classes appear that the image doesn't have. **Cause.** Labels were resized like an
# image, by a mean of neighbors. **Fix.** `mode="nearest-exact"` for labels.
#
# **Symptom.** `one_hot` fails, or makes 256 channels. **Cause.** Void was taken for a class. **Fix.** Take it out
# first; make its pixels 0 in all channels.
#
# **Symptom.** The label map has the shape $(C, H, W)$ of one image. **Cause.** A batch is $(N, C, H, W)$, and `argmax`
# went over images. **Fix.** `argmax(dim=1)` for a batch, `dim=0` for one image.
#
# **Symptom.** The target holds colors, not labels: $(3, H, W)$. **Cause.** The mask was saved as a picture.
# **Fix.** Look each color up; refuse those that belong to no class, as a JPEG makes them.

# %% name="wrong"
sky_and_road = torch.tensor([[0, 0, 0], [2, 2, 2]])
for mode in ("bilinear", "nearest-exact"):
    larger = F.interpolate(sky_and_road[None, None].float(), size=(6, 3), mode=mode).round().long()
    print(f"{mode}: labels 0 and 2 become", larger.unique().tolist())
with_void = torch.tensor([[0, 255]])
print("channels:", F.one_hot(with_void).shape[-1], "or, void taken out first,", len(se.to_one_hot(with_void, 10)))
batch = torch.rand(2, 10, 5, 7)
print("argmax(dim=0):", tuple(batch.argmax(dim=0).shape), " argmax(dim=1):", tuple(batch.argmax(dim=1).shape))
picture = se.labels_to_colors(label_map, scenes.colors)  # (3, H, W), uint8
print("looked up:", torch.equal(se.colors_to_labels(picture, scenes.colors), label_map))
picture[:, 10, 20] += 1
try:
    se.colors_to_labels(picture, scenes.colors)
except ValueError as error:
    print(error)

# %% name="proof-wrong" tags=["proof"]
assert F.interpolate(sky_and_road[None, None].float(), size=(6, 3), mode="bilinear").round().eq(1).any()
assert larger.unique().tolist() == [0, 2]
assert F.one_hot(with_void).shape[-1] == 256
assert torch.equal(se.colors_to_labels(se.labels_to_colors(label_map, scenes.colors), scenes.colors), label_map)

# %% [markdown]
# ## Which one should I choose?
#
# | you want to know | task | what people draw for training | time |
# |---|---|---|---|
# | whether it is in the image | classification | a word | 20 s an image (VOC) |
# | where things are, roughly, and how many | detection | boxes | |
# | how large an area is | semantic segmentation | every pixel's class | 4 min (VOC, reckoned), 90 min (Cityscapes) |
# | the shape of each thing | instance segmentation | an outline for each thing | 79 s an outline (COCO) |
# | all of it | panoptic segmentation | outlines, and the stuff between them | |
#
# The times are those of the papers below (VOC: Bearman, who reckons with COCO's 79 s). Take the task that answers your
# question, and none that answers more: labels cost time.
#
# ## Recap
#
# - Six tasks differ in what they return. From a panoptic map all others follow; from a semantic map, only classes.
# - A label is a name. One-hot channels turn names into numbers that can be averaged, and `argmax` turns them back.
# - A region of a semantic map is not a thing: with two things or more, most counts were wrong, and two worlds can share
#   one map.
# - On the scenes color alone has 85 % of the pixels right, on real streets, in another light, 33 %. Compare every
#   score with a baseline.
#
# **Formula card**
#
# | | |
# |---|---|
# | one-hot | $t_{c,i,j} = 1$ if pixel $(i, j)$ has class $c$, else 0; void: 0 in all channels |
# | label | $\operatorname{argmax}_c\, t_{c,i,j}$ |
# | overlay | $(1 - a) \cdot \text{image} + a \cdot \text{color}$ |
# | panoptic id | $1000 \cdot \text{class} + \text{instance}$ |
# | IoU of a class | pixels in both / pixels in at least one |
#
# **Shapes card**
#
# | | |
# |---|---|
# | image | $(3, H, W)$ or $(1, H, W)$, float in [0, 1] |
# | label map, panoptic map | $(H, W)$, integers; void 255 and 255000 |
# | scores, one-hot target | $(C, H, W)$, float |
# | masks, boxes, labels of things | $(K, H, W)$ bool, $(K, 4)$, $(K,)$ |
#
# ## Going further
#
# - [Kirillov et al. 2019, Panoptic segmentation](https://arxiv.org/abs/1801.00868): things, stuff, and the format that
#   holds both.
# - [Caesar, Uijlings and Ferrari 2018, COCO-Stuff](https://arxiv.org/abs/1612.03716): what stuff is.
# - [Bearman et al. 2016, What's the point](https://arxiv.org/abs/1506.02106): how long words, clicks, scribbles and
#   whole maps take to draw, and what each is worth.
# - [Cordts et al. 2016, Cityscapes](https://arxiv.org/abs/1604.01685): what it takes to label a street, and what is
#   void. Their [scripts](https://github.com/mcordts/cityscapesScripts) make the ids.
# - [Lin et al. 2014, COCO](https://arxiv.org/abs/1405.0312): how outlines were drawn. Its
#   [panoptic API](https://github.com/cocodataset/panopticapi) has ids as colors.
#
# **Next:** [2. From classifying an image to classifying a pixel](02_pixel_classification.ipynb): how does a network
# learn to label pixels?
