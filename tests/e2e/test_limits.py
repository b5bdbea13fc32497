"""The cloud's limits in a rehearsal, what is seen of them, and the record that is kept of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.e2e.apps import CONFIG, DOCKERFILE, server, tiny
from tests.e2e.machine import NOTHING, Workspace, left_behind, make_workspace

if TYPE_CHECKING:
    from pathlib import Path

DATABASE = "services: {database: 'postgres:15-bookworm', storage: file}\n"
GREEDY = "hoard = b'x' * (300 * 1024 * 1024)"


def warnings(events: list[dict[str, Any]]) -> str:
    """All that was warned about."""
    return "\n".join(event["message"] for event in events if event["event"] == "warned")


def test_a_container_that_needs_more_memory_than_it_has(tmp_path: Path) -> None:
    config = CONFIG.replace("{containers: 2}", "{containers: 1, memory: 64m, cpus: 0.5}")
    files = tiny(devkit__yaml=config, server__py=server(before=GREEDY))
    workspace = make_workspace(tmp_path / "greedy", files)

    result = workspace.devkit("verify", "--cached", "--json")

    assert (result.code, result.verdict["cause"]) == (14, "out-of-memory"), result.verdict
    assert "ran out of memory" in result.verdict["message"]
    assert "(it has 64m)" in result.verdict["hint"]


POSTGRES = """\
FROM postgres:15-bookworm
ENTRYPOINT []
COPY --chmod=755 show /usr/local/bin/show
EXPOSE 80
CMD ["show", "serve"]
"""
SHOW = """\
#!/bin/sh
[ "$1" = serve ] && exec perl -MIO::Socket -e '
    $s = IO::Socket::INET->new(LocalPort => 80, Listen => 5, ReuseAddr => 1) or die;
    while ($c = $s->accept) { <$c>; print $c "HTTP/1.0 200 OK\\r\\n\\r\\n"; close $c }'
psql "$DATABASE_URL" -Atc "SHOW max_connections" -c "SHOW superuser_reserved_connections"
echo "the key is $SECRET_KEY at $DATABASE_URL"
echo "and $MAIL_KEY"
echo "canary-of-the-person"
"""


def test_the_database_has_60_connections_and_no_secret_is_told(tmp_path: Path) -> None:
    config = CONFIG.replace("python release.py", "sh -c 'show all'") + DATABASE
    files = tiny(Dockerfile=POSTGRES, devkit__yaml=config, show=SHOW, server__py=None)
    workspace = make_workspace(tmp_path / "database", files | {".gitignore": ".env-local\n"})
    workspace.write({".env-local": "MAIL_KEY=canary-of-the-person\n"})

    result = workspace.devkit("verify", "--cached", "--json")

    assert result.code == 0, result.verdict
    said = [e["line"] for e in result.events if e["event"] == "step_output"]
    assert "60" in said, said
    assert "the key is *** at postgres://postgres:***@database_default:5432/db" in said
    assert "canary-of-the-person" not in result.out + result.err
    folder = workspace.path / result.verdict["record"]
    kept = {p.relative_to(folder).as_posix(): p.read_text() for p in folder.rglob("*.*")}
    assert {"events.jsonl", "verdict.json", "logs/web-1.log", "logs/database_default-1.log"} <= set(
        kept
    )
    assert kept["events.jsonl"] == result.out
    assert "ready to accept connections" in kept["logs/database_default-1.log"]
    assert "canary-of-the-person" not in str(kept)
    assert "SECRET_KEY" in json.loads(kept["verdict.json"])["variables"]
    assert workspace.git("status", "--porcelain") == ""


def test_what_is_written_into_the_image_is_warned_about(workspace: Workspace) -> None:
    writes = """
import pathlib
for name in ("/app/uploads/a.txt", "/app/b.txt", "/tmp/c.txt", "/data/d.txt", "/run/e.txt"):
    pathlib.Path(name).parent.mkdir(exist_ok=True)
    pathlib.Path(name).write_text("kept?")
"""
    text = server().replace("import http.server, sys\n", f"import http.server, sys\n{writes}")
    config = CONFIG + "services: {storage: file}\n"
    workspace.commit("Write", {"server.py": text, "devkit.yaml": config})

    result = workspace.devkit("verify", "--cached", "--json")

    assert result.code == 0, result.verdict
    told = warnings(result.events)
    assert "lost at the next deployment: /app/b.txt, /app/uploads/a.txt. Write" in told, told


def test_of_what_an_application_writes_into_its_image_every_byte_is_seen(tmp_path: Path) -> None:
    """The size of the container's own layer, which is asked first, tells of one byte."""
    writes = "import pathlib; pathlib.Path('/srv/once').write_text('x')"
    workspace = make_workspace(tmp_path / "writes", tiny(server__py=server(before=writes)))

    told = warnings(workspace.devkit("verify", "--cached", "--json").events)

    assert "lost at the next deployment: /srv/once. Write" in told, told


def test_an_application_that_writes_nothing_is_not_warned_about(tmp_path: Path) -> None:
    files = tiny(Dockerfile=DOCKERFILE.replace("COPY", "ENV PYTHONDONTWRITEBYTECODE=1\nCOPY", 1))
    workspace = make_workspace(tmp_path / "still", files)

    result = workspace.devkit("verify", "--cached", "--json")

    assert "wrote into its own image" not in warnings(result.events)
    assert result.code == 0, result.verdict


def test_an_entry_point_that_ignores_the_command_is_noticed_at_once(tmp_path: Path) -> None:
    ignoring = DOCKERFILE.replace("CMD", "ENTRYPOINT")
    workspace = make_workspace(tmp_path / "ignoring", tiny(Dockerfile=ignoring))

    result = workspace.devkit("verify", "--cached", "--json")

    assert (result.code, result.verdict["step"]) == (13, "release"), result.verdict
    assert result.verdict["cause"] == "entry-point-ignores-command"
    assert "ENTRYPOINT" in result.verdict["hint"]
    assert result.verdict["seconds"] < 90
    assert left_behind() == NOTHING


def test_a_variable_that_only_env_local_has(tmp_path: Path) -> None:
    needs = "import os; os.environ['STRIPE_KEY']"
    files = tiny(server__py=server(before=needs)) | {".gitignore": ".env-local\n"}
    workspace = make_workspace(tmp_path / "needs", files)
    workspace.write({".env-local": "SECRET_KEY=abc\nSTRIPE_KEY=sk-canary-123\nOTHER=x\n"})

    result = workspace.devkit("verify", "--cached")

    assert result.code == 14
    assert "STRIPE_KEY is not set there: only your .env-local has it" in " ".join(
        result.err.split()
    )
    assert "Only your .env-local has: STRIPE_KEY, OTHER." in result.err
    assert ".devkit/runs/" in result.err
    assert "sk-canary-123" not in result.err
