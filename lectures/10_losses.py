# %% [markdown] name="front"
# # 10. Losses
#
# {{colab_badge}}
#
# **Question.** What should a network minimize, if the class that matters has few pixels?
#
# **You will be able to**
#
# - say which pixels a loss pushes on, and how hard,
# - choose class weights from counts, and know their price,
# - write the focal loss and soft Dice, and explain their $\gamma$ and $\varepsilon$,
# - find out why a loss falls while the IoU stays 0.
#
# **Prerequisites.** [9. Metrics](09_metrics.ipynb): confusion matrix, IoU and Dice. Cross-entropy per pixel:
# [2. From classifying an image to classifying a pixel](02_pixel_classification.ipynb).
#
# **Time.** Reading {{reading}} min · playing 10 min · exercises 60 min.

# %% name="setup"
import sys

if "google.colab" in sys.modules:  # Colab fetches the course; elsewhere it is installed already
    import subprocess

    subprocess.run(["pip", "install", "-q", "git+https://github.com/{{repository}}"], check=True)
import torch
import torch.nn.functional as F

import segedu as se

se.setup(seed=0)

# %% name="parameters" tags=["parameters"]
dataset = "scenes"  # or "camvid": the rare class is then the one with the fewest pixels
root = None  # the folder of a real data set; None: where `segedu data fetch` puts it
steps = 150  # of each training; also of the stored ones in the ablation
train_anew = False  # True: train the whole table of the ablation here, about 4 minutes on a CPU

# %% [markdown]
# ## The goal
#
# Meadows with one to three sheep in each scene. A small U-Net is trained on them with the loss that everyone
# takes first: cross-entropy. It is the mean, over pixels, of $-\log p$ of the right class.
#
# *Predict:* seven pixels in a thousand are sheep. What will the network make of them?


# %% name="data"
dials = {"rare": 1.0, "objects": (1, 3), "look_alikes": 0.0} if dataset == "scenes" else {"root": root}


def load(split, length):
    data = se.load_dataset(dataset, split, size=(48, 64), **dials)
    return data, [data[i] for i in range(min(length, len(data)))]


(data, train), (_, val) = load("train", 128), load("val", 48)
label_maps = torch.stack([sample["label_map"] for sample in train]).as_subclass(torch.Tensor)
counts = torch.bincount(label_maps[label_maps != 255], minlength=data.num_classes)
rare = int(counts.where(counts > 0, counts.max()).argmin())  # the class with the fewest pixels


# %% name="training"
def trained(loss, seed=0, **options):
    with se.seeded(seed):
        network = se.UNet(3, data.num_classes, width=8, depth=3)
    return se.fit(network, train, loss=loss, steps=steps, batch=8, lr=1e-2, seed=seed, **options)


def score(matrix):
    hits, found = matrix.counts[rare, rare].item(), matrix.counts[:, rare].sum().item()
    shares = {"precision": hits / max(found, 1), "recall": hits / matrix.counts[rare].sum().item()}
    return {"mean IoU": matrix.mean_iou(), "rare IoU": matrix.iou()[rare].item(), **shares}


# %% name="figure-goal" alt="Two scenes in rows of image, target, prediction, error. Sky, meadow and road are right. Where the target has sheep, cars and stones, the prediction has meadow and patches of road."
plain = trained(se.CrossEntropy())
print(f"{100 * counts[rare] / counts.sum():.1f} % of the pixels are {data.classes[rare]}")
plain_matrix = plain.evaluate(val)
mask_sizes = [int((sample["label_map"] == rare).sum()) for sample in val]
shown = torch.tensor(mask_sizes).argsort(descending=True, stable=True)[:2].tolist()


def draw(model, indices, **text):
    images, targets = zip(*[(val[i]["image"], val[i]["label_map"]) for i in indices], strict=True)
    guesses = [se.predict(model, image) for image in images]
    se.show_predictions(images, targets, guesses, data.classes, data.colors, **text)


draw(plain.model, shown, title="Trained with cross-entropy: most pixels are right, and no pixel is called sheep")
rare_iou = score(plain_matrix)["rare IoU"]
print(f"accuracy {plain_matrix.pixel_accuracy():.3f}, IoU of {data.classes[rare]} {rare_iou:.3f}")
if dataset == "scenes":
    assert rare_iou < 0.02
    assert plain_matrix.pixel_accuracy() > 0.85

# %% [markdown]
# Nine of ten pixels are right, and no pixel is called sheep; cars fare no better. The network isn't broken, and sheep
# aren't hard to see. It did what it was told: the mean over pixels is small. To see why, we look at what a loss does to
# a network. It *pushes*: the gradient at a pixel's logit says in which direction, and how hard.
#
# ## 1. What cross-entropy pushes on
#
# A field of ten pixels with one sheep. Let $p$ be the predicted probability of "sheep", the sigmoid of a logit $z$, and
# $t$ the target, 0 or 1. The pixel's loss is $-\log p$ where $t = 1$, and $-\log(1 - p)$ elsewhere. Both cases have
# the same gradient:
#
# $$\frac{\partial \ell}{\partial z} = p - t$$
#
# By hand: let the network say $p = 0.1$ everywhere. **We expect** a push of $+0.1$ in nine pixels, down towards "no
# sheep", and of $-0.9$ in one, up. What is their sum?

# %% name="figure-pushes" alt="Three grids of 2 × 5: the target with a one in row 1, column 2; p is 0.1 everywhere; the gradient is 0.1 in nine cells and −0.9 in the sheep's."
field = torch.zeros(2, 5, dtype=torch.long)
field[1, 2] = 1  # the sheep
z = torch.full((2, 5), 0.1).logit().requires_grad_()
F.binary_cross_entropy_with_logits(z, field.float(), reduction="sum").backward()
torch.testing.assert_close(z.grad, 0.1 - field.float())
assert z.grad.sum().abs() < 1e-6
se.matrix_figure(
    [field, z.detach().sigmoid(), z.grad],
    ["target", "p", "gradient: p − t"],
    symbols=["", "→"],
    highlight={0: (1, 2, 1, 1), 1: (1, 2, 1, 1), 2: (1, 2, 1, 1)},
    title="Nine small pushes down hold one large push up: cross-entropy rests at p = 0.1",
)

# %% [markdown]
# The sum is 0. A network that can't tell these ten pixels apart rests at $p = 0.1$: the **share** of the class. That is
# honest, since one in ten *is* a sheep. But `argmax` asks whether $p > 0.5$, so the answer is "no sheep", ten times.
# To do better the network must learn what a sheep looks like. Early in training few pixels tell it to.
#
# With $C$ classes, $p_c$ from the softmax over the logits $(N, C, H, W)$, $y_i$ the label of pixel $i$ and $w$ a weight
# for each class:
#
# $$\text{CE} = \frac{\sum_i w_{y_i} \left(-\log p_{i, y_i}\right)}{\sum_i w_{y_i}}$$
#
# Both sums leave void out. For now all weights are 1. **We expect** equality with torch, for random weights too.


