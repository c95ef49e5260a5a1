"""How the tests read and move the overlay viewer, and what numpy, scipy and torch say should stand there."""

import re
from typing import Any

import numpy as np
import torch
from scipy import ndimage

from segedu.data.forms.targets import to_one_hot
from segedu.widgets import OverlayViewer
from segedu.widgets.kit.images import image_of
from segedu.widgets.overlay.figure import blend_overlay, ids_of
from tests.widgets.overlay.truth import edge_cells

SCRIPT = """
const all = (selector) => [...document.querySelectorAll(selector)];
const seen = (node) => node && !node.closest("[hidden]");
const text = (selector) => { const node = document.querySelector(selector); return seen(node) ? node.textContent.replaceAll("\\u00a0", " ") : null; };
const slider = (name) => document.querySelector(`input[type=range][aria-label="${name}"]`);
const put = (name, value) => { slider(name).value = value; slider(name).dispatchEvent(new Event("input", { bubbles: true })); };
const box = (name) => document.querySelector(`input[type=checkbox][aria-label="${name}"]`);
const check = (name, on) => { if (box(name).checked !== on) box(name).click(); };
const pick = (name, value) => { const menu = document.querySelector(`select[aria-label="${name}"]`); menu.value = value; menu.dispatchEvent(new Event("change", { bubbles: true })); };
const press = (name) => all("button").find((node) => (node.getAttribute("aria-label") ?? node.textContent) === name).click();
const stage = () => document.querySelector("[data-surface=overlay]");
const hover = (row, col, width) => {
  const { left, top } = stage().getBoundingClientRect(), scale = stage().querySelector("canvas").clientWidth / width;
  stage().dispatchEvent(new PointerEvent("pointermove", { clientX: left + (col + 0.5) * scale, clientY: top + (row + 0.5) * scale, bubbles: true }));
};
const leave = () => stage().dispatchEvent(new PointerEvent("pointerleave"));
const painted = (points, width) => {
  const canvas = stage().querySelector("canvas"), copy = document.createElement("canvas");
  [copy.width, copy.height] = [canvas.width, canvas.height];
  const context = copy.getContext("2d", { willReadFrequently: true });
  context.drawImage(canvas, 0, 0);
  const scale = canvas.width / width;
  return points.map(([row, col]) => [...context.getImageData(Math.floor((col + 0.5) * scale), Math.floor((row + 0.5) * scale), 1, 1).data].slice(0, 3));
};
const cells = () => { const rows = []; for (const cell of all("[data-grid=numbers] [data-row]")) (rows[cell.dataset.row] ??= [])[cell.dataset.col] = cell.querySelector("text").textContent.trim(); return rows; };
const read = () => ({
  mode: all(".ov-modes button").find((node) => node.ariaPressed === "true").textContent,
  opacity: Number(slider("opacity").value), step: Number(slider("mask").value), steps: Number(slider("mask").max),
  source: document.querySelector("select[aria-label=shown]").value, channel: document.querySelector("select[aria-label=numbers]").value,
  lines: Object.fromEntries(all(".ov-line").filter(seen).map((node) => [node.dataset.label, { on: node.querySelector("input").checked, lit: node.dataset.lit === "true",
    name: node.querySelector(".ov-name").textContent, parts: [".ov-pixels", ".ov-share", ".ov-count"].map((name) => node.querySelector(name).textContent) }])),
  chips: all(".ov-chip").filter(seen).map((node) => node.ariaLabel), litChips: all(".ov-chip[data-lit=true]").filter(seen).map((node) => node.textContent),
  facts: Object.fromEntries(all("[data-fact]").filter((node) => seen(node) && seen(node.parentElement)).map((node) => [node.dataset.fact, node.textContent.replaceAll("\\u00a0", " ")])),
  cells: cells(), window: text("[data-words=window]"), mask: text("[data-words=mask]"), position: text(".sg-position"),
  reasons: text("[data-words=reasons]"), errors: text("[data-words=errors]"), list: text("[data-words=list]"),
  outlines: box("outlines").checked, boxes: box("boxes").checked, wrong: box("errors in orange").checked,
});
"""  # noqa: E501

