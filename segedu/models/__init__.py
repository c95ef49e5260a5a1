"""Networks for segmentation, one file an architecture; `zoo` knows them by name."""