# %% name="cross-entropy"
def cross_entropy(logits, target, weights):
    """logits (N, C, H, W), target (N, H, W), weights (C,) -> Σ w·(−log p) / Σ w."""
    valid = target != 255
    labels = target.where(valid, 0)
    log_p = logits.log_softmax(dim=1).gather(1, labels[:, None])[:, 0]  # (N, H, W)
    w = weights[labels] * valid
    return -(w * log_p).sum() / w.sum()


for seed in range(20):
    with se.seeded(seed):
        logits, weights = torch.randn(2, 4, 5, 7), torch.rand(4)
        labels = torch.randint(4, (2, 5, 7)).masked_fill(torch.rand(2, 5, 7) < 0.2, 255)
    expected = F.cross_entropy(logits, labels, weights, ignore_index=255)
    torch.testing.assert_close(cross_entropy(logits, labels, weights), expected)
    torch.testing.assert_close(se.CrossEntropy(weights)(logits, labels), expected)

# %% [markdown]
# ## 2. Class weights
#
# The first cure: let each sheep pixel count as nine. In the field, nine pushes of $1 \cdot p$ then meet one of
# $9 \cdot (1 - p)$. **We expect** rest at $p = 0.5$: sheep and field have equal say.
#
# Which weights? Let $f_c$ be the share of class $c$ among all labeled pixels. **Inverse frequency** is $1/f_c$.
# **Median frequency** is $\text{median}(f)/f_c$: the class in the middle has weight 1. By hand, for 90, 9 and 1 pixels
# the median is 9. **We expect** 0.1, 1 and 9. Inverse: 1.11, 11.1 and 100, which the package scales to mean 1.

# %% name="weights"
by_hand = 9 / torch.tensor([90.0, 9, 1])
torch.testing.assert_close(by_hand, torch.tensor([0.1, 1, 9]))
torch.testing.assert_close(se.losses.class_weights([90, 9, 1], "median"), by_hand)
inverse = 100 / torch.tensor([90.0, 9, 1])
torch.testing.assert_close(se.losses.class_weights([90, 9, 1], "inverse"), inverse / inverse.mean())
for rule in ("median", "inverse", "root"):
    print(f"{rule:8}", [round(weight, 3) for weight in se.losses.class_weights([90, 9, 1], rule).tolist()])

# %% [markdown]
# *Look again:* both rules are $1/f_c$ times a number. The mean divides by $\sum w$, so this number cancels. Inverse
# and median frequency are **the same loss** here. **Root**, $1/\sqrt{f_c}$, is a softer rule. How much say has each
# class of our scenes, $w_c f_c / \sum w f$?

# %% name="figure-say" alt="Bars of each class's share. Without weights meadow has 43 percent and sheep 0.7. With root weights the differences are smaller. With median weights each class has a tenth."
with se.seeded(0):
    logits, labels = torch.randn(2, data.num_classes, 5, 7), torch.randint(data.num_classes, (2, 5, 7))
both = [se.CrossEntropy(se.losses.class_weights(counts, rule))(logits, labels) for rule in ("median", "inverse")]
torch.testing.assert_close(*both)
present = counts > 0
names = [name for name, there in zip(data.classes, present) if there]
say = {"no weights": counts[present] / counts.sum()}
for rule in ("root", "median"):
    shares = (se.losses.class_weights(counts, rule) * counts)[present]
    say[rule] = shares / shares.sum()
torch.testing.assert_close(say["median"], torch.full_like(say["median"], 1 / len(names)))
se.comparison_bars(
    names,
    say,
    number=".1%",
    xlabel="share in the weighted mean",
    title="Without weights four classes have less than 2 % of the say each; by frequency, all have a tenth",
)

# %% [markdown]
# Weights have two prices. The network now says "sheep" as soon as one in ten pixels that look so is one. So false
# alarms grow. And a class of three pixels gets a weight in the thousands: three labels then steer a tenth of the loss.
# So weights are bounded.
#
# ### Exercise 10.1: choose weights
#
# <div class="alert alert-info">
#
# **Task.** Write `choose_weights(label_maps, num_classes, largest)`, without `se`. `label_maps` is an int64 tensor
# $(N, H, W)$ with void 255. Return median-frequency weights, a float tensor $(C,)$. A class's frequency is its share of
# all labeled pixels; the median runs over the classes that occur (of an even number, the mean of the middle two). A
# weight is at most `largest` (what exceeds it is cut off), and 0 for a class that doesn't occur, the last one too.
#
# What a right answer draws: `se.target("10.choose_weights")`.
# Stuck? `se.hint("10.choose_weights", 1)`, then 2, then 3.
#
# </div>


# %% name="exercise-choose-weights"
def choose_weights(label_maps, num_classes, largest):
    """label_maps (N, H, W), void 255 -> weights (C,), float."""
    ### BEGIN SOLUTION
    counts = torch.bincount(label_maps[label_maps != 255], minlength=num_classes).float()
    middle = counts[counts > 0].quantile(0.5)
    return torch.where(counts > 0, (middle / counts).clamp(max=largest), 0)
    ### END SOLUTION


# %% name="check-choose-weights"
passed = se.check("10.choose_weights", choose_weights)

# %% name="figure-choose-weights" alt="Bars of the weights of ten classes, counted in all images, in the first few, and in these with a bound."
if passed:
    first = label_maps[:2]
    se.comparison_bars(
        data.classes,
        {
            "all images": choose_weights(label_maps, data.num_classes, largest=1000.0),
            "the first two": choose_weights(first, data.num_classes, largest=1000.0),
            "the first two, at most 10": choose_weights(first, data.num_classes, largest=10.0),
        },
        number=".1f",
        xlabel="class weight",
        title="Counted in few images, weights depend on luck; a bound keeps them sane",
    )
else:
    se.target("10.choose_weights")

# %% [markdown]
# ## 3. Focal loss: forget what is learned
#
# Weights know a pixel's class. They don't know whether it is *learned*. In the middle of a meadow $p = 0.99$ soon, and
# there are thousands of such pixels: each pushes little, all together push much. The **focal loss** turns them down:
#
# $$\text{FL} = (1 - p)^\gamma \left(-\log p\right)$$
#
# $p$ is the probability of the right class, $\gamma \ge 0$ the focus; $\gamma = 0$ is cross-entropy. By hand, with
# $\gamma = 2$: for $p = 0.9$ the factor is $0.1^2 = 0.01$; for $p = 0.1$ it is $0.9^2 = 0.81$. **We expect**
# $0.01 \cdot 0.105 = 0.0011$ and $0.81 \cdot 2.303 = 1.865$. Cross-entropy rates the second pixel 22 times the first;
# focal?

