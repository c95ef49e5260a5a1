"""Pages whose explorer has its model within reach of a test, as `window.model`: what anywidget's model would be."""

from typing import Any

_MODEL = "const model = "


def html_with_model(explorer: Any) -> str:
    """Return html() of an explorer; the page's scripts then find its model in `window.model`."""
    text = explorer.html()
    assert text.count(_MODEL) == 1, "the page's template names its model once"
    return text.replace(_MODEL, f"{_MODEL}window.model = ")
