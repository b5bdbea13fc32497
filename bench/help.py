"""How long ``devkit --help`` takes beside a two-command Typer program, alternating in one run.

Usage: .venv/bin/python bench/help.py [RUNS]
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from timing import alternate, report

TWO_COMMANDS = '''
import typer
app = typer.Typer()

@app.command()
def hello(name: str) -> None:
    """Say hello."""

@app.command()
def bye(name: str, formal: bool = False) -> None:
    """Say goodbye."""

app()
'''


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    devkit = Path(sys.executable).parent / "devkit"
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "two.py"
        program.write_text(TWO_COMMANDS)
        timings = alternate(
            {
                "devkit --help": [str(devkit), "--help"],
                "devkit --version": [str(devkit), "--version"],
                "two-command Typer program --help": [sys.executable, str(program), "--help"],
            },
            runs=runs,
            cwd=Path(folder),
        )
    report(timings, against="two-command Typer program --help")


if __name__ == "__main__":
    main()
