"""Which commands take changed code up by themselves."""

from __future__ import annotations

import pytest

from devkit.watch.reloading import reloads


@pytest.mark.parametrize(
    "command",
    [
        "python manage.py runserver 0.0.0.0:80",
        "flask --app shop run --debug --host=0.0.0.0",
        "flask run --reload",
        "uvicorn main:app --reload --port 80",
        "fastapi dev main.py",
        "gunicorn config.wsgi --reload -b :80",
        "sh -c 'npx nodemon server.js'",
        "node --watch server.js",
        "vite",
        "npx vite --host",
        "next dev -p 80",
        "bundle exec rails server -b 0.0.0.0",
        "bin/rails s",
        "php -S 0.0.0.0:80",
        "php artisan serve --host=0.0.0.0",
        "watchmedo auto-restart -- celery -A x worker",
    ],
)
def test_these_do(command: str) -> None:
    assert reloads(command)


@pytest.mark.parametrize(
    "command",
    [
        "python manage.py runserver --noreload",
        "flask run",
        "uvicorn main:app",
        "fastapi run main.py",
        "gunicorn config.wsgi --bind :80",
        "node server.js",
        "vite build",
        "next start",
        "rails server -e production",
        "start web",
        "python vitess.py",
    ],
)
def test_these_do_not(command: str) -> None:
    assert reloads(command) == ""


def test_an_image_without_a_command_does_what_its_base_does() -> None:
    assert reloads("", ("composer:2", "php:8.3-apache"))
    assert reloads("", ("nginx:1.27",))
    assert reloads("", ("python:3.11",)) == ""
    assert reloads("apache2-foreground", ("php:8.3-apache",)) == ""
