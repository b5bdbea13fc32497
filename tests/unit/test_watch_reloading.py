"""Which commands take changed code up by themselves."""

from __future__ import annotations

import pytest

from devkit.watch.reloading import Start, reloads, takes_up


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
        "nest start --watch",
        "react-scripts start",
        "vue-cli-service serve --port 80",
        "sh -c nodemon server.js & vite --host",
        "sh -c flask run --debug 2>&1 | tee log",
        "flask run --debug --database postgres://x?a=1&b=2",
    ],
)
def test_these_do(command: str) -> None:
    assert reloads(Start(command=command))


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
        "nest start",
        "RAILS_ENV=production bin/rails server",
        "sh -c celery -A x worker & python manage.py runserver",
        "node server.js & tsc --watch",
        'concurrently "nodemon server.js" "node worker.js"',
    ],
)
def test_these_do_not(command: str) -> None:
    assert reloads(Start(command=command)) == ""


@pytest.mark.parametrize(
    ("environment", "name"),
    [
        ({}, "rails server"),
        ({"RAILS_ENV": ""}, "rails server"),
        ({"RAILS_ENV": "development", "RACK_ENV": "production"}, "rails server"),
        ({"RAILS_ENV": "production"}, ""),
        ({"RAILS_ENV": "staging"}, ""),
        ({"RACK_ENV": "production"}, ""),
        ({"NODE_ENV": "production"}, "rails server"),
    ],
)
def test_rails_reloads_in_development_alone(environment: dict[str, str], name: str) -> None:
    command = "/rails/bin/docker-entrypoint ./bin/thrust ./bin/rails server"
    assert reloads(Start(command=command, environment=environment)) == name
    django = Start(command="python manage.py runserver", environment=environment)
    assert reloads(django) == "Django's runserver"


@pytest.mark.parametrize(
    ("command", "base", "name"),
    [
        ("", "php:8.3-apache", "PHP"),
        ("", "nginx:1.27", "a server of files"),
        ("", "python:3.11", ""),
        ("", "", ""),
        ("apache2-foreground", "php:8.3-apache", "PHP"),
        ("docker-php-entrypoint apache2-foreground", "php:8.3-apache", "PHP"),
        ("php-fpm", "php:8.3-fpm-alpine", "PHP"),
        ("/usr/local/sbin/php-fpm -F -R", "docker.io/library/php:8-fpm", "PHP"),
        ("php-fpm -d opcache.validate_timestamps=0", "php:8.3-fpm", ""),
        ("start.sh apache2-foreground", "php:8.3-apache", ""),
        ("php artisan queue:work", "php:8.3-apache", ""),
        ("sh -c php-fpm -D && php artisan queue:work", "php:8.3-fpm", ""),
        ("apache2-foreground", "example.com/own:1", ""),
        ("nginx -g daemon off;", "nginx:1.27", ""),
    ],
)
def test_what_reads_each_file_anew_for_every_request(command: str, base: str, name: str) -> None:
    assert reloads(Start(command=command, base=base)) == name


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ("memory_limit=1G", "PHP"),
        ("opcache.validate_timestamps=1\nopcache.revalidate_freq = 0\n", "PHP"),
        ("opcache.validate_timestamps = On", "PHP"),
        ("opcache.validate_timestamps=0", ""),
        ("RUN echo 'opcache.validate_timestamps=Off' > x.ini", ""),
        ("PHP_OPCACHE_VALIDATE_TIMESTAMPS=0", ""),
        ("opcache.validate_timestamps=${VALIDATE}", ""),
        ("opcache.revalidate_freq=60", ""),
        ("opcache.preload=/app/preload.php", ""),
        (";opcache.preload=\n;opcache.revalidate_freq=60", "PHP"),
        ("# opcache.validate_timestamps=0 only there", "PHP"),
        ("opcache.preload=\n", "PHP"),
    ],
)
def test_php_may_be_set_up_to_look_for_no_changes(settings: str, name: str) -> None:
    for command in ("", "apache2-foreground"):
        start = Start(command=command, base="php:8.3-apache", settings=settings)
        assert reloads(start) == name


@pytest.mark.parametrize(
    ("reloader", "place", "is_taken"),
    [
        ("PHP", "/var/www/html/index.php", True),
        ("PHP", "/usr/local/etc/php/conf.d/upload.ini", False),
        ("PHP", "/var/www/html/vhost.conf", False),
        ("a server of files", "/usr/share/nginx/html/index.html", True),
        ("a server of files", "/etc/nginx/nginx.conf", False),
        ("Django's runserver", "/app/etc/a.conf", True),
        ("", "/app/a.py", False),
    ],
)
def test_a_server_reads_its_own_settings_once(reloader: str, place: str, is_taken: bool) -> None:
    assert takes_up(reloader, place) is is_taken


@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("npx tailwindcss -i a -o b --watch & python manage.py runserver", "runserver"),
        ("npm run css:watch & nodemon server.js", "nodemon"),
        ("npx tailwindcss -i a -o b --watch & gunicorn x", ""),
        ("npx tailwindcss -i a -o b --watch", ""),
    ],
)
def test_what_watches_the_styles_beside_a_server_does_not_count(command: str, name: str) -> None:
    assert (name in reloads(Start(command=command))) is True
    assert bool(reloads(Start(command=command))) is bool(name)
