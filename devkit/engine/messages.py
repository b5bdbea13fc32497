"""What docker's error messages mean; the one place that reads them.

The patterns are from real output of Docker 20 to 28, Compose 2 and Buildx;
tests/unit/test_messages.py holds the samples.
"""

from __future__ import annotations

import re

from devkit.deployment.troubles import SENTENCES
from devkit.errors import CouldNotFindOutError
from devkit.ports import Trouble

_ENGINE_DOWN = re.compile(
    r"Cannot connect to the Docker daemon|Is the docker daemon running|error during connect"
)
_ENGINE_LOST = re.compile(r"code = Unavailable|context canceled|closing transport")
_CREDENTIALS = re.compile(r"error getting credentials")
_NO_PERMISSION = re.compile(
    r"permission denied while trying to connect to the (Docker daemon socket|docker API)"
)
_TOOL_MISSING = re.compile(
    r"'(compose|buildx)' is not a docker command|unknown command: docker (compose|buildx)"
    r"|unknown flag: --progress|unknown shorthand flag"
)
# BuildKit's lines of a step, and those of its output and of the Dockerfile in the excerpt.
_OF_A_STEP = re.compile(r"#\d+ |\s*\d+\.\d+ | > \[|\s*\d+ \| ")
_COMMAND_FAILED = "did not complete successfully"
_ERROR_LINE = re.compile(r"^\s*(x |✘ )?(docker: )?(error|failed|failed to solve)\b", re.IGNORECASE)
_ENGINE_SAYS = (
    "Error response from daemon:",
    "Cannot connect to the Docker daemon",
    "error during connect:",
)
# What a container may share between its processes is limited, whatever room there is on the disk.
_DISK_FULL = re.compile(
    r"^(?!.*shared memory).*no space left on device", re.IGNORECASE | re.MULTILINE
)
_PORT_TAKEN = re.compile(
    r"address already in use|port is already allocated|ports are not available"
)
_REGISTRY = re.compile(r"/v2/|failed to resolve source metadata|failed to do request|registry")
_UNREACHABLE = re.compile(
    r"dial tcp|no such host|i/o timeout|TLS handshake|connection refused|EOF$|deadline exceeded"
    r"|Client\.Timeout|toomanyrequests|5\d\d (Internal|Bad Gateway|Service|Gateway)"
    r"|x509: |network is unreachable|429 Too Many Requests"
)
_IMAGE_NOT_FOUND = re.compile(
    r"manifest unknown|manifest for \S+ not found|pull access denied|repository does not exist"
    r"|failed to resolve source metadata for \S+: \S+: not found"
    r"|insufficient_scope|invalid reference format"
)

_ANYWHERE = (
    (_NO_PERMISSION, Trouble.NO_PERMISSION),
    (_ENGINE_DOWN, Trouble.ENGINE_DOWN),
    (_TOOL_MISSING, Trouble.TOOL_MISSING),
)
_IN_ERRORS = (
    ((_ENGINE_LOST,), Trouble.ENGINE_DOWN),
    ((_CREDENTIALS,), Trouble.REGISTRY_UNREACHABLE),
    ((_IMAGE_NOT_FOUND,), Trouble.IMAGE_NOT_FOUND),
    ((_REGISTRY, _UNREACHABLE), Trouble.REGISTRY_UNREACHABLE),
    ((_PORT_TAKEN,), Trouble.PORT_TAKEN),
    ((_DISK_FULL,), Trouble.DISK_FULL),
)
"""All patterns of a row have to be in the lines with errors; the first row counts."""


def trouble_beside(output: str) -> Trouble:
    """The same for a command whose output is the application's own, but for the engine's word."""
    engine = [line for line in output.splitlines() if line.startswith(_ENGINE_SAYS)]
    return trouble_in("\n".join(engine))


def trouble_in(output: str) -> Trouble:
    """What a failed docker command says is wrong, beside the application itself.

    Only the lines in which docker reports an error count: the application's own output,
    which may say anything, stands between them.
    """
    # The line on a failed RUN has its whole text, which may speak of anything.
    own = [
        line
        for line in output.splitlines()
        if _COMMAND_FAILED not in line and not _OF_A_STEP.match(line)
    ]
    for pattern, trouble in _ANYWHERE:
        if any(map(pattern.search, own)):
            return trouble
    return _trouble_of("\n".join(filter(_ERROR_LINE.search, own)))


def _trouble_of(errors: str) -> Trouble:
    for patterns, trouble in _IN_ERRORS:
        if all(pattern.search(errors) for pattern in patterns):
            return trouble
    return Trouble.NONE


def is_disk_full(output: str) -> bool:
    """Whether a command that writes to the engine's disk alone says that it found no room."""
    return _DISK_FULL.search(output) is not None


def is_no_container(output: str) -> bool:
    """Whether docker says that there is no such container."""
    return "No such container" in output


def engine_error(output: str) -> CouldNotFindOutError:
    """The error for a docker command that failed for no reason of the application's."""
    last = (output.strip().splitlines() or ["it wrote nothing"])[-1]
    why, hint = SENTENCES.get(trouble_in(output), (f"docker failed: {last}", ""))
    return CouldNotFindOutError(f"{why[0].upper()}{why[1:]}.", hint=hint)
