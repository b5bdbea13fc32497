"""``devkit clean``: what ended rehearsals left, of any project on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from devkit.cli.reaping import settle_environments
from devkit.errors import CouldNotFindOutError, RefusedError, UsageError

if TYPE_CHECKING:
    from devkit.cleaning.plan import Also, Observed, Plan
    from devkit.cli.session import Session


def clean(
    ctx: typer.Context,
    runs: Annotated[
        list[str] | None,
        typer.Argument(metavar="RUN", help="Only these rehearsals, kept ones among them."),
    ] = None,
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be removed, and why.")
    ] = False,
    images: Annotated[
        bool, typer.Option("--images", help="Remove the images of verified commits, too.")
    ] = False,
    kept: Annotated[
        bool, typer.Option("--kept", help="Remove the rehearsals that were kept, too.")
    ] = False,
) -> None:
    """Remove what rehearsals left whose devkit is dead, of any project on this machine.

    Only what carries devkit's labels is looked at. A rehearsal under way, the local project and
    its data, and deployed environments are never touched.
    """
    from devkit.cleaning.plan import plan_cleaning  # noqa: PLC0415 - `--help` needs none
    from devkit.cli.finishing import finish  # noqa: PLC0415
    from devkit.cli.interrupts import run_interruptible  # noqa: PLC0415
    from devkit.engine.docker_environment import engine_environment  # noqa: PLC0415
    from devkit.engine.leftovers import observe  # noqa: PLC0415
    from devkit.engine.reaping import carry_out  # noqa: PLC0415

    session: Session = ctx.obj
    if not dry_run:
        settle_environments(session)
    environment = engine_environment(session.environment)
    named = tuple(runs or ())

    observed = run_interruptible(lambda: observe(environment, measured=True))
    _check_names(named, observed)
    plan = plan_cleaning(observed, also=_also(images=images, kept=kept), named=named)
    _tell(session, plan, dry_run=dry_run)
    if not dry_run:
        problems = run_interruptible(
            lambda: carry_out(plan, environment), remover="devkit clean, once more,"
        )
        if problems:
            raise CouldNotFindOutError("Not all of it could be removed.", details=problems)
    _tell_total(session, plan, dry_run=dry_run)
    finish(session)


def _also(*, images: bool, kept: bool) -> tuple[Also, ...]:
    from devkit.cleaning.plan import Also  # noqa: PLC0415 - as above

    asked = {Also.KEPT_IMAGES: images, Also.KEPT_RUNS: kept}
    return tuple(each for each, is_asked in asked.items() if is_asked)


def _check_names(named: tuple[str, ...], observed: Observed) -> None:
    from devkit.cleaning.plan import Fate  # noqa: PLC0415 - as above

    known = {run.name: run for run in observed.runs}
    for name in named:
        if name not in known:
            raise UsageError(
                f"There is no rehearsal {name}.", hint="devkit clean --dry-run lists what there is."
            )
        if known[name].fate is Fate.LIVING:
            raise RefusedError(
                f"The rehearsal {name} is under way: {known[name].owner} is at it.",
                hint="Stop that one; it removes what it has started.",
            )
        if known[name].fate is Fate.STANDING:
            raise RefusedError(
                f"{name} is no rehearsal: it serves in the environment {known[name].owner}.",
                hint="devkit deploy stop, in the project's folder, removes it.",
            )


def _tell(session: Session, plan: Plan, *, dry_run: bool) -> None:
    if session.json:
        _tell_program(session, plan)
        return
    from devkit.cleaning.words import removal_lines, stay_lines  # noqa: PLC0415 - as above

    tell = session.out if dry_run else session.say
    for line in removal_lines(plan, verb="Would remove" if dry_run else "Removes"):
        tell(line)
    for line in stay_lines(plan):
        tell(line)


def _tell_program(session: Session, plan: Plan) -> None:
    import json  # noqa: PLC0415 - as above

    for each in plan.removals:
        told = {"kind": each.thing.kind.value, "name": each.thing.name, "run": each.run,
                "project": each.project, "why": each.why, "bytes": each.thing.size}  # fmt: skip
        session.out(json.dumps({"event": "removal", **told}))
    for stay in plan.stays:
        session.out(json.dumps({"event": "stay", "what": stay.what, "why": stay.why}))


def _tell_total(session: Session, plan: Plan, *, dry_run: bool) -> None:
    if session.json:
        import json  # noqa: PLC0415 - as above

        total = {"removed": 0 if dry_run else len(plan.removals), "planned": len(plan.removals)}
        session.out(json.dumps({"event": "clean", **total, "bytes": plan.bytes}))
        return
    from devkit.cleaning.words import total_line  # noqa: PLC0415 - as above

    session.say(total_line(plan, verb="Would remove" if dry_run else "Removed"))
