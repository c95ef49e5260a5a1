"""The network cost explorer's designs: dictionaries for JSON, presets, each one's torch module."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torch import nn

# The limits and the presets are the same in network_cost/designs.js.
MOST_LAYERS = 16
MOST_CHANNELS = 512  # doubling stops here, as in VGG
IMAGE_CHANNELS = 3
RANGES = {
    "channels": range(1, 129),
    "kernel": range(1, 8, 2),
    "stride": range(1, 5),
    "dilation": range(1, 17),
    "times": range(1, 2**MOST_LAYERS + 1),
}
UPS = ("none", "at once", "step by step")
_DEFAULTS = {"layers": [], "channels": 32, "kernel": 3, "double": False, "up": "none"}
Design = Mapping[str, Any]


def tower(
    strides: Sequence[int],
    channels: int,
    *,
    dilations: Sequence[int] = (),
    double: bool = True,
    up: str = "none",
) -> dict[str, Any]:
    """Return a design of 3×3 convolutions with these strides, and dilations if any.

    >>> tower([1, 2], 8)["layers"]
    [{'stride': 1, 'dilation': 1, 'times': 1}, {'stride': 2, 'dilation': 1, 'times': 2}]
    """
    layers = list(zip(strides, dilations or [1] * len(strides), strict=True))
    return as_design({"layers": layers, "channels": channels, "double": double, "up": up})


def without_strides(design: Design) -> dict[str, Any]:
    """Return the design with every stride 1 and its channels kept, as if pooling were dropped."""
    layers = [{**layer, "stride": 1} for layer in design["layers"]]
    return {**design, "double": False, "layers": layers}


def as_design(design: Any) -> dict[str, Any]:
    """Return a preset's name or a dictionary as a complete design.

    Args:
        design: {"layers": […], "channels": 32, "kernel": 3, "double": False, "up": "none"}, all but
            the layers optional; a layer is a stride, (stride, dilation), or a dictionary with
            "stride", "dilation" and "times" (its channels, as a multiple of the width).

    Raises:
        ValueError: it is anything else; the error names it.

    >>> as_design({"layers": [1, 2], "double": True})["layers"][1]
    {'stride': 2, 'dilation': 1, 'times': 2}
    """
    if isinstance(design, str):
        if design not in PRESETS:
            raise ValueError(f"there is no design {design!r}; choose one of {', '.join(PRESETS)}")
        return as_design(PRESETS[design])

    # A dictionary with all five keys, each in its range.
    if not isinstance(design, Mapping) or set(design) - set(_DEFAULTS) or "layers" not in design:
        raise ValueError(
            f"{design!r} is no design; give a preset's name or a dictionary with layers and, "
            "if you like, channels, kernel, double, up"
        )
    full = {**_DEFAULTS, **design}
    _check_number("channels", full["channels"])
    _check_number("kernel", full["kernel"])
    if full["up"] not in UPS:
        raise ValueError(f"up is {full['up']!r}; choose one of {', '.join(map(repr, UPS))}")
    layers = full["layers"]
    if not isinstance(layers, Sequence) or not 1 <= len(layers) <= MOST_LAYERS:
        raise ValueError(f"the layers are {layers!r}; give a list of 1 to {MOST_LAYERS}")

    # The layers, with the channels of each.
    complete = [_as_layer(layer) for layer in layers]
    double = bool(full["double"])
    if double:
        complete = doubled(complete)
    return {**full, "double": double, "layers": complete}


def doubled(layers: Sequence[Mapping[str, int]]) -> list[dict[str, int]]:
    """Return the layers with channels that double at each stride: times 1, 2, 4, …"""
    times = 1
    result = []
    for layer in layers:
        if layer["stride"] > 1:
            times *= 2
        result.append({**layer, "times": times})
    return result


def channels_of(design: Design) -> list[int]:
    """Return the output channels of each layer of the way down, at most 512.

    >>> channels_of(tower([1, 2, 2], 36))
    [36, 72, 144]
    """
    channels = [design["channels"] * layer["times"] for layer in design["layers"]]
    return [min(count, MOST_CHANNELS) for count in channels]


@dataclass(frozen=True)
class Step:
    """One layer of the tower; its channels and map sizes (H, W) are each (before, after)."""

    kind: str  # "conv" on the way down, "up", "back" for the convolution behind it, "scores"
    channels: tuple[int, int]
    sizes: tuple[tuple[int, int], tuple[int, int]]
    kernel: int = 1
    stride: int = 1
    dilation: int = 1

    @property
    def padding(self) -> int:
        """The padding that keeps the size at stride 1."""
        return self.dilation * (self.kernel - 1) // 2


def steps_of(design: Design, classes: int, size: Sequence[int]) -> list[Step]:
    """Return the layers in the order of execution, for RGB images of `size` (H, W).

    Coming up is bilinear: of the class scores at once, or step by step, each time to the size
    before a stride and with one more convolution.
    """
    # The layers before the scores.
    whole = (size[0], size[1])
    steps = _way_down(design, whole)
    has_strides = any(step.stride > 1 for step in steps)
    if design["up"] == "step by step":
        steps += list(_way_up(design, steps))

    # The scores, and their way up.
    channels = steps[-1].channels[1]
    small = steps[-1].sizes[1]
    steps.append(Step("scores", (channels, classes), (small, small)))
    if design["up"] == "at once" and has_strides:
        steps.append(Step("up", (classes, classes), (small, whole)))
    return steps


def _way_down(design: Design, size: tuple[int, int]) -> list[Step]:
    """Return the convolutions, from the image on."""
    steps = []
    before = IMAGE_CHANNELS
    for layer, after in zip(design["layers"], channels_of(design), strict=True):
        stride = layer["stride"]
        smaller = (-(-size[0] // stride), -(-size[1] // stride))
        window = (design["kernel"], stride, layer["dilation"])
        steps.append(Step("conv", (before, after), (size, smaller), *window))
        before = after
        size = smaller
    return steps


def _way_up(design: Design, down: Sequence[Step]) -> Iterator[Step]:
    """Yield an upsampling and a convolution per stride, the last stride first."""
    channels = down[-1].channels[1]
    for step in reversed([step for step in down if step.stride > 1]):
        large, small = step.sizes
        fewer = step.channels[1] if step is down[0] else step.channels[0]
        yield Step("up", (channels, channels), (small, large))
        yield Step("back", (channels, fewer), (large, large), design["kernel"])
        channels = fewer


def network(steps: Sequence[Step]) -> nn.Sequential:
    """Return the steps as torch layers without weights, on the meta device.

    Each convolution has a bias, and all but the scores an in-place ReLU behind them.
    """
    layers: list[nn.Module] = []
    for step in steps:
        if step.kind == "up":
            layers.append(nn.Upsample(size=step.sizes[1], mode="bilinear"))
            continue
        window = step.kernel, step.stride, step.padding, step.dilation
        layers.append(nn.Conv2d(*step.channels, *window, device="meta"))
        if step.kind != "scores":
            layers.append(nn.ReLU(inplace=True))
    return nn.Sequential(*layers)


def _as_layer(layer: Any) -> dict[str, int]:
    """Return one layer, however it was given, with its three numbers; raises ValueError if it is none."""
    numbers = layer
    if not isinstance(layer, Mapping):
        numbers = dict(zip(("stride", "dilation"), _as_tuple(layer), strict=False))
    full = {"stride": 1, "dilation": 1, "times": 1, **numbers}
    if set(full) != {"stride", "dilation", "times"} or len(_as_tuple(layer)) > 2:
        raise ValueError(f"{layer!r} is no layer; give a stride, (stride, dilation), or a dictionary of the two")
    for name, number in full.items():
        _check_number(name, number)
    return full


def _as_tuple(layer: Any) -> tuple[Any, ...]:
    return tuple(layer) if isinstance(layer, (tuple, list)) else (layer,)


def _check_number(name: str, number: Any) -> None:
    allowed = RANGES[name]
    if isinstance(number, bool) or not isinstance(number, int) or number not in allowed:
        words = f"one of {[*allowed]}"
        if allowed.step == 1:
            words = f"a whole number from {allowed[0]} to {allowed[-1]}"
        raise ValueError(f"{name} is {number!r}; give {words}")


EIGHT = [1, 2, 1, 2, 1, 2, 1, 1]
PRESETS: dict[str, dict[str, Any]] = {  # all but the second at about the same MACs
    "downsampling": tower(EIGHT, 36),
    "strides dropped": without_strides(tower(EIGHT, 36)),
    "full resolution": tower([1] * 8, 32, double=False),
    "dilated": tower([1] * 8, 32, dilations=[1, 1, 2, 2, 4, 4, 8, 8], double=False),
    "down and up": tower(EIGHT, 25, up="step by step"),
}
