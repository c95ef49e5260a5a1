"""What every explorer is built on: one class with three lives, and the linker of its JavaScript modules.

Write an explorer as a subclass with its view's file name and synced traits that JSON can hold:

    class OverlayViewer(Explorer):
        view = "view_overlay.js"                       # in static/; exports `render({ model, el })`
        opacity = traitlets.Float(0.5).tag(sync=True)

        def draw(self, figure): ...                    # the same content in matplotlib, for picture()
        def describe(self): return "A street ..."      # alt text of the picture, name of the widget

- live: display the object; anywidget renders the view, the mime bundle carries `picture()` as image/png with alt text;
- `html()`: a string of text/html that runs the same view with no kernel, no widget manager and no network;
- `picture()`: PNG bytes, for GitHub, print and untrusted notebooks.

A picture or photograph travels as a string: `data_url(image)` makes "data:image/png;base64,…" of a tensor or an array.
The view's side of the house (elements, sliders, grids, keyboard, themes) is described at the top of `static/kit.js`.
"""

import base64
import html as html_text
import io
import json
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import anywidget
import numpy as np

if TYPE_CHECKING:
    from matplotlib.figure import Figure

STATIC = Path(__file__).parent / "static"
_IMPORT = re.compile(r'^(import|export) \{([^}]*)\} from "\./([\w.]+)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|const|let|class) )", re.MULTILINE)
_PAGE = """<div><img src="data:image/png;base64,{image}" alt="{alt}" style="max-width: 100%"></div>
<script>
(() => {{
"use strict";
const el = document.currentScript.previousElementSibling;
const state = {state};
const view = (() => {{
{code}
}})();
el.replaceChildren();
view.render({{ model: view.modelShim(state), el }});
}})();
</script>"""
_TOP_LEVEL = re.compile(r"^(?:export )?(?:async )?(?:function\*?|const|let|class) (\w+)", re.MULTILINE)


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
        code = link("shim.js") + link(self.view).replace("export default { render };", "return { render, modelShim };")
        state = json.dumps(self.state(), ensure_ascii=False)
        image = base64.b64encode(self.picture()).decode()
        alt = html_text.escape(self.describe(), quote=True)
        return _PAGE.format(image=image, alt=alt, state=_in_script(state), code=_in_script(code))

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


def link(view: str) -> str:
    """Return `view` and all that it imports as one ES module: each imported file inlined once, before its first user.

    A module that is loaded from a blob cannot import relative files. Modules say `import { a, b } from "./x.js";`, or
    `export { a } from "./x.js";` to pass names on, and export declarations (`export const`, `export function`). They
    end up in one scope, so top-level names must be unique.
    Raises ValueError naming the doubled name and the missing export.
    """
    order: list[str] = []
    _collect(view, order)
    seen: dict[str, str] = {}
    for name in order:
        for declared in declared_names(name):
            if declared in seen:
                raise ValueError(f"{name} and {seen[declared]} both declare {declared}; rename one, they share a scope")
            seen[declared] = name
    bodies = [_IMPORT.sub("", _source(name)) for name in order]
    return "\n".join(_EXPORT.sub("", body) for body in bodies)


def declared_names(name: str) -> list[str]:
    """Return the top-level names that the static module `name` declares itself, in order."""
    return _TOP_LEVEL.findall(_source(name))


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


def _collect(name: str, order: list[str]) -> None:
    for _, names, imported in _IMPORT.findall(_source(name)):
        if imported not in order:
            _collect(imported, order)
        if missing := _listed(names) - _offered(imported):
            raise ValueError(f"{name} imports {', '.join(sorted(missing))} from {imported}, which does not offer it")
    if name not in order:
        order.append(name)


def _offered(name: str) -> set[str]:
    passed_on = [_listed(names) for keyword, names, _ in _IMPORT.findall(_source(name)) if keyword == "export"]
    return set(declared_names(name)).union(*passed_on)


def _listed(names: str) -> set[str]:
    return {part.strip() for part in names.split(",") if part.strip()}


@cache
def _source(name: str) -> str:
    return (STATIC / name).read_text("utf-8")


def _in_script(text: str) -> str:
    """Keep the text from ending the script element that holds it; inside JavaScript strings the meaning stays."""
    return re.sub(r"<(?=/script|!--|script)", r"\\x3c", text, flags=re.IGNORECASE)
