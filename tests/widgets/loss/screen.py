"""How the tests read and move the loss explorer, and what segedu.losses says should stand there."""

import math
import re
from typing import Any

import torch

from segedu.widgets import LossExplorer
from tests.widgets.loss import truth
from tests.widgets.pages import html_with_model

LABELS = {
    "p, right class": "pixel_probability",
    "γ of focal": "gamma",
    "w of the object": "weight",
    "share of the object": "share",
    "p_o, at the object": "object_probability",
    "p_b, at the rest": "background_probability",
    "ε, in pixels": "epsilon",
    "α, Tversky's FP": "alpha",
    "β, Tversky's FN": "beta",
    "learning rate": "learning_rate",
    "c, likeness": "likeness",
    "step": "step",
}

SCRIPT = """
const text = (selector) => { const node = document.querySelector(selector); return node && !node.closest("[hidden]") ? node.textContent : null; };
const slider = (name) => document.querySelector(`input[type=range][aria-label="${name}"]`);
const put = (name, value) => { slider(name).value = value; slider(name).dispatchEvent(new Event("input", { bubbles: true })); };
const press = (name) => [...document.querySelectorAll("button")].find((node) => (node.getAttribute("aria-label") ?? node.textContent) === name).click();
const positions = (name) => {
  const { min, max, step } = slider(name), by = step === "any" ? (max - min) / 60 : Number(step);
  return Array.from({ length: Math.round((max - min) / by) + 1 }, (_, at) => Math.min(max, Number(min) + at * by));
};
const choose = (value) => { const menu = document.querySelector("select[aria-label=picture]"); menu.value = value; menu.dispatchEvent(new Event("change")); };
const centers = (name) => {
  const drawn = document.querySelector(`[data-map=${name}]`), { width, height } = drawn;
  const context = Object.assign(document.createElement("canvas"), { width, height }).getContext("2d", { willReadFrequently: true });
  context.drawImage(drawn, 0, 0);
  const { data } = context.getImageData(0, 0, width, height);
  const across = (at) => Math.floor(((at % 40) + 0.5) * width / 40), down = (at) => Math.floor((Math.floor(at / 40) + 0.5) * height / 25);
  const first = (at) => 4 * (down(at) * width + across(at));
  return Array.from({ length: 1000 }, (_, at) => [...data.slice(first(at), first(at) + 3)]);
};
const state = () => Object.fromEntries(window.model.names.map((name) => [name, window.model.get(name)]));
const read = () => ({
  state: state(),
  outputs: Object.fromEntries([...document.querySelectorAll("input[type=range]")].map((node) => [node.ariaLabel, node.nextElementSibling.textContent])),
  cells: Object.fromEntries([...document.querySelectorAll("[data-cell]")].map((node) => [node.dataset.cell, node.textContent])),
  bars: [...document.querySelectorAll(".lx-bar rect")].map((node) => parseFloat(node.getAttribute("width"))),
  lines: [...document.querySelectorAll("[data-line]")].filter((node) => !node.closest("[hidden]")).map((node) => [node.dataset.line, node.textContent]),
  chosen: [...document.querySelectorAll("[aria-pressed=true]")].map((node) => node.textContent),
  words: Object.fromEntries([...document.querySelectorAll("[data-words]")].map((node) => [node.dataset.words, text(`[data-words=${node.dataset.words}]`)])),
  remarks: [...document.querySelectorAll("[data-about]")].map((node) => [node.dataset.about, node.textContent]),
  position: text(".sg-position"),
});
"""  # noqa: E501


def open_explorer(open_page: Any, explorer: Any = None, before: str = "", **options: Any) -> Any:
    """Open the explorer with its model in window.model, which anywidget's model would be."""
    shown = explorer or LossExplorer()
    body = html_with_model(shown)
    page = open_page(before + body, **options)
    page.wait_for_selector(".segedu[data-ready=true]")
    page.evaluate("(names) => { window.model.names = names; }", sorted(shown.state()))
    return page


def run(page: Any, body: str, argument: Any = None) -> Any:
    """Run a script that may use the functions above."""
    return page.evaluate(f"(argument) => {{ {SCRIPT} {body} }}", argument)


def number(text: str) -> float:
    """Return the number that a text shows: "9.17·10⁻⁴", "−0.7", "1,000", "2 %"."""
    plain = text.translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹−", "-0123456789-")).replace(",", "").removesuffix(" %")
    return float(plain.replace("·10", "e"))


def last_number(text: str) -> float:
    """Return what stands behind the last "=" or ":" of a line."""
    return number(re.split(r"= |: ", text)[-1].rstrip("."))


def close(shown: float, expected: float, absolute: float = 3e-6) -> bool:
    """Whether a number of three digits is the expected one, which was computed in float32."""
    return math.isclose(shown, expected, rel_tol=0.006, abs_tol=absolute)


