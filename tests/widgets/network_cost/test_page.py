"""The network cost explorer in a browser: its arithmetic and everything on its screen against segedu.ops."""

import random
import re
from typing import Any

import pytest
from torch import nn

from segedu.widgets import NetworkCostExplorer
from segedu.widgets.network_cost.core import middle_field, scaled
from segedu.widgets.network_cost.designs import PRESETS, as_design, steps_of
from tests.widgets.network_cost import truth
from tests.widgets.network_cost.screen import (
    assert_screen_equals_torch,
    bytes_words,
    field_words,
    open_explorer,
    run,
    setting_on,
)

pytestmark = pytest.mark.browser

SMALL = {"layers": [1, 2, (1, 2), 2], "channels": 12, "double": True}


def golden_cases(count: int = 60) -> dict[str, Any]:
    rng = random.Random(0)
    settings = [(truth.random_design(rng), truth.random_conditions(rng)) for _ in range(count)]
    cases = [
        {**truth.facts(design, conditions), "field": truth.field(design, conditions["size"])}
        for design, conditions in settings
    ]
    return {"cases": cases, "presets": {name: as_design(name) for name in PRESETS}}


def test_the_core_equals_segedu_ops_on_random_designs(run_node):
    run_node("core.test.mjs", golden_cases())


def test_every_preset_shows_the_numbers_of_segedu_ops(open_page):
    page = open_explorer(open_page, NetworkCostExplorer())
    screens = run(page, "return argument.map((name) => { pick('design', name); return read(); });", list(PRESETS))
    for screen, name in zip(screens, PRESETS, strict=True):
        assert screen["menus"]["design"] == name
        assert setting_on(screen)[0] == as_design(name)
        assert_screen_equals_torch(screen)


def test_the_first_view_answers_why_the_pooling_is_not_dropped(open_page):
    screen = run(open_explorer(open_page, NetworkCostExplorer()), "return read();")
    assert screen["verdict"] == (
        "With 34.1 times the MACs and 12.9 times the activations, this design sees 17 px, the other 61 px."
    )
    mine, other = NetworkCostExplorer().totals, NetworkCostExplorer().reference_totals
    assert screen["totals"]["macs times"] == f"{mine.macs / other.macs:.3g}×"
    assert screen["totals"]["macs reference"] == f"{other.macs:,}"


def test_every_control_through_its_range_shows_the_numbers_of_segedu_ops(open_page):
    page = open_explorer(open_page, NetworkCostExplorer(SMALL, size=(48, 80)))
    screens = run(page, """
      const screens = [];
      for (const name of sliders) {
        const { min, max, step, value } = slider(name);
        const values = [];
        for (let next = Number(min); next <= Number(max); next += Number(step)) values.push(next);
        const every = Math.ceil(values.length / 16); // the core is held to torch at random values in Node
        for (const next of values.filter((_, at) => at % every === 0 || at === values.length - 1)) {
          put(name, next);
          screens.push(read());
        }
        put(name, value);
        if (name === "layers") [1, 2, 1, 2].forEach((stride, at) => layer("stride", at + 1, stride));
      }
      for (const name of ["kernel", "way up", "memory for", "numbers"]) {
        const before = menu(name).value;
        for (const { value } of menu(name).options) {
          pick(name, value);
          screens.push(read());
        }
        pick(name, name === "way up" ? "step by step" : before);
      }
      for (const name of ["stride", "dilation"])
        for (const number of [1, 2, 4]) {
          const before = menu(`${name} of layer ${number}`).value;
          for (const { value } of menu(`${name} of layer ${number}`).options) {
            layer(name, number, value);
            screens.push(read());
          }
          layer(name, number, before);
        }
      for (let times = 0; times < 2; times++) {
        check("channels double at each stride").click();
        screens.push(read());
      }
      return screens;
    """)  # fmt: skip
    assert len(screens) == (16 + 17 + 17 + 17 + 17) + (4 + 3 + 2 + 2) + 3 * (4 + 16) + 2
    for screen in screens:
        assert_screen_equals_torch(screen)


