# %% [markdown] name="front"
# # 3. Convolution and the receptive field
#
# {{colab_badge}}
#
# **Question.** How much of the image does one output pixel see?
#
# **You will be able to**
#
# - compute the size of a convolution's output,
# - write a convolution with loops and hold it against torch's,
# - measure the receptive field of any network.
#
# **Prerequisites.** [PyTorch tensors](https://docs.pytorch.org/tutorials/beginner/basics/tensorqs_tutorial.html).
# Other lectures are linked by their notebook, `[4. Sliding windows](04_sliding_windows.ipynb)`, once it exists.
#
# **Time.** Reading {{reading}} min · playing 15 min · exercises 45 min.

# %% [markdown] name="how-to-write-a-lecture"
# *(Delete this cell.)* Copy this file to `lectures/NN_topic.py`; then `segedu build NN` and `segedu lint NN`.
#
# - A cell has a `name="…"` if it holds an exercise (`exercise-…`), a check (`check-…`), a figure (`figure-…`) or a
#   widget (`widget-…`); others may have one. A name is used once: it becomes the cell's id.
# - Twice-braced words are filled in by the build: the badge above, the repository in the set-up cell.
# - A figure is shown by `se.show(fig)` or by a function of `se`; its alt text stands in the cell's line, `alt="…"`, or
#   in the call where it has to be computed. A widget is the last expression of its cell. Nothing may print an absolute
#   path (refused) or a time (masked): outputs are to be the same from build to build. What goes to stderr is dropped
#   and reported.
# - A cell with `tags=["proof"]` runs at the build and in the tests, and the student doesn't get it: asserts about
#   numbers, comparisons that prove a point to us. Nothing below may need what it defines.
# - What stands between `### BEGIN SOLUTION` and `### END SOLUTION` becomes `...` in the student's notebook, in a folded
#   cell after the check, and in `se.solution(…)`. A stub around it must survive *Run All*, so a picture stands behind
#   `if passed:`, and behind `else:` the target, which *Run All* keeps. The picture in the student's notebook is the
#   one that the right answer drew.
# - Outputs of `check-…` cells are not kept. The build asserts that the solution passes its check.
# - `{{reading}}` in the front matter becomes the minutes that words and lines of code take.
# - Boxes are `alert` blocks as below, with an empty line after the opening tag: `alert-info` for a task or a question,
#   `alert-success` for a checkpoint, `alert-warning` for a warning. They read in both themes and on GitHub.
# - Exercises are defined in `segedu/exercises/lectureNN/`, their truth in `grading/truth/lectureNN.py`
#   (`segedu build NN` stores its answers), their wrong and right answers in `tests/checkers/test_lectureNN.py`.

# %% name="setup"
import sys

if "google.colab" in sys.modules:  # Colab fetches the course; elsewhere it is installed already
    import subprocess

    subprocess.run(["pip", "install", "-q", "git+https://github.com/{{repository}}"], check=True)

import matplotlib.pyplot as plt
import torch

import segedu as se

se.setup(seed=0)

# %% name="parameters" tags=["parameters"]
dataset = "scenes"  # or "camvid", "pets", "isbi": see `segedu data`
steps = 100

# %% [markdown]
# ## The goal
#
# Image, target, and what today's method makes of it. The prediction misses the thin pole: *say what is wrong with it.*

# %% name="figure-goal" alt="Three panels: image, target and prediction. The pole of the target is missing in the prediction."
fig, axes = plt.subplots(1, 3, figsize=(6, 2))
for ax, title in zip(axes, ("image", "target", "prediction"), strict=True):
    ax.imshow(torch.zeros(5, 7))
    ax.set_title(title)
se.show(fig)

# %% [markdown]
# ## 1. The size of the output
#
# The failure that motivates it; then a tiny integer tensor. The kernel fits 3 times into 5 cells: **we expect 3.**

# %%
torch.conv1d(torch.arange(5.0)[None, None], torch.ones(1, 1, 3)).shape[-1]

# %% [markdown] name="task-output-size"
# ### Exercise 3.1: the size of the output
#
# <div class="alert alert-info">
#
# **Task.** Write `output_size(input_size, kernel_size, stride, padding, dilation)`: the kernel's number of positions.
#
# What a right answer draws: `se.target("03.output_size")`.
# Stuck? `se.hint("03.output_size", 1)`, then 2, then 3.
#
# </div>


# %% name="exercise-output-size"
def output_size(input_size, kernel_size, stride=1, padding=0, dilation=1):
    """Return the number of positions that a kernel takes along one side."""
    ### BEGIN SOLUTION
    span = dilation * (kernel_size - 1) + 1
    return (input_size + 2 * padding - span) // stride + 1
    ### END SOLUTION


# %% name="check-output-size"
passed = se.check("03.output_size", output_size)

# %% name="figure-output-size" alt="A staircase: the output grows by one cell for every two cells of the input."
if passed:
    fig, ax = plt.subplots(figsize=(4, 2))
    ax.step(range(3, 20), [output_size(n, 3, stride=2) for n in range(3, 20)], where="mid")
    ax.set(title="Stride 2 halves the output", xlabel="input size (cells)", ylabel="output size (cells)")
    se.show(fig)
else:
    se.target("03.output_size")

# %% [markdown]
# ## 2. The second idea

# %% [markdown]
# ## 3. The third idea

# %% [markdown]
# ## Lab: train it
#
# The trivial baseline first, then the model, then its worst predictions.

# %% [markdown]
# ## Ablation

# %% [markdown]
# ## What goes wrong
#
# Three to five times: **Symptom.** … **Cause.** … **Fix.** …

# %% [markdown]
# ## Which one should I choose?

# %% [markdown]
# ## Recap
#
# What we showed.
#
# **Formula card**
#
# **Shapes card**

# %% [markdown]
# ## Going further
#
# Papers with what to read in each, a code base, a data set. **Next:** the next lecture.
