"""The tests of the engine share one sample exercise, `scaled_relu.py`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
