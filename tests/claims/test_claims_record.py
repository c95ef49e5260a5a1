"""The record of `make claims`: it keeps what wasn't run, says who made what, and is whole at any time."""

import json
from pathlib import Path

import claims_record


def test_a_run_replaces_its_own_claims_and_keeps_the_others(tmp_path: Path) -> None:
    path = tmp_path / "claims.json"
    claims_record.write({"a": {"outcome": "passed", "seconds": 1.0}, "b": {"outcome": "failed", "seconds": 2.0}}, path)
    claims_record.write({"b": {"outcome": "passed", "seconds": 3.0}}, path)
    record = json.loads(path.read_text(encoding="utf-8"))
    assert [(name, claim["outcome"], claim["seconds"]) for name, claim in record.items()] == [
        ("a", "passed", 1.0),
        ("b", "passed", 3.0),
    ]
    assert all({"commit", "day", "machine", "torch"} <= set(claim) for claim in record.values())
    assert list(tmp_path.iterdir()) == [path]


def test_every_recorded_claim_passed_and_still_exists() -> None:
    """A claim that failed in full, or that was renamed, must not stand in the record unnoticed."""
    if not claims_record.RECORD.exists():
        return
    record = json.loads(claims_record.RECORD.read_text(encoding="utf-8"))
    for name, claim in record.items():
        file, function = name.split("::", 1)
        assert f"def {function}(" in (Path(__file__).parent / file).read_text(encoding="utf-8"), name
        assert claim["outcome"] == "passed", name
