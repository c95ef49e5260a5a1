"""Cases and judges of lecture 05's exercises on costs: activations counted by hooks, a tower's bill by formula."""

import random
from collections.abc import Iterable
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from segedu.exercises.engine.compare import Verdict, compare, judged, together
from segedu.exercises.lecture05.networks import Branches, Chain, Crop, Double, SameReLU, Twice, Watched

Arguments = dict[str, Any]

# ---- 05.activation_bytes ----

BYTES_MISTAKES = {
    "containers": "Containers are counted too: what a Sequential returns is the output of its last layer. Hook only "
    "modules without children.",
    "only containers": "Only containers are counted; layers are the modules *without* children.",
    "numbers": "Those are numbers, not bytes: multiply by `output.element_size()`.",
    "four": "Every number is taken for 4 bytes; float64 has 8, float16 has 2: use `output.element_size()`.",
    "dtype of the images": "Every number is taken for one of the images; a layer may return another dtype: use "
    "`output.element_size()`.",
    "shared": "An output that lies in the memory of its input (in-place ReLU, Flatten) takes no memory of its own: "
    "compare their `untyped_storage().data_ptr()`.",
    "objects": "Objects are compared (`output is inputs[0]`), but Flatten returns a new one in the same memory: "
    "compare `untyped_storage().data_ptr()`.",
    "pointers": "`data_ptr()` says where a tensor begins; a slice lies in its input's memory and begins later there: "
    "compare `untyped_storage().data_ptr()`.",
    "places": "A layer that stands in two places gets two hooks, which count each of its outputs twice; "
    "`model.modules()` names it once.",
    "root": "The model itself may be the only layer, and its output counts too: `model.modules()` begins with the "
    "model, and `model(images)` calls its hooks, `model.forward(images)` doesn't.",
    "children": "Only the model's own children are counted, not the layers inside of them: go through "
    "`model.modules()`.",
    "types": "Layers without memory of their own are left out by their type, but others share their input's, too, as "
    "Dropout does in evaluation mode, and not in training: compare `untyped_storage().data_ptr()`.",
    "dropout": "Dropout is left out, though in training mode its output takes memory of its own: run the model in the "
    "mode that it has, and compare `untyped_storage().data_ptr()`, not types.",
    "once": "A layer that is called twice makes two outputs; add up in the hook, don't store one number per layer.",
    "last": "Only the last output is counted; training keeps the outputs of all layers.",
    "peak": "Only the largest output is counted; training keeps the outputs of all layers.",
    "one image": "That is the memory for one image; the outputs hold the whole batch.",
    "inputs": "The inputs of the layers are counted; count what they return.",
    "twice": "Every output is counted twice: count one run, with one hook a layer.",
    "convolutions": "Only the layers with weights are counted; activations and poolings make outputs, too.",
    "known": "Only some types of layers are counted; every module without children is a layer, normalization and "
    "Dropout too.",
    "no ReLU": "Every ReLU is left out; only one that works in place takes no memory of its own: compare "
    "`untyped_storage().data_ptr()`, not types.",
    "with image": "The input images are counted too; count what the layers return.",
    "parameters": "That is the memory of the weights; count what the layers return.",
    "addresses": "Each address is counted once; what is no longer needed is freed, and a later output may lie where an "
    "earlier one was: compare an output with its own layer's input alone.",
}
LONG = 12  # outputs of equal size: so many that memory is used again


class Call(NamedTuple):
    """One call of one module: its name and type, whether it is a layer, what it returned and took."""

    name: str
    type: str  # "Conv2d"
    is_layer: bool
    numbers: int
    size: int  # bytes of the output
    shares: bool  # the output lies in the input's memory
    taken: int  # bytes of the input
    same: bool  # the output is the input itself, not only in its memory
    inplace: bool
    begins: bool  # the output begins where the input does
    places: int  # in how many places of the model the module stands


