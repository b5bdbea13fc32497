"""What devkit init makes of projects of many kinds, without a change by hand."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from devkit.config.detect import detect
from devkit.config.detection.files import choose
from devkit.config.load import project_from_text
from devkit.config.scaffold import scaffold
from devkit.dockerfile import parse
from tests.docs import markdown_table
from tests.shapes import ALEMBIC, SHAPES, Shape, image

if TYPE_CHECKING:
    from tests.docs import KeepDocument

BY_NAME = {shape.name: shape for shape in SHAPES}
INTRODUCTION = """\
# What `devkit init` finds

Made by the tests from the projects that they look at (`pytest --write-docs`).

`devkit init` reads the Dockerfile, a Procfile, and the files of package managers and frameworks.
It runs nothing and asks nobody. A release command stands in devkit.yaml where the files show both
the tool and its migrations, and the image is seen to have them; otherwise it is a comment with what
is missing, because a wrong one would fail a good deployment. A `release:` line of a Procfile counts
more than all else. The local command is one that reloads, where the sources are mounted over the
image's. Installed packages inside of them (node_modules, vendor, .venv) are kept from the mount;
where anything else is built there, or comes from another stage (dist), nothing is mounted.

Behind an ENTRYPOINT that is a script, a release command is sure where the script is found and runs
what it is given (`exec "$@"`), or is not found but has a CMD to be given; others may be the server.
Where the Dockerfile has no EXPOSE, the port is the one of CMD or ENTRYPOINT, of the script or the
source file that they start, or else the usual one of the server that they call. An image of nginx
or httpd, or one that starts supervisord, runs as it says itself (`user: image`), because it could
not start as the owner of the mounted folder.

"""


def wanted(shape: Shape) -> dict[str, Any]:
    """What devkit.yaml has to say."""
    command = {"command": shape.command} if shape.command else {}
    return {
        **shape.more,
        "web": {**shape.more.get("web", {}), **command},
        "services": shape.services,
        "release": [shape.release] if shape.release else [],
    }


def facts(shape: Shape) -> dict[str, str]:
    """As the files are read: those that are wanted."""
    return {path: shape.files[path] for path in choose(shape.files)}


@pytest.mark.parametrize("name", BY_NAME)
def test_the_configuration(name: str) -> None:
    shape = BY_NAME[name]
    found = detect(
        facts(shape), dockerfile=parse(shape.dockerfile), dockerfile_text=shape.dockerfile
    )
    assert found.as_mapping() == wanted(shape)
    suggestion = found.suggestion.command if found.suggestion else None
    assert suggestion == shape.suggestion
    for each in filter(None, (shape.release, shape.command)):
        assert any(f"`{each}`" in reason for reason in (*found.reasons, *found.local_reasons))
    assert len(found.reasons) >= len(shape.services)


@pytest.mark.parametrize("name", BY_NAME)
def test_the_file_says_the_same_as_none(name: str) -> None:
    shape, root = BY_NAME[name], Path("/work/x")
    made = scaffold(folder=root.name, dockerfile_text=shape.dockerfile, facts=facts(shape))
    loaded = project_from_text(made.text, root=root, dockerfile_text=shape.dockerfile, facts={})
    assert loaded == project_from_text(
        None, root=root, dockerfile_text=shape.dockerfile, facts=facts(shape)
    )
    if shape.suggestion:
        assert any(shape.suggestion in note for note in made.notes)
        assert f"#   - {shape.suggestion}" in made.text
        assert "release" not in yaml.safe_load(made.text)


@pytest.mark.parametrize(
    "dockerfile",
    [
        image('CMD ["/opt/it\'s/bin/gunicorn", "app:app"]'),
        image('CMD ["/opt/a;b/bin/gunicorn", "-b", ":99999", "app:app"]'),
        image('CMD ["/opt/\\u0000/bin/gunicorn", "app:app"]', workdir="/a'b"),
        image("ENV PORT=0", "CMD [", port=None),
        image('CMD ["uvicorn", "--port", "080", "x:y"]', port=None),
    ],
)
@pytest.mark.parametrize(
    "packages", ["django", "flask\nflask-migrate", "fastapi\nuvicorn\nalembic"]
)
def test_odd_names_give_a_configuration_all_the_same(dockerfile: str, packages: str) -> None:
    files = {
        "requirements.txt": packages,
        "manage.py": "",
        "app.py": "",
        "migrations/env.py": "",
        **ALEMBIC,
        "Procfile": "release: 'unbalanced\n1x: a\n--: b\na__b: c\nweb: d\n" + "w" * 60 + ": e\n",
    }
    root = Path("/work/x")
    made = scaffold(folder="x", dockerfile_text=dockerfile, facts=files)
    for text in (None, made.text):
        project_from_text(text, root=root, dockerfile_text=dockerfile, facts=files)


def test_the_document(keep_document: KeepDocument) -> None:
    rows = [
        (
            shape.name,
            ", ".join(shape.services.values()),
            f"`{shape.release}`" if shape.release else _comment(shape),
            f"`{shape.command}`" if shape.command else "the image's",
        )
        for shape in SHAPES
    ]
    table = markdown_table(("project", "services", "release command", "local command"), rows)
    keep_document("init.md", INTRODUCTION + table)


def _comment(shape: Shape) -> str:
    return f"a comment: `{shape.suggestion}`" if shape.suggestion else "none"
