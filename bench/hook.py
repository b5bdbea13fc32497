"""How long the hook takes where there is a receipt, beside `git rev-parse HEAD` and bare Python.

Usage: .venv/bin/python bench/hook.py [RUNS]
"""

from __future__ import annotations

import os
import shlex
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from timing import alternate, report

from devkit.engine.git import find_repository
from tests.functional.receipts import give_receipt
from tests.functional.repos import make_repo

BASE = "git rev-parse HEAD; python -c pass"
HOOK = "pre-push hook, with a receipt"
LIMIT = 0.150
"""Seconds above ``BASE`` that the hook may take."""


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 21
    # A person's Python keeps its byte code.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    devkit = str(Path(sys.executable).parent / "devkit")
    with tempfile.TemporaryDirectory() as folder:
        repo = make_repo(Path(folder) / "shop", {"Dockerfile": "FROM scratch\n"})
        repo.git("init", "--quiet", "--bare", "../remote.git")
        subprocess.run([devkit, "hook", "install"], cwd=repo.path, check=True)
        give_receipt(repo)
        hook = find_repository(repo.path, os.environ).common_dir / "hooks/pre-push"
        line = f"refs/heads/main {repo.head} refs/heads/main {'0' * 40}"
        timings = alternate(
            {
                BASE: ["sh", "-c", f"git rev-parse HEAD; {shlex.quote(sys.executable)} -c pass"],
                HOOK: ["sh", "-c", f"echo {line} | {shlex.quote(str(hook))} origin ../remote.git"],
            },
            runs=runs,
            cwd=repo.path,
        )
    report(timings, against=BASE)
    more = statistics.median(timings[HOOK]) - statistics.median(timings[BASE])
    print(f"{more * 1000:.0f} ms above; the limit is {LIMIT * 1000:.0f} ms")


if __name__ == "__main__":
    main()