# %% name="figure-focal" alt="Four curves over p. Cross-entropy's push falls in a straight line from 1 to 0. With γ = 2 it is a little larger for small p and near 0 beyond 0.8. With γ = 5 it is near 0 beyond 0.6."
p = torch.tensor([0.9, 0.1])
ce, focal = -p.log(), (1 - p) ** 2 * -p.log()
torch.testing.assert_close(focal, torch.tensor([0.00105, 1.8651]), atol=1e-4, rtol=0)
print(f"hard : easy = {ce[1] / ce[0]:.0f} : 1 with cross-entropy, {focal[1] / focal[0]:.0f} : 1 with focal loss")
p = torch.linspace(0.01, 0.99, 99)
pushes = {}
for gamma in (0, 1, 2, 5):
    z = p.logit().requires_grad_()
    ((1 - z.sigmoid()) ** gamma * -F.logsigmoid(z)).sum().backward()
    pushes[f"γ = {gamma}" + (" (cross-entropy)" if gamma == 0 else "")] = z.grad.abs()
assert pushes["γ = 2"][-10] < 0.06 * pushes["γ = 0 (cross-entropy)"][-10]
se.curve(
    p,
    pushes,
    "p of the right class",
    "size of the gradient at the logit",
    "The larger γ, the less a learned pixel (p near 1) pushes",
    markers=False,
)

# %% [markdown]
# Focal loss was made for detection, where one class, "nothing", is both frequent *and* easy. It doesn't know classes: a
# *hard* frequent pixel keeps its say. In the field of ten it rests at $p = 0.31$, still "no sheep".
#
# ### Exercise 10.2: focal loss
#
# <div class="alert alert-info">
#
# **Task.** Write `focal_loss(logits, target, gamma)` for logits $(N, C, H, W)$ and labels $(N, H, W)$ with void 255:
# the mean of $(1 - p)^\gamma (-\log p)$ over all pixels of the batch that aren't void (there is at least one), a scalar
# tensor. It must stay right for large logits, in the hundreds. The check compares its gradient by `logits`, too, that
# of the factor included. $\gamma$ is 0 or at least 1: in between, the slope of $(1 - p)^\gamma$ is infinite at $p = 1$,
# and a loss has to keep $p$ from it. Do it without `se`.
#
# What a right answer draws: `se.target("10.focal_loss")`.
# Stuck? `se.hint("10.focal_loss", 1)`, then 2, then 3.
#
# </div>


# %% name="exercise-focal-loss"
def focal_loss(logits, target, gamma):
    """logits (N, C, H, W), target (N, H, W) -> scalar tensor."""
    ### BEGIN SOLUTION
    loss = F.cross_entropy(logits, target, ignore_index=255, reduction="none")  # −log p, (N, H, W), void 0
    p = torch.exp(-loss)
    return ((1 - p) ** gamma * loss).sum() / (target != 255).sum()
    ### END SOLUTION


# %% name="check-focal-loss"
passed = se.check("10.focal_loss", focal_loss)

# %% name="figure-focal-loss" alt="Two curves over γ from 0 to 5, on the trained network's validation scenes. The share of right pixels falls to near 0. The sheep's share rises."
val_logits = torch.stack([se.predict(plain.model, sample["image"], logits=True) for sample in val])  # (48, C, H, W)
val_maps = torch.stack([sample["label_map"] for sample in val]).as_subclass(torch.Tensor)
if passed:
    gammas = [0, 0.5, 1, 1.5, 2, 3, 4, 5]
    groups = {"right pixels": val_logits.argmax(1) == val_maps, data.classes[rare]: val_maps == rare}
    shares = {name: [] for name in groups}
    for gamma in gammas:
        total = focal_loss(val_logits, val_maps, gamma) * (val_maps != 255).sum()
        for name, group in groups.items():
            part = focal_loss(val_logits, val_maps.where(group, 255), gamma) * group.sum()
            shares[name].append((part / total).item())
    assert shares["right pixels"][4] < 0.5 * shares["right pixels"][0]
    assert shares[data.classes[rare]][4] > shares[data.classes[rare]][0]
    se.curve(
        gammas,
        shares,
        "γ",
        "share of the loss",
        "With γ = 2 pixels that are right already hardly count, and the sheep count more",
    )
else:
    se.target("10.focal_loss")

# %% [markdown]
# ## 4. Soft Dice: overlap as a loss
#
# We score with IoU and Dice, so why not minimize $1 - \text{Dice}$? Because sets have no gradient. Replace "pixel is in
# the prediction" by $p$:
#
# $$\text{soft Dice} = \frac{2 \sum p\,t + \varepsilon}{\sum p + \sum t + \varepsilon}
# \qquad \text{loss} = 1 - \text{soft Dice}$$
#
# For now $\varepsilon = 0$. By hand, the field with $p = 0.1$ everywhere: $\sum p\,t = 0.1$, $\sum p = 1$,
# $\sum t = 1$. **We expect** a Dice of $0.2/2 = 0.1$. Its gradient in $p$ is
# $\left(2 \sum p\,t - 2\,t\,(\sum p + \sum t)\right) / (\sum p + \sum t)^2$: **we expect**
# $0.2/4 = +0.05$ in nine pixels and $(0.2 - 4)/4 = -0.95$ at the sheep.


# %% name="figure-dice" alt="Three grids of 2 × 5: the target; p is 0.1 everywhere; the gradient is 0.05 in nine cells and −0.95 in the sheep's."
def dice_loss(p, t, epsilon=0.0):
    return 1 - (2 * (p * t).sum() + epsilon) / (p.sum() + t.sum() + epsilon)


p = torch.full((2, 5), 0.1, requires_grad=True)
loss = dice_loss(p, field)
loss.backward()
torch.testing.assert_close(loss.item(), 0.9)
torch.testing.assert_close(p.grad, torch.where(field == 1, -0.95, 0.05))
se.matrix_figure(
    [field, p.detach(), p.grad],
    ["target", "p", "gradient of 1 − Dice"],
    symbols=["", "→"],
    highlight={0: (1, 2, 1, 1), 1: (1, 2, 1, 1), 2: (1, 2, 1, 1)},
    title="Where cross-entropy rests, the sheep's Dice still pushes up: the sum of its pushes is −0.5",
)

# %% [markdown]
# Nine times $0.05$ is $0.45$, against $0.95$: no rest at the share of the class. The number of meadow pixels is
# nowhere in the fraction. Only pixels that are sheep, or called sheep, are. On a prediction of zeros and ones, $p$ *is*
# a set. **We expect** exactly 1 − the Dice of lecture 9, and equality with the package for soft $p$.

# %% name="dice-hard"
for seed in range(50):
    with se.seeded(seed):
        hard, target, z = torch.randint(2, (5, 7)), torch.randint(2, (5, 7)), torch.randn(1, 1, 5, 7)
    true_dice = se.ConfusionMatrix(2).update(hard, target).dice()[1]
    torch.testing.assert_close(dice_loss(hard, target).double(), 1 - true_dice)
    expected = se.losses.BinarySoftDice(1.0)(z, target[None])
    torch.testing.assert_close(dice_loss(z[0, 0].sigmoid(), target, 1.0), expected)

