"""Labels in all their forms, there and back: one-hot and colors, run lengths, polygons, panoptic maps."""
