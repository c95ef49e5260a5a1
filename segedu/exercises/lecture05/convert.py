"""Cases and judge of lecture 05's first exercise: a classifier becomes fully convolutional."""

import copy
import random
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from segedu.exercises.engine.compare import Verdict, close, compare, judged, together
from segedu.exercises.lecture05.networks import Chain, with_whole_numbers
from segedu.ops.trace.modules import evaluating

Arguments = dict[str, Any]
Size = tuple[int, int]
Arrange = Callable[[Tensor, int, int, int], Tensor]  # weights (out, C·h·w), C, h, w → kernels (out, C, h, w)
MORE = (5, 8)  # rows and columns by which the image is larger than what the classifier was made for

CONVERT_MISTAKES = {
    "channels last": "The weights are read as (h, w, C); Flatten writes channel by channel, row by row, so view them "
    "as (out, C, h, w).",
    "w first": "The weights are read as (C, w, h); each channel of a map is flattened row by row, so view them as "
    "(out, C, h, w).",
    "flipped": "The kernel is turned by 180°; torch's convolution doesn't flip, so copy the weights as they are.",
    "no activation": "The activation between the linear layers is lost; every other layer stays where it was.",
    "no pooling": "A pooling is lost; every other layer stays where it was.",
    "labels": "The map holds labels; return the logits, one map a class.",
    "clipped": "An activation is added behind the last layer; logits may be negative.",
    "softmax": "A softmax is added; return the logits, as the classifier does.",
    "padded": "The map has places whose crop reaches beyond the image: a padding is added; the classifier has none.",
    "one by one": "A kernel of 1 × 1 meets a map of too few channels: the first Linear becomes a kernel of (C, h, w), "
    "as large as the map that it meets in a crop, not one of 1 × 1 on C·h·w channels.",
    "apart": "The windows don't overlap: the kernel moves by its own size; leave stride=1.",
    "one place": "All places have become one: pooling to a fixed size, or a mean, throws away where. Let the map grow.",
    "of a crop": "The map has only one place, that of the first crop; use the whole image.",
    "upsampled": "The map has the size of the image; return it as coarse as it comes out, before any upsampling.",
    "new bias": "A bias is added: where a Linear has none, its convolution has none, `bias=layer.bias is not None`; a "
    "new one starts at random, and one of zeros is a weight too.",
    "hidden": "The map is right, but `network.parameters()` doesn't find all weights, so that no optimizer trains "
    "and no file keeps them: layers that stand in a plain list or in a function belong into `nn.Sequential` or "
    "`nn.ModuleList`, tensors into `nn.Parameter`.",
    "surplus": "The map is right, but the network holds more weights than the classifier: leave out what its map "
    "doesn't use.",
}


def convert_arguments(seed: int) -> Arguments:
    """Return a classifier without padding, each with one more difficulty, and the size of its images.

    Every second one is in training mode, as it is found behind a training.
    """
    size, layers = CASES[seed] if seed < len(CASES) else drawn()
    return {"classifier": with_whole_numbers(built(size, layers)).train(seed % 2 == 1), "input_size": size}


# kind of layer → its numbers: ("conv", channels, kernel, stride), ("pool", size), ("linear", units[, bias]), …
CASES: tuple[tuple[Size, tuple[tuple[Any, ...], ...]], ...] = (
    ((3, 4), (("conv", 1, (2, 2), 1), ("linear", 2))),
    ((4, 6), (("conv", 2, (2, 3), 1), ("relu",), ("linear", 3))),
    ((6, 9), (("conv", 2, (3, 2), 1), ("relu",), ("pool", 2), ("linear", 3))),
    ((5, 6), (("conv", 2, (2, 2), 1), ("relu",), ("linear", 4), ("relu",), ("linear", 3))),
    ((9, 13), (("conv", 3, (3, 3), 2), ("relu",), ("mean", 2), ("linear", 4), ("relu",), ("linear", 2))),
    ((9, 13), (("conv", 2, (2, 2), 1), ("pool", 2), ("conv", 3, (2, 3), 1), ("linear", 4), ("relu",), ("linear", 3))),
    ((4, 3), (("conv", 2, (2, 2), 1), ("linear", 3, False))),
    ((4, 5), (("conv", 2, (2, 3), 1), ("linear", 4, False), ("leaky", 0.5), ("dropout",), ("linear", 2))),
)


