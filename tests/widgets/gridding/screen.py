"""How the tests read and move the gridding explorer, and what torch says should stand there."""

import re
from typing import Any

import torch

from segedu.widgets import GriddingExplorer
from tests.widgets.gridding import truth

SIZE, MIDDLE = (40, 56), (20, 28)  # of the image, and of the field on it

SCRIPT = """
const text = (selector) => { const node = document.querySelector(selector); return node && !node.closest("[hidden]") ? node.textContent : null; };
const slider = (name) => document.querySelector(`input[type=range][aria-label="${name}"]`);
const put = (name, value) => { slider(name).value = value; slider(name).dispatchEvent(new Event("input", { bubbles: true })); };
const pick = (value) => { const menu = document.querySelector("select"); menu.value = value; menu.dispatchEvent(new Event("change", { bubbles: true })); };
const press = (name) => [...document.querySelectorAll("button")].find((node) => (node.getAttribute("aria-label") ?? node.textContent) === name).click();
const grid = () => {
  const rows = [];
  const host = document.querySelector("[data-grid=field]");
  if (host.closest("[hidden]")) return null;
  for (const cell of host.querySelectorAll("[data-row]")) (rows[cell.dataset.row] ??= [])[cell.dataset.col] = cell.querySelector("text").textContent;
  return rows;
};
const rateSliders = () => [...document.querySelectorAll("input[type=range]")].filter((node) => node.ariaLabel.startsWith("rate"));
const read = () => ({
  rates: rateSliders().map((node) => Number(node.value)).reverse(),
  labels: rateSliders().map((node) => node.ariaLabel),
  kernel: Number(slider("kernel taps").value), menu: document.querySelector("select").value,
  typed: document.querySelector(".gx-rates input").value,
  step: Number(slider("layers").value), steps: Number(slider("layers").max), played: text(".sg-position"),
  grid: grid(), title: text(".gx-field .sg-title"), side: text("[data-words=side]"), image: text("[data-words=image]"),
  paths: text("[data-words=paths]"), sums: [...document.querySelectorAll(".gx-sum")].map((node) => node.textContent),
  reasons: Object.fromEntries([...document.querySelectorAll("[data-reason]")].map((node) => [node.dataset.reason, text(`[data-reason=${node.dataset.reason}]`)])),
  agrees: document.querySelector("[data-verdict]").dataset.verdict,
});
"""  # noqa: E501


def open_explorer(open_page: Any, explorer: Any, **options: Any) -> Any:
    """Open the explorer (or its HTML) and wait until its image is loaded."""
    page = open_page(explorer, **options)
    page.wait_for_selector(".segedu[data-ready=true]")
    return page


def explorer(rates: Any = (2, 2, 2), kernel_size: int = 3, **traits: Any) -> GriddingExplorer:
    """Return an explorer with a small random image."""
    image = torch.rand(3, *SIZE, generator=torch.Generator().manual_seed(0))
    return GriddingExplorer(rates, kernel_size, image, **traits)


def run(page: Any, body: str, argument: Any = None) -> Any:
    """Run a script that may use the functions above."""
    return page.evaluate(f"(argument) => {{ {SCRIPT} {body} }}", argument)


def numbers(text: str) -> list[int]:
    """Return the whole numbers of a text, thousands separators taken out."""
    return [int(number.replace(",", "")) for number in re.findall(r"\d[\d,]*(?<!,)", text)]


def assert_screen_equals_torch(screen: dict[str, Any], size: tuple[int, int], middle: tuple[int, int]) -> None:
    """Compare everything that is counted on the screen with torch's gradients."""
    rates, kernel, step = tuple(screen["rates"]), screen["kernel"], screen["step"]
    assert screen["typed"] == ", ".join(map(str, rates))
    assert screen["labels"] == [f"rate of layer {at}" for at in range(len(rates), 0, -1)]
    assert screen["steps"] == len(rates)
    whole = truth.paths(rates, kernel)
    assert_reasons(screen["reasons"], rates, kernel, whole)
    assert_image(screen["image"], whole, size, middle)
    drawn = rates[len(rates) - step :]
    paths = truth.paths(drawn, kernel) if drawn else torch.ones(1, dtype=torch.int64)
    assert numbers(screen["title"])[-2:] == [len(paths)] * 2
    assert (screen["grid"] is None) == (len(paths) > 16)
    if screen["grid"] is not None:
        shown = [[0 if text == "○" else int(text) for text in row] for row in screen["grid"]]
        assert shown == torch.outer(paths, paths).tolist()
    if step > 0:
        used, field = int((paths > 0).sum()), len(paths)
        assert numbers(screen["side"])[:3] == [int(paths.sum()), used, field]
        assert f"{field - used} hole" in screen["side"] if used < field else "no hole" in screen["side"]


def assert_reasons(reasons: dict[str, str], rates: tuple[int, ...], kernel: int, paths: torch.Tensor) -> None:
    field, used = len(paths), int((paths > 0).sum())
    assert numbers(reasons["field"])[-1] == field
    assert eval(reasons["field"].split("=")[0].replace("·", "*")) == field
    row = numbers(reasons["row"])
    assert row == ([used, field, field - used] if used < field else [used, field])
    square = numbers(reasons["square"])
    assert square[:6] == [used, used, used**2, field, field, field**2]
    assert square[6] == round(100 * used**2 / field**2)
    assert square[7:] == ([field**2 - used**2] if used < field else [])
    assert reasons["rule"].endswith("no hole.") == (used == field)


def assert_image(words: str, paths: torch.Tensor, size: tuple[int, int], middle: tuple[int, int]) -> None:
    """The field cut at the image's border: what is reached of what lies inside."""
    reached = (torch.outer(paths, paths) > 0).int()
    side = len(paths)
    image = torch.zeros(size[0] + 2 * side, size[1] + 2 * side, dtype=torch.int32)
    inside = torch.zeros_like(image)
    inside[side : side + size[0], side : side + size[1]] = 1
    top, left = (at - (side - 1) // 2 + side for at in middle)
    window = inside[top : top + side, left : left + side]
    found = numbers(words)
    assert found[:2] == list(middle)
    assert found[2:4] == [int((window * reached).sum()), int(window.sum())]
