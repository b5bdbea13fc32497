"""What a changed file means, and why."""

from __future__ import annotations

from dataclasses import replace

import pytest

from devkit.dockerfile import parse
from devkit.project import WatchRules
from devkit.templating import render
from devkit.watch.ignoring import DockerIgnore, GitIgnore
from devkit.watch.meaning import Action, decides_meanings, meaning
from devkit.watch.plan import Plan, make_plan
from devkit.watch.setting import Mount, Setting

DJANGO = """\
FROM python:3.11
WORKDIR /app
COPY requirements.txt .
RUN pip install -r requirements.txt
COPY start /usr/local/bin/start
COPY conf/ /etc/app/
COPY . /app
RUN python manage.py collectstatic
"""
STAGES = """\
FROM node:20 AS assets
WORKDIR /build
COPY package*.json ./
RUN npm ci
COPY frontend/ .
RUN npm run build
FROM php:8-apache
WORKDIR /app
COPY . .
COPY --from=assets /build/dist static
"""
REACT = """\
FROM node:20 AS build
WORKDIR /app
COPY package*.json ./
RUN npm ci
COPY . .
RUN npm run build
FROM nginx:1.27
COPY nginx.conf /etc/nginx/conf.d/default.conf
COPY --from=build /app/dist /usr/share/nginx/html
"""
GO = """\
FROM golang:1.22 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -o /shop .
FROM gcr.io/distroless/static-debian12
COPY --from=build /shop /shop
CMD ["/shop"]
"""
BOUND = """\
FROM golang:1.22 AS build
WORKDIR /src
RUN --mount=type=bind,target=. go build -o /shop .
FROM gcr.io/distroless/static-debian12
COPY --from=build /shop /shop
"""
RAILS = """\
FROM docker.io/library/ruby:3.3-slim AS base
WORKDIR /rails
ENV RAILS_ENV="production" BUNDLE_PATH="/usr/local/bundle"
FROM base AS build
COPY Gemfile Gemfile.lock ./
RUN bundle install && bundle exec bootsnap precompile --gemfile
COPY . .
RUN bundle exec bootsnap precompile app/ lib/
RUN SECRET_KEY_BASE_DUMMY=1 ./bin/rails assets:precompile
FROM base
COPY --from=build "${BUNDLE_PATH}" "${BUNDLE_PATH}"
COPY --from=build /rails /rails
ENTRYPOINT ["/rails/bin/docker-entrypoint"]
CMD ["./bin/rails", "server"]
"""
NODE = render(
    "node.Dockerfile.j2",
    {
        "build": "npm run build", "version": "20", "prisma": False, "port": 3000,
        "files": ["package.json", "package-lock.json"], "install": "npm ci",
        "prune": "npm prune --omit=dev", "command": '["node", "dist/index.js"]',
    },
)  # fmt: skip


