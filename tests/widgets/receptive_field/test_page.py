"""The receptive-field explorer in a browser: its arithmetic and everything on its screen against torch."""

import random
import re
from typing import Any

import pytest
import torch
import torch.nn.functional as F

from segedu.widgets import ReceptiveFieldExplorer
from segedu.widgets.receptive_field.stacks import STACKS
from tests.widgets.receptive_field import truth

pytestmark = pytest.mark.browser

# What stands on the screen, and how the sweeps move the controls.
SCRIPT = """
const text = (selector) => { const node = document.querySelector(selector); return node && node.closest("[hidden]") === null && !node.hidden ? node.textContent : null; };
const slider = (name) => document.querySelector(`.rf-layer input[type=range][aria-label="${name}"]`);
const put = (name, value) => { slider(name).value = value; slider(name).dispatchEvent(new Event("input", { bubbles: true })); };
const pick = (label, value) => {
  const menu = [...document.querySelectorAll("select")].find((node) => node.closest("label").textContent.startsWith(label));
  menu.value = value;
  menu.dispatchEvent(new Event("change", { bubbles: true }));
};
const press = (name) => [...document.querySelectorAll("button")].find((node) => node.textContent === name).click();
const read = () => ({
  rows: [...document.querySelectorAll(".rf-table tbody tr")].map((row) => [...row.children].map((cell) => cell.textContent)),
  selected: [...document.querySelectorAll(".rf-table input")].findIndex((node) => node.checked),
  title: text(".rf-layer .sg-title"),
  sliders: Object.fromEntries(["kernel", "stride", "dilation", "padding"].map((name) => [name, Number(slider(name).value)])),
  analytic: text("[data-field=analytic]"), measured: text("[data-field=measured]"), effective: text("[data-field=effective]"),
  output: text("[data-words=output]"), side: text("[data-words=side]"), sum: text("[data-words=sum]"), misfit: text("[data-words=misfit]"),
});
"""  # noqa: E501


def run(page: Any, body: str, argument: Any = None) -> Any:
    return page.evaluate(f"(argument) => {{ {SCRIPT} {body} }}", argument)


def open_explorer(open_page: Any, explorer: Any, **options: Any) -> Any:
    page = open_page(explorer, **options)
    page.wait_for_selector(".segedu[data-ready=true]")
    return page


def small_photo() -> torch.Tensor:
    return torch.rand(3, 40, 56, generator=torch.Generator().manual_seed(0))


def numbers(text: str) -> list[float]:
    found = re.findall(r"−?\d[\d,]*(?:\.\d+)?", text)
    return [float(number.replace(",", "").replace("−", "-")) for number in found]


def layers_on(screen: dict[str, Any]) -> list[dict[str, Any]]:
    """Read the stack from the table's first column: "2 conv 3×3, stride 2, padding 1"."""
    layers = []
    for name, *_ in screen["rows"][1:]:
        _, kind, kernel = re.match(r"(\d+) (conv|pool) (\d+)×", name).groups()
        found = dict(re.findall(r"(stride|dilation|padding) (\d+)", name))
        options = {
            key: int(found.get(key, default)) for key, default in (("stride", 1), ("padding", 0), ("dilation", 1))
        }
        layers.append({"kind": kind, "kernel": int(kernel), **options})
    return layers


def last_number(text: str) -> int:
    return int(text.split("=")[-1].replace("−", "-"))


def assert_screen_equals_torch(screen: dict[str, Any], size: tuple[int, int]) -> None:
    layers = layers_on(screen)
    shown = layers[screen["selected"]]
    assert screen["sliders"] == {name: shown[name] for name in screen["sliders"]}
    assert screen["title"] == f"Layer {screen['selected'] + 1} of {len(layers)}"
    broken = truth.first_misfit(layers, size)
    if broken is not None:
        assert screen["misfit"].startswith(f"Layer {broken}: ")
        assert [row[1] for row in screen["rows"][broken:]] == ["none"] + ["none"] * (len(layers) - broken)
        assert screen["analytic"] is None
        assert screen["side"] is None
        return
    assert screen["misfit"] is None
    cell = [int(number) for number in numbers(screen["output"].split("cell (")[1])[:2]]
    facts = truth.facts(layers, size, cell)
    for level, row in enumerate(screen["rows"]):
        assert row[1] == " × ".join(str(axis[level]) for axis in facts["lengths"])
        if level:
            assert [last_number(text) for text in row[2:]] == recursion(layers[:level])
    side = facts["size_of_field"]
    assert last_number(screen["sum"]) == side
    assert numbers(screen["analytic"])[:3] == [side, side, side * side]
    assert_fields(screen, facts)
    touched_columns = int(torch.tensor(facts["gradient"]).any(dim=0).sum())
    if facts["touched"]:
        assert numbers(screen["side"])[1] == touched_columns
    assert numbers(screen["side"])[2] == cell[1]


