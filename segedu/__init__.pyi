# What `segedu` offers: the everyday names, one line each, grouped as the lectures use them; the rest by subject.
# Setting up
__version__: str

from .training.device import setup as setup
from ._shipped import shipped as shipped
from .seeding import seeded as seeded

# Data: scenes, photographs, real data sets
from .data.scenes import Scenes as Scenes
from .data.photos import Photos as Photos
from .data.photos import photo as photo
from .data.photos import photo_names as photo_names
from .data.sets import dataset_names as dataset_names
from .data.sets import load_dataset as load_dataset
from .data.audit import audit as audit
from .data.forms.polygons import mask_to_polygons as mask_to_polygons
from .data.forms.polygons import polygons_to_mask as polygons_to_mask
from .data.forms.rle import decode_rle as decode_rle
from .data.forms.rle import encode_rle as encode_rle
from .data.forms.targets import colors_to_labels as colors_to_labels
from .data.forms.targets import from_one_hot as from_one_hot
from .data.forms.panoptic import from_panoptic_png as from_panoptic_png
from .data.forms.panoptic import instances_of as instances_of
from .data.forms.targets import labels_to_colors as labels_to_colors
from .data.forms.panoptic import panoptic_map as panoptic_map
from .data.forms.panoptic import semantic_of as semantic_of
from .data.forms.targets import to_one_hot as to_one_hot
from .data.forms.panoptic import to_panoptic_png as to_panoptic_png
from .data.transforms import Augment as Augment
from .data.warp import elastic_field as elastic_field

# Operators, by hand
from .ops.cost import count_macs as count_macs
from .ops.cost import count_parameters as count_parameters
from .ops.receptive_fields import receptive_field as receptive_field

# Metrics and losses
from .losses import CrossEntropy as CrossEntropy
from .metrics.semantic import BoundaryF1 as BoundaryF1
from .metrics.semantic import ImageScores as ImageScores
from .metrics.semantic import ConfusionMatrix as ConfusionMatrix

# Models
from .models.unet import UNet as UNet
from .models.zoo import create_model as create_model
from .models.zoo import model_names as model_names

# Training and inference
from .training.checkpoint import load_checkpoint as load_checkpoint
from .training.checkpoint import save_checkpoint as save_checkpoint
from .training.device import pick_device as pick_device
from .training.inference import predict as predict
from .training.run import train as train
from .training.tasks import Semantic as Semantic
from .training.tasks import Task as Task
from .training.trainer import Trainer as Trainer
from .training.fit import fit as fit
from .training.weights import load_weights as load_weights

# Figures
from .viz import comparison_bars as comparison_bars
from .viz import curve as curve
from .viz import draw_architecture as draw_architecture
from .viz import label_to_rgb as label_to_rgb
from .viz import matrix_figure as matrix_figure
from .viz import overlay as overlay
from .viz import plot_history as plot_history
from .viz import results_table as results_table
from .viz import show as show
from .viz import show_predictions as show_predictions
from .viz import show_row as show_row

# Exercises
from .exercises import check as check
from .exercises import exercise_names as exercise_names
from .exercises import hint as hint
from .exercises import passed as passed
from .exercises import solution as solution
from .exercises import target as target

# Everything else, by subject
from . import explorers as explorers
from . import losses as losses
from . import metrics as metrics
from . import models as models
from . import ops as ops
from . import viz as viz
