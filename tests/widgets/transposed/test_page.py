"""What a student does in the transposed-convolution explorer: step, point, edit, predict, copy; every control swept."""

import itertools
import random
from typing import Any

import pytest
import torch

from segedu.widgets import TransposedConvolutionExplorer
from tests.widgets.convolution.screen import number, numbers
from tests.widgets.grid_screen import cell, colored
from tests.widgets.transposed.screen import assert_screen_equals_torch, run
from tests.widgets.transposed.truth import golden_cases

pytestmark = pytest.mark.browser

LARGEST = {"image": [[1, 2, 3, 4, 5, 6]] * 6, "kernel": [[1] * 5] * 5, "stride": 4, "dilation": 2, "output_padding": 3}


def test_the_core_equals_torch_on_random_settings(run_node):
    run_node("core.test.mjs", golden_cases())


def test_every_value_of_every_control_shows_torchs_numbers(open_page):
    page = open_page(TransposedConvolutionExplorer(position=99))
    screens = run(page, """
      const screens = [], menus = ["input", "kernel", "example"];
      const options = (name) => [...document.querySelector(`select[aria-label="${name}"]`).options].map((o) => o.value);
      for (const menu of menus)
        for (const value of options(menu)) {
          choose(menu, value);
          put("input cell", slider("input cell").max);
          screens.push(read());
        }
      choose("input", "small numbers");
      for (const kernel of ["small numbers", "bilinear tent"]) {
        choose("kernel", kernel);
        for (const name of names) {
          const before = slider(name).value;
          for (let value = Number(slider(name).min); value <= Number(slider(name).max); value++) {
            put(name, value);
            put("input cell", slider("input cell").max);
            screens.push(read());
          }
          put(name, before);
        }
      }
      return screens;
    """)  # fmt: skip
    assert len(screens) == 5 + 6 + 9 + 2 * (5 + 5 + 5 + 5 + 4 + 2 + 5 + 5)
    for screen in screens:
        assert_screen_equals_torch(screen)


def test_controls_in_combination_show_torchs_numbers(open_page):
    page = open_page(TransposedConvolutionExplorer(kernel=[[1, -2, 3], [0, 2, -1], [4, 1, 0]]))
    sides = [range(1, 6)] * 4
    grid = list(itertools.product(*sides, range(1, 5), range(1, 3), range(5), range(5)))
    chosen = random.Random(1).sample(grid, 90)
    screens = run(page, """
      return argument.map((values) => {
        names.forEach((name, at) => put(name, values[at]));
        if (!slider("input cell").disabled) put("input cell", slider("input cell").max);
        return read();
      });
    """, chosen)  # fmt: skip
    for screen in screens:
        assert_screen_equals_torch(screen)
    assert sum(screen["refused"] == "" for screen in screens) > 20
    assert sum(screen["refused"] != "" for screen in screens) > 20
    assert sum(screen["grids"]["output"] not in (None, []) for screen in screens) > 20


@pytest.mark.parametrize("options", [{"padding": 1, "output_padding": 1}, {"kernel": [[1, -2], [3, 4]], "stride": 3}])
def test_stepping_scatter_adds_one_stamp_after_the_other(open_page, options):
    explorer = TransposedConvolutionExplorer(**options)
    page = open_page(explorer)
    page.get_by_role("button", name="first position").first.click()
    image = torch.tensor(explorer.image)
    for done in range(1, image.numel() + 1):
        so_far = torch.where(torch.arange(image.numel()).reshape(image.shape) < done, image, 0)
        partial = TransposedConvolutionExplorer(so_far, explorer.kernel, explorer.stride, explorer.padding,
                                                explorer.output_padding).output  # fmt: skip
        screen = run(page, "return read();")
        pad = explorer.padding
        shown = numbers(screen["grids"]["canvas"])[pad : pad + len(partial), pad : pad + partial.shape[1]]
        torch.testing.assert_close(shown, partial, atol=1e-9, rtol=0)
        assert screen["position"][0].endswith(f"{done} of {image.numel()}")
        page.get_by_role("button", name="one position forward").first.click()
    page.get_by_role("button", name="one position back").first.click()
    assert run(page, "return read();")["position"][0].endswith(f"{image.numel() - 1} of {image.numel()}")


def test_stepping_gather_writes_out_every_output(open_page):
    explorer = TransposedConvolutionExplorer(padding=1, output_padding=1)
    screens = run(open_page(explorer), """
      return Array.from({ length: Number(slider("output cell").max) + 1 }, (_, at) => {
        put("output cell", at);
        return read();
      });
    """)  # fmt: skip
    assert [number(screen["sum"]) for screen in screens] == explorer.output.flatten().tolist()
    for screen in screens:
        assert sum(number(product) for product in screen["products"]) == number(screen["sum"])
    assert [len(screen["products"]) for screen in screens] == explorer.overlap.flatten().tolist()


