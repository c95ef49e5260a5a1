"""How the tests read and move the augmentation lab."""

import base64
from typing import Any

import numpy as np
import torch

from segedu.widgets import AugmentationLab
from tests.widgets.pages import html_with_model

SIZE = (23, 31)
NAMES = (
    *("flip_left_right", "flip_up_down", "rotation", "zoom", "shift_x", "shift_y", "shear", "elastic", "nodes", "seed"),
    *("brightness", "contrast", "saturation", "blur", "noise", "mistake", "fill"),
)
SLIDERS = (
    *("rotation", "zoom", "shift right", "shift down", "shear", "elastic", "vectors a side"),
    *("brightness", "contrast", "saturation", "blur", "noise", "random draw"),
)

SCRIPT = """
const all = (selector) => [...document.querySelectorAll(selector)];
const seen = (node) => node && !node.closest("[hidden]");
const text = (selector) => { const node = document.querySelector(selector); return seen(node) ? node.textContent : null; };
const slider = (name) => document.querySelector(`input[type=range][aria-label="${name}"]`);
const put = (name, value) => { slider(name).value = value; slider(name).dispatchEvent(new Event("input", { bubbles: true })); };
const box = (name) => document.querySelector(`input[type=checkbox][aria-label="${name}"]`);
const check = (name, on) => { if (box(name).checked !== on) box(name).click(); };
const pick = (name, value) => { const menu = document.querySelector(`select[aria-label="${name}"]`); menu.value = value; menu.dispatchEvent(new Event("change", { bubbles: true })); };
const press = (name) => all("button").find((node) => (node.getAttribute("aria-label") ?? node.textContent) === name).click();
const pane = (name) => document.querySelector(`[data-surface="${name}"]`);
const send = (name, type, [row, col], width) => {
  const { left, top } = pane(name).getBoundingClientRect(), scale = pane(name).querySelector("canvas").clientWidth / width;
  pane(name).dispatchEvent(new PointerEvent(type, { clientX: left + (col + 0.5) * scale, clientY: top + (row + 0.5) * scale, bubbles: true, pointerId: 1 }));
};
const leave = (name) => pane(name).dispatchEvent(new PointerEvent("pointerleave"));
const painted = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 5))));
const grab = (name, [height, width]) => {
  const copy = (window.copied ??= document.createElement("canvas"));
  [copy.width, copy.height] = [width, height];
  const context = copy.getContext("2d", { willReadFrequently: true });
  context.imageSmoothingEnabled = false; // each pixel's center
  context.drawImage(pane(name).querySelector("canvas"), 0, 0, width, height);
  return btoa(String.fromCharCode(...context.getImageData(0, 0, width, height).data)); // short: long lists of numbers travel slowly
};
const settings = (names) => Object.fromEntries(names.map((name) => [name, model.get(name)]));
const screen = ({ names, size }) => ({ setting: settings([...names, "draw_number"]), image: grab("output image", size), labels: grab("output labels", size) });
const shares = () => Object.fromEntries(all(".au-share").filter(seen).map((node) => [node.dataset.label, [...node.querySelectorAll("[data-share]")].map((one) => one.textContent)]));
const lines = () => Object.fromEntries(all("[data-line]").filter(seen).map((node) => [node.dataset.line, node.textContent.replaceAll("\\u00a0", " ")]));
const rows = () => all(".au-table tbody tr").map((row) => [...row.querySelectorAll("[data-cell]")].map((cell) => cell.textContent));
const said = (name) => text(`[data-words="${name}"]`) ?? "";
"""  # noqa: E501


class WithoutPicture(AugmentationLab):
    """A lab whose page carries no picture: matplotlib would take most of the tests' time."""

    def picture(self) -> bytes:
        """Return nothing; the picture has tests of its own."""
        return b""


def small_lab(**traits: Any) -> AugmentationLab:
    """Return a lab of a small random image with blocks of five classes and void."""
    rng = np.random.default_rng(5)
    labels = np.kron(rng.choice([0, 1, 2, 4, 255], size=(6, 8)), np.ones((4, 4), dtype=int))
    names = ["sky", "road", "car", "boulder", "tree"]
    made = {"marks": False, "pixel": [0, 0], **traits}
    return WithoutPicture(torch.from_numpy(rng.random((3, *SIZE))), labels[:23, :31], names, **made)


def open_lab(open_page: Any, lab: AugmentationLab, style: str = "", **options: Any) -> Any:
    """Open the lab with its model in `window.model`, and wait until it is drawn."""
    body = html_with_model(lab)
    page = open_page(style + body, **options)
    page.wait_for_selector(".segedu[data-ready=true]")
    return page


def colors_of(grabbed: str) -> np.ndarray:
    """Return what the page's `grab` read, (H, W, 3) uint8."""
    return np.frombuffer(base64.b64decode(grabbed), dtype=np.uint8).reshape(*SIZE, 4)[..., :3]


def change(page: Any, lab: AugmentationLab, setting: dict[str, Any]) -> None:
    """Set traits of the page and of the lab alike."""
    for name, value in setting.items():
        setattr(lab, name, value)
    run(page, "for (const [name, value] of Object.entries(argument)) model.set(name, value); await painted();", setting)


def run(page: Any, body: str, argument: Any = None) -> Any:
    """Run a script that may use the functions above; it may await painted()."""
    return page.evaluate(f"async (argument) => {{ {SCRIPT} {body} }}", argument)
