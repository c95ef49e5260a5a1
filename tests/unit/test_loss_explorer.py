"""The Python half of the loss explorer: what it takes, what it refuses, its numbers and its picture."""

import io
import json
import math
import random

import pytest
import torch
import torch.nn.functional as F
from PIL import Image

import segedu as se
from segedu.widgets import LossExplorer
from segedu.widgets._losses import HEIGHT, LOSSES, PIXELS, STEPS, WIDTH
from segedu.widgets.loss import CHOICES, RANGES


def pixel_sums(explorer, loss):
    """Return the loss and the sums of torch's gradient on single pixels, by group."""
    target = torch.zeros(PIXELS, dtype=torch.int64)
    target[-round(explorer.share * PIXELS) or PIXELS :] = 1
    target = target.reshape(1, HEIGHT, WIDTH)
    start = torch.tensor([explorer.object_probability, explorer.background_probability], dtype=torch.float64)
    at_object, at_background = start.logit().tolist()
    z = torch.where(target == 1, at_object, at_background).requires_grad_()
    value = loss(torch.stack([-z / 2, z / 2], dim=1), target)
    (gradient,) = torch.autograd.grad(value, z)
    return value.item(), -gradient[target == 1].sum().item(), gradient[target == 0].sum().item()


def drawn(seed):
    rng = random.Random(seed)
    share, at_object, at_background = rng.randint(0, 100) / 200, rng.randint(1, 99) / 100, rng.randint(1, 99) / 100
    more = {"weight": rng.uniform(1, 200), "gamma": rng.randint(0, 50) / 10, "epsilon": rng.choice(CHOICES["epsilon"])}
    prices = {"alpha": rng.randint(1, 20) / 20, "beta": rng.randint(0, 20) / 20}
    return LossExplorer(share, at_object, at_background, **more, **prices)


@pytest.mark.parametrize("seed", range(50))
def test_pushes_are_the_courses_losses_summed_over_single_pixels(seed):
    explorer = drawn(seed)
    losses = {
        "cross-entropy": F.cross_entropy,
        "weighted": lambda logits, target: F.cross_entropy(logits, target, torch.tensor([1.0, explorer.weight])),
        "focal": se.Focal(explorer.gamma),
        "dice": se.SoftDice(explorer.epsilon),
        "tversky": se.Tversky(explorer.alpha, explorer.beta, explorer.epsilon),
        "lovasz": se.LovaszSoftmax(),
    }
    pushes = explorer.pushes
    for name, loss in losses.items():
        if name == "lovasz" and abs(sum(explorer.probabilities) - 1) < 1e-6:
            continue  # a tie: either group may come first
        push = pushes[name]
        expected = pixel_sums(explorer, loss)
        assert (push.value, push.from_object, push.from_background) == pytest.approx(expected, rel=1e-4, abs=3e-6), name


def test_with_little_object_cross_entropy_lets_the_background_push_and_weights_do_not():
    plain, weighted = (LossExplorer(0.01, weight=99.0).pushes[name].part for name in ("cross-entropy", "weighted"))
    assert plain < 0.07
    assert weighted > 0.85


def test_weights_by_inverse_frequency_make_both_groups_weigh_the_same():
    push = LossExplorer(0.02, 0.25, 0.75, weight=49.0).pushes["weighted"]
    assert push.part == pytest.approx(0.5, abs=1e-5)


def test_an_empty_target_pushes_down_only_and_epsilon_changes_what_dice_costs():
    without, with_epsilon = (LossExplorer(0.0, epsilon=epsilon).pushes["dice"] for epsilon in (0.0, 100.0))
    assert without.from_object == with_epsilon.from_object == 0
    assert without.value == pytest.approx(1 - 900 * 2 / (2 * 900 + 100) / 2, abs=1e-5)
    assert with_epsilon.value < without.value - 0.2
    assert with_epsilon.from_background > 3 * without.from_background
    assert math.isnan(LossExplorer(0.0).iou)