# %% [markdown]
# ### What ε is for
#
# An image without sheep: $\sum p\,t = 0$ and $\sum t = 0$. Without $\varepsilon$ the loss is 1, whether the network
# claims three sheep pixels or three hundred. A constant has no gradient, so nothing is learned. With
# $\varepsilon = 1$ and three pixels: $1 - 1/(3 + 1)$, **we expect** 0.75; with none, 0.
#
# It has a price. An object of $T$ pixels that is *missed* costs $1 - \varepsilon/(T + \varepsilon)$. For
# $\varepsilon = 1$ and $T = 1$, 10, 100 **we expect** 0.5, 0.91, 0.99: a tiny object is half forgiven. $\varepsilon$
# is a number of *pixels*. Keep it below the size of what you look for.

# %% name="figure-epsilon" alt="Three curves over 1 to 30 pixels. Without ε the loss is 1 throughout. With ε = 1 it rises from 0.5 to 0.97, with ε = 10 from 0.09 to 0.75."
empty, three = torch.zeros(100), (torch.arange(100) < 3).float()
torch.testing.assert_close([dice_loss(three, empty, e).item() for e in (0.0, 1.0)], [1.0, 0.75])
missed = [dice_loss(empty, (torch.arange(100) < size).float(), 1.0).item() for size in (1, 10, 100)]
torch.testing.assert_close(missed, [0.5, 10 / 11, 100 / 101])
claimed = torch.arange(1, 31)
se.curve(
    claimed,
    {f"ε = {e}": [dice_loss(torch.ones(n), torch.zeros(n), e).item() for n in claimed] for e in (0, 1, 10)},
    "wrongly claimed pixels in an image without the object",
    "1 − Dice",
    "Without ε every prediction on an empty image costs 1; with it, silence is right",
    markers=False,
)

# %% [markdown]
# ### What each loss believes when it knows nothing
#
# A field of 100 pixels with 10 sheep pixels, and one constant $p$ for all. Which $p$ does each loss like best? For
# cross-entropy we found the share, 0.1; with weights 0.5. *Predict* it for focal loss, for the sheep's Dice alone, and
# for the mean of the Dice of both classes.

# %% name="figure-constants" alt="Five curves over p from 0 to 1. Cross-entropy has its minimum at 0.1, weighted at 0.5, focal at 0.31; the sheep's Dice falls to the right end, the mean Dice of both classes has its minimum at 0.1."
target, p = (torch.arange(100) < 10).long(), torch.linspace(0.01, 0.99, 99)
pair = torch.stack([(1 - p).log(), p.log()], dim=1)[:, :, None, None].expand(-1, -1, 1, 100)  # logits (99, 2, 1, 100)
asked = {
    "cross-entropy": se.CrossEntropy(),
    "weighted": se.CrossEntropy([1.0, 9.0]),
    "focal, γ = 2": se.losses.Focal(2.0),
    "Dice of the object": lambda logits, t: dice_loss(logits.softmax(1)[:, 1], t, 1.0),
    "mean Dice of both": se.losses.SoftDice(epsilon=0.0),
}
answers = {name: torch.stack([loss(each[None], target[None, None]) for each in pair]) for name, loss in asked.items()}
best = {name: round(p[values.argmin()].item(), 2) for name, values in answers.items()}
assert list(best.values()) == [0.1, 0.5, 0.31, 0.99, 0.1]
se.curve(
    p,
    {f"{name}: {best[name]}": values.clamp(max=1.6) for name, values in answers.items()},
    "one p for all 100 pixels, 10 of them sheep",
    "loss (cut off at 1.6)",
    "Cross-entropy believes the share; the sheep's Dice alone would call everything sheep",
    markers=False,
)

# %% [markdown]
# The Dice of one object has no honest doubt: it drives $p$ to 0 or 1. Do *not* read its probabilities as chances.
# $\varepsilon$ decides which: at $p = 0$ Dice rises if $2T(T + \varepsilon) > \varepsilon N$, for $T$ object pixels of
# $N$. With 10 of 100 and $\varepsilon = 1$, 220 is above 100. With *five*, 60 is not: the best constant is "no sheep".
#
# With several classes, each class has its own fraction, and the loss is 1 − their mean. Now the background's Dice pulls
# down as hard as the sheep's pulls up: the mean of both rests at 0.1 again. A network that can't tell pixels apart
# gains nothing. One that begins to gains much: a class of a few pixels counts as much as the sky, so class weights are
# built in. The sums run over **all images of the batch**.
#
# ### Exercise 10.3: soft Dice
#
# <div class="alert alert-info">
#
# **Task.** Write `soft_dice(logits, target, epsilon)` for logits $(N, C, H, W)$ and labels $(N, H, W)$ with void 255:
# 1 − the mean over all $C$ classes of soft Dice, each summed over the pixels of the whole batch, a scalar tensor. Void
# pixels are in no sum; a class may be absent, and all pixels void. It must stay right for large logits, in the
# hundreds. The check compares its gradient by `logits`, too. Do it without `se`.
#
# What a right answer draws: `se.target("10.soft_dice")`.
# Stuck? `se.hint("10.soft_dice", 1)`, then 2, then 3.
#
# </div>


# %% name="exercise-soft-dice"
def soft_dice(logits, target, epsilon):
    """logits (N, C, H, W), target (N, H, W) -> scalar tensor."""
    ### BEGIN SOLUTION
    valid = (target != 255)[:, None]  # (N, 1, H, W)
    t = F.one_hot(target.where(target != 255, 0), logits.shape[1]).movedim(-1, 1) * valid
    p = logits.softmax(dim=1) * valid
    overlap, sizes = (p * t).sum((0, 2, 3)), (p + t).sum((0, 2, 3))  # (C,)
    return 1 - ((2 * overlap + epsilon) / (sizes + epsilon)).mean()
    ### END SOLUTION


# %% name="check-soft-dice"
passed = se.check("10.soft_dice", soft_dice)

# %% [markdown]
# What would it be *worth* to find all sheep? Take the trained network's logits and put the right answer into the
# pixels of each class in turn. By how much does each loss fall?

# %% name="figure-soft-dice" alt="Bars for each class: the share by which each loss falls if its pixels were right. For meadow cross-entropy falls by 18 percent, Dice by 5; for sheep cross-entropy by 7, Dice by 15."
if passed:
    worth = {"cross-entropy": [], "soft Dice": []}
    truth = 20.0 * F.one_hot(val_maps.where(val_maps != 255, 0), data.num_classes).movedim(-1, 1)
    for c in present.nonzero().flatten():
        known = val_logits.where((val_maps != c)[:, None], truth)
        for name, loss in (("cross-entropy", F.cross_entropy), ("soft Dice", lambda x, t: soft_dice(x, t, 1.0))):
            ignore = {"ignore_index": 255} if name == "cross-entropy" else {}
            before = loss(val_logits, val_maps, **ignore)
            worth[name].append(((before - loss(known, val_maps, **ignore)) / before).item())
    if dataset == "scenes":
        assert worth["soft Dice"][rare] > 1.5 * worth["cross-entropy"][rare]
    se.comparison_bars(
        names,
        worth,
        number=".0%",
        xlabel="fall of the loss if all pixels of this class were right",
        title="Cross-entropy pays by pixels, Dice by classes",
    )
