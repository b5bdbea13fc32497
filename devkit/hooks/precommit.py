"""How pre-commit tells a hook what is pushed: in variables, for one ref, and not on stdin."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_FULL_NAME = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


@dataclass(frozen=True, kw_only=True)
class PreCommitPush:
    """What pre-commit says of a push.

    Attributes:
        local_ref: What is pushed.
        revision: What names its commit.
        remote_ref: The ref over there.
        remote_sha: What that ref names now; empty where pre-commit does not say.
    """

    local_ref: str
    revision: str
    remote_ref: str
    remote_sha: str


def read_variables(environment: Mapping[str, str]) -> PreCommitPush | None:
    """Read pre-commit's variables; None where there are none of a push.

    ``PRE_COMMIT_TO_REF`` is missing where the whole history is pushed for the first time: then
    the local ref names the commit. ``PRE_COMMIT_FROM_REF`` is what the remote has only where it
    is a full object name; for a new branch it is the parent of the first new commit, ``SHA^``.
    """
    local_ref = environment.get("PRE_COMMIT_LOCAL_BRANCH", "")
    remote_ref = environment.get("PRE_COMMIT_REMOTE_BRANCH", "")
    if not local_ref or not remote_ref:
        return None
    before = environment.get("PRE_COMMIT_FROM_REF", "")
    return PreCommitPush(
        local_ref=local_ref,
        revision=environment.get("PRE_COMMIT_TO_REF") or local_ref,
        remote_ref=remote_ref,
        remote_sha=before if _FULL_NAME.fullmatch(before) else "",
    )
