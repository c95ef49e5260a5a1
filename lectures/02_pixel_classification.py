# %% [markdown] name="front"
# # 2. From classifying an image to classifying a pixel
#
# {{colab_badge}}
#
# **Question.** How does the loss of a classifier become the loss of a segmenter?
#
# **You will be able to**
#
# - derive cross-entropy from the probability of the labels, for two classes and for many,
# - write it so that no logit overflows, and equal to torch's on $(N, C, H, W)$ with void,
# - say what its gradient asks of each pixel,
# - judge what a classifier of single pixels can do, and what it can't.
#
# **Prerequisites.** [1. What is segmentation?](01_segmentation.ipynb): label maps, one-hot, void, mean IoU.
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
from torch import nn

import segedu as se

se.setup(seed=0)

# %% name="parameters" tags=["parameters"]
dataset = "scenes"  # or "camvid", from the goal on: the look-alikes are then road and pavement
root = None  # the folder of a real data set; None: where `segedu data fetch` puts it
steps = 200  # of each training here; the ablation's stored table has four times as many
train_anew = False  # True: train the table of the ablation here, with one seed

# %% [markdown]
# ## The goal
#
# A segmenter that sees as little as possible looks at the color of **one pixel**, and gives that pixel a class. *Before
# it runs, be this segmenter:* in the photograph below, which classes could you tell apart by the color of a single
# pixel, and which not?

# %% name="figure-photo" alt="A photograph of a cup, pale inside and brown outside, with a spoon on a saucer of that brown, on a wooden table; its target with the names cup, saucer, spoon, table and background on their regions."
photos = se.Photos()
coffee = se.photo("coffee", size=(160, 240), labels=True)
se.viz.show_tasks([coffee], photos, tasks=("image", "semantic"), title="Which classes have a color of their own?")

# %% [markdown]
# The cup's outside and the saucer are of one china: they are **look-alikes**, in part. Our scenes have a pair that is
# alike all over. Below, such a segmenter, a network with 458 numbers, has been trained on 128 scenes; and another one
# on the photograph itself.
#
# *What is wrong with the predictions? Look at the stones: which kind is missing?*


# %% name="data"
dials = {"objects": (5, 8), "pair_share": 0.8, "pair_size": 1.3, "scale_range": 1.2, "overlap": 0.0, "rare": 0.0}
options = dials if dataset == "scenes" else {"root": root, "fallback": True}