def test_the_first_step_of_the_trajectory_is_the_gradient_on_shared_weights():
    explorer = LossExplorer(0.1, 0.4, 0.2, loss="focal", likeness=0.6, learning_rate=2.0)
    push = explorer.pushes["focal"]
    moves = [push.from_object - 0.6 * push.from_background, 0.6 * push.from_object - push.from_background]
    path = explorer.trajectory
    assert path.shape == (STEPS + 1, 2)
    assert path[0].tolist() == pytest.approx([0.4, 0.2])
    assert (path[1].logit() - path[0].logit()).tolist() == pytest.approx([2 * move for move in moves], abs=1e-6)


@pytest.mark.parametrize("loss", LOSSES)
def test_the_longest_steps_end_in_numbers(loss):
    explorer = LossExplorer(0.005, 0.99, 0.99, loss=loss, learning_rate=100.0, likeness=0.95, weight=200.0, step=STEPS)
    assert explorer.logits.isfinite().all()
    assert all(math.isfinite(number) for push in explorer.pushes.values() for number in push)


def test_the_loss_falls_while_the_iou_stays_zero():
    first, last = (LossExplorer(0.01, 0.3, 0.3, step=step) for step in (0, STEPS))
    assert last.pushes["cross-entropy"].value < 0.06 * first.pushes["cross-entropy"].value
    assert first.iou == last.iou == 0
    cured = LossExplorer(0.01, 0.3, 0.3, loss="weighted", weight=99.0, step=STEPS)
    assert cured.iou == 1


@pytest.mark.parametrize(("name", "limits"), RANGES.items())
def test_numbers_out_of_range_are_refused_in_one_sentence(name, limits):
    low, high, step = limits
    for value in (low, high):
        assert getattr(LossExplorer(**{name: value}), name) == value
    wrong = [low - 0.5, high + 0.5, "half", None, True, math.nan]
    if step:
        wrong.append(low + step / 3)
    for value in wrong:
        with pytest.raises(ValueError, match=rf"{name} is .*; give a number from {low:g} to {high:g}"):
            LossExplorer(**{name: value})


@pytest.mark.parametrize(("name", "values"), CHOICES.items())
def test_what_is_no_choice_is_refused_with_the_choices(name, values):
    for value in values:
        assert getattr(LossExplorer(**{name: value}), name) == value
    for value in ("hinge", -1, True, None):
        with pytest.raises(ValueError, match=rf"{name} is .*; choose one of {values[0]}, {values[1]}"):
            LossExplorer(**{name: value})


def test_what_the_page_sets_is_checked_too():
    explorer = LossExplorer()
    explorer.share = 0.3
    explorer.loss = "dice"
    with pytest.raises(ValueError, match=r"share is 2; give a number from 0 to 0.5 in steps of 0.005"):
        explorer.share = 2


def test_the_state_is_plain_json():
    assert json.loads(json.dumps(LossExplorer().state())) == LossExplorer().state()


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("share", [0.0, 0.5])
def test_every_loss_has_a_picture_and_words(loss, share):
    explorer = LossExplorer(share, loss=loss, step=STEPS, epsilon=0.0, learning_rate=100.0, likeness=0.95)
    assert Image.open(io.BytesIO(explorer.picture())).size == (1056, 429)
    assert f"{share:.1%} of them an object" in explorer.describe()
    assert f"descent with {loss}" in explorer.describe()


def test_picture_html_and_repr_are_the_same_in_every_run():
    one, two = LossExplorer(), LossExplorer()
    assert one.picture() == two.picture()
    assert one.html() == two.html()
    assert len(one.html()) < 250_000
    assert repr(one) == repr(two) == (
        "LossExplorer(share=0.02, object_probability=0.3, background_probability=0.1, loss='cross-entropy', step=0)"
    )  # fmt: skip


def test_the_bundle_has_the_picture_with_alt_text():
    explorer = LossExplorer(0.01)
    data, metadata = explorer._repr_mimebundle_()
    assert {"image/png", "application/vnd.jupyter.widget-view+json"} <= set(data)
    assert metadata["image/png"]["alt"] == explorer.describe()