SIZE = (24, 31)


def open_viewer(open_page: Any, shown: Any, **options: Any) -> Any:
    """Open the viewer (or its HTML) and wait until its maps are unpacked."""
    page = open_page(shown, **options)
    page.wait_for_selector(".segedu[data-ready=true]")
    return page


def run(page: Any, body: str, argument: Any = None) -> Any:
    """Run a script that may use the functions above."""
    return page.evaluate(f"(argument) => {{ {SCRIPT} {body} }}", argument)


def small_viewer(**traits: Any) -> OverlayViewer:
    """Return a viewer of a small random scene with touching instances, void and a prediction with errors."""
    rng = np.random.default_rng(3)
    labels = np.kron(rng.choice([0, 1, 2, 3], size=(6, 8), p=[0.3, 0.2, 0.3, 0.2]), np.ones((4, 4), dtype=np.int64))
    labels = labels[:24, :31]
    labels[0], labels[5:8, 3:6] = 255, 255
    numbers = np.kron(rng.integers(1, 4, (12, 16)), np.ones((2, 2), dtype=np.int64))[:24, :31]
    instances = np.where(np.isin(labels, (2, 3)), numbers, 0)
    prediction = np.where(rng.random(SIZE) < 0.2, rng.integers(0, 4, SIZE), np.where(labels == 255, 1, labels))
    made = {
        "image": torch.from_numpy(rng.random((3, *SIZE))),
        "panoptic": labels * 1000 + instances,
        "prediction": prediction,
        "classes": ["sky", "road", "car", "boulder"],
    }
    return OverlayViewer(**{**made, **traits})


def numbers(text: str) -> list[float]:
    """Return the numbers of a text, thousands separators taken out."""
    return [float(found.replace(",", "")) for found in re.findall(r"\d[\d,]*(?:\.\d+)?", text)]


def assert_screen(screen: dict[str, Any], viewer: OverlayViewer, pixel: tuple[int, int]) -> None:
    """Compare all that the screen says, for the settings that it shows, with numpy, scipy and torch."""
    viewer.source, viewer.mode, viewer.opacity = screen["source"], screen["mode"], screen["opacity"] / 100
    viewer.hidden = [int(label) for label, line in screen["lines"].items() if not line["on"]]
    labels = viewer.prediction if viewer.source == "prediction" else viewer.label_map
    instances = None if viewer.source == "prediction" else viewer.instance_map
    ids, mode = ids_of(viewer)
    assert_list(screen, labels, instances, viewer)
    assert_facts(screen["facts"], labels, instances, viewer, pixel)
    assert_window(screen, labels, ids, mode, instances, viewer)
    assert_mask(screen, ids, mode, viewer)


