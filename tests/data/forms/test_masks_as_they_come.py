"""Masks, polygons, run lengths and colors in the forms people have: taken where they are clear, named where not."""

import sys
from collections.abc import Callable

import numpy as np
import pytest
import torch

from segedu.data.forms.polygons import mask_to_polygons, polygons_to_mask
from segedu.data.forms.rle import decode_rle, encode_rle, rle_area
from segedu.data.forms.targets import colors_to_labels, from_one_hot, labels_to_colors, to_one_hot

COLORS = np.array([[0, 0, 0], [51, 102, 255]], dtype=np.uint8)


def calls_of(function: Callable, *arguments: object) -> int:
    """Return how many calls of functions, Python's and C's, a call makes: a measure that no other process disturbs."""
    count = 0

    def note(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        function(*arguments)
    finally:
        sys.setprofile(before)
    return count


def dots(side: int) -> torch.Tensor:
    mask = torch.zeros(side, side, dtype=torch.bool)
    mask[::4, ::4] = True
    return mask


def test_outlines_take_work_in_proportion_to_the_pixels_however_many_there_are() -> None:
    small, large = dots(20), dots(60)  # 9 times the pixels, 9 times the outlines
    assert len(mask_to_polygons(large)) == 9 * len(mask_to_polygons(small))
    assert calls_of(mask_to_polygons, large) < 9.5 * calls_of(mask_to_polygons, small)


def test_a_large_object_takes_work_in_proportion_to_its_outline() -> None:
    small, large = torch.ones(50, 50).bool(), torch.ones(200, 200).bool()
    assert calls_of(mask_to_polygons, large) < 4.5 * calls_of(mask_to_polygons, small)


@pytest.mark.parametrize("function", [mask_to_polygons, encode_rle])
@pytest.mark.parametrize(
    ("mask", "words"),
    [
        (torch.tensor([[-2.0, -1.0], [-1.0, 3.0]]), "from -2 to 3: .* logits with 0"),
        (torch.tensor([[0.1, 0.9]]), r"probabilities with 0\.5"),
        (torch.tensor([[0, 2, 255]]), "compare a label map with one class"),
        (torch.ones(1, 3, 4).bool(), r"shape \(1, 3, 4\); expected one mask \(H, W\): take mask\[0\]"),
        (torch.ones(2, 3, 4).bool(), "take them one by one"),
        (np.ones(3, bool), r"shape \(3,\)"),
    ],
)
def test_what_is_no_mask_is_named(function: Callable, mask: torch.Tensor, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        function(mask)


@pytest.mark.parametrize("dtype", [torch.bool, torch.uint8, torch.int64, torch.float32, torch.uint16])
def test_zeros_and_ones_of_any_type_are_a_mask(dtype: torch.dtype) -> None:
    mask = torch.tensor([[0, 1, 1]]).to(dtype)
    assert mask_to_polygons(mask) == [[1, 0, 3, 0, 3, 1, 1, 1]]
    assert encode_rle(mask, compress=False)["counts"] == [1, 2]


@pytest.mark.parametrize(
    ("polygons", "error", "words"),
    [
        ([0, 0, 2, 0, 2, 1], TypeError, r"polygons\[0\] is 0; expected a list of numbers"),
        ([[0, 0, 2, 0, 2, 1], [[0, 0], [2, 0], [2, 1]]], TypeError, r"polygons\[1\] is \[\[0, 0\]"),
        ([[0, 0, 2, 0, 2, 1], [0, 0, 2, 0]], ValueError, r"polygons\[1\] has 4 coordinates"),
        ([[0, 0, 2, 0, 2, float("nan")]], ValueError, r"polygons\[0\] has a coordinate that is no finite number"),
    ],
)
def test_what_is_no_list_of_polygons_is_named(polygons: list, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        polygons_to_mask(polygons, (3, 4))


@pytest.mark.parametrize(
    ("rle", "words"),
    [
        ([[0, 0, 1, 1, 2, 2]], "these are polygons, no RLE .* polygons_to_mask"),
        ([[0, 0, 1, 1, 2, 2], [1, 2, 3, 4, 5, 6]], "polygons"),
        ([1, 4, 1], "add the size to bare counts"),
        (np.array([1, 4, 1]), "add the size to bare counts"),
        ('{"size": [2, 3], "counts": [6]}', "a text; .* json.loads"),
        (b"16", "a text"),
        ({"counts": [6]}, "no 'size', only 'counts'"),
        ({"size": [2, 3]}, "no 'counts', only 'size'"),
        ({}, "only nothing"),
        ({"size": [2, 3, 1], "counts": [6]}, r"expected \[height, width\]"),
        ({"size": 6, "counts": [6]}, r"expected \[height, width\]"),
        ({"size": "23", "counts": [6]}, r"expected \[height, width\]"),
        ({"size": [2.5, 3], "counts": [6]}, "2.5; it must be a whole number"),
        ({"size": [2, 3], "counts": [3, -1, 4]}, "count 1 of the RLE is -1; .* never negative"),
        ({"size": [2, 3], "counts": [1, 4]}, "the counts add up to 5"),
        ({"size": [2, 3], "counts": [1.5, 4.5]}, "list of whole numbers"),
        ({"size": [2, 3], "counts": [float("inf")]}, "list of whole numbers"),
        ({"size": [2, 3], "counts": [[0, 1], [2, 3]]}, r"shape \(2, 2\)"),
        ({"size": [2, 3], "counts": [True, False]}, "counts of the RLE are bool"),
        ({"size": [2, 3], "counts": "1é1"}, "'é', which is no letter"),
        ({"size": [40, 40], "counts": encode_rle(torch.zeros(40, 40))["counts"][:-1]}, "middle of a number"),
    ],
)
def test_what_is_no_rle_is_named_by_its_form(rle: object, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        decode_rle(rle)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "rle",
    [
        {"size": [2.0, 3.0], "counts": [1, 4, 1]},  # as JSON from other tools has it
        {"size": np.array([2, 3]), "counts": np.array([1, 4, 1], np.uint8)},
        {"size": (2, 3), "counts": [1.0, 4.0, 1.0]},
        {"size": torch.tensor([2, 3]), "counts": torch.tensor([1, 4, 1])},
    ],
)
def test_numbers_of_any_type_are_run_lengths(rle: dict) -> None:
    assert decode_rle(rle).int().tolist() == [[0, 1, 1], [1, 1, 0]]
    assert rle_area(rle) == 4


def test_bytes_don_t_overflow_in_the_sum_of_counts() -> None:
    assert decode_rle({"size": [10, 30], "counts": np.array([200, 100], np.uint8)}).sum() == 100


def test_colors_from_0_to_1_are_colors() -> None:
    labels = torch.tensor([[1, 0, 255]])
    picture = labels_to_colors(labels, COLORS / 255, void_color=(1.0, 1.0, 1.0))
    assert torch.equal(picture, labels_to_colors(labels, COLORS, void_color=(255, 255, 255)))
    assert colors_to_labels(picture, COLORS / 255, void_colors=[(1.0, 1.0, 1.0)]).tolist() == labels.tolist()
    assert torch.equal(labels_to_colors(labels, COLORS.astype(float)), labels_to_colors(labels, COLORS))


def test_a_batch_of_label_maps_has_its_channels_second() -> None:
    labels = torch.tensor([[[1, 0]], [[0, 255]]])
    pictures = labels_to_colors(labels, COLORS)
    assert pictures.shape == (2, 3, 1, 2)
    assert all(torch.equal(one, labels_to_colors(each, COLORS)) for one, each in zip(pictures, labels, strict=True))


@pytest.mark.parametrize("width", [3, 4])  # as many columns as there are channels
def test_a_narrow_picture_is_read_by_its_channels(width: int) -> None:
    labels = torch.arange(5 * width).view(5, width) % 2
    picture = labels_to_colors(labels, COLORS)
    assert torch.equal(colors_to_labels(picture, COLORS), labels)
    opaque = np.dstack([picture.movedim(0, -1).numpy(), np.full((5, width), 255, np.uint8)])
    assert torch.equal(colors_to_labels(opaque, COLORS), labels)


@pytest.mark.parametrize(
    ("colors", "words"),
    [
        (COLORS / 100, "run from 0 to 2.55; expected integers from 0 to 255, or floats from 0 to 1"),
        (COLORS.astype(int) + 1, "to 256"),
        (COLORS.astype(int) - 1, "from -1"),
        (np.full((2, 3), np.nan), "nan"),
        (np.zeros((2, 4)), r"\(2, 4\); expected a table \(C, 3\)"),
        (["red", "blue"], r"expected a table \(C, 3\)"),
    ],
)
def test_what_is_no_table_of_colors_is_named(colors: np.ndarray, words: str) -> None:
    picture = labels_to_colors(torch.tensor([[1, 0]]), COLORS)
    with pytest.raises(ValueError, match=words):
        labels_to_colors(torch.tensor([[1, 0]]), colors)
    with pytest.raises(ValueError, match=words):
        colors_to_labels(picture, colors)


def test_two_classes_of_one_color_can_t_be_read_back() -> None:
    colors = np.array([[9, 9, 9], [1, 2, 3], [9, 9, 9]])
    with pytest.raises(ValueError, match=r"classes 0 and 2 have one color, \(9, 9, 9\)"):
        colors_to_labels(np.full((1, 1, 3), 9, np.uint8), colors)


@pytest.mark.parametrize("dtype", [torch.uint8, torch.int16, torch.uint16, torch.uint32, torch.bool])
def test_labels_of_any_integer_type_become_one_hot_and_colors(dtype: torch.dtype) -> None:
    labels = torch.as_tensor(np.array([[0, 1], [1, 0]])).to(dtype)
    channels = to_one_hot(labels, np.int64(2))
    assert channels.sum() == 4
    for form in (channels.bool(), channels.to(torch.uint16), channels.to(torch.int8), channels.numpy()):
        assert torch.equal(from_one_hot(form), labels.long())
    assert torch.equal(labels_to_colors(labels, COLORS), labels_to_colors(labels.long(), COLORS))


def test_one_hot_void_of_unsigned_labels_is_void() -> None:
    labels = torch.as_tensor(np.array([[0, 255]], dtype=np.uint16))
    assert to_one_hot(labels, 2)[:, 0].tolist() == [[1.0, 0.0], [0.0, 0.0]]


def test_channels_without_an_axis_of_channels_are_named() -> None:
    with pytest.raises(ValueError, match=r"shape \(4, 5\); expected \(C, H, W\)"):
        from_one_hot(torch.zeros(4, 5))
