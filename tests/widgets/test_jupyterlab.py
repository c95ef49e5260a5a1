"""One notebook in a real JupyterLab: the explorer appears, keeps its keys, and tells Python what the student does."""

import base64
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PIL import Image

from tests.widgets.lab_server import lab_server, open_notebook, write_notebook

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CELLS = [
    "import segedu as se\nexplorer = se.explorers.ConvolutionExplorer(padding=1)\nexplorer",
    "print(explorer.stride, explorer.position, explorer.image[0][0], tuple(explorer.output.shape))",
    "pass",
]


@pytest.fixture(scope="module")
def lab(chromium: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimpleNamespace]:
    """The notebook, opened and run, with all that its page asked for and complained about."""
    folder: Path = tmp_path_factory.mktemp("lab")
    write_notebook(folder / "work.ipynb", CELLS)
    (folder / "work").mkdir()
    (folder / "work.ipynb").rename(folder / "work" / "explorer.ipynb")
    with lab_server(folder) as address:
        context = chromium.new_context(viewport={"width": 1300, "height": 1000})
        page = context.new_page()
        requests, errors = [], []
        page.on("request", lambda request: requests.append(request.url))
        page.on("pageerror", lambda error: errors.append(f"{error.message}\n{error.stack}"))
        open_notebook(page, address, "explorer.ipynb")
        page.wait_for_selector(".segedu [data-grid=output] canvas", timeout=30_000)
        yield SimpleNamespace(
            page=page, address=address, requests=requests, errors=errors, path=folder / "work" / "explorer.ipynb"
        )
        context.close()


def notebook(page: Any) -> tuple[list[str], int]:
    """The cells' sources and the number of the active one, from JupyterLab's own model."""
    sources, active = page.evaluate("""() => {
      const { content } = window.jupyterapp.shell.currentWidget;
      return [content.widgets.map((cell) => cell.model.sharedModel.getSource()), content.activeCellIndex];
    }""")
    return sources, active


def run_cell(page: Any, number: int) -> str:
    """Run one cell again and return what it printed."""
    page.evaluate("""async (number) => {
      const { content } = window.jupyterapp.shell.currentWidget;
      content.activeCellIndex = number;
      await window.jupyterapp.commands.execute('notebook:run-cell');
    }""", number)  # fmt: skip
    return page.locator(".jp-CodeCell").nth(number).locator(".jp-OutputArea-output").inner_text().strip()


def test_the_explorer_appears_with_the_numbers_of_torch(lab):
    assert lab.page.locator(".segedu").count() == 1
    assert lab.page.locator("[data-axis=height]").inner_text().endswith("= 5")


def test_arrows_and_letters_typed_in_the_explorer_do_not_reach_jupyterlab(lab):
    lab.page.locator(".segedu [data-grid=output]").focus()  # this makes its cell the active one
    before = notebook(lab.page)
    for place in (".segedu [data-grid=output]", ".segedu [data-grid=input]", ".segedu input[type=range]"):
        lab.page.locator(place).first.focus()
        for key in [
            "ArrowDown",
            "ArrowUp",
            "a",
            "b",
            "d",
            "d",
            "x",
            "m",
            "z",
            "j",
            "k",
            "Enter",
            "ArrowRight",
            "0",
            "0",
        ]:
            lab.page.keyboard.press(key)
            if lab.page.locator(".sg-grid > input").count():  # Enter or a digit opened a cell for editing
                lab.page.keyboard.press("Enter")
    assert notebook(lab.page) == before
    assert lab.page.locator(".jp-Dialog").count() == 0


def test_what_the_student_does_reaches_python(lab):
    lab.page.get_by_label("stride").focus()
    lab.page.keyboard.press("Home")
    lab.page.keyboard.press("ArrowRight")
    lab.page.get_by_label("position", exact=True).focus()
    lab.page.keyboard.press("Home")
    for _ in range(3):
        lab.page.keyboard.press("ArrowRight")
    lab.page.locator('[data-grid=input] [data-row="1"][data-col="1"]').click()
    lab.page.keyboard.type("-4")
    lab.page.keyboard.press("Enter")
    # ipywidgets sends the newest state once the kernel has answered the one before: a busy machine needs a second look.
    for _ in range(20):
        printed = run_cell(lab.page, 1)
        if printed == "2 3 -4 (3, 4)":
            break
        lab.page.wait_for_timeout(250)
    assert printed == "2 3 -4 (3, 4)"


def test_what_python_does_reaches_the_student(lab):
    run = """async (code) => {
      const { kernel } = window.jupyterapp.shell.currentWidget.sessionContext.session;
      await kernel.requestExecute({ code }).done;
    }"""
    lab.page.evaluate(run, "explorer.dilation = 4; explorer.padding = 0")
    lab.page.wait_for_function(
        "() => document.querySelector('.cx-misfit').textContent.includes('spans 9 cells')", timeout=5000
    )
    lab.page.evaluate(run, "explorer.dilation = 1; explorer.padding = 1")
    lab.page.wait_for_function("() => document.querySelector('.cx-misfit').hidden", timeout=5000)


def test_shift_enter_still_runs_the_cell_and_escape_leaves(lab):
    lab.page.locator(".segedu [data-grid=output]").focus()
    count = lab.page.locator(".jp-CodeCell .jp-InputPrompt").nth(0).inner_text()
    lab.page.keyboard.press("Shift+Enter")
    lab.page.wait_for_function(
        "(old) => !['[*]:', old].includes(document.querySelector('.jp-CodeCell .jp-InputPrompt').textContent)",
        arg=count,
        timeout=15_000,
    )
    lab.page.wait_for_selector(".segedu")
    assert re.search(r"\[\d+\]", lab.page.locator(".jp-CodeCell .jp-InputPrompt").nth(0).inner_text())


def test_both_jupyterlab_themes_are_followed(lab):
    for theme, scheme in (("JupyterLab Dark", "dark"), ("JupyterLab Light", "light")):
        # JupyterLab shows its splash with every theme and removes it 200 ms later by a timer of its own; where the next
        # theme comes sooner, the second timer finds nothing to remove, and its error is not ours.
        lab.page.wait_for_selector("#jupyterlab-splash", state="detached", timeout=15_000)
        lab.page.evaluate("(theme) => window.jupyterapp.commands.execute('apputils:change-theme', { theme })", theme)
        lab.page.wait_for_function(
            "(scheme) => document.querySelector('.segedu').style.colorScheme === scheme", arg=scheme, timeout=15_000
        )


def test_the_saved_notebook_carries_the_picture(lab):
    lab.page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
    lab.page.wait_for_function("() => !window.jupyterapp.shell.currentWidget.context.model.dirty", timeout=15_000)
    output = json.loads(lab.path.read_text("utf-8"))["cells"][0]["outputs"][0]
    assert Image.open(io.BytesIO(base64.b64decode(output["data"]["image/png"]))).width > 500
    assert output["metadata"]["image/png"]["alt"].startswith("Three grids of numbers")


def test_nothing_was_asked_of_a_network_and_nothing_broke(lab):
    assert lab.errors == []
    assert [
        url
        for url in lab.requests
        if not url.startswith((lab.address, lab.address.replace("http", "ws"), "data:", "blob:"))
    ] == []
