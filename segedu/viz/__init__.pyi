# What `segedu.viz` offers, one line each.
from ._display import show as show
from .architecture import draw_architecture as draw_architecture
from .bars import comparison_bars as comparison_bars
from .charts import curve as curve
from .colors import TAP_COLORS as TAP_COLORS
from .fields import plot_receptive_field as plot_receptive_field
from .history import plot_history as plot_history
from .labels import label_to_rgb as label_to_rgb
from .labels import overlay as overlay
from .matrices import matrix_figure as matrix_figure
from .predictions import error_map as error_map
from .predictions import show_predictions as show_predictions
from .rows import show_row as show_row
from .sampling import draw_sampling as draw_sampling
from .tables import results_table as results_table
from .towers import draw_towers as draw_towers
from .windows import draw_windows as draw_windows
