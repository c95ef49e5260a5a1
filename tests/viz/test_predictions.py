"""show_predictions: image, target, prediction and error side by side, each row with its own scores."""

import numpy as np
import pytest
import torch

from segedu.data.palette import WRONG, hex_to_rgb
from segedu.viz import show_predictions
from segedu.viz.predictions import error_map

ALT = "A description that is long enough."
COLORS = np.array([[86, 180, 233], [213, 94, 0], [0, 158, 115]], dtype=np.uint8)


def test_error_map_is_striped_where_wrong_and_hatched_where_void():
    target, prediction = torch.tensor([[0, 1, 255]]), torch.tensor([[0, 0, 0]])
    right, wrong, void = error_map(torch.zeros(3, 1, 3), target, prediction)[:, 0].T
    assert right.min() >= 0.79
    assert (wrong * 255).round().int().tolist() in hex_to_rgb(*WRONG).tolist()
    assert void.max() - void.min() == 0


@pytest.mark.parametrize(("height", "stripe"), [(5, 3), (64, 3), (360, 15)])
def test_stripes_of_wrong_pixels_have_both_colors_grow_with_the_image_and_run_against_those_of_void(height, stripe):
    target, void = torch.zeros(height, 40, dtype=torch.long), torch.full((height, 40), 255)
    wrong = error_map(torch.zeros(3, height, 40), target, target + 1)
    colors, counts = (wrong * 255).round().int().flatten(1).T.unique(dim=0, return_counts=True)
    assert sorted(colors.tolist()) == sorted(hex_to_rgb(*WRONG).tolist())
    assert (wrong[:, :-1, :-1] == wrong[:, 1:, 1:]).all()  # down to the right
    hatch = error_map(torch.zeros(3, height, 40), void, target)
    assert (hatch[:, :-1, 1:] == hatch[:, 1:, :-1]).all()  # down to the left
    changes = (wrong[0, 0, 1:] != wrong[0, 0, :-1]).nonzero().flatten().diff()
    assert set(changes.tolist()) == {stripe}
    assert counts.min() > 0.3 * counts.sum()


def test_the_legend_names_wrong_pixels_by_both_their_colors(figure_of):
    target = torch.zeros(6, 9, dtype=torch.long)
    arguments = ([torch.rand(3, 6, 9)], [target], [target + 1], ["sky", "road"], COLORS, ALT)
    (axes,) = figure_of(show_predictions, *arguments).axes
    assert "wrong" in [text.get_text() for text in axes.texts]
    (swatch,) = [patch for patch in axes.patches if patch.get_hatch()]
    seen = [(np.array(color[:3]) * 255).round().tolist() for color in (swatch.get_facecolor(), swatch.get_edgecolor())]
    assert seen == hex_to_rgb(*WRONG).tolist()


def test_predictions_are_small_repeatable_pictures(tmp_path):
    image, target = torch.rand(3, 48, 64), torch.zeros(48, 64, dtype=torch.long)
    target[20:], target[:, :4] = 1, 255
    arguments = ([image] * 2, [target] * 2, [target.clamp(max=2)] * 2, ["sky", "road", "tree"], COLORS, ALT)
    for name in ("a.png", "b.png"):
        show_predictions(*arguments, title="All is well", captions=["one", "two"], path=tmp_path / name)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    assert (tmp_path / "a.png").stat().st_size < 120_000


def test_an_image_of_void_only_has_no_score():
    void = torch.full((5, 7), 255)
    show_predictions([torch.rand(3, 5, 7)], [void], [torch.zeros_like(void)], ["sky"], COLORS, ALT)


def test_predictions_must_fit_their_targets():
    target = torch.zeros(5, 7, dtype=torch.long)
    with pytest.raises(ValueError, match=r"the prediction is logits\.argmax"):
        show_predictions([torch.rand(3, 5, 7)], [target], [torch.rand(3, 5, 7)], ["sky"], COLORS, ALT)
    with pytest.raises(ValueError, match="1 images, 2 targets"):
        show_predictions([torch.rand(3, 5, 7)], [target] * 2, [target], ["sky"], COLORS, ALT)


def test_each_row_has_its_own_scores_and_caption(figure_of, texts):
    target = torch.zeros(6, 8, dtype=torch.long)
    half = target.clone()
    half[:3] = 1
    images = [torch.rand(3, 6, 8)] * 2
    figure = figure_of(
        show_predictions, images, [target] * 2, [target, half], ["sky", "road"], COLORS, ALT, captions=["all", "half"]
    )
    scores = [text for text in texts(figure) if "IoU" in text]
    assert scores == ["all, mean IoU 1.00, accuracy 100.0%", "half, mean IoU 0.25, accuracy 50.0%"]


def test_a_row_is_image_target_prediction_error_from_left_to_right(figure_of, places):
    image, target, prediction = torch.rand(3, 6, 9), torch.zeros(6, 9, dtype=torch.long), torch.ones(6, 9).long()
    figure = figure_of(show_predictions, [image], [target], [prediction], ["sky", "road"], COLORS, ALT, height=60)
    pictures, _ = places(figure)
    assert [left for left, *_ in pictures] == sorted(left for left, *_ in pictures)
    assert {(width, height) for _, _, width, height in pictures} == {(90, 60)}
    arrays = [np.asarray(one.get_array()) for one in figure.axes[0].images]
    assert (arrays[1] == COLORS[0]).all()
    assert (arrays[2] == COLORS[1]).all()
    assert {tuple(color) for color in arrays[3].reshape(-1, 3)} == set(map(tuple, hex_to_rgb(*WRONG)))


def test_right_pixels_of_the_error_map_show_the_image_faintly():
    image = torch.tensor([0.0, 1.0]).expand(3, 1, 2)
    right = torch.zeros(1, 2, dtype=torch.long)
    dark, light = error_map(image, right, right)[0, 0]
    assert (dark, light) == (pytest.approx(0.8), pytest.approx(1.0))


def test_the_widest_row_fits_on_the_page(figure_of, places):
    images = [torch.rand(3, 100, 100), torch.rand(3, 100, 300)]
    maps = [torch.zeros(image.shape[1:], dtype=torch.long) for image in images]
    figure = figure_of(show_predictions, images, maps, maps, ["sky"], COLORS, ALT)
    pictures, _ = places(figure)
    assert max(left + width for left, _, width, _ in pictures) <= 1080 - 10


def test_small_images_are_enlarged_by_a_whole_number_and_only_the_first_row_has_headings(figure_of, places):
    image, target = torch.rand(3, 48, 40), torch.zeros(48, 40, dtype=torch.long)
    figure = figure_of(show_predictions, [image] * 2, [target] * 2, [target] * 2, ["sky"], COLORS, ALT, height=200)
    assert {size[2:] for size in places(figure)[0]} == {(160, 192)}
    words = [text.get_text() for text in figure.axes[0].texts]
    assert [words.count(name) for name in ("image", "target", "prediction", "error")] == [1] * 4
