"""Dilated convolution: kernels with holes, and strided backbones made dense with equal values at the sampled points."""

import copy
import math

import pytest
import torch
import torch.nn.functional as F
import torchvision
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from segedu.ops.dilated import dilate_kernel, strided_to_dilated

one_or_pair = st.one_of(st.integers(1, 4), st.tuples(st.integers(1, 4), st.integers(1, 4)))


# ---- the kernel with holes ----


@given(one_or_pair, st.tuples(st.integers(1, 3), st.integers(1, 4)), st.integers(1, 3), st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_a_stuffed_kernel_convolves_as_a_dilated_one(dilation, kernel, stride, seed) -> None:
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(2, 3, 17, 14, generator=generator, dtype=torch.float64)
    weight = torch.randn(2, 3, *kernel, generator=generator, dtype=torch.float64)
    stuffed = dilate_kernel(weight, dilation)
    expected = F.conv2d(x, weight, stride=stride, padding=(1, 2), dilation=dilation)
    torch.testing.assert_close(F.conv2d(x, stuffed, stride=stride, padding=(1, 2)), expected)
    assert stuffed.count_nonzero() == weight.count_nonzero()


def test_a_stuffed_kernel_keeps_its_dtype_and_leaves_the_original_alone() -> None:
    weight = torch.arange(1, 7).view(1, 1, 2, 3)
    stuffed = dilate_kernel(weight, (3, 2))
    assert stuffed.dtype == torch.int64
    assert stuffed[0, 0].tolist() == [[1, 0, 2, 0, 3], [0] * 5, [0] * 5, [4, 0, 5, 0, 6]]
    stuffed += 1
    assert weight.flatten().tolist() == [1, 2, 3, 4, 5, 6]


def test_a_kernel_without_rows_or_a_rate_of_0_is_named() -> None:
    with pytest.raises(ValueError, match=r"the weight has shape \(3,\); expected \(out_channels"):
        dilate_kernel(torch.ones(3), 2)
    with pytest.raises(ValueError, match="dilation is 0; it must be at least 1"):
        dilate_kernel(torch.ones(3, 3), 0)


# ---- strided to dilated: random stacks ----


def window(draw: st.DrawFn, channels: int) -> list[nn.Module]:
    kernel, stride = (
        draw(st.tuples(st.integers(1, 3), st.integers(1, 4))),
        draw(st.sampled_from([1, 1, 2, 4, (2, 1)])),
    )
    dilation = draw(st.integers(1, 2))
    half = tuple(k // 2 for k in kernel)
    kind = draw(st.sampled_from(["convolution", "convolution", "maximum", "average", "padding"]))
    if kind == "convolution":
        padding = draw(st.tuples(st.integers(0, 3), st.integers(0, 3)))
        return [nn.Conv2d(channels, channels, kernel, stride, padding, dilation, groups=draw(st.sampled_from([1, 2])))]
    if kind == "maximum":
        return [nn.MaxPool2d(kernel, stride, half, dilation)]
    if kind == "average":
        return [nn.AvgPool2d(kernel, stride, half, count_include_pad=draw(st.booleans()))]
    return [nn.ConstantPad2d(draw(st.tuples(*[st.integers(0, 3)] * 4)), draw(st.sampled_from([0.0, 1.5])))]


@st.composite
def backbones(draw: st.DrawFn) -> tuple[nn.Sequential, tuple[int, int]]:
    """Draw a stack of windows with power-of-two strides, and a size of the image."""
    torch.manual_seed(draw(st.integers(0, 999)))
    layers: list[nn.Module] = [nn.Conv2d(3, 4, 3, padding=1)]
    for _ in range(draw(st.integers(1, 5))):
        layers += [*window(draw, 4), nn.BatchNorm2d(4), nn.Tanh()]
    return nn.Sequential(*layers).double().eval(), draw(st.tuples(st.integers(40, 60), st.integers(61, 80)))


@torch.no_grad()
def assert_equal_at_sampled_points(strided: nn.Module, dense: nn.Module, image: Tensor, rate: tuple[int, int]) -> None:
    expected, found = strided(image), dense(image)
    sampled = found[:, :, :: rate[0], :: rate[1]]
    assert sampled.shape == expected.shape
    torch.testing.assert_close(sampled, expected, rtol=1e-9, atol=1e-9)


@given(backbones(), st.data())
@settings(max_examples=80, deadline=None)
def test_the_dense_stack_equals_the_strided_one_at_the_sampled_points(drawn, data) -> None:
    backbone, size = drawn
    image = torch.randn(2, 3, *size, dtype=torch.float64)
    try:
        backbone(image)
    except RuntimeError:  # the stack has used the image up
        assume(False)
    own = total_stride(backbone)
    assume(max(own) <= 16)
    goal = tuple(data.draw(st.sampled_from([n for n in (1, 2, 4, 8, 16) if n <= stride])) for stride in own)
    dense = strided_to_dilated(backbone, goal)
    assert_equal_at_sampled_points(backbone, dense, image, (own[0] // goal[0], own[1] // goal[1]))
    assert stride_by_size(dense, image) == goal


def total_stride(backbone: nn.Sequential) -> tuple[int, int]:
    """Return the product of the layers' strides, along both axes."""
    strides = [getattr(layer, "stride", 1) for layer in backbone]
    pairs = [(stride, stride) if isinstance(stride, int) else stride for stride in strides]
    return math.prod(down for down, _ in pairs), math.prod(right for _, right in pairs)


def stride_by_size(module: nn.Module, image: Tensor) -> tuple[int, int]:
    """Return how many more rows and columns of the image make one more of the output."""
    longer = F.pad(image, (0, 64, 0, 64))
    with torch.no_grad():
        small, large = module(image).shape, module(longer).shape
    return 64 // (large[2] - small[2]), 64 // (large[3] - small[3])


@pytest.mark.parametrize("kernel", [1, 2, 3, 4, 5, 7])
@pytest.mark.parametrize("padding", [0, 1, 3])
@pytest.mark.parametrize("size", [(51, 62), (52, 60), (53, 67)])
def test_borders_agree_for_even_kernels_any_padding_and_any_size(kernel: int, padding: int, size: tuple) -> None:
    layers = [nn.Conv2d(1, 2, 3, 2, 1), nn.Conv2d(2, 2, kernel, 2, padding), nn.Conv2d(2, 2, kernel, 1, padding)]
    strided = nn.Sequential(*layers).double()
    image = torch.randn(1, 1, *size, dtype=torch.float64)
    for goal in (1, 2):
        assert_equal_at_sampled_points(strided, strided_to_dilated(strided, goal), image, (4 // goal, 4 // goal))


# ---- strided to dilated: real backbones ----


def without_head(network: nn.Module, last: int = -2) -> nn.Module:
    return nn.Sequential(*list(network.children())[:last])


BACKBONES = {
    "resnet18": lambda models: without_head(models.resnet18()),
    "resnet50": lambda models: without_head(models.resnet50()),
    "mobilenet_v2": lambda models: models.mobilenet_v2().features,
    "mobilenet_v3_small": lambda models: models.mobilenet_v3_small().features,
    "efficientnet_b0": lambda models: models.efficientnet_b0().features,
    "shufflenet": lambda models: without_head(models.shufflenet_v2_x0_5(), -1),
    "densenet121": lambda models: models.densenet121().features,
    "vgg11": lambda models: models.vgg.make_layers(models.vgg.cfgs["A"], batch_norm=False),
    "vgg16_bn": lambda models: models.vgg.make_layers(models.vgg.cfgs["D"], batch_norm=True),
    "regnet_y_400mf": lambda models: without_head(models.regnet_y_400mf()),
}


@pytest.mark.parametrize("name", BACKBONES)
def test_real_backbones_keep_their_values_at_output_strides_8_and_16(name: str) -> None:
    torch.manual_seed(0)
    backbone = BACKBONES[name](torchvision.models).double().eval()
    image = torch.randn(1, 3, 63, 97, dtype=torch.float64)
    for goal in (8, 16):
        dense = strided_to_dilated(backbone, goal)
        assert_equal_at_sampled_points(backbone, dense, image, (32 // goal, 32 // goal))
    assert sum(p.numel() for p in dense.parameters()) == sum(p.numel() for p in backbone.parameters())


AVERAGES = [{"divisor_override": 3}, {"count_include_pad": False}, {}]


@pytest.mark.parametrize("options", AVERAGES, ids=str)
@pytest.mark.parametrize("first", [(2, 1), (1, 2), (2, 2)])
def test_every_kind_of_average_keeps_its_values(options: dict, first: tuple[int, int]) -> None:
    pool = nn.AvgPool2d((2, 3), stride=(1, 2), padding=(1, 1), **options)
    strided = nn.Sequential(nn.Conv2d(1, 2, 3, first, 1), pool).double()
    image = torch.randn(1, 1, 21, 30, dtype=torch.float64)
    rate = (first[0], 2 * first[1])
    assert_equal_at_sampled_points(strided, strided_to_dilated(strided, 1), image, rate)


def test_without_an_override_the_divisor_is_the_window() -> None:
    pools = [nn.Sequential(nn.MaxPool2d(2), nn.AvgPool2d(2, **options)) for options in ({}, {"divisor_override": 1})]
    image = torch.rand(1, 1, 12, 16)
    mean, total = (strided_to_dilated(pool, 1)(image) for pool in pools)
    torch.testing.assert_close(total, 4 * mean)


def test_each_axis_keeps_its_own_stride() -> None:
    backbone = nn.Sequential(nn.Conv2d(1, 2, 3, (2, 1), 1), nn.MaxPool2d(2, (2, 1)), nn.Conv2d(2, 2, 3, (1, 3), 1))
    for goal, message in ((3, "output_stride is 3, the module's own is 4"), ((4, 4), "output_stride is 4, .* is 3")):
        with pytest.raises(ValueError, match=message):
            strided_to_dilated(backbone, goal)
    dense = strided_to_dilated(backbone, (2, 3))
    assert [layer.stride for layer in dense] == [(2, 1), (1, 1), (1, 3)]
    assert [layer.dilation for layer in dense] == [(1, 1), (1, 1), (2, 1)]
    image = torch.randn(1, 1, 25, 40)
    assert_equal_at_sampled_points(backbone.double(), dense.double(), image.double(), (2, 1))


def test_constant_padding_grows_with_the_rate_on_each_of_its_four_sides() -> None:
    strided = nn.Sequential(nn.Conv2d(1, 1, 1, (2, 3)), nn.ConstantPad2d((1, 2, 3, 4), 1.5), nn.Conv2d(1, 1, (2, 3)))
    assert strided_to_dilated(strided, 1)[1].padding == (3, 6, 6, 8)
    image = torch.randn(1, 1, 20, 31, dtype=torch.float64)
    assert_equal_at_sampled_points(strided.double(), strided_to_dilated(strided, 1), image, (2, 3))


def test_a_shared_layer_is_replaced_wherever_it_stands() -> None:
    class Shared(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.down, self.first = nn.Conv2d(1, 1, 1, 2), nn.AvgPool2d(3, 1, 1)
            self.second = self.first

        def forward(self, x: Tensor) -> Tensor:
            return self.second(self.first(self.down(x)))

    shared, image = Shared().double(), torch.randn(1, 1, 14, 19, dtype=torch.float64)
    dense = strided_to_dilated(shared, 1)
    assert dense.first is dense.second
    assert_equal_at_sampled_points(shared, dense, image, (2, 2))


def test_in_single_precision_they_agree_to_1e_5() -> None:
    torch.manual_seed(0)
    backbone = without_head(torchvision.models.resnet18()).eval()
    image = torch.randn(1, 3, 64, 96)
    with torch.no_grad():
        expected, dense = backbone(image), strided_to_dilated(backbone, 8)(image)
    assert dense.shape == (1, 512, 8, 12)
    assert (dense[:, :, ::4, ::4] - expected).abs().max() < 1e-5 * expected.abs().max()


def test_a_whole_classifier_keeps_its_logits_because_its_mean_skips_the_new_cells() -> None:
    torch.manual_seed(0)
    classifier = torchvision.models.resnet18(num_classes=7).double().eval()
    image = torch.randn(2, 3, 65, 90, dtype=torch.float64)
    dense = strided_to_dilated(classifier, 8)
    with torch.no_grad():
        torch.testing.assert_close(dense(image), classifier(image), rtol=1e-9, atol=1e-9)


def test_resnet_changes_as_in_the_paper() -> None:
    dense = strided_to_dilated(without_head(torchvision.models.resnet50()), 8)
    assert [dense[i][0].conv2.stride for i in (4, 5, 6, 7)] == [(1, 1), (2, 2), (1, 1), (1, 1)]
    assert [dense[i][0].conv2.dilation for i in (4, 5, 6, 7)] == [(1, 1), (1, 1), (1, 1), (2, 2)]
    assert [dense[i][1].conv2.dilation for i in (4, 5, 6, 7)] == [(1, 1), (1, 1), (2, 2), (4, 4)]
    assert dense[6][0].downsample[0].stride == (1, 1)


def test_several_outputs_keep_their_own_strides() -> None:
    class Levels(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.second = nn.Conv2d(3, 4, 3, 2, 1), nn.Conv2d(4, 4, 3, 2, 1)

        def forward(self, image: Tensor) -> dict[str, Tensor]:
            fine = self.first(image).relu()
            return {"fine": fine, "coarse": self.second(fine)}

    levels, image = Levels().double(), torch.randn(1, 3, 21, 30, dtype=torch.float64)
    dense = strided_to_dilated(levels, 2)(image)
    assert torch.equal(dense["fine"], levels(image)["fine"])
    torch.testing.assert_close(dense["coarse"][:, :, ::2, ::2], levels(image)["coarse"])


# ---- what stays as it was ----


def test_the_module_is_left_alone_and_the_copy_has_its_own_weights_and_mode() -> None:
    backbone = nn.Sequential(nn.Conv2d(3, 4, 3, 2, 1), nn.BatchNorm2d(4), nn.MaxPool2d(2)).train()
    before = copy.deepcopy(backbone.state_dict())
    dense = strided_to_dilated(backbone, 1)
    assert dense.training
    assert backbone[0].stride == (2, 2)
    nn.init.zeros_(dense[0].weight)
    assert all(torch.equal(value, before[key]) for key, value in backbone.state_dict().items())
    assert dense.state_dict().keys() == before.keys()


def test_its_own_output_stride_changes_nothing() -> None:
    backbone = nn.Sequential(nn.Conv2d(3, 4, 3, 2, 1), nn.MaxPool2d(3, 2, 1))
    assert repr(strided_to_dilated(backbone, 4)) == repr(backbone)


def test_a_single_layer_is_a_module_too() -> None:
    pool = nn.AvgPool2d(2).double()
    image = torch.randn(1, 2, 9, 12, dtype=torch.float64)
    assert_equal_at_sampled_points(pool, strided_to_dilated(pool, 1), image, (2, 2))


# ---- what can't be done is explained ----


class PoolsInForward(nn.Module):
    """Two layers with the pooling written as a function between them."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(4, 4, 3, padding=1)

    def forward(self, image: Tensor) -> Tensor:
        return F.max_pool2d(self.second(F.max_pool2d(self.first(image), 2)), 2)


class Branches(nn.Module):
    """A 3 × 3 and a 2 × 2 window side by side, which only fit together while they stride."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.pool = nn.Conv2d(3, 3, 3, 2, 1), nn.MaxPool2d(2)

    def forward(self, image: Tensor) -> Tensor:
        return torch.cat([self.conv(image), self.pool(image)], dim=1)


class Twice(nn.Module):
    """One layer used at two strides."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 3, 2, 1)

    def forward(self, image: Tensor) -> Tensor:
        return self.conv(self.conv(image))


class LayerNormOfMaps(nn.Module):
    """Layer normalization over channels, height and width."""

    def forward(self, image: Tensor) -> Tensor:
        return F.layer_norm(image, image.shape[1:])


def strided(*layers: nn.Module) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(3, 4, 3, 2, 1), *layers)


REFUSED = [
    (strided(), 3, "output_stride is 3, the module's own is 2; choose one of 1, 2"),
    (strided(), 4, "output_stride is 4, the module's own is 2; choose one of 1, 2"),
    (strided(nn.Conv2d(4, 4, 3, 3)), 3, "choose one of 1, 2, 6"),
    (strided(nn.MaxPool2d(2, ceil_mode=True)), 2, "layer '1' rounds its size up .* set ceil_mode=False"),
    (
        strided(nn.Conv2d(4, 4, 3, padding=1, padding_mode="reflect")),
        1,
        "layer '1' pads by padding_mode='reflect'.*use 'zeros'",
    ),
    (strided(nn.Conv2d(4, 4, 2, padding="same")), 1, "layer '1' pads one cell more on one side"),
    (strided(nn.MaxPool2d(2, return_indices=True)), 1, "layer '1' returns indices"),
    (strided(nn.GroupNorm(2, 4)), 1, "layer '1', a GroupNorm, normalizes by the mean of the whole map"),
    (strided(nn.InstanceNorm2d(4)), 1, "layer '1', a InstanceNorm2d, normalizes by the mean of the whole map"),
    (strided(LayerNormOfMaps()), 1, "layer '1', a LayerNormOfMaps, normalizes by the mean of the whole map"),
    (strided(nn.AvgPool2d(2, ceil_mode=True)), 2, "layer '1' rounds its size up"),
    (strided(nn.Conv2d(4, 4, (3, 2), padding="same")), 1, "layer '1' pads one cell more on one side"),
    (strided(nn.Conv2d(4, 4, (2, 3), padding="same")), 1, "layer '1' pads one cell more on one side"),
    (strided(nn.ReflectionPad2d(1)), 1, "layer '1', a ReflectionPad2d, calls the function 'pad'"),
    (strided(nn.Upsample(scale_factor=2)), 1, "behind 'interpolate' it is unknown where a cell lies.*its backbone"),
    (strided(nn.Flatten()), 1, "behind 'flatten' it is unknown where a cell lies"),
    (PoolsInForward(), 2, "the PoolsInForward's forward calls the function 'max_pool2d'.*make it a layer"),
    (Branches(), 1, "the branches of this module no longer fit together"),
    (Twice(), 1, "layer 'conv' is used at several strides"),
]


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel:UserWarning")
@pytest.mark.parametrize(("module", "output_stride", "message"), REFUSED, ids=lambda value: str(value)[:24])
def test_what_has_no_dense_form_is_explained(module: nn.Module, output_stride: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        strided_to_dilated(module, output_stride)


@pytest.mark.parametrize(("output_stride", "error"), [(0, ValueError), (1.5, TypeError)])
def test_an_output_stride_that_is_no_whole_number_is_named(output_stride, error) -> None:
    with pytest.raises(error, match="output_stride is"):
        strided_to_dilated(strided(), output_stride)
