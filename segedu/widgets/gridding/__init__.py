"""The gridding explorer of lecture 06: which pixels a stack of dilated convolutions reads, and which it never does."""

from segedu.widgets.gridding.explorer import GriddingExplorer

__all__ = ["GriddingExplorer"]
