"""What `import segedu` costs on top of torch: the best of seven fresh interpreters."""

import subprocess
import sys

CODE = "import time, torch; t = time.perf_counter(); import segedu; print(time.perf_counter() - t)"


def main() -> None:
    """Print the seconds beside the bound, 0.3 s on top of torch; tests count the loaded modules instead."""
    seconds = min(float(subprocess.check_output([sys.executable, "-c", CODE])) for _ in range(7))
    print(f"import segedu on top of torch: {seconds:.3f} s (bound 0.300 s)")


if __name__ == "__main__":
    main()
