# %% [markdown] name="front"
# # 9. Metrics
#
# {{colab_badge}}
#
# **Question.** Which number says whether a segmentation is good?
#
# **You will be able to**
#
# - count one table of pairs, and derive accuracy, IoU and Dice from it,
# - say why two papers report different "mIoU" for one and the same prediction, and which one to report,
# - choose a metric that sees the mistakes you care about,
# - say how sure a score is, and whether one model is better than another.
#
# **Prerequisites.** Label maps, one-hot targets, `argmax` and void: [1. What is segmentation?](01_segmentation.ipynb).
#
# **Time.** Reading {{reading}} min · playing 15 min · exercises 60 min.

# %% name="setup"
import sys

if "google.colab" in sys.modules:  # Colab fetches the course; elsewhere it is installed already
    import subprocess

    subprocess.run(["pip", "install", "-q", "git+https://github.com/{{repository}}"], check=True)
import json

import torch
import torch.nn.functional as F

import segedu as se

se.setup(seed=0)

# %% name="parameters" tags=["parameters"]
dataset = "scenes"  # or "camvid", "pets": the lab then trains two small networks on real images
root = None  # the folder of a real data set; None: where `segedu data fetch` puts it
steps = 200  # of each network's training in the lab, on a real data set

# %% [markdown]
# ## The goal
#
# Two predictions. The first row is a drawn street, our *scene*, with what a trained network makes of it. The second is
# a photograph of coins, outlined by hand; the prediction calls "coin" what is brighter than 0.4. Below stand two scores
# of each: the share of right pixels, and a *mean IoU*.
#
# *Look at the pictures first:* which of the two predictions is the better one? Then look at the numbers.

# %% name="data"
scenes = se.load_dataset("scenes", "val", size=(64, 96), thin=2.0, thin_width=2.0, void_border=1)
val = [scenes[i] for i in range(48)]
blind = se.load_weights(se.UNet(3, 10, width=8, depth=4, skips=False), "unet_scenes_blind")
street, coins = val[2], se.photo("coins", size=(152, 192), labels=True)
guess = se.predict(blind, street["image"])
bright = (coins["image"].mean(dim=0) > 0.4) * se.Photos.classes.index("coin")

# %% name="proof-goal" tags=["proof"]
first = se.ConfusionMatrix(10).update(guess, street["label_map"])
assert (round(first.pixel_accuracy(), 3), round(first.mean_iou(), 3)) == (0.949, 0.608)
pole = scenes.classes.index("pole")
assert round(first.accuracy()[pole].item(), 2) == 0.16
second = se.ConfusionMatrix(18).update(bright, coins["label_map"])
assert (round(second.pixel_accuracy(), 2), round(second.mean_iou(), 2)) == (0.90, 0.81)

# %% name="figure-goal" alt="A street with thin poles, its label map, and a prediction: road, sky and meadow are right; of the poles little is found. Below, coins on a dark cloth, their outlines, and what is brighter than 0.4: most of each coin, some with holes, and a bright stretch of cloth."
se.viz.show_tasks(
    [street, coins],
    [scenes, se.Photos],
    tasks=("image", "semantic"),
    predictions=[guess, bright],
    title="Which of the two predictions is better?",
)
for sample, labels, classes in ((street, guess, 10), (coins, bright, 18)):
    both = se.ConfusionMatrix(classes).update(labels, sample["label_map"])
    print(f"right pixels: {both.pixel_accuracy():.3f}, mean IoU: {both.mean_iou():.3f}")

# %% [markdown]
# The street has more right pixels, 0.949 against 0.902. The coins have the higher mean IoU, 0.813 against 0.608. On
# the street five of six pole pixels are lost, and a boulder is invented: few pixels, two of eight classes.
#
# ## 1. One table
#
# **Pixel accuracy** is the share of labeled pixels that are right. Take a field of 4 × 10 pixels with a pole of two.
# The prediction says "field" everywhere. **We expect** an accuracy of $38/40 = 0.95$.

# %% name="accuracy"
target = torch.zeros(4, 10, dtype=torch.long)
target[1:3, 6] = 1  # the pole
nothing = torch.zeros_like(target)
print(f"{(nothing == target).float().mean():.2f}")

# %% [markdown]
# A prediction that has found nothing gets 95 %. Accuracy counts pixels, and the pole has two. So we have to count
# class by class. Write down, for each pair of a true class $t$ and a predicted class $p$, how many pixels have it:
#
# $$N_{t,p} = \#\{\text{pixels with true class } t \text{ and predicted class } p\}$$
#
# This is the **confusion matrix**. A row is a true class, a column a predicted one. The diagonal holds what is right.
# Below is a prediction that finds half of the pole and puts another pixel of it beside. **We expect** the rows
# 37, 1 and 1, 1.

# %% name="figure-table" alt="A 4 × 10 target with two ones in column 6, a prediction with ones at columns 6 and 7 of row 1, and the table 37 1 over 1 1 with its diagonal framed."
found = nothing.clone()
found[1, 6] = found[1, 7] = 1


def count_pairs(prediction, target, num_classes):
    """Two label maps (H, W) -> table (C, C); one pixel after the other."""
    table = torch.zeros(num_classes, num_classes, dtype=torch.long)
    for p, t in zip(prediction.flatten(), target.flatten()):
        table[t, p] += 1
    return table


table = count_pairs(found, target, 2)
torch.testing.assert_close(table, se.metrics.confusion_matrix(found, target, num_classes=2))
se.matrix_figure(
    [target, found, table],
    ["target", "prediction", "table"],
    symbols=["", "→"],
    highlight={0: (1, 6, 2, 1), 1: (1, 6, 1, 2), 2: [(0, 0, 1, 1), (1, 1, 1, 1)]},
    rows={2: ("true class", ["field", "pole"])},
    columns={2: ("predicted class", ["field", "pole"])},
    cell=30,
    title="Forty pixels become four counts",
)

# %% name="proof-table" tags=["proof"]
assert (nothing == target).float().mean() == 0.95
assert table.tolist() == [[37, 1], [1, 1]]

