"""The files that start first exist: a renamed one would silently come last again."""

from tests.conftest import LONGEST
from tests.house.imports import ROOT


def test_the_longest_files_are_there():
    for path in LONGEST:
        assert (ROOT / path).exists(), f"{path} is gone; follow its new name in tests/conftest.py"
