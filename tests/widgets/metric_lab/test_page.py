"""What a student does in the metric lab: drag, resize, paint, predict, take back, copy; in both themes, on a phone."""

from typing import Any

import pytest
import torch

from tests.widgets.metric_lab.screen import (
    PAD,
    assert_screen_equals_metrics,
    boxes,
    cell_size,
    color_at,
    drag,
    open_lab,
    read,
    run,
)

pytestmark = pytest.mark.browser


def box_of(screen: dict[str, Any], name: str = "prediction") -> tuple[int, int, int, int]:
    """Return top, left, height and width of the object, which must fill its box."""
    rows, cols = (torch.tensor(screen[name]) == 1).nonzero().unbind(dim=1)
    top, left, bottom, right = int(rows.min()), int(cols.min()), int(rows.max()), int(cols.max())
    assert len(rows) == (bottom - top + 1) * (right - left + 1)
    return top, left, bottom - top + 1, right - left + 1


def test_the_shape_is_dragged_and_stays_on_the_grid(open_page):
    page = open_lab(open_page, boxes())
    drag(page, (6.5, 9.5), (5.5, 7.5))
    screen = read(page)
    assert box_of(screen) == (3, 4, 6, 8)
    assert screen["metrics"]["iou"]["value"] == "1.000"
    assert_screen_equals_metrics(screen)
    drag(page, (4.5, 5.5), (13.5, 19.5))
    assert box_of(read(page)) == (8, 12, 6, 8)
    assert_screen_equals_metrics(read(page))


@pytest.mark.parametrize(
    ("handle", "to", "box"),
    [
        ((4, 6), (2, 1), (2, 1, 8, 13)),
        ((4, 10), (1, 10), (1, 6, 9, 8)),
        ((4, 14), (0, 20), (0, 6, 10, 14)),
        ((7, 14), (7, 17), (4, 6, 6, 11)),
        ((10, 14), (12, 16), (4, 6, 8, 10)),
        ((10, 10), (5, 10), (4, 6, 1, 8)),
        ((10, 6), (14, 13), (4, 13, 10, 1)),
        ((7, 6), (7, 30), (4, 13, 6, 1)),
    ],
)
def test_each_handle_moves_its_edges_and_leaves_at_least_a_cell(open_page, handle, to, box):
    page = open_lab(open_page, boxes())
    box_size = cell_size(page)
    outward = [(-5 if at == low else 5 if at == high else 0) / box_size for at, low, high in
               ((handle[0], 4, 10), (handle[1], 6, 14))]  # fmt: skip
    drag(page, (handle[0] + outward[0], handle[1] + outward[1]), to)
    screen = read(page)
    assert box_of(screen) == box
    assert_screen_equals_metrics(screen)


def test_dragging_beside_the_shape_draws_a_new_one_and_a_click_does_nothing(open_page):
    page = open_lab(open_page, boxes())
    drag(page, (12.5, 17.5))
    assert box_of(read(page)) == (4, 6, 6, 8)
    run(page, "pick('form', 'rectangle');")
    drag(page, (12.5, 17.5), (11.5, 14.5))
    assert box_of(read(page)) == (11, 14, 2, 4)
    assert_screen_equals_metrics(read(page))


def test_the_target_is_edited_after_the_switch_and_the_form_changes(open_page):
    page = open_lab(open_page, boxes())
    page.get_by_role("button", name="Target").click()
    drag(page, (5.5, 7.5), (6.5, 9.5))
    screen = read(page)
    assert box_of(screen, "target") == (4, 6, 6, 8)
    assert screen["metrics"]["iou"]["value"] == "1.000"
    page.get_by_label("form").select_option("ellipse")
    screen = read(page)
    assert screen["target"][4][6] == 0
    assert screen["target"][4][9] == 1
    assert_screen_equals_metrics(screen)


def test_the_keyboard_alone_moves_resizes_and_takes_back(open_page):
    page = open_lab(open_page, boxes())
    page.locator("[data-surface=maps]").focus()
    for key in ("ArrowUp", "ArrowLeft", "ArrowLeft"):
        page.keyboard.press(key)
    assert box_of(read(page)) == (3, 4, 6, 8)
    assert page.locator(".sg-live").inner_text() == (
        "prediction: rectangle of 6 × 8 cells, first row 3, first column 4; IoU 1.000"
    )
    for key in ("Shift+ArrowDown", "Shift+ArrowRight", "Shift+ArrowRight", "Shift+ArrowUp", "Shift+ArrowUp"):
        page.keyboard.press(key)
    screen = read(page)
    assert box_of(screen) == (3, 4, 5, 10)
    assert_screen_equals_metrics(screen)
    for _ in range(8):
        page.keyboard.press("u")
    assert box_of(read(page)) == (4, 6, 6, 8)
    page.keyboard.press("u")
    assert read(page)["refusal"] == "There is nothing to take back."