# %% [markdown]
# The table is small, it adds up (the table of two images is the sum of theirs), and all region metrics follow from it.
# Pixels that nobody labeled are **void** (255 in the target). They belong to no class, so they are dropped before
# counting.
#
# ### Exercise 9.1: the table in one call
#
# <div class="alert alert-info">
#
# **Task.** Write `confusion_matrix(prediction, target, num_classes)`, without `se`. Both maps are int64 tensors
# $(H, W)$; where the target is 255, the pixel doesn't count. Return an integer table $(C, C)$, rows are true classes;
# any of the $C$ classes may be missing, the last one too. `torch.bincount` counts how often each number occurs, so no
# loop is needed.
#
# What a right answer draws: `se.target("09.confusion_matrix")`.
# Stuck? `se.hint("09.confusion_matrix", 1)`, then 2, then 3.
#
# </div>


# %% name="exercise-confusion-matrix"
def confusion_matrix(prediction, target, num_classes):
    """prediction, target (H, W) -> counts (C, C), void left out."""
    ### BEGIN SOLUTION
    valid = target != 255
    pairs = target[valid] * num_classes + prediction[valid]
    return torch.bincount(pairs, minlength=num_classes**2).view(num_classes, num_classes)
    ### END SOLUTION


# %% name="check-confusion-matrix"
passed = se.check("09.confusion_matrix", confusion_matrix)

# %% name="figure-confusion-matrix" alt="A table of percentages, a row for each true class of the street, a column for each predicted one. Sky, meadow and road have 98 to 99 on the diagonal. Of the pole's pixels 24 are called sky, 60 meadow and 16 pole; of the pyramid's 64 are called pyramid, 27 boulder."
if passed:
    counts = confusion_matrix(guess, street["label_map"].as_subclass(torch.Tensor), 10)
    se.viz.show_confusion(counts, scenes.classes, title="Where did each class's pixels go?")
else:
    se.target("09.confusion_matrix")

# %% name="proof-confusion" tags=["proof"]
shares = (100 * first.counts / first.counts.sum(dim=1, keepdim=True)).round()
assert shares[pole, [0, 1, pole]].tolist() == [24, 60, 16]
assert shares[8, [7, 8]].tolist() == [27, 64]
assert shares[[0, 1, 2], [0, 1, 2]].tolist() == [99, 98, 98]

# %% [markdown]
# Most of the pole's pixels are called meadow, and a quarter of the pyramid's boulder: the table tells *which* mistakes
# were made.
#
# ## 2. Intersection over union
#
# The pole of the small field was found half, and one pixel beside it was wrongly called pole. Let $T_c$ be the pixels
# of class $c$ in the target and $P_c$ those in the prediction. Two numbers compare such sets, **intersection over
# union** and the **Dice** score:
#
# $$\text{IoU}_c = \frac{|T_c \cap P_c|}{|T_c \cup P_c|}
# \qquad\qquad
# \text{Dice}_c = \frac{2\,|T_c \cap P_c|}{|T_c| + |P_c|}$$
#
# In the table, $|T_c \cap P_c|$ is the diagonal, $|T_c|$ the row's sum, $|P_c|$ the column's, and the union is row plus
# column minus the diagonal, which both contain. IoU is also called the **Jaccard index**, Dice also F1.
#
# By hand, for the pole: one pixel is shared, the union has three. **We expect** IoU 1/3 and Dice $2/4$. For the
# prediction that found nothing: IoU 0.
#
# Two more shares lie in the table. The diagonal over the row is how much of a class was found: its **recall**, or
# class accuracy. Over the column it is how much of what was called so is right: its **precision**. For the pole
# **we expect** 1/2 and 1/2.
#
# One number for all classes is a mean. The mean of the recalls is the **mean accuracy**, the mean of the IoUs the
# **mean IoU**; **frequency-weighted IoU** weighs each IoU by the class's share of the target's pixels. By hand, with
# IoUs $37/39$ and $1/3$ and shares 0.95 and 0.05, **we expect** a mean IoU of 0.641, and 0.918 with weights: there the
# pole hardly counts. A class's recall forgives its false alarms. Call all 40 pixels pole: its recall is 1, its IoU
# $2/40$.

# %% name="iou"
hits, rows, columns = table.diag().double(), table.sum(dim=1), table.sum(dim=0)
iou, dice = hits / (rows + columns - hits), 2 * hits / (rows + columns)
recall, precision = hits / rows, hits / columns
for name, values in {"IoU": iou, "Dice": dice, "recall": recall, "precision": precision}.items():
    print(f"{name:10} of field and pole: {values[0]:.3f}, {values[1]:.3f}")
print(f"mean IoU {iou.mean():.3f}, frequency-weighted {(rows / rows.sum() * iou).sum():.3f}")
everything = se.ConfusionMatrix(2).update(torch.ones_like(target), target)
print(f"all is pole: recall {everything.accuracy()[1]:.2f}, IoU {everything.iou()[1]:.2f}")

# %% name="proof-iou" tags=["proof"]
ours = se.ConfusionMatrix(2).update(found, target)
torch.testing.assert_close(iou, ours.iou())
torch.testing.assert_close(iou, torch.tensor([37 / 39, 1 / 3], dtype=torch.float64))
assert dice[1] == recall[1] == precision[1] == 0.5
assert se.ConfusionMatrix(2).update(nothing, target).iou()[1] == 0
assert (everything.accuracy()[1], everything.iou()[1]) == (1, 0.05)
assert (round(iou.mean().item(), 3), round(ours.frequency_weighted_iou(), 3)) == (0.641, 0.918)

# %% [markdown]
# Two circles show what the numbers mean. The prediction is the target, moved to the right.
#
# *Predict:* the circles have a radius of 20 pixels. How far can one move before the IoU is below one half?
#
# <details><summary>Answer</summary>Ten pixels, a quarter of the width. With eleven the IoU is below one half.</details>

# %% name="figure-circles" alt="Six pictures of two circles of radius 20, moved by 0, 4, 8, 10, 11 and 16 pixels. The shared part shrinks from all to a lens; the IoU falls from 1 to 0.34, Dice from 1 to 0.51."
rows_, columns_ = torch.meshgrid(torch.arange(60), torch.arange(110), indexing="ij")


def circle(center):
    return ((rows_ - 30) ** 2 + (columns_ - center) ** 2 <= 20**2).long()


shifts = [0, 4, 8, 10, 11, 16]
overlaps = [circle(35) + 2 * circle(35 + shift) for shift in shifts]  # 1: target, 2: prediction, 3: both
scores = [se.ConfusionMatrix(2).update(circle(35 + shift), circle(35)) for shift in shifts]

