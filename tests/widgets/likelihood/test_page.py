"""What a student does in the likelihood explorer: drag, point, step, predict, copy."""

import contextlib
import io
import re

import pytest
import torch

from segedu.widgets import LikelihoodExplorer
from segedu.widgets.likelihood.figure import LOSS_TOP, ramp
from tests.widgets.likelihood import truth
from tests.widgets.likelihood.screen import Truth, close, last_number, number, open_explorer, run

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def scene():
    """Torch's numbers of the explorer's own scene."""
    return Truth(LikelihoodExplorer())


def test_arithmetic_equals_torch_with_autograd(run_node):
    run_node("core.test.mjs", truth.golden())


def test_the_pictures_show_p_loss_and_gradient_in_the_colors_of_their_legends(open_page):
    explorer = LikelihoodExplorer(w=3.0, b=-1.0)
    page = open_explorer(open_page, explorer)
    spots = [[row, column] for row in range(3, 80, 11) for column in range(2, 120, 13)]
    marked = explorer.pixel
    maps = {
        "p": (explorer.p, 0, 1),
        "loss": (explorer.loss_map, 0, LOSS_TOP),
        "gradient": (explorer.gradient_map, -1, 1),
    }
    for name, (values, low, high) in maps.items():
        shown = run(page, "return colorsAt(...argument);", [name, spots])
        colors = ramp(name)
        for (row, column), color in zip(spots, shown, strict=True):
            value = float(values[row, column])
            if not bool(explorer.valid[row, column]) or max(abs(row - marked[0]), abs(column - marked[1])) < 6:
                continue
            expected = [255 * part for part in colors((value - low) / (high - low))[:3]]
            assert max(abs(one - other) for one, other in zip(color, expected, strict=True)) < 6, (name, row, column)


def drag(page, start, end):
    page.mouse.move(*start)
    page.mouse.down()
    for part in (0.3, 0.7, 1):
        page.mouse.move(*(one + part * (other - one) for one, other in zip(start, end, strict=True)))
    page.mouse.up()


def middle_of(page, selector):
    box = page.locator(selector).bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_dragging_the_circle_moves_the_middle_and_the_square_turns_the_curve(open_page, scene):
    page = open_explorer(open_page)
    at, square = middle_of(page, "[data-handle=middle]"), middle_of(page, "[data-handle=turn]")
    drag(page, at, (at[0] + 60, at[1]))
    moved = run(page, "return read();")
    assert moved["state"]["w"] == 2
    middle = -moved["state"]["b"] / 2
    # The square stood at z = 2, one unit of x to the right of the circle.
    assert middle == pytest.approx(60 / (square[0] - at[0]), abs=0.02)
    scene.check(moved)
    at, square = middle_of(page, "[data-handle=middle]"), middle_of(page, "[data-handle=turn]")
    drag(page, square, (at[0] + (square[0] - at[0]) / 2, square[1]))
    turned = run(page, "return read();")
    assert turned["state"]["w"] == pytest.approx(4, abs=0.15)
    assert -turned["state"]["b"] / turned["state"]["w"] == pytest.approx(middle, abs=0.02)
    scene.check(turned)
    square = middle_of(page, "[data-handle=turn]")
    drag(page, square, (at[0] - 80, square[1]))
    assert run(page, "return state().w;") < 0  # dragged across the middle, the curve falls


def test_pressing_the_loss_map_sets_w_and_b(open_page, scene):
    page = open_explorer(open_page, LikelihoodExplorer(step=3))
    box = page.locator("[data-surface=surface]").bounding_box()
    page.mouse.click(box["x"] + 30 + 0.75 * (box["width"] - 38), box["y"] + 6 + 0.6 * (268 - 38))
    screen = run(page, "return read();")
    assert screen["state"]["w"] == pytest.approx(6, abs=0.1)
    assert screen["state"]["b"] == pytest.approx(-2.4, abs=0.1)
    assert screen["state"]["step"] == 0
    scene.check(screen)


