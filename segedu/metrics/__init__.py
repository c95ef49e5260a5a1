"""Metrics, all from a state that adds up; label maps in, scores out.

What is public is named in `__init__.pyi`, one line each; a module is loaded when its name is first
used.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
