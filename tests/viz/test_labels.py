"""label_to_rgb and overlay: each class in its color, void hatched, the image where it should be."""

import numpy as np
import pytest
import torch

from segedu.viz import label_to_rgb, overlay, show_predictions, show_row

ALT = "A description that is long enough."

COLORS = np.array([[86, 180, 233], [213, 94, 0], [0, 158, 115]], dtype=np.uint8)


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


def test_the_hatch_of_void_runs_along_the_diagonal_in_stripes_of_three_pixels():
    hatch = (label_to_rgb(torch.full((4, 8), 255))[0] * 255).round().int()
    assert hatch[0].tolist() == [205] * 3 + [150] * 3 + [205] * 2
    assert hatch[1].tolist() == [205] * 2 + [150] * 3 + [205] * 3


def test_another_label_may_be_void_and_255_then_needs_a_color():
    assert (label_to_rgb(torch.tensor([[9]]), COLORS, ignore_index=9)[0, 0] * 255).round() == 205
    with pytest.raises(ValueError, match="255, but there are 3 colors"):
        label_to_rgb(torch.tensor([[255]]), COLORS, ignore_index=9)


def test_the_blend_is_linear_in_the_opacity():
    image, labels = torch.zeros(3, 2, 3), torch.zeros(2, 3, dtype=torch.long)
    quarter = overlay(image, labels, COLORS, opacity=0.25)
    torch.testing.assert_close(quarter, 0.25 * label_to_rgb(labels, COLORS))


def test_gray_images_get_the_labels_colors():
    assert overlay(torch.rand(1, 5, 7), torch.zeros(5, 7, dtype=torch.long), COLORS).shape == (3, 5, 7)


@pytest.mark.parametrize("void", [-1, -100, 254, 1000])
def test_void_may_be_any_number_beside_the_classes(void):
    labels = torch.tensor([[0, 1, void], [void, 2, 1]])
    usual = torch.where(labels == void, 255, labels)
    assert torch.equal(label_to_rgb(labels, COLORS, ignore_index=void), label_to_rgb(usual, COLORS))
    image = torch.rand(3, 2, 3)
    assert torch.equal(overlay(image, labels, COLORS, ignore_index=void), overlay(image, usual, COLORS))
    everywhere = torch.full((2, 3), void)
    assert torch.equal(label_to_rgb(everywhere, ignore_index=void), label_to_rgb(torch.full((2, 3), 255)))
    assert torch.equal(overlay(image, everywhere, ignore_index=void), image)
    show_predictions([image], [labels], [usual % 3], list("abc"), COLORS, ALT, ignore_index=void)
    show_row([labels, everywhere], ["", ""], ALT, colors=COLORS, classes=list("abc"), ignore_index=void)


def test_another_negative_label_than_void_is_named():
    with pytest.raises(ValueError, match=r"labels from -2 to 1, but there are 3 colors; .* mark void pixels as -1"):
        label_to_rgb(torch.tensor([[-1, -2, 1]]), COLORS, ignore_index=-1)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int16, np.uint64])
def test_labels_of_all_integer_types_have_the_same_colors(dtype):
    labels = np.array([[0, 1, 255]])
    assert torch.equal(label_to_rgb(labels.astype(dtype), COLORS), label_to_rgb(labels, COLORS))
