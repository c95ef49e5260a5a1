# What `segedu` offers, one line each, grouped as the lectures use it.
# Setting up
from .training.device import setup as setup
from ._shipped import shipped as shipped
from .seeding import fold as fold
from .seeding import seeded as seeded

# Data: scenes, photographs, real data sets
from .data.scenes import Scenes as Scenes
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
from .ops.conv import conv2d_im2col as conv2d_im2col
from .ops.conv import conv2d_loops as conv2d_loops
from .ops.conv import im2col as im2col
from .ops.sizes import output_size as output_size
from .ops.cost import activation_memory as activation_memory
from .ops.cost import count_macs as count_macs
from .ops.cost import count_parameters as count_parameters
from .ops.cost import layer_table as layer_table
from .ops.dilated import dilate_kernel as dilate_kernel
from .ops.dilated import strided_to_dilated as strided_to_dilated
from .ops.fully_convolutional import make_fully_convolutional as make_fully_convolutional
from .ops.gridding import grid_holes as grid_holes
from .ops.gridding import tap_counts as tap_counts
from .ops.trace.field import ReceptiveField as ReceptiveField
from .ops.receptive_field import effective_receptive_field as effective_receptive_field
from .ops.receptive_field import effective_size as effective_size
from .ops.receptive_field import measured_receptive_field as measured_receptive_field
from .ops.receptive_field import receptive_field as receptive_field
from .ops.shift_and_stitch import shift_and_stitch as shift_and_stitch
from .ops.bilinear import bilinear_kernel as bilinear_kernel
from .ops.bilinear import bilinear_init_ as bilinear_init_
from .ops.transposed import conv_matrix as conv_matrix
from .ops.transposed import conv_transpose2d_gradient as conv_transpose2d_gradient
from .ops.transposed import conv_transpose2d_matrix as conv_transpose2d_matrix
from .ops.transposed import conv_transpose2d_scatter as conv_transpose2d_scatter
from .ops.transposed import overlap_count as overlap_count
from .ops.sizes import transposed_output_size as transposed_output_size
from .ops.unpooling import bed_of_nails as bed_of_nails
from .ops.unpooling import max_pool_with_indices as max_pool_with_indices
from .ops.unpooling import max_unpool as max_unpool
from .ops.upsampling import interpolation_matrix as interpolation_matrix
from .ops.upsampling import upsample_bicubic as upsample_bicubic
from .ops.upsampling import upsample_bilinear as upsample_bilinear
from .ops.upsampling import upsample_nearest as upsample_nearest
from .ops.linear import conv_to_linear as conv_to_linear
from .ops.windows import extract_windows as extract_windows
from .ops.linear import linear_to_conv as linear_to_conv

# Metrics and losses
from .losses import BinaryFocal as BinaryFocal
from .losses import BinarySoftDice as BinarySoftDice
from .losses import BoundaryCrossEntropy as BoundaryCrossEntropy
from .losses import CrossEntropy as CrossEntropy
from .losses import DiceCrossEntropy as DiceCrossEntropy
from .losses import Focal as Focal
from .losses import LovaszSoftmax as LovaszSoftmax
from .losses import SoftDice as SoftDice
from .losses import Tversky as Tversky
from .losses import boundary_weights as boundary_weights
from .losses import class_weights as class_weights
from .metrics.semantic import BoundaryF1 as BoundaryF1
from .metrics.semantic import boundaries as boundaries
from .metrics.semantic import BoundaryIoU as BoundaryIoU
from .metrics.semantic import ImageScores as ImageScores
from .metrics.semantic import ConfusionMatrix as ConfusionMatrix
from .metrics.semantic import confusion_matrix as confusion_matrix
from .metrics.semantic import mean_iou_per_image as mean_iou_per_image

# Models
from .models.unet import UNet as UNet
from .models.zoo import create_model as create_model
from .models.zoo import model_names as model_names

# Training and inference
from .training.checkpoint import load_checkpoint as load_checkpoint
from .training.checkpoint import save_checkpoint as save_checkpoint
from .training.device import pick_device as pick_device
from .training.inference import predict as predict
from .training.trainer import Trainer as Trainer
from .training.fit import fit as fit
from .training.weights import load_weights as load_weights

# Figures
from .viz import TAP_COLORS as TAP_COLORS
from .viz import comparison_bars as comparison_bars
from .viz import curve as curve
from .viz import draw_architecture as draw_architecture
from .viz import draw_sampling as draw_sampling
from .viz import draw_towers as draw_towers
from .viz import draw_windows as draw_windows
from .viz import label_to_rgb as label_to_rgb
from .viz import matrix_figure as matrix_figure
from .viz import overlay as overlay
from .viz import plot_history as plot_history
from .viz import plot_receptive_field as plot_receptive_field
from .viz import results_table as results_table
from .viz import show as show
from .viz import show_predictions as show_predictions
from .viz import show_row as show_row

# Explorers
from .widgets import AugmentationLab as AugmentationLab
from .widgets import ConvolutionExplorer as ConvolutionExplorer
from .widgets import GriddingExplorer as GriddingExplorer
from .widgets import LikelihoodExplorer as LikelihoodExplorer
from .widgets import LossExplorer as LossExplorer
from .widgets import MetricLab as MetricLab
from .widgets import NetworkCostExplorer as NetworkCostExplorer
from .widgets import OverlayViewer as OverlayViewer
from .widgets import ReceptiveFieldExplorer as ReceptiveFieldExplorer
from .widgets import SlidingWindowExplorer as SlidingWindowExplorer
from .widgets import TransposedConvolutionExplorer as TransposedConvolutionExplorer
from .widgets import UpsamplingExplorer as UpsamplingExplorer

# Exercises
from .exercises import check as check
from .exercises import exercise_names as exercise_names
from .exercises import hint as hint
from .exercises import solution as solution
