"""Rows of pictures: label maps in their colors, sizes on the page, predictions beside the truth."""

import math

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision import tv_tensors

from segedu.viz import show_row
from segedu.viz._panels import as_panel
from segedu.viz._style import SMALL

ALT = "A description that is long enough."
COLORS = np.array([[86, 180, 233], [213, 94, 0], [0, 158, 115]], dtype=np.uint8)


def picture(path):
    return np.asarray(Image.open(path).convert("RGB"))


def test_small_images_are_enlarged_by_whole_numbers(tmp_path):
    show_row([torch.rand(3, 128, 128)] * 4, ["a", "b", "c", "d"], ALT, path=tmp_path / "row.png")
    assert picture(tmp_path / "row.png").shape[1] == 4 * 256 + 3 * 12 + 2 * 10


def test_a_pixel_of_a_label_map_stays_one_sharp_square(tmp_path):
    show_row([torch.tensor([[0, 1, 2], [2, 1, 0]])], [""], ALT, colors=COLORS, path=tmp_path / "row.png")
    pixels = picture(tmp_path / "row.png")[10:-10, 10:-10]
    assert {tuple(color) for color in pixels.reshape(-1, 3)} == {tuple(color) for color in COLORS}
    assert pixels.shape[:2] == (300, 450)


def test_same_scale_draws_a_half_as_large_map_half_as_large(tmp_path):
    maps = [torch.zeros(40, 60, dtype=torch.long), torch.ones(20, 30, dtype=torch.long)]
    show_row(maps, ["", ""], ALT, colors=COLORS, same_scale=True, path=tmp_path / "row.png")
    pixels = picture(tmp_path / "row.png")
    areas = [int((pixels == color).all(axis=2).sum()) for color in COLORS[:2]]
    assert areas[0] == 4 * areas[1] > 0


@pytest.mark.parametrize("count", [1, 3, 8])
def test_no_row_is_wider_than_the_page(tmp_path, count):
    images = [torch.rand(3, 90, 170)] * count
    show_row(images, [f"image {i} with a caption" for i in range(count)], ALT, path=tmp_path / "row.png")
    assert picture(tmp_path / "row.png").shape[1] <= 1080


def test_signed_maps_are_white_at_zero_and_unsigned_ones_are_not(tmp_path):
    show_row([torch.tensor([[-2.0, 0.0, 2.0]])], [""], ALT, path=tmp_path / "row.png")
    middle = picture(tmp_path / "row.png").shape[1] // 2
    assert picture(tmp_path / "row.png")[20, middle].min() > 240
    show_row([torch.tensor([[0.0, 1.0, 2.0]])], [""], ALT, path=tmp_path / "row.png")
    assert picture(tmp_path / "row.png")[20, 20].min() < 100


def test_tensors_of_torchvision_gradients_and_arrays_are_welcome():
    image = tv_tensors.Image(torch.rand(3, 5, 7))
    mask = tv_tensors.Mask(torch.zeros(5, 7, dtype=torch.long))
    heat = torch.rand(5, 7, requires_grad=True)
    everything = [image, mask, heat, np.eye(5, 7), np.eye(5, 7, dtype=bool), torch.full((5, 7), float("nan"))]
    show_row(everything, list("abcdef"), ALT, colorbar=True)


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (torch.rand(5, 7, 3), r"Channels come first here: image\.permute"),
        (torch.rand(2, 3, 5, 7), r"Take one image of the batch"),
        (torch.randn(3, 5, 7) * 3, r"undo its normalization"),
        (torch.rand(4, 5, 7), r"give an image \(3, H, W\)"),
    ],
)
def test_an_array_that_is_no_picture_is_told_how_to_become_one(image, message):
    with pytest.raises(ValueError, match=message):
        show_row([image], ["it"], ALT)


def test_each_picture_needs_a_caption():
    with pytest.raises(ValueError, match="2 images come with 1 titles"):
        show_row([torch.rand(3, 5, 7)] * 2, ["one"], ALT)


def test_every_label_needs_a_name_in_the_legend():
    with pytest.raises(ValueError, match="label 2 has no name among 2 classes"):
        show_row([torch.tensor([[0, 2]])], [""], ALT, colors=COLORS, classes=["sky", "road"])


def test_pictures_are_equally_high_and_keep_their_shape(figure_of, places):
    figure = figure_of(show_row, [torch.rand(3, 20, 30), torch.rand(3, 40, 10)], ["wide", "tall"], ALT, height=200)
    pictures, _ = places(figure)
    assert [(width, height) for _, _, width, height in pictures] == [(300, 200), (50, 200)]


def test_on_the_same_scale_a_pixel_is_equally_large_in_all_pictures(figure_of, places):
    pair = [torch.rand(3, 128, 160), torch.rand(3, 64, 80)]
    for same_scale, share in ((True, 2), (False, 1)):
        (first, second), _ = places(figure_of(show_row, pair, ["a", "b"], ALT, same_scale=same_scale))
        assert first[2:] == (share * second[2], share * second[3])


def test_columns_break_the_row(figure_of, places):
    figure = figure_of(show_row, [torch.rand(3, 20, 30)] * 3, ["a", "b", "c"], ALT, columns=2, height=40)
    (first, second, third), _ = places(figure)
    assert first[1] == second[1]
    assert third[0] == first[0]
    assert third[1] >= first[1] + first[3]


