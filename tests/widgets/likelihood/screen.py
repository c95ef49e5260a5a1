"""How the tests read and move the likelihood explorer, and what torch says should stand there."""

import math
import re
from functools import cache
from typing import Any

import numpy as np
import torch

from segedu.widgets import LikelihoodExplorer
from tests.widgets.likelihood.truth import Pixels, overlaps
from tests.widgets.pages import html_with_model

SLIDERS = {"w": "w", "b": "b", "learning rate η": "learning_rate", "step of descent": "step"}
SCORES = {"mean loss": "loss", "log-likelihood": "logLikelihood", "accuracy": "accuracy", "IoU": "iou"}

SCRIPT = """
const root = document.querySelector(".segedu");
const settled = async () => { while (!root.dataset.settled) await new Promise((done) => setTimeout(done)); };
const seen = (node) => node && !node.closest("[hidden]");
const all = (selector) => [...document.querySelectorAll(selector)].filter(seen);
const text = (selector) => { const node = document.querySelector(selector); return seen(node) ? node.textContent : null; };
const slider = (name) => document.querySelector(`input[type=range][aria-label="${name}"]`);
const put = (name, value) => { slider(name).value = value; slider(name).dispatchEvent(new Event("input", { bubbles: true })); };
const choose = (name, value) => { const menu = document.querySelector(`select[aria-label="${name}"]`); menu.value = value; menu.dispatchEvent(new Event("change", { bubbles: true })); };
const press = (name) => all("button").find((node) => (node.getAttribute("aria-label") ?? node.textContent) === name).click();
const positions = (name) => {
  const { min, max, step } = slider(name);
  return Array.from({ length: Math.round((max - min) / step) + 1 }, (_, at) => Number(min) + at * Number(step));
};
const state = () => Object.fromEntries(window.model.names.map((name) => [name, window.model.get(name)]));
const read = async () => {
  await settled();
  return {
    state: state(),
    outputs: Object.fromEntries(all("input[type=range]").map((node) => [node.ariaLabel, node.nextElementSibling.textContent])),
    cells: Object.fromEntries(all("[data-cell]").map((node) => [node.dataset.cell, node.textContent])),
    lines: Object.fromEntries(all("[data-line]").map((node) => [node.dataset.line, node.textContent])),
    bars: all(".lk-bar[data-label]").map((node) => [Number(node.dataset.label), ...[...node.querySelectorAll(".sg-mono")].map((one) => one.textContent)]),
    words: Object.fromEntries([...document.querySelectorAll("[data-words]")].map((node) => [node.dataset.words, text(`[data-words="${node.dataset.words}"]`)])),
    remarks: all("[data-about]").map((node) => [node.dataset.about, node.textContent]),
    position: text(".sg-position"),
  };
};
const colorsAt = (name, spots) => {
  const canvas = document.querySelector(`[data-surface=${name}] canvas`), copy = document.createElement("canvas");
  const { width, height } = canvas, [rows, columns] = window.model.get("size");
  [copy.width, copy.height] = [width, height];
  copy.getContext("2d").drawImage(canvas, 0, 0);
  const { data } = copy.getContext("2d").getImageData(0, 0, width, height);
  return spots.map(([row, column]) => {
    const at = 4 * (Math.floor(((row + 0.5) * height) / rows) * width + Math.floor(((column + 0.5) * width) / columns));
    return [...data.slice(at, at + 3)];
  });
};
"""  # noqa: E501


def open_explorer(open_page: Any, explorer: Any = None, before: str = "", **options: Any) -> Any:
    """Open the explorer with its model in window.model, which anywidget's model would be."""
    shown = explorer or LikelihoodExplorer()
    body = html_with_model(shown)
    page = open_page(before + body, **options)
    page.wait_for_selector(".segedu[data-settled=true]")
    page.evaluate("(names) => { window.model.names = names; }", sorted(shown.state()))
    return page


def run(page: Any, body: str, argument: Any = None) -> Any:
    """Run an async script that may use the functions above."""
    return page.evaluate(f"async (argument) => {{ {SCRIPT} {body} }}", argument)


def number(text: str) -> float:
    """Return the number that a text shows: "9.17·10⁻⁴", "−0.7", "1,000", "2 %"."""
    plain = text.translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹−", "-0123456789-")).replace(",", "").removesuffix(" %")
    return float(plain.replace("·10", "e"))


def last_number(text: str) -> float:
    """Return what stands behind the last "=" of a line."""
    return number(re.split(r"= ", text)[-1])


def close(shown: float, expected: float, absolute: float = 1e-9) -> bool:
    """Whether a number of three digits is the expected one."""
    return math.isclose(shown, expected, rel_tol=0.006, abs_tol=absolute)