def test_painting_with_pointer_and_keyboard_fills_cells_without_gaps(open_page):
    page = open_lab(open_page, boxes())
    page.get_by_role("button", name="Brush", exact=True).click()
    drag(page, (0.5, 0.5), (0.5, 19.5))
    assert read(page)["prediction"][0] == [1] * 20
    page.locator("[data-surface=maps]").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    page.keyboard.press("Shift+ArrowLeft")
    screen = read(page)
    assert screen["prediction"][1][18:] == [1, 1]
    said = page.locator(".sg-live").inner_text()
    assert said == "Row 1, column 18: target background, prediction object: false alarm, FP."
    assert_screen_equals_metrics(screen)
    page.get_by_role("button", name="Eraser").click()
    run(page, "put('brush size', 3);")
    drag(page, (6.5, 9.5))
    screen = read(page)
    assert [row[8:11] for row in screen["prediction"][5:8]] == [[0, 0, 0]] * 3
    assert_screen_equals_metrics(screen)
    page.get_by_role("button", name="Undo").click()
    assert read(page)["prediction"][6][9] == 1


def test_void_is_painted_into_the_target_and_its_cells_count_nowhere(open_page):
    page = open_lab(open_page, boxes())
    page.get_by_role("button", name="Void brush").click()
    assert "Void belongs to the target" in read(page)["tool"]
    run(page, "put('brush size', 4);")
    drag(page, (9.5, 12.5))
    screen = read(page)
    assert screen["void"] == "Void, hatched: 16 cells are left out."
    assert screen["remarks"].startswith("6 predicted object cells lie in void")
    assert_screen_equals_metrics(screen)
    page.get_by_role("button", name="Target").click()
    page.get_by_role("button", name="Shape", exact=True).click()
    drag(page, (5.5, 7.5), (7.5, 9.5))  # the shape moves under the void, which stays
    screen = read(page)
    assert sum(row.count(255) for row in screen["target"]) == 16
    assert_screen_equals_metrics(screen)
    drag(page, (7.5, 9.5), (5.5, 7.5))
    page.get_by_role("button", name="Eraser").click()
    drag(page, (9.5, 12.5))
    screen = read(page)
    assert screen["void"] == "No void."
    assert sum(map(sum, screen["target"])) == 47  # what lay under the void is background now
    assert_screen_equals_metrics(screen)


def test_what_cannot_be_done_is_explained(open_page):
    page = open_lab(open_page, boxes())
    maps = page.locator("[data-surface=maps]")
    page.get_by_role("button", name="Brush", exact=True).click()
    drag(page, (0.5, 0.5))
    page.get_by_role("button", name="Shape", exact=True).click()
    assert "it can be moved, not resized" in read(page)["tool"]
    maps.focus()
    page.keyboard.press("Shift+ArrowDown")
    assert "A painted object can be moved, not resized" in read(page)["refusal"]
    page.keyboard.press("ArrowDown")
    screen = read(page)
    assert screen["refusal"] is None
    assert screen["prediction"][1][0] == 1
    page.get_by_role("button", name="Clear").click()
    assert "no object: drag over the map" in read(page)["tool"]
    maps.focus()
    page.keyboard.press("ArrowDown")
    assert "The prediction has no object to move" in read(page)["refusal"]
    page.get_by_role("button", name="New shape").click()
    assert sum(map(sum, read(page)["prediction"])) > 0
    assert_screen_equals_metrics(read(page))
    page.get_by_label("preset").select_option("thin object")
    assert read(page)["refusal"] is None
    small = open_lab(open_page, boxes((10, 15)))
    small.get_by_label("preset").select_option("thin object")
    screen = read(small)
    assert "“thin object” needs at least 12 × 16 cells, this grid has 10 × 15" in screen["refusal"]
    assert (screen["preset"], box_of(screen)) == ("your own maps", (4, 6, 6, 8))


