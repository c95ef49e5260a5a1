"""The network cost explorer as a picture: both towers at one scale, each layer's field and numbers, the totals."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

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
COLUMNS = (1.28, 1.68, 2.1, 2.62)  # right ends, in widths of the image


def kind_of(step: Step) -> str:
    """Return the kind that gives a bar its color."""
    if step.kind == "conv":
        return "strided" if step.stride > 1 else "dilated" if step.dilation > 1 else "conv"
    return "conv" if step.kind == "back" else step.kind


def draw_towers(figure: "Figure", sides: Sequence[tuple[str, Sequence[Row]]], conditions: Conditions) -> None:
    """Fill the figure with one tower per (name, rows), the image at the bottom."""
    axes = figure.subplots(1, len(sides), sharey=True)
    most = max(row.step.channels[1] for _, rows in sides for row in rows)
    longest = max(len(rows) for _, rows in sides)
    for each, (name, rows) in zip(axes, sides, strict=True):
        _draw_tower(each, rows, conditions, most)
        each.set(xlim=(-1.0, COLUMNS[-1]), ylim=(-0.6, longest + 1.1))
        each.axis("off")
        totals = totals_of(rows, conditions)
        each.set_title(
            f"{name}: {scaled(totals.macs)} MACs, sees {_field(totals.field)} px,\n"
            f"{scaled(totals.activation_bytes)}B of activations, {scaled(totals.parameters)} parameters",
            fontsize=10,
        )
    _draw_legend(figure, [row.step for _, rows in sides for row in rows])


def _draw_tower(axes: "Axes", rows: Sequence[Row], conditions: Conditions, most: int) -> None:
    width = conditions.size[1]
    heads = ["output", "MACs", "memory", "sees"]
    for x, head in zip(COLUMNS, heads, strict=True):
        axes.text(x, len(rows) + 0.6, head, ha="right", va="center", fontsize=8, color=FADED)
    _draw_bar(axes, 0, 1.0, THICKEST * IMAGE_CHANNELS / most, "image")
    axes.text(-0.52, 0, "image", ha="right", va="center", fontsize=8)
    axes.text(COLUMNS[0], 0, _times(IMAGE_CHANNELS, *conditions.size), ha="right", va="center", fontsize=8)
    for level, row in enumerate(rows, start=1):
        step = row.step
        _draw_bar(axes, level, step.sizes[1][1] / width, THICKEST * step.channels[1] / most, kind_of(step))
        _draw_field(axes, level, row.field[1] / width)
        axes.text(-0.52, level, f"{level} {_name(step)}", ha="right", va="center", fontsize=8)
        words = (_times(*row.output_shape[1:]), scaled(row.macs), scaled(row.bytes) + "B", _field(row.field))
        for x, text in zip(COLUMNS, words, strict=True):
            axes.text(x, level, text, ha="right", va="center", fontsize=8)


def _draw_bar(axes: "Axes", level: int, width: float, thickness: float, kind: str) -> None:
    from matplotlib.patches import Rectangle

    height = max(thickness, 0.03)
    axes.add_patch(Rectangle((-width / 2, level - height / 2), width, height, color=KINDS[kind][1], linewidth=0.8))


def _draw_field(axes: "Axes", level: int, width: float) -> None:
    """Draw the receptive field as a bracket under the bar, open where it is wider than the image."""
    half, y = min(width, 1) / 2, level - 0.38
    ends = [] if width > 1 else [y + 0.1]
    xs = [-half, *([-half, half] if ends else []), half]
    axes.plot(xs, [*ends, y, y, *ends], color="black", linewidth=1.1, linestyle="-" if ends else "--")


def _name(step: Step) -> str:
    return {"up": "up", "scores": "scores"}.get(step.kind, f"conv {step.kernel}×{step.kernel}")


def _field(field: tuple[int, int]) -> str:
    return str(field[0]) if field[0] == field[1] else _times(*field)


def _times(*numbers: int) -> str:
    return " × ".join(map(str, numbers))


def _draw_legend(figure: "Figure", steps: Sequence[Step]) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    shown = {kind_of(step) for step in steps}
    handles: list[Patch | Line2D] = [
        Patch(color=color, label=words) for kind, (words, color) in KINDS.items() if kind in shown
    ]
    handles.append(Line2D([], [], color="black", linewidth=1.1, label="receptive field (bracket)"))
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles), fontsize=8, frameon=False)
