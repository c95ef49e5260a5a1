"""What a student does in the loss explorer: move every slider, choose, play, predict, copy; both themes, a phone."""

import contextlib
import io
import random
import re
from typing import Any

import pytest
import torch

from segedu.widgets import LossExplorer
from segedu.widgets.loss.explorer import RANGES
from tests.widgets.loss import truth
from tests.widgets.loss.screen import (
    LABELS,
    assert_screen_is_true,
    close,
    last_number,
    number,
    open_explorer,
    run,
    scene_of,
)

pytestmark = pytest.mark.browser


def test_arithmetic_equals_the_courses_losses_with_autograd(run_node):
    run_node("core.test.mjs", truth.golden())


@pytest.mark.parametrize("label", LABELS)
def test_every_value_of_every_slider_shows_the_courses_numbers(open_page, label):
    page = open_explorer(open_page, LossExplorer(loss="tversky"))
    sweep = "return positions(argument).map((value) => { put(argument, value); return read(); });"
    screens = run(page, sweep, label)
    name = LABELS[label]
    values = [screen["state"][name] for screen in screens]
    assert len(set(values)) == len(values)
    if name in RANGES:
        assert (values[0], values[-1]) == RANGES[name][:2]
    for screen in screens:
        assert_screen_is_true(screen)
        made = {key: value for key, value in screen["state"].items() if key not in ("step", "predict")}
        assert LossExplorer(**made).share == screen["state"]["share"]  # Python takes what the page sends


def test_pairs_of_controls_at_random_show_the_courses_numbers(open_page):
    page = open_explorer(open_page)
    rng = random.Random(3)
    moves = []
    for _ in range(120):
        pair = [[label, rng.random()] for label in rng.sample(list(LABELS), 2)]
        moves.append([rng.choice(["cross-entropy", "weighted CE", "focal", "soft Dice", "Tversky", "Lovász"]), pair])
    screens = run(page, """
      return argument.map(([loss, pair]) => {
        press(loss);
        for (const [name, at] of pair) { const all = positions(name); put(name, all[Math.floor(at * all.length)]); }
        return read();
      });
    """, moves)  # fmt: skip
    for screen in screens:
        if screen["state"]["step"] == 0 or screen["state"]["learning_rate"] <= 5:  # float32 parts where steps overshoot
            assert_screen_is_true(screen)
    assert len({screen["chosen"][0] for screen in screens}) == 6


@pytest.mark.parametrize("loss", truth.NAMES)
def test_descent_walks_as_torch_does_forward_back_and_scrubbed(open_page, loss):
    explorer = LossExplorer(0.05, loss=loss, learning_rate=2)
    page = open_explorer(open_page, explorer)
    setting, z = scene_of(explorer.state())
    path = truth.descended(loss, setting, z)

    def assert_at(step: int) -> None:
        screen = run(page, "return read();")
        assert_screen_is_true(screen)
        shown = re.fullmatch(r"step (\d+): p_o (.+), p_b (.+), loss (.+)", screen["position"])
        expected = [*torch.tensor(path[step][:2]).sigmoid().tolist(), path[step][2]]
        assert int(shown[1]) == step
        assert all(close(number(one), other, 1e-5) for one, other in zip(shown.groups()[1:], expected, strict=True))

    for name, step in (("one position forward", 1), ("one position forward", 2), ("one position back", 1)):
        page.get_by_role("button", name=name).click()
        assert_at(step)
    run(page, "put('step', 60); return null;")
    assert_at(60)
    page.get_by_role("button", name="first position").click()
    assert_at(0)
    page.get_by_role("button", name="play").click()
    page.wait_for_function("() => window.model.get('step') >= 2", timeout=8000)
    page.get_by_role("button", name="pause").click()
    assert_at(run(page, "return state().step;"))


