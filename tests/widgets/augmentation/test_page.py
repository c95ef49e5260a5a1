"""The augmentation lab in Chromium: screen numbers equal torchvision's, mistakes are counted, nothing overflows."""

import random
import re

import numpy as np
import pytest
import torch
from torchvision import tv_tensors

from segedu.data.photos import photo
from segedu.data.warp import elastic_field
from segedu.widgets import AugmentationLab
from segedu.widgets.augmentation.core import MISTAKES, move
from segedu.widgets.augmentation.figure import paint_labels
from segedu.widgets.augmentation.settings import NO_GEOMETRY, NO_RECOLORING, draw_setting
from tests.widgets.augmentation import truth
from tests.widgets.augmentation.screen import NAMES, SIZE, change, colors_of, open_lab, run, small_lab

PLAIN = {**NO_GEOMETRY, **NO_RECOLORING}


def numbers(text: str) -> list[float]:
    """Return the numbers of a text, thousands separators taken out."""
    plain = text.replace("−", "-").replace("- ", "-")
    return [float(found.replace(",", "")) for found in re.findall(r"-?\d[\d,]*(?:\.\d+)?", plain)]


def test_the_core_equals_torchvision_on_random_settings(run_node):
    run_node("core.test.mjs", truth.golden_values())


@pytest.mark.parametrize("seed", range(8))
def test_the_copied_code_gives_the_image_and_the_mask_on_screen(open_page, seed):
    rng = random.Random(seed)
    setting = {**truth.random_setting(rng), "mistake": MISTAKES[seed % 4]}
    lab = small_lab(**setting, draw_number=rng.randint(0, 40))
    page = open_lab(open_page, lab)
    page.get_by_role("button", name="Copy as torch code").click()
    names = {"image": lab.image, "label_map": lab.label_map}
    exec(page.locator("textarea").input_value(), names)
    made = lab.outcome
    other = {**lab.setting, **draw_setting(lab.draw_number % 40 + 1, lab.size)}
    sure = ~torch.from_numpy(truth.ties_of(lab.setting, other, lab.label_map))
    assert torch.equal(names["mask"].as_subclass(torch.Tensor)[sure], made.labels[sure])
    assert (names["image"].as_subclass(torch.Tensor) - made.image).abs().max() <= 1 / 255
    screen = run(page, "return screen(argument);", {"names": NAMES, "size": SIZE})
    image = names["image"].as_subclass(torch.Tensor).permute(1, 2, 0).numpy() * 255
    assert np.abs(image - colors_of(screen["image"])).max() <= 1


def test_the_copied_code_of_the_lab_s_own_scene_runs_and_needs_nothing_else(open_page):
    lab = AugmentationLab(elastic=4.0, blur=1.0, noise=0.05)
    page = open_lab(open_page, lab)
    page.get_by_role("button", name="Copy as torch code").click()
    names = {}
    exec(page.locator("textarea").input_value(), names)
    assert isinstance(names["mask"], tv_tensors.Mask)
    sure = ~torch.from_numpy(truth.ties_of(lab.setting, lab.setting, lab.label_map))
    assert torch.equal(names["mask"].as_subclass(torch.Tensor)[sure], lab.outcome.labels[sure])
    assert (names["image"] - lab.outcome.image).abs().max() <= 1 / 255


def test_shares_are_those_of_the_labels_before_and_after(open_page):
    lab = small_lab(rotation=33, zoom=0.7, mistake="bilinear")
    shares = run(open_lab(open_page, lab), "return shares();")
    after = lab.outcome.labels
    for label in (0, 1, 2, 4, 255):
        expected = [100 * float((labels == label).float().mean()) for labels in (lab.label_map, after)]
        assert [numbers(text)[0] for text in shares[str(label)]] == pytest.approx(expected, abs=0.3)
    strangers = 100 * float(((after >= 5) & (after != 255)).float().mean())
    assert numbers(shares["-1"][1])[0] == pytest.approx(strangers, abs=0.3)


def test_invented_classes_are_counted_named_and_listed(open_page):
    lab = AugmentationLab(mistake="bilinear")
    page = open_lab(open_page, lab)
    words = run(page, 'return said("mistake");')
    wrong = int(lab.outcome.wrong.sum())
    assert abs(numbers(words)[0] - wrong) <= 3
    assert re.search(r"meadow 1 and tree 4 gave (road 2|building 3) at \d+ pixels", words)
    assert "half-way between 0 and 2 there is no 1" in words
    assert "% wrong" in page.locator("[data-caption='output labels']").text_content()


