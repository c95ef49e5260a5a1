"""Receptive fields: arithmetic and gradient agree; the effective field is smaller."""

import copy

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torchvision.models import resnet18

from segedu.models.blocks import conv_norm_relu, initialize
from segedu.models.unet import UNet
from segedu.ops.receptive_fields import (
    ReceptiveField,
    effective_receptive_field,
    effective_size,
    measured_receptive_field,
    receptive_field,
)
from segedu.seeding import seeded

axis = st.tuples(st.integers(1, 3), st.integers(1, 2), st.integers(0, 2), st.integers(1, 3))


@st.composite
def stacks(draw: st.DrawFn) -> list[tuple]:
    """Draw up to five layers of (kernel, stride, padding, dilation), with height and width apart."""
    layers = draw(st.lists(st.tuples(axis, axis), min_size=1, max_size=5))
    return [tuple(zip(vertical, horizontal, strict=True)) for vertical, horizontal in layers]


def as_module(layers: list[tuple], pool: bool) -> nn.Sequential:
    parts: list[nn.Module] = []
    for index, (kernel, stride, padding, dilation) in enumerate(layers):
        if pool and index % 2 and all(2 * p <= k for p, k in zip(padding, kernel, strict=True)):
            parts.append(nn.MaxPool2d(kernel, stride, padding, dilation))
        else:
            parts += [nn.Conv2d(2, 2, kernel, stride, padding, dilation), nn.BatchNorm2d(2), nn.ReLU(inplace=True)]
    return nn.Sequential(*parts)


