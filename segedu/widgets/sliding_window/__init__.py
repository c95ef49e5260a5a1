"""The sliding-window explorer of lecture 04: a classifier slid over an image, its label map, and what that costs."""

from segedu.widgets.sliding_window.explorer import SlidingWindowExplorer

__all__ = ["SlidingWindowExplorer"]