def test_each_addition_is_before_plus_product(open_page):
    page = open_page(TransposedConvolutionExplorer())
    before = numbers(run(page, 'put("input cell", 5); return read();')["grids"]["canvas"])
    screen = run(page, 'put("input cell", 6); return read();')
    after = numbers(screen["grids"]["canvas"])
    stamp = [(row, col) for row in (2, 3, 4) for col in (4, 5, 6)]
    starts = [number(text.split(" + ")[0]) for text in screen["additions"]]
    assert starts == [before[place] for place in stamp]
    assert [number(text) for text in screen["additions"]] == [after[place] for place in stamp]


def test_a_cell_that_is_only_pointed_at_shows_its_products_alone(open_page):
    page = open_page(TransposedConvolutionExplorer())
    cell(page, "input", 1, 0).hover()
    screen = run(page, "return read();")
    assert screen["additions"][:3] == ["3 · 1 = 3", "3 · 2 = 6", "3 · 3 = 9"]
    assert page.locator(".tx-line").first.inner_text().startswith("input[1, 0] = 3 stamps 3 · kernel on rows 2, 3, 4")


def test_playing_stops_where_there_is_nothing_to_play(open_page):
    page = open_page(TransposedConvolutionExplorer(position=0))
    page.get_by_role("button", name="play").first.click()
    page.get_by_label("output_padding").fill("4")
    page.wait_for_function("() => !document.querySelector('[aria-label=pause]')")
    page.get_by_label("output_padding").fill("1")
    assert page.locator(".tx-sum").is_visible()


def test_playing_walks_on_and_pauses(open_page):
    page = open_page(TransposedConvolutionExplorer(position=0))
    page.get_by_role("button", name="play").first.click()
    page.wait_for_function("() => document.querySelector('.sg-position').textContent.endsWith('3 of 12')")
    page.get_by_role("button", name="pause").click()
    assert page.get_by_role("button", name="pause").count() == 0


def test_hovering_an_output_lights_input_tap_and_window_in_one_color(open_page):
    page = open_page(TransposedConvolutionExplorer())
    for grid in ("output", "canvas", "overlap"):
        cell(page, grid, 2, 4).hover()
        taps = colored(page, "kernel")
        assert colored(page, "input") == {
            "0,1": taps["2,2"], "0,2": taps["2,0"], "1,1": taps["0,2"], "1,2": taps["0,0"]
        }  # fmt: skip
        assert colored(page, "stuffed") == {
            f"{2 + row},{4 + col}": taps[f"{2 - row},{2 - col}"] for row in range(3) for col in range(3)
        }
        assert page.locator(".tx-sum").inner_text() == "output[2, 4] = 2 + 0 + 3 + 2 = 7"
        page.mouse.move(1, 1)


def test_hovering_an_input_cell_lights_its_stamp_in_both_outputs(open_page):
    page = open_page(TransposedConvolutionExplorer(padding=1))
    for grid, row, col in (("input", 1, 2), ("stuffed", 3, 5)):
        cell(page, grid, row, col).hover()
        taps = colored(page, "kernel")
        stamp = {(1 + i, 3 + j): taps[f"{i},{j}"] for i in range(3) for j in range(3)}
        assert colored(page, "output") == {f"{i},{j}": color for (i, j), color in stamp.items()}
        assert colored(page, "canvas") == {f"{i + 1},{j + 1}": color for (i, j), color in stamp.items()}
        page.mouse.move(1, 1)


def test_hovering_a_tap_lights_what_it_writes_everywhere(open_page):
    page = open_page(TransposedConvolutionExplorer())
    for grid, row, col in (("kernel", 0, 2), ("flipped", 2, 0)):
        cell(page, grid, row, col).hover()
        written = {f"{2 * i},{2 * j + 2}" for i in range(3) for j in range(4)}
        assert set(colored(page, "output")) == set(colored(page, "canvas")) == written
        assert len(set(colored(page, "output").values()) | set(colored(page, "input").values())) == 1
        assert len(colored(page, "input")) == 12
        page.mouse.move(1, 1)


def test_hovering_a_cropped_cell_says_that_it_is_thrown_away(open_page):
    page = open_page(TransposedConvolutionExplorer(padding=1))
    cell(page, "canvas", 0, 4).hover()
    assert page.get_by_text("This cropped cell gets 2 stamps, each through another tap.").is_visible()
    assert page.get_by_text("No window gathers this cell: the padding crops it.").is_visible()
    assert set(colored(page, "input")) == {"0,1", "0,2"}


