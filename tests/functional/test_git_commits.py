"""Commits and their files."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from devkit.engine.git import find_repository
from devkit.engine.git_commits import branch_of, read_file, resolve_commit, upstream_of
from devkit.errors import CheckoutError, CouldNotFindOutError, UsageError
from devkit.project import Commit
from tests.functional.repos import ENVIRONMENT, Repo, make_repo

if TYPE_CHECKING:
    from pathlib import Path

    from devkit.engine.git import Repository


def found(repo: Repo) -> Repository:
    return find_repository(repo.path, ENVIRONMENT)


def test_head(tmp_path: Path) -> None:
    repo = make_repo(tmp_path, {"f": ""})
    commit = resolve_commit(found(repo))
    tree = repo.git("rev-parse", "HEAD^{tree}")
    assert commit == Commit(sha=repo.head, tree=tree, subject="First", branch="main")


def test_sha256_repository(tmp_path: Path) -> None:
    repo = make_repo(tmp_path, {"f": "text"}, object_format="sha256")
    commit = resolve_commit(found(repo))
    assert len(commit.sha) == len(commit.tree) == 64
    assert read_file(found(repo), commit, "f") == b"text"


@pytest.mark.parametrize(
    ("revision", "branch"),
    [
        ("HEAD", "main"),
        ("@", "main"),
        ("main", "main"),
        ("refs/heads/main", "main"),
        ("heads/feature/x", "feature/x"),
        ("v1", ""),
        ("light", ""),
        ("main~0", ""),
        ("HEAD@{1 day ago}", ""),
        (":/First", ""),
    ],
)
def test_whatever_names_one_commit(tmp_path: Path, revision: str, branch: str) -> None:
    repo = make_repo(tmp_path, {"f": ""})
    repo.git("branch", "feature/x")
    repo.git("tag", "--annotate", "--message", "One", "v1")
    repo.git("tag", "light")
    commit = resolve_commit(found(repo), revision)
    assert (commit.sha, commit.branch) == (repo.head, branch)


def test_a_name_of_the_commit_or_of_its_tag_has_no_branch(tmp_path: Path) -> None:
    repo = make_repo(tmp_path, {"f": ""})
    repo.git("tag", "--annotate", "--message", "One", "v1")
    for name in (repo.head, repo.head[:10], repo.git("rev-parse", "v1")):
        commit = resolve_commit(found(repo), name)
        assert (commit.sha, commit.branch) == (repo.head, "")


def test_detached_head(tmp_path: Path) -> None:
    repo = make_repo(tmp_path, {"f": ""})
    repo.git("checkout", "--quiet", "--detach")
    assert resolve_commit(found(repo)).branch == ""


@pytest.mark.parametrize(
    ("branches", "head", "branch"),
    [
        (("main", "feature/x"), "feature/x", "feature/x"),
        (("a", "main", "master"), "--detach", "main"),
        (("a", "master", "z"), "--detach", "master"),
        (("b/c", "d"), "--detach", "b/c"),
    ],
)
def test_a_commit_without_a_branch_has_the_likeliest_that_contains_it(
    tmp_path: Path, branches: tuple[str, ...], head: str, branch: str
) -> None:
    repo = make_repo(tmp_path, {"f": ""})
    first = repo.head
    repo.git("checkout", "--quiet", "--detach")
    repo.git("branch", "--delete", "--force", "main")
    repo.commit({"f": "changed"})
    for name in branches:
        repo.git("branch", name)
        repo.git("tag", name)
    repo.git("checkout", "--quiet", *([head] if head == "--detach" else ["-B", head]))
    assert branch_of(found(repo), resolve_commit(found(repo), first)) == branch


def test_a_branch_that_was_named_stays(tmp_path: Path) -> None:
    repo = make_repo(tmp_path, {"f": ""})
    repo.git("branch", "feature/x")
    assert branch_of(found(repo), resolve_commit(found(repo), "feature/x")) == "feature/x"


def test_a_commit_that_no_branch_contains_has_none(tmp_path: Path) -> None:
    repo = make_repo(tmp_path, {"f": ""})
    repo.git("checkout", "--quiet", "--detach")
    loose = repo.commit({"f": "changed"})
    assert branch_of(found(repo), resolve_commit(found(repo), loose)) == ""


def test_the_head_of_each_worktree(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "main", {"f": ""})
    repo.git("worktree", "add", "--quiet", "../other")
    other = Repo(path=tmp_path / "other")
    other.commit({"f": "changed"})
    assert resolve_commit(found(other)).sha == other.head
    assert resolve_commit(found(other)).branch == "other"
    assert resolve_commit(found(repo)).sha == repo.head


@pytest.mark.parametrize(
    "revision",
    [
        "",
        "nope",
        "main..HEAD",
        "^main",
        "HEAD:f",
        "HEAD^{tree}",
        "0" * 40,
        "--all",
        "-n1",
        "--upload-pack=touch x",
        "HEAD\nHEAD",
        "HEAD\n",
    ],
)
def test_what_names_no_commit(tmp_path: Path, revision: str) -> None:
    repo = make_repo(tmp_path, {"f": ""})
    with pytest.raises(UsageError, match="names no commit") as caught:
        resolve_commit(found(repo), revision)
    assert repr(revision) in caught.value.message
    assert not (tmp_path / "x").exists()


def test_a_branch_whose_name_looks_like_an_option(tmp_path: Path) -> None:
    repo = make_repo(tmp_path, {"f": ""})
    repo.git("update-ref", "refs/heads/--all", "HEAD")
    assert resolve_commit(found(repo), "--all").branch == "--all"


def test_no_commit_yet(tmp_path: Path) -> None:
    with pytest.raises(CheckoutError, match="There is no commit yet in"):
        resolve_commit(found(make_repo(tmp_path)))


def test_a_head_whose_commit_is_missing(tmp_path: Path) -> None:
    repo = make_repo(tmp_path, {"f": ""})
    (tmp_path / ".git/refs/heads/main").write_text("1" * 40 + "\n")
    with pytest.raises(CouldNotFindOutError, match="is missing"):
        resolve_commit(found(repo))


def test_a_shallow_repository_says_what_it_lacks(tmp_path: Path) -> None:
    first = make_repo(tmp_path / "origin", {"f": ""}).head
    Repo(path=tmp_path / "origin").commit({"f": "changed"})
    origin = (tmp_path / "origin").as_uri()
    shallow = make_repo(tmp_path / "shallow")
    shallow.git("fetch", "--quiet", "--depth=1", origin, "main:got")
    assert resolve_commit(found(shallow), "got").branch == "got"
    with pytest.raises(UsageError) as caught:
        resolve_commit(found(shallow), first)
    assert "git fetch --unshallow" in caught.value.hint


def test_the_person_s_replacements_are_not_the_cloud_s(tmp_path: Path) -> None:
    repo = make_repo(tmp_path, {"f": "old"})
    pushed = repo.head
    repo.git("replace", pushed, repo.commit({"f": "new"}))
    commit = resolve_commit(found(repo), pushed)
    assert commit.sha == pushed
    assert read_file(found(repo), commit, "f") == b"old"


@pytest.mark.parametrize(
    ("message", "subject"),
    [("Größe\n\nMore", "Größe"), ("One\nTwo", "One"), ("\n\nLate", "Late")],
)
def test_subject(tmp_path: Path, message: str, subject: str) -> None:
    repo = make_repo(tmp_path)
    repo.commit({"f": ""}, message)
    assert resolve_commit(found(repo)).subject == subject


@pytest.mark.parametrize(
    ("encoding", "subject"), [("ISO-8859-1", "Größe"), ("no-such-encoding", "Gr��e")]
)
def test_subject_in_another_encoding(tmp_path: Path, encoding: str, subject: str) -> None:
    repo = make_repo(tmp_path, {"f": ""})
    raw = repo.git("cat-file", "commit", "HEAD").partition("\n\n")[0]
    content = f"{raw}\nencoding {encoding}\n\nGröße\n".encode("latin-1")
    sha = subprocess.run(
        ["git", "hash-object", "-t", "commit", "-w", "--stdin"],
        cwd=tmp_path,
        env=dict(ENVIRONMENT),
        input=content,
        capture_output=True,
        check=True,
    ).stdout.decode()
    assert resolve_commit(found(repo), sha.strip()).subject == subject


def test_a_commit_without_a_message(tmp_path: Path) -> None:
    repo = make_repo(tmp_path, {"f": ""})
    sha = repo.git("commit-tree", "HEAD^{tree}")
    assert resolve_commit(found(repo), sha).subject == ""


@pytest.mark.parametrize("path", ["f", "a b/it's", "new\nline", "b blob 3", "café"])
def test_a_file_is_read_from_the_commit(tmp_path: Path, path: str) -> None:
    repo = make_repo(tmp_path, {path: b"committed\r\n\0"})
    (tmp_path / path).write_text("changed")
    assert read_file(found(repo), resolve_commit(found(repo)), path) == b"committed\r\n\0"


def test_an_empty_file_is_not_a_missing_one(tmp_path: Path) -> None:
    repo = make_repo(tmp_path, {"empty": "", "folder/f": ""})
    commit = resolve_commit(found(repo))
    assert read_file(found(repo), commit, "empty") == b""
    for path in ("none", "folder", "folder/none", "empty/none", "x blob", "new\nline"):
        assert read_file(found(repo), commit, path) is None


def test_a_link_to_a_file_is_followed_within_the_commit(tmp_path: Path) -> None:
    repo = make_repo(tmp_path, {"docker/Dockerfile": "FROM x\n"})
    (tmp_path / "Dockerfile").symlink_to("docker/Dockerfile")
    (tmp_path / "outside").symlink_to("/etc/hostname")
    (tmp_path / "dangling").symlink_to("nowhere")
    repo.commit({})
    commit = resolve_commit(found(repo))
    assert read_file(found(repo), commit, "Dockerfile") == b"FROM x\n"
    assert read_file(found(repo), commit, "outside") is None
    assert read_file(found(repo), commit, "dangling") is None


def test_a_file_that_the_repository_lost_is_not_one_that_the_commit_lacks(tmp_path: Path) -> None:
    repo = make_repo(tmp_path, {"damaged": "a", "lost": "b"})
    commit = resolve_commit(found(repo))
    for name in ("damaged", "lost"):
        blob = repo.git("rev-parse", f"HEAD:{name}")
        path = tmp_path / ".git/objects" / blob[:2] / blob[2:]
        path.unlink()
        if name == "damaged":
            path.write_bytes(b"damaged")
        with pytest.raises(CouldNotFindOutError, match="is missing or damaged"):
            read_file(found(repo), commit, name)


def test_what_is_deployed_is_what_the_upstream_has(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "here", {"f": ""})
    first = repo.head
    assert upstream_of(found(repo), resolve_commit(found(repo))) == ""
    repo.git("init", "--quiet", "--bare", str(tmp_path / "one"))
    repo.git("remote", "add", "one", str(tmp_path / "one"))
    repo.git("push", "--quiet", "one", "main")
    repo.git("commit", "--quiet", "--allow-empty", "--message", "Second")

    alone = upstream_of(found(repo), resolve_commit(found(repo)))
    repo.git("remote", "add", "two", str(tmp_path / "one"))
    repo.git("push", "--quiet", "two", "main")
    either = upstream_of(found(repo), resolve_commit(found(repo)))
    repo.git("branch", "--quiet", "--set-upstream-to=one/main")
    chosen = upstream_of(found(repo), resolve_commit(found(repo)))

    assert (alone, either, chosen) == (first, "", first)
