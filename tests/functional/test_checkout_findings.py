"""What the cloud refuses of a commit, or checks out in another way: real repositories."""

from __future__ import annotations

import asyncio
import random
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from devkit.deployment.tree_rules import EMPTY_TREES
from devkit.engine.git import find_repository
from devkit.engine.git_clone import CommitCheckout
from devkit.engine.git_commits import resolve_commit
from devkit.errors import CouldNotFindOutError
from devkit.ports import Finding, Severity
from tests.functional.repos import ENVIRONMENT, Repo, make_repo

if TYPE_CHECKING:
    from collections.abc import Mapping

SAMPLE_APP = Path(__file__).resolve().parents[2] / "sample-app"
SHA1_EMPTY, SHA256_EMPTY = sorted(EMPTY_TREES, key=len)
PLAIN = {"Dockerfile": "FROM scratch\n", "app.py": "print()\n"}
POINTER = f"""\
version https://git-lfs.github.com/spec/v1
oid sha256:{"4d" * 32}
size 12345
"""
CRLF = b"#!/bin/sh\r\nexec true\r\n"


def findings(repo: Repo, subfolder: str = ".", revision: str = "HEAD") -> tuple[Finding, ...]:
    """Check a commit out and look at it."""
    repository = find_repository(repo.path, ENVIRONMENT)
    commit = resolve_commit(repository, revision)
    port = CommitCheckout(repository=repository, commit=commit, subfolder=Path(subfolder))
    clone = repo.path.parent / f"clone-{commit.short}"

    async def look() -> tuple[Finding, ...]:
        await port.check_out(clone)
        return await port.findings(clone)

    return asyncio.run(look())


def warned(repo: Repo, subfolder: str = ".") -> Finding:
    """The only finding, which is a warning."""
    (finding,) = findings(repo, subfolder)
    assert finding.severity is Severity.WARNED
    return finding


def repo_of(tmp_path: Path, files: Mapping[str, str | bytes]) -> Repo:
    """A repository with a Dockerfile and these files."""
    return make_repo(tmp_path / "repo", {**PLAIN, **files})


def test_an_ordinary_repository_has_no_findings(tmp_path: Path) -> None:
    shutil.copytree(SAMPLE_APP, tmp_path / "repo")
    repo = make_repo(tmp_path / "repo", {"notes/static/logo.svg": "<svg/>\n"})
    assert findings(repo) == ()


def test_good_attributes_and_links_are_no_findings(tmp_path: Path) -> None:
    attributes = "* text=auto eol=lf\n*.png binary\n*.bat text eol=crlf\n*.py diff=python\n"
    binary = random.Random(1).randbytes(300) + b"\r\n\0"
    repo = repo_of(
        tmp_path,
        {".gitattributes": attributes, "a.png": binary, "go.bat": "echo\n", "crlf.md": "a\n"},
    )
    (repo.path / "link").symlink_to("app.py")
    (repo.path / "media").symlink_to("/data/media")
    repo.commit({"start": "#!/bin/sh\n", "Dockerfile": "FROM scratch\nCOPY start /\n"})
    assert findings(repo) == ()


def test_submodules_are_refused(tmp_path: Path) -> None:
    repo = repo_of(tmp_path, {})
    make_repo(tmp_path / "lib", {"f": ""})
    add = ("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", "../lib")
    repo.git(*add, "vendor/lib one")
    repo.git(*add, "other")
    repo.commit({})
    (finding,) = findings(repo)
    assert finding.severity is Severity.REFUSED
    assert finding.sentence.endswith("does not check out: 'other', 'vendor/lib one'.")
    assert "`git rm --cached -- other`" in finding.way_out
    assert finding.details == ("'other'", "'vendor/lib one'")


@pytest.mark.parametrize("kind", ["sha1", "sha256"])
def test_empty_folders_are_refused(tmp_path: Path, kind: str) -> None:
    empty = SHA1_EMPTY if kind == "sha1" else SHA256_EMPTY
    repo = make_repo(tmp_path / "repo", PLAIN, object_format=kind)
    inner = repo.git("mktree", stdin=f"040000 tree {empty}\tlog\n")
    blob = repo.git("rev-parse", "HEAD:Dockerfile")
    sha = repo.commit_tree(f"100644 blob {blob}\tDockerfile", f"040000 tree {inner}\tvar")
    (finding,) = findings(repo, revision=sha)
    assert finding.severity is Severity.REFUSED
    assert "'var/log'" in finding.sentence
    assert "var/log/.gitkeep" in finding.way_out