def test_clicking_an_output_cell_gathers_it(open_page):
    page = open_page(TransposedConvolutionExplorer(padding=1))
    cell(page, "canvas", 2, 4).click()
    page.mouse.move(1, 1)
    assert page.locator(".tx-sum").inner_text().startswith("output[1, 3] =")
    cell(page, "overlap", 0, 0).click()
    page.mouse.move(1, 1)
    assert page.locator(".tx-sum").inner_text().startswith("output[0, 0] =")


@pytest.mark.parametrize(
    ("grid", "row", "col", "trait", "at"),
    [("input", 1, 2, "image", (1, 2)), ("stuffed", 4, 6, "image", (1, 2)),
     ("kernel", 2, 0, "kernel", (2, 0)), ("flipped", 0, 2, "kernel", (2, 0))],
)  # fmt: skip
def test_editing_any_grid_recomputes_at_once(open_page, grid, row, col, trait, at):
    explorer = TransposedConvolutionExplorer()
    page = open_page(explorer)
    cell(page, grid, row, col).click()
    page.keyboard.type("-1/2")
    page.keyboard.press("Enter")
    numbers_now = [list(line) for line in getattr(explorer, trait)]
    numbers_now[at[0]][at[1]] = -0.5
    setattr(explorer, trait, numbers_now)
    shown = numbers(run(page, "return read();")["grids"]["output"])
    torch.testing.assert_close(shown, explorer.output, atol=1e-9, rtol=0)
    assert page.get_by_label("kernel" if trait == "kernel" else "input", exact=True).input_value() == "custom"


def test_the_keyboard_alone_edits_and_steps(open_page):
    page = open_page(TransposedConvolutionExplorer())
    page.get_by_label("output_padding").focus()
    page.keyboard.press("Tab")  # into the input grid
    page.keyboard.press("ArrowRight")
    page.keyboard.press("8")
    page.keyboard.press("Enter")
    assert cell(page, "input", 0, 1).locator("text").text_content() == "8"
    page.locator("[data-grid=output]").focus()
    before = page.locator(".sg-position").nth(1).inner_text()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    assert before != "output[1, 1], 11 of 63" == page.locator(".sg-position").nth(1).inner_text()
    assert page.locator(".sg-live").inner_text().startswith("output[1, 1] = ")


def test_a_size_slider_there_and_back_changes_nothing(open_page):
    page = open_page(TransposedConvolutionExplorer([[9, 8, 7], [6, 5, 4]], [[1, -1], [2, 5]]))
    before, after = run(page, """
      const before = read();
      for (const [name, value] of argument) put(name, value);
      return [before, read()];
    """, [("input height", 1), ("input width", 1), ("kernel width", 1), ("kernel height", 4), ("input width", 3),
          ("input height", 2), ("kernel height", 2), ("kernel width", 2)])  # fmt: skip
    assert before == after


def test_an_impossible_setting_is_explained_and_can_be_left(open_page):
    page = open_page(TransposedConvolutionExplorer(output_padding=2))
    warning = page.locator(".tx-refused")
    assert "output_padding is 2, but it must be smaller than the stride (2) or the dilation (1)" in warning.inner_text()
    page.get_by_label("stride").fill("3")
    assert warning.is_hidden()
    page.get_by_label("input height").fill("1")
    page.get_by_label("output_padding").fill("0")
    page.get_by_label("padding", exact=True).fill("2")
    assert "the stamps cover 3 rows, padding 2 crops 2 · 2 = 4 of them" in warning.inner_text()
    assert page.locator("[data-axis=height]").inner_text().endswith("= −1: nothing is left")
    page.get_by_label("padding", exact=True).fill("1")
    assert page.locator(".tx-sum").is_visible()


def test_the_advice_follows_each_axis(open_page):
    page = open_page(TransposedConvolutionExplorer(kernel=[[1, 1, 1], [1, 1, 1]]))
    advice = page.locator(".tx-advice")
    assert "Height: the kernel, 2, is divisible by the stride, 2" in advice.inner_text()
    assert "Width: the kernel, 3, is not divisible by the stride, 2" in advice.inner_text()
    page.get_by_label("kernel width").fill("4")
    assert advice.inner_text().startswith("Even: away from the border every cell gets 2 stamps.")
    assert "Height" in advice.inner_text()


