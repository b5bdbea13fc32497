"""Decides what of all that carries devkit's labels is removed; ``--dry-run`` prints this plan."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

RUN_TAG = re.compile(r"(verify-[0-9a-f]{10})(?:-old|-data)?")
COMMIT_TAG = re.compile(r"[0-9a-f]{12}")
ENVIRONMENT_TAG = re.compile(r"(test|live)-[0-9a-f]{6}-[0-9]+")
LONGEST_RUN = 24 * 3600.0
"""Seconds after which an image under a run's tag is nobody's, where its run is not known here."""
NO_TAG = "<none>"
REPOSITORIES = "devkit/"
NOTHING_BEHIND = "no project is behind the proxy of http://NAME.localhost any more"


class Kind(Enum):
    """What a thing is; the value is the word for it."""

    CONTAINER = "container"
    NETWORK = "network"
    VOLUME = "volume"
    IMAGE = "image"
    FOLDER = "folder"
    NOTE = "note"


class Fate(Enum):
    """What is known of a run's owner."""

    LIVING = "living"
    DEAD = "dead"
    KEPT = "kept"
    FOREIGN = "foreign"
    STANDING = "standing"


@dataclass(frozen=True, kw_only=True)
class Thing:
    """One thing that carries devkit's labels.

    Attributes:
        kind: What it is.
        id: What the engine calls it; a path for a folder.
        name: What people call it.
        size: Bytes; None where nobody has measured.
    """

    kind: Kind
    id: str
    name: str
    size: int | None = None


@dataclass(frozen=True, kw_only=True)
class Run:
    """A rehearsal, living or not, with all that it has.

    Attributes:
        name: The run's name.
        project: Its project's.
        fate: What is known of its owner.
        owner: The owner in words, as the subject of a sentence.
        things: All that it has.
    """

    name: str
    project: str
    fate: Fate
    owner: str
    things: tuple[Thing, ...] = ()


@dataclass(frozen=True, kw_only=True)
class BuiltImage:
    """An image with devkit's label.

    Attributes:
        id: The engine's name of it.
        repository: ``devkit/NAME``, or ``<none>``.
        tag: The tag, or ``<none>``.
        age: Seconds since it was built.
        size: Bytes, layers that it shares with others included.
        user: The container that uses it; empty where none does, or nobody has looked.
    """

    id: str
    repository: str
    tag: str
    age: float
    size: int | None = None
    user: str = ""

    @property
    def reference(self) -> str:
        """What removes this name of it, and no other."""
        return self.id if self.is_nameless else f"{self.repository}:{self.tag}"

    @property
    def is_nameless(self) -> bool:
        """Whether no name leads to it any more."""
        return self.repository == self.tag == NO_TAG

    @property
    def is_devkits(self) -> bool:
        """Whether devkit gave it its name; a person may have given it others."""
        return self.repository.startswith(REPOSITORIES) or self.is_nameless


@dataclass(frozen=True, kw_only=True)
class SharedProxy:
    """A proxy for ``http://NAME.localhost``.

    Attributes:
        things: Its container and its network.
        is_mine: Whether it is this person's.
        projects: The projects behind it; none are known of another person's.
    """

    things: tuple[Thing, ...]
    is_mine: bool
    projects: tuple[str, ...] = ()

    @property
    def is_left(self) -> bool:
        """Whether it is of no use any more."""
        return self.is_mine and not self.projects


@dataclass(frozen=True, kw_only=True)
class Observed:
    """All that carries devkit's labels.

    Attributes:
        runs: The rehearsals and deployments.
        images: What they built.
        snapshots: Of development databases, each with the name of its project.
        proxies: Of http://NAME.localhost.
    """

    runs: tuple[Run, ...] = ()
    images: tuple[BuiltImage, ...] = ()
    snapshots: tuple[tuple[str, str], ...] = ()
    proxies: tuple[SharedProxy, ...] = ()


class Also(Enum):
    """What is removed beside the remains of dead owners, where it is asked for."""

    KEPT_IMAGES = "the images of verified commits"
    KEPT_RUNS = "the rehearsals that were kept standing"


@dataclass(frozen=True, kw_only=True)
class Removal:
    """One thing that goes.

    Attributes:
        thing: What.
        why: The end of a sentence.
        run: Whose it is; empty for an image that is no run's.
        project: The project's name, where it is known.
    """

    thing: Thing
    why: str
    run: str = ""
    project: str = ""


@dataclass(frozen=True, kw_only=True)
class Stay:
    """Something that stays.

    Attributes:
        what: What, by its name.
        why: The end of a sentence.
        group: What it is one of, where many stay for the same reason.
    """

    what: str
    why: str
    group: str = ""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What goes and what stays.

    Attributes:
        runs: The runs that go with all that they have, known by now or not.
        removals: Every thing that goes.
        stays: What stays.
    """

    runs: tuple[str, ...] = ()
    removals: tuple[Removal, ...] = ()
    stays: tuple[Stay, ...] = ()

    @property
    def images(self) -> tuple[Thing, ...]:
        """The images that go, each under one name."""
        return tuple(r.thing for r in self.removals if r.thing.kind is Kind.IMAGE)

    @property
    def takes_proxy(self) -> bool:
        """Whether this person's shared proxy goes."""
        return any(r.why == NOTHING_BEHIND for r in self.removals)

    @property
    def bytes(self) -> int:
        """What is freed, as far as it was measured; images share layers, so that it is a bound."""
        return sum(removal.thing.size or 0 for removal in self.removals)


