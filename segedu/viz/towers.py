"""Towers: chains of layers drawn to scale, with what each layer costs and how far it sees."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import log2
from pathlib import Path
from typing import Any

from torch import nn

from segedu.ops.cost import LayerCost, layer_table
from segedu.ops.receptive_fields import receptive_field
from segedu.viz._display import check_alt, show
from segedu.viz._sheet import MARGIN, Sheet
from segedu.viz._style import (
    CAPTION,
    FADED,
    INK,
    MAP_EDGE,
    MAP_FILL,
    MAP_INPUT,
    PAGE,
    RULE,
    SMALL,
    line_height,
    styled,
)

# All in pixels of the page.
_IMAGE = 112  # the room for the widest box, the image's
_BOX = _IMAGE - 12  # its width
_ROW = 34  # height of one layer
_GAP = 36  # between two towers
_LEAST_PAGE = 560
_COLUMN_WIDTHS = {"layer": 114, "channels × size": 112, "MACs": 58, "memory": 64, "sees": 46}
_TOWER = _IMAGE + sum(_COLUMN_WIDTHS.values())


@dataclass(frozen=True)
class _Floor:
    """One layer of a tower with the normalizations and activations behind it, for one image."""

    name: str
    channels: int
    size: tuple[int, int]  # height and width of its map
    macs: int
    memory: int  # bytes
    field: int | None  # pixels: width of its receptive field; None where upsampling mixes fields


def draw_towers(
    towers: Mapping[str, nn.Sequential],
    input_size: tuple[int, int, int, int],
    alt: str | None = None,
    *,
    title: str | None = None,
    path: str | Path | None = None,
) -> None:
    """Show chains of layers side by side as towers, the image at the bottom, as the explorer of costs does.

    A tower has a box per convolution, pooling or upsampling: its width is the map's width to scale,
    its height the logarithm of its channels. Beside it stand shape, MACs, activation memory (with
    that of normalizations and activations behind the layer) and the side of the receptive field in
    pixels; below, the sums.

    Args:
        towers: caption → network.
        input_size: (N, C, H, W).
        alt: what the figure shows, for those who can't see it; None leaves it to the cell's line.
        title: a sentence over all towers.
        path: a file to which the PNG is written as well.

    Raises:
        ValueError: there are no towers, a network holds networks in place of layers, or `alt` is
            too short; besides, whatever a network raises on such an input.

    >>> towers = {"one layer": nn.Sequential(nn.Conv2d(3, 8, 3))}
    >>> draw_towers(towers, (1, 3, 12, 16), alt="A tower of one layer.")
    """
    check_alt(alt)
    if not towers:
        raise ValueError("there are no towers; give a dict from a caption to a network.")
    for name, network in towers.items():
        if any(any(layer.children()) for layer in network):
            raise ValueError(f"'{name}' holds networks in place of layers; give a flat nn.Sequential of layers.")
    floors = {name: _floors(network, input_size) for name, network in towers.items()}
    page = max(len(floors) * (_TOWER + _GAP) - _GAP + 2 * MARGIN, _LEAST_PAGE)

    with styled():
        sheet = Sheet()
        top = sheet.title(title, min(page, PAGE))
        highest = max(len(layers) for layers in floors.values())
        bottom = top
        for number, (name, layers) in enumerate(floors.items()):
            x = MARGIN + number * (_TOWER + _GAP)
            y = top + (highest - len(layers)) * _ROW  # all stand on one ground
            bottom = _draw_tower(sheet, name, layers, input_size, x, y)
        show(sheet.finish(page, bottom + MARGIN), alt, path, crop=False)


# ---- What the layers cost ----


def _floors(network: nn.Sequential, input_size: tuple[int, int, int, int]) -> list[_Floor]:
    """Return one floor per layer that makes a new map.

    What follows it on the same map is added to its memory.
    """
    layers = list(network)
    floors: list[_Floor] = []
    for index, cost in enumerate(layer_table(network, input_size)):
        if not floors or _makes_a_map(cost):
            _, channels, height, width = cost.output_shape
            floor = _Floor(
                name=_name(layers[index]),
                channels=channels,
                size=(height, width),
                macs=cost.macs,
                memory=cost.activation_bytes,
                field=_field(layers[: index + 1]),
            )
            floors.append(floor)
        else:
            memory = floors[-1].memory + cost.activation_bytes
            floors[-1] = replace(floors[-1], memory=memory)
    return floors


def _makes_a_map(cost: LayerCost) -> bool:
    return cost.macs > 0 or "Pool" in cost.kind or "Upsample" in cost.kind


def _name(layer: nn.Module) -> str:
    """Return what a layer does, in the words of the other figures.

    >>> _name(nn.Conv2d(3, 8, (3, 5), stride=2))
    'conv 3×5, stride 2'
    """
    if isinstance(layer, nn.Conv2d):
        height, width = layer.kernel_size
        name = f"conv {height}×{width}"
        return name if layer.stride == (1, 1) else f"{name}, stride {layer.stride[0]}"
    if isinstance(layer, nn.MaxPool2d):
        return f"max pool {layer.kernel_size}×"
    if isinstance(layer, nn.AvgPool2d):
        return f"average pool {layer.kernel_size}×"
    if isinstance(layer, nn.Upsample):
        return "resize"
    return type(layer).__name__


def _field(layers: Sequence[nn.Module]) -> int | None:
    """Return the width of the receptive field in pixels; None where upsampling mixes fields."""
    if any(isinstance(layer, nn.Upsample) for layer in layers):
        return None
    _, width = receptive_field(nn.Sequential(*layers)).size
    return width


# ---- Drawing ----


def _draw_tower(
    sheet: Sheet,
    name: str,
    floors: Sequence[_Floor],
    input_size: tuple[int, int, int, int],
    x: float,
    y: float,
) -> float:
    """Draw one tower with its top left corner at (x, y); return the y below it."""
    # Caption and headings.
    sheet.text(x + _TOWER / 2, y, name, CAPTION, fontweight="bold")
    y += line_height(CAPTION) + 4
    _write_line(sheet, list(_COLUMN_WIDTHS), x, y + 2, FADED)
    y += line_height(SMALL) + 4

    # The layers, the last one on top, and the image.
    _, channels, height, width = input_size
    for floor in reversed(floors):
        _draw_box(sheet, floor.channels, x, y, _BOX * floor.size[1] / width, MAP_FILL)
        _write_floor(sheet, _texts(floor), x, y)
        y += _ROW
    _draw_box(sheet, channels, x, y, _BOX, MAP_INPUT)
    _write_floor(sheet, ["image", f"{channels} × {height} × {width}", "", "", "1 px"], x, y)
    y += _ROW

    # The sums, below a rule.
    sheet.axes.plot([x, x + _TOWER], [y, y], color=RULE, linewidth=1)
    macs = sum(floor.macs for floor in floors)
    memory = sum(floor.memory for floor in floors)
    _write_line(sheet, ["together", "", _short(macs), _bytes(memory), ""], x, y + 8, INK)
    return y + _ROW - 6


def _draw_box(sheet: Sheet, channels: int, x: float, y: float, width: float, fill: str) -> None:
    """Draw a map's box, `width` wide, in the middle of its row from (x, y)."""
    width = max(4.0, width)
    height = min(_ROW - 6.0, 6 + 3.2 * log2(channels))
    left = x + (_BOX - width) / 2
    top = y + (_ROW - height) / 2
    look: dict[str, Any] = {"facecolor": fill, "edgecolor": MAP_EDGE, "linewidth": 1.1}
    sheet.rectangle(left, top, width, height, **look)