def test_the_loss_falls_while_the_iou_stays_zero_and_the_words_say_so(open_page):
    page = open_explorer(open_page, LossExplorer(0.01, 0.3, 0.3))
    words = run(page, "return read().words.descent;")
    assert words.startswith("The loss goes from 0.365 to 0.0196. p_o sinks to 0.112 by step 12: ")
    assert words.endswith("The IoU of p ≥ 0.5 stays 0: the loss falls while no object is found.")
    run(page, "press('w: inverse frequency'); press('weighted CE'); return null;")
    assert "reaches 0.5 at step" in run(page, "return read().words.descent;")
    run(page, "press('cross-entropy'); put('share of the object', 0.3); return null;")
    run(page, "put('p_b, at the rest', 0.1); put('learning rate', 9); return null;")
    assert "the step is too long there" in run(page, "return read().words.descent;")


def test_a_step_moves_the_objects_logit_by_what_is_written(open_page):
    page = open_explorer(open_page)
    before, after = run(page, "return [0, 1].map((step) => { put('step', step); return read(); });")
    moved = scene_of(after["state"])[1][0] - scene_of(before["state"])[1][0]
    assert before["words"]["net"].endswith(
        "= 5·(0.014 − 0.5·0.098) = −0.175: down, away from the object: the background's push drowns the object's."
    )
    assert moved == pytest.approx(-0.175, abs=1e-4)
    assert run(page, "press('focal'); return read().words.net;").endswith("up, toward the object.")


@pytest.mark.parametrize("share", [0.005, 0.02, 0.3, 0.5])
def test_weights_by_frequency_are_those_of_se_class_weights(open_page, share):
    page = open_explorer(open_page, LossExplorer(share))
    press = "return argument.map((name) => { press(`w: ${name} frequency`); return state().weight; });"
    shown = run(page, press, ["inverse", "median", "root"])
    assert shown == pytest.approx(truth.ratios(round(1000 * share)), rel=1e-5)
    assert_screen_is_true(run(page, "return read();"))


@pytest.mark.parametrize(
    "explorer",
    [
        LossExplorer(),
        LossExplorer(0, epsilon=0.0),
        LossExplorer(subject="scene", step=5),
        LossExplorer(0.3, 0.61, 0.9, loss="lovasz", step=20, gamma=0.3, alpha=0.0, weight=33.3),
        LossExplorer(0.01, 0.3, 0.3, loss="cross-entropy", step=60, epsilon=100.0),
    ],
)
def test_the_copied_code_runs_and_prints_the_shown_numbers(open_page, explorer):
    page = open_explorer(open_page, explorer)
    page.get_by_role("button", name="Copy as torch code").click()
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(page.locator("textarea").input_value(), {})
    cells = run(page, "return read().cells;")
    lines = printed.getvalue().splitlines()
    assert [line.split(":")[0] for line in lines] == truth.NAMES
    for line in lines:
        name, *found = re.fullmatch(r"(.+): (.+), gradient of the object (.+), of the background (.+)", line).groups()
        value, up, down = map(float, found)
        assert close(number(cells[f"{name} value"]), value)
        assert close(number(cells[f"{name} object"]), -up)
        assert close(number(cells[f"{name} background"]), down)
    run(page, "put('step', 3); return null;")
    assert page.locator("textarea").is_hidden()  # it belonged to the scene before