else:
    se.target("10.soft_dice")

# %% [markdown]
# <div class="alert alert-success">
#
# **Checkpoint.** Cross-entropy asks each pixel, so a class speaks by its share. Weights change the shares. Focal loss
# silences what is learned. Dice asks each class.
#
# </div>
#
# ## 5. Choosing the mistake you fear
#
# Dice rates a missed pixel and a false alarm alike. **Tversky** gives each its price:
#
# $$\text{Tversky} = \frac{TP + \varepsilon}{TP + \alpha\,FP + \beta\,FN + \varepsilon}$$
#
# $TP = \sum p\,t$, $FP = \sum p\,(1 - t)$, $FN = \sum (1 - p)\,t$. With $\alpha = \beta = \tfrac12$ it is Dice.
# By hand, a target of 4 pixels. One prediction finds all and adds 4; another finds 2 and adds none. Dice: $8/12$ and
# $4/6$, the same. With $\alpha = 0.3$, $\beta = 0.7$ **we expect** $4/5.2 = 0.77$ and $2/3.4 = 0.59$: a miss costs
# more.
#
# **Lovász** goes for the IoU itself. Sort the pixels' errors $|t - p|$ downwards; let them join the set of mistakes one
# by one. Each error is weighted by how much $1 - \text{IoU}$ grows when its pixel joins. By hand: targets 1, 1, 0 with
# $p = 0.8$, 0.4, 0.3 have errors 0.2, 0.6, 0.3. The order is second, third, first; $1 - \text{IoU}$ goes 1/2, 2/3, 1.
# **We expect** $0.6 \cdot \tfrac12 + 0.3 \cdot \tfrac16 + 0.2 \cdot \tfrac13 = 0.417$. On zeros and
# ones it is $1 - \text{IoU}$; with two classes the mean of both equals the package.


# %% name="tversky-lovasz"
def tversky(p, t, alpha, beta):
    hits, alarms, misses = (p * t).sum(), (p * (1 - t)).sum(), ((1 - p) * t).sum()
    return hits / (hits + alpha * alarms + beta * misses)


def lovasz(p, t):
    errors, order = (t - p).abs().sort(descending=True)
    t = t[order]
    grown = 1 - (t.sum() - t.cumsum(0)) / (t.sum() + (1 - t).cumsum(0))  # 1 − IoU after each pixel
    return (errors * torch.diff(grown, prepend=torch.zeros(1))).sum()


target = torch.tensor([1.0, 1, 1, 1, 0, 0, 0, 0])
more, less = torch.ones(8), (torch.arange(8) < 2).float()
torch.testing.assert_close(tversky(more, target, 0.5, 0.5), tversky(less, target, 0.5, 0.5))
torch.testing.assert_close(tversky(more, target, 0.3, 0.7), torch.tensor(4 / 5.2))
torch.testing.assert_close(tversky(less, target, 0.3, 0.7), torch.tensor(2 / 3.4))
by_hand = lovasz(torch.tensor([0.8, 0.4, 0.3]), torch.tensor([1.0, 1, 0]))
torch.testing.assert_close(by_hand.item(), 0.6 / 2 + 0.3 / 6 + 0.2 / 3)
for seed in range(50):
    with se.seeded(seed):
        hard, target, p = torch.randint(2, (35,)), torch.randint(2, (35,)), torch.rand(35)
    iou = se.ConfusionMatrix(2).update(hard.view(5, 7), target.view(5, 7)).iou()[1]
    torch.testing.assert_close(lovasz(hard.float(), target.float()), 1 - iou.float())
    pair = torch.stack([1 - p, p]).log().view(1, 2, 5, 7)
    both = (lovasz(p, target.float()) + lovasz(1 - p, 1 - target.float())) / 2
    torch.testing.assert_close(se.losses.LovaszSoftmax()(pair, target.view(1, 5, 7)), both)

# %% [markdown]
# ### What does each loss push on?
#
# Now all of them side by side, as value and gradient. One sheep pixel of the field has probability $p$; the other nine
# pixels stay at 0.1.

# %% name="figure-values"
probabilities = torch.linspace(0.02, 0.98, 49)
field_losses = {
    "cross-entropy": se.CrossEntropy(),
    "weighted": se.CrossEntropy([1.0, 9.0]),
    "focal, γ = 2": se.losses.Focal(2.0),
    "soft Dice, ε = 0": se.losses.SoftDice(epsilon=0.0),
    "Lovász": se.losses.LovaszSoftmax(),
}
values, slopes = ({name: [] for name in field_losses} for _ in range(2))
for probability in probabilities:
    z = torch.where(field == 1, probability, torch.tensor(0.1)).logit().requires_grad_()
    for name, loss in field_losses.items():
        value = loss(torch.stack([torch.zeros(2, 5), z])[None], field[None])
        slopes[name].append(-torch.autograd.grad(value, z)[0][1, 2].item())
        values[name].append(value.item())
se.curve(
    probabilities,
    values,
    "p of the one sheep pixel",
    "loss",
    "All losses fall as the sheep is found, some by much, some by little",
    alt="Five falling curves. Weighted cross-entropy falls from 2 to near 0; plain cross-entropy from 0.5 to 0.1; "
    "focal from 0.4 to 0; Dice from 0.5 to 0.2; Lovász from 0.6 to 0.1.",
    markers=False,
)
se.curve(
    probabilities,
    slopes,
    "p of the one sheep pixel",
    "push up on its logit",
    "Cross-entropy pushes hardest where it is most wrong; overlap losses let go there",
    alt="Five curves of the push over p. Weighted falls in a line from 0.5 to 0, plain from 0.1 to 0. Dice and Lovász "
    "have a hump in the middle and go to 0 at both ends.",
    markers=False,
)

# %% [markdown]
# At $p$ near 0 the sheep is most wrong, and most in need. There cross-entropy's push is largest and Dice's is almost 0:
# the softmax is flat, and Dice has no logarithm to make up for it. So Dice is slow to mend a sure mistake. This is why
# the two are often **added**, `se.losses.DiceCrossEntropy`: a firm push from the one, the overlap from the other.
#
# On a photograph: a deep field of galaxies. "Galaxy" is what is brighter than 0.5, less than 1 % of the pixels. The
# network says $p$ = brightness. *Predict* which map is bluest in the dark.