se.show_row(
    overlaps,
    [f"moved {s}: IoU {m.iou()[1]:.2f}, Dice {m.dice()[1]:.2f}" for s, m in zip(shifts, scores)],
    colors=["#eeeeee", "#0072B2", "#E69F00", "#009E73"],
    classes=["neither", "target only", "prediction only", "both"],
    columns=3,
    height=130,
    title="Green over all that is colored is the IoU; twice the green over both circles is Dice",
)

# %% name="proof-circles" tags=["proof"]
assert [round(score.iou()[1].item(), 3) for score in scores] == [1, 0.777, 0.6, 0.525, 0.489, 0.339]
assert round(scores[-1].dice()[1].item(), 2) == 0.51

# %% [markdown]
# Dice is the milder number: an IoU of 0.34 is a Dice of 0.51. One follows from the other, because
# $|T| + |P| = |T \cup P| + |T \cap P|$:
#
# $$\text{Dice} = \frac{2\,\text{IoU}}{1 + \text{IoU}}.$$
#
# So on *one* pair of masks both rank predictions alike. **We expect** equality for every pair of masks that we draw.
# *Careful:* a mean over classes or images is a different matter, because the curve bends. Two images with IoUs 0.1 and
# 0.9 have the mean IoU of two images with 0.5, and a lower mean Dice: 0.56 against 0.67.

# %% name="figure-dice" alt="Two curves over the IoU from 0 to 1. The IoU is the diagonal; Dice lies above it and bends, 0.67 at one half."
for seed in range(50):
    a, b = torch.randint(2, (2, 5, 7), generator=torch.Generator().manual_seed(seed))
    matrix = se.ConfusionMatrix(2).update(a, b)
    torch.testing.assert_close(matrix.dice(), 2 * matrix.iou() / (1 + matrix.iou()))
values = torch.linspace(0, 1, 21)
se.curve(
    values,
    {"Dice = 2·IoU / (1 + IoU)": 2 * values / (1 + values), "IoU": values},
    "IoU",
    "score",
    "Dice flatters: an IoU of one half is a Dice of two thirds",
)

# %% name="proof-dice" tags=["proof"]
assert [round(2 * value / (1 + value), 2) for value in (0.1, 0.9, 0.5)] == [0.18, 0.95, 0.67]

# %% [markdown]
# **Play**, in the explorer below. Make the object small, and move it by one pixel. Then a large one. *Predict* which
# metric falls most.
#
# <details><summary>Answer</summary>Of a square of 2 × 2 cells, IoU and **boundary IoU** fall most, to 1/3. Of
# 12 × 12, boundary IoU, to 0.60; the IoU keeps 0.85. Boundary F1 forgives one cell and stays 1 in both. Section 4
# explains these scores of outlines.</details>

# %% name="widget-metrics"
se.explorers.MetricLab()

# %% [markdown]
# ## 3. Seven mean IoUs
#
# A data set has many classes and many images, but a paper has one number. So there are means to take, and each library
# takes them in its own way. We take the network of the first picture and 48 scenes. `counts` holds one table for each
# image.

# %% name="tables"
targets = torch.stack([sample["label_map"] for sample in val]).as_subclass(torch.Tensor)
predictions = torch.stack([se.predict(blind, sample["image"]) for sample in val])
counts = se.ImageScores(10).update(predictions, targets).counts  # (48, 10, 10)

# %% [markdown]
# ### Exercise 9.2: mean IoU of several images
#
# <div class="alert alert-info">
#
# **Task.** Write `mean_iou(counts)`, without `se`. `counts` is an integer tensor (images, $C$, $C$), one table for each
# image. Return the mean IoU of the **sums**, a float between 0 and 1, over the classes that occur in target or
# prediction: of $C$ classes some may occur in one of the two alone, or in neither. Counts may be as large as those of a
# whole data set, in the billions.
#
# What a right answer draws: `se.target("09.mean_iou")`.
# Stuck? `se.hint("09.mean_iou", 1)`, then 2, then 3.
#
# </div>


# %% name="exercise-mean-iou"
def mean_iou(counts):
    """counts (images, C, C) -> float in [0, 1]."""
    ### BEGIN SOLUTION
    total = counts.sum(dim=0)
    hits = total.diag()
    union = total.sum(dim=0) + total.sum(dim=1) - hits
    return (hits / union).nanmean().item()  # 0/0 is NaN
    ### END SOLUTION


# %% name="check-mean-iou"
passed = se.check("09.mean_iou", mean_iou)

# %% name="figure-mean-iou" alt="Two curves over 1 to 48 images. Both start at 0.61. With two images they stand at 0.54 (sums) and 0.58; with 48 they have come together again, at 0.59."
if passed:
    numbers = [1, 2, 4, 8, 16, 32, 48]
    singles = torch.tensor([mean_iou(counts[i : i + 1]) for i in range(48)])  # each image's own mean IoU
    curves = {
        "mean IoU of the sums": [mean_iou(counts[:n]) for n in numbers],
        "mean of each image's mean IoU": [singles[:n].mean().item() for n in numbers],
    }
    se.curve(numbers, curves, "images", "mean IoU", "Add up first, or divide first?", log="x")
else:
    se.target("09.mean_iou")

# %% [markdown]
# ### Seven rules for one prediction
#
# Two questions make the difference. What is added up first, the counts of all images, or each image's own score? And
# what is the IoU of a class that is not there, 0/0? *Predict:* how far can the "mIoU" of one and the same prediction
# differ, if you are free to choose the rule?


# %% name="iou-of"
def iou_of(counts, absent=torch.nan):
    """Tables (..., C, C) -> IoU (..., C); `absent` stands for 0/0."""
    hits = counts.diagonal(dim1=-2, dim2=-1)
    union = counts.sum(dim=-1) + counts.sum(dim=-2) - hits
    return torch.where(union > 0, hits / union.clamp(min=1), absent)


total, each = counts.sum(dim=0), iou_of(counts)
in_target = counts.sum(dim=-1) > 0
own = torch.where(in_target, each, torch.nan)  # each image's own classes
share = total.sum(dim=1) / total.sum()
pixels, hits = total.sum(), total.diag().sum()

# %% name="figure-seven" alt="Seven bars. Sums with absent classes left out 0.590, weighted by frequency 0.849, all classes as one 0.841, per image with its own classes 0.616, without the first class 0.570, absent as 1 0.638, absent as 0 0.509."
rules = {
    "sums; absent classes left out": iou_of(total).nanmean(),
    "sums; weighted by frequency": (share * iou_of(total, 0.0)).sum(),
    "sums; all classes as one": hits / (2 * pixels - hits),
    "per image; its own classes": own.nanmean(dim=1).mean(),
    "per image; its own but the first": own[:, 1:].nanmean(dim=1).mean(),
    "per image; absent counts 1": iou_of(counts, 1.0).mean(),
    "per image; absent counts 0": iou_of(counts, 0.0).mean(),
}

