from __future__ import annotations

import pytest

from devkit.errors import UsageError
from devkit.hooks.prepush import PushedRef, parse_pushed_refs, refs_to_verify

A, B, C, NOTHING = "a" * 40, "b" * 40, "c" * 40, "0" * 40


def line(local: str = "refs/heads/main", sha: str = A, remote: str = "refs/heads/main") -> str:
    return f"{local} {sha} {remote} {NOTHING}\n"


def test_nothing_to_push() -> None:
    assert parse_pushed_refs(b"") == ()


def test_every_line_is_read() -> None:
    given = f"refs/heads/main {A} refs/heads/live {B}\n" + line(sha=B)
    first, second = parse_pushed_refs(given.encode())
    assert first == PushedRef(
        local_ref="refs/heads/main", local_sha=A, remote_ref="refs/heads/live", remote_sha=B
    )
    assert second.local_sha == B


def test_the_last_line_may_lack_its_end() -> None:
    assert len(parse_pushed_refs(line().rstrip("\n").encode())) == 1


def test_what_is_deployed_now() -> None:
    new, old = parse_pushed_refs((line() + f"x {A} refs/heads/main {B}\n").encode())
    assert (new.deployed_sha, old.deployed_sha) == ("", B)


@pytest.mark.parametrize("length", [40, 64])
def test_a_deletion_is_not_verified(length: int) -> None:
    zeros = "0" * length
    (ref,) = parse_pushed_refs(f"(delete) {zeros} refs/heads/old {'c' * length}\n".encode())
    assert ref.is_deletion
    assert refs_to_verify((ref,)) == ()


@pytest.mark.parametrize(
    ("pushed", "verified"),
    [
        ([(B, "main", NOTHING), (A, "work", NOTHING), (B, "other", NOTHING)], ["main", "work"]),
        ([(C, "main", A), (C, "production", B)], ["main", "production"]),
        ([(C, "main", A), (C, "production", A), (B, "work", A)], ["main", "work"]),
        ([(C, "new", NOTHING), (C, "main", A)], ["main"]),
        ([(C, "new", NOTHING), (B, "main", A)], ["main", "new"]),
    ],
    ids=["new", "from each", "once a switch", "new beside known", "known before new"],
)
def test_each_switch_is_verified_once(
    pushed: list[tuple[str, str, str]], verified: list[str]
) -> None:
    text = "".join(f"x {sha} refs/heads/{name} {old}\n" for sha, name, old in pushed)
    wanted = refs_to_verify(parse_pushed_refs(text.encode()))
    assert [ref.remote_branch for ref in wanted] == verified


def test_sha256_names() -> None:
    (ref,) = parse_pushed_refs(f"refs/heads/main {'d' * 64} refs/heads/main {'0' * 64}\n".encode())
    assert (ref.local_sha, ref.deployed_sha) == ("d" * 64, "")


def test_a_local_ref_with_spaces() -> None:
    (ref,) = parse_pushed_refs(line(local="HEAD@{1 day ago}").encode())
    assert (ref.local_ref, ref.local_sha) == ("HEAD@{1 day ago}", A)


def test_a_ref_that_is_no_text() -> None:
    (ref,) = parse_pushed_refs(line(remote="refs/heads/caf@").encode().replace(b"@", b"\xe9"))
    assert ref.remote_ref.encode("utf-8", "surrogateescape") == b"refs/heads/caf\xe9"


@pytest.mark.parametrize(
    ("remote", "branch"),
    [("refs/heads/feature/x", "feature/x"), ("refs/tags/v1", ""), ("refs/notes/heads/x", "")],
)
def test_the_branch_over_there(remote: str, branch: str) -> None:
    (ref,) = parse_pushed_refs(line(remote=remote).encode())
    assert ref.remote_branch == branch


@pytest.mark.parametrize(
    "broken",
    [
        "refs/heads/main\n",
        f"refs/heads/main {A} refs/heads/main\n",
        f"refs/heads/main {A[:-1]} refs/heads/main {B}\n",
        f"refs/heads/main {A} refs/heads/main {B}x\n",
        f"refs/heads/main {A}\trefs/heads/main {B}\n",
        f"refs/heads/main --help refs/heads/main {B}\n",
    ],
)
def test_a_malformed_line_is_named(broken: str) -> None:
    with pytest.raises(UsageError, match=r"^Line 2 of what git gives") as caught:
        parse_pushed_refs((line() + broken).encode())
    assert repr(broken.rstrip("\n")) in caught.value.message


def test_notes_are_not_deployed() -> None:
    text = f"refs/notes/commits {'a' * 40} refs/notes/commits {'0' * 40}\n"
    assert refs_to_verify(parse_pushed_refs(text.encode())) == ()
