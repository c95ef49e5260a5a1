"""From sdist to wheel to an environment that knows no checkout: what `pip install segedu` gives works there."""

import os
import re
import shutil
import site
import subprocess
import sys
import tarfile
import tomllib
from pathlib import Path

import pytest

import segedu as se

ROOT = Path(__file__).resolve().parents[2]
OFFLINE = ROOT / "tests" / "notebooks" / "offline"
NOTEBOOKS = ("01_segmentation", "02_pixel_classification", "09_metrics")  # with shipped weights and results
QUIET = ["-p", "no:cacheprovider", "-o", "addopts=", "-o", "timeout=0"]


@pytest.fixture(scope="module")
def sdist(tmp_path_factory):
    """Build the sdist of the checkout."""
    folder = tmp_path_factory.mktemp("sdist")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "sdist", "--directory", str(folder)]
    finish(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False))
    (path,) = folder.iterdir()
    return path


@pytest.fixture(scope="module")
def bare(sdist, tmp_path_factory):
    """Return a function that runs a bare environment's Python outside of the repository and returns what it printed.

    The environment holds what pip makes of the sdist, and sees the libraries that are installed here; the checkout is
    not on its path, for a `.pth` file that another one points to is not read.
    """
    folder = tmp_path_factory.mktemp("bare")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder / "env")], check=True)
    (packages,) = (folder / "env").glob("[Ll]ib/**/site-packages")
    (packages / "libraries.pth").write_text("\n".join(site.getsitepackages()) + "\n", encoding="utf-8")
    install = ["install", "--quiet", "--no-deps", "--no-index", "--no-build-isolation", "--target", str(packages)]
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", *install, str(sdist)]
    finish(subprocess.run(pip, cwd=folder, capture_output=True, text=True, check=False))
    python = folder / "env" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "SEGEDU"))}
    environment = kept | {"PYTHONPATH": str(OFFLINE), "OMP_NUM_THREADS": "1", "HOME": str(folder)}
    environment["PYDEVD_DISABLE_FILE_VALIDATION"] = "1"

    def run(*arguments):
        command = [str(python), *map(str, arguments)]
        return finish(subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False))

    run.folder = folder
    return run


def finish(done):
    """Return what a process printed; fail with it if the process failed."""
    assert done.returncode == 0, (done.stdout + done.stderr)[-6000:]
    return done.stdout


# One version


def test_the_version_stands_in_one_place(sdist):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert "version" not in project
    assert sdist.name == f"segedu-{se.__version__}.tar.gz"
    cited = re.search(r"^version: (\S+)$", (ROOT / "CITATION.cff").read_text(encoding="utf-8"), re.MULTILINE)
    assert cited[1] == se.__version__


# What is in it


def test_the_sdist_holds_the_package_what_ships_of_data_and_no_truth(sdist):
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    tops = {name.partition("/")[0] for name in names}
    assert tops == {"segedu", "data", "README.md", "LICENSE", "pyproject.toml", "PKG-INFO", ".gitignore"}
    assert {"data/manifest.json", "data/results/03_ablation.json", "data/weights/unet_scenes.safetensors"} <= names
    assert "segedu/course/build/notebook.py" in names
    assert not any(name.startswith("data/downloads") for name in names)


def test_the_wheel_holds_each_file_of_the_package_and_each_that_ships(bare):
    listed = subprocess.run(
        ["git", "ls-files", "segedu", "data"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("no git here, so nothing says which files belong to the package")
    shipped = ("segedu/", "data/manifest.json", "data/photos/", "data/weights/", "data/results/")
    belong = [name for name in listed.stdout.splitlines() if name.startswith(shipped) and (ROOT / name).exists()]
    places = [re.sub("^data/", "segedu/_shipped_data/", name) for name in belong]
    printed = bare("-c", "import segedu; print(segedu.__path__[0])").strip()
    installed = Path(printed).parent
    assert installed.is_relative_to(bare.folder)
    assert [name for name in places if not (installed / name).exists()] == []
    assert not (installed / "grading").exists()


# It works outside of the repository


def test_shipped_data_is_found_and_downloads_go_home(bare):
    code = """
import importlib.metadata, importlib.util
import segedu as se
from segedu._shipped import downloads

print(se.shipped("results/03_ablation.json").stat().st_size > 0)
print(se.load_weights(se.UNet(3, 10, width=8, depth=4), "unet_scenes").training)
print(importlib.metadata.version("segedu") == se.__version__)
print(importlib.util.find_spec("grading"))
print(downloads())
"""
    home = bare.folder / ".cache" / "segedu"
    assert bare("-c", code).splitlines() == ["True", "False", "True", "None", str(home)]


def test_every_public_name_can_be_had(bare):
    code = "import segedu as se; print(len([getattr(se, name) for name in se.__all__]))"
    assert int(bare("-c", code)) == len(se.__all__)


def test_the_readmes_python_runs(bare):
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (snippet,) = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    for long, short in {"Scenes(512)": "Scenes(8)", "Scenes(64,": "Scenes(2,", "minutes=1": "steps=2"}.items():
        assert long in snippet
        snippet = snippet.replace(long, short)
    snippet += '\nassert label_map.shape == se.photo("coffee").shape[-2:]\n'
    bare("-c", snippet)


def test_the_commands_run(bare):
    assert "camvid" in bare("-m", "segedu", "data")
    small = ["--size", "32", "48", "--width", "4", "--depth", "2", "--batch", "2", "--steps", "2", "--device", "cpu"]
    printed = bare("-m", "segedu", "train", "unet", "--data", "scenes", *small, "--out", "run")
    assert "mean IoU" in printed
    assert (bare.folder / "run" / "worst_and_best.png").exists()


@pytest.mark.slow
@pytest.mark.parametrize("stem", NOTEBOOKS)
def test_a_students_notebook_runs(bare, stem):
    shutil.copy(ROOT / "notebooks" / f"{stem}.ipynb", bare.folder)
    options = ["--nbval-lax", "--nbval-current-env", "--nbval-cell-timeout", "60"]
    printed = bare("-m", "pytest", *options, *QUIET, "-p", "no:xdist", bare.folder / f"{stem}.ipynb")
    assert "passed" in printed
