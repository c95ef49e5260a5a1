"""The loss explorer on a scene, a photograph and an image of one's own: which cells are the object, and who pushes."""

import random

import numpy as np
import pytest
import torch

import segedu as se
from segedu.widgets import LossExplorer
from segedu.widgets.kit.images import image_of
from segedu.widgets.loss.pictures import cell_means
from tests.widgets.loss.screen import assert_screen_is_true, number, open_explorer, run
from tests.widgets.loss.truth import NAMES

pytestmark = pytest.mark.browser

TITLES = ["cross-entropy", "weighted CE", "focal", "soft Dice", "Tversky", "Lovász"]
SUBJECTS = ("scene", "photograph", "yours")
OBJECT, BACKGROUND = (0xD5, 0x5E, 0x00), (0x00, 0x72, 0xB2)


def own_explorer(**traits):
    """An explorer that also has the picture of a cat with a round mask, higher than wide."""
    image = se.photo("chelsea")[:, :, 100:300]
    rows, columns = np.mgrid[:300, :200]
    return LossExplorer(image=image, mask=(rows - 120) ** 2 + (columns - 110) ** 2 < 60**2, **traits)


def cells_of(colors):
    """Return the cells whose color is the rarer of two."""
    values, counts = np.unique(np.array(colors), axis=0, return_counts=True)
    assert len(values) == 2, values
    return set(np.flatnonzero((np.array(colors) == values[counts.argmin()]).all(axis=1)).tolist())


@pytest.mark.parametrize("subject", SUBJECTS)
def test_choosing_a_picture_takes_its_masks_share_and_starts_anew(open_page, subject):
    explorer = own_explorer(subject="pixels", share=0.3, step=9)
    page = open_explorer(open_page, explorer)
    screen = run(page, "choose(argument); return read();", subject)
    share = explorer.pictures[subject]["share"]
    assert (screen["state"]["subject"], screen["state"]["share"], screen["state"]["step"]) == (subject, share, 0)
    assert number(screen["outputs"]["share of the object"]) == pytest.approx(100 * share)
    assert screen["words"]["picture"] == explorer.pictures[subject]["words"]
    assert_screen_is_true(screen)
    back = run(page, "choose('pixels'); return read();")
    assert back["state"]["share"] == share
    assert back["words"]["each"] is back["words"]["picture"] is None
    assert back["cells"] == screen["cells"]  # a loss doesn't ask where its pixels are


@pytest.mark.parametrize("subject", ["pixels", *SUBJECTS])
def test_the_drawn_object_has_the_shares_cells_and_grows_nested(open_page, subject):
    explorer = own_explorer(subject=subject)
    page = open_explorer(open_page, explorer)
    shown = run(page, """
      const some = positions("share of the object").filter((_, at) => at < 12 || at % 8 === 4);
      return some.map((share) => {
        put("share of the object", share);
        return { share: state().share, colors: centers("p") };
      });
    """)  # fmt: skip
    before = set()
    assert {tuple(color) for color in shown[0]["colors"]} == {tuple(shown[0]["colors"][0])}
    for one in shown[1:-1]:  # the last has as many cells inside as outside
        cells = cells_of(one["colors"])
        assert len(cells) == round(1000 * one["share"])
        assert before < cells
        explorer.share = one["share"]
        assert cells == set(explorer.object_map.flatten().nonzero().flatten().tolist())
        before = cells


@pytest.mark.parametrize("subject", SUBJECTS)
def test_on_every_picture_all_numbers_are_torchs_with_every_loss(open_page, subject):
    page = open_explorer(open_page, own_explorer())
    rng = random.Random(4)
    shares = [None, 0, 0.005, 0.25, 0.5]
    moves = [[title, share, rng.randint(1, 99) / 100, rng.randint(1, 99) / 100] for title in TITLES for share in shares]
    screens = run(page, """
      return argument.moves.map(([loss, share, ...p]) => {
        choose(argument.subject);
        press(loss);
        if (share !== null) put("share of the object", share);
        put("p_o, at the object", p[0]);
        put("p_b, at the rest", p[1]);
        const screen = read();
        return { ...screen, edges: [...document.querySelectorAll("[data-map]")].map((node) => node.offsetHeight) };
      });
    """, {"subject": subject, "moves": moves})  # fmt: skip
    assert [screen["state"]["loss"] for screen in screens] == [name for name in NAMES for _ in shares]
    for screen in screens:
        assert screen["words"]["each"]
        assert min(screen["edges"]) > 100  # all three maps are there
        assert_screen_is_true(screen)


