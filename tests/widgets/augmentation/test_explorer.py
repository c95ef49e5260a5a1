"""The Python half of the augmentation lab: what it takes, what it refuses, its arithmetic, its picture."""

import io
import json
import random

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from torchvision import tv_tensors
from torchvision.transforms import InterpolationMode
from torchvision.transforms.v2 import functional as F

import segedu as se
from segedu.data.photos import photo
from segedu.data.scenes import Scenes
from segedu.widgets import AugmentationLab
from segedu.widgets.augmentation.core import displacement_of, inverse_matrix, move
from segedu.widgets.augmentation.figure import paint_labels, shown_labels
from segedu.widgets.augmentation.settings import NO_GEOMETRY, NO_RECOLORING, draw_setting

GENERATOR = torch.Generator().manual_seed(0)
IMAGE = torch.rand(3, 9, 14, generator=GENERATOR)
LABELS = torch.randint(0, 4, (9, 14), generator=GENERATOR)
LABELS[0, :3] = 255
PLAIN = {**NO_GEOMETRY, **NO_RECOLORING}


def lab(**arguments):
    return AugmentationLab(IMAGE, LABELS, **{**PLAIN, **arguments})


def test_without_a_change_image_and_labels_stay_as_they_were_given():
    made = lab()
    assert torch.equal(made.image, (IMAGE * 255).round() / 255)
    assert torch.equal(made.label_map, LABELS)
    assert (made.outcome.image - made.image).abs().max() < 1e-4
    assert torch.equal(made.outcome.labels, LABELS)
    assert not made.outcome.wrong.any()


def test_the_lab_starts_with_a_turned_scene_whose_labels_fit():
    made = AugmentationLab()
    assert made.classes == list(Scenes.classes)
    assert (made.rotation, made.zoom, made.mistake) == (15, 1.25, "none")
    assert torch.equal(made.outcome.labels, made.outcome.right)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_the_table_of_displacements_moves_as_affine_does(data):
    floats = lambda low, high: st.floats(low, high, width=32)  # noqa: E731
    setting = {
        "rotation": data.draw(floats(-180, 180)),
        "zoom": data.draw(floats(0.25, 8)),
        "shift_x": data.draw(st.integers(-9, 9)),
        "shift_y": data.draw(st.integers(-9, 9)),
        "shear": data.draw(floats(-45, 45)),
    }
    image = torch.rand(3, 11, 8, generator=torch.Generator().manual_seed(1))
    table = displacement_of({**setting, "elastic": 0.0, "nodes": 4, "seed": 0}, (11, 8))
    bent = F.elastic(image, table, interpolation=InterpolationMode.BILINEAR, fill=[0.5])
    moved = move(image, {**PLAIN, **setting}, 0.5)
    assert (bent - moved).abs().max() < 2e-3


def test_the_matrix_is_the_inverse_of_what_affine_does_to_a_point():
    image = torch.zeros(1, 41, 41)
    image[0, 12, 26] = 1  # x = 6, y = −8 from the center
    setting = {**PLAIN, "rotation": 90.0, "shift_x": 3, "shift_y": -2}
    row, col = divmod(int(move(image, setting, 0).argmax()), 41)
    matrix = inverse_matrix(setting)
    looked = matrix @ torch.tensor([col - 20.0, row - 20.0, 1], dtype=torch.float64)
    assert looked.tolist() == pytest.approx([6, -8], abs=1e-9)


def test_bending_uses_the_field_of_the_seed_and_bends_what_was_moved():
    setting = {**PLAIN, "elastic": 3.0, "nodes": 5, "seed": 7}
    field = se.elastic_field((9, 14), 3.0, 5, torch.Generator().manual_seed(7))
    assert torch.allclose(displacement_of(setting, (9, 14)), field, atol=1e-6)
    expected = F.elastic(IMAGE, field, fill=[0.5])
    assert torch.allclose(move(IMAGE, setting, 0.5), expected, atol=1e-5)


@pytest.mark.parametrize("seed", range(20))
def test_labels_are_moved_and_never_mixed_unless_by_mistake(seed):
    rng = random.Random(seed)
    made = lab(
        rotation=rng.uniform(-180, 180), zoom=rng.uniform(0.5, 4), elastic=rng.uniform(0, 4), flip_up_down=seed % 2 == 0
    )
    assert set(made.outcome.labels.unique().tolist()) <= {0, 1, 2, 3, 255}
    assert not made.outcome.wrong.any()


