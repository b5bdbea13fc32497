"""A repository that means harm: it runs nothing outside of containers, and breaks nothing."""

from __future__ import annotations

import asyncio
import io
import os
import re
import shutil
import time
from pathlib import Path

import pytest

from devkit.cli.arguments import split
from devkit.cli.consoles import PatientConsole
from devkit.cli.legible import legible, one_line
from devkit.compose.generated import _body, with_header
from devkit.config.detect import detect
from devkit.config.load import read_configuration
from devkit.config.sources import decode_config
from devkit.dockerfile import parse
from devkit.dockerfile.context import is_copied, is_ignored
from devkit.engine.compose_inputs import check_compose_inputs
from devkit.engine.git import find_repository
from devkit.engine.git_clone import CommitCheckout, is_history_copied
from devkit.engine.git_commits import resolve_commit
from devkit.engine.git_worktree import differs_from_commit
from devkit.engine.process import MOST_KEPT, run
from devkit.errors import CheckoutError, ConfigurationError
from tests.files import build_file_tree
from tests.functional.clones import clone
from tests.functional.programs import NO_ENGINE, barely_docker, devkit, scripted_docker
from tests.functional.repos import ENVIRONMENT, Repo, make_repo

DOCKERFILE = "FROM debian:bookworm-slim\nCOPY . /app\nEXPOSE 80\n"
COMMANDS = [
    ["init"],
    ["config", "show"],
    ["up"],
    ["build"],
    ["migrate"],
    ["run", "true"],
    ["verify"],
    ["verify", "--json"],
    ["hook", "install"],
    ["hook", "status"],
    ["status"],
    ["down"],
]
NAMES = [
    "a b",
    "it's",
    'say "hi"',
    "a;touch ran",
    "$(touch ran)",
    "`touch ran`",
    "a\ntouch ran",
    "-x",
    "--json",
    "%s%n",
    "a:b",
    "\x1b]0;x\x07",
]


@pytest.fixture
def ran(tmp_path: Path) -> Path:
    """What a program makes that should not have run."""
    return tmp_path / "ran"


