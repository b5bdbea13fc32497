"""Which services take changed code up by themselves, from a project's real files."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from devkit.config.load import load_project
from devkit.engine.watch_setting import read_setting
from devkit.watch.meaning import Action, meaning
from tests.files import build_file_tree

if TYPE_CHECKING:
    from pathlib import Path

    from devkit.watch.setting import Setting

PYTHON = "FROM python:3.11\nWORKDIR /app\nCOPY . /app\n"
NODE = "FROM node:20\nWORKDIR /app\nCOPY package.json .\nRUN npm ci\nCOPY . .\n"
PACKAGE = '{"scripts": {"dev": "node --watch server.js", "start": "node server.js"}}'


def setting(root: Path) -> Setting:
    return read_setting(load_project(root), None, environment=os.environ)


@pytest.mark.parametrize(
    ("workers", "others"),
    [
        ("{queue: celery worker}", ["queue"]),
        ("{queue: celery worker, beat: celery beat}", ["queue", "beat"]),
        ("{queue: watchmedo auto-restart -- celery worker, beat: celery beat}", ["beat"]),
        ("{}", []),
    ],
)
def test_workers_that_do_not_reload_are_found(
    tmp_path: Path, workers: str, others: list[str]
) -> None:
    config = f"web: {{command: ./manage.py runserver}}\nworkers: {workers}\n"
    found = setting(build_file_tree(tmp_path, {"Dockerfile": PYTHON, "devkit.yaml": config}))
    assert found.others == tuple(f"worker_{each}" for each in others)
    expected = Action.RESTART if others else Action.NOTHING
    assert meaning("shop/tasks.py", found).action is expected


def test_services_of_a_compose_file_that_do_not_reload_are_found(tmp_path: Path) -> None:
    root = build_file_tree(tmp_path, {"Dockerfile": PYTHON})
    every = {
        "build": {"context": str(root)},
        "volumes": [{"type": "bind", "source": str(root), "target": "/app"}],
    }
    services = {
        "app": {**every, "command": ["flask", "run", "--debug"]},
        "beat": {**every, "command": ["celery", "beat"]},
        "watched": {**every, "entrypoint": ["watchfiles"], "command": ["celery worker"]},
        "database": {"image": "postgres:15"},
    }
    document = {"name": "shop", "services": services}
    project = load_project(root)
    found = read_setting(project, document, environment=os.environ, service="app")
    assert (found.reloader, found.others) == ("flask --debug", ("beat",))


@pytest.mark.parametrize(
    ("text", "config", "secrets", "reloader"),
    [
        ("", "", "", "rails server"),
        ("ENV RAILS_ENV=production\n", "", "", ""),
        ('ENV BUNDLE_PATH="/x" \\\n    RAILS_ENV="production"\n', "", "", ""),
        ("ENV RACK_ENV production\n", "", "", ""),
        ("ARG RAILS_ENV\nENV RAILS_ENV=$RAILS_ENV\n", "", "", ""),
        ("ARG RAILS_ENV=development\nENV RAILS_ENV=$RAILS_ENV\n", "", "", "rails server"),
        ("ENV RAILS_ENV=production\n",
         "environments: {local: {env: {RAILS_ENV: development}}}\n", "", "rails server"),
        ("", "environments: {local: {env: {RAILS_ENV: production}}}\n", "", ""),
        ("", "", "RAILS_ENV='production' # as there\n", ""),
    ],
)  # fmt: skip
def test_where_rails_does_not_reload(
    tmp_path: Path, text: str, config: str, secrets: str, reloader: str
) -> None:
    root = build_file_tree(tmp_path, {
        "Dockerfile": f'FROM ruby:3\nWORKDIR /app\nCOPY . .\n{text}CMD ["bin/rails", "server"]\n',
        "devkit.yaml": f"name: shop\n{config}",
        ".env-local": secrets,
    })  # fmt: skip
    assert setting(root).reloader == reloader


@pytest.mark.parametrize("own", [{"RAILS_ENV": "production"}, {"RACK_ENV": "staging"}])
def test_where_rails_does_not_reload_by_a_compose_file(tmp_path: Path, own: dict[str, str]) -> None:
    root = build_file_tree(tmp_path, {"Dockerfile": "FROM ruby:3\nCMD bin/rails s\n"})
    service = {"build": {"context": str(root)}, "environment": {**own, "UNSET": None}}
    document = {"name": "shop", "services": {"web": service}}
    assert read_setting(load_project(root), document, environment=os.environ).reloader == ""


@pytest.mark.parametrize(
    ("command", "reloader"),
    [
        ("npm run dev", "node --watch"),
        ("yarn dev", "node --watch"),
        ("pnpm run dev", "node --watch"),
        ("npm start", ""),
        ("npm run build", ""),
    ],
)
def test_a_script_of_package_json_is_what_it_runs(
    tmp_path: Path, command: str, reloader: str
) -> None:
    files = {"Dockerfile": NODE, "package.json": PACKAGE}
    files["devkit.yaml"] = f"web: {{command: {command}, mount: /app}}\n"
    found = setting(build_file_tree(tmp_path, files))
    assert (found.reloader, found.judged_by) == (reloader, frozenset({"package.json"}))
    assert meaning("package.json", found).action is Action.REBUILD
    expected = Action.NOTHING if reloader else Action.RESTART
    assert meaning("server.js", found).action is expected


@pytest.mark.parametrize(
    ("source", "target", "workdir", "package"),
    [
        ("", "/app", None, "package.json"),
        ("", "/app", "/app/web", "web/package.json"),
        ("web", "/app", None, "web/package.json"),
        ("web", "/app/web", None, "package.json"),
        ("web/package.json", "/app/package.json", None, "web/package.json"),
        ("web", "/srv", "/opt", None),
    ],
)
def test_the_package_json_is_that_of_the_working_directory(
    tmp_path: Path, source: str, target: str, workdir: str | None, package: str | None
) -> None:
    reloads = PACKAGE if package == "package.json" else PACKAGE.replace("--watch", "")
    inner = PACKAGE if package == "web/package.json" else PACKAGE.replace("--watch", "")
    root = build_file_tree(
        tmp_path, {"Dockerfile": NODE, "package.json": reloads, "web/package.json": inner}
    )
    volume = {"type": "bind", "source": str(root / source), "target": target}
    service = {
        "build": {"context": str(root)}, "command": ["npm", "run", "dev"],
        "working_dir": workdir, "volumes": [volume],
    }  # fmt: skip
    document = {"name": "shop", "services": {"web": service}}
    found = read_setting(load_project(root), document, environment=os.environ)
    assert found.judged_by == ({package} if package else set())
    assert found.reloader == ("node --watch" if package else "")


@pytest.mark.parametrize(
    ("text", "files", "reloader"),
    [
        ('CMD ["apache2-foreground"]\n', {}, "PHP"),
        ("COPY docker/php/ /usr/local/etc/php/conf.d/\n", {}, "PHP"),
        ("COPY docker/php/ /usr/local/etc/php/conf.d/\n",
         {"docker/php/opcache.ini": "opcache.validate_timestamps=0\n"}, ""),
        ("COPY opcache.ini /usr/local/etc/php/conf.d/\n",
         {"opcache.ini": "opcache.revalidate_freq=60\n"}, ""),
        ("ENV PHP_OPCACHE_VALIDATE_TIMESTAMPS=0\n", {}, ""),
        ('ENTRYPOINT ["./start"]\nCMD ["apache2-foreground"]\n', {}, ""),
    ],
)  # fmt: skip
def test_php_that_is_set_up_to_look_for_no_changes(
    tmp_path: Path, text: str, files: dict[str, str], reloader: str
) -> None:
    build_file_tree(tmp_path, {
        "Dockerfile": f"FROM php:8.3-apache AS base\nFROM node AS assets\nFROM base\n"
                      f"COPY . /var/www/html\n{text}",
        **files,
    })  # fmt: skip
    found = setting(tmp_path)
    assert found.reloader == reloader
    assert found.judged_by == set(files)
