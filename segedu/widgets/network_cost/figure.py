"""The network cost explorer as a picture: both towers at one scale, with fields and numbers."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from segedu.widgets.network_cost.core import Conditions, Row, scaled, totals_of
from segedu.widgets.network_cost.designs import IMAGE_CHANNELS, Step

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

KINDS = {  # as in network_cost/tower.js
    "conv": ("convolution", "#0072B2"),
    "strided": ("with a stride", "#D55E00"),
    "dilated": ("with dilation", "#CC79A7"),
    "up": ("upsampling", "#009E73"),
    "scores": ("class scores, 1×1", "#7A6FAC"),
    "image": ("the image", "#8A9099"),
}
THICKEST = 0.56  # of a row's height
FADED = "#555555"
NAMES_END = -0.52  # right end of the layers' names, in widths of the image
COLUMNS = (1.28, 1.68, 2.1, 2.62)  # right ends, in widths of the image
HEADS = ("output", "MACs", "memory", "sees")
_FONT: dict[str, Any] = {"ha": "right", "va": "center", "fontsize": 8}


def kind_of(step: Step) -> str:
    """Return the kind that gives a bar its color."""
    if step.kind == "back":
        return "conv"
    if step.kind != "conv":
        return step.kind
    if step.stride > 1:
        return "strided"
    if step.dilation > 1:
        return "dilated"
    return "conv"


def draw_towers(
    figure: "Figure",
    sides: Sequence[tuple[str, Sequence[Row]]],
    conditions: Conditions,
) -> None:
    """Fill the figure with one tower per (name, rows), the image at the bottom."""
    towers = figure.subplots(1, len(sides), sharey=True)
    every_row = [row for _, rows in sides for row in rows]
    most = max(row.step.channels[1] for row in every_row)
    longest = max(len(rows) for _, rows in sides)
    for axes, (name, rows) in zip(towers, sides, strict=True):
        _draw_tower(axes, rows, conditions, most)
        axes.set(xlim=(-1.0, COLUMNS[-1]), ylim=(-0.6, longest + 1.1))
        axes.axis("off")
        axes.set_title(_title(name, rows, conditions), fontsize=10)
    _draw_legend(figure, [row.step for row in every_row])


def _title(name: str, rows: Sequence[Row], conditions: Conditions) -> str:
    """Return a design's name and its totals, in two lines."""
    totals = totals_of(rows, conditions)
    macs = scaled(totals.macs)
    activations = scaled(totals.activation_bytes)
    parameters = scaled(totals.parameters)
    first = f"{name}: {macs} MACs, sees {_field(totals.field)} px"
    second = f"{activations}B of activations, {parameters} parameters"
    return f"{first},\n{second}"


def _draw_tower(axes: "Axes", rows: Sequence[Row], conditions: Conditions, most: int) -> None:
    """Draw a row per layer: its bar, its field and its numbers.

    Args:
        axes: x in widths of the image, y in layers; the image is layer 0.
        rows: the layers, the first one first.
        conditions: what holds for both towers.
        most: the channels of the thickest bar.
    """
    # The numbers' heads, and the image.
    for x, head in zip(COLUMNS, HEADS, strict=True):
        axes.text(x, len(rows) + 0.6, head, color=FADED, **_FONT)
    _draw_bar(axes, 0, 1.0, THICKEST * IMAGE_CHANNELS / most, "image")
    axes.text(NAMES_END, 0, "image", **_FONT)
    axes.text(COLUMNS[0], 0, _times(IMAGE_CHANNELS, *conditions.size), **_FONT)

    # The layers.
    width = conditions.size[1]
    for level, row in enumerate(rows, start=1):
        step = row.step
        after = step.sizes[1]
        thickness = THICKEST * step.channels[1] / most
        _draw_bar(axes, level, after[1] / width, thickness, kind_of(step))
        _draw_field(axes, level, row.field[1] / width)
        axes.text(NAMES_END, level, f"{level} {_name(step)}", **_FONT)
        _write_numbers(axes, level, row)


def _write_numbers(axes: "Axes", level: int, row: Row) -> None:
    """Write a layer's output, MACs, memory and field into their columns."""
    texts = (
        _times(*row.output_shape[1:]),
        scaled(row.macs),
        scaled(row.bytes) + "B",
        _field(row.field),
    )
    for x, text in zip(COLUMNS, texts, strict=True):
        axes.text(x, level, text, **_FONT)


def _draw_bar(axes: "Axes", level: int, width: float, thickness: float, kind: str) -> None:
    """Draw a map from the side: as wide as the map, as thick as it has channels."""
    from matplotlib.patches import Rectangle

    height = max(thickness, 0.03)
    corner = (-width / 2, level - height / 2)
    _, color = KINDS[kind]
    axes.add_patch(Rectangle(corner, width, height, color=color, linewidth=0.8))


def _draw_field(axes: "Axes", level: int, width: float) -> None:
    """Draw the field as a bracket under the bar, open where it is wider than the image."""
    half = min(width, 1) / 2
    y = level - 0.38
    if width > 1:
        axes.plot([-half, half], [y, y], color="black", linewidth=1.1, linestyle="--")
    else:
        x = [-half, -half, half, half]
        axes.plot(x, [y + 0.1, y, y, y + 0.1], color="black", linewidth=1.1, linestyle="-")


def _name(step: Step) -> str:
    if step.kind in ("up", "scores"):
        return step.kind
    return f"conv {step.kernel}×{step.kernel}"


def _field(field: tuple[int, int]) -> str:
    """Return a field's side, or both sides where they differ."""
    if field[0] == field[1]:
        return str(field[0])
    return _times(*field)


def _times(*numbers: int) -> str:
    return " × ".join(map(str, numbers))


def _draw_legend(figure: "Figure", steps: Sequence[Step]) -> None:
    """Name the colors of the layers that occur, and the bracket, below both towers."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    handles: list[Patch | Line2D] = []
    present = {kind_of(step) for step in steps}
    for kind, (words, color) in KINDS.items():
        if kind in present:
            handles.append(Patch(color=color, label=words))
    bracket = Line2D([], [], color="black", linewidth=1.1, label="receptive field (bracket)")
    handles.append(bracket)
    place: dict[str, Any] = {"loc": "outside lower center", "ncols": len(handles)}
    figure.legend(handles=handles, fontsize=8, frameon=False, **place)
