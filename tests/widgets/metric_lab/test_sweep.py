"""The metric lab's arithmetic, and every control through every value: the screen's numbers equal segedu.metrics'."""

import random

import pytest
import torch

from segedu.widgets import MetricLab
from segedu.widgets.metric_lab.explorer import TOLERANCES, WIDTHS
from segedu.widgets.metric_lab.shapes import draw_shape
from tests.widgets.metric_lab import truth
from tests.widgets.metric_lab.screen import assert_screen_equals_metrics, open_lab, read, run

pytestmark = pytest.mark.browser


def random_shapes(count: int) -> list[dict]:
    rng = random.Random(0)
    made = []
    for _ in range(count):
        size = rng.randint(4, 24), rng.randint(4, 24)
        height, width = rng.randint(1, size[0]), rng.randint(1, size[1])
        place = {"top": rng.randint(0, size[0] - height), "left": rng.randint(0, size[1] - width)}
        shape = {"kind": rng.choice(["ellipse", "rectangle"]), **place, "height": height, "width": width}
        made.append({"shape": shape, "size": size, "rows": draw_shape(shape, size).tolist()})
    return made


def test_the_core_equals_segedus_metrics_on_random_maps(run_node):
    rng = random.Random(1)
    cases = [
        truth.facts(*truth.random_pair(seed), rng.randint(*TOLERANCES), rng.randint(*WIDTHS)) for seed in range(240)
    ]
    limits = {"tolerance": TOLERANCES, "width": WIDTHS}
    run_node("core.test.mjs", {"cases": cases, "shapes": random_shapes(80), "limits": limits})


def pair(seed: int, size: tuple[int, int] = (24, 36)) -> MetricLab:
    generator = torch.Generator().manual_seed(seed)
    target, prediction = (torch.rand(2, *size, generator=generator) < 0.4).long()
    target[torch.rand(size, generator=generator) < 0.05] = 255
    return MetricLab(target, prediction, image=torch.rand(3, 24, 36, generator=generator))


def test_every_preset_shows_the_metrics_numbers_and_its_words(open_page):
    page = open_lab(open_page, MetricLab())
    screens = run(page, """
      const names = [...menu("preset").options].map((node) => node.value).slice(0, -1);
      return names.map((name) => { pick("preset", name); return { name, ...read() }; });
    """)  # fmt: skip
    assert len(screens) == 10
    assert len({screen["presetWords"] for screen in screens}) == 10
    for screen in screens:
        assert screen["preset"] == screen["name"]
        assert_screen_equals_metrics(screen)
    assert screens[-1]["backdrop"] == "scene"
    assert float(screens[-1]["metrics"]["recall"]["value"]) == 1
    assert float(screens[-1]["metrics"]["iou"]["value"]) < 0.85


def test_every_value_of_every_slider_and_menu_shows_the_metrics_numbers(open_page):
    page = open_lab(open_page, pair(0))
    screens = run(page, """
      const screens = [];
      for (const name of ["boundary F1: tolerance", "boundary IoU: width", "brush size", "overlay"]) {
        const before = slider(name).value;
        const steps = Math.round((slider(name).max - slider(name).min) / slider(name).step);
        for (let step = 0; step <= steps; step++) {
          put(name, Number(slider(name).min) + step * slider(name).step);
          screens.push(read());
        }
        put(name, before);
      }
      for (const name of ["form", "picture"])
        for (const { value } of [...menu(name).options]) { pick(name, value); screens.push(read()); }
      for (const name of ["Prediction", "Target", "Shape", "Brush", "Eraser", "Void brush"]) {
        press(name);
        screens.push(read());
      }
      return screens;
    """)  # fmt: skip
    assert len(screens) == 5 + 6 + 5 + 10 + 2 + 2 + 6
    assert [screen["tolerance"] for screen in screens[:5]] == list(range(5))
    assert [screen["width"] for screen in screens[5:11]] == list(range(1, 7))
    assert [screen["brush"] for screen in screens[11:16]] == list(range(1, 6))
    assert [screen["kind"] for screen in screens[26:28]] == ["rectangle", "ellipse"]
    assert [screen["backdrop"] for screen in screens[28:30]] == ["none", "picture"]
    for screen in screens:
        assert_screen_equals_metrics(screen)


