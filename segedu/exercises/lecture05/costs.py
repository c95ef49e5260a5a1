"""Cases and judges of lecture 05's exercises on costs: activations counted by hooks, a tower's bill by formula."""

import random
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from segedu.exercises.engine.compare import Verdict, compare, together
from segedu.exercises.lecture05.networks import Branches, Chain, Twice

Arguments = dict[str, Any]

# ---- 05.activation_bytes ----

BYTES_MISTAKES = {
    "containers": "Containers are counted too: what a Sequential returns is the output of its last layer. Hook only "
    "modules without children.",
    "numbers": "Those are numbers, not bytes: multiply by `output.element_size()`.",
    "four": "Every number is taken for 4 bytes; float64 has 8, float16 has 2: use `output.element_size()`.",
    "shared": "An output that lies in the memory of its input (in-place ReLU, Flatten) takes no memory of its own: "
    "compare their `data_ptr()`.",
    "once": "A layer that is called twice makes two outputs; add up in the hook, don't store one number per layer.",
    "last": "Only the last output is counted; training keeps the outputs of all layers.",
    "one image": "That is the memory for one image; the outputs hold the whole batch.",
    "inputs": "The inputs of the layers are counted; count what they return.",
    "with image": "The input images are counted too; count what the layers return.",
    "parameters": "That is the memory of the weights; count what the layers return.",
}


class Call(NamedTuple):
    """One call of one module: its name, whether it is a layer, what it returned and took."""

    name: str
    is_layer: bool
    numbers: int
    size: int  # bytes of the output
    shares: bool  # the output lies in the input's memory
    taken: int  # bytes of the input


def bytes_arguments(seed: int) -> Arguments:
    """Return a network and a batch of images; each of the first cases has one difficulty more."""
    make = NETWORKS[seed] if seed < len(NETWORKS) else drawn_network
    model, shape = make()
    dtype = torch.float64 if seed in (4, 6) else torch.float32
    images = torch.randint(0, 9, shape).to(dtype)
    return {"model": model.to(dtype).eval(), "images": images}


NETWORKS = (
    lambda: (Chain(nn.Conv2d(1, 2, 3)), (1, 1, 4, 6)),
    lambda: (Chain(nn.Conv2d(1, 2, 3), nn.ReLU()), (1, 1, 5, 6)),
    lambda: (Chain(nn.Conv2d(1, 2, 3), nn.ReLU(inplace=True), nn.MaxPool2d(2)), (1, 1, 6, 8)),
    lambda: (Chain(Chain(nn.Conv2d(2, 3, 3), nn.ReLU()), Chain(nn.Conv2d(3, 4, 3), nn.ReLU())), (2, 2, 6, 9)),
    lambda: (Chain(nn.Conv2d(1, 2, 2), nn.Flatten(), nn.Linear(2 * 3 * 5, 4)), (3, 1, 4, 6)),
    lambda: (Chain(Twice(nn.Conv2d(2, 2, 3, padding=1)), nn.MaxPool2d(2)), (2, 2, 6, 8)),
    lambda: (Chain(Branches([nn.Conv2d(2, 3, 3, padding=1), nn.Conv2d(2, 3, 1)]), nn.ReLU(inplace=True)), (2, 2, 5, 7)),
)


def drawn_network() -> tuple[nn.Module, tuple[int, ...]]:
    """Draw a chain with nested parts, an in-place activation and a layer that is called twice."""
    width, height = random.randint(2, 5), random.randint(8, 12)
    inner = Chain(nn.Conv2d(3, width, 3, stride=random.randint(1, 2)), nn.ReLU(inplace=random.random() < 0.5))
    model = Chain(inner, Twice(nn.Conv2d(width, width, 3, padding=1)), nn.AvgPool2d(2), nn.Conv2d(width, 4, 1))
    return model, (random.randint(2, 3), 3, height, height + random.randint(1, 5))


