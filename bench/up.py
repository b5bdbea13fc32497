"""The commands of the day beside plain docker compose on the same generated file, in one run.

Usage: .venv/bin/python bench/up.py [RUNS]
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from timing import alternate, report

SAMPLE_APP = Path(__file__).resolve().parents[1] / "sample-app"
COMPOSE_UP = ["docker", "compose", "up", "--detach", "--wait"]
UNTIL_ANSWERED = """\
docker compose up --detach --wait
until curl --silent --output /dev/null http://127.0.0.1:{port}/; do sleep 0.05; done
"""
"""Until the page answers, as with `devkit up`; Compose waits for starts and health checks alone."""
COMPOSE_MIGRATE = ["docker", "compose", "run", "--rm", "--no-TTY", "web", "start", "migrate"]

SHORT = {
    "run": ("docker compose run --rm --no-TTY web true", "devkit run true"),
    "exec": ("docker compose exec --no-TTY web true", "devkit exec true"),
    "logs": ("docker compose logs --tail 5 web", "devkit logs --tail 5 web"),
    "status": ("docker compose ps", "devkit status"),
}
"""Plain docker compose, and devkit's own."""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


def _nothing_of(app: Path) -> None:
    down = ["docker", "compose", "down", "--volumes", "--timeout", "0", "--rmi", "local"]
    subprocess.run(down, cwd=app, check=True, capture_output=True)


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    devkit = str(Path(sys.executable).parent / "devkit")
    with tempfile.TemporaryDirectory() as folder:
        app = Path(folder) / "bench"
        shutil.copytree(SAMPLE_APP, app, ignore=shutil.ignore_patterns("data", ".devkit"))
        text = (app / "devkit.yaml").read_text().replace("name: sample-app", "name: devkit-bench")
        port = free_port()
        text = text.replace("publish: 8000", f"publish: {port}")
        (app / "devkit.yaml").write_text(text)
        try:
            subprocess.run([devkit, "up"], cwd=app, check=True)
            print("\nfirst up: no container, volume, network or image; layers from the cache")
            answered = ["sh", "-c", UNTIL_ANSWERED.format(port=port)]
            first = {"docker compose up, and curl": answered, "devkit up": [devkit, "up"]}
            timings = alternate(first, runs=runs, cwd=app, before_each=lambda: _nothing_of(app))
            report(timings, against="docker compose up, and curl")
            up = {"docker compose up -d --wait": COMPOSE_UP, "devkit up": [devkit, "up"]}
            subprocess.run([devkit, "migrate"], cwd=app, check=True)
            print("\nup, where everything is up already")
            report(alternate(up, runs=runs, cwd=app), against="docker compose up -d --wait")
            print("\nmigrate, with nothing to do")
            migrate = {
                "docker compose run --rm web start migrate": COMPOSE_MIGRATE,
                "devkit migrate": [devkit, "migrate"],
            }
            timings = alternate(migrate, runs=runs, cwd=app)
            report(timings, against="docker compose run --rm web start migrate")
            for name, (plain, ours) in SHORT.items():
                print(f"\n{name}")
                timings = alternate({plain: plain.split(), ours: [devkit, *ours.split()[1:]]},
                                    runs=runs, cwd=app)  # fmt: skip
                report(timings, against=plain)
        finally:
            subprocess.run([devkit, "down", "--volumes", "--yes"], cwd=app, check=False)
            subprocess.run(["docker", "image", "rm", "-f", "devkit-bench-web"], check=False)


if __name__ == "__main__":
    main()
