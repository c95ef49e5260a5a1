"""A trained network for a page: `export.py` writes steps and weights, `kit/network.js` runs them without Python."""

from segedu.widgets.kit.network.export import export_network

__all__ = ["export_network"]
