"""The Python half of the sliding-window explorer: what it takes, what it refuses, its picture and its numbers."""

import io

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from segedu.ops.windows import extract_windows
from segedu.widgets import SlidingWindowExplorer
from segedu.widgets.kit.packed import pack, unpack
from segedu.widgets.sliding_window.core import Slide, color_scores, quantize

IMAGE = torch.rand(3, 20, 31, generator=torch.Generator().manual_seed(0))
NAMES = ("sky", "road", "tree")


def probabilities(height, width, seed=0):
    return torch.randn(3, height, width, generator=torch.Generator().manual_seed(seed)).softmax(dim=0)


@pytest.mark.parametrize(("window", "stride"), [(1, 1), (4, 3), (7, 2), (20, 5)])
def test_windows_are_those_of_extract_windows(window, stride):
    slide = Slide(20, 31, window, stride, padded=False)
    windows = extract_windows(IMAGE[None], window, stride)[0]  # (rows, columns, 3, k, k)
    assert slide.grid == windows.shape[:2]
    for step in range(slide.count):
        top, left = slide.corner(step)
        assert torch.equal(windows.flatten(0, 1)[step], IMAGE[:, top : top + window, left : left + window])


def test_scores_of_the_built_in_classifier_depend_on_the_mean_color_of_each_window():
    prototypes = torch.tensor([[0.4, 0.5, 0.6], [0.6, 0.5, 0.4]], dtype=torch.float64)
    scores = color_scores(IMAGE, prototypes, 5)
    means = extract_windows(IMAGE[None].double(), 5)[0].mean(dim=(3, 4))  # (16, 27, 3)
    distances = ((means[..., None, :] - prototypes) ** 2).sum(dim=-1)
    expected = (-distances / (2 * 0.05**2)).softmax(dim=-1).permute(2, 0, 1)
    torch.testing.assert_close(scores, expected)


@given(st.integers(2, 6), st.integers(0, 1000), st.sampled_from([0.02, 1.0, 30.0]))
def test_rounding_to_bytes_keeps_the_best_class_strictly_best(classes, seed, sharpness):
    logits = torch.randn(classes, 5, 7, generator=torch.Generator().manual_seed(seed)) * sharpness
    scores = logits.softmax(dim=0).double()
    rounded = quantize(scores)
    ordered = np.sort(rounded.astype(int), axis=0)
    assert np.array_equal(rounded.argmax(axis=0), scores.argmax(dim=0).numpy())
    assert (ordered[-1] > ordered[-2]).all()
    assert np.abs(rounded / 255 - scores.numpy()).max() <= 1.51 / 255


def test_packed_bytes_come_back_and_other_numbers_are_refused():
    array = np.random.default_rng(0).integers(0, 256, (3, 4, 5)).astype(np.uint8)
    assert np.array_equal(unpack(pack(array), (3, 4, 5)), array)
    with pytest.raises(TypeError, match="the array is float64; pack takes uint8"):
        pack(np.zeros(3))


def test_given_scores_come_back_rounded_padded_or_not():
    for padded in (True, False):
        scores = {k: probabilities(20, 31) if padded else probabilities(21 - k, 32 - k) for k in (4, 9)}
        explorer = SlidingWindowExplorer(IMAGE, scores, NAMES, window=9)
        assert explorer.padded == padded
        torch.testing.assert_close(explorer.scores, scores[9].double(), atol=1.5 / 255, rtol=0)
        assert torch.equal(explorer.scores.argmax(dim=0), scores[9].argmax(dim=0))


def test_the_label_map_fills_row_by_row():
    explorer = SlidingWindowExplorer(IMAGE, {5: probabilities(20, 31)}, NAMES, stride=4, step=0)
    best = explorer.scores.argmax(dim=0)
    assert explorer.label_map[:3, :3].eq(best[0, 0]).all()  # rows −1 … 2 around pixel (0, 0)
    assert int((explorer.label_map >= 0).sum()) == 9
    explorer.step = 10_000
    assert bool((explorer.label_map[:19] >= 0).all())
    assert explorer.label_map[17, 30] == best[16, 28]


