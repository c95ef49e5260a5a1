"""The upsampling explorer in a browser: everything on its screen against torch, and what a student does with it."""

import itertools
import random
from typing import Any

import pytest
import torch

from segedu.widgets import UpsamplingExplorer
from segedu.widgets.upsampling.core import METHODS, photo_crop
from tests.widgets.grid_screen import cell, colored
from tests.widgets.upsampling import truth
from tests.widgets.upsampling.screen import assert_screen_equals_torch, number, run, setting_on

pytestmark = pytest.mark.browser


def test_the_core_equals_torch_on_random_settings(run_node):
    run_node("core.test.mjs", {"cases": truth.golden_cases(), "photo": truth.golden_photo()})


def test_every_control_through_its_range_shows_torchs_numbers(open_page):
    screens = run(open_page(UpsamplingExplorer(position=13)), """
      const screens = [];
      const sweep = (name) => {
        const before = slider(name).value;
        const first = Number(slider(name).min), last = Number(slider(name).max);
        const every = last - first > 10 ? 6 : 1; // the core is held to torch at random settings in Node
        for (let value = first; value <= last; value++) {
          if ((value - first) % every && value < last) continue;
          put(name, value);
          screens.push(read());
        }
        put(name, before);
      };
      for (const method of argument) {
        choose(method);
        for (const align of [false, true]) {
          if (box("align_corners").disabled && align) continue;
          if (!box("align_corners").disabled) check("align_corners", align);
          ["factor", "input height", "input width", "output pixel"].forEach(sweep);
          if (box("choose the output size").disabled) continue;
          check("choose the output size", true);
          ["output height", "output width"].forEach(sweep);
          check("choose the output size", false);
        }
      }
      return screens;
    """, list(METHODS))  # fmt: skip
    settings = 4 + 6 + 6 + 9
    assert len(screens) == settings * 8 + 2 * 6 * 6
    for screen in screens:
        assert_screen_equals_torch(screen)


def test_controls_in_combination_show_torchs_numbers(open_page):
    rng = random.Random(3)
    sides, targets = range(1, 7), range(1, 31)
    chosen = [
        [
            rng.choice(METHODS), rng.random() < 0.5, rng.random() < 0.5, rng.randint(2, 5),
            *rng.choices(sides, k=2), *rng.choices(targets, k=2), rng.randint(0, 900),
        ]
        for _ in range(60)
    ]  # fmt: skip
    screens = run(open_page(UpsamplingExplorer()), """
      return argument.map(([method, align, sized, factor, height, width, high, wide, position]) => {
        choose("bilinear");
        check("align_corners", align);
        check("choose the output size", true);
        put("output height", high);
        put("output width", wide);
        if (!sized) check("choose the output size", false);
        put("factor", factor);
        put("input height", height);
        put("input width", width);
        choose(method);
        put("output pixel", position);
        return read();
      });
    """, chosen)  # fmt: skip
    for screen, (method, _, sized, *_) in zip(screens, chosen, strict=True):
        assert screen["method"] == method
        assert screen["sized"] == (sized and method in METHODS[:4])
        assert_screen_equals_torch(screen)


def test_stepping_walks_over_every_output(open_page):
    explorer = UpsamplingExplorer(method="bicubic")
    page = open_page(explorer)
    page.get_by_role("button", name="first position").click()
    seen = []
    for _ in range(12):
        seen.append(number(page.locator(".up-sum").inner_text()))
        page.get_by_role("button", name="one position forward").click()
    assert seen == pytest.approx(explorer.output.flatten()[:12].tolist(), abs=5.1e-5)
    page.get_by_role("button", name="one position back").click()
    assert page.locator(".sg-position").inner_text() == "output[1, 3], 12 of 48"


def test_playing_moves_on_by_itself_until_paused(open_page):
    page = open_page(UpsamplingExplorer())
    page.get_by_role("button", name="play").click()
    page.wait_for_function("() => !document.querySelector('.sg-position').textContent.startsWith('output[0, 1]')")
    page.get_by_role("button", name="pause").click()
    assert page.get_by_role("button", name="play").is_visible()


