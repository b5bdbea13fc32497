"""The first Dockerfile for a project that has none."""

from __future__ import annotations

import pytest

from devkit.config.detection.versions import node_version, python_version
from devkit.config.offer import Offer, offer
from devkit.dockerfile import parse
from devkit.dockerfile.context import is_ignored

MANAGE = 'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")\n'
EXPRESS = '{"dependencies": {"express": "5"}, "scripts": {"start": "node server.js"}}'
NEXT = '{"dependencies": {"next": "15"}, "scripts": {"build": "next build", "start": "next start"}}'

# what it is for, the project's files, lines that have to be there, the CMD, the port
OFFERS = {
    "Django with gunicorn": (
        {
            "requirements.txt": "django==5.2\ngunicorn==23\npsycopg2==2.9\n",
            "manage.py": MANAGE,
            "shop/settings.py": 'STATIC_ROOT = "x"\nSECRET_KEY = os.environ["SECRET_KEY"]\n',
        },
        [
            "FROM python:3.13-slim-bookworm",
            "COPY requirements.txt ./",
            "RUN pip install --no-cache-dir -r requirements.txt",
            "    && apt-get install -y --no-install-recommends gcc libc6-dev libpq-dev libpq5 \\",
            "USER app",
            "RUN SECRET_KEY=only-for-the-build python manage.py collectstatic --noinput",
        ],
        '["gunicorn", "--bind", "0.0.0.0:8000", "shop.wsgi:application"]',
        8000,
    ),
    "Django in src/, with uv": (
        {
            "pyproject.toml": '[project]\nrequires-python = ">=3.11,<3.13"\n'
            'dependencies = ["django", "uvicorn"]\n',
            "uv.lock": "",
            "src/manage.py": MANAGE,
        },
        [
            "FROM python:3.12-slim-bookworm AS build",
            "COPY pyproject.toml uv.lock ./",
            "COPY --from=build /venv /venv",
            "WORKDIR /app/src",
        ],
        '["uvicorn", "--host", "0.0.0.0", "--port", "8000", "shop.asgi:application"]',
        8000,
    ),
    "Flask with Poetry and no server": (
        {
            "pyproject.toml": '[tool.poetry.dependencies]\npython = "~3.10.4"\nflask = "*"\n',
            "poetry.lock": "",
            "wsgi.py": "application = create_app()\n",
        },
        ["RUN poetry install --only main --no-root --no-interaction"],
        '["flask", "--app", "wsgi:application", "run", "--host", "0.0.0.0", "--port", "8000"]',
        8000,
    ),
    "FastAPI with a Pipfile": (
        {
            "Pipfile": '[packages]\nfastapi = {extras = ["standard"], version = "*"}\n',
            "Pipfile.lock": "",
            "app/main.py": "api = FastAPI(title='x')\n",
        },
        ["COPY Pipfile Pipfile.lock ./", "RUN pipenv sync"],
        '["uvicorn", "--host", "0.0.0.0", "--port", "8000", "app.main:api"]',
        8000,
    ),
    "requirements that include others": (
        {
            "requirements.txt": "-r requirements/base.txt\n",
            "requirements/base.txt": "-c constraints.txt\nflask\ngunicorn\n",
            "app.py": "app = Flask('x')\n",
        },
        [
            "COPY requirements.txt ./",
            "COPY requirements/base.txt requirements/base.txt",
            "COPY requirements/constraints.txt requirements/constraints.txt",
        ],
        '["gunicorn", "--bind", "0.0.0.0:8000", "app:app"]',
        8000,
    ),
    "a Procfile says the command": (
        {"requirements.txt": "flask\n", "Procfile": "web: gunicorn --bind :$PORT shop:app\n"},
        ["    PORT=8000"],
        "exec gunicorn --bind :$PORT shop:app",
        8000,
    ),
    "Express": (
        {"package.json": EXPRESS, "package-lock.json": "{}", "server.js": "app.listen(4000)"},
        [
            "FROM node:22-bookworm-slim",
            "COPY package.json package-lock.json ./",
            "RUN npm ci --omit=dev",
            "USER node",
        ],
        '["node", "server.js"]',
        4000,
    ),
    "Next.js with yarn and Prisma": (
        {
            "package.json": NEXT.replace('"next"', '"prisma": "6", "next"', 1),
            "yarn.lock": "",
            ".nvmrc": "v20.11.1\n",
            "prisma/schema.prisma": "",
        },
        [
            "FROM node:20-bookworm-slim AS build",
            "COPY prisma ./prisma",
            "RUN yarn run build",
            "COPY --from=build --chown=node:node /app /app",
        ],
        '["npm", "start"]',
        3000,
    ),
}


