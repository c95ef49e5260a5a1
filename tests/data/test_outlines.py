"""The outlines of data/photos/: sound polygons, an answer for every pixel, and edges where the photograph has them."""

import itertools
import json

import numpy as np
import pytest
import torch
from scipy import ndimage
from skimage.filters import threshold_local

import segedu as se
from segedu.data.outlines import CLASSES, LABELED, STUFF, THINGS, Outline, Outlines, paint_labels, read_outlines
from segedu.data.photos import FILES

# Pixels in sight of each thing, from back to front: an outline that is redrawn changes its number here.
AREAS = {
    "astronaut": [25695, 21113, 107860, 32327],
    "camera": [79189, 8038, 2976],
    "chelsea": [98886],
    "coffee": [57327, 49273, 6525],
    "coins": [
        *(1356, 1101, 1662, 1632, 1241, 2626),
        *(1303, 1110, 1080, 1219, 1919, 1177),
        *(1151, 1481, 1159, 1742, 1537, 3153),
        *(2474, 1412, 2369, 1777, 1992, 1491),
    ],
    "rocket": [25111, 24886, 6177, 6513, 3923, 5255, 37, 59, 106, 96, 112, 42, 104],
}
SHARP = [(name, place) for name in ("astronaut", "camera", "coffee", "coins") for place in range(len(AREAS[name]))]


@pytest.fixture(scope="module")
def sample():
    """Return a function that gives a labeled photograph, each read once."""
    samples = {name: se.photo(name, labels=True) for name in LABELED}
    return samples.__getitem__


def polygons_of(name):
    """Return all polygons of a photograph as arrays (n, 2) of x, y."""
    return [np.reshape(polygon, (-1, 2)) for outline in read_outlines(name).objects for polygon in outline.polygons]


# The files


def test_there_are_six_photographs_and_forty_things_of_many_classes(sample):
    things = sum(len(sample(name)["masks"]) for name in LABELED)
    assert len(LABELED) >= 6
    assert things >= 40
    assert f"{things} things" in se.shipped("photos/README.md").read_text(encoding="utf-8")
    labels = torch.cat([sample(name)["label_map"].unique() for name in LABELED])
    assert set(labels.tolist()) == {*range(len(CLASSES)), 255}


@pytest.mark.parametrize("name", LABELED)
def test_a_file_says_where_the_picture_is_from_and_how_it_was_outlined(name):
    file = json.loads(se.shipped(f"photos/{name}.json").read_text(encoding="utf-8"))
    assert list(file) == ["file", "size", "source", "license", "outlines", "method", "objects"]
    assert file["file"] == FILES[name]
    assert file["license"].startswith(("CC0", "public domain", "no known copyright"))
    assert file["outlines"] == "drawn for this course"
    assert len(file["method"].split()) >= 8
    readme = se.shipped("photos/README.md").read_text(encoding="utf-8")
    assert f"| {name} |" in readme
    assert file["license"] in readme


def test_there_is_one_file_a_labeled_photograph_and_they_are_small():
    folder = se.shipped("photos/README.md").parent
    assert sorted(path.stem for path in folder.glob("*.json")) == sorted(LABELED)
    assert sum(path.stat().st_size for path in folder.iterdir()) < 200_000


@pytest.mark.parametrize("name", LABELED)
def test_classes_are_known_and_a_thing_or_stuff(name):
    assert {outline.category for outline in read_outlines(name).objects} <= {*THINGS, *STUFF, "void"}


# The polygons


@pytest.mark.parametrize("name", LABELED)
def test_polygons_lie_inside_the_photograph(name):
    height, width = read_outlines(name).size
    assert se.photo(name).shape == (3, height, width)
    for corners in polygons_of(name):
        assert (corners >= 0).all()
        assert (corners <= (width, height)).all()


@pytest.mark.parametrize("name", LABELED)
def test_no_side_of_a_polygon_crosses_or_touches_another(name):
    for corners in polygons_of(name):
        assert not np.array_equal(corners[0], corners[-1])
        assert crossings(corners) == []


def crossings(corners):
    """Return the pairs of sides of a polygon (n, 2) that meet elsewhere than in the corner that they share."""
    sides = list(zip(corners, np.roll(corners, -1, axis=0), strict=True))
    pairs = itertools.combinations(range(len(sides)), 2)
    apart = [(i, j) for i, j in pairs if j - i not in (1, len(sides) - 1)]
    return [(i, j) for i, j in apart if meet(*sides[i], *sides[j])]


def meet(a, b, c, d):
    """Return whether the segments a–b and c–d have a point in common."""
    if (np.maximum(a, b) < np.minimum(c, d)).any() or (np.maximum(c, d) < np.minimum(a, b)).any():
        return False
    return side(a, b, c) * side(a, b, d) <= 0 and side(c, d, a) * side(c, d, b) <= 0


def side(a, b, point):
    """Return the sign of the side of the line a–b on which a point lies."""
    return np.sign((b[0] - a[0]) * (point[1] - a[1]) - (b[1] - a[1]) * (point[0] - a[0]))