def _texts(floor: _Floor) -> list[str]:
    height, width = floor.size
    shape = f"{floor.channels} × {height} × {width}"
    field = "" if floor.field is None else f"{floor.field} px"
    return [floor.name, shape, _short(floor.macs), _bytes(floor.memory), field]


def _write_floor(sheet: Sheet, texts: Sequence[str], x: float, y: float) -> None:
    """Write a layer's texts in the middle of its row from (x, y)."""
    _write_line(sheet, texts, x, y + (_ROW - line_height(SMALL)) / 2, INK)


def _write_line(sheet: Sheet, texts: Sequence[str], x: float, y: float, color: str) -> None:
    """Write one line from y down: the name at the left of its column, the rest at the right."""
    baseline = y + 0.75 * line_height(SMALL)
    left = x + _IMAGE
    for index, (text, width) in enumerate(zip(texts, _COLUMN_WIDTHS.values(), strict=True)):
        if index == 0:
            sheet.text(left, baseline, text, SMALL, ha="left", va="baseline", color=color)
        else:
            sheet.text(left + width, baseline, text, SMALL, ha="right", va="baseline", color=color)
        left += width


def _short(number: float) -> str:
    """Return a count with three digits and its unit.

    >>> _short(14_155_776), _short(442_368), _short(7_732_000_000_000)
    ('14.2 M', '442 k', '7.73 T')
    """
    for unit, size in (("T", 1e12), ("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if number >= size:
            digits = f"{number / size:#.3g}".rstrip(".")
            return f"{digits} {unit}"
    return f"{number:.0f}"


def _bytes(number: int) -> str:
    """Return a number of bytes with its unit.

    >>> _bytes(999), _bytes(442_368)
    ('999 B', '442 kB')
    """
    return f"{_short(number)}B" if number >= 1000 else f"{number} B"
