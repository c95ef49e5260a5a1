"""A classifier made fully convolutional: at every place it says what the classifier says to the crop there."""

import copy

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from segedu.ops.fully_convolutional import make_fully_convolutional


@torch.no_grad()
def logits_of_crops(classifier: nn.Module, images: Tensor, size: tuple[int, int], stride: tuple[int, int]) -> Tensor:
    """Return what the classifier says to each crop, one every `stride` pixels: (N, K, rows, columns)."""
    (h, w), (height, width) = size, images.shape[-2:]
    rows = [
        torch.stack([classifier(images[:, :, y : y + h, x : x + w]) for x in range(0, width - w + 1, stride[1])], dim=2)
        for y in range(0, height - h + 1, stride[0])
    ]
    return torch.stack(rows, dim=2)


def used(network: nn.Module, images: Tensor) -> nn.Module:
    """Return the network in evaluation mode, its normalizations filled with the statistics of some images."""
    with torch.no_grad():
        network.train()(images)
    return network.eval()


def assert_equals_its_crops(
    classifier: nn.Module, size: tuple[int, int], stride: tuple[int, int], more: tuple[int, int] = (9, 13)
) -> None:
    images = torch.randn(2, 3, size[0] + more[0], size[1] + more[1])
    dense = make_fully_convolutional(classifier, size)
    with torch.no_grad():
        found = dense(images)
    expected = logits_of_crops(classifier, images, size, stride)
    rows, columns = expected.shape[2:]  # a classifier that drops a last row has an answer for a crop that lacks it, too
    assert found.shape[2] - rows in (0, 1)
    assert found.shape[3] - columns in (0, 1)
    torch.testing.assert_close(found[:, :, :rows, :columns], expected, atol=1e-5, rtol=1e-5)


@given(
    st.tuples(st.integers(1, 3), st.integers(1, 4)),
    st.tuples(st.integers(1, 2), st.integers(1, 3)),
    st.sampled_from([nn.MaxPool2d(2), nn.AvgPool2d((2, 1)), nn.MaxPool2d(3, stride=(1, 2)), nn.Identity()]),
    st.integers(1, 2),
    st.booleans(),
    st.tuples(st.integers(9, 13), st.integers(14, 18)),
)
@settings(max_examples=60, deadline=None)
def test_every_place_says_what_the_classifier_says_to_the_crop_there(
    kernel: tuple[int, int],
    stride: tuple[int, int],
    pooling: nn.Module,
    dilation: int,
    bias: bool,
    size: tuple[int, int],
) -> None:
    conv = nn.Conv2d(3, 4, kernel, stride, dilation=dilation, bias=bias)
    features = nn.Sequential(conv, nn.ReLU(), pooling)
    cells = features(torch.zeros(1, 3, *size)).flatten(1).shape[1]
    classifier = nn.Sequential(features, nn.Flatten(), nn.Linear(cells, 6, bias=bias), nn.ReLU(), nn.Linear(6, 5))
    steps = getattr(pooling, "stride", 1)
    down, across = (steps, steps) if isinstance(steps, int) else steps
    assert_equals_its_crops(classifier, size, (stride[0] * down, stride[1] * across))


def test_normalization_dropout_and_softmax_stay() -> None:
    features = (nn.Conv2d(3, 4, 3, bias=False), nn.BatchNorm2d(4), nn.ReLU(inplace=True), nn.MaxPool2d(2))
    head = (nn.Linear(4 * 4 * 6, 8), nn.BatchNorm1d(8), nn.GELU(), nn.Dropout(0.5), nn.Linear(8, 5), nn.Softmax(-1))
    classifier = nn.Sequential(*features, nn.Flatten(), nn.Dropout(), *head)
    assert_equals_its_crops(used(classifier, torch.randn(16, 3, 10, 14)), (10, 14), (2, 2))


