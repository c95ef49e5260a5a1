"""Rows of pictures: label maps in their colors, sizes on the page, predictions beside the truth."""

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision import tv_tensors

from segedu.viz import draw_windows, label_to_rgb, overlay, show_predictions, show_row
from segedu.viz.predictions import error_map

ALT = "A description that is long enough."
COLORS = np.array([[86, 180, 233], [213, 94, 0], [0, 158, 115]], dtype=np.uint8)


def picture(path):
    return np.asarray(Image.open(path).convert("RGB"))


def test_label_to_rgb_takes_each_class_color():
    rgb = label_to_rgb(torch.tensor([[0, 1, 2], [2, 1, 0]]), COLORS)
    assert rgb.dtype == torch.float32
    assert rgb.shape == (3, 2, 3)
    assert (rgb[:, 0, 1] * 255).round().int().tolist() == [213, 94, 0]


def test_void_is_hatched_in_two_grays():
    rgb = label_to_rgb(torch.full((9, 12), 255), COLORS)
    assert (rgb[0] == rgb[1]).all()
    assert (rgb[0] == rgb[2]).all()
    assert len(rgb.unique()) == 2


@pytest.mark.parametrize("label", [3, -1])
def test_a_label_without_color_is_named(label):
    with pytest.raises(ValueError, match=f"{label}.*there are 3 colors"):
        label_to_rgb(torch.tensor([[0, label]]), COLORS)


def test_label_maps_must_be_integer_and_flat():
    with pytest.raises(TypeError, match="float32; give integers"):
        label_to_rgb(torch.rand(5, 7), COLORS)
    with pytest.raises(ValueError, match=r"\(1, 5, 7\); give one label per pixel"):
        label_to_rgb(torch.zeros(1, 5, 7, dtype=torch.long), COLORS)


def test_overlay_goes_from_the_image_to_the_labels_and_spares_void():
    image, labels = torch.rand(3, 5, 7), torch.ones(5, 7, dtype=torch.long)
    labels[0] = 255
    torch.testing.assert_close(overlay(image, labels, COLORS, opacity=0), image)
    torch.testing.assert_close(overlay(image, labels, COLORS, opacity=1)[:, 1:], label_to_rgb(labels, COLORS)[:, 1:])
    torch.testing.assert_close(overlay(image, labels, COLORS, opacity=1)[:, 0], image[:, 0])


def test_overlay_names_sizes_that_do_not_fit():
    with pytest.raises(ValueError, match=r"\(3, 5, 7\) and label map \(7, 5\)"):
        overlay(torch.rand(3, 5, 7), torch.zeros(7, 5, dtype=torch.long))
    with pytest.raises(ValueError, match=r"opacity is 1\.5"):
        overlay(torch.rand(3, 5, 7), torch.zeros(5, 7, dtype=torch.long), opacity=1.5)


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


def test_windows_need_a_size_and_a_label_each():
    with pytest.raises(ValueError, match="has no size"):
        draw_windows(torch.rand(3, 5, 7), [(0, 0, 0, 3)], ALT)
    with pytest.raises(ValueError, match="2 windows come with 1 labels"):
        draw_windows(torch.rand(3, 5, 7), [(0, 0, 2, 3)] * 2, ALT, labels=["one"])


def test_error_map_is_orange_where_wrong_and_hatched_where_void():
    target, prediction = torch.tensor([[0, 1, 255]]), torch.tensor([[0, 0, 0]])
    right, wrong, void = error_map(torch.zeros(3, 1, 3), target, prediction)[:, 0].T
    assert right.min() >= 0.79
    assert (wrong * 255).round().int().tolist() == [213, 94, 0]
    assert void.max() - void.min() == 0


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
