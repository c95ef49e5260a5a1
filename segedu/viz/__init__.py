"""Static figures in one visual grammar; what is public is named in `__init__.pyi`, one line each.

A figure's module is loaded when its function is first used, so a notebook uses only the figures
that it calls; matplotlib is loaded by the first figure.

**Two layouts, one per kind of figure.** Pictures and boxes are placed on a sheet measured in pixels
(`_sheet.Sheet`): a pixel of an image must become a whole number of pixels of the page, which no
layout engine of matplotlib does, and the sheet grows as what is drawn needs. Quantities over axes
are placed by matplotlib's constrained layout (`_axes.panels`): ticks and their labels are known
only when drawn, and the size of the figure is chosen beforehand.

| figure | module | layout |
|---|---|---|
| images, label maps, heat maps in rows | `rows` | sheet; sizes from `_picture_sizes` |
| image, target, prediction, error | `predictions`, `extremes` | sheet |
| the tasks' answers to scenes and photographs | `tasks` | sheet |
| windows on an image | `windows` | sheet; sizes from `_picture_sizes` |
| receptive fields on an image | `fields` | sheet |
| grids of numbers | `matrices`, `confusion` | sheet |
| a resized row | `sampling` | sheet |
| feature maps of a model | `architecture` | sheet; places from `_boxes` |
| layers with their costs | `towers` | sheet |
| curves, bars | `charts`, `bars` | constrained |
| a training run | `history` | constrained |
| tables of results | `tables` | none: Markdown |

All have the same frame: a sentence as title at the top left, the drawing, a legend below it (bars:
above; curves: names at their ends), the description `alt`, a page of up to 1080 pixels (`_style`).
`_display.show` shows them, `png` makes them small. What the explorers share with the figures is
public: `colors`, `labels`, `png`.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
