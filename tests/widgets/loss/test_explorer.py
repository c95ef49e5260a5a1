"""The Python half of the loss explorer: what it takes, what it refuses, its numbers and its picture."""

import io
import json
import math
import random

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image

import segedu as se
from segedu.widgets import LossExplorer
from segedu.widgets.loss.core import HEIGHT, LOSSES, PIXELS, STEPS, WIDTH
from segedu.widgets.loss.explorer import CHOICES, RANGES
from segedu.widgets.loss.pictures import cell_means, order_of, own_picture


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
        "focal": se.losses.Focal(explorer.gamma),
        "dice": se.losses.SoftDice(explorer.epsilon),
        "tversky": se.losses.Tversky(explorer.alpha, explorer.beta, explorer.epsilon),
        "lovasz": se.losses.LovaszSoftmax(),
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


def photo_and_mask(height=60, width=80):
    """A gray image and a mask of its lower left quarter."""
    image = torch.linspace(0, 1, height * width).reshape(1, height, width)
    mask = torch.zeros(height, width, dtype=torch.bool)
    mask[height // 2 :, : width // 2] = True
    return image, mask


def test_every_picture_orders_all_cells_and_has_its_masks_share():
    image, mask = photo_and_mask()
    explorer = LossExplorer(image=image, mask=mask)
    assert list(explorer.pictures) == ["pixels", "scene", "photograph", "yours"]
    for picture in explorer.pictures.values():
        assert sorted(picture["order"]) == list(range(PIXELS))
    assert (explorer.subject, explorer.share) == ("yours", 0.26)  # 13 rows, one of them by half, of 20 cells each
    assert [LossExplorer(subject=name).share for name in ("pixels", "scene", "photograph")] == [0.02, 0.02, 0.025]
    assert LossExplorer(0.1, subject="scene").share == 0.1


def test_the_scenes_object_is_its_sheep_and_the_photographs_its_brightest_cells():
    scene = se.Scenes(16, size=(100, 160), seed=2, objects=(1, 2), rare=1.0)[15]
    sheep = (scene["label_map"] == se.Scenes.rare_class).float().reshape(25, 4, 40, 4).mean(dim=(1, 3)) >= 0.5
    assert torch.equal(LossExplorer(subject="scene").object_map, sheep)
    brightness = se.photo("hubble")[:, 123:748].mean(dim=0).reshape(25, 25, 40, 25).mean(dim=(1, 3))
    galaxies = LossExplorer(subject="photograph").object_map
    assert brightness[galaxies].min() > brightness[~galaxies].max()


@pytest.mark.parametrize("seed", range(10))
def test_cell_means_count_cut_pixels_by_their_area(seed):
    rng = np.random.default_rng(seed)
    height, width = rng.integers(1, 90, 2)
    pixels = rng.random((height, width))
    fine = np.kron(pixels, np.ones((HEIGHT, WIDTH)))  # every cell holds whole fine pixels
    expected = fine.reshape(HEIGHT, height, WIDTH, width).mean(axis=(1, 3))
    assert cell_means(pixels) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("seed", range(10))
def test_cells_enter_from_the_deepest_inside_to_the_farthest_outside(seed):
    rng = np.random.default_rng(seed)
    mask = rng.random((7, 11)) < rng.uniform(0.1, 0.9)
    mask[0, 0], mask[6, 10] = True, False
    places = np.argwhere(np.ones_like(mask))

    def depth(at):
        other = places[mask.flatten() != mask.flatten()[at]]
        nearest = np.square(other - places[at]).sum(axis=1).min()
        return nearest if mask.flatten()[at] else -nearest

    assert order_of(mask) == sorted(range(mask.size), key=lambda at: (-depth(at), at))


def test_a_cell_is_the_objects_if_half_of_it_is():
    image, mask = torch.zeros(1, 50, 80), torch.zeros(50, 80, dtype=torch.int64)
    mask[20:22, 30] = 1  # half of cell (10, 15)
    mask[20, 40] = 1  # a quarter of cell (10, 20)
    mask[0:20, 0:10] = 1  # 50 cells
    inside = LossExplorer(0.05, image=image, mask=mask).object_map
    assert inside[:10, :5].all()
    order = own_picture(image, mask)["order"]
    assert order.index(10 * WIDTH + 15) == 50
    assert order.index(10 * WIDTH + 20) > 50


@pytest.mark.parametrize("scale", [1, 255])
def test_images_may_be_gray_or_colored_floats_or_bytes(scale):
    image, mask = photo_and_mask()
    given = (scale * image).to(torch.uint8) if scale == 255 else image
    gray, colored = (LossExplorer(image=one, mask=mask.numpy()) for one in (given, given.expand(3, -1, -1)))
    assert gray.pictures["yours"] == colored.pictures["yours"]
    assert gray.pictures["yours"]["cell"] == [7, 8]  # 2.4 rows of pixels, 2 columns


@pytest.mark.parametrize(
    ("image", "mask", "words"),
    [
        (torch.zeros(3, 50, 80), None, "image= is given without mask="),
        (None, torch.ones(50, 80), "mask= is given without image="),
        (torch.zeros(50, 80), torch.ones(50, 80), r"the image has shape \(50, 80\); give \(3, H, W\)"),
        (torch.zeros(3, 50, 80).long(), torch.ones(50, 80), "the image is torch.int64; give floats"),
        (torch.zeros(3, 50, 80), torch.ones(80, 50), r"the mask has shape \(80, 50\); give one value per pixel"),
        (torch.zeros(3, 50, 80), torch.full((50, 80), 255), "the mask holds 255; give True and False"),
        (torch.zeros(3, 50, 80), torch.full((50, 80), math.nan), "the mask holds nan; give True and False"),
        (torch.zeros(3, 50, 80), torch.zeros(50, 80), "the mask is empty"),
        (
            torch.zeros(3, 50, 80),
            torch.eye(50, 80)[:, :] * (torch.arange(80) == 7),
            "covers no cell of 25 × 40 by half",
        ),
        (torch.zeros(3, 50, 80), torch.ones(50, 80), "the mask covers 100% of the cells; .* give the rest, ~mask"),
    ],
)
def test_an_image_and_a_mask_that_do_not_fit_are_explained(image, mask, words):
    with pytest.raises(ValueError, match=words):
        LossExplorer(image=image, mask=mask)


def test_a_picture_that_is_not_there_is_refused_with_those_that_are():
    with pytest.raises(ValueError, match="subject is 'moon'; choose one of pixels, scene, photograph"):
        LossExplorer(subject="moon")
    with pytest.raises(ValueError, match="there is none; give image= and mask="):
        LossExplorer(subject="yours")
    assert LossExplorer(**LossExplorer(subject="scene").state()).state() == LossExplorer(subject="scene").state()


@pytest.mark.parametrize("loss", LOSSES)
def test_pixel_pushes_are_torchs_gradient_at_each_cell_of_the_object_map(loss):
    explorer = LossExplorer(subject="photograph", loss=loss)
    target = explorer.object_map.long()[None]
    z = torch.where(target == 1, *torch.tensor(explorer.probabilities).logit()).requires_grad_()
    course = {"weighted": se.CrossEntropy([1.0, 10.0]), "focal": se.losses.Focal(2.0), "dice": se.losses.SoftDice()}
    course |= {
        "cross-entropy": se.CrossEntropy(),
        "tversky": se.losses.Tversky(0.3, 0.7),
        "lovasz": se.losses.LovaszSoftmax(),
    }
    value = course[loss](torch.stack([torch.zeros_like(z), z], dim=1), target)
    (gradient,) = torch.autograd.grad(value, z)
    shown = torch.tensor(explorer.pixel_pushes)
    means = torch.stack([-gradient[target == 1].mean(), gradient[target == 0].mean()])
    assert torch.allclose(shown, means, rtol=1e-4, atol=1e-9)
    if loss != "lovasz":  # whose sorting tells equal errors apart
        assert torch.allclose(gradient.abs(), torch.where(target == 1, *shown), rtol=1e-4, atol=1e-9)
    assert LossExplorer(0, subject="scene", loss=loss).pixel_pushes[0] == 0


def test_equal_shares_have_equal_numbers_on_every_picture():
    image, mask = photo_and_mask()
    explorers = [LossExplorer(0.1, image=image, mask=mask, subject=name) for name in ("pixels", "photograph", "yours")]
    assert len({str(explorer.pushes) for explorer in explorers}) == 1
    assert len({str(explorer.object_map.nonzero().tolist()) for explorer in explorers}) == 3


@pytest.mark.parametrize("share", [0.0, 0.3])
def test_a_pictures_maps_stand_above_the_charts_and_in_the_words(share):
    explorer = LossExplorer(share, subject="scene", loss="dice")
    assert Image.open(io.BytesIO(explorer.picture())).size == (1056, 693)
    assert explorer.describe().startswith("A scene of the course; the object is its two sheep. Above: the picture")
    assert f"up at each of the object's pixels by {explorer.pixel_pushes[0]:.2g}" in explorer.describe()
    assert repr(explorer).endswith("step=0, subject='scene')")
    assert len(explorer.html()) < 430_000


def test_name_and_words_are_the_same_in_every_run():
    one, two = LossExplorer(), LossExplorer()
    assert len(one.html()) < 250_000
    assert repr(one) == repr(two) == (
        "LossExplorer(share=0.02, object_probability=0.3, background_probability=0.1, loss='cross-entropy', step=0)"
    )  # fmt: skip


def test_the_bundle_has_the_picture_with_alt_text():
    explorer = LossExplorer(0.01)
    data, metadata = explorer._repr_mimebundle_()
    assert {"image/png", "application/vnd.jupyter.widget-view+json"} <= set(data)
    assert metadata["image/png"]["alt"] == explorer.describe()
