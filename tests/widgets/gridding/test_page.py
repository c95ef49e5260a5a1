"""What a student does in the gridding explorer: type, play, point, predict, move, copy; in both themes, on a phone."""

from typing import Any

import pytest
import torch

from segedu.ops.receptive_fields import measured_receptive_field
from tests.widgets.gridding import truth
from tests.widgets.gridding.screen import (
    MIDDLE,
    SIZE,
    assert_screen_equals_torch,
    explorer,
    numbers,
    open_explorer,
    run,
)
from tests.widgets.pages import html_with_model

pytestmark = pytest.mark.browser


def test_layers_are_added_removed_and_reversed(open_page):
    page = open_explorer(open_page, explorer((1, 2, 5)))
    presses = ["Reverse the order", "Add a layer", "remove layer 2", "remove layer 1", "remove layer 1"]
    screens = run(page, "return argument.map((name) => { press(name); return read(); });", presses)
    assert [screen["rates"] for screen in screens] == [[5, 2, 1], [5, 2, 1, 1], [5, 1, 1], [1, 1], [1]]
    for screen in screens:
        assert_screen_equals_torch(screen, SIZE, MIDDLE)
    assert page.get_by_role("button", name="remove layer 1").is_disabled()
    run(page, "for (let count = 1; count < 6; count++) press('Add a layer'); return null;")
    assert page.get_by_role("button", name="Add a layer").is_disabled()
    assert page.get_by_role("button", name="Add a layer").get_attribute("title") == "at most 6 layers"


def test_rates_may_be_typed_and_nonsense_is_explained(open_page):
    page = open_explorer(open_page, explorer())
    typed = page.get_by_label("or type them")
    typed.fill("1, 2, 9")
    page.keyboard.press("Enter")
    screen = run(page, "return read();")
    assert screen["rates"] == [1, 2, 9]
    assert_screen_equals_torch(screen, SIZE, MIDDLE)
    typed.fill("1, 0")
    page.keyboard.press("Enter")
    assert "“0” is no rate; type whole numbers from 1 to 16" in page.locator("[data-words=mistyped]").inner_text()
    assert run(page, "return read();")["rates"] == [1, 2, 9]
    typed.fill("2")
    page.keyboard.press("Enter")
    assert page.locator("[data-words=mistyped]").is_hidden()


def test_the_player_adds_one_layer_at_a_time_and_goes_back(open_page):
    page = open_explorer(open_page, explorer((1, 2, 5), step=0))
    assert "On the output: 1 × 1" in run(page, "return read();")["title"]
    seen = []
    for _ in range(3):
        page.get_by_role("button", name="one position forward").click()
        screen = run(page, "return read();")
        assert_screen_equals_torch(screen, SIZE, MIDDLE)
        seen.append(numbers(screen["title"])[-1])
    assert seen == [11, 15, 17]
    page.get_by_role("button", name="one position back").click()
    assert page.locator(".sg-position").inner_text() == "2 of 3 layers, down to map 1"
    page.get_by_role("button", name="first position").click()
    assert page.locator(".sg-position").inner_text() == "no layer yet, 3 to come"
    page.get_by_role("button", name="play").click()
    page.wait_for_function(
        "() => document.querySelector('.sg-position').textContent.startsWith('3 of 3')", timeout=8000
    )


def test_pointing_at_a_pixel_writes_out_all_its_paths(open_page):
    page = open_explorer(open_page, explorer((2, 2, 2)))
    paths = truth.paths((2, 2, 2), 3)
    for row, col in ((0, 0), (4, 6), (4, 5), (3, 6), (12, 2)):
        page.locator(f'[data-grid=field] [data-row="{row}"][data-col="{col}"]').hover()
        screen = run(page, "return read();")
        down, across = int(paths[row]), int(paths[col])
        assert f"= {down} · {across} = {down * across}" in screen["paths"]
        assert ("hole" in screen["paths"]) == (down * across == 0)
        assert len(screen["sums"]) == (min(across, 7) if down else 0)
        assert len(set(screen["sums"])) == len(screen["sums"])
        for line in screen["sums"]:
            total, terms = line.split("=")
            assert int(total) == eval(terms.replace("·", "*")) == col
        assert f"Column {col} of the input" in screen["side"]


def test_more_paths_than_fit_are_counted(open_page):
    page = open_explorer(open_page, explorer((1, 1, 1, 1)))
    page.locator('[data-grid=field] [data-row="4"][data-col="4"]').hover()
    assert len(run(page, "return read();")["sums"]) == 7
    assert page.locator(".gx-paths").inner_text().endswith("and 12 more.")
    page.mouse.move(1, 1)
    assert run(page, "return read();")["sums"] == []


