"""Which images cannot start as the owner of the project's folder."""

from __future__ import annotations

import pytest

from devkit.config.detect import detect
from devkit.config.scaffold import FromCompose, scaffold
from devkit.dockerfile import parse

NGINX = "FROM nginx:1.27\nCOPY . /usr/share/nginx/html"


@pytest.mark.parametrize(
    ("dockerfile_text", "found"),
    [
        (NGINX, "nginx:1.27"),
        ("FROM nginx\nCOPY . /x", "nginx"),
        ("FROM example.com:5000/nginx@sha256:ab\nCOPY . /x", "example.com:5000/nginx@sha256:ab"),
        ("FROM httpd:2.4-alpine\nCOPY . /usr/local/apache2/htdocs/", "httpd:2.4-alpine"),
        ("FROM node AS build\nFROM nginx:1.27\nCOPY . /x", "nginx:1.27"),
        ("FROM nginx:1.27 AS site\nFROM python\nCOPY . /x", ""),
        ("FROM nginxinc/nginx-unprivileged:1.27\nCOPY . /x", ""),
        ('FROM nginxinc/nginx-unprivileged\nCOPY . /x\nCMD ["nginx", "-g", "daemon off;"]', ""),
        ("FROM php:8.4-apache\nCOPY . /var/www/html", ""),
        ("FROM caddy\nCOPY . /srv", ""),
        ('FROM x\nCOPY . /x\nCMD ["/usr/bin/supervisord", "-n"]', "supervisord"),
        ("FROM x\nCOPY . /x\nENTRYPOINT exec supervisord -c /x/s.conf", "supervisord"),
        ("FROM x\nCOPY . /x\nCMD php-fpm -D && nginx -g 'daemon off;'", "nginx"),
        ("FROM x\nCOPY . /x\nCMD apachectl -D FOREGROUND", "apachectl"),
        ("FROM x\nCOPY . /x\nCMD httpd-foreground", "httpd-foreground"),
        ("FROM x\nCOPY . /x\nCMD ./serve /etc/nginx/nginx.conf", ""),
        ("FROM x\nCOPY . /x\nCMD gunicorn x", ""),
        ("FROM nginx:1.27\nCOPY index.html /usr/share/nginx/html/", ""),
    ],
)
def test_what_starts_as_root_only(dockerfile_text: str, found: str) -> None:
    made = detect({}, dockerfile=parse(dockerfile_text), dockerfile_text=dockerfile_text)
    assert made.for_root == found
    assert made.as_mapping()["web"].get("user") == ("image" if found else None)


def test_storage_that_is_mounted_counts_too() -> None:
    text = "FROM nginx:1.27\nCOPY index.html /usr/share/nginx/html/"
    facts = {"requirements.txt": "django-storage-url\n"}
    assert detect(facts, dockerfile=parse(text), dockerfile_text=text).for_root == "nginx:1.27"


def test_the_file_says_it_and_why() -> None:
    made = scaffold(folder="x", dockerfile_text=NGINX, facts={})
    assert "\n  user: image # " in made.text
    assert "Run as the image says (`user: image`): nginx:1.27 starts as root only." in made.reasons


def test_beside_a_compose_file_nothing_is_said_of_the_user() -> None:
    made = scaffold(folder="x", dockerfile_text=NGINX, facts={}, compose=FromCompose())
    assert "user: image" not in made.text
    assert not any("user: image" in reason for reason in made.reasons)
