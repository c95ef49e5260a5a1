# %% [markdown] name="front"
# # 8. Transposed convolution
#
# {{colab_badge}}
#
# **Question.** What does a convolution do that goes up?
#
# **You will be able to**
#
# - work out a transposed convolution by hand, and write it so that it equals torch's,
# - predict its output size, with padding, `output_padding` and dilation,
# - derive it in three ways, and say why it does not undo a convolution,
# - find a checkerboard in a network's output, measure it, and remove its cause.
#
# **Prerequisites.** [3. Convolution and the receptive field](03_convolution.ipynb) and
# [7. Upsampling without weights](07_upsampling.ipynb).
#
# **Time.** Reading {{reading}} min · playing 15 min · exercises 80 min.

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
dataset = "scenes"  # or "camvid", "pets": goal and lab then run on real images
root = None  # the folder of a real data set; None: where `segedu data fetch` puts it
steps = 200  # of each training run
train_anew = False  # True: repeat the ablation here (minutes) instead of loading its table

# %% [markdown]
# ## The goal
#
# The networks of [lecture 3](03_convolution.ipynb) go down: two strides of 2 leave a map with a quarter of the height
# and width. Something has to bring it back. The decoder below goes up with two **transposed convolutions**, 3 × 3 with
# stride 2. You need not understand them yet.

# %% name="data"
look_alikes = {"objects": (3, 5), "pair_share": 0.7, "pair_size": 1.3}  # more stones, of two kinds
options = look_alikes if dataset == "scenes" else {"root": root, "fallback": True}
data = se.load_dataset(dataset, "train", size=(64, 96), **options)
classes, colors = data.classes, data.colors
train = [data[i] for i in range(min(128, len(data)))]
val = se.load_dataset(dataset, "val", size=(64, 96), **options)
val = [val[i] for i in range(min(48, len(val)))]


# %% name="network"
def layer(channels_in, channels, stride=1, dilation=1):
    conv = nn.Conv2d(channels_in, channels, 3, stride, padding=dilation, dilation=dilation, bias=False)
    return conv, nn.BatchNorm2d(channels), nn.ReLU()


def transposed_decoder(channels, num_classes):
    """(N, channels, h, w) -> (N, num_classes, 4h, 4w)"""
    first = nn.ConvTranspose2d(channels, channels, 3, stride=2, padding=1, output_padding=1)
    second = nn.ConvTranspose2d(channels, num_classes, 3, stride=2, padding=1, output_padding=1)
    return nn.Sequential(first, nn.ReLU(), second)


def network(decoder):
    """Two layers with stride 2, two without, then a decoder: image (N, 3, H, W) -> logits (N, classes, H, W)."""
    down = layer(3, 24, stride=2) + layer(24, 24, stride=2) + layer(24, 24) + layer(24, 24, dilation=2)
    return nn.Sequential(*down, decoder(24, len(classes)))


def trained(decoder, seed=0, **options):
    with se.seeded(seed):
        model = network(decoder)
    return se.fit(model, train, steps=steps, batch=8, lr=1e-2, seed=seed, **options)


def logits_of(model, samples=val):
    """Return the logits of images, (N, classes, H, W)."""
    images = torch.stack([sample["image"].as_subclass(torch.Tensor) for sample in samples])
    with torch.no_grad():
        return model(model.preprocessing(images.to(next(model.parameters()).device))).float().cpu()


# %% name="figure-goal" alt="Two rows: an image, its label map, and the network's scores of one class; a photograph of a cup, its label map, and the scores of the same class. A fine regular grid of dots covers both score maps, and neither image."
first_run = trained(transposed_decoder)
before = logits_of(first_run.model)
chosen, photo = val[3], se.photo("coffee", size=(64, 96), labels=True)
label = int(before[3].argmax(dim=0).flatten().bincount().argmax())  # the class with most pixels
its_labels = se.viz.label_to_rgb(photo["label_map"], se.Photos.colors)  # other classes than the network's
score_of = f"the score of {classes[label]}"
row = [chosen["image"], chosen["label_map"], before[3, label]]
row += [photo["image"], its_labels, logits_of(first_run.model, [photo])[0, label]]
se.show_row(
    row,
    ["image", "target", score_of, "photograph", "its labels, of other classes", score_of],
    colors=colors,
    classes=classes,
    columns=3,
    limits=[None, None, "each", None, None, "each"],
    title="What do the scores show that is in no image?",
)

# %% [markdown]
# <details><summary>Answer</summary>A fine grid of dots, on both score maps.</details>
#
# It is called a **checkerboard artifact**. Where two classes score nearly alike, it can decide which one wins. To find
# its cause we need to know what a transposed convolution does.
#
# ## 1. Every input cell puts down a stamp
#
# A convolution *gathers*: each output cell looks at a window of the input. To go up, turn the roles around and
# *scatter*: each **input** cell puts down the whole kernel on the output, multiplied by its own value. We call this a
# **stamp**. Neighboring stamps start `stride` cells apart. Where they overlap, they add up.
#
# Below, $x$ has 2 × 3 cells and the kernel $w$ has 3 × 3. With stride 2 the first stamp starts in column 0, the last in
# column 4; it is 3 wide. **We expect an output of 5 × 7.** Four stamps meet in the framed cell (2, 2): of the values
# 1, 2, 4 and 5, each with another corner of the kernel. **We expect** $1·1 + 2·2 + 4·1 + 5·1 = 14$ there.

# %% name="figure-stamps" alt="A 2 × 3 input of 1 to 6, a 3 × 3 kernel, and two empty 5 × 7 outputs. In the first the kernel stands in rows 0 to 2, columns 0 to 2; in the second twice the kernel stands in columns 2 to 4. Cell (2, 2) is in both."
x = torch.tensor([[1, 2, 3], [4, 5, 6]])
w = torch.tensor([[1, 2, 1], [0, 3, 0], [2, 0, 1]])
first, second, place = torch.zeros(5, 7).long(), torch.zeros(5, 7).long(), torch.full((5, 7), -1)
first[0:3, 0:3], second[0:3, 2:5] = x[0, 0] * w, x[0, 1] * w
place[0:3, 2:5] = torch.arange(9).view(3, 3)  # which tap stands in which cell
se.matrix_figure(
    [x, w, first, second],
    ["input x", "kernel w", "stamp of x[0, 0] = 1", "stamp of x[0, 1] = 2"],
    symbols=["", "", "+"],
    taps={1: True, 3: place},
    highlight={0: [(0, 0, 1, 1), (0, 1, 1, 1)], 2: [(0, 0, 3, 3), (2, 2, 1, 1)], 3: [(0, 2, 3, 3), (2, 2, 1, 1)]},
    title="Each input cell stamps the kernel, times its value; stride 2 moves the stamp by two cells",
)