def test_controls_in_combination_show_the_numbers_of_segedu_ops(open_page):
    rng = random.Random(2)
    chosen = [
        {"sliders": [rng.randint(1, 16), rng.randint(1, 128), 8 * rng.randint(1, 128), 8 * rng.randint(1, 128),
                     rng.randint(1, 32)],
         "menus": [rng.choice(["1", "3", "5", "7"]), rng.choice(["none", "at once", "step by step"]),
                   rng.choice(["true", "false"]), rng.choice(["fp32", "bf16"])],
         "layer": [rng.choice(["stride", "dilation"]), rng.random(), rng.randint(1, 4)],
         "button": rng.choice(["Drop the strides", "Match the MACs", "", "", ""]), "double": rng.random() < 0.3}
        for _ in range(90)
    ]  # fmt: skip
    page = open_explorer(open_page, NetworkCostExplorer(SMALL))
    screens = run(page, """
      return argument.map((values) => {
        sliders.forEach((name, at) => put(name, values.sliders[at]));
        menus.slice(2).forEach((name, at) => pick(name, values.menus[at]));
        const [name, where, value] = values.layer;
        layer(name, 1 + Math.floor(where * values.sliders[0]), value);
        if (values.button) press(values.button);
        if (values.double) check("channels double at each stride").click();
        return read();
      });
    """, chosen)  # fmt: skip
    for screen in screens:
        assert_screen_equals_torch(screen)


def test_bars_are_as_wide_as_the_maps_and_as_thick_as_the_channels_at_one_scale(open_page):
    explorer = NetworkCostExplorer("down and up", "strides dropped")
    screen = run(open_explorer(open_page, explorer), "return read(true);")
    widest = screen["design"][0]["bar"][0][0]
    for side, design in (("design", explorer.design), ("reference", explorer.reference)):
        steps = steps_of(design, 10, (360, 480))
        for number, (row, step) in enumerate(zip(screen[side][1:], steps, strict=True), start=1):
            (wide, thick), (field, _) = row["bar"]
            assert wide == pytest.approx(max(1, widest * step.sizes[1][1] / 480), abs=0.02)
            assert thick == pytest.approx(max(1, 20 * step.channels[1] / 288), abs=0.02)
            assert field == pytest.approx(max(2, widest * middle_field(steps[:number])[1] / 480), abs=0.6)
    assert screen["design"][0]["bar"][1] is None


def test_matching_the_macs_keeping_and_dropping(open_page):
    page = open_explorer(open_page, NetworkCostExplorer("downsampling", "full resolution"))
    screens = run(page, """
      return ["Keep for comparison", "Drop the strides", "Match the MACs"].map((name) => {
        press(name);
        return read();
      });
    """)  # fmt: skip
    kept, dropped, matched = screens
    assert kept["menus"]["compare with"] == "downsampling"
    assert kept["verdict"] == "Both designs cost the same and see the same: change one of them."
    assert dropped["menus"]["design"] == "strides dropped"
    assert dropped["totals"]["macs times"] == "34.1×"
    assert matched["verdict"].startswith("With 0.953 times") or matched["verdict"].startswith("At about equal MACs")
    for screen in screens:
        assert_screen_equals_torch(screen)


def test_pointing_lights_the_layer_in_both_towers_and_writes_its_formulas(open_page):
    page = open_explorer(open_page, NetworkCostExplorer())
    for side in ("design", "reference"):
        page.locator(f"[data-tower={side}] tbody tr").nth(3).hover()  # layer 6 of 9, from the top
        screen = run(page, "return read();")
        assert [at for at, row in enumerate(screen["design"]) if row["lit"]] == [6]
        assert [at for at, row in enumerate(screen["reference"]) if row["lit"]] == [6]
        assert [row["shown"] for row in screen[side]].index(True) == 6
    assert screen["layer"] == "Layer 6 of the design compared with: conv 3×3, stride 2"
    assert screen["formulas"] == {
        "output height": "⌊(90 + 2·1 − 1·(3 − 1) − 1) / 2⌋ + 1 = 45",
        "output width": "⌊(120 + 2·1 − 1·(3 − 1) − 1) / 2⌋ + 1 = 60",
        "parameters": "k·k·C_in·C_out + C_out = 3·3·144·288 + 288 = 373,536",
        "MACs": "N·k·k·C_in·C_out·H·W = 16·3·3·144·288·45·60 = 16,124,313,600",
        "memory": "N·C_out·H·W·4 bytes = 16·288·45·60·4 = 49,766,400 bytes",
        "receptive field": "r + d·(k − 1)·j = 21 + 1·(3 − 1)·4 = 29; the next layers' jump j·s = 4·2 = 8",
    }
    page.mouse.move(0, 0)
    assert run(page, "return read();")["layer"] == "Layer 9 of this design: scores 1×1"