@given(stacks(), st.booleans())
@settings(max_examples=80, deadline=None)
def test_measured_field_equals_the_analytic_one(layers: list[tuple], pool: bool) -> None:
    field, module = receptive_field(layers), as_module(layers, pool)
    assert receptive_field(module) == field
    size = tuple(3 * length + 4 * jump + 12 for length, jump in zip(field.size, field.jump, strict=True))
    numbers = zip(field.size, field.start, field.jump, strict=True)
    position = tuple(-(-(length - start) // jump) for length, start, jump in numbers)
    measured = measured_receptive_field(module, (1, 2, *size), position)
    assert not measured.touches_border
    assert measured.box == field.box(position)


@given(st.integers(1, 60))
def test_layers_of_three_by_three_see_one_plus_two_per_layer(layers: int) -> None:
    assert receptive_field([(3, 1, 1)] * layers).size == (1 + 2 * layers, 1 + 2 * layers)


@given(st.lists(st.integers(1, 4), min_size=1, max_size=6))
def test_strides_multiply(strides: list[int]) -> None:
    jump = receptive_field([(3, stride) for stride in strides]).jump[0]
    assert jump == torch.tensor(strides).prod()


@given(st.lists(st.integers(1, 9), min_size=1, max_size=6))
def test_dilations_add(dilations: list[int]) -> None:
    assert receptive_field([(3, 1, 0, dilation) for dilation in dilations]).size[0] == 1 + 2 * sum(dilations)


@pytest.mark.parametrize("depth", [40, 400])
def test_deep_stacks_do_not_underflow(depth: int) -> None:
    module = nn.Sequential(*(nn.Conv2d(1, 1, 3, padding=1) for _ in range(depth)))
    side = 2 * depth + 9
    assert measured_receptive_field(module, (1, 1, side, 11)).size[0] == 2 * depth + 1


def test_gaps_between_the_taps_of_a_dilated_kernel_show_in_the_mask() -> None:
    mask = measured_receptive_field(nn.Conv2d(1, 1, 3, dilation=2), (1, 1, 9, 11)).mask
    assert mask.sum() == 9


def test_residual_network_has_the_field_of_its_longest_path() -> None:
    trunk = nn.Sequential(*list(resnet18(weights=None).children())[:-2])
    field = receptive_field(trunk)
    assert (field.size, field.jump) == ((435, 435), (32, 32))
    narrow = nn.Sequential(*list(trunk.children())[:6])  # up to layer2, to keep the measurement small
    measured = measured_receptive_field(narrow, (1, 3, 256, 256), (16, 16))
    assert measured.size == receptive_field(narrow).size == (99, 99)
    assert measured.box == receptive_field(narrow).box((16, 16))


class Functional(nn.Module):
    """A forward written with functions, where hooks on modules would see nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(-torch.ones(4, 2, 3, 3))

    def forward(self, x: Tensor) -> Tensor:
        x = F.max_pool2d(F.relu(F.conv2d(x, self.weight, groups=1)), kernel_size=3, stride=2)
        return x.softmax(dim=1) * torch.sigmoid(x)


@pytest.mark.parametrize(
    ("position", "touches"),
    [((0, 4), True), ((3, 0), True), ((6, 4), True), ((3, 8), True), ((3, 4), False), ((1, 7), False), ((5, 1), False)],
)
def test_each_side_of_the_image_is_a_border(position: tuple[int, int], touches: bool) -> None:
    measured = measured_receptive_field(nn.Conv2d(1, 1, 3), (1, 1, 9, 11), position)
    assert measured.touches_border == touches


def test_without_a_position_the_middle_cell_is_measured() -> None:
    measured = measured_receptive_field(nn.Conv2d(1, 1, (3, 5)), (1, 1, 9, 15))
    assert (measured.position, measured.box, measured.size) == ((3, 5), (3, 5, 6, 10), (3, 5))


@pytest.mark.parametrize("ceil_mode", [False, True])
@pytest.mark.parametrize("position", [(0, 0), (2, 1), (1, 3)])
def test_a_dilated_max_pooling_sees_what_impulses_find(position: tuple[int, int], ceil_mode: bool) -> None:
    pool = nn.MaxPool2d((2, 3), stride=(3, 2), padding=(1, 0), dilation=(3, 2), ceil_mode=ceil_mode)
    measured = measured_receptive_field(pool, (1, 1, 10, 11), position)
    assert torch.equal(measured.mask, impulse_support(pool, (1, 1, 10, 11), position))
    assert measured.mask.sum() <= 6


def test_a_dilated_max_pooling_has_as_many_cells_as_torch_s() -> None:
    pool = nn.MaxPool2d((2, 3), stride=1, dilation=(3, 2))  # of 10 × 11 pixels it makes 7 × 7 cells
    assert measured_receptive_field(pool, (1, 1, 10, 11)).position == (3, 3)
    for position in ((7, 0), (0, 7)):
        with pytest.raises(ValueError, match="outside of the output map of 7 × 7 cells"):
            measured_receptive_field(pool, (1, 1, 10, 11), position)


def test_indices_that_a_module_keeps_stay_indices() -> None:
    class Mirrored(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.register_buffer("columns", torch.arange(6, -1, -1))

        def forward(self, x: Tensor) -> Tensor:
            return x[..., self.columns]

    assert measured_receptive_field(Mirrored(), (1, 1, 5, 7), (1, 2)).box == (1, 4, 2, 5)


def test_functions_count_as_well_as_layers() -> None:
    assert receptive_field(Functional(), (1, 2, 64, 48)).size == (5, 5)
    assert measured_receptive_field(Functional(), (1, 2, 20, 24)).size == (5, 5)


def impulse_support(module: nn.Module, size: tuple[int, int, int, int], position: tuple[int, int]) -> Tensor:
    """Change one input pixel at a time and see whether the output cell moves: the definition itself."""
    module = copy.deepcopy(module).double().eval()
    for parameter in module.parameters():
        parameter.data.abs_().add_(0.1)
    row, column = position
    mask = torch.zeros(size[-2:], dtype=torch.bool)
    with torch.no_grad():
        base = module(torch.ones(size, dtype=torch.float64))[0, :, row, column]
        for y in range(size[2]):
            for x in range(size[3]):
                image = torch.ones(size, dtype=torch.float64)
                image[:, :, y, x] += 100.0
                mask[y, x] = (module(image)[0, :, row, column] != base).any()
    return mask


@pytest.mark.parametrize("up", ["transposed", "bilinear"])
@pytest.mark.parametrize("position", [(5, 6), (8, 9)])
def test_measured_field_of_a_unet_is_what_impulses_find(up: str, position: tuple[int, int]) -> None:
    model = UNet(1, 2, width=2, depth=1, norm=False, up=up)
    measured = measured_receptive_field(model, (1, 1, 17, 19), position)
    assert torch.equal(measured.mask, impulse_support(model, (1, 1, 17, 19), position))


def test_upsampling_has_no_single_field_and_the_message_says_what_to_use() -> None:
    with pytest.raises(ValueError, match=r"'conv_transpose2d'.*measured_receptive_field"):
        receptive_field(UNet(3, 2, width=4, depth=2))
    with pytest.raises(ValueError, match="'adaptive_avg_pool2d'"):
        receptive_field(nn.Sequential(nn.Conv2d(3, 4, 3), nn.AdaptiveAvgPool2d(1)))


class TwoRates(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.narrow, self.wide = nn.Conv2d(1, 1, 3, padding=1), nn.Conv2d(1, 1, 3, padding=4, dilation=4)

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([self.narrow(x), self.wide(x)], dim=1) + x


def test_the_larger_branch_counts() -> None:
    assert receptive_field(TwoRates()) == ReceptiveField((9, 9), (1, 1), (-4, -4))
    assert measured_receptive_field(TwoRates(), (1, 1, 20, 30)).size == (9, 9)


def test_effective_field_is_smaller_than_the_analytic_one() -> None:
    layers = [conv_norm_relu(8, 8) for _ in range(10)]
    module = nn.Sequential(nn.Conv2d(3, 8, 1), *layers)
    with seeded(0):
        initialize(module)
    field = effective_receptive_field(module, (2, 3, 41, 45), samples=8)
    assert field.shape == (41, 45)
    assert field.sum() == pytest.approx(1)
    assert effective_size(field) < receptive_field(module).size[0] == 21
    assert (field > 0).sum() <= 21 * 21


class Separate(nn.Module):
    """Three channels that see three different windows; the fourth takes the sum of the first two away again."""

    def __init__(self) -> None:
        super().__init__()
        kernels = torch.zeros(4, 1, 3, 5)
        kernels[0, 0, 0, 0], kernels[1, 0, 1, 2], kernels[2, 0, 2, 4] = 1, 2, 3
        kernels[3] = -kernels[:3].sum(dim=0)
        self.register_buffer("kernels", kernels)

    def forward(self, x: Tensor) -> Tensor:
        return F.conv2d(x, self.kernels)


def test_the_effective_field_is_that_of_all_channels_mixed_at_random() -> None:
    field = effective_receptive_field(Separate(), (1, 1, 9, 15), samples=4)
    assert field.nonzero().tolist() == [[3, 5], [4, 7], [5, 9]]


def test_gradients_of_opposite_signs_do_not_cancel() -> None:
    conv = nn.Conv2d(2, 1, (1, 2), bias=False)
    conv.weight.data = torch.tensor([[[[1.0, 1.0]], [[-1.0, 1.0]]]])
    field = effective_receptive_field(conv, (2, 2, 3, 6), samples=1)
    assert field[1, 2:4].tolist() == [0.5, 0.5]


def test_the_effective_field_depends_on_seed_samples_and_position() -> None:
    module = nn.Sequential(nn.Conv2d(1, 3, 3), nn.ReLU(), nn.Conv2d(3, 2, 3))
    size = (1, 1, 11, 14)
    field = effective_receptive_field(module, size, samples=2)
    assert not torch.equal(field, effective_receptive_field(module, size, samples=2, seed=1))
    assert not torch.equal(field, effective_receptive_field(module, size, samples=3))
    corner = effective_receptive_field(module, size, samples=2, position=(0, 1))
    assert corner.nonzero().amin(dim=0).tolist() == [0, 1]
    assert corner.nonzero().amax(dim=0).tolist() == [4, 5]


def test_a_network_that_passes_no_gradient_is_named() -> None:
    class Off(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return (x - 100).relu()

    with pytest.raises(ValueError, match="no gradient arrives"):
        effective_receptive_field(Off(), (1, 1, 5, 7), samples=2)


def test_effective_field_leaves_the_module_and_the_generators_alone() -> None:
    module = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Dropout())
    module[2].eval()
    before, random_state = copy.deepcopy(module.state_dict()), torch.get_rng_state()
    with torch.no_grad():
        first = effective_receptive_field(module, (1, 3, 9, 9), samples=2)
        measured_receptive_field(module, (1, 3, 9, 9))
    assert torch.equal(first, effective_receptive_field(module, (1, 3, 9, 9), samples=2))
    assert [part.training for part in module.modules()] == [True, True, True, False]
    assert all(torch.equal(value, before[name]) for name, value in module.state_dict().items())
    assert all(parameter.grad is None for parameter in module.parameters())
    assert torch.equal(torch.get_rng_state(), random_state)


def test_effective_size_of_known_fields() -> None:
    point, flat = torch.zeros(9, 11), torch.ones(9, 9)
    point[4, 5] = 1.0
    assert effective_size(point) == 1
    assert effective_size(flat, share=1.0) == 9
    assert effective_size(flat, share=25 / 81) == 5


def test_the_square_lies_around_the_center_of_mass_of_each_axis() -> None:
    field = torch.zeros(9, 21)
    field[2, 15] = field[2, 17] = 1.0
    assert effective_size(field) == 3
    field = torch.zeros(21, 9)
    field[14:19, 3] = 1.0
    assert effective_size(field, share=1.0) == 5
    assert effective_size(field, share=0.6) == 3


def test_positions_and_outputs_that_do_not_fit_are_named() -> None:
    with pytest.raises(ValueError, match=r"position \(6, 9\) is outside of the output map of 7 × 9"):
        measured_receptive_field(nn.Conv2d(1, 1, 3), (1, 1, 9, 11), (6, 9))
    with pytest.raises(ValueError, match=r"position \(9, 0\) is outside of the output map of 7 × 9"):
        measured_receptive_field(nn.Conv2d(1, 1, 3), (1, 1, 9, 11), (9, 0))
    with pytest.raises(ValueError, match=r"expected a map \(N, C, H, W\)"):
        measured_receptive_field(nn.Flatten(), (1, 1, 9, 11))


def test_a_cell_that_sees_only_padding_is_named() -> None:
    with pytest.raises(ValueError, match="lies in the padding"):
        measured_receptive_field(nn.Conv2d(1, 1, 1, padding=3), (1, 1, 9, 11), (0, 0))


class Unpooled(nn.Module):
    """Down by a max-pooling and up again to where the maxima stood, a convolution on each side and between."""

    def __init__(self, convolve: bool = True, kernel: int = 2, stride: int = 2, padding: int = 0) -> None:
        super().__init__()
        make = (lambda: nn.Conv2d(1, 1, 3, padding=1)) if convolve else nn.Identity
        self.before, self.between, self.after = make(), make(), make()
        self.pool = nn.MaxPool2d(kernel, stride, padding, return_indices=True)
        self.unpool = nn.MaxUnpool2d(kernel, stride, padding)

    def forward(self, x: Tensor) -> Tensor:
        x = self.before(x)
        values, indices = self.pool(x)
        return self.after(self.unpool(self.between(values), indices, output_size=x.shape[-2:]))


@pytest.mark.parametrize("position", [(0, 0), (5, 6), (8, 11)])
def test_behind_an_unpooling_a_cell_sees_the_windows_that_may_have_had_their_maximum_there(position: tuple) -> None:
    row, column = position
    box = measured_receptive_field(Unpooled(convolve=False), (1, 1, 10, 13), position).box
    assert box == (row // 2 * 2, column // 2 * 2, row // 2 * 2 + 2, column // 2 * 2 + 2)


@pytest.mark.parametrize(("position", "options"), [((4, 5), (3, 2, 1)), ((5, 6), (3, 2, 1)), ((3, 4), (2, 2, 0))])
def test_random_images_find_the_field_of_an_unpooling(position: tuple, options: tuple) -> None:
    module, (row, column) = Unpooled(False, *options), position
    images = torch.rand(400, 1, 9, 11, generator=torch.Generator().manual_seed(0))
    base, reached = module(images)[:, 0, row, column], torch.zeros(9, 11, dtype=torch.bool)
    for y in range(9):
        for x in range(11):
            changed = images.clone()
            changed[:, :, y, x] = 1 - changed[:, :, y, x]
            reached[y, x] = (module(changed)[:, 0, row, column] != base).any()
    assert torch.equal(measured_receptive_field(module, (1, 1, 9, 11), position).mask, reached)


@pytest.mark.parametrize("position", [(8, 9), (9, 12)])
def test_an_unpooling_network_sees_what_its_twin_with_a_learned_step_up_sees(position: tuple) -> None:
    class Learned(Unpooled):
        def __init__(self) -> None:
            super().__init__()
            self.pool, self.up = nn.MaxPool2d(2), nn.ConvTranspose2d(1, 1, 2, stride=2)

        def forward(self, x: Tensor) -> Tensor:
            return self.after(self.up(self.between(self.pool(self.before(x)))))

    measured = [measured_receptive_field(module, (1, 1, 20, 24), position) for module in (Unpooled(), Learned())]
    assert torch.equal(measured[0].mask, measured[1].mask)
    assert not measured[0].touches_border


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_the_field_of_a_module_does_not_depend_on_its_dtype(dtype):
    stack = nn.Sequential(nn.Conv2d(3, 4, 3, stride=2), nn.ReLU(), nn.Conv2d(4, 2, 3))
    assert receptive_field(stack.to(dtype)) == receptive_field(stack.float())