def test_each_mistake_says_what_it_did(open_page):
    lab = small_lab()
    page = open_lab(open_page, lab)
    for setting, words in [
        ({"mistake": "left behind"}, "the image moved, the mask did not"),
        ({"mistake": "left behind", "rotation": 0.0}, "Nothing moved, so nothing is wrong yet"),
        ({"mistake": "two draws"}, "the mask followed a draw of its own"),
        ({"fill": "class 0", "zoom": 0.5}, "A network would learn that gray is sky; void is left out of the loss."),
        ({"fill": "class 0", "rotation": 0.0}, "nothing is filled yet"),
        ({"mistake": "bilinear", "rotation": 0.0}, "No class is invented yet"),
        ({}, ""),
    ]:
        change(page, lab, {**PLAIN, "rotation": 20.0, "mistake": "none", "fill": "void", **setting})
        said = run(page, 'return said("mistake");')
        assert words in said
        assert bool(said) == bool(words)
        if said.startswith("At"):
            assert abs(numbers(said)[0] - int(lab.outcome.wrong.sum())) <= 2


def test_what_a_setting_loses_is_explained_and_not_refused(open_page):
    lab = small_lab()
    page = open_lab(open_page, lab)
    for setting, words in [
        ({"rotation": 45.0}, "look outside of the source: the image is filled with gray, the labels with void."),
        ({"brightness": 2.5}, "of the values out of 0 to 1. They are clipped"),
        ({"elastic": 16.0, "nodes": 8}, "The field folds at"),
        ({"brightness": 0.0}, "Brightness × 0 is a black image"),
        ({"contrast": 0.0}, "Contrast × 0 is one gray"),
        ({"saturation": 0.0}, "Saturation × 0 is a gray image"),
        ({"noise": 0.4}, "Noise pushes"),
        ({}, ""),
    ]:
        change(page, lab, {**PLAIN, **setting})
        said = run(page, 'return said("losses");')
        assert words in said
        assert bool(said) == bool(words)
    change(page, lab, {**PLAIN, "zoom": 8.0})
    gone = set(lab.label_map.unique().tolist()) - set(lab.outcome.right.unique().tolist()) - {255}
    assert len(gone) >= 2
    names = ", ".join(lab.classes[label] for label in sorted(gone))
    assert f"Nothing of {names} is left" in run(page, 'return said("losses");')


def test_folds_and_void_are_counted_as_torch_counts_them(open_page):
    lab = small_lab(**{**PLAIN, "elastic": 16.0, "nodes": 8, "seed": 3})
    said = run(open_lab(open_page, lab), 'return said("losses");').replace(",", "")
    field = elastic_field(SIZE, 16.0, 8, torch.Generator().manual_seed(3))[0] * torch.tensor([31, 23]) / 2
    assert f"folds at {truth.folds_of(field)} pixels" in said
    outside = int(((lab.outcome.right == 255) & ~_inside(lab)).sum())
    assert abs(numbers(said)[0] - outside) <= 2


def _inside(lab):
    """Return where the output looks within the source, (H, W) bool."""
    plain = {**lab.setting, "mistake": "none"}
    ones = move(tv_tensors.Mask(torch.ones(SIZE).long()), plain, 255)
    return ones.as_subclass(torch.Tensor) == 1


@pytest.mark.parametrize("seed", range(4))
def test_the_place_that_a_pixel_looks_at_is_written_out(open_page, seed):
    rng = np.random.default_rng(seed)
    setting = {"rotation": float(rng.integers(-90, 90)), "zoom": 1.5, "shift_x": 3, "shear": 10.0, "mistake": "none"}
    setting |= {"elastic": 3.0 * (seed % 2), "flip_left_right": seed % 3 == 0, "flip_up_down": seed % 3 == 1}
    lab = small_lab(**setting)
    page = open_lab(open_page, lab)
    places = truth.places_of(lab.setting, SIZE)
    for row, col in rng.integers(0, SIZE, (5, 2)).tolist():
        found = run(page, """
          send("output labels", "pointermove", argument.pixel, 31);
          await painted();
          return { lines: lines(), rows: rows() };
        """, {"pixel": [row, col]})  # fmt: skip
        x, y = places[row, col]
        lines = found["lines"]
        assert numbers(lines["start"])[:2] == [row, col]
        assert numbers(lines["place"])[2] == pytest.approx(y, abs=0.011)
        assert numbers(lines["place"])[-1] == pytest.approx(x, abs=0.011)
        assert ("bent" in lines.get("bend", "")) == bool(lab.elastic)
        weights = [float(cells[1]) for cells in found["rows"]]
        assert sum(weights) == pytest.approx(1, abs=0.003)
        assert weights[0] == pytest.approx((1 - x % 1) * (1 - y % 1), abs=0.002)
        corner = [int(np.floor(y)), int(np.floor(x))]
        if lab.flip_left_right:
            corner[1] = 30 - corner[1]
        if lab.flip_up_down:
            corner[0] = 22 - corner[0]
        assert numbers(found["rows"][0][0])[:2] == corner
        red = 255 * move(tv_tensors.Image(lab.image), lab.setting, 0.5)[0, row, col]
        assert float(re.search(r"≈ (\d+)", lines["image"]).group(1)) == pytest.approx(float(red), abs=0.51)
        label = int(lab.outcome.labels[row, col])
        if not truth.ties_of(lab.setting, {}, lab.label_map)[row, col]:
            assert lines["label"].endswith("void 255" if label == 255 else f"{lab.classes[label]} {label}")