def test_the_side_view_says_what_a_dot_reads_and_who_leads_there(open_page):
    page = open_explorer(open_page, explorer((1, 2, 5)))
    page.locator("[data-surface=side]").focus()
    for key in ("ArrowUp", "ArrowUp", "ArrowLeft"):
        page.keyboard.press(key)
    words = page.locator("[data-words=side]").inner_text()
    assert words == (
        "Column 4 of map 2 is a hole: no path from the output cell ends here. "
        "It reads columns 4, 6, 8 of map 1, in steps of 2."
    )
    assert page.locator(".sg-live").inner_text() == words
    page.keyboard.press("ArrowRight")
    assert page.locator("[data-words=side]").inner_text().startswith("Column 5 of map 2 is reached over 1 path. It")
    assert run(page, "return read();")["sums"] == ["5 = 5 · 1"]
    page.keyboard.press("Home")
    assert page.locator("[data-words=side]").inner_text().startswith("Column 0 of map 2 is reached")
    page.keyboard.press("ArrowUp")
    assert page.locator("[data-words=side]").inner_text() == (
        "The output cell reads columns 0, 5, 10 of map 2, in steps of 5."
    )


def test_hovering_a_dot_frames_the_columns_it_spans(open_page):
    page = open_explorer(open_page, explorer((1, 2)))
    page.locator("[data-surface=side]").focus()
    page.keyboard.press("ArrowUp")  # the middle of map 1 spans the three columns in the middle
    frame = page.locator("[data-grid=field] .sg-frame").first
    cell = page.locator('[data-grid=field] [data-row="0"][data-col="2"] rect').first
    assert frame.get_attribute("x") == cell.get_attribute("x")
    assert float(frame.get_attribute("width")) == 3 * float(cell.get_attribute("width"))


def test_the_keyboard_alone_walks_over_the_field_also_on_a_canvas(open_page):
    page = open_explorer(open_page, explorer((4, 4, 4)))
    assert page.locator("[data-grid=field]").is_hidden()
    page.locator("[data-surface=field]").focus()
    page.keyboard.press("ArrowRight")
    screen = run(page, "return read();")
    assert screen["paths"].startswith("Pixel (12, 13): row 12 · column 13 = 7 · 0 = 0: a hole.")
    assert page.locator(".sg-live").inner_text() == "row 12, column 13: a hole"
    page.keyboard.press("End")
    assert "= 1 · 1 = 1 path" in run(page, "return read();")["paths"]


@pytest.mark.parametrize(
    ("rates", "kernel", "agrees", "words"),
    [
        ((1, 2, 5), 3, "true", "M₂ = max(5 − 2 · 2, 2 · 2 − 5, 2) = 2"),
        ((1, 2, 9), 3, "true", "M₂ = 5 > K = 3: holes expected"),
        ((2, 2, 2), 3, "false", "it takes for granted that the first layer has rate 1, here it is 2"),
        ((2, 5, 1), 3, "false", "does not depend on the order"),
        ((1, 2, 5), 5, "null", "written for 3 taps"),
        ((2,), 3, "null", "one layer alone has none"),
    ],
)
def test_the_papers_condition_is_worked_out_and_compared_with_the_count(open_page, rates, kernel, agrees, words):
    screen = run(open_explorer(open_page, explorer(rates, kernel)), "return read();")
    assert screen["agrees"] == agrees
    assert words in screen["reasons"]["wang"]


def test_predict_hides_the_holes_until_guessed(open_page):
    page = open_explorer(open_page, explorer(predict=True))
    screen = run(page, "return read();")
    assert screen["grid"] is screen["image"] is screen["paths"] is screen["reasons"]["row"] is None
    assert screen["reasons"]["field"] == "1 + 2 · 2 + 2 · 2 + 2 · 2 = 13"
    assert screen["side"].startswith("3 paths lead to 3 of 5 columns of map 2: 2 holes")
    guess = page.get_by_label("How many of the 13 columns are holes?")
    for answer, verdict in (
        ("some", "is not a whole number"),
        ("7", "You said 7, it is 6. That counts what is reached"),
    ):
        guess.fill(answer)
        page.keyboard.press("Enter")
        assert page.get_by_text(verdict).is_visible()
    assert_screen_equals_torch(run(page, "return read();"), SIZE, MIDDLE)
    page.get_by_label("rates", exact=True).select_option("1, 2, 5: hybrid")
    assert run(page, "return read();")["grid"] is None
    page.get_by_label("How many of the 17 columns are holes?").fill("0")
    page.get_by_role("button", name="Check").click()
    assert page.get_by_text("Right: 0 holes in a row.").is_visible()
    page.get_by_label("rates", exact=True).select_option("4, 4, 4: more gridding")
    page.get_by_role("button", name="Reveal").click()
    assert_screen_equals_torch(run(page, "return read();"), SIZE, MIDDLE)


