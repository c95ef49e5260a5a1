"""The convolution explorer of lectures 03 and 06: input, kernel and output as numbers to edit and step through."""

from segedu.widgets.convolution.explorer import ConvolutionExplorer

__all__ = ["ConvolutionExplorer"]