def test_pointing_at_a_pixel_writes_it_out_and_pressing_keeps_it(open_page, scene):
    page = open_explorer(open_page)
    before = run(page, "return read();")
    for name in ("image", "p", "loss", "gradient"):
        box = page.locator(f"[data-surface={name}]").bounding_box()
        page.mouse.move(box["x"] + (30.5 / 120) * box["width"], box["y"] + (60.5 / 80) * box["height"])
        pointed = run(page, "return read();")
        assert pointed["words"]["pixel title"].startswith("The pixel in row 60, column 30: road")
        assert last_number(pointed["lines"]["pixel feature"]) != last_number(before["lines"]["pixel feature"])
        dot = page.locator("[data-part=pixel]").evaluate("(node) => Number(node.getAttribute('cy'))")
        p = last_number(pointed["lines"]["pixel probability"])
        assert dot == pytest.approx(8 + (1 - p) * (268 - 8 - 36), abs=0.3)  # its place on the curve
    page.mouse.down()
    page.mouse.up()
    page.mouse.move(5, 5)
    kept = run(page, "return read();")
    assert kept["state"]["pixel"] == [60, 30]
    scene.check(kept)


def test_pointing_at_the_plot_lights_the_pixels_of_that_bin(open_page, scene):
    page = open_explorer(open_page)
    spots = [[row, column] for row in range(0, 80, 4) for column in range(0, 80, 4)]  # the mark stands right of them
    colors = "return colorsAt('p', argument);"
    plain = run(page, colors, spots)
    box = page.locator("[data-plot=curve]").bounding_box()
    page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 60)
    words = run(page, "return (await read()).words.bin;")
    low, high, target, other = re.match(r"x from (\S+) to (\S+): (\S+) pixels? of boulder, (\S+) other", words).groups()
    pixels = scene.pixels("red − green", 7)
    inside = (pixels.x > number(low) - 0.005) & (pixels.x < number(high) + 0.005)
    assert abs(int((inside & (pixels.y == 0)).sum()) - number(other)) <= 40  # the edges are told with three digits
    assert abs(int((inside & (pixels.y == 1)).sum()) - number(target)) <= 5
    lit = run(page, colors, spots)
    same = [one == other for one, other in zip(plain, lit, strict=True)]
    for (row, column), kept in zip(spots, same, strict=True):
        x = float(pixels.x_map[row, column])
        if bool(pixels.valid[row, column]) and min(abs(x - number(low)), abs(x - number(high))) > 0.01:
            assert kept == (number(low) < x < number(high)), (row, column)
    page.mouse.move(5, 5)
    assert run(page, "return (await read()).words.bin;").startswith("Drag the circle")
    assert run(page, colors, spots) == plain


def test_descent_steps_forward_back_plays_and_is_scrubbed(open_page, scene):
    page = open_explorer(open_page)
    for name, step in (("one position forward", 1), ("one position forward", 2), ("one position back", 1)):
        page.get_by_role("button", name=name).click()
        screen = run(page, "return read();")
        assert screen["state"]["step"] == step
        scene.check(screen)
    page.get_by_role("button", name="play").click()
    page.wait_for_function("() => window.model.get('step') >= 3", timeout=8000)
    page.get_by_role("button", name="pause").click()
    scene.check(run(page, "return read();"))
    scene.check(run(page, "put('step of descent', 60); return read();"))


def test_changing_the_curve_at_a_step_goes_on_from_what_is_shown(open_page):
    page = open_explorer(open_page, LikelihoodExplorer(step=10))
    screen = run(page, "put('w', 3); return read();")
    pixels = Truth(LikelihoodExplorer()).pixels("red − green", 7)
    assert screen["state"]["b"] == pytest.approx(pixels.descended([2.0, 0.0], 5.0)[10][1], abs=0.006)
    assert (screen["state"]["w"], screen["state"]["step"]) == (3, 0)


def test_a_learning_rate_that_is_too_large_overshoots_and_the_words_say_why(open_page, scene):
    page = open_explorer(open_page)
    assert "It falls at every step." in run(page, "return (await read()).words.descent;")
    words = run(page, "put('learning rate η', 8); return (await read()).words.descent;")
    assert "It rises at step 1: with η = 50 the step leaps over the valley" in words
    bound = number(re.search(r"2/λ = (\S+) can", words)[1])
    best = scene.best("red − green", 7)
    assert close(bound, 2 / scene.pixels("red − green", 7).curvature(best[:2]))
    assert words.endswith("η = 50 is larger. Lower the learning rate.")


def test_take_it_sets_the_best_curve(open_page, scene):
    page = open_explorer(open_page)
    page.get_by_role("button", name="take it").click()
    screen = run(page, "return read();")
    best = scene.best("red − green", 7)
    assert [screen["state"]["w"], screen["state"]["b"]] == pytest.approx(best[:2], abs=1e-3)
    assert screen["cells"]["this curve mean loss"] == screen["cells"]["the best curve mean loss"]
    scene.check(screen)