def test_interpolated_labels_invent_the_class_between_two():
    labels = torch.tensor([[0, 2], [0, 2]])
    made = AugmentationLab(torch.zeros(3, 2, 2), labels, ["sky", "meadow", "road"], **{**PLAIN, "zoom": 4.0})
    assert made.outcome.labels.unique().tolist() == [0, 2]
    made.mistake = "bilinear"
    assert made.outcome.labels.tolist() == [[1, 1], [1, 1]]
    assert made.outcome.wrong.all()


def test_void_and_a_class_give_numbers_that_name_no_class():
    made = AugmentationLab(mistake="bilinear", zoom=0.8)
    strangers = (made.outcome.labels >= 10) & (made.outcome.labels != 255)
    assert strangers.any()
    assert made.outcome.wrong[strangers].all()


def test_labels_left_behind_are_wrong_where_the_moved_ones_differ():
    made = lab(flip_left_right=True, mistake="left behind")
    assert torch.equal(made.outcome.labels, LABELS)
    assert torch.equal(made.outcome.wrong, LABELS.flip(1) != LABELS)


def test_two_draws_move_the_labels_by_the_next_draw():
    made = AugmentationLab(mistake="two draws", draw_number=3)
    other = {**made.setting, **draw_setting(4, (95, 127))}
    moved = move(tv_tensors.Mask(made.label_map), other, 255)
    assert torch.equal(made.outcome.labels, moved.as_subclass(torch.Tensor))
    assert made.outcome.wrong.float().mean() > 0.1


def test_outside_of_the_source_is_void_or_by_mistake_class_0():
    made = lab(shift_x=4)
    assert (made.outcome.labels[:, :4] == 255).all()
    assert torch.allclose(made.outcome.image[:, :, :4], torch.tensor(0.5))
    made.fill = "class 0"
    assert (made.outcome.labels[:, :4] == 0).all()
    assert made.outcome.wrong[:, :4].all()
    assert not made.outcome.wrong[:, 4:].any()


def test_colors_change_the_image_alone_in_torchvisions_order():
    made = lab(brightness=1.3, contrast=0.7, saturation=1.6, blur=0.8)
    image = made.image
    for change, factor in ((F.adjust_brightness, 1.3), (F.adjust_contrast, 0.7), (F.adjust_saturation, 1.6)):
        image = change(image, factor)
    assert torch.allclose(made.outcome.image, F.gaussian_blur(image, 7, 0.8), atol=1e-4)
    assert torch.equal(made.outcome.labels, LABELS)


def test_noise_has_its_standard_deviation_and_comes_from_the_seed():
    gray = torch.full((3, 60, 80), 0.5)
    made = [AugmentationLab(gray, **{**PLAIN, "noise": 0.1, "seed": seed}).outcome.image for seed in (3, 3, 4)]
    assert torch.equal(made[0], made[1])
    assert not torch.equal(made[0], made[2])
    assert (made[0] - made[0].new_tensor(128 / 255)).std().item() == pytest.approx(0.1, rel=0.03)


def test_random_settings_are_drawn_as_augment_draws_them():
    drawn = [draw_setting(number, (95, 127)) for number in range(1, 41)]
    assert all(0.75 <= each["zoom"] <= 1.5 for each in drawn)
    assert all(0.7 <= each[name] <= 1.3 for each in drawn for name in ("brightness", "contrast", "saturation"))
    assert 10 <= sum(each["flip_left_right"] for each in drawn) <= 30
    assert draw_setting(0, (95, 127)) == PLAIN
    for each in drawn:
        inside = abs(each["shift_x"]) <= 127 * abs(each["zoom"] - 1) / 2 + 1
        assert inside, "the window stays within the image, or the image within the window"


def test_a_large_image_is_averaged_over_blocks_and_its_labels_take_the_middle():
    labels = torch.arange(300)[:, None] % 5 + torch.zeros(451, dtype=torch.int64)
    made = AugmentationLab(photo("chelsea"), labels)
    assert (made.size, made.every) == ([75, 112], 4)
    assert torch.equal(made.label_map, labels[2::4, 2::4][:75, :112])
    block = photo("chelsea")[:, :4, :4].mean(dim=(1, 2))
    assert torch.allclose(made.image[:, 0, 0], block, atol=0.51 / 255)