def test_the_player_walks_up_the_tower_and_back(open_page):
    page = open_explorer(open_page, NetworkCostExplorer("downsampling"))
    rows = NetworkCostExplorer("downsampling").layers
    press = lambda name: page.get_by_role("button", name=name, exact=True).click()  # noqa: E731
    press("first position")
    for number in (1, 2, 3):
        screen = run(page, "return read();")
        assert screen["layer"].startswith(f"Layer {number} of this design")
        assert [row["faded"] for row in screen["design"]] == [False] * (number + 1) + [True] * (9 - number)
        so_far = rows[:number]
        assert screen["soFar"].startswith(
            f"Up to this layer: {scaled(sum(row.macs for row in so_far))} MACs; "
            f"training has kept {bytes_words(sum(row.bytes for row in so_far))}"
        )
        press("one position forward")
    press("one position back")
    assert run(page, "return read();")["layer"].startswith("Layer 3")
    run(page, "put('layer', 6); return null;")
    assert run(page, "return read();")["layer"].startswith("Layer 7")
    press("play")
    page.wait_for_function("document.querySelector('[data-words=layer]').textContent.startsWith('Layer 9')")


def test_the_keyboard_alone_walks_both_towers_and_changes_a_stride(open_page):
    page = open_explorer(open_page, NetworkCostExplorer())
    reference = page.locator("[data-tower=reference]")
    reference.focus()
    for key, layer in (("Home", 1), ("ArrowUp", 2), ("ArrowUp", 3), ("ArrowDown", 2), ("End", 9)):
        page.keyboard.press(key)
        assert run(page, "return read();")["layer"].startswith(f"Layer {layer} of the design compared with")
    assert page.locator(".sg-live").inner_text() == "layer 9: scores 1×1"
    page.locator("[data-tower=design]").focus()
    page.keyboard.press("ArrowDown")
    assert run(page, "return read();")["layer"].startswith("Layer 8 of this design")
    page.get_by_label("stride of layer 2", exact=True).focus()
    page.keyboard.press("ArrowDown")
    screen = run(page, "return read();")
    assert screen["design"][2]["menus"] == [2, 1]
    assert_screen_equals_torch(screen)


def test_predict_hides_the_numbers_until_guessed(open_page):
    page = open_explorer(open_page, NetworkCostExplorer(predict=True))
    screen = run(page, "return read(true);")
    assert {text for key, text in screen["totals"].items() if not key.endswith("reference")} == {"?"}
    assert {row["cells"][name] for row in screen["design"][1:] for name in ("MACs", "memory", "sees")} == {"?"}
    assert all(row["bar"][1] is None for row in screen["design"])
    assert screen["formulas"] == {}
    assert screen["verdict"] == ""
    for name, guess in (("MACs", "more than four times"), ("activations", "about the same"), ("receptive field", "")):
        page.get_by_label(name, exact=True).select_option(guess)
    page.get_by_role("button", name="Check").click()
    assert page.locator("[data-verdict=MACs]").inner_text() == "MACs: right, 34.1 times."
    assert "you said “about the same”, it is 12.9 times" in page.locator("[data-verdict=activations]").inner_text()
    assert "no guess; 0.279 times" in page.locator("[data-verdict='receptive field']").inner_text()
    assert_screen_equals_torch(run(page, "return read();"))
    run(page, "pick('design', 'dilated'); return null;")
    assert run(page, "return read();")["totals"]["macs design"] == "?"
    page.get_by_role("button", name="Reveal").click()
    assert_screen_equals_torch(run(page, "return read();"))


