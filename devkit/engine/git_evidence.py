"""What a clean clone shows of its commit; nothing of the repository is executed."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from devkit.deployment.evidence import Entry, Evidence
from devkit.deployment.tree_rules import LARGE
from devkit.engine.clone_files import crlf_scripts, encrypted, link_targets, pointers
from devkit.engine.git import READING, run_git, trouble
from devkit.engine.git_ask import ask

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from devkit.engine.git import Repository
    from devkit.project import Commit

LIMIT = 20.0
"""Seconds for each question to git; what is not known by then is not warned about."""

_NO_VALUE = frozenset({"unspecified", "unset", "set", ""})
_CRLF = frozenset({"i/crlf", "i/mixed"})
_KIBIBYTE = 1024


@dataclass(frozen=True, kw_only=True)
class Sources:
    """Where to look.

    Attributes:
        repository: The person's.
        clone: The finished clone of the commit.
        environment: For git in the clone: without the person's configuration.
    """

    repository: Repository
    commit: Commit
    clone: Path
    environment: Mapping[str, str]

    async def ask(self, *words: str, stdin: bytes = b"") -> tuple[str, ...]:
        """Ask git in the clone for names that end in NUL; none where it does not answer."""
        answer = await ask(
            *words, folder=self.clone, environment=self.environment, limit=LIMIT, stdin=stdin
        )
        return tuple(os.fsdecode(answer or b"").split("\0")[:-1])


async def gather(sources: Sources, subfolder: Path) -> Evidence:
    """Look at a commit and its clean clone.

    Args:
        sources: Where to look.
        subfolder: The project's folder; only its files are in the build.

    Raises:
        CouldNotFindOutError: git cannot read the tree.
    """
    entries = tuple(await asyncio.to_thread(tree_entries, sources.repository, sources.commit))
    stored = await asyncio.to_thread(stored_bytes, sources.repository)
    place = subfolder.as_posix()
    project = [e for e in entries if place == "." or e.path.startswith(f"{place}/")]
    files = [entry.path for entry in project if entry.is_file]
    drivers, reachable, kept_crlf = await asyncio.gather(
        _filters(sources, entries, files),
        reachable_bytes(sources.repository, sources.commit, stored),
        _kept_crlf(sources, entries, place),
    )
    foreign = await asyncio.to_thread(smudging_filters, sources.repository)
    clone = sources.clone
    unread = await asyncio.to_thread(pointers, clone, files)
    secret = await asyncio.to_thread(encrypted, clone, tuple(drivers))
    known = {*unread, *secret}
    return Evidence(
        entries=entries,
        subfolder=PurePosixPath(place),
        links=await asyncio.to_thread(link_targets, clone, project),
        pointers=unread,
        encrypted=secret,
        filtered=tuple(
            path for path, name in drivers.items() if name in foreign and path not in known
        ),
        kept_crlf=kept_crlf,
        crlf_scripts=await asyncio.to_thread(crlf_scripts, clone, subfolder, project),
        reachable=reachable,
        stored=stored,
    )


def tree_entries(repository: Repository, commit: Commit) -> Iterator[Entry]:
    """Everything in a commit's tree.

    Raises:
        CouldNotFindOutError: git cannot read the tree.
    """
    answer = run_git(repository, "ls-tree", "-r", "-t", "-z", "--full-tree", commit.sha)
    if answer.returncode != 0:
        raise trouble(answer, f"git could not list the files of commit {commit.short}.")
    for entry in answer.stdout.split(b"\0")[:-1]:
        facts, _, path = entry.partition(b"\t")
        mode, _, name = facts.decode("ascii").split(" ")
        yield Entry(mode=mode, name=name, path=os.fsdecode(path))


def stored_bytes(repository: Repository) -> int:
    """Bytes of all objects of the repository on this disk; in a moment, whatever the history."""
    answer = run_git(repository, "count-objects", "-v")
    counts = dict(line.split(": ", 1) for line in os.fsdecode(answer.stdout).splitlines())
    return (int(counts.get("size", 0)) + int(counts.get("size-pack", 0))) * _KIBIBYTE


async def reachable_bytes(repository: Repository, commit: Commit, stored: int) -> int | None:
    """Bytes of all objects of a commit's history, as they lie on this disk.

    No file is read. Where all that is stored is no lot, it is not counted any further: a walk
    through 100,000 objects takes more than a second.

    Returns:
        At most the bytes, where it is no lot; None where counting fails or takes too long.
    """
    borrows = (repository.common_dir / "objects/info/alternates").exists()
    if stored <= LARGE and not borrows:
        return stored
    answer = await ask(
        f"--git-dir={repository.git_dir}",
        *("rev-list", "--objects", "--disk-usage", "--use-bitmap-index", "--missing=allow-any"),
        commit.sha,
        folder=repository.common_dir,
        environment={**repository.environment, **READING},
        limit=LIMIT,
    )
    return None if answer is None else int(answer)


def smudging_filters(repository: Repository) -> frozenset[str]:
    """The filters by which this machine's git rewrites files when it checks them out.

    Only read. A filter without such a program, or with one that changes nothing, leaves files
    here as they are in the cloud.
    """
    pattern = r"^filter\..*\.(smudge|process)$"
    answer = run_git(repository, "config", "-z", "--get-regexp", pattern)
    pairs = (line.partition("\n") for line in os.fsdecode(answer.stdout).split("\0"))
    commands = ((key, value.strip()) for key, _, value in pairs if key)
    return frozenset(
        key.removeprefix("filter.").rpartition(".")[0]
        for key, command in commands
        if command not in {"", "cat"}
    )


async def _filters(
    sources: Sources, entries: Sequence[Entry], files: Sequence[str]
) -> dict[str, str]:
    """The filter of each file that has one."""
    if not _has_attributes(entries):
        return {}
    names = os.fsencode("".join(f"{path}\0" for path in files))
    words = await sources.ask("check-attr", "-z", "--stdin", "filter", stdin=names)
    return {
        path: driver
        for path, driver in zip(words[::3], words[2::3], strict=True)
        if driver not in _NO_VALUE
    }


async def _kept_crlf(sources: Sources, entries: Sequence[Entry], place: str) -> tuple[str, ...]:
    """Files with CRLF in git whose attributes ask for LF there, as git itself tells them."""
    if not _has_attributes(entries):
        return ()
    lines = await sources.ask("--literal-pathspecs", "ls-files", "--eol", "-z", "--", place)
    told = (line.partition("\t") for line in lines)
    return tuple(path for facts, _, path in told if _is_kept(facts.split()))


def _is_kept(facts: Sequence[str]) -> bool:
    """Whether ``i/crlf w/crlf attr/text=auto eol=lf`` is one of them."""
    in_git, _, attributes, *_ = (*facts, "", "", "")
    return in_git in _CRLF and attributes in {"attr/text", "attr/text=auto"}


def _has_attributes(entries: Sequence[Entry]) -> bool:
    return any(f"/{entry.path}".endswith("/.gitattributes") for entry in entries)