def program(path: Path, ran: Path) -> str:
    """A program that leaves a trace."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho {path.name} >> '{ran}'\ncat\n")
    path.chmod(0o755)
    return str(path)


def trap(repo: Repo, ran: Path) -> None:
    """Configure, in the repository itself, every program that git can be made to call."""
    evil = program(repo.path / "evil", ran)
    hooks = repo.path / ".githooks"
    for name in ("post-checkout", "post-index-change", "reference-transaction", "pre-auto-gc"):
        program(hooks / name, ran)
    (repo.path / ".git" / "more").write_text(
        f'[filter "a=b.c"]\n\tclean = {evil}\n\tsmudge = {evil}\n\trequired = true\n'
        f'[filter "long"]\n\tprocess = {evil}\n\trequired = true\n'
        f'[diff "x"]\n\ttextconv = {evil}\n\tcommand = {evil}\n[merge "x"]\n\tdriver = {evil}\n'
    )
    settings = {
        "core.hooksPath": str(hooks),
        "core.fsmonitor": evil,
        "core.pager": evil,
        "core.sshCommand": evil,
        "core.editor": evil,
        "credential.helper": evil,
        "diff.external": evil,
        "include.path": "more",
        "alias.status": f"!{evil}",
        "init.templateDir": str(repo.path),
        "submodule.s.update": f"!{evil}",
        "core.alternateRefsCommand": evil,
        "gc.auto": "1",
        "extensions.partialClone": "origin",
        "remote.origin.url": f"ext::{evil}",
        "remote.origin.promisor": "true",
        "protocol.ext.allow": "always",
        "protocol.allow": "always",
    }
    for key, value in settings.items():
        repo.git("config", key, value)


def test_no_program_that_a_repository_names_is_run(tmp_path: Path, ran: Path) -> None:
    attributes = "*.1 filter=a=b.c\n*.2 filter=long diff=x merge=x\n"
    modules = f'[submodule "s"]\n\tpath = s\n\turl = ext::touch {ran}\n\tupdate = !touch {ran}\n'
    contents = {
        "Dockerfile": DOCKERFILE,
        "devkit.yaml": "release: [true]\n",
        "f.1": "x",
        "f.2": "x",
        ".gitattributes": attributes,
        ".gitmodules": modules,
    }
    repo = make_repo(tmp_path / "repo", contents)
    repo.git("branch", "-f", "other")
    trap(repo, ran)
    for name in ("f.1", "f.2"):
        (repo.path / name).write_text("y")  # as long as before: git has to read it
        os.utime(repo.path / name, (1, 1))

    for words in COMMANDS:
        devkit(*words, cwd=repo.path, **NO_ENGINE)
    assert {"f.1", "f.2"} <= set(
        differs_from_commit(find_repository(repo.path, ENVIRONMENT), repo.path)
    )
    clone(repo, "other")

    assert not ran.exists(), ran.read_text()


def test_an_object_that_is_missing_is_not_asked_of_a_helper(tmp_path: Path, ran: Path) -> None:
    repo = make_repo(tmp_path / "repo", {"Dockerfile": DOCKERFILE, "devkit.yaml": "{}\n"})
    blob = repo.git("rev-parse", "HEAD:devkit.yaml")
    trap(repo, ran)
    (repo.path / ".git/objects" / blob[:2] / blob[2:]).unlink()
    done = devkit("verify", cwd=repo.path, **NO_ENGINE)
    assert done.returncode == 4
    assert not ran.exists(), ran.read_text()


@pytest.mark.parametrize(
    "revision",
    [
        "--upload-pack=touch ran",
        "-x",
        "--all",
        "--output=ran",
        "$(touch ran)",
        "`touch ran`",
        ";touch ran",
        "HEAD;touch ran",
        "a\nb",
        ":/--output=ran",
        "HEAD:--output=ran",
        "@{-1}",
        "é",
        "\x1b]0;x\x07",
    ],
)
def test_a_revision_is_a_name_and_nothing_else(tmp_path: Path, revision: str) -> None:
    repo = make_repo(tmp_path / "repo", {"Dockerfile": DOCKERFILE})
    done = devkit("verify", "--", revision, cwd=repo.path, **NO_ENGINE)
    assert done.returncode == 2, done.stderr
    assert "\x1b" not in done.stderr
    assert not list(tmp_path.rglob("ran"))


def test_a_revision_that_looks_like_an_option_is_refused(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", {"Dockerfile": DOCKERFILE})
    assert devkit("verify", "--upload-pack=x", cwd=repo.path, **NO_ENGINE).returncode == 2


@pytest.mark.parametrize(
    "branch", ["-x", "--upload-pack=touch ran", "a;touch ran", "$(touch ran)", "é\u202e"]
)
def test_a_branch_of_any_name(tmp_path: Path, branch: str) -> None:
    repo = make_repo(tmp_path / "repo", {"Dockerfile": DOCKERFILE})
    name = branch.replace(" ", "_")
    repo.git("update-ref", f"refs/heads/{name}", "HEAD")
    repo.git("symbolic-ref", "HEAD", f"refs/heads/{name}")
    done = devkit("verify", cwd=repo.path, **NO_ENGINE)
    assert done.returncode == 4, done.stderr  # it gets as far as the engine
    assert "\u202e" not in done.stderr
    assert not list(tmp_path.rglob("ran"))


@pytest.mark.parametrize("name", NAMES)
def test_a_folder_and_a_file_of_any_name(tmp_path: Path, name: str) -> None:
    repo = make_repo(tmp_path / "top" / name, {"Dockerfile": DOCKERFILE, f"{name}.txt": ""})
    (repo.path / f"{name}.new").touch()
    for words in (["init"], ["verify"]):
        done = devkit(*words, cwd=repo.path, **NO_ENGINE)
        assert done.returncode in {0, 4}, done.stderr
        assert "\x1b" not in done.stderr + done.stdout
    assert f"{name}.txt" in {path.name for path in clone(repo).iterdir()}
    assert not list(tmp_path.rglob("ran"))


def test_a_folder_that_looks_like_an_option_is_the_hooks_own() -> None:
    words = ["hook", "run", "--folder", "--json", "--", "origin", "--quiet"]
    assert split(words) == ([], words)


LINKS = [
    "Dockerfile",
    "devkit.yaml",
    "docker-compose.yml",
    "docker-compose.override.yml",
    ".env",
    ".env-local",
    ".dockerignore",
    ".devkit",
    ".devkit/lock",
    "data",
]


@pytest.mark.parametrize("name", LINKS)
def test_a_link_out_of_the_project_is_not_followed(tmp_path: Path, name: str) -> None:
    outside = build_file_tree(tmp_path / "outside", {"file": "hush=hush\n", ".gitignore": "*\n"})
    root = build_file_tree(
        tmp_path / "shop",
        {"Dockerfile": DOCKERFILE, "devkit.yaml": "services: {storage: file}\n"},
    )
    (root / name).unlink(missing_ok=True)
    (root / name).parent.mkdir(exist_ok=True)
    is_folder = name in {".devkit", "data"}
    (root / name).symlink_to(outside if is_folder else outside / "file")
    before = {path.name: path.read_bytes() for path in outside.iterdir()}
    done = devkit("up", cwd=root, **NO_ENGINE)
    assert "hush" not in done.stderr + done.stdout
    assert done.returncode in {3, 5}, done.stderr
    assert {path.name: path.read_bytes() for path in outside.iterdir()} == before


@pytest.mark.parametrize(
    "name",
    [n for n in LINKS if n not in {".devkit", "data", ".devkit/lock"}]
    + [".devkit/local.json", ".devkit/project.json", "requirements.txt"],
)
@pytest.mark.parametrize("kind", ["pipe", "device"])
def test_what_is_read_without_end(tmp_path: Path, name: str, kind: str) -> None:
    root = build_file_tree(tmp_path / "shop", {"Dockerfile": DOCKERFILE, ".devkit/x": ""})
    (root / name).unlink(missing_ok=True)
    if kind == "pipe":
        os.mkfifo(root / name)
    else:
        (root / name).symlink_to("/dev/zero")
    began = time.monotonic()
    assert devkit("up", cwd=root, **NO_ENGINE).returncode in {3, 4, 5}
    assert time.monotonic() - began < 30


def test_a_lock_that_is_a_link_empties_nothing(tmp_path: Path) -> None:
    root = build_file_tree(
        tmp_path / "shop", {"Dockerfile": DOCKERFILE, ".env-local": "A=hush\n", ".devkit/x": ""}
    )
    (root / ".devkit/lock").symlink_to("../.env-local")
    assert devkit("up", cwd=root, **NO_ENGINE).returncode == 5
    assert (root / ".env-local").read_text() == "A=hush\n"


def test_a_project_folder_that_is_a_link_in_the_commit_is_not_built(tmp_path: Path) -> None:
    build_file_tree(tmp_path / "home", {"Dockerfile": DOCKERFILE, "secret": "hush"})
    repo = make_repo(tmp_path / "repo", {"f": ""})
    (repo.path / "app").symlink_to(tmp_path / "home")
    repo.commit({})
    repository = find_repository(repo.path, ENVIRONMENT)
    checkout = CommitCheckout(
        repository=repository, commit=resolve_commit(repository), subfolder=Path("app")
    )
    with pytest.raises(CheckoutError, match="leads out of the repository"):
        asyncio.run(checkout.check_out(tmp_path / "clone"))


def test_links_in_a_clone_are_not_read(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", {"Dockerfile": DOCKERFILE})
    (repo.path / ".dockerignore").symlink_to("/dev/zero")
    repo.commit({})
    assert is_history_copied(clone(repo))


BOMB = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 300)
)


@pytest.mark.parametrize(
    "text",
    [
        BOMB,
        "[" * 900_000,
        "a: " * 300_000,
        "name: " + "x" * 900_000,
        "name: 1" + ":1" * 400_000,
        "web: {port: " + "9" * 900_000 + "}",
        "name: a\nname: b\n",
        "name: !!python/object/apply:os.system [x]\n",
        "? [a]\n: b\n",
        "name: &a [*a]\n",
        "<<: &a {<<: *a}\n",
        "#" * 6_000_000,
        "services: {database: --privileged}",
        "web: {command: 'a; touch ran'}\nx: 1",
        "web: {mount: '/a:/b'}",
        'name: "\\e]0;x\\a"\n',
        "services: {database: 'postgres:15 --privileged'}",
    ],
)
def test_a_configuration_that_means_harm_is_one_short_sentence(text: str) -> None:
    began = time.monotonic()
    with pytest.raises(ConfigurationError) as caught:
        read_configuration(decode_config(text.encode()))
    assert time.monotonic() - began < 15
    assert len(caught.value.message) < 2000


@pytest.mark.parametrize(
    "text",
    [
        "\n" * 900_000,
        "CMD" + " " * 900_000,
        "FROM a\nEXPOSE " + "1-65535 " * 100_000,
        "FROM a\nCOPY " + "[" * 900_000,
        "FROM a\n" + "WORKDIR a\n" * 90_000,
        "FROM a\nRUN " + "--a" * 300_000,
        "FROM a\nRUN " + "npm i " * 150_000 + "-g",
        "FROM x AS s0\n" + "".join(f"ENV A{i}=1\nFROM s{i} AS s{i + 1}\n" for i in range(30_000)),
        "FROM a\nEXPOSE " + "1" * 900_000,
    ],
)
def test_a_dockerfile_that_means_harm_is_read_in_time(text: str) -> None:
    began = time.monotonic()
    detect({}, dockerfile=parse(text), dockerfile_text=text)
    is_copied(text, ".env-local")
    assert time.monotonic() - began < 15


def test_values_are_never_templates(tmp_path: Path) -> None:
    values = "A: '{{ 7*7 }}{% raw %}', B: '$HOME ${PATH}', C: \"a\\nb: c\""
    config = f"environments: {{local: {{env: {{{values}}}}}}}\n"
    root = build_file_tree(tmp_path / "shop", {"Dockerfile": DOCKERFILE, "devkit.yaml": config})
    assert devkit("init", cwd=root).returncode == 0
    text = (root / "docker-compose.yml").read_text()
    assert "{{ 7*7 }}{% raw %}" in text
    assert "$$HOME $${PATH}" in text
    assert r'"a\nb: c"' in text


def test_a_mount_cannot_write_lines_into_a_file(tmp_path: Path) -> None:
    dockerfile = 'FROM a\nCOPY [".", "/app\\nservices: {database: evil:1}"]\nEXPOSE 80\n'
    root = build_file_tree(tmp_path / "shop", {"Dockerfile": dockerfile})
    assert devkit("init", cwd=root).returncode == 0
    assert read_configuration((root / "devkit.yaml").read_text()).services is None


@pytest.mark.parametrize(
    "line",
    [
        "A='hush",
        'A="hush',
        "A=${B:?hush}",
        "A=hush${",
        'A="x\nhush',
        "A=${hush/x}",
        "A: 'hush",
    ],
)
def test_no_value_of_the_secrets_is_in_an_error(tmp_path: Path, line: str) -> None:
    files = {
        "Dockerfile": DOCKERFILE,
        ".env-local": f"B=1\n\n# 'x\n{line}\n",
        "devkit.yaml": "release: [true]\n",
    }
    root = build_file_tree(tmp_path / "shop", files)
    with pytest.raises(ConfigurationError) as caught:
        check_compose_inputs(root)
    assert caught.value.message.startswith(".env-local:4: ")
    assert "hush" not in caught.value.message + caught.value.hint


@pytest.mark.parametrize(
    "line", ["A='${B:?x}'", 'A=a"b', 'A="b\nc" # d', "A=$(x)", "no entry", "A=${B:-c}d", "é='\\'x'"]
)
def test_secrets_that_compose_understands_are_fine(tmp_path: Path, line: str) -> None:
    root = build_file_tree(
        tmp_path / "shop", {"Dockerfile": DOCKERFILE, ".env-local": f"{line}\nC=1\n"}
    )
    check_compose_inputs(root)


def service(root: Path, text: str) -> None:
    override = f"services: {{web: {{{text}}}}}\n"
    build_file_tree(root, {"docker-compose.override.yml": override})


WANTED = [
    "privileged: true",
    "cap_add: [SYS_ADMIN]",
    "network_mode: host",
    "pid: host",
    "volumes: ['/var/run/docker.sock:/s']",
    "volumes: ['/etc:/host']",
    "volumes: ['~:/host']",
    "volumes: ['../..:/host']",
    "devices: ['/dev/kmsg']",
    "build: {context: ../..}",
    "build: {ssh: [default]}",
    "security_opt: ['seccomp:unconfined']",
    "devices: ['/dev/kmsg:/dev/kmsg:r']",
    "volumes: ['~/.cache:/cache']",
    "volumes: ['./..:/up:ro']",
    "volumes: ['/etc/localtime:/etc/localtime']",  # not read-only
    "volumes: ['/etc/localtime/../shadow:/x:ro']",
    "security_opt: ['no-new-privileges:true', 'apparmor:unconfined']",
    "ipc: host",
]


def test_a_compose_file_that_wants_the_machine_is_refused(tmp_path: Path) -> None:
    root = build_file_tree(tmp_path / "a" / "shop", {"Dockerfile": DOCKERFILE})
    services = "".join(f"  w{at}: {{image: x, {text}}}\n" for at, text in enumerate(WANTED))
    build_file_tree(root, {"docker-compose.override.yml": f"services:\n{services}"})
    done = devkit("up", cwd=root, **NO_ENGINE)
    assert done.returncode == 5, done.stderr
    assert "--allow-host-access" in done.stderr
    told = set(re.findall(r"^ *(w\d+) \w", done.stderr, re.MULTILINE))
    assert told == {f"w{at}" for at in range(len(WANTED))}, done.stderr


def test_what_was_allowed_once_is_asked_again_where_it_changes(tmp_path: Path) -> None:
    root = build_file_tree(tmp_path / "shop", {"Dockerfile": DOCKERFILE})
    state = {"XDG_STATE_HOME": str(tmp_path / "state"), **NO_ENGINE}
    service(root, "privileged: true")
    assert devkit("run", "true", cwd=root, **state).returncode == 5
    assert devkit("up", "--allow-host-access", cwd=root, **state).returncode == 4
    assert devkit("run", "true", cwd=root, **state).returncode == 4
    service(root, "privileged: true, pid: host")
    assert devkit("up", cwd=root, **state).returncode == 5


@pytest.mark.parametrize(
    "way", ["forged checksum", "another file", "a volume", "a link", "adopted"]
)
def test_no_way_round_the_question(tmp_path: Path, way: str) -> None:
    root = build_file_tree(tmp_path / "shop", {"Dockerfile": DOCKERFILE})
    state = {"XDG_STATE_HOME": str(tmp_path / "state"), **NO_ENGINE}
    evil = "services: {web: {image: x, privileged: true}}\n"
    match way:
        case "forged checksum":
            forge(root)
        case "another file":
            build_file_tree(root, {".env": "COMPOSE_FILE=evil.yml\n", "evil.yml": evil})
        case "a volume":
            volume = "{driver_opts: {type: none, o: bind, device: /}}"
            text = f"services: {{web: {{volumes: ['vol:/v']}}}}\nvolumes: {{vol: {volume}}}\n"
            build_file_tree(root, {"docker-compose.override.yml": text})
        case "a link":
            (root / "inside").symlink_to("/etc")
            service(root, "volumes: ['./inside:/etc2']")
        case _:
            build_file_tree(root, {"compose.yaml": evil})
    assert devkit("up", cwd=root, **state).returncode == 5


SCRIPT = """\
echo "$*" >> {log}
case $* in *config*) exec {docker} "$@";; *) exit 1;; esac
"""


def test_files_that_want_nothing_are_asked_about_once(tmp_path: Path) -> None:
    docker = shutil.which("docker") or "/usr/bin/docker"
    script = SCRIPT.format(log=tmp_path / "log", docker=docker)
    env = {**NO_ENGINE, "PATH": scripted_docker(tmp_path / "bin", script)}
    env["XDG_STATE_HOME"] = str(tmp_path / "state")
    root = build_file_tree(tmp_path / "shop", {"Dockerfile": DOCKERFILE, "src/f": ""})

    def asked(text: str, code: int) -> bool:
        (tmp_path / "log").write_text("")
        service(root, text)
        assert devkit("up", cwd=root, **env).returncode == code
        return " config " in (tmp_path / "log").read_text()

    assert asked("volumes: ['./src:/src']", 4)
    assert not asked("volumes: ['./src:/src']", 4)
    assert asked("volumes: ['./src:/src'], tty: true", 4)
    assert asked("volumes: ['$PWD/src:/src']", 4)
    assert asked("volumes: ['$PWD/src:/src']", 4)  # a variable decides
    assert asked("volumes: ['./src:/src']", 4)
    shutil.rmtree(root / "src")
    (root / "src").symlink_to("/etc")
    assert asked("volumes: ['./src:/src']", 5)


def forge(root: Path) -> None:
    """A generated file, changed, under a checksum that fits."""
    devkit("init", cwd=root)
    path = root / "docker-compose.yml"
    text = path.read_text()
    inputs = text.partition(" inputs:")[2][:12]
    path.write_text(
        with_header(
            _body(text).lstrip("\n").replace("init: true", "privileged: true"), inputs=inputs
        )
    )


ORDINARY = """\
services:
  web:
    volumes:
      - ./src:/src
      - vol:/v
      - /etc/localtime:/etc/localtime:ro
      - /etc/timezone:/etc/timezone:ro
    tmpfs: [/tmp]
    user: "1000:1000"
    ports: ["9:9"]
    extra_hosts: ["host.docker.internal:host-gateway"]
    security_opt: ["no-new-privileges:true"]
    cap_drop: [ALL]
    networks: [default, other]
    env_file: [more.env]