def test_the_scale_of_a_heat_map_has_its_limits_at_the_ends_and_zero_where_it_is(figure_of, places, texts):
    figure = figure_of(show_row, [torch.zeros(20, 30)], ["map"], ALT, colorbar=True, limits=(-1.0, 3.0))
    (_, bar), _ = places(figure)
    numbers = texts(figure)
    left, _, width, _ = bar
    assert (numbers["-1"][0], numbers["3"][0], numbers["0"][0]) == (left, left + width, left + width / 4)


def test_limits_fix_the_colors_and_without_them_each_map_has_its_own():
    heat = torch.tensor([[0.0, 0.5]])
    own, fixed = as_panel(heat, "map").rgb, as_panel(heat, "map", limits=(0.0, 1.0)).rgb
    assert (own[0, 0] == fixed[0, 0]).all()
    assert (own[0, 1] != fixed[0, 1]).any()
    assert (own[0, 1] == as_panel(2 * heat, "map", limits=(0.0, 1.0)).rgb[0, 1]).all()


@pytest.mark.parametrize("values", [[-1.0, 0.0, 4.0], [-4.0, 0.0, 1.0]])
def test_signed_heat_maps_are_as_wide_below_zero_as_above(values):
    panel = as_panel(torch.tensor([values]), "map")
    assert panel.limits == (-4.0, 4.0)
    assert panel.colormap == "RdBu_r"


def test_a_cell_without_a_value_is_gray():
    assert as_panel(torch.tensor([[0.0, float("nan")]]), "map").rgb[0, 1].tolist() == [225] * 3


def test_classes_that_occur_stand_in_the_legend_and_no_others(figure_of, texts):
    label_map = torch.tensor([[2, 255], [0, 2]])
    figure = figure_of(show_row, [label_map], [""], ALT, colors=COLORS, classes=["sky", "road", "tree"])
    assert [name for name in texts(figure) if name] == ["sky", "tree", "void"]


def test_pictures_of_one_row_are_centered_on_one_line(figure_of, places):
    pair = [torch.rand(3, 128, 160), torch.rand(3, 64, 80)]
    (first, second), _ = places(figure_of(show_row, pair, ["a", "b"], ALT, same_scale=True))
    assert second[1] + second[3] / 2 == first[1] + first[3] / 2


def test_without_a_heat_map_a_color_bar_takes_no_room(figure_of):
    heights = [
        figure_of(show_row, [torch.rand(3, 20, 30)], ["noise"], ALT, colorbar=colorbar).get_size_inches()[1]
        for colorbar in (False, True)
    ]
    assert heights[0] == heights[1]


def test_an_image_of_bytes_is_drawn_as_it_is():
    pixels = torch.arange(0, 240, 2, dtype=torch.uint8).reshape(3, 5, 8)
    assert np.array_equal(as_panel(pixels, "bytes").rgb, pixels.permute(1, 2, 0).numpy())


def bars(figure):
    """Return the numbers below the color bars, from left to right."""
    numbers = [text for text in figure.axes[0].texts if text.get_fontsize() == SMALL]
    return [text.get_text() for text in sorted(numbers, key=lambda text: text.get_position()[0])]


HALF, WHOLE, SIGNED, DEEP = torch.eye(5, 7) / 2, torch.eye(5, 7), torch.eye(5, 7) - 0.5, -3 * torch.eye(5, 7)


@pytest.mark.parametrize(
    ("maps", "limits", "expected"),
    [
        ([HALF, WHOLE], None, [["0", "1"], ["0", "1"]]),
        ([HALF, WHOLE], "each", [["0", "0.5"], ["0", "1"]]),
        ([HALF, WHOLE], (0, 2), [["0", "2"], ["0", "2"]]),
        ([WHOLE * 9, HALF, WHOLE], ["each", None, None], [["0", "9"], ["0", "1"], ["0", "1"]]),
        ([WHOLE * 9, HALF, WHOLE], [None, (0, 2), "each"], [["0", "9"], ["0", "2"], ["0", "1"]]),
        ([HALF, SIGNED], None, [["0", "0.5"], ["-0.5", "0", "0.5"]]),  # of two kinds
        ([SIGNED, DEEP], None, [["-3", "0", "3"], ["-3", "0", "3"]]),
        ([HALF, torch.full((5, 7), math.nan), WHOLE.bool()], None, [["0", "0.5"], ["0", "1"]]),
    ],
)
def test_heat_maps_of_one_kind_share_a_scale_unless_told_otherwise(figure_of, maps, limits, expected):
    figure = figure_of(show_row, maps, [""] * len(maps), ALT, limits=limits, colorbar=True)
    assert bars(figure) == [number for one in expected for number in one]


def test_equal_values_have_equal_colors_in_maps_side_by_side(figure_of):
    figure = figure_of(show_row, [HALF, WHOLE * 0.5], ["", ""], ALT)
    first, second = (image.get_array() for image in figure.axes[0].images)
    assert (first == second).all()
    dim, bright = (image.get_array() for image in figure_of(show_row, [HALF, WHOLE], ["", ""], ALT).axes[0].images)
    assert (dim[0, 0] != bright[0, 0]).any()


def test_there_is_one_scale_for_all_pictures_or_one_each():
    with pytest.raises(ValueError, match="limits has 1 entries for 2 pictures"):
        show_row([HALF, WHOLE], ["", ""], ALT, limits=[None])
