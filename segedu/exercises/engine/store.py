"""Expected values on disk: plain nested values as JSON, their tensors beside it in safetensors; nothing is pickled."""

import functools
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load as load_tensors
from safetensors.torch import save_file

EXERCISES = Path(__file__).parents[1]
ROUNDING = 1e-5, 1e-6  # relative and absolute: what another machine or number of threads may change in a sum of float32


def lecture_folder(lecture: str) -> Path:
    """Return the folder of a lecture's exercises ("03"): their definitions, expected values and solutions."""
    return EXERCISES / f"lecture{lecture}"


def expected_values(name: str) -> list[Any]:
    """Return the stored answers of exercise `name`, one a visible case, in the order of their seeds.

    Raises:
        ValueError: nothing is stored for this exercise.
    """
    lecture = name.partition(".")[0]
    folder = lecture_folder(lecture)
    stored = load(folder) if (folder / "expected.json").exists() else {}
    if name not in stored:
        raise ValueError(f"No expected values are stored for {name!r}; run `segedu build {lecture}`.")
    return stored[name]


def save(folder: Path, answers: Mapping[str, list[Any]]) -> None:
    """Write `{exercise name: [answer of case 0, …]}` as `expected.json` and `expected.safetensors` of a folder."""
    tensors: dict[str, torch.Tensor] = {}
    tree = {
        name: [encode(value, f"{name}/{case}", tensors) for case, value in enumerate(values)]
        for name, values in sorted(answers.items())
    }
    folder.mkdir(parents=True, exist_ok=True)
    save_file(tensors, folder / "expected.safetensors")
    text = json.dumps(tree, indent=1, ensure_ascii=False, allow_nan=False)
    (folder / "expected.json").write_text(text + "\n", encoding="utf-8")
    load.cache_clear()


@functools.lru_cache(maxsize=4)
def load(folder: Path) -> dict[str, list[Any]]:
    """Read what `save` wrote."""
    tensors = load_tensors((folder / "expected.safetensors").read_bytes())  # so that a build sees it being read
    tree = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    return {name: [decode(value, tensors) for value in values] for name, values in tree.items()}


def encode(value: Any, path: str, tensors: dict[str, torch.Tensor]) -> Any:
    """Return `value` as JSON data, its tensors put into `tensors` under a key that starts with `path`.

    Plain values are None, bool, int, float, str, tensors, and tuples, lists and str-keyed dicts of plain values.

    >>> encode((1, float("inf")), "a", {})
    {'tuple': [1, {'float': 'inf'}]}

    Raises:
        TypeError: something in it is not plain.
    """
    if value is None or isinstance(value, bool | str) or type(value) is int:
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else {"float": str(value)}
    if isinstance(value, torch.Tensor):
        tensors[path] = value.detach().cpu().contiguous().clone()
        return {"tensor": path}
    if isinstance(value, list | tuple):
        items = [encode(item, f"{path}/{index}", tensors) for index, item in enumerate(value)]
        return items if isinstance(value, list) else {"tuple": items}
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return {"dict": {key: encode(item, f"{path}/{key}", tensors) for key, item in value.items()}}
    raise TypeError(f"{path} holds a {type(value).__name__}; an answer is made of numbers, strings, tensors and lists.")


def decode(data: Any, tensors: Mapping[str, torch.Tensor]) -> Any:
    """Return the value that `encode` turned into `data`.

    >>> decode({"tuple": [1, {"float": "inf"}]}, {})
    (1, inf)
    """
    if isinstance(data, list):
        return [decode(item, tensors) for item in data]
    if not isinstance(data, dict):
        return data
    ((kind, content),) = data.items()
    if kind == "tensor":
        return tensors[content]
    if kind == "float":
        return float(content)
    if kind == "tuple":
        return tuple(decode(item, tensors) for item in content)
    return {key: decode(item, tensors) for key, item in content.items()}


def identical(a: Any, b: Any, rtol: float = 0.0, atol: float = 0.0) -> bool:
    """Return whether two plain values are equal in type, shape, dtype and every value; NaN equals NaN.

    With `rtol` or `atol`, fractions may differ by rounding, as they do with another number of threads.

    >>> identical([1, torch.ones(2)], [1, torch.ones(2)]), identical((1,), [1])
    (True, False)
    >>> identical(torch.tensor(1.0), torch.tensor(1.0000001)), identical(0.1, 0.10000001, *ROUNDING)
    (False, True)
    """
    if isinstance(a, torch.Tensor) and isinstance(b, torch.Tensor):
        if a.shape != b.shape or a.dtype != b.dtype:
            return False
        same = (a == b) | ((a != a) & (b != b))
        if (rtol or atol) and a.is_floating_point():
            same |= torch.isclose(a, b, rtol=rtol, atol=atol)
        return bool(same.all())
    if type(a) is not type(b):
        return False
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(identical(x, y, rtol, atol) for x, y in zip(a, b, strict=True))
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(identical(a[key], b[key], rtol, atol) for key in a)
    if (rtol or atol) and isinstance(a, float) and math.isclose(a, b, rel_tol=rtol, abs_tol=atol):
        return True
    return bool(a == b) or (a != a and b != b)