def test_a_mixed_label_is_written_out_and_rounded(open_page):
    lab = small_lab(rotation=30.0, mistake="bilinear")
    row, col = (int(at) for at in lab.outcome.wrong.nonzero()[7])
    page = open_lab(open_page, lab)
    run(page, 'send("output image", "pointermove", argument, 31); await painted();', [row, col])
    line = run(page, "return lines().label;")
    assert f"rounded {int(lab.outcome.labels[row, col])}: " in line
    assert line.endswith("none of the four says so")


def test_pointing_at_a_source_pixel_counts_the_output_pixels_that_read_it(open_page):
    lab = small_lab(**{**PLAIN, "zoom": 2.3})
    page = open_lab(open_page, lab)
    found = run(page, 'send("source image", "pointermove", [11, 15], 31); await painted(); return lines().source;')
    x, y = np.moveaxis(truth.places_of(lab.setting, SIZE), -1, 0)
    readers = int(((abs(x - 15) < 1) & (abs(y - 11) < 1)).sum())
    assert found == f"source row 11, column 15: {readers} output pixels read it"
    assert run(page, 'leave("source image"); await painted(); return lines().source ?? null;') is None


def test_predict_hides_the_moved_labels_until_a_number_is_given(open_page):
    lab = small_lab(rotation=20.0, predict=True, mistake="bilinear")
    page = open_lab(open_page, lab)
    share = round(100 * float(lab.outcome.wrong.float().mean()), 1)
    before = run(page, 'return [said("mistake"), shares()["0"][1], lines().label, said("question")];')
    assert before[:3] == ["", "?", "label: guess first"]
    assert "a class that none of their neighbors has" in before[3]
    page.get_by_label("your guess in percent").fill("many")
    page.get_by_role("button", name="Check").click()
    assert "Type a number of percent" in run(page, 'return said("verdict");')
    page.get_by_label("your guess in percent").fill(str(share))
    page.keyboard.press("Enter")
    after = run(page, 'await painted(); return [said("verdict"), said("mistake"), shares()["0"][1]];')
    assert after[0].startswith("Right: you said")
    assert "a class was invented" in after[1]
    assert after[2] != "?"
    assert run(page, 'put("rotation", 40); await painted(); return shares()["0"][1];') == "?"
    page.get_by_role("button", name="Reveal").click()
    assert run(page, 'await painted(); return said("verdict");').startswith("It is ")


def test_surprise_me_draws_as_python_does_and_reset_takes_all_back(open_page):
    page = open_lab(open_page, small_lab(mistake="two draws", fill="class 0", noise=0.1, shear=5.0))
    for number in (1, 2, 3):
        page.get_by_role("button", name="Surprise me").click()
        found = run(page, "return settings(argument);", [*NAMES, "draw_number"])
        drawn = draw_setting(number, SIZE)
        assert found["draw_number"] == number
        names = ("flip_left_right", "zoom", "shift_x", "shift_y", "brightness", "contrast", "saturation")
        assert {name: found[name] for name in names} == {name: drawn[name] for name in names}
        assert (found["noise"], found["shear"]) == (0.1, 5)  # Augment() leaves them, so do we
    page.get_by_role("button", name="Reset").click()
    found = run(page, "return settings(argument);", [*NAMES, "draw_number"])
    assert {name: found[name] for name in PLAIN} == PLAIN
    assert (found["mistake"], found["fill"], found["draw_number"]) == ("none", "void", 0)


