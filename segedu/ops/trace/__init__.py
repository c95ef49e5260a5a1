"""Following tensors through a module's forward: receptive fields, strides, bare structure, feature maps."""
