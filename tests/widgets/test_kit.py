"""The kit in headless Chromium: what every explorer inherits, tried on the convolution explorer."""

import re

import pytest

from segedu.widgets import ConvolutionExplorer

pytestmark = pytest.mark.browser

LISTEN = (
    "() => { window.heard = []; document.body.addEventListener('keydown', (event) => window.heard.push(event.key)); }"
)


def test_pure_parts_pass_their_node_tests(run_node):
    run_node("kit.test.mjs", {})


@pytest.mark.parametrize("key", ["a", "d", "ArrowDown", "ArrowLeft", "Enter", "Space", "0", "Delete"])
def test_plain_keys_stay_inside(open_page, key):
    page = open_page(ConvolutionExplorer())
    page.evaluate(LISTEN)
    page.locator("[data-grid=output]").focus()
    page.keyboard.press(key)
    assert page.evaluate("window.heard") == []


@pytest.mark.parametrize(
    ("key", "name"),
    [("Control+k", "k"), ("Alt+k", "k"), ("Meta+k", "k"), ("Escape", "Escape"), ("Shift+Enter", "Enter")],
)
def test_commands_and_escapes_go_through(open_page, key, name):
    page = open_page(ConvolutionExplorer())
    page.evaluate(LISTEN)
    page.locator("[data-grid=output]").focus()
    page.keyboard.press(key)
    assert name in page.evaluate("window.heard")


def test_several_explorers_live_apart_on_one_page(open_page):
    page = open_page(ConvolutionExplorer().html() + ConvolutionExplorer(stride=2).html())
    assert page.locator(".segedu").count() == 2
    assert page.evaluate("() => document.querySelectorAll('[id]').length") == 0
    first, second = (page.locator(".segedu").nth(at).locator("[data-axis=height]") for at in (0, 1))
    page.locator(".segedu").nth(0).get_by_label("padding").fill("2")
    assert first.inner_text().endswith("= 7")
    assert second.inner_text().endswith("= 2")


def test_the_page_without_scripts_shows_the_picture(open_page, chromium, tmp_path):
    path = tmp_path / "still.html"
    path.write_text(ConvolutionExplorer().html(), "utf-8")
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(path.as_uri())
    assert page.get_by_role("img").get_attribute("alt").startswith("Three grids of numbers")
    context.close()


@pytest.mark.parametrize("name", ["light", "dark"])
def test_jupyters_theme_wins_over_the_systems(open_page, jupyter_themes, name):
    page = open_page(jupyter_themes[name] + ConvolutionExplorer().html(), scheme="dark" if name == "light" else "light")
    assert page.evaluate("() => document.querySelector('.segedu').style.colorScheme") == name


def test_a_canvas_repaints_when_the_theme_changes(open_page):
    page = open_page(ConvolutionExplorer(image=[[0] * 20] * 20))
    corner = """() => {
      const canvas = document.querySelector("[data-grid=input] canvas");
      const copy = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d");
      copy.drawImage(canvas, 6 - canvas.parentElement.clientWidth, 6 - canvas.parentElement.clientHeight);
      return copy.getImageData(0, 0, 1, 1).data[0];
    }"""
    assert page.evaluate(corner) > 200
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"({corner})() < 60", timeout=2000)


def test_motion_runs_by_itself_only_when_it_is_welcome(open_page):
    page = open_page(ConvolutionExplorer())
    page.get_by_role("button", name="play").click()
    page.wait_for_function("() => document.querySelector('.sg-position').textContent.includes('3 of 15')", timeout=4000)
    page.get_by_role("button", name="pause").click()

    page = open_page(ConvolutionExplorer(), reduced_motion="reduce")
    page.get_by_role("button", name="play").click()
    page.wait_for_timeout(900)
    assert page.locator(".sg-position").inner_text().endswith("2 of 15")


def test_motion_stops_when_less_motion_is_asked_for(open_page):
    page = open_page(ConvolutionExplorer())
    page.get_by_role("button", name="play").click()
    page.emulate_media(reduced_motion="reduce")
    page.get_by_role("button", name="play").wait_for(timeout=2000)


def test_canvases_are_sharp_on_dense_screens(open_page):
    page = open_page(ConvolutionExplorer(image=[[0] * 20] * 20), scale=2)
    ratio = "() => { const c = document.querySelector('canvas'); return c.width / parseFloat(c.style.width); }"
    assert page.evaluate(ratio) == 2


def test_svg_up_to_sixteen_cells_canvas_beyond(open_page):
    page = open_page(ConvolutionExplorer(image=[[0] * 16] * 16))
    assert page.locator("[data-grid=input] svg").count() == 1
    page = open_page(ConvolutionExplorer(image=[[0] * 17] * 16))
    assert page.locator("[data-grid=input] canvas").count() == 1


def test_every_control_has_a_name_and_every_slider_is_native(open_page):
    page = open_page(ConvolutionExplorer(predict=True))
    for control in page.locator("input, select, button, textarea, [role=application]").all():
        if not control.is_visible():
            continue
        name = control.evaluate(
            "(node) => node.getAttribute('aria-label') || (node.labels?.[0]?.textContent ?? node.textContent)"
        )
        assert re.search(r"\w", name), control.evaluate("(node) => node.outerHTML")
    assert page.get_by_role("slider").count() == 8
    assert page.locator("input[type=range]").count() == 8


def test_the_keyboard_reaches_everything_and_shows_where_it_is(open_page):
    page = open_page(ConvolutionExplorer(predict=True))
    reached, outlines = set(), set()
    for _ in range(24):
        page.keyboard.press("Tab")
        tag, width = page.evaluate(
            """() => {
          const node = document.activeElement;
          return [node.dataset.grid ?? node.tagName, getComputedStyle(node).outlineWidth];
        }"""
        )
        reached.add(tag)
        if tag != "BODY":
            outlines.add(width)
    assert {"SELECT", "INPUT", "BUTTON", "input", "kernel", "output"} <= reached
    assert outlines == {"2px"}
