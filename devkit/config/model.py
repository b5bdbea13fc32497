"""devkit.yaml as pydantic models: its keys, their types, and what the JSON Schema says of them.

Everything is optional and None where the file says nothing; devkit.config.resolve fills in.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    StringConstraints,
    Tag,
    WithJsonSchema,
)

from devkit.config.checks import (
    COMPOSE_SERVICE_PATTERN,
    ENV_NAME_PATTERN,
    IMAGE_PATTERN,
    MEMORY_PATTERN,
    MOUNT_PATTERN,
    NAME_PATTERN,
    SERVICE_ENV_NAME_PATTERN,
    SERVICE_PATTERN,
    WORKER_PATTERN,
    check_command,
    check_memory,
    check_pattern,
    check_workers,
)
from devkit.config.defaults import FILE, S3
from devkit.config.service_checks import check_services

MAX_CONTAINERS = 50

Port = Annotated[int, Field(ge=1, le=65535)]
Command = Annotated[str, StringConstraints(min_length=1), AfterValidator(check_command)]
Mount = Annotated[str, StringConstraints(pattern=MOUNT_PATTERN)]
UrlPath = Annotated[str, StringConstraints(pattern=r"^/[!-~]*$", max_length=2000)]
Pattern = Annotated[
    str, StringConstraints(min_length=1, max_length=500), AfterValidator(check_pattern)
]
Patterns = Annotated[list[Pattern], Field(max_length=200)]
Memory = Annotated[str, StringConstraints(pattern=MEMORY_PATTERN), AfterValidator(check_memory)]
EnvName = Annotated[str, StringConstraints(pattern=ENV_NAME_PATTERN)]
ServiceEnvName = Annotated[str, StringConstraints(pattern=SERVICE_ENV_NAME_PATTERN)]
ServiceKey = Annotated[str, StringConstraints(pattern=SERVICE_PATTERN)]
WorkerKey = Annotated[str, StringConstraints(pattern=WORKER_PATTERN, max_length=40)]


class Section(BaseModel):
    """What all sections have in common: no unknown key, and no type is guessed."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class OtherService(Section):
    """A service that devkit has no template for."""

    image: str | None = Field(default=None, description="Its image, with a version. Required.")
    port: Port | None = Field(
        default=None, description="Where it listens: `{port}` in `variables` and `env`."
    )
    env: dict[ServiceEnvName, str] | None = Field(
        default=None,
        description="Its own variables. `{password}` stands for a password of its own, `{host}` "
        "for its name.",
    )
    variables: dict[EnvName, str] | None = Field(
        default=None,
        description="The variables that the application finds it by, with `{host}`, `{port}` and "
        "`{password}` in their places.",
        examples=[{"SEARCH_URL": "http://{host}:{port}"}],
    )
    volume: Mount | None = Field(
        default=None, description="The path in its container whose data are kept."
    )
    command: Command | None = Field(
        default=None, description="Its command, run without a shell. Default: the image's."
    )
    healthcheck: Annotated[str, StringConstraints(min_length=1)] | None = Field(
        default=None,
        description="A line for the shell of its container that exits zero once it is ready. "
        "Default: ready is what runs.",
        examples=["curl --fail http://127.0.0.1:9200/"],
    )


_ABSENT = {"enum": [False, None]}


def _image_schema(description: str, *more: str) -> dict[str, Any]:
    image = {"type": "string", "pattern": IMAGE_PATTERN}
    words = [{"enum": list(more)}] if more else []
    return {"description": description, "anyOf": [*words, image, _ABSENT]}


