from __future__ import annotations

from dataclasses import replace

import pytest

from devkit.deployment.gate_policy import Way
from devkit.deployment.gate_way import EngineFacts, choose_way
from devkit.errors import CouldNotFindOutError, UsageError

LINUX = EngineFacts(
    platform="linux",
    operating_system="Debian GNU/Linux 12 (bookworm)",
    endpoint="unix:///var/run/docker.sock",
    rootless=False,
)


def test_on_the_same_linux_the_containers_own_addresses_are_asked() -> None:
    assert choose_way(LINUX, {}) is Way.DIRECT


@pytest.mark.parametrize(
    "facts",
    [
        replace(LINUX, operating_system="Docker Desktop"),
        replace(LINUX, platform="darwin", operating_system="OrbStack"),
        replace(LINUX, rootless=True),
        replace(LINUX, platform="win32", endpoint="npipe:////./pipe/docker_engine"),
    ],
)
def test_elsewhere_published_ports_are(facts: EngineFacts) -> None:
    assert choose_way(facts, {}) is Way.PUBLISHED


def test_an_engine_on_another_machine_cannot_be_asked() -> None:
    with pytest.raises(CouldNotFindOutError, match="on another machine"):
        choose_way(replace(LINUX, endpoint="tcp://build.example:2376"), {})


def test_a_person_may_decide() -> None:
    assert choose_way(LINUX, {"DEVKIT_GATE": "published"}) is Way.PUBLISHED
    assert choose_way(replace(LINUX, endpoint="ssh://x"), {"DEVKIT_GATE": "direct"}) is Way.DIRECT
    with pytest.raises(UsageError, match="direct or published"):
        choose_way(LINUX, {"DEVKIT_GATE": "maybe"})