# %% name="loops"
def stamps(x, w, stride=1):
    """x (h, w), w (kh, kw) -> y ((h - 1)·stride + kh, (w - 1)·stride + kw)."""
    (height, width), (kh, kw) = x.shape, w.shape
    y = torch.zeros((height - 1) * stride + kh, (width - 1) * stride + kw, dtype=x.dtype)
    for i in range(height):
        for j in range(width):
            y[i * stride : i * stride + kh, j * stride : j * stride + kw] += x[i, j] * w
    return y


# %% name="stamped"
y = stamps(x, w, stride=2)
torch.testing.assert_close(y.float(), F.conv_transpose2d(x[None, None].float(), w[None, None].float(), stride=2)[0, 0])
y

# %% name="proof-stamped" tags=["proof"]
assert y.shape == (5, 7)
assert y[2, 2] == 14

# %% [markdown]
# Six lines equal torch's `conv_transpose2d`. The kernel is put down as it is, not flipped.
#
# The options have the names that you know from lecture 3. There they described the input; here they describe the
# **output**:
#
# - **stride** spreads the stamps, so the output grows,
# - **padding** *crops* that many cells on each of the four sides,
# - **dilation** spreads the taps of a stamp,
# - **output_padding** crops less below and on the right, by so many cells (with padding 0: the bias alone).
#
# Why the last one? A convolution with stride 2 turns 7 and 8 cells into the same 4 cells: rounding loses the rest.
# On the way up somebody has to say which of the two it was. With kernel 3, stride 2 and padding 1, **we expect** that 4
# cells become $3·2 + 3 - 2 = 7$, and 8 with `output_padding=1`. The new row and column hold what the stamps reach
# there; here not all are zeros.

# %% name="figure-dials" alt="The 5 × 7 output with two frames in it. The inner 3 × 5 cells are the output with padding 1; the frame that is one row and one column larger is the output with output_padding 1. Four of its nine new cells are not zero."
options = {"stride": 2, "padding": 1}
image, kernel = x[None, None].float(), w[None, None].float()
cropped = F.conv_transpose2d(image, kernel, **options)[0, 0].long()
extended = F.conv_transpose2d(image, kernel, **options, output_padding=1)[0, 0].long()
se.matrix_figure(
    [y, cropped, extended],
    ["padding 0: all that was stamped", "padding 1: the frame alone", "and output_padding 1"],
    highlight={0: [(1, 1, 3, 5), (1, 1, 4, 6)]},
    cell=30,
    title="Padding crops the output; output_padding gives back a row and a column",
)

# %% name="proof-dials" tags=["proof"]
assert torch.equal(cropped, y[1:-1, 1:-1])
assert torch.equal(extended, y[1:, 1:])
assert int((extended != 0).sum() - (cropped != 0).sum()) == 4  # of nine new cells
assert [F.conv2d(torch.ones(1, 1, n, n), kernel, **options).shape[-1] for n in (7, 8)] == [4, 4]
assert [se.ops.transposed_output_size(4, 3, 2, 1, extra) for extra in (0, 1)] == [7, 8]

# %% [markdown]
# **Play**, in the explorer below. Step through the input and watch the stamps add up. *Predict first:* with stride 2,
# how many stamps cover each output cell? Then change one thing, the kernel to 4 × 4: how many now? Back at 3 × 3, raise
# the stride to 3, then to 4. When do holes appear, and why?
#
# <details><summary>Answer</summary>Kernel 3: one, two or four stamps; kernel 4: four, but for the border. At stride 3
# each cell has one; at stride 4 holes appear, because the kernel is narrower than the step between stamps.</details>

# %% name="widget-transposed"
se.explorers.TransposedConvolutionExplorer(x.tolist(), w.tolist(), stride=2)

# %% [markdown]
# ### Exercise 8.1: the size of the output
#
# <div class="alert alert-info">
#
# **Task.** Write `transposed_size(input_size, kernel_size, stride=1, padding=0, output_padding=0, dilation=1)` for one
# axis: ints in, an int out, without a transposed convolution of torch and `se.ops.transposed_output_size`. Where does
# the last stamp begin, where does it end, what is cropped, what is added? For example, `transposed_size(4, 3, stride=2,
# padding=1)` is 7.
#
# What a right answer draws: `se.target("08.transposed_size")`.
# Stuck? `se.hint("08.transposed_size", 1)`, then 2, then 3.
#
# </div>


# %% name="exercise-transposed-size"
def transposed_size(input_size, kernel_size, stride=1, padding=0, output_padding=0, dilation=1):
    """Return how many cells the output has along one axis."""
    ### BEGIN SOLUTION
    end = (input_size - 1) * stride + dilation * (kernel_size - 1) + 1
    return end - 2 * padding + output_padding
    ### END SOLUTION


# %% name="check-transposed-size"
passed = se.check("08.transposed_size", transposed_size)

# %% name="figure-transposed-size" alt="Four rows. Sizes 5 to 16; below them 3 3 4 4 5 5 and so on; then 5 5 7 7 9 9, colored where the size is the first one, at odd sizes; then 6 6 8 8 10 10, colored at even sizes."
if passed:
    before_sizes = torch.arange(5, 17)
    down = [se.ops.output_size(n, 3, stride=2, padding=1) for n in before_sizes.tolist()]
    after = [torch.tensor([transposed_size(n, 3, 2, 1, extra) for n in down]) for extra in (0, 1)]
    sizes = torch.stack([before_sizes, torch.tensor(down), *after])
    se.matrix_figure(
        [sizes],
        ["sizes"],
        taps={0: torch.where((sizes == before_sizes) & (torch.arange(4)[:, None] > 0), 2, -1)},
        rows={0: ("", ["before", "down", "up", "output_padding 1"])},
        title="Down and up: odd sizes come back without output_padding, even ones with it",
    )
else:
    se.target("08.transposed_size")

# %% [markdown]
# ### Exercise 8.2: the whole layer
#
# A *layer* has channels. Its input is $(N, C, h, w)$, and its weight $(C, O, k_h, k_w)$: the **input** channel comes
# first. That is the shape of the weight of a convolution from $O$ to $C$ channels, the one that goes the other way.
# Cell $(i, j)$ stamps $\sum_c x_{c,i,j}\, w_{c,o}$ on output channel $o$. After the crop, one bias $b_o$ is added.
#
# <div class="alert alert-info">
#
# **Task.** Write `conv_transpose2d(x, weight, bias=None, stride=1, padding=0, output_padding=0, dilation=1)` with
# stamps, without a convolution of torch, transposed or not, without `F.fold` or another folding of torch, without the
# course's, and without a ready-made convolution of another package, such as `scipy.signal.convolve2d`. The options are
# ints; all but `x` and `weight` may be left out. Leave `x`, `weight` and `bias` as they are. Values are judged, not
# gradients.
#
# What a right answer draws: `se.target("08.conv_transpose2d")`.
# Stuck? `se.hint("08.conv_transpose2d", 1)`, then 2, then 3.
#
# </div>