def judge_bytes(arguments: Arguments, result: Any, expected: int) -> Verdict:
    """Name what is counted too often, or in the wrong unit."""
    model, images = arguments["model"], arguments["images"]
    calls = recorded(model, images)
    layers = [call for call in calls if call.is_layer]
    own = [call for call in layers if not call.shares]
    wrong = {
        "shared": [sum(call.size for call in layers)],
        "containers": [sum(call.size for call in calls), sum(call.size for call in calls if not call.shares)],
        "numbers": [sum(call.numbers for call in chosen) for chosen in (own, layers, calls)],
        "four": [sum(4 * call.numbers for call in chosen) for chosen in (own, layers)],
        "once": [sum({call.name: call.size for call in chosen}.values()) for chosen in (own, layers)],
        "last": [calls[-1].size],
        "one image": [expected // len(images)],
        "inputs": [sum(call.taken for call in layers)],
        "with image": [expected + images.numel() * images.element_size()],
        "parameters": [sum(weight.numel() * weight.element_size() for weight in model.parameters())],
    }
    mistakes = [(BYTES_MISTAKES[name], value) for name, values in wrong.items() for value in values]
    return compare(result, expected, name="the activation memory", mistakes=mistakes)


@torch.no_grad()
def recorded(model: nn.Module, images: Tensor) -> list[Call]:
    """Run the model once and return every call of every module, containers and the model itself included."""
    calls: list[Call] = []

    def record(module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        shares = output.data_ptr() == inputs[0].data_ptr()
        sizes = [tensor.numel() * tensor.element_size() for tensor in (output, inputs[0])]
        calls.append(Call(names[module], not any(module.children()), output.numel(), sizes[0], shares, sizes[1]))

    names = {module: name for name, module in model.named_modules()}
    handles = [module.register_forward_hook(record) for module in names]
    model(images.clone())
    for handle in handles:
        handle.remove()
    return calls


# ---- 05.tower_costs: each of the first cases brings one difficulty ----

Layer = tuple[int, int, int]  # kernel size, channels of the output, stride

TOWERS: tuple[tuple[tuple[Layer, ...], int, int, int], ...] = (
    (((3, 2, 1),), 1, 4, 5),
    (((3, 4, 2), (3, 2, 1)), 2, 4, 6),
    (((3, 4, 2), (3, 5, 1)), 3, 5, 7),
    (((3, 4, 1), (5, 8, 1)), 3, 6, 10),
    (((3, 8, 2), (3, 16, 2), (1, 5, 1)), 3, 9, 14),
    (((5, 8, 2), (3, 8, 1), (3, 16, 3), (1, 10, 1)), 3, 33, 50),
)

TOWER_MISTAKES = {
    "early": "The MACs are counted at the size before the stride; a layer is computed once for each cell of its "
    "*output*.",
    "floor": "The size is rounded down; with padding k // 2 a stride keeps the last cell, so 5 cells at stride 2 "
    "become 3: round up.",
    "early bytes": "The memory is counted at the size before the stride; what is kept is the output.",
    "not squared": "A kernel of side k has k · k taps.",
    "channels": "Every layer is given the channels of the image; its input has the channels of the layer before it.",
    "strides": "The strides are forgotten: the map stays at its full size.",
    "no input channels": "An output number takes k · k products for *each input channel*.",
    "one axis": "The stride divides height and width.",
    "numbers": "Those are numbers, not bytes: a float32 has 4 bytes.",
    "last": "Only the last output is counted; training keeps the outputs of all layers.",
    "with image": "The image is counted too; count what the layers return.",
    "weights": "That is the memory of the weights; count what the layers return.",
    "swapped": "The two numbers are swapped: return (macs, bytes).",
    "bias": "The biases are counted; a MAC is a product with its addition.",
}


def tower_arguments(seed: int) -> Arguments:
    """Return the layers of a tower and the shape of its image."""
    if seed < len(TOWERS):
        layers, channels, height, width = TOWERS[seed]
    else:
        layers = tuple(
            (random.choice((1, 3, 5)), random.randint(2, 20), random.randint(1, 3)) for _ in range(random.randint(2, 4))
        )
        layers, channels = (*layers, (3, 7, 2)), random.randint(1, 4)
        height, width = random.randint(20, 30), random.randint(31, 50)
    return {"layers": list(layers), "channels": channels, "height": height, "width": width}


def judge_tower(arguments: Arguments, result: Any, expected: tuple[int, int]) -> Verdict:
    """Judge the two numbers one by one, for most mistakes spoil only one of them."""
    if not isinstance(result, tuple | list) or len(result) != 2:
        return compare(result, expected, name="the result (macs, bytes)")
    if list(result) == [expected[1], expected[0]] and expected[0] != expected[1]:
        return TOWER_MISTAKES["swapped"]
    macs, memory = wrong_costs(arguments, expected)
    return together(
        judge_number(result[0], expected[0], "the number of MACs", macs),
        judge_number(result[1], expected[1], "the number of bytes", memory),
    )


def judge_number(result: Any, expected: int, name: str, wrong: dict[str, int]) -> Verdict:
    """Name the mistake in one of the two numbers."""
    mistakes = [(TOWER_MISTAKES[mistake], value) for mistake, value in wrong.items()]
    return compare(result, expected, name=name, mistakes=mistakes)


def wrong_costs(arguments: Arguments, expected: tuple[int, int]) -> tuple[dict[str, int], dict[str, int]]:
    """Return what the classic mistakes give for the MACs, and for the bytes."""
    layers, channels = arguments["layers"], arguments["channels"]
    image = (channels, arguments["height"], arguments["width"])
    towers = {mistake: wrong_tower(layers, *image, mistake) for mistake in ("early", "floor", "strides", "one axis")}
    before = [channels, *(out for _, out, _ in layers)]
    macs = {
        **{mistake: tower[0] for mistake, tower in towers.items()},
        "not squared": wrong_tower(layers, *image, "not squared")[0],
        "channels": wrong_tower(layers, *image, "channels")[0],
        "no input channels": wrong_tower(layers, *image, "no input channels")[0],
        "bias": expected[0] + expected[1] // 4,
    }
    memory = {
        **{mistake: tower[1] for mistake, tower in towers.items() if mistake != "early"},
        "early bytes": towers["early"][1],
        "numbers": expected[1] // 4,
        "last": wrong_tower(layers, *image, "last")[1],
        "with image": expected[1] + 4 * channels * image[1] * image[2],
        "weights": 4 * sum(k * k * fed * out for fed, (k, out, _) in zip(before, layers, strict=False)),
    }
    return macs, memory


COUNTED_WRONGLY = ("early", "floor", "strides", "one axis", "not squared", "channels", "no input channels", "last")


def wrong_tower(layers: list[Layer], channels: int, height: int, width: int, mistake: str) -> tuple[int, int]:
    """Return MACs and bytes of a tower, counted with a mistake of `COUNTED_WRONGLY`."""
    if mistake not in COUNTED_WRONGLY:
        raise ValueError(f"{mistake!r} is none of the mistakes {COUNTED_WRONGLY}.")
    macs = memory = 0
    for kernel, out, stride in layers:
        # The size of the output; before it, of the input.
        cells_before = height * width
        if mistake != "strides":
            height = divided(height, stride, mistake)
            width = width if mistake == "one axis" else divided(width, stride, mistake)
        cells = cells_before if mistake == "early" else height * width

        # What one cell costs, and what is kept of it.
        taps = kernel if mistake == "not squared" else kernel**2
        products = taps if mistake == "no input channels" else taps * channels
        macs += products * out * cells
        memory = 4 * out * cells + (0 if mistake == "last" else memory)
        channels = channels if mistake == "channels" else out
    return macs, memory


def divided(side: int, stride: int, mistake: str) -> int:
    """Return a side divided by the stride, rounded up, or with the mistake "floor" down."""
    return side // stride if mistake == "floor" else -(-side // stride)
