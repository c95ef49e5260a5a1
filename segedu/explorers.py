"""The explorers under the name that lectures call them by: `se.explorers.ConvolutionExplorer()`.

They live in `segedu.widgets`, one folder each; one is loaded when its name is first used.
"""

from segedu import widgets

__all__ = widgets.__all__
__dir__ = widgets.__dir__
__getattr__ = widgets.__getattr__
