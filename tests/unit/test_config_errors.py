"""What devkit says about a devkit.yaml that it cannot follow, word by word."""

# ruff: noqa: E501 - a table with one case a line

from __future__ import annotations

from textwrap import dedent

import pytest

from devkit.config.load import read_configuration
from devkit.config.model import (
    ComposeSection,
    Configuration,
    EnvironmentSection,
    EnvironmentsSection,
    OtherService,
    ReceiptsSection,
    WatchSection,
    WebSection,
    WorkerSection,
)
from devkit.config.problems import KNOWN
from devkit.errors import ConfigurationError, ExitCode


def refused(text: str) -> ConfigurationError:
    with pytest.raises(ConfigurationError) as caught:
        read_configuration(dedent(text))
    return caught.value


UNKNOWN_KEYS = [
    ("relase: []", "1: unknown key `relase`; did you mean `release`?"),
    ("web:\n  comand: x", "2: unknown key `web.comand`; did you mean `web.command`?"),
    ("web: {Publish: 1}", "1: unknown key `web.Publish`; did you mean `web.publish`?"),
    ("port: 80", "1: unknown key `port`; did you mean `web.port`?"),
    ("memory: 1g", "1: unknown key `memory`; did you mean `environments.live.memory`?"),
    (
        "build: .",
        (
            "1: unknown key `build`; known here are `name`, `web`, `services`, `release`,"
            " `compose`, `environments`, `workers`, `receipts`, `watch`."
        ),
    ),
    (
        "environments: {production: {}}",
        "1: unknown key `environments.production`; known here are `local`, `test`, `live`.",
    ),
    (
        "environments: {live: {container: 2}}",
        (
            "1: unknown key `environments.live.container`; did you mean"
            " `environments.live.containers`?"
        ),
    ),
    (
        "services: {databse: x}",
        "1: unknown key `services.databse`; did you mean `services.database`?",
    ),
    (
        "services: {database-x: postgres:15}",
        "1: unknown key `services.database-x`; did you mean `services.database_x`?",
    ),
    (
        "services: {search: elasticsearch:8}",
        (
            "1: unknown key `services.search`; known here are `database`, `storage`, `cache`,"
            " `broker`, `mail`."
        ),
    ),
    (
        "services: {search: {imag: elasticsearch:8}}",
        "1: unknown key `services.search.imag`; did you mean `services.search.image`?",
    ),
    (
        "workers: {beat: {comand: x}}",
        "1: unknown key `workers.beat.comand`; did you mean `workers.beat.command`?",
    ),
    (
        'services: {search: {image: "a:1", variables: {MY-NAME: "x"}}}',
        "1: `MY-NAME` in `services.search.variables` should be letters, digits and `_` only.",
    ),
    (
        "workers: {My Queue: x}",
        "1: `My Queue` in `workers` should be lower-case letters, digits and `_` only.",
    ),
    (
        'environments: {live: {env: {MY-NAME: "x"}}}',
        "1: `MY-NAME` in `environments.live.env` should be letters, digits and `_` only.",
    ),
]

