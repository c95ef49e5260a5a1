# %% [markdown] name="front"
# # 11. Data and augmentation
#
# {{colab_badge}}
#
# **Question.** You have 32 labeled scenes. What is the most that they can teach, and what can silently spoil them?
#
# **You will be able to**
#
# - read the gap between two scores, and find images that stand in two splits,
# - move an image and its labels as one, and prove that they stay aligned,
# - choose augmentation by a number, not by habit,
# - say what else helps with little data, and what one more label costs.
#
# **Prerequisites.** [1. What is segmentation?](01_segmentation.ipynb) and [9. Metrics](09_metrics.ipynb).
#
# **Time.** Reading {{reading}} min · playing 15 min · exercises 75 min.

# %% name="setup"
import sys

if "google.colab" in sys.modules:  # Colab fetches the course; elsewhere it is installed already
    import subprocess

    subprocess.run(["pip", "install", "-q", "git+https://github.com/{{repository}}"], check=True)
import torch
import torch.nn.functional as F
from torchvision import tv_tensors
from torchvision.transforms import v2

import segedu as se

se.setup(seed=0)

# %% name="parameters" tags=["parameters"]
dataset = "scenes"  # or "camvid": goal and lab then use 32 frames of a drive through Cambridge
root = None  # the folder of a real data set; None: where `segedu data fetch` puts it
steps = 300  # of each training; also of the stored ones
train_anew = False  # True: train the whole ablation here with one seed, about 2 minutes on a CPU

# %% [markdown]
# ## The goal
#
# A small [U-Net](13_unet.ipynb) and 32 labeled images. In 300 steps of 8 it saw each of them 75 times (stored; made by
# `python lectures/recipes/11_data_and_augmentation.py weights`). We show it one that it knows, one that it doesn't, and
# a photograph, for whose things it has no class. *Predict:* how far apart are its scores on the images that it knows,
# and on 64 others?


# %% name="data"
class Images(torch.utils.data.Dataset):
    """Samples in memory; each is transformed anew whenever it is asked for."""

    def __init__(self, samples, transform=None):
        self.samples, self.transform, self.classes = samples, transform, classes

    def __len__(self):
        return len(self.samples)

    def __getitem__(self, index):
        return self.transform(self.samples[index]) if self.transform else self.samples[index]