def bytes_arguments(seed: int) -> Arguments:
    """Return a network and a batch of images; each of the first cases has one difficulty more.

    Every second network is in training mode; those with batch norm never, for a run would change its statistics.
    """
    make = NETWORKS[seed] if seed < len(NETWORKS) else drawn_network
    model, shape = make()
    secret = seed >= len(NETWORKS)
    dtype = (
        random.choice((torch.float32, torch.float64)) if secret else torch.float64 if seed in (4, 6) else torch.float32
    )
    images = torch.randint(0, 9, shape).to(dtype)
    training = seed % 2 == 1 and not any(isinstance(layer, nn.BatchNorm2d) for layer in model.modules())
    return {"model": model.to(dtype).train(training), "images": images}


NETWORKS = (
    lambda: (Chain(nn.Conv2d(1, 2, 3)), (1, 1, 4, 6)),
    lambda: (Chain(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.MaxPool2d(2)), (1, 1, 6, 8)),
    lambda: (Chain(nn.Conv2d(1, 2, 3), nn.ReLU(inplace=True), nn.MaxPool2d(2)), (1, 1, 5, 8)),
    lambda: (Chain(Chain(nn.Conv2d(2, 3, 3), nn.ReLU()), Chain(nn.Conv2d(3, 4, 3), nn.ReLU())), (2, 2, 6, 9)),
    lambda: (Chain(nn.Conv2d(1, 2, 2), nn.Flatten(), nn.Linear(2 * 3 * 5, 4)), (3, 1, 4, 6)),
    lambda: (Chain(Twice(nn.Conv2d(2, 2, 3, padding=1)), nn.MaxPool2d(2)), (2, 2, 6, 8)),
    lambda: (Chain(Branches([nn.Conv2d(2, 3, 3, padding=1), nn.Conv2d(2, 3, 1)]), nn.MaxPool2d(2)), (2, 2, 5, 7)),
    lambda: (Chain(nn.Conv2d(1, 2, 3), nn.Dropout(), nn.Conv2d(2, 1, 1)), (1, 1, 5, 6)),
    lambda: (Chain(nn.Conv2d(1, 2, 2), nn.Dropout(), nn.Identity(), nn.ReLU()), (1, 1, 4, 7)),
    lambda: (Chain(*(layer for _ in range(LONG // 2) for layer in block(2))).requires_grad_(False), (1, 2, 64, 68)),
    lambda: (Chain(Watched(1, 2, 3), nn.BatchNorm2d(2), nn.ReLU()), (2, 1, 4, 6)),
    lambda: (nn.Conv2d(1, 2, 3), (2, 1, 5, 6)),
    lambda: (same_in_two_places(SameReLU()), (1, 1, 5, 7)),
    lambda: (Chain(nn.Conv2d(1, 2, 3), Double()), (1, 1, 4, 7)),
    lambda: (Chain(nn.Conv2d(1, 3, 3), Crop(), nn.Conv2d(2, 1, 1)), (1, 1, 4, 6)),
)


def same_in_two_places(layer: nn.Module) -> nn.Module:
    """Return a network in which one layer stands behind each of two convolutions."""
    return Chain(Chain(nn.Conv2d(1, 2, 3), layer), Chain(nn.Conv2d(2, 3, 2), layer))


def block(channels: int) -> tuple[nn.Module, nn.Module]:
    """Return a convolution that keeps the shape of its input, and its activation.

    Where no weight asks for a gradient nothing is kept, so that behind a few of them memory is used again.
    """
    return nn.Conv2d(channels, channels, 3, padding=1), nn.ReLU()


def drawn_network() -> tuple[nn.Module, tuple[int, ...]]:
    """Draw a chain with nested parts, layers that may share memory and a layer that is called twice."""
    width, height = random.randint(2, 5), random.randint(8, 12)
    inner = Chain(nn.Conv2d(3, width, 3, stride=random.randint(1, 2)), nn.ReLU(inplace=random.random() < 0.5))
    norm = nn.BatchNorm2d(width) if random.random() < 0.3 else nn.Dropout()
    twice = Twice(nn.Conv2d(width, width, 3, padding=1))
    model = Chain(inner, norm, twice, Crop(), nn.Identity(), nn.AvgPool2d(2), nn.Conv2d(width - 1, 4, 1))
    return model, (random.randint(2, 3), 3, height, height + random.randint(1, 5))


def judge_bytes(arguments: Arguments, result: Any, expected: int) -> Verdict:
    """Name what is counted too often, or in the wrong unit."""
    model, images = arguments["model"], arguments["images"]
    calls = recorded(model, images)
    layers = [call for call in calls if call.is_layer]
    own = [call for call in layers if not call.shares]
    weighted = [call for call in layers if call.type in ("Conv2d", "Linear")]
    typed = [call for call in layers if call.type != "Flatten" and not call.inplace]
    wrong = {
        "shared": [bytes_of(layers)],
        "containers": [bytes_of(calls), bytes_of(call for call in calls if not call.shares)],
        "only containers": [bytes_of(call for call in calls if not call.is_layer and not call.shares)],
        "numbers": [sum(call.numbers for call in chosen) for chosen in (own, layers, calls)],
        "dtype of the images": [sum(images.element_size() * call.numbers for call in own)],
        "four": [sum(4 * call.numbers for call in chosen) for chosen in (own, layers)],
        "objects": [bytes_of(call for call in layers if not call.same)],
        "pointers": [bytes_of(call for call in layers if not call.begins)],
        "places": [sum(call.size * call.places for call in own)],
        "root": [bytes_of(call for call in own if call.name)],
        "children": [bytes_of(call for call in calls if call.name and "." not in call.name and not call.shares)],
        "types": [bytes_of(typed), bytes_of(call for call in typed if call.type not in ("Dropout", "Identity"))],
        "known": [bytes_of(call for call in own if call.type in ("Conv2d", "Linear", "ReLU", "MaxPool2d"))],
        "dropout": [bytes_of(call for call in own if call.type != "Dropout")],
        "once": [sum({call.name: call.size for call in chosen}.values()) for chosen in (own, layers)],
        "last": [calls[-1].size],
        "peak": [max(call.size for call in own)],
        "one image": [expected // len(images)],
        "inputs": [sum(call.taken for call in layers)],
        "twice": [2 * expected],
        "convolutions": [bytes_of(weighted), bytes_of(call for call in weighted if call.type == "Conv2d")],
        "no ReLU": [bytes_of(call for call in chosen if call.type != "ReLU") for chosen in (own, layers)],
        "with image": [expected + images.numel() * images.element_size()],
        "parameters": [sum(weight.numel() * weight.element_size() for weight in model.parameters())],
    }
    mistakes = [(BYTES_MISTAKES[name], value) for name, values in wrong.items() for value in values]
    judgement = compare(result, expected, name="the activation memory", mistakes=mistakes)
    if len({call.size for call in own}) == 1 and len(own) >= LONG:
        lost = type(result) is int and 0 < result < expected and result % own[0].size == 0
        return together(judgement, judged(judgement.difference, [(BYTES_MISTAKES["addresses"], lost)]))
    return judgement


def bytes_of(calls: Iterable[Call]) -> int:
    """Return the bytes of the outputs of these calls."""
    return sum(call.size for call in calls)


@torch.no_grad()
def recorded(model: nn.Module, images: Tensor) -> list[Call]:
    """Run the model once and return every call of every module, containers and the model itself included."""
    calls: list[Call] = []

    def record(module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        source = inputs[0]
        kind = "Conv2d" if isinstance(module, nn.Conv2d) else type(module).__name__.removeprefix("Same")
        call = Call(
            name=names[module],
            type=kind,
            is_layer=not any(module.children()),
            numbers=output.numel(),
            size=output.nbytes,
            shares=output.untyped_storage().data_ptr() == source.untyped_storage().data_ptr(),
            taken=source.nbytes,
            same=output is source,
            inplace=getattr(module, "inplace", False),
            begins=output.data_ptr() == source.data_ptr(),
            places=places.count(module),
        )
        calls.append(call)

    places = [module for _, module in model.named_modules(remove_duplicate=False)]
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
    (((3, 2, 3), (1, 4, 2)), 2, 1, 2),
    (((3, 2, 3),), 2, 4, 7),
)

TOWER_MISTAKES = {
    "early": "The MACs are counted at the size before the stride; a layer is computed once for each cell of its "
    "*output*.",
    "floor": "The size is rounded down; with padding k // 2 a stride keeps the last cell, so 5 cells at stride 2 "
    "become 3: round up.",
    "rounded": "The size is rounded to the nearest whole number; with padding k // 2 a stride keeps the last cell: "
    "round up.",
    "height up": "Only one of height and width is rounded up; both are, in each layer.",
    "inputs": "The memory is that of the inputs; what is counted are the outputs.",
    "kernel of 3": "Every kernel is taken for one of 3 × 3; a layer is (kernel size, channels, stride).",
    "one more": "A cell too many where the stride divides the side, as by `side // stride + 1`: 4 cells at stride 2 "
    "become 2, 5 become 3: `(side - 1) // stride + 1`.",
    "unrounded": "The size is not rounded in each layer: 5 cells at stride 2 become 3, not 2.5; `int(…)` around the "
    "sum comes too late.",
    "padding of 1": "The padding is 1 whatever the kernel; it is k // 2.",
    "no padding": "The padding is forgotten: k // 2 cells of it on each side keep the size at stride 1.",
    "early bytes": "The memory is counted at the size before the stride; what is kept is the output.",
    "not squared": "A kernel of side k has k · k taps.",
    "channels": "Every layer is given the channels of the image; its input has the channels of the layer before it.",
    "strides": "The strides are forgotten: the map stays at its full size.",
    "no input channels": "An output number takes k · k products for *each input channel*.",
    "one axis": "The stride divides height and width.",
    "numbers": "Those are numbers, not bytes: a float32 has 4 bytes.",
    "last": "Only the last output is counted; training keeps the outputs of all layers.",
    "largest": "Only the largest output is counted; training keeps the outputs of all layers.",
    "with image": "The image is counted too; count what the layers return.",
    "weights": "That is the memory of the weights; count what the layers return.",
    "swapped": "The two numbers are swapped: return (macs, bytes).",
    "bias": "The biases are counted; a MAC is a product with its addition.",
    "FLOPs": "Products and additions are counted apart; a MAC is a product with its addition.",
}
FIELDS = ("number of MACs", "number of bytes")


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
    macs, memory = wrong_costs(arguments, expected)
    swapped = [(TOWER_MISTAKES["swapped"], expected[::-1])]
    return together(
        compare(result[0], expected[0], name="the number of MACs", mistakes=macs),
        compare(result[1], expected[1], name="the number of bytes", mistakes=memory),
        compare(tuple(result), expected, fields=FIELDS, mistakes=swapped),
    )


Pairs = list[tuple[str, float | None]]
IN_BOTH = (
    "floor",
    "rounded",
    "half up",
    "one more",
    "unrounded",
    "shifted",
    "height up",
    "width up",
    "padding of 1",
    "no padding",
    "strides",
    "height only",
    "width only",
)
IN_MACS: tuple[tuple[str, ...], ...] = (
    ("early",),
    ("early", "floor"),
    ("not squared",),
    ("kernel of 3",),
    ("channels",),
    ("no input channels",),
)
IN_BYTES: tuple[tuple[str, ...], ...] = (("last",), ("largest",), ("inputs",))


def wrong_costs(arguments: Arguments, expected: tuple[int, int]) -> tuple[Pairs, Pairs]:
    """Return what the classic mistakes give for the MACs, and for the bytes; a mistake may have several forms."""
    layers, channels = arguments["layers"], arguments["channels"]
    image = (channels, arguments["height"], arguments["width"])
    before = [channels, *(out for _, out, _ in layers)]

    def counted(*forms: str) -> tuple[float, float]:
        return wrong_tower(layers, *image, *forms)

    def told(mistake: str, index: int) -> float | None:
        value = counted(mistake)[index]
        return None if mistake == "shifted" and value == expected[index] else value  # a whole float is no rounding

    macs: Pairs = [(mistake, told(mistake, 0)) for mistake in IN_BOTH]
    macs += [(mistake, counted(mistake, *also)[0]) for mistake, *also in IN_MACS]
    macs += [("bias", expected[0] + expected[1] // 4), ("FLOPs", 2 * expected[0])]
    memory: Pairs = [(mistake, told(mistake, 1)) for mistake in IN_BOTH]
    memory += [(mistake, counted(mistake, *also)[1]) for mistake, *also in IN_BYTES]
    memory += [("early bytes", counted("early")[1]), ("early bytes", counted("early", "floor")[1])]
    memory += [("numbers", expected[1] // 4), ("with image", expected[1] + 4 * channels * image[1] * image[2])]
    memory += [("weights", 4 * sum(k * k * fed * out for fed, (k, out, _) in zip(before, layers, strict=False)))]
    return sentences(with_cut(macs)), sentences(with_cut(memory))


def with_cut(pairs: Pairs) -> Pairs:
    """Return the pairs, and those with fractions also with these cut off."""
    return [*pairs, *((mistake, int(value)) for mistake, value in pairs if isinstance(value, float))]


def sentences(pairs: Pairs) -> Pairs:
    """Return the pairs with each mistake's sentence in place of its name."""
    both = {
        "height only": "one axis",
        "width only": "one axis",
        "half up": "rounded",
        "shifted": "unrounded",
        "width up": "height up",
    }
    return [(TOWER_MISTAKES[both.get(mistake, mistake)], value) for mistake, value in pairs]


COUNTED_WRONGLY = {*IN_BOTH, *(name for names in (*IN_MACS, *IN_BYTES) for name in names)}


def wrong_tower(layers: list[Layer], channels: int, height: float, width: float, *mistakes: str) -> tuple[float, float]:
    """Return MACs and bytes of a tower, counted with at least one of the mistakes of `COUNTED_WRONGLY`."""
    if not mistakes:
        raise ValueError(f"Name at least one of the mistakes {sorted(COUNTED_WRONGLY)}.")
    if unknown := set(mistakes) - COUNTED_WRONGLY:
        raise ValueError(f"{sorted(unknown)} is not among the mistakes {sorted(COUNTED_WRONGLY)}.")
    macs, outputs = 0.0 if {"unrounded", "shifted"} & set(mistakes) else 0, []
    inputs = [4 * channels * height * width]
    for kernel, out, stride in layers:
        # The size of the output; before it, of the input.
        cells_before = height * width
        heights, widths = along(mistakes, "height up", "width up"), along(mistakes, "width up", "height up")
        height = height if "width only" in mistakes else divided(height, kernel, stride, heights)
        width = width if "height only" in mistakes else divided(width, kernel, stride, widths)
        cells = cells_before if "early" in mistakes else height * width

        # What one cell costs, and what is kept of it.
        taps = kernel if "not squared" in mistakes else 9 if "kernel of 3" in mistakes else kernel**2
        products = taps if "no input channels" in mistakes else taps * channels
        macs += products * out * cells
        outputs.append(4 * out * cells)
        inputs.append(4 * out * height * width)
        channels = channels if "channels" in mistakes else out
    if "last" in mistakes:
        return macs, outputs[-1]
    if "inputs" in mistakes:
        return macs, sum(inputs[:-1])
    return macs, max(outputs) if "largest" in mistakes else sum(outputs)


def along(mistakes: tuple[str, ...], rounded_up: str, other: str) -> tuple[str, ...]:
    """Return the mistakes in the size of one axis, where only this one, or only the other, is rounded up."""
    if rounded_up in mistakes:
        return ()
    return ("floor",) if other in mistakes else mistakes


def divided(side: float, kernel: int, stride: int, mistakes: tuple[str, ...]) -> float:
    """Return a side divided by the stride, rounded up, or with a mistake."""
    if "strides" in mistakes:
        return side
    if "floor" in mistakes:
        return side // stride
    if "one more" in mistakes:
        return side // stride + 1
    if "unrounded" in mistakes:
        return side / stride
    if "shifted" in mistakes:
        return (side - 1) / stride + 1
    if "rounded" in mistakes:
        return round(side / stride)
    if "half up" in mistakes:
        return int(side / stride + 0.5)
    if "padding of 1" in mistakes:
        return (side + 2 - kernel) // stride + 1
    if "no padding" in mistakes:
        return (side - kernel) // stride + 1
    return -(-side // stride)