def _services_schema() -> dict[str, Any]:
    prefix = "(_[a-z0-9]+)*$"
    other = OtherService.model_json_schema()
    return {
        "type": "object",
        "patternProperties": {
            f"^database{prefix}": _image_schema(
                "The image of PostgreSQL, MariaDB or MySQL, with a version: postgres:15-bookworm. "
                "`database` gives DATABASE_URL, `database_reporting` REPORTING_DATABASE_DSN."
            ),
            f"^storage{prefix}": _image_schema(
                "`file`: a folder, kept in ./data and mounted at /data; `s3`, or an image of "
                "MinIO: an object store. `storage` gives DEFAULT_STORAGE_DSN.",
                FILE,
                S3,
            ),
            f"^cache{prefix}": _image_schema(
                "The image of Redis or Valkey: redis:7. `cache` gives CACHE_URL, `cache_sessions` "
                "SESSIONS_CACHE_URL."
            ),
            f"^broker{prefix}": _image_schema(
                "The image of RabbitMQ: rabbitmq:3. `broker` gives DEFAULT_AMQP_BROKER_URL."
            ),
            f"^mail{prefix}": _image_schema(
                "The image of Mailpit or MailDev, which catch all mails: axllent/mailpit:v1.27. "
                "`mail` gives EMAIL_URL."
            ),
            f"^(?!(database|storage|cache|broker|mail)(_|$))[a-z][a-z0-9]*{prefix}": {
                "anyOf": [{**other, "required": ["image"]}, _ABSENT]
            },
        },
        "additionalProperties": False,
    }


def _service_form(value: object) -> str:
    if isinstance(value, dict | OtherService):
        return "(mapping)"
    return "(nothing)" if value is None or value is False else "(text)"


Services = Annotated[
    dict[
        ServiceKey,
        Annotated[
            Annotated[str, Tag("(text)")]
            | Annotated[OtherService, Tag("(mapping)")]
            | Annotated[Literal[False] | None, Tag("(nothing)")],
            Discriminator(_service_form),
        ],
    ],
    AfterValidator(check_services),
    WithJsonSchema(_services_schema()),
]


class WorkerSection(Section):
    """A worker that needs more said than its command."""

    command: Command | None = Field(
        default=None, description="What it runs, without a shell. Required."
    )
    containers: Annotated[int, Field(ge=1, le=MAX_CONTAINERS)] | None = Field(
        default=None, description="How many of it a cloud environment runs. Default: 1."
    )
    memory: Memory | None = Field(
        default=None, description="The memory limit of one. Default: the environment's."
    )


def _worker_form(value: object) -> str:
    return "(mapping)" if isinstance(value, dict | WorkerSection) else "(text)"


Workers = Annotated[
    dict[
        WorkerKey,
        Annotated[
            Annotated[Command, Tag("(text)")] | Annotated[WorkerSection, Tag("(mapping)")],
            Discriminator(_worker_form),
        ],
    ],
    AfterValidator(check_workers),
]


class WebSection(Section):
    """The web container."""

    port: Port | None = Field(
        default=None,
        description="The port that the application listens on. Default: the image's EXPOSE.",
    )
    publish: Port | None = Field(
        default=None, description="The port on 127.0.0.1 for local work. Default: 8000."
    )
    command: Command | None = Field(
        default=None,
        description="The local command, run without a shell. The cloud runs the image's CMD.",
        examples=["python manage.py runserver 0.0.0.0:80"],
    )
    mount: Mount | Literal[False] | None = Field(
        default=None,
        description="Where the project's folder is mounted for local work; false for nowhere. "
        "Default: where the Dockerfile copies it to (`COPY . /app`).",
        examples=["/app"],
    )
    user: Literal["owner", "image"] | None = Field(
        default=None,
        description="Whom local containers run as on Linux: `owner`, whom the project's folder "
        "belongs to, so that what they write there does, too; or `image`, as the image says. "
        "Default: owner.",
    )
    paths: Annotated[list[UrlPath], Field(min_length=1, max_length=50)] | None = Field(
        default=None,
        description="What a rehearsal's visitors ask for while the old version is switched to the "
        "new one. Default: / alone.",
        examples=[["/", "/news/", "/search?q=a"]],
    )