def recursion(layers: list[dict[str, Any]]) -> list[int]:
    """Return jump, size and start as segedu.receptive_field has them."""
    field = truth.receptive_field([[layer[k] for k in ("kernel", "stride", "padding", "dilation")] for layer in layers])
    return [field.jump[0], field.size[0], field.start[0]]


def assert_fields(screen: dict[str, Any], facts: dict[str, Any]) -> None:
    if facts["touched"] == 0:
        assert screen["measured"] == screen["effective"] == "No pixel at all: this output cell sees padding only."
        return
    (height, width), (top, left), side = facts["size"], facts["first"], facts["size_of_field"]
    high = min(top + side, height) - max(top, 0)
    wide = min(left + side, width) - max(left, 0)
    measured = numbers(screen["measured"])
    assert measured[:2] == [facts["touched"], high * wide]
    assert measured[2] == pytest.approx(100 * facts["touched"] / (high * wide), abs=0.051)
    assert measured[3:5] == facts["box"]
    assert measured[5:] == ([high * wide - facts["touched"]] if facts["touched"] < high * wide else [])
    half, most = facts["sides"].values()
    assert numbers(screen["effective"]) == [half, half, 95, most, most]


def golden_cases() -> dict[str, Any]:
    rng = random.Random(0)
    cases, misfits = [], []
    while len(cases) < 80 or len(misfits) < 12:
        layers, size = truth.random_stack(rng), (rng.randint(3, 26), rng.randint(3, 30))
        broken = truth.first_misfit(layers, size)
        if broken is not None:
            misfits.append({"layers": layers, "size": size, "layer": broken})
            continue
        cell = [rng.randrange(axis[-1]) for axis in truth.lengths(layers, size)]
        cases.append(truth.facts(layers, size, cell))
    for name in ("four 3×3", "gridding 2-2-2", "dilated 1-2-4-8"):  # away from the border, no padding
        layers = [{**layer, "padding": 0} for layer in STACKS[name]]
        cases += [truth.facts(layers, (41, 47), (row, col)) for row in (0, 3) for col in (0, 5)]
    averages = []
    for case in cases[:20]:
        image = (
            torch.rand(case["size"], dtype=torch.float64, generator=torch.Generator().manual_seed(len(averages))) * 255
        )
        weight = 1.0
        for layer in case["layers"]:
            weight *= layer["kernel"] ** 2
        averaged = truth.module(case["layers"])(image[None, None])[0, 0] / weight
        averages.append({"layers": case["layers"], "image": image.tolist(), "averaged": averaged.tolist()})
    return {"cases": cases, "misfits": misfits, "presets": STACKS, "averages": averages}


def test_the_core_equals_torch_on_random_stacks(run_node):
    run_node("core.test.mjs", golden_cases())


def test_every_preset_shows_torchs_numbers(open_page):
    page = open_explorer(open_page, ReceptiveFieldExplorer())
    screens = run(page, "return argument.map((name) => { pick('stack', name); return read(); });", list(STACKS))
    for screen, layers in zip(screens, STACKS.values(), strict=True):
        assert layers_on(screen) == layers
        assert_screen_equals_torch(screen, (149, 224))


def test_every_value_of_every_control_shows_torchs_numbers(open_page):
    page = open_explorer(open_page, ReceptiveFieldExplorer([(3, 1, 1), (3, 2, 2, 2), (5, 1, 2)], small_photo()))
    screens = run(page, """
      const screens = [];
      for (const at of [0, 1, 2]) {
document.querySelectorAll(".rf-table input[type=radio]")[at].click();
        for (const kind of ["conv", "pool"]) {
          pick("kind", kind);
          for (const name of ["kernel", "stride", "dilation", "padding"]) {
            const before = slider(name).value, padding = slider("padding").value;
            for (let value = Number(slider(name).min); value <= Number(slider(name).max); value++) {
              put(name, value);
              screens.push(read());
            }
            put(name, before);
            put("padding", padding);
          }
        }
        pick("kind", "conv");
        screens.push(read());
      }
      return screens;
    """)  # fmt: skip
    assert len(screens) == 3 * (2 * (7 + 4 + 8 + 25) + 1)
    assert layers_on(screens[-1]) == ReceptiveFieldExplorer([(3, 1, 1), (3, 2, 2, 2), (5, 1, 2)], small_photo()).layers
    for screen in screens:
        assert_screen_equals_torch(screen, (40, 56))


