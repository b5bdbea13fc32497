"""Where an image without EXPOSE listens, told from its commands, scripts and sources."""

from __future__ import annotations

import pytest

from devkit.config.detection.findings import Sources
from devkit.config.detection.ports import listening_port
from devkit.config.scaffold import scaffold
from devkit.dockerfile import parse

RAILS = {"Gemfile": "gem 'rails'\n"}


def port(*lines: str, files: dict[str, str] | None = None) -> int | None:
    text = "\n".join(["FROM x", "WORKDIR /app", "COPY . .", *lines])
    found = listening_port(Sources(files or {}, parse(text), text))
    return found.number if found else None


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("python manage.py migrate && gunicorn --bind 0.0.0.0:8000 x.wsgi", 8000),
        ("python manage.py migrate && exec gunicorn -b :5000 x.wsgi", 5000),
        ('["sh", "-c", "./migrate; gunicorn -b 0.0.0.0:5000 x"]', 5000),
        ("wait-for-it db:5432 -- gunicorn --bind=[::]:5000 x", 5000),
        ("pg_isready -h db -p 5432 && gunicorn -b0.0.0.0:5000 x", 5000),
        ("PORT=5000 gunicorn x", 5000),
        ('echo "gunicorn starts" && gunicorn -b :5000 x', 5000),
        ("celery -A x worker & gunicorn -b :5000 x", 5000),
        ("gunicorn x", 8000),
        ("gunicorn -b 0.0.0.0 x", 8000),
        ("gunicorn -k uvicorn.workers.UvicornWorker x", 8000),
        ("gunicorn --bind unix:/run/x.sock x", None),
        ("gunicorn --bind 0.0.0.0:$PORT x", None),
        ("gunicorn --bind 0.0.0.0:${PORT:-5000} x", 5000),
        ("gunicorn -c gunicorn.conf.py x", None),
        ('["python3", "-m", "flask", "run", "--host=0.0.0.0"]', 5000),
        ("flask --app x run --host 0.0.0.0 -p 5001", 5001),
        ('["flask", "run", "--host", "0.0.0.0", "-p", "5001"]', 5001),
        ("flask db upgrade && flask run -h 0.0.0.0", 5000),
        ("uvicorn main:app --host 0.0.0.0", 8000),
        ('["uvicorn", "main:app", "--host", "0.0.0.0"]', 8000),
        ("/venv/bin/uvicorn main:app --port 9000", 9000),
        ("uvicorn main:app --uds /run/x.sock", None),
        ("fastapi run main.py", 8000),
        ("hypercorn main:app --bind 0.0.0.0:5000", 5000),
        ("daphne -b 0.0.0.0 -p 5000 x.asgi:application", 5000),
        ("waitress-serve x:app", 8080),
        ("waitress-serve --listen=*:5000 x:app", 5000),
        ("python manage.py runserver 0.0.0.0:5000", 5000),
        ("python manage.py runserver 5000", 5000),
        ("python manage.py runserver 0.0.0.0", 8000),
        ("python -m http.server 5000", 5000),
        ("bin/rails server -b 0.0.0.0", 3000),
        ("bundle exec rails s -b 0.0.0.0 -p 5000", 5000),
        ('["./bin/thrust", "./bin/rails", "server"]', 80),
        ("bundle exec puma", 9292),
        ("puma -b tcp://0.0.0.0:5000", 5000),
        ("php artisan serve --host=0.0.0.0", 8000),
        ("php -S 0.0.0.0:5000", 5000),
        ("npx next start", 3000),
        ("npx next start -p 5000", 5000),
        ("java -Dserver.port=5000 -jar x.jar", 5000),
        ("gunicorn -b :5000 x & uvicorn y:app --port 9000", None),
        ("redis-cli -h cache:6379 ping", None),
        ("./serve", None),
        ('["gunicorn", ', None),
    ],
)
def test_a_command_tells_it(command: str, expected: int | None) -> None:
    assert port(f"CMD {command}") == expected


@pytest.mark.parametrize(
    "waiting",
    ["until pg_isready --host db --port 5432; do sleep 1; done", "redis-server --port 6379 &"],
)
def test_the_ports_of_others_in_a_script_are_not_its_own(waiting: str) -> None:
    files = {"entrypoint.sh": f'#!/bin/sh\n{waiting}\nexec "$@"\n'}
    assert port('ENTRYPOINT ["./entrypoint.sh"]', 'CMD ["node", "x.js"]', files=files) is None


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["ENV PORT=5000", "CMD gunicorn --bind 0.0.0.0:$PORT x"], 5000),
        (["ENV PORT=5000", "CMD gunicorn x"], 5000),
        (["ENV PORT=5000", "CMD gunicorn -c gunicorn.conf.py x"], 5000),
        (["ENV PORT=5000", "CMD gunicorn -b :9000 x"], 9000),
        (["ENV PORT=5000", "CMD uvicorn x:app"], 8000),
        (["ENV UVICORN_PORT=5000", "CMD uvicorn x:app"], 5000),
        (["ENV FLASK_RUN_PORT=5001", "CMD flask run"], 5001),
        (["ENV PORT=5000", "CMD ./serve"], 5000),
        (["ENV PORT=none", "CMD ./serve"], None),
        (["ENV PORT=99999"], None),
        (['ENTRYPOINT ["gunicorn", "-b", ":5000"]', 'CMD ["x"]'], 5000),
        (['ENTRYPOINT ["flask"]', 'CMD ["run", "--host=0.0.0.0"]'], 5000),
        (['ENTRYPOINT ["flask"]', 'CMD ["run", "-p", "5001"]'], 5001),
        (["ENTRYPOINT gunicorn x", 'CMD ["-b", ":5000"]'], 8000),
        (["EXPOSE 80", "CMD gunicorn -b :5000 x"], None),
    ],
)
def test_the_rest_of_the_dockerfile_counts(lines: list[str], expected: int | None) -> None:
    assert port(*lines) == expected