class EnvironmentSection(Section):
    """One environment."""

    containers: Annotated[int, Field(ge=1, le=MAX_CONTAINERS)] | None = Field(
        default=None, description="How many web containers it runs. Default: 1 on test, 2 on live."
    )
    memory: Memory | None = Field(
        default=None, description="The memory limit of one container.", examples=["512m"]
    )
    cpus: Annotated[float, Field(ge=0.01, allow_inf_nan=False)] | None = Field(
        default=None, description="The CPU limit of one container.", examples=[0.25]
    )
    env: dict[EnvName, str] | None = Field(
        default=None, description="Further environment variables; numbers and True in quotes."
    )


class LocalSection(EnvironmentSection):
    """The environment of local work."""

    containers: Literal[1] | None = Field(
        default=None, description="Local work runs one container, behind its published port."
    )


class EnvironmentsSection(Section):
    """The environments."""

    local: LocalSection | None = Field(default=None, description="Local work: `devkit up`.")
    test: EnvironmentSection | None = Field(
        default=None, description="The cloud's test environment."
    )
    live: EnvironmentSection | None = Field(
        default=None, description="The cloud's live environment."
    )


class ReceiptsSection(Section):
    """What a passed rehearsal is good for."""

    days: Annotated[int, Field(ge=1, le=365)] | None = Field(
        default=None,
        description="How many days it lets pushes of the same files through. Default: 7; more "
        "where everything that the build fetches is pinned.",
    )


class ComposeSection(Section):
    """A compose file that a person wrote."""

    web: Annotated[str, StringConstraints(pattern=COMPOSE_SERVICE_PATTERN)] | None = Field(
        default=None,
        description="Which of its services is the application, where that cannot be told from"
        " the file. Default: `web`, or the one that is built.",
        examples=["django"],
    )


class WatchSection(Section):
    """What `devkit watch` does for a changed file, where its own reading is not what is wanted.

    Patterns as in .gitignore, from the project's folder; `ignore` is asked first, then `rebuild`,
    `restart` and `sync`, and the first that matches counts.
    """

    ignore: Patterns | None = Field(
        default=None, description="Nothing is done.", examples=[["docs/", "*.md"]]
    )
    rebuild: Patterns | None = Field(
        default=None, description="The image is built anew.", examples=[["build/settings.json"]]
    )
    restart: Patterns | None = Field(
        default=None,
        description="The container is restarted; a file that is not mounted is copied into it "
        "first.",
        examples=[["config/*.yaml"]],
    )
    sync: Patterns | None = Field(
        default=None,
        description="A file that is not mounted is copied into the container, and that is all.",
        examples=[["templates/", "static/"]],
    )


class Configuration(Section):
    """How devkit runs this application, locally and in a rehearsal of its deployment."""

    name: Annotated[str, StringConstraints(pattern=NAME_PATTERN, max_length=63)] | None = Field(
        default=None, description="The name of the project. Default: the name of its folder."
    )
    web: WebSection | None = Field(default=None, description="The web container.")
    services: Services | None = Field(
        default=None, description="The services that the cloud gives the application."
    )
    release: list[Command] | None = Field(
        default=None,
        description="The release commands: run in this order with each deployment, each in a "
        "container of its own and without a shell, before the new containers start.",
        examples=[["start migrate"]],
    )
    compose: ComposeSection | None = Field(
        default=None, description="A compose file of your own, which devkit leaves as it is."
    )
    environments: EnvironmentsSection | None = Field(
        default=None, description="What differs between local work, test and live."
    )
    workers: Workers | None = Field(
        default=None,
        description="What runs beside web in the same image and serves nobody: name and command. "
        "In a rehearsal each has to run on after the gate.",
        examples=[{"celery": "celery -A app worker"}],
    )
    receipts: ReceiptsSection | None = Field(
        default=None, description="The receipts that passed rehearsals leave for pushes."
    )
    watch: WatchSection | None = Field(
        default=None, description="What `devkit watch` does for a changed file."
    )