def test_predict_hides_until_guessed_or_revealed(open_page):
    page = open_page(TransposedConvolutionExplorer(target=0, position=99))
    page.get_by_label("predict first, then reveal").check()
    screen = run(page, "return read();")
    assert {text for name in ("output", "canvas") for row in screen["grids"][name] for text in row} == {"?"}
    assert screen["sum"] == "output[0, 0] = ?"
    assert all(term.endswith("= ?") for term in screen["products"] + screen["additions"])
    page.get_by_label("your prediction").fill("7")
    page.keyboard.press("Enter")
    assert page.get_by_text("You said 7, it is 1.").is_visible()
    assert cell(page, "canvas", 0, 0).text_content() == "1"
    for _ in range(2):
        page.get_by_role("button", name="one position forward").last.click()
    page.get_by_label("your prediction").fill("3")
    page.keyboard.press("Enter")
    assert page.get_by_text("That is one product; 2 stamps land on this cell, and they add up.").is_visible()
    page.get_by_role("button", name="one position forward").last.click()
    page.get_by_label("your prediction").fill("four")
    page.get_by_role("button", name="Check").click()
    assert page.get_by_text("is not a number").is_visible()
    page.get_by_label("your prediction").fill("4")
    page.get_by_role("button", name="Check").click()
    assert page.get_by_text("Right: 4.").is_visible()
    page.get_by_role("button", name="one position forward").last.click()
    page.get_by_role("button", name="Reveal").click()
    assert run(page, "return read();")["grids"]["output"][0] == ["1", "?", "5", "4", "6", "?", "?", "?", "?"]


@pytest.mark.parametrize(
    "options",
    [{"padding": 1, "output_padding": 1}, {"kernel": [[0.5, -1], [2, 0]], "dilation": 2, "stride": 3},
     {"kernel": [[1, 2]], "padding": 1, "image": [[1, 2, 3], [4, 5, 6], [7, 8, 9]]}],
)  # fmt: skip
def test_the_copied_code_prints_what_the_screen_shows(open_page, options):
    explorer = TransposedConvolutionExplorer(**options)
    page = open_page(explorer)
    page.evaluate("() => Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    page.get_by_role("button", name="Copy as torch code").click()
    scope: dict[str, Any] = {}
    exec(page.get_by_label("the code").input_value(), scope)
    grids = run(page, "return read();")["grids"]
    assert torch.equal(scope["output"], numbers(grids["output"]))
    assert torch.equal(scope["gathered"], scope["output"])
    assert torch.equal(scope["overlap"], numbers(grids["overlap"]))
    assert torch.equal(scope["padded"], numbers(grids["stuffed"]))


def test_the_code_of_a_refused_setting_raises_as_torch_does(open_page):
    page = open_page(TransposedConvolutionExplorer(output_padding=2))
    page.get_by_role("button", name="Copy as torch code").click()
    with pytest.raises(RuntimeError, match="output padding must be smaller"):
        exec(page.get_by_label("the code").input_value(), {})


def test_all_text_has_contrast_in_both_themes(open_page, in_every_look):
    for explorer in (
        TransposedConvolutionExplorer(padding=1, output_padding=1, predict=True),
        TransposedConvolutionExplorer([[1, 2], [3, 4]], kernel=[[1] * 5] * 5, stride=1),
        TransposedConvolutionExplorer(output_padding=2),
    ):
        page = open_page(explorer)
        page.get_by_role("button", name="Copy as torch code").click()
        if explorer.predict:
            page.get_by_role("button", name="Reveal").click()
        if explorer.fits:
            cell(page, "flipped", 1, 1).hover()
        for found in in_every_look(page):
            assert len(found) > (200 if explorer.fits else 30)
            assert found[0][0] >= 4.5, found[:4]


@pytest.mark.parametrize(
    "options", [{"predict": True, "padding": 1, "output_padding": 1}, LARGEST, {"output_padding": 2}]
)
def test_a_phone_needs_no_sideways_scrolling(open_page, options):
    page = open_page(TransposedConvolutionExplorer(**options), width=320, scale=2)
    page.get_by_role("button", name="Copy as torch code").click()
    assert page.evaluate("() => document.documentElement.scrollWidth") == 320
    boxes = [
        node.bounding_box()
        for node in page.locator("input[type=range], button, [data-grid], select, .tx-term").all()
        if node.is_visible()
    ]
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= 320 for box in boxes)


def test_the_largest_setting_repaints_its_grids_once(open_page, count_work):
    page = open_page(TransposedConvolutionExplorer(**LARGEST))
    work = count_work(run, page, """{
      scatter: (at) => put("input cell", at),
      gather: (at) => put("output cell", 300 + at),
      setting: (at) => put("padding", at % 5),
      hover: (at) => {
        const input = document.querySelector("[data-grid=input]"), box = input.getBoundingClientRect();
        const place = { clientX: box.left + 5 + 20 * (at % 5), clientY: box.top + 5 };
        input.dispatchEvent(new PointerEvent("pointermove", place));
      },
    }""")  # fmt: skip
    cells = 6 * 6 + 5 * 5 + 32 * 32
    assert max(act["created"] for act in work.values()) <= 12
    assert (
        max(act["painted"] for act in work.values()) <= 9 * cells
    )  # scatter, gather, count: ground, number and edge of a cell