@pytest.mark.parametrize("cells", [1, (1, 1), (2, 3), (4, 1), (None, 2)])
@pytest.mark.parametrize("kind", [nn.AdaptiveAvgPool2d, nn.AdaptiveMaxPool2d])
def test_pooling_to_fixed_cells_becomes_pooling_with_a_fixed_window(kind: type, cells: object) -> None:
    features = nn.Sequential(nn.Conv2d(3, 4, 3, stride=2), kind(cells))  # a crop of 9 × 13 has a map of 4 × 6
    numbers = features(torch.zeros(1, 3, 9, 13)).flatten(1).shape[1]
    classifier = nn.Sequential(features, nn.Flatten(), nn.Linear(numbers, 5))
    assert_equals_its_crops(classifier, (9, 13), (2, 2))


def test_a_linear_classifier_of_pixels_becomes_one_convolution() -> None:
    classifier = nn.Sequential(nn.Flatten(), nn.Linear(3 * 4 * 6, 5))
    assert_equals_its_crops(classifier, (4, 6), (1, 1))
    assert make_fully_convolutional(classifier, (4, 6))[1].kernel_size == (4, 6)


def test_at_its_own_size_the_map_is_one_vector_of_logits() -> None:
    classifier = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.Flatten(), nn.Linear(4 * 5 * 7, 6))
    dense, image = make_fully_convolutional(classifier, (5, 7), exact=False), torch.randn(2, 3, 5, 7)
    torch.testing.assert_close(dense(image)[:, :, 0, 0], classifier(image))


def test_names_and_numbers_of_the_weights_stay() -> None:
    features = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))
    classifier = nn.Sequential(features, nn.Flatten(), nn.Linear(4 * 3 * 5, 6), nn.BatchNorm1d(6), nn.Linear(6, 2))
    dense = make_fully_convolutional(classifier, (5, 7))
    assert list(dense.state_dict()) == list(classifier.state_dict())
    for name, given_weight in classifier.state_dict().items():
        assert torch.equal(dense.state_dict()[name].flatten(), given_weight.flatten())


def test_the_classifier_is_left_as_it_was() -> None:
    classifier = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten(), nn.Linear(4 * 3 * 5, 6)).eval()
    before, state = copy.deepcopy(classifier.state_dict()), torch.get_rng_state()
    dense = make_fully_convolutional(classifier, (5, 7))
    for weight in dense.parameters():
        weight.data.zero_()
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(value, before[name]) for name, value in classifier.state_dict().items())


def test_the_statistics_of_a_normalization_are_copied_too() -> None:
    classifier = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten(), nn.Linear(60, 6), nn.BatchNorm1d(6, eps=0.1))
    dense = make_fully_convolutional(used(classifier, torch.randn(8, 3, 5, 7)), (5, 7))
    before = classifier[3].running_mean.clone()
    dense.train()(torch.randn(4, 3, 6, 9))
    assert torch.equal(classifier[3].running_mean, before)
    assert not torch.equal(dense[3].running_mean, before)
    assert dense[3].eps == 0.1


def test_nested_chains_keep_their_modes() -> None:
    features = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Dropout()).eval()
    dense = make_fully_convolutional(nn.Sequential(features, nn.Flatten(), nn.Linear(60, 6)), (5, 7))
    assert [part.training for part in (dense, dense[0], dense[0][1], dense[1], dense[2])] == [
        True,
        False,
        False,
        True,
        True,
    ]


def test_modes_frozen_weights_and_dtypes_stay() -> None:
    classifier = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten(), nn.Linear(60, 6), nn.BatchNorm1d(6)).double()
    classifier[0].requires_grad_(False)
    classifier[3].eval().requires_grad_(False)
    dense = make_fully_convolutional(classifier, (5, 7))
    assert [layer.training for layer in dense] == [True, True, True, False]
    assert [weight.requires_grad for weight in dense.parameters()] == [False, False, True, True, False, False]
    assert dense(torch.zeros(2, 3, 6, 9, dtype=torch.float64)).dtype == torch.float64


