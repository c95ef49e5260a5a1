# What `se.models` offers, one line each.
from .unet import UNet as UNet
from .zoo import create_model as create_model
from .zoo import model_names as model_names