values, xlabel = [value.item() for value in rules.values()], '"mIoU" of the same prediction on the same 48 scenes'
title = "How far can one prediction's mIoU differ?"
se.comparison_bars(list(rules), values, number=".3f", xlabel=xlabel, title=title)

# %% name="proof-rules" tags=["proof"]
matrix = se.ConfusionMatrix(10).update(predictions, targets)
torch.testing.assert_close(rules["sums; absent classes left out"].item(), matrix.mean_iou(), atol=1e-6, rtol=0)
assert [round(value.item(), 3) for value in rules.values()] == [0.590, 0.849, 0.841, 0.616, 0.570, 0.638, 0.509]
of_images = [round(each[:n].nanmean(dim=1).mean().item(), 2) for n in (1, 2, 48)]
of_sums = [round(iou_of(counts[:n].sum(dim=0)).nanmean().item(), 2) for n in (1, 2, 48)]
assert round(each.nanmean(dim=1).mean().item(), 3) == 0.585
assert (of_images, of_sums) == ([0.61, 0.58, 0.59], [0.61, 0.54, 0.59])

# %% [markdown]
# <details><summary>Answer</summary>From 0.509 to 0.849.</details>
#
# Nobody cheats here; each of these is some library's default or option. "Macro" averages over
# classes, "micro" counts all pixels together, "imagewise" averages over images. "Macro" is scikit-learn's
# `jaccard_score` with `average="macro"` and torchmetrics' `MulticlassJaccardIndex`. MONAI's `MeanIoU` knows no void:
# its two numbers come out when void is masked in the one-hot prediction, too.
#
# | rule | who computes it | value |
# |---|---|---|
# | sums; absent classes left out | PASCAL VOC and Cityscapes; "macro"; `se.ConfusionMatrix` | 0.590 |
# | sums; weighted by frequency | scikit-learn's `average="weighted"` | 0.849 |
# | sums; all classes as one | scikit-learn's and segmentation-models-pytorch's `"micro"` | 0.841 |
# | per image; its own classes | MONAI's `MeanIoU` | 0.616 |
# | per image; its own but the first | MONAI's with `include_background=False` | 0.570 |
# | per image; absent counts 1 | segmentation-models-pytorch's `"macro-imagewise"`, `zero_division=1` | 0.638 |
# | per image; absent counts 0 | the same with `zero_division=0` | 0.509 |
#
# An eighth rule drew exercise 9.2's "mean of each image's mean IoU", 0.585: per image, the classes that its target *or
# its prediction* has.
#
# *Which one to report?* The first, where the field's benchmarks report it: driving, VOC, ADE20K. Every pixel has the
# same weight within its class, and every class has the same weight. In medicine each image is a patient, so a score
# per image is natural; then say what an empty image counts. Whatever you choose, write the rule beside the number.
#
# <div class="alert alert-warning">
#
# **Void counted as a class.** The scenes have a void band of one pixel around each thing. Count it as class 0 and the
# mean IoU falls from 0.590 to 0.539, without any change in the prediction.
#
# </div>

# %% name="void"
as_sky = targets.masked_fill(targets == 255, 0)
for name, labels in {"void left out": targets, "void as class 0": as_sky}.items():
    print(f"{name}: {se.ConfusionMatrix(10).update(predictions, labels).mean_iou():.3f}")

# %% [markdown]
# ## 4. What IoU doesn't see
#
# A large object has a large inside. Its IoU is high, whatever its outline looks like. A thin one is all outline, and a
# shift of one pixel can take half of it. Below, a block of 40 × 40 and a pole of width 2 are moved to the right, as
# before. *Predict:* what is the IoU of each after one pixel?
#
# <details><summary>Answer</summary>The block shares 39 of 41 columns: 39/41 = 0.951. The pole shares one of three:
# 0.333.</details>
#
# Two metrics look at outlines only. **Boundary F1** asks which share of the predicted outline lies near the true one
# (precision $P$), and the reverse (recall $R$); the score is their harmonic mean $2PR/(P + R)$. *Near* is a tolerance
# in pixels. Medicine reports its like as **surface Dice**. **Boundary IoU** is the IoU of two bands along the inside of
# the outlines.


# %% name="rectangle"
def rectangle(width, shift=0):
    label_map = torch.zeros(50, 110, dtype=torch.long)
    label_map[5:45, 30 + shift : 30 + shift + width] = 1
    return label_map


def measure(prediction, target):
    regions = se.ConfusionMatrix(2).update(prediction, target)
    outlines = se.BoundaryF1(2, tolerance=1).update(prediction, target)
    bands = se.metrics.BoundaryIoU(2, width=2).update(prediction, target)
    return [regions.iou()[1].item(), outlines.f1()[1].item(), bands.iou()[1].item()]


moves = list(range(9))
block, thin = ([measure(rectangle(width, move), rectangle(width)) for move in moves] for width in (40, 2))

# %% name="proof-shift" tags=["proof"]
torch.testing.assert_close([block[1][0], thin[1][0]], [39 / 41, 1 / 3])
assert [round(value, 2) for value in block[2][:2]] == [0.90, 0.51]
assert all(region == band for region, _, band in thin)
assert [outline for _, outline, _ in thin[:4]] == [1, 1, 0.5, 0]
assert measure(rectangle(1, 1), rectangle(1)) == [0, 1, 0]

# %% name="figure-shift" alt="Five curves over a shift of 0 to 8 pixels. The block's IoU falls slowly to 0.67. Its boundary F1 stays 1 for one pixel, then falls below 0.6. Its boundary IoU falls faster. The pole's IoU is a third at 1, 0 from 2 on; its boundary F1 stays 1 for one pixel, then falls to one half and to 0."
se.curve(
    moves,
    {
        "block, IoU": [scores[0] for scores in block],
        "block, boundary F1 (within 1 pixel)": [scores[1] for scores in block],
        "block, boundary IoU (band of 2)": [scores[2] for scores in block],
        "pole, IoU and boundary IoU": [scores[0] for scores in thin],
        "pole, boundary F1 (within 1 pixel)": [scores[1] for scores in thin],
    },
    "shift (pixels)",
    "score",
    "A block and a pole move: what does each score see?",
)

