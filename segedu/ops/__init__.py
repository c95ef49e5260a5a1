"""Operators from scratch: what a lecture writes by hand, in a form that one can read, held equal to torch's.

What is public is named in `__init__.pyi`, one line each; a module is loaded when its name is first used. No module has
the name of a function: `se.ops.receptive_field` is the function, whichever was imported first.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
