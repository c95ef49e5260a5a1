"""Run every benchmark and print its ratios: `make bench`, or `python bench/run.py metrics trainer`."""

import runpy
import sys
from pathlib import Path

FOLDER = Path(__file__).parent


def main(names: list[str]) -> None:
    """Run the named benchmarks, or all of them; each file prints its own lines."""
    found = {path.stem.removeprefix("bench_"): path for path in sorted(FOLDER.glob("bench_*.py"))}
    unknown = set(names) - set(found)
    if unknown:
        raise SystemExit(f"no benchmark is called {sorted(unknown)}; there are {sorted(found)}")
    for name in names or found:
        print(f"== {name}", flush=True)
        runpy.run_path(str(found[name]), run_name="__main__")


if __name__ == "__main__":
    main(sys.argv[1:])