# %% name="exercise-conv-transpose2d"
def conv_transpose2d(x, weight, bias=None, stride=1, padding=0, output_padding=0, dilation=1):
    """x (N, C, h, w), weight (C, O, kh, kw), bias (O,) or None -> (N, O, H, W)."""
    ### BEGIN SOLUTION
    (n, _, h, w), (_, channels, kh, kw) = x.shape, weight.shape
    rows = (h - 1) * stride + dilation * (kh - 1) + 1 + output_padding
    columns = (w - 1) * stride + dilation * (kw - 1) + 1 + output_padding
    canvas = torch.zeros(n, channels, rows, columns)
    for i in range(h):
        for j in range(w):
            stamp = torch.einsum("nc,couv->nouv", x[:, :, i, j], weight)
            top, left = i * stride, j * stride
            bottom, right = top + dilation * (kh - 1) + 1, left + dilation * (kw - 1) + 1
            canvas[:, :, top:bottom:dilation, left:right:dilation] += stamp
    y = canvas[:, :, padding : rows - padding, padding : columns - padding]
    return y if bias is None else y + bias[:, None, None]
    ### END SOLUTION


# %% name="check-conv-transpose2d"
passed = se.check("08.conv_transpose2d", conv_transpose2d)

# %% name="figure-conv-transpose2d" alt="A cat four times: small, and enlarged by 2 with three kernels. Equal stamps of 2 × 2 give blocks, tents a smooth picture. Equal stamps of 3 × 3 cover it with a fine grid."
if passed:
    photo = se.photo("chelsea", size=(50, 75))[:, None]  # (3, 1, H, W): each color is an image of its own
    squares, tents = torch.ones(1, 1, 2, 2), se.ops.bilinear_kernel(2)[None, None]
    grown = [conv_transpose2d(photo, squares, stride=2), conv_transpose2d(photo, tents, stride=2, padding=1)]
    grown += [conv_transpose2d(photo, torch.full((1, 1, 3, 3), 4 / 9), stride=2, padding=1)]
    se.show_row(
        [each[:, 0].clamp(0, 1) for each in (photo, *grown)],
        ["50 × 75 pixels", "stamps 2 × 2, equal", "stamps 4 × 4, tents", "stamps 3 × 3, equal"],
        columns=2,
        title="The stamp decides what comes between the pixels: copies, a ramp, or a grid",
    )
else:
    se.target("08.conv_transpose2d")

# %% [markdown]
# ## 2. The same numbers from a matrix, and from a gradient
#
# [Lecture 3](03_convolution.ipynb) wrote a convolution as a matrix: one row per output cell, one column per input cell.
# Here is that matrix $M$ for a convolution in one dimension, from 7 cells to 3: kernel (1, 3, 2), stride 2. It has
# shape 3 × 7, so its transpose $M^\top$ has 7 × 3 and leads back **up**, from 3 numbers to 7.
#
# Look at the *columns* of $M^\top$. Column $j$ is the kernel, moved down by $2j$ cells: the stamp of cell $j$. So
# $M^\top x$ adds up stamps. **We expect** $1·2 + 2·1 = 4$ in the framed cell, where two stamps meet.

# %% name="figure-matrix" alt="A 3 × 7 matrix with the kernel 1 3 2 in each row, two columns further right from row to row. Its transpose, 7 × 3, times the vector 1 2 3 gives 1 3 4 6 7 9 6. In row 2 the entries 2 and 1 make 1·2 + 2·1 = 4."
line = torch.tensor([1, 2, 3])
M = se.ops.conv_matrix(torch.tensor([[[[1, 3, 2]]]]), (1, 7), stride=2)  # (3, 7)
taps = se.ops.conv_matrix(torch.tensor([[[[1, 2, 3]]]]), (1, 7), stride=2) - 1  # which tap stands where; -1: none
up = M.T @ line
se.matrix_figure(
    [M, M.T, line[:, None], up[:, None]],
    ["M: the convolution, 7 to 3", "its transpose, 3 to 7", "x", "y"],
    symbols=["", "·", "="],
    taps={0: taps, 1: taps.T},
    highlight={1: (2, 0, 1, 3), 3: (2, 0, 1, 1)},
    rows={0: "output cell", 1: "large map"},
    columns={0: "input cell", 1: "small map"},
    title="The columns of the transposed matrix are the stamps",
)

# %% name="proof-matrix" tags=["proof"]
assert up[2] == 4
stamped = F.conv_transpose1d(line[None, None].float(), torch.tensor([[[1.0, 3, 2]]]), stride=2)
torch.testing.assert_close(up.float(), stamped[0, 0])

# %% [markdown]
# That is the operator's proper name: **transposed convolution**.
#
# The third view needs no new code at all. How does a network learn? Backpropagation carries a gradient from the output
# of a layer to its input. For a linear layer $y = Mz$ that is a product with $M^\top$. So the backward pass of every
# convolution *is* a transposed convolution, and the other way round. **We expect** the `y` of section 1 when autograd
# carries our `x` backward through a convolution with stride 2.

# %% name="gradient"
z = torch.zeros(1, 1, 5, 7, requires_grad=True)
(gradient,) = torch.autograd.grad(F.conv2d(z, kernel, stride=2), z, grad_outputs=image)
torch.testing.assert_close(gradient[0, 0], y.float())

# %% name="proof-gradient" tags=["proof"]
v = torch.zeros(1, 1, 2, 3, requires_grad=True)
(gradient,) = torch.autograd.grad(F.conv_transpose2d(v, kernel, stride=2), v, grad_outputs=gradient)
torch.testing.assert_close(gradient, F.conv2d(y[None, None].float(), kernel, stride=2))

# %% [markdown]
# A fourth picture is common in papers. Lay `stride − 1` zeros between the input cells (the bed of nails of
# [lecture 7](07_upsampling.ipynb)), pad by $d(k - 1) - p$, and convolve with the kernel *turned by 180°*. The result is
# the same, so the operator is also called **fractionally strided** convolution. To compute it so is wasteful: most
# products are with a zero.
#
# Scatter, matrix, gradient: three views of one operator. (The build of this page holds all three against torch, on
# fifty random layers with channels, bias and every option.)