def test_hovering_an_output_lights_its_inputs_in_the_taps_colors(open_page):
    page = open_page(UpsamplingExplorer())
    cell(page, "output", 1, 3).hover()
    lit = colored(page, "input")
    assert set(lit) == {"1,2", "1,3", "2,2", "2,3"}  # counted with the repeated border
    assert len(set(lit.values())) == 4
    cell(page, "output", 0, 0).hover()
    assert set(colored(page, "input")) == {"0,0", "0,1", "1,0", "1,1"}
    assert "The dashed cells lie outside" in page.locator(".up-line").inner_text()
    page.mouse.move(1, 1)
    assert page.locator(".up-sum").inner_text().startswith("output[0, 0]")


@pytest.mark.parametrize("method", METHODS[:5])
def test_hovering_an_input_shows_torchs_weight_in_every_output(open_page, method):
    explorer = UpsamplingExplorer(method=method, align_corners=True, size=(5, 9) if method != "bed of nails" else None)
    page = open_page(explorer)
    screen = run(page, "return read();")
    ring = (len(screen["input"]) - 3) // 2
    weights = truth.weights_of(setting_on(screen))[1, 2]
    cell(page, "input", 1 + ring, 2 + ring).hover()
    screen = run(page, "return read();")
    shown = truth.tensor([[number(text) if text else 0 for text in line] for line in screen["output"]])
    torch.testing.assert_close(shown, weights, atol=0.00501, rtol=0)
    assert f"reaches {int(weights.count_nonzero())} output pixel" in screen["line"]
    assert number(screen["line"].rstrip(".").rsplit(" ", 1)[1]) == pytest.approx(float(weights.sum()), abs=5.1e-5)


def test_hovering_the_map_before_pooling_says_what_is_kept(open_page):
    explorer = UpsamplingExplorer(method="max unpooling")
    page = open_page(explorer)
    homes = {f"{row},{col}" for row, col in explorer.output.nonzero().tolist()}
    for grid in ("before", "output"):
        assert set(colored(page, grid)) == homes
    assert len(set(colored(page, "input").values())) == 12
    cell(page, "before", 0, 1).hover()
    assert "index 1 = 0 · 8 + 1" in page.locator(".up-line").inner_text()
    cell(page, "before", 0, 0).hover()
    assert "unpooling can't bring it back" in page.locator(".up-line").inner_text()


def test_pointing_at_the_ruler_shows_that_pixel(open_page):
    page = open_page(UpsamplingExplorer(position=0))
    page.get_by_label("ruler along the").select_option("0")
    box = page.locator(".up-ruler").bounding_box()
    boxes = page.locator(".up-ruler .up-resting").first.bounding_box()  # output row 0 of align_corners=True
    page.mouse.move(boxes["x"] + boxes["width"] * 2.5, boxes["y"] + 5)
    assert box["y"] < boxes["y"]
    assert page.locator(".up-sum").inner_text().startswith("output[2, 0]")
    page.mouse.down()
    page.mouse.up()
    assert page.locator(".sg-position").inner_text() == "output[2, 0], 17 of 48"


def test_editing_an_input_cell_recomputes_at_once(open_page):
    page = open_page(UpsamplingExplorer())
    cell(page, "input", 2, 2).click()
    page.keyboard.type("-7")
    page.keyboard.press("Enter")
    screen = run(page, "return read();")
    assert setting_on(screen)["image"][1][1] == -7
    assert_screen_equals_torch(screen)


def test_editing_the_map_before_pooling_pools_it_again(open_page):
    page = open_page(UpsamplingExplorer(method="max unpooling"))
    cell(page, "before", 0, 0).click()
    page.keyboard.type("9")
    page.keyboard.press("Enter")
    screen = run(page, "return read();")
    assert screen["input"][0][0] == "9"
    assert (screen["output"][0][0], screen["output"][0][1]) == ("9", "0")
    assert_screen_equals_torch(screen)


