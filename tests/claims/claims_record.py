"""Keep what `make claims` found in data/claims.json: how each claim ended, on which commit and which machine."""

import datetime
import json
import os
import platform
import subprocess
from pathlib import Path
from typing import Any

import torch

from segedu.files import write_text

ROOT = Path(__file__).resolve().parents[2]
RECORD = ROOT / "data" / "claims.json"


def updated(before: dict[str, Any], found: dict[str, dict[str, Any]], made: dict[str, Any]) -> dict[str, Any]:
    """Return the record with the claims of this run in place of their old ones; those that weren't run are kept.

    >>> updated({"a": {"outcome": "failed"}, "b": {"outcome": "passed"}}, {"a": {"outcome": "passed"}}, {"cores": 2})
    {'a': {'outcome': 'passed', 'cores': 2}, 'b': {'outcome': 'passed'}}
    """
    return dict(sorted((before | {name: claim | made for name, claim in found.items()}).items()))


def maker() -> dict[str, Any]:
    """Return the commit, the day and the machine; a commit with changes on top ends in "+"."""
    commit = git("rev-parse", "--short=12", "HEAD") + (
        "+" if git("status", "--porcelain", "--untracked-files=no") else ""
    )
    day = datetime.datetime.now(datetime.UTC).date().isoformat()
    return {"commit": commit, "day": day, "machine": f"{os.cpu_count()} × {processor()}", "torch": torch.__version__}


def git(*arguments: str) -> str:
    """Return what git says, or "unknown" outside of a checkout."""
    done = subprocess.run(["git", "-C", str(ROOT), *arguments], capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else "unknown"


def processor() -> str:
    """Return the processor's name as Linux knows it, else the kind of machine."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.machine()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def write(found: dict[str, dict[str, Any]], path: Path = RECORD) -> None:
    """Put the claims of this run into the record: written beside it, then moved over it."""
    before = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    record = updated(before, found, maker())
    lines = [f"{json.dumps(name)}: {json.dumps(claim, ensure_ascii=False)}" for name, claim in record.items()]
    text = "{\n" + ",\n".join(lines) + "\n}\n"  # a claim a line, so that a changed one is a changed line
    write_text(path, text)
