"""What the browser tests share: Debian's Chromium, pages that may not ask a network for anything, node, contrast."""

import base64
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from segedu.widgets.base import Explorer
from tests.widgets.lab_server import CHROMIUM_FLAGS

HERE = Path(__file__).parent
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAG7buVgAAAABJRU5ErkJggg=="
)  # a PNG of one pixel
SCHEME_OF_THE_EXPLORER = "() => getComputedStyle(document.querySelector('.segedu')).colorScheme"
LOOKS = [(theme, scheme) for theme in ("none", "jupyter") for scheme in ("light", "dark")]

# Every name but this machine's own is unknown, so nothing can come from a network unseen.
ONLY_LOOPBACK = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"


def missing(what: str, variable: str) -> None:
    """Skip, saying so; where the variable says that the tests may not be skipped, fail."""
    if os.environ.get(variable) == "1":
        pytest.fail(f"{what} is not installed and {variable}=1 forbids skipping")
    pytest.skip(f"{what} is not installed; install it to run this test")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A headless Chromium for all tests; its event loop lives on, so these tests run last or by themselves."""
    path = shutil.which("chromium")
    if path is None:
        missing("chromium", "SEGEDU_REQUIRE_BROWSER")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*CHROMIUM_FLAGS, ONLY_LOOPBACK])
        yield browser
        browser.close()


@pytest.fixture
def without_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let pages carry one pixel for their picture, which the view replaces at once; picture() has tests of its own."""
    monkeypatch.setattr(Explorer, "picture", lambda explorer: PIXEL)


@pytest.fixture
def open_page(chromium: Any, tmp_path: Path, without_picture: None) -> Iterator[Callable[..., Any]]:
    """Return `open_page(body, width=1000, scheme="light", scale=1, **context)`: a page with html() in its body.

    body: an explorer, or HTML text (e.g. several `html()` in a row, after a `<style>` with theme variables).
    When the test ends, a console error, an uncaught exception or a request for anything but the page itself fails it.
    """
    contexts, complaints = [], []

    def complain(words: str, really: bool = True) -> None:
        if really:
            complaints.append(words)

    def open_one(body: Any, width: int = 1000, scheme: str = "light", scale: float = 1, **context: Any) -> Any:
        text = body if isinstance(body, str) else body.html()
        path = tmp_path / f"page{len(contexts)}.html"
        head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>explorer</title>'
        path.write_text(
            f'<!doctype html><html lang="en"><head>{head}</head><body style="margin: 0">{text}</body></html>', "utf-8"
        )
        made = chromium.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, device_scale_factor=scale, **context
        )
        contexts.append(made)
        page = made.new_page()
        page.on("console", lambda message: complain(message.text, message.type in ("error", "warning")))
        page.on("pageerror", lambda error: complain(str(error)))
        page.on("request", lambda request: complain(f"request for {request.url}", not _is_local(request.url, path)))
        page.goto(path.as_uri())
        page.wait_for_selector(".segedu")
        settle(page)
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert complaints == []


def _is_local(url: str, path: Path) -> bool:
    return url == path.as_uri() or url.startswith(("data:", "blob:"))


def settle(page: Any) -> None:
    """Wait until what the page has pending (resize observers, themes) is painted: two frames."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done())))")


@pytest.fixture(scope="session")
def jupyter_themes() -> dict[str, str]:
    """The variables of JupyterLab's own light and dark themes, as style elements for a page's body."""
    folder = Path(sys.prefix) / "share/jupyter/lab/themes/@jupyterlab"
    if not folder.is_dir():
        pytest.skip(f"JupyterLab's themes are not in {folder}")
    return {
        name: f"<style>{_root_rules(folder / f'theme-{name}-extension/index.css')}</style>"
        for name in ("light", "dark")
    }


def _root_rules(path: Path) -> str:
    return re.search(r":root\s*\{[^}]*\}", path.read_text("utf-8")).group()


@pytest.fixture(scope="session")
def contrasts() -> Callable[[Any], list[tuple[float, str]]]:
    """Return `contrasts(page)`: (ratio, text) of every text on the page, worst first, from computed styles."""
    script = (HERE / "contrast.js").read_text("utf-8")
    return lambda page: sorted((ratio, text) for ratio, text in page.evaluate(script))


@pytest.fixture
def in_every_look(
    jupyter_themes: dict[str, str], contrasts: Callable[[Any], list[tuple[float, str]]]
) -> Callable[[Any], Iterator[list[tuple[float, str]]]]:
    """Return `in_every_look(page)`: the page's contrasts in light and dark, without a theme and in JupyterLab's.

    The page stays open, as a student's does: what it painted in one look has to follow to the next.
    """
    put_on = """([style, name]) => {
      const holder = document.getElementById("look") ?? document.head.appendChild(document.createElement("div"));
      holder.id = "look";
      holder.innerHTML = style;
      document.body.dataset.jpThemeName = name;
    }"""

    def each(page: Any) -> Iterator[list[tuple[float, str]]]:
        for theme, scheme in LOOKS:
            page.emulate_media(color_scheme=scheme)
            page.evaluate(put_on, [jupyter_themes[scheme] if theme == "jupyter" else "", f"{theme} {scheme}"])
            settle(page)
            assert page.evaluate(SCHEME_OF_THE_EXPLORER) == scheme
            yield contrasts(page)

    return each


@pytest.fixture(scope="session")
def count_work() -> Callable[[Callable[..., Any], Any, str], dict[str, dict[str, int]]]:
    """Return `count_work(run, page, acts)`: what each act makes the page do, in counts that no busy machine changes.

    run: the explorer's `run(page, script)`, which knows helpers such as `put`. acts: JavaScript of an object of
    functions of a number, such as "{ width: (at) => put('width', at) }"; each is called with 0 … 7, and given two
    frames after each call. Per act, the most that one call did: "created" elements, "written" attributes and texts,
    "painted" calls of a canvas, "pixels" put on canvases.
    """
    script = (HERE / "count_work.js").read_text("utf-8")

    def count(run: Callable[..., Any], page: Any, acts: str) -> dict[str, dict[str, int]]:
        return run(page, f"return (async () => {{ {script} return await countWork({acts}); }})();")

    return count


@pytest.fixture
def run_node(tmp_path: Path, request: pytest.FixtureRequest) -> Callable[[str, Any], None]:
    """Return `run_node("x.test.mjs", golden)`: run `node --test` on the file beside the test.

    It finds the path of golden, as JSON, in SEGEDU_GOLDEN.
    """

    def run(name: str, golden: Any) -> None:
        node = shutil.which("node")
        if node is None:
            missing("node", "SEGEDU_REQUIRE_NODE")
        path = tmp_path / "golden.json"
        path.write_text(json.dumps(golden), "utf-8")
        environment = {**os.environ, "SEGEDU_GOLDEN": str(path)}
        result = subprocess.run(
            [str(node), "--test", str(request.path.parent / name)],
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert result.returncode == 0, result.stdout[-6000:] + result.stderr[-2000:]

    return run
