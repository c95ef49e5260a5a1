"""draw_architecture: shapes read off the code, a U for the U-Net, the model left as it was."""

import copy
import itertools

import pytest
import torch
from PIL import Image
from torch import nn
from torch.nn import functional as F

from segedu.models.unet import UNet
from segedu.ops.trace.maps import trace_feature_maps
from segedu.viz import draw_architecture
from segedu.viz._boxes import lay_out, operations
from segedu.viz.architecture import _copied_parts

ALT = "A description that is long enough."


class Bottleneck(nn.Module):
    """A residual connection around two convolutions."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(8, 8, 3, padding=1), nn.Conv2d(8, 8, 3, padding=1)

    def forward(self, x):
        return F.relu(x + self.second(F.relu(self.first(x))))


class Crop(nn.Module):
    def forward(self, x):
        return x[..., 1:-1, 2:-2]


def paper():
    return UNet(1, 2, padding="valid", norm=False)


def test_the_papers_sizes_are_read_off_the_code():
    maps = trace_feature_maps(paper(), (1, 1, 572, 572))
    sizes = [one.size[0] for one in maps if one.kind in ("input", "conv", "pool")]
    assert sizes[:6] == [572, 570, 568, 284, 282, 280]
    assert [one.size[0] for one in maps if one.kind == "join"] == [56, 104, 200, 392]
    assert (maps[-1].channels, maps[-1].size) == (2, (388, 388))


def test_a_join_knows_its_parts():
    joins = [one for one in trace_feature_maps(paper(), (1, 1, 572, 572)) if one.kind == "join"]
    assert [sorted(one.parts) for one in joins] == [[512, 512], [256, 256], [128, 128], [64, 64]]


def test_the_unet_becomes_a_u_with_a_skip_per_level():
    boxes, arrows = lay_out(trace_feature_maps(paper(), (1, 1, 572, 572)))
    levels = [box.level for box in boxes]
    deepest = levels.index(4)
    assert levels[:deepest] == sorted(levels[:deepest])
    assert levels[deepest:] == sorted(levels[deepest:], reverse=True)
    skips = [arrow for arrow in arrows if arrow.skip]
    assert [arrow.label for arrow in skips] == ["copy and crop"] * 4
    assert all(boxes[arrow.start].level == boxes[arrow.end].level for arrow in skips)


def test_deeper_levels_stand_lower_and_boxes_do_not_overlap():
    boxes, _ = lay_out(trace_feature_maps(UNet(3, 11, width=16), (1, 3, 96, 128)))
    for i, one in enumerate(boxes):
        for other in boxes[:i]:
            apart_x = one.x >= other.x + other.width or other.x >= one.x + one.width
            apart_y = one.y >= other.y + other.height or other.y >= one.y + one.height
            assert apart_x or apart_y
            if one.level > other.level:
                assert one.y >= other.y + other.height


def test_height_follows_size_and_width_follows_channels():
    boxes, _ = lay_out(trace_feature_maps(paper(), (1, 1, 572, 572)))
    by_size = sorted(boxes, key=lambda box: box.map.size)
    assert [box.height for box in by_size] == sorted(box.height for box in boxes)
    by_channels = sorted(boxes, key=lambda box: box.map.channels)
    assert [box.width for box in by_channels] == sorted(box.width for box in boxes)


def test_same_padding_copies_without_crop_and_names_norm_and_activation():
    _, arrows = lay_out(trace_feature_maps(UNet(3, 11, width=8, depth=2), (1, 3, 32, 48)))
    labels = dict(operations(arrows))
    assert labels["join"] == "copy"
    assert labels["conv"] == "conv 3×3, batch norm, ReLU"


def test_a_classifier_becomes_a_row_that_ends_in_numbers():
    layers = [nn.Conv2d(3, 8, 3, stride=2), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(8 * 3 * 5, 4)]
    maps = trace_feature_maps(nn.Sequential(*layers), (1, 3, 15, 23))
    assert [(one.kind, one.channels, one.size) for one in maps] == [
        ("input", 3, (15, 23)),
        ("conv", 8, (7, 11)),
        ("pool", 8, (3, 5)),
        ("linear", 4, (1, 1)),
    ]
    boxes, _ = lay_out(maps)
    assert [box.x for box in boxes] == sorted(box.x for box in boxes)


def test_a_convolution_with_a_stride_has_an_arrow_of_its_own():
    layers = [nn.Conv2d(3, 8, 3, padding=1), nn.Conv2d(8, 8, 3, stride=2, padding=1), nn.Conv2d(8, 2, 1)]
    _, arrows = lay_out(trace_feature_maps(nn.Sequential(*layers), (1, 3, 16, 24)))
    assert [arrow.kind for arrow in arrows] == ["conv", "strided", "project"]


def test_residual_connections_are_skips():
    _, arrows = lay_out(trace_feature_maps(Bottleneck(), (1, 8, 16, 20)))
    assert [(arrow.start, arrow.end) for arrow in arrows if arrow.kind == "add"] == [(0, 2)]


def test_a_last_crop_is_part_of_the_output():
    maps = trace_feature_maps(nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), Crop()), (1, 3, 10, 20))
    assert maps[-1].size == (8, 16)


def test_long_networks_are_folded_into_stacks():
    layers = [nn.Conv2d(8, 8, 3, padding=1) for _ in range(40)]
    boxes, arrows = lay_out(trace_feature_maps(nn.Sequential(*layers), (1, 8, 16, 20)))
    assert sum(box.copies for box in boxes) == 41
    assert len(boxes) <= 4
    assert all(arrow.start < arrow.end for arrow in arrows)


def test_the_model_stays_as_it_was(tmp_path):
    model = UNet(3, 5, width=8, depth=2)
    model.train()
    next(model.children()).eval()
    state, modes = copy.deepcopy(model.state_dict()), [module.training for module in model.modules()]
    rng = torch.get_rng_state()
    draw_architecture(model, (2, 3, 32, 48), ALT)
    assert all(torch.equal(value, state[name]) for name, value in model.state_dict().items())
    assert [module.training for module in model.modules()] == modes
    assert all(parameter.grad is None and parameter.device.type == "cpu" for parameter in model.parameters())
    assert torch.equal(torch.get_rng_state(), rng)
    assert not any(module._forward_hooks for module in model.modules())


def test_the_same_model_gives_the_same_small_picture(tmp_path):
    for name in ("a.png", "b.png"):
        draw_architecture(paper(), (1, 1, 572, 572), ALT, path=tmp_path / name)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    assert (tmp_path / "a.png").stat().st_size < 120_000
    assert Image.open(tmp_path / "a.png").width <= 1080


@pytest.mark.parametrize("options", [{"up": "bilinear"}, {"skips": False}, {"padding": "valid"}, {"depth": 1}])
def test_every_kind_of_unet_can_be_drawn(options):
    draw_architecture(UNet(3, 4, **({"width": 8, "depth": 2} | options)), (1, 3, 92, 132), ALT)


def test_an_input_that_the_model_refuses_is_named():
    with pytest.raises(ValueError, match=r"Conv2d can't take an input of shape \(1, 4, 9, 9\)"):
        draw_architecture(nn.Conv2d(3, 8, 3), (1, 4, 9, 9), ALT)
    with pytest.raises(ValueError, match=r"give the full shape \(N, C, H, W\)"):
        draw_architecture(nn.Conv2d(3, 8, 3), (3, 9, 9), ALT)


class CopyFirst(nn.Module):
    """Joins what was computed first (2 channels) with what was computed last (6), the last one in front."""

    def forward(self, x):
        first = F.conv2d(x, torch.zeros(2, 3, 1, 1))
        last = F.conv2d(first, torch.zeros(6, 2, 1, 1))
        return torch.cat([last, first], dim=1)


def test_the_white_part_of_a_box_is_what_the_skip_connection_copied():
    boxes, _ = lay_out(trace_feature_maps(CopyFirst(), (1, 3, 8, 12)))
    joined = boxes[-1]
    assert joined.map.channels == 8
    ((x, width),) = _copied_parts(joined)
    assert width == pytest.approx(joined.width * 2 / 8)
    assert x == pytest.approx(joined.x + joined.width * 6 / 8)


def test_sizes_are_height_by_width_or_a_square_and_stand_where_they_change():
    layers = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(4, 5, 3, stride=(1, 2), padding=1))
    wide, _ = lay_out(trace_feature_maps(layers, (1, 3, 9, 18)))
    assert [(box.size_text, box.labeled) for box in wide] == [("9×18", True), ("9×18", False), ("9²", True)]


def test_the_title_says_shapes_and_parameters_unless_there_is_one(figure_of, texts):
    model = nn.Conv2d(3, 8, 3)
    automatic = figure_of(draw_architecture, model, (1, 3, 12, 20), ALT)
    assert "Conv2d turns 3 × 12 × 20 into 8 × 10 × 18 with 224 parameters" in texts(automatic)
    assert "A sentence" in texts(figure_of(draw_architecture, model, (1, 3, 12, 20), ALT, title="A sentence"))


def test_input_and_output_are_named_at_the_ends(figure_of, texts):
    place = texts(figure_of(draw_architecture, nn.Conv2d(3, 8, 3), (1, 3, 12, 20), ALT))
    assert place["input"][0] < place["output"][0]


def test_a_stack_says_how_many_maps_it_stands_for(figure_of, texts):
    layers = nn.Sequential(*(nn.Conv2d(8, 8, 3, padding=1) for _ in range(40)))
    words = texts(figure_of(draw_architecture, layers, (1, 8, 16, 20), ALT))
    assert "39 × 8" in words
    assert any(text.startswith("A stack of boxes") for text in words)


def test_levels_are_centered_and_boxes_of_one_level_stand_in_the_order_of_the_pass():
    boxes, _ = lay_out(trace_feature_maps(UNet(3, 4, width=8, depth=2), (1, 3, 32, 48)))
    for level in {box.level for box in boxes}:
        row = [box for box in boxes if box.level == level]
        assert len({box.middle for box in row}) == 1
        assert [box.x for box in row] == sorted(box.x for box in row)
        assert all(left.right < right.x for left, right in itertools.pairwise(row))


def test_arrows_lead_from_the_map_that_was_used_to_the_one_that_was_made(figure_of):
    boxes, arrows = lay_out(trace_feature_maps(UNet(3, 4, width=8, depth=1), (1, 3, 32, 48)))
    changes = {(arrow.kind, boxes[arrow.end].level - boxes[arrow.start].level) for arrow in arrows}
    assert changes == {("conv", 0), ("pool", 1), ("up", -1), ("join", 0), ("project", 0)}