def made(files: dict[str, str]) -> Offer:
    found = offer(files)
    assert found is not None
    return found


@pytest.mark.parametrize("name", OFFERS)
def test_the_dockerfile(name: str) -> None:
    files, lines, command, port = OFFERS[name]
    text = made(files).dockerfile
    assert [line for line in lines if line not in text.splitlines()] == []
    said = parse(text)
    assert (said.command, said.ports, said.has_entrypoint) == (command, (port,), False)
    assert said.user in {"app", "node"}
    assert all(":" in image for image in said.base_images)
    assert "\n\n\n" not in text


@pytest.mark.parametrize("name", OFFERS)
def test_the_dependencies_come_before_the_sources(name: str) -> None:
    text = made(OFFERS[name][0]).dockerfile
    commands = ("pip install --no-cache-dir -r", "/venv /venv", "npm ci", "yarn install")
    installs = [text.index(each) for each in commands if each in text]
    sources = [text.index(each) for each in ("COPY . .", "COPY --chown") if each in text]
    assert min(installs) < min(sources)


@pytest.mark.parametrize("name", OFFERS)
def test_what_to_check_in_two_to_five_lines(name: str) -> None:
    found = made(OFFERS[name][0])
    assert 2 <= len(found.checks) <= 5
    missing = any("is not among the dependencies" in check for check in found.checks)
    assert missing is (name == "Flask with Poetry and no server")


@pytest.mark.parametrize("name", [".env-local", ".env", ".git", ".devkit", "node_modules", ".venv"])
def test_what_stays_out_of_the_image(name: str) -> None:
    assert is_ignored(made({"requirements.txt": ""}).dockerignore, name)


def test_a_broken_project_is_offered_one_all_the_same() -> None:
    assert "pip install" in made({"pyproject.toml": "tool = 1\nproject = []"}).dockerfile
    assert '"npm", "start"' not in made({"package.json": "[1"}).dockerfile


@pytest.mark.parametrize(
    "files",
    [{}, {"go.mod": "module x"}, {"Gemfile": "", "package.json": "{}"}, {"composer.json": "{}"}],
)
def test_no_other_language(files: dict[str, str]) -> None:
    assert offer(files) is None


@pytest.mark.parametrize(
    ("asked", "version"),
    [
        (">=3.9", "3.13"),
        (">=3.14", "3.14"),
        ("^3.11", "3.13"),
        (">=3.9,<3.12", "3.11"),
        ("<=3.10", "3.10"),
        ("==3.11.*", "3.11"),
        ("~=3.10.2", "3.10"),
        ("any", "3.13"),
    ],
)
def test_the_version_of_python(asked: str, version: str) -> None:
    files = {"pyproject.toml": f'[project]\nrequires-python = "{asked}"\n'}
    assert python_version(files)[0] == version


@pytest.mark.parametrize(
    ("asked", "version"), [(">=18", "22"), ("20.x", "20"), ("^24", "24"), ("*", "22")]
)
def test_the_version_of_node(asked: str, version: str) -> None:
    assert node_version({"package.json": f'{{"engines": {{"node": "{asked}"}}}}'})[0] == version