@pytest.mark.parametrize(
    ("traits", "about", "words"),
    [
        ({"share": 0.0}, "all", "nobody pushes for it, no weight can change that, and its IoU is 0/0"),
        ({"share": 0.0}, "dice", "ε / (Σp + ε) = 1 / (100 + 1) = 0.0099"),
        ({"share": 0.0, "epsilon": 0.0}, "dice", "0 / 100 = 0 for any prediction, and 0/0 for none at all"),
        ({"share": 0.0}, "lovasz", "only the background's, 0.1."),
        ({"weight": 1.0}, "weighted", "w = 1: weighted CE is plain CE."),
        ({"gamma": 0.0}, "focal", "focal is plain CE"),
        ({"alpha": 0.0, "beta": 0.0}, "tversky", "mistakes cost nothing"),
        ({"alpha": 0.0}, "tversky", "it is a miss of the other class"),
        ({"beta": 0.0}, "tversky", "it is a false positive of the other class"),
        ({"object_probability": 0.7, "background_probability": 0.3}, "lovasz", "the errors tie"),
    ],
)
def test_odd_settings_are_explained(open_page, traits, about, words):
    screen = run(open_explorer(open_page, LossExplorer(**traits)), "return read();")
    assert any(kind == about and words in text for kind, text in screen["remarks"]), screen["remarks"]
    assert_screen_is_true(screen)


def test_an_ordinary_setting_needs_no_remark_and_without_an_object_no_weight_is_offered(open_page):
    page = open_explorer(open_page)
    assert run(page, "return read().remarks;") == []
    run(page, "put('share of the object', 0); return null;")
    rule = page.get_by_role("button", name="w: inverse frequency")
    assert rule.is_disabled()
    assert rule.get_attribute("title").startswith("the object has no pixel")


def test_predict_hides_the_pushes_until_guessed(open_page):
    page = open_explorer(open_page, LossExplorer(predict=True))
    screen = run(page, "return read();")
    hidden = [text for name, text in screen["cells"].items() if not name.endswith("value")]
    assert set(hidden) == {"?"}
    assert screen["bars"] == [0] * 12
    assert screen["words"]["descent"] is screen["words"]["written"] is None
    assert screen["words"]["net"] == ""
    menu = page.get_by_label("In which loss does the object push most")
    menu.select_option("weighted")
    page.get_by_role("button", name="Check").click()
    screen = run(page, "return read();")
    assert_screen_is_true(screen)
    parts = {name: number(screen["cells"][f"{name} part"]) for name in truth.NAMES}
    best = max(parts, key=lambda name: parts[name])
    assert best == "focal"
    assert screen["words"]["verdict"] == (
        "weighted CE has 58.8 %. It depends on w: the object's votes count w times; at w = (1 − share) / share both "
        "groups weigh the same. It is focal: 83.1 % of the push comes from the object."
    )
    run(page, "put('w of the object', Math.log10(199)); return null;")
    assert page.locator("[data-cell='focal part']").inner_text() == "?"
    assert run(page, "return read().words.verdict;") == ""
    page.get_by_role("button", name="Check").click()
    assert run(page, "return read().words.verdict;").startswith("Right, weighted CE: ")
    run(page, "put('share of the object', 0.1); return null;")
    page.get_by_role("button", name="Reveal").click()
    assert_screen_is_true(run(page, "return read();"))


def test_pressing_a_chart_sets_the_probability_and_the_step(open_page):
    page = open_explorer(open_page)
    for chart, name, value in (("push", "pixel_probability", 0.75), ("descent", "step", 45)):
        shown = page.locator(f"[data-chart={chart}]")
        width = shown.bounding_box()["width"]
        shown.click(position={"x": 44 + 0.75 * (width - 56), "y": 60})
        assert run(page, "return state();")[name] == pytest.approx(value, abs=0.011 if value < 1 else 1)
    assert_screen_is_true(run(page, "return read();"))


def test_dots_stand_on_the_curves_values(open_page):
    page = open_explorer(open_page, LossExplorer(pixel_probability=0.5, weight=100.0, gamma=1.0))
    dots = run(page, """
      const dots = [...document.querySelectorAll("[data-chart=value] [data-dot]")];
      return Object.fromEntries(dots.map((dot) => [dot.dataset.dot, Number(dot.getAttribute("cy"))]));
    """)  # fmt: skip
    decade = (168 - 34 - 8) / 7
    assert dots["cross-entropy"] - dots["weighted"] == pytest.approx(2 * decade, abs=0.1)
    assert dots["focal"] - dots["cross-entropy"] == pytest.approx(0.30103 * decade, abs=0.1)  # (1 − p)^1 = 1/2