@pytest.mark.parametrize(
    ("traits", "about", "words"),
    [
        ({"target": "sheep"}, "absent", "No pixel is sheep: y is 0 everywhere"),
        ({"w": 0.0, "b": 1.0}, "flat", "it is σ(b) = 0.731 everywhere"),
        ({"w": 0.0, "b": 1.0}, "flat", "log(share/(1 − share)) = −1.69"),
        ({"w": 2.0, "b": -12.0}, "nothing", "no pixel is called boulder. The accuracy 0.844"),
        ({"w": 12.0, "b": -12.0}, "wrong", "The squared error (p − y)² would have the slope"),
        ({"w": 12.0, "b": 12.0}, "sure", "right and sure"),
        ({"w": -12.0, "b": -12.0}, "softplus", "In float32 its likelihood rounds to 0 or nearly so"),
        ({"learning_rate": 100.0, "step": 3}, "outside", "beyond ±12"),
        ({"target": "tree", "feature": "red − blue", "w": 12.0, "b": -12.0}, "wrong", "Its p − y is still"),
    ],
)
def test_odd_settings_are_explained(open_page, scene, traits, about, words):
    screen = run(open_explorer(open_page, LikelihoodExplorer(**traits)), "return read();")
    assert any(kind == about and words in text for kind, text in screen["remarks"]), screen["remarks"]
    if screen["state"]["step"] == 0:
        scene.check(screen)


def tiny(levels, labels, target=1):
    gray = torch.tensor(levels).float().expand(3, 1, len(levels))
    return LikelihoodExplorer(gray, torch.tensor([labels]), target, feature="brightness", classes=("grass", "stone"))


@pytest.mark.parametrize(
    ("explorer", "about", "words"),
    [
        (tiny([0.1, 0.2, 0.8, 0.9], [0, 0, 1, 1]), "separable", "the loss falls for ever as the curve gets steeper"),
        (tiny([0.1, 0.2, 0.8, 0.9], [1, 1, 1, 1]), "everywhere", "Every pixel is stone"),
        (tiny([0.5, 0.5, 0.5, 0.5], [0, 0, 1, 1]), "constant", "no w can tell them apart"),
        (tiny([0.1, 0.2, 0.8, 0.9], [255, 255, 255, 255]), "void", "there is nothing to learn from"),
    ],
)
def test_images_without_a_best_curve_are_explained(open_page, explorer, about, words):
    screen = run(open_explorer(open_page, explorer), "return read();")
    assert any(kind == about and words in text for kind, text in screen["remarks"]), screen["remarks"]
    if about != "void":
        Truth(explorer).check(screen)


def test_of_many_classes_the_twelve_of_highest_mean_p_are_listed(open_page):
    labels = torch.arange(15).repeat_interleave(4).reshape(6, 10)
    explorer = LikelihoodExplorer(torch.rand(3, 6, 10, generator=torch.Generator().manual_seed(0)), labels, 3)
    screen = run(open_explorer(open_page, explorer), "return read();")
    means = Truth(explorer).pixels("red − green", 3).class_means([2.0, 0.0])
    expected = sorted(means, key=lambda label: -means[label][0])[:12]
    assert [label for label, _, _ in screen["bars"]] == expected
    assert screen["words"]["classes"].endswith("Not listed, with a lower mean p: 3 others.")


def test_digits_of_a_sure_pixel_are_not_hidden_by_a_rounded_p(open_page, scene):
    screen = run(open_explorer(open_page, LikelihoodExplorer(w=12.0, b=6.0)), "return read();")
    assert "p − y = −(1 − p) = −8.7" in screen["lines"]["pixel gradient"]
    scene.check(screen)
    screen = run(
        open_explorer(open_page, LikelihoodExplorer(w=12.0, b=6.0, target="pyramid", pixel=[41, 92])), "return read();"
    )
    assert "1 − p = 1/(1 + e^11.6) = 8.7" in screen["lines"]["pixel likelihood"]
    scene.check(screen)


def test_an_ordinary_curve_needs_no_remark(open_page):
    assert run(open_explorer(open_page), "return (await read()).remarks;") == []


