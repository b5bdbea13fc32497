"""Everything that devkit can say went wrong, and the exit code of each.

    DevkitError
      UsageError              2    the command line asks for something that is not there
      ConfigurationError      3    devkit.yaml, the compose file, .env-local, the Dockerfile
      CouldNotFindOutError    4    engine, registry, disk or network; never "the deployment fails"
        PortTakenError        4
      RefusedError            5    locked, or it would destroy something
      StepFailedError              the deployment would fail there, too
        ServicesError        10
        CheckoutError        11
        BuildError           12
        ReleaseCommandError  13
        GateError            14
        SwitchError          15
          IncompatibleError  15
      InterruptedByUserError   129, 130, 143   a signal

Every message is one sentence that names what and where; ``hint`` is the way out.
"""

from __future__ import annotations

import re
from enum import IntEnum
from typing import ClassVar

SIGNAL_BASE = 128
"""Added to a signal's number for the exit code, as shells do."""


class ExitCode(IntEnum):
    """The process's exit codes; the README's table says the same."""

    OK = 0
    BUG = 1
    USAGE = 2
    CONFIGURATION = 3
    COULD_NOT_FIND_OUT = 4
    REFUSED = 5
    SERVICES = 10
    CHECKOUT = 11
    BUILD = 12
    RELEASE_COMMAND = 13
    GATE = 14
    SWITCH = 15
    HANGUP = 129
    INTERRUPTED = 130
    TERMINATED = 143


class DevkitError(Exception):
    """A known failure.

    Args:
        message: One sentence: what, and where (file, line, key, container).
        hint: What to do next; empty where there is nothing to add.
        details: Further lines to show below, such as the end of a log.
        cause: The name of the cause in the table of devkit.deployment.diagnosis; empty for none.
    """

    code: ClassVar[ExitCode] = ExitCode.BUG

    def __init__(
        self, message: str, *, hint: str = "", details: tuple[str, ...] = (), cause: str = ""
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.details = details
        self.cause = cause


class UsageError(DevkitError):
    """The command line names something that does not exist or does not go together."""

    code = ExitCode.USAGE


class ConfigurationError(DevkitError):
    """A file that a person wrote says something that devkit cannot follow."""

    code = ExitCode.CONFIGURATION


class CouldNotFindOutError(DevkitError):
    """The engine, a registry, the disk or the network kept devkit from an answer."""

    code = ExitCode.COULD_NOT_FIND_OUT


class PortTakenError(CouldNotFindOutError):
    """Somebody took a port between its being chosen and its being published."""

    def names(self, port: int) -> bool:
        """Whether the engine's words are about this very port."""
        return any(re.search(rf":{port}\b", line) for line in self.details)


class RefusedError(DevkitError):
    """Going on would destroy something, or somebody else is at it."""

    code = ExitCode.REFUSED


class StepFailedError(DevkitError):
    """The deployment would fail at this step."""


class ServicesError(StepFailedError):
    """Step 1: a service that the application needs is not available."""

    code = ExitCode.SERVICES


class CheckoutError(StepFailedError):
    """Step 2: the commit cannot be checked out as the cloud does it."""

    code = ExitCode.CHECKOUT


class BuildError(StepFailedError):
    """Step 3: the image does not build."""

    code = ExitCode.BUILD


class ReleaseCommandError(StepFailedError):
    """Step 4: a release command exited non-zero."""

    code = ExitCode.RELEASE_COMMAND


class GateError(StepFailedError):
    """Step 5: a container did not pass the gate."""

    code = ExitCode.GATE


class SwitchError(StepFailedError):
    """Then: from the old containers to the new ones requests would be lost or go wrong."""

    code = ExitCode.SWITCH


class IncompatibleError(SwitchError):
    """The old version does not work on the data that the new one's release commands leave."""


class InterruptedByUserError(DevkitError):
    """A signal ended the command.

    Args:
        signal_number: Which.
        left: What became of what was started, as a person is told.
    """

    def __init__(
        self, signal_number: int, *, left: str = "what was started has been removed"
    ) -> None:
        super().__init__("Interrupted.")
        self.signal_number = signal_number
        self.left = left
