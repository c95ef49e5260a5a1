"""The sliding-window explorer in a browser: its arithmetic and everything on its screen against torch."""

import random
import re
from typing import Any

import numpy as np
import pytest
import torch

from segedu.widgets import SlidingWindowExplorer
from segedu.widgets.kit.packed import pack
from tests.widgets.sliding_window import truth

pytestmark = pytest.mark.browser

NAMES = ("sky", "meadow", "road", "tree")
SCRIPT = """
const text = (selector) => document.querySelector(selector).textContent;
const slider = (name) => document.querySelector(`input[type=range][aria-label="${name}"]`);
const put = (name, value) => {
  slider(name).value = value;
  slider(name).dispatchEvent(new Event("input", { bubbles: true }));
};
const shown = (name) => slider(name).parentElement.querySelector("output").textContent;
const read = () => ({
  window: parseInt(shown("window size")), stride: parseInt(shown("stride")), step: Number(slider("window").value),
  position: text(".sg-position"), crop: text("[data-words=crop]"), map: text("[data-words=map]"),
  scores: [...document.querySelectorAll(".sw-number")].map((node) => node.textContent),
  best: [...document.querySelectorAll(".sw-bar")].findIndex((node) => node.dataset.best === "true"),
  places: text("[data-words=places]"), loop: text("[data-cost=loop]"), dense: text("[data-cost=dense]"), cost: text("[data-words=cost]"),
  misfit: document.querySelector("[data-words=misfit]").hidden ? null : text("[data-words=misfit]"),
});
"""  # noqa: E501


def run(page: Any, body: str, argument: Any = None) -> Any:
    return page.evaluate(f"(argument) => {{ {SCRIPT} {body} }}", argument)


def open_explorer(open_page: Any, explorer: Any, **options: Any) -> Any:
    page = open_page(explorer, **options)
    page.wait_for_selector(".segedu[data-ready=true]")
    return page


def small_scene() -> tuple[torch.Tensor, torch.Tensor]:
    """Return a noisy picture (3, 24, 37) of four classes and its label map, with some void."""
    label_map = torch.zeros(24, 37, dtype=torch.int64)
    label_map[12:], label_map[14:, 20:], label_map[5:18, 4:9] = 1, 2, 3
    label_map[0, :5] = 255
    colors = torch.tensor([[0.6, 0.8, 0.9], [0.4, 0.7, 0.2], [0.5, 0.5, 0.5], [0.1, 0.4, 0.2]])
    noise = torch.randn(3, 24, 37, generator=torch.Generator().manual_seed(0)) * 0.08
    return (colors[label_map.clamp(max=3)].permute(2, 0, 1) + noise).clamp(0, 1), label_map


def color_explorer(**traits: Any) -> SlidingWindowExplorer:
    image, label_map = small_scene()
    return SlidingWindowExplorer(image, classes=NAMES, label_map=label_map, **traits)


def given_explorer(padded: bool, macs: bool = True, **traits: Any) -> SlidingWindowExplorer:
    """Return an explorer of random scores for windows 3, 8 and 15, with one tie in a thousand."""
    image, label_map = small_scene()
    generator = torch.Generator().manual_seed(1)
    scores = {}
    for size in (3, 8, 15):
        shape = (4, 24, 37) if padded else (4, 24 - size + 1, 37 - size + 1)
        scores[size] = torch.randn(shape, generator=generator).mul(2).softmax(dim=0)
    costs = {size: (size * size * 321, 24 * 37 * 54321) for size in scores} if macs else None
    return SlidingWindowExplorer(image, scores, NAMES, macs=costs, label_map=label_map, **traits)


def numbers(text: str) -> list[float]:
    return [float(found.replace(",", "").replace("−", "-")) for found in re.findall(r"−?\d[\d,]*(?:\.\d+)?", text)]


def setting_on(screen: dict[str, Any], explorer: SlidingWindowExplorer) -> dict[str, Any]:
    size = dict(zip(("height", "width"), explorer.size, strict=True))
    return {**size, "window": screen["window"], "stride": screen["stride"], "padded": explorer.padded}


def torch_scores(explorer: SlidingWindowExplorer, window: int) -> torch.Tensor:
    """Return (C, h, w): the passed scores, or the built-in classifier's by torch from the image that was given."""
    if explorer.prototypes:
        return truth.color_scores(explorer.image, torch.tensor(explorer.prototypes), window)
    explorer.window = window
    return explorer.scores


