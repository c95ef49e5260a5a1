"""What the claims share: `for_each` beside them can be imported; a full run is kept in data/claims.json."""

import os
import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import claims_record

_found: dict[str, dict[str, Any]] = {}


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note how a claim ended, its seeds and cases as one: it failed if one of them did. What was skipped has no end."""
    claim = report.nodeid.split("tests/claims/")[-1].split("[")[0]
    if report.when != "call" or "test_lecture" not in claim or report.skipped:
        return
    so_far = _found.setdefault(claim, {"outcome": "passed", "cases": 0, "seconds": 0.0})
    so_far["cases"] += 1
    so_far["seconds"] = round(so_far["seconds"] + report.duration, 1)
    if report.failed:
        so_far["outcome"] = "failed"


def pytest_sessionfinish() -> None:
    """Write the record of a full run."""
    if os.environ.get("SEGEDU_CLAIMS") == "full" and _found:
        claims_record.write(_found)