def test_impossible_settings_are_explained_and_can_be_left(open_page):
    page = open_explorer(open_page, NetworkCostExplorer({"layers": [2] * 6, "channels": 8}, size=(16, 24), batch=1))
    screen = run(page, "return read();")
    assert [words.split(":")[0] for words in screen["remarks"][:2]] == ["Layer 5", "Layer 5"]
    assert "multiply to 16, the image has 16 rows" in screen["remarks"][1]
    assert_screen_equals_torch(screen)
    run(page, "put('image height', 1024); put('image width', 1024); return null;")
    assert run(page, "return read();")["remarks"] == []
    run(page, "pick('design', 'strides dropped'); put('batch', 32); return null;")
    (words,) = run(page, "return read();")["remarks"]
    assert re.fullmatch(
        r"Training with a batch of 32 takes \d+ GB of activations .* largest batch that fits is \d+\.", words
    )


@pytest.mark.parametrize(
    "setting",
    [
        {"design": "downsampling"},
        {"design": "dilated", "training": False, "precision": "bf16"},
        {"design": {"layers": [2, (1, 2), 3], "channels": 5, "kernel": 5, "up": "step by step"}, "size": (104, 112)},
        {"design": {"layers": [2, 1, 2], "channels": 6, "double": True, "up": "at once"}, "size": (64, 72), "batch": 3},
    ],
    ids=["training", "inference, bf16", "step by step", "at once"],
)
def test_the_copied_code_prints_the_numbers_on_the_screen(open_page, capsys, setting):
    explorer = NetworkCostExplorer(**setting)
    page = open_explorer(open_page, explorer)
    page.get_by_role("button", name="Copy as torch code").click()
    scope: dict[str, Any] = {}
    exec(page.get_by_label("the code").input_value(), scope)
    printed = capsys.readouterr().out.splitlines()
    screen = run(page, "return read();")
    shown = {key.split()[0]: text for key, text in screen["totals"].items() if key.endswith("design")}
    assert isinstance(scope["net"], nn.Sequential)
    assert printed[-4:] == [
        f"parameters {shown['parameters'].replace(',', '')}",
        f"MACs {shown['macs'].replace(',', '')}",
        f"activation bytes {shown['activations'].replace(',', '')}",
        f"receptive field {explorer.totals.field}",
    ]
    assert shown["field"] == field_words(explorer.totals.field)
    assert len(printed) - 4 == len(screen["design"]) - 1


def test_an_update_of_the_largest_design_keeps_its_rows_and_boxes(open_page, count_work):
    largest = {"layers": [2] * 16, "channels": 128, "double": True, "up": "step by step"}
    page = open_explorer(open_page, NetworkCostExplorer(largest, largest, size=(1024, 1024)))
    work = count_work(run, page, '{ width: (at) => put("width (channels)", 64 + at) }')
    assert work["width"]["created"] <= 20  # not the 66 rows of the two tables, nor the towers' boxes
    assert work["width"]["written"] <= 120
    assert work["width"]["painted"] == 0


def test_all_text_has_contrast_in_both_themes(open_page, in_every_look):
    for explorer in (
        NetworkCostExplorer("down and up", step=3),
        NetworkCostExplorer({"layers": [2] * 6}, size=(16, 24), predict=True),
    ):
        page = open_explorer(open_page, explorer)
        page.locator("[data-tower=design] tbody tr").nth(2).hover()
        page.get_by_role("button", name="Copy as torch code").click()
        for found in in_every_look(page):
            assert len(found) > 60
            assert found[0][0] >= 4.5, found[:4]


@pytest.mark.parametrize(
    "design", ["strides dropped", {"layers": [2] * 16, "up": "step by step"}], ids=["wide", "deep"]
)
def test_no_width_needs_sideways_scrolling(open_page, design):
    explorer = NetworkCostExplorer(design, "down and up", size=(1016, 1024), batch=32)
    page = open_explorer(open_page, explorer, width=320, scale=2)
    page.get_by_role("button", name="Copy as torch code").click()
    for width in (320, 720, 850, 1000):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_timeout(150)  # the layout follows the width a frame later
        assert page.evaluate("() => document.documentElement.scrollWidth") == width
        boxes = page.evaluate("""() =>
          [...document.querySelectorAll(".segedu :is(input, select, button, td, tbody th, p, dd)")]
            .map((node) => node.getBoundingClientRect())
            .filter(({ width }) => width > 1)
            .map(({ left, right }) => [left, right])""")
        assert len(boxes) > 150
        assert all(left >= 0 and right <= width for left, right in boxes)
