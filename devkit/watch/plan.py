"""What a batch of changes asks for, as one plan; plans add up."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from devkit.watch.meaning import Action

if TYPE_CHECKING:
    from collections.abc import Iterable

    from devkit.watch.meaning import Meaning


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is to be done.

    Attributes:
        meanings: Each changed file once, with what it means.
    """

    meanings: tuple[Meaning, ...] = ()

    @property
    def action(self) -> Action:
        """The most that any of the files asks for; a rebuild within a regeneration included."""
        return max((each.action for each in self.meanings), default=Action.IGNORED)

    @property
    def idle(self) -> bool:
        """Whether there is nothing to do."""
        return self.action <= Action.NOTHING

    @property
    def builds(self) -> bool:
        """Whether the image is to be built."""
        return any(each.action is Action.REBUILD for each in self.meanings)

    @property
    def others(self) -> tuple[str, ...]:
        """The services that are to be restarted, where the one that answers is not among them."""
        asking = [each.services for each in self.meanings if each.action is Action.RESTART]
        return () if () in asking else tuple(dict.fromkeys(chain.from_iterable(asking)))

    @property
    def taken_up(self) -> bool:
        """Whether the server takes all of it up by itself, whatever others are restarted for."""
        return self.idle or (self.action is Action.RESTART and bool(self.others))

    @property
    def cause(self) -> str:
        """The files that ask for the most, in a few words."""
        paths = [each.path for each in self.meanings if each.action is self.action]
        more = len(self.meanings) - 1
        if not paths or not more:
            return "".join(paths)
        return f"{paths[0]} and {more} more file{'s' * (more > 1)}"

    @property
    def copies(self) -> tuple[Meaning, ...]:
        """The files that are to be copied into the container."""
        return tuple(each for each in self.meanings if each.into is not None)

    @property
    def migrations(self) -> tuple[str, ...]:
        """The migrations among the files."""
        return tuple(each.path for each in self.meanings if each.migration)

    def left(self, *, built: bool, replaced: bool) -> Plan:
        """What is still to be done for the smaller changes of a rebuild or regeneration.

        Args:
            built: Whether the image was built with these changes.
            replaced: Whether all containers are new: then they have begun with what is mounted,
                and with what the image has.
        """
        if built and replaced:
            return Plan()
        small = [each for each in self.meanings if each.action in {Action.SYNC, Action.RESTART}]
        return Plan(meanings=tuple(each for each in small if each.into or not replaced))

    def __add__(self, newer: Plan) -> Plan:
        """Both; of a file that is in both the newer meaning."""
        meanings = {each.path: each for each in (*self.meanings, *newer.meanings)}
        return Plan(meanings=tuple(meanings.values()))


def make_plan(meanings: Iterable[Meaning]) -> Plan:
    """The plan for a batch; what does not concern what runs is left out of it."""
    return Plan(meanings=tuple(each for each in meanings if each.action is not Action.IGNORED))
