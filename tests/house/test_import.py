"""What `import segedu` may cost and do: it loads two modules, prints nothing, and leaves the generators alone.

Its seconds are measured by bench/bench_import.py; a clock is no judge on a busy machine, a count is.
"""

import json
import subprocess
import sys
from functools import cache

# One fresh interpreter answers all questions: torch alone takes seconds to load.
CODE = """
import json, sys
import torch
seed, before = torch.initial_seed(), set(sys.modules)
import segedu
loaded = sorted(set(sys.modules) - before)
same_seed = torch.initial_seed() == seed
import segedu.seeding, segedu._shipped
print(json.dumps({"loaded": loaded, "same seed": same_seed and torch.initial_seed() == seed}))
"""


@cache
def answers():
    """Return what a fresh interpreter says after `import segedu`; anything else that it printed is no JSON."""
    return json.loads(subprocess.check_output([sys.executable, "-c", CODE], text=True))


def test_it_loads_itself_and_the_lazy_loader():
    assert answers()["loaded"] == ["lazy_loader", "segedu"]


def test_it_seeds_nothing_and_prints_nothing():
    assert answers()["same seed"]