# %% name="figure-photo" alt="A photograph of small bright galaxies on black, their mask, and three maps of the gradient. With cross-entropy the galaxies are red and all of the dark is blue; with focal loss only surroundings of galaxies are blue; with Dice the galaxies are red."
sky = se.photo("hubble", size=(96, 128)).mean(dim=0)
galaxies = (sky > 0.5).long()
assert galaxies.float().mean() < 0.01
maps, captions = [], []
for name in ("cross-entropy", "focal, γ = 2", "soft Dice, ε = 0"):
    z = sky.clamp(0.02, 0.98).logit().requires_grad_()
    push = -torch.autograd.grad(field_losses[name](torch.stack([torch.zeros_like(z), z])[None], galaxies[None]), z)[0]
    share = push[galaxies == 1].abs().sum() / push.abs().sum()
    assert share < 0.05 or name != "cross-entropy"
    maps.append((5 * push / push.abs().max()).clamp(-1, 1))  # a fifth of the largest push is full color
    captions.append(f"{name.split(',')[0]}: {share:.0%} on galaxies")
se.show_row(
    [sky[None], galaxies, *maps],
    ["photograph", "target", *captions],
    colors=["#111111", "#E69F00"],
    limits=(-1.4, 1.4),
    columns=3,
    height=210,
    title="Red pushes up, blue down: with cross-entropy 96 % of the push goes to the dark, which is right already",
)

# %% [markdown]
# And on our scenes, where 0.7 % of the pixels are sheep: which share of all pushes lands on them? We ask twice: of
# logits that are all 0, as at the start; and of the network that cross-entropy has trained and that finds no sheep.

# %% name="settings"
weights = se.losses.class_weights(counts, "median")
settings = {"cross-entropy": se.CrossEntropy(), "weighted (median)": se.CrossEntropy(weights)}
settings |= {"focal, γ = 2": se.losses.Focal(2.0), "soft Dice": se.losses.SoftDice()}
settings |= {"Dice + CE": se.losses.DiceCrossEntropy()}
settings |= {"Dice + weighted CE": se.losses.DiceCrossEntropy(class_weights=weights)}
settings |= {"Tversky 0.3, 0.7": se.losses.Tversky(), "Lovász-softmax": se.losses.LovaszSoftmax()}


# %% name="rare-share"
def rare_share(loss, logits):
    z = logits.clone().requires_grad_()
    push = torch.autograd.grad(loss(z, val_maps[:16]), z)[0].abs().sum(dim=1)  # (16, H, W)
    return (push[val_maps[:16] == rare].sum() / push.sum()).item()


stages = {"at the start": torch.zeros_like(val_logits[:16]), "after cross-entropy": val_logits[:16]}
rare_shares = {stage: [rare_share(loss, z) for loss in settings.values()] for stage, z in stages.items()}
first, later = rare_shares.values()  # [0]: cross-entropy, [3]: soft Dice, [4]: Dice + CE, [7]: Lovász
assert dataset != "scenes" or (first[7] > 12 * first[0] and 2.5 * first[4] < first[3] and later[3] < later[0])

# %% name="figure-shares" alt="Bars for eight losses. Start: cross-entropy 0.6 percent, Dice 1.9, weighted 9.5. After: 4.1, 3.7, 16.7."
se.comparison_bars(
    list(settings),
    rare_shares,
    number=".1%",
    xlabel=f"share of the gradient on pixels of {data.classes[rare]}",
    title="At the start Dice speaks louder for sheep than cross-entropy; once p is near 0, no louder",
)

# %% [markdown]
# At the start, Dice gives the sheep three times the voice that cross-entropy gives them, Lovász fifteen times. Plain
# **Dice + CE** doesn't: cross-entropy's gradient is the larger one, so the sum speaks with its voice. Once the network
# is sure that there is no sheep, Dice's share is no larger than cross-entropy's; only weights give the sheep a
# multiple. *Careful:* a share says who is heard in one step, not where training ends.
#
# **Play.** A share of 0.1 and both probabilities at 0.1: the field of ten. Read each loss's push on object and
# background: cross-entropy and Dice (the mean of both classes) are even, as we found. *Predict first:* make the share
# ten times smaller. Which pushes change their balance, and which don't? Then lay the pixels on *a scene: its sheep*.

# %% name="widget-losses"
se.explorers.LossExplorer(0.1, 0.1, 0.1)

# %% [markdown]
# Of cross-entropy's push 8 % are left to the object, of Dice's 19 %, of Lovász's still a half.
#
# ### Exercise 10.4: the loss falls, the IoU stays 0
#
# A colleague wants sheep alone, with one channel of logits. Dice is good for rare objects, he has heard. His loss falls
# from 0.46 to 0.02. His IoU is 0.


# %% name="colleague"
def colleague_loss(logits, target):
    """logits (N, 1, H, W), target (N, H, W) with 0, 1 and void 255."""
    p = logits.sigmoid().squeeze(1)
    both = torch.stack([1 - p, p], dim=1)  # background, object
    wanted = torch.stack([target != 1, target == 1], dim=1).float()
    return 1 - 2 * (both * wanted).sum() / (both.sum() + wanted.sum())


# %% name="figure-colleague" alt="The loss falls from 0.46 to 0.02 within ten steps and stays. The IoU is 0 throughout."
most = (label_maps == rare).sum(dim=(1, 2)).argsort(descending=True)[:12]
images = 4 * torch.stack([train[i]["image"] for i in most]).as_subclass(torch.Tensor) - 2
masks = (label_maps[most] == rare).long()


def watch(loss, steps=60):
    """Train a network of three layers; return the loss and the IoU after each step."""
    with se.seeded(0):
        layers = [torch.nn.Conv2d(3, 8, 3, padding=1), torch.nn.ReLU(), torch.nn.Conv2d(8, 8, 3, padding=1)]
        network = torch.nn.Sequential(*layers, torch.nn.ReLU(), torch.nn.Conv2d(8, 1, 1))
    optimizer, losses, ious = torch.optim.Adam(network.parameters(), lr=0.02), [], []
    for _ in range(steps):
        logits = network(images)
        optimizer.zero_grad()
        losses.append(loss(logits, masks))
        losses[-1].backward()
        optimizer.step()
        found, wanted = logits[:, 0] > 0, masks == 1
        ious.append(((found & wanted).sum() / (found | wanted).sum()).item())
    return [value.item() for value in losses], ious


falling, flat = watch(colleague_loss)
se.curve(
    range(60),
    {"the colleague's loss": falling, "IoU of the object": flat},
    "step",
    "loss, IoU",
    "The loss falls to 0.02, and the IoU stays 0",
    markers=False,
)
if dataset == "scenes":
    assert 0.4 < falling[0] < 0.5
    assert falling[-1] < 0.03
    assert flat[-1] == 0

# %% [markdown]
# Test a loss by **ordering**: a right prediction must cost less than a bad one, and that less than a wrong one. Here is
# his loss for an image of 100 pixels with one object pixel:

# %% name="ordering"
tiny = torch.zeros(1, 10, 10, dtype=torch.long)
tiny[0, 4, 6] = 1
too_much = (torch.arange(100).view(1, 10, 10) // 10 == 4).long()  # the whole row of the object
for name, guess in {"right": tiny, "nothing": 0 * tiny, "ten times too much": too_much}.items():
    logits = 40.0 * guess[:, None] - 20
    print(f"{name:20} {colleague_loss(logits, tiny):.3f}   soft Dice: {se.losses.BinarySoftDice()(logits, tiny):.3f}")

# %% [markdown]
# <div class="alert alert-info">
#
# **Task.** The loss has two mistakes: one is seen above, one shows with void. Mending the first makes room for a third,
# on an empty target. Write `mended_loss(logits, target)` with the same arguments: 1 − soft Dice **of the object**,
# $\varepsilon = 1$ above and below, summed over the batch, without void, a scalar tensor. It must stay right for large
# logits, in the hundreds, and where all is void. The check compares its gradient by `logits`, too. Do it without `se`.
#
# What a right answer draws: `se.target("10.mended_loss")`.
# Stuck? `se.hint("10.mended_loss", 1)`, then 2, then 3.
#
# </div>


# %% name="exercise-mended-loss"
def mended_loss(logits, target):
    """logits (N, 1, H, W), target (N, H, W) with 0, 1 and void 255 -> scalar tensor."""
    ### BEGIN SOLUTION
    p = logits[:, 0].sigmoid() * (target != 255)
    t = (target == 1).float()
    return 1 - (2 * (p * t).sum() + 1) / (p.sum() + t.sum() + 1)
    ### END SOLUTION


# %% name="check-mended-loss"
passed = se.check("10.mended_loss", mended_loss)

# %% name="figure-mended-loss" alt="Four curves over 60 steps. The mended loss falls from 0.96 to 0.14 while its IoU rises to 0.77. The colleague's loss falls to 0.02 with an IoU of 0."
if passed:
    mended, rising = watch(mended_loss)
    if dataset == "scenes":
        assert rising[-1] > 0.4
    se.curve(
        range(60),
        {"mended loss": mended, "IoU of the object": rising, "the colleague's loss": falling, "his IoU": flat},
        "step",
        "loss, IoU",
        "The mended loss is larger, and the sheep are found",
        markers=False,
    )
else:
    se.target("10.mended_loss")

# %% [markdown]
# ## Lab: find the sheep
#
# **The trivial baseline** calls all pixels by the most frequent class. Then plain cross-entropy, from the goal; then
# the same network with the same steps, images and seed, and class weights: one argument differs.
#
# With `dataset = "camvid"` the rare class is the bicyclist, 0.3 % of the pixels. At this size and budget weights bring
# its IoU from 0 to 0.03 only, and Dice leaves it at 0; the mean IoU is 0.26 plain, 0.30 with weights, 0.38 with Dice.
# Real streets want larger images and more steps.

# %% name="figure-history" alt="Two falling curves of the training loss, from above 2.5 to about 0.3. They end almost together."
weighted = trained(settings["weighted (median)"])
se.curve(
    range(1, steps + 1),
    {"cross-entropy": plain.history["loss"], "weighted": weighted.history["loss"]},
    "step",
    "training loss",
    "Both losses fall alike; the curve doesn't tell which network finds sheep",
    markers=False,
)
usual = se.ConfusionMatrix(data.num_classes).update(torch.full_like(val_maps, int(counts.argmax())), val_maps)
weighted_matrix = weighted.evaluate(val)
matrices = {"most frequent class": usual, "cross-entropy": plain_matrix, "weighted": weighted_matrix}
results = [{"loss": name} | score(matrix) for name, matrix in matrices.items()]
if dataset == "scenes":
    assert results[2]["rare IoU"] > results[1]["rare IoU"] + 0.2
    assert results[2]["recall"] > 0.85
    assert results[2]["precision"] < 0.4
se.results_table(results, best={"mean IoU": "max", "rare IoU": "max"})

# %% [markdown]
# Weights find nearly every sheep pixel. Of three pixels that the network calls sheep, two are something else: the
# price from block 2. **The worst predictions** are those with the most false alarms:

# %% name="figure-worst" alt="Two rows of image, target, prediction, error. All sheep are found, each as a blob of twice its size."
guesses = torch.stack([se.predict(weighted.model, sample["image"]) for sample in val])
alarms = ((guesses == rare) & (val_maps != rare)).sum(dim=(1, 2))
draw(
    weighted.model,
    alarms.argsort(descending=True)[:2].tolist(),
    title="The two scenes with the most false alarms: the sheep get a wide seam, and so do poles and stones",
)

# %% [markdown]
# ## Ablation
#
# Eight losses, equal budget, three seeds. The table was made by `python lectures/recipes/10_losses.py`; with
# `train_anew` it is made here, with one seed. *Predict* the order before you look.

# %% name="figure-ablation" alt="Three bars, one a seed, for each loss: cross-entropy and focal at most 0.07, weighted 0.31 to 0.45, soft Dice 0.59 to 0.68, Dice + CE 0, 0 and 0.52, Dice + weighted CE 0.45 to 0.59, Tversky 0.57 to 0.64, Lovász 0.60 to 0.69."
if train_anew or dataset != "scenes":
    chosen = settings if train_anew else {name: settings[name] for name in ("cross-entropy", "soft Dice")}
    rows = [{"loss": name} | score(trained(loss).evaluate(val)) for name, loss in chosen.items()]
    print(f"trained here, {steps} steps, seed 0")
else:
    import json

    stored = json.loads(se.shipped("results/10_losses.json").read_text(encoding="utf-8"))
    rows = [{key: value for key, value in row.items() if key != "seeds"} for row in stored["rows"]]
    print(stored["about"])
se.results_table(rows, best={"mean IoU": "max", "rare IoU": "max"})
if dataset == "scenes" and not train_anew:
    by_loss = {row["loss"]: row for row in stored["rows"]}
    assert min(by_loss["weighted (median)"]["seeds"]) > max(by_loss["cross-entropy"]["seeds"]) + 0.2
    assert min(by_loss["soft Dice"]["seeds"]) > max(by_loss["weighted (median)"]["seeds"]) + 0.1
    assert min(by_loss["Dice + CE"]["seeds"]) == 0
    se.comparison_bars(
        list(by_loss),
        {f"seed {seed}": [row["seeds"][seed] for row in by_loss.values()] for seed in range(3)},
        xlabel="IoU of sheep",
        title="Weights and overlap find the sheep with every seed; Dice + CE does with one of three",
    )

# %% [markdown]
# Read the table in three groups. **Cross-entropy and focal loss** ask pixel by pixel, and 150 steps are too few for
# them to reach the sheep. **Weights** reach them, and pay with false alarms: recall 0.95, precision 0.41. **Overlap
# losses** find them *and* have few false alarms, because a false alarm lowers the same fraction. They also have the
# best mean IoU: they minimize what the table measures.
#
# **Dice + CE** surprises: 0, 0 and 0.52 in three seeds. We saw why: the sum speaks with cross-entropy's voice. With
# weights in that half the sheep are found in every seed. One seed of Dice + CE would have told us anything, so we show
# three. And "never" means "not in 150 steps": longer training finds more, with every loss.
#
# ## What goes wrong
#
# **Symptom.** The loss falls to 1.46 with ten classes, and no further. **Cause.** Softmax twice: the network ends with
# a softmax, and the loss takes another. A sure and right pixel then has logits 1 and 0, so it costs
# $\log(1 + 9/e) = 1.46$. **Fix.** Give logits to the loss.
#
# **Symptom.** Dice changes when memory forces smaller parts of a batch. **Cause.** The sums are in the denominator:
# the mean of the images' Dice isn't the Dice of the batch. **Fix.** Keep batches whole, or accept that the smaller part
# is another loss. Cross-entropy's parts add up, if each is weighted by its share.

# %% name="wrong-twice"
sure = 50.0 * F.one_hot(torch.tensor([[[0, 3, 9]]]), 10).movedim(-1, 1)
labels = torch.tensor([[[0, 3, 9]]])
twice = F.cross_entropy(sure.softmax(dim=1), labels)
torch.testing.assert_close(twice, torch.log(1 + 9 / torch.tensor(1.0).exp()))
print(f"right and sure, softmax twice: {twice:.2f}, once: {F.cross_entropy(sure, labels):.2f}")
for name, loss in (("cross-entropy", se.CrossEntropy()), ("soft Dice", se.losses.SoftDice())):
    whole = loss(val_logits[:8], val_maps[:8])
    parts = sum(loss(val_logits[i : i + 1], val_maps[i : i + 1]) for i in range(8)) / 8
    assert dataset != "scenes" or (abs(whole - parts) < 1e-5) == (name == "cross-entropy")
    print(f"{name:14} eight images at once {whole:.3f}, one by one {parts:.3f}")

# %% [markdown]
# **Symptom.** NaN in half precision. **Cause.** A softmax by hand: `exp(12)` is 162,755 and float16 ends at 65,504.
# bfloat16 doesn't overflow there, but has two to three digits: $1 - p$ is 0 for $p = 0.999$, and so is focal's factor.
# **Fix.** `logits.float()` first, then `log_softmax`; all losses of the package do so.
#
# **Symptom.** The loss is 1 and stays there on images without the object. **Cause.** Dice without $\varepsilon$.
# **Fix.** $\varepsilon$ in pixels, above *and* below.
#
# **Symptom.** The loss jumps from step to step. **Cause.** A weight of thousands for a class with few labels.
# **Fix.** Bound the weights, take roots, or show images with this class more often.

# %% name="wrong-half"
large = torch.tensor([[12.0, 0.0]], dtype=torch.float16)
by_hand = large.exp() / large.exp().sum(dim=1, keepdim=True)
assert by_hand.isnan().any()
print("softmax by hand, float16:", by_hand.tolist(), "- by torch:", large.float().softmax(dim=1).tolist())
assert 1 - torch.tensor(0.999, dtype=torch.bfloat16) == 0
lonely = torch.zeros(1, 48, 64, dtype=torch.long)
lonely[0, 5, 7] = 1  # one pixel, weight 3,071
wrong = 5.0 * torch.stack([lonely, 0 * lonely], dim=1)  # logits: that pixel is sure to be background
for weight in (3071.0, 10.0):
    loss = se.CrossEntropy([1.0, weight])
    missed, hit = loss(wrong, lonely), loss(wrong.flip(1), lonely)
    print(f"weight {weight:,.0f}: one label of 3,072 moves the loss from {hit:.3f} to {missed:.3f}")

# %% [markdown]
# ## Which one should I choose?
#
# | your case | take | because |
# |---|---|---|
# | classes of similar size, many images | cross-entropy | smooth, honest probabilities, parts add up |
# | a rare class must not be missed | class weights, bounded | one argument; costs false alarms |
# | small organs, cells, one object | Dice + weighted CE, $\varepsilon$ below its size | overlap, with a firm start |
# | misses are worse than false alarms | Tversky, $\beta > \alpha$ | the price is a number that you set |
# | the score is mean IoU | Lovász, often after some steps of cross-entropy | it goes for the IoU |
# | many easy pixels, one frequent class | focal loss | learned pixels fall silent; add weights for rare classes |
# | outlines, thin gaps between classes | `se.losses.BoundaryCrossEntropy` | pixels near another *class* weigh more |
# | you read probabilities as chances | cross-entropy without weights | it rests at the share |
#
# No loss replaces images. If a class is rare because you have three examples, get more examples.
#
# ## Recap
#
# - Cross-entropy rests where pushes balance. While a network can't tell pixels apart, that is the class's share, and
#   `argmax` doesn't name a rare class.
# - Class weights give rare classes a say, and cost precision. Inverse and median frequency are one loss.
# - Focal loss forgets what is learned; it doesn't know classes.
# - Soft Dice is 1 − Dice on hard masks; each class has one fraction. $\varepsilon$ is for empty masks, in pixels.
# - A loss that ranks "nothing" as good can fall to 0.02 with an IoU of 0. Test losses by ordering.
# - At equal budget the sheep's IoU was 0.02 with cross-entropy, 0.40 with weights, 0.62 with Dice.
#
# **Formula card**
#
# | | |
# |---|---|
# | weighted cross-entropy | $\sum w_y(-\log p_y) / \sum w_y$; gradient at a logit $\propto p - t$ |
# | median frequency | $w_c = \text{median}(f)/f_c$ |
# | focal | $(1 - p)^\gamma(-\log p)$ |
# | soft Dice | $1 - (2\sum pt + \varepsilon)/(\sum p + \sum t + \varepsilon)$ |
# | Tversky | $1 - (TP + \varepsilon)/(TP + \alpha FP + \beta FN + \varepsilon)$ |
# | Lovász | sorted errors, each times the growth of $1 - \text{IoU}$ |
#
# **Shapes card**
#
# | | |
# |---|---|
# | logits | $(N, C, H, W)$, float, no softmax |
# | target | $(N, H, W)$, integers $0 \dots C - 1$, void 255 |
# | class weights | $(C,)$ |
# | sums of Dice | over $N$, $H$, $W$: $(C,)$ |
# | loss | one number |
#
# ## Going further
#
# - [Lin et al. 2017, Focal loss for dense object detection](https://arxiv.org/abs/1708.02002): section 3, figure 1.
# - [Milletari et al. 2016, V-Net](https://arxiv.org/abs/1606.04797): section 3, soft Dice in the original,
#   with squares.
# - [Salehi et al. 2017, Tversky loss](https://arxiv.org/abs/1706.05721): how $\beta$ trades precision for recall.
# - [Berman et al. 2018, The Lovász-softmax loss](https://arxiv.org/abs/1705.08790): sections 2 and 3.
# - [Eigen & Fergus 2015](https://arxiv.org/abs/1411.4734): the experiments on Sift Flow, where median frequency comes
#   from.
# - [nnU-Net](https://github.com/MIC-DKFZ/nnUNet): a code base in which Dice + CE is the default.
# - [The Medical Segmentation Decathlon](http://medicaldecathlon.com): a data set with tumors of few voxels.
#
# **Next:** [11. Data and augmentation](11_data_and_augmentation.ipynb): what can few labeled images teach, and what
# spoils them?