def test_play_runs_through_the_draws_pauses_and_goes_back(open_page):
    page = open_lab(open_page, small_lab())
    page.clock.install()
    page.get_by_role("button", name="play").click()
    page.clock.run_for(2000)
    page.get_by_role("button", name="pause").click()
    number = page.evaluate("model.get('draw_number')")
    assert number == 3
    page.get_by_role("button", name="one position back").click()
    assert page.evaluate("model.get('draw_number')") == 2
    page.get_by_role("button", name="first position").click()
    assert page.evaluate("[model.get('draw_number'), model.get('zoom')]") == [0, 1]


def test_another_field_takes_the_next_seed(open_page):
    page = open_lab(open_page, small_lab(elastic=4.0, seed=999))
    page.get_by_role("button", name="another field").click()
    assert page.evaluate("model.get('seed')") == 0


def test_the_keyboard_alone_reaches_everything(open_page):
    page = open_lab(open_page, small_lab(pixel=[10, 10]))
    page.locator("[data-surface='output image']").focus()
    for key, pixel in [
        ("ArrowDown", [11, 10]), ("ArrowRight", [11, 11]), ("Shift+ArrowRight", [11, 21]), ("Shift+ArrowUp", [1, 21]),
        ("End", [1, 30]), ("ArrowRight", [1, 30]), ("Home", [1, 0]),
    ]:  # fmt: skip
        page.keyboard.press(key)
        assert page.evaluate("model.get('pixel')") == pixel
    assert page.locator(".sg-live").text_content().startswith("output row 1, column 0: ")
    page.locator("[data-surface='source image']").focus()
    page.keyboard.press("ArrowDown")
    assert "output pixel" in run(page, "await painted(); return lines().source;")
    page.locator("input[aria-label=rotation]").focus()
    page.keyboard.press("ArrowRight")
    assert page.evaluate("model.get('rotation')") == 16
    page.locator("input[aria-label=zoom]").focus()
    page.keyboard.press("ArrowRight")
    assert page.evaluate("model.get('zoom')") == 1.32
    for name in ("flip left-right", "flip up-down", "fade what is right", "labels' outlines over the image"):
        page.get_by_label(name).focus()
        page.keyboard.press("Space")
    assert page.evaluate("['flip_left_right', 'flip_up_down', 'marks', 'outlines'].every((name) => model.get(name))")


def test_clicking_pins_the_pixel_and_leaving_shows_it_again(open_page):
    page = open_lab(open_page, small_lab())
    found = run(page, """
      send("output image", "pointerdown", [5, 9], 31); send("output image", "pointerup", [5, 9], 31);
      send("output image", "pointermove", [7, 3], 31);
      await painted();
      const hovered = lines().start;
      leave("output image");
      await painted();
      return [model.get("pixel"), hovered, lines().start];
    """)  # fmt: skip
    assert found[0] == [5, 9]
    assert numbers(found[1])[:2] == [7, 3]
    assert numbers(found[2])[:2] == [5, 9]


def test_wrong_pixels_keep_their_color_and_the_others_fade(open_page):
    lab = small_lab(rotation=25.0, mistake="left behind", marks=True)
    page = open_lab(open_page, lab)
    shown = colors_of(run(page, 'return grab("output labels", argument);', SIZE))
    plain = paint_labels(lab.outcome.labels.numpy(), lab.colors)
    wrong = lab.outcome.wrong.numpy()
    sure = ~truth.ties_of(lab.setting, {}, lab.label_map)
    assert np.array_equal(shown[wrong & sure], plain[wrong & sure])
    faded = 255 + (plain.astype(float) - 255) * 0.25
    assert abs(shown - faded)[~wrong & sure].max() <= 1


def test_an_image_without_labels_moves_alone_and_says_so(open_page):
    lab = AugmentationLab(photo("chelsea"), elastic=3.0)
    page = open_lab(open_page, lab)
    words = run(page, 'return said("losses");')
    assert "This image has no labels" in words
    assert "A pixel here is the mean of 4 × 4 pixels of the given image." in words
    assert not page.locator("[data-surface='output labels']").is_visible()
    assert not page.get_by_label("mistake").is_visible()
    page.get_by_role("button", name="Copy as torch code").click()
    names = {"image": photo("chelsea")}
    exec(page.locator("textarea").input_value(), names)
    assert (names["image"] - lab.outcome.image).abs().max() <= 1 / 255


def test_what_python_sets_shows_in_the_page(open_page):
    page = open_lab(open_page, small_lab())
    found = run(page, """
      model.set("rotation", -40); model.set("mistake", "left behind"); model.set("pixel", [3, 4]);
      await painted();
      return [slider("rotation").value, document.querySelector("select[aria-label=mistake]").value, lines().label];
    """)  # fmt: skip
    assert found[:2] == ["-40", "left behind"]
    assert found[2].startswith("label: left behind, row 3, column 4")
