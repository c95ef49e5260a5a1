"""How the augmentation lab stands on a page: contrast in both themes, 320 px, and what an update costs."""

import pytest
import torch

from segedu.data.photos import photo
from segedu.widgets import AugmentationLab
from tests.widgets.augmentation.screen import open_lab, run


def test_all_text_has_contrast_in_both_themes(open_page, in_every_look):
    for lab in (
        AugmentationLab(mistake="bilinear", elastic=9.0, nodes=8),
        AugmentationLab(predict=True, mistake="two draws"),
    ):
        page = open_lab(open_page, lab)
        page.get_by_role("button", name="Copy as torch code").click()
        for found in in_every_look(page):
            assert len(found) > 60
            assert found[0][0] >= 4.5, found[:4]


@pytest.mark.parametrize("kind", ["bilinear", "predict", "photo"])
def test_a_phone_needs_no_sideways_scrolling(open_page, kind):
    shown = {
        "bilinear": AugmentationLab(mistake="bilinear", elastic=8.0, flip_up_down=True, fill="class 0"),
        "predict": AugmentationLab(predict=True),
        "photo": AugmentationLab(photo("astronaut")),
    }
    page = open_lab(open_page, shown[kind], width=320, scale=2)
    page.get_by_role("button", name="Copy as torch code").click()
    assert page.evaluate("() => document.documentElement.scrollWidth") == 320
    sides = run(page, """
      const nodes = all("input, button, [data-surface], select, canvas, td, .au-share, .au-caption").filter(seen);
      return nodes.map((node) => node.getBoundingClientRect()).map(({ left, right }) => [left, right]);
    """)  # fmt: skip
    assert len(sides) > 30
    assert all(left >= 0 and right <= 320 for left, right in sides)


def test_an_update_with_everything_on_paints_image_and_labels_once(open_page, count_work):
    lab = AugmentationLab(
        torch.rand(3, 96, 128), torch.randint(0, 5, (96, 128)), elastic=5.0, blur=1.5, noise=0.05, outlines=True,
        contrast=1.2, saturation=0.8, brightness=1.1, mistake="bilinear",
    )  # fmt: skip
    work = count_work(run, open_lab(open_page, lab), """{
      rotation: (at) => put("rotation", at), brightness: (at) => put("brightness", 0.5 + at / 20),
      hover: (at) => send("output image", "pointermove", [20 + at, 30 + at], 128),
      blur: (at) => put("blur", 1 + at / 20),
    }""")  # fmt: skip
    assert max(act["created"] for act in work.values()) <= 4
    assert max(act["painted"] for act in work.values()) <= 20
    assert {act["pixels"] for name, act in work.items() if name != "hover"} == {2 * 96 * 128}
    assert work["hover"]["pixels"] == 0  # pointing moves marks, not pictures
