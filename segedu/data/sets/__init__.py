"""Real data sets in files, one a module, and the one call for all: `load_dataset("camvid", "train", root=...)`."""

from segedu.data.sets.load import REAL, SCENE_LENGTHS, dataset_class, dataset_names, load_dataset

__all__ = ["REAL", "SCENE_LENGTHS", "dataset_class", "dataset_names", "load_dataset"]