def assert_list(screen: dict[str, Any], labels: np.ndarray, instances: np.ndarray | None, viewer: Any) -> None:
    names = [*viewer.classes, "void"]
    present = [int(label) for label in np.unique(labels)]
    assert sorted(map(int, screen["lines"])) == present
    for label in present:
        line, here = screen["lines"][str(label)], labels == label
        assert line["name"] == names[min(label, len(viewer.classes))]
        counted = instances is not None and label in viewer.things
        count = f"× {len(np.unique(instances[here & (instances > 0)]))}" if counted else ""
        assert numbers(line["parts"][0]) == [here.sum()]
        assert abs(numbers(line["parts"][1])[0] - 100 * here.mean()) <= 0.0501
        assert line["parts"][2] == count
    if instances is not None:
        found = [i for i in np.unique(viewer.panoptic) if i % 1000 and i // 1000 != 255]
        assert [numbers(chip)[1] for chip in screen["chips"]] == found
        assert [numbers(chip)[2] for chip in screen["chips"]] == [(viewer.panoptic == i).sum() for i in found]


def assert_facts(
    facts: dict[str, str], labels: np.ndarray, instances: np.ndarray | None, viewer: Any, pixel: tuple[int, int]
) -> None:
    label, image = int(labels[pixel]), image_of(viewer.photo)
    assert numbers(facts["pixel"]) == list(pixel)
    assert numbers(facts["RGB"]) == image[pixel].tolist()
    assert facts["class"].startswith(f"{label}, {[*viewer.classes, 'void'][min(label, len(viewer.classes))]}")
    one_hot = to_one_hot(torch.tensor([[label]]), len(viewer.classes))[:, 0, 0].int().tolist()
    assert facts["one-hot"] == str(one_hot)
    assert ("instance" in facts) == ("panoptic id" in facts) == (instances is not None)
    if instances is not None:
        number = int(instances[pixel])
        assert numbers(facts["instance"])[0] == number
        assert facts["panoptic id"] == f"{label} · 1000 + {number} = {viewer.panoptic[pixel]}"
    ids, mode = ids_of(viewer)
    errors, viewer.errors = viewer.errors, False
    assert numbers(facts["blend"])[-3:] == blend_overlay(image, ids, mode, viewer)[pixel].tolist()
    viewer.errors = errors
    said, truth = int(viewer.prediction[pixel]), int(viewer.label_map[pixel])
    verdict = "not judged: void" if truth == 255 else "right" if said == truth else "wrong"
    assert facts["predicted"] == f"{said}, {viewer.classes[said]}: {verdict}"


def assert_window(
    screen: dict[str, Any], labels: np.ndarray, ids: np.ndarray, mode: str, instances: np.ndarray | None, viewer: Any
) -> None:
    top, bottom, left, right = (int(at) for at in numbers(screen["window"])[:4])
    assert [bottom - top + 1, right - left + 1] == [7, 7 if mode == "panoptic" else 9]
    crop = np.s_[top : bottom + 1, left : right + 1]
    values = {"semantic": labels, "panoptic": ids, "instance": instances}[mode]
    if screen["channel"] != "labels":
        values = image_of(viewer.photo)[..., ["red", "green", "blue"].index(screen["channel"])]
    assert [[int(text) for text in row] for row in screen["cells"]] == values[crop].tolist()
    counts = dict(re.findall(r"(\w+) (\d+)[,.]", screen["window"].split(":")[1]))
    found, times = np.unique(labels[crop], return_counts=True)
    names = [*viewer.classes, "void"]
    expected = {names[min(label, len(viewer.classes))]: str(n) for label, n in zip(found, times, strict=True)}
    assert counts == expected


def assert_mask(screen: dict[str, Any], ids: np.ndarray, mode: str, viewer: Any) -> None:
    segments = [i for i in np.unique(ids).tolist() if i not in (-1, 255, 255000)]
    assert screen["steps"] == len(segments)
    if screen["step"] == 0:
        assert numbers(screen["position"]) == [len(segments)]
        return
    assert numbers(screen["position"]) == [screen["step"], len(segments)]
    mask = ids == segments[screen["step"] - 1]
    rows, columns = np.nonzero(mask)
    x0, x1, y0, y1 = columns.min(), columns.max() + 1, rows.min(), rows.max() + 1
    said = screen["mask"].split(":", 1)
    found = numbers(said[1])
    assert found[:3] == [mask.sum(), mask.size, 1]  # "so many of so many pixels are 1"
    assert abs(found[3] - 100 * mask.mean()) <= 0.0501
    regions = [ndimage.label(mask)[1]] if mode == "semantic" else []
    assert found[4:] == [*regions, x0, x1, y0, y1]
    name = viewer.classes[segments[screen["step"] - 1] // (1 if mode == "semantic" else 1000)]
    assert said[0].startswith(f"Mask of {name}")


def interior(ids: np.ndarray) -> list[list[int]]:
    """Return pixels whose four sides no outline touches."""
    touched = np.zeros(ids.shape, dtype=bool)
    for kind, line, place in edge_cells(ids, closed=True):
        for side in (line - 1, line):
            row, column = (side, place) if kind == 0 else (place, side)
            if 0 <= row < ids.shape[0] and 0 <= column < ids.shape[1]:
                touched[row, column] = True
    return np.argwhere(~touched).tolist()
