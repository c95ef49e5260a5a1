"""The receptive-field explorer of lecture 03: what one output cell of a stack sees, by rule, by gradient, in effect."""

from segedu.widgets.receptive_field.explorer import ReceptiveFieldExplorer

__all__ = ["ReceptiveFieldExplorer"]
