"""Predict first, then reveal, alike in all explorers: hidden until asked, closed once revealed, empty asked anew."""

from typing import Any

import pytest

from segedu import widgets

# `expect` waits for what a page puts off until its next frames: some views update after they have painted.
sync_api = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect

pytestmark = pytest.mark.browser
KEEPS_REVEALED = {"ConvolutionExplorer", "UpsamplingExplorer"}  # cells, until the setting changes
ONLY_MENUS = {"LikelihoodExplorer", "LossExplorer", "NetworkCostExplorer"}
ASKING = sorted(name for name in widgets.__all__ if hasattr(getattr(widgets, name), "predict"))


@pytest.mark.parametrize("name", ASKING)
def test_the_question_is_asked_revealed_and_asked_anew(open_page: Any, name: str) -> None:
    page = open_page(getattr(widgets, name)())
    question = page.locator(".sg-question")
    assert question.count() == 1
    question.wait_for(state="hidden")
    predict = page.get_by_role("checkbox", name="predict first")
    predict.click()
    question.wait_for(state="visible")
    reveal = question.get_by_role("button", name="Reveal")
    expect(reveal).to_be_enabled()
    expect(question.get_by_role("button", name="Check")).to_be_enabled()
    reveal.click()
    expect(reveal).to_be_disabled()
    if name in KEEPS_REVEALED:
        return
    predict.click()
    predict.click()
    expect(reveal).to_be_enabled()
    assert [field.input_value() for field in question.get_by_role("textbox").all()] in ([], [""])
    assert question.get_by_role("status").inner_text().strip() == ""


@pytest.mark.parametrize("name", sorted(set(ASKING) - ONLY_MENUS))
def test_a_guess_that_is_no_number_reveals_nothing(open_page: Any, name: str) -> None:
    page = open_page(getattr(widgets, name)(predict=True))
    question = page.locator(".sg-question")
    field = question.get_by_role("textbox")
    field.fill("many")
    field.press("Enter")
    expect(question.get_by_role("status")).to_contain_text("type ", ignore_case=True)
    expect(question.get_by_role("button", name="Reveal")).to_be_enabled()
