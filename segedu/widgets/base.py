"""What every explorer is built on: one class with three lives.

Write an explorer as a subclass with its view's file name and synced traits that JSON can hold:

    class OverlayViewer(Explorer):
        view = "overlay/view.js"                       # path in this folder; default export { render({ model, el }) }
        opacity = traitlets.Float(0.5).tag(sync=True)

        def draw(self, figure): ...                    # the same content in matplotlib, for picture()
        def describe(self): return "A street ..."      # alt text of the picture, name of the widget

- live: display the object; anywidget renders the view, the mime bundle carries `picture()` as image/png with alt text;
- `html()`: a string of text/html that runs the same view with no kernel, no widget manager and no network;
- `picture()`: PNG bytes, for GitHub, print and untrusted notebooks.

A picture or photograph travels as a string: `data_url(image)` makes "data:image/png;base64,…" of a tensor or an array.
The view's side of the house (elements, sliders, grids, keyboard, themes) is described at the top of `kit/kit.js`.
"""

import base64
import html as html_text
import io
import json
import re
from typing import TYPE_CHECKING, Any, ClassVar

import anywidget
import numpy as np

from segedu.widgets.linker import link, scope_name, scopes

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_SHIM = "kit/shim.js"
_PAGE = """<div><img src="data:image/png;base64,{image}" alt="{alt}" style="max-width: 100%"></div>
<script>
(() => {{
"use strict";
const el = document.currentScript.previousElementSibling;
const state = {state};
{code}
el.replaceChildren();
const model = {shim}.modelShim(state);
{view}.default.render({{ model, el }});
}})();
</script>"""


class Explorer(anywidget.AnyWidget):
    """Base of the explorers; a subclass sets `view`, synced traits, `draw(figure)` and `describe()`."""

    view: ClassVar[str]
    figure_size: ClassVar[tuple[float, float]] = (9.0, 3.6)  # inches, at 110 dots each
    _ipython_display_ = None  # ipywidgets 7.7 defines it; it would keep the PNG out of the mime bundle

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Link the view's modules into the one string that anywidget sends to the page."""
        if "view" in cls.__dict__:
            cls._esm = link(cls.view)
        super().__init_subclass__(**kwargs)

    def draw(self, figure: "Figure") -> None:
        """Draw the present state on an empty matplotlib figure."""
        raise NotImplementedError

    def describe(self) -> str:
        """Say in one or two sentences what the picture shows; it becomes the alt text."""
        raise NotImplementedError

    def state(self) -> dict[str, Any]:
        """Return the explorer's own synced traits: what its view reads and writes, and no layout."""
        names = set(self.trait_names(sync=True)) - set(anywidget.AnyWidget.class_trait_names())
        return {name: getattr(self, name) for name in sorted(names) if not name.startswith("_")}

    def picture(self) -> bytes:
        """Return the present state as PNG bytes, `figure_size` at 110 dots an inch, on white."""
        from matplotlib.backends.backend_agg import FigureCanvasAgg  # here, because matplotlib is slow to load
        from matplotlib.figure import Figure

        figure = Figure(figsize=self.figure_size, dpi=110, facecolor="white", layout="constrained")
        FigureCanvasAgg(figure)
        self.draw(figure)
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", metadata={"Software": None})
        return buffer.getvalue()

    def html(self) -> str:
        """Return text/html that is interactive by itself; where scripts don't run, it shows the picture."""
        code = scopes(_SHIM, self.view)
        state = json.dumps(self.state(), ensure_ascii=False)
        image = base64.b64encode(self.picture()).decode()
        alt = html_text.escape(self.describe(), quote=True)
        names = {"view": scope_name(self.view), "shim": scope_name(_SHIM)}
        return _PAGE.format(image=image, alt=alt, state=_in_script(state), code=_in_script(code), **names)

    def __repr__(self) -> str:
        """Name the class and nothing that differs from run to run; subclasses may say more."""
        return f"{type(self).__name__}()"

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is None:
            return None
        data, metadata = bundle
        data["image/png"] = base64.b64encode(self.picture()).decode()
        return data, {**metadata, "image/png": {"alt": self.describe()}}


def data_url(image: Any) -> str:
    """Return an image as a PNG data URL for a `<img>` or canvas of a view.

    image: (3, H, W) or (H, W) float in [0, 1], or (H, W, 3) / (H, W) uint8; tensor or array.
    """
    from PIL import Image

    array = np.asarray(image)
    if array.ndim == 3 and array.shape[0] == 3 and array.dtype != np.uint8:
        array = array.transpose(1, 2, 0)  # (H, W, 3)
    if array.dtype != np.uint8:
        array = (array.clip(0, 1) * 255).round().astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(array).save(buffer, format="PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


def _in_script(text: str) -> str:
    """Keep the text from ending the script element that holds it; inside JavaScript strings the meaning stays."""
    return re.sub(r"<(?=/script|!--|script)", r"\\x3c", text, flags=re.IGNORECASE)