# %% [markdown]
# The pole's band is the whole pole, so its boundary IoU is its IoU. Boundary F1 forgives one pixel: of a pole one pixel
# wide, moved by one, the IoU is 0 and the boundary F1 is 1.
#
# **On a photograph**: a cup of coffee, outlined by hand. We move its label map by two pixels to the right. *Predict:*
# which class loses most of its IoU, and which least?

# %% name="figure-photo" alt="A cup of coffee on a saucer with a spoon, its label map, the map moved by two pixels, and the wrong pixels: thin lines along the left and right sides of cup and saucer, and most of the spoon's handle."
coffee = se.photo("coffee", size=(128, 192), labels=True)
labels = coffee["label_map"].as_subclass(torch.Tensor)
moved = torch.cat([labels[:, :2], labels[:, :-2]], dim=1)  # the first columns stay: nothing comes in from the right
moved = moved.where(moved != 255, labels)
se.show_predictions([coffee["image"]], [labels], [moved], se.Photos.classes, se.Photos.colors, title="Two pixels off")
moved_iou = se.ConfusionMatrix(18).update(moved, labels).iou()
print({name: round(value.item(), 3) for name, value in zip(se.Photos.classes, moved_iou) if value >= 0})

# %% [markdown]
# <details><summary>Answer</summary>The spoon keeps 0.705, the table of wood 0.955: the thin thing pays.</details>
#
# A third way is to give no tolerance, but to measure it. The **Hausdorff distance** HD of two outlines is the largest
# distance from a pixel of the one to the nearest of the other. **HD95** leaves out the farthest 5 %. Lower is better.
# Now one pixel in the upper right corner is called cup, too. *Predict:* what becomes of HD and HD95?


# %% name="hausdorff"
def hausdorff(prediction, target, share=1.0):
    """Two masks (H, W) -> the distance within which `share` of each outline has the other."""
    outlines = [(se.metrics.boundaries(mask.int()) & mask).nonzero().double() for mask in (prediction, target)]
    apart = torch.cdist(*outlines)  # from each outline pixel of the one to each of the other
    return max(apart.amin(dim=axis).quantile(share).item() for axis in (0, 1))


cup, moved_cup = (each == se.Photos.classes.index("cup") for each in (labels, moved))
with_stray = moved_cup.clone()
with_stray[3, 180] = True
for name, mask in {"moved": moved_cup, "and one stray pixel": with_stray}.items():
    print(f"cup, {name}: HD {hausdorff(mask, cup):.1f}, HD95 {hausdorff(mask, cup, 0.95):.1f}")

# %% name="proof-photo" tags=["proof"]
by_name = dict(zip(se.Photos.classes, moved_iou.tolist()))
assert (round(by_name["spoon"], 3), round(by_name["table"], 3)) == (0.705, 0.955)
assert min(value for value in by_name.values() if value >= 0) == by_name["spoon"]
assert max(value for value in by_name.values() if value >= 0) == by_name["table"]
both = (moved_cup, with_stray)
assert [round(hausdorff(mask, cup, share), 1) for mask in both for share in (1.0, 0.95)] == [2.0, 2.0, 57.3, 2.0]

# %% [markdown]
# <details><summary>Answer</summary>One pixel drives HD from 2 to 57; HD95 stays 2. It forgives the stray pixel, and
# would forgive a small thing that is missed.</details>
#
# So each metric has a blind spot. Below are three scores of five predictions. Each is the target, spoiled in its own
# way: the street of the first picture, without its void band. (The band hides outlines: with it, boundary F1 sees none
# of a car, boulder, pyramid or sheep in the 48 scenes.) *Predict* for each row which number stays high.


# %% name="spoil"
bare = se.load_dataset("scenes", "val", size=(64, 96), thin=2.0, thin_width=2.0, void_border=0)
street_map = bare[2]["label_map"].as_subclass(torch.Tensor)


def without(label_map, c):
    """Give each pixel of class c the label of the nearest pixel on its left that isn't c."""
    nearest = ((label_map != c) * torch.arange(label_map.shape[1])).cummax(dim=1).values
    return torch.where(label_map == c, label_map.gather(1, nearest), label_map)


thick = F.max_pool2d((street_map == 5).float()[None, None], 3, stride=1, padding=1)[0, 0].bool() & (street_map < 3)
lower = torch.cat([street_map[:1], street_map[:-1]])  # the first row stays: `roll` would bring the last one to the top
blocks = street_map[::4, ::4].repeat_interleave(4, dim=0).repeat_interleave(4, dim=1)
spoiled = {
    "poles forgotten": without(street_map, 5),
    "poles a pixel thicker on each side": torch.where(thick, 5, street_map),
    "all one pixel too low": lower,
    "blocks of 4 × 4": blocks,
    "a corner of the sky is meadow": street_map.clone(),
}
spoiled["a corner of the sky is meadow"][:16, :30] = 1

# %% name="figure-spoiled" alt="The target of the street and five spoiled copies: without poles, with poles two pixels wider, some of them grown together, moved down by a pixel, in blocks of four by four pixels, and with a rectangle of meadow in the upper left corner of the sky."
se.show_row(
    [street_map, *spoiled.values()],
    ["target", *spoiled],
    colors=scenes.colors,
    classes=scenes.classes,
    columns=3,
    title="Five ways to spoil a label map",
)


# %% name="three"
def three(prediction, target):
    matrix = se.ConfusionMatrix(10).update(prediction, target)
    outlines = se.BoundaryF1(10, tolerance=1).update(prediction, target)
    return {"accuracy": matrix.pixel_accuracy(), "mean IoU": matrix.mean_iou(), "boundary F1": outlines.mean_f1()}


spoils = [{"prediction": name} | three(labels, street_map) for name, labels in spoiled.items()]
se.results_table(spoils)

# %% name="proof-spoils" tags=["proof"]
assert spoils[0]["accuracy"] == max(row["accuracy"] for row in spoils) > 0.97
assert spoils[4]["mean IoU"] == max(row["mean IoU"] for row in spoils)
assert spoils[0]["accuracy"] - spoils[4]["accuracy"] > 0.05
assert spoils[2]["boundary F1"] == max(row["boundary F1"] for row in spoils) > 0.9995
assert round(spoils[2]["mean IoU"], 2) == 0.78
assert spoils[3]["boundary F1"] == min(row["boundary F1"] for row in spoils) < 0.51
assert spoils[4]["boundary F1"] > 0.98
assert not se.metrics.boundaries(targets)[(targets > pole) & (targets < 10)].any()  # things: no outline beside void
assert all((targets == c).any() for c in range(pole + 1, 10))
assert torch.equal(bare[2]["image"], street["image"])