def test_a_tree_that_cannot_be_read_is_no_finding(tmp_path: Path) -> None:
    repo = repo_of(tmp_path, {})
    sha = repo.commit_tree(f"040000 tree {'1' * 40}\tgone")
    with pytest.raises(CouldNotFindOutError):
        findings(repo, revision=sha)


def test_lfs_pointers_are_named_with_and_without_attributes(tmp_path: Path) -> None:
    repo = repo_of(
        tmp_path,
        {
            ".gitattributes": "*.psd filter=lfs diff=lfs merge=lfs -text\n",
            "logo.psd": POINTER,
            "moved.bin": POINTER,
            "about.md": f"A pointer:\n{POINTER}",
            "real.psd": b"\x89PSD" * 40,
        },
    )
    finding = warned(repo)
    assert "'logo.psd', 'moved.bin'." in finding.sentence
    assert "`git add --renormalize -- logo.psd`" in finding.way_out


def test_encrypted_files_are_named(tmp_path: Path) -> None:
    attributes = "*.env filter=git-crypt-team diff=git-crypt-team\n"
    secret = b"\0GITCRYPT\0" + b"\1" * 40
    repo = repo_of(tmp_path, {".gitattributes": attributes, "live.env": secret, "t.env": "A=1"})
    assert "'live.env'." in warned(repo).sentence


@pytest.mark.parametrize(
    ("setting", "command", "is_told"),
    [("smudge", "touch EXECUTED", True), ("process", "touch EXECUTED", True),
     ("smudge", "cat", False), ("clean", "touch EXECUTED", False)],
)  # fmt: skip
def test_a_filter_counts_that_changes_files_here(
    tmp_path: Path, setting: str, command: str, is_told: bool
) -> None:
    repo = repo_of(tmp_path, {".gitattributes": "*.ini filter=my.own\n", "a.ini": "x\n"})
    repo.git("config", f"filter.my.own.{setting}", command)
    assert ["'a.ini'." in finding.sentence for finding in findings(repo)] == [True] * is_told
    assert list(tmp_path.rglob("EXECUTED")) == []


@pytest.mark.parametrize("attribute", ["text=auto", "text", "text=auto eol=lf", "text eol=crlf"])
def test_mixed_line_ends_are_named(tmp_path: Path, attribute: str) -> None:
    repo = repo_of(tmp_path, {"old.txt": b"a\r\nb\r\n", "mixed.txt": b"a\nb\r\n", "c.txt": "c\n"})
    (repo.path / ".gitattributes").write_text(f"*.txt {attribute}\n")
    repo.git("add", ".gitattributes")  # alone: the others stay as they were committed before it
    repo.git("commit", "--quiet", "--message", "Ask for LF")
    finding = warned(repo)
    assert "'mixed.txt', 'old.txt'." in finding.sentence
    repo.git("checkout", "--force", "HEAD")
    repo.git("add", "--renormalize", ".")
    repo.git("commit", "--quiet", "--message", "The way out")
    assert findings(repo) == ()


def test_crlf_without_attributes_is_nobody_s_mistake(tmp_path: Path) -> None:
    assert findings(repo_of(tmp_path, {"old.txt": b"a\r\nb\r\n"})) == ()


@pytest.mark.parametrize(
    ("dockerfile", "mode", "is_told"),
    [
        ("FROM scratch\n", 0o755, True),
        ('FROM scratch\nCOPY bin /bin\nENTRYPOINT ["/bin/start.sh"]\n', 0o644, True),
        ("FROM scratch\nCOPY . /app\n", 0o644, False),
        ("FROM debian\nCOPY . /app\nRUN dos2unix /app/bin/*\n", 0o755, False),
        ("FROM debian\nCOPY . /app\nRUN sed -i 's/\\r$//' /app/bin/*\n", 0o755, False),
    ],
)
def test_a_program_with_crlf(tmp_path: Path, dockerfile: str, mode: int, is_told: bool) -> None:
    repo = repo_of(tmp_path, {"bin/start.sh": CRLF, "Dockerfile": dockerfile})
    (repo.path / "bin/start.sh").chmod(mode)
    repo.commit({})
    told = ["#!" in finding.sentence for finding in findings(repo)]
    assert told == [True] * is_told