class Truth:
    """What torch says about one explorer's image, for every target and feature."""

    def __init__(self, explorer: LikelihoodExplorer) -> None:
        self.image, self.labels = explorer.image, explorer.label_map.numpy().astype(np.uint8)
        self.pixels = cache(lambda feature, target: Pixels(self.image, self.labels, feature, target))
        self.best = cache(lambda feature, target: self._best(self.pixels(feature, target)))

    @staticmethod
    def _best(pixels: Pixels) -> list[float] | None:
        return pixels.best() if overlaps(pixels) else None

    def point(self, state: dict[str, Any]) -> list[float]:
        """Return w and b at the shown step."""
        start = [float(state["w"]), float(state["b"])]
        if state["step"] == 0:
            return start
        pixels = self.pixels(state["feature"], state["target"])
        return pixels.descended(start, state["learning_rate"])[state["step"]][:2]

    def check(self, screen: dict[str, Any]) -> None:
        """Compare every number of the screen with torch's."""
        state = screen["state"]
        pixels, point = self.pixels(state["feature"], state["target"]), self.point(state)
        self._check_scores(screen["cells"], pixels, point, self.best(state["feature"], state["target"]))
        check_pixel(screen["lines"], state, pixels, point)
        check_gradient(screen["lines"], pixels, point, state["learning_rate"])
        means = pixels.class_means(point)
        assert len(screen["bars"]) == len(means)
        for label, mean, found in screen["bars"]:
            assert close(number(mean), means[label][0])
            assert close(number(found), 100 * means[label][1]) or on_the_boundary(pixels, point)
        loss = pixels.scores(point)["loss"]
        assert close(number(screen["position"].split("loss ")[1]), loss)
        assert close(number(re.search(r"mean loss (\S+)", screen["words"]["surface"])[1]), loss)
        for at, name in enumerate(("w", "b")):
            assert close(number(screen["outputs"][name]), point[at], 1e-6)

    @staticmethod
    def _check_scores(cells: dict[str, str], pixels: Pixels, point: list[float], best: list[float] | None) -> None:
        share = pixels.y.mean().clamp(1e-12, 1 - 1e-12)
        constant = [0.0, torch.logit(share).item()]
        rows = {"this curve": point, "one p everywhere": constant, "the best curve": best and best[:2]}
        for row, at in rows.items():
            expected = pixels.scores(at) if at else {}
            for column, name in SCORES.items():
                if at and column in ("accuracy", "IoU") and on_the_boundary(pixels, at):
                    continue
                shown = cells[f"{row} {column}"]
                if not at:
                    assert shown == "–"
                elif expected[name] is None:
                    assert shown == "0/0"
                else:
                    assert close(number(shown), expected[name], 2e-6), (row, column, shown, expected)


def on_the_boundary(pixels: Pixels, point: list[float]) -> bool:
    """Whether a pixel has z = 0 but for rounding, so that p ≥ 0.5 is a matter of the last digit."""
    return bool(((point[0] * pixels.x + point[1]).abs() < 1e-9).any()) and any(point)


def check_pixel(lines: dict[str, str], state: dict[str, Any], pixels: Pixels, point: list[float]) -> None:
    """The written arithmetic of the chosen pixel ends in autograd's numbers."""
    row, column = state["pixel"]
    label, x = int(pixels.label_map[row, column]), float(pixels.x_map[row, column])
    z = torch.tensor(point[0] * x + point[1], dtype=torch.float64, requires_grad=True)
    shown = {name.removeprefix("pixel "): text for name, text in lines.items() if name.startswith("pixel ")}
    assert close(last_number(shown["feature"]), x)
    assert close(last_number(shown["logit"]), z.item())
    assert close(last_number(shown["probability"]), z.sigmoid().item())
    if label == 255:
        assert set(shown) == {"feature", "logit", "probability", "void"}
        return
    y = float(label == state["target"])
    assert shown["label"] == f"the class is {state['classes'][label]}, so y = {y:.0f}"
    loss = torch.nn.functional.binary_cross_entropy_with_logits(z, torch.tensor(y, dtype=torch.float64))
    (slope,) = torch.autograd.grad(loss, z)
    assert close(last_number(shown["loss"]), loss.item())
    assert close(last_number(shown["likelihood"]), math.exp(-loss.item()))
    assert close(last_number(shown["gradient"]), slope.item())
    assert close(last_number(shown["part"]), slope.item() * x)


def check_gradient(lines: dict[str, str], pixels: Pixels, point: list[float], rate: float) -> None:
    """The slopes are autograd's, their sums add up, and the step goes against them."""
    for at, (name, slope) in enumerate(zip("wb", pixels.gradient(point), strict=True)):
        written = lines[f"gradient slope {name}"]
        assert close(last_number(written), slope, 1e-6), (written, slope)
        assert close(last_number(lines[f"gradient step {name}"]), point[at] - rate * slope, 1e-4)
        push = ((point[0] * pixels.x + point[1]).sigmoid() - pixels.y) * (pixels.x if name == "w" else 1)
        one, other = re.search(r"= \((\S+) \+ \(?([^\s)]+)\)?\) /", written).groups()
        assert close(number(one), push[pixels.y == 1].sum().item(), 1e-6)
        assert close(number(other), push[pixels.y == 0].sum().item(), 1e-6)
