"""Every explorer of the course in one real JupyterLab notebook: each appears, none breaks, none asks a network."""

from pathlib import Path
from typing import Any

import pytest

from segedu import widgets
from tests.widgets.lab_server import lab_server, open_notebook, write_notebook

pytestmark = [pytest.mark.browser, pytest.mark.slow]
LEAST_HEIGHT = 200  # px: less is a view that was not laid out
CELLS = [f"import segedu as se\nse.explorers.{name}()" for name in sorted(widgets.__all__)]


def test_every_explorer_appears_side_by_side_in_jupyterlab(chromium: Any, tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    write_notebook(tmp_path / "work" / "all.ipynb", CELLS)
    with lab_server(tmp_path) as address:
        context = chromium.new_context(viewport={"width": 1300, "height": 1000})
        page = context.new_page()
        errors: list[str] = []
        strangers: list[str] = []
        ours = (address, address.replace("http", "ws"), "data:", "blob:")
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("request", lambda request: strangers.append(request.url) if not request.url.startswith(ours) else None)
        open_notebook(page, address, "all.ipynb")
        for number, source in enumerate(CELLS):
            cell = page.locator(".jp-CodeCell").nth(number)
            cell.scroll_into_view_if_needed()
            root = cell.locator(".segedu")
            root.wait_for(timeout=60_000)
            assert root.locator("svg, canvas").count() > 0, f"{source} shows no drawing"
            height = root.bounding_box()["height"]
            assert height > LEAST_HEIGHT, f"{source} is {height:.0f} px high, expected more than {LEAST_HEIGHT}"
        context.close()
    assert errors == []
    assert strangers == []
