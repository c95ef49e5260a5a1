"""How the tests find and read the cells of a grid, which is SVG or a canvas: by place, with their colors."""

from typing import Any

COLORED = """(grid) => {
  const host = document.querySelector(`[data-grid=${grid}]`), painted = host.querySelector("canvas")?.painted;
  const asComputed = (color) => Object.assign(document.createElement("i").style, { color }).color;
  const cells = painted
    ? painted.colors.map((color, at) => [Math.floor(at / painted.cols), at % painted.cols, color && asComputed(color)])
    : [...host.querySelectorAll("[data-row]")].map((cell) => {
        const [box, shade] = cell.querySelectorAll("rect");
        return [cell.dataset.row, cell.dataset.col, box.style.fill || shade?.style.fill];
      });
  return Object.fromEntries(cells.flatMap(([row, col, color]) => (color ? [[`${row},${col}`, color]] : [])));
}"""


class CanvasCell:
    """One cell of a grid on a canvas, with what the tests do to a locator."""

    def __init__(self, canvas: Any, row: int, col: int) -> None:
        self._canvas = canvas
        size, cols = canvas.evaluate("({ painted }) => [painted.size, painted.cols]")
        self._at, self._position = row * cols + col, {"x": 1 + (col + 0.5) * size, "y": 1 + (row + 0.5) * size}

    def hover(self) -> None:
        self._canvas.hover(position=self._position)

    def click(self) -> None:
        self._canvas.click(position=self._position)

    def text_content(self) -> str:
        return self._canvas.evaluate("({ painted }, at) => painted.texts[at]", self._at)


def cell(page: Any, grid: str, row: int, col: int) -> Any:
    """Return one drawn cell, to hover, click or read; padding and repeated borders count."""
    canvas = page.locator(f"[data-grid={grid}] canvas")
    if canvas.count():
        return CanvasCell(canvas, row, col)
    return page.locator(f'[data-grid={grid}] [data-row="{row}"][data-col="{col}"]').first


def colored(page: Any, grid: str) -> dict[str, str]:
    """Return the cells of a grid that wear a tap's color, filled or as a rim: {"row,col": color}."""
    return page.evaluate(COLORED, grid)
