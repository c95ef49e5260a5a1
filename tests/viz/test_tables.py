"""results_table: numbers for people, the best in bold, what is missing named."""

import numpy as np
import pytest
import torch

from segedu.viz import results_table
from segedu.viz.tables import markdown_table


def test_tables_mark_the_best_and_write_numbers_for_people():
    rows = [
        {"setting": "with skips", "mIoU": 0.71, "MACs": 1_234_567, "norm": True},
        {"setting": "without", "mIoU": None, "MACs": 1_000_000, "norm": False},
    ]
    table = markdown_table(rows, best={"mIoU": "max", "MACs": "min"}, formats={"mIoU": ".0%"})
    assert table.splitlines() == [
        "| setting    | mIoU    | MACs          | norm |",
        "|:-----------|--------:|--------------:|:-----|",
        "| with skips | **71%** | 1,234,567     | yes  |",
        "| without    | –       | **1,000,000** | no   |",
    ]


def test_tables_take_numbers_of_torch_and_numpy():
    assert "0.500" in markdown_table([{"a": torch.tensor(0.5), "b": np.float64(0.25)}])


def test_tables_name_what_is_missing(capsys):
    with pytest.raises(ValueError, match="row 1 lacks 'b'"):
        results_table([{"a": 1, "b": 2}, {"a": 1}])
    with pytest.raises(ValueError, match="no rows"):
        results_table([])
    with pytest.raises(ValueError, match="give 'max' or 'min'"):
        results_table([{"a": 1}], best={"a": "most"})
    assert capsys.readouterr().out == ""


def test_the_best_may_be_shared_and_never_is_a_value_that_is_missing():
    rows = [{"a": 1, "b": None}, {"a": 1, "b": None}, {"a": 2, "b": None}]
    table = markdown_table(rows, best={"a": "min", "b": "max"})
    assert table.count("**1**") == 2
    assert table.count("**") == 4


def test_columns_choose_which_keys_in_which_order():
    assert markdown_table([{"a": 1, "b": 2, "c": 3}], columns=["c", "a"]).splitlines()[0] == "| c | a |"


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.12349, "0.123"), (999.5, "999.500"), (12345.6, "12,346"), (1234567, "1,234,567"), ("a|b", r"a\|b")],
)
def test_values_without_a_format_are_written_for_people(value, text):
    assert markdown_table([{"value": value}]).splitlines()[2].strip("| ") == text


def test_the_best_of_a_column_that_is_not_there_is_named():
    with pytest.raises(ValueError, match="best names 'mIoU'; the table's columns are a, b"):
        markdown_table([{"a": 1, "b": 2, "mIoU": 3}], columns=["a", "b"], best={"mIoU": "max"})


def test_a_notebook_gets_markdown_and_text(monkeypatch, capsys):
    import IPython
    import IPython.display

    bundles = []
    monkeypatch.setattr(IPython, "get_ipython", lambda: object())
    monkeypatch.setattr(IPython.display, "display", lambda bundle, raw: bundles.append(bundle))
    results_table([{"a": 1}])
    assert bundles == [{"text/markdown": markdown_table([{"a": 1}]), "text/plain": markdown_table([{"a": 1}])}]
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("which", ["max", "min"])
@pytest.mark.parametrize("missing", [None, float("nan"), np.float32("nan"), torch.tensor(float("nan"))])
def test_a_column_without_a_number_has_no_best(missing, which):
    table = markdown_table([{"m": missing}, {"m": missing}], best={"m": which})
    assert table.splitlines()[2:] == ["| – |"] * 2
    assert "**1**" in markdown_table([{"m": missing}, {"m": 1}], best={"m": which})


def test_a_best_of_texts_is_named():
    with pytest.raises(ValueError, match="best names 'm', but 'fast' in it is no number; name a column of numbers"):
        markdown_table([{"m": 1}, {"m": "fast"}], best={"m": "max"})


def test_a_format_that_doesn_t_fit_is_named():
    with pytest.raises(ValueError, match=r"formats\['m'\] is '\.3f', which can't write 'fast'"):
        markdown_table([{"m": "fast"}], formats={"m": ".3f"})


@pytest.mark.parametrize("text", ["a|b", "a\nb", "a\r\nb", "|\n|", "a\u2028b"])
def test_no_text_tears_the_table(text):
    for rows, options in (
        ([{text: 1, "n": 2}], {}),
        ([{"m": text, "n": 2}], {}),
        ([{"m": text, "n": 2}], {"formats": {"m": ">9"}}),
        ([{text: 1, "n": 2}], {"best": {text: "max"}}),
    ):
        lines = markdown_table(rows, **options).splitlines()
        assert len(lines) == 3
        assert {len(line) for line in lines} == {len(lines[0])}
        assert {line.replace("\\|", "").count("|") for line in lines} == {3}


def test_arrays_are_written_as_lists_and_those_of_one_number_as_numbers():
    table = markdown_table([{"a": np.array([1, 2]), "b": torch.tensor([0.5]), "c": np.array(7)}])
    assert table.splitlines()[2] == "| [1, 2] | 0.500 | 7 |"
