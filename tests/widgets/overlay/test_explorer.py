"""The Python half of the overlay viewer: what it takes, what it refuses, its maps, its picture."""

import io
import json
import random

import numpy as np
import pytest
import torch
from PIL import Image

from segedu.data.forms.panoptic import instances_of, semantic_of
from segedu.data.photos import photo
from segedu.data.scenes import Scenes
from segedu.viz import label_to_rgb, overlay
from segedu.widgets import OverlayViewer
from segedu.widgets.kit.images import image_of
from segedu.widgets.overlay.figure import blend_overlay, color_of, ids_of

GENERATOR = torch.Generator().manual_seed(0)
IMAGE = torch.rand(3, 9, 14, generator=GENERATOR)
LABELS = torch.randint(0, 4, (9, 14), generator=GENERATOR)
LABELS[0, :3] = 255


def viewer(**arguments):
    return OverlayViewer(image=IMAGE, label_map=LABELS, **arguments)


def test_a_sample_of_scenes_works_as_it_is():
    sample = Scenes(3, size=(48, 64), seed=2, void_border=1)[1]
    made = OverlayViewer(sample)
    assert np.array_equal(made.label_map, sample["label_map"].numpy())
    assert np.array_equal(made.panoptic, sample["panoptic"].numpy())
    assert made.classes == list(Scenes.classes)
    assert [made.classes[label] for label in made.things] == list(Scenes.things)
    assert made.instance_count == len(instances_of(sample["panoptic"])[0])


@pytest.mark.parametrize("seed", range(25))
def test_maps_of_any_size_come_back_as_they_were_given(seed):
    rng = np.random.default_rng(seed)
    height, width = rng.integers(1, 40, 2).tolist()
    labels = torch.from_numpy(rng.choice([0, 1, 2, 255], size=(height, width)))
    numbers = torch.from_numpy(rng.integers(0, 1000, (height, width))).masked_fill(labels == 255, 0)
    panoptic = labels * 1000 + numbers
    made = OverlayViewer(image=torch.rand(3, height, width), panoptic=panoptic, prediction=labels, classes=list("abc"))
    assert np.array_equal(made.panoptic, panoptic.numpy())
    assert np.array_equal(made.label_map, semantic_of(panoptic).numpy())
    assert np.array_equal(made.prediction, labels.numpy())


def test_the_image_is_the_given_one_rounded_to_bytes():
    assert np.array_equal(image_of(viewer().photo), (IMAGE * 255).round().byte().permute(1, 2, 0).numpy())


def test_a_gray_image_and_bytes_are_welcome():
    gray = OverlayViewer(image=IMAGE[:1])
    assert np.ptp(image_of(gray.photo), axis=2).max() == 0
    as_bytes = (IMAGE * 255).round().byte()
    assert image_of(OverlayViewer(image=as_bytes).photo).tolist() == as_bytes.permute(1, 2, 0).tolist()


def test_a_photograph_without_labels_has_no_maps_and_a_picture():
    made = OverlayViewer(image=photo("chelsea"))
    assert (made.label_map, made.panoptic, made.prediction) == (None, None, None)
    assert repr(made) == "OverlayViewer(image 150×226, no labels, mode='semantic', opacity=0.5)"
    assert made.describe() == "An image of 150 by 226 pixels without labels."
    assert Image.open(io.BytesIO(made.picture())).width == 1100


def test_a_large_image_is_thinned_and_its_labels_with_it():
    labels = torch.arange(600)[:, None] % 5 + torch.zeros(700, dtype=torch.int64)
    made = OverlayViewer(image=torch.rand(3, 600, 700), label_map=labels)
    assert (made.size, made.every) == ([200, 234], 3)
    assert np.array_equal(made.label_map, labels[::3, ::3].numpy())