def assert_screen_equals_torch(screen: dict[str, Any], explorer: SlidingWindowExplorer, scores: dict[int, Any]) -> None:
    setting = setting_on(screen, explorer)
    seen = truth.windows(setting)
    rows, columns = seen.shape[:2]
    count, step, window = rows * columns, screen["step"], screen["window"]
    if count == 0:
        assert screen["misfit"].startswith(f"No window: it is {window} pixels high and wide")
        assert screen["position"] == "no window"
        assert set(screen["scores"]) == {""}
        return
    larger = setting["stride"] > window or (explorer.padded and window > min(explorer.size))
    assert (screen["misfit"] is not None) == larger
    assert screen["position"] == f"window {step + 1:,} of {count:,}"
    assert screen["places"].endswith(f"columns: {rows} · {columns} = {count:,}")
    place = seen.flatten(0, 1)[step]
    pixel = place[window // 2, window // 2].tolist()
    cell = [pixel[axis] - (0 if explorer.padded else window // 2) for axis in (0, 1)]
    if window not in scores:
        scores[window] = torch_scores(explorer, window)
    here = scores[window][:, cell[0], cell[1]]
    torch.testing.assert_close(
        torch.tensor([float(text) for text in screen["scores"]]).double(), here, atol=5.1e-4, rtol=0
    )
    assert screen["best"] == int(here.argmax())
    corners = [*place[0, 0].tolist(), *place[-1, -1].tolist()]
    spans = [corners[0], corners[2], corners[1], corners[3]] if window > 1 else corners[:2]
    assert numbers(screen["crop"]) == [*spans, *pixel]
    assert screen["crop"].endswith(f"the label {explorer.classes[screen['best']]}.")
    assert_map(screen, setting, scores[window].argmax(dim=0), small_scene()[1])
    assert_cost(screen, explorer, count)


def assert_map(screen: dict[str, Any], setting: dict[str, Any], best: torch.Tensor, label_map: torch.Tensor) -> None:
    labels = truth.fill(setting, best, screen["step"])
    labeled = (labels >= 0) & (label_map != 255)
    right = int((labels == label_map)[labeled].sum())
    share = 100 * right / max(int(labeled.sum()), 1)
    found = numbers(screen["map"])
    assert found[:2] == [int((labels >= 0).sum()), labels.numel()]
    assert found[2:] == ([right, int(labeled.sum()), pytest.approx(share, abs=0.051)] if labeled.any() else [])


def assert_cost(screen: dict[str, Any], explorer: SlidingWindowExplorer, count: int) -> None:
    (height, width), window = explorer.size, screen["window"]
    if explorer.prototypes:
        loop, dense = count * window**2 * 3 * 4, height * width * 3 * 4
    elif explorer.costs:
        loop, dense = count * explorer.costs[str(window)][0], explorer.costs[str(window)][1]
    else:
        loop, dense = count * window**2, height * width
    assert int(numbers(screen["loop"])[-1]) == loop
    product = numbers(screen["dense"])
    assert int(product[-1] if len(product) > 1 else product[0]) == dense
    so_far = numbers(screen["cost"])
    assert so_far[:2] == [screen["step"] + 1, loop // count * (screen["step"] + 1)]
    if loop != dense:
        assert so_far[2] == pytest.approx(loop / dense, abs=0.51 if loop >= 10 * dense else 0.0051)


def golden_cases() -> dict[str, Any]:
    rng = random.Random(0)
    slides = [truth.slide_facts(truth.random_setting(rng), rng) for _ in range(90)]
    colors = []
    while len(colors) < 8:
        setting = {**truth.random_setting(rng), "padded": False}
        if truth.windows(setting).numel():
            colors.append(truth.color_facts(setting, len(colors)))
    arrays = [np.arange(256, dtype=np.uint8), np.zeros(1000, dtype=np.uint8), np.array([7], dtype=np.uint8)]
    return {"slides": slides, "colors": colors, "packed": [{"text": pack(a), "bytes": a.tolist()} for a in arrays]}


def test_the_core_equals_torch_on_random_settings(run_node):
    run_node("core.test.mjs", golden_cases())


SWEEP = """
  const screens = [];
  for (let size = 0; size <= Number(slider("window size").max); size++) {
    put("window size", size);
    for (const stride of argument) {
      put("stride", stride);
      const last = Number(slider("window").max);
      for (const step of new Set([0, 1, Math.floor(last / 2), last])) {
        if (step > last) continue;
        put("window", step);
        screens.push(read());
      }
    }
  }
  return screens;
"""


@pytest.mark.parametrize("kind", ["built in", "given", "padded", "no costs"])
def test_every_window_size_and_stride_shows_torchs_numbers(open_page, kind):
    explorer = {
        "built in": lambda: color_explorer(stride=1),
        "given": lambda: given_explorer(padded=False),
        "padded": lambda: given_explorer(padded=True),
        "no costs": lambda: given_explorer(padded=True, macs=False),
    }[kind]()
    strides = list(range(1, 33)) if kind != "no costs" else [1, 5, 32]
    page = open_explorer(open_page, explorer)
    screens = run(page, SWEEP, strides)
    assert {screen["window"] for screen in screens} == set(explorer.windows)
    assert {screen["stride"] for screen in screens} == set(strides)
    scores: dict[int, Any] = {}
    for screen in screens:
        assert_screen_equals_torch(screen, explorer, scores)


def test_every_position_shows_torchs_numbers(open_page):
    explorer = color_explorer(window=7, stride=3, step=0)
    page = open_explorer(open_page, explorer)
    screens = run(page, """
      const last = Number(slider("window").max);
      return Array.from({ length: last + 1 }, (_, step) => { put("window", step); return read(); });
    """)  # fmt: skip
    assert len(screens) == explorer.slide.count
    scores: dict[int, Any] = {}
    for screen in screens:
        assert_screen_equals_torch(screen, explorer, scores)


def test_the_painted_label_map_has_the_classes_colors(open_page):
    explorer = color_explorer(window=5, stride=4, step=40)
    page = open_explorer(open_page, explorer)
    width, height, data = page.evaluate("""() => {
      const canvas = document.querySelector("[data-surface=map] canvas");
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      return [canvas.width, canvas.height, [...data]];
    }""")
    pixels = torch.tensor(data).view(height, width, 4)
    labels = truth.fill(
        {"height": 24, "width": 37, "window": 5, "stride": 4, "padded": False},
        torch_scores(explorer, 5).argmax(dim=0), 40,
    )  # fmt: skip
    assert torch.equal(labels, explorer.label_map)
    compared = 0
    for row, column in (labels >= 0).nonzero().tolist():
        color = "#" + bytes(pixels[int((row + 0.5) * height / 24), int((column + 0.5) * width / 37), :3].tolist()).hex()
        compared += color == explorer.colors[labels[row, column]]
    assert compared >= int((labels >= 0).sum()) - 16  # all but the frame around the present block


def test_playing_walks_to_the_end_and_stops(open_page):
    page = open_explorer(open_page, color_explorer(window=15, stride=16, step=0))
    page.get_by_role("button", name="play").click()
    page.wait_for_function("() => document.querySelector('.sg-position').textContent === 'window 2 of 2'")
    page.wait_for_selector("button[aria-label=play]")


def test_playing_many_windows_takes_larger_steps(open_page):
    page = open_explorer(open_page, SlidingWindowExplorer(window=1, stride=1, step=0))
    page.get_by_role("button", name="play").click()
    page.wait_for_function("() => Number(document.querySelector('input[aria-label=window]').value) > 100")
    page.get_by_role("button", name="pause").click()
    before = run(page, "return read().step;")
    assert before % 52 == 1  # the press moves by one, then 12,288 windows in 240 pictures
    page.get_by_role("button", name="one position forward").click()
    assert run(page, "return read().step;") == before + 1


def test_dragging_and_arrow_keys_move_the_window(open_page):
    explorer = color_explorer(window=5, stride=4, step=0)
    page = open_explorer(open_page, explorer, width=1200)
    image = page.locator("[data-surface=image]")
    box = image.locator("canvas").bounding_box()
    scale = box["width"] / 37
    page.mouse.move(box["x"] + 5 * scale, box["y"] + 5 * scale)
    page.mouse.down()
    page.mouse.move(box["x"] + 18.5 * scale, box["y"] + 14.5 * scale)
    page.mouse.up()
    assert "give pixel (14, 18)" in page.locator("[data-words=crop]").inner_text()
    image.focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowUp")
    assert "give pixel (10, 14)" in page.locator("[data-words=crop]").inner_text()
    assert page.locator(".sg-live").inner_text() == "window at pixel row 10, column 14"
    page.keyboard.press("End")
    assert page.locator(".sg-position").inner_text() == "window 45 of 45"
    page.keyboard.press("Home")
    assert page.locator(".sg-position").inner_text() == "window 1 of 45"


def test_hovering_shows_another_window_and_leaves_the_map(open_page):
    page = open_explorer(open_page, color_explorer(window=5, stride=4, step=3), width=1200)
    before = run(page, "return read();")
    surface = page.locator("[data-surface=map]")
    box = surface.locator("canvas").bounding_box()
    surface.hover(position={"x": 30.5 * box["width"] / 37, "y": 18.5 * box["width"] / 37})
    hovered = run(page, "return read();")
    assert "give pixel (18, 30)" in hovered["crop"]
    assert (hovered["map"], hovered["position"]) == (before["map"], before["position"])
    page.mouse.move(0, 0)
    assert run(page, "return read();") == before


def test_a_window_larger_than_the_image_is_explained_and_can_be_left(open_page):
    page = open_explorer(open_page, color_explorer(window=31))
    assert page.locator("[data-words=misfit]").inner_text() == (
        "No window: it is 31 pixels high and wide, the image has 24 rows; there is no place to put it. "
        "Pad the image or take a smaller window."
    )
    assert page.get_by_role("button", name="play").is_disabled()
    page.get_by_label("window size").fill("2")
    assert (
        page.locator("[data-words=misfit]").inner_text().startswith("Stride 8 is larger than the window: the 3 lines")
    )
    page.get_by_label("stride", exact=True).fill("5")
    assert page.locator("[data-words=misfit]").is_hidden()


def test_predict_hides_the_count_until_guessed_or_revealed(open_page):
    page = open_explorer(open_page, color_explorer(window=7, stride=4, predict=True))  # 5 · 8 = 40
    screen = run(page, "return read();")
    assert screen["places"] == "? rows · ? columns = ?"
    assert screen["loop"].startswith("? windows × 49 pixels")
    assert screen["loop"].endswith("= ?")
    assert screen["position"].endswith("of ?")
    assert "40" not in screen["places"] + screen["loop"] + screen["cost"] + screen["position"]
    guess = page.get_by_label("How many windows")
    for answer, verdict in (
        ("x", "is not a whole number"),
        ("13", "You said 13, it is 40. That adds rows and columns"),
    ):
        guess.fill(answer)
        page.keyboard.press("Enter")
        assert page.get_by_text(verdict).is_visible()
    assert run(page, "return read();")["places"].endswith("= 40")
    page.get_by_label("stride", exact=True).fill("8")
    guess.fill("12")
    page.get_by_role("button", name="Check").click()
    assert page.get_by_text("Right: 12 windows.").is_visible()
    page.get_by_label("stride", exact=True).fill("2")
    page.get_by_role("button", name="Reveal").click()
    assert run(page, "return read();")["places"].endswith("9 · 16 = 144")


def test_the_copied_code_makes_the_label_map_on_the_screen(open_page, capsys):
    explorer = color_explorer(window=7, stride=4)
    page = open_explorer(open_page, explorer)
    page.get_by_role("button", name="Copy as torch code").click()
    scope: dict[str, Any] = {"image": explorer.image[None]}
    exec(page.get_by_label("the code").input_value(), scope)
    assert capsys.readouterr().out == "tensor(1.)\n"
    best = torch_scores(explorer, 7).argmax(dim=0)[::4, ::4]
    assert torch.equal(scope["label_map"], best)


def test_the_copied_code_of_a_given_model_runs(open_page):
    page = open_explorer(open_page, given_explorer(padded=True, window=8, stride=5))
    page.get_by_role("button", name="Copy as torch code").click()
    image = torch.rand(1, 3, 24, 37)

    def model(windows: torch.Tensor) -> torch.Tensor:
        assert windows.shape[1:] == (3, 8, 8)
        return windows.mean(dim=(2, 3))

    scope: dict[str, Any] = {"image": image, "model": model}
    exec(page.get_by_label("the code").input_value(), scope)
    assert scope["label_map"].shape == (25, 40)


def test_all_text_has_contrast_in_both_themes(open_page, in_every_look):
    for explorer in (SlidingWindowExplorer(errors=True), color_explorer(window=31), given_explorer(True, predict=True)):
        page = open_explorer(open_page, explorer)
        page.get_by_role("button", name="Copy as torch code").click()
        for found in in_every_look(page):
            assert len(found) > 25
            assert found[0][0] >= 4.5, found[:4]


@pytest.mark.parametrize("explorer", [lambda: SlidingWindowExplorer(predict=True), lambda: given_explorer(True)])
def test_a_phone_needs_no_sideways_scrolling(open_page, explorer):
    page = open_explorer(open_page, explorer(), width=320, scale=2)
    page.get_by_role("button", name="Copy as torch code").click()
    assert page.evaluate("() => document.documentElement.scrollWidth") == 320
    nodes = page.locator("input[type=range], button, [data-surface]").all()
    boxes = [node.bounding_box() for node in nodes if node.is_visible()]
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= 320 for box in boxes)
