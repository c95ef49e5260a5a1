"""Static figures in one visual grammar: rows of pictures, label maps, grids of numbers, architectures, curves.

Importing it is light: matplotlib is loaded by the first figure.
"""

from segedu.viz._display import show
from segedu.viz._labels import label_to_rgb, overlay
from segedu.viz._style import TAP_COLORS
from segedu.viz.architecture import draw_architecture
from segedu.viz.charts import comparison_bars, curve
from segedu.viz.fields import plot_receptive_field
from segedu.viz.history import plot_history
from segedu.viz.matrices import matrix_figure
from segedu.viz.predictions import show_predictions
from segedu.viz.rows import draw_windows, show_row
from segedu.viz.sampling import draw_sampling
from segedu.viz.tables import results_table
from segedu.viz.towers import draw_towers

__all__ = [
    "TAP_COLORS",
    "comparison_bars",
    "curve",
    "draw_architecture",
    "draw_sampling",
    "draw_towers",
    "draw_windows",
    "label_to_rgb",
    "matrix_figure",
    "overlay",
    "plot_history",
    "plot_receptive_field",
    "results_table",
    "show",
    "show_predictions",
    "show_row",
]
