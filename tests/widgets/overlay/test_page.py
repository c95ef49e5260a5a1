"""The overlay viewer in a browser: its arithmetic and everything on its screen against numpy, scipy and torch."""

from typing import Any

import pytest
import torch

from segedu.data.photos import photo
from segedu.data.scenes import Scenes
from segedu.widgets import OverlayViewer
from tests.widgets.overlay import truth
from tests.widgets.overlay.screen import (
    SIZE,
    assert_screen,
    numbers,
    open_viewer,
    run,
    small_viewer,
)
from tests.widgets.pages import html_with_model

pytestmark = pytest.mark.browser
MODES = ("semantic", "instance", "panoptic")


def test_the_arithmetic_equals_scipy_torch_and_the_targets(run_node):
    run_node("core.test.mjs", {"cases": [truth.golden_case(seed) for seed in range(60)]})


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("pixel", [[0, 0], [6, 4], [23, 30], [12, 17]])
def test_the_copied_code_prints_the_numbers_on_the_screen(open_page, capsys, mode, pixel):
    viewer = small_viewer(mode=mode, pixel=pixel, opacity=0.35)
    page = open_viewer(open_page, viewer)
    screen = run(page, "return read();")
    printed, scope = run_copied(page, capsys)
    facts = screen["facts"]
    label = int(viewer.label_map[tuple(pixel)])
    assert printed["class"].startswith(f"{label} {'void' if label == 255 else viewer.classes[label]}")
    assert printed["one-hot"] == facts["one-hot"]
    assert printed["panoptic id"] == facts["panoptic id"].split("= ")[1]
    assert numbers(printed["predicted"]) == numbers(facts["predicted"])[:1]
    if "blend" in printed:
        assert numbers(printed["blend"]) == numbers(facts["blend"])[-3:]
    else:
        assert facts["blend"].startswith("the image alone")
    counts = eval(printed["pixels"])
    assert screen["window"].endswith(": " + ", ".join(f"{name} {n}" for name, n in counts.items()) + ".")
    values = {"semantic": "label_map", "instance": "instances", "panoptic": "panoptic"}[mode]
    assert scope[values].tolist() == [[int(text) for text in row] for row in screen["cells"]]


def test_the_copied_code_of_a_photograph_and_of_labels_without_instances_runs(open_page, capsys):
    labels = Scenes(1, size=(40, 56))[0]
    for shown in (OverlayViewer(image=photo("coffee")), OverlayViewer(labels, panoptic=None, classes=Scenes.classes)):
        page = open_viewer(open_page, shown)
        screen = run(page, "return { facts: read().facts };")
        printed, _ = run_copied(page, capsys)
        if "rgb" in printed:
            assert numbers(printed["rgb"]) == numbers(screen["facts"]["RGB"])
        else:
            assert printed["one-hot"] == screen["facts"]["one-hot"]


def run_copied(page: Any, capsys: Any) -> tuple[dict[str, str], dict[str, Any]]:
    """Run the copied code; return its printed lines by their first words, and its names."""
    page.get_by_role("button", name="Copy as torch code").click()
    scope: dict[str, Any] = {}
    exec(page.get_by_label("the code").input_value(), scope)
    lines = capsys.readouterr().out.splitlines()
    names = ("class", "one-hot", "pixels", "panoptic id", "predicted", "wrong", "blend", "rgb")
    return {name: line[len(name) + 1 :] for line in lines for name in names if line.startswith(name + " ")}, scope


@pytest.mark.parametrize(("guess", "words"), [
    ("1", "You said 1, as many as there are connected regions; the instance map numbers 3."),
    ("3", "3: as many as the instance map numbers. The image told you, not the map."),
    ("7", "You said 7; the instance map numbers 3."),
])  # fmt: skip
def test_predict_hides_the_instances_until_a_number_is_said(open_page, guess, words):
    page = open_viewer(open_page, OverlayViewer(predict=True, mode="panoptic", boxes=True, outlines=True))
    before = run(page, "return read();")
    assert before["facts"]["instance"] == before["facts"]["panoptic id"] == "?"
    assert before["lines"]["6"]["parts"][2] == "× ?"
    assert (before["chips"], before["mask"]) == ([], None)
    assert before["reasons"] == "Hidden until you have counted or revealed: the panoptic map and the boxes."
    page.get_by_label("How many of the class car does the semantic map hold?").fill("some")
    page.keyboard.press("Enter")
    assert page.get_by_text("“some” is not a whole number; type one such as 2.").is_visible()
    page.get_by_label("How many of the class car").fill(guess)
    page.keyboard.press("Enter")
    verdict = page.locator("[data-words=verdict]").text_content()
    assert verdict == (
        f"{words} The semantic map says only which pixels are car: 1 connected region, 3 instances. Numbers 1 and 3, "
        "3 and 4 touch, and touching objects of one class are one region."
    )
    after = run(page, "return read();")
    assert after["lines"]["6"]["parts"][2] == "× 3"
    assert len(after["chips"]) == 9


