"""A local project's own address, ``http://NAME.localhost``, at the shared proxy."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from devkit.compose.hosts import Route, address
from devkit.engine.hosts import Hosts
from devkit.engine.local_stack import with_settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from devkit.engine.local_stack import LocalStack


def serve_host(stack: LocalStack, environment: Mapping[str, str]) -> LocalStack:
    """Start the proxy, so that the application can be told where it is found.

    Raises:
        RefusedError: The host is another project's.
        CouldNotFindOutError: The proxy cannot be started.
    """
    if stack.settings is None or not stack.settings.host:
        return stack
    wanted = Route(
        host=stack.settings.host,
        project=stack.name,
        folder=str(stack.root),
        container=f"{stack.name}-{stack.web}-1",
        port=stack.project.web.port,
    )
    port = Hosts(environment=environment).serve(wanted)
    return with_settings(stack, replace(stack.settings, host_port=port))


def without_host(stack: LocalStack) -> LocalStack:
    """The stack where the proxy cannot be had for now."""
    return with_settings(stack, replace(stack.settings, host_port=0)) if stack.settings else stack


def route_host(stack: LocalStack, environment: Mapping[str, str], *, container: str) -> str:
    """Send requests to the web container, which runs now.

    Returns:
        The address; empty where the project has none.

    Raises:
        CouldNotFindOutError: The proxy does not take it up.
    """
    kept = stack.settings
    if kept is None or not kept.host or not kept.host_port:
        return ""
    routed = Hosts(environment=environment).route(stack.root, container=container)
    return address(kept.host, kept.host_port) if routed else ""
