"""What ``devkit down`` does with its options; apart from Typer, which takes 0.2 s to load."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devkit.errors import ConfigurationError, CouldNotFindOutError

if TYPE_CHECKING:
    from devkit.cli.session import Session
    from devkit.engine.local_found import FoundStack


def stop(session: Session, *, volumes: bool = False, yes: bool = False) -> None:
    """Stop and remove the local containers.

    Args:
        session: What was asked for beside it.
        volumes: Whether the volumes go, too.
        yes: Whether that is done without asking.

    Raises:
        RefusedError: A person was asked and did not agree, or nobody can be asked.
        CouldNotFindOutError: Compose could not do it.
    """
    from devkit.cli.asking import agree_to_delete  # noqa: PLC0415
    from devkit.cli.finishing import finish  # noqa: PLC0415
    from devkit.cli.hosts import leave_host  # noqa: PLC0415
    from devkit.cli.local import compose_code, found_stack  # noqa: PLC0415
    from devkit.compose.words import down as words  # noqa: PLC0415
    from devkit.engine.locks import stopping_lock  # noqa: PLC0415
    from devkit.engine.package_volumes import remove_unused  # noqa: PLC0415

    stack = found_stack(session)
    if stack is not None:
        if volumes and not yes:
            agree_to_delete("database", of=stack.name, unasked="devkit down --volumes --yes")
        command = words(stack.compose, volumes=volumes, quiet=session.quiet)
        with stopping_lock(stack.root):
            packages = _packages(session, stack)
            leave_host(session, stack.root)
            code = compose_code(session, stack, command, aside=session.json)
            remove_unused(packages, cwd=stack.root, environment=session.environment)
        if code != 0:
            raise CouldNotFindOutError("docker compose could not take the project down.")
        session.say(f"{stack.name} is down{'' if volumes else _kept(stack)}.")
        if volumes:
            _tell_of_snapshots(session, stack.name)
    finish(session)


def _kept(stack: FoundStack) -> str:
    """What stays, as the end of a sentence; only a project that generates its file is known."""
    from devkit.compose.stand_ins import keeping  # noqa: PLC0415
    from devkit.engine.project_cache import load_project_cached  # noqa: PLC0415

    if stack.document is not None:
        return "; its volumes are kept"
    try:
        project = load_project_cached(stack.root)
    except ConfigurationError:
        return "; its data are kept"
    with_volume = keeping(project.contained)
    others = [each for each in with_volume if each not in project.databases]
    volumes = "the services' volumes" if others else "the database's volume"
    kept = [volumes] * bool(with_volume) + ["./data"] * bool(project.storages)
    verb = "are" if len(kept) > 1 or others else "is"
    return f"; {' and '.join(kept)} {verb} kept" if kept else ""


def _tell_of_snapshots(session: Session, project: str) -> None:
    """They are no volumes of the project's, so that a deleted database can come back."""
    from devkit.data.snapshots import project_filter  # noqa: PLC0415
    from devkit.engine.commands import ask  # noqa: PLC0415

    words = ["docker", "volume", "ls", "--quiet", "--filter", project_filter(project)]
    count = len(ask(words, cwd=session.root, env=session.environment).output.split())
    if count:
        what = f"{count} snapshots of its databases are" if count > 1 else "A snapshot of it is"
        session.say(f"{what} kept: `devkit db list` shows, `devkit db forget` removes them.")


def _packages(session: Session, stack: FoundStack) -> frozenset[str]:
    """The volumes that go with the containers; none where devkit.yaml no longer tells."""
    from devkit.engine.package_volumes import package_volumes  # noqa: PLC0415
    from devkit.engine.project_cache import load_project_cached  # noqa: PLC0415

    if stack.document is not None:  # a compose file of the person's own, with volumes of their own
        return frozenset()
    try:
        keep = load_project_cached(stack.root).web.keep
    except ConfigurationError:
        return frozenset()
    return package_volumes(stack.name, keep, cwd=stack.root, environment=session.environment)
