"""Which way the gate can ask on this engine: the containers' own addresses, or published ports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from devkit.deployment.gate_policy import Way
from devkit.errors import CouldNotFindOutError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

VARIABLE = "DEVKIT_GATE"
NAMES = {"direct": Way.DIRECT, "published": Way.PUBLISHED}


@dataclass(frozen=True, kw_only=True)
class EngineFacts:
    """What tells where the engine's containers are.

    Attributes:
        platform: ``sys.platform`` of this process.
        operating_system: As ``docker info`` names it.
        endpoint: The engine's address, such as ``unix:///var/run/docker.sock``.
        rootless: Whether the engine runs without root, in a network namespace of its own.
    """

    platform: str
    operating_system: str
    endpoint: str
    rootless: bool


def choose_way(facts: EngineFacts, environment: Mapping[str, str]) -> Way:
    """The containers' own addresses where they can be reached, else published ports.

    They can be where the engine runs on this very Linux. Docker Desktop's is in a virtual
    machine. ``DEVKIT_GATE=direct`` or ``published`` decides for an engine that is misjudged.

    Raises:
        CouldNotFindOutError: The engine is on another machine, so neither way leads there.
        UsageError: ``DEVKIT_GATE`` says something else.
    """
    wanted = environment.get(VARIABLE, "")
    if wanted:
        if wanted not in NAMES:
            raise UsageError(f"{VARIABLE} is {wanted!r}; it takes direct or published.")
        return NAMES[wanted]
    if not facts.endpoint.startswith(("unix://", "npipe://")):
        raise CouldNotFindOutError(
            f"The engine at {facts.endpoint} is on another machine, where the gate cannot ask"
            " its containers.",
            hint="Choose a local engine: docker context use default",
        )
    desktop = "Docker Desktop" in facts.operating_system or facts.platform != "linux"
    return Way.PUBLISHED if desktop or facts.rootless else Way.DIRECT
