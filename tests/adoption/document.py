"""docs/adoption.md, made from the shapes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.docs import markdown_table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from devkit.adoption.assumed import Assumed
    from tests.adoption.shapes import Shape

DOCUMENT = "adoption.md"

BEFORE = """\
# Projects with a compose file of their own

This page is made by the test run, the table from projects that are brought up by it.

Where there is a `compose.yaml`, `compose.yml`, `docker-compose.yml` or `docker-compose.yaml` that
devkit did not write, it is yours: devkit reads it, runs it and never writes it. `devkit init` then
writes nothing but `devkit.yaml`, and it is not needed.

- `devkit up`, `down`, `status`, `run` and `migrate` are `docker compose` on your file: your project
  name, your override file, your `.env`, and the profiles of `COMPOSE_PROFILES`. `up` waits for the
  page on the port that the application publishes on this machine; where it publishes none, for the
  containers alone. A generated port, a free one for a taken one, and `web` of `devkit.yaml` are
  not for it.
- A file without `services:`, as the first Compose had it, or with a number for its `version`, is
  one that Compose reads no more. It gets a copy that says the same,
  `.devkit/compose.converted.yml`, made anew when yours changes. Named volumes are then the
  project's own, as they are today, and not the machine's.
- A file of another name, such as `docker-compose.local.yml`, is not found:
  `ln -s docker-compose.local.yml docker-compose.yml`.
- An `env_file` that is not there is named. `.env-local` is made where the file speaks of it.

## Which service is the application

The one that `compose: {web: NAME}` in `devkit.yaml` names. Else those are left out that are called
as databases, proxies, workers and the like, or run such an image, or are built from one (but for
the Dockerfile in the folder, which the cloud builds); and what is not built, where something is.
Of what is left it is `web`; else the only one; else the only one that publishes a port; else the
one with the likeliest name (`app`, `django`, `api`, ...). Where that leaves several, devkit asks
for the name.

## What a rehearsal makes of it

The cloud never reads a compose file: what counts there is the Dockerfile in the folder, the
services that the cloud gives, its variables and the release commands. So `devkit verify` takes
from the file **of the commit** nothing but which services there are to be, and only where
`devkit.yaml` has no `services`: databases, caches, brokers and mail catchers from their images, a
file storage from `X_STORAGE_DSN` or a mount at `/data`. The database that `DATABASE_URL` leads to
is `database`; one that `REPORTING_DATABASE_DSN` leads to is `database_reporting`; any other has the
name of its service. They are found by the cloud's variables, as there, and not by `db` or
`postgres`.

These are the official images, by whichever registry, and those made after them: `postgis`,
`timescaledb`, `pgvector`, `mysql-server`, `percona`, `valkey` and a few more. An image that is set
up in a way of its own, such as `bitnami/postgresql:15` or `redis/redis-stack-server:7.2.0-v10`,
gives the official one of that version, `postgres:15` or `redis:7.2`, with no variable or extension
of its own. What only has a server's name in its own (`postgres-exporter`, `redis-commander`,
`acme/postgres-with-extras`) is none: a rehearsal goes without it, and says so.

A variable that only the compose file sets is not set in the cloud, and so not in a rehearsal. They
are named beforehand, and again with a step that fails; what the application needs of them belongs
into the cloud's settings and into `environments: {live: {env: ...}}`.

`devkit up` and `devkit verify` tell what they assume when it changes, and always with `--verbose`.

## Shapes

Each is brought up, migrated and rehearsed just as it is, but for its ports and for images that are
not to be had everywhere. The one without a Dockerfile in the folder is not rehearsed.

"""


def page(rows: Iterable[tuple[Shape, Assumed]]) -> str:
    """The whole document."""
    table = markdown_table(
        ("the project", "its application", "`services` of a rehearsal", "what is said"),
        (_row(shape, assumed) for shape, assumed in rows),
    )
    return BEFORE + table


def _row(shape: Shape, assumed: Assumed) -> tuple[str, ...]:
    services = [f"`{key}: {value}`" for key, value in assumed.services.items()]
    # The sentences on each service say what the column beside them has.
    told = [each for each in assumed.reasons if not each.startswith("`")]
    return (
        f"{shape.name} (`{shape.file}`)",
        f"`{assumed.web}`",
        "<br>".join(services) or "as `devkit.yaml` says",
        "<br>".join([*told, *assumed.gaps, *assumed.local]),
    )
