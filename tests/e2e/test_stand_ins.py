"""The stand-ins beyond Postgres, used by an application as it would use the cloud's services."""

from __future__ import annotations

import json
import re
import urllib.request
from typing import TYPE_CHECKING

import pytest

from tests.e2e.apps import NAME, polite_server, tiny
from tests.e2e.machine import ROOT, Workspace, docker, make_workspace

if TYPE_CHECKING:
    from collections.abc import Iterator

NAMED = f"{NAME}-all"
DOCKERFILE = """\
FROM python:3.11-slim-bookworm
RUN pip install --no-cache-dir PyMySQL==1.1.1 amqp==5.2.0 vine==5.1.0
WORKDIR /app
COPY . /app
EXPOSE 80
CMD ["python", "server.py"]
"""
CONFIG = f"""\
name: {NAMED}
web: {{publish: 8473}}
services:
  database: mariadb:10.11
  database_reporting: mariadb:10.11
  cache: redis:7.0-bookworm
  broker: rabbitmq:3.10
  storage: s3
  mail: axllent/mailpit:v1.27
  search:
    image: redis:7.0-bookworm
    command: redis-server --port 9200 --requirepass "a b"
    port: 9200
    env: {{REDISCLI_AUTH: a b}}
    variables: {{SEARCH_URL: "redis://:a%20b@{{host}}:{{port}}/"}}
    healthcheck: redis-cli -p 9200 ping | grep -q PONG
release:
  - python release.py
workers:
  queue: python worker.py
environments:
  live: {{containers: 1}}
"""
SERVICES = """\
import datetime, hashlib, json, os, smtplib, socket, sys, urllib.request
from urllib.parse import unquote, urlsplit

import amqp, pymysql
from sigv4 import signature

def database(variable):
    found = urlsplit(os.environ[variable])
    return pymysql.connect(host=found.hostname, port=found.port, user=found.username,
                           password=found.password, database=found.path[1:], autocommit=True)

def sql(variable, *statements):
    with database(variable) as connection, connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
        return cursor.fetchall()

def redis(*words, variable="CACHE_URL"):
    found = urlsplit(os.environ[variable])
    with socket.create_connection((found.hostname, found.port)) as connection:
        for command in (("AUTH", unquote(found.password)), words):
            connection.sendall(b"*%d\\r\\n" % len(command) + b"".join(
                b"$%d\\r\\n%s\\r\\n" % (len(word), word.encode()) for word in command))
            answer = connection.recv(1000).decode()
            assert not answer.startswith("-"), answer
    return answer

def broker():
    found = urlsplit(os.environ["DEFAULT_AMQP_BROKER_URL"])
    connection = amqp.Connection(f"{found.hostname}:{found.port}", userid=found.username,
                                 password=found.password, virtual_host=unquote(found.path[1:]))
    connection.connect()
    return connection

def s3(method, key, body=b""):
    found = urlsplit(os.environ["DEFAULT_STORAGE_DSN"])
    bucket, _, host = found.hostname.partition(".")
    stamp = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    scope = f"{stamp[:8]}/us-east-1/s3/aws4_request"
    headers = {"host": f"{host}:{found.port}", "x-amz-date": stamp,
               "x-amz-content-sha256": hashlib.sha256(body).hexdigest()}
    names, path = sorted(headers), f"/{bucket}/{key}"
    made = signature(found.password, method, path, "", headers, names,
                     headers["x-amz-content-sha256"], stamp, scope)
    headers["Authorization"] = (f"AWS4-HMAC-SHA256 Credential={found.username}/{scope},"
                                f" SignedHeaders={';'.join(names)}, Signature={made}")
    request = urllib.request.Request(f"http://{host}:{found.port}{path}", method=method,
                                     data=body or None, headers=headers)
    return urllib.request.urlopen(request, timeout=5).read()

def mail(subject):
    found = urlsplit(os.environ["EMAIL_URL"])
    with smtplib.SMTP(found.hostname, found.port) as connection:
        text = f"Subject: {subject}\\r\\n\\r\\nhi\\r\\n"
        connection.sendmail("a@example.com", ["b@example.com"], text)

def mails():
    host = urlsplit(os.environ["EMAIL_URL"]).hostname
    page = urllib.request.urlopen(f"http://{host}:8025/api/v1/messages", timeout=5)
    return [each["Subject"] for each in json.load(page)["messages"]]
"""
RELEASE = """\
from services import *

table = "CREATE TABLE IF NOT EXISTS notes (word TEXT)"
sql("DATABASE_URL", table, "INSERT INTO notes VALUES ('main')")
sql("REPORTING_DATABASE_DSN", table, "INSERT INTO notes VALUES ('reporting')")
redis("SET", "word", "cached")
with broker() as connection:
    channel = connection.channel()
    channel.queue_declare("words", durable=True, auto_delete=False)
    channel.basic_publish(amqp.Message("sent"), routing_key="words")
s3("PUT", "word.txt", b"stored")
mail("released")
print("released with all services")
"""
FOUND = """\
import json, time
from services import *

def from_worker():
    for _ in range(100):
        if (answer := redis("GET", "queue")) != "$-1\\r\\n":
            return answer.split()[-1]
        time.sleep(0.1)
    raise LookupError("the worker has taken nothing from the queue")

def found():
    return json.dumps({
        "main": sql("DATABASE_URL", "SELECT word FROM notes LIMIT 1")[0][0],
        "default": sql("DEFAULT_DATABASE_DSN", "SELECT word FROM notes LIMIT 1")[0][0],
        "reporting": sql("REPORTING_DATABASE_DSN", "SELECT word FROM notes LIMIT 1")[0][0],
        "cache": redis("GET", "word").split()[-1],
        "storage": s3("GET", "word.txt").decode(),
        "mails": mails()[0],
        "search": redis("PING", variable="SEARCH_URL").strip(),
        "queue": from_worker(),
    })
"""
IN_GET = """\
        from found import found
        try:
            body = found().encode()
        except Exception as error:
            print(repr(error), file=sys.stderr, flush=True)
            status = 500
"""
WORKER = """\
import time
from services import *

with broker() as connection:
    channel = connection.channel()
    channel.queue_declare("words", durable=True, auto_delete=False)
    while True:
        if message := channel.basic_get("words", no_ack=True):
            redis("SET", "queue", message.body)
        time.sleep(0.1)
"""