@pytest.mark.parametrize(
    ("lines", "files", "expected"),
    [
        (["CMD node server.js"], {"server.js": "app.listen(3000)"}, 3000),
        (["CMD node --watch ./server.js"], {"server.js": "app.listen(3000, () => 1)"}, 3000),
        (["CMD node server.js"], {"server.js": "app.listen(process.env.PORT || 5000)"}, 5000),
        (["CMD node server.js"], {"server.js": "const port = 5000; app.listen(port)"}, 5000),
        (["CMD node server.js"], {"index.js": "app.listen(3000)"}, None),
        (["CMD node src/index.js"], {"src/index.js": "app.listen(5000)"}, 5000),
        (["CMD npm start"], {"package.json": '{"scripts": {"start": "next start"}}'}, 3000),
        (["CMD yarn serve"], {"package.json": '{"scripts": {"serve": "next start -p 81"}}'}, 81),
        (["CMD npm start"], {"package.json": '{"scripts": {"start": 3000}}'}, None),
        (
            ["CMD npm run start"],
            {"package.json": '{"scripts": {"start": "node app.js"}}', "app.js": "x.listen(5000)"},
            5000,
        ),
        (["CMD python app.py"], {"app.py": "app.run(host='0.0.0.0', port=5001)"}, 5001),
        (["CMD python app.py"], {"app.py": "# app.run(port=5001)"}, None),
        (["CMD python main.py"], {"main.py": "run(port=int(os.getenv('PORT', 5001)))"}, 5001),
        (
            ["ENV PORT=80", "CMD python main.py"],
            {"main.py": "run(port=int(os.getenv('PORT', 5001)))"},
            80,
        ),
        (["CMD bundle exec puma -C config/puma.rb"], RAILS, 3000),
        (["CMD puma -C config/puma.rb"], {}, None),
        (["CMD ./start.sh"], {"start.sh": "./migrate\nexec gunicorn \\\n -b :5000 x\n"}, 5000),
        (["CMD ./start.sh"], {"start.sh": "# gunicorn -b :5000 x\nexec ./serve\n"}, None),
        (
            ['ENTRYPOINT ["/app/bin/entrypoint"]'],
            {"bin/entrypoint": "uvicorn x:app --host 0.0.0.0\n"},
            8000,
        ),
        (
            ['ENTRYPOINT ["./entrypoint.sh"]'],
            {"entrypoint.sh": "case $1 in\ndev) flask run;;\n*) gunicorn -b :8000 x;;\nesac\n"},
            None,
        ),
    ],
)
def test_what_the_command_names_tells_it(
    lines: list[str], files: dict[str, str], expected: int | None
) -> None:
    assert port(*lines, files=files) == expected


@pytest.mark.parametrize(
    ("dockerfile_text", "facts", "reason"),
    [
        ("FROM x\nCMD gunicorn -b :5000 x", {}, "its CMD listens on it"),
        ('FROM x\nENTRYPOINT ["gunicorn", "-b", ":5000"]', {}, "its ENTRYPOINT listens on it"),
        ("FROM x\nCMD flask run", {}, "flask run listens on it where nothing else is said"),
        ("FROM x\nCMD node app.js", {"app.js": "x.listen(5000)"}, "app.js listens on it"),
        ("FROM x\nENV PORT=5000", {}, "it sets PORT"),
        (
            "FROM x\nENV PORT=5000\nCMD gunicorn x",
            {},
            "it sets PORT, which gunicorn reads",
        ),
        (
            "FROM x\nCMD npm start",
            {"package.json": '{"scripts": {"start": "next start -p 5000"}}'},
            "the script `start` of package.json listens on it",
        ),
    ],
)
def test_the_reason_is_told(dockerfile_text: str, facts: dict[str, str], reason: str) -> None:
    made = scaffold(folder="x", dockerfile_text=dockerfile_text, facts=facts)
    assert made.reasons[0] == (
        f"Port 5000: the Dockerfile has no EXPOSE, but {reason};"
        " add `EXPOSE 5000`, by which the cloud knows it."
    )
    assert "\n  port: 5000 #" in made.text
