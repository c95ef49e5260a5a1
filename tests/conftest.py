"""What all tests share: one thread each, and the way to the real data sets beside the repository."""

import os
import sys
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest
import torch

sys.path.insert(0, str(Path(__file__).parent))  # for miniatures.py and streets.py

from miniatures import dead_url as dead_url
from miniatures import miniature as miniature
from miniatures import mirror as mirror
from streets import learnable_camvid as learnable_camvid

REPOSITORY = Path(__file__).resolve().parents[1]
REAL_DATA = Path(os.environ.get("SEGEDU_REAL_DATA", REPOSITORY.parent / "shared" / "data"))

torch.set_num_threads(1)


@pytest.fixture
def real_data_root():
    """Return a function from a data set's folder name to its path; skip, saying so, where it is absent."""

    def root(name: str) -> Path:
        folder = REAL_DATA / name
        if not folder.is_dir():
            pytest.skip(f"no real data set at {folder}; set SEGEDU_REAL_DATA to the folder that holds {name}/")
        return folder

    return root
