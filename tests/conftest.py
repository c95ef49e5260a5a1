"""What all tests share: one thread each, and the way to the real data sets beside the repository."""

import os
import sys
from collections import Counter
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


# The longest files, slowest first: they start first, so that no core waits for one of them at the end.
LONGEST = (
    "tests/claims/test_lecture11.py",
    "tests/claims/test_lecture10.py",
    "tests/claims/test_lecture03.py",
    "tests/checkers/test_lecture03.py",
    "tests/claims/test_lecture07.py",
    "tests/claims/test_lecture09.py",
    "tests/claims/test_lecture13.py",
    "tests/claims/test_lecture06.py",
    "tests/claims/test_lecture05.py",
    "tests/training/",
    "tests/claims/",
    "tests/widgets/test_jupyterlab.py",
    "tests/widgets/loss/",
    "tests/checkers/",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first; the order inside of a file and that of all others stays."""

    def place(item: pytest.Item) -> int:
        return next((at for at, path in enumerate(LONGEST) if item.nodeid.startswith(path)), len(LONGEST))

    items.sort(key=place)


def pytest_terminal_summary(terminalreporter) -> None:
    """Say what was skipped and why, also to the file that `make test` prints at its end."""
    if hasattr(terminalreporter.config, "workerinput"):
        return  # a worker knows of its own tests only; the process that started it says it for all
    reports = terminalreporter.stats.get("skipped", [])
    reasons = Counter(str(report.longrepr[-1]).removeprefix("Skipped: ") for report in reports)
    lines = [f"{count} skipped: {reason}" for reason, count in reasons.most_common()]
    for line in lines or ["Nothing was skipped."]:
        terminalreporter.write_line(line)
    if collected := os.environ.get("SEGEDU_SKIPPED"):
        with open(collected, "a", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in lines)
