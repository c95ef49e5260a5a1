"""COCO's panoptic form as it comes from readers and files: any layout, ids of any type, faults named."""

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from segedu.data.forms.panoptic import (
    from_panoptic_png,
    instances_of,
    panoptic_map,
    semantic_of,
    to_panoptic_png,
)

IDS = torch.tensor([[6001, 6002, 2000], [255000, 6002, 2000], [6001, 6001, 7000], [7000, 7000, 7000]])


def many_segments(count: int) -> tuple[Tensor, list[dict]]:
    numbers = torch.arange(1, count + 1)[None]
    picture = torch.stack([numbers % 256, numbers // 256, numbers * 0]).to(torch.uint8)
    return picture, [{"id": i, "category_id": 7, "isthing": 1} for i in range(1, count + 1)]


def test_more_segments_of_a_class_than_an_id_holds_are_refused_and_never_of_the_next_class() -> None:
    assert semantic_of(from_panoptic_png(*many_segments(999))).unique().tolist() == [7]
    with pytest.raises(ValueError, match="class 7 has more than 999 things"):
        from_panoptic_png(*many_segments(1000))


def test_stuff_may_have_any_number_of_segments() -> None:
    picture, segments = many_segments(1001)
    assert from_panoptic_png(picture, segments, things=()).unique().tolist() == [7000]


@pytest.mark.parametrize("height", [3, 4])  # as many rows as there are channels
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_every_layout_gives_the_map_back(mode: str, height: int) -> None:
    ids = IDS[:height]
    picture, segments = to_panoptic_png(ids)
    image = Image.fromarray(picture.movedim(0, -1).numpy()).convert(mode)
    for form in (picture, picture.int(), np.asarray(image), image):
        assert torch.equal(from_panoptic_png(form, segments), ids)
    if height == 4 and mode == "RGB":  # a tensor (H, W, 3); of height 3 it would be (3, H, W)
        wide = torch.cat([picture.movedim(0, -1)] * 2)
        assert torch.equal(from_panoptic_png(wide, segments), torch.cat([ids, ids]))


def test_the_ids_themselves_are_a_form_too() -> None:
    """COCO's own tools turn the picture into ids first."""
    segments = [{"id": 3226956, "category_id": 17}, {"id": 1, "category_id": 200}]
    numbers = np.array([[3226956, 1, 0]])
    for form in (numbers, torch.from_numpy(numbers), numbers.astype(np.uint32)):
        assert from_panoptic_png(form, segments, things={17}).tolist() == [[17001, 200000, 255000]]


def test_numbers_that_were_floats_in_a_file_are_numbers() -> None:
    picture, _ = to_panoptic_png(torch.tensor([[6001, 2000]]))
    segments = [{"id": 1.0, "category_id": np.float64(2)}, {"id": np.int64(2), "category_id": torch.tensor(6)}]
    assert from_panoptic_png(picture, segments, things=[6]).tolist() == [[6001, 2000]]


PICTURE, SEGMENTS = to_panoptic_png(IDS)


@pytest.mark.parametrize(
    ("picture", "segments", "error", "words"),
    [
        (PICTURE.float() / 255, SEGMENTS, TypeError, "torch.float32|float32 .* read it without scaling"),
        (PICTURE.long() + 256, SEGMENTS, ValueError, "expected uint8, 0 … 255"),
        (PICTURE[None], SEGMENTS, ValueError, r"shape \(1, 3, 4, 3\); expected uint8 \(3, H, W\)"),
        (IDS.float(), SEGMENTS, TypeError, "expected integers"),
        (PICTURE, {"segments_info": SEGMENTS}, TypeError, r"take annotation\['segments_info'\]"),
        (PICTURE, [SEGMENTS], TypeError, r"segments\[0\] is .*; expected a dict"),
        (PICTURE, [{"category_id": 3}], ValueError, r"segments\[0\] has no 'id', only 'category_id'"),
        (PICTURE, [{"id": 3, "name": "a"}], ValueError, r"segments\[0\] has no 'category_id', only 'id', 'name'"),
        (PICTURE, [{"id": 3.5, "category_id": 1}], ValueError, r"the id of segments\[0\] is 3.5"),
        (PICTURE, [{"id": "3", "category_id": 1}], TypeError, r"the id of segments\[0\] is '3'"),
        (PICTURE, [{"id": 0, "category_id": 1}], ValueError, "at least 1"),
        (PICTURE, [{"id": 1, "category_id": 255}], ValueError, "which is void in panoptic maps"),
        (PICTURE, [{"id": 1, "category_id": -1}], ValueError, "at least 0"),
        (PICTURE, [SEGMENTS[0], SEGMENTS[0]], ValueError, r"segments\[1\] has the id 1 of a segment before it"),
        (PICTURE, [], ValueError, "segment 1, which no entry of segments describes"),
    ],
)
def test_what_is_no_panoptic_picture_is_named(picture, segments, error: type[Exception], words: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(error, match=words):
        from_panoptic_png(picture, segments)


def test_a_transparent_picture_is_refused() -> None:
    pixels = np.zeros((5, 7, 4), np.uint8)
    with pytest.raises(ValueError, match="transparent pixels"):
        from_panoptic_png(pixels, [])


@pytest.mark.parametrize("function", [semantic_of, instances_of, to_panoptic_png])
@pytest.mark.parametrize("wrong", [IDS.float(), IDS > 0])
def test_maps_that_hold_no_ids_are_named(function, wrong: Tensor) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(TypeError, match=r"expected integers, class · 1000 \+ instance"):
        function(wrong)


@pytest.mark.parametrize("function", [instances_of, to_panoptic_png])
def test_a_batch_of_panoptic_maps_is_named(function) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match=r"shape \(1, 4, 3\); expected one map \(H, W\): take panoptic\[0\]"):
        function(IDS[None])


@pytest.mark.parametrize(
    ("label_map", "labels", "error", "words"),
    [
        (torch.full((1, 2), -1), [6], ValueError, "label -1; void is 255"),
        (torch.rand(1, 2), [6], TypeError, "label map"),
        (torch.zeros(1, 2).long(), [255], ValueError, r"labels\[0\] is 255, which is void"),
        (torch.zeros(1, 2).long(), [-2], ValueError, r"labels\[0\] is -2"),
        (torch.zeros(1, 2).long(), [1.5], ValueError, r"labels\[0\] is 1.5"),
    ],
)
def test_a_map_is_made_of_classes_only(label_map, labels, error: type[Exception], words: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(error, match=words):
        panoptic_map(label_map, torch.ones(1, 1, 2).bool(), labels)


@pytest.mark.parametrize("dtype", [torch.uint8, torch.int16, torch.uint16, torch.bool])
def test_label_maps_of_any_integer_type_become_panoptic(dtype: torch.dtype) -> None:
    labels = torch.tensor([[0, 1, 1]]).to(dtype)
    assert panoptic_map(labels, torch.tensor([[[0, 0, 1]]]), [1]).tolist() == [[0, 1000, 1001]]