WRONG_VALUES = [
    ("- a", "1: the file should be a mapping (`key: value` lines), not a list."),
    ("text", 'the file should be a mapping (`key: value` lines), not the text "text".'),
    ("web: []", "1: `web` should be a mapping (`key: value` lines), not a list."),
    ("web:\n  port: eighty", '2: `web.port` should be a whole number from 1 to 65535, not the text "eighty".'),
    ("web: {port: 0}", "1: `web.port` should be a whole number from 1 to 65535, not the number 0."),
    ("web: {publish: 65536}", "`web.publish` should be a whole number from 1 to 65535, not the number 65536."),
    ("web: {publish: 80.5}", "`web.publish` should be a whole number from 1 to 65535, not the number 80.5."),
    ('web: {publish: "8000"}', '`web.publish` should be a whole number from 1 to 65535, not the text "8000".'),
    ("web: {publish: yes}", "`web.publish` should be a whole number from 1 to 65535, not yes (to YAML: true or false)."),
    ("web: {command: [a, b]}", "`web.command` should be a command as text, not a list."),
    ("web: {mount: true}", "`web.mount` should be an absolute path in the container, or false, not true (to YAML: true or false)."),
    ("web: {mount: app}", '`web.mount` should be an absolute path in the container, or false, not the text "app".'),
    ("web: {mount: /}", '`web.mount` should be an absolute path in the container, or false, not the text "/".'),
    ("web: {mount: '/a:ro'}", '`web.mount` should be an absolute path in the container, or false, not the text "/a:ro".'),
    ("name: My App", '`name` should be lower-case letters and digits with single `-` or `_` between them, 63 at most, not the text "My App".'),
    ("name: -x", "`name` should be lower-case letters"),
    ("name: x-", "`name` should be lower-case letters"),
    ("name: a___b", "`name` should be lower-case letters"),
    ("name: 12", "`name` should be lower-case letters and digits with single `-` or `_` between them, 63 at most, not the number 12."),
    (f"name: {'x' * 64}", "`name` should be lower-case letters"),
    ("release: start migrate", '`release` should be a list of commands (lines that start with `- `), not the text "start migrate".'),
    ("release:\n  - a\n  - [b]", "3: `release` should be a command as text, not a list."),
    ("release:\n  -", "2: `release` should be a command as text, not nothing."),
    ("receipts: {days: 0}", "`receipts.days` should be a whole number from 1 to 365, not the number 0."),
    ("environments: {live: 2}", "`environments.live` should be a mapping (`key: value` lines), not the number 2."),
    ("environments: {live: {containers: 51}}", "`environments.live.containers` should be a whole number from 1 to 50, not the number 51."),
    ("environments: {live: {containers: 0}}", "`environments.live.containers` should be a whole number from 1 to 50, not the number 0."),
    ("environments: {live: {containers: true}}", "`environments.live.containers` should be a whole number from 1 to 50, not true (to YAML: true or false)."),
    ("environments: {local: {containers: 2}}", "`environments.local.containers` should be 1, as local work runs one container, not the number 2."),
    ("environments: {live: {memory: 512}}", "`environments.live.memory` should be a size such as 512m or 1g, not the number 512."),
    ("environments: {live: {memory: much}}", '`environments.live.memory` should be a size such as 512m or 1g, not the text "much".'),
    ("environments: {live: {memory: 5m}}", "`environments.live.memory` is 5m, but Docker gives no container less than 6m."),
    ("environments: {live: {cpus: 0}}", "`environments.live.cpus` should be a number from 0.01, such as 0.25, not the number 0."),
    ("environments: {live: {cpus: .inf}}", "`environments.live.cpus` should be a number from 0.01, such as 0.25, not the number .inf."),
    ("environments: {live: {cpus: yes}}", "`environments.live.cpus` should be a number from 0.01, such as 0.25, not yes (to YAML: true or false)."),
    ("services: [database]", "`services` should be a mapping (`key: value` lines), not a list."),
    ("services: {database: true}", "`services.database` should be text such as postgres:15-bookworm or file, or false, not true (to YAML: true or false)."),
    ("services:\n  storage: file\n  database: postgres", "3: `services.database` is `postgres`, which names no version."),
    ("services: {database: postgres@sha256:00}", "`services.database` is `postgres@sha256:00`, which names no version."),
    ("services: {database: mongo:8}", "`services.database` is mongo:8, but devkit knows PostgreSQL, MariaDB and MySQL here."),
    ("services: {cache: memcached:1.6}", "`services.cache` is memcached:1.6, but devkit knows Redis and Valkey here."),
    ("services: {broker: nats:2}", "`services.broker` is nats:2, but devkit knows RabbitMQ here."),
    ("services: {mail: postfix:3}", "`services.mail` is postfix:3, but devkit knows Mailpit and MailDev here."),
    ("services: {cache: redis}", "`services.cache` is `redis`, which names no version."),
    ("services: {cache: {image: redis:7}}", "`services.cache` should be an image such as redis:7, not a mapping."),
    ("services: {search: {port: 9200}}", "`services.search` has no `image`."),
    ("services: {search: {image: elasticsearch}}", "`services.search` is `elasticsearch`, which names no version."),
    ("services: {search: {image: a:1, port: x}}", '`services.search.port` should be a whole number from 1 to 65535, not the text "x".'),
    ("services: {search: {image: a:1, env: {A: 1}}}", "`services.search.env.A` should be text, not the number 1."),
    ("services: {web: {image: a:1}}", "`services.web` is a name that devkit itself gives a container: choose another."),
    ("services: {worker_a: {image: a:1}}", "`services.worker_a` is a name that devkit itself gives a container: choose another."),
    ("workers: {beat: {}}", "`workers.beat` has no `command`."),
    ("workers: {beat: [a]}", "`workers.beat` should be a command as text, not a list."),
    ("workers: {beat: a && b}", "`workers.beat` has the shell's `&&`, but commands run without a shell."),
    ("workers: {beat: {command: a, containers: 0}}", "`workers.beat.containers` should be a whole number from 1 to 50, not the number 0."),
    ("workers: {beat: {command: a, memory: 1k}}", "`workers.beat.memory` is 1k, but Docker gives no container less than 6m."),
    ("services: {database: 'postgres: 15'}", "`services.database` should be an image such as postgres:15-bookworm, not `postgres: 15`."),
    ("services: {storage: azure}", "`services.storage` is azure, but devkit knows `file`, `s3` and images of MinIO here."),
    ("services: {database: postgres:15, database_default: postgres:16}", "`services.database_default` is the same service as `database`."),
]  # fmt: skip