def setting(text: str, **changes: object) -> Setting:
    made = Setting(
        mounts=(Mount(source="", target="/app"), Mount(source="data", target="/data")),
        data=("data",),
        copies=parse(text).intake,
        dockerignore=DockerIgnore("tests\n.env-local\n"),
        gitignore=GitIgnore({"": "*.mo\n/local/\n.env-local\n"}),
        configuration=frozenset({"devkit.yaml", ".env-local"}),
        has_release=True,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


DEFAULT = setting(DJANGO)
RELOADS = setting(DJANGO, reloader="Django's runserver")
UNMOUNTED = setting(DJANGO, mounts=())


@pytest.mark.parametrize(
    ("path", "action", "reason"),
    [
        (
            "requirements.txt",
            Action.REBUILD,
            "line 3 of Dockerfile (`COPY requirements.txt .`) before",
        ),
        ("start", Action.REBUILD, "/usr/local/bin/start"),
        ("conf/site.ini", Action.REBUILD, "/etc/app/site.ini"),
        ("Dockerfile", Action.REBUILD, "built by"),
        (".dockerignore", Action.REBUILD, "what the build gets"),
        ("Dockerfile.dockerignore", Action.REBUILD, "what the build gets"),
        ("app/views.py", Action.RESTART, "/app/app/views.py"),
        ("templates/a b.html", Action.RESTART, "does not reload"),
        ("devkit.yaml", Action.REGENERATE, "what runs"),
        (".env-local", Action.REGENERATE, "what runs"),
        ("sub/devkit.yaml", Action.RESTART, "visible"),
        ("data/media/a.png", Action.IGNORED, "data"),
        ("database.py", Action.RESTART, "visible"),
        ("tests/test_a.py", Action.IGNORED, ".dockerignore"),
        ("locale/de.mo", Action.IGNORED, "git"),
        ("local/x.py", Action.IGNORED, "git"),
        (".git/index", Action.IGNORED, "never watched"),
        ("sub/.git/index", Action.IGNORED, "never watched"),
        (".devkit/local.json", Action.IGNORED, "never watched"),
        ("app/.views.py.swp", Action.IGNORED, "tool"),
        ("app/views.py~", Action.IGNORED, "tool"),
        ("app/4913", Action.IGNORED, "tool"),
        ("app/__pycache__/views.cpython-311.pyc", Action.IGNORED, "tool"),
        ("db.sqlite3-journal", Action.IGNORED, "tool"),
        (".github/workflows/ci.yml", Action.IGNORED, "nothing that runs"),
    ],
)
def test_a_mounted_project(path: str, action: Action, reason: str) -> None:
    found = meaning(path, DEFAULT)
    assert (found.action, reason in found.reason) == (action, True), found


def test_what_git_tracks_is_followed_although_it_would_be_ignored() -> None:
    found = meaning("local/a.py", replace(DEFAULT, tracked=frozenset({"local/a.py"})))
    assert found.action > Action.IGNORED
    assert meaning("local/a.py", DEFAULT).reason == "is ignored by git"


def test_a_server_that_reloads_leaves_nothing_to_do_but_what_is_in_the_image() -> None:
    assert meaning("app/views.py", RELOADS).action is Action.NOTHING
    assert meaning("requirements.txt", RELOADS).action is Action.REBUILD
    assert meaning(".env-local", RELOADS).action is Action.REGENERATE


@pytest.mark.parametrize(
    ("others", "words"),
    [
        (("worker_queue",), "takes it up, but worker_queue does not reload"),
        (("worker_queue", "beat"), "takes it up, but worker_queue, beat do not reload"),
    ],
)
def test_where_only_the_server_reloads_the_others_are_restarted(
    others: tuple[str, ...], words: str
) -> None:
    along = replace(RELOADS, others=others)
    found = meaning("shop/tasks.py", along)
    assert (found.action, found.services) == (Action.RESTART, others)
    assert found.reason.endswith(words)
    assert meaning("requirements.txt", along).action is Action.REBUILD
    # Where the server itself is to be restarted, all of them are.
    assert meaning("shop/tasks.py", replace(DEFAULT, others=others)).services == ()


@pytest.mark.parametrize("path", ["static/a.css", "README.md", "static/logo.SVG"])
def test_no_worker_is_ended_for_what_browsers_and_people_read(path: str) -> None:
    assert meaning(path, replace(RELOADS, others=("worker_queue",))).action is Action.NOTHING


def test_what_the_commands_were_judged_by_is_no_code() -> None:
    judged = replace(RELOADS, judged_by=frozenset({"web/package.json"}))
    found = meaning("web/package.json", judged)
    assert (found.action, found.services) == (Action.RESTART, ())
    assert decides_meanings(["web/package.json"], judged)
    assert meaning("web/other.json", judged).action is Action.NOTHING


@pytest.mark.parametrize(
    ("path", "action"),
    [
        ("index.php", Action.NOTHING),
        ("public/a.css", Action.NOTHING),
        ("docker/vhost.conf", Action.RESTART),
        ("docker/php.ini", Action.RESTART),
    ],
)
def test_a_server_that_reads_each_file_anew_reads_its_settings_once(
    path: str, action: Action
) -> None:
    mounts = (
        Mount(source="", target="/var/www/html"),
        Mount(source="docker", target="/usr/local/etc/php/conf.d"),
    )
    php = setting("FROM php:8-apache\nCOPY . /var/www/html\n", mounts=mounts, reloader="PHP")
    assert meaning(path, php).action is action


def test_what_is_not_mounted_is_built() -> None:
    found = meaning("app/views.py", UNMOUNTED)
    assert found.action is Action.REBUILD
    assert "copied to /app/app/views.py" in found.reason
    assert meaning("tests/test_a.py", UNMOUNTED).action is Action.IGNORED


def test_what_gets_nowhere_is_ignored() -> None:
    nowhere = setting("FROM python\nCOPY src /src\n", mounts=())
    assert meaning("README.md", nowhere).action is Action.IGNORED
    assert meaning("src/a.py", nowhere).action is Action.REBUILD


@pytest.mark.parametrize(
    ("path", "action"),
    [
        ("package-lock.json", Action.REBUILD),
        ("frontend/a.js", Action.REBUILD),
        ("index.php", Action.NOTHING),
    ],
)
def test_stages_that_the_last_one_copies_from_count(path: str, action: Action) -> None:
    assert meaning(path, setting(STAGES, reloader="PHP")).action is action


@pytest.mark.parametrize(
    ("text", "path", "line"),
    [
        (REACT, "src/App.jsx", "line 5 of Dockerfile (`COPY . .`)"),
        (REACT, "public/a.svg", "line 5 of Dockerfile (`COPY . .`)"),
        (GO, "main.go", "line 5 of Dockerfile (`COPY . .`)"),
        (BOUND, "main.go", "line 3 of Dockerfile (`RUN --mount=type=bind,target=."),
        (RAILS, "app/models/x.rb", "line 7 of Dockerfile (`COPY . .`)"),
        (NODE, "src/index.ts", "(`COPY . .`)"),
    ],
)
def test_all_that_a_stage_before_the_last_takes_is_built_from(
    text: str, path: str, line: str
) -> None:
    found = meaning(path, setting(text, mounts=()))
    assert found.action is Action.REBUILD
    assert found.reason.endswith("and built from")
    assert line in found.reason
    assert meaning("tests/a.py", setting(text, mounts=())).action is Action.IGNORED
    assert meaning("local/a.py", setting(text, mounts=())).action is Action.IGNORED


def test_code_of_such_a_stage_that_is_mounted_is_visible_at_once() -> None:
    mounts = (Mount(source="", target="/rails"),)
    mounted = setting(RAILS, mounts=mounts, reloader="rails server")
    assert meaning("app/models/x.rb", mounted).action is Action.NOTHING
    assert meaning("Gemfile", mounted).action is Action.REBUILD


def test_a_stage_that_the_last_one_does_not_copy_from_counts_for_nothing() -> None:
    spare = "FROM python AS check\nCOPY . .\nRUN pytest\nFROM python\nCOPY src /src\n"
    assert meaning("a.py", setting(spare, mounts=())).action is Action.IGNORED


def test_an_install_after_the_code_was_copied_counts_for_what_installers_read() -> None:
    one = setting("FROM python\nWORKDIR /app\nCOPY . .\nRUN pip install -r deps.txt && make x\n")
    actions = {p: meaning(p, one).action for p in ("deps.txt", "pyproject.toml", "a.py")}
    assert actions == {
        "deps.txt": Action.REBUILD,
        "pyproject.toml": Action.REBUILD,
        "a.py": Action.RESTART,
    }


@pytest.mark.parametrize(
    ("script", "path", "action"),
    [
        ("npm clean-install", "package.json", Action.REBUILD),
        ("npm --loglevel=error ci", "package-lock.json", Action.REBUILD),
        ("pnpm --frozen-lockfile install", "pnpm-lock.yaml", Action.REBUILD),
        ("yarn --immutable", "yarn.lock", Action.REBUILD),
        ('["npm", "ci"]', "package.json", Action.REBUILD),
        ("poetry sync", "poetry.lock", Action.REBUILD),
        ("poetry --no-interaction install", "poetry.lock", Action.REBUILD),
        ("pipenv --python 3.11 sync", "Pipfile.lock", Action.REBUILD),
        ("uv run --locked true", "uv.lock", Action.REBUILD),
        ("/opt/venv/bin/pip3.11 --no-cache-dir install .", "pyproject.toml", Action.REBUILD),
        ("composer --no-dev install", "composer.lock", Action.REBUILD),
        ("php composer.phar install", "composer.lock", Action.REBUILD),
        ("bundle", "Gemfile.lock", Action.REBUILD),
        ("./mvnw package", "pom.xml", Action.REBUILD),
        ("bundle exec rake x", "Gemfile.lock", Action.RESTART),
        ("npm test", "package.json", Action.RESTART),
        ("poetry check", "poetry.lock", Action.RESTART),
    ],
)
def test_what_installs_after_the_code_was_copied(script: str, path: str, action: Action) -> None:
    one = setting(f"FROM x\nWORKDIR /app\nCOPY . .\nRUN {script}\n")
    assert meaning(path, one).action is action


def test_a_file_that_a_run_mounts_is_built_from() -> None:
    bound = "FROM python\nRUN --mount=type=bind,source=deps.txt,target=/d pip install -r /d\n"
    assert meaning("deps.txt", setting(bound)).action is Action.REBUILD


def test_the_rules_of_devkit_yaml_come_first_and_in_their_order() -> None:
    rules = WatchRules(
        ignore=("docs/", "*.md"), rebuild=("special.py",), restart=("*.yaml", "docs/x"),
        sync=("static/**", "*.css"),
    )  # fmt: skip
    ruled = setting(DJANGO, rules=rules)
    loose = setting(DJANGO, rules=rules, mounts=())
    assert meaning("docs/x", ruled).action is Action.IGNORED
    assert meaning("a/b.md", ruled).action is Action.IGNORED
    assert meaning("special.py", ruled).action is Action.REBUILD
    assert meaning("config/a.yaml", ruled).action is Action.RESTART
    assert meaning("static/a.js", ruled).action is Action.NOTHING
    copied = meaning("static/a.js", loose)
    assert (copied.action, copied.into) == (Action.SYNC, "/app/static/a.js")
    assert meaning("config/a.yaml", loose).into == "/app/config/a.yaml"
    assert meaning("conf/a.css", ruled).into == "/etc/app/a.css"
    assert "watch.restart in devkit.yaml" in meaning("config/a.yaml", loose).reason
    assert meaning(".git/a.md", ruled).reason.endswith("never watched")


def test_a_rule_for_what_is_nowhere_in_the_image_builds_it() -> None:
    rules = WatchRules(sync=("tests/",))
    found = meaning("tests/a.py", setting(DJANGO, rules=rules, mounts=()))
    assert (found.action, found.into) == (Action.REBUILD, None)


@pytest.mark.parametrize(
    ("path", "waits"),
    [
        ("notes/migrations/0003_note_date.py", True),
        ("notes/migrations/__init__.py", False),
        ("migrations/versions/1a2b3c_add.py", True),
        ("db/migrate/20240101000000_add_x.rb", True),
        ("prisma/migrations/20240101_x/migration.sql", True),
        ("database/migrations/2024_01_01_000000_create.php", True),
        ("tests/migrations/0001_x.py", False),
        ("notes/models.py", False),
    ],
)
def test_migrations_are_told_beside_what_they_are_as_code(path: str, waits: bool) -> None:
    assert meaning(path, RELOADS).migration is waits
    assert meaning(path, setting(DJANGO, has_release=False)).migration is False


def test_a_context_in_a_subfolder() -> None:
    inner = setting(
        "FROM python\nWORKDIR /app\nCOPY deps.txt .\nRUN x\nCOPY . .\n",
        context="web", dockerfile="web/Dockerfile", mounts=(Mount(source="web", target="/app"),),
        dockerignore=DockerIgnore("docs"),
    )  # fmt: skip
    actions = {
        path: meaning(path, inner).action
        for path in ("web/deps.txt", "deps.txt", "web/a.py", "web/.dockerignore", "web/docs/a")
    }
    assert actions == {
        "web/deps.txt": Action.REBUILD,
        "deps.txt": Action.IGNORED,
        "web/a.py": Action.RESTART,
        "web/.dockerignore": Action.REBUILD,
        "web/docs/a": Action.IGNORED,
    }


def test_a_plan_does_the_most_that_any_file_asks_for() -> None:
    paths = ("app/a.py", "requirements.txt", ".git/x", "notes/migrations/0001_a.py")
    plan = make_plan(meaning(path, DEFAULT) for path in paths)
    assert (plan.action, plan.builds, plan.idle) == (Action.REBUILD, True, False)
    assert plan.cause == "requirements.txt and 2 more files"
    assert plan.migrations == ("notes/migrations/0001_a.py",)
    more = plan + make_plan([meaning("devkit.yaml", DEFAULT)])
    assert (more.action, more.builds) == (Action.REGENERATE, True)
    assert Plan().idle
    assert make_plan([meaning("a.py", RELOADS)]).idle


@pytest.mark.parametrize(
    ("path", "decides"),
    [
        ("docker/web.dev", True),
        ("docker/web.dev.dockerignore", True),
        ("app/.gitignore", True),
        ("Dockerfile", True),
        ("app/views.py", False),
    ],
)
def test_the_rules_are_read_anew_where_they_may_be_others(path: str, decides: bool) -> None:
    assert decides_meanings([path], setting(DJANGO, dockerfile="docker/web.dev")) is decides


def test_where_nothing_is_built_no_dockerfile_decides() -> None:
    assert not decides_meanings(["app/views.py", ""], setting("", dockerfile=""))
