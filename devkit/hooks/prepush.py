"""What git tells a pre-push hook: one line for each ref that it is about to push."""

from __future__ import annotations

import re
from dataclasses import dataclass

from devkit.errors import UsageError

FORMER_NAME = "pre-push.before-devkit"
"""What the hook that was there before devkit's is called."""

SKIP_VARIABLE = "DEVKIT_SKIP"
"""``1`` in the environment lets a push through without a verdict."""

SKIPPED_FOLDER = "devkit/skipped"
"""Where in the common git directory such pushes are kept."""

DEPLOYED = ("refs/heads/", "refs/tags/")

_FIELDS = 4
_OBJECT_NAME = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


@dataclass(frozen=True, kw_only=True)
class PushedRef:
    """One ref that is pushed.

    Attributes:
        local_ref: What is pushed, as git or the person named it; may have spaces
            (``HEAD@{1 day ago}``).
        local_sha: Its object name: a commit, or a tag that leads to one.
        remote_ref: The ref over there.
        remote_sha: What that ref names now; all zeros where there is none yet.
    """

    local_ref: str
    local_sha: str
    remote_ref: str
    remote_sha: str

    @property
    def is_deletion(self) -> bool:
        """Whether the push takes the ref away."""
        return _is_nothing(self.local_sha)

    @property
    def deployed_sha(self) -> str:
        """What the remote has now; empty where the ref is new there."""
        return "" if _is_nothing(self.remote_sha) else self.remote_sha

    @property
    def switch(self) -> tuple[str, str]:
        """What a verdict is about: the object, and the one that it takes the place of."""
        return self.local_sha, self.remote_sha

    @property
    def remote_branch(self) -> str:
        """The branch over there; empty for a tag or a note."""
        prefix = "refs/heads/"
        return self.remote_ref.removeprefix(prefix) if self.remote_ref.startswith(prefix) else ""


def parse_pushed_refs(given: bytes) -> tuple[PushedRef, ...]:
    """Read what git writes to a pre-push hook's standard input.

    Args:
        given: The bytes, none where there is nothing to push.

    Returns:
        One for each line, deletions among them.

    Raises:
        UsageError: A line is not ``local-ref local-sha remote-ref remote-sha``.
    """
    # "surrogateescape": a ref's name is bytes, and need not be text.
    lines = given.decode("utf-8", "surrogateescape").split("\n")
    return tuple(_pushed_ref(number, line) for number, line in enumerate(lines, 1) if line)


def refs_to_verify(refs: tuple[PushedRef, ...]) -> tuple[PushedRef, ...]:
    """Pick what is deployed: the first branch or tag for each switch, in git's order.

    Deletions deploy nothing, and neither do other refs, such as ``refs/notes/commits``. Those that
    are new over there come last: what was rehearsed from an old version is good for them, too.
    """
    deployed = [r for r in refs if not r.is_deletion and r.remote_ref.startswith(DEPLOYED)]
    replacing = [ref for ref in deployed if ref.deployed_sha]
    known = {ref.local_sha for ref in replacing}
    new = [r for r in deployed if not r.deployed_sha and r.local_sha not in known]
    first: dict[tuple[str, str], PushedRef] = {}
    for ref in (*replacing, *new):
        first.setdefault(ref.switch, ref)
    return tuple(first.values())


def _pushed_ref(number: int, line: str) -> PushedRef:
    words = line.rsplit(" ", _FIELDS - 1)
    if len(words) != _FIELDS or not (_is_object_name(words[1]) and _is_object_name(words[3])):
        raise UsageError(
            f"Line {number} of what git gives a pre-push hook reads {line!r}, not"
            " 'local-ref local-sha remote-ref remote-sha'.",
            hint="git calls the hook; to rehearse a commit by hand, use devkit verify.",
        )
    local_ref, local_sha, remote_ref, remote_sha = words
    return PushedRef(
        local_ref=local_ref, local_sha=local_sha, remote_ref=remote_ref, remote_sha=remote_sha
    )


def _is_object_name(word: str) -> bool:
    return _OBJECT_NAME.fullmatch(word) is not None


def _is_nothing(object_name: str) -> bool:
    return not object_name.strip("0")
