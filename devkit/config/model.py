"""devkit.yaml as pydantic models: its keys, their types, and what the JSON Schema says of them.

Everything is optional and None where the file says nothing; devkit.config.resolve fills in.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
)

from devkit.config.checks import (
    COMPOSE_SERVICE_PATTERN,
    ENV_NAME_PATTERN,
    IMAGE_PATTERN,
    MEMORY_PATTERN,
    MOUNT_PATTERN,
    NAME_PATTERN,
    SERVICE_PATTERN,
    check_command,
    check_memory,
    check_services,
)

MAX_CONTAINERS = 50

Port = Annotated[int, Field(ge=1, le=65535)]
Command = Annotated[str, StringConstraints(min_length=1), AfterValidator(check_command)]
Mount = Annotated[str, StringConstraints(pattern=MOUNT_PATTERN)]
UrlPath = Annotated[str, StringConstraints(pattern=r"^/[!-~]*$", max_length=2000)]
Memory = Annotated[str, StringConstraints(pattern=MEMORY_PATTERN), AfterValidator(check_memory)]
EnvName = Annotated[str, StringConstraints(pattern=ENV_NAME_PATTERN)]
ServiceKey = Annotated[str, StringConstraints(pattern=SERVICE_PATTERN)]
ServiceValue = str | Literal[False] | None

_ABSENT = {"enum": [False, None]}
_SERVICES_SCHEMA = {
    "type": "object",
    "patternProperties": {
        "^database(_[a-z][a-z0-9_]*)?$": {
            "description": "The PostgreSQL image, with a version: postgres:15-bookworm. "
            "`database` gives DATABASE_URL, `database_reporting` REPORTING_DATABASE_DSN.",
            "anyOf": [{"type": "string", "pattern": IMAGE_PATTERN}, _ABSENT],
        },
        "^storage(_[a-z][a-z0-9_]*)?$": {
            "description": "`file`: a folder, kept in ./data and mounted at /data. "
            "`storage` gives DEFAULT_STORAGE_DSN.",
            "enum": ["file", False, None],
        },
    },
    "additionalProperties": False,
}
Services = Annotated[
    dict[ServiceKey, ServiceValue],
    AfterValidator(check_services),
    WithJsonSchema(_SERVICES_SCHEMA),
]


class Section(BaseModel):
    """What all sections have in common: no unknown key, and no type is guessed."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


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
    receipts: ReceiptsSection | None = Field(
        default=None, description="The receipts that passed rehearsals leave for pushes."
    )