# %% [markdown]
# <details><summary>Answer</summary>Forgotten poles have the best accuracy of the five, because they are few pixels. A
# wrong corner of the sky costs more accuracy, yet it has the best mean IoU: the sky is one class of many. The boundary
# F1 condemns the blocks and hardly sees the corner. With a tolerance of one pixel it is 1 after a shift of one, which
# leaves a mean IoU of 0.78.</details>
#
# ### Exercise 9.3: find the blind metric
#
# <div class="alert alert-info">
#
# **Task.** A change of the post-processing is up for review: "the score is the same". Write
# `blind_metric(prediction, spoiled, target, num_classes)`: measure both label maps against the target, and return the
# name of the score that **falls least** (a score that rises falls least of all) from `prediction` to `spoiled`:
# `"pixel accuracy"`, `"mean IoU"` or `"boundary F1"` (with `tolerance=1`). Void pixels, 255 in the target, are in no
# score; the two maps may have classes that the target lacks, and some of the `num_classes` occur nowhere. No two scores
# fall alike. The scores of `se` may be used.
#
# What a right answer draws: `se.target("09.blind_metric")`.
# Stuck? `se.hint("09.blind_metric", 1)`, then 2, then 3.
#
# </div>


# %% name="exercise-blind-metric"
def blind_metric(prediction, spoiled, target, num_classes):
    """Three label maps (H, W) -> the name of the score that falls least."""
    ### BEGIN SOLUTION
    falls = {"pixel accuracy": 0.0, "mean IoU": 0.0, "boundary F1": 0.0}
    for sign, labels in ((1, prediction), (-1, spoiled)):
        matrix = se.ConfusionMatrix(num_classes).update(labels, target)
        falls["pixel accuracy"] += sign * matrix.pixel_accuracy()
        falls["mean IoU"] += sign * matrix.mean_iou()
        falls["boundary F1"] += sign * se.BoundaryF1(num_classes, tolerance=1).update(labels, target).mean_f1()
    return min(falls, key=falls.get)
    ### END SOLUTION


# %% name="check-blind-metric"
passed = se.check("09.blind_metric", blind_metric)

# %% name="figure-blind-metric" alt="Five maps of wrong pixels: thin lines for the poles, outlines for shift and blocks, a rectangle."
if passed:
    names = {name: blind_metric(street_map, labels, street_map, 10) for name, labels in spoiled.items()}
    se.show_row(
        [se.viz.error_map(street["image"], street_map, labels) for labels in spoiled.values()],
        [f"{name}: {metric}" for name, metric in names.items()],
        columns=3,
        height=130,
        title="For each mistake, the score that falls least",
    )
else:
    se.target("09.blind_metric")

# %% [markdown]
# ## Lab: is it better?
#
# Three ways to segment, on 256 validation images: a network without skip connections, a U-Net (what that is, lecture
# [13. U-Net](13_unet.ipynb) explains; here it is a network that segments well), and the same U-Net that looks at the
# image *and* its mirror image and takes the mean of both. That is **test-time augmentation**. Does the mirror help?
# *The trivial baseline* calls every pixel by the most frequent class. With `dataset = "pets"` or `"camvid"` two small
# networks are trained here on real images.

# %% name="models"
options = {"thin": 2.0, "thin_width": 2.0, "length": 256} if dataset == "scenes" else {"root": root, "fallback": True}
data = se.load_dataset(dataset, "val", size=(64, 96), **options)
images = [data[i] for i in range(min(256, len(data)))]
networks = {skips: se.UNet(3, data.num_classes, width=8, depth=4, skips=skips) for skips in (False, True)}
if dataset == "scenes":
    for skips, weights in ((False, "unet_scenes_blind"), (True, "unet_scenes")):
        se.load_weights(networks[skips], weights)
else:
    train = se.load_dataset(dataset, "train", size=(64, 96), **options)
    for network in networks.values():
        se.fit(network, train, steps=steps, batch=8, lr=5e-3)


# %% name="methods"
def with_mirror(image):
    direct = se.predict(networks[True], image, logits=True).softmax(dim=0)  # (C, H, W)
    mirrored = se.predict(networks[True], image.flip(-1), logits=True).softmax(dim=0).flip(-1)
    return (direct + mirrored).argmax(dim=0)


maps = torch.stack([sample["label_map"] for sample in images]).as_subclass(torch.Tensor)
most = int(torch.bincount(maps[maps != 255]).argmax())
methods = {
    f"all {data.classes[most]}": lambda image: torch.full(image.shape[1:], most),
    "no skips": lambda image: se.predict(networks[False], image),
    "U-Net": lambda image: se.predict(networks[True], image),
    "U-Net with mirror": with_mirror,
}

guesses = {name: torch.stack([method(sample["image"]) for sample in images]) for name, method in methods.items()}
results = {name: se.ImageScores(data.num_classes).update(labels, maps) for name, labels in guesses.items()}

# %% [markdown]
# A score on some images is a random number: other images would give another one. How far would it move? The
# **bootstrap** pretends that our images are the world: draw as many of them with replacement, add up their tables,
# score, and repeat 2,000 times. The middle 95 % of these scores are a **confidence interval**. Here it is by hand, with
# your `mean_iou` if it is solved, and as the package does it.

# %% name="bootstrap"
score = mean_iou if se.passed("09.mean_iou") else lambda counts: iou_of(counts.sum(dim=0)).nanmean().item()
tables = results["U-Net"].counts  # (images, C, C)
with se.seeded(0):
    draws = torch.randint(len(tables), (2000, len(tables)))
resampled = torch.tensor([score(tables[draw]) for draw in draws])
low, high = resampled.quantile(torch.tensor([0.025, 0.975])).tolist()
print(f"U-Net, by hand:    {score(tables):.3f}, from {low:.3f} to {high:.3f}")
intervals = {name: result.interval() for name, result in results.items()}
for name, interval in intervals.items():
    print(f"{name + ':':18} {interval.score:.3f}, from {interval.low:.3f} to {interval.high:.3f}")