def test_a_bow_tie_is_noticed():
    assert crossings(np.array([[0, 0], [2, 2], [2, 0], [0, 2]])) == [(0, 2)]
    assert crossings(np.array([[0, 0], [2, 0], [2, 2], [0, 2]])) == []


# The labels


@pytest.mark.parametrize("name", LABELED)
def test_the_hindmost_object_covers_the_photograph(name):
    outlines = read_outlines(name)
    mask = se.polygons_to_mask(outlines.objects[0].polygons, outlines.size)
    assert mask.all()


@pytest.mark.parametrize("name", LABELED)
def test_no_thing_vanishes_and_areas_are_those_that_were_looked_at(sample, name):
    masks = sample(name)["masks"]
    drawn = [outline.category for outline in read_outlines(name).objects if outline.category in THINGS]
    labels = [CLASSES[label] for label in sample(name)["labels"]]
    assert labels == drawn
    assert masks.sum(dim=(1, 2)).tolist() == pytest.approx(AREAS[name], rel=0.02)


@pytest.mark.parametrize("name", LABELED)
def test_label_map_masks_boxes_and_panoptic_map_agree(sample, name):
    label_map, masks, labels, panoptic = (sample(name)[key] for key in ("label_map", "masks", "labels", "panoptic"))
    assert masks.sum(dim=0).max() == 1
    for mask, label, box in zip(masks, labels, sample(name)["boxes"], strict=True):
        assert (label_map[mask] == label).all()
        rows, columns = torch.nonzero(mask, as_tuple=True)
        assert box.tolist() == [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]

    things = torch.tensor([CLASSES.index(thing) for thing in THINGS])
    assert torch.equal(torch.isin(label_map, things), masks.any(dim=0))
    assert torch.equal(panoptic, se.panoptic_map(label_map, masks, labels))
    assert torch.equal(se.semantic_of(panoptic), torch.as_tensor(label_map))
    assert len(se.instances_of(panoptic)[0]) == len(masks)


@pytest.mark.parametrize("name", LABELED)
def test_void_is_where_nobody_can_tell_and_rare(sample, name):
    assert (sample(name)["label_map"] == 255).float().mean() < 0.05


def test_what_stands_later_is_in_front_and_a_polygon_within_is_a_hole():
    square = [0, 0, 6, 0, 6, 4, 0, 4]
    ring = Outline("cup", [[1, 0, 6, 0, 6, 4, 1, 4], [3, 1, 5, 1, 5, 3, 3, 3]])
    objects = (Outline("table", [square]), ring, Outline("spoon", [[0, 0, 2, 0, 2, 4, 0, 4]]))
    labels = paint_labels(Outlines((4, 6), objects), (4, 6))
    table, cup, spoon = (CLASSES.index(name) for name in ("table", "cup", "spoon"))
    assert labels["label_map"].tolist() == [
        [spoon, spoon, cup, cup, cup, cup],
        [spoon, spoon, cup, table, table, cup],
        [spoon, spoon, cup, table, table, cup],
        [spoon, spoon, cup, cup, cup, cup],
    ]
    assert labels["labels"].tolist() == [cup, spoon]


def test_a_thing_that_is_hidden_or_smaller_than_a_pixel_is_left_out():
    everything = [0, 0, 8, 0, 8, 8, 0, 8]
    objects = (Outline("table", [everything]), Outline("spoon", [[5.2, 5.2, 5.8, 5.2, 5.8, 5.8]]))
    labels = paint_labels(Outlines((8, 8), objects), (2, 2))
    assert labels["masks"].shape == (0, 2, 2)
    assert labels["boxes"].shape == (0, 4)
    assert labels["label_map"].tolist() == [[CLASSES.index("table")] * 2] * 2


# The photographs


def test_coins_agree_with_a_threshold_that_knows_no_outline(sample):
    gray = sample("coins")["image"][0].numpy()
    bright = ndimage.binary_fill_holes(gray > threshold_local(gray, 101))
    parts, _ = ndimage.label(ndimage.binary_opening(bright))
    masks = sample("coins")["masks"].numpy()
    assert len(masks) == 24
    for mask in masks:
        part = parts == np.bincount(parts[mask])[1:].argmax() + 1
        assert (part & mask).sum() / (part | mask).sum() > 0.95


@pytest.mark.parametrize(("name", "place"), SHARP)
def test_an_outline_lies_on_edges_of_its_photograph(sample, name, place):
    """Four pixels up, down, left or right, the image changes less; out of focus and on lattices this says nothing."""
    channels = sample(name)["image"].numpy()
    strength = sum(ndimage.gaussian_gradient_magnitude(channel, 1) for channel in channels)
    mask = sample(name)["masks"][place].numpy()
    border = mask & ~ndimage.binary_erosion(mask, border_value=1)
    padded = np.pad(strength, 4, mode="edge")
    height, width = mask.shape

    def moved(down, right):
        return padded[4 + down :, 4 + right :][:height, :width][border].mean()

    there = moved(0, 0)
    assert all(moved(*step) < there for step in ((4, 0), (-4, 0), (0, 4), (0, -4)))