def test_labels_are_rounded_as_torch_does_and_invented_ids_are_marked(open_page):
    explorer = UpsamplingExplorer(labels=True, factor=3)
    screen = run(
        open_page(explorer),
        "return { ...read(), kinds: document.querySelector('[data-grid=output] canvas').painted.kinds };",
    )
    assert [[int(text) for text in line] for line in screen["output"]] == explorer.ids.tolist()
    weights, image = truth.weights_of(setting_on(screen)), explorer.image
    invented = sum(
        int(explorer.ids[row, col]) not in {image[y][x] for y, x in weights[:, :, row, col].nonzero().tolist()}
        for row, col in itertools.product(range(9), range(12))
    )
    assert 0 < invented == screen["kinds"].count("unread")
    assert screen["labels"].startswith(f"{invented} of 108 output pixels")


def test_predict_hides_until_guessed_or_revealed(open_page):
    page = open_page(UpsamplingExplorer(position=11))
    page.get_by_label("predict first, then reveal").check()
    screen = run(page, "return read();")
    assert {text for row in screen["output"] for text in row} == {"?"}
    assert screen["sum"] == "output[1, 3] = ?"
    assert screen["results"] == ["= ?"] * 4
    other = UpsamplingExplorer(align_corners=True).output[1, 3].item()
    page.get_by_label("your prediction").fill(f"{other:.3f}")
    page.keyboard.press("Enter")
    assert page.get_by_text("it is 2.8125. That is align_corners=True.").is_visible()
    page.get_by_role("button", name="one position forward").click()
    page.get_by_label("your prediction").fill("2.94")
    page.get_by_role("button", name="Check").click()
    assert page.get_by_text("Right: 2.9375.").is_visible()
    page.get_by_role("button", name="one position forward").click()
    page.get_by_role("button", name="Reveal").click()
    assert run(page, "return read();")["output"][1] == ["?", "?", "?", "2.81", "2.94", "3.06", "?", "?"]


def test_a_guess_that_is_no_number_reveals_nothing(open_page):
    page = open_page(UpsamplingExplorer(predict=True, method="max unpooling"))
    assert colored(page, "output") == {}
    page.get_by_label("your prediction").fill("five")
    page.keyboard.press("Enter")
    assert page.get_by_text("is not a number").is_visible()
    assert cell(page, "output", 0, 0).text_content() == "?"