@pytest.mark.parametrize("loss", NAMES)
def test_the_map_of_pushes_is_as_full_as_each_pixels_push(open_page, loss):
    explorer = LossExplorer(subject="scene", loss=loss, step=2)
    page = open_explorer(open_page, explorer)
    colors = torch.tensor(run(page, "return centers('push');"), dtype=torch.float64)
    inside = explorer.object_map.flatten()
    each = torch.tensor(explorer.pixel_pushes, dtype=torch.float64)
    for cells, color, strength in zip((inside, ~inside), (OBJECT, BACKGROUND), each / each.max(), strict=True):
        expected = 255 + strength * (torch.tensor(color) - 255)
        assert (colors[cells] - expected).abs().max() <= 1.5


@pytest.mark.parametrize("subject", SUBJECTS)
def test_the_picture_shows_the_image_with_the_object_outlined(open_page, subject):
    explorer = own_explorer(subject=subject)
    page = open_explorer(open_page, explorer)
    seen = torch.tensor(run(page, "return centers('picture');"), dtype=torch.float64)
    image = image_of(explorer.pictures[subject]["image"])
    means = torch.from_numpy(np.stack([cell_means(image[..., at].astype(float)) for at in range(3)], axis=-1))
    inside = explorer.object_map.flatten()
    assert (seen[inside] - means.reshape(1000, 3)[inside]).abs().median() < 25  # the object itself isn't covered
    orange = "const near = ([r, g, b]) => Math.abs(r - 213) + Math.abs(g - 94) + b < 12;"
    found = run(page, orange + """
      const canvas = document.querySelector("[data-map=picture]"), { width, height } = canvas;
      const context = Object.assign(document.createElement("canvas"), { width, height }).getContext("2d");
      context.drawImage(canvas, 0, 0);
      const { data } = context.getImageData(0, 0, width, height);
      const places = Array.from({ length: width * height }, (_, at) => 4 * at);
      return places.filter((at) => near(data.slice(at, at + 3))).length;
    """)  # fmt: skip
    padded = np.pad(explorer.object_map.numpy(), 1, mode="edge")  # no line at the picture's own edge
    across, down = explorer.pictures[subject]["cell"]
    sides = (padded[1:] != padded[:-1]).sum() * across + (padded[:, 1:] != padded[:, :-1]).sum() * down
    assert found == pytest.approx(2 * sides, rel=0.35)  # a line of 2 px; corners, shared neighbors


def test_predict_hides_the_map_of_pushes_until_revealed(open_page):
    page = open_explorer(open_page, LossExplorer(subject="photograph", predict=True))
    pushed = page.locator("[data-map=push]")
    assert pushed.is_hidden()
    assert run(page, "return read().words.each;") is None
    assert page.locator("[data-map=picture]").is_visible()
    page.get_by_role("button", name="Reveal").click()
    assert pushed.is_visible()
    assert_screen_is_true(run(page, "return read();"))
    run(page, "put('share of the object', 0.1); return null;")
    assert pushed.is_hidden()


def test_the_menu_offers_what_is_there_and_takes_the_keyboard(open_page):
    menu = "return [...document.querySelector('select[aria-label=picture]').options].map((node) => node.value);"
    page = open_explorer(open_page)
    assert run(page, menu) == ["pixels", "scene", "photograph"]
    page.get_by_label("picture", exact=True).focus()
    page.keyboard.press("ArrowDown")
    assert run(page, "return state().subject;") == "scene"
    assert run(open_explorer(open_page, own_explorer()), menu) == ["pixels", "scene", "photograph", "yours"]


def test_python_may_choose_a_picture_too_and_the_code_names_it(open_page):
    page = open_explorer(open_page)
    page.evaluate("() => window.model.set('subject', 'scene')")
    assert page.locator("[data-map=picture]").is_visible()
    page.get_by_role("button", name="Copy as torch code").click()
    assert "# A scene of the course; the object is its two sheep.\n" in page.locator("textarea").input_value()
    run(page, "choose('photograph'); return null;")
    assert page.locator("textarea").is_hidden()  # it belonged to the picture before


def test_an_update_with_a_picture_paints_it_once(open_page, count_work):
    page = open_explorer(open_page, LossExplorer(0.5, subject="photograph", loss="lovasz"))
    work = count_work(run, page, """{
      share: (at) => put("share of the object", positions("share of the object")[2 * at + 1]),
      w: (at) => put("w of the object", positions("w of the object")[2 * at + 1]),
      step: (at) => put("step", positions("step")[2 * at + 1]),
    }""")  # fmt: skip
    assert max(act["created"] for act in work.values()) <= 60  # the charts' lines and labels
    assert max(act["painted"] for act in work.values()) <= 360