volumes: {vol: {}}
networks: {other: {}}
"""


def test_an_override_that_keeps_to_the_project_needs_no_permission(tmp_path: Path) -> None:
    files = {"Dockerfile": DOCKERFILE, "more.env": "", "docker-compose.override.yml": ORDINARY}
    root = build_file_tree(tmp_path / "shop", files)
    done = devkit("up", cwd=root, **NO_ENGINE)
    assert done.returncode == 4, done.stderr


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (".dockerignore", ".env*\n!.env-local\n"),
        ("Dockerfile.dockerignore", "nothing\n"),
    ],
)
def test_a_dockerignore_that_lets_the_secrets_into_the_image(
    tmp_path: Path, name: str, text: str
) -> None:
    files = {"Dockerfile": DOCKERFILE, ".dockerignore": ".env-local\n", name: text}
    done = devkit("build", cwd=build_file_tree(tmp_path / "shop", files), **NO_ENGINE)
    assert done.returncode == 5
    assert f"Add the line .env-local to {name}" in done.stderr


@pytest.mark.parametrize(
    ("text", "kept_out"),
    [
        (".env-local\n", True),
        ("**/**/.env-loca?\n", True),
        ("*\n!src\n", True),
        (".env-local\n!**/**/.env-loca?\n", False),
        (".env-local\n![^x]env-local\n", False),
        (".env-local\n!\\.env-local\n", False),
        ("x\f\u2028.env-local\n", False),
    ],
)
def test_what_a_dockerignore_keeps_out(text: str, *, kept_out: bool) -> None:
    assert is_ignored(text, ".env-local") is kept_out


@pytest.mark.parametrize("source", ["[^a]env-local", "\\.env-local", "$X", ".en*", "x/.."])
def test_what_a_copy_takes_in(source: str) -> None:
    assert is_copied(f"FROM x\nCOPY {source} /app\n", ".env-local")
    assert is_copied(f"FROM x\nONBUILD COPY {source} /app\n", ".env-local")


def test_what_a_terminal_would_obey_is_written_out(tmp_path: Path) -> None:
    evil = "\x1b[31mred\x1b[0m \x1b]0;title\x07 \x9b2J \x1b]8;;http://x\x1b\\link "
    evil += "\r\x08 \u202e[red]x[/red]"
    shown = r"red \x1b]0;title\x07 \x9b2J \x1b]8;;http://x\x1b\link \x0d\x08 \u202e[red]x[/red]"
    assert legible(evil) == shown
    assert one_line("a\nb\udce9") == r"a\nb\udce9"
    console = PatientConsole()
    console.file = io.StringIO()
    console.print(evil, markup=False)
    assert not set("\x1b\x9b\x07\x08\u202e\r") & set(console.file.getvalue())
    repo = make_repo(tmp_path / "repo", {"Dockerfile": DOCKERFILE})
    repo.commit({}, f"Fix {evil}")
    (repo.path / "a\nVerified\x1b[2J").touch()
    done = devkit("verify", cwd=repo.path, **barely_docker(tmp_path / "bin"))
    assert not set("\x1b\x9b\x07\u202e\r") & set(done.stderr + done.stdout)
    assert "[red]x[/red]" in done.stderr
    assert "\nVerified" not in done.stderr


def test_output_without_end_does_not_fill_the_memory() -> None:
    done = asyncio.run(run(["sh", "-c", "yes 0123456789 | head -c 12000000; echo end"]))
    assert len(done.output) <= MOST_KEPT
    assert done.output.endswith("end")


def test_a_number_that_takes_hours_to_read_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="quote it"):
        read_configuration("name: 1" + ":1" * 200)