# %% name="proof-fifty" tags=["proof"]
views = se.ops.conv_transpose2d_scatter, se.ops.conv_transpose2d_matrix, se.ops.conv_transpose2d_gradient
for _ in range(50):
    c, o, stride, dilation, kh, kw = torch.randint(1, 4, (6,)).tolist()
    padding, extra = (int(torch.randint(0, most + 1, (1,))) for most in ((min(kh, kw) - 1) * dilation // 2, stride - 1))
    settings = {"stride": stride, "padding": padding, "output_padding": extra, "dilation": dilation}
    conv, maps = nn.ConvTranspose2d(c, o, (kh, kw), **settings), torch.randn(2, c, *torch.randint(2, 6, (2,)))
    for view in views:
        torch.testing.assert_close(view(maps, conv.weight, conv.bias, **settings), conv(maps), rtol=1e-4, atol=1e-5)
nails = torch.zeros(1, 1, 3, 5)
nails[:, :, ::2, ::2] = image
torch.testing.assert_close(F.conv2d(nails, kernel.flip(2, 3), padding=2)[0, 0], y.float())

# %% [markdown]
# ### Exercise 8.3: build the matrix and transpose it
#
# <div class="alert alert-info">
#
# **Task.** Write `transposed_matrix(weight, input_size, stride=1, padding=0)`. `weight` is one kernel $(k_h, k_w)$,
# `input_size` the size $(h, w)$ of the small map. Return the matrix $(H·W,\ h·w)$ that leads from the small map to the
# large one; maps are flattened row by row. Build the matrix of the convolution that leads down, without
# `se.ops.conv_matrix` and without a transposed convolution of torch or of the course, and transpose it.
#
# What a right answer draws: `se.target("08.transposed_matrix")`.
# Stuck? `se.hint("08.transposed_matrix", 1)`, then 2, then 3.
#
# </div>


# %% name="exercise-transposed-matrix"
def transposed_matrix(weight, input_size, stride=1, padding=0):
    """weight (kh, kw), input_size (h, w) -> matrix (H·W, h·w) of the transposed convolution."""
    ### BEGIN SOLUTION
    (h, w), (kh, kw) = input_size, weight.shape
    H, W = (h - 1) * stride + kh - 2 * padding, (w - 1) * stride + kw - 2 * padding
    matrix = torch.zeros(h * w, H * W)  # of the convolution: one row per cell of the small map
    for i in range(h):
        for j in range(w):
            for u in range(kh):
                for v in range(kw):
                    y, x = i * stride + u - padding, j * stride + v - padding
                    if 0 <= y < H and 0 <= x < W:
                        matrix[i * w + j, y * W + x] = weight[u, v]
    return matrix.T
    ### END SOLUTION


# %% name="check-transposed-matrix"
passed = se.check("08.transposed_matrix", transposed_matrix)

# %% name="figure-transposed-matrix" alt="Six stamps: a 6 × 35 matrix with nine colored cells in each row, in three groups, seven columns apart."
if passed:
    places = transposed_matrix(torch.arange(1.0, 10).view(3, 3), (2, 3), stride=2).T.long() - 1
    se.matrix_figure(
        [transposed_matrix(w.float(), (2, 3), stride=2).T],
        ["your matrix, lying on its side"],
        taps={0: places},
        rows={0: "input cell"},
        columns={0: "cell of the 5 × 7 output"},
        title="Six stamps: the nine taps of each stand where the input cell puts them",
    )
else:
    se.target("08.transposed_matrix")

# %% [markdown]
# ## 3. Why "deconvolution" is the wrong name
#
# The operator is often called *deconvolution*. In signal processing that word means to **undo** a convolution: given
# the blurred image, find the sharp one. Does the transpose do that? Only if $M^\top M = I$. That holds for
# rotations, but for no kernel that blurs.
#
# Try it. We blur a photograph with a 5 × 5 kernel and apply the transposed convolution with the same kernel. *Predict:*
# sharper, the same, or more blurred?
#
# <details><summary>Answer</summary>More blurred: the mean error grows by half.</details>

# %% name="figure-deconvolution" alt="The head of a photographer four times: sharp, blurred, more blurred, and sharp again."
gray = se.photo("camera", size=(128, 192))[:1, 8:48, 72:132].double()[None]  # (1, 1, 40, 60)
bump = torch.tensor([1.0, 2, 4, 2, 1]).double() / 10
blur = torch.outer(bump, bump)[None, None]
blurred = F.conv2d(gray, blur, padding=2)
again = F.conv_transpose2d(blurred, blur, padding=2)
matrix = se.ops.conv_matrix(blur, (40, 60), padding=2)  # (2400, 2400)
solved = torch.linalg.solve(matrix, blurred.flatten()).view_as(gray)
errors = [(picture - gray).abs().mean().item() for picture in (blurred, again, solved)]
se.show_row(
    [gray[0], blurred[0], again[0], solved[0].clamp(0, 1)],
    ["photograph", "convolved", "then transposed-convolved", "then the equations solved"],
    title="The transposed convolution blurs a second time; undoing the blur takes an inverse",
)
print("mean error:", "  ".join(f"{e:.3f}" for e in errors))

# %% name="proof-deconvolution" tags=["proof"]
assert 1.4 < errors[1] / errors[0] < 1.7
assert errors[2] < 1e-6
small = se.ops.conv_matrix(kernel, (5, 7), stride=2)
assert torch.linalg.matrix_rank(small) == 6
back = F.conv_transpose2d(F.conv2d(y[None, None].float(), kernel, stride=2), kernel, stride=2)[0, 0]
assert not torch.allclose(back, y.float())

# %% [markdown]
# The transpose has the *shape* of an inverse, and nothing else of it. An inverse exists here, because the blur kept the
# size and lost no frequency: solving 2,400 equations brings the photograph back. With stride 2 there is none. The
# matrix from 35 cells to 6 has rank 6: the other 29 numbers are gone.
#
# The name came from Zeiler et al. 2010, whose *deconvolutional networks* did solve such equations, by optimization.
#
# ## 4. A start that upsamples
#
# So a transposed convolution is a layer that learns how to upsample. At the start its weights are random: it does not
# upsample at all. [Lecture 7](07_upsampling.ipynb) has a better guess, bilinear interpolation. Which kernel does that?
#
# Bilinear weights fall linearly with the distance: a **tent**. For a factor $f$ it is $k = 2f - (f \bmod 2)$ cells
# wide. For $f = 2$ the tent is ¼ ¾ ¾ ¼. Between the neighbors 0 and 4 **we expect** ¾·0 + ¼·4 = 1 and ¼·0 + ¾·4 = 3.
# The padding $\lfloor f/2 \rfloor$ crops the output to $f$ times the input.
#
# The outermost cells get one stamp in place of two, because nobody stamps from outside of the image. `F.interpolate`
# repeats the border instead. So **we expect** equality everywhere but on the border, and for $f = 2$ in a corner ¾ · ¾
# of the value.

# %% name="figure-bilinear" alt="The row 8 0 4 12, stamped with the tent 0.25 0.75 0.75 0.25, gives 6 6 2 1 3 6 10 9. Between 0 and 4 stand 1 and 3. The first and the last value are too small. Beside it the 4 × 4 kernel, largest 0.5625."
tent = se.ops.bilinear_kernel((1, 2))
pair = torch.tensor([[8.0, 0.0, 4.0, 12.0]])
between = F.conv_transpose2d(pair[None, None], tent[None, None], stride=(1, 2), padding=(0, 1))[0, 0]
se.matrix_figure(
    [pair, tent, between, se.ops.bilinear_kernel(2)],
    ["x", "tent", "upsampled by 2", "tent times tent"],
    symbols=["∗", "=", ""],
    highlight={0: (0, 1, 1, 2), 2: (0, 3, 1, 2)},
    title="Stamps of tents add up to linear interpolation, except for the outermost cells",
)

# %% name="init"
cat = se.photo("chelsea", size=(50, 75))[None]
learned = se.ops.bilinear_init_(nn.ConvTranspose2d(3, 3, kernel_size=4, stride=2, padding=1))(cat).detach()
fixed = F.interpolate(cat, scale_factor=2, mode="bilinear", align_corners=False)
torch.testing.assert_close(learned[:, :, 1:-1, 1:-1], fixed[:, :, 1:-1, 1:-1])

# %% name="proof-init" tags=["proof"]
torch.testing.assert_close(learned[:, :, 0, 0], 0.75**2 * fixed[:, :, 0, 0])
assert between[0, 3:5].tolist() == [1, 3]

# %% [markdown]
# The FCN of Long et al. 2015 starts its upsampling layers like this. They can be learned, says the paper; yet in the
# authors' code they all stay bilinear, with a learning rate of 0.
#
# It can be cheaper. A 4 × 4 transposed convolution from 64 to 64 channels has
# $64·64·16 + 64 = 65{,}600$ parameters: it mixes all channels at sixteen places. A **decoder
# block** separates the jobs. A 1 × 1 convolution *projects* to a quarter of the channels, a **depthwise** transposed
# 4 × 4 convolution (one kernel for each channel, bilinear at the start) goes up, and a 1 × 1 convolution *expands*.
#
# **We expect** $(64·16 + 16) + (16·16 + 16) + (16·64 + 64) = 2{,}400$ parameters.


# %% name="block"
def decoder_block(channels_in, channels_out, inside):
    """1 × 1 project, depthwise transposed 4 × 4 with stride 2, 1 × 1 expand: (N, C, h, w) -> (N, O, 2h, 2w)."""
    up = se.ops.bilinear_init_(nn.ConvTranspose2d(inside, inside, 4, stride=2, padding=1, groups=inside))
    project, expand = nn.Conv2d(channels_in, inside, 1), nn.Conv2d(inside, channels_out, 1)
    return nn.Sequential(project, nn.ReLU(), up, nn.ReLU(), expand)


# %% name="costs"
pair = {"transposed 4 × 4": nn.ConvTranspose2d(64, 64, 4, stride=2, padding=1), "block": decoder_block(64, 64, 16)}
counts = {name: se.count_parameters(each) for name, each in pair.items()}
macs = {name: se.count_macs(each, (1, 64, 12, 18)) for name, each in pair.items()}
se.results_table([{"decoder": n, "parameters": counts[n], "MACs on 12 × 18 cells": macs[n]} for n in pair])

# %% name="proof-costs" tags=["proof"]
assert list(counts.values()) == [65_600, 2_400]

# %% [markdown]
# ## 5. The checkerboard
#
# Back to the grid. Count how many stamps cover each output cell: what the layer makes of ones if all its weights are 1.
# In one dimension, kernel 3 and stride 2: every second cell is covered twice, the cells between once. In two dimensions
# the counts multiply. **We expect** 1, 2 and 4 inside. With kernel 4, a multiple of the stride, **we expect** 2 · 2 = 4
# everywhere inside.
#
# **Inside, all counts are equal if and only if the kernel size is divisible by the stride.** The table holds the
# difference between the largest and the smallest count in one dimension. **We expect** 0 exactly where the stride
# divides the kernel size.

# %% name="figure-overlap" alt="Two grids of counts. With kernel 3 the frame holds a checkerboard of 1, 2 and 4. With kernel 4 all cells in the frame are 4; along the border they fall to 2 and 1. A table of 4 × 8 zeros and ones. Stride 1: all zero. Stride 2: zero at 2, 4, 6, 8. Stride 3: at 3 and 6. Stride 4: at 4 and 8."
counts = [se.ops.overlap_count((3, 5), k, stride=2) for k in (3, 4)]
lines = [[se.ops.overlap_count((1, 20), (1, k), (1, s))[0, 8:-8] for k in range(1, 9)] for s in range(1, 5)]
gaps = torch.tensor([[line.max() - line.min() for line in row] for row in lines])
se.matrix_figure(
    [*counts, gaps],
    ["kernel 3, stride 2: 1, 2 or 4 stamps", "kernel 4, stride 2: 4 stamps inside", "largest − smallest count"],
    highlight={0: (2, 2, 3, 7), 1: (2, 2, 4, 8)},
    rows={2: ("stride", list("1234"))},
    columns={2: ("kernel size", list("12345678"))},
    title="Stamps of 3, two cells apart, cover the output unevenly; stamps of 4 cover it evenly",
)

# %% name="proof-overlap" tags=["proof"]
assert [counts[0][2:5, 2:9].unique().tolist(), counts[1][2:6, 2:10].unique().tolist()] == [[1, 2, 4], [4]]
assert all((gaps[s - 1, k - 1] == 0) == (k % s == 0) for s in range(1, 5) for k in range(1, 9))

# %% [markdown]
# Uneven counts are one cause of a grid. Are they the only one? Test decoders on an **even map**: all its cells are
# equal, so nothing happens in it, and all output cells inside should be equal too. *Predict* for four decoders with
# random weights: transposed 3 × 3, transposed 2 × 2 (one stamp in each cell), transposed 4 × 4 (four in each), and
# upsampling followed by an ordinary convolution. Which of them keep the map even?
#
# <details><summary>Answer</summary>Only the last one.</details>

# %% name="figure-even" alt="Four maps of 12 × 14 cells, each the answer to an even input. The three transposed convolutions draw a pattern that repeats every two cells. The fourth map is blank."
with se.seeded(1):
    ups = {f"transposed {k} × {k}, stride 2": nn.ConvTranspose2d(8, 1, k, stride=2) for k in (3, 2, 4)}
    ups["upsample 2, then 3 × 3"] = nn.Sequential(nn.Upsample(scale_factor=2), nn.Conv2d(8, 1, 3))
    even = torch.rand(1, 8, 1, 1).expand(1, 8, 9, 12)
answers = [up(even)[0, 0, 3:15, 3:17].detach() for up in ups.values()]
se.show_row(
    [answer - answer.mean() for answer in answers],
    list(ups),
    limits=(-0.3, 0.3),
    columns=2,
    title="The answer to an even map: who draws a grid?",
)

# %% name="proof-even" tags=["proof"]
spreads = [(answer.max() - answer.min()).item() for answer in answers]
assert min(spreads[:3]) > 0.05
assert spreads[3] < 1e-6

# %% [markdown]
# Equal counts are not enough. With kernel 2 or 4, cells of different **phase** (row
# and column modulo the stride) get *different* taps. The network may learn to make their sums equal; nothing forces it
# to. **Phases with weights of their own** can draw a grid. A convolution after resizing uses the same weights in all
# phases, so it cannot draw a grid on an even map. Odena et al. 2016 recommend it: **resize, then convolve**. (They
# preferred nearest.)
#
# ### Exercise 8.4: measure the grid
#
# How strong is a grid that sits on top of a picture? Average the map over all cells of one phase
# $(i \bmod s,\ j \bmod s)$: what repeats with the period $s$ stays, the picture averages out. The $s × s$ means are the
# **pattern**.
#
# <div class="alert alert-info">
#
# **Task.** Write `grid_energy(heat_map, period)`: variance of the pattern divided by the variance of the map, a float
# from 0 to 1. `heat_map` is $(H, W)$, of any numbers; both sides are multiples of `period`, which may be 1. Variances
# divide by the count (`correction=0`).
#
# What a right answer draws: `se.target("08.grid_energy")`.
# Stuck? `se.hint("08.grid_energy", 1)`, then 2, then 3.
#
# </div>


# %% name="exercise-grid-energy"
def grid_energy(heat_map, period):
    """heat_map (H, W) -> the share of its variance that repeats with the period."""
    ### BEGIN SOLUTION
    height, width = heat_map.shape
    pattern = heat_map.view(height // period, period, width // period, period).mean(dim=(0, 2))
    return (pattern.var(correction=0) / heat_map.var(correction=0)).item()
    ### END SOLUTION


# %% name="check-grid-energy"
passed = se.check("08.grid_energy", grid_energy)

# %% name="figure-grid-energy" alt="One bar for the image, almost of length 0, and one for each of up to six score maps, most of them many times as long."
if passed:
    maps = {"the image, gray": chosen["image"].as_subclass(torch.Tensor).mean(dim=0)}
    maps |= {f"score of {name}": heat for name, heat in zip(classes[:6], before[3, :6])}
    shares = [100 * grid_energy(each, period=4) for each in maps.values()]
    unit = "share of the variance that repeats every 4 cells (%)"
    se.comparison_bars(list(maps), shares, xlabel=unit, title="The grid is in the scores, not in the image")
else:
    se.target("08.grid_energy")

# %% [markdown]
# ### Exercise 8.5: remove the checkerboard
#
# <div class="alert alert-info">
#
# **Task.** Repair `transposed_decoder`. Write `smooth_decoder(channels, num_classes)`. It returns an `nn.Module` that
#
# - turns $(N, \text{channels}, h, w)$ into $(N, \text{num\_classes}, 4h, 4w)$, for every $h$ and $w$,
# - answers an even map (all cells equal) with an even map, away from the border, **whatever its weights become**, and
#   an almost even map without a grid (a test whether the input is even hides the grid, no more),
# - changes its output above a cell more than elsewhere if that cell of the input changes,
# - has something to learn that changes its answers, and at most 8,000 parameters (`transposed_decoder` has 7,378).
#
# Every decoder that does so is right. `check` tries several sizes, random weights beside the decoder's own, and
# training mode beside evaluation.
#
# What a right answer draws: `se.target("08.smooth_decoder")`.
# Stuck? `se.hint("08.smooth_decoder", 1)`, then 2, then 3.
#
# </div>


# %% name="exercise-smooth-decoder"
def smooth_decoder(channels, num_classes):
    """Return a decoder (N, channels, h, w) -> (N, num_classes, 4h, 4w) that can't draw a grid."""
    ### BEGIN SOLUTION
    up, first = nn.Upsample(scale_factor=2), nn.Conv2d(channels, channels, 3, padding=1)
    return nn.Sequential(up, first, nn.ReLU(), up, nn.Conv2d(channels, num_classes, 3, padding=1))
    ### END SOLUTION


# %% name="check-smooth-decoder"
passed = se.check("08.smooth_decoder", smooth_decoder)

# %% name="figure-smooth-decoder" alt="Two maps. The first is a regular pattern that repeats every four cells, the second is blank."
if passed:
    with se.seeded(0):
        pair = [make(24, len(classes)) for make in (transposed_decoder, smooth_decoder)]
        even = torch.rand(1, 24, 1, 1).expand(1, 24, 16, 24)
    answers = [decoder(even)[0, 0, 16:48, 16:80].detach() for decoder in pair]
    se.show_row(
        [answer - answer.mean() for answer in answers],
        ["transposed_decoder", "yours"],
        limits=(-0.1, 0.1),
        title="The answer to an even map: a grid before the repair, none after it",
    )
else:
    se.target("08.smooth_decoder")

# %% [markdown]
# ## Lab: the decoder exchanged
#
# The decoder changes; encoder, images and steps stay. The lab trains *your* `smooth_decoder` if it has passed. **The
# trivial baseline** learns nothing about going up: a 1 × 1 convolution makes the scores, bilinear interpolation
# enlarges them.
#
# Our measures are the mean IoU, the boundary F1 ([lecture 7](07_upsampling.ipynb)) and the share of the scores'
# variance that repeats every 4 cells. White noise of this size has 0.24 % by chance. *Predict:* which decoder
# has the least grid? Which has the best mean IoU?
#
# <details><summary>Answer</summary>On the scenes both others have next to no grid. Which mean IoU is best changes with
# the steps (the ablation).</details>
#
# The cells of this encoder lie at pixels 0, 4, 8, …: points, as lecture 7 calls them. The transposed 3 × 3 leaves them
# there. Upsampling takes them for areas, 1.5 pixels further; training has to absorb that.


# %% name="lab-decoders"
def interpolated(channels, num_classes):
    return nn.Sequential(nn.Conv2d(channels, num_classes, 1), nn.Upsample(scale_factor=4, mode="bilinear"))


def resized(channels, num_classes, mode="bilinear"):
    up = nn.Upsample(scale_factor=2, mode=mode)
    first, second = nn.Conv2d(channels, channels, 3, padding=1), nn.Conv2d(channels, num_classes, 3, padding=1)
    return nn.Sequential(up, first, nn.ReLU(), up, second)


# %% name="figure-history" alt="Three panels: the training loss falls, the validation mean IoU rises, the learning rate rises and falls."
mine = smooth_decoder if se.passed("08.smooth_decoder") else resized
smooth_run = trained(mine, val=val, validate_every=max(steps // 4, 1))
se.plot_history(smooth_run.history)


# %% name="score"
def grid_share(logits, period=4):
    """Return the mean share, in percent, of the maps' variance that repeats with the period (exercise 8.4)."""
    rows, columns = (side // period for side in logits.shape[-2:])
    blocks = logits.reshape(-1, rows, period, columns, period)
    pattern = blocks.mean(dim=(1, 3)).flatten(1)  # (maps, period²): the means of the phases
    return 100 * (pattern.var(dim=1, correction=0) / blocks.flatten(1).var(dim=1, correction=0)).mean().item()


def score(run):
    logits, boundary = logits_of(run.model), se.BoundaryF1(len(classes), tolerance=1)
    for labels, sample in zip(logits.argmax(dim=1), val, strict=True):
        boundary.update(labels, sample["label_map"].as_subclass(torch.Tensor))
    scores = run.evaluate(val).mean_iou(), boundary.mean_f1(), grid_share(logits)
    return dict(zip(("mean IoU", "boundary F1", "grid (%)"), scores))


# %% name="lab"
truth = torch.stack([sample["label_map"].as_subclass(torch.Tensor) for sample in val])
usual = truth[truth < len(classes)].bincount().argmax()
majority = se.ConfusionMatrix(len(classes)).update(torch.full_like(truth, usual), truth).mean_iou()
runs = {"baseline: bilinear": trained(interpolated, progress=False), "transposed 3 × 3": first_run}
runs[f"without a grid ({mine.__name__})"] = smooth_run
table = []
for name, run in runs.items():
    row, decoder = {"decoder": name, **score(run)}, run.model[-1].cpu()
    macs = se.count_macs(decoder, (1, 24, 16, 24))
    table.append(row | {"parameters": se.count_parameters(decoder), "MACs": macs})
se.results_table(table, formats={"grid (%)": ".2f"})
print(f"mean IoU of the most frequent class everywhere: {majority:.3f}")

# %% name="proof-lab" tags=["proof"]
assert min(row["mean IoU"] for row in table) > 2 * majority
assert table[2]["parameters"] == table[1]["parameters"]
assert table[2]["MACs"] == 4 * table[1]["MACs"]
assert table[2]["grid (%)"] < 0.2 * table[1]["grid (%)"]

# %% [markdown]
# The grid is gone, for about the same number of parameters but four times the MACs: the convolutions run at the large
# size. **The worst predictions** of the new network, not its best:


# %% name="figure-worst" alt="Two rows of image, target, prediction, error: the validation images with the lowest mean IoU. Errors lie along outlines, thin things are missing, stones get the wrong kind."
labels = logits_of(smooth_run.model).argmax(dim=1)
own = [se.ConfusionMatrix(len(classes)).update(p, v["label_map"]).mean_iou() for p, v in zip(labels, val, strict=True)]
worst = sorted(range(len(val)), key=own.__getitem__)[:2]
pictures, targets = ([val[i][key] for i in worst] for key in ("image", "label_map"))
title = "The two worst images: without a grid, what is still lost?"
se.show_predictions(pictures, targets, labels[worst], classes, colors, title=title)

# %% [markdown]
# ## Ablation
#
# Eight decoders behind the same encoder, 800 steps and three seeds each, on the scenes, by
# `python lectures/recipes/08_transposed_convolution.py longer`; the last columns hold the same after 200 steps.
# Parameters and MACs are the decoder's, the field is that of a pixel of the whole network, seconds are of one training
# with its scoring, on one core.
#
# Two decoders with kernel 4 differ in their start alone: random stamps, or tents. *Predict:* does 2 × 2, with one stamp
# in each cell, draw less of a grid than 3 × 3? Does the grid go with more steps? Which decoder scores best?
#
# <details><summary>Answer</summary>2 × 2 draws about as much. No grid goes; all four transposed means grow. After
# 200 steps both resizings have the best mean IoU, after 800 transposed 4 × 4 and 3 × 3.</details>


# %% name="ablation-decoders"
def transposed(channels, num_classes, kernel):
    first, second = (nn.ConvTranspose2d(channels, out, kernel, 2, kernel // 2 - 1) for out in (channels, num_classes))
    return nn.Sequential(first, nn.ReLU(), second)


def tents(channels, num_classes):
    decoder = transposed(channels, num_classes, 4)
    for up in (decoder[0], decoder[2]):  # every stamp becomes a random number times the bilinear kernel
        up.weight.data = 2 * up.weight.data[:, :, :1, :1] * se.ops.bilinear_kernel(2)
    return decoder


def blocks(channels, num_classes):
    return nn.Sequential(decoder_block(channels, channels, 12), nn.ReLU(), decoder_block(channels, num_classes, 12))


decoders = {
    "bilinear, nothing learned": interpolated,
    "transposed 3 × 3": transposed_decoder,
    "transposed 2 × 2": lambda channels, num_classes: transposed(channels, num_classes, 2),
    "transposed 4 × 4": lambda channels, num_classes: transposed(channels, num_classes, 4),
    "transposed 4 × 4, bilinear start": tents,
    "two decoder blocks": blocks,
    "resize, then 3 × 3": resized,
    "nearest, then 3 × 3": lambda channels, num_classes: resized(channels, num_classes, "nearest"),
}

# %% name="figure-ablation" alt="Eight bars, with dots for three seeds. Transposed 3 × 3 and 2 × 2 have the longest, and their dots lie far apart; transposed 4 × 4 is shorter, and shorter still with a bilinear start. Blocks, both resizings and the baseline are near zero."
import json


def show_table(rows):
    columns = [key for key in rows[0] if key != "seeds"]
    se.results_table(rows, columns, formats={key: ".2f" for key in columns if "grid" in key})


files = [se.shipped(f"results/08_{part}.json") for part in ("ablation", "longer", "camvid")]
short, stored, real = (json.loads(file.read_text(encoding="utf-8")) for file in files)
early = {row["decoder"]: {f"{key}, 200 steps": row[key] for key in ("mean IoU", "grid (%)")} for row in short["rows"]}
rows = [row | early[row["decoder"]] for row in stored["rows"]]
if train_anew:
    rows = [{"decoder": name, **score(trained(decoder, progress=False))} for name, decoder in decoders.items()]
print(f"trained here, {dataset}, one seed, {steps} steps" if train_anew else f"loaded, scenes: {stored['about']}")
show_table(rows)
se.comparison_bars(
    [row["decoder"] for row in rows],
    [row["grid (%)"] if train_anew else row["seeds"]["grid (%)"] for row in rows],
    xlabel=f"variance of period 4 (%, on {dataset if train_anew else 'the scenes'}; white noise: 0.24)",
    title="Which decoders draw a grid?" + ("" if train_anew else " (Numbers: the mean of three seeds)"),
)
print(f"loaded, real streets: {real['about']}")
show_table(real["rows"])

# %% [markdown]
# Transposed 2 × 2 has the evenest counts there are, and draws a grid as 3 × 3 does: its four phases have weights of
# their own. 4 × 4 draws less with every seed; nothing here tests why. Tents at the start leave less still, but their
# phases move apart: 0.30 % after 200 steps, 0.62 after 800. Blocks and resizings have less than white noise.
#
# **More steps turn the order of the scores.** After 200 steps, transposed 3 × 3 lies below plain bilinear and both
# resizings; after 800 above all three with every seed, its grid still there. A short table says who learns fast, and
# here the grid costs no mean IoU.
#
# **On real streets**, CamVid in the last table, the grid is there with 3 × 3, absent with resizing or plain bilinear.
# All three beat the class that is most frequent at each place (0.136). Mean IoU doesn't tell 3 × 3 from resizing or
# bilinear: in both pairs one seed of three disagrees.
#
# ## What goes wrong
#
# **Symptom.** "The size of tensor a (12) must match the size of tensor b (11)": the map that came up is one column
# narrower than its copy from the way down. **Cause.** A stride of 2 turns 11 and 12 into 6. **Fix.** Say which one:
# `output_padding=1`, or give the layer the size in the call, `up(x, output_size=copy.shape)`.
#
# **Symptom.** "Given transposed=1, weight of size …, expected input to have 10 channels, but got 24". **Cause.** The
# weight was laid out as for `conv2d`, (out, in). **Fix.** `weight.transpose(0, 1)`. With equal numbers of channels
# there is no message, only wrong scores.
#
# **Symptom.** A dark frame around the output, though it starts bilinear. **Cause.** Nobody stamps from outside.
# **Fix.** Repeat the border before, and crop it behind: padding grows by the stride.
#
# **Symptom.** Holes: rows and columns that hold nothing but the bias. **Cause.** The kernel is smaller than the
# stride, or stride and dilation share a factor: taps only ever land on some of the phases. **Fix.** A kernel of at
# least the stride, dilation 1.

# %% name="wrong"
copy, small, up = torch.rand(1, 8, 8, 12), torch.rand(1, 8, 4, 6), nn.ConvTranspose2d(8, 8, 3, stride=2, padding=1)
features, weight = torch.rand(1, 24, 4, 6), torch.rand(10, 24, 3, 3)  # (O, C, …): as for conv2d
for attempt in (lambda: copy + up(small), lambda: F.conv_transpose2d(features, weight)):
    try:
        attempt()
    except RuntimeError as error:
        print(str(error), "\n")

# %% name="proof-wrong" tags=["proof"]
assert up(small, output_size=copy.shape).shape == copy.shape
assert F.conv_transpose2d(features, weight.transpose(0, 1)).shape[1] == 10

# %% name="figure-wrong" alt="Four maps. Ones upsampled with a darker frame; the same without frame; two maps with a regular grid of empty cells."
ones, tent = torch.ones(1, 1, 5, 7), se.ops.bilinear_kernel(2)[None, None]
dark = F.conv_transpose2d(ones, tent, stride=2, padding=1)[0, 0]
cured = F.conv_transpose2d(F.pad(ones, (1, 1, 1, 1), "replicate"), tent, stride=2, padding=3)[0, 0]
holes = [se.ops.overlap_count((5, 7), 2, stride=3), se.ops.overlap_count((5, 7), 3, stride=2, dilation=2)]
se.show_row(
    [dark, cured, *(count.clamp(max=1).float() for count in holes)],
    ["ones, bilinear: dark frame", "border repeated first", "kernel 2, stride 3", "dilation 2, stride 2"],
    limits=(0, 1),
    title="A dark frame, its cure, and two ways to leave cells without a stamp",
)

# %% name="proof-frame" tags=["proof"]
assert cured.unique().tolist() == [1]
assert dark[0, 0] == 0.75**2
assert [int(count.min()) for count in holes] == [0, 0]

# %% [markdown]
# ## Which one should I choose?
#
# | you need | take | mind |
# |---|---|---|
# | scores with few parameters | a 1 × 1 convolution, then bilinear | blocks have six times as many, and score lower |
# | scores without a grid, learned | nearest, then 3 × 3 | four times the MACs of transposed 3 × 3 |
# | labels alone, fewer MACs | transposed 4 × 4 or 3 × 3 | a grid stays; on CamVid 3 × 3 had no gain, 4 × 4 never ran |
# | the transposed convolution of a paper | kernel 4, stride 2, bilinear start | its phases may still move apart |
#
# Avoid transposed 2 × 2 at the end: as much grid as 3 × 3, and a lower mean IoU with every seed.
#
# ## Recap
#
# - A transposed convolution stamps; scatter, transposed matrix and gradient are three views of it.
# - Stride, padding and dilation describe the output; `output_padding` says which of several sizes it was.
# - It undoes nothing: convolved and transposed-convolved, a photograph was more blurred, not less.
# - With tents as stamps it starts as bilinear upsampling, everywhere but on the border.
# - Phases with weights of their own can draw a grid, with equal counts too; a convolution after a resize has no such.
# - More steps turned the order of the scores, and left the grid.
#
# **Formula card**
#
# | | |
# |---|---|
# | output size | $(n - 1)s + d(k - 1) + 1 - 2p + p_{\text{out}}$ |
# | one stamp | $y_{is + du - p,\; js + dv - p} \mathrel{+}= x_{i,j}\, w_{u,v}$ |
# | matrix, gradient | $y = M^\top x = \partial\, \langle x,\, Mz \rangle / \partial z$ |
# | parameters | $k_h k_w\, C\, O + O$ |
# | MACs | $k_h k_w\, C\, O\, h\, w$: of the *input's* size |
# | equal counts inside, $d = 1$ | $k \bmod s = 0$ |
# | bilinear by $f$ | $k = 2f - f \bmod 2$, $s = f$, $p = \lfloor f/2 \rfloor$ |
#
# **Shapes card**
#
# | | |
# |---|---|
# | input, output | $(N, C, h, w)$, $(N, O, H, W)$ |
# | weight, bias | $(C, O, k_h, k_w)$: input channels first; $(O,)$ |
# | matrix of the convolution, its transpose | $(C h w,\; O H W)$, $(O H W,\; C h w)$ |
#
# ## Going further
#
# - [Dumoulin and Visin 2016, A guide to convolution arithmetic](https://arxiv.org/abs/1603.07285): chapter 4 for the
#   transpose and for sizes that a stride lost; the animations are in their
#   [code](https://github.com/vdumoulin/conv_arithmetic).
# - [Odena et al. 2016, Checkerboard artifacts](https://distill.pub/2016/deconv-checkerboard/):
#   the interactive overlap, and what remains of a grid in the gradient.
# - [Long, Shelhamer and Darrell 2015](https://arxiv.org/abs/1411.4038): upsampling as backward convolution.
# - [Zeiler et al. 2010, Deconvolutional networks](https://doi.org/10.1109/CVPR.2010.5539957): the word still means that
#   an equation is solved.
# - [CamVid](http://mi.eng.cam.ac.uk/research/projects/VideoRec/CamVid/): real streets for the lab.
#
# **Next:** [9. Metrics](09_metrics.ipynb): which number says whether a segmentation is good?