def test_extreme_settings_are_explained(open_page):
    page = open_lab(open_page, boxes())
    run(page, "put('boundary IoU: width', 6);")
    screen = read(page)
    assert "the bands cover both objects whole: the boundary IoU is the IoU" in screen["remarks"]
    assert screen["metrics"]["boundary_iou"]["value"] == screen["metrics"]["iou"]["value"]
    run(page, "put('boundary F1: tolerance', 4);")
    assert (
        "All boundary cells have a partner within 4: the boundary F1 is 1, though 36 cells are wrong."
        in (read(page)["remarks"])
    )
    page.get_by_role("button", name="Void brush").click()
    run(page, "put('brush size', 5);")
    for row in range(2, 14, 5):
        drag(page, (row + 0.5, 0.5), (row + 0.5, 19.5))
    screen = read(page)
    assert "All cells are void: nothing is counted." in screen["remarks"]
    assert screen["metrics"]["pixel_accuracy"]["formula"].endswith("all cells are void, nothing is counted")
    assert_screen_equals_metrics(screen)


def test_swapping_exchanges_precision_and_recall_and_leaves_the_iou(open_page):
    page = open_lab(open_page, boxes())
    page.locator("[data-surface=maps]").focus()
    page.keyboard.press("Shift+ArrowRight")
    before = read(page)["metrics"]
    page.get_by_role("button", name="Swap").click()
    screen = read(page)
    assert_screen_equals_metrics(screen)
    after = {name: shown["value"] for name, shown in screen["metrics"].items()}
    assert before["precision"]["value"] != before["recall"]["value"]
    assert (after["precision"], after["recall"]) == (before["recall"]["value"], before["precision"]["value"])
    assert after["iou"] == before["iou"]["value"]


def test_each_change_leaves_a_mark_where_the_bars_were_and_names_the_largest_fall(open_page):
    page = open_lab(open_page, boxes())
    before = read(page)["metrics"]
    assert before["iou"]["mark"] is None
    drag(page, (6.5, 9.5), (8.5, 12.5))
    after = read(page)["metrics"]
    changes = {}
    for name, shown in after.items():
        assert abs(shown["mark"] - before[name]["bar"]) < 1e-9
        change = float(shown["value"]) - float(before[name]["value"])
        assert abs(float(shown["change"].replace("−", "-") or 0) - change) < 0.0011
        changes[name] = change
    assert [name for name, shown in after.items() if shown["fell"]] == ["dice", "precision", "recall"]
    assert abs(changes["dice"] - min(changes.values())) < 1e-9


def test_pointing_links_cells_counts_and_metrics(open_page):
    page = open_lab(open_page, boxes())
    run(page, "pick('picture', 'none');")
    box, size = page.locator("[data-surface=maps] canvas").bounding_box(), cell_size(page)
    for (row, col), kind, words in (
        ((3, 4), "fn", "target object, prediction background: missed, FN"),
        ((5, 7), "tp", "target object, prediction object: found, TP"),
        ((9, 13), "fp", "target background, prediction object: false alarm, FP"),
        ((0, 0), "tn", "target background, prediction background: rightly left out, TN"),
    ):
        page.mouse.move(box["x"] + PAD + (col + 0.5) * size, box["y"] + PAD + (row + 0.5) * size)
        screen = read(page)
        assert screen["lit"] == [kind]
        assert screen["pointed"] == f"Row {row}, column {col}: {words}."
    page.mouse.move(2, 2)
    plain = color_at(page, 0, 0)
    page.locator("[data-metric=iou]").hover()
    assert read(page)["metrics"]["iou"]["lit"]
    faded, kept = color_at(page, 3, 4, 0.2), color_at(page, 9, 13, 0.2)
    assert (faded, kept) == ((0, 114, 178), (230, 159, 0))
    page.locator("[data-count=fn]").hover()
    assert color_at(page, 3, 4, 0.2) == (0, 114, 178)
    assert min(color_at(page, 9, 13, 0.2)) > 190  # the others fade
    page.mouse.move(2, 2)
    assert color_at(page, 0, 0) == plain


def test_metrics_are_walked_with_the_arrow_keys(open_page):
    page = open_lab(open_page, boxes())
    page.locator("[data-metric=pixel_accuracy]").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("() => document.activeElement.dataset.metric") == "iou"
    screen = read(page)
    assert [name for name, shown in screen["metrics"].items() if shown["lit"]] == ["iou"]
    assert page.locator("[data-metric=iou]").get_attribute("aria-label") == "IoU of the object 0.455 "
    assert page.locator("[data-metric][tabindex='0']").count() == 1
