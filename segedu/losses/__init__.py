"""Losses, from logits (N, C, H, W) and label maps (N, H, W) to one number: one kind a file.

What is public is named in `__init__.pyi`, one line each; a module is loaded when its name is first
used.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