def drawn() -> tuple[Size, tuple[tuple[Any, ...], ...]]:
    """Draw a classifier in which nothing is square, whose windows and poolings use every pixel of a crop."""
    kernel, stride, pooling = random.choice(((2, 3), (3, 2))), random.randint(1, 2), random.choice(("pool", "mean"))
    cells = random.choice(((2, 3), (2, 4), (3, 2)))  # behind the pooling
    size = tuple((2 * count - 1) * stride + side for count, side in zip(cells, kernel, strict=True))
    layers = (("conv", random.randint(2, 3), kernel, stride), ("relu",), (pooling, 2))
    activation = random.choice((("relu",), ("leaky", 0.5)))
    biases = [random.random() < 0.5 for _ in range(2)]
    first, last = ("linear", random.randint(3, 5), biases[0]), ("linear", random.randint(2, 4), biases[1])
    return (size[0], size[1]), (*layers, first, activation, ("dropout",), last)


ACTIVATIONS = (nn.ReLU, nn.LeakyReLU)
LAYERS: dict[str, Callable[..., nn.Module]] = {
    "conv": nn.Conv2d,
    "linear": nn.Linear,
    "relu": nn.ReLU,
    "leaky": nn.LeakyReLU,
    "dropout": nn.Dropout,
    "pool": nn.MaxPool2d,
    "mean": nn.AvgPool2d,
}


def built(size: Size, layers: tuple[tuple[Any, ...], ...]) -> nn.Sequential:
    """Return the classifier of images (3, *size) that the numbers describe."""
    made: list[nn.Module] = []
    shape = torch.empty(1, 3, *size)
    for kind, *numbers in layers:
        if kind == "linear" and shape.ndim == 4:
            made.append(nn.Flatten())
            shape = made[-1](shape)
        fed = [shape.shape[1]] if kind in ("conv", "linear") else []
        made.append(LAYERS[kind](*fed, *numbers))
        shape = made[-1](shape)
    return Chain(*made)


def larger_images(input_size: Size) -> Tensor:
    """Return five images of whole numbers, larger than the classifier's: no classifier has five classes."""
    generator = torch.Generator().manual_seed(0)
    return torch.randint(0, 4, (5, 3, input_size[0] + MORE[0], input_size[1] + MORE[1]), generator=generator).float()


def weights_of(network: nn.Module) -> tuple[int, float]:
    """Return how many weights there are and the sum of their squares: the same in whatever shape they are held."""
    weights = list(network.parameters())
    return sum(weight.numel() for weight in weights), float(sum(weight.detach().square().sum() for weight in weights))


def observe_network(network: Any, arguments: Arguments) -> dict[str, Any]:
    """Return what the student's network makes of larger images, or why it makes nothing of them."""
    if not isinstance(network, nn.Module):
        return {"kind": f"a {type(network).__name__}"}
    images = larger_images(arguments["input_size"])
    try:
        with evaluating(network), torch.no_grad():
            output = network(images)
    except (RuntimeError, ValueError) as error:
        return {"error": str(error).splitlines()[0], "given": tuple(images.shape)}
    if not isinstance(output, Tensor):
        return {"kind": f"a network that returns a {type(output).__name__}"}
    return described(output, network)


def described(output: Tensor, network: nn.Module) -> dict[str, Any]:
    """Return what is compared of a network, with a first answer that is short enough to be read."""
    numbers, squares = weights_of(network)
    first = {"logits at the first place": output[0, :, 0, 0]} if output.ndim == 4 and output.numel() else {}
    return {"map": output, **first, "number of weights": numbers, "sum of their squares": squares}


def judge_network(arguments: Arguments, result: dict[str, Any], expected: dict[str, Any]) -> Verdict:
    """Say what still insists on a size, or how the weights were moved wrongly."""
    if "kind" in result:
        return f"`fully_convolutional` returned {result['kind']}, expected a network (nn.Module) that returns a map."
    if "error" in result:
        one_by_one = "1, 1], expected input" in result["error"]
        refused = f"Your network refuses images of shape {result['given']}: a layer still insists on one size"
        return judged(f"{refused} ({result['error']}).", [(CONVERT_MISTAKES["one by one"], one_by_one)])
    logits = result["map"]
    wrong = wrong_maps(arguments, expected["map"], logits)
    mistakes = [(CONVERT_MISTAKES[name], value) for name, value in wrong.items()]
    judgement = compare(logits, expected["map"], name="the map of logits", mistakes=mistakes)
    if logits.shape != expected["map"].shape or all(close(result[key], expected[key]) for key in WEIGHTS):
        return judgement
    count, right = result["number of weights"], expected["number of weights"]
    if not judgement.right:
        return judgement.saying(wrong_weights(arguments["classifier"], count, right))
    return together(judgement, judged(*unlike_weights(arguments["classifier"], count, right)))


WEIGHTS = ("number of weights", "sum of their squares")


def unlike_weights(classifier: nn.Sequential, count: int, right: int) -> tuple[str, list[tuple[str, bool]]]:
    """Return how the weights differ behind a right map, and which mistakes show it."""
    difference = f"The map is right, but the network's weights are {count} numbers, expected the classifier's {right}."
    new_bias = wrong_weights(classifier, count, right) == CONVERT_MISTAKES["new bias"]
    return difference, [
        (CONVERT_MISTAKES["new bias"], new_bias),
        (CONVERT_MISTAKES["hidden"], count < right),
        (CONVERT_MISTAKES["surplus"], count > right),
    ]


