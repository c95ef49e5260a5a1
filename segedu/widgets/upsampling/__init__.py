"""The upsampling explorer of lecture 07: where each output pixel looks, which inputs it takes, with what weights."""

from segedu.widgets.upsampling.explorer import UpsamplingExplorer

__all__ = ["UpsamplingExplorer"]