@pytest.mark.parametrize("method", METHODS)
def test_the_copied_code_prints_the_output_on_the_screen(open_page, method):
    explorer = UpsamplingExplorer(method=method, factor=3, align_corners=True, labels=True)
    page = open_page(explorer)
    page.evaluate("() => Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    for sized in (False, True):
        if sized and method not in METHODS[:4]:
            continue
        page.get_by_label("choose the output size").set_checked(sized)
        explorer.size = [5, 12] if sized else None
        if sized:
            page.get_by_label("output height").fill("5")
        page.get_by_role("button", name="Copy as torch code").click()
        scope: dict[str, Any] = {}
        exec(page.get_by_label("the code").input_value(), scope)
        torch.testing.assert_close(scope["output"], explorer.output, atol=1e-12, rtol=0)
        assert torch.equal(scope["ids"], explorer.ids)
        screen = run(page, "return read();")
        assert [[int(text) for text in line] for line in screen["output"]] == scope["ids"].tolist()


def test_what_has_no_meaning_is_explained_and_can_be_left(open_page):
    page = open_page(UpsamplingExplorer([[7]], align_corners=True))
    odd, reason = page.locator("[data-words=odd]"), page.locator("[data-words=reason]")
    assert odd.inner_text() == "The input is one cell: every output pixel is 7, whatever the method."
    page.get_by_label("input width").fill("2")
    assert odd.inner_text().startswith("The input has one row")
    page.get_by_label("input height").fill("2")
    assert odd.is_hidden()
    page.get_by_label("method", exact=True).select_option("nearest")
    assert page.get_by_label("align_corners").is_disabled()
    assert "torch raises ValueError" in reason.inner_text()
    page.get_by_label("method", exact=True).select_option("bicubic")
    assert page.get_by_label("align_corners").is_checked()
    assert reason.is_hidden()


def test_the_keyboard_alone_edits_and_steps(open_page):
    page = open_page(UpsamplingExplorer())
    page.get_by_label("input width").focus()
    page.keyboard.press("Tab")  # into the input grid
    page.keyboard.press("ArrowRight")
    page.keyboard.press("8")
    page.keyboard.press("Enter")
    assert cell(page, "input", 1, 2).locator("text").text_content() == "8"
    page.keyboard.press("Tab")  # into the output grid
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    assert page.locator(".sg-position").inner_text() == "output[1, 1], 10 of 48"
    assert page.locator(".sg-live").inner_text().startswith("output[1, 1] = ")


@pytest.mark.parametrize(("factor", "align"), [(2, False), (5, True)])
def test_the_photographs_are_torchs(open_page, factor, align):
    photo = torch.rand(3, 60, 120, generator=torch.Generator().manual_seed(1))
    page = open_page(UpsamplingExplorer(photo=photo, factor=factor, align_corners=align))
    page.wait_for_selector(f".up-photos[data-ready='{factor},{str(align).lower()}']")
    pixels = torch.from_numpy(photo_crop(photo)).double().permute(2, 0, 1)
    small = torch.nn.functional.avg_pool2d(pixels[None], factor)[0]
    for method in ("original", "shrunk", "nearest", "bilinear", "bicubic", "bed of nails", "max unpooling"):
        shown = page.evaluate(
            """(name) => {
              const canvas = document.querySelector(`canvas[data-photo="${name}"]`);
              return [...canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data];
            }""",
            method,
        )
        setting = {"method": method, "factor": factor, "size": None, "align": align}
        expected = {"original": pixels, "shrunk": small}.get(method)
        if expected is None:
            pairs = [
                truth.torch_output({**setting, "before": full}, each)
                for full, each in zip(pixels.tolist(), small, strict=True)
            ]
            expected = torch.stack(pairs)
        got = torch.tensor(shown).view(*expected.shape[1:], 4)[..., :3].permute(2, 0, 1)
        assert float((got - expected.clamp(0, 255)).abs().max()) < 0.5 + 1e-6
        words = page.locator(f"figure:has(canvas[data-photo='{method}']) figcaption").inner_text()
        if method not in ("original", "shrunk"):
            error = float((expected.clamp(0, 255) - pixels).abs().mean())
            assert float(words.split(": ")[1].split(",")[0]) == pytest.approx(error, abs=0.0501)


def test_all_text_has_contrast_in_both_themes(open_page, in_every_look):
    for explorer in (
        UpsamplingExplorer(method="bicubic", predict=True),
        UpsamplingExplorer([[1], [4]], labels=True, size=(7, 3)),
        UpsamplingExplorer(method="max unpooling", position=1),
    ):
        page = open_page(explorer)
        page.get_by_role("button", name="Copy as torch code").click()
        page.get_by_role("button", name="Reveal").click() if explorer.predict else None
        for found in in_every_look(page):
            assert len(found) > 60
            assert found[0][0] >= 4.5, found[:4]


@pytest.mark.parametrize(
    "explorer",
    [
        UpsamplingExplorer(method="bicubic", predict=True),
        UpsamplingExplorer([[1.125] * 6] * 6, factor=5, labels=True, align_corners=True),
        UpsamplingExplorer(torch.eye(6), method="max unpooling", factor=5),
    ],
    ids=["bicubic", "large", "unpooling"],
)
def test_a_phone_needs_no_sideways_scrolling(open_page, explorer):
    page = open_page(explorer, width=320, scale=2)
    assert page.evaluate("() => document.documentElement.scrollWidth") == 320
    page.get_by_role("button", name="Copy as torch code").click()
    assert page.evaluate("() => document.documentElement.scrollWidth") == 320
    nodes = page.locator("input[type=range], button, [data-grid], select, .up-photo, .up-ruler, .up-product").all()
    boxes = [node.bounding_box() for node in nodes if node.is_visible()]
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= 320 for box in boxes)
