"""A plan in words."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING

from devkit.cleaning.plan import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devkit.cleaning.plan import Plan, Removal

_STEP = 1000


def count_of(plan: Plan) -> str:
    """What goes, in numbers: ``2 containers, 1 network``; notes are nobody's concern."""
    kinds = Counter(r.thing.kind for r in plan.removals if r.thing.kind is not Kind.NOTE)
    words = [f"{n} {kind.value}{'s' if n > 1 else ''}" for kind, n in kinds.items()]
    return ", ".join(words) or "a note"


def size_of(count: int) -> str:
    """Bytes as people read them, with the units of docker."""
    size = float(count)
    for unit in ("B", "kB", "MB"):
        if size < _STEP:
            return f"{size:.3g} {unit}"
        size /= _STEP
    return f"{size:.3g} GB"


def removal_lines(plan: Plan, *, verb: str) -> Iterator[str]:
    """What goes, run by run, each with its cause.

    Args:
        plan: The plan.
        verb: ``Removes`` or ``Would remove``.
    """
    for (run, why), group in groupby(plan.removals, key=lambda each: (each.run, each.why)):
        removals = list(group)
        if run:
            project = removals[0].project or "an unknown project"
            yield f"{verb} what is left of the rehearsal {run} of {project}: {why}."
        else:
            yield f"{verb}, because {why}:"
        yield from (_line(each) for each in removals)


def stay_lines(plan: Plan) -> Iterator[str]:
    """What stays, and why; of many alike the number."""
    alike = Counter((each.group, each.why) for each in plan.stays if each.group)
    for each in plan.stays:
        count = alike.pop((each.group, each.why), 0) if each.group else 1
        if count:
            what = f"{count} {each.group}" if count > 1 else each.what
            yield f"Stays: {what}; {each.why}."


def total_line(plan: Plan, *, verb: str) -> str:
    """The sum of it."""
    if not plan.removals:
        return "Nothing was left behind."
    freed = f", which frees up to {size_of(plan.bytes)}" if plan.bytes else ""
    return f"{verb} {count_of(plan)}{freed}."


def _line(removal: Removal) -> str:
    thing = removal.thing
    size = "" if thing.size is None else f"  {size_of(thing.size)}"
    return f"  {thing.kind.value.ljust(9)}  {thing.name}{size}"