def test_predict_asks_nothing_where_nothing_is_counted(open_page):
    page = open_viewer(open_page, small_viewer(panoptic=None, label_map=torch.zeros(SIZE).long(), predict=True))
    assert page.get_by_text("There is nothing to count: these labels number no instances.").is_visible()
    assert page.get_by_role("button", name="Reveal").is_disabled()


@pytest.mark.parametrize(("traits", "words"), [
    ({"panoptic": None, "label_map": torch.zeros(SIZE).long(), "mode": "instance"}, "No instance map: these labels"),
    ({"panoptic": None, "label_map": torch.zeros(SIZE).long(), "boxes": True}, "No boxes: these labels give"),
    ({"source": "prediction", "mode": "panoptic"}, "No panoptic map: the prediction gives each pixel a class and no"),
    ({"prediction": None, "source": "prediction"}, "There is no prediction; pass prediction=."),
    ({"opacity": 0}, "At 0 % opacity only the image is left."),
    ({"hidden": [0, 1, 2, 3]}, "Every class is switched off: only the image is left."),
    ({"panoptic": torch.full(SIZE, 255000)}, None),
])  # fmt: skip
def test_what_cannot_be_shown_is_explained(open_page, traits, words):
    page = open_viewer(open_page, small_viewer(**traits))
    assert words is None or words in page.locator("[data-words=reasons]").text_content()


def test_a_photograph_says_what_is_missing_shows_colors_and_takes_regions(open_page):
    image = torch.rand(3, *SIZE, generator=torch.Generator().manual_seed(4))
    page = open_viewer(open_page, OverlayViewer(image=image))
    assert page.get_by_text("This photograph has no labels: no number says what a pixel shows.").is_visible()
    pixels = (image * 255).round().int().permute(1, 2, 0)
    cells = run(page, "return cells();")
    assert [[int(text) for text in row] for row in cells] == pixels[9:16, 11:20, 0].tolist()
    page.get_by_role("button", name="draw regions").click()
    run(page, 'put("radius", 3);')
    page.locator("[data-surface=overlay]").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")  # at row 12, column 16
    rows, columns = torch.meshgrid(torch.arange(24), torch.arange(31), indexing="ij")
    disk = (rows - 12) ** 2 + (columns - 16) ** 2 <= 9
    found = run(page, "return read();")
    assert numbers(found["lines"]["0"]["parts"][0]) == [int(disk.sum())]
    run(page, 'pick("brush", "1");')
    place = page.locator("[data-surface=overlay]").bounding_box()
    scale = place["width"] / SIZE[1]
    page.mouse.move(place["x"] + 4.5 * scale, place["y"] + 4.5 * scale)
    page.mouse.down()
    page.mouse.move(place["x"] + 9.5 * scale, place["y"] + 4.5 * scale, steps=10)
    page.mouse.up()
    found = run(page, "return read();")
    columns_near = (columns - columns.clamp(4, 9)) ** 2 + (rows - 4) ** 2 <= 9
    assert numbers(found["lines"]["1"]["parts"][0]) == [int(columns_near.sum())]
    run(page, 'press("panoptic");')
    assert "a drawn region names a class, not an instance" in page.locator("[data-words=reasons]").text_content()
    page.get_by_role("button", name="clear").click()
    assert list(run(page, "return read().lines;")) == ["255"]


def test_a_large_photograph_says_that_it_is_thinned(open_page):
    page = open_viewer(open_page, OverlayViewer(image=torch.rand(3, 40, 520), label_map=torch.zeros(40, 520).long()))
    assert page.get_by_text("Shown is every 3rd pixel of every 3rd row").is_visible()


def test_the_keyboard_alone_reaches_everything(open_page):
    viewer = small_viewer(pixel=[10, 10])
    page = open_viewer(open_page, viewer)
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # the third mode
    assert run(page, "return read().mode;") == "panoptic"
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    assert run(page, "return read().opacity;") == 51
    page.locator("[data-surface=overlay]").focus()
    for key, pixel in [
        ("ArrowDown", [11, 10]), ("ArrowRight", [11, 11]), ("Shift+ArrowRight", [11, 21]), ("Shift+ArrowUp", [1, 21]),
        ("End", [1, 30]), ("ArrowRight", [1, 30]), ("Home", [1, 0]), ("Shift+ArrowUp", [0, 0]),
    ]:  # fmt: skip
        page.keyboard.press(key)
        assert numbers(run(page, "return read().facts.pixel;")) == pixel
    assert page.locator(".sg-live").text_content() == "row 0, column 0: void"
    page.locator(".ov-line[data-label='2'] input").focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    assert run(page, "return read().lines[2].lit;")
    page.keyboard.press("Space")
    assert not run(page, "return read().lines[2].on;")
    page.locator("[data-grid=numbers]").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("ArrowDown")
    assert numbers(run(page, "return read().facts.pixel;")) == [1, 0]
    page.get_by_role("button", name="one position forward").focus()
    page.keyboard.press("Enter")
    assert run(page, "return read().step;") == 1


