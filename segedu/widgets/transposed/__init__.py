"""The transposed-convolution explorer of lecture 08: stamps that add up, windows that collect, and their overlap."""

from segedu.widgets.transposed.explorer import TransposedConvolutionExplorer

__all__ = ["TransposedConvolutionExplorer"]
