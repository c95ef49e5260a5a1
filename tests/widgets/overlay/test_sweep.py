"""Every control of the overlay viewer through its range: its screen and its canvas against numpy, scipy and torch."""

import random

import numpy as np
import pytest

from segedu.widgets.kit.images import image_of
from segedu.widgets.overlay.figure import blend_overlay, ids_of
from tests.widgets.overlay.screen import SIZE, assert_screen, interior, numbers, open_viewer, run, small_viewer

pytestmark = pytest.mark.browser
MODES = ("semantic", "instance", "panoptic")


def test_every_control_through_its_range_shows_what_numpy_says(open_page):
    viewer = small_viewer()
    page = open_viewer(open_page, small_viewer())
    screens = run(page, """
      const found = [read()];
      for (const mode of ["semantic", "instance", "panoptic"]) {
        press(mode);
        found.push(read());
        for (let opacity = 0; opacity <= 100; opacity += 10) { put("opacity", opacity); found.push(read()); }
        put("opacity", 35);
        for (let step = 0; step <= Number(slider("mask").max); step++) { put("mask", step); found.push(read()); }
        put("mask", 0);
        for (const channel of ["red", "green", "blue", "labels"]) { pick("numbers", channel); found.push(read()); }
        for (const name of ["outlines", "boxes", "errors in orange"])
          for (const on of [true, false]) { check(name, on); found.push(read()); }
        for (const node of all(".ov-line input")) { node.click(); found.push(read()); }
        press("all on"); found.push(read()); press("all off"); found.push(read()); press("all on");
        pick("shown", "prediction"); found.push(read()); pick("shown", "labels"); found.push(read());
      }
      return found;
    """)  # fmt: skip
    assert len(screens) > 90
    for screen in screens:
        assert_screen(screen, viewer, tuple(small_viewer().pixel))


def test_pairs_of_controls_at_random_show_what_numpy_says(open_page):
    viewer = small_viewer()
    page = open_viewer(open_page, small_viewer())
    rng = random.Random(0)
    actions = {
        "mode": lambda: f'press("{rng.choice(MODES)}");',
        "opacity": lambda: f'put("opacity", {rng.randint(0, 100)});',
        "mask": lambda: f'put("mask", {rng.randint(0, 8)});',
        "shown": lambda: f'pick("shown", "{rng.choice(["labels", "prediction"])}");',
        "numbers": lambda: f'pick("numbers", "{rng.choice(["labels", "red", "green", "blue"])}");',
        "box": lambda: f'check("{rng.choice(["outlines", "boxes", "errors in orange"])}", true);',
        "class": lambda: f"all('.ov-line input')[{rng.randint(0, 3)}].click();",
    }  # fmt: skip
    script = "const found = [];"
    for _ in range(90):
        script += "".join(actions[name]() for name in rng.sample(sorted(actions), 2)) + "found.push(read());"
    for screen in run(page, script + "return found;"):
        assert_screen(screen, viewer, tuple(small_viewer().pixel))


def test_pointing_at_every_pixel_says_what_it_holds_and_lights_its_line(open_page):
    viewer = small_viewer()
    page = open_viewer(open_page, small_viewer())
    for mode in MODES:
        viewer.mode = mode
        points = [[row, col] for row in range(SIZE[0]) for col in range(SIZE[1]) if (row * 31 + col) % 7 == 0]
        found = run(page, """
          press(argument.mode);
          return argument.points.map(([row, col]) => { hover(row, col, argument.width); return read(); });
        """, {"mode": mode, "points": points, "width": SIZE[1]})  # fmt: skip
        for pixel, screen in zip(points, found, strict=True):
            assert_screen(screen, viewer, tuple(pixel))
            label, number = viewer.label_map[tuple(pixel)], viewer.instance_map[tuple(pixel)]
            lit = [int(name) for name, line in screen["lines"].items() if line["lit"]]
            assert lit == ([] if mode == "instance" and number == 0 else [label])
            assert screen["litChips"] == ([str(number)] if mode != "semantic" and number else [])


@pytest.mark.parametrize("mode", MODES)
def test_the_canvas_shows_the_blend_and_fades_what_is_not_lit(open_page, mode):
    viewer = small_viewer(mode=mode, opacity=0.7, hidden=[1], errors=False)
    page = open_viewer(open_page, viewer)
    image, (ids, _) = image_of(viewer.photo), ids_of(viewer)
    points = [point for point in interior(ids) if point != viewer.pixel]
    plain = blend_overlay(image, ids, mode, viewer)
    shown = run(page, "return painted(argument.points, argument.width);", {"points": points, "width": SIZE[1]})
    assert len(points) > 60
    assert shown == [plain[tuple(point)].tolist() for point in points]
    viewer.opacity = 0.7 * 0.3
    faded = blend_overlay(image, ids, mode, viewer)
    shown = run(page, """
      document.querySelector(".ov-line[data-label='2']").dispatchEvent(new PointerEvent("pointerenter"));
      return painted(argument.points, argument.width);
    """, {"points": points, "width": SIZE[1]})  # fmt: skip
    for point, color in zip(points, shown, strict=True):
        lit = viewer.label_map[tuple(point)] == 2
        assert color == (plain if lit else faded)[tuple(point)].tolist()


def test_errors_are_orange_on_the_canvas_and_counted_without_void(open_page):
    viewer = small_viewer(opacity=0, errors=True)
    page = open_viewer(open_page, viewer)
    labels, wrong = viewer.label_map, viewer.label_map != viewer.prediction
    wrong &= labels != 255
    said = numbers(run(page, "return read().errors;"))
    assert said[:2] == [wrong.sum(), (labels != 255).sum()]
    assert abs(said[2] - 100 * wrong.sum() / (labels != 255).sum()) <= 0.0501
    shown = run(page, "return painted(argument.points, argument.width);", {
        "points": np.argwhere(wrong).tolist(), "width": SIZE[1],
    })  # fmt: skip
    expected = blend_overlay(image_of(viewer.photo), *ids_of(viewer), viewer)[wrong].tolist()
    assert sum(one != two for one, two in zip(shown, expected, strict=True)) <= 1  # the marked pixel
