"""What a student does in the convolution explorer: step, point, edit, predict, copy; in both themes and on a phone."""

import itertools
from typing import Any

import pytest
import torch
import torch.nn.functional as F

from segedu.widgets import ConvolutionExplorer
from tests.widgets.convolution.screen import number, numbers, run
from tests.widgets.grid_screen import cell, colored

pytestmark = pytest.mark.browser


def test_stepping_walks_over_every_output(open_page):
    explorer = ConvolutionExplorer(stride=2, padding=1)
    page = open_page(explorer)
    page.get_by_role("button", name="first position").click()
    seen = []
    for _ in range(explorer.output.numel()):
        seen.append(number(page.locator(".cx-sum").inner_text()))
        page.get_by_role("button", name="one position forward").click()
    assert seen == explorer.output.flatten().tolist()
    page.get_by_role("button", name="one position back").click()
    assert page.locator(".sg-position").inner_text().endswith("11 of 12")


def test_hovering_an_output_lights_its_window_in_the_taps_colors(open_page):
    page = open_page(ConvolutionExplorer())
    cell(page, "output", 1, 3).hover()
    taps = colored(page, "kernel")
    assert len(set(taps.values())) == 9
    assert colored(page, "input") == {
        f"{row + 1},{col + 3}": taps[f"{row},{col}"] for row in range(3) for col in range(3)
    }
    assert page.locator(".cx-sum").inner_text().startswith("output[1, 3] =")


def test_hovering_an_input_cell_lights_the_outputs_with_a_gradient_there(open_page):
    page = open_page(ConvolutionExplorer(stride=2, padding=1))
    image = torch.zeros(1, 1, 5, 7, requires_grad=True)
    output = F.conv2d(image, torch.ones(1, 1, 3, 3), stride=2, padding=1)[0, 0]
    readers = {
        f"{row},{col}"
        for row, col in itertools.product(*map(range, output.shape))
        if torch.autograd.grad(output[row, col], image, retain_graph=True)[0][0, 0, 2, 3]
    }
    cell(page, "input", 3, 4).hover()  # drawn with one row and column of padding before it
    assert set(colored(page, "output")) == readers
    assert (
        page.locator(".cx-line").inner_text()
        == f"input[2, 3] = 3 is read by {len(readers)} output cells, each through another tap."
    )


def test_hovering_a_weight_lights_every_input_cell_that_it_multiplies(open_page):
    page = open_page(ConvolutionExplorer())
    cell(page, "kernel", 0, 2).hover()
    assert set(colored(page, "input")) == {f"{row},{col}" for row in range(3) for col in range(2, 7)}
    assert len(colored(page, "output")) == 15
    page.mouse.move(1, 1)
    assert len(colored(page, "input")) == 9


def test_editing_a_cell_recomputes_at_once(open_page):
    explorer = ConvolutionExplorer()
    page = open_page(explorer)
    cell(page, "input", 1, 2).click()
    page.keyboard.type("-7")
    page.keyboard.press("Enter")
    cell(page, "kernel", 2, 2).click()
    page.keyboard.type("1/2")
    page.keyboard.press("Enter")
    image, kernel = [list(row) for row in explorer.image], [list(row) for row in explorer.kernel]
    image[1][2], kernel[2][2] = -7, 0.5
    screen = run(page, "return read();")
    torch.testing.assert_close(numbers(screen["output"]), ConvolutionExplorer(image, kernel).output, atol=1e-9, rtol=0)
    assert page.get_by_label("kernel", exact=True).input_value() == "custom"


def test_escape_and_nonsense_leave_the_value(open_page):
    page = open_page(ConvolutionExplorer())
    for keys in (["9", "Escape"], ["x", "Enter", "Escape"]):
        cell(page, "input", 0, 0).click()
        for key in keys:
            page.keyboard.press(key)
    assert cell(page, "input", 0, 0).locator("text").text_content() == "1"


def test_the_keyboard_alone_edits_and_steps(open_page):
    page = open_page(ConvolutionExplorer())
    page.get_by_label("dilation").focus()
    page.keyboard.press("Tab")  # into the input grid
    page.keyboard.press("ArrowRight")
    page.keyboard.press("8")
    page.keyboard.press("Enter")
    assert cell(page, "input", 0, 1).locator("text").text_content() == "8"
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")  # into the output grid
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    assert page.locator(".sg-position").inner_text() == "output[1, 1], 7 of 15"
    assert page.locator(".sg-live").inner_text().startswith("output[1, 1] = ")