# %% name="figure-lab" alt="Four bars of mean IoU with whiskers: the constant map far below, the network without skips, the U-Net and the U-Net with mirror, whose whiskers overlap."
se.comparison_bars(
    list(intervals),
    [interval.score for interval in intervals.values()],
    intervals=[(interval.low, interval.high) for interval in intervals.values()],
    number=".3f",
    xlabel="mean IoU (whiskers: 95 % interval over images)",
    title="Which of these differences are sure?",
)

# %% [markdown]
# The whiskers of the last two overlap. From them alone nothing follows. But both methods have seen the *same* images.
# An image that is hard for one is hard for the other. So draw images, and take the *difference* of both scores on each
# draw: what both have in common cancels out. This is a **paired comparison**. *Predict:* does the interval of the
# difference hold 0?

# %% name="figure-difference" alt="Three bars with whiskers. The U-Net's, around 0, and the U-Net's with mirror, around 0.6, overlap. The difference, 0.6, has shorter whiskers, which end above 0."
better = results["U-Net with mirror"].difference(results["U-Net"])
base = intervals["U-Net"].score
alone = [(intervals[name].low - base, intervals[name].high - base) for name in ("U-Net", "U-Net with mirror")]
se.comparison_bars(
    ["U-Net, alone", "U-Net with mirror, alone", "difference on the same images"],
    [0.0, 100 * better.score, 100 * better.score],
    intervals=[(100 * low, 100 * high) for low, high in (*alone, (better.low, better.high))],
    number="+.1f",
    xlabel="hundredths of mean IoU above the U-Net (95 % intervals)",
    title="Each alone, and the difference on the same images",
)
print(f"difference: {better.score:+.3f}, from {better.low:+.3f} to {better.high:+.3f}")

# %% name="proof-difference" tags=["proof"]
assert intervals["U-Net with mirror"].low < intervals["U-Net"].high  # apart, they overlap
assert better.low > 0  # together, they don't
assert round(better.score, 3) == 0.006
assert abs(low - intervals["U-Net"].low) < 0.002
assert abs(high - intervals["U-Net"].high) < 0.002

# %% [markdown]
# <details><summary>Answer, for the scenes</summary>No: the mirror helps, by 0.006, from 0.004 to 0.009. Each score
# alone moves by 0.005 up and down.</details>
#
# This last line is the one to report. *Careful:* the interval knows other images, not other trainings. Here both
# methods use the same network. To compare two ways of *training*, train each with several seeds:
# [10. Losses](10_losses.ipynb) shows how far they differ.
#
# The same on real photographs and streets, stored: `python lectures/recipes/09_metrics.py ROOT` trains the two networks
# for 200 steps and runs the cells above.

# %% name="stored"
stored = json.loads(se.shipped("results/09_metrics.json").read_text(encoding="utf-8"))
print(stored["about"])
se.results_table(stored["rows"])

# %% [markdown]
# On neither does the mirror pay. With the 60 photographs of pets the interval holds 0: nothing follows. On the 101
# street images it lies below 0: there the mirror costs 0.005. (They are seven seconds of one drive: the interval speaks
# of this clip, not of streets.) What helps on one data set need not help on another.
#
# **The IoU of each class** stands beside the mean in every good report:

# %% name="figure-classes" alt="Two bars for each class, the network without skips and the U-Net. Sky, meadow and road have 0.86 to 0.94 without skips and 0.97 to 0.99 with them; sheep and poles have the largest gains."
occurs = [c for c in range(data.num_classes) if (maps == c).any()]
per_class = {name: iou_of(results[name].counts.sum(dim=0))[occurs].tolist() for name in ("no skips", "U-Net")}
se.comparison_bars(
    [data.classes[c] for c in occurs], per_class, xlabel="IoU of the class", title="Which classes gain most?"
)

# %% [markdown]
# Now *the worst images*, by each image's own score (the eighth rule).

# %% name="figure-worst" alt="Two rows of image, target, prediction and error: the images on which the U-Net scores lowest. The predictions look right; single pixels along outlines and wires are wrong."
own_scores = results["U-Net"].per_image()
worst = own_scores.nan_to_num(1).argsort()[:2].tolist()
se.show_predictions(
    [images[i]["image"] for i in worst],
    [images[i]["label_map"] for i in worst],
    [guesses["U-Net"][i] for i in worst],
    data.classes,
    data.colors,
    title="The two images with the lowest mean IoU of their own",
)
strays = [int(table.sum(dim=0)[table.sum(dim=1) == 0].sum()) for table in tables[worst]]
print("own mean IoU:", [round(own_scores[i].item(), 2) for i in worst])
print("pixels of classes that the image doesn't have:", strays)

# %% name="proof-worst" tags=["proof"]
assert strays == [7, 2]
gain = [after - before for before, after in zip(*per_class.values())]
assert {c for c, value in zip(occurs, gain) if value > 0.6} == {scenes.classes.index("sheep"), pole}

# %% [markdown]
# On the scenes they are not bad at all. Seven stray pixels and two are called by classes that the image doesn't have.
# Such a class has IoU 0, so two pixels cost two of nine classes. A mean of per-image scores would be full of this; in
# the sums over 256 images these pixels count no more than others.
#
# ## Ablation
#
# How many images does such a comparison need? We cut the validation set into parts of 16 to 256 images, and take
# the mean width of the intervals. *Predict:* with four times the images, what becomes of the doubt?


# %% name="ablation"
def half_width(interval):
    return (interval.high - interval.low) / 2


def doubts(number):
    """Return the mean half widths of the intervals on parts of `number` images: of the U-Net, and of the difference."""
    widths = []
    for start in range(0, len(images) - number + 1, number):
        part = slice(start, start + number)
        first, second = (
            se.ImageScores(data.num_classes).update(guesses[name][part], maps[part])
            for name in ("U-Net", "U-Net with mirror")
        )
        widths.append([half_width(first.interval(samples=500)), half_width(second.difference(first, samples=500))])
    return torch.tensor(widths).mean(dim=0).tolist()


numbers = [n for n in (16, 32, 64, 128, 256) if n <= len(images)]
widths = [doubts(number) for number in numbers]

# %% name="figure-ablation" alt="Two falling lines over 16 to 256 images on logarithmic axes: the half width of the interval of the U-Net's mean IoU, and, at half of it, that of its difference to the U-Net with mirror."
columns = dict(zip(("± of the U-Net", "± of the difference"), zip(*widths)))
rows = [{"images": n} | {name: f"{values[i]:.4f}" for name, values in columns.items()} for i, n in enumerate(numbers)]
se.results_table(rows)
title = "How does the doubt fall with the number of images?"
se.curve(numbers, columns, "images", "half width of the 95 % interval", title, log="xy")