def test_a_program_that_is_given_crlf_by_its_attribute(tmp_path: Path) -> None:
    repo = repo_of(tmp_path, {"start": "#!/bin/sh\n", ".gitattributes": "* text eol=crlf\n"})
    (repo.path / "start").chmod(0o755)
    repo.commit({})
    assert "'start'." in warned(repo).sentence
    repo.commit({".gitattributes": "* text=auto eol=lf\n"})
    assert findings(repo) == ()


def test_links_out_of_the_project_are_named(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", {"site/Dockerfile": "FROM scratch\n", "shared/a": ""})
    for name, target in {
        "site/ok": "Dockerfile", "site/shared": "../shared", "site/home": "/home/ada/settings.py",
        "site/up": "../../other", "site/around": "../site/Dockerfile", "elsewhere": "../../x",
    }.items():  # fmt: skip
        (repo.path / name).symlink_to(target)
    repo.commit({})
    assert "'site/home', 'site/shared', 'site/up'." in warned(repo, "site").sentence


@pytest.mark.parametrize("target", ["/home/ada/Dockerfile", "../Dockerfile", "../../Dockerfile"])
def test_a_dockerfile_that_is_a_link_out(tmp_path: Path, target: str) -> None:
    repo = make_repo(tmp_path / "repo", {"Dockerfile": "FROM scratch\n", "site/f": ""})
    (repo.path / "site/Dockerfile").symlink_to(target)
    repo.commit({})
    finding = warned(repo, "site")
    assert finding.sentence.startswith("The Dockerfile is a link")
    assert "git rm --cached -- site/Dockerfile" in finding.way_out


def test_a_dockerfile_elsewhere(tmp_path: Path) -> None:
    files = {"web/app/Dockerfile": "", "my site/Dockerfile": "", "docs/Dockerfile.md/x": ""}
    finding = warned(make_repo(tmp_path / "repo", files))
    assert "'my site/Dockerfile', 'web/app/Dockerfile'." in finding.sentence
    assert "`devkit --project 'my site' verify`" in finding.way_out


def test_a_dockerfile_at_the_top_level_of_a_project_in_a_subfolder(tmp_path: Path) -> None:
    finding = warned(make_repo(tmp_path / "repo", {"Dockerfile": "", "site/f": ""}), "site")
    assert "here: 'Dockerfile'." in finding.sentence
    assert "`devkit --project . verify`" in finding.way_out


def test_a_project_in_a_subfolder_with_its_own_dockerfile(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", {"Dockerfile": "", "site/Dockerfile": ""})
    assert findings(repo, "site") == ()


@pytest.mark.parametrize("name", ["dockerfile", "DOCKERFILE", "Dockerfile.prod", "Containerfile"])
def test_a_dockerfile_of_another_name(tmp_path: Path, name: str) -> None:
    repo = make_repo(tmp_path / "repo", {name: "", "docs/Dockerfile": "", "f.dockerignore": ""})
    finding = warned(repo)
    assert f"has only: '{name}'." in finding.sentence
    repo.git("mv", "--", name, "Dockerfile")
    repo.commit({})
    assert findings(repo) == ()


def test_no_dockerfile_at_all_is_the_build_s_to_say(tmp_path: Path) -> None:
    assert findings(make_repo(tmp_path / "repo", {"Dockerfile.dockerignore": ""})) == ()


def test_names_that_differ_in_case_only(tmp_path: Path) -> None:
    repo = repo_of(tmp_path, {"Static/a.css": "", "static/b.css": "", "Readme": "", "README": ""})
    finding = warned(repo)
    assert "'README', 'Readme', 'Static' and 1 more." in finding.sentence


def test_hostile_names_are_shown_and_cannot_act(tmp_path: Path) -> None:
    name = "-a'b\n\x1b[31m$(touch X);`x`"
    repo = repo_of(tmp_path, {name: POINTER, "{path}": POINTER, "é.bin": POINTER})
    finding = warned(repo)
    told = finding.sentence + finding.way_out
    assert told.isprintable()
    assert repr(name) in finding.sentence
    assert r"--renormalize -- $'-a\'b\n\x1b[31m$(touch X);`x`'" in finding.way_out
    assert "'{path}', 'é.bin'." in finding.sentence


def test_many_findings_are_few_words(tmp_path: Path) -> None:
    repo = repo_of(tmp_path, {f"{n:03}{'x' * 240}": POINTER for n in range(300)})
    finding = warned(repo)
    assert "and 297 more." in finding.sentence
    assert len(finding.sentence) < 1000
    assert len(finding.details) == 20