def load(split, count):
    """Return `count` samples, evenly spaced: neighbors in a list are often neighbors in a video."""
    data = se.load_dataset(dataset, split, size=(48, 64), **({} if dataset == "scenes" else {"root": root}))
    return data, [data[i * len(data) // count] for i in range(count)]


(data, train), (_, val) = load("train", 32), load("val", 64)
classes, colors = data.classes, data.colors


# %% name="training"
def trained(samples, transform=None, seed=0, **options):
    with se.seeded(seed):
        network = se.UNet(3, len(classes), width=8, depth=3)
    return se.fit(network, Images(samples, transform), steps=steps, batch=8, lr=1e-2, seed=seed, **options)


def score(model, samples):
    """Return the mean IoU over all pixels of the samples."""
    matrix = se.ConfusionMatrix(len(classes))
    for sample in samples:
        matrix.update(se.predict(model, sample["image"]), sample["label_map"])
    return matrix.mean_iou()


# %% name="goal-network"
if dataset == "scenes" and steps == 300 and not train_anew:
    by_heart = se.load_weights(se.UNet(3, len(classes), width=8, depth=3), "unet_32_scenes")
    print("loaded: trained on the CPU with these 32 scenes, 300 steps, seed 0")
else:
    by_heart = trained(train).model

# %% name="figure-goal" alt="Three rows of image, labels and prediction: an image that the network was trained on, with a prediction almost like its labels; a new one, with patches of wrong classes; a photograph of a cup, for whose parts the network has no name."
print(f"mean IoU: {score(by_heart, train):.2f} on the 32 training images, {score(by_heart, val):.2f} on 64 others")
photograph = se.photo("coffee", size=(150, 225), labels=True)
shown = [train[9], val[3], photograph]
predictions = [se.predict(by_heart, sample["image"]) for sample in shown]
title = "An image that it knows, a new one, a photograph: which prediction would you trust?"
known_by, columns = [data, data, se.Photos], ["image", "semantic"]
se.viz.show_tasks(shown, known_by, tasks=columns, predictions=predictions, predictor=data, title=title)

# %% [markdown]
# <details><summary>Answer</summary>On the scenes 0.80 and 0.58. The first prediction is right but for thin outlines,
# the second has patches of wrong classes, the third has nothing to be right about.</details>
#
# To learn by heart what is of no use for new images is **overfitting**; the difference of the two scores is the
# **generalization gap**. This lecture narrows it without a new label.
#
# ## 1. A score that can be believed
#
# Only the score on new images counts. So they have to be new. Some data sets are *videos*, such as CamVid, drives
# through Cambridge. Who splits such frames at random puts neighbors into train and val. CamVid's published split does
# not, and yet: its val frames are seven seconds of one drive, and the train split has the frame 1.3 seconds before them
# and the one a second after.
#
# How much does that matter? We pan over 24 wide scenes, 4 frames each. Once the 96 frames are split at random, once
# video by video. Each network is scored on its own val frames, and on 64 new videos. *Predict* both differences.


# %% name="videos"
def video(scene, frames=4, pan=3):
    """Return frames of 48 × 64: a window that pans over a wide scene, `pan` pixels per frame."""
    pixels = {key: scene[key].as_subclass(torch.Tensor) for key in ("image", "label_map")}
    windows = [{key: each[..., pan * t : pan * t + 64] for key, each in pixels.items()} for t in range(frames)]
    return [window | {"name": f"{scene['name']}/{t}"} for t, window in enumerate(windows)]


frames = [frame for each in se.Scenes(24, size=(48, 73)) for frame in video(each)]
with se.seeded(0):
    order = torch.randperm(96).tolist()
by_frame = [frames[i] for i in order[24:]], [frames[i] for i in order[:24]]  # train, val
by_video = frames[24:], frames[:24]

# %% name="figure-leak" alt="Two groups of two bars with a dot per seed. Split by frame: 0.72 on the val frames, 0.58 on new videos. Split by video: 0.62 and 0.56."
import json


def stored(name):
    """Return the rows of a table that a recipe made, and print what it was made with."""
    table = json.loads(se.shipped(f"results/{name}.json").read_text(encoding="utf-8"))
    print(table["about"])
    return table["rows"]


leak = stored("11_leak")
scores = {
    name: [[seed[k] for seed in row["seeds"]] for row in leak] for k, name in enumerate(("own val", "new videos"))
}
splits, title = [f"split {row['split']}" for row in leak], "How much of the promised score is left on new videos?"
se.comparison_bars(splits, scores, xlabel="mean IoU (stored; a dot per seed)", title=title)

# %% [markdown]
# <details><summary>Answer</summary>Split by frame: 0.72 is promised, 0.58 is kept. Split by video: 0.62 and 0.56. That
# is still 0.06 too high; six val videos are few, and luck decides which. (Made by
# `python lectures/recipes/11_data_and_augmentation.py leak`.)</details>
#
# This is **data leakage**: what is tested was trained on. On new videos both networks are about equal, though the first
# saw 24 scenes in training and the second 18. Only the promise differs, and a leaked score looks healthy. So we look
# for leaks. `se.audit` reads every sample and reports labels out of range, images without labels, and images of two
# splits that look alike. We give it our split, then spoil two samples. *Predict:* what does it find?

# %% name="audit"
found = se.audit({"train": Images(by_frame[0]), "val": Images(by_frame[1])})
print("split by frame:", len(found.problems), "problems")  # by `segedu data audit NAME` for a data set on disk
first, second = by_frame[0][:2]
bad_labels, copied = first | {"label_map": first["label_map"] + 6, "name": "shifted"}, second | {"name": "copied"}
found = se.audit({"train": Images([bad_labels, *by_frame[0][1:]]), "val": Images([*by_frame[1], copied])})
print(*[f"{problem.kind}: {problem.text}" for problem in found.problems], sep="\n")
seen = {frame["name"].split("/")[0] for frame in by_frame[0]}
shared = sum(frame["name"].split("/")[0] in seen for frame in by_frame[1])
print(f"by their names, {shared} of 24 val frames have a neighbor in train")

# %% name="proof-audit" tags=["proof"]
assert [problem.kind for problem in found.problems] == ["label", "twice"]
assert shared == 24

# %% [markdown]
# <details><summary>Answer</summary>The copy and the labels, and not one moved frame: three pixels are enough to look
# different. The file names know.</details>
#
# **Split by what belongs together**: video, patient, city. Then audit for what names don't say. Real sets need it: of
# 300 photographs of Oxford Pets, `segedu data audit pets` reports that Abyssinian_172 in our train split shows nearly
# what Abyssinian_122 in val does.
#
# ### Exercise 11.1: find the leak
#
# <div class="alert alert-info">
#
# **Task.** Write `find_leaks(train, val, alike)` for images $(N, 3, H, W)$ and $(M, 3, H, W)$. Return a sorted list of
# pairs $(i, j)$ of ints: train image $i$ and val image $j$ whose **correlation** is at least `alike`, as they are or
# with one of them mirrored left to right. The correlation of two images: flatten, take the mean away, divide by the
# norm, multiply, sum. It is one number for all three channels: brightness and contrast drop out, colors count. An image
# may have several copies.
#
# What a right answer draws: `se.target("11.find_leaks")`.
# Stuck? `se.hint("11.find_leaks", 1)`, then 2, then 3.
#
# </div>


# %% name="exercise-find-leaks"
def find_leaks(train, val, alike):
    """train (N, 3, H, W), val (M, 3, H, W) -> list of pairs (i, j)."""

    ### BEGIN SOLUTION
    def unit(images):
        flat = images.flatten(1) - images.flatten(1).mean(dim=1, keepdim=True)
        return flat / flat.norm(dim=1, keepdim=True)

    plain, mirrored = unit(train) @ unit(val).T, unit(train.flip(-1)) @ unit(val).T  # (N, M)
    return [tuple(pair) for pair in (torch.maximum(plain, mirrored) >= alike).nonzero().tolist()]
    ### END SOLUTION


# %% name="check-find-leaks"
passed = se.check("11.find_leaks", find_leaks)

# %% name="figure-find-leaks" alt="Three pairs of a train and a val image: one mirrored and paler, two moved by three pixels."
if passed:
    images = [torch.stack([frame["image"] for frame in split]) for split in by_frame]
    images[1][0] = 0.7 * images[0][7].flip(-1) + 0.2  # a copy, mirrored and paler
    pairs = find_leaks(*images, 0.8)
    three = [(7, 0), *[pair for pair in pairs if pair[1] != 0][:2]]
    pictures = [images[side][pair[side]] for pair in three for side in (0, 1)]
    title = f"Your function finds {len({j for _, j in pairs})} of 24 val images in train"
    se.show_row(pictures, ["train", "val"] * 3, columns=2, height=120, title=title)
else:
    se.target("11.find_leaks")

# %% name="proof-find-leaks" tags=["proof"]
assert (7, 0) in pairs
assert not find_leaks(*[torch.stack([frame["image"] for frame in split]) for split in by_video], 0.8)

# %% [markdown]
# ## 2. One draw for image and labels
#
# **Data augmentation** changes each image a little, at random, whenever it is asked for. A random rotation for the
# image, and a random rotation for its label map. **What is wrong with that?**

# %% name="figure-two-draws" alt="Overlays of a scene and of a photograph of a cup. With two draws the labels are turned otherwise than the image; with one draw they lie on it."
scenes = se.Scenes(16, size=(96, 128))
scene, overlays = scenes[9], []
turn = v2.RandomRotation(25, interpolation=v2.InterpolationMode.BILINEAR, fill={tv_tensors.Image: 0.5, "others": 255})
for sample, known_by in ((scene, scenes), (photograph, se.Photos)):
    with se.seeded(5):
        apart = turn(sample["image"]), turn(sample["label_map"])
        together = turn(sample["image"], sample["label_map"])
    overlays += [se.overlay(*pair, known_by.colors) for pair in (apart, together)]
names = ["two draws", "one draw for both"] * 2
se.show_row(overlays, names, columns=2, title="Which of these pairs may a network be trained on?")

# %% name="proof-two-draws" tags=["proof"]
for sample in (scene, photograph):
    with se.seeded(5):
        one, other = (turn(sample["label_map"]).as_subclass(torch.Tensor) for _ in range(2))
    assert (one != other).float().mean() > 0.1

# %% [markdown]
# Two draws teach that a car is where no car is, and raise no error. The cure is **one** draw for both. Torchvision's
# `v2` transforms do it, if they are called once, with both; their types, `tv_tensors.Image` and `Mask`, say what is
# what. What is drawn is a table: for each pixel of the *output*, the place of the *input* where it looks. Rotation,
# zoom, bending, flip: all are such tables. The field says **warp**. Image and labels use one table in two ways:
#
# - the **image** is read bilinearly, as a mix of the four pixels around the place,
# - **labels** are read at the nearest pixel, since a mix of labels is no label.
#
# By hand: sky 0, meadow 1, road 2; each output pixel looks 0.4 pixels further right. Between sky and road, bilinear
# reads $0.6 \cdot 0 + 0.4 \cdot 2 = 0.8$. Rounded, **we expect** 1: meadow, where no meadow is.


# %% name="warp"
def warp(values, rows, columns, fill, nearest=False):
    """values (C, H, W); rows, columns (h, w): where each output pixel looks -> (C, h, w)."""
    height, width = values.shape[-2:]
    framed = F.pad(values, (1, 1, 1, 1), value=fill)

    def at(i, j):
        return framed[:, i.clamp(-1, height) + 1, j.clamp(-1, width) + 1]

    if nearest:
        return at(rows.round().long(), columns.round().long())
    i, j = rows.floor().long(), columns.floor().long()
    down, right = rows - i, columns - j
    upper = (1 - right) * at(i, j) + right * at(i, j + 1)
    lower = (1 - right) * at(i + 1, j) + right * at(i + 1, j + 1)
    return (1 - down) * upper + down * lower


# %% name="figure-warp" alt="Four grids of 3 × 4: labels 0, 1, 2; the columns where each pixel looks, 0.4, 1.4, 2.4, 3.4; the rounded mixes with ones where 0 and 2 meet; the nearest labels."
small = torch.tensor([[0, 0, 2, 2], [0, 2, 2, 1], [2, 2, 1, 1]])
rows, columns = torch.meshgrid(torch.arange(3.0), torch.arange(4.0) + 0.4, indexing="ij")
mixed = warp(small[None].float(), rows, columns, fill=1)[0].round()
kept = warp(small[None], rows, columns, fill=1, nearest=True)[0]
assert mixed[0, 1] == 1
se.matrix_figure(
    [small, columns, mixed, kept],
    ["labels", "table: column to look at", "bilinear, rounded", "nearest"],
    symbols=["", "→", ""],
    highlight={0: (0, 1, 1, 2), 2: (0, 1, 1, 1), 3: (0, 1, 1, 1)},
    rows={0: "row of pixels"},
    columns={0: "column of pixels"},
    title="Bilinear puts meadow (1) between sky (0) and road (2); nearest doesn't",
)

# %% name="proof-warp" tags=["proof"]
assert torch.equal(kept[:, :3], small[:, :3])
for seed in range(50):  # tables that bend: labels equal torchvision's everywhere, pixels wherever all four lie inside
    with se.seeded(seed):
        height, width = torch.randint(4, 20, (2,)).tolist()
        values, numbers = torch.rand(3, height, width), torch.randint(10, (height, width))
        field = se.elastic_field((height, width), 3.0)
    i, j = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    at_rows, at_columns = i + field[0, :, :, 1] * height / 2, j + field[0, :, :, 0] * width / 2
    inside = (at_rows >= 0) & (at_rows <= height - 1) & (at_columns >= 0) & (at_columns <= width - 1)
    theirs = v2.functional.elastic(tv_tensors.Image(values), field).as_subclass(torch.Tensor)
    ours = warp(values, at_rows, at_columns, 0)
    torch.testing.assert_close(ours[:, inside], theirs[:, inside], atol=1e-4, rtol=0)
    nearest = v2.functional.elastic(tv_tensors.Mask(numbers), field, fill=255).as_subclass(torch.Tensor)
    assert torch.equal(warp(numbers[None], at_rows, at_columns, 255, nearest=True)[0], nearest)

# %% [markdown]
# On 50 random tables our labels equal torchvision's, and our pixels do wherever all four lie inside. Now a real
# photograph, turned by one table. *Predict:* which classes does bilinear find on it?

# %% name="figure-rotation" alt="A close-up of a cup, turned by 17 degrees: the image; its labels with clean outlines, void outside; the bilinear labels, with single pixels of other classes, person and cat among them, along the cup, the saucer and the spoon."
labels = photograph["label_map"].as_subclass(torch.Tensor)  # (150, 225)
y, x = torch.meshgrid(torch.arange(150) - 74.5, torch.arange(225) - 112.0, indexing="ij")
angle = torch.tensor(0.3)  # 17 degrees
rows, columns = 74.5 + angle.cos() * y - angle.sin() * x, 112 + angle.sin() * y + angle.cos() * x
turned = warp(labels[None], rows, columns, 255, nearest=True)[0]
bilinear = warp(labels[None].float(), rows, columns, 255)[0].round().long()
pictures = [warp(photograph["image"], rows, columns, 0.5), turned, bilinear.where(bilinear < 18, 255)]
near = [each[..., 5:80, 95:195] for each in pictures]
names, title = (
    ["image, bilinear", "labels, nearest", "labels, bilinear"],
    "A closer look: who is sitting around the cup?",
)
se.show_row(near, names, colors=se.Photos.colors, classes=se.Photos.classes, title=title)

# %% name="proof-rotation" tags=["proof"]
for name in ("person", "cat"):
    number = se.Photos.classes.index(name)
    assert not (turned == number).any()
    assert (bilinear == number).sum() > 100
assert torch.isin(turned, torch.cat([labels.flatten(), torch.tensor([255])])).all()

# %% [markdown]
# <details><summary>Answer</summary>A cat and a person, in all more than 100 pixels of each: table is class 4, cup 7,
# and 5 and 6 lie between them. On photographs too, seams of classes appear that nobody drew.</details>
#
# ### Exercise 11.2: count what is spoiled
#
# Resizing is a warp too: `v2.Resize` on a label map that is a plain image mixes labels.
#
# <div class="alert alert-info">
#
# **Task.** Write `spoiled_pixels(label_map, size)` for labels $(H, W)$ without void. Resize them with `F.interpolate`:
# rightly, `mode="nearest-exact"`, and wrongly, `mode="bilinear"` and then `.round()`. Return two ints: how many pixels
# differ, and how many pixels of the wrong map hold a class that `label_map` doesn't contain at all.
#
# What a right answer draws: `se.target("11.spoiled_pixels")`.
# Stuck? `se.hint("11.spoiled_pixels", 1)`, then 2, then 3.
#
# </div>


# %% name="exercise-spoiled-pixels"
def spoiled_pixels(label_map, size):
    """label_map (H, W), size (h, w) -> (pixels that differ, pixels of classes that were nowhere)."""
    ### BEGIN SOLUTION
    before = label_map[None, None].float()  # (1, 1, H, W)
    right = F.interpolate(before, size=size, mode="nearest-exact")
    wrong = F.interpolate(before, size=size, mode="bilinear").round()
    return int((wrong != right).sum()), int((~torch.isin(wrong, before)).sum())
    ### END SOLUTION


# %% name="check-spoiled-pixels"
passed = se.check("11.spoiled_pixels", spoiled_pixels)

# %% name="figure-spoiled-pixels" alt="Two curves over the new height from 25 to 289. Pixels with another class are 6 percent at 25 and 4 to 5 beyond; pixels with a class that is nowhere are between 0.5 and 2 percent."
label_map = scene["label_map"].as_subclass(torch.Tensor)
if passed:
    sizes = [(height, height * 4 // 3) for height in (25, 37, 49, 61, 73, 121, 193, 289)]
    counts = [[100 * count / (h * w) for count in spoiled_pixels(label_map, (h, w))] for h, w in sizes]
    shares = dict(zip(("another class", "a class that is nowhere"), zip(*counts)))
    xlabel, title = "height of the resized map (it was 96)", "How many labels does a bilinear resize spoil?"
    se.curve([h for h, _ in sizes], shares, xlabel, "spoiled pixels (%)", title)
else:
    se.target("11.spoiled_pixels")

# %% name="proof-spoiled-pixels" tags=["proof"]
assert min(shares["another class"]) > 4
assert 0.4 < min(shares["a class that is nowhere"]) < max(shares["a class that is nowhere"]) < 2.1

# %% [markdown]
# ### Exercise 11.3: a paired random crop
#
# A random window, the same of image and labels. Once yours passes, the lab trains with it.
#
# <div class="alert alert-info">
#
# **Task.** Write `paired_crops(image, label_map, size, count)` for an image $(3, H, W)$ and labels $(H, W)$. Return
# images (count, 3, h, w) and label maps (count, h, w), two tensors: `count` random windows of `size` = (h, w), the same
# for both. Every place is possible, as likely as any other. Where the image is smaller, first pad **below and on the
# right**: the image with 0.5, the labels with void, 255. Draw with torch (or NumPy's or Python's global functions), and
# leave the seed to the caller: no `se.seeded`, `torch.manual_seed`, `np.random.seed` or `random.seed`, no generator of
# your own.
#
# What a right answer draws: `se.target("11.paired_crops")`.
# Stuck? `se.hint("11.paired_crops", 1)`, then 2, then 3.
#
# </div>


# %% name="exercise-paired-crops"
def paired_crops(image, label_map, size, count):
    """image (3, H, W), label_map (H, W) -> images (count, 3, h, w), label maps (count, h, w)."""
    ### BEGIN SOLUTION
    (height, width), (h, w) = label_map.shape, size
    pad = (0, max(0, w - width), 0, max(0, h - height))
    both = F.pad(image, pad, value=0.5), F.pad(label_map, pad, value=255)
    tops, lefts = (torch.randint(max(1, places), (count,)) for places in (height - h + 1, width - w + 1))
    crops = [[each[..., i : i + h, j : j + w] for i, j in zip(tops, lefts)] for each in both]
    return torch.stack(crops[0]), torch.stack(crops[1])
    ### END SOLUTION


# %% name="check-paired-crops"
passed = se.check("11.paired_crops", paired_crops)

# %% name="figure-paired-crops" alt="Four tall windows of the photograph of a cup with the labels laid over them, and a gray band without labels below."
if passed:
    with se.seeded(1):
        crops = zip(*paired_crops(photograph["image"].as_subclass(torch.Tensor), labels, (170, 90), 4))
    overlays = [se.overlay(*crop, se.Photos.colors, 0.4) for crop in crops]
    se.show_row(
        overlays, [""] * 4, title="Your crops of 170 × 90 from 150 × 225: labels lie on things, below is nothing"
    )
else:
    se.target("11.paired_crops")

# %% [markdown]
# <div class="alert alert-success">
#
# **Checkpoint.** One draw, one table, two ways to read it. Outside of the image nothing is known: gray and void.
#
# </div>
#
# ## 3. What may change, and what must not
#
# An augmentation is a claim: *this change leaves the labels true.* A **geometric** change moves the labels along. A
# **photometric** one (brightness, contrast, blur, noise) leaves them where they are, and must leave them *visible*.
# `se.Augment` does both. All its randomness is torch's, so `se.seeded` repeats it.

# %% name="figure-augment" alt="Three versions of a scene and three of a photograph of a cup, turned, bent, mirrored, larger or smaller, brighter or darker, each with its labels laid over it. Gray without labels fills the corners."
augment, overlays = se.Augment(scale=(0.8, 1.3), color=0.3, rotate=10, elastic=3, noise=0.03), []
for sample, known_by in ((scene, scenes), (photograph, se.Photos)):
    with se.seeded(2):
        variants = [augment(sample) for _ in range(3)]
    overlays += [se.overlay(each["image"], each["label_map"], known_by.colors, 0.35) for each in variants]
title = "Six draws: the labels move with the things, and nothing is claimed outside"
se.show_row(overlays, [""] * 6, columns=3, height=150, title=title)

# %% name="proof-augment" tags=["proof"]
moves, checked = se.Augment(scale=(1, 1.3), color=0, rotate=10, elastic=3), 0  # shrinking drops wires from labels
for seed in range(20):  # an image that is painted from its labels stays the painting of the new labels
    painted = se.label_to_rgb(label_map, scenes.colors)
    with se.seeded(seed):
        result = moves({"image": tv_tensors.Image(painted), "label_map": scene["label_map"]})
    after = result["label_map"].as_subclass(torch.Tensor)
    inner = after.where(after < 255, -999)[None].float()
    even = F.max_pool2d(inner, 7, 1, 3)[0] == -F.max_pool2d(-inner, 7, 1, 3)[0]
    even[[0, 1, 2, -3, -2, -1]] = even[:, [0, 1, 2, -3, -2, -1]] = False
    even &= after < 255
    torch.testing.assert_close(result["image"][:, even], se.label_to_rgb(after, scenes.colors)[:, even])
    checked += int(even.sum())
assert checked > 50_000

# %% [markdown]
# Do image and labels stay aligned? A test for your own pipeline: paint an image from a label map, and augment both.
# Then the new image must be the painting of the new labels, wherever no two colors were mixed. With 20 draws of ours
# all such pixels agree.
#
# And how strong may a photometric change be? To a person even strength 1 is harmless. So let us ask a number. Take each
# class's mean color in the 32 training images, and call a pixel by the nearest one. That beats the **majority
# baseline**, the most frequent class everywhere. *Predict* the strength at which half of this lead is gone.

# %% name="figure-photo" alt="A photograph of a cat, and three versions of it: a little darker, a little brighter, pale and gray."
cat = se.photo("chelsea", size=(150, 225))
with se.seeded(3):
    views = [cat, *[v2.ColorJitter(s, s, s)(cat).clamp(0, 1) for s in (0.1, 0.3, 1.0)]]
names = ["photograph", "strength 0.1", "strength 0.3", "strength 1"]
se.show_row(views, names, title="Four strengths: up to which one does color still tell you what is what?")

# %% name="figure-strength" alt="A falling curve: above the dashed line of the most frequent class by a tenth at strength 0 and almost as much at 0.1, by six tenths of that at 0.2, just above the line at 0.3, below it from 0.5 on."
pixels = torch.stack([sample["image"].as_subclass(torch.Tensor) for sample in train])  # (32, 3, 48, 64)
numbers = torch.stack([sample["label_map"].as_subclass(torch.Tensor) for sample in train])
known = numbers < 255
present = numbers[known].unique()
means = torch.stack([pixels.movedim(1, -1)[numbers == c].mean(dim=0) for c in present])
majority = float(torch.bincount(numbers[known]).max() / known.sum())


def right_by_color(strength, seed):
    """Return the share of right pixels by the nearest mean color, after one draw of colors per image."""
    with se.seeded(seed):
        changed = torch.stack([v2.ColorJitter(strength, strength, strength)(each) for each in pixels])
    nearest = (changed[:, None] - means[:, :, None, None]).square().sum(dim=2).argmin(dim=1)
    return float((present[nearest] == numbers)[known].float().mean())


strengths = [0, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0]
rates = {"nearest mean color": [sum(right_by_color(s, seed) for seed in range(8)) / 8 for s in strengths]}
xlabel, title = "strength of the color change", "Where is half of the lead over the majority gone, where all of it?"
se.curve(strengths, rates, xlabel, "right pixels (mean of 8 draws)", title, lines={"most frequent class": majority})

# %% name="proof-strength" tags=["proof"]
over = [rate - majority for rate in rates["nearest mean color"]]
if dataset == "scenes":
    assert 0.09 < over[0] < 0.11
    assert over[1] > 0.8 * over[0]
    assert 0.35 * over[0] < over[2] < 0.65 * over[0]
    assert abs(over[3]) < 0.25 * over[0]
    assert max(over[4:]) < 0

# %% [markdown]
# <details><summary>Answer</summary>On the scenes at about 0.2; at 0.3 nearly all of it is gone, and beyond that colors
# mislead. At 0.1 little is lost.</details>
#
# **Play.** Turn, zoom and bend; watch image and labels move together. Then switch on a *mistake*: labels mixed
# bilinearly, labels left behind, or two draws. *Predict first:* which of them spoils most at 15°, which at 1°?

# %% name="widget-augmentation"
se.explorers.AugmentationLab(scene["image"], scene["label_map"], scenes.classes, colors=scenes.colors)

# %% name="proof-mistakes" tags=["proof"]
spoiled = {}
for mistake in ("bilinear", "left behind", "two draws"):
    for angle in (15.0, 1.0):
        lab = se.explorers.AugmentationLab(
            scene["image"], scene["label_map"], scenes.classes, rotation=angle, zoom=1.0, mistake=mistake
        )
        spoiled[mistake, angle] = float(lab.outcome.wrong.float().mean())
assert min(spoiled["left behind", 15.0], spoiled["two draws", 15.0]) > 0.35
assert spoiled["bilinear", 15.0] < 0.1
assert abs(spoiled["bilinear", 15.0] - spoiled["bilinear", 1.0]) < 0.01
assert spoiled["left behind", 1.0] < spoiled["bilinear", 1.0] < spoiled["two draws", 1.0]

# %% [markdown]
# <details><summary>Answer</summary>At 15°, without zoom, labels left behind and two draws spoil about 40 % of the
# pixels, mixed labels 6 %. At 1° mixed labels spoil as many as before, and more than labels left behind: their seams
# don't depend on the angle. Two draws stay worst.</details>
#
# ## 4. What else helps, and what one more label costs
#
# - **Pretrained weights.** Begin with a network that learned on many other images, and train on: **fine-tuning**.
#   [He et al. 2019](https://arxiv.org/abs/1811.08883) measure when it helps. With few labels try it first.
# - **Copy-paste** ([Ghiasi et al. 2021](https://arxiv.org/abs/2012.07177)). Cut a thing out by its mask, put it onto
#   another image, and onto its labels.
# - **Test-time augmentation.** Predict the image and its mirror image, mirror the second answer back, take the mean of
#   the probabilities. No training, and twice the time.
#
# *Predict:* which network gains from the mirror image, that from the goal, or one that was trained with flips?


# %% name="figure-paste" alt="A photograph of a cat with a coffee cup on its face, and its labels, in which the cup lies on the cat."
def paste(below, above, thing):
    """Put one thing of a sample onto another sample: image (3, H, W) and label map (H, W)."""
    mask = above["masks"][thing].bool()
    return [torch.where(mask, above[key], below[key]) for key in ("image", "label_map")]


pasted = paste(se.photo("chelsea", size=(150, 225), labels=True), photograph, 1)
title = "A cup pasted onto another photograph: are these labels true?"
se.show_row(pasted, ["image", "labels"], colors=se.Photos.colors, classes=se.Photos.classes, title=title)


# %% name="mirror"
def with_mirror(model, image):
    """Return the label map (H, W) of the mean of two predictions: of the image, and of its mirror image."""
    plain, mirrored = (se.predict(model, each, logits=True).softmax(dim=0) for each in (image, image.flip(-1)))
    return (plain + mirrored.flip(-1)).argmax(dim=0)


matrix = se.ConfusionMatrix(len(classes))
for sample in val:
    matrix.update(with_mirror(by_heart, sample["image"]), sample["label_map"])
print(f"network from the goal: {score(by_heart, val):.3f}, with its mirror image {matrix.mean_iou():.3f}")
se.results_table(stored("11_mirror"))

# %% [markdown]
# <details><summary>Answer</summary>Both, with each of three seeds: the first by 0.01 to 0.03, the second by 0.01. (By
# `… mirror`.) The pasted labels are true: what the cup hides is gone from them too.</details>
#
# The other way is a 33rd label. What does it cost?
#
# - [Cityscapes](https://arxiv.org/abs/1604.01685) reports about **1.5 hours** for one finely labeled image, with
#   quality control, and under 7 minutes for a coarse one. **We expect** 7,500 hours for 5,000 fine images.
# - [COCO](https://arxiv.org/abs/1405.0312) reports 22 worker hours for 1,000 masks. **We expect** 79 seconds per mask.
#
# With [CVAT](https://github.com/cvat-ai/cvat) or [labelme](https://github.com/wkentaro/labelme) one draws polygons. In
# **model-assisted annotation** a network proposes, a person corrects. Can the network say where to look? Its
# **uncertainty** at a pixel is one minus the probability of the class that it chose. We let the network from the goal
# label the 64 val images, and look at its least certain pixels first. By chance, 5 % of the pixels would hold 5 % of
# the mistakes. *Predict* the share.

# %% name="figure-assisted" alt="Uncertainty and error maps of two images. In the least certain one, bright areas of uncertainty cover many wrong pixels; in the most certain one outlines are faintly bright, while whole things are wrong where it is dark."
doubts, answers = [], []
for sample in val:
    logits = se.predict(by_heart, sample["image"], logits=True)
    doubts.append(1 - logits.softmax(dim=0).amax(dim=0))  # (H, W): 0 where the network is sure
    answers.append(logits.argmax(dim=0))
doubts, answers = torch.stack(doubts), torch.stack(answers)  # (64, H, W)
targets = torch.stack([sample["label_map"].as_subclass(torch.Tensor) for sample in val])
mistakes = ((answers != targets) & (targets != 255)).float()
ordered = mistakes.flatten()[doubts.flatten().argsort(descending=True)]
for share in (0.05, 0.1, 0.2):
    caught = ordered[: int(share * len(ordered))].sum() / ordered.sum()
    print(f"the least certain {share:.0%} of the pixels hold {caught:.0%} of the mistakes")
print(f"{mistakes[doubts < 0.1].sum() / mistakes.sum():.0%} of the mistakes are made with a probability above 0.9")
pictures, by_doubt = [], doubts.mean(dim=(1, 2)).argsort(descending=True).tolist()
for i in (by_doubt[0], by_doubt[-1]):
    pictures += [doubts[i], se.viz.error_map(val[i]["image"], targets[i], answers[i])]
names = ["least certain image: uncertainty", "its mistakes", "most certain image: uncertainty", "its mistakes"]
se.show_row(pictures, names, columns=2, limits=(0, 1), title="Does uncertainty point at the mistakes?")

# %% name="proof-costs" tags=["proof"]
assert (5_000 * 1.5, round(22 * 3600 / 1000)) == (7_500, 79)
if dataset == "scenes":
    held = [float(ordered[: int(share * len(ordered))].sum() / ordered.sum()) for share in (0.05, 0.1, 0.2)]
    assert held[0] > 0.25
    assert held[1] > 0.5
    assert held[2] > 0.8
    assert 0.1 < mistakes[doubts < 0.1].sum() / mistakes.sum() < 0.3

# %% [markdown]
# <details><summary>Answer</summary>On the scenes 34 %, and the least certain fifth of the pixels holds more than four
# fifths of the mistakes. But about one mistake in five is made *with confidence*. It is easily overlooked, and then it
# is in the training set.</details>
#
# ## Lab: 32 images, one change
#
# The **majority baseline** first. Then the network from the goal. Then the same network with the same steps, images and
# seed, and one change: each image is flipped by chance, and cropped to 40 × 56 by **your function** if it has passed.
# *Predict* both scores.


# %% name="settings"
still = {"scale": (1, 1), "color": 0.0}  # `se.Augment` flips half of the images
mild = {"scale": (0.85, 1.2), "color": 0.0}
bent = {"rotate": 5, "elastic": 2, "blur": 0.5, "noise": 0.03}
settings = {
    "none": None,
    "flip": se.Augment(**still),
    "flip, crop": se.Augment(**still, size=(40, 56)),
    "flip, zoom, crop": se.Augment(**mild),
    "flip, zoom, crop, color": se.Augment(**mild | {"color": 0.1}),
    "these, rotation, bending, blur, noise": se.Augment(**mild | {"color": 0.1}, **bent),
    "flip, any rotation": se.Augment(**still, rotate=180),
    "flip, color at full strength": se.Augment(**still | {"color": 1.0}),
}


# %% name="figure-history" alt="Three panels over the steps: the training loss, which falls, with the validation loss in the same range; the validation mean IoU, which rises; the learning rate, which rises, stays and falls."
def flip_and_crop(sample):
    """Flip by chance, then cut one window with your function."""
    flipped = settings["flip"](sample)  # one draw for both
    image, label_map = (flipped[key].as_subclass(torch.Tensor) for key in ("image", "label_map"))
    images, label_maps = paired_crops(image, label_map, (40, 56), 1)
    return {"image": images[0], "label_map": label_maps[0]}


crop = flip_and_crop if se.passed("11.paired_crops") else settings["flip, crop"]
augmented = trained(train, crop, val=val, validate_every=max(1, steps // 5))
se.plot_history(augmented.history)

# %% name="results"
most_frequent = int(torch.bincount(numbers[known]).argmax())
usual = se.ConfusionMatrix(len(classes))
for sample in val:
    usual.update(torch.full_like(sample["label_map"], most_frequent), sample["label_map"])
rows = [{"method": "most frequent class", "train mean IoU": None, "val mean IoU": usual.mean_iou()}]
for name, model in (("none", by_heart), ("flip, crop", augmented.model)):
    rows.append({"method": name, "train mean IoU": score(model, train), "val mean IoU": score(model, val)})
se.results_table(rows, best={"val mean IoU": "max"})

# %% name="proof-results" tags=["proof"]
if dataset == "scenes":
    assert abs(rows[1]["train mean IoU"] - 0.8) < 0.04
    assert abs(rows[1]["val mean IoU"] - 0.58) < 0.04
    assert rows[2]["val mean IoU"] > rows[1]["val mean IoU"] + 0.02
    assert rows[2]["train mean IoU"] < rows[1]["train mean IoU"]

# %% [markdown]
# <details><summary>Answer</summary>On the scenes the training score falls and the validation score rises: the gap
# shrinks from both sides.</details>
#
# **The worst predictions** of the network that was trained with crops:


# %% name="figure-worst" alt="Two rows of image, target, prediction, error: the two validation images with the largest share of wrong pixels; whole things have the class of others."
answers = [se.predict(augmented.model, sample["image"]) for sample in val]
wrong = [float(((answer != target) & (target != 255)).float().mean()) for answer, target in zip(answers, targets)]
worst = sorted(range(64), key=lambda i: wrong[i])[-1:-3:-1]
rows = [[val[i]["image"] for i in worst], [targets[i] for i in worst], [answers[i] for i in worst]]
title = "The two validation images with the most wrong pixels: what is mistaken for what?"
se.show_predictions(*rows, classes, colors, title=title)

# %% [markdown]
# ## Ablation
#
# Eight settings on the scenes, 300 steps each, then three of them with 1,200; three seeds
# (`python lectures/recipes/11_data_and_augmentation.py ablation` and `longer`; `train_anew` makes the eight here, with
# one seed). Two settings are meant to be wrong. *Predict:* which has the smallest gap, and is it the best? What do four
# times the steps change?


# %% name="figure-ablation" alt="Bars with a dot per seed. After 300 steps: none 0.58; flip 0.61; flip, crop 0.62; flip, zoom, crop 0.62; with color 0.61; with all others too 0.59; any rotation 0.52; color at full strength 0.40. After 1,200 steps: none 0.61; flip, crop 0.81; all 0.79."
def anew(name):
    """Train one setting here, with one seed, and return its row of the table."""
    model = trained(train, settings[name], progress=False).model
    known, new = score(model, train), score(model, val)
    scores = {"train mean IoU": known, "val mean IoU": new, "gap": known - new}
    return {"augmentation": name, "steps": steps, **scores, "seeds": [new]}


table = [anew(name) for name in settings] if train_anew else stored("11_augmentation") + stored("11_longer")
print(f"each row: {se.count_parameters(by_heart):,} parameters, {se.count_macs(by_heart, (1, 3, 48, 64)):,} MACs")
se.results_table(table, ["augmentation", "steps", "train mean IoU", "val mean IoU", "gap"])
names, seeds = [f"{row['steps']:,}: {row['augmentation']}" for row in table], [row["seeds"] for row in table]
xlabel = "validation mean IoU" if train_anew else "validation mean IoU (stored, scenes; a dot per seed)"
title = "Steps and augmentation: which pay, and which cost?"
se.comparison_bars(names, seeds, baseline=table[0]["val mean IoU"], baseline_name=names[0], xlabel=xlabel, title=title)

# %% name="proof-ablation" tags=["proof"]
if not train_anew:
    means = {row["augmentation"]: row["val mean IoU"] for row in table[:8]}
    assert [round(mean, 2) for mean in means.values()] == [0.58, 0.61, 0.62, 0.62, 0.61, 0.59, 0.52, 0.4]
    assert list(means) == list(settings)

# %% [markdown]
# <details><summary>Answer</summary>Color at full strength: a gap of 0.01, and the lowest score of all. After 1,200
# steps the 32 images are known by heart without augmentation, 1.00, and new ones gain little, 0.61. With flips and
# crops they reach 0.81, with all changes 0.79, less with each seed.</details>
#
# **The smallest gap isn't the aim.** A large one says: overfitting, give more variety. No gap and a low score say
# **underfitting**: too hard, or too little training.
#
# After 300 steps every seed gains with flips and crops, by 0.03 to 0.06, with zoom or without. The dots of the other
# mild settings overlap. Any rotation and full color are *worse than nothing*. A rotation by any angle makes streets
# that never come. On cells it would be right. After 1,200 steps flips and crops lead by 0.17 to 0.22: variety makes
# longer training pay.
#
# Does it hold for real images? Here are 32 frames of CamVid, with 300 steps and with four times as many (recipe:
# `camvid` and `longer_camvid`). *Predict* first.

# %% name="figure-camvid" alt="Five bars with a dot per seed, on CamVid. 300 steps: none 0.35; flip, crop 0.31; flip, zoom, crop 0.28. 1,200 steps: none 0.34; flip, crop 0.39."
streets = stored("11_camvid") + stored("11_longer_camvid")
se.results_table(streets, ["augmentation", "steps", "train mean IoU", "val mean IoU", "gap"])
names, seeds = [f"{row['augmentation']}, {row['steps']:,} steps" for row in streets], [row["seeds"] for row in streets]
xlabel, title = "validation mean IoU (stored, CamVid; a dot per seed)", "Does augmentation pay on 32 real frames?"
se.comparison_bars(names, seeds, xlabel=xlabel, title=title)

# %% [markdown]
# <details><summary>Answer</summary>After 300 steps no: every seed loses. The score on the *training* frames is 0.51,
# where the scenes had 0.81. Little is learned by heart yet, and harder images slow learning down. After 1,200 steps the
# order turns. Without augmentation the training score is 0.93 and the validation score stands still; with flips and
# crops every seed gains.</details>
#
# So look at both scores. And the validation frames are those seven seconds: the scores speak of this clip, not of
# streets.
#
# ## What goes wrong
#
# **Symptom.** Training is fine, validation is poor, and `v2` was called once, with both. **Cause.** The label map is a
# plain tensor. Beside an image, `v2` passes plain tensors through, untouched. **Fix.** `tv_tensors.Mask(label_map)`.

# %% name="wrong-plain"
for name, target in (("plain tensor", label_map), ("tv_tensors.Mask", tv_tensors.Mask(label_map))):
    mirrored, moved = v2.RandomHorizontalFlip(1.0)(scene["image"], target)
    right = (moved.as_subclass(torch.Tensor) == label_map.flip(-1)).float().mean()
    print(f"{name}: {100 * right:.0f} % of the labels lie on their pixels after a flip")

# %% [markdown]
# **Symptom.** The label map has three or four channels, or numbers that are no classes. **Cause.** It is a **palette
# PNG**, such as VOC's: each pixel is a class, and a table in the file gives each class a color. Who opens it as a
# picture gets the colors (`plt.imread`, `.convert("RGB")`). **Fix.** Open it with Pillow and convert nothing.

# %% name="wrong-palette"
picture = v2.functional.to_pil_image(label_map[None].byte())
picture.putpalette([value for color in scenes.colors for value in color])
for opened in (picture, picture.convert("RGB")):
    content = v2.functional.pil_to_tensor(opened)
    print(f"mode {opened.mode}: {tuple(content.shape)}, largest number {content.max()}")

# %% [markdown]
# **Symptom.** The corners of rotated images are predicted as sky. **Cause.** What comes in from outside is filled with
# 0, a class. **Fix.** Fill labels with void, 255, and tell the loss to ignore it.
#
# **Symptom.** Outlines are off by a pixel after shrinking. **Cause.** `v2.Resize` takes of a `Mask` the pixel under the
# output's *corner*, of an image a mix around its *center*. From nine pixels to three **we expect** 0, 3, 6 for labels.
# The centers are 1, 4, 7. **Fix.** Resize the labels in a call of their own, with `F.interpolate` and `nearest-exact`.

# %% name="figure-wrong" alt="A turned label map with corners of sky; the same with hatched corners; the pixels that are wrong after shrinking with nearest, along the outlines, and fewer with nearest-exact."
row = torch.arange(9.0).view(1, 1, 1, 9)
taken = {"v2.Resize, Mask": v2.Resize((1, 3))(tv_tensors.Mask(row)), "v2.Resize, image": v2.Resize((1, 3))(row)}
taken["nearest-exact"] = F.interpolate(row, size=(1, 3), mode="nearest-exact")
print({name: values.flatten().tolist() for name, values in taken.items()})
rotated = [v2.functional.rotate(scene["label_map"], 20.0, fill=fill).as_subclass(torch.Tensor) for fill in (0, 255)]
parts = F.one_hot(label_map, 10).movedim(-1, 0)[None].float()  # (1, 10, 96, 128)
most = F.interpolate(parts, size=(32, 43), mode="area").argmax(dim=1)[0]  # the class that covers most of a pixel
gray, errors = torch.full((3, 32, 43), 0.5), []
for mode in ("nearest", "nearest-exact"):
    errors.append(
        se.viz.error_map(gray, most, F.interpolate(label_map[None, None].float(), (32, 43), mode=mode)[0, 0].long())
    )
names = ["filled with 0", "filled with void", "nearest: wrong", "nearest-exact: wrong"]
se.show_row(
    [*rotated, *errors], names, colors=scenes.colors, title="Sky in the corners, and outlines that moved by a pixel"
)

# %% name="proof-wrong" tags=["proof"]
assert [taken[name].flatten().tolist() for name in ("v2.Resize, Mask", "nearest-exact")] == [[0, 3, 6], [1, 4, 7]]
assert ((rotated[0] == 0) & (rotated[1] == 255)).sum() > 500
maps = torch.stack([each["label_map"] for each in scenes]).as_subclass(torch.Tensor)
true = F.interpolate(F.one_hot(maps, 10).movedim(-1, 1).float(), size=(32, 43), mode="area").argmax(dim=1)
off = []
for mode in ("nearest", "nearest-exact"):
    off.append((F.interpolate(maps[:, None].float(), size=(32, 43), mode=mode)[:, 0] != true).float().mean())
assert off[0] > 2 * off[1]

# %% [markdown]
# ## Which one should I choose?
#
# Rows with a star were measured here.
#
# | your case | take | because |
# |---|---|---|
# | a large gap between train and val * | flip, crop; train longer | with each seed: scenes; CamVid, 1,200 steps |
# | the training score is low * | longer training *with* augmentation | CamVid: alone 0.35 to 0.34, with flips 0.39 |
# | few labels | pretrained weights, then fine-tuning | edges and textures were learned elsewhere |
# | cells, tissue, satellites | all flips, any rotation, bending | there is no up |
# | text, hands, organs with a side | no flips, or swap the labels too | a mirrored one is another class |
# | different cameras or daylight | color up to 0.3, if val gains | beyond, colors mislead * |
# | a better score, time to spare * | test-time augmentation | no training, twice the time |
# | nothing helps | more *different* images | no warp invents a class |
#
# ## Recap
#
# - The gap between known and new images is overfitting; only new images count.
# - Frames of one video belong in one split: split by frame, 0.72 was promised and 0.58 kept.
# - A warp is a table of where to look: the image bilinearly, labels at the nearest pixel, outside void.
# - Flips and crops raised 32 scenes' mean IoU from 0.58 to 0.62 after 300 steps, from 0.61 to 0.81 after 1,200; on
#   CamVid only then.
# - The least certain tenth of the pixels held more than half of the mistakes.
#
# **Formula card**
#
# | | |
# |---|---|
# | rotation by $\alpha$ around the center | look at $y\cos\alpha - x\sin\alpha,\; y\sin\alpha + x\cos\alpha$ |
# | resize from $n$ to $m$ | look at $(i + \tfrac12)\,n/m - \tfrac12$ |
# | correlation of images $a$, $b$ | $\sum \hat a\, \hat b$ with $\hat a = (a - \bar a) / \lVert a - \bar a\rVert$ |
# | uncertainty at a pixel | $1 - \max_c p_c$ |
#
# **Shapes card**
#
# | | |
# |---|---|
# | table of a warp | rows and columns, each $(h, w)$, float |
# | crops | images (count, 3, h, w), label maps (count, h, w) |
#
# ## Going further
#
# - [Ronneberger et al. 2015, U-Net](https://arxiv.org/abs/1505.04597): bending, with 30 labeled images.
# - [Northcutt et al. 2021, Pervasive label errors](https://arxiv.org/abs/2103.14749): test sets are wrong too.
# - [torchvision's transforms v2](https://docs.pytorch.org/vision/stable/transforms.html): boxes move along.
# - [Albumentations](https://github.com/albumentations-team/albumentations): more transforms; no longer maintained.
#
# **Next:** [13. U-Net](13_unet.ipynb): the network that we have used here without looking inside.
#
# ## Appendix: label maps in files
#
# <details><summary>Five forms in which labels are stored</summary>
#
# - **Index PNG** holds the label map itself, one byte per pixel, void as 255. A **palette PNG** is one with colors for
#   the eye.
# - **Color-coded PNG** holds three bytes per pixel. It needs a table of colors beside it.
# - **Run-length encoding**, RLE (COCO), holds the run lengths of one mask, *down the columns*, zeros first.
# - **Polygons** (COCO) hold corners $x, y$ on pixel edges. Parts, but no holes.
# - **Panoptic PNG** holds one segment id per pixel, $R + 256\,G + 256^2 B$; a list says what each segment is.
#
# The first two know no objects. A panoptic PNG knows them, but not what they hide. RLE and polygons keep overlaps, and
# have no void: COCO marks crowds in its place.
#
# </details>
#
# <details><summary>Six data sets, and their traps</summary>
#
# | data set | labeled images | classes | void | comes as | license |
# |---|---|---|---|---|---|
# | Cityscapes | 5,000 fine, 20,000 coarse | 30, 19 scored | yes | index PNG, polygons | non-commercial |
# | VOC 2012 | 1,464 train, 1,449 val | 20 + background | 255, seams | palette PNG | Flickr's |
# | ADE20K | 20,210 train, 2,000 val | 150, from 1 | 0 | index PNG | research |
# | COCO 2017 | 118,287 train, 5,000 val | 80 things, 53 stuff | crowds | RLE, polygons, ids | labels CC BY |
# | CamVid | 701 frames of video | 32, usually 11 | yes | color-coded PNG | non-commercial |
# | Oxford Pets | 7,349 | 1 pet, 2 background | 3, border | index PNG | CC BY-SA |
#
# Sources: [Cityscapes](https://arxiv.org/abs/1604.01685), [VOC](http://host.robots.ox.ac.uk/pascal/VOC/voc2012/),
# [ADE20K](https://arxiv.org/abs/1608.05442), [COCO](https://cocodataset.org/#format-data),
# [CamVid](http://mi.eng.cam.ac.uk/research/projects/VideoRec/CamVid/),
# [Pets](https://www.robots.ox.ac.uk/~vgg/data/pets/).
#
# </details>
#
# Someone saves a label map as a picture: each class in its color, as a JPEG of quality 95. *Predict* how many pixels
# keep the color of their class.


# %% name="figure-jpeg" alt="A scene's label map as an index PNG, almost black; color-coded; its JPEG, which looks the same; the pixels whose nearest color is another class's, mostly along road and poles."
import io

import matplotlib.pyplot as plt

coded = se.labels_to_colors(label_map, scenes.colors)  # (3, 96, 128), uint8
v2.functional.to_pil_image(coded).save(file := io.BytesIO(), "jpeg", quality=95)
jpeg = torch.tensor(plt.imread(io.BytesIO(file.getvalue()), "jpeg")).movedim(-1, 0)
palette = torch.tensor(scenes.colors).float()[:, :, None, None]  # (C, 3, 1, 1)
repaired = (jpeg - palette).square().sum(dim=1).argmin(dim=0)  # the class with the nearest color
print(f"{int((jpeg == coded).all(dim=0).sum())} of {label_map.numel():,} pixels have the color of their class")
print(f"repaired by the nearest color, {100 * (repaired != label_map).float().mean():.1f} % are wrong")
pictures = [label_map[None] / 255, coded / 255, jpeg / 255, se.viz.error_map(scene["image"], label_map, repaired)]
names = ["index PNG in a viewer", "color-coded PNG", "saved as JPEG", "nearest color: wrong"]
se.show_row(pictures, names, title="Which of these files is safe to train on?")

# %% name="proof-files" tags=["proof"]
assert (jpeg != coded).any(dim=0).float().mean() > 0.99
assert 200 < (repaired != label_map).sum() < 400
car_a = torch.tensor([[0, 0, 1, 0, 0], [0, 1, 1, 0, 0], [0, 0, 0, 0, 0]])
assert se.encode_rle(car_a, compress=False)["counts"] == [4, 1, 1, 2, 7]

# %% [markdown]
# <details><summary>Answer</summary>Hardly one in a hundred. JPEG rounds colors everywhere, and along outlines mixes
# them to another class's. **Masks are saved without loss.**</details>
#
# ### Exercises 11.4 and 11.5: run lengths
#
# By hand, a mask of 3 × 5 with ones at row 0, column 2 and row 1, columns 1 and 2. Read down the columns it is 0000 1 0
# 11 0000000. So its counts are 4, 1, 1, 2, 7.
#
# <div class="alert alert-info">
#
# **Task.** Write `rle_counts(mask)` for a bool mask $(H, W)$, without `se.encode_rle`. Return COCO's uncompressed
# counts, a list of ints: the lengths of the runs of 0 and 1 in turn, **down the columns** from left to right. The first
# is a run of 0; its length is 0 if the mask starts with a 1.
#
# What a right answer draws: `se.target("11.rle_counts")`.
# Stuck? `se.hint("11.rle_counts", 1)`, then 2, then 3.
#
# </div>


# %% name="exercise-rle-counts"
def rle_counts(mask):
    """mask (H, W), bool -> list of ints."""
    ### BEGIN SOLUTION
    values, lengths = torch.unique_consecutive(mask.T.flatten(), return_counts=True)
    return ([0] if values[0] else []) + lengths.tolist()
    ### END SOLUTION


# %% name="check-rle-counts"
passed = se.check("11.rle_counts", rle_counts)

# %% name="figure-rle-counts" alt="Seven bars. The car has 53 counts; a pyramid of 141 pixels has 39, a boulder of 141 pixels only 25."
masks = scene["masks"].as_subclass(torch.Tensor)
if passed:
    names = [f"{scenes.classes[label]}, {int(mask.sum())} pixels" for label, mask in zip(scene["labels"], masks)]
    title = "Your counts: two numbers for each run down a column, so wide things cost most"
    lengths = [len(rle_counts(mask)) for mask in masks]
    se.comparison_bars(names, lengths, number=".0f", xlabel="numbers in the list of counts", title=title)
else:
    se.target("11.rle_counts")

# %% name="proof-rle-counts" tags=["proof"]
told = {(name.split(",")[0], int(mask.sum())): length for name, mask, length in zip(names, masks, lengths)}
assert (told["car", 366], told["pyramid", 141], told["boulder", 141]) == (53, 39, 25)

# %% [markdown]
# <div class="alert alert-info">
#
# **Task.** Write the way back, `rle_mask(counts, size)`, without `se.decode_rle`, with `size` as COCO writes it:
# [height, width]. Return the bool mask $(H, W)$.
#
# What a right answer draws: `se.target("11.rle_mask")`.
# Stuck? `se.hint("11.rle_mask", 1)`, then 2, then 3.
#
# </div>


# %% name="exercise-rle-mask"
def rle_mask(counts, size):
    """counts: list of ints, size [H, W] -> mask (H, W), bool."""
    ### BEGIN SOLUTION
    values = torch.arange(len(counts)) % 2 == 1
    bits = values.repeat_interleave(torch.tensor(counts))
    return bits.view(size[1], size[0]).T
    ### END SOLUTION


# %% name="check-rle-mask"
passed = se.check("11.rle_mask", rle_mask)

# %% name="figure-rle-mask" alt="Left the mask of a car. Right the same runs laid along the rows: dashes over a band of the image."
if passed:
    counts = se.encode_rle(masks[masks.sum(dim=(1, 2)).argmax()], compress=False)["counts"]
    pictures = [rle_mask(counts, [96, 128]), rle_mask(counts, [128, 96]).T]  # the same row of pixels, laid out by rows
    names = ["your mask", "the same counts, laid out by rows"]
    se.show_row(pictures, names, title="Read in the wrong order the counts still fit, and the car is dust")
else:
    se.target("11.rle_mask")
