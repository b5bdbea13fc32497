"""A commit that deploys is verified, from the commit alone."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from tests.e2e.apps import CONFIG, DOCKERFILE, NAME, server
from tests.e2e.machine import NOTHING, Workspace, docker, left_behind

if TYPE_CHECKING:
    from pathlib import Path

STEPS = ["services", "checkout", "build", "release", "gate"]


def test_the_sample_application_passes_all_five_steps(sample: Workspace) -> None:
    result = sample.devkit("verify", "--json", "--containers", "3")

    assert result.code == 0, result.out + result.err
    passed = [e["step"] for e in result.events if e["event"] == "step_passed"]
    assert sorted(passed) == sorted(STEPS)
    assert passed.index("build") < passed.index("release") < passed.index("gate")
    probed = [e for e in result.events if e["event"] == "container_probed"]
    assert [(e["container"], e["status"]) for e in probed] == [
        ("web-1", 200),
        ("web-2", 200),
        ("web-3", 200),
    ]
    assert result.verdict["verdict"] == "passed"
    assert left_behind() == NOTHING


def test_nothing_of_the_working_tree_takes_part(workspace: Workspace) -> None:
    workspace.write({"server.py": "raise SystemExit('only here')"})
    before = workspace.git("status", "--porcelain")

    result = workspace.devkit("verify", "--cached")

    assert result.code == 0, result.err
    assert "Uncommitted" in result.err
    assert "server.py" in result.err
    assert workspace.git("status", "--porcelain") == before


def test_an_older_revision_can_be_verified(workspace: Workspace) -> None:
    good = workspace.git("rev-parse", "HEAD")
    workspace.commit("Break it", {"server.py": server(status=502)})

    assert workspace.devkit("verify", "--cached", "HEAD~1").code == 0
    assert workspace.devkit("verify", "--cached").code == 14
    image = docker("image", "inspect", f"devkit/{NAME}:{good[:12]}")
    assert good in image


def test_nothing_of_the_environment_reaches_the_build_or_the_containers(
    workspace: Workspace,
) -> None:
    seen = "import os; assert 'CANARY' not in os.environ, os.environ"
    workspace.commit("Look", {"release.py": seen, ".env": "CANARY=1\n", ".env-local": "CANARY=1\n"})

    result = workspace.devkit("verify", "--cached", env={"CANARY": "1", "COMPOSE_FILE": "x.yml"})

    assert result.code == 0, result.err


def test_the_release_command_has_what_the_cloud_gives_it(workspace: Workspace) -> None:
    seen = """
import os
wanted = {"STAGE": "live", "DEBUG": "False", "GIT_BRANCH": "main"}
assert {name: os.environ[name] for name in wanted} == wanted
assert os.environ["DATABASE_URL"].startswith("postgres://postgres:")
assert os.environ["DATABASE_URL"] == os.environ["DEFAULT_DATABASE_DSN"]
assert os.environ["DEFAULT_STORAGE_DSN"].startswith("file:///data/")
assert len(os.environ["SECRET_KEY"]) >= 32
assert os.path.ismount("/data")
assert os.environ["PRICE"] == "$5 & 'more'"
"""
    config = CONFIG.replace("{containers: 2}", """{env: {PRICE: "$5 & 'more'"}}""")
    services = "services: {database: 'postgres:15-bookworm', storage: file}\n"
    workspace.commit("Look", {"release.py": seen, "devkit.yaml": config + services})

    result = workspace.devkit("verify", "--cached")

    assert result.code == 0, result.err


def test_a_project_in_a_subfolder_of_its_repository(workspace: Workspace) -> None:
    (workspace.path / "site").mkdir()
    for name in ("Dockerfile", "devkit.yaml", "server.py", "release.py"):
        workspace.git("mv", name, f"site/{name}")
    workspace.commit("Move")

    result = Workspace(workspace.path / "site").devkit("verify", "--cached")

    assert result.code == 0, result.err
    assert workspace.devkit("verify", "--cached", "--project", "site").code == 0


def test_published_ports_give_the_same_verdicts(workspace: Workspace) -> None:
    published = {"DEVKIT_GATE": "published"}

    passed = workspace.devkit("verify", "--cached", env=published)

    assert passed.code == 0, passed.err
    assert "on a published port" in passed.err
    slow = "import time; time.sleep(2)"
    workspace.commit("Start slowly", {"server.py": server(before=slow)})
    late = workspace.devkit("verify", "--cached", "--json", env=published)
    assert late.code == 0, late.verdict
    assert all(e["seconds"] > 1 for e in late.events if e["event"] == "container_probed")
    workspace.commit("Break it", {"server.py": server(status=503)})
    assert workspace.devkit("verify", "--cached", env=published).code == 14


def test_the_images_of_three_commits_are_kept_and_a_persons_own_tags(workspace: Workspace) -> None:
    mine = f"{NAME}-mine:release"
    first = workspace.git("rev-parse", "HEAD")[:12]
    try:
        for number in range(5):
            assert workspace.devkit("verify", "--cached").code == 0
            if number == 0:
                docker("tag", f"devkit/{NAME}:{first}", mine)
            workspace.commit(f"Change {number}", {"number": str(number)})

        kept = docker("image", "ls", "--format", "{{.Tag}}", f"devkit/{NAME}").split()
        assert len(kept) == 3
        assert first not in kept
        assert docker("image", "inspect", mine)
    finally:
        docker("image", "rm", "--force", mine)


def test_two_runs_of_one_commit_do_not_share_an_image(workspace: Workspace) -> None:
    release = "import time; time.sleep(6)"
    workspace.commit("Take a while", {"release.py": release})
    with ThreadPoolExecutor() as pool:
        strict = pool.submit(workspace.devkit, "verify", "--json")
        quick = pool.submit(workspace.devkit, "verify", "--json", "--cached")

    assert (strict.result().code, quick.result().code) == (0, 0)
    assert strict.result().verdict["receipt"] is True
    assert quick.result().verdict["receipt"] is False
    receipts = workspace.path / ".git" / "devkit" / "receipts"
    image = json.loads(next(receipts.glob("*.json")).read_text())["image_id"]
    label = '{{index .Config.Labels "io.devkit.cache"}}'
    assert docker("image", "inspect", "--format", label, image) == "none"


def test_a_cache_mount_is_empty_in_each_uncached_build(workspace: Workspace) -> None:
    mounted = "RUN --mount=type=cache,target=/packages,uid=1000 ! test -e /packages/x && touch "
    workspace.commit("Mount", {"Dockerfile": f"{DOCKERFILE}{mounted}/packages/x\n"})

    for _ in range(2):
        result = workspace.devkit("verify", "--again")
        assert result.code == 0, result.err


def test_the_proxies_of_the_docker_settings_stay_out(workspace: Workspace, tmp_path: Path) -> None:
    settings = tmp_path / "docker"
    settings.mkdir()
    proxies = {"proxies": {"default": {"httpProxy": "http://proxy.example:3128"}}}
    (settings / "config.json").write_text(json.dumps(proxies))
    seen = "import os; assert not [n for n in os.environ if 'proxy' in n.lower()], os.environ"
    dockerfile = DOCKERFILE + f'RUN python -c "{seen}"\n'
    workspace.commit("Look", {"release.py": seen, "Dockerfile": dockerfile})

    result = workspace.devkit("verify", "--cached", env={"DOCKER_CONFIG": str(settings)})

    assert result.code == 0, result.err
