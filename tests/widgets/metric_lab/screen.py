"""How the tests read and move the metric lab, and what segedu.metrics says should stand there."""

import math
from typing import Any

import pytest
import torch

from segedu.widgets import MetricLab
from tests.widgets.metric_lab import truth
from tests.widgets.pages import html_with_model

PAD = 10  # px around the cells, as in metric_lab/paint.js

SCRIPT = """
const text = (selector) => { const node = document.querySelector(selector); return node && !node.closest("[hidden]") ? node.textContent : null; };
const slider = (name) => document.querySelector(`input[type=range][aria-label="${name}"]`);
const put = (name, value) => { slider(name).value = value; slider(name).dispatchEvent(new Event("input", { bubbles: true })); };
const menu = (name) => document.querySelector(`select[aria-label="${name}"]`);
const pick = (name, value) => { menu(name).value = value; menu(name).dispatchEvent(new Event("change", { bubbles: true })); };
const press = (name) => [...document.querySelectorAll("button")].find((node) => (node.getAttribute("aria-label") ?? node.textContent) === name).click();
const metric = (row) => ({
  value: row.querySelector(".ml-value").textContent, change: row.querySelector(".ml-change").textContent,
  formula: row.querySelector(".ml-formula").textContent, bar: parseFloat(row.querySelector(".ml-fill").style.width),
  mark: row.querySelector(".ml-mark").hidden ? null : parseFloat(row.querySelector(".ml-mark").style.left),
  fell: row.dataset.fell === "true", lit: row.dataset.lit === "true",
});
const read = () => ({
  target: window.model.get("target"), prediction: window.model.get("prediction"),
  tolerance: Number(slider("boundary F1: tolerance").value), width: Number(slider("boundary IoU: width").value),
  counts: Object.fromEntries([...document.querySelectorAll("[data-count]")].map((node) => [node.dataset.count, node.textContent])),
  lit: [...document.querySelectorAll("td[data-lit=true] [data-count]")].map((node) => node.dataset.count),
  void: text("[data-words=void]"), preset: menu("preset").value, presetWords: text("[data-words=preset]"),
  metrics: Object.fromEntries([...document.querySelectorAll("[data-metric]")].map((row) => [row.dataset.metric, metric(row)])),
  refusal: text("[data-words=refusal]"), remarks: text("[data-words=remarks]"), pointed: text("[data-words=pointed]"),
  tool: text("[data-words=tool]"), verdict: text("[data-words=verdict]"),
  pressed: [...document.querySelectorAll("button[aria-pressed=true]")].map((node) => node.textContent),
  brush: Number(slider("brush size").value), kind: menu("form").value, backdrop: menu("picture").value,
  opacity: Number(slider("overlay").value),
});
"""  # noqa: E501


def boxes(size: tuple[int, int] = (14, 20), **traits: Any) -> MetricLab:
    """Return a lab with a target of 6 × 8 cells at (3, 4) and the same prediction one row and two columns on."""
    target, prediction = torch.zeros(2, *size, dtype=torch.int64)
    target[3:9, 4:12] = 1
    prediction[4:10, 6:14] = 1
    return MetricLab(target, prediction, **traits)


def open_lab(open_page: Any, lab: Any, style: str = "", **options: Any) -> Any:
    """Open the lab so that `window.model` is its fake model, and wait until its picture is loaded."""
    page = open_page(style + html_with_model(lab), **options)
    page.wait_for_selector(".segedu[data-ready=true]")
    return page


def run(page: Any, body: str, argument: Any = None) -> Any:
    """Run a script that may use the functions above."""
    return page.evaluate(f"(argument) => {{ {SCRIPT} {body} }}", argument)


def read(page: Any) -> dict[str, Any]:
    """Return all that stands on the screen."""
    return run(page, "return read();")


def cell_size(page: Any) -> float:
    """Return the side of a cell in px."""
    box = page.locator("[data-surface=maps] canvas").bounding_box()
    return (box["width"] - 2 * PAD) / len(run(page, "return model.get('target')[0];"))


def drag(page: Any, *cells: tuple[float, float]) -> None:
    """Press at the first place (row, column, with fractions), go over the others, and let go."""
    box, size = page.locator("[data-surface=maps] canvas").bounding_box(), cell_size(page)
    places = [(box["x"] + PAD + col * size, box["y"] + PAD + row * size) for row, col in cells]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=4)
    page.mouse.up()


def color_at(page: Any, row: int, col: int, within: float = 0.5) -> tuple[int, ...]:
    """Return the color (red, green, blue) in a cell of a map with 20 columns, `within` of its side from its corner."""
    script = """([row, col, within]) => {
      const canvas = document.querySelector("[data-surface=maps] canvas");
      const cell = (canvas.width - 20) / 20, at = (place) => Math.floor(10 + (place + within) * cell);
      const copy = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d");
      copy.drawImage(canvas, -at(col), -at(row));
      return [...copy.getImageData(0, 0, 1, 1).data].slice(0, 3);
    }"""
    return tuple(page.evaluate(script, [row, col, within]))


def assert_screen_equals_metrics(screen: dict[str, Any]) -> None:
    """Compare every count, number, bar and formula with segedu.metrics on the maps shown."""
    maps = screen["target"], screen["prediction"]
    counts = truth.counts(*maps)
    assert {name: int(count) for name, count in screen["counts"].items()} == {
        name: count for name, count in counts.items() if name != "void"
    }
    assert screen["void"] == (f"Void, hatched: {counts['void']} cells are left out." if counts["void"] else "No void.")
    expected = truth.scores(*maps, screen["tolerance"], screen["width"])
    assert list(screen["metrics"]) == truth.NAMES
    for name, value in expected.items():
        assert_metric(screen["metrics"][name], value)


def assert_metric(shown: dict[str, Any], value: float) -> None:
    formula, _, reason = shown["formula"].rsplit("= ", 1)[1].replace("·", "*").partition(": ")
    if math.isnan(value):
        assert (shown["value"], shown["bar"]) == ("absent", 0)
        assert len(reason.split()) >= 5
        with pytest.raises(ZeroDivisionError):
            eval(formula)
        return
    assert (shown["value"], reason) == (f"{value:.3f}", "")
    assert abs(shown["bar"] - 100 * value) < 1e-3
    assert abs(eval(formula) - value) < 1e-12
