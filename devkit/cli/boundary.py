"""The one error boundary: a known error is a sentence and a code, an unknown one a trace file."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from devkit import __version__
from devkit.cli.arguments import split, with_optional_value
from devkit.cli.legible import legible
from devkit.cli.streams import write
from devkit.errors import SIGNAL_BASE, DevkitError, ExitCode, InterruptedByUserError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

HOOK_RUN = ["hook", "run"]
QUICK = (
    ["deploy"], ["down"], ["exec"], ["logs"], ["migrate"], ["run"], ["status"], ["up"], ["verify"],
)  # fmt: skip
ENDS_AS_OTHERS = (["run"], ["exec"], ["shell"], ["logs"], ["push"])
"""Commands whose exit code may be another program's."""
ENDS_AS_OTHERS_BELOW = (["db", "shell"],)
"""The same of two words."""


def run_app(arguments: Sequence[str]) -> int:
    """Run the command line and return the process's exit code; nothing escapes."""
    common, rest = split(arguments)
    as_json = "--json" in common
    try:
        theirs = rest[:1] in ENDS_AS_OTHERS or rest[:2] in ENDS_AS_OTHERS_BELOW
        return _told(_run(common, rest), as_json=as_json and not theirs)
    except InterruptedByUserError as stopped:
        if as_json:
            show_error(stopped, as_json=True)
        _tell(f"Interrupted; {stopped.left}.")
        return SIGNAL_BASE + stopped.signal_number
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except DevkitError as failed:
        show_error(failed, as_json=as_json)
        return failed.code
    except Exception:  # noqa: BLE001 - the boundary
        _tell(f"devkit: this is a bug in devkit {__version__}; its trace is in {_keep_trace()}")
        return ExitCode.BUG


def _told(code: int, *, as_json: bool) -> int:
    """Give a program its verdict line where Typer has told only a person."""
    if as_json and code == ExitCode.USAGE:
        show_error(UsageError("The command line cannot be followed."), as_json=True)
    return code


def _run(common: list[str], rest: list[str]) -> int:
    if rest[:2] == HOOK_RUN:
        from devkit.cli.hookcall import read_hook_call  # noqa: PLC0415 - a quarter of a push's time

        call = read_hook_call(common, rest[2:])
        if call is not None:
            return call.run()
    if rest[:1] in QUICK:
        from devkit.cli.quickcalls import quick_call  # noqa: PLC0415 - Typer reads all others

        quick = quick_call(common, rest)
        if quick is not None:
            return quick()
    from devkit.cli.main import app  # noqa: PLC0415 - inside the boundary

    try:
        app(args=common + with_optional_value(rest), prog_name="devkit")
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else ExitCode.OK
    return ExitCode.OK


def show_error(error: DevkitError, *, as_json: bool) -> None:
    """Show a known error: to a program as one JSON line, else the sentence and the way out."""
    if as_json:
        from devkit.cli.jsonlines import event_line  # noqa: PLC0415 - only where it is asked for
        from devkit.cli.verdicts import finished  # noqa: PLC0415

        write(sys.stdout, event_line(finished(error, commit="", seconds=0.0)) + "\n")
        return
    for line in error.details:
        _tell(f"  {line}")
    _tell(f"devkit: {error.message}")
    if error.hint:
        _tell(f"  {error.hint}")


def _tell(line: str) -> None:
    write(sys.stderr, legible(line) + "\n")


def _keep_trace() -> str:
    import tempfile  # noqa: PLC0415 - only for a bug
    import traceback  # noqa: PLC0415

    descriptor, path = tempfile.mkstemp(prefix="devkit-bug-", suffix=".log")
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(f"devkit {__version__}, Python {sys.version}\n{traceback.format_exc()}")
    return path