def test_every_output_cell_shows_torchs_numbers(open_page):
    page = open_explorer(open_page, ReceptiveFieldExplorer("ResNet stem", small_photo(), position=(0, 0)))
    cells = [(row, col) for row in range(0, 10, 3) for col in range(14)]
    host = page.locator("[data-surface=output]")
    box = host.locator("canvas").bounding_box()
    for row, col in cells:
        host.click(position={"x": (col + 0.5) * box["width"] / 14, "y": (row + 0.5) * box["height"] / 10})
        screen = run(page, "return read();")
        assert f"this is cell ({row}, {col})" in screen["output"]
        assert_screen_equals_torch(screen, (40, 56))


def test_layers_are_added_moved_and_removed(open_page):
    page = open_explorer(open_page, ReceptiveFieldExplorer([3, 5], small_photo()))
    screens = run(page, """
      return argument.map((name) => {
        press(name);
        return read();
      });
    """, ["Add", "Down", "Up", "Up", "Remove", "Remove", "Add", "Add"])  # fmt: skip
    kernels = [[layer["kernel"] for layer in layers_on(screen)] for screen in screens]
    assert kernels == [[3, 3, 5], [3, 5, 3], [3, 3, 5], [3, 3, 5], [3, 5], [5], [5, 5], [5, 5, 5]]
    for screen in screens:
        assert_screen_equals_torch(screen, (40, 56))
    run(page, "for (let count = 3; count < 20; count++) press('Add'); return null;")
    assert page.get_by_role("button", name="Add").is_disabled()
    assert len(layers_on(run(page, "return read();"))) == 20


def test_the_chosen_cell_stays_over_its_place_when_the_stack_changes(open_page):
    page = open_explorer(open_page, ReceptiveFieldExplorer([3], small_photo(), position=(20, 31)))
    run(page, "put('stride', 4); return null;")
    output = run(page, "return read();")["output"]
    row, col = numbers(output.split("cell (")[1])[:2]
    field = truth.receptive_field([(3, 4)])
    assert abs(field.start[0] + row * 4 + 1 - 21) <= 2  # middle of the field before: row 21, column 32
    assert abs(field.start[1] + col * 4 + 1 - 32) <= 2


def test_pointing_at_a_pixel_counts_its_paths_everywhere(open_page):
    explorer = ReceptiveFieldExplorer("gridding 2-2-2", small_photo(), position=(20, 28))
    page = open_explorer(open_page, explorer, width=1200)
    field = truth.gradient(explorer.layers, (40, 56), (20, 28))
    page.locator("[data-surface=measured]").focus()
    for key in ["ArrowUp", "ArrowUp", "ArrowLeft"]:
        page.keyboard.press(key)
    assert "is a hole" in page.locator("[data-words=pixel]").inner_text()
    page.keyboard.press("ArrowLeft")
    words = page.locator("[data-words=pixel]").inner_text()
    row, col = (int(number) for number in numbers(words)[:2])
    assert numbers(words)[4:6] == [int(field[row, col]), int(field.sum())]
    assert numbers(words)[6] == pytest.approx(float(100 * field[row, col] / field.sum()), abs=0.051)
    side = page.locator("[data-words=side]").inner_text()
    assert side.startswith(f"Input, column {col}: ")
    paths = truth.gradient(explorer.layers, (40, 56), (20, 28))[row]
    assert numbers(side)[1] == int(paths[col] * 27 / paths.sum())


def test_the_side_view_follows_the_paths_of_a_cell(open_page):
    page = open_explorer(open_page, ReceptiveFieldExplorer("dilated 1-2-4-8", small_photo(), position=(20, 28)))
    side = page.locator("[data-surface=side]")
    side.focus()
    page.keyboard.press("ArrowDown")
    assert page.locator("[data-words=side]").inner_text() == (
        "Layer 3, column 28: 1 path to output column 28; it reads 24, 28, 32 below."
    )
    page.keyboard.press("ArrowRight")
    assert page.locator("[data-words=side]").inner_text().startswith("Layer 3, column 29: no path to output column 28;")
    assert page.locator(".sg-live").inner_text().startswith("Layer 3, column 29")
    box = side.bounding_box()
    page.mouse.move(box["x"] + 5, box["y"] + 5)
    assert "paths lead from" in page.locator("[data-words=side]").inner_text()


def test_hovering_and_arrow_keys_on_the_photo_move_the_field(open_page):
    page = open_explorer(open_page, ReceptiveFieldExplorer("strided", small_photo(), position=(2, 3)), width=1200)
    photo = page.locator("[data-surface=photo]")
    photo.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    assert "this is cell (3, 4)" in page.locator("[data-words=output]").inner_text()
    assert page.locator(".sg-live").inner_text() == "output cell, row 3, column 4"
    photo.hover(position={"x": 2, "y": 2})
    assert "this is cell (0, 0)" in page.locator("[data-words=output]").inner_text()
    page.mouse.move(0, 0)
    assert "this is cell (3, 4)" in page.locator("[data-words=output]").inner_text()


