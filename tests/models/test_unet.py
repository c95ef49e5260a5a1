"""U-Net: the paper's numbers, any size, and options that do what they say."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from segedu.models.blocks import normalization
from segedu.models.unet import UNet, valid_margin, valid_sizes
from segedu.ops.cost import count_parameters, layer_table


def test_the_paper_s_model_has_its_parameters_and_sizes() -> None:
    with torch.device("meta"):
        model = UNet(in_channels=1, num_classes=2, padding="valid", norm=False)
    assert count_parameters(model) == 31_030_658
    assert model(torch.empty(1, 1, 572, 572, device="meta")).shape == (1, 2, 388, 388)


def test_sizes_on_the_way_are_those_of_figure_1() -> None:
    with torch.device("meta"):
        model = UNet(in_channels=1, num_classes=2, padding="valid", norm=False)
    rows = [row for row in layer_table(model, (1, 1, 572, 572)) if "Conv" in row.kind]
    down = [(64, 570), (64, 568), (128, 282), (128, 280), (256, 138), (256, 136), (512, 66), (512, 64), (1024, 30)]
    up = [(1024, 28), (512, 56), (512, 54), (512, 52), (256, 104), (256, 102), (256, 100), (128, 200), (128, 198)]
    end = [(128, 196), (64, 392), (64, 390), (64, 388), (2, 388)]
    assert [row.output_shape[1:3] for row in rows] == [*down, *up, *end]


@given(
    depth=st.integers(0, 4),
    width=st.integers(1, 3),
    size=st.tuples(st.integers(1, 40), st.integers(1, 40)),
    up=st.sampled_from(["transposed", "bilinear"]),
    skips=st.booleans(),
    norm=st.sampled_from(["batch", "group", False]),
)
@settings(max_examples=60, deadline=None)
def test_same_padding_keeps_any_size(depth: int, width: int, size: tuple[int, int], up: str, **options: bool) -> None:
    model = UNet(3, 5, width, depth, up=up, **options).eval()
    assert model(torch.zeros(2, 3, *size)).shape == (2, 5, *size)
    assert model.output_size(size) == size


@given(depth=st.integers(0, 4), data=st.data(), up=st.sampled_from(["transposed", "bilinear"]))
@settings(max_examples=40, deadline=None)
def test_valid_padding_takes_the_sizes_it_names_and_no_others(depth: int, data: st.DataObject, up: str) -> None:
    with torch.device("meta"):
        model = UNet(3, 2, width=2, depth=depth, padding="valid", up=up).eval()  # batch norm can't learn from one pixel
    size = data.draw(st.integers(1, 300))
    image = torch.empty(1, 3, size, valid_sizes(depth, 1, 300)[0], device="meta")
    if size in valid_sizes(depth, 1, 300):
        assert model(image).shape[2] == size - valid_margin(depth) == model.output_size(image.shape[2:])[0] > 0
    else:
        with pytest.raises(ValueError, match=f"the image's height is {size}; a valid U-Net of depth {depth} takes"):
            model(image)


def unchecked(model: UNet, size: int) -> bool:
    """Say whether the model, its own check removed, pools even sizes only and has something left at its end."""
    model._check = lambda images: None
    sizes = []
    hooks = [model.pool.register_forward_hook(lambda layer, inputs, output: sizes.append(inputs[0].shape[-1]))]
    try:
        output = model(torch.empty(1, 1, size, size, device="meta"))
    except RuntimeError:
        return False
    finally:
        hooks[0].remove()
    return output.shape[-1] > 0 and all(pooled % 2 == 0 for pooled in sizes)


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_valid_sizes_are_all_there_are(depth: int) -> None:
    with torch.device("meta"):
        model = UNet(1, 2, width=1, depth=depth, padding="valid", norm=False)
    assert [size for size in range(1, 150) if unchecked(model, size)] == valid_sizes(depth, 1, 149)


def test_a_wrong_size_names_its_neighbors() -> None:
    with torch.device("meta"):
        model = UNet(1, 2, padding="valid", norm=False)
    with pytest.raises(ValueError, match=r"height is 570; .* takes 556 or 572 .*padding='same'"):
        model(torch.empty(1, 1, 570, 572, device="meta"))
    with pytest.raises(ValueError, match=r"width is 20; .* takes 188 "):
        model(torch.empty(1, 1, 572, 20, device="meta"))


@pytest.mark.parametrize("padding", ["same", "valid"])
@pytest.mark.parametrize("skips", [True, False])
def test_every_parameter_is_used(padding: str, skips: bool) -> None:
    model = UNet(2, 3, width=2, depth=2, padding=padding, skips=skips)
    model(torch.randn(2, 2, 52, 60)).square().sum().backward()
    assert all(parameter.grad is not None for parameter in model.parameters())


def test_without_skips_the_output_depends_on_the_bottom_alone() -> None:
    images = torch.randn(1, 3, 16, 24)
    for skips in (True, False):
        model = UNet(3, 2, width=2, depth=2, norm=False, skips=skips).eval()
        expected = model(images)
        for parameter in model.bottom.parameters():
            parameter.data.zero_()
        changed = model(images)
        assert (changed.std(dim=(2, 3)).max() > 0) == skips, "only a skip can carry the image around the bottom"
        assert expected.shape == changed.shape


def test_group_norm_sees_one_image_at_a_time_and_batch_norm_all() -> None:
    images = torch.randn(4, 3, 16, 24)
    for norm, alike in (("group", True), ("batch", False)):
        torch.manual_seed(0)
        model = UNet(3, 2, width=4, depth=2, norm=norm).train()
        alone = torch.cat([model(image) for image in images.split(1)])
        assert torch.allclose(model(images), alone, atol=1e-5) == alike


def test_there_are_32_groups_or_as_many_as_channels_and_channels_of_every_number_can_be_grouped() -> None:
    assert [normalization(channels, "group").num_groups for channels in (6, 32, 48, 64, 256)] == [6, 32, 16, 32, 32]
    for width in (1, 5, 12):
        assert torch.isfinite(UNet(3, 2, width, depth=4, norm="group")(torch.randn(2, 3, 32, 32))).all()


def test_true_and_none_are_other_words_for_batch_and_no_norm() -> None:
    names = {norm: list(UNet(3, 2, 2, 1, norm=norm).state_dict()) for norm in (True, None, "batch", False)}
    assert names[True] == names["batch"] != names[None] == names[False]


def test_skips_and_norm_change_parameters_as_expected() -> None:
    sizes = {key: count_parameters(UNet(3, 2, width=4, depth=1, **{key: False})) for key in ("skips", "norm")}
    whole = count_parameters(UNet(3, 2, width=4, depth=1))
    assert whole - sizes["skips"] == 4 * 4 * 9
    assert whole - sizes["norm"] == 2 * (4 + 8 + 4)  # scale and shift go, a bias comes: two layers per block


def test_a_shift_by_the_pooling_factor_shifts_the_output() -> None:
    model = UNet(1, 2, width=4, depth=2, norm=False).double().eval()
    image = torch.zeros(1, 1, 96, 96, dtype=torch.float64)
    image[:, :, 40:56, 40:56] = torch.randn(16, 16, dtype=torch.float64)
    inside = (slice(None), slice(None), slice(32, 64), slice(32, 64))
    moved = {shift: model(image.roll(shift, dims=3)).roll(-shift, dims=3) for shift in (1, 4)}
    torch.testing.assert_close(moved[4][inside], model(image)[inside])
    assert (moved[1] - model(image))[inside].abs().max() > 1e-3


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"padding": "full"}, "choose 'same' or 'valid'"),
        ({"up": "nearest"}, "choose 'transposed' or 'bilinear'"),
        ({"depth": -1}, "depth=-1"),
        ({"width": 0}, "width=0"),
        ({"norm": "layer"}, "choose 'batch', 'group' or False"),
        ({"norm": 2}, "choose 'batch', 'group' or False"),
    ],
)
def test_impossible_options_are_named(options: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        UNet(**options)


@pytest.mark.parametrize(
    ("shape", "mend"), [((1, 1, 16, 16), "build it with in_channels=1"), ((3, 16, 16), r"images\[None\]")]
)
def test_images_that_do_not_fit_are_named(shape: tuple[int, ...], mend: str) -> None:
    with pytest.raises(ValueError, match=rf"was made for \(N, 3, H, W\): .*{mend}"):
        UNet(3, 2, width=1, depth=1)(torch.zeros(shape))