def stacked(split, number, size=(64, 96), **changed):
    """Return a data set with images (N, 3, H, W) and label maps (N, H, W), evenly spaced."""
    length = {"length": number} if dataset == "scenes" else {}
    data = se.load_dataset(dataset, split, size=size, **options | changed | length)
    samples = [data[i] for i in range(0, len(data), max(1, len(data) // number))][:number]
    return data, *(torch.stack([sample[key] for sample in samples]) for key in ("image", "label_map"))


data, train_images, train_maps = stacked("train", 128)
images, maps = stacked("val", 48)[1:]
classes, colors = data.classes, data.colors
pair = list(getattr(data, "look_alikes", (3, 4) if data.name == "camvid" else (0, 1)))  # CamVid: road and pavement


# %% name="training"
def color_net(hidden=32, inputs=3, size=1, outputs=None):
    """A network that sees one pixel: color (3) -> hidden -> logits (C), as 1 × 1 convolutions."""
    first = nn.Conv2d(inputs, hidden, size, padding=size // 2)
    return nn.Sequential(first, nn.ReLU(), nn.Conv2d(hidden, outputs or len(classes), 1))


def trained(build, seed=0, train=None, **options):
    with se.seeded(seed):
        network = build()
    train = list(zip(train_images, train_maps)) if train is None else train
    return se.fit(network, train, steps=steps, batch=8, lr=3e-2, seed=seed, **options)


# %% name="figure-goal" alt="Two rows of image, target, prediction and error of a network that sees one pixel at a time. Large areas of one color are right; smaller things are speckled mixtures of several classes."
run = trained(color_net, val=list(zip(images, maps)), validate_every=max(1, steps // 5))
logits = se.predict(run.model, images, logits=True)  # (48, C, 64, 96)
large_images, large_maps = stacked("val", 48, size=(128, 192))[1:]


def draw(chosen, **text):
    guesses = se.predict(run.model, large_images[chosen])
    se.show_predictions(large_images[chosen], large_maps[chosen], guesses, classes, colors, **text)


draw([4, 15], title="What does a network call a pixel that it knows by its color alone?")

# %% name="figure-photo-color" alt="The photograph of the cup, its target, the prediction of a network that sees one pixel at a time, and the error."
pixels = [(coffee["image"][:, ::4, ::4], coffee["label_map"][::4, ::4])] * 8  # every fourth row and column
photo_net = trained(lambda: color_net(outputs=len(photos.classes)), train=pixels, progress=False).model
called = se.predict(photo_net, coffee["image"])
title = "The same on a photograph: what does color tell here?"
se.show_predictions([coffee["image"]], [coffee["label_map"]], [called], photos.classes, photos.colors, title=title)

# %% name="proof-photo" tags=["proof"]
wanted, named = coffee["label_map"], photos.classes.index
assert round(float((called == wanted)[wanted != 255].float().mean()), 2) == 0.82
assert round(float((wanted == named("table"))[wanted != 255].float().mean()), 2) == 0.49
of_cup = [float((called == named(name))[wanted == named("cup")].float().mean()) for name in ("cup", "table", "saucer")]
assert 0.45 < of_cup[0] < 0.55, of_cup
assert min(of_cup[1:]) > 0.15, of_cup

# %% [markdown]
# On the photograph 82 % of the pixels are right ("all table" has 49 %), but of the cup only half: its outside is called
# saucer, the coffee table. On the scenes, sky, meadow and road are found, and nothing is called a pyramid, though of
# the stones' pixels in the training nearly half are pyramid. (`nn.ReLU`, between its two layers, sets negative numbers
# to 0; lecture 3 says why.) Is the training to blame, the loss, or the network? We take the loss apart, from one
# yes-or-no question to ten classes.
#
# ## 1. How likely are the labels?
#
# Four pixels have the labels $y$ = 1, 1, 0, 0, where 1 means "sky". Two classifiers give each a probability of "sky":
# A says 0.9, 0.6, 0.4, 0.1, and B says 0.6, 0.6, 0.4, 0.4. With the threshold at ½ both are right four times, so
# accuracy can't choose.
#
# Ask each one: **how probable are these labels, if you are right?** A pixel that is sky has probability $p$, one that
# isn't has $1 - p$. If, given $p$, the pixels are independent, the product is the **likelihood** (Bernoulli's):
#
# $$L = \prod_i p_i^{\,y_i} (1 - p_i)^{1 - y_i}$$
#
# By hand: $A = 0.9 \cdot 0.6 \cdot 0.6 \cdot 0.9$, **we expect** 0.2916. $B = 0.6^4$, **we expect** 0.1296.

# %% name="likelihood"
y = torch.tensor([1.0, 1, 0, 0])
A, B = torch.tensor([0.9, 0.6, 0.4, 0.1]), torch.tensor([0.6, 0.6, 0.4, 0.4])


def likelihood(p, y):
    """p, y (P,) -> the probability of the labels y, if p is right."""
    return torch.where(y == 1, p, 1 - p).prod()


print(f"A: {likelihood(A, y):.4f}, B: {likelihood(B, y):.4f}")

# %% [markdown]
# A is worth more: it dares to be sure, and is right. Now an image of 64 × 96 pixels. One classifier gives every pixel's
# label 0.9, the other gives it 0.6. *Predict* the two likelihoods that the computer prints.
#
# <details><summary>Answer</summary>
#
# Both are 0: $0.9^{6144} \approx 10^{-281}$ is below the smallest number that 32 bits can hold.
#
# </details>

# %% name="underflow"
always = torch.ones(64 * 96)
for p in (0.9, 0.6):
    print(f"{p} in each of {len(always):,} pixels: likelihood {likelihood(p * always, always)}")

# %% [markdown]
# The cure is the logarithm. It turns the product into a sum and keeps the order. With a minus sign and a mean, we get a
# loss, the **binary cross-entropy**:
#
# $$\text{BCE} = -\frac{1}{P} \log L = -\frac{1}{P} \sum_i \big( y_i \log p_i + (1 - y_i) \log(1 - p_i) \big)$$
#
# $P$ is the number of pixels. By hand, $-\log 0.9 = 0.105$ and $-\log 0.6 = 0.511$. **We expect**
# $(2 \cdot 0.105 + 2 \cdot 0.511)/4 = 0.308$ for A, and 0.511 for B.
#
# And a classifier that sees *nothing*, and must give all pixels one $p$? One pixel of four is sky. *Predict* its best
# $p$.
#
# <details><summary>Answer</summary>
#
# The share of sky, 1/4. Its loss, 0.562, is the **entropy** of the labels: who sees nothing can't have less.
#
# </details>

# %% name="figure-bce" alt="Labels 1 1 0 0; A's p 0.9 0.6 0.4 0.1; p of the labels 0.9 0.6 0.6 0.9; −log of them 0.11 0.51 0.51 0.11."
torch.testing.assert_close(F.binary_cross_entropy(A, y), -likelihood(A, y).log() / 4)
print("BCE of A and B:", *(f"{F.binary_cross_entropy(p, y):.3f}" for p in (A, B)))
candidates = torch.linspace(0.01, 0.99, 99)
constants = torch.stack([F.binary_cross_entropy(p.expand(4), torch.tensor([1.0, 0, 0, 0])) for p in candidates])
best = candidates[constants.argmin()]
print(f"best p for all: {best:.2f}, with a loss of {constants.min():.3f}")
right_label = torch.where(y == 1, A, 1 - A)
se.matrix_figure(
    [y, A, right_label, -right_label.log()],
    ["label y", "A's p of sky", "p of the label", "−log of it"],
    symbols=["", "→", "→"],
    title="Four factors become four summands; their mean, 0.308, is the loss",
)

# %% [markdown]
# Keep the best $p$ in mind for the stones: where a classifier can't tell two classes apart, the loss asks it to name
# their shares.

# %% name="proof-likelihood" tags=["proof"]
torch.testing.assert_close(likelihood(A, y).item(), 0.2916)
torch.testing.assert_close(likelihood(B, y).item(), 0.1296)
assert all(likelihood(p * always, always) == 0 for p in (0.9, 0.6))
torch.testing.assert_close(F.binary_cross_entropy(A, y).item(), 0.3081, atol=1e-4, rtol=0)
torch.testing.assert_close(F.binary_cross_entropy(B, y).item(), 0.5108, atol=1e-4, rtol=0)
torch.testing.assert_close(F.binary_cross_entropy(0.9 * always, always).item(), 0.1054, atol=1e-4, rtol=0)
assert round(best.item(), 2) == 0.25
assert round(constants.min().item(), 3) == 0.562

# %% [markdown]
# ## 2. From a score to a probability
#
# A linear layer gives any number, a probability lies in $[0, 1]$. The **sigmoid** leads from one to the other:
#
# $$p = \sigma(z) = \frac{1}{1 + e^{-z}}$$
#
# $z$ is the **logit**. By hand: $z = 0$ gives 1/2, and $z = \log 3$ gives $1/(1 + 1/3)$. **We expect** 1/4, 1/2, 3/4
# for $-\log 3, 0, \log 3$.
#
# Now the loss, in the plain way: first $\sigma$, then $-\log$. A pixel is sky, and the network says $z = -120$. It is
# sure, and wrong: $p = 1/(1 + e^{120})$, so the loss should be 120. Another is not sky, and $z = 20$. *Predict what
# comes out.*
#
# <details><summary>Answer</summary>
#
# The loss is infinite both times, and the gradient is infinite or no number: one such pixel ruins all weights. The
# second pixel is nearer to practice: $z = 20$ is enough, because $1 - p$ is rounded to 0.
#
# </details>


# %% name="naive"
def naive_bce(z, y):
    p = 1 / (1 + (-z).exp())
    return -(y * p.log() + (1 - y) * (1 - p).log())


z, label = torch.tensor([-120.0, 20], requires_grad=True), torch.tensor([1.0, 0])
loss = naive_bce(z, label)
loss.sum().backward()
print("loss", loss.tolist(), "gradient", z.grad.tolist())

# %% [markdown]
# The cure is to do the algebra before the computer does. Both cases of the loss are $\log(1 + e^z) - z\,y$. Take a
# factor $e^m$ out of the logarithm:
#
# $$\text{loss} = m + \log\left(e^{-m} + e^{z - m}\right) - z\,y, \qquad m = \max(z, 0)$$
#
# Now no exponent is positive and one of them is 0: nothing overflows, and the logarithm never sees a 0. **We expect**
# 120 and 20, and equality with torch.


# %% name="stable"
def bce(z, y):
    """z, y of one shape -> the loss of each, finite for any z."""
    m = z.clamp(min=0)
    return m + ((-m).exp() + (z - m).exp()).log() - z * y


print("loss", bce(torch.tensor([-120.0, 20]), torch.tensor([1.0, 0])).tolist())
z, y = 50 * torch.randn(50, 5, 7), torch.randint(2, (50, 5, 7)).float()
torch.testing.assert_close(bce(z, y), F.binary_cross_entropy_with_logits(z, y, reduction="none"))

# %% [markdown]
# And which way does the loss push $z$? The derivative of $\log(1 + e^z)$ is $e^z/(1 + e^z) = p$, that of $z\,y$ is
# $y$:
#
# $$\frac{\partial\,\text{loss}}{\partial z} = p - y$$
#
# Prediction minus label: the gradient is **the error itself**. For $p$ = 1/4, 1/2, 3/4 and $y = 1$ **we expect** −3/4,
# −1/2, −1/4.

# %% name="figure-push" alt="Four curves over z from −6 to 6. The loss for y = 1 falls from 6 to 0, that for y = 0 rises from 0 to 6. The gradients are S-curves from −1 to 0 and from 0 to 1."
free = torch.tensor([1 / 3, 1, 3]).log().requires_grad_()  # logits of p = 1/4, 1/2, 3/4
bce(free, torch.ones(3)).sum().backward()
print("gradient", free.grad)
z = torch.linspace(-6, 6, 49)
curves = {f"loss, y = {y}": bce(z, torch.tensor(float(y))) for y in (1, 0)}
curves |= {f"gradient, y = {y}": z.sigmoid() - y for y in (1, 0)}
se.curve(z, curves, "logit z", "loss; gradient p − y", "How hard does the loss push a wrong pixel?", markers=False)

# %% name="proof-sigmoid" tags=["proof"]
assert not loss.isfinite().any()
torch.testing.assert_close(bce(torch.tensor([-120.0, 20]), torch.tensor([1.0, 0])), torch.tensor([120.0, 20]))
free = torch.tensor([1 / 3, 1, 3]).log().requires_grad_()
torch.testing.assert_close(free.sigmoid(), torch.tensor([0.25, 0.5, 0.75]))
bce(free, torch.ones(3)).sum().backward()
torch.testing.assert_close(free.grad, torch.tensor([-0.75, -0.5, -0.25]))

# %% [markdown]
# The worse a pixel, the harder its push, but never more than 1.
#
# ## 3. One linear layer for every pixel
#
# A **linear classifier** of a color $x = (R, G, B)$ has three weights and a bias: $z = w \cdot x + b$. Take
# $w = (-1, 0, 1)$ and $b = -1$: "bluer than red by more than 1 is sky". In the image below the first pixel has the
# color (1, 1, 3). **We expect** $z = 3 - 1 - 1 = 1$ there. *Predict* it for the last pixel, (0, 1, 3).
#
# <details><summary>Answer</summary>
#
# $3 - 0 - 1 = 2$.
#
# </details>

# %% name="figure-linear" alt="Three channels of a 2 × 3 image, the map of logits 1 1 −2 and −3 −1 2, and the map of probabilities."
tiny = torch.tensor([[[1, 0, 2], [3, 1, 0]], [[1, 1, 2], [2, 2, 1]], [[3, 2, 1], [1, 1, 3]]])  # (3, 2, 3): R, G, B
w, b = torch.tensor([-1, 0, 1]), torch.tensor([-1])
by_loop = torch.tensor([[w @ tiny[:, i, j] + b[0] for j in range(3)] for i in range(2)])
by_matrix = (tiny.flatten(1).T @ w + b).view(2, 3)  # pixels as rows, (6, 3)
by_convolution = F.conv2d(tiny[None], w.view(1, 3, 1, 1), b)[0, 0]
print("equal:", torch.equal(by_loop, by_matrix), torch.equal(by_loop, by_convolution))
se.matrix_figure(
    [*tiny, by_loop, by_loop.sigmoid()],
    ["red", "green", "blue", "z = blue − red − 1", "p = σ(z)"],
    symbols=["", "", "→", "→"],
    highlight=dict.fromkeys(range(5), (0, 0, 1, 1)),
    title="The same four numbers, w and b, give every pixel its logit",
)

# %% [markdown]
# Three ways, one result. The **1 × 1 convolution** is the matrix product without moving the axes.
#
# Now we learn $w$ and $b$. The chain rule carries each pixel's push $p - y$ to the weights: the gradient of the mean
# loss is the mean of $(p - y)\,x$ for $w$, and of $p - y$ for $b$. This is all of **logistic regression**. Pixels
# become rows: `movedim(1, -1)` puts the channels last.

# %% name="regression"
known = train_maps[:8] != 255  # void teaches nothing
x = train_images[:8].movedim(1, -1)[known]  # (pixels, 3)
y = (train_maps[:8][known] == 0).float()  # 0 is sky, in scenes and in CamVid
w, b = torch.zeros(3), torch.zeros(())
for _ in range(200):
    push = (x @ w + b).sigmoid() - y
    w, b = w - 10 * (push @ x) / len(x), b - 10 * push.mean()

print("w =", [round(v, 1) for v in w.tolist()], f" b = {b:.1f}  loss {bce(x @ w + b, y).mean():.3f}")

# %% [markdown]
# The learned weights say "much blue, little red". Below are the maps for a new image, and the same for a
# photograph in the evening. *Find the pixels with a large loss:* what have they in common?
#
# <details><summary>Answer</summary>
#
# On the scenes it is the pale sky above the horizon, which is pushed up: it is as blue as the rest, but has more red,
# and red counts against a sky. No pixel of the evening sky gets ½. The classifier knows the colors that it has seen,
# not what a sky is.
#
# </details>

# %% name="figure-sky" alt="Two rows of image, map of p of sky, loss, and push p − y, positive and negative: a validation image, and a photograph of a rocket under a dark blue evening sky."
rocket = se.photo("rocket", size=(128, 192), labels=True)
scene, photo = (large_images[4], large_maps[4], 0), (rocket["image"], rocket["label_map"], photos.classes.index("sky"))
panels = []
for image, label_map, sky in (scene, photo):
    z = torch.einsum("chw,c->hw", image, w) + b  # w · x at each pixel
    label, valid = (label_map == sky).float(), label_map != 255  # void has no loss and pushes nothing
    answers = z.sigmoid(), bce(z, label).clamp(max=1) * valid, (z.sigmoid() - label) * valid
    panels += [image, *(answer.round(decimals=2) for answer in answers)]
se.show_row(
    panels,
    ["image", "p of sky", "loss (up to 1)", "push p − y", "photograph", "p of sky", "loss", "push"],
    limits=[None, (0, 1), (0, 1), (-1, 1)] * 2,
    columns=4,
    colorbar=True,
    height=130,
    title="Four numbers look for the sky: where do they find it?",
)

# %% name="proof-linear" tags=["proof"]
assert by_loop[0, 0] == 1
assert by_loop[1, 2] == 2
assert torch.equal(by_loop, by_matrix)
assert torch.equal(by_loop, by_convolution)
free = w.clone().requires_grad_()
bce(x @ free + b, y).mean().backward()  # autograd, at the place that was reached
torch.testing.assert_close(free.grad, ((x @ w + b).sigmoid() - y) @ x / len(x))
if dataset == "scenes":
    assert w[2] > 0 > w[0]
    assert (panels[5] < 0.5)[label == 1].all()  # the evening sky; the floodlights stand below
    assert 0 < int((panels[5] > 0.5).sum()) < 100
    sky = large_maps[4] == 0
    assert ((panels[1] > 0.5) == sky).float().mean() > 0.95 > (~sky).float().mean() + 0.15
    top, pale = (large_images[4][:, rows][:, sky[rows]].mean(dim=1) for rows in (slice(0, 12), slice(24, 36)))
    assert pale[0] > top[0] + 0.3
    assert pale[2] > top[2] - 0.02

# %% [markdown]
# **Play**, in the explorer. Each pixel is a point: its $x$ is one contrast of colors, its $y$ whether it is a boulder.
# *Predict first:* does the loss fall if you double $w$? Can any $w$ and $b$ tell the boulder from the pyramids?
#
# <details><summary>Answer</summary>It rises, from 0.308 to 0.309. No: their colors are the same.</details>

# %% name="widget-likelihood"
se.explorers.LikelihoodExplorer()

# %% name="proof-doubled" tags=["proof"]
for given, shown in ({}, "loss=0.308"), ({"w": 4}, "loss=0.309"):
    assert shown in repr(se.explorers.LikelihoodExplorer(**given))

# %% [markdown]
# ## 4. Ten classes: the softmax
#
# With $C$ classes the linear layer gives $C$ logits, a vector $z$. The **softmax** makes probabilities of them, which
# are positive and add up to 1:
#
# $$p_c = \frac{e^{z_c}}{\sum_k e^{z_k}}$$
#
# By hand: $z = (0, \log 2, \log 5)$. The powers are 1, 2, 5, their sum is 8: **we expect** 1/8, 2/8, 5/8. The
# likelihood of a label $y$ is now $p_y$ (the categorical one, where Bernoulli's had two cases). So the loss is $-\log
# p_y$. **We expect** $\log(8/5) = 0.47$ for $y = 2$. Now add 100 to all three logits. *Predict* the probabilities.
#
# <details><summary>Answer</summary>
#
# On paper nothing changes: $e^{100}$ stands above and below, and cancels. **Only differences of logits count.** On the
# computer $e^{100}$ is `inf`, and `inf / inf` is no number; torch's softmax knows the cure.
#
# </details>

# %% name="shift"
z = torch.tensor([1.0, 2, 5]).log()


def naive_softmax(z):
    return z.exp() / z.exp().sum()


torch.testing.assert_close(naive_softmax(z), z.softmax(dim=0))
print("by hand:", naive_softmax(z + 100).tolist(), " torch:", (z + 100).softmax(dim=0).tolist())

# %% [markdown]
# The cure uses the fact that only differences count: subtract the largest logit first. Then the largest power is
# $e^0 = 1$. For the loss, the **cross-entropy**:
#
# $$-\log p_y = \underbrace{m + \log \sum_k e^{z_k - m}}_{\text{logsumexp}(z)} - z_y, \qquad m = \max_k z_k$$
#
# Its gradient is $p - y$ once more, with $y$ one-hot. **We expect** 1/8, 2/8, −3/8: up with the right class, down with
# the others, each by its probability. And with *two* classes only the difference counts, so the softmax must be a
# sigmoid: $p_1 = \sigma(z_1 - z_0)$.

# %% name="figure-softmax" alt="Four rows of three numbers: logits 0, 0.69, 1.61; and, times 8, the probabilities 1, 2, 5; the one-hot 0, 0, 8; and the gradient 1, 2, −3."
free = z.clone().requires_grad_()
loss = free.logsumexp(dim=0) - free[2]
loss.backward()
torch.testing.assert_close(loss, F.cross_entropy(free, torch.tensor(2)))
one_hot = torch.tensor([0.0, 0, 1])
se.matrix_figure(
    [z, 8 * z.softmax(dim=0), 8 * one_hot, 8 * free.grad],
    ["logits z", "8 · probabilities p", "8 · one-hot y", "8 · gradient"],
    symbols=["→", "−", "="],
    title="Softmax, then the error: the pushes on the logits add up to 0",
)

# %% name="proof-softmax" tags=["proof"]
assert naive_softmax(z + 100).isnan().all()
torch.testing.assert_close((z + 100).softmax(dim=0), torch.tensor([1, 2, 5]) / 8)
torch.testing.assert_close(loss.item(), 0.4700, atol=1e-4, rtol=0)
torch.testing.assert_close(free.grad, z.softmax(dim=0) - one_hot)
two = torch.randn(50, 2)
torch.testing.assert_close(two.softmax(dim=1)[:, 1], (two[:, 1] - two[:, 0]).sigmoid())

# %% [markdown]
# ### Exercise 2.1: cross-entropy, for any logits
#
# <div class="alert alert-info">
#
# **Task.** Write `cross_entropy(logits, target)` for logits $(N, C, H, W)$ and labels $(N, H, W)$ without void: the
# mean of $\text{logsumexp}(z) - z_y$ over all pixels, a tensor with one number. (`logits.gather(1, target[:, None])`
# picks each pixel's $z_y$.) Logits may be 1000 or −1000. It is to
# be trained with, so its gradient counts too: stay with torch, and leave `.item()` and NumPy aside. Do it without `se`,
# and without `cross_entropy`, `log_softmax`, `logsumexp` and their kin: their modules, scipy's, `logaddexp`,
# `logcumsumexp`.
#
# What a right answer draws: `se.target("02.cross_entropy")`.
# Stuck? `se.hint("02.cross_entropy", 1)`, then 2, then 3.
#
# </div>


# %% name="exercise-cross-entropy"
def cross_entropy(logits, target):
    """logits (N, C, H, W), target (N, H, W) -> scalar tensor."""
    ### BEGIN SOLUTION
    largest = logits.amax(dim=1, keepdim=True)  # (N, 1, H, W)
    lse = largest + (logits - largest).exp().sum(dim=1, keepdim=True).log()
    return (lse - logits.gather(1, target[:, None])).mean()
    ### END SOLUTION


# %% name="check-cross-entropy"
passed = se.check("02.cross_entropy", cross_entropy)

# %% name="figure-cross-entropy" alt="Two curves over the factor on the logits. They coincide while the factor is small; then the logarithm of the softmax ends, and the other one goes on, in a straight line."
if passed:
    scales = torch.logspace(-1, 3, 17)
    labels = maps[:4].where(maps[:4] != 255, 0)
    yours = torch.stack([cross_entropy(s * logits[:4], labels) for s in scales])
    naive = torch.stack([-(s * logits[:4]).softmax(1).gather(1, labels[:, None]).log().mean() for s in scales])
    torch.testing.assert_close(yours[-1], F.cross_entropy(1000 * logits[:4], labels))
    curves = {"your loss": yours, "log of softmax": naive.where(naive.isfinite(), torch.nan)}
    title = "Your loss goes on where the logarithm of a softmax has become infinite"
    se.curve(scales, curves, "factor on the logits", "mean loss", title, log="xy")
else:
    se.target("02.cross_entropy")

# %% [markdown]
# ## 5. One loss for an image
#
# A classifier of images has logits $(N, C)$ and labels $(N,)$. A segmenter has logits $(N, C, H, W)$ and a label map
# $(N, H, W)$. Each pixel is an example of its own, with **a vector of logits along dim 1**.
# `F.cross_entropy` takes both. The loss of a batch is the mean over its pixels that have a label, $V$ in number:
#
# $$\text{CE} = \frac{1}{V} \sum_{i\,:\,y_i \ne 255} \big( \text{logsumexp}(z_i) - z_{i, y_i} \big)$$
#
# So the gradient at pixel $i$ is $(p_i - y_i)/V$, and 0 where void is. Below are two classes, 2 × 3 pixels, one of them
# void, and all logits 0, so $p = 1/2$. With $V = 5$ **we expect** ±0.1, and 0 in the corner.

# %% name="figure-gradient" alt="A 2 × 3 target with labels 0 0 1, 0 1 and void 255; two channels of gradients of ±0.1, of opposite sign, and 0 at the void pixel."
flat = torch.zeros(1, 2, 2, 3, requires_grad=True)
target = torch.tensor([[[0, 0, 1], [0, 1, 255]]])
F.cross_entropy(flat, target, ignore_index=255).backward()
se.matrix_figure(
    [target[0], *flat.grad[0]],
    ["target", "gradient, channel 0", "gradient, channel 1"],
    symbols=["→", ""],
    highlight={0: (1, 2, 1, 1), 1: (1, 2, 1, 1), 2: (1, 2, 1, 1)},
    title="Each pixel pushes its own logits by (p − y)/V; void pushes nothing",
)

# %% name="proof-gradient" tags=["proof"]
wanted = torch.stack([target == 0, target == 1], dim=1).float()
valid = (target != 255)[:, None]
torch.testing.assert_close(flat.grad, (flat.softmax(dim=1) - wanted) * valid / 5)

# %% [markdown]
# **The first loss is log C.** A network that knows nothing gives all classes the same probability, $1/C$. So before
# training the loss is near $\log C$, for ten classes 2.30. If it isn't, look for a sum in place of the mean, void with
# loss 0, or a wrong number of classes. And the trained network: where is its loss large? *Look at the stones.* Beside
# it stands how the network divides a pixel between the two kinds: the first one's $p$ over the sum of both.
#
# <details><summary>Answer, on the scenes</summary>
#
# It is large on all but sky, meadow and road. And boulder gets about half on every stone.
#
# </details>

# %% name="figure-losses" alt="An image; the map of the loss; and a map between 0 and 1 of the probability of the first look-alike among the two."
z = se.predict(run.model, large_images[4], logits=True)
losses = F.cross_entropy(z[None], large_maps[4:5], ignore_index=255, reduction="none")[0]  # (H, W), 0 at void
with se.seeded(0):
    first = F.cross_entropy(color_net()(images), maps, ignore_index=255)
trained_loss = losses[large_maps[4] != 255].mean()
print(f"before training {first:.2f}, log C {torch.tensor(len(classes)).log():.2f}, trained {trained_loss:.2f}")
p = z.softmax(dim=0)[pair]
se.show_row(
    [large_images[4], losses.clamp(max=3).round(decimals=2), (p[0] / p.sum(dim=0)).round(decimals=2)],
    ["image", "loss of each pixel (up to 3)", f"p of {classes[pair[0]]}, of the two"],
    limits=[None, (0, 3), (0, 1)],
    colorbar=True,
    height=190,
    title="Where is the loss large, and which of the two kinds does the network see?",
)

# %% name="proof-losses" tags=["proof"]
by_class = F.cross_entropy(logits, maps, ignore_index=255, reduction="none")
by_class = torch.stack([by_class[maps == c].mean() for c in range(len(classes))])  # NaN for a class that is absent
assert abs(first - torch.tensor(len(classes)).log()) < 0.3
if dataset == "scenes":
    assert by_class[3:9].min() > 3 * by_class[:3].max()  # sheep are absent
    ratio = (p[0] / p.sum(dim=0))[(large_maps[4] == pair[0]) | (large_maps[4] == pair[1])]
    assert 0.4 < ratio.quantile(0.1) < ratio.quantile(0.9) < 0.7

# %% [markdown]
# ### Exercise 2.2: void
#
# <div class="alert alert-info">
#
# **Task.** Write `mean_over_valid(losses, target)`: the losses of pixels $(N, H, W)$, and labels $(N, H, W)$ with void
# 255. Return the mean over the batch's pixels that aren't void, a tensor with one number. Three traps: the loss of a
# void pixel may be infinite; so may that of a valid one, and then the mean is infinite, too; and a batch without any
# label has the mean 0, where torch gives NaN. Only the value is judged, not its gradient. Do it without
# `se.CrossEntropy`.
#
# What a right answer draws: `se.target("02.mean_over_valid")`.
# Stuck? `se.hint("02.mean_over_valid", 1)`, then 2, then 3.
#
# </div>


# %% name="exercise-mean-over-valid"
def mean_over_valid(losses, target):
    """losses (N, H, W), target (N, H, W) -> scalar tensor."""
    ### BEGIN SOLUTION
    valid = target != 255
    return losses[valid].sum() / valid.sum().clamp(min=1)
    ### END SOLUTION


# %% name="check-mean-over-valid"
passed = se.check("02.mean_over_valid", mean_over_valid)

# %% name="figure-mean-over-valid" alt="Three bars: your mean over valid pixels, the mean of the images' means, and the mean with void counted as loss 0."
if passed:
    marked = maps.clone()
    marked[::2, 16:] = 255  # of every second image, only the top quarter is labeled
    part = F.cross_entropy(logits, marked, ignore_index=255, reduction="none")
    per_image = torch.stack([mean_over_valid(*one) for one in zip(part[:, None], marked[:, None])])
    means = [mean_over_valid(part, marked).item(), per_image.mean().item(), part.mean().item()]
    names = ["yours: mean over valid pixels", "mean of the images' means", "void counted as loss 0"]
    se.comparison_bars(names, means, number=".3f", xlabel="loss", title="Which mean weighs all labeled pixels alike?")
else:
    se.target("02.mean_over_valid")

# %% [markdown]
# Only yours does. In the second, an image with few labels counts as much as one with many; in the third, void is a
# pixel without fault.
#
# ### Exercise 2.3: the loss that doesn't fall
#
# A colleague trains a linear classifier, a 1 × 1 convolution, on eight scenes. His loss stops at 1.83. And when every
# second row loses its labels, it stops at 0.91: half of the labels, half of the loss.
#
# <div class="alert alert-info">
#
# **Task.** Find the two lines that are wrong. Write `repaired_loss` with the same arguments. Scores may lie hundreds
# apart. Its gradient by weight and bias counts too, since it trains them. Do it without `se`.
#
# Then write `twice_floor(num_classes)`: the least value, a float, that the colleague's loss can take on a full label
# map of $C$ classes.
#
# What a right answer draws: `se.target("02.repaired_loss")`.
# Stuck? `se.hint("02.repaired_loss", 1)`, or `se.hint("02.twice_floor", 1)`, then 2, then 3.
#
# </div>


# %% name="colleague"
def colleague_loss(images, weight, bias, target):
    """images (N, 3, H, W), weight (C, 3, 1, 1), bias (C,), target (N, H, W), void 255 -> scalar tensor."""
    scores = F.conv2d(images, weight, bias)
    p = scores.softmax(dim=1)
    losses = F.cross_entropy(p, target, ignore_index=255, reduction="none")
    return losses.mean()


def watch(loss, target, steps=60):
    """Train the 1 × 1 convolution with a loss on eight images; return the loss before each step."""
    weight, bias = torch.zeros(len(classes), 3, 1, 1, requires_grad=True), torch.zeros(len(classes), requires_grad=True)
    optimizer, values = torch.optim.Adam([weight, bias], lr=0.5), []
    for _ in range(steps):
        value = loss(train_images[:8], weight, bias, target)
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
        values.append(value.item())
    return values


full, sparse = train_maps[:8], train_maps[:8].clone()
sparse[:, ::2] = 255  # every second row without labels
his, his_sparse = watch(colleague_loss, full), watch(colleague_loss, sparse)
print(f"after 60 steps: {his[-1]:.2f}, with half of the labels: {his_sparse[-1]:.2f}")


# %% name="exercise-repaired-loss"
def repaired_loss(images, weight, bias, target):
    """images (N, 3, H, W), weight (C, 3, 1, 1), bias (C,), target (N, H, W), void 255 -> scalar tensor."""
    ### BEGIN SOLUTION
    scores = F.conv2d(images, weight, bias)
    return F.cross_entropy(scores, target, ignore_index=255)
    ### END SOLUTION


def twice_floor(num_classes):
    """C -> float."""
    ### BEGIN SOLUTION
    import math

    return -math.log(math.e / (math.e + num_classes - 1))
    ### END SOLUTION


# %% name="check-repaired-loss"
passed = se.check("02.repaired_loss", repaired_loss)
passed = se.check("02.twice_floor", twice_floor) and passed

# %% name="figure-repaired-loss" alt="Four curves over 60 steps and a dashed line, the floor. The colleague's loss stays above the floor; with half of the labels it is half of that. The two repaired ones fall together, below the floor."
if passed:
    repaired, repaired_sparse = watch(repaired_loss, full), watch(repaired_loss, sparse)
    floor = twice_floor(len(classes))
    curves = {"his": his, "his, half": his_sparse, "repaired": repaired, "repaired, half": repaired_sparse}
    title = "What does the floor hold up, and what does half of the labels change?"
    lines = {f"floor of {len(classes)} classes: {floor:.2f}": floor}
    se.curve(range(60), curves, "step", "loss", title, lines=lines, markers=False, height=460)
else:
    se.target("02.repaired_loss")

# %% name="proof-exercises" tags=["proof"]
assert naive[-1].isinf()
torch.testing.assert_close(mean_over_valid(part, marked), F.cross_entropy(logits, marked, ignore_index=255))
assert min(his) > floor > min(repaired)
assert abs(repaired[-1] - repaired_sparse[-1]) < 0.1 * repaired[-1]
if dataset == "scenes":
    assert means[0] > means[1] > means[2]
    assert abs(his[-1] - 1.83) < 0.01
    assert abs(his_sparse[-1] - 0.91) < 0.01

# %% [markdown]
# His loss stays above its floor, and half of the labels halve it. Repaired, neither happens.
#
# ## Lab: what a color can tell
#
# **The trivial baseline** has learned one thing: the class with most pixels. Then the **linear**
# classifier, one 1 × 1 convolution, trained with *your* loss; and the goal's network with 32 hidden values a pixel.
#
# For the look-alikes we need a measure of their own. At each of their pixels we compare the two $p$, each **divided by
# its class's share** in the training. Undivided, the commoner kind nearly always wins, and what the network knows of
# the rarer one is hidden. The **pair accuracy** is the share of these pixels whose kind wins, as a mean over both
# kinds. A coin has 0.5. *Predict* the pair accuracy of the two networks on the scenes.
#
# <details><summary>Answer</summary>
#
# Both have a coin's, 0.5 ± 0.05. With hidden values 85 % of the pixels are right; the baseline has 42
# %.
#
# </details>

# %% name="figure-history" alt="Three panels over the steps: training and validation loss, which fall; the validation mean IoU, which rises; the learning rate, which rises, stays, and falls to 0."
se.plot_history(run.history)


# %% name="score"
def pair_accuracy(logits, maps, train_maps=train_maps):
    """logits (N, C, H, W), maps (N, H, W) -> of the pixels of each kind, the share whose kind wins; their mean."""
    first, second = (logits[:, label] - (train_maps == label).sum().log() for label in pair)
    return ((first > second)[maps == pair[0]].float().mean() + (second > first)[maps == pair[1]].float().mean()) / 2


def score(logits, maps):
    matrix = se.ConfusionMatrix(len(classes)).update(logits.argmax(dim=1), maps)
    accuracies = {"accuracy": matrix.pixel_accuracy(), "mean IoU": matrix.mean_iou()}
    return accuracies | {"pair accuracy": pair_accuracy(logits, maps).item()}


# %% name="results"
entropy = cross_entropy if se.passed("02.cross_entropy") else F.cross_entropy


def own_loss(logits, target):
    """Your cross-entropy of the valid pixels: (N, C, H, W), (N, H, W) -> scalar."""
    valid = target != 255
    return entropy(logits.movedim(1, -1)[valid].T[None, :, None], target[valid][None, None])  # (1, C, 1, V), (1, 1, V)


most = int(train_maps[train_maps != 255].bincount().argmax())
constant = F.one_hot(torch.full_like(maps, most), len(classes)).movedim(-1, 1).float()
linear = trained(lambda: nn.Conv2d(3, len(classes), 1), loss=own_loss)
guesses = {
    f"all {classes[most]}": constant,
    "linear in color": se.predict(linear.model, images, logits=True),
    "color, 32 hidden": logits,
}
rows = [{"method": name} | score(guess, maps) for name, guess in guesses.items()]
se.results_table(rows, best={"accuracy": "max", "mean IoU": "max"})

# %% name="figure-worst" alt="Two rows of image, target, prediction and error: the two images with most wrong pixels."
wrong = ((logits.argmax(dim=1) != maps) & (maps != 255)).float().mean(dim=(1, 2))
worst = wrong.argsort(descending=True)[:2].tolist()
draw(worst, title=f"The two worst of {len(maps)} images: what is taken for what?")

# %% name="proof-results" tags=["proof"]
if dataset == "scenes":
    assert rows[0]["accuracy"] + 0.3 < rows[1]["accuracy"] < rows[2]["accuracy"]
    assert [round(row["accuracy"], 2) for row in rows[::2]] == [0.42, 0.85]
    assert all(abs(row["pair accuracy"] - 0.5) < 0.05 for row in rows)
    pyramid = maps[worst[1]] == pair[1]
    assert not (logits[worst[1]].argmax(dim=0) == pair[1])[pyramid].any()
    brightness = images.mean(dim=(1, 2, 3))
    assert brightness.argmin() == worst[0]

# %% [markdown]
# The scenes' worst one is the darkest: its evening sky has the color of a road. In the second, three pyramids
# stand, and none of their pixels is right.
#
# **Why?** The scenes have a dial, `look_alikes`. At 0, boulders are blue-gray and pyramids brown. At 1, as in all of
# the above, both are of one stone. The same network was trained at five settings, three seeds each. *Predict:* is its
# pair accuracy half lost at 0.5?
#
# <details><summary>Answer</summary>
#
# Not at all: a small difference of color is enough. It falls only where the colors have nearly merged.
#
# </details>

# %% name="figure-dial" alt="Five bars of pair accuracy on scenes: 1.00 with the dial at 0 and 0.5, 0.92 at 0.75, 0.70 at 0.9 and 0.50 at 1, where a dashed line marks a coin."
stored = json.loads(se.shipped("results/02_pixel_classification.json").read_text(encoding="utf-8"))
print(f"loaded: {stored['about']}")
se.comparison_bars(
    [f"dial {row['look_alikes']}" for row in stored["dials"]],
    [row["seeds"] for row in stored["dials"]],
    baseline=0.5,
    baseline_name="a coin",
    xlabel="pair accuracy on scenes after 200 steps, three seeds",
    title="The same network and loss at five settings of the dial (scenes)",
)

# %% name="proof-dial" tags=["proof"]
assert min(stored["dials"][0]["seeds"] + stored["dials"][1]["seeds"]) > 0.95
assert max(abs(seed - 0.5) for seed in stored["dials"][-1]["seeds"]) < 0.05
stones = (maps == pair[0]) | (maps == pair[1])
p_first, p_second = (logits.softmax(dim=1)[:, label][stones].mean() for label in pair)
there = (train_maps == pair[0]).sum() / sum((train_maps == label).sum() for label in pair)
if dataset == "scenes":
    assert round(there.item(), 2) == 0.53
    assert abs(p_first / (p_first + p_second) - 0.54) < 0.02
    assert not (logits.argmax(dim=1) == pair[1]).any()

# %% [markdown]
# At 1, each color stands in both classes alike. The classifier gives one color **one** answer, so it is wrong for one
# of them. The loss did what it should: where nothing tells two classes apart, it asks for their shares (section 1). Of
# the stone pixels in the training, 53 % are boulder, and 54 % is the probability that the network gives them. So
# boulder wins among the two, by a little, and no pixel is called pyramid. Data, training and loss were right. The
# network lacks something to look at.
#
# ### Exercise 2.4: measure the ceiling
#
# Could a better classifier of colors do it? Measure the *best possible* one.
#
# <div class="alert alert-info">
#
# **Task.** Write `color_ceiling(codes, labels)`. `codes` $(N, H, W)$ are integers, one for each color; `labels` is
# $(N, H, W)$ with void 255. Pixels of one code must all get one answer. Return the largest share of the pixels that
# aren't void, a float, that any choice of answers has right. By hand: codes 0 0 0 0 1 2 2 2 with labels
# 0 0 0 1 1 1 0 0 have $(3 + 1 + 2)/8$.
#
# What a right answer draws: `se.target("02.color_ceiling")`.
# Stuck? `se.hint("02.color_ceiling", 1)`, then 2, then 3.
#
# </div>


# %% name="exercise-color-ceiling"
def color_ceiling(codes, labels):
    """codes (N, H, W), labels (N, H, W), void 255 -> float."""
    ### BEGIN SOLUTION
    codes, labels = codes[labels != 255], labels[labels != 255]
    right = sum(labels[codes == code].bincount().max() for code in codes.unique())
    return (right / len(labels)).item()
    ### END SOLUTION


# %% name="check-color-ceiling"
passed = se.check("02.color_ceiling", color_ceiling)

# %% name="figure-color-ceiling" alt="Curves over 1 to 24 levels of each color channel: the best share of right pixels among two look-alikes, of the data set and of cup and saucer in the photograph; on scenes also with the dial at 0, where it is near 1 from four levels on."
if passed:
    levels = [1, 2, 4, 8, 16, 24]

    def ceilings(images, maps, pair):
        """Return the ceiling for the pixels of two classes, with each channel cut into more and more levels."""
        wanted = maps.where((maps == pair[0]) | (maps == pair[1]), 255)
        cuts = [(images * n).long().clamp(max=n - 1) for n in levels]
        return [color_ceiling((cut[:, 0] * n + cut[:, 1]) * n + cut[:, 2], wanted) for cut, n in zip(cuts, levels)]

    alike = " or ".join(classes[label] for label in pair)
    curves = {alike: ceilings(images, maps, pair)}
    curves["cup or saucer"] = ceilings(coffee["image"][None], coffee["label_map"][None], (7, 8))
    if dataset == "scenes":
        curves[f"{alike}, dial 0"] = ceilings(*stacked("val", 48, look_alikes=0.0)[1:], pair)
    title = "How much could the best classifier of colors have right?"
    se.curve(levels, curves, "levels of each color channel", "best share of the two classes", title, log="x")
else:
    se.target("02.color_ceiling")

# %% name="proof-ceiling" tags=["proof"]
if dataset == "scenes":
    assert [round(value, 2) for value in curves["boulder or pyramid"][::3][:2]] == [0.57, 0.58]
    assert curves["boulder or pyramid, dial 0"][3] > 0.95
assert [round(value, 2) for value in curves["cup or saucer"][:4:3]] == [0.54, 0.85]
assert [photos.classes.index(name) for name in ("cup", "saucer")] == [7, 8]

# %% [markdown]
# On the scenes, one color for all has 57 % of the stones right: "always boulder". Ever finer colors add hardly
# anything. Cup and saucer are less alike: 512 colors could have 85 % right, where one answer for all has 54 %. Part of
# what fine colors add is no knowledge: a color that occurs once is "right" by being looked up.
#
# ## Ablation
#
# What would help: more numbers, the place in the image, or neighbors? Five networks, 800 steps, three seeds each, by
# `python lectures/recipes/02_pixel_classification.py --long`; `train_anew` makes the first table here, with `steps`.
# (87 hidden values take about as many numbers as 3 × 3 pixels. *Field* is the width of what an output sees, *MACs* are
# multiplications: [lecture 3](03_convolution.ipynb). *Seconds*, of processor time, don't follow them.) The second table
# holds **real streets**, CamVid; the pair is road and pavement. *Predict* which of the five leave the coin behind.
#
# <details><summary>Answer</summary>
#
# Position, 0.62, and 3 × 3 pixels, a little, 0.54. Three times color is three times a coin.
#
# </details>


# %% name="settings"
class WithPosition(nn.Module):
    """Add two channels, row and column from −1 to 1: (N, 3, H, W) -> (N, 5, H, W)."""

    def forward(self, x):
        row, column = (torch.linspace(-1, 1, size, device=x.device) for size in x.shape[2:])
        places = torch.stack(torch.meshgrid(row, column, indexing="ij")).expand(len(x), -1, -1, -1)
        return torch.cat([x, places], dim=1)


settings = {
    "color, linear": lambda: nn.Conv2d(3, len(classes), 1),
    "color, 32 hidden": color_net,
    "color, 87 hidden": lambda: color_net(87),
    "color and position, 32 hidden": lambda: nn.Sequential(WithPosition(), *color_net(inputs=5)),
    "3 × 3 pixels, 32 hidden": lambda: color_net(size=3),
}

# %% name="figure-ablation" alt="Five bars of pair accuracy on scenes: the three networks of color alone are at 0.49 or 0.50, color and position at 0.62, and 3 × 3 pixels at 0.54; a dashed line marks a coin."
longer = json.loads(se.shipped("results/02_longer.json").read_text(encoding="utf-8"))
table = [{"seconds": 0} | stored["rows"][0], *longer["rows"]]
print(f"trained here, {steps} steps, one seed" if train_anew else f"loaded: {longer['about']}")
for row in table[1:] if train_anew else []:
    network = trained(settings[row["network"]], progress=False).model
    row |= score(se.predict(network, images, logits=True), maps) | {"seconds": None}
costs, scores = ("field", "parameters", "MACs", "seconds"), ("accuracy", "mean IoU", "pair accuracy")
se.results_table(table, ("network", *costs, *scores), best=dict.fromkeys(scores, "max"))
se.comparison_bars(
    [row["network"] for row in longer["rows"]],
    [row["seeds"]["pair accuracy"] for row in longer["rows"]],
    baseline=0.5,
    baseline_name="a coin",
    xlabel="pair accuracy on scenes after 800 steps, three seeds",
    title="Which of the five tells the look-alikes apart (scenes)?",
)
print(f"On real streets, loaded: {stored['about camvid']}")
se.results_table(stored["camvid"], ("network", "parameters", *scores, "±"), best=dict.fromkeys(scores, "max"))

# %% name="proof-ablation" tags=["proof"]
rows_of = [(maps == label).nonzero()[:, 1].float().mean().item() for label in pair]
if dataset == "scenes":
    assert 1.5 < rows_of[1] - rows_of[0] < 2

# %% [markdown]
# More hidden values don't help with the stones: what they lack is not in their input. **Position** raises all scores:
# sky is above, road below. It even helps with the stones: a pyramid has most of its pixels at its foot, so they lie
# about a row and a half lower than a boulder's, on average. And **3 × 3 pixels** see a texture, which both kinds share,
# and rarely a piece of an outline. In mean IoU they are 0.02 below position. After 200 steps it was 0.06: most of that
# was speed of learning.
#
# **On real streets**, after 200 steps, color with hidden values has about half of the pixels right, where the baseline
# has 29 %, and of road and pavement it tells more than a coin: look-alikes are seldom as alike as ours. For the pair,
# position helps most by far: a pavement lies beside the road.
#
# ## What goes wrong
#
# **Symptom.** The loss stays above $\log(1 + (C - 1)/e)$, however sure the network. **Cause.** Softmax twice. **Fix.**
# Give logits to the loss.
#
# **Symptom.** A loss that is too small, or an error that asks for `Long`. **Cause.** One-hot or float masks as the
# target. Torch takes a float tensor $(N, C, H, W)$ for probabilities, and void, 0 in every channel, then counts as a
# pixel. **Fix.** Integer labels $(N, H, W)$: `one_hot.argmax(dim=1)`, with void set to 255 again (`se.from_one_hot`).
#
# **Symptom.** `Target 255 is out of bounds`; on a GPU a *device-side assert*, after which only a new kernel helps; or a
# loss that grows with the void. **Cause.** Void is counted as a class. **Fix.** `ignore_index=255`; torch's default is
# −100.
#
# **Symptom.** A network that seems to have learned nothing, and no error. **Cause.** Logits with channels last,
# $(N, H, W, C)$, were brought into shape by `view`. It deals the numbers out anew. **Fix.** `movedim(-1, 1)`.

# %% name="wrong"
sure = torch.tensor([[[[4.0, -4, 0]], [[-4, 4, 0]]]])  # (1, 2, 1, 3)
target = torch.tensor([[[0, 1, 255]]])
right_value = F.cross_entropy(sure, target, ignore_index=255)
one_hot = torch.stack([target == 0, target == 1], dim=1).float()
values = {
    "right": right_value,
    "softmax twice": F.cross_entropy(sure.softmax(dim=1), target, ignore_index=255),
    "one-hot, void as zeros": F.cross_entropy(sure, one_hot),
    "one-hot made labels": F.cross_entropy(sure, se.from_one_hot(one_hot[0])[None], ignore_index=255),
    "void as class 0": F.cross_entropy(sure, target.where(target != 255, 0)),
}
for name, value in values.items():
    print(f"{name:23} {value:.5f}")
for wrong in (target, target.float()):
    try:
        F.cross_entropy(sure, wrong)
    except (IndexError, RuntimeError) as error:
        print(f"{wrong.dtype}: {type(error).__name__}: {str(error).splitlines()[0]}")
channels_last = logits.movedim(1, -1).contiguous()  # (N, H, W, C)
viewed, moved = channels_last.view(logits.shape), channels_last.movedim(-1, 1)
whole, dealt = F.cross_entropy(moved, maps, ignore_index=255), F.cross_entropy(viewed, maps, ignore_index=255)
print(f"channels moved: {whole:.2f}, viewed: {dealt:.2f}; log C is {torch.tensor(len(classes)).log():.2f}")

# %% name="proof-wrong" tags=["proof"]
torch.testing.assert_close(values["one-hot, void as zeros"], right_value * 2 / 3)
assert values["void as class 0"] > 500 * right_value
assert values["softmax twice"] > 20 * right_value
assert values["one-hot made labels"] == right_value
assert dataset != "scenes" or dealt > 3 * whole

# %% [markdown]
# ## Which one should I choose?
#
# | your case | output of the network | loss |
# |---|---|---|
# | one class against the rest | one logit, $(N, 1, H, W)$ | `F.binary_cross_entropy_with_logits` |
# | classes that exclude each other | $C$ logits | `F.cross_entropy(…, ignore_index=255)`, or `se.CrossEntropy()` |
# | classes that may overlap, such as "car" and "wet" | $C$ logits | binary, one for each channel |
#
# And which input? In the long table position lifts color's mean IoU from 0.46 to 0.65 for 64 numbers, 3 × 3 pixels lift
# it to 0.63 for 768. Keep a color-only network as a baseline for any data set.
#
# ## Recap
#
# - A loss is −log of the probability that the network gave to the labels, as a mean.
# - Its gradient at the logits is $p - y$. Computed from logits, with the largest taken out, it is finite.
# - A segmenter's loss is a classifier's at every pixel: one sum, divided by the number of labeled pixels.
# - The first loss is $\log C$; who sees nothing has at least the labels' entropy.
# - Color alone has about 85 % of the scenes' pixels right, and of two stones of one color half, like a coin.
#
# **Formula card**
#
# | | |
# |---|---|
# | sigmoid | $\sigma(z) = 1/(1 + e^{-z})$; of two classes: $z = z_1 - z_0$ |
# | BCE of a logit | $m + \log(e^{-m} + e^{z - m}) - zy$, with $m = \max(z, 0)$ |
# | softmax | $e^{z_c} / \sum_k e^{z_k}$ |
# | cross-entropy | $m + \log \sum_k e^{z_k - m} - z_y$, with $m = \max_k z_k$ |
# | gradient | $p - y$; of the mean: $(p - y)/V$ |
# | softmax twice | never below $\log(1 + (C - 1)/e)$ |
#
# **Shapes card**
#
# | | |
# |---|---|
# | image | $(N, 3, H, W)$ |
# | pixels as rows; weight | $(NHW, 3)$; $(C, 3)$, as a convolution $(C, 3, 1, 1)$ |
# | logits | $(N, C, H, W)$ |
# | target | $(N, H, W)$, integers, void 255 |
# | loss | one number; before the mean $(N, H, W)$ |
#
# ## Going further
#
# - [Bishop 2006, Pattern recognition and machine
#   learning](https://www.microsoft.com/en-us/research/people/cmbishop/prml-book/): logistic regression and the softmax,
#   from likelihood to gradient.
# - [Blanchard, Higham and Higham 2019, Log-sum-exp and softmax](https://arxiv.org/abs/1909.03469): how exact the
#   shifted form is.
# - [Jones and Rehg 2002, Statistical color models](https://doi.org/10.1023/A:1013200319198): a classifier of single
#   colors that was useful, for skin, and where it fails.
# - [ilastik](https://www.ilastik.org): a code base that classifies pixels by color and neighborhood while you paint.
#
# **Next:** [3. Convolution and the receptive field](03_convolution.ipynb): how much of the image does one output pixel
# see?
