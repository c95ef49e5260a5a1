"""Static figures in one visual grammar: rows of pictures, label maps, grids of numbers, architectures, curves.

A figure's module is loaded when its function is first used, so a notebook uses only the figures that it calls;
matplotlib is loaded by the first figure. What is public is named in `__init__.pyi`, one line each.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
