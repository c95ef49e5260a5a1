"""The likelihood explorer as a page: fast, readable in both themes, whole on a phone."""

import pytest

import segedu as se
from segedu.widgets import LikelihoodExplorer
from tests.widgets.likelihood.screen import open_explorer, run

pytestmark = pytest.mark.browser


def test_an_update_of_the_largest_image_paints_each_map_once(open_page, count_work):
    sample = se.Scenes(1, size=(96, 128), seed=3)[0]
    page = open_explorer(open_page, LikelihoodExplorer(sample=sample, target="road", feature="brightness"))
    names = ("w", "b", "step of descent", "learning rate η")
    acts = ", ".join(f'"{name}": (at) => put("{name}", positions("{name}")[7 * at + 1])' for name in names)
    work = count_work(run, page, f"{{ {acts} }}")
    assert max(act["created"] for act in work.values()) <= 2
    assert max(act["painted"] for act in work.values()) <= 36
    assert {act["pixels"] for act in work.values()} == {3 * 96 * 128}  # p, loss and gradient


def test_all_text_has_contrast_in_both_themes(open_page, in_every_look):
    for explorer in (LikelihoodExplorer(w=0.0), LikelihoodExplorer(predict=True), LikelihoodExplorer(target="sheep")):
        page = open_explorer(open_page, explorer)
        page.get_by_role("button", name="Copy as torch code").click()
        if explorer.predict:
            page.get_by_role("button", name="Check").click()
            run(page, "await settled(); return null;")
        for found in in_every_look(page):
            assert len(found) > 60
            assert found[0][0] >= 4.5, found[:4]


@pytest.mark.parametrize(
    "traits", [{}, {"w": 0.0, "target": "sheep"}, {"predict": True}, {"learning_rate": 100.0, "step": 60}]
)
def test_a_phone_needs_no_sideways_scrolling(open_page, traits):
    page = open_explorer(open_page, LikelihoodExplorer(**traits), width=320, scale=2)
    page.get_by_role("button", name="Copy as torch code").click()
    assert page.evaluate("() => document.documentElement.scrollWidth") == 320
    nodes = page.locator("input, button, select, canvas, dd, [data-plot], [data-cell]").all()
    boxes = [node.bounding_box() for node in nodes if node.is_visible()]
    assert len(boxes) > 30
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= 320 for box in boxes)