def plan_cleaning(
    observed: Observed, *, also: Iterable[Also] = (), named: Sequence[str] = ()
) -> Plan:
    """Decide what goes.

    Args:
        observed: All that carries devkit's labels.
        also: What was asked for beside the remains of dead owners.
        named: Runs that were asked for by their names; then nothing else goes.
    """
    wanted = frozenset(also)
    going = {run.name: why for run in observed.runs if (why := _why(run, wanted, named))}
    fates = {run.name: run.fate for run in observed.runs}
    images = [(image, *_verdict(image, going, fates, wanted, named)) for image in observed.images]
    return Plan(
        runs=tuple(going),
        removals=(
            *_of_runs(observed.runs, going),
            *(_of_image(image, why) for image, goes, why in images if goes),
            *(each for each in _of_proxies(observed.proxies) if not named),
        ),
        stays=(
            *(_stay(run) for run in observed.runs if run.name not in going),
            *(
                Stay(what=f"image {image.reference}", why=why, group=f"images {image.repository}")
                for image, goes, why in images
                if not goes and why
            ),
            *(_of_snapshot(name, project) for name, project in observed.snapshots if not named),
            *(_stay_of_proxy(each) for each in observed.proxies if not each.is_left),
        ),
    )


def _why(run: Run, also: frozenset[Also], named: Sequence[str]) -> str:
    """Why a run goes; empty for one that stays."""
    if named:
        goes = run.name in named and run.fate not in {Fate.LIVING, Fate.STANDING}
        return "it was asked for" if goes else ""
    if run.fate is Fate.DEAD:
        return f"its owner, {run.owner}, is dead"
    if run.fate is Fate.KEPT and Also.KEPT_RUNS in also:
        return "it was kept standing, and --kept asks for it"
    return ""


def _stay(run: Run) -> Stay:
    if run.fate is Fate.STANDING:
        why = "it stays until devkit deploy stop, in the project's folder"
        return Stay(
            what=f"the environment {run.owner}",
            why=why,
            group=f"deployments in the environment {run.owner}",
        )
    why = {
        Fate.LIVING: f"{run.owner} is at it",
        Fate.KEPT: f"it was kept to be looked into; devkit clean {run.name} removes it",
        Fate.FOREIGN: f"{run.owner} made it, and may still want it",
        Fate.DEAD: "another one was asked for",
    }[run.fate]
    return Stay(what=f"rehearsal {run.name} of {run.project or 'an unknown project'}", why=why)


def _of_runs(runs: Iterable[Run], going: dict[str, str]) -> Iterator[Removal]:
    for run in runs:
        for thing in run.things if run.name in going else ():
            yield Removal(thing=thing, why=going[run.name], run=run.name, project=run.project)


def _of_proxies(proxies: Iterable[SharedProxy]) -> Iterator[Removal]:
    for each in proxies:
        for thing in each.things if each.is_left else ():
            yield Removal(thing=thing, why=NOTHING_BEHIND)


def _stay_of_proxy(proxy: SharedProxy) -> Stay:
    names = ", ".join(proxy.projects)
    why = (
        f"it serves {names}, and goes with the last devkit down"
        if proxy.is_mine
        else ("it is another person's")
    )
    named = next((thing.name for thing in proxy.things), "")
    return Stay(what=f"the proxy of http://NAME.localhost, {named}", why=why)


def _verdict(
    image: BuiltImage,
    going: dict[str, str],
    fates: dict[str, Fate],
    also: frozenset[Also],
    named: Sequence[str],
) -> tuple[bool, str]:
    """Whether an image goes, and why or why not; one of a run stays or goes with it."""
    if not image.is_devkits:
        return False, "its name is none of devkit's"
    of_run = RUN_TAG.fullmatch(image.tag)
    run = f"devkit-{of_run[1]}" if of_run else ""
    if run in going:
        return True, going[run]
    if run in fates or named:
        return False, ""
    return _of_unknown_run(image) if run else _of_no_run(image, also)


def _of_unknown_run(image: BuiltImage) -> tuple[bool, str]:
    if image.age > LONGEST_RUN:
        return True, "no rehearsal takes that long, and its own is over"
    return False, "its rehearsal is not known here, and may be another machine's"


def _of_no_run(image: BuiltImage, also: frozenset[Also]) -> tuple[bool, str]:
    if image.is_nameless and not image.user:
        return True, "a later build took its name"
    if ENVIRONMENT_TAG.fullmatch(image.tag):
        return False, "it is of an environment that stays; devkit deploy stop removes it"
    if not COMMIT_TAG.fullmatch(image.tag):
        return False, "its name is none of devkit's"
    if image.user:
        return False, f"the container {image.user} uses it"
    if Also.KEPT_IMAGES in also:
        return True, "--images asks for it"
    return False, "it was verified, and can be used again; --images removes it"


def _of_snapshot(name: str, project: str) -> Stay:
    what = f"snapshot {name} of {project}"
    why = "it is data; devkit db forget, in the project's folder, removes it"
    return Stay(what=what, why=why, group=f"snapshots of {project}")


def _of_image(image: BuiltImage, why: str) -> Removal:
    thing = Thing(kind=Kind.IMAGE, id=image.reference, name=image.reference, size=image.size)
    return Removal(thing=thing, why=why, project=image.repository.removeprefix("devkit/"))