# %% name="proof-ablation" tags=["proof"]
score_alone, together = columns.values()
assert together[-1] < 0.6 * score_alone[-1]
assert together[1] > better.score > together[2]
assert 1.5 < score_alone[2] / score_alone[4] < 2.7
assert all(round(line[2] / line[4], 1) == 2.1 for line in (score_alone, together))
assert [round(line[2] / line[0], 2) for line in (score_alone, together)] == [0.41, 0.35]
assert round(together[1], 3) == 0.007

# %% [markdown]
# <details><summary>Answer</summary>From 64 images on about half, as with the square root of their number. From 16 to 64
# it falls faster, to 0.41 and 0.35.</details>
#
# On the scenes the doubt of the difference is half that of the score. With 32 images it is 0.007, more than the lead of
# 0.006: whether the mirror helps would have been a matter of luck.
#
# ## What goes wrong
#
# **Symptom.** The score changes with the batch size. **Cause.** The metric was computed for each batch, and then
# averaged. **Fix.** Add up counts over all batches; divide once, at the end.
#
# **Symptom.** A class that never occurs pulls the mean down, or up. **Cause.** 0/0 became 0 or 1. **Fix.** NaN and
# `nanmean`; report how many classes were there.
#
# **Symptom.** The same network is better on the same images, labeled anew. **Cause.** The new labels have a wider void
# band around things, and most mistakes lie there. **Fix.** Compare scores only where the void is the same.

# %% name="wrong"
batches = [torch.stack([iou_of(part.sum(0)).nanmean() for part in counts.split(size)]).mean() for size in (1, 4, 48)]
print("mean over batches of size 1, 4, 48:", ", ".join(f"{value:.3f}" for value in batches))

unet = se.load_weights(se.UNet(3, 10, width=8, depth=4), "unet_scenes")
bands = []
for band in (0, 1, 2):
    banded = se.load_dataset("scenes", "val", size=(64, 96), thin=2.0, thin_width=2.0, void_border=band)
    matrix = se.ConfusionMatrix(10)
    for sample in (banded[i] for i in range(48)):
        matrix.update(se.predict(unet, sample["image"]), sample["label_map"])
    bands.append(matrix.mean_iou())
print("void band of 0, 1, 2 pixels:       ", ", ".join(f"{value:.3f}" for value in bands))

# %% name="proof-wrong" tags=["proof"]
assert len({round(value.item(), 3) for value in batches}) == 3
assert bands[0] + 0.03 < bands[2]

# %% [markdown]
# **Symptom.** `IndexError`, or a class 255 in the table. **Cause.** Logits, a one-hot map or void went into the metric
# as labels. **Fix.** `argmax` over the channels first; name the void.

# %% name="wrong-input"
logits = torch.rand(2, 3, 5, 7)
for prediction in (logits, F.one_hot(logits.argmax(dim=1), 3).movedim(-1, 1), torch.full((2, 5, 7), 3)):
    try:
        se.metrics.confusion_matrix(prediction, torch.zeros(2, 5, 7, dtype=torch.long), num_classes=3)
    except (TypeError, ValueError) as error:
        print(error)

# %% [markdown]
# ## Which one should I choose?
#
# | you care about | report | and beside it |
# |---|---|---|
# | all classes alike, many images | mean IoU of sums | IoU of each class |
# | one object, one patient per image | Dice per image, what an empty image counts | its worst images, HD95 |
# | thin things | the IoU of their class | boundary F1, with its tolerance |
# | outlines of large things | boundary F1 or boundary IoU, with tolerance or width | mean IoU |
# | the look of the whole picture | frequency-weighted IoU | mean IoU |
# | which of two models is better | the difference on the same images, with its interval | both scores |
#
# Pixel accuracy alone is never enough: in section 1 a map without a pole had 95 %.
#
# ## Recap
#
# - One table of pairs adds up over images; accuracy, IoU and Dice follow from it.
# - Dice = 2·IoU/(1 + IoU) on one pair of masks; their means over images are different matters.
# - Seven rules gave seven "mean IoUs", from 0.509 to 0.849, for one prediction.
# - Each metric has a blind spot: few pixels, one class of many, the outline.
# - A score is a random number. The interval of a difference on the same images tells whether one trained model is
#   better; whether a way of training is better takes several seeds.
#
# **Formula card**
#
# | | |
# |---|---|
# | pixel accuracy | $\sum_c N_{cc} / \sum_{t,p} N_{tp}$ |
# | mean accuracy | mean of $N_{cc} / \sum_p N_{cp}$ |
# | IoU | $N_{cc} / (\sum_p N_{cp} + \sum_t N_{tc} - N_{cc})$ |
# | Dice (F1) | $2 N_{cc} / (\sum_p N_{cp} + \sum_t N_{tc})$ |
# | frequency-weighted IoU | $\sum_c f_c\, \text{IoU}_c$, $f_c$ = share of the target's pixels |
# | boundary F1 | $2PR/(P + R)$ of outline pixels within a tolerance |
# | Hausdorff distance | $\max$ over both outlines of the distance to the other; HD95: without the farthest 5 % |
#
# **Shapes card**
#
# | | |
# |---|---|
# | label map | $(H, W)$ or $(N, H, W)$, integers $0 \dots C - 1$, void 255 |
# | confusion matrix | $(C, C)$: row = true class, column = predicted |
# | one table per image | $(N, C, C)$ |
# | IoU, Dice, accuracy of each class | $(C,)$, NaN where a class is absent |
#
# ## Going further
#
# - [Everingham et al. 2015, The PASCAL Visual Object Classes Challenge: a
#   retrospective](https://doi.org/10.1007/s11263-014-0733-5): how they bootstrap scores over images to compare methods,
#   and the rule for mean IoU that the field took over.
# - [Csurka et al. 2013, What is a good evaluation measure for semantic segmentation?](https://doi.org/10.5244/C.27.32):
#   boundary F1, and per-image scores.
# - [Cheng et al. 2021, Boundary IoU](https://arxiv.org/abs/2103.16562): error types, and which metric sees each.
# - [Reinke et al. 2024, Understanding metric-related pitfalls](https://arxiv.org/abs/2302.01790): the atlas of what
#   goes wrong in medical images.
#
# **Next:** [10. Losses](10_losses.ipynb): a metric can't be trained on. What can?