def wrong_weights(classifier: nn.Sequential, count: int, right: int) -> str:
    """Return what is wrong with weights of which there are `count`, where there should be `right`."""
    linear = [layer for layer in classifier if isinstance(layer, nn.Linear)]
    added = sum(layer.out_features for layer in linear if layer.bias is None)
    if added and count - right == added:
        return CONVERT_MISTAKES["new bias"]
    numbers = f" ({count} numbers, expected {right})" if count != right else ""
    return f"The weights are not the classifier's{numbers}: copy weight and bias, or a new layer starts at random."


def evaluated(classifier: nn.Sequential) -> nn.Sequential:
    """Return a copy in evaluation mode: dropout does nothing."""
    return copy.deepcopy(classifier).eval()


def wrong_maps(arguments: Arguments, expected: Tensor, logits: Tensor) -> dict[str, Tensor]:
    """Return the maps that the classic mistakes give."""
    classifier, size = evaluated(arguments["classifier"]), arguments["input_size"]

    def moved(arrange: Arrange, lost: tuple[type[nn.Module], ...] = ()) -> Tensor:
        return mapped(classifier, size, arrange, lost)

    def straight(weight: Tensor, c: int, h: int, w: int) -> Tensor:
        return weight.view(-1, c, h, w)

    maps = {
        "channels last": moved(lambda weight, c, h, w: weight.view(-1, h, w, c).permute(0, 3, 1, 2)),
        "w first": moved(lambda weight, c, h, w: weight.view(-1, c, w, h).mT),
        "flipped": moved(lambda weight, c, h, w: weight.view(-1, c, h, w).flip(-2, -1)),
        "no activation": moved(straight, ACTIVATIONS),
        "no pooling": moved(straight, (nn.MaxPool2d, nn.AvgPool2d)),
        "labels": expected.argmax(dim=1),
        "clipped": expected.relu(),
        "softmax": expected.softmax(dim=1),
        "of a crop": expected[:, :, :1, :1],
    }
    height, width = flattened(classifier, size)[1:]
    maps["apart"] = expected[:, :, ::height, ::width]
    return maps | shown_by_shape(logits, expected, larger_images(size).shape[2:])


def shown_by_shape(logits: Tensor, expected: Tensor, image: torch.Size) -> dict[str, Tensor]:
    """Return this map under the mistakes that its shape shows, whatever its values are."""
    if logits.shape[:2] != expected.shape[:2]:
        return {}
    if logits.numel() == expected[:, :, 0, 0].numel():
        return {"one place": logits}
    rows, columns = (side - own for side, own in zip(logits.shape[2:], expected.shape[2:], strict=True))
    if rows > 0 and columns > 0 and rows % 2 == columns % 2 == 0:
        inside = logits[:, :, rows // 2 : -(rows // 2), columns // 2 : -(columns // 2)]
        if close(inside, expected):
            return {"padded": logits}
    grown = [F.interpolate(expected, image, mode=mode) for mode in ("nearest", "bilinear")]
    return {"upsampled": logits} if any(close(logits, each) for each in grown) else {}


def flattened(classifier: nn.Sequential, size: Size) -> tuple[int, int, int]:
    """Return the (C, h, w) of the map that Flatten meets in a crop."""
    features = torch.zeros(1, 3, *size)
    for layer in classifier:
        if isinstance(layer, nn.Flatten):
            break
        features = layer(features)
    return features.shape[1], features.shape[2], features.shape[3]


@torch.no_grad()
def mapped(classifier: nn.Sequential, size: Size, arrange: Arrange, lost: tuple[type[nn.Module], ...]) -> Tensor:
    """Return the map with the first linear layer's weights arranged as given, and without the `lost` layers.

    Of the activations, only those between linear layers are lost.
    """
    features, shape, seen_linear = larger_images(size), flattened(classifier, size), False
    in_front = tuple(kind for kind in lost if kind not in ACTIVATIONS)
    behind = tuple(kind for kind in lost if kind in ACTIVATIONS)
    dropped: dict[bool, tuple[type[nn.Module], ...]] = {False: (nn.Flatten, *in_front), True: (nn.Flatten, *behind)}
    for layer in classifier:
        if isinstance(layer, nn.Linear):
            kernel = layer.weight[:, :, None, None] if seen_linear else arrange(layer.weight, *shape)
            features, seen_linear = F.conv2d(features, kernel, layer.bias), True
        elif not isinstance(layer, dropped[seen_linear]):
            features = layer(features)
    return features
