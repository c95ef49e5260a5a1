# What `se.models` offers, one line each.
from .unet import AttentionGate as AttentionGate
from .unet import AttentionUNet as AttentionUNet
from .unet import UNet as UNet
from .unet_plus_plus import UNetPlusPlus as UNetPlusPlus
from .zoo import create_model as create_model
from .zoo import model_names as model_names
