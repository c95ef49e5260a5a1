"""Photographs that come with scikit-image: float in [0, 1], three channels, labels of six, errors that list them."""

import pytest
import torch

import segedu as se
from segedu.data import photos
from segedu.data.outlines import Outlines


@pytest.mark.parametrize("name", se.photo_names())
def test_a_photo_is_a_float_image_in_0_1(name):
    image = se.photo(name, size=(24, 36))
    assert image.shape == (3, 24, 36)
    assert image.dtype == torch.float32
    assert 0 <= image.min() < image.max() <= 1


def test_names_are_in_alphabetical_order_and_hold_the_cat():
    assert list(se.photo_names()) == sorted(se.photo_names())
    assert "chelsea" in se.photo_names()


def test_without_a_size_the_cat_keeps_its_own():
    assert se.photo().shape == (3, 300, 451)


def test_one_number_means_height_and_width():
    assert se.photo("coffee", size=20).shape == (3, 20, 20)


def test_a_gray_photo_is_repeated():
    red, green, blue = se.photo("camera", size=(16, 24))
    assert torch.equal(red, green)
    assert torch.equal(red, blue)


def test_a_color_photo_equals_scikit_image_s_own():
    data = pytest.importorskip("skimage.data")
    expected = torch.from_numpy(data.astronaut()).permute(2, 0, 1) / 255
    assert torch.equal(se.photo("astronaut"), expected)


def test_an_unknown_name_lists_those_that_are_there():
    with pytest.raises(ValueError, match=r"no photo 'lena' here; choose one of astronaut, .*chelsea"):
        se.photo("lena")


def test_without_scikit_image_the_cure_is_named(monkeypatch):
    monkeypatch.setattr(photos.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError, match="pip install scikit-image"):
        se.photo_names()


# With labels

LABELED = se.photo_names(labels=True)


@pytest.mark.parametrize("name", LABELED)
@pytest.mark.parametrize("size", [None, (60, 90)])
def test_labels_leave_the_image_as_it_is(name, size):
    sample = se.photo(name, size=size, labels=True)
    assert torch.equal(torch.as_tensor(sample["image"]), se.photo(name, size=size))


def test_labels_have_the_types_of_a_data_set_s_sample():
    """Scenes know depth and what is salient as well; nobody has measured those in the photographs."""
    scene = se.load_dataset("scenes", "val", size=64)[0]
    sample = se.photo("coffee", labels=True)
    assert set(sample) == set(scene) - {"depth_order", "salient"}
    for key, value in sample.items():
        assert type(value) is type(scene[key]), key
        if key != "name":
            assert value.dtype == scene[key].dtype, key
            assert value.ndim == scene[key].ndim, key
    assert sample["boxes"].canvas_size == (400, 600)


def test_the_same_call_gives_the_same_labels():
    one, other = (se.photo("rocket", size=(96, 144), labels=True) for _ in range(2))
    assert all(torch.equal(one[key], other[key]) for key in one if key != "name")


@pytest.mark.parametrize("name", LABELED)
def test_labels_are_resized_with_the_photograph(name):
    whole = se.photo(name, labels=True)
    height, width = whole["label_map"].shape
    small = se.photo(name, size=(height // 2, width // 3), labels=True)
    assert small["image"].shape[1:] == small["label_map"].shape == small["panoptic"].shape == small["masks"].shape[1:]
    nearest = torch.nn.functional.interpolate(whole["label_map"][None, None].double(), small["label_map"].shape)
    assert (nearest[0, 0].long() == small["label_map"]).float().mean() > 0.97
    assert len(small["masks"]) == len(whole["masks"])
    scale = torch.tensor([width // 3 / width, height // 2 / height]).repeat(2)
    assert torch.allclose(torch.as_tensor(small["boxes"]), torch.as_tensor(whole["boxes"]) * scale, atol=1)


def test_one_number_means_both_sides_with_labels_too():
    assert se.photo("chelsea", size=40, labels=True)["label_map"].shape == (40, 40)


def test_an_unknown_name_with_labels_lists_those_that_have_them():
    with pytest.raises(ValueError, match=r"no photo 'lena' here; choose one of astronaut, brick"):
        se.photo("lena", labels=True)
    with pytest.raises(
        ValueError, match=r"'page' has no labels; choose one of astronaut, camera, chelsea, coffee, coins"
    ):
        se.photo("page", labels=True)


def test_another_picture_of_the_same_name_is_noticed(monkeypatch):
    monkeypatch.setattr(photos, "read_outlines", lambda name: Outlines((300, 400), ()))
    with pytest.raises(ValueError, match=r"\(303, 384\) pixels here, its outlines were drawn on \(300, 400\)"):
        se.photo("coins", labels=True)


def test_the_labeled_photographs_are_a_data_set():
    data = se.Photos(size=(48, 64), transform=lambda sample: sample | {"seen": True})
    assert len(data) == len(LABELED)
    assert [sample["name"] for sample in data] == list(LABELED)
    assert data[-1]["name"] == "rocket"
    assert data[0]["seen"]
    assert repr(data) == "Photos(6 images, size=(48, 64))"
    with pytest.raises(IndexError, match="photo 6 of 6"):
        data[6]


def test_the_audit_finds_no_fault_in_the_photographs():
    assert se.audit({"photos": se.Photos(size=(96, 128))}).problems == []


def test_class_indices_and_colors_are_one_table_for_all_photographs():
    """The same index is a person in two pictures, and a rocket in two others."""
    classes = se.Photos.classes
    assert len(set(classes)) == len(classes) == se.Photos.num_classes
    assert set(se.Photos.things) < set(classes)
    person, rocket = classes.index("person"), classes.index("rocket")
    assert all((se.photo(name, labels=True)["label_map"] == person).any() for name in ("astronaut", "camera"))
    assert all((se.photo(name, labels=True)["label_map"] == rocket).any() for name in ("astronaut", "rocket"))

    sample = se.photo("coffee", labels=True)
    cup = sample["label_map"] == classes.index("cup")
    colors = se.overlay(sample["image"], sample["label_map"], se.Photos.colors, opacity=1)[:, cup]
    expected = torch.from_numpy(se.Photos.colors[classes.index("cup")]) / 255
    assert torch.allclose(colors, expected[:, None].expand_as(colors))


def test_a_row_names_the_classes_in_sight(tmp_path):
    sample = se.photo("coffee", size=(80, 120), labels=True)
    se.show_row(
        [sample["image"], sample["label_map"]],
        ["photograph", "labels"],
        "A cup on a saucer, and each pixel in the color of its class.",
        colors=se.Photos.colors,
        classes=se.Photos.classes,
        path=tmp_path / "row.png",
    )
    assert (tmp_path / "row.png").stat().st_size > 1000
