"""``devkit verify`` beside the same deployment as a shell script, alternating in one run.

Usage: .venv/bin/python bench/verify.py [RUNS] [FOLDER]

FOLDER is a project with a Dockerfile; the sample application where none is named. It is copied
into a repository of its own.

How the comparison is fair:

- Both do the same: the services (Postgres, a storage volume), a clean clone that is checked, the
  build with ``--pull --no-cache``, each release command in a container of its own, as many web
  containers as live has, the gate with its slots of 0.4 s at each container's own address, and the
  removing of all of it but the image, of which both keep those of the last three commits.
- ``verify.sh`` is written as one would write it to be trusted, one step after the other, and
  nothing in it waits longer than it has to. What devkit does beyond it (telling what the cloud's
  check-out would stumble over, looking for what dead runs left, a record) counts as its time.
- They take turns, on the same engine, and the one that begins changes with each turn.
- Each turn is for a new commit with a new tree: there is no receipt and no image to use again.
  One turn for each to warm up does not count: base images are pulled and bytecode is written.
- devkit rehearses the new version alone (``--no-from``), as the script does.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from timing import alternate, report

SAMPLE_APP = Path(__file__).resolve().parents[1] / "sample-app"
SCRIPT = Path(__file__).with_suffix(".sh")
AS_A_SCRIPT = "as a shell script"
NAME = "devkit-bench"
GOAL = 0.9


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    source = Path(sys.argv[2]).resolve() if len(sys.argv) > 2 else SAMPLE_APP  # noqa: PLR2004
    devkit = str(Path(sys.executable).parent / "devkit")
    with tempfile.TemporaryDirectory() as folder:
        app = Path(folder) / NAME
        shutil.copytree(source, app, ignore=shutil.ignore_patterns(".git", "data", ".devkit"))
        rename(app / "devkit.yaml")
        git(app, "init", "--quiet", "--initial-branch=main")
        project = json.loads(output(devkit, "config", "show", "--json", cwd=app))
        try:
            timings = alternate(
                {
                    AS_A_SCRIPT: script_words(app, project),
                    "devkit verify": [devkit, "verify", "--no-from"],
                },
                runs=runs,
                cwd=app,
                before_turn=lambda turn: commit(app, turn),
            )
        finally:
            remove_images(f"devkit/{NAME}", f"{NAME}-script")
    report(timings, against=AS_A_SCRIPT)
    print(f"The goal is a ratio of at most {GOAL}.")


def script_words(app: Path, project: dict[str, Any]) -> list[str]:
    containers, port = project["environments"]["live"]["containers"], project["web"]["port"] or 80
    where = [str(app), f"{NAME}-script", str(containers), str(port)]
    return ["bash", str(SCRIPT), *where, *project["release"]]


def rename(config: Path) -> None:
    """Give the copy a name of its own, so that no image of the project's is touched."""
    lines = config.read_text().splitlines() if config.is_file() else []
    rest = [line for line in lines if not line.startswith("name:")]
    config.write_text("\n".join([f"name: {NAME}", *rest, ""]))


def commit(app: Path, turn: int) -> None:
    (app / "turn.txt").write_text(f"{turn}\n")
    git(app, "add", "--all")
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com")
    git(app, *who, "commit", "--quiet", "--no-verify", "--message", f"Turn {turn}")


def git(app: Path, *words: str) -> None:
    subprocess.run(["git", *words], cwd=app, check=True)


def output(*words: str, cwd: Path | None = None) -> str:
    return subprocess.run(words, cwd=cwd, check=True, capture_output=True, text=True).stdout


def remove_images(*repositories: str) -> None:
    for repository in repositories:
        listed = output("docker", "image", "ls", "--quiet", repository)
        for image in listed.split():
            subprocess.run(["docker", "image", "rm", "--force", image], check=False)


if __name__ == "__main__":
    main()