def files() -> dict[str, str]:
    return tiny(
        Dockerfile=DOCKERFILE,
        devkit__yaml=CONFIG,
        services__py=SERVICES,
        sigv4__py=(ROOT / "script/engine/images/minio/sigv4.py").read_text(encoding="utf-8"),
        release__py=RELEASE,
        found__py=FOUND,
        worker__py=WORKER,
        server__py=polite_server(in_get=IN_GET),
    )


@pytest.fixture(scope="module")
def all_services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    made = make_workspace(tmp_path_factory.mktemp("services") / "all", files())
    yield made
    made.devkit("down", "--volumes", "--yes")
    listed = docker("image", "ls", "--format", "{{.Repository}}:{{.Tag}}", f"devkit/{NAMED}")
    for reference in (*listed.split(), f"{NAMED}-web"):
        docker("image", "rm", "--force", reference)


def test_an_application_uses_all_of_them_in_a_rehearsal(all_services: Workspace) -> None:
    verified = all_services.devkit("--json", "verify", "--cached")

    assert verified.code == 0, verified.out + verified.err
    said = " ".join(str(event) for event in verified.events)
    assert "database_default, database_reporting, cache_default, broker_default" in said
    assert "released with all services" in said
    assert "1 worker runs on" in said
    assert "local-only" not in said
    # Whoever answers 500 passes the gate with a warning: this one has reached them all.
    (probed,) = [each for each in verified.events if each["event"] == "container_probed"]
    assert probed["status"] == 200


def test_an_application_uses_all_of_them_locally(all_services: Workspace) -> None:
    up = all_services.devkit("up")
    assert up.code == 0, up.err
    migrated = all_services.devkit("migrate")
    assert migrated.code == 0, migrated.err

    address = re.search(r"is up at (\S+)", up.err)
    assert address
    found = json.load(urllib.request.urlopen(address[1], timeout=10))
    assert found == {
        "main": "main",
        "default": "main",
        "reporting": "reporting",
        "cache": "cached",
        "storage": "stored",
        "mails": "released",
        "search": "+PONG",
        "queue": "sent",
    }
    page = re.search(r"mail_default +healthy, (http://127\.0\.0\.1:\d+/)", up.err)
    assert page
    assert json.load(urllib.request.urlopen(page[1], timeout=10))["total"] == 1
    status = all_services.devkit("status").out
    assert re.search(rf"worker_queue +\S.*{NAMED}-web", status)
    assert status.count(f"{NAMED}-web") == 2


WITH_WORKER = f"""\
name: {NAME}
workers: {{queue: python worker.py}}
environments: {{live: {{containers: 1}}}}
"""


def test_a_worker_that_ends_fails_the_gate(workspace: Workspace) -> None:
    worker = "import time\ntime.sleep(1)\nimport no_such_module\n"
    workspace.commit("Worker", {"devkit.yaml": WITH_WORKER, "worker.py": worker})

    failed = workspace.devkit("verify", "--cached", "--no-from")

    assert failed.code == 14, failed.out + failed.err
    assert "The worker queue (worker_queue-1) exited with code 1" in failed.err
    assert "no_such_module" in failed.err
