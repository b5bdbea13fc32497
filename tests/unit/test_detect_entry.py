"""Whether an image's ENTRYPOINT runs a command that it is given."""

from __future__ import annotations

import pytest

from devkit.config.detect import detect
from devkit.config.detection.entry import takes_commands
from devkit.config.detection.findings import Sources
from devkit.dockerfile import parse

SCRIPT = 'ENTRYPOINT ["/app/entrypoint.sh"]'


def runs(*lines: str, files: dict[str, str] | None = None) -> bool:
    text = "\n".join(["FROM x", "WORKDIR /app", "COPY . .", *lines])
    return takes_commands(Sources(files or {}, parse(text), text))


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["CMD gunicorn x"], True),
        (["ENTRYPOINT []"], True),
        (["ENTRYPOINT ./run", "CMD x"], False),
        (['ENTRYPOINT ["'], False),
        (['ENTRYPOINT ["gunicorn", "x"]'], False),
        (['ENTRYPOINT ["/venv/bin/python3.12", "manage.py"]', "CMD x"], False),
        (['ENTRYPOINT ["tini", "--"]'], True),
        (['ENTRYPOINT ["/usr/bin/tini", "-s", "--", "gunicorn", "x"]'], False),
        (['ENTRYPOINT ["dumb-init", "gunicorn", "x"]'], False),
        (['ENTRYPOINT ["poetry", "run"]'], True),
        (['ENTRYPOINT ["tini", "--", "bundle", "exec"]'], True),
        (['ENTRYPOINT ["sh", "-c"]'], False),
        (['ENTRYPOINT ["sh"]'], True),
        (['ENTRYPOINT ["sh", "-c", \'x\']', "CMD y"], False),
        ([SCRIPT], False),
        ([SCRIPT, 'CMD ["web"]'], True),
        (['ENTRYPOINT ["sh", "/entrypoint.sh"]'], False),
        (['ENTRYPOINT ["/serve"]'], False),
    ],
)
def test_where_no_script_is_seen(lines: list[str], *, expected: bool) -> None:
    assert runs(*lines) is expected


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ('exec "$@"', True),
        ("exec $@", True),
        ('exec "${@}"', True),
        ('"$@"', True),
        ('exec gosu app "$@"', True),
        ('exec su-exec "$OWNER" \\\n  "$@"', True),
        ('exec sh -c "$*"', True),
        ('exec gosu node "$@"', True),
        ('exec su-exec nginx "$@"', True),
        ('exec sudo -E -u node "$@"', True),
        ('gosu app "$@"', True),
        ('./wait-for-it.sh db:5432 -- "$@"', True),
        ('dockerize -wait tcp://db:5432 "$@"', True),
        ('exec gosu app gunicorn "$@"', False),
        ('echo "starts $@"\nexec ./serve', False),
        ('log "starts $@"\nexec ./serve', False),
        ('words="$@"\nexec ./serve', False),
        ('if [ -f x ]; then y; fi; exec "$@"', True),
        ('case "$1" in\nweb) exec gunicorn x;;\n*) exec "$@";;\nesac', True),
        ('[ "$1" ] || set -- gunicorn "$@"\nexec "$@"', True),
        ("exec gunicorn x", False),
        ('exec gunicorn x "$@"', False),
        ('exec /venv/bin/python manage.py "$@"', False),
        ('python manage.py "$@"', False),
        ('for each in "$@"; do echo; done\nexec ./serve', False),
        ('set -- ./serve "$@"', False),
        ('# exec "$@"\nexec ./serve', False),
        ("", False),
    ],
)
@pytest.mark.parametrize("command", ["", "CMD web"])
def test_a_script_of_the_project_says_it(script: str, command: str, *, expected: bool) -> None:
    files = {"entrypoint.sh": f"#!/bin/sh\nset -e\n{script}\n"}
    assert runs(SCRIPT, command, files=files) is expected


@pytest.mark.parametrize(
    ("lines", "path"),
    [
        ([SCRIPT], "entrypoint.sh"),
        (['ENTRYPOINT ["./docker/run.sh"]'], "docker/run.sh"),
        (['ENTRYPOINT ["bash", "bin/docker-entrypoint"]'], "bin/docker-entrypoint"),
        (["COPY docker/run.sh /run.sh", 'ENTRYPOINT ["/run.sh"]'], "docker/run.sh"),
        (["COPY run.sh /usr/local/bin/", 'ENTRYPOINT ["run.sh"]'], "run.sh"),
        (["COPY run.sh /usr/bin/start", 'ENTRYPOINT ["tini", "--", "start"]'], "run.sh"),
    ],
)
def test_a_script_is_found_where_it_was_copied(lines: list[str], path: str) -> None:
    assert runs(*lines, files={path: 'exec "$@"'})
    assert not runs(*lines, "CMD web", files={path: "exec ./serve"})


def test_a_release_command_that_would_start_the_server_is_a_suggestion() -> None:
    text = f"FROM x\nWORKDIR /app\nCOPY . .\n{SCRIPT}"
    facts = {"manage.py": "", "requirements.txt": "django\n", "entrypoint.sh": "gunicorn x\n"}
    found = detect(facts, dockerfile=parse(text), dockerfile_text=text)
    assert found.release == ()
    assert found.suggestion is not None
    assert found.suggestion.reason == "the image's ENTRYPOINT is not seen to run other commands"
