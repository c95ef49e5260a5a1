"""segedu: a course on image segmentation that teaches by experiment.

`import segedu as se` is the only import that a lecture needs beside torch, NumPy and matplotlib. `se.` offers the
everyday names; the rest stands by subject in `se.ops`, `se.metrics`, `se.losses`, `se.models`, `se.viz` and
`se.explorers`. All are named in `__init__.pyi` files, one line each; a name is loaded when it is first used, so the
import itself stays light.
"""

import lazy_loader

__version__ = "0.1.0"
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
