"""The network cost explorer of lecture 05: a design as a tower of layers, what it costs and how far it sees."""

from segedu.widgets.network_cost.explorer import NetworkCostExplorer

__all__ = ["NetworkCostExplorer"]