def test_by_default_the_built_in_classifier_labels_a_scene():
    explorer = SlidingWindowExplorer(window=1, stride=1)
    assert explorer.size == [96, 128]
    assert explorer.step == 96 * 128 * 2 // 5
    assert any(size > 96 for size in explorer.windows)
    explorer.step = 96 * 128
    truth = torch.from_numpy(unpack(explorer.truth, (96, 128))).long()
    assert float((explorer.label_map == truth)[truth != 255].float().mean()) > 0.5


def test_absent_classes_have_no_prototype_and_void_no_say():
    label_map = torch.zeros(20, 31, dtype=torch.int64)
    label_map[:, 20:], label_map[0] = 2, 255
    explorer = SlidingWindowExplorer(IMAGE, classes=NAMES, label_map=label_map)
    assert explorer.classes == ["sky", "tree"]
    assert sorted(set(unpack(explorer.truth, (620,)).tolist())) == [0, 1, 255]
    expected = IMAGE[:, 1:, 20:].double().mean(dim=(1, 2))
    torch.testing.assert_close(torch.tensor(explorer.prototypes[1], dtype=torch.float64), expected)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"image": IMAGE}, "the classes have no names"),
        ({"image": IMAGE, "classes": NAMES}, "there are no scores; give scores="),
        ({"image": IMAGE[None], "classes": NAMES}, r"give \(3, H, W\) floats"),
        ({"image": torch.rand(3, 400, 20), "classes": NAMES}, "shrink it to at most 384"),
        ({"image": IMAGE, "classes": NAMES, "label_map": torch.zeros(31, 20)}, "one label per pixel of the image"),
        ({"image": IMAGE, "classes": NAMES, "colors": [[1, 2, 3]]}, r"the colors have shape \(1, 3\); give \(3, 3\)"),
        ({"image": IMAGE, "classes": NAMES, "scores": {5: torch.rand(2, 20, 31)}}, r"give \(3, 20, 31\) if padded"),
        ({"image": IMAGE, "classes": NAMES, "scores": {5: probabilities(20, 31) * 2}}, r"leave \[0, 1\]"),
        (
            {"image": IMAGE, "classes": NAMES, "scores": {5: probabilities(20, 31), 4: probabilities(17, 28)}},
            "pad for all sizes or for none",
        ),
        (
            {"image": IMAGE, "classes": NAMES, "scores": {5: probabilities(20, 31)}, "window": 7},
            "there are no scores for window=7; choose one of 5",
        ),
    ],
)
def test_what_does_not_agree_is_refused_in_one_sentence(options, message):
    with pytest.raises(ValueError, match=message):
        SlidingWindowExplorer(**options)


def test_a_window_larger_than_the_image_is_explained_in_words_and_picture():
    explorer = SlidingWindowExplorer(window=127)
    assert not explorer.fits
    assert "larger than the image" in explorer.describe()
    assert bool((explorer.label_map == -1).all())
    assert Image.open(io.BytesIO(explorer.picture())).width == 1056
    with pytest.raises(ValueError, match="has no scores: the window is larger"):
        _ = explorer.scores


def test_picture_and_repr_are_the_same_in_every_run():
    one, two = (SlidingWindowExplorer(window=15, stride=8) for _ in range(2))
    assert one.picture() == two.picture()
    text = "SlidingWindowExplorer(image 96×128, window 15, stride 8, 165 windows, built-in color classifier)"
    assert repr(one) == repr(two) == text
    assert "11 by 15 windows" in one.describe()


def test_four_score_maps_of_ten_classes_stay_small():
    generator = torch.Generator().manual_seed(0)
    coarse = torch.randn(1, 10, 12, 16, generator=generator) * 6
    smooth = torch.nn.functional.interpolate(coarse, (128, 160), mode="bilinear")[0].softmax(dim=0)
    names = ("sky", "meadow", "road", "building", "tree", "pole", "car", "boulder", "sheep", "sign")
    explorer = SlidingWindowExplorer(torch.rand(3, 128, 160), dict.fromkeys((7, 15, 31, 63), smooth), names)
    assert sum(map(len, explorer.maps.values())) < 900_000