COMMANDS = [
    ("python manage.py migrate && echo done", "has the shell's `&&`, but commands run without a shell", "Write it as: sh -c 'python manage.py migrate && echo done'"),
    ("a || b", "has the shell's `||`", "Write it as: sh -c 'a || b'"),
    ("a | b", "has the shell's `|`", "Write it as: sh -c 'a | b'"),
    ("a ; b", "has the shell's `;`", "Write it as: sh -c 'a ; b'"),
    ("a > b", "has the shell's `>`", "Write it as: sh -c 'a > b'"),
    ("a < b", "has the shell's `<`", "Write it as: sh -c 'a < b'"),
    ("echo 'it", "cannot be split into words: no closing quotation", ""),
    ("   ", "is empty", ""),
]  # fmt: skip


@pytest.mark.parametrize(("text", "sentence"), UNKNOWN_KEYS)
def test_unknown_keys(text: str, sentence: str) -> None:
    assert refused(text).message == f"devkit.yaml:{sentence}"


@pytest.mark.parametrize(("text", "sentence"), WRONG_VALUES)
def test_wrong_values(text: str, sentence: str) -> None:
    message = refused(text).message
    assert sentence in message
    assert message.startswith("devkit.yaml:")
    assert not sentence.endswith(".") or message.endswith(sentence)


@pytest.mark.parametrize(("command", "problem", "hint"), COMMANDS)
def test_commands_run_without_a_shell(command: str, problem: str, hint: str) -> None:
    error = refused(f'release:\n  - start migrate\n  - "{command}"\n')
    assert error.message.startswith(f"devkit.yaml:3: `release` {problem}")
    assert error.hint == hint
    assert refused(f'web: {{command: "{command}"}}').message.startswith(
        f"devkit.yaml:1: `web.command` {problem}"
    )


@pytest.mark.parametrize(
    "command", ["sh -c 'a && b'", "echo a;b a>b", "grep -e '|' x", "a 'b c'", "it\\'s fine"]
)
def test_operators_inside_words_and_quotes_are_fine(command: str) -> None:
    assert read_configuration(f'release: ["{command.replace(chr(92), chr(92) * 2)}"]').release == [
        command
    ]


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("False", "False (to YAML: true or false)"),
        ("yes", "yes (to YAML: true or false)"),
        ("0123", "the number 0123"),
        ("1.50", "the number 1.50"),
        ("2024-01-31", "2024-01-31 (to YAML: a date)"),
    ],
)
def test_a_variable_that_yaml_does_not_take_for_text(value: str, found: str) -> None:
    error = refused(f"environments:\n  live:\n    env:\n      NAME: {value}\n")
    assert (
        error.message == f"devkit.yaml:4: `environments.live.env.NAME` should be text, not {found}."
    )
    assert error.hint == f'Put it in quotes: NAME: "{value}"'


def test_a_variable_without_a_value() -> None:
    error = refused("environments: {live: {env: {NAME: }}}")
    assert error.message.endswith("`environments.live.env.NAME` should be text, not nothing.")
    assert error.hint == 'Put it in quotes: NAME: ""'


def test_all_problems_are_told_in_the_order_of_their_lines() -> None:
    error = refused("""\
        name: sample
        release: [a, "b && c"]
        web:
          port: x
          mount: 5
          prot: 80
        nmae: y
    """)
    assert error.code is ExitCode.CONFIGURATION
    assert error.message == (
        "devkit.yaml:2: `release` has the shell's `&&`, but commands run without a shell."
    )
    assert error.details == (
        'devkit.yaml:4: `web.port` should be a whole number from 1 to 65535, not the text "x".',
        (
            "devkit.yaml:5: `web.mount` should be an absolute path in the container, or false,"
            " not the number 5."
        ),
        "devkit.yaml:6: unknown key `web.prot`; did you mean `web.port`?",
        "devkit.yaml:7: unknown key `nmae`; did you mean `name`?",
    )


def test_a_long_text_is_shortened() -> None:
    assert len(refused(f"web: {{port: {'long ' * 1000}}}").message) < 200


def test_the_known_keys_are_the_models() -> None:
    fields = {
        "": Configuration.model_fields,
        "web": WebSection.model_fields,
        "compose": ComposeSection.model_fields,
        "environments": EnvironmentsSection.model_fields,
        "environments.*": EnvironmentSection.model_fields,
        "receipts": ReceiptsSection.model_fields,
        "services.*": OtherService.model_fields,
        "workers.*": WorkerSection.model_fields,
        "watch": WatchSection.model_fields,
    }
    assert {section: tuple(keys) for section, keys in fields.items()} == {
        section: keys for section, keys in KNOWN.items() if section != "services"
    }