def test_bytes_are_welcome_and_give_the_same_image():
    as_bytes = (torch.rand(3, 200, 260, generator=torch.Generator().manual_seed(2)) * 255).byte()
    one, two = AugmentationLab(as_bytes), AugmentationLab(as_bytes / 255)
    assert one.photo == two.photo


def test_a_photograph_without_labels_has_a_picture_and_says_so():
    made = AugmentationLab(photo("chelsea"), rotation=0, zoom=1)
    assert repr(made) == "AugmentationLab(image 75×112, no labels)"
    assert made.describe() == "An image of 75 by 112 pixels, before and unchanged; it has no labels."
    assert (made.label_map == 255).all()
    assert Image.open(io.BytesIO(made.picture())).width == 1100


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"image": None}, "a label map was given without its image"),
        ({"image": IMAGE[0]}, r"the image has shape \(9, 14\); give \(3, H, W\)"),
        ({"label_map": LABELS.T}, r"shape \(14, 9\); give one number per pixel"),
        ({"label_map": LABELS.float()}, r"torch.float32; give integers"),
        ({"class_names": ["a"]}, "there are 1 classes"),
        ({"pixel": [9, 0]}, r"pixel \[9, 0\] lies outside of the image of 9 × 14 pixels"),
        ({"colors": [[1, 2, 3]]}, "there are 1 colors for 4 classes"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_sentence(arguments, message):
    with pytest.raises(ValueError, match=message):
        AugmentationLab(**{"image": IMAGE, "label_map": LABELS, **arguments})


@pytest.mark.parametrize(
    "trait",
    [{"zoom": 0.1}, {"rotation": 200}, {"mistake": "all"}, {"fill": "sky"}, {"nodes": 2}, {"blur": 5}, {"noise": -0.1}],
)
def test_settings_outside_of_their_range_are_refused(trait):
    with pytest.raises(Exception, match=next(iter(trait))):
        lab(**trait)


def test_the_picture_fades_what_is_right_and_hatches_void():
    made = lab(flip_left_right=True, mistake="left behind")
    plain = paint_labels(LABELS.numpy(), made.colors)
    shown = shown_labels(made, made.outcome)
    wrong = made.outcome.wrong.numpy()
    assert np.array_equal(shown[wrong], plain[wrong])
    assert (shown[~wrong] >= plain[~wrong]).all()
    assert set(plain[0, :3].ravel().tolist()) <= {205, 150}
    made.marks = False
    assert np.array_equal(shown_labels(made, made.outcome), plain)


@pytest.mark.parametrize("seed", range(6))
def test_every_setting_has_a_picture(seed):
    rng = random.Random(seed)
    made = lab(
        mistake=rng.choice(["none", "bilinear", "left behind", "two draws"]),
        fill=rng.choice(["void", "class 0"]),
        rotation=rng.uniform(-90, 90),
        elastic=rng.choice([0.0, 3.0]),
        outlines=seed % 2 == 0,
        blur=4.0,
    )
    assert Image.open(io.BytesIO(made.picture())).width == 1100


def test_state_is_json_and_small_and_the_same_in_every_run():
    one, two = AugmentationLab(elastic=4.0), AugmentationLab(elastic=4.0)
    assert json.loads(json.dumps(one.state())) == two.state()
    assert one.picture() == two.picture()
    assert len(one.html()) < 400_000


def test_name_and_description_say_the_setting_and_the_mistake():
    made = AugmentationLab(mistake="bilinear", fill="class 0", flip_left_right=True)
    assert repr(made) == (
        "AugmentationLab(image 95×127, 10 classes, flip_left_right, rotation=15, zoom=1.25, mistake='bilinear', "
        "fill='class 0')"
    )
    wrong = int(made.outcome.wrong.sum())
    assert f"name a class that no neighbor has at {wrong} pixels" in made.describe()
    data, metadata = made._repr_mimebundle_()
    assert {"image/png", "application/vnd.jupyter.widget-view+json"} <= set(data)
    assert metadata["image/png"]["alt"] == made.describe()