def test_the_keyboard_alone_moves_chooses_and_plays(open_page):
    page = open_explorer(open_page)
    page.get_by_label("share of the object").focus()
    for key in ("Home", "ArrowRight", "ArrowUp"):
        page.keyboard.press(key)
    assert run(page, "return state().share;") == 0.01
    page.get_by_label("w of the object").focus()
    before = run(page, "return state().weight;")
    page.keyboard.press("ArrowRight")
    assert before < run(page, "return state().weight;") < 1.2 * before
    page.get_by_role("button", name="Lovász").focus()
    page.keyboard.press("Enter")
    page.get_by_label("step", exact=True).focus()
    page.keyboard.press("ArrowRight")
    screen = run(page, "return read();")
    assert (screen["chosen"], screen["state"]["step"]) == (["Lovász"], 1)
    assert_screen_is_true(screen)


def test_another_scene_starts_its_descent_anew_but_not_another_pixel(open_page):
    page = open_explorer(open_page, LossExplorer(step=7))
    assert run(page, "put('p, right class', 0.8); return state().step;") == 7
    assert run(page, "put('ε, in pixels', 0); return state().step;") == 0


def test_what_python_sets_shows_in_the_page(open_page):
    page = open_explorer(open_page)
    setting = {"loss": "dice", "share": 0.2, "step": 9}
    page.evaluate("(setting) => Object.entries(setting).forEach(([name, to]) => window.model.set(name, to))", setting)
    screen = run(page, "return read();")
    assert screen["chosen"] == ["soft Dice"]
    assert last_number(dict(screen["lines"])["scene loss"]) < 0.5
    assert_screen_is_true(screen)


def test_an_update_draws_its_charts_once(open_page, count_work):
    page = open_explorer(open_page, LossExplorer(0.5, loss="lovasz"))
    work = count_work(run, page, """{
      share: (at) => put("share of the object", positions("share of the object")[2 * at + 1]),
      w: (at) => put("w of the object", positions("w of the object")[2 * at + 1]),
      step: (at) => put("step", positions("step")[2 * at + 1]),
    }""")  # fmt: skip
    assert max(act["created"] for act in work.values()) <= 60  # the charts' lines and labels
    assert max(act["painted"] for act in work.values()) <= 50


def test_all_text_has_contrast_in_both_themes(open_page, in_every_look):
    explorers = (LossExplorer(0, loss="lovasz"), LossExplorer(predict=True), LossExplorer(loss="dice", step=9))
    for explorer in (*explorers, LossExplorer(subject="photograph")):
        page = open_explorer(open_page, explorer)
        page.get_by_role("button", name="Copy as torch code").click()
        if explorer.predict:
            page.get_by_role("button", name="Check").click()
        for found in in_every_look(page):
            assert len(found) > 60
            assert found[0][0] >= 4.5, found[:4]


@pytest.mark.parametrize(
    "traits",
    [
        {},
        {"share": 0.0, "epsilon": 0.0, "loss": "dice"},
        {"predict": True},
        {"loss": "focal", "step": 60},
        {"subject": "photograph"},
        {"subject": "scene", "predict": True},
    ],
)
def test_a_phone_needs_no_sideways_scrolling(open_page, traits: dict[str, Any]):
    page = open_explorer(open_page, LossExplorer(**traits), width=320, scale=2)
    page.get_by_role("button", name="Copy as torch code").click()
    assert page.evaluate("() => document.documentElement.scrollWidth") == 320
    nodes = page.locator("input, button, select, canvas, dd, [data-chart], [data-cell]").all()
    boxes = [node.bounding_box() for node in nodes if node.is_visible()]
    assert len(boxes) > 50
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= 320 for box in boxes)
