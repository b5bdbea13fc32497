"""What devkit assumes of each shape of compose file, and the page that shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml

from devkit.adoption.assumed import Assumed, adopted_note, assume
from devkit.adoption.converted import converted
from devkit.adoption.document import ComposeFile, Form, expand, read_compose, says
from devkit.adoption.plain_yaml import parse_yaml
from tests.adoption.document import DOCUMENT, page
from tests.adoption.shapes import DATABASES, FIRST, FLASK, SHAPES, Shape

if TYPE_CHECKING:
    from tests.docs import KeepDocument


def file_of(shape: Shape) -> ComposeFile:
    file = read_compose(shape.file, shape.tree().get)
    assert file is not None
    return file


def assumed_of(shape: Shape) -> Assumed:
    config = shape.config
    wanted = parse_yaml(config)["compose"]["web"] if says(config, "compose") else None  # type: ignore[index]
    return assume(
        file_of(shape),
        read=shape.tree().get,
        wanted=wanted,
        names_services=says(config, "services"),
    )


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_a_shape_comes_to_this(shape: Shape) -> None:
    found = assumed_of(shape)
    assert (found.web, found.publish) == (shape.web, shape.publish)
    assert found.services == shape.services
    sentences = [*found.reasons, *found.gaps, *found.local]
    unsaid = [part for part in shape.said if not any(part in each for each in sentences)]
    assert not unsaid, sentences
    assert len(sentences) == len(shape.said), sentences


def test_the_services_behind_are_known_by_name() -> None:
    assert assumed_of(DATABASES).sources == {
        "database": "main", "database_reporting": "reports", "database_geo": "geo-db"
    }  # fmt: skip


def test_the_page_shows_them(keep_document: KeepDocument) -> None:
    keep_document(DOCUMENT, page((shape, assumed_of(shape)) for shape in SHAPES))


def test_without_a_name_for_it_the_application_is_asked_for() -> None:
    services = {"api": {"build": "."}, "backend": {"build": "."}}
    found = assume(ComposeFile(name="compose.yaml", services=services), read=lambda _: None)
    assert found.web == ""
    assert "(api, backend): name it in devkit.yaml" in found.gaps[0]


def test_what_devkit_yaml_sets_for_the_cloud_is_no_gap() -> None:
    service = {"build": ".", "environment": ["SITE=x", "PLAIN=y"]}
    file = ComposeFile(name="compose.yaml", services={"web": service})
    found = assume(file, read=lambda _: "", set_there=["SITE"])
    assert next(each for each in found.gaps if "Only" in each).startswith(
        "Only compose.yaml sets PLAIN:"
    )
    assert found.variables == ("SITE", "PLAIN")


def test_the_first_form_is_converted_and_says_the_same() -> None:
    text = converted(FIRST.file, FIRST.tree().get)
    assert text is not None
    document: dict[str, Any] = yaml.safe_load(text)
    web, db = document["services"]["web"], document["services"]["db"]
    assert web["build"] == {"context": ".", "dockerfile": "docker/local.Dockerfile"}
    assert web["links"] == ["db:postgres"]
    assert web["volumes_from"] == ["files"]
    assert web["environment"][1] == "DEBUG=on"
    assert web["logging"] == {"driver": "json-file"}
    assert db["image"] == "postgres:15-bookworm"
    assert document["volumes"] == {"dbdata": None}
    assert "Compose does not read" in text.splitlines()[0]


def test_a_number_for_a_version_is_left_out() -> None:
    text = converted(FLASK.file, FLASK.tree().get)
    assert text is not None
    written = yaml.safe_load(FLASK.tree()[FLASK.file])
    del written["version"]
    assert yaml.safe_load(text) == written
    assert converted(DATABASES.file, DATABASES.tree().get) is None


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("web: {image: x}", Form.FIRST),
        ("web: {build: .}\nversion: '1'", Form.FIRST),
        ("services: {web: {image: x}}", Form.CURRENT),
        ("version: 3\nservices: {}", Form.NUMBER),
        ("version: '3'\nservices: {}", Form.CURRENT),
        ("include: [x.yaml]", Form.CURRENT),
        ("x-web: {image: x}", Form.CURRENT),
    ],
)
def test_the_form_is_told(text: str, form: Form) -> None:
    file = read_compose("compose.yaml", {"compose.yaml": text}.get)
    assert file is not None
    assert file.form is form
    assert ("copy that says the same" in adopted_note(file)) is (form is not Form.CURRENT)


def test_yaml_is_read_as_compose_reads_it() -> None:
    text = "a: on\nb: 22:22\nc: !reset null\nd: !override [1]\ne: 2001-01-01\nf: ~\ng: 1.5"
    assert parse_yaml(text) == {
        "a": "on", "b": "22:22", "c": "null", "d": [1], "e": "2001-01-01", "f": None, "g": 1.5,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("${A}:$C", "1:"), ("${X:-5}", "5"), ("${EMPTY-5}", ""), ("${EMPTY:-5}", "5"),
        ("${A:+yes}${X:+no}", "yes"), ("$$A", "$A"), ("${X:-${A}}", "1"), ("${A:?must}", "1"),
        ("${B}", "$A$A"),
    ],
)  # fmt: skip
def test_variables_are_put_in(text: str, value: str) -> None:
    assert expand(text, {"A": "1", "B": "$A$A", "EMPTY": ""}) == value


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"compose.yaml": "a: [\n"},
        {"compose.yaml": "[1]"},
        {"compose.yaml": "&a [*a]"},
        {"compose.yaml": "a: " + "[" * 200_000},
        {"compose.yaml": "a: &a {b: *a}\nservices: {web: {build: .}}"},
        {"compose.yaml": "a: " + "x" * 600_000},
    ],
)
def test_what_nobody_can_follow_is_no_file(files: dict[str, str]) -> None:
    assert read_compose("compose.yaml", files.get) is None
    assert converted("compose.yaml", files.get) is None


def test_files_that_name_each_other_or_lie_outside_end() -> None:
    files = {
        "compose.yaml": "include: [compose.yaml, ../x.yaml, /etc/passwd, {path: [b.yaml]}]\n"
        "services: {web: {extends: web, build: .}, a: {extends: {file: ../y.yaml, service: b}}}",
        "b.yaml": "include: compose.yaml\nservices: {db: {image: postgres:15}}",
    }
    file = read_compose("compose.yaml", files.get)
    assert file is not None
    assert set(file.services) == {"web", "a", "db"}


def test_a_bomb_of_merges_never_grows() -> None:
    """PyYAML since 6.0.4 takes each key in once by itself; before, it is refused."""
    lines = ["a0: &a0 {k0: 1, k1: 1, k2: 1}"]
    lines += [f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}]}}" for n in range(1, 10)]
    text = "\n".join([*lines, "services: {web: {<<: *a9}}"])
    file = read_compose("compose.yaml", {"compose.yaml": text}.get)
    assert file is None or file.services == {"web": {"k0": 1, "k1": 1, "k2": 1}}


def test_a_bomb_of_aliases_is_refused() -> None:
    lines = ["a0: &a0 [x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10)]
    text = "\n".join([*lines, "services: {web: {build: ., image: *a9, ports: [*a9]}}"])
    assert read_compose("compose.yaml", {"compose.yaml": text}.get) is None


def test_a_file_of_an_unknown_mind_harms_nobody() -> None:
    text = """\
        services:
          web: {build: [1], environment: 5, ports: x, volumes: 7, links: {a: b}, command: 3}
          db: text
          cache: {image: [redis]}
          other: null
        """
    file = read_compose("compose.yaml", {"compose.yaml": text}.get)
    assert file is not None
    assert assume(file, read=lambda _: None).web == "web"


def test_the_copy_of_the_first_form_has_what_it_extends() -> None:
    base = (
        "app: {build: ., env_file: app.env, ports: ['80'], dns: 1.1.1.1,"
        " volumes: ['./src:/app', '/host:/data', 'named:/n']}"
    )
    own = (
        "web: {extends: {file: common/base.yml, service: app}, volumes: ['./data:/data'],"
        " ports: ['81'], dns: [2.2.2.2], env_file: [own.env], net: 'container:db'}\n"
        "db: {image: postgres, net: 'container:elsewhere'}"
    )
    files = {"docker-compose.yml": own, "common/base.yml": base}
    text = converted("docker-compose.yml", files.get)
    assert text is not None
    services = yaml.safe_load(text)["services"]
    assert services["web"] == {
        "build": "./common",
        "env_file": ["./common/app.env", "own.env"],
        "ports": ["80", "81"],
        "dns": ["1.1.1.1", "2.2.2.2"],
        "volumes": ["./common/src:/app", "./data:/data", "named:/n"],
        "network_mode": "service:db",
    }
    assert services["db"]["network_mode"] == "container:elsewhere"


PULLED = "app: {image: 'python:3.11', labels: {a: '1', b: '1'}}\n"
BUILT = "app: {build: ./app, dockerfile: Local, labels: [a=1, b]}\n"


@pytest.mark.parametrize(
    ("base", "own", "becomes"),
    [
        (PULLED, "build: .", {"build": "."}),
        (PULLED, "build: ., dockerfile: Own", {"build": {"context": ".", "dockerfile": "Own"}}),
        (BUILT, "image: postgres", {"image": "postgres"}),
        (BUILT, "build: ./own", {"build": {"context": "./own", "dockerfile": "Local"}}),
        (BUILT, "dockerfile: Own", {"build": {"context": "./app", "dockerfile": "Own"}}),
        (BUILT, "user: ada", {"build": {"context": "./app", "dockerfile": "Local"}, "user": "ada"}),
    ],
)
def test_what_extends_in_the_first_form_is_either_built_or_pulled(
    base: str, own: str, becomes: dict[str, object]
) -> None:
    web = f"{base}web: {{extends: {{service: app}}, {own}}}"
    text = converted("docker-compose.yml", {"docker-compose.yml": web}.get)
    assert text is not None
    found = yaml.safe_load(text)["services"]["web"]
    assert {key: value for key, value in found.items() if key != "labels"} == becomes


@pytest.mark.parametrize(
    ("key", "below", "above", "both"),
    [
        ("labels", {"a": "1", "b": "1"}, ["b=2", "c"], {"a": "1", "b": "2", "c": None}),
        ("labels", ["a=1", "b=x=y"], {"c": "3"}, {"a": "1", "b": "x=y", "c": "3"}),
        ("environment", ["A=1", "B"], {"A": 2}, {"A": "2", "B": None}),
        ("extra_hosts", ["a:1.1.1.1", "b:::1"], ["a:2.2.2.2"], {"a": "2.2.2.2", "b": "::1"}),
        ("ulimits", {"nproc": 1, "nofile": 1}, {"nofile": 2}, {"nproc": 1, "nofile": 2}),
        ("ports", [80, "81"], ["80", "82"], ["80", "81", "82"]),
        ("expose", [80], ["81"], [80, "81"]),
        ("links", ["db"], ["cache"], ["db", "cache"]),
        ("external_links", ["a"], ["b"], ["a", "b"]),
        ("volumes_from", ["a"], ["b"], ["a", "b"]),
        ("volumes", ["./a:/a", "./b:/b"], ["./c:/b"], ["./a:/a", "./c:/b"]),
        ("devices", ["/dev/a:/dev/x"], ["/dev/b:/dev/x"], ["/dev/b:/dev/x"]),
        ("cap_add", ["A"], ["A", "B"], ["A", "B"]),
        ("cap_drop", ["A"], ["B"], ["A", "B"]),
        ("security_opt", ["a:1"], ["b:2"], ["a:1", "b:2"]),
        ("dns", "1.1.1.1", ["2.2.2.2"], ["1.1.1.1", "2.2.2.2"]),
        ("dns_search", "a", "b", ["a", "b"]),
        ("env_file", "a.env", ["b.env"], ["a.env", "b.env"]),
        ("command", "a", "b", "b"),
        ("log_opt", {"a": "1"}, {"b": "2"}, {"b": "2"}),
    ],
)
def test_what_the_first_compose_merged_is_merged(
    key: str, below: object, above: object, both: object
) -> None:
    services = {
        "app": {"image": "x", key: below},
        "web": {"extends": {"service": "app"}, key: above},
    }
    file = read_compose("compose.yml", {"compose.yml": yaml.safe_dump(services)}.get)
    assert file is not None
    assert file.services["web"] == {"image": "x", key: both}


def test_what_extends_today_may_be_built_under_the_name_of_an_image() -> None:
    text = "services: {app: {image: shop, build: .}, web: {extends: {service: app}, build: ./web}}"
    file = read_compose("compose.yml", {"compose.yml": text}.get)
    assert file is not None
    assert file.services["web"] == {"image": "shop", "build": "./web"}
