"""Real git repositories, made from a folder's picture and apart from the user's configuration."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.files import build_file_tree

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

ENVIRONMENT: Mapping[str, str] = {
    "PATH": os.environ["PATH"],
    "HOME": "/nonexistent",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.org",
    "GIT_AUTHOR_DATE": "2024-05-06T07:08:09+00:00",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.org",
    "GIT_COMMITTER_DATE": "2024-05-06T07:08:09+00:00",
}


@dataclass(frozen=True, kw_only=True)
class Repo:
    """A repository with a working tree."""

    path: Path

    def git(self, *arguments: str, stdin: str = "", **environment: str) -> str:
        """Run git in it; returns what it printed, without the last line end."""
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.path,
            env={**ENVIRONMENT, **environment},
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.removesuffix("\n")

    def commit(self, files: Mapping[str, str | bytes], message: str = "Change") -> str:
        """Write files, commit everything, and return the commit's name."""
        build_file_tree(self.path, files)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)
        return self.head

    def commit_tree(self, *entries: str) -> str:
        """Commit a tree of `git mktree` lines on top of HEAD, as no `git add` would make it."""
        tree = self.git("mktree", "--missing", stdin="".join(f"{entry}\n" for entry in entries))
        return self.git("commit-tree", "-p", "HEAD", "-m", "Odd", tree)

    @property
    def head(self) -> str:
        """The commit that is checked out."""
        return self.git("rev-parse", "HEAD")


def make_repo(
    path: Path, files: Mapping[str, str | bytes] | None = None, *, object_format: str = "sha1"
) -> Repo:
    """Make a repository on branch main; with files, their commit in it."""
    path.mkdir(parents=True, exist_ok=True)
    repo = Repo(path=path)
    repo.git("init", "--quiet", "--initial-branch=main", f"--object-format={object_format}")
    if files is not None:
        repo.commit(files, "First")
    return repo


def picture(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Mode and content of every file under a folder, to compare it with itself later."""
    return {
        str(path.relative_to(folder)): (path.lstat().st_mode, path.read_bytes())
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_symlink()
    }