def test_predict_hides_everything_that_follows_from_the_curve_until_guessed(open_page, scene):
    page = open_explorer(open_page, LikelihoodExplorer(predict=True))
    hidden = run(page, "return read();")
    assert set(hidden["cells"].values()) == {"–"}
    assert hidden["lines"] == {}
    assert hidden["bars"] == hidden["remarks"] == []
    assert "loss" not in hidden["position"]
    assert hidden["words"]["descent"] == hidden["words"]["product"] == ""
    page.get_by_label("Which other class").select_option(label="sky")
    page.get_by_label("Where does one step").select_option("w up, b down")
    page.get_by_role("button", name="Check").click()
    screen = run(page, "return read();")
    scene.check(screen)
    assert screen["words"]["verdict"].startswith("No: of the other classes, pyramid looks most like boulder")
    assert "Right: the step goes w up, b down" in screen["words"]["verdict"]
    run(page, "put('w', 1); return null;")
    assert set(run(page, "return (await read()).cells;").values()) == {"–"}
    assert run(page, "return (await read()).words.verdict;") == ""
    page.get_by_label("Which other class").select_option(label="pyramid")
    page.get_by_role("button", name="Check").click()
    assert run(page, "return (await read()).words.verdict;").startswith("Right: of the other classes, pyramid")
    run(page, "put('b', -3); return null;")
    page.get_by_role("button", name="Reveal").click()
    scene.check(run(page, "return read();"))


OWN = torch.rand(3, 150, 200, generator=torch.Generator().manual_seed(1))
OWN_LABELS = torch.randint(0, 3, (150, 200), generator=torch.Generator().manual_seed(2))


@pytest.mark.parametrize(
    ("explorer", "given"),
    [
        (LikelihoodExplorer(), {}),
        (LikelihoodExplorer(target="sky", feature="brightness", w=-1.5, b=3.3, pixel=[3, 7]), {}),
        (LikelihoodExplorer(feature="green − blue", step=20, learning_rate=2.0), {}),
        (LikelihoodExplorer(OWN, OWN_LABELS, 2, feature="red − blue"), {"image": OWN, "label_map": OWN_LABELS}),
    ],
)
def test_the_copied_code_runs_and_prints_the_shown_numbers(open_page, explorer, given):
    page = open_explorer(open_page, explorer)
    page.get_by_role("button", name="Copy as torch code").click()
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(page.locator("textarea").input_value(), dict(given))
    found = [float(one) for one in re.findall(r"(?<=[a-zA-Z] )-?\d[\d.e+-]*|(?<=y )nan", printed.getvalue())]
    screen = run(page, "return read();")
    cells, lines = screen["cells"], screen["lines"]
    shown = [cells[f"this curve {name}"] for name in ("mean loss", "log-likelihood")]
    shown += [lines[f"gradient slope {name}"].split("= ")[-1] for name in "wb"]
    shown += [cells[f"this curve {name}"] for name in ("accuracy", "IoU")]
    shown += [lines[f"pixel {name}"].split("= ")[-1] for name in ("probability", "gradient")]
    assert len(found) == len(shown), printed.getvalue()
    for one, other in zip(shown, found, strict=True):
        assert close(number(one), other, 2e-6), (one, other)
    run(page, "put('b', 4); await settled(); return null;")
    assert page.locator("textarea").is_hidden()  # it belonged to the curve before


def test_the_keyboard_alone_moves_the_curve_the_point_and_the_pixel(open_page, scene):
    page = open_explorer(open_page)
    page.locator("[data-plot=curve]").focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Shift+ArrowUp")
    assert run(page, "return [state().w, state().b];") == [3.1, 0]
    page.keyboard.press("ArrowRight")
    assert run(page, "return state().b;") < 0
    scene.check(run(page, "return read();"))
    page.locator("[data-surface=surface]").focus()
    before = run(page, "return [state().w, state().b];")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Shift+ArrowDown")
    assert run(page, "return [state().w, state().b];") == pytest.approx([before[0] - 0.1, before[1] - 1], abs=0.011)
    page.locator("[data-surface=loss]").focus()
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("ArrowLeft")
    assert run(page, "return state().pixel;") == [51, 91]
    page.get_by_label("step of descent", exact=True).focus()
    page.keyboard.press("ArrowRight")
    assert run(page, "return state().step;") == 1
    page.get_by_label("look for").focus()
    page.keyboard.press("ArrowDown")
    screen = run(page, "return read();")
    assert screen["state"]["classes"][screen["state"]["target"]] == "pyramid"
    scene.check(screen)


def test_what_python_sets_shows_in_the_page(open_page, scene):
    page = open_explorer(open_page)
    setting = {"target": 0, "feature": "red − blue", "w": -3, "b": -2.7, "pixel": [5, 60]}
    page.evaluate("(setting) => Object.entries(setting).forEach(([name, to]) => window.model.set(name, to))", setting)
    screen = run(page, "return read();")
    assert screen["words"]["key"].startswith("sky, from above")
    assert number(screen["cells"]["this curve IoU"]) > 0.75
    scene.check(screen)
