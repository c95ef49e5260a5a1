"""`make quick` runs the tests of what has changed."""

import pytest

from tests.changed import covering


@pytest.mark.parametrize(
    ("path", "test"),
    [
        ("segedu/ops/conv.py", "tests/ops/test_conv.py"),
        ("segedu/ops/checks.py", "tests/ops"),
        ("segedu/viz/_labels.py", "tests/viz/test_labels.py"),
        ("segedu/data/sets/camvid.py", "tests/data/sets"),
        ("segedu/widgets/transposed/core.js", "tests/widgets/transposed"),
        ("segedu/exercises/lecture08/stamps.py", "tests/checkers/test_lecture08.py"),
        ("grading/truth/lecture08.py", "tests/checkers/test_lecture08.py"),
        ("lectures/08_transposed_convolution.py", "tests/checkers/test_lecture08.py"),
        ("lectures/recipes/08_transposed_convolution.py", "tests/checkers/test_lecture08.py"),
        ("tests/ops/test_conv.py", "tests/ops/test_conv.py"),
        ("tests/widgets/transposed/truth.py", "tests/widgets/transposed"),
    ],
)
def test_each_kind_of_file_has_its_tests(path, test):
    assert covering([path]) == ["tests/house", test]


def test_texts_have_no_tests_and_each_test_runs_once():
    assert covering(["README.md", "segedu/ops/conv.py", "tests/ops/test_conv.py"]) == [
        "tests/house",
        "tests/ops/test_conv.py",
    ]