def test_a_size_slider_there_and_back_changes_nothing(open_page):
    page = open_page(ConvolutionExplorer([[9, 8, 7], [6, 5, 4], [3, 2, 1]]))
    script = """
      const before = read();
      for (const [name, value] of argument) put(name, value);
      return [before, read()];
    """
    moves = [("input height", 1), ("input width", 1), ("input width", 3), ("input height", 3)]
    before, after = run(page, script, moves)
    assert before == after


def test_an_impossible_setting_is_explained_and_can_be_left(open_page):
    page = open_page(ConvolutionExplorer(padding=1, dilation=4))
    assert (
        page.locator(".cx-misfit").inner_text()
        == "No output: the kernel spans 9 cells (dilation 4 · (3 − 1) + 1), the padded input has 7 rows."
    )
    page.get_by_label("padding").fill("2")
    assert page.locator(".cx-misfit").is_hidden()
    assert page.locator(".cx-sum").is_visible()


def test_predict_hides_until_guessed_or_revealed(open_page):
    page = open_page(ConvolutionExplorer())
    page.get_by_label("predict first, then reveal").check()
    screen = run(page, "return read();")
    assert {text for row in screen["output"] for text in row} == {"?"}
    assert screen["sum"] == "output[0, 0] = ?"
    assert all(term.endswith("= ?") for term in screen["terms"])
    page.get_by_label("your prediction").fill("-5")
    page.keyboard.press("Enter")
    assert page.get_by_text("You said −5, it is 5. That has the right size and the wrong sign.").is_visible()
    assert cell(page, "output", 0, 0).text_content() == "5"
    page.get_by_role("button", name="one position forward").click()
    page.get_by_label("your prediction").fill("3")
    page.get_by_role("button", name="Check").click()
    assert page.get_by_text("Right: 3.").is_visible()
    page.get_by_role("button", name="one position forward").click()
    page.get_by_role("button", name="Reveal").click()
    assert run(page, "return read();")["output"][0] == ["5", "3", "−5", "?", "?"]


def test_a_guess_that_is_no_number_reveals_nothing(open_page):
    page = open_page(ConvolutionExplorer(predict=True))
    page.get_by_label("your prediction").fill("five")
    page.keyboard.press("Enter")
    assert page.get_by_text("is not a number").is_visible()
    assert cell(page, "output", 0, 0).text_content() == "?"


@pytest.mark.parametrize("clipboard", ["works", "is missing"])
def test_the_copied_code_prints_the_output_on_the_screen(open_page, clipboard):
    explorer = ConvolutionExplorer(kernel=[[0.5, -1], [2, 0]], stride=2, padding=1, dilation=2)
    page = open_page(explorer)
    if clipboard == "is missing":
        page.evaluate("() => Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    else:
        page.evaluate("""() => {
          const writeText = async (text) => { window.copied = text; };
          Object.defineProperty(navigator, "clipboard", { value: { writeText } });
        }""")
    page.get_by_role("button", name="Copy as torch code").click()
    code = page.get_by_label("the code").input_value()
    scope: dict[str, Any] = {}
    exec(code, scope)
    assert torch.equal(scope["output"], explorer.output)
    if clipboard == "works":
        assert page.evaluate("window.copied") == code
    else:
        assert page.evaluate(
            "() => document.activeElement.selectionEnd - document.activeElement.selectionStart"
        ) == len(code)


def test_all_text_has_contrast_in_both_themes(open_page, in_every_look):
    for explorer in (
        ConvolutionExplorer(padding=1, stride=3, predict=True),
        ConvolutionExplorer(kernel=[[1] * 5] * 5, dilation=2),
        ConvolutionExplorer(padding=2),
    ):
        page = open_page(explorer)
        page.get_by_role("button", name="Copy as torch code").click()
        page.get_by_role("button", name="Reveal").click(force=True) if explorer.predict else None
        for found in in_every_look(page):
            assert len(found) > 60
            assert found[0][0] >= 4.5, found[:4]


@pytest.mark.parametrize(
    "explorer",
    [
        ConvolutionExplorer(),
        ConvolutionExplorer(padding=4, dilation=4, kernel=[[1] * 5] * 5, image=[[1] * 12] * 12, predict=True),
    ],
)
def test_a_phone_needs_no_sideways_scrolling(open_page, explorer):
    page = open_page(explorer, width=320, scale=2)
    assert page.evaluate("() => document.documentElement.scrollWidth") == 320
    page.get_by_role("button", name="Copy as torch code").click()
    assert page.evaluate("() => document.documentElement.scrollWidth") == 320
    boxes = [
        node.bounding_box()
        for node in page.locator("input[type=range], button, [data-grid], select").all()
        if node.is_visible()
    ]
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= 320 for box in boxes)