class Squeezed(nn.Sequential):
    """A chain with a forward of its own."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x).mean(dim=(2, 3))


CONV, HEAD = nn.Conv2d(3, 4, 3), (nn.Flatten(), nn.Linear(60, 6))
REFUSED = [
    ((nn.Conv2d(3, 4, 3, padding=1), nn.Flatten(), nn.Linear(140, 6)), r"layer '0' \(Conv2d\) pads its input"),
    ((CONV, nn.MaxPool2d(2, ceil_mode=True), nn.Flatten(), nn.Linear(24, 6)), r"'1' \(MaxPool2d\) pads"),
    ((CONV, nn.GroupNorm(2, 4), *HEAD), r"'1' \(GroupNorm\) can't be converted"),
    ((CONV, Squeezed(nn.Identity()), nn.Linear(4, 6)), r"'1' \(Squeezed\) can't be converted"),
    ((CONV, nn.Flatten(), nn.Linear(61, 6)), r"takes 61 numbers, and this input size gives 4·3·5"),
    ((nn.Conv2d(3, 4, 9), *HEAD), r"'0' \(Conv2d\) does not fit a map of 5 × 7 cells"),
    ((CONV, nn.Conv2d(5, 4, 1), *HEAD), r"'1' \(Conv2d\) is given 4 channels"),
    ((CONV, nn.Flatten(), nn.Conv2d(4, 4, 1)), r"'2' \(Conv2d\) is given a vector"),
    ((CONV, nn.Linear(5, 6)), r"'1' \(Linear\) stands before nn.Flatten"),
    ((CONV, nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(16, 6)), r"makes 2 × 2 cells of 3 × 5"),
    ((CONV, nn.AdaptiveAvgPool2d((3, 2)), nn.Flatten(), nn.Linear(24, 6)), r"makes 3 × 2 cells of 3 × 5"),
    ((CONV, nn.AdaptiveAvgPool2d((2, 5)), nn.Flatten(), nn.Linear(40, 6)), r"makes 2 × 5 cells of 3 × 5"),
    ((nn.Conv2d(3, 4, 3, padding=(0, 1)), nn.Flatten(), nn.Linear(84, 6)), r"'0' \(Conv2d\) pads its input"),
    ((CONV, nn.AdaptiveAvgPool2d((3, 1)), nn.Conv2d(4, 4, (1, 1)), nn.Flatten()), r"ends with a flattened map of 3"),
    ((CONV, nn.Flatten(2), nn.Linear(15, 6)), r"'1' \(Flatten\) flattens other axes"),
    ((CONV, nn.Flatten(), nn.BatchNorm1d(60), nn.Linear(60, 6)), r"'2' \(BatchNorm1d\) tells the cells"),
    ((CONV, nn.ReLU()), r"has no nn.Flatten"),
    ((CONV, nn.Flatten()), r"ends with a flattened map of 3 × 5 cells"),
]


@pytest.mark.parametrize(("layers", "message"), REFUSED, ids=lambda value: value if isinstance(value, str) else "")
def test_what_cannot_be_converted_is_named(layers: tuple[nn.Module, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make_fully_convolutional(nn.Sequential(*layers), (5, 7))


def test_a_window_behind_fixed_cells_is_named() -> None:
    layers = (CONV, nn.AdaptiveAvgPool2d((2, 3)), nn.Conv2d(4, 4, 2), nn.Flatten(), nn.Linear(8, 6))
    with pytest.raises(ValueError, match=r"'2' .* stands behind an adaptive pooling"):
        make_fully_convolutional(nn.Sequential(*layers), (6, 11))


def test_a_network_that_is_no_chain_is_named() -> None:
    with pytest.raises(TypeError, match="the classifier is a Conv2d"):
        make_fully_convolutional(CONV, (5, 7))  # type: ignore[arg-type]


def test_padding_is_accepted_on_request_and_then_crops_differ() -> None:
    classifier = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.Flatten(), nn.Linear(140, 6)).eval()
    image = torch.randn(1, 3, 9, 12)
    dense = make_fully_convolutional(classifier, (5, 7), exact=False)
    # the dense network pads the image, not the crop: its map has a place for each place of the kernel
    assert dense(image).shape == (1, 6, 5, 6)
    crop = classifier(image[:, :, 2:7, 3:10])
    assert not torch.allclose(dense(image)[:, :, 2, 3], crop, atol=1e-4)
