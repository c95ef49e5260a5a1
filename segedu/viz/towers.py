"""Towers: chains of layers drawn to scale, with what each layer costs and how far it sees."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import log2
from pathlib import Path

from torch import nn

from segedu.ops.cost import LayerCost, layer_table
from segedu.ops.receptive_fields import receptive_field
from segedu.viz._display import check_alt, show
from segedu.viz._sheet import MARGIN, Sheet
from segedu.viz._style import CAPTION, FADED, INK, PAGE, RULE, SMALL, line_height, styled

_FILL, _EDGE, _INPUT = "#BBD8EE", "#2B5C80", "#E1E4E8"
_WIDEST, _ROW, _GAP = 112, 34, 36  # pixels: the image's box, one layer, the space between two towers
_COLUMNS = (("layer", 114), ("channels × size", 112), ("MACs", 58), ("memory", 64), ("sees", 46))  # how wide they are


@dataclass(frozen=True)
class _Floor:
    """One layer of a tower with the normalizations and activations behind it."""

    name: str
    channels: int
    size: tuple[int, int]
    macs: int
    memory: int  # bytes
    field: int | None  # pixels; None where upsampling mixes fields


def draw_towers(
    towers: Mapping[str, nn.Sequential],
    input_size: tuple[int, int, int, int],
    alt: str,
    *,
    title: str | None = None,
    path: str | Path | None = None,
) -> None:
    """Show chains of layers side by side as towers, the image on top: a box per convolution, pooling or upsampling.

    The box's width is the map's width to scale, its height the logarithm of its channels. Beside it stand shape, MACs,
    activation memory (with that of normalizations and activations behind the layer) and the side of the receptive
    field in pixels; below, the sums. `towers` maps a caption to a network; `input_size` is (N, C, H, W).

    Raises ValueError without towers or for a chain of chains, and whatever a network raises on such an input.

    >>> draw_towers({"one layer": nn.Sequential(nn.Conv2d(3, 8, 3))}, (1, 3, 12, 16), alt="A tower of one layer.")
    """
    check_alt(alt)
    if not towers:
        raise ValueError("there are no towers; give a dict from a caption to a network.")
    for name, network in towers.items():
        if any(any(layer.children()) for layer in network):
            raise ValueError(f"'{name}' holds networks in place of layers; give a flat nn.Sequential of layers.")
    floors = {name: _floors(network, input_size) for name, network in towers.items()}
    width = _WIDEST + sum(wide for _, wide in _COLUMNS)
    page = max(len(floors) * (width + _GAP) - _GAP + 2 * MARGIN, 560)
    with styled():
        sheet = Sheet()
        y = sheet.title(title, min(page, PAGE))
        bottoms = [
            _draw_tower(sheet, name, rows, input_size, MARGIN + number * (width + _GAP), y)
            for number, (name, rows) in enumerate(floors.items())
        ]
        show(sheet.finish(page, max(bottoms) + MARGIN), alt, path, crop=False)


def _floors(network: nn.Sequential, input_size: tuple[int, int, int, int]) -> list[_Floor]:
    """Return one floor per layer that makes a new map; what follows it on the same map is added to its memory."""
    found: list[_Floor] = []
    for index, (layer, row) in enumerate(zip(network, layer_table(network, input_size), strict=True)):
        if _makes_a_map(row) or not found:
            _, channels, height, width = row.output_shape
            field = _field(nn.Sequential(*list(network)[: index + 1]))
            found.append(_Floor(_name(layer), channels, (height, width), row.macs, row.activation_bytes, field))
        else:
            found[-1] = replace(found[-1], memory=found[-1].memory + row.activation_bytes)
    return found


def _makes_a_map(row: LayerCost) -> bool:
    return row.macs > 0 or "Pool" in row.kind or "Upsample" in row.kind


def _name(layer: nn.Module) -> str:
    """Return what a layer does, in the words of the other figures.

    >>> _name(nn.Conv2d(3, 8, 3, stride=2))
    'conv 3×3, stride 2'
    """
    if isinstance(layer, nn.Conv2d):
        stride = f", stride {layer.stride[0]}" if layer.stride != (1, 1) else ""
        return f"conv {layer.kernel_size[0]}×{layer.kernel_size[1]}{stride}"
    if isinstance(layer, nn.MaxPool2d | nn.AvgPool2d):
        return ("max" if isinstance(layer, nn.MaxPool2d) else "average") + f" pool {layer.kernel_size}×"
    return "resize" if isinstance(layer, nn.Upsample) else type(layer).__name__


def _field(chain: nn.Sequential) -> int | None:
    return None if any(isinstance(layer, nn.Upsample) for layer in chain) else receptive_field(chain).size[1]


def _draw_tower(
    sheet: Sheet, name: str, floors: list[_Floor], input_size: tuple[int, int, int, int], x: float, y: float
) -> float:
    """Draw one tower with its corner at (x, y); return the y below it."""
    _, channels, *size = input_size
    right = x + _WIDEST + sum(wide for _, wide in _COLUMNS)
    sheet.text((x + right) / 2, y, name, CAPTION, fontweight="bold")
    y += line_height(CAPTION) + 4
    _write(sheet, [column for column, _ in _COLUMNS], x, y + 2, FADED)
    y += line_height(SMALL) + 4
    image = _Floor("image", channels, (size[0], size[1]), 0, 0, 1)
    for floor in (image, *floors):
        _draw_floor(sheet, floor, image, x, y)
        y += _ROW
    sheet.axes.plot([x, right], [y, y], color=RULE, linewidth=1)
    sums = (sum(floor.macs for floor in floors), sum(floor.memory for floor in floors))
    _write(sheet, ["together", "", _short(sums[0]), _bytes(sums[1]), ""], x, y + 8, INK)
    return y + _ROW - 6


def _draw_floor(sheet: Sheet, floor: _Floor, image: _Floor, x: float, y: float) -> None:
    is_image = floor is image
    wide = max(4.0, (_WIDEST - 12) * floor.size[1] / image.size[1])
    high = min(_ROW - 6.0, 6 + 3.2 * log2(floor.channels))
    look = {"facecolor": _INPUT if is_image else _FILL, "edgecolor": _EDGE, "linewidth": 1.1}
    sheet.rectangle(x + (_WIDEST - 12 - wide) / 2, y + (_ROW - high) / 2, wide, high, **look)
    shape = f"{floor.channels} × {floor.size[0]} × {floor.size[1]}"
    costs = ["", ""] if is_image else [_short(floor.macs), _bytes(floor.memory)]
    field = "" if floor.field is None else f"{floor.field} px"
    _write(sheet, [floor.name, shape, *costs, field], x, y + (_ROW - line_height(SMALL)) / 2, INK)


def _write(sheet: Sheet, texts: list[str], x: float, y: float, color: str) -> None:
    """Write one line with its top at y: the name of the layer to the left, numbers to the right of their columns."""
    base, right = y + 0.75 * line_height(SMALL), x + _WIDEST
    for column, (text, (_, wide)) in enumerate(zip(texts, _COLUMNS, strict=True)):
        place, side = (right, "left") if column == 0 else (right + wide, "right")
        sheet.text(place, base, text, SMALL, ha=side, va="baseline", color=color)
        right += wide


def _short(number: float) -> str:
    """Return a count with three digits and its unit.

    >>> _short(14_155_776), _short(442_368), _short(7_732_000_000_000)
    ('14.2 M', '442 k', '7.73 T')
    """
    for unit, size in (("T", 1e12), ("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if number >= size:
            return f"{number / size:#.3g}".rstrip(".") + f" {unit}"
    return f"{number:.0f}"


def _bytes(number: int) -> str:
    return f"{_short(number)}B" if number >= 1000 else f"{number} B"
