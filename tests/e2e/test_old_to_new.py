"""From the version that is deployed to the one that is pushed, under load, on a real engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.apps import CONFIG, polite_server, tiny
from tests.e2e.machine import NOTHING, Result, Workspace, left_behind, make_workspace

if TYPE_CHECKING:
    from pathlib import Path

STORED = f"{CONFIG}services: {{storage: file}}\n"

OLD_SCHEMA = """
        import os
        if os.path.exists("/data/new-schema"):
            status = 500
"""
"""Has the old server break on what the new version's release command leaves."""

MIGRATES = "open('/data/new-schema', 'w').close()\n"


@pytest.fixture
def deployed(tmp_path: Path) -> Workspace:
    """A repository whose first commit is deployed, with a file storage."""
    files = tiny(
        devkit__yaml=STORED, server__py=polite_server(), release__py="print('first release')\n"
    )
    return make_workspace(tmp_path / "tiny", files)


def verify(workspace: Workspace, *words: str) -> Result:
    return workspace.devkit("verify", "--cached", "--json", "--from", "HEAD~1", *words)


def figures(result: Result) -> dict[str, Any]:
    return {e["phase"]: e for e in result.events if e["event"] == "traffic_sent"}


def test_no_request_is_lost_between_two_versions_that_go_together(deployed: Workspace) -> None:
    deployed.commit("Say something else", {"server.py": polite_server(text="new")})

    result = verify(deployed)

    assert result.code == 0, result.out + result.err
    passed = [e["step"] for e in result.events if e["event"] == "step_passed"]
    assert passed[-4:] == ["release", "compatibility", "gate", "switch"]
    assert passed.index("old_version") < passed.index("release")
    by_phase = figures(result)
    assert list(by_phase) == ["before", "during", "after"]
    assert all(e["sent"] > 10 and e["failed"] == 0 for e in by_phase.values()), by_phase
    assert "SIGTERM" not in result.out  # it heeds the signal, and is not killed
    assert left_behind() == NOTHING


def allowed_where_refused(deployed: Workspace, message: str) -> Result:
    """What is said where an old version that breaks on the new data is allowed; first it is not."""
    result = verify(deployed)
    assert result.code == 15, result.out
    assert result.verdict["step"] == "compatibility"
    assert message in result.verdict["message"]
    allowed = verify(deployed, "--allow-incompatible")
    assert allowed.code == 0, allowed.out
    return allowed


def test_an_old_version_that_breaks_on_the_new_data_is_found(deployed: Workspace) -> None:
    deployed.commit("Old", {"server.py": polite_server(in_get=OLD_SCHEMA)})
    deployed.commit("New", {"server.py": polite_server(), "release.py": MIGRATES})

    told = "answered 500 where it answered 200 before"
    assert told in allowed_where_refused(deployed, told).out


def test_so_is_one_that_breaks_on_a_page_that_the_gate_does_not_ask_for(
    deployed: Workspace,
) -> None:
    paths = f"{STORED}web: {{paths: [/, /news/]}}\n"
    breaks = OLD_SCHEMA.replace("if os", "if self.path == '/news/' and os")
    old = {"server.py": polite_server(in_get=breaks), "devkit.yaml": paths}
    deployed.commit("Old", old)
    deployed.commit("New", {"server.py": polite_server(), "release.py": MIGRATES})

    allowed_where_refused(deployed, "requests to it failed while the release commands ran")


def test_after_a_failing_gate_the_old_version_serves_on(deployed: Workspace) -> None:
    deployed.commit("Break it", {"server.py": polite_server(status=503)})

    result = verify(deployed)

    assert result.code == 14, result.out
    serves_on = [e for e in result.events if e["event"] == "serves_on"]
    assert len(serves_on) == 1
    assert serves_on[0]["sent"] > 10
    assert serves_on[0]["failed"] == 0
    assert list(figures(result)) == ["before", "during"]


def test_a_new_version_that_drops_requests_fails_the_switch(deployed: Workspace) -> None:
    drops = "        import random\n        if random.random() < 0.3: return\n"
    deployed.commit("Drop", {"server.py": polite_server(in_get=drops)})

    result = verify(deployed)

    assert result.code in {14, 15}, result.out  # the gate may meet it first
    if result.code == 15:
        assert result.verdict["step"] == "switch"
        assert "requests failed while the versions were switched" in result.verdict["message"]
        assert result.verdict["details"]


def test_an_old_version_that_cannot_come_up_says_nothing_of_the_new(deployed: Workspace) -> None:
    deployed.commit("Fail", {"release.py": "raise SystemExit(3)\n"})
    deployed.commit("Mend", {"release.py": "print('fine')\n"})

    result = verify(deployed)

    assert result.code == 4, result.out
    assert "The old version cannot be brought up here" in result.verdict["message"]


def test_the_upstream_is_what_is_deployed_unless_told_otherwise(
    deployed: Workspace, tmp_path: Path
) -> None:
    deployed.git("init", "--quiet", "--bare", str(tmp_path / "remote.git"))
    deployed.git("remote", "add", "origin", str(tmp_path / "remote.git"))
    deployed.git("push", "--quiet", "--no-verify", "--set-upstream", "origin", "main")
    first = deployed.git("rev-parse", "HEAD")
    deployed.commit("Next", {"server.py": polite_server(text="next")})

    switched = deployed.devkit("verify", "--cached", "--json")
    alone = deployed.devkit("verify", "--cached", "--json", "--no-from")

    assert switched.code == alone.code == 0, switched.out + alone.out
    assert switched.events[0]["old"]["sha"] == first
    assert alone.events[0]["old"] is None
    assert not figures(alone)