@pytest.mark.parametrize(("rates", "kernel"), [((2, 2, 2), 3), ((1, 2, 5), 3), ((2, 3), 4), ((5,), 2)])
def test_the_copied_code_prints_the_numbers_on_the_screen(open_page, capsys, rates, kernel):
    page = open_explorer(open_page, explorer(rates, kernel))
    page.get_by_role("button", name="Copy as torch code").click()
    scope: dict[str, Any] = {}
    exec(page.get_by_label("the code").input_value(), scope)
    square = numbers(run(page, "return read();")["reasons"]["square"])
    mask = measured_receptive_field(scope["stack"], (1, 1, scope["side"], scope["side"])).mask
    assert [int(mask.sum()), mask.numel()] == [square[2], square[5]]
    assert torch.equal(scope["paths"], truth.square(rates, kernel))
    assert capsys.readouterr().out.startswith(f"{square[2]} of {square[5]} pixels are reached")


def test_arrow_keys_and_clicks_move_the_field_over_the_image(open_page):
    page = open_explorer(open_page, explorer((2, 2)))
    host = page.locator("[data-surface=image]")
    host.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowUp")
    screen = run(page, "return read();")
    assert_screen_equals_torch(screen, SIZE, (15, 29))
    assert page.locator(".sg-live").inner_text().startswith("In the middle: pixel (15, 29).")
    box = host.bounding_box()
    host.click(position={"x": box["width"] / 13 * 0.5, "y": box["height"] / 13 * 0.5})  # field 9, margin 2
    assert_screen_equals_torch(run(page, "return read();"), SIZE, (9, 23))
    page.locator(".gx-whole canvas").click(position={"x": 75, "y": 30})  # the whole image, 150 px for 56 columns
    assert_screen_equals_torch(run(page, "return read();"), SIZE, (11, 28))
    host.focus()
    for _ in range(12):
        page.keyboard.press("Shift+ArrowUp")
        page.keyboard.press("Shift+ArrowLeft")
    screen = run(page, "return read();")
    assert_screen_equals_torch(screen, SIZE, (0, 0))
    assert "outside of the image" in screen["image"]


def test_what_python_sets_shows_in_the_page(open_page):
    """The fake model's set is what anywidget does when Python changes a trait."""
    page = open_explorer(open_page, html_with_model(explorer()))
    page.evaluate("() => { window.model.set('rates', [1, 3]); window.model.set('kernel_size', 4); }")
    screen = run(page, "return read();")
    assert (screen["rates"], screen["kernel"]) == ([1, 3], 4)
    assert_screen_equals_torch(screen, SIZE, MIDDLE)


def test_all_text_has_contrast_in_both_themes(open_page, in_every_look):
    for shown in (explorer(), explorer((2, 5, 1)), explorer((2, 2), predict=True)):
        page = open_explorer(open_page, shown)
        page.get_by_role("button", name="Copy as torch code").click()
        if not shown.predict:
            page.locator("[data-surface=side]").focus()
            page.keyboard.press("ArrowUp")
        for found in in_every_look(page):
            assert len(found) > 20
            assert found[0][0] >= 4.5, found[:4]


@pytest.mark.parametrize("shown", [explorer(), explorer((16,) * 6, 5), explorer((1, 2, 4, 8), predict=True)])
def test_a_phone_needs_no_sideways_scrolling(open_page, shown):
    page = open_explorer(open_page, shown, width=320, scale=2)
    page.get_by_role("button", name="Copy as torch code").click()
    if not shown.predict:
        page.locator("[data-surface=side]").focus()
        page.keyboard.press("ArrowUp")
    assert page.evaluate("() => document.documentElement.scrollWidth") == 320
    nodes = page.locator("input, button, [data-surface], [data-grid], select, .gx-sum, dd").all()
    boxes = [node.bounding_box() for node in nodes if node.is_visible()]
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= 320 for box in boxes)