def test_impossible_stacks_are_explained_and_can_be_left(open_page):
    page = open_explorer(open_page, ReceptiveFieldExplorer([(7, 4), (7, 1, 0, 8)], small_photo()))
    assert page.locator("[data-words=misfit]").inner_text() == (
        "Layer 2: the kernel spans 49 cells (dilation 8 · (7 − 1) + 1), its input has 9 rows: "
        "nothing comes out, and later layers have no input."
    )
    page.get_by_role("button", name="Remove").click()
    page.get_by_label("kernel").fill("2")
    assert page.locator("[data-words=misfit]").is_hidden()
    assert page.locator("[data-field=analytic]").is_visible()


def test_predict_hides_every_number_until_guessed(open_page):
    page = open_explorer(open_page, ReceptiveFieldExplorer("dilated 1-2-4-8", small_photo(), predict=True))
    screen = run(page, "return read();")
    assert screen["analytic"] is screen["side"] is None
    assert screen["sum"] == ""
    assert {text for row in screen["rows"] for text in row[2:]} == {"?"}
    guess = page.get_by_label("How many pixels wide")
    for answer, verdict in (
        ("no", "is not a whole number"),
        ("9", "You said 9, it is 31. That would be right without"),
    ):
        guess.fill(answer)
        page.keyboard.press("Enter")
        assert page.get_by_text(verdict).is_visible()
    assert_screen_equals_torch(run(page, "return read();"), (40, 56))
    page.get_by_label("stack", exact=True).select_option("four 3×3")
    assert run(page, "return read();")["analytic"] is None
    guess.fill("9")
    page.get_by_role("button", name="Check").click()
    assert page.get_by_text("Right: 9 pixels.").is_visible()
    page.get_by_label("stack", exact=True).select_option("strided")
    page.get_by_role("button", name="Reveal").click()
    assert_screen_equals_torch(run(page, "return read();"), (40, 56))


def test_the_copied_code_prints_the_numbers_on_the_screen(open_page, capsys):
    page = open_explorer(open_page, ReceptiveFieldExplorer("ResNet stem", small_photo(), position=(0, 13)))
    page.get_by_role("button", name="Copy as torch code").click()
    exec(page.get_by_label("the code").input_value(), {})
    printed = capsys.readouterr().out.splitlines()
    facts = truth.facts(STACKS["ResNet stem"], (40, 56), (0, 13))
    assert printed[0] == f"analytic: side {facts['size_of_field']} jump {facts['jump']} start {facts['start']}"
    assert printed[1] == f"measured: pixels touched {facts['touched']}"
    field = torch.tensor(facts["gradient"])
    assert float(printed[2].split()[-1]) == pytest.approx(float(field.max() / field.sum()))


def test_the_output_map_is_the_photo_averaged_by_torch(open_page):
    photo = small_photo()
    page = open_explorer(open_page, ReceptiveFieldExplorer([(3, 2, 1)], photo), scale=1)
    painted = page.evaluate("""() => {
      const canvas = document.querySelector("[data-surface=output] canvas");
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      return [canvas.width, canvas.height, [...data]];
    }""")
    width, height, data = painted
    pixels = torch.tensor(data, dtype=torch.float64).view(height, width, 4)[..., :3]
    expected = F.avg_pool2d((photo.double() * 255).round()[None], 3, 2, 1)[0]  # (3, 20, 28)
    for row, col in ((0, 0), (5, 20), (19, 27), (12, 3)):
        shown = pixels[int((row + 0.5) * height / 20), int((col + 0.5) * width / 28)]
        torch.testing.assert_close(shown, expected[:, row, col], atol=1.01, rtol=0)


def test_all_text_has_contrast_in_both_themes(open_page, in_every_look):
    for explorer in (
        ReceptiveFieldExplorer(),
        ReceptiveFieldExplorer([(7, 4), (7, 1, 0, 8)], small_photo(), predict=True),
        ReceptiveFieldExplorer("gridding 2-2-2", small_photo(), predict=True),
    ):
        page = open_explorer(open_page, explorer)
        page.get_by_role("button", name="Copy as torch code").click()
        for found in in_every_look(page):
            assert len(found) > 25
            assert found[0][0] >= 4.5, found[:4]


@pytest.mark.parametrize("stack", ["VGG-16", "gridding 2-2-2", [(7, 4, 2), (7, 1, 24, 8)]])
def test_a_phone_needs_no_sideways_scrolling(open_page, stack):
    page = open_explorer(open_page, ReceptiveFieldExplorer(stack), width=320, scale=2)
    page.get_by_role("button", name="Copy as torch code").click()
    assert page.evaluate("() => document.documentElement.scrollWidth") == 320
    nodes = page.locator("input[type=range], input[type=radio], button, [data-surface], select").all()
    boxes = [node.bounding_box() for node in nodes if node.is_visible()]
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= 320 for box in boxes)
