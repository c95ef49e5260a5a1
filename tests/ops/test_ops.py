"""What `se.ops` offers: each name is there whichever module was imported first, and nothing loads before it is used."""

import ast
import subprocess
import sys
from pathlib import Path

import segedu
from segedu import ops

STUB = Path(segedu.__file__).parent / "ops" / "__init__.pyi"
LINES = [node for node in ast.parse(STUB.read_text()).body if isinstance(node, ast.ImportFrom)]


def test_every_name_of_the_stub_is_offered() -> None:
    names = [alias.name for line in LINES for alias in line.names]
    assert sorted(names) == sorted(ops.__all__)
    for name in names:
        assert callable(getattr(ops, name)), name


def test_no_module_has_the_name_of_a_function() -> None:
    modules = {path.stem for path in STUB.parent.rglob("*.py")} | {path.name for path in STUB.parent.iterdir()}
    assert not modules & set(ops.__all__)


def test_one_operator_does_not_load_the_others() -> None:
    code = "import sys, segedu.ops; segedu.ops.output_size(5, 3); print('segedu.ops.upsampling' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "False\n"
