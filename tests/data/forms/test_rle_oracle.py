"""Run-length encoding against pycocotools, letter by letter; polygons against it but for pixels on the outline."""

import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pycocotools import mask as coco

from segedu.data.forms.polygons import mask_to_polygons, polygons_to_mask
from segedu.data.forms.rle import decode_rle, encode_rle, rle_area


def masks(seed: int, height: int, width: int, share: float) -> np.ndarray:
    """Return noise, or a few rectangles, some of which touch the border."""
    rng = np.random.default_rng(seed)
    if seed % 2:
        return rng.random((height, width)) < share
    mask = np.zeros((height, width), dtype=bool)
    for _ in range(3):
        top, left = rng.integers(0, height), rng.integers(0, width)
        mask[top : top + rng.integers(1, height + 1), left : left + rng.integers(1, width + 1)] ^= True
    return mask


@given(st.integers(0, 9999), st.integers(1, 60), st.integers(1, 70), st.sampled_from([0.0, 0.02, 0.5, 1.0]))
@settings(max_examples=150, deadline=None)
def test_text_equals_pycocotools_and_decodes_to_the_mask(seed: int, height: int, width: int, share: float) -> None:
    mask = masks(seed, height, width, share)
    theirs = coco.encode(np.asfortranarray(mask.astype(np.uint8)))
    ours = encode_rle(torch.from_numpy(mask))
    assert ours["size"] == theirs["size"]
    assert ours["counts"].encode() == theirs["counts"]
    for rle in (ours, theirs, encode_rle(mask, compress=False)):
        assert np.array_equal(decode_rle(rle).numpy(), mask)
        assert rle_area(rle) == mask.sum()


def test_runs_longer_than_five_bits_hold() -> None:
    mask = np.zeros((700, 900), dtype=bool)
    mask[3:650, 200:801] = True
    theirs = coco.encode(np.asfortranarray(mask.astype(np.uint8)))
    assert encode_rle(mask)["counts"].encode() == theirs["counts"]


@given(st.integers(0, 9999), st.integers(1, 14), st.integers(1, 17))
@settings(max_examples=100, deadline=None)
def test_outlines_along_pixel_edges_give_the_mask_back(seed: int, height: int, width: int) -> None:
    mask = torch.from_numpy(masks(seed, height, width, 0.5))
    assert torch.equal(polygons_to_mask(mask_to_polygons(mask), (height, width), holes=True), mask)


@pytest.mark.parametrize("corner", [[[1, 0], [0, 1]], [[0, 1], [1, 0]]])
def test_pixels_that_meet_at_a_corner_only_are_apart(corner: list[list[int]]) -> None:
    polygons = mask_to_polygons(torch.tensor(corner).bool())
    assert sorted(map(len, polygons)) == [8, 8]  # two squares, four corners each
    larger = torch.zeros(5, 7).bool()
    larger[1:3, 2:4] = torch.tensor(corner).bool()
    larger[2:5, 5:7] = True
    assert len(mask_to_polygons(larger)) == 3


def test_holes_that_meet_at_a_corner_are_one_outline_that_turns_inside() -> None:
    mask = torch.ones(4, 4).bool()
    mask[1, 1] = mask[2, 2] = False
    outer, inner = mask_to_polygons(mask)
    assert (len(outer), len(inner)) == (8, 16)
    assert outer[:4] == [0, 0, 4, 0]  # clockwise on the screen, the mask on its right hand


@given(st.integers(0, 9999))
@settings(max_examples=50, deadline=None)
@example(25)  # a tip narrower than a pixel
def test_a_polygon_is_cocos_mask_but_for_pixels_whose_center_lies_on_the_outline(seed: int) -> None:
    rng = np.random.default_rng(seed)
    angles = np.sort(rng.random(7)) * 2 * np.pi
    radius = rng.uniform(6, 18, 7)
    corners = np.stack([25 + radius * np.cos(angles), 20 + radius * np.sin(angles)], axis=1)
    polygon = corners.ravel().tolist()
    ours = polygons_to_mask([polygon], (40, 50)).numpy()
    theirs = coco.decode(coco.merge(coco.frPyObjects([polygon], 40, 50))).astype(bool)
    rows, columns = np.nonzero(ours != theirs)
    centers = np.stack([columns + 0.5, rows + 0.5], axis=1)
    assert (distance_to_outline(centers, corners) < 0.2).all()  # COCO rounds to fifths of a pixel


def distance_to_outline(points: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """Return how far each of the points (P, 2) lies from the nearest side of a polygon with `corners` (K, 2)."""
    sides = np.roll(corners, -1, axis=0) - corners
    along = ((points[:, None] - corners) * sides).sum(axis=-1) / (sides**2).sum(axis=-1)  # (P, K)
    nearest = corners + along.clip(0, 1)[..., None] * sides
    return np.linalg.norm(points[:, None] - nearest, axis=-1).min(axis=1)


def test_parts_of_one_object_are_joined_and_holes_are_cut_out_when_asked() -> None:
    outer, inner = [0, 0, 5, 0, 5, 4, 0, 4], [1, 1, 3, 1, 3, 3, 1, 3]
    assert int(polygons_to_mask([outer, inner], (4, 5)).sum()) == 20
    assert int(polygons_to_mask([outer, inner], (4, 5), holes=True).sum()) == 16


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: encode_rle(np.zeros((2, 3, 4))), "take them one by one"),
        (lambda: encode_rle(np.full((2, 3), 7)), "other numbers than 0 and 1"),
        (lambda: decode_rle({"size": [2, 3], "counts": [1, 4]}), "the counts add up to 5, but the mask has 2 · 3 = 6"),
        (lambda: decode_rle({"size": [2, 3], "counts": "~"}), "no letter of COCO's compressed RLE"),
        (lambda: polygons_to_mask([[0, 0, 1, 1]], (2, 3)), "has 4 coordinates"),
    ],
)
def test_mistakes_are_named(call, words: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match=words):
        call()
