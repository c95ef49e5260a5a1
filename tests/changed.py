"""Print the tests of what has changed since `main`: `python tests/changed.py`, as `make quick` does.

A file of the package is tested by the file of its name in the mirrored folder of tests/, or by that whole folder; a
lecture and its exercises by their checkers; a changed test by itself. The rules of the house are always among them.
"""

import subprocess
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HOUSE = "tests/house"


def changed_files() -> list[str]:
    """Return the paths that differ from the branch point from main, and those that git doesn't know yet."""
    base = _git("merge-base", "HEAD", "origin/main") or _git("merge-base", "HEAD", "main") or ["HEAD"]
    return _git("diff", "--name-only", base[0]) + _git("ls-files", "--others", "--exclude-standard")


def covering(paths: Iterable[str]) -> list[str]:
    """Return the test files and folders that exist for these paths, each once, house rules first.

    >>> covering(["segedu/ops/conv.py", "README.md"])
    ['tests/house', 'tests/ops/test_conv.py']
    """
    chosen = [HOUSE]
    for path in paths:
        chosen += [name for name in _candidates(Path(path)) if (ROOT / name).exists()][:1]
    return list(dict.fromkeys(chosen))


def _candidates(path: Path) -> list[str]:
    """Return where a file's tests may stand, the nearest first."""
    top = path.parts[0]
    if top == "tests":
        is_test = path.name.startswith("test_") and path.suffix == ".py"
        return [path.as_posix() if is_test else path.parent.as_posix()]
    if top in ("lectures", "grading"):
        return [f"tests/checkers/test_lecture{_number(path)}.py"]
    if path.parts[:2] == ("segedu", "exercises") and path.parts[2].startswith("lecture"):
        return [f"tests/checkers/test_{path.parts[2]}.py"]
    if top != "segedu":
        return []
    mirrored = Path("tests", *path.parts[1:-1])
    folders = [folder.as_posix() for folder in (mirrored, *mirrored.parents) if folder.parts[1:]]
    return [f"{mirrored.as_posix()}/test_{path.stem.removeprefix('_')}.py", *folders]


def _number(path: Path) -> str:
    """Return the two digits of a lecture in a file's name, "03_convolution.py" or "lecture03.py"."""
    return "".join(filter(str.isdigit, path.stem))[:2]


def _git(*arguments: str) -> list[str]:
    """Return the lines that git prints, none where it fails."""
    run = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    return run.stdout.split("\n")[:-1] if run.returncode == 0 else []


if __name__ == "__main__":
    print(*covering(changed_files()))
