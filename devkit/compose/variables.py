"""The environment variables that the application gets, locally and in the cloud."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from devkit.compose.addresses import (
    DATABASE_NAME,
    DATABASE_USER,
    LOCAL_PASSWORD,
    address_of,
    contained_variables,
    service_password,
)
from devkit.project import DEFAULT_PREFIX, tag_of

if TYPE_CHECKING:
    from devkit.project import Commit, Environment, Project, Service

__all__ = [
    "DATABASE_NAME",
    "DATABASE_USER",
    "STORAGE_MOUNT",
    "cloud_domain",
    "cloud_variables",
    "database_dsn",
    "database_mount",
    "local_variables",
    "major_version",
    "service_variables",
]

STORAGE_MOUNT = "/data"
# From 18 on the images keep the data in a folder of the major version's, below the mount.
_FIRST_WITH_VERSION_FOLDER = 18


def local_variables(project: Project) -> dict[str, str]:
    """The variables of local work; secrets are not among them, they lie in .env-local."""
    return {
        "STAGE": "local",
        "DEBUG": "True",
        "DOMAIN": "localhost",
        "DOMAIN_ALIASES": "127.0.0.1",
        **service_variables(project, database_password=LOCAL_PASSWORD),
        **project.environments["local"].env,
    }


def cloud_variables(
    project: Project,
    *,
    environment: Environment,
    commit: Commit,
    database_password: str,
    secret_key: str,
    domain: str = "",
) -> dict[str, str]:
    """The variables that the cloud gives a container of this environment.

    DEBUG is False on test as well as on live, unless ``env`` says otherwise.

    Args:
        project: The project.
        environment: The environment, of which ``env`` has the last word.
        commit: What is deployed.
        database_password: Of its databases.
        secret_key: Of the application.
        domain: Where visitors reach it; empty for one that nobody has.
    """
    domain = domain or cloud_domain(project, environment.name)
    return {
        "STAGE": environment.name,
        "DEBUG": "False",
        "DOMAIN": domain,
        "DOMAIN_ALIASES": f"www.{domain}",
        "SECRET_KEY": secret_key,
        "GIT_BRANCH": commit.branch_text,
        "GIT_COMMIT": commit.sha,
        **service_variables(project, database_password=database_password),
        **environment.env,
    }


def cloud_domain(project: Project, environment: str) -> str:
    """The domain of a cloud environment, one that nobody has."""
    host = project.name.replace("_", "-")
    label = host if environment == "live" else f"{host}-{environment}"
    return f"{label}.example.com"


def service_variables(project: Project, *, database_password: str) -> dict[str, str]:
    """Where the application finds its services.

    Args:
        project: The project.
        database_password: Of PostgreSQL; those of the other software are made from it.
    """
    variables: dict[str, str] = {}
    for service in project.contained:
        variables |= contained_variables(service, service_password(service, database_password))
    for service in project.storages:
        variables[f"{service.prefix}_STORAGE_DSN"] = _storage_dsn(service)
    return variables


def database_mount(service: Service) -> str:
    """Where the volume of a database belongs; the image's tag says which PostgreSQL it is."""
    if major_version(service.image or "") >= _FIRST_WITH_VERSION_FOLDER:
        return "/var/lib/postgresql"
    return "/var/lib/postgresql/data"


def database_dsn(service: Service, password: str) -> str:
    """The address of a database, as dj-database-url and others read it."""
    return address_of(service, password)


def major_version(image: str) -> int:
    """Which PostgreSQL an image is, as its tag says; 0 where it does not."""
    tag = tag_of(image)
    major = re.search(r"pg(\d+)", tag) or re.search(r"(\d+)", tag)
    return int(major[1]) if major else 0


def storage_folder(service: Service) -> str:
    """The folder of a file storage, below ``/data``."""
    is_default = service.prefix == DEFAULT_PREFIX
    return "media" if is_default else f"media-{service.prefix.lower()}"


def _storage_dsn(service: Service) -> str:
    """A folder below ``/data``, served under the path of the same name."""
    folder = storage_folder(service)
    return f"file://{STORAGE_MOUNT}/{folder}/?url={quote(f'/{folder}/', safe='')}"