def test_a_chip_lights_its_instance_and_a_cell_its_pixel(open_page):
    viewer = small_viewer(mode="panoptic", pixel=[14, 14])
    page = open_viewer(open_page, viewer)
    chip = page.locator(".ov-chip").nth(1)
    chip.hover()
    lit = run(page, "return read();")
    assert lit["litChips"] == [chip.text_content()]
    page.locator("[data-grid=numbers] [data-row='1'][data-col='2']").hover()
    top, _, left, _ = (int(at) for at in numbers(run(page, "return read().window;"))[:4])
    screen = run(page, "return read();")
    assert numbers(screen["facts"]["pixel"]) == [top + 1, left + 2]
    assert_screen(screen, viewer, (top + 1, left + 2))


def test_play_walks_over_the_masks_and_stops_at_the_last(open_page):
    page = open_viewer(open_page, small_viewer(mode="instance"))
    page.clock.install()
    page.get_by_role("button", name="play").click()
    page.clock.run_for(60_000)
    screen = run(page, "return read();")
    assert screen["step"] == screen["steps"] > 3
    assert page.get_by_role("button", name="play").is_visible()


def test_what_python_sets_shows_in_the_page_and_what_the_page_sets_is_written(open_page):
    body = html_with_model(small_viewer())
    page = open_viewer(open_page, body)
    page.evaluate("() => { model.set('mode', 'panoptic'); model.set('pixel', [3, 7]); model.set('hidden', [2]); }")
    screen = run(page, "return read();")
    assert (screen["mode"], screen["lines"]["2"]["on"]) == ("panoptic", False)
    assert_screen(screen, small_viewer(), (3, 7))
    run(page, 'put("opacity", 80); press("instance"); put("mask", 2);')
    assert page.evaluate("() => ['opacity', 'mode', 'step'].map((name) => model.get(name))") == [0.8, "instance", 2]


def test_all_text_has_contrast_in_both_themes(open_page, in_every_look):
    shown = [OverlayViewer(mode=mode, boxes=True) for mode in MODES]
    for each in (*shown, OverlayViewer(predict=True), OverlayViewer(image=photo("coins"))):
        page = open_viewer(open_page, each)
        page.get_by_role("button", name="Copy as torch code").click()
        for found in in_every_look(page):
            assert len(found) > 20
            assert found[0][0] >= 4.5, found[:4]


@pytest.mark.parametrize("mode", [*MODES, "ask", "photo"])
def test_a_phone_needs_no_sideways_scrolling(open_page, mode):
    shown = {"ask": OverlayViewer(predict=True), "photo": OverlayViewer(image=photo("chelsea"))}
    page = open_viewer(open_page, shown[mode] if mode in shown else small_viewer(mode=mode, step=2), width=320, scale=2)
    page.get_by_role("button", name="Copy as torch code").click()
    if mode == "photo":
        page.get_by_role("button", name="draw regions").click()
    assert page.evaluate("() => document.documentElement.scrollWidth") == 320
    nodes = page.locator("input, button, [data-surface], [data-grid], select, .ov-name, dd, canvas").all()
    boxes = [node.bounding_box() for node in nodes if node.is_visible()]
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= 320 for box in boxes)


def test_an_act_on_a_crowded_scene_paints_each_layer_once(open_page, count_work):
    sample = Scenes(2, size=(256, 256), seed=5, overlap=1.0, objects=(20, 30), rare=1, void_border=1)[1]
    viewer = OverlayViewer(
        sample, prediction=sample["label_map"].roll(3, 1), mode="panoptic", outlines=True, boxes=True, errors=True
    )
    work = count_work(run, open_viewer(open_page, viewer), """{
      hover: (at) => hover(20 + 9 * at, 30 + 8 * at, 256), opacity: (at) => put("opacity", 20 + at),
      mask: (at) => put("mask", at + 1), mode: (at) => press(["semantic", "instance", "panoptic"][at % 3]),
    }""")  # fmt: skip
    assert {name: act["pixels"] // 256**2 for name, act in work.items()} == {
        "hover": 1, "opacity": 1, "mask": 3, "mode": 1,
    }  # fmt: skip
    assert max(work[name]["created"] for name in ("hover", "opacity", "mask")) <= 14
    assert work["mode"]["created"] <= 80  # the list of names is another
    assert max(act["painted"] for act in work.values()) <= 35