def test_masks_without_a_panoptic_map_number_the_things():
    masks = torch.zeros(2, 9, 14, dtype=torch.bool)
    masks[0, 4:, :5], masks[1, 4:, 5:9] = True, True
    labels = torch.where(masks.any(0), 1, 0)
    labels[8, 0] = 255  # a void border wins over the mask
    made = OverlayViewer({"image": IMAGE, "label_map": labels, "masks": masks, "labels": torch.tensor([1, 1])})
    assert np.unique(made.panoptic).tolist() == [0, 1001, 1002, 255000]
    assert made.panoptic[8, 0] == 255000
    assert made.things == [1]


def test_arguments_win_over_the_sample():
    sample = Scenes(1, size=(48, 64))[0]
    other = torch.zeros(48, 64, dtype=torch.int64)
    assert OverlayViewer(sample, label_map=other, panoptic=other * 1000).instance_count == 0


def test_names_colors_and_things_can_be_given():
    made = viewer(classes=["a", "b", "c", "d"], colors=[[255, 0, 0]] * 4, things=["c"])
    assert (made.classes[2], made.colors, made.things) == ("c", ["#ff0000"] * 4, [2])
    assert viewer().classes == ["class 0", "class 1", "class 2", "class 3"]
    assert viewer(colors=["#010203"] * 4).colors == ["#010203"] * 4
    assert len(set(viewer().colors)) == 4


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"image": None}, "there is no image; give a sample with an 'image', or image="),
        ({"image": torch.rand(9, 14)}, r"the image has shape \(9, 14\); give \(3, H, W\), or \(1, H, W\)"),
        ({"image": torch.zeros(3, 9, 14, dtype=torch.int64)}, "the image is torch.int64; give floats"),
        ({"label_map": LABELS.T}, r"shape \(14, 9\); give one number per pixel of the image, \(9, 14\)"),
        ({"label_map": LABELS.float()}, r"the label map is torch.float32; give integers, for example logits.argmax"),
        ({"label_map": LABELS, "classes": ["a"]}, r"contains label \d; there are 1 classes, so 0 … 0, or 255 for void"),
        ({"label_map": LABELS - 1}, "the label map contains label -1"),
        ({"panoptic": LABELS * 1000, "label_map": LABELS * 0}, r"the panoptic map says class \d+ in row 0, column \d"),
        ({"prediction": LABELS}, "a prediction needs true labels to be compared with"),
        ({"label_map": LABELS, "prediction": LABELS[:5]}, r"the prediction has shape \(5, 14\)"),
        ({"label_map": LABELS, "prediction": LABELS + 9, "classes": list("abcd")}, "the prediction contains label"),
        ({"label_map": LABELS, "things": ["cow"]}, "things names 'cow', which is no class; the classes are class 0"),
        ({"label_map": LABELS, "colors": [[1, 2, 3]]}, "there are 1 colors for 4 classes; give one row per class"),
        ({"pixel": [9, 0]}, r"pixel \[9, 0\] lies outside of the image of 9 × 14 pixels"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_in_one_sentence(arguments, message):
    with pytest.raises(ValueError, match=message):
        OverlayViewer({} if arguments.get("image", True) is None else None, **{"image": IMAGE, **arguments})


@pytest.mark.parametrize("trait", [{"mode": "boxes"}, {"opacity": 1.5}, {"source": "both"}, {"step": -1}])
def test_settings_outside_of_their_range_are_refused(trait):
    with pytest.raises(Exception, match=next(iter(trait))):
        viewer(**trait)


@pytest.mark.parametrize("opacity", [0, 0.3, 0.55, 1])
def test_the_blend_is_that_of_viz_overlay_and_void_is_hatched_unless_it_is_off(opacity):
    made = viewer(opacity=opacity, hidden=[255])
    image = torch.from_numpy(image_of(made.photo)).permute(2, 0, 1) / 255
    shown = blend_overlay(image_of(made.photo), *ids_of(made), made)
    expected = overlay(image, LABELS, made.colors, opacity=opacity).permute(1, 2, 0).numpy() * 255
    assert np.abs(shown - expected).max() <= 0.501
    made.hidden = []
    shown = blend_overlay(image_of(made.photo), *ids_of(made), made)
    hatched = (1 - opacity) * image + opacity * label_to_rgb(LABELS, made.colors)
    assert np.abs(shown - hatched.permute(1, 2, 0).numpy() * 255).max() <= 0.501


def test_errors_are_orange_and_void_is_not_judged():
    made = viewer(prediction=LABELS * 0, errors=True, opacity=0)
    shown = blend_overlay(image_of(made.photo), *ids_of(made), made)
    changed = (shown != image_of(made.photo)).any(axis=2)
    assert np.array_equal(changed, ((LABELS != 0) & (LABELS != 255)).numpy())


def test_instances_of_one_class_have_different_colors_in_both_modes():
    things = [2000 + n for n in range(1, 6)]
    for mode in ("instance", "panoptic"):
        assert len({color_of(i, mode, ["#ffffff", "#000000", "#3f6df0"], things) for i in things}) == 5


def test_no_instances_or_an_open_question_leave_the_classes():
    assert ids_of(viewer(mode="instance"))[1] == "semantic"
    assert ids_of(OverlayViewer(mode="panoptic", predict=True))[1] == "semantic"
    assert ids_of(OverlayViewer(mode="panoptic"))[1] == "panoptic"


def test_two_scenes_with_one_semantic_map_may_hold_different_instances():
    both = torch.full((9, 14), 1)
    one, two = both * 1000 + 1, both * 1000 + 1
    two[:, 7:] += 1
    made = [OverlayViewer(image=IMAGE, panoptic=ids, classes=["road", "car"]) for ids in (one, two)]
    assert np.array_equal(made[0].label_map, made[1].label_map)
    assert [each.instance_count for each in made] == [1, 2]


@pytest.mark.parametrize("seed", range(8))
def test_every_setting_has_a_picture(seed):
    rng = random.Random(seed)
    sample = Scenes(4, size=(40, 56), seed=seed, void_frame=1)[seed % 4]
    made = OverlayViewer(
        sample,
        prediction=sample["label_map"].roll(2, 1),
        mode=rng.choice(["semantic", "instance", "panoptic"]),
        opacity=rng.random(),
        errors=rng.random() < 0.5,
        source=rng.choice(["labels", "prediction"]),
        outlines=rng.random() < 0.5,
        hidden=rng.sample(range(10), 3),
    )
    assert Image.open(io.BytesIO(made.picture())).width == 1100


def test_state_is_json_and_small_and_the_same_in_every_run():
    one, two = OverlayViewer(), OverlayViewer()
    assert json.loads(json.dumps(one.state())) == two.state()
    assert len(one.html()) < 400_000
    assert one.describe() == two.describe()
    assert "boulder 11%" in one.describe()


def test_the_mime_bundle_has_the_picture_with_alt_text():
    made = OverlayViewer(mode="panoptic")
    data, metadata = made._repr_mimebundle_()
    assert {"image/png", "application/vnd.jupyter.widget-view+json"} <= set(data)
    assert metadata["image/png"]["alt"] == made.describe()


def test_the_default_scene_has_three_cars_that_are_one_region():
    from scipy import ndimage

    made = OverlayViewer()
    for name in ("car", "boulder"):
        label = Scenes.classes.index(name)
        assert ndimage.label(made.label_map == label)[1] == 1
        assert len(np.unique(made.panoptic[made.label_map == label])) == 3


def test_it_opens_where_two_instances_touch_else_on_one_else_in_the_middle():
    ids = torch.zeros(9, 14, dtype=torch.int64)
    assert OverlayViewer(image=IMAGE, panoptic=ids).pixel == [4, 7]
    ids[2, 3] = 1001
    assert OverlayViewer(image=IMAGE, panoptic=ids).pixel == [2, 3]
    ids[7, 10], ids[7, 11] = 1002, 1003
    assert OverlayViewer(image=IMAGE, panoptic=ids).pixel == [7, 10]


def test_labels_that_are_all_void_are_no_error():
    made = OverlayViewer(image=IMAGE, label_map=torch.full((9, 14), 255))
    assert made.classes == ["class 0"]
    assert "void 100%" in made.describe()
