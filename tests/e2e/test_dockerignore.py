""".dockerignore as devkit reads it, against what docker build itself leaves out."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from devkit.watch.ignoring import DockerIgnore
from tests.e2e.machine import checked
from tests.files import build_file_tree

if TYPE_CHECKING:
    from pathlib import Path

TREE = (
    "a.py", "b.md", "keep.md", "README.md", "x/a.py", "x/b.md", "x/y/a.py", "x/y/keep.md",
    "x/y/z/deep.txt", "build/out.js", "build/keep/out.js", "docs/index.md", "docs/keep.md",
    "sub/docs/index.md", "sub/build/out.js", ".env", ".env.dev", "sub/.env", "a b.txt", "a+b.txt",
    "a.b", "aXb", "#hash", "!bang", "star*", "starry", "[x].txt", "data/one", "data/two",
    "data/sub/three", "node_modules/m/index.js", "sub/node_modules/m/index.js", "name", "xname",
    "sub/name", "sub/xname", "logs/a.log", "logs/b.txt", "case/File", "case/file", "café/é.txt",
)  # fmt: skip
"""Paths of all the kinds that the patterns below are about."""
CASES = {
    "names": "a.py\n/b.md\nx/y/\nmissing\n",
    "stars": "*.md\n!keep.md\n*/build\n",
    "any-depth": "**/*.md\n!**/keep.md\n**/node_modules\n",
    "all-but": "*\n!x/y\n!data/sub/three\n!build/keep\nx/y/z\n",
    "folder-and-back": "docs\n!docs/keep.md\nx\n!x/y/a.py\n",
    "comments": "# all\n #hash\n\n  a.py  \n",
    "special": "a+b.txt\na.b\nstar\\*\n[[]x].txt\n?ame\n\\#hash\n\\!bang\n",
    "classes": "case/[A-G]ile\n[a-b].[^b]*\nlogs/[!a]*\n",
    "odd-paths": "./x/../data/./one\nsub//docs\n/build/\ndata/**\n!data/two\n",
    "two-stars": "**name\n!sub/**/xname\nlogs/**/a.log\n**/y/**/deep.txt\n",
    "windows": "\ufeffa.py\r\nx/y\r\n",
    "accents": "caf?\n",
    "everything": "**\n!**/a.py\n",
}


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("odd")
    return build_file_tree(root, dict.fromkeys(TREE, "x\n"))


@pytest.mark.parametrize("case", CASES)
def test_the_build_gets_what_is_not_left_out(tree: Path, tmp_path: Path, case: str) -> None:
    (tree / ".dockerignore").write_text(CASES[case], encoding="utf-8")
    dockerfile = tmp_path / "Dockerfile"
    dockerfile.write_text("FROM scratch\nCOPY . /\n", encoding="utf-8")
    out = tmp_path / "out"
    checked("docker", "build", "--quiet", "--file", str(dockerfile), "--output", str(out), ".",
            cwd=tree)  # fmt: skip
    got = {
        os.path.relpath(os.path.join(where, name), out)  # noqa: PTH118
        for where, _, names in os.walk(out)
        for name in names
    }
    ignore = DockerIgnore(CASES[case])
    assert got - {".dockerignore"} == {path for path in TREE if not ignore.leaves_out(path)}
