"""Towers: the numbers beside the boxes are those of the operators, and what can't be drawn is named."""

import pytest
from torch import nn

from segedu.ops.cost import activation_memory, count_macs
from segedu.viz.towers import _floors, _name, _short, draw_towers

SIZE = (1, 3, 20, 30)


def tower() -> nn.Sequential:
    first = (nn.Conv2d(3, 8, 3, 2, 1), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, 4, 3, padding=1))
    return nn.Sequential(*first, nn.ReLU(inplace=True), nn.Upsample(scale_factor=4))


def test_a_floor_is_a_layer_with_the_normalization_and_activation_behind_it() -> None:
    floors = _floors(tower(), SIZE)
    assert [(floor.channels, floor.size) for floor in floors] == [
        *((8, (10, 15)), (8, (5, 7)), (4, (5, 7)), (4, (20, 28)))
    ]
    assert floors[0].memory == 3 * 4 * 8 * 10 * 15  # convolution, normalization, ReLU
    assert [floor.field for floor in floors] == [3, 5, 13, None]


def test_the_floors_together_cost_what_the_network_costs() -> None:
    floors = _floors(tower(), SIZE)
    assert sum(floor.macs for floor in floors) == count_macs(tower(), SIZE)
    assert sum(floor.memory for floor in floors) == activation_memory(tower(), SIZE)


@pytest.mark.parametrize(("number", "text"), [(999, "999"), (1000, "1.00 k"), (123_456, "123 k"), (7.3e9, "7.30 G")])
def test_counts_have_three_digits_and_a_unit(number: float, text: str) -> None:
    assert _short(number) == text


def test_towers_stand_side_by_side(tmp_path) -> None:
    from PIL import Image

    widths = []
    for count in (1, 2):
        path = tmp_path / f"{count}.png"
        draw_towers({f"tower {i}": tower() for i in range(count)}, SIZE, "One or two towers of four.", path=path)
        widths.append(Image.open(path).width)
    assert widths[1] > 1.5 * widths[0]


def test_no_towers_are_named() -> None:
    with pytest.raises(ValueError, match="there are no towers"):
        draw_towers({}, SIZE, alt="Nothing at all is to be seen here.")


def test_a_chain_of_chains_is_named() -> None:
    with pytest.raises(ValueError, match="'nested' holds networks in place of layers"):
        draw_towers({"nested": nn.Sequential(tower())}, SIZE, alt="Nothing at all is to be seen here.")


def test_a_picture_without_a_description_is_refused() -> None:
    with pytest.raises(ValueError, match="alt="):
        draw_towers({"tower": tower()}, SIZE, alt="short")


def test_shapes_are_channels_by_height_by_width_and_fields_are_widths(figure_of) -> None:
    layers = nn.Sequential(nn.Conv2d(3, 8, (3, 5), padding=(1, 2)))
    figure = figure_of(draw_towers, {"tower": layers}, SIZE, "A tower of one layer with a wide kernel.")
    words = [text.get_text() for text in figure.axes[0].texts]
    assert words[6:11] == ["conv 3×5", "8 × 20 × 30", "216 k", "19.2 kB", "5 px"]
    assert words[11:16] == ["image", "3 × 20 × 30", "", "", "1 px"]
    assert words[16:] == ["together", "", "216 k", "19.2 kB", ""]


def test_a_box_is_as_wide_as_its_map_and_as_high_as_the_logarithm_of_its_channels(figure_of) -> None:
    layers = nn.Sequential(nn.Conv2d(4, 16, 1, stride=(1, 2)))
    figure = figure_of(draw_towers, {"tower": layers}, (1, 4, 20, 30), "A tower of one layer, half as wide.")
    box, image = figure.axes[0].patches
    assert image.get_width() == 2 * box.get_width()
    assert box.get_height() - image.get_height() == pytest.approx(3.2 * 2)
    assert image.get_x() + image.get_width() / 2 == box.get_x() + box.get_width() / 2


def test_towers_of_unequal_heights_stand_on_their_images_side_by_side(figure_of) -> None:
    low, high = nn.Sequential(nn.Conv2d(3, 8, 1)), nn.Sequential(nn.Conv2d(3, 8, 1), nn.Conv2d(8, 8, 1))
    figure = figure_of(draw_towers, {"low": low, "high": high}, SIZE, "Towers of one and of two layers.")
    images = [text for text in figure.axes[0].texts if text.get_text() == "image"]
    assert images[0].get_position()[1] == images[1].get_position()[1]


@pytest.mark.parametrize(
    ("layer", "name"),
    [
        (nn.Conv2d(3, 8, 3, stride=2), "conv 3×3, stride 2"),
        (nn.MaxPool2d(2), "max pool 2×"),
        (nn.AvgPool2d(3), "average pool 3×"),
        (nn.Upsample(scale_factor=2), "resize"),
        (nn.ReLU(), "ReLU"),
    ],
)
def test_layers_are_named_by_what_they_do(layer: nn.Module, name: str) -> None:
    assert _name(layer) == name
