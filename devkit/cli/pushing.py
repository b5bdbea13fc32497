"""``devkit push`` until all is verified: what git would push may change during a rehearsal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from devkit.cli.pushed import mention_skipped, verify_pushed
from devkit.engine.git_commits import resolve_object
from devkit.errors import ExitCode, RefusedError
from devkit.hooks.porcelain import Fate
from devkit.hooks.prepush import PushedRef, refs_to_verify

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from devkit.cli.pushed import Answer, Push
    from devkit.engine.git import Repository
    from devkit.hooks.porcelain import PlannedRef

    Look = Callable[[], tuple[PlannedRef, ...]]

ROUNDS = 5
"""How often things may move during a rehearsal before the push is given up."""

_NOT_PUSHED = frozenset({Fate.UP_TO_DATE, Fate.DELETED})


@dataclass(frozen=True, kw_only=True)
class Verified:
    """How verifying a push ended.

    Attributes:
        code: The process's exit code, 0 where all of it may go.
        planned: What git would push, as of the last look.
        refs: What of it is deployed.
    """

    code: int
    planned: tuple[PlannedRef, ...]
    refs: tuple[PushedRef, ...]


def verify_what_is_pushed(
    push: Push, look: Look, verify: Callable[[Push, PushedRef], Answer] = verify_pushed
) -> Verified:
    """Verify what git would push; after a rehearsal look again, until a look finds nothing new.

    Args:
        push: The push.
        look: Asks git what it would push at this moment.
        verify: Gives a verdict on one ref.

    Raises:
        RefusedError: Things have moved during each of ``ROUNDS`` rehearsals, or the remote would
            not take what is there by now.
        DevkitError: git or the remote cannot be asked.
    """
    done: list[PushedRef] = []
    for turn in range(ROUNDS + 1):
        planned = look()
        refs = _refs(push.repository, planned)
        known = {ref.switch for ref in done}
        new = [ref for ref in refs if ref.switch not in known]
        if turn == ROUNDS and new:
            break
        if not done:
            _begin(push, new)
        rehearsed = False
        for ref in new:
            if known:
                push.session.say(f"devkit: {_what_moved(ref, done)}: that is verified as well.")
            answer = verify(push, ref)
            if answer.code != ExitCode.OK:
                return Verified(code=answer.code, planned=planned, refs=refs)
            rehearsed = rehearsed or answer.rehearsed
            done.append(ref)
        if not rehearsed:
            return Verified(code=ExitCode.OK, planned=planned, refs=refs)
    raise RefusedError(
        f"What git would push has changed during each of {ROUNDS} rehearsals, so nothing was"
        " pushed.",
        hint="A commit's name does not move: devkit push REMOTE COMMIT:refs/heads/BRANCH",
    )


def _begin(push: Push, refs: Sequence[PushedRef]) -> None:
    if refs:
        mention_skipped(push)
    else:
        push.session.say("devkit: there is nothing in this push to verify.")


def _refs(repository: Repository, planned: Sequence[PlannedRef]) -> tuple[PushedRef, ...]:
    moving = [ref for ref in planned if ref.fate not in _NOT_PUSHED]
    return refs_to_verify(tuple(_pushed_ref(repository, ref) for ref in moving))


def _pushed_ref(repository: Repository, planned: PlannedRef) -> PushedRef:
    """As git will tell the hook; the object name is that of this moment, as in the dry run."""
    sha = planned.new_sha or resolve_object(repository, planned.source)
    return PushedRef(
        local_ref=planned.source,
        local_sha=sha,
        remote_ref=planned.target,
        remote_sha=planned.old_sha or "0" * len(sha),
    )


def _what_moved(ref: PushedRef, done: Sequence[PushedRef]) -> str:
    before = next((each for each in reversed(done) if each.remote_ref == ref.remote_ref), None)
    if before is None:
        return f"git would push {ref.remote_ref} by now"
    if before.local_sha == ref.local_sha:
        return f"{ref.remote_ref} of the remote has moved during the rehearsal"
    return f"{ref.local_ref} has moved to {ref.local_sha[:12]} during the rehearsal"