def test_controls_in_combination_show_the_metrics_numbers(open_page):
    page = open_lab(open_page, MetricLab())
    rng = random.Random(2)
    tools = ["Shape", "Brush", "Eraser", "Void brush"]
    actions = ["New shape", "Clear", "Swap", "Undo", "rectangle", "ellipse", "preset", "preset", "paint", "paint"]
    settings = [
        [rng.choice(["Prediction", "Target"]), rng.choice(tools), rng.choice(actions), rng.randint(*TOLERANCES),
         rng.randint(*WIDTHS), rng.randint(1, 5), rng.randrange(10), [rng.random() * 0.9 for _ in range(4)]]
        for _ in range(100)
    ]  # fmt: skip
    screens = run(page, """
      const host = document.querySelector("[data-surface=maps]");
      const box = host.querySelector("canvas").getBoundingClientRect();
      const [wide, high] = [box.width - 20, box.height - 20];
      const at = (x, y) => ({ clientX: box.left + 10 + x * wide, clientY: box.top + 10 + y * high });
      const fire = (type, x, y) =>
        host.dispatchEvent(new PointerEvent(type, { ...at(x, y), button: 0, pointerId: 1, bubbles: true }));
      host.setPointerCapture = () => {};
      const paint = ([x, y, right, down]) => {
        fire("pointerdown", x, y);
        fire("pointermove", right, down);
        fire("pointerup", right, down);
      };
      return argument.map(([layer, tool, action, tolerance, width, brush, preset, places]) => {
        press(layer); press(tool);
        put("boundary F1: tolerance", tolerance); put("boundary IoU: width", width); put("brush size", brush);
        if (action === "preset") pick("preset", menu("preset").options[preset].value);
        else if (action === "paint") paint(places);
        else if (action === "rectangle" || action === "ellipse") pick("form", action);
        else press(action);
        return read();
      });
    """, settings)  # fmt: skip
    for screen in screens:
        assert_screen_equals_metrics(screen)
    different = {str((screen["target"], screen["prediction"])) for screen in screens}
    assert len(different) >= 40
    assert any(screen["metrics"]["iou"]["value"] == "absent" for screen in screens)


def test_random_maps_set_from_python_show_the_metrics_numbers(open_page):
    page = open_lab(open_page, pair(0, (13, 17)))
    pairs = [truth.random_pair(seed, (13, 17)) for seed in range(40)]
    screens = run(page, """
      return argument.map(([target, prediction], at) => {
        window.model.set("prediction", prediction);
        window.model.set("target", target);
        window.model.set("tolerance", at % 5);
        window.model.set("width", 1 + at % 6);
        return read();
      });
    """, pairs)  # fmt: skip
    for screen, (target, prediction) in zip(screens, pairs, strict=True):
        assert (screen["target"], screen["prediction"]) == (target, prediction)
        assert_screen_equals_metrics(screen)


def test_the_canvas_wears_the_colors_of_the_counts(open_page):
    page = open_lab(open_page, pair(3, (9, 13)))
    run(page, "pick('picture', 'none'); press('Brush');")
    pixels = page.evaluate("""() => {
      const canvas = document.querySelector("[data-surface=maps] canvas"), cell = (canvas.width - 20) / 13;
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      const middle = (at) => Math.floor(10 + (at + 0.5) * cell);
      const at = (row, col) => 4 * (middle(row) * canvas.width + middle(col));
      const hex = (place) => "#" + [0, 1, 2].map((part) => data[place + part].toString(16).padStart(2, "0")).join("");
      return Array.from({ length: 9 }, (_, row) => Array.from({ length: 13 }, (_, col) => hex(at(row, col))));
    }""")  # fmt: skip
    screen = read(page)
    expected = {(1, 1): "#009e73", (1, 0): "#0072b2", (0, 1): "#e69f00", (0, 0): "#ffffff"}
    for target, prediction, colors in zip(screen["target"], screen["prediction"], pixels, strict=True):
        for wanted, guessed, color in zip(target, prediction, colors, strict=True):
            if wanted != 255:
                assert color == expected[wanted, guessed]


def test_an_update_of_the_largest_maps_paints_each_map_once(open_page, count_work):
    page = open_lab(open_page, pair(0, (48, 48)))
    run(page, 'put("boundary IoU: width", 6); return null;')
    work = count_work(run, page, '{ tolerance: (at) => put("boundary F1: tolerance", at % 2 ? 4 : 3) }')
    assert work["tolerance"]["created"] <= 4
    assert work["tolerance"]["painted"] <= 12