def scene_of(state: dict[str, Any]) -> tuple[dict[str, Any], list[float]]:
    """Return the setting as loss_truth has it, and the two logits at the shown step."""
    setting = {**state, "objects": round(1000 * state["share"]), "learningRate": state["learning_rate"]}
    z = torch.tensor([state["object_probability"], state["background_probability"]]).logit().tolist()
    return setting, truth.descended(state["loss"], setting, z)[state["step"]][:2] if state["step"] else z


def assert_screen_is_true(screen: dict[str, Any]) -> None:
    """Compare every number of the screen with the course's losses and autograd."""
    state = screen["state"]
    setting, z = scene_of(state)
    parts = []
    for at, name in enumerate(truth.NAMES):
        said = truth.said(name, setting, z)
        cells = {kind: screen["cells"][f"{name} {kind}"] for kind in ("value", "part", "object", "background")}
        assert close(number(cells["value"]), said["value"]), (name, cells, said, state)
        if name == "lovasz" and setting["objects"] and abs(sum(torch.tensor(z).sigmoid().tolist()) - 1) < 1e-4:
            continue  # a tie: torch may sort either group first
        up, down = -said["gradients"][0], said["gradients"][1]
        assert close(number(cells["object"]), up), (name, cells, said, state)
        assert close(number(cells["background"]), down), (name, cells, said, state)
        if up + down < 1e-4:
            continue
        parts.append(up / (up + down))
        assert close(number(cells["part"]), 100 * parts[-1], 0.05), (name, cells, said, state)
        assert math.isclose(screen["bars"][2 * at], 100 * parts[-1], abs_tol=0.5)
        assert math.isclose(sum(screen["bars"][2 * at : 2 * at + 2]), 100, abs_tol=1e-6)
    assert_lines(screen["lines"], state, setting, z)
    assert_iou(screen["words"]["scene"], setting["objects"], z)
    if screen["words"]["each"]:
        assert_each(screen["words"]["each"], state["loss"], setting, z)
    assert_outputs(screen["outputs"], state)


def assert_lines(lines: list[list[str]], state: dict[str, Any], setting: dict[str, Any], z: list[float]) -> None:
    """The formulas of the pixel end in autograd's numbers, those of the scene in the chosen loss."""
    p = torch.tensor(state["pixel_probability"], dtype=torch.float64)
    lead = p.logit().requires_grad_()
    plain = -lead.sigmoid().log()
    focal = (1 - lead.sigmoid()) ** state["gamma"] * plain
    expected = []
    for loss in (plain, state["weight"] * plain, focal):
        expected += [loss.item(), torch.autograd.grad(loss, lead, retain_graph=True)[0].item()]
    shown = [last_number(text) for name, text in lines if name.startswith("pixel ")]
    assert all(close(one, other) for one, other in zip(shown, expected, strict=True)), (shown, expected)
    written = [text for name, text in lines if name == "scene loss"]
    assert close(last_number(written[0]), truth.said(state["loss"], setting, z)["value"]), written


def assert_each(words: str, loss: str, setting: dict[str, Any], z: list[float]) -> None:
    """Each pixel's push is torch's gradient at that pixel; the count times it is the group's."""
    if loss == "lovasz" and setting["objects"] and abs(sum(torch.tensor(z).sigmoid().tolist()) - 1) < 1e-4:
        return  # a tie: torch may sort either group first
    _, gradient, target = truth.pixel_gradients(loss, setting, z)
    for group, name, way in ((1, "object", "up"), (0, "background", "down")):
        own = gradient[1][target == group].abs()
        if len(own) == 0:
            assert name not in words
            continue
        shown = re.search(rf"each {name} pixel (?:pushes )?(\S+) {way}", words)
        together = re.search(rf"{len(own):,} × (\S+) = (\S+?) {way}", words)
        assert shown, words
        assert together, words
        assert together[1] == shown[1]
        # Lovász sorts pixels of equal error, which share what their group's growth costs: the mean is each one's part.
        assert close(number(shown[1]), own.mean().item(), 3e-8), (words, own.mean(), setting)
        assert loss == "lovasz" or torch.allclose(own, own[0], rtol=1e-4, atol=3e-8)
        assert close(number(together[2]), own.double().sum().item()), (words, own.sum(), setting)


def assert_iou(words: str, objects: int, z: list[float]) -> None:
    """The IoU is that of the thresholded map with the target."""
    target = torch.arange(1000) < objects
    found = torch.where(target, z[0], z[1]).sigmoid() >= 0.5
    union = (target | found).sum().item()
    shown = words.split("IoU of p ≥ 0.5: ")[1].rstrip(".")
    assert shown == "0/0" if union == 0 else close(number(shown), (target & found).sum().item() / union)


def assert_outputs(outputs: dict[str, str], state: dict[str, Any]) -> None:
    """Each slider says its trait."""
    for label, name in LABELS.items():
        if name == "step":
            continue
        value = 100 * state[name] if name == "share" else state[name]
        assert close(number(outputs[label]), value, 1e-9), (label, outputs[label], value)
