"""The proxy for ``http://NAME.localhost`` that all projects of a person share: its files.

It is HAProxy, as before the web containers of a deployment; docs/this-machine.md says how it works.
"""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import TYPE_CHECKING

from devkit.compose.own_override import HTTP_PORT
from devkit.compose.proxy import MAX_CONNECTIONS, PROXY_PORT
from devkit.templating import render

if TYPE_CHECKING:
    from collections.abc import Sequence

CONFIG_FOLDER = "/usr/local/etc/haproxy"
HEADER = "X-Devkit-Hosts"
"""In the answers that are the proxy's own."""
_TEMPLATE = "hosts.cfg.j2"
_PAGE = """\
<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>
<body style="font: 1.1em/1.5 sans-serif; margin: 3em auto; max-width: 40em">
<h1>{title}</h1>
{body}
"""


@dataclass(frozen=True, kw_only=True)
class Route:
    """A project that has an address of its own.

    Attributes:
        host: What stands before ``.localhost``.
        project: Its Compose project.
        folder: Its folder.
        container: The name of its web container.
        port: Where that one listens.
        owner: The devkit that made it, as devkit.engine.ownership writes it.
    """

    host: str
    project: str
    folder: str
    container: str
    port: int
    owner: str = ""


def address(host: str, port: int) -> str:
    """The URL of a host at the proxy's port."""
    return f"http://{host}.localhost{'' if port == HTTP_PORT else f':{port}'}/"


def hosts_files(routes: Sequence[Route], *, port: int) -> dict[str, str]:
    """The proxy's files, by their names.

    Args:
        routes: The projects; their hosts and containers are checked names.
        port: Where the proxy is published.
    """
    ordered = sorted(routes, key=lambda each: each.host)
    config = render(
        _TEMPLATE,
        {
            "max_connections": MAX_CONNECTIONS,
            "listen_port": PROXY_PORT,
            "folder": CONFIG_FOLDER,
            "header": HEADER,
            "routes": ordered,
        },
    )
    down = {f"down{number}.http": _down(each) for number, each in enumerate(ordered, start=1)}
    return {"haproxy.cfg": config, "unknown.html": _unknown(ordered, port), **down}


def _unknown(routes: Sequence[Route], port: int) -> str:
    items = "".join(
        f'<li><a href="{address(each.host, port)}">{each.host}.localhost</a>'
        f" <small>{_text(each.folder)}</small></li>\n"
        for each in routes
    )
    known = f"<p>These have:</p>\n<ul>\n{items}</ul>" if items else "<p>None has one now.</p>"
    hint = "<p><code>devkit up --host</code> gives a project its name.</p>"
    return _PAGE.format(title="No project has this name", body=f"{known}\n{hint}")


def _down(route: Route) -> str:
    """A whole answer, as HAProxy wants it for an error of its own."""
    body = (
        f"<p>{_text(route.project)} is starting, or it is down: <code>devkit up</code> in"
        f" <code>{_text(route.folder)}</code> starts it.</p>"
    )
    page = _PAGE.format(title=f"{route.host}.localhost does not answer", body=body)
    head = (
        "HTTP/1.1 503 Service Unavailable",
        "Content-Type: text/html; charset=utf-8",
        "Cache-Control: no-cache",
        "Connection: close",
        f"Content-Length: {len(page.encode())}",
        f"{HEADER}: down",
    )
    return "\r\n".join([*head, "", page])


def _text(raw: str) -> str:
    return html.escape("".join(each if each.isprintable() else "?" for each in raw))
