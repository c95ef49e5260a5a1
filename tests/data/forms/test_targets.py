"""Targets in all their forms: there and back, on scenes and on random maps, and mistakes named."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from segedu.data.forms import panoptic, targets
from segedu.data.scenes import Scenes

COLORS = np.array([[0, 0, 128], [128, 0, 0], [0, 128, 0], [128, 128, 0]], dtype=np.uint8)


def label_map(seed: int, shape: tuple[int, ...] = (5, 8), void: float = 0.2) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    labels = torch.randint(4, shape, generator=generator)
    return labels.masked_fill(torch.rand(shape, generator=generator) < void, 255)


@given(st.integers(0, 999), st.sampled_from([(5, 8), (2, 3, 7)]))
@settings(max_examples=50, deadline=None)
def test_one_hot_and_back_is_the_identity_void_included(seed: int, shape: tuple[int, ...]) -> None:
    labels = label_map(seed, shape)
    channels = targets.to_one_hot(labels, 4)
    assert torch.equal(targets.from_one_hot(channels), labels)
    assert torch.equal(channels.sum(dim=-3), (labels != 255).float())
    if (labels != 255).all():
        assert torch.equal(channels, F.one_hot(labels, 4).movedim(-1, -3).float())


@given(st.integers(0, 999))
@settings(max_examples=30, deadline=None)
def test_colors_and_back_is_the_identity_in_both_layouts(seed: int) -> None:
    labels = label_map(seed)
    picture = targets.labels_to_colors(labels, COLORS)
    assert torch.equal(targets.colors_to_labels(picture, COLORS), labels)
    assert torch.equal(targets.colors_to_labels(picture.movedim(0, -1).numpy(), COLORS), labels)


def test_a_mixed_color_is_found_and_placed() -> None:
    picture = targets.labels_to_colors(label_map(0, void=0), COLORS)
    picture[:, 3, 6] = torch.tensor([64, 0, 64])
    with pytest.raises(ValueError, match=r"1 pixel has .* first \(64, 0, 64\) in row 3, column 6"):
        targets.colors_to_labels(picture, COLORS)


def scene(index: int) -> dict:
    return Scenes(8, size=(48, 72), void_border=1, overlap=1.0, objects=(5, 9))[index]


@pytest.mark.parametrize("index", range(8))
def test_a_scenes_panoptic_map_falls_into_its_parts_and_is_made_of_them(index: int) -> None:
    sample = scene(index)
    ids = sample["panoptic"].as_subclass(Tensor)
    assert torch.equal(panoptic.semantic_of(ids), sample["label_map"].as_subclass(Tensor))
    masks, labels = panoptic.instances_of(ids)
    assert torch.equal(panoptic.panoptic_map(panoptic.semantic_of(ids), masks, labels), renumbered(ids))
    assert int(masks.sum(dim=0).max()) <= 1
    assert sorted(labels.tolist()) == labels.tolist()


def renumbered(ids: Tensor) -> Tensor:
    """Return the map with the things of each class numbered 1, 2, … in the order of their ids."""
    result = ids.clone()
    things = [i for i in ids.unique().tolist() if i % 1000 and i // 1000 != 255]
    for place, found in enumerate(things):
        number = sum(other // 1000 == found // 1000 for other in things[: place + 1])
        result[ids == found] = found // 1000 * 1000 + number
    return result


@pytest.mark.parametrize("index", range(8))
def test_cocos_panoptic_picture_gives_the_map_back(index: int) -> None:
    ids = renumbered(scene(index)["panoptic"].as_subclass(Tensor))
    picture, segments = panoptic.to_panoptic_png(ids)
    assert torch.equal(panoptic.from_panoptic_png(picture, segments), ids)
    assert sum(segment["area"] for segment in segments) == int((ids // 1000 != 255).sum())
    assert all(segment["isthing"] == (segment["category_id"] in range(6, 10)) for segment in segments)


def test_a_single_thing_of_a_real_coco_file_is_a_thing_when_the_categories_say_so() -> None:
    """COCO says "isthing" of categories, not of segments."""
    picture, segments = (
        torch.tensor([[[1, 1, 2]], [[0, 0, 0]], [[0, 0, 0]]], dtype=torch.uint8),
        [
            {"id": 1, "category_id": 1, "iscrowd": 0},
            {"id": 2, "category_id": 7, "iscrowd": 0},
        ],
    )
    assert panoptic.from_panoptic_png(picture, segments, things={1}).tolist() == [[1001, 1001, 7000]]
    assert panoptic.from_panoptic_png(picture, segments).tolist() == [[1000, 1000, 7000]]


def test_more_segments_than_one_byte_holds_get_a_second_byte() -> None:
    ids = 6001 + torch.arange(300).view(15, 20)
    picture, segments = panoptic.to_panoptic_png(ids)
    assert int(picture[1].max()) == 1
    assert torch.equal(panoptic.from_panoptic_png(picture, segments), ids)


def test_two_scenes_with_one_label_map_can_differ_in_their_instances() -> None:
    labels = torch.tensor([[6, 6, 6, 6]])
    one = panoptic.panoptic_map(labels, torch.ones(1, 1, 4).bool(), [6])
    two = panoptic.panoptic_map(labels, torch.tensor([[[1, 1, 0, 0]], [[0, 0, 1, 1]]]).bool(), [6, 6])
    assert torch.equal(panoptic.semantic_of(one), panoptic.semantic_of(two))
    assert not torch.equal(one, two)


MASKS = torch.zeros(2, 5, 8, dtype=torch.bool)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: targets.to_one_hot(label_map(0).float(), 4), TypeError, r"label_map\.long\(\)"),
        (lambda: targets.to_one_hot(label_map(0), 3), ValueError, "contains label 3; expected 0 … 2"),
        (lambda: targets.labels_to_colors(label_map(0) - 1, COLORS), ValueError, "contains label -1"),
        (lambda: targets.colors_to_labels(torch.zeros(3, 4, 5), COLORS), TypeError, "expected uint8"),
        (lambda: panoptic.panoptic_map(label_map(0), MASKS, [6]), ValueError, "2 masks of .* 1 labels"),
        (lambda: panoptic.panoptic_map(label_map(0).T, MASKS, [6, 6]), ValueError, r"label map of \(8, 5\)"),
        (
            lambda: panoptic.panoptic_map(torch.zeros(1, 1).long(), torch.ones(1000, 1, 1), [6] * 1000),
            ValueError,
            "more than 999 things",
        ),
        (
            lambda: panoptic.from_panoptic_png(torch.full((3, 2, 2), 5), []),
            ValueError,
            "no entry of segments describes",
        ),
    ],
)
def test_mistakes_are_named(call, error: type[Exception], words: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(error, match=words):
        call()


def test_a_class_whose_color_is_also_called_void_keeps_its_pixels() -> None:
    colors = np.array([[0, 0, 0], [128, 0, 0]], dtype=np.uint8)  # VOC's background is black
    picture = targets.labels_to_colors(torch.tensor([[0, 1, 0, 1]]), colors)
    assert targets.colors_to_labels(picture, colors).tolist() == [[0, 1, 0, 1]]


def test_red_green_and_blue_are_the_bytes_of_a_segment_s_id_lowest_first() -> None:
    picture = torch.tensor([[[1, 0, 0]], [[0, 1, 0]], [[0, 0, 1]]], dtype=torch.uint8)
    segments = [{"id": number, "category_id": category} for category, number in enumerate((1, 256, 65536), start=5)]
    assert panoptic.semantic_of(panoptic.from_panoptic_png(picture, segments)).tolist() == [[5, 6, 7]]
