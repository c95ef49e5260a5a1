"""One list of dependencies: pyproject.toml declares them; the files for conda and for pinned versions follow it."""

import re
import tomllib
from itertools import chain

from tests.house.imports import ROOT


def test_conda_installs_what_pyproject_declares():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = project["dependencies"] + project["optional-dependencies"]["lab"]
    conda_names = {"torch": "pytorch", "matplotlib": "matplotlib-base"}
    expected = {re.sub(r"^[\w-]+", lambda m: conda_names.get(m[0], m[0]), entry) for entry in declared}
    listed = set(re.findall(r"^  - ([\w-]+>=[\d.]+)$", (ROOT / "environment.yml").read_text(), re.MULTILINE))
    assert listed - {"python>=3.11"} == expected


def test_constraints_pin_every_declared_dependency():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = [*project["dependencies"], *chain(*project["optional-dependencies"].values())]
    pinned = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if "==" in line]

    def canonical(names):
        return {re.match(r"[\w-]+", name)[0].lower().replace("_", "-") for name in names}

    assert canonical(declared) <= canonical(pinned)
