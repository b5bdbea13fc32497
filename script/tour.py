"""Plays docs/tour.md on this machine and writes what each command really answers.

Usage: .venv/bin/python script/tour.py

The tour is its own script. In a fenced block that is marked ``console`` each line that begins with
the prompt is typed, all of them into one shell, and what follows it is replaced by what it answers.
``<!-- $ ... -->`` is typed, too, and not shown. A block marked ``console of=FILE`` is another
terminal's: below its first line stands what is in that file at the end.

The project of the tour is a copy of sample-app/ without what devkit writes, in a temporary folder
that stands as ``~/bookshop`` in the text. All that the tour starts is removed at the end.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TOUR = ROOT / "docs" / "tour.md"
PART = re.compile(
    r"(?ms)^```console(?: of=(?P<of>\S+))?\n(?P<body>.*?)^```$|<!-- \$ (?P<quiet>.*?) -->"
)
REFUSED = re.compile(r"devkit: (?!.* let through\.$)")
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
PROMPT = "~/bookshop$ "
"""Not the bare dollar: devkit shows the commands that it runs behind one, too."""
LONGEST = 26
"""Lines of one answer; of a longer one the middle is left out."""
END = "--- the command has ended ---"
WRITTEN_BY_DEVKIT = (
    ".devkit",
    "data",
    ".env-local",
    "docker-compose.yml",
    "devkit.yaml",
    "__pycache__",
)
LEAVE = """
devkit deploy stop test --volumes --yes
devkit down --volumes --yes
docker image ls --quiet --filter label=io.devkit.image=bookshop | xargs -r docker image rm --force
docker image rm --force bookshop-web
docker volume ls --quiet --filter name=^bookshop-snapshot- | xargs -r docker volume rm
"""


class Shell:
    """One shell, into which the whole tour is typed."""

    def __init__(self, home: Path) -> None:
        environment = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": str(home),
            "COLUMNS": "100",
            "NO_COLOR": "1",
            "GIT_CONFIG_GLOBAL": str(home / ".gitconfig"),
        }
        self._home = str(home)
        self._bash = subprocess.Popen(
            ["bash", "--noprofile", "--norc"],
            cwd=home, env=environment, text=True, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def type(self, command: str) -> str:
        """What a command answers, standard error included."""
        assert self._bash.stdin is not None
        assert self._bash.stdout is not None
        # Its standard input is not the tour's own.
        self._bash.stdin.write(f"{{ {command}\n}} </dev/null\necho; echo '{END}'\n")
        self._bash.stdin.flush()
        lines = []
        while (line := self._bash.stdout.readline()) and line.strip() != END:
            lines.append(line)
        return self.shown("".join(lines))

    def shown(self, text: str) -> str:
        """As it stands in the tour."""
        text = ESCAPES.sub("", text).replace(self._home, "~")
        lines = [line.rstrip() for line in text.strip("\n").splitlines()]
        if len(lines) > LONGEST:
            lines[LONGEST // 2 : -LONGEST // 2] = ["    ..."]
        return "".join(f"{line}\n" for line in lines)


def play(text: str, shell: Shell, home: Path) -> str:
    """The tour with the answers of today."""

    def answered(part: re.Match[str]) -> str:
        if part["quiet"]:
            shell.type(part["quiet"])
        if part["quiet"] or part["of"]:
            return part[0]
        commands = re.findall(rf"(?m)^{re.escape(PROMPT)}(.*)$", part["body"])
        said = [f"{PROMPT}{command}\n{shell.type(command)}" for command in commands]
        return f"```console\n{''.join(said)}```"

    def of_file(part: re.Match[str]) -> str:
        if not part["of"]:
            return part[0]
        first = part["body"].splitlines()[0]
        told = shell.shown((home / part["of"]).read_text(encoding="utf-8"))
        return f"```console of={part['of']}\n{first}\n{told}```"

    return PART.sub(of_file, PART.sub(answered, text))


def refuse_leftovers() -> None:
    """Stop where there is a bookshop already: what it has would be taken for the tour's."""
    command = ["docker", "volume", "ls", "--quiet", "--filter", "name=^bookshop[-_]"]
    found = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    if found:
        raise SystemExit(f"There is a project bookshop already, with {', '.join(found)}.")


def refuse_errors(told: str) -> None:
    """Stop where a command refused what it was asked: no step of the tour is meant to fail so."""
    refused = [line for line in told.splitlines() if REFUSED.match(line)]
    if refused:
        raise SystemExit("\n".join(["Not written, as a command of the tour failed:", *refused]))


def main() -> None:
    """Play it, write it, and leave nothing behind."""
    refuse_leftovers()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        ignored = shutil.ignore_patterns(*WRITTEN_BY_DEVKIT)
        shutil.copytree(ROOT / "sample-app", home / "bookshop", ignore=ignored)
        shell = Shell(home)
        try:
            told = play(TOUR.read_text(encoding="utf-8"), shell, home)
            refuse_errors(told)
            TOUR.write_text(told, encoding="utf-8")
        finally:
            shell.type(f"cd ~/bookshop\n{LEAVE}")


if __name__ == "__main__":
    main()
