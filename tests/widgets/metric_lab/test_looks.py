"""The metric lab's questions, its copied code, pictures, themes and small screens."""

from typing import Any

import pytest
import torch

from segedu.widgets import MetricLab
from tests.widgets.metric_lab.screen import assert_screen_equals_metrics, boxes, color_at, open_lab, read, run

pytestmark = pytest.mark.browser


def test_predict_hides_all_numbers_until_guessed_and_names_the_slip(open_page):
    page = open_lab(open_page, boxes(predict=True))
    screen = read(page)
    assert {shown["value"] for shown in screen["metrics"].values()} == {"?"}
    assert set(screen["counts"].values()) == {"?"}
    assert screen["remarks"] == ""
    guess = page.get_by_label("The object's IoU, from 0 to 1:")
    assert page.get_by_label("Which metric fell most?").is_hidden()
    for text, verdict in (
        ("a lot", "“a lot” is no IoU; type a number from 0 to 1"),
        ("0.625", "The IoU is 0.455; you said 0.625. That is Dice, which counts the shared cells twice."),
    ):
        guess.fill(text)
        page.keyboard.press("Enter")
        assert read(page)["verdict"].startswith(verdict)
    assert_screen_equals_metrics(read(page))
    assert guess.is_disabled()


def test_predict_asks_which_metric_fell_most_after_a_change(open_page):
    page = open_lab(open_page, boxes(predict=True))
    page.get_by_role("button", name="Reveal").click()
    before = read(page)["metrics"]
    page.locator("[data-surface=maps]").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    hidden = read(page)["metrics"]
    assert {shown["value"] for shown in hidden.values()} == {"?"}
    assert all(abs(shown["mark"] - before[name]["bar"]) < 1e-9 for name, shown in hidden.items())
    page.get_by_label("The object's IoU, from 0 to 1:").fill("28 %")
    page.get_by_label("Which metric fell most?").select_option("pixel_accuracy")
    page.get_by_role("button", name="Check").click()
    screen = read(page)
    assert screen["verdict"] == (
        "Right: the IoU is 0.263; you said 0.280. "
        "Dice, precision and recall fell most, by 0.208; pixel accuracy fell by 0.071."
    )
    assert [name for name, shown in screen["metrics"].items() if shown["fell"]] == ["dice", "precision", "recall"]
    assert_screen_equals_metrics(screen)
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Undo").click()
    assert {shown["value"] for shown in read(page)["metrics"].values()} == {"?"}
    page.get_by_label("The object's IoU, from 0 to 1:").fill("0.4")
    page.get_by_label("Which metric fell most?").select_option("none")
    page.get_by_role("button", name="Check").click()
    assert read(page)["verdict"] == "Right: the IoU is 0.352; you said 0.400. Right: no metric fell."


def test_an_absent_iou_may_be_guessed(open_page):
    page = open_lab(open_page, MetricLab(torch.zeros(6, 7, dtype=torch.int64), predict=True))
    page.get_by_label("The object's IoU, from 0 to 1:").fill("absent")
    page.get_by_role("button", name="Check").click()
    screen = read(page)
    assert screen["verdict"] == "The IoU is 0/0, absent: right."
    assert screen["metrics"]["iou"]["formula"].endswith("no object in the target and none in the prediction")
    assert_screen_equals_metrics(screen)


@pytest.mark.parametrize("preset", [None, "thin object", "all background", "void hides the mistakes",
                                    "no object in the target", "large object with a ragged edge"])  # fmt: skip
def test_the_copied_code_prints_the_numbers_on_the_screen(open_page, capsys, preset):
    page = open_lab(open_page, boxes(tolerance=2, width=3) if preset is None else MetricLab())
    if preset:
        page.get_by_label("preset").select_option(preset)
    page.get_by_role("button", name="Copy as torch code").click()
    scope: dict[str, Any] = {}
    exec(page.get_by_label("the code").input_value(), scope)
    screen = read(page)
    assert scope["target"].tolist() == screen["target"]
    assert scope["prediction"].tolist() == screen["prediction"]
    lines = capsys.readouterr().out.splitlines()
    counts = {name: int(count) for name, count in screen["counts"].items()}
    assert lines[:2] == str(torch.tensor([[counts["tn"], counts["fp"]], [counts["fn"], counts["tp"]]])).splitlines()
    printed = dict(line.split() for line in lines[2:])
    assert printed == {name: shown["value"].replace("absent", "nan") for name, shown in screen["metrics"].items()}


def test_a_picture_lies_behind_and_shows_through(open_page):
    page = open_lab(open_page, boxes(image=torch.zeros(3, 28, 40)))
    run(page, "press('Brush');")
    assert read(page)["backdrop"] == "picture"
    assert max(color_at(page, 0, 0)) == 0  # the black picture
    assert color_at(page, 5, 7) == tuple(round(0.6 * part) for part in (0, 158, 115))
    run(page, "put('overlay', 1);")
    assert color_at(page, 5, 7) == (0, 158, 115)
    run(page, "pick('picture', 'none');")
    assert min(color_at(page, 0, 0)) == 255


def test_what_python_sets_shows_and_what_the_student_does_is_saved(open_page):
    page = open_lab(open_page, boxes())
    run(page, "window.model.set('tolerance', 3); window.model.set('layer', 'target');")
    screen = read(page)
    assert screen["tolerance"] == 3
    assert "Target" in screen["pressed"]
    assert_screen_equals_metrics(screen)
    saved = run(page, "let saves = 0; window.model.save_changes = () => saves++; press('Clear'); return saves;")
    assert saved == 1


def test_all_text_has_contrast_in_both_themes(open_page, in_every_look):
    for predict in (False, True):
        page = open_lab(open_page, boxes(predict=predict))
        page.get_by_role("button", name="Copy as torch code").click()
        page.locator("[data-surface=maps]").focus()
        for key in ("ArrowRight", "u", "u"):
            page.keyboard.press(key)
        if not predict:
            run(page, "put('boundary IoU: width', 6); put('boundary F1: tolerance', 4);")
        for found in in_every_look(page):
            assert len(found) > 40
            assert found[0][0] >= 4.5, found[:4]


@pytest.mark.parametrize("shown", [MetricLab(), boxes(predict=True), MetricLab(torch.eye(48, dtype=torch.int64))])
def test_a_phone_needs_no_sideways_scrolling(open_page, shown):
    page = open_lab(open_page, shown, width=320, scale=2)
    page.get_by_role("button", name="Copy as torch code").click()
    assert page.evaluate("() => document.documentElement.scrollWidth") == 320
    nodes = page.locator("input, button, [data-surface], select, [data-metric], td").all()
    found = [node.bounding_box() for node in nodes if node.is_visible()]
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= 320 for box in found)
